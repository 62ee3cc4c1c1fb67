//! ICMPv6 messages (RFC 4443), among them Neighbor Discovery ([`super::ndp`]) and Multicast Listener Discovery ([`super::mld`]).
//!
//! Absent on purpose: node information, renumbering and mobility: their types are kept as numbers.

use core::fmt;
use core::net::Ipv6Addr;

use super::ipv6::PROTOCOL_ICMPV6;
use super::{WireError, checksum, mld, ndp, u16_at, u32_at};

/// Length of the header of errors and echoes; the rest is their data.
pub const HEADER: usize = 8;
/// Length of what every message begins with: type, code, checksum.
const COMMON: usize = 4;

/// An ICMPv6 message. What follows it is echo data, or the packet that an error is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repr {
    /// A packet could not be delivered (§3.1); it is quoted.
    Unreachable(Unreachable),
    /// A packet is too long for the next link (§3.2); it is quoted.
    PacketTooBig {
        /// MTU of that link.
        mtu: u32,
    },
    /// A packet was too long on its way (§3.3); it is quoted.
    TimeExceeded(TimeExceeded),
    /// A header is wrong (§3.4); its packet is quoted.
    ParameterProblem {
        /// 0: a wrong field; 1: an unknown next header; 2: an unknown option.
        code: u8,
        /// Which byte of the packet.
        pointer: u32,
    },
    /// Give this back (§4.1).
    EchoRequest {
        /// Which asker.
        identifier: u16,
        /// Which of its questions.
        sequence: u16,
    },
    /// Here it is again (§4.2).
    EchoReply {
        /// Which asker.
        identifier: u16,
        /// Which of its questions.
        sequence: u16,
    },
    /// Routers and neighbours.
    Neighbor(ndp::Repr),
    /// Groups.
    Listener(mld::Repr),
    /// A message of another type.
    Other {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
        /// The rest of the header.
        rest: [u8; 4],
    },
}

/// Codes of destination unreachable (§3.1). Others are kept by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Code 0: no route.
    NoRoute,
    /// Code 1: a filter forbids it.
    Prohibited,
    /// Code 2: the source's scope ends before the destination.
    BeyondScope,
    /// Code 3.
    Address,
    /// Code 4.
    Port,
    /// Code 5: the source may not go there.
    SourcePolicy,
    /// Code 6.
    RejectRoute,
    /// Another code.
    Other(u8),
}

impl Unreachable {
    /// The code's number.
    pub const fn code(self) -> u8 {
        match self {
            Unreachable::NoRoute => 0,
            Unreachable::Prohibited => 1,
            Unreachable::BeyondScope => 2,
            Unreachable::Address => 3,
            Unreachable::Port => 4,
            Unreachable::SourcePolicy => 5,
            Unreachable::RejectRoute => 6,
            Unreachable::Other(code) => code,
        }
    }

    /// The code with this number.
    pub const fn from_code(code: u8) -> Unreachable {
        match code {
            0 => Unreachable::NoRoute,
            1 => Unreachable::Prohibited,
            2 => Unreachable::BeyondScope,
            3 => Unreachable::Address,
            4 => Unreachable::Port,
            5 => Unreachable::SourcePolicy,
            6 => Unreachable::RejectRoute,
            code => Unreachable::Other(code),
        }
    }
}

/// Codes of time exceeded (§3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeExceeded {
    /// Code 0: its hop limit ran out on the way.
    InTransit,
    /// Code 1: its other fragments did not come in time.
    Reassembly,
}

impl Repr {
    /// The message in these bytes between these addresses, and its data.
    pub fn parse(bytes: &[u8], source: Ipv6Addr, destination: Ipv6Addr) -> Result<(Repr, &[u8]), WireError> {
        let (header, data) = bytes.split_at_checked(HEADER).ok_or(WireError::Truncated)?;
        if checksum::with_pseudo_header(source, destination, PROTOCOL_ICMPV6, bytes) != 0 {
            return Err(WireError::Checksum);
        }
        let (identifier, sequence) = (u16_at(header, 4), u16_at(header, 6));
        let repr = match (header[0], header[1]) {
            (1, code) => Repr::Unreachable(Unreachable::from_code(code)),
            // §3.2: the code is not heeded.
            (2, _) => Repr::PacketTooBig { mtu: u32_at(header, 4) },
            (3, 0) => Repr::TimeExceeded(TimeExceeded::InTransit),
            (3, 1) => Repr::TimeExceeded(TimeExceeded::Reassembly),
            (4, code) => Repr::ParameterProblem { code, pointer: u32_at(header, 4) },
            (128, 0) => Repr::EchoRequest { identifier, sequence },
            (129, 0) => Repr::EchoReply { identifier, sequence },
            (kind @ ndp::ROUTER_SOLICITATION..=ndp::REDIRECT, 0) => {
                return Ok((Repr::Neighbor(ndp::Repr::parse(kind, &bytes[COMMON..])?), &[]));
            }
            (kind @ (mld::QUERY | mld::REPORT | mld::DONE | mld::REPORT_V2), _) => {
                return Ok((Repr::Listener(mld::Repr::parse(kind, &bytes[COMMON..])?), &[]));
            }
            (kind, code) => Repr::Other { kind, code, rest: [header[4], header[5], header[6], header[7]] },
        };
        Ok((repr, data))
    }

