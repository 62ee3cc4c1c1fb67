//! Two futures side by side: what was changed, where they part, and what each came to.
//!
//! Events are matched by what they say, not by when they happen: what merely comes later is the same event. What is matched is bounded: the
//! events from where the futures part on, so many of each.
//!
//! Absent on purpose: layers and variables. They follow from the frames, and each future alone shows them.

use sim_core::network::Input;
use sim_core::order;
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, FrameId, LinkId, NodeId, TimerChange, What};

use super::frame;
use super::narration::{drop_reason, millis, timer_name};
use super::scene::{Align, Scene, Shape, Style, Tip};
use super::theme::Role;
use crate::app::Model;
use crate::app::future::{Branch, Changes, Name};
use crate::app::index::Frame;
use crate::app::kind::Kind;
use crate::app::session::Session;
use crate::app::thing::Thing;
use crate::catalogue::{Words, fill};

/// Events of each future that are matched.
const MOST: usize = 160;

/// Events before the futures part that are shown, too.
const BEFORE: usize = 3;

/// A future as the pane names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    /// What it is called.
    pub name: Name,
    /// The letter, with what was changed.
    pub text: String,
    /// It is on screen.
    pub shown: bool,
    /// It is the one that is compared with the one on screen.
    pub compared: bool,
}

/// An event of one future.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its fact there.
    pub fact: FactId,
    /// When.
    pub time: String,
    /// What.
    pub text: String,
    at: Instant,
    /// A hash of the text: by this, events are the same.
    key: u64,
    /// It is the change itself, and not what follows from it.
    change: bool,
}

/// One line of both: an event of each, or of one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// In the future whose name comes first.
    pub left: Option<Cell>,
    /// In the other.
    pub right: Option<Cell>,
    /// It is the first difference that follows from the change.
    pub first: bool,
}

impl Line {
    /// Whether both have it.
    pub fn is_same(&self) -> bool {
        self.left.is_some() && self.right.is_some()
    }
}

