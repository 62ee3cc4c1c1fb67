//! The relay against plain TCP and against a WebSocket without a relay, in the same run, in rounds
//! that take turns in their order: echo of 64 bytes, and 64 KiB messages up and down. Bounded, and
//! on loopback only. `cargo bench -p relay`.
//!
//! Absent: statistics beyond the median of the rounds. The ratio to plain TCP in the same round is
//! what to compare; absolute figures are this machine's today.

use futures_util::{SinkExt, StreamExt};
use relay::{Config, Limits, Token};
use relay_proto::{ClientMessage, Family, Kind, SUBPROTOCOL, ServerMessage};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Bytes, Message};

const TOKEN: &str = "0123456789abcdef-TOKEN";
const ROUNDS: usize = 7;
const ECHOES: usize = 3000;
const SMALL: usize = 64;
const BLOCK: usize = 64 << 10;
const TOTAL: usize = 192 << 20;

type Ws = WebSocketStream<TcpStream>;

/// Runs a server on a thread and a runtime of its own, as another process would be.
fn server<F: Future<Output = ()>>(make: impl FnOnce(TcpListener) -> F + Send + 'static) -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            make(listener).await;
        });
    });
    told.recv().unwrap()
}

/// The real peer. The first byte says what it does: echo, swallow until the end, or pour.
async fn peer(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(async move {
            // A client that goes away ends its task.
            let _ = serve_peer(stream).await;
        });
    }
}

async fn serve_peer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut block = vec![0; BLOCK];
    match stream.read_u8().await? {
        b'e' => loop {
            let length = stream.read(&mut block).await?;
            if length == 0 {
                return Ok(());
            }
            stream.write_all(&block[..length]).await?;
        },
        b'u' => {
            let mut left = TOTAL;
            while left > 0 {
                left -= stream.read(&mut block).await?;
            }
            stream.write_u8(b'!').await
        }
        _ => {
            for _ in 0..TOTAL / BLOCK {
                stream.write_all(&block).await?;
            }
            Ok(())
        }
    }
}

/// A WebSocket echo without a relay.
async fn ws_echo(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        tokio::spawn(async move {
            let mut ws = tokio_tungstenite::accept_async(stream).await.unwrap();
            while let Some(Ok(message)) = ws.next().await {
                if message.is_binary() && ws.send(message).await.is_err() {
                    return;
                }
            }
        });
    }
}

async fn relay_server(listener: TcpListener) {
    let config = Config::new(TOKEN.parse::<Token>().unwrap(), Limits::default());
    relay::serve(listener, config, std::future::pending()).await.unwrap();
}

