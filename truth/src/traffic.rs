//! What the frames at a host say about its programs: which connections it had, when data came, when a FIN left.
//!
//! Absent on purpose: judging. Frames of both runs are compared elsewhere ([`crate::compare`]); here only the recording is read.

use std::net::{IpAddr, SocketAddr};

use crate::frame::{self, ACK, FIN, RST, RawSegment, SYN};
use crate::plan::Handle;
use crate::recording::{Nanos, Recording};
use crate::setup::Setup;

/// The frames at the interfaces of one host.
#[derive(Clone, Debug)]
pub struct Traffic {
    frames: Vec<Seen>,
    connections: Vec<Connection>,
    echoes: Echoes,
    /// Frames that have arrived.
    arrived: usize,
    /// Other transport protocols: a datagram's ends, when first seen.
    datagram: Option<(SocketAddr, SocketAddr, bool)>,
}

/// When messages of ICMP passed: requests that left, answers and errors that arrived.
#[derive(Clone, Debug, Default)]
pub struct Echoes {
    /// Echo requests; of a fragmented one the first fragment.
    pub requests: Vec<Nanos>,
    /// Echo replies; of a fragmented one the last fragment.
    pub answers: Vec<Nanos>,
    /// Errors.
    pub errors: Vec<Nanos>,
}

#[derive(Clone, Debug)]
struct Seen {
    at: Nanos,
    sent: bool,
    /// It carries data or a FIN, or is a datagram: what a call sends.
    own: bool,
    /// It begins a call of `connect`, or of `ping`: a question for a neighbour, a SYN, an echo request.
    first: bool,
    /// It carries data of TCP.
    data: bool,
}

/// A TCP connection as its frames show it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// This host's end.
    pub local: SocketAddr,
    /// The other end.
    pub peer: SocketAddr,
    /// This host has opened it.
    pub active: bool,
    /// When new data arrived.
    pub arrivals: Vec<Nanos>,
    /// When this host's FIN first left.
    pub fin: Option<Nanos>,
    /// When the other's FIN first arrived.
    pub peer_fin: Option<Nanos>,
    /// This host has sent a RST.
    pub reset: bool,
    /// When it first did.
    pub reset_at: Option<Nanos>,
    /// Probes of the connection at rest that this host has sent.
    pub probes: Option<Probes>,
    /// Small segments left while others were unacknowledged.
    pub no_delay: bool,
    /// When this host's window opened because its program had read.
    pub reads: Vec<Read>,
    /// What has arrived: where its data ended, its place among all frames that arrived at this host, and when.
    history: Vec<(u32, usize, Nanos)>,
    /// The window of this host's SYN, and its maximum segment size by what both have said.
    pub window: u16,
    /// The smaller of both ends' maximum segment sizes.
    pub mss: u16,
    state: Watch,
}

/// A read that the window shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// When.
    pub at: Nanos,
    /// The place of the last frame that had arrived at this host, from 0.
    pub arrival: usize,
    /// How long after that.
    pub after: Nanos,
}

/// Keep-alive probes (RFC 9293 §3.8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probes {
    /// From the last that was heard of the peer to the first probe.
    pub idle: Nanos,
    /// From one probe to the next, where none was answered.
    pub interval: Option<Nanos>,
    /// Probes sent since the peer was last heard.
    pub count: u32,
    /// When the last left.
    last: Nanos,
}

/// Where the sequence numbers of a connection stand.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    /// End of the data that has arrived.
    received: Option<u32>,
    /// End of what was sent.
    sent: Option<u32>,
    /// End of the last small segment.
    small: Option<u32>,
    /// What the peer has acknowledged.
    acknowledged: u32,
    /// When the peer was last heard.
    heard: Nanos,
    /// This host has sent the last segment.
    answered: bool,
    /// The peer's window is shut.
    shut: bool,
    /// The scale of this host's windows, and where the last one ended.
    scale: u8,
    edge: Option<u32>,
}

/// Linux's windows in a SYN with default buffers at Ethernet's MTU, IPv4 and IPv6: no less without `SO_RCVBUF`.
const DEFAULT_WINDOW: u16 = 60_000;

impl Traffic {
    /// Reads the captures at a node.
    pub fn of(recording: &Recording, setup: &Setup, node: usize) -> Traffic {
        let mut traffic = Traffic {
            frames: Vec::new(),
            connections: Vec::new(),
            echoes: Echoes::default(),
            arrived: 0,
            datagram: None,
        };
        for capture in &recording.captures {
            let Some((at_node, interface)) = setup.point(&capture.point) else { continue };
            if at_node != node {
                continue;
            }
            let mac = setup.nodes[node].interfaces[interface].mac;
            for (at, bytes) in &capture.frames {
                traffic.see(*at, frame::source_mac(bytes) == Some(mac), bytes);
            }
        }
        traffic
    }

