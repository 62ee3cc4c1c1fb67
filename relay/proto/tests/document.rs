//! The worked example of `relay/PROTOCOL.md` is what the codec produces, line by line.
//!
//! Absent: a check of the tables; the example touches every field type that they name.

use relay_proto::{Address, Capability, ClientMessage, Family, How, Kind, Limits, ServerMessage, VERSION};
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
    let limits = Limits { sockets: 256, message_bytes: 524_288, credit: 262_144, opens_per_second: 1000 };
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

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

fn render() -> String {
    let mut text = String::new();
    for line in example() {
        let (direction, name, bytes) = match line {
            Line::Client(name, message) => ('>', name, message.encode()),
            Line::Server(name, message) => ('<', name, message.encode()),
        };
        text += &format!("{direction} {name}\n    {}\n", hex(&bytes));
    }
    text
}

#[test]
fn the_example_is_what_the_codec_produces() {
    let document = include_str!("../../PROTOCOL.md");
    let (_, rest) = document.split_once("```text\n").expect("the document has an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let expected = render();
    assert!(example == expected, "the example of relay/PROTOCOL.md should be:\n{expected}");
}
