//! The seven layers of a node at a moment: what each of them has in hands.
//!
//! Absent on purpose: places and colours (see [`super::stage`]).

use sim_core::dissect::dissect;
use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask, FlowKind};
use sim_core::layer::{Layer, Protocol};
use sim_core::program::{Address, Call, Family, python_bytes};
use sim_core::scenario::{Node, NodeKind};
use sim_core::trace::{Fact, FactId, NodeId, ProcessId, TcpState, Value, What};

use crate::app::Model;
use crate::app::index::{Direction, Walk};
use crate::app::link;
use crate::app::session::{Nature, Other};

/// The layers of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// The state of the connection that changed last.
    pub state: Option<TcpState>,
    /// From layer 7 to layer 1.
    pub rows: [Row; 7],
    /// The way of the packet that is shown.
    pub direction: Option<Direction>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which layer.
    pub layer: Layer,
    /// What it has in hands.
    pub content: Content,
    /// It acts at this moment; how far it is, 0 to 1.
    pub active: Option<f64>,
    /// Its header has been taken off.
    pub removed: bool,
    /// The fact that put it there.
    pub fact: Option<FactId>,
}

/// What a layer has in hands.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Content {
    /// Nothing yet.
    #[default]
    Empty,
    /// This layer has no bytes in any of these programs.
    NoBytes,
    /// A socket of AF_UNIX goes past this layer.
    Unused,
    /// A line of a program, and its result.
    Program {
        /// The line.
        line: String,
        /// The bytes that it sends.
        data: Option<Part>,
    },
    /// A packet with the header of this layer first.
    Packet {
        /// Its parts, the outermost header first.
        parts: Vec<Part>,
        /// The bytes of this layer's header.
        header: Vec<u8>,
    },
    /// Bits on the wire.
    Bits(Vec<u8>),
}

/// A part of a packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Whose bytes.
    pub protocol: Protocol,
    /// How many.
    pub length: usize,
    /// The bytes as text, when a program sent them and they are text.
    pub text: Option<String>,
}

/// The layers of a node at the moment that is on screen.
pub fn stack(model: &Model, node: NodeId) -> Stack {
    let session = &model.session;
    let spec = session.scenario.nodes.get(usize::from(node.0));
    let moment = model.moment();
    let mut rows =
        Layer::TOP_DOWN.map(|layer| Row { layer, content: Content::Empty, active: None, removed: false, fact: None });
    rows[1].content = Content::NoBytes;
    rows[2].content = Content::NoBytes;
    let mut stack = Stack {
        name: spec.map_or_else(String::new, |node| node.name.clone()),
        address: spec.and_then(Node::address).map_or_else(String::new, |address| address.to_string()),
        state: None,
        rows,
        direction: None,
    };
    let Some(now) = model.fact() else { return stack };
    stack.state = session.index.states_until(node, now).last().and_then(|fact| match session.trace.get(*fact)?.what {
        What::TcpState { to, .. } => Some(to),
        _ => None,
    });
    if let Some(walk) = session.index.walk_at(node, now) {
        stack.direction = Some(walk.direction);
        for (layer, fact) in walk.steps.iter().filter(|(_, fact)| *fact <= now) {
            let row = &mut stack.rows[row_of(*layer)];
            (row.content, row.fact) = (content(model, walk, *layer, *fact), Some(*fact));
        }
        if spec.is_some_and(|node| node.kind == NodeKind::Switch) {
            read_by_switch(model, &mut stack, walk);
        }
    }
    if let Some(call) = told_call(model, node, now)
        && let Some(line) = program_line(model, call)
    {
        stack.rows[0].content = Content::Program { line, data: sent_bytes(model, call) };
        stack.rows[0].fact = Some(call);
    }
    if stays_here(model, node, now) {
        // Neither a header nor a wire: what a walk before has left there is not this program's.
        stack.rows[3..].iter_mut().for_each(|row| row.content = Content::Unused);
        stack.state = None;
        stack.direction = None;
    }
    if let Some(fact) = session.trace.get(now).filter(|fact| fact.node == node)
        && let Some(layer) = layer_of(fact)
    {
        stack.rows[row_of(layer)].active = Some(moment.within);
    }
    for row in &mut stack.rows {
        // In the second half of its step a header on the way up has been taken off.
        row.removed = stack.direction == Some(Direction::Up) && row.active.is_none_or(|within| within > 0.5);
    }
    stack
}

