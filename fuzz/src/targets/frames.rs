//! Frames: dissection, every codec, and hosts and a router in the middle of connections that a stranger on their wire sends them to.
//!
//! Promises tried: every bit of a frame has one name; what a codec reads it can write and read again; hosts neither panic nor
//! loop, whatever arrives, and their clocks go on.
//!
//! Absent on purpose: what hosts make of the frames; a forged reset may well end a connection.

use std::cell::OnceCell;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use fastrand::Rng;
use sim_core::dissect::{dissect, summary};
use sim_core::lab::{self, CLIENT_NODE, Reading};
use sim_core::network::{Input, Network, Output};
use sim_core::scenario::{Address, Interface, Link, Nat, Node, NodeKind, Program, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{NodeId, What};
use sim_core::wire::ipv6_extension::walk;
use sim_core::wire::{arp, dhcp, dns, ethernet, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp};
use sim_core::workload::{Transport, dumbbell};

use super::{checksum, samples};
use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "frames",
    about: "dissection, codecs, and hosts and a router that such frames are sent to",
    corpus,
    most: 12,
    mend: |frame| checksum::mend(frame),
    try_case,
};

/// Frames of each run that go into the corpus: the first ones are of every kind.
const FRAMES: usize = 60;

/// Frames of every protocol, and those of running networks, whose ports and sequence numbers are the ones that hosts listen to.
fn corpus() -> Vec<Vec<u8>> {
    let mut frames: Vec<Vec<u8>> = samples::samples().into_iter().map(|(_, frame)| frame).collect();
    for mut network in networks() {
        let mut sent = Vec::new();
        network.run_until(Instant::from_millis(400), |output| {
            if let Output::Fact(fact) = output
                && let What::Sent { bytes, .. } = fact.what
                && sent.len() < FRAMES
            {
                sent.push(bytes.to_vec());
            }
        });
        frames.extend(sent);
    }
    frames
}

/// A client and a server that exchange a message and part; a client whose connection a router translates; a flow of TCP and a
/// flow of UDP without end.
fn networks() -> Vec<Network> {
    let mut lab = Network::new(&lab::with_server(), 1).expect("the lab's scenario is sound");
    let to = (lab::SERVER, lab::TCP_PORT).into();
    lab.handle_input(Instant::ZERO, Input::Spawn(CLIENT_NODE, lab::tcp_client(to, b"hello!", Reading::ToEnd).into()));
    let mut routed = Network::new(&routed(), 1).expect("the routed scenario is sound");
    let client = lab::tcp_client((OUTSIDE, 80).into(), &[b'x'; 5000], Reading::ToEnd);
    routed.handle_input(Instant::ZERO, Input::Spawn(CLIENT_NODE, client.into()));
    let flows = [Transport::Tcp, Transport::Udp];
    let flows = flows.map(|transport| Network::new(&dumbbell(1, transport), 1).expect("a workload is sound"));
    [lab, routed].into_iter().chain(flows).collect()
}

/// The server behind the router.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(10, 9, 0, 2);

/// A host and a router with the addresses of the samples, and a server on the other side of the router, which translates addresses.
fn routed() -> Scenario {
    let both = |mac, ip, ip6: Ipv6Addr| {
        let mut interface = Interface::new("eth0", mac, ip, 24);
        interface.addresses.push(Address { ip: ip6.into(), prefix: 64 });
        interface
    };
    let serving = |mut node: Node| {
        node.programs.push(Program { at: Instant::ZERO, what: lab::tcp_server(80).into() });
        node
    };
    let mut client = Node::with_interface("client", NodeKind::Host, samples::MAC, samples::V4, 24);
    client.interfaces = vec![both(samples::MAC, samples::V4, samples::V6)];
    let mut router = serving(Node::with_interface("router", NodeKind::Router, samples::PEER_MAC, samples::PEER_V4, 24));
    router.interfaces = vec![
        both(samples::PEER_MAC, samples::PEER_V4, samples::PEER_V6),
        Interface::new("eth1", [2, 0, 0, 0, 9, 1], Ipv4Addr::new(10, 9, 0, 1), 24),
    ];
    let (udp_timeout, tcp_timeout) = (Duration::from_secs(120), Duration::from_secs(7440));
    router.nat = Some(Nat { outside: 1, ports: Vec::new(), udp_timeout, tcp_timeout });
    let server = serving(Node::with_interface("server", NodeKind::Host, [2, 0, 0, 0, 9, 2], OUTSIDE, 24));
    let delay = Duration::from_millis(10);
    let inside = Link::between(NodeId(0), NodeId(1), 10_000_000, delay, 100);
    let mut outside = Link::between(NodeId(1), NodeId(2), 10_000_000, delay, 100);
    outside.ends[0].interface = 1;
    let nodes = vec![client.route_all(samples::PEER_V4.into()), router, server];
    Scenario { nodes, links: vec![inside, outside], ..Scenario::default() }
}

/// Networks at moments when something is under way, and how long each is run after the last frame.
fn moments() -> Vec<(Network, Duration)> {
    let mut moments = Vec::new();
    for (index, network) in networks().into_iter().enumerate() {
        // Few events: past every timer. A flow without end: some hundred frames.
        let after = if index < 2 { Duration::from_secs(200) } else { Duration::from_millis(60) };
        for millis in [0, 15, 35, 55, 75, 110, 200] {
            let mut network = network.clone();
            network.run_until(Instant::from_millis(millis), drop);
            moments.push((network, after));
        }
    }
    moments
}

