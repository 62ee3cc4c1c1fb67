//! In and out of the page: links, files that are opened, and what is saved.
//!
//! Absent on purpose: files, addresses and the clipboard themselves (the browser's room has them), and words (see `view::share`).

mod export;
mod file;
mod futures;
mod import;
mod link;
mod shown;

use super::{Effect, Model, Notice};
use file::Reading;
use import::Import;
use link::Opening;

pub use export::Export;
pub use file::MOST_CAPTURE;
pub use import::{MOST_FRAMES, MOST_STATIONS};
pub use link::Reach;

/// What the model knows of it.
#[derive(Clone, Debug, Default)]
pub struct Share {
    /// The address's fragment of the session, once it was asked for.
    pub link: Option<String>,
    /// What goes on, a piece at a time.
    work: Alone<Work>,
    /// The run on screen came by a link, so nothing but the learner takes it away.
    pub opened: bool,
}

/// What takes long, in pieces, so that the page answers meanwhile.
#[derive(Debug)]
enum Work {
    /// A file is being read.
    Reading(Reading),
    /// A capture is being made a session.
    Importing(Import),
    /// A session that was shared is being run again.
    Opening(Box<Opening>),
}

/// What a copy of the page does not go on with.
#[derive(Debug)]
struct Alone<T>(Option<T>);

impl<T> Default for Alone<T> {
    fn default() -> Alone<T> {
        Alone(None)
    }
}

impl<T> Clone for Alone<T> {
    fn clone(&self) -> Alone<T> {
        Alone(None)
    }
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// Make a link of the session, and copy it.
    Link,
    /// Whether the browser let the page copy.
    Copied(bool),
    /// Save something.
    Save(Export),
    /// Save a picture of what has this name on the page.
    Picture(&'static str, Kind),
    /// The browser could not save.
    SaveFailed,
    /// The page was opened by a link with this session.
    Open(String),
    /// A file was dropped or chosen: its name, and how many bytes it has.
    File(String, u64),
    /// The next bytes of the file.
    Piece(Vec<u8>),
    /// The file cannot be read.
    FileFailed,
    /// Go on with what takes long.
    Work,
    /// There is a newer version of the page.
    Newer,
}

/// A kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Svg,
    Png,
}

/// What must be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The link was copied: how many characters its address has at least, and how far it goes.
    Copied(usize, Reach),
    /// The link could not be copied, and stands in the address bar.
    InAddress(usize, Reach),
    /// As a link it would have so many characters, and so many are the most.
    LinkTooLong(usize, usize),
    /// It cannot be written down.
    NotShareable(share::WriteError),
    /// What is shown came from a capture file, which is what can be passed on.
    KeepFile,
    /// A link, or a file of this name, that is no session.
    NoSession(Option<String>, share::ReadError),
    /// A session of a laboratory that is not known here, or of a scenario that cannot be read.
    NoScenario,
    /// A scenario of this name has a mistake, the first in this line.
    ScenarioWrong(String, usize),
    /// The session is being run again: so many facts so far.
    Opening(usize),
    /// This version makes another trace of it.
    Differs,
    /// A file is being read: its name, and the share of it in percent.
    Reading(String, u8),
    /// The file has no bytes.
    FileEmpty(String),
    /// The file is none that the page knows.
    FileUnknown(String),
    /// The file is compressed.
    FileCompressed(String),
    /// The file has more bytes than are taken: how many it has, and the most.
    FileTooLarge(String, u64, u64),
    /// The file cannot be read.
    FileUnreadable(String),
    /// The text is not UTF-8.
    FileNotText(String),
    /// A capture: how many frames of how many stations.
    Captured(usize, usize),
    /// A capture that ends in the middle of a block, of this number: so many frames before it are shown.
    CapturedCut(usize, usize),
    /// A capture that cannot be taken.
    NoCapture(String, capture::ReadError),
    /// A capture without frames.
    NoFrames(String),
    /// There is nothing to save yet.
    NothingToSave,
    /// The browser could not save.
    SaveFailed,
    /// There is a newer version of the page.
    Newer,
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, effects: &mut Vec<Effect>) {
    match msg {
        Msg::Link => link::make(model, effects),
        Msg::Save(what) => export::save(model, what, effects),
        Msg::Picture(name, kind) => effects.push(Effect::Picture(name, kind)),
        Msg::Open(text) => link::open(model, share::from_text(&text), None, effects),
        Msg::File(name, size) => file::begin(model, name, size, effects),
        Msg::Piece(bytes) => file::piece(model, &bytes, effects),
        Msg::FileFailed => file::failed(model),
        Msg::Work => work(model, effects),
        Msg::Copied(_) | Msg::SaveFailed | Msg::Newer => hear(model, &msg),
    }
}

/// Whether a message only says what has happened.
pub(super) fn is_said(msg: &Msg) -> bool {
    matches!(msg, Msg::Copied(_) | Msg::SaveFailed | Msg::Newer)
}

/// Says what has happened.
pub(super) fn hear(model: &mut Model, msg: &Msg) {
    let said = match msg {
        Msg::Copied(copied) => model.share.link.as_ref().map(|link| {
            let (length, reach) = (link.len(), Reach::of(link.len()));
            match copied {
                true => Said::Copied(length, reach),
                false if length > link::MOST_SHOWN => Said::LinkTooLong(length, link::MOST_SHOWN),
                false => Said::InAddress(length, reach),
            }
        }),
        Msg::SaveFailed => Some(Said::SaveFailed),
        Msg::Newer => Some(Said::Newer),
        _ => None,
    };
    if let Some(said) = said {
        say(model, said);
    }
}

fn work(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.share.work.0.take() {
        Some(Work::Importing(import)) => import::go_on(model, import, effects),
        Some(Work::Opening(opening)) => link::go_on(model, *opening, effects),
        reading => model.share.work.0 = reading,
    }
}

fn say(model: &mut Model, said: Said) {
    model.notice = Some(Notice::Share(said));
}

/// Leaves a piece of work for the next turn.
fn later(model: &mut Model, work: Work, effects: &mut Vec<Effect>) {
    model.share.work.0 = Some(work);
    effects.push(Effect::Soon);
}
