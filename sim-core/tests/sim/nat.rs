//! Homes behind translators: what goes out comes back, what nobody asked for does not come in, and what is silent is
//! forgotten.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use sim_core::network::Input;
use sim_core::program::{Family, Shutdown, SocketType, Step};
use sim_core::scenario::{End, Interface, Link, Nat, Node, NodeKind, PortMap, PortProtocol, Scenario, ScenarioError};
use sim_core::time::Instant;
use sim_core::trace::{Fact, NatProtocol, NatState, NodeId, What};
use sim_core::wire::{ethernet, icmp, ipv4, tcp, udp};

use crate::harness::*;

/// In the first home.
const ANNE: NodeId = NodeId(0);
const ADAM: NodeId = NodeId(1);
const HOME_A: NodeId = NodeId(2);
/// In the second home.
const BERT: NodeId = NodeId(3);
const HOME_B: NodeId = NodeId(4);
const SERVER: NodeId = NodeId(5);
const SWITCHES: [NodeId; 2] = [NodeId(6), NodeId(7)];

const ANNE_IP: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 2);
const ADAM_IP: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 3);
const BERT_IP: Ipv4Addr = Ipv4Addr::new(192, 168, 2, 2);
const OUT_A: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
const OUT_B: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 2);
const SERVER_IP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);

fn host(name: &str, number: u8, ip: Ipv4Addr, via: Option<Ipv4Addr>) -> Node {
    let node = Node::with_interface(name, NodeKind::Host, [2, 0, 0, 0, 1, number], ip, 24);
    via.map_or(node.clone(), |via| node.route_all(via.into()))
}

/// A router whose `eth0` is inside and whose `eth1` is outside.
fn home(name: &str, number: u8, inside: Ipv4Addr, outside: Ipv4Addr) -> Node {
    let mut router = Node::with_interface(name, NodeKind::Router, [2, 0, 0, 0, 2, number], inside, 24);
    router.interfaces.push(Interface::new("eth1", [2, 0, 0, 0, 3, number], outside, 24));
    router.nat = Some(Nat {
        outside: 1,
        ports: Vec::new(),
        udp_timeout: Duration::from_secs(120),
        tcp_timeout: Duration::from_secs(7440),
    });
    router
}

/// Two homes and a public server at one public network.
fn two_homes() -> Scenario {
    let [gate_a, gate_b] = [1, 2].map(|net| Ipv4Addr::new(192, 168, net, 1));
    let nodes = vec![
        host("Anne", 1, ANNE_IP, Some(gate_a)),
        host("Adam", 2, ADAM_IP, Some(gate_a)),
        home("home A", 1, gate_a, OUT_A),
        host("Bert", 3, BERT_IP, Some(gate_b)),
        home("home B", 2, gate_b, OUT_B),
        host("server", 4, SERVER_IP, None),
        crate::switch::switch("inside A"),
        crate::switch::switch("public"),
    ];
    let cable = |a: (NodeId, u16), b: (NodeId, u16)| {
        let [a, b] = [a, b].map(|(node, interface)| End { node, interface });
        Link { ends: [a, b], ..Link::between(a.node, b.node, 0, ms(1), 1000) }
    };
    let [inside, public] = SWITCHES;
    let links = vec![
        cable((ANNE, 0), (inside, 1)),
        cable((ADAM, 0), (inside, 2)),
        cable((inside, 0), (HOME_A, 0)),
        cable((BERT, 0), (HOME_B, 0)),
        cable((HOME_A, 1), (public, 1)),
        cable((HOME_B, 1), (public, 2)),
        cable((SERVER, 0), (public, 9)),
    ];
    Scenario { nodes, links, ..Scenario::default() }
}

fn v4(ip: Ipv4Addr, port: u16) -> SocketAddr {
    (ip, port).into()
}

/// A UDP socket at a port.
fn datagrams(port: u16) -> Vec<Step> {
    vec![Step::Socket(Family::Inet, SocketType::Datagram, S0), Step::Bind(S0, every_address(port))]
}

fn send(to: SocketAddr, text: &str) -> Step {
    Step::SendTo(S0, bytes(text), to.into())
}

