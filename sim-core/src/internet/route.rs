//! Which way a packet goes: the host's own addresses, its groups and broadcasts, and the longest prefix of its routes.
//!
//! Absent on purpose: metrics, policy routing, several routes of one prefix (the first counts), and what routing protocols do.

use core::net::{IpAddr, Ipv4Addr};

use crate::scenario::{Address, Route};
use crate::wire::ethernet::{self, Mac};

use super::address::choose_source;
use super::router::Advertised;
use super::{Carriage, Interface, Internet};

/// Where a packet goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hop {
    /// It stays here: it is for this host.
    Local,
    /// To one neighbour.
    Neighbour {
        /// Through which interface.
        interface: usize,
        /// To whom: the destination or a router.
        address: IpAddr,
    },
    /// To all stations of a link, or a group of them.
    Group {
        /// Through which interface.
        interface: usize,
        /// The group's hardware address.
        mac: Mac,
    },
}

/// The table. A router may have thousands of interfaces, so neither its own addresses nor its routes are looked through one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Routes {
    /// Longest prefix first.
    tables: Vec<Table>,
    /// The host's own addresses of IPv4 and of IPv6, sorted.
    own: [Vec<u128>; 2],
    /// What routers have advertised, longest prefix first: few, and of equals the first that came counts.
    learned: Vec<Entry>,
}

/// The routes whose prefixes have one length.
#[derive(Clone, Debug)]
struct Table {
    v4: bool,
    prefix: u8,
    /// Sorted by their networks.
    entries: Vec<(u128, Entry)>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    to: Address,
    /// `None`: the destination itself is a neighbour.
    via: Option<IpAddr>,
    interface: usize,
}

impl Routes {
    /// Routes to the networks of the interfaces, and the scenario's own.
    pub(super) fn new(interfaces: &[Interface], routes: &[Route]) -> Routes {
        let mut table = Routes::default();
        for (index, interface) in interfaces.iter().enumerate() {
            for address in &interface.addresses {
                table.add_own(*address, index);
            }
        }
        for route in routes {
            let leads_to =
                |interface: &Interface| interface.addresses.iter().any(|network| network.contains(route.via));
            // A link-local router is on the first interface that speaks IPv6: a scenario names no interface for it.
            let interface = interfaces.iter().position(leads_to);
            let interface = interface.or_else(|| interfaces.iter().position(Interface::speaks_v6));
            table.add(route.to, Some(route.via), interface.unwrap_or(0));
        }
        table
    }

    /// Enters an address of an interface, and its network.
    pub(super) fn add_own(&mut self, address: Address, interface: usize) {
        self.own(address.ip);
        self.add(address, None, interface);
    }

    /// Enters an address of the host, without its network.
    pub(super) fn own(&mut self, ip: IpAddr) {
        let (own, bits) = (&mut self.own[usize::from(ip.is_ipv6())], bits_of(ip));
        if let Err(place) = own.binary_search(&bits) {
            own.insert(place, bits);
        }
    }

    /// The address is not the host's any more.
    pub(super) fn disown(&mut self, ip: IpAddr) {
        let (own, bits) = (&mut self.own[usize::from(ip.is_ipv6())], bits_of(ip));
        if let Ok(place) = own.binary_search(&bits) {
            own.remove(place);
        }
    }

    /// Enters a route; of equals the first counts.
    pub(super) fn add(&mut self, to: Address, via: Option<IpAddr>, interface: usize) {
        let (v4, prefix) = (to.ip.is_ipv4(), to.prefix);
        let place = self.tables.partition_point(|table| (table.prefix, table.v4) > (prefix, v4));
        if self.tables.get(place).is_none_or(|table| (table.v4, table.prefix) != (v4, prefix)) {
            self.tables.insert(place, Table { v4, prefix, entries: Vec::new() });
        }
        let table = &mut self.tables[place];
        let network = network_of(to.ip, prefix);
        if let Err(place) = table.entries.binary_search_by_key(&network, |(network, _)| *network) {
            table.entries.insert(place, (network, Entry { to, via, interface }));
        }
    }

