//! Settings of hosts: each changes what is sent as it would on Linux, for new connections or for those that stand, and the
//! usual ones change nothing.
//!
//! Absent on purpose: their text (see `text`), and all combinations (the swarm draws them).

use std::time::Duration;

use sim_core::network::{Input, InputError, Network};
use sim_core::program::{CongestionControl, OptionName, SocketOption, Step};
use sim_core::scenario::{HostSettings, Scenario, ScenarioError, SettingsError};
use sim_core::trace::{NodeId, What};

use crate::harness::*;

const USUAL: HostSettings = HostSettings::LINUX;

/// The two hosts, A set so.
fn with_a(settings: HostSettings) -> Scenario {
    let mut scenario = two_hosts();
    scenario.nodes[0].settings = settings;
    scenario
}

/// B reads whatever comes.
fn reading() -> Vec<Step> {
    then(accepting(), [Step::RecvToEnd(S1, 65_536), Step::PrintLength, Step::Close(S1)])
}

/// A writes pieces, one after another.
fn writing(pieces: &[usize]) -> Vec<Step> {
    let sends = pieces.iter().map(|size| Step::Send(S0, vec![b'x'; *size].into()));
    then(then(connecting(), sends), [Step::Close(S0)])
}

fn run(scenario: &Scenario, server: Vec<Step>, client: Vec<Step>) -> Run {
    let mut run = Run::new(scenario, 1);
    run.spawn(at(0), B, "server", server).spawn(at(100), A, "client", client);
    run
}

/// Lengths of A's segments with data.
fn sizes(run: &Run) -> Vec<usize> {
    let sent = run.packets();
    let data =
        sent.iter().filter(|line| line.starts_with("A ")).filter_map(|line| line.split(' ').nth(4)?.parse().ok());
    data.filter(|size| *size > 0).collect()
}

#[test]
fn the_usual_settings_change_nothing() {
    let plain = run(&two_hosts(), reading(), writing(&[5, 5, 20_000])).until(at(100_000)).trace.hash();
    let set =
        run(&with_a(HostSettings::default()), reading(), writing(&[5, 5, 20_000])).until(at(100_000)).trace.hash();
    assert_eq!(plain, set);
}

#[test]
fn without_nagle_small_pieces_do_not_wait() {
    assert_eq!(sizes(run(&two_hosts(), reading(), writing(&[5, 5, 5])).until(at(5000))), [5, 10]);
    let settings = HostSettings { nagle: false, ..USUAL };
    assert_eq!(sizes(run(&with_a(settings), reading(), writing(&[5, 5, 5])).until(at(5000))), [5, 5, 5]);
}

#[test]
fn what_nagle_holds_leaves_when_he_is_turned_off() {
    let sends = [(); 3].map(|()| Step::Send(S0, bytes("hello")));
    let mut held = run(&two_hosts(), reading(), then(then(connecting(), sends), [Step::Sleep(ms(60_000))]));
    // ARP and the handshake take two round trips of 20 ms: at 145 ms the second piece waits for the first.
    held.input(at(145), Input::SetHost(A, HostSettings { nagle: false, ..USUAL }));
    assert_eq!((sizes(&held), held.times_of("A AP").last()), (vec![5, 10], Some(&at(145))), "{:#?}", held.packets());
    let set = held.trace.facts().iter().find(|fact| matches!(fact.what, What::HostSet { .. })).expect("it is a fact");
    assert_eq!((set.at, set.node, set.cause), (at(145), A, None));
    let sent = held.trace.facts().iter().rfind(|fact| matches!(fact.what, What::Sent { .. })).expect("the rest left");
    let mut cause = sent.cause;
    while let Some(fact) = cause.filter(|id| *id != set.id) {
        cause = held.trace.get(fact).expect("a cause is a fact").cause;
    }
    assert_eq!(cause, Some(set.id), "the rest leaves because of the setting");
}

