//! Networks that keep the simulator busy: what its speed is measured on, native and in wasm.
//!
//! Absent on purpose: clocks. A workload says what to run; who measures it has the time.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::network::{Network, Output};
use crate::program::{Family, Script, Slot, SocketType, Step};
use crate::scenario::{End, Interface, Link, Node, NodeKind, Program, Scenario};
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
/// Rate of the bottleneck in bits per second.
const RATE: u64 = 100_000_000;
/// Its propagation delay.
const DELAY: Duration = Duration::from_millis(10);
/// Frames that the queue before it holds.
const QUEUE: usize = 100;
/// The same of the link between a host and its router.
const ACCESS_RATE: u64 = 1_000_000_000;
const ACCESS_DELAY: Duration = Duration::from_micros(10);
const ACCESS_QUEUE: usize = 1000;
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
        let scenario = dumbbell(self.flows, self.transport);
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

/// So many flows, each between two hosts of its own, all over one link between two routers.
///
/// ```text
/// sender ─┐                                    ┌─ receiver
/// sender ─┼─ router ─── bottleneck ─── router ─┼─ receiver
/// sender ─┘                                    └─ receiver
/// ```
pub fn dumbbell(flows: u16, transport: Transport) -> Scenario {
    let mut scenario =
        Scenario { nodes: vec![router(0, flows), router(1, flows)], links: Vec::new(), ..Scenario::default() };
    // Every 50 flows have the room that 50 flows have: else a workload of many flows would be one of time-outs.
    let share = flows.div_ceil(50);
    let (rate, queue) = (RATE * u64::from(share), QUEUE * usize::from(share));
    scenario.links.push(Link::between(NodeId(0), NodeId(1), rate, DELAY, queue));
    // One for all senders: 64 KiB of each would push the simulator's own state out of the caches.
    let payload: Arc<[u8]> = (0..CHUNK).map(|index| index as u8).collect();
    let datagram: Arc<[u8]> = payload[..DATAGRAM].into();
    for flow in 0..flows {
        let receiver = SocketAddr::new(address(1, flow, HOST), PORT);
        let start = Instant::ZERO + STARTS / u32::from(flows) * u32::from(flow);
        let sender = match transport {
            Transport::Tcp => streaming(receiver, payload.clone()),
            Transport::Udp => sending(receiver, datagram.clone(), rate / u64::from(flows)),
        };
        let programs = [(start, sender), (Instant::ZERO, receiving(transport))];
        for (side, (at, program)) in (0..).zip(programs) {
            scenario.nodes.push(host(side, flow, at, program));
            let ends = [(NodeId(u16::from(side)), flow + 1), (NodeId(2 * flow + 2 + u16::from(side)), 0)];
            let ends = ends.map(|(node, interface)| End { node, interface });
            scenario
                .links
                .push(Link { ends, ..Link::between(NodeId(0), NodeId(1), ACCESS_RATE, ACCESS_DELAY, ACCESS_QUEUE) });
        }
    }
    scenario
}

/// Of each network between a host and its router the router has the first address, the host the second.
const ROUTER: u8 = 1;
const HOST: u8 = 2;

/// An address in a flow's network on a side of the bottleneck.
fn address(side: u8, flow: u16, host: u8) -> IpAddr {
    let [high, low] = flow.to_be_bytes();
    Ipv4Addr::new(10 + side, high, low, host).into()
}

/// The address of a router at the bottleneck.
fn bottleneck(side: u8) -> IpAddr {
    Ipv4Addr::new(192, 168, 0, 1 + side).into()
}

fn router(side: u8, flows: u16) -> Node {
    let mac = |number: u16| {
        let [high, low] = number.to_be_bytes();
        [0x02, 1, side, 0, high, low]
    };
    let mut node = Node::with_interface(&format!("router{side}"), NodeKind::Router, mac(0), bottleneck(side), 30);
    let interfaces = (0..flows)
        .map(|flow| Interface::new(&format!("eth{}", flow + 1), mac(flow + 1), address(side, flow, ROUTER), 24));
    node.interfaces.extend(interfaces);
    node.route_all(bottleneck(1 - side))
}

fn host(side: u8, flow: u16, at: Instant, program: Script) -> Node {
    let [high, low] = flow.to_be_bytes();
    let (name, mac) = (format!("host{side}.{flow}"), [0x02, 2, side, 0, high, low]);
    let mut node = Node::with_interface(&name, NodeKind::Host, mac, address(side, flow, HOST), 24)
        .route_all(address(side, flow, ROUTER));
    node.programs.push(Program { at, what: program.into() });
    node
}

fn script(name: &str, steps: Vec<Step>) -> Script {
    Script { name: name.into(), source: Vec::new(), steps: (1..).zip(steps).collect() }
}

/// Writes for ever.
fn streaming(to: SocketAddr, payload: Arc<[u8]>) -> Script {
    let socket = Slot(0);
    script(
        "sender",
        vec![
            Step::Socket(Family::Inet, SocketType::Stream, socket),
            Step::Connect(socket, to.into()),
            Step::Send(socket, payload),
            Step::Jump(2),
        ],
    )
}

/// Sends datagrams for ever, at so many bits per second.
fn sending(to: SocketAddr, payload: Arc<[u8]>, rate: u64) -> Script {
    let socket = Slot(0);
    let bits = (payload.len() as u64 + 42) * 8;
    script(
        "sender",
        vec![
            Step::Socket(Family::Inet, SocketType::Datagram, socket),
            Step::SendTo(socket, payload, to.into()),
            Step::Sleep(Duration::from_nanos(bits * 1_000_000_000 / rate)),
            Step::Jump(1),
        ],
    )
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
