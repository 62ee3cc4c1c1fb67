//! A scene as an SVG document: what is shown, to be kept, printed and put into other texts.
//!
//! Absent on purpose: scripts, fonts of its own, and addresses of other hosts. Nobody measures letters here: a text that is too
//! long for its room is cut by an estimate ([`super::measure`]).

use core::fmt::Write;

use super::measure::{cut, size_of};
use super::scene::{Align, Dash, Rect, Scene, Shape, Style, Tip};
use super::theme::{Role, Shade};

/// Length of an arrow's tip, in pixels.
const TIP: f64 = 9.0;

/// The same fonts as on the page.
const STYLE: &str = concat!(
    "<style>text{font-family:system-ui,'Noto Sans','Noto Sans CJK TC',sans-serif;dominant-baseline:central;white-space:pre}", // not shown
    ".code{font-family:ui-monospace,'DejaVu Sans Mono','Noto Sans Mono CJK TC',monospace}</style>", // not shown
);

/// The scene as a document of its own.
pub fn svg(scene: &Scene, shade: Shade) -> String {
    let (width, height) = (scene.width, scene.height);
    let mut out = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}">"# // not shown
    );
    out.push_str(STYLE);
    rectangle(&mut out, Rect::new(0.0, 0.0, width, height), 0.0);
    paint(&mut out, Some(Role::Ground), None, 0.0, Dash::Whole, shade);
    for shape in &scene.shapes {
        draw(&mut out, shape, shade);
    }
    out.push_str("</svg>\n");
    out
}

fn draw(out: &mut String, shape: &Shape, shade: Shade) {
    match shape {
        Shape::Box { at, fill, edge, weight, .. } => {
            rectangle(out, *at, 4.0_f64.min(at.height / 4.0).min(at.width / 4.0));
            paint(out, *fill, *edge, *weight, Dash::Whole, shade);
        }
        Shape::Line { from, to, ink, weight, tip, .. } => {
            legs(out, &[*from, *to], false);
            paint(out, None, Some(*ink), *weight, Dash::Whole, shade);
            draw_tip(out, (*from, *to), *ink, (*weight, *tip), shade);
        }
        Shape::Path { points, closed, fill, ink, weight, dash, .. } => {
            legs(out, points, *closed);
            paint(out, *fill, *ink, *weight, *dash, shade);
        }
        Shape::Text { at, text, ink, style, align, room, ground } => {
            let anchor = match align {
                Align::Start => "start",
                Align::Middle => "middle",
                Align::End => "end",
            };
            let class = if *style == Style::Code { r#" class="code""# } else { "" };
            let bold = if *style == Style::Title { r#" font-weight="600""# } else { "" };
            let (size, colour) = (size_of(*style), ink.colour(shade));
            let _ = write!(
                out,
                r#"<text x="{:.1}" y="{:.1}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{class}{bold}"#,
                at.0, at.1
            );
            if let Some(ground) = ground {
                let colour = ground.colour(shade);
                let _ = write!(out, r#" stroke="{colour}" stroke-width="5" paint-order="stroke""#);
            }
            out.push('>');
            escape(out, &cut(text, *style, *room));
            out.push_str("</text>");
        }
    }
}

fn rectangle(out: &mut String, at: Rect, radius: f64) {
    let Rect { x, y, width, height } = at;
    let (width, height) = (width.max(0.0), height.max(0.0));
    let _ = write!(out, r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="{radius:.1}""#);
}

fn legs(out: &mut String, points: &[(f64, f64)], closed: bool) {
    out.push_str(if closed { r#"<polygon points=""# } else { r#"<polyline points=""# });
    for (x, y) in points {
        let _ = write!(out, "{x:.1},{y:.1} ");
    }
    out.push('"');
}

/// Ends an element that has begun with how it looks.
fn paint(out: &mut String, fill: Option<Role>, ink: Option<Role>, weight: f64, dash: Dash, shade: Shade) {
    let _ = write!(out, r#" fill="{}""#, fill.map_or("none", |fill| fill.colour(shade)));
    if let Some(ink) = ink {
        let _ = write!(out, r#" stroke="{}" stroke-width="{weight}""#, ink.colour(shade));
    }
    if dash != Dash::Whole {
        let legs: Vec<String> = dash.legs().iter().map(f64::to_string).collect();
        let _ = write!(out, r#" stroke-dasharray="{}""#, legs.join(" "));
    }
    out.push_str("/>");
}

fn draw_tip(
    out: &mut String,
    (from, to): ((f64, f64), (f64, f64)),
    ink: Role,
    (weight, tip): (f64, Tip),
    shade: Shade,
) {
    let angle = (to.1 - from.1).atan2(to.0 - from.0);
    let arm = |turn: f64| (to.0 - TIP * (angle + turn).cos(), to.1 - TIP * (angle + turn).sin());
    match tip {
        Tip::Plain => {}
        Tip::Arrow => {
            legs(out, &[to, arm(0.4), arm(-0.4)], true);
            paint(out, Some(ink), None, 0.0, Dash::Whole, shade);
        }
        Tip::Cross => {
            for turn in [0.8, -0.8] {
                let one = arm(turn);
                legs(out, &[one, (2.0 * to.0 - one.0, 2.0 * to.1 - one.1)], false);
                paint(out, None, Some(ink), weight, Dash::Whole, shade);
            }
        }
    }
}

fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // XML 1.0 §2.2 has no other control characters.
            letter if letter.is_control() => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_each_shape_and_no_markup_of_a_text() {
        let mut scene = Scene::new(120.0, 40.0);
        scene.framed(Rect::new(1.0, 2.0, 30.0, 20.0), Role::Panel, Role::Rule, 1.0);
        scene.rule((0.0, 0.0), (10.0, 10.0), Role::Ink, 2.0);
        scene.text((5.0, 5.0), "<b>&\u{1}", Role::Ink, Style::Code, 100.0);
        scene.label((5.0, 5.0), "a long label in no room", Role::Ink, Role::Panel, 40.0);
        let text = svg(&scene, Shade::Dark);
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
        assert_eq!(text.matches("<rect ").count(), 2);
        assert_eq!(text.matches("<polyline ").count(), 1);
        assert!(text.contains("&lt;b&gt;&amp;\u{fffd}</text>"), "{text}");
        assert!(text.contains("…</text>") && text.contains(r#"paint-order="stroke""#), "{text}");
        assert!(text.contains(Role::Ground.colour(Shade::Dark)));
    }
}
