//! The table of frames, or of all that happened: the words that stand beside every picture.
//!
//! Absent on purpose: rows that are out of sight. The browser's room asks for a window of them.

use sim_core::order;
use std::net::SocketAddr;

use sim_core::gateway::Direction;
use sim_core::layer::Protocol;
use sim_core::program::Call;
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, Value, What};

use super::frame::words;
use super::narration;
use crate::app::Model;
use crate::app::index::Frame;
use crate::app::table::{Kind, fails, own_protocol};
use crate::app::thing::Thing;
use crate::catalogue::{Words, fill};

/// Conversations that can be chosen from.
const CONVERSATIONS: usize = 200;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What a click on it chooses.
    pub thing: Thing,
    /// Its place among all rows that are shown, from 0.
    pub place: usize,
    /// Its number: a frame's from 1, a fact's as the trace numbers it.
    pub number: String,
    /// Milliseconds since the beginning.
    pub time: String,
    /// Where it happens, or who sends to whom.
    pub from: String,
    /// The protocol, or the call.
    pub protocol: String,
    /// Its length in bytes, where it has one.
    pub length: String,
    /// What it says.
    pub info: String,
    /// It was captured on the real machine.
    pub real: bool,
    /// It was lost.
    pub lost: bool,
    /// It is one of something that went wrong.
    pub fails: bool,
    /// It has not happened yet at the moment that is on screen.
    pub later: bool,
    /// It is what is chosen or shown.
    pub chosen: bool,
    /// It belongs to what is chosen.
    pub kin: bool,
}

/// Rows `first..first + count`, or fewer at the end.
pub fn rows(model: &Model, first: usize, count: usize) -> Vec<Row> {
    let end = count_of(model).min(first.saturating_add(count));
    (first..end).filter_map(|place| row(model, place)).collect()
}

/// How many rows are shown.
pub fn count_of(model: &Model) -> usize {
    model.table.count(&model.session)
}

/// One row.
pub fn row(model: &Model, place: usize) -> Option<Row> {
    let row = model.table.row(place)?;
    if model.table.events {
        fact_row(model, place, model.session.trace.facts().get(row)?)
    } else {
        frame_row(model, place, row)
    }
}

fn time(at: Instant) -> String {
    let nanos = at.as_nanos();
    format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000)
}

fn frame_row(model: &Model, place: usize, row: usize) -> Option<Row> {
    let session = &model.session;
    let frame = session.index.frames().get(row)?;
    let words = words(frame);
    let sent = model.fact().map_or(0, |now| session.index.frames_until(now));
    let lost = frame.end.is_some_and(|end| end.dropped.is_some());
    Some(Row {
        thing: Thing::Frame(frame.id),
        place,
        number: session.number(frame.id),
        time: time(frame.sent_at),
        from: format!("{} → {}", end(model, frame, Direction::Sent), end(model, frame, Direction::Received)),
        protocol: words.protocol.name().to_owned(),
        length: frame.real.map_or(frame.bytes.len(), |real| real.length as usize).to_string(),
        real: frame.real.is_some(),
        info: info(model, frame),
        lost,
        fails: lost,
        later: row >= sent,
        chosen: model.shown_frame() == Some(frame.id),
        kin: model.kin.has(Thing::Frame(frame.id)),
    })
}

fn fact_row(model: &Model, place: usize, fact: &Fact) -> Option<Row> {
    let thing = Thing::Fact(fact.id);
    Some(Row {
        thing,
        place,
        number: fact.id.0.to_string(),
        time: time(fact.at),
        from: whereabouts(model, fact),
        protocol: tag(model, fact),
        length: length(&fact.what).map_or_else(String::new, |length| length.to_string()),
        info: told(model, fact),
        real: Kind::of(&fact.what) == Kind::Real,
        lost: matches!(fact.what, What::Dropped { .. }),
        fails: fails(&model.session, fact),
        later: model.fact().is_none_or(|now| fact.id > now),
        chosen: chosen_fact(model) == Some(fact.id),
        kin: model.kin.has(thing),
    })
}

/// What a frame says, after what it is among those before it.
fn info(model: &Model, frame: &Frame) -> String {
    let info = words(frame).info;
    match model.session.index.analysis.mark(frame.id) {
        Some(mark) => format!("[{}] {info}", mark.name()),
        None => info,
    }
}

/// All that a row says, for who searches it.
pub fn says(model: &Model, row: usize) -> String {
    let said = if model.table.events {
        let fact = model.session.trace.facts().get(row);
        fact.map(|fact| format!("{} {} {}", whereabouts(model, fact), tag(model, fact), told(model, fact)))
    } else {
        let frame = model.session.index.frames().get(row);
        frame.map(|frame| {
            let words = words(frame);
            let (from, to) = (end(model, frame, Direction::Sent), end(model, frame, Direction::Received));
            format!("{from} → {to} {} {}", words.protocol.name(), info(model, frame))
        })
    };
    said.unwrap_or_default()
}

/// A fact in one sentence, without the node, which has a column of its own.
fn told(model: &Model, fact: &Fact) -> String {
    let told = narration::sentence(model, fact.id).unwrap_or_default();
    let rest = told.strip_prefix(model.session.name(fact.node)).and_then(|rest| rest.strip_prefix([':', '：']));
    rest.map_or_else(|| told.clone(), |rest| rest.trim_start().to_owned())
}

fn whereabouts(model: &Model, fact: &Fact) -> String {
    let node = model.session.name(fact.node);
    match &fact.what {
        What::Sent { to, .. } | What::Duplicated { to, .. } => format!("{node} → {}", model.session.name(*to)),
        _ => node.to_owned(),
    }
}