/// A switch takes no header off: it reads the Ethernet header, and passes the frame on as it is.
fn read_by_switch(model: &Model, stack: &mut Stack, walk: &Walk) {
    let Some(frame) = walk.frame.and_then(|frame| model.session.index.frame(frame)) else { return };
    let (Some((_, first)), Some(header)) = (walk.steps.first(), frame.bytes.get(..14)) else { return };
    let row = &mut stack.rows[row_of(Layer::DataLink)];
    row.content = Content::Packet { parts: parts_from(&frame.bytes, Layer::DataLink), header: header.to_vec() };
    row.fact = Some(*first);
    stack.direction = None;
}

/// Whether the newest program of a node talks over AF_UNIX, which never leaves the machine.
fn stays_here(model: &Model, node: NodeId, now: FactId) -> bool {
    let calls = model.session.index.calls_until(node, now).iter().rev();
    let mut facts = calls.filter_map(|fact| model.session.trace.get(*fact)).map(|fact| &fact.what);
    let family = facts.find_map(|what| match what {
        What::Called { call: Call::Socket(family, _), .. } => Some(*family),
        _ => None,
    });
    family == Some(Family::Unix)
}

/// A layer's place among the rows.
pub fn row_of(layer: Layer) -> usize {
    usize::from(7 - layer.number())
}

/// The layer at which a fact happens.
pub fn layer_of(fact: &Fact) -> Option<Layer> {
    match &fact.what {
        What::Encapsulated { layer, .. } | What::Decapsulated { layer, .. } => Some(*layer),
        What::Sent { .. }
        | What::Duplicated { .. }
        | What::Captured { .. }
        | What::Delivered { .. }
        | What::FaultsSet { .. }
        | What::LinkSet { .. } => Some(Layer::Physical),
        What::Learned { .. } | What::Forgotten { .. } | What::Switched { .. } => Some(Layer::DataLink),
        What::TranslationOpened(_) | What::TranslationClosed(_) | What::Translated { .. } => Some(Layer::Network),
        What::Dropped { place: sim_core::trace::Place::Layer(layer), .. } => Some(*layer),
        What::TcpState { .. } | What::TcpVars { .. } | What::HostSet { .. } => Some(Layer::Transport),
        What::Neighbour { .. } | What::Address { .. } | What::Route { .. } | What::Reassembled { .. } => {
            Some(Layer::Network)
        }
        What::Started { .. }
        | What::Ran { .. }
        | What::Typed { .. }
        | What::Called { .. }
        | What::Returned { .. }
        | What::Printed { .. }
        | What::Exited { .. }
        | What::Killed { .. }
        | What::Published { .. }
        | What::Unpublished { .. }
        | What::PeerMapped { .. }
        | What::PeerForgotten { .. }
        | What::KernelInfo { .. }
        | What::Asked { .. }
        | What::Answered { .. } => Some(Layer::Application),
        What::Timer { .. } | What::Dropped { .. } => None,
    }
}

fn content(model: &Model, walk: &Walk, layer: Layer, fact: FactId) -> Content {
    let session = &model.session;
    let frame = walk.frame.and_then(|frame| session.index.frame(frame));
    match session.trace.get(fact).map(|fact| &fact.what) {
        Some(What::Encapsulated { header, .. }) => {
            let mut parts: Vec<Part> = walk
                .steps
                .iter()
                .filter(|(_, step)| *step <= fact)
                .rev()
                .filter_map(|(_, step)| match &session.trace.get(*step)?.what {
                    What::Encapsulated { protocol, header, .. } => {
                        Some(Part { protocol: *protocol, length: header.len(), text: None })
                    }
                    _ => None,
                })
                .collect();
            parts.extend(data_below(session.trace.facts(), walk, frame.map(|frame| &frame.bytes[..])));
            Content::Packet { parts, header: header.to_vec() }
        }
        Some(What::Decapsulated { header, .. }) => {
            let bytes = frame.map_or(&[][..], |frame| &frame.bytes[..]);
            Content::Packet { parts: parts_from(bytes, layer), header: header.to_vec() }
        }
        Some(What::Sent { bytes, .. }) => Content::Bits(bytes.to_vec()),
        Some(What::Delivered { .. }) => Content::Bits(frame.map_or_else(Vec::new, |frame| frame.bytes.to_vec())),
        _ => Content::Empty,
    }
}

