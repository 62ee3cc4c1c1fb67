//! An experiment: a scenario with everything else that decides a run, so that it can be repeated by anybody.
//!
//! Absent on purpose: reading files and writing results (the command line does), and anything that a person does while it
//! runs.

use crate::order;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::network::{Input, Network, Output};
use crate::time::Instant;
use crate::trace::{FrameId, LinkId, NodeId, ProcessId};

use super::{Faults, HostSettings, Scenario};

/// A scenario, its seed, its end, and what happens from outside while it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Experiment {
    /// What it is called.
    pub name: Option<String>,
    /// The network and its programs.
    pub scenario: Scenario,
    /// The seed of everything random; 1 when nothing is said.
    pub seed: Option<u64>,
    /// When it is over. Without one it goes on while anything is pending, at most [`Experiment::USUAL_END`].
    pub until: Option<Instant>,
    /// What happens from outside, in order of time.
    pub inputs: Vec<(Instant, Planned)>,
    /// Where nodes stand on a picture of the network, in thousandths of its width from the left and of its height from the top, up to
    /// 1000. A run does not depend on it.
    pub places: BTreeMap<NodeId, (u16, u16)>,
}

/// Something that happens from outside at a time known before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// The node's program of this name is killed: the first one that runs.
    Kill(NodeId, Arc<str>),
    /// A node sends this frame as it is.
    Frame(NodeId, Arc<[u8]>),
    /// Other faults of a link for frames that leave from this end (0 or 1).
    Faults(LinkId, u8, Faults),
    /// Other properties of a link, as of [`super::Link`].
    Link {
        /// Which link.
        link: LinkId,
        /// Bits per second; 0 for a link without serialisation time.
        rate: u64,
        /// Propagation delay.
        delay: Duration,
        /// Each frame's delay is longer by up to this much.
        jitter: Duration,
        /// Frames that fit in the queue before each end.
        queue: usize,
    },
    /// Other settings of a host.
    Host(NodeId, HostSettings),
    /// A frame that waits for a link or is on its way is dropped.
    Drop(FrameId),
}

impl Experiment {
    /// The end of an experiment that names none: a minute.
    pub const USUAL_END: Instant = Instant::from_millis(60_000);

    /// The seed, or the usual one.
    pub fn seed(&self) -> u64 {
        self.seed.unwrap_or(1)
    }

    /// The end, or the usual one.
    pub fn end(&self) -> Instant {
        self.until.unwrap_or(Experiment::USUAL_END)
    }

    /// Runs a network of this scenario from its beginning to `until`, handing each output to `sink`. `step` is asked
    /// between events, with the time; when it says `false`, the run ends there. Says the time of the last event.
    ///
    /// The network must be one of this scenario at time zero.
    pub fn run(
        &self,
        network: &mut Network,
        until: Instant,
        mut sink: impl FnMut(Output),
        mut step: impl FnMut(Instant) -> bool,
    ) -> Instant {
        let mut inputs = self.planned().into_iter().take_while(|(at, _)| *at <= until).peekable();
        let mut now = Instant::ZERO;
        loop {
            drain(network, &mut sink);
            if !step(now) {
                return now;
            }
            let due = network.poll_timeout().filter(|due| *due <= until);
            let input = inputs.next_if(|(at, _)| due.is_none_or(|due| *at < due));
            match (input, due) {
                (Some((at, input)), _) => {
                    now = at;
                    network.handle_input(at, input);
                }
                (None, Some(due)) => {
                    now = due;
                    network.handle_timeout(due);
                }
                (None, None) => return now,
            }
        }
    }

    /// What happens from outside, in order of time, as inputs of its network. The killing of a program that there is not is
    /// left out.
    pub fn planned(&self) -> Vec<(Instant, Input)> {
        let processes = self.processes();
        let inputs = self.inputs.iter().filter_map(|(at, planned)| Some((*at, input(planned, &processes)?)));
        inputs.collect()
    }

    /// The processes of the scenario's programs: they are numbered in the order of their start, those of one moment in the
    /// order of nodes. Of several of one name on a node it is the first.
    fn processes(&self) -> BTreeMap<(NodeId, Arc<str>), ProcessId> {
        let programs = (0..).zip(&self.scenario.nodes).flat_map(|(index, node)| {
            node.programs.iter().map(move |program| (program.at, NodeId(index), program.what.name()))
        });
        let mut starts: Vec<_> = programs.collect();
        order::sort_by_key(&mut starts, |(at, ..)| *at);
        let mut processes = BTreeMap::new();
        for (number, (_, node, name)) in (0..).zip(starts) {
            processes.entry((node, name)).or_insert(ProcessId(number));
        }
        processes
    }
}

/// What happens from outside, as an input; `None` when nothing does.
fn input(planned: &Planned, processes: &BTreeMap<(NodeId, Arc<str>), ProcessId>) -> Option<Input> {
    Some(match planned {
        Planned::Frame(node, bytes) => Input::Frame(*node, bytes.clone()),
        Planned::Faults(link, end, faults) => Input::SetFaults(*link, *end, faults.clone()),
        &Planned::Link { link, rate, delay, jitter, queue } => Input::SetLink { link, rate, delay, jitter, queue },
        Planned::Host(node, settings) => Input::SetHost(*node, *settings),
        Planned::Drop(frame) => Input::DropFrame(*frame),
        Planned::Kill(node, program) => Input::Kill(*node, *processes.get(&(*node, program.clone()))?),
    })
}

fn drain(network: &mut Network, sink: &mut impl FnMut(Output)) {
    while let Some(output) = network.poll_output() {
        sink(output);
    }
}
