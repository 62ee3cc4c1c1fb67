//! IPv6 addresses of an interface (RFC 4862): link-local ones, those made from prefixes, the check that no other station has
//! them, their lifetimes; and which of them a packet is sent from (RFC 6724).
//!
//! An interface that speaks IPv6 by addresses given by hand alone has its link-local address at once and says nothing by
//! itself, as with `nodad`, `accept_ra=0` and no report of its own groups: a lesson about two hosts shall not begin with a
//! dozen frames that it is not about. One with `autoconf` says all that Linux says when it comes up: it reports its groups,
//! checks its addresses, asks for routers.
//!
//! Absent on purpose: temporary addresses (RFC 8981) and stable secret ones (RFC 7217; Linux makes EUI-64 addresses unless told
//! otherwise), optimistic checks (RFC 4429), DHCPv6, a policy table (RFC 6724 §2.1) beyond unique local addresses.

use core::cmp::Reverse;
use core::net::{IpAddr, Ipv6Addr};
use core::time::Duration;

use crate::context::Context;
use crate::scenario::Address;
use crate::time::Instant;
use crate::trace::{AddressState, What};
use crate::wire::ethernet::{self, Mac};
use crate::wire::ipv6::solicited_node;
use crate::wire::ndp;

use super::agenda::Task;
use super::{Interface, Internet};

/// The prefix of link-local addresses (RFC 4291 §2.5.6).
const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0);
/// Length of a prefix that addresses are made of (RFC 4291 §2.5.1: the rest is the interface's).
pub(super) const MADE_PREFIX: u8 = 64;
/// A check begins after a random time below this (RFC 4862 §5.4.2, `rtr_solicit_delay`).
const CHECK_DELAY: Duration = Duration::from_secs(1);
/// So long nobody may answer (`retrans_time_ms`, with one probe: `dad_transmits`).
const CHECK_TIME: Duration = Duration::from_secs(1);
/// RFC 4862 §5.5.3 e: an advertisement alone makes no address end sooner.
const TWO_HOURS: Duration = Duration::from_secs(7200);

/// An address that may be another station's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tentative {
    address: Address,
    lifetimes: Lifetimes,
}

/// When an address ends; `None`: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lifetimes {
    pub(super) preferred: Option<Instant>,
    pub(super) valid: Option<Instant>,
}

/// What is kept of an address that was made from a prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Made {
    valid: Option<Instant>,
    /// It is not for new connections.
    deprecated: bool,
}

/// The address of an interface with this hardware address in a network of 64 bits (RFC 4291, appendix A).
pub(super) fn made_from(prefix: Ipv6Addr, mac: Mac) -> Ipv6Addr {
    let [a, b, c, d, e, f] = mac;
    let identifier = u64::from_be_bytes([a ^ 2, b, c, 0xff, 0xfe, d, e, f]);
    Ipv6Addr::from_bits(prefix.to_bits() & !u128::from(u64::MAX) | u128::from(identifier))
}

pub(super) fn link_local(mac: Mac) -> Address {
    Address { ip: made_from(LINK_LOCAL, mac).into(), prefix: MADE_PREFIX }
}

impl Interface {
    pub(super) fn is_tentative(&self, address: Ipv6Addr) -> bool {
        self.tentative.iter().any(|tentative| tentative.address.ip == address)
    }

    /// Its addresses of IPv6, those that are being checked too.
    pub(super) fn addresses_v6(&self) -> impl Iterator<Item = Ipv6Addr> {
        let tentative = self.tentative.iter().map(|tentative| tentative.address);
        self.addresses.iter().copied().chain(tentative).filter_map(|address| match address.ip {
            IpAddr::V6(ip) => Some(ip),
            IpAddr::V4(_) => None,
        })
    }

    /// The link-local address, once it is its own.
    pub(super) fn link_local(&self) -> Option<Ipv6Addr> {
        self.addresses.iter().find_map(|address| match address.ip {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => Some(ip),
            _ => None,
        })
    }

    /// How well an address of this interface suits as the source of a packet (RFC 6724 §5): the most is best.
    fn merit(&self, own: Ipv6Addr, destination: Ipv6Addr, leaves_here: bool) -> (bool, i16, bool, bool, bool, u32) {
        let (scope, wanted) = (scope(own), scope(destination));
        // Rule 2: the smallest scope that reaches the destination, else the largest.
        let reach = if scope >= wanted { 100 - scope } else { scope };
        let deprecated = self.made.get(&own).is_some_and(|made| made.deprecated);
        let alike = own.is_unique_local() == destination.is_unique_local();
        let common = (own.to_bits() ^ destination.to_bits()).leading_zeros();
        (own == destination, reach, !deprecated, leaves_here, alike, common)
    }
}

