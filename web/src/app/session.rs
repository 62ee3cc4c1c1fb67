//! One run of the lab: a network, its trace so far, and all that has gone in.
//!
//! A session is `(scenario, seed, inputs)`: [`Session::replay`] makes the same trace from these alone, without a relay.
//! The network is run only as far as somebody has watched, so that what is on screen is what is happening now,
//! also when the other end is a real server.
//!
//! Absent on purpose: what is on screen, and the relay's messages (see [`super::link`]).

use std::collections::BTreeSet;
use std::time::Duration;

use sim_core::gateway::{Answer, Ask, FlowId};
use sim_core::lab;
use sim_core::network::{Input, Network, Output};
use sim_core::program::{Script, Spec};
use sim_core::scenario::Scenario;
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, FrameId, NodeId, Trace, What};

use super::film::{Film, FilmTime};
use super::index::Index;

/// What stands at the other end of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A simulated server.
    Simulated,
    /// The gateway to the real machine.
    Real,
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

/// One run of the lab.
#[derive(Clone, Debug)]
pub struct Session {
    /// What stands at the other end.
    pub other: Other,
    /// The network before anything happened.
    pub scenario: Scenario,
    /// The seed of everything random.
    pub seed: u64,
    /// All that went in, with its time.
    pub inputs: Vec<(Instant, Input)>,
    /// The facts so far.
    pub trace: Trace,
    /// The index of the facts.
    pub index: Index,
    /// The strip of the facts.
    pub film: Film,
    network: Network,
    /// How far the network has run.
    now: Instant,
    questions: Vec<Question>,
    /// The text of each program that was started, by the order of processes.
    programs: Vec<Spec>,
    /// Connections that the real network holds open.
    real: BTreeSet<(NodeId, FlowId)>,
}

/// The seed of every session of the lab, until a lesson wants another.
const SEED: u64 = 1;

/// Time-outs handled in one call of [`Session::watch`] at most, so that a frame on screen is never late for long.
const MOST_TIMEOUTS: usize = 2_000;

impl Session {
    /// A new run with what stands at the other end.
    pub fn new(other: Other) -> Session {
        let scenario = match other {
            Other::Simulated => lab::with_server(),
            Other::Real => lab::with_gateway(),
        };
        Session::of(other, scenario, SEED)
    }

    /// A new run of a scenario of the lab: the client is node 0, the other end node 1.
    ///
    /// # Panics
    /// When the scenario is not sound: scenarios come from code so far, and that is a bug in it.
    pub fn of(other: Other, scenario: Scenario, seed: u64) -> Session {
        let network = Network::new(&scenario, seed).expect("the lab's own scenarios are sound");
        let delay = scenario.links.iter().map(|link| link.delay).max().unwrap_or_default();
        let programs =
            scenario.nodes.iter().flat_map(|node| node.programs.iter().map(|program| program.what.clone())).collect();
        let mut session = Session {
            other,
            index: Index::new(&scenario),
            scenario,
            seed,
            inputs: Vec::new(),
            trace: Trace::default(),
            film: Film::new(delay),
            network,
            now: Instant::ZERO,
            questions: Vec::new(),
            programs,
            real: BTreeSet::new(),
        };
        // The server's first calls belong to the beginning, not to what is watched.
        session.run(Instant::ZERO);
        session
    }

    /// The same trace again from the scenario, the seed and the inputs alone, up to the same time.
    pub fn replay(&self) -> Session {
        let mut again = Session::of(self.other, self.scenario.clone(), self.seed);
        for (at, input) in &self.inputs {
            again.run(*at);
            again.put(*at, input.clone());
        }
        again.run(self.now);
        again
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

    /// Runs the network until the strip reaches `film`, or nothing more is due before. Returns how far the strip goes.
    pub fn watch(&mut self, film: FilmTime) -> FilmTime {
        for _ in 0..MOST_TIMEOUTS {
            if self.film.end() >= film {
                return film;
            }
            let reached = self.film.moment(film).at;
            match self.network.poll_timeout() {
                Some(due) if due <= reached => self.timeout(due),
                // Where nothing is due any more, time goes on only while the real network is asked.
                None if self.real.is_empty() => return FilmTime(self.film.end().0.max(self.newest().0)),
                _ => {
                    self.now = self.now.max(reached);
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
            match self.network.poll_timeout() {
                Some(due) if due <= limit => self.timeout(due),
                _ => return None,
            }
        }
    }

    /// Where the strip comes to rest: nothing moves, the real network is asked for nothing, and nothing is due for `span`.
    pub fn rest(&self, span: Duration) -> Option<FilmTime> {
        let due = self.network.poll_timeout();
        let last = self.trace.facts().last()?.at;
        let rests = self.real.is_empty() && due.is_none_or(|due| due.saturating_since(last) > span);
        rests.then(|| FilmTime(self.film.end().0 + self.film.patience()))
    }

    /// Whether anything can still happen without a new input.
    pub fn is_over(&self) -> bool {
        self.network.poll_timeout().is_none() && self.real.is_empty()
    }

    /// Whether the real network has been asked for something that it has not ended.
    pub fn is_waiting(&self) -> bool {
        !self.real.is_empty()
    }

    /// The questions to the real network since the last call.
    pub fn take_questions(&mut self) -> Vec<Question> {
        core::mem::take(&mut self.questions)
    }

    /// The program that a process runs, by the process's number.
    pub fn program(&self, process: u32) -> Option<&Script> {
        self.programs.get(process as usize)?.script()
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

    fn run(&mut self, until: Instant) {
        while let Some(due) = self.network.poll_timeout().filter(|due| *due <= until) {
            self.timeout(due);
        }
        self.now = self.now.max(until);
        self.drain();
    }

    fn timeout(&mut self, due: Instant) {
        self.network.handle_timeout(due);
        self.now = self.now.max(due);
        self.drain();
    }

    fn put(&mut self, at: Instant, input: Input) {
        if let Input::Spawn(_, program) = &input {
            self.programs.push(program.clone());
        }
        self.inputs.push((at, input.clone()));
        self.network.handle_input(at, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.network.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.film.push(&fact);
                    self.count(&fact);
                    self.trace.push(fact);
                    self.index.push(&self.trace);
                }
                Output::Ask(node, flow, ask, fact) => {
                    let at = self.trace.get(fact).map_or(self.now, |fact| fact.at);
                    self.questions.push(Question { at, node, flow, ask });
                }
            }
        }
    }

    /// Keeps the connections that the real network holds open.
    fn count(&mut self, fact: &Fact) {
        match &fact.what {
            What::Asked { flow, ask: Ask::Connect { .. } } => {
                self.real.insert((fact.node, *flow));
            }
            What::Asked { flow, ask: Ask::Reset | Ask::Close }
            | What::Answered { flow, answer: Answer::Reset | Answer::Refused(_) | Answer::Lost } => {
                self.real.remove(&(fact.node, *flow));
            }
            _ => {}
        }
    }
}
