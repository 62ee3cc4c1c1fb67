//! What is on screen beside the moment, by name: the panes, what is chosen, what the form says. A name that this version does not know is
//! passed over, so that links go both ways between versions.
//!
//! Absent on purpose: the language, the colours and the speed.

use sim_core::gateway::FlowKind;
use sim_core::lab::{Naming, Reading};
use sim_core::trace::{FactId, FrameId, LinkId, NodeId, ProcessId, SocketId};

use share::Bundle;

use crate::app::pane::Pane;
use crate::app::thing::Thing;
use crate::app::{Model, Msg, look, update};

/// The longest text of the form that goes with a link, in bytes: what was sent is in the session.
const MOST: usize = 4_096;

pub(super) fn write(model: &Model) -> Vec<(String, String)> {
    let mut view = Vec::new();
    let mut add = |name: &str, value: String| view.push((name.to_owned(), value));
    let panes: Vec<&str> = (0..3).map(|place| model.panes.at(place).name()).collect();
    add("panes", panes.join(" "));
    add("look", model.look.to_text());
    let open: Vec<String> = model.look.open_nodes().iter().map(|node| node.0.to_string()).collect();
    add("open", open.join(" "));
    if let Some(thing) = model.selected.thing {
        add("chosen", thing_text(thing));
    }
    if model.in_depth {
        add("depth", String::new());
    }
    let form = &model.form;
    if form.target.len() + form.message.len() <= MOST {
        add("target", form.target.clone());
        add("message", form.message.clone());
    }
    if form.kind == FlowKind::Datagram {
        add("udp", String::new());
    }
    if form.naming == Naming::Once {
        add("connected", String::new());
    }
    if form.reading == Reading::ToEnd {
        add("to-end", String::new());
    }
    view
}

pub(super) fn read(model: &mut Model, bundle: &Bundle) {
    let has = |name| bundle.shown(name).is_some();
    let panes = bundle.shown("panes").unwrap_or_default();
    for (place, pane) in panes.split(' ').take(3).enumerate() {
        if let Some(pane) = Pane::from_name(pane) {
            model.panes.put(place, pane);
        }
    }
    if let Some(look) = bundle.shown("look") {
        model.look.restore(look);
    }
    for node in bundle.shown("open").unwrap_or_default().split(' ').filter_map(|node| node.parse().ok()) {
        update(model, Msg::Look(look::Msg::Open(NodeId(node))));
    }
    model.in_depth = has("depth");
    model.form.kind = if has("udp") { FlowKind::Datagram } else { FlowKind::Stream };
    model.form.naming = if has("connected") { Naming::Once } else { Naming::EachTime };
    model.form.reading = if has("to-end") { Reading::ToEnd } else { Reading::Once };
    if let (Some(target), Some(message)) = (bundle.shown("target"), bundle.shown("message")) {
        model.form.target = target.to_owned();
        model.form.message = message.to_owned();
        model.form.broken_at = None;
    }
    if let Some(thing) = bundle.shown("chosen").and_then(|text| thing_of(model, text)) {
        let at = model.player.at;
        update(model, Msg::Choose(thing));
        // To choose something takes the head there; the link's moment is its own.
        model.player.at = at;
    }
}

fn thing_text(thing: Thing) -> String {
    match thing {
        Thing::Fact(fact) | Thing::Waiting(fact) => format!("fact {}", fact.0),
        Thing::Frame(frame) => format!("frame {}", frame.0),
        Thing::Field(frame, field) => format!("field {} {field}", frame.0),
        Thing::Byte(frame, byte) => format!("byte {} {byte}", frame.0),
        Thing::Socket(socket) => format!("socket {}", socket.0),
        Thing::Node(node) => format!("node {}", node.0),
        Thing::Link(link) => format!("link {}", link.0),
        Thing::Line(process, line) => format!("line {} {line}", process.0),
    }
}

/// The thing of a text, when there is such a thing.
fn thing_of(model: &Model, text: &str) -> Option<Thing> {
    let mut words = text.split(' ');
    let kind = words.next()?;
    let first: u64 = words.next()?.parse().ok()?;
    let second: Option<usize> = words.next().and_then(|word| word.parse().ok());
    let session = &model.session;
    let frame = || session.index.frame(FrameId(first)).map(|frame| frame.id);
    let small = |number: u64| u16::try_from(number).ok();
    Some(match kind {
        "fact" => Thing::Fact(session.trace.get(FactId(u32::try_from(first).ok()?))?.id),
        "frame" => Thing::Frame(frame()?),
        "field" => Thing::Field(frame()?, second?),
        "byte" => Thing::Byte(frame()?, second?),
        "socket" => Thing::Socket(SocketId(u32::try_from(first).ok()?)),
        "node" => Thing::Node(NodeId(small(first).filter(|node| usize::from(*node) < session.scenario.nodes.len())?)),
        "link" => Thing::Link(LinkId(small(first).filter(|link| usize::from(*link) < session.scenario.links.len())?)),
        "line" => Thing::Line(ProcessId(u32::try_from(first).ok()?), u16::try_from(second?).ok()?),
        _ => return None,
    })
}