#[test]
fn acknowledgements_wait_as_long_as_is_set_or_not_at_all() {
    // Write, write, read: Nagle holds the second piece until the first is acknowledged, and its acknowledgement waits.
    let client = [Step::Send(S0, bytes("a")), Step::Send(S0, bytes("b")), Step::Recv(S0, 10), Step::Repeat(2, 29)];
    let server = [Step::RecvExactly(S1, 2), Step::Send(S1, bytes("c")), Step::Repeat(4, 29)];
    let round = |settings: HostSettings| {
        let mut scenario = two_hosts();
        scenario.nodes[1].settings = settings;
        let mut run = run(&scenario, then(accepting(), server.clone()), then(connecting(), client.clone()));
        let answers = run.until(at(20_000)).times_of("B AP");
        assert_eq!(answers.len(), 30);
        answers[29] - answers[28]
    };
    // Two round trips, and the wait, in whole ticks of the kernel's clock.
    let none = round(HostSettings { delayed_ack: None, ..USUAL });
    assert!((ms(40)..ms(41)).contains(&none), "{none:?}");
    assert!((ms(80)..=ms(88)).contains(&round(USUAL)), "{:?}", round(USUAL));
    let long = round(HostSettings { delayed_ack: Some(ms(160)), ..USUAL });
    assert!((ms(200)..=ms(208)).contains(&long), "{long:?}");
}

#[test]
fn the_segment_asked_for_is_what_the_peer_sends() {
    let mut scenario = two_hosts();
    scenario.nodes[1].settings.max_segment = Some(500);
    let mut run = run(&scenario, reading(), writing(&[2000]));
    // Twelve bytes of each are timestamps.
    assert_eq!(sizes(run.until(at(5000))), [488, 488, 488, 488, 48]);
}

#[test]
fn the_initial_window_is_what_leaves_at_first() {
    for segments in [1, 3, 10, 20] {
        let settings = HostSettings { initial_window: segments, send_buffer: 1 << 20, ..USUAL };
        let mut run = run(&with_a(settings), reading(), writing(&[40_000]));
        // The handshake is over at 140 ms; the first ACK comes 20 ms later.
        run.until(at(150));
        assert_eq!(sizes(&run).iter().sum::<usize>(), 1448 * segments as usize, "{segments} segments");
    }
}

#[test]
fn what_a_syn_offers_can_be_turned_off() {
    let options = |settings: HostSettings| {
        let mut run = run(&with_a(settings), reading(), writing(&[1]));
        run.until(at(5000));
        let options = |frame: &[u8]| frame[54..].to_vec();
        let frames = run.frames();
        let syn = frames.iter().find(|(.., frame)| frame.len() > 54 && frame[47] & 0x02 != 0);
        options(&syn.expect("a SYN was sent").2)
    };
    assert_eq!(options(USUAL).len(), 20);
    assert_eq!(options(HostSettings { timestamps: false, ..USUAL }), [2, 4, 5, 180, 1, 1, 4, 2, 1, 3, 3, 10]);
    let none = HostSettings { timestamps: false, sack: false, window_scaling: false, ..USUAL };
    assert_eq!(options(none), [2, 4, 5, 180]);
    // And the data gets there all the same, for the peer offers nothing either.
    let mut run = run(&with_a(none), reading(), writing(&[100_000]));
    assert!(run.until(at(60_000)).results(B).contains(&"6: print 100000".to_owned()), "{:#?}", run.results(B));
}

#[test]
fn buffers_bound_windows_and_writes() {
    // The receiver's largest buffer: its window never goes beyond.
    let mut small = two_hosts();
    small.nodes[1].settings = HostSettings { receive_buffer: 8192, receive_buffer_max: 8192, ..USUAL };
    let mut small_run = run(&small, then(accepting(), [Step::Sleep(ms(5000))]), writing(&[60_000]));
    small_run.until(at(4000));
    let windows = small_run.trace.facts().iter().filter_map(|fact| match &fact.what {
        What::TcpVars { vars, .. } if fact.node == B => Some(vars.rcv_wnd),
        _ => None,
    });
    assert!(windows.max().expect("B tells its variables") <= 8192);
    // How far a buffer grows is looked up when it does (`tcp_rmem`): a connection that stands heeds a change.
    let largest = |set: Option<u32>| {
        let mut run = run(&two_hosts(), reading(), writing(&[3_000_000]));
        if let Some(most) = set {
            run.input(at(145), Input::SetHost(B, HostSettings { receive_buffer_max: most, ..USUAL }));
        }
        run.until(at(20_000));
        let windows = run.trace.facts().iter().filter_map(|fact| match &fact.what {
            What::TcpVars { vars, .. } if fact.node == B => Some(vars.rcv_wnd),
            _ => None,
        });
        windows.max().expect("B tells its variables")
    };
    let (free, bound) = (largest(None), largest(Some(262_144)));
    assert!(free > 1_000_000 && bound < 262_144, "{free} {bound}");
}

