//! Random networks, and what must hold in every one of them: from a seed comes an experiment ([`experiment`]), which is run in
//! several ways ([`judge`]); one that breaks an invariant is made smaller ([`shrink`]) and told as a text that anybody can run.
//!
//! Absent on purpose: frames with any bytes from outside (`fuzz` has these), the gateway (its other half is the real network),
//! and what Linux would have done (`truth`).

mod chance;
pub mod check;
mod drive;
mod make;
mod programs;
mod shrink;
mod topology;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use fastrand::Rng;
use sim_core::scenario::{Experiment, Faults, Planned, text};
use sim_core::trace::{Fact, Trace, What};

pub use check::Tally;
pub use make::experiment;
pub use shrink::shrink;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub invariant: &'static str,
    /// What was seen.
    pub what: String,
}

impl Broken {
    pub(crate) fn new(invariant: &'static str, what: String) -> Broken {
        Broken { invariant, what }
    }

    pub(crate) fn at(invariant: &'static str, fact: &Fact) -> Broken {
        let mut what = format!("fact {}: {fact}", fact.id.0);
        if let Some((end, _)) = what.char_indices().nth(300) {
            what.truncate(end);
        }
        Broken { invariant, what }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

/// An experiment that broke an invariant.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The invariant.
    pub broken: Broken,
    /// The experiment.
    pub experiment: Experiment,
}

/// Makes the experiment of a seed and judges it, with some frames dropped by hand for one seed of four.
pub fn try_seed(seed: u64) -> Result<Tally, Box<Failure>> {
    let mut experiment = experiment(seed);
    if seed.is_multiple_of(4) && !is_calm(&experiment) {
        match guard(|| drive::straight(&experiment)) {
            Ok(seen) => drop_by_hand(&mut experiment, &seen.trace),
            Err(broken) => return Err(Box::new(Failure { broken, experiment })),
        }
    }
    judge(&experiment).map_err(|broken| Box::new(Failure { broken, experiment }))
}

/// Runs an experiment in several ways and looks for an invariant that does not hold.
pub fn judge(experiment: &Experiment) -> Result<Tally, Broken> {
    guard(|| {
        // What is run is what a text of it says, so that the text of a failure fails.
        let experiment = &reread(experiment)?;
        let seen = drive::straight(experiment)?;
        let tally = check::trace(&seen.trace, is_calm(experiment))?;
        if seen.open > 0 {
            return Err(Broken::new("no socket is left open", format!("{} are", seen.open)));
        }
        drive::in_steps(experiment, &seen.trace)?;
        Ok(tally)
    })
}

fn reread(experiment: &Experiment) -> Result<Experiment, Broken> {
    let printed = text::print(experiment);
    text::parse(&printed).map_err(|mistakes| Broken::new("what is printed can be read", mistakes.to_string()))
}

/// A panic is a broken invariant too.
fn guard<T>(act: impl FnOnce() -> Result<T, Broken>) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(act)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<String>().cloned();
        let what = what.or_else(|| panic.downcast_ref::<&str>().map(|what| (*what).to_owned()));
        Err(Broken::new("no panic", what.unwrap_or_default()))
    })
}

/// Nothing goes wrong on any link, and nobody is killed before the end.
fn is_calm(experiment: &Experiment) -> bool {
    let is_late = |(at, planned): &(_, Planned)| *at == make::CURFEW && !matches!(planned, Planned::Link { .. });
    experiment.inputs.iter().all(is_late)
        && experiment.scenario.links.iter().all(|link| link.faults.iter().all(|faults| *faults == Faults::default()))
}

/// Drops some frames that a run without that has sent. What comes after the first of them may be another run: the others may
/// be gone then.
fn drop_by_hand(experiment: &mut Experiment, trace: &Trace) {
    let mut random = Rng::with_seed(experiment.seed());
    let flights: Vec<_> = trace
        .facts()
        .iter()
        .filter_map(|fact| match fact.what {
            What::Sent { frame, sent_at, arrives_at, .. } if arrives_at > sent_at => Some((frame, sent_at, arrives_at)),
            _ => None,
        })
        .collect();
    for _ in 0..random.usize(1..6).min(flights.len()) {
        let (frame, sent, arrives) = flights[random.usize(..flights.len())];
        let at = sent + Duration::from_nanos(random.u64(..arrives.saturating_since(sent).as_nanos() as u64));
        experiment.inputs.push((at, Planned::Drop(frame)));
    }
    experiment.inputs.sort_by_key(|(at, _)| *at);
}
