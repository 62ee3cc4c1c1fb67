//! ICMP messages (RFC 792): echo and the errors.
//!
//! Absent on purpose: source quench (RFC 6633 took it away), timestamps, masks and router discovery: their types are kept as numbers. A host of today
//! neither sends nor heeds them.

use core::fmt;
use core::net::Ipv4Addr;

use super::{WireError, checksum, ipv4_at, u16_at};

/// Length of the header of every message; the rest is its data.
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
    /// There is a shorter way; the packet that took the longer one is quoted.
    Redirect {
        /// For what: 0 a network, 1 a host, 2 and 3 the same with a type of service.
        code: u8,
        /// Over which router.
        gateway: Ipv4Addr,
    },
    /// A packet was too long on its way; it is quoted.
    TimeExceeded(TimeExceeded),
    /// A header is wrong; its packet is quoted.
    ParameterProblem {
        /// 0: the pointer says where; 1: an option is missing; 2: a wrong length.
        code: u8,
        /// Which byte of the packet.
        pointer: u8,
    },
    /// A message of another type, or of a code that its type does not have.
    Other {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
        /// The rest of the header.
        rest: [u8; 4],
    },
}

/// Codes of destination unreachable (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1). Others are kept by number.
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
    /// Code 4: too long for the next link, and it may not be fragmented.
    FragmentationNeeded {
        /// MTU of the next link (RFC 1191 §4); zero from routers older than that.
        mtu: u16,
    },
    /// Code 5.
    SourceRouteFailed,
    /// Code 6.
    NetUnknown,
    /// Code 7.
    HostUnknown,
    /// Code 8.
    SourceIsolated,
    /// Code 9.
    NetProhibited,
    /// Code 10.
    HostProhibited,
    /// Code 11.
    NetForService,
    /// Code 12.
    HostForService,
    /// Code 13: a filter forbids it.
    Prohibited,
    /// Code 14.
    PrecedenceViolation,
    /// Code 15.
    PrecedenceCutoff,
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
            Unreachable::FragmentationNeeded { .. } => 4,
            Unreachable::SourceRouteFailed => 5,
            Unreachable::NetUnknown => 6,
            Unreachable::HostUnknown => 7,
            Unreachable::SourceIsolated => 8,
            Unreachable::NetProhibited => 9,
            Unreachable::HostProhibited => 10,
            Unreachable::NetForService => 11,
            Unreachable::HostForService => 12,
            Unreachable::Prohibited => 13,
            Unreachable::PrecedenceViolation => 14,
            Unreachable::PrecedenceCutoff => 15,
            Unreachable::Other(code) => code,
        }
    }

    /// The code with this number. `mtu` counts for fragmentation needed alone.
    pub const fn from_code(code: u8, mtu: u16) -> Unreachable {
        match code {
            0 => Unreachable::Net,
            1 => Unreachable::Host,
            2 => Unreachable::Protocol,
            3 => Unreachable::Port,
            4 => Unreachable::FragmentationNeeded { mtu },
            5 => Unreachable::SourceRouteFailed,
            6 => Unreachable::NetUnknown,
            7 => Unreachable::HostUnknown,
            8 => Unreachable::SourceIsolated,
            9 => Unreachable::NetProhibited,
            10 => Unreachable::HostProhibited,
            11 => Unreachable::NetForService,
            12 => Unreachable::HostForService,
            13 => Unreachable::Prohibited,
            14 => Unreachable::PrecedenceViolation,
            15 => Unreachable::PrecedenceCutoff,
            code => Unreachable::Other(code),
        }
    }

    const fn mtu(self) -> u16 {
        match self {
            Unreachable::FragmentationNeeded { mtu } => mtu,
            _ => 0,
        }
    }
}

