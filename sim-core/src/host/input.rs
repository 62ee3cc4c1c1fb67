//! What arrives: each layer checks and takes off its header, and hands on what follows it; what is not for us is forwarded
//! by a router, and what is not right is dropped with a reason.
//!
//! Absent on purpose: IPv4 options (they are passed over), source routes (nobody takes them, RFC 7126 §4.3, RFC 5095), and what
//! sockets make of a message ([`super::deliver`]).

use core::net::IpAddr;

use crate::context::Context;
use crate::internet::icmp::Problem;
use crate::internet::{Fragment, Heard, Hop, PacketKey, Refusal, Transit, transit_v4};
use crate::layer::{Layer, Protocol};
use crate::packet::Packet;
use crate::trace::{DropReason, FrameId};
use crate::wire::ethernet::{TYPE_ARP, TYPE_IPV4, TYPE_IPV6};
use crate::wire::ipv4::{PROTOCOL_ICMP, PROTOCOL_IGMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::ipv6::{NO_NEXT_HEADER, PROTOCOL_ICMPV6};
use crate::wire::{WireError, arp, ethernet, icmp, icmpv6, igmp, ipv4, ipv6, ipv6_extension, ndp};

use super::Host;

/// The frame that is being taken apart: its number and all its bytes.
pub(super) type Whole<'a> = (FrameId, &'a [u8]);

/// An IP packet for this host: what its header says, all its bytes, and what follows its headers.
#[derive(Clone, Copy)]
pub(super) struct Datagram<'a> {
    pub(super) interface: usize,
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) protocol: u8,
    /// Where the byte is that says so, from the start of the packet.
    protocol_at: usize,
    pub(super) ttl: u8,
    pub(super) packet: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) frame: FrameId,
}

/// Where IPv4 says what a packet carries.
const PROTOCOL_V4: usize = 9;
/// Where the fixed header of IPv6 does.
const NEXT_HEADER: usize = 6;

/// What became of a frame that was not dropped.
pub(super) enum Fate {
    /// It was for us.
    Taken,
    /// It goes on to here.
    Forwarded(Hop),
    /// It comes before the NAT first.
    ToTranslate,
}

/// The layer that drops a frame, and why.
pub(super) type Dropped = (Layer, DropReason);

pub(super) fn reason(error: WireError) -> DropReason {
    match error {
        WireError::Checksum => DropReason::Checksum,
        WireError::Unsupported => DropReason::UnknownProtocol,
        WireError::Truncated | WireError::Length => DropReason::Malformed,
    }
}

pub(super) const fn at_network(why: DropReason) -> Dropped {
    (Layer::Network, why)
}

impl Host {
    /// A frame arrived; the context's cause is its arrival.
    pub(crate) fn receive(&mut self, interface: usize, frame: FrameId, mut packet: Packet, ctx: &mut Context<'_>) {
        let bytes = packet.bytes();
        match self.receive_ethernet(interface, (frame, bytes), ctx) {
            Ok(Fate::Taken) => ctx.pool.give_back(packet),
            Ok(Fate::Forwarded(hop)) => {
                packet.strip(ethernet::HEADER);
                self.net.forward(hop, packet, ctx);
            }
            Ok(Fate::ToTranslate) => self.receive_to_translate(interface, frame, packet, ctx),
            Err((layer, why)) => {
                ctx.drop_frame(layer, why, (frame, bytes));
                ctx.pool.give_back(packet);
            }
        }
    }

    /// A frame of this host to itself arrives.
    pub(crate) fn loopback_event(&mut self, ctx: &mut Context<'_>) {
        let Some((frame, packet)) = self.net.loopback_arrival(ctx) else { return };
        let bytes = packet.bytes();
        let ip = &bytes[ethernet::HEADER..];
        ctx.decapsulated((Layer::DataLink, Protocol::Ethernet), frame, &bytes[..ethernet::HEADER], ip.len());
        let taken = match ip[0] >> 4 {
            4 => {
                let interface = self.net.interface_of_own(crate::wire::ipv4_at(ip, 16).into());
                self.receive_ipv4(interface, ip, frame, ctx)
            }
            _ => {
                let interface = self.net.interface_of_own(crate::wire::ipv6_at(ip, 24).into());
                self.receive_ipv6(interface, ip, frame, ctx)
            }
        };
        if let Err((layer, why)) = taken {
            ctx.drop_frame(layer, why, (frame, bytes));
        }
        ctx.pool.give_back(packet);
    }

