//! Promise 8 and the ends of things: sessions that die, relays that stop, nothing left behind, and
//! logs without secrets.

use crate::harness::{Hash, Relay, TOKEN, accept, door, listener, pair, show, within};
use futures_util::{SinkExt, StreamExt};
use relay::Limits;
use relay_proto::{ClientMessage, Family, ServerMessage};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn a_lost_session_closes_its_sockets_and_disturbs_no_other() {
    let relay = Relay::start().await;
    let mut other = relay.lab().await;
    let mut bystander = pair(&mut other, 1, 1000).await;
    // Three ways to go: a vanished connection, a reset one, a polite close.
    for way in 0..3 {
        let mut lab = relay.lab().await;
        let mut peer = pair(&mut lab, 1, 1000).await;
        lab.data(1, b"before").await;
        lab.send(ClientMessage::Open { socket: 2, family: Family::Inet, kind: relay_proto::Kind::Stream, credit: 0 })
            .await;
        while !matches!(lab.next().await, ServerMessage::Opened { .. }) {}
        match way {
            0 => drop(lab),
            1 => lab.ws.get_ref().set_zero_linger().unwrap(),
            _ => lab.ws.close(None).await.unwrap(),
        }
        if way == 1 {
            continue;
        }
        let mut heard = Vec::new();
        within("the end of its socket", peer.read_to_end(&mut heard)).await.unwrap();
        assert_eq!(heard, b"before");
    }
    bystander.write_all(b"undisturbed").await.unwrap();
    assert_eq!(other.receive(1, 11).await, b"undisturbed");
    relay.stop().await;
}

#[tokio::test]
async fn sessions_on_several_threads_go_on_apart_and_stop_together() {
    let relay = Relay::with(|config| config.threads = 2).await;
    let mut labs = Vec::new();
    for socket in 1..=5 {
        let mut lab = relay.lab().await;
        let mut peer = pair(&mut lab, socket, 1000).await;
        lab.data(socket, b"up").await;
        let mut heard = [0; 2];
        within("the bytes of a session", peer.read_exact(&mut heard)).await.unwrap();
        labs.push((lab, peer, socket));
    }
    drop(labs.remove(0));
    for (lab, peer, socket) in &mut labs {
        peer.write_all(b"down").await.unwrap();
        assert_eq!(lab.receive(*socket, 4).await, b"down");
    }
    let stopped = relay.begin_stop();
    for (mut lab, ..) in labs {
        assert_eq!(lab.closed().await.0, 1001);
    }
    within("shutdown", stopped).await.unwrap().unwrap();
}

