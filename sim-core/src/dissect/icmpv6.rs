//! ICMPv6 with Neighbor Discovery and Multicast Listener Discovery.
//!
//! Absent on purpose: the fields of the packet that an error quotes, and those inside options of Neighbor Discovery: an option is one field.

use core::net::Ipv6Addr;

use crate::layer::Protocol;
use crate::wire::icmpv6::HEADER;
use crate::wire::mld::{DONE, QUERY, REPORT, REPORT_V2};
use crate::wire::ndp::{
    self, NEIGHBOR_ADVERTISEMENT, NEIGHBOR_SOLICITATION, NdOption, REDIRECT, ROUTER_ADVERTISEMENT, ROUTER_SOLICITATION,
};

use super::FieldName as Name;
use super::membership::{self, Names};
use super::reader::{Fields, Reader};

/// Length of a query or report of version 1, header included.
const LISTENER: usize = 24;

pub(super) fn icmpv6(reader: &mut Reader<'_>, length: usize) {
    let kind = reader.rest().first().copied().unwrap_or_default();
    let least = match kind {
        ROUTER_ADVERTISEMENT => 16,
        NEIGHBOR_SOLICITATION | NEIGHBOR_ADVERTISEMENT | QUERY | REPORT | DONE => LISTENER,
        REDIRECT => 40,
        _ => HEADER,
    };
    if length < least {
        return reader.unread(Protocol::Icmpv6, Name::Malformed, length);
    }
    reader.section(Protocol::Icmpv6, length, |fields| {
        fields.number(Name::Icmpv6Type, 8);
        fields.number(Name::Icmpv6Code, 8);
        fields.hex(Name::Icmpv6Checksum, 16);
        body(fields, kind);
        fields.bytes(Name::Icmpv6Data, fields.rest().len());
    });
}

fn body(fields: &mut Fields<'_>, kind: u8) {
    match kind {
        2 => {
            fields.number(Name::Icmpv6Mtu, 32);
        }
        4 => {
            fields.number(Name::Icmpv6Pointer, 32);
        }
        128 | 129 => {
            fields.number(Name::Icmpv6Identifier, 16);
            fields.number(Name::Icmpv6Sequence, 16);
        }
        ROUTER_SOLICITATION..=REDIRECT => {
            neighbor(fields, kind);
            options(fields);
        }
        QUERY | REPORT | DONE => listener(fields, kind),
        REPORT_V2 => {
            fields.hex(Name::Icmpv6Reserved, 16);
            membership::records::<Ipv6Addr>(fields, &NAMES);
        }
        _ => {
            fields.hex(Name::Icmpv6Reserved, 32);
        }
    }
}

/// What stands before the options of Neighbor Discovery.
fn neighbor(fields: &mut Fields<'_>, kind: u8) {
    match kind {
        ROUTER_ADVERTISEMENT => {
            fields.number(Name::NdHopLimit, 8);
            fields.number(Name::NdManaged, 1);
            fields.number(Name::NdOther, 1);
            fields.hex(Name::NdRouterReserved, 6);
            fields.number(Name::NdLifetime, 16);
            fields.number(Name::NdReachableTime, 32);
            fields.number(Name::NdRetransmission, 32);
        }
        NEIGHBOR_SOLICITATION => {
            fields.hex(Name::Icmpv6Reserved, 32);
            fields.address_v6(Name::NdSolicitedTarget);
        }
        NEIGHBOR_ADVERTISEMENT => {
            fields.number(Name::NdRouter, 1);
            fields.number(Name::NdSolicited, 1);
            fields.number(Name::NdOverride, 1);
            fields.hex(Name::NdNeighborReserved, 29);
            fields.address_v6(Name::NdAdvertisedTarget);
        }
        REDIRECT => {
            fields.hex(Name::Icmpv6Reserved, 32);
            fields.address_v6(Name::NdRedirectTarget);
            fields.address_v6(Name::NdRedirectDestination);
        }
        _ => {
            fields.hex(Name::Icmpv6Reserved, 32);
        }
    }
}

fn options(fields: &mut Fields<'_>) {
    while !fields.rest().is_empty() {
        let Ok((option, length)) = ndp::next_option(fields.rest()) else { return fields.malformed() };
        let name = match option {
            NdOption::SourceLink(_) => Name::NdSourceLink,
            NdOption::TargetLink(_) => Name::NdTargetLink,
            NdOption::Prefix(_) => Name::NdPrefix,
            NdOption::Redirected(_) => Name::NdRedirected,
            NdOption::Mtu(_) => Name::NdMtu,
            NdOption::Unknown(..) => Name::NdOption,
        };
        fields.value(name, length, option);
    }
}

const NAMES: Names = Names {
    reserved: Name::MldReserved,
    suppress: Name::MldSuppress,
    robustness: Name::MldRobustness,
    interval: Name::MldInterval,
    sources: Name::MldSources,
    source: Name::MldSource,
    records: Name::MldRecords,
    record_type: Name::MldRecordType,
    aux_length: Name::MldAuxLength,
    record_sources: Name::MldRecordSources,
    record_group: Name::MldRecordGroup,
    record_source: Name::MldRecordSource,
    aux: Name::MldAux,
};

fn listener(fields: &mut Fields<'_>, kind: u8) {
    let is_second = kind == QUERY && fields.rest().len() > LISTENER - 4;
    fields.number(if is_second { Name::MldMaxCode } else { Name::MldMaxDelay }, 16);
    fields.hex(Name::Icmpv6Reserved, 16);
    fields.address_v6(Name::MldGroup);
    if is_second {
        membership::querier::<Ipv6Addr>(fields, &NAMES);
    }
}