    /// Takes a route out that was entered; `false` when there is none.
    pub(super) fn remove(&mut self, route: Advertised) -> bool {
        let (_, to, _) = route;
        let of_length = |table: &Table| (table.v4, table.prefix) == (to.ip.is_ipv4(), to.prefix);
        let Some(place) = self.tables.iter().position(of_length) else { return false };
        let entries = &mut self.tables[place].entries;
        let Some(entry) = entries.iter().position(|(_, entry)| entry.is(route)) else { return false };
        entries.remove(entry);
        if entries.is_empty() {
            self.tables.remove(place);
        }
        true
    }

    /// A route to this very network was entered.
    pub(super) fn has(&self, to: Address) -> bool {
        let mut tables = self.tables.iter().filter(|table| (table.v4, table.prefix) == (to.ip.is_ipv4(), to.prefix));
        let network = network_of(to.ip, to.prefix);
        tables.any(|table| table.entries.iter().any(|(other, _)| *other == network))
    }

    /// Enters a route that a router has advertised.
    pub(super) fn learn(&mut self, (interface, to, via): Advertised) {
        let place = self.learned.partition_point(|entry| entry.to.prefix >= to.prefix);
        self.learned.insert(place, Entry { to, via, interface });
    }

    /// Takes such a route out again; `false` when there is none.
    pub(super) fn forget(&mut self, route: Advertised) -> bool {
        let place = self.learned.iter().position(|entry| entry.is(route));
        place.map(|place| self.learned.remove(place)).is_some()
    }

    pub(super) fn is_learned(&self, route: Advertised) -> bool {
        self.learned.iter().any(|entry| entry.is(route))
    }

    /// The scenario has this route, or an address gives it.
    pub(super) fn is_given(&self, route: Advertised) -> bool {
        let (_, to, _) = route;
        let mut tables = self.tables.iter().filter(|table| (table.v4, table.prefix) == (to.ip.is_ipv4(), to.prefix));
        tables.any(|table| table.entries.iter().any(|(_, entry)| entry.is(route)))
    }

    /// How many routes were learned at an interface.
    pub(super) fn learned_by(&self, interface: usize) -> usize {
        self.learned.iter().filter(|entry| entry.interface == interface).count()
    }

    /// The longest prefix; of equals what was given counts more than what was learned.
    fn lookup(&self, destination: IpAddr) -> Option<&Entry> {
        let given = self.lookup_given(destination);
        if self.learned.is_empty() {
            return given;
        }
        let learned = self.learned.iter().find(|entry| entry.to.contains(destination));
        match (given, learned) {
            (Some(given), Some(learned)) if learned.to.prefix > given.to.prefix => Some(learned),
            _ => given.or(learned),
        }
    }

    fn lookup_given(&self, destination: IpAddr) -> Option<&Entry> {
        self.tables.iter().filter(|table| table.v4 == destination.is_ipv4()).find_map(|table| {
            let network = network_of(destination, table.prefix);
            let place = table.entries.binary_search_by_key(&network, |(network, _)| *network).ok()?;
            Some(&table.entries[place].1)
        })
    }

    fn is_own(&self, address: IpAddr) -> bool {
        self.own[usize::from(address.is_ipv6())].binary_search(&bits_of(address)).is_ok()
    }
}

