//! The bar of the document (run, undo, examples, open, save), what must be said of it, the gallery of examples, and what is kept in the
//! browser until it is saved.
//!
//! Absent on purpose: the document (see `app::edit`).

use std::cell::Cell;
use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;

use super::lab::Lab;
use super::{late, place};
use crate::app::Msg as PageMsg;
use crate::app::edit::{MOST_TEXT, Msg, drafts};
use crate::catalogue::{Words, gallery};
use crate::view::editor;

/// The stage, or the network to be edited; over both the way to the other one.
pub(super) fn stage_or_editor<V: IntoView + 'static>(
    lab: Lab,
    stage: impl Fn() -> V + Send + 'static,
) -> impl IntoView {
    let drawing = lab.follow(|model| model.edit.drawing);
    view! {
        <div class="make-bar">
            <button
                id="edit-network"
                type="button"
                aria-pressed=move || drawing.get().to_string()
                on:click=move |_| lab.send(PageMsg::Edit(Msg::Draw(!lab.read(|model| model.edit.drawing))))
            >
                {move || {
                    let name: fn(&'static Words) -> &'static str =
                        if drawing.get() { |words| words.edit.done } else { |words| words.edit.edit_network };
                    lab.word(name)
                }}
            </button>
            <button id="examples" type="button" on:click=move |_| lab.send(PageMsg::Edit(Msg::Gallery(true)))>
                {lab.word(|words| words.edit.examples)}
            </button>
            {recovered(lab)}
        </div>
        {late::late_part(lab, |tools| tools.gallery)}
        {move || if drawing.get() { late::late_part(lab, |tools| tools.editor) } else { stage().into_any() }}
    }
}

/// The keys of the history, inside of an editor.
pub(super) fn undo_keys(lab: Lab, event: &KeyboardEvent) {
    // A field has a history of its own until it is left.
    let in_field = event.target().is_some_and(|target| target.dyn_ref::<web_sys::HtmlInputElement>().is_some());
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() || in_field {
        return;
    }
    let msg = match (event.key().to_lowercase().as_str(), event.shift_key()) {
        ("z", false) => Msg::Undo,
        ("z", true) | ("y", false) => Msg::Redo,
        _ => return,
    };
    event.prevent_default();
    lab.send(PageMsg::Edit(msg));
}

/// The bar; `name` makes its ids.
pub(super) fn document_bar(lab: Lab, name: &'static str) -> impl IntoView {
    let file = NodeRef::<html::Input>::new();
    let status = lab.follow(editor::status);
    let said = lab.follow(editor::said);
    let button = move |id: &str, word: fn(&'static Words) -> &'static str, msg: Msg, can: Memo<bool>| {
        view! {
            <button id=format!("{name}-{id}") type="button" disabled=move || !can.get() on:click=move |_| lab.send(PageMsg::Edit(msg.clone()))>
                {lab.word(word)}
            </button>
        }
    };
    let always = lab.follow(|_| true);
    let can_undo = lab.follow(|model| model.edit.document.can_undo());
    let can_redo = lab.follow(|model| model.edit.document.can_redo());
    let open = move |_| {
        if let Some(file) = file.get_untracked() {
            file.click();
        }
    };
    view! {
        <div class="document-bar" role="group" aria-label=lab.word(|words| words.edit.bar)>
            <button
                id=format!("{name}-run")
                class="primary"
                type="button"
                title=lab.word(|words| words.edit.run_hint)
                on:click=move |_| lab.send(PageMsg::Edit(Msg::Run))
            >
                {lab.word(|words| words.edit.run)}
            </button>
            {button("undo", |words| words.edit.undo, Msg::Undo, can_undo)}
            {button("redo", |words| words.edit.redo, Msg::Redo, can_redo)}
            <button id=format!("{name}-open") type="button" on:click=open>{lab.word(|words| words.edit.open)}</button>
            {button("save", |words| words.edit.save, Msg::Save, always)}
            <input
                id=format!("{name}-file")
                type="file"
                accept=".net,.txt,text/plain"
                hidden=true
                node_ref=file
                aria-label=lab.word(|words| words.edit.file_choose)
                on:change=move |event| chosen_file(lab, &event)
            />
            <small id=format!("{name}-status")>{status}</small>
        </div>
        <p
            id=format!("{name}-said")
            class="edit-said"
            role="status"
            class:failure=move || said.get().is_some_and(|said| said.failure)
        >
            {move || said.get().map(|said| said.text)}
        </p>
    }
}

fn chosen_file(lab: Lab, event: &web_sys::Event) {
    let Some(input) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) else {
        return;
    };
    if let Some(file) = input.files().and_then(|files| files.get(0)) {
        open_file(lab, &file);
    }
    // The same file can be chosen again.
    input.set_value("");
}

/// Opens a scenario file. What is too long is not read, and what is no text is not taken for one.
pub(super) fn open_file(lab: Lab, file: &web_sys::File) {
    let (name, bytes) = (file.name(), file.size());
    if bytes > MOST_TEXT as f64 {
        lab.send(PageMsg::Edit(Msg::NotOpened(name, bytes as usize)));
        return;
    }
    let text = wasm_bindgen_futures::JsFuture::from(file.text());
    leptos::task::spawn_local(async move {
        let text = text.await.ok().and_then(|text| text.as_string());
        let text = text.filter(|text| !text.contains(['\0', '\u{fffd}']));
        lab.send(PageMsg::Edit(match text {
            Some(text) => Msg::Opened { name, text },
            None => Msg::NotOpened(name, bytes as usize),
        }));
    });
}

/// What an earlier visit left, with what can be done with it.
fn recovered(lab: Lab) -> impl IntoView {
    let recovered = lab.follow(editor::recovered);
    move || {
        recovered.get().map(|(slot, sentence)| {
            view! {
                <p class="recovered" role="status">
                    <span>{sentence}</span>
                    <button id="recover" type="button" on:click=move |_| lab.send(PageMsg::Edit(Msg::Recover(slot, true)))>
                        {lab.word(|words| words.edit.recover_open)}
                    </button>
                    <button id="forget" type="button" on:click=move |_| lab.send(PageMsg::Edit(Msg::Recover(slot, false)))>
                        {lab.word(|words| words.edit.recover_forget)}
                    </button>
                </p>
            }
        })
    }
}

/// The gallery of examples.
pub(super) fn gallery(lab: Lab) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let shown = lab.follow(|model| model.edit.gallery);
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if shown.get() && !dialog.open() {
            let _ = dialog.show_modal();
        } else if !shown.get() {
            dialog.close();
        }
    });
    let language = lab.language();
    let rows = move || {
        let entry = |(place, (title, sentence)): (usize, &gallery::Entry)| {
            view! {
                <li>
                    <button type="button" id=format!("example-{place}") on:click=move |_| lab.send(PageMsg::Edit(Msg::Example(place)))>
                        <strong>{*title}</strong>
                        <span>{*sentence}</span>
                    </button>
                </li>
            }
        };
        gallery::entries(language.get()).iter().enumerate().map(entry).collect_view()
    };
    view! {
        <dialog
            id="gallery"
            class="gallery"
            aria-labelledby="gallery-title"
            node_ref=dialog
            on:close=move |_| lab.send(PageMsg::Edit(Msg::Gallery(false)))
        >
            <h2 id="gallery-title">{lab.word(|words| words.edit.gallery)}</h2>
            <p>{lab.word(|words| words.edit.gallery_hint)}</p>
            <ul>{rows}</ul>
            <button id="gallery-close" type="button" on:click=move |_| lab.send(PageMsg::Edit(Msg::Gallery(false)))>
                {lab.word(|words| words.edit.close)}
            </button>
        </dialog>
    }
}

