//! Layer 3, and its seam to layer 2: interfaces, routes, neighbours, and how a packet of TCP, UDP or ICMP gets its IP and
//! Ethernet headers and leaves.
//!
//! ```text
//! route       which way a packet goes          output     down the layers, fragmentation, loopback
//! neighbour   who has which hardware address   forward    from one interface to another (routers)
//! arp, nd     how they are asked for           reassembly fragments become packets
//! icmp        echo, and errors told and heard     nat, nat_packet   address translation (routers)
//! ```
//!
//! Absent on purpose: policy routing, source routes (RFC 5095, RFC 7126: nobody takes them), ICMP redirects (sent by
//! routers whose hosts have another router on their link; the lab has no use for them), rate limits of ICMP errors.

mod arp;
mod forward;
mod group;
pub(crate) mod icmp;
mod nat;
mod nat_packet;
mod nd;
mod neighbour;
mod output;
mod reassembly;
mod route;

use core::net::IpAddr;
use core::net::SocketAddr;
use std::collections::{BTreeMap, VecDeque};

use crate::queue::LazyTimer;
use crate::random::Stream;
use crate::scenario::{self, Address, Attachment, NodeKind};
use crate::wire::ethernet::{self, Mac};
use crate::wire::{ipv4, ipv6};

pub(crate) use forward::{Refusal, Transit, transit_v4};
pub(crate) use group::{Joined, Way};
use nat::Nat;
pub(crate) use nat::Passage;
pub(crate) use nat_packet::Flow;
pub(crate) use nd::Heard;
use neighbour::Neighbours;
use output::Looped;
use reassembly::Reassembly;
pub(crate) use reassembly::{Fragment, PacketKey};
pub(crate) use route::Hop;
use route::Routes;

/// Linux's default TTL (`net.ipv4.ip_default_ttl`) and hop limit.
pub(crate) const TTL: u8 = 64;
/// MTU of the loopback interface.
const LOOPBACK_MTU: usize = 65_536;

/// The network layer of one node.
#[derive(Clone, Debug)]
pub(crate) struct Internet {
    pub(crate) interfaces: Vec<Interface>,
    routes: Routes,
    /// It forwards what is not for itself.
    pub(crate) forwarding: bool,
    /// How it translates addresses, when it is a router that does.
    nat: Option<Box<Nat>>,
    pub(crate) neighbours: Neighbours,
    pub(crate) reassembly: Reassembly,
    /// Paths that take less than their first link: the MTU that a router told (RFC 1191 §6.3).
    path_mtus: BTreeMap<IpAddr, usize>,
    /// Packets on their way from this host to itself.
    looped: VecDeque<Looped>,
    loopback_timer: LazyTimer,
    /// Identification of packets that belong to no socket.
    id: u16,
}

/// An Ethernet interface.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    pub(crate) mac: Mac,
    pub(crate) addresses: Vec<Address>,
    pub(crate) mtu: usize,
    /// The link at it, and which end of that it is.
    pub(crate) link: Option<Attachment>,
    /// Groups that programs have joined, each with how often.
    groups: BTreeMap<IpAddr, u32>,
}

/// What a transport asks of the IP header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carriage {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    pub(crate) id: u16,
    /// Routers may not break it. A packet that is too long for its first link is broken by this host all the same.
    pub(crate) dont_fragment: bool,
    pub(crate) traffic_class: u8,
    pub(crate) ttl: u8,
    /// The interface that it must leave through, when its destination is a group.
    pub(crate) interface: Option<usize>,
    /// The transport has heard from the destination lately: its neighbour is there (RFC 4861 §7.3.1, for ARP as well).
    pub(crate) confirmed: bool,
}

impl Carriage {
    /// As Linux sends for TCP and UDP: not to be fragmented.
    pub(crate) fn of(local: SocketAddr, peer: SocketAddr, protocol: u8, id: u16) -> Carriage {
        Carriage { dont_fragment: true, ..Carriage::plain(local.ip(), peer.ip(), protocol, id) }
    }

    /// As Linux sends for ICMP.
    pub(crate) fn plain(source: IpAddr, destination: IpAddr, protocol: u8, id: u16) -> Carriage {
        Carriage {
            source,
            destination,
            protocol,
            id,
            dont_fragment: false,
            traffic_class: 0,
            ttl: TTL,
            interface: None,
            confirmed: false,
        }
    }
}

impl Internet {
    pub(crate) fn new(node: &scenario::Node, attached: &[Option<Attachment>], random: &mut Stream) -> Internet {
        let interfaces: Vec<Interface> =
            node.interfaces.iter().zip(attached).map(|(interface, link)| Interface::new(interface, *link)).collect();
        Internet {
            routes: Routes::new(&interfaces, &node.routes),
            interfaces,
            forwarding: node.kind == NodeKind::Router,
            nat: Nat::new(node),
            neighbours: Neighbours::new(node),
            reassembly: Reassembly::default(),
            path_mtus: BTreeMap::new(),
            looped: VecDeque::new(),
            loopback_timer: LazyTimer::default(),
            id: random.below(0x1_0000) as u16,
        }
    }

    /// Bytes of a packet to this address that follow its IP header without options.
    pub(crate) fn room_for(&self, destination: IpAddr) -> usize {
        self.mtu_to(destination) - header_of(destination)
    }

    /// The longest packet that reaches this address in one piece, as far as this host knows.
    pub(crate) fn mtu_to(&self, destination: IpAddr) -> usize {
        let first = match self.route(destination) {
            Some(Hop::Neighbour { interface, .. } | Hop::Group { interface, .. }) => self.interfaces[interface].mtu,
            Some(Hop::Local) => LOOPBACK_MTU,
            None => crate::packet::MTU,
        };
        self.path_mtus.get(&destination).map_or(first, |path| first.min(*path))
    }

    /// A router says that packets to this address must be shorter. `false` when that is no news.
    pub(crate) fn learn_mtu(&mut self, destination: IpAddr, mtu: usize) -> bool {
        /// Linux takes no less from a router (`net.ipv4.route.min_pmtu`).
        const LEAST: usize = 552;
        let least = if destination.is_ipv4() { LEAST } else { ipv6::LEAST_MTU };
        let mtu = mtu.max(least);
        let news = mtu < self.mtu_to(destination);
        if news {
            self.path_mtus.insert(destination, mtu);
        }
        news
    }

    /// The next identification for a packet that belongs to no socket.
    pub(crate) fn next_id(&mut self) -> u16 {
        self.id = self.id.wrapping_add(1);
        self.id
    }
}

impl Interface {
    fn new(interface: &scenario::Interface, link: Option<Attachment>) -> Interface {
        Interface {
            mac: interface.mac,
            addresses: interface.addresses.clone(),
            mtu: usize::from(interface.mtu),
            link,
            groups: BTreeMap::new(),
        }
    }

    /// A frame to this hardware address is taken in. Groups are sorted out by their IP address.
    pub(crate) fn takes(&self, destination: Mac) -> bool {
        destination == self.mac || ethernet::is_group(destination)
    }

    /// A packet to this group is taken in.
    pub(crate) fn is_member(&self, group: IpAddr) -> bool {
        // RFC 1112 §7.2: every host is in the group of all hosts.
        group == IpAddr::V4(core::net::Ipv4Addr::new(224, 0, 0, 1)) || self.groups.contains_key(&group)
    }
}

/// Length of an IP header without options.
pub(crate) const fn header_of(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => ipv4::HEADER,
        IpAddr::V6(_) => ipv6::HEADER,
    }
}
