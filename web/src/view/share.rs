//! What goes in and out, in words.
//!
//! Absent on purpose: the menu (the browser's room has it).

use capture::ReadError as CaptureError;
use share::{ReadError, WriteError};

use super::notice::Said;
use crate::app::share::{self as part, MOST_FRAMES, Reach};
use crate::catalogue::{self, Words, fill};

/// A sentence on what went in or out, or did not.
pub fn said(words: &Words, said: &part::Said) -> Said {
    use part::Said as Part;
    let failure = !matches!(
        said,
        Part::Copied(..)
            | Part::InAddress(..)
            | Part::Opening(_)
            | Part::Reading(..)
            | Part::Captured(..)
            | Part::NothingToSave
            | Part::KeepFile
            | Part::Newer
    );
    let share = &words.share;
    let named = |sentence: &str, name: &str| fill(sentence, &[("name", name)]);
    let text = match said {
        Part::Copied(length, reach) => linked(share, share.copied, *length, *reach),
        Part::InAddress(length, reach) => linked(share, share.in_address, *length, *reach),
        Part::LinkTooLong(length, most) => {
            fill(share.link_too_long, &[("n", &length.to_string()), ("most", &most.to_string())])
        }
        Part::NotShareable(WriteError::Program) => share.not_shareable.to_owned(),
        Part::NotShareable(WriteError::TooLong(bytes)) => fill(share.too_long, &[("size", &size(*bytes as u64))]),
        Part::KeepFile => share.keep_file.to_owned(),
        Part::NoSession(file, error) => no_session(share, file.as_deref(), *error),
        Part::NoScenario => share.no_scenario.to_owned(),
        Part::ScenarioWrong(name, line) => fill(share.scenario_wrong, &[("name", name), ("n", &line.to_string())]),
        Part::Opening(facts) => fill(share.opening, &[("n", &facts.to_string())]),
        Part::Differs => share.differs.to_owned(),
        Part::Reading(name, percent) => fill(share.reading, &[("name", name), ("n", &percent.to_string())]),
        Part::FileEmpty(name) => named(share.file_empty, name),
        Part::FileUnknown(name) => named(share.file_unknown, name),
        Part::FileCompressed(name) => named(share.file_compressed, name),
        Part::FileTooLarge(name, bytes, most) => {
            fill(share.file_too_large, &[("name", name), ("size", &size(*bytes)), ("most", &size(*most))])
        }
        Part::FileUnreadable(name) => named(share.file_unreadable, name),
        Part::FileNotText(name) => named(share.file_not_text, name),
        Part::Captured(frames, hosts) => {
            fill(share.captured, &[("frames", &frames.to_string()), ("hosts", &hosts.to_string())])
        }
        Part::CapturedCut(number, frames) => {
            fill(share.captured_cut, &[("n", &number.to_string()), ("frames", &frames.to_string())])
        }
        Part::NoCapture(name, error) => no_capture(share, name, error),
        Part::NoFrames(name) => named(share.no_frames, name),
        Part::NothingToSave => share.nothing_to_save.to_owned(),
        Part::SaveFailed => share.save_failed.to_owned(),
        Part::Newer => share.newer.to_owned(),
    };
    Said { text, failure }
}

fn linked(words: &catalogue::share::Words, sentence: &str, length: usize, reach: Reach) -> String {
    let sentence = fill(sentence, &[("n", &length.to_string())]);
    match reach {
        Reach::Everywhere => sentence,
        Reach::Browsers => format!("{sentence}{}", words.long_link),
    }
}

fn no_session(words: &catalogue::share::Words, file: Option<&str>, error: ReadError) -> String {
    let sentence = match error {
        ReadError::NoSession => words.session_none,
        ReadError::Newer(_) => words.session_newer,
        ReadError::Cut => words.session_cut,
        ReadError::TooLong => words.session_too_long,
        ReadError::Broken => words.session_broken,
    };
    let what = file.map_or_else(|| words.the_link.to_owned(), |name| fill(words.the_file, &[("name", name)]));
    fill(sentence, &[("what", &what)])
}

fn no_capture(words: &catalogue::share::Words, name: &str, error: &CaptureError) -> String {
    let place = |sentence, number: &usize, offset: &usize| {
        fill(sentence, &[("name", name), ("n", &number.to_string()), ("offset", &offset.to_string())])
    };
    match error {
        CaptureError::NoCapture => fill(words.file_unknown, &[("name", name)]),
        CaptureError::TooLarge(_) | CaptureError::TooManyFrames(_) | CaptureError::TooManyInterfaces(_) => {
            fill(words.too_many_frames, &[("name", name), ("most", &MOST_FRAMES.to_string())])
        }
        CaptureError::Block { number, offset, .. } => place(words.capture_broken, number, offset),
        CaptureError::Cut { number, offset } => place(words.capture_cut, number, offset),
        CaptureError::NotEthernet(_, kind) => fill(words.not_ethernet, &[("name", name), ("n", &kind.to_string())]),
    }
}

/// A number of bytes for people: in MB from one on.
fn size(bytes: u64) -> String {
    if bytes < 1 << 20 { format!("{} KB", bytes.div_ceil(1 << 10)) } else { format!("{} MB", bytes >> 20) }
}
