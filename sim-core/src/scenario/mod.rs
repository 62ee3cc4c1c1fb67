//! A scenario: the network before anything has happened. With a seed and the inputs it decides the whole trace.
//!
//! Absent on purpose: what happens in it ([`crate::network`]), and state of any kind.

mod check;
mod experiment;
mod settings;
pub mod text;

use core::net::IpAddr;
use core::time::Duration;
use std::sync::Arc;

use litemap::LiteMap;

use crate::date::Date;
use crate::program::Spec;
use crate::time::Instant;
use crate::trace::NodeId;

pub use check::ScenarioError;
pub(crate) use check::{check_properties, timeless_loop};
pub use experiment::{Experiment, Planned};
pub use settings::{HostSettings, SettingsError};

/// A network with its programs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The nodes; a [`NodeId`] is a place in this list.
    pub nodes: Vec<Node>,
    /// The links; a [`crate::trace::LinkId`] is a place in this list.
    pub links: Vec<Link>,
    /// What all clocks show when it begins.
    pub clock: Date,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name, as the learner sees it.
    pub name: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its interfaces. A switch lists none: it has as many ports as links end at it.
    pub interfaces: Vec<Interface>,
    /// Its routes, besides those to the networks of its interfaces.
    pub routes: Vec<Route>,
    /// What is set for all of its sockets. A gateway and a switch have the usual.
    pub settings: HostSettings,
    /// How it translates addresses, when it is a router that does.
    pub nat: Option<Nat>,
    /// Programs that start by themselves, and when.
    pub programs: Vec<Program>,
    /// Files that are there from the beginning.
    pub files: Vec<File>,
}

/// A program that starts by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// When it starts.
    pub at: Instant,
    /// What it is.
    pub what: Spec,
}

/// A file of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path, from the root.
    pub path: Arc<str>,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NodeKind {
    /// A host: a kernel with sockets, and processes.
    #[default]
    Host,
    /// A host that forwards packets between its interfaces (`net.ipv4.ip_forward=1`).
    Router,
    /// A learning switch: layer 2 only.
    Switch,
    /// The way to the real network. It takes connections to every address that it is sent (see [`crate::gateway`]).
    Gateway,
}

/// An Ethernet interface of a host, router or gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name on the host, such as `eth0`.
    pub name: String,
    /// Its hardware address.
    pub mac: [u8; 6],
    /// Its addresses. With one of IPv6, or [`Interface::autoconf`], the interface speaks IPv6, and has a link-local
    /// address besides (RFC 4291 §2.5.6).
    pub addresses: Vec<Address>,
    /// The longest IP packet it sends, in bytes.
    pub mtu: u16,
    /// Neighbours that are known without asking, and for ever (`ip neigh add … nud permanent`).
    pub neighbours: Vec<(IpAddr, [u8; 6])>,
    /// It makes IPv6 addresses from the prefixes that routers advertise (RFC 4862), and says all that Linux says when an
    /// interface comes up: reports of its groups, checks of its addresses, questions for routers. Without it the interface
    /// says nothing by itself, its addresses are ready at once, and advertisements are not heeded: a lesson about two hosts
    /// does not begin with a dozen frames that it is not about.
    pub autoconf: bool,
    /// It advertises its IPv6 networks to hosts, as a router does (RFC 4861 §6.2).
    pub advertise: bool,
}

/// An address of an interface, with the length of its network's prefix in bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The address.
    pub ip: IpAddr,
    /// Length of the network prefix in bits.
    pub prefix: u8,
}

/// A route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route {
    /// The network it leads to; the prefix has length 0 for the default route.
    pub to: Address,
    /// The next router.
    pub via: IpAddr,
}

/// Network address translation between the inside of a router and one interface, its outside (RFC 2663 NAPT).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nat {
    /// The place of the outside interface in [`Node::interfaces`].
    pub outside: u16,
    /// Ports of the outside that lead to hosts inside.
    pub ports: Vec<PortMap>,
    /// How long a mapping of UDP lives without a packet from inside (RFC 4787 §4.3: two minutes or more).
    pub udp_timeout: Duration,
    /// How long a mapping of an established TCP connection lives without a packet (RFC 5382 §5: 2 h 4 min or more).
    pub tcp_timeout: Duration,
}

/// One port of a NAT's outside that leads to a host inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortMap {
    /// Of which protocol.
    pub protocol: PortProtocol,
    /// The port outside.
    pub port: u16,
    /// Address and port inside.
    pub to: core::net::SocketAddr,
}

/// A protocol with ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum PortProtocol {
    Tcp,
    Udp,
}

/// An Ethernet link between two interfaces, the same in both directions but for its faults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its two ends.
    pub ends: [End; 2],
    /// Bits per second; 0 for a link without serialisation time.
    pub rate: u64,
    /// Propagation delay.
    pub delay: Duration,
    /// Each frame's delay is longer by up to this much, evenly spread; frames keep their order.
    pub jitter: Duration,
    /// Frames that fit in the queue before each end (drop-tail), besides the one that is being sent.
    pub queue: usize,
    /// Faults of the direction from `ends[0]` to `ends[1]`, and back.
    pub faults: [Faults; 2],
}

/// An interface of a node, or a port of a switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct End {
    /// Which node.
    pub node: NodeId,
    /// The place in its [`Node::interfaces`]; for a switch any number of its own for each port.
    pub interface: u16,
}

