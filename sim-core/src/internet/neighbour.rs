//! The neighbour table of ARP (RFC 826) and Neighbor Discovery (RFC 4861 §7.3), with the states and times of Linux, and
//! the packets that wait for an answer.
//!
//! Absent on purpose: a bound on the entries (a host has no more neighbours than its links have stations), proxies, and
//! announcements that nobody asked for (RFC 5227).

use core::net::IpAddr;
use core::time::Duration;
use std::collections::VecDeque;

use litemap::LiteMap;

use crate::context::Context;
use crate::layer::Layer;
use crate::packet::Packet;
use crate::queue::{Event, LazyTimer};
use crate::scenario::{self, NodeKind};
use crate::tick;
use crate::time::Instant;
use crate::trace::{DropReason, FactId, NeighbourState, Place, TimerChange, TimerKind, What};
use crate::wire::ethernet::Mac;

use super::Internet;

/// Packets that wait for one neighbour. Linux before 3.3 kept 3 (`unres_qlen`); since then it keeps as many as fit in
/// 212,992 bytes of its memory, which is 101 full ones. The oldest goes first.
const WAITING: usize = 101;
/// Time between two requests (`retrans_time_ms`), to which the kernel's timer wheel adds its own.
const RETRY: Duration = Duration::from_secs(1);
/// Requests before giving up, to all stations (`mcast_solicit`) and to the known one (`ucast_solicit`).
const TRIES: u32 = 3;
/// A neighbour is taken to be there for so long after it was heard (`base_reachable_time_ms`; Linux draws anew between
/// half and three halves of it every five minutes).
const REACHABLE: Duration = Duration::from_secs(30);
/// Then a packet is sent on trust, and the transport has so long to say that it was heard (`delay_first_probe_time`).
const DELAY: Duration = Duration::from_secs(5);

/// Through which interface, and whom.
type Key = (usize, IpAddr);

/// A packet that cannot be delivered, and the fact that says so.
pub(crate) type Undelivered = (Packet, Option<FactId>);

#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbours {
    entries: LiteMap<Key, Entry>,
    deadlines: LiteMap<(Instant, Key), ()>,
    /// It asks again for those it has not heard from for long.
    doubts: bool,
    timer: LazyTimer,
}

#[derive(Clone, Debug)]
enum Entry {
    Incomplete(Incomplete),
    Known(Known),
}

#[derive(Clone, Debug)]
struct Incomplete {
    /// What made us ask.
    cause: Option<FactId>,
    tries: u32,
    next: Instant,
    /// Packets with their network headers, each with the fact of it.
    waiting: VecDeque<(Packet, Option<FactId>)>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    mac: Mac,
    /// When it was last heard.
    confirmed: Instant,
    trust: Trust,
}

/// How far a known address is trusted (the states of RFC 4861 §7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Reachable,
    Stale,
    /// Used on trust until this moment.
    Delay(Instant),
    /// Asked again, so often, and next at this moment.
    Probe(u32, Instant),
    /// Entered by hand: for ever.
    Permanent,
}

impl Entry {
    fn deadline(&self) -> Option<Instant> {
        match self {
            Entry::Incomplete(incomplete) => Some(incomplete.next),
            Entry::Known(Known { trust: Trust::Delay(at) | Trust::Probe(_, at), .. }) => Some(*at),
            Entry::Known(_) => None,
        }
    }
}

impl Neighbours {
    /// The entries that were made by hand.
    pub(super) fn new(node: &scenario::Node) -> Neighbours {
        // The gateway is no host of Linux, and a lesson about it shall not end with a question about its neighbour.
        let mut table = Neighbours { doubts: node.kind != NodeKind::Gateway, ..Neighbours::default() };
        for (index, interface) in node.interfaces.iter().enumerate() {
            for (address, mac) in &interface.neighbours {
                let known = Known { mac: *mac, confirmed: Instant::ZERO, trust: Trust::Permanent };
                table.set((index, *address), Some(Entry::Known(known)));
            }
        }
        table
    }

    /// Enters what is known of a neighbour, and gives what was.
    fn set(&mut self, key: Key, entry: Option<Entry>) -> Option<Entry> {
        let deadline = entry.as_ref().and_then(Entry::deadline);
        let old = match entry {
            Some(entry) => self.entries.insert(key, entry),
            None => self.entries.remove(&key),
        };
        if let Some(old) = old.as_ref().and_then(Entry::deadline) {
            self.deadlines.remove(&(old, key));
        }
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, key), ());
        }
        old
    }

    /// The transport has heard from a neighbour, or from somebody behind it.
    pub(super) fn confirm(&mut self, interface: usize, address: IpAddr, now: Instant) {
        if let Some(Entry::Known(known)) = self.entries.get_mut(&(interface, address)) {
            known.confirmed = now;
        }
    }

    fn schedule(&mut self, ctx: &mut Context<'_>) {
        let next = self.deadlines.first().map(|((at, _), ())| *at);
        self.timer.set(next, ctx.queue, Event::Neighbours(ctx.node));
    }
}

