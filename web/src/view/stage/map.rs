//! Any network as a map: devices, links, frames on their way, what waits before a link, and what was dropped where.
//!
//! At one layer the devices that do nothing there are not drawn: their links meet where they are. A frame in a crowd has a mark
//! instead of a label; the table has its words.
//!
//! Absent on purpose: scrolling and turning. A large network has smaller marks.

use sim_core::layer::Layer;
use sim_core::order;
use sim_core::scenario::{Link, Node, Scenario};
use sim_core::time::Instant;
use sim_core::trace::{FactId, FrameId, LinkId, NodeId, Place, What};

use super::device::{self, Size};
use super::{
    CELL, Plan, crowd, cuts, draw_waiting_mark, drops, gateway, is_shown, mark_of, part_of, short_words, stands_out,
    strip, width_of,
};
use crate::app::Model;
use crate::app::anatomy::Anatomy;
use crate::app::index::Frame;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use crate::view::narration::millis;
use crate::view::scene::{Align, Rect, Scene, Shape, Style, Tip};
use crate::view::theme::Role;

/// Frames on their way that are drawn with labels, as far as they fit; more are drawn as marks.
const LABELLED: usize = 24;

/// Height of a frame's label.
const LABEL: f64 = 20.0;

/// More nodes than this have no names at once.
const NAMED: usize = 150;

/// A map in its place.
struct Map<'a> {
    model: &'a Model,
    area: Rect,
    size: Size,
    /// Of each node.
    devices: Vec<Rect>,
    /// Whether it does something at the layer that is shown.
    acts: Vec<bool>,
    /// There is room for the shown frame's bytes under the map.
    has_strip: bool,
    shown: Option<FrameId>,
    now: Option<FactId>,
}

/// One link as it is drawn: from the edge of one device to the edge of another.
#[derive(Clone, Copy)]
struct Leg {
    from: (f64, f64),
    to: (f64, f64),
}

impl Leg {
    fn at(self, part: f64) -> (f64, f64) {
        (self.from.0 + (self.to.0 - self.from.0) * part, self.from.1 + (self.to.1 - self.from.1) * part)
    }

    fn length(self) -> f64 {
        (self.to.0 - self.from.0).hypot(self.to.1 - self.from.1)
    }

    /// The mark of a frame, beside the line.
    fn mark(self, part: f64, is_marked: bool) -> Rect {
        let ((x, y), aside) = (self.at(part), self.aside());
        let half = if is_marked { 6.0 } else { 4.0 };
        Rect::new(x + aside.0 * 7.0 - half, y + aside.1 * 7.0 - half, 2.0 * half, 2.0 * half)
    }

    /// To the left of who goes along it: above what goes to the right.
    fn aside(self) -> (f64, f64) {
        let length = self.length().max(1e-6);
        ((self.to.1 - self.from.1) / length, (self.from.0 - self.to.0) / length)
    }
}

/// Draws the map.
pub(super) fn draw(scene: &mut Scene, model: &Model, plan: &Plan) {
    let map = Map::of(model, plan);
    map.draw_links(scene);
    if gateway(model).is_some() && plan.real.is_some() {
        map.draw_way_out(scene, plan);
    }
    for (id, node) in numbered(&model.session.scenario) {
        if map.acts[usize::from(id.0)] {
            device::draw(scene, model, (id, node), map.devices[usize::from(id.0)], map.size);
        }
    }
    map.draw_names(scene);
    map.draw_waiting(scene);
    map.draw_frames(scene);
    map.draw_drops(scene);
    map.draw_cuts(scene);
    map.draw_foot(scene);
}

fn numbered(scenario: &Scenario) -> impl Iterator<Item = (NodeId, &Node)> {
    (0..).map(NodeId).zip(&scenario.nodes)
}

