//! One run: a network, its trace so far, and all that has gone in; or a trace that came from elsewhere, without a network.
//!
//! A session is `(scenario, seed, inputs)`: [`Session::replay`] makes the same trace from these alone, without a relay.
//! The network is run only as far as somebody has watched, so that what is on screen is what is happening now,
//! also when the other end is a real server.
//!
//! Absent on purpose: what is on screen, the relay's messages (see [`super::link`]), and another run from the middle of one (see
//! [`super::branch`]).

use std::time::Duration;

use capture::Hosts;
use litemap::LiteMap;
use sim_core::gateway::{Answer, Ask, FlowId, Publication};
use sim_core::lab;
use sim_core::network::{Input, InputError, Network, Output};
use sim_core::program::Script;
use sim_core::scenario::{Experiment, NodeKind, Scenario, ScenarioError};
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, FrameId, NodeId, Trace};

use super::branch::Snapshots;
use super::film::{self, Film, FilmTime};
use super::flows::Flows;
use super::hosts::Tables;
use super::index::Index;
use super::kin::relations::Relations;
use super::programs::Programs;
use super::tcp::connections::Connections;

pub use super::flows::{Nature, Published};

/// Where a run comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The lab's two nodes, with this at the other end.
    Lab(Other),
    /// A scenario that was opened or written.
    Scenario,
    /// Frames that were captured elsewhere: there is no network that could run.
    Capture,
}

impl Origin {
    /// What stands at the other end of the lab's link, when it is the lab's.
    pub fn lab(self) -> Option<Other> {
        match self {
            Origin::Lab(other) => Some(other),
            Origin::Scenario | Origin::Capture => None,
        }
    }
}

/// What stands at the other end of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A simulated server.
    Simulated,
    /// The gateway to the real machine, with servers on it.
    Real,
    /// The gateway to the real machine, with clients on it: the server runs in the lab.
    Clients,
}

impl Other {
    /// Whether the real machine stands there.
    pub fn is_real(self) -> bool {
        self != Other::Simulated
    }
}

/// A question of a gateway to the real network, with its place in the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// When it was asked.
    pub at: Instant,
    /// The gateway that asks.
    pub node: NodeId,
    /// For which connection.
    pub flow: FlowId,
    /// What it asks.
    pub ask: Ask,
}

/// All that decides a run.
#[derive(Clone, Debug)]
pub struct History {
    /// Where it comes from.
    pub origin: Origin,
    /// The network before anything happened.
    pub scenario: Scenario,
    /// The seed of everything random.
    pub seed: u64,
    /// When it is over, if it says so.
    pub until: Option<Instant>,
    /// What goes in by itself, in order of time.
    pub planned: Vec<(Instant, Input)>,
    /// All that went in, with its time.
    pub inputs: Vec<(Instant, Input)>,
    /// The places in `inputs` of those that were planned.
    pub taken: Vec<usize>,
    /// How far it ran.
    pub now: Instant,
}

/// One run.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where it comes from.
    pub origin: Origin,
    /// What stands at the other end of the lab's link; elsewhere, whether a gateway leads to the real machine.
    pub other: Other,
    /// The network before anything happened; of a capture, the stations that were seen in it.
    pub scenario: Scenario,
    /// The seed of everything random.
    pub seed: u64,
    /// All that went in, with its time.
    pub inputs: Vec<(Instant, Input)>,
    /// The facts so far.
    pub trace: Trace,
    /// The index of the facts.
    pub index: Index,
    /// What belongs together in them.
    pub relations: Relations,
    /// The TCP connections of the facts.
    pub connections: Connections,
    /// The tables of the nodes, and what was set from outside.
    pub tables: Tables,
    /// The strip of the facts.
    pub film: Film,
    /// What goes in by itself, in order of time.
    pub(super) planned: Vec<(Instant, Input)>,
    /// The places in `inputs` of those that have gone in.
    pub(super) taken: Vec<usize>,
    /// When the run is over; nothing happens later.
    pub(super) until: Option<Instant>,
    pub(super) snapshots: Snapshots,
    /// `None` for a capture.
    pub(super) network: Option<Network>,
    /// How far the network has run.
    pub(super) now: Instant,
    questions: Vec<Question>,
    pub(super) programs: Programs,
    flows: Flows,
    /// What was seen of the real network at times to which nobody has watched yet, in the order of times.
    ahead: LiteMap<(Instant, u64), (NodeId, FlowId, Answer)>,
    /// How many there ever were in `ahead`: those of one time keep their order.
    seen: u64,
}