    fn see(&mut self, at: Nanos, sent: bool, bytes: &[u8]) {
        let mut seen = Seen { at, sent, own: false, first: false, data: false };
        if let Some((source, destination, segment)) = frame::tcp_of(bytes) {
            seen.first = segment.flags & (SYN | ACK) == SYN;
            seen.data = segment.payload > 0;
            seen.own = seen.data || segment.flags & FIN != 0;
            self.segment(at, sent, source, destination, segment);
        } else if let Some((from, to)) = frame::udp_of(bytes) {
            seen.own = true;
            self.datagram.get_or_insert((SocketAddr::from(from), SocketAddr::from(to), sent));
        } else if frame::ethertype(bytes) == Some(0x0806) {
            seen.first = bytes.get(21) == Some(&1);
        } else if let Some((kind, source, _)) = frame::icmpv6_of(bytes) {
            seen.first = [128, 135].contains(&kind) && !source.is_unspecified();
            self.echoes.see(at, sent, kind, [128, 129], 1..=4);
        } else if let Some(kind) = frame::icmpv4_of(bytes) {
            seen.first = kind == 8;
            self.echoes.see(at, sent, kind, [8, 0], 3..=12);
        } else if frame::is_last_fragment_of_icmp(bytes) && !sent {
            self.echoes.answers.push(at);
        }
        if !sent && !frame::is_housekeeping(bytes) {
            self.arrived += 1;
        }
        self.frames.push(seen);
    }

    fn segment(&mut self, at: Nanos, sent: bool, source: IpAddr, destination: IpAddr, segment: RawSegment) {
        let (from, to) = (SocketAddr::new(source, segment.source), SocketAddr::new(destination, segment.destination));
        let (local, peer) = if sent { (from, to) } else { (to, from) };
        let opens = segment.flags & (SYN | ACK) == SYN;
        let known = self.connections.iter().position(|known| (known.local, known.peer) == (local, peer));
        let index = known.unwrap_or_else(|| {
            self.connections.push(Connection {
                local,
                peer,
                active: opens && sent,
                arrivals: Vec::new(),
                fin: None,
                peer_fin: None,
                reset: false,
                reset_at: None,
                probes: None,
                no_delay: false,
                reads: Vec::new(),
                history: Vec::new(),
                window: u16::MAX,
                mss: u16::MAX,
                state: Watch::default(),
            });
            self.connections.len() - 1
        });
        self.connections[index].see(at, sent, segment, self.arrived);
    }

    /// The connections, in the order in which they were opened.
    pub fn connections(&self) -> &[Connection] {
        &self.connections
    }

    /// When the program showed that it had read, of the connection that was accepted in this place.
    pub fn reads(&self, handle: Handle) -> Vec<Read> {
        let mut passive = self.connections.iter().filter(|connection| !connection.active);
        passive.nth(handle.0 as usize).map(|connection| connection.reads.clone()).unwrap_or_default()
    }

    /// The messages of ICMP.
    pub fn echoes(&self) -> &Echoes {
        &self.echoes
    }

    /// Its programs use datagrams: there is no TCP, and there is UDP.
    pub fn is_datagram(&self) -> bool {
        self.connections.is_empty() && self.datagram.is_some()
    }

    /// Its programs use IPv6.
    pub fn is_ipv6(&self) -> bool {
        let peer = self.connections.first().map(|connection| connection.peer).or(self.datagram.map(|(from, ..)| from));
        peer.is_some_and(|peer| peer.is_ipv6())
    }

    /// Where its first datagram went, when it sent the first.
    pub fn datagram_to(&self) -> Option<SocketAddr> {
        self.datagram.map(|(_, to, _)| to)
    }

    /// The port at which the first datagram arrived.
    pub fn datagram_port(&self) -> Option<u16> {
        self.datagram.map(|(from, to, sent)| if sent { from.port() } else { to.port() })
    }

    /// When the first frame was seen.
    pub fn first(&self) -> Option<Nanos> {
        self.frames.first().map(|seen| seen.at)
    }

    fn sent_in(&self, after: Nanos, until: Nanos) -> impl DoubleEndedIterator<Item = &Seen> {
        self.frames.iter().filter(move |seen| seen.sent && seen.at > after && seen.at <= until)
    }

    /// The first frame in a span of time that begins an exchange.
    pub fn first_sent(&self, after: Nanos, until: Nanos) -> Option<Nanos> {
        self.sent_in(after, until).find(|seen| seen.first).map(|seen| seen.at)
    }

    /// The first data in a span of time.
    pub fn first_data(&self, after: Nanos, until: Nanos) -> Option<Nanos> {
        self.sent_in(after, until).find(|seen| seen.data).map(|seen| seen.at)
    }

    /// The last frame in a span of time that a call has sent: nothing had arrived since the beginning, or for so long
    /// before it.
    pub fn last_own(&self, after: Nanos, until: Nanos, answer: Nanos) -> Option<Nanos> {
        let left = self.sent_in(after, until).rev().find(|seen| seen.own)?.at;
        let begin = after.max(left - answer);
        let answers = self.frames.iter().any(|seen| !seen.sent && seen.at > begin && seen.at <= left);
        (!answers).then_some(left)
    }

