//! Controls of links and hosts: what each is at the moment on screen, and what happens when it is set.
//!
//! Absent on purpose: what the settings do (the simulator knows), and their words.

mod knob;
mod value;

use sim_core::network::Input;
use sim_core::scenario::{Faults, NodeKind};
use sim_core::trace::{LinkId, NodeId, What};

use super::thing::Thing;
use super::{Effect, Model, Notice, future};
use value::{of_faults, of_host, of_link, put};

pub use knob::{Knob, Unit};

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// Frames that enter a link at this end, 0 or 1.
    Direction(LinkId, u8),
    /// A link.
    Link(LinkId),
    /// A host.
    Host(NodeId),
}

/// Why something is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What was written is no such quantity.
    Unreadable,
    /// It is out of bounds, or the network does not take it.
    OutOfBounds,
    /// The moment on screen is not the newest one, and the real machine has acted since.
    Past,
    /// What is on screen was captured: no network runs.
    Captured,
}

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Knobs {
    /// The link that was chosen last.
    pub link: Option<LinkId>,
    /// The node that was chosen last.
    pub node: Option<NodeId>,
    /// A slider that is being dragged: where it is.
    pub dragged: Option<(Of, Knob, u64)>,
    /// What was not set, what was written, and why.
    pub refused: Option<(Of, Knob, String, Refusal)>,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A slider is at this value, and not let go of yet.
    Drag(Of, Knob, u64),
    /// Set this.
    Set(Of, Knob, u64),
    /// Set what is written.
    Write(Of, Knob, String),
    /// As it was in the beginning.
    Reset(Of, Knob),
}

/// The link whose controls are shown: the one chosen last, else the one that carried the last frame.
pub fn shown_link(model: &Model) -> Option<LinkId> {
    let links = model.session.scenario.links.len();
    let there = |link: &LinkId| usize::from(link.0) < links;
    let chosen = model.knobs.link.filter(there);
    chosen.or_else(|| last_link(model).filter(there)).or_else(|| Some(LinkId(0)).filter(there))
}

fn last_link(model: &Model) -> Option<LinkId> {
    /// Facts to look back through for a frame.
    const BACK: usize = 256;
    let facts = model.session.trace.facts();
    let until = model.fact().map_or(0, |fact| fact.0 as usize + 1).min(facts.len());
    facts[..until].iter().rev().take(BACK).find_map(|fact| match fact.what {
        What::Sent { link, .. } | What::Delivered { link, .. } => Some(link),
        _ => None,
    })
}

/// The node whose controls and tables are shown: the one chosen last, else the first host.
pub fn shown_node(model: &Model) -> Option<NodeId> {
    let nodes = &model.session.scenario.nodes;
    let chosen = model.knobs.node.filter(|node| usize::from(node.0) < nodes.len());
    let first = (0..).map(NodeId).zip(nodes).find(|(_, node)| node.kind == NodeKind::Host);
    chosen.or(first.map(|(id, _)| id)).or_else(|| (!nodes.is_empty()).then_some(NodeId(0)))
}

/// Whether a node can be set at all.
pub fn is_settable(model: &Model, node: NodeId) -> bool {
    let node = model.session.scenario.nodes.get(usize::from(node.0));
    node.is_some_and(|node| matches!(node.kind, NodeKind::Host | NodeKind::Router))
}

/// What can be set is so at the moment on screen.
pub fn now(model: &Model, of: Of, knob: Knob) -> u64 {
    match (latest(model, of), of) {
        (Some(What::FaultsSet { faults, .. }), _) => of_faults(faults, knob),
        (Some(&What::LinkSet { rate, delay, jitter, queue, .. }), _) => of_link((rate, delay, jitter, queue), knob),
        (Some(What::HostSet { settings }), _) => of_host(settings, knob),
        _ => usual(model, of, knob),
    }
}

/// What can be set was so in the beginning.
pub fn usual(model: &Model, of: Of, knob: Knob) -> u64 {
    let scenario = &model.session.scenario;
    let link = |id: LinkId| scenario.links.get(usize::from(id.0));
    match of {
        Of::Direction(id, end) => link(id).map_or(0, |link| of_faults(&link.faults[usize::from(end & 1)], knob)),
        Of::Link(id) => link(id).map_or(0, |link| of_link((link.rate, link.delay, link.jitter, link.queue), knob)),
        Of::Host(id) => scenario.nodes.get(usize::from(id.0)).map_or(0, |node| of_host(&node.settings, knob)),
    }
}