/// The seed of every session of the lab, until a lesson wants another.
const SEED: u64 = 1;

/// No run goes on beyond: sums of times near their end would be cut, and a timer would be due again at once. 292 years.
pub const LATEST: Instant = Instant::from_nanos(u64::MAX / 2);

/// Time-outs handled in one call of [`Session::watch`] at most, so that a frame on screen is never late for long.
const MOST_TIMEOUTS: usize = 2_000;

impl Session {
    /// A new run with what stands at the other end.
    pub fn new(other: Other) -> Session {
        let scenario = match other {
            Other::Simulated => lab::with_server(),
            Other::Real => lab::with_gateway(),
            Other::Clients => lab::serving(),
        };
        Session::of(other, scenario, SEED)
    }

    /// A new run of a scenario of the lab: the client is node 0, the other end node 1.
    ///
    /// # Panics
    /// When the scenario is not sound: those of the lab come from code, and that is a bug in it.
    pub fn of(other: Other, scenario: Scenario, seed: u64) -> Session {
        Session::begin(Origin::Lab(other), scenario, seed, Vec::new(), None).expect("the lab's own scenarios are sound")
    }

    /// A new run of an experiment.
    ///
    /// # Errors
    /// What is wrong with its scenario.
    pub fn experiment(experiment: Experiment) -> Result<Session, ScenarioError> {
        let (seed, planned, until) = (experiment.seed(), experiment.planned(), experiment.until);
        Session::begin(Origin::Scenario, experiment.scenario, seed, planned, until)
    }

    /// A trace that was captured elsewhere. The scenario has the stations that its facts name; it need not be one that runs.
    pub fn captured(stations: Scenario, trace: &Trace) -> Session {
        let mut session = Session::of_capture(stations, Hosts::default(), trace);
        trace.facts().iter().for_each(|fact| session.take_captured(fact.clone()));
        session
    }

    /// The beginning of a session with what was captured elsewhere: it shows nothing yet.
    pub(super) fn of_capture(stations: Scenario, hosts: Hosts, trace: &Trace) -> Session {
        let mut session = Session::empty(Origin::Capture, stations, 0, film::unit_of_trace(trace));
        session.index.hosts = hosts;
        session
    }

    /// Takes the next fact of what was captured elsewhere.
    pub(super) fn take_captured(&mut self, fact: Fact) {
        self.now = fact.at;
        self.push(fact);
    }

    fn begin(
        origin: Origin,
        scenario: Scenario,
        seed: u64,
        planned: Vec<(Instant, Input)>,
        until: Option<Instant>,
    ) -> Result<Session, ScenarioError> {
        let network = Network::new(&scenario, seed)?;
        let unit = film::unit_of(&scenario);
        let mut session = Session::empty(origin, scenario, seed, unit);
        session.planned = planned;
        session.until = until;
        session.network = Some(network);
        // The first calls of programs that are there belong to the beginning, not to what is watched.
        session.run(Instant::ZERO);
        Ok(session)
    }

