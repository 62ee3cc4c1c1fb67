//! What a scenario must not be, before a network is made of it: each mistake is one sentence.
//!
//! Absent on purpose: lines and columns (a scenario has none; its text has).

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use crate::packet;
use crate::program::{Loader, Refusal, Spec};
use crate::trace::{LinkId, NodeId};

use super::{Address, End, Faults, HostSettings, Interface, Link, Node, NodeKind, PortMap, Scenario, SettingsError};

/// Nodes, links, and interfaces of a node that can be numbered.
const MOST: usize = 65_536;
/// The shortest MTU of IPv4 (RFC 791 §3.2).
const SHORTEST_MTU: u16 = 68;
/// The shortest MTU of IPv6 (RFC 8200 §5).
const SHORTEST_MTU_V6: u16 = 1280;
const LONGEST_MTU: u16 = packet::MTU as u16;
const ALL: u32 = 1_000_000;
/// A day: longer than light takes out of the solar system, and far from where times end.
const LONGEST_DELAY: Duration = Duration::from_secs(86_400);
/// Each frame that waits takes memory.
const LONGEST_QUEUE: usize = 100_000;
/// The shortest frame that a switch passes on is an Ethernet header, 112 bits: at more than this many bits per second
/// it would take no time of the simulation's clock.
const FASTEST: u64 = 112_000_000_000;

/// A scenario that cannot be. Each says in one sentence what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioError {
    /// There is nothing in it.
    NoNodes,
    /// More nodes than can be numbered.
    TooManyNodes(usize),
    /// More links than can be numbered.
    TooManyLinks(usize),
    /// Two nodes have one name.
    SameName(NodeId, NodeId),
    /// Two interfaces have one IP address.
    SameAddress(NodeId, NodeId),
    /// Two interfaces have one hardware address.
    SameMac(NodeId, NodeId),
    /// A node that speaks IP needs an interface.
    NoInterface(NodeId),
    /// A switch has ports, and no interfaces of its own.
    SwitchHasInterfaces(NodeId),
    /// A hardware address that is a group's.
    GroupMac(NodeId),
    /// An address that no interface can have: of a group, the broadcast or unspecified one.
    BadAddress(NodeId, IpAddr),
    /// A network prefix has at most 32 bits, or 128.
    PrefixTooLong(NodeId, u8),
    /// An MTU too short or too long.
    Mtu(NodeId, u16),
    /// A route leads to a router outside the node's networks.
    RouteOutside(NodeId, IpAddr),
    /// A route of one family leads over a router of the other.
    RouteMixed(NodeId, IpAddr),
    /// Only a router translates addresses.
    NatNoRouter(NodeId),
    /// A NAT's outside is no interface of its router, or has no IPv4 address.
    NatOutside(NodeId, u16),
    /// A port of a NAT leads to two places.
    NatPortTwice(NodeId, u16),
    /// A port of a NAT leads to what is no IPv4 address with a port, or is port 0 itself.
    NatPort(NodeId, PortMap),
    /// The settings of a host cannot be so.
    Settings(NodeId, SettingsError),
    /// A gateway or a switch has no settings of its own.
    NoSettings(NodeId),
    /// A gateway or a switch runs no programs.
    NoPrograms(NodeId),
    /// A program in another language cannot be run: the place among the node's programs, and why.
    Program(NodeId, usize, Refusal),
    /// A link's end is no node.
    UnknownNode(LinkId, NodeId),
    /// A link's end is no interface of its node.
    UnknownInterface(LinkId, End),
    /// A link's two ends are one node.
    LinkToItself(LinkId),
    /// An interface has two links.
    TwoLinks(NodeId, LinkId, LinkId),
    /// More than all frames have a fault.
    ShareAboveAll(LinkId, u32),
    /// Frames are numbered from 1.
    FrameZero(LinkId),
    /// So many losses need longer runs: with the share given, in millionths, and the mean length.
    BurstTooShort(LinkId, u32, u32),
    /// A delay, a jitter or another lateness above a day.
    TooLate(LinkId, Duration),
    /// A queue that would take too much memory.
    QueueTooLong(LinkId, usize),
    /// Switches in a loop whose links take no time for a frame: in it frames multiply without end. The link closes it.
    TimelessLoop(LinkId),
}

