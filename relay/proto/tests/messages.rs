//! What the codec promises: values survive the round trip, bytes never make it panic, what decodes
//! is the only spelling of its value, and every error is one short sentence.
//!
//! Absent: the order of messages (the relay's tests) and the document's example (`document.rs`).

use proptest::collection::vec;
use proptest::prelude::*;
use relay_proto::{
    Address, Call, Capability, ClientMessage, DATAGRAM_HEADER, DecodeError, Direction, Family, How, INFO_FIELDS, Kind,
    Limits, OptionValue, ServerMessage, SocketOption, data_header, datagram_cost,
};
use std::borrow::Cow;

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..12).prop_map(String::from_iter)
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        (any::<[u8; 4]>(), any::<u16>()).prop_map(|(ip, port)| Address::Inet { ip: ip.into(), port }),
        (any::<[u8; 16]>(), any::<u16>(), any::<u32>())
            .prop_map(|(ip, port, scope)| { Address::Inet6 { ip: ip.into(), port, scope } }),
        (text(), any::<u16>()).prop_map(|(host, port)| Address::Name { host, port }),
        text().prop_map(|path| Address::Unix { path }),
    ]
}

fn option() -> impl Strategy<Value = SocketOption> {
    prop::sample::select(SocketOption::ALL.to_vec())
}

fn value() -> impl Strategy<Value = OptionValue> {
    prop_oneof![
        any::<i32>().prop_map(OptionValue::Number),
        text().prop_map(OptionValue::Text),
        vec(address(), 0..3).prop_map(OptionValue::Addresses),
    ]
}

fn bytes() -> impl Strategy<Value = Cow<'static, [u8]>> {
    vec(any::<u8>(), 0..80).prop_map(Cow::Owned)
}

fn client_message() -> impl Strategy<Value = ClientMessage<'static>> {
    let id = any::<u32>;
    let family = prop_oneof![Just(Family::Inet), Just(Family::Inet6), Just(Family::Unix)];
    let kind = prop_oneof![Just(Kind::Stream), Just(Kind::Datagram)];
    let how = prop_oneof![Just(How::Read), Just(How::Write), Just(How::Both)];
    prop_oneof![
        (id(), family, kind, id()).prop_map(|(socket, family, kind, credit)| ClientMessage::Open {
            socket,
            family,
            kind,
            credit
        }),
        (id(), address()).prop_map(|(socket, to)| ClientMessage::Connect { socket, to }),
        (id(), bytes()).prop_map(|(socket, bytes)| ClientMessage::Data { socket, bytes }),
        (id(), how).prop_map(|(socket, how)| ClientMessage::Shutdown { socket, how }),
        id().prop_map(|socket| ClientMessage::Close { socket }),
        id().prop_map(|socket| ClientMessage::Reset { socket }),
        (id(), id()).prop_map(|(socket, bytes)| ClientMessage::Credit { socket, bytes }),
        (id(), text()).prop_map(|(socket, name)| ClientMessage::Lookup { socket, name }),
        (id(), address()).prop_map(|(socket, at)| ClientMessage::Bind { socket, at }),
        (id(), id()).prop_map(|(socket, backlog)| ClientMessage::Listen { socket, backlog }),
        (id(), id(), id()).prop_map(|(socket, connections, credit)| ClientMessage::Accept {
            socket,
            connections,
            credit
        }),
        (id(), address(), bytes()).prop_map(|(socket, to, bytes)| ClientMessage::SendTo { socket, to, bytes }),
        (id(), option()).prop_map(|(socket, option)| ClientMessage::GetOption { socket, option }),
        (id(), option(), value()).prop_map(|(socket, option, value)| ClientMessage::SetOption {
            socket,
            option,
            value
        }),
        (id(), id(), any::<bool>()).prop_map(|(socket, info_every, capture)| ClientMessage::Watch {
            socket,
            info_every,
            capture
        }),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop::sample::select(Call::ALL.to_vec())
}

fn welcome() -> impl Strategy<Value = ServerMessage<'static>> {
    let capability =
        (text(), any::<bool>(), text()).prop_map(|(name, available, reason)| Capability { name, available, reason });
    (any::<u16>(), any::<u64>(), any::<[u32; 6]>(), vec(capability, 0..4)).prop_map(
        |(version, at, [sockets, message_bytes, credit, opens_per_second, listeners, backlog], capabilities)| {
            let limits = Limits { sockets, message_bytes, credit, opens_per_second, listeners, backlog };
            ServerMessage::Welcome { version, at, limits, capabilities }
        },
    )
}

