//! One direction of a link: frames wait, leave, fly, and arrive or are lost.
//!
//! Absent on purpose: what decides a frame's fate ([`super::fault`]).

use core::time::Duration;
use std::collections::VecDeque;

use crate::packet::Packet;
use crate::queue::{Event, EventQueue, LazyTimer};
use crate::random::scale;
use crate::scenario::{self, Faults};
use crate::time::Instant;
use crate::trace::{DropReason, FactId, FrameId, LinkId, NodeId, Place, What};

use super::fault::{Delivery, FaultState, Verdict};
use super::{Arrival, Moment, Offer, Properties};

#[derive(Clone, Debug)]
pub(super) struct Direction {
    link: LinkId,
    end: u8,
    pub(super) from: NodeId,
    to: NodeId,
    /// The interface at the far end.
    pub(super) interface: u16,
    pub(super) properties: Properties,
    faults: FaultState,
    waiting: VecDeque<Offer>,
    /// Frames in order.
    flying: VecDeque<Flying>,
    /// Frames that stand aside while others pass, the first to be due ahead.
    held: VecDeque<Flying>,
    /// Frames on their way that will not arrive: each is lost halfway.
    failing: VecDeque<Flying>,
    /// When the last bit of the frame that is being sent leaves.
    busy_until: Instant,
    departures: LazyTimer,
    arrivals: LazyTimer,
}

#[derive(Clone, Debug)]
struct Flying {
    frame: FrameId,
    packet: Packet,
    sent: FactId,
    /// When it arrives, or is lost.
    until: Instant,
    damaged: bool,
}

impl Direction {
    pub(super) fn new(id: LinkId, end: u8, link: &scenario::Link, seed: u64) -> Direction {
        let (here, there) = (link.ends[usize::from(end)], link.ends[usize::from(1 - end)]);
        let &scenario::Link { rate, delay, jitter, queue, .. } = link;
        let number = u64::from(id.0) * 2 + u64::from(end);
        Direction {
            link: id,
            end,
            from: here.node,
            to: there.node,
            interface: there.interface,
            properties: Properties { rate, delay, jitter, queue },
            faults: FaultState::new(&link.faults[usize::from(end)], seed, number),
            waiting: VecDeque::new(),
            flying: VecDeque::new(),
            held: VecDeque::new(),
            failing: VecDeque::new(),
            busy_until: Instant::ZERO,
            departures: LazyTimer::default(),
            arrivals: LazyTimer::default(),
        }
    }

    pub(super) fn offer(&mut self, offer: Offer, moment: &mut Moment<'_>) {
        let place = Place::Queue(self.link);
        if self.faults.down() {
            self.drop_frame(offer, place, DropReason::LinkDown, moment);
        } else if self.waiting.is_empty() && self.busy_until <= moment.now {
            self.start(offer, moment);
        } else if self.waiting.len() < self.properties.queue {
            self.waiting.push_back(offer);
            self.schedule_departure(moment.queue);
        } else {
            self.drop_frame(offer, place, DropReason::QueueFull, moment);
        }
    }

    pub(super) fn depart(&mut self, moment: &mut Moment<'_>) {
        if self.departures.reached(moment.now, moment.queue, Event::Departure(self.link, self.end))
            && let Some(next) = self.waiting.pop_front()
        {
            self.start(next, moment);
            self.schedule_departure(moment.queue);
        }
    }

    pub(super) fn arrive(&mut self, moment: &mut Moment<'_>) -> Option<Arrival> {
        self.arrivals.reached(moment.now, moment.queue, Event::Arrival(self.link, self.end));
        self.lose(moment);
        let arrival = self.land(moment.now);
        self.schedule_arrival(moment.queue);
        arrival
    }

