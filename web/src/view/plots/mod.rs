//! Variables of connections over simulated time, and the queues before the links: lines that are told apart by their pattern and
//! their name at the end, with what was dropped and sent again above them, and the moment on screen.
//!
//! A line is drawn by its extremes within each column of pixels, so that no peak is lost and no plot costs more than its
//! width. What is known of the time after the moment on screen is drawn on another ground, as on the ladder.
//!
//! Absent on purpose: smoothing. A value holds until the next fact.

mod line;

use sim_core::order;
use std::time::Duration;

use sim_core::time::Instant;
use sim_core::trace::{FactId, SocketId};

use super::connection::grouped;
use super::measure::width_of;
use super::narration::millis;
use super::ruler::round_step;
use super::scene::{Align, Dash, Rect, Scene, Shape, Style, Tip};
use super::theme::Role;
use crate::app::Model;
use crate::app::tcp::Series;
use crate::app::tcp::curve::Curve;
use crate::app::thing::Thing;
use crate::catalogue::{fill, tcp::Words};
use line::{Group, Line, Source, by_traffic, lines, shown_pairs};

/// Height of one plot, and of what stands between two.
const PLOT: f64 = 128.0;
const BETWEEN: f64 = 32.0;
/// Height of a line of marks.
const MARKS: f64 = 20.0;
const HEAD: f64 = 18.0;
const FOOT: f64 = 24.0;
/// Room for the numbers at the left.
const LEFT: f64 = 62.0;
/// Pixels between two points that can be chosen.
const POINT: f64 = 6.0;
/// Pixels between two values of a rate.
const RATE_STEP: f64 = 3.0;
/// A rate is measured over this part of the time that is shown.
const RATE_PARTS: f64 = 40.0;

/// The least time after a moment: what happens at the moment itself counts as before that.
const MOMENT: Duration = Duration::from_nanos(1);

/// A series that can be plotted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which.
    pub series: Series,
    /// Its name.
    pub name: String,
    /// It is plotted.
    pub shown: bool,
}

/// A value at the moment on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Of what.
    pub name: String,
    /// How much; a dash where there is none yet.
    pub value: String,
    /// The fact that it comes from.
    pub fact: Option<FactId>,
    /// That fact is marked.
    pub chosen: bool,
}

/// Where the plots lie, and what they show of time.
#[derive(Clone, Copy)]
struct Frame {
    left: f64,
    right: f64,
    from: Instant,
    to: Instant,
    now: Instant,
    /// Nothing is known of what comes after.
    known: Instant,
}

impl Frame {
    fn x(&self, at: Instant) -> f64 {
        let whole = self.to.saturating_since(self.from).as_nanos() as f64;
        let part = at.saturating_since(self.from).as_nanos() as f64 / whole.max(1.0);
        self.left + part.clamp(0.0, 1.0) * (self.right - self.left)
    }

    fn time(&self, x: f64) -> Instant {
        let whole = self.to.saturating_since(self.from).as_nanos() as f64;
        let part = ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0);
        Instant::from_nanos(self.from.as_nanos() + (part * whole) as u64)
    }

    /// The time over which a rate is measured.
    fn window(&self) -> Duration {
        let whole = self.to.saturating_since(self.from).as_nanos() as f64;
        Duration::from_nanos(round_step(whole / RATE_PARTS) as u64)
    }

    fn shows(&self, at: Instant) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// The plots at the moment on screen.
pub fn plots(model: &Model, width: f64, _: f64) -> Scene {
    let words = &model.language.words().tcp;
    let lines = lines(model);
    let groups: Vec<Group> =
        Group::ALL.into_iter().filter(|group| lines.iter().any(|line| line.group == *group)).collect();
    let mut scene = Scene::new(width, 0.0);
    if groups.is_empty() {
        scene.height = 60.0;
        let text = if model.connection().is_some() { words.nothing_plotted } else { words.no_connection };
        scene.text((8.0, 24.0), text, Role::InkSoft, Style::Label, width - 16.0);
        return scene;
    }
    let frame = frame(model, width);
    let mut y = HEAD;
    draw_now(&mut scene, &frame, words);
    y = draw_marks(&mut scene, model, &frame, y);
    for group in groups {
        let area = Rect::new(frame.left, y + BETWEEN - 6.0, frame.right - frame.left, PLOT);
        let of_group: Vec<&Line<'_>> = lines.iter().filter(|line| line.group == group).collect();
        draw_plot(&mut scene, model, &frame, area, (group, &of_group));
        y = area.bottom();
    }
    draw_chosen(&mut scene, model, &frame, y);
    draw_time(&mut scene, &frame, y, words);
    scene.height = y + FOOT + 18.0;
    scene
}

