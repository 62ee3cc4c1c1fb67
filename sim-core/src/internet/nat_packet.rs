//! What a translator reads of an IPv4 packet, and how it writes an address and a port into it: checksums are brought up to
//! date by what changed (RFC 1624), so a wrong one stays wrong.
//!
//! Absent on purpose: the table ([`super::nat`]).

use core::net::Ipv4Addr;

use crate::trace::{NatProtocol, Side};
use crate::wire::ipv4::{self, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::{checksum, icmp, tcp, u16_at};

/// What a packet is to a translator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parsed {
    pub(crate) destination: Ipv4Addr,
    pub(crate) part: Part,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// Part of a conversation.
    Flow(Flow),
    /// An ICMP error about a packet of this conversation.
    Error(Flow),
    /// Something that is not translated.
    Other,
}

/// From where to where, and what TCP says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flow {
    pub(crate) protocol: NatProtocol,
    pub(crate) source: (Ipv4Addr, u16),
    pub(crate) destination: (Ipv4Addr, u16),
    /// TCP's control bits.
    flags: tcp::Flags,
    /// It asks for an echo.
    asks: bool,
}

/// Where an IPv4 header has its checksum.
const IP_SUM: usize = 10;
/// Types of ICMP.
const ECHO_REPLY: u8 = 0;
const ECHO_REQUEST: u8 = 8;
/// What every transport's header has at least, and an error quotes at least (RFC 792).
const LEAST: usize = 8;

impl Flow {
    /// The same conversation in the other direction.
    pub(crate) fn back(&self) -> Flow {
        let asks = self.protocol == NatProtocol::Echo && !self.asks;
        Flow { source: self.destination, destination: self.source, flags: tcp::Flags::default(), asks, ..*self }
    }

    /// The same packet from another end.
    pub(crate) fn coming_from(&self, source: (Ipv4Addr, u16)) -> Flow {
        Flow { source, ..*self }
    }

    /// An echo request: the asker's identifier is its port, and the other end has none.
    pub(crate) fn is_ping(&self) -> bool {
        self.asks
    }

    /// An echo reply.
    pub(crate) fn is_pong(&self) -> bool {
        self.protocol == NatProtocol::Echo && !self.asks
    }

    /// A SYN of who begins.
    pub(crate) fn opens(&self) -> bool {
        self.flags.has(tcp::Flags::SYN) && !self.flags.has(tcp::Flags::ACK)
    }

    pub(crate) fn finishes(&self) -> bool {
        self.flags.has(tcp::Flags::FIN)
    }

    pub(crate) fn resets(&self) -> bool {
        self.flags.has(tcp::Flags::RST)
    }
}

impl Parsed {
    /// Reads a packet from its IP header on. `None` when that is broken.
    pub(crate) fn parse(packet: &[u8]) -> Option<Parsed> {
        let (ip, header) = ipv4::Repr::parse_header(packet).ok()?;
        // Without padding of the link layer.
        let message = packet.get(header..)?;
        let message = &message[..message.len().min(ip.payload)];
        let part = match flow(packet) {
            Some(flow) => Part::Flow(flow),
            None if ip.protocol == PROTOCOL_ICMP && is_sound_error(message) => {
                flow(&message[icmp::HEADER..]).map_or(Part::Other, Part::Error)
            }
            None => Part::Other,
        };
        Some(Parsed { destination: ip.destination, part })
    }
}

/// The conversation of a packet, of which an error may quote no more than the start.
fn flow(packet: &[u8]) -> Option<Flow> {
    let (ip, header) = ipv4::Repr::parse_header(packet).ok()?;
    let transport = packet.get(header..).filter(|transport| transport.len() >= LEAST)?;
    if ip.fragment_offset != 0 {
        return None;
    }
    let ports = (u16_at(transport, 0), u16_at(transport, 2));
    let identifier = u16_at(transport, 4);
    let (protocol, (from, to)) = match (ip.protocol, transport[0]) {
        (PROTOCOL_TCP, _) => (NatProtocol::Tcp, ports),
        (PROTOCOL_UDP, _) => (NatProtocol::Udp, ports),
        (PROTOCOL_ICMP, ECHO_REQUEST) => (NatProtocol::Echo, (identifier, 0)),
        (PROTOCOL_ICMP, ECHO_REPLY) => (NatProtocol::Echo, (0, identifier)),
        _ => return None,
    };
    let bits = if protocol == NatProtocol::Tcp { transport.get(13).copied().unwrap_or(0) } else { 0 };
    let asks = protocol == NatProtocol::Echo && transport[0] == ECHO_REQUEST;
    Some(Flow { protocol, source: (ip.source, from), destination: (ip.destination, to), flags: tcp::Flags(bits), asks })
}

