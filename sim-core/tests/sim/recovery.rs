//! What TCP does when the network or the peer misbehaves: reordering, duplicates, silence; and what programs may set about it.
//!
//! Absent on purpose: losses (`linux` has recordings of them, `timers` what they cost, `bulk` how much gets through).

use sim_core::program::{Family, SocketOption, SocketType, Step};
use sim_core::scenario::Scenario;
use sim_core::trace::{TcpRecovery, TcpVars, TimerKind, What};

use crate::harness::*;
use crate::timers::fired;

/// A client's connection with these options set before it.
fn connecting_with(options: &[SocketOption]) -> Vec<Step> {
    let set = options.iter().cloned().map(|option| Step::SetOption(S0, option));
    let mut steps = vec![Step::Socket(Family::Inet, SocketType::Stream, S0)];
    steps.extend(set);
    steps.push(Step::Connect(S0, b(PORT)));
    steps
}

fn run(scenario: &Scenario, server: Vec<Step>, client: Vec<Step>) -> Run {
    let mut run = Run::new(scenario, 1);
    run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client).until(at(300_000));
    run
}

/// A transfer of 100,000 bytes over 10 Mbit/s.
fn transfer(scenario: &mut Scenario) -> Run {
    scenario.links[0].rate = 10_000_000;
    let server = then(accepting(), [Step::RecvToEnd(S1, 65_536), Step::PrintLength, Step::Close(S1)]);
    let client = then(connecting(), [Step::Send(S0, vec![1; 100_000].into()), Step::Close(S0)]);
    let run = run(scenario, server, client);
    assert!(run.results(B).contains(&"6: print 100000".to_owned()), "{:?}", run.results(B));
    run
}

fn vars_of_a(run: &Run) -> Vec<TcpVars> {
    let vars = |fact: &sim_core::trace::Fact| match &fact.what {
        What::TcpVars { vars, .. } if fact.node == A => Some(*vars),
        _ => None,
    };
    run.trace.facts().iter().filter_map(vars).collect()
}

#[test]
fn a_recovery_for_nothing_is_undone() {
    let mut scenario = acquainted_hosts();
    // One segment is overtaken by several others: it looks lost, and is not.
    scenario.links[0].faults[0].reorder = vec![20];
    scenario.links[0].faults[0].reorder_by = ms(15);
    let run = transfer(&mut scenario);
    let vars = vars_of_a(&run);
    let lowest = vars.iter().filter(|vars| vars.recovery == TcpRecovery::Recovery).map(|vars| vars.ssthresh).min();
    let last = vars.last().expect("facts");
    assert!(last.recovery == TcpRecovery::Open && Some(last.ssthresh) > lowest, "{lowest:?} {last:?}");
    assert!(lowest.is_some(), "it began");
}

#[test]
fn a_real_loss_is_not_undone() {
    let mut scenario = acquainted_hosts();
    scenario.links[0].faults[0].lose = vec![20];
    let run = transfer(&mut scenario);
    let vars = vars_of_a(&run);
    let lowest = vars.iter().map(|vars| vars.ssthresh).min();
    let last = vars.last().expect("facts");
    assert!(last.recovery == TcpRecovery::Open && Some(last.ssthresh) == lowest, "{lowest:?} {last:?}");
    assert_eq!(fired(&run, TimerKind::Retransmission), 0);
}

#[test]
fn what_comes_twice_is_told_and_harmless() {
    let mut scenario = acquainted_hosts();
    scenario.links[0].faults[0].duplicate = (5..60).step_by(5).collect();
    let run = transfer(&mut scenario);
    // RFC 2883: an ACK with a block of twelve bytes.
    let told = run.packets().iter().filter(|line| line.starts_with("B A") && line.contains("ip 64")).count();
    assert!(told >= 8, "{told} D-SACKs");
    assert!(vars_of_a(&run).iter().all(|vars| vars.recovery <= TcpRecovery::Disorder), "nothing was lost");
}

#[test]
fn a_silent_peer_is_asked_whether_it_lives() {
    let options = [
        SocketOption::KeepAlive(true),
        SocketOption::KeepIdle(ms(10_000)),
        SocketOption::KeepInterval(ms(2000)),
        SocketOption::KeepCount(3),
    ];
    let client = || then(connecting_with(&options), [Step::Recv(S0, 9)]);
    let server = || then(accepting(), [Step::Sleep(ms(100_000)), Step::Send(S1, bytes("x"))]);
    let alive = run(&acquainted_hosts(), server(), client());
    assert!((8..=10).contains(&alive.times_of("A A 0 1 0").len()), "{:?}", alive.packets());
    assert!(alive.results(A).contains(&"7: b'x'".to_owned()), "{:?}", alive.results(A));
    let mut dead = acquainted_hosts();
    dead.links[0].faults[0].lose = (3..1000).collect();
    let dead = run(&dead, server(), client());
    let probes = dead.times_of("A A 0 1 0");
    assert_eq!(probes.len(), 3);
    about(probes[1] - probes[0], 2050, 60);
    assert!(dead.packets().iter().any(|line| line.starts_with("A AR 1 1")), "the peer is told, should it hear");
    assert!(dead.results(A).contains(&"7: ETIMEDOUT".to_owned()), "{:?}", dead.results(A));
}

#[test]
fn a_user_may_be_less_patient() {
    let mut scenario = acquainted_hosts();
    scenario.links[0].faults[0].lose = (3..1000).collect();
    let options = [SocketOption::UserTimeout(Some(ms(3000)))];
    let client = then(connecting_with(&options), [Step::Send(S0, bytes("x")), Step::Recv(S0, 9)]);
    let run = run(&scenario, then(accepting(), [Step::Sleep(ms(100_000))]), client);
    assert!(run.results(A).contains(&"5: ETIMEDOUT".to_owned()), "{:?}", run.results(A));
    let sent = run.times_of("A AP 1 1 1");
    assert!(*sent.last().expect("sent") - sent[0] <= ms(3500), "no try comes after the time");
}

#[test]
fn a_cork_holds_writes_together() {
    let writes = [Step::Send(S0, bytes("one")), Step::Send(S0, bytes("two")), Step::Sleep(ms(50))];
    let pulled = [Step::SetOption(S0, SocketOption::Cork(false)), Step::Sleep(ms(50))];
    let client = then(then(connecting_with(&[SocketOption::Cork(true)]), writes), pulled);
    let run = run(&acquainted_hosts(), then(accepting(), [Step::Recv(S1, 9), Step::Recv(S1, 9)]), client);
    let data: Vec<String> = run.packets().into_iter().filter(|line| line.starts_with("A AP")).collect();
    same(&data, &["A AP 1 1 6 win 63 ip 58 DF"]);
    about(run.times_of("A AP")[0] - run.times_of("A A 1 1 0")[0], 50, 3);
}
