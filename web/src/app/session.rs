//! One run of the lab: a network, its trace so far, and all that has gone in.
//!
//! A session is `(scenario, seed, inputs)`: [`Session::replay`] makes the same trace from these alone, without a relay.
//! The network is run only as far as somebody has watched, so that what is on screen is what is happening now,
//! also when the other end is a real server.
//!
//! Absent on purpose: what is on screen, and the relay's messages (see [`super::link`]).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sim_core::gateway::{Answer, Ask, FlowId, FlowKind, Publication};
use sim_core::lab;
use sim_core::network::{Input, InputError, Network, Output};
use sim_core::program::{Address, Script, Spec};
use sim_core::scenario::Scenario;
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, FrameId, NodeId, Trace, What};

use super::film::{Film, FilmTime};
use super::index::Index;
use super::kin::relations::Relations;

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

/// What a flow of the gateway is, for those who tell of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nature {
    /// A TCP connection to a real server.
    Tcp,
    /// Datagrams of UDP to one real peer.
    Udp,
    /// A stream of AF_UNIX.
    Unix,
    /// Published, for connections.
    Listener,
    /// Published, for datagrams.
    Port,
    /// A connection that came in.
    Accepted,
}

/// What the lab lets the real network in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// What leads where.
    pub publication: Publication,
    /// What the real machine has bound, once it has.
    pub local: Option<Address>,
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
    /// What belongs together in them.
    pub relations: Relations,
    /// The strip of the facts.
    pub film: Film,
    network: Network,
    /// How far the network has run.
    now: Instant,
    questions: Vec<Question>,
    /// The text of each program that was started, by the order of processes.
    programs: Vec<Spec>,
    /// Flows of which the real network is expected to do something.
    real: BTreeSet<(NodeId, FlowId)>,
    /// Flows of datagrams to one peer: they are waited for only while a datagram has no answer.
    datagrams: BTreeSet<(NodeId, FlowId)>,
    published: BTreeMap<FlowId, Published>,
    natures: BTreeMap<FlowId, Nature>,
    /// What was seen of the real network at times to which nobody has watched yet, in the order of times.
    ahead: BTreeMap<(Instant, u64), (NodeId, FlowId, Answer)>,
    /// How many there ever were in `ahead`: those of one time keep their order.
    seen: u64,
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
            Other::Clients => lab::serving(),
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
            relations: Relations::default(),
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
            datagrams: BTreeSet::new(),
            published: BTreeMap::new(),
            natures: BTreeMap::new(),
            ahead: BTreeMap::new(),
            seen: 0,
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
        self.network.check_input(&input)?;
        self.put(self.now, input);
        Ok(())
    }

    /// Withdraws what is published under this flow, if something is.
    pub fn unpublish(&mut self, node: NodeId, flow: FlowId) {
        let input = Input::Unpublish(node, flow);
        if self.network.check_input(&input).is_ok() {
            self.put(self.now, input);
        }
    }

    /// What is published now, or is asked to be, by its flow.
    pub fn published(&self) -> &BTreeMap<FlowId, Published> {
        &self.published
    }

    /// What a flow is, once the gateway has asked for it.
    pub fn nature(&self, flow: FlowId) -> Option<Nature> {
        self.natures.get(&flow).copied()
    }

    /// Whether a program of this name has been started on a node.
    pub fn runs(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program.script().is_some_and(|script| &*script.name == name))
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
        let rests = self.real.is_empty() && due.is_none_or(|due| due.saturating_since(last) > span);
        rests.then(|| FilmTime(self.film.end().0 + self.film.patience()))
    }

    /// Whether anything can still happen without a new input.
    pub fn is_over(&self) -> bool {
        self.due().is_none() && self.real.is_empty()
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

    /// When something happens next without a new input.
    fn due(&self) -> Option<Instant> {
        let seen = self.ahead.first_key_value().map(|((at, _), _)| *at);
        self.network.poll_timeout().into_iter().chain(seen).min()
    }

    fn run(&mut self, until: Instant) {
        while let Some(due) = self.due().filter(|due| *due <= until) {
            self.timeout(due);
        }
        self.now = self.now.max(until);
        self.drain();
    }

    fn timeout(&mut self, due: Instant) {
        if self.network.poll_timeout().is_some_and(|timeout| timeout <= due) {
            self.network.handle_timeout(due);
        }
        self.now = self.now.max(due);
        self.drain();
        while let Some(first) = self.ahead.first_entry().filter(|first| first.key().0 <= due) {
            let (node, flow, seen) = first.remove();
            self.put(self.now, Input::Answer(node, flow, seen));
        }
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
        let mut asked = Vec::new();
        while let Some(output) = self.network.poll_output() {
            match output {
                Output::Fact(fact) => {
                    self.film.push(&fact);
                    self.count(&fact);
                    self.trace.push(fact);
                    self.index.push(&self.trace);
                    self.relations.push(&self.trace);
                }
                Output::Ask(node, flow, ask, fact) => {
                    let at = self.trace.get(fact).map_or(self.now, |fact| fact.at);
                    asked.push((node, flow));
                    self.questions.push(Question { at, node, flow, ask });
                }
            }
        }
        asked.into_iter().for_each(|(node, flow)| self.catch_up(node, flow));
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

    /// Keeps what the real network is expected to do something about, and what is published.
    fn count(&mut self, fact: &Fact) {
        match &fact.what {
            What::Asked { flow, ask } => self.count_ask((fact.node, *flow), ask),
            What::Answered { flow, answer } => self.count_answer((fact.node, *flow), answer),
            What::Published { flow, publication } => {
                self.published.insert(*flow, Published { publication: *publication, local: None });
            }
            What::Unpublished { flow } => {
                self.published.remove(flow);
            }
            _ => {}
        }
    }

    fn count_ask(&mut self, flow: (NodeId, FlowId), ask: &Ask) {
        let nature = match ask {
            Ask::Connect { to: Address::Inet(_), kind: FlowKind::Stream, .. } => Some(Nature::Tcp),
            Ask::Connect { to: Address::Inet(_), kind: FlowKind::Datagram, .. } => Some(Nature::Udp),
            Ask::Connect { .. } => Some(Nature::Unix),
            Ask::Listen { kind: FlowKind::Stream, .. } => Some(Nature::Listener),
            Ask::Listen { kind: FlowKind::Datagram, .. } => Some(Nature::Port),
            Ask::Accept { .. } => Some(Nature::Accepted),
            _ => None,
        };
        self.natures.extend(nature.map(|nature| (flow.1, nature)));
        match ask {
            Ask::Connect { kind: FlowKind::Datagram, .. } => {
                self.datagrams.insert(flow);
            }
            Ask::Connect { .. } | Ask::Listen { .. } | Ask::Accept { .. } => {
                self.real.insert(flow);
            }
            Ask::Send(_) if self.datagrams.contains(&flow) => {
                self.real.insert(flow);
            }
            Ask::Reset | Ask::Close => self.forget(flow),
            _ => {}
        }
    }

    fn count_answer(&mut self, flow: (NodeId, FlowId), answer: &Answer) {
        match answer {
            Answer::Listening { local, .. } => {
                if let Some(published) = self.published.get_mut(&flow.1) {
                    published.local = Some(local.clone());
                }
            }
            Answer::Data(_) | Answer::Unreachable(_) if self.datagrams.contains(&flow) => {
                self.real.remove(&flow);
            }
            Answer::Reset | Answer::Refused(_) | Answer::Lost => {
                self.forget(flow);
                self.published.remove(&flow.1);
            }
            _ => {}
        }
    }

    fn forget(&mut self, flow: (NodeId, FlowId)) {
        self.real.remove(&flow);
        self.datagrams.remove(&flow);
    }
}
