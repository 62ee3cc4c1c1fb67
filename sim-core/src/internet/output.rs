//! Down the layers: the IP header, fragments where a packet is too long, the neighbour, the Ethernet header, the link; or
//! round to the host itself.
//!
//! Absent on purpose: queueing disciplines (a link has one drop-tail queue) and segmentation offload: what leaves is
//! what is on the wire.

use core::net::IpAddr;
use core::time::Duration;

use crate::context::Context;
use crate::layer::{Layer, Protocol};
use crate::packet::Packet;
use crate::queue::Event;
use crate::time::Instant;
use crate::trace::{DropReason, FactId, FrameId, LinkId, Place, What};
use crate::wire::ethernet::{self, Mac, TYPE_IPV4, TYPE_IPV6};
use crate::wire::ipv4_option::Options;
use crate::wire::{ipv4, ipv6, ipv6_extension};

use super::{Carriage, Hop, Internet, LOOPBACK_MTU, TTL};

/// From the sending of a packet to oneself until it arrives: about what a processor takes for both ways through the kernel.
const LOOPBACK_DELAY: Duration = Duration::from_micros(10);

/// The router alert of a packet with a message of multicast listener discovery (RFC 2711 §2.1).
const LISTENER_DISCOVERY: u16 = 0;

/// A frame on its way to this host itself.
#[derive(Clone, Debug)]
pub(super) struct Looped {
    arrives: Instant,
    frame: FrameId,
    sent: FactId,
    packet: Packet,
}

impl Internet {
    /// Puts the IP header before a transport's packet and sends it, in fragments when it is too long for its first link.
    /// It waits when the neighbour's hardware address is not known. The context's cause is the transport's header, and is changed.
    pub(crate) fn send(&mut self, carriage: &Carriage, packet: Packet, ctx: &mut Context<'_>) {
        match self.hop_of(carriage) {
            Some(hop) => self.send_through(carriage, hop, packet, ctx),
            None => self.discard(packet, DropReason::NoRoute, ctx),
        }
    }

    /// The same, where the way is known.
    pub(super) fn send_through(&mut self, carriage: &Carriage, hop: Hop, mut packet: Packet, ctx: &mut Context<'_>) {
        if carriage.confirmed
            && let Hop::Neighbour { interface, address } = hop
        {
            self.neighbours.confirm(interface, address, ctx.now);
        }
        let mut carriage = *carriage;
        carriage.ttl.get_or_insert_with(|| self.ttl_through(hop, carriage.destination));
        let carriage = &carriage;
        let first = self.mtu_of(hop, carriage.destination.is_ipv6());
        let header = super::header_of(carriage.destination) + super::alert_of(carriage);
        let mtu = if carriage.dont_fragment || carriage.destination.is_ipv6() {
            self.path_mtus.get(&carriage.destination).map_or(first, |path| first.min(*path))
        } else {
            first
        };
        if header + packet.len() <= mtu {
            emit_header(carriage, &mut packet, Piece::Whole);
            ctx.encapsulated(Layer::Network, protocol_of(carriage.destination), packet.bytes(), header);
            self.dispatch(hop, packet, ctx);
            return;
        }
        self.send_in_fragments(carriage, hop, mtu, packet, ctx);
    }

    fn send_in_fragments(&mut self, carriage: &Carriage, hop: Hop, mtu: usize, packet: Packet, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let header = fragment_header_of(carriage.destination);
        let id = if carriage.destination.is_ipv6() { self.next_fragment_id() } else { u32::from(carriage.id) };
        // RFC 791 §3.2: all but the last in units of 8 bytes.
        let room = (mtu - header) & !7;
        let all = packet.bytes();
        for (index, chunk) in all.chunks(room).enumerate() {
            let offset = index * room;
            let mut fragment = ctx.pool.take_for(chunk.len());
            fragment.append(chunk.len()).copy_from_slice(chunk);
            let more = offset + chunk.len() < all.len();
            emit_header(carriage, &mut fragment, Piece::Fragment { id, offset, more });
            ctx.cause = cause;
            ctx.encapsulated(Layer::Network, protocol_of(carriage.destination), fragment.bytes(), header);
            self.dispatch(hop, fragment, ctx);
        }
        ctx.pool.give_back(packet);
    }

