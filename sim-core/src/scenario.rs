//! A scenario: the network before anything has happened. With a seed and the inputs it decides the whole trace.
//!
//! Absent on purpose: a text form. A scenario is made in code until its text has a grammar worth keeping.

use core::fmt;
use core::net::Ipv4Addr;
use core::time::Duration;
use std::collections::BTreeMap;

use crate::program::Script;
use crate::time::Instant;
use crate::trace::{LinkId, NodeId};

/// A network with its programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The nodes; a [`NodeId`] is a place in this list.
    pub nodes: Vec<Node>,
    /// The links; a [`crate::trace::LinkId`] is a place in this list.
    pub links: Vec<Link>,
}

/// A node with one Ethernet interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, as the learner sees it.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// Hardware address of its interface.
    pub mac: [u8; 6],
    /// Address of its interface.
    pub address: Ipv4Addr,
    /// Length of the network prefix in bits.
    pub prefix: u8,
    /// The router for all other networks.
    pub default_route: Option<Ipv4Addr>,
    /// Programs that start by themselves, and when.
    pub programs: Vec<(Instant, Script)>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A host: a kernel with sockets, and processes.
    Host,
    /// The way to the real network. It takes connections to every address that it is sent (see [`crate::gateway`]).
    Gateway,
}

/// An Ethernet link between two nodes, the same in both directions but for its faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its two ends.
    pub ends: [NodeId; 2],
    /// Bits per second; 0 for a link without serialisation time.
    pub rate: u64,
    /// Propagation delay.
    pub delay: Duration,
    /// Frames that fit in the queue before each end (drop-tail), besides the one that is being sent.
    pub queue: usize,
    /// Faults of the direction from `ends[0]` to `ends[1]`, and back.
    pub faults: [Faults; 2],
}

/// What can go wrong on one direction of a link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Frames lost at random, in millionths.
    pub loss_ppm: u32,
    /// Frames lost by their place in this direction, from 1.
    pub lose: Vec<u64>,
    /// What each frame is late beyond the link's delay, by its place in this direction; those after the list are not.
    /// A frame that would overtake the one before it arrives with it.
    pub late: Vec<Duration>,
}

/// A scenario that cannot be. Each says in one sentence what is wrong and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScenarioError {
    /// There is nothing in it.
    NoNodes,
    /// More nodes than can be numbered.
    TooManyNodes(usize),
    /// More links than can be numbered.
    TooManyLinks(usize),
    /// Two nodes have one IP address.
    SameAddress(NodeId, NodeId),
    /// Two nodes have one hardware address.
    SameMac(NodeId, NodeId),
    /// A hardware address that is a group's.
    GroupMac(NodeId),
    /// A network prefix has at most 32 bits.
    PrefixTooLong(NodeId, u8),
    /// A default route leads to an address outside the node's network.
    RouteOutside(NodeId, Ipv4Addr),
    /// A gateway runs no programs.
    GatewayRuns(NodeId),
    /// A link's end is no node.
    UnknownNode(LinkId, NodeId),
    /// A link's two ends are one node.
    LinkToItself(LinkId),
    /// A node's one interface has two links.
    TwoLinks(NodeId, LinkId, LinkId),
    /// More than all frames are lost.
    LossAboveAll(LinkId, u32),
    /// Frames are numbered from 1.
    LoseFrameZero(LinkId),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNodes => write!(f, "the scenario has no nodes: add one at least"),
            Self::TooManyNodes(count) => write!(f, "{count} nodes are too many: 65,536 at most"),
            Self::TooManyLinks(count) => write!(f, "{count} links are too many: 65,536 at most"),
            Self::SameAddress(a, b) => {
                write!(f, "nodes {} and {} have the same IP address: give each its own", a.0, b.0)
            }
            Self::SameMac(a, b) => {
                write!(f, "nodes {} and {} have the same hardware address: give each its own", a.0, b.0)
            }
            Self::GroupMac(node) => {
                write!(f, "node {} has a group's hardware address: its first byte must be even", node.0)
            }
            Self::PrefixTooLong(node, prefix) => {
                write!(f, "node {} has a prefix of {prefix} bits: 32 at most", node.0)
            }
            Self::RouteOutside(node, route) => {
                write!(
                    f,
                    "node {} cannot reach its default route {route}: it must be in the node's own network",
                    node.0
                )
            }
            Self::GatewayRuns(node) => {
                write!(f, "node {} is a gateway and runs no programs: put them on a host", node.0)
            }
            Self::UnknownNode(link, node) => write!(f, "link {} ends at node {}, which does not exist", link.0, node.0),
            Self::LinkToItself(link) => write!(f, "link {} has both ends at one node: connect two", link.0),
            Self::TwoLinks(node, a, b) => {
                write!(f, "node {} has links {} and {}, but one interface: remove one", node.0, a.0, b.0)
            }
            Self::LossAboveAll(link, loss) => {
                write!(f, "link {} loses {loss} frames in a million: 1,000,000 at most", link.0)
            }
            Self::LoseFrameZero(link) => write!(f, "link {} loses frame 0: frames are numbered from 1", link.0),
        }
    }
}

