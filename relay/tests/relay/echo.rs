//! `/echo`: frames come back as they came, within the same bounds as everything else, and only where it was asked for.

use crate::harness::{Relay, TOKEN, door, knock, within};
use futures_util::{SinkExt, StreamExt};
use relay::Limits;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};

async fn echoing(limits: Limits) -> Relay {
    Relay::limited(limits, |config| config.echo = true).await
}

async fn started() -> (Relay, WebSocketStream<TcpStream>) {
    let relay = echoing(Limits { grace_time: Duration::from_millis(100), ..Limits::default() }).await;
    let ws = door(relay.address, "/echo", None).await;
    (relay, ws)
}

async fn next(ws: &mut WebSocketStream<TcpStream>) -> Message {
    within("the echo", ws.next()).await.expect("the session goes on").expect("the WebSocket works")
}

async fn close_code(ws: &mut WebSocketStream<TcpStream>) -> u16 {
    match next(ws).await {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("a close frame with a code was expected, not {other:?}"),
    }
}

#[tokio::test]
async fn frames_come_back_as_they_came_and_in_their_order() {
    let (relay, mut ws) = started().await;
    let frames = [
        Message::Text("text, as text: ü".into()),
        Message::Binary(vec![0, 255, 1].into()),
        Message::Text("".into()),
        Message::Binary(Bytes::new()),
        // The greatest message is greater than the queue of answers.
        Message::Binary(vec![7; 512 << 10].into()),
        Message::Text("last".into()),
    ];
    for frame in &frames {
        within("sending", ws.send(frame.clone())).await.unwrap();
    }
    for frame in frames {
        assert!(next(&mut ws).await == frame, "a frame of {} bytes came back changed", frame.len());
    }
    ws.send(Message::Ping("are you there".into())).await.unwrap();
    assert_eq!(next(&mut ws).await, Message::Pong("are you there".into()));
    ws.close(None).await.unwrap();
    within("the end", async { while ws.next().await.is_some() {} }).await;
    relay.stop().await;
}

/// An answer that fills every buffer stops the reading of questions, and its end begins it again.
#[tokio::test]
async fn what_follows_a_large_answer_is_heard_at_once() {
    let relay = echoing(Limits { message_bytes: 16 << 20, ..Limits::default() }).await;
    let mut ws = door(relay.address, "/echo", None).await;
    let large = Message::Binary(vec![7; 16 << 20].into());
    within("sending", ws.send(large.clone())).await.unwrap();
    assert!(next(&mut ws).await == large);
    within("sending", ws.send("after".into())).await.unwrap();
    // A ping of the relay, after half a minute, would wake it as well.
    let after = tokio::time::timeout(Duration::from_secs(15), ws.next()).await.expect("it does not wait for its ping");
    assert_eq!(after.unwrap().unwrap(), Message::Text("after".into()));
    drop(ws);
    relay.stop().await;
}

#[tokio::test]
async fn a_fragmented_message_comes_back_whole() {
    let (relay, mut ws) = started().await;
    let part = |bytes: &'static str, code, last| Message::Frame(Frame::message(bytes, OpCode::Data(code), last));
    ws.send(part("one, ", Data::Text, false)).await.unwrap();
    ws.send(Message::Ping("between".into())).await.unwrap();
    ws.send(part("two", Data::Continue, true)).await.unwrap();
    assert_eq!(next(&mut ws).await, Message::Pong("between".into()));
    assert_eq!(next(&mut ws).await, Message::Text("one, two".into()));
    relay.stop().await;
}

#[tokio::test]
async fn what_breaks_the_rules_is_closed_with_its_code() {
    for (frame, code) in [
        (Message::Binary(vec![0; (512 << 10) + 1].into()), 1009),
        (Message::Frame(Frame::message(&b"\xff"[..], OpCode::Data(Data::Text), true)), 1007),
        (Message::Frame(Frame::message(&b"no start"[..], OpCode::Data(Data::Continue), true)), 1002),
    ] {
        let (relay, mut ws) = started().await;
        ws.send(frame).await.unwrap();
        assert_eq!(close_code(&mut ws).await, code);
        relay.stop().await;
    }
    let (relay, mut ws) = started().await;
    let stopped = relay.begin_stop();
    assert_eq!(close_code(&mut ws).await, 1001);
    within("shutdown", stopped).await.unwrap().unwrap();
}

#[tokio::test]
async fn it_is_there_only_when_it_was_asked_for() {
    let relay = Relay::start().await;
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let token = format!("Authorization: Bearer {TOKEN}");
    let answer = relay.http(&["GET /echo HTTP/1.1", &host, &token, "Connection: Upgrade", "Upgrade: websocket"]).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    relay.stop().await;
}

#[tokio::test]
async fn any_subprotocol_will_do() {
    let relay = echoing(Limits::default()).await;
    for (offered, chosen) in [(None, None), (Some("chat"), Some("chat")), (Some("a, b"), Some("a"))] {
        let (_, response) = knock(relay.address, "/echo", offered).await.unwrap();
        let answered = response.headers().get("Sec-WebSocket-Protocol").map(|value| value.to_str().unwrap());
        assert_eq!(answered, chosen);
    }
    relay.stop().await;
}
