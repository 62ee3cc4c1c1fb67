//! Switches: they learn, flood, forget and never melt.

use std::sync::Arc;
use std::time::Duration;

use sim_core::network::{Input, InputError, Network};
use sim_core::program::{Shutdown, Step};
use sim_core::scenario::{End, Faults, Link, Node, NodeKind, Scenario, ScenarioError};
use sim_core::time::Instant;
use sim_core::trace::{Fact, LinkId, NodeId, What};

use crate::harness::*;

const C: NodeId = NodeId(2);
const SWITCH: NodeId = NodeId(3);

fn port(node: NodeId, interface: u16) -> End {
    End { node, interface }
}

pub(crate) fn switch(name: &str) -> Node {
    let node = Node::with_interface(name, NodeKind::Switch, [0; 6], A_IP, 24);
    Node { interfaces: Vec::new(), ..node }
}

fn cable(a: End, b: End) -> Link {
    Link { ends: [a, b], ..Link::between(a.node, b.node, 100_000_000, ms(1), 100) }
}

/// A, B and C at ports 10, 20 and 30 of a switch.
fn star() -> Scenario {
    let mut scenario = two_hosts();
    let c = Node::with_interface("C", NodeKind::Host, [2, 0, 0, 0, 0, 3], [10, 0, 0, 3], 24);
    scenario.nodes.extend([c, switch("switch")]);
    // The ports' numbers are the scenario's own, and links come in any order.
    let hosts = [(B, 20), (A, 10), (C, 30)];
    scenario.links = hosts.map(|(host, number)| cable(port(SWITCH, number), port(host, 0))).into();
    scenario
}

fn frame(to: u8, from: u8) -> Arc<[u8]> {
    let mut frame = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 0x12, 0x34];
    if to == 0 {
        frame[..6].fill(0xff);
    }
    frame.resize(60, 0);
    frame.into()
}

/// What the switches did, one line each; a station by the last byte of its address.
fn switched(run: &Run) -> Vec<String> {
    let text = |fact: &Fact| match &fact.what {
        What::Learned { mac, port } => Some(format!("learned {} at {port}", mac[5])),
        What::Forgotten { mac, port } => Some(format!("forgotten {} at {port}", mac[5])),
        What::Switched { port: Some(port), .. } => Some(format!("to {port}")),
        What::Switched { port: None, .. } => Some("to all".to_owned()),
        What::Dropped { why, .. } => Some(format!("{why:?}")),
        _ => None,
    };
    run.trace.facts().iter().filter(|fact| fact.node >= SWITCH).filter_map(text).collect()
}

fn delivered_to(run: &Run, node: NodeId) -> usize {
    let facts = run.trace.facts().iter();
    facts.filter(|fact| fact.node == node && matches!(fact.what, What::Delivered { .. })).count()
}

#[test]
fn a_switch_learns_floods_and_forgets() {
    let mut run = Run::new(&star(), 1);
    run.input(at(0), Input::Frame(A, frame(2, 1)));
    run.input(at(10), Input::Frame(B, frame(1, 2)));
    run.input(at(20), Input::Frame(A, frame(2, 1)));
    run.until(at(30));
    assert_eq!((delivered_to(&run, A), delivered_to(&run, B), delivered_to(&run, C)), (1, 2, 1));
    run.input(at(40), Input::Frame(C, frame(0, 3)));
    // C says that it is A: the switch believes it.
    run.input(at(50), Input::Frame(C, frame(2, 1)));
    // To itself: the switch does not send back.
    run.input(at(60), Input::Frame(C, frame(1, 3)));
    run.input(at(250_000), Input::Frame(B, frame(1, 2)));
    run.until(at(700_000));
    let expected = [
        "learned 1 at 10",
        "to all",
        "learned 2 at 20",
        "to 10",
        "to 20",
        "learned 3 at 30",
        "to all",
        "learned 1 at 30",
        "to 20",
        "SamePort",
        "to 30",
        "forgotten 1 at 30",
        "forgotten 3 at 30",
        "forgotten 2 at 20",
    ];
    same(&switched(&run), &expected);
    let forgotten: Vec<u64> = run
        .trace
        .facts()
        .iter()
        .filter(|fact| matches!(fact.what, What::Forgotten { .. }))
        .map(|fact| fact.at.as_nanos() / 1_000_000)
        .collect();
    assert_eq!(forgotten, [300_051, 300_061, 550_001], "300 s after each was heard last");
}

#[test]
fn programs_talk_through_switches() {
    let mut run = Run::new(&star(), 1);
    let server = then(accepting(), [Step::RecvToEnd(S1, 5000), Step::PrintLength, Step::Close(S1)]);
    let client = then(connecting(), [Step::Send(S0, vec![7; 100_000].into()), Step::Shutdown(S0, Shutdown::Write)]);
    run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client).until(at(10_000));
    assert!(run.results(B).contains(&"6: print 100000".to_owned()), "{:?}", run.results(B));
    // C saw the one frame that was for all: A's question by ARP.
    assert_eq!(delivered_to(&run, C), 1);
}

#[test]
fn a_damaged_frame_and_one_from_a_group_go_no_further() {
    let mut scenario = star();
    scenario.links[1].faults[1] = Faults { corrupt: vec![1], ..Faults::default() };
    let mut run = Run::new(&scenario, 1);
    run.input(at(0), Input::Frame(A, frame(2, 1)));
    let mut from_group = frame(2, 1).to_vec();
    from_group[6] |= 1;
    run.input(at(10), Input::Frame(A, from_group.into()));
    run.input(at(20), Input::Frame(A, [1, 2, 3].into()));
    run.until(at(100));
    assert_eq!(run.drops(), ["FrameCheck", "Malformed", "Malformed"]);
    assert_eq!(delivered_to(&run, B) + delivered_to(&run, C), 0);
}