    /// A run without facts and without a network.
    pub(super) fn empty(origin: Origin, scenario: Scenario, seed: u64, unit: Duration) -> Session {
        let gateway = scenario.nodes.iter().any(|node| node.kind == NodeKind::Gateway);
        let standing = if gateway { Other::Real } else { Other::Simulated };
        Session {
            origin,
            other: origin.lab().unwrap_or(standing),
            index: Index::new(&scenario, origin.lab().is_some()),
            relations: Relations::default(),
            connections: Connections::default(),
            programs: Programs::new(&scenario),
            tables: Tables::new(&scenario),
            scenario,
            seed,
            inputs: Vec::new(),
            trace: Trace::default(),
            film: Film::new(unit),
            planned: Vec::new(),
            taken: Vec::new(),
            until: None,
            snapshots: Snapshots::default(),
            network: None,
            now: Instant::ZERO,
            questions: Vec::new(),
            flows: Flows::default(),
            ahead: LiteMap::new(),
            seen: 0,
        }
    }

    /// The same trace again from the scenario, the seed and the inputs alone, up to the same time.
    pub fn replay(&self) -> Session {
        if self.origin == Origin::Capture {
            return self.clone();
        }
        Session::again(self.history()).expect("a scenario that has run is sound")
    }

    /// All that decides the run.
    pub fn history(&self) -> History {
        History {
            origin: self.origin,
            scenario: self.scenario.clone(),
            seed: self.seed,
            until: self.until,
            planned: self.planned.clone(),
            inputs: self.inputs.clone(),
            taken: self.taken.clone(),
            now: self.now,
        }
    }

    /// The run that a history tells of.
    ///
    /// # Errors
    /// What is wrong with its scenario.
    pub fn again(history: History) -> Result<Session, ScenarioError> {
        let History { origin, scenario, seed, until, planned, inputs, taken, now } = history;
        let mut again = Session::begin(origin, scenario, seed, Vec::new(), until)?;
        for (at, input) in inputs {
            again.run(at);
            again.put(at, input);
        }
        again.run(now);
        (again.planned, again.taken) = (planned, taken);
        Ok(again)
    }

    /// Runs the network as far as `until`, but handles `most` time-outs at most. Says how many it handled: fewer than `most` when
    /// it is there.
    pub fn run_some(&mut self, until: Instant, most: usize) -> usize {
        let until = until.min(LATEST);
        for handled in 0..most {
            match self.due().filter(|due| *due <= until) {
                Some(due) => self.timeout(due),
                None => {
                    self.run(until);
                    return handled;
                }
            }
        }
        most
    }

    /// A new run of the same, from the beginning and without what a learner has put in.
    pub fn afresh(&self) -> Session {
        if self.origin == Origin::Capture {
            return self.clone();
        }
        Session::begin(self.origin, self.scenario.clone(), self.seed, self.planned.clone(), self.until)
            .expect("a scenario that has run is sound")
    }

    /// How far the network has run.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The newest place on the strip.
    pub fn newest(&self) -> FilmTime {
        self.film.place(self.now)
    }

    /// Starts a program now.
    pub fn spawn(&mut self, node: NodeId, script: Script) {
        self.put(self.now, Input::Spawn(node, script.into()));
    }

    /// Hands in an answer of the real network for the time `at`, or now when that is past.
    /// The network is run up to that time.
    pub fn answer(&mut self, at: Instant, node: NodeId, flow: FlowId, answer: Answer) {
        let at = at.max(self.now);
        self.run(at);
        self.put(at, Input::Answer(node, flow, answer));
    }

    /// Takes what was seen of the real network at this time. The network is not run up to it: what nobody has watched yet waits.
    pub fn observe(&mut self, at: Instant, node: NodeId, flow: FlowId, seen: Answer) {
        if at <= self.now {
            self.put(self.now, Input::Answer(node, flow, seen));
        } else {
            self.ahead.insert((at, self.seen), (node, flow, seen));
            self.seen += 1;
        }
    }

    /// Publishes a socket of the lab now.
    ///
    /// # Errors
    /// When it cannot be published.
    pub fn publish(&mut self, node: NodeId, publication: Publication) -> Result<(), InputError> {
        let input = Input::Publish(node, publication);
        self.input(input)
    }