    fn receive_ethernet(
        &mut self,
        interface: usize,
        (frame, bytes): Whole<'_>,
        ctx: &mut Context<'_>,
    ) -> Result<Fate, Dropped> {
        let at_link = |why| (Layer::DataLink, why);
        let (header, payload) = ethernet::Repr::parse(bytes).map_err(|error| at_link(reason(error)))?;
        let here = self.net.interfaces.get(interface).ok_or(at_link(DropReason::NotOurMac))?;
        if !here.takes(header.destination) {
            return Err(at_link(DropReason::NotOurMac));
        }
        let layer = (Layer::DataLink, Protocol::Ethernet);
        ctx.decapsulated(layer, frame, &bytes[..ethernet::HEADER], payload.len());
        match header.ethertype {
            TYPE_ARP => self.receive_arp(interface, payload, frame, ctx).map_err(at_network),
            TYPE_IPV4 if self.net.translates() => Ok(Fate::ToTranslate),
            TYPE_IPV4 => self.receive_ipv4(interface, payload, frame, ctx),
            TYPE_IPV6 => self.receive_ipv6(interface, payload, frame, ctx),
            _ => Err(at_link(DropReason::UnknownProtocol)),
        }
    }

    fn receive_arp(
        &mut self,
        interface: usize,
        payload: &[u8],
        frame: FrameId,
        ctx: &mut Context<'_>,
    ) -> Result<Fate, DropReason> {
        let repr = arp::Repr::parse(payload).map_err(reason)?;
        ctx.decapsulated((Layer::Network, Protocol::Arp), frame, &payload[..arp::LEN], payload.len() - arp::LEN);
        self.net.receive_arp(interface, &repr, ctx);
        Ok(Fate::Taken)
    }

    pub(super) fn receive_ipv4(
        &mut self,
        interface: usize,
        packet: &[u8],
        frame: FrameId,
        ctx: &mut Context<'_>,
    ) -> Result<Fate, Dropped> {
        let (ip, header, payload) = ipv4::Repr::parse(packet).map_err(|error| at_network(reason(error)))?;
        // The gateway answers for the whole real network, with TCP and UDP. What is for many stays in the lab.
        let through = self.is_gateway()
            && matches!(ip.protocol, PROTOCOL_TCP | PROTOCOL_UDP)
            && !self.net.is_for_many(ip.destination.into());
        if !through && !self.net.is_for_us(interface, ip.destination.into()) {
            return self.forward_or_drop(&transit_v4(&ip, header), &packet[..header + payload.len()], ctx);
        }
        ctx.decapsulated((Layer::Network, Protocol::Ipv4), frame, &packet[..header], payload.len());
        let datagram = Datagram {
            interface,
            source: ip.source.into(),
            destination: ip.destination.into(),
            protocol: ip.protocol,
            protocol_at: PROTOCOL_V4,
            ttl: ip.ttl,
            packet: &packet[..header + payload.len()],
            payload,
            frame,
        };
        if !ip.more_fragments && ip.fragment_offset == 0 {
            return self.deliver(&datagram, ctx).map(|()| Fate::Taken);
        }
        match self.reassemble_v4(&ip, payload, ctx).map_err(at_network)? {
            Some(whole) => self.deliver_whole(datagram, whole, ipv4::HEADER, ctx),
            None => Ok(Fate::Taken),
        }
    }

    /// The fragments of a packet, one of which is given, became this one.
    fn deliver_whole(
        &mut self,
        piece: Datagram<'_>,
        packet: Packet,
        header: usize,
        ctx: &mut Context<'_>,
    ) -> Result<Fate, Dropped> {
        let bytes = packet.bytes();
        let delivered = self.deliver(&Datagram { packet: bytes, payload: &bytes[header..], ..piece }, ctx);
        ctx.pool.give_back(packet);
        delivered.map(|()| Fate::Taken)
    }

    /// A fragment arrived: gives the packet when it is whole now.
    pub(super) fn reassemble_v4(
        &mut self,
        ip: &ipv4::Repr,
        payload: &[u8],
        ctx: &mut Context<'_>,
    ) -> Result<Option<Packet>, DropReason> {
        // Options of fragments are left out: nothing here heeds them.
        let mut header = [0; ipv4::HEADER];
        ip.emit(&mut header);
        let key = PacketKey {
            source: ip.source.into(),
            destination: ip.destination.into(),
            protocol: ip.protocol,
            id: u32::from(ip.id),
        };
        let offset = usize::from(ip.fragment_offset) * 8;
        self.net.reassemble(&Fragment { key, offset, more: ip.more_fragments, header: &header, payload }, ctx)
    }

