//! Neighbor Discovery (RFC 4861 §4), as bodies of ICMPv6 messages.
//!
//! A message belongs in a packet with hop limit 255, and one with another is not heeded (§11.2); the caller sees to both.
//!
//! Absent on purpose: the ICMPv6 header and its checksum ([`super::icmpv6`]), hardware addresses other than Ethernet's, and options that
//! are not in RFC 4861 (DNS servers, nonces, signatures): they are skipped.

use core::fmt;
use core::net::Ipv6Addr;

use super::ethernet::{Mac, MacText};
use super::{WireError, ipv6_at, u16_at, u32_at};

/// ICMPv6 type of a router solicitation.
pub const ROUTER_SOLICITATION: u8 = 133;
/// ICMPv6 type of a router advertisement.
pub const ROUTER_ADVERTISEMENT: u8 = 134;
/// ICMPv6 type of a neighbor solicitation.
pub const NEIGHBOR_SOLICITATION: u8 = 135;
/// ICMPv6 type of a neighbor advertisement.
pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
/// ICMPv6 type of a redirect.
pub const REDIRECT: u8 = 137;
/// The hop limit of every message (§3.1): no router has touched it.
pub const HOP_LIMIT: u8 = 255;

const SOURCE_LINK: u8 = 1;
const TARGET_LINK: u8 = 2;
const PREFIX: u8 = 3;
const REDIRECTED: u8 = 4;
const MTU: u8 = 5;
/// Length of an option with a hardware address, and of the MTU option.
const SHORT_OPTION: usize = 8;
/// Length of a prefix information option.
const PREFIX_OPTION: usize = 32;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repr {
    /// Which routers are there? (§4.1)
    RouterSolicitation {
        /// Hardware address of who asks.
        source_link: Option<Mac>,
    },
    /// Here is a router (§4.2).
    RouterAdvertisement(RouterAdvertisement),
    /// Who has this address? (§4.3)
    NeighborSolicitation {
        /// Which address.
        target: Ipv6Addr,
        /// Hardware address of who asks; absent when it looks for a duplicate of its own address.
        source_link: Option<Mac>,
    },
    /// I have this address (§4.4).
    NeighborAdvertisement {
        /// It is a router.
        router: bool,
        /// It answers a solicitation.
        solicited: bool,
        /// It counts more than what was known.
        overrides: bool,
        /// Which address.
        target: Ipv6Addr,
        /// Its hardware address.
        target_link: Option<Mac>,
    },
    /// There is a shorter way (§4.5). The packet that took the longer one is skipped when read, and not written.
    Redirect {
        /// Over which neighbour.
        target: Ipv6Addr,
        /// To which destination.
        destination: Ipv6Addr,
        /// Hardware address of the neighbour.
        target_link: Option<Mac>,
    },
}

/// What a router says of itself and its link (§4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RouterAdvertisement {
    /// Hop limit for packets of hosts; zero: unspecified.
    pub hop_limit: u8,
    /// Addresses are to be had from DHCPv6.
    pub managed: bool,
    /// Other things are to be had from DHCPv6.
    pub other: bool,
    /// Seconds that it is a default router; zero: it is none.
    pub lifetime: u16,
    /// Milliseconds that a neighbour counts as reachable; zero: unspecified.
    pub reachable_time: u32,
    /// Milliseconds between solicitations; zero: unspecified.
    pub retransmission_timer: u32,
    /// Its hardware address.
    pub source_link: Option<Mac>,
    /// MTU of the link.
    pub mtu: Option<u32>,
    /// Prefixes of the link.
    pub prefixes: Vec<Prefix>,
}

/// A prefix of a link (§4.6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// Bits of the prefix that count, at most 128.
    pub length: u8,
    /// Its addresses are on the link.
    pub on_link: bool,
    /// Hosts may make addresses of it (RFC 4862).
    pub autonomous: bool,
    /// Seconds that it is valid; all ones: for ever.
    pub valid: u32,
    /// Seconds that its addresses are preferred; all ones: for ever.
    pub preferred: u32,
    /// The prefix; the bits that do not count are zero.
    pub prefix: Ipv6Addr,
}

