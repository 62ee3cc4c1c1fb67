//! `/wisp/`: the same sockets in Wisp's words. Credit in packets, reasons in one byte, and nothing lost.

use crate::harness::{Hash, Random, Relay, accept, door, knock, listener, within};
use crate::targets::{FORBIDDEN_HOSTS, LOOPBACK_HOSTS, OneName};
use futures_util::{SinkExt, StreamExt};
use relay::{Limits, Resolver, Resolving};
use relay_proto::wisp::{self, Packet};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// The credit of a stream, unless a test says otherwise.
const PACKETS: u32 = 32;

/// A client of the protocol.
struct Client {
    ws: WebSocketStream<TcpStream>,
    packets: u32,
}

impl Client {
    async fn new(relay: &Relay) -> Self {
        let mut client = Self { ws: door(relay.address, "/wisp/", None).await, packets: 0 };
        match client.next().await {
            Packet::Continue { stream: 0, packets } => client.packets = packets,
            other => panic!("the first credit was expected, not {other:?}"),
        }
        client
    }

    async fn send(&mut self, packet: Packet<'_>) {
        within("sending", self.ws.send(Message::Binary(packet.encode().into()))).await.unwrap();
    }

    async fn next(&mut self) -> Packet<'static> {
        loop {
            match within("a packet", self.ws.next()).await.expect("the session goes on").expect("the WebSocket works") {
                Message::Binary(bytes) => return owned(&bytes),
                Message::Ping(_) => {}
                other => panic!("a packet was expected, not {other:?}"),
            }
        }
    }

    /// The next packet that is no CONTINUE.
    async fn answer(&mut self) -> Packet<'static> {
        loop {
            match self.next().await {
                Packet::Continue { .. } => {}
                packet => return packet,
            }
        }
    }

    async fn connect(&mut self, stream: u32, host: &str, port: u16) {
        self.send(Packet::Connect { stream, kind: wisp::TCP, port, host: host.as_bytes().into() }).await;
    }

    async fn data(&mut self, stream: u32, payload: &[u8]) {
        self.send(Packet::Data { stream, payload: payload.into() }).await;
    }

    /// All payload until CLOSE, and its reason.
    async fn rest(&mut self, stream: u32) -> (Vec<u8>, u8) {
        let mut bytes = Vec::new();
        loop {
            match self.answer().await {
                Packet::Data { stream: number, payload } if number == stream => bytes.extend_from_slice(&payload),
                Packet::Close { stream: number, reason } if number == stream => return (bytes, reason),
                other => panic!("stream {stream} was expected, not {other:?}"),
            }
        }
    }

    /// The reason of a CONNECT's CLOSE.
    async fn refused(&mut self, stream: u32, host: &str, port: u16) -> u8 {
        self.connect(stream, host, port).await;
        let (bytes, reason) = self.rest(stream).await;
        assert!(bytes.is_empty());
        reason
    }

    async fn closed(&mut self) -> (u16, String) {
        loop {
            match within("the end", self.ws.next()).await.unwrap().unwrap() {
                Message::Close(Some(frame)) => return (frame.code.into(), frame.reason.to_string()),
                Message::Close(None) => panic!("the relay says why it closes"),
                _ => {}
            }
        }
    }
}

fn owned(bytes: &[u8]) -> Packet<'static> {
    match Packet::decode(bytes).expect("the relay's packets decode") {
        Packet::Connect { .. } => panic!("CONNECT is for clients"),
        Packet::Data { stream, payload } => Packet::Data { stream, payload: payload.into_owned().into() },
        Packet::Continue { stream, packets } => Packet::Continue { stream, packets },
        Packet::Close { stream, reason } => Packet::Close { stream, reason },
    }
}

/// A stream and its real end.
async fn pair(client: &mut Client, stream: u32) -> TcpStream {
    let (listener, address) = listener().await;
    client.connect(stream, "127.0.0.1", address.port()).await;
    accept(&listener).await
}

