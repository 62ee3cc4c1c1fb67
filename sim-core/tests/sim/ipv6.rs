//! IPv6: addresses that interfaces make, neighbours, routers that advertise, errors, and groups.
//!
//! Absent on purpose: the bytes of the messages ([`crate::wire_ipv6`], [`crate::wire_control`]).

use std::net::Ipv6Addr;
use std::sync::Arc;

use sim_core::dissect::summary;
use sim_core::network::Input;
use sim_core::scenario::{End, Interface, Link, Node, NodeKind, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{NodeId, What};
use sim_core::wire::ethernet::{self, Mac};
use sim_core::wire::ndp::{self, Prefix, RouterAdvertisement};
use sim_core::wire::{icmpv6, ipv6, ipv6_extension, membership, mld};

use crate::harness::*;

const A6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1);
const B6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2);
/// What RFC 4291, appendix A, makes of [`mac`] 1 and 2, and what Linux's recordings show.
const A_NEAR: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 1);
const B_NEAR: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0xff, 0xfe00, 2);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

const fn mac(number: u8) -> Mac {
    [2, 0, 0, 0, 0, number]
}

fn host(name: &str, number: u8, address: Ipv6Addr) -> Node {
    Node::with_interface(name, NodeKind::Host, mac(number), address, 64)
}

/// A host that only configures itself.
fn newcomer(name: &str, number: u8) -> Node {
    let mut node = host(name, number, A6);
    node.interfaces[0].addresses.clear();
    node.interfaces[0].autoconf = true;
    node
}

fn linked(a: Node, b: Node) -> Scenario {
    Scenario { nodes: vec![a, b], links: vec![Link::between(A, B, 0, ms(10), 1000)], ..Scenario::default() }
}

fn hosts() -> Scenario {
    linked(host("A", 1, A6), host("B", 2, B6))
}

/// A – R – B: R advertises a network to A; B's has an address by hand, and a link of this MTU.
fn routed(mtu: u16) -> Scenario {
    let near = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 1);
    let far = Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1);
    let mut router = Node::with_interface("R", NodeKind::Router, mac(0xfe), near, 64);
    router.interfaces[0].advertise = true;
    router.interfaces.push(Interface::new("eth1", mac(0xfd), far, 64));
    router.interfaces[1].mtu = mtu;
    let mut b = host("B", 2, Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 2)).route_all(far.into());
    b.interfaces[0].mtu = mtu;
    let mut links = vec![Link::between(A, B, 0, ms(5), 1000), Link::between(B, NodeId(2), 0, ms(5), 1000)];
    links[1].ends[0] = End { node: B, interface: 1 };
    Scenario { nodes: vec![newcomer("A", 1), router, b], links, ..Scenario::default() }
}

/// An IPv6 packet in a frame, behind extension headers if any.
fn frame(
    to: Mac,
    (source, destination): (Ipv6Addr, Ipv6Addr),
    hop_limit: u8,
    next_header: u8,
    body: &[u8],
) -> Arc<[u8]> {
    let mut frame = vec![0; 14 + 40];
    ethernet::Repr { destination: to, source: [2, 0, 0, 0, 9, 9], ethertype: ethernet::TYPE_IPV6 }.emit(&mut frame);
    let (traffic_class, flow_label, payload) = (0, 0, body.len());
    ipv6::Repr { traffic_class, flow_label, next_header, hop_limit, source, destination, payload }
        .emit(&mut frame[14..]);
    frame.extend_from_slice(body);
    frame.into()
}

fn message(to: Mac, ends: (Ipv6Addr, Ipv6Addr), hop_limit: u8, repr: &icmpv6::Repr, data: &[u8]) -> Arc<[u8]> {
    let mut bytes = vec![0; repr.header_len()];
    bytes.extend_from_slice(data);
    repr.emit(&mut bytes, ends.0, ends.1);
    frame(to, ends, hop_limit, ipv6::PROTOCOL_ICMPV6, &bytes)
}

fn echo(to: Mac, ends: (Ipv6Addr, Ipv6Addr), hop_limit: u8, length: usize) -> Arc<[u8]> {
    message(to, ends, hop_limit, &icmpv6::Repr::EchoRequest { identifier: 7, sequence: 1 }, &vec![0x61; length])
}