/// Whether some of these boxes are nearer to each other than `gap`.
fn collide(boxes: &[Rect], gap: f64) -> bool {
    let near = |a: &Rect, b: &Rect| {
        a.x - gap < b.right() && b.x - gap < a.right() && a.y - gap < b.bottom() && b.y - gap < a.bottom()
    };
    boxes.iter().enumerate().any(|(place, one)| boxes[place + 1..].iter().any(|other| near(one, other)))
}

impl<'a> Map<'a> {
    fn of(model: &'a Model, plan: &Plan) -> Map<'a> {
        let nodes = &model.session.scenario.nodes;
        let has_strip = !plan.narrow && plan.between.height >= 260.0;
        let foot = if has_strip { strip::LARGE } else { 24.0 };
        let room = plan.between;
        let area = Rect::new(room.x, room.y, room.width, room.height - foot);
        let sizes: &[Size] = match nodes.len() {
            0..=60 => &[Size::Full, Size::Name, Size::Mark],
            61..=NAMED => &[Size::Name, Size::Mark],
            151..=300 => &[Size::Mark],
            _ => &[],
        };
        let devices = |size: Size| map_devices(model, area, plan.upright, size);
        let fit = sizes.iter().map(|size| (*size, devices(*size))).find(|(size, devices)| {
            *size == Size::Mark || !collide(devices, if *size == Size::Full { 16.0 } else { 8.0 })
        });
        let (size, devices) = fit.unwrap_or_else(|| (Size::Dot, devices(Size::Dot)));
        let acts = nodes.iter().map(|node| model.look.shows(node)).collect();
        Map { model, area: plan.between, size, devices, acts, has_strip, shown: model.shown_frame(), now: model.fact() }
    }

    /// From one node's device to another's.
    fn leg(&self, from: NodeId, to: NodeId) -> Option<Leg> {
        let device =
            |node: NodeId| Some((*self.devices.get(usize::from(node.0))?, *self.acts.get(usize::from(node.0))?));
        let ((from, from_acts), (to, to_acts)) = (device(from)?, device(to)?);
        let edge = |at: Rect, acts: bool, toward: (f64, f64)| if acts { edge(at, toward) } else { at.centre() };
        Some(Leg { from: edge(from, from_acts, to.centre()), to: edge(to, to_acts, from.centre()) })
    }

    fn draw_links(&self, scene: &mut Scene) {
        let scenario = &self.model.session.scenario;
        let cuts = cuts::Cuts::now(self.model);
        for (id, link) in (0..).map(LinkId).zip(&scenario.links) {
            let [a, b] = link.nodes();
            let Some(leg) = self.leg(a, b) else { continue };
            let marked = self.model.kin.has(Thing::Link(id));
            let cut = cuts.of(id);
            let style = if marked { (Role::Ink, 5.0) } else { (Role::InkSoft, 2.0) };
            cut.draw(scene, id, leg.from, leg.to, style);
            // What does not work is told in place of how fast it would be.
            if cut.words(self.model, id).is_none() {
                self.draw_caption(scene, leg, link);
            }
        }
    }

    /// That links are cut: over everything, since what has filled up before them is much.
    fn draw_cuts(&self, scene: &mut Scene) {
        let cuts = cuts::Cuts::now(self.model);
        // The words of a drop stand across a link that goes down, and say the same.
        let told = drops::recent(self.model).first().map(|dropped| dropped.place);
        for (id, link) in (0..).map(LinkId).zip(&self.model.session.scenario.links) {
            let [a, b] = link.nodes();
            let Some((text, leg)) = cuts.of(id).words(self.model, id).zip(self.leg(a, b)) else { continue };
            let is_told = told == Some(Place::Queue(id)) || told == Some(Place::Wire(id));
            if is_told && (leg.to.1 - leg.from.1).abs() > (leg.to.0 - leg.from.0).abs() {
                continue;
            }
            let room = width_of(&text, Style::Label) + 6.0;
            scene.label(leg.at(0.5), text, Role::Ink, Role::Ground, room);
        }
    }

    /// The delay and the rate of a link, where there is room beside it.
    fn draw_caption(&self, scene: &mut Scene, leg: Leg, link: &Link) {
        if self.size != Size::Full || self.model.session.scenario.links.len() > 12 {
            return;
        }
        let delay = millis(link.delay.as_nanos() as f64);
        let text = if link.rate > 0 { format!("{delay} · {}", rate(link.rate)) } else { delay };
        // It interrupts its line, which must be seen on both sides of it.
        let width = width_of(&text, Style::Label) + 6.0;
        let (along, down) = ((leg.to.0 - leg.from.0).abs(), (leg.to.1 - leg.from.1).abs());
        if along > width + 24.0 || (down > 60.0 && along < width / 2.0) {
            scene.label(leg.at(0.5), text, Role::InkSoft, Role::Ground, width);
        }
    }

    /// From the gateway to the real machine.
    fn draw_way_out(&self, scene: &mut Scene, plan: &Plan) {
        let (Some(gateway), Some(real)) = (gateway(self.model), plan.real) else { return };
        if let (Some(at), false) = (self.devices.get(usize::from(gateway.0)), plan.narrow) {
            let end = (real.x, at.middle());
            if plan.stacks.iter().all(|(_, stack)| stack.right() <= at.right()) {
                scene.rule((at.right(), at.middle()), end, Role::InkSoft, 3.0);
            }
        }
    }

    /// Names of devices that are marks: those that stand open or are chosen, then the others while they fit.
    fn draw_names(&self, scene: &mut Scene) {
        if !matches!(self.size, Size::Mark | Size::Dot) {
            return;
        }
        let mut all: Vec<(NodeId, &Node)> = numbered(&self.model.session.scenario).collect();
        let first = |id: NodeId| self.model.look.is_open(id) || self.model.kin.has(Thing::Node(id));
        order::sort_by_key(&mut all, |(id, _)| !first(*id));
        let mut taken: Vec<Rect> = Vec::new();
        for (id, node) in all {
            if !self.acts[usize::from(id.0)] || (taken.len() > NAMED && !first(id)) {
                continue;
            }
            let at = self.devices[usize::from(id.0)];
            let width = width_of(&node.name, Style::Label);
            let place = Rect::new(at.centre().0 - width / 2.0, at.bottom() + 1.0, width, 14.0);
            let clear = |other: &Rect| {
                place.x > other.right()
                    || other.x > place.right()
                    || place.y > other.bottom()
                    || other.y > place.bottom()
            };
            if first(id) || (taken.iter().all(clear) && self.devices.iter().all(clear)) {
                scene.label((at.centre().0, place.middle()), node.name.as_str(), Role::Ink, Role::Ground, width + 4.0);
                taken.push(place);
            }
        }
    }

    /// What waits at the beginning of each link.
    fn draw_waiting(&self, scene: &mut Scene) {
        let Some(now) = self.now else { return };
        for (id, link) in (0..).map(LinkId).zip(&self.model.session.scenario.links) {
            let [a, b] = link.nodes();
            for (from, to) in [(a, b), (b, a)] {
                let count = self.model.session.index.traffic.queues.waiting((id, from), now);
                if count == 0 {
                    continue;
                }
                let Some(leg) = self.leg(from, to) else { continue };
                let (aside, step) = (leg.aside(), 9.0 / leg.length().max(1.0));
                // Beyond the lane in which frames go.
                let far = if aside.1.abs() > 0.5 { 30.0 } else { 60.0 };
                let beside = |part: f64, far: f64| {
                    let (x, y) = leg.at(part);
                    (x + aside.0 * far, y + aside.1 * far)
                };
                let shown = count.min(6);
                let front = self.model.session.index.traffic.queues.front((id, from), now, shown);
                for (place, made) in front.into_iter().enumerate() {
                    let (x, y) = beside(step * (place as f64 + 0.6), far);
                    draw_waiting_mark(scene, self.model, Rect::new(x - 3.5, y - 5.0, 7.0, 10.0), made);
                }
                let whole = fill(self.model.language.words().look.waiting, &[("n", &count.to_string())]);
                let text = if leg.length() > 130.0 && self.size == Size::Full { whole } else { format!("×{count}") };
                let room = width_of(&text, Style::Label) + 4.0;
                let (x, y) = beside(step * (shown as f64 + 0.6), far);
                let align = if leg.to.0 >= leg.from.0 { Align::Start } else { Align::End };
                let (ink, style, ground) = (Role::Ink, Style::Label, Some(Role::Ground));
                scene.shapes.push(Shape::Text { at: (x, y), text, ink, style, align, room, ground });
            }
        }
    }

    fn draw_frames(&self, scene: &mut Scene) {
        let Some(now) = self.now else { return };
        let session = &self.model.session;
        let at = self.model.moment().at;
        let flying: Vec<&Frame> = session
            .index
            .in_flight(now, at)
            .filter(|frame| frame.real.is_none() && is_shown(self.model, frame))
            .collect();
        let labelled = flying.len() <= LABELLED;
        if labelled {
            self.draw_labelled(scene, &flying, at);
        } else {
            self.draw_marks(scene, &flying, at);
        }
        self.draw_held(scene, now);
    }

    /// Few frames, each with its words. Labels keep clear of one another; the one that is told of has the first choice.
    fn draw_labelled(&self, scene: &mut Scene, flying: &[&Frame], at: Instant) {
        let mut taken: Vec<Rect> = Vec::new();
        let first = flying.iter().filter(|frame| self.shown == Some(frame.id));
        for frame in first.chain(flying.iter().filter(|frame| self.shown != Some(frame.id))) {
            let Some(leg) = self.leg(frame.from, frame.to) else { continue };
            self.draw_flying(scene, frame, leg, part_of(frame, at), Some(&mut taken));
        }
    }

    fn draw_marks(&self, scene: &mut Scene, flying: &[&Frame], at: Instant) {
        let is_marked = |frame: &&Frame| stands_out(self.model, frame.id, self.shown);
        let marks = flying.iter().filter_map(|frame| {
            let leg = self.leg(frame.from, frame.to)?;
            Some((leg.mark(part_of(frame, at), is_marked(frame)), *frame))
        });
        for (at, frame) in crowd::seen(self.area, marks.collect(), is_marked) {
            self.draw_mark(scene, frame, at);
        }
    }

    fn draw_mark(&self, scene: &mut Scene, frame: &Frame, at: Rect) {
        let (edge, weight) = mark_of(self.model, frame.id, self.shown);
        let fill = Some(Role::of(Anatomy::of(frame).protocol()));
        let pick = Some(Thing::Frame(frame.id));
        scene.shapes.push(Shape::Box { at, fill, edge: Some(edge), weight, pick });
    }

    /// A frame on its way, beside the line that it goes along.
    fn draw_flying(&self, scene: &mut Scene, frame: &Frame, leg: Leg, part: f64, taken: Option<&mut Vec<Rect>>) {
        let aside = leg.aside();
        let fill = Some(Role::of(Anatomy::of(frame).protocol()));
        let pick = Some(Thing::Frame(frame.id));
        let (edge, weight) = mark_of(self.model, frame.id, self.shown);
        if let Some(taken) = taken {
            let arrow = if leg.to.0 >= leg.from.0 { '▸' } else { '◂' };
            let text = format!("{} {arrow}", short_words(self.model, frame));
            let width = (width_of(&text, Style::Label) + 10.0).min(110.0);
            // A label keeps clear of both ends: it goes the same way in the same time, but a little shorter.
            let half = (aside.1.abs() * width + aside.0.abs() * LABEL) / 2.0 / leg.length().max(1.0);
            let (x, y) = leg.at(if half < 0.5 { half + part * (1.0 - 2.0 * half) } else { part });
            let off = aside.0.abs() * width / 2.0 + aside.1.abs() * LABEL / 2.0 + 3.0;
            let at = Rect::new(x + aside.0 * off - width / 2.0, y + aside.1 * off - LABEL / 2.0, width, LABEL);
            let at = self.inside(at);
            if !taken.iter().any(|other| collide(&[at, *other], 1.0)) {
                taken.push(at);
                scene.shapes.push(Shape::Box { at, fill, edge: Some(edge), weight, pick });
                scene.aligned(at.centre(), text, Role::Ink, Style::Label, Align::Middle, width - 4.0);
                return;
            }
        }
        self.draw_mark(scene, frame, leg.mark(part, weight > 1.0));
    }

    /// The same box, not beyond the edges of the map.
    fn inside(&self, at: Rect) -> Rect {
        let x = at.x.clamp(self.area.x + 1.0, (self.area.right() - at.width - 1.0).max(self.area.x + 1.0));
        let y = at.y.clamp(self.area.y + 1.0, (self.area.bottom() - at.height - 1.0).max(self.area.y + 1.0));
        Rect::new(x, y, at.width, at.height)
    }

    /// What a node that does not stand open has in hands at this moment; and a captured frame, which was seen and not sent here.
    fn draw_held(&self, scene: &mut Scene, now: FactId) {
        let session = &self.model.session;
        let Some(fact) = session.trace.get(now) else { return };
        if let What::Captured { .. } = fact.what
            && let Some(frame) = session.index.captured(now)
            && let Some(leg) = self.leg(frame.from, frame.to).filter(|leg| leg.length() > 1.0)
        {
            let (from, to) = (leg.from, leg.to);
            let pick = Some(Thing::Frame(frame.id));
            scene.shapes.push(Shape::Line { from, to, ink: Role::Accent, weight: 2.5, tip: Tip::Arrow, pick });
            return self.draw_flying(scene, frame, leg, 0.5, Some(&mut Vec::new()));
        }
        let walk = session.index.walk_of(fact.id).and_then(|walk| walk.frame);
        let held = match fact.what {
            What::Sent { .. } | What::Duplicated { .. } | What::Dropped { .. } => None,
            What::Switched { frame, .. } | What::Delivered { frame, .. } => Some(frame),
            _ => walk,
        };
        let Some(frame) = held.and_then(|frame| session.index.frame(frame)).filter(|frame| is_shown(self.model, frame))
        else {
            return;
        };
        let Some(device) = self.devices.get(usize::from(fact.node.0)) else { return };
        let text = short_words(self.model, frame);
        let width = (width_of(&text, Style::Label) + 10.0).min(110.0);
        let at = self.inside(Rect::new(device.centre().0 - width / 2.0, device.bottom() + 2.0, width, LABEL));
        let fill = Some(Role::of(Anatomy::of(frame).protocol()));
        scene.shapes.push(Shape::Box {
            at,
            fill,
            edge: Some(Role::Ink),
            weight: 2.0,
            pick: Some(Thing::Frame(frame.id)),
        });
        scene.aligned(at.centre(), text, Role::Ink, Style::Label, Align::Middle, width - 4.0);
    }

    fn draw_drops(&self, scene: &mut Scene) {
        for (place, dropped) in drops::recent(self.model).iter().enumerate().rev() {
            let Some(device) = self.devices.get(usize::from(dropped.node.0)) else { continue };
            let other = |link: LinkId| {
                let [a, b] = self.model.session.scenario.links.get(usize::from(link.0))?.nodes();
                Some(if a == dropped.node { b } else { a })
            };
            let at = match dropped.place {
                Place::Layer(_) => (device.right() - 4.0, device.bottom()),
                Place::Queue(link) | Place::Wire(link) => {
                    let way = other(link).and_then(|other| self.leg(dropped.node, other));
                    let part = if matches!(dropped.place, Place::Queue(_)) { 0.06 } else { dropped.part };
                    way.map_or(device.centre(), |way| way.at(part))
                }
            };
            let worded = place == 0
                && dropped.frame.is_none_or(|frame| {
                    self.model.session.index.frame(frame).is_none_or(|frame| is_shown(self.model, frame))
                });
            // The words stand clear of the device.
            let below = if matches!(dropped.place, Place::Wire(_)) { at.1 } else { device.bottom() - 6.0 };
            dropped.draw(scene, self.model, at, self.area, worded.then_some(below.max(at.1) + 22.0));
        }
    }

    /// Under the map: the bytes of the frame that is shown, or that nobody has bytes in the layer that is.
    fn draw_foot(&self, scene: &mut Scene) {
        let words = self.model.language.words();
        let bottom = self.area.bottom();
        let nothing = matches!(self.model.look.layer, Some(Layer::Session | Layer::Presentation));
        if nothing {
            let middle = self.area.centre().0;
            let text = words.look.nothing_at_layer;
            scene.aligned((middle, bottom - 12.0), text, Role::Ink, Style::Label, Align::Middle, self.area.width - 8.0);
            return;
        }
        let frame = self
            .shown
            .and_then(|frame| self.model.session.index.frame(frame))
            .filter(|frame| is_shown(self.model, frame));
        if let Some(frame) = frame.filter(|_| self.has_strip && self.size != Size::Dot) {
            let at = Rect::new(self.area.x + 14.0, bottom - strip::LARGE, self.area.width - 28.0, strip::LARGE);
            strip::draw_large(scene, self.model, at, frame);
        }
    }
}

/// The boxes of all devices at a size.
fn map_devices(model: &Model, area: Rect, upright: bool, size: Size) -> Vec<Rect> {
    let words = model.language.words();
    let nodes = &model.session.scenario.nodes;
    let extents: Vec<(f64, f64)> = nodes.iter().map(|node| device::extent(size, node, words)).collect();
    let widest = extents.iter().fold((0.0_f64, 0.0_f64), |most, at| (most.0.max(at.0), most.1.max(at.1)));
    let above = if matches!(size, Size::Full | Size::Name) { 12.0 } else { 6.0 };
    // No map is stretched beyond what it needs: two nodes do not stand a screen apart.
    let cells = model.look.map().cells();
    let (columns, rows) = if upright { (cells.1, cells.0) } else { cells };
    let height = area.height.min(rows * CELL.1 * 2.0);
    let width = area.width.min(columns.max(2.0) * (CELL.0 * 1.3).max(height / rows * 2.2));
    let area = Rect::new(area.x + (area.width - width) / 2.0, area.y + (area.height - height) / 2.0, width, height);
    let margin = (widest.0 / 2.0 + 6.0, widest.1 / 2.0 + above);
    let at = model.look.map().fit(area, margin, upright);
    let place = |((x, y), (width, height)): ((f64, f64), &(f64, f64))| {
        Rect::new(x - width / 2.0, y - height / 2.0, *width, *height)
    };
    at.into_iter().zip(&extents).map(place).collect()
}

/// Where the line from a box's centre to a point leaves the box.
fn edge(at: Rect, toward: (f64, f64)) -> (f64, f64) {
    let (x, y) = at.centre();
    let (dx, dy) = (toward.0 - x, toward.1 - y);
    let part = (at.width / 2.0 / dx.abs().max(1e-9)).min(at.height / 2.0 / dy.abs().max(1e-9)).min(1.0);
    (x + dx * part, y + dy * part)
}

/// A rate in the unit that needs the fewest digits.
fn rate(bits: u64) -> String {
    match bits {
        1_000_000_000.. => format!("{} Gbit/s", bits / 1_000_000_000), // not shown as is: a unit
        1_000_000.. => format!("{} Mbit/s", bits / 1_000_000),         // not shown as is: a unit
        1_000.. => format!("{} kbit/s", bits / 1_000),                 // not shown as is: a unit
        _ => format!("{bits} bit/s"),                                  // not shown as is: a unit
    }
}
