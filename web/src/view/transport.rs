//! The bar under the stage: the clock, the scale, the time line with its marks.
//!
//! Absent on purpose: the buttons' pictures (the style sheet has them).

use super::narration::millis;
use super::scene::{Align, Rect, Scene, Shape, Style, Tip};
use super::theme::Role;
use crate::app::Model;
use crate::app::film::FilmTime;
use crate::app::kind::Kind;
use crate::app::player::Speed;
use crate::catalogue::{Words, fill};

/// The bar at the moment that is on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    /// Simulated time.
    pub clock: String,
    /// The scale at this very moment, honestly.
    pub scale: String,
    /// Where the head is, 0 to 1000 of what is known.
    pub place: u32,
}

/// How fine the time line is.
pub const FINE: u32 = 1000;

/// The bar at the moment that is on screen.
pub fn transport(model: &Model) -> Transport {
    let words = model.language.words();
    let moment = model.moment();
    let nanos = moment.at.as_nanos();
    let end = model.film_end().0;
    let place = if end > 0.0 { model.player.at.0 / end } else { 0.0 };
    let scale = if moment.rate == 0.0 {
        words.scale_stopped.to_owned()
    } else {
        let per_second = model.player.speed.nanos_per_second() * moment.rate;
        // Who waits for the real network waits in real time.
        let waits = model.is_live() && model.session.is_waiting();
        let per_second = if waits { per_second.min(1e9) } else { per_second };
        fill(words.scale_now, &[("span", &rounded(per_second))])
    };
    Transport {
        clock: format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1_000 % 1_000),
        scale,
        place: (place * f64::from(FINE)).round() as u32,
    }
}

/// A span with two digits that count: a scale that changes all the time must be readable.
fn rounded(nanos: f64) -> String {
    let size = 10f64.powf(nanos.max(1.0).log10().floor() - 1.0);
    millis((nanos / size).round() * size)
}

/// The choices of the speed control: each speed with its words.
pub fn speeds(model: &Model) -> Vec<(usize, String)> {
    let words = model.language.words();
    Speed::all()
        .map(|speed| {
            let span = millis(speed.nanos_per_second());
            (speed.index(), fill(words.scale_label, &[("span", &span)]))
        })
        .collect()
}

/// The name of a kind of events.
pub fn kind_name(words: &'static Words, kind: Kind) -> &'static str {
    let words = &words.time;
    match kind {
        Kind::Event => words.kind_event,
        Kind::Sent => words.kind_sent,
        Kind::Dropped => words.kind_dropped,
        Kind::Again => words.kind_again,
        Kind::State => words.kind_state,
        Kind::Call => words.kind_call,
        Kind::Timer => words.kind_timer,
        Kind::Real => words.kind_real,
        Kind::Change => words.kind_change,
    }
}

/// Half of the width of the time line's handle, in pixels: what the marks keep free at both ends, as browsers do.
const HANDLE: f64 = 8.0;

/// Height of the marks above the time line, in pixels.
pub const MARKS: f64 = 28.0;

/// Width of a column of marks, in pixels.
const COLUMN: f64 = 4.0;

/// Where the bars of events begin, below the rows of marks.
const TOP: f64 = 12.0;

/// The marks above the time line: how much happens where, what was dropped and sent again, and the stretch that is played over and
/// over. It costs what is on screen: a search for each column.
pub fn marks(model: &Model, width: f64) -> Scene {
    let mut scene = Scene { width, height: MARKS, ..Scene::default() };
    let end = model.film_end().0;
    let room = width - 2.0 * HANDLE;
    if end <= 0.0 || room < COLUMN {
        return scene;
    }
    let columns = (room / COLUMN) as usize;
    let middle = |column: usize| HANDLE + (column as f64 + 0.5) * COLUMN;
    let counts = |kind: Kind| counts(model, kind, columns, end / columns as f64);
    let some =
        |kind: Kind| counts(kind).into_iter().enumerate().filter(|(_, count)| *count > 0).map(|(column, _)| column);
    draw_density(&mut scene, &counts(Kind::Event));
    for x in some(Kind::Again).map(middle) {
        rule(&mut scene, (x - 3.0, 9.5), (x + 3.0, 9.5), Role::Ink);
    }
    for x in some(Kind::Dropped).map(middle) {
        rule(&mut scene, (x - 3.0, 1.0), (x + 3.0, 7.0), Role::Danger);
        rule(&mut scene, (x - 3.0, 7.0), (x + 3.0, 1.0), Role::Danger);
    }
    draw_stretch(&mut scene, model, |at| HANDLE + room * at.0 / end);
    scene
}

/// A bar for each column in which something happens. Crowds of a thousand must not hide that three happened elsewhere.
fn draw_density(scene: &mut Scene, events: &[usize]) {
    let scale = |count: usize| (1.0 + count as f64).ln();
    let most = events.iter().copied().max().map_or(1.0, scale);
    for (column, count) in events.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = ((MARKS - TOP) * scale(*count) / most).max(2.0);
        let left = HANDLE + column as f64 * COLUMN;
        scene.fill(Rect::new(left, MARKS - height, COLUMN - 1.0, height), Role::InkSoft);
    }
}

