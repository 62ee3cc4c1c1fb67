//! In and out of the page as the browser has it: the menu, files that are dropped and chosen, files that are saved, the address and the
//! clipboard.
//!
//! Absent on purpose: what is in a file or a link (see `app::share`). A browser that lacks one of these means loses that one alone.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, File, HtmlAnchorElement, HtmlCanvasElement, Url};

use super::lab::Lab;
use super::menu::menu;
use super::{late, painter, place};
use crate::app::Msg as PageMsg;
use crate::app::pane::Pane;
use crate::app::share::{Export, Kind, Msg};
use crate::catalogue::Words;
use crate::view::scene::Scene;
use crate::view::svg::svg;
use crate::view::theme::{Role, Shade};

/// How many pixels of a PNG stand for one of the page.
const DENSITY: f64 = 2.0;

/// Listens for what comes from outside: the address, files that are dropped, a newer version.
pub(super) fn listen(lab: Lab) {
    open_address(lab);
    window_event_listener(leptos::ev::hashchange, move |_| open_address(lab));
    window_event_listener(leptos::ev::dragover, move |event| {
        if has_files(&event) {
            // Else the browser would leave the page for the file.
            event.prevent_default();
            show_drop(true);
        }
    });
    window_event_listener(leptos::ev::dragleave, move |event| {
        if event.related_target().is_none() {
            show_drop(false);
        }
    });
    window_event_listener(leptos::ev::drop, move |event| {
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            event.prevent_default();
            take_file(lab, file);
        }
        show_drop(false);
    });
    window_event_listener_untyped("sockscope-newer", move |_| lab.send(PageMsg::Share(Msg::Newer)));
}

fn has_files(event: &web_sys::DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

fn show_drop(on: bool) {
    if let Some(root) = document().document_element() {
        let _ = root.toggle_attribute_with_force("data-dropping", on);
    }
}

fn take_file(lab: Lab, file: File) {
    let (name, size) = (file.name(), file.size() as u64);
    lab.hold_file(file);
    lab.send(PageMsg::Share(Msg::File(name, size)));
}

/// Reads a part of the file that is held.
pub(super) fn read_file(lab: Lab, file: &File, from: u64, to: u64) {
    let piece = file.slice_with_f64_and_f64(from as f64, to as f64).map(|piece| piece.array_buffer());
    spawn_local(async move {
        let bytes = match piece {
            Ok(bytes) => JsFuture::from(bytes).await,
            Err(error) => Err(error),
        };
        lab.send(PageMsg::Share(match bytes {
            Ok(bytes) => Msg::Piece(js_sys::Uint8Array::new(&bytes).to_vec()),
            Err(_) => Msg::FileFailed,
        }));
    });
}

/// Goes on when the browser has shown what there is.
pub(super) fn soon(lab: Lab) {
    set_timeout(move || lab.send(PageMsg::Share(Msg::Work)), core::time::Duration::ZERO);
}

/// What the address holds under a name.
fn fragment(name: &str) -> Option<String> {
    let fragment = window().location().hash().ok()?;
    fragment.trim_start_matches('#').split('&').find_map(|part| part.strip_prefix(name)).map(str::to_owned)
}

fn open_address(lab: Lab) {
    if let Some(session) = fragment("s=") {
        lab.send(PageMsg::Share(Msg::Open(session)));
    }
}

/// Makes a text the fragment of the address; nothing is loaded, and no step of the history is made.
pub(super) fn set_address(fragment: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("#{fragment}")));
    }
}

/// Copies the address, where the browser lets a page copy.
pub(super) fn copy_address(lab: Lab) {
    let navigator = window().navigator();
    // Pages from other hosts without TLS have no clipboard at all.
    let has = js_sys::Reflect::get(&navigator, &"clipboard".into()).is_ok_and(|clipboard| !clipboard.is_undefined());
    let address = window().location().href().unwrap_or_default();
    let copying = has.then(|| navigator.clipboard().write_text(&address));
    spawn_local(async move {
        let copied = match copying {
            Some(copying) => JsFuture::from(copying).await.is_ok(),
            None => false,
        };
        lab.send(PageMsg::Share(Msg::Copied(copied)));
    });
}

/// Saves bytes as a file.
pub(super) fn save(lab: Lab, name: &str, mime: &str, bytes: &[u8]) {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let kind = BlobPropertyBag::new();
    kind.set_type(mime);
    let saved = Blob::new_with_u8_array_sequence_and_options(&parts, &kind).and_then(|blob| save_blob(name, &blob));
    if saved.is_err() {
        lab.send(PageMsg::Share(Msg::SaveFailed));
    }
}

fn save_blob(name: &str, blob: &Blob) -> Result<(), JsValue> {
    let url = Url::create_object_url_with_blob(blob)?;
    let anchor: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser has to have begun with it before its address may go.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        core::time::Duration::from_secs(60),
    );
    Ok(())
}

/// Saves a picture as it is shown.
pub(super) fn save_picture(lab: Lab, name: &str, scene: &Scene, kind: Kind) {
    let shade = place::shade(lab.read(|model| model.theme));
    match kind {
        Kind::Svg => save(lab, &format!("{name}.svg"), "image/svg+xml", svg(scene, shade).as_bytes()),
        Kind::Png => {
            if save_png(lab, name, scene, shade).is_none() {
                lab.send(PageMsg::Share(Msg::SaveFailed));
            }
        }
    }
}

