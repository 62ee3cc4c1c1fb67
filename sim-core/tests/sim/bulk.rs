//! Bulk transfers over a bottleneck: how much arrives, by congestion control, delay and loss. The yardstick is Linux 6.18 over the
//! same link: 10 Mbit/s, a drop-tail queue of 100 frames, a minute.
//!
//! Absent on purpose: the whole table in every run of the tests. This prints it:
//! `cargo test --release -p sim-core --test sim goodput_table -- --ignored --nocapture`.

use sim_core::network::{Input, Network, Output};
use sim_core::program::CongestionControl::{self, Cubic, Reno};
use sim_core::program::{Family, SocketOption, SocketType, Step};
use sim_core::trace::{Value, What};

use crate::harness::*;

/// Goodput in kbit/s over `seconds`, with a one-way delay in milliseconds and so many frames in a million lost.
fn goodput(control: CongestionControl, delay: u64, loss_ppm: u32, seconds: u64, seed: u64) -> u64 {
    let mut scenario = two_hosts();
    let link = &mut scenario.links[0];
    (link.rate, link.delay, link.queue) = (10_000_000, ms(delay), 100);
    link.faults[0].loss_ppm = loss_ppm;
    let mut network = Network::new(&scenario, seed).expect("the link is sound");
    let server = then(accepting(), [Step::Recv(S1, 65_536), Step::Jump(4)]);
    let client = vec![
        Step::Socket(Family::Inet, SocketType::Stream, S0),
        Step::SetOption(S0, SocketOption::Congestion(control)),
        Step::Connect(S0, b(PORT)),
        Step::Send(S0, vec![7; 65_536].into()),
        Step::Jump(3),
    ];
    network.handle_input(at(0), Input::Spawn(B, script("server", server).into()));
    network.handle_input(at(0), Input::Spawn(A, script("client", client).into()));
    let mut received = 0;
    network.run_until(at(1000 * seconds), |output| {
        if let Output::Fact(fact) = output
            && let What::Returned { result: Ok(Value::Bytes(bytes)), .. } = &fact.what
        {
            received += bytes.len() as u64;
        }
    });
    received * 8 / (1000 * seconds)
}

/// Linux's goodput in kbit/s, and the cell that it was measured in.
const LINUX: [(CongestionControl, u64, u32, u64); 4] =
    [(Reno, 10, 0, 9560), (Reno, 10, 10_000, 5860), (Cubic, 50, 0, 9490), (Cubic, 50, 1000, 5340)];

#[test]
fn a_queue_is_kept_full_without_loss() {
    for control in [Reno, Cubic] {
        let got = goodput(control, 10, 0, 20, 1);
        assert!((9300..=9620).contains(&got), "{control:?}: {got} kbit/s");
    }
}

#[test]
fn random_loss_costs_what_it_costs_on_linux() {
    let got = goodput(Reno, 10, 10_000, 60, 1);
    assert!((4900..=6800).contains(&got), "{got} kbit/s, where Linux has 5860");
}

#[test]
#[ignore = "half a minute; it prints a table"]
#[expect(clippy::disallowed_macros, reason = "a table is to be read")]
fn goodput_table() {
    println!("algorithm  delay  loss/10^6  Linux  here (mean of seeds 1 to 10)  least  most");
    let cells = [Reno, Cubic].into_iter().flat_map(|control| {
        [10, 50].into_iter().flat_map(move |delay| [0, 1000, 10_000].map(|loss| (control, delay, loss)))
    });
    for (control, delay, loss) in cells {
        let runs: Vec<u64> = (1..=10).map(|seed| goodput(control, delay, loss, 60, seed)).collect();
        let mean = runs.iter().sum::<u64>() / runs.len() as u64;
        let (least, most) = (runs.iter().min().expect("runs"), runs.iter().max().expect("runs"));
        let cell = LINUX.iter().find(|cell| (cell.0, cell.1, cell.2) == (control, delay, loss));
        let linux = cell.map_or("-".to_owned(), |cell| cell.3.to_string());
        println!("{control:?}  {delay}  {loss}  {linux}  {mean}  {least}  {most}");
    }
}
