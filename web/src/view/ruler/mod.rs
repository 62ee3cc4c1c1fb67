//! The ruler of sequence numbers: for each direction of a connection the calls that wrote, what the sender knows, the
//! segments, what the receiver has, and the calls that read, one below another on one scale; and the two buffers as tanks.
//!
//! What the sender knows and what has become of its segments are two lines on purpose: a segment that was dropped is in flight
//! for its sender until it finds out.
//!
//! Absent on purpose: the bytes themselves (the table of bytes has them).

mod datagrams;
mod stream;
mod words;

use sim_core::order;
use sim_core::trace::TcpState;

use super::connection::{End, ends, grouped, mark, state_of};
use super::measure::{width_of, wrapped};
use super::scene::{Align, Dash, Rect, Scene, Shape, Style, Tip};
use super::theme::Role;
use crate::app::Model;
use crate::app::tcp::socket::{Fate, Transfer};
use crate::app::thing::Thing;
use crate::catalogue::{fill, tcp::Words};
use stream::Stream;
use words::{numbers, waits};

const MARGIN: f64 = 10.0;
/// Height of a line of text.
const LINE: f64 = 18.0;
/// Height of a bar.
const BAR: f64 = 18.0;
/// Height of a tank.
const TANK: f64 = 46.0;

/// A name and a value, for the list beside the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What.
    pub name: String,
    /// How much.
    pub value: String,
}

/// One direction in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// From whom to whom.
    pub title: String,
    /// Its numbers.
    pub rows: Vec<Row>,
    /// Who waits for what.
    pub waits: Vec<String>,
}

/// The rulers at the moment on screen.
pub fn ruler(model: &Model, width: f64, _: f64) -> Scene {
    let mut pen = Pen { scene: Scene::new(width, 0.0), y: 16.0, words: &model.language.words().tcp };
    let streams = streams(model);
    let lanes = datagrams::lanes(model, !streams.is_empty());
    if !lanes.is_empty() {
        pen.line(MARGIN, pen.words.datagrams_whole, Role::InkSoft);
        pen.y += 6.0;
        lanes.iter().for_each(|lane| lane.draw(&mut pen, model));
        pen.scene.height = pen.y;
        return pen.scene;
    }
    if streams.is_empty() {
        pen.line(MARGIN, pen.words.no_connection, Role::InkSoft);
    }
    for stream in &streams {
        draw_stream(&mut pen, model, stream);
    }
    pen.scene.height = pen.y;
    pen.scene
}

/// What the rulers show, for those who do not see them.
pub fn label(model: &Model) -> String {
    let told: Vec<String> = told(model).into_iter().map(|told| told.title).collect();
    match told.is_empty() {
        true => model.language.words().tcp.no_connection.to_owned(),
        false => fill(model.language.words().tcp.ruler_label, &[("ways", &told.join(", "))]),
    }
}

/// The same in words and numbers.
pub fn told(model: &Model) -> Vec<Told> {
    let streams = streams(model);
    let lanes = datagrams::lanes(model, !streams.is_empty());
    if !lanes.is_empty() {
        return lanes.iter().map(|lane| lane.told(model)).collect();
    }
    streams
        .iter()
        .map(|stream| Told { title: title(model, stream), rows: numbers(model, stream), waits: waits(model, stream) })
        .collect()
}

fn streams(model: &Model) -> Vec<Stream<'_>> {
    let ends = ends(model);
    let ways = match ends[..] {
        [first, second] => vec![(first, Some(second)), (second, Some(first))],
        [first] => vec![(first, None)],
        _ => Vec::new(),
    };
    // A socket that listens sends nothing.
    let talks = |end: &End<'_>| state_of(model, end.socket).1 != TcpState::Listen || !end.socket.sent.is_empty();
    ways.into_iter()
        .filter(|(sender, _)| talks(sender))
        .filter_map(|(sender, receiver)| Stream::of(model, sender, receiver))
        .collect()
}

fn title(model: &Model, stream: &Stream<'_>) -> String {
    let there = stream.receiver.map_or("?", |end| model.session.name(end.socket.node));
    format!("{} → {there}", model.session.name(stream.sender.socket.node))
}

/// What draws downwards.
struct Pen {
    scene: Scene,
    y: f64,
    words: &'static Words,
}