/// What can go wrong on one direction of a link. Lists name frames by their place in this direction, from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The cable is cut: nothing arrives.
    pub down: bool,
    /// Frames lost at random, in millionths.
    pub loss_ppm: u32,
    /// Mean length of a run of lost frames (Gilbert's model), at the same share of losses; 0 and 1 for independent ones.
    pub burst: u32,
    /// Frames lost.
    pub lose: Vec<u64>,
    /// Frames that arrive twice, in millionths.
    pub duplicate_ppm: u32,
    /// Frames that arrive twice.
    pub duplicate: Vec<u64>,
    /// Frames that arrive with a bit turned over, in millionths.
    pub corrupt_ppm: u32,
    /// Frames that arrive with a bit turned over.
    pub corrupt: Vec<u64>,
    /// Frames that are held back, so that later ones overtake them, in millionths.
    pub reorder_ppm: u32,
    /// Frames that are held back.
    pub reorder: Vec<u64>,
    /// For how long they are held back.
    pub reorder_by: Duration,
    /// What each frame is late beyond the link's delay, by its place in this direction; those after the list are not.
    /// A frame that would overtake the one before it arrives with it.
    pub late: Vec<Duration>,
    /// How long after the beginning each frame arrives at the earliest, by its place: what a recording of another network
    /// says. Later than the link's delay allows is no matter.
    pub arrive: Vec<Duration>,
}

/// The direction of a link that leaves an interface: the link's place, and which end of it the interface is.
pub(crate) type Attachment = (usize, u8);

impl Scenario {
    /// For each node the links at its interfaces, in their order.
    pub(crate) fn attachments(&self) -> Vec<Vec<Option<Attachment>>> {
        let mut attachments: Vec<Vec<_>> = self.nodes.iter().map(|node| vec![None; node.interfaces.len()]).collect();
        for (index, link) in self.links.iter().enumerate() {
            for (side, end) in (0..).zip(link.ends) {
                let interfaces = &mut attachments[usize::from(end.node.0)];
                // A switch lists none: see `switch_ports`.
                if let Some(interface) = interfaces.get_mut(usize::from(end.interface)) {
                    *interface = Some((index, side));
                }
            }
        }
        attachments
    }

    /// For each switch that a link ends at the links at its ports.
    pub(crate) fn switch_ports(&self) -> LiteMap<NodeId, LiteMap<u16, Attachment>> {
        let mut switches: LiteMap<NodeId, LiteMap<u16, Attachment>> = LiteMap::new();
        for (index, link) in self.links.iter().enumerate() {
            for (side, end) in (0..).zip(link.ends) {
                if self.nodes[usize::from(end.node.0)].kind == NodeKind::Switch {
                    switches.entry(end.node).or_default().insert(end.interface, (index, side));
                }
            }
        }
        switches
    }
}

impl Interface {
    /// An interface with one address and Ethernet's MTU.
    pub fn new(name: &str, mac: [u8; 6], ip: impl Into<IpAddr>, prefix: u8) -> Interface {
        Interface {
            name: name.to_owned(),
            mac,
            addresses: vec![Address { ip: ip.into(), prefix }],
            mtu: crate::packet::MTU as u16,
            neighbours: Vec::new(),
            autoconf: false,
            advertise: false,
        }
    }
}

impl Node {
    /// A node with one interface, `eth0`, and no programs.
    pub fn with_interface(name: &str, kind: NodeKind, mac: [u8; 6], ip: impl Into<IpAddr>, prefix: u8) -> Node {
        Node {
            name: name.to_owned(),
            kind,
            interfaces: vec![Interface::new("eth0", mac, ip, prefix)],
            routes: Vec::new(),
            settings: HostSettings::LINUX,
            nat: None,
            programs: Vec::new(),
            files: Vec::new(),
        }
    }

    /// Adds a default route.
    pub fn route_all(mut self, via: IpAddr) -> Node {
        self.routes.push(Route { to: Address::everything(via), via });
        self
    }

    /// The first address of its first interface: what it is called by where only one can be shown.
    pub fn address(&self) -> Option<IpAddr> {
        self.interfaces.iter().flat_map(|interface| &interface.addresses).map(|address| address.ip).next()
    }
}

impl Address {
    /// The network of all addresses of this one's family: where a default route leads.
    pub fn everything(of: IpAddr) -> Address {
        let ip = match of {
            IpAddr::V4(_) => core::net::Ipv4Addr::UNSPECIFIED.into(),
            IpAddr::V6(_) => core::net::Ipv6Addr::UNSPECIFIED.into(),
        };
        Address { ip, prefix: 0 }
    }

    /// Whether this address is in the network.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.ip, ip) {
            (IpAddr::V4(network), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix.min(32))).unwrap_or(0);
                (network.to_bits() ^ ip.to_bits()) & mask == 0
            }
            (IpAddr::V6(network), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix.min(128))).unwrap_or(0);
                (network.to_bits() ^ ip.to_bits()) & mask == 0
            }
            _ => false,
        }
    }
}

impl Link {
    /// A link between the first interfaces of two nodes, without jitter and faults.
    pub fn between(a: NodeId, b: NodeId, rate: u64, delay: Duration, queue: usize) -> Link {
        let ends = [a, b].map(|node| End { node, interface: 0 });
        Link { ends, rate, delay, jitter: Duration::ZERO, queue, faults: [Faults::default(), Faults::default()] }
    }

    /// The nodes at its two ends.
    pub fn nodes(&self) -> [NodeId; 2] {
        self.ends.map(|end| end.node)
    }
}
