//! The open layers of a node: a row for each layer that it has, with what that layer has in hands.
//!
//! Absent on purpose: what that is (see `view::stack`).

use sim_core::layer::Layer;
use sim_core::trace::NodeId;

use super::strip::draw_parts;
use super::{PAD, Plan, band_name, reach, width_of};
use crate::app::Model;
use crate::app::index::Direction;
use crate::app::look::Band;
use crate::app::thing::Thing;
use crate::catalogue::{Words, fill};
use crate::view::scene::{Align, Rect, Scene, Shape, Style};
use crate::view::stack::{self, Content, Row, Stack, row_of};
use crate::view::theme::Role;

pub(super) const TITLE: f64 = 34.0;

/// The layers that a node has, from the top, as they are called now.
fn bands(model: &Model, node: NodeId) -> impl Iterator<Item = &'static Band> {
    let top = model.session.scenario.nodes.get(usize::from(node.0)).map_or(Layer::Application, reach);
    // What rewrites ports has no sockets: its transport layer holds nothing of its own.
    let top = if top == Layer::Transport { Layer::Network } else { top };
    model.look.names.bands().iter().filter(move |(_, layers)| layers.iter().any(|layer| *layer <= top))
}

fn row_height(narrow: bool, band: &Band) -> f64 {
    match band.1[0] {
        Layer::Session | Layer::Presentation => 26.0,
        Layer::Application => 48.0,
        _ if narrow => 48.0,
        _ => 52.0,
    }
}

/// The height of a node's stack.
pub(super) fn height(model: &Model, node: NodeId, narrow: bool) -> f64 {
    TITLE + bands(model, node).map(|band| row_height(narrow, band)).sum::<f64>()
}

/// The place of a layer's row.
pub(super) fn row(model: &Model, plan: &Plan, (node, at): (NodeId, Rect), layer: Layer) -> Rect {
    let mut y = at.y + TITLE;
    for band in bands(model, node) {
        let height = row_height(plan.narrow, band);
        if band.1.contains(&layer) {
            return Rect::new(at.x, y, at.width, height);
        }
        y += height;
    }
    Rect::new(at.x, y, at.width, 0.0)
}

/// Draws a node's stack.
pub(super) fn draw(scene: &mut Scene, model: &Model, plan: &Plan, at: Rect, node: NodeId) {
    let stack = stack::stack(model, node);
    let chosen = model.kin.has(Thing::Node(node));
    let (edge, weight) = if chosen { (Role::Ink, 3.0) } else { (Role::Rule, 1.0) };
    scene.shapes.push(Shape::Box { at, fill: Some(Role::Panel), edge: Some(edge), weight, pick: None });
    let head = Rect::new(at.x, at.y, at.width, TITLE);
    scene.shapes.push(Shape::Box { at: head, fill: None, edge: None, weight: 0.0, pick: Some(Thing::Node(node)) });
    let middle = head.middle();
    let state = stack.state.map_or("", |state| state.name());
    let state_room = if state.is_empty() || at.width < 240.0 { 0.0 } else { 120.0 };
    // A host of a capture is called by its address.
    let title =
        if stack.name == stack.address { stack.name.clone() } else { format!("{}  {}", stack.name, stack.address) };
    scene.text((at.x + PAD, middle), title, Role::Ink, Style::Title, at.width - 2.0 * PAD - state_room);
    if state_room > 0.0 {
        scene.aligned((at.right() - PAD, middle), state, Role::InkSoft, Style::Code, Align::End, state_room);
    }
    for band in bands(model, node) {
        let place = row(model, plan, (node, at), band.1[0]);
        draw_row(scene, model, plan, (node, at), place, &stack, band);
    }
}

/// The row that speaks for layers which are one: the one that acts, else the lowest that has something.
fn of_band<'a>(stack: &'a Stack, band: &Band) -> &'a Row {
    let rows = || band.1.iter().map(|layer| &stack.rows[row_of(*layer)]);
    let acting = rows().find(|row| row.active.is_some());
    let full = || rows().rev().find(|row| !matches!(row.content, Content::Empty | Content::NoBytes));
    // Headers say more than bits do, when neither acts.
    let header = || rows().find(|row| matches!(row.content, Content::Packet { .. }));
    acting.or_else(header).or_else(full).unwrap_or(&stack.rows[row_of(band.1[0])])
}

