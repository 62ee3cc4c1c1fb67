//! The simulated network: the whole of it, driven by four verbs.
//!
//! ```text
//! handle_input(at, input)   something from outside: a program to start, an answer of the real network
//! handle_timeout(at)        time has come to `poll_timeout`
//! poll_timeout()            when to come back
//! poll_output()             what happened: facts for the trace, questions for the real network
//! ```
//!
//! One mutation, then drain `poll_output` until it gives nothing; then mutate again. `handle_input` handles the
//! time-outs up to `at` that have not been handled yet (see [`Network::run_until`]). A handled time-out always moves `poll_timeout`.
//!
//! Absent on purpose: a clock, I/O, entropy and threads. What is stateful lives in this one value, and `Clone` is a snapshot of it.

use std::sync::Arc;

use crate::context::{Context, Ids};
use crate::gateway::{Answer, Ask, FlowId};
use crate::host::Host;
use crate::link::{Link, Moment};
use crate::packet::{LONGEST_FRAME, Pool};
use crate::program::{Call, Program, Spec};
use crate::queue::{Event, EventQueue};
use crate::recorder::{Recorder, Wanted};
use crate::scenario::Scenario;
use crate::time::Instant;
use crate::trace::{Fact, FactId, LinkId, NodeId, ProcessId, What};

pub use crate::scenario::ScenarioError;

/// Something from outside.
#[derive(Clone, Debug)]
pub enum Input {
    /// Start a program on a host.
    Spawn(NodeId, Spec),
    /// Start a program of the caller's own kind on a host.
    Run(NodeId, Box<dyn Program>),
    /// Start a process on a host whose calls come from outside, one by one, under the name given. [`What::Started`] says
    /// its number.
    Process(NodeId, Arc<str>),
    /// A process from outside makes a call. One that is made while another blocks waits its turn. An error is a
    /// result like others: the process goes on.
    Call(NodeId, ProcessId, Call),
    /// Kill a process: it makes no call any more, and the kernel closes what it held.
    Kill(NodeId, ProcessId),
    /// The real network's answer to a gateway's connection.
    Answer(NodeId, FlowId, Answer),
    /// Send this frame from a node, as it is, as a packet socket would. One that is longer than 1,514 bytes is cut.
    Frame(NodeId, Arc<[u8]>),
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// The next fact of the trace.
    Fact(Fact),
    /// A gateway asks something of the real network. The fact of it has been output before, under the id given.
    Ask(NodeId, FlowId, Ask, FactId),
}

/// The network.
#[derive(Clone, Debug)]
pub struct Network {
    now: Instant,
    queue: EventQueue,
    hosts: Vec<Host>,
    links: Vec<Link>,
    record: Recorder,
    ids: Ids,
    pool: Pool,
    counts: Counts,
}

/// How much a network has done: what its speed is measured by. It has no influence on the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Events that were handled.
    pub events: u64,
    /// Frames that were delivered over a link.
    pub hops: u64,
}

