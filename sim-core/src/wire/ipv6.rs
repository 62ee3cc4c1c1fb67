//! IPv6 headers (RFC 8200 §3). What may stand between them and the transport is in [`super::ipv6_extension`].
//!
//! Absent on purpose: jumbograms (RFC 2675): a payload length of zero is an empty packet.

use core::fmt;
use core::net::Ipv6Addr;

use super::{WireError, ipv6_at, u16_at, u32_at};

/// Length of the header.
pub const HEADER: usize = 40;
/// The MTU that every link has at least (RFC 8200 §5).
pub const LEAST_MTU: usize = 1280;
/// Next header: hop-by-hop options.
pub const HOP_BY_HOP: u8 = 0;
/// Next header: routing.
pub const ROUTING: u8 = 43;
/// Next header: fragment.
pub const FRAGMENT: u8 = 44;
/// Next header: ICMPv6 (RFC 4443 §1).
pub const PROTOCOL_ICMPV6: u8 = 58;
/// Next header: nothing follows (§4.7).
pub const NO_NEXT_HEADER: u8 = 59;
/// Next header: destination options.
pub const DESTINATION_OPTIONS: u8 = 60;

/// An IPv6 header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// Differentiated services and ECN, as one byte (§7).
    pub traffic_class: u8,
    /// Flow label, 20 bits (§6).
    pub flow_label: u32,
    /// What follows: an extension header or what the packet carries.
    pub next_header: u8,
    /// How many routers it may cross.
    pub hop_limit: u8,
    /// From which interface.
    pub source: Ipv6Addr,
    /// To which interface or group.
    pub destination: Ipv6Addr,
    /// Length of what follows the header, extension headers included.
    pub payload: usize,
}

impl Repr {
    /// The header of a packet, and what follows it (without padding of the link layer).
    pub fn parse(packet: &[u8]) -> Result<(Repr, &[u8]), WireError> {
        let repr = Repr::parse_header(packet)?;
        let payload = packet.get(HEADER..HEADER + repr.payload).ok_or(WireError::Length)?;
        Ok((repr, payload))
    }

    /// The header alone: what an ICMPv6 error quotes may be cut off behind it.
    pub fn parse_header(packet: &[u8]) -> Result<Repr, WireError> {
        let bytes = packet.get(..HEADER).ok_or(WireError::Truncated)?;
        let first = u32_at(bytes, 0);
        if first >> 28 != 6 {
            return Err(WireError::Unsupported);
        }
        Ok(Repr {
            traffic_class: (first >> 20) as u8,
            flow_label: first & 0x000f_ffff,
            next_header: bytes[6],
            hop_limit: bytes[7],
            source: ipv6_at(bytes, 8),
            destination: ipv6_at(bytes, 24),
            payload: usize::from(u16_at(bytes, 4)),
        })
    }

    /// Writes the header. The payload's length must fit (65,535 bytes).
    pub fn emit(&self, header: &mut [u8]) {
        let payload = u16::try_from(self.payload).expect("what follows an IPv6 header has at most 65,535 bytes");
        let first = 6 << 28 | u32::from(self.traffic_class) << 20 | self.flow_label & 0x000f_ffff;
        header[0..4].copy_from_slice(&first.to_be_bytes());
        header[4..6].copy_from_slice(&payload.to_be_bytes());
        header[6] = self.next_header;
        header[7] = self.hop_limit;
        header[8..24].copy_from_slice(&self.source.octets());
        header[24..40].copy_from_slice(&self.destination.octets());
    }
}

/// The group that a node listens to for an address of its own (RFC 4291 §2.7.1): who looks for the address asks there.
pub const fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., high, low] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | high & 0xff, low)
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "IP6 (class 0x{:02x}, flowlabel 0x{:05x}, hlim {}, next-header {}, payload length {}) {} > {}",
            self.traffic_class,
            self.flow_label,
            self.hop_limit,
            self.next_header,
            self.payload,
            self.source,
            self.destination
        )
    }
}
