//! A whole session: messages of the client, mutated and in any order, against a relay in this process; and bytes under them, which
//! are frames of WebSocket or nearly so. Whatever comes, every answer is well formed and belongs to a question.
//!
//! The sockets are real and on loopback, where only one port may be reached. So a case is repeated by its number as far as the kernel
//! takes the same turns. Absent on purpose: what the answers should be; the relay's tests know that.

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::sync::mpsc;
use std::time::Duration;

use fastrand::Rng;
use relay::{Config, Limits, Token};
use relay_proto::{Address, ClientMessage, Family, Kind, ServerMessage};
use tokio::net::TcpListener;

use super::relay::{PORT, client_messages};
use crate::Target;

pub(super) const SESSION: Target = Target {
    name: "session",
    about: "sequences of the client's messages, against a relay and real sockets",
    corpus: client_messages,
    most: 24,
    mend: |_| {},
    try_case: try_session,
};

pub(super) const FRAMES: Target = Target {
    name: "websocket",
    about: "frames of WebSocket, against the relay's doors",
    corpus: frames,
    most: 1,
    mend: |_| {},
    try_case: try_frames,
};

const TOKEN: &str = "0123456789abcdef-TOKEN";

const FIN: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// Where the relay of this process listens, and the one port that it may connect to.
struct Relay {
    address: SocketAddr,
    echo: u16,
}

static RELAY: LazyLock<Relay> = LazyLock::new(|| {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(async {
            let echo = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
            let relay = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("loopback has a free port");
            let (listener, port) =
                (relay.local_addr().expect("it is bound"), echo.local_addr().expect("it is bound").port());
            tell.send(Relay { address: listener, echo: port }).expect("somebody waits");
            tokio::spawn(answer(echo));
            relay::serve(relay, config(port), std::future::pending()).await.expect("it serves for ever");
        });
    });
    told.recv().expect("the relay starts")
});

/// Everything but one port is forbidden: real servers of this machine are not to be fuzzed.
fn config(echo: u16) -> Config {
    let limits = Limits {
        grace_time: Duration::from_millis(100),
        connect_time: Duration::from_secs(1),
        message_bytes: 1 << 16,
        opens_per_second: 1_000_000,
        ..Limits::default()
    };
    let mut config = Config::new(TOKEN.parse::<Token>().expect("it is a token"), limits);
    let ports = [format!("1-{}", echo - 1), format!("{}-65535", echo.saturating_add(1))];
    let rules = ports.iter().flat_map(|ports| [format!("0.0.0.0/0:{ports}"), format!("[::/0]:{ports}")]);
    config.deny = rules.map(|rule| rule.parse().expect("it is a rule")).collect();
    config.echo = true;
    config
}

async fn answer(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        tokio::spawn(async move {
            let (mut read, mut write) = stream.split();
            // However it ends, it is the case's business.
            let _ = tokio::io::copy(&mut read, &mut write).await;
        });
    }
}

/// One frame (RFC 6455, 5.2), masked with a key that changes nothing.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = payload.len();
    let mut frame = vec![first];
    match length {
        0..126 => frame.push(0x80 | length as u8),
        126..=0xffff => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
        _ => {
            frame.push(0x80 | 127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Knocks at a door, says these bytes and nothing more, and hears everything: the bytes after the answer's head, and whether
/// the connection ended in order.
fn converse(path: &str, said: &[u8]) -> (Vec<u8>, bool) {
    let address = RELAY.address;
    let mut stream = TcpStream::connect(address).expect("the relay listens");
    stream.set_read_timeout(Some(Duration::from_secs(15))).expect("it is not zero");
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sockscope.v1\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).expect("the relay reads");
    let mut heard = Vec::new();
    // Nothing may be sent before the answer (RFC 6455, 4.1).
    let end = loop {
        let mut more = [0; 4096];
        let length = stream.read(&mut more).expect("the relay answers");
        assert_ne!(length, 0, "no answer, only {:?}", String::from_utf8_lossy(&heard));
        heard.extend(&more[..length]);
        if let Some(end) = heard.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    assert!(heard.starts_with(b"HTTP/1.1 101 "), "{:?}", String::from_utf8_lossy(&heard));
    // It may have ended already, when it has read what it does not like.
    let _ = stream.write_all(said);
    let _ = stream.shutdown(Shutdown::Write);
    let in_order = match stream.read_to_end(&mut heard) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
        Err(error) => panic!("the relay does not end the connection: {error}"),
    };
    (heard.split_off(end), in_order)
}

/// The frames that came, each with its opcode. Every one is whole, unless the connection was reset, and as a server's must be.
fn parse(mut bytes: &[u8], in_order: bool) -> Vec<(u8, &[u8])> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let taken = take(bytes);
        let Some((opcode, payload, rest)) = taken else {
            assert!(!in_order, "the relay's last frame is cut off");
            break;
        };
        assert!(frames.last().is_none_or(|(last, _)| *last != CLOSE), "a frame after the close frame");
        frames.push((opcode, payload));
        bytes = rest;
    }
    frames
}

