//! DNS: the header, each question, each record with its data.
//!
//! Absent on purpose: messages that span several segments of TCP: their bytes are data.

use crate::layer::Protocol;
use crate::wire::dns::{Class, HEADER, Kind, Name as DomainName, ResponseCode};
use crate::wire::{u16_at, u32_at};

use super::FieldName as Name;
use super::reader::{Fields, Reader};

/// A datagram of DNS.
pub(super) fn datagram(reader: &mut Reader<'_>, length: usize) {
    let bytes = &reader.rest()[..length];
    reader.section(Protocol::Dns, length, |fields| message(fields, bytes));
}

/// A segment of TCP that holds one message: its length first (RFC 1035 §4.2.2).
pub(super) fn segment(reader: &mut Reader<'_>, length: usize) {
    let bytes = &reader.rest()[2..length];
    reader.section(Protocol::Dns, length, |fields| {
        fields.number(Name::DnsLength, 16);
        message(fields, bytes);
    });
}

/// A segment holds one message and nothing else.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    bytes.len() > 2 && usize::from(u16_at(bytes, 0)) == bytes.len() - 2
}

/// The fields of a message, which is what is left of the section.
fn message(fields: &mut Fields<'_>, bytes: &[u8]) {
    if bytes.len() < HEADER {
        return fields.malformed();
    }
    fields.hex(Name::DnsId, 16);
    fields.number(Name::DnsResponse, 1);
    fields.number(Name::DnsOpcode, 4);
    fields.number(Name::DnsAuthoritative, 1);
    fields.number(Name::DnsTruncated, 1);
    fields.number(Name::DnsRecursionDesired, 1);
    fields.number(Name::DnsRecursionAvailable, 1);
    fields.number(Name::DnsReserved, 1);
    fields.number(Name::DnsAuthenticated, 1);
    fields.number(Name::DnsCheckingDisabled, 1);
    fields.bits(Name::DnsCode, 4, |code| ResponseCode::from_number(code as u8).to_string());
    let questions = fields.number(Name::DnsQuestions, 16);
    let records = fields.number(Name::DnsAnswers, 16)
        + fields.number(Name::DnsAuthorities, 16)
        + fields.number(Name::DnsAdditionals, 16);
    // Counts that lie end with the bytes: each question and record takes some.
    for _ in 0..questions {
        if question(fields, bytes).is_none() {
            return fields.malformed();
        }
    }
    for _ in 0..records {
        if record(fields, bytes).is_none() {
            return fields.malformed();
        }
    }
    fields.bytes(Name::DnsExtra, fields.rest().len());
}

/// How far the message has been named.
fn place(fields: &Fields<'_>, bytes: &[u8]) -> usize {
    bytes.len() - fields.rest().len()
}

fn name(fields: &mut Fields<'_>, bytes: &[u8], name: Name) -> Option<()> {
    let at = place(fields, bytes);
    let (text, end) = DomainName::parse(bytes, at).ok()?;
    fields.value(name, end - at, text);
    Some(())
}

fn question(fields: &mut Fields<'_>, bytes: &[u8]) -> Option<()> {
    name(fields, bytes, Name::DnsQuestionName)?;
    let rest = fields.rest().get(..4)?;
    fields.value(Name::DnsQuestionType, 2, Kind(u16_at(rest, 0)));
    fields.value(Name::DnsQuestionClass, 2, Class(u16_at(rest, 2)));
    Some(())
}

fn record(fields: &mut Fields<'_>, bytes: &[u8]) -> Option<()> {
    name(fields, bytes, Name::DnsName)?;
    let rest = fields.rest().get(..10)?;
    let (kind, length) = (Kind(u16_at(rest, 0)), usize::from(u16_at(rest, 8)));
    fields.value(Name::DnsType, 2, kind);
    fields.value(Name::DnsClass, 2, Class(u16_at(rest, 2)));
    fields.value(Name::DnsTtl, 4, u32_at(rest, 4));
    fields.value(Name::DnsDataLength, 2, length);
    let end = place(fields, bytes) + length;
    if end > bytes.len() {
        return None;
    }
    match (kind, length) {
        (Kind::A, 4) => fields.address(Name::DnsA),
        (Kind::AAAA, 16) => fields.address_v6(Name::DnsAaaa),
        (Kind::CNAME, _) => data_name(fields, bytes, end, Name::DnsCname)?,
        (Kind::NS, _) => data_name(fields, bytes, end, Name::DnsNs)?,
        (Kind::PTR, _) => data_name(fields, bytes, end, Name::DnsPtr)?,
        (Kind::SOA, _) => soa(fields, bytes, end)?,
        _ => fields.bytes(Name::DnsData, length),
    }
    Some(())
}

/// Data that is one name and ends where it should.
fn data_name(fields: &mut Fields<'_>, bytes: &[u8], end: usize, label: Name) -> Option<()> {
    let (_, name_end) = DomainName::parse(bytes, place(fields, bytes)).ok()?;
    if name_end == end { name(fields, bytes, label) } else { None }
}

fn soa(fields: &mut Fields<'_>, bytes: &[u8], end: usize) -> Option<()> {
    name(fields, bytes, Name::DnsSoaServer)?;
    name(fields, bytes, Name::DnsSoaMailbox)?;
    if place(fields, bytes) + 20 != end {
        return None;
    }
    const NUMBERS: [Name; 5] =
        [Name::DnsSoaSerial, Name::DnsSoaRefresh, Name::DnsSoaRetry, Name::DnsSoaExpire, Name::DnsSoaMinimum];
    for name in NUMBERS {
        fields.number(name, 32);
    }
    Some(())
}