impl Known {
    fn is_fresh(&self, now: Instant) -> bool {
        self.trust == Trust::Reachable && now.saturating_since(self.confirmed) <= REACHABLE
    }

    fn state(&self, now: Instant) -> NeighbourState {
        match self.trust {
            Trust::Reachable if self.is_fresh(now) => NeighbourState::Reachable(self.mac),
            Trust::Permanent => NeighbourState::Permanent(self.mac),
            // To be used on trust for a while changes nothing that can be seen.
            Trust::Reachable | Trust::Stale | Trust::Delay(_) => NeighbourState::Stale(self.mac),
            Trust::Probe(..) => NeighbourState::Probe(self.mac),
        }
    }
}

fn timer(change: TimerChange) -> What {
    What::Timer { socket: None, timer: TimerKind::Neighbour, change }
}

impl Internet {
    /// The hardware address of a neighbour that is about to be used, when it is known.
    pub(super) fn neighbour_for(&mut self, interface: usize, address: IpAddr, ctx: &mut Context<'_>) -> Option<Mac> {
        let key = (interface, address);
        let Entry::Known(known) = self.neighbours.entries.get(&key)? else { return None };
        let known = *known;
        let doubtful = self.neighbours.doubts && !known.is_fresh(ctx.now);
        if doubtful && matches!(known.trust, Trust::Reachable | Trust::Stale) {
            let delayed = Known { trust: Trust::Delay(ctx.now + DELAY), ..known };
            self.neighbours.set(key, Some(Entry::Known(delayed)));
            self.neighbours.schedule(ctx);
        }
        Some(known.mac)
    }

    /// A packet for a neighbour that is not known: it waits, and the first one makes us ask.
    pub(super) fn wait_for(&mut self, interface: usize, address: IpAddr, packet: Packet, ctx: &mut Context<'_>) {
        let key = (interface, address);
        let cause = ctx.cause;
        if let Some(Entry::Incomplete(incomplete)) = self.neighbours.entries.get_mut(&key) {
            incomplete.waiting.push_back((packet, cause));
            let oldest = (incomplete.waiting.len() > WAITING).then(|| incomplete.waiting.pop_front()).flatten();
            if let Some((oldest, cause)) = oldest {
                ctx.cause = cause;
                self.discard(oldest, DropReason::BufferFull, ctx);
            }
            return;
        }
        let waiting = VecDeque::from([(packet, cause)]);
        let next = tick::expiry(ctx.now, RETRY, tick::LENGTH);
        let incomplete = Incomplete { cause, tries: 1, next, waiting };
        self.neighbours.set(key, Some(Entry::Incomplete(incomplete)));
        ctx.follow(|| What::Neighbour { address, state: NeighbourState::Incomplete });
        self.ask(key, None, next, ctx);
        self.neighbours.schedule(ctx);
    }

    /// Asks for a neighbour: all stations, or the one that is known.
    fn ask(&mut self, (interface, address): Key, known: Option<Mac>, next: Instant, ctx: &mut Context<'_>) {
        ctx.fact(|| timer(TimerChange::Armed(next)));
        let cause = ctx.cause;
        match address {
            IpAddr::V4(address) => self.request(interface, address, known, ctx),
            IpAddr::V6(address) => self.solicit(interface, address, known, ctx),
        }
        ctx.cause = cause;
    }

    /// A neighbour said what its hardware address is: `solicited` when we had asked for it.
    pub(super) fn learn(&mut self, (interface, address): Key, mac: Mac, solicited: bool, ctx: &mut Context<'_>) {
        let key = (interface, address);
        let cause = ctx.cause;
        let before = match self.neighbours.entries.get(&key) {
            Some(Entry::Known(known)) => Some(*known),
            _ => None,
        };
        // News that nobody asked for are believed, but not that the neighbour hears us, too.
        let trust = match before {
            // What was entered by hand is not changed by what is heard.
            Some(Known { trust: Trust::Permanent, .. }) => return,
            _ if solicited => Trust::Reachable,
            Some(known) if known.mac == mac => known.trust,
            _ => Trust::Stale,
        };
        let confirmed = if solicited { ctx.now } else { before.map_or(Instant::ZERO, |known| known.confirmed) };
        let known = Known { mac, confirmed, trust };
        let old = self.neighbours.set(key, Some(Entry::Known(known)));
        let state = known.state(ctx.now);
        if before.map(|before| before.state(ctx.now)) != Some(state) {
            ctx.fact(|| What::Neighbour { address, state });
        }
        if let Some(Entry::Incomplete(incomplete)) = old {
            ctx.fact(|| timer(TimerChange::Cancelled));
            for (packet, cause) in incomplete.waiting {
                ctx.cause = cause;
                self.frame_ip(interface, packet, mac, ctx);
            }
        }
        self.neighbours.schedule(ctx);
        ctx.cause = cause;
    }

