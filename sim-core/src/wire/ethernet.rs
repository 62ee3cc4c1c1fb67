//! Ethernet II frames (IEEE 802.3 §3), as a capture shows them.
//!
//! Absent on purpose: preamble, padding and frame check sequence as bytes of a frame (a capture on Linux shows none of
//! them; [`fcs`] computes the last), 802.1Q tags, and the length form of the type field.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{WireError, u16_at};

/// A hardware address.
pub type Mac = [u8; 6];

/// All stations.
pub const BROADCAST: Mac = [0xff; 6];
/// Length of the header.
pub const HEADER: usize = 14;
/// Type of a frame that carries IPv4.
pub const TYPE_IPV4: u16 = 0x0800;
/// Type of a frame that carries ARP.
pub const TYPE_ARP: u16 = 0x0806;

/// Type of a frame that carries IPv6 (RFC 2464 §3).
pub const TYPE_IPV6: u16 = 0x86dd;
/// Shortest frame without its FCS (IEEE 802.3 §4A.4.2: minFrameSize of 64 bytes); shorter ones are padded with zeros.
pub const SHORTEST: usize = 60;

/// The hardware address that a group's packets go to (RFC 1112 §6.4): the low 23 bits of the group.
pub const fn multicast_v4(group: Ipv4Addr) -> Mac {
    let [_, b, c, d] = group.octets();
    [0x01, 0x00, 0x5e, b & 0x7f, c, d]
}

/// The hardware address that a group's packets go to (RFC 2464 §7): the low 32 bits of the group.
pub const fn multicast_v6(group: Ipv6Addr) -> Mac {
    let [.., a, b, c, d] = group.octets();
    [0x33, 0x33, a, b, c, d]
}

/// The address is of more than one station (IEEE 802 §8.2.2: the first bit on the wire); broadcast is one of these.
pub const fn is_group(mac: Mac) -> bool {
    mac[0] & 1 != 0
}

/// The frame check sequence of a frame (IEEE 802.3 §3.2.9), whose bytes follow the frame in little-endian order.
///
/// A frame shorter than [`SHORTEST`] is taken as padded with zeros to that length first (§3.2.8), as every sender does:
/// the padding is under the check, too.
pub fn fcs(frame: &[u8]) -> u32 {
    let padding = SHORTEST.saturating_sub(frame.len());
    let bytes = frame.iter().chain(core::iter::repeat_n(&0, padding));
    !bytes.fold(u32::MAX, |crc, byte| CRC_TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8))
}

/// What each byte does to the check (IEEE 802.3 §3.2.9), bit-reversed, because the least bit of a byte is sent first.
const CRC_TABLE: [u32; 256] = {
    const POLYNOMIAL: u32 = 0xedb8_8320;
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 != 0 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// An Ethernet header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// To which station.
    pub destination: Mac,
    /// From which station.
    pub source: Mac,
    /// What it carries.
    pub ethertype: u16,
}

impl Repr {
    /// The header of a frame, and what follows it.
    pub fn parse(frame: &[u8]) -> Result<(Repr, &[u8]), WireError> {
        let (header, payload) = frame.split_at_checked(HEADER).ok_or(WireError::Truncated)?;
        let mut repr = Repr { destination: [0; 6], source: [0; 6], ethertype: u16_at(header, 12) };
        repr.destination.copy_from_slice(&header[..6]);
        repr.source.copy_from_slice(&header[6..12]);
        Ok((repr, payload))
    }

    /// Writes the header.
    pub fn emit(&self, header: &mut [u8]) {
        header[..6].copy_from_slice(&self.destination);
        header[6..12].copy_from_slice(&self.source);
        header[12..14].copy_from_slice(&self.ethertype.to_be_bytes());
    }
}

/// A hardware address as text: `02:00:00:00:00:0f`.
pub struct MacText(pub Mac);

impl fmt::Display for MacText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} > {}, ethertype 0x{:04x}", MacText(self.source), MacText(self.destination), self.ethertype)
    }
}
