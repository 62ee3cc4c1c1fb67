//! Promise 7 at full size: a reader stops for five seconds in front of 512 MiB, in each direction, and the relay grows by no more than
//! its windows; then it reads on, and every byte is there.
//!
//! Absent on systems without `/proc`.
#![cfg(target_os = "linux")]

use crate::harness::{Lab, Random, accept, lab, listener, show, within};
use crate::process::Process;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use relay_proto::{ClientMessage, How, ServerMessage};
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const TOTAL: usize = 512 << 20;
const STOP: Duration = Duration::from_secs(5);
/// How often the relay is looked at while it stands still.
const LOOK: Duration = Duration::from_millis(100);

/// The windows of one socket: `credit` up, `queue_bytes` down, and the write buffer that its message may fill once more.
const WINDOWS_KB: usize = 3 * 256;
/// The allocator, and buffers that grow to their first use.
const SLACK_KB: usize = 2048;

/// The content of each direction repeats after this many bytes, a number that no buffer's size divides.
const PERIOD: usize = 1_000_003;

/// Compared with the place in the stream, a piece at a time.
struct Content(Vec<u8>);

impl Content {
    fn new(random: &mut Random) -> Self {
        let mut period: Vec<u8> = (0..PERIOD).map(|_| random.next() as u8).collect();
        // So that any piece is in one place.
        period.extend_from_within(..);
        Self(period)
    }

    fn piece(&self, from: usize, most: usize) -> &[u8] {
        let start = from % PERIOD;
        &self.0[start..start + most.min(PERIOD).min(TOTAL - from)]
    }

    fn check(&self, from: usize, heard: &[u8]) {
        let mut from = from;
        for part in heard.chunks(PERIOD) {
            assert!(self.piece(from, part.len()) == part, "the bytes from {from} are not those that were sent");
            from += part.len();
        }
    }
}

/// The most that the relay held more than at the beginning, while its reader stood still.
async fn stand_still(process: &Process, before: usize) -> usize {
    let (began, mut most) = (Instant::now(), 0);
    let mut look = tokio::time::interval(LOOK);
    while began.elapsed() < STOP {
        look.tick().await;
        most = most.max(process.resident_kb().saturating_sub(before));
    }
    most
}

async fn connected(process: &Process, credit: u32) -> (Lab, TcpStream) {
    let mut lab = lab(process.address).await;
    assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
    let (listener, address) = listener().await;
    lab.connect(1, address, credit).await;
    (lab, accept(&listener).await)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_stops_for_five_seconds_costs_its_window() {
    let process = Process::start();
    let content =
        Content::new(&mut Random::seeded("standstill::a_client_that_stops_for_five_seconds_costs_its_window"));
    let (mut lab, mut peer) = connected(&process, u32::MAX).await;
    let before = process.resident_kb();
    let (sending, heard) = (Content(content.0.clone()), content);
    let sender = tokio::spawn(async move {
        let mut sent = 0;
        while sent < TOTAL {
            sent += peer.write(sending.piece(sent, 1 << 20)).await.unwrap();
        }
        peer.shutdown().await.unwrap();
    });
    // The credit is for all of it: it is the WebSocket that nobody reads.
    let grown = stand_still(&process, before).await;
    assert!(!sender.is_finished());
    let mut received = 0;
    loop {
        match within("a message", lab.ws.next()).await.unwrap().unwrap() {
            Message::Binary(bytes) => match ServerMessage::decode(&bytes).unwrap() {
                ServerMessage::Data { bytes, .. } => {
                    heard.check(received, &bytes);
                    received += bytes.len();
                }
                ServerMessage::Fin { .. } => break,
                other => panic!("{}", show(&other)),
            },
            other => assert!(other.is_ping(), "{}", show(&other)),
        }
    }
    assert_eq!(received, TOTAL);
    sender.await.unwrap();
    judge("down", &process, before, grown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_stops_for_five_seconds_costs_its_window() {
    let process = Process::start();
    let content = Content::new(&mut Random::seeded("standstill::a_peer_that_stops_for_five_seconds_costs_its_window"));
    let (lab, mut peer) = connected(&process, 0).await;
    let before = process.resident_kb();
    let heard = Content(content.0.clone());
    let sender = tokio::spawn(upload(lab.ws.split(), content));
    let grown = stand_still(&process, before).await;
    assert!(!sender.is_finished());
    let (mut received, mut buffer) = (0, vec![0; 1 << 20]);
    loop {
        let length = within("a byte", peer.read(&mut buffer)).await.unwrap();
        if length == 0 {
            break;
        }
        heard.check(received, &buffer[..length]);
        received += length;
    }
    assert_eq!(received, TOTAL);
    sender.await.unwrap();
    judge("up", &process, before, grown);
}

type Ends = (SplitSink<WebSocketStream<TcpStream>, Message>, SplitStream<WebSocketStream<TcpStream>>);

/// Everything, as fast as the relay grants.
async fn upload((mut sink, mut stream): Ends, content: Content) {
    let (mut sent, mut credit) = (0, 256 << 10);
    while sent < TOTAL {
        while credit == 0 {
            // Nobody reads for a while, so that this takes longer than other waits may.
            if let Some(Ok(Message::Binary(bytes))) = stream.next().await {
                credit += granted(&bytes);
            }
        }
        let piece = content.piece(sent, credit.min(64 << 10));
        let data = ClientMessage::Data { socket: 1, bytes: piece.into() }.encode();
        sink.send(Message::Binary(data.into())).await.unwrap();
        (sent, credit) = (sent + piece.len(), credit - piece.len());
        // What has come meanwhile, so that the window is always used.
        while let Poll::Ready(Some(Ok(Message::Binary(bytes)))) =
            poll_fn(|cx| Poll::Ready(stream.poll_next_unpin(cx))).await
        {
            credit += granted(&bytes);
        }
    }
    let end = ClientMessage::Shutdown { socket: 1, how: How::Write }.encode();
    sink.send(Message::Binary(end.into())).await.unwrap();
    // Not dropped before the relay has done it: that is when the peer's end is heard.
    let _ = stream.next().await;
}

fn granted(bytes: &[u8]) -> usize {
    match ServerMessage::decode(bytes).unwrap() {
        ServerMessage::Credit { bytes, .. } => bytes as usize,
        other => panic!("{}", show(&other)),
    }
}

fn judge(direction: &str, process: &Process, before: usize, grown: usize) {
    let after = process.resident_kb().saturating_sub(before);
    println!(
        "512 MiB {direction}, a reader stopped for {STOP:?}: the relay grew by {grown} KiB, afterwards {after} KiB"
    );
    assert!(grown <= WINDOWS_KB + SLACK_KB, "the relay grew by {grown} KiB while its reader stood still");
    assert!(after <= WINDOWS_KB + SLACK_KB, "the relay keeps {after} KiB");
}
