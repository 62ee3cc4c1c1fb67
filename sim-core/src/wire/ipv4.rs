//! IPv4 headers (RFC 791 §3.1).
//!
//! Absent on purpose: options as part of the value; few packets have some. [`super::ipv4_option`] reads and writes them.

use core::fmt;
use core::net::Ipv4Addr;

use super::ipv4_option::Options;
use super::{WireError, checksum, u16_at};

/// Length of a header without options.
pub const HEADER: usize = 20;
/// Protocol number of ICMP.
pub const PROTOCOL_ICMP: u8 = 1;
/// Protocol number of IGMP.
pub const PROTOCOL_IGMP: u8 = 2;
/// Protocol number of TCP.
pub const PROTOCOL_TCP: u8 = 6;
/// Protocol number of UDP.
pub const PROTOCOL_UDP: u8 = 17;

const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;

/// An IPv4 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Differentiated services and ECN, as one byte.
    pub traffic_class: u8,
    /// Identification.
    pub id: u16,
    /// Routers may not break it.
    pub dont_fragment: bool,
    /// More fragments follow.
    pub more_fragments: bool,
    /// Place of this fragment in units of 8 bytes.
    pub fragment_offset: u16,
    /// How many routers it may cross.
    pub ttl: u8,
    /// What it carries.
    pub protocol: u8,
    /// From which interface.
    pub source: Ipv4Addr,
    /// To which interface.
    pub destination: Ipv4Addr,
    /// Length of what follows the header.
    pub payload: usize,
}

impl Repr {
    /// The header of a packet, its length with options, and what follows it (without padding of the link layer).
    pub fn parse(packet: &[u8]) -> Result<(Repr, usize, &[u8]), WireError> {
        let (repr, header) = Repr::parse_header(packet)?;
        let payload = packet.get(header..header + repr.payload).ok_or(WireError::Length)?;
        Ok((repr, header, payload))
    }

    /// The header alone: what an ICMP error quotes may be cut off behind it.
    pub fn parse_header(packet: &[u8]) -> Result<(Repr, usize), WireError> {
        let first = *packet.first().ok_or(WireError::Truncated)?;
        if first >> 4 != 4 {
            return Err(WireError::Unsupported);
        }
        let header = usize::from(first & 0x0f) * 4;
        if header < HEADER {
            return Err(WireError::Length);
        }
        let bytes = packet.get(..header).ok_or(WireError::Truncated)?;
        if checksum::internet(bytes) != 0 {
            return Err(WireError::Checksum);
        }
        let payload = usize::from(u16_at(bytes, 2)).checked_sub(header).ok_or(WireError::Length)?;
        let flags = u16_at(bytes, 6);
        let repr = Repr {
            traffic_class: bytes[1],
            id: u16_at(bytes, 4),
            dont_fragment: flags & DONT_FRAGMENT != 0,
            more_fragments: flags & MORE_FRAGMENTS != 0,
            fragment_offset: flags & 0x1fff,
            ttl: bytes[8],
            protocol: bytes[9],
            source: Ipv4Addr::new(bytes[12], bytes[13], bytes[14], bytes[15]),
            destination: Ipv4Addr::new(bytes[16], bytes[17], bytes[18], bytes[19]),
            payload,
        };
        Ok((repr, header))
    }

    /// Writes the header, checksum included. The payload's length must fit (65,515 bytes).
    pub fn emit(&self, header: &mut [u8]) {
        self.emit_with(&Options::default(), header);
    }

    /// Writes the header with options behind it: [`HEADER`] bytes and as many as the options have.
    pub fn emit_with(&self, options: &Options, header: &mut [u8]) {
        let length = HEADER + options.len();
        let total = u16::try_from(length + self.payload).expect("an IPv4 packet has at most 65,535 bytes");
        let mut flags = self.fragment_offset & 0x1fff;
        if self.dont_fragment {
            flags |= DONT_FRAGMENT;
        }
        if self.more_fragments {
            flags |= MORE_FRAGMENTS;
        }
        // At most 15 words of four bytes: options are at most 40 bytes.
        header[0] = 0x40 | (length / 4) as u8;
        header[1] = self.traffic_class;
        header[2..4].copy_from_slice(&total.to_be_bytes());
        header[4..6].copy_from_slice(&self.id.to_be_bytes());
        header[6..8].copy_from_slice(&flags.to_be_bytes());
        header[8] = self.ttl;
        header[9] = self.protocol;
        header[10..12].fill(0);
        header[12..16].copy_from_slice(&self.source.octets());
        header[16..20].copy_from_slice(&self.destination.octets());
        options.emit(&mut header[HEADER..length]);
        let checksum = checksum::internet(&header[..length]);
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "IP (tos 0x{:x}, ttl {}, id {}, offset {}, flags [{}], proto {}, length {}) {} > {}",
            self.traffic_class,
            self.ttl,
            self.id,
            self.fragment_offset * 8,
            match (self.dont_fragment, self.more_fragments) {
                (true, _) => "DF",
                (_, true) => "+",
                _ => "none",
            },
            self.protocol,
            HEADER + self.payload,
            self.source,
            self.destination
        )
    }
}
