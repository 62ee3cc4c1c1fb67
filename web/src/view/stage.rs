//! The stage: two nodes with their seven layers, the link with its frames, and the real machine beyond a gateway.
//!
//! A packet's place is a function of the moment: in a host, of how far the step through a layer is; on the link,
//! `(now − sent) / (arrives − sent)`.
//!
//! Absent on purpose: tweens and timers, and any byte that is not in the trace.

use sim_core::lab::{CLIENT_NODE, OTHER_NODE};
use sim_core::layer::Layer;
use sim_core::trace::{FactId, NodeId, What};

use super::frame::words;
use super::narration::{drop_reason, millis};
use super::scene::{Align, Rect, Scene, Shape, Style};
use super::stack::{self, Content, Part, Row, Stack, answer_text, ask_text};
use super::theme::Role;
use crate::app::Model;
use crate::app::index::{Direction, Frame};
use crate::app::thing::Thing;
use crate::catalogue::{Words, fill};
use sim_core::layer::Protocol;

/// Below this width the two stacks stand side by side and the link lies under them.
const NARROW: f64 = 860.0;

const TITLE: f64 = 34.0;
const PAD: f64 = 8.0;

/// Room under the wire beyond the stacks: a second lane for frames to the left.
const BELOW: f64 = 26.0;

/// Height of a lane of frames.
const LANE: f64 = 24.0;

/// A drop stays in sight for so long after it happened, in film nanoseconds.
const DROP_SHOWN: f64 = 60e6;

/// Frames on the link at once that are drawn with their labels; more are drawn as marks.
const LABELLED: usize = 6;

/// Where the parts of the stage are.
struct Plan {
    narrow: bool,
    client: Rect,
    other: Rect,
    link: Rect,
    real: Option<Rect>,
}

impl Plan {
    fn of(width: f64, with_real: bool) -> (Plan, f64) {
        let stack = TITLE + Plan::rows_height(width < NARROW);
        if width < NARROW {
            let half = (width - PAD) / 2.0;
            let link = Rect::new(0.0, stack + PAD, width, 130.0);
            let real = with_real.then(|| Rect::new(0.0, link.bottom() + PAD, width, 120.0));
            let height = real.map_or(link.bottom(), Rect::bottom);
            let plan = Plan {
                narrow: true,
                client: Rect::new(0.0, 0.0, half, stack),
                other: Rect::new(half + PAD, 0.0, half, stack),
                link,
                real,
            };
            return (plan, height);
        }
        let real_width = if with_real { (width * 0.2).clamp(170.0, 250.0) } else { 0.0 };
        let gap = if with_real { 28.0 } else { 0.0 };
        let room = width - real_width - gap;
        let stack_width = (room * 0.36).clamp(270.0, 460.0);
        let other = Rect::new(room - stack_width, 0.0, stack_width, stack);
        let client = Rect::new(0.0, 0.0, stack_width, stack);
        let link = Rect::new(client.right(), 0.0, other.x - client.right(), stack);
        let real = with_real.then(|| Rect::new(width - real_width, 0.0, real_width, stack));
        (Plan { narrow: false, client, other, link, real }, stack + BELOW)
    }

    fn row_height(narrow: bool, layer: Layer) -> f64 {
        match layer {
            Layer::Session | Layer::Presentation => 26.0,
            Layer::Application => 48.0,
            _ if narrow => 48.0,
            _ => 52.0,
        }
    }

    fn rows_height(narrow: bool) -> f64 {
        Layer::TOP_DOWN.iter().map(|layer| Plan::row_height(narrow, *layer)).sum()
    }

    fn row(&self, stack: Rect, layer: Layer) -> Rect {
        let above: f64 = Layer::TOP_DOWN
            .iter()
            .take_while(|above| **above != layer)
            .map(|above| Plan::row_height(self.narrow, *above))
            .sum();
        Rect::new(stack.x, stack.y + TITLE + above, stack.width, Plan::row_height(self.narrow, layer))
    }
}

/// The height that the stage needs at a width.
pub fn height(model: &Model, width: f64) -> f64 {
    Plan::of(width, model.session.other.is_real()).1
}

