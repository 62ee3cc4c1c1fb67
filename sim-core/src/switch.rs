//! A learning switch (IEEE 802.1Q §8.7, §8.8): it learns at which port a station is from what the station sends, and passes a
//! frame on to the port of its destination, or floods it when it knows none. It stores a frame and then forwards it: a
//! damaged one goes no further.
//!
//! Absent on purpose: time for looking (a real one takes microseconds), VLANs, link aggregation, the spanning tree (a loop of
//! switches is a broadcast storm, as without the protocol; a scenario may not have one that knows no serialisation
//! time, see [`crate::scenario::ScenarioError::TimelessLoop`]), and IGMP and MLD snooping (a group's frames are flooded).

use core::time::Duration;

use litemap::LiteMap;

use crate::context::Context;
use crate::layer::Layer;
use crate::packet::Packet;
use crate::queue::{Event, LazyTimer};
use crate::scenario::Attachment;
use crate::time::Instant;
use crate::trace::{DropReason, FrameId, What};
use crate::wire::ethernet::{self, Mac};

/// A station that sends nothing for so long is forgotten (IEEE 802.1Q table 8-6, the recommended ageing time).
const AGEING: Duration = Duration::from_secs(300);
/// Stations that the table holds; others are flooded to. Small switches have 8,192.
const STATIONS: usize = 8192;

#[derive(Clone, Debug)]
pub(crate) struct Switch {
    ports: LiteMap<u16, Attachment>,
    stations: LiteMap<Mac, Station>,
    ageing: LazyTimer,
}

#[derive(Clone, Copy, Debug)]
struct Station {
    port: u16,
    /// When it sent last.
    heard: Instant,
}

impl Switch {
    pub(crate) fn new(ports: LiteMap<u16, Attachment>) -> Switch {
        Switch { ports, stations: LiteMap::new(), ageing: LazyTimer::default() }
    }

    /// A whole frame arrived at a port; the context's cause is its arrival.
    pub(crate) fn receive(&mut self, port: u16, frame: FrameId, packet: Packet, ctx: &mut Context<'_>) {
        let destination = match ethernet::Repr::parse(packet.bytes()) {
            // A group sends nothing (IEEE 802.3 §3.2.3): Linux's bridge throws such a frame away too.
            Ok((header, _)) if !is_group(header.source) => {
                self.learn(header.source, port, ctx);
                header.destination
            }
            _ => return discard(frame, packet, DropReason::Malformed, ctx),
        };
        let known = if is_group(destination) { None } else { self.stations.get(&destination) };
        match known.map(|station| station.port) {
            Some(to) if to == port => discard(frame, packet, DropReason::SamePort, ctx),
            Some(to) => self.forward(to, frame, packet, ctx),
            None => self.flood(port, frame, packet, ctx),
        }
    }

    fn learn(&mut self, mac: Mac, port: u16, ctx: &mut Context<'_>) {
        let full = self.stations.len() >= STATIONS;
        let heard = ctx.now;
        match self.stations.get_mut(&mac) {
            Some(station) if station.port == port => station.heard = heard,
            None if full => {}
            // New, or moved: the station is where it was heard last.
            _ => {
                self.stations.insert(mac, Station { port, heard });
                ctx.follow(|| What::Learned { mac, port });
                // Those that were there before go before it.
                if self.stations.len() == 1 {
                    self.schedule(ctx);
                }
            }
        }
    }

    fn forward(&mut self, port: u16, frame: FrameId, packet: Packet, ctx: &mut Context<'_>) {
        ctx.follow(|| What::Switched { frame, port: Some(port) });
        let (link, end) = self.ports[&port];
        ctx.transmit(link, end, packet);
    }

    /// Sends a frame out of every port but its own.
    fn flood(&mut self, from: u16, frame: FrameId, packet: Packet, ctx: &mut Context<'_>) {
        let mut ports = self.ports.iter().filter(|(port, _)| **port != from).map(|(_, attachment)| *attachment);
        let Some((mut link, mut end)) = ports.next() else {
            return discard(frame, packet, DropReason::SamePort, ctx);
        };
        ctx.follow(|| What::Switched { frame, port: None });
        for next in ports {
            let copy = ctx.pool.copy(&packet);
            ctx.transmit(link, end, copy);
            (link, end) = next;
        }
        ctx.transmit(link, end, packet);
    }

    /// The table's event came: stations that have been silent are forgotten.
    pub(crate) fn age(&mut self, ctx: &mut Context<'_>) {
        if self.ageing.reached(ctx.now, ctx.queue, Event::Stations(ctx.node)) {
            let now = ctx.now;
            self.forget(|station| station.heard + AGEING <= now, ctx);
        }
    }

    /// No signal comes in at a port any more: its stations are forgotten, as Linux's bridge does
    /// (`br_fdb_delete_by_port`).
    pub(crate) fn carrier_lost(&mut self, port: u16, ctx: &mut Context<'_>) {
        self.forget(|station| station.port == port, ctx);
    }

    fn forget(&mut self, which: impl Fn(&Station) -> bool, ctx: &mut Context<'_>) {
        self.stations.retain(|mac, station| {
            let goes = which(station);
            if goes {
                ctx.fact(|| What::Forgotten { mac: *mac, port: station.port });
            }
            !goes
        });
        self.schedule(ctx);
    }

    /// A station that is heard again moves its own deadline alone; the table looks when the oldest known one comes.
    fn schedule(&mut self, ctx: &mut Context<'_>) {
        let next = self.stations.values().map(|station| station.heard + AGEING).min();
        self.ageing.set(next, ctx.queue, Event::Stations(ctx.node));
    }
}

fn is_group(mac: Mac) -> bool {
    mac[0] & 1 != 0
}

fn discard(frame: FrameId, packet: Packet, why: DropReason, ctx: &mut Context<'_>) {
    ctx.drop_frame(Layer::DataLink, why, (frame, packet.bytes()));
    ctx.pool.give_back(packet);
}
