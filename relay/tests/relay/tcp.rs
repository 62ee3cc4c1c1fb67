//! `/tcp/HOST:PORT`: one WebSocket is one TCP connection. Nothing lost either way, each end told apart, and the same policy.

use crate::harness::{Hash, Random, Relay, TOKEN, accept, door, good_upgrade, knock, listener, within};
use crate::targets::{FORBIDDEN_HOSTS, LOOPBACK_HOSTS, OneName};
use futures_util::{SinkExt, StreamExt};
use relay::Limits;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

const LENGTH: usize = 24 << 20;

type WebSocket = WebSocketStream<TcpStream>;

async fn tunnel(relay: &Relay, to: impl std::fmt::Display) -> WebSocket {
    door(relay.address, &format!("/tcp/{to}"), Some("binary")).await
}

/// A tunnel and its real end.
async fn pair(relay: &Relay) -> (WebSocket, TcpStream) {
    let (listener, address) = listener().await;
    let ws = tunnel(relay, address).await;
    let peer = accept(&listener).await;
    (ws, peer)
}

/// All bytes until the close frame, and its code and reason.
async fn rest(ws: &mut WebSocket) -> (Vec<u8>, u16, String) {
    let mut bytes = Vec::new();
    loop {
        match within("the next frame", ws.next()).await.expect("the session goes on").expect("the WebSocket works") {
            Message::Binary(more) => bytes.extend_from_slice(&more),
            Message::Close(Some(frame)) => {
                // The answer to it ends the connection.
                while within("the end", ws.next()).await.is_some() {}
                return (bytes, frame.code.into(), frame.reason.to_string());
            }
            Message::Ping(_) => {}
            other => panic!("bytes were expected, not {other:?}"),
        }
    }
}

/// The status and the sentence of an upgrade that is refused.
async fn refusal(relay: &Relay, path: &str) -> (u16, String) {
    let host = format!("Host: 127.0.0.1:{}", relay.port());
    let token = format!("Authorization: Bearer {TOKEN}");
    let mut lines = good_upgrade(&host, &token);
    let line = format!("GET {path} HTTP/1.1");
    lines[0] = &line;
    lines[3] = "Sec-WebSocket-Protocol: binary";
    let answer = relay.http(&lines).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    (head[9..12].parse().unwrap(), body.trim_end().to_owned())
}

#[tokio::test]
async fn bytes_go_both_ways_and_fin_ends_it_with_1000() {
    let relay = Relay::start().await;
    let (mut ws, mut peer) = pair(&relay).await;
    ws.send(Message::Binary(b"from ".as_slice().into())).await.unwrap();
    ws.send(Message::Binary(Vec::new().into())).await.unwrap();
    ws.send(Message::Binary(b"the page".as_slice().into())).await.unwrap();
    let mut heard = [0; 13];
    within("the bytes", peer.read_exact(&mut heard)).await.unwrap();
    assert_eq!(&heard, b"from the page");
    peer.write_all(b"from the server").await.unwrap();
    drop(peer);
    assert_eq!(rest(&mut ws).await, (b"from the server".to_vec(), 1000, String::new()));
    relay.stop().await;
}

#[tokio::test]
async fn the_subprotocol_is_binary_or_none() {
    let relay = Relay::start().await;
    let (_listener, address) = listener().await;
    let path = format!("/tcp/{address}");
    for (offered, chosen) in [(Some("binary"), Some("binary")), (Some("base64, binary"), Some("binary")), (None, None)]
    {
        let (_, response) = knock(relay.address, &path, offered).await.unwrap();
        let answered = response.headers().get("Sec-WebSocket-Protocol").map(|value| value.to_str().unwrap());
        assert_eq!(answered, chosen);
    }
    let Err(Error::Http(response)) = knock(relay.address, &path, Some("base64")).await else {
        panic!("the upgrade was to be refused");
    };
    assert_eq!(response.status(), 400);
    relay.stop().await;
}

fn noise(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length.div_ceil(8)).flat_map(|_| random.next().to_le_bytes()).take(length).collect()
}

/// Tens of MB both ways at once, in odd pieces, hashed at both ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_arrives_both_ways() {
    let mut random = Random::seeded("tcp::every_byte_arrives_both_ways");
    let relay = Relay::start().await;
    let (ws, peer) = pair(&relay).await;
    let (mut sink, mut stream) = ws.split();
    let (mut read, mut write) = peer.into_split();
    let (mut ours, mut theirs) = (random.fork(), random.fork());
    let up = tokio::spawn(async move {
        let (mut hash, mut left) = (Hash::new(), LENGTH);
        while left > 0 {
            let length = 1 + ours.below(200_000.min(left));
            let piece = noise(&mut ours, length);
            hash.add(&piece);
            sink.send(Message::Binary(piece.into())).await.unwrap();
            left -= length;
        }
        (hash.0, sink)
    });
    let heard = tokio::spawn(async move {
        let (mut hash, mut buffer, mut left) = (Hash::new(), vec![0; 50_000], LENGTH);
        while left > 0 {
            let length = read.read(&mut buffer).await.unwrap();
            assert!(length > 0, "{left} bytes are missing");
            hash.add(&buffer[..length]);
            left -= length;
        }
        hash.0
    });
    let down = tokio::spawn(async move {
        let (mut hash, mut left) = (Hash::new(), LENGTH);
        while left > 0 {
            let length = 1 + theirs.below(100_000.min(left));
            let piece = noise(&mut theirs, length);
            hash.add(&piece);
            write.write_all(&piece).await.unwrap();
            left -= length;
        }
        (hash.0, write)
    });
    let (mut hash, mut left) = (Hash::new(), LENGTH);
    while left > 0 {
        let Some(Ok(Message::Binary(bytes))) = within("a message", stream.next()).await else {
            panic!("{left} bytes are missing");
        };
        hash.add(&bytes);
        left -= bytes.len();
    }
    let (sent, _write) = within("the server's sending", down).await.unwrap();
    assert_eq!(hash.0, sent, "down");
    let (sent, _sink) = within("the client's sending", up).await.unwrap();
    assert_eq!(within("the server's hearing", heard).await.unwrap(), sent, "up");
    relay.stop().await;
}

