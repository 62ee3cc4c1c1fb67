//! DHCP and DNS messages.

use std::net::Ipv4Addr;

use proptest::prelude::*;
use sim_core::wire::WireError;
use sim_core::wire::dhcp::{self, MessageType};
use sim_core::wire::dns::{Class, Data, Header, Kind, Message, Name, NameError, Question, Record, ResponseCode, Soa};
use smoltcp::wire::{DhcpPacket, DhcpRepr, DnsOpcode, DnsPacket};

use crate::samples::{V4, V6, dhcp_messages, dns_messages};

#[test]
fn dhcp_messages_come_back() {
    for repr in dhcp_messages() {
        let bytes = repr.emit();
        assert_eq!(dhcp::Repr::parse(&bytes).as_ref(), Ok(&repr));
        let packet = DhcpPacket::new_checked(&bytes[..]).expect("smoltcp reads it");
        let theirs = DhcpRepr::parse(&packet).expect("smoltcp reads it");
        assert_eq!(u8::from(theirs.message_type), repr.message as u8 + 1);
        assert_eq!(
            (theirs.transaction_id, theirs.secs, theirs.broadcast),
            (repr.transaction, repr.seconds, repr.broadcast)
        );
        assert_eq!((theirs.your_ip, theirs.relay_agent_ip), (repr.yours, repr.relay));
        assert_eq!(theirs.client_hardware_address.0, repr.client_mac);
        let ours = &repr.options;
        assert_eq!((theirs.subnet_mask, theirs.router), (ours.subnet_mask, ours.routers.first().copied()));
        assert_eq!((theirs.requested_ip, theirs.server_identifier), (ours.requested, ours.server));
        assert_eq!(theirs.lease_duration, ours.lease);
        assert_eq!((theirs.renew_duration, theirs.rebind_duration), (ours.renewal, ours.rebinding));
        assert_eq!(theirs.parameter_request_list.unwrap_or_default(), ours.parameters);
        assert_eq!(theirs.dns_servers.unwrap_or_default().to_vec(), ours.dns_servers);
        assert_eq!(theirs.max_size, ours.longest);
    }
}

#[test]
fn a_dhcp_message_byte_by_byte() {
    let bytes = dhcp_messages()[0].emit();
    assert_eq!(bytes[..12], [1, 1, 6, 0, 0x39, 0x03, 0xf3, 0x26, 0, 1, 0x80, 0]);
    assert_eq!(bytes[28..34], [2, 0, 0, 0, 0, 1]);
    assert_eq!(bytes[236..243], [99, 130, 83, 99, 53, 1, 1]);
    assert_eq!(bytes.len(), 300, "RFC 951: no message is shorter");
    assert_eq!(dhcp_messages()[1].emit()[0], 2, "an offer is a reply");
}

#[test]
fn dhcp_options_may_stand_in_the_fields_of_names() {
    // RFC 2132 §9.3: option 52 says that the boot file's field and the server name's hold options.
    let mut bytes = dhcp_messages()[3].emit();
    let end = bytes[240..].iter().position(|byte| *byte == dhcp::option::END).expect("an end") + 240;
    bytes[end..end + 4].copy_from_slice(&[52, 1, 3, 255]);
    bytes[108..115].copy_from_slice(&[12, 4, b'h', b'o', b's', b't', 255]);
    bytes[44..51].copy_from_slice(&[50, 4, 10, 0, 0, 1, 255]);
    let repr = dhcp::Repr::parse(&bytes).expect("legal");
    assert_eq!((repr.options.host_name, repr.options.requested), (b"host".to_vec(), Some(V4)));
}

#[test]
fn dhcp_refuses_what_makes_no_sense() {
    let good = dhcp_messages()[0].emit();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        dhcp::Repr::parse(&bytes).map(|_| ())
    };
    assert_eq!(dhcp::Repr::parse(&good[..239]), Err(WireError::Truncated));
    assert_eq!(changed(1, 6), Err(WireError::Unsupported), "other hardware");
    assert_eq!(changed(236, 0), Err(WireError::Unsupported), "no cookie");
    assert_eq!(changed(242, 9), Err(WireError::Unsupported), "no such type");
    assert_eq!(changed(242, 2), Err(WireError::Unsupported), "an offer from a client");
    assert_eq!(changed(241, 255), Err(WireError::Length), "an option without end");
    assert_eq!(changed(240, 12), Err(WireError::Unsupported), "no type at all");
    assert_eq!(MessageType::from_number(0), None);
    assert_eq!(MessageType::from_number(8), Some(MessageType::Inform));
}

