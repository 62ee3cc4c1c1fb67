//! A menu: a button, and what opens under it. It closes when the focus leaves it, at Escape, and when another opens.
//!
//! Absent on purpose: roles of application menus. What is inside are ordinary buttons and fields, reached with Tab.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::lab::Lab;
use crate::catalogue::Words;

/// A menu of the head; `name` is its id.
pub(super) fn menu(
    lab: Lab,
    name: &'static str,
    title: fn(&'static Words) -> &'static str,
    content: impl IntoView,
) -> impl IntoView {
    let menu = NodeRef::<html::Details>::new();
    let leave = move |event: web_sys::FocusEvent| {
        let to = event.related_target().and_then(|to| to.dyn_into::<web_sys::Node>().ok());
        if let Some(menu) = menu.get_untracked().filter(|menu| !menu.contains(to.as_ref())) {
            menu.set_open(false);
        }
    };
    let escape = move |event: web_sys::KeyboardEvent| {
        let Some(menu) = menu.get_untracked().filter(|menu| event.key() == "Escape" && menu.open()) else { return };
        event.prevent_default();
        menu.set_open(false);
        // The focus would be lost with what it was on.
        if let Some(button) =
            menu.first_element_child().and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok())
        {
            let _ = button.focus();
        }
    };
    view! {
        <details class="menu" id=name name="menu" node_ref=menu on:focusout=leave on:keydown=escape>
            <summary>{lab.word(title)}</summary>
            // A place for the focus, so that a click on the ground of the menu does not close it.
            <div class="menu-content" tabindex="-1">
                {content}
            </div>
        </details>
    }
}