impl ScenarioError {
    /// The nodes and the link that it is about.
    pub fn places(&self) -> (Vec<NodeId>, Option<LinkId>) {
        match self {
            Self::NoNodes | Self::TooManyNodes(_) | Self::TooManyLinks(_) => (Vec::new(), None),
            Self::SameName(a, b) | Self::SameAddress(a, b) | Self::SameMac(a, b) => (vec![*a, *b], None),
            Self::NoInterface(node)
            | Self::SwitchHasInterfaces(node)
            | Self::GroupMac(node)
            | Self::BadAddress(node, _)
            | Self::PrefixTooLong(node, _)
            | Self::Mtu(node, _)
            | Self::RouteOutside(node, _)
            | Self::RouteMixed(node, _)
            | Self::NatNoRouter(node)
            | Self::NatOutside(node, _)
            | Self::NatPortTwice(node, _)
            | Self::NatPort(node, _)
            | Self::Settings(node, _)
            | Self::NoSettings(node)
            | Self::NoPrograms(node)
            | Self::Program(node, ..) => (vec![*node], None),
            Self::UnknownNode(link, _)
            | Self::UnknownInterface(link, _)
            | Self::LinkToItself(link)
            | Self::ShareAboveAll(link, _)
            | Self::BurstTooShort(link, ..)
            | Self::TooLate(link, _)
            | Self::QueueTooLong(link, _)
            | Self::TimelessLoop(link)
            | Self::FrameZero(link) => (Vec::new(), Some(*link)),
            Self::TwoLinks(node, _, link) => (vec![*node], Some(*link)),
        }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNodes => write!(f, "the scenario has no nodes: add one at least"),
            Self::TooManyNodes(count) => write!(f, "{count} nodes are too many: {MOST} at most"),
            Self::TooManyLinks(count) => write!(f, "{count} links are too many: {} at most", MOST - 1),
            Self::SameName(a, b) => write!(f, "nodes {} and {} have the same name: give each its own", a.0, b.0),
            Self::SameAddress(a, b) => {
                write!(f, "nodes {} and {} have the same IP address: give each its own", a.0, b.0)
            }
            Self::SameMac(a, b) => {
                write!(f, "nodes {} and {} have the same hardware address: give each its own", a.0, b.0)
            }
            Self::NoInterface(node) => write!(f, "node {} has no interface: add one", node.0),
            Self::SwitchHasInterfaces(node) => {
                write!(f, "node {} is a switch and lists interfaces: its ports come from its links", node.0)
            }
            Self::GroupMac(node) => {
                write!(f, "node {} has a group's hardware address: its first byte must be even", node.0)
            }
            Self::BadAddress(node, ip) => {
                write!(f, "node {} cannot have the address {ip}: choose one of a single host", node.0)
            }
            Self::PrefixTooLong(node, prefix) => {
                write!(f, "node {} has a prefix of {prefix} bits: 32 at most, 128 for IPv6", node.0)
            }
            Self::Mtu(node, mtu) => write!(
                f,
                "node {} has an MTU of {mtu} bytes: {SHORTEST_MTU} to {LONGEST_MTU}, {SHORTEST_MTU_V6} at least with IPv6",
                node.0
            ),
            Self::RouteOutside(node, via) => {
                write!(f, "node {} cannot reach the router {via}: it must be in one of the node's own networks", node.0)
            }
            Self::RouteMixed(node, via) => {
                write!(f, "node {} has a route over {via} to a network of the other family: use one of its own", node.0)
            }
            Self::NatNoRouter(node) => write!(f, "node {} translates addresses and is no router: make it one", node.0),
            Self::NatOutside(node, interface) => write!(
                f,
                "node {} has no interface {interface} with an IPv4 address to be the outside of its NAT: name another",
                node.0
            ),
            Self::NatPortTwice(node, port) => {
                write!(f, "the NAT of node {} leads its port {port} to two places: choose one", node.0)
            }
            Self::NatPort(node, map) => write!(
                f,
                "the NAT of node {} cannot lead its port {} to {}: it needs ports from 1, and an IPv4 address inside",
                node.0, map.port, map.to
            ),
            Self::Settings(node, error) => write!(f, "node {} cannot be set so: {error}", node.0),
            Self::NoSettings(node) => {
                write!(
                    f,
                    "node {} is a gateway or a switch and has no settings of TCP or IP: put them on a host",
                    node.0
                )
            }
            Self::NoPrograms(node) => {
                write!(f, "node {} is a gateway or a switch and runs no programs: put them on a host", node.0)
            }
            Self::Program(node, program, why) => write!(f, "program {} of node {}: {why}", program + 1, node.0),
            Self::UnknownNode(link, node) => write!(f, "link {} ends at node {}, which does not exist", link.0, node.0),
            Self::UnknownInterface(link, end) => {
                write!(
                    f,
                    "link {} ends at interface {} of node {}, which does not exist",
                    link.0, end.interface, end.node.0
                )
            }
            Self::LinkToItself(link) => write!(f, "link {} has both ends at one node: connect two", link.0),
            Self::TwoLinks(node, a, b) => {
                write!(f, "links {} and {} end at the same interface of node {}: give each its own", a.0, b.0, node.0)
            }
            Self::ShareAboveAll(link, share) => {
                write!(f, "link {} has a fault for {share} frames in a million: 1,000,000 at most", link.0)
            }
            Self::FrameZero(link) => write!(f, "link {} lists frame 0: the first is number 1", link.0),
            Self::BurstTooShort(link, share, burst) => write!(
                f,
                "link {} cannot lose {share} frames in a million in runs of {burst} on average: make the runs longer",
                link.0
            ),
            Self::TooLate(link, span) => {
                write!(f, "link {} delays frames by {} s: 86,400 (a day) at most", link.0, span.as_secs())
            }
            Self::QueueTooLong(link, queue) => {
                write!(f, "link {} has a queue of {queue} frames: {LONGEST_QUEUE} at most", link.0)
            }
            Self::TimelessLoop(link) => write!(
                f,
                "link {} closes a loop of switches in which frames would multiply without end: give a link of the loop a rate of 1 to {FASTEST} bits per second, or take one away",
                link.0
            ),
        }
    }
}