/// What the plots show, for those who do not see them.
pub fn label(model: &Model) -> String {
    let words = &model.language.words().tcp;
    let names: Vec<String> = lines(model).into_iter().map(|line| line.name).collect();
    match names.is_empty() {
        true => words.nothing_plotted.to_owned(),
        false => fill(words.plots_label, &[("series", &names.join(", "))]),
    }
}

/// What can be plotted.
pub fn choices(model: &Model) -> Vec<Choice> {
    let words = &model.language.words().tcp;
    let choice = |series| Choice { series, name: line::long_name(words, series), shown: model.tcp.shows(series) };
    Series::ALL.into_iter().map(choice).collect()
}

/// The values of all lines at the moment on screen.
pub fn rows(model: &Model) -> Vec<Row> {
    let frame = frame(model, 600.0);
    // The moment itself counts.
    let at = frame.now + MOMENT;
    lines(model)
        .iter()
        .map(|line| {
            let known = line.at(&model.session.trace, at, frame.window());
            let known = known.filter(|(_, fact)| fact.is_none_or(|fact| model.fact().is_some_and(|now| fact <= now)));
            let fact = known.and_then(|(_, fact)| fact);
            Row {
                name: line.name.clone(),
                value: known.map_or_else(|| "–".to_owned(), |(value, _)| amount(line.group, value)),
                fact,
                chosen: fact.is_some_and(|fact| model.kin.has(Thing::Fact(fact))),
            }
        })
        .collect()
}

/// What is counted, for the series that need to be told.
pub fn notes(model: &Model) -> Vec<String> {
    let words = &model.language.words().tcp;
    let window = millis(frame(model, 600.0).window().as_nanos() as f64);
    let mut notes = Vec::new();
    if model.tcp.shows(Series::Throughput) || model.tcp.shows(Series::Goodput) {
        notes.push(fill(words.note_rate, &[("window", &window)]));
    }
    if model.tcp.shows(Series::Queue) {
        notes.push(words.note_queue.to_owned());
    }
    if !model.session.connections.real().is_empty() {
        notes.push(words.note_reported.to_owned());
    }
    notes
}

/// The connections beside the one that is looked at, which can be plotted with it.
pub fn others(model: &Model) -> Vec<(SocketId, String, bool)> {
    let choices = super::connection::choices(model).into_iter().filter(|choice| !choice.chosen);
    choices.map(|choice| (choice.socket, choice.label, choice.overlaid)).collect()
}

fn frame(model: &Model, width: f64) -> Frame {
    let now = model.moment().at;
    let right = width - (width * 0.3).min(150.0);
    let (from, to) = match model.tcp.span.nanos() {
        Some(span) => {
            // The moment on screen stands at seven tenths.
            let from = now.as_nanos().saturating_sub(span / 10 * 7);
            (Instant::from_nanos(from), Instant::from_nanos(from) + Duration::from_nanos(span))
        }
        None => whole(model, now),
    };
    Frame { left: LEFT, right, from, to, now, known: model.session.now().max(now).min(to) }
}

/// From the first fact of what is plotted to a little after the last: what comes after that, such as the minute of TIME-WAIT,
/// changes nothing and would leave no room for what does.
fn whole(model: &Model, now: Instant) -> (Instant, Instant) {
    let sockets = model.session.connections.sockets();
    let ends = shown_pairs(model).into_iter().flat_map(|pair| [Some(pair.first), pair.second]).flatten();
    let mut span = (now, Instant::ZERO);
    let real = model.session.connections.real().values().next_back();
    for curve in ends.map(|place| &sockets[place].vars).chain(real) {
        let first = curve.point(0).map_or(now, |point| point.0);
        let last = curve.len().checked_sub(1).and_then(|last| curve.point(last)).map_or(now, |point| point.0);
        span = (span.0.min(first), span.1.max(last));
    }
    let length = span.1.saturating_since(span.0).max(Duration::from_millis(1));
    (span.0, span.0 + length + length / 20)
}

fn draw_now(scene: &mut Scene, frame: &Frame, words: &Words) {
    let x = frame.x(frame.now);
    let sign = if frame.now > frame.to { "▸" } else { "▾" };
    scene.aligned((x, 9.0), format!("{sign} {}", words.now), Role::Accent, Style::Label, Align::Middle, 90.0);
}

