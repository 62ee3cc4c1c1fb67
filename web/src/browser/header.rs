//! The head of the page: name, relay, language, colours; and the list of keys.
//!
//! Absent on purpose: what belongs to a view; that stands beside the view.

use leptos::html;
use leptos::prelude::*;

use wasm_bindgen::JsCast;

use super::lab::Lab;
use super::menu::menu;
use super::share::share_menu;
use crate::app::keys::{Group, KEYS, Row};
use crate::app::link::Status;
use crate::app::{Msg, Notice, Theme};
use crate::catalogue::Language;
use crate::view::notice;

/// The head.
pub(super) fn header(lab: Lab) -> impl IntoView {
    view! {
        <header>
            <div class="name">
                <h1>"Sockscope"</h1>
                <p>{lab.word(|words| words.tagline)}</p>
            </div>
            {relay_status(lab)}
            <div class="choices">
                {share_menu(lab)}
                {language_choice(lab)}
                {menu(lab, "view-menu", |words| words.shell.menu_view, theme_choice(lab))}
                <button id="keys-button" type="button" on:click=move |_| lab.send(Msg::Keys)>
                    {lab.word(|words| words.keys)}
                    " ?"
                </button>
            </div>
        </header>
    }
}

fn relay_status(lab: Lab) -> impl IntoView {
    let said = lab.follow(notice::relay);
    let status = lab.follow(|model| model.relay.clone());
    let name = move || match status.get() {
        Status::Absent => "absent",
        Status::Connecting => "connecting",
        Status::Ready => "ready",
        Status::Lost => "lost",
    };
    view! {
        <div class="relay" role="status" data-relay=name id="relay">
            <span>{move || said.get().text}</span>
            <Show when=move || status.get() == Status::Lost>
                <button
                    id="reconnect"
                    type="button"
                    on:click=move |_| {
                        // This button goes away with its reason; the next thing to do is to send.
                        focus_on("send");
                        lab.send(Msg::Reconnect);
                    }
                >
                    {lab.word(|words| words.reconnect)}
                </button>
            </Show>
        </div>
    }
}

fn language_choice(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| model.language.tag());
    let menu = NodeRef::<html::Select>::new();
    let failed = lab.follow(|model| matches!(model.notice, Some(Notice::NoWords(_))));
    // A language that could not be loaded is not the one that is shown.
    Effect::new(move |_| {
        failed.get();
        if let Some(menu) = menu.get() {
            menu.set_value(chosen.get());
        }
    });
    let choose = move |event| {
        if let Some(language) = Language::from_tag(&event_target_value(&event)) {
            lab.send(Msg::Language(language));
        }
    };
    view! {
        <label>
            <span>{lab.word(|words| words.language)}</span>
            <select id="language" node_ref=menu on:change=choose>
                {Language::ALL
                    .map(|language| {
                        view! {
                            <option
                                value=language.tag()
                                lang=language.tag()
                                selected=move || chosen.get() == language.tag()
                            >
                                {language.own_name()}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}

fn theme_choice(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| super::place::theme_name(model.theme));
    let choose = move |event| {
        lab.send(Msg::Theme(match event_target_value(&event).as_str() {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::System,
        }));
    };
    view! {
        <label>
            <span>{lab.word(|words| words.theme)}</span>
            <select id="theme" on:change=choose prop:value=chosen>
                <option value="system" selected=move || chosen.get() == "system">{lab.word(|words| words.theme_system)}</option>
                <option value="light" selected=move || chosen.get() == "light">{lab.word(|words| words.theme_light)}</option>
                <option value="dark" selected=move || chosen.get() == "dark">{lab.word(|words| words.theme_dark)}</option>
            </select>
        </label>
    }
}

/// The list of keys, when it is wanted.
pub(super) fn keys_panel(lab: Lab) -> impl IntoView {
    let shown = lab.follow(|model| model.keys_shown);
    let close = NodeRef::<html::Button>::new();
    // The focus goes to the list and comes back to the button that shows it.
    Effect::new(move |was: Option<bool>| {
        let shown = shown.get();
        if let Some(button) = close.get().filter(|_| shown) {
            let _ = button.focus();
        } else if was == Some(true) && !shown {
            focus_on("keys-button");
        }
        shown
    });
    view! {
        <Show when=move || shown.get()>
            <div id="keys" class="keys" role="dialog" aria-labelledby="keys-title">
                <h2 id="keys-title">{lab.word(|words| words.keys_title)}</h2>
                <div class="key-groups">{Group::ALL.map(|group| key_group(lab, group)).collect_view()}</div>
                <label class="single-keys">
                    <input
                        id="single-keys"
                        type="checkbox"
                        prop:checked=lab.follow(|model| model.single_keys)
                        on:change=move |event| lab.send(Msg::SingleKeys(event_target_checked(&event)))
                    />
                    {lab.word(|words| words.single_keys)}
                </label>
                <button type="button" node_ref=close on:click=move |_| lab.send(Msg::Keys)>
                    {lab.word(|words| words.close)}
                </button>
            </div>
        </Show>
    }
}

fn focus_on(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

fn key_group(lab: Lab, group: Group) -> Option<impl IntoView> {
    let rows: Vec<_> = KEYS.iter().filter(|row| row.group == group).collect();
    let heading = lab.follow(move |model| group.heading(model.language.words()));
    (!rows.is_empty()).then(|| {
        view! {
            <section>
                <h3>{heading}</h3>
                <dl>{rows.into_iter().map(|row| key(lab, row)).collect_view()}</dl>
            </section>
        }
    })
}

fn key(lab: Lab, row: &'static Row) -> impl IntoView {
    view! {
        <div>
            <dt>
                <kbd>{row.shown}</kbd>
            </dt>
            <dd>{lab.word(row.what)}</dd>
        </div>
    }
}