fn discovery(to: Mac, ends: (Ipv6Addr, Ipv6Addr), repr: ndp::Repr) -> Arc<[u8]> {
    message(to, ends, ndp::HOP_LIMIT, &icmpv6::Repr::Neighbor(repr), &[])
}

/// Frames sent since this moment, one line each: by whom, and what.
fn said(run: &Run, since: Instant) -> Vec<String> {
    let frames = run.frames().into_iter().filter(|(at, ..)| *at >= since);
    frames
        .map(|(_, node, frame)| format!("{} {}", ["A", "B", "C", "D"][usize::from(node.0)], summary(&frame)))
        .collect()
}

/// What became of a node's own addresses and routes.
fn learned(run: &Run, node: NodeId) -> Vec<String> {
    let facts = run.trace.facts().iter().filter(|fact| fact.node == node);
    let told = facts.filter(|fact| matches!(fact.what, What::Address { .. } | What::Route { .. }));
    told.map(|fact| fact.what.to_string()).collect()
}

fn states(run: &Run, node: NodeId) -> Vec<String> {
    let facts = run.trace.facts().iter().filter(|fact| fact.node == node);
    facts.filter(|fact| matches!(fact.what, What::Neighbour { .. })).map(|fact| fact.what.to_string()).collect()
}

fn send(run: &mut Run, millis: u64, node: NodeId, bytes: Arc<[u8]>) {
    run.input(at(millis), Input::Frame(node, bytes));
}

#[test]
fn hosts_with_addresses_by_hand_say_nothing_by_themselves() {
    let mut run = Run::new(&hosts(), 1);
    run.until(at(3_600_000));
    same(&said(&run, Instant::ZERO), &[]);
}

#[test]
fn a_link_local_address_answers_and_is_asked_for_by_its_group() {
    let mut run = Run::new(&hosts(), 1);
    send(&mut run, 0, A, echo(mac(2), (A_NEAR, B_NEAR), 64, 4));
    run.until(at(1000));
    same(
        &said(&run, Instant::ZERO),
        &[
            "A fe80::ff:fe00:1 > fe80::ff:fe00:2: ICMP6, echo request, id 7, seq 1, length 12",
            "B fe80::ff:fe00:2 > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fe80::ff:fe00:1, length 32",
            "A fe80::ff:fe00:1 > fe80::ff:fe00:2: ICMP6, neighbor advertisement, tgt is fe80::ff:fe00:1, length 32",
            "B fe80::ff:fe00:2 > fe80::ff:fe00:1: ICMP6, echo reply, id 7, seq 1, length 12",
        ],
    );
    // The first fragment of ND's rules: it goes to the group's hardware address, with hop limit 255.
    let solicitation = &run.frames()[1].2;
    assert_eq!((&solicitation[..6], solicitation[21]), (&[0x33, 0x33, 0xff, 0, 0, 1][..], 255));
}

#[test]
fn the_source_suits_the_destination() {
    let mut node = host("A", 1, A6);
    node.interfaces[0]
        .addresses
        .push(sim_core::scenario::Address { ip: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(), prefix: 64 });
    let asker = Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 9);
    let mut run = Run::new(&linked(node, host("B", 2, B6)), 1);
    // A group is asked: the answer comes from the address that suits who asked (RFC 6724 §5).
    for (index, source) in [asker, Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 9), B_NEAR].into_iter().enumerate() {
        send(&mut run, 1000 * index as u64, B, echo(ethernet::multicast_v6(ALL_NODES), (source, ALL_NODES), 64, 0));
    }
    run.until(at(2500));
    let lines = said(&run, Instant::ZERO);
    let of =
        |who: &str| lines.iter().filter(|line| line.contains(&format!("who has {who}"))).cloned().collect::<Vec<_>>();
    let from = |own: &str, who: &str| {
        let lines = of(who);
        assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with(&format!("A {own} >"))), "{lines:?}");
    };
    from("fd00::1", "fd00::9");
    from("2001:db8::1", "2001:db8::9");
    from("fe80::ff:fe00:1", "fe80::ff:fe00:2");
}