async fn read(peer: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    within("the stream's bytes", peer.read_exact(&mut bytes)).await.unwrap();
    bytes
}

async fn relay(change: impl FnOnce(&mut Limits)) -> Relay {
    let mut limits = Limits { grace_time: Duration::from_millis(100), ..Limits::default() };
    change(&mut limits);
    Relay::limited(limits, |_| {}).await
}

#[tokio::test]
async fn streams_carry_bytes_both_ways_and_data_may_follow_connect_at_once() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    assert_eq!(client.packets, PACKETS);
    let (listener, address) = listener().await;
    // The greatest number there is, which the other protocol keeps for itself.
    for stream in [1, u32::MAX] {
        client.connect(stream, "127.0.0.1", address.port()).await;
        client.data(stream, b"early ").await;
        client.data(stream, b"").await;
        client.data(stream, b"bytes").await;
        let mut peer = accept(&listener).await;
        assert_eq!(read(&mut peer, 11).await, b"early bytes");
        peer.write_all(b"the answer").await.unwrap();
        drop(peer);
        assert_eq!(client.rest(stream).await, (b"the answer".to_vec(), wisp::VOLUNTARY));
        // It may be used again.
        client.connect(stream, "127.0.0.1", address.port()).await;
        accept(&listener).await;
        assert_eq!(client.rest(stream).await.1, wisp::VOLUNTARY);
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_client_of_the_second_version_is_told_to_fall_back() {
    let relay = Relay::start().await;
    // RFC 6455, 4.1: it offered something, and nothing was chosen.
    assert!(knock(relay.address, "/wisp/", Some("wisp-v2")).await.is_err());
    let (_, response) = knock(relay.address, "/wisp/", None).await.unwrap();
    assert!(response.headers().get("Sec-WebSocket-Protocol").is_none());
    relay.stop().await;
}

#[tokio::test]
async fn each_failure_has_its_reason() {
    let relay = Relay::with(|config| {
        config.allow = vec!["192.0.2.0/24".parse().unwrap()];
        config.deny = vec!["127.0.0.9".parse().unwrap()];
        config.limits.connect_time = Duration::from_millis(100);
        config.resolver = Arc::new(Names);
    })
    .await;
    let mut client = Client::new(&relay).await;
    let (gone, address) = listener().await;
    drop(gone);
    let port = address.port();
    assert_eq!(client.refused(1, "127.0.0.1", port).await, wisp::REFUSED);
    assert_eq!(client.refused(2, "127.0.0.9", port).await, wisp::BLOCKED);
    assert_eq!(client.refused(3, "198.51.100.1", port).await, wisp::BLOCKED);
    assert_eq!(client.refused(4, "127.0.0.1", relay.port()).await, wisp::BLOCKED);
    assert_eq!(client.refused(5, "nobody.example", port).await, wisp::UNREACHABLE);
    assert_eq!(client.refused(6, "silent.example", port).await, wisp::NO_RESPONSE);
    assert_eq!(client.refused(7, "127.0.0.1", 0).await, wisp::INVALID);
    assert_eq!(client.refused(8, "", port).await, wisp::INVALID);
    assert_eq!(client.refused(9, "[]", port).await, wisp::INVALID);
    for (kind, host) in [(3, &b"127.0.0.1"[..]), (wisp::TCP, b"\xff")] {
        client.send(Packet::Connect { stream: 10, kind, port, host: host.into() }).await;
        assert_eq!(client.rest(10).await.1, wisp::INVALID);
    }
    relay.stop().await;
}

/// One name that nobody has, and one whose look-up never ends.
struct Names;

impl Resolver for Names {
    fn resolve(&self, name: &str) -> Resolving {
        match name {
            "silent.example" => Box::pin(std::future::pending()),
            _ => Box::pin(async { Ok(Vec::new()) }),
        }
    }
}

#[tokio::test]
async fn the_policy_judges_every_spelling_and_every_address_of_a_name() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    for host in FORBIDDEN_HOSTS {
        assert_eq!(client.refused(1, host, 80).await, wisp::BLOCKED, "{host}");
    }
    let (listener, address) = listener().await;
    for host in LOOPBACK_HOSTS.into_iter().chain(["[::ffff:127.0.0.1]"]) {
        client.connect(1, host, address.port()).await;
        accept(&listener).await;
        assert_eq!(client.rest(1).await.1, wisp::VOLUNTARY, "{host}");
        assert_eq!(client.refused(1, host, relay.port()).await, wisp::BLOCKED, "{host}");
    }
    relay.stop().await;
    let parse = |text: &str| text.parse::<SocketAddr>().unwrap();
    let asked = Arc::default();
    let resolver = OneName(vec![parse("127.0.0.1:0"), parse("192.0.2.1:0")], Arc::clone(&asked));
    let relay = Relay::with(|config| config.resolver = Arc::new(resolver)).await;
    let mut client = Client::new(&relay).await;
    assert_eq!(client.refused(1, "mixed.example", address.port()).await, wisp::BLOCKED);
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 1);
    relay.stop().await;
}

