//! The stage: two nodes with their layers open, what lies between them, and the real machine beyond a gateway.
//!
//! Of two nodes on one link the link itself is between them (`wire`); of any other network its map is (`map`). A packet's
//! place is a function of the moment: in a node, of how far the step through a layer is; on a link,
//! `(now − sent) / (arrives − sent)`.
//!
//! Absent on purpose: tweens and timers, and any byte that is not in the trace.

mod crowd;
mod cuts;
mod device;
mod drops;
mod map;
mod real;
mod stacks;
mod strip;
mod wire;

use sim_core::layer::Layer;
use sim_core::scenario::NodeKind;
use sim_core::time::Instant;
use sim_core::trace::{FactId, FrameId, NodeId};

use super::frame::words;
use super::measure::width_of;
use super::scene::{Rect, Scene, Shape};
use super::theme::Role;
use crate::app::Model;
use crate::app::anatomy::Anatomy;
use crate::app::index::Frame;
use crate::app::look::{Band, Names, reach};
use crate::app::thing::Thing;
use crate::catalogue::{Words, fill};

/// Below this width one stack stands open at a time.
const SMALL: f64 = 600.0;

/// Below this width the two stacks stand side by side, and what is between them above.
const NARROW: f64 = 860.0;

const PAD: f64 = 8.0;

/// What a map needs for each node beside another, and under another.
const CELL: (f64, f64) = (116.0, 62.0);

/// A map beside stacks is not lower than this, though a switch has two layers only.
const LOWEST: f64 = 300.0;

/// Where the parts of the stage are.
struct Plan {
    height: f64,
    narrow: bool,
    /// What is between the nodes that stand open.
    between: Rect,
    /// The map is drawn there, not one wire.
    map: bool,
    /// The map's columns lie as rows.
    upright: bool,
    /// The nodes that stand open, each with its place.
    stacks: Vec<(NodeId, Rect)>,
    real: Option<Rect>,
}

impl Plan {
    fn of(model: &Model, width: f64) -> Plan {
        let with_real = model.session.other.is_real();
        let open = model.look.open_nodes();
        if width < NARROW {
            Plan::narrow(model, width, open, with_real)
        } else {
            Plan::wide(model, width, &open, with_real)
        }
    }

    fn narrow(model: &Model, width: f64, open: Vec<NodeId>, with_real: bool) -> Plan {
        let small = width < SMALL;
        let map = !is_pair(model) || small;
        let cells = model.look.map().cells();
        let upright = map && cells.0 > cells.1 && width / cells.0 < CELL.0;
        let rows = if upright { cells.0 } else { cells.1 };
        // Rows of a map that stands upright have links with frames between them.
        let row = if upright { CELL.1 * 1.3 } else { CELL.1 };
        let above = if map { (rows * row + 40.0).clamp(118.0, 460.0) } else { 130.0 };
        let between = Rect::new(0.0, 0.0, width, above);
        let shown = if small { vec![acting(model, &open)] } else { open.into_iter().map(Some).collect() };
        let shown: Vec<NodeId> = shown.into_iter().flatten().collect();
        let half = (width - PAD * (shown.len().max(1) - 1) as f64) / shown.len().max(1) as f64;
        let tall = shown.iter().map(|node| stacks::height(model, *node, true)).fold(0.0, f64::max);
        let place = |(column, node): (usize, NodeId)| {
            (node, Rect::new(column as f64 * (half + PAD), above + PAD, half, stacks::height(model, node, true)))
        };
        let stacks = shown.into_iter().enumerate().map(place).collect();
        let bottom = above + PAD + tall;
        let real = with_real.then(|| Rect::new(0.0, bottom + PAD, width, 120.0));
        Plan { height: real.map_or(bottom, Rect::bottom), narrow: true, between, map, upright, stacks, real }
    }