/// One option, as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NdOption<'a> {
    /// Hardware address of the sender (§4.6.1).
    SourceLink(Mac),
    /// Hardware address of the target (§4.6.1).
    TargetLink(Mac),
    /// A prefix (§4.6.2).
    Prefix(Prefix),
    /// The packet that caused a redirect, as far as it fits (§4.6.3).
    Redirected(&'a [u8]),
    /// MTU of the link (§4.6.4).
    Mtu(u32),
    /// An option of another type, or of a wrong length for its type: type and data.
    Unknown(u8, &'a [u8]),
}

/// Reads the first option: it, and its length in bytes.
pub fn next_option(bytes: &[u8]) -> Result<(NdOption<'_>, usize), WireError> {
    let header = bytes.get(..8).ok_or(WireError::Truncated)?;
    let length = 8 * usize::from(header[1]);
    // §4.6: an option without length would never end.
    let option = bytes.get(..length).filter(|option| !option.is_empty()).ok_or(WireError::Length)?;
    let mac = [option[2], option[3], option[4], option[5], option[6], option[7]];
    let option = match (option[0], length) {
        (SOURCE_LINK, SHORT_OPTION) => NdOption::SourceLink(mac),
        (TARGET_LINK, SHORT_OPTION) => NdOption::TargetLink(mac),
        (PREFIX, PREFIX_OPTION) if option[2] <= 128 => NdOption::Prefix(Prefix::parse(option)),
        (REDIRECTED, _) => NdOption::Redirected(&option[8..]),
        (MTU, SHORT_OPTION) => NdOption::Mtu(u32_at(option, 4)),
        (kind, _) => NdOption::Unknown(kind, &option[2..]),
    };
    Ok((option, length))
}

impl Prefix {
    fn parse(option: &[u8]) -> Prefix {
        let length = option[2];
        let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
        Prefix {
            length,
            on_link: option[3] & 0x80 != 0,
            autonomous: option[3] & 0x40 != 0,
            valid: u32_at(option, 4),
            preferred: u32_at(option, 8),
            // The bits behind the prefix are not heeded (§4.6.2).
            prefix: Ipv6Addr::from(u128::from(ipv6_at(option, 16)) & mask),
        }
    }

    fn emit(&self, option: &mut [u8]) {
        let flags = u8::from(self.on_link) << 7 | u8::from(self.autonomous) << 6;
        option[..4].copy_from_slice(&[PREFIX, 4, self.length, flags]);
        option[4..8].copy_from_slice(&self.valid.to_be_bytes());
        option[8..12].copy_from_slice(&self.preferred.to_be_bytes());
        option[12..16].fill(0);
        option[16..32].copy_from_slice(&self.prefix.octets());
    }
}

/// What the options of a message say together.
#[derive(Default)]
struct Options {
    source_link: Option<Mac>,
    target_link: Option<Mac>,
    mtu: Option<u32>,
    prefixes: Vec<Prefix>,
}

impl Options {
    fn parse(mut bytes: &[u8]) -> Result<Options, WireError> {
        let mut options = Options::default();
        while !bytes.is_empty() {
            let (option, length) = next_option(bytes)?;
            match option {
                NdOption::SourceLink(mac) => options.source_link = Some(mac),
                NdOption::TargetLink(mac) => options.target_link = Some(mac),
                NdOption::Mtu(mtu) => options.mtu = Some(mtu),
                NdOption::Prefix(prefix) => options.prefixes.push(prefix),
                NdOption::Redirected(_) | NdOption::Unknown(..) => {}
            }
            bytes = &bytes[length..];
        }
        Ok(options)
    }
}

impl Repr {
    /// The message of this type with these bytes behind its checksum. The type is one of this module's.
    pub(super) fn parse(kind: u8, body: &[u8]) -> Result<Repr, WireError> {
        let fixed = match kind {
            ROUTER_SOLICITATION => 4,
            ROUTER_ADVERTISEMENT => 12,
            REDIRECT => 36,
            _ => 20,
        };
        let (header, options) = body.split_at_checked(fixed).ok_or(WireError::Truncated)?;
        let options = Options::parse(options)?;
        Ok(match kind {
            ROUTER_SOLICITATION => Repr::RouterSolicitation { source_link: options.source_link },
            ROUTER_ADVERTISEMENT => Repr::RouterAdvertisement(RouterAdvertisement {
                hop_limit: header[0],
                managed: header[1] & 0x80 != 0,
                other: header[1] & 0x40 != 0,
                lifetime: u16_at(header, 2),
                reachable_time: u32_at(header, 4),
                retransmission_timer: u32_at(header, 8),
                source_link: options.source_link,
                mtu: options.mtu,
                prefixes: options.prefixes,
            }),
            REDIRECT => Repr::Redirect {
                target: ipv6_at(header, 4),
                destination: ipv6_at(header, 20),
                target_link: options.target_link,
            },
            // §7.1.1, §7.1.2: the target is no group.
            _ if ipv6_at(header, 4).is_multicast() => return Err(WireError::Unsupported),
            NEIGHBOR_SOLICITATION => {
                Repr::NeighborSolicitation { target: ipv6_at(header, 4), source_link: options.source_link }
            }
            _ => Repr::NeighborAdvertisement {
                router: header[0] & 0x80 != 0,
                solicited: header[0] & 0x40 != 0,
                overrides: header[0] & 0x20 != 0,
                target: ipv6_at(header, 4),
                target_link: options.target_link,
            },
        })
    }

    /// The ICMPv6 type.
    pub const fn kind(&self) -> u8 {
        match self {
            Repr::RouterSolicitation { .. } => ROUTER_SOLICITATION,
            Repr::RouterAdvertisement(_) => ROUTER_ADVERTISEMENT,
            Repr::NeighborSolicitation { .. } => NEIGHBOR_SOLICITATION,
            Repr::NeighborAdvertisement { .. } => NEIGHBOR_ADVERTISEMENT,
            Repr::Redirect { .. } => REDIRECT,
        }
    }

    /// Length of what [`Repr::emit`] writes.
    pub(super) fn len(&self) -> usize {
        let short = |present: bool| if present { SHORT_OPTION } else { 0 };
        match self {
            Repr::RouterSolicitation { source_link } => 4 + short(source_link.is_some()),
            Repr::RouterAdvertisement(advertisement) => {
                12 + short(advertisement.source_link.is_some())
                    + short(advertisement.mtu.is_some())
                    + PREFIX_OPTION * advertisement.prefixes.len()
            }
            Repr::NeighborSolicitation { source_link, .. } => 20 + short(source_link.is_some()),
            Repr::NeighborAdvertisement { target_link, .. } => 20 + short(target_link.is_some()),
            Repr::Redirect { target_link, .. } => 36 + short(target_link.is_some()),
        }
    }

    /// Writes what stands behind the checksum.
    pub(super) fn emit(&self, body: &mut [u8]) {
        body[..4].fill(0);
        match self {
            Repr::RouterSolicitation { source_link } => link(SOURCE_LINK, *source_link, &mut body[4..]),
            Repr::RouterAdvertisement(advertisement) => advertisement.emit(body),
            Repr::NeighborSolicitation { target, source_link } => {
                body[4..20].copy_from_slice(&target.octets());
                link(SOURCE_LINK, *source_link, &mut body[20..]);
            }
            Repr::NeighborAdvertisement { router, solicited, overrides, target, target_link } => {
                body[0] = u8::from(*router) << 7 | u8::from(*solicited) << 6 | u8::from(*overrides) << 5;
                body[4..20].copy_from_slice(&target.octets());
                link(TARGET_LINK, *target_link, &mut body[20..]);
            }
            Repr::Redirect { target, destination, target_link } => {
                body[4..20].copy_from_slice(&target.octets());
                body[20..36].copy_from_slice(&destination.octets());
                link(TARGET_LINK, *target_link, &mut body[36..]);
            }
        }
    }
}

impl RouterAdvertisement {
    fn emit(&self, body: &mut [u8]) {
        body[0] = self.hop_limit;
        body[1] = u8::from(self.managed) << 7 | u8::from(self.other) << 6;
        body[2..4].copy_from_slice(&self.lifetime.to_be_bytes());
        body[4..8].copy_from_slice(&self.reachable_time.to_be_bytes());
        body[8..12].copy_from_slice(&self.retransmission_timer.to_be_bytes());
        let mut at = 12;
        if self.source_link.is_some() {
            link(SOURCE_LINK, self.source_link, &mut body[at..]);
            at += SHORT_OPTION;
        }
        if let Some(mtu) = self.mtu {
            body[at..at + 4].copy_from_slice(&[MTU, 1, 0, 0]);
            body[at + 4..at + 8].copy_from_slice(&mtu.to_be_bytes());
            at += SHORT_OPTION;
        }
        for prefix in &self.prefixes {
            prefix.emit(&mut body[at..at + PREFIX_OPTION]);
            at += PREFIX_OPTION;
        }
    }
}

fn link(kind: u8, mac: Option<Mac>, option: &mut [u8]) {
    if let Some(mac) = mac {
        option[..2].copy_from_slice(&[kind, 1]);
        option[2..8].copy_from_slice(&mac);
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = |on: bool, letter: &'static str| if on { letter } else { "" };
        let (on_link, autonomous) = (flag(self.on_link, "L"), flag(self.autonomous, "A"));
        let (prefix, length, valid, preferred) = (self.prefix, self.length, self.valid, self.preferred);
        write!(f, "{prefix}/{length}, Flags [{on_link}{autonomous}], valid {valid}s, pref. {preferred}s")
    }
}

impl fmt::Display for NdOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NdOption::SourceLink(mac) | NdOption::TargetLink(mac) => MacText(*mac).fmt(f),
            NdOption::Prefix(prefix) => prefix.fmt(f),
            NdOption::Redirected(packet) => write!(f, "packet of {} bytes", packet.len()),
            NdOption::Mtu(mtu) => mtu.fmt(f),
            NdOption::Unknown(kind, data) => write!(f, "type {kind}, length {}", data.len() + 2),
        }
    }
}

impl fmt::Display for Repr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Repr::RouterSolicitation { .. } => f.write_str("router solicitation"),
            Repr::RouterAdvertisement(advertisement) => {
                write!(f, "router advertisement, lifetime {}s", advertisement.lifetime)?;
                advertisement.prefixes.iter().try_for_each(|prefix| write!(f, ", prefix {prefix}"))
            }
            Repr::NeighborSolicitation { target, .. } => write!(f, "neighbor solicitation, who has {target}"),
            Repr::NeighborAdvertisement { target, .. } => write!(f, "neighbor advertisement, tgt is {target}"),
            Repr::Redirect { target, destination, .. } => write!(f, "redirect, {destination} to {target}"),
        }
    }
}
