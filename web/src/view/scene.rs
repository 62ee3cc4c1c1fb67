//! A scene: a picture as a list of simple shapes, with what each stands for.
//!
//! A painter draws it (the browser's room has one for canvases); tests read it.
//!
//! Absent on purpose: pixels, fonts' measures and colours' values. A text says how much room it has, and
//! the painter cuts it.

use super::theme::Role;
use crate::app::thing::Thing;

/// A picture, in CSS pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// Its shapes, from back to front.
    pub shapes: Vec<Shape>,
}

/// One shape.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A box.
    Box {
        /// Where.
        at: Rect,
        /// Its inside.
        fill: Option<Role>,
        /// Its edge.
        edge: Option<Role>,
        /// Width of its edge.
        weight: f64,
        /// What a click on it chooses.
        pick: Option<Thing>,
    },
    /// A line.
    Line {
        /// From where.
        from: (f64, f64),
        /// To where.
        to: (f64, f64),
        /// Its colour.
        ink: Role,
        /// Its width.
        weight: f64,
        /// How its end looks.
        tip: Tip,
        /// What a click on it chooses.
        pick: Option<Thing>,
    },
    /// A line of several legs, or an area.
    Path {
        /// Its points.
        points: Vec<(f64, f64)>,
        /// The last point is joined to the first.
        closed: bool,
        /// Its inside.
        fill: Option<Role>,
        /// Its line.
        ink: Option<Role>,
        /// Width of its line.
        weight: f64,
        /// How its line is broken.
        dash: Dash,
        /// What a click on it chooses.
        pick: Option<Thing>,
    },
    /// A line of text.
    Text {
        /// Its anchor: where `align` says, in the middle of its height.
        at: (f64, f64),
        /// The text.
        text: String,
        /// Its colour.
        ink: Role,
        /// Its style.
        style: Style,
        /// Which end of it is at the anchor.
        align: Align,
        /// How wide it may be; the rest is cut with an ellipsis.
        room: f64,
        /// What is painted behind it, so that lines do not cross it.
        ground: Option<Role>,
    },
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Tip {
    Plain,
    Arrow,
    Cross,
}

/// How a line is broken: what tells lines apart without colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Dash {
    #[default]
    Whole,
    Dashed,
    Dotted,
    DashDot,
}

/// How a text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A heading of a part.
    Title,
    /// Running text.
    Body,
    /// A label.
    Label,
    /// Bytes and code.
    Code,
}

/// Which end of a text is at its anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Align {
    Start,
    Middle,
    End,
}

impl Dash {
    /// Lengths of lines and gaps in turn, in pixels; none for a whole line.
    pub const fn legs(self) -> &'static [f64] {
        match self {
            Dash::Whole => &[],
            Dash::Dashed => &[7.0, 4.0],
            Dash::Dotted => &[2.0, 3.0],
            Dash::DashDot => &[8.0, 3.0, 2.0, 3.0],
        }
    }
}

impl Rect {
    /// A rectangle.
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Rect {
        Rect { x, y, width, height }
    }

    /// The same, smaller by `by` on each side.
    pub fn inset(self, by: f64) -> Rect {
        Rect::new(self.x + by, self.y + by, (self.width - 2.0 * by).max(0.0), (self.height - 2.0 * by).max(0.0))
    }

    /// Its right edge.
    pub fn right(self) -> f64 {
        self.x + self.width
    }

    /// Its lower edge.
    pub fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// The height of its middle.
    pub fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }

    /// The point in its middle.
    pub fn centre(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.middle())
    }

    /// How far a point is away.
    fn from(self, (x, y): (f64, f64)) -> f64 {
        let beyond = |at: f64, least: f64, most: f64| (least - at).max(at - most).max(0.0);
        beyond(x, self.x, self.right()).hypot(beyond(y, self.y, self.bottom()))
    }

    fn holds(self, (x, y): (f64, f64)) -> bool {
        (self.x..=self.right()).contains(&x) && (self.y..=self.bottom()).contains(&y)
    }
}

/// How near a click must be to a line or a small mark, in pixels: half the smallest target of WCAG 2.2, 2.5.8.
const REACH: f64 = 12.0;

