//! ICMP messages (RFC 792): echo and destination unreachable.
//!
//! Absent on purpose: redirect, source quench, timestamps and the rest; a host of today neither sends nor heeds them.
//! Time exceeded and fragmentation needed come with routers.

use core::fmt;

use super::{WireError, checksum, u16_at};

/// Length of the header of every message here; the rest is its data.
pub const HEADER: usize = 8;

/// An ICMP header. What follows it is echo data, or the packet that an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repr {
    /// Give this back.
    EchoRequest {
        /// Which asker.
        identifier: u16,
        /// Which of its questions.
        sequence: u16,
    },
    /// Here it is again.
    EchoReply {
        /// Which asker.
        identifier: u16,
        /// Which of its questions.
        sequence: u16,
    },
    /// A packet could not be delivered; it is quoted.
    Unreachable(Unreachable),
}

/// Codes of destination unreachable (RFC 792, RFC 1812 §5.2.7.1). Others are kept by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Code 0.
    Net,
    /// Code 1.
    Host,
    /// Code 2.
    Protocol,
    /// Code 3.
    Port,
    /// Code 13: a filter forbids it.
    Prohibited,
    /// Another code.
    Other(u8),
}

impl Unreachable {
    /// The code's number.
    pub const fn code(self) -> u8 {
        match self {
            Unreachable::Net => 0,
            Unreachable::Host => 1,
            Unreachable::Protocol => 2,
            Unreachable::Port => 3,
            Unreachable::Prohibited => 13,
            Unreachable::Other(code) => code,
        }
    }

    /// The code with this number.
    pub const fn from_code(code: u8) -> Unreachable {
        match code {
            0 => Unreachable::Net,
            1 => Unreachable::Host,
            2 => Unreachable::Protocol,
            3 => Unreachable::Port,
            13 => Unreachable::Prohibited,
            code => Unreachable::Other(code),
        }
    }
}

impl Repr {
    /// The message in these bytes, and its data.
    pub fn parse(bytes: &[u8]) -> Result<(Repr, &[u8]), WireError> {
        let (header, data) = bytes.split_at_checked(HEADER).ok_or(WireError::Truncated)?;
        if checksum::internet(bytes) != 0 {
            return Err(WireError::Checksum);
        }
        let (identifier, sequence) = (u16_at(header, 4), u16_at(header, 6));
        let repr = match (header[0], header[1]) {
            (0, 0) => Repr::EchoReply { identifier, sequence },
            (8, 0) => Repr::EchoRequest { identifier, sequence },
            (3, code) => Repr::Unreachable(Unreachable::from_code(code)),
            _ => return Err(WireError::Unsupported),
        };
        Ok((repr, data))
    }

    /// Writes the header before the data, which stands in its place already; checksum included.
    pub fn emit(&self, message: &mut [u8]) {
        let (kind, code, rest) = match *self {
            Repr::EchoReply { identifier, sequence } => (0, 0, (identifier, sequence)),
            Repr::EchoRequest { identifier, sequence } => (8, 0, (identifier, sequence)),
            Repr::Unreachable(why) => (3, why.code(), (0, 0)),
        };
        message[0..4].copy_from_slice(&[kind, code, 0, 0]);
        message[4..6].copy_from_slice(&rest.0.to_be_bytes());
        message[6..8].copy_from_slice(&rest.1.to_be_bytes());
        let checksum = checksum::internet(message);
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Repr::EchoRequest { identifier, sequence } => {
                write!(f, "ICMP echo request, id {identifier}, seq {sequence}")
            }
            Repr::EchoReply { identifier, sequence } => write!(f, "ICMP echo reply, id {identifier}, seq {sequence}"),
            Repr::Unreachable(why) => match why {
                Unreachable::Net => write!(f, "ICMP net unreachable"),
                Unreachable::Host => write!(f, "ICMP host unreachable"),
                Unreachable::Protocol => write!(f, "ICMP protocol unreachable"),
                Unreachable::Port => write!(f, "ICMP port unreachable"),
                Unreachable::Prohibited => write!(f, "ICMP unreachable - admin prohibited"),
                Unreachable::Other(code) => write!(f, "ICMP unreachable, code {code}"),
            },
        }
    }
}