/// The scope of an address, in the numbers of groups (RFC 4291 §2.7, RFC 6724 §3.1).
fn scope(address: Ipv6Addr) -> i16 {
    const LINK: i16 = 2;
    const GLOBAL: i16 = 14;
    match address {
        _ if address.is_multicast() => (address.segments()[0] & 0xf) as i16,
        _ if address.is_unicast_link_local() || address.is_loopback() => LINK,
        _ => GLOBAL,
    }
}

/// The best of these interfaces' addresses for a packet that leaves through the first given.
pub(super) fn choose_source<'a>(
    destination: Ipv6Addr,
    leaving: &Interface,
    others: impl Iterator<Item = &'a Interface>,
) -> Option<Ipv6Addr> {
    let own = |interface: &'a Interface| interface.addresses.iter().map(move |address| (interface, address.ip));
    let here = leaving.addresses.iter().map(|address| (leaving, address.ip, true));
    let elsewhere = others.flat_map(own).map(|(interface, ip)| (interface, ip, false));
    let candidates = here.chain(elsewhere).filter_map(|(interface, ip, leaves)| match ip {
        // §4: an address of another link is none for this one.
        IpAddr::V6(ip) if leaves || !ip.is_unicast_link_local() => Some((interface, ip, leaves)),
        _ => None,
    });
    // Of equals the first.
    let best = candidates.min_by_key(|(interface, ip, leaves)| Reverse(interface.merit(*ip, destination, *leaves)));
    best.map(|(_, ip, _)| ip)
}

impl Internet {
    pub(super) fn address_fact(&self, interface: usize, address: Address, state: AddressState, ctx: &mut Context<'_>) {
        // A scenario has at most 65,536 interfaces.
        ctx.follow(|| What::Address { interface: interface as u16, address, state });
    }

    /// An interface that does something by itself comes up.
    pub(super) fn bring_up(&mut self, interface: usize, ctx: &mut Context<'_>) {
        let here = &self.interfaces[interface];
        let (autoconf, advertise, address) = (here.autoconf, here.advertise, link_local(here.mac));
        if autoconf {
            if self.forwarding {
                self.group_changed((super::nd::ALL_ROUTERS.into(), interface), true, ctx);
            }
            self.check_address(interface, address, Lifetimes::default(), ctx);
        }
        if advertise {
            self.advertise_soon(interface, ctx);
        }
    }

    /// Looks for another station with this address, before it is used (RFC 4862 §5.4).
    pub(super) fn check_address(
        &mut self,
        interface: usize,
        address: Address,
        lifetimes: Lifetimes,
        ctx: &mut Context<'_>,
    ) {
        let IpAddr::V6(ip) = address.ip else { return };
        let cause = ctx.cause;
        let group = IpAddr::V6(solicited_node(ip));
        let news = !self.interfaces[interface].is_member(group);
        self.interfaces[interface].tentative.push(Tentative { address, lifetimes });
        self.address_fact(interface, address, AddressState::Tentative, ctx);
        if news {
            self.group_changed((group, interface), true, ctx);
        }
        let at = ctx.now + self.draw(CHECK_DELAY);
        self.plan(Task::Probe(interface, ip), Some(at), ctx);
        ctx.cause = cause;
    }

    /// Asks who has an address that this host would like to have.
    pub(super) fn probe(&mut self, interface: usize, target: Ipv6Addr, ctx: &mut Context<'_>) {
        let destination = solicited_node(target);
        let repr = ndp::Repr::NeighborSolicitation { target, source_link: None };
        let way = (interface, ethernet::multicast_v6(destination));
        self.send_discovery((Ipv6Addr::UNSPECIFIED, destination), way, repr, ctx);
        self.plan(Task::Assign(interface, target), Some(ctx.now + CHECK_TIME), ctx);
    }

    /// Another station has, or wants, an address that is being checked.
    pub(super) fn duplicate(&mut self, interface: usize, ip: Ipv6Addr, ctx: &mut Context<'_>) {
        let Some(tentative) = self.take_tentative(interface, ip) else { return };
        self.plan(Task::Probe(interface, ip), None, ctx);
        self.plan(Task::Assign(interface, ip), None, ctx);
        self.address_fact(interface, tentative.address, AddressState::Duplicate, ctx);
        self.forget_group_of(interface, ip, ctx);
    }

    fn take_tentative(&mut self, interface: usize, ip: Ipv6Addr) -> Option<Tentative> {
        let waiting = &mut self.interfaces[interface].tentative;
        let place = waiting.iter().position(|tentative| tentative.address.ip == ip)?;
        Some(waiting.remove(place))
    }

    /// No other address needs the group of one that is gone.
    fn forget_group_of(&mut self, interface: usize, ip: Ipv6Addr, ctx: &mut Context<'_>) {
        let group = IpAddr::V6(solicited_node(ip));
        if !self.interfaces[interface].is_member(group) {
            self.group_changed((group, interface), false, ctx);
        }
    }

