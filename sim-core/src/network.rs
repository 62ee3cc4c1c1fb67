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

mod input;

use core::time::Duration;
use std::sync::Arc;

use crate::context::{Context, Ids};
use crate::gateway::{Answer, Ask, FlowId, Publication};
use crate::host::Host;
use crate::layer::Layer;
use crate::link::{Arrival, Link, Moment, Properties};
use crate::packet::{LONGEST_FRAME, Pool};
use crate::program::{Call, Loader, Program, Spec};
use crate::queue::{Event, EventQueue};
use crate::recorder::Recorder;
pub use crate::recorder::Wanted;
use crate::scenario::{Faults, HostSettings, NodeKind, Scenario};
use crate::switch::Switch;
use crate::time::Instant;
use crate::trace::{DropReason, Fact, FactId, FrameId, LinkId, NatState, NodeId, Place, ProcessId, Translation, What};

pub use crate::scenario::ScenarioError;
pub use input::{InputError, Unpublishable};

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
    /// Type for a process what it can read from its standard input, by lines, as at a terminal; with `end` nothing
    /// follows.
    Typed {
        /// On which host.
        node: NodeId,
        /// For which process.
        process: ProcessId,
        /// What is typed, with its line ends.
        text: Arc<str>,
        /// The end of the file (Ctrl-D on an empty line).
        end: bool,
    },
    /// The real network's answer to a gateway's connection.
    Answer(NodeId, FlowId, Answer),
    /// Publish a socket of the lab to the real network, through this gateway. [`What::Published`] says its flow.
    Publish(NodeId, Publication),
    /// Withdraw what was published under this flow. Connections that it has made go on.
    Unpublish(NodeId, FlowId),
    /// Send this frame from a node, as it is, as a packet socket would. One that is longer than 1,514 bytes is cut.
    Frame(NodeId, Arc<[u8]>),
    /// Other faults from now on for the frames that a link takes at the end given: `ends[0]` or `ends[1]` of the scenario.
    /// Lists go on naming frames by their place from the first. A cable that is cut loses the frames on it and
    /// before it.
    SetFaults(LinkId, u8, Faults),
    /// Other properties of a link from now on; see [`crate::scenario::Link`]. Frames on their way arrive when they would have.
    SetLink {
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
    /// Other settings of a host or a router from now on; each of [`HostSettings`] says for which connections.
    SetHost(NodeId, HostSettings),
    /// Drop a frame that waits for a link or is on its way.
    DropFrame(FrameId),
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
    nodes: Vec<Node>,
    links: Vec<Link>,
    record: Recorder,
    ids: Ids,
    pool: Pool,
    counts: Counts,
}

/// A node as it runs.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all nodes are hosts, and one box more is one miss more for each frame"
)]
enum Node {
    Host(Host),
    Switch(Switch),
}

