//! What the table shows: frames or all events, and which of them.
//!
//! A filter is never asked about a whole trace at once: a part of it at each message, and the rest when the panel asks for more.
//! What was found stays found, because a trace only grows.
//!
//! Absent on purpose: how a row looks (see `crate::view::table`).

use std::net::SocketAddr;

use sim_core::gateway::Answer;
use sim_core::layer::Protocol;
use sim_core::time::Instant;
use sim_core::trace::{AddressState, Fact, FactId, NeighbourState, NodeId, TcpEvent, TimerChange, TimerKind, What};
use sim_core::wire::tcp::Flags;

use super::analysis::Mark;
use super::index::Frame;
use super::kin::segment;
use super::session::Session;
use super::{Effect, Model};

/// Rows that are looked at for one message; a search for words is dearer.
const CHUNK: usize = 8_000;

/// The same, when words are searched for.
const CHUNK_OF_WORDS: usize = 1_500;

/// What the table shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// All events, not frames alone.
    pub events: bool,
    /// Which of them.
    pub filter: Filter,
    /// The rows that have been found.
    found: Vec<u32>,
    /// Rows that have been looked at.
    seen: usize,
    /// The last of them: in another trace there is another one.
    last: Option<(Instant, NodeId, Option<FactId>)>,
}

/// Which rows are shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Those of a protocol.
    pub protocol: Option<Protocol>,
    /// Those of a node: what happens there, and frames to it.
    pub node: Option<NodeId>,
    /// Those of a conversation.
    pub flow: Option<(SocketAddr, SocketAddr)>,
    /// Those of a kind.
    pub kind: Option<Kind>,
    /// What went wrong.
    pub failures: bool,
    /// Those that say this.
    pub text: String,
}

/// Kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Programs,
    Headers,
    Frames,
    Drops,
    Tcp,
    Timers,
    Neighbours,
    Switching,
    Settings,
    Real,
}

impl Kind {
    /// Every kind, in the order of the menu.
    pub const ALL: [Kind; 10] = [
        Kind::Programs,
        Kind::Headers,
        Kind::Frames,
        Kind::Drops,
        Kind::Tcp,
        Kind::Timers,
        Kind::Neighbours,
        Kind::Switching,
        Kind::Settings,
        Kind::Real,
    ];

    /// The kind of a fact.
    pub fn of(what: &What) -> Kind {
        match what {
            What::Started { .. }
            | What::Ran { .. }
            | What::Typed { .. }
            | What::Called { .. }
            | What::Returned { .. }
            | What::Printed { .. }
            | What::Exited { .. }
            | What::Killed { .. } => Kind::Programs,
            What::Encapsulated { .. } | What::Decapsulated { .. } | What::Reassembled { .. } => Kind::Headers,
            What::Sent { .. } | What::Duplicated { .. } | What::Delivered { .. } => Kind::Frames,
            What::Dropped { .. } => Kind::Drops,
            What::TcpState { .. } | What::TcpVars { .. } => Kind::Tcp,
            What::Timer { .. } => Kind::Timers,
            What::Neighbour { .. } | What::Address { .. } | What::Route { .. } => Kind::Neighbours,
            What::TranslationOpened(_)
            | What::TranslationClosed(_)
            | What::Translated { .. }
            | What::Learned { .. }
            | What::Forgotten { .. }
            | What::Switched { .. } => Kind::Switching,
            What::FaultsSet { .. } | What::LinkSet { .. } | What::HostSet { .. } => Kind::Settings,
            What::Captured { .. }
            | What::Published { .. }
            | What::Unpublished { .. }
            | What::PeerMapped { .. }
            | What::PeerForgotten { .. }
            | What::KernelInfo { .. }
            | What::Asked { .. }
            | What::Answered { .. } => Kind::Real,
        }
    }
}

/// What can happen to the table.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Show all events, or frames alone.
    Events(bool),
    /// Show what passes this filter.
    Filter(Filter),
    /// Look at the next part of the trace.
    More,
}

/// Changes the table by one message.
pub(super) fn update(model: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {
        Msg::Events(events) => {
            model.table.events = events;
            restart(model);
        }
        Msg::Filter(filter) => {
            model.table.filter = filter;
            restart(model);
        }
        Msg::More => {}
    }
}

/// Forgets what was found: it was found in other words, or by another filter.
pub(super) fn restart(model: &mut Model) {
    let table = &mut model.table;
    (table.found, table.seen, table.last) = (Vec::new(), 0, None);
}