    /// Nobody else has the address: it is this interface's.
    pub(super) fn assign(&mut self, interface: usize, ip: Ipv6Addr, ctx: &mut Context<'_>) {
        let Some(Tentative { address, lifetimes }) = self.take_tentative(interface, ip) else { return };
        self.interfaces[interface].addresses.push(address);
        self.routes.own(address.ip);
        self.address_fact(interface, address, AddressState::Preferred, ctx);
        if !ip.is_unicast_link_local() {
            self.set_lifetimes(interface, address, lifetimes, ctx);
            return;
        }
        self.routes.add(address, None, interface);
        // `ipv6_mc_dad_complete`: reports from the unspecified address may not have been heard.
        self.repeat_reports(interface, ctx);
        if !self.forwarding {
            self.interfaces[interface].solicitations = 0;
            self.plan(Task::Solicit(interface), Some(ctx.now), ctx);
        }
    }

    /// A router says how long addresses of this prefix are good for (RFC 4862 §5.5.3).
    pub(super) fn advertised_prefix(&mut self, interface: usize, prefix: &ndp::Prefix, ctx: &mut Context<'_>) {
        let legal = prefix.length == MADE_PREFIX && prefix.preferred <= prefix.valid;
        if !legal || prefix.prefix.is_unicast_link_local() {
            return;
        }
        let ip = made_from(prefix.prefix, self.interfaces[interface].mac);
        let address = Address { ip: ip.into(), prefix: MADE_PREFIX };
        let preferred = super::router::end_of(prefix.preferred, ctx.now);
        let mut lifetimes = Lifetimes { preferred, valid: super::router::end_of(prefix.valid, ctx.now) };
        let here = &mut self.interfaces[interface];
        if let Some(tentative) = here.tentative.iter_mut().find(|tentative| tentative.address.ip == ip) {
            tentative.lifetimes = lifetimes;
            return;
        }
        let known = here.made.get(&ip).map(|made| made.valid);
        match known {
            Some(valid) => {
                lifetimes.valid = patient(valid, lifetimes.valid, ctx.now);
                self.set_lifetimes(interface, address, lifetimes, ctx);
            }
            // One that was given by hand stays as it is.
            None if here.has(ip.into()) || prefix.valid == 0 => {}
            None => self.check_address(interface, address, lifetimes, ctx),
        }
    }

    fn set_lifetimes(&mut self, interface: usize, address: Address, lifetimes: Lifetimes, ctx: &mut Context<'_>) {
        let IpAddr::V6(ip) = address.ip else { return };
        let was = self.interfaces[interface].made.get(&ip).is_some_and(|made| made.deprecated);
        let deprecated = lifetimes.preferred.is_some_and(|end| end <= ctx.now);
        self.interfaces[interface].made.insert(ip, Made { valid: lifetimes.valid, deprecated });
        self.plan(Task::Deprecate(interface, ip), lifetimes.preferred.filter(|_| !deprecated), ctx);
        self.plan(Task::Expire(interface, ip), lifetimes.valid, ctx);
        if was != deprecated {
            let state = if deprecated { AddressState::Deprecated } else { AddressState::Preferred };
            self.address_fact(interface, address, state, ctx);
        }
    }

    /// The address is not for new connections any more (RFC 4862 §5.5.4).
    pub(super) fn deprecate(&mut self, interface: usize, ip: Ipv6Addr, ctx: &mut Context<'_>) {
        let Some(made) = self.interfaces[interface].made.get_mut(&ip) else { return };
        made.deprecated = true;
        let address = Address { ip: ip.into(), prefix: MADE_PREFIX };
        self.address_fact(interface, address, AddressState::Deprecated, ctx);
    }

    /// The address is not this interface's any more.
    pub(super) fn expire(&mut self, interface: usize, ip: Ipv6Addr, ctx: &mut Context<'_>) {
        let here = &mut self.interfaces[interface];
        if here.made.remove(&ip).is_none() {
            return;
        }
        here.addresses.retain(|own| own.ip != ip);
        self.routes.disown(ip.into());
        self.plan(Task::Deprecate(interface, ip), None, ctx);
        let address = Address { ip: ip.into(), prefix: MADE_PREFIX };
        self.address_fact(interface, address, AddressState::Expired, ctx);
        self.forget_group_of(interface, ip, ctx);
    }
}

/// The end that an address gets: an advertisement lengthens its life, or shortens it to two hours (RFC 4862 §5.5.3 e).
fn patient(old: Option<Instant>, new: Option<Instant>, now: Instant) -> Option<Instant> {
    let soon = now + TWO_HOURS;
    let (Some(ends), Some(wanted)) = (old, new) else { return new.map(|wanted| wanted.max(soon)) };
    if wanted > soon || wanted > ends {
        new
    } else if ends <= soon {
        old
    } else {
        Some(soon)
    }
}