#[test]
fn an_interface_comes_up_as_on_linux() {
    let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, B6)), 1);
    run.until(at(60_000));
    let report = |from: &str| {
        format!(
            "A {from} > ff02::16: ICMP6, multicast listener report v2, 1 group record(s) [gaddr ff02::1:ff00:1 to_ex], length 28"
        )
    };
    let solicitation = "A fe80::ff:fe00:1 > ff02::2: ICMP6, router solicitation, length 16";
    let probe = "A :: > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fe80::ff:fe00:1, length 24";
    let (nameless, named) = (report("::"), report("fe80::ff:fe00:1"));
    let mut lines = said(&run, Instant::ZERO);
    // The repeated report and the probe come after random times of up to a second each.
    lines[1..3].sort();
    let expected = [&*nameless, &*nameless, probe, &*named, solicitation, &*named, solicitation, solicitation];
    same(&lines, &expected);
    let times: Vec<Instant> = run.frames().iter().map(|(at, ..)| *at).collect();
    assert!(times[1] <= at(1000) && times[2] <= at(1000), "{times:?}");
    about(times[7].saturating_since(times[6]), 4000, 0);
    same(&learned(&run, A), &["Address if0 fe80::ff:fe00:1/64 Tentative", "Address if0 fe80::ff:fe00:1/64 Preferred"]);
    // RFC 3810 §5: hop limit 1, and a router alert.
    let (.., frame) = &run.frames()[0];
    assert_eq!((frame[20], frame[21], &frame[54..62]), (0, 1, &[58, 0, 5, 2, 0, 0, 1, 0][..]));
}

#[test]
fn an_address_that_another_station_has_is_not_taken() {
    let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, A_NEAR)), 1);
    run.until(at(20_000));
    same(&learned(&run, A), &["Address if0 fe80::ff:fe00:1/64 Tentative", "Address if0 fe80::ff:fe00:1/64 Duplicate"]);
    let lines = said(&run, Instant::ZERO);
    let answer = "B fe80::ff:fe00:1 > ff02::1: ICMP6, neighbor advertisement, tgt is fe80::ff:fe00:1, length 32";
    assert!(lines.iter().any(|line| line == answer), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("router solicitation")), "{lines:?}");
    send(&mut run, 21_000, B, echo(mac(1), (B6, A_NEAR), 64, 0));
    run.until(at(22_000));
    assert!(run.drops().contains(&"NotOurAddress".into()), "{:?}", run.drops());
}

#[test]
fn who_looks_for_an_address_too_takes_it_away_and_a_neighbour_does_not() {
    // RFC 4862 §5.4.3.
    for (source, last) in [(Ipv6Addr::UNSPECIFIED, "Duplicate"), (B_NEAR, "Preferred")] {
        let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, B6)), 1);
        let group = ipv6::solicited_node(A_NEAR);
        let repr = ndp::Repr::NeighborSolicitation { target: A_NEAR, source_link: None };
        send(&mut run, 1, B, discovery(ethernet::multicast_v6(group), (source, group), repr));
        run.until(at(5000));
        let states = learned(&run, A);
        assert!(states.last().is_some_and(|state| state.ends_with(last)), "{states:?}");
    }
}

#[test]
fn a_host_learns_addresses_and_routes_from_its_router() {
    let mut run = Run::new(&routed(1500), 1);
    run.until(at(10_000));
    let own = "2001:db8:1::ff:fe00:1";
    same(
        &learned(&run, A),
        &[
            "Address if0 fe80::ff:fe00:1/64 Tentative",
            "Route if0 ::/0 via fe80::ff:fe00:fe Learned",
            "Route if0 2001:db8:1::/64 on link Learned",
            &format!("Address if0 {own}/64 Tentative"),
            "Address if0 fe80::ff:fe00:1/64 Preferred",
            &format!("Address if0 {own}/64 Preferred"),
        ],
    );
    // B asks A, whose answer takes the way that the router advertised.
    let ends = (Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 2), own.parse().unwrap());
    send(&mut run, 10_000, NodeId(2), echo(mac(0xfd), ends, 64, 8));
    run.until(at(12_000));
    let lines = said(&run, at(10_000));
    let reply = format!("A {own} > 2001:db8:2::2: ICMP6, echo reply, id 7, seq 1, length 16");
    let arrived = format!("B {own} > 2001:db8:2::2: ICMP6, echo reply, id 7, seq 1, length 16");
    assert!(lines.contains(&reply) && lines.contains(&arrived), "{lines:#?}");
}

