//! The timers of one connection, and what the trace is told about them.
//!
//! Absent on purpose: events. All timers of a socket share one lazy event, for the earliest of them.

use crate::context::Context;
use crate::queue::{Event, LazyTimer};
use crate::time::Instant;
use crate::trace::{FactId, SocketId, TimerChange, TimerKind, What};

/// The timers that a connection has.
const KINDS: [TimerKind; 4] =
    [TimerKind::Retransmission, TimerKind::Persist, TimerKind::DelayedAck, TimerKind::TimeWait];

#[derive(Clone, Debug, Default)]
pub(crate) struct TimerSet {
    pub(super) retransmission: Option<Instant>,
    pub(super) persist: Option<Instant>,
    pub(super) delayed_ack: Option<Instant>,
    pub(super) time_wait: Option<Instant>,
    /// What the trace knows: the deadline, and the fact that says so.
    reported: [Option<(Instant, FactId)>; 4],
    event: LazyTimer,
}

impl TimerSet {
    fn get(&mut self, kind: TimerKind) -> &mut Option<Instant> {
        match kind {
            TimerKind::Retransmission => &mut self.retransmission,
            TimerKind::Persist => &mut self.persist,
            TimerKind::DelayedAck => &mut self.delayed_ack,
            TimerKind::TimeWait => &mut self.time_wait,
            TimerKind::Neighbour => unreachable!("the neighbour table has a timer of its own"),
        }
    }

    pub(super) fn stop_all(&mut self) {
        for kind in KINDS {
            *self.get(kind) = None;
        }
    }

    /// The socket's event came: something may be due.
    pub(crate) fn reached(&mut self, id: SocketId, ctx: &mut Context<'_>) -> bool {
        self.event.reached(ctx.now, ctx.queue, Event::Socket(ctx.node, id))
    }

    /// Takes the next timer that is due; what follows is due to it.
    pub(crate) fn take_due(&mut self, id: SocketId, ctx: &mut Context<'_>) -> Option<TimerKind> {
        for (index, kind) in KINDS.into_iter().enumerate() {
            let timer = self.get(kind);
            if timer.is_some_and(|deadline| deadline <= ctx.now) {
                *timer = None;
                ctx.cause = self.reported[index].take().map(|(_, fact)| fact);
                ctx.follow(|| What::Timer { socket: Some(id), timer: kind, change: TimerChange::Fired });
                return Some(kind);
            }
        }
        None
    }

    /// Tells the trace which timers were armed, moved or cancelled, and schedules the earliest.
    pub(super) fn report(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let mut earliest: Option<Instant> = None;
        for (index, kind) in KINDS.into_iter().enumerate() {
            let deadline = *self.get(kind);
            let known = self.reported[index].map(|(deadline, _)| deadline);
            earliest = earliest.into_iter().chain(deadline).min();
            if deadline == known {
                continue;
            }
            let change = deadline.map_or(TimerChange::Cancelled, TimerChange::Armed);
            let fact = ctx.fact(|| What::Timer { socket: Some(id), timer: kind, change });
            self.reported[index] = deadline.map(|deadline| (deadline, fact));
        }
        self.event.set(earliest, ctx.queue, Event::Socket(ctx.node, id));
    }
}
