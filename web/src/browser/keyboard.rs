//! Keys that work everywhere on the page, but not while something is being written.
//!
//! Absent on purpose: keys with Ctrl, Alt or Meta: they are the browser's.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::lab::Lab;
use crate::app::{Msg, Way};

/// Begins to listen.
pub(super) fn listen(lab: Lab) {
    window_event_listener(leptos::ev::keydown, move |event| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
            return;
        }
        let on = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let tag = on.as_ref().map(|element| element.tag_name().to_ascii_lowercase()).unwrap_or_default();
        if event.key() == "Escape" && lab.read(|model| model.keys_shown) {
            lab.send(Msg::Keys);
            return;
        }
        if matches!(tag.as_str(), "input" | "textarea" | "select") {
            return;
        }
        // Space and Enter press the button that has the focus.
        if event.key() == " " && matches!(tag.as_str(), "button" | "summary" | "a") {
            return;
        }
        // Where there is something to scroll, the keys that scroll do.
        let scrolls =
            |element: &web_sys::Element| element.closest("#hex, #fields, #keys").is_ok_and(|found| found.is_some());
        if on.as_ref().is_some_and(scrolls) && !matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "?") {
            return;
        }
        if event.key().chars().count() == 1 && !lab.read(|model| model.single_keys) {
            return;
        }
        let Some(msg) = message(&event.key().to_lowercase()) else { return };
        event.prevent_default();
        lab.send(msg);
    });
}

fn message(key: &str) -> Option<Msg> {
    Some(match key {
        " " | "k" => Msg::PlayPause,
        "arrowleft" => Msg::Step(Way::Back),
        "arrowright" => Msg::Step(Way::Forward),
        "arrowup" => Msg::StepFrame(Way::Back),
        "arrowdown" => Msg::StepFrame(Way::Forward),
        "home" => Msg::End(Way::Back),
        "end" => Msg::End(Way::Forward),
        "f" => Msg::Follow,
        "?" => Msg::Keys,
        _ => return None,
    })
}
