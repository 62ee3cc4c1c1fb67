//! The neighbour table (ARP cache, RFC 826) and the packets that wait for an answer, as Linux keeps them.
//!
//! Absent on purpose: ageing. A known neighbour stays known (Linux asks again, by unicast, after about half a minute
//! without news from the transport), and nobody announces himself unasked (RFC 5227).

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

use crate::context::Context;
use crate::packet::Packet;
use crate::queue::{Event, LazyTimer};
use crate::time::Instant;
use crate::trace::{DropReason, FactId, NeighbourState, TimerChange, TimerKind, What};
use crate::wire::arp::{LEN, Operation, Repr};
use crate::wire::ethernet::{BROADCAST, Mac, TYPE_IPV4};

use super::Internet;

/// Packets that wait for one neighbour. Linux before 3.3 kept 3 (`unres_qlen`); since then it keeps as many as fit in
/// 212,992 bytes of its memory, which is 101 full ones. The oldest goes first.
const WAITING: usize = 101;
/// Time between two requests (`retrans_time_ms`).
const RETRY: Duration = Duration::from_secs(1);
/// Requests before giving up (`mcast_solicit`).
const TRIES: u32 = 3;

#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbours {
    entries: BTreeMap<Ipv4Addr, Entry>,
    timer: LazyTimer,
}

#[derive(Clone, Debug)]
enum Entry {
    Incomplete(Incomplete),
    Reachable(Mac),
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

impl Neighbours {
    pub(crate) fn lookup(&self, address: Ipv4Addr) -> Option<Mac> {
        match self.entries.get(&address)? {
            Entry::Reachable(mac) => Some(*mac),
            Entry::Incomplete(_) => None,
        }
    }

    fn schedule(&mut self, ctx: &mut Context<'_>) {
        let next = self.entries.values().filter_map(|entry| match entry {
            Entry::Incomplete(incomplete) => Some(incomplete.next),
            Entry::Reachable(_) => None,
        });
        self.timer.set(next.min(), ctx.queue, Event::Neighbours(ctx.node));
    }
}

fn neighbour(address: Ipv4Addr, state: NeighbourState) -> What {
    What::Neighbour { address: IpAddr::V4(address), state }
}

fn timer(change: TimerChange) -> What {
    What::Timer { socket: None, timer: TimerKind::Neighbour, change }
}

impl Internet {
    /// A packet for a neighbour that is not known: it waits, and the first one makes us ask.
    pub(super) fn ask_for(&mut self, address: Ipv4Addr, packet: Packet, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        if let Some(Entry::Incomplete(incomplete)) = self.neighbours.entries.get_mut(&address) {
            incomplete.waiting.push_back((packet, cause));
            let oldest = (incomplete.waiting.len() > WAITING).then(|| incomplete.waiting.pop_front()).flatten();
            if let Some((oldest, cause)) = oldest {
                ctx.cause = cause;
                self.discard(oldest, DropReason::BufferFull, ctx);
            }
            return;
        }
        let waiting = VecDeque::from([(packet, cause)]);
        let incomplete = Incomplete { cause, tries: 0, next: ctx.now, waiting };
        self.neighbours.entries.insert(address, Entry::Incomplete(incomplete));
        ctx.follow(|| neighbour(address, NeighbourState::Incomplete));
        self.request(address, ctx);
        self.neighbours.schedule(ctx);
    }

    fn request(&mut self, address: Ipv4Addr, ctx: &mut Context<'_>) {
        let Some(Entry::Incomplete(incomplete)) = self.neighbours.entries.get_mut(&address) else { return };
        incomplete.tries += 1;
        incomplete.next = ctx.now + RETRY;
        let next = incomplete.next;
        ctx.fact(|| timer(TimerChange::Armed(next)));
        let repr = Repr {
            operation: Operation::Request,
            sender_mac: self.mac,
            sender: self.address,
            target_mac: [0; 6],
            target: address,
        };
        self.emit_arp(&repr, BROADCAST, ctx);
    }

