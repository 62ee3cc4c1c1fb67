//! ICMP, IGMP, ICMPv6 with Neighbor Discovery and Multicast Listener Discovery.

use std::net::{Ipv4Addr, Ipv6Addr};

use etherparse::{Icmpv4Slice, Icmpv6Slice};
use proptest::prelude::*;
use sim_core::wire::icmp::Unreachable;
use sim_core::wire::membership::{self, Querier, Record, RecordKind};
use sim_core::wire::ndp::{NdOption, Prefix};
use sim_core::wire::{WireError, checksum, icmp, icmpv6, igmp, mld, ndp};
use smoltcp::wire::{Icmpv6Packet, Icmpv6Repr, IgmpPacket, IgmpRepr, MldRepr, NdiscRepr, RawHardwareAddress as Raw};

use crate::samples::{LINK_LOCAL, MAC, PEER_V4, PEER_V6, V4, V6, icmp_messages, icmpv6_messages, igmp_messages};

fn emit_icmp(repr: icmp::Repr, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; icmp::HEADER];
    bytes.extend(data);
    repr.emit(&mut bytes);
    bytes
}

fn emit_igmp(repr: &igmp::Repr) -> Vec<u8> {
    let mut bytes = vec![0xee; repr.len()];
    repr.emit(&mut bytes);
    bytes
}

fn emit_icmpv6(repr: &icmpv6::Repr, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xee; repr.header_len()];
    bytes.extend(data);
    repr.emit(&mut bytes, LINK_LOCAL, PEER_V6);
    bytes
}

#[test]
fn icmp_messages_come_back() {
    for (repr, data) in icmp_messages() {
        let bytes = emit_icmp(repr, &data);
        assert_eq!(icmp::Repr::parse(&bytes), Ok((repr, data.as_slice())));
        let theirs = Icmpv4Slice::from_slice(&bytes).expect("etherparse reads it");
        assert_eq!((theirs.type_u8(), theirs.code_u8(), theirs.payload()), (bytes[0], bytes[1], data.as_slice()));
        assert_eq!(theirs.checksum(), theirs.icmp_type().calc_checksum(theirs.payload()), "{repr}");
        assert_eq!(repr.is_error(), !matches!(bytes[0], 0 | 8 | 42), "{repr}");
    }
}

#[test]
fn fragmentation_needed_names_the_mtu() {
    let repr = icmp::Repr::Unreachable(Unreachable::FragmentationNeeded { mtu: 1280 });
    let bytes = emit_icmp(repr, &[]);
    // RFC 1191 §4: in the low 16 bits of what was unused.
    assert_eq!((bytes[..2].to_vec(), bytes[4..].to_vec()), (vec![3, 4], vec![0, 0, 5, 0]));
    assert_eq!(repr.to_string(), "ICMP unreachable - need to frag (mtu 1280)");
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut bytes = emit_icmp(icmp::Repr::EchoRequest { identifier: 1, sequence: 2 }, b"data");
    bytes[9] ^= 1;
    assert_eq!(icmp::Repr::parse(&bytes), Err(WireError::Checksum));
    let mut bytes = emit_igmp(&igmp::Repr::Leave(PEER_V4));
    bytes[7] ^= 1;
    assert_eq!(igmp::Repr::parse(&bytes), Err(WireError::Checksum));
    let bytes = emit_icmpv6(&icmpv6::Repr::EchoRequest { identifier: 1, sequence: 2 }, b"data");
    // The pseudo-header is under the checksum: the same bytes between other addresses.
    assert_eq!(icmpv6::Repr::parse(&bytes, V6, PEER_V6).map(|_| ()), Err(WireError::Checksum));
    assert_eq!(icmpv6::Repr::parse(&bytes[..7], V6, PEER_V6).map(|_| ()), Err(WireError::Truncated));
}

