//! Why a segment of TCP was sent, and what is made of one that arrives: read from the segment, from what made it leave, and from
//! the connection's variables before and after.
//!
//! Absent on purpose: the window of another moment, and any guess: what the trace does not say is not told.

use std::net::{IpAddr, SocketAddr};

use sim_core::layer::{Layer, Protocol};
use sim_core::program::Call;
use sim_core::trace::{Fact, FactId, TcpVars, TimerKind, What};
use sim_core::wire::tcp::Flags;
use sim_core::wire::tcp_option::Options;

use super::{Told, millis};
use crate::app::Model;
use crate::app::kin::relations::Socket;
use crate::catalogue::depth::Words;

/// What a header says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header<'a> {
    pub(super) source: u16,
    pub(super) destination: u16,
    seq: u32,
    ack: u32,
    flags: Flags,
    options: &'a [u8],
}

impl Header<'_> {
    pub(super) fn read(bytes: &[u8]) -> Option<Header<'_>> {
        let port = |at: usize| Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?));
        let number = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?));
        Some(Header {
            source: port(0)?,
            destination: port(2)?,
            seq: number(4)?,
            ack: number(8)?,
            flags: Flags(*bytes.get(13)?),
            options: bytes.get(20..).unwrap_or_default(),
        })
    }

    /// The two ports at the beginning of a header of TCP or UDP.
    pub(super) fn ports(bytes: &[u8]) -> Option<(u16, u16)> {
        let port = |at: usize| Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk::<2>()?));
        Some((port(0)?, port(2)?))
    }

    /// The options of a SYN, in the protocol's own words.
    fn offered(&self) -> String {
        let options = Options::parse(self.options);
        let offered = [
            options.mss.map(|mss| format!("MSS {mss}")),
            options.window_scale.map(|shift| format!("WScale ×{}", 1_u32 << shift.min(14))),
            options.sack_permitted.then(|| "SACK".to_owned()),
            options.timestamps.map(|_| "TS".to_owned()),
        ];
        let offered: Vec<String> = offered.into_iter().flatten().collect();
        if offered.is_empty() { "–".to_owned() } else { offered.join(", ") }
    }
}

/// The addresses of the packet whose header a fact puts on or takes off.
pub(super) fn addresses(model: &Model, fact: FactId) -> Option<(IpAddr, IpAddr)> {
    let walk = model.session.index.walk_of(fact)?;
    walk.steps.iter().filter(|(layer, _)| *layer == Layer::Network).find_map(|(_, step)| {
        match &model.session.trace.get(*step)?.what {
            What::Encapsulated { protocol, header, .. } | What::Decapsulated { protocol, header, .. } => {
                ip_addresses(*protocol, header)
            }
            _ => None,
        }
    })
}

/// Source and destination of an IP header.
pub(super) fn ip_addresses(protocol: Protocol, header: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let v4 = |at: usize| Some(IpAddr::from(*header.get(at..)?.first_chunk::<4>()?));
    let v6 = |at: usize| Some(IpAddr::from(*header.get(at..)?.first_chunk::<16>()?));
    match protocol {
        Protocol::Ipv4 => Some((v4(12)?, v4(16)?)),
        Protocol::Ipv6 => Some((v6(8)?, v6(24)?)),
        _ => None,
    }
}

/// A connection's variables around a fact.
struct Around {
    before: Option<TcpVars>,
    after: TcpVars,
}

fn around(model: &Model, socket: &Socket, fact: FactId) -> Option<Around> {
    let vars = |fact: FactId| match &model.session.trace.get(fact)?.what {
        What::TcpVars { vars, .. } => Some(*vars),
        _ => None,
    };
    let before = socket.vars_before(fact).and_then(vars);
    Some(Around { before, after: socket.vars_after(fact).and_then(vars).or(before)? })
}

fn socket(model: &Model, ends: (SocketAddr, SocketAddr), fact: FactId) -> Option<&Socket> {
    let relations = &model.session.relations;
    relations.socket(relations.socket_at(ends, fact)?)
}

fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// What made a segment leave.
enum Trigger<'a> {
    Call(&'a Call),
    Timer(TimerKind),
    /// A segment that arrived: what it says, its length, and whether it arrived just now.
    Segment(Header<'a>, u32, bool),
    Other,
}

fn trigger<'a>(model: &'a Model, fact: &Fact) -> Trigger<'a> {
    let Some(cause) = fact.cause.and_then(|cause| model.session.trace.get(cause)) else { return Trigger::Other };
    match &cause.what {
        What::Called { call, .. } => Trigger::Call(call),
        What::Timer { timer, .. } => Trigger::Timer(*timer),
        What::Decapsulated { protocol: Protocol::Tcp, header, payload, .. } => match Header::read(header) {
            Some(read) => {
                let fin = u32::from(read.flags.has(Flags::FIN));
                Trigger::Segment(read, *payload as u32 + fin, cause.at == fact.at)
            }
            None => Trigger::Other,
        },
        _ => Trigger::Other,
    }
}

