//! The kin of what is chosen: everything that the views mark together with it.
//!
//! Absent on purpose: how a mark looks (the views say).

use std::collections::BTreeSet;

use super::session::Session;
use super::thing::{Selected, Thing};

/// The chosen thing and its kin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    things: BTreeSet<Thing>,
}

impl Kin {
    /// The kin of what is chosen.
    pub fn of(session: &Session, selected: &Selected) -> Kin {
        let mut things: BTreeSet<Thing> = selected.thing.into_iter().collect();
        if let Some(frame) = selected.frame.and_then(|frame| session.index.frame(frame)) {
            things.extend([Thing::Frame(frame.id), Thing::Fact(frame.sent)]);
            things.extend(frame.end.map(|end| Thing::Fact(end.fact)));
        }
        Kin { things }
    }

    /// Whether a thing is marked.
    pub fn has(&self, thing: Thing) -> bool {
        self.things.contains(&thing)
    }
}