#[tokio::test]
async fn too_many_streams_and_too_fast_are_throttled() {
    let relay = relay(|limits| limits.sockets = 2).await;
    let mut client = Client::new(&relay).await;
    let _peers = (pair(&mut client, 1).await, pair(&mut client, 2).await);
    assert_eq!(client.refused(3, "127.0.0.1", 80).await, wisp::THROTTLED);
    client.send(Packet::Close { stream: 1, reason: wisp::VOLUNTARY }).await;
    pair(&mut client, 3).await;
    relay.stop().await;
    let relay = self::relay(|limits| limits.opens_per_second = 3).await;
    let mut client = Client::new(&relay).await;
    let (_listener, address) = listener().await;
    for stream in 1..=20 {
        client.connect(stream, "127.0.0.1", address.port()).await;
    }
    assert!(matches!(client.answer().await, Packet::Close { reason: wisp::THROTTLED, .. }));
    relay.stop().await;
}

/// What a number means is never in doubt: a stream that is opened twice is closed once, and gone.
#[tokio::test]
async fn a_number_in_use_is_invalid_and_its_stream_ends() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    let (mut bystander, mut peer) = (pair(&mut client, 7).await, pair(&mut client, 1).await);
    assert_eq!(client.refused(1, "127.0.0.1", 80).await, wisp::INVALID);
    let error = within("RST", peer.read(&mut [0; 9])).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    // Packets that cross a CLOSE are no mistake.
    client.data(1, b"nobody").await;
    client.send(Packet::Close { stream: 1, reason: wisp::VOLUNTARY }).await;
    client.data(7, b"undisturbed").await;
    assert_eq!(read(&mut bystander, 11).await, b"undisturbed");
    relay.stop().await;
}

