//! The form: where to, what, how the answer is read, what stands at the other end.
//!
//! Absent on purpose: checking. The model says what is wrong with what was written.

use leptos::prelude::*;
use sim_core::lab::Reading;
use wasm_bindgen::JsCast;

use super::lab::Lab;
use crate::app::Msg;
use crate::app::link::Status;
use crate::app::session::Other;
use crate::catalogue::fill;

/// The form.
pub(super) fn form(lab: Lab) -> impl IntoView {
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        lab.send(Msg::Send);
    };
    view! {
        <form class="controls" on:submit=submit>
            {target(lab)}
            {message(lab)}
            {reading(lab)}
            {other(lab)}
            <div class="buttons">
                <button id="send" class="primary" type="submit">{lab.word(|words| words.send)}</button>
                <button
                    id="start-over"
                    type="button"
                    title=lab.word(|words| words.start_over_hint)
                    on:click=move |_| lab.send(Msg::StartOver)
                >
                    {lab.word(|words| words.start_over)}
                </button>
            </div>
        </form>
    }
}

fn target(lab: Lab) -> impl IntoView {
    let value = lab.follow(|model| model.form.target.clone());
    view! {
        <label class="target">
            <span>{lab.word(|words| words.target)}</span>
            <input
                id="target"
                type="text"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                title=lab.word(|words| words.target_hint)
                prop:value=value
                on:input=move |event| lab.send(Msg::Target(event_target_value(&event)))
            />
        </label>
    }
}

fn message(lab: Lab) -> impl IntoView {
    let length =
        lab.follow(|model| fill(model.language.words().message_bytes, &[("n", &model.form.message.len().to_string())]));
    // The box is filled once: a megabyte that was pasted need not be compared at every key.
    let first = lab.read(|model| model.form.message.clone());
    let keys = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            lab.send(Msg::Send);
        }
    };
    view! {
        <label class="message">
            <span>{lab.word(|words| words.message)} " " <small id="message-length">{length}</small></span>
            <textarea id="message" rows="1" prop:value=first on:keydown=keys on:input=move |event| edited(lab, &event)></textarea>
        </label>
    }
}

/// Takes the text as the browser holds it, in UTF-16, and finds what UTF-8 cannot write.
fn edited(lab: Lab, event: &web_sys::Event) {
    let Some(area) = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) else {
        return;
    };
    let Ok(value) = js_sys::Reflect::get(&area, &"value".into()) else { return };
    let text: js_sys::JsString = value.unchecked_into();
    let broken_at = if text.is_valid_utf16() {
        None
    } else {
        char::decode_utf16(text.iter())
            .scan(0, |place, unit| {
                let at = *place;
                *place += unit.as_ref().map_or(1, |character| character.len_utf16());
                Some((at, unit.is_err()))
            })
            .find_map(|(at, broken)| broken.then_some(at))
    };
    lab.send(Msg::Message(String::from(&text), broken_at));
}

fn reading(lab: Lab) -> impl IntoView {
    let choose = move |event| {
        let to_end = event_target_value(&event) == "to-end";
        lab.send(Msg::Reading(if to_end { Reading::ToEnd } else { Reading::Once }));
    };
    view! {
        <label class="reading">
            <span>{lab.word(|words| words.reading)}</span>
            <select id="reading" on:change=choose>
                <option value="once">{lab.word(|words| words.reading_once)}</option>
                <option value="to-end">{lab.word(|words| words.reading_to_end)}</option>
            </select>
        </label>
    }
}

fn other(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| if model.session.other == Other::Real { "real" } else { "simulated" });
    let no_relay = lab.follow(|model| model.relay == Status::Absent);
    let choose = move |event| {
        let real = event_target_value(&event) == "real";
        lab.send(Msg::Other(if real { Other::Real } else { Other::Simulated }));
    };
    view! {
        <label class="other">
            <span>{lab.word(|words| words.other)}</span>
            <select id="other" on:change=choose prop:value=chosen>
                <option value="simulated" selected=move || chosen.get() == "simulated">
                    {lab.word(|words| words.other_simulated)}
                </option>
                <option value="real" disabled=no_relay selected=move || chosen.get() == "real">
                    {lab.word(|words| words.other_real)}
                </option>
            </select>
        </label>
    }
}
