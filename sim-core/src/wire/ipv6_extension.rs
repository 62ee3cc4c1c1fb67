//! IPv6 extension headers (RFC 8200 §4): hop-by-hop and destination options, routing, fragment.
//!
//! [`walk`] goes from the fixed header to what the packet carries, and says what a node must answer when it may not go on.
//!
//! Absent on purpose: routing types (all are unknown here: the deprecated type 0, RFC 5095, too), authentication and encryption
//! (they end the walk as a protocol that nobody here speaks), jumbo payloads, and writing options other than
//! router alert.

use core::fmt;

use super::ipv6::{self, DESTINATION_OPTIONS, FRAGMENT, HOP_BY_HOP, ROUTING};
use super::{WireError, u16_at, u32_at};

/// Length of a fragment header (§4.5).
pub const FRAGMENT_HEADER: usize = 8;
/// Length of the hop-by-hop header that [`emit_router_alert`] writes.
pub const ROUTER_ALERT_HEADER: usize = 8;
/// Most extension headers of one packet; §4.1 knows an order of seven.
const MOST: usize = 8;

/// One extension header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension<'a> {
    /// Options for every router (§4.3).
    HopByHop(&'a [u8]),
    /// A way to go (§4.4).
    Routing {
        /// Routing type.
        kind: u8,
        /// How many nodes are still to be visited.
        segments_left: u8,
        /// What the type defines.
        data: &'a [u8],
    },
    /// A piece of a packet (§4.5).
    Fragment(Fragment),
    /// Options for the destination (§4.6).
    Destination(&'a [u8]),
}

/// Which piece of which packet (§4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Which packet of this pair of addresses.
    pub id: u32,
    /// Place of this fragment in units of 8 bytes, at most 8191.
    pub offset: u16,
    /// More fragments follow.
    pub more: bool,
}

impl Fragment {
    /// The whole packet in one fragment (RFC 6946): it waits for nothing, and is no part of another packet with its number.
    pub const fn is_atomic(self) -> bool {
        self.offset == 0 && !self.more
    }

    /// Writes the header.
    pub fn emit(self, next_header: u8, bytes: &mut [u8]) {
        let place = self.offset << 3 | u16::from(self.more);
        bytes[..2].copy_from_slice(&[next_header, 0]);
        bytes[2..4].copy_from_slice(&place.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.id.to_be_bytes());
    }
}

/// Reads the header of this number at the start of the bytes: it, the number of what follows, and its length. Nothing when the number is
/// not of an extension header.
pub fn next(number: u8, bytes: &[u8]) -> Result<Option<(Extension<'_>, u8, usize)>, WireError> {
    if !matches!(number, HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION_OPTIONS) {
        return Ok(None);
    }
    let first = bytes.get(..8).ok_or(WireError::Truncated)?;
    let length = if number == FRAGMENT { FRAGMENT_HEADER } else { 8 + 8 * usize::from(first[1]) };
    let header = bytes.get(..length).ok_or(WireError::Length)?;
    let extension = match number {
        HOP_BY_HOP => Extension::HopByHop(&header[2..]),
        DESTINATION_OPTIONS => Extension::Destination(&header[2..]),
        ROUTING => Extension::Routing { kind: header[2], segments_left: header[3], data: &header[4..] },
        _ => {
            let place = u16_at(header, 2);
            Extension::Fragment(Fragment { id: u32_at(header, 4), offset: place >> 3, more: place & 1 != 0 })
        }
    };
    Ok(Some((extension, header[0], length)))
}

/// One option of a hop-by-hop or destination header (§4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv6Option<'a> {
    /// One byte of padding.
    Pad1,
    /// So many bytes of padding, type and length included.
    PadN(usize),
    /// Routers, look at this (RFC 2711 §2.1): zero says that it holds a message of multicast listener discovery.
    RouterAlert(u16),
    /// An option of another type, or of a wrong length for its type: type and data.
    Unknown(u8, &'a [u8]),
}

/// Reads the first option: it, and its length in bytes.
pub fn next_option(bytes: &[u8]) -> Result<(Ipv6Option<'_>, usize), WireError> {
    let kind = *bytes.first().ok_or(WireError::Truncated)?;
    if kind == 0 {
        return Ok((Ipv6Option::Pad1, 1));
    }
    let length = 2 + usize::from(*bytes.get(1).ok_or(WireError::Truncated)?);
    let data = bytes.get(2..length).ok_or(WireError::Length)?;
    let option = match (kind, data.len()) {
        (1, _) => Ipv6Option::PadN(length),
        (5, 2) => Ipv6Option::RouterAlert(u16_at(data, 0)),
        _ => Ipv6Option::Unknown(kind, data),
    };
    Ok((option, length))
}

/// Writes a hop-by-hop header with a router alert (RFC 2711), as multicast listener discovery needs (RFC 3810 §5).
pub fn emit_router_alert(next_header: u8, value: u16, bytes: &mut [u8]) {
    let [high, low] = value.to_be_bytes();
    bytes[..ROUTER_ALERT_HEADER].copy_from_slice(&[next_header, 0, 5, 2, high, low, 1, 0]);
}

