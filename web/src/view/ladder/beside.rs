//! What happens at a node, beside its line: calls of its programs, and states of its connections.
//!
//! Absent on purpose: what has no room. Each has a mark on the line all the same, and the table has its words.

use sim_core::trace::{FactId, NodeId, What};

use super::LABEL;
use super::rails::Rails;
use crate::app::Model;
use crate::app::thing::Thing;
use crate::view::scene::{Align, Rect, Scene, Shape, Style};
use crate::view::theme::Role;

/// Between lines that are so far apart there is room for words.
const ROOMY: f64 = 190.0;

/// Marks on one line at most.
const MOST: usize = 200;

/// Draws them for every line.
pub(super) fn draw(scene: &mut Scene, model: &Model, rails: &Rails) {
    let Some(last) = model.session.last_fact() else { return };
    for (place, node) in rails.lines.iter().enumerate() {
        let mut taken = Vec::new();
        // States first: there are fewer, and they say more.
        for facts in [model.session.index.states_until(*node, last), model.session.index.calls_until(*node, last)] {
            draw_facts(scene, model, rails, (place, *node), facts, &mut taken);
        }
    }
}

fn draw_facts(
    scene: &mut Scene,
    model: &Model,
    rails: &Rails,
    (place, node): (usize, NodeId),
    facts: &[FactId],
    taken: &mut Vec<f64>,
) {
    let film = &model.session.film;
    let Some(x) = rails.x(node) else { return };
    let first = facts.partition_point(|fact| film.done(fact.0 as usize).0 < rails.top);
    for fact in facts[first..].iter().take(MOST) {
        let start = film.start(fact.0 as usize);
        let y = rails.y(start);
        if start.0 > rails.bottom {
            break;
        }
        let Some((text, is_state)) = words(model, *fact).filter(|_| y > rails.head) else { continue };
        let later = start.0 > model.player.at.0;
        let marked = model.kin.has(Thing::Fact(*fact));
        let size = if is_state { (9.0, 9.0) } else { (9.0, 3.0) };
        scene.shapes.push(Shape::Box {
            at: Rect::new(x - size.0 / 2.0, y - size.1 / 2.0, size.0, size.1),
            fill: Some(if later { Role::Rule } else { Role::Accent }),
            edge: Some(if marked { Role::Ink } else { Role::Panel }),
            weight: if marked { 3.0 } else { 1.0 },
            pick: Some(Thing::Fact(*fact)),
        });
        let Some((at, align, room)) = room_beside(rails, place, x, scene.width) else { continue };
        if taken.iter().any(|other| (other - y).abs() < LABEL) {
            continue;
        }
        taken.push(y);
        let ground = Some(if y > rails.y(model.player.at) { Role::Later } else { Role::Panel });
        let ink = if later { Role::InkSoft } else { Role::Ink };
        let style = if is_state { Style::Label } else { Style::Code };
        scene.shapes.push(Shape::Text { at: (at, y), text, ink, style, align, room, ground });
    }
}

/// Where words beside a line begin or end: outside of the outer lines where there is room, else to the right.
fn room_beside(rails: &Rails, place: usize, x: f64, width: f64) -> Option<(f64, Align, f64)> {
    let is_last = place + 1 == rails.lines.len();
    if rails.margin > 60.0 {
        let outside = rails.margin - 12.0;
        return Some(if is_last { (x + 8.0, Align::Start, outside) } else { (x - 8.0, Align::End, outside) });
    }
    (rails.apart >= ROOMY).then(|| {
        if is_last && rails.real.is_none() || x > width * 0.7 {
            (x - 8.0, Align::End, 92.0)
        } else {
            (x + 8.0, Align::Start, 92.0)
        }
    })
}

/// The words of a call, an error or a state, and whether it is a state.
fn words(model: &Model, fact: FactId) -> Option<(String, bool)> {
    Some(match &model.session.trace.get(fact)?.what {
        What::TcpState { to, .. } => (to.name().to_owned(), true),
        What::Called { call, .. } => (format!("{}()", call.name()), false),
        What::Returned { result: Err(errno), .. } => (errno.name().to_owned(), false),
        What::Printed { text, .. } => (format!("> {text}"), false),
        What::Exited { error: Some(errno), .. } => (errno.name().to_owned(), false),
        _ => return None,
    })
}
