//! What happens when nothing comes: retransmission, giving up, and states that end by themselves.

use sim_core::program::{Family, Shutdown, SocketOption, SocketType, Step};
use sim_core::trace::{TimerChange, TimerKind, What};

use crate::harness::*;

pub(crate) fn fired(run: &Run, kind: TimerKind) -> usize {
    let is = |what: &What| matches!(what, What::Timer { timer, change: TimerChange::Fired, .. } if *timer == kind);
    run.trace.facts().iter().filter(|fact| is(&fact.what)).count()
}

/// The client's bulk transfer, with these frames of it lost.
fn bulk(length: usize, lose: Vec<u64>) -> Run {
    bulk_at(10_000_000, length, lose)
}

fn bulk_at(rate: u64, length: usize, lose: Vec<u64>) -> Run {
    let mut scenario = two_hosts();
    scenario.links[0].rate = rate;
    scenario.links[0].faults[0].lose = lose;
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::RecvToEnd(S1, 65_536), Step::PrintLength, Step::Close(S1)]));
    let client = then(connecting(), [Step::Send(S0, vec![1; length].into()), Step::Close(S0)]);
    run.spawn(at(1), A, "client", client).until(at(100_000));
    assert!(run.results(B).contains(&format!("6: print {length}")), "{:?}", run.results(B));
    run
}

#[test]
fn one_loss_is_repaired_by_duplicate_acknowledgements() {
    let run = bulk(100_000, vec![20]);
    assert_eq!(fired(&run, TimerKind::Retransmission), 0, "no time-out is needed");
    let duplicates = run.packets();
    let twice = duplicates.iter().filter(|line| line.starts_with("A A") && line.contains(" 1448 ")).count();
    assert_eq!(twice, 100_000 / 1448 + 1, "one segment is sent again");
}

#[test]
fn three_losses_in_a_window_are_repaired_in_one_round_trip() {
    let run = bulk(150_000, vec![30, 33, 36]);
    assert_eq!(fired(&run, TimerKind::Retransmission), 0, "SACK tells each hole");
    let again: Vec<_> = (30..=36).step_by(3).map(|frame| 1 + 1448 * (frame - 4)).collect();
    let sent: Vec<_> = again.iter().map(|seq| run.times_of(&format!("A A {seq} 1 "))).collect();
    let again: Vec<_> =
        run.times_of("A A").into_iter().filter(|time| sent.iter().any(|times| times.last() == Some(time))).collect();
    about(again[2] - again[0], 5, 5);
}

#[test]
fn a_lost_tail_is_probed_after_two_round_trips() {
    // The last data and the FIN. The probe sends the FIN again; what it tells repairs the data.
    let run = bulk_at(0, 14_000, vec![13, 14]);
    assert_eq!((fired(&run, TimerKind::LossProbe), fired(&run, TimerKind::Retransmission)), (1, 0));
}

#[test]
fn slow_start_begins_with_ten_segments() {
    let run = bulk(100_000, vec![]);
    let first_ack = run.times_of("B A 1 1449")[0];
    let before = run.times_of(" 1448 win 63").into_iter().filter(|time| *time < first_ack).count();
    assert_eq!(before, 10);
}

#[test]
fn a_peer_that_is_gone() {
    let mut scenario = acquainted_hosts();
    scenario.links[0].faults[0].lose = (3..200).collect();
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::Recv(S1, 9)]));
    run.spawn(at(1), A, "client", then(connecting(), [Step::Send(S0, bytes("x")), Step::Recv(S0, 9)]));
    run.until(at(2_000_000));
    assert_eq!(run.results(A)[3], "4: ETIMEDOUT");
    let times = run.times_of("A AP 1 1 1");
    about(*times.last().expect("sent") - times[0], 924_600, 130_000);
    let gaps: Vec<u128> = times.windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
    // A probe, then the time-out; each is late by what the kernel's timers are coarse there, an eighth at most.
    let mut expected = 220;
    for gap in &gaps[1..] {
        assert!((expected..=expected + expected / 8 + 8).contains(gap), "{gaps:?}");
        expected = (2 * expected).min(120_000);
    }
}

#[test]
fn a_half_open_connection_is_forgotten() {
    let mut scenario = acquainted_hosts();
    // A's handshake never ends: its ACKs are lost, and it does not try again by itself.
    scenario.links[0].faults[0].lose = (2..100).collect();
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), B, "server", accepting()).spawn(
        at(1),
        A,
        "client",
        then(connecting(), [Step::Sleep(ms(500_000))]),
    );
    run.until(at(400_000));
    assert_eq!(run.times_of("B AS 0 1").len(), 1 + 5, "five retries of a SYN-ACK");
    assert!(run.states(B).contains(&"CLOSED TimedOut".to_owned()));
}

#[test]
fn an_orphan_waits_a_minute_for_the_last_fin() {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::Sleep(ms(300_000)), Step::Close(S1)]));
    run.spawn(at(1), A, "client", then(connecting(), [Step::Close(S0)])).until(at(400_000));
    assert!(run.states(A).contains(&"CLOSED TimeWaitOver".to_owned()), "{:?}", run.states(A));
    assert!(run.packets().last().expect("packets").contains("R "), "the late FIN is reset: {:?}", run.packets());
}

#[test]
fn time_wait_gives_way_to_a_new_connection() {
    let mut run = Run::new(&two_hosts(), 1);
    let reuse = Step::SetOption(S0, SocketOption::ReuseAddress(true));
    let server = vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        reuse.clone(),
        Step::Bind(S0, every_address(PORT)),
        Step::Listen(S0, 8),
        Step::Accept(S0, S1),
        Step::Close(S1),
        Step::Jump(4),
    ];
    // The client always comes from the same port; the server closes first, so TIME-WAIT is on its side.
    let client = || {
        vec![
            Step::Socket(Family::Inet, SocketType::Stream, S0),
            reuse.clone(),
            Step::Bind(S0, every_address(40_000)),
            Step::Connect(S0, b(PORT)),
            Step::RecvToEnd(S0, 9),
            Step::Close(S0),
        ]
    };
    run.spawn(at(0), B, "server", server).spawn(at(10), A, "one", client()).until(at(2000));
    assert!(run.states(B).contains(&"TIME-WAIT FinReceived".to_owned()), "{:?}", run.states(B));
    run.spawn(at(2000), A, "two", client()).until(at(4000));
    assert_eq!(run.results(A).iter().filter(|line| *line == "4: None").count(), 2, "{:?}", run.results(A));
}

#[test]
fn shutdown_of_both_sides_and_reading_after_it() {
    let mut run = Run::new(&two_hosts(), 1);
    run.spawn(at(0), B, "server", then(accepting(), [Step::RecvToEnd(S1, 9), Step::Close(S1)]));
    let client =
        then(connecting(), [Step::Shutdown(S0, Shutdown::Both), Step::Recv(S0, 9), Step::Send(S0, bytes("x"))]);
    run.spawn(at(1), A, "client", client).until(at(1000));
    same(&run.results(A)[2..], &["3: None", "4: b''", "5: EPIPE", "5: exit EPIPE"]);
}
