//! Multicast Listener Discovery: versions 1 (RFC 2710) and 2 (RFC 3810), as bodies of ICMPv6 messages.
//!
//! A message belongs in a packet with hop limit 1, a link-local source and router alert (RFC 3810 §5); the caller sees to that.
//!
//! Absent on purpose: the ICMPv6 header and its checksum ([`super::icmpv6`]).

use core::fmt;
use core::net::Ipv6Addr;

use super::membership::{self, Querier, Record};
use super::{WireError, ipv6_at, u16_at};

/// ICMPv6 type of a query.
pub const QUERY: u8 = 130;
/// ICMPv6 type of a report of version 1.
pub const REPORT: u8 = 131;
/// ICMPv6 type of done.
pub const DONE: u8 = 132;
/// ICMPv6 type of a report of version 2.
pub const REPORT_V2: u8 = 143;
/// Reports of version 2 go there (RFC 3810 §5.2.14).
pub const ALL_V2_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x16);
/// Length of what every message of version 1 has behind its checksum, and a query of version 2 at least.
const BODY: usize = 20;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repr {
    /// Who listens to a group?
    Query {
        /// How long an answer may take, in milliseconds; in version 2 a code: see [`millis`].
        max_response: u16,
        /// Which group; unspecified: every one.
        group: Ipv6Addr,
        /// What version 2 says beyond that.
        querier: Option<Querier<Ipv6Addr>>,
    },
    /// A report of version 1: here is a listener.
    Report(Ipv6Addr),
    /// There is perhaps no listener any more.
    Done(Ipv6Addr),
    /// A report of version 2: what is wanted of each group.
    ReportV2(Vec<Record<Ipv6Addr>>),
}

impl Repr {
    /// The message of this type with these bytes behind its checksum. The type is one of this module's.
    pub(super) fn parse(kind: u8, body: &[u8]) -> Result<Repr, WireError> {
        if kind == REPORT_V2 {
            return Ok(Repr::ReportV2(membership::records(body.get(2..).ok_or(WireError::Truncated)?)?));
        }
        let header = body.get(..BODY).ok_or(WireError::Truncated)?;
        let group = ipv6_at(header, 4);
        Ok(match kind {
            REPORT => Repr::Report(group),
            DONE => Repr::Done(group),
            // RFC 3810 §8.1: the length tells the versions of queries apart.
            _ => Repr::Query {
                max_response: u16_at(header, 0),
                group,
                querier: match body.len() {
                    BODY => None,
                    _ => Some(Querier::parse(&body[BODY..])?),
                },
            },
        })
    }

    /// The ICMPv6 type.
    pub const fn kind(&self) -> u8 {
        match self {
            Repr::Query { .. } => QUERY,
            Repr::Report(_) => REPORT,
            Repr::Done(_) => DONE,
            Repr::ReportV2(_) => REPORT_V2,
        }
    }

    /// Length of what [`Repr::emit`] writes.
    pub(super) fn len(&self) -> usize {
        match self {
            Repr::Query { querier: Some(querier), .. } => BODY + querier.len(),
            Repr::ReportV2(records) => 4 + membership::len(records),
            _ => BODY,
        }
    }

    /// Writes what stands behind the checksum.
    pub(super) fn emit(&self, body: &mut [u8]) {
        body[..4].fill(0);
        match self {
            Repr::ReportV2(records) => membership::emit(records, &mut body[2..]),
            Repr::Report(group) | Repr::Done(group) => body[4..BODY].copy_from_slice(&group.octets()),
            Repr::Query { max_response, group, querier } => {
                body[..2].copy_from_slice(&max_response.to_be_bytes());
                body[4..BODY].copy_from_slice(&group.octets());
                if let Some(querier) = querier {
                    querier.emit(&mut body[BODY..]);
                }
            }
        }
    }
}

/// The milliseconds of a maximum response code of version 2 (RFC 3810 §5.1.3).
pub const fn millis(code: u16) -> u32 {
    if code < 32_768 { code as u32 } else { (code as u32 & 0x0fff | 0x1000) << ((code >> 12 & 7) + 3) }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Repr::Query { max_response, group, querier } => {
                let version = if querier.is_some() { " v2" } else { "" };
                write!(f, "multicast listener query{version} max resp delay: {max_response} addr: {group}")
            }
            Repr::Report(group) => write!(f, "multicast listener report addr: {group}"),
            Repr::Done(group) => write!(f, "multicast listener done addr: {group}"),
            Repr::ReportV2(records) => {
                write!(f, "multicast listener report v2, {} group record(s)", records.len())?;
                records.iter().try_for_each(|record| write!(f, " {record}"))
            }
        }
    }
}
