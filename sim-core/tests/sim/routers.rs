//! Routers between hosts, packets in pieces, and hosts that talk to themselves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use sim_core::network::Input;
use sim_core::program::{Family, SocketType, Step};
use sim_core::scenario::{End, Interface, Link, Node, NodeKind, Scenario};
use sim_core::trace::{LinkId, NodeId, What};
use sim_core::wire::{ethernet, icmp, ipv4, udp};

use crate::harness::*;

const R: NodeId = NodeId(1);
const FAR: NodeId = NodeId(2);
const NEAR_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 1);
const FAR_IP: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const ROUTER_NEAR: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 254);
const ROUTER_FAR: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 254);

fn mac(network: u8, host: u8) -> [u8; 6] {
    [2, 0, 0, 0, network, host]
}

/// A, a router and B, 5 ms apart each.
fn routed() -> Scenario {
    let near = Node::with_interface("A", NodeKind::Host, mac(1, 1), NEAR_IP, 24).route_all(ROUTER_NEAR.into());
    let mut router = Node::with_interface("R", NodeKind::Router, mac(1, 254), ROUTER_NEAR, 24);
    router.interfaces.push(Interface::new("eth1", mac(2, 254), ROUTER_FAR, 24));
    let far = Node::with_interface("B", NodeKind::Host, mac(2, 2), FAR_IP, 24).route_all(ROUTER_FAR.into());
    let mut links = [Link::between(A, R, 0, ms(5), 1000), Link::between(R, FAR, 0, ms(5), 1000)];
    links[1].ends[0] = End { node: R, interface: 1 };
    Scenario { nodes: vec![near, router, far], links: links.into(), ..Scenario::default() }
}

fn far(port: u16) -> SocketAddr {
    (FAR_IP, port).into()
}

/// The IPv4 packets that a node sent: header and payload.
fn packets(run: &Run, from: NodeId) -> Vec<(ipv4::Repr, Vec<u8>)> {
    let frames = run.frames().into_iter().filter(|(_, sender, _)| *sender == from);
    frames.filter_map(|(.., frame)| parse(&frame)).collect()
}

fn parse(frame: &[u8]) -> Option<(ipv4::Repr, Vec<u8>)> {
    let (header, packet) = ethernet::Repr::parse(frame).ok()?;
    if header.ethertype != ethernet::TYPE_IPV4 {
        return None;
    }
    let (ip, _, payload) = ipv4::Repr::parse(packet).expect("every packet's length and checksum are right");
    Some((ip, payload.to_vec()))
}

fn errors(run: &Run, from: NodeId) -> Vec<(Ipv4Addr, icmp::Repr)> {
    let all = packets(run, from).into_iter().filter(|(ip, _)| ip.protocol == ipv4::PROTOCOL_ICMP);
    all.map(|(ip, message)| (ip.source, icmp::Repr::parse(&message).expect("legal").0)).collect()
}

/// A frame from A with a UDP datagram for B.
fn datagram(ttl: u8, dont_fragment: bool, length: usize) -> Arc<[u8]> {
    let mut frame = vec![0; 14 + 20 + 8 + length];
    let repr = udp::Repr { source: 9, destination: 9, payload: length };
    repr.emit(&mut frame[34..], NEAR_IP, FAR_IP);
    ipv4::Repr {
        traffic_class: 0,
        id: 7,
        dont_fragment,
        more_fragments: false,
        fragment_offset: 0,
        ttl,
        protocol: ipv4::PROTOCOL_UDP,
        source: NEAR_IP,
        destination: FAR_IP,
        payload: 8 + length,
    }
    .emit(&mut frame[14..]);
    ethernet::Repr { destination: mac(1, 254), source: mac(1, 1), ethertype: ethernet::TYPE_IPV4 }.emit(&mut frame);
    frame.into()
}

