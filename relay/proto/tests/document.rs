//! The worked examples of `relay/PROTOCOL.md` are what the codec produces, line by line, and its tables of options and
//! fields have the codec's numbers.
//!
//! Absent: a check of the other tables; the examples touch every field type that they name.

use relay_proto::{
    Address, Capability, ClientMessage, Direction, Family, How, INFO_FIELDS, Kind, Limits, OptionValue, ServerMessage,
    SocketOption, VERSION,
};
use std::net::Ipv4Addr;

enum Line {
    Client(&'static str, ClientMessage<'static>),
    Server(&'static str, ServerMessage<'static>),
}

fn example() -> Vec<Line> {
    use Line::{Client, Server};
    let socket = 1;
    let local = Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 50000 };
    let peer = Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 4000 };
    let limits = Limits {
        sockets: 256,
        message_bytes: 524_288,
        credit: 262_144,
        opens_per_second: 1000,
        listeners: 16,
        backlog: 128,
    };
    let stream = Capability { name: "stream".into(), available: true, reason: String::new() };
    let welcome = ServerMessage::Welcome { version: VERSION, at: 1000, limits, capabilities: vec![stream] };
    let open = ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit: 65536 };
    let name = Address::Name { host: "localhost".into(), port: 4000 };
    let connected = ServerMessage::Connected { socket, called_at: 5_000_000, at: 5_200_000, local, peer };
    let hi = ServerMessage::Data { socket, at: 7_000_000, bytes: b"hi".into() };
    vec![
        Server("WELCOME", welcome),
        Client("OPEN inet stream, credit 65536", open),
        Server("OPENED, credit 262144", ServerMessage::Opened { socket, at: 4_000_000, credit: 262_144 }),
        Client("CONNECT localhost:4000", ClientMessage::Connect { socket, to: name }),
        Server("CONNECTED 127.0.0.1:50000 to 127.0.0.1:4000", connected),
        Client("DATA hello!", ClientMessage::Data { socket, bytes: b"hello!".into() }),
        Server("CREDIT 6", ServerMessage::Credit { socket, at: 6_000_000, bytes: 6 }),
        Server("DATA hi", hi),
        Client("CREDIT 2", ClientMessage::Credit { socket, bytes: 2 }),
        Client("SHUTDOWN write", ClientMessage::Shutdown { socket, how: How::Write }),
        Server("FIN", ServerMessage::Fin { socket, at: 8_000_000 }),
        Client("CLOSE", ClientMessage::Close { socket }),
    ]
}