#[test]
fn a_router_advertises_again_and_answers_who_asks() {
    let mut run = Run::new(&routed(1500), 1);
    run.until(at(3_600_000));
    let times = times_of(&run, "router advertisement");
    let gaps: Vec<u64> = times.windows(2).map(|pair| pair[1].saturating_since(pair[0]).as_secs()).collect();
    // RFC 4861 §6.2.4: the first ones at most 16 s apart, later 200 to 600 s; §6.2.6: who asks waits no longer than
    // half a second, but two are 3 s apart.
    assert!(gaps.iter().take(2).all(|gap| (3..=16).contains(gap)), "{gaps:?}");
    assert!(gaps.iter().skip(3).all(|gap| (200..=600).contains(gap)), "{gaps:?}");
    let asked = times_of(&run, "router solicitation");
    assert_eq!(asked.len(), 1, "one that has an answer asks no more: {asked:?}");
    let advertisement = said(&run, Instant::ZERO).into_iter().find(|line| line.contains("router advertisement"));
    assert_eq!(
        advertisement.as_deref(),
        Some(
            "B fe80::ff:fe00:fe > ff02::1: ICMP6, router advertisement, lifetime 1800s, prefix 2001:db8:1::/64, Flags [LA], valid 2592000s, pref. 604800s, length 64"
        )
    );
}

fn times_of(run: &Run, pattern: &str) -> Vec<Instant> {
    let matching = run.frames().into_iter().filter(|(.., frame)| summary(frame).contains(pattern));
    matching.map(|(at, ..)| at).collect()
}

/// An advertisement of B's with these seconds for its router, and for a prefix: valid and preferred.
fn advertisement(router: u16, valid: u32, preferred: u32) -> Arc<[u8]> {
    let prefix = Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, 0);
    let prefix = Prefix { length: 64, on_link: true, autonomous: true, valid, preferred, prefix };
    let (mtu, prefixes) = (Some(1400), vec![prefix]);
    let repr = RouterAdvertisement { hop_limit: 9, lifetime: router, mtu, prefixes, ..RouterAdvertisement::default() };
    discovery(ethernet::multicast_v6(ALL_NODES), (B_NEAR, ALL_NODES), ndp::Repr::RouterAdvertisement(repr))
}

#[test]
fn what_was_advertised_ends_with_its_lifetime() {
    let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, B6)), 1);
    send(&mut run, 3000, B, advertisement(60, 90, 30));
    run.until(at(200_000));
    let facts = run.trace.facts().iter().filter(|fact| fact.node == A);
    let told = facts.filter(|fact| matches!(fact.what, What::Address { .. } | What::Route { .. }));
    let times: Vec<String> =
        told.skip(2).map(|fact| format!("{} {}", fact.at.as_nanos() / 1_000_000, fact.what)).collect();
    let preferred: u64 = times[3].split(' ').next().unwrap().parse().unwrap();
    assert!((4010..=5010).contains(&preferred), "a check takes one to two seconds: {times:?}");
    let address = "Address if0 2001:db8:9::ff:fe00:1/64";
    same(
        &times,
        &[
            "3010 Route if0 ::/0 via fe80::ff:fe00:2 Learned",
            "3010 Route if0 2001:db8:9::/64 on link Learned",
            &format!("3010 {address} Tentative"),
            &format!("{preferred} {address} Preferred"),
            &format!("33010 {address} Deprecated"),
            "63010 Route if0 ::/0 via fe80::ff:fe00:2 Lost",
            &format!("93010 {address} Expired"),
            "93010 Route if0 2001:db8:9::/64 on link Lost",
        ],
    );
}

