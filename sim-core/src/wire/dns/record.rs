//! Resource records (RFC 1035 §3.2, §3.3; RFC 3596 §2).
//!
//! Absent on purpose: classes other than the Internet's have no data of their own.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::name::{Name, Writer};
use super::{WireError, u16_at};
use crate::wire::{ipv4_at, ipv6_at, u32_at};

/// The type of a record or question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind(pub u16);

impl Kind {
    /// An IPv4 address.
    pub const A: Kind = Kind(1);
    /// A server of a zone.
    pub const NS: Kind = Kind(2);
    /// The name that this one stands for.
    pub const CNAME: Kind = Kind(5);
    /// Start of a zone of authority.
    pub const SOA: Kind = Kind(6);
    /// The name of an address.
    pub const PTR: Kind = Kind(12);
    /// Mail exchange.
    pub const MX: Kind = Kind(15);
    /// Text.
    pub const TXT: Kind = Kind(16);
    /// An IPv6 address (RFC 3596).
    pub const AAAA: Kind = Kind(28);
    /// A service's place (RFC 2782).
    pub const SRV: Kind = Kind(33);
    /// Extension of DNS (RFC 6891).
    pub const OPT: Kind = Kind(41);
    /// In a question: every type.
    pub const ANY: Kind = Kind(255);
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match *self {
            Kind::A => "A",
            Kind::NS => "NS",
            Kind::CNAME => "CNAME",
            Kind::SOA => "SOA",
            Kind::PTR => "PTR",
            Kind::MX => "MX",
            Kind::TXT => "TXT",
            Kind::AAAA => "AAAA",
            Kind::SRV => "SRV",
            Kind::OPT => "OPT",
            Kind::ANY => "ANY",
            Kind(number) => return write!(f, "TYPE{number}"),
        })
    }
}

/// The class of a record or question. Its highest bit has a meaning of its own in mDNS (RFC 6762 §5.4, §10.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class(pub u16);

impl Class {
    /// The Internet.
    pub const IN: Class = Class(1);
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Class::IN => f.write_str("IN"),
            Class(number) => write!(f, "CLASS{number}"),
        }
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Of which name.
    pub name: Name,
    /// Of which class.
    pub class: Class,
    /// Seconds that it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// An IPv4 address (RFC 1035 §3.4.1).
    A(Ipv4Addr),
    /// An IPv6 address (RFC 3596 §2.2).
    Aaaa(Ipv6Addr),
    /// The name that this one stands for (§3.3.1).
    Cname(Name),
    /// A server of the zone (§3.3.11).
    Ns(Name),
    /// A name that the record points to (§3.3.12).
    Ptr(Name),
    /// Start of a zone (§3.3.13).
    Soa(Soa),
    /// A record of another type: the bytes of its data. Names in them must not be compressed (RFC 3597 §4).
    Other(Kind, Vec<u8>),
}

/// Start of a zone of authority (§3.3.13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// The first server of the zone.
    pub server: Name,
    /// Who is responsible, as a name.
    pub mailbox: Name,
    /// Version of the zone.
    pub serial: u32,
    /// Seconds between looks at the serial.
    pub refresh: u32,
    /// Seconds until a failed look is tried again.
    pub retry: u32,
    /// Seconds until the zone's copy is void.
    pub expire: u32,
    /// Seconds that a negative answer may be kept (RFC 2308 §4).
    pub minimum: u32,
}

impl Record {
    /// The record at this place of a message, and where it ends.
    pub(super) fn parse(message: &[u8], at: usize) -> Result<(Record, usize), WireError> {
        let (name, at) = Name::parse(message, at)?;
        let header = message.get(at..at + 10).ok_or(WireError::Truncated)?;
        let (start, end) = (at + 10, at + 10 + usize::from(u16_at(header, 8)));
        if end > message.len() {
            return Err(WireError::Length);
        }
        let data = Data::parse(Kind(u16_at(header, 0)), message, start, end)?;
        Ok((Record { name, class: Class(u16_at(header, 2)), ttl: u32_at(header, 4), data }, end))
    }

    pub(super) fn emit(&self, writer: &mut Writer) {
        writer.name(&self.name);
        writer.number(self.data.kind().0);
        writer.number(self.class.0);
        writer.bytes.extend(self.ttl.to_be_bytes());
        let length_at = writer.bytes.len();
        writer.number(0);
        self.data.emit(writer);
        let length = writer.bytes.len() - length_at - 2;
        let length = u16::try_from(length).expect("the data of a record has at most 65,535 bytes");
        writer.bytes[length_at..length_at + 2].copy_from_slice(&length.to_be_bytes());
    }
}

impl Data {
    /// The type of a record with this data.
    pub const fn kind(&self) -> Kind {
        match self {
            Data::A(_) => Kind::A,
            Data::Aaaa(_) => Kind::AAAA,
            Data::Cname(_) => Kind::CNAME,
            Data::Ns(_) => Kind::NS,
            Data::Ptr(_) => Kind::PTR,
            Data::Soa(_) => Kind::SOA,
            Data::Other(kind, _) => *kind,
        }
    }

    /// The data between two places of a message, which its names may point into.
    fn parse(kind: Kind, message: &[u8], start: usize, end: usize) -> Result<Data, WireError> {
        let bytes = &message[start..end];
        let name = || match Name::parse(message, start)? {
            (name, name_end) if name_end == end => Ok(name),
            _ => Err(WireError::Length),
        };
        Ok(match (kind, bytes.len()) {
            (Kind::A, 4) => Data::A(ipv4_at(bytes, 0)),
            (Kind::AAAA, 16) => Data::Aaaa(ipv6_at(bytes, 0)),
            (Kind::A | Kind::AAAA, _) => return Err(WireError::Length),
            (Kind::CNAME, _) => Data::Cname(name()?),
            (Kind::NS, _) => Data::Ns(name()?),
            (Kind::PTR, _) => Data::Ptr(name()?),
            (Kind::SOA, _) => {
                let (server, at) = Name::parse(message, start)?;
                let (mailbox, at) = Name::parse(message, at)?;
                let numbers = message.get(at..end).filter(|bytes| bytes.len() == 20).ok_or(WireError::Length)?;
                Data::Soa(Soa {
                    server,
                    mailbox,
                    serial: u32_at(numbers, 0),
                    refresh: u32_at(numbers, 4),
                    retry: u32_at(numbers, 8),
                    expire: u32_at(numbers, 12),
                    minimum: u32_at(numbers, 16),
                })
            }
            _ => Data::Other(kind, bytes.to_vec()),
        })
    }

    fn emit(&self, writer: &mut Writer) {
        match self {
            Data::A(address) => writer.bytes.extend(address.octets()),
            Data::Aaaa(address) => writer.bytes.extend(address.octets()),
            Data::Cname(name) | Data::Ns(name) | Data::Ptr(name) => writer.name(name),
            Data::Soa(soa) => {
                writer.name(&soa.server);
                writer.name(&soa.mailbox);
                for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                    writer.bytes.extend(number.to_be_bytes());
                }
            }
            Data::Other(_, bytes) => writer.bytes.extend(bytes),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.data.kind();
        match &self.data {
            Data::A(address) => write!(f, "{kind} {address}"),
            Data::Aaaa(address) => write!(f, "{kind} {address}"),
            Data::Cname(name) | Data::Ns(name) | Data::Ptr(name) => write!(f, "{kind} {name}"),
            Data::Soa(soa) => write!(f, "{kind} {} {} {}", soa.server, soa.mailbox, soa.serial),
            Data::Other(_, bytes) => write!(f, "{kind} ({} bytes)", bytes.len()),
        }
    }
}
