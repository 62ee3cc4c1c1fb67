//! Promises 7 and 8 with many at once: a hundred sessions go on, byte for byte, while others die in every way there is; and floods of
//! sessions, sockets, pings and answers end at their bounds.
//!
//! Absent: what each bound is by itself (`bounds`).

use crate::harness::{Lab, Random, Relay, TOKEN, listener, pair, within};
use crate::pattern::Pattern;
use futures_util::{SinkExt, StreamExt};
use relay::{Limits, Resolver, Resolving};
use relay_proto::{Address, ClientMessage, Family, How, Kind, ServerMessage};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

/// How many go on.
const CROWD: usize = 100;

/// A bug in the relay, as far as a test can bring one: the session that asks for a name dies in the middle of a message.
struct Panics;

impl Resolver for Panics {
    fn resolve(&self, name: &str) -> Resolving {
        panic!("a resolver that breaks at {name:?}, as the test wants; this line in the output is expected");
    }
}

fn limits() -> Limits {
    Limits {
        sessions: CROWD + 20,
        connections: CROWD + 20,
        grace_time: Duration::from_millis(100),
        ..Limits::default()
    }
}

/// Sends and echoes pieces until it is told to stop; each byte that comes back must be the one that was sent.
async fn go_on(relay: Arc<Relay>, stop: Arc<AtomicBool>, mut random: Random) -> usize {
    let mut lab = relay.lab().await;
    let peer = pair(&mut lab, 1, u32::MAX).await;
    let echo = tokio::spawn(async move {
        let (mut read, mut write) = peer.into_split();
        tokio::io::copy(&mut read, &mut write).await.unwrap()
    });
    let (pattern, mut sent) = (Pattern(random.next()), 0);
    while !stop.load(Ordering::Relaxed) || sent == 0 {
        let length = 1 + random.below(20_000);
        lab.data(1, &pattern.bytes(sent, length)).await;
        pattern.check(sent, &lab.receive(1, length).await, "echo");
        sent += length;
    }
    lab.send(ClientMessage::Shutdown { socket: 1, how: How::Write }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Fin { .. }));
    assert_eq!(within("the echo", echo).await.unwrap(), sent as u64);
    sent
}

/// The ways to die, with the close code where there is one.
const DEATHS: [&str; 8] = [
    "malformed",
    "text",
    "oversize",
    "unmasked",
    "vanished",
    "reset",
    "in the middle of a message",
    "a bug of the relay",
];

async fn die(relay: &Relay, how: &str) {
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 1000).await;
    let code = match how {
        "malformed" => say(&mut lab, Message::Binary(vec![0xee; 9].into()), 4000).await,
        "text" => say(&mut lab, Message::Text("OPEN".into()), 1003).await,
        "oversize" => say(&mut lab, Message::Binary(vec![3; (512 << 10) + 1].into()), 1009).await,
        "unmasked" => {
            lab.ws.get_mut().write_all(b"\x82\x05hello").await.unwrap();
            Some(1002)
        }
        "vanished" => None,
        "reset" => {
            lab.ws.get_ref().set_zero_linger().unwrap();
            None
        }
        "in the middle of a message" => {
            lab.ws.get_mut().write_all(b"\x82\xfe\x10\x00\0\0\0\0\x03").await.unwrap();
            None
        }
        _ => {
            lab.send(ClientMessage::Lookup { socket: 2, name: "any".into() }).await;
            let end = within("the end of the session", lab.ws.next()).await;
            assert!(!matches!(end, Some(Ok(Message::Binary(_)))), "{end:?}");
            None
        }
    };
    if let Some(code) = code {
        assert_eq!(lab.closed().await.0, code, "{how}");
    }
    drop(lab);
    // Its socket ends with it, one way or the other.
    let ended = within("the end of its socket", peer.read(&mut [0; 9])).await;
    assert!(matches!(ended, Ok(0) | Err(_)), "{how}");
}

async fn say(lab: &mut Lab, message: Message, code: u16) -> Option<u16> {
    lab.ws.send(message).await.unwrap();
    Some(code)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_sessions_go_on_while_others_die() {
    let mut random = Random::seeded("crowd::a_hundred_sessions_go_on_while_others_die");
    let relay = Relay::limited(limits(), |config| {
        config.threads = 2;
        config.resolver = Arc::new(Panics);
    })
    .await;
    let (relay, stop) = (Arc::new(relay), Arc::new(AtomicBool::new(false)));
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        crowd.spawn(go_on(Arc::clone(&relay), Arc::clone(&stop), random.fork()));
    }
    for _ in 0..3 {
        for how in DEATHS {
            die(&relay, how).await;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let (mut sent, mut least) = (0, usize::MAX);
    while let Some(ended) = crowd.join_next().await {
        let one = ended.unwrap();
        (sent, least) = (sent + one, least.min(one));
    }
    println!(
        "{CROWD} sessions echoed {} KiB, each at least {} KiB, while {} died",
        sent >> 10,
        least >> 10,
        3 * DEATHS.len()
    );
    let relay = Arc::into_inner(relay).expect("everybody has ended");
    relay.stop().await;
}

/// More sessions than there are places, all at once: as many as there are places get in, the others a refusal, and none waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_sessions_ends_at_the_limit() {
    let relay = Relay::limited(Limits { sessions: 10, ..limits() }, |_| {}).await;
    let address = relay.address;
    let mut flood = JoinSet::new();
    for _ in 0..CROWD {
        flood.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let (host, token) = (format!("Host: {address}"), format!("Authorization: Bearer {TOKEN}"));
            let lines = crate::harness::good_upgrade(&host, &token).join("\r\n") + "\r\n\r\n";
            stream.write_all(lines.as_bytes()).await.unwrap();
            let mut head = [0; 12];
            within("an answer", stream.read_exact(&mut head)).await.unwrap();
            (head, stream)
        });
    }
    let (mut inside, mut refused) = (Vec::new(), 0);
    while let Some(answer) = flood.join_next().await {
        match answer.unwrap() {
            (head, stream) if &head == b"HTTP/1.1 101" => inside.push(stream),
            (head, _) => {
                assert_eq!(&head, b"HTTP/1.1 503", "{}", String::from_utf8_lossy(&head));
                refused += 1;
            }
        }
    }
    assert_eq!((inside.len(), refused), (10, CROWD - 10));
    drop(inside);
    relay.stop().await;
}

/// Calls without reading, far beyond every limit of sockets: each is answered, none by more than its error, and the session lives.
#[tokio::test]
async fn a_flood_of_opens_and_connects_is_answered_one_by_one() {
    let limits = Limits { sockets: 50, opens_per_second: 100_000, ..limits() };
    let relay = Relay::limited(limits, |_| {}).await;
    let mut lab = relay.lab().await;
    let (real, address) = listener().await;
    for socket in 1..=1000 {
        let open = ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: 0 };
        let connect = ClientMessage::Connect { socket, to: Address::from(address) };
        for message in [open, connect] {
            lab.ws.feed(Message::Binary(message.encode().into())).await.unwrap();
        }
    }
    lab.ws.flush().await.unwrap();
    let (mut opened, mut connected, mut full, mut unknown) = (0, 0, 0, 0);
    for _ in 0..2000 {
        match lab.next().await {
            ServerMessage::Opened { .. } => opened += 1,
            ServerMessage::Connected { .. } => connected += 1,
            ServerMessage::Error { errno, .. } if errno == "EMFILE" => full += 1,
            ServerMessage::Error { errno, .. } if errno == "EBADF" => unknown += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((opened, connected, full, unknown), (50, 50, 950, 950));
    drop((lab, real));
    relay.stop().await;
}