    /// It tells of a packet that went wrong (§2.1), and is never answered by another error (§2.4). So is a redirect.
    pub const fn is_error(&self) -> bool {
        matches!(
            self,
            Repr::Unreachable(_)
                | Repr::PacketTooBig { .. }
                | Repr::TimeExceeded(_)
                | Repr::ParameterProblem { .. }
                | Repr::Neighbor(ndp::Repr::Redirect { .. })
                | Repr::Other { kind: 0..=127, .. }
        )
    }

    /// Length of the message without its data.
    pub fn header_len(&self) -> usize {
        match self {
            Repr::Neighbor(neighbor) => COMMON + neighbor.len(),
            Repr::Listener(listener) => COMMON + listener.len(),
            _ => HEADER,
        }
    }

    /// Writes the header before the data, which stands in its place already; checksum included.
    pub fn emit(&self, message: &mut [u8], source: Ipv6Addr, destination: Ipv6Addr) {
        let echo = |identifier: u16, sequence: u16| (u32::from(identifier) << 16 | u32::from(sequence)).to_be_bytes();
        let (kind, code, rest) = match self {
            Repr::Unreachable(why) => (1, why.code(), [0; 4]),
            Repr::PacketTooBig { mtu } => (2, 0, mtu.to_be_bytes()),
            Repr::TimeExceeded(why) => (3, *why as u8, [0; 4]),
            Repr::ParameterProblem { code, pointer } => (4, *code, pointer.to_be_bytes()),
            Repr::EchoRequest { identifier, sequence } => (128, 0, echo(*identifier, *sequence)),
            Repr::EchoReply { identifier, sequence } => (129, 0, echo(*identifier, *sequence)),
            Repr::Neighbor(neighbor) => (neighbor.kind(), 0, [0; 4]),
            Repr::Listener(listener) => (listener.kind(), 0, [0; 4]),
            Repr::Other { kind, code, rest } => (*kind, *code, *rest),
        };
        message[..4].copy_from_slice(&[kind, code, 0, 0]);
        match self {
            Repr::Neighbor(neighbor) => neighbor.emit(&mut message[COMMON..]),
            Repr::Listener(listener) => listener.emit(&mut message[COMMON..]),
            _ => message[4..8].copy_from_slice(&rest),
        }
        let checksum = checksum::with_pseudo_header(source, destination, PROTOCOL_ICMPV6, message);
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unreachable::NoRoute => "unreachable route",
            Unreachable::Prohibited => "unreachable prohibited",
            Unreachable::BeyondScope => "beyond scope",
            Unreachable::Address => "unreachable address",
            Unreachable::Port => "unreachable port",
            Unreachable::SourcePolicy => "source address failed policy",
            Unreachable::RejectRoute => "reject route",
            Unreachable::Other(code) => return write!(f, "unreachable, code {code}"),
        })
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ICMP6, ")?;
        match self {
            Repr::Unreachable(why) => write!(f, "destination unreachable, {why}"),
            Repr::PacketTooBig { mtu } => write!(f, "packet too big, mtu {mtu}"),
            Repr::TimeExceeded(TimeExceeded::InTransit) => f.write_str("time exceeded in-transit"),
            Repr::TimeExceeded(TimeExceeded::Reassembly) => f.write_str("ip reassembly time exceeded"),
            Repr::ParameterProblem { code: 0, pointer } => write!(f, "parameter problem, erroneous - octet {pointer}"),
            Repr::ParameterProblem { code: 1, pointer } => {
                write!(f, "parameter problem, next header - octet {pointer}")
            }
            Repr::ParameterProblem { code: 2, pointer } => write!(f, "parameter problem, option - octet {pointer}"),
            Repr::ParameterProblem { code, .. } => write!(f, "parameter problem, code {code}"),
            Repr::EchoRequest { identifier, sequence } => write!(f, "echo request, id {identifier}, seq {sequence}"),
            Repr::EchoReply { identifier, sequence } => write!(f, "echo reply, id {identifier}, seq {sequence}"),
            Repr::Neighbor(neighbor) => neighbor.fmt(f),
            Repr::Listener(listener) => listener.fmt(f),
            Repr::Other { kind, code, .. } => write!(f, "type-#{kind}, code {code}"),
        }
    }
}
