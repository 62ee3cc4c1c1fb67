//! Same scenario, seed and inputs: the same trace, byte for byte; native and wasm, in any steps, from any snapshot.

use std::net::SocketAddr;

use sim_core::errno::Errno;
use sim_core::gateway::{Answer, FlowId, FlowKind, InfoField, KernelInfo, Publication};
use sim_core::network::{Input, Network, Output};
use sim_core::program::{Family, SocketType, Step};
use sim_core::scenario::Scenario;
use sim_core::trace::{Place, Trace, What};
use sim_core::workload::{self, Transport};

use crate::harness::*;

/// The hash of [`golden_trace`]. It changes when behaviour changes; then this line changes, knowingly.
const GOLDEN: u64 = 0xe309_6abc_e1a7_1b55;

/// The hash of [`real_session`].
const REAL: u64 = 0x0587_b138_886e_217b;

/// A link with a narrow queue that loses some frames each way.
pub(crate) fn lossy() -> Scenario {
    let mut scenario = two_hosts();
    let link = &mut scenario.links[0];
    link.rate = 10_000_000;
    link.queue = 20;
    link.faults[0].loss_ppm = 20_000;
    link.faults[1].loss_ppm = 10_000;
    scenario
}

/// A bulk transfer, an echo, a datagram to nobody and a connection that is refused, on a lossy link.
pub(crate) fn programs(run: &mut Run) {
    let server =
        then(accepting(), [Step::RecvToEnd(S1, 5000), Step::PrintLength, Step::SendReceived(S1), Step::Close(S1)]);
    let payload: Vec<u8> = (0..100_000_u32).map(|index| (index * 7 / 3) as u8).collect();
    let client = then(
        connecting(),
        [
            Step::Send(S0, payload.into()),
            Step::Shutdown(S0, sim_core::program::Shutdown::Write),
            Step::RecvToEnd(S0, 3000),
            Step::PrintLength,
        ],
    );
    let stray = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::SendTo(S0, bytes("anybody?"), b(9)),
        Step::Socket(Family::Inet, SocketType::Stream, S1),
        Step::Connect(S1, b(81)),
    ];
    run.spawn(at(0), B, "server", server).spawn(at(5), A, "client", client).spawn(at(50), A, "stray", stray);
}

fn golden_trace(seed: u64) -> Trace {
    let mut run = Run::new(&lossy(), seed);
    programs(&mut run);
    run.until(at(300_000));
    run.trace
}

fn golden_hash() -> u64 {
    golden_trace(42).hash()
}

/// A gateway's session: a real client of a published server, and a UDP client whose real server goes away.
fn real_session() -> u64 {
    let mut run = Run::new(&host_and_gateway(), 42);
    let server = [Step::RecvToEnd(S1, 5000), Step::SendReceived(S1), Step::Close(S1)];
    let far = ([192, 0, 2, 1], 53);
    let client = vec![
        Step::Socket(Family::Inet, SocketType::Datagram, S0),
        Step::Connect(S0, far.into()),
        Step::Send(S0, bytes("who?")),
        Step::Recv(S0, 5000),
        Step::PrintLength,
        Step::Send(S0, bytes("still there?")),
        Step::Recv(S0, 5000),
    ];
    run.spawn(at(0), A, "server", then(accepting(), server)).spawn(at(5), A, "client", client);
    let real = SocketAddr::from(([127, 0, 0, 1], 8080));
    let to = SocketAddr::new(A_IP.into(), PORT);
    run.input(at(10), Input::Publish(B, Publication { kind: FlowKind::Stream, at: real, to, backlog: 9 }));
    // The client's datagram was the first flow, after the neighbours had found each other.
    let (listener, connection, datagrams) = (0, 2, 1);
    let info = KernelInfo { fields: [(InfoField(12), 345)].into() };
    for (millis, flow, answer) in [
        (15, listener, Answer::Listening { local: real.into(), credit: 0 }),
        (60, datagrams, Answer::Connected { credit: 1000 }),
        (70, listener, Answer::Accepted { connection: 1, peer: far.into(), credit: 9000 }),
        (120, connection, Answer::Data(vec![7; 30_000].into())),
        (130, connection, Answer::Info(info)),
        (140, datagrams, Answer::Data(vec![9; 4000].into())),
        (300, connection, Answer::Fin),
        (300, connection, Answer::Credit(50_000)),
        (400, datagrams, Answer::Unreachable(Errno::ECONNREFUSED)),
    ] {
        run.answer(at(millis), flow, answer);
    }
    run.input(at(1000), Input::Unpublish(B, FlowId(listener)));
    run.until(at(300_000));
    let asked = run.take_asks();
    for ask in ["1 send who?", "1 send still there?", "1 close", "2 shutdown", "2 close", "0 close"] {
        assert!(asked.iter().any(|asked| asked == ask), "{ask} is not in {asked:#?}");
    }
    assert!(run.results(A).contains(&"7: ECONNREFUSED".to_owned()), "{:#?}", run.results(A));
    run.trace.hash()
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

    wasm_bindgen_test_configure!(run_in_browser);

    #[wasm_bindgen_test]
    fn golden_hash_in_wasm() {
        assert_eq!(super::golden_hash(), super::GOLDEN);
    }

    #[wasm_bindgen_test]
    fn real_session_in_wasm() {
        assert_eq!(super::real_session(), super::REAL);
    }
}

#[test]
fn golden_hash_native() {
    assert_eq!(golden_hash(), GOLDEN, "now {:#018x}; if behaviour changed on purpose, write this one", golden_hash());
}

