//! TCP headers (RFC 9293 §3.1).
//!
//! Absent on purpose: relative sequence numbers (they need a connection; the header has none).

use core::fmt;
use core::net::IpAddr;
use core::ops::{BitOr, BitOrAssign};

use super::ipv4::PROTOCOL_TCP;
use super::tcp_option::Options;
use super::{WireError, checksum, u16_at, u32_at};

/// Length of a header without options.
pub const HEADER: usize = 20;

/// The eight control bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Flags = Flags(0x01);
    /// Synchronise sequence numbers.
    pub const SYN: Flags = Flags(0x02);
    /// Reset the connection.
    pub const RST: Flags = Flags(0x04);
    /// Push.
    pub const PSH: Flags = Flags(0x08);
    /// The acknowledgment field counts.
    pub const ACK: Flags = Flags(0x10);
    /// The urgent pointer counts.
    pub const URG: Flags = Flags(0x20);
    /// ECN echo.
    pub const ECE: Flags = Flags(0x40);
    /// Congestion window reduced.
    pub const CWR: Flags = Flags(0x80);

    /// All bits of `other` are set.
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Flags {
    type Output = Flags;
    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Flags) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Flags {
    /// As tcpdump: `S`, `S.`, `P.`, `F.`, `R`, `.`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LETTERS: [(Flags, char); 8] = [
            (Flags::FIN, 'F'),
            (Flags::SYN, 'S'),
            (Flags::RST, 'R'),
            (Flags::PSH, 'P'),
            (Flags::ACK, '.'),
            (Flags::URG, 'U'),
            (Flags::ECE, 'E'),
            (Flags::CWR, 'W'),
        ];
        if self.0 == 0 {
            return f.write_str("none");
        }
        LETTERS.iter().filter(|(flag, _)| self.has(*flag)).try_for_each(|(_, letter)| write!(f, "{letter}"))
    }
}

/// A TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repr {
    /// From which port.
    pub source: u16,
    /// To which port.
    pub destination: u16,
    /// Sequence number of the first byte (or of the SYN).
    pub seq: u32,
    /// Next sequence number that the sender expects.
    pub ack: u32,
    /// Control bits.
    pub flags: Flags,
    /// Receive window, not scaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Options.
    pub options: Options,
}

impl Repr {
    /// Length of the header with its options.
    pub fn header_len(&self) -> usize {
        HEADER + self.options.len()
    }

    /// The header of a segment between these addresses, its length, and its payload.
    pub fn parse(
        segment: &[u8],
        source: impl Into<IpAddr>,
        destination: impl Into<IpAddr>,
    ) -> Result<(Repr, usize, &[u8]), WireError> {
        let (repr, header) = Repr::parse_header(segment)?;
        if checksum::with_pseudo_header(source, destination, PROTOCOL_TCP, segment) != 0 {
            return Err(WireError::Checksum);
        }
        Ok((repr, header, &segment[header..]))
    }

    fn parse_header(segment: &[u8]) -> Result<(Repr, usize), WireError> {
        if segment.len() < HEADER {
            return Err(WireError::Truncated);
        }
        let header = usize::from(segment[12] >> 4) * 4;
        if header < HEADER {
            return Err(WireError::Length);
        }
        let options = segment.get(HEADER..header).ok_or(WireError::Length)?;
        let repr = Repr {
            source: u16_at(segment, 0),
            destination: u16_at(segment, 2),
            seq: u32_at(segment, 4),
            ack: u32_at(segment, 8),
            flags: Flags(segment[13]),
            window: u16_at(segment, 14),
            urgent: u16_at(segment, 18),
            options: Options::parse(options),
        };
        Ok((repr, header))
    }

    /// Writes the header before the payload, which stands in its place already; checksum included.
    pub fn emit(&self, segment: &mut [u8], source: impl Into<IpAddr>, destination: impl Into<IpAddr>) {
        let header = self.header_len();
        segment[0..2].copy_from_slice(&self.source.to_be_bytes());
        segment[2..4].copy_from_slice(&self.destination.to_be_bytes());
        segment[4..8].copy_from_slice(&self.seq.to_be_bytes());
        segment[8..12].copy_from_slice(&self.ack.to_be_bytes());
        // At most 15 words of four bytes: options are at most 40 bytes.
        segment[12] = ((header / 4) as u8) << 4;
        segment[13] = self.flags.0;
        segment[14..16].copy_from_slice(&self.window.to_be_bytes());
        segment[16..18].fill(0);
        segment[18..20].copy_from_slice(&self.urgent.to_be_bytes());
        self.options.emit(&mut segment[HEADER..header]);
        let checksum = checksum::with_pseudo_header(source, destination, PROTOCOL_TCP, segment);
        segment[16..18].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags [{}], seq 0x{:08x}", self.flags, self.seq)?;
        if self.flags.has(Flags::ACK) {
            write!(f, ", ack 0x{:08x}", self.ack)?;
        }
        write!(f, ", win {}", self.window)
    }
}