    /// Breaks an IPv4 packet of somebody else for a link that is too short for it (RFC 791 §2.3). It starts with its header.
    pub(super) fn forward_in_fragments(&mut self, hop: Hop, mtu: usize, packet: Packet, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let Ok((ip, header, payload)) = ipv4::Repr::parse(packet.bytes()) else { return };
        let room = (mtu - header) & !7;
        for (index, chunk) in payload.chunks(room).enumerate() {
            let offset = index * room;
            let mut fragment = ctx.pool.take_for(chunk.len());
            fragment.append(chunk.len()).copy_from_slice(chunk);
            let more = offset + chunk.len() < payload.len() || ip.more_fragments;
            // Whole packets and fragments alike are broken in units of 8 bytes.
            let fragment_offset = ip.fragment_offset + (offset / 8) as u16;
            let repr = ipv4::Repr { more_fragments: more, fragment_offset, payload: chunk.len(), ..ip };
            repr.emit(fragment.prepend(ipv4::HEADER));
            ctx.cause = cause;
            ctx.encapsulated(Layer::Network, Protocol::Ipv4, fragment.bytes(), ipv4::HEADER);
            self.dispatch(hop, fragment, ctx);
        }
        ctx.pool.give_back(packet);
    }

    /// The longest packet that goes this way.
    pub(super) fn mtu_of(&self, hop: Hop, v6: bool) -> usize {
        match hop {
            Hop::Local => LOOPBACK_MTU,
            Hop::Neighbour { interface, .. } | Hop::Group { interface, .. } if v6 => self.interfaces[interface].mtu_v6,
            Hop::Neighbour { interface, .. } | Hop::Group { interface, .. } => self.interfaces[interface].mtu,
        }
    }

    /// The time to live of a packet that asks for none.
    fn ttl_through(&self, hop: Hop, destination: IpAddr) -> u8 {
        match hop {
            Hop::Neighbour { interface, .. } | Hop::Group { interface, .. } if destination.is_ipv6() => {
                self.interfaces[interface].hop_limit.unwrap_or(self.ttl)
            }
            _ => self.ttl,
        }
    }

    /// Sends a packet that has its network header where it goes next.
    pub(super) fn dispatch(&mut self, hop: Hop, packet: Packet, ctx: &mut Context<'_>) {
        match hop {
            Hop::Local => self.loop_back(packet, ctx),
            Hop::Group { interface, mac } => self.frame_ip(interface, packet, mac, ctx),
            Hop::Neighbour { interface, address } => match self.neighbour_for(interface, address, ctx) {
                Some(mac) => self.frame_ip(interface, packet, mac, ctx),
                None => self.wait_for(interface, address, packet, ctx),
            },
        }
    }

    /// Drops a packet that never became a frame.
    pub(super) fn discard(&mut self, packet: Packet, why: DropReason, ctx: &mut Context<'_>) {
        ctx.fact(|| What::Dropped {
            frame: None,
            place: Place::Layer(Layer::Network),
            why,
            bytes: packet.bytes().into(),
        });
        ctx.pool.give_back(packet);
    }

    /// Puts the Ethernet header before an IP packet and gives the frame to the link.
    pub(super) fn frame_ip(&mut self, interface: usize, packet: Packet, destination: Mac, ctx: &mut Context<'_>) {
        let ethertype = if packet.bytes()[0] >> 4 == 4 { TYPE_IPV4 } else { TYPE_IPV6 };
        self.frame(interface, packet, (destination, ethertype), ctx);
    }

    /// Puts the Ethernet header before a packet and gives the frame to the link.
    pub(super) fn frame(
        &mut self,
        interface: usize,
        mut packet: Packet,
        (destination, ethertype): (Mac, u16),
        ctx: &mut Context<'_>,
    ) {
        let header = ethernet::Repr { destination, source: self.interfaces[interface].mac, ethertype };
        header.emit(packet.prepend(ethernet::HEADER));
        ctx.encapsulated(Layer::DataLink, Protocol::Ethernet, packet.bytes(), ethernet::HEADER);
        self.transmit(interface, packet, ctx);
    }

    /// Gives a whole frame to the link of an interface.
    pub(crate) fn transmit(&mut self, interface: usize, packet: Packet, ctx: &mut Context<'_>) {
        match self.interfaces.get(interface).and_then(|interface| interface.link) {
            Some((link, end)) => ctx.transmit(link, end, packet),
            None => self.discard(packet, DropReason::NoRoute, ctx),
        }
    }