impl core::error::Error for ScenarioError {}

/// Most nodes, and most links: their numbers are 16 bits.
const MOST: usize = 1 << 16;

impl Scenario {
    /// Says what is wrong with it, if anything is.
    pub fn check(&self) -> Result<(), ScenarioError> {
        if self.nodes.is_empty() {
            return Err(ScenarioError::NoNodes);
        }
        if self.nodes.len() > MOST {
            return Err(ScenarioError::TooManyNodes(self.nodes.len()));
        }
        if self.links.len() > MOST {
            return Err(ScenarioError::TooManyLinks(self.links.len()));
        }
        self.check_nodes()?;
        self.check_links()
    }

    fn check_nodes(&self) -> Result<(), ScenarioError> {
        let mut addresses = BTreeMap::new();
        let mut macs = BTreeMap::new();
        for (number, node) in (0..=u16::MAX).zip(&self.nodes) {
            let id = NodeId(number);
            if let Some(other) = addresses.insert(node.address, id) {
                return Err(ScenarioError::SameAddress(other, id));
            }
            if let Some(other) = macs.insert(node.mac, id) {
                return Err(ScenarioError::SameMac(other, id));
            }
            node.check(id)?;
        }
        Ok(())
    }

    fn check_links(&self) -> Result<(), ScenarioError> {
        let mut interfaces = BTreeMap::new();
        for (number, link) in (0..=u16::MAX).zip(&self.links) {
            let id = LinkId(number);
            if let Some(node) = link.ends.iter().find(|node| usize::from(node.0) >= self.nodes.len()) {
                return Err(ScenarioError::UnknownNode(id, *node));
            }
            if link.ends[0] == link.ends[1] {
                return Err(ScenarioError::LinkToItself(id));
            }
            for node in link.ends {
                if let Some(other) = interfaces.insert(node, id) {
                    return Err(ScenarioError::TwoLinks(node, other, id));
                }
            }
            for faults in &link.faults {
                if faults.loss_ppm > 1_000_000 {
                    return Err(ScenarioError::LossAboveAll(id, faults.loss_ppm));
                }
                if faults.lose.contains(&0) {
                    return Err(ScenarioError::LoseFrameZero(id));
                }
            }
        }
        Ok(())
    }

    /// The link at each node's interface: its place, and which end of it is the node's.
    pub(crate) fn interfaces(&self) -> Vec<Option<(usize, u8)>> {
        let mut interfaces = vec![None; self.nodes.len()];
        for (index, link) in self.links.iter().enumerate() {
            for (end, node) in (0..).zip(link.ends) {
                interfaces[usize::from(node.0)] = Some((index, end));
            }
        }
        interfaces
    }
}

impl Node {
    fn check(&self, id: NodeId) -> Result<(), ScenarioError> {
        if self.mac[0] & 1 != 0 {
            return Err(ScenarioError::GroupMac(id));
        }
        if self.prefix > 32 {
            return Err(ScenarioError::PrefixTooLong(id, self.prefix));
        }
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        if let Some(route) = self.default_route
            && (u32::from(route) ^ u32::from(self.address)) & mask != 0
        {
            return Err(ScenarioError::RouteOutside(id, route));
        }
        if self.kind == NodeKind::Gateway && !self.programs.is_empty() {
            return Err(ScenarioError::GatewayRuns(id));
        }
        Ok(())
    }
}
