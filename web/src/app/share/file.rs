//! Files that are opened, by what is in them: captures, sessions, scenarios. They come a piece at a time, and none is held whole that need
//! not be.
//!
//! Absent on purpose: compressed files. Whoever has one can unpack it, and the page would carry the means to all others.

use capture::{Limits, Reader};
use sim_core::scenario::text;

use super::import::{self, MOST_FRAMES};
use super::{Said, Work, link, say};

use crate::app::{Effect, Model, edit};

/// The largest capture that is read, in bytes.
pub const MOST_CAPTURE: u64 = 128 << 20;

/// The largest session that is read, in bytes: it is held whole, and compressed.
const MOST_SESSION: u64 = 16 << 20;

/// The largest scenario's text that is read, in bytes.
const MOST_TEXT: u64 = 256 << 10;

/// Bytes of a piece: reading one takes some milliseconds.
const PIECE: u64 = 512 << 10;

/// A file that is being read.
#[derive(Debug)]
pub(super) struct Reading {
    name: String,
    size: u64,
    taken: u64,
    into: Into,
}

/// What becomes of the bytes.
#[derive(Debug)]
enum Into {
    /// Nobody knows before the first piece.
    Unknown,
    Capture(Box<Reader>),
    Session(Vec<u8>),
    Text(Vec<u8>),
}

pub(super) fn begin(model: &mut Model, name: String, size: u64, effects: &mut Vec<Effect>) {
    if size == 0 {
        return say(model, Said::FileEmpty(name));
    }
    next(model, Reading { name, size, taken: 0, into: Into::Unknown }, effects);
}

/// Asks for the next piece.
fn next(model: &mut Model, reading: Reading, effects: &mut Vec<Effect>) {
    let from = reading.taken;
    effects.push(Effect::ReadFile(from, (from + PIECE).min(reading.size)));
    say(model, Said::Reading(reading.name.clone(), (from * 100 / reading.size) as u8));
    model.share.work.0 = Some(Work::Reading(reading));
}

pub(super) fn failed(model: &mut Model) {
    if let Some(Work::Reading(reading)) = model.share.work.0.take() {
        say(model, Said::FileUnreadable(reading.name));
    }
}

pub(super) fn piece(model: &mut Model, bytes: &[u8], effects: &mut Vec<Effect>) {
    let Some(Work::Reading(mut reading)) = model.share.work.0.take() else { return };
    reading.taken += bytes.len() as u64;
    if let Err(said) = reading.take(bytes) {
        return say(model, said);
    }
    // A file that became shorter meanwhile has ended as well.
    if reading.taken < reading.size && !bytes.is_empty() {
        return next(model, reading, effects);
    }
    finish(model, reading, effects);
}

impl Reading {
    fn take(&mut self, bytes: &[u8]) -> Result<(), Said> {
        if matches!(self.into, Into::Unknown) {
            self.into = self.begin(bytes)?;
        }
        match &mut self.into {
            Into::Capture(reader) => {
                reader.push(bytes).map_err(|error| Said::NoCapture(self.name.clone(), error))?;
            }
            Into::Session(whole) | Into::Text(whole) => whole.extend_from_slice(bytes),
            Into::Unknown => {}
        }
        Ok(())
    }

    /// What the first bytes say.
    fn begin(&self, first: &[u8]) -> Result<Into, Said> {
        /// RFC 1952 §2.3.1, and the first bytes of a ZIP archive, of bzip2, xz and Zstandard (RFC 8878 §3.1.1).
        const COMPRESSED: [&[u8]; 5] = [b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd"];
        /// A section of pcapng, and pcap in both orders of bytes with micro- and nanoseconds.
        const CAPTURES: [[u8; 4]; 5] = [
            [0x0a, 0x0d, 0x0d, 0x0a],
            [0xa1, 0xb2, 0xc3, 0xd4],
            [0xd4, 0xc3, 0xb2, 0xa1],
            [0xa1, 0xb2, 0x3c, 0x4d],
            [0x4d, 0x3c, 0xb2, 0xa1],
        ];
        let (into, most) = if CAPTURES.iter().any(|mark| first.starts_with(mark)) {
            (Into::Capture(Box::new(Reader::new(limits()))), MOST_CAPTURE)
        } else if first.starts_with(b"Sk") {
            (Into::Session(Vec::new()), MOST_SESSION)
        } else if COMPRESSED.iter().any(|mark| first.starts_with(mark)) {
            return Err(Said::FileCompressed(self.name.clone()));
        } else if first.contains(&0) {
            return Err(Said::FileUnknown(self.name.clone()));
        } else {
            (Into::Text(Vec::new()), MOST_TEXT)
        };
        if self.size > most {
            return Err(Said::FileTooLarge(self.name.clone(), self.size, most));
        }
        Ok(into)
    }
}

/// How much of a capture is taken.
fn limits() -> Limits {
    Limits { bytes: MOST_CAPTURE as usize, frames: MOST_FRAMES, ..Limits::default() }
}

fn finish(model: &mut Model, reading: Reading, effects: &mut Vec<Effect>) {
    match reading.into {
        Into::Capture(reader) => import::begin(model, reading.name, *reader, effects),
        Into::Session(bytes) => link::open(model, share::from_bytes(&bytes), Some(reading.name), effects),
        Into::Text(bytes) => text(model, reading.name, bytes, effects),
        Into::Unknown => say(model, Said::FileUnreadable(reading.name)),
    }
}

/// A text is a scenario, or nothing that the page knows.
fn text(model: &mut Model, name: String, bytes: Vec<u8>, effects: &mut Vec<Effect>) {
    let Ok(text) = String::from_utf8(bytes) else { return say(model, Said::FileNotText(name)) };
    match text::parse(&text) {
        Ok(_) => {
            model.share.opened = true;
            edit::update(model, edit::Msg::Opened { name, text }, effects);
            edit::update(model, edit::Msg::Run, effects);
        }
        Err(_) if !name.ends_with(".net") => say(model, Said::FileUnknown(name)),
        Err(mistakes) => {
            // The text is there to be repaired, and what runs goes on.
            edit::update(model, edit::Msg::Opened { name: name.clone(), text }, effects);
            say(model, Said::ScenarioWrong(name, mistakes.0.first().map_or(1, |first| first.line)));
        }
    }
}