fn bits_of(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

/// An address without the bits behind its prefix.
fn network_of(ip: IpAddr, prefix: u8) -> u128 {
    let length = if ip.is_ipv4() { 32 } else { 128 };
    bits_of(ip) & u128::MAX.checked_shl(length - u32::from(prefix)).unwrap_or(0)
}

impl Entry {
    fn is(&self, (interface, to, via): Advertised) -> bool {
        let network = to.prefix == self.to.prefix && self.to.contains(to.ip);
        network && (self.interface, self.via) == (interface, via)
    }
}

/// The broadcast address of a network (RFC 919 §7); networks of two addresses or one have none (RFC 3021).
pub(super) fn broadcast_of(network: &Address) -> Option<Ipv4Addr> {
    match network.ip {
        IpAddr::V4(ip) if network.prefix < 31 => Some(Ipv4Addr::from_bits(ip.to_bits() | u32::MAX >> network.prefix)),
        _ => None,
    }
}

impl Internet {
    /// Where a packet to this address goes; `None` when no route leads there.
    pub(crate) fn route(&self, destination: IpAddr) -> Option<Hop> {
        if self.is_local(destination) {
            return Some(Hop::Local);
        }
        self.route_away(destination)
    }

    /// The same for an address that is not the host's own.
    pub(super) fn route_away(&self, destination: IpAddr) -> Option<Hop> {
        if destination.is_multicast() || destination == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return self.group_hop(destination, None);
        }
        if let IpAddr::V6(ip) = destination
            && ip.is_unicast_link_local()
        {
            return self.link_local_hop(destination, None);
        }
        let entry = self.routes.lookup(destination)?;
        let interface = entry.interface;
        self.interfaces[interface].link?;
        let network = entry.via.is_none();
        if network && broadcast_of(&entry.to).is_some_and(|broadcast| destination == IpAddr::V4(broadcast)) {
            return Some(Hop::Group { interface, mac: ethernet::BROADCAST });
        }
        Some(Hop::Neighbour { interface, address: entry.via.unwrap_or(destination) })
    }

    /// Where a packet goes next, by the interface that it must leave through or by its destination.
    pub(super) fn hop_of(&self, carriage: &Carriage) -> Option<Hop> {
        let destination = carriage.destination;
        match carriage.interface {
            Some(_) if destination.is_multicast() || !is_link_local(destination) => {
                self.group_hop(destination, carriage.interface)
            }
            Some(_) if !self.is_local(destination) => self.link_local_hop(destination, carriage.interface),
            _ => self.route(destination),
        }
    }

    /// A link-local address of IPv6 says nothing of its link (RFC 4007 §6): it is that of the interface given, else the
    /// one where this neighbour was heard, else the first that speaks IPv6.
    fn link_local_hop(&self, address: IpAddr, interface: Option<usize>) -> Option<Hop> {
        let heard = || (0..self.interfaces.len()).find(|place| self.has_heard_of(*place, address));
        let speaks = |interface: &Interface| interface.link.is_some() && interface.speaks(address);
        let interface = interface.or_else(heard).or_else(|| self.interfaces.iter().position(speaks))?;
        self.interfaces[interface].link?;
        Some(Hop::Neighbour { interface, address })
    }

    /// Where a packet to a group or to all stations goes: through the interface given, else the one that a route to
    /// the group leads through, else the first with an address of the family.
    pub(crate) fn group_hop(&self, group: IpAddr, interface: Option<usize>) -> Option<Hop> {
        let of_family = |interface: &Interface| interface.link.is_some() && interface.speaks(group);
        let interface = interface
            // Linux has a route to all groups of IPv6 at each interface, before all others.
            .or_else(|| self.routes.lookup(group).filter(|_| group.is_ipv4()).map(|entry| entry.interface))
            .or_else(|| self.interfaces.iter().position(of_family))
            // A host that asks for its first address calls to all from none (RFC 2131 §4.1).
            .or_else(|| self.interfaces.iter().position(|here| here.link.is_some()).filter(|_| group.is_ipv4()))
            .filter(|interface| self.interfaces[*interface].link.is_some())?;
        Some(Hop::Group { interface, mac: group_mac(group) })
    }

    /// One of this host's own addresses, loopback included.
    pub(crate) fn is_local(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.routes.is_own(address)
    }

    /// The address that a packet to this destination is sent from.
    pub(crate) fn source_for(&self, destination: IpAddr) -> Option<IpAddr> {
        match self.route(destination)? {
            Hop::Local => Some(destination),
            Hop::Neighbour { interface, .. } | Hop::Group { interface, .. } => {
                let leaving = &self.interfaces[interface];
                let IpAddr::V6(to) = destination else { return leaving.source_for(destination) };
                let others = self.interfaces.iter().enumerate().filter(|(place, _)| *place != interface);
                let others = others.map(|(_, other)| other).filter(|_| !is_link_local(destination));
                choose_source(to, leaving, others).map(IpAddr::V6)
            }
        }
    }

    /// Takes broadcasts and groups of this interface as its own, besides unicast addresses.
    pub(crate) fn is_for_us(&self, interface: usize, destination: IpAddr) -> bool {
        let interface = &self.interfaces[interface];
        match destination {
            // Of another link it may be another station's.
            IpAddr::V6(ip) if ip.is_unicast_link_local() => interface.has(destination),
            _ if self.is_local(destination) => true,
            IpAddr::V4(Ipv4Addr::BROADCAST) => true,
            IpAddr::V4(ip) if !ip.is_multicast() => {
                interface.addresses.iter().any(|network| broadcast_of(network) == Some(ip))
            }
            group => interface.is_member(group),
        }
    }

    /// The interface that a packet of this host to itself arrives at.
    pub(crate) fn interface_of_own(&self, destination: IpAddr) -> usize {
        let takes = |interface: &Interface| interface.has(destination) || interface.is_member(destination);
        self.interfaces.iter().position(takes).unwrap_or(0)
    }

    /// A destination that more than one station may have: no error is ever sent about it (RFC 1122 §3.2.2).
    pub(crate) fn is_for_many(&self, destination: IpAddr) -> bool {
        let many = destination.is_multicast() || destination == IpAddr::V4(Ipv4Addr::BROADCAST);
        let mut networks = self.interfaces.iter().flat_map(|interface| &interface.addresses);
        many || networks.any(|network| broadcast_of(network).map(IpAddr::V4) == Some(destination))
    }
}

