//! Makes a failing experiment smaller: takes away what is not needed for the same invariant to break, as long as something can be.
//!
//! Absent on purpose: taking nodes and links away (the numbers of those that stay would change, and with them their random
//! streams: mostly another run).

use sim_core::scenario::{Experiment, Faults, Planned};
use std::time::{Duration, Instant};

use crate::{Failure, judge, make};

/// What can be taken away.
#[derive(Clone, Copy)]
enum Cut {
    /// A pair of programs.
    Pair(usize),
    Input(usize),
    /// One kind of fault of one direction of a link.
    Fault(usize, usize, usize),
    Jitter(usize),
}

/// Kinds of faults.
const KINDS: usize = 4;

/// The smallest failure with the same broken invariant that is found within the time given.
pub fn shrink(failure: Failure, patience: Duration) -> Failure {
    let deadline = Instant::now() + patience;
    let mut smallest = failure;
    loop {
        let mut is_smaller = false;
        for cut in cuts(&smallest.experiment).into_iter().rev() {
            if Instant::now() > deadline {
                return smallest;
            }
            let mut experiment = smallest.experiment.clone();
            if !take(cut, &mut experiment) {
                continue;
            }
            match judge(&experiment) {
                Err(broken) if broken.invariant == smallest.broken.invariant => {
                    smallest = Failure { broken, experiment };
                    is_smaller = true;
                }
                _ => {}
            }
        }
        if !is_smaller {
            return smallest;
        }
    }
}

fn cuts(experiment: &Experiment) -> Vec<Cut> {
    let links = 0..experiment.scenario.links.len();
    let faults = links
        .clone()
        .flat_map(|link| (0..2).flat_map(move |end| (0..KINDS).map(move |kind| Cut::Fault(link, end, kind))));
    let inputs = (0..experiment.inputs.len()).map(Cut::Input);
    links.clone().map(Cut::Jitter).chain(faults).chain(inputs).chain((0..pairs(experiment)).map(Cut::Pair)).collect()
}

/// More than there are: pairs keep their numbers when others are taken away.
fn pairs(experiment: &Experiment) -> usize {
    let names = experiment.scenario.nodes.iter().flat_map(|node| &node.programs).map(|program| program.what.name());
    names.filter_map(|name| name[1..].parse().ok()).max().map_or(0, |most: usize| most + 1)
}

/// Takes it away; says whether there was something.
fn take(cut: Cut, experiment: &mut Experiment) -> bool {
    let before = experiment.clone();
    match cut {
        Cut::Pair(pair) => {
            let names = [format!("c{pair}"), format!("s{pair}")];
            for node in &mut experiment.scenario.nodes {
                node.programs.retain(|program| names.iter().all(|name| **name != *program.what.name()));
            }
            experiment.inputs.retain(|(_, planned)| match planned {
                Planned::Kill(_, program) => names.iter().all(|name| **name != **program),
                _ => true,
            });
        }
        // Cables are whole and programs over after the curfew in any case: else nothing could be said of the end.
        Cut::Input(place) if experiment.inputs.get(place).is_some_and(|(at, _)| *at < make::CURFEW) => {
            experiment.inputs.remove(place);
        }
        Cut::Input(_) => {}
        Cut::Fault(link, end, kind) => heal(&mut experiment.scenario.links[link].faults[end], kind),
        Cut::Jitter(link) => experiment.scenario.links[link].jitter = Duration::ZERO,
    }
    *experiment != before
}

fn heal(faults: &mut Faults, kind: usize) {
    let none = Faults::default();
    *faults = match kind {
        0 => Faults { loss_ppm: 0, burst: 0, lose: none.lose, ..faults.clone() },
        1 => Faults { duplicate_ppm: 0, duplicate: none.duplicate, ..faults.clone() },
        2 => Faults { corrupt_ppm: 0, corrupt: none.corrupt, ..faults.clone() },
        _ => Faults { reorder_ppm: 0, reorder: none.reorder, reorder_by: Duration::ZERO, ..faults.clone() },
    };
}
