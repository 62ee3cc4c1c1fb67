//! IPv6 headers, extension headers, group addresses and the frame check sequence.

use std::net::{Ipv4Addr, Ipv6Addr};

use etherparse::{Ipv6ExtensionsSlice, Ipv6HeaderSlice};
use proptest::prelude::*;
use sim_core::wire::ipv4_option::{self, Ipv4Option};
use sim_core::wire::ipv6_extension::{self, Extension, Fragment, Ipv6Option, Refusal, walk};
use sim_core::wire::{WireError, ethernet, ipv4, ipv6};

use crate::samples::{PEER_V4, PEER_V6, V6, ipv4_header, samples};

#[test]
fn groups_have_hardware_addresses() {
    // RFC 1112 §6.4: the highest of the 24 bits is lost.
    let mac = ethernet::multicast_v4(Ipv4Addr::new(239, 129, 2, 3));
    assert_eq!(mac, [0x01, 0x00, 0x5e, 0x01, 0x02, 0x03]);
    // RFC 2464 §7, and the group of a neighbour (RFC 4291 §2.7.1).
    let group = ipv6::solicited_node("2001:db8::1:800:200e:8c6c".parse().expect("an address"));
    assert_eq!(group, "ff02::1:ff0e:8c6c".parse::<Ipv6Addr>().expect("an address"));
    assert_eq!(ethernet::multicast_v6(group), [0x33, 0x33, 0xff, 0x0e, 0x8c, 0x6c]);
    assert!(ethernet::is_group(ethernet::BROADCAST) && ethernet::is_group(mac) && !ethernet::is_group([2; 6]));
}

#[test]
fn the_frame_check_sequence_is_of_the_padded_frame() {
    for (name, frame) in samples() {
        let mut padded = frame.clone();
        padded.resize(frame.len().max(60), 0);
        let fcs = ethernet::fcs(&frame);
        assert_eq!(fcs, crc32fast::hash(&padded), "{name}");
        // IEEE 802.3 §3.2.9: what a receiver computes over a whole frame is the same for every good one.
        padded.extend(fcs.to_le_bytes());
        assert_eq!(ethernet::fcs(&padded), 0x2144_df1c, "{name}");
    }
    // 60 zeros, as any CRC-32 gives it.
    assert_eq!(ethernet::fcs(&[]), 0x0412_8908);
}

#[test]
fn an_ipv6_header_byte_by_byte() {
    let mut bytes = [0; 40];
    let repr = ipv6::Repr {
        traffic_class: 0xb8,
        flow_label: 0x12345,
        next_header: 58,
        hop_limit: 255,
        source: Ipv6Addr::LOCALHOST,
        destination: Ipv6Addr::UNSPECIFIED,
        payload: 0x0102,
    };
    repr.emit(&mut bytes);
    assert_eq!(bytes[..8], [0x6b, 0x81, 0x23, 0x45, 0x01, 0x02, 58, 255]);
    assert_eq!((bytes[23], &bytes[8..23]), (1, &[0; 15][..]));
    assert_eq!(ipv6::Repr::parse_header(&bytes), Ok(repr));
    assert_eq!(ipv6::Repr::parse(&bytes).map(|_| ()), Err(WireError::Length), "the payload is missing");
    assert_eq!(ipv6::Repr::parse_header(&bytes[..39]), Err(WireError::Truncated));
    bytes[0] = 0x45;
    assert_eq!(ipv6::Repr::parse_header(&bytes), Err(WireError::Unsupported));
}

fn header(next_header: u8, payload: usize) -> ipv6::Repr {
    let (source, destination) = (V6, PEER_V6);
    ipv6::Repr { traffic_class: 0, flow_label: 0, next_header, hop_limit: 64, source, destination, payload }
}

fn refusal(next_header: u8, rest: &[u8]) -> Refusal {
    walk(&header(next_header, rest.len()), rest).expect_err("it is refused")
}

#[test]
fn the_walk_ends_at_the_payload() {
    let (_, frame) = samples().into_iter().find(|(name, _)| name == "every extension header").expect("a sample");
    let (repr, rest) = ipv6::Repr::parse(&frame[14..]).expect("IPv6");
    let chain = walk(&repr, rest).expect("legal");
    assert_eq!((chain.protocol, chain.headers, chain.protocol_at), (17, 72, 64));
    assert!(chain.fragment.expect("a fragment header").is_atomic(), "RFC 6946: it is the whole packet");
    assert_eq!(chain.payload.len(), rest.len() - 32);
    let mut alert = [0; 8];
    ipv6_extension::emit_router_alert(58, 0, &mut alert);
    let chain = walk(&header(0, 8), &alert).expect("legal");
    assert_eq!((chain.router_alert, chain.protocol), (Some(0), 58));
}