    /// A packet of this host to itself: it gets an Ethernet header of zeros, as Linux shows it on `lo`.
    fn loop_back(&mut self, mut packet: Packet, ctx: &mut Context<'_>) {
        let ethertype = if packet.bytes()[0] >> 4 == 4 { TYPE_IPV4 } else { TYPE_IPV6 };
        let header = ethernet::Repr { destination: [0; 6], source: [0; 6], ethertype };
        header.emit(packet.prepend(ethernet::HEADER));
        ctx.encapsulated(Layer::DataLink, Protocol::Ethernet, packet.bytes(), ethernet::HEADER);
        let (frame, now, arrives) = (ctx.ids.frame(), ctx.now, ctx.now + LOOPBACK_DELAY);
        let to = ctx.node;
        let sent = ctx.fact(|| What::Sent {
            link: LinkId::LOOPBACK,
            to,
            frame,
            bytes: packet.bytes().into(),
            sent_at: now,
            arrives_at: arrives,
        });
        self.looped.push_back(Looped { arrives, frame, sent, packet });
        self.schedule_loopback(ctx);
    }

    fn schedule_loopback(&mut self, ctx: &mut Context<'_>) {
        let next = self.looped.front().map(|looped| looped.arrives);
        self.loopback_timer.set(next, ctx.queue, Event::Loopback(ctx.node));
    }

    /// The loopback's event came: the frame that arrives now, with the fact of its arrival as cause.
    pub(crate) fn loopback_arrival(&mut self, ctx: &mut Context<'_>) -> Option<(FrameId, Packet)> {
        self.loopback_timer.reached(ctx.now, ctx.queue, Event::Loopback(ctx.node));
        let due = self.looped.front().is_some_and(|looped| looped.arrives <= ctx.now);
        let arrival = if due { self.looped.pop_front() } else { None };
        self.schedule_loopback(ctx);
        let Looped { frame, sent, packet, .. } = arrival?;
        let from = ctx.node;
        ctx.cause = Some(sent);
        ctx.follow(|| What::Delivered { link: LinkId::LOOPBACK, from, frame });
        Some((frame, packet))
    }
}

/// What a packet is of the one that the transport gave.
#[derive(Clone, Copy)]
enum Piece {
    Whole,
    Fragment { id: u32, offset: usize, more: bool },
}

pub(super) const fn protocol_of(address: IpAddr) -> Protocol {
    match address {
        IpAddr::V4(_) => Protocol::Ipv4,
        IpAddr::V6(_) => Protocol::Ipv6,
    }
}

/// Length of the headers of a fragment.
const fn fragment_header_of(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => ipv4::HEADER,
        IpAddr::V6(_) => ipv6::HEADER + ipv6_extension::FRAGMENT_HEADER,
    }
}

/// Puts the IP header before a packet's payload.
fn emit_header(carriage: &Carriage, packet: &mut Packet, piece: Piece) {
    match (carriage.source, carriage.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let (fragment_offset, more_fragments) = match piece {
                Piece::Whole => (0, false),
                // A packet has at most 65,535 bytes: in units of 8 they fit.
                Piece::Fragment { offset, more, .. } => ((offset / 8) as u16, more),
            };
            let repr = ipv4::Repr {
                traffic_class: carriage.traffic_class,
                id: carriage.id,
                // A host that breaks its own packet lets routers do the same, as Linux does.
                dont_fragment: carriage.dont_fragment && matches!(piece, Piece::Whole),
                more_fragments,
                fragment_offset,
                ttl: carriage.ttl.unwrap_or(TTL),
                protocol: carriage.protocol,
                source,
                destination,
                payload: packet.len(),
            };
            let options = Options { router_alert: carriage.router_alert.then_some(0) };
            repr.emit_with(&options, packet.prepend(ipv4::HEADER + options.len()));
        }
        (IpAddr::V6(source), IpAddr::V6(destination)) => {
            let mut next_header = carriage.protocol;
            if carriage.router_alert {
                ipv6_extension::emit_router_alert(
                    next_header,
                    LISTENER_DISCOVERY,
                    packet.prepend(ipv6_extension::ROUTER_ALERT_HEADER),
                );
                next_header = ipv6::HOP_BY_HOP;
            }
            if let Piece::Fragment { id, offset, more } = piece {
                let fragment = ipv6_extension::Fragment { id, offset: (offset / 8) as u16, more };
                fragment.emit(next_header, packet.prepend(ipv6_extension::FRAGMENT_HEADER));
                next_header = ipv6::FRAGMENT;
            }
            let repr = ipv6::Repr {
                traffic_class: carriage.traffic_class,
                flow_label: 0,
                next_header,
                hop_limit: carriage.ttl.unwrap_or(TTL),
                source,
                destination,
                payload: packet.len(),
            };
            repr.emit(packet.prepend(ipv6::HEADER));
        }
        _ => unreachable!("a packet's two addresses are of one family: sockets see to it"),
    }
}
