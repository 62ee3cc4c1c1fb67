//! Runs an experiment: in the way that [`Experiment::run`] does, and in others that must give the same trace.
//!
//! Absent on purpose: opinions on what the trace should say ([`crate::check`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use sim_core::network::{Input, Network, Output};
use sim_core::scenario::{Experiment, Planned};
use sim_core::time::Instant;
use sim_core::trace::{NodeId, ProcessId, Trace, What};

use crate::Broken;

/// Far above what the largest of these networks does in a second of simulated time.
const BUSY: u64 = 500_000;
/// What a node may do in a minute in which nobody wants anything: caches age, routers advertise.
const IDLE: u64 = 200;
/// The time without programs at the end in which that is measured.
const QUIET: u64 = 60;

/// What was seen of a run.
pub(crate) struct Seen {
    pub(crate) trace: Trace,
    /// Sockets that are open at the end.
    pub(crate) open: usize,
}

/// Runs it straight on, and counts what it does.
pub(crate) fn straight(experiment: &Experiment) -> Result<Seen, Broken> {
    let mut network = network(experiment)?;
    let mut trace = Trace::default();
    let mut bounded = Ok(());
    let end = experiment.end();
    // Every `step` is one time-out, or one input; events of one moment are one time-out.
    let mut timeouts: BTreeMap<u64, u64> = BTreeMap::new();
    experiment.run(
        &mut network,
        end,
        |output| record(output, &mut trace),
        |now| {
            let second = now.as_nanos() / 1_000_000_000;
            let count = timeouts.entry(second).or_default();
            *count += 1;
            if *count > BUSY {
                bounded =
                    Err(Broken::new("no busy loop", format!("more than {BUSY} time-outs within second {second}")));
            }
            bounded.is_ok()
        },
    );
    bounded?;
    let quiet = end.as_nanos() / 1_000_000_000 - QUIET;
    let idle: u64 = timeouts.range(quiet..).map(|(_, count)| count).sum();
    let most = IDLE * experiment.scenario.nodes.len() as u64;
    if idle > most {
        let what = format!("{idle} time-outs in the last {QUIET} s, when nothing runs any more: {most} at most");
        return Err(Broken::new("no busy loop", what));
    }
    Ok(Seen { trace, open: network.open_sockets() })
}

/// Runs it in steps of any length, each from a copy of the network, and goes on from one of the copies a second time.
pub(crate) fn in_steps(experiment: &Experiment, expected: &Trace) -> Result<(), Broken> {
    let mut random = Rng::with_seed(experiment.seed());
    let mut run = Run::new(experiment, expected)?;
    let (end, mut now) = (experiment.end().as_nanos(), 0);
    let last = random.u64(..20_000_000_000);
    let mut kept = None;
    while now < end {
        let longest = if now < 30_000_000_000 { 2_000_000_000 } else { 200_000_000_000 };
        now = (now + random.u64(1..=longest)).min(end);
        run.until(Instant::from_nanos(now), random.bool());
        if random.bool() {
            run = run.clone();
        }
        if now <= last {
            kept = Some(run.clone());
        }
    }
    let hash = expected.hash();
    same(expected, hash, &run.trace, "same trace in other steps")?;
    let Some(mut kept) = kept else { return Ok(()) };
    kept.until(experiment.end(), true);
    same(expected, hash, &kept.trace, "same trace from a snapshot")
}

fn same(expected: &Trace, hash: u64, got: &Trace, invariant: &'static str) -> Result<(), Broken> {
    if got.hash() == hash {
        return Ok(());
    }
    let parting = expected.facts().iter().zip(got.facts()).find(|(expected, got)| expected != got);
    let what = match parting {
        Some((expected, got)) => format!("`{expected}` became `{got}`"),
        None => format!("{} facts became {}", expected.facts().len(), got.facts().len()),
    };
    Err(Broken::new(invariant, what))
}

fn network(experiment: &Experiment) -> Result<Network, Broken> {
    let made = Network::new(&experiment.scenario, experiment.seed());
    made.map_err(|error| Broken::new("the experiment is sound", error.to_string()))
}

fn record(output: Output, trace: &mut Trace) {
    if let Output::Fact(fact) = output {
        trace.push(fact);
    }
}

/// A run that can be copied.
#[derive(Clone)]
struct Run {
    network: Network,
    trace: Trace,
    /// In order of time, the last ahead.
    inputs: Vec<(Instant, Input)>,
}

impl Run {
    fn new(experiment: &Experiment, first: &Trace) -> Result<Run, Broken> {
        let processes: BTreeMap<(NodeId, Arc<str>), ProcessId> = started(first).collect();
        let input = |(at, planned): &(Instant, Planned)| {
            let input = match planned {
                Planned::Kill(node, name) => Input::Kill(*node, *processes.get(&(*node, name.clone()))?),
                Planned::Frame(node, bytes) => Input::Frame(*node, bytes.clone()),
                Planned::Faults(link, end, faults) => Input::SetFaults(*link, *end, faults.clone()),
                &Planned::Link { link, rate, delay, jitter, queue } => {
                    Input::SetLink { link, rate, delay, jitter, queue }
                }
                Planned::Host(node, settings) => Input::SetHost(*node, *settings),
                Planned::Drop(frame) => Input::DropFrame(*frame),
            };
            Some((*at, input))
        };
        let inputs = experiment.inputs.iter().rev().filter_map(input).collect();
        Ok(Run { network: network(experiment)?, trace: Trace::default(), inputs })
    }

    /// Goes on to this time, by a leap from input to input or from time-out to time-out.
    fn until(&mut self, until: Instant, leap: bool) {
        while let Some((at, input)) = self.inputs.pop_if(|(at, _)| *at <= until) {
            self.go(at, leap);
            self.network.handle_input(at, input);
            self.drain();
        }
        self.go(until, leap);
    }

    fn go(&mut self, until: Instant, leap: bool) {
        let Run { network, trace, .. } = self;
        if leap {
            network.handle_timeout(until);
        } else {
            network.run_until(until, |output| record(output, trace));
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.network.poll_output() {
            record(output, &mut self.trace);
        }
    }
}

fn started(trace: &Trace) -> impl Iterator<Item = ((NodeId, Arc<str>), ProcessId)> {
    trace.facts().iter().filter_map(|fact| match &fact.what {
        What::Started { process, program, thread: None } => Some(((fact.node, program.clone()), *process)),
        _ => None,
    })
}
