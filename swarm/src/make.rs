//! An experiment from a seed: network, faults, programs, and what happens from outside.
//!
//! Absent on purpose: frames dropped by hand, which need a run to know them (see [`crate::judge`]).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use sim_core::scenario::{Experiment, Faults, Node, NodeKind, Planned};
use sim_core::time::Instant;
use sim_core::trace::{LinkId, NodeId};

use crate::chance::{faults, instant, one_in, settings};
use crate::{programs, topology};

/// Until then programs run; then every cable is whole again, and what still runs is killed.
pub(crate) const CURFEW: Instant = Instant::from_millis(600_000);
/// The longest retransmission time-out is two minutes (RFC 6298, Linux's `TCP_RTO_MAX`), TIME-WAIT one: some of the former, then the latter.
pub(crate) const END: Instant = Instant::from_millis(1_500_000);

/// The experiment of a seed.
pub fn experiment(seed: u64) -> Experiment {
    let random = &mut Rng::with_seed(seed);
    let calm = one_in(random, 4);
    let topology::Topology { mut scenario, hosts } = topology::topology(random, calm);
    programs::add(random, &mut scenario.nodes, &hosts);
    // Apart, so that older seeds still draw the same of everything else.
    let apart = &mut Rng::with_seed(!seed);
    let settable = |node: &&mut Node| matches!(node.kind, NodeKind::Host | NodeKind::Router);
    for node in scenario.nodes.iter_mut().filter(settable) {
        if one_in(apart, 4) {
            node.settings = settings(apart);
        }
    }
    let mut inputs = Vec::new();
    if !calm {
        for link in &mut scenario.links {
            link.faults = [faults(random), faults(random)];
        }
        for _ in 0..random.usize(..6) {
            changes(random, scenario.links.len(), &mut inputs);
        }
    }
    for (node, _) in (0..).map(NodeId).zip(&scenario.nodes).filter(|(_, node)| node.kind == NodeKind::Host) {
        if !calm && one_in(apart, 6) {
            inputs.push((instant(apart, 20_000), Planned::Host(node, settings(apart))));
        }
    }
    for (link, _) in (0..).zip(&scenario.links) {
        inputs.extend([0, 1].map(|end| (CURFEW, Planned::Faults(LinkId(link), end, Faults::default()))));
    }
    for (node, programs) in (0..).map(NodeId).zip(&scenario.nodes).map(|(id, node)| (id, &node.programs)) {
        for program in programs {
            let name: Arc<str> = program.what.name();
            if !calm && one_in(random, 8) {
                inputs.push((instant(random, 20_000), Planned::Kill(node, name.clone())));
            }
            inputs.push((CURFEW, Planned::Kill(node, name)));
        }
    }
    inputs.sort_by_key(|(at, _)| *at);
    Experiment {
        name: Some(format!("swarm {seed}")),
        scenario,
        seed: Some(seed),
        until: Some(END),
        inputs,
        places: BTreeMap::new(),
    }
}

/// Something that happens to a link while the network runs.
fn changes(random: &mut Rng, links: usize, inputs: &mut Vec<(Instant, Planned)>) {
    let link = LinkId(random.u16(..u16::try_from(links).expect("a few links")));
    let (at, end) = (instant(random, 20_000), random.u8(..2));
    match random.u8(..3) {
        0 => {
            let down = Faults { down: true, ..Faults::default() };
            let up = at + Duration::from_nanos(instant(random, 30_000).as_nanos());
            inputs.push((at, Planned::Faults(link, end, down)));
            inputs.push((up, Planned::Faults(link, end, faults(random))));
        }
        1 => inputs.push((at, Planned::Faults(link, end, faults(random)))),
        _ => {
            let rate = [0, 128_000, 10_000_000][random.usize(..3)];
            let [delay, jitter] = [0, 0].map(|_: u8| Duration::from_micros(random.u64(..100_000)));
            inputs.push((at, Planned::Link { link, rate, delay, jitter, queue: random.usize(1..100) }));
        }
    }
}