    /// Takes an input now.
    ///
    /// # Errors
    /// When it cannot be. There is none for a capture: it heeds nothing.
    pub fn input(&mut self, input: Input) -> Result<(), InputError> {
        self.check(&input)?;
        self.put(self.now, input);
        Ok(())
    }

    /// Whether an input can be now.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn check(&self, input: &Input) -> Result<(), InputError> {
        self.network.as_ref().map_or(Ok(()), |network| network.check_input(input))
    }

    /// Withdraws what is published under this flow, if something is.
    pub fn unpublish(&mut self, node: NodeId, flow: FlowId) {
        let input = Input::Unpublish(node, flow);
        if self.check(&input).is_ok() {
            self.put(self.now, input);
        }
    }

    /// What is published now, or is asked to be, by its flow.
    pub fn published(&self) -> &LiteMap<FlowId, Published> {
        &self.flows.published
    }

    /// What a flow is, once the gateway has asked for it.
    pub fn nature(&self, flow: FlowId) -> Option<Nature> {
        self.flows.natures.get(&flow).copied()
    }

    /// Whether a program of this name has been started on a node.
    pub fn runs(&self, name: &str) -> bool {
        self.programs.runs(name)
    }

    /// Runs the network until the strip reaches `film`, or nothing more is due before. Returns how far the strip goes.
    pub fn watch(&mut self, film: FilmTime) -> FilmTime {
        for _ in 0..MOST_TIMEOUTS {
            if self.film.end() >= film {
                return film;
            }
            let reached = self.film.moment(film).at;
            match self.due() {
                Some(due) if due <= reached => self.timeout(due),
                // Where nothing is due any more, time goes on only while the real network is asked.
                None if self.is_over() => return FilmTime(self.film.end().0.max(self.newest().0)),
                _ => {
                    self.now = self.now.max(self.latest(reached));
                    return film;
                }
            }
        }
        self.film.end()
    }

    /// Runs the network until a fact for which `wanted` holds has happened after `after`, at most up to `limit`.
    pub fn run_to_fact(
        &mut self,
        after: usize,
        limit: Instant,
        wanted: impl Fn(&Session, usize) -> bool,
    ) -> Option<usize> {
        let mut next = after;
        loop {
            while next < self.trace.facts().len() {
                if wanted(self, next) {
                    return Some(next);
                }
                next += 1;
            }
            match self.due() {
                Some(due) if due <= limit => self.timeout(due),
                _ => return None,
            }
        }
    }

    /// Where the strip comes to rest: nothing moves, the real network is asked for nothing, and nothing is due for `span`.
    pub fn rest(&self, span: Duration) -> Option<FilmTime> {
        let due = self.due();
        let last = self.trace.facts().last()?.at;
        let rests = self.flows.are_quiet() && due.is_none_or(|due| due.saturating_since(last) > span);
        rests.then(|| FilmTime(self.film.end().0 + self.film.patience()))
    }

    /// Whether anything can still happen without a new input.
    pub fn is_over(&self) -> bool {
        self.due().is_none() && (self.flows.are_quiet() || self.until.is_some_and(|until| self.now >= until))
    }

    /// Whether the real network has been asked for something that it has not ended.
    pub fn is_waiting(&self) -> bool {
        !self.flows.are_quiet()
    }

    /// The questions to the real network since the last call.
    pub fn take_questions(&mut self) -> Vec<Question> {
        core::mem::take(&mut self.questions)
    }

    /// The program that a process runs, by the process's number.
    pub fn program(&self, process: u32) -> Option<&Script> {
        self.programs.get(process)?.script()
    }

    /// A node's name.
    pub fn name(&self, node: NodeId) -> &str {
        self.scenario.nodes.get(usize::from(node.0)).map_or("?", |node| &node.name)
    }

    /// A frame's number as people count: 1 is the frame that was sent first. A frame that waits in a queue has none yet.
    pub fn number(&self, frame: FrameId) -> String {
        self.index.place(frame).map_or_else(|| "–".to_owned(), |place| (place + 1).to_string())
    }

    /// The last fact, if there is one.
    pub fn last_fact(&self) -> Option<FactId> {
        self.trace.facts().last().map(|fact| fact.id)
    }

    /// The time, or the end of the run where that is before.
    fn latest(&self, at: Instant) -> Instant {
        self.until.map_or(at, |until| at.min(until))
    }

    /// When something happens next without a new input.
    fn due(&self) -> Option<Instant> {
        let network = self.network.as_ref().and_then(Network::poll_timeout);
        let seen = self.ahead.first().map(|((at, _), _)| *at);
        let planned = self.planned.get(self.taken.len()).map(|(at, _)| *at);
        let due = network.into_iter().chain(seen).chain(planned).min()?;
        (self.latest(due) == due).then_some(due)
    }

    pub(super) fn run(&mut self, until: Instant) {
        let until = until.min(LATEST);
        while let Some(due) = self.due().filter(|due| *due <= until) {
            self.timeout(due);
        }
        self.now = self.now.max(self.latest(until));
        self.drain();
    }

    fn timeout(&mut self, due: Instant) {
        if let Some(network) =
            self.network.as_mut().filter(|network| network.poll_timeout().is_some_and(|at| at <= due))
        {
            network.handle_timeout(due);
        }
        self.now = self.now.max(due);
        self.drain();
        while let Some((at, input)) = self.planned.get(self.taken.len()).filter(|(at, _)| *at <= due).cloned() {
            self.taken.push(self.inputs.len());
            self.put(at.max(self.now), input);
        }
        while let Some(key) = self.ahead.first().map(|(key, _)| *key).filter(|(at, _)| *at <= due) {
            let (node, flow, seen) = self.ahead.remove(&key).expect("it is the first");
            self.put(self.now, Input::Answer(node, flow, seen));
        }
    }

    pub(super) fn put(&mut self, at: Instant, input: Input) {
        let Some(network) = &mut self.network else { return };
        if let Input::Spawn(node, program) = &input {
            self.programs.expect(at, *node, program.clone());
        }
        self.inputs.push((at, input.clone()));
        network.handle_input(at, input);
        self.drain();
    }

    fn drain(&mut self) {
        let mut asked = Vec::new();
        while let Some(output) = self.network.as_mut().and_then(Network::poll_output) {
            match output {
                Output::Fact(fact) => self.push(fact),
                Output::Ask(node, flow, ask, fact) => {
                    let at = self.trace.get(fact).map_or(self.now, |fact| fact.at);
                    asked.push((node, flow));
                    self.questions.push(Question { at, node, flow, ask });
                }
            }
        }
        asked.into_iter().for_each(|(node, flow)| self.catch_up(node, flow));
        self.remember();
    }

    /// Takes the next fact into the trace and all that is made of it.
    pub(super) fn push(&mut self, fact: Fact) {
        self.film.push(&fact);
        self.flows.count(&fact);
        self.programs.count(&fact);
        self.trace.push(fact);
        self.index.push(&self.trace);
        self.relations.push(&self.trace);
        self.connections.push(&self.trace);
        self.tables.push(&self.trace);
    }

    /// What was seen of a flow before it was asked for more has happened before that: the learner's pace is not the real
    /// network's.
    fn catch_up(&mut self, node: NodeId, flow: FlowId) {
        let late = self.ahead.iter().filter(|(_, seen)| (seen.0, seen.1) == (node, flow));
        let late: Vec<_> = late.map(|(key, _)| *key).collect();
        for key in late {
            if let Some((node, flow, seen)) = self.ahead.remove(&key) {
                self.put(self.now, Input::Answer(node, flow, seen));
            }
        }
    }
}