/// Two futures.
#[derive(Clone, Debug, PartialEq)]
pub struct Compare {
    /// The names of both, the first on the left.
    pub names: [Name; 2],
    /// What was changed and where the first difference shows, in a sentence.
    pub told: String,
    /// What both came to: a heading, and the figure of each.
    pub counts: Vec<(&'static str, [String; 2])>,
    /// The events of both.
    pub lines: Vec<Line>,
    /// The first difference in the future that is on screen: where the head can go.
    pub first: Option<FactId>,
    /// How far the other one has run, when the one on screen has not come so far.
    pub behind: Option<String>,
}

/// The futures that there are; empty where there is only one.
pub fn tabs(model: &Model) -> Vec<Tab> {
    let futures = &model.time.futures;
    if futures.kept.is_empty() {
        return Vec::new();
    }
    let words = model.language.words();
    let other = futures.compared().map(|future| future.name);
    let text = |name: Name, branch: Option<&Branch>| match branch {
        Some(branch) => format!("{} · {}", name.label(), changes(words, &model.session, branch)),
        None => format!("{} · {}", name.label(), words.time.future_first),
    };
    let shown =
        Tab { name: futures.shown, text: text(futures.shown, futures.branch.as_ref()), shown: true, compared: false };
    let kept = futures.kept.iter().map(|future| Tab {
        name: future.name,
        text: text(future.name, future.branch.as_ref()),
        shown: false,
        compared: other == Some(future.name),
    });
    let mut tabs: Vec<Tab> = kept.chain([shown]).collect();
    order::sort_by_key(&mut tabs, |tab| tab.name);
    tabs
}

/// The two futures, when there are two.
pub fn compare(model: &Model) -> Option<Compare> {
    let futures = &model.time.futures;
    let other = futures.compared()?;
    let words = model.language.words();
    let shown_first = futures.shown < other.name;
    let (names, sessions) = if shown_first {
        ([futures.shown, other.name], [&model.session, &other.session])
    } else {
        ([other.name, futures.shown], [&other.session, &model.session])
    };
    let common = futures.common(futures.shown, other.name);
    let lines = lines(words, sessions, common);
    let first = lines.iter().find(|line| line.first);
    let side = |line: &Line, shown: bool| if shown == shown_first { line.left.clone() } else { line.right.clone() };
    let in_shown = first.and_then(|line| side(line, true)).or_else(|| nearest(&lines, shown_first));
    let newer = if shown_first { other.branch.as_ref() } else { futures.branch.as_ref() };
    let told = told(words, names, (newer, sessions[1]), first);
    let (here, there) = (model.session.now(), other.session.now());
    Some(Compare {
        names,
        told,
        counts: counts(words, sessions),
        first: in_shown.map(|cell| cell.fact),
        behind: (here < there && !model.session.is_over()).then(|| millis(there.as_nanos() as f64)),
        lines,
    })
}

/// Where the first difference is something that does not happen on screen: the event before it.
fn nearest(lines: &[Line], shown_first: bool) -> Option<Cell> {
    let first = lines.iter().position(|line| line.first)?;
    let side = |line: &Line| if shown_first { line.left.clone() } else { line.right.clone() };
    lines[..first].iter().rev().find_map(side)
}

fn told(
    words: &Words,
    names: [Name; 2],
    (newer, session): (Option<&Branch>, &Session),
    first: Option<&Line>,
) -> String {
    let left = match newer {
        Some(branch) => {
            let at = millis(branch.at.as_nanos() as f64);
            let changes = changes(words, session, branch);
            let values = [("b", &*names[1].label()), ("a", &branch.from.label()), ("at", &at), ("changes", &changes)];
            fill(words.time.compare_left, &values)
        }
        None => String::new(),
    };
    let first = match first {
        Some(Line { left: Some(cell), .. }) => (words.time.compare_only, names[0], cell),
        Some(Line { right: Some(cell), .. }) => (words.time.compare_only, names[1], cell),
        _ => return format!("{left}{}", words.time.compare_same),
    };
    let (sentence, name, cell) = first;
    let values = [("at", &*cell.time), ("name", &name.label()), ("event", &cell.text)];
    format!("{left}{}", fill(sentence, &values))
}

/// What was changed, in a few words.
fn changes(words: &Words, session: &Session, branch: &Branch) -> String {
    if matches!(branch.changes, Changes::Scenario) {
        return words.time.change_scenario.to_owned();
    }
    let all: Vec<String> = branch.changes.inputs().iter().take(3).map(|input| change(words, session, input)).collect();
    all.join(words.time.and)
}

fn change(words: &Words, session: &Session, input: &Input) -> String {
    let words = &words.time;
    let node = |node: NodeId| session.name(node).to_owned();
    let ends = |link: LinkId| {
        let ends = session.scenario.links.get(usize::from(link.0)).map(|link| link.nodes());
        ends.map(|[a, b]| (node(a), node(b))).unwrap_or_default()
    };
    match input {
        Input::SetFaults(link, end, faults) => {
            let (a, b) = ends(*link);
            let (from, to) = if *end == 0 { (a, b) } else { (b, a) };
            let sentence = if faults.down { words.change_cut } else { words.change_faults };
            fill(sentence, &[("from", &from), ("to", &to), ("loss", &percent(faults.loss_ppm))])
        }
        Input::SetLink { link, .. } => {
            let (a, b) = ends(*link);
            fill(words.change_link, &[("from", &a), ("to", &b)])
        }
        Input::SetHost(host, _) => fill(words.change_host, &[("node", &node(*host))]),
        Input::DropFrame(frame) => fill(words.change_drop, &[("frame", &session.number(*frame))]),
        Input::Spawn(host, program) => {
            fill(words.change_program, &[("node", &node(*host)), ("program", &program.name())])
        }
        Input::Kill(host, _) => fill(words.change_kill, &[("node", &node(*host))]),
        Input::Frame(host, _) => fill(words.change_frame, &[("node", &node(*host))]),
        _ => words.change_other.to_owned(),
    }
}

fn percent(ppm: u32) -> String {
    format!("{} %", f64::from(ppm) / 10_000.0)
}

fn counts(words: &Words, sessions: [&Session; 2]) -> Vec<(&'static str, [String; 2])> {
    let both = |figure: &dyn Fn(&Session) -> String| sessions.map(figure);
    let of_kind = |kind: Kind| move |session: &Session| session.index.kinds.all(kind).len().to_string();
    let words = &words.time;
    // A last timer may be due much later than anything that is seen of it.
    let ended = |session: &Session| {
        let last = session.index.kinds.all(Kind::Sent).last().and_then(|fact| session.trace.get(*fact));
        last.map_or_else(|| "–".to_owned(), |fact| millis(fact.at.as_nanos() as f64))
    };
    vec![
        (words.count_frames, both(&of_kind(Kind::Sent))),
        (words.count_dropped, both(&of_kind(Kind::Dropped))),
        (words.count_again, both(&of_kind(Kind::Again))),
        (words.count_bytes, both(&|session| session.index.bytes_sent().to_string())),
        (words.count_last, both(&ended)),
        (words.count_printed, both(&printed)),
    ]
}

/// What programs have printed last.
fn printed(session: &Session) -> String {
    const LINES: usize = 3;
    let said =
        session.index.printed().iter().rev().take(LINES).filter_map(|fact| match &session.trace.get(*fact)?.what {
            What::Printed { text, .. } => Some(&**text),
            _ => None,
        });
    let mut said: Vec<&str> = said.collect();
    said.reverse();
    if said.is_empty() { "–".to_owned() } else { said.join(" ⏎ ") }
}

/// The events of both from a little before the facts that they have in common end, matched.
fn lines(words: &Words, sessions: [&Session; 2], common: usize) -> Vec<Line> {
    let common = sessions.iter().map(|session| session.trace.facts().len()).min().unwrap_or(0).min(common);
    let before = cells_before(words, sessions[0], common);
    let mut lines: Vec<Line> =
        before.into_iter().map(|cell| Line { left: Some(cell.clone()), right: Some(cell), first: false }).collect();
    let [left, right] = sessions.map(|session| cells(words, session, common));
    // One of both may not have come so far: what is missing at its end is not a difference yet.
    let ends = sessions.map(|session| if session.is_over() { Instant::FAR_FUTURE } else { session.now() });
    let matched = matched(left, right);
    let mut found = false;
    lines.extend(matched.into_iter().map(|(left, right)| {
        let cell = left.as_ref().or(right.as_ref());
        let missing = if left.is_some() { ends[1] } else { ends[0] };
        let differs = left.is_some() != right.is_some();
        let counts = cell.is_some_and(|cell| !cell.change && cell.at <= missing);
        let first = !found && differs && counts;
        found |= first;
        Line { left, right, first }
    }));
    lines
}

fn cells_before(words: &Words, session: &Session, common: usize) -> Vec<Cell> {
    let facts = &session.trace.facts()[..common];
    let mut cells: Vec<Cell> = facts.iter().rev().filter_map(|fact| cell(words, session, fact)).take(BEFORE).collect();
    cells.reverse();
    cells
}

fn cells(words: &Words, session: &Session, from: usize) -> Vec<Cell> {
    session.trace.facts()[from..].iter().filter_map(|fact| cell(words, session, fact)).take(MOST).collect()
}

/// What is said of a fact, when it is one that is compared.
fn cell(words: &Words, session: &Session, fact: &Fact) -> Option<Cell> {
    let node = session.name(fact.node);
    let label = |frame: FrameId| session.index.frame(frame).map(|frame| frame::words(frame).info);
    let text = match &fact.what {
        What::Sent { frame, to, .. } => format!("{node} → {}: {}", session.name(*to), label(*frame)?),
        What::Dropped { frame, why, .. } => {
            let what = frame.and_then(label).unwrap_or_default();
            format!("× {node}: {} {what}", drop_reason(words, *why))
        }
        What::TcpState { from, to, .. } => format!("{node}: {} → {}", from.name(), to.name()),
        What::Timer { timer, change: TimerChange::Fired, .. } => {
            format!("{node}: {}: {}", words.time.kind_timer, timer_name(words, *timer))
        }
        What::Printed { text, .. } => format!("{node}: print {text}"),
        What::Exited { error, .. } => format!("{node}: exit {}", error.map_or("", |errno| errno.name())),
        What::Killed { .. } | What::FaultsSet { .. } | What::LinkSet { .. } | What::HostSet { .. } => {
            format!("{node}: {}", words.time.compare_change)
        }
        _ => return None,
    };
    let by_hand = matches!(fact.what, What::Dropped { why: sim_core::trace::DropReason::ByHand, .. });
    let set =
        matches!(fact.what, What::FaultsSet { .. } | What::LinkSet { .. } | What::HostSet { .. } | What::Killed { .. });
    let time = clock(fact.at);
    let key = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        // FNV-1a.
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Some(Cell { fact: fact.id, time, text, at: fact.at, key, change: set || by_hand })
}

fn clock(at: Instant) -> String {
    let nanos = at.as_nanos();
    format!("{}.{:03} ms", nanos / 1_000_000, nanos / 1_000 % 1_000)
}

/// Both lists in one, with what both say in the same order side by side: a longest common subsequence.
fn matched(left: Vec<Cell>, right: Vec<Cell>) -> Vec<(Option<Cell>, Option<Cell>)> {
    let (rows, columns) = (left.len(), right.len());
    let mut longest = vec![0_u16; (rows + 1) * (columns + 1)];
    let at = |row: usize, column: usize| row * (columns + 1) + column;
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[at(row, column)] = if left[row].key == right[column].key {
                longest[at(row + 1, column + 1)] + 1
            } else {
                longest[at(row + 1, column)].max(longest[at(row, column + 1)])
            };
        }
    }
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::with_capacity(rows + columns);
    loop {
        let pair = match (left.peek(), right.peek()) {
            (None, None) => return pairs,
            (Some(a), Some(b)) if a.key == b.key => (left.next(), right.next()),
            (Some(_), Some(_)) if longest[at(row + 1, column)] >= longest[at(row, column + 1)] => (left.next(), None),
            (Some(_), None) => (left.next(), None),
            _ => (None, right.next()),
        };
        row += usize::from(pair.0.is_some());
        column += usize::from(pair.1.is_some());
        pairs.push(pair);
    }
}