impl Pen {
    fn line(&mut self, x: f64, text: &str, ink: Role) {
        let room = self.scene.width - x - MARGIN;
        for line in wrapped(text, Style::Label, room) {
            self.scene.text((x, self.y), line, ink, Style::Label, room);
            self.y += LINE;
        }
    }
}

/// The scale of one ruler.
#[derive(Clone, Copy)]
struct Scale {
    left: f64,
    width: f64,
    range: (u32, u32),
}

impl Scale {
    fn x(self, number: u32) -> f64 {
        let part = (f64::from(number) - f64::from(self.range.0)) / f64::from(self.range.1 - self.range.0).max(1.0);
        self.left + part.clamp(0.0, 1.0) * self.width
    }

    fn bar(self, y: f64, from: u32, to: u32) -> Rect {
        let (x, right) = (self.x(from), self.x(to));
        Rect::new(x, y, (right - x).max(1.0), BAR)
    }

    fn shows(self, number: u32) -> bool {
        (self.range.0..=self.range.1).contains(&number)
    }
}

fn draw_stream(pen: &mut Pen, model: &Model, stream: &Stream<'_>) {
    let words = pen.words;
    mark(&mut pen.scene, &stream.sender, (MARGIN + 10.0, pen.y));
    if let Some(receiver) = &stream.receiver {
        pen.scene.text((MARGIN + 26.0, pen.y), "→", Role::Ink, Style::Title, 20.0);
        mark(&mut pen.scene, receiver, (MARGIN + 54.0, pen.y));
    }
    let room = pen.scene.width - 90.0;
    pen.scene.text((MARGIN + 72.0, pen.y), title(model, stream), Role::Ink, Style::Title, room);
    pen.y += LINE + 4.0;
    let scale = Scale { left: MARGIN, width: pen.scene.width - 2.0 * MARGIN, range: stream.range };
    draw_axis(pen, stream, scale);
    let has_bytes = stream.has_bytes();
    if has_bytes {
        pen.line(MARGIN, words.ruler_writes, Role::InkSoft);
        draw_calls(pen, model, scale, stream.writes(), true);
        pen.line(MARGIN, words.ruler_sender, Role::InkSoft);
        draw_sender(pen, stream, scale);
    }
    pen.line(MARGIN, words.ruler_segments, Role::InkSoft);
    draw_segments(pen, model, stream, scale);
    if has_bytes && stream.receive.is_some() {
        pen.line(MARGIN, words.ruler_receiver, Role::InkSoft);
        draw_receiver(pen, stream, scale);
    }
    if has_bytes && !stream.reads().is_empty() {
        pen.line(MARGIN, words.ruler_reads, Role::InkSoft);
        draw_calls(pen, model, scale, stream.reads(), false);
    }
    if has_bytes {
        draw_tanks(pen, model, stream);
    } else {
        pen.line(MARGIN, words.no_bytes, Role::InkSoft);
    }
    for wait in waits(model, stream) {
        pen.line(MARGIN, &format!("▸ {wait}"), Role::Ink);
    }
    pen.y += LINE;
}

/// A step between ticks that is easy to count with: 1, 2 or 5 and zeros.
pub fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1e-9).log10().floor());
    let parts = [1.0, 2.0, 5.0, 10.0];
    parts.into_iter().map(|part| part * power).find(|step| *step >= least * 0.999).unwrap_or(10.0 * power)
}

fn draw_axis(pen: &mut Pen, stream: &Stream<'_>, scale: Scale) {
    let (from, to) = stream.range;
    let per_label = f64::from(to - from) / (scale.width / 76.0).max(1.0);
    let step = round_step(per_label).max(1.0) as u32;
    let y = pen.y + LINE;
    pen.scene.rule((scale.left, y), (scale.left + scale.width, y), Role::InkSoft, 1.0);
    // The SYN's own number has its name.
    let first = if from == 0 && step <= 2 { 1 } else { from.max(1).next_multiple_of(step) };
    let (mut free, end) = (0.0, scale.left + scale.width);
    for number in (first..=to).step_by(step as usize) {
        let (x, text) = (scale.x(number), grouped(number.into()));
        pen.scene.rule((x, y), (x, y + 5.0), Role::InkSoft, 1.0);
        let width = width_of(&text, Style::Label);
        let left = x.min(end - width);
        if left >= free {
            pen.scene.text((left, y - 9.0), text, Role::InkSoft, Style::Label, width + 4.0);
            free = left + width + 8.0;
        }
    }
    pen.y = y + 14.0;
    for (number, name) in [(Some(0), "SYN"), (stream.fin, "FIN")] {
        let Some(number) = number.filter(|number| scale.shows(*number) && stream.nxt > 0) else { continue };
        // SYN and FIN take one number each (RFC 9293 §3.4).
        let at = scale.bar(y - 1.0, number, number + 1);
        pen.scene.framed(Rect { height: 8.0, width: at.width.max(3.0), ..at }, Role::Accent, Role::Accent, 1.0);
        let end = at.x > scale.left + scale.width / 2.0;
        let (x, align) = if end { (at.right(), Align::End) } else { (at.x, Align::Start) };
        pen.scene.aligned((x, y + 15.0), name, Role::Accent, Style::Label, align, 40.0);
    }
    pen.y = y + LINE + 12.0;
}