/// The stage at the moment that is on screen.
pub fn stage(model: &Model, width: f64) -> Scene {
    let (plan, height) = Plan::of(width, model.session.other.is_real());
    let mut scene = Scene::new(width, height);
    draw_link(&mut scene, model, &plan);
    for (node, rect) in [(CLIENT_NODE, plan.client), (OTHER_NODE, plan.other)] {
        draw_stack(&mut scene, model, &plan, rect, &stack::stack(model, node));
    }
    if let Some(real) = plan.real {
        draw_real(&mut scene, model, &plan, real);
    }
    scene
}

fn draw_stack(scene: &mut Scene, model: &Model, plan: &Plan, at: Rect, stack: &Stack) {
    let words = model.language.words();
    scene.framed(at, Role::Panel, Role::Rule, 1.0);
    let middle = at.y + TITLE / 2.0;
    let state = stack.state.map_or("", |state| state.name());
    let state_room = if plan.narrow { 0.0 } else { 120.0 };
    scene.text(
        (at.x + PAD, middle),
        format!("{}  {}", stack.name, stack.address),
        Role::Ink,
        Style::Title,
        at.width - 2.0 * PAD - state_room,
    );
    if !plan.narrow && !state.is_empty() {
        scene.aligned((at.right() - PAD, middle), state, Role::InkSoft, Style::Code, Align::End, state_room);
    }
    for row in &stack.rows {
        let place = plan.row(at, row.layer);
        if row.active.is_some() {
            scene.fill(place.inset(1.0), Role::PanelActive);
            scene.fill(Rect::new(place.x + 1.0, place.y + 1.0, 4.0, place.height - 2.0), Role::Accent);
        }
        scene.rule((place.x, place.y), (place.right(), place.y), Role::Rule, 1.0);
        draw_row(scene, words, plan, place, row, slide(plan, at, stack, row));
    }
}

/// How far above (negative) or below its row a packet is drawn, while it comes from the layer before.
fn slide(plan: &Plan, at: Rect, stack: &Stack, row: &Row) -> f64 {
    let (Some(within), Some(direction)) = (row.active, stack.direction) else { return 0.0 };
    if !matches!(row.content, Content::Packet { .. }) {
        return 0.0;
    }
    let before = match direction {
        Direction::Down => row.layer.number() + 1,
        Direction::Up => row.layer.number().saturating_sub(1),
    };
    let Some(before) = Layer::TOP_DOWN.into_iter().find(|layer| layer.number() == before) else { return 0.0 };
    let remaining = (1.0 - within * 2.0).clamp(0.0, 1.0);
    (plan.row(at, before).middle() - plan.row(at, row.layer).middle()) * remaining * remaining
}

fn draw_row(scene: &mut Scene, words: &Words, plan: &Plan, place: Rect, row: &Row, slide: f64) {
    let label_width = if plan.narrow { 22.0 } else { (place.width * 0.28).min(124.0) };
    let name = if plan.narrow {
        row.layer.number().to_string()
    } else {
        format!("{} {}", row.layer.number(), layer_name(words, row.layer))
    };
    let ink = if row.active.is_some() { Role::Ink } else { Role::InkSoft };
    scene.text((place.x + PAD + 2.0, place.middle()), name, ink, Style::Label, label_width);
    let x = place.x + PAD + label_width + 6.0;
    let room = place.right() - PAD - x;
    match &row.content {
        Content::Empty => {}
        Content::NoBytes => {
            let text = if plan.narrow { "–" } else { words.no_bytes_here };
            scene.text((x, place.middle()), text, Role::InkSoft, Style::Label, room);
        }
        Content::Unused => {
            let text = if plan.narrow { "–" } else { words.unix_here };
            scene.text((x, place.middle()), text, Role::InkSoft, Style::Label, room);
        }
        Content::Program { line, data: None } => {
            scene.text((x, place.middle()), line.as_str(), Role::Ink, Style::Code, room);
        }
        Content::Program { line, data: Some(data) } => {
            let upper = Rect::new(x, place.y + 4.0, room, 21.0);
            draw_parts(scene, upper, core::slice::from_ref(data), plan.narrow, false);
            scene.text((x, place.bottom() - 11.0), line.as_str(), Role::Ink, Style::Code, room);
        }
        Content::Packet { parts, header } => {
            let upper = Rect::new(x, place.y + 5.0 + slide, room, 21.0);
            draw_parts(scene, upper, parts, plan.narrow, row.removed);
            scene.text((x, place.bottom() - 12.0), hex(header), Role::Ink, Style::Code, room);
        }
        Content::Bits(bytes) => {
            let count = fill(words.bits, &[("n", &(bytes.len() * 8).to_string())]);
            scene.text((x, place.y + 16.0), count, Role::Ink, Style::Label, room);
            scene.text((x, place.bottom() - 13.0), bits(bytes), Role::InkSoft, Style::Code, room);
        }
    }
}