/// What lies under the innermost header of a walk down.
fn data_below(facts: &[Fact], walk: &Walk, frame: Option<&[u8]>) -> Option<Part> {
    let innermost = walk.steps.iter().find_map(|(_, step)| match facts.get(step.0 as usize)?.what {
        What::Encapsulated { payload, .. } => Some(payload),
        _ => None,
    })?;
    let bytes = frame.and_then(|frame| frame.get(frame.len().checked_sub(innermost)?..));
    (innermost > 0).then(|| Part { protocol: Protocol::Data, length: innermost, text: bytes.and_then(as_text) })
}

/// The parts of a frame from the header of a layer on.
fn parts_from(frame: &[u8], layer: Layer) -> Vec<Part> {
    let outer = match layer {
        Layer::DataLink => 0,
        Layer::Network => 1,
        _ => 2,
    };
    dissect(frame)
        .into_iter()
        .skip(outer)
        .map(|section| {
            let bytes = frame.get(section.bytes.clone()).unwrap_or_default();
            let text = if section.protocol == Protocol::Data { as_text(bytes) } else { None };
            Part { protocol: section.protocol, length: section.bytes.len(), text }
        })
        .collect()
}

/// Bytes as text, if they are short text without control characters.
pub(super) fn as_text(bytes: &[u8]) -> Option<String> {
    const LONGEST: usize = 24;
    let cut = bytes.len().min(LONGEST);
    let text = match core::str::from_utf8(&bytes[..cut]) {
        Ok(text) => text,
        // The cut may have halved a character.
        Err(error) if error.error_len().is_none() => core::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let shown = !text.is_empty() && !text.chars().any(char::is_control);
    shown.then(|| if cut < bytes.len() { format!("{text}…") } else { text.to_owned() })
}

/// The bytes that the program is giving to its socket, or has just given.
fn sent_bytes(model: &Model, call: FactId) -> Option<Part> {
    let trace = &model.session.trace;
    let fact = trace.get(call)?;
    let called = match &fact.what {
        What::Returned { called, .. } => &trace.get(*called)?.what,
        other => other,
    };
    match called {
        What::Called { call: Call::Send(_, bytes, _) | Call::SendTo(_, bytes, ..), .. } => {
            Some(Part { protocol: Protocol::Data, length: bytes.len(), text: as_text(bytes) })
        }
        _ => None,
    }
}

/// What is told of a node's programs: what one of them did last. While that one only waits, and so do others, it is the one that the
/// conversation is about.
fn told_call(model: &Model, node: NodeId, now: FactId) -> Option<FactId> {
    /// Programs that wait have called before everything that others did since.
    const BACK: usize = 64;
    let session = &model.session;
    let calls = session.index.calls_until(node, now);
    let newest = *calls.last()?;
    let Some(wanted) = transport(model, node, now) else { return Some(newest) };
    let mut seen: Vec<ProcessId> = Vec::new();
    for fact in calls.iter().rev().take(BACK) {
        let (process, waits_for) = match &session.trace.get(*fact)?.what {
            What::Called { process, call, .. } => (*process, served(call)),
            What::Returned { process, .. } | What::Printed { process, .. } => (*process, None),
            _ => return Some(newest),
        };
        if seen.contains(&process) {
            continue;
        }
        seen.push(process);
        match waits_for {
            Some(transport) if transport == wanted => return Some(*fact),
            // Somebody does something: the newest is told.
            None => return Some(newest),
            Some(_) => {}
        }
    }
    Some(newest)
}

/// The transport whose bytes a call waits for.
fn served(call: &Call) -> Option<Protocol> {
    match call {
        Call::Accept(_) | Call::Recv(..) => Some(Protocol::Tcp),
        Call::RecvFrom(..) => Some(Protocol::Udp),
        _ => None,
    }
}

/// The transport that the newest packet of a node has; before there is one, that of the message to come.
fn transport(model: &Model, node: NodeId, now: FactId) -> Option<Protocol> {
    let trace = &model.session.trace;
    let walk = model.session.index.walk_at(node, now);
    let header = walk.into_iter().flat_map(|walk| &walk.steps).filter(|(_, fact)| *fact <= now);
    let mut walked = header.filter_map(|(_, fact)| match trace.get(*fact)?.what {
        What::Encapsulated { layer: Layer::Transport, protocol, .. }
        | What::Decapsulated { layer: Layer::Transport, protocol, .. } => Some(protocol),
        _ => None,
    });
    let form = if model.form.kind == FlowKind::Datagram { Protocol::Udp } else { Protocol::Tcp };
    walked.next_back().or((model.session.other != Other::Clients).then_some(form))
}

/// The line that a program is at, or what a gateway does.
fn program_line(model: &Model, call: FactId) -> Option<String> {
    let session = &model.session;
    let fact = session.trace.get(call)?;
    // A built-in program has no lines: there the call itself is told.
    let line_of = |process: ProcessId, line: u16, call: &str| -> String {
        let script = session.program(process.0);
        let source = script.and_then(|script| script.source.get(usize::from(line).checked_sub(1)?));
        source.map_or_else(|| format!("{call}()"), |source| format!("{line}: {}", source.trim()))
    };
    let call_of = |called: FactId| match session.trace.get(called).map(|fact| &fact.what) {
        Some(What::Called { call, .. }) => call.name(),
        _ => "",
    };
    Some(match &fact.what {
        What::Called { process, line, call } => line_of(*process, *line, call.name()),
        What::Returned { process, line, called, result } => {
            let line = line_of(*process, *line, call_of(*called));
            match result {
                Ok(Value::None) => line,
                // The result first: the line may be longer than the room.
                Ok(value) => format!("{} ← {line}", value_text(value)),
                Err(errno) => format!("{} ← {line}", errno.name()),
            }
        }
        What::Printed { text, .. } => format!("> {text}"),
        What::Exited { process, line, error: Some(errno), .. } => {
            format!("{} ← {}", errno.name(), line_of(*process, *line, "exit"))
        }
        What::Exited { .. } | What::Killed { .. } => model.language.words().program_ended.to_owned(),
        What::Asked { ask, .. } => ask_text(ask),
        What::Answered { flow, answer } => answer_text(session.nature(*flow), answer),
        _ => return None,
    })
}

/// Longest bytes that are written out in a line.
const SHOWN: usize = 32;

/// Bytes as Python writes them, cut to what fits in a line.
pub fn short_bytes(bytes: &[u8]) -> String {
    if bytes.len() <= SHOWN { python_bytes(bytes) } else { format!("{}…", python_bytes(&bytes[..SHOWN])) }
}

/// A result as Python writes it.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Accepted(fd, peer) => format!("fd {fd}, {peer}"),
        Value::Bytes(bytes) => short_bytes(bytes),
        Value::Datagram(bytes, peer) => format!("{}, {peer}", short_bytes(bytes)),
        other => other.to_string(),
    }
}

