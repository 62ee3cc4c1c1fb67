//! Groups that programs join: what is told of them, and who hears what is sent to them, in both families.
//!
//! Absent on purpose: queriers ([`crate::ipv6`] has theirs of IPv6).

use sim_core::dissect::summary;
use sim_core::scenario::Experiment;
use sim_core::trace::NodeId;

use crate::harness::*;

/// A sender and three receivers at one switch; the receivers close at 3 s.
fn network(family: &str, [any, group, to]: [&str; 3], addresses: [&str; 4]) -> Experiment {
    let mut text = String::new();
    for (name, address) in ["sender", "one", "two", "three"].iter().zip(addresses) {
        text += &format!("host {name}\n  interface eth0 {address}\n  program p at ");
        text += &if *name == "sender" {
            format!("1s\n    s = socket {family} dgram\n    sendto s \"news\" {to}\n")
        } else {
            format!(
                "0s\n    s = socket {family} dgram\n    bind s {any}\n    setsockopt s IP_ADD_MEMBERSHIP {group}\n    \
                 recv s 100\n    print\n    sleep 2s\n    close s\n"
            )
        };
    }
    text += "switch s\nlink sender s 1Gbit/s 1ms\nlink one s 1Gbit/s 1ms\nlink two s 1Gbit/s 1ms\nlink three s 1Gbit/s 1ms\n";
    text.parse().unwrap_or_else(|mistakes| panic!("{mistakes}\n{text}"))
}

fn run(experiment: &Experiment) -> Run {
    let mut run = Run::new(&experiment.scenario, 1);
    run.until(at(10_000));
    run
}

/// The frames that a node has sent, a line each.
fn said_by(run: &Run, node: u16) -> Vec<String> {
    let frames = run.frames().into_iter().filter(|(_, from, _)| *from == NodeId(node));
    frames.map(|(.., frame)| summary(&frame)).collect()
}

#[test]
fn one_datagram_reaches_three_members_of_an_ipv4_group() {
    let experiment = network(
        "inet",
        [":5000", "239.1.2.3", "239.1.2.3:5000"],
        ["10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24", "10.0.0.4/24"],
    );
    let run = run(&experiment);
    for node in 1..4 {
        assert!(
            run.results(NodeId(node)).iter().any(|line| line.contains("print b'news'")),
            "{:?}",
            run.results(NodeId(node))
        );
        let told = said_by(&run, node);
        let (joins, leaves): (Vec<_>, Vec<_>) = told.iter().partition(|line| line.contains("to_ex"));
        // RFC 3376 §8.1: each change is told twice.
        assert_eq!((joins.len(), leaves.len()), (2, 2), "{told:#?}");
        assert!(
            joins[0].ends_with("> 224.0.0.22: igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 to_ex]"),
            "{told:?}"
        );
        assert!(leaves[0].ends_with("[gaddr 239.1.2.3 to_in]"), "{told:?}");
    }
    assert_eq!(said_by(&run, 0).len(), 1, "one frame is enough: {:?}", said_by(&run, 0));
    // RFC 1112 §6.1: a datagram to a group crosses no router unless it asks; RFC 3376 §4: TTL 1 and router alert.
    let frames = run.frames();
    let (.., report) = frames.iter().find(|(_, from, _)| *from == NodeId(1)).expect("a report");
    assert_eq!((report[14], report[22], &report[34..38]), (0x46, 1, &[0x94, 4, 0, 0][..]));
    let (.., news) = frames.iter().find(|(_, from, _)| *from == NodeId(0)).expect("the datagram");
    assert_eq!((news[22], &news[..6]), (1, &[1, 0, 0x5e, 1, 2, 3][..]));
}

#[test]
fn one_datagram_reaches_three_members_of_an_ipv6_group() {
    let experiment = network(
        "inet6",
        ["[::]:5000", "ff15::7", "[ff15::7]:5000"],
        ["fd00::1/64", "fd00::2/64", "fd00::3/64", "fd00::4/64"],
    );
    let run = run(&experiment);
    for node in 1..4 {
        assert!(
            run.results(NodeId(node)).iter().any(|line| line.contains("print b'news'")),
            "{:?}",
            run.results(NodeId(node))
        );
        let told = said_by(&run, node);
        let count = |kind: &str| told.iter().filter(|line| line.contains(&format!("[gaddr ff15::7 {kind}]"))).count();
        assert_eq!((count("to_ex"), count("to_in"), told.len()), (2, 2, 4), "{told:#?}");
    }
    assert_eq!(said_by(&run, 0).len(), 1, "one frame is enough: {:?}", said_by(&run, 0));
}
