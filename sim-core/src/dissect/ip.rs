//! Layer 3: IPv4 and ICMP.
//!
//! Absent on purpose: the fields of single IPv4 options, and of the packet that an ICMP error quotes (it is data of
//! the message).

use crate::layer::Protocol;
use crate::wire::ipv4::{HEADER, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::{icmp, u16_at};

use super::FieldName as Name;
use super::reader::Reader;
use super::transport;

pub(super) fn ipv4(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    let header = rest.first().map_or(0, |first| usize::from(first & 0x0f) * 4);
    if rest.len() < HEADER || rest[0] >> 4 != 4 || header < HEADER || rest.len() < header {
        reader.malformed(Protocol::Ipv4);
        return;
    }
    reader.section(Protocol::Ipv4, header, |fields| {
        fields.number(Name::IpVersion, 4);
        fields.scaled(Name::IpHeaderLength, 4, 4);
        fields.number(Name::IpDscp, 6);
        fields.number(Name::IpEcn, 2);
        fields.number(Name::IpLength, 16);
        fields.hex(Name::IpId, 16);
        fields.number(Name::IpReserved, 1);
        fields.number(Name::IpDontFragment, 1);
        fields.number(Name::IpMoreFragments, 1);
        fields.scaled(Name::IpFragmentOffset, 13, 8);
        fields.number(Name::IpTtl, 8);
        fields.number(Name::IpProtocol, 8);
        fields.hex(Name::IpChecksum, 16);
        fields.address(Name::IpSource);
        fields.address(Name::IpDestination);
        fields.bytes(Name::IpOptions, header - HEADER);
    });
    let total = usize::from(u16_at(rest, 2));
    let Some(payload) = total.checked_sub(header).filter(|payload| *payload <= rest.len() - header) else {
        reader.malformed(Protocol::Ipv4);
        return;
    };
    let padding = rest.len() - header - payload;
    let is_first = u16_at(rest, 6) & 0x1fff == 0;
    match rest[9] {
        PROTOCOL_ICMP if is_first => icmp(reader, payload),
        PROTOCOL_TCP if is_first => transport::tcp(reader, payload),
        PROTOCOL_UDP if is_first => transport::udp(reader, payload),
        _ => reader.data(payload),
    }
    reader.data(padding.min(reader.rest().len()));
}

fn icmp(reader: &mut Reader<'_>, length: usize) {
    if length < icmp::HEADER {
        reader.malformed(Protocol::Icmp);
        return;
    }
    let echo = matches!(reader.rest()[0], 0 | 8);
    reader.section(Protocol::Icmp, length, |fields| {
        fields.number(Name::IcmpType, 8);
        fields.number(Name::IcmpCode, 8);
        fields.hex(Name::IcmpChecksum, 16);
        if echo {
            fields.number(Name::IcmpIdentifier, 16);
            fields.number(Name::IcmpSequence, 16);
        } else {
            fields.hex(Name::IcmpUnused, 32);
        }
        fields.bytes(Name::IcmpData, length - icmp::HEADER);
    });
}