fn take(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [first, second, rest @ ..] = bytes else { return None };
    assert!(first & 0x70 == 0 && second & 0x80 == 0, "reserved bits, or a mask: {first:#x} {second:#x}");
    let (length, rest) = match second {
        126 => rest.split_first_chunk().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        127 => rest.split_first_chunk().map(|(length, rest)| (u64::from_be_bytes(*length) as usize, rest))?,
        length => (usize::from(*length), rest),
    };
    let opcode = first & 0x0f;
    let known = matches!(opcode, TEXT | BINARY | CLOSE | PING | PONG);
    assert!(first & FIN != 0 && known, "the relay sends whole messages: {first:#x}");
    let (payload, rest) = rest.split_at_checked(length)?;
    Some((opcode, payload, rest))
}

/// The code of the close frame at the end, if there is one.
fn close_code(frames: &[(u8, &[u8])]) -> Option<u16> {
    let (_, payload) = frames.last().filter(|(opcode, _)| *opcode == CLOSE)?;
    let (code, reason) = payload.split_first_chunk()?;
    assert!(str::from_utf8(reason).is_ok(), "a reason is UTF-8");
    Some(u16::from_be_bytes(*code))
}

/// Sockets for the messages of a case to meet.
fn prologue(random: &mut Rng) -> Vec<ClientMessage<'static>> {
    let local = |port| Address::Inet { ip: Ipv4Addr::LOCALHOST, port };
    let open = |socket, kind| ClientMessage::Open { socket, family: Family::Inet, kind, credit: 65_536 };
    let mut messages = Vec::new();
    if random.bool() {
        messages.extend([open(1, Kind::Stream), ClientMessage::Connect { socket: 1, to: local(PORT) }]);
    }
    if random.bool() {
        messages.extend([open(2, Kind::Stream), ClientMessage::Bind { socket: 2, at: local(0) }]);
        messages.push(ClientMessage::Listen { socket: 2, backlog: 5 });
    }
    if random.bool() {
        messages.extend([open(3, Kind::Datagram), ClientMessage::Bind { socket: 3, at: local(0) }]);
    }
    messages
}

/// The port of the corpus is not ours; the one that is open is known only now.
fn redirected(message: &[u8]) -> Vec<u8> {
    let mut message = message.to_vec();
    let from = PORT.to_le_bytes();
    if let Some(at) = message.windows(2).position(|two| two == from) {
        message[at..at + 2].copy_from_slice(&RELAY.echo.to_le_bytes());
    }
    message
}

fn try_session(case: &[Vec<u8>], random: &mut Rng) {
    let messages: Vec<Vec<u8>> =
        prologue(random).iter().map(ClientMessage::encode).chain(case.iter().cloned()).collect();
    let messages: Vec<Vec<u8>> = messages.iter().map(|message| redirected(message)).collect();
    let mut said = Vec::new();
    for message in &messages {
        let cut = random.usize(0..=message.len());
        if random.u8(0..8) == 0 {
            said.extend(
                [frame(BINARY, &message[..cut]), frame(FIN | PING, b"?"), frame(FIN, &message[cut..])].concat(),
            );
        } else {
            said.extend(frame(FIN | BINARY, message));
        }
    }
    said.extend(frame(FIN | CLOSE, &1000_u16.to_be_bytes()));
    let (heard, in_order) = converse("/lab", &said);
    let frames = parse(&heard, in_order);
    let answers: Vec<_> = frames.iter().filter(|(opcode, _)| *opcode == BINARY).map(|(_, bytes)| *bytes).collect();
    check_answers(&messages, &answers);
    let bad = messages.iter().find_map(|message| match ClientMessage::decode(message) {
        _ if message.len() > 1 << 16 => Some(1009),
        Err(_) => Some(4000),
        Ok(_) => None,
    });
    if in_order {
        assert_eq!(close_code(&frames), Some(bad.unwrap_or(1000)), "{messages:x?}");
    }
}