/// A server, a datagram socket, an option, and what the kernel knows.
fn second_example() -> Vec<Line> {
    use Line::{Client, Server};
    let (listener, connection, datagrams) = (1, 0x8000_0000, 2);
    let inet = |port| Address::Inet { ip: Ipv4Addr::LOCALHOST, port };
    let (option, on) = (SocketOption::SoReuseAddr, OptionValue::Number(1));
    let open = |socket, family, kind| ClientMessage::Open { socket, family, kind, credit: 65536 };
    let opened = |socket, at| ServerMessage::Opened { socket, at, credit: 262_144 };
    let room = Address::Unix { path: "room".into() };
    vec![
        Client("OPEN inet stream", open(listener, Family::Inet, Kind::Stream)),
        Client("SOCKOPT set SO_REUSEADDR 1", ClientMessage::SetOption { socket: 1, option, value: on.clone() }),
        Client("BIND 127.0.0.1:8898", ClientMessage::Bind { socket: listener, at: inet(8898) }),
        Client("LISTEN 5", ClientMessage::Listen { socket: listener, backlog: 5 }),
        Client("ACCEPT 1, credit 65536", ClientMessage::Accept { socket: listener, connections: 1, credit: 65536 }),
        Server("OPENED, credit 262144", opened(listener, 1000)),
        Server("OPTION SO_REUSEADDR 1", ServerMessage::Option { socket: listener, at: 2000, option, value: on }),
        Server("BOUND 127.0.0.1:8898", ServerMessage::Bound { socket: listener, at: 3000, local: inet(8898) }),
        Server(
            "LISTENING 127.0.0.1:8898, backlog 5",
            ServerMessage::Listening { socket: listener, at: 4000, local: inet(8898), backlog: 5 },
        ),
        Server(
            "ACCEPTED 0x80000000, credit 262144, 127.0.0.1:8898 from 127.0.0.1:50000",
            ServerMessage::Accepted {
                socket: listener,
                at: 5000,
                connection,
                credit: 262_144,
                local: inet(8898),
                peer: inet(50000),
            },
        ),
        Client(
            "WATCH every 100 ms, capture",
            ClientMessage::Watch { socket: connection, info_every: 100, capture: true },
        ),
        Server(
            "INFO state 1, rtt 40",
            ServerMessage::Info { socket: connection, at: 6000, fields: vec![(1, 1), (12, 40)] },
        ),
        Server(
            "FRAME received, Ethernet, 60 bytes of which 4 are here",
            ServerMessage::Frame {
                socket: connection,
                at: 7000,
                direction: Direction::Received,
                link_type: 1,
                lost: 0,
                length: 60,
                bytes: (&[1, 2, 3, 4][..]).into(),
            },
        ),
        Client("OPEN unix datagram", open(datagrams, Family::Unix, Kind::Datagram)),
        Server("OPENED, credit 262144", opened(datagrams, 8000)),
        Client(
            "SENDTO unix:room hi",
            ClientMessage::SendTo { socket: datagrams, to: room.clone(), bytes: b"hi".into() },
        ),
        Server("CREDIT 30", ServerMessage::Credit { socket: datagrams, at: 9000, bytes: 30 }),
        Server(
            "RECVFROM unix:room hello",
            ServerMessage::RecvFrom { socket: datagrams, at: 10_000, from: room, bytes: b"hello".into() },
        ),
        Client("CREDIT 33", ClientMessage::Credit { socket: datagrams, bytes: 33 }),
    ]
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

fn render(example: Vec<Line>) -> String {
    let mut text = String::new();
    for line in example {
        let (direction, name, bytes) = match line {
            Line::Client(name, message) => ('>', name, message.encode()),
            Line::Server(name, message) => ('<', name, message.encode()),
        };
        text += &format!("{direction} {name}\n    {}\n", hex(&bytes));
    }
    text
}

const DOCUMENT: &str = include_str!("../../PROTOCOL.md");

#[test]
fn the_examples_are_what_the_codec_produces() {
    let examples = DOCUMENT.split("```text\n").skip(1).map(|rest| rest.split("```").next().expect("it ends"));
    let expected = [render(example()), render(second_example())];
    assert!(examples.eq(&expected), "the examples of relay/PROTOCOL.md should be:\n{}", expected.join("\n"));
}

#[test]
fn the_table_of_options_has_the_numbers_of_the_codec() {
    let (_, table) = DOCUMENT.split_once("## Options").expect("there is a table of options");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    let mut listed = Vec::new();
    for (numbers, rest) in rows.filter(|(numbers, _)| numbers.starts_with(|c: char| c.is_ascii_digit())) {
        let names = rest.split(" | ").next().expect("a row has a name");
        listed.extend(numbers.split(", ").map(str::to_owned).zip(names.split(", ").map(str::to_owned)));
    }
    listed.sort_by_key(|(number, _)| number.parse::<u8>().expect("a number"));
    let known = SocketOption::ALL.map(|option| ((option as u8).to_string(), option.to_string()));
    assert_eq!(listed, known);
}

#[test]
fn the_fields_of_info_have_the_numbers_of_the_codec() {
    let text = DOCUMENT.split_whitespace().collect::<Vec<_>>().join(" ");
    let list: Vec<_> = (1..).zip(INFO_FIELDS).map(|(number, name)| format!("{number} {name}")).collect();
    assert!(text.contains(&list.join(", ")), "relay/PROTOCOL.md should list: {}", list.join(", "));
}