/// Calls as boxes with their lengths.
fn draw_calls(pen: &mut Pen, model: &Model, scale: Scale, calls: &[Transfer], writes: bool) {
    let y = pen.y - 7.0;
    let now = model.fact();
    let first = calls.partition_point(|call| call.from + call.moved.max(1) <= scale.range.0).min(calls.len());
    let shown: Vec<&Transfer> = calls[first..].iter().take_while(|call| call.from <= scale.range.1).collect();
    let many = shown.len() as f64 > scale.width / 4.0;
    if let (true, Some(one), Some(last)) = (many, shown.first(), shown.last()) {
        let at = scale.bar(y, one.from, last.from + last.moved);
        pen.scene.framed(at, Role::Data, Role::InkSoft, 1.0);
        let text = fill(pen.words.calls, &[("count", &grouped(shown.len() as u64))]);
        pen.scene.aligned(at.centre(), text, Role::Ink, Style::Label, Align::Middle, at.width);
    }
    for call in shown.into_iter().filter(|_| !many) {
        let waits = now.is_some_and(|now| call.waits(now));
        // A read that waits has no bytes yet; a write that waits will have them.
        let length = match (waits, writes) {
            (true, true) => call.wanted,
            (true, false) => 0,
            (false, _) => call.moved,
        };
        if length == 0 && !waits && writes {
            continue;
        }
        let mut at = scale.bar(y, call.from, call.from + length);
        at.width = at.width.max(3.0);
        let pick = Thing::Fact(call.called);
        let marked = model.kin.has(pick) || call.returned.is_some_and(|fact| model.kin.has(Thing::Fact(fact)));
        draw_piece(&mut pen.scene, at, if marked { Role::Mark } else { Role::Data }, waits, Some(pick));
        let line = Stream::line(model, call)
            .map_or_else(String::new, |line| fill(pen.words.at_line, &[("line", &line.to_string())]));
        let text = match (waits, length) {
            (true, _) if !writes => pen.words.waits_short.to_owned(),
            (_, 0) => "b''".to_owned(),
            _ => format!("{}{line}", grouped(length.into())),
        };
        let room = if at.width < 24.0 && length == 0 { 60.0 } else { at.width - 4.0 };
        if width_of(&text, Style::Label) <= room {
            let (x, align) =
                if length == 0 { (at.right() + 3.0, Align::Start) } else { (at.centre().0, Align::Middle) };
            let outside = length == 0 && x + room > scale.left + scale.width;
            let (x, align) = if outside { (at.x - 3.0, Align::End) } else { (x, align) };
            pen.scene.aligned((x, at.middle()), text, Role::Ink, Style::Label, align, room);
        }
    }
    pen.y = y + BAR + 14.0;
}

/// A box with a whole or a broken edge.
fn draw_piece(scene: &mut Scene, at: Rect, role: Role, broken: bool, pick: Option<Thing>) {
    let points = vec![(at.x, at.y), (at.right(), at.y), (at.right(), at.bottom()), (at.x, at.bottom())];
    let dash = if broken { Dash::Dashed } else { Dash::Whole };
    scene.shapes.push(Shape::Box { at, fill: Some(role), edge: None, weight: 0.0, pick });
    scene.shapes.push(Shape::Path {
        points,
        closed: true,
        fill: None,
        ink: Some(Role::InkSoft),
        weight: 1.0,
        dash,
        pick,
    });
}