impl core::error::Error for ScenarioError {}

impl Scenario {
    /// Looks for what cannot be.
    pub fn check(&self) -> Result<(), ScenarioError> {
        if self.nodes.is_empty() {
            return Err(ScenarioError::NoNodes);
        }
        if self.nodes.len() > MOST {
            return Err(ScenarioError::TooManyNodes(self.nodes.len()));
        }
        // The last number is the loopback's.
        if self.links.len() >= MOST {
            return Err(ScenarioError::TooManyLinks(self.links.len()));
        }
        self.check_nodes()?;
        self.check_links()
    }

    /// Looks for programs in other languages that cannot be run.
    pub(crate) fn check_foreign(&self, loader: Option<Loader>) -> Result<(), ScenarioError> {
        for (number, node) in (0..=u16::MAX).zip(&self.nodes) {
            for (place, program) in node.programs.iter().enumerate() {
                if let Spec::Foreign(foreign) = &program.what {
                    foreign.load(loader).map_err(|why| ScenarioError::Program(NodeId(number), place, why))?;
                }
            }
        }
        Ok(())
    }

    fn check_nodes(&self) -> Result<(), ScenarioError> {
        let mut names = BTreeMap::new();
        let mut addresses = BTreeMap::new();
        let mut macs = BTreeMap::new();
        for (number, node) in (0..=u16::MAX).zip(&self.nodes) {
            let id = NodeId(number);
            if let Some(other) = names.insert(&node.name, id) {
                return Err(ScenarioError::SameName(other, id));
            }
            for interface in &node.interfaces {
                for address in &interface.addresses {
                    if let Some(other) = addresses.insert(address.ip, id) {
                        return Err(ScenarioError::SameAddress(other, id));
                    }
                }
                if let Some(other) = macs.insert(interface.mac, id) {
                    return Err(ScenarioError::SameMac(other, id));
                }
            }
            node.check(id)?;
        }
        Ok(())
    }

