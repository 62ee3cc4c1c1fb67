//! The relay against plain TCP and against a WebSocket without a relay: echo of 64 bytes, and
//! 64 KiB messages up and down. Bounded, and on loopback only. `cargo bench -p relay`.
//!
//! As users have it, there are three processes: the client (this one), the real peer, and the relay
//! on threads as `sockscope serve` has them. Client and peer use blocking sockets, so that the relay's
//! runtimes are the only ones. The three ways take turns in each round, and a ratio is that of one
//! round; the ratios are what to compare, absolute figures are this machine's today.
//!
//! Waking a processor that sleeps can cost more than everything else, and whether one has to be
//! woken depends on where the system places the processes: the range of the rounds shows it. So
//! everything is measured again with all three on one processor, where what remains is their work.
//!
//! Absent: a browser as the client, and other machines.

use relay::{Config, Limits, Token};
use relay_proto::{ClientMessage, Family, Kind, SUBPROTOCOL, ServerMessage};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::{Bytes, Message, WebSocket, accept};

const TOKEN: &str = "0123456789abcdef-TOKEN";
const ROUNDS: usize = 11;
const ECHOES: usize = 2000;
const SMALL: usize = 64;
/// Of a client's DATA: its type and its socket.
const HEADER: usize = 5;
const BLOCK: usize = 64 << 10;
const TOTAL: usize = 128 << 20;
const WAYS: [&str; 3] = ["plain TCP", "WebSocket, no relay", "relay"];
const RELAY: &str = "--as-relay";
const PEER: &str = "--as-peer";

type Ws = WebSocket<TcpStream>;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some(RELAY) => be_relay(),
        Some(PEER) => be_peer(),
        _ => measure(),
    }
}

fn measure() {
    let ((peer_process, [plain, ws]), (relay_process, [relay])) = (Process::start(PEER), Process::start(RELAY));
    let ways = Ways { plain, ws, relay };
    // Once unmeasured, so that every buffer and window has grown.
    for way in 0..WAYS.len() {
        let _ = (echo(ways.open(way)), down(ways.open(way)));
    }
    let anywhere = "wherever the system places them";
    latency(&ways, anywhere);
    throughput(&ways, anywhere);
    let processes = [std::process::id(), peer_process.0.id(), relay_process.0.id()];
    match processes.into_iter().try_for_each(pin) {
        Ok(()) => {
            latency(&ways, "all on one processor");
            throughput(&ways, "all on one processor");
        }
        Err(error) => println!("\nnot measured on one processor: {error}"),
    }
}

/// Puts every thread of a process on the first processor that this one may use.
fn pin(process: u32) -> io::Result<()> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or("0");
    let first = allowed.trim().split([',', '-']).next().unwrap_or("0");
    let process = process.to_string();
    let pinned = Command::new("taskset").args(["-a", "-p", "-c", first, &process]).stdout(Stdio::null()).status()?;
    if pinned.success() { Ok(()) } else { Err(io::Error::other("taskset failed")) }
}

fn latency(ways: &Ways, place: &str) {
    let mut rounds: [Vec<[f64; 2]>; 3] = Default::default();
    turns(|way| rounds[way].push(percentiles(echo(ways.open(way)))));
    println!("\necho of {SMALL} bytes, {place}, {ROUNDS} rounds of {ECHOES}: median (least, most)");
    println!("{:<22}{:>22}{:>22}{:>20}{:>12}", "", "p50 us", "p99 us", "p50/plain", "p99/plain");
    for (name, round) in WAYS.into_iter().zip(&rounds) {
        let of = |index: usize| Spread::of(round.iter().map(|round| round[index]));
        let ratio = |index: usize| {
            Spread::of(round.iter().zip(&rounds[0]).map(move |(round, plain)| round[index] / plain[index]))
        };
        let [p50, p99, ratio50, ratio99] =
            [of(0).show(1), of(1).show(1), ratio(0).show(2), format!("{:.2}", ratio(1).median)];
        println!("{name:<22}{p50:>22}{p99:>22}{ratio50:>20}{ratio99:>12}");
    }
}

