//! Frames of a real machine, as far as the same parsers can read them as read those of the lab.
//!
//! A capture on the machine that sends has checksums which the interface would have filled in (on loopback nobody does). The
//! words of a frame do not depend on them, so they are filled in here, in a copy; the bytes that are shown stay as they were captured.
//!
//! Absent on purpose: IPv6 extension headers, and packets that were cut: those have no words but their length.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sim_core::gateway::LinkType;
use sim_core::wire::{checksum, ethernet, ipv4};

use super::index::Real;

/// The packet of a captured frame from its IP header on, with its transport's checksum filled in; `None` when it is no IP packet.
pub fn packet(frame: &[u8], real: Real) -> Option<Cow<'_, [u8]>> {
    let packet = match real.link_type {
        LinkType::Ip => frame,
        LinkType::Ethernet => {
            let (link, packet) = ethernet::Repr::parse(frame).ok()?;
            matches!(link.ethertype, ethernet::TYPE_IPV4 | ethernet::TYPE_IPV6).then_some(packet)?
        }
    };
    Some(filled_in(packet).map_or(Cow::Borrowed(packet), Cow::Owned))
}

fn filled_in(packet: &[u8]) -> Option<Vec<u8>> {
    let (header, protocol, ends) = match packet.first()? >> 4 {
        4 => {
            let address = |at: usize| Some(Ipv4Addr::from(*packet.get(at..)?.first_chunk::<4>()?).into());
            (usize::from(packet[0] & 15) * 4, *packet.get(9)?, (address(12)?, address(16)?))
        }
        6 => {
            let address = |at: usize| Some(Ipv6Addr::from(*packet.get(at..)?.first_chunk::<16>()?).into());
            (40, *packet.get(6)?, (address(8)?, address(24)?))
        }
        _ => return None,
    };
    let (source, destination): (IpAddr, IpAddr) = ends;
    let field = match protocol {
        ipv4::PROTOCOL_TCP => 16,
        ipv4::PROTOCOL_UDP => 6,
        _ => return None,
    };
    let mut packet = packet.to_vec();
    let segment = packet.get_mut(header..)?;
    segment.get_mut(field..field + 2)?.fill(0);
    let sum = checksum::with_pseudo_header(source, destination, protocol, segment);
    segment[field..field + 2].copy_from_slice(&sum.to_be_bytes());
    Some(packet)
}
