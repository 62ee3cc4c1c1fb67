//! What is measured: one turn of one contender at one group of columns.
//!
//! Absent: rounds and ratios (`report`).

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Value;
use super::contender::{Running, Speaks};
use super::link::{FIRST, Heard, Link};
use super::peer::Order;
use super::process::Peer;

/// What is measured in one turn.
pub(super) const GROUPS: [&str; 8] = ["up-64k", "down-64k", "up-1k", "down-1k", "echo", "connections", "streams", IDLE];
/// The group that is taken once.
pub(super) const IDLE: &str = "idle";

/// One figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Up64,
    Down64,
    Up1,
    Down1,
    EchoMedian,
    EchoHigh,
    Connections,
    Streams,
    CpuUp,
    CpuDown,
    IdleConnection,
    IdleStream,
}

/// Each column: its key, its unit, and whether the ratio to plain TCP is what counts.
pub(super) const COLUMNS: [(Column, &str, &str); 12] = [
    (Column::Up64, "up_64k", "MiB/s in 64 KiB messages, client to peer"),
    (Column::Down64, "down_64k", "MiB/s in 64 KiB writes, peer to client"),
    (Column::Up1, "up_1k", "MiB/s in 1 KiB messages, client to peer; a WebSocket client writes them in batches"),
    (Column::Down1, "down_1k", "MiB/s in 1 KiB writes, peer to client"),
    (Column::EchoMedian, "echo_p50", "microseconds, echo of 64 bytes, median"),
    (Column::EchoHigh, "echo_p99", "microseconds, echo of 64 bytes, 99th percentile"),
    (Column::Connections, "connections", "connections a second, one after another: connect, echo one byte, close"),
    (Column::Streams, "streams", "streams a second on one WebSocket, 32 at a time: open, echo one byte, close"),
    (Column::CpuUp, "cpu_up", "the relay's processor seconds per GiB up in 64 KiB messages"),
    (Column::CpuDown, "cpu_down", "the relay's processor seconds per GiB down in 64 KiB writes"),
    (Column::IdleConnection, "idle_connection", "KiB of the relay per idle WebSocket with one stream"),
    (Column::IdleStream, "idle_stream", "KiB of the relay per idle stream of one WebSocket"),
];

const ECHOES: usize = 2000;
const SMALL: usize = 64;
/// Connections and streams of one turn: so many, or for so long.
const MOST: u32 = 1000;
const LONGEST: Duration = Duration::from_secs(1);
const AT_ONCE: u32 = 32;
const IDLE_CONNECTIONS: u32 = 200;
const IDLE_STREAMS: u32 = 1000;
/// What processes get to come to rest.
const REST: Duration = Duration::from_millis(300);

pub(super) struct Bench<'a> {
    pub(super) peer: &'a Peer,
    /// Bytes of one transfer in large messages.
    pub(super) transfer: usize,
}

type Values = Result<Vec<Value>, String>;

