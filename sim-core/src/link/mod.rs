//! Layer 1: links with a rate, a delay, a drop-tail queue before each end, and faults.
//!
//! A direction keeps its frames in order: those that wait, and those that fly. One event is pending for the first of each
//! at most, so the queue of events stays short however many frames there are.
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

/// What a link has at hand while it acts.
pub(crate) struct Moment<'a> {
    pub(crate) now: Instant,
    pub(crate) record: &'a mut Recorder,
    pub(crate) queue: &'a mut EventQueue,
    pub(crate) pool: &'a mut Pool,
}

/// A frame that a node gives to a link.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) frame: FrameId,
    pub(crate) packet: Packet,
    /// The fact of its Ethernet header.
    pub(crate) cause: Option<FactId>,
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
    waiting: VecDeque<Offer>,
    flying: VecDeque<Flying>,
    /// Frames on their way that will not arrive: each is lost halfway.
    failing: VecDeque<Flying>,
    /// When the last bit of the frame that is being sent leaves.
    busy_until: Instant,
    arrivals: LazyTimer,
}

#[derive(Clone, Debug)]
struct Flying {
    frame: FrameId,
    packet: Packet,
    sent: FactId,
    /// When it arrives, or is lost.
    until: Instant,
}

impl Link {
    pub(crate) fn new(id: LinkId, link: &scenario::Link, seed: u64) -> Link {
        let direction = |end: u8| {
            let here = usize::from(end);
            let number = u64::from(id.0) * 2 + u64::from(end);
            Direction {
                link: id,
                end,
                from: link.ends[here].node,
                to: link.ends[1 - here].node,
                rate: link.rate,
                delay: link.delay,
                limit: link.queue,
                faults: FaultState::new(&link.faults[here], Stream::new(seed, Purpose::Link, number)),
                waiting: VecDeque::new(),
                flying: VecDeque::new(),
                failing: VecDeque::new(),
                busy_until: Instant::ZERO,
                arrivals: LazyTimer::default(),
            }
        };
        Link { directions: [direction(0), direction(1)] }
    }

    /// Takes a frame at this end: it leaves at once, waits, or is dropped.
    pub(crate) fn offer(&mut self, end: u8, offer: Offer, moment: &mut Moment<'_>) {
        let direction = &mut self.directions[usize::from(end)];
        if direction.waiting.is_empty() && direction.busy_until <= moment.now {
            direction.start(offer, moment);
        } else if direction.waiting.len() < direction.limit {
            direction.waiting.push_back(offer);
            if direction.waiting.len() == 1 {
                direction.schedule_departure(moment.queue);
            }
        } else {
            let place = Place::Queue(direction.link);
            direction.drop_frame(offer, place, DropReason::QueueFull, moment);
        }
    }

    /// The frame that waits longest leaves.
    pub(crate) fn depart(&mut self, end: u8, moment: &mut Moment<'_>) {
        let direction = &mut self.directions[usize::from(end)];
        if let Some(next) = direction.waiting.pop_front() {
            direction.start(next, moment);
        }
        direction.schedule_departure(moment.queue);
    }

    /// Loses the frames whose time has come, and gives the one that has arrived. When another arrives at the same
    /// moment, an event of its own follows.
    pub(crate) fn arrive(&mut self, end: u8, moment: &mut Moment<'_>) -> Option<Arrival> {
        let direction = &mut self.directions[usize::from(end)];
        direction.arrivals.reached(moment.now, moment.queue, Event::Arrival(direction.link, end));
        direction.lose(moment);
        let arrival = direction.land(moment.now);
        direction.schedule_arrival(moment.queue);
        arrival
    }
}

impl Direction {
    /// The first bit leaves.
    fn start(&mut self, offer: Offer, moment: &mut Moment<'_>) {
        let Offer { frame, packet, cause } = offer;
        let bits = packet.len() as u64 * 8;
        let serialisation = match self.rate {
            0 => Duration::ZERO,
            rate => Duration::from_nanos((bits * 1_000_000_000).div_ceil(rate)),
        };
        let now = moment.now;
        self.busy_until = now + serialisation;
        let verdict = self.faults.verdict();
        let arrives_at = match verdict {
            Verdict::Deliver(late) => self.after_last(self.busy_until + self.delay + late),
            Verdict::Lose => self.busy_until + self.delay,
        };
        let sent = moment.record.frame_fact(now, self.from, cause, || What::Sent {
            link: self.link,
            to: self.to,
            frame,
            bytes: packet.bytes().into(),
            sent_at: now,
            arrives_at,
        });
        match verdict {
            Verdict::Deliver(_) => self.flying.push_back(Flying { frame, packet, sent, until: arrives_at }),
            Verdict::Lose => {
                // After it has left, so that the next frame's turn does not depend on this one's fate.
                let until = self.busy_until + self.delay / 2;
                self.failing.push_back(Flying { frame, packet, sent, until });
            }
        }
        self.schedule_arrival(moment.queue);
    }

    /// Not before the frame in front: a link keeps the order.
    fn after_last(&self, arrives_at: Instant) -> Instant {
        self.flying.back().map_or(arrives_at, |last| arrives_at.max(last.until))
    }

    fn drop_frame(&self, offer: Offer, place: Place, why: DropReason, moment: &mut Moment<'_>) {
        let Offer { frame, packet, cause } = offer;
        let what = || What::Dropped { frame: Some(frame), place, why, bytes: packet.bytes().into() };
        moment.record.frame_fact(moment.now, self.from, cause, what);
        moment.pool.give_back(packet);
    }

    /// Frames that are halfway and go no further.
    fn lose(&mut self, moment: &mut Moment<'_>) {
        while let Some(Flying { frame, packet, sent, .. }) = take_due(&mut self.failing, moment.now) {
            let lost = Offer { frame, packet, cause: Some(sent) };
            self.drop_frame(lost, Place::Wire(self.link), DropReason::Loss, moment);
        }
    }

    /// The next frame whose last bit has arrived.
    fn land(&mut self, now: Instant) -> Option<Arrival> {
        let Flying { frame, packet, sent, .. } = take_due(&mut self.flying, now)?;
        Some(Arrival { link: self.link, to: self.to, from: self.from, frame, packet, sent })
    }

    fn schedule_departure(&self, queue: &mut EventQueue) {
        if !self.waiting.is_empty() {
            queue.push(self.busy_until, Event::Departure(self.link, self.end));
        }
    }

    fn schedule_arrival(&mut self, queue: &mut EventQueue) {
        let arrival = self.flying.front().map(|flying| flying.until);
        let loss = self.failing.front().map(|failing| failing.until);
        let next = arrival.into_iter().chain(loss).min();
        self.arrivals.set(next, queue, Event::Arrival(self.link, self.end));
    }
}

/// Frames fly in order: the first is the first to be due.
fn take_due(frames: &mut VecDeque<Flying>, now: Instant) -> Option<Flying> {
    if frames.front()?.until <= now { frames.pop_front() } else { None }
}
