//! From one interface to another: what a router does with a packet that is not for itself (RFC 1812 §5.2, RFC 8200).
//!
//! Absent on purpose: groups (no packet to a group leaves its link: there is no multicast routing), redirects and reverse path filters. Address translation has a file of its own.

use core::net::IpAddr;

use crate::context::Context;
use crate::layer::Layer;
use crate::packet::Packet;
use crate::trace::DropReason;
use crate::wire::{checksum, ipv4};

use super::icmp::Problem;
use super::output::protocol_of;
use super::{Hop, Internet, header_of};

/// Why a packet is not forwarded, and what its sender is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) why: DropReason,
    pub(crate) problem: Option<Problem>,
}

impl Refusal {
    const fn told(why: DropReason, problem: Problem) -> Refusal {
        Refusal { why, problem: Some(problem) }
    }

    const fn silent(why: DropReason) -> Refusal {
        Refusal { why, problem: None }
    }
}

/// What a router reads of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transit {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) ttl: u8,
    /// Its length with all headers.
    pub(crate) length: usize,
    /// It may be broken on the way: IPv4 without DF.
    pub(crate) breakable: bool,
}

impl Internet {
    /// Where a packet that is not for this node goes next, or why nowhere.
    pub(crate) fn way_through(&self, transit: &Transit) -> Result<Hop, Refusal> {
        let Transit { source, destination, .. } = *transit;
        let near = super::route::is_link_local(source) || super::route::is_link_local(destination);
        if source.is_unspecified() || source.is_loopback() || destination.is_multicast() || near {
            return Err(Refusal::silent(DropReason::NotOurAddress));
        }
        // RFC 1812 §5.3.1: a packet leaves with one less, and never with zero.
        if transit.ttl <= 1 {
            return Err(Refusal::told(DropReason::TtlExceeded, Problem::TtlExceeded));
        }
        let Some(hop) = self.route_away(destination) else {
            return Err(Refusal::told(DropReason::NoRoute, Problem::NoRoute));
        };
        if !matches!(hop, Hop::Neighbour { .. }) {
            return Err(Refusal::silent(DropReason::NotOurAddress));
        }
        let mtu = self.mtu_of(hop, destination.is_ipv6());
        if transit.length > mtu && !transit.breakable {
            return Err(Refusal::told(DropReason::TooBig, Problem::TooBig { mtu }));
        }
        Ok(hop)
    }

    /// Sends a packet of others on its way. It starts with its IP header, whose TTL is counted down in place.
    pub(crate) fn forward(&mut self, hop: Hop, mut packet: Packet, ctx: &mut Context<'_>) {
        let destination = count_down(packet.bytes_mut());
        let mtu = self.mtu_of(hop, destination.is_ipv6());
        if packet.len() > mtu {
            self.forward_in_fragments(hop, mtu, packet, ctx);
            return;
        }
        let header = header_of(destination);
        ctx.encapsulated(Layer::Network, protocol_of(destination), packet.bytes(), header);
        self.dispatch(hop, packet, ctx);
    }
}

/// One hop less to live. Gives the destination's family by its address.
fn count_down(packet: &mut [u8]) -> IpAddr {
    if packet[0] >> 4 == 4 {
        let before = crate::wire::u16_at(packet, 8);
        packet[8] -= 1;
        let after = crate::wire::u16_at(packet, 8);
        let sum = checksum::updated(crate::wire::u16_at(packet, 10), before, after);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        IpAddr::V4(crate::wire::ipv4_at(packet, 16))
    } else {
        packet[7] -= 1;
        IpAddr::V6(crate::wire::ipv6_at(packet, 24))
    }
}

/// What a router reads of an IPv4 packet.
pub(crate) fn transit_v4(ip: &ipv4::Repr, header: usize) -> Transit {
    Transit {
        source: ip.source.into(),
        destination: ip.destination.into(),
        ttl: ip.ttl,
        length: header + ip.payload,
        breakable: !ip.dont_fragment,
    }
}
