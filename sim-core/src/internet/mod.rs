//! Layer 3, and its seam to layer 2: interfaces, routes, neighbours, and how a packet of TCP, UDP or ICMP gets its IP and
//! Ethernet headers and leaves.
//!
//! ```text
//! route       which way a packet goes          output     down the layers, fragmentation, loopback
//! neighbour   who has which hardware address   forward    from one interface to another (routers)
//! arp, nd     how they are asked for           reassembly fragments become packets
//! icmp        echo, and errors told and heard     nat, nat_packet   address translation (routers)
//! address     IPv6 addresses made and checked  router     advertisements, and what hosts learn from them
//! membership  groups, and who is told of them  agenda     when interfaces do something by themselves
//! ```
//!
//! Absent on purpose: policy routing, source routes (RFC 5095, RFC 7126: nobody takes them), ICMP redirects (sent by
//! routers whose hosts have another router on their link; the lab has no use for them), rate limits of ICMP errors.

mod address;
mod agenda;
mod arp;
mod configure;
mod forward;
mod group;
pub(crate) mod icmp;
mod membership;
mod nat;
mod nat_packet;
mod nd;
mod neighbour;
mod output;
mod reassembly;
mod route;
mod router;

use core::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::collections::VecDeque;

use litemap::LiteMap;

use crate::queue::LazyTimer;
use crate::random::Stream;
use crate::scenario::{self, Address, Attachment, NodeKind};
use crate::time::Instant;
use crate::wire::ethernet::{self, Mac};
use crate::wire::{ipv4, ipv6, ipv6_extension};

use address::{Made, Tentative};
use agenda::Agenda;
pub(crate) use forward::{Refusal, Transit, transit_v4};
pub(crate) use group::Way;
pub(crate) use membership::Joined;
use membership::Listening;
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

/// Hop limit that routers advertise, and a time to live for what Linux gives one of its own.
pub(crate) const TTL: u8 = 64;
/// The stream of a host's random numbers that its interfaces draw from.
const INTERFACES: u64 = u64::MAX;
/// MTU of the loopback interface.
const LOOPBACK_MTU: usize = 65_536;

/// The network layer of one node.
#[derive(Clone, Debug)]
pub(crate) struct Internet {
    pub(crate) interfaces: Vec<Interface>,
    routes: Routes,
    /// Time to live and hop limit of packets that ask for none.
    pub(crate) ttl: u8,
    /// It forwards what is not for itself.
    pub(crate) forwarding: bool,
    /// How it translates addresses, when it is a router that does.
    nat: Option<Box<Nat>>,
    pub(crate) neighbours: Neighbours,
    pub(crate) reassembly: Reassembly,
    /// Paths that take less than their first link: the MTU that a router told (RFC 1191 §6.3).
    path_mtus: LiteMap<IpAddr, usize>,
    /// Packets on their way from this host to itself.
    looped: VecDeque<Looped>,
    loopback_timer: LazyTimer,
    /// Identification of packets that belong to no socket.
    id: u16,
    /// Identification of IPv6 packets that are fragmented.
    fragment_id: u32,
    agenda: Agenda,
    /// The delays of what interfaces do by themselves.
    random: Stream,
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
    groups: LiteMap<IpAddr, u32>,
    /// What is to be told of groups: of IPv4, of IPv6.
    listening: [Listening; 2],
    /// It speaks IPv6.
    v6: bool,
    /// It makes addresses from what routers advertise, and says what Linux says meanwhile.
    autoconf: bool,
    /// It is a router's.
    router: bool,
    /// It advertises its networks.
    advertise: bool,
    /// The longest packet of IPv6: a router may say less than the link can (RFC 4861 §4.6.4).
    mtu_v6: usize,
    /// Hop limit of packets of IPv6, as routers say (RFC 4861 §6.3.4).
    hop_limit: Option<u8>,
    tentative: Vec<Tentative>,
    /// Addresses that were made from prefixes.
    made: LiteMap<Ipv6Addr, Made>,
    /// Router solicitations since the link-local address was assigned.
    solicitations: u32,
    /// Advertisements so far, and when the last was sent.
    advertisements: u32,
    advertised: Option<Instant>,
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
    /// Time to live or hop limit; `None`: the default.
    pub(crate) ttl: Option<u8>,
    /// Routers look at it (RFC 2113, RFC 2711).
    pub(crate) router_alert: bool,
    /// The interface that it must leave through, when its destination is a group or a link-local address.
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
            ttl: None,
            router_alert: false,
            interface: None,
            confirmed: false,
        }
    }
}