/// What was dropped and what was sent again, each as a mark at its time.
fn draw_marks(scene: &mut Scene, model: &Model, frame: &Frame, mut y: f64) -> f64 {
    let words = &model.language.words().tcp;
    let senders: Vec<_> = shown_pairs(model).into_iter().map(|pair| by_traffic(model, pair).0).collect();
    for (name, resent) in [(words.mark_dropped, false), (words.mark_resent, true)] {
        let list = |socket: &'_ crate::app::tcp::socket::Socket| -> Vec<(Instant, FactId)> {
            let all = if resent { &socket.resent } else { &socket.lost };
            let from = all.partition_point(|(at, _)| *at < frame.from);
            let to = all.partition_point(|(at, _)| *at <= frame.to);
            all[from..to].to_vec()
        };
        let marks: Vec<(Instant, FactId)> = senders.iter().flat_map(|socket| list(socket)).collect();
        let count = marks.iter().filter(|(at, _)| *at <= frame.now).count();
        let middle = y + MARKS / 2.0;
        let text = fill(name, &[("count", &grouped(count as u64))]);
        scene.text((frame.right + 6.0, middle), text, Role::Ink, Style::Label, scene.width - frame.right - 8.0);
        scene.rule((frame.left, middle), (frame.right, middle), Role::Rule, 1.0);
        let mut last = f64::NEG_INFINITY;
        for (at, fact) in marks {
            let x = frame.x(at);
            // One mark a pixel is all that can be seen.
            if x - last < 1.0 && !model.kin.has(Thing::Fact(fact)) {
                continue;
            }
            last = x;
            draw_mark(scene, model, (x, middle), (fact, resent));
        }
        y += MARKS;
    }
    y
}

fn draw_mark(scene: &mut Scene, model: &Model, (x, y): (f64, f64), (fact, resent): (FactId, bool)) {
    let pick = Some(Thing::Fact(fact));
    let weight = if model.kin.has(Thing::Fact(fact)) { 4.0 } else { 2.0 };
    if resent {
        let (from, to) = ((x, y + 7.0), (x, y - 7.0));
        scene.shapes.push(Shape::Line { from, to, ink: Role::SeriesFour, weight, tip: Tip::Arrow, pick });
    } else {
        let (from, to) = ((x - 0.1, y), (x, y));
        scene.shapes.push(Shape::Line { from, to, ink: Role::Danger, weight, tip: Tip::Cross, pick });
    }
}

