//! ICMP and IGMP.
//!
//! Absent on purpose: the fields of the packet that an ICMP error quotes (it is data of the message).

use core::net::Ipv4Addr;

use crate::layer::Protocol;
use crate::wire::icmp::HEADER;
use crate::wire::igmp;

use super::FieldName as Name;
use super::membership::{self, Names};
use super::reader::Reader;

pub(super) fn icmp(reader: &mut Reader<'_>, length: usize) {
    if length < HEADER {
        return reader.unread(Protocol::Icmp, Name::Malformed, length);
    }
    let (kind, code) = (reader.rest()[0], reader.rest()[1]);
    reader.section(Protocol::Icmp, length, |fields| {
        fields.number(Name::IcmpType, 8);
        fields.number(Name::IcmpCode, 8);
        fields.hex(Name::IcmpChecksum, 16);
        match (kind, code) {
            (0 | 8, _) => {
                fields.number(Name::IcmpIdentifier, 16);
                fields.number(Name::IcmpSequence, 16);
            }
            (3, 4) => {
                fields.hex(Name::IcmpUnused, 16);
                fields.number(Name::IcmpMtu, 16);
            }
            (5, _) => fields.address(Name::IcmpGateway),
            (12, _) => {
                fields.number(Name::IcmpPointer, 8);
                fields.hex(Name::IcmpUnused, 24);
            }
            _ => {
                fields.hex(Name::IcmpUnused, 32);
            }
        }
        fields.bytes(Name::IcmpData, length - HEADER);
    });
}

const NAMES: Names = Names {
    reserved: Name::IgmpReserved,
    suppress: Name::IgmpSuppress,
    robustness: Name::IgmpRobustness,
    interval: Name::IgmpInterval,
    sources: Name::IgmpSources,
    source: Name::IgmpSource,
    records: Name::IgmpRecords,
    record_type: Name::IgmpRecordType,
    aux_length: Name::IgmpAuxLength,
    record_sources: Name::IgmpSources,
    record_group: Name::IgmpGroup,
    record_source: Name::IgmpSource,
    aux: Name::IgmpAux,
};

pub(super) fn igmp(reader: &mut Reader<'_>, length: usize) {
    if length < igmp::HEADER {
        return reader.unread(Protocol::Igmp, Name::Malformed, length);
    }
    let kind = reader.rest()[0];
    reader.section(Protocol::Igmp, length, |fields| {
        fields.hex(Name::IgmpType, 8);
        if kind == 0x22 {
            fields.hex(Name::IgmpReserved, 8);
            fields.hex(Name::IgmpChecksum, 16);
            fields.hex(Name::IgmpReserved, 16);
            membership::records::<Ipv4Addr>(fields, &NAMES);
        } else {
            fields.number(Name::IgmpMaxResponse, 8);
            fields.hex(Name::IgmpChecksum, 16);
            fields.address(Name::IgmpGroup);
            if kind == 0x11 && length > igmp::HEADER {
                membership::querier::<Ipv4Addr>(fields, &NAMES);
            }
        }
        fields.bytes(Name::IgmpData, fields.rest().len());
    });
}