#[test]
fn a_piece_ends_the_walk() {
    let mut bytes = [0; 24];
    let fragment = Fragment { id: 7, offset: 3, more: true };
    fragment.emit(60, &mut bytes);
    let chain = walk(&header(44, 24), &bytes).expect("legal");
    assert_eq!((chain.fragment, chain.protocol, chain.payload), (Some(fragment), 60, &[0; 16][..]));
    // RFC 8200 §4.5: not a multiple of eight: the pointer is at the payload length.
    assert_eq!(refusal(44, &bytes[..23]), Refusal::Problem { code: 0, pointer: 4 });
    // Beyond 65,535 bytes: the pointer is at the offset.
    Fragment { id: 7, offset: 8191, more: false }.emit(17, &mut bytes);
    assert_eq!(refusal(44, &bytes), Refusal::Problem { code: 0, pointer: 42 });
}

#[test]
fn what_a_node_must_refuse() {
    // RFC 8200 §4.2: an option of an unknown type, for each value of its two highest bits.
    let option = |kind: u8| [59, 0, kind, 4, 0, 0, 0, 0];
    assert!(walk(&header(60, 8), &option(0x3e)).is_ok(), "skipped");
    assert_eq!(refusal(60, &option(0x7e)), Refusal::Silent);
    assert_eq!(refusal(60, &option(0xbe)), Refusal::Problem { code: 2, pointer: 42 });
    assert_eq!(refusal(60, &option(0xfe)), Refusal::Problem { code: 2, pointer: 42 });
    let to_group = ipv6::Repr { destination: Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1), ..header(60, 8) };
    assert_eq!(walk(&to_group, &option(0xfe)), Err(Refusal::Silent));
    assert_eq!(walk(&to_group, &option(0xbe)), Err(Refusal::Problem { code: 2, pointer: 42 }));
    // §4.1: hop-by-hop options only at the start.
    let late = [0, 0, 1, 4, 0, 0, 0, 0, 59, 0, 1, 4, 0, 0, 0, 0];
    assert_eq!(refusal(60, &late[..8]), Refusal::Illegal(WireError::Truncated), "the second header is missing");
    assert_eq!(refusal(60, &late), Refusal::Problem { code: 1, pointer: 40 });
    // §4.4: an unknown routing type with segments left.
    assert_eq!(refusal(43, &[59, 0, 9, 1, 0, 0, 0, 0]), Refusal::Problem { code: 0, pointer: 42 });
    assert!(walk(&header(43, 8), &[59, 0, 9, 0, 0, 0, 0, 0]).is_ok());
    // An option that is longer than its header, and a header that is longer than its packet.
    assert_eq!(refusal(60, &[59, 0, 1, 5, 0, 0, 0, 0]), Refusal::Illegal(WireError::Length));
    assert_eq!(refusal(60, &[59, 1, 1, 4, 0, 0, 0, 0]), Refusal::Illegal(WireError::Length));
    // A chain without end.
    let many = [60, 0, 1, 4, 0, 0, 0, 0].repeat(9);
    assert_eq!(refusal(60, &many), Refusal::Illegal(WireError::Unsupported));
}

#[test]
fn extension_headers_one_by_one() {
    assert_eq!(ipv6_extension::next(17, &[]), Ok(None));
    let routing = [6, 0, 2, 1, 9, 9, 9, 9];
    let read = Extension::Routing { kind: 2, segments_left: 1, data: &[9; 4] };
    assert_eq!(ipv6_extension::next(43, &routing), Ok(Some((read, 6, 8))));
    assert_eq!(ipv6_extension::next_option(&[0]), Ok((Ipv6Option::Pad1, 1)));
    assert_eq!(ipv6_extension::next_option(&[1, 1, 0]), Ok((Ipv6Option::PadN(3), 3)));
    assert_eq!(ipv6_extension::next_option(&[5, 3, 0, 0, 0]), Ok((Ipv6Option::Unknown(5, &[0; 3]), 5)));
    assert_eq!(ipv6_extension::next_option(&[5]), Err(WireError::Truncated));
}

