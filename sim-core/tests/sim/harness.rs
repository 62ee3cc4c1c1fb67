//! Two hosts, A (10.0.0.1) and B (10.0.0.2), and how their exchanges are written: one line a frame.
#![allow(dead_code, reason = "the wasm build runs a part of the tests")]

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use sim_core::gateway::{Answer, Ask, FlowId, FlowKind};
use sim_core::network::{Input, Network, Output};
use sim_core::program::{Address, Family, Script, Slot, SocketType, Step};
use sim_core::scenario::{Link, Node, NodeKind, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{Fact, NodeId, Trace, What};
use sim_core::wire::{arp, ethernet, icmp, ipv4, tcp, udp};

pub(crate) const A: NodeId = NodeId(0);
pub(crate) const B: NodeId = NodeId(1);
pub(crate) const A_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(crate) const B_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
pub(crate) const PORT: u16 = 8898;

/// A's socket in its scripts, and B's listening and accepted ones.
pub(crate) const S0: Slot = Slot(0);
pub(crate) const S1: Slot = Slot(1);
pub(crate) const S2: Slot = Slot(2);

pub(crate) fn b(port: u16) -> Address {
    (B_IP, port).into()
}

pub(crate) fn every_address(port: u16) -> Address {
    (Ipv4Addr::UNSPECIFIED, port).into()
}

pub(crate) fn bytes(text: &str) -> Arc<[u8]> {
    text.as_bytes().into()
}

pub(crate) fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

/// A script whose lines are its steps.
pub(crate) fn script(name: &str, steps: Vec<Step>) -> Script {
    let steps = (1..).zip(steps).collect();
    Script { name: name.into(), source: Vec::new(), steps }
}

/// The steps of a server up to its first connection (in `S1`).
pub(crate) fn accepting() -> Vec<Step> {
    vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        Step::Bind(S0, every_address(PORT)),
        Step::Listen(S0, 8),
        Step::Accept(S0, S1),
    ]
}

/// The steps of a client up to its connection.
pub(crate) fn connecting() -> Vec<Step> {
    vec![Step::Socket(Family::Inet, SocketType::Stream, S0), Step::Connect(S0, b(PORT))]
}

pub(crate) fn then(mut steps: Vec<Step>, more: impl IntoIterator<Item = Step>) -> Vec<Step> {
    steps.extend(more);
    steps
}

fn node(name: &str, number: u8, kind: NodeKind, default_route: Option<Ipv4Addr>) -> Node {
    let node = Node::with_interface(name, kind, [2, 0, 0, 0, 0, number], Ipv4Addr::new(10, 0, 0, number), 24);
    match default_route {
        Some(via) => node.route_all(via.into()),
        None => node,
    }
}

/// Hosts A and B, 10 ms apart, without serialisation time, as the recordings of Linux have them.
pub(crate) fn two_hosts() -> Scenario {
    let link = Link::between(A, B, 0, ms(10), 1000);
    let nodes = vec![node("A", 1, NodeKind::Host, None), node("B", 2, NodeKind::Host, None)];
    Scenario { nodes, links: vec![link], ..Scenario::default() }
}

/// The two hosts know each other without asking: nothing but TCP is lost on a link that loses all.
pub(crate) fn acquainted_hosts() -> Scenario {
    let mut scenario = two_hosts();
    for (node, address, number) in [(0, B_IP, 2), (1, A_IP, 1)] {
        scenario.nodes[node].interfaces[0].neighbours = vec![(address.into(), [2, 0, 0, 0, 0, number])];
    }
    scenario
}

/// Host A and a gateway at B's place.
pub(crate) fn host_and_gateway() -> Scenario {
    let mut scenario = two_hosts();
    scenario.nodes = vec![node("A", 1, NodeKind::Host, Some(B_IP)), node("gateway", 2, NodeKind::Gateway, None)];
    scenario
}

/// A run of a network, with its trace.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) network: Network,
    pub(crate) trace: Trace,
    /// What gateways have asked and nobody has taken.
    pub(crate) asks: Vec<(FlowId, Ask)>,
}

impl Run {
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Run {
        let network = Network::new(scenario, seed).expect("the test's scenario is sound");
        Run { network, trace: Trace::default(), asks: Vec::new() }
    }

