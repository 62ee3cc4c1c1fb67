//! Layer 3: IPv4 with its options, IPv6 with its extension headers.
//!
//! Absent on purpose: the fields inside single options, and putting fragments together: a piece is named as such.

use crate::layer::Protocol;
use crate::wire::ipv4::{HEADER, PROTOCOL_ICMP, PROTOCOL_IGMP, PROTOCOL_TCP, PROTOCOL_UDP};
use crate::wire::ipv4_option::{self, Ipv4Option};
use crate::wire::ipv6::{self, DESTINATION_OPTIONS, FRAGMENT, HOP_BY_HOP, NO_NEXT_HEADER, PROTOCOL_ICMPV6, ROUTING};
use crate::wire::ipv6_extension::{self, Extension, Ipv6Option};
use crate::wire::u16_at;

use super::FieldName as Name;
use super::reader::{Fields, Reader};
use super::{icmp, icmpv6, transport};

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
        ipv4_options(fields);
    });
    let total = usize::from(u16_at(rest, 2));
    let Some(payload) = total.checked_sub(header).filter(|payload| *payload <= rest.len() - header) else {
        reader.malformed(Protocol::Ipv4);
        return;
    };
    match rest[9] {
        _ if u16_at(rest, 6) & 0x1fff != 0 => reader.unread(Protocol::Data, Name::FragmentBytes, payload),
        PROTOCOL_ICMP => icmp::icmp(reader, payload),
        PROTOCOL_IGMP => icmp::igmp(reader, payload),
        protocol => carried(reader, protocol, payload),
    }
}

fn ipv4_options(fields: &mut Fields<'_>) {
    while !fields.rest().is_empty() {
        let Ok((option, length)) = ipv4_option::next(fields.rest()) else { return fields.malformed() };
        let name = match option {
            Ipv4Option::RouterAlert(_) => Name::IpOptionRouterAlert,
            _ => Name::IpOptions,
        };
        fields.value(name, length, option);
    }
}

pub(super) fn ipv6(reader: &mut Reader<'_>) {
    let rest = reader.rest();
    if rest.len() < ipv6::HEADER || rest[0] >> 4 != 6 || rest.len() - ipv6::HEADER < usize::from(u16_at(rest, 4)) {
        reader.malformed(Protocol::Ipv6);
        return;
    }
    let payload = usize::from(u16_at(rest, 4));
    let chain = Extensions::of(rest[6], &rest[ipv6::HEADER..ipv6::HEADER + payload]);
    let section = ipv6::HEADER + if chain.is_broken { payload } else { chain.length };
    reader.section(Protocol::Ipv6, section, |fields| {
        fields.number(Name::Ipv6Version, 4);
        fields.number(Name::Ipv6Dscp, 6);
        fields.number(Name::Ipv6Ecn, 2);
        fields.hex(Name::Ipv6FlowLabel, 20);
        fields.number(Name::Ipv6PayloadLength, 16);
        fields.number(Name::Ipv6NextHeader, 8);
        fields.number(Name::Ipv6HopLimit, 8);
        fields.address_v6(Name::Ipv6Source);
        fields.address_v6(Name::Ipv6Destination);
        for (number, length) in chain.headers {
            extension(fields, number, length);
        }
        fields.malformed();
    });
    let left = ipv6::HEADER + payload - section;
    match chain.protocol {
        _ if chain.is_piece => reader.unread(Protocol::Data, Name::FragmentBytes, left),
        PROTOCOL_ICMPV6 => icmpv6::icmpv6(reader, left),
        NO_NEXT_HEADER => reader.data(left),
        protocol => carried(reader, protocol, left),
    }
}

/// Which extension headers there are.
struct Extensions {
    /// Number and length of each.
    headers: Vec<(u8, usize)>,
    /// Their length together.
    length: usize,
    /// What follows them.
    protocol: u8,
    /// What follows is no start of a packet, but a later piece.
    is_piece: bool,
    /// What follows should be another, and is not.
    is_broken: bool,
}

impl Extensions {
    fn of(first: u8, payload: &[u8]) -> Extensions {
        let mut chain =
            Extensions { headers: Vec::new(), length: 0, protocol: first, is_piece: false, is_broken: false };
        // Each header takes eight bytes at least: the payload's end is the walk's.
        while !chain.is_piece {
            match ipv6_extension::next(chain.protocol, &payload[chain.length..]) {
                Ok(None) => break,
                Ok(Some((header, next, length))) => {
                    chain.headers.push((chain.protocol, length));
                    chain.length += length;
                    chain.protocol = next;
                    chain.is_piece = matches!(header, Extension::Fragment(fragment) if fragment.offset != 0);
                }
                Err(_) => {
                    chain.is_broken = true;
                    break;
                }
            }
        }
        chain
    }
}

/// The fields of an extension header with this number, whose length is legal.
fn extension(fields: &mut Fields<'_>, number: u8, length: usize) {
    match number {
        HOP_BY_HOP => {
            fields.number(Name::Ipv6HopByHopNext, 8);
            fields.number(Name::Ipv6HopByHopLength, 8);
            ipv6_options(fields, length - 2);
        }
        DESTINATION_OPTIONS => {
            fields.number(Name::Ipv6DestinationNext, 8);
            fields.number(Name::Ipv6DestinationLength, 8);
            ipv6_options(fields, length - 2);
        }
        ROUTING => {
            fields.number(Name::Ipv6RoutingNext, 8);
            fields.number(Name::Ipv6RoutingLength, 8);
            fields.number(Name::Ipv6RoutingType, 8);
            fields.number(Name::Ipv6SegmentsLeft, 8);
            fields.bytes(Name::Ipv6RoutingData, length - 4);
        }
        _ => {
            debug_assert_eq!(number, FRAGMENT, "there are four extension headers");
            fields.number(Name::Ipv6FragmentNext, 8);
            fields.hex(Name::Ipv6FragmentReserved, 8);
            fields.scaled(Name::Ipv6FragmentOffset, 13, 8);
            fields.number(Name::Ipv6FragmentReservedBits, 2);
            fields.number(Name::Ipv6MoreFragments, 1);
            fields.hex(Name::Ipv6FragmentId, 32);
        }
    }
}

fn ipv6_options(fields: &mut Fields<'_>, mut left: usize) {
    while left > 0 {
        let Ok((option, length)) = ipv6_extension::next_option(fields.peek(left)) else {
            return fields.bytes(Name::Malformed, left);
        };
        let name = match option {
            Ipv6Option::Pad1 | Ipv6Option::PadN(_) => Name::Ipv6OptionPad,
            Ipv6Option::RouterAlert(_) => Name::Ipv6OptionRouterAlert,
            Ipv6Option::Unknown(..) => Name::Ipv6Option,
        };
        fields.value(name, length, option);
        left -= length;
    }
}

/// What both versions carry.
fn carried(reader: &mut Reader<'_>, protocol: u8, length: usize) {
    match protocol {
        PROTOCOL_TCP => transport::tcp(reader, length),
        PROTOCOL_UDP => transport::udp(reader, length),
        _ => reader.data(length),
    }
}