/// IPv4 packets that a node sent, checked: header and payload.
fn packets(run: &Run, from: NodeId) -> Vec<(ipv4::Repr, Vec<u8>)> {
    let frames = run.frames().into_iter().filter(|(_, sender, _)| *sender == from);
    frames.filter_map(|(.., frame)| checked(&frame)).collect()
}

/// Every checksum of every packet is right: the translator's and everybody else's.
fn checked(frame: &[u8]) -> Option<(ipv4::Repr, Vec<u8>)> {
    let (header, packet) = ethernet::Repr::parse(frame).ok()?;
    if header.ethertype != ethernet::TYPE_IPV4 {
        return None;
    }
    let (ip, _, payload) = ipv4::Repr::parse(packet).expect("length and checksum of the header");
    let whole = !ip.more_fragments && ip.fragment_offset == 0;
    match ip.protocol {
        _ if !whole => {}
        ipv4::PROTOCOL_TCP => _ = tcp::Repr::parse(payload, ip.source, ip.destination).expect("TCP's checksum"),
        ipv4::PROTOCOL_UDP => _ = udp::Repr::parse(payload, ip.source, ip.destination).expect("UDP's checksum"),
        _ => _ = icmp::Repr::parse(payload).expect("ICMP's checksum"),
    }
    Some((ip, payload.to_vec()))
}

/// A router's table: one line a row.
fn table(run: &Run, router: NodeId) -> Vec<String> {
    let row = |row: &sim_core::network::TranslationRow| format!("{} {:?}", row.entry, row.state);
    run.network.translations(router).iter().map(row).collect()
}

fn opened_and_closed(run: &Run) -> (usize, usize) {
    let count = |is: fn(&What) -> bool| run.trace.facts().iter().filter(|fact| is(&fact.what)).count();
    (count(|what| matches!(what, What::TranslationOpened(_))), count(|what| matches!(what, What::TranslationClosed(_))))
}

#[test]
fn a_stream_goes_out_and_comes_back() {
    let mut run = Run::new(&two_homes(), 1);
    let server = then(accepting(), [Step::RecvToEnd(S1, 5000), Step::SendReceived(S1), Step::Close(S1)]);
    let payload: Vec<u8> = (0..50_000_u32).map(|index| (index * 7 / 3) as u8).collect();
    let client = vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        Step::Bind(S0, every_address(5000)),
        Step::Connect(S0, v4(SERVER_IP, PORT).into()),
        Step::Send(S0, payload.into()),
        Step::Shutdown(S0, Shutdown::Write),
        Step::RecvToEnd(S0, 3000),
        Step::PrintLength,
        Step::Close(S0),
    ];
    run.spawn(at(0), SERVER, "server", server).spawn(at(1), ANNE, "client", client).until(at(20));
    let row = format!("Tcp {ANNE_IP}:5000 as {OUT_A}:5000 with {SERVER_IP}:{PORT}");
    assert_eq!(table(&run, HOME_A), [format!("{row} Established")]);
    run.until(at(10_000));
    assert!(run.results(ANNE).contains(&"7: print 50000".to_owned()), "{:?}", run.results(ANNE));
    // The server never learns of an address inside, and nobody else's checksum is wrong.
    let heard = packets(&run, SERVER);
    assert!(heard.len() > 30 && heard.iter().all(|(ip, _)| ip.destination == OUT_A));
    for node in [ANNE, HOME_A, SERVER] {
        packets(&run, node);
    }
    assert_eq!(table(&run, HOME_A), [format!("{row} Closing")]);
    run.until(at(600_000));
    assert!(table(&run, HOME_A).is_empty(), "RFC 5382: four minutes after its end");
    assert_eq!(opened_and_closed(&run), (1, 1));
}

