//! What must hold whatever the network does. A failure prints its seed and inputs; proptest repeats it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use sim_core::network::Input;
use sim_core::program::{Family, SocketOption, SocketType, Step};
use sim_core::scenario::{End, Faults, Link, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{FrameId, LinkId, NodeId, Place, What};

use crate::harness::*;

/// What goes wrong in one direction, short of making a transfer hopeless.
fn faults() -> impl Strategy<Value = Faults> {
    let often = || prop_oneof![2 => Just(0_u32), 1 => 0_u32..120_000];
    let lose = proptest::collection::vec(1_u64..60, 0..3);
    (often(), 0_u32..6, lose, often(), often(), often(), 0_u64..50).prop_map(
        |(loss_ppm, burst, lose, duplicate_ppm, corrupt_ppm, reorder_ppm, by)| Faults {
            loss_ppm,
            burst,
            lose,
            duplicate_ppm,
            corrupt_ppm,
            reorder_ppm,
            reorder_by: ms(by),
            ..Faults::default()
        },
    )
}

/// A link of any quality, or two with a switch between them.
fn link() -> impl Strategy<Value = Scenario> {
    let rate = prop_oneof![Just(0_u64), Just(100_000), Just(1_000_000), Just(100_000_000)];
    let delays = (0_u64..60, prop_oneof![Just(0_u64), 0_u64..20]);
    (rate, delays, 1_usize..40, faults(), faults(), any::<bool>()).prop_map(
        |(rate, (delay, jitter), queue, there, back, switched)| {
            let mut scenario = two_hosts();
            let link = &mut scenario.links[0];
            (link.rate, link.delay, link.jitter, link.queue) = (rate, ms(delay), ms(jitter), queue);
            link.faults = [there, back];
            if switched {
                let end = |interface| End { node: NodeId(2), interface };
                let mut second = Link::between(NodeId(2), B, rate, ms(1), queue);
                second.ends[0] = end(1);
                link.ends[1] = end(0);
                scenario.links.push(second);
                scenario.nodes.push(crate::switch::switch("switch"));
            }
            scenario
        },
    )
}

fn pattern(length: usize, salt: usize) -> Arc<[u8]> {
    (0..length).map(|index| (index * 31 / 7 + salt) as u8).collect()
}

#[derive(Clone, Debug)]
struct Transfer {
    writes: Vec<usize>,
    read: usize,
    receive_buffer: Option<u32>,
    send_buffer: Option<u32>,
    no_delay: bool,
}

fn transfer() -> impl Strategy<Value = Transfer> {
    let buffer = || proptest::option::of(1024_u32..40_000);
    let writes = proptest::collection::vec(1_usize..9000, 1..8);
    (writes, 1_usize..5000, buffer(), buffer(), any::<bool>()).prop_map(
        |(writes, read, receive_buffer, send_buffer, no_delay)| Transfer {
            writes,
            read,
            receive_buffer,
            send_buffer,
            no_delay,
        },
    )
}

impl Transfer {
    fn payload(&self) -> Vec<u8> {
        self.writes.iter().enumerate().flat_map(|(salt, length)| pattern(*length, salt).to_vec()).collect()
    }

    fn options(&self) -> Vec<Step> {
        let receive = self.receive_buffer.map(SocketOption::ReceiveBuffer);
        let send = self.send_buffer.map(SocketOption::SendBuffer);
        let options = receive.into_iter().chain(send).chain([SocketOption::NoDelay(self.no_delay)]);
        options.map(|option| Step::SetOption(S0, option)).collect()
    }

    /// The client writes; the server echoes all of it at the end.
    fn run(&self, scenario: &Scenario, seed: u64) -> Run {
        let mut run = Run::new(scenario, seed);
        let server = then(
            then(vec![Step::Socket(Family::Inet, SocketType::Stream, S0)], self.options()),
            [
                Step::Bind(S0, every_address(PORT)),
                Step::Listen(S0, 1),
                Step::Accept(S0, S1),
                Step::RecvToEnd(S1, self.read),
                Step::PrintReceived,
                Step::SendReceived(S1),
                Step::Close(S1),
            ],
        );
        let sends = self.writes.iter().enumerate().map(|(salt, length)| Step::Send(S0, pattern(*length, salt)));
        let client = then(
            then(
                then(vec![Step::Socket(Family::Inet, SocketType::Stream, S0)], self.options()),
                [Step::Connect(S0, b(PORT))],
            ),
            sends.chain([
                Step::Shutdown(S0, sim_core::program::Shutdown::Write),
                Step::RecvToEnd(S0, self.read),
                Step::PrintReceived,
            ]),
        );
        run.spawn(at(0), B, "server", server).spawn(at(1), A, "client", client);
        run
    }
}

/// Something that is done to a link while a transfer runs.
#[derive(Clone, Debug)]
enum Change {
    Faults(u8, Faults),
    Cut(u8),
    Link { rate: u64, delay: u64, queue: usize },
    Drop,
}

fn changes() -> impl Strategy<Value = Vec<(u64, Change)>> {
    let change = prop_oneof![
        (0_u8..2, faults()).prop_map(|(end, faults)| Change::Faults(end, faults)),
        (0_u8..2).prop_map(Change::Cut),
        (prop_oneof![Just(0_u64), 100_000_u64..10_000_000], 0_u64..60, 1_usize..40)
            .prop_map(|(rate, delay, queue)| Change::Link { rate, delay, queue }),
        Just(Change::Drop),
    ];
    proptest::collection::vec((0_u64..3000, change), 0..8).prop_map(|mut changes| {
        changes.sort_by_key(|(at, _)| *at);
        changes
    })
}

impl Change {
    fn input(&self, run: &Run) -> Input {
        let link = LinkId(0);
        match self {
            Change::Faults(end, faults) => Input::SetFaults(link, *end, faults.clone()),
            Change::Cut(end) => Input::SetFaults(link, *end, Faults { down: true, ..Faults::default() }),
            &Change::Link { rate, delay, queue } => {
                Input::SetLink { link, rate, delay: ms(delay), jitter: ms(0), queue }
            }
            Change::Drop => {
                let sent = run.trace.facts().iter().rev().find_map(|fact| match fact.what {
                    What::Sent { frame, .. } | What::Duplicated { frame, .. } => Some(frame),
                    _ => None,
                });
                Input::DropFrame(sent.unwrap_or(FrameId(0)))
            }
        }
    }
}

/// Every frame that was sent was delivered or dropped, once; or it is still flying.
fn check_frames(run: &Run) -> Result<(), TestCaseError> {
    let mut fates: BTreeMap<FrameId, u32> = BTreeMap::new();
    let mut arrivals = BTreeMap::new();
    let mut last = None;
    for fact in run.trace.facts() {
        prop_assert!(last <= Some(fact.at), "facts are in order of time");
        last = Some(fact.at);
        prop_assert!(fact.cause.is_none_or(|cause| cause < fact.id), "causes come first: {}", fact);
        match &fact.what {
            What::Sent { frame, arrives_at, .. } | What::Duplicated { frame, arrives_at, .. } => {
                prop_assert!(arrivals.insert(*frame, *arrives_at).is_none(), "sent once");
            }
            What::Delivered { frame, .. } => *fates.entry(*frame).or_default() += 1,
            What::Dropped { frame: Some(frame), place, .. } => {
                let in_layer = matches!(place, Place::Layer(_));
                if let Place::Wire(_) = place {
                    prop_assert!(fact.at <= arrivals[frame], "a lost frame is lost on its way");
                }
                *fates.entry(*frame).or_default() += u32::from(!in_layer);
            }
            _ => {}
        }
    }
    for (frame, arrives_at) in arrivals {
        let fate = fates.get(&frame).copied().unwrap_or(0);
        let flying = arrives_at > last.expect("there are facts");
        prop_assert!(fate == 1 || (fate == 0 && flying), "frame {:?} has {} fates", frame, fate);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn streams_arrive_whole_and_in_order(scenario in link(), transfer in transfer(), seed in any::<u64>()) {
        let mut run = transfer.run(&scenario, seed);
        run.until(at(3_000_000));
        check_frames(&run)?;
        // Three ARP requests in a row may be lost, and so may everything for a quarter of an hour.
        let is_end = |state: &String| state.contains("TimedOut") || state.contains("Unreachable");
        let gave_up = run.states(A).iter().chain(&run.states(B)).any(is_end);
        if !gave_up {
            let whole = sim_core::program::python_bytes(&transfer.payload());
            let printed = |node| run.results(node).iter().any(|line| line.ends_with(&format!("print {whole}")));
            prop_assert!(printed(B), "the server got it: {:?}", run.states(B));
            prop_assert!(printed(A), "the echo came back: {:?}", run.states(A));
        }
    }

    #[test]
    fn frames_are_accounted_for_while_links_change(
        scenario in link(), transfer in transfer(), changes in changes(), seed in any::<u64>(), step in 1_u64..500,
    ) {
        let mut run = transfer.run(&scenario, seed);
        let mut inputs = Vec::new();
        for (when, change) in &changes {
            run.until(at(*when));
            let input = change.input(&run);
            inputs.push((at(*when), input.clone()));
            run.input(at(*when), input);
        }
        run.until(at(100_000));
        check_frames(&run)?;
        // The same inputs in other steps, from a snapshot too: the same trace.
        let mut again = transfer.run(&scenario, seed);
        for (when, input) in inputs {
            while again.trace.facts().last().is_some_and(|last| last.at + ms(step) < when) {
                let before = again.trace.facts().len();
                let next = again.trace.facts().last().map_or(Instant::ZERO, |last| last.at + ms(step));
                again.until(next);
                if again.trace.facts().len() == before {
                    break;
                }
            }
            again = again.clone();
            again.input(when, input);
        }
        prop_assert_eq!(again.until(at(100_000)).trace.hash(), run.trace.hash());
    }

    #[test]
    fn snapshots_continue_the_same(scenario in link(), transfer in transfer(), seed in any::<u64>(), instant in 1_u64..3000) {
        let mut run = transfer.run(&scenario, seed);
        run.until(at(instant));
        let mut copy = run.clone();
        let expected = run.until(at(100_000)).trace.hash();
        prop_assert_eq!(copy.until(at(100_000)).trace.hash(), expected);
    }

    #[test]
    fn a_handled_timeout_moves_the_deadline(scenario in link(), transfer in transfer(), seed in any::<u64>()) {
        let mut run = transfer.run(&scenario, seed);
        for _ in 0..20_000 {
            let Some(due) = run.network.poll_timeout() else { return Ok(()) };
            run.network.handle_timeout(due);
            while run.network.poll_output().is_some() {}
            prop_assert!(run.network.poll_timeout().is_none_or(|next| next > due), "stuck at {}", due);
        }
    }
}
