//! One TCP socket as the trace tells of it: its states, variables, segments, and the calls that move bytes.
//!
//! Sequence numbers are relative to the first of their direction: the SYN is 0, the first byte 1.
//!
//! Absent on purpose: how facts are told apart (see [`super::connections`]).

use sim_core::order;
use std::net::SocketAddr;

use sim_core::time::Instant;
use sim_core::trace::{FactId, NodeId, SocketId};
use sim_core::wire::tcp::Flags;

use super::curve::Variables;

/// A socket that is or was part of a connection, or listens.
#[derive(Clone, Debug)]
pub struct Socket {
    /// Its number.
    pub id: SocketId,
    /// Whose kernel has it.
    pub node: NodeId,
    /// Its own address.
    pub local: SocketAddr,
    /// Its peer's address.
    pub peer: SocketAddr,
    /// It was opened by `connect` (or by a gateway for a real client).
    pub active: bool,
    /// The changes of its state.
    pub states: Vec<FactId>,
    /// Its variables.
    pub vars: Variables,
    /// What became of its timers.
    pub timers: Vec<FactId>,
    /// The segments that it has sent.
    pub sent: Vec<Segment>,
    /// Sendings of what was sent before.
    pub resent: Vec<(Instant, FactId)>,
    /// Drops of what it has sent.
    pub lost: Vec<(Instant, FactId)>,
    /// The segments that it has received.
    pub received: Vec<Receipt>,
    /// Calls that put bytes into it, or what a real client sent where a gateway has it.
    pub writes: Vec<Transfer>,
    /// Calls that take bytes out of it, or what a real end was given.
    pub reads: Vec<Transfer>,
    /// What has arrived beyond a gap.
    pub islands: History,
    /// What its peer has told it to have beyond a gap (RFC 2018).
    pub sacked: History,
    /// The other end, by its place among all sockets, since a fact.
    pub other: Option<(FactId, usize)>,
    pub(super) iss: Option<u32>,
    pub(super) irs: Option<u32>,
    /// The end of what it has sent so far.
    pub(super) end: u32,
}

/// A segment, from its sending to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The fact of its TCP header.
    pub fact: FactId,
    /// Its first sequence number.
    pub seq: u32,
    /// Numbers that it takes: its bytes, one for a SYN, one for a FIN.
    pub length: u32,
    /// The bytes that it carries.
    pub payload: u32,
    /// The bytes that were sent up to and with it, also those that were sent again.
    pub total: u64,
    /// What it acknowledges, if it does.
    pub ack: Option<u32>,
    /// Its control bits.
    pub flags: Flags,
    /// It has nothing that was not sent before.
    pub again: bool,
    /// When it arrived at the other end.
    pub arrived: Option<FactId>,
    /// When it was dropped; a copy may have arrived all the same.
    pub dropped: Option<FactId>,
}

/// What has become of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way.
    Flying,
    /// It has arrived.
    Arrived,
    /// It was dropped.
    Dropped,
}

/// A segment at its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The fact of its TCP header.
    pub fact: FactId,
    /// The sender's socket and the segment among those that it has sent.
    pub of: Option<(usize, usize)>,
}

/// A call that puts bytes in or takes bytes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The call.
    pub called: FactId,
    /// Its return.
    pub returned: Option<FactId>,
    /// The sequence number of its first byte.
    pub from: u32,
    /// Bytes that were asked for: to be sent, or at most to be read.
    pub wanted: u32,
    /// Bytes that it has moved, once it has returned.
    pub moved: u32,
}

/// Ranges that change over time, each version with the fact that made it.
#[derive(Clone, Debug, Default)]
pub struct History {
    versions: Vec<(FactId, u32, u32)>,
    pool: Vec<Range>,
}

/// Sequence numbers from the first to before the second.
pub type Range = (u32, u32);

/// Ranges that one version keeps at most.
const MOST_RANGES: usize = 128;

impl History {
    /// The ranges after a fact, in order.
    pub fn at(&self, fact: FactId) -> &[Range] {
        let known = self.versions.partition_point(|(since, ..)| *since <= fact);
        known.checked_sub(1).map_or(&[], |place| self.version(place))
    }

    pub(super) fn newest(&self) -> &[Range] {
        self.versions.len().checked_sub(1).map_or(&[], |place| self.version(place))
    }