/// How many of a kind lie in each column.
fn counts(model: &Model, kind: Kind, columns: usize, span: f64) -> Vec<usize> {
    let (all, film) = (model.session.index.kinds.all(kind), &model.session.film);
    // Where each column begins among the facts. The last one ends where they do: nothing is known beyond the end of the line.
    let mut edges = vec![0; columns + 1];
    edges[columns] = all.partition_point(|fact| film.start(fact.0 as usize).0 < span * columns as f64);
    halve(&mut edges, 0, &|from, to, column| {
        let edge = span * column as f64;
        from + all[from..to].partition_point(|fact| film.start(fact.0 as usize).0 < edge)
    });
    edges.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Finds the edges between the first and the last of these, the middle one first: each search goes on in half of the facts only, and
/// ends at once where there are none. `first` is the number of the first edge.
fn halve(edges: &mut [usize], first: usize, search: &dyn Fn(usize, usize, usize) -> usize) {
    let (from, to) = (edges[0], edges[edges.len() - 1]);
    if edges.len() <= 2 || from == to {
        edges.fill(from.max(to));
        edges[0] = from;
        return;
    }
    let middle = edges.len() / 2;
    edges[middle] = search(from, to, first + middle);
    halve(&mut edges[..=middle], first, search);
    halve(&mut edges[middle..], first + middle, search);
}

fn rule(scene: &mut Scene, from: (f64, f64), to: (f64, f64), ink: Role) {
    scene.shapes.push(Shape::Line { from, to, ink, weight: 1.8, tip: Tip::Plain, pick: None });
}

fn draw_stretch(scene: &mut Scene, model: &Model, x: impl Fn(FilmTime) -> f64) {
    let stretch = model.time.stretch;
    if let Some((a, b)) = stretch.ends() {
        scene.rule((x(a), MARKS - 2.0), (x(b), MARKS - 2.0), Role::Accent, 4.0);
    }
    for (place, name, align, beside) in [(stretch.a, "A", Align::Start, 4.0), (stretch.b, "B", Align::End, -4.0)] {
        let Some(place) = place else { continue };
        scene.rule((x(place), 0.0), (x(place), MARKS), Role::Accent, 2.0);
        scene.aligned((x(place) + beside, 8.0), name, Role::Accent, Style::Label, align, 20.0);
    }
}

/// What the marks say, in words.
pub fn marks_label(model: &Model) -> String {
    let words = model.language.words();
    let count = |kind: Kind| model.session.index.kinds.all(kind).len().to_string();
    let (events, dropped, again) = (count(Kind::Event), count(Kind::Dropped), count(Kind::Again));
    fill(words.time.marks, &[("n", &events), ("dropped", &dropped), ("again", &again)])
}

/// The stretch that is played over and over, in words; empty without one.
pub fn stretch(model: &Model) -> String {
    let words = &model.language.words().time;
    let at = |place: FilmTime| millis(model.session.film.moment(place).at.as_nanos() as f64);
    match (model.time.stretch.a, model.time.stretch.b) {
        (Some(a), Some(b)) => fill(words.stretch_on, &[("a", &at(a)), ("b", &at(b))]),
        (Some(a), None) => fill(words.stretch_begun, &[("a", &at(a))]),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn columns_are_counted_with_few_searches() {
        // Two crowds, and nothing between.
        let facts: Vec<usize> = (0..1_000).map(|at| at / 100).chain((0..1_000).map(|at| 80 + at / 50)).collect();
        let searches = Cell::new(0);
        let mut edges = vec![0; 201];
        edges[200] = facts.len();
        halve(&mut edges, 0, &|from, to, column| {
            searches.set(searches.get() + 1);
            from + facts[from..to].partition_point(|at| *at < column)
        });
        for (column, pair) in edges.windows(2).enumerate() {
            let here = facts.iter().filter(|at| **at == column).count();
            assert_eq!(pair[1] - pair[0], here, "column {column}");
        }
        assert!(searches.get() < 60, "{} searches for 200 columns, 30 of which have something", searches.get());
    }
}
