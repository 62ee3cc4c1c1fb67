//! Layer 3, and its seam to layer 2: how a packet of TCP, UDP or ICMP gets its IPv4 and Ethernet headers and leaves.
//!
//! Absent on purpose: a loopback interface (a host cannot talk to itself yet), several interfaces, forwarding, and
//! fragmentation (what does not fit is an error of the caller).

pub(crate) mod arp;
pub(crate) mod icmp;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::context::Context;
use crate::layer::{Layer, Protocol};
use crate::packet::{MTU, Packet};
use crate::random::Stream;
use crate::scenario::{self, Attachment};
use crate::trace::{DropReason, Place, What};
use crate::wire::ethernet::{self, Mac, TYPE_ARP, TYPE_IPV4};
use crate::wire::icmp::{HEADER as ICMP_HEADER, Repr as IcmpRepr};
use crate::wire::{ipv4, ipv4::PROTOCOL_ICMP};

use arp::Neighbours;

/// Linux's default TTL (`net.ipv4.ip_default_ttl`).
const TTL: u8 = 64;

/// The network layer of one node.
#[derive(Clone, Debug)]
pub(crate) struct Internet {
    pub(crate) mac: Mac,
    pub(crate) address: Ipv4Addr,
    prefix: u8,
    default_route: Option<Ipv4Addr>,
    /// The link of its interface, and which end of it.
    link: Option<Attachment>,
    pub(crate) neighbours: Neighbours,
    /// Identification of packets that belong to no socket.
    id: u16,
}

/// What a transport asks of the IPv4 header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Carriage {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    pub(crate) id: u16,
    pub(crate) dont_fragment: bool,
    pub(crate) traffic_class: u8,
}

impl Carriage {
    /// As Linux sends for TCP and UDP: not to be fragmented.
    pub(crate) fn of(local: SocketAddr, peer: SocketAddr, protocol: u8, id: u16) -> Carriage {
        Carriage { source: local.ip(), destination: peer.ip(), protocol, id, dont_fragment: true, traffic_class: 0 }
    }
}

impl Internet {
    pub(crate) fn new(node: &scenario::Node, attached: &[Option<Attachment>], random: &mut Stream) -> Internet {
        let interface = &node.interfaces[0];
        let (address, prefix) = interface
            .addresses
            .iter()
            .find_map(|address| match address.ip {
                IpAddr::V4(ip) => Some((ip, address.prefix)),
                IpAddr::V6(_) => None,
            })
            .unwrap_or((Ipv4Addr::UNSPECIFIED, 32));
        let default_route = node.routes.iter().find_map(|route| match route.via {
            IpAddr::V4(via) if route.to.prefix == 0 => Some(via),
            _ => None,
        });
        Internet {
            mac: interface.mac,
            address,
            prefix,
            default_route,
            link: attached[0],
            neighbours: Neighbours::default(),
            id: random.below(0x1_0000) as u16,
        }
    }

    /// Bytes of a packet to this address that follow its IP header.
    pub(crate) fn room_for(&self, _destination: IpAddr) -> usize {
        MTU - ipv4::HEADER
    }

    /// The next identification for a packet that belongs to no socket.
    pub(crate) fn next_id(&mut self) -> u16 {
        self.id = self.id.wrapping_add(1);
        self.id
    }

    /// The neighbour that a packet to `destination` goes to.
    pub(crate) fn route(&self, destination: IpAddr) -> Option<Ipv4Addr> {
        let IpAddr::V4(destination) = destination else { return None };
        self.link?;
        if destination == self.address || destination.is_loopback() {
            return None;
        }
        let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
        let local = (u32::from(destination) ^ u32::from(self.address)) & mask == 0;
        if local { Some(destination) } else { self.default_route }
    }

    /// Puts the IPv4 header before a transport's packet and sends it, when the neighbour is known; else it waits for
    /// ARP. The context's cause is the transport's header, and is changed.
    pub(crate) fn send(&mut self, carriage: &Carriage, mut packet: Packet, ctx: &mut Context<'_>) {
        let (IpAddr::V4(source), IpAddr::V4(destination)) = (carriage.source, carriage.destination) else {
            self.discard(packet, DropReason::NoRoute, ctx);
            return;
        };
        let header = ipv4::Repr {
            traffic_class: carriage.traffic_class,
            id: carriage.id,
            dont_fragment: carriage.dont_fragment,
            more_fragments: false,
            fragment_offset: 0,
            ttl: TTL,
            protocol: carriage.protocol,
            source,
            destination,
            payload: packet.len(),
        };
        header.emit(packet.prepend(ipv4::HEADER));
        ctx.encapsulated(Layer::Network, Protocol::Ipv4, packet.bytes(), ipv4::HEADER);
        let Some(next_hop) = self.route(carriage.destination) else {
            self.discard(packet, DropReason::NoRoute, ctx);
            return;
        };
        if let Some(mac) = self.neighbours.lookup(next_hop) {
            self.frame(packet, mac, TYPE_IPV4, ctx);
        } else {
            self.ask_for(next_hop, packet, ctx);
        }
    }

    /// Drops a packet that never became a frame.
    fn discard(&mut self, packet: Packet, why: DropReason, ctx: &mut Context<'_>) {
        ctx.fact(|| What::Dropped {
            frame: None,
            place: Place::Layer(Layer::Network),
            why,
            bytes: packet.bytes().into(),
        });
        ctx.pool.give_back(packet);
    }

    /// Puts the Ethernet header before a packet and gives the frame to the link.
    fn frame(&mut self, mut packet: Packet, destination: Mac, ethertype: u16, ctx: &mut Context<'_>) {
        let header = ethernet::Repr { destination, source: self.mac, ethertype };
        header.emit(packet.prepend(ethernet::HEADER));
        ctx.encapsulated(Layer::DataLink, Protocol::Ethernet, packet.bytes(), ethernet::HEADER);
        self.transmit(packet, ctx);
    }

    /// Gives a whole frame to the link.
    pub(crate) fn transmit(&mut self, packet: Packet, ctx: &mut Context<'_>) {
        match self.link {
            Some((link, end)) => ctx.transmit(link, end, packet),
            None => self.discard(packet, DropReason::NoRoute, ctx),
        }
    }

    fn send_arp(&mut self, packet: Packet, destination: Mac, ctx: &mut Context<'_>) {
        let length = packet.len();
        ctx.encapsulated(Layer::Network, Protocol::Arp, packet.bytes(), length);
        self.frame(packet, destination, TYPE_ARP, ctx);
    }

    /// Sends an ICMP message whose data stands in the packet. RFC 1812 §4.3.2.5: an error has precedence 6, as on Linux.
    pub(crate) fn send_icmp(
        &mut self,
        (source, destination): (Ipv4Addr, Ipv4Addr),
        repr: IcmpRepr,
        mut packet: Packet,
        ctx: &mut Context<'_>,
    ) {
        let cause = ctx.cause;
        repr.emit(packet.prepend(ICMP_HEADER));
        ctx.encapsulated(Layer::Network, Protocol::Icmp, packet.bytes(), ICMP_HEADER);
        let is_error = matches!(repr, IcmpRepr::Unreachable(_));
        let carriage = Carriage {
            source: source.into(),
            destination: destination.into(),
            protocol: PROTOCOL_ICMP,
            id: self.next_id(),
            dont_fragment: false,
            traffic_class: if is_error { 0xc0 } else { 0 },
        };
        self.send(&carriage, packet, ctx);
        ctx.cause = cause;
    }
}