/// Frames of each future that its ladder shows.
const ARROWS: usize = 24;

/// Height of the heads of the ladders, in pixels.
const HEAD: f64 = 44.0;

/// The ladders of both over the same time, from a little before they part.
pub fn ladders(model: &Model, width: f64, height: f64) -> Scene {
    let mut scene = Scene::new(width, height);
    let futures = &model.time.futures;
    let (Some(other), Some(compared)) = (futures.compared(), compare(model)) else { return scene };
    let sessions =
        if futures.shown < other.name { [&model.session, &other.session] } else { [&other.session, &model.session] };
    let first = compared.lines.iter().find(|line| line.first);
    let parting = first.and_then(|line| line.left.as_ref().or(line.right.as_ref())).map(|cell| cell.at);
    let unit = model.session.film.patience();
    let common = futures.common(futures.shown, other.name);
    let branched = model.session.trace.facts().get(common.saturating_sub(1)).map_or(Instant::ZERO, |fact| fact.at);
    let begin = Instant::from_nanos(branched.as_nanos().saturating_sub(2 * unit as u64));
    let frames = sessions.map(|session| arrows(session, begin));
    let scale = Scale::new(begin, frames.iter().flatten().copied(), parting, 2.0 * unit);
    let room = height - HEAD - 8.0;
    let y = |at: Instant| HEAD + room * scale.place(at);
    let last = scale.last();
    let half = width / 2.0;
    for (side, (session, frames)) in sessions.into_iter().zip(&frames).enumerate() {
        let name = compared.names[side];
        let left = half * side as f64;
        let own = name == futures.shown;
        draw_ladder(&mut scene, session, frames, (left, half, y(last)), &y, own);
        let text = format!("{}{}", name.label(), if own { " ●" } else { "" });
        scene.aligned((left + half / 2.0, 12.0), text, Role::Ink, Style::Title, Align::Middle, half);
    }
    scene.rule((half, 0.0), (half, height), Role::Rule, 2.0);
    for (at, span) in scale.breaks() {
        let text = format!("⋮ {}", millis(span));
        scene.label((half, HEAD + room * at), text, Role::InkSoft, Role::Panel, width / 3.0);
    }
    if let Some(at) = parting {
        scene.rule((0.0, y(at)), (width, y(at)), Role::Accent, 2.0);
        let text = model.language.words().time.compare_first;
        scene.label((half, y(at) - 9.0), text, Role::Accent, Role::Panel, width - 20.0);
    }
    scene
}