/// Looks at the next part of the trace, where there is a filter and a part that it has not seen.
pub(super) fn look_on(model: &mut Model) {
    if !model.table.filter.is_set() {
        return;
    }
    if model.table.last.is_some() && model.table.last != mark(&model.session, &model.table) {
        restart(model);
    }
    let all = model.table.rows_in(&model.session);
    let chunk = if model.table.filter.text.is_empty() { CHUNK } else { CHUNK_OF_WORDS };
    let end = settled(model, all.min(model.table.seen + chunk));
    if model.table.seen == end {
        return;
    }
    let found = (model.table.seen..end).filter(|row| passes(model, *row)).map(|row| row as u32);
    let found: Vec<u32> = found.collect();
    model.table.found.extend(found);
    model.table.seen = end;
    model.table.last = mark(&model.session, &model.table);
}

/// The end of the rows about which nothing can change any more: a frame on its way may still be lost.
fn settled(model: &Model, end: usize) -> usize {
    let table = &model.table;
    if table.events {
        return end;
    }
    let frames = &model.session.index.frames()[table.seen..end];
    table.seen + frames.iter().position(|frame| frame.end.is_none()).unwrap_or(frames.len())
}

/// What tells the last row that was looked at from one of another trace.
fn mark(session: &Session, table: &Table) -> Option<(Instant, NodeId, Option<FactId>)> {
    let last = table.seen.checked_sub(1)?;
    let fact = if table.events { FactId(last as u32) } else { session.index.frames().get(last)?.sent };
    session.trace.get(fact).map(|fact| (fact.at, fact.node, fact.cause))
}

impl Filter {
    /// Whether it leaves anything out.
    pub fn is_set(&self) -> bool {
        *self != Filter::default()
    }
}

impl Table {
    /// How many rows there are without a filter.
    pub fn rows_in(&self, session: &Session) -> usize {
        if self.events { session.trace.facts().len() } else { session.index.frames().len() }
    }

    /// How many rows are shown.
    pub fn count(&self, session: &Session) -> usize {
        if self.filter.is_set() { self.found.len() } else { self.rows_in(session) }
    }

    /// Which frame or fact stands in a row: its place among all.
    pub fn row(&self, place: usize) -> Option<usize> {
        if self.filter.is_set() { self.found.get(place).map(|row| *row as usize) } else { Some(place) }
    }

    /// The row of a frame or fact: its own, else the one before which it would stand.
    pub fn place(&self, row: usize) -> usize {
        if self.filter.is_set() { self.found.partition_point(|found| (*found as usize) < row) } else { row }
    }

    /// Rows that have been looked at, where there is a filter.
    pub(super) fn searched(&self) -> usize {
        self.seen
    }

    /// How much of the trace has been looked at, 0 to 1.
    pub fn progress(&self, session: &Session) -> f64 {
        let all = self.rows_in(session);
        if !self.filter.is_set() || all == 0 { 1.0 } else { self.seen as f64 / all as f64 }
    }
}

fn passes(model: &Model, row: usize) -> bool {
    let session = &model.session;
    let passes = if model.table.events {
        session.trace.facts().get(row).is_some_and(|fact| fact_passes(session, &model.table.filter, fact))
    } else {
        session.index.frames().get(row).is_some_and(|frame| frame_passes(session, &model.table.filter, frame))
    };
    let text = &model.table.filter.text;
    // What is searched is what is shown, in the learner's words: they are the view's.
    passes && (text.is_empty() || crate::view::table::says(model, row).to_lowercase().contains(&text.to_lowercase()))
}

fn frame_passes(session: &Session, filter: &Filter, frame: &Frame) -> bool {
    filter.protocol.is_none_or(|protocol| carries(frame, protocol))
        && filter.node.is_none_or(|node| frame.from == node || frame.to == node)
        && filter.flow.is_none_or(|flow| is_of(frame, flow))
        && filter.kind.is_none_or(|kind| frame_is(frame, kind))
        && (!filter.failures || frame_fails(session, frame))
}

fn frame_is(frame: &Frame, kind: Kind) -> bool {
    match kind {
        Kind::Frames => frame.real.is_none(),
        Kind::Real => frame.real.is_some(),
        Kind::Drops => frame.end.is_some_and(|end| end.dropped.is_some()),
        _ => false,
    }
}

fn is_of(frame: &Frame, (one, other): (SocketAddr, SocketAddr)) -> bool {
    segment::peek(frame.id, &frame.bytes).is_some_and(|(ends, _)| ends == (one, other) || ends == (other, one))
}

