//! An index of the trace by what is drawn: frames, and the walks of packets through the layers of a node.
//!
//! It only remembers places of facts; it can be made again from the trace at any time.
//!
//! Absent on purpose: anything about time on screen (see [`super::film`]) and words.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use capture::{Host, Hosts};
use litemap::LiteMap;
use sim_core::gateway::{self, Answer, Ask, LinkType};
use sim_core::layer::Layer;
use sim_core::scenario::Scenario;
use sim_core::time::Instant;
use sim_core::trace::{
    CaptureSource, DropReason, Fact, FactId, FrameId, LinkId, NodeId, Place, ProcessId, Trace, Value, What,
};
use sim_core::wire::ipv6_extension::walk;
use sim_core::wire::{ethernet, ipv4, ipv6, tcp};

use super::analysis::{Analysis, Mark};
use super::captured;
use super::kind::{Kind, Kinds};
use super::traffic::Traffic;

/// One frame from its sending to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Its number.
    pub id: FrameId,
    /// The fact of its sending.
    pub sent: FactId,
    /// Who sent it.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// When its first bit left.
    pub sent_at: Instant,
    /// When its last bit arrives.
    pub arrives_at: Instant,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// For a TCP segment: the initial sequence numbers of its sender and of its receiver, as far as they were seen.
    pub isn: (Option<u32>, Option<u32>),
    /// How it ended, once it has.
    pub end: Option<End>,
    /// It was captured on the real machine: nothing of it is simulated.
    pub real: Option<Real>,
}

/// A frame of the real machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Real {
    /// Which way it went through the relay's socket; `None` for one of a capture file, which went from station to station.
    pub direction: Option<gateway::Direction>,
    /// What its first header is.
    pub link_type: LinkType,
    /// How many bytes it had; as many or fewer are here.
    pub length: u32,
}

/// How a frame ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct End {
    /// The fact of it.
    pub fact: FactId,
    /// Where and why it was dropped; `None` when it was delivered.
    pub dropped: Option<(Place, DropReason)>,
}

/// The way of one packet down or up the layers of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    /// Whose layers.
    pub node: NodeId,
    /// Which way.
    pub direction: Direction,
    /// The frame that it became, or came in.
    pub frame: Option<FrameId>,
    /// The layers that it has passed, each with its fact.
    pub steps: Vec<(Layer, FactId)>,
}

/// The way through the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the program to the wire: encapsulation.
    Down,
    /// From the wire to the program.
    Up,
}

/// The index.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Index {
    /// Of a capture, who is who.
    pub(super) hosts: Hosts,
    /// In the order of their sending. That is not the order of their numbers: those are given when a frame is queued.
    frames: Vec<Frame>,
    /// The place of each frame of the simulated network, by its number.
    places: Vec<u32>,
    /// When frames arrive, by blocks of so many.
    flights: Flights,
    /// The facts of each kind.
    pub kinds: Kinds,
    /// Bytes of all frames that were sent.
    bytes: u64,
    /// The ends of each link.
    ends: Vec<[NodeId; 2]>,
    /// The node of each hardware address.
    stations: LiteMap<[u8; 6], NodeId>,
    walks: Vec<Walk>,
    /// For each node, the steps of its walks in order: the fact and the walk.
    steps: Vec<Vec<(FactId, u32)>>,
    /// For each node, what its programs do: calls, their results, and the gateway's talk with the real network.
    calls: Vec<Vec<FactId>>,
    /// For each node, where the facts of one of its processes begin that do something after another.
    turns: Vec<Vec<(FactId, ProcessId)>>,
    /// For each node, what its programs have come to: lines that they printed, and errors that ended them.
    said: Vec<Vec<FactId>>,
    /// For each node, the changes of its connections' states.
    states: Vec<Vec<FactId>>,
    /// The programs that somebody has started since the beginning: where, and at which fact.
    programs: Vec<(FactId, NodeId)>,
    /// How many programs belong to the scenario.
    of_scenario: u32,
    /// What the real kernel has told.
    infos: Vec<FactId>,
    /// What programs have printed.
    printed: Vec<FactId>,
    /// What waits, and what was sent again.
    pub traffic: Traffic,
    /// What captured segments are among those before them.
    pub analysis: Analysis,
    /// For each fact the walk that it is a step of.
    walk_of: Vec<u32>,
    /// The newest initial sequence number of each direction of each TCP connection.
    isn: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