/// The parts of a packet side by side, wide enough for their names, the data taking what is left.
fn draw_parts(scene: &mut Scene, at: Rect, parts: &[Part], narrow: bool, removed: bool) {
    let gap = 2.0;
    let wanted: Vec<f64> =
        parts.iter().map(|part| part_label(part, narrow).chars().count() as f64 * 7.6 + 12.0).collect();
    let sum: f64 = wanted.iter().sum::<f64>() + gap * parts.len().saturating_sub(1) as f64;
    let shrink = (at.width / sum).min(1.0);
    let mut x = at.x;
    for (index, (part, wanted)) in parts.iter().zip(wanted).enumerate() {
        let width = wanted * shrink;
        let place = Rect::new(x, at.y, width, at.height);
        let fresh = index == 0 && part.protocol.layer() != Layer::Application;
        if fresh && removed {
            // It stays behind in this layer, crossed out.
            scene.framed(place, Role::Later, Role::Rule, 1.0);
            scene.text((x + 5.0, place.middle()), part_label(part, narrow), Role::InkSoft, Style::Label, width - 6.0);
            scene.rule((x + 3.0, place.middle()), (x + width - 3.0, place.middle()), Role::InkSoft, 1.0);
        } else {
            let (edge, weight) = if fresh { (Role::Accent, 2.0) } else { (Role::Rule, 1.0) };
            scene.framed(place, Role::of(part.protocol), edge, weight);
            scene.text((x + 5.0, place.middle()), part_label(part, narrow), Role::Ink, Style::Label, width - 6.0);
        }
        x += width + gap;
    }
}

fn part_label(part: &Part, narrow: bool) -> String {
    let name = match part.protocol {
        Protocol::Ethernet => "Eth",
        Protocol::Ipv4 => "IP",
        Protocol::Data => part.text.as_deref().unwrap_or(""),
        other => other.name(),
    };
    match part.protocol {
        _ if narrow => format!("{} {}", name.chars().take(3).collect::<String>(), part.length),
        Protocol::Data if name.is_empty() => format!("{} B", part.length),
        Protocol::Data => format!("{name} · {} B", part.length),
        _ => format!("{name} {}", part.length),
    }
}

fn draw_link(scene: &mut Scene, model: &Model, plan: &Plan) {
    let words = model.language.words();
    let area = plan.link;
    let wire =
        if plan.narrow { area.bottom() - 2.0 * LANE - 4.0 } else { plan.row(plan.client, Layer::Physical).middle() };
    let ends = (area.x, area.right());
    scene.rule((ends.0, wire), (ends.1, wire), Role::InkSoft, 3.0);
    let delay = model.session.scenario.links.first().map_or(0.0, |link| link.delay.as_nanos() as f64);
    let caption = format!("{} · {}", fill(words.wire, &[("delay", &millis(delay))]), words.simulated_badge);
    let middle = (ends.0 + ends.1) / 2.0;
    let caption_y = if plan.narrow { area.y + 10.0 } else { area.y + TITLE / 2.0 };
    scene.aligned((middle, caption_y), caption, Role::InkSoft, Style::Label, Align::Middle, area.width - 12.0);
    let Some(now) = model.fact() else { return };
    let moment = model.moment();
    let shown = model.shown_frame();
    let flying = model.session.index.in_flight(now, moment.at).filter(|frame| frame.real.is_none());
    let mut flying: Vec<&Frame> = flying.collect();
    // The one that is told of has the first choice of lanes.
    flying.sort_by_key(|frame| shown != Some(frame.id));
    // A frame of the real machine is not on this link.
    let on_link = |frame| model.session.index.frame(frame).filter(|frame| frame.real.is_none());
    if !plan.narrow
        && let Some(frame) = shown.and_then(on_link)
    {
        draw_frame_large(scene, model, Rect::new(area.x + 14.0, area.y + TITLE, area.width - 28.0, 96.0), frame);
    }
    let labelled = flying.len() <= LABELLED;
    let mut taken = Vec::new();
    for frame in &flying {
        let span = frame.arrives_at.saturating_since(frame.sent_at).as_nanos() as f64;
        let part = moment.at.saturating_since(frame.sent_at).as_nanos() as f64 / span.max(1.0);
        let at = flying_place(plan, wire, frame, part.clamp(0.0, 1.0), labelled, &taken);
        taken.push(at);
        draw_flying(scene, at, frame, labelled, shown == Some(frame.id));
    }
    draw_drops(scene, model, now, wire, ends);
}

