//! What a scenario has where its text is silent: interfaces, addresses, routes and `/etc/hosts`, so that three lines are a laboratory.
//!
//! Interfaces that links join, over switches, are a network. One without a written address gets 10.0.0.0/24, the next
//! 10.0.1.0/24, and so on; its nodes count from 1 in the order of the text. A node whose addresses are all given like this, and that
//! writes no route, gets its routes too.
//!
//! Absent on purpose: IPv6, which a text asks for with an address or `autoconf`; routes where there are more than 64 routers.

use crate::order;
use core::net::{IpAddr, Ipv4Addr};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::app::Builtin;
use crate::program::Spec;
use crate::scenario::{Address, File, NodeKind, Program, Route, Scenario};

use super::cursor::shortened;
use super::{Mistake, Reader, Wrong};

/// Where networks are taken from.
const POOL: Address = Address { ip: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), prefix: 8 };
/// The most routers of a scenario whose routes are added.
const ROUTERS: usize = 64;

/// Interfaces that reach each other without a router: (node, interface), in the order of the text.
type Segment = Vec<(usize, usize)>;

/// Which networks there are, without their addresses.
struct Map {
    segments: Vec<Segment>,
    /// The segments that each node is in, by its interfaces.
    of_node: Vec<Vec<usize>>,
    /// For each segment the ends of routers and gateways.
    exits: Vec<Segment>,
}

impl Reader<'_> {
    pub(super) fn add_defaults(&mut self) {
        for index in 0..self.nodes.len() {
            let node = &self.experiment.scenario.nodes[index];
            if node.kind != NodeKind::Switch && node.interfaces.is_empty() {
                self.new_interface(index);
            }
        }
        let map = Map::new(&self.experiment.scenario);
        let is_silent = |index: &usize| self.nodes[*index].addressed.iter().all(|written| !written);
        let silent = order::set((0..self.nodes.len()).filter(is_silent));
        let mut free = FreeNetworks::new(&self.experiment.scenario);
        for segment in &map.segments {
            if let Err(mistake) = self.address_segment(segment, &mut free) {
                return self.wrong(mistake);
            }
        }
        self.add_routes(&map, &silent);
    }

    /// An `/etc/hosts` with the nodes that the node's programs name, where the text says nothing of how names are found.
    pub(super) fn add_hosts(&mut self, index: usize) {
        let nodes = &self.experiment.scenario.nodes;
        let node = &nodes[index];
        let is_lessee = |program: &Program| matches!(program.what, Spec::Builtin(Builtin::DhcpClient { .. }));
        if node.files.iter().any(|file| matches!(&*file.path, "/etc/hosts" | "/etc/resolv.conf"))
            || node.programs.iter().any(is_lessee)
        {
            return;
        }
        let builtins = node.programs.iter().filter_map(|program| match &program.what {
            Spec::Builtin(builtin) => builtin.target(),
            Spec::Script(_) | Spec::Foreign(_) => None,
        });
        let mut named = order::set(builtins);
        // Which nodes the text of another language names, only its run tells.
        if node.programs.iter().any(|program| matches!(program.what, Spec::Foreign(_))) {
            named.extend(nodes.iter().map(|node| node.name.as_str()));
        }
        let mut lines = String::new();
        for name in named {
            // A name with a space would be two in the file.
            let named =
                self.names.get(name).filter(|_| !name.contains(|c: char| c.is_whitespace() || "#;".contains(c)));
            let Some(address) = named.and_then(|id| nodes[usize::from(id.0)].address()) else { continue };
            lines.push_str(&format!("{address} {name}\n"));
        }
        if !lines.is_empty() {
            let hosts = File { path: "/etc/hosts".into(), bytes: lines.into_bytes().into() };
            self.experiment.scenario.nodes[index].files.push(hosts);
        }
    }

    fn address_segment(&mut self, segment: &Segment, free: &mut FreeNetworks) -> Result<(), Mistake> {
        let silent: Vec<_> =
            segment.iter().copied().filter(|(node, interface)| !self.nodes[*node].addressed[*interface]).collect();
        let Some((first, _)) = silent.first().copied() else { return Ok(()) };
        let scenario = &self.experiment.scenario;
        let addresses = segment.iter().flat_map(|(node, place)| &scenario.nodes[*node].interfaces[*place].addresses);
        let written: Vec<(Ipv4Addr, u8)> = addresses.filter_map(v4).collect();
        let full = || {
            let name = &scenario.nodes[first].name;
            Mistake::new(self.nodes[first].item.number, 1, Wrong::NoAddressLeft(shortened(name)))
        };
        let (network, prefix) = match written.first() {
            Some((ip, prefix)) => (ip.to_bits() & mask(*prefix), *prefix),
            None => free.take(silent.len()).ok_or_else(full)?,
        };
        let taken = order::set(written.iter().map(|(ip, _)| ip.to_bits()));
        let last = network | !mask(prefix);
        let mut hosts = (network.saturating_add(1)..last).filter(|ip| !taken.contains(ip));
        let mut given = Vec::new();
        for (node, place) in silent {
            given.push((node, place, hosts.next().ok_or_else(full)?));
        }
        for (node, place, ip) in given {
            let address = Address { ip: Ipv4Addr::from_bits(ip).into(), prefix };
            self.experiment.scenario.nodes[node].interfaces[place].addresses.push(address);
        }
        Ok(())
    }

    fn add_routes(&mut self, map: &Map, silent: &BTreeSet<usize>) {
        let scenario = &self.experiment.scenario;
        let is_router = |node: usize| scenario.nodes[node].kind == NodeKind::Router;
        let routers = (0..scenario.nodes.len()).filter(|node| is_router(*node)).count();
        let mut added = Vec::new();
        for index in silent.iter().copied().filter(|index| !self.nodes[*index].has_routes) {
            if is_router(index) && routers <= ROUTERS {
                added.push((index, routes_of_router(scenario, map, index)));
            } else if scenario.nodes[index].kind == NodeKind::Host {
                added.extend(route_of_host(scenario, map, index).map(|route| (index, vec![route])));
            }
        }
        for (index, routes) in added {
            self.experiment.scenario.nodes[index].routes = routes;
        }
    }
}

