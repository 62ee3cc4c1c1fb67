//! IGMP messages: version 2 (RFC 2236) and version 3 (RFC 3376), and what is left of version 1.
//!
//! A message belongs in a packet with TTL 1 and router alert (RFC 3376 §4); the caller sees to that.
//!
//! Absent on purpose: DVMRP, PIM and trace-route messages of the same protocol number, which routers alone speak.

use core::fmt;
use core::net::Ipv4Addr;

use super::membership::{self, Querier, Record};
use super::{WireError, checksum, ipv4_at};

/// Length of a message of versions 1 and 2, and of the least of version 3.
pub const HEADER: usize = 8;
/// All systems of a link: queries go there.
pub const ALL_SYSTEMS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 1);
/// All routers of a link: who leaves a group says so there (RFC 2236 §3).
pub const ALL_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 2);
/// Reports of version 3 go there (RFC 3376 §4.2.14).
pub const ALL_V3_ROUTERS: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 22);

/// An IGMP message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repr {
    /// Who is in a group?
    Query {
        /// How long an answer may take, in tenths of a second; zero in version 1; in version 3 a code: see
        /// [`membership::seconds`].
        max_response: u8,
        /// Which group; unspecified: every one.
        group: Ipv4Addr,
        /// What version 3 says beyond that.
        querier: Option<Querier<Ipv4Addr>>,
    },
    /// A report of version 1: here is a member.
    ReportV1(Ipv4Addr),
    /// A report of version 2: here is a member.
    ReportV2(Ipv4Addr),
    /// A report of version 3: what is wanted of each group.
    ReportV3(Vec<Record<Ipv4Addr>>),
    /// There is perhaps no member any more.
    Leave(Ipv4Addr),
}

impl Repr {
    /// The message in these bytes.
    pub fn parse(bytes: &[u8]) -> Result<Repr, WireError> {
        let header = bytes.get(..HEADER).ok_or(WireError::Truncated)?;
        if checksum::internet(bytes) != 0 {
            return Err(WireError::Checksum);
        }
        let group = ipv4_at(header, 4);
        Ok(match header[0] {
            // RFC 3376 §7.1: the length tells the versions of queries apart.
            0x11 => Repr::Query {
                max_response: header[1],
                group,
                querier: match bytes.len() {
                    HEADER => None,
                    _ => Some(Querier::parse(&bytes[HEADER..])?),
                },
            },
            0x12 => Repr::ReportV1(group),
            0x16 => Repr::ReportV2(group),
            0x17 => Repr::Leave(group),
            0x22 => Repr::ReportV3(membership::records(&bytes[6..])?),
            _ => return Err(WireError::Unsupported),
        })
    }

    /// Length of what [`Repr::emit`] writes.
    pub fn len(&self) -> usize {
        match self {
            Repr::Query { querier: Some(querier), .. } => HEADER + querier.len(),
            Repr::ReportV3(records) => HEADER + membership::len(records),
            _ => HEADER,
        }
    }

    /// It never is: a message has a header.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Writes the message, [`Repr::len`] bytes, checksum included.
    pub fn emit(&self, message: &mut [u8]) {
        let (kind, max_response, group) = match self {
            Repr::Query { max_response, group, .. } => (0x11, *max_response, *group),
            Repr::ReportV1(group) => (0x12, 0, *group),
            Repr::ReportV2(group) => (0x16, 0, *group),
            Repr::Leave(group) => (0x17, 0, *group),
            Repr::ReportV3(_) => (0x22, 0, Ipv4Addr::UNSPECIFIED),
        };
        message[..4].copy_from_slice(&[kind, max_response, 0, 0]);
        message[4..8].copy_from_slice(&group.octets());
        match self {
            Repr::Query { querier: Some(querier), .. } => querier.emit(&mut message[HEADER..]),
            Repr::ReportV3(records) => membership::emit(records, &mut message[6..]),
            _ => {}
        }
        let checksum = checksum::internet(message);
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("igmp ")?;
        match self {
            Repr::Query { max_response: 0, querier: None, .. } => f.write_str("query v1"),
            Repr::Query { group, querier, .. } => {
                write!(f, "query v{}", if querier.is_some() { 3 } else { 2 })?;
                if group.is_unspecified() { Ok(()) } else { write!(f, " [gaddr {group}]") }
            }
            Repr::ReportV1(group) => write!(f, "v1 report {group}"),
            Repr::ReportV2(group) => write!(f, "v2 report {group}"),
            Repr::Leave(group) => write!(f, "leave {group}"),
            Repr::ReportV3(records) => {
                write!(f, "v3 report, {} group record(s)", records.len())?;
                records.iter().try_for_each(|record| write!(f, " {record}"))
            }
        }
    }
}