#[test]
fn nobody_shortens_a_life_below_two_hours_at_a_stroke() {
    let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, B6)), 1);
    send(&mut run, 3000, B, advertisement(0, 100_000, 100_000));
    send(&mut run, 10_000, B, advertisement(0, 1, 1));
    // RFC 4862 §5.5.3 e: two hours from the second one.
    run.until(at(10_010 + 7_199_000));
    assert!(learned(&run, A).iter().all(|line| !line.ends_with("Expired")), "{:?}", learned(&run, A));
    run.until(at(10_010 + 7_201_000));
    assert!(learned(&run, A).iter().any(|line| line.ends_with("Expired")), "{:?}", learned(&run, A));
}

#[test]
fn hop_limit_and_mtu_are_as_the_router_says() {
    let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, B6)), 1);
    send(&mut run, 3000, B, advertisement(60, 9000, 9000));
    let asker = Ipv6Addr::new(0x2001, 0xdb8, 9, 0, 0, 0, 0, 9);
    send(&mut run, 8000, B, echo(mac(1), (B_NEAR, A_NEAR), 64, 1400));
    send(&mut run, 8500, B, echo(mac(1), (asker, "2001:db8:9::ff:fe00:1".parse().unwrap()), 64, 0));
    run.until(at(9000));
    let lines = said(&run, at(8000));
    let replies: Vec<_> = run.frames().into_iter().filter(|(when, node, _)| *when >= at(8000) && *node == A).collect();
    let first = replies.iter().map(|(.., frame)| frame).find(|frame| frame[20] == ipv6::FRAGMENT).expect("fragments");
    assert_eq!(first[21], 9, "{lines:#?}");
    assert!(first.len() <= 14 + 1400, "{}", first.len());
}

#[test]
fn a_path_that_takes_less_is_learned_and_obeyed() {
    let mut run = Run::new(&routed(1280), 1);
    run.until(at(10_000));
    let own: Ipv6Addr = "2001:db8:1::ff:fe00:1".parse().unwrap();
    let far: Ipv6Addr = "2001:db8:2::2".parse().unwrap();
    // A packet of A's that the second link does not take, by hand: the router says so.
    send(&mut run, 10_000, A, echo(mac(0xfe), (own, far), 64, 1300));
    run.until(at(11_000));
    let told = "B 2001:db8:1::1 > 2001:db8:1::ff:fe00:1: ICMP6, packet too big, mtu 1280, length 1240";
    let lines = said(&run, at(10_000));
    assert!(lines.iter().any(|line| line == told), "{lines:#?}");
    assert_eq!(run.drops().last().map(String::as_str), Some("TooBig"));
    // Two pieces of 1,300 bytes from B: A's answer goes in two pieces of its own, which B puts together.
    let request = icmpv6::Repr::EchoRequest { identifier: 7, sequence: 2 };
    let mut body = vec![0x62; 1308];
    request.emit(&mut body, far, own);
    for (offset, more, chunk) in [(0, true, &body[..1208]), (151, false, &body[1208..])] {
        let mut piece = vec![0; ipv6_extension::FRAGMENT_HEADER];
        ipv6_extension::Fragment { id: 0xfeed_f00d, offset, more }.emit(ipv6::PROTOCOL_ICMPV6, &mut piece);
        piece.extend_from_slice(chunk);
        send(&mut run, 12_000, NodeId(2), frame(mac(0xfd), (far, own), 64, ipv6::FRAGMENT, &piece));
    }
    run.until(at(13_000));
    let answers: Vec<_> = run.frames().into_iter().filter(|(when, node, _)| *when > at(12_000) && *node == A).collect();
    let pieces: Vec<_> = answers.iter().filter(|(.., frame)| frame[20] == ipv6::FRAGMENT).collect();
    assert_eq!(pieces.len(), 2, "{:#?}", said(&run, at(12_000)));
    assert!(pieces.iter().all(|(.., frame)| frame.len() <= 14 + 1280));
    assert_eq!(pieces[0].2[58..62], pieces[1].2[58..62], "both have one identification of 32 bits");
    assert!(pieces[0].2[58..60] != [0, 0], "it uses all of them: {:?}", &pieces[0].2[58..62]);
    let whole = run.trace.facts().iter().filter(|fact| matches!(fact.what, What::Reassembled { length: 1348, .. }));
    assert_eq!(whole.count(), 2, "A's request and B's answer");
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    let mut run = Run::new(&routed(1500), 1);
    run.until(at(10_000));
    let own: Ipv6Addr = "2001:db8:1::ff:fe00:1".parse().unwrap();
    let far: Ipv6Addr = "2001:db8:2::2".parse().unwrap();
    let nobody: Ipv6Addr = "2001:db8:2::77".parse().unwrap();
    let nowhere: Ipv6Addr = "2001:db8:77::1".parse().unwrap();
    let router = mac(0xfe);
    send(&mut run, 10_000, A, echo(router, (own, far), 1, 0));
    send(&mut run, 11_000, A, echo(router, (own, nowhere), 64, 0));
    send(&mut run, 12_000, A, echo(router, (own, nobody), 64, 0));
    send(&mut run, 16_000, A, frame(router, (own, far), 64, 200, &[0; 8]));
    // A destination option that must be understood, and is not (RFC 8200 §4.2).
    let options = [59, 0, 0x80, 4, 0, 0, 0, 0];
    send(&mut run, 17_000, A, frame(router, (own, far), 64, ipv6::DESTINATION_OPTIONS, &options));
    let mut datagram = vec![0; 8];
    sim_core::wire::udp::Repr { source: 9, destination: 9, payload: 0 }.emit(&mut datagram, own, far);
    send(&mut run, 18_000, A, frame(router, (own, far), 64, 17, &datagram));
    run.until(at(20_000));
    let lines = said(&run, at(10_000));
    let told = |line: &&String| ["exceeded", "unreachable", "parameter"].iter().any(|word| line.contains(word));
    let heard: Vec<String> = lines.iter().filter(told).filter(|line| line.starts_with("B ")).cloned().collect();
    same(
        &heard,
        &[
            "B 2001:db8:1::1 > 2001:db8:1::ff:fe00:1: ICMP6, time exceeded in-transit, length 56",
            "B 2001:db8:1::1 > 2001:db8:1::ff:fe00:1: ICMP6, destination unreachable, unreachable route, length 56",
            "B 2001:db8:1::1 > 2001:db8:1::ff:fe00:1: ICMP6, destination unreachable, unreachable address, length 56",
            "B 2001:db8:2::2 > 2001:db8:1::ff:fe00:1: ICMP6, parameter problem, next header - octet 6, length 56",
            "B 2001:db8:2::2 > 2001:db8:1::ff:fe00:1: ICMP6, parameter problem, option - octet 42, length 56",
            "B 2001:db8:2::2 > 2001:db8:1::ff:fe00:1: ICMP6, destination unreachable, unreachable port, length 56",
        ],
    );
}