    pub(crate) fn until(&mut self, until: Instant) -> &mut Run {
        let (trace, asks) = (&mut self.trace, &mut self.asks);
        self.network.run_until(until, |output| match output {
            Output::Fact(fact) => trace.push(fact),
            Output::Ask(_, flow, ask, _) => asks.push((flow, ask)),
        });
        self
    }

    /// Runs until nothing is due any more before `limit`.
    pub(crate) fn input(&mut self, at: Instant, input: Input) -> &mut Run {
        self.until(at);
        self.network.handle_input(at, input);
        self.until(at)
    }

    pub(crate) fn spawn(&mut self, at: Instant, node: NodeId, name: &str, steps: Vec<Step>) -> &mut Run {
        self.input(at, Input::Spawn(node, script(name, steps).into()))
    }

    pub(crate) fn answer(&mut self, at: Instant, flow: u32, answer: Answer) -> &mut Run {
        self.input(at, Input::Answer(B, FlowId(flow), answer))
    }

    pub(crate) fn take_asks(&mut self) -> Vec<String> {
        self.asks.drain(..).map(|(flow, ask)| format!("{} {}", flow.0, ask_text(&ask))).collect()
    }

    /// Every frame that was sent: when, by whom, its bytes.
    pub(crate) fn frames(&self) -> Vec<(Instant, NodeId, Arc<[u8]>)> {
        let sent = |fact: &Fact| match &fact.what {
            What::Sent { bytes, .. } => Some((fact.at, fact.node, bytes.clone())),
            _ => None,
        };
        self.trace.facts().iter().filter_map(sent).collect()
    }

    /// The exchange, one line a frame.
    pub(crate) fn exchange(&self) -> Vec<String> {
        let mut writer = Writer::default();
        self.frames().iter().map(|(_, from, frame)| writer.line(*from, frame)).collect()
    }

    /// The exchange without ARP.
    pub(crate) fn packets(&self) -> Vec<String> {
        self.exchange().into_iter().filter(|line| !line.contains("ARP")).collect()
    }

    /// When the frames were sent whose lines are these.
    pub(crate) fn times_of(&self, pattern: &str) -> Vec<Instant> {
        let lines = self.exchange();
        let frames = self.frames();
        lines.iter().zip(frames).filter(|(line, _)| line.contains(pattern)).map(|(_, (at, ..))| at).collect()
    }

    /// What a node's processes did: results, lines printed, ends.
    pub(crate) fn results(&self, node: NodeId) -> Vec<String> {
        let text = |fact: &Fact| {
            let text = match &fact.what {
                What::Returned { line, result: Ok(value), .. } => format!("{line}: {value}"),
                What::Returned { line, result: Err(error), .. } => format!("{line}: {}", error.name()),
                What::Printed { line, text, .. } => format!("{line}: print {text}"),
                What::Exited { line, error: None, .. } => format!("{line}: exit"),
                What::Exited { line, error: Some(error), .. } => format!("{line}: exit {}", error.name()),
                _ => return None,
            };
            (fact.node == node).then_some(text)
        };
        self.trace.facts().iter().filter_map(text).collect()
    }

    /// The states that a node's connections went through.
    pub(crate) fn states(&self, node: NodeId) -> Vec<String> {
        let text = |fact: &Fact| match &fact.what {
            What::TcpState { to, why, .. } if fact.node == node => Some(format!("{} {why:?}", to.name())),
            _ => None,
        };
        self.trace.facts().iter().filter_map(text).collect()
    }

    /// Why frames and packets were dropped.
    pub(crate) fn drops(&self) -> Vec<String> {
        let text = |fact: &Fact| match &fact.what {
            What::Dropped { why, .. } => Some(format!("{why:?}")),
            _ => None,
        };
        self.trace.facts().iter().filter_map(text).collect()
    }
}

pub(crate) fn ask_text(ask: &Ask) -> String {
    match ask {
        Ask::Connect { kind: FlowKind::Stream, to, credit } => format!("connect {to} {credit}"),
        Ask::Connect { kind, to, credit } => format!("connect {kind} {to} {credit}"),
        Ask::Listen { kind, at, backlog, credit } => format!("listen {kind} {at} {backlog} {credit}"),
        Ask::Allow(connections) => format!("allow {connections}"),
        Ask::Accept { connection, credit } => format!("accept {connection} {credit}"),
        Ask::SendTo { to, bytes } => format!("sendto {to} {}", String::from_utf8_lossy(bytes)),
        Ask::Send(bytes) => format!("send {}", String::from_utf8_lossy(bytes)),
        Ask::Credit(credit) => format!("credit {credit}"),
        Ask::Shutdown => "shutdown".into(),
        Ask::Reset => "reset".into(),
        Ask::Close => "close".into(),
    }
}