/// No walk, or no place.
const NONE: u32 = u32::MAX;

/// When frames arrive: for each block of them the last time of it, and of all up to its end. So those in flight are found among few.
#[derive(Clone, Debug, Default, PartialEq)]
struct Flights {
    blocks: Vec<(Instant, Instant)>,
}

/// Frames of a block.
const BLOCK: usize = 64;

impl Flights {
    fn push(&mut self, place: usize, arrives_at: Instant) {
        let before = self.blocks.last().map_or(Instant::ZERO, |block| block.1);
        match self.blocks.get_mut(place / BLOCK) {
            Some(block) => *block = (block.0.max(arrives_at), block.1.max(arrives_at)),
            None => self.blocks.push((arrives_at, before.max(arrives_at))),
        }
    }

    /// The places of frames among the first `count` that may be on their way at a time, the last first.
    fn at(&self, count: usize, at: Instant) -> impl Iterator<Item = usize> {
        let blocks = &self.blocks[..count.div_ceil(BLOCK)];
        let near = (0..blocks.len()).rev().take_while(move |block| blocks[*block].1 >= at);
        near.filter(move |block| blocks[*block].0 >= at)
            .flat_map(move |block| (block * BLOCK..count.min((block + 1) * BLOCK)).rev())
    }
}

/// The list of a node, made when it is not there.
fn of_node<T>(lists: &mut Vec<Vec<T>>, node: NodeId) -> &mut Vec<T> {
    let place = usize::from(node.0);
    if place >= lists.len() {
        lists.resize_with(place + 1, Vec::new);
    }
    &mut lists[place]
}

impl Index {
    /// An empty index for a network. The programs of the lab's scenario are its servers: nobody has started them.
    pub fn new(scenario: &Scenario, is_lab: bool) -> Index {
        let programs = scenario.nodes.iter().map(|node| node.programs.len() as u32);
        let of_scenario = if is_lab { programs.sum() } else { 0 };
        let stations = (0..)
            .zip(&scenario.nodes)
            .flat_map(|(number, node)| node.interfaces.iter().map(move |interface| (interface.mac, NodeId(number))));
        Index {
            ends: scenario.links.iter().map(|link| link.nodes()).collect(),
            stations: stations.collect(),
            of_scenario,
            traffic: Traffic::new(scenario),
            ..Index::default()
        }
    }

    /// Of a capture, the hosts that are its nodes; none of a run.
    pub fn hosts(&self) -> &[Host] {
        self.hosts.list()
    }