/// Uploads until the relay says goodbye. What it granted must have arrived; what arrived must be
/// what was sent; and the peer sees an orderly end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shutdown_under_load_delivers_what_was_taken_and_closes_with_1001() {
    let limits = Limits { grace_time: Duration::from_secs(10), ..Limits::default() };
    let relay = Relay::limited(limits, |_| {}).await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 0).await;
    let hearing = tokio::spawn(async move {
        let (mut heard, mut hashes) = (0, vec![]);
        let (mut hash, mut buffer) = (Hash::new(), vec![0; 65536]);
        loop {
            let length = peer.read(&mut buffer).await.unwrap();
            if length == 0 {
                return (heard, hash.0, hashes);
            }
            hash.add(&buffer[..length]);
            heard += length;
            hashes.push(heard);
        }
    });
    let (mut sink, mut stream) = lab.ws.split();
    let credit = Arc::new(tokio::sync::Semaphore::new(256 << 10));
    let granting = Arc::clone(&credit);
    let listening = tokio::spawn(async move {
        let mut granted = 0;
        loop {
            match stream.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    if let ServerMessage::Credit { bytes, .. } = ServerMessage::decode(&bytes).unwrap() {
                        granted += bytes as usize;
                        granting.add_permits(bytes as usize);
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    return (granted, frame.map(|frame| u16::from(frame.code)));
                }
                Some(Ok(_)) => {}
                other => panic!("a close frame was expected, not {}", show(&other)),
            }
        }
    });
    let (started, go) = tokio::sync::oneshot::channel();
    let sending = tokio::spawn(async move {
        let mut started = Some(started);
        let mut sent = Vec::new();
        for round in 0_u32.. {
            let length = 1 + (round as usize * 7919) % 60_000;
            credit.acquire_many(length as u32).await.unwrap().forget();
            let chunk: Vec<u8> = (0..length).map(|i| (i as u32 ^ round) as u8).collect();
            let data = ClientMessage::Data { socket: 1, bytes: chunk.as_slice().into() }.encode();
            if sink.send(Message::Binary(data.into())).await.is_err() {
                return sent;
            }
            sent.extend_from_slice(&chunk);
            if sent.len() > 8 << 20 {
                started.take().map(|started| started.send(()));
            }
            // No credit comes after the end, so the wait above would be for ever.
            if credit.is_closed() {
                return sent;
            }
        }
        sent
    });
    within("some load", go).await.unwrap();
    let ended = relay.begin_stop();
    let (granted, code) = within("the close frame", listening).await.unwrap();
    assert_eq!(code, Some(1001));
    sending.abort();
    let (heard, hash, _) = within("the peer's end", hearing).await.unwrap();
    assert!(heard >= granted, "{granted} bytes were granted, {heard} arrived");
    let mut expected = Hash::new();
    let mut left = heard;
    for round in 0_u32.. {
        let length = (1 + (round as usize * 7919) % 60_000).min(left);
        let chunk: Vec<u8> = (0..length).map(|i| (i as u32 ^ round) as u8).collect();
        expected.add(&chunk);
        left -= length;
        if left == 0 {
            break;
        }
    }
    assert_eq!(hash, expected.0, "the first {heard} bytes");
    within("the relay's end", ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stopped_relay_accepts_nobody_and_leaves_no_task() {
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let relay = Relay::start().await;
    let address = relay.address;
    let mut labs = Vec::new();
    for _ in 0..5 {
        let mut lab = relay.lab().await;
        let peer = pair(&mut lab, 1, 10).await;
        let (_listener, to) = listener().await;
        lab.connect(2, to, 0).await;
        lab.send(ClientMessage::Lookup { socket: 3, name: "localhost".into() }).await;
        labs.push((lab, peer));
    }
    relay.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    let after = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    assert_eq!(before, after);
    for (mut lab, mut peer) in labs {
        assert_eq!(lab.closed().await.0, 1001);
        assert_eq!(within("FIN", peer.read(&mut [0; 9])).await.unwrap(), 0);
    }
}

/// A client that went away while its socket was connecting, and while a look-up ran.
#[tokio::test]
async fn a_session_can_die_in_the_middle_of_calls() {
    let relay = Relay::start().await;
    for _ in 0..20 {
        let mut lab = relay.lab().await;
        let (listener, address) = listener().await;
        lab.open(1, Family::Inet, 0).await;
        lab.send(ClientMessage::Lookup { socket: 2, name: "localhost".into() }).await;
        lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
        drop(lab);
        drop(listener);
    }
    let mut lab = relay.lab().await;
    let (listener, address) = listener().await;
    lab.connect(1, address, 0).await;
    accept(&listener).await;
    relay.stop().await;
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that logs, at its most talkative, around every way to bring a token.
#[tokio::test]
async fn the_token_is_never_logged() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let relay = Relay::with(|config| config.echo = true).await;
    let port = relay.port();
    let host = format!("Host: 127.0.0.1:{port}");
    let spoilt = |path: &str| format!("{path}{TOKEN}");
    for target in ["/?token=", "/", "/lab?", "/wisp/?", "/tcp/", "/tcp/x?", "/echo?", "/metrics?"].map(spoilt) {
        relay.http(&[&format!("GET {target} HTTP/1.1"), &host]).await;
    }
    let bearer = format!("Authorization: Bearer {TOKEN}");
    let cookie = format!("Cookie: sockscope-{port}={TOKEN}");
    relay.http(&["POST /session HTTP/1.1", &host, &bearer]).await;
    relay.http(&["GET /lab HTTP/1.1", &host, &cookie, &format!("Referer: http://x/{TOKEN}")]).await;
    relay.http(&["GET /lab HTTP/1.1", "Host: evil.example", &bearer]).await;
    let mut lab = relay.lab().await;
    let (listener, address) = listener().await;
    lab.connect(1, address, 0).await;
    accept(&listener).await;
    drop(lab);
    relay.http(&["GET /metrics HTTP/1.1", &host, &bearer]).await;
    let tunnel = door(relay.address, &format!("/tcp/{address}"), Some("binary")).await;
    accept(&listener).await;
    let (wisp, echo) = (door(relay.address, "/wisp/", None).await, door(relay.address, "/echo", None).await);
    for mut ws in [tunnel, wisp, echo] {
        ws.close(None).await.unwrap();
    }
    relay.stop().await;
    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in ["/tcp", "/wisp/", "/echo", "session started", "session ended", "refused", "host name", "connected"]
    {
        assert!(text.contains(expected), "{expected:?} is missing in: {text}");
    }
    assert!(!text.contains(TOKEN), "{text}");
}

/// Its head would be waited for longer than a relay that stops may take.
#[tokio::test]
async fn a_request_without_an_end_does_not_hold_a_relay_that_stops() {
    let relay = Relay::start().await;
    let mut stream = tokio::net::TcpStream::connect(relay.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost").await.unwrap();
    // Answers to a later connection show that the first one has been taken.
    relay.http(&["GET /healthz HTTP/1.1", &format!("Host: 127.0.0.1:{}", relay.port()), "Connection: close"]).await;
    let began = Instant::now();
    relay.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
