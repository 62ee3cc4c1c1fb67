//! The lines of time: which nodes have one, and where.
//!
//! Absent on purpose: what happens on them.

use sim_core::order;
use std::collections::VecDeque;

use sim_core::trace::NodeId;

use super::{SCALE, focus};
use crate::app::Model;
use crate::app::film::FilmTime;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::measure::width_of;
use crate::view::scene::{Align, Rect, Scene, Shape, Style};
use crate::view::theme::Role;

const HEAD: f64 = 30.0;

/// Between two lines there is so much room at least.
const APART: f64 = 92.0;

/// From an outer line to the edge: as much as a name needs; where there is room, as much as a state needs.
const MARGIN: f64 = 34.0;
const WIDE_MARGIN: f64 = 116.0;

/// A ladder of this width has room for states at its edges.
const WIDE: f64 = 460.0;

/// Where the lines stand.
pub(super) struct Rails {
    /// The place of each node, whether it has a line or not.
    places: Vec<f64>,
    /// The nodes with a line, from the left.
    pub(super) lines: Vec<NodeId>,
    /// The nodes for whose line there is no room.
    folded: Vec<NodeId>,
    /// The real machine's line.
    pub(super) real: Option<f64>,
    /// Height of the names.
    pub(super) head: f64,
    /// Film time at the upper and at the lower edge, in nanoseconds.
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// Pixels of a nanosecond of film.
    scale: f64,
    /// Room beside an outer line.
    pub(super) margin: f64,
    /// Room between two lines.
    pub(super) apart: f64,
}

impl Rails {
    pub(super) fn of(model: &Model, width: f64, height: f64) -> Rails {
        let with_real = model.session.other.is_real();
        let nodes = &model.session.scenario.nodes;
        let mut order: Vec<NodeId> = (0..nodes.len()).filter_map(|node| u16::try_from(node).ok()).map(NodeId).collect();
        let map = model.look.map();
        order::sort_by(&mut order, |a, b| {
            map.share(*a).partial_cmp(&map.share(*b)).unwrap_or(core::cmp::Ordering::Equal)
        });
        let acts = |node: &NodeId| model.look.shows(&nodes[usize::from(node.0)]);
        let wanted: Vec<NodeId> = order.iter().copied().filter(acts).collect();
        let margin = if width >= WIDE && wanted.len() == 2 && !with_real { WIDE_MARGIN } else { MARGIN };
        let end = if with_real { (width * 0.58).max(width - 220.0) } else { width - margin };
        let most = ((end - margin) / APART).floor().max(1.0) as usize + 1;
        let (lines, folded) = fold(model, wanted, most);
        let apart = if lines.len() > 1 { (end - margin) / (lines.len() - 1) as f64 } else { end - margin };
        let mut places = vec![margin; nodes.len()];
        let mut before: f64 = -1.0;
        for node in order {
            let step = match lines.iter().position(|line| *line == node) {
                Some(place) => {
                    before = place as f64;
                    before
                }
                // Between its neighbours.
                None => before + 0.5,
            };
            let most = lines.len().saturating_sub(1) as f64 + 0.3;
            places[usize::from(node.0)] = margin + apart * step.clamp(-0.3, most);
        }
        if lines.len() == 1 {
            places.iter_mut().for_each(|place| *place = f64::midpoint(margin, end));
        }
        let head = if folded.is_empty() { HEAD } else { HEAD + 18.0 };
        let scale = SCALE / model.session.film.patience().max(1.0);
        let seen = (height - head) / scale;
        let top = (focus(model) - seen * 0.7).max(-10.0 / scale);
        let real = with_real.then_some(width - MARGIN);
        Rails { places, lines, folded, real, head, top, bottom: top + seen, scale, margin, apart }
    }

    /// The height of a moment.
    pub(super) fn y(&self, film: FilmTime) -> f64 {
        self.head + (film.0 - self.top) * self.scale
    }

    /// The place of a node.
    pub(super) fn x(&self, node: NodeId) -> Option<f64> {
        self.places.get(usize::from(node.0)).copied()
    }

    /// Whether a node has a line.
    pub(super) fn has(&self, node: NodeId) -> bool {
        self.lines.contains(&node)
    }

    /// The place of the last line.
    pub(super) fn last(&self) -> f64 {
        self.lines.last().and_then(|node| self.x(*node)).unwrap_or(0.0)
    }