fn server_message() -> impl Strategy<Value = ServerMessage<'static>> {
    let head = || (any::<u32>(), any::<u64>());
    prop_oneof![
        welcome(),
        (head(), any::<u32>()).prop_map(|((socket, at), credit)| ServerMessage::Opened { socket, at, credit }),
        (head(), any::<u64>(), address(), address()).prop_map(|((socket, at), called_at, local, peer)| {
            ServerMessage::Connected { socket, called_at, at, local, peer }
        }),
        (head(), bytes()).prop_map(|((socket, at), bytes)| ServerMessage::Data { socket, at, bytes }),
        head().prop_map(|(socket, at)| ServerMessage::Fin { socket, at }),
        head().prop_map(|(socket, at)| ServerMessage::Reset { socket, at }),
        (head(), any::<u32>()).prop_map(|((socket, at), bytes)| ServerMessage::Credit { socket, at, bytes }),
        (head(), address()).prop_map(|((socket, at), local)| ServerMessage::Bound { socket, at, local }),
        (head(), address(), any::<u32>()).prop_map(|((socket, at), local, backlog)| ServerMessage::Listening {
            socket,
            at,
            local,
            backlog
        }),
        (head(), any::<u32>(), any::<u32>(), address(), address()).prop_map(
            |((socket, at), connection, credit, local, peer)| {
                ServerMessage::Accepted { socket, at, connection, credit, local, peer }
            }
        ),
        (head(), address(), bytes()).prop_map(|((socket, at), from, bytes)| ServerMessage::RecvFrom {
            socket,
            at,
            from,
            bytes
        }),
        (head(), vec(any::<(u8, u64)>(), 0..40)).prop_map(|((socket, at), fields)| ServerMessage::Info {
            socket,
            at,
            fields
        }),
        (head(), any::<bool>(), any::<u16>(), any::<[u32; 2]>(), bytes()).prop_map(
            |((socket, at), sent, link_type, [lost, length], bytes)| {
                let direction = if sent { Direction::Sent } else { Direction::Received };
                ServerMessage::Frame { socket, at, direction, link_type, lost, length, bytes }
            }
        ),
        (head(), option(), value()).prop_map(|((socket, at), option, value)| ServerMessage::Option {
            socket,
            at,
            option,
            value
        }),
        (head(), vec(address(), 0..4))
            .prop_map(|((socket, at), addresses)| { ServerMessage::Addresses { socket, at, addresses } }),
        (head(), call(), text(), text()).prop_map(|((socket, at), call, errno, sentence)| {
            ServerMessage::Error { socket, at, call, errno, sentence }
        }),
    ]
}