#[test]
fn two_hosts_with_one_port_get_two() {
    let mut run = Run::new(&two_homes(), 1);
    let server = then(datagrams(9), (0..3).flat_map(|_| [Step::RecvFrom(S0, 99), Step::SendReceived(S0)]));
    run.spawn(at(0), SERVER, "echo", server);
    let client = || then(datagrams(5000), [send(v4(SERVER_IP, 9), "hello"), Step::RecvFrom(S0, 99)]);
    run.spawn(at(1), ANNE, "client", client()).spawn(at(100), ADAM, "client", client()).until(at(1000));
    let row = |inside: Ipv4Addr, port: u16| format!("Udp {inside}:5000 as {OUT_A}:{port} with {SERVER_IP}:9 Open");
    // The next port of the same parity.
    assert_eq!(table(&run, HOME_A), [row(ANNE_IP, 5000), row(ADAM_IP, 5002)]);
    let sources: Vec<Ipv4Addr> = packets(&run, HOME_A).iter().map(|(ip, _)| ip.source).collect();
    assert!(sources.contains(&OUT_A) && !sources.contains(&ANNE_IP));
}

#[test]
fn what_nobody_asked_for_does_not_come_in() {
    let mut run = Run::new(&two_homes(), 1);
    run.spawn(at(0), ANNE, "anne", then(datagrams(5000), [send(v4(SERVER_IP, 9), "hello"), Step::RecvFrom(S0, 99)]));
    // Another peer, and another port of the same: the filter is by address and port.
    run.spawn(at(100), SERVER, "other port", then(datagrams(10), [send(v4(OUT_A, 5000), "psst")]));
    run.spawn(at(100), HOME_B, "other peer", then(datagrams(9), [send(v4(OUT_A, 5000), "psst")]));
    let knock = [Step::Socket(Family::Inet, SocketType::Stream, S0), Step::Connect(S0, v4(OUT_A, 22).into())];
    run.spawn(at(200), SERVER, "knock", knock.into()).until(at(500));
    let dropped =
        run.trace.facts().iter().filter(|fact| fact.node == HOME_A && fact.to_string().contains("NotTranslated"));
    assert_eq!(dropped.count(), 3);
    assert!(!run.results(ANNE).iter().any(|line| line.contains("psst")));
    // Nor by writing the address inside on the packet.
    let mut scenario = two_homes();
    scenario.nodes[5] = scenario.nodes[5].clone().route_all(OUT_A.into());
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), ANNE, "anne", then(datagrams(5000), [Step::RecvFrom(S0, 99)]));
    run.spawn(at(1), SERVER, "intruder", then(datagrams(9), [send(v4(ANNE_IP, 5000), "psst")])).until(at(500));
    assert!(run.drops().contains(&"NotTranslated".to_owned()), "{:?}", run.drops());
    assert!(packets(&run, ANNE).is_empty());
}

/// Both homes learn of each other's address and port from the server, and then both begin.
fn punch(bert_answers: bool) -> Run {
    let mut run = Run::new(&two_homes(), 1);
    // Each opens its own translator by talking to the server; what the server saw is the other's address.
    let peer = |own: SocketAddr, other: SocketAddr, when: u64, text: &str| {
        let steps = [
            send(own, "here I am"),
            Step::SleepUntil(at(when)),
            send(other, text),
            Step::Sleep(ms(50)),
            send(other, text),
            Step::RecvFrom(S0, 99),
            Step::PrintReceived,
        ];
        then(datagrams(5000), steps)
    };
    let server = v4(SERVER_IP, 9);
    run.spawn(at(0), SERVER, "server", then(datagrams(9), (0..2).map(|_| Step::RecvFrom(S0, 99))));
    run.spawn(at(1), ANNE, "anne", peer(server, v4(OUT_B, 5000), 100, "from Anne"));
    if bert_answers {
        run.spawn(at(1), BERT, "bert", peer(server, v4(OUT_A, 5000), 110, "from Bert"));
    } else {
        run.spawn(at(1), BERT, "bert", then(datagrams(5000), [send(server, "here I am"), Step::RecvFrom(S0, 99)]));
    }
    run.until(at(1000));
    run
}

#[test]
fn holes_are_punched_from_both_sides() {
    let run = punch(true);
    assert!(run.results(ANNE).iter().any(|line| line.ends_with("print b'from Bert'")), "{:?}", run.results(ANNE));
    assert!(run.results(BERT).iter().any(|line| line.ends_with("print b'from Anne'")), "{:?}", run.results(BERT));
    // One mapping for two peers: it is independent of the endpoint.
    let rows = run.network.translations(HOME_A);
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.entry.outside == SocketAddrV4::new(OUT_A, 5000)));
    // Anne's first came before Bert had begun.
    assert!(run.drops().contains(&"NotTranslated".to_owned()));
    // From one side alone it is a wall.
    let run = punch(false);
    assert_eq!(run.drops().iter().filter(|why| *why == "NotTranslated").count(), 2);
    assert!(!run.results(BERT).iter().any(|line| line.contains("from Anne")));
}