/// The protocol of a fact, or the call.
fn tag(model: &Model, fact: &Fact) -> String {
    let session = &model.session;
    match &fact.what {
        What::Called { call, .. } => call.name().to_owned(),
        What::Returned { called, .. } => match session.trace.get(*called).map(|fact| &fact.what) {
            Some(What::Called { call, .. }) => call.name().to_owned(),
            _ => String::new(),
        },
        What::TranslationOpened(_) | What::TranslationClosed(_) | What::Translated { .. } => "NAT".to_owned(),
        What::KernelInfo { .. } => "TCP_INFO".to_owned(),
        what => {
            let frame = || session.index.frame(session.index.frame_of(&session.trace, fact.id)?);
            let of_frame = || frame().map(|frame| words(frame).protocol);
            own_protocol(what).or_else(of_frame).map_or_else(String::new, |protocol| protocol.name().to_owned())
        }
    }
}

fn length(what: &What) -> Option<usize> {
    Some(match what {
        What::Encapsulated { header, .. } | What::Decapsulated { header, .. } => header.len(),
        What::Sent { bytes, .. } | What::Duplicated { bytes, .. } | What::Dropped { bytes, .. } => bytes.len(),
        What::Captured { length, .. } => *length as usize,
        What::Called { call: Call::Send(_, bytes, _) | Call::SendTo(_, bytes, ..) | Call::Write(_, bytes), .. } => {
            bytes.len()
        }
        What::Returned { result: Ok(Value::Bytes(bytes) | Value::Datagram(bytes, _)), .. } => bytes.len(),
        _ => return None,
    })
}

/// Who sent a frame, or whom it goes to: of a real one the relay's socket and its peer.
fn end(model: &Model, frame: &Frame, side: Direction) -> String {
    let words = model.language.words();
    match (frame.real.and_then(|real| real.direction), side) {
        (Some(direction), side) if direction == side => words.relay_end.to_owned(),
        (Some(_), _) => words.peer_end.to_owned(),
        (None, Direction::Sent) => model.session.name(frame.from).to_owned(),
        (None, Direction::Received) => model.session.name(frame.to).to_owned(),
    }
}

/// The fact that is chosen, or told at this moment.
fn chosen_fact(model: &Model) -> Option<FactId> {
    match model.selected.thing {
        Some(Thing::Fact(fact)) => Some(fact),
        Some(_) => model.shown_frame().and_then(|frame| model.session.index.frame(frame)).map(|frame| frame.sent),
        None => model.fact(),
    }
}

/// The row of what is chosen, or the one before which it would stand.
pub fn chosen_place(model: &Model) -> Option<usize> {
    let row = if model.table.events {
        chosen_fact(model)?.0 as usize
    } else {
        model.session.index.place(model.shown_frame()?)?
    };
    let place = model.table.place(row);
    (place < count_of(model)).then_some(place)
}

/// Where a key leads from the chosen row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// So many rows on, or back.
    By(isize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
}

/// What stands in the row to which a key leads.
pub fn moved(model: &Model, to: Move) -> Option<Thing> {
    let last = count_of(model).checked_sub(1)?;
    let place = match (to, chosen_place(model)) {
        (Move::First, _) | (Move::By(_), None) => 0,
        (Move::Last, _) => last,
        (Move::By(rows), Some(place)) => place.saturating_add_signed(rows).min(last),
    };
    row(model, place).map(|row| row.thing)
}

/// How many rows pass the filter, and how much of the trace has been searched; nothing where there is no filter.
pub fn found(model: &Model) -> Option<String> {
    if !model.table.filter.is_set() {
        return None;
    }
    let words = &model.language.words().telling;
    let progress = model.table.progress(&model.session);
    let sentence = if progress < 1.0 { words.searched } else { words.found };
    let (n, all) = (count_of(model).to_string(), model.table.rows_in(&model.session).to_string());
    Some(fill(sentence, &[("n", &n), ("all", &all), ("part", &format!("{:.0}", (progress * 100.0).floor()))]))
}

/// The conversations so far, each once.
pub fn conversations(model: &Model) -> Vec<(SocketAddr, SocketAddr)> {
    let flows = model.session.relations.flows().map(|(from, to)| (from.min(to), from.max(to)));
    let mut conversations: Vec<_> = flows.take(2 * CONVERSATIONS).collect();
    order::sort(&mut conversations);
    conversations.dedup();
    conversations.truncate(CONVERSATIONS);
    conversations
}

/// The protocols that can be chosen from.
pub const PROTOCOLS: [Protocol; 8] = [
    Protocol::Tcp,
    Protocol::Udp,
    Protocol::Icmp,
    Protocol::Icmpv6,
    Protocol::Arp,
    Protocol::Dns,
    Protocol::Dhcp,
    Protocol::Igmp,
];

/// The name of a kind of events.
pub fn kind_name(words: &'static Words, kind: Kind) -> &'static str {
    let words = &words.telling;
    match kind {
        Kind::Programs => words.kind_programs,
        Kind::Headers => words.kind_headers,
        Kind::Frames => words.kind_frames,
        Kind::Drops => words.kind_drops,
        Kind::Tcp => words.kind_tcp,
        Kind::Timers => words.kind_timers,
        Kind::Neighbours => words.kind_neighbours,
        Kind::Switching => words.kind_switching,
        Kind::Settings => words.kind_settings,
        Kind::Real => words.kind_real,
    }
}
