//! The laboratory's own scenarios and programs: what a learner meets before making anything.
//!
//! Addresses are those that users of QEMU know: the lab is 10.0.2.0/24 and 10.0.2.2 is the real machine.
//!
//! Absent on purpose: lessons (they are data of their own).

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::program::{Address, Family, Script, Slot, SocketType, Step};
use crate::scenario::{Address as Interface, Link, Node, NodeKind, Program, Scenario};
use crate::time::Instant;
use crate::trace::NodeId;

/// The client's address.
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// The gateway's address: the real machine's loopback, as the lab sees it. Its name is `host`.
pub const HOST: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
/// The client's IPv6 address, where the real machine is at the other end.
pub const CLIENT6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 0x15);
/// The gateway's IPv6 address: the real machine's loopback `::1`, as the lab sees it.
pub const HOST6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);
/// The simulated server's address. Its name is `server`.
pub const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 3);
/// The port of the tutorial's TCP server.
pub const TCP_PORT: u16 = 8898;
/// The port of the tutorial's UDP server.
pub const UDP_PORT: u16 = 9000;
/// The client's place in every scenario of the lab.
pub const CLIENT_NODE: NodeId = NodeId(0);
/// The place of the other end, gateway or server, in every scenario of the lab.
pub const OTHER_NODE: NodeId = NodeId(1);

/// Propagation delay of the lab's link: long enough to see a frame on its way, near that of a real road of 2,000 km.
const DELAY: Duration = Duration::from_millis(10);
/// Rate of the lab's link, in bits per second.
const RATE: u64 = 10_000_000;
/// Frames that the queue before each end of the link holds.
const QUEUE: usize = 100;

/// A client, a link, and the gateway to the real machine.
pub fn with_gateway() -> Scenario {
    let gateway = Node::with_interface("gateway", NodeKind::Gateway, [0x02, 0, 0, 0, 0, 0x02], HOST, 24);
    let mut scenario = two_nodes(gateway);
    scenario.nodes[0] = scenario.nodes[0].clone().route_all(HOST.into());
    for (node, ip) in scenario.nodes.iter_mut().zip([CLIENT6, HOST6]) {
        node.interfaces[0].addresses.push(Interface { ip: ip.into(), prefix: 64 });
    }
    scenario
}

/// The same two nodes, where the real network comes in: the first is the server that real clients meet.
pub fn serving() -> Scenario {
    let mut scenario = with_gateway();
    scenario.nodes[0].name = "server".into();
    scenario
}

/// A client, a link, and a simulated server that runs the tutorial's servers for one client after another.
pub fn with_server() -> Scenario {
    let mut server = Node::with_interface("server", NodeKind::Host, [0x02, 0, 0, 0, 0, 0x03], SERVER, 24);
    server.programs = [tcp_server(TCP_PORT), udp_server(UDP_PORT)]
        .map(|server| Program { at: Instant::ZERO, what: server.into() })
        .to_vec();
    two_nodes(server)
}

fn two_nodes(other: Node) -> Scenario {
    let client = Node::with_interface("client", NodeKind::Host, [0x02, 0, 0, 0, 0, 0x0f], CLIENT, 24);
    let link = Link::between(CLIENT_NODE, OTHER_NODE, RATE, DELAY, QUEUE);
    Scenario { nodes: vec![client, other], links: vec![link], ..Scenario::default() }
}

/// How the client reads the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// One `recv(1024)`, as the tutorial does.
    #[default]
    Once,
    /// `recv` until the server closes.
    ToEnd,
}

/// Longest piece of a message that the client's listing shows; the rest is `…`.
const SHOWN: usize = 48;

/// The tutorial's TCP client: connect, send the message, read, print, close.
pub fn tcp_client(to: SocketAddr, message: &[u8], reading: Reading) -> Script {
    let connect = format!("client.connect((\"{}\", {}))", to.ip(), to.port());
    stream_client("tcp_client.py", (family(to), to.into()), connect, message, reading)
}

fn stream_client(
    name: &str,
    (family, to): (Family, Address),
    connect: String,
    message: &[u8],
    reading: Reading,
) -> Script {
    let client = Slot(0);
    let socket = match family {
        Family::Inet => "client = socket.socket()",
        Family::Inet6 => "client = socket.socket(socket.AF_INET6)",
        Family::Unix => "client = socket.socket(socket.AF_UNIX)",
    };
    let mut source = vec![
        "import socket".to_owned(),
        String::new(),
        socket.to_owned(),
        connect,
        format!("client.send({})", shortened(message)),
    ];
    let mut steps = vec![
        (3, Step::Socket(family, SocketType::Stream, client)),
        (4, Step::Connect(client, to)),
        (5, Step::Send(client, Arc::from(message))),
    ];
    match reading {
        Reading::Once => {
            source.extend(["answer = client.recv(1024)", "print(answer)", "client.close()"].map(str::to_owned));
            steps.extend([(6, Step::Recv(client, 1024)), (7, Step::PrintReceived), (8, Step::Close(client))]);
        }
        Reading::ToEnd => {
            source.extend(
                [
                    "answer = b\"\"",
                    "while piece := client.recv(65536):",
                    "    answer += piece",
                    "print(len(answer))",
                    "client.close()",
                ]
                .map(str::to_owned),
            );
            steps.extend([(7, Step::RecvToEnd(client, 65_536)), (9, Step::PrintLength), (10, Step::Close(client))]);
        }
    }
    script(name, source, steps)
}

