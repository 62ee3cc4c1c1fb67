//! The one room that touches the browser: events become messages, effects are carried out, views are shown.
//!
//! Panels and forms are Leptos components; stage and ladder are painted from scenes, without a framework. There is one
//! owner of the model and of everything that outlives an event: [`lab::Lab`].
//!
//! Absent on purpose: decisions. What happens is decided by `app`, what is seen by `view`.

mod bytes_panel;
mod canvas;
mod compare_pane;
mod editor;
mod editor_bar;
mod editor_form;
mod editor_text;
pub mod embed;
mod form;
mod frames_panel;
mod header;
mod hosts_panel;
mod kernel_panel;
mod keyboard;
mod knobs_panel;
mod lab;
mod look_bar;
mod menu;
mod page;
pub mod painter;
mod panes;
mod place;
mod publications;
mod relay_socket;
mod share;
mod tcp_panes;
mod testing;
mod transport_bar;

/// Opens the page. It does not open by itself, so that other pages can use the module (see [`embed`]).
#[wasm_bindgen::prelude::wasm_bindgen(js_name = open)]
pub fn start() {
    let lab = lab::Lab::new(place::language(), place::theme());
    leptos::mount::mount_to_body(move || page::page(lab));
    place::loaded();
    testing::expose(lab);
    keyboard::listen(lab);
    editor_bar::listen(lab);
    lab.run();
    // What a link holds stands before a relay is found, which would take the place of an empty run.
    share::listen(lab);
    relay_socket::find(lab);
}