async fn tcp(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

async fn ws(to: SocketAddr) -> Ws {
    let mut request = format!("ws://{to}/lab").into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("Authorization", format!("Bearer {TOKEN}").parse().unwrap());
    headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
    tokio_tungstenite::client_async(request, tcp(to).await).await.unwrap().0
}

/// A relayed connection to the peer.
struct Relayed {
    ws: Ws,
    credit: usize,
}

impl Relayed {
    async fn open(relay: SocketAddr, to: SocketAddr) -> Self {
        let mut ws = ws(relay).await;
        for call in [
            ClientMessage::Open { socket: 1, family: Family::Inet, kind: Kind::Stream, credit: 1 << 30 },
            ClientMessage::Connect { socket: 1, to: to.into() },
        ] {
            ws.send(Message::Binary(call.encode().into())).await.unwrap();
        }
        let mut credit = 0;
        loop {
            let message = ws.next().await.unwrap().unwrap().into_data();
            match ServerMessage::decode(&message).unwrap() {
                ServerMessage::Opened { credit: first, .. } => credit = first as usize,
                ServerMessage::Connected { .. } => return Self { ws, credit },
                _ => {}
            }
        }
    }

    async fn send(&mut self, message: &Bytes, payload: usize) {
        while self.credit < payload {
            self.hear().await;
        }
        self.credit -= payload;
        self.ws.send(Message::Binary(message.clone())).await.unwrap();
    }

    /// How many bytes of DATA the next message brought.
    async fn hear(&mut self) -> usize {
        let message = self.ws.next().await.unwrap().unwrap().into_data();
        match ServerMessage::decode(&message).unwrap() {
            ServerMessage::Data { bytes, .. } => bytes.len(),
            ServerMessage::Credit { bytes, .. } => {
                self.credit += bytes as usize;
                0
            }
            other => panic!("{other:?}"),
        }
    }

    async fn hear_all(&mut self, length: usize) {
        let mut heard = 0;
        while heard < length {
            heard += self.hear().await;
        }
    }
}

fn data(payload: &[u8]) -> Bytes {
    ClientMessage::Data { socket: 1, bytes: payload.into() }.encode().into()
}

async fn echo_plain(peer: SocketAddr) -> Vec<Duration> {
    let mut stream = tcp(peer).await;
    stream.write_u8(b'e').await.unwrap();
    let mut small = [0; SMALL];
    let mut times = Vec::with_capacity(ECHOES);
    for _ in 0..ECHOES {
        let began = Instant::now();
        stream.write_all(&small).await.unwrap();
        stream.read_exact(&mut small).await.unwrap();
        times.push(began.elapsed());
    }
    times
}

async fn echo_ws(echo: SocketAddr) -> Vec<Duration> {
    let mut ws = ws_plain(echo).await;
    let small = Bytes::from(vec![0; SMALL]);
    let mut times = Vec::with_capacity(ECHOES);
    for _ in 0..ECHOES {
        let began = Instant::now();
        ws.send(Message::Binary(small.clone())).await.unwrap();
        ws.next().await.unwrap().unwrap();
        times.push(began.elapsed());
    }
    times
}

async fn ws_plain(to: SocketAddr) -> Ws {
    tokio_tungstenite::client_async(format!("ws://{to}/"), tcp(to).await).await.unwrap().0
}

async fn echo_relay(relay: SocketAddr, peer: SocketAddr) -> Vec<Duration> {
    let mut relayed = Relayed::open(relay, peer).await;
    relayed.send(&data(b"e"), 1).await;
    let small = data(&[0; SMALL]);
    let mut times = Vec::with_capacity(ECHOES);
    for _ in 0..ECHOES {
        let began = Instant::now();
        relayed.send(&small, SMALL).await;
        relayed.hear_all(SMALL).await;
        times.push(began.elapsed());
    }
    times
}

async fn up_plain(peer: SocketAddr) -> Duration {
    let (mut stream, block, began) = (tcp(peer).await, vec![0; BLOCK], Instant::now());
    stream.write_u8(b'u').await.unwrap();
    for _ in 0..TOTAL / BLOCK {
        stream.write_all(&block).await.unwrap();
    }
    stream.read_u8().await.unwrap();
    began.elapsed()
}

async fn up_relay(relay: SocketAddr, peer: SocketAddr) -> Duration {
    let mut relayed = Relayed::open(relay, peer).await;
    let (block, began) = (data(&vec![0; BLOCK]), Instant::now());
    relayed.send(&data(b"u"), 1).await;
    for _ in 0..TOTAL / BLOCK {
        relayed.send(&block, BLOCK).await;
    }
    relayed.hear_all(1).await;
    began.elapsed()
}

async fn down_plain(peer: SocketAddr) -> Duration {
    let (mut stream, mut block, began) = (tcp(peer).await, vec![0; BLOCK], Instant::now());
    stream.write_u8(b'd').await.unwrap();
    while stream.read(&mut block).await.unwrap() > 0 {}
    began.elapsed()
}

async fn down_relay(relay: SocketAddr, peer: SocketAddr) -> Duration {
    let mut relayed = Relayed::open(relay, peer).await;
    let began = Instant::now();
    relayed.send(&data(b"d"), 1).await;
    relayed.hear_all(TOTAL).await;
    began.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The p50 and p99 of one round in microseconds.
fn percentiles(mut times: Vec<Duration>) -> [f64; 2] {
    times.sort();
    [times.len() / 2, times.len() * 99 / 100].map(|index| times[index].as_secs_f64() * 1e6)
}

fn main() {
    let (peer, echo, relay) = (server(peer), server(ws_echo), server(relay_server));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        // Once unmeasured, so that every buffer and window has grown.
        let _ = (echo_plain(peer).await, echo_ws(echo).await, echo_relay(relay, peer).await);
        latency(peer, echo, relay).await;
        throughput(peer, relay).await;
    });
}

async fn latency(peer: SocketAddr, echo: SocketAddr, relay: SocketAddr) {
    let mut rounds: [Vec<[f64; 2]>; 3] = Default::default();
    for round in 0..ROUNDS {
        for turn in 0..3 {
            let which = (round + turn) % 3;
            let times = match which {
                0 => echo_plain(peer).await,
                1 => echo_ws(echo).await,
                _ => echo_relay(relay, peer).await,
            };
            rounds[which].push(percentiles(times));
        }
    }
    println!("\necho of {SMALL} bytes, median of {ROUNDS} rounds of {ECHOES}");
    println!("{:<28}{:>9}{:>9}{:>12}{:>12}", "", "p50 us", "p99 us", "p50/plain", "p99/plain");
    for (which, name) in ["plain TCP", "WebSocket, no relay", "relay"].into_iter().enumerate() {
        let of = |index: usize| median(rounds[which].iter().map(|round| round[index]).collect());
        let ratio = |index: usize| {
            let pairs = rounds[which].iter().zip(&rounds[0]);
            median(pairs.map(|(round, plain)| round[index] / plain[index]).collect())
        };
        println!("{name:<28}{:>9.1}{:>9.1}{:>12.2}{:>12.2}", of(0), of(1), ratio(0), ratio(1));
    }
}

async fn throughput(peer: SocketAddr, relay: SocketAddr) {
    println!("\n{} MiB in 64 KiB messages, median of {ROUNDS} rounds", TOTAL >> 20);
    println!("{:<28}{:>12}{:>12}{:>9}", "", "plain MiB/s", "relay MiB/s", "ratio");
    for up in [true, false] {
        let mut rates = Vec::new();
        for round in 0..ROUNDS {
            let mut times = [Duration::ZERO; 2];
            for turn in 0..2 {
                let which = (round + turn) % 2;
                times[which] = match (which, up) {
                    (0, true) => up_plain(peer).await,
                    (0, false) => down_plain(peer).await,
                    (_, true) => up_relay(relay, peer).await,
                    (_, false) => down_relay(relay, peer).await,
                };
            }
            rates.push(times.map(|time| (TOTAL >> 20) as f64 / time.as_secs_f64()));
        }
        let of = |index: usize| median(rates.iter().map(|rate| rate[index]).collect());
        let ratio = median(rates.iter().map(|rate| rate[1] / rate[0]).collect());
        let name = if up { "up" } else { "down" };
        println!("{name:<28}{:>12.0}{:>12.0}{ratio:>9.2}", of(0), of(1));
    }
}