#[test]
fn igmp_messages_come_back() {
    for (repr, _) in igmp_messages() {
        let bytes = emit_igmp(&repr);
        assert_eq!(igmp::Repr::parse(&bytes).as_ref(), Ok(&repr));
        let theirs = IgmpPacket::new_checked(&bytes[..]).expect("smoltcp reads it");
        assert!(theirs.verify_checksum());
        match (&repr, IgmpRepr::parse(&theirs)) {
            (igmp::Repr::Query { group, .. }, Ok(IgmpRepr::MembershipQuery { group_addr, .. }))
            | (
                igmp::Repr::ReportV1(group) | igmp::Repr::ReportV2(group),
                Ok(IgmpRepr::MembershipReport { group_addr, .. }),
            )
            | (igmp::Repr::Leave(group), Ok(IgmpRepr::LeaveGroup { group_addr })) => assert_eq!(*group, group_addr),
            // It knows no version 3.
            (igmp::Repr::ReportV3(_), Err(_)) => {}
            (ours, theirs) => panic!("{ours}: {theirs:?}"),
        }
    }
}

#[test]
fn an_igmpv3_report_byte_by_byte() {
    let group = Ipv4Addr::new(239, 1, 2, 3);
    let record = Record { kind: RecordKind::ToExclude, group, sources: vec![V4] };
    let bytes = emit_igmp(&igmp::Repr::ReportV3(vec![record]));
    let expected = [0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 1, 239, 1, 2, 3, 10, 0, 0, 1];
    assert_eq!((bytes[0..2].to_vec(), bytes[4..].to_vec()), (expected[0..2].to_vec(), expected[4..].to_vec()));
    assert_eq!(checksum::internet(&bytes), 0);
}

#[test]
fn lengths_that_lie_are_refused() {
    // More records, more sources than there are; a query between the versions; each with a right checksum.
    for bytes in [
        vec![0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, 239, 1, 2, 3],
        vec![0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0xff, 0xff, 239, 1, 2, 3],
        vec![0x22, 0, 0, 0, 0, 0, 0, 1, 4, 9, 0, 0, 239, 1, 2, 3],
        vec![0x11, 10, 0, 0, 239, 1, 2, 3, 2, 125, 0, 1],
        vec![0x11, 10, 0, 0, 239, 1, 2, 3, 2],
    ] {
        let mut bytes = bytes;
        let sum = checksum::internet(&bytes);
        bytes[2..4].copy_from_slice(&sum.to_be_bytes());
        assert!(matches!(igmp::Repr::parse(&bytes), Err(WireError::Length | WireError::Truncated)), "{bytes:?}");
    }
}

#[test]
fn intervals_have_codes() {
    // RFC 3376 §4.1.7: below 128 as it is, above as mantissa and exponent.
    assert_eq!([membership::seconds(127), membership::seconds(128), membership::seconds(255)], [127, 128, 31_744]);
    assert_eq!([membership::code(125), membership::code(128), membership::code(65_535)], [125, 128, 255]);
    for code in 0..=255 {
        assert_eq!(membership::code(membership::seconds(code)), code);
    }
    for seconds in 0..40_000 {
        let code = membership::code(seconds);
        assert!(membership::seconds(code) <= seconds, "{seconds}");
        assert!(code == 255 || membership::seconds(code + 1) > seconds, "{seconds}");
    }
    // RFC 3810 §5.1.3: the largest code.
    assert_eq!([mld::millis(32_767), mld::millis(32_768), mld::millis(65_535)], [32_767, 32_768, 8_387_584]);
}

#[test]
fn icmpv6_messages_come_back() {
    for (repr, data) in icmpv6_messages() {
        let bytes = emit_icmpv6(&repr, &data);
        let parsed = icmpv6::Repr::parse(&bytes, LINK_LOCAL, PEER_V6).expect("legal");
        assert_eq!(parsed, (repr.clone(), data.as_slice()));
        let theirs = Icmpv6Slice::from_slice(&bytes).expect("etherparse reads it");
        assert!(theirs.is_checksum_valid(LINK_LOCAL.octets(), PEER_V6.octets()), "{repr}");
        smoltcp_agrees(&repr, &bytes);
    }
}