#[tokio::test]
async fn continue_comes_when_half_was_taken() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    let mut peer = pair(&mut client, 1).await;
    for sent in 0..10 * PACKETS {
        if sent > 0 && sent % (PACKETS / 2) == 0 {
            let Packet::Continue { stream: 1, packets } = client.next().await else {
                panic!("CONTINUE was expected after {sent} packets");
            };
            assert!((1..=PACKETS).contains(&packets), "{packets}");
        }
        client.data(1, b"x").await;
        read(&mut peer, 1).await;
    }
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_more_than_any_credit_allowed_loses_that_stream_only() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    let (mut bystander, mut peer) = (pair(&mut client, 7).await, pair(&mut client, 1).await);
    // More than the kernel's buffers take, so that the packets do wait.
    for _ in 0..400 {
        client.data(1, &vec![1; 100_000]).await;
    }
    assert_eq!(client.rest(1).await.1, wisp::THROTTLED);
    // No part passes for the whole.
    let mut heard = Vec::new();
    let error = within("RST", peer.read_to_end(&mut heard)).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    client.data(7, b"undisturbed").await;
    assert_eq!(read(&mut bystander, 11).await, b"undisturbed");
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sockets_of_a_session_hold_so_many_bytes_and_no_more() {
    let relay = relay(|limits| limits.wisp_bytes = 1 << 20).await;
    let mut client = Client::new(&relay).await;
    let mut peers = Vec::new();
    let mut throttled = None;
    for stream in 1..=50 {
        peers.push(pair(&mut client, stream).await);
        // Within the credit of each.
        for _ in 0..PACKETS {
            client.data(stream, &vec![1; 200_000]).await;
        }
        // An answer to what comes after shows that all of these were heard.
        client.connect(1000 + stream, "", 1).await;
        match client.answer().await {
            Packet::Close { reason: wisp::INVALID, .. } => {}
            Packet::Close { stream, reason: wisp::THROTTLED } => {
                throttled = Some(stream);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(throttled.is_some(), "nothing was bounded");
    relay.stop().await;
}

#[tokio::test]
async fn no_end_overtakes_bytes() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    // Of the client: CONNECT, bytes and CLOSE at once.
    let (listener, address) = listener().await;
    client.connect(1, "127.0.0.1", address.port()).await;
    for piece in 0..20 {
        client.data(1, &[piece; 50_000]).await;
    }
    client.send(Packet::Close { stream: 1, reason: wisp::VOLUNTARY }).await;
    let mut peer = accept(&listener).await;
    let mut heard = Vec::new();
    within("the client's bytes", peer.read_to_end(&mut heard)).await.unwrap();
    let expected: Vec<u8> = (0..20).flat_map(|piece| [piece; 50_000]).collect();
    assert!(heard == expected, "{} bytes", heard.len());
    // Of the peer: FIN, with the client's bytes still on their way.
    let mut peer = pair(&mut client, 2).await;
    client.data(2, &[1; 300_000]).await;
    peer.write_all(b"last words").await.unwrap();
    peer.shutdown().await.unwrap();
    assert_eq!(client.rest(2).await, (b"last words".to_vec(), wisp::VOLUNTARY));
    heard.clear();
    within("the client's bytes", peer.read_to_end(&mut heard)).await.unwrap();
    assert_eq!(heard.len(), 300_000);
    // And of a peer that resets.
    let mut peer = pair(&mut client, 3).await;
    client.data(3, b"x").await;
    read(&mut peer, 1).await;
    peer.set_zero_linger().unwrap();
    drop(peer);
    assert_eq!(client.rest(3).await.1, wisp::NETWORK_ERROR);
    relay.stop().await;
}

#[tokio::test]
async fn what_is_no_packet_ends_the_session_with_a_code_and_a_reason() {
    let relay = Relay::start().await;
    let binary = |bytes: &'static [u8]| Message::Binary(bytes.into());
    for (message, code, words) in [
        (binary(b""), 4000, "ends inside its type"),
        (binary(b"\x02\x01"), 4000, "ends inside its socket number"),
        (binary(b"\x01\x01\0\0\0\x01"), 4000, "ends inside its port"),
        (binary(b"\x01\0\0\0\0\x01\x50\0localhost"), 4000, "stream 0"),
        (binary(b"\x03\x01\0\0\0\x01\0\0\0"), 4000, "CONTINUE"),
        (binary(b"\x04\x01\0\0\0"), 4000, "ends inside its reason"),
        (binary(b"\x05\0\0\0\0\x02\0"), 4000, "0x05"),
        (Message::Text("CONNECT".into()), 1003, "text"),
        (Message::Binary(vec![2; (512 << 10) + 1].into()), 1009, "524288 bytes"),
    ] {
        let mut client = Client::new(&relay).await;
        let mut peer = pair(&mut client, 1).await;
        client.ws.send(message).await.unwrap();
        let (closed, reason) = client.closed().await;
        assert_eq!(closed, code, "{reason}");
        assert!(reason.contains(words), "{reason}");
        assert_eq!(within("the end of its socket", peer.read(&mut [0; 9])).await.unwrap(), 0);
    }
    relay.stop().await;
}

#[tokio::test]
async fn a_relay_that_stops_delivers_and_says_1001() {
    let relay = relay(|limits| limits.grace_time = Duration::from_secs(10)).await;
    let mut client = Client::new(&relay).await;
    let mut peer = pair(&mut client, 1).await;
    client.data(1, &vec![8; 300_000]).await;
    read(&mut peer, 1000).await;
    let stopped = relay.begin_stop();
    assert_eq!(read(&mut peer, 299_000).await.len(), 299_000);
    assert_eq!(within("FIN", peer.read(&mut [0; 9])).await.unwrap(), 0);
    assert_eq!(client.closed().await.0, 1001);
    drop(client);
    within("shutdown", stopped).await.unwrap().unwrap();
}

fn noise(random: &mut Random, length: usize) -> Vec<u8> {
    (0..length.div_ceil(8)).flat_map(|_| random.next().to_le_bytes()).take(length).collect()
}

/// The real end of a stream: sends so much and hears as much; gives both hashes.
async fn exchange(peer: TcpStream, mut random: Random, length: usize) -> (u64, u64) {
    let (mut read, mut write) = peer.into_split();
    let sending = tokio::spawn(async move {
        let (mut hash, mut left) = (Hash::new(), length);
        while left > 0 {
            let length = 1 + random.below(100_000.min(left));
            let piece = noise(&mut random, length);
            write.write_all(&piece).await.unwrap();
            hash.add(&piece);
            left -= piece.len();
        }
        (hash.0, write)
    });
    let (mut hash, mut left, mut buffer) = (Hash::new(), length, vec![0; 50_000]);
    while left > 0 {
        let heard = read.read(&mut buffer).await.unwrap();
        assert!(heard > 0, "{left} bytes are missing");
        hash.add(&buffer[..heard]);
        left -= heard;
    }
    (sending.await.unwrap().0, hash.0)
}

/// Megabytes both ways on several streams at once, in odd pieces and within the credit, hashed at both ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_arrives_both_ways() {
    const LENGTH: usize = 8 << 20;
    let mut random = Random::seeded("wisp::every_byte_arrives_both_ways");
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    let mut ends = HashMap::new();
    for stream in 1..=3 {
        let peer = pair(&mut client, stream).await;
        let peer = tokio::spawn(exchange(peer, random.fork(), LENGTH));
        // Credit, what is left to send and to hear, both hashes.
        ends.insert(stream, (PACKETS, LENGTH, LENGTH, Hash::new(), Hash::new(), peer));
    }
    while ends.values().any(|(_, send, hear, ..)| *send > 0 || *hear > 0) {
        for (stream, (credit, left, _, hash, ..)) in &mut ends {
            while *credit > 0 && *left > 0 && random.below(8) > 0 {
                let length = 1 + random.below(60_000.min(*left));
                let piece = noise(&mut random, length);
                hash.add(&piece);
                (*credit, *left) = (*credit - 1, *left - length);
                let packet = Packet::Data { stream: *stream, payload: piece.into() };
                client.ws.feed(Message::Binary(packet.encode().into())).await.unwrap();
            }
        }
        client.ws.flush().await.unwrap();
        // A stream that may send does not wait for others.
        let idle = ends.values().all(|(credit, send, ..)| *credit == 0 || *send == 0);
        let patience = if idle { Duration::from_secs(30) } else { Duration::ZERO };
        let Ok(packet) = tokio::time::timeout(patience, client.next()).await else {
            assert!(!idle, "nothing happened");
            continue;
        };
        match packet {
            Packet::Continue { stream, packets } => ends.get_mut(&stream).unwrap().0 = packets,
            Packet::Data { stream, payload } => {
                let end = ends.get_mut(&stream).unwrap();
                end.4.add(&payload);
                end.2 -= payload.len();
            }
            // Both ways are done: what is not heard yet would be missing below.
            Packet::Close { stream, reason } => assert_eq!((reason, ends[&stream].2), (wisp::VOLUNTARY, 0)),
            Packet::Connect { .. } => unreachable!(),
        }
    }
    for (stream, (.., sent, heard, peer)) in ends {
        let (theirs, ours) = within("the peer", peer).await.unwrap();
        assert_eq!((heard.0, sent.0), (theirs, ours), "stream {stream}");
    }
    relay.stop().await;
}

async fn connect_udp(client: &mut Client, stream: u32, host: &str, port: u16) {
    client.send(Packet::Connect { stream, kind: wisp::UDP, port, host: host.as_bytes().into() }).await;
}

#[tokio::test]
async fn datagrams_keep_their_boundaries_and_need_no_credit() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    for (bind, host) in [("127.0.0.1:0", "127.0.0.1"), ("127.0.0.1:0", "localhost"), ("[::1]:0", "[::1]")] {
        let Ok(peer) = UdpSocket::bind(bind).await else {
            continue;
        };
        connect_udp(&mut client, 1, host, peer.local_addr().unwrap().port()).await;
        let mut buffer = vec![0; 70_000];
        // Four times a stream's credit, in turns, so that no buffer of the kernel is full.
        for number in 0..4 * PACKETS as usize {
            let datagram = vec![number as u8; number * 100];
            client.data(1, &datagram).await;
            let (length, from) = within("a datagram", peer.recv_from(&mut buffer)).await.unwrap();
            assert!(buffer[..length] == datagram, "{number}: {length} bytes");
            peer.send_to(&datagram, from).await.unwrap();
            assert!(client.next().await == Packet::Data { stream: 1, payload: datagram.into() }, "{number}");
        }
        client.send(Packet::Close { stream: 1, reason: wisp::VOLUNTARY }).await;
    }
    relay.stop().await;
}