    /// A neighbour of IPv6 advertised itself (RFC 4861 §7.2.5).
    pub(super) fn answered(
        &mut self,
        key: Key,
        mac: Option<Mac>,
        (solicited, overrides): (bool, bool),
        ctx: &mut Context<'_>,
    ) {
        match (self.neighbours.entries.get(&key), mac) {
            (None, _) | (Some(Entry::Incomplete(_)), None) => {}
            (Some(Entry::Incomplete(_)), Some(mac)) => self.learn(key, mac, solicited, ctx),
            (Some(Entry::Known(known)), mac) => {
                let known = *known;
                let mac = mac.unwrap_or(known.mac);
                if overrides || mac == known.mac {
                    self.learn(key, mac, solicited, ctx);
                } else if known.trust == Trust::Reachable {
                    // It may not take another's place, but it makes us doubt.
                    let doubtful = Known { trust: Trust::Stale, ..known };
                    self.neighbours.set(key, Some(Entry::Known(doubtful)));
                    let state = doubtful.state(ctx.now);
                    ctx.fact(|| What::Neighbour { address: key.1, state });
                }
            }
        }
    }

    /// Whether something is known of this neighbour, or asked.
    pub(super) fn has_heard_of(&self, interface: usize, address: IpAddr) -> bool {
        self.neighbours.entries.contains_key(&(interface, address))
    }

    /// The table's event came: asks again, or gives up. Gives the packets that cannot be delivered, whose senders
    /// are to be told.
    pub(crate) fn neighbours_timeout(&mut self, ctx: &mut Context<'_>) -> Vec<Undelivered> {
        let mut failed = Vec::new();
        if !self.neighbours.timer.reached(ctx.now, ctx.queue, Event::Neighbours(ctx.node)) {
            return failed;
        }
        while let Some((&(at, key), ())) = self.neighbours.deadlines.first()
            && at <= ctx.now
        {
            self.unanswered(key, &mut failed, ctx);
        }
        self.neighbours.schedule(ctx);
        failed
    }

    /// The time of an entry has come.
    fn unanswered(&mut self, key: Key, failed: &mut Vec<Undelivered>, ctx: &mut Context<'_>) {
        let next = tick::expiry(ctx.now, RETRY, tick::LENGTH);
        match self.neighbours.set(key, None) {
            Some(Entry::Incomplete(mut incomplete)) => {
                ctx.cause = incomplete.cause;
                ctx.follow(|| timer(TimerChange::Fired));
                if incomplete.tries == TRIES {
                    self.give_up(key, incomplete, failed, ctx);
                    return;
                }
                incomplete.tries += 1;
                incomplete.next = next;
                self.neighbours.set(key, Some(Entry::Incomplete(incomplete)));
                self.ask(key, None, next, ctx);
            }
            Some(Entry::Known(known)) => self.doubt(key, known, next, ctx),
            None => {}
        }
    }

    /// A neighbour that nobody has answered for: it is asked by itself, or believed, or forgotten.
    fn doubt(&mut self, key: Key, known: Known, next: Instant, ctx: &mut Context<'_>) {
        ctx.cause = None;
        let heard = ctx.now.saturating_since(known.confirmed) <= DELAY;
        let trust = match known.trust {
            // All is well, and nothing that anybody could see happens.
            Trust::Delay(_) if heard => {
                self.neighbours.set(key, Some(Entry::Known(Known { trust: Trust::Reachable, ..known })));
                return;
            }
            Trust::Delay(_) => Trust::Probe(1, next),
            Trust::Probe(tries, _) if tries < TRIES => Trust::Probe(tries + 1, next),
            // The entry is gone: the next packet asks all stations.
            _ => {
                ctx.follow(|| timer(TimerChange::Fired));
                ctx.fact(|| What::Neighbour { address: key.1, state: NeighbourState::Failed });
                return;
            }
        };
        let changed = Known { trust, ..known };
        self.neighbours.set(key, Some(Entry::Known(changed)));
        ctx.follow(|| timer(TimerChange::Fired));
        let state = changed.state(ctx.now);
        if state != known.state(ctx.now) {
            ctx.fact(|| What::Neighbour { address: key.1, state });
        }
        self.ask(key, Some(known.mac), next, ctx);
    }

    /// A failed entry is forgotten: the next packet asks anew, as on Linux.
    fn give_up(&mut self, key: Key, incomplete: Incomplete, failed: &mut Vec<Undelivered>, ctx: &mut Context<'_>) {
        let gone = ctx.follow(|| What::Neighbour { address: key.1, state: NeighbourState::Failed });
        for (packet, _) in incomplete.waiting {
            ctx.fact(|| What::Dropped {
                frame: None,
                place: Place::Layer(Layer::DataLink),
                why: DropReason::NoNeighbour,
                bytes: packet.bytes().into(),
            });
            failed.push((packet, Some(gone)));
        }
    }
}