#[test]
fn dns_messages_come_back() {
    for message in dns_messages() {
        for compressed in [false, true] {
            let bytes = message.emit(compressed);
            assert_eq!(Message::parse(&bytes).as_ref(), Ok(&message), "{compressed}");
            let theirs = DnsPacket::new_checked(&bytes[..]).expect("smoltcp reads it");
            assert_eq!(theirs.transaction_id(), message.header.id);
            assert_eq!((theirs.opcode(), u8::from(theirs.rcode())), (DnsOpcode::Query, message.header.code.number()));
            assert_eq!(usize::from(theirs.answer_record_count()), message.answers.len());
            let (rest, question) = smoltcp::wire::DnsQuestion::parse(theirs.payload()).expect("a question");
            assert_eq!(theirs_name(&theirs, question.name), message.questions[0].name.to_string());
            let mut rest = rest;
            for ours in message.answers.iter().chain(&message.authorities) {
                let (after, record) = smoltcp::wire::DnsRecord::parse(rest).expect("a record");
                assert_eq!(theirs_name(&theirs, record.name), ours.name.to_string());
                assert_eq!(record.ttl, ours.ttl);
                match (&ours.data, record.data) {
                    (Data::A(ours), smoltcp::wire::DnsRecordData::A(theirs)) => assert_eq!(*ours, theirs),
                    (Data::Aaaa(ours), smoltcp::wire::DnsRecordData::Aaaa(theirs)) => assert_eq!(*ours, theirs),
                    (Data::Cname(ours), smoltcp::wire::DnsRecordData::Cname(name)) => {
                        assert_eq!(theirs_name(&theirs, name), ours.to_string());
                    }
                    (_, smoltcp::wire::DnsRecordData::Other(..)) => {}
                    (ours, theirs) => panic!("{ours:?}: {theirs:?}"),
                }
                rest = after;
            }
        }
    }
}

/// A name as smoltcp reads it, written as we do.
fn theirs_name(packet: &DnsPacket<&[u8]>, bytes: &[u8]) -> String {
    let labels =
        packet.parse_name(bytes).map(|label| String::from_utf8(label.expect("a label").to_vec()).expect("ASCII"));
    labels.map(|label| label + ".").collect()
}

#[test]
fn a_dns_answer_byte_by_byte() {
    let message = &dns_messages()[1];
    let bytes = message.emit(true);
    assert_eq!(bytes[..12], [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 3, 0, 1, 0, 1]);
    assert_eq!(bytes[12..29], *b"\x03www\x07example\x03com\0");
    // The first answer: a pointer to the question's name, CNAME, IN, 300 s, six bytes: `web` and a pointer to `example.com`.
    assert_eq!(bytes[33..51], *b"\xc0\x0c\0\x05\0\x01\0\0\x01\x2c\0\x06\x03web\xc0\x10");
    assert!(bytes.len() < message.emit(false).len());
    assert_eq!(message.to_string(), "4660 3/1/1 CNAME web.example.com. A 10.0.0.1 AAAA 2001:db8::1");
    assert_eq!(dns_messages()[2].negative_ttl(), Some(60), "RFC 2308 §5: the lesser of 300 and 60");
    assert_eq!(message.negative_ttl(), None);
}