/// An ICMP error whose checksum is right: it will be computed anew.
fn is_sound_error(message: &[u8]) -> bool {
    let errors = [3, 11, 12];
    message.len() > icmp::HEADER && errors.contains(&message[0]) && checksum::internet(message) == 0
}

/// Writes another address and port into one side of a packet of this conversation.
pub(crate) fn rewrite(packet: &mut [u8], side: Side, flow: &Flow, (ip, port): (Ipv4Addr, u16)) {
    let header = usize::from(packet[0] & 0x0f) * 4;
    let (address_at, port_at) = match side {
        Side::Source => (12, 0),
        Side::Destination => (16, 2),
    };
    // TCP and UDP have the addresses in their checksums too, by the pseudo-header; ICMP has not.
    let (port_at, sum_at, pseudo) = match flow.protocol {
        NatProtocol::Tcp => (header + port_at, header + 16, true),
        NatProtocol::Udp => (header + port_at, header + 6, true),
        NatProtocol::Echo => (header + 4, header + 2, false),
    };
    let is_udp = flow.protocol == NatProtocol::Udp;
    for (before, after) in put_address(packet, address_at, ip) {
        update(packet, IP_SUM, before, after, false);
        if pseudo {
            update(packet, sum_at, before, after, is_udp);
        }
    }
    let before = put(packet, port_at, port);
    update(packet, sum_at, before, port, is_udp);
}

/// Writes a word; gives the one that was there.
fn put(packet: &mut [u8], at: usize, word: u16) -> u16 {
    let before = u16_at(packet, at);
    packet[at..at + 2].copy_from_slice(&word.to_be_bytes());
    before
}

/// Writes an address; gives its two words, each as it was and as it is.
fn put_address(packet: &mut [u8], at: usize, ip: Ipv4Addr) -> [(u16, u16); 2] {
    let bits = ip.to_bits();
    [(at, (bits >> 16) as u16), (at + 2, bits as u16)].map(|(at, word)| (put(packet, at, word), word))
}

/// Brings a checksum up to date, if an error's quote reaches so far.
fn update(packet: &mut [u8], at: usize, before: u16, after: u16, is_udp: bool) {
    let Some(field) = packet.get_mut(at..at + 2) else { return };
    let old = u16::from_be_bytes([field[0], field[1]]);
    // RFC 768: zero stands for none, and all ones for zero.
    if is_udp && old == 0 {
        return;
    }
    let new = match checksum::updated(old, before, after) {
        0 if is_udp => u16::MAX,
        sum => sum,
    };
    field.copy_from_slice(&new.to_be_bytes());
}

/// Writes another address into one side of an ICMP error, and address and port into the other side of what it quotes.
pub(crate) fn rewrite_error(packet: &mut [u8], side: Side, to: (Ipv4Addr, u16)) {
    let header = usize::from(packet[0] & 0x0f) * 4;
    let (address_at, other) = match side {
        Side::Source => (12, Side::Destination),
        Side::Destination => (16, Side::Source),
    };
    for (before, after) in put_address(packet, address_at, to.0) {
        update(packet, IP_SUM, before, after, false);
    }
    let end = usize::from(u16_at(packet, 2)).clamp(header + icmp::HEADER, packet.len());
    let message = &mut packet[header..end];
    let quote = &mut message[icmp::HEADER..];
    if let Some(quoted) = flow(quote) {
        rewrite(quote, other, &quoted, to);
    }
    message[2..4].fill(0);
    let sum = checksum::internet(message);
    message[2..4].copy_from_slice(&sum.to_be_bytes());
}