    /// Adds the newest fact of the trace.
    pub fn push(&mut self, trace: &Trace) {
        let Some(fact) = trace.facts().last() else { return };
        self.traffic.push(trace, fact);
        self.kinds.push(fact.id, &fact.what);
        self.count_process(fact);
        match &fact.what {
            What::Encapsulated { layer, .. } => self.encapsulated(trace, fact, *layer),
            What::Decapsulated { layer, frame, .. } => {
                let walk = self.upward(fact, *frame);
                self.step(walk, *layer, fact);
            }
            What::Sent { to, frame, bytes, sent_at, arrives_at, .. }
            | What::Duplicated { to, frame, bytes, sent_at, arrives_at, .. } => {
                let isn = self.initial_numbers(bytes);
                self.begin_frame(Frame {
                    id: *frame,
                    sent: fact.id,
                    from: fact.node,
                    to: *to,
                    sent_at: *sent_at,
                    arrives_at: *arrives_at,
                    bytes: bytes.clone(),
                    isn,
                    end: None,
                    real: None,
                });
                // A copy is the link's own: nobody's walk ends with it.
                if matches!(fact.what, What::Sent { .. })
                    && let Some(walk) = fact.cause.and_then(|cause| self.walk_at_fact(cause))
                {
                    self.walks[walk].frame = Some(*frame);
                    self.step(walk, Layer::Physical, fact);
                    // Who passes a frame on sends nothing again: it has no segment of its own.
                    let is_own = self.walks[walk].steps.iter().any(|(layer, _)| *layer == Layer::Transport);
                    if is_own && self.traffic.is_again(*frame) {
                        self.kinds.add(Kind::Again, fact.id);
                    }
                }
            }
            What::Delivered { frame, .. } => {
                self.finish(*frame, fact.id, None);
                let walk = self.begin(fact.node, Direction::Up, Some(*frame));
                self.step(walk, Layer::Physical, fact);
            }
            What::Dropped { frame: Some(frame), place, why, bytes } => {
                if let Place::Queue(link) = place {
                    // It was never sent, and a learner looks for it among the others.
                    self.never_sent(fact, *frame, *link, bytes);
                }
                self.finish(*frame, fact.id, Some((*place, *why)));
            }
            What::Returned { result: Ok(Value::Bytes(_) | Value::Datagram(..)), .. } => {
                of_node(&mut self.calls, fact.node).push(fact.id);
                if let Some(walk) = fact.cause.and_then(|cause| self.nearest_step(trace, cause)) {
                    self.step(walk, Layer::Application, fact);
                }
            }
            What::Called { .. }
            | What::Returned { .. }
            | What::Printed { .. }
            | What::Exited { .. }
            | What::Killed { .. } => {
                of_node(&mut self.calls, fact.node).push(fact.id);
            }
            What::Asked { ask, .. } if !matches!(ask, Ask::Credit(_) | Ask::Allow(_)) => {
                of_node(&mut self.calls, fact.node).push(fact.id);
            }
            What::Answered { answer, .. } if !matches!(answer, Answer::Credit(_)) => {
                of_node(&mut self.calls, fact.node).push(fact.id);
            }
            What::Started { process, thread: None, .. } if process.0 >= self.of_scenario => {
                self.programs.push((fact.id, fact.node));
            }
            What::KernelInfo { .. } => self.infos.push(fact.id),
            What::Captured { source: CaptureSource::Flow { direction, link_type, .. }, bytes, length } => {
                let real = Real { direction: Some(*direction), link_type: *link_type, length: *length };
                self.captured_frame(fact, fact.node, bytes, real);
            }
            What::Captured { source: CaptureSource::Interface(_), bytes, length } => {
                let real = Real { direction: None, link_type: LinkType::Ethernet, length: *length };
                let to = if self.hosts.list().is_empty() {
                    // To a group, it goes to no station in particular.
                    bytes.first_chunk::<6>().and_then(|mac| self.stations.get(mac)).copied().unwrap_or(fact.node)
                } else {
                    NodeId(self.hosts.ends(bytes).1)
                };
                self.captured_frame(fact, to, bytes, real);
            }
            What::TcpState { .. } => of_node(&mut self.states, fact.node).push(fact.id),
            _ => {}
        }
    }

    /// What the programs of a node have done up to and with a fact, newest last.
    pub fn calls_until(&self, node: NodeId, fact: FactId) -> &[FactId] {
        until(self.calls.get(usize::from(node.0)), fact)
    }

    /// The process of a node that did something last, up to and with a fact, and the newest fact of what it has come to since it
    /// took its turn: a line that it printed, or an error that ended it.
    pub fn outcome(&self, node: NodeId, fact: FactId) -> Option<(ProcessId, Option<FactId>)> {
        let turns = self.turns.get(usize::from(node.0))?;
        let (begun, process) = *turns.get(turns.partition_point(|(begun, _)| *begun <= fact).checked_sub(1)?)?;
        let said = until(self.said.get(usize::from(node.0)), fact).last();
        Some((process, said.copied().filter(|said| *said >= begun)))
    }

    /// The changes of a node's connections up to and with a fact, newest last.
    pub fn states_until(&self, node: NodeId, fact: FactId) -> &[FactId] {
        until(self.states.get(usize::from(node.0)), fact)
    }

    /// The node of the program that somebody started last, up to and with a fact.
    pub fn newest_program(&self, fact: FactId) -> Option<NodeId> {
        let begun = self.programs.partition_point(|(started, _)| *started <= fact);
        self.programs.get(begun.checked_sub(1)?).map(|(_, node)| *node)
    }