    /// The first bit leaves.
    fn start(&mut self, offer: Offer, moment: &mut Moment<'_>) {
        let Offer { frame, packet, cause } = offer;
        let bits = packet.len() as u64 * 8;
        let serialisation = match self.properties.rate {
            0 => Duration::ZERO,
            rate => Duration::from_nanos((bits * 1_000_000_000).div_ceil(rate)),
        };
        let now = moment.now;
        self.busy_until = now + serialisation;
        let verdict = self.faults.verdict(self.properties.jitter);
        let due = self.busy_until + self.properties.delay;
        let arrives_at = match verdict {
            Verdict::Deliver(delivery) => self.after_last((due + delivery.late).max(delivery.earliest)) + delivery.held,
            Verdict::Lose => due,
        };
        let sent = moment.record.frame_fact(now, self.from, cause, || What::Sent {
            link: self.link,
            to: self.to,
            frame,
            bytes: packet.bytes().into(),
            sent_at: now,
            arrives_at,
        });
        let flying = Flying { frame, packet, sent, until: arrives_at, damaged: false };
        match verdict {
            Verdict::Deliver(delivery) if delivery == Delivery::default() => self.flying.push_back(flying),
            Verdict::Deliver(delivery) => self.launch(flying, &delivery, serialisation, moment),
            // Halfway, so after it has left: the next frame's turn does not depend on this one's fate.
            Verdict::Lose => {
                let until = self.busy_until + self.properties.delay / 2;
                enqueue(&mut self.failing, Flying { until, ..flying });
            }
        }
        self.schedule_arrival(moment.queue);
    }

    /// Not before the frame in front: a link keeps the order.
    fn after_last(&self, arrives_at: Instant) -> Instant {
        self.flying.back().map_or(arrives_at, |last| arrives_at.max(last.until))
    }

    /// Sends a frame on its way that something befalls. A copy is made first: it follows in the frame's place, whole and
    /// in time, whatever else befalls the frame.
    fn launch(&mut self, mut flying: Flying, delivery: &Delivery, serialisation: Duration, moment: &mut Moment<'_>) {
        let on_time = self.after_last((self.busy_until + self.properties.delay + delivery.late).max(delivery.earliest));
        let copy = delivery.twice.then(|| self.duplicate(&flying, on_time + serialisation, moment));
        if let Some(draw) = delivery.damage {
            damage(flying.packet.bytes_mut(), draw);
            flying.damaged = true;
        }
        if delivery.held.is_zero() {
            self.flying.push_back(flying);
        } else {
            enqueue(&mut self.held, flying);
        }
        self.flying.extend(copy);
    }

    fn duplicate(&self, flying: &Flying, until: Instant, moment: &mut Moment<'_>) -> Flying {
        let packet = moment.pool.copy(&flying.packet);
        let frame = moment.ids.frame();
        let sent = moment.record.frame_fact(moment.now, self.from, Some(flying.sent), || What::Duplicated {
            link: self.link,
            to: self.to,
            frame,
            of: flying.frame,
            bytes: packet.bytes().into(),
            sent_at: moment.now,
            arrives_at: until,
        });
        Flying { frame, packet, sent, until, damaged: false }
    }

    fn drop_frame(&self, offer: Offer, place: Place, why: DropReason, moment: &mut Moment<'_>) {
        let Offer { frame, packet, cause } = offer;
        let what = || What::Dropped { frame: Some(frame), place, why, bytes: packet.bytes().into() };
        moment.record.frame_fact(moment.now, self.from, cause, what);
        moment.pool.give_back(packet);
    }

    fn drop_flying(&self, flying: Flying, why: DropReason, moment: &mut Moment<'_>) {
        let Flying { frame, packet, sent, .. } = flying;
        self.drop_frame(Offer { frame, packet, cause: Some(sent) }, Place::Wire(self.link), why, moment);
    }

    /// Frames that are halfway and go no further.
    fn lose(&mut self, moment: &mut Moment<'_>) {
        while let Some(flying) = take_due(&mut self.failing, moment.now) {
            self.drop_flying(flying, DropReason::Loss, moment);
        }
    }