/// The hardware address of a group (RFC 1112 §6.4, RFC 2464 §7), or of all stations.
fn group_mac(group: IpAddr) -> Mac {
    match group {
        IpAddr::V4(Ipv4Addr::BROADCAST) => ethernet::BROADCAST,
        IpAddr::V4(group) => ethernet::multicast_v4(group),
        IpAddr::V6(group) => ethernet::multicast_v6(group),
    }
}

impl Interface {
    pub(crate) fn has(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|own| own.ip == address)
    }

    /// It has an address of this family.
    fn speaks(&self, address: IpAddr) -> bool {
        if address.is_ipv6() {
            return self.v6;
        }
        self.addresses.iter().any(|own| own.ip.is_ipv4() == address.is_ipv4())
    }

    pub(crate) fn speaks_v6(&self) -> bool {
        self.v6
    }

    /// The address that packets to a destination are sent from. IPv4: one of its network, else one of the same scope, else
    /// the first.
    pub(crate) fn source_for(&self, destination: IpAddr) -> Option<IpAddr> {
        if let IpAddr::V6(to) = destination {
            return choose_source(to, self, core::iter::empty()).map(IpAddr::V6);
        }
        let family = || self.addresses.iter().filter(|own| own.ip.is_ipv4() == destination.is_ipv4());
        let near = family().find(|own| own.contains(destination));
        let scoped = || family().find(|own| is_link_local(own.ip) == is_link_local(destination));
        near.or_else(scoped).or_else(|| family().next()).map(|own| own.ip)
    }
}

/// Of link-local scope: it means something on its link alone (RFC 4291 §2.5.6, §2.7).
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.segments()[0] & 0xff0f == 0xff02,
    }
}