/// What the target sent before its FIN comes before the close frame, however slow the client is; and so does what the client
/// sent before it went.
#[tokio::test]
async fn no_end_overtakes_bytes() {
    let relay = Relay::limited(Limits::default(), |_| {}).await;
    let (mut ws, mut peer) = pair(&relay).await;
    let writing = tokio::spawn(async move { peer.write_all(&vec![5; 6 << 20]).await });
    within("some bytes", ws.next()).await.unwrap().unwrap();
    let (bytes, code, _) = rest(&mut ws).await;
    assert!(bytes.len() > 5 << 20 && bytes.iter().all(|&byte| byte == 5));
    assert_eq!(code, 1000);
    within("the server", writing).await.unwrap().unwrap();

    let (mut ws, mut peer) = pair(&relay).await;
    for _ in 0..16 {
        ws.feed(Message::Binary(vec![6; 60_000].into())).await.unwrap();
    }
    ws.close(None).await.unwrap();
    tokio::spawn(async move { while ws.next().await.is_some() {} });
    let mut heard = Vec::new();
    within("the client's bytes", peer.read_to_end(&mut heard)).await.unwrap();
    assert!(heard.len() == 16 * 60_000 && heard.iter().all(|&byte| byte == 6), "{} bytes", heard.len());
    relay.stop().await;
}

#[tokio::test]
async fn what_the_network_answers_is_a_close_code_and_a_sentence() {
    let relay = Relay::with(|config| config.resolver = Arc::new(OneName(Vec::new(), Arc::default()))).await;
    let (gone, address) = listener().await;
    drop(gone);
    let mut ws = tunnel(&relay, address).await;
    // What is sent before is no trouble.
    ws.send(Message::Binary(b"too early".as_slice().into())).await.unwrap();
    let (bytes, code, reason) = rest(&mut ws).await;
    assert_eq!((bytes.len(), code), (0, 1011));
    assert!(reason.contains("refused") && reason.contains(&address.to_string()), "{reason}");
    let mut ws = tunnel(&relay, format!("{}.invalid:80", "long-".repeat(11))).await;
    let (_, code, reason) = rest(&mut ws).await;
    assert_eq!(code, 1011);
    assert!(reason.contains("long-long") && reason.len() <= 123, "{reason}");
    let (mut ws, mut peer) = pair(&relay).await;
    ws.send(Message::Binary(vec![1].into())).await.unwrap();
    within("its connection", peer.read_exact(&mut [0])).await.unwrap();
    peer.set_zero_linger().unwrap();
    drop(peer);
    let (_, code, reason) = rest(&mut ws).await;
    assert_eq!((code, reason.as_str()), (1011, "The target reset the connection."));
    relay.stop().await;
}

/// They may come before it, and their client may be gone by then.
#[tokio::test]
async fn bytes_before_the_connection_are_kept() {
    let relay = Relay::start().await;
    let (listener, address) = listener().await;
    let mut ws = tunnel(&relay, address).await;
    for piece in 0..50_u8 {
        ws.feed(Message::Binary(vec![piece; 1000].into())).await.unwrap();
    }
    ws.close(None).await.unwrap();
    let mut peer = accept(&listener).await;
    let mut heard = Vec::new();
    within("the bytes", peer.read_to_end(&mut heard)).await.unwrap();
    let expected: Vec<u8> = (0..50_u8).flat_map(|piece| [piece; 1000]).collect();
    assert!(heard == expected, "{} bytes", heard.len());
    relay.stop().await;
}