impl Internet {
    pub(crate) fn new(node: &scenario::Node, attached: &[Option<Attachment>], random: &mut Stream) -> Internet {
        let interfaces: Vec<Interface> = node
            .interfaces
            .iter()
            .zip(attached)
            .map(|(interface, link)| Interface::new(interface, *link, node.kind))
            .collect();
        let of_interfaces = random.fork(INTERFACES);
        Internet {
            routes: Routes::new(&interfaces, &node.routes),
            interfaces,
            ttl: node.settings.ttl,
            forwarding: node.kind == NodeKind::Router,
            nat: Nat::new(node),
            neighbours: Neighbours::new(node),
            reassembly: Reassembly::default(),
            path_mtus: LiteMap::new(),
            looped: VecDeque::new(),
            loopback_timer: LazyTimer::default(),
            id: random.below(0x1_0000) as u16,
            // Linux takes any number (`ipv6_select_ident`); this one is below 2^32.
            fragment_id: of_interfaces.hash(&[]) as u32,
            agenda: Agenda::default(),
            random: of_interfaces,
        }
    }

    /// Bytes of a packet to this address that follow its IP header without options.
    pub(crate) fn room_for(&self, destination: IpAddr) -> usize {
        self.mtu_to(destination) - header_of(destination)
    }

    /// The longest packet that reaches this address in one piece, as far as this host knows.
    pub(crate) fn mtu_to(&self, destination: IpAddr) -> usize {
        let first = match self.route(destination) {
            Some(hop) => self.mtu_of(hop, destination.is_ipv6()),
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

    /// The next identification of an IPv6 packet that is fragmented (RFC 8200 §4.5: 32 bits).
    fn next_fragment_id(&mut self) -> u32 {
        self.fragment_id = self.fragment_id.wrapping_add(1);
        self.fragment_id
    }

    /// The next identification for a packet that belongs to no socket.
    pub(crate) fn next_id(&mut self) -> u16 {
        self.id = self.id.wrapping_add(1);
        self.id
    }
}

impl Interface {
    fn new(interface: &scenario::Interface, link: Option<Attachment>, kind: NodeKind) -> Interface {
        let mut addresses = interface.addresses.clone();
        let v6 = interface.autoconf || interface.advertise || addresses.iter().any(|address| address.ip.is_ipv6());
        // With `autoconf` it is checked first.
        let given = addresses.iter().any(|address| matches!(address.ip, IpAddr::V6(ip) if ip.is_unicast_link_local()));
        if v6 && !interface.autoconf && !given {
            addresses.push(address::link_local(interface.mac));
        }
        let mtu = usize::from(interface.mtu);
        Interface {
            mac: interface.mac,
            addresses,
            mtu,
            link,
            groups: LiteMap::new(),
            listening: Default::default(),
            v6,
            autoconf: interface.autoconf,
            router: kind == NodeKind::Router,
            advertise: interface.advertise,
            mtu_v6: mtu,
            hop_limit: None,
            tentative: Vec::new(),
            made: LiteMap::new(),
            solicitations: 0,
            advertisements: 0,
            advertised: None,
        }
    }

    /// A frame to this hardware address is taken in. Groups are sorted out by their IP address.
    pub(crate) fn takes(&self, destination: Mac) -> bool {
        destination == self.mac || ethernet::is_group(destination)
    }
}

/// Length of what a router alert adds to a header.
const fn alert_of(carriage: &Carriage) -> usize {
    match carriage.destination {
        _ if !carriage.router_alert => 0,
        IpAddr::V4(_) => 4,
        IpAddr::V6(_) => ipv6_extension::ROUTER_ALERT_HEADER,
    }
}

/// Length of an IP header without options.
pub(crate) const fn header_of(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(_) => ipv4::HEADER,
        IpAddr::V6(_) => ipv6::HEADER,
    }
}
