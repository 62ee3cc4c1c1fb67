//! The table of frames: the words that stand beside every picture.
//!
//! Absent on purpose: rows that are out of sight. The browser's room asks for a window of them.

use sim_core::gateway::Direction;
use sim_core::trace::FrameId;

use super::frame::words;
use crate::app::Model;
use crate::app::index::Frame;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The frame.
    pub frame: FrameId,
    /// Its place among all rows, from 0.
    pub place: usize,
    /// Its number, from 1.
    pub number: String,
    /// Milliseconds since the beginning.
    pub time: String,
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The highest protocol in it.
    pub protocol: &'static str,
    /// Its length in bytes.
    pub length: usize,
    /// What it says.
    pub info: String,
    /// It was captured on the real machine.
    pub real: bool,
    /// It was lost.
    pub lost: bool,
    /// It has not been sent yet at the moment that is on screen.
    pub later: bool,
    /// It is the one whose bytes are shown.
    pub chosen: bool,
}

/// Rows `first..first + count`, or fewer at the end.
pub fn rows(model: &Model, first: usize, count: usize) -> Vec<Row> {
    let session = &model.session;
    let sent = model.fact().map_or(0, |now| session.index.frames_until(now));
    let chosen = model.shown_frame();
    session
        .index
        .frames()
        .iter()
        .enumerate()
        .skip(first)
        .take(count)
        .map(|(place, frame)| {
            let words = words(frame);
            let nanos = frame.sent_at.as_nanos();
            Row {
                frame: frame.id,
                place,
                number: session.number(frame.id),
                time: format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000),
                from: end(model, frame, Direction::Sent),
                to: end(model, frame, Direction::Received),
                protocol: words.protocol.name(),
                length: frame.real.map_or(frame.bytes.len(), |real| real.length as usize),
                real: frame.real.is_some(),
                info: words.info,
                lost: frame.end.is_some_and(|end| end.dropped.is_some()),
                later: place >= sent,
                chosen: chosen == Some(frame.id),
            }
        })
        .collect()
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

/// The place of the chosen frame among all rows.
pub fn chosen_place(model: &Model) -> Option<usize> {
    model.session.index.place(model.shown_frame()?)
}