/// Whether a protocol has bytes in a frame.
fn carries(frame: &Frame, protocol: Protocol) -> bool {
    let highest = crate::view::frame::words(frame).protocol;
    let below = match highest {
        Protocol::Dns | Protocol::Dhcp => Protocol::Udp,
        other => other,
    };
    highest == protocol || below == protocol
}

fn frame_fails(session: &Session, frame: &Frame) -> bool {
    let lost = frame.end.is_some_and(|end| end.dropped.is_some());
    let segment = session.relations.segment(&session.index, frame).map(|(_, segment)| segment);
    // A keep-alive repairs nothing.
    let marked = session.index.analysis.mark(frame.id).is_some_and(|mark| mark != Mark::KeepAlive);
    lost || marked
        || segment.is_some_and(|segment| segment.again || segment.flags.has(Flags::RST))
        || is_icmp_error(&frame.bytes)
}

/// An ICMP message that says what went wrong (RFC 792, RFC 4443 §2.1).
fn is_icmp_error(bytes: &[u8]) -> bool {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    match u16::from_be_bytes([byte(12), byte(13)]) {
        0x0800 if byte(23) == 1 => {
            matches!(byte(14 + usize::from(byte(14) & 15) * 4), 3 | 4 | 5 | 11 | 12)
        }
        0x86dd if byte(20) == 58 => matches!(byte(54), 1..=127),
        _ => false,
    }
}

fn fact_passes(session: &Session, filter: &Filter, fact: &Fact) -> bool {
    let frame = || {
        let frame = session.index.frame_of(&session.trace, fact.id)?;
        session.index.frame(frame)
    };
    filter.kind.is_none_or(|kind| Kind::of(&fact.what) == kind)
        && filter.node.is_none_or(|node| fact.node == node || sent_to(&fact.what) == Some(node))
        && (!filter.failures || fails(session, fact))
        && filter.protocol.is_none_or(|protocol| match own_protocol(&fact.what) {
            Some(own) => own == protocol,
            None => frame().is_some_and(|frame| carries(frame, protocol)),
        })
        && filter.flow.is_none_or(|flow| match &fact.what {
            What::TcpState { socket, .. } | What::TcpVars { socket, .. } | What::Timer { socket: Some(socket), .. } => {
                session.relations.socket(*socket).is_some_and(|socket| {
                    let ends = (socket.local, socket.peer);
                    ends == flow || ends == (flow.1, flow.0)
                })
            }
            _ => frame().is_some_and(|frame| is_of(frame, flow)),
        })
}

fn sent_to(what: &What) -> Option<NodeId> {
    match what {
        What::Sent { to, .. } | What::Duplicated { to, .. } => Some(*to),
        _ => None,
    }
}

/// The protocol that a fact itself speaks of.
pub fn own_protocol(what: &What) -> Option<Protocol> {
    Some(match what {
        What::Encapsulated { protocol, .. } | What::Decapsulated { protocol, .. } => *protocol,
        What::TcpState { .. } | What::TcpVars { .. } | What::Timer { socket: Some(_), .. } => Protocol::Tcp,
        What::Neighbour { address, .. } if address.is_ipv6() => Protocol::Icmpv6,
        What::Neighbour { .. } | What::Timer { socket: None, .. } => Protocol::Arp,
        What::Learned { .. } | What::Forgotten { .. } | What::Switched { .. } => Protocol::Ethernet,
        _ => return None,
    })
}

/// Whether a fact is one of something that went wrong.
pub fn fails(session: &Session, fact: &Fact) -> bool {
    match &fact.what {
        What::Dropped { .. }
        | What::Returned { result: Err(_), .. }
        | What::Exited { error: Some(_), .. }
        | What::Killed { .. } => true,
        What::TcpState { why, .. } => {
            matches!(why, TcpEvent::RstReceived | TcpEvent::Abort | TcpEvent::TimedOut | TcpEvent::Unreachable)
        }
        What::Timer { timer, change: TimerChange::Fired, .. } => matches!(
            timer,
            TimerKind::Retransmission | TimerKind::LossProbe | TimerKind::Reordering | TimerKind::Neighbour
        ),
        What::Neighbour { state, .. } => *state == NeighbourState::Failed,
        What::Address { state, .. } => *state == AddressState::Duplicate,
        What::Answered { answer, .. } => {
            matches!(answer, Answer::Refused(_) | Answer::Unreachable(_) | Answer::Reset | Answer::Lost)
        }
        What::Sent { frame, .. } => session.index.frame(*frame).is_some_and(|frame| frame_fails(session, frame)),
        What::Captured { .. } => session.index.captured(fact.id).is_some_and(|frame| frame_fails(session, frame)),
        _ => false,
    }
}