impl Scene {
    /// An empty scene.
    pub fn new(width: f64, height: f64) -> Scene {
        Scene { width, height, shapes: Vec::new() }
    }

    /// Adds a filled box.
    pub fn fill(&mut self, at: Rect, fill: Role) {
        self.shapes.push(Shape::Box { at, fill: Some(fill), edge: None, weight: 0.0, pick: None });
    }

    /// Adds a box with an edge.
    pub fn framed(&mut self, at: Rect, fill: Role, edge: Role, weight: f64) {
        self.shapes.push(Shape::Box { at, fill: Some(fill), edge: Some(edge), weight, pick: None });
    }

    /// Adds a line without a tip.
    pub fn rule(&mut self, from: (f64, f64), to: (f64, f64), ink: Role, weight: f64) {
        self.shapes.push(Shape::Line { from, to, ink, weight, tip: Tip::Plain, pick: None });
    }

    /// Adds a text that begins at `at`.
    pub fn text(&mut self, at: (f64, f64), text: impl Into<String>, ink: Role, style: Style, room: f64) {
        self.aligned(at, text, ink, style, Align::Start, room);
    }

    /// Adds a text with its anchor.
    pub fn aligned(
        &mut self,
        at: (f64, f64),
        text: impl Into<String>,
        ink: Role,
        style: Style,
        align: Align,
        room: f64,
    ) {
        self.shapes.push(Shape::Text { at, text: text.into(), ink, style, align, room: room.max(0.0), ground: None });
    }

    /// Adds a text in the middle of a line, which the line does not cross.
    pub fn label(&mut self, at: (f64, f64), text: impl Into<String>, ink: Role, ground: Role, room: f64) {
        let (text, ground) = (text.into(), Some(ground));
        self.shapes.push(Shape::Text {
            at,
            text,
            ink,
            style: Style::Label,
            align: Align::Middle,
            room: room.max(0.0),
            ground,
        });
    }

    /// What a click at this point chooses: the nearest within reach, the front one of equals.
    pub fn pick_at(&self, point: (f64, f64)) -> Option<Thing> {
        let mut best: Option<(f64, Thing)> = None;
        for shape in &self.shapes {
            let (distance, thing) = match shape {
                Shape::Box { at, pick: Some(thing), .. } if at.holds(point) => (0.0, *thing),
                Shape::Box { at, pick: Some(thing), .. } if at.width.max(at.height) < 2.0 * REACH => {
                    (at.from(point), *thing)
                }
                Shape::Line { from, to, pick: Some(thing), .. } => (distance(point, *from, *to), *thing),
                Shape::Path { points, pick: Some(thing), .. } => {
                    let legs = points.windows(2).map(|leg| distance(point, leg[0], leg[1]));
                    (legs.fold(f64::INFINITY, f64::min), *thing)
                }
                _ => continue,
            };
            if distance <= REACH && best.is_none_or(|(nearest, _)| distance <= nearest) {
                best = Some((distance, thing));
            }
        }
        best.map(|(_, thing)| thing)
    }

    /// All texts, for tests and for exports of words.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.shapes.iter().filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some(text.as_str()),
            _ => None,
        })
    }
}

/// From a point to the nearest point of a line.
fn distance((x, y): (f64, f64), (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> f64 {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx * dx + dy * dy;
    let along = if length == 0.0 { 0.0 } else { (((x - x1) * dx + (y - y1) * dy) / length).clamp(0.0, 1.0) };
    (x - x1 - along * dx).hypot(y - y1 - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::trace::FrameId;

    #[test]
    fn a_click_chooses_the_nearest_frame_within_reach() {
        let mut scene = Scene::new(100.0, 100.0);
        for (number, y) in [(0, 10.0), (1, 30.0)] {
            scene.shapes.push(Shape::Line {
                from: (0.0, y),
                to: (100.0, y),
                ink: Role::Ink,
                weight: 1.0,
                tip: Tip::Arrow,
                pick: Some(Thing::Frame(FrameId(number))),
            });
        }
        assert_eq!(scene.pick_at((50.0, 14.0)), Some(Thing::Frame(FrameId(0))));
        assert_eq!(scene.pick_at((50.0, 26.0)), Some(Thing::Frame(FrameId(1))));
        assert_eq!(scene.pick_at((50.0, 60.0)), None);
    }
}