    /// What the real kernel has told last, up to and with a fact.
    pub fn info_at(&self, fact: FactId) -> Option<FactId> {
        self.infos.get(self.infos.partition_point(|info| *info <= fact).checked_sub(1)?).copied()
    }

    /// The frame that was captured at a fact.
    pub fn captured(&self, fact: FactId) -> Option<&Frame> {
        self.frame(real_id(fact))
    }

    /// All frames, in the order of their sending.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// One frame.
    pub fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get(self.place(id)?)
    }

    /// The place of a frame among all.
    pub fn place(&self, id: FrameId) -> Option<usize> {
        if id.0 & REAL != 0 {
            let fact = FactId((id.0 & !REAL) as u32);
            let place = self.frames.partition_point(|frame| frame.sent < fact);
            return self.frames.get(place).is_some_and(|frame| frame.id == id).then_some(place);
        }
        let place = *self.places.get(usize::try_from(id.0).ok()?)?;
        (place != NONE).then_some(place as usize)
    }

    /// How many frames had been sent up to and with a fact.
    pub fn frames_until(&self, fact: FactId) -> usize {
        self.frames.partition_point(|frame| frame.sent <= fact)
    }

    /// The frames that are on their way at a time, of those sent up to `fact`.
    pub fn in_flight(&self, fact: FactId, at: Instant) -> impl Iterator<Item = &Frame> {
        let places = self.flights.at(self.frames_until(fact), at);
        places
            .map(|place| &self.frames[place])
            .filter(move |frame| at < frame.arrives_at || (at == frame.arrives_at && frame.is_open(fact)))
    }

    /// The walk that a node was last seen in, up to and with a fact.
    pub fn walk_at(&self, node: NodeId, fact: FactId) -> Option<&Walk> {
        let steps = self.steps.get(usize::from(node.0))?;
        let done = steps.partition_point(|(step, _)| *step <= fact);
        let (_, walk) = steps.get(done.checked_sub(1)?)?;
        self.walks.get(*walk as usize)
    }

    /// The frame that a fact is about, if it is about one.
    pub fn frame_of(&self, trace: &Trace, fact: FactId) -> Option<FrameId> {
        match &trace.get(fact)?.what {
            What::Sent { frame, .. }
            | What::Duplicated { frame, .. }
            | What::Delivered { frame, .. }
            | What::Switched { frame, .. }
            | What::Translated { frame, .. }
            | What::Dropped { frame: Some(frame), .. } => Some(*frame),
            What::Captured { .. } => self.captured(fact).map(|frame| frame.id),
            // A call that will lead to a frame has not touched it yet.
            What::Called { .. } => None,
            _ => self.walk_of(fact)?.frame,
        }
    }

    /// The walk of a fact that is a step of one.
    pub fn walk_of(&self, fact: FactId) -> Option<&Walk> {
        self.walks.get(self.walk_at_fact(fact)?)
    }

    /// Bytes of all frames that were sent.
    pub fn bytes_sent(&self) -> u64 {
        self.bytes
    }

    /// The lines that programs have printed, in order.
    pub fn printed(&self) -> &[FactId] {
        &self.printed
    }

    fn count_process(&mut self, fact: &Fact) {
        let Some(process) = process_of(&fact.what) else { return };
        let turns = of_node(&mut self.turns, fact.node);
        if turns.last().is_none_or(|(_, last)| *last != process) {
            turns.push((fact.id, process));
        }
        match fact.what {
            What::Printed { .. } => {
                self.printed.push(fact.id);
                of_node(&mut self.said, fact.node).push(fact.id);
            }
            What::Exited { error: Some(_), .. } => of_node(&mut self.said, fact.node).push(fact.id),
            _ => {}
        }
    }

    fn walk_at_fact(&self, fact: FactId) -> Option<usize> {
        let walk = *self.walk_of.get(fact.0 as usize)?;
        (walk != NONE).then_some(walk as usize)
    }

    fn set_walk(&mut self, fact: FactId, walk: usize) {
        let place = fact.0 as usize;
        if place >= self.walk_of.len() {
            self.walk_of.resize(place + 1, NONE);
        }
        self.walk_of[place] = walk as u32;
    }

    fn begin_frame(&mut self, frame: Frame) {
        let place = self.frames.len();
        if frame.id.0 & REAL == 0 {
            let number = usize::try_from(frame.id.0).expect("frames are numbered one by one");
            if number >= self.places.len() {
                self.places.resize(number + 1, NONE);
            }
            self.places[number] = place as u32;
        }
        self.flights.push(place, frame.arrives_at);
        self.bytes += frame.real.map_or(frame.bytes.len() as u64, |real| u64::from(real.length));
        self.frames.push(frame);
    }

    fn captured_frame(&mut self, fact: &Fact, to: NodeId, bytes: &Arc<[u8]>, real: Real) {
        let segment = captured::packet(bytes, real).and_then(|packet| segment_of_packet(&packet));
        if let Some((source, destination, segment, data)) = &segment
            && let Some(Mark::Retransmission) =
                self.analysis.push(real_id(fact.id), (*source, *destination), segment, *data)
        {
            self.kinds.add(Kind::Again, fact.id);
        }
        let isn = segment.map_or((None, None), |(source, destination, segment, _)| {
            if segment.flags.has(tcp::Flags::SYN) {
                self.isn.insert((source, destination), segment.seq);
            }
            // Where the handshake was not seen, numbers count from the first that was, as Wireshark does.
            let ours = *self.isn.entry((source, destination)).or_insert(segment.seq.wrapping_sub(1));
            let acks = segment.flags.has(tcp::Flags::ACK);
            let theirs = acks.then(|| *self.isn.entry((destination, source)).or_insert(segment.ack.wrapping_sub(1)));
            (Some(ours), theirs)
        });
        self.begin_frame(Frame {
            id: real_id(fact.id),
            sent: fact.id,
            from: fact.node,
            to,
            sent_at: fact.at,
            arrives_at: fact.at,
            bytes: bytes.clone(),
            isn,
            end: Some(End { fact: fact.id, dropped: None }),
            real: Some(real),
        });
    }

    fn never_sent(&mut self, fact: &Fact, id: FrameId, link: LinkId, bytes: &Arc<[u8]>) {
        let ends = self.ends.get(usize::from(link.0)).copied().unwrap_or([fact.node; 2]);
        let to = if ends[0] == fact.node { ends[1] } else { ends[0] };
        let isn = self.initial_numbers(bytes);
        self.begin_frame(Frame {
            id,
            sent: fact.id,
            from: fact.node,
            to,
            sent_at: fact.at,
            arrives_at: fact.at,
            bytes: bytes.clone(),
            isn,
            end: None,
            real: None,
        });
    }

    /// Remembers the number of a SYN, and gives those of the connection that the frame belongs to.
    fn initial_numbers(&mut self, frame: &[u8]) -> (Option<u32>, Option<u32>) {
        let Some((source, destination, segment, _)) = segment(frame) else { return (None, None) };
        if segment.flags.has(tcp::Flags::SYN) {
            self.isn.insert((source, destination), segment.seq);
        }
        (self.isn.get(&(source, destination)).copied(), self.isn.get(&(destination, source)).copied())
    }

    fn encapsulated(&mut self, trace: &Trace, fact: &Fact, layer: Layer) {
        let above = fact.cause.and_then(|cause| trace.get(cause)).filter(|cause| {
            // The header above this one, put on by the same node: one walk.
            cause.node == fact.node && matches!(cause.what, What::Encapsulated { .. })
        });
        let walk = match above.and_then(|above| self.walk_at_fact(above.id)) {
            Some(walk) => walk,
            None => {
                let walk = self.begin(fact.node, Direction::Down, None);
                if let Some(call) = fact.cause.and_then(|cause| sending_call(trace, cause)) {
                    self.walks[walk].steps.push((Layer::Application, call));
                    if self.walk_at_fact(call).is_none() {
                        self.set_walk(call, walk);
                    }
                    let steps = of_node(&mut self.steps, fact.node);
                    let place = steps.partition_point(|(step, _)| *step < call);
                    steps.insert(place, (call, walk as u32));
                }
                walk
            }
        };
        self.step(walk, layer, fact);
    }

    fn upward(&mut self, fact: &Fact, frame: FrameId) -> usize {
        let known = fact.cause.and_then(|cause| self.walk_at_fact(cause));
        known.unwrap_or_else(|| self.begin(fact.node, Direction::Up, Some(frame)))
    }

    fn begin(&mut self, node: NodeId, direction: Direction, frame: Option<FrameId>) -> usize {
        self.walks.push(Walk { node, direction, frame, steps: Vec::new() });
        self.walks.len() - 1
    }

    fn step(&mut self, walk: usize, layer: Layer, fact: &Fact) {
        self.walks[walk].steps.push((layer, fact.id));
        self.set_walk(fact.id, walk);
        of_node(&mut self.steps, fact.node).push((fact.id, walk as u32));
    }

    fn finish(&mut self, frame: FrameId, fact: FactId, dropped: Option<(Place, DropReason)>) {
        if let Some(known) = self.place(frame).and_then(|place| self.frames.get_mut(place)) {
            // A frame that was delivered and then dropped in a layer ended in the layer.
            known.end = Some(End { fact, dropped });
        }
    }

    fn nearest_step(&self, trace: &Trace, fact: FactId) -> Option<usize> {
        trace.causes(fact).take(8).find_map(|cause| self.walk_at_fact(cause.id))
    }
}

