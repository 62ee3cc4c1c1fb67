//! Canvases: their sizes, their painting, and clicks on them.
//!
//! A view that is a picture is one call of [`scene_canvas`]. Scenes are made at every change and compared: only one that differs from
//! what its canvas shows is painted, because painting is the dearer part by far.
//!
//! Absent on purpose: what is on them (see `view`).

use leptos::html;
use leptos::prelude::*;

use super::lab::Lab;
use super::painter::{self, Measures};
use super::place;
use crate::app::{Model, Msg};
use crate::view::theme::Shade;
use crate::view::{ladder, scene::Scene, stage};

/// What makes a picture: the model, and the room that there is, in CSS pixels.
pub(super) type SceneOf = fn(&Model, f64, f64) -> Scene;

/// How high a canvas is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Height {
    /// As high as the style sheet lets it be.
    Given,
    /// As high as its scene needs.
    OfScene,
}

#[derive(Clone, Copy)]
struct Picture {
    id: usize,
    name: &'static str,
    canvas: NodeRef<html::Canvas>,
    scene: SceneOf,
    height: Height,
}

/// What a canvas shows, and with what it was painted.
#[derive(PartialEq)]
struct Painted {
    scene: Scene,
    shade: Shade,
    density: f64,
}

/// What is painted at every change.
#[derive(Default)]
pub(super) struct Canvases {
    pictures: Vec<(Picture, Option<Painted>)>,
    next: usize,
    measures: Measures,
}

impl Canvases {
    pub(super) fn paint(&mut self, model: &Model) {
        let shade = place::shade(model.theme);
        let density = window().device_pixel_ratio();
        for (picture, painted) in &mut self.pictures {
            let Some(canvas) = picture.canvas.try_get_untracked().flatten() else { continue };
            let wanted = Painted { scene: picture.scene_at(model, &canvas), shade, density };
            if painted.as_ref() == Some(&wanted) {
                continue;
            }
            let as_high =
                painted.as_ref().is_some_and(|old| old.scene.height.to_bits() == wanted.scene.height.to_bits());
            if picture.height == Height::OfScene && !as_high {
                let _ =
                    web_sys::HtmlElement::style(&canvas).set_property("height", &format!("{}px", wanted.scene.height));
            }
            painter::paint(&canvas, &wanted.scene, shade, density, &mut self.measures);
            *painted = Some(wanted);
        }
    }

    /// What is on the canvas of this name now.
    pub(super) fn scene(&self, name: &str, model: &Model) -> Option<Scene> {
        let picture = self.pictures.iter().find(|(picture, _)| picture.name == name)?.0;
        Some(picture.scene_at(model, &picture.canvas.try_get_untracked().flatten()?))
    }

    fn add(&mut self, name: &'static str, canvas: NodeRef<html::Canvas>, scene: SceneOf, height: Height) -> usize {
        let id = self.next;
        self.next += 1;
        self.pictures.push((Picture { id, name, canvas, scene, height }, None));
        id
    }
}

impl Picture {
    fn scene_at(&self, model: &Model, canvas: &web_sys::HtmlCanvasElement) -> Scene {
        (self.scene)(model, f64::from(canvas.client_width()), f64::from(canvas.client_height()))
    }
}

/// The stage.
pub(super) fn stage_canvas(lab: Lab) -> impl IntoView {
    let scene = |model: &Model, width: f64, _: f64| stage::stage(model, width);
    scene_canvas(lab, "stage", Height::OfScene, stage::label, scene)
}

/// The ladder.
pub(super) fn ladder_pane(lab: Lab) -> impl IntoView {
    scene_canvas(lab, "ladder", Height::Given, ladder::label, ladder::ladder)
}

/// A canvas with this id and class, painted whenever something changes. A click chooses what it meets.
pub(super) fn scene_canvas(
    lab: Lab,
    name: &'static str,
    height: Height,
    label: fn(&Model) -> String,
    scene: SceneOf,
) -> impl IntoView {
    let canvas = NodeRef::new();
    let mut id = 0;
    lab.adopt(|canvases| id = canvases.add(name, canvas, scene, height));
    on_cleanup(move || lab.adopt(|canvases| canvases.pictures.retain(|(picture, _)| picture.id != id)));
    let label = lab.follow(label);
    view! {
        <canvas
            id=name
            class=name
            role="img"
            aria-label=label
            node_ref=canvas
            on:click=move |event| choose(lab, Picture { id, name, canvas, scene, height }, &event)
        ></canvas>
    }
}

/// Chooses what is under a click.
fn choose(lab: Lab, picture: Picture, event: &web_sys::MouseEvent) {
    let Some(canvas) = picture.canvas.get_untracked() else { return };
    let point = (f64::from(event.offset_x()), f64::from(event.offset_y()));
    if let Some(thing) = lab.read(|model| picture.scene_at(model, &canvas).pick_at(point)) {
        lab.send(Msg::Choose(thing));
    }
}
