//! The state machine of TCP with both ends of a connection on it, their timers, and the states that they have been in.
//!
//! The words on the edges are the protocol's own, the same in every language.
//!
//! Absent on purpose: connections other than the one that is looked at.

mod diagram;

use sim_core::order;
use sim_core::time::Instant;
use sim_core::trace::{FactId, TcpState, TimerChange, TimerKind, What};

use super::connection::{End, ends, ends_of, mark, state_of};
use super::frame::words;
use super::measure::width_of;
use super::narration::{event, millis};
use super::scene::{Align, Dash, Rect, Scene, Shape, Style};
use super::theme::Role;
use crate::app::Model;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use diagram::{Column, EDGES, END, Edge, HALF, ROW, ROWS, STATES, Spot, place};

/// The diagram is no wider than this.
const WIDEST: f64 = 560.0;

/// Room above the first row.
const HEAD: f64 = 54.0;

/// Height of a timer's line.
const TIMER: f64 = 24.0;

/// A change of state in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The fact of it.
    pub fact: FactId,
    /// When.
    pub time: String,
    /// Whose: the letter and the node's name.
    pub end: String,
    /// From which state to which.
    pub change: String,
    /// Why.
    pub why: String,
    /// It is marked.
    pub chosen: bool,
    /// It has not happened yet.
    pub later: bool,
}

/// A change of state that one end has made.
struct Change<'a> {
    fact: FactId,
    from: TcpState,
    to: TcpState,
    end: End<'a>,
}

/// The diagram at the moment on screen.
pub fn states(model: &Model, width: f64, _: f64) -> Scene {
    let ends = ends(model);
    let timers = timers(model, &ends);
    let foot = HEAD + ROW * (ROWS - 1.0) + HALF.1 + 44.0;
    let mut scene = Scene::new(width, foot + (timers.len().max(1) as f64 + 1.0) * TIMER + 6.0);
    draw_legend(&mut scene, model, &ends);
    let changes = changes(model, &ends);
    let newest = changes.iter().map(|change| change.fact).max();
    for edge in &EDGES {
        draw_edge(&mut scene, model, edge, &changes, newest);
    }
    draw_leap(&mut scene, model, &changes, newest);
    for state in STATES {
        draw_state(&mut scene, model, state, (&ends, &changes));
    }
    draw_newest(&mut scene, model, &changes);
    draw_timers(&mut scene, model, foot, &timers);
    scene
}

/// What the diagram shows, for those who do not see it.
pub fn label(model: &Model) -> String {
    let words = &model.language.words().tcp;
    let ends = ends(model);
    if ends.is_empty() {
        return words.no_connection.to_owned();
    }
    let states: Vec<String> = ends
        .iter()
        .map(|end| format!("{}: {}", model.session.name(end.socket.node), state_of(model, end.socket).1.name()))
        .collect();
    fill(words.states_label, &[("states", &states.join(", "))])
}

/// The states that both ends have been in, oldest first.
pub fn rows(model: &Model) -> Vec<Row> {
    let words = model.language.words();
    let now = model.fact();
    let ends = ends_in_the_end(model);
    let mut facts: Vec<(FactId, &End<'_>)> =
        ends.iter().flat_map(|end| end.socket.states.iter().map(move |fact| (*fact, end))).collect();
    order::sort_by_key(&mut facts, |(fact, _)| *fact);
    facts
        .into_iter()
        .filter_map(|(id, end)| {
            let fact = model.session.trace.get(id)?;
            let What::TcpState { from, to, why, .. } = &fact.what else { return None };
            Some(Row {
                fact: id,
                time: fact.at.to_string(),
                end: format!("{} {}", end.letter, model.session.name(end.socket.node)),
                change: format!("{} → {}", from.name(), to.name()),
                why: event(words, *why).to_owned(),
                chosen: model.kin.has(Thing::Fact(id)),
                later: now.is_none_or(|now| id > now),
            })
        })
        .collect()
}

/// The ends as they are known by now, so that the list does not change while time goes through it.
fn ends_in_the_end(model: &Model) -> Vec<End<'_>> {
    model.connection_in_the_end().map_or_else(Vec::new, |pair| ends_of(model, pair))
}

fn changes<'a>(model: &Model, ends: &[End<'a>]) -> Vec<Change<'a>> {
    let Some(now) = model.fact() else { return Vec::new() };
    let mut changes = Vec::new();
    for end in ends {
        for id in end.socket.states.iter().take_while(|id| **id <= now) {
            if let Some(What::TcpState { from, to, .. }) = model.session.trace.get(*id).map(|fact| &fact.what) {
                changes.push(Change { fact: *id, from: *from, to: *to, end: *end });
            }
        }
    }
    changes
}

