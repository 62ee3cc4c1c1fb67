//! Neighbor Discovery (RFC 4861 §7.2): asking for the hardware address of an IPv6 neighbour, answering, and what an answer
//! changes. Routers are in [`super::router`], checks of own addresses in [`super::address`].
//!
//! Absent on purpose: redirects and proxies. The table is in [`super::neighbour`].

use core::net::{IpAddr, Ipv6Addr};

use crate::context::Context;
use crate::layer::{Layer, Protocol};
use crate::trace::DropReason;
use crate::wire::ethernet::{self, Mac};
use crate::wire::icmpv6;
use crate::wire::ipv6::{PROTOCOL_ICMPV6, solicited_node};
use crate::wire::ndp::{self, HOP_LIMIT};

use super::{Carriage, Hop, Internet};

/// An address of an interface, and who speaks to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    pub(crate) interface: usize,
    pub(crate) source: Ipv6Addr,
}

impl Internet {
    /// Asks who has this address: its group (RFC 4861 §7.2.2), or the station that is known to have had it.
    pub(super) fn solicit(&mut self, interface: usize, target: Ipv6Addr, known: Option<Mac>, ctx: &mut Context<'_>) {
        let here = &self.interfaces[interface];
        let Some(IpAddr::V6(source)) = here.source_for(target.into()) else { return };
        let repr = ndp::Repr::NeighborSolicitation { target, source_link: Some(here.mac) };
        let destination = if known.is_some() { target } else { solicited_node(target) };
        let mac = known.unwrap_or(ethernet::multicast_v6(destination));
        self.send_discovery((source, destination), (interface, mac), repr, ctx);
    }

    /// Sends a message of Neighbor Discovery through an interface to a hardware address.
    pub(super) fn send_discovery(
        &mut self,
        (source, destination): (Ipv6Addr, Ipv6Addr),
        (interface, mac): (usize, Mac),
        repr: ndp::Repr,
        ctx: &mut Context<'_>,
    ) {
        let cause = ctx.cause;
        let repr = icmpv6::Repr::Neighbor(repr);
        let mut packet = ctx.pool.take();
        let header = repr.header_len();
        repr.emit(packet.prepend(header), source, destination);
        ctx.encapsulated(Layer::Network, Protocol::Icmpv6, packet.bytes(), header);
        let mut carriage = Carriage::plain(source.into(), destination.into(), PROTOCOL_ICMPV6, 0);
        carriage.ttl = Some(HOP_LIMIT);
        self.send_through(&carriage, Hop::Group { interface, mac }, packet, ctx);
        ctx.cause = cause;
    }

    /// A message of Neighbor Discovery arrived.
    pub(crate) fn receive_discovery(
        &mut self,
        heard: Heard,
        repr: &ndp::Repr,
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        match repr {
            ndp::Repr::NeighborSolicitation { target, source_link } => {
                self.solicited(heard, *target, *source_link, ctx);
                Ok(())
            }
            ndp::Repr::NeighborAdvertisement { target, target_link, solicited, overrides, router } => {
                let interface = heard.interface;
                if self.interfaces[interface].is_tentative(*target) {
                    self.duplicate(interface, *target, ctx);
                    return Ok(());
                }
                self.answered((interface, IpAddr::V6(*target)), *target_link, (*solicited, *overrides), ctx);
                if !router {
                    self.no_router(interface, *target, ctx);
                }
                Ok(())
            }
            ndp::Repr::RouterSolicitation { source_link } if self.forwarding => {
                // §6.2.6: one without an address yet cannot be a neighbour.
                if let Some(mac) = source_link
                    && !heard.source.is_unspecified()
                {
                    self.learn((heard.interface, heard.source.into()), *mac, false, ctx);
                }
                self.routers_solicited(heard.interface, ctx);
                Ok(())
            }
            // §6.1.2: routers are known by their link-local addresses.
            ndp::Repr::RouterAdvertisement(repr) if heard.source.is_unicast_link_local() => {
                self.advertised(heard, repr, ctx);
                Ok(())
            }
            ndp::Repr::RouterSolicitation { .. } | ndp::Repr::RouterAdvertisement(_) | ndp::Repr::Redirect { .. } => {
                Err(DropReason::NotAcceptable)
            }
        }
    }

    /// Somebody asks for an address (RFC 4861 §7.2.3, §7.2.4).
    fn solicited(&mut self, heard: Heard, target: Ipv6Addr, source_link: Option<Mac>, ctx: &mut Context<'_>) {
        let Heard { interface, source } = heard;
        if self.interfaces[interface].is_tentative(target) {
            // RFC 4862 §5.4.3: who asks without an address wants this one too; another one looks for its neighbour.
            if source.is_unspecified() {
                self.duplicate(interface, target, ctx);
            }
            return;
        }
        if !self.interfaces[interface].has(target.into()) {
            return;
        }
        if let Some(mac) = source_link
            && !source.is_unspecified()
        {
            self.learn((interface, source.into()), mac, false, ctx);
        }
        // One that looks for a duplicate has no address yet: all nodes are told.
        let nameless = source.is_unspecified();
        let destination = if nameless { ALL_NODES } else { source };
        let mac = match source_link {
            Some(mac) if !nameless => mac,
            _ => ethernet::multicast_v6(destination),
        };
        let repr = ndp::Repr::NeighborAdvertisement {
            router: self.forwarding,
            solicited: !nameless,
            overrides: true,
            target,
            target_link: Some(self.interfaces[interface].mac),
        };
        self.send_discovery((target, destination), (interface, mac), repr, ctx);
    }
}

/// The group of all routers of a link (RFC 4291 §2.7.1).
pub(super) const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
/// The group of all nodes of a link (RFC 4291 §2.7.1).
pub(super) const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