#[tokio::test]
async fn datagrams_are_under_the_same_policy_and_an_error_ends_their_stream() {
    let relay = Relay::start().await;
    let mut client = Client::new(&relay).await;
    for host in FORBIDDEN_HOSTS {
        connect_udp(&mut client, 1, host, 80).await;
        assert_eq!(client.rest(1).await, (Vec::new(), wisp::BLOCKED), "{host}");
    }
    connect_udp(&mut client, 1, "127.0.0.1", relay.port()).await;
    assert_eq!(client.rest(1).await.1, wisp::BLOCKED);
    let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = gone.local_addr().unwrap().port();
    drop(gone);
    connect_udp(&mut client, 1, "127.0.0.1", port).await;
    client.data(1, b"is there anybody").await;
    assert_eq!(client.rest(1).await.1, wisp::REFUSED);
    // Too long for any datagram.
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    connect_udp(&mut client, 1, "127.0.0.1", peer.local_addr().unwrap().port()).await;
    client.data(1, &[0; 66_000]).await;
    assert_eq!(client.rest(1).await.1, wisp::NETWORK_ERROR);
    relay.stop().await;
}

/// A name that needs its time must not hold up other streams.
#[tokio::test]
async fn a_slow_connect_holds_up_nobody() {
    let relay = Relay::with(|config| config.resolver = Arc::new(Names)).await;
    let mut client = Client::new(&relay).await;
    client.connect(1, "silent.example", 80).await;
    client.data(1, b"for later").await;
    let mut peer = pair(&mut client, 2).await;
    client.data(2, b"now").await;
    assert_eq!(read(&mut peer, 3).await, b"now");
    // It can be given up.
    client.send(Packet::Close { stream: 1, reason: wisp::VOLUNTARY }).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    client.connect(1, "127.0.0.1", listener.local_addr().unwrap().port()).await;
    accept(&listener).await;
    assert_eq!(client.rest(1).await.1, wisp::VOLUNTARY);
    relay.stop().await;
}