    fn all(&self) -> impl Iterator<Item = f64> {
        self.lines.iter().filter_map(|node| self.x(*node)).chain(self.real)
    }

    /// Draws the lines, and what of them is yet to come.
    pub(super) fn draw(&self, scene: &mut Scene, model: &Model) {
        let height = scene.height;
        let now = self.y(model.player.at).max(self.head);
        scene.fill(Rect::new(0.0, now, scene.width, (height - now).max(0.0)), Role::Later);
        for x in self.all() {
            scene.rule((x, self.head), (x, now.min(height)), Role::InkSoft, 2.0);
            scene.rule((x, now.min(height)), (x, height), Role::Rule, 2.0);
        }
        scene.rule((0.0, now), (scene.width, now), Role::Accent, 1.0);
    }

    /// Draws the names of the lines, and of those that have none.
    pub(super) fn draw_heads(&self, scene: &mut Scene, model: &Model) {
        let words = model.language.words();
        scene.fill(Rect::new(0.0, 0.0, scene.width, self.head - 2.0), Role::Panel);
        let y = HEAD / 2.0 - 2.0;
        for (place, node) in self.lines.iter().enumerate() {
            let Some(x) = self.x(*node) else { continue };
            let name = model.session.name(*node);
            let is_last = place + 1 == self.lines.len();
            let room = if self.lines.len() == 1 { scene.width } else { self.apart - 8.0 };
            // A name that is wider than twice the margin begins, or ends, near the edge.
            let half = width_of(name, Style::Label) / 2.0;
            let (at, align) = match (place, is_last) {
                (0, false) if half > self.margin - 4.0 => (x - 26.0, Align::Start),
                (_, true) if half > self.margin - 4.0 && self.real.is_none() => (x + 26.0, Align::End),
                _ => (x, Align::Middle),
            };
            let marked = model.kin.has(Thing::Node(*node));
            scene.shapes.push(Shape::Box {
                at: Rect::new((x - 30.0).max(0.0), 2.0, 60.0, HEAD - 6.0),
                fill: None,
                edge: marked.then_some(Role::Ink),
                weight: 2.5,
                pick: Some(Thing::Node(*node)),
            });
            scene.aligned((at, y), name, Role::Ink, Style::Label, align, room);
        }
        if let Some(real) = self.real {
            // Beside the gateway's, which stands in the middle of its line.
            let room = real - self.last() - 10.0;
            scene.aligned((real + 30.0, y), words.real_machine, Role::Ink, Style::Label, Align::End, room);
        }
        if !self.folded.is_empty() {
            let names: Vec<&str> = self.folded.iter().map(|node| model.session.name(*node)).take(40).collect();
            let text = fill(words.look.folded, &[("names", &names.join(", "))]);
            scene.text((6.0, HEAD + 6.0), text, Role::InkSoft, Style::Label, scene.width - 12.0);
        }
    }
}

/// The nodes that have a line, in their order, and those that have none: the open ones first, then those on the way between them.
fn fold(model: &Model, wanted: Vec<NodeId>, most: usize) -> (Vec<NodeId>, Vec<NodeId>) {
    if wanted.len() <= most {
        return (wanted, Vec::new());
    }
    let mut first = model.look.open_nodes();
    if let [from, to] = first[..] {
        first.extend(way(model, from, to));
    }
    first.extend(&wanted);
    let mut kept: Vec<NodeId> = Vec::new();
    for node in first {
        if kept.len() < most && wanted.contains(&node) && !kept.contains(&node) {
            kept.push(node);
        }
    }
    wanted.into_iter().partition(|node| kept.contains(node))
}

/// The nodes on the shortest way from one to another.
fn way(model: &Model, from: NodeId, to: NodeId) -> Vec<NodeId> {
    let scenario = &model.session.scenario;
    let mut came: Vec<Option<NodeId>> = vec![None; scenario.nodes.len()];
    let mut queue = VecDeque::from([from]);
    while let Some(node) = queue.pop_front() {
        for link in &scenario.links {
            let [a, b] = link.nodes();
            let next = if a == node { b } else { a };
            if (a != node && b != node) || next == from {
                continue;
            }
            if let Some(place) = came.get_mut(usize::from(next.0)).filter(|came| came.is_none()) {
                *place = Some(node);
                queue.push_back(next);
            }
        }
    }
    let back = |node: &NodeId| came.get(usize::from(node.0)).copied().flatten();
    core::iter::successors(back(&to), back).take_while(|node| *node != from).collect()
}
