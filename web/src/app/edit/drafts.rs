//! What the browser keeps of documents that nobody has saved: a few slots, one for each page that is open.
//!
//! Absent on purpose: the storage itself (the browser's room has it).

use std::collections::BTreeMap;

/// Documents that the browser keeps at most.
pub const SLOTS: usize = 8;

/// The drafts of this page and of earlier visits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drafts {
    /// What earlier visits left, and what this one has left for another document, by its slot.
    found: BTreeMap<usize, String>,
    /// The browser has refused to keep more, and that was said.
    full: bool,
    slot: Option<usize>,
}

impl Drafts {
    /// Takes what earlier visits left. This page's own slot is the first that is free.
    pub(super) fn found(&mut self, found: Vec<(usize, String)>) {
        self.found = found.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        self.slot = self.free();
    }

    fn free(&self) -> Option<usize> {
        (0..SLOTS).find(|slot| !self.found.contains_key(slot))
    }

    /// Leaves this page's slot to a document that nobody has saved; the next one goes into another.
    pub(super) fn leave(&mut self, slot: usize, unsaved: String) {
        self.found.insert(slot, unsaved);
        self.slot = self.free();
    }

    /// The slot of this page: one that nobody else's draft is in.
    pub fn slot(&self) -> Option<usize> {
        self.slot
    }

    /// The first draft that is offered: its slot, and its first line that says something.
    pub fn offered(&self) -> Option<(usize, &str)> {
        let (slot, text) = self.found.first_key_value()?;
        Some((*slot, text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()))
    }

    pub(super) fn take(&mut self, slot: usize) -> Option<String> {
        let taken = self.found.remove(&slot);
        self.slot = self.slot.or(taken.as_ref().map(|_| slot));
        taken
    }

    /// Hears whether the browser has kept the document. True when it must be said that it has not.
    pub(super) fn kept(&mut self, kept: bool) -> bool {
        let news = !kept && !self.full;
        self.full = !kept;
        news
    }
}