/// The last change of it up to the moment on screen.
fn latest(model: &Model, of: Of) -> Option<&What> {
    let changes = model.session.tables.changes_until(model.fact()).iter().rev();
    let mut facts = changes.filter_map(|fact| model.session.trace.get(*fact));
    let changed = facts.find(|fact| match (&fact.what, of) {
        (What::FaultsSet { link, end, .. }, Of::Direction(id, from)) => (*link, *end) == (id, from),
        (What::LinkSet { link, .. }, Of::Link(id)) => *link == id,
        (What::HostSet { .. }, Of::Host(id)) => fact.node == id,
        _ => false,
    });
    changed.map(|fact| &fact.what)
}

/// Remembers which link or node was chosen.
pub(super) fn chosen(model: &mut Model, thing: Thing) {
    match thing {
        Thing::Link(link) => model.knobs.link = Some(link),
        Thing::Node(node) => model.knobs.node = Some(node),
        _ => {}
    }
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    model.knobs.refused = None;
    match msg {
        Msg::Drag(of, knob, value) => model.knobs.dragged = Some((of, knob, value)),
        Msg::Set(of, knob, value) => set(model, of, knob, value),
        Msg::Reset(of, knob) => {
            let value = usual(model, of, knob);
            set(model, of, knob, value);
        }
        Msg::Write(of, knob, written) => match knob.read(&written) {
            Some(value) => set(model, of, knob, value),
            None => model.knobs.refused = Some((of, knob, written, Refusal::Unreadable)),
        },
    }
}

fn set(model: &mut Model, of: Of, knob: Knob, value: u64) {
    model.knobs.dragged = None;
    if now(model, of, knob) == value {
        return;
    }
    let input = current(model, of).and_then(|mut input| put(&mut input, knob, value).map(|()| input));
    let done = input.ok_or(Refusal::OutOfBounds).and_then(|input| hand_in(model, input));
    if let Err(why) = done {
        model.knobs.refused = Some((of, knob, knob.text(value), why));
    }
}

/// How it is at the moment on screen, as the input that would make it so.
fn current(model: &Model, of: Of) -> Option<Input> {
    let scenario = &model.session.scenario;
    let known = latest(model, of);
    Some(match of {
        Of::Direction(id, end) => match known {
            Some(What::FaultsSet { faults, .. }) => Input::SetFaults(id, end, Faults::clone(faults)),
            _ => Input::SetFaults(id, end, scenario.links.get(usize::from(id.0))?.faults[usize::from(end & 1)].clone()),
        },
        Of::Link(id) => match known {
            Some(&What::LinkSet { link, rate, delay, jitter, queue }) => {
                Input::SetLink { link, rate, delay, jitter, queue }
            }
            _ => {
                let link = scenario.links.get(usize::from(id.0))?;
                Input::SetLink { link: id, rate: link.rate, delay: link.delay, jitter: link.jitter, queue: link.queue }
            }
        },
        Of::Host(id) => match known {
            Some(What::HostSet { settings }) => Input::SetHost(id, *settings),
            _ => Input::SetHost(id, scenario.nodes.get(usize::from(id.0))?.settings),
        },
    })
}

/// Sets it at the moment on screen: now, or in another future that begins there.
fn hand_in(model: &mut Model, input: Input) -> Result<(), Refusal> {
    if model.branch(vec![input]) {
        // What was set is seen: the control says what is so on screen.
        let newest = model.session.tables.changes_until(model.session.last_fact()).last().map(|fact| fact.0 as usize);
        let begins = newest.map_or(0.0, |fact| model.session.film.start(fact).0);
        model.player.at.0 = model.player.at.0.max(begins);
        return Ok(());
    }
    // It is said beside the control.
    Err(match model.notice.take() {
        Some(Notice::Refused(future::Refusal::Real)) => Refusal::Past,
        Some(Notice::Refused(future::Refusal::Captured)) => Refusal::Captured,
        _ => Refusal::OutOfBounds,
    })
}