fn smoltcp_agrees(ours: &icmpv6::Repr, bytes: &[u8]) {
    use mld::Repr as Mld;
    // It knows neither version 1 of listener discovery nor other types.
    if let icmpv6::Repr::Other { .. }
    | icmpv6::Repr::Listener(Mld::Query { querier: None, .. } | Mld::Report(_) | Mld::Done(_)) = ours
    {
        return;
    }
    let packet = Icmpv6Packet::new_checked(bytes).expect("smoltcp reads it");
    let theirs = Icmpv6Repr::parse(&LINK_LOCAL, &PEER_V6, &packet, &smoltcp::phy::ChecksumCapabilities::default());
    let link = |mac: &Option<[u8; 6]>| mac.map(|mac| Raw::from_bytes(&mac));
    match (ours, theirs) {
        (icmpv6::Repr::PacketTooBig { mtu: ours }, Ok(Icmpv6Repr::PktTooBig { mtu, .. })) => assert_eq!(*ours, mtu),
        (icmpv6::Repr::ParameterProblem { pointer: ours, .. }, Ok(Icmpv6Repr::ParamProblem { pointer, .. })) => {
            assert_eq!(*ours, pointer);
        }
        (icmpv6::Repr::EchoRequest { identifier, sequence }, Ok(Icmpv6Repr::EchoRequest { ident, seq_no, .. }))
        | (icmpv6::Repr::EchoReply { identifier, sequence }, Ok(Icmpv6Repr::EchoReply { ident, seq_no, .. })) => {
            assert_eq!((*identifier, *sequence), (ident, seq_no));
        }
        (icmpv6::Repr::Neighbor(ours), Ok(Icmpv6Repr::Ndisc(theirs))) => match (ours, theirs) {
            (ndp::Repr::RouterSolicitation { source_link }, NdiscRepr::RouterSolicit { lladdr }) => {
                assert_eq!(link(source_link), lladdr);
            }
            (
                ndp::Repr::RouterAdvertisement(ours),
                NdiscRepr::RouterAdvert { lladdr, mtu, prefix_info, hop_limit, .. },
            ) => {
                assert_eq!((link(&ours.source_link), ours.mtu, ours.hop_limit), (lladdr, mtu, hop_limit));
                let prefix = prefix_info.map(|info| (info.prefix, info.prefix_len, info.valid_lifetime.secs()));
                let first = ours.prefixes.first();
                assert_eq!(first.map(|it| (it.prefix, it.length, u64::from(it.valid))), prefix);
            }
            (
                ndp::Repr::NeighborSolicitation { target, source_link },
                NdiscRepr::NeighborSolicit { target_addr, lladdr },
            ) => {
                assert_eq!((*target, link(source_link)), (target_addr, lladdr));
            }
            (
                ndp::Repr::NeighborAdvertisement { target, target_link, .. },
                NdiscRepr::NeighborAdvert { flags, target_addr, lladdr },
            ) => {
                assert_eq!((*target, link(target_link)), (target_addr, lladdr));
                assert_eq!(flags.bits(), 0x60, "solicited and override");
            }
            (ndp::Repr::Redirect { target, destination, .. }, NdiscRepr::Redirect { target_addr, dest_addr, .. }) => {
                assert_eq!((*target, *destination), (target_addr, dest_addr));
            }
            (ours, theirs) => panic!("{ours}: {theirs:?}"),
        },
        (
            icmpv6::Repr::Listener(mld::Repr::ReportV2(records)),
            Ok(Icmpv6Repr::Mld(MldRepr::Report { nr_mcast_addr_rcrds, .. })),
        ) => {
            assert_eq!(records.len(), usize::from(nr_mcast_addr_rcrds));
        }
        (
            icmpv6::Repr::Listener(mld::Repr::Query { group, querier: Some(_), .. }),
            Ok(Icmpv6Repr::Mld(MldRepr::Query { mcast_addr, num_srcs, .. })),
        ) => {
            assert_eq!((*group, 1), (mcast_addr, num_srcs));
        }
        (icmpv6::Repr::Unreachable(_), Ok(Icmpv6Repr::DstUnreachable { .. }))
        | (icmpv6::Repr::TimeExceeded(_), Ok(Icmpv6Repr::TimeExceeded { .. })) => {}
        (ours, theirs) => panic!("{ours}: {theirs:?}"),
    }
}

