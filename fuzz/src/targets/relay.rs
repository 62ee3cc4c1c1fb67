//! Messages of the relay's protocol, and packets of Wisp: what is read is written again byte for byte, in both directions.
//!
//! Absent on purpose: sessions (`session`), which have sockets and clocks.

use std::net::{Ipv4Addr, Ipv6Addr};

use fastrand::Rng;
use relay_proto::wisp::Packet;
use relay_proto::{
    Address, Call, Capability, ClientMessage, Direction, Family, How, Kind, Limits, OptionValue, ServerMessage,
    SocketOption,
};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "relay",
    about: "messages of the relay's protocol, in both directions",
    corpus,
    most: 1,
    mend: |_| {},
    try_case,
};

/// The port in the corpus's addresses; nothing is bound to it.
pub(super) const PORT: u16 = 4000;

/// Every message, and what nobody has defined: every tag with fields that suit some of them.
fn corpus() -> Vec<Vec<u8>> {
    let fields: [&[u8]; 5] =
        [&[], &[1, 1, 0, 0, 16, 0], &[4, 127, 0, 0, 1, 0xda, 0x1e], b"\x09\0\0\0localhost", &[1; 48]];
    let undefined = (0..=u8::MAX).flat_map(|tag| fields.map(|fields| [&[tag, 7, 0, 0, 0], fields].concat()));
    let server = server_messages();
    client_messages().into_iter().chain(server.iter().map(ServerMessage::encode)).chain(undefined).collect()
}

fn addresses() -> [Address; 6] {
    [
        Address::Inet { ip: Ipv4Addr::LOCALHOST, port: PORT },
        Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 0 },
        Address::Inet6 { ip: Ipv6Addr::LOCALHOST, port: PORT, scope: 0 },
        Address::Name { host: "localhost".to_owned(), port: PORT },
        Address::Unix { path: "room".to_owned() },
        Address::Unix { path: String::new() },
    ]
}

/// Each message of the client, on a few sockets, with each kind of address, option and value.
pub(super) fn client_messages() -> Vec<Vec<u8>> {
    (1..=3).flat_map(client_messages_of).map(|message| message.encode()).collect()
}

fn client_messages_of(socket: u32) -> Vec<ClientMessage<'static>> {
    let mut messages = vec![
        ClientMessage::Data { socket, bytes: b"hello!".into() },
        ClientMessage::Data { socket, bytes: b"".into() },
        ClientMessage::Close { socket },
        ClientMessage::Reset { socket },
        ClientMessage::Credit { socket, bytes: 4096 },
        ClientMessage::Credit { socket, bytes: u32::MAX },
        ClientMessage::Lookup { socket: socket + 10, name: "localhost".to_owned() },
        ClientMessage::Listen { socket, backlog: 5 },
        ClientMessage::Accept { socket, connections: 3, credit: 4096 },
        ClientMessage::Watch { socket, info_every: 10, capture: false },
        ClientMessage::Watch { socket, info_every: 0, capture: true },
    ];
    for family in [Family::Inet, Family::Inet6, Family::Unix] {
        let kinds = [Kind::Stream, Kind::Datagram];
        messages.extend(kinds.map(|kind| ClientMessage::Open { socket, family, kind, credit: 65_536 }));
    }
    messages.extend([How::Read, How::Write, How::Both].map(|how| ClientMessage::Shutdown { socket, how }));
    for address in addresses() {
        messages.push(ClientMessage::Connect { socket, to: address.clone() });
        messages.push(ClientMessage::Bind { socket, at: address.clone() });
        messages.push(ClientMessage::SendTo { socket, to: address, bytes: b"datagram".into() });
    }
    let values = [
        OptionValue::Number(1),
        OptionValue::Text("cubic".to_owned()),
        OptionValue::Addresses(addresses()[..2].to_vec()),
    ];
    for option in SocketOption::ALL {
        messages.push(ClientMessage::GetOption { socket, option });
        messages.extend(values.clone().map(|value| ClientMessage::SetOption { socket, option, value }));
    }
    messages
}

/// Each message of the relay.
fn server_messages() -> Vec<ServerMessage<'static>> {
    let (socket, at, [inet, _, inet6, _, unix, _]) = (0x8000_0001, 1_000_000, addresses());
    let (local, peer) = (inet.clone(), inet6.clone());
    let limits = Limits {
        sockets: 256,
        message_bytes: 1 << 19,
        credit: 1 << 18,
        opens_per_second: 1000,
        listeners: 16,
        backlog: 128,
    };
    let capability = |name: &str, available| Capability { name: name.to_owned(), available, reason: "Why.".to_owned() };
    let mut messages = vec![
        ServerMessage::Welcome {
            version: 1,
            at,
            limits,
            capabilities: vec![capability("stream", true), capability("capture", false)],
        },
        ServerMessage::Opened { socket, at, credit: 1 << 18 },
        ServerMessage::Connected { socket, called_at: at - 1, at, local: local.clone(), peer: peer.clone() },
        ServerMessage::Data { socket, at, bytes: b"hi".into() },
        ServerMessage::Fin { socket, at },
        ServerMessage::Reset { socket, at },
        ServerMessage::Credit { socket, at, bytes: 6 },
        ServerMessage::Addresses { socket, at, addresses: vec![inet, inet6] },
        ServerMessage::Bound { socket, at, local: local.clone() },
        ServerMessage::Listening { socket, at, local: local.clone(), backlog: 5 },
        ServerMessage::Accepted { socket, at, connection: socket + 1, credit: 9, local, peer },
        ServerMessage::RecvFrom { socket, at, from: unix, bytes: b"datagram".into() },
        ServerMessage::Info { socket, at, fields: vec![(1, 1), (12, 40), (255, u64::MAX)] },
        ServerMessage::Frame {
            socket,
            at,
            direction: Direction::Sent,
            link_type: 1,
            lost: 0,
            length: 60,
            bytes: vec![0; 54].into(),
        },
    ];
    messages.extend(Call::ALL.map(|call| {
        let (errno, sentence) = ("ECONNREFUSED".to_owned(), "Nobody listens there.".to_owned());
        ServerMessage::Error { socket, at, call, errno, sentence }
    }));
    messages.extend(SocketOption::ALL.map(|option| {
        let value = OptionValue::Number(1);
        ServerMessage::Option { socket, at, option, value }
    }));
    messages
}

fn try_case(case: &[Vec<u8>], _: &mut Rng) {
    for bytes in case {
        if let Ok(message) = ClientMessage::decode(bytes) {
            assert_eq!(&message.encode(), bytes, "{message:?}");
        }
        if let Ok(packet) = Packet::decode(bytes) {
            assert_eq!(&packet.encode(), bytes, "{packet:?}");
        }
        if let Ok(message) = ServerMessage::decode(bytes) {
            assert_eq!(&message.encode(), bytes, "{message:?}");
        }
    }
}
