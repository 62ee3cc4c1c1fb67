//! The ladder: frames as arrows between two time lines, and the gateway's talk with the real machine beside them.
//!
//! Heights are film time, so that waiting does not make it long and work inside a host can be seen.
//!
//! Absent on purpose: scrolling. The newest moment stays in sight, and the time line moves it.

use sim_core::gateway::Direction;
use sim_core::lab::{CLIENT_NODE, OTHER_NODE};
use sim_core::trace::{FrameId, What};

use super::frame::words;
use super::scene::{Align, Rect, Scene, Shape, Style, Tip};
use super::stack::{answer_label, ask_label};
use super::theme::Role;
use crate::app::Model;
use crate::app::film::FilmTime;
use crate::app::index::{Frame, Real};
use crate::app::thing::Thing;
use crate::catalogue::fill;

/// Pixels of a millisecond of film.
const SCALE: f64 = 2.5;

const HEAD: f64 = 30.0;

/// No frame of the lab is longer on its way than this, in nanoseconds of film.
const LONGEST_FLIGHT: f64 = 1e9;

/// A label needs so much height, and so much width at the most.
const LABEL: (f64, f64) = (14.0, 96.0);

/// Where the lines stand.
struct Lines {
    client: f64,
    other: f64,
    real: Option<f64>,
    /// Film time at the upper edge, in nanoseconds.
    top: f64,
}

impl Lines {
    fn y(&self, film: FilmTime) -> f64 {
        HEAD + (film.0 - self.top) / 1e6 * SCALE
    }
}

/// The ladder at the moment that is on screen.
pub fn ladder(model: &Model, width: f64, height: f64) -> Scene {
    let mut scene = Scene::new(width, height);
    let with_real = model.session.other.is_real();
    let margin = 34.0;
    let other = if with_real { width * 0.58 } else { width - margin };
    let seen = (height - HEAD) / SCALE * 1e6;
    let lines = Lines {
        client: margin,
        other,
        real: with_real.then_some(width - margin),
        top: (focus(model) - seen * 0.7).max(-4e6),
    };
    draw_rails(&mut scene, model, &lines);
    let shown = model.shown_frame();
    let film = &model.session.film;
    let bottom = FilmTime(lines.top + seen);
    let mut labels = Vec::new();
    let mut last_real = f64::NEG_INFINITY;
    // Frames that were sent so long before the upper edge have ended above it.
    let long_ago = lines.top - LONGEST_FLIGHT;
    let frames = model.session.index.frames();
    let first = frames.partition_point(|frame| film.start(frame.sent.0 as usize).0 < long_ago);
    for frame in &frames[first..] {
        let start = film.start(frame.sent.0 as usize);
        if start.0 > bottom.0 {
            break;
        }
        match frame.real.filter(|real| real.direction.is_some()) {
            Some(real) => draw_real_frame(&mut scene, model, &lines, (frame, real), shown, &mut last_real),
            None => labels.extend(draw_frame(&mut scene, model, &lines, frame, start, shown)),
        }
    }
    draw_labels(&mut scene, model, &lines, labels);
    if let Some(real) = lines.real {
        draw_talk(&mut scene, model, &lines, real, bottom);
    }
    // Heads last: arrows that come from above the edge must not cover them.
    draw_heads(&mut scene, model, &lines);
    scene
}

/// What must be in sight: the chosen frame, else the moment on screen.
fn focus(model: &Model) -> f64 {
    let chosen = model.selected.frame.and_then(|frame| model.session.index.frame(frame));
    chosen.map_or(model.player.at.0, |frame| model.session.film.start(frame.sent.0 as usize).0)
}

fn draw_rails(scene: &mut Scene, model: &Model, lines: &Lines) {
    let height = scene.height;
    for x in [Some(lines.client), Some(lines.other), lines.real].into_iter().flatten() {
        scene.rule((x, HEAD), (x, height), Role::InkSoft, 2.0);
    }
    let now = lines.y(model.player.at);
    scene.fill(Rect::new(0.0, now, scene.width, (height - now).max(0.0)), Role::Later);
    for x in [Some(lines.client), Some(lines.other), lines.real].into_iter().flatten() {
        scene.rule((x, now), (x, height), Role::Rule, 2.0);
    }
    scene.rule((0.0, now), (scene.width, now), Role::Accent, 1.0);
}