    /// The receive buffer that a program must have asked for, in bytes; `None` for the default.
    pub fn receive_buffer(&self) -> Option<u32> {
        let connection = self.connections.iter().find(|connection| connection.window != u16::MAX)?;
        if connection.window >= DEFAULT_WINDOW || connection.mss == u16::MAX {
            return None;
        }
        // Linux offers whole segments: the buffer is the least of usual size that gives so many.
        let (window, mss) = (u32::from(connection.window), u32::from(connection.mss.max(1)));
        let usual = window.div_ceil(1024) * 1024;
        Some(if usual / mss * mss <= window { usual } else { window })
    }
}

impl Echoes {
    fn see(
        &mut self,
        at: Nanos,
        sent: bool,
        kind: u8,
        [request, answer]: [u8; 2],
        errors: std::ops::RangeInclusive<u8>,
    ) {
        if sent && kind == request {
            self.requests.push(at);
        } else if !sent && kind == answer {
            self.answers.push(at);
        } else if !sent && kind != request && errors.contains(&kind) {
            self.errors.push(at);
        }
    }
}

impl Connection {
    fn see(&mut self, at: Nanos, sent: bool, segment: RawSegment, arrived: usize) {
        let syn = segment.flags & SYN != 0;
        if let Some(mss) = segment.mss {
            // Timestamps take twelve bytes of each segment.
            self.mss = self.mss.min(mss.saturating_sub(12));
        }
        let end = segment
            .seq
            .wrapping_add(segment.payload)
            .wrapping_add(u32::from(syn))
            .wrapping_add(u32::from(segment.flags & FIN != 0));
        if sent {
            self.see_sent(at, segment, syn, end);
            self.state.answered = true;
            return;
        }
        self.state.answered = false;
        self.history.push((end, arrived, at));
        self.state.heard = at;
        self.state.shut = segment.window == 0;
        if let Some(probes) = &mut self.probes {
            probes.count = 0;
        }
        if segment.flags & FIN != 0 {
            self.peer_fin.get_or_insert(at);
        }
        if segment.flags & ACK != 0 {
            self.state.acknowledged = segment.ack;
        }
        let fresh = self.state.received.is_none_or(|received| after(end, received));
        if fresh {
            if segment.payload > 0 {
                self.arrivals.push(at);
            }
            self.state.received = Some(end);
        }
    }

    /// A read that was followed by this acknowledgment: it was made when no more than that had arrived, though a capture may
    /// have seen the next frame before the acknowledgment.
    fn read(&self, at: Nanos, ack: u32) -> Option<Read> {
        let last = self.history.iter().rposition(|(end, ..)| !after(*end, ack))?;
        let (_, arrival, arrived) = self.history[last];
        let after = match self.history.get(last + 1) {
            Some((_, _, next)) => (next - arrived) / 2,
            None => at - arrived,
        };
        Some(Read { at, arrival, after })
    }

    fn see_probe(&mut self, at: Nanos) {
        let idle = at - self.state.heard;
        let probes = self.probes.get_or_insert(Probes { idle, interval: None, count: 0, last: at });
        if probes.count > 0 {
            probes.interval.get_or_insert(at - probes.last);
        }
        probes.count += 1;
        probes.last = at;
    }

    fn see_sent(&mut self, at: Nanos, segment: RawSegment, syn: bool, end: u32) {
        if syn {
            self.window = segment.window;
            self.state.scale = segment.scale.unwrap_or(0);
        } else if segment.flags & (ACK | RST) == ACK {
            let edge = segment.ack.wrapping_add(u32::from(segment.window) << self.state.scale);
            // What arrives may open the window by a segment, as the buffer proves more roomy than was thought; without an
            // arrival only a read does.
            let least = if self.state.answered { 1 } else { (2 * u32::from(self.mss)).max(1) };
            let opened = self.state.edge.is_some_and(|before| after(edge, before.wrapping_add(least - 1)));
            if opened {
                self.reads.extend(self.read(at, segment.ack));
            }
            self.state.edge = Some(edge);
        }
        if segment.flags & RST != 0 {
            self.reset = true;
            self.reset_at.get_or_insert(at);
        }
        let before = self.state.sent.is_some_and(|sent| segment.seq == sent.wrapping_sub(1));
        if before && segment.payload == 0 && segment.flags == ACK && !self.state.shut {
            self.see_probe(at);
        }
        let fin = segment.flags & FIN != 0;
        if fin {
            self.fin.get_or_insert(at);
        }
        let fresh = self.state.sent.is_none_or(|sent| after(end, sent));
        if segment.payload > 0 && !fin && fresh && segment.payload < u32::from(self.mss) {
            let unacknowledged = self.state.small.is_some_and(|small| after(small, self.state.acknowledged));
            self.no_delay |= unacknowledged;
            self.state.small = Some(end);
        }
        if fresh {
            self.state.sent = Some(end);
        }
    }
}

/// Whether `a` is after `b`, as sequence numbers are.
fn after(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 1 << 31
}