/// An entry of a NAT's table and how it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TranslationRow {
    /// The entry.
    pub entry: Translation,
    /// How far the conversation is.
    pub state: NatState,
    /// When it is forgotten if nothing more is heard.
    pub until: Instant,
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
        Network::with(scenario, seed, Wanted::Everything, None)
    }

    /// The same network with the facts of its links alone: each frame sent, delivered, or dropped on a link, as a capture
    /// needs them. Their numbers and causes are those of facts that do not come out, so they belong in no
    /// [`crate::trace::Trace`].
    pub fn capturing(scenario: &Scenario, seed: u64) -> Result<Network, ScenarioError> {
        Network::with(scenario, seed, Wanted::Frames, None)
    }

    /// The same network without facts: it asks the real network what it has to, and runs faster.
    pub fn untraced(scenario: &Scenario, seed: u64) -> Result<Network, ScenarioError> {
        Network::with(scenario, seed, Wanted::Nothing, None)
    }

    /// Any of these three, which can run programs in other languages: the loader knows how. Without one they are an
    /// error.
    pub fn with(
        scenario: &Scenario,
        seed: u64,
        wanted: Wanted,
        loader: Option<Loader>,
    ) -> Result<Network, ScenarioError> {
        let record = Recorder::new(wanted);
        scenario.check()?;
        scenario.check_foreign(loader)?;
        let number =
            |index: usize| u16::try_from(index).expect("a checked scenario has at most 65,536 nodes and links");
        let links: Vec<Link> = scenario
            .links
            .iter()
            .enumerate()
            .map(|(index, link)| Link::new(LinkId(number(index)), link, seed))
            .collect();
        let mut queue = EventQueue::default();
        let mut nodes = Vec::new();
        let mut ports = scenario.switch_ports();
        for (index, (node, attached)) in scenario.nodes.iter().zip(scenario.attachments()).enumerate() {
            let id = NodeId(number(index));
            if node.kind == NodeKind::Switch {
                nodes.push(Node::Switch(Switch::new(ports.remove(&id).unwrap_or_default())));
                continue;
            }
            let mut host = Host::new(node, id.0, &attached, seed);
            host.serve(scenario.clock, loader);
            host.net.begin(id, &mut queue);
            for (program, at) in (0..).zip(host.program_starts()) {
                queue.push(at, Event::Start(id, program));
            }
            nodes.push(Node::Host(host));
        }
        Ok(Network {
            now: Instant::ZERO,
            queue,
            nodes,
            links,
            record,
            ids: Ids::default(),
            pool: Pool::default(),
            counts: Counts::default(),
        })
    }

    /// Takes an input. One from the past is taken as of now; one that cannot be is not heeded (see [`Network::check_input`]).
    pub fn handle_input(&mut self, at: Instant, input: Input) {
        self.handle_timeout(at);
        self.now = self.now.max(at);
        if self.check_input(&input).is_err() {
            return;
        }
        match input {
            Input::Spawn(node, program) => self.at(node, |host, ctx| host.spawn(program, ctx)),
            Input::Run(node, program) => self.at(node, |host, ctx| host.spawn_program(program, ctx)),
            Input::Process(node, name) => self.at(node, |host, ctx| host.spawn_driven(name, ctx)),
            Input::Call(node, process, call) => self.at(node, |host, ctx| host.drive(process, call, ctx)),
            Input::Kill(node, process) => self.at(node, |host, ctx| host.kill(process, ctx)),
            Input::Typed { node, process, text, end } => {
                self.at(node, |host, ctx| host.type_text(process, &text, end, ctx));
            }
            Input::Answer(node, flow, answer) => self.at(node, |host, ctx| host.answer(flow, answer, ctx)),
            Input::Publish(node, publication) => self.at(node, |host, ctx| host.publish(publication, ctx)),
            Input::Unpublish(node, flow) => self.at(node, |host, ctx| host.unpublish(flow, ctx)),
            Input::Frame(node, bytes) => {
                let length = bytes.len().min(LONGEST_FRAME);
                self.at(node, |host, ctx| host.inject(&bytes[..length], ctx));
            }
            Input::SetFaults(link, end, faults) => self.set_faults(link, end, faults),
            Input::SetLink { link, rate, delay, jitter, queue } => {
                self.set_link(link, Properties { rate, delay, jitter, queue });
            }
            Input::SetHost(node, settings) => self.set_host(node, settings),
            Input::DropFrame(frame) => self.drop_frame(frame),
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
            Event::Translations(node) => self.at(node, Host::translations_timeout),
            Event::Flows(node) => self.at(node, Host::flows_timeout),
            Event::Stations(node) => self.at_switch(node, Switch::age),
            Event::Neighbours(node) => self.at(node, Host::neighbours_timeout),
            Event::Interfaces(node) => self.at(node, Host::interfaces_timeout),
            Event::Loopback(node) => self.at(node, Host::loopback_event),
            Event::Reassembly(node) => self.at(node, Host::reassembly_timeout),
            Event::Socket(node, socket) => self.at(node, |host, ctx| host.socket_timeout(socket, ctx)),
            Event::Process(node, process) => self.at(node, |host, ctx| host.process_timeout(process, ctx)),
            Event::Start(node, program) => self.at(node, |host, ctx| host.start(program, ctx)),
        }
    }

    /// A link, and what it has at hand.
    fn link(&mut self, link: LinkId) -> (&mut Link, Moment<'_>) {
        let Network { now, record, queue, pool, ids, .. } = self;
        (&mut self.links[usize::from(link.0)], Moment { now: *now, record, queue, pool, ids })
    }

    /// A node, and what it has at hand.
    fn node(&mut self, node: NodeId) -> Option<(&mut Node, Context<'_>)> {
        let Network { now, record, queue, links, pool, ids, .. } = self;
        let ctx = Context { now: *now, node, cause: None, record, queue, links, ids, pool };
        Some((self.nodes.get_mut(usize::from(node.0))?, ctx))
    }

    fn departure(&mut self, link: LinkId, end: u8) {
        let (link, mut moment) = self.link(link);
        link.depart(end, &mut moment);
    }

    fn arrival(&mut self, link: LinkId, end: u8) {
        let (link, mut moment) = self.link(link);
        let Some(arrival) = link.arrive(end, &mut moment) else { return };
        self.counts.hops += 1;
        let Arrival { link, to, interface, from, frame, packet, damaged, sent } = arrival;
        let delivered = self.record.frame_fact(self.now, to, Some(sent), || What::Delivered { link, from, frame });
        if damaged {
            // IEEE 802.3 §3.4: the interface hands a frame whose check sequence is wrong to nobody, not even to a capture.
            let (place, why) = (Place::Layer(Layer::DataLink), DropReason::FrameCheck);
            let what = || What::Dropped { frame: Some(frame), place, why, bytes: packet.bytes().into() };
            self.record.frame_fact(self.now, to, Some(delivered), what);
            return self.pool.give_back(packet);
        }
        let Some((node, mut ctx)) = self.node(to) else { return };
        ctx.cause = Some(delivered);
        match node {
            Node::Host(host) => host.receive(usize::from(interface), frame, packet, &mut ctx),
            Node::Switch(switch) => switch.receive(interface, frame, packet, &mut ctx),
        }
    }

    /// Lets a host act.
    fn at(&mut self, node: NodeId, act: impl FnOnce(&mut Host, &mut Context<'_>)) {
        if let Some((Node::Host(host), mut ctx)) = self.node(node) {
            act(host, &mut ctx);
        }
    }

    /// Lets a switch act.
    fn at_switch(&mut self, node: NodeId, act: impl FnOnce(&mut Switch, &mut Context<'_>)) {
        if let Some((Node::Switch(switch), mut ctx)) = self.node(node) {
            act(switch, &mut ctx);
        }
    }

    /// Sockets that the kernels of all hosts hold, those in TIME-WAIT included (`ss -a`): what tests of leaks count.
    pub fn socket_count(&self) -> usize {
        let count = |node: &Node| match node {
            Node::Host(host) => host.sockets.count(),
            Node::Switch(_) => 0,
        };
        self.nodes.iter().map(count).sum()
    }

    /// Whether no thread of any program goes on by itself any more, whatever comes of what is on its way: only something
    /// from outside can make one. A copy is run on for that, for an hour at most: longer than TCP tries anything. It has no
    /// influence on the trace.
    pub fn is_stuck(&self) -> bool {
        const LONG: Duration = Duration::from_secs(3_600);
        let mut copy = self.clone();
        copy.record = self.record.silent();
        let until = self.now + LONG;
        loop {
            if copy.ids.process != self.ids.process || copy.hosts().any(Host::goes_on) {
                return false;
            }
            match copy.poll_timeout() {
                Some(due) if due <= until => copy.handle_timeout(due),
                _ => return true,
            }
            while copy.poll_output().is_some() {}
        }
    }

    fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Host(host) => Some(host),
            Node::Switch(_) => None,
        })
    }

    /// When the next event is due.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.next_at()
    }

    /// The table of a node's NAT as it is now; empty when it has none.
    pub fn translations(&self, node: NodeId) -> Vec<TranslationRow> {
        match self.nodes.get(usize::from(node.0)) {
            Some(Node::Host(host)) => host.net.translations(),
            _ => Vec::new(),
        }
    }

    /// Sockets that the kernels of its nodes hold, those without a descriptor (TIME-WAIT, orphans) among them.
    pub fn open_sockets(&self) -> usize {
        let count = |node: &Node| match node {
            Node::Host(host) => host.sockets.count(),
            Node::Switch(_) => 0,
        };
        self.nodes.iter().map(count).sum()
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