/// What a gateway asks, as calls on a real socket.
pub fn ask_text(ask: &Ask) -> String {
    match ask {
        Ask::Connect { to, .. } => format!("connect({})", real_address(to)),
        Ask::Listen { kind: FlowKind::Stream, at, backlog, .. } => {
            format!("bind({}); listen({backlog})", real_address(at))
        }
        Ask::Listen { kind: FlowKind::Datagram, at, .. } => format!("bind({})", real_address(at)),
        Ask::Allow(connections) => format!("credit {connections}"),
        Ask::Accept { .. } => "accept()".to_owned(),
        Ask::SendTo { to, bytes } if bytes.len() > SHOWN => format!("sendto({} B, {to})", bytes.len()),
        Ask::SendTo { to, bytes } => format!("sendto({}, {to})", short_bytes(bytes)),
        Ask::Send(bytes) if bytes.len() > SHOWN => format!("send({} B)", bytes.len()),
        Ask::Send(bytes) => format!("send({})", short_bytes(bytes)),
        Ask::Credit(bytes) => format!("credit {bytes}"),
        Ask::Shutdown => "shutdown(SHUT_WR)".to_owned(),
        Ask::Reset => "close() RST".to_owned(),
        Ask::Close => "close()".to_owned(),
    }
}

/// What the real network answers, as results on a real socket.
pub fn answer_text(nature: Option<Nature>, answer: &Answer) -> String {
    let call = match nature {
        Some(Nature::Listener | Nature::Port) => "bind",
        _ => "connect",
    };
    match answer {
        Answer::Connected { .. } => "connect → 0".to_owned(),
        // The relay's own rule, not the kernel's.
        Answer::Refused(Errno::EACCES) if call == "bind" => "✕ EACCES (--allow-bind)".to_owned(), // not shown: names of an error and a flag
        Answer::Refused(Errno::EACCES) => "✕ EACCES (--allow)".to_owned(), // not shown: names of an error and a flag
        Answer::Refused(errno) => format!("{call} → {}", errno.name()),
        Answer::Data(bytes) if bytes.len() > SHOWN => format!("recv → {} B", bytes.len()),
        Answer::Data(bytes) => format!("recv → {}", short_bytes(bytes)),
        Answer::Credit(bytes) => format!("credit {bytes}"),
        Answer::Fin => "recv → b'' (FIN)".to_owned(),
        Answer::Reset => "recv → ECONNRESET".to_owned(),
        Answer::Lost => "✕".to_owned(),
        Answer::Listening { local, .. } => format!("listen → {local}"),
        Answer::Accepted { peer, .. } => format!("accept → {peer}"),
        Answer::Datagram { from, bytes } if bytes.len() > SHOWN => format!("recvfrom → {} B, {from}", bytes.len()),
        Answer::Datagram { from, bytes } => format!("recvfrom → {}, {from}", short_bytes(bytes)),
        Answer::Unreachable(errno) => format!("send → {}", errno.name()),
        Answer::Info(_) => "getsockopt(TCP_INFO)".to_owned(),
        Answer::Frame(frame) => format!("{} B", frame.length),
    }
}

