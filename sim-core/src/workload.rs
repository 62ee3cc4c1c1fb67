//! Networks that keep the simulator busy: what its speed is measured on, native and in wasm, and what its tests of size
//! run.
//!
//! Absent on purpose: clocks. A workload says what to run and for how long; who measures has the time.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::program::{Script, Slot, SocketType, Step};
use crate::scenario::{Link, Node, NodeKind, Scenario};
use crate::time::Instant;
use crate::trace::NodeId;

/// The transport that carries a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    Tcp,
    Udp,
}

/// Rate of the link that a flow has to pass, in bits per second.
const RATE: u64 = 100_000_000;
/// Its propagation delay.
const DELAY: Duration = Duration::from_millis(10);
/// Frames that its queue holds.
const QUEUE: usize = 100;
/// Bytes in each write and in each read of a flow.
const CHUNK: usize = 65_536;
/// Payload of a datagram: a full frame.
const DATAGRAM: usize = 1472;
/// The port that receivers listen on.
const PORT: u16 = 5001;
/// Time between two flows' starts, so that they do not march in step.
const STAGGER: Duration = Duration::from_micros(1_013);

/// So many flows, each between two hosts of its own with a link of 100 Mbit/s and 10 ms.
pub fn pairs(flows: u16, transport: Transport) -> Scenario {
    let mut scenario = Scenario::default();
    for flow in 0..flows {
        let receiver = host_address(2 * flow + 1);
        let start = Instant::ZERO + STAGGER * u32::from(flow);
        scenario.nodes.push(host(2 * flow, start, sending((receiver, PORT).into(), transport)));
        scenario.nodes.push(host(2 * flow + 1, Instant::ZERO, receiving(transport)));
        scenario.links.push(Link::between(NodeId(2 * flow), NodeId(2 * flow + 1), RATE, DELAY, QUEUE));
    }
    scenario
}

fn host_address(number: u16) -> Ipv4Addr {
    let [high, low] = number.to_be_bytes();
    Ipv4Addr::new(10, high, low, 1)
}

fn host(number: u16, start: Instant, program: Script) -> Node {
    let [high, low] = number.to_be_bytes();
    let mac = [0x02, 0, 0, 0, high, low];
    let mut node = Node::with_interface(&format!("host{number}"), NodeKind::Host, mac, host_address(number), 8);
    node.programs.push((start, program));
    node
}

fn script(name: &str, steps: Vec<Step>) -> Script {
    Script { name: name.into(), source: Vec::new(), steps: (1..).zip(steps).collect() }
}

/// Sends for ever.
fn sending(to: SocketAddr, transport: Transport) -> Script {
    let socket = Slot(0);
    let payload = |length: usize| -> Arc<[u8]> { (0..length).map(|index| index as u8).collect() };
    match transport {
        Transport::Tcp => script(
            "sender",
            vec![
                Step::Socket(SocketType::Stream, socket),
                Step::Connect(socket, to),
                Step::Send(socket, payload(CHUNK)),
                Step::Jump(2),
            ],
        ),
        Transport::Udp => script(
            "sender",
            vec![
                Step::Socket(SocketType::Datagram, socket),
                Step::SendTo(socket, payload(DATAGRAM), to),
                // The time that the frame takes on the link: the program keeps it busy, and its queue short.
                Step::Sleep(Duration::from_nanos((DATAGRAM as u64 + 42) * 8 * 1_000_000_000 / RATE)),
                Step::Jump(1),
            ],
        ),
    }
}

/// Receives for ever.
fn receiving(transport: Transport) -> Script {
    let (socket, connection) = (Slot(0), Slot(1));
    let any: SocketAddr = (IpAddr::V4(Ipv4Addr::UNSPECIFIED), PORT).into();
    match transport {
        Transport::Tcp => script(
            "receiver",
            vec![
                Step::Socket(SocketType::Stream, socket),
                Step::Bind(socket, any),
                Step::Listen(socket, 1),
                Step::Accept(socket, connection),
                Step::Recv(connection, CHUNK),
                Step::Jump(4),
            ],
        ),
        Transport::Udp => script(
            "receiver",
            vec![
                Step::Socket(SocketType::Datagram, socket),
                Step::Bind(socket, any),
                Step::RecvFrom(socket, DATAGRAM),
                Step::Jump(2),
            ],
        ),
    }
}
