//! What was dropped a moment ago: where, and why, in words.
//!
//! Absent on purpose: drops of long ago. The table has them all, and the time line goes back to each.

use sim_core::trace::{DropReason, FactId, FrameId, NodeId, Place, What};

use crate::app::Model;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::measure::width_of;
use crate::view::narration::drop_reason;
use crate::view::scene::{Align, Rect, Scene, Shape, Style, Tip};
use crate::view::theme::Role;

/// A drop stays in sight for so long, in times that the slowest link takes.
const SHOWN: f64 = 6.0;

/// Facts that are looked through for drops.
const MOST: usize = 2_000;

/// One drop.
pub(super) struct Dropped {
    pub(super) fact: FactId,
    pub(super) node: NodeId,
    pub(super) frame: Option<FrameId>,
    pub(super) place: Place,
    why: DropReason,
    /// How far a frame on its way had come, 0 to 1.
    pub(super) part: f64,
}

/// The drops of a moment ago, the newest first.
pub(super) fn recent(model: &Model) -> Vec<Dropped> {
    let session = &model.session;
    let Some(now) = model.fact() else { return Vec::new() };
    let since = model.player.at.0 - session.film.patience() * SHOWN;
    let facts = &session.trace.facts()[..=now.0 as usize];
    let near = facts.iter().rev().take(MOST).take_while(|fact| session.film.start(fact.id.0 as usize).0 >= since);
    near.filter_map(|fact| match fact.what {
        What::Dropped { frame, place, why, .. } => {
            let flight = frame.and_then(|frame| session.index.frame(frame));
            let part = flight.map_or(0.5, |frame| {
                let span = frame.arrives_at.saturating_since(frame.sent_at).as_nanos() as f64;
                fact.at.saturating_since(frame.sent_at).as_nanos() as f64 / span.max(1.0)
            });
            let part = part.clamp(0.1, 0.9);
            Some(Dropped { fact: fact.id, node: fact.node, frame, place, why, part })
        }
        _ => None,
    })
    .collect()
}

impl Dropped {
    /// Where and why, in words.
    pub(super) fn words(&self, model: &Model) -> String {
        let words = model.language.words();
        let why = drop_reason(words, self.why);
        match self.place {
            Place::Queue(_) => fill(words.look.drop_queue, &[("why", why)]),
            Place::Wire(_) => fill(words.look.drop_wire, &[("why", why)]),
            Place::Layer(layer) => {
                let number = model.look.names.band(layer).0.to_string();
                fill(words.look.drop_layer, &[("n", &number), ("why", why)])
            }
        }
    }

    /// A cross at a point, and the words at a height under it, if there shall be any: they stay within an area.
    pub(super) fn draw(&self, scene: &mut Scene, model: &Model, (x, y): (f64, f64), area: Rect, worded: Option<f64>) {
        let pick = Some(Thing::Fact(self.fact));
        let weight = if model.kin.has(Thing::Fact(self.fact)) { 5.0 } else { 3.0 };
        for (dx, dy) in [(-8.0, -8.0), (-8.0, 8.0)] {
            let (from, to) = ((x + dx, y + dy), (x - dx, y - dy));
            scene.shapes.push(Shape::Line { from, to, ink: Role::Danger, weight, tip: Tip::Plain, pick });
        }
        if let Some(below) = worded {
            let (text, room) = (self.words(model), area.width - 8.0);
            let half = width_of(&text, Style::Label).min(room) / 2.0;
            // Where the words fill the place, rounding may put its ends the wrong way round.
            let x = x.min(area.right() - 4.0 - half).max(area.x + 4.0 + half);
            let ground = Some(Role::Ground);
            let (ink, style, align) = (Role::Danger, Style::Label, Align::Middle);
            scene.shapes.push(Shape::Text { at: (x, below), text, ink, style, align, room, ground });
        }
    }
}