/// The time of both ladders: as it passes, but a quiet span is cut short, and says so.
struct Scale {
    /// Times with their places, in order; the last place is the length of all.
    places: Vec<(Instant, f64)>,
    longest: f64,
}

impl Scale {
    fn new<'a>(
        begin: Instant,
        frames: impl Iterator<Item = &'a Frame>,
        parting: Option<Instant>,
        longest: f64,
    ) -> Scale {
        let mut times: Vec<Instant> = frames.flat_map(|frame| [frame.sent_at, frame.arrives_at]).collect();
        times.extend(parting.into_iter().chain([begin]));
        order::sort(&mut times);
        times.dedup();
        let (mut place, mut before) = (0.0, begin);
        let mut places = Vec::with_capacity(times.len());
        for at in times {
            place += (at.saturating_since(before).as_nanos() as f64).min(longest);
            before = at;
            places.push((at, place));
        }
        Scale { places, longest }
    }

    fn last(&self) -> Instant {
        self.places.last().map_or(Instant::ZERO, |last| last.0)
    }

    /// The place of a time, 0 to 1.
    fn place(&self, at: Instant) -> f64 {
        let length = self.places.last().map_or(1.0, |last| last.1).max(1.0);
        let begun = self.places.partition_point(|(known, _)| *known <= at);
        let Some((time, place)) = begun.checked_sub(1).and_then(|begun| self.places.get(begun)) else { return 0.0 };
        let end = self.places.get(begun).map_or(*place, |next| next.1);
        ((place + at.saturating_since(*time).as_nanos() as f64).min(end) / length).min(1.0)
    }

    /// The middles of what is cut short, 0 to 1, with the nanoseconds that pass there.
    fn breaks(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        let length = self.places.last().map_or(1.0, |last| last.1).max(1.0);
        self.places.windows(2).filter_map(move |pair| {
            let span = pair[1].0.saturating_since(pair[0].0).as_nanos() as f64;
            (span > self.longest).then(|| (f64::midpoint(pair[0].1, pair[1].1) / length, span))
        })
    }
}

