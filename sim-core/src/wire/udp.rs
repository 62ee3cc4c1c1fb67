//! UDP headers (RFC 768).
//!
//! Absent on purpose: sending without a checksum (legal, but no host of today does it). Received so, it is taken.

use core::fmt;
use core::net::IpAddr;

use super::{WireError, checksum, ipv4::PROTOCOL_UDP, u16_at};

/// Length of the header.
pub const HEADER: usize = 8;

/// A UDP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// From which port.
    pub source: u16,
    /// To which port.
    pub destination: u16,
    /// Length of what follows the header.
    pub payload: usize,
}

impl Repr {
    /// The header of a datagram between these addresses, and its payload.
    pub fn parse(
        bytes: &[u8],
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
    ) -> Result<(Repr, &[u8]), WireError> {
        if bytes.len() < HEADER {
            return Err(WireError::Truncated);
        }
        let length = usize::from(u16_at(bytes, 4));
        let datagram = bytes.get(..length).filter(|_| length >= HEADER).ok_or(WireError::Length)?;
        let (source, destination) = (source.into(), destination.into());
        // RFC 8200 §8.1: with IPv6 a checksum there must be.
        let unchecked = u16_at(bytes, 6) == 0 && source.is_ipv4();
        if !unchecked && checksum::with_pseudo_header(source, destination, PROTOCOL_UDP, datagram) != 0 {
            return Err(WireError::Checksum);
        }
        let repr = Repr { source: u16_at(bytes, 0), destination: u16_at(bytes, 2), payload: length - HEADER };
        Ok((repr, &datagram[HEADER..]))
    }

    /// Writes the header before the payload, which stands in its place already; checksum included.
    pub fn emit(&self, datagram: &mut [u8], source: impl Into<IpAddr>, destination: impl Into<IpAddr>) {
        let length = u16::try_from(HEADER + self.payload).expect("a UDP datagram has at most 65,535 bytes");
        datagram[0..2].copy_from_slice(&self.source.to_be_bytes());
        datagram[2..4].copy_from_slice(&self.destination.to_be_bytes());
        datagram[4..6].copy_from_slice(&length.to_be_bytes());
        datagram[6..8].fill(0);
        let checksum = match checksum::with_pseudo_header(source, destination, PROTOCOL_UDP, datagram) {
            // RFC 768: a computed zero is sent as all ones, because zero says that there is none.
            0 => 0xffff,
            checksum => checksum,
        };
        datagram[6..8].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UDP {} > {}, length {}", self.source, self.destination, self.payload)
    }
}
