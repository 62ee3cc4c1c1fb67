//! A scene in text: one line for each shape, so that a test can keep a picture and a person can read what changed.
//!
//! Absent on purpose: parts of pixels.

use core::fmt::Write;

use super::scene::{Align, Dash, Scene, Shape, Tip};
use super::theme::Role;
use crate::app::thing::Thing;

impl Scene {
    /// The scene in text: `box 0,34 270×52 panel edge:rule/1 fact:12`, from back to front.
    pub fn describe(&self) -> String {
        let mut out = format!("scene {:.0}×{:.0}\n", self.width, self.height);
        for shape in &self.shapes {
            tell(&mut out, shape);
            out.push('\n');
        }
        out
    }
}

fn tell(out: &mut String, shape: &Shape) {
    let pick = match shape {
        Shape::Box { at, fill, edge, weight, pick } => {
            let _ = write!(out, "box {:.0},{:.0} {:.0}×{:.0}", at.x, at.y, at.width, at.height);
            tell_fill(out, *fill);
            tell_ink(out, "edge", *edge, *weight);
            pick
        }
        Shape::Line { from, to, ink, weight, tip, pick } => {
            let _ = write!(out, "line {:.0},{:.0} {:.0},{:.0}", from.0, from.1, to.0, to.1);
            tell_ink(out, "ink", Some(*ink), *weight);
            out.push_str(match tip {
                Tip::Plain => "",
                Tip::Arrow => " arrow",
                Tip::Cross => " cross",
            });
            pick
        }
        Shape::Path { points, closed, fill, ink, weight, dash, pick } => {
            out.push_str(if *closed { "area" } else { "path" });
            for (x, y) in points {
                let _ = write!(out, " {x:.0},{y:.0}");
            }
            tell_fill(out, *fill);
            tell_ink(out, "ink", *ink, *weight);
            out.push_str(match dash {
                Dash::Whole => "",
                Dash::Dashed => " dashed",
                Dash::Dotted => " dotted",
                Dash::DashDot => " dash-dot",
            });
            pick
        }
        Shape::Text { at, text, ink, style, align, room, ground } => {
            let align = match align {
                Align::Start => "",
                Align::Middle => " middle",
                Align::End => " end",
            };
            let (style, ink) = (format!("{style:?}").to_lowercase(), name(*ink));
            let _ = write!(out, "text {:.0},{:.0}{align} {style} {ink} room:{room:.0}", at.0, at.1);
            if let Some(ground) = ground {
                let _ = write!(out, " on:{}", name(*ground));
            }
            let _ = write!(out, " {text:?}");
            &None
        }
    };
    if let Some(thing) = pick {
        out.push(' ');
        tell_thing(out, *thing);
    }
}

fn tell_fill(out: &mut String, fill: Option<Role>) {
    if let Some(fill) = fill {
        let _ = write!(out, " {}", name(fill));
    }
}

fn tell_ink(out: &mut String, what: &str, ink: Option<Role>, weight: f64) {
    if let Some(ink) = ink {
        let _ = write!(out, " {what}:{}/{weight}", name(ink));
    }
}

/// A role's name.
fn name(role: Role) -> &'static str {
    role.variable().trim_start_matches('-')
}

fn tell_thing(out: &mut String, thing: Thing) {
    let _ = match thing {
        Thing::Fact(fact) => write!(out, "fact:{}", fact.0),
        Thing::Waiting(fact) => write!(out, "waiting:{}", fact.0),
        Thing::Frame(frame) => write!(out, "frame:{}", frame.0),
        Thing::Field(frame, field) => write!(out, "field:{}/{field}", frame.0),
        Thing::Byte(frame, byte) => write!(out, "byte:{}/{byte}", frame.0),
        Thing::Socket(socket) => write!(out, "socket:{}", socket.0),
        Thing::Node(node) => write!(out, "node:{}", node.0),
        Thing::Link(link) => write!(out, "link:{}", link.0),
        Thing::Line(process, line) => write!(out, "line:{}/{line}", process.0),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::scene::{Rect, Style};
    use sim_core::trace::{LinkId, NodeId};

    #[test]
    fn each_shape_is_a_line() {
        let mut scene = Scene::new(100.0, 50.4);
        scene.framed(Rect::new(1.2, 2.0, 30.0, 20.0), Role::PanelActive, Role::Rule, 1.0);
        scene.text((5.0, 6.0), "\"hi\"", Role::InkSoft, Style::Code, 40.0);
        let (from, to, pick) = ((0.0, 0.0), (9.0, 9.0), Some(Thing::Link(LinkId(3))));
        scene.shapes.push(Shape::Line { from, to, ink: Role::Danger, weight: 2.0, tip: Tip::Cross, pick });
        scene.shapes.push(Shape::Path {
            points: vec![from, to],
            closed: false,
            fill: None,
            ink: Some(Role::Ink),
            weight: 1.5,
            dash: Dash::Dotted,
            pick: Some(Thing::Node(NodeId(1))),
        });
        let text = "scene 100×50\n\
            box 1,2 30×20 panel-active edge:rule/1\n\
            text 5,6 code ink-soft room:40 \"\\\"hi\\\"\"\n\
            line 0,0 9,9 ink:danger/2 cross link:3\n\
            path 0,0 9,9 ink:ink/1.5 dotted node:1\n";
        assert_eq!(scene.describe(), text);
    }
}
