//! Paints a scene on a canvas.
//!
//! What a canvas holds (colours, width of lines, font) is set only where it changes: each setting is a call out of wasm with a
//! string to be read, and a crowd of packets has few colours. Widths of texts are kept from picture to picture: measuring was half of
//! what painting cost, and most texts stand in the next picture, too.
//!
//! Absent on purpose: any knowledge of what the shapes stand for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::view::scene::{Align, Dash, Rect, Scene, Shape, Style, Tip};
use crate::view::theme::{Role, Shade};
use wasm_bindgen::{JsCast, JsValue};

/// Length of an arrow's tip, in pixels.
const TIP: f64 = 9.0;

/// A box that is smaller than this has no round corners: nobody would see them.
const ROUND: f64 = 12.0;

/// No letter is narrower, in pixels: what is longer than its room at this width is cut before it is measured.
const NARROWEST: f64 = 3.0;

/// Texts whose measures are kept; with one more, all are forgotten.
const MOST_MEASURES: usize = 4_096;

/// What was measured of texts, by a hash of each text with its style and room.
#[derive(Default)]
pub struct Measures {
    known: BTreeMap<u64, Measure>,
}

/// How much of a text there is room for.
#[derive(Clone)]
struct Measure {
    text: String,
    /// So many bytes of it are written, before an ellipsis where that is not all.
    fits: usize,
    /// Its width as it is written, in pixels.
    width: f64,
}

impl Measures {
    /// A text as it fits, with its width. The canvas has the font already.
    fn fit<'a>(
        &mut self,
        context: &CanvasRenderingContext2d,
        text: &'a str,
        (style, room): (Style, f64),
    ) -> (Cow<'a, str>, f64) {
        // FNV-1a.
        let seed = (room.to_bits() ^ style as u64).wrapping_mul(0x0000_0100_0000_01b3);
        let key = text.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        if let Some(known) = self.known.get(&key).filter(|known| known.text == text) {
            return (written(text, known.fits), known.width);
        }
        let (fits, width) = cut(context, text, room);
        if self.known.len() >= MOST_MEASURES {
            self.known.clear();
        }
        self.known.insert(key, Measure { text: text.to_owned(), fits, width });
        (written(text, fits), width)
    }
}

/// The first bytes of a text, with an ellipsis where that is not all; nothing where not even that has room.
fn written(text: &str, fits: usize) -> Cow<'_, str> {
    match text.get(..fits) {
        Some(whole) if fits == text.len() => Cow::Borrowed(whole),
        Some(piece) => Cow::Owned(format!("{piece}…")),
        None => Cow::Borrowed(""),
    }
}

/// Paints a scene at the canvas's size and the screen's density.
pub fn paint(canvas: &HtmlCanvasElement, scene: &Scene, shade: Shade, density: f64, measures: &mut Measures) {
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
    let mut brush = Brush { context, shade, fill: None, ink: None, weight: -1.0, style: None };
    for shape in &scene.shapes {
        brush.paint(shape, measures);
    }
}

/// A canvas, and what it holds.
struct Brush {
    context: CanvasRenderingContext2d,
    shade: Shade,
    fill: Option<Role>,
    ink: Option<Role>,
    weight: f64,
    style: Option<Style>,
}

impl Brush {
    fn fill_with(&mut self, role: Role) {
        if self.fill != Some(role) {
            self.fill = Some(role);
            self.context.set_fill_style_str(role.colour(self.shade));
        }
    }

    fn draw_with(&mut self, role: Role, weight: f64) {
        if self.ink != Some(role) {
            self.ink = Some(role);
            self.context.set_stroke_style_str(role.colour(self.shade));
        }
        if self.weight.to_bits() != weight.to_bits() {
            self.weight = weight;
            self.context.set_line_width(weight);
        }
    }

    fn write_with(&mut self, style: Style) {
        if self.style != Some(style) {
            self.style = Some(style);
            self.context.set_font(font(style));
        }
    }

