//! The simulator does what the recording's programs did, on the same network, with the same fate for each frame.
//!
//! Absent on purpose: judging ([`crate::compare`]), and seeds: it is always 1. What a recording and a run must share does not
//! depend on chance.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use sim_core::errno::Errno;
use sim_core::network::{Input, Network, Output};
use sim_core::program::Call;
use sim_core::scenario::{self, Address, Faults, NodeKind, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, FrameId, LinkId, NodeId, Place, ProcessId, TimerChange, Trace, Value, What};

use crate::actor::{Actor, Turn};
use crate::frame;
use crate::plan::Process;
use crate::recording::{Nanos, Recording};
use crate::setup::{self, Setup};
use crate::wire;

/// What a run gave.
#[derive(Debug, Default)]
pub struct Run {
    /// The frames at each interface (node, interface), in order of time.
    pub points: BTreeMap<(usize, usize), Vec<Seen>>,
    /// How each call of the recording ended, by its place there.
    pub results: BTreeMap<usize, (Nanos, String)>,
    /// What the simulator could not be told: each is a sentence.
    pub lacks: Vec<String>,
    /// A timer of a kernel went off.
    pub timers: bool,
}

/// A frame at an interface of the run.
#[derive(Clone, Debug)]
pub struct Seen {
    /// When.
    pub at: Nanos,
    /// The node has sent it.
    pub sent: bool,
    /// Its number in the run.
    pub frame: FrameId,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// Why it was sent then.
    pub why: Why,
}

/// What a frame's time depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Why {
    /// A timer of the kernel was between.
    pub timer: bool,
    /// What came before.
    pub after: After,
}

/// What a frame followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The arrival of a frame at the same node.
    Arrival(FrameId),
    /// A call that was made so much later than planned.
    Call(Nanos),
    /// Nothing that is known.
    Nothing,
}

/// Room before the first frame, so that simulated time begins before everything.
const BEFORE: Nanos = 100_000_000;
/// How long after its last frame or call a recording is followed.
const AFTER: Nanos = 10_000_000;

/// Replays a recording. The kernels' clocks tick as if they had started so long before the beginning as `phase` says.
pub fn replay(recording: &Recording, setup: &Setup, processes: &[Process], phase: Nanos) -> Result<Run, String> {
    let times = || {
        let frames = recording.captures.iter().flat_map(|capture| capture.frames.iter().map(|(at, _)| *at));
        let steps = processes.iter().flat_map(|process| process.steps.iter().map(|step| step.at));
        frames.chain(recording.events.iter().map(|event| event.at)).chain(steps)
    };
    let begin = times().filter(|at| *at != Nanos::MIN).min().unwrap_or(0) - BEFORE - phase;
    let until = times().max().unwrap_or(0) + AFTER;
    let run = |others: &Others| -> Result<_, String> {
        let mut lacks = Vec::new();
        let scenario = scenario(recording, setup, others, begin, &mut lacks);
        let network = Network::new(&scenario, 1).map_err(|error| error.to_string())?;
        let mut driver = Driver::new(network, processes, begin);
        driver.run(until);
        Ok((driver, lacks))
    };
    let (mut driver, mut lacks) = run(&Others::new())?;
    let others = others(&driver, setup);
    if !others.is_empty() {
        // What is not compared took places on the links: the fates belong to the others.
        (driver, lacks) = run(&others)?;
    }
    lacks.extend(core::mem::take(&mut driver.lacks));
    lacks.sort();
    lacks.dedup();
    let points = points(&driver, setup);
    let fired = |fact: &Fact| matches!(fact.what, What::Timer { change: TimerChange::Fired, .. });
    let timers = driver.trace.facts().iter().any(fired);
    Ok(Run { points, results: driver.results, lacks, timers })
}

/// Places of frames that are not compared, by link and side.
type Others = BTreeMap<(usize, usize), Vec<u64>>;

fn others(driver: &Driver<'_>, setup: &Setup) -> Others {
    let mut others = Others::new();
    let mut places: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for fact in driver.trace.facts() {
        let What::Sent { link, bytes, .. } = &fact.what else { continue };
        let Some(end) = end_of(setup, *link, fact.node) else { continue };
        let Some(direction) = setup.link_at(end.0, end.1) else { continue };
        let place = places.entry(direction).or_default();
        *place += 1;
        if frame::is_housekeeping(bytes) {
            others.entry(direction).or_default().push(*place);
        }
    }
    others
}

fn scenario(recording: &Recording, setup: &Setup, others: &Others, begin: Nanos, lacks: &mut Vec<String>) -> Scenario {
    let nodes = setup.nodes.iter().map(|node| make_node(node, lacks)).collect();
    let links = (0..setup.links.len()).map(|index| make_link(recording, setup, index, others, begin)).collect();
    Scenario { nodes, links, ..Scenario::default() }
}