/// What a gateway asks, in the fewest words.
pub fn ask_label(ask: &Ask) -> String {
    match ask {
        Ask::Connect { .. } => "connect".to_owned(),
        Ask::Listen { .. } => "listen".to_owned(),
        Ask::Send(bytes) => format!("send {} B", bytes.len()),
        Ask::SendTo { bytes, .. } => format!("sendto {} B", bytes.len()),
        Ask::Shutdown => "shutdown".to_owned(),
        Ask::Close => "close".to_owned(),
        other => ask_text(other),
    }
}

/// What the real network answers, in the fewest words.
pub fn answer_label(nature: Option<Nature>, answer: &Answer) -> String {
    match answer {
        Answer::Connected { .. } | Answer::Listening { .. } => "OK".to_owned(),
        Answer::Refused(errno) | Answer::Unreachable(errno) => errno.name().to_owned(),
        Answer::Accepted { .. } => "accept".to_owned(),
        Answer::Data(bytes) => format!("recv {} B", bytes.len()),
        Answer::Datagram { bytes, .. } => format!("recvfrom {} B", bytes.len()),
        Answer::Fin => "FIN".to_owned(),
        Answer::Reset => "RST".to_owned(),
        other => answer_text(nature, other),
    }
}

/// An address as the real machine knows it.
pub fn real_address(to: &Address) -> String {
    link::real(to).to_string()
}
