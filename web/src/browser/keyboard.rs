//! Keys that work everywhere on the page, but not while something is being written.
//!
//! Absent on purpose: which keys there are (see `app::keys`), and keys with Ctrl, Alt or Meta: they are the browser's.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::lab::Lab;
use crate::app::keys::{chord, message};

/// Where there is something to scroll or to go through with these keys, they do that: whatever has the class `own-keys`.
const OWN_KEYS: &str = ".own-keys, dialog, [role='dialog']";

/// Begins to listen.
pub(super) fn listen(lab: Lab) {
    window_event_listener(leptos::ev::keydown, move |event| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.default_prevented() {
            return;
        }
        let key = event.key();
        let on = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if on.is_some_and(|element| is_meant_for(&element, &key)) || is_unwelcome(lab, &key) {
            return;
        }
        let Some(msg) = lab.read(|model| message(model, &chord(&key, event.shift_key()))) else { return };
        event.prevent_default();
        lab.send(msg);
    });
}

/// Whether the element that has the focus does something with a key itself.
fn is_meant_for(element: &Element, key: &str) -> bool {
    if key == "Escape" {
        return false;
    }
    let tag = element.tag_name().to_ascii_lowercase();
    let writes = matches!(tag.as_str(), "input" | "textarea" | "select");
    // Space presses the button that has the focus.
    let presses = key == " " && matches!(tag.as_str(), "button" | "summary" | "a");
    let moves = !matches!(key, "ArrowLeft" | "ArrowRight" | "?");
    writes || presses || (moves && element.closest(OWN_KEYS).is_ok_and(|found| found.is_some()))
}

/// Who speaks to the computer may not want keys of one character (WCAG 2.2, 2.1.4).
fn is_unwelcome(lab: Lab, key: &str) -> bool {
    key.chars().count() == 1 && !lab.read(|model| model.single_keys)
}
