//! Nothing is lost: tens of MB both ways at once, under random chunk sizes and credits, hashed at
//! both ends.

use crate::harness::{Hash, Lab, Random, Relay, pair, show, within};
use futures_util::{SinkExt, StreamExt};
use relay_proto::{ClientMessage, How, ServerMessage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

const LENGTH: usize = 24 << 20;

fn noise(random: &mut Random, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        bytes.extend_from_slice(&random.next().to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The real peer: sends so much and hears everything; gives both hashes and what it heard.
fn peer(stream: TcpStream, mut random: Random) -> JoinHandle<(u64, u64, usize)> {
    let (mut read, mut write) = stream.into_split();
    let sender = tokio::spawn(async move {
        let (mut hash, mut left) = (Hash::new(), LENGTH);
        while left > 0 {
            let length = 1 + random.below(100_000.min(left));
            let chunk = noise(&mut random, length);
            write.write_all(&chunk).await.unwrap();
            hash.add(&chunk);
            left -= length;
        }
        write.shutdown().await.unwrap();
        hash.0
    });
    tokio::spawn(async move {
        let (mut hash, mut heard, mut buffer) = (Hash::new(), 0, vec![0; 50_000]);
        loop {
            let length = read.read(&mut buffer).await.unwrap();
            if length == 0 {
                break;
            }
            hash.add(&buffer[..length]);
            heard += length;
        }
        (sender.await.unwrap(), hash.0, heard)
    })
}

/// One socket's client side.
struct End {
    socket: u32,
    may_send: usize,
    left: usize,
    sent: Hash,
    received: Hash,
    length: usize,
    owed: usize,
    fin: bool,
}

impl End {
    /// What the client can send now, if anything: a random part of what it may.
    fn next_message(&mut self, random: &mut Random) -> Option<Vec<u8>> {
        let most = self.may_send.min(self.left).min(120_000);
        if most == 0 {
            return None;
        }
        let length = 1 + random.below(most);
        let chunk = noise(random, length);
        self.sent.add(&chunk);
        self.may_send -= length;
        self.left -= length;
        Some(ClientMessage::Data { socket: self.socket, bytes: chunk.into() }.encode())
    }

    fn heard(&mut self, message: &ServerMessage<'_>) {
        match message {
            ServerMessage::Data { bytes, .. } => {
                assert!(!self.fin, "DATA after FIN");
                self.received.add(bytes);
                self.length += bytes.len();
                self.owed += bytes.len();
            }
            ServerMessage::Credit { bytes, .. } => self.may_send += *bytes as usize,
            ServerMessage::Fin { .. } => self.fin = true,
            other => panic!("{}", show(&other)),
        }
    }
}

async fn feed(lab: &mut Lab, message: Vec<u8>) {
    lab.ws.feed(Message::Binary(message.into())).await.unwrap();
}

async fn exchange(lab: &mut Lab, ends: &mut [End], random: &mut Random) {
    let mut last_at = vec![0; ends.len()];
    while ends.iter().any(|end| !end.fin || end.left > 0) {
        let mut progress = false;
        for end in ends.iter_mut() {
            if let Some(message) = end.next_message(random) {
                progress = true;
                feed(lab, message).await;
                if end.left == 0 {
                    feed(lab, ClientMessage::Shutdown { socket: end.socket, how: How::Write }.encode()).await;
                }
            }
        }
        let wait = !progress || random.below(4) == 0;
        for end in ends.iter_mut() {
            // Some of what is owed, so that the window opens in odd steps; all of it before a wait,
            // because nothing else might be on its way.
            let part = if wait { end.owed } else { random.below(end.owed + 1) };
            if part > 0 {
                end.owed -= part;
                feed(lab, ClientMessage::Credit { socket: end.socket, bytes: part as u32 }.encode()).await;
            }
        }
        lab.ws.flush().await.unwrap();
        if !wait {
            continue;
        }
        let Some(Ok(Message::Binary(bytes))) = within("a message", lab.ws.next()).await else {
            continue;
        };
        let message = ServerMessage::decode(&bytes).unwrap();
        let index = message.socket() as usize - 1;
        assert!(last_at[index] <= message.at(), "time never falls within one socket");
        last_at[index] = message.at();
        ends[index].heard(&message);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_byte_arrives_both_ways() {
    let mut random = Random::seeded("transfer::every_byte_arrives_both_ways");
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let (mut ends, mut streams) = (Vec::new(), Vec::new());
    for socket in 1..=2 {
        let first = 1 + random.below(300_000);
        streams.push(pair(&mut lab, socket, first as u32).await);
        ends.push(End {
            socket,
            may_send: 256 << 10,
            left: LENGTH,
            sent: Hash::new(),
            received: Hash::new(),
            length: 0,
            owed: 0,
            fin: false,
        });
    }
    let peers: Vec<_> = streams.into_iter().map(|stream| peer(stream, random.fork())).collect();
    exchange(&mut lab, &mut ends, &mut random).await;
    for (end, peer) in ends.iter().zip(peers) {
        let (sent, heard, length) = within("the peer", peer).await.unwrap();
        assert_eq!((end.length, length), (LENGTH, LENGTH));
        assert_eq!(end.received.0, sent, "down, socket {}", end.socket);
        assert_eq!(end.sent.0, heard, "up, socket {}", end.socket);
    }
    relay.stop().await;
}