#[tokio::test]
async fn a_forbidden_target_is_refused_before_the_101_in_every_spelling() {
    let relay = Relay::start().await;
    for host in FORBIDDEN_HOSTS {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let (status, sentence) = refusal(&relay, &format!("/tcp/{host}:80")).await;
        assert_eq!(status, 403, "{host}: {sentence}");
        assert!(sentence.contains("--allow") && sentence.ends_with('.'), "{sentence}");
    }
    let own = relay.port();
    for host in ["127.0.0.1", "127.9.9.9", "0.0.0.0", "localhost", "2130706433", "[::]", "[::ffff:127.0.0.1]"] {
        let (status, sentence) = refusal(&relay, &format!("/tcp/{host}:{own}")).await;
        assert_eq!(status, 403, "{host}: {sentence}");
        assert!(sentence.contains("own port"), "{sentence}");
    }
    for path in
        ["/tcp/", "/tcp/127.0.0.1", "/tcp/127.0.0.1:0", "/tcp/::1:80", "/tcp/a:80/b", "/tcp/a:80/", "/tcp/%ff:1"]
    {
        let (status, sentence) = refusal(&relay, path).await;
        assert_eq!(status, 400, "{path}: {sentence}");
        assert!(sentence.contains("HOST:PORT"), "{sentence}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn an_allowed_target_is_reached_in_every_spelling() {
    let relay = Relay::start().await;
    let (listener, address) = listener().await;
    for host in LOOPBACK_HOSTS {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let _ws = tunnel(&relay, format!("{host}:{}", address.port())).await;
        accept(&listener).await;
    }
    let encoded = format!("%31%32%37.0.0.1%3A{}", address.port());
    let _ws = tunnel(&relay, encoded).await;
    accept(&listener).await;
    if let Ok(listener) = TcpListener::bind("[::1]:0").await {
        let _ws = tunnel(&relay, listener.local_addr().unwrap()).await;
        accept(&listener).await;
    }
    relay.stop().await;
}

/// One look-up, whose every address is judged, and it is those that are connected.
#[tokio::test]
async fn a_name_is_resolved_once() {
    let asked = Arc::default();
    let listener = TcpListener::bind("127.0.0.7:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = |text: &str| text.parse::<SocketAddr>().unwrap();
    let resolver = OneName(vec![address("127.0.0.8:0"), address("127.0.0.7:0")], Arc::clone(&asked));
    let relay = Relay::with(|config| config.resolver = Arc::new(resolver)).await;
    let _ws = tunnel(&relay, format!("two.example:{port}")).await;
    accept(&listener).await;
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    relay.stop().await;
    let resolver = OneName(vec![address("127.0.0.7:0"), address("192.0.2.1:0")], asked);
    let relay = Relay::with(|config| config.resolver = Arc::new(resolver)).await;
    let (status, sentence) = refusal(&relay, &format!("/tcp/mixed.example:{port}")).await;
    assert_eq!(status, 403, "{sentence}");
    relay.stop().await;
}

#[tokio::test]
async fn what_is_no_piece_of_bytes_ends_it_with_a_code() {
    let relay = Relay::start().await;
    for (message, code) in
        [(Message::Text("base64".into()), 1003), (Message::Binary(vec![3; (512 << 10) + 1].into()), 1009)]
    {
        let (mut ws, mut peer) = pair(&relay).await;
        ws.send(message).await.unwrap();
        assert_eq!(rest(&mut ws).await.1, code);
        assert_eq!(within("FIN", peer.read(&mut [0; 9])).await.unwrap(), 0);
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_relay_that_stops_delivers_and_says_1001() {
    let relay = Relay::limited(Limits { grace_time: Duration::from_secs(10), ..Limits::default() }, |_| {}).await;
    let (mut ws, mut peer) = pair(&relay).await;
    ws.send(Message::Binary(vec![8; 300_000].into())).await.unwrap();
    peer.write_all(b"ready").await.unwrap();
    assert_eq!(within("the bytes", ws.next()).await.unwrap().unwrap(), Message::Binary(b"ready".as_slice().into()));
    let mut first = vec![0; 1000];
    within("the first bytes", peer.read_exact(&mut first)).await.unwrap();
    let stopped = relay.begin_stop();
    let hearing = tokio::spawn(async move {
        let mut heard = Vec::new();
        peer.read_to_end(&mut heard).await.map(|_| heard.len())
    });
    assert_eq!(rest(&mut ws).await.1, 1001);
    drop(ws);
    assert_eq!(within("the rest", hearing).await.unwrap().unwrap(), 299_000);
    within("shutdown", stopped).await.unwrap().unwrap();
}

/// The client cannot be heard while the target takes nothing; that is not its silence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_pauses_for_longer_than_the_idle_time_loses_nothing() {
    let limits = Limits { idle_time: Duration::from_millis(150), ..Limits::default() };
    let relay = Relay::limited(limits, |_| {}).await;
    let (ws, mut peer) = pair(&relay).await;
    let (mut sink, mut stream) = ws.split();
    let total = 16 << 20;
    let sending = tokio::spawn(async move {
        for _ in 0..total / (64 << 10) {
            sink.send(Message::Binary(vec![9; 64 << 10].into())).await.unwrap();
        }
        sink
    });
    // Four pings later, the session must still be there.
    for _ in 0..4 {
        assert!(matches!(within("a ping", stream.next()).await, Some(Ok(Message::Ping(_)))));
    }
    let mut heard = vec![0; total];
    within("all of it", peer.read_exact(&mut heard)).await.unwrap();
    assert!(heard.iter().all(|&byte| byte == 9));
    drop((within("the client", sending).await.unwrap(), stream));
    relay.stop().await;
}