fn check_answers(messages: &[Vec<u8>], answers: &[&[u8]]) {
    let mut granted: HashMap<u32, u64> = HashMap::new();
    for message in messages {
        if let Ok(ClientMessage::Open { socket, credit, .. } | ClientMessage::Credit { socket, bytes: credit }) =
            ClientMessage::decode(message)
        {
            *granted.entry(socket).or_default() += u64::from(credit);
        }
    }
    let (mut times, mut others) = (HashMap::new(), 0);
    for (index, bytes) in answers.iter().enumerate() {
        let answer = ServerMessage::decode(bytes).expect("what the relay says is well formed");
        assert_eq!(answer.encode(), *bytes, "there is one way to say it");
        assert_eq!(index == 0, matches!(answer, ServerMessage::Welcome { .. }), "WELCOME, once and first");
        let last = times.insert(answer.socket(), answer.at()).unwrap_or_default();
        assert!(last <= answer.at(), "time falls within one socket");
        match &answer {
            ServerMessage::Data { socket, bytes, .. } | ServerMessage::RecvFrom { socket, bytes, .. } => {
                if let Some(granted) = granted.get_mut(socket) {
                    *granted = granted.checked_sub(bytes.len() as u64).expect("no more comes than was granted");
                }
            }
            ServerMessage::Credit { .. } | ServerMessage::Info { .. } => {}
            _ => others += 1,
        }
    }
    // An answer for each, a FIN or RESET for some, and WELCOME.
    assert!(others <= 1 + 3 * messages.len(), "{others} answers to {} messages", messages.len());
}

/// Whole messages, fragments, control frames between them, and what is forbidden.
fn frames() -> Vec<Vec<u8>> {
    let open = ClientMessage::Open { socket: 1, family: Family::Inet, kind: Kind::Stream, credit: 100 }.encode();
    let close = |code: u16, reason: &str| frame(FIN | CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat());
    let sequences: [&[Vec<u8>]; 12] = [
        &[frame(FIN | BINARY, &open)],
        &[frame(FIN | BINARY, &open), frame(FIN | BINARY, &open)],
        &[frame(BINARY, &open[..5]), frame(FIN | PING, b"between"), frame(FIN | CONTINUATION, &open[5..])],
        &[frame(FIN | TEXT, "text: ü€😀".as_bytes()), frame(FIN | BINARY, &[0; 200])],
        &[frame(TEXT, b"\xe2\x82"), frame(CONTINUATION, b"\xac"), frame(FIN | CONTINUATION, b"")],
        &[frame(FIN | PING, b""), frame(FIN | PONG, b"unasked"), frame(FIN | PING, &[7; 125])],
        &[close(1000, "bye")],
        &[close(3999, ""), frame(FIN | BINARY, &open)],
        &[frame(FIN | CLOSE, b"")],
        &[frame(FIN | BINARY, &vec![1; 60_000])],
        &[frame(FIN | 0x40 | BINARY, &open), frame(FIN | 3, &open)],
        &[frame(PING, b"a"), frame(FIN | CONTINUATION, b"b")],
    ];
    sequences.map(|frames| frames.concat()).into()
}

fn try_frames(case: &[Vec<u8>], random: &mut Rng) {
    for bytes in case {
        let (heard, in_order) = converse(if random.bool() { "/lab" } else { "/echo" }, bytes);
        let frames = parse(&heard, in_order);
        for (opcode, payload) in &frames {
            assert!(*opcode != TEXT || str::from_utf8(payload).is_ok(), "text is UTF-8");
            assert!(*opcode < CLOSE || payload.len() <= 125, "control frames are short");
        }
        let known = |code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        assert!(close_code(&frames).is_none_or(known), "{:?}", close_code(&frames));
    }
}