/// Writes frames as the recordings list them: sender, flags, relative seq and ack, payload, window, IP length.
#[derive(Default)]
struct Writer {
    /// The initial sequence number of each direction.
    initial: BTreeMap<(Ipv4Addr, u16, Ipv4Addr, u16), u32>,
}

impl Writer {
    fn line(&mut self, from: NodeId, frame: &[u8]) -> String {
        let from = if from == A { "A" } else { "B" };
        let (header, payload) = ethernet::Repr::parse(frame).expect("a frame has an Ethernet header");
        if header.ethertype == ethernet::TYPE_ARP {
            let arp = arp::Repr::parse(payload).expect("an ARP packet is legal");
            return format!("{from} ARP {:?} {}", arp.operation, frame.len());
        }
        let (ip, header, payload) = ipv4::Repr::parse(payload).expect("an IPv4 packet is legal");
        let length = header + payload.len();
        let text = match ip.protocol {
            ipv4::PROTOCOL_TCP => self.segment(&ip, payload),
            ipv4::PROTOCOL_UDP => {
                let (udp, _) = udp::Repr::parse(payload, ip.source, ip.destination).expect("a UDP datagram is legal");
                format!("UDP {}", udp.payload)
            }
            _ => format!("{}", icmp::Repr::parse(payload).expect("an ICMP message is legal").0),
        };
        let df = if ip.dont_fragment { "DF" } else { "--" };
        assert_eq!(ip.ttl, 64, "Linux's TTL");
        format!("{from} {text} ip {length} {df}")
    }

    fn segment(&mut self, ip: &ipv4::Repr, segment: &[u8]) -> String {
        let (tcp, _, payload) = tcp::Repr::parse(segment, ip.source, ip.destination).expect("a TCP segment is legal");
        let here = (ip.source, tcp.source, ip.destination, tcp.destination);
        let there = (ip.destination, tcp.destination, ip.source, tcp.source);
        if tcp.flags.has(tcp::Flags::SYN) {
            self.initial.insert(here, tcp.seq);
        }
        let seq = tcp.seq.wrapping_sub(self.initial.get(&here).copied().unwrap_or(tcp.seq.wrapping_sub(1)));
        let ack = if tcp.flags.has(tcp::Flags::ACK) {
            tcp.ack.wrapping_sub(self.initial.get(&there).copied().unwrap_or(0))
        } else {
            0
        };
        format!("{} {seq} {ack} {} win {}", flags(tcp.flags), payload.len(), tcp.window)
    }
}

/// Flags as Wireshark's string has them, without the dots.
fn flags(flags: tcp::Flags) -> String {
    let letters = [
        (tcp::Flags::ACK, 'A'),
        (tcp::Flags::PSH, 'P'),
        (tcp::Flags::RST, 'R'),
        (tcp::Flags::SYN, 'S'),
        (tcp::Flags::FIN, 'F'),
    ];
    letters.iter().filter(|(flag, _)| flags.has(*flag)).map(|(_, letter)| letter).collect()
}

/// Two lists of lines must be the same; says where they part.
#[track_caller]
pub(crate) fn same(got: &[String], expected: &[&str]) {
    for (index, line) in expected.iter().enumerate() {
        let found = got.get(index).map(String::as_str);
        assert_eq!(found, Some(*line), "line {index} of:\n{}", got.join("\n"));
    }
    assert_eq!(got.len(), expected.len(), "more lines than expected:\n{}", got.join("\n"));
}

/// Within so many milliseconds of so many milliseconds.
#[track_caller]
pub(crate) fn about(span: Duration, expected: u64, tolerance: u64) {
    let (got, low, high) = (span.as_millis() as u64, expected.saturating_sub(tolerance), expected + tolerance);
    assert!((low..=high).contains(&got), "{got} ms, expected {low} to {high}");
}
