//! The Internet checksum (RFC 1071), with the pseudo-header of TCP and UDP.
//!
//! Absent on purpose: the incremental update of RFC 1624; it comes with routers.

use core::net::IpAddr;

/// The one's complement sum of a byte string, not folded yet.
fn sum(bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(4);
    let mut sum: u64 = 0;
    for chunk in &mut chunks {
        sum += u64::from(u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]));
    }
    let mut rest = [0; 4];
    rest[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    sum + u64::from(u32::from_be_bytes(rest))
}

fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // Folded: what is left fits.
    sum as u16
}

/// The checksum of these bytes, whose own checksum field holds zero; zero when it holds the right one.
pub fn internet(bytes: &[u8]) -> u16 {
    !fold(sum(bytes))
}

/// The checksum of a TCP segment, UDP datagram or ICMPv6 message with its pseudo-header (RFC 9293 §3.1, RFC 768; for
/// IPv6 RFC 8200 §8.1, whose longer fields have the same sum).
pub fn with_pseudo_header(
    source: impl Into<IpAddr>,
    destination: impl Into<IpAddr>,
    protocol: u8,
    segment: &[u8],
) -> u16 {
    let addresses = address_sum(source.into()) + address_sum(destination.into());
    !fold(addresses + u64::from(protocol) + segment.len() as u64 + sum(segment))
}

fn address_sum(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => sum(&address.octets()),
        IpAddr::V6(address) => sum(&address.octets()),
    }
}
