//! What a program may ask of the way of a datagram, to a group above all.
//!
//! Absent on purpose: joining groups and telling routers of it ([`super::membership`]).

use core::net::IpAddr;

use crate::context::Context;
use crate::packet::Packet;
use crate::program::MulticastInterface;
use crate::wire::{icmp, icmpv6};

use super::{Carriage, Hop, Internet};

/// What a program has chosen for a datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    /// Time to live; `None` for the default.
    pub(crate) ttl: Option<u8>,
    /// The interface to a group.
    pub(crate) interface: Option<usize>,
    /// Members on this host hear it too.
    pub(crate) loops: bool,
    pub(crate) dont_fragment: bool,
}

impl Way {
    /// The header that it asks for.
    pub(crate) fn carriage(&self, (source, destination): (IpAddr, IpAddr), protocol: u8, id: u16) -> Carriage {
        let plain = Carriage::plain(source, destination, protocol, id);
        Carriage { ttl: self.ttl, interface: self.interface, dont_fragment: self.dont_fragment, ..plain }
    }
}

impl Internet {
    /// The interface that a program names for a group; `None` when there is none.
    pub(crate) fn interface_of(&self, named: MulticastInterface, group: IpAddr) -> Option<usize> {
        match named {
            MulticastInterface::Any | MulticastInterface::Index(0) => match self.group_hop(group, None)? {
                Hop::Group { interface, .. } => Some(interface),
                Hop::Local | Hop::Neighbour { .. } => None,
            },
            MulticastInterface::Address(address) => {
                self.interfaces.iter().position(|interface| interface.has(address.into()))
            }
            MulticastInterface::Index(index) => {
                let place = usize::try_from(index).ok()?.checked_sub(1)?;
                (place < self.interfaces.len()).then_some(place)
            }
        }
    }

    /// The address that a packet to this destination is sent from, when it leaves by this interface.
    pub(crate) fn source_through(&self, destination: IpAddr, interface: Option<usize>) -> Option<IpAddr> {
        match interface {
            Some(interface) => self.interfaces.get(interface)?.source_for(destination),
            None => self.source_for(destination),
        }
    }

    /// Sends a datagram of a program, and a copy of it to members here.
    pub(crate) fn send_datagram(&mut self, carriage: &Carriage, loops: bool, packet: Packet, ctx: &mut Context<'_>) {
        let group = carriage.destination;
        let member = carriage.interface.is_some_and(|interface| self.interfaces[interface].is_member(group));
        if loops && member {
            let cause = ctx.cause;
            let mut copy = ctx.pool.take_for(packet.len());
            copy.append(packet.len()).copy_from_slice(packet.bytes());
            self.send_through(carriage, Hop::Local, copy, ctx);
            ctx.cause = cause;
        }
        self.send(carriage, packet, ctx);
    }

    /// Sends an echo request of a program.
    pub(crate) fn echo_request(
        &mut self,
        (source, destination): (IpAddr, IpAddr),
        (identifier, sequence): (u16, u16),
        data: &[u8],
        way: &Way,
        ctx: &mut Context<'_>,
    ) {
        let mut packet = ctx.pool.take_for(data.len());
        packet.append(data.len()).copy_from_slice(data);
        let cause = ctx.cause;
        let protocol = match (source, destination) {
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let repr = icmpv6::Repr::EchoRequest { identifier, sequence };
                let header = repr.header_len();
                repr.emit(packet.prepend(header), from, to);
                ctx.encapsulated(crate::layer::Layer::Network, crate::layer::Protocol::Icmpv6, packet.bytes(), header);
                crate::wire::ipv6::PROTOCOL_ICMPV6
            }
            _ => {
                let repr = icmp::Repr::EchoRequest { identifier, sequence };
                repr.emit(packet.prepend(icmp::HEADER));
                let header = icmp::HEADER;
                ctx.encapsulated(crate::layer::Layer::Network, crate::layer::Protocol::Icmp, packet.bytes(), header);
                crate::wire::ipv4::PROTOCOL_ICMP
            }
        };
        let carriage = way.carriage((source, destination), protocol, self.next_id());
        self.send(&carriage, packet, ctx);
        ctx.cause = cause;
    }
}