/// B's advertisement of itself, with another hardware address.
fn neighbour(other: Mac, solicited: bool, overrides: bool, router: bool) -> Arc<[u8]> {
    let target_link = Some(other);
    let repr = ndp::Repr::NeighborAdvertisement { router, solicited, overrides, target: B6, target_link };
    discovery(mac(1), (B6, A6), repr)
}

#[test]
fn an_answer_changes_what_it_may_change() {
    // RFC 4861 §7.2.5.
    let mut run = Run::new(&hosts(), 1);
    send(&mut run, 0, B, neighbour(mac(7), false, true, false));
    run.until(at(500));
    same(&states(&run, A), &[]);
    send(&mut run, 1000, B, echo(mac(1), (B6, A6), 64, 0));
    run.until(at(1500));
    // Another address that may not override makes the known one doubtful; one that may, takes its place.
    send(&mut run, 2000, B, neighbour(mac(7), false, false, false));
    send(&mut run, 3000, B, neighbour(mac(7), false, false, false));
    send(&mut run, 4000, B, neighbour(mac(8), false, true, false));
    send(&mut run, 5000, B, neighbour(mac(9), true, true, false));
    run.until(at(5500));
    same(
        &states(&run, A),
        &[
            "Neighbour fd00::2 incomplete",
            "Neighbour fd00::2 reachable 02:00:00:00:00:02",
            "Neighbour fd00::2 stale 02:00:00:00:00:02",
            "Neighbour fd00::2 stale 02:00:00:00:00:08",
            "Neighbour fd00::2 reachable 02:00:00:00:00:09",
        ],
    );
}

