//! Ethernet II frames (IEEE 802.3 §3), as a capture shows them.
//!
//! Absent on purpose: preamble, padding to 60 bytes and FCS (a capture on Linux shows none of them), 802.1Q tags,
//! and the length form of the type field.

use core::fmt;

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