/// What stands behind a packet's fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain<'a> {
    /// What the packet carries.
    pub protocol: u8,
    /// Where the byte is that says so, from the start of the packet: a parameter problem points there.
    pub protocol_at: usize,
    /// Length of the fixed header and all extension headers that were walked.
    pub headers: usize,
    /// The value of a router alert.
    pub router_alert: Option<u16>,
    /// The fragment header, where there is one. If it is not atomic the walk ends behind it: `protocol` is what
    /// the first fragment begins with, and `payload` is a piece.
    pub fragment: Option<Fragment>,
    /// What the packet carries, as bytes.
    pub payload: &'a [u8],
}

/// Why a packet may go no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its headers are broken: it is dropped.
    Illegal(WireError),
    /// An option says that who does not know it must drop the packet in silence (§4.2).
    Silent,
    /// It is dropped, and its sender is told by a parameter problem (RFC 4443 §3.4) with this code and pointer.
    Problem {
        /// 0: a wrong field; 1: an unknown next header; 2: an unknown option.
        code: u8,
        /// Which byte of the packet.
        pointer: usize,
    },
}

impl From<WireError> for Refusal {
    fn from(error: WireError) -> Refusal {
        Refusal::Illegal(error)
    }
}

/// Walks from a fixed header to what the packet carries. `rest` is what follows the fixed header.
pub fn walk<'a>(repr: &ipv6::Repr, rest: &'a [u8]) -> Result<Chain<'a>, Refusal> {
    let mut chain = Chain {
        protocol: repr.next_header,
        protocol_at: 6,
        headers: ipv6::HEADER,
        router_alert: None,
        fragment: None,
        payload: rest,
    };
    for count in 0.. {
        let Some((extension, protocol, length)) = next(chain.protocol, chain.payload)? else { break };
        if count == MOST {
            return Err(Refusal::Illegal(WireError::Unsupported));
        }
        // §4.1: hop-by-hop options come first or not at all.
        if matches!(extension, Extension::HopByHop(_)) && count > 0 {
            return Err(Refusal::Problem { code: 1, pointer: chain.protocol_at });
        }
        chain.take(extension, repr)?;
        chain.protocol = protocol;
        chain.protocol_at = chain.headers;
        chain.headers += length;
        chain.payload = &chain.payload[length..];
        if let Some(fragment) = chain.fragment
            && !fragment.is_atomic()
        {
            chain.check(fragment)?;
            break;
        }
    }
    Ok(chain)
}

impl Chain<'_> {
    /// Heeds the extension header that begins at `self.headers`.
    fn take(&mut self, extension: Extension<'_>, repr: &ipv6::Repr) -> Result<(), Refusal> {
        match extension {
            Extension::HopByHop(options) | Extension::Destination(options) => self.options(options, repr),
            Extension::Fragment(fragment) => {
                self.fragment = Some(fragment);
                Ok(())
            }
            // §4.4: an unknown routing type with nothing left to do is skipped.
            Extension::Routing { segments_left: 0, .. } => Ok(()),
            Extension::Routing { .. } => Err(Refusal::Problem { code: 0, pointer: self.headers + 2 }),
        }
    }

    fn options(&mut self, mut options: &[u8], repr: &ipv6::Repr) -> Result<(), Refusal> {
        let mut at = self.headers + 2;
        while !options.is_empty() {
            let (option, length) = next_option(options)?;
            match option {
                Ipv6Option::Pad1 | Ipv6Option::PadN(_) => {}
                Ipv6Option::RouterAlert(value) => self.router_alert = Some(value),
                // §4.2: the two highest bits say what to do with an unknown option.
                Ipv6Option::Unknown(kind, _) => match kind >> 6 {
                    0 => {}
                    1 => return Err(Refusal::Silent),
                    3 if repr.destination.is_multicast() => return Err(Refusal::Silent),
                    _ => return Err(Refusal::Problem { code: 2, pointer: at }),
                },
            }
            at += length;
            options = &options[length..];
        }
        Ok(())
    }

    /// §4.5: every fragment but the last has a multiple of eight bytes, and none reaches beyond the longest packet.
    fn check(&self, fragment: Fragment) -> Result<(), Refusal> {
        if fragment.more && !self.payload.len().is_multiple_of(8) {
            return Err(Refusal::Problem { code: 0, pointer: 4 });
        }
        if usize::from(fragment.offset) * 8 + self.payload.len() > usize::from(u16::MAX) {
            return Err(Refusal::Problem { code: 0, pointer: self.protocol_at + 2 });
        }
        Ok(())
    }
}

impl fmt::Display for Fragment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "frag (0x{:08x}:{}{})", self.id, u32::from(self.offset) * 8, if self.more { "+" } else { "" })
    }
}

impl fmt::Display for Ipv6Option<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ipv6Option::Pad1 => f.write_str("pad1"),
            Ipv6Option::PadN(length) => write!(f, "padn {length}"),
            Ipv6Option::RouterAlert(value) => write!(f, "rtalert 0x{value:04x}"),
            Ipv6Option::Unknown(kind, data) => write!(f, "opt_type 0x{kind:02x} length {}", data.len() + 2),
        }
    }
}
