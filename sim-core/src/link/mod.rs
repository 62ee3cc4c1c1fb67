//! Layer 1: links with a rate, a delay, a drop-tail queue before each end, and faults.
//!
//! A direction keeps its frames in order: those that wait, and those that fly. One event is pending for it at most,
//! for the frame whose turn comes next.
//!
//! Absent on purpose: half duplex and collisions (no Ethernet of today has them), preamble and FCS in the serialisation
//! time, and duplication, reordering and corruption (further verdicts, when faults have them).

mod fault;

use core::time::Duration;
use std::collections::VecDeque;

use crate::packet::{Packet, Pool};
use crate::queue::{Event, EventQueue, LazyTimer};
use crate::random::{Purpose, Stream};
use crate::recorder::Recorder;
use crate::scenario;
use crate::time::Instant;
use crate::trace::{DropReason, FactId, FrameId, LinkId, NodeId, Place, What};

use fault::{FaultState, Verdict};

/// A link between two nodes: two directions that know nothing of each other.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    directions: [Direction; 2],
}

/// A frame that arrived at the far end.
pub(crate) struct Arrival {
    pub(crate) link: LinkId,
    pub(crate) to: NodeId,
    pub(crate) from: NodeId,
    pub(crate) frame: FrameId,
    pub(crate) packet: Packet,
    /// The fact that it was sent.
    pub(crate) sent: FactId,
}

#[derive(Clone, Debug)]
struct Direction {
    link: LinkId,
    end: u8,
    from: NodeId,
    to: NodeId,
    rate: u64,
    delay: Duration,
    /// Frames that may wait.
    limit: usize,
    faults: FaultState,
    waiting: VecDeque<Waiting>,
    flying: VecDeque<Flying>,
    /// When the last bit of the frame that is being sent leaves.
    busy_until: Instant,
    timer: LazyTimer,
}

#[derive(Clone, Debug)]
struct Waiting {
    frame: FrameId,
    packet: Packet,
    cause: Option<FactId>,
}

#[derive(Clone, Debug)]
struct Flying {
    frame: FrameId,
    packet: Packet,
    sent: FactId,
    arrives_at: Instant,
    verdict: Verdict,
}

impl Link {
    pub(crate) fn new(id: LinkId, link: &scenario::Link, seed: u64) -> Link {
        let direction = |end: u8| {
            let here = usize::from(end);
            let number = u64::from(id.0) * 2 + u64::from(end);
            Direction {
                link: id,
                end,
                from: link.ends[here],
                to: link.ends[1 - here],
                rate: link.rate,
                delay: link.delay,
                limit: link.queue,
                faults: FaultState::new(&link.faults[here], Stream::new(seed, Purpose::Link, number)),
                waiting: VecDeque::new(),
                flying: VecDeque::new(),
                busy_until: Instant::ZERO,
                timer: LazyTimer::default(),
            }
        };
        Link { directions: [direction(0), direction(1)] }
    }

    /// Takes a frame at this end: it leaves at once, waits, or is dropped.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn offer(
        &mut self,
        end: u8,
        frame: FrameId,
        packet: Packet,
        cause: Option<FactId>,
        now: Instant,
        record: &mut Recorder,
        queue: &mut EventQueue,
        pool: &mut Pool,
    ) {
        let direction = &mut self.directions[usize::from(end)];
        let waiting = Waiting { frame, packet, cause };
        if direction.waiting.is_empty() && direction.busy_until <= now {
            direction.start(waiting, now, record);
        } else if direction.waiting.len() < direction.limit {
            direction.waiting.push_back(waiting);
        } else {
            let packet = waiting.packet;
            record.fact(now, direction.from, cause, || What::Dropped {
                frame: Some(frame),
                place: Place::Queue(direction.link),
                why: DropReason::QueueFull,
                bytes: packet.bytes().into(),
            });
            pool.give_back(packet);
        }
        direction.schedule(queue);
    }

    /// The event of a direction came: starts the frame whose turn it is, and gives the one that has arrived.
    /// When another arrives at the same moment, an event of its own follows.
    pub(crate) fn handle_event(
        &mut self,
        end: u8,
        now: Instant,
        record: &mut Recorder,
        queue: &mut EventQueue,
        pool: &mut Pool,
    ) -> Option<Arrival> {
        let direction = &mut self.directions[usize::from(end)];
        direction.timer.reached(now, queue, Event::Link(direction.link, end));
        while direction.busy_until <= now
            && let Some(next) = direction.waiting.pop_front()
        {
            direction.start(next, now, record);
        }
        let arrival = direction.land(now, record, pool);
        direction.schedule(queue);
        arrival
    }
}

impl Direction {
    /// The first bit leaves.
    fn start(&mut self, waiting: Waiting, now: Instant, record: &mut Recorder) {
        let Waiting { frame, packet, cause } = waiting;
        let bits = packet.len() as u64 * 8;
        let serialisation = match self.rate {
            0 => Duration::ZERO,
            rate => Duration::from_nanos((bits * 1_000_000_000).div_ceil(rate)),
        };
        self.busy_until = now + serialisation;
        let arrives_at = self.busy_until + self.delay;
        let sent = record.fact(now, self.from, cause, || What::Sent {
            link: self.link,
            to: self.to,
            frame,
            bytes: packet.bytes().into(),
            sent_at: now,
            arrives_at,
        });
        let verdict = self.faults.verdict();
        self.flying.push_back(Flying { frame, packet, sent, arrives_at, verdict });
    }

    /// The first frame whose time has come and that no fault has taken.
    fn land(&mut self, now: Instant, record: &mut Recorder, pool: &mut Pool) -> Option<Arrival> {
        while self.flying.front().is_some_and(|flying| flying.arrives_at <= now) {
            let Flying { frame, packet, sent, verdict, .. } = self.flying.pop_front()?;
            match verdict {
                Verdict::Deliver => {
                    return Some(Arrival { link: self.link, to: self.to, from: self.from, frame, packet, sent });
                }
                Verdict::Lose => {
                    record.fact(now, self.from, Some(sent), || What::Dropped {
                        frame: Some(frame),
                        place: Place::Wire(self.link),
                        why: DropReason::Loss,
                        bytes: packet.bytes().into(),
                    });
                    pool.give_back(packet);
                }
            }
        }
        None
    }

    fn schedule(&mut self, queue: &mut EventQueue) {
        let arrival = self.flying.front().map(|flying| flying.arrives_at);
        let start = (!self.waiting.is_empty()).then_some(self.busy_until);
        let next = arrival.into_iter().chain(start).min();
        self.timer.set(next, queue, Event::Link(self.link, self.end));
    }
}