/// The place of a frame on its way: those to the right above the wire, those to the left below it. One that would cover
/// another stands farther from the wire.
fn flying_place(plan: &Plan, wire: f64, frame: &Frame, part: f64, labelled: bool, taken: &[Rect]) -> Rect {
    let (size, height) = if labelled { (112.0_f64.min(plan.link.width / 2.5), LANE - 2.0) } else { (10.0, 12.0) };
    let (from, to) = (plan.link.x + 2.0, plan.link.right() - size - 2.0);
    let rightwards = frame.from == CLIENT_NODE;
    let x = if rightwards { from + (to - from) * part } else { to - (to - from) * part };
    let above = |lane: f64| wire - 2.0 - LANE * (lane + 1.0);
    let below = |lane: f64| wire + 4.0 + LANE * lane;
    // Two lanes fit below the wire; a third frame to the left goes where there is room.
    let lanes = if rightwards {
        [above(0.0), above(1.0), above(2.0), above(3.0)]
    } else {
        [below(0.0), below(1.0), above(2.0), above(3.0)]
    };
    let is_free = |y: f64| !taken.iter().any(|other| (other.y - y).abs() < height && (other.x - x).abs() < size);
    let y = if labelled { lanes.into_iter().find(|y| is_free(*y)).unwrap_or(lanes[3]) } else { lanes[0] };
    Rect::new(x, y, size, height)
}

fn draw_flying(scene: &mut Scene, place: Rect, frame: &Frame, labelled: bool, shown: bool) {
    let words = words(frame);
    scene.shapes.push(Shape::Box {
        at: place,
        fill: Some(Role::of(words.protocol)),
        edge: Some(if shown { Role::Accent } else { Role::InkSoft }),
        weight: if shown { 2.0 } else { 1.0 },
        pick: Some(Thing::Frame(frame.id)),
    });
    if labelled {
        let rightwards = frame.from == CLIENT_NODE;
        let text = if rightwards { format!("{} ▸", words.label) } else { format!("◂ {}", words.label) };
        scene.aligned(place.centre(), text, Role::Ink, Style::Label, Align::Middle, place.width - 6.0);
    }
}

/// The narrowest part of a frame's strip: a label fits.
const NARROWEST: f64 = 46.0;

/// A frame as a strip: each part as long as its bytes, but wide enough for its name.
fn draw_frame_large(scene: &mut Scene, model: &Model, at: Rect, frame: &Frame) {
    let words = model.language.words();
    let title = fill(words.bytes_of, &[("n", &model.session.number(frame.id))]);
    let bytes = fill(words.payload_bytes, &[("n", &frame.bytes.len().to_string())]);
    scene.text((at.x, at.y + 12.0), format!("{title} · {bytes}"), Role::Ink, Style::Title, at.width);
    let sections = sim_core::dissect::dissect(&frame.bytes);
    let free = (at.width - NARROWEST * sections.len() as f64).max(0.0);
    let mut x = at.x;
    for section in sections {
        let share = section.bytes.len() as f64 / frame.bytes.len().max(1) as f64;
        let place = Rect::new(x, at.y + 30.0, (NARROWEST + free * share).min(at.right() - x), 28.0);
        scene.framed(place, Role::of(section.protocol), Role::Rule, 1.0);
        let part = Part { protocol: section.protocol, length: section.bytes.len(), text: None };
        scene.aligned(
            place.centre(),
            part_label(&part, false),
            Role::Ink,
            Style::Label,
            Align::Middle,
            place.width - 4.0,
        );
        x = place.right();
    }
    scene.text((at.x, at.y + 74.0), super::frame::words(frame).info, Role::InkSoft, Style::Code, at.width);
}

