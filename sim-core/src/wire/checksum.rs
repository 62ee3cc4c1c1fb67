//! The Internet checksum (RFC 1071), with the pseudo-header of TCP and UDP.
//!
//! Absent on purpose: hardware that does it: every checksum is computed.

use core::net::IpAddr;

/// One's complement addition: the carry goes round.
fn add(sum: u64, word: u64) -> u64 {
    let (sum, carry) = sum.overflowing_add(word);
    // A sum that overflowed is not all ones.
    sum + u64::from(carry)
}

/// The one's complement sum of a byte string, in words of the machine's own order: RFC 1071 §2 (B) lets the order be turned
/// at the end, and §2 (C) lets words be as wide as the machine has them. Four sums, because none of them waits for another.
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let (blocks, words) = words.as_chunks::<4>();
    let mut sums = [0; 4];
    for block in blocks {
        for (sum, word) in sums.iter_mut().zip(block) {
            *sum = add(*sum, u64::from_ne_bytes(*word));
        }
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]).map(|word| u64::from_ne_bytes(*word));
    sums.into_iter().chain(words).fold(0, add)
}

/// To 16 bits, in network order.
fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    // Folded: what is left fits.
    u16::from_be(sum as u16)
}

/// The checksum of these bytes, whose own checksum field holds zero; zero when it holds the right one.
pub fn internet(bytes: &[u8]) -> u16 {
    !fold(sum(bytes))
}

/// The checksum of a header in which one word of 16 bits was changed (RFC 1624 §3, equation 3).
pub fn updated(checksum: u16, before: u16, after: u16) -> u16 {
    // Words of the machine's own order, as `fold` takes them.
    let sum = u64::from((!checksum).to_be()) + u64::from((!before).to_be()) + u64::from(after.to_be());
    !fold(sum)
}

/// The checksum of a TCP segment, UDP datagram or ICMPv6 message with its pseudo-header (RFC 9293 §3.1, RFC 768; for
/// IPv6 RFC 8200 §8.1, whose longer fields have the same sum).
pub fn with_pseudo_header(
    source: impl Into<IpAddr>,
    destination: impl Into<IpAddr>,
    protocol: u8,
    segment: &[u8],
) -> u16 {
    let addresses = add(address_sum(source.into()), address_sum(destination.into()));
    // At most 65,535 bytes and an extension: a word of 32 bits holds it.
    let rest = u32::from(protocol) + segment.len() as u32;
    !fold(add(add(addresses, u64::from(rest.to_be())), sum(segment)))
}

fn address_sum(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => sum(&address.octets()),
        IpAddr::V6(address) => sum(&address.octets()),
    }
}