fn make_node(node: &setup::Node, lacks: &mut Vec<String>) -> scenario::Node {
    for (name, value) in node.parameters() {
        lacks.push(format!("the simulator cannot be told {name}={value}"));
    }
    let interfaces = (0..).zip(&node.interfaces).map(|(number, interface)| scenario::Interface {
        name: format!("eth{number}"),
        mac: interface.mac,
        addresses: interface.addresses.iter().map(|(ip, prefix)| Address { ip: *ip, prefix: *prefix }).collect(),
        mtu: interface.mtu.unwrap_or(1500),
        neighbours: Vec::new(),
        autoconf: false,
        advertise: false,
    });
    let mut made = scenario::Node {
        name: node.letter().to_string(),
        kind: if node.forwards() { NodeKind::Router } else { NodeKind::Host },
        interfaces: interfaces.collect(),
        routes: Vec::new(),
        settings: scenario::HostSettings::LINUX,
        nat: None,
        programs: Vec::new(),
        files: Vec::new(),
    };
    for route in &node.routes {
        match route.network {
            None => made = made.route_all(route.via),
            Some((ip, prefix)) => made.routes.push(scenario::Route { to: Address { ip, prefix }, via: route.via }),
        }
    }
    made
}

fn node_id(node: usize) -> NodeId {
    NodeId(u16::try_from(node).unwrap_or(u16::MAX))
}

fn make_link(recording: &Recording, setup: &Setup, index: usize, others: &Others, begin: Nanos) -> scenario::Link {
    let link = &setup.links[index];
    let since = |at: Nanos| Duration::from_nanos(u64::try_from(at.saturating_sub(begin)).unwrap_or(0));
    let mut side = 0;
    let faults = wire::directions(recording, setup, index).map(|direction| {
        let others = others.get(&(index, side)).map(Vec::as_slice).unwrap_or_default();
        side += 1;
        let direction = direction.with_others(others);
        Faults {
            lose: direction.lost,
            arrive: direction.arrive.iter().map(|at| at.map_or(Duration::ZERO, since)).collect(),
            reorder: direction.overtaken,
            reorder_by: direction.held_back,
            duplicate: direction.twice,
            ..Faults::default()
        }
    });
    let ends = link.ends.map(|(node, interface)| scenario::End {
        node: node_id(node),
        interface: u16::try_from(interface).unwrap_or(u16::MAX),
    });
    let [a, b] = ends.map(|end| end.node);
    scenario::Link { ends, faults, ..scenario::Link::between(a, b, link.rate, link.delay, link.limit) }
}

/// Makes the calls of every process when their time has come.
struct Driver<'a> {
    network: Network,
    trace: Trace,
    /// Time zero of the simulation, in the recording's time.
    begin: Nanos,
    actors: Vec<Actor<'a>>,
    results: BTreeMap<usize, (Nanos, String)>,
    lacks: Vec<String>,
    /// When frames have arrived at each node.
    arrivals: BTreeMap<usize, Vec<Nanos>>,
    /// Frames that are not compared.
    housekeeping: BTreeSet<FrameId>,
    /// Calls that were made later than planned, by their facts.
    behind: BTreeMap<FactId, Nanos>,
}