/// How a stretch is told apart without its colour.
#[derive(Clone, Copy, PartialEq)]
enum Hatch {
    None,
    /// Upright strokes: it is there, beyond a gap.
    Upright,
    /// Slanting strokes: it is on its way.
    Slanting,
    /// Crosses: it is lost.
    Crosses,
}

fn hatch(scene: &mut Scene, at: Rect, kind: Hatch) {
    let step = match kind {
        Hatch::None => return,
        Hatch::Upright => 5.0,
        Hatch::Slanting => 9.0,
        Hatch::Crosses => 12.0,
    };
    let ink = if kind == Hatch::Crosses { Role::Danger } else { Role::InkSoft };
    let slant = if kind == Hatch::Upright { 0.0 } else { 6.0_f64.min(at.width) };
    let mut x = at.x + 2.0;
    while x + slant <= at.right() {
        scene.rule((x, at.bottom() - 2.0), (x + slant, at.y + 2.0), ink, 1.0);
        if kind == Hatch::Crosses {
            scene.rule((x, at.y + 2.0), (x + slant, at.bottom() - 2.0), ink, 1.0);
        }
        x += step;
    }
}

/// A stretch of the stream with its name, when there is room for it.
fn stretch(pen: &mut Pen, scale: Scale, y: f64, (from, to): (u32, u32), (role, kind, name): (Role, Hatch, &str)) {
    let (first, last) = (from.max(scale.range.0), to.min(scale.range.1));
    if first >= last {
        return;
    }
    let at = scale.bar(y, first, last);
    pen.scene.framed(at, role, Role::InkSoft, 1.0);
    let text = format!("{name} {}", grouped((to - from).into()));
    let wide = width_of(&text, Style::Label) + 8.0 <= at.width;
    hatch(&mut pen.scene, at, kind);
    if wide {
        pen.scene.label(at.centre(), text, Role::Ink, role, at.width - 4.0);
    }
}

fn draw_sender(pen: &mut Pen, stream: &Stream<'_>, scale: Scale) {
    let words = pen.words;
    let y = pen.y - 7.0;
    let flight_end = stream.nxt.min(stream.fin.unwrap_or(u32::MAX)).max(stream.una);
    stretch(pen, scale, y, (1, stream.una.min(stream.written.max(1))), (Role::Later, Hatch::None, words.acknowledged));
    stretch(pen, scale, y, (stream.una.max(1), flight_end), (Role::Tcp, Hatch::Slanting, words.in_flight));
    for range in stream.sacked() {
        stretch(pen, scale, y, *range, (Role::Udp, Hatch::Upright, "SACK"));
    }
    stretch(pen, scale, y, (stream.nxt.max(1), stream.written), (Role::Data, Hatch::None, words.not_sent));
    pen.y = y + BAR + 2.0;
    let mut marks = vec![(stream.una, "SND.UNA".to_owned()), (stream.nxt, "SND.NXT".to_owned())];
    if let Some(vars) = stream.send {
        marks.push((stream.una.saturating_add(vars.snd_wnd), "UNA+WND".to_owned()));
        marks.push((stream.una.saturating_add(vars.cwnd), "UNA+cwnd".to_owned()));
    }
    draw_marks(pen, scale, marks, fact_of(stream, stream.send.map(|_| &stream.sender)));
}

/// The fact that tells the variables of an end.
fn fact_of(stream: &Stream<'_>, end: Option<&End<'_>>) -> Option<Thing> {
    end.and_then(|end| end.socket.vars_at(stream.now)).map(Thing::Fact)
}

