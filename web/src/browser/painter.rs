//! Paints a scene on a canvas.
//!
//! Absent on purpose: any knowledge of what the shapes stand for.

use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::view::scene::{Align, Dash, Rect, Scene, Shape, Style, Tip};
use crate::view::theme::Shade;
use wasm_bindgen::{JsCast, JsValue};

const SANS: &str = "system-ui, 'Noto Sans CJK TC', 'Noto Sans TC', sans-serif";
const MONO: &str = "ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono CJK TC', monospace";

/// Length of an arrow's tip, in pixels.
const TIP: f64 = 9.0;

/// Paints a scene at the canvas's size and the screen's density.
pub fn paint(canvas: &HtmlCanvasElement, scene: &Scene, shade: Shade, density: f64) {
    let (width, height) = ((scene.width * density).round() as u32, (scene.height * density).round() as u32);
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let Some(context) =
        canvas.get_context("2d").ok().flatten().and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok())
    else {
        return;
    };
    let _ = context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, scene.width, scene.height);
    context.set_text_baseline("middle");
    for shape in &scene.shapes {
        paint_shape(&context, shape, shade);
    }
}

fn paint_shape(context: &CanvasRenderingContext2d, shape: &Shape, shade: Shade) {
    match shape {
        Shape::Box { at, fill, edge, weight, .. } => {
            outline(context, *at);
            if let Some(fill) = fill {
                context.set_fill_style_str(fill.colour(shade));
                context.fill();
            }
            if let Some(edge) = edge {
                context.set_stroke_style_str(edge.colour(shade));
                context.set_line_width(*weight);
                context.stroke();
            }
        }
        Shape::Line { from, to, ink, weight, tip, .. } => {
            context.set_stroke_style_str(ink.colour(shade));
            context.set_fill_style_str(ink.colour(shade));
            context.set_line_width(*weight);
            context.begin_path();
            context.move_to(from.0, from.1);
            context.line_to(to.0, to.1);
            context.stroke();
            paint_tip(context, *from, *to, *tip);
        }
        Shape::Path { points, closed, fill, ink, weight, dash, .. } => {
            trace(context, points, *closed);
            if let Some(fill) = fill {
                context.set_fill_style_str(fill.colour(shade));
                context.fill();
            }
            if let Some(ink) = ink {
                context.set_stroke_style_str(ink.colour(shade));
                context.set_line_width(*weight);
                set_dash(context, *dash);
                context.stroke();
                set_dash(context, Dash::Whole);
            }
        }
        Shape::Text { at, text, ink, style, align, room, ground } => {
            context.set_font(&font(*style));
            context.set_fill_style_str(ink.colour(shade));
            let (text, width) = cut(context, text, *room);
            let x = match align {
                Align::Start => at.0,
                Align::Middle => at.0 - width / 2.0,
                Align::End => at.0 - width,
            };
            if let Some(ground) = ground {
                context.set_fill_style_str(ground.colour(shade));
                context.fill_rect(x - 2.0, at.1 - 7.5, width + 4.0, 15.0);
                context.set_fill_style_str(ink.colour(shade));
            }
            let _ = context.fill_text(&text, x, at.1);
        }
    }
}

fn trace(context: &CanvasRenderingContext2d, points: &[(f64, f64)], closed: bool) {
    context.begin_path();
    for (place, point) in points.iter().enumerate() {
        if place == 0 {
            context.move_to(point.0, point.1);
        } else {
            context.line_to(point.0, point.1);
        }
    }
    if closed {
        context.close_path();
    }
}

fn set_dash(context: &CanvasRenderingContext2d, dash: Dash) {
    let legs = js_sys::Array::new();
    dash.legs().iter().for_each(|leg| {
        legs.push(&JsValue::from_f64(*leg));
    });
    let _ = context.set_line_dash(&legs);
}

fn outline(context: &CanvasRenderingContext2d, at: Rect) {
    context.begin_path();
    let radius = 4.0_f64.min(at.height / 4.0).min(at.width / 4.0);
    if radius < 1.0 || context.round_rect_with_f64(at.x, at.y, at.width, at.height, radius).is_err() {
        context.rect(at.x, at.y, at.width, at.height);
    }
}

fn paint_tip(context: &CanvasRenderingContext2d, from: (f64, f64), to: (f64, f64), tip: Tip) {
    let angle = (to.1 - from.1).atan2(to.0 - from.0);
    let arm = |turn: f64, length: f64| (to.0 - length * (angle + turn).cos(), to.1 - length * (angle + turn).sin());
    match tip {
        Tip::Plain => {}
        Tip::Arrow => {
            let (left, right) = (arm(0.4, TIP), arm(-0.4, TIP));
            context.begin_path();
            context.move_to(to.0, to.1);
            context.line_to(left.0, left.1);
            context.line_to(right.0, right.1);
            context.fill();
        }
        Tip::Cross => {
            for turn in [0.8, -0.8] {
                let (one, two) = (arm(turn, TIP), arm(turn, -TIP));
                context.begin_path();
                context.move_to(one.0, one.1);
                context.line_to(two.0, two.1);
                context.stroke();
            }
        }
    }
}

fn font(style: Style) -> String {
    match style {
        Style::Title => format!("600 15px {SANS}"),
        Style::Body => format!("16px {SANS}"),
        Style::Label => format!("13px {SANS}"),
        Style::Code => format!("13px {MONO}"),
    }
}

/// The text as far as there is room, with its width.
fn cut(context: &CanvasRenderingContext2d, text: &str, room: f64) -> (String, f64) {
    let measure = |text: &str| context.measure_text(text).map_or(0.0, |metrics| metrics.width());
    let whole = measure(text);
    if whole <= room {
        return (text.to_owned(), whole);
    }
    let ellipsis = measure("…");
    if ellipsis > room {
        return (String::new(), 0.0);
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    // The longest piece that fits, by halving.
    let (mut fits, mut too_long) = (0, ends.len());
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        if measure(&text[..ends[middle]]) + ellipsis <= room {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    let piece = format!("{}…", &text[..ends[fits]]);
    let width = measure(&piece);
    (piece, width)
}