#[test]
fn a_syn_is_sent_again_as_often_as_is_set() {
    let mut scenario = acquainted_hosts();
    scenario.nodes[0].settings.syn_retries = 1;
    scenario.links[0].faults[0].loss_ppm = 1_000_000;
    let mut run = Run::new(&scenario, 1);
    run.spawn(at(0), A, "client", connecting()).until(at(60_000));
    assert_eq!(run.times_of("A S").len(), 6);
    assert_eq!(run.results(A)[1], "2: ETIMEDOUT");
}

#[test]
fn time_wait_lasts_as_long_as_is_set() {
    let mut run = run(&with_a(HostSettings { time_wait: ms(500), ..USUAL }), reading(), writing(&[5]));
    run.until(at(60_000));
    let state = |wanted: &str| {
        run.trace.facts().iter().find_map(|fact| match &fact.what {
            What::TcpState { to, .. } if fact.node == A && to.name() == wanted => Some(fact.at),
            _ => None,
        })
    };
    let (began, over) = (state("TIME-WAIT").expect("A closed first"), state("CLOSED").expect("it is over"));
    assert_eq!(over - began, ms(500));
}

#[test]
fn packets_live_as_long_as_is_set_and_sockets_say_so() {
    let mut run = run(&with_a(HostSettings { ttl: 7, congestion: CongestionControl::Reno, ..USUAL }), reading(), {
        let asks = [OptionName::TimeToLive, OptionName::Congestion].map(|name| Step::GetOption(S0, name));
        then(then(connecting(), asks), [Step::Close(S0)])
    });
    run.input(at(1000), Input::SetHost(A, HostSettings { ttl: 9, ..USUAL }));
    run.spawn(at(1000), A, "again", connecting()).until(at(5000));
    let frames = run.frames();
    let ttls = |from: u64| {
        let packets =
            frames.iter().filter(|(time, node, frame)| *time >= at(from) && *node == A && frame[12..14] == [8, 0]);
        packets.map(|(.., frame)| frame[22]).collect::<Vec<u8>>()
    };
    assert!(ttls(1000).iter().all(|ttl| *ttl == 9) && !ttls(1000).is_empty());
    assert!(frames.iter().any(|(_, node, frame)| *node == A && frame[12..14] == [8, 0] && frame[22] == 7));
    let answers: Vec<String> =
        run.results(A).into_iter().filter(|line| line.contains("IP_TTL") || line.contains("CONG")).collect();
    let expected = [SocketOption::TimeToLive(7), SocketOption::Congestion(CongestionControl::Reno)];
    for (answer, expected) in answers.iter().zip(expected) {
        assert!(answer.contains(&expected.to_string()), "{answer} {expected}");
    }
    assert_eq!(answers.len(), 2);
}

#[test]
fn settings_that_cannot_be_are_refused() {
    let wrong = HostSettings { time_wait: Duration::ZERO, ..USUAL };
    let error = SettingsError::OutOfBounds { setting: "time-wait", value: 0, least: 1, most: 3_600_000 };
    assert_eq!(error.to_string(), "`time-wait` cannot be 0 ms: 1 to 3600000");
    assert_eq!(Network::new(&with_a(wrong), 1).err(), Some(ScenarioError::Settings(A, error)));
    let network = Network::new(&host_and_gateway(), 1).expect("it is sound");
    let check = |node, settings| network.check_input(&Input::SetHost(node, settings));
    assert_eq!(check(A, wrong), Err(InputError::Settings(A, error)));
    assert_eq!(
        check(A, HostSettings { congestion: CongestionControl::Bbr, ..USUAL }).unwrap_err().to_string(),
        "node 0 cannot be set so: there is no congestion control `bbr` here: choose `cubic` or `reno`"
    );
    assert_eq!(check(B, USUAL), Err(InputError::IsGateway(B)));
    assert_eq!(check(NodeId(9), USUAL), Err(InputError::UnknownNode(NodeId(9))));
    let mut scenario = host_and_gateway();
    scenario.nodes[1].settings.nagle = false;
    assert_eq!(scenario.check(), Err(ScenarioError::NoSettings(B)));
}