fn draw_drops(scene: &mut Scene, model: &Model, now: FactId, wire: f64, (left, right): (f64, f64)) {
    let session = &model.session;
    let recent = session.index.frames()[..session.index.frames_until(now)].iter().rev().take(64);
    for frame in recent {
        let Some(end) = frame.end.filter(|end| end.fact <= now) else { continue };
        let (Some((sim_core::trace::Place::Wire(_), why)), Some(fact)) = (end.dropped, session.trace.get(end.fact))
        else {
            continue;
        };
        if model.player.at.0 - session.film.start(end.fact.0 as usize).0 > DROP_SHOWN {
            continue;
        }
        let span = frame.arrives_at.saturating_since(frame.sent_at).as_nanos() as f64;
        let part = fact.at.saturating_since(frame.sent_at).as_nanos() as f64 / span.max(1.0);
        let part = if frame.from == CLIENT_NODE { part } else { 1.0 - part };
        let x = left + (right - left) * part.clamp(0.1, 0.9);
        for (dx, dy) in [(-8.0, -8.0), (-8.0, 8.0)] {
            scene.rule((x + dx, wire + dy), (x - dx, wire - dy), Role::Danger, 3.0);
        }
        let words = model.language.words();
        let text = fill(words.lost_here, &[("why", drop_reason(words, why))]);
        scene.aligned((x, wire + 24.0), text, Role::Danger, Style::Label, Align::Middle, right - left);
    }
}

/// The real machine: what its sockets were asked and what they said, newest last.
fn draw_real(scene: &mut Scene, model: &Model, plan: &Plan, at: Rect) {
    let words = model.language.words();
    scene.framed(at, Role::Panel, Role::InkSoft, 1.0);
    scene.text((at.x + PAD, at.y + TITLE / 2.0), words.real_machine, Role::Ink, Style::Title, at.width - 2.0 * PAD);
    let badge = (at.right() - PAD, at.y + TITLE / 2.0);
    scene.aligned(badge, words.real_badge, Role::InkSoft, Style::Label, Align::End, at.width / 3.0);
    scene.rule((at.x, at.y + TITLE), (at.right(), at.y + TITLE), Role::Rule, 1.0);
    if !plan.narrow {
        let y = plan.row(plan.other, Layer::Application).middle();
        scene.rule((plan.other.right(), y), (at.x, y), Role::InkSoft, 3.0);
    }
    let Some(now) = model.fact() else { return };
    let line = 24.0;
    let fits = ((at.height - TITLE - PAD) / line).floor().max(1.0) as usize;
    let talk = model.session.index.calls_until(OTHER_NODE, now);
    let mut y = at.y + TITLE + PAD + line / 2.0;
    for fact in &talk[talk.len().saturating_sub(fits)..] {
        let Some(what) = model.session.trace.get(*fact).map(|fact| &fact.what) else { continue };
        let (arrow, text) = match what {
            What::Asked { ask, .. } => ("→", ask_text(ask)),
            What::Answered { flow, answer } => ("←", answer_text(model.session.nature(*flow), answer)),
            _ => continue,
        };
        let newest = *fact == now;
        if newest {
            scene.fill(Rect::new(at.x + 1.0, y - line / 2.0, at.width - 2.0, line), Role::PanelActive);
        }
        let ink = if newest { Role::Ink } else { Role::InkSoft };
        scene.text((at.x + PAD, y), format!("{arrow} {text}"), ink, Style::Code, at.width - 2.0 * PAD);
        y += line;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The first bytes as bits; a row has room for no more.
fn bits(bytes: &[u8]) -> String {
    bytes.iter().take(8).map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().join(" ") + " …"
}

/// A layer's name.
pub fn layer_name(words: &Words, layer: Layer) -> &'static str {
    match layer {
        Layer::Physical => words.layer_1,
        Layer::DataLink => words.layer_2,
        Layer::Network => words.layer_3,
        Layer::Transport => words.layer_4,
        Layer::Session => words.layer_5,
        Layer::Presentation => words.layer_6,
        Layer::Application => words.layer_7,
    }
}

/// What the stage is, for those who do not see it.
pub fn label(model: &Model) -> String {
    let name = |node: NodeId| model.session.name(node);
    fill(model.language.words().stage_label, &[("client", name(CLIENT_NODE)), ("other", name(OTHER_NODE))])
}
