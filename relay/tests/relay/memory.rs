//! What the relay holds when somebody stops reading, measured from outside on a relay in a process of
//! its own; and that its descriptors go when its sessions go.
//!
//! Absent on systems without `/proc`.
#![cfg(target_os = "linux")]

use crate::harness::{Lab, accept, door, lab, listener, pair, show, within};
use crate::process::Process;
use futures_util::SinkExt;
use relay_proto::wisp::{self, Packet};
use relay_proto::{ClientMessage, Family, ServerMessage};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

/// What the stopped side may cost beside the relay's own bounds: the allocator and the kernel's rounding.
const SLACK_KB: usize = 2048;
const TOTAL: usize = 128 << 20;

/// Buffers that are kept are made first, so that what grows later is what the stop costs.
async fn warmed(process: &Process) -> Lab {
    let mut lab = lab(process.address).await;
    assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
    let mut peer = pair(&mut lab, 1, u32::MAX).await;
    let echo = tokio::spawn(async move {
        let mut block = vec![1; 200_000];
        peer.read_exact(&mut block).await.unwrap();
        peer.write_all(&block).await.unwrap();
    });
    lab.data(1, &vec![1; 200_000]).await;
    lab.receive(1, 200_000).await;
    within("the echo", echo).await.unwrap();
    assert!(matches!(lab.answer().await, ServerMessage::Fin { .. }));
    lab.send(ClientMessage::Close { socket: 1 }).await;
    lab
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_reading_stops_the_sender() {
    let process = Process::start();
    let mut lab = warmed(&process).await;
    let mut peer = pair(&mut lab, 2, u32::MAX).await;
    let before = process.resident_kb();
    let block = vec![2; 1 << 20];
    let sent = send_until_stuck(TOTAL, async |rest| peer.write(&block[..rest.min(1 << 20)]).await.unwrap()).await;
    let grown = process.resident_kb().saturating_sub(before);
    println!("client stopped: the peer sent {} KiB, the relay grew by {grown} KiB", sent >> 10);
    assert!(sent < TOTAL, "nothing stopped the sender");
    assert!(grown < 512 + SLACK_KB, "the relay grew by {grown} KiB");
    // It goes on where it stopped.
    let received = lab.receive(2, sent).await;
    assert!(received.iter().all(|&byte| byte == 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_stops_reading_stops_the_client() {
    let process = Process::start();
    let mut lab = warmed(&process).await;
    let mut peer = pair(&mut lab, 2, 0).await;
    let before = process.resident_kb();
    let (mut credit, mut granted) = (256 << 10, 0);
    let sent = send_until_stuck(TOTAL, async |_| {
        while credit == 0 {
            match lab.next().await {
                ServerMessage::Credit { bytes, .. } => {
                    credit += bytes as usize;
                    granted += bytes as usize;
                }
                other => panic!("{}", show(&other)),
            }
        }
        let length = credit.min(64 << 10);
        lab.ws.send(Message::Binary(data(2, length).into())).await.unwrap();
        credit -= length;
        length
    })
    .await;
    let grown = process.resident_kb().saturating_sub(before);
    println!("peer stopped: the client sent {} KiB, the relay grew by {grown} KiB", sent >> 10);
    assert!(sent < TOTAL, "nothing stopped the client");
    assert!(grown < 512 + SLACK_KB, "the relay grew by {grown} KiB");
    assert!(sent - granted <= 256 << 10, "more than the window is on its way");
    let mut heard = vec![0; sent];
    within("the rest", peer.read_exact(&mut heard)).await.unwrap();
}

fn data(socket: u32, length: usize) -> Vec<u8> {
    ClientMessage::Data { socket, bytes: vec![3; length].into() }.encode()
}

/// Sends until half a second brings no progress: then everything on the way is full.
async fn send_until_stuck(total: usize, mut send: impl AsyncFnMut(usize) -> usize) -> usize {
    let mut sent = 0;
    while sent < total {
        match tokio::time::timeout(Duration::from_millis(500), send(total - sent)).await {
            Ok(length) => sent += length,
            Err(_) => break,
        }
    }
    sent
}

/// A client that floods calls and reads no answers is not read any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_are_bounded() {
    let process = Process::start();
    let mut lab = warmed(&process).await;
    let before = process.resident_kb();
    let close = ClientMessage::Close { socket: 99 }.encode();
    let mut ping = false;
    let sent = send_until_stuck(TOTAL, async |_| {
        ping = !ping;
        let message = if ping { Message::Binary(close.clone().into()) } else { Message::Ping("x".repeat(100).into()) };
        lab.ws.send(message).await.unwrap();
        if ping { 11 } else { 106 }
    })
    .await;
    let grown = process.resident_kb().saturating_sub(before);
    println!("answers unread: the client sent {} KiB, the relay grew by {grown} KiB", sent >> 10);
    assert!(sent < TOTAL, "nothing stopped the client");
    assert!(grown < 1024 + SLACK_KB, "the relay grew by {grown} KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tunnel_whose_ends_do_not_read_is_bounded() {
    let process = Process::start();
    let (listener, address) = listener().await;
    let path = format!("/tcp/{address}");
    let mut ws = door(process.address, &path, Some("binary")).await;
    let mut peer = accept(&listener).await;
    // Buffers that are kept are made first.
    let block = vec![5; 60_000];
    ws.send(Message::Binary(block.clone().into())).await.unwrap();
    peer.read_exact(&mut vec![0; 60_000]).await.unwrap();
    peer.write_all(&block).await.unwrap();
    within("the first bytes", futures_util::StreamExt::next(&mut ws)).await.unwrap().unwrap();
    let before = process.resident_kb();
    let up = send_until_stuck(TOTAL, async |_| {
        ws.send(Message::Binary(block.clone().into())).await.unwrap();
        block.len()
    })
    .await;
    let down = send_until_stuck(TOTAL, async |_| peer.write(&block).await.unwrap()).await;
    let grown = process.resident_kb().saturating_sub(before);
    println!("tunnel: {} KiB up and {} KiB down unread, the relay grew by {grown} KiB", up >> 10, down >> 10);
    assert!(up < TOTAL && down < TOTAL, "nothing stopped the senders");
    // What waits each way, and once more for a message that is being read or written.
    assert!(grown < 2 * 512 + SLACK_KB, "the relay grew by {grown} KiB");
}

/// A Wisp client that keeps to its credit, and a peer that does not read; then a client that does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wisp_stream_whose_ends_do_not_read_is_bounded() {
    let process = Process::start();
    let (listener, address) = listener().await;
    let mut ws = door(process.address, "/wisp/", None).await;
    let connect =
        Packet::Connect { stream: 1, kind: wisp::TCP, port: address.port(), host: b"127.0.0.1".as_slice().into() };
    ws.send(Message::Binary(connect.encode().into())).await.unwrap();
    let mut peer = accept(&listener).await;
    let packet = Packet::Data { stream: 1, payload: vec![5; 60_000].into() }.encode();
    let before = process.resident_kb();
    let mut credit = 0;
    let up = send_until_stuck(TOTAL, async |_| {
        while credit == 0 {
            let Some(Ok(Message::Binary(bytes))) = futures_util::StreamExt::next(&mut ws).await else {
                panic!("the session ended");
            };
            match Packet::decode(&bytes) {
                Ok(Packet::Continue { packets, .. }) => credit = packets,
                other => panic!("{other:?}"),
            }
        }
        ws.send(Message::Binary(packet.clone().into())).await.unwrap();
        credit -= 1;
        60_000
    })
    .await;
    let down = send_until_stuck(TOTAL, async |_| peer.write(&packet).await.unwrap()).await;
    let grown = process.resident_kb().saturating_sub(before);
    println!("wisp: {} KiB up and {} KiB down unread, the relay grew by {grown} KiB", up >> 10, down >> 10);
    assert!(up < TOTAL && down < TOTAL, "nothing stopped the senders");
    // The credit in packets of this size, up to twice for a queue that has just grown, and what waits for the client.
    assert!(grown < 2 * 32 * 60 + 512 + SLACK_KB, "the relay grew by {grown} KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_echo_that_nobody_reads_is_bounded() {
    let process = Process::start();
    let mut ws = door(process.address, "/echo", None).await;
    let block = Message::Binary(vec![4; 60_000].into());
    ws.send(block.clone()).await.unwrap();
    within("the echo", futures_util::StreamExt::next(&mut ws)).await.unwrap().unwrap();
    let before = process.resident_kb();
    let sent = send_until_stuck(TOTAL, async |_| {
        ws.send(block.clone()).await.unwrap();
        60_000
    })
    .await;
    let grown = process.resident_kb().saturating_sub(before);
    println!("echo unread: the client sent {} KiB, the relay grew by {grown} KiB", sent >> 10);
    assert!(sent < TOTAL, "nothing stopped the client");
    assert!(grown < 1024 + SLACK_KB, "the relay grew by {grown} KiB");
}

#[tokio::test]
async fn descriptors_go_with_their_sessions() {
    let process = Process::start();
    drop(warmed(&process).await);
    let (listener, address) = listener().await;
    let (mut labs, mut peers) = (Vec::new(), Vec::new());
    let settled = process.descriptors();
    for _ in 0..4 {
        let mut lab = lab(process.address).await;
        assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
        for socket in 1..=20 {
            lab.connect(socket, address, 10).await;
            peers.push(accept(&listener).await);
        }
        lab.open(21, Family::Inet, 0).await;
        labs.push(lab);
    }
    assert!(process.descriptors() >= settled + 4 * 21, "the sockets are real");
    drop(labs);
    within("the descriptors' end", async {
        while process.descriptors() > settled {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
