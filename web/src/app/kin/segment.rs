//! The ends of a frame's conversation and its numbers, read from where they stand, without checking anything else: cheap enough
//! for each frame of a long trace.
//!
//! Absent on purpose: fragments behind the first, IPv6 extension headers, and checksums (the dissection has them).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sim_core::trace::FrameId;
use sim_core::wire::{ethernet, ipv4, tcp};

/// A frame in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which frame.
    pub frame: FrameId,
    /// The number of its first byte; 0 for UDP.
    pub seq: u32,
    /// How many numbers it takes: its data, and one each for SYN and FIN. For UDP its data.
    pub length: u32,
    /// The number up to which it acknowledges, if it does.
    pub ack: u32,
    /// The control bits; none for UDP.
    pub flags: tcp::Flags,
    /// The same node has sent some of its bytes before.
    pub again: bool,
}

impl Segment {
    /// The number behind its last byte.
    pub fn end(&self) -> u32 {
        self.seq.wrapping_add(self.length)
    }

    /// Whether both carry some of the same bytes.
    pub fn repeats(&self, other: &Segment) -> bool {
        let before = |a: u32, b: u32| (a.wrapping_sub(b) as i32) < 0;
        self.length > 0 && other.length > 0 && before(self.seq, other.end()) && before(other.seq, self.end())
    }

    /// Whether it acknowledges every byte of a segment of the other direction.
    pub fn acknowledges(&self, other: &Segment) -> bool {
        self.flags.has(tcp::Flags::ACK) && self.ack.wrapping_sub(other.end()) as i32 >= 0
    }
}

/// The two ends of what a frame carries, when it has ports, and its numbers.
pub fn peek(frame: FrameId, bytes: &[u8]) -> Option<((SocketAddr, SocketAddr), Segment)> {
    let kind = u16::from_be_bytes(*bytes.get(12..)?.first_chunk::<2>()?);
    // A capture may begin with the IP header.
    let packet = if matches!(kind, ethernet::TYPE_IPV4 | ethernet::TYPE_IPV6) { bytes.get(14..)? } else { bytes };
    let (source, destination, protocol, segment) = network(packet)?;
    let port = |at: usize| Some(u16::from_be_bytes(*segment.get(at..)?.first_chunk::<2>()?));
    let ends = (SocketAddr::new(source, port(0)?), SocketAddr::new(destination, port(2)?));
    let number = |at: usize| Some(u32::from_be_bytes(*segment.get(at..)?.first_chunk::<4>()?));
    match protocol {
        ipv4::PROTOCOL_UDP => {
            let length = segment.len().saturating_sub(8) as u32;
            Some((ends, Segment { frame, seq: 0, length, ack: 0, flags: tcp::Flags(0), again: false }))
        }
        ipv4::PROTOCOL_TCP => {
            let header = usize::from(*segment.get(12)? >> 4) * 4;
            let flags = tcp::Flags(*segment.get(13)?);
            let control = u32::from(flags.has(tcp::Flags::SYN)) + u32::from(flags.has(tcp::Flags::FIN));
            let length = segment.len().checked_sub(header)? as u32 + control;
            Some((ends, Segment { frame, seq: number(4)?, length, ack: number(8)?, flags, again: false }))
        }
        _ => None,
    }
}

/// The ends of an IP packet, what it carries, and that.
fn network(packet: &[u8]) -> Option<(IpAddr, IpAddr, u8, &[u8])> {
    match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet[0] & 15) * 4;
            let length = usize::from(u16::from_be_bytes(*packet.get(2..)?.first_chunk::<2>()?));
            let first = u16::from_be_bytes(*packet.get(6..)?.first_chunk::<2>()?) & 0x1fff == 0;
            let at = |at: usize| Some(IpAddr::from(Ipv4Addr::from(*packet.get(at..)?.first_chunk::<4>()?)));
            let payload = packet.get(header..length.min(packet.len()))?;
            first.then_some((at(12)?, at(16)?, *packet.get(9)?, payload))
        }
        6 => {
            let at = |at: usize| Some(IpAddr::from(Ipv6Addr::from(*packet.get(at..)?.first_chunk::<16>()?)));
            let length = usize::from(u16::from_be_bytes(*packet.get(4..)?.first_chunk::<2>()?)) + 40;
            Some((at(8)?, at(24)?, *packet.get(6)?, packet.get(40..length.min(packet.len()))?))
        }
        _ => None,
    }
}