/// Numbers that matter, below their bar, each in the first line where it has room.
fn draw_marks(pen: &mut Pen, scale: Scale, mut marks: Vec<(u32, String)>, pick: Option<Thing>) {
    order::sort(&mut marks);
    let top = pen.y;
    let mut lanes: Vec<f64> = Vec::new();
    for (number, name) in marks {
        let beyond = number > scale.range.1;
        let x = scale.x(number);
        let text = if beyond {
            format!("{name} {} ▸", grouped(number.into()))
        } else {
            format!("{name} {}", grouped(number.into()))
        };
        let width = width_of(&text, Style::Label) + 10.0;
        // A label stands right of its mark, or left of it where the picture ends.
        let left = if x + width > scale.left + scale.width { (x - width + 6.0).max(scale.left) } else { x + 4.0 };
        let lane = lanes.iter().position(|end| *end <= left).unwrap_or(lanes.len());
        if lane == lanes.len() {
            lanes.push(0.0);
        }
        lanes[lane] = left + width;
        let y = top + 9.0 + lane as f64 * 15.0;
        let ink = if beyond { Role::InkSoft } else { Role::Ink };
        let (from, to, weight) = ((x, top - BAR - 2.0), (x, y + 5.0), if beyond { 1.0 } else { 1.5 });
        pen.scene.shapes.push(Shape::Line { from, to, ink, weight, tip: Tip::Plain, pick });
        pen.scene.text((left, y), text, ink, Style::Label, width);
    }
    pen.y = top + lanes.len() as f64 * 15.0 + 12.0;
}

fn draw_segments(pen: &mut Pen, model: &Model, stream: &Stream<'_>, scale: Scale) {
    let y = pen.y - 7.0;
    let segments = stream.segments();
    let many = segments.len() as f64 > scale.width / 3.0;
    if many {
        draw_many(pen, scale, y, &segments);
    }
    let mut lower = false;
    for (segment, fate) in segments.iter().filter(|_| !many) {
        lower |= segment.again;
        let mut at = scale.bar(y + if segment.again { BAR + 2.0 } else { 0.0 }, segment.seq, segment.end());
        at.width = at.width.max(3.0);
        let fact = Thing::Fact(segment.fact);
        let frame = model.session.index.frame_of(&model.session.trace, segment.fact);
        let marked = model.kin.has(fact) || frame.is_some_and(|frame| model.kin.has(Thing::Frame(frame)));
        let (role, kind) = look(*fate);
        pen.scene.framed(at, if marked { Role::Mark } else { role }, Role::Ink, if marked { 2.0 } else { 1.0 });
        if let Some(Shape::Box { pick, .. }) = pen.scene.shapes.last_mut() {
            *pick = Some(frame.map_or(fact, Thing::Frame));
        }
        hatch(&mut pen.scene, at, kind);
        let number = frame.map_or_else(String::new, |frame| format!("#{}", model.session.number(frame)));
        if width_of(&number, Style::Label) + 6.0 <= at.width {
            pen.scene.label(at.centre(), number, Role::Ink, if marked { Role::Mark } else { role }, at.width);
        }
    }
    pen.y = y + BAR + 14.0;
    if lower {
        let text = pen.words.sent_again_below;
        pen.y += BAR + 2.0;
        pen.line(MARGIN, text, Role::InkSoft);
    }
}

fn look(fate: Fate) -> (Role, Hatch) {
    match fate {
        Fate::Flying => (Role::Tcp, Hatch::Slanting),
        Fate::Arrived => (Role::Later, Hatch::None),
        Fate::Dropped => (Role::DangerGround, Hatch::Crosses),
    }
}

/// More segments than there is room for: the last fate of each pixel's bytes, as runs.
fn draw_many(pen: &mut Pen, scale: Scale, y: f64, segments: &[(&crate::app::tcp::socket::Segment, Fate)]) {
    let mut columns: Vec<Option<Fate>> = vec![None; scale.width as usize + 1];
    for (segment, fate) in segments {
        let (from, to) = (scale.x(segment.seq) - scale.left, scale.x(segment.end()) - scale.left);
        for column in &mut columns[from as usize..=(to as usize)] {
            // What is lost is not hidden by its neighbours in the same pixel.
            if *column != Some(Fate::Dropped) || segment.again {
                *column = Some(*fate);
            }
        }
    }
    let mut x = 0;
    while x < columns.len() {
        let run = columns[x..].iter().take_while(|column| **column == columns[x]).count();
        if let Some(fate) = columns[x] {
            let at = Rect::new(scale.left + x as f64, y, (run as f64).min(scale.width - x as f64), BAR);
            let (role, kind) = look(fate);
            pen.scene.fill(at, role);
            hatch(&mut pen.scene, at, kind);
        }
        x += run;
    }
    let all = Rect::new(scale.left, y, scale.width, BAR);
    let text = fill(pen.words.segments, &[("count", &grouped(segments.len() as u64))]);
    pen.scene.label(all.centre(), text, Role::Ink, Role::Panel, all.width);
}

