//! The ladder: a line of time for each node, frames as arrows between them, what programs call and states become beside them, and
//! the gateway's talk with the real machine.
//!
//! Heights are film time, so that waiting does not make it long and work inside a host can be seen. Where there are more nodes than
//! room, the two that stand open and those between them have lines, and it says who has none. At one layer, nodes that do
//! nothing there have no line either: arrows meet where they would be.
//!
//! Absent on purpose: scrolling. The newest moment stays in sight, and the time line moves it.

mod beside;
mod frames;
mod rails;

use sim_core::gateway::Direction;
use sim_core::trace::{FrameId, What};

use super::frame::words;
use super::scene::{Align, Scene, Shape, Style, Tip};
use super::stack::{answer_label, ask_label};
use super::stage::gateway;
use super::theme::Role;
use crate::app::Model;
use crate::app::index::{Frame, Real};
use crate::app::thing::Thing;
use crate::catalogue::fill;
use rails::Rails;

/// Pixels of the time that the slowest link takes.
const SCALE: f64 = 25.0;

/// No frame of the lab is longer on its way than so many of these times.
const LONGEST_FLIGHT: f64 = 100.0;

/// Room that a label needs above another.
const LABEL: f64 = 14.0;

/// The ladder at the moment that is on screen.
pub fn ladder(model: &Model, width: f64, height: f64) -> Scene {
    let mut scene = Scene::new(width, height);
    let rails = Rails::of(model, width, height);
    rails.draw(&mut scene, model);
    let film = &model.session.film;
    let shown = model.shown_frame();
    let mut labels = Vec::new();
    let mut last_real = f64::NEG_INFINITY;
    // Frames that were sent so long before the upper edge have ended above it.
    let long_ago = rails.top - LONGEST_FLIGHT * film.patience();
    let all = model.session.index.frames();
    let first = all.partition_point(|frame| film.start(frame.sent.0 as usize).0 < long_ago);
    let mut drawn = frames::Drawn::default();
    for frame in &all[first..] {
        let start = film.start(frame.sent.0 as usize);
        if start.0 > rails.bottom {
            break;
        }
        match frame.real.filter(|real| real.direction.is_some()) {
            Some(real) => draw_real_frame(&mut scene, model, &rails, (frame, real), shown, &mut last_real),
            None => labels.extend(frames::draw(&mut scene, model, &rails, (frame, start), shown, &mut drawn)),
        }
    }
    frames::draw_labels(&mut scene, model, &rails, labels);
    beside::draw(&mut scene, model, &rails);
    if let Some(real) = rails.real {
        draw_talk(&mut scene, model, &rails, real);
    }
    // Heads last: arrows that come from above the edge must not cover them.
    rails.draw_heads(&mut scene, model);
    scene
}

/// What must be in sight: the chosen frame, else the moment on screen.
fn focus(model: &Model) -> f64 {
    let chosen = model.selected.frame.and_then(|frame| model.session.index.frame(frame));
    chosen.map_or(model.player.at.0, |frame| model.session.film.start(frame.sent.0 as usize).0)
}

/// How a line is drawn: heavy when it is chosen or kin of what is, stronger when its bytes are shown, pale when it is yet to come.
fn stroke(model: &Model, frame: FrameId, shown: Option<FrameId>, later: bool) -> (Role, f64) {
    match (model.kin.has(Thing::Frame(frame)), shown == Some(frame), later) {
        (true, ..) => (Role::Ink, 4.0),
        (_, true, _) => (Role::Accent, 3.0),
        (_, _, true) => (Role::Rule, 1.6),
        _ => (Role::Ink, 1.6),
    }
}

/// What stands before the words of a frame of the real machine, in every picture.
pub const REAL_MARK: &str = "◆";

/// A frame that was captured: a mark at the real machine's line, with its words beside it. It does not go over the lab's link.
fn draw_real_frame(
    scene: &mut Scene,
    model: &Model,
    rails: &Rails,
    (frame, real): (&Frame, Real),
    shown: Option<FrameId>,
    last_labelled: &mut f64,
) {
    let Some(x) = rails.real else { return };
    let start = model.session.film.start(frame.sent.0 as usize);
    let y = rails.y(start) + 4.0;
    if y < rails.head {
        return;
    }
    let later = start.0 > model.player.at.0;
    let (ink, weight) = stroke(model, frame.id, shown, later);
    let ink = if ink == Role::Rule { Role::InkSoft } else { ink };
    let (from, to) = match real.direction {
        Some(Direction::Received) => (scene.width - 2.0, x),
        _ => (x, scene.width - 2.0),
    };
    let pick = Some(Thing::Frame(frame.id));
    scene.shapes.push(Shape::Line { from: (from, y), to: (to, y), ink, weight, tip: Tip::Arrow, pick });
    // In a crowd some have no label; the table has them all.
    if y - *last_labelled < LABEL {
        return;
    }
    *last_labelled = y;
    let text = format!("{REAL_MARK} {}", words(frame).label);
    scene.aligned((x - 6.0, y), text, ink, Style::Label, Align::End, x - rails.last() - 12.0);
}

/// The gateway's questions and the real machine's answers.
fn draw_talk(scene: &mut Scene, model: &Model, rails: &Rails, real: f64) {
    let film = &model.session.film;
    let (Some(last), Some(gateway)) = (model.session.last_fact(), gateway(model)) else { return };
    let Some(own) = rails.x(gateway) else { return };
    let talk = model.session.index.calls_until(gateway, last);
    let first = talk.partition_point(|fact| film.done(fact.0 as usize).0 < rails.top);
    for fact in &talk[first..] {
        let start = film.start(fact.0 as usize);
        if start.0 > rails.bottom {
            break;
        }
        let Some(what) = model.session.trace.get(*fact).map(|fact| &fact.what) else { continue };
        let (text, from, to) = match what {
            What::Asked { ask, .. } => (ask_label(ask), own, real),
            What::Answered { flow, answer } => (answer_label(model.session.nature(*flow), answer), real, own),
            _ => continue,
        };
        let y = rails.y(start) + 4.0;
        if y < rails.head {
            continue;
        }
        let later = start.0 > model.player.at.0;
        let marked = model.kin.has(Thing::Fact(*fact));
        let ink = if later && !marked { Role::Rule } else { Role::Ink };
        let (weight, pick) = (if marked { 4.0 } else { 1.6 }, Some(Thing::Fact(*fact)));
        scene.shapes.push(Shape::Line { from: (from, y), to: (to, y), ink, weight, tip: Tip::Arrow, pick });
        let ink = if later { Role::InkSoft } else { Role::Ink };
        let ground = if later { Role::Later } else { Role::Panel };
        scene.label(((own.max(rails.last()) + real) / 2.0, y), text, ink, ground, real - rails.last() - 32.0);
    }
}

/// What the ladder is, for those who do not see it.
pub fn label(model: &Model) -> String {
    let words = model.language.words();
    let names: Vec<&str> =
        model.session.scenario.nodes.iter().map(|node| node.name.as_str()).take(MOST_NAMES).collect();
    match names[..] {
        [client, other] => fill(words.ladder_label, &[("client", client), ("other", other)]),
        _ => fill(words.look.ladder_map_label, &[("nodes", &names.join(", "))]),
    }
}

/// A label for ears names no more nodes than this.
const MOST_NAMES: usize = 12;