/// Bytes that often begin like a message, so that the fields behind the type are reached.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let tag = prop_oneof![any::<u8>(), 0x01u8..=0x09, 0x80u8..=0x89];
    let byte = || prop_oneof![any::<u8>(), 0u8..4];
    (tag, vec(byte(), 0..64)).prop_map(|(tag, rest)| {
        let mut bytes = vec![tag];
        bytes.extend(rest);
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn client_messages_survive_the_round_trip(message in client_message()) {
        let bytes = message.encode();
        prop_assert_eq!(ClientMessage::decode(&bytes), Ok(message));
    }

    #[test]
    fn server_messages_survive_the_round_trip(message in server_message()) {
        let bytes = message.encode();
        let decoded = ServerMessage::decode(&bytes);
        prop_assert_eq!(decoded.as_ref().map(ServerMessage::at), Ok(message.at()));
        prop_assert_eq!(decoded, Ok(message));
    }

    #[test]
    fn what_decodes_is_the_only_spelling_of_its_value(bytes in hostile()) {
        if let Ok(message) = ClientMessage::decode(&bytes) {
            prop_assert_eq!(&message.encode(), &bytes);
        }
        if let Ok(message) = ServerMessage::decode(&bytes) {
            prop_assert_eq!(&message.encode(), &bytes);
        }
    }

    /// No message but those that end with a payload is a prefix of another, so every cut is an error with a short sentence.
    #[test]
    fn a_truncated_message_is_an_error(message in server_message(), cut in any::<prop::sample::Index>()) {
        use ServerMessage::{Data, Frame, RecvFrom};
        prop_assume!(!matches!(message, Data { .. } | RecvFrom { .. } | Frame { .. }));
        let bytes = message.encode();
        let error = ServerMessage::decode(&bytes[..cut.index(bytes.len())]).unwrap_err();
        prop_assert!(matches!(error, DecodeError::Truncated { .. }), "{}", error);
        prop_assert!(error.to_string().len() <= 123);
    }

    #[test]
    fn a_trailing_byte_is_an_error(message in client_message()) {
        prop_assume!(!matches!(message, ClientMessage::Data { .. } | ClientMessage::SendTo { .. }));
        let mut bytes = message.encode();
        bytes.push(0);
        prop_assert_eq!(ClientMessage::decode(&bytes), Err(DecodeError::TrailingBytes { count: 1 }));
    }
}

#[test]
fn data_is_not_copied() {
    let bytes = ClientMessage::Data { socket: 7, bytes: b"payload".into() }.encode();
    let Ok(ClientMessage::Data { bytes: Cow::Borrowed(payload), .. }) = ClientMessage::decode(&bytes) else {
        panic!("DATA decodes to a borrow");
    };
    assert_eq!(payload.as_ptr(), bytes[5..].as_ptr());
}

#[test]
fn the_header_in_place_is_the_header_of_the_codec() {
    let whole = ServerMessage::Data { socket: 9, at: 1 << 40, bytes: b"xyz".into() }.encode();
    assert_eq!([&data_header(9, 1 << 40)[..], b"xyz"].concat(), whole);
}

#[test]
fn a_length_beyond_the_message_reserves_nothing() {
    let mut addresses = ServerMessage::Addresses { socket: 1, at: 0, addresses: vec![] }.encode();
    addresses[13..].fill(0xff);
    let expected = Err(DecodeError::Truncated { what: "address" });
    assert_eq!(ServerMessage::decode(&addresses), expected);
}

#[test]
fn each_mistake_has_its_own_error() {
    let client = |bytes: &[u8]| ClientMessage::decode(bytes).unwrap_err().to_string();
    assert_eq!(client(b""), "the message ends inside its type");
    assert_eq!(client(b"\x05\x01"), "the message ends inside its socket number");
    assert_eq!(client(b"\x0f\0\0\0\0"), "no message has the type 0x0f");
    assert_eq!(client(b"\x80\0\0\0\0"), "no message has the type 0x80");
    assert_eq!(client(b"\x01\0\0\0\0\x04"), "the address family cannot be 4");
    assert_eq!(client(b"\x01\0\0\0\0\x01\x03"), "the kind of socket cannot be 3");
    assert_eq!(client(b"\x0d\0\0\0\0\x03"), "the action of SOCKOPT cannot be 3");
    assert_eq!(client(b"\x0d\0\0\0\0\x01\x1e"), "the socket option cannot be 30");
    assert_eq!(client(b"\x0d\0\0\0\0\x01\0"), "the socket option cannot be 0");
    assert_eq!(client(b"\x04\0\0\0\0\0"), "the direction of SHUTDOWN cannot be 0");
    assert_eq!(client(b"\x02\0\0\0\0\x05"), "the kind of address cannot be 5");
    assert_eq!(client(b"\x08\0\0\0\0\x01\0\0\0\xff"), "the name is not UTF-8");
    let welcome = [&b"\x80\x07\0\0\0"[..], &[0; 30]].concat();
    assert_eq!(
        ServerMessage::decode(&welcome),
        Err(DecodeError::BadSocket { socket: 7 }),
        "WELCOME is about the session"
    );
}

#[test]
fn tables_and_numbers_agree() {
    for (index, option) in SocketOption::ALL.into_iter().enumerate() {
        assert_eq!(option as usize, index + 1, "{option}");
    }
    for (index, call) in Call::ALL.into_iter().enumerate() {
        assert_eq!(call as usize, index + 1, "{call}");
    }
    let mut names = INFO_FIELDS.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), INFO_FIELDS.len());
}

#[test]
fn an_empty_datagram_has_a_price() {
    assert_eq!(datagram_cost(0), DATAGRAM_HEADER);
    assert_eq!(datagram_cost(65_507), 65_535);
}