impl Frame {
    /// Whether it had not ended yet at a fact.
    pub fn is_open(&self, fact: FactId) -> bool {
        self.end.is_none_or(|end| end.fact > fact)
    }
}

/// The process that does something itself.
fn process_of(what: &What) -> Option<ProcessId> {
    match what {
        What::Called { process, .. }
        | What::Returned { process, .. }
        | What::Printed { process, .. }
        | What::Exited { process, .. } => Some(*process),
        _ => None,
    }
}

fn until(facts: Option<&Vec<FactId>>, fact: FactId) -> &[FactId] {
    facts.map_or(&[], |facts| &facts[..facts.partition_point(|known| *known <= fact)])
}

/// The bit that the number of a captured frame has.
const REAL: u64 = 1 << 63;

/// The number of a frame that was captured: those of the simulated ones are far below.
pub(super) fn real_id(fact: FactId) -> FrameId {
    FrameId(REAL | u64::from(fact.0))
}

/// The TCP header of a frame that carries one, with its two ends.
fn segment(frame: &[u8]) -> Option<(SocketAddr, SocketAddr, tcp::Repr, usize)> {
    let (link, packet) = ethernet::Repr::parse(frame).ok()?;
    matches!(link.ethertype, ethernet::TYPE_IPV4 | ethernet::TYPE_IPV6).then(|| segment_of_packet(packet)).flatten()
}

