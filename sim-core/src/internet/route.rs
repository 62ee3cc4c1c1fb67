//! Which way a packet goes: the host's own addresses, its groups and broadcasts, and the longest prefix of its routes.
//!
//! Absent on purpose: metrics, policy routing, several routes of one prefix (the first counts), and what routing protocols do.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::scenario::{Address, Route};
use crate::wire::ethernet::{self, Mac};

use super::{Interface, Internet};

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
        let (own, bits) = (&mut self.own[usize::from(address.ip.is_ipv6())], bits_of(address.ip));
        if let Err(place) = own.binary_search(&bits) {
            own.insert(place, bits);
        }
        self.add(address, None, interface);
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

    fn lookup(&self, destination: IpAddr) -> Option<&Entry> {
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
        let entry = self.routes.lookup(destination)?;
        let interface = entry.interface;
        self.interfaces[interface].link?;
        let network = entry.via.is_none();
        if network && broadcast_of(&entry.to).is_some_and(|broadcast| destination == IpAddr::V4(broadcast)) {
            return Some(Hop::Group { interface, mac: ethernet::BROADCAST });
        }
        Some(Hop::Neighbour { interface, address: entry.via.unwrap_or(destination) })
    }

    /// Where a packet to a group or to all stations goes: through the interface given, else the one that a route to
    /// the group leads through, else the first with an address of the family.
    pub(crate) fn group_hop(&self, group: IpAddr, interface: Option<usize>) -> Option<Hop> {
        let of_family = |interface: &Interface| interface.link.is_some() && interface.speaks(group);
        let interface = interface
            .or_else(|| self.routes.lookup(group).map(|entry| entry.interface))
            .or_else(|| self.interfaces.iter().position(of_family))
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
                self.interfaces[interface].source_for(destination)
            }
        }
    }

    /// Takes broadcasts and groups of this interface as its own, besides unicast addresses.
    pub(crate) fn is_for_us(&self, interface: usize, destination: IpAddr) -> bool {
        if self.is_local(destination) {
            return true;
        }
        let interface = &self.interfaces[interface];
        match destination {
            IpAddr::V4(Ipv4Addr::BROADCAST) => true,
            IpAddr::V4(ip) if !ip.is_multicast() => {
                interface.addresses.iter().any(|network| broadcast_of(network) == Some(ip))
            }
            group => interface.is_member(group),
        }
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
        self.addresses.iter().any(|own| own.ip.is_ipv4() == address.is_ipv4())
    }

    pub(crate) fn speaks_v6(&self) -> bool {
        self.speaks(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
    }

    /// The address that packets to a destination are sent from: one of its network, else one of the same scope
    /// (RFC 6724 §5, rules 2 and 8 as far as they matter here), else the first of the family.
    pub(crate) fn source_for(&self, destination: IpAddr) -> Option<IpAddr> {
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
