//! The bar under the stage: which layers are shown, what they are called, whose layers stand open; and a button that drops the frame
//! that is shown.
//!
//! The nodes of the map are in the two choices at its end, so that each can be reached by keys and by a screen reader.
//!
//! Absent on purpose: the map (see `view::stage`), and the choice of nodes where there are two: both stand open.

use leptos::prelude::*;
use sim_core::layer::Layer;
use sim_core::trace::NodeId;

use super::lab::Lab;
use crate::app::look::{Msg, Names, droppable};
use crate::app::thing::Thing;
use crate::app::{Model, Msg as PageMsg};
use crate::catalogue::{Words, fill};
use crate::view::stage::band_name;

/// The bar.
pub(super) fn look_bar(lab: Lab) -> impl IntoView {
    let merged = lab.follow(|model| match model.look.names {
        Names::Seven => "",
        Names::Five => model.language.words().look.merged_5,
        Names::Four => model.language.words().look.merged_4,
    });
    let several = lab.follow(|model| model.session.scenario.nodes.len() > 2);
    view! {
        <div class="look-bar">
            {layer_choice(lab)}
            {names_choice(lab)}
            {move || several.get().then(|| {
                view! {
                    {node_choice(lab, 0, |words| words.look.stack_left)}
                    {node_choice(lab, 1, |words| words.look.stack_right)}
                }
            })}
            {drop_button(lab)}
            <small class="look-note">{move || merged.get()}</small>
        </div>
    }
}

/// Drops the frame that is shown, while it is on its way.
fn drop_button(lab: Lab) -> impl IntoView {
    let frame = lab.follow_head(droppable);
    let can = lab.follow(|model| model.session.can_branch());
    let hint = lab.follow_head(|model| {
        let number = droppable(model).map(|frame| model.session.number(frame));
        number.map(|number| fill(model.language.words().look.drop_frame_hint, &[("n", &number)]))
    });
    let drop = move |_| {
        if let Some(frame) = frame.get_untracked() {
            lab.send(PageMsg::Look(Msg::Drop(frame)));
        }
    };
    move || {
        can.get().then(|| {
            view! {
                <button id="drop-frame" disabled=move || frame.get().is_none() title=move || hint.get() on:click=drop>
                    {lab.word(|words| words.look.drop_frame)}
                </button>
            }
        })
    }
}

fn layer_choice(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| model.look.layer);
    let bands = lab.follow(|model| {
        let words = model.language.words();
        let names = model.look.names;
        names.bands().iter().map(|band| (band.1[0], format!("{} {}", band.0, band_name(words, names, band)))).collect()
    });
    let change = move |event: leptos::ev::Event| {
        let number = event_target_value(&event).parse::<u8>().ok();
        let layer = Layer::TOP_DOWN.into_iter().find(|layer| Some(layer.number()) == number);
        lab.send(PageMsg::Look(Msg::Layer(layer)));
    };
    view! {
        <label>
            {lab.word(|words| words.look.layer)}
            <select id="layer" on:change=change>
                <option value="0" selected=move || chosen.get().is_none()>{lab.word(|words| words.look.all_layers)}</option>
                {move || {
                    let bands: Vec<(Layer, String)> = bands.get();
                    let option = |(layer, name): (Layer, String)| {
                        view! {
                            <option value=layer.number().to_string() selected=move || chosen.get() == Some(layer)>{name}</option>
                        }
                    };
                    bands.into_iter().map(option).collect_view()
                }}
            </select>
        </label>
    }
}

fn names_choice(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| model.look.names);
    let change = move |event: leptos::ev::Event| {
        if let Some(names) = event_target_value(&event).parse().ok().and_then(Names::from_count) {
            lab.send(PageMsg::Look(Msg::Names(names)));
        }
    };
    let option = |names: Names| {
        view! {
            <option value=names.bands().len().to_string() selected=move || chosen.get() == names>
                {lab.word(names_word(names))}
            </option>
        }
    };
    view! {
        <label>
            {lab.word(|words| words.look.names)}
            <select id="layer-names" on:change=change>{Names::ALL.into_iter().map(option).collect_view()}</select>
        </label>
    }
}

fn names_word(names: Names) -> fn(&'static Words) -> &'static str {
    match names {
        Names::Seven => |words| words.look.names_7,
        Names::Five => |words| words.look.names_5,
        Names::Four => |words| words.look.names_4,
    }
}

/// One of the two nodes whose layers stand open. Choosing another puts it in this one's place.
fn node_choice(lab: Lab, place: usize, title: fn(&'static Words) -> &'static str) -> impl IntoView {
    let open = move |model: &Model| model.look.open_nodes().get(place).copied();
    let chosen = lab.follow(open);
    let nodes = lab.follow(|model| {
        let names = model.session.scenario.nodes.iter().map(|node| node.name.clone());
        (0..).map(NodeId).zip(names).collect::<Vec<_>>()
    });
    let change = move |event: leptos::ev::Event| {
        let Ok(number) = event_target_value(&event).parse() else { return };
        // The other one was opened later then, and stays.
        if let Some(other) = lab.read(|model| model.look.open_nodes().get(1 - place).copied()) {
            lab.send(PageMsg::Look(Msg::Open(other)));
        }
        lab.send(PageMsg::Choose(Thing::Node(NodeId(number))));
    };
    view! {
        <label>
            {lab.word(title)}
            <select id=format!("open-{place}") on:change=change>
                {move || {
                    let option = |(number, name): (NodeId, String)| {
                        view! {
                            <option value=number.0.to_string() selected=move || chosen.get() == Some(number)>{name}</option>
                        }
                    };
                    nodes.get().into_iter().map(option).collect_view()
                }}
            </select>
        </label>
    }
}