thread_local! {
    /// The document waits to be kept.
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// How long the learner pauses before the document is kept.
const PAUSE: Duration = Duration::from_millis(500);

/// Keeps the document as soon as the learner pauses.
pub(super) fn keep_soon(lab: Lab) {
    if !WAITS.replace(true) {
        set_timeout(move || keep(lab), PAUSE);
    }
}

fn keep(lab: Lab) {
    if !WAITS.replace(false) {
        return;
    }
    let draft = lab.read(|model| {
        let edit = &model.edit;
        edit.changed.then(|| (edit.drafts.slot(), edit.document.text().to_owned()))
    });
    let Some((slot, text)) = draft else { return };
    let kept = slot.is_some_and(|slot| place::try_keep(&draft_name(slot), &text));
    lab.send(PageMsg::Edit(Msg::Kept(kept)));
}

/// Keeps a text in a slot.
pub(super) fn leave(lab: Lab, slot: usize, text: &str) {
    lab.send(PageMsg::Edit(Msg::Kept(place::try_keep(&draft_name(slot), text))));
}

/// Forgets what was kept in a slot.
pub(super) fn forget(slot: usize) {
    place::forget(&draft_name(slot));
}

fn draft_name(slot: usize) -> String {
    format!("draft-{slot}")
}

/// Looks for what earlier visits left, and keeps what is not saved when the page goes.
pub(super) fn listen(lab: Lab) {
    let found = (0..drafts::SLOTS).filter_map(|slot| Some((slot, place::kept(&draft_name(slot))?))).collect();
    lab.send(PageMsg::Edit(Msg::Found(found)));
    window_event_listener_untyped("pagehide", move |_| keep(lab));
}
