//! Controls: sliders with stops, fields that take any value, switches. One component serves the pane, the row beside the stage and the
//! views that a setting matters for: [`knob`].
//!
//! A slider that is dragged shows where it is; what is set is where it is let go of.
//!
//! Absent on purpose: values, words and bounds (see `app::knobs` and `view::knobs`).

use leptos::prelude::*;
use sim_core::trace::{LinkId, NodeId};

use super::lab::Lab;
use crate::app::Msg;
use crate::app::knobs::{self, Knob, Of, Unit};
use crate::app::thing::Thing;
use crate::view::knobs::{self as shown, Control, Group};

/// The pane: a link with its directions, and a host.
pub(super) fn controls_pane(lab: Lab) -> impl IntoView {
    let link = lab.follow(knobs::shown_link);
    let links = lab.follow(link_groups);
    let host = lab.follow(|model| knobs::shown_node(model).map(|node| shown::of_host(model, node)));
    view! {
        <div class="controls-body" id="controls">
            <section aria-label=lab.word(|words| words.knobs.which_link)>
                {link_menu(lab)}
                <Show when=move || link.get().is_none()>
                    <p class="empty">{lab.word(|words| words.knobs.no_links)}</p>
                </Show>
                <div class="knob-groups">{move || links.get().into_iter().map(|of| group(lab, "pane", of)).collect_view()}</div>
            </section>
            <section aria-label=lab.word(|words| words.knobs.which_host)>
                {node_menu(lab, "controls-node", |words| words.knobs.which_host)}
                {move || match host.get() {
                    Some(Ok(of)) => view! { <div class="knob-groups">{group(lab, "pane", of)}</div> }.into_any(),
                    Some(Err(why)) => view! { <p class="empty" id="no-controls">{why}</p> }.into_any(),
                    None => ().into_any(),
                }}
            </section>
        </div>
    }
}

fn link_groups(model: &crate::app::Model) -> Vec<Group> {
    knobs::shown_link(model).map(|link| shown::of_link(model, link)).unwrap_or_default()
}

/// The settings of both ends of the connection on screen that a view of it depends on, beside that view.
pub(super) fn controls_of_connection(lab: Lab, place: &'static str, all: &'static [Knob]) -> impl IntoView {
    let groups = lab.follow(move |model| shown::of_connection(model, all));
    view! {
        <Show when=move || !groups.get().is_empty()>
            <details class="connection-knobs">
                <summary>{lab.word(|words| words.knobs.settings_here)}</summary>
                <div class="knob-groups">
                    {move || groups.get().into_iter().map(|of| group(lab, place, of)).collect_view()}
                </div>
            </details>
        </Show>
    }
}

/// The controls that matter first of the link or host that is chosen, in one row.
pub(super) fn controls_beside(lab: Lab) -> impl IntoView {
    let groups = lab.follow(shown::beside);
    view! {
        <Show when=move || !groups.get().is_empty()>
            <div class="beside" id="beside">
                {move || groups.get().into_iter().map(|of| group(lab, "beside", of)).collect_view()}
            </div>
        </Show>
    }
}

fn link_menu(lab: Lab) -> impl IntoView {
    let links = lab.follow(shown::links);
    view! {
        <label class="which">
            <span>{lab.word(|words| words.knobs.which_link)}</span>
            <select
                id="controls-link"
                on:change=move |event| {
                    if let Ok(link) = event_target_value(&event).parse() {
                        lab.send(Msg::Choose(Thing::Link(LinkId(link))));
                    }
                }
            >
                {move || {
                    let (links, chosen) = links.get();
                    let option = |(id, name): (LinkId, String)| {
                        view! { <option value=id.0.to_string() selected={chosen == Some(id)}>{name}</option> }
                    };
                    links.into_iter().map(option).collect_view()
                }}
            </select>
        </label>
    }
}

