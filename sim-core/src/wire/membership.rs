//! What IGMPv3 (RFC 3376 §4) and MLDv2 (RFC 3810 §5) have in common: the end of a query and the records of a report.
//!
//! Absent on purpose: auxiliary data of records; none was ever defined. It is skipped when read.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::{WireError, ipv4_at, ipv6_at, u16_at};

/// An address of a group or of a source, as bytes.
pub trait Address: Copy + fmt::Display {
    /// Length in bytes.
    const LEN: usize;
    /// The address at this place. The caller has checked the length.
    fn read(bytes: &[u8], at: usize) -> Self;
    /// Adds the address.
    fn write(self, bytes: &mut Writer<'_>);
}

impl Address for Ipv4Addr {
    const LEN: usize = 4;
    fn read(bytes: &[u8], at: usize) -> Ipv4Addr {
        ipv4_at(bytes, at)
    }
    fn write(self, bytes: &mut Writer<'_>) {
        bytes.put(&self.octets());
    }
}

impl Address for Ipv6Addr {
    const LEN: usize = 16;
    fn read(bytes: &[u8], at: usize) -> Ipv6Addr {
        ipv6_at(bytes, at)
    }
    fn write(self, bytes: &mut Writer<'_>) {
        bytes.put(&self.octets());
    }
}

/// Writes from the front on.
#[derive(Debug)]
pub struct Writer<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(bytes: &'a mut [u8]) -> Writer<'a> {
        Writer { bytes, at: 0 }
    }

    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

/// What a query of the newer versions says beyond its group (RFC 3376 §4.1.5–4.1.9, RFC 3810 §5.1.7–5.1.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Querier<A> {
    /// Routers do not restart their timers for it.
    pub suppress: bool,
    /// The querier's robustness variable, at most 7.
    pub robustness: u8,
    /// The querier's query interval, as a code: see [`seconds`].
    pub interval: u8,
    /// Only these sources are asked about; none: all.
    pub sources: Vec<A>,
}

impl<A: Address> Querier<A> {
    /// Length of what `Querier::emit` writes.
    pub fn len(&self) -> usize {
        4 + self.sources.len() * A::LEN
    }

    /// It never is: a querier always says something.
    pub fn is_empty(&self) -> bool {
        false
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Querier<A>, WireError> {
        let header = bytes.get(..4).ok_or(WireError::Truncated)?;
        Ok(Querier {
            suppress: header[0] & 8 != 0,
            robustness: header[0] & 7,
            interval: header[1],
            sources: addresses(&bytes[4..], usize::from(u16_at(header, 2)))?,
        })
    }

    pub(super) fn emit(&self, bytes: &mut [u8]) {
        let mut writer = Writer::new(bytes);
        writer.put(&[u8::from(self.suppress) << 3 | self.robustness & 7, self.interval]);
        writer.put(&count(self.sources.len()));
        self.sources.iter().for_each(|source| source.write(&mut writer));
    }
}

/// What a record says of its group (RFC 3376 §4.2.12, RFC 3810 §5.2.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// 1: only these sources are wanted.
    IsInclude,
    /// 2: all but these sources are wanted.
    IsExclude,
    /// 3: from now on only these sources are wanted.
    ToInclude,
    /// 4: from now on all but these sources are wanted.
    ToExclude,
    /// 5: these sources, too.
    Allow,
    /// 6: these sources no more.
    Block,
}

impl RecordKind {
    /// Every kind, in order of numbers.
    pub const ALL: [RecordKind; 6] = [
        RecordKind::IsInclude,
        RecordKind::IsExclude,
        RecordKind::ToInclude,
        RecordKind::ToExclude,
        RecordKind::Allow,
        RecordKind::Block,
    ];

    const fn name(self) -> &'static str {
        match self {
            RecordKind::IsInclude => "is_in",
            RecordKind::IsExclude => "is_ex",
            RecordKind::ToInclude => "to_in",
            RecordKind::ToExclude => "to_ex",
            RecordKind::Allow => "allow",
            RecordKind::Block => "block",
        }
    }
}

/// What a host wants of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<A> {
    /// What it says.
    pub kind: RecordKind,
    /// Which group.
    pub group: A,
    /// Which sources.
    pub sources: Vec<A>,
}

/// Length of these records.
pub(super) fn len<A: Address>(records: &[Record<A>]) -> usize {
    records.iter().map(|record| 4 + (1 + record.sources.len()) * A::LEN).sum()
}

/// The records of a report, which begin with their number. A record of an unknown kind is skipped (RFC 3376 §4.2.12).
pub(super) fn records<A: Address>(bytes: &[u8]) -> Result<Vec<Record<A>>, WireError> {
    let (header, mut rest) = bytes.split_at_checked(2).ok_or(WireError::Truncated)?;
    let mut records = Vec::new();
    for _ in 0..u16_at(header, 0) {
        let header = rest.get(..4 + A::LEN).ok_or(WireError::Length)?;
        let sources = addresses(&rest[4 + A::LEN..], usize::from(u16_at(header, 2)))?;
        let length = 4 + (1 + sources.len()) * A::LEN + 4 * usize::from(header[1]);
        let kind = usize::from(header[0]).checked_sub(1).and_then(|index| RecordKind::ALL.get(index));
        if let Some(kind) = kind {
            records.push(Record { kind: *kind, group: A::read(header, 4), sources });
        }
        rest = rest.get(length..).ok_or(WireError::Length)?;
    }
    Ok(records)
}

/// Writes the number of records and the records.
pub(super) fn emit<A: Address>(records: &[Record<A>], bytes: &mut [u8]) {
    let mut writer = Writer::new(bytes);
    writer.put(&count(records.len()));
    for record in records {
        writer.put(&[record.kind as u8 + 1, 0]);
        writer.put(&count(record.sources.len()));
        record.group.write(&mut writer);
        record.sources.iter().for_each(|source| source.write(&mut writer));
    }
}

fn addresses<A: Address>(bytes: &[u8], number: usize) -> Result<Vec<A>, WireError> {
    let bytes = bytes.get(..number * A::LEN).ok_or(WireError::Length)?;
    Ok((0..number).map(|index| A::read(bytes, index * A::LEN)).collect())
}

fn count(number: usize) -> [u8; 2] {
    u16::try_from(number).expect("a packet has room for far fewer than 65,536 addresses").to_be_bytes()
}

/// The seconds of a query interval's code (RFC 3376 §4.1.7): small ones as they are, others as a floating-point number. IGMPv3's
/// maximum response code (§4.1.1) is the same in tenths of a second.
pub const fn seconds(code: u8) -> u16 {
    if code < 128 { code as u16 } else { (code as u16 & 0x0f | 0x10) << ((code >> 4 & 7) + 3) }
}

/// The code of the longest interval that is not longer than so many seconds.
pub const fn code(seconds: u16) -> u8 {
    if seconds < 128 {
        return seconds as u8;
    }
    if seconds >= 31_744 {
        return 0xff;
    }
    // The highest bit is the mantissa's hidden one; four bits follow it.
    let shift = 15 - seconds.leading_zeros() as u16 - 4;
    0x80 | ((shift - 3) << 4) as u8 | (seconds >> shift) as u8 & 0x0f
}

impl<A: Address> fmt::Display for Record<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[gaddr {} {}", self.group, self.kind.name())?;
        for (index, source) in self.sources.iter().enumerate() {
            write!(f, "{}{source}", if index == 0 { " { " } else { " " })?;
        }
        f.write_str(if self.sources.is_empty() { "]" } else { " }]" })
    }
}
