//! One link between two nodes: its frames, large enough for words.
//!
//! Absent on purpose: other networks (see [`super::map`]).

use sim_core::layer::Layer;
use sim_core::order;
use sim_core::trace::{FrameId, LinkId, NodeId, Place};

use super::stacks::{self, TITLE};
use super::{Plan, crowd, cuts, draw_waiting_mark, drops, is_shown, mark_of, part_of, short_words, stands_out, strip};
use crate::app::Model;
use crate::app::anatomy::Anatomy;
use crate::app::index::Frame;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::measure::{width_of, wrapped};
use crate::view::narration::millis;
use crate::view::scene::{Align, Rect, Scene, Shape, Style};
use crate::view::theme::Role;

/// Room under the wire beyond the stacks: a second lane for frames to the left.
pub(super) const BELOW: f64 = 26.0;

/// Height of a lane of frames.
const LANE: f64 = 24.0;

/// Frames on the link at once that are drawn with their labels; more are drawn as marks.
const LABELLED: usize = 6;

/// The link's number: there is no other.
const LINK: LinkId = LinkId(0);

/// The wire, and the node at its left end.
struct Wire {
    area: Rect,
    y: f64,
    left: NodeId,
    labelled: bool,
}

/// Draws the link.
pub(super) fn draw(scene: &mut Scene, model: &Model, plan: &Plan) {
    let words = model.language.words();
    let area = plan.between;
    let Some(&first) = plan.stacks.first() else { return };
    let y = if plan.narrow {
        area.bottom() - 2.0 * LANE - 4.0
    } else {
        stacks::row(model, plan, first, Layer::Physical).middle()
    };
    let weight = if model.kin.has(Thing::Link(LINK)) { 6.0 } else { 3.0 };
    let ink = if weight > 3.0 { Role::Ink } else { Role::InkSoft };
    let cut = cuts::Cuts::now(model).of(LINK);
    cut.draw(scene, LINK, (area.x, y), (area.right(), y), (ink, weight));
    let delay = model.session.scenario.links.first().map_or(0.0, |link| link.delay.as_nanos() as f64);
    let caption = format!("{} · {}", fill(words.wire, &[("delay", &millis(delay))]), words.simulated_badge);
    let caption_y = if plan.narrow { area.y + 10.0 } else { area.y + TITLE / 2.0 };
    let middle = (area.x + area.right()) / 2.0;
    scene.aligned((middle, caption_y), caption, Role::InkSoft, Style::Label, Align::Middle, area.width - 12.0);
    draw_words(scene, model, area, y, cut);
    let Some(now) = model.fact() else { return };
    let moment = model.moment();
    let shown = model.shown_frame();
    let flying = model.session.index.in_flight(now, moment.at);
    let mut flying: Vec<&Frame> = flying.filter(|frame| frame.real.is_none() && is_shown(model, frame)).collect();
    let labelled = flying.len() <= LABELLED;
    if labelled {
        // The one that is told of has the first choice of lanes.
        order::sort_by_key(&mut flying, |frame| shown != Some(frame.id));
    }
    // A frame of the real machine is not on this link.
    let on_link = |frame| model.session.index.frame(frame).filter(|frame| frame.real.is_none());
    if !plan.narrow
        && let Some(frame) = shown.and_then(on_link)
    {
        let at = Rect::new(area.x + 14.0, area.y + TITLE, area.width - 28.0, strip::LARGE);
        strip::draw_large(scene, model, at, frame);
    }
    let wire = Wire { area, y, left: first.0, labelled };
    wire.draw_waiting(scene, model, now);
    let mut taken = Vec::new();
    let place = |frame| {
        let at = wire.place(frame, part_of(frame, moment.at), &taken);
        if wire.labelled {
            taken.push(at);
        }
        (at, frame)
    };
    let marks = flying.into_iter().map(place).collect();
    for (at, frame) in crowd::seen(area, marks, |frame| stands_out(model, frame.id, shown)) {
        wire.draw_flying(scene, model, at, frame, shown);
    }
    wire.draw_drops(scene, model);
}