#[test]
fn a_port_that_loses_its_signal_forgets_its_stations() {
    let mut run = Run::new(&star(), 1);
    run.input(at(0), Input::Frame(A, frame(2, 1))).input(at(0), Input::Frame(C, frame(2, 3)));
    run.input(at(10), Input::SetFaults(LinkId(1), 1, Faults { down: true, ..Faults::default() }));
    let lines = switched(&run);
    assert_eq!(lines.last().map(String::as_str), Some("forgotten 1 at 10"));
    assert_eq!(lines.iter().filter(|line| line.starts_with("forgotten")).count(), 1);
}

/// Three switches in a ring, and A at one of them.
fn ring(rate: u64) -> Scenario {
    let mut scenario = two_hosts();
    scenario.nodes.truncate(1);
    scenario.nodes.extend(["x", "y", "z"].map(switch));
    let [x, y, z] = [1, 2, 3].map(NodeId);
    scenario.links = vec![
        cable(port(A, 0), port(x, 0)),
        cable(port(x, 1), port(y, 1)),
        cable(port(y, 2), port(z, 2)),
        cable(port(z, 3), port(x, 3)),
    ];
    for link in &mut scenario.links[1..] {
        (link.rate, link.queue, link.delay) = (rate, 5, Duration::ZERO);
    }
    scenario
}

#[test]
fn a_loop_is_a_storm_that_links_bound() {
    // 60 bytes at 1 Mbit/s take 0.48 ms.
    let mut run = Run::new(&ring(1_000_000), 1);
    run.input(at(0), Input::Frame(A, frame(0, 1)));
    run.until(at(1_000));
    let storm = |run: &Run| run.frames().len();
    let second = storm(&run);
    // One broadcast goes round both ways for ever, and no link carries more than it can: 2,084 a second each way.
    assert!((4_000..=6 * 2_084 + 10_000).contains(&second), "{second}");
    run.until(at(2_000));
    assert!(storm(&run) > 2 * second - 200, "it does not end by itself");
    // Taking one link away ends it.
    let cut = || Faults { down: true, ..Faults::default() };
    run.input(at(2_000), Input::SetFaults(LinkId(2), 0, cut())).input(at(2_000), Input::SetFaults(LinkId(2), 1, cut()));
    run.until(at(2_100));
    let ended = storm(&run);
    run.until(at(9_000));
    assert_eq!(storm(&run), ended);
}

#[test]
fn a_loop_without_serialisation_time_is_refused() {
    for rate in [0, 112_000_000_001] {
        let error = Network::new(&ring(rate), 1).expect_err("frames would multiply without end");
        assert_eq!(error, ScenarioError::TimelessLoop(LinkId(3)));
        assert!(error.to_string().contains("rate"), "{error}");
    }
    // One link with a rate is enough.
    let mut scenario = ring(0);
    scenario.links[2].rate = 112_000_000_000;
    let network = Network::new(&scenario, 1).expect("sound");
    let set = |link, rate| Input::SetLink { link: LinkId(link), rate, delay: ms(1), jitter: ms(0), queue: 1 };
    let refused = Err(InputError::Link(ScenarioError::TimelessLoop(LinkId(2))));
    assert_eq!(network.check_input(&set(2, 0)), refused);
    assert_eq!(network.check_input(&set(0, 0)), Ok(()));
    // Two cables between two switches are a loop as well.
    let mut pair = ring(0);
    pair.links.pop();
    assert_eq!(pair.check(), Ok(()));
    pair.links.push(Link { rate: 0, ..cable(port(NodeId(1), 8), port(NodeId(2), 8)) });
    assert_eq!(pair.check(), Err(ScenarioError::TimelessLoop(LinkId(3))));
}

#[test]
fn a_switch_takes_no_input_of_hosts() {
    let run = Run::new(&star(), 1);
    let input = Input::Frame(SWITCH, frame(1, 2));
    assert_eq!(run.network.check_input(&input), Err(InputError::IsSwitch(SWITCH)));
    let mut quiet = Run::new(&star(), 1);
    quiet.input(at(0), input).until(Instant::from_millis(1000));
    assert!(quiet.trace.facts().is_empty());
}

#[test]
fn a_full_table_floods() {
    let mut run = Run::new(&star(), 1);
    for number in 0..8193_u32 {
        let mut bytes = frame(0, 0).to_vec();
        bytes[8..12].copy_from_slice(&number.to_be_bytes());
        run.input(Instant::from_nanos(u64::from(number) * 10_000), Input::Frame(A, bytes.into()));
    }
    run.until(at(1_000));
    let learned = run.trace.facts().iter().filter(|fact| matches!(fact.what, What::Learned { .. })).count();
    assert_eq!(learned, 8192);
    let mut to_last = frame(0, 2).to_vec();
    to_last[..6].copy_from_slice(&[2, 0, 0, 0, 0x20, 0]);
    let before = delivered_to(&run, C);
    run.input(at(2_000), Input::Frame(B, to_last.into())).until(at(3_000));
    assert_eq!(delivered_to(&run, C), before + 1);
}