    fn wide(model: &Model, width: f64, open: &[NodeId], with_real: bool) -> Plan {
        let tall = open.iter().map(|node| stacks::height(model, *node, false)).fold(0.0, f64::max);
        let real_width = if with_real { (width * 0.2).clamp(170.0, 250.0) } else { 0.0 };
        let gap = if with_real { 28.0 } else { 0.0 };
        let room = width - real_width - gap;
        let map = !is_pair(model);
        let share = if map { 0.29 } else { 0.36 };
        let side = (room * share).clamp(250.0, if map { 380.0 } else { 460.0 });
        let cells = model.look.map().cells();
        let middle = room - 2.0 * side;
        let beside = !map || (middle >= cells.0.max(2.0) * CELL.0 && tall.max(LOWEST) >= cells.1 * CELL.1);
        let tall = if beside { tall.max(LOWEST) } else { tall };
        // A large map lies over all, and the stacks under it.
        let above = if beside { 0.0 } else { (cells.1 * CELL.1 * 1.25 + 60.0).clamp(220.0, 480.0) };
        let top = if beside { 0.0 } else { above + PAD };
        let side = if beside { side } else { (room - PAD) / 2.0 };
        let place = |(column, node): (usize, &NodeId)| {
            let x = if column == 0 { 0.0 } else { room - side };
            (*node, Rect::new(x, top, side, stacks::height(model, *node, false)))
        };
        let between =
            if beside { Rect::new(side, 0.0, room - 2.0 * side, tall) } else { Rect::new(0.0, 0.0, width, above) };
        Plan {
            height: top + tall + if map { 0.0 } else { wire::BELOW },
            narrow: false,
            between,
            map,
            upright: false,
            stacks: open.iter().enumerate().map(place).collect(),
            real: with_real.then(|| Rect::new(width - real_width, top, real_width, tall)),
        }
    }
}

/// Whether there are two nodes and one link: then the link itself can be shown.
fn is_pair(model: &Model) -> bool {
    let scenario = &model.session.scenario;
    scenario.nodes.len() == 2 && scenario.links.len() == 1
}

/// Of the nodes that stand open the one that did something last.
fn acting(model: &Model, open: &[NodeId]) -> Option<NodeId> {
    let now = model.fact();
    let last = |node: &&NodeId| {
        let now = now?;
        let step = model
            .session
            .index
            .walk_at(**node, now)
            .and_then(|walk| walk.steps.iter().rev().find(|step| step.1 <= now));
        let call = model.session.index.calls_until(**node, now).last().copied();
        step.map(|step| step.1).max(call)
    };
    open.iter().rev().max_by_key(last).copied()
}

/// The height that the stage needs at a width.
pub fn height(model: &Model, width: f64) -> f64 {
    Plan::of(model, width).height
}

/// The stage at the moment that is on screen.
pub fn stage(model: &Model, width: f64) -> Scene {
    let plan = Plan::of(model, width);
    let mut scene = Scene::new(width, plan.height);
    if plan.map {
        map::draw(&mut scene, model, &plan);
    } else {
        wire::draw(&mut scene, model, &plan);
    }
    for (node, at) in &plan.stacks {
        stacks::draw(&mut scene, model, &plan, *at, *node);
    }
    if let Some(at) = plan.real {
        real::draw(&mut scene, model, &plan, at);
    }
    scene
}

/// Whether a frame has something of the layer that is shown.
pub fn is_shown(model: &Model, frame: &Frame) -> bool {
    model.look.layer.is_none_or(|layer| Anatomy::of(frame).part(layer).is_some())
}

/// The fewest words for a frame at the layer that is shown.
pub fn short_words(model: &Model, frame: &Frame) -> String {
    let Some(layer) = model.look.layer else { return words(frame).label };
    let anatomy = Anatomy::of(frame);
    let Some(part) = anatomy.part(layer) else { return String::new() };
    match layer {
        Layer::Physical => format!("{} b", part.len() * 8),
        Layer::DataLink => format!("Eth {} B", part.len()),
        Layer::Network => {
            let protocol = anatomy.network.map_or("", |(_, protocol)| protocol.name());
            format!("{protocol} {} B", part.len())
        }
        Layer::Application => {
            super::stack::as_text(&frame.bytes[part.clone()]).unwrap_or_else(|| format!("{} B", part.len()))
        }
        _ => words(frame).label,
    }
}