fn v4(address: &Address) -> Option<(Ipv4Addr, u8)> {
    match address.ip {
        IpAddr::V4(ip) => Some((ip, address.prefix.min(32))),
        IpAddr::V6(_) => None,
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

impl Map {
    fn new(scenario: &Scenario) -> Map {
        let segments = segments(scenario);
        let mut of_node = vec![Vec::new(); scenario.nodes.len()];
        let mut exits = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            for (node, _) in segment {
                if of_node[*node].last() != Some(&index) {
                    of_node[*node].push(index);
                }
            }
            let leads_out =
                |(node, _): &(usize, usize)| matches!(scenario.nodes[*node].kind, NodeKind::Router | NodeKind::Gateway);
            exits.push(segment.iter().copied().filter(leads_out).collect());
        }
        Map { segments, of_node, exits }
    }
}

/// The interfaces of a scenario by the network that they are in.
fn segments(scenario: &Scenario) -> Vec<Segment> {
    // Each switch is one place, and so is each interface of the others.
    let mut first = Vec::new();
    let mut places = 0;
    for node in &scenario.nodes {
        first.push(places);
        places += if node.kind == NodeKind::Switch { 1 } else { node.interfaces.len() };
    }
    let mut join = UnionFind((0..places).collect());
    let place = |end: crate::scenario::End| {
        let node = usize::from(end.node.0);
        let is_switch = scenario.nodes[node].kind == NodeKind::Switch;
        first[node] + if is_switch { 0 } else { usize::from(end.interface) }
    };
    for link in &scenario.links {
        join.union(place(link.ends[0]), place(link.ends[1]));
    }
    let (mut order, mut segments): (BTreeMap<usize, usize>, Vec<Segment>) = Default::default();
    for (index, node) in scenario.nodes.iter().enumerate() {
        for interface in 0..node.interfaces.len() {
            let root = join.find(first[index] + interface);
            let segment = *order.entry(root).or_insert(segments.len());
            if segment == segments.len() {
                segments.push(Vec::new());
            }
            segments[segment].push((index, interface));
        }
    }
    segments
}

struct UnionFind(Vec<usize>);

impl UnionFind {
    fn find(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    /// The lower one becomes the root, so that the result does not depend on the order of links.
    fn union(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// Networks of the pool that no written address is in.
struct FreeNetworks {
    /// First and last address of each written network, without overlaps, in order.
    written: Vec<(u32, u32)>,
    next: u32,
}

impl FreeNetworks {
    fn new(scenario: &Scenario) -> FreeNetworks {
        let interfaces = scenario.nodes.iter().flat_map(|node| &node.interfaces);
        let networks = interfaces.flat_map(|interface| &interface.addresses).filter_map(v4);
        let mut ranges: Vec<(u32, u32)> =
            networks.map(|(ip, prefix)| (ip.to_bits() & mask(prefix), ip.to_bits() | !mask(prefix))).collect();
        order::sort(&mut ranges);
        let mut written: Vec<(u32, u32)> = Vec::new();
        for (begin, end) in ranges {
            match written.last_mut() {
                Some(last) if begin <= last.1 => last.1 = last.1.max(end),
                _ => written.push((begin, end)),
            }
        }
        FreeNetworks { written, next: v4(&POOL).map_or(0, |(ip, _)| ip.to_bits()) }
    }

    /// The next network with room for so many hosts: 24 bits of prefix, or fewer where they are not enough.
    fn take(&mut self, hosts: usize) -> Option<(u32, u8)> {
        let bits = (usize::BITS - (hosts + 1).leading_zeros()).clamp(8, 24);
        let size = 1_u32 << bits;
        let mut network = self.next.checked_next_multiple_of(size)?;
        loop {
            let last = network | (size - 1);
            if !POOL.contains(Ipv4Addr::from_bits(last).into()) {
                return None;
            }
            let after = self.written.partition_point(|(_, end)| *end < network);
            match self.written.get(after) {
                Some((begin, end)) if *begin <= last => network = end.checked_add(1)?.checked_next_multiple_of(size)?,
                _ => {
                    self.next = last.checked_add(1)?;
                    return Some((network, (32 - bits) as u8));
                }
            }
        }
    }
}

fn address(scenario: &Scenario, (node, interface): (usize, usize)) -> Option<Address> {
    scenario.nodes[node].interfaces[interface].addresses.iter().copied().find(|address| address.ip.is_ipv4())
}

/// The default route of a host: the first router, or gateway, of its first network that has one.
fn route_of_host(scenario: &Scenario, map: &Map, node: usize) -> Option<Route> {
    let router = map.of_node[node].iter().find_map(|segment| map.exits[*segment].first())?;
    Some(default_route(address(scenario, *router)?.ip))
}

fn default_route(via: IpAddr) -> Route {
    Route { to: Address::everything(via), via }
}

/// Routes of a router to every network beyond its own: over the fewest routers, and of equal ways over the one that the
/// text names first. The way to a gateway is its default route.
fn routes_of_router(scenario: &Scenario, map: &Map, router: usize) -> Vec<Route> {
    let mut routes = Vec::new();
    let mut has_default = false;
    // Each network that is reached, and over which neighbour.
    let mut reached: BTreeMap<usize, Option<IpAddr>> = order::map(map.of_node[router].iter().map(|own| (*own, None)));
    let mut waiting: VecDeque<usize> = map.of_node[router].iter().copied().collect();
    while let Some(segment) = waiting.pop_front() {
        let via = reached[&segment];
        for exit in map.exits[segment].iter().filter(|exit| exit.0 != router) {
            let Some(next) = via.or_else(|| address(scenario, *exit).map(|address| address.ip)) else { continue };
            if scenario.nodes[exit.0].kind == NodeKind::Gateway {
                if !has_default {
                    routes.push(default_route(next));
                }
                has_default = true;
                continue;
            }
            for beyond in &map.of_node[exit.0] {
                if !reached.contains_key(beyond) {
                    reached.insert(*beyond, Some(next));
                    waiting.push_back(*beyond);
                    routes.extend(network(scenario, &map.segments[*beyond]).map(|to| Route { to, via: next }));
                }
            }
        }
    }
    routes
}

/// The network of a segment, by its first address.
fn network(scenario: &Scenario, segment: &Segment) -> Option<Address> {
    let first = segment.iter().find_map(|end| address(scenario, *end))?;
    let (ip, prefix) = v4(&first)?;
    Some(Address { ip: Ipv4Addr::from_bits(ip.to_bits() & mask(prefix)).into(), prefix })
}