    fn version(&self, place: usize) -> &[Range] {
        let (_, from, count) = self.versions[place];
        &self.pool[from as usize..(from + count) as usize]
    }

    /// Forgets what lies before `floor`, and adds ranges.
    pub(super) fn change(&mut self, fact: FactId, floor: u32, more: &[Range]) {
        let old = self.newest();
        if more.is_empty() && old.first().is_none_or(|first| first.0 >= floor) {
            return;
        }
        let mut ranges: Vec<Range> = old.iter().chain(more).copied().filter(|range| range.1 > floor).collect();
        order::sort(&mut ranges);
        let mut joined: Vec<Range> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.0 <= last.1 => last.1 = last.1.max(range.1),
                _ => joined.push((range.0.max(floor), range.1)),
            }
        }
        joined.truncate(MOST_RANGES);
        if joined != old {
            self.versions.push((fact, self.pool.len() as u32, joined.len() as u32));
            self.pool.extend(joined);
        }
    }

    /// The newest version was a mistake when it came with this fact.
    pub(super) fn undo(&mut self, fact: FactId) {
        if let Some((_, from, _)) = self.versions.pop_if(|(since, ..)| *since == fact) {
            self.pool.truncate(from as usize);
        }
    }
}

impl Segment {
    /// The sequence number after its last.
    pub fn end(&self) -> u32 {
        self.seq.wrapping_add(self.length)
    }

    /// What has become of it up to and with a fact.
    pub fn fate(&self, fact: FactId) -> Fate {
        let by = |end: Option<FactId>| end.is_some_and(|end| end <= fact);
        match (by(self.arrived), by(self.dropped)) {
            // A copy that was dropped takes nothing from the one that arrived; what its receiver threw away did not arrive.
            (true, true) if self.dropped > self.arrived => Fate::Dropped,
            (true, _) => Fate::Arrived,
            (false, true) => Fate::Dropped,
            (false, false) => Fate::Flying,
        }
    }
}

impl Transfer {
    /// Whether it waited when a fact had happened.
    pub fn waits(&self, fact: FactId) -> bool {
        self.called <= fact && self.returned.is_none_or(|returned| returned > fact)
    }
}

impl Socket {
    /// The newest change of its state up to and with a fact.
    pub fn state_at(&self, fact: FactId) -> Option<FactId> {
        newest(&self.states, fact)
    }

    /// Whether there was anything of it up to and with a fact.
    pub fn is_known(&self, fact: FactId) -> bool {
        self.states.first().is_some_and(|first| *first <= fact)
    }

    /// The point of its variables that held after a fact.
    pub fn vars_at(&self, fact: FactId) -> Option<FactId> {
        let place = self.vars.until(fact).checked_sub(1)?;
        self.vars.point(place).map(|(_, fact)| fact)
    }

    /// The segments that it had sent up to and with a fact.
    pub fn sent_until(&self, fact: FactId) -> &[Segment] {
        &self.sent[..self.sent.partition_point(|segment| segment.fact <= fact)]
    }

    /// The calls of a list that had begun up to and with a fact.
    pub fn transfers_until(transfers: &[Transfer], fact: FactId) -> &[Transfer] {
        &transfers[..transfers.partition_point(|transfer| transfer.called <= fact)]
    }
}

/// The newest of a list of facts up to and with a fact.
pub fn newest(facts: &[FactId], fact: FactId) -> Option<FactId> {
    facts.get(facts.partition_point(|known| *known <= fact).checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_and_are_forgotten() {
        let mut history = History::default();
        history.change(FactId(1), 10, &[(20, 30)]);
        history.change(FactId(2), 10, &[(40, 50)]);
        history.change(FactId(3), 10, &[(30, 40)]);
        history.change(FactId(4), 25, &[]);
        history.change(FactId(5), 50, &[]);
        assert_eq!(history.at(FactId(0)), []);
        assert_eq!(history.at(FactId(2)), [(20, 30), (40, 50)]);
        assert_eq!(history.at(FactId(3)), [(20, 50)]);
        assert_eq!(history.at(FactId(4)), [(25, 50)]);
        assert_eq!(history.at(FactId(9)), []);
        history.change(FactId(10), 50, &[(60, 70)]);
        history.undo(FactId(10));
        assert_eq!(history.at(FactId(10)), []);
    }
}