impl Bench<'_> {
    pub(super) fn take(&self, group: &str, one: &Running) -> Values {
        let small = self.transfer / 8;
        match group {
            "up-64k" => self.transfer(one, b'u', 64 << 10, self.transfer, [Column::Up64, Column::CpuUp]),
            "down-64k" => self.transfer(one, b'd', 64 << 10, self.transfer, [Column::Down64, Column::CpuDown]),
            "up-1k" => self.transfer(one, b'u', 1 << 10, small, [Column::Up1; 2]),
            "down-1k" => self.transfer(one, b'd', 1 << 10, small, [Column::Down1; 2]),
            "echo" => self.echo(one),
            "connections" => self.connections(one),
            "streams" if one.contender.speaks.is_multiplexed() => self.streams(one),
            IDLE => self.idle(one),
            _ => Ok(Vec::new()),
        }
    }

    fn work(&self, one: &Running) -> SocketAddr {
        if one.contender.speaks == Speaks::WebSocket { self.peer.ws_work } else { self.peer.work }
    }

    fn quick(&self, one: &Running) -> SocketAddr {
        if one.contender.speaks == Speaks::WebSocket { self.peer.ws_quick } else { self.peer.quick }
    }

    /// A connection whose peer has its order.
    fn ordered(&self, one: &Running, order: Order) -> Result<Link, String> {
        let mut link = Link::connect(one, self.work(one))?;
        let order = order.encode();
        link.send(&link.message(FIRST, &order), order.len())?;
        Ok(link)
    }

    fn transfer(&self, one: &Running, verb: u8, block: usize, total: usize, [speed, cost]: [Column; 2]) -> Values {
        let cpu = || one.group(self.work(one)).and_then(super::process::Group::cpu);
        let before = cpu();
        let began = Instant::now();
        let mut link = self.ordered(one, Order { verb, block, total })?;
        if verb == b'u' {
            let message = link.message(FIRST, &vec![0; block]);
            for _ in 0..total / block {
                link.send_later(&message, block)?;
            }
            link.flush()?;
            link.hear_all(1)?;
        } else {
            link.hear_all(total)?;
        }
        let mut values = vec![(speed, (total >> 20) as f64 / began.elapsed().as_secs_f64())];
        if let (Some(before), Some(after), true) = (before, cpu(), speed != cost) {
            values.push((cost, after.saturating_sub(before).as_secs_f64() / (total as f64 / (1u64 << 30) as f64)));
        }
        Ok(values)
    }

    fn echo(&self, one: &Running) -> Values {
        let mut link = self.ordered(one, Order { verb: b'e', block: 0, total: 0 })?;
        let message = link.message(FIRST, &[0; SMALL]);
        let mut times = Vec::with_capacity(ECHOES);
        for _ in 0..ECHOES {
            let began = Instant::now();
            link.send(&message, SMALL)?;
            link.hear_all(SMALL)?;
            times.push(began.elapsed());
        }
        times.sort();
        let micros = |index: usize| times[index].as_secs_f64() * 1e6;
        Ok(vec![(Column::EchoMedian, micros(ECHOES / 2)), (Column::EchoHigh, micros(ECHOES * 99 / 100))])
    }

    fn connections(&self, one: &Running) -> Values {
        let (target, began, mut done) = (self.quick(one), Instant::now(), 0);
        while done < MOST && began.elapsed() < LONGEST {
            let mut link = Link::connect(one, target)?;
            link.send(&link.message(FIRST, b"?"), 1)?;
            link.hear_all(1)?;
            done += 1;
        }
        Ok(vec![(Column::Connections, f64::from(done) / began.elapsed().as_secs_f64())])
    }

    /// Opens streams, at most so many at once, asks each for its byte, and closes it.
    fn streams(&self, one: &Running) -> Values {
        let target = self.peer.quick;
        let mut link = Link::open(one, target)?;
        let (began, mut opened, mut done) = (Instant::now(), 0, 0);
        let more = |opened| opened < MOST && began.elapsed() < LONGEST;
        while done < opened || more(opened) {
            while opened - done < AT_ONCE && more(opened) {
                opened += 1;
                link.feed_open(opened, target)?;
                if !link.confirms() {
                    ask(&mut link, opened)?;
                }
            }
            link.flush()?;
            match link.hear()? {
                Heard::Ready(stream) => ask(&mut link, stream)?,
                Heard::Data(stream, _) => {
                    link.feed_close(stream)?;
                    done += 1;
                }
                Heard::Other => {}
            }
        }
        Ok(vec![(Column::Streams, f64::from(done) / began.elapsed().as_secs_f64())])
    }

    /// What the relay grows by, after one connection that made whatever is made once.
    fn idle(&self, one: &Running) -> Values {
        let target = self.peer.hold;
        let Some(group) = one.group(target) else { return Ok(Vec::new()) };
        let memory = || {
            sleep(REST);
            group.memory().ok_or("the system does not tell the memory of a process")
        };
        let mut values = Vec::new();
        let _first = Link::connect(one, target)?;
        let before = memory()?;
        let links: Vec<_> = (0..IDLE_CONNECTIONS).map(|_| Link::connect(one, target)).collect::<Result<_, _>>()?;
        values.push((Column::IdleConnection, (memory()? - before) / f64::from(IDLE_CONNECTIONS)));
        if one.contender.speaks.is_multiplexed() {
            let mut link = Link::open(one, target)?;
            let before = memory()?;
            open_all(&mut link, 1..IDLE_STREAMS + 1, target)?;
            values.push((Column::IdleStream, (memory()? - before) / f64::from(IDLE_STREAMS)));
        }
        drop(links);
        Ok(values)
    }
}

fn ask(link: &mut Link, stream: u32) -> Result<(), String> {
    let message = link.message(stream, b"?");
    link.feed(message)
}

/// Opens them, at most so many at once.
fn open_all(link: &mut Link, streams: std::ops::Range<u32>, target: SocketAddr) -> Result<(), String> {
    let (mut opened, mut ready) = (streams.start, streams.start);
    while ready < streams.end {
        while opened < streams.end && opened - ready < AT_ONCE {
            link.feed_open(opened, target)?;
            opened += 1;
        }
        link.flush()?;
        if !link.confirms() {
            ready = opened;
        } else if matches!(link.hear()?, Heard::Ready(_)) {
            ready += 1;
        }
    }
    Ok(())
}