fn draw_plot(scene: &mut Scene, model: &Model, frame: &Frame, area: Rect, (group, lines): (Group, &[&Line<'_>])) {
    let words = &model.language.words().tcp;
    let now = frame.x(frame.now);
    scene.fill(Rect { x: now, width: (area.right() - now).max(0.0), ..area }, Role::Later);
    let most = lines.iter().filter_map(|line| most(model, frame, line)).fold(0.0, f64::max);
    let step = round_step(most.max(1.0) / 3.5);
    let top = (most / step).ceil().max(1.0) * step;
    let scale = Scale { area, top };
    let title = axis(words, group);
    scene.text((4.0, area.y - 15.0), title, Role::InkSoft, Style::Label, scene.width - 8.0);
    let mut value = 0.0;
    while value <= top * 1.001 {
        let y = scale.y(value);
        scene.rule((area.x, y), (area.right(), y), Role::Rule, 1.0);
        scene.aligned((area.x - 5.0, y), tick(group, value), Role::InkSoft, Style::Label, Align::End, LEFT - 6.0);
        value += step;
    }
    scene.rule((now, area.y), (now, area.bottom()), Role::Accent, 1.5);
    let mut names = Vec::new();
    for line in lines {
        draw_band(scene, frame, &scale, line);
        if let Some(y) = draw_line(scene, model, frame, &scale, line) {
            names.push((y, line));
        }
    }
    draw_names(scene, area, frame.right + 6.0, names);
}

/// The value axis of one plot.
struct Scale {
    area: Rect,
    top: f64,
}

impl Scale {
    fn y(&self, value: f64) -> f64 {
        self.area.bottom() - (value / self.top).clamp(0.0, 1.0) * self.area.height
    }
}

/// The greatest value that a line has in what is shown.
fn most(model: &Model, frame: &Frame, line: &Line<'_>) -> Option<f64> {
    match line.source {
        Source::Variable(curve, column, spread) => {
            let most = most_of(curve, frame, column)?;
            Some(most + spread.and_then(|spread| most_of(curve, frame, spread)).unwrap_or(0.0))
        }
        Source::Queue(curve) => most_of(curve, frame, 0),
        _ => rates(model, frame, line)
            .into_iter()
            .map(|(_, value)| value)
            .fold(None, |most, value| Some(value.max(most.unwrap_or(0.0)))),
    }
}

fn most_of<const N: usize>(curve: &Curve<N>, frame: &Frame, column: usize) -> Option<f64> {
    let from = curve.before(frame.from).saturating_sub(1);
    let to = curve.before(frame.to + MOMENT);
    curve.extremes(from, to, column).map(|(_, most)| f64::from(most))
}

fn rates(model: &Model, frame: &Frame, line: &Line<'_>) -> Vec<(f64, f64)> {
    let count = ((frame.x(frame.known) - frame.left) / RATE_STEP) as usize;
    let window = frame.window();
    let at = |place: usize| {
        let x = frame.left + place as f64 * RATE_STEP;
        line.at(&model.session.trace, frame.time(x), window).map(|(value, _)| (x, value))
    };
    (0..=count).filter_map(at).collect()
}

/// The spread of a line, as an area around it.
fn draw_band(scene: &mut Scene, frame: &Frame, scale: &Scale, line: &Line<'_>) {
    let Source::Variable(curve, column, Some(spread)) = line.source else { return };
    let (mut upper, mut lower) = (Vec::new(), Vec::new());
    let mut x = frame.left;
    let right = frame.x(frame.known);
    while x <= right {
        let place = curve.before(frame.time(x)).checked_sub(1);
        if let Some(place) = place
            && let (Some(value), Some(spread)) = (curve.value(place, column), curve.value(place, spread))
        {
            upper.push((x, scale.y(f64::from(value) + f64::from(spread))));
            lower.push((x, scale.y(f64::from(value) - f64::from(spread))));
        }
        x += 2.0;
    }
    upper.extend(lower.into_iter().rev());
    if upper.len() > 3 {
        let (fill, dash) = (Some(Role::PanelActive), Dash::Whole);
        scene.shapes.push(Shape::Path { points: upper, closed: true, fill, ink: None, weight: 0.0, dash, pick: None });
    }
}

/// Draws a line, and says how high it ends.
fn draw_line(scene: &mut Scene, model: &Model, frame: &Frame, scale: &Scale, line: &Line<'_>) -> Option<f64> {
    let (legs, points) = match line.source {
        Source::Variable(curve, column, _) => trace_curve(curve, column, frame, scale),
        Source::Queue(curve) => trace_curve(curve, 0, frame, scale),
        _ => {
            let legs = rates(model, frame, line).into_iter().map(|(x, value)| (x, scale.y(value))).collect();
            (vec![legs], Vec::new())
        }
    };
    let end = legs.last().and_then(|leg: &Vec<(f64, f64)>| leg.last()).map(|(_, y)| *y);
    for points in legs {
        let (ink, dash) = (Some(line.ink), line.dash);
        scene.shapes.push(Shape::Path { points, closed: false, fill: None, ink, weight: 2.0, dash, pick: None });
    }
    for ((x, y), fact) in points {
        // A line without length shows nothing, and can be met by a click.
        let pick = Some(Thing::Fact(fact));
        scene.shapes.push(Shape::Line { from: (x, y), to: (x, y), ink: line.ink, weight: 1.0, tip: Tip::Plain, pick });
    }
    end
}

type Point = (f64, f64);

/// The legs of a curve, interrupted where it has no value, and points of it that can be chosen.
fn trace_curve<const N: usize>(
    curve: &Curve<N>,
    column: usize,
    frame: &Frame,
    scale: &Scale,
) -> (Vec<Vec<Point>>, Vec<(Point, FactId)>) {
    let (mut legs, mut leg) = (Vec::new(), Vec::new());
    let mut points: Vec<(Point, FactId)> = Vec::new();
    let mut place = curve.before(frame.from);
    let y = |value: u32| scale.y(f64::from(value));
    let mut value = place.checked_sub(1).and_then(|before| curve.value(before, column));
    leg.extend(value.map(|value| (frame.left, y(value))));
    let mut x = frame.left;
    let right = frame.x(frame.known);
    while x < right {
        x += 1.0;
        let next = if x >= right { curve.before(frame.known + MOMENT) } else { curve.before(frame.time(x)) };
        if next == place {
            continue;
        }
        leg.extend(value.map(|value| (x, y(value))));
        if let Some((least, most)) = curve.extremes(place, next, column) {
            leg.extend([(x, y(least)), (x, y(most))]);
        }
        value = curve.value(next - 1, column);
        match value {
            Some(value) => leg.push((x, y(value))),
            None => legs.push(core::mem::take(&mut leg)),
        }
        if let (Some(value), Some((_, fact))) = (value, curve.point(next - 1))
            && points.last().is_none_or(|((last, _), _)| x - last >= POINT)
        {
            points.push(((x, y(value)), fact));
        }
        place = next;
    }
    leg.extend(value.map(|value| (right, y(value))));
    legs.push(leg);
    legs.retain(|leg: &Vec<Point>| leg.len() > 1);
    (legs, points)
}

/// The names at the ends of the lines, none over another.
fn draw_names(scene: &mut Scene, area: Rect, x: f64, mut names: Vec<(f64, &&Line<'_>)>) {
    const HEIGHT: f64 = 16.0;
    order::sort_by(&mut names, |one, other| one.0.total_cmp(&other.0));
    let mut free = area.y;
    let count = names.len();
    for (place, (y, line)) in names.into_iter().enumerate() {
        // Room is left for those below.
        let lowest = area.bottom() + 6.0 - (count - place - 1) as f64 * HEIGHT;
        let at = y.max(free).min(lowest);
        free = at + HEIGHT;
        let (from, to, ink, dash) = ((x - 6.0, y), (x, at), Some(line.ink), Dash::Whole);
        scene.shapes.push(Shape::Path {
            points: vec![from, to],
            closed: false,
            fill: None,
            ink,
            weight: 1.0,
            dash,
            pick: None,
        });
        let sample = vec![(x, at), (x + 18.0, at)];
        scene.shapes.push(Shape::Path {
            points: sample,
            closed: false,
            fill: None,
            ink,
            weight: 2.0,
            dash: line.dash,
            pick: None,
        });
        scene.text((x + 22.0, at), line.name.clone(), line.ink, Style::Label, scene.width - x - 24.0);
    }
}

/// The moment of what is chosen.
fn draw_chosen(scene: &mut Scene, model: &Model, frame: &Frame, bottom: f64) {
    let fact = match model.selected.thing {
        Some(Thing::Fact(fact)) => Some(fact),
        _ => model.selected.frame.and_then(|frame| model.session.index.frame(frame)).map(|frame| frame.sent),
    };
    let at = fact.and_then(|fact| model.session.trace.get(fact)).map(|fact| fact.at).filter(|at| frame.shows(*at));
    if let Some(at) = at {
        let x = frame.x(at);
        let (points, ink, dash) = (vec![(x, HEAD), (x, bottom)], Some(Role::Ink), Dash::Dashed);
        scene.shapes.push(Shape::Path { points, closed: false, fill: None, ink, weight: 1.5, dash, pick: None });
        scene.label((x, HEAD - 2.0), model.language.words().tcp.chosen, Role::Ink, Role::Mark, 90.0);
    }
}

fn draw_time(scene: &mut Scene, frame: &Frame, y: f64, words: &Words) {
    let whole = frame.to.saturating_since(frame.from).as_nanos() as f64;
    let step = round_step(whole / ((frame.right - frame.left) / 64.0).max(1.0)).max(1.0);
    let first = (frame.from.as_nanos() as f64 / step).ceil() * step;
    let mut at = first;
    let mut free = f64::NEG_INFINITY;
    while at <= frame.to.as_nanos() as f64 {
        let x = frame.x(Instant::from_nanos(at as u64));
        scene.rule((x, y), (x, y + 5.0), Role::InkSoft, 1.0);
        let text = millis(at);
        if x - width_of(&text, Style::Label) / 2.0 > free {
            free = x + width_of(&text, Style::Label) / 2.0 + 6.0;
            scene.aligned((x, y + 14.0), text, Role::InkSoft, Style::Label, Align::Middle, 80.0);
        }
        at += step;
    }
    scene.text((frame.left, y + 32.0), words.simulated_time, Role::InkSoft, Style::Label, scene.width - frame.left);
}

fn axis(words: &Words, group: Group) -> &'static str {
    match group {
        Group::Bytes => words.axis_bytes,
        Group::Time => words.axis_time,
        Group::Rate => words.axis_rate,
        Group::Frames => words.axis_frames,
    }
}

/// A number at an axis, in the axis's unit.
fn tick(group: Group, value: f64) -> String {
    match group {
        Group::Time if value > 0.0 => millis(value * 1e3),
        _ => short(value),
    }
}

/// A number with the SI's letters: `14.6k`.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let text = format!("{value:.1}");
    format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A value with its unit.
fn amount(group: Group, value: f64) -> String {
    match group {
        Group::Bytes => format!("{} B", grouped(value as u64)),
        Group::Time => millis(value * 1e3),
        Group::Rate => format!("{} bit/s", short(value)),
        Group::Frames => grouped(value as u64),
    }
}