#[test]
fn names_of_addresses() {
    assert_eq!(Name::reverse(V4.into()).to_string(), "1.0.0.10.in-addr.arpa.");
    let name = Name::reverse(V6.into()).to_string();
    assert_eq!(name, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
}

#[test]
fn texts_that_are_no_names() {
    let name = |text: &str| text.parse::<Name>();
    assert_eq!(name("").map(|name| name.to_string()), Ok(".".to_owned()));
    assert_eq!(name("a..b"), Err(NameError::EmptyLabel));
    assert_eq!(name(".a"), Err(NameError::EmptyLabel));
    assert_eq!(name(&"a".repeat(64)), Err(NameError::LongLabel));
    assert!(name(&"a".repeat(63)).is_ok());
    let long = ["a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61)].join(".");
    assert_eq!(long.len(), 253);
    assert!(name(&long).is_ok() && name(&format!("{long}.")).is_ok());
    assert_eq!(name(&format!("{long}d")), Err(NameError::Long));
    assert!(name("WWW.Example.com").expect("a name").is(&name("www.example.COM").expect("a name")));
}

/// A question whose name is these bytes.
fn question(name: &[u8]) -> Result<Message, WireError> {
    let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    bytes.extend(name);
    bytes.extend([0, 1, 0, 1]);
    Message::parse(&bytes)
}

#[test]
fn pointers_go_back_and_never_in_circles() {
    assert_eq!(question(&[0xc0, 12]), Err(WireError::Unsupported), "to itself");
    assert_eq!(question(&[1, b'a', 0xc0, 12]), Err(WireError::Unsupported), "to its own start");
    assert_eq!(question(&[0xc0, 14, 0]), Err(WireError::Unsupported), "forward");
    assert_eq!(question(&[0xc0, 3]), Err(WireError::Unsupported), "into the header");
    assert_eq!(question(&[0xc0]), Err(WireError::Unsupported), "half a pointer, then what follows as its rest");
    assert_eq!(question(&[0x40, 0]), Err(WireError::Unsupported), "a reserved kind of label");
    assert_eq!(question(&[63, b'a']), Err(WireError::Truncated));
    let long = [1, b'a'].repeat(128);
    assert_eq!(question(&[&long[..], &[0]].concat()), Err(WireError::Length), "longer than 255 bytes");
    assert_eq!(Message::parse(&[0; 11]), Err(WireError::Truncated));
    // 65,535 questions, and none is there.
    assert_eq!(Message::parse(&[0, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0]), Err(WireError::Truncated));
}

fn name() -> impl Strategy<Value = Name> {
    let label = prop_oneof![Just("com".to_owned()), Just("example".to_owned()), "[a-zA-Z0-9_-]{1,63}"];
    proptest::collection::vec(label, 0..5).prop_filter_map("too long", |labels| labels.join(".").parse().ok())
}

fn data() -> impl Strategy<Value = Data> {
    let soa = (name(), name(), any::<(u32, u32, u32, u32, u32)>());
    let soa = soa.prop_map(|(server, mailbox, (serial, refresh, retry, expire, minimum))| {
        Data::Soa(Soa { server, mailbox, serial, refresh, retry, expire, minimum })
    });
    prop_oneof![
        any::<u32>().prop_map(|bits| Data::A(bits.into())),
        any::<u128>().prop_map(|bits| Data::Aaaa(bits.into())),
        name().prop_map(Data::Cname),
        name().prop_map(Data::Ns),
        name().prop_map(Data::Ptr),
        soa,
        (256_u16.., proptest::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(kind, bytes)| Data::Other(Kind(kind), bytes)),
    ]
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (name(), any::<u16>(), any::<u32>(), data());
    let record = record.prop_map(|(name, class, ttl, data)| Record { name, class: Class(class), ttl, data });
    proptest::collection::vec(record, 0..5)
}

proptest! {
    #[test]
    fn any_message_comes_back(id in any::<u16>(), flags in any::<(bool, bool, bool, bool, bool)>(), opcode in 0_u8..16, code in 0_u8..16,
                              names in proptest::collection::vec((name(), any::<(u16, u16)>()), 0..3), compressed in any::<bool>(),
                              answers in records(), authorities in records(), additionals in records()) {
        let header = Header {
            id, response: flags.0, opcode, authoritative: flags.1, truncated: flags.2, recursion_desired: flags.3,
            recursion_available: flags.4, code: ResponseCode::from_number(code),
        };
        let questions = names.into_iter().map(|(name, (kind, class))| Question { name, kind: Kind(kind), class: Class(class) }).collect();
        let message = Message { header, questions, answers, authorities, additionals };
        prop_assert_eq!(Message::parse(&message.emit(compressed)), Ok(message));
    }

    #[test]
    fn any_dhcp_message_comes_back(kind in 1_u8..=8, transaction in any::<u32>(), flags in any::<(u8, u16, bool)>(), mac in any::<[u8; 6]>(),
                                   addresses in any::<(u32, u32, u32, u32)>(), given in any::<(Option<u32>, Option<u32>, Option<u32>, Option<u32>)>(),
                                   times in any::<(Option<u32>, Option<u32>, Option<u16>)>(), lists in proptest::collection::vec(any::<u32>(), 0..60),
                                   name in proptest::collection::vec(any::<u8>(), 0..255)) {
        let list: Vec<Ipv4Addr> = lists.into_iter().map(Ipv4Addr::from).collect();
        let address = |bits: Option<u32>| bits.map(Ipv4Addr::from);
        let options = dhcp::Options {
            subnet_mask: address(given.0), routers: list.clone(), dns_servers: list, host_name: name.clone(), requested: address(given.1),
            lease: given.2, server: address(given.3), parameters: name.clone(), longest: times.2, renewal: times.0, rebinding: times.1, client_id: name,
        };
        let repr = dhcp::Repr {
            message: MessageType::from_number(kind).expect("1 to 8"), hops: flags.0, transaction, seconds: flags.1, broadcast: flags.2,
            client: addresses.0.into(), yours: addresses.1.into(), next_server: addresses.2.into(), relay: addresses.3.into(), client_mac: mac, options,
        };
        prop_assert_eq!(dhcp::Repr::parse(&repr.emit()), Ok(repr));
    }

    /// Mutated messages: nothing panics, nothing hangs, and what is read can be written and read again.
    #[test]
    fn hostile_bytes(which in any::<prop::sample::Index>(), compressed in any::<bool>(), cut in any::<prop::sample::Index>(),
                     changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        let messages = dns_messages();
        let mut bytes = messages[which.index(messages.len())].emit(compressed);
        for (place, byte) in &changes {
            let place = place.index(bytes.len());
            bytes[place] = *byte;
        }
        if let Ok(message) = Message::parse(&bytes) {
            prop_assert_eq!(Message::parse(&message.emit(compressed)), Ok(message));
        }
        let _ = Message::parse(&bytes[..cut.index(bytes.len())]);
        let messages = dhcp_messages();
        let mut bytes = messages[which.index(messages.len())].emit();
        for (place, byte) in changes {
            let place = 200 + place.index(bytes.len() - 200);
            bytes[place] = byte;
        }
        if let Ok(repr) = dhcp::Repr::parse(&bytes) {
            prop_assert_eq!(dhcp::Repr::parse(&repr.emit()), Ok(repr));
        }
        let _ = dhcp::Repr::parse(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Message::parse(&bytes);
        let _ = dhcp::Repr::parse(&bytes);
    }
}
