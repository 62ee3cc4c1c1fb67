//! Many at once: how much an idle WebSocket and an idle stream cost, that each of them still works, and that nothing is left of them. The relay has
//! a process of its own, so that its memory is its own.
//!
//! The figures: `cargo test -p relay --test relay many -- --nocapture`. Where the system gives fewer descriptors, fewer are held.
//!
//! Absent on systems without `/proc`; and what one of them costs while it moves bytes (`memory`).
#![cfg(target_os = "linux")]

use crate::harness::{Lab, TOKEN, lab, listener, within};
use crate::process::Process;
use futures_util::SinkExt;
use relay_proto::{Address, ClientMessage, Family, Kind, ServerMessage};
use rustix::process::{Resource, getrlimit};
use std::collections::HashMap;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

/// What one of them may cost the relay, in KiB. The kernel's share is not in it.
const WEBSOCKET_KB: f64 = 16.0;
const STREAM_KB: f64 = 4.0;

/// Streams on their way at one time.
const AT_ONCE: usize = 100;

/// Ten streams for each WebSocket, and descriptors for the other tests of this process.
const WEBSOCKETS: usize = 1_000;
const OTHERS: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_streams_and_a_thousand_websockets_are_held() {
    let process = Process::start_roomy();
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) as usize;
    let websockets = WEBSOCKETS.min(descriptors.saturating_sub(OTHERS) / 11);
    let streams = 10 * websockets;
    assert!(websockets > 0, "{descriptors} descriptors are too few for this test");
    // What is made once for all is made before anything is measured.
    let (real, address) = listener().await;
    let mut first = welcomed(&process).await;
    let warm = open_all(&mut first, &real, address, AT_ONCE).await;
    close_all(&mut first, warm).await;
    let settled = process.descriptors();

    let before = process.resident_kb();
    let mut labs = Vec::new();
    for _ in 0..websockets {
        labs.push(welcomed(&process).await);
    }
    let websocket = each(&process, before, websockets);
    let before = process.resident_kb();
    let mut peers = open_all(&mut first, &real, address, streams).await;
    let stream = each(&process, before, streams);
    println!(
        "{websockets} WebSockets: {websocket:.2} KiB each; {streams} streams of one WebSocket: {stream:.2} KiB each"
    );
    assert!(process.descriptors() >= settled + websockets + streams, "the sockets are real");
    assert!(websocket < WEBSOCKET_KB, "an idle WebSocket costs {websocket:.2} KiB");
    assert!(stream < STREAM_KB, "an idle stream costs {stream:.2} KiB");

    for lab in &mut labs {
        lab.open(1, Family::Inet, 0).await;
    }
    carry_a_byte(&mut first, &mut peers).await;

    drop((labs, peers, first));
    // A session is a task that holds its connection's descriptor.
    within("the end of all descriptors", async {
        while process.descriptors() >= settled {
            tokio::task::yield_now().await;
        }
    })
    .await;
    // Its last descriptor is closed before it has counted itself out.
    within("the end of all tasks", async {
        while gauges(&process).await.iter().any(|(_, value)| *value != 0.0) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn each(process: &Process, before: usize, count: usize) -> f64 {
    process.resident_kb().saturating_sub(before) as f64 / count as f64
}

async fn welcomed(process: &Process) -> Lab {
    let mut lab = lab(process.address).await;
    assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
    lab
}

/// Opens and connects them, and gives their real peers by number.
async fn open_all(lab: &mut Lab, real: &TcpListener, to: SocketAddr, count: usize) -> HashMap<u32, TcpStream> {
    let numbers: Vec<_> = (1..=count as u32).collect();
    let mut peers = HashMap::new();
    for batch in numbers.chunks(AT_ONCE) {
        for &socket in batch {
            feed(lab, ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: 1000 }).await;
            feed(lab, ClientMessage::Connect { socket, to: to.into() }).await;
        }
        lab.ws.flush().await.unwrap();
        let mut arrived = HashMap::new();
        for _ in batch {
            let (stream, from) = within("a connection", real.accept()).await.unwrap();
            arrived.insert(Address::from(from), stream);
        }
        let mut connected = 0;
        while connected < batch.len() {
            match lab.next().await {
                ServerMessage::Opened { .. } => {}
                ServerMessage::Connected { socket, local, .. } => {
                    peers.insert(
                        socket,
                        arrived.remove(&local).expect("the peer sees the address that the client is told"),
                    );
                    connected += 1;
                }
                other => panic!("CONNECTED was expected, not {other:?}"),
            }
        }
    }
    peers
}

async fn close_all(lab: &mut Lab, peers: HashMap<u32, TcpStream>) {
    for (socket, mut peer) in peers {
        lab.send(ClientMessage::Close { socket }).await;
        assert_eq!(within("the end of a stream", peer.read(&mut [0])).await.unwrap(), 0);
    }
}

/// There and back on each of them, a byte of its own.
async fn carry_a_byte(lab: &mut Lab, peers: &mut HashMap<u32, TcpStream>) {
    let numbers: Vec<_> = peers.keys().copied().collect();
    for batch in numbers.chunks(AT_ONCE) {
        for &socket in batch {
            feed(lab, ClientMessage::Data { socket, bytes: vec![socket as u8].into() }).await;
        }
        lab.ws.flush().await.unwrap();
        for socket in batch {
            let (peer, mut byte) = (peers.get_mut(socket).expect("it is one of them"), [0]);
            within("the byte there", peer.read_exact(&mut byte)).await.unwrap();
            assert_eq!(byte[0], *socket as u8);
            peer.write_all(&[!byte[0]]).await.unwrap();
        }
        for _ in batch {
            match lab.answer().await {
                ServerMessage::Data { socket, bytes, .. } => assert_eq!(*bytes, [!(socket as u8)]),
                other => panic!("DATA was expected, not {other:?}"),
            }
        }
    }
}

async fn feed(lab: &mut Lab, message: ClientMessage<'_>) {
    lab.ws.feed(Message::Binary(message.encode().into())).await.unwrap();
}

/// The relay's own count of sessions and sockets.
async fn gauges(process: &Process) -> Vec<(String, f64)> {
    let mut stream = TcpStream::connect(process.address).await.unwrap();
    let host = process.address;
    let request =
        format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within("the numbers", stream.read_to_string(&mut answer)).await.unwrap();
    let samples =
        answer.lines().filter(|line| line.starts_with("sockscope_sessions{") || line.starts_with("sockscope_sockets{"));
    let samples: Vec<_> = samples
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
        .collect();
    assert!(samples.len() >= 2, "{answer}");
    samples
}
