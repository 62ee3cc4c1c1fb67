//! Which of a session's sockets are ready: a list of slots, filled by their wakers and emptied by
//! the session's one task. What a `FuturesUnordered` does, for things that are not futures because
//! the session also calls them.
//!
//! Absent: fairness by itself. The list is first in, first out, and the session polls each entry
//! once, so a busy socket goes to the end.

use futures_util::task::AtomicWaker;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// The ready list of one session.
#[derive(Default)]
pub(crate) struct ReadyList {
    slots: Mutex<Vec<usize>>,
    task: AtomicWaker,
}

impl ReadyList {
    /// The task to wake when a slot becomes ready. Call before [`ReadyList::take`].
    pub(crate) fn register(&self, task: &Waker) {
        self.task.register(task);
    }

    /// Moves the ready slots to the end of `into`.
    pub(crate) fn take(&self, into: &mut Vec<usize>) {
        into.append(&mut self.slots.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn push(&self, slot: usize) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).push(slot);
        self.task.wake();
    }
}

/// The waker of one slot. A slot is in the list at most once.
pub(crate) struct SlotWaker {
    slot: usize,
    listed: AtomicBool,
    list: Arc<ReadyList>,
}

impl SlotWaker {
    pub(crate) fn new(slot: usize, list: &Arc<ReadyList>) -> Arc<Self> {
        Arc::new(Self { slot, listed: AtomicBool::new(false), list: Arc::clone(list) })
    }

    /// Call before the slot is polled, so that a wake during the poll lists it again.
    pub(crate) fn unlist(&self) {
        self.listed.store(false, Ordering::Release);
    }
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.listed.swap(true, Ordering::AcqRel) {
            self.list.push(self.slot);
        }
    }
}
