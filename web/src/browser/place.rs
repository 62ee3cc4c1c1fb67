//! What the page asks of its place in the browser: language, colours, storage, time.
//!
//! Absent on purpose: a fall-back for browsers without storage beyond forgetting: the page works the same.

use std::cell::RefCell;

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::MediaQueryList;

use crate::app::Theme;
use crate::catalogue::Language;
use crate::view::theme::{Role, Shade};

const DARK: &str = "(prefers-color-scheme: dark)";
const REDUCED: &str = "(prefers-reduced-motion: reduce)";

/// The language of the last visit, else the first of the browser's that we have.
pub(super) fn language() -> Language {
    if let Some(language) = kept("language").and_then(|tag| Language::from_tag(&tag)) {
        return language;
    }
    let wanted = window().navigator().languages();
    (0..wanted.length())
        .filter_map(|index| wanted.get(index).as_string())
        .find_map(|tag| Language::from_tag(&tag))
        .unwrap_or_default()
}

/// The colours of the last visit.
pub(super) fn theme() -> Theme {
    match kept("theme").as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    }
}

/// Whether keys that write a character do something, as chosen in the last visit.
pub(super) fn single_keys() -> bool {
    kept("single-keys").as_deref() != Some("off")
}

/// The layers that were shown in the last visit, and their names, as kept.
pub(super) fn look() -> String {
    kept("look").unwrap_or_default()
}

/// The name under which colours are kept.
pub(super) const fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

/// Says in which language the document is.
pub(super) fn show_language(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.tag());
    }
}

/// The shade that a theme means here and now.
pub(super) fn shade(theme: Theme) -> Shade {
    match theme {
        Theme::Light => Shade::Light,
        Theme::Dark => Shade::Dark,
        Theme::System if matches(DARK) => Shade::Dark,
        Theme::System => Shade::Light,
    }
}

/// Gives the style sheet the colours of a theme.
pub(super) fn show_theme(theme: Theme) {
    let shade = shade(theme);
    let Some(root) = document().document_element().and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    let style = root.style();
    for role in Role::ALL {
        let _ = style.set_property(role.variable(), role.colour(shade));
    }
    let scheme = match shade {
        Shade::Light => "light",
        Shade::Dark => "dark",
    };
    let _ = style.set_property("color-scheme", scheme);
}

/// Whether motion is unwelcome.
pub(super) fn reduced_motion() -> bool {
    matches(REDUCED)
}

/// Calls back when the system's colours or its wish for motion change.
pub(super) fn on_media_change(call: impl Fn() + Clone + 'static) {
    for query in [DARK, REDUCED] {
        if let Ok(Some(list)) = window().match_media(query) {
            let call = call.clone();
            let listener = Closure::<dyn Fn()>::new(call);
            let _ = list.add_event_listener_with_callback("change", listener.as_ref().unchecked_ref());
            WATCHED.with(|watched| watched.borrow_mut().push((list, listener)));
        }
    }
}

/// A question to the browser, and what is called when its answer changes.
type Watched = (MediaQueryList, Closure<dyn Fn()>);

thread_local! {
    /// The browser forgets a query that nobody holds, so the page holds them as long as it lives.
    static WATCHED: RefCell<Vec<Watched>> = const { RefCell::new(Vec::new()) };
}

/// Milliseconds since the page began to load.
pub(super) fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Keeps a value for the next visit, if the browser lets us.
pub(super) fn keep(name: &str, value: &str) {
    // Storage that is full or forbidden is no reason to stop: the choice holds until the page is closed.
    try_keep(name, value);
}

/// Keeps a value for the next visit. False when the browser does not.
pub(super) fn try_keep(name: &str, value: &str) -> bool {
    let storage = window().local_storage().ok().flatten();
    storage.is_some_and(|storage| storage.set_item(&key(name), value).is_ok())
}

/// Forgets what was kept.
pub(super) fn forget(name: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(&key(name));
    }
}

/// What was kept under this name.
pub(super) fn kept(name: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&key(name)).ok()?
}

fn key(name: &str) -> String {
    format!("sockscope.{name}")
}

fn matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Takes the sentence away that stands on the page while it loads.
pub(super) fn loaded() {
    if let Some(loading) = document().get_element_by_id("loading") {
        loading.remove();
    }
}
