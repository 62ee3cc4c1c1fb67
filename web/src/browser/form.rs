//! The form: where to, over what, what, how the answer is read, what stands at the other end. Where real clients come, it asks for
//! the port to publish at instead. On a narrow screen all but the target, the message and Send is folded away behind a button.
//!
//! Absent on purpose: checking. The model says what is wrong with what was written.

use leptos::prelude::*;
use sim_core::gateway::FlowKind;
use sim_core::lab::{Naming, Reading};
use wasm_bindgen::JsCast;

use super::lab::Lab;
use crate::app::link::Status;
use crate::app::session::Other;
use crate::app::{Msg, instead};
use crate::catalogue::fill;

/// The form.
pub(super) fn form(lab: Lab) -> impl IntoView {
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        lab.send(Msg::Send);
    };
    let serves = lab.follow(|model| model.session.other == Other::Clients);
    let kind_now = lab.follow(|model| model.form.kind);
    let submit_word = lab.follow(|model| {
        let words = model.language.words();
        if model.session.other == Other::Clients { words.publish } else { words.send }
    });
    let can_replace = lab.follow(|model| instead::sent(model).is_some());
    let unfolded = RwSignal::new(false);
    view! {
        <form class="controls" class:folded=move || !unfolded.get() on:submit=submit>
            <Show when=move || serves.get() fallback=move || target(lab)>
                {port(lab)}
            </Show>
            <Show when=move || !serves.get()>{message(lab)}</Show>
            <div class="buttons">
                {more(lab, unfolded)}
                <button id="send" class="primary" type="submit">{submit_word}</button>
                <Show when=move || can_replace.get()>
                    <button
                        id="send-instead"
                        type="button"
                        title=lab.word(|words| words.time.send_instead_hint)
                        on:click=move |_| lab.send(Msg::SendInstead)
                    >
                        {lab.word(|words| words.time.send_instead)}
                    </button>
                </Show>
                <button
                    id="start-over"
                    type="button"
                    title=lab.word(|words| words.start_over_hint)
                    on:click=move |_| lab.send(Msg::StartOver)
                >
                    {lab.word(|words| words.start_over)}
                </button>
            </div>
            {kind(lab)}
            <Show when=move || !serves.get()>
                <Show when=move || kind_now.get() == FlowKind::Stream fallback=move || naming(lab)>
                    {reading(lab)}
                </Show>
            </Show>
            {other(lab)}
            {watch(lab)}
        </form>
    }
}

/// The button that a narrow screen has for the rest of the form.
fn more(lab: Lab, unfolded: RwSignal<bool>) -> impl IntoView {
    let word = lab.follow(move |model| {
        let words = &model.language.words().shell;
        if unfolded.get() { words.less } else { words.more }
    });
    view! {
        <button
            id="more"
            class="more"
            type="button"
            aria-expanded=move || unfolded.get().to_string()
            on:click=move |_| unfolded.update(|unfolded| *unfolded = !*unfolded)
        >
            {word}
        </button>
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

fn port(lab: Lab) -> impl IntoView {
    let value = lab.follow(|model| model.form.port.clone());
    view! {
        <label class="port">
            <span>{lab.word(|words| words.publish_port)}</span>
            <input
                id="port"
                type="text"
                inputmode="numeric"
                autocomplete="off"
                title=lab.word(|words| words.publish_hint)
                prop:value=value
                on:input=move |event| lab.send(Msg::Port(event_target_value(&event)))
            />
        </label>
    }
}

fn kind(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| if model.form.kind == FlowKind::Datagram { "datagram" } else { "stream" });
    let choose = move |event| {
        let datagrams = event_target_value(&event) == "datagram";
        lab.send(Msg::Kind(if datagrams { FlowKind::Datagram } else { FlowKind::Stream }));
    };
    view! {
        <label class="kind">
            <span>{lab.word(|words| words.kind)}</span>
            <select id="kind" on:change=choose prop:value=chosen>
                <option value="stream" selected=move || chosen.get() == "stream">
                    {lab.word(|words| words.kind_stream)}
                </option>
                <option value="datagram" selected=move || chosen.get() == "datagram">
                    {lab.word(|words| words.kind_datagram)}
                </option>
            </select>
        </label>
    }
}

fn naming(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| if model.form.naming == Naming::Once { "once" } else { "each" });
    let choose = move |event| {
        let once = event_target_value(&event) == "once";
        lab.send(Msg::Naming(if once { Naming::Once } else { Naming::EachTime }));
    };
    view! {
        <label class="naming">
            <span>{lab.word(|words| words.naming)}</span>
            <select id="naming" on:change=choose prop:value=chosen>
                <option value="each" selected=move || chosen.get() == "each">
                    {lab.word(|words| words.naming_each_time)}
                </option>
                <option value="once" selected=move || chosen.get() == "once">
                    {lab.word(|words| words.naming_once)}
                </option>
            </select>
        </label>
    }
}

/// Whether the real kernel is asked: only where real sockets are.
fn watch(lab: Lab) -> impl IntoView {
    let is_real = lab.follow(|model| model.session.other.is_real());
    view! {
        <Show when=move || is_real.get()>
            <label class="watch" title=lab.word(|words| words.watch_hint)>
                <input
                    id="watch"
                    type="checkbox"
                    prop:checked=lab.follow(|model| model.watching)
                    on:change=move |event| lab.send(Msg::Watch(event_target_checked(&event)))
                />
                {lab.word(|words| words.watch)}
            </label>
        </Show>
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
    let chosen = lab.follow(|model| if model.form.reading == Reading::ToEnd { "to-end" } else { "once" });
    let choose = move |event| {
        let to_end = event_target_value(&event) == "to-end";
        lab.send(Msg::Reading(if to_end { Reading::ToEnd } else { Reading::Once }));
    };
    view! {
        <label class="reading">
            <span>{lab.word(|words| words.reading)}</span>
            <select id="reading" on:change=choose prop:value=chosen>
                <option value="once" selected=move || chosen.get() == "once">{lab.word(|words| words.reading_once)}</option>
                <option value="to-end" selected=move || chosen.get() == "to-end">{lab.word(|words| words.reading_to_end)}</option>
            </select>
        </label>
    }
}

fn other(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| match model.session.other {
        Other::Simulated => "simulated",
        Other::Real => "real",
        Other::Clients => "clients",
    });
    let no_relay = lab.follow(|model| model.relay == Status::Absent);
    let choose = move |event| {
        lab.send(Msg::Other(match event_target_value(&event).as_str() {
            "real" => Other::Real,
            "clients" => Other::Clients,
            _ => Other::Simulated,
        }));
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
                <option value="clients" disabled=no_relay selected=move || chosen.get() == "clients">
                    {lab.word(|words| words.other_clients)}
                </option>
            </select>
        </label>
    }
}