    /// The next frame whose last bit has arrived.
    fn land(&mut self, now: Instant) -> Option<Arrival> {
        let flying = take_due(&mut self.flying, now).or_else(|| take_due(&mut self.held, now))?;
        let Flying { frame, packet, sent, damaged, .. } = flying;
        let (link, from, to, interface) = (self.link, self.from, self.to, self.interface);
        Some(Arrival { link, to, interface, from, frame, packet, damaged, sent })
    }

    fn schedule_departure(&mut self, queue: &mut EventQueue) {
        let next = (!self.waiting.is_empty()).then_some(self.busy_until);
        self.departures.set(next, queue, Event::Departure(self.link, self.end));
    }

    fn schedule_arrival(&mut self, queue: &mut EventQueue) {
        let first = |frames: &VecDeque<Flying>| frames.front().map(|flying| flying.until);
        let next = first(&self.flying).into_iter().chain(first(&self.failing)).chain(first(&self.held)).min();
        self.arrivals.set(next, queue, Event::Arrival(self.link, self.end));
    }

    pub(super) fn set_faults(&mut self, faults: Faults, cause: FactId, moment: &mut Moment<'_>) {
        self.faults.set(faults);
        if self.faults.down() {
            self.lose_all(cause, moment);
        }
    }

    /// The cable is cut.
    fn lose_all(&mut self, cause: FactId, moment: &mut Moment<'_>) {
        let on_the_wire = [&mut self.flying, &mut self.held, &mut self.failing].map(core::mem::take);
        for mut flying in on_the_wire.into_iter().flatten() {
            flying.sent = cause;
            self.drop_flying(flying, DropReason::LinkDown, moment);
        }
        for mut offer in core::mem::take(&mut self.waiting) {
            offer.cause = Some(cause);
            self.drop_frame(offer, Place::Queue(self.link), DropReason::LinkDown, moment);
        }
        self.busy_until = self.busy_until.min(moment.now);
        self.schedule_departure(moment.queue);
        self.schedule_arrival(moment.queue);
    }

    pub(super) fn holds(&self, frame: FrameId) -> bool {
        let on_the_wire = self.flying.iter().chain(&self.held).chain(&self.failing);
        self.waiting.iter().any(|offer| offer.frame == frame)
            || on_the_wire.into_iter().any(|flying| flying.frame == frame)
    }

    pub(super) fn drop_by_hand(&mut self, frame: FrameId, moment: &mut Moment<'_>) -> bool {
        if let Some(place) = self.waiting.iter().position(|offer| offer.frame == frame)
            && let Some(offer) = self.waiting.remove(place)
        {
            self.drop_frame(offer, Place::Queue(self.link), DropReason::ByHand, moment);
            self.schedule_departure(moment.queue);
            return true;
        }
        let taken = [&mut self.flying, &mut self.held, &mut self.failing].into_iter().find_map(|frames| {
            let place = frames.iter().position(|flying| flying.frame == frame)?;
            frames.remove(place)
        });
        let Some(flying) = taken else { return false };
        self.drop_flying(flying, DropReason::ByHand, moment);
        self.schedule_arrival(moment.queue);
        true
    }
}

/// Frames are in order: the first is the first to be due.
fn take_due(frames: &mut VecDeque<Flying>, now: Instant) -> Option<Flying> {
    if frames.front()?.until <= now { frames.pop_front() } else { None }
}

/// Puts a frame before those that are due later: delays may have been changed since they left.
fn enqueue(frames: &mut VecDeque<Flying>, flying: Flying) {
    let place = frames.iter().rposition(|other| other.until <= flying.until).map_or(0, |before| before + 1);
    frames.insert(place, flying);
}

/// Turns one bit over. An empty frame has none but those of its frame check sequence.
fn damage(bytes: &mut [u8], draw: u64) {
    let bit = scale(draw, bytes.len() as u64 * 8) as usize;
    if let Some(byte) = bytes.get_mut(bit / 8) {
        *byte ^= 0x80 >> (bit % 8);
    }
}
