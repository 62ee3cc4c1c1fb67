//! Router discovery (RFC 4861 §6): a router advertises itself and its networks; a host asks for routers, and learns the way out,
//! what is on its link, the MTU, the hop limit and prefixes for its addresses.
//!
//! Hosts listen on interfaces with `autoconf` alone; routers listen to nobody (`accept_ra=1` with forwarding).
//!
//! Absent on purpose: preferences of routers (RFC 4191), DNS servers (RFC 8106), taking the next router when one is silent
//! (§6.3.6), reachable and retransmission times (Linux's own are used), and solicitations without end (RFC 7559, which
//! Linux sends ever more rarely): a network shall come to rest.

use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use crate::context::Context;
use crate::scenario::Address;
use crate::time::Instant;
use crate::trace::{RouteChange, What};
use crate::wire::ethernet;
use crate::wire::ipv6::LEAST_MTU;
use crate::wire::ndp::{self, RouterAdvertisement};

use super::agenda::Task;
use super::nd::{ALL_NODES, ALL_ROUTERS, Heard};
use super::{Internet, TTL};

/// RFC 4861 §10: solicitations of a host, and the time between two.
const SOLICITATIONS: u32 = 3;
const SOLICITATION_INTERVAL: Duration = Duration::from_secs(4);
/// §6.2.1: a router advertises after a random time between these.
const ADVERTISE_FROM: Duration = Duration::from_secs(200);
const ADVERTISE_TO: Duration = Duration::from_secs(600);
/// §10: but the first ones come sooner.
const FIRST_ADVERTISEMENTS: u32 = 3;
const FIRST_INTERVAL: Duration = Duration::from_secs(16);
/// §10: an answer waits up to this long, and advertisements are so far apart at least.
const ANSWER_DELAY: Duration = Duration::from_millis(500);
const ADVERTISEMENT_GAP: Duration = Duration::from_secs(3);
/// §6.2.1, in seconds: it is a default router for three of the longest intervals; prefixes are valid for 30 days, their
/// addresses preferred for 7.
const ROUTER_LIFETIME: u16 = 1800;
const VALID: u32 = 2_592_000;
const PREFERRED: u32 = 604_800;
/// Prefixes of one advertisement that are heeded: a bound against made-up ones (Linux: `max_addresses`, 16).
const MOST_PREFIXES: usize = 16;
/// Routes that one interface learns at most.
const MOST_ROUTES: usize = 64;

/// A route that was advertised.
pub(super) type Advertised = (usize, Address, Option<IpAddr>);

/// When so many seconds are over; all ones: never (§4.6.2).
pub(super) fn end_of(seconds: u32, now: Instant) -> Option<Instant> {
    (seconds != u32::MAX).then(|| now + Duration::from_secs(seconds.into()))
}

impl Internet {
    /// Asks for routers, and again until one answers (§6.3.7).
    pub(super) fn solicit_routers(&mut self, interface: usize, ctx: &mut Context<'_>) {
        let here = &mut self.interfaces[interface];
        let Some(source) = here.link_local() else { return };
        here.solicitations += 1;
        let again = (here.solicitations < SOLICITATIONS).then_some(ctx.now + SOLICITATION_INTERVAL);
        let repr = ndp::Repr::RouterSolicitation { source_link: Some(here.mac) };
        let way = (interface, ethernet::multicast_v6(ALL_ROUTERS));
        self.send_discovery((source, ALL_ROUTERS), way, repr, ctx);
        self.plan(Task::Solicit(interface), again, ctx);
    }

    /// A host asks for routers (§6.2.6).
    pub(super) fn routers_solicited(&mut self, interface: usize, ctx: &mut Context<'_>) {
        if self.interfaces[interface].advertise {
            self.advertise_soon(interface, ctx);
        }
    }

    /// Advertises within half a second, but not too often.
    pub(super) fn advertise_soon(&mut self, interface: usize, ctx: &mut Context<'_>) {
        let mut at = ctx.now + self.draw(ANSWER_DELAY);
        if let Some(last) = self.interfaces[interface].advertised {
            at = at.max(last + ADVERTISEMENT_GAP);
        }
        let task = Task::Advertise(interface);
        let at = self.agenda.time_of(task).map_or(at, |planned| planned.min(at));
        self.plan(task, Some(at), ctx);
    }