/// The TCP header of an IP packet that carries one, with its two ends.
/// The ends of a TCP segment, itself, and how many bytes of data it has.
fn segment_of_packet(packet: &[u8]) -> Option<(SocketAddr, SocketAddr, tcp::Repr, usize)> {
    let (protocol, source, destination, payload): (u8, IpAddr, IpAddr, &[u8]) = match packet.first()? >> 4 {
        4 => {
            let (ip, _, payload) = ipv4::Repr::parse(packet).ok()?;
            (ip.protocol, ip.source.into(), ip.destination.into(), payload)
        }
        _ => {
            let (ip, rest) = ipv6::Repr::parse(packet).ok()?;
            let chain = walk(&ip, rest).ok()?;
            (chain.protocol, ip.source.into(), ip.destination.into(), chain.payload)
        }
    };
    if protocol != ipv4::PROTOCOL_TCP {
        return None;
    }
    let (segment, ..) = tcp::Repr::parse(payload, source, destination).ok()?;
    let data = payload.len().saturating_sub(segment.header_len());
    Some((SocketAddr::new(source, segment.source), SocketAddr::new(destination, segment.destination), segment, data))
}

/// The call that gave the bytes to send, if a call is what made the packet.
fn sending_call(trace: &Trace, cause: FactId) -> Option<FactId> {
    trace.get(cause).filter(|fact| matches!(fact.what, What::Called { .. })).map(|fact| fact.id)
}