/// Why a segment was sent: its header, and how many bytes of data follow it.
pub(super) fn leaves(model: &Model, fact: &Fact, (header, payload): (&[u8], usize)) -> Option<Told> {
    let words = &model.language.words().depth;
    let header = Header::read(header)?;
    let (source, destination) = addresses(model, fact.id)?;
    let ends = (SocketAddr::new(source, header.source), SocketAddr::new(destination, header.destination));
    let known = socket(model, ends, fact.id);
    let trigger = trigger(model, fact);
    if header.flags.has(Flags::RST) {
        let sentence = if known.is_some() { words.rst_abort } else { words.rst_closed };
        return Some((sentence, vec![("port", header.source.to_string())]));
    }
    let around = around(model, known?, fact.id)?;
    if header.flags.has(Flags::SYN) {
        let sentence = match (&trigger, header.flags.has(Flags::ACK)) {
            (Trigger::Timer(_), _) => words.syn_again,
            (_, true) => words.syn_ack,
            (_, false) => words.syn,
        };
        return Some((sentence, vec![("seq", header.seq.to_string()), ("options", header.offered())]));
    }
    let sentence = if payload > 0 || header.flags.has(Flags::FIN) {
        data(words, &header, payload, (&around, &trigger))
    } else {
        pure_ack(words, &header, (&around, &trigger))
    };
    Some((sentence, values(&header, payload, &around)))
}

fn values(header: &Header<'_>, payload: usize, around: &Around) -> Vec<(&'static str, String)> {
    let now = around.after;
    // Of a time-out, what it was before it doubled.
    let then = around.before.unwrap_or(now);
    let nanos = |span: std::time::Duration| millis(span.as_nanos() as f64);
    vec![
        ("seq", header.seq.wrapping_sub(now.iss).to_string()),
        ("ack", header.ack.wrapping_sub(now.irs).to_string()),
        ("flight", header.seq.wrapping_add(payload as u32).wrapping_sub(now.snd_una).to_string()),
        ("window", format!("{} B", now.snd_wnd)),
        ("advertised", now.rcv_wnd.to_string()),
        ("cwnd", format!("{} B", now.cwnd)),
        ("rto", nanos(then.rto)),
        ("srtt", nanos(then.srtt)),
    ]
}

/// Why data, or a FIN, leaves.
fn data(
    words: &'static Words,
    header: &Header<'_>,
    payload: usize,
    (around, trigger): (&Around, &Trigger<'_>),
) -> &'static str {
    let again = around.before.is_some_and(|vars| before(header.seq, vars.snd_nxt));
    match trigger {
        Trigger::Timer(TimerKind::LossProbe) => words.tail_probe,
        Trigger::Timer(TimerKind::Persist) => words.window_probe,
        Trigger::Timer(TimerKind::Reordering) => words.reordered,
        Trigger::Timer(TimerKind::Retransmission) => words.time_out,
        _ if again => words.fast,
        _ if payload == 0 => words.fin,
        Trigger::Segment(..) => words.released,
        _ => words.new_data,
    }
}

/// Why a segment leaves that carries nothing but an acknowledgement.
fn pure_ack(words: &'static Words, header: &Header<'_>, (around, trigger): (&Around, &Trigger<'_>)) -> &'static str {
    match trigger {
        Trigger::Timer(TimerKind::KeepAlive) => words.keep_alive,
        Trigger::Timer(TimerKind::Persist) => words.window_probe,
        Trigger::Timer(TimerKind::DelayedAck) => words.delayed,
        Trigger::Timer(TimerKind::AckCompression) => words.compressed,
        Trigger::Call(Call::Recv(..) | Call::RecvFrom(..) | Call::Read(..)) => words.window_update,
        Trigger::Segment(_, _, false) => words.window_update,
        Trigger::Segment(came, length, true) => {
            if came.flags.has(Flags::SYN) {
                return words.handshake_over;
            }
            let expected = around.before.map_or(header.ack, |vars| vars.rcv_nxt);
            match () {
                () if *length > 0 && before(expected, came.seq) => words.gap,
                () if *length > 0 && before(came.seq, expected) => words.duplicate_data,
                () if came.flags.has(Flags::FIN) => words.ack_of_fin,
                () if *length > 0 => words.ack_of_data,
                () => words.challenge,
            }
        }
        _ => words.ack_of_data,
    }
}

/// What is made of a segment that arrives.
pub(super) fn arrives(model: &Model, fact: &Fact, (header, payload): (&[u8], usize)) -> Option<Told> {
    let words = &model.language.words().depth;
    let header = Header::read(header)?;
    let (source, destination) = addresses(model, fact.id)?;
    let ends = (SocketAddr::new(destination, header.destination), SocketAddr::new(source, header.source));
    let named = vec![("source", ends.1.to_string()), ("destination", ends.0.to_string())];
    let Some(known) = socket(model, ends, fact.id) else { return Some((words.no_socket, vec![])) };
    let around = around(model, known, fact.id);
    let (Some(then), false) = (around.as_ref().and_then(|around| around.before), header.flags.has(Flags::SYN)) else {
        return Some((words.up_new, named));
    };
    let relative = |number: u32| number.wrapping_sub(then.irs).to_string();
    let sentence = match () {
        () if payload == 0 && !header.flags.has(Flags::FIN) => words.up_ack,
        () if before(then.rcv_nxt, header.seq) => words.up_gap,
        () if before(header.seq, then.rcv_nxt) => words.up_old,
        () => words.up_in_order,
    };
    let window = around.map_or(0, |around| around.after.snd_wnd);
    let mut values = named;
    values.extend([
        ("seq", relative(header.seq)),
        ("expected", relative(then.rcv_nxt)),
        ("ack", header.ack.wrapping_sub(then.iss).to_string()),
        ("window", format!("{window} B")),
    ]);
    Some((sentence, values))
}