fn draw_receiver(pen: &mut Pen, stream: &Stream<'_>, scale: Scale) {
    let words = pen.words;
    let y = pen.y - 7.0;
    let in_order = stream.fin.map_or(stream.rcv_nxt, |fin| stream.rcv_nxt.min(fin));
    stretch(pen, scale, y, (1, stream.read), (Role::Later, Hatch::None, words.read));
    stretch(pen, scale, y, (stream.read.max(1), in_order), (Role::Tcp, Hatch::None, words.in_buffer));
    let mut gap = stream.rcv_nxt;
    for range in stream.islands() {
        let hole = scale.bar(y, gap.max(scale.range.0), range.0);
        draw_piece(&mut pen.scene, hole, Role::Panel, true, None);
        if width_of(words.gap, Style::Label) + 6.0 < hole.width {
            pen.scene.aligned(hole.centre(), words.gap, Role::Ink, Style::Label, Align::Middle, hole.width);
        }
        stretch(pen, scale, y, *range, (Role::Udp, Hatch::Upright, words.beyond_gap));
        gap = range.1;
    }
    pen.y = y + BAR + 2.0;
    let mut marks = vec![(stream.rcv_nxt, "RCV.NXT".to_owned())];
    marks.extend(stream.edge.map(|edge| (edge, "NXT+WND".to_owned())));
    draw_marks(pen, scale, marks, fact_of(stream, stream.receiver.as_ref()));
}

/// The two buffers, each as high as it is full.
fn draw_tanks(pen: &mut Pen, model: &Model, stream: &Stream<'_>) {
    let words = pen.words;
    let width = (pen.scene.width - 3.0 * MARGIN) / 2.0;
    let y = pen.y - 4.0;
    if let Some(vars) = stream.send {
        let title = fill(words.send_buffer, &[("node", model.session.name(stream.sender.socket.node))]);
        let at = Rect::new(MARGIN, y, width, TANK);
        draw_tank(&mut pen.scene, at, &title, (vars.send_queue, vars.send_space), words);
        set_pick(&mut pen.scene, at, fact_of(stream, Some(&stream.sender)));
    }
    if let (Some(vars), Some(receiver)) = (stream.receive, &stream.receiver) {
        let title = fill(words.receive_buffer, &[("node", model.session.name(receiver.socket.node))]);
        let at = Rect::new(2.0 * MARGIN + width, y, width, TANK);
        draw_tank(&mut pen.scene, at, &title, (vars.receive_queue, vars.receive_space), words);
        set_pick(&mut pen.scene, at, fact_of(stream, Some(receiver)));
    }
    pen.y = y + TANK + 16.0;
}

/// A box that shows nothing, and can be chosen.
fn set_pick(scene: &mut Scene, at: Rect, pick: Option<Thing>) {
    scene.shapes.push(Shape::Box { at, fill: None, edge: None, weight: 0.0, pick });
}

fn draw_tank(scene: &mut Scene, room: Rect, title: &str, (level, space): (u32, u32), words: &Words) {
    let at = Rect { width: 44.0, ..room };
    scene.fill(at, Role::Panel);
    let part = (f64::from(level) / f64::from(space.max(1))).min(1.0);
    let height = at.height * part;
    scene.fill(Rect { y: at.bottom() - height, height, ..at }, Role::Ip);
    if level > 0 {
        // The surface, so that the level can be seen without its colour.
        scene.rule((at.x, at.bottom() - height), (at.right(), at.bottom() - height), Role::Accent, 2.0);
    }
    // Open above, as tanks are.
    let points = vec![(at.x, at.y), (at.x, at.bottom()), (at.right(), at.bottom()), (at.right(), at.y)];
    let (ink, dash) = (Some(Role::Ink), Dash::Whole);
    scene.shapes.push(Shape::Path { points, closed: false, fill: None, ink, weight: 2.0, dash, pick: None });
    let text = fill(words.level, &[("level", &grouped(level.into())), ("space", &grouped(space.into()))]);
    let (x, wide) = (at.right() + 8.0, room.width - at.width - 8.0);
    let lines = wrapped(title, Style::Label, wide).into_iter().take(2).chain([text]);
    for (place, line) in lines.enumerate() {
        scene.text((x, at.y + 7.0 + place as f64 * 16.0), line, Role::Ink, Style::Label, wide);
    }
}