    fn paint(&mut self, shape: &Shape, measures: &mut Measures) {
        match shape {
            Shape::Box { at, fill, edge, weight, .. } => self.paint_box(*at, *fill, *edge, *weight),
            Shape::Line { from, to, ink, weight, tip, .. } => {
                self.draw_with(*ink, *weight);
                trace(&self.context, &[*from, *to], false);
                self.context.stroke();
                self.paint_tip(*from, *to, *ink, *tip);
            }
            Shape::Path { points, closed, fill, ink, weight, dash, .. } => {
                trace(&self.context, points, *closed);
                if let Some(fill) = fill {
                    self.fill_with(*fill);
                    self.context.fill();
                }
                if let Some(ink) = ink {
                    self.draw_with(*ink, *weight);
                    let dashed = *dash != Dash::Whole;
                    if dashed {
                        set_dash(&self.context, *dash);
                    }
                    self.context.stroke();
                    if dashed {
                        set_dash(&self.context, Dash::Whole);
                    }
                }
            }
            Shape::Text { at, text, ink, style, align, room, ground } => {
                self.write_with(*style);
                let (text, width) = measures.fit(&self.context, text, (*style, *room));
                let x = match align {
                    Align::Start => at.0,
                    Align::Middle => at.0 - width / 2.0,
                    Align::End => at.0 - width,
                };
                if let Some(ground) = ground {
                    self.fill_with(*ground);
                    self.context.fill_rect(x - 2.0, at.1 - 7.5, width + 4.0, 15.0);
                }
                self.fill_with(*ink);
                let _ = self.context.fill_text(&text, x, at.1);
            }
        }
    }

    fn paint_box(&mut self, at: Rect, fill: Option<Role>, edge: Option<Role>, weight: f64) {
        let small = at.width < ROUND || at.height < ROUND;
        if !small && (fill.is_some() || edge.is_some()) {
            outline(&self.context, at);
        }
        if let Some(fill) = fill {
            self.fill_with(fill);
            if small { self.context.fill_rect(at.x, at.y, at.width, at.height) } else { self.context.fill() }
        }
        if let Some(edge) = edge {
            self.draw_with(edge, weight);
            if small { self.context.stroke_rect(at.x, at.y, at.width, at.height) } else { self.context.stroke() }
        }
    }

    fn paint_tip(&mut self, from: (f64, f64), to: (f64, f64), ink: Role, tip: Tip) {
        let angle = (to.1 - from.1).atan2(to.0 - from.0);
        let arm = |turn: f64, length: f64| (to.0 - length * (angle + turn).cos(), to.1 - length * (angle + turn).sin());
        match tip {
            Tip::Plain => {}
            Tip::Arrow => {
                self.fill_with(ink);
                trace(&self.context, &[to, arm(0.4, TIP), arm(-0.4, TIP)], true);
                self.context.fill();
            }
            Tip::Cross => {
                for turn in [0.8, -0.8] {
                    trace(&self.context, &[arm(turn, TIP), arm(turn, -TIP)], false);
                    self.context.stroke();
                }
            }
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

const fn font(style: Style) -> &'static str {
    match style {
        Style::Title => "600 15px system-ui, 'Noto Sans CJK TC', 'Noto Sans TC', sans-serif", // not shown: names of fonts
        Style::Body => "16px system-ui, 'Noto Sans CJK TC', 'Noto Sans TC', sans-serif", // not shown: names of fonts
        Style::Label => "13px system-ui, 'Noto Sans CJK TC', 'Noto Sans TC', sans-serif", // not shown: names of fonts
        Style::Code => "13px ui-monospace, 'DejaVu Sans Mono', 'Noto Sans Mono CJK TC', monospace", // not shown: names of fonts
    }
}

/// How many bytes of a text there is room for, and its width as it is written; more bytes than it has where there is no room for
/// anything.
fn cut(context: &CanvasRenderingContext2d, text: &str, room: f64) -> (usize, f64) {
    let measure = |text: &str| context.measure_text(text).map_or(0.0, |metrics| metrics.width());
    let most = (room / NARROWEST) as usize + 1;
    let (near, is_whole) = match text.char_indices().nth(most) {
        Some((end, _)) => (&text[..end], false),
        None => (text, true),
    };
    let whole = measure(near);
    if whole <= room && is_whole {
        return (text.len(), whole);
    }
    let ellipsis = measure("…");
    if ellipsis > room {
        return (usize::MAX, 0.0);
    }
    let ends: Vec<usize> = near.char_indices().map(|(at, _)| at).collect();
    // The longest piece that fits, by halving.
    let (mut fits, mut too_long) = (0, ends.len());
    while too_long - fits > 1 {
        let middle = fits.midpoint(too_long);
        if measure(&near[..ends[middle]]) + ellipsis <= room {
            fits = middle;
        } else {
            too_long = middle;
        }
    }
    let fits = ends.get(fits).copied().unwrap_or(0);
    (fits, measure(&written(text, fits)))
}
