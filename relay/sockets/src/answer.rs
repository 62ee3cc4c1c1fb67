//! Questions to the relay that are not answered yet, of one socket: each answer is for the oldest question of its call.
//!
//! Absent on purpose: what is done with an answer.

use std::collections::VecDeque;

use litemap::LiteMap;
use relay_proto::Call as Asked;
use sim_core::errno::Errno;
use sim_core::program::SocketOption;

#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    open: VecDeque<(u64, Asked)>,
    given: LiteMap<u64, Result<(), Errno>>,
    /// What `getsockopt` said, by its ticket.
    values: LiteMap<u64, SocketOption>,
}

impl Answers {
    /// A question was sent.
    pub(crate) fn ask(&mut self, ticket: u64, call: Asked) {
        self.open.push_back((ticket, call));
    }

    /// The oldest question of one of these calls is answered.
    pub(crate) fn settle(&mut self, calls: &[Asked], answer: Result<(), Errno>) -> Option<u64> {
        let place = self.open.iter().position(|(_, call)| calls.contains(call))?;
        let (ticket, _) = self.open.remove(place)?;
        self.give(ticket, answer);
        Some(ticket)
    }

    pub(crate) fn settle_with(&mut self, calls: &[Asked], value: Option<SocketOption>) {
        if let Some(ticket) = self.settle(calls, Ok(()))
            && let Some(value) = value
        {
            self.values.insert(ticket, value);
        }
    }

    pub(crate) fn give(&mut self, ticket: u64, answer: Result<(), Errno>) {
        self.given.insert(ticket, answer);
    }

    /// The answer, when it has come.
    pub(crate) fn take(&mut self, ticket: u64) -> Option<Result<(), Errno>> {
        self.given.remove(&ticket)
    }

    /// Nobody waits for the answer any more.
    pub(crate) fn forget(&mut self, ticket: u64) {
        self.open.retain(|(open, _)| *open != ticket);
    }

    pub(crate) fn take_value(&mut self, ticket: u64) -> Option<SocketOption> {
        self.values.remove(&ticket)
    }
}
