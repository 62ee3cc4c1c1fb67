//! `sockscope bench relay`: the relay beside plain TCP, beside the same WebSocket client without a relay, and beside other relays
//! where they are installed, on loopback.
//!
//! As users have it there are three processes: the client (this one), the real peer, and the relay. Client and peer use blocking
//! sockets. The contenders take turns in each round and each round begins with another one, so that what else the machine does hits
//! all of them alike; ratios are those of one round, and what is told is the median. Ratios are what to compare: absolute figures are
//! this machine's today. Waking a processor that sleeps can cost more than everything else, and depends on where the system places
//! the processes; `taskset -c 0 sockscope bench relay` puts all of them on one, where what remains is their work.
//!
//! The JSON is one object: `rounds`, `columns` (what each measurement is), `absent` (contenders that are not installed, with the
//! command that would bring them), `failed` (what a contender did not get through), and `rows`: `name`, and for each column the
//! `median`, `least` and `most` of the rounds, or `null`.
//!
//! Absent on purpose: a browser as the client, other machines, and whether bytes are right (the relay's tests hash both ends).

mod contender;
mod link;
mod measure;
mod peer;
mod process;
mod report;

use clap::Args;
use clap::builder::PossibleValuesParser;
use contender::{CONTENDERS, Running};
use measure::Column;
use report::Report;
use std::net::SocketAddr;

/// Measure the relay beside plain TCP and other relays
#[derive(Args)]
#[command(after_help = "\
Other relays are measured when their programs are on the PATH; the ones that are not are named with the command that installs them.
The limits of our relay are raised as far as the measurement needs (opens a second, sockets, sessions).
For figures without the cost of waking another processor: taskset -c 0 sockscope bench relay")]
pub(crate) struct RelayBench {
    /// Which contenders to measure beside plain TCP; all, when none is named
    #[arg(value_name = "CONTENDER", value_parser = PossibleValuesParser::new(CONTENDERS.map(|contender| contender.name)))]
    contenders: Vec<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// How many times everybody takes a turn at everything
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Mebibytes of one transfer in 64 KiB messages; those in 1 KiB messages are an eighth of it
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = clap::value_parser!(u16).range(8..=4096))]
    transfer: u16,
    /// Measure only this (repeatable)
    #[arg(long, value_name = "COLUMN", value_parser = PossibleValuesParser::new(measure::GROUPS))]
    only: Vec<String>,
    /// Be the real peer
    #[arg(long, hide = true)]
    peer: bool,
    /// Forward connections from the first address to the second
    #[arg(long, hide = true, num_args = 2)]
    forward: Vec<SocketAddr>,
}

impl RelayBench {
    pub(crate) fn run(&self) -> Result<(), String> {
        if self.peer {
            return peer::run().map_err(|error| format!("the peer of the measurement failed: {error}"));
        }
        if let [at, target] = self.forward[..] {
            return peer::forward(at, target).map_err(|error| format!("cannot forward from {at}: {error}"));
        }
        crate::descriptors::raise();
        let peer = process::Peer::start()?;
        let mut report = Report::new(self.rounds);
        let mut running = Vec::new();
        for contender in &CONTENDERS {
            if !contender.is_baseline() && !self.contenders.is_empty() && !self.names(contender.name) {
                continue;
            }
            match contender.start(&peer)? {
                Some(one) => running.push(one),
                None => report.absent(contender),
            }
        }
        self.measure(&peer, &running, &mut report);
        if self.json {
            println!("{}", report.json());
        } else {
            print!("{}", report.table());
        }
        Ok(())
    }

    fn names(&self, name: &str) -> bool {
        self.contenders.iter().any(|named| named == name)
    }

    /// Every contender once per round and group of columns, and each round begins with another one.
    fn measure(&self, peer: &process::Peer, running: &[Running], report: &mut Report) {
        let bench = measure::Bench { peer, transfer: usize::from(self.transfer) << 20 };
        let groups = measure::GROUPS
            .into_iter()
            .filter(|group| self.only.is_empty() || self.only.iter().any(|only| only == group));
        for group in groups {
            // Memory does not depend on who else is at work.
            let rounds = if group == measure::IDLE { 1 } else { usize::from(self.rounds) };
            for round in 0..rounds {
                for turn in 0..running.len() {
                    let one = &running[(round + turn) % running.len()];
                    eprint!("\r{group}: round {} of {rounds}, {:<22}", round + 1, one.contender.name);
                    match bench.take(group, one) {
                        Ok(values) => report.add(round, one.contender, &values),
                        Err(error) => report.failed(one.contender, group, &error),
                    }
                }
            }
        }
        eprint!("\r{:60}\r", "");
    }
}

/// A value of one column.
type Value = (Column, f64);