    fn receive_ipv6(
        &mut self,
        interface: usize,
        packet: &[u8],
        frame: FrameId,
        ctx: &mut Context<'_>,
    ) -> Result<Fate, Dropped> {
        let (ip, rest) = ipv6::Repr::parse(packet).map_err(|error| at_network(reason(error)))?;
        let packet = &packet[..ipv6::HEADER + rest.len()];
        if !self.net.is_for_us(interface, ip.destination.into()) {
            let transit = Transit {
                source: ip.source.into(),
                destination: ip.destination.into(),
                ttl: ip.hop_limit,
                length: packet.len(),
                breakable: false,
            };
            return self.forward_or_drop(&transit, packet, ctx);
        }
        let chain = match ipv6_extension::walk(&ip, rest) {
            Ok(chain) => chain,
            Err(ipv6_extension::Refusal::Illegal(error)) => return Err(at_network(reason(error))),
            Err(ipv6_extension::Refusal::Silent) => return Err(at_network(DropReason::UnknownProtocol)),
            Err(ipv6_extension::Refusal::Problem { code, pointer }) => {
                // A packet has at most 65,575 bytes.
                self.net.report(Problem::Parameter { code, pointer: pointer as u32 }, packet, ctx);
                return Err(at_network(DropReason::Malformed));
            }
        };
        ctx.decapsulated((Layer::Network, Protocol::Ipv6), frame, &packet[..chain.headers], chain.payload.len());
        let mut datagram = Datagram {
            interface,
            source: ip.source.into(),
            destination: ip.destination.into(),
            protocol: chain.protocol,
            protocol_at: chain.protocol_at,
            ttl: ip.hop_limit,
            packet,
            payload: chain.payload,
            frame,
        };
        let Some(piece) = chain.fragment.filter(|fragment| !fragment.is_atomic()) else {
            return self.deliver(&datagram, ctx).map(|()| Fate::Taken);
        };
        let mut header = [0; ipv6::HEADER];
        ipv6::Repr { next_header: chain.protocol, payload: 0, ..ip }.emit(&mut header);
        let (source, destination) = (datagram.source, datagram.destination);
        // RFC 8200 §4.5: the protocol is no part of what tells packets apart.
        let key = PacketKey { source, destination, protocol: 0, id: piece.id };
        let offset = usize::from(piece.offset) * 8;
        let fragment = Fragment { key, offset, more: piece.more, header: &header, payload: chain.payload };
        let whole = self.net.reassemble(&fragment, ctx).map_err(at_network)?;
        let Some(packet) = whole else { return Ok(Fate::Taken) };
        // What the first fragment says counts: later ones may say something else.
        (datagram.protocol, datagram.protocol_at) = (packet.bytes()[NEXT_HEADER], NEXT_HEADER);
        self.deliver_whole(datagram, packet, ipv6::HEADER, ctx)
    }

    /// A packet that is not for this node: a router sends it on, or tells its sender why not.
    fn forward_or_drop(&mut self, transit: &Transit, packet: &[u8], ctx: &mut Context<'_>) -> Result<Fate, Dropped> {
        if !self.net.forwarding {
            return Err(at_network(DropReason::NotOurAddress));
        }
        match self.net.way_through(transit) {
            Ok(hop) => Ok(Fate::Forwarded(hop)),
            Err(Refusal { why, problem }) => {
                if let Some(problem) = problem {
                    self.net.report(problem, packet, ctx);
                }
                Err(at_network(why))
            }
        }
    }

    /// Gives a packet for this host to its protocol.
    fn deliver(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), Dropped> {
        let at_transport = |why| (Layer::Transport, why);
        match (datagram.protocol, datagram.source) {
            (PROTOCOL_TCP, _) => self.receive_tcp(datagram, ctx).map_err(at_transport),
            (PROTOCOL_UDP, _) => self.receive_udp(datagram, ctx).map_err(at_transport),
            (PROTOCOL_ICMP, IpAddr::V4(_)) => self.receive_icmp(datagram, ctx).map_err(at_network),
            (PROTOCOL_IGMP, IpAddr::V4(_)) => self.receive_igmp(datagram, ctx).map_err(at_network),
            (PROTOCOL_ICMPV6, IpAddr::V6(_)) => self.receive_icmpv6(datagram, ctx).map_err(at_network),
            (NO_NEXT_HEADER, IpAddr::V6(_)) => Ok(()),
            _ => {
                // RFC 1122 §3.2.2.1, RFC 8200 §4: a host that knows no such protocol says so. A packet has at most
                // 65,575 bytes.
                let problem = match datagram.source {
                    IpAddr::V4(_) => Problem::NoProtocol,
                    IpAddr::V6(_) => Problem::Parameter { code: 1, pointer: datagram.protocol_at as u32 },
                };
                self.net.report(problem, datagram.packet, ctx);
                Err(at_network(DropReason::UnknownProtocol))
            }
        }
    }