#[test]
fn hello_over_a_router() {
    let mut run = Run::new(&routed(), 1);
    run.spawn(at(0), FAR, "server", then(accepting(), [Step::Recv(S1, 100), Step::PrintReceived, Step::Close(S1)]));
    let steps = [Step::Connect(S0, far(PORT).into()), Step::Send(S0, bytes("hello!")), Step::Close(S0)];
    run.spawn(at(1), A, "client", then(vec![Step::Socket(Family::Inet, SocketType::Stream, S0)], steps))
        .until(at(1000));
    assert!(run.results(FAR).contains(&"6: print b'hello!'".to_owned()), "{:?}", run.results(FAR));
    assert!(packets(&run, A).iter().all(|(ip, _)| ip.ttl == 64));
    let forwarded = packets(&run, R);
    assert!(forwarded.len() > 6 && forwarded.iter().all(|(ip, _)| ip.ttl == 63), "one less each hop");
    let sent = packets(&run, A);
    let towards_far = forwarded.iter().filter(|(ip, _)| ip.destination == FAR_IP);
    for (before, after) in sent.iter().zip(towards_far) {
        assert_eq!(ipv4::Repr { ttl: 63, ..before.0 }, after.0, "nothing else of the header changes");
        assert_eq!(before.1, after.1);
    }
    let (.., frame) = &run.frames().into_iter().rfind(|(_, from, _)| *from == R).expect("it forwards");
    assert!([mac(1, 254), mac(2, 254)].contains(&<[u8; 6]>::try_from(&frame[6..12]).expect("six bytes")));
}

#[test]
fn a_packet_whose_time_is_over() {
    let mut run = Run::new(&routed(), 1);
    run.input(at(10), Input::Frame(A, datagram(1, true, 10))).until(at(1000));
    let over = icmp::Repr::TimeExceeded(icmp::TimeExceeded::InTransit);
    assert_eq!(errors(&run, R), [(ROUTER_NEAR, over)]);
    assert_eq!(run.drops(), ["TtlExceeded"]);
    assert!(packets(&run, R).iter().all(|(ip, _)| ip.traffic_class == 0xc0));
}

#[test]
fn a_narrow_link() {
    let mut scenario = routed();
    scenario.nodes[1].interfaces[1].mtu = 1000;
    let mut run = Run::new(&scenario, 1);
    run.input(at(10), Input::Frame(A, datagram(64, true, 1400))).until(at(1000));
    let needed = icmp::Repr::Unreachable(icmp::Unreachable::FragmentationNeeded { mtu: 1000 });
    assert_eq!(errors(&run, R), [(ROUTER_NEAR, needed)]);
    assert_eq!(run.drops(), ["TooBig"]);

    // Without DF the router breaks it: 976 bytes are the most that is a multiple of 8.
    let mut run = Run::new(&scenario, 1);
    run.spawn(
        at(0),
        FAR,
        "server",
        vec![
            Step::Socket(Family::Inet, SocketType::Datagram, S0),
            Step::Bind(S0, every_address(9)),
            Step::RecvFrom(S0, 2000),
            Step::PrintLength,
        ],
    );
    run.input(at(10), Input::Frame(A, datagram(64, false, 1400))).until(at(1000));
    let pieces: Vec<_> =
        packets(&run, R).into_iter().map(|(ip, _)| (ip.payload, ip.fragment_offset, ip.more_fragments)).collect();
    assert_eq!(pieces, [(976, 0, true), (432, 122, false)]);
    assert!(run.results(FAR).contains(&"4: print 1400".to_owned()), "{:?}", run.results(FAR));
}

#[test]
fn nowhere_to_go() {
    let connect = |to: [u8; 4]| {
        let mut run = Run::new(&routed(), 1);
        let to = SocketAddr::new(IpAddr::from(to), PORT);
        run.spawn(
            at(0),
            A,
            "client",
            vec![Step::Socket(Family::Inet, SocketType::Stream, S0), Step::Connect(S0, to.into())],
        )
        .until(at(60_000));
        (run.results(A).last().cloned().expect("it ends"), errors(&run, R))
    };
    let (result, told) = connect([192, 168, 7, 7]);
    assert_eq!((result.as_str(), told[0].1), ("2: exit ENETUNREACH", icmp::Repr::Unreachable(icmp::Unreachable::Net)));
    let (result, told) = connect([10, 0, 2, 77]);
    assert_eq!(
        (result.as_str(), told[0].1),
        ("2: exit EHOSTUNREACH", icmp::Repr::Unreachable(icmp::Unreachable::Host))
    );
}