#[test]
fn silence_closes_and_packets_from_inside_keep_open() {
    let mut run = Run::new(&two_homes(), 1);
    run.spawn(at(0), SERVER, "server", datagrams(9));
    let talk = [
        send(v4(SERVER_IP, 9), "one"),
        Step::SleepUntil(at(100_000)),
        send(v4(SERVER_IP, 9), "two"),
        Step::SleepUntil(at(600_000)),
    ];
    run.spawn(at(1), ANNE, "anne", then(datagrams(5000), talk));
    // The server alone keeps nothing open.
    let nag = (1..5).flat_map(|minute| [Step::SleepUntil(at(minute * 60_000)), send(v4(OUT_A, 5000), "nag")]);
    run.spawn(at(2), SERVER, "nag", then(datagrams(10), nag)).until(at(219_000));
    assert_eq!(run.network.translations(HOME_A).len(), 1);
    let until = run.network.translations(HOME_A)[0].until;
    run.until(at(500_000));
    assert!(run.network.translations(HOME_A).is_empty());
    let closed = |fact: &&Fact| matches!(fact.what, What::TranslationClosed(_));
    let closed: Vec<Instant> = run.trace.facts().iter().filter(closed).map(|fact| fact.at).collect();
    assert_eq!(closed, [until]);
    assert!((220_000..=220_010).contains(&(until.as_nanos() / 1_000_000)), "120 s after the second: {until}");
}

/// An IPv4 packet in a frame from Anne to her router.
fn from_anne(protocol: u8, to: Ipv4Addr, ttl: u8, payload: &[u8]) -> Arc<[u8]> {
    let mut frame = vec![0; 34];
    let repr = ipv4::Repr {
        traffic_class: 0,
        id: 7,
        dont_fragment: false,
        more_fragments: false,
        fragment_offset: 0,
        ttl,
        protocol,
        source: ANNE_IP,
        destination: to,
        payload: payload.len(),
    };
    repr.emit(&mut frame[14..]);
    let header =
        ethernet::Repr { destination: [2, 0, 0, 0, 2, 1], source: [2, 0, 0, 0, 1, 1], ethertype: ethernet::TYPE_IPV4 };
    header.emit(&mut frame);
    frame.extend(payload);
    frame.into()
}

fn datagram(to: Ipv4Addr, length: usize) -> Vec<u8> {
    let mut datagram = vec![7; 8 + length];
    udp::Repr { source: 5000, destination: 9, payload: length }.emit(&mut datagram, ANNE_IP, to);
    datagram
}

/// The ICMP errors that reached Anne: who told, and the packet that each quotes.
fn told(run: &Run) -> Vec<(Ipv4Addr, icmp::Repr, ipv4::Repr, u16)> {
    let errors = packets(run, HOME_A).into_iter().filter(|(ip, _)| ip.destination == ANNE_IP);
    let errors = errors.filter(|(ip, _)| ip.protocol == ipv4::PROTOCOL_ICMP);
    let read = |(ip, message): (ipv4::Repr, Vec<u8>)| {
        let (repr, quote) = icmp::Repr::parse(&message).expect("legal");
        let (quoted, header) = ipv4::Repr::parse_header(quote).expect("the quoted header is right again");
        (ip.source, repr, quoted, u16::from_be_bytes([quote[header], quote[header + 1]]))
    };
    errors.map(read).collect()
}