/// That the link is cut, or that no layer shown has bytes on it.
fn draw_words(scene: &mut Scene, model: &Model, area: Rect, y: f64, cut: cuts::Cut) {
    let words = model.language.words();
    let middle = area.centre().0;
    if let Some(text) = cut.words(model, LINK) {
        let room = width_of(&text, Style::Label) + 12.0;
        scene.label((middle, y), text, Role::Ink, Role::Ground, room.min(area.width - 12.0));
    }
    if matches!(model.look.layer, Some(Layer::Session | Layer::Presentation)) {
        let room = area.width - 12.0;
        for (line, text) in wrapped(words.look.nothing_at_layer, Style::Label, room).into_iter().enumerate() {
            let y = area.y + if area.height < 200.0 { 30.0 } else { area.height / 3.0 } + 18.0 * line as f64;
            scene.aligned((middle, y), text, Role::Ink, Style::Label, Align::Middle, room);
        }
    }
}

impl Wire {
    /// The place of a frame on its way: those to the right above the wire, those to the left below it. One that would cover
    /// another stands farther from the wire.
    fn place(&self, frame: &Frame, part: f64, taken: &[Rect]) -> Rect {
        let (size, height) =
            if self.labelled { (112.0_f64.min(self.area.width / 2.5), LANE - 2.0) } else { (10.0, 12.0) };
        let (from, to) = (self.area.x + 2.0, self.area.right() - size - 2.0);
        let rightwards = frame.from == self.left;
        let x = if rightwards { from + (to - from) * part } else { to - (to - from) * part };
        let above = |lane: f64| self.y - 2.0 - LANE * (lane + 1.0);
        let below = |lane: f64| self.y + 4.0 + LANE * lane;
        // Two lanes fit below the wire; a third frame to the left goes where there is room.
        let lanes = if rightwards {
            [above(0.0), above(1.0), above(2.0), above(3.0)]
        } else {
            [below(0.0), below(1.0), above(2.0), above(3.0)]
        };
        let is_free = |y: f64| !taken.iter().any(|other| (other.y - y).abs() < height && (other.x - x).abs() < size);
        let y = if self.labelled { lanes.into_iter().find(|y| is_free(*y)).unwrap_or(lanes[3]) } else { lanes[0] };
        Rect::new(x, y, size, height)
    }

    fn draw_flying(&self, scene: &mut Scene, model: &Model, place: Rect, frame: &Frame, shown: Option<FrameId>) {
        let (edge, weight) = mark_of(model, frame.id, shown);
        scene.shapes.push(Shape::Box {
            at: place,
            fill: Some(Role::of(Anatomy::of(frame).protocol())),
            edge: Some(edge),
            weight,
            pick: Some(Thing::Frame(frame.id)),
        });
        if self.labelled {
            let label = short_words(model, frame);
            let text = if frame.from == self.left { format!("{label} ▸") } else { format!("◂ {label}") };
            scene.aligned(place.centre(), text, Role::Ink, Style::Label, Align::Middle, place.width - 6.0);
        }
    }

    /// How many frames wait at each end.
    fn draw_waiting(&self, scene: &mut Scene, model: &Model, now: sim_core::trace::FactId) {
        // Over the lanes, as far as there is room.
        let over = self.y - (3.9 * LANE).min(self.y - self.area.y - 34.0);
        for node in [0, 1].map(NodeId) {
            let count = model.session.index.traffic.queues.waiting((LINK, node), now);
            if count == 0 {
                continue;
            }
            let (x, align) = if node == self.left {
                (self.area.x + 6.0, Align::Start)
            } else {
                (self.area.right() - 6.0, Align::End)
            };
            let text = fill(model.language.words().look.waiting, &[("n", &count.to_string())]);
            scene.aligned((x, over - 8.0), text, Role::Ink, Style::Label, align, self.area.width / 2.0 - 8.0);
            for (place, made) in model.session.index.traffic.queues.front((LINK, node), now, 10).into_iter().enumerate()
            {
                let along = 9.0 * place as f64;
                let x = if node == self.left { x + along } else { x - along - 7.0 };
                draw_waiting_mark(scene, model, Rect::new(x, over, 7.0, 12.0), made);
            }
        }
    }

    fn draw_drops(&self, scene: &mut Scene, model: &Model) {
        for (place, dropped) in drops::recent(model).iter().enumerate().rev() {
            let part = match dropped.place {
                Place::Wire(_) => dropped.part,
                Place::Queue(_) => 0.1,
                Place::Layer(_) => continue,
            };
            let part = if dropped.node == self.left { part } else { 1.0 - part };
            dropped.draw(
                scene,
                model,
                (self.area.x + self.area.width * part, self.y),
                self.area,
                (place == 0).then_some(self.y + 22.0),
            );
        }
    }
}
