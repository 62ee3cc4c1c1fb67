//! The timers of one connection, and what the trace is told about them.
//!
//! As on Linux, what may make the sender send by itself is one timer with a purpose: retransmission, tail loss
//! probe, reordering or zero-window probe. Setting one takes the place of another.
//!
//! Absent on purpose: events. All timers of a socket share one lazy event, for the earliest of them.

use crate::context::Context;
use crate::queue::{Event, LazyTimer};
use crate::time::Instant;
use crate::trace::{FactId, SocketId, TimerChange, TimerKind, What};

/// The timers that a connection has.
const KINDS: [TimerKind; 8] = [
    TimerKind::Retransmission,
    TimerKind::LossProbe,
    TimerKind::Reordering,
    TimerKind::Persist,
    TimerKind::DelayedAck,
    TimerKind::AckCompression,
    TimerKind::KeepAlive,
    TimerKind::TimeWait,
];
/// So many of them are the sender's one timer.
const SENDING: usize = 4;
const NEVER: Instant = Instant::FAR_FUTURE;

#[derive(Clone, Debug)]
pub(crate) struct TimerSet {
    deadlines: [Instant; KINDS.len()],
    /// What the trace knows: the deadline, and the fact that says so.
    reported: [Option<(Instant, FactId)>; KINDS.len()],
    event: LazyTimer,
}

impl Default for TimerSet {
    fn default() -> TimerSet {
        TimerSet { deadlines: [NEVER; KINDS.len()], reported: [None; KINDS.len()], event: LazyTimer::default() }
    }
}

fn place(kind: TimerKind) -> usize {
    match kind {
        TimerKind::Retransmission => 0,
        TimerKind::LossProbe => 1,
        TimerKind::Reordering => 2,
        TimerKind::Persist => 3,
        TimerKind::DelayedAck => 4,
        TimerKind::AckCompression => 5,
        TimerKind::KeepAlive => 6,
        TimerKind::TimeWait => 7,
        TimerKind::Neighbour => unreachable!("the neighbour table has a timer of its own"),
    }
}

impl TimerSet {
    pub(super) fn get(&self, kind: TimerKind) -> Option<Instant> {
        Some(self.deadlines[place(kind)]).filter(|deadline| *deadline != NEVER)
    }

    pub(super) fn is_set(&self, kind: TimerKind) -> bool {
        self.deadlines[place(kind)] != NEVER
    }

    pub(super) fn set(&mut self, kind: TimerKind, deadline: Instant) {
        let place = place(kind);
        if place < SENDING {
            self.stop_sending();
        }
        self.deadlines[place] = deadline;
    }

    pub(super) fn stop(&mut self, kind: TimerKind) {
        self.deadlines[place(kind)] = NEVER;
    }

    /// Stops the sender's timer, whatever it is for.
    pub(super) fn stop_sending(&mut self) {
        self.deadlines[..SENDING].fill(NEVER);
    }

    /// The sender's timer runs.
    pub(super) fn is_sending(&self) -> bool {
        self.deadlines[..SENDING].iter().any(|deadline| *deadline != NEVER)
    }

    pub(super) fn stop_all(&mut self) {
        self.deadlines.fill(NEVER);
    }

    /// The socket's event came: something may be due.
    pub(crate) fn reached(&mut self, id: SocketId, ctx: &mut Context<'_>) -> bool {
        self.event.reached(ctx.now, ctx.queue, Event::Socket(ctx.node, id))
    }

    /// Takes the next timer that is due; what follows is due to it.
    pub(crate) fn take_due(&mut self, id: SocketId, ctx: &mut Context<'_>) -> Option<TimerKind> {
        let index = self.deadlines.iter().position(|deadline| *deadline <= ctx.now)?;
        self.deadlines[index] = NEVER;
        let kind = KINDS[index];
        ctx.cause = self.reported[index].take().map(|(_, fact)| fact);
        ctx.follow(|| What::Timer { socket: Some(id), timer: kind, change: TimerChange::Fired });
        Some(kind)
    }

    /// Tells the trace which timers were armed, moved or cancelled, and schedules the earliest.
    pub(super) fn report(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let earliest = self.deadlines.iter().copied().min().filter(|deadline| *deadline != NEVER);
        if ctx.record.tracing() {
            self.tell(id, ctx);
        }
        self.event.set(earliest, ctx.queue, Event::Socket(ctx.node, id));
    }

    fn tell(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        for (index, kind) in KINDS.into_iter().enumerate() {
            let deadline = Some(self.deadlines[index]).filter(|deadline| *deadline != NEVER);
            if deadline == self.reported[index].map(|(deadline, _)| deadline) {
                continue;
            }
            let change = deadline.map_or(TimerChange::Cancelled, TimerChange::Armed);
            let fact = ctx.fact(|| What::Timer { socket: Some(id), timer: kind, change });
            self.reported[index] = deadline.map(|deadline| (deadline, fact));
        }
    }
}