/// A layer's name in a reference model.
pub fn band_name(words: &Words, names: Names, band: &Band) -> &'static str {
    match (names, band.1[0]) {
        (Names::Four, Layer::DataLink) => words.look.layer_link,
        (Names::Four, Layer::Network) => words.look.layer_internet,
        (_, layer) => layer_name(words, layer),
    }
}

/// A layer's name.
pub fn layer_name(words: &Words, layer: Layer) -> &'static str {
    match layer {
        Layer::Physical => words.layer_1,
        Layer::DataLink => words.layer_2,
        Layer::Network => words.layer_3,
        Layer::Transport => words.layer_4,
        Layer::Session => words.layer_5,
        Layer::Presentation => words.layer_6,
        Layer::Application => words.layer_7,
    }
}

/// What a kind of node is called.
pub fn kind_name(words: &Words, kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Host => words.look.kind_host,
        NodeKind::Router => words.look.kind_router,
        NodeKind::Switch => words.look.kind_switch,
        NodeKind::Gateway => words.look.kind_gateway,
    }
}

/// Where the gateway to the real machine is, if there is one.
pub fn gateway(model: &Model) -> Option<NodeId> {
    let place = model.session.scenario.nodes.iter().position(|node| node.kind == NodeKind::Gateway)?;
    u16::try_from(place).ok().map(NodeId)
}

/// What the stage is, for those who do not see it.
pub fn label(model: &Model) -> String {
    let words = model.language.words();
    let open: Vec<&str> = model.look.open_nodes().into_iter().map(|node| model.session.name(node)).collect();
    if is_pair(model)
        && let [client, other] = open[..]
    {
        return fill(words.stage_label, &[("client", client), ("other", other)]);
    }
    let scenario = &model.session.scenario;
    let (nodes, links) = (scenario.nodes.len().to_string(), scenario.links.len().to_string());
    fill(words.look.map_label, &[("nodes", &nodes), ("links", &links), ("open", &open.join(", "))])
}

/// A frame that waits before a link, by the fact that made it: so far it has no number.
fn draw_waiting_mark(scene: &mut Scene, model: &Model, at: Rect, made: FactId) {
    let frame = model.session.index.frame_of(&model.session.trace, made);
    let marked = model.kin.has(Thing::Fact(made)) || frame.is_some_and(|frame| model.kin.has(Thing::Frame(frame)));
    let (edge, weight) = if marked { (Role::Ink, 3.0) } else { (Role::InkSoft, 1.0) };
    let (fill, pick) = (Some(Role::Data), Some(Thing::Waiting(made)));
    scene.shapes.push(Shape::Box { at, fill, edge: Some(edge), weight, pick });
}

/// How much of its way a frame has behind it, 0 to 1.
fn part_of(frame: &Frame, at: Instant) -> f64 {
    let span = frame.arrives_at.saturating_since(frame.sent_at).as_nanos() as f64;
    (at.saturating_since(frame.sent_at).as_nanos() as f64 / span.max(1.0)).clamp(0.0, 1.0)
}

/// Whether a frame is drawn in front of a crowd: it is chosen or kin of what is, or its bytes are shown.
fn stands_out(model: &Model, frame: FrameId, shown: Option<FrameId>) -> bool {
    shown == Some(frame) || model.kin.has(Thing::Frame(frame))
}

/// How the edge of a frame is drawn: heavy when it is chosen or kin of what is, stronger when its bytes are shown.
fn mark_of(model: &Model, frame: FrameId, shown: Option<FrameId>) -> (Role, f64) {
    match (model.kin.has(Thing::Frame(frame)), shown == Some(frame)) {
        (true, _) => (Role::Ink, 3.5),
        (_, true) => (Role::Accent, 2.5),
        _ => (Role::InkSoft, 1.0),
    }
}
