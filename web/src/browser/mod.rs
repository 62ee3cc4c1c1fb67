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
mod late;
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

use crate::app::Msg;
use crate::app::late::{Msg as LateMsg, Part};
use crate::catalogue::Language;

/// Opens the page. It does not open by itself, so that other pages can use the module (see [`embed`]).
///
/// What comes late is loaded when the page stands; the words of a Chinese script before, or it stands in English.
#[wasm_bindgen::prelude::wasm_bindgen(js_name = open)]
pub async fn start() {
    // A panic is a bug: its message is the first thing that who mends it must see.
    std::panic::set_hook(Box::new(|panic| leptos::logging::error!("{panic}")));
    let language = place::language();
    let has_words = late::bring(Part::Words(language)).await;
    let lab = lab::Lab::new(if has_words { language } else { Language::English }, place::theme());
    leptos::mount::mount_to_body(move || page::page(lab));
    place::loaded();
    testing::expose(lab);
    keyboard::listen(lab);
    editor_bar::listen(lab);
    lab.run();
    // What a link holds stands before a relay is found, which would take the place of an empty run.
    share::listen(lab);
    relay_socket::find(lab);
    if !has_words {
        lab.send(Msg::Late(LateMsg::Came(Part::Words(language), false)));
    }
    late::load(lab, Part::Tools);
}