#[test]
fn real_session_native() {
    let hash = real_session();
    assert_eq!(hash, REAL, "now {hash:#018x}; if behaviour changed on purpose, write this one");
}

#[test]
fn seeds_matter_where_there_is_loss() {
    assert_ne!(golden_trace(1).hash(), golden_trace(2).hash());
}

#[test]
fn step_size_does_not_matter() {
    let expected = golden_trace(7).hash();
    for step in [1, 13, 1000] {
        let mut run = Run::new(&lossy(), 7);
        programs(&mut run);
        let mut now = 50;
        while now < 300_000 {
            now += step * if now > 10_000 { 1000 } else { 1 };
            run.until(at(now));
        }
        assert_eq!(run.trace.hash(), expected, "steps of {step} ms");
    }
}

#[test]
fn a_snapshot_continues_like_the_original() {
    let mut run = Run::new(&lossy(), 9);
    programs(&mut run);
    let mut snapshots = Vec::new();
    for instant in [60, 61, 75, 100, 333, 1500, 20_000] {
        run.until(at(instant));
        snapshots.push(run.clone());
    }
    let expected = run.until(at(300_000)).trace.hash();
    for mut snapshot in snapshots {
        assert_eq!(snapshot.until(at(300_000)).trace.hash(), expected);
    }
}

#[test]
fn a_loss_elsewhere_shifts_no_other_loss() {
    let lost = |run: &Run| run.trace.facts().iter().filter(|fact| fact.to_string().contains("Loss")).count();
    let mut quiet = Run::new(&two_hosts(), 3);
    quiet.until(at(10));
    assert_eq!(lost(&quiet), 0);
    // The draws of A's direction are those of its own frames: the same places are lost whatever B's direction does.
    let places = |loss_back: u32| {
        let mut scenario = two_hosts();
        scenario.links[0].faults[0].loss_ppm = 300_000;
        scenario.links[0].faults[1].loss_ppm = loss_back;
        let mut run = Run::new(&scenario, 5);
        let frame: std::sync::Arc<[u8]> = vec![0; 60].into();
        for index in 0..50 {
            run.input(at(index), Input::Frame(A, frame.clone()));
            run.input(at(index), Input::Frame(B, frame.clone()));
        }
        run.until(at(1000));
        let is_lost = |fact: &&sim_core::trace::Fact| fact.node == A && fact.to_string().contains("Dropped Loss");
        run.trace.facts().iter().filter(is_lost).map(|fact| fact.at).collect::<Vec<_>>()
    };
    assert_eq!(places(0), places(500_000));
    assert!(!places(0).is_empty());
}

#[test]
fn an_untraced_network_does_the_same() {
    let run = |network: &mut Network| {
        let mut steps = Vec::new();
        network.handle_input(at(0), Input::Spawn(B, script("s", then(accepting(), [Step::RecvToEnd(S1, 999)])).into()));
        let client = then(connecting(), [Step::Send(S0, vec![3; 50_000].into())]);
        network.handle_input(at(0), Input::Spawn(A, script("c", client).into()));
        let mut facts = 0;
        while let Some(due) = network.poll_timeout().filter(|due| *due < at(60_000)) {
            network.handle_timeout(due);
            while let Some(output) = network.poll_output() {
                facts += u32::from(matches!(output, Output::Fact(_)));
            }
            steps.push(due);
        }
        (steps, facts)
    };
    let (traced, facts) = run(&mut Network::new(&lossy(), 3).expect("sound"));
    let (captured, frames) = run(&mut Network::capturing(&lossy(), 3).expect("sound"));
    assert_eq!(traced, captured);
    assert!(0 < frames && frames < facts);
    let (untraced, none) = run(&mut Network::untraced(&lossy(), 3).expect("sound"));
    assert_eq!(traced, untraced);
    assert!(facts > 0 && none == 0);
}

#[test]
fn a_capture_has_what_links_do_in_the_trace() {
    let mut scenario = workload::dumbbell(2, Transport::Tcp);
    scenario.links[0].faults[0].loss_ppm = 20_000;
    scenario.links[1].queue = 3;
    let on_links = |mut network: Network| {
        let mut facts = Vec::new();
        network.run_until(at(3000), |output| {
            let Output::Fact(fact) = output else { return };
            let on_link = match &fact.what {
                What::Sent { .. } | What::Delivered { .. } => true,
                What::Dropped { place, .. } => !matches!(place, Place::Layer(_)),
                _ => false,
            };
            if on_link {
                facts.push((fact.at, fact.node, fact.what));
            }
        });
        facts
    };
    let traced = on_links(Network::new(&scenario, 8).expect("sound"));
    assert!(traced.iter().any(|(.., what)| matches!(what, What::Dropped { .. })));
    assert_eq!(on_links(Network::capturing(&scenario, 8).expect("sound")), traced);
}

#[test]
fn an_input_comes_after_what_was_due_before_it() {
    let mut careful = Run::new(&lossy(), 4);
    programs(&mut careful);
    careful.until(at(60));
    let mut careless = careful.clone();
    let input = || {
        Input::Spawn(
            A,
            script("late", vec![Step::Socket(Family::Inet, SocketType::Stream, S0), Step::Connect(S0, b(81))]).into(),
        )
    };
    careful.until(at(500)).network.handle_input(at(500), input());
    careless.network.handle_input(at(500), input());
    // The past cannot be changed: this one is taken as of now.
    careful.network.handle_input(at(1), input());
    careless.network.handle_input(at(1), input());
    assert_eq!(careful.until(at(9000)).trace.hash(), careless.until(at(9000)).trace.hash());
}