#[test]
fn a_silent_neighbour_is_asked_by_itself_and_then_forgotten() {
    let mut run = Run::new(&hosts(), 1);
    send(&mut run, 0, B, echo(mac(1), (B6, A6), 64, 0));
    // After 30 s it is doubted; the answer to this makes A ask for B alone, which is not there any more.
    run.until(at(40_000));
    let cut = sim_core::scenario::Faults { loss_ppm: 1_000_000, ..Default::default() };
    send(&mut run, 40_000, B, echo(mac(1), (B6, A6), 64, 0));
    run.input(at(40_005), Input::SetFaults(sim_core::trace::LinkId(0), 0, cut));
    run.until(at(60_000));
    let probes: Vec<_> = run
        .frames()
        .into_iter()
        .filter(|(when, node, frame)| {
            *when > at(40_010) && *node == A && summary(frame).contains("neighbor solicitation")
        })
        .collect();
    assert_eq!(probes.len(), 3, "{:#?}", said(&run, at(40_000)));
    assert!(probes.iter().all(|(.., frame)| frame[..6] == mac(2)), "each goes to B alone");
    assert!(states(&run, A).ends_with(&["Neighbour fd00::2 failed".into()]), "{:?}", states(&run, A));
}

#[test]
fn a_router_that_is_none_any_more_is_no_way_out() {
    let mut run = Run::new(&linked(newcomer("A", 1), host("B", 2, B6)), 1);
    send(&mut run, 3000, B, advertisement(600, 9000, 9000));
    let repr = ndp::Repr::NeighborAdvertisement {
        router: false,
        solicited: false,
        overrides: true,
        target: B_NEAR,
        target_link: Some(mac(2)),
    };
    send(&mut run, 5000, B, discovery(mac(1), (B_NEAR, A_NEAR), repr));
    run.until(at(6000));
    assert!(learned(&run, A).contains(&"Route if0 ::/0 via fe80::ff:fe00:2 Lost".into()), "{:?}", learned(&run, A));
}

/// A querier's question: for one group, or for all.
fn query(group: Ipv6Addr, max_response: u16, newest: bool) -> Arc<[u8]> {
    let querier =
        newest.then(|| membership::Querier { suppress: false, robustness: 2, interval: 125, sources: Vec::new() });
    let repr = icmpv6::Repr::Listener(mld::Repr::Query { max_response, group, querier });
    let to = if group.is_unspecified() { ALL_NODES } else { group };
    message(ethernet::multicast_v6(to), (B_NEAR, to), 1, &repr, &[])
}

#[test]
fn a_querier_is_told_of_groups_in_its_version() {
    let mut run = Run::new(&hosts(), 1);
    let group = ipv6::solicited_node(A6);
    send(&mut run, 0, B, query(Ipv6Addr::UNSPECIFIED, 1000, true));
    send(&mut run, 5000, B, query(group, 1000, true));
    send(&mut run, 10_000, B, query(group, 1000, false));
    // Another member says it in the older version: that is enough.
    send(&mut run, 20_000, B, query(group, 10_000, false));
    let report = icmpv6::Repr::Listener(mld::Repr::Report(group));
    send(&mut run, 20_001, B, message(ethernet::multicast_v6(group), (B_NEAR, group), 1, &report, &[]));
    run.until(at(40_000));
    let answers: Vec<String> = said(&run, Instant::ZERO).into_iter().filter(|line| line.starts_with("A ")).collect();
    let newest = "A fe80::ff:fe00:1 > ff02::16: ICMP6, multicast listener report v2, 1 group record(s) [gaddr ff02::1:ff00:1 is_ex], length 28";
    let older = "A fe80::ff:fe00:1 > ff02::1:ff00:1: ICMP6, multicast listener report addr: ff02::1:ff00:1, length 24";
    same(&answers, &[newest, newest, older]);
    let times = times_of(&run, "is_ex");
    assert!(times[0] <= at(1010) && times[1] <= at(6010), "{times:?}");
    // From afar nobody is told.
    let far = message(mac(1), (B6, ALL_NODES), 1, &icmpv6::Repr::Listener(mld::Repr::Report(group)), &[]);
    send(&mut run, 50_000, B, far);
    run.until(at(61_000));
    assert!(run.drops().contains(&"NotAcceptable".into()));
}