impl<'a> Driver<'a> {
    fn new(network: Network, processes: &'a [Process], begin: Nanos) -> Driver<'a> {
        let actors = (0..).zip(processes).map(|(number, plan)| Actor::new(plan, ProcessId(number)));
        Driver {
            network,
            trace: Trace::default(),
            begin,
            actors: actors.collect(),
            results: BTreeMap::new(),
            lacks: Vec::new(),
            arrivals: BTreeMap::new(),
            housekeeping: BTreeSet::new(),
            behind: BTreeMap::new(),
        }
    }

    fn instant(&self, at: Nanos) -> Instant {
        Instant::from_nanos(u64::try_from(at.saturating_sub(self.begin)).unwrap_or(0))
    }

    fn time(&self, at: Instant) -> Nanos {
        i64::try_from(at.as_nanos()).unwrap_or(i64::MAX).saturating_add(self.begin)
    }

    fn run(&mut self, until: Nanos) {
        let until = self.instant(until);
        for actor in &self.actors {
            let input = Input::Process(node_id(actor.plan.node), actor.plan.name.as_str().into());
            self.network.handle_input(Instant::ZERO, input);
        }
        let mut now = self.drain(Instant::ZERO);
        loop {
            let due = |(index, actor): (usize, &Actor<'_>)| {
                let arrivals = self.arrivals.get(&actor.plan.node).map(Vec::as_slice).unwrap_or_default();
                Some((actor.due(arrivals)?, index))
            };
            let step = self.actors.iter().enumerate().filter_map(due).min();
            let step = step.map(|(at, index)| (self.instant(at).max(now), index));
            match (step, self.network.poll_timeout()) {
                (Some((at, index)), due) if due.is_none_or(|due| at < due) && at <= until => self.take_step(index, at),
                (_, Some(due)) if due <= until => {
                    self.network.handle_timeout(due);
                    now = now.max(due);
                }
                _ => break,
            }
            now = self.drain(now);
        }
    }

    /// Takes what has happened; the latest time of it.
    fn drain(&mut self, mut now: Instant) -> Instant {
        while let Some(output) = self.network.poll_output() {
            let Output::Fact(fact) = output else { continue };
            now = now.max(fact.at);
            match &fact.what {
                What::Sent { frame, bytes, .. } if frame::is_housekeeping(bytes) => {
                    self.housekeeping.insert(*frame);
                }
                What::Delivered { frame, .. } if !self.housekeeping.contains(frame) => {
                    let at = self.time(fact.at);
                    self.arrivals.entry(usize::from(fact.node.0)).or_default().push(at);
                }
                What::Called { process, .. } => self.called(*process, &fact),
                What::Returned { process, result, .. } => self.returned(*process, &fact, result),
                _ => {}
            }
            self.trace.push(fact);
        }
        now
    }

    fn called(&mut self, process: ProcessId, fact: &Fact) {
        let at = self.time(fact.at);
        if let Some(step) = self.actors[process.0 as usize].step() {
            self.behind.insert(fact.id, at.saturating_sub(step.at.max(self.begin)));
        }
    }

    fn take_step(&mut self, index: usize, at: Instant) {
        match self.actors[index].turn() {
            Ok(Turn::Call(call)) => self.call(index, at, call),
            Ok(Turn::Done(result)) => self.finish(index, at, result),
            Err(lack) => {
                self.lacks.push(lack.clone());
                self.finish(index, at, format!("({lack})"));
            }
        }
    }

    fn call(&mut self, index: usize, at: Instant, call: Call) {
        let actor = &mut self.actors[index];
        actor.busy = true;
        let input = Input::Call(node_id(actor.plan.node), actor.id, call);
        self.network.handle_input(at, input);
    }

    fn finish(&mut self, index: usize, at: Instant, result: String) {
        let at = self.time(at);
        let actor = &mut self.actors[index];
        if let Some(event) = actor.plan.steps[actor.next].event {
            self.results.insert(event, (at, result));
        }
        actor.finish();
    }

    fn returned(&mut self, process: ProcessId, fact: &Fact, result: &Result<Value, Errno>) {
        let index = process.0 as usize;
        match self.actors[index].took(result) {
            Turn::Call(call) => self.call(index, fact.at, call),
            Turn::Done(text) => self.finish(index, fact.at, text),
        }
    }
}

/// The frames at each interface, from the trace.
fn points(driver: &Driver<'_>, setup: &Setup) -> BTreeMap<(usize, usize), Vec<Seen>> {
    let mut points: BTreeMap<(usize, usize), Vec<Seen>> = BTreeMap::new();
    let mut known: BTreeMap<FrameId, (Arc<[u8]>, Why)> = BTreeMap::new();
    let nothing = Why { timer: false, after: After::Nothing };
    for fact in driver.trace.facts() {
        let (link, frame, sent, bytes) = match &fact.what {
            What::Sent { link, frame, bytes, .. } => (link, frame, true, bytes.clone()),
            What::Dropped { frame: Some(frame), place: Place::Queue(link), bytes, .. } => {
                (link, frame, true, bytes.clone())
            }
            What::Delivered { link, frame, .. } => {
                let bytes = known.get(frame).map(|(bytes, _)| bytes.clone()).unwrap_or_default();
                (link, frame, false, bytes)
            }
            _ => continue,
        };
        let Some(end) = end_of(setup, *link, fact.node) else { continue };
        // A capture sees a frame before it waits for its link: when it got its Ethernet header.
        let offered =
            fact.cause.filter(|_| sent).and_then(|cause| driver.trace.get(cause)).map_or(fact.at, |cause| cause.at);
        let at = driver.time(if sent { offered } else { fact.at });
        let why = if sent { why(driver, fact) } else { nothing };
        if sent {
            known.insert(*frame, (bytes.clone(), why));
        }
        points.entry(end).or_default().push(Seen { at, sent, frame: *frame, bytes, why });
    }
    for seen in points.values_mut() {
        seen.sort_by_key(|seen| seen.at);
    }
    points
}

fn end_of(setup: &Setup, link: LinkId, node: NodeId) -> Option<(usize, usize)> {
    let link = setup.links.get(usize::from(link.0))?;
    link.ends.iter().copied().find(|(at, _)| *at == usize::from(node.0))
}

/// What made a frame leave, from its chain of causes.
fn why(driver: &Driver<'_>, sent: &Fact) -> Why {
    let mut timer = false;
    for fact in driver.trace.causes(sent.id) {
        match &fact.what {
            What::Timer { change: TimerChange::Fired, .. } => timer = true,
            What::Delivered { frame, .. } => return Why { timer, after: After::Arrival(*frame) },
            What::Called { .. } => {
                let behind = driver.behind.get(&fact.id).copied().unwrap_or(0);
                return Why { timer, after: After::Call(behind) };
            }
            _ => {}
        }
    }
    Why { timer, after: After::Nothing }
}