#[test]
fn a_neighbor_solicitation_byte_by_byte() {
    let repr = icmpv6::Repr::Neighbor(ndp::Repr::NeighborSolicitation { target: PEER_V6, source_link: Some(MAC) });
    let bytes = emit_icmpv6(&repr, &[]);
    let mut expected = vec![135, 0, bytes[2], bytes[3], 0, 0, 0, 0];
    expected.extend(PEER_V6.octets());
    expected.extend([1, 1, 2, 0, 0, 0, 0, 1]);
    assert_eq!(bytes, expected);
}

/// A message of Neighbor Discovery with these bytes behind its checksum.
fn neighbor(kind: u8, body: &[u8]) -> Result<icmpv6::Repr, WireError> {
    let mut bytes = vec![kind, 0, 0, 0];
    bytes.extend(body);
    let sum = checksum::with_pseudo_header(V6, PEER_V6, 58, &bytes);
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    icmpv6::Repr::parse(&bytes, V6, PEER_V6).map(|(repr, _)| repr)
}

#[test]
fn options_of_neighbor_discovery_are_checked() {
    // RFC 4861 §6.1.1: an option of length zero spoils the message.
    assert_eq!(neighbor(133, &[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]), Err(WireError::Length));
    assert_eq!(neighbor(133, &[0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0]), Err(WireError::Length), "longer than the message");
    assert_eq!(neighbor(133, &[0, 0, 0, 0, 1]), Err(WireError::Truncated));
    assert_eq!(neighbor(135, &[0; 19]), Err(WireError::Truncated));
    let unknown = neighbor(133, &[0, 0, 0, 0, 25, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(unknown, Ok(icmpv6::Repr::Neighbor(ndp::Repr::RouterSolicitation { source_link: None })), "skipped");
    let mut to_group = vec![0; 4];
    to_group.extend(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1).octets());
    assert_eq!(neighbor(135, &to_group), Err(WireError::Unsupported), "§7.1.1: the target is no group");
    // A prefix of 129 bits is none; the bits behind the prefix are not heeded.
    let mut option = vec![3, 4, 129, 0xc0];
    option.extend([0; 12]);
    option.extend([0xff; 16]);
    assert!(matches!(ndp::next_option(&option), Ok((NdOption::Unknown(3, _), 32))));
    option[2] = 4;
    let Ok((NdOption::Prefix(Prefix { prefix, .. }), 32)) = ndp::next_option(&option) else { panic!("a prefix") };
    assert_eq!(prefix, "f000::".parse::<Ipv6Addr>().expect("an address"));
    option[2] = 0;
    let Ok((NdOption::Prefix(Prefix { prefix, .. }), 32)) = ndp::next_option(&option) else { panic!("a prefix") };
    assert!(prefix.is_unspecified());
}

fn records<A: Clone + std::fmt::Debug + 'static>(
    address: impl Strategy<Value = A> + Clone + 'static,
) -> impl Strategy<Value = Vec<Record<A>>> {
    let kind = prop::sample::select(RecordKind::ALL.to_vec());
    let record = (kind, address.clone(), proptest::collection::vec(address, 0..4));
    let record = record.prop_map(|(kind, group, sources)| Record { kind, group, sources });
    proptest::collection::vec(record, 0..5)
}

