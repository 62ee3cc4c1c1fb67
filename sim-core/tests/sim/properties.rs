//! What must hold whatever the network does. A failure prints its seed and inputs; proptest repeats it.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use sim_core::program::{Family, SocketOption, SocketType, Step};
use sim_core::scenario::Scenario;
use sim_core::trace::{FrameId, Place, What};

use crate::harness::*;

/// A link of any quality.
fn link() -> impl Strategy<Value = Scenario> {
    let rate = prop_oneof![Just(0_u64), Just(100_000), Just(1_000_000), Just(100_000_000)];
    (rate, 0_u64..60, 1_usize..40, 0_u32..120_000, 0_u32..120_000).prop_map(|(rate, delay, queue, there, back)| {
        let mut scenario = two_hosts();
        let link = &mut scenario.links[0];
        (link.rate, link.delay, link.queue) = (rate, ms(delay), queue);
        (link.faults[0].loss_ppm, link.faults[1].loss_ppm) = (there, back);
        scenario
    })
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
            What::Sent { frame, arrives_at, .. } => {
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
