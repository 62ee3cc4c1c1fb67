//! The table of frames: the words that stand beside every picture.
//!
//! Absent on purpose: rows that are out of sight. The browser's room asks for a window of them.

use sim_core::trace::FrameId;

use super::frame::words;
use crate::app::Model;

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
                from: session.name(frame.from).to_owned(),
                to: session.name(frame.to).to_owned(),
                protocol: words.protocol.name(),
                length: frame.bytes.len(),
                info: words.info,
                lost: frame.end.is_some_and(|end| end.dropped.is_some()),
                later: place >= sent,
                chosen: chosen == Some(frame.id),
            }
        })
        .collect()
}

/// The place of the chosen frame among all rows.
pub fn chosen_place(model: &Model) -> Option<usize> {
    model.session.index.place(model.shown_frame()?)
}