fn throughput(ways: &Ways, place: &str) {
    println!("\n{} MiB in 64 KiB messages, {place}, {ROUNDS} rounds: median (least, most)", TOTAL >> 20);
    println!("{:<22}{:>22}{:>20}{:>22}{:>20}", "", "up MiB/s", "up/plain", "down MiB/s", "down/plain");
    let mut rates: [[Vec<f64>; 3]; 2] = Default::default();
    let rate = |time: Duration| (TOTAL >> 20) as f64 / time.as_secs_f64();
    turns(|way| rates[0][way].push(rate(up(ways.open(way)))));
    turns(|way| rates[1][way].push(rate(down(ways.open(way)))));
    for (way, name) in WAYS.into_iter().enumerate() {
        print!("{name:<22}");
        for rates in &rates {
            let ratios = rates[way].iter().zip(&rates[0]).map(|(rate, plain)| rate / plain);
            print!("{:>22}{:>20}", Spread::of(rates[way].iter().copied()).show(0), Spread::of(ratios).show(2));
        }
        println!();
    }
}

/// Every way once per round, and each round begins with another one.
fn turns(mut take: impl FnMut(usize)) {
    for round in 0..ROUNDS {
        for turn in 0..WAYS.len() {
            take((round + turn) % WAYS.len());
        }
    }
}

/// The p50 and p99 of one round in microseconds.
fn percentiles(mut times: Vec<Duration>) -> [f64; 2] {
    times.sort();
    [times.len() / 2, times.len() * 99 / 100].map(|index| times[index].as_secs_f64() * 1e6)
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        Self { least: values[0], median: values[values.len() / 2], most: values[values.len() - 1] }
    }

    fn show(&self, digits: usize) -> String {
        let Self { least, median, most } = self;
        format!("{median:.digits$} ({least:.digits$}, {most:.digits$})")
    }
}

fn echo(mut link: Link) -> Vec<Duration> {
    link.send(&link.message(b"e"));
    let small = link.message(&[0; SMALL]);
    let mut times = Vec::with_capacity(ECHOES);
    for _ in 0..ECHOES {
        let began = Instant::now();
        link.send(&small);
        link.hear_all(SMALL);
        times.push(began.elapsed());
    }
    times
}

fn up(mut link: Link) -> Duration {
    let block = link.message(&[0; BLOCK]);
    let began = Instant::now();
    link.send(&link.message(b"u"));
    for _ in 0..TOTAL / BLOCK {
        link.send(&block);
    }
    link.hear_all(1);
    began.elapsed()
}

fn down(mut link: Link) -> Duration {
    let began = Instant::now();
    link.send(&link.message(b"d"));
    link.hear_all(TOTAL);
    began.elapsed()
}

struct Ways {
    plain: SocketAddr,
    ws: SocketAddr,
    relay: SocketAddr,
}

impl Ways {
    fn open(&self, way: usize) -> Link {
        match way {
            0 => Link::Plain(tcp(self.plain), vec![0; BLOCK]),
            1 => Link::Ws(client(format!("ws://{}/", self.ws), tcp(self.ws)).unwrap().0),
            _ => self.relayed(),
        }
    }

    /// A relayed connection to the plain peer.
    fn relayed(&self) -> Link {
        let mut request = format!("ws://{}/lab", self.relay).into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Authorization", format!("Bearer {TOKEN}").parse().unwrap());
        headers.insert("Sec-WebSocket-Protocol", SUBPROTOCOL.parse().unwrap());
        let (mut ws, _) = client(request, tcp(self.relay)).unwrap();
        for call in [
            ClientMessage::Open { socket: 1, family: Family::Inet, kind: Kind::Stream, credit: 1 << 30 },
            ClientMessage::Connect { socket: 1, to: self.plain.into() },
        ] {
            ws.send(Message::Binary(call.encode().into())).unwrap();
        }
        let mut credit = 0;
        loop {
            match ServerMessage::decode(&ws.read().unwrap().into_data()).unwrap() {
                ServerMessage::Opened { credit: first, .. } => credit = first as usize,
                ServerMessage::Connected { .. } => return Link::Relay(ws, credit),
                _ => {}
            }
        }
    }
}