/// The frames of a future that are sent from a time on.
fn arrows(session: &Session, begin: Instant) -> Vec<&Frame> {
    let frames = session.index.frames();
    let first = frames.partition_point(|frame| frame.sent_at < begin);
    frames[first..].iter().take(ARROWS).collect()
}

fn draw_ladder(
    scene: &mut Scene,
    session: &Session,
    frames: &[&Frame],
    (left, width, bottom): (f64, f64, f64),
    y: &impl Fn(Instant) -> f64,
    own: bool,
) {
    // Only the nodes that take part here have a line.
    let mut nodes: Vec<NodeId> = frames.iter().flat_map(|frame| [frame.from, frame.to]).collect();
    order::sort(&mut nodes);
    nodes.dedup();
    let step = width / nodes.len().max(1) as f64;
    let x = |node: NodeId| left + step * (nodes.partition_point(|known| *known < node) as f64 + 0.5);
    for node in &nodes {
        scene.rule((x(*node), HEAD), (x(*node), bottom), Role::InkSoft, 2.0);
        scene.aligned((x(*node), 32.0), session.name(*node), Role::InkSoft, Style::Label, Align::Middle, step - 4.0);
    }
    let mut lowest = f64::NEG_INFINITY;
    for frame in frames {
        let lost = frame.end.is_some_and(|end| end.dropped.is_some());
        let (from, mut to) = ((x(frame.from), y(frame.sent_at)), (x(frame.to), y(frame.arrives_at)));
        if lost {
            to = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        }
        let (ink, tip) = if lost { (Role::Danger, Tip::Cross) } else { (Role::Ink, Tip::Arrow) };
        let pick = own.then_some(Thing::Frame(frame.id));
        scene.shapes.push(Shape::Line { from, to, ink, weight: 1.6, tip, pick });
        let place = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1) - 8.0);
        // In a crowd some have no label; the lines below have them all.
        if place.1 - lowest > 15.0 {
            lowest = place.1;
            scene.label(place, frame::words(frame).label, ink, Role::Panel, step);
        }
    }
}

/// What the ladders show, in words.
pub fn ladders_label(model: &Model) -> String {
    compare(model).map(|compared| compared.told).unwrap_or_default()
}
