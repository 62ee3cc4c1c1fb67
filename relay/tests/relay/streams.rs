//! What one socket does: the calls in order and out of order, both half-closes, FIN, RST and refusal,
//! credit, and the sessions that break the protocol.

use crate::harness::{Lab, Relay, accept, listener, pair, show, within};
use futures_util::SinkExt;
use relay_proto::{Address, Call, ClientMessage, Family, How, Kind, OptionValue, ServerMessage, SocketOption};
use socket2::SockRef;
use std::io::ErrorKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn hello_and_hi() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    lab.data(1, b"hello!").await;
    let mut heard = [0; 6];
    within("hello", peer.read_exact(&mut heard)).await.unwrap();
    assert_eq!(&heard, b"hello!");
    let credit = lab.next().await;
    assert!(matches!(credit, ServerMessage::Credit { socket: 1, bytes: 6, .. }), "{credit:?}");
    peer.write_all(b"hi").await.unwrap();
    let data = lab.next().await;
    assert!(matches!(&data, ServerMessage::Data { bytes, .. } if **bytes == *b"hi"), "{data:?}");
    assert!(credit.at() <= data.at(), "what was read later carries a later time");
    relay.stop().await;
}

#[tokio::test]
async fn a_refusal_is_an_error_and_the_socket_can_try_again() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (dead, address) = listener().await;
    drop(dead);
    lab.open(1, Family::Inet, 10).await;
    let (call, errno, sentence) = lab.refused(1, address.into()).await;
    assert_eq!((call, errno.as_str()), (Call::Connect, "ECONNREFUSED"), "{sentence}");
    let (live, address) = listener().await;
    lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
    assert!(matches!(lab.next().await, ServerMessage::Connected { .. }));
    accept(&live).await;
    relay.stop().await;
}

#[tokio::test]
async fn the_peers_fin_leaves_the_other_direction_open() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    peer.write_all(b"last words").await.unwrap();
    peer.shutdown().await.unwrap();
    assert_eq!(lab.receive(1, 10).await, b"last words");
    assert!(matches!(lab.next().await, ServerMessage::Fin { socket: 1, .. }));
    lab.data(1, b"still here").await;
    lab.send(ClientMessage::Close { socket: 1 }).await;
    let mut heard = Vec::new();
    within("the rest", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"still here");
    relay.stop().await;
}

#[tokio::test]
async fn the_clients_shutdown_is_a_fin_and_data_still_comes() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    lab.data(1, b"question").await;
    lab.send(ClientMessage::Shutdown { socket: 1, how: How::Write }).await;
    let mut heard = Vec::new();
    within("the question and FIN", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard, b"question");
    peer.write_all(b"answer").await.unwrap();
    assert_eq!(lab.receive(1, 6).await, b"answer");
    lab.data(1, b"more").await;
    let (call, errno, _) = lab.error(1).await;
    assert_eq!((call, errno.as_str()), (Call::Send, "EPIPE"));
    drop(peer);
    assert!(matches!(lab.next().await, ServerMessage::Fin { .. }));
    relay.stop().await;
}

