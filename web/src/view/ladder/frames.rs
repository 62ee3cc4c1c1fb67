//! Frames as arrows: from line to line, one for each link.
//!
//! Of a crowd's arrows that are seen from the same place to the same one, to an arrow's width, one is drawn: more could not be told apart.
//! One that is marked, or was lost, is drawn always.
//!
//! Absent on purpose: what a frame says beyond a few words.

use std::collections::BTreeSet;

use sim_core::order;
use sim_core::trace::{DropReason, FrameId, Place};

use super::rails::Rails;
use super::{LABEL, stroke};
use crate::app::Model;
use crate::app::analysis::Mark;
use crate::app::film::FilmTime;
use crate::app::index::Frame;
use crate::app::thing::Thing;
use crate::view::measure::width_of;
use crate::view::narration::drop_reason;
use crate::view::scene::{Rect, Scene, Shape, Style, Tip};
use crate::view::stage::{is_shown, short_words};
use crate::view::theme::Role;

/// Arrows in sight of which each is looked at for a label; in a greater crowd only the marked ones are.
const LABELLED: usize = 250;

/// A label that waits for its place: where its arrow begins and ends, and whose it is.
pub(super) struct Label<'a> {
    from: (f64, f64),
    to: (f64, f64),
    frame: &'a Frame,
    lost: Option<DropReason>,
    ink: Role,
    first: bool,
}

/// Arrows in sight before the ladder is a crowd's.
const FEW: usize = 100;

/// About the width of an arrow's line: in a crowd nothing is seen between two that are nearer, in pixels.
const APART: f64 = 2.0;

/// The arrows that are drawn: how many, and where those of a crowd begin and end.
#[derive(Default)]
pub(super) struct Drawn {
    count: usize,
    ends: BTreeSet<[i32; 4]>,
}

impl Drawn {
    /// Whether an arrow can be seen below the heads, beside those that are drawn.
    fn add(&mut self, head: f64, from: (f64, f64), to: (f64, f64)) -> bool {
        let hidden = ((head - from.1) / (to.1 - from.1).max(1e-6)).clamp(0.0, 1.0);
        let from = (from.0 + (to.0 - from.0) * hidden, from.1.max(head));
        let places = [from.0, from.1, to.0, to.1].map(|at| (at / APART).round() as i32);
        self.count += 1;
        self.ends.insert(places) || self.count <= FEW
    }
}

/// Draws a frame's arrow, and gives its label.
pub(super) fn draw<'a>(
    scene: &mut Scene,
    model: &Model,
    rails: &Rails,
    (frame, start): (&'a Frame, FilmTime),
    shown: Option<FrameId>,
    drawn: &mut Drawn,
) -> Option<Label<'a>> {
    let film = &model.session.film;
    let end = frame.end.map_or_else(|| film.place(frame.arrives_at), |end| film.start(end.fact.0 as usize));
    let (y1, y2) = (rails.y(start), rails.y(end));
    if y2 < rails.head || !is_shown(model, frame) {
        return None;
    }
    let (x1, x2) = (rails.x(frame.from)?, rails.x(frame.to)?);
    let lost = frame.end.and_then(|end| end.dropped);
    let later = start.0 > model.player.at.0;
    // A frame on its way is drawn as far as it has come; a lost one as far as it came.
    let part = if later { 1.0 } else { ((model.player.at.0 - start.0) / (end.0 - start.0).max(1.0)).clamp(0.0, 1.0) };
    let came = match lost {
        Some((Place::Queue(_), _)) => 0.12,
        Some((Place::Wire(_), _)) => 0.6,
        _ => 1.0,
    };
    let (ink, weight) = stroke(model, frame.id, shown, later);
    let first = weight > 2.0 || lost.is_some();
    let ink = if lost.is_some() { Role::Danger } else { ink };
    let to = (x1 + (x2 - x1) * part * came, y1 + (y2 - y1) * part);
    if !drawn.add(rails.head, (x1, y1), to) && !first {
        return None;
    }
    let tip = match lost {
        Some(_) => Tip::Cross,
        None if rails.has(frame.to) || part < 1.0 => Tip::Arrow,
        // It goes on from there.
        None => Tip::Plain,
    };
    let pick = Some(Thing::Frame(frame.id));
    scene.shapes.push(Shape::Line { from: (x1, y1), to, ink, weight, tip, pick });
    if let Some(end) = frame.end.filter(|end| end.dropped.is_some()) {
        let marked = model.kin.has(Thing::Fact(end.fact));
        scene.shapes.push(Shape::Box {
            at: Rect::new(to.0 - 8.0, to.1 - 8.0, 16.0, 16.0),
            fill: None,
            edge: marked.then_some(Role::Ink),
            weight: 2.5,
            pick: Some(Thing::Fact(end.fact)),
        });
    }
    if !rails.has(frame.from) && !first {
        // Its words stand where it came from.
        return None;
    }
    let ink = match (lost.is_some(), later) {
        (true, _) => Role::Danger,
        (_, true) => Role::InkSoft,
        _ => Role::Ink,
    };
    Some(Label { from: (x1, y1), to: (x2, y2), frame, lost: lost.map(|(_, why)| why), ink, first })
}

/// Puts each label on its arrow, in the middle or, where another is in the way, nearer to one of the ends.
pub(super) fn draw_labels(scene: &mut Scene, model: &Model, rails: &Rails, mut labels: Vec<Label<'_>>) {
    if labels.len() > LABELLED {
        labels.retain(|label| label.first);
    }
    order::sort_by_key(&mut labels, |label| !label.first);
    let mut placed: Vec<(f64, f64, f64)> = Vec::new();
    let now = rails.y(model.player.at);
    for label in labels {
        let text = text(model, &label);
        let (from, to) = (label.from, label.to);
        let room = (to.0 - from.0).abs() - 8.0;
        // A reason may be longer than the arrow: it must be read.
        let width = width_of(&text, Style::Label).min(if label.lost.is_some() { room.max(160.0) } else { room });
        let at = |part: f64| (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part - 1.0);
        let is_free = |(x, y): (f64, f64)| {
            placed.iter().all(|(px, py, half)| (px - x).abs() > half + width / 2.0 + 2.0 || (py - y).abs() > LABEL)
        };
        let is_inside = |(x, y): (f64, f64)| y > rails.head && x - width / 2.0 > 0.0 && x + width / 2.0 < scene.width;
        // In a crowd some have no label; the table has them all.
        let places = [0.5, 0.26, 0.74].map(at);
        let Some(place) = places.into_iter().find(|place| width > 12.0 && is_free(*place) && is_inside(*place)) else {
            continue;
        };
        placed.push((place.0, place.1, width / 2.0));
        let ground = if place.1 > now { Role::Later } else { Role::Panel };
        scene.label(place, text, label.ink, ground, width + 4.0);
    }
}

fn text(model: &Model, label: &Label<'_>) -> String {
    let words = model.language.words();
    let mut text = short_words(model, label.frame);
    let mark = model.session.index.analysis.mark(label.frame.id);
    if model.session.index.traffic.is_again(label.frame.id) || mark == Some(Mark::Retransmission) {
        text = format!("{text} · {}", words.look.again);
    } else if let Some(mark) = mark {
        // The names are Wireshark's, the same in every language.
        text = format!("{text} · {}", mark.name().trim_start_matches("TCP "));
    }
    match label.lost {
        Some(why) => format!("{text} ✕ {}", drop_reason(words, why)),
        None => text,
    }
}