#[test]
fn a_datagram_in_pieces() {
    let mut scenario = two_hosts();
    let server = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::Bind(S0, every_address(PORT)),
        Step::RecvFrom(S0, 9000),
        Step::PrintLength,
    ];
    let client =
        vec![Step::Socket(Family::Inet, SocketType::Datagram, S0), Step::SendTo(S0, vec![b'x'; 4000].into(), b(PORT))];
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", server.clone()).spawn(at(1), A, "client", client.clone()).until(at(60_000));
    // As recorded of Linux: 1500, 1500 and 1068 bytes, none with DF.
    let pieces: Vec<_> =
        packets(&run, A).into_iter().map(|(ip, _)| (20 + ip.payload, ip.fragment_offset, ip.dont_fragment)).collect();
    assert_eq!(pieces, [(1500, 0, false), (1500, 185, false), (1068, 370, false)]);
    assert!(run.results(B).contains(&"4: print 4000".to_owned()));
    let whole = |fact: &sim_core::trace::Fact| matches!(fact.what, What::Reassembled { fragments: 3, length: 4028 });
    assert!(run.trace.facts().iter().any(whole));

    // One piece is lost: after half a minute the receiver gives up, and says so.
    scenario.links[0].faults[0].lose = vec![3];
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client).until(at(60_000));
    assert_eq!(errors(&run, B), [(B_IP, icmp::Repr::TimeExceeded(icmp::TimeExceeded::Reassembly))]);
    assert!(run.drops().contains(&"ReassemblyTime".to_owned()));
}

#[test]
fn a_host_talks_to_itself() {
    let mut run = Run::new(&two_hosts(), 1);
    let server = [Step::Recv(S1, 100), Step::Send(S1, bytes("hi")), Step::Recv(S1, 100), Step::Close(S1)];
    run.spawn(at(0), A, "server", then(accepting(), server));
    let to = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), PORT);
    run.spawn(
        at(1),
        A,
        "client",
        vec![
            Step::Socket(Family::Inet, SocketType::Stream, S0),
            Step::Connect(S0, to.into()),
            Step::Send(S0, bytes("hello!")),
            Step::Recv(S0, 100),
            Step::PrintReceived,
            Step::Close(S0),
        ],
    );
    run.until(at(1000));
    assert!(run.results(A).contains(&"5: print b'hi'".to_owned()), "{:?}", run.results(A));
    // As captured on `lo`: no ARP, and the lengths that every such exchange has.
    let lengths: Vec<usize> = run.frames().iter().map(|(.., frame)| frame.len()).collect();
    assert_eq!(lengths[..8], [74, 74, 66, 72, 66, 68, 66, 66]);
    let on_loopback =
        |fact: &sim_core::trace::Fact| !matches!(fact.what, What::Sent { link, .. } if link != LinkId::LOOPBACK);
    assert!(run.trace.facts().iter().all(on_loopback), "nothing leaves the host");
}

#[test]
fn a_neighbour_is_asked_again() {
    // UDP says nothing of who hears it: after half a minute the next datagram goes on trust, and five seconds later ARP asks the known station.
    let mut run = Run::new(&two_hosts(), 1);
    let send = Step::SendTo(S0, bytes("x"), b(PORT));
    let open = Step::Socket(Family::Inet, SocketType::Datagram, S0);
    run.spawn(at(0), B, "server", vec![open.clone(), Step::Bind(S0, every_address(PORT)), Step::Sleep(ms(100_000))]);
    run.spawn(at(1), A, "client", vec![open, send.clone(), Step::Sleep(ms(31_000)), send]).until(at(60_000));
    let asked = run.times_of("A ARP Request");
    assert_eq!(asked.len(), 2);
    about(asked[1] - at(31_001), 5000, 30);
    let (.., frame) = run.frames().into_iter().rfind(|(_, from, _)| *from == A).expect("it asks");
    assert_eq!(frame[..6], [2, 0, 0, 0, 0, 2], "by unicast");
}