fn save_png(lab: Lab, name: &str, scene: &Scene, shade: Shade) -> Option<()> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    painter::paint(&canvas, scene, shade, DENSITY, &mut painter::Measures::default());
    let context = canvas.get_context("2d").ok()??.dyn_into::<web_sys::CanvasRenderingContext2d>().ok()?;
    // A picture stands on the page's ground, wherever it goes.
    context.set_global_composite_operation("destination-over").ok()?;
    context.set_fill_style_str(Role::Ground.colour(shade));
    context.fill_rect(0.0, 0.0, scene.width, scene.height);
    let name = format!("{name}.png");
    let done = Closure::once_into_js(move |blob: Option<Blob>| {
        if blob.and_then(|blob| save_blob(&name, &blob).ok()).is_none() {
            lab.send(PageMsg::Share(Msg::SaveFailed));
        }
    });
    canvas.to_blob_with_type(done.unchecked_ref(), "image/png").ok()
}

/// What to drop, and where: shown while a file is held over the page.
pub(super) fn drop_hint(lab: Lab) -> impl IntoView {
    view! { <p class="drop-hint" aria-hidden="true">{lab.word(|words| words.share.drop_here)}</p> }
}

/// The menu.
pub(super) fn share_menu(lab: Lab) -> impl IntoView {
    let content = late::late_place(lab, |tools| tools.share);
    menu(lab, "share-menu", |words| words.share.menu, view! { <div class="share">{content}</div> })
}

/// What is in it.
pub(super) fn share_choices(lab: Lab) -> impl IntoView {
    view! {
        {choice(lab, "share-link", |words| words.share.link, |words| words.share.link_for, Msg::Link)}
        {open_choice(lab)}
        <h2>{lab.word(|words| words.share.save)}</h2>
        {SAVED.map(|(id, name, about, what)| choice(lab, id, name, about, Msg::Save(what))).collect_view()}
        <h2>{lab.word(|words| words.share.picture)}</h2>
        {picture_choice(lab)}
    }
}

type Word = fn(&'static Words) -> &'static str;

/// What is saved as a file: the button's id, its name, what it is for.
const SAVED: [(&str, Word, Word, Export); 3] = [
    ("save-session", |words| words.share.session_file, |words| words.share.session_for, Export::Session),
    ("save-capture", |words| words.share.capture_file, |words| words.share.capture_for, Export::Capture),
    ("save-trace", |words| words.share.trace_file, |words| words.share.trace_for, Export::Trace),
];

/// A button, and what it is for.
fn choice(lab: Lab, id: &'static str, name: Word, about: Word, msg: Msg) -> impl IntoView {
    let said = format!("{id}-for");
    view! {
        <button id=id type="button" aria-describedby=said.clone() on:click=move |_| lab.send(PageMsg::Share(msg.clone()))>
            {lab.word(name)}
        </button>
        <p id=said>{lab.word(about)}</p>
    }
}

fn open_choice(lab: Lab) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            take_file(lab, file);
        }
        // So that the same file can be chosen again.
        input.set_value("");
    };
    let ask = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <button id="open-file" type="button" aria-describedby="open-file-for" on:click=ask>
            {lab.word(|words| words.share.open_file)}
        </button>
        <input
            id="file"
            type="file"
            accept=".pcapng,.pcap,.cap,.sockscope,.net,.txt"
            hidden
            aria-label=lab.word(|words| words.share.open_file)
            node_ref=input
            on:change=chosen
        />
        <p id="open-file-for">{lab.word(|words| words.share.open_for)}</p>
    }
}

/// The panes that are pictures.
const PICTURES: [Pane; 4] = [Pane::Ladder, Pane::States, Pane::Ruler, Pane::Plots];

/// The canvas of the stage.
const STAGE: &str = "stage";

fn picture_choice(lab: Lab) -> impl IntoView {
    let panes = lab.follow(|model| PICTURES.map(|pane| model.panes.shows(pane).then_some(pane)));
    let chosen = RwSignal::new(STAGE);
    let choose = move |event| {
        let name = event_target_value(&event);
        chosen.set(Pane::from_name(&name).map_or(STAGE, Pane::name));
    };
    let save = move |kind| lab.send(PageMsg::Share(Msg::Picture(chosen.get_untracked(), kind)));
    view! {
        <div class="share-picture">
            <select id="picture" aria-label=lab.word(|words| words.share.picture_of) on:change=choose>
                <option value=STAGE>{lab.word(|words| words.share.stage)}</option>
                {move || {
                    panes
                        .get()
                        .into_iter()
                        .flatten()
                        .map(|pane| view! { <option value=pane.name()>{lab.word(super::panes::name(pane))}</option> })
                        .collect_view()
                }}
            </select>
            <button id="save-svg" type="button" aria-describedby="picture-for" on:click=move |_| save(Kind::Svg)>
                "SVG"
            </button>
            <button id="save-png" type="button" aria-describedby="picture-for" on:click=move |_| save(Kind::Png)>
                "PNG"
            </button>
        </div>
        <p id="picture-for">{lab.word(|words| words.share.picture_for)}</p>
    }
}