/// Where a column is, at this width.
fn column(width: f64, column: Column) -> f64 {
    let wide = width.min(WIDEST);
    let left = (width - wide) / 2.0;
    let (first, middle, last) = (left + HALF.0 + 11.0, width / 2.0, left + wide - HALF.0 - 11.0);
    match column {
        Column::Left => first,
        Column::Middle => middle,
        Column::Right => last,
        Column::Gap => f64::midpoint(first, middle),
    }
}

fn spot(width: f64, (at, row, right, down): Spot) -> (f64, f64) {
    (column(width, at) + right, HEAD + row * ROW + down)
}

/// Who is who.
fn draw_legend(scene: &mut Scene, model: &Model, ends: &[End<'_>]) {
    if ends.is_empty() {
        let words = &model.language.words().tcp;
        scene.text((8.0, 18.0), words.no_connection, Role::InkSoft, Style::Label, scene.width - 16.0);
    }
    let room = scene.width / 2.0;
    for (place, end) in ends.iter().enumerate() {
        let x = place as f64 * room + 14.0;
        mark(scene, end, (x, 16.0));
        let text = format!("{} {}", model.session.name(end.socket.node), end.socket.local);
        scene.text((x + 16.0, 16.0), text, Role::Ink, Style::Label, room - 36.0);
    }
}

fn draw_edge(scene: &mut Scene, model: &Model, edge: &Edge, changes: &[Change<'_>], newest: Option<FactId>) {
    let taken: Vec<&Change<'_>> =
        changes.iter().filter(|change| (change.from, change.to) == (edge.from, edge.to)).collect();
    let last = taken.iter().max_by_key(|change| change.fact);
    let is_newest = last.is_some_and(|change| Some(change.fact) == newest);
    let marked = taken.iter().any(|change| model.kin.has(Thing::Fact(change.fact)));
    let (ink, weight, dash) = match (is_newest || marked, last) {
        (true, _) => (Role::Accent, 3.5, Dash::Whole),
        (false, Some(_)) => (Role::Ink, 2.0, Dash::Whole),
        (false, None) => (Role::InkSoft, 1.0, Dash::Dotted),
    };
    let pick = last.map(|change| Thing::Fact(change.fact));
    let points: Vec<(f64, f64)> = edge.points.iter().map(|point| spot(scene.width, *point)).collect();
    draw_arrow(scene, points, (ink, weight, dash), pick);
    let at = spot(scene.width, edge.at);
    let ink = if is_newest { Role::Accent } else { Role::InkSoft };
    let room = width_of(edge.label, Style::Label) * 1.1;
    // Near the edge of a narrow picture the words move in.
    let at = (at.0.clamp(room / 2.0, (scene.width - room / 2.0).max(room / 2.0)), at.1);
    let ground = if marked { Role::Mark } else { Role::Panel };
    let ink = if marked { Role::Ink } else { ink };
    scene.label(at, edge.label, ink, ground, room);
}

/// The segment of the newest change, beside the words of its edge and over everything else.
fn draw_newest(scene: &mut Scene, model: &Model, changes: &[Change<'_>]) {
    let Some(change) = changes.iter().max_by_key(|change| change.fact) else { return };
    let edge = EDGES.iter().find(|edge| (edge.from, edge.to) == (change.from, change.to));
    let (Some(edge), Some(segment)) = (edge, segment(model, change)) else { return };
    let at = spot(scene.width, edge.at);
    let (_, row, _, down) = edge.at;
    // On the side of the words where there is no box.
    let side = if row.fract() > 0.0 && down > 4.0 { -16.0 } else { 16.0 };
    let room = 2.0 * at.0.min(scene.width - at.0);
    scene.label((at.0, at.1 + side), format!("▸ {segment}"), Role::Ink, Role::PanelActive, room);
}

/// A broken line with an arrow at its end.
fn draw_arrow(scene: &mut Scene, points: Vec<(f64, f64)>, (ink, weight, dash): (Role, f64, Dash), pick: Option<Thing>) {
    if let [.., before, last] = points[..] {
        // The tip ends at the box; the line ends within the tip.
        let tip = super::scene::Tip::Arrow;
        let length = (last.0 - before.0).hypot(last.1 - before.1).max(1.0);
        let back = (4.0_f64).min(length);
        let near = (last.0 - (last.0 - before.0) / length * back, last.1 - (last.1 - before.1) / length * back);
        let mut legs = points;
        if let Some(end) = legs.last_mut() {
            *end = near;
        }
        scene.shapes.push(Shape::Path { points: legs, closed: false, fill: None, ink: Some(ink), weight, dash, pick });
        scene.shapes.push(Shape::Line { from: near, to: last, ink, weight, tip, pick });
    }
}

/// A change that the figure has no edge for: a RST, a time-out, giving up.
fn draw_leap(scene: &mut Scene, model: &Model, changes: &[Change<'_>], newest: Option<FactId>) {
    let drawn = |change: &Change<'_>| EDGES.iter().any(|edge| (edge.from, edge.to) == (change.from, change.to));
    for change in changes.iter().filter(|change| change.to == TcpState::Closed && !drawn(change)) {
        let (at, row) = place(change.from);
        let from = spot(scene.width, (at, row, 44.0, 16.0));
        let to = spot(scene.width, (END.0, END.1, -30.0, -HALF.1));
        let is_newest = Some(change.fact) == newest;
        let line = if is_newest { (Role::Accent, 3.5, Dash::Dashed) } else { (Role::Ink, 2.0, Dash::Dashed) };
        draw_arrow(scene, vec![from, to], line, Some(Thing::Fact(change.fact)));
        if let Some(What::TcpState { why, .. }) = model.session.trace.get(change.fact).map(|fact| &fact.what) {
            let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
            let room = 2.0 * middle.0.min(scene.width - middle.0);
            scene.label(middle, event(model.language.words(), *why), Role::Ink, Role::PanelActive, room);
        }
    }
}

fn draw_state(scene: &mut Scene, model: &Model, state: TcpState, (ends, changes): (&[End<'_>], &[Change<'_>])) {
    let entered = changes.iter().filter(|change| change.to == state).map(|change| change.fact).max();
    let left = changes.iter().any(|change| change.from == state);
    let inside: Vec<&End<'_>> = ends
        .iter()
        .filter(|end| changes.iter().any(|change| change.end.socket.id == end.socket.id))
        .filter(|end| state_of(model, end.socket).1 == state)
        .collect();
    let marked = changes.iter().any(|change| change.to == state && model.kin.has(Thing::Fact(change.fact)));
    if state == TcpState::Closed {
        // Who has not begun stands at the beginning, who is over at the end.
        let (none, beginning) = (Vec::new(), left || changes.is_empty());
        draw_box(scene, place(state), state, (&none, beginning, false), None);
        draw_box(scene, END, state, (&inside, entered.is_some(), marked), entered);
    } else {
        // Who came from a listening socket has been in its state, though another socket has entered it.
        draw_box(scene, place(state), state, (&inside, entered.is_some() || left, marked), entered);
    }
}

fn draw_box(
    scene: &mut Scene,
    (at, row): (Column, f64),
    state: TcpState,
    (inside, visited, marked): (&[&End<'_>], bool, bool),
    entered: Option<FactId>,
) {
    let (x, y) = spot(scene.width, (at, row, 0.0, 0.0));
    let rect = Rect::new(x - HALF.0, y - HALF.1, 2.0 * HALF.0, 2.0 * HALF.1);
    let fill = match (marked, inside.is_empty()) {
        (true, _) => Role::Mark,
        (false, false) => Role::PanelActive,
        (false, true) => Role::Panel,
    };
    let (edge, weight) = match (inside.is_empty(), visited) {
        (false, _) => (Role::Accent, 3.0),
        (true, true) => (Role::Ink, 1.5),
        (true, false) => (Role::Rule, 1.0),
    };
    let pick = entered.map(Thing::Fact);
    scene.shapes.push(Shape::Box { at: rect, fill: Some(fill), edge: Some(edge), weight, pick });
    let ink = if visited || !inside.is_empty() { Role::Ink } else { Role::InkSoft };
    let ink = if marked { Role::Ink } else { ink };
    scene.aligned((x, y), state.name(), ink, Style::Code, Align::Middle, rect.width - 4.0);
    for end in inside {
        let side = if end.first { rect.x } else { rect.right() };
        mark(scene, end, (side, rect.y));
    }
}

/// The segment of a change, with its frame's number: the one that made it, or that it sent.
fn segment(model: &Model, change: &Change<'_>) -> Option<String> {
    let session = &model.session;
    let cause = session.trace.get(change.fact)?.cause?;
    let frame = session.index.frame_of(&session.trace, cause).or_else(|| {
        let sent = &change.end.socket.sent;
        let next = sent.get(sent.partition_point(|segment| segment.fact < change.fact))?;
        let same = session.trace.get(next.fact)?.cause == Some(cause);
        same.then(|| session.index.frame_of(&session.trace, next.fact)).flatten()
    })?;
    let label = words(session.index.frame(frame)?).label;
    Some(format!("#{} {label}", session.number(frame)))
}

/// A timer that runs.
struct Running<'a> {
    end: &'a End<'a>,
    kind: TimerKind,
    armed: (FactId, Instant),
    due: Instant,
}

/// Changes of timers that are looked through: more than all kinds of one socket are armed between two of one kind.
const LOOKED: usize = 400;

/// The timers that run at the moment on screen.
fn timers<'a>(model: &Model, ends: &'a [End<'a>]) -> Vec<Running<'a>> {
    let Some(now) = model.fact() else { return Vec::new() };
    let mut running = Vec::new();
    for end in ends {
        let known = end.socket.timers.partition_point(|fact| *fact <= now);
        let mut seen: Vec<TimerKind> = Vec::new();
        for fact in end.socket.timers[..known].iter().rev().take(LOOKED) {
            let Some(fact) = model.session.trace.get(*fact) else { continue };
            let What::Timer { timer, change, .. } = &fact.what else { continue };
            if seen.contains(timer) {
                continue;
            }
            seen.push(*timer);
            if let TimerChange::Armed(due) = change {
                running.push(Running { end, kind: *timer, armed: (fact.id, fact.at), due: *due });
            }
        }
    }
    order::sort_by_key(&mut running, |timer| timer.due);
    running
}

fn draw_timers(scene: &mut Scene, model: &Model, top: f64, timers: &[Running<'_>]) {
    let words = &model.language.words().tcp;
    let now = model.moment().at;
    scene.text((8.0, top), words.timers, Role::Ink, Style::Title, scene.width - 16.0);
    if timers.is_empty() {
        scene.text((8.0, top + TIMER), words.no_timer, Role::InkSoft, Style::Label, scene.width - 16.0);
    }
    for (place, timer) in timers.iter().enumerate() {
        let y = top + (place as f64 + 1.0) * TIMER;
        let (left, whole) = (timer.due.saturating_since(now), timer.due.saturating_since(timer.armed.1));
        let part = left.as_nanos() as f64 / (whole.as_nanos() as f64).max(1.0);
        mark(scene, timer.end, (18.0, y));
        let bar = Rect::new(scene.width - 88.0, y - 7.0, 80.0, 14.0);
        let fact = Thing::Fact(timer.armed.0);
        let edge = if model.kin.has(fact) { Role::Accent } else { Role::InkSoft };
        let (fill, pick) = (Some(Role::Panel), Some(fact));
        scene.shapes.push(Shape::Box { at: bar, fill, edge: Some(edge), weight: 1.0, pick });
        scene.fill(Rect { width: bar.width * part.clamp(0.0, 1.0), ..bar }, Role::Accent);
        let left = fill_left(model, left.as_nanos() as f64);
        let name = format!("{}: {left}", timer_name(model, timer.kind));
        scene.text((34.0, y), name, Role::Ink, Style::Label, bar.x - 42.0);
    }
}

fn fill_left(model: &Model, nanos: f64) -> String {
    // Steps that can be read while they run.
    let shown = if nanos >= 1e9 { (nanos / 1e8).ceil() * 1e8 } else { (nanos / 1e6).ceil() * 1e6 };
    fill(model.language.words().tcp.time_left, &[("time", &millis(shown))])
}

fn timer_name(model: &Model, timer: TimerKind) -> &'static str {
    let words = &model.language.words().tcp;
    match timer {
        TimerKind::Neighbour => "ARP",
        TimerKind::Retransmission => words.timer_rto,
        TimerKind::LossProbe => words.timer_probe,
        TimerKind::Reordering => words.timer_reordering,
        TimerKind::Persist => words.timer_persist,
        TimerKind::DelayedAck => words.timer_delayed_ack,
        TimerKind::AckCompression => words.timer_ack_compression,
        TimerKind::KeepAlive => words.timer_keep_alive,
        TimerKind::TimeWait => words.timer_time_wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_edge_joins_two_states_of_the_diagram() {
        for edge in &EDGES {
            let ends = [edge.from, edge.to];
            assert!(ends.iter().all(|state| STATES.contains(state)), "{edge:?}");
            for width in [360.0, 480.0, 900.0] {
                let at = |spot: Spot| super::spot(width, spot);
                let first = at(edge.points[0]);
                let last = at(*edge.points.last().expect("an edge has two ends"));
                let touches = |(column, row): (Column, f64), point: (f64, f64)| {
                    let (x, y) = at((column, row, 0.0, 0.0));
                    (point.0 - x).abs() <= HALF.0 + 0.1 && (point.1 - y).abs() <= HALF.1 + 0.1
                };
                assert!(touches(place(edge.from), first), "{edge:?} begins at its state");
                let end = if edge.to == TcpState::Closed { END } else { place(edge.to) };
                assert!(touches(place(edge.to), last) || touches(end, last), "{edge:?} ends at its state");
            }
        }
    }
}