fn tcp(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// The client's end of one of the ways.
enum Link {
    Plain(TcpStream, Vec<u8>),
    Ws(Ws),
    /// With what the relay lets it send.
    Relay(Ws, usize),
}

impl Link {
    /// What brings these bytes to the peer, made once and sent often.
    fn message(&self, payload: &[u8]) -> Bytes {
        match self {
            Self::Plain(..) | Self::Ws(_) => Bytes::copy_from_slice(payload),
            Self::Relay(..) => ClientMessage::Data { socket: 1, bytes: payload.into() }.encode().into(),
        }
    }

    fn send(&mut self, message: &Bytes) {
        while matches!(self, Self::Relay(_, credit) if *credit + HEADER < message.len()) {
            self.hear();
        }
        match self {
            Self::Plain(stream, _) => stream.write_all(message).unwrap(),
            Self::Ws(ws) => ws.send(Message::Binary(message.clone())).unwrap(),
            Self::Relay(ws, credit) => {
                *credit -= message.len() - HEADER;
                ws.send(Message::Binary(message.clone())).unwrap();
            }
        }
    }

    /// How many of the peer's bytes arrived next.
    fn hear(&mut self) -> usize {
        let (ws, credit) = match self {
            Self::Plain(stream, block) => return stream.read(block).unwrap(),
            Self::Ws(ws) => return ws.read().unwrap().len(),
            Self::Relay(ws, credit) => (ws, credit),
        };
        match ServerMessage::decode(&ws.read().unwrap().into_data()).unwrap() {
            ServerMessage::Data { bytes, .. } => bytes.len(),
            ServerMessage::Credit { bytes, .. } => {
                *credit += bytes as usize;
                0
            }
            other => panic!("{other:?}"),
        }
    }

    fn hear_all(&mut self, length: usize) {
        let mut heard = 0;
        while heard < length {
            heard += self.hear();
        }
    }
}

/// Another process of this program. It ends with its standard input.
struct Process(Child);

impl Process {
    /// Starts it, and reads the addresses that it tells.
    fn start<const N: usize>(role: &str) -> (Self, [SocketAddr; N]) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut child = command.arg(role).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addresses = std::array::from_fn(|_| lines.next().unwrap().unwrap().parse().unwrap());
        (Self(child), addresses)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}

/// Ends this process when the one that started it has ended.
fn end_with_parent() {
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
}

fn be_relay() {
    end_with_parent();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        let mut config = Config::new(TOKEN.parse::<Token>().unwrap(), Limits::default());
        config.threads = std::thread::available_parallelism().unwrap().get();
        relay::serve(listener, config, std::future::pending()).await.unwrap();
    });
}

/// The real peer: a thread for each connection, plain at one address and WebSocket at the other.
fn be_peer() {
    let [plain, ws] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    println!("{}\n{}", plain.local_addr().unwrap(), ws.local_addr().unwrap());
    std::thread::spawn(move || accept_each(&plain, |stream| serve_plain(stream).map_err(drop)));
    std::thread::spawn(move || accept_each(&ws, |stream| serve_ws(accept(stream).map_err(drop)?).map_err(drop)));
    let _ = io::stdin().read_to_end(&mut Vec::new());
}

fn accept_each(listener: &TcpListener, serve: fn(TcpStream) -> Result<(), ()>) {
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        stream.set_nodelay(true).unwrap();
        // A client that goes away ends its thread.
        std::thread::spawn(move || serve(stream));
    }
}

/// The first byte says what it does: echo, swallow everything, or pour.
fn serve_plain(mut stream: TcpStream) -> io::Result<()> {
    let (mut block, mut first) = (vec![0; BLOCK], [0]);
    stream.read_exact(&mut first)?;
    match first[0] {
        b'e' => loop {
            let length = stream.read(&mut block)?;
            if length == 0 {
                return Ok(());
            }
            stream.write_all(&block[..length])?;
        },
        b'u' => {
            let mut left = TOTAL;
            while left > 0 {
                left -= stream.read(&mut block)?;
            }
            stream.write_all(b"!")
        }
        _ => (0..TOTAL / BLOCK).try_for_each(|_| stream.write_all(&block)),
    }
}

/// The same, by messages.
fn serve_ws(mut ws: Ws) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    match ws.read()?.into_data()[0] {
        b'e' => loop {
            let message = ws.read()?;
            ws.send(message)?;
        },
        b'u' => {
            let mut left = TOTAL;
            while left > 0 {
                left -= ws.read()?.len();
            }
            ws.send(Message::Binary(Bytes::from_static(b"!")))
        }
        _ => {
            let block = Bytes::from(vec![0; BLOCK]);
            (0..TOTAL / BLOCK).try_for_each(|_| ws.send(Message::Binary(block.clone())))
        }
    }
}