#[tokio::test]
async fn after_shutdown_read_nothing_comes() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    lab.send(ClientMessage::Shutdown { socket: 1, how: How::Read }).await;
    lab.data(1, b"ping").await;
    let mut heard = [0; 4];
    within("ping", peer.read_exact(&mut heard)).await.unwrap();
    assert!(matches!(lab.next().await, ServerMessage::Credit { .. }));
    peer.write_all(b"unwanted").await.unwrap();
    peer.shutdown().await.unwrap();
    // An answer to something else shows that nothing came before it.
    lab.open(2, Family::Inet, 0).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_real_rst_is_reset_even_behind_a_closed_window() {
    let relay = Relay::start().await;
    for (credit, unread) in [(1000, false), (0, false), (0, true)] {
        let mut lab = relay.lab().await;
        let mut peer = pair(&mut lab, 1, credit).await;
        if unread {
            peer.write_all(b"stays in the kernel").await.unwrap();
        }
        peer.set_zero_linger().unwrap();
        drop(peer);
        let reset = lab.next().await;
        assert!(matches!(reset, ServerMessage::Reset { socket: 1, .. }), "{credit}: {reset:?}");
        // What crosses the reset is no error, and the number is free after CLOSE.
        lab.data(1, b"crossing").await;
        lab.send(ClientMessage::Credit { socket: 1, bytes: 1 }).await;
        lab.send(ClientMessage::Shutdown { socket: 1, how: How::Both }).await;
        lab.send(ClientMessage::Close { socket: 1 }).await;
        lab.open(1, Family::Inet, 0).await;
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_rst_after_both_fins_were_not_sent_is_seen() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    peer.shutdown().await.unwrap();
    assert!(matches!(lab.next().await, ServerMessage::Fin { .. }));
    peer.set_zero_linger().unwrap();
    drop(peer);
    assert!(matches!(lab.next().await, ServerMessage::Reset { socket: 1, .. }));
    relay.stop().await;
}

#[tokio::test]
async fn the_clients_reset_is_a_rst_and_its_close_a_fin() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    lab.send(ClientMessage::Reset { socket: 1 }).await;
    let error = within("the RST", peer.read(&mut [0; 9])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let mut peer = pair(&mut lab, 1, 1000).await;
    lab.send(ClientMessage::Close { socket: 1 }).await;
    assert_eq!(within("the FIN", peer.read(&mut [0; 9])).await.unwrap(), 0);
    relay.stop().await;
}

/// More than the kernel takes at once, to a peer that begins to read only after the CLOSE.
#[tokio::test]
async fn what_was_queued_before_close_is_delivered() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 0).await;
    let block = vec![7; 64 << 10];
    let (mut sent, mut credit) = (0, 256 << 10);
    // Until the kernel has no room and the relay's queue is full.
    loop {
        while credit >= block.len() {
            lab.data(1, &block).await;
            sent += block.len();
            credit -= block.len();
        }
        let more = tokio::time::timeout(std::time::Duration::from_millis(300), lab.next()).await;
        match more {
            Ok(ServerMessage::Credit { bytes, .. }) => credit += bytes as usize,
            Ok(other) => panic!("{}", show(&other)),
            Err(_) => break,
        }
    }
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open(1, Family::Inet, 0).await;
    let mut heard = Vec::new();
    within("everything", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard.len(), sent);
    relay.stop().await;
}

async fn failed(lab: &mut Lab, message: ClientMessage<'_>) -> (Call, String) {
    let socket = message.socket();
    lab.send(message).await;
    let (call, errno, _) = lab.error(socket).await;
    (call, errno)
}

#[tokio::test]
async fn wrong_numbers_and_wrong_order_are_errors_of_that_socket() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let open = |socket| ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: 0 };
    let (_listener, address) = listener().await;
    let to: Address = address.into();
    let unknown = [
        (ClientMessage::Connect { socket: 7, to: to.clone() }, Call::Connect),
        (ClientMessage::Data { socket: 7, bytes: b"x".into() }, Call::Send),
        (ClientMessage::Shutdown { socket: 7, how: How::Both }, Call::Shutdown),
        (ClientMessage::Close { socket: 7 }, Call::Close),
        (ClientMessage::Reset { socket: 7 }, Call::Close),
        (ClientMessage::Credit { socket: 7, bytes: 1 }, Call::Recv),
    ];
    for (message, call) in unknown {
        assert_eq!(failed(&mut lab, message).await, (call, "EBADF".to_owned()));
    }
    let socket_error = |errno: &str| (Call::Socket, errno.to_owned());
    assert_eq!(failed(&mut lab, open(0)).await, socket_error("EINVAL"));
    assert_eq!(failed(&mut lab, open(0x8000_0000)).await, socket_error("EINVAL"));
    lab.open(0x7fff_ffff, Family::Inet, 0).await;
    lab.open(1, Family::Inet, 0).await;
    assert_eq!(failed(&mut lab, open(1)).await, socket_error("EEXIST"));
    let data = || ClientMessage::Data { socket: 1, bytes: b"x".into() };
    assert_eq!(failed(&mut lab, data()).await, (Call::Send, "ENOTCONN".to_owned()));
    let shutdown = ClientMessage::Shutdown { socket: 1, how: How::Write };
    assert_eq!(failed(&mut lab, shutdown).await, (Call::Shutdown, "ENOTCONN".to_owned()));
    lab.send(ClientMessage::Connect { socket: 1, to: to.clone() }).await;
    assert!(matches!(lab.next().await, ServerMessage::Connected { .. }));
    let again = ClientMessage::Connect { socket: 1, to };
    assert_eq!(failed(&mut lab, again).await, (Call::Connect, "EISCONN".to_owned()));
    lab.data(1, b"").await;
    lab.data(1, b"it still works").await;
    assert!(matches!(lab.next().await, ServerMessage::Credit { bytes: 14, .. }));
    relay.stop().await;
}

