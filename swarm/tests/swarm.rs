//! A few seeds hold what thousands do in `cargo xtask swarm`, and each check finds what it is for.

use std::sync::Arc;

use sim_core::network::{Network, Output};
use sim_core::program;
use sim_core::scenario::{Experiment, text};
use sim_core::trace::{Fact, FactId, FrameId, Trace, Value, What};
use swarm::{Tally, check, experiment, judge, try_seed};

/// Seconds without optimisation.
const SEEDS: u64 = 30;

#[test]
fn a_few_seeds_hold() {
    let mut sum = Tally::default();
    for seed in 1..=SEEDS {
        match try_seed(seed) {
            Ok(tally) => sum = sum + tally,
            Err(failure) => panic!("{}\nrepeat: cargo xtask swarm --seed {seed} --seeds 1", failure.broken),
        }
    }
    // A swarm in which nothing arrives finds nothing.
    assert!(sum.whole > 20 && sum.begun > 2, "{sum:?}");
}

#[test]
fn a_seed_is_one_experiment() {
    assert_eq!(experiment(7), experiment(7));
    assert_ne!(experiment(7), experiment(8));
}

/// A short question and answer on a link that loses nothing.
fn quiet() -> Experiment {
    let talk = "
        host a
          program c0
            s = socket
            connect s b:7
            send s \"four\"
            shutdown s write
            recv s 100
        host b
          program s0
            listener = socket
            bind listener :7
            listen listener
            c = accept listener
            recvall c 100
            close c
            close listener
        link a b 1Mbit/s 1ms
        until 10min
    ";
    text::parse(talk).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn facts() -> Vec<Fact> {
    let experiment = quiet();
    let mut network = Network::new(&experiment.scenario, 1).expect("sound");
    let mut facts = Vec::new();
    network.run_until(experiment.end(), |output| {
        if let Output::Fact(fact) = output {
            facts.push(fact);
        }
    });
    facts
}

/// The invariant that is broken after a change.
fn spoil(change: impl FnOnce(&mut Vec<Fact>)) -> Option<&'static str> {
    let mut facts = facts();
    change(&mut facts);
    let mut trace = Trace::default();
    for (id, fact) in (0..).zip(facts) {
        trace.push(Fact { id: FactId(id), ..fact });
    }
    check::trace(&trace, true).err().map(|broken| broken.invariant)
}

fn find(facts: &[Fact], is_it: impl Fn(&What) -> bool) -> usize {
    facts.iter().position(|fact| is_it(&fact.what)).expect("there is one")
}

fn is_delivered(what: &What) -> bool {
    matches!(what, What::Delivered { .. })
}

#[test]
fn what_is_right_passes() {
    assert_eq!(spoil(|_| {}), None);
    assert_eq!(judge(&quiet()).map(|tally| tally.bytes), Ok(4));
}

#[test]
fn time_that_goes_back_is_found() {
    let broken = spoil(|facts| {
        let last = facts.len() - 1;
        facts[last].at = facts[0].at;
    });
    assert_eq!(broken, Some("time never goes back"));
}

#[test]
fn a_cause_that_comes_later_is_found() {
    let broken = spoil(|facts| facts[3].cause = Some(FactId(9)));
    assert_eq!(broken, Some("causes exist and come first"));
}

#[test]
fn a_frame_that_arrives_twice_is_found() {
    let broken = spoil(|facts| {
        let place = find(facts, is_delivered);
        let last = facts.len() - 1;
        facts[last] = Fact { at: facts[last].at, ..facts[place].clone() };
    });
    assert_eq!(broken, Some("a frame ends once"));
}

#[test]
fn a_frame_that_nobody_sent_is_found() {
    let broken = spoil(|facts| {
        let place = find(facts, is_delivered);
        if let What::Delivered { frame, .. } = &mut facts[place].what {
            *frame = FrameId(u64::MAX);
        }
    });
    assert_eq!(broken, Some("what is delivered was sent"));
}

#[test]
fn a_frame_without_an_end_is_found() {
    let broken = spoil(|facts| {
        let place = find(facts, is_delivered);
        facts[place].what = What::Killed { process: sim_core::trace::ProcessId(9) };
    });
    assert_eq!(broken, Some("a frame is delivered, dropped or on its way"));
}

#[test]
fn a_wrong_checksum_is_found() {
    let broken = spoil(|facts| {
        let is_tcp = |what: &What| matches!(what, What::Sent { bytes, .. } if bytes.len() > 60);
        let place = find(facts, is_tcp);
        if let What::Sent { bytes, .. } = &mut facts[place].what {
            let mut wrong = bytes.to_vec();
            wrong[40] ^= 1;
            *bytes = wrong.into();
        }
    });
    assert_eq!(broken, Some("checksums are right"));
}

/// Changes what the server read.
fn reads(facts: &mut [Fact], other: &[u8]) {
    let is_read =
        |what: &What| matches!(what, What::Returned { result: Ok(Value::Bytes(bytes)), .. } if !bytes.is_empty());
    let place = find(facts, is_read);
    if let What::Returned { result, .. } = &mut facts[place].what {
        *result = Ok(Value::Bytes(Arc::from(other)));
    }
}

#[test]
fn bytes_that_are_wrong_or_missing_are_found() {
    assert_eq!(spoil(|facts| reads(facts, b"fuor")), Some("streams arrive in order"));
    assert_eq!(spoil(|facts| reads(facts, b"fours")), Some("streams arrive in order"));
    assert_eq!(spoil(|facts| reads(facts, b"fou")), Some("streams arrive whole"));
}

#[test]
fn a_conversation_that_does_not_end_is_found() {
    let broken = spoil(|facts| {
        let place = facts.iter().rposition(|fact| matches!(fact.what, What::Exited { .. })).expect("there is one");
        let What::Exited { process, .. } = facts[place].what else { unreachable!("it is the one that was found") };
        facts[place].what =
            What::Printed { process, line: 1, text: "on".into(), stream: program::Output::Out, ended: true };
        let at = facts[facts.len() - 1].at + std::time::Duration::from_secs(600);
        facts.push(Fact { at, cause: None, what: What::Killed { process }, ..facts[0].clone() });
    });
    assert_eq!(broken, Some("on links without faults conversations end"));
}

#[test]
fn a_connection_left_open_is_found() {
    let broken = spoil(|facts| {
        let is_over = |what: &What| matches!(what, What::TcpState { to: sim_core::trace::TcpState::Closed, .. });
        let place = facts.iter().rposition(|fact| is_over(&fact.what)).expect("there is one");
        facts.truncate(place);
    });
    assert_eq!(broken, Some("no connection is left open"));
}