/// Codes of time exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeExceeded {
    /// Code 0: its time to live ran out on the way.
    InTransit,
    /// Code 1: its other fragments did not come in time.
    Reassembly,
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
            (3, code) => Repr::Unreachable(Unreachable::from_code(code, sequence)),
            (5, code @ 0..=3) => Repr::Redirect { code, gateway: ipv4_at(header, 4) },
            (8, 0) => Repr::EchoRequest { identifier, sequence },
            (11, 0) => Repr::TimeExceeded(TimeExceeded::InTransit),
            (11, 1) => Repr::TimeExceeded(TimeExceeded::Reassembly),
            (12, code @ 0..=2) => Repr::ParameterProblem { code, pointer: header[4] },
            (kind, code) => Repr::Other { kind, code, rest: [header[4], header[5], header[6], header[7]] },
        };
        Ok((repr, data))
    }

    /// It tells of a packet that went wrong, and is never answered by another error (RFC 1122 §3.2.2).
    pub const fn is_error(&self) -> bool {
        matches!(
            self,
            Repr::Unreachable(_)
                | Repr::Redirect { .. }
                | Repr::TimeExceeded(_)
                | Repr::ParameterProblem { .. }
                | Repr::Other { kind: 3..=5 | 11 | 12, .. }
        )
    }

    /// Writes the header before the data, which stands in its place already; checksum included.
    pub fn emit(&self, message: &mut [u8]) {
        let echo = |identifier: u16, sequence: u16| {
            let ([a, b], [c, d]) = (identifier.to_be_bytes(), sequence.to_be_bytes());
            [a, b, c, d]
        };
        let (kind, code, rest) = match *self {
            Repr::EchoReply { identifier, sequence } => (0, 0, echo(identifier, sequence)),
            Repr::EchoRequest { identifier, sequence } => (8, 0, echo(identifier, sequence)),
            Repr::Unreachable(why) => (3, why.code(), echo(0, why.mtu())),
            Repr::Redirect { code, gateway } => (5, code, gateway.octets()),
            Repr::TimeExceeded(why) => (11, why as u8, [0; 4]),
            Repr::ParameterProblem { code, pointer } => (12, code, [pointer, 0, 0, 0]),
            Repr::Other { kind, code, rest } => (kind, code, rest),
        };
        message[0..4].copy_from_slice(&[kind, code, 0, 0]);
        message[4..8].copy_from_slice(&rest);
        let checksum = checksum::internet(message);
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreachable::Net => "net unreachable",
            Unreachable::Host => "host unreachable",
            Unreachable::Protocol => "protocol unreachable",
            Unreachable::Port => "port unreachable",
            Unreachable::FragmentationNeeded { mtu } => return write!(f, "unreachable - need to frag (mtu {mtu})"),
            Unreachable::SourceRouteFailed => "source route failed",
            Unreachable::NetUnknown => "net unknown",
            Unreachable::HostUnknown => "host unknown",
            Unreachable::SourceIsolated => "source isolated",
            Unreachable::NetProhibited => "net unreachable - admin prohibited",
            Unreachable::HostProhibited => "host unreachable - admin prohibited",
            Unreachable::NetForService => "net unreachable - tos prohibited",
            Unreachable::HostForService => "host unreachable - tos prohibited",
            Unreachable::Prohibited => "unreachable - admin prohibited",
            Unreachable::PrecedenceViolation => "host precedence violation",
            Unreachable::PrecedenceCutoff => "precedence cutoff",
            Unreachable::Other(code) => return write!(f, "unreachable, code {code}"),
        })
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ICMP ")?;
        match self {
            Repr::EchoRequest { identifier, sequence } => write!(f, "echo request, id {identifier}, seq {sequence}"),
            Repr::EchoReply { identifier, sequence } => write!(f, "echo reply, id {identifier}, seq {sequence}"),
            Repr::Unreachable(why) => why.fmt(f),
            Repr::Redirect { gateway, .. } => write!(f, "redirect to {gateway}"),
            Repr::TimeExceeded(TimeExceeded::InTransit) => f.write_str("time exceeded in-transit"),
            Repr::TimeExceeded(TimeExceeded::Reassembly) => f.write_str("ip reassembly time exceeded"),
            Repr::ParameterProblem { code: 0, pointer } => write!(f, "parameter problem - octet {pointer}"),
            Repr::ParameterProblem { code, .. } => write!(f, "parameter problem - code {code}"),
            Repr::Other { kind, code, .. } => write!(f, "type-#{kind}, code {code}"),
        }
    }
}