#[test]
fn errors_find_their_way_back_and_quote_what_was_sent() {
    let mut run = Run::new(&two_homes(), 1);
    // Nobody listens at the server's port 9; nobody has the address .77; and one packet has no time to live.
    let nobody = Ipv4Addr::new(203, 0, 113, 77);
    run.input(at(0), Input::Frame(ANNE, from_anne(17, SERVER_IP, 64, &datagram(SERVER_IP, 10))));
    run.input(at(100), Input::Frame(ANNE, from_anne(17, nobody, 64, &datagram(nobody, 10))));
    run.input(at(200), Input::Frame(ANNE, from_anne(17, SERVER_IP, 1, &datagram(SERVER_IP, 10))));
    run.until(at(10_000));
    let told = told(&run);
    let kinds: Vec<(Ipv4Addr, icmp::Repr)> = told.iter().map(|(from, repr, ..)| (*from, *repr)).collect();
    let gate = Ipv4Addr::new(192, 168, 1, 1);
    let expected = [
        (SERVER_IP, icmp::Repr::Unreachable(icmp::Unreachable::Port)),
        (gate, icmp::Repr::TimeExceeded(icmp::TimeExceeded::InTransit)),
        (gate, icmp::Repr::Unreachable(icmp::Unreachable::Host)),
    ];
    assert_eq!(kinds, expected);
    assert!(told.iter().all(|(_, _, quoted, port)| (quoted.source, *port) == (ANNE_IP, 5000)), "{told:?}");
    // What Anne's kernel tells about what came from outside goes out under the public name.
    let mut run = Run::new(&two_homes(), 1);
    run.input(at(0), Input::Frame(ANNE, from_anne(17, SERVER_IP, 64, &datagram(SERVER_IP, 10))));
    run.spawn(at(1), SERVER, "server", then(datagrams(9), [send(v4(OUT_A, 5000), "nobody home")])).until(at(1000));
    let from_home = packets(&run, HOME_A).into_iter().filter(|(ip, _)| ip.source == OUT_A && ip.protocol == 1);
    let errors: Vec<Vec<u8>> = from_home.map(|(_, message)| message).collect();
    assert_eq!(errors.len(), 1);
    let (repr, quote) = icmp::Repr::parse(&errors[0]).expect("legal");
    assert_eq!(repr, icmp::Repr::Unreachable(icmp::Unreachable::Port));
    let (quoted, ..) = ipv4::Repr::parse_header(quote).expect("right");
    assert_eq!((quoted.source, quoted.destination), (SERVER_IP, OUT_A));
}

#[test]
fn pings_pass_and_the_router_answers_for_itself() {
    let mut run = Run::new(&two_homes(), 1);
    let mut ping = vec![0; 16];
    icmp::Repr::EchoRequest { identifier: 77, sequence: 1 }.emit(&mut ping);
    run.input(at(0), Input::Frame(ANNE, from_anne(1, SERVER_IP, 64, &ping))).until(at(100));
    assert_eq!(table(&run, HOME_A), [format!("Echo {ANNE_IP}:77 as {OUT_A}:77 with {SERVER_IP}:0 Open")]);
    run.input(at(100), Input::Frame(ANNE, from_anne(1, OUT_B, 64, &ping))).until(at(200));
    let replies = packets(&run, HOME_A).into_iter().filter(|(ip, _)| ip.destination == ANNE_IP);
    assert_eq!(replies.map(|(ip, _)| ip.source).collect::<Vec<_>>(), [SERVER_IP, OUT_B]);
    assert!(run.network.translations(HOME_B).is_empty(), "the other router answers itself");
    run.until(at(61_000));
    assert!(run.network.translations(HOME_A).is_empty(), "RFC 5508: a minute");
}

fn with_port_map() -> Scenario {
    let mut scenario = two_homes();
    let map = PortMap { protocol: PortProtocol::Tcp, port: 80, to: v4(ANNE_IP, PORT) };
    scenario.nodes[2].nat.as_mut().expect("home A translates").ports.push(map);
    scenario
}