#[test]
fn an_ipv4_header_with_router_alert() {
    let options = ipv4_option::Options { router_alert: Some(0) };
    let mut bytes = vec![0; 24];
    let repr = ipv4_header(2, PEER_V4, 0);
    repr.emit_with(&options, &mut bytes);
    assert_eq!((bytes[0], &bytes[2..4], &bytes[20..]), (0x46, &[0, 24][..], &[0x94, 4, 0, 0][..]));
    let (parsed, header, _) = ipv4::Repr::parse(&bytes).expect("legal");
    assert_eq!((parsed, header), (repr, 24));
    assert_eq!(ipv4_option::Options::parse(&bytes[20..header]), Ok(options));
    // A record of a route, padding, and an option that is longer than the header.
    let list = [7, 7, 4, 10, 0, 0, 1, 1, 148, 4, 0, 5, 0, 99];
    assert_eq!(ipv4_option::next(&list), Ok((Ipv4Option::Unknown(7, &[4, 10, 0, 0, 1]), 7)));
    assert_eq!(ipv4_option::Options::parse(&list), Ok(ipv4_option::Options { router_alert: Some(5) }));
    assert_eq!(ipv4_option::Options::parse(&[148, 5, 0, 0]), Err(WireError::Length));
    assert_eq!(ipv4_option::Options::parse(&[7, 1]), Err(WireError::Length));
}

fn address() -> impl Strategy<Value = Ipv6Addr> {
    any::<u128>().prop_map(Ipv6Addr::from)
}

proptest! {
    #[test]
    fn headers(class in any::<u8>(), label in 0_u32..1 << 20, next in any::<u8>(), hops in any::<u8>(), a in address(), b in address(),
               payload in proptest::collection::vec(any::<u8>(), 0..50)) {
        let repr = ipv6::Repr {
            traffic_class: class, flow_label: label, next_header: next, hop_limit: hops, source: a, destination: b, payload: payload.len(),
        };
        let mut bytes = vec![0; 40];
        repr.emit(&mut bytes);
        bytes.extend(&payload);
        let theirs = Ipv6HeaderSlice::from_slice(&bytes).expect("etherparse reads it");
        prop_assert_eq!((theirs.traffic_class(), theirs.flow_label().value()), (class, label));
        prop_assert_eq!((theirs.source_addr(), theirs.destination_addr()), (a, b));
        prop_assert_eq!((theirs.next_header().0, theirs.hop_limit()), (next, hops));
        bytes.extend([0; 6]);
        prop_assert_eq!(ipv6::Repr::parse(&bytes), Ok((repr, payload.as_slice())));
    }

    #[test]
    fn fragments(id in any::<u32>(), offset in 0_u16..8192, more in any::<bool>(), next in any::<u8>()) {
        let fragment = Fragment { id, offset, more };
        let mut bytes = [0; 8];
        fragment.emit(next, &mut bytes);
        prop_assert_eq!(ipv6_extension::next(44, &bytes), Ok(Some((Extension::Fragment(fragment), next, 8))));
        // Their header begins behind the two bytes that all extension headers share.
        let theirs = smoltcp::wire::Ipv6FragmentHeader::new_checked(&bytes[2..]).expect("smoltcp reads it");
        prop_assert_eq!((theirs.ident(), theirs.frag_offset(), theirs.more_frags()), (id, offset, more));
    }

    /// Any bytes behind a header: the walk ends, and where both succeed, it ends where etherparse's does.
    #[test]
    fn any_chain_ends(next in prop_oneof![Just(0_u8), Just(43), Just(44), Just(60), any::<u8>()],
                      bytes in proptest::collection::vec(prop_oneof![Just(0_u8), Just(43), Just(44), Just(60), any::<u8>()], 0..120)) {
        let walked = walk(&header(next, bytes.len()), &bytes);
        if let Ok(chain) = walked {
            prop_assert!(chain.headers + chain.payload.len() == 40 + bytes.len());
            let theirs = Ipv6ExtensionsSlice::from_slice(etherparse::IpNumber(next), &bytes);
            // It also knows authentication headers, stops at a second header of a kind, and walks on behind a piece.
            if let Ok((_, theirs, rest)) = theirs && chain.fragment.is_none() && theirs.0 == chain.protocol {
                prop_assert_eq!(rest, chain.payload);
            }
        }
    }
}