    fn emit_arp(&mut self, repr: &Repr, destination: Mac, ctx: &mut Context<'_>) {
        let mut packet = ctx.pool.take();
        repr.emit(packet.append(LEN));
        let cause = ctx.cause;
        self.send_arp(packet, destination, ctx);
        ctx.cause = cause;
    }

    /// An ARP packet arrived.
    pub(crate) fn receive_arp(&mut self, repr: &Repr, ctx: &mut Context<'_>) {
        let for_us = repr.target == self.address;
        // RFC 826: who is known is brought up to date; who asks for us (or answers us) is entered.
        if for_us || self.neighbours.entries.contains_key(&repr.sender) {
            self.learn(repr.sender, repr.sender_mac, ctx);
        }
        if for_us && repr.operation == Operation::Request {
            let reply = Repr {
                operation: Operation::Reply,
                sender_mac: self.mac,
                sender: self.address,
                target_mac: repr.sender_mac,
                target: repr.sender,
            };
            self.emit_arp(&reply, repr.sender_mac, ctx);
        }
    }

    fn learn(&mut self, address: Ipv4Addr, mac: Mac, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let old = self.neighbours.entries.insert(address, Entry::Reachable(mac));
        if !matches!(old, Some(Entry::Reachable(known)) if known == mac) {
            ctx.fact(|| neighbour(address, NeighbourState::Reachable(mac)));
        }
        if let Some(Entry::Incomplete(incomplete)) = old {
            ctx.fact(|| timer(TimerChange::Cancelled));
            self.neighbours.schedule(ctx);
            for (packet, cause) in incomplete.waiting {
                ctx.cause = cause;
                self.frame(packet, mac, TYPE_IPV4, ctx);
            }
        }
        ctx.cause = cause;
    }

    /// The table's event came: asks again, or gives up. Gives the packets that cannot be delivered, whose senders
    /// are to be told (on Linux a host-unreachable message to itself does it).
    pub(crate) fn neighbours_timeout(&mut self, ctx: &mut Context<'_>) -> Vec<(Packet, Option<FactId>)> {
        let mut failed = Vec::new();
        if !self.neighbours.timer.reached(ctx.now, ctx.queue, Event::Neighbours(ctx.node)) {
            return failed;
        }
        let due: Vec<Ipv4Addr> = self
            .neighbours
            .entries
            .iter()
            .filter(|(_, entry)| matches!(entry, Entry::Incomplete(incomplete) if incomplete.next <= ctx.now))
            .map(|(address, _)| *address)
            .collect();
        for address in due {
            self.unanswered(address, &mut failed, ctx);
        }
        self.neighbours.schedule(ctx);
        failed
    }

    fn unanswered(&mut self, address: Ipv4Addr, failed: &mut Vec<(Packet, Option<FactId>)>, ctx: &mut Context<'_>) {
        let Some(Entry::Incomplete(incomplete)) = self.neighbours.entries.get_mut(&address) else { return };
        ctx.cause = incomplete.cause;
        let fired = ctx.follow(|| timer(TimerChange::Fired));
        if incomplete.tries < TRIES {
            self.request(address, ctx);
            return;
        }
        // A failed entry is forgotten: the next packet asks anew, as on Linux.
        let Some(Entry::Incomplete(incomplete)) = self.neighbours.entries.remove(&address) else { return };
        let gone = ctx.follow(|| neighbour(address, NeighbourState::Failed));
        debug_assert!(gone > fired || !ctx.record.tracing(), "facts are numbered in order");
        for (packet, _) in incomplete.waiting {
            ctx.fact(|| What::Dropped {
                frame: None,
                place: crate::trace::Place::Layer(crate::layer::Layer::DataLink),
                why: DropReason::NoNeighbour,
                bytes: packet.bytes().into(),
            });
            failed.push((packet, Some(gone)));
        }
    }
}