proptest! {
    #[test]
    fn reports_come_back(four in records(any::<u32>().prop_map(Ipv4Addr::from)), six in records(any::<u128>().prop_map(Ipv6Addr::from))) {
        let four = igmp::Repr::ReportV3(four);
        prop_assert_eq!(igmp::Repr::parse(&emit_igmp(&four)), Ok(four));
        let six = icmpv6::Repr::Listener(mld::Repr::ReportV2(six));
        let bytes = emit_icmpv6(&six, &[]);
        prop_assert_eq!(icmpv6::Repr::parse(&bytes, LINK_LOCAL, PEER_V6).map(|(repr, _)| repr), Ok(six));
    }

    #[test]
    fn queries_come_back(max_response in any::<u8>(), group in any::<u32>(), suppress in any::<bool>(), robustness in 0_u8..8,
                         interval in any::<u8>(), sources in proptest::collection::vec(any::<u32>().prop_map(Ipv4Addr::from), 0..5)) {
        let querier = Some(Querier { suppress, robustness, interval, sources });
        let repr = igmp::Repr::Query { max_response, group: group.into(), querier };
        prop_assert_eq!(igmp::Repr::parse(&emit_igmp(&repr)), Ok(repr));
    }

    #[test]
    fn advertisements_come_back(numbers in any::<(u8, u16, u32, u32)>(), flags in any::<(bool, bool)>(), source_link in any::<Option<[u8; 6]>>(),
                                mtu in any::<Option<u32>>(), prefixes in proptest::collection::vec((0_u8..=128, any::<(bool, bool, u32, u32, u128)>()), 0..4)) {
        let prefix = |(length, (on_link, autonomous, valid, preferred, bits)): (u8, (bool, bool, u32, u32, u128))| {
            let mask = if length == 0 { 0 } else { u128::MAX << (128 - length) };
            Prefix { length, on_link, autonomous, valid, preferred, prefix: (bits & mask).into() }
        };
        let repr = icmpv6::Repr::Neighbor(ndp::Repr::RouterAdvertisement(ndp::RouterAdvertisement {
            hop_limit: numbers.0, managed: flags.0, other: flags.1, lifetime: numbers.1, reachable_time: numbers.2, retransmission_timer: numbers.3,
            source_link, mtu, prefixes: prefixes.into_iter().map(prefix).collect(),
        }));
        let bytes = emit_icmpv6(&repr, &[]);
        prop_assert_eq!(icmpv6::Repr::parse(&bytes, LINK_LOCAL, PEER_V6), Ok((repr, &[][..])));
    }

    /// Any bytes with a right checksum: nothing panics, and what is read comes back.
    #[test]
    fn hostile_bytes(kind in prop_oneof![128_u8..150, any::<u8>()], code in prop_oneof![Just(0_u8), any::<u8>()],
                     body in proptest::collection::vec(prop_oneof![Just(0_u8), Just(1), any::<u8>()], 0..100)) {
        let mut bytes = vec![kind, code, 0, 0];
        bytes.extend(body);
        let right = |bytes: &[u8], sum: u16| {
            let mut bytes = bytes.to_vec();
            bytes[2..4].copy_from_slice(&sum.to_be_bytes());
            bytes
        };
        let four = right(&bytes, checksum::internet(&bytes));
        if let Ok((repr, data)) = icmp::Repr::parse(&four) {
            let again = emit_icmp(repr, data);
            prop_assert_eq!(icmp::Repr::parse(&again), Ok((repr, data)));
        }
        let _ = igmp::Repr::parse(&four);
        bytes[0] = [0x11, 0x22][usize::from(kind & 1)];
        if let Ok(repr) = igmp::Repr::parse(&right(&bytes, checksum::internet(&bytes))) {
            prop_assert_eq!(igmp::Repr::parse(&emit_igmp(&repr)), Ok(repr));
        }
        bytes[0] = kind;
        let six = right(&bytes, checksum::with_pseudo_header(LINK_LOCAL, PEER_V6, 58, &bytes));
        if let Ok((repr, data)) = icmpv6::Repr::parse(&six, LINK_LOCAL, PEER_V6) {
            let again = emit_icmpv6(&repr, data);
            prop_assert_eq!(icmpv6::Repr::parse(&again, LINK_LOCAL, PEER_V6), Ok((repr, data)));
        }
    }
}