fn draw_heads(scene: &mut Scene, model: &Model, lines: &Lines) {
    scene.fill(Rect::new(0.0, 0.0, scene.width, HEAD - 2.0), Role::Panel);
    let words = model.language.words();
    let heads = [
        (Some(lines.client), model.session.name(CLIENT_NODE), Align::Start, -26.0, scene.width * 0.38),
        (
            Some(lines.other),
            model.session.name(OTHER_NODE),
            if lines.real.is_some() { Align::Middle } else { Align::End },
            26.0,
            scene.width * 0.3,
        ),
        // Beside the gateway's, which stands in the middle of its line.
        (lines.real, words.real_machine, Align::End, 30.0, scene.width - lines.other - 40.0),
    ];
    for (x, name, align, shift, room) in heads {
        let Some(x) = x else { continue };
        let shift = if align == Align::Middle { 0.0 } else { shift };
        scene.aligned((x + shift, HEAD / 2.0 - 2.0), name, Role::Ink, Style::Label, align, room);
    }
}

/// A label that waits for its place: where its arrow begins and ends, and what it says.
struct Label {
    from: (f64, f64),
    to: (f64, f64),
    text: String,
    ink: Role,
}

/// Draws a frame's arrow, and gives its label.
fn draw_frame(
    scene: &mut Scene,
    model: &Model,
    lines: &Lines,
    frame: &Frame,
    start: FilmTime,
    shown: Option<FrameId>,
) -> Option<Label> {
    let film = &model.session.film;
    let end = frame.end.map_or_else(|| film.place(frame.arrives_at), |end| film.start(end.fact.0 as usize));
    let (y1, y2) = (lines.y(start), lines.y(end));
    if y2 < HEAD {
        return None;
    }
    let lost = frame.end.is_some_and(|end| end.dropped.is_some());
    let (x1, x2) = if frame.from == CLIENT_NODE { (lines.client, lines.other) } else { (lines.other, lines.client) };
    let chosen = shown == Some(frame.id);
    let later = start.0 > model.player.at.0;
    // A frame on its way is drawn as far as it has come.
    let part = if later { 1.0 } else { ((model.player.at.0 - start.0) / (end.0 - start.0).max(1.0)).clamp(0.0, 1.0) };
    let reach = if lost { 0.6 * part } else { part };
    let ink = match (lost, chosen, later) {
        (true, ..) => Role::Danger,
        (_, true, _) => Role::Accent,
        (_, _, true) => Role::Rule,
        _ => Role::Ink,
    };
    scene.shapes.push(Shape::Line {
        from: (x1, y1),
        to: (x1 + (x2 - x1) * reach, y1 + (y2 - y1) * reach),
        ink,
        weight: if chosen { 3.0 } else { 1.6 },
        tip: if lost { Tip::Cross } else { Tip::Arrow },
        pick: Some(Thing::Frame(frame.id)),
    });
    let words = words(frame);
    let label = if lost { format!("{} ✕ {}", words.label, model.language.words().dropped) } else { words.label };
    let ink = if lost {
        Role::Danger
    } else if later {
        Role::InkSoft
    } else {
        Role::Ink
    };
    Some(Label { from: (x1, y1), to: (x2, y2), text: label, ink })
}

/// What stands before the words of a frame of the real machine, in every picture.
pub const REAL_MARK: &str = "◆";