    /// Tells all nodes of a link what this router and its networks are (§6.2.3, §6.2.4).
    pub(super) fn advertise(&mut self, interface: usize, ctx: &mut Context<'_>) {
        let here = &mut self.interfaces[interface];
        let Some(source) = here.link_local() else {
            // Its address is being checked.
            self.plan(Task::Advertise(interface), Some(ctx.now + ADVERTISEMENT_GAP), ctx);
            return;
        };
        here.advertised = Some(ctx.now);
        here.advertisements = here.advertisements.saturating_add(1);
        let first = here.advertisements < FIRST_ADVERTISEMENTS;
        let own = here.addresses.iter();
        let prefixes = own.filter_map(prefix_of).take(MOST_PREFIXES).collect();
        let repr = ndp::Repr::RouterAdvertisement(RouterAdvertisement {
            hop_limit: TTL,
            lifetime: ROUTER_LIFETIME,
            source_link: Some(here.mac),
            // The interface's MTU is at most Ethernet's.
            mtu: Some(here.mtu as u32),
            prefixes,
            ..RouterAdvertisement::default()
        });
        let way = (interface, ethernet::multicast_v6(ALL_NODES));
        self.send_discovery((source, ALL_NODES), way, repr, ctx);
        let wait = ADVERTISE_FROM + self.draw(ADVERTISE_TO - ADVERTISE_FROM);
        let wait = if first { wait.min(FIRST_INTERVAL) } else { wait };
        self.plan(Task::Advertise(interface), Some(ctx.now + wait), ctx);
    }

    /// A router advertises itself (§6.3.4).
    pub(super) fn advertised(&mut self, heard: Heard, repr: &RouterAdvertisement, ctx: &mut Context<'_>) {
        let Heard { interface, source } = heard;
        let here = &mut self.interfaces[interface];
        if !here.autoconf || self.forwarding {
            return;
        }
        if repr.hop_limit != 0 {
            here.hop_limit = Some(repr.hop_limit);
        }
        if let Some(mtu) = repr.mtu.and_then(|mtu| usize::try_from(mtu).ok())
            && (LEAST_MTU..=here.mtu).contains(&mtu)
        {
            here.mtu_v6 = mtu;
        }
        if repr.lifetime > 0 {
            self.plan(Task::Solicit(interface), None, ctx);
        }
        let everywhere = Address { ip: Ipv6Addr::UNSPECIFIED.into(), prefix: 0 };
        self.learn_route((interface, everywhere, Some(source.into())), u32::from(repr.lifetime), ctx);
        if let Some(mac) = repr.source_link {
            self.learn((interface, source.into()), mac, false, ctx);
        }
        for prefix in repr.prefixes.iter().take(MOST_PREFIXES) {
            let network = Address { ip: prefix.prefix.into(), prefix: prefix.length };
            if prefix.on_link && !prefix.prefix.is_unicast_link_local() {
                self.learn_route((interface, network, None), prefix.valid, ctx);
            }
            if prefix.autonomous {
                self.advertised_prefix(interface, prefix, ctx);
            }
        }
    }

    /// A route is good for so many seconds; zero: no more.
    fn learn_route(&mut self, route: Advertised, seconds: u32, ctx: &mut Context<'_>) {
        if self.routes.is_given(route) {
            return;
        }
        if seconds == 0 {
            self.end_route(route, ctx);
            return;
        }
        let (interface, to, via) = route;
        let news = !self.routes.is_learned(route);
        if news && self.routes.learned_by(interface) >= MOST_ROUTES {
            return;
        }
        if news {
            self.routes.learn(route);
            let change = RouteChange::Learned;
            ctx.fact(|| What::Route { interface: interface as u16, to, via, change });
        }
        self.plan(Task::EndRoute(interface, to, via), end_of(seconds, ctx.now), ctx);
    }

    /// A route that was advertised is gone.
    pub(super) fn end_route(&mut self, route: Advertised, ctx: &mut Context<'_>) {
        let (interface, to, via) = route;
        self.plan(Task::EndRoute(interface, to, via), None, ctx);
        if self.routes.forget(route) {
            let change = RouteChange::Lost;
            ctx.fact(|| What::Route { interface: interface as u16, to, via, change });
        }
    }

    /// A neighbour says that it is no router (§7.2.5): it is no way out any more.
    pub(super) fn no_router(&mut self, interface: usize, neighbour: Ipv6Addr, ctx: &mut Context<'_>) {
        let everywhere = Address { ip: Ipv6Addr::UNSPECIFIED.into(), prefix: 0 };
        self.end_route((interface, everywhere, Some(neighbour.into())), ctx);
    }
}

/// What a router advertises of a network that it is in.
fn prefix_of(address: &Address) -> Option<ndp::Prefix> {
    let IpAddr::V6(ip) = address.ip else { return None };
    if ip.is_unicast_link_local() {
        return None;
    }
    let mask = u128::MAX.checked_shl(128 - u32::from(address.prefix)).unwrap_or(0);
    Some(ndp::Prefix {
        length: address.prefix,
        on_link: true,
        autonomous: true,
        valid: VALID,
        preferred: PREFERRED,
        prefix: Ipv6Addr::from_bits(ip.to_bits() & mask),
    })
}