fn draw_row(
    scene: &mut Scene,
    model: &Model,
    plan: &Plan,
    of: (NodeId, Rect),
    place: Rect,
    stack: &Stack,
    band: &Band,
) {
    let row = of_band(stack, band);
    let words = model.language.words();
    let marked = row.fact.is_some_and(|fact| model.kin.has(Thing::Fact(fact)));
    let only = model.look.layer.is_some_and(|layer| band.1.contains(&layer));
    scene.shapes.push(Shape::Box {
        at: place.inset(1.0),
        fill: row.active.map(|_| Role::PanelActive),
        edge: (marked || only).then_some(if marked { Role::Ink } else { Role::Accent }),
        weight: if marked { 3.0 } else { 2.0 },
        pick: row.fact.map(Thing::Fact),
    });
    if row.active.is_some() {
        scene.fill(Rect::new(place.x + 1.0, place.y + 1.0, 4.0, place.height - 2.0), Role::Accent);
    }
    scene.rule((place.x, place.y), (place.right(), place.y), Role::Rule, 1.0);
    let short = place.width < 240.0;
    let label_width = if short { 22.0 } else { (place.width * 0.28).min(124.0) };
    let name =
        if short { band.0.to_string() } else { format!("{} {}", band.0, band_name(words, model.look.names, band)) };
    let ink = if row.active.is_some() { Role::Ink } else { Role::InkSoft };
    scene.text((place.x + PAD + 2.0, place.middle()), name, ink, Style::Label, label_width);
    let x = place.x + PAD + label_width + 6.0;
    let room = Rect::new(x, place.y, place.right() - PAD - x, place.height);
    draw_content(scene, words, short, room, row, slide(model, plan, of, stack, row));
}

/// How far above (negative) or below its row a packet is drawn, while it comes from the layer before.
fn slide(model: &Model, plan: &Plan, (node, at): (NodeId, Rect), stack: &Stack, row: &Row) -> f64 {
    let (Some(within), Some(direction)) = (row.active, stack.direction) else { return 0.0 };
    if !matches!(row.content, Content::Packet { .. }) {
        return 0.0;
    }
    let before = match direction {
        Direction::Down => row.layer.number() + 1,
        Direction::Up => row.layer.number().saturating_sub(1),
    };
    let Some(before) = Layer::TOP_DOWN.into_iter().find(|layer| layer.number() == before) else { return 0.0 };
    let remaining = (1.0 - within * 2.0).clamp(0.0, 1.0);
    let (from, to) = (self::row(model, plan, (node, at), before), self::row(model, plan, (node, at), row.layer));
    if from.height == 0.0 { 0.0 } else { (from.middle() - to.middle()) * remaining * remaining }
}

fn draw_content(scene: &mut Scene, words: &Words, narrow: bool, at: Rect, row: &Row, slide: f64) {
    let (x, room) = (at.x, at.width);
    match &row.content {
        Content::Empty => {}
        Content::NoBytes | Content::Unused => {
            let sentence = if row.content == Content::NoBytes { words.no_bytes_here } else { words.unix_here };
            let text = if narrow || width_of(sentence, Style::Label) > room * 1.6 { "–" } else { sentence };
            scene.text((x, at.middle()), text, Role::InkSoft, Style::Label, room);
        }
        Content::Program { line, data: None } => {
            scene.text((x, at.middle()), line.as_str(), Role::Ink, Style::Code, room);
        }
        Content::Program { line, data: Some(data) } => {
            let upper = Rect::new(x, at.y + 4.0, room, 21.0);
            draw_parts(scene, upper, core::slice::from_ref(data), narrow, false);
            scene.text((x, at.bottom() - 11.0), line.as_str(), Role::Ink, Style::Code, room);
        }
        Content::Packet { parts, header } => {
            let upper = Rect::new(x, at.y + 5.0 + slide, room, 21.0);
            draw_parts(scene, upper, parts, narrow, row.removed);
            scene.text((x, at.bottom() - 12.0), hex(header), Role::Ink, Style::Code, room);
        }
        Content::Bits(bytes) => {
            let count = fill(words.bits, &[("n", &(bytes.len() * 8).to_string())]);
            scene.text((x, at.y + 16.0), count, Role::Ink, Style::Label, room);
            scene.text((x, at.bottom() - 13.0), bits(bytes), Role::InkSoft, Style::Code, room);
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text.push(' ');
    }
    text
}

/// The first bytes as bits; a row has room for no more.
fn bits(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().join(" ") + " …"
}
