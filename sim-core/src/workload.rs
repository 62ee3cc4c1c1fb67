//! Networks that keep the simulator busy: what its speed is measured on, native and in wasm.
//!
//! Absent on purpose: clocks. A workload says what to run; who measures it has the time.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::network::{Network, Output};
use crate::program::{Family, Script, Slot, SocketType, Step};
use crate::scenario::{Link, Node, NodeKind, Program, Scenario};
use crate::time::Instant;
use crate::trace::NodeId;

/// What carries a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Transport {
    Tcp,
    Udp,
}

/// What comes out of a network while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Nothing.
    Not,
    /// Every frame, with its bytes.
    Frames,
    /// Every fact.
    Facts,
}

/// A network to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// What it is called.
    pub name: &'static str,
    /// How many flows it has: each has a sender and a receiver.
    pub flows: u16,
    /// What carries them.
    pub transport: Transport,
}

/// The workloads: one flow and fifty, as other simulators are measured, and up to 10,000 hosts, to see what a hop costs when there are
/// many.
pub const WORKLOADS: [Workload; 5] = [
    Workload { name: "tcp-1", flows: 1, transport: Transport::Tcp },
    Workload { name: "tcp-50", flows: 50, transport: Transport::Tcp },
    Workload { name: "tcp-500", flows: 500, transport: Transport::Tcp },
    Workload { name: "tcp-5000", flows: 5000, transport: Transport::Tcp },
    Workload { name: "udp-50", flows: 50, transport: Transport::Udp },
];

/// Simulated time until every flow is under way.
const WARM_UP: Instant = Instant::from_millis(500);
/// Simulated time that is run at once.
const STEP: Duration = Duration::from_millis(1);
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
/// Flows start one after another within this time, so that they do not march in step.
const STARTS: Duration = Duration::from_millis(100);

impl Workload {
    /// The network, with all flows under way.
    pub fn start(self, watched: Watched) -> Network {
        let scenario = pairs(self.flows, self.transport);
        let network = match watched {
            Watched::Not => Network::untraced(&scenario, 1),
            Watched::Frames => Network::capturing(&scenario, 1),
            Watched::Facts => Network::new(&scenario, 1),
        };
        let mut network = network.expect("a workload's scenario is sound");
        network.run_until(WARM_UP, drop);
        network
    }
}

/// Runs a network for so many hops and a few more, and hands its outputs over.
pub fn advance(network: &mut Network, hops: u64, mut sink: impl FnMut(Output)) {
    let end = network.counts().hops + hops;
    while network.counts().hops < end
        && let Some(due) = network.poll_timeout()
    {
        network.run_until(due + STEP, &mut sink);
    }
}

/// So many flows, each between two hosts of its own with a link of 100 Mbit/s and 10 ms.
pub fn pairs(flows: u16, transport: Transport) -> Scenario {
    let mut scenario = Scenario::default();
    for flow in 0..flows {
        let receiver = host_address(2 * flow + 1);
        let start = Instant::ZERO + STARTS / u32::from(flows) * u32::from(flow);
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
    node.programs.push(Program { at: start, what: program.into() });
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
                Step::Socket(Family::Inet, SocketType::Stream, socket),
                Step::Connect(socket, to.into()),
                Step::Send(socket, payload(CHUNK)),
                Step::Jump(2),
            ],
        ),
        Transport::Udp => script(
            "sender",
            vec![
                Step::Socket(Family::Inet, SocketType::Datagram, socket),
                Step::SendTo(socket, payload(DATAGRAM), to.into()),
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
                Step::Socket(Family::Inet, SocketType::Stream, socket),
                Step::Bind(socket, any.into()),
                Step::Listen(socket, 1),
                Step::Accept(socket, connection),
                Step::Recv(connection, CHUNK),
                Step::Jump(4),
            ],
        ),
        Transport::Udp => script(
            "receiver",
            vec![
                Step::Socket(Family::Inet, SocketType::Datagram, socket),
                Step::Bind(socket, any.into()),
                Step::RecvFrom(socket, DATAGRAM),
                Step::Jump(2),
            ],
        ),
    }
}