thread_local! {
    /// Made once: a case begins with a clone of one of them.
    static MOMENTS: OnceCell<Vec<(Network, Duration)>> = const { OnceCell::new() };
}

fn try_case(case: &[Vec<u8>], random: &mut Rng) {
    for frame in case {
        check_dissection(frame);
        check_codecs(frame);
    }
    // Hosts take a hundred times as long as codecs: most cases are for the codecs alone.
    if random.u8(0..4) > 0 {
        return;
    }
    let (mut network, after) = MOMENTS.with(|moments| {
        let moments = moments.get_or_init(self::moments);
        let (network, after) = &moments[random.usize(0..moments.len())];
        (network.clone(), *after)
    });
    let mut now = network.poll_timeout().unwrap_or(Instant::ZERO);
    for frame in case {
        now += Duration::from_micros(random.u64(0..30_000));
        network.run_until(now, drop);
        network.handle_input(now, Input::Frame(NodeId(random.u16(0..3)), frame.as_slice().into()));
    }
    now += after;
    network.run_until(now, drop);
    assert!(network.poll_timeout().is_none_or(|due| due > now), "the clock goes on");
}

/// Every bit has one name, in order.
fn check_dissection(frame: &[u8]) {
    let mut bit = 0;
    for section in dissect(frame) {
        assert_eq!(section.bytes.start * 8, bit, "sections are without gaps: {section:?}");
        for field in &section.fields {
            assert!(field.bits.start == bit && field.bits.end > bit, "fields are without gaps: {field:?}");
            bit = field.bits.end;
        }
        assert_eq!(section.bytes.end * 8, bit, "fields fill their section: {section:?}");
    }
    assert_eq!(bit, frame.len() * 8, "sections fill the frame");
    let _ = summary(frame);
}

/// What is read can be written, and reads the same.
fn check_codecs(frame: &[u8]) {
    let Ok((link, packet)) = ethernet::Repr::parse(frame) else { return };
    match link.ethertype {
        ethernet::TYPE_ARP => {
            if let Ok(repr) = arp::Repr::parse(packet) {
                let mut bytes = vec![0; arp::LEN];
                repr.emit(&mut bytes);
                assert_eq!(arp::Repr::parse(&bytes), Ok(repr));
            }
        }
        ethernet::TYPE_IPV4 => check_ipv4(packet),
        ethernet::TYPE_IPV6 => check_ipv6(packet),
        _ => {}
    }
}

fn check_ipv4(packet: &[u8]) {
    let Ok((ip, _, payload)) = ipv4::Repr::parse(packet) else { return };
    let mut bytes = vec![0; ipv4::HEADER];
    ip.emit(&mut bytes);
    bytes.extend(payload);
    assert_eq!(ipv4::Repr::parse(&bytes), Ok((ip, ipv4::HEADER, payload)));
    match ip.protocol {
        ipv4::PROTOCOL_ICMP => {
            if let Ok((repr, data)) = icmp::Repr::parse(payload) {
                let mut bytes = [&[0; icmp::HEADER], data].concat();
                repr.emit(&mut bytes);
                assert_eq!(icmp::Repr::parse(&bytes), Ok((repr, data)));
            }
        }
        ipv4::PROTOCOL_IGMP => {
            if let Ok(repr) = igmp::Repr::parse(payload) {
                let mut bytes = vec![0; repr.len()];
                repr.emit(&mut bytes);
                assert_eq!(igmp::Repr::parse(&bytes), Ok(repr));
            }
        }
        ipv4::PROTOCOL_TCP => {
            let _ = tcp::Repr::parse(payload, ip.source, ip.destination);
        }
        ipv4::PROTOCOL_UDP => {
            if let Ok((_, data)) = udp::Repr::parse(payload, ip.source, ip.destination) {
                check_application(data);
            }
        }
        _ => {}
    }
}

fn check_ipv6(packet: &[u8]) {
    let Ok((ip, rest)) = ipv6::Repr::parse(packet) else { return };
    let mut bytes = vec![0; ipv6::HEADER];
    ip.emit(&mut bytes);
    bytes.extend(rest);
    assert_eq!(ipv6::Repr::parse(&bytes), Ok((ip, rest)));
    let Ok(chain) = walk(&ip, rest) else { return };
    assert_eq!(chain.headers + chain.payload.len(), ipv6::HEADER + rest.len(), "the walk ends at the payload");
    if chain.protocol == ipv6::PROTOCOL_ICMPV6
        && let Ok((repr, data)) = icmpv6::Repr::parse(chain.payload, ip.source, ip.destination)
    {
        let mut bytes = vec![0; repr.header_len()];
        bytes.extend(data);
        repr.emit(&mut bytes, ip.source, ip.destination);
        assert_eq!(icmpv6::Repr::parse(&bytes, ip.source, ip.destination), Ok((repr, data)));
    }
    if chain.protocol == ipv4::PROTOCOL_UDP
        && let Ok((_, data)) = udp::Repr::parse(chain.payload, ip.source, ip.destination)
    {
        check_application(data);
    }
}

/// Whatever the ports: these codecs must take any bytes.
fn check_application(data: &[u8]) {
    if let Ok(repr) = dhcp::Repr::parse(data) {
        assert_eq!(dhcp::Repr::parse(&repr.emit()), Ok(repr));
    }
    if let Ok(message) = dns::Message::parse(data) {
        for compressed in [false, true] {
            assert_eq!(dns::Message::parse(&message.emit(compressed)).as_ref(), Ok(&message));
        }
    }
}