#[tokio::test]
async fn a_broken_credit_rule_resets_that_socket_only() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut good = pair(&mut lab, 1, 1000).await;
    let (listener, address) = listener().await;
    lab.connect(2, address, 0).await;
    let mut bad = accept(&listener).await;
    lab.data(2, &vec![0; (256 << 10) + 1]).await;
    assert_eq!(lab.error(2).await.1, "ENOBUFS");
    assert!(matches!(lab.next().await, ServerMessage::Reset { socket: 2, .. }));
    let error = within("the RST", bad.read(&mut [0; 9])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    lab.connect(3, address, 5).await;
    lab.send(ClientMessage::Credit { socket: 3, bytes: u32::MAX }).await;
    assert_eq!(lab.error(3).await.1, "EOVERFLOW");
    assert!(matches!(lab.next().await, ServerMessage::Reset { socket: 3, .. }));
    good.write_all(b"undisturbed").await.unwrap();
    assert_eq!(lab.receive(1, 11).await, b"undisturbed");
    relay.stop().await;
}

/// The relay reads exactly what the credit allows, however it is cut.
#[tokio::test]
async fn credit_is_bytes_and_additive() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 3).await;
    peer.write_all(b"0123456789").await.unwrap();
    assert_eq!(lab.receive(1, 3).await, b"012");
    lab.send(ClientMessage::Credit { socket: 1, bytes: 1 }).await;
    assert_eq!(lab.receive(1, 1).await, b"3");
    for _ in 0..3 {
        lab.send(ClientMessage::Credit { socket: 1, bytes: 2 }).await;
    }
    assert_eq!(lab.receive(1, 6).await, b"456789");
    relay.stop().await;
}

#[tokio::test]
async fn what_is_no_message_ends_the_session_with_a_code_and_a_reason() {
    let relay = Relay::start().await;
    let binary = |bytes: &'static [u8]| Message::Binary(bytes.into());
    for (message, code, words) in [
        (binary(b""), 4000, "ends inside its type"),
        (binary(b"\x01\x01"), 4000, "ends inside its socket number"),
        (binary(b"\x01\x01\0\0\0\x01\x01"), 4000, "ends inside its credit"),
        (binary(b"\xee\x01\0\0\0"), 4000, "0xee"),
        (binary(b"\x05\x01\0\0\0x"), 4000, "do not belong"),
        (binary(b"\x02\x01\0\0\0\x05"), 4000, "kind of address cannot be 5"),
        (Message::Text("OPEN".into()), 1003, "text"),
        (Message::Binary(vec![3; (512 << 10) + 1].into()), 1009, "524288 bytes"),
    ] {
        let mut lab = relay.lab().await;
        let mut peer = pair(&mut lab, 1, 0).await;
        lab.ws.send(message).await.unwrap();
        let (closed, reason) = lab.closed().await;
        assert_eq!(closed, code, "{reason}");
        assert!(reason.contains(words), "{reason}");
        assert_eq!(within("the end of its socket", peer.read(&mut [0; 9])).await.unwrap(), 0);
    }
    relay.stop().await;
}

/// A read ends at the urgent byte, and what stands behind it was there all the time: nothing will be told of it.
#[tokio::test]
async fn what_follows_an_urgent_byte_is_not_left_behind() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 0).await;
    peer.write_all(b"before").await.unwrap();
    SockRef::from(&peer).send_out_of_band(b"!").unwrap();
    peer.write_all(b"behind").await.unwrap();
    // On loopback it has arrived, and there was no credit to read it before.
    lab.send(ClientMessage::Credit { socket: 1, bytes: 1000 }).await;
    assert_eq!(lab.receive(1, 12).await, b"beforebehind");
    relay.stop().await;
}

/// A server that does not want the upload says why, and closes with bytes unread, which is a RST. The relay finds out while it writes.
#[tokio::test]
async fn what_came_before_a_reset_is_told_before_it() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (listener, address) = listener().await;
    SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
    lab.open(1, Family::Inet, 1000).await;
    let (option, value) = (SocketOption::SoSndBuf, OptionValue::Number(4096));
    lab.send(ClientMessage::SetOption { socket: 1, option, value }).await;
    assert!(matches!(lab.next().await, ServerMessage::Option { .. }));
    lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
    assert!(matches!(lab.next().await, ServerMessage::Connected { .. }));
    let peer = accept(&listener).await;
    // Most of it waits in the relay, since the kernels have room for a little only.
    lab.data(1, &vec![7; 200 << 10]).await;
    assert!(matches!(lab.next().await, ServerMessage::Credit { bytes: ..100_000, .. }));
    // Without a pause, so that both are there when the relay looks.
    assert_eq!(peer.try_write(b"too large").unwrap(), 9);
    drop(peer);
    assert_eq!(lab.receive(1, 9).await, b"too large");
    assert!(matches!(lab.answer().await, ServerMessage::Reset { socket: 1, .. }));
    // The number goes on to be the client's.
    lab.data(1, b"too late").await;
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab.open(1, Family::Inet, 0).await;
    relay.stop().await;
}
