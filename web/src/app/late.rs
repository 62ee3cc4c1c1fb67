//! What of the page comes after the first picture: whether it is there, and what waits for it.
//!
//! A part that comes late is reached by a table of its functions alone ([`Functions`]), so that nothing of it is in the module that the
//! page opens with. Where the page is one module (natively, in tests, while it is worked on), the table is always there.
//!
//! Absent on purpose: the loading itself (see `browser::late`), and a wait for the learner: what a message asks for is done when the part
//! has come, in order, and nothing is lost when it cannot.

use sim_core::scenario::Experiment;
use sim_core::scenario::text::{self, Mistakes};

use super::{Effect, Model, Msg as PageMsg, Notice, edit, knobs, share};
use crate::catalogue::Language;

/// How far the loading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there.
    Here,
    /// It is being loaded.
    Coming,
    /// It could not be loaded.
    Failed,
}

/// Something that is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is drawn and done with networks, files and links, and most of the panes.
    Tools,
    /// The words of a language.
    Words(Language),
}

/// What comes late.
#[derive(Clone, Debug)]
pub struct Late {
    /// How far the tools are.
    pub tools: State,
    /// What was asked of the tools before they were there: first in, first out.
    waiting: Vec<PageMsg>,
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    /// Load it, once more where that failed.
    Load(Part),
    /// It has come, or has not.
    Came(Part, bool),
}

impl Default for Late {
    fn default() -> Late {
        let tools = if table::is_there() { State::Here } else { State::Coming };
        Late { tools, waiting: Vec::new() }
    }
}

impl Late {
    /// Nothing has come yet.
    pub fn absent() -> Late {
        Late { tools: State::Coming, waiting: Vec::new() }
    }

    /// Whether somebody waits for what has not come.
    pub fn is_wanted(&self) -> bool {
        // What an earlier visit left is looked for by itself.
        self.waiting.iter().any(|msg| !matches!(msg, PageMsg::Edit(edit::Msg::Found(_))))
    }
}

/// Lets the document follow the network on screen, as soon as there is who can write it.
pub(super) fn follow(model: &mut Model) {
    if model.late.tools == State::Here {
        (functions().follow)(model);
    }
}

/// Keeps a message for later when it needs what is not there, and gives back one that does not.
pub(super) fn hold(model: &mut Model, msg: PageMsg, effects: &mut Vec<Effect>) -> Option<PageMsg> {
    let late = &mut model.late;
    if late.tools == State::Here || !needs_tools(&late.waiting, &msg) {
        return Some(msg);
    }
    late.waiting.push(msg);
    if late.tools == State::Failed {
        // Who asks for it again may have a network again.
        update(model, Msg::Load(Part::Tools), effects);
    }
    None
}

fn needs_tools(waiting: &[PageMsg], msg: &PageMsg) -> bool {
    match msg {
        PageMsg::Edit(_) | PageMsg::Knobs(_) => true,
        PageMsg::Share(msg) => !share::is_said(msg),
        // What a link holds stands before a relay is found, which would take the place of an empty run.
        PageMsg::RelayFound => waiting.iter().any(|msg| matches!(msg, PageMsg::Share(share::Msg::Open(_)))),
        _ => false,
    }
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, effects: &mut Vec<Effect>) {
    match msg {
        Msg::Load(part) => {
            if part == Part::Tools {
                model.late.tools = State::Coming;
            }
            effects.push(Effect::Load(part));
        }
        Msg::Came(Part::Tools, true) => {
            model.late.tools = State::Here;
            for msg in core::mem::take(&mut model.late.waiting) {
                effects.extend(super::update(model, msg));
            }
        }
        Msg::Came(Part::Tools, false) => model.late.tools = State::Failed,
        Msg::Came(Part::Words(language), true) => effects.extend(super::update(model, PageMsg::Language(language))),
        Msg::Came(Part::Words(language), false) => model.notice = Some(Notice::NoWords(language)),
    }
}

/// Functions of the model that come late.
#[allow(missing_debug_implementations)]
pub struct Functions {
    pub(super) edit: fn(&mut Model, edit::Msg, &mut Vec<Effect>),
    pub(super) follow: fn(&mut Model),
    pub(super) share: fn(&mut Model, share::Msg, &mut Vec<Effect>),
    pub(super) knobs: fn(&mut Model, knobs::Msg, &mut Vec<Effect>),
    /// Reads a scenario's text.
    pub parse: fn(&str) -> Result<Experiment, Mistakes>,
}

/// The table itself. Only the part that it belongs to may name it.
pub static FUNCTIONS: Functions = Functions {
    edit: edit::update,
    follow: edit::follow,
    share: share::update,
    knobs: knobs::update,
    parse: text::parse,
};

#[cfg(all(feature = "split", target_arch = "wasm32"))]
mod table {
    use super::Functions;
    use std::sync::OnceLock;

    static COME: OnceLock<&'static Functions> = OnceLock::new();

    pub(super) fn is_there() -> bool {
        COME.get().is_some()
    }

    /// Gives the page the table, when it has come.
    pub fn put(functions: &'static Functions) {
        let _ = COME.set(functions);
    }

    /// The functions.
    ///
    /// # Panics
    /// Where they have not come: the caller has asked [`super::State`] before.
    pub fn functions() -> &'static Functions {
        COME.get().expect("a part that comes late is called when it is there")
    }
}

#[cfg(not(all(feature = "split", target_arch = "wasm32")))]
mod table {
    use super::{FUNCTIONS, Functions};

    pub(super) const fn is_there() -> bool {
        true
    }

    /// The page is one module: the table is there.
    pub fn put(_: &'static Functions) {}

    /// The functions.
    pub fn functions() -> &'static Functions {
        &FUNCTIONS
    }
}

pub use table::{functions, put};
