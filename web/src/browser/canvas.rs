//! The two canvases, stage and ladder: their sizes, their painting, and clicks on them.
//!
//! Absent on purpose: what is on them (see `view::stage` and `view::ladder`).

use leptos::html;
use leptos::prelude::*;

use super::lab::Lab;
use super::{painter, place};
use crate::app::{Model, Msg};
use crate::view::{ladder, scene::Scene, stage};

/// What is painted at every change.
#[derive(Default)]
pub(super) struct Canvases {
    stage: Option<NodeRef<html::Canvas>>,
    ladder: Option<NodeRef<html::Canvas>>,
}

impl Canvases {
    pub(super) fn paint(&self, model: &Model) {
        let shade = place::shade(model.theme);
        let density = window().device_pixel_ratio();
        if let Some(canvas) = self.stage.and_then(|canvas| canvas.get_untracked()) {
            let scene = stage_scene(model, &canvas);
            let _ = web_sys::HtmlElement::style(&canvas).set_property("height", &format!("{}px", scene.height));
            painter::paint(&canvas, &scene, shade, density);
        }
        if let Some(canvas) = self.ladder.and_then(|canvas| canvas.get_untracked()) {
            painter::paint(&canvas, &ladder_scene(model, &canvas), shade, density);
        }
    }
}

fn stage_scene(model: &Model, canvas: &web_sys::HtmlCanvasElement) -> Scene {
    stage::stage(model, f64::from(canvas.client_width()))
}

fn ladder_scene(model: &Model, canvas: &web_sys::HtmlCanvasElement) -> Scene {
    ladder::ladder(model, f64::from(canvas.client_width()), f64::from(canvas.client_height()))
}

/// The scene of a canvas.
type SceneOf = fn(&Model, &web_sys::HtmlCanvasElement) -> Scene;

/// The stage.
pub(super) fn stage_canvas(lab: Lab) -> impl IntoView {
    let canvas = NodeRef::new();
    lab.adopt(|canvases| canvases.stage = Some(canvas));
    canvas_view(lab, "stage", canvas, stage::label, stage_scene)
}

/// The ladder.
pub(super) fn ladder_canvas(lab: Lab) -> impl IntoView {
    let canvas = NodeRef::new();
    lab.adopt(|canvases| canvases.ladder = Some(canvas));
    canvas_view(lab, "ladder", canvas, ladder::label, ladder_scene)
}

fn canvas_view(
    lab: Lab,
    name: &'static str,
    canvas: NodeRef<html::Canvas>,
    label: fn(&Model) -> String,
    scene: SceneOf,
) -> impl IntoView {
    let label = lab.follow(label);
    view! {
        <canvas
            id=name
            class=name
            role="img"
            aria-label=label
            node_ref=canvas
            on:click=move |event| choose(lab, canvas, &event, scene)
        ></canvas>
    }
}

/// Chooses the frame under a click.
fn choose(lab: Lab, canvas: NodeRef<html::Canvas>, event: &web_sys::MouseEvent, scene: SceneOf) {
    let Some(canvas) = canvas.get_untracked() else { return };
    let point = (f64::from(event.offset_x()), f64::from(event.offset_y()));
    if let Some(frame) = lab.read(|model| scene(model, &canvas).frame_at(point)) {
        lab.send(Msg::Frame(frame));
    }
}
