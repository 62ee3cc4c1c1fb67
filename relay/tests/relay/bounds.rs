//! Promise 7: every bound holds, and meeting one disturbs nobody else.

use crate::harness::{Relay, TOKEN, good_upgrade, pair, show, within};
use futures_util::StreamExt;
use relay::Limits;
use relay_proto::{Address, Call, ClientMessage, Family, Kind, ServerMessage};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

async fn relay(change: impl FnOnce(&mut Limits)) -> Relay {
    let mut limits = Limits { grace_time: Duration::from_millis(100), ..Limits::default() };
    change(&mut limits);
    Relay::limited(limits, |_| {}).await
}

fn open(socket: u32) -> ClientMessage<'static> {
    ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: 0 }
}

#[tokio::test]
async fn too_many_sessions_are_refused_before_the_101() {
    let relay = relay(|limits| limits.sessions = 2).await;
    let (first, mut second) = (relay.lab().await, relay.lab().await);
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let token = format!("Authorization: Bearer {TOKEN}");
    let upgrade = good_upgrade(&host, &token);
    let answer = relay.http(&upgrade).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("--max-sessions"), "{answer}");
    // The page and the other sessions are not disturbed, and a place that is given up is free.
    assert!(relay.http(&["GET /healthz HTTP/1.1", &host]).await.starts_with("HTTP/1.1 200 "));
    second.open(1, Family::Inet, 0).await;
    drop(first);
    within("a free place", async {
        while !relay.http(&upgrade).await.starts_with("HTTP/1.1 101 ") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    relay.stop().await;
}

#[tokio::test]
async fn too_many_sockets_are_an_error() {
    let relay = relay(|limits| limits.sockets = 3).await;
    let mut lab = relay.lab().await;
    for socket in 1..=3 {
        lab.open(socket, Family::Inet, 0).await;
    }
    lab.send(open(4)).await;
    let (call, errno, sentence) = lab.error(4).await;
    assert_eq!((call, errno.as_str()), (Call::Socket, "EMFILE"));
    assert!(sentence.contains("--max-sockets"), "{sentence}");
    lab.send(ClientMessage::Lookup { socket: 4, name: "localhost".into() }).await;
    assert_eq!(lab.error(4).await.1, "EMFILE");
    lab.send(ClientMessage::Close { socket: 2 }).await;
    lab.open(4, Family::Inet, 0).await;
    relay.stop().await;
}

#[tokio::test]
async fn too_many_opens_in_one_second_are_an_error() {
    let relay = relay(|limits| limits.opens_per_second = 5).await;
    let mut lab = relay.lab().await;
    let began = Instant::now();
    let (mut opened, mut refused) = (0, 0);
    for socket in 1..=20 {
        lab.send(open(socket)).await;
        match lab.next().await {
            ServerMessage::Opened { .. } => opened += 1,
            ServerMessage::Error { errno, sentence, .. } => {
                assert_eq!(errno, "EAGAIN");
                assert!(sentence.contains("--max-opens-per-second"), "{sentence}");
                refused += 1;
            }
            other => panic!("{}", show(&other)),
        }
    }
    let most = 5.0 + began.elapsed().as_secs_f64() * 5.0;
    assert!(f64::from(opened) <= most && opened >= 5 && refused > 0, "{opened} opened");
    relay.stop().await;
}

#[tokio::test]
async fn a_slow_handshake_is_cut_off() {
    let relay = relay(|limits| limits.handshake_time = Duration::from_millis(200)).await;
    for begin in [&b""[..], b"GET /lab HTTP/1.1\r\nHost: 127.0.0.1"] {
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(begin).await.unwrap();
        let mut rest = Vec::new();
        // The end of the connection is the event; an answer before it is the relay's choice.
        let _ = within("the cut", stream.read_to_end(&mut rest)).await;
        assert!(!rest.starts_with(b"HTTP/1.1 101"));
    }
    relay.stop().await;
}

/// Bytes that trickle in do not extend the time.
#[tokio::test]
async fn a_trickling_handshake_is_cut_off() {
    let relay = relay(|limits| limits.handshake_time = Duration::from_millis(300)).await;
    let stream = TcpStream::connect(relay.address).await.unwrap();
    let (mut read, mut write) = stream.into_split();
    write.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let trickle = tokio::spawn(async move {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        while write.write_all(b"X-Slow: 1\r\n").await.is_ok() {
            pace.tick().await;
        }
    });
    let began = Instant::now();
    let _ = within("the cut", read.read_to_end(&mut Vec::new())).await;
    assert!(began.elapsed() < Duration::from_secs(10));
    trickle.abort();
    relay.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_and_then_are_served() {
    let relay = relay(|limits| {
        limits.connections = 2;
        limits.handshake_time = Duration::from_millis(300);
    })
    .await;
    let _slow = [TcpStream::connect(relay.address).await.unwrap(), TcpStream::connect(relay.address).await.unwrap()];
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let answer = relay.http(&["GET /healthz HTTP/1.1", &host]).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    relay.stop().await;
}

/// A client that answers pings stays; one that is silent is closed with 4001.
#[tokio::test]
async fn a_silent_session_ends_and_a_living_one_stays() {
    let relay = relay(|limits| limits.idle_time = Duration::from_millis(400)).await;
    let (mut living, mut silent) = (relay.lab().await, relay.lab().await);
    let mut pings = 0;
    // Reading is what answers pings here.
    within("three pings", async {
        while pings < 3 {
            match living.ws.next().await {
                Some(Ok(Message::Ping(_))) => pings += 1,
                other => panic!("a ping was expected, not {other:?}"),
            }
        }
    })
    .await;
    living.open(1, Family::Inet, 0).await;
    // Its frames are all there, unread: WELCOME was read, then a ping, then the end.
    let (code, reason) = loop {
        match within("the end", silent.ws.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => {
                break (u16::from(frame.code), frame.reason.to_string());
            }
            Some(Ok(_)) => {}
            other => panic!("a close frame was expected, not {}", show(&other)),
        }
    };
    assert_eq!(code, 4001, "{reason}");
    relay.stop().await;
}

/// It says nothing and answers no ping, but what it is sent does not pile up.
#[tokio::test]
async fn a_client_that_only_reads_is_alive() {
    let idle = Duration::from_millis(200);
    let relay = relay(|limits| limits.idle_time = idle).await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, u32::MAX).await;
    let flood = tokio::spawn(async move { while peer.write_all(&[1; 65536]).await.is_ok() {} });
    // Below the WebSocket, so that nothing is answered, and in small pieces, so that the relay waits.
    let stream = lab.ws.get_mut();
    let (mut piece, began) = ([0; 8192], Instant::now());
    while began.elapsed() < 5 * idle {
        assert_ne!(within("more", stream.read(&mut piece)).await.unwrap(), 0, "the session ended");
    }
    drop(lab);
    within("the end of the flood", flood).await.unwrap();
    relay.stop().await;
}

#[tokio::test]
async fn a_target_that_does_not_answer_times_out() {
    let mut limits = Limits { grace_time: Duration::from_millis(100), ..Limits::default() };
    limits.connect_time = Duration::from_millis(200);
    let relay = Relay::limited(limits, |_| {}).await;
    // A listener whose queue is full does not answer further SYNs.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut lab = relay.lab().await;
    let mut refused = None;
    for number in 1..20 {
        lab.open(number, Family::Inet, 0).await;
        lab.send(ClientMessage::Connect { socket: number, to: Address::from(address) }).await;
        if let ServerMessage::Error { errno, sentence, .. } = lab.next().await {
            refused = Some((errno, sentence));
            break;
        }
    }
    let (errno, sentence) = refused.expect("the queue is finite");
    assert_eq!(errno, "ETIMEDOUT");
    assert!(sentence.contains("--max-connect-time"), "{sentence}");
    relay.stop().await;
}

/// Two sockets send as fast as they can; a third one's answer is not kept waiting.
#[tokio::test]
async fn busy_sockets_take_turns() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (mut busy, mut flood) = (Vec::new(), Vec::new());
    for socket in 1..=2 {
        busy.push(pair(&mut lab, socket, 1 << 30).await);
    }
    let mut quiet = pair(&mut lab, 3, 1000).await;
    for mut peer in busy {
        flood.push(tokio::spawn(async move { while peer.write_all(&[1; 65536]).await.is_ok() {} }));
    }
    let (mut seen, mut rounds) = ([0_usize; 4], 0);
    quiet.write_all(b"x").await.unwrap();
    while rounds < 50 || seen[1].min(seen[2]) < 10 << 20 {
        if let ServerMessage::Data { socket, bytes, .. } = lab.next().await {
            seen[socket as usize] += bytes.len();
            if socket == 3 {
                rounds += 1;
                quiet.write_all(b"x").await.unwrap();
            }
        }
        assert!(seen[1] + seen[2] < 1 << 30, "the quiet socket starves: {rounds} rounds");
    }
    let ratio = seen[1] as f64 / seen[2] as f64;
    assert!((0.3..3.3).contains(&ratio), "{seen:?}");
    drop(lab);
    for task in flood {
        within("the end of the flood", task).await.unwrap();
    }
    relay.stop().await;
}