/// A message as Python writes bytes, cut to what fits a line of the listing.
fn shortened(message: &[u8]) -> String {
    if message.len() <= SHOWN {
        crate::program::python_bytes(message)
    } else {
        let head = crate::program::python_bytes(&message[..SHOWN]);
        format!("{head}…")
    }
}

/// The tutorial's TCP server, which answers `hi` to one client after another.
pub fn tcp_server(port: u16) -> Script {
    let (listener, connection) = (Slot(0), Slot(1));
    let any = (Ipv4Addr::UNSPECIFIED, port).into();
    let source = [
        "import socket",
        "",
        "listener = socket.socket()",
        &format!("listener.bind((\"0.0.0.0\", {port}))"),
        "listener.listen(8)",
        "while True:",
        "    connection, peer = listener.accept()",
        "    received = connection.recv(1024)",
        "    print(received)",
        "    connection.send(b'hi')",
        "    connection.close()",
    ]
    .map(str::to_owned)
    .to_vec();
    let steps = vec![
        (3, Step::Socket(Family::Inet, SocketType::Stream, listener)),
        (4, Step::Bind(listener, any)),
        (5, Step::Listen(listener, 8)),
        (7, Step::Accept(listener, connection)),
        (8, Step::Recv(connection, 1024)),
        (9, Step::PrintReceived),
        (10, Step::Send(connection, Arc::from(&b"hi"[..]))),
        (11, Step::Close(connection)),
        (6, Step::Jump(3)),
    ];
    script("tcp_server.py", source, steps)
}

/// How the UDP client names the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Naming {
    /// With each `sendto`, as the tutorial does: errors of the network are not told.
    #[default]
    EachTime,
    /// Once, with `connect`: an ICMP error becomes an error of the next call.
    Once,
}

/// The tutorial's UDP client: send the message, wait for one datagram, print it with its sender, close.
pub fn udp_client(to: SocketAddr, message: &[u8], naming: Naming) -> Script {
    let client = Slot(0);
    let bytes = shortened(message);
    let mut source = vec![
        "import socket".to_owned(),
        String::new(),
        format!("server = (\"{}\", {})", to.ip(), to.port()),
        match to {
            SocketAddr::V4(_) => "client = socket.socket(type=socket.SOCK_DGRAM)".to_owned(),
            SocketAddr::V6(_) => "client = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)".to_owned(),
        },
    ];
    let mut steps = vec![(4, Step::Socket(family(to), SocketType::Datagram, client))];
    match naming {
        Naming::EachTime => {
            source.push(format!("client.sendto({bytes}, server)"));
            steps.push((5, Step::SendTo(client, Arc::from(message), to.into())));
        }
        Naming::Once => {
            source.extend(["client.connect(server)".to_owned(), format!("client.send({bytes})")]);
            steps.extend([(5, Step::Connect(client, to.into())), (6, Step::Send(client, Arc::from(message)))]);
        }
    }
    let next = source.len() as u16 + 1;
    source.extend(
        ["answer, sender = client.recvfrom(65536)", "print(answer, sender)", "client.close()"].map(str::to_owned),
    );
    steps.extend([
        (next, Step::RecvFrom(client, 65_536)),
        (next + 1, Step::PrintDatagram),
        (next + 2, Step::Close(client)),
    ]);
    script("udp_client.py", source, steps)
}

/// The tutorial's UDP server, which answers `hi` to one datagram after another.
pub fn udp_server(port: u16) -> Script {
    let server = Slot(0);
    let any = (Ipv4Addr::UNSPECIFIED, port).into();
    let source = [
        "import socket",
        "",
        "server = socket.socket(type=socket.SOCK_DGRAM)",
        &format!("server.bind((\"0.0.0.0\", {port}))"),
        "while True:",
        "    message, sender = server.recvfrom(65536)",
        "    print(message)",
        "    server.sendto(b'hi', sender)",
    ]
    .map(str::to_owned)
    .to_vec();
    let steps = vec![
        (3, Step::Socket(Family::Inet, SocketType::Datagram, server)),
        (4, Step::Bind(server, any)),
        (6, Step::RecvFrom(server, 65_536)),
        (7, Step::PrintReceived),
        (8, Step::Reply(server, Arc::from(&b"hi"[..]))),
        (5, Step::Jump(2)),
    ];
    script("udp_server.py", source, steps)
}

/// A client of AF_UNIX, for a process of the gateway itself: such a socket never leaves its machine. The path is one of the real
/// machine, which a gateway's programs find below `/host/`.
pub fn unix_client(path: &str, message: &[u8], reading: Reading) -> Script {
    let path = format!("/host/{path}");
    let connect = format!("client.connect(\"{path}\")");
    stream_client("unix_client.py", (Family::Unix, Address::unix(&path)), connect, message, reading)
}

fn family(to: SocketAddr) -> Family {
    if to.is_ipv4() { Family::Inet } else { Family::Inet6 }
}

fn script(name: &str, source: Vec<String>, steps: Vec<(u16, Step)>) -> Script {
    Script { name: name.into(), source: source.into_iter().map(Into::into).collect(), steps }
}