    fn check_links(&self) -> Result<(), ScenarioError> {
        let mut ends = BTreeMap::new();
        for (number, link) in (0..=u16::MAX).zip(&self.links) {
            let id = LinkId(number);
            for end in link.ends {
                let Some(node) = self.nodes.get(usize::from(end.node.0)) else {
                    return Err(ScenarioError::UnknownNode(id, end.node));
                };
                if node.kind != NodeKind::Switch && usize::from(end.interface) >= node.interfaces.len() {
                    return Err(ScenarioError::UnknownInterface(id, end));
                }
            }
            if link.ends[0].node == link.ends[1].node {
                return Err(ScenarioError::LinkToItself(id));
            }
            for end in link.ends {
                if let Some(other) = ends.insert(end, id) {
                    return Err(ScenarioError::TwoLinks(end.node, other, id));
                }
            }
            link.check(id)?;
        }
        let is_switch = |node: NodeId| self.nodes[usize::from(node.0)].kind == NodeKind::Switch;
        match timeless_loop(self.nodes.len(), is_switch, self.links.iter().map(|link| (link.nodes(), link.rate))) {
            Some(link) => Err(ScenarioError::TimelessLoop(link)),
            None => Ok(()),
        }
    }
}

/// The first link that closes a loop of switches whose links have no serialisation time.
///
/// One link with a rate bounds how many frames go round a loop; where none has, a flooded frame and its copies go
/// round for ever, and there are more of them each time.
pub(crate) fn timeless_loop(
    nodes: usize,
    is_switch: impl Fn(NodeId) -> bool,
    links: impl Iterator<Item = ([NodeId; 2], u64)>,
) -> Option<LinkId> {
    // Each switch's way to the one that stands for all that it is connected with.
    let mut leaders: Vec<usize> = (0..nodes).collect();
    let mut leader = |NodeId(node): NodeId, new: Option<usize>| {
        let mut at = usize::from(node);
        while leaders[at] != at {
            leaders[at] = leaders[leaders[at]];
            at = leaders[at];
        }
        leaders[at] = new.unwrap_or(at);
        at
    };
    for (number, (ends, rate)) in (0..=u16::MAX).zip(links) {
        if (rate == 0 || rate > FASTEST) && ends.iter().all(|end| is_switch(*end)) {
            let a = leader(ends[0], None);
            if leader(ends[1], Some(a)) == a {
                return Some(LinkId(number));
            }
        }
    }
    None
}

/// Looks for what cannot be in the properties of a link.
pub(crate) fn check_properties(id: LinkId, delays: [Duration; 2], queue: usize) -> Result<(), ScenarioError> {
    check_delays(id, &delays)?;
    if queue > LONGEST_QUEUE {
        return Err(ScenarioError::QueueTooLong(id, queue));
    }
    Ok(())
}

fn check_delays(id: LinkId, delays: &[Duration]) -> Result<(), ScenarioError> {
    match delays.iter().find(|delay| **delay > LONGEST_DELAY) {
        Some(delay) => Err(ScenarioError::TooLate(id, *delay)),
        None => Ok(()),
    }
}

impl Node {
    fn check(&self, id: NodeId) -> Result<(), ScenarioError> {
        let is_switch = self.kind == NodeKind::Switch;
        if is_switch && !self.interfaces.is_empty() {
            return Err(ScenarioError::SwitchHasInterfaces(id));
        }
        if !is_switch && self.interfaces.is_empty() {
            return Err(ScenarioError::NoInterface(id));
        }
        for interface in &self.interfaces {
            interface.check(id)?;
        }
        self.check_routes(id)?;
        self.check_nat(id)?;
        self.settings.check().map_err(|error| ScenarioError::Settings(id, error))?;
        if matches!(self.kind, NodeKind::Gateway | NodeKind::Switch) && self.settings != HostSettings::LINUX {
            return Err(ScenarioError::NoSettings(id));
        }
        if matches!(self.kind, NodeKind::Gateway | NodeKind::Switch) && !self.programs.is_empty() {
            return Err(ScenarioError::NoPrograms(id));
        }
        Ok(())
    }