    fn receive_icmp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (repr, data) = icmp::Repr::parse(datagram.payload).map_err(reason)?;
        let header = &datagram.payload[..icmp::HEADER];
        ctx.decapsulated((Layer::Network, Protocol::Icmp), datagram.frame, header, data.len());
        match repr {
            icmp::Repr::EchoRequest { identifier, sequence } => {
                self.answer_echo(datagram, (identifier, sequence), data, ctx)
            }
            icmp::Repr::EchoReply { identifier, .. } => self.receive_echo_reply(datagram, identifier, ctx),
            _ => match Problem::heard(&repr) {
                Some(problem) => {
                    self.hear(problem, datagram.source, data, ctx);
                    Ok(())
                }
                None => Err(DropReason::UnknownProtocol),
            },
        }
    }

    fn receive_igmp(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let repr = igmp::Repr::parse(datagram.payload).map_err(reason)?;
        ctx.decapsulated((Layer::Network, Protocol::Igmp), datagram.frame, datagram.payload, 0);
        let heeded = self.net.receive_igmp(datagram.interface, &repr, ctx);
        if heeded { Ok(()) } else { Err(DropReason::NotAcceptable) }
    }

    fn receive_icmpv6(&mut self, datagram: &Datagram<'_>, ctx: &mut Context<'_>) -> Result<(), DropReason> {
        let (IpAddr::V6(source), IpAddr::V6(destination)) = (datagram.source, datagram.destination) else {
            return Err(DropReason::Malformed);
        };
        let (repr, data) = icmpv6::Repr::parse(datagram.payload, source, destination).map_err(reason)?;
        let header = datagram.payload.len() - data.len();
        let layer = (Layer::Network, Protocol::Icmpv6);
        ctx.decapsulated(layer, datagram.frame, &datagram.payload[..header], data.len());
        match &repr {
            icmpv6::Repr::EchoRequest { identifier, sequence } => {
                self.answer_echo(datagram, (*identifier, *sequence), data, ctx)
            }
            icmpv6::Repr::EchoReply { identifier, .. } => self.receive_echo_reply(datagram, *identifier, ctx),
            // RFC 4861 §7.1: what a router has touched is not heeded.
            icmpv6::Repr::Neighbor(_) if datagram.ttl != ndp::HOP_LIMIT => Err(DropReason::NotAcceptable),
            icmpv6::Repr::Neighbor(repr) => {
                let heard = Heard { interface: datagram.interface, source };
                self.net.receive_discovery(heard, repr, ctx)
            }
            icmpv6::Repr::Listener(repr) => {
                // RFC 3810 §6.2: from a neighbour's link-local address, and no router has touched it.
                let near = source.is_unicast_link_local() && datagram.ttl == 1;
                let heeded = near && self.net.receive_mld(datagram.interface, repr, ctx);
                if heeded { Ok(()) } else { Err(DropReason::NotAcceptable) }
            }
            repr => match Problem::heard_v6(repr) {
                Some(problem) => {
                    self.hear(problem, datagram.source, data, ctx);
                    Ok(())
                }
                None => Err(DropReason::UnknownProtocol),
            },
        }
    }

    fn answer_echo(
        &mut self,
        datagram: &Datagram<'_>,
        number: (u16, u16),
        data: &[u8],
        ctx: &mut Context<'_>,
    ) -> Result<(), DropReason> {
        // Linux passes over questions to all stations (`icmp_echo_ignore_broadcasts`), but not to a group of IPv6.
        if datagram.destination.is_ipv4() && self.net.is_for_many(datagram.destination) {
            return Err(DropReason::NotAcceptable);
        }
        self.net.echo_reply((datagram.destination, datagram.source), number, data, ctx);
        Ok(())
    }
}
