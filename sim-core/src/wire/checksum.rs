//! The Internet checksum (RFC 1071), with the pseudo-header of TCP and UDP.
//!
//! Absent on purpose: the incremental update of RFC 1624; it comes with routers.

use core::net::Ipv4Addr;

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

/// The checksum of a TCP segment or UDP datagram with its pseudo-header (RFC 9293 §3.1, RFC 768).
pub fn with_pseudo_header(source: Ipv4Addr, destination: Ipv4Addr, protocol: u8, segment: &[u8]) -> u16 {
    let pseudo = sum(&source.octets()) + sum(&destination.octets()) + u64::from(protocol) + segment.len() as u64;
    !fold(pseudo + sum(segment))
}
