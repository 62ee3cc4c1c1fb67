//! Every checksum of every frame, computed anew by a parser that others wrote.
//!
//! Absent on purpose: transport checksums of fragments (no fragment has the whole of what they sum), and what an ICMP error
//! quotes.

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use sim_core::trace::{Trace, What};

use crate::Broken;

pub(super) fn frames(trace: &Trace) -> Result<(), Broken> {
    for fact in trace.facts() {
        if let What::Sent { bytes, .. } | What::Duplicated { bytes, .. } = &fact.what
            && !is_right(bytes).unwrap_or(false)
        {
            return Err(Broken::at("checksums are right", fact));
        }
    }
    Ok(())
}

/// Whether all checksums are those that they should be; `None` when the parser does not understand the frame.
pub(crate) fn is_right(frame: &[u8]) -> Option<bool> {
    let packet = SlicedPacket::from_ethernet(frame).ok()?;
    match packet.net {
        Some(NetSlice::Ipv4(ip)) => {
            let header = ip.header().to_header();
            let (source, destination) = (header.source, header.destination);
            let transport = match packet.transport {
                None => ip.is_payload_fragmented() || header.protocol.0 == 2,
                Some(TransportSlice::Tcp(tcp)) => tcp.calc_checksum_ipv4(source, destination).ok()? == tcp.checksum(),
                Some(TransportSlice::Udp(udp)) => {
                    let right = udp.to_header().calc_checksum_ipv4_raw(source, destination, udp.payload());
                    right.ok()? == udp.checksum()
                }
                Some(TransportSlice::Icmpv4(icmp)) => icmp.icmp_type().calc_checksum(icmp.payload()) == icmp.checksum(),
                Some(TransportSlice::Icmpv6(_)) => false,
            };
            Some(transport && header.header_checksum == header.calc_header_checksum())
        }
        Some(NetSlice::Ipv6(ip)) => {
            let header = ip.header().to_header();
            let (source, destination) = (header.source, header.destination);
            Some(match packet.transport {
                None => ip.is_payload_fragmented(),
                Some(TransportSlice::Tcp(tcp)) => tcp.calc_checksum_ipv6(source, destination).ok()? == tcp.checksum(),
                Some(TransportSlice::Udp(udp)) => {
                    let right = udp.to_header().calc_checksum_ipv6_raw(source, destination, udp.payload());
                    right.ok()? == udp.checksum()
                }
                Some(TransportSlice::Icmpv6(icmp)) => icmp.is_checksum_valid(source, destination),
                Some(TransportSlice::Icmpv4(_)) => false,
            })
        }
        Some(NetSlice::Arp(_)) => Some(true),
        None => None,
    }
}