/// A menu of nodes, which chooses one.
pub(super) fn node_menu(
    lab: Lab,
    id: &'static str,
    name: fn(&'static crate::catalogue::Words) -> &'static str,
) -> impl IntoView {
    let nodes = lab.follow(shown::nodes);
    view! {
        <label class="which">
            <span>{lab.word(name)}</span>
            <select
                id=id
                on:change=move |event| {
                    if let Ok(node) = event_target_value(&event).parse() {
                        lab.send(Msg::Choose(Thing::Node(NodeId(node))));
                    }
                }
            >
                {move || {
                    let (nodes, chosen) = nodes.get();
                    let option = |(id, name): (NodeId, String)| {
                        view! { <option value=id.0.to_string() selected={chosen == Some(id)}>{name}</option> }
                    };
                    nodes.into_iter().map(option).collect_view()
                }}
            </select>
        </label>
    }
}

fn group(lab: Lab, place: &'static str, group: Group) -> impl IntoView {
    let Group { of, title, knobs } = group;
    view! {
        <fieldset class="knob-group">
            <legend>{title}</legend>
            {knobs.iter().map(|which| knob(lab, place, of, *which)).collect_view()}
        </fieldset>
    }
}

/// One control. `place` tells those of one setting in several places of the page apart.
pub(super) fn knob(lab: Lab, place: &'static str, of: Of, knob: Knob) -> impl IntoView {
    let control = lab.follow(move |model| shown::control(model, of, knob));
    let id = id_of(place, of, knob);
    let usual = format!("{id}-about");
    let about = format!("{id}-what");
    let name = move || control.with(|control| control.name);
    let reset = lab.follow(move |model| {
        let name = shown::control(model, of, knob).name;
        crate::catalogue::fill(model.language.words().knobs.reset, &[("name", name)])
    });
    let input = match knob.unit() {
        Unit::Switch => switch(lab, &id, (of, knob), control).into_any(),
        Unit::Control => choice(lab, &id, (of, knob), control).into_any(),
        _ => slider(lab, &id, (of, knob), control).into_any(),
    };
    view! {
        <div class="knob" class:changed=move || !control.with(|control| control.is_usual)>
            <label for=id.clone()>{name}</label>
            {input}
            <button
                class="reset"
                id=format!("{id}-reset")
                aria-label=reset
                title=reset
                prop:disabled=move || control.with(|control| control.is_usual)
                on:click=move |_| lab.send(Msg::Knobs(knobs::Msg::Reset(of, knob)))
            >
                "↺"
            </button>
            <small class="about" id=about>{move || control.with(|control| control.about)}</small>
            <small class="usual" id=usual>{move || control.with(|control| control.usual.clone())}</small>
            <p class="refused" role="alert">{move || control.with(|control| control.refused.clone())}</p>
        </div>
    }
}

/// A slider with stops, and a field that takes what lies between them.
fn slider(lab: Lab, id: &str, (of, knob): (Of, Knob), control: Memo<Control>) -> impl IntoView {
    let stops = knob.stops();
    let stop = move |event: &web_sys::Event| {
        event_target_value(event).parse().ok().and_then(|place: usize| stops.get(place)).copied()
    };
    let written = lab.follow(move |model| {
        let name = shown::control(model, of, knob).name;
        crate::catalogue::fill(model.language.words().knobs.written, &[("name", name)])
    });
    view! {
        <input
            type="range"
            id=id.to_owned()
            min="0"
            max=(stops.len() - 1).to_string()
            step="1"
            aria-describedby=format!("{id}-what {id}-about")
            aria-valuetext=move || control.with(|control| control.said.clone())
            prop:value=move || control.with(|control| control.stop.to_string())
            on:input=move |event| {
                if let Some(value) = stop(&event) {
                    lab.send(Msg::Knobs(knobs::Msg::Drag(of, knob, value)));
                }
            }
            on:change=move |event| {
                if let Some(value) = stop(&event) {
                    lab.send(Msg::Knobs(knobs::Msg::Set(of, knob, value)));
                }
            }
        />
        <input
            type="text"
            class="written"
            id=format!("{id}-text")
            aria-label=written
            autocomplete="off"
            spellcheck="false"
            title=move || control.with(|control| control.said.clone())
            prop:value=move || control.with(|control| control.written.clone())
            on:change=move |event| lab.send(Msg::Knobs(knobs::Msg::Write(of, knob, event_target_value(&event))))
        />
    }
}

fn switch(lab: Lab, id: &str, (of, knob): (Of, Knob), control: Memo<Control>) -> impl IntoView {
    view! {
        <input
            type="checkbox"
            id=id.to_owned()
            aria-describedby=format!("{id}-what {id}-about")
            prop:checked=move || control.with(|control| control.value != 0)
            on:change=move |event| {
                let value = u64::from(event_target_checked(&event));
                lab.send(Msg::Knobs(knobs::Msg::Set(of, knob, value)));
            }
        />
        <output class="written">{move || control.with(|control| control.said.clone())}</output>
    }
}

fn choice(lab: Lab, id: &str, (of, knob): (Of, Knob), control: Memo<Control>) -> impl IntoView {
    view! {
        <select
            id=id.to_owned()
            aria-describedby=format!("{id}-what {id}-about")
            on:change=move |event| {
                if let Ok(value) = event_target_value(&event).parse() {
                    lab.send(Msg::Knobs(knobs::Msg::Set(of, knob, value)));
                }
            }
        >
            {knob
                .stops()
                .iter()
                .map(|value| {
                    let value = *value;
                    view! {
                        <option value=value.to_string() selected=move || control.with(|control| control.value == value)>
                            {knob.text(value)}
                        </option>
                    }
                })
                .collect_view()}
        </select>
        <span></span>
    }
}

fn id_of(place: &str, of: Of, knob: Knob) -> String {
    let name = knob.name();
    match of {
        Of::Direction(link, end) => format!("{place}-link{}-{end}-{name}", link.0),
        Of::Link(link) => format!("{place}-link{}-{name}", link.0),
        Of::Host(node) => format!("{place}-host{}-{name}", node.0),
    }
}
