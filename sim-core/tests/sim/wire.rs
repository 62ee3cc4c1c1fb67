//! Headers as values: out as bytes, and back the same; anything else is refused.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use sim_core::wire::tcp_option::{self, Options, TcpOption};
use sim_core::wire::{WireError, arp, checksum, ethernet, icmp, ipv4, tcp, udp};

#[test]
fn the_checksum_of_rfc_1071() {
    // §3, the numerical example: the sum is ddf2.
    assert_eq!(checksum::internet(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    // An odd byte is the high half of its word (§4.1).
    assert_eq!(checksum::internet(&[0x01, 0x02, 0x03]), !0x0402);
    assert_eq!(checksum::internet(&[]), 0xffff);
}

/// A checksum that was computed as simply as possible.
fn plain_checksum(bytes: &[u8]) -> u16 {
    let mut sum = 0_u32;
    for pair in bytes.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

fn address() -> impl Strategy<Value = Ipv4Addr> {
    any::<u32>().prop_map(Ipv4Addr::from)
}

fn options() -> impl Strategy<Value = Options> {
    let blocks = proptest::collection::vec(any::<(u32, u32)>(), 0..3);
    (any::<Option<u16>>(), proptest::option::of(0_u8..15), any::<bool>(), any::<Option<(u32, u32)>>(), blocks).prop_map(
        |(mss, window_scale, sack_permitted, timestamps, blocks)| {
            let mut options = Options { mss, window_scale, sack_permitted, timestamps, ..Options::default() };
            options.sack_blocks = blocks.len();
            options.sack[..blocks.len()].copy_from_slice(&blocks);
            options
        },
    )
}

proptest! {
    #[test]
    fn checksums_agree(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_eq!(checksum::internet(&bytes), plain_checksum(&bytes));
    }

    #[test]
    fn ethernet_and_arp(mac in any::<[u8; 6]>(), other in any::<[u8; 6]>(), a in address(), b in address(), reply in any::<bool>()) {
        let mut bytes = [0; 14 + 28];
        let header = ethernet::Repr { destination: mac, source: other, ethertype: ethernet::TYPE_ARP };
        let operation = if reply { arp::Operation::Reply } else { arp::Operation::Request };
        let packet = arp::Repr { operation, sender_mac: mac, sender: a, target_mac: other, target: b };
        header.emit(&mut bytes);
        packet.emit(&mut bytes[14..]);
        let (parsed, payload) = ethernet::Repr::parse(&bytes).expect("legal");
        prop_assert_eq!(parsed, header);
        prop_assert_eq!(arp::Repr::parse(payload), Ok(packet));
    }

    #[test]
    fn ip(a in address(), b in address(), id in any::<u16>(), df in any::<bool>(), mf in any::<bool>(), offset in 0_u16..0x2000,
          ttl in any::<u8>(), protocol in any::<u8>(), class in any::<u8>(), payload in proptest::collection::vec(any::<u8>(), 0..50)) {
        let header = ipv4::Repr {
            traffic_class: class, id, dont_fragment: df, more_fragments: mf, fragment_offset: offset, ttl, protocol,
            source: a, destination: b, payload: payload.len(),
        };
        let mut bytes = vec![0; 20];
        header.emit(&mut bytes);
        bytes.extend(&payload);
        bytes.extend([0; 6]);
        let (parsed, length, rest) = ipv4::Repr::parse(&bytes).expect("legal");
        prop_assert_eq!((parsed, length, rest), (header, 20, payload.as_slice()));
        bytes[8] ^= 1;
        prop_assert_eq!(ipv4::Repr::parse(&bytes).map(|_| ()), Err(WireError::Checksum));
    }

    #[test]
    fn segments(a in address(), b in address(), ports in any::<(u16, u16)>(), numbers in any::<(u32, u32)>(), flags in any::<u8>(),
                window in any::<u16>(), options in options(), payload in proptest::collection::vec(any::<u8>(), 0..50)) {
        let header = tcp::Repr {
            source: ports.0, destination: ports.1, seq: numbers.0, ack: numbers.1, flags: tcp::Flags(flags), window, urgent: 0, options,
        };
        prop_assume!(header.header_len() <= 60);
        let mut bytes = vec![0; header.header_len()];
        bytes.extend(&payload);
        header.emit(&mut bytes, a, b);
        let (parsed, _, rest) = tcp::Repr::parse(&bytes, a, b).expect("legal");
        prop_assert_eq!((parsed, rest), (header, payload.as_slice()));
        bytes[4] ^= 0x10;
        prop_assert_eq!(tcp::Repr::parse(&bytes, a, b).map(|_| ()), Err(WireError::Checksum));
    }

    #[test]
    fn datagrams(a in address(), b in address(), ports in any::<(u16, u16)>(), payload in proptest::collection::vec(any::<u8>(), 0..50)) {
        let header = udp::Repr { source: ports.0, destination: ports.1, payload: payload.len() };
        let mut bytes = vec![0; 8];
        bytes.extend(&payload);
        header.emit(&mut bytes, a, b);
        prop_assert_eq!(udp::Repr::parse(&bytes, a, b), Ok((header, payload.as_slice())));
        prop_assert_ne!(&bytes[6..8], [0, 0], "a checksum is always sent");
    }

    #[test]
    fn messages(identifier in any::<u16>(), sequence in any::<u16>(), code in any::<u8>(), data in proptest::collection::vec(any::<u8>(), 0..50)) {
        for repr in [
            icmp::Repr::EchoRequest { identifier, sequence },
            icmp::Repr::EchoReply { identifier, sequence },
            icmp::Repr::Unreachable(icmp::Unreachable::from_code(code, sequence)),
        ] {
            let mut bytes = vec![0; 8];
            bytes.extend(&data);
            repr.emit(&mut bytes);
            prop_assert_eq!(icmp::Repr::parse(&bytes), Ok((repr, data.as_slice())));
        }
    }
}

#[test]
fn unknown_options_are_kept() {
    let bytes = [1, 253, 4, 0xab, 0xcd, 3, 3, 7, 2, 9, 0, 0];
    assert_eq!(tcp_option::next(&bytes[1..]), Ok((TcpOption::Unknown(253, &[0xab, 0xcd]), 4)));
    assert_eq!(tcp_option::next(&bytes[8..]), Err(WireError::Length), "longer than what is left");
    assert_eq!(tcp_option::next(&[2]), Err(WireError::Truncated));
    assert_eq!(tcp_option::next(&[8, 1, 0]), Err(WireError::Length));
    let options = Options::parse(&bytes);
    assert_eq!(options.window_scale, Some(7), "what stands before the fault counts");
}

#[test]
fn short_headers_are_refused() {
    assert_eq!(ethernet::Repr::parse(&[0; 13]).map(|_| ()), Err(WireError::Truncated));
    assert_eq!(arp::Repr::parse(&[0; 27]), Err(WireError::Truncated));
    assert_eq!(ipv4::Repr::parse(&[0x45; 19]).map(|_| ()), Err(WireError::Truncated));
    assert_eq!(ipv4::Repr::parse(&[0x44; 20]).map(|_| ()), Err(WireError::Length));
    assert_eq!(ipv4::Repr::parse(&[0x65; 20]).map(|_| ()), Err(WireError::Unsupported));
    let any = Ipv4Addr::UNSPECIFIED;
    assert_eq!(tcp::Repr::parse(&[0; 19], any, any).map(|_| ()), Err(WireError::Truncated));
    assert_eq!(tcp::Repr::parse(&[0; 20], any, any).map(|_| ()), Err(WireError::Length));
    assert_eq!(udp::Repr::parse(&[0; 7], any, any), Err(WireError::Truncated));
    assert_eq!(icmp::Repr::parse(&[0; 7]), Err(WireError::Truncated));
}
