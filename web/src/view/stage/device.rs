//! Nodes as small devices: each kind has a shape of its own, and its layers as a ladder of which the active one is lit.
//!
//! Absent on purpose: where they are (see [`super::map`]).

use sim_core::layer::Layer;
use sim_core::scenario::{Node, NodeKind};
use sim_core::trace::NodeId;

use super::{kind_name, reach, width_of};
use crate::app::Model;
use crate::app::thing::Thing;
use crate::view::scene::{Align, Dash, Rect, Scene, Shape, Style};
use crate::view::stack::layer_of;
use crate::view::theme::Role;

/// How large devices are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// With name, address and layers.
    Full,
    /// With name.
    Name,
    /// A mark.
    Mark,
    /// A small mark.
    Dot,
}

const ICON: f64 = 14.0;
const LAYERS: f64 = 9.0;

/// The size of a device, whole pixels.
pub(super) fn extent(size: Size, node: &Node, words: &'static crate::catalogue::Words) -> (f64, f64) {
    let name = width_of(&node.name, Style::Label);
    match size {
        Size::Full => {
            let below = width_of(&below(node, words), Style::Label);
            ((name + ICON + 4.0).max(below).clamp(48.0, 124.0) + LAYERS + 22.0, 44.0)
        }
        Size::Name => (name.clamp(16.0, 96.0) + ICON + 18.0, 26.0),
        Size::Mark => (ICON, ICON),
        Size::Dot => (7.0, 7.0),
    }
}

/// What stands under a device's name: its address, else what it is.
fn below(node: &Node, words: &'static crate::catalogue::Words) -> String {
    match node.address() {
        // A router has as many as links; none of them is its own more than another.
        // A host of a capture is called by its address.
        Some(address) if node.kind != NodeKind::Router && address.to_string() != node.name => address.to_string(),
        _ => kind_name(words, node.kind).to_owned(),
    }
}

/// The layer at which a node acts at this moment.
pub(super) fn active(model: &Model, id: NodeId) -> Option<Layer> {
    let fact = model.fact().and_then(|fact| model.session.trace.get(fact)).filter(|fact| fact.node == id)?;
    layer_of(fact)
}

/// Draws a device.
pub(super) fn draw(scene: &mut Scene, model: &Model, (id, node): (NodeId, &Node), at: Rect, size: Size) {
    let (open, marked) = (model.look.is_open(id), model.kin.has(Thing::Node(id)));
    let active = active(model, id);
    let (edge, weight): (Role, f64) = match (marked, open) {
        (true, _) => (Role::Ink, 3.5),
        (_, true) => (Role::Accent, 2.5),
        _ => (Role::InkSoft, 1.0),
    };
    let fill = if active.is_some() { Role::PanelActive } else { Role::Panel };
    let pick = Some(Thing::Node(id));
    if matches!(size, Size::Mark | Size::Dot) {
        // A click must meet it all the same.
        scene.shapes.push(Shape::Box { at: at.inset(-4.0), fill: None, edge: None, weight: 0.0, pick });
        icon(scene, node.kind, at, if active.is_some() { Role::Accent } else { fill }, (edge, weight.max(1.5)));
        return;
    }
    scene.shapes.push(Shape::Box { at, fill: Some(fill), edge: Some(edge), weight, pick });
    let words = model.language.words();
    let left = at.x + if size == Size::Full { LAYERS + 8.0 } else { 5.0 };
    let line = if size == Size::Full { at.y + 14.0 } else { at.middle() };
    icon(scene, node.kind, Rect::new(left, line - ICON / 2.0, ICON, ICON), fill, (Role::InkSoft, 1.5));
    let room = at.right() - left - ICON - 8.0;
    scene.text((left + ICON + 4.0, line), node.name.as_str(), Role::Ink, Style::Label, room);
    if size == Size::Full {
        let text = below(node, words);
        scene.text((left, at.y + 31.0), text, Role::InkSoft, Style::Label, at.right() - left - 4.0);
        draw_layers(scene, model, Rect::new(at.x + 4.0, at.y + 4.0, LAYERS, at.height - 8.0), node, active);
    }
    if let Some(layer) = active {
        let number = model.look.names.band(layer).0;
        let place = Rect::new(at.right() - 15.0, at.y - 9.0, 20.0, 18.0);
        scene.framed(place, Role::Accent, Role::Panel, 1.0);
        scene.aligned(place.centre(), number.to_string(), Role::AccentInk, Style::Label, Align::Middle, 18.0);
    }
}

/// The layers of a node as a ladder; the active one is lit, and wider.
fn draw_layers(scene: &mut Scene, model: &Model, at: Rect, node: &Node, active: Option<Layer>) {
    let bands = model.look.names.bands();
    let step = at.height / bands.len() as f64;
    for (place, (_, layers)) in bands.iter().enumerate() {
        if !layers.iter().any(|layer| *layer <= reach(node)) {
            continue;
        }
        let lit = active.is_some_and(|layer| layers.contains(&layer));
        let rung =
            Rect::new(at.x, at.y + step * place as f64 + 0.5, if lit { at.width } else { at.width - 3.0 }, step - 1.0);
        scene.fill(rung, if lit { Role::Accent } else { Role::Rule });
    }
}

/// The shape of a kind: a screen, a diamond, a box with two ways through it, a house with a door to elsewhere.
fn icon(scene: &mut Scene, kind: NodeKind, at: Rect, fill: Role, (ink, weight): (Role, f64)) {
    let (x, y) = at.centre();
    let half = at.width / 2.0;
    let points = match kind {
        NodeKind::Host => {
            vec![(-1.0, -0.8), (1.0, -0.8), (1.0, 0.4), (0.2, 0.4), (0.5, 0.9), (-0.5, 0.9), (-0.2, 0.4), (-1.0, 0.4)]
        }
        NodeKind::Router => vec![(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)],
        NodeKind::Switch => {
            vec![(-1.0, -0.6), (0.5, -0.6), (0.5, -1.0), (1.0, -0.4), (1.0, 0.6), (-0.5, 0.6), (-0.5, 1.0), (-1.0, 0.4)]
        }
        NodeKind::Gateway => vec![
            (0.0, -1.0),
            (1.0, -0.1),
            (1.0, 1.0),
            (0.3, 1.0),
            (0.3, 0.3),
            (-0.3, 0.3),
            (-0.3, 1.0),
            (-1.0, 1.0),
            (-1.0, -0.1),
        ],
    };
    let points = points.into_iter().map(|(dx, dy)| (x + dx * half, y + dy * half)).collect();
    let (closed, dash) = (true, Dash::Whole);
    scene.shapes.push(Shape::Path { points, closed, fill: Some(fill), ink: Some(ink), weight, dash, pick: None });
}
