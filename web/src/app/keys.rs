//! The keys of the page: what each does, in one table that the keyboard, the list of keys and a test use.
//!
//! A part of the page that has keys adds its rows here. Absent on purpose: keys with Ctrl, Alt or Meta that work everywhere: they are
//! the browser's. Those that work in one place alone stand in the list without a message; the place knows what they do.

use super::{Model, Msg, Way, look, queue, time};
use crate::catalogue::Words;
use crate::view::causes;

/// What keys are about: the headings of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Going through time.
    Time,
    /// What is chosen, and what is shown of it.
    Choice,
    /// The network as it is made and changed.
    Make,
    /// The page itself.
    Page,
}

impl Group {
    /// Every group, in the order of the list.
    pub const ALL: [Group; 4] = [Group::Time, Group::Choice, Group::Make, Group::Page];

    /// Its heading.
    pub const fn heading(self, words: &Words) -> &'static str {
        match self {
            Group::Time => words.shell.keys_time,
            Group::Choice => words.shell.keys_choice,
            Group::Make => words.shell.keys_make,
            Group::Page => words.shell.keys_page,
        }
    }
}

/// What a key does now; nothing when there is nothing to do, and then the key is the browser's.
type Does = fn(&Model) -> Option<Msg>;

/// A row of the list.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The heading under which it stands.
    pub group: Group,
    /// The keys as the list shows them: their names are the same in every language.
    pub shown: &'static str,
    /// What they do, in words.
    pub what: fn(&'static Words) -> &'static str,
    /// Each key by its name (see [`chord`]) with its message. None where it works in one place of the page alone.
    pub keys: &'static [(&'static str, Does)],
}

/// Every key of the page.
pub const KEYS: &[Row] = &[
    Row {
        group: Group::Time,
        shown: "Space, K",
        what: |words| words.key_play,
        keys: &[(" ", |_| Some(Msg::PlayPause)), ("k", |_| Some(Msg::PlayPause))],
    },
    Row {
        group: Group::Time,
        shown: "← →",
        what: |words| words.key_step,
        keys: &[("arrowleft", |_| Some(Msg::Step(Way::Back))), ("arrowright", |_| Some(Msg::Step(Way::Forward)))],
    },
    Row {
        group: Group::Time,
        shown: ", .",
        what: |words| words.time.key_kind,
        keys: &[
            (",", |_| Some(Msg::Time(time::Msg::Step(Way::Back)))),
            (".", |_| Some(Msg::Time(time::Msg::Step(Way::Forward)))),
        ],
    },
    Row {
        group: Group::Time,
        shown: "[ ] \\",
        what: |words| words.time.key_stretch,
        keys: &[
            ("[", |_| Some(Msg::Time(time::Msg::Begin))),
            ("]", |_| Some(Msg::Time(time::Msg::End))),
            ("\\", |_| Some(Msg::Time(time::Msg::Off))),
        ],
    },
    Row {
        group: Group::Time,
        shown: "Home End",
        what: |words| words.key_ends,
        keys: &[("home", |_| Some(Msg::End(Way::Back))), ("end", |_| Some(Msg::End(Way::Forward)))],
    },
    Row {
        group: Group::Choice,
        shown: "↑ ↓",
        what: |words| words.key_frames,
        keys: &[
            ("arrowup", |_| Some(Msg::StepFrame(Way::Back))),
            ("arrowdown", |_| Some(Msg::StepFrame(Way::Forward))),
        ],
    },
    Row {
        group: Group::Choice,
        shown: "W",
        what: |words| words.look.key_waiting,
        keys: &[("w", |model| Some(Msg::Choose(queue::next(model)?)))],
    },
    Row { group: Group::Choice, shown: "F", what: |words| words.key_follow, keys: &[("f", |_| Some(Msg::Follow))] },
    Row {
        group: Group::Choice,
        shown: "C E",
        what: |words| words.telling.key_causes,
        keys: &[
            ("c", |model| Some(Msg::Choose(causes::cause(model)?))),
            ("e", |model| Some(Msg::Choose(causes::effect(model)?))),
        ],
    },
    Row { group: Group::Choice, shown: "↑ ↓ PgUp PgDn Home End", what: |words| words.telling.key_rows, keys: &[] },
    Row { group: Group::Choice, shown: "← → ↑ ↓", what: |words| words.telling.key_bytes, keys: &[] },
    Row {
        group: Group::Choice,
        shown: "L",
        what: |words| words.look.key_layer,
        keys: &[("l", |_| Some(Msg::Look(look::Msg::NextLayer)))],
    },
    Row {
        group: Group::Choice,
        shown: "N",
        what: |words| words.look.key_names,
        keys: &[("n", |_| Some(Msg::Look(look::Msg::NextNames)))],
    },
    Row { group: Group::Make, shown: "Ctrl + Z, Ctrl + Y", what: |words| words.edit.key_undo, keys: &[] },
    Row { group: Group::Make, shown: "Ctrl + Enter", what: |words| words.edit.key_run, keys: &[] },
    Row { group: Group::Make, shown: "← ↑ ↓ →", what: |words| words.edit.key_move, keys: &[] },
    Row { group: Group::Make, shown: "C", what: |words| words.edit.key_connect, keys: &[] },
    Row { group: Group::Make, shown: "Delete", what: |words| words.edit.key_delete, keys: &[] },
    Row { group: Group::Page, shown: "Ctrl + Enter", what: |words| words.key_send, keys: &[] },
    Row { group: Group::Page, shown: "?", what: |words| words.key_help, keys: &[("?", |_| Some(Msg::Keys))] },
    Row {
        group: Group::Page,
        shown: "Esc",
        what: |words| words.shell.key_close,
        keys: &[("escape", |model| model.keys_shown.then_some(Msg::Keys))],
    },
];

/// The name of a key that is pressed: that of the browser (`KeyboardEvent.key`) in small letters, after `shift+` where it writes no
/// character of its own.
pub fn chord(key: &str, shift: bool) -> String {
    let named = key.chars().nth(1).is_some();
    let shift = if shift && named { "shift+" } else { "" };
    format!("{shift}{}", key.to_lowercase())
}

/// What a key asks for.
pub fn message(model: &Model, chord: &str) -> Option<Msg> {
    let does = KEYS.iter().flat_map(|row| row.keys).find(|(name, _)| *name == chord).map(|(_, does)| does)?;
    does(model)
}