/// A frame that was captured: a mark at the real machine's line, with its words beside it. It does not go over the lab's link.
fn draw_real_frame(
    scene: &mut Scene,
    model: &Model,
    lines: &Lines,
    (frame, real): (&Frame, Real),
    shown: Option<FrameId>,
    last_labelled: &mut f64,
) {
    let Some(x) = lines.real else { return };
    let start = model.session.film.start(frame.sent.0 as usize);
    let y = lines.y(start) + 4.0;
    if y < HEAD {
        return;
    }
    let later = start.0 > model.player.at.0;
    let ink = match (shown == Some(frame.id), later) {
        (true, _) => Role::Accent,
        (_, true) => Role::InkSoft,
        _ => Role::Ink,
    };
    let (from, to) = match real.direction {
        Some(Direction::Received) => (scene.width - 2.0, x),
        _ => (x, scene.width - 2.0),
    };
    scene.shapes.push(Shape::Line {
        from: (from, y),
        to: (to, y),
        ink,
        weight: if shown == Some(frame.id) { 3.0 } else { 1.6 },
        tip: Tip::Arrow,
        pick: Some(Thing::Frame(frame.id)),
    });
    // In a crowd some have no label; the table has them all.
    if y - *last_labelled < LABEL.0 {
        return;
    }
    *last_labelled = y;
    let text = format!("{REAL_MARK} {}", words(frame).label);
    scene.aligned((x - 6.0, y), text, ink, Style::Label, Align::End, x - lines.other - 12.0);
}

/// Puts each label on its arrow, in the middle or, where another is in the way, nearer to one of the ends.
fn draw_labels(scene: &mut Scene, model: &Model, lines: &Lines, labels: Vec<Label>) {
    let mut placed: Vec<(f64, f64)> = Vec::new();
    let now = lines.y(model.player.at);
    for Label { from, to, text, ink } in labels {
        let at = |part: f64| (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part - 1.0);
        let is_free =
            |(x, y): (f64, f64)| placed.iter().all(|(px, py)| (px - x).abs() > LABEL.1 || (py - y).abs() > LABEL.0);
        // In a crowd some have no label; the table has them all.
        let Some(place) = [0.5, 0.26, 0.74].map(at).into_iter().find(|place| is_free(*place) && place.1 > HEAD) else {
            continue;
        };
        placed.push(place);
        let ground = if place.1 > now { Role::Later } else { Role::Panel };
        scene.label(place, text, ink, ground, LABEL.1.max((lines.other - lines.client) / 2.0));
    }
}

/// The gateway's questions and the real machine's answers.
fn draw_talk(scene: &mut Scene, model: &Model, lines: &Lines, real: f64, bottom: FilmTime) {
    let film = &model.session.film;
    let Some(last) = model.session.last_fact() else { return };
    let talk = model.session.index.calls_until(OTHER_NODE, last);
    let first = talk.partition_point(|fact| film.done(fact.0 as usize).0 < lines.top);
    for fact in &talk[first..] {
        let start = film.start(fact.0 as usize);
        if start.0 > bottom.0 {
            break;
        }
        let Some(what) = model.session.trace.get(*fact).map(|fact| &fact.what) else { continue };
        let (text, from, to) = match what {
            What::Asked { ask, .. } => (ask_label(ask), lines.other, real),
            What::Answered { flow, answer } => (answer_label(model.session.nature(*flow), answer), real, lines.other),
            _ => continue,
        };
        let y = lines.y(start) + 4.0;
        if y < HEAD {
            continue;
        }
        let later = start.0 > model.player.at.0;
        let ink = if later { Role::Rule } else { Role::Ink };
        scene.shapes.push(Shape::Line { from: (from, y), to: (to, y), ink, weight: 1.6, tip: Tip::Arrow, pick: None });
        let ink = if later { Role::InkSoft } else { Role::Ink };
        let room = real - lines.other - 8.0;
        let ground = if later { Role::Later } else { Role::Panel };
        scene.label(((from + to) / 2.0, y), text, ink, ground, room - 24.0);
    }
}

/// What the ladder is, for those who do not see it.
pub fn label(model: &Model) -> String {
    let name = |node| model.session.name(node);
    fill(model.language.words().ladder_label, &[("client", name(CLIENT_NODE)), ("other", name(OTHER_NODE))])
}