    fn check_routes(&self, id: NodeId) -> Result<(), ScenarioError> {
        for route in &self.routes {
            let longest = if route.to.ip.is_ipv4() { 32 } else { 128 };
            if route.to.prefix > longest {
                return Err(ScenarioError::PrefixTooLong(id, route.to.prefix));
            }
            if route.to.ip.is_ipv4() != route.via.is_ipv4() {
                return Err(ScenarioError::RouteMixed(id, route.via));
            }
            // A router is often named by its link-local address, which every link has.
            let link_local = matches!(route.via, IpAddr::V6(via) if via.is_unicast_link_local());
            let mut networks = self.interfaces.iter().flat_map(|interface| &interface.addresses);
            if !link_local && !networks.any(|network| network.contains(route.via)) {
                return Err(ScenarioError::RouteOutside(id, route.via));
            }
        }
        Ok(())
    }

    fn check_nat(&self, id: NodeId) -> Result<(), ScenarioError> {
        let Some(nat) = &self.nat else { return Ok(()) };
        if self.kind != NodeKind::Router {
            return Err(ScenarioError::NatNoRouter(id));
        }
        let outside = self.interfaces.get(usize::from(nat.outside));
        let has_v4 = outside.is_some_and(|outside| outside.addresses.iter().any(|address| address.ip.is_ipv4()));
        if !has_v4 {
            return Err(ScenarioError::NatOutside(id, nat.outside));
        }
        let mut ports = BTreeSet::new();
        for map in &nat.ports {
            if map.port == 0 || map.to.port() == 0 || !map.to.is_ipv4() {
                return Err(ScenarioError::NatPort(id, *map));
            }
            if !ports.insert((map.protocol, map.port)) {
                return Err(ScenarioError::NatPortTwice(id, map.port));
            }
        }
        Ok(())
    }
}

impl Interface {
    fn check(&self, id: NodeId) -> Result<(), ScenarioError> {
        if self.mac[0] & 1 != 0 {
            return Err(ScenarioError::GroupMac(id));
        }
        for address in &self.addresses {
            address.check(id)?;
        }
        let v6 = self.autoconf || self.advertise || self.addresses.iter().any(|address| address.ip.is_ipv6());
        let shortest = if v6 { SHORTEST_MTU_V6 } else { SHORTEST_MTU };
        if !(shortest..=LONGEST_MTU).contains(&self.mtu) {
            return Err(ScenarioError::Mtu(id, self.mtu));
        }
        Ok(())
    }
}

impl Address {
    fn check(&self, id: NodeId) -> Result<(), ScenarioError> {
        let (longest, broadcast) = match self.ip {
            IpAddr::V4(ip) => (32, ip.is_broadcast()),
            IpAddr::V6(_) => (128, false),
        };
        if self.prefix > longest {
            return Err(ScenarioError::PrefixTooLong(id, self.prefix));
        }
        if broadcast || self.ip.is_multicast() || self.ip.is_unspecified() || self.ip.is_loopback() {
            return Err(ScenarioError::BadAddress(id, self.ip));
        }
        Ok(())
    }
}

impl Link {
    fn check(&self, id: LinkId) -> Result<(), ScenarioError> {
        check_properties(id, [self.delay, self.jitter], self.queue)?;
        self.faults.iter().try_for_each(|faults| faults.check(id))
    }
}

impl Faults {
    /// Looks for what cannot be in the faults of a link.
    pub(crate) fn check(&self, id: LinkId) -> Result<(), ScenarioError> {
        let shares = [self.loss_ppm, self.duplicate_ppm, self.corrupt_ppm, self.reorder_ppm];
        if let Some(share) = shares.into_iter().find(|share| *share > ALL) {
            return Err(ScenarioError::ShareAboveAll(id, share));
        }
        let lists = [&self.lose, &self.duplicate, &self.corrupt, &self.reorder];
        if lists.into_iter().any(|list| list.contains(&0)) {
            return Err(ScenarioError::FrameZero(id));
        }
        // A run of losses begins after a frame that arrives: with a share p, in p / (1 - p) / burst of the cases.
        let (share, burst) = (u64::from(self.loss_ppm), u64::from(self.burst));
        let all = u64::from(ALL);
        if burst > 1 && share < all && share > burst * (all - share) {
            return Err(ScenarioError::BurstTooShort(id, self.loss_ppm, self.burst));
        }
        check_delays(id, &[self.reorder_by])?;
        check_delays(id, &self.late)?;
        check_delays(id, &self.arrive)
    }
}