#[test]
fn a_fixed_port_leads_inside_from_outside_and_from_inside() {
    let mut run = Run::new(&with_port_map(), 1);
    let serve = [Step::Recv(S1, 99), Step::PrintReceived, Step::Send(S1, bytes("yes")), Step::Close(S1)];
    let again = [Step::Accept(S0, S1)].into_iter().chain(serve.clone());
    run.spawn(at(0), ANNE, "server", then(then(accepting(), serve.clone()), again));
    let client = |text: &str| {
        vec![
            Step::Socket(Family::Inet, SocketType::Stream, S0),
            Step::Connect(S0, v4(OUT_A, 80).into()),
            Step::Send(S0, bytes(text)),
            Step::Recv(S0, 99),
            Step::PrintReceived,
        ]
    };
    run.spawn(at(1), BERT, "from outside", client("Bert")).until(at(500));
    assert!(run.results(BERT).contains(&"5: print b'yes'".to_owned()), "{:?}", run.results(BERT));
    // Adam calls his own home by its public name (hairpinning): Anne sees the public address.
    run.spawn(at(500), ADAM, "from inside", client("Adam")).until(at(1000));
    assert!(run.results(ADAM).contains(&"5: print b'yes'".to_owned()), "{:?}", run.results(ADAM));
    let accepted = run.results(ANNE).into_iter().filter(|line| line.contains("from 203.0.113")).count();
    assert_eq!(accepted, 2, "{:?}", run.results(ANNE));
    for node in [HOME_A, HOME_B, ANNE] {
        packets(&run, node);
    }
}

#[test]
fn pieces_are_put_together_before_they_are_translated() {
    let mut run = Run::new(&two_homes(), 1);
    let server = then(datagrams(9), [Step::RecvFrom(S0, 9000), Step::PrintLength, Step::SendReceived(S0)]);
    run.spawn(at(0), SERVER, "echo", server);
    let client =
        [Step::SendTo(S0, vec![5; 4000].into(), v4(SERVER_IP, 9).into()), Step::RecvFrom(S0, 9000), Step::PrintLength];
    run.spawn(at(1), ANNE, "anne", then(datagrams(5000), client)).until(at(1000));
    assert!(run.results(SERVER).contains(&"4: print 4000".to_owned()), "{:?}", run.results(SERVER));
    let pieces = packets(&run, HOME_A).into_iter().filter(|(ip, _)| ip.source == OUT_A);
    assert_eq!(pieces.count(), 3);
}

#[test]
fn a_full_table_takes_no_more() {
    let mut run = Run::new(&two_homes(), 1);
    // One end inside, and a peer for each port there is.
    let mut number = 0_u64;
    for port in 0..=u16::MAX {
        let mut payload = datagram(SERVER_IP, 0);
        payload[2..4].copy_from_slice(&port.to_be_bytes());
        // No checksum: RFC 768.
        payload[6..8].fill(0);
        number += 1;
        run.network.handle_input(
            Instant::from_nanos(number * 1000),
            Input::Frame(ANNE, from_anne(17, SERVER_IP, 64, &payload)),
        );
        while run.network.poll_output().is_some() {}
    }
    let more = datagram(OUT_B, 0);
    let mut full = false;
    run.network.handle_input(at(2000), Input::Frame(ANNE, from_anne(17, OUT_B, 64, &more)));
    run.network.run_until(at(2100), |output| {
        if let sim_core::network::Output::Fact(fact) = output {
            full |= fact.to_string().contains("NatFull");
        }
    });
    assert!(full);
    assert_eq!(run.network.translations(HOME_A).len(), 65_536);
    let states = run.network.translations(HOME_A);
    assert!(states.iter().all(|row| row.state == NatState::Open && row.entry.protocol == NatProtocol::Udp));
}

#[test]
fn a_table_that_cannot_be_is_refused() {
    let refused = |change: fn(&mut Nat)| {
        let mut scenario = with_port_map();
        change(scenario.nodes[2].nat.as_mut().expect("home A translates"));
        scenario.check().expect_err("it cannot be")
    };
    let map = |port, to: SocketAddr| PortMap { protocol: PortProtocol::Tcp, port, to };
    assert_eq!(refused(|nat| nat.ports.push(nat.ports[0])), ScenarioError::NatPortTwice(HOME_A, 80));
    assert_eq!(refused(|nat| nat.ports[0].port = 0), ScenarioError::NatPort(HOME_A, map(0, v4(ANNE_IP, PORT))));
    let six = || SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), 1);
    assert_eq!(
        refused(|nat| nat.ports[0].to = SocketAddr::new(std::net::Ipv6Addr::LOCALHOST.into(), 1)),
        ScenarioError::NatPort(HOME_A, map(80, six()))
    );
    assert_eq!(refused(|nat| nat.outside = 7), ScenarioError::NatOutside(HOME_A, 7));
}