impl Network {
    /// A network at time zero. Its programs start with the first time-outs.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Network, ScenarioError> {
        Network::with_recorder(scenario, seed, Recorder::new(Wanted::Everything))
    }

    /// The same network with the facts of its links alone: each frame sent, delivered, or dropped on a link, as a capture
    /// needs them. Their numbers and causes are those of facts that do not come out, so they belong in no
    /// [`crate::trace::Trace`].
    pub fn capturing(scenario: &Scenario, seed: u64) -> Result<Network, ScenarioError> {
        Network::with_recorder(scenario, seed, Recorder::new(Wanted::Frames))
    }

    /// The same network without facts: it asks the real network what it has to, and runs faster.
    pub fn untraced(scenario: &Scenario, seed: u64) -> Result<Network, ScenarioError> {
        Network::with_recorder(scenario, seed, Recorder::new(Wanted::Nothing))
    }

    fn with_recorder(scenario: &Scenario, seed: u64, record: Recorder) -> Result<Network, ScenarioError> {
        scenario.check()?;
        let number =
            |index: usize| u16::try_from(index).expect("a checked scenario has at most 65,536 nodes and links");
        let links: Vec<Link> = scenario
            .links
            .iter()
            .enumerate()
            .map(|(index, link)| Link::new(LinkId(number(index)), link, seed))
            .collect();
        let mut queue = EventQueue::default();
        let mut hosts = Vec::new();
        for (index, (node, attached)) in scenario.nodes.iter().zip(scenario.attachments()).enumerate() {
            let id = NodeId(number(index));
            let host = Host::new(node, id.0, &attached, seed);
            for (program, at) in (0..).zip(host.program_starts()) {
                queue.push(at, Event::Start(id, program));
            }
            hosts.push(host);
        }
        Ok(Network {
            now: Instant::ZERO,
            queue,
            hosts,
            links,
            record,
            ids: Ids::default(),
            pool: Pool::default(),
            counts: Counts::default(),
        })
    }

    /// Takes an input. One from the past is taken as of now; one for a node that does not exist is not heeded.
    pub fn handle_input(&mut self, at: Instant, input: Input) {
        self.handle_timeout(at);
        self.now = self.now.max(at);
        match input {
            Input::Spawn(node, program) => self.at(node, |host, ctx| host.spawn(program, ctx)),
            Input::Run(node, program) => self.at(node, |host, ctx| host.spawn_program(program, ctx)),
            Input::Process(node, name) => self.at(node, |host, ctx| host.spawn_driven(name, ctx)),
            Input::Call(node, process, call) => self.at(node, |host, ctx| host.drive(process, call, ctx)),
            Input::Kill(node, process) => self.at(node, |host, ctx| host.kill(process, ctx)),
            Input::Answer(node, flow, answer) => self.at(node, |host, ctx| host.answer(flow, answer, ctx)),
            Input::Frame(node, bytes) => {
                let length = bytes.len().min(LONGEST_FRAME);
                self.at(node, |host, ctx| host.inject(&bytes[..length], ctx));
            }
        }
    }

    /// Handles what is due at `at`.
    pub fn handle_timeout(&mut self, at: Instant) {
        /// Far above what any scenario does in one nanosecond.
        const BUSY: u32 = 10_000_000;
        let mut events = 0_u32;
        while let Some((due, event)) = self.queue.pop_until(at) {
            debug_assert!(due >= self.now, "events come in order of time");
            events = if due > self.now { 0 } else { events + 1 };
            debug_assert!(events < BUSY, "a handled time-out changes something: no busy loop");
            self.now = due;
            self.counts.events += 1;
            self.handle_event(event);
        }
    }

    fn handle_event(&mut self, event: Event) {
        match event {
            Event::Arrival(link, end) => self.arrival(link, end),
            Event::Departure(link, end) => self.departure(link, end),
            Event::Neighbours(node) => self.at(node, Host::neighbours_timeout),
            Event::Socket(node, socket) => self.at(node, |host, ctx| host.socket_timeout(socket, ctx)),
            Event::Process(node, process) => self.at(node, |host, ctx| host.process_timeout(process, ctx)),
            Event::Start(node, program) => self.at(node, |host, ctx| host.start(program, ctx)),
        }
    }

    fn departure(&mut self, link: LinkId, end: u8) {
        let mut moment =
            Moment { now: self.now, record: &mut self.record, queue: &mut self.queue, pool: &mut self.pool };
        self.links[usize::from(link.0)].depart(end, &mut moment);
    }

    fn arrival(&mut self, link: LinkId, end: u8) {
        let mut moment =
            Moment { now: self.now, record: &mut self.record, queue: &mut self.queue, pool: &mut self.pool };
        let arrival = self.links[usize::from(link.0)].arrive(end, &mut moment);
        let Some(arrival) = arrival else { return };
        self.counts.hops += 1;
        let (from, frame) = (arrival.from, arrival.frame);
        let cause = Some(arrival.sent);
        let what = || What::Delivered { link: arrival.link, from, frame };
        let delivered = self.record.frame_fact(self.now, arrival.to, cause, what);
        self.at(arrival.to, |host, ctx| {
            ctx.cause = Some(delivered);
            host.receive(frame, &arrival.packet, ctx);
        });
        self.pool.give_back(arrival.packet);
    }

    /// Lets a node act.
    fn at(&mut self, node: NodeId, act: impl FnOnce(&mut Host, &mut Context<'_>)) {
        let Some(host) = self.hosts.get_mut(usize::from(node.0)) else { return };
        let mut ctx = Context {
            now: self.now,
            node,
            cause: None,
            record: &mut self.record,
            queue: &mut self.queue,
            links: &mut self.links,
            ids: &mut self.ids,
            pool: &mut self.pool,
        };
        act(host, &mut ctx);
    }

    /// When the next event is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.next_at()
    }

    /// How much it has done so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The next output.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.record.poll()
    }

    /// Handles every time-out up to `until`, handing each output to `sink`.
    pub fn run_until(&mut self, until: Instant, mut sink: impl FnMut(Output)) {
        loop {
            while let Some(output) = self.poll_output() {
                sink(output);
            }
            match self.poll_timeout() {
                Some(due) if due <= until => self.handle_timeout(due),
                _ => break,
            }
        }
        self.now = self.now.max(until);
    }
}
