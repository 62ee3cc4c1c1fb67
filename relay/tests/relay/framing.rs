//! Promise 10, below the messages: fragments with control frames between them are one message; what RFC 6455 forbids ends the session
//! with the code that it names, and disturbs no other; what is cut off is no message.
//!
//! Absent: the whole of RFC 6455; Autobahn's cases are run on the finished binary (`tests/tests/e2e/conformance.rs`).

use crate::harness::{Lab, Relay, TOKEN, good_upgrade, pair, show, within};
use futures_util::StreamExt;
use relay_proto::{ClientMessage, Family, Kind, ServerMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A frame as RFC 6455, 5.2 draws it, masked with a key that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

async fn raw(lab: &mut Lab, bytes: &[u8]) {
    within("writing", lab.ws.get_mut().write_all(bytes)).await.unwrap();
}

fn open(socket: u32) -> Vec<u8> {
    ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: 0 }.encode()
}

#[tokio::test]
async fn a_message_in_fragments_with_control_frames_between_is_one_message() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let message = open(1);
    let mut bytes = frame(BINARY, &message[..1]);
    for (index, byte) in message[1..].iter().enumerate() {
        bytes.extend(frame(FIN | PING, &[index as u8]));
        bytes.extend(frame(CONTINUATION, &[*byte]));
        bytes.extend(frame(FIN | PONG, b"unasked"));
        bytes.extend(frame(CONTINUATION, b""));
    }
    bytes.extend(frame(FIN | CONTINUATION, b""));
    // A byte at a time: the relay reads what a slow network brings.
    for byte in bytes {
        raw(&mut lab, &[byte]).await;
    }
    let mut pongs = Vec::new();
    let opened = loop {
        match within("the pongs and the answer", lab.ws.next()).await.unwrap().unwrap() {
            Message::Pong(payload) => pongs.push(payload[0]),
            Message::Binary(answer) => break answer,
            other => panic!("{}", show(&other)),
        }
    };
    assert!(matches!(ServerMessage::decode(&opened), Ok(ServerMessage::Opened { socket: 1, .. })));
    // A pong answers the latest ping, and may leave out those before (RFC 6455, 5.5.3).
    assert!(pongs.is_sorted() && pongs.last() == Some(&(message.len() as u8 - 2)), "{pongs:?}");
    relay.stop().await;
}

#[tokio::test]
async fn messages_that_come_with_the_upgrade_itself_are_handled() {
    let relay = Relay::start().await;
    let (host, token) = (format!("Host: {}", relay.address), format!("Authorization: Bearer {TOKEN}"));
    let mut bytes = (good_upgrade(&host, &token).join("\r\n") + "\r\n\r\n").into_bytes();
    bytes.extend([frame(FIN | BINARY, &open(1)), frame(FIN | BINARY, &open(2))].concat());
    let mut stream = TcpStream::connect(relay.address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = Vec::new();
    let end = within("the head of the answer", async {
        loop {
            stream.read_buf(&mut answer).await.unwrap();
            if let Some(at) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        }
    })
    .await;
    let rest = answer.split_off(end);
    let mut lab = Lab { ws: WebSocketStream::from_partially_read(stream, rest, Role::Client, None).await };
    assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
    for number in 1..=2 {
        assert!(matches!(lab.next().await, ServerMessage::Opened { socket, .. } if socket == number));
    }
    relay.stop().await;
}

#[tokio::test]
async fn broken_framing_ends_its_session_with_the_code_of_the_rfc() {
    let relay = Relay::start().await;
    let mut other = relay.lab().await;
    let mut bystander = pair(&mut other, 1, 1000).await;
    let whole = open(1);
    let mut unmasked = frame(FIN | BINARY, &whole);
    unmasked[1] &= 0x7f;
    let too_long = frame(FIN | BINARY, &[0; (512 << 10) + 1]);
    let half = vec![0; 300 << 10];
    let mut endless = frame(FIN | BINARY, b"");
    endless[1] = 0x80 | 127;
    endless.splice(2..2, u64::MAX.to_be_bytes());
    let broken: &[(&str, u16, Vec<u8>)] = &[
        ("an unmasked frame (5.1)", 1002, unmasked),
        ("a reserved bit (5.2)", 1002, frame(FIN | 0x40 | BINARY, &whole)),
        ("a reserved opcode (5.2)", 1002, frame(FIN | 3, &whole)),
        ("a reserved control opcode (5.2)", 1002, frame(FIN | 11, b"")),
        ("a continuation of nothing (5.4)", 1002, frame(FIN | CONTINUATION, &whole)),
        ("a message within a message (5.4)", 1002, [frame(BINARY, b"a"), frame(FIN | BINARY, b"b")].concat()),
        ("a ping in fragments (5.5)", 1002, frame(PING, b"a")),
        ("a ping of 126 bytes (5.5)", 1002, frame(FIN | PING, &[0; 126])),
        ("a close frame of one byte (5.5.1)", 1002, frame(FIN | CLOSE, b"\x03")),
        ("text in fragments", 1003, [frame(TEXT, b"a"), frame(FIN | CONTINUATION, b"b")].concat()),
        ("a message that is too long", 1009, too_long),
        (
            "fragments that are too long together",
            1009,
            [frame(BINARY, &half), frame(FIN | CONTINUATION, &half)].concat(),
        ),
        ("a length that no memory has", 1009, endless),
    ];
    for (what, code, bytes) in broken {
        let mut lab = relay.lab().await;
        let mut peer = pair(&mut lab, 1, 0).await;
        raw(&mut lab, bytes).await;
        let (closed, reason) = lab.closed().await;
        assert_eq!(closed, *code, "{what}: {reason}");
        assert_eq!(within("the end of its socket", peer.read(&mut [0; 9])).await.unwrap(), 0, "{what}");
        bystander.write_all(b"x").await.unwrap();
        assert_eq!(other.receive(1, 1).await, b"x");
    }
    relay.stop().await;
}

/// A connection that ends in the middle of a message: nothing of that message happens.
#[tokio::test]
async fn what_was_cut_off_is_no_message() {
    let relay = Relay::start().await;
    for cut in 1..20 {
        let mut lab = relay.lab().await;
        let mut peer = pair(&mut lab, 1, 0).await;
        lab.data(1, b"before").await;
        let data = ClientMessage::Data { socket: 1, bytes: b"never said".into() }.encode();
        let bytes = [frame(BINARY, &data[..7]), frame(FIN | CONTINUATION, &data[7..])].concat();
        raw(&mut lab, &bytes[..cut]).await;
        lab.ws.get_mut().shutdown().await.unwrap();
        let mut heard = Vec::new();
        within("the end of its socket", peer.read_to_end(&mut heard)).await.unwrap();
        assert_eq!(heard, b"before", "cut after {cut} bytes");
    }
    relay.stop().await;
}
