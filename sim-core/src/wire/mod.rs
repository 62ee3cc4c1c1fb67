//! Wire formats: bytes to a checked value that can only be legal, and back to bytes.
//!
//! `parse` checks lengths, versions and checksums and gives the value with what follows the header; `emit` writes
//! the value's header. `Display` is one line as tcpdump writes it.
//!
//! Absent on purpose: any state, and any opinion on what to do with a packet (the layers decide). For bytes that
//! need not be legal there is [`crate::dissect`].

pub mod arp;
pub mod checksum;
pub mod dhcp;
pub mod dns;
pub mod ethernet;
pub mod icmp;
pub mod icmpv6;
pub mod igmp;
pub mod ipv4;
pub mod ipv4_option;
pub mod ipv6;
pub mod ipv6_extension;
pub mod membership;
pub mod mld;
pub mod ndp;
pub mod tcp;
pub mod tcp_option;
pub mod udp;

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

/// Why bytes are not a legal header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireError {
    /// Fewer bytes than the header needs.
    Truncated,
    /// A length field contradicts the bytes or another field.
    Length,
    /// The checksum is wrong.
    Checksum,
    /// A field has a value that this codec does not know (a version, a hardware type).
    Unsupported,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WireError::Truncated => "truncated",
            WireError::Length => "contradicting length",
            WireError::Checksum => "wrong checksum",
            WireError::Unsupported => "unsupported value",
        })
    }
}

/// An IPv4 address. The caller has checked the length.
pub(crate) fn ipv4_at(bytes: &[u8], at: usize) -> Ipv4Addr {
    Ipv4Addr::from(u32_at(bytes, at))
}

/// An IPv6 address. The caller has checked the length.
pub(crate) fn ipv6_at(bytes: &[u8], at: usize) -> Ipv6Addr {
    let mut octets = [0; 16];
    octets.copy_from_slice(&bytes[at..at + 16]);
    Ipv6Addr::from(octets)
}

/// Two bytes in network order. The caller has checked the length.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Four bytes in network order. The caller has checked the length.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
