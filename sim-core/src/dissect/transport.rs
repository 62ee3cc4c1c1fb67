//! Layer 4: UDP and TCP with its options.
//!
//! Absent on purpose: relative sequence numbers (they need more than one frame).

use crate::layer::Protocol;
use crate::wire::tcp_option::{self, TcpOption};
use crate::wire::{tcp, u16_at, u32_at, udp};

use super::FieldName as Name;
use super::application;
use super::reader::{Fields, Reader};

pub(super) fn udp(reader: &mut Reader<'_>, length: usize) {
    if length < udp::HEADER {
        reader.unread(Protocol::Udp, Name::Malformed, length);
        return;
    }
    let header = reader.rest();
    let ports = [u16_at(header, 0), u16_at(header, 2)];
    let payload = usize::from(u16_at(header, 4)).checked_sub(udp::HEADER).unwrap_or(length).min(length - udp::HEADER);
    reader.section(Protocol::Udp, udp::HEADER, |fields| {
        fields.number(Name::UdpSourcePort, 16);
        fields.number(Name::UdpDestinationPort, 16);
        fields.number(Name::UdpLength, 16);
        fields.hex(Name::UdpChecksum, 16);
    });
    application::of_udp(reader, ports, payload);
    reader.data(length - udp::HEADER - payload);
}

pub(super) fn tcp(reader: &mut Reader<'_>, length: usize) {
    let rest = reader.rest();
    let header = rest.get(12).map_or(0, |byte| usize::from(byte >> 4) * 4);
    if length < tcp::HEADER || header < tcp::HEADER || header > length {
        reader.unread(Protocol::Tcp, Name::Malformed, length);
        return;
    }
    reader.section(Protocol::Tcp, header, |fields| {
        fields.number(Name::TcpSourcePort, 16);
        fields.number(Name::TcpDestinationPort, 16);
        fields.number(Name::TcpSequence, 32);
        fields.number(Name::TcpAcknowledgment, 32);
        fields.scaled(Name::TcpHeaderLength, 4, 4);
        fields.hex(Name::TcpReserved, 4);
        flags(fields);
        fields.number(Name::TcpWindow, 16);
        fields.hex(Name::TcpChecksum, 16);
        fields.number(Name::TcpUrgentPointer, 16);
        options(fields, header - tcp::HEADER);
    });
    application::of_tcp(reader, [u16_at(rest, 0), u16_at(rest, 2)], length - header);
}

fn flags(fields: &mut Fields<'_>) {
    const FLAGS: [Name; 8] = [
        Name::TcpCwr,
        Name::TcpEce,
        Name::TcpUrg,
        Name::TcpAck,
        Name::TcpPsh,
        Name::TcpRst,
        Name::TcpSyn,
        Name::TcpFin,
    ];
    for flag in FLAGS {
        fields.number(flag, 1);
    }
}

/// Each option with its kind and length bytes is one field.
fn options(fields: &mut Fields<'_>, mut left: usize) {
    while left > 0 {
        let Ok((option, length)) = tcp_option::next(fields.peek(left)) else {
            fields.bytes(Name::Malformed, left);
            return;
        };
        let (name, text) = match option {
            TcpOption::End => (Name::TcpOptionEnd, "eol".to_owned()),
            TcpOption::Nop => (Name::TcpOptionNop, "nop".to_owned()),
            TcpOption::Mss(mss) => (Name::TcpOptionMss, mss.to_string()),
            TcpOption::WindowScale(shift) => (Name::TcpOptionWindowScale, shift.to_string()),
            TcpOption::SackPermitted => (Name::TcpOptionSackPermitted, "sackOK".to_owned()),
            TcpOption::Sack(blocks) => (Name::TcpOptionSack, sack(blocks)),
            TcpOption::Timestamps(value, echo) => (Name::TcpOptionTimestamps, format!("{value} {echo}")),
            TcpOption::Unknown(..) => (Name::TcpOptionUnknown, option.to_string()),
        };
        fields.value(name, length, text);
        left -= length;
    }
}

fn sack(blocks: &[u8]) -> String {
    let ranges = blocks.chunks_exact(8).map(|block| format!("{}-{}", u32_at(block, 0), u32_at(block, 4)));
    ranges.collect::<Vec<_>>().join(" ")
}

/// The ports at the start of a transport header.
pub(super) fn ports(segment: &[u8]) -> Option<(u16, u16)> {
    (segment.len() >= 4).then(|| (u16_at(segment, 0), u16_at(segment, 2)))
}
