//! The pane of two futures: their names, what parts them, their ladders, and their events side by side.
//!
//! Absent on purpose: what is compared and how (see `view::compare`).

use leptos::prelude::*;

use super::canvas::{Height, scene_canvas};
use super::lab::Lab;
use crate::app::thing::Thing;
use crate::app::{Msg, time};
use crate::catalogue::fill;
use crate::view::compare::{Cell, Compare, Line, Tab, compare, ladders, ladders_label, tabs};

/// The pane.
pub(super) fn compare_pane(lab: Lab) -> impl IntoView {
    let compared = lab.follow_head(compare);
    let is_two = lab.follow(|model| !model.time.futures.kept.is_empty());
    view! {
        <div class="compare own-keys" id="compare" tabindex="0" role="group" aria-label=lab.word(|words| words.shell.pane_compare)>
            {move || {
                if is_two.get() {
                    two(lab, compared).into_any()
                } else {
                    view! { <p class="hint">{lab.word(|words| words.time.compare_none)}</p> }.into_any()
                }
            }}
        </div>
    }
}

fn two(lab: Lab, compared: Memo<Option<Compare>>) -> impl IntoView {
    let futures = lab.follow(tabs);
    let told = move || compared.get().map(|compared| compared.told);
    let first = Memo::new(move |_| compared.get().and_then(|compared| compared.first));
    let behind = Memo::new(move |_| compared.get().and_then(|compared| compared.behind));
    let run_on = lab.word(|words| words.time.compare_catch_up);
    let to_first = move |_| {
        if let Some(fact) = first.get_untracked() {
            lab.send(Msg::Choose(Thing::Fact(fact)));
        }
    };
    view! {
        <ul class="futures">{move || futures.get().into_iter().map(|tab| future(lab, tab)).collect_view()}</ul>
        <p class="told" id="compare-told">{told}</p>
        <p class="compare-buttons">
            <button id="to-difference" type="button" disabled=move || first.get().is_none() on:click=to_first>
                {lab.word(|words| words.time.compare_to_first)}
            </button>
            {move || {
                behind.get().map(|at| {
                    let catch_up = move |_| lab.send(Msg::Time(time::Msg::CatchUp));
                    view! {
                        <button id="catch-up" type="button" on:click=catch_up>
                            {fill(run_on.get(), &[("at", &at)])}
                        </button>
                    }
                })
            }}
        </p>
        {move || compared.get().map(|compared| figures(&compared))}
        {scene_canvas(lab, "compare-ladders", Height::Given, ladders_label, ladders)}
        {move || compared.get().map(|compared| events(lab, compared))}
    }
}

fn future(lab: Lab, tab: Tab) -> impl IntoView {
    let name = tab.name;
    let button = |id: &str, word: Memo<&'static str>, pressed: bool, msg: time::Msg| {
        let label = name.label();
        view! {
            <button
                id=format!("{id}-{label}")
                type="button"
                aria-pressed=pressed.to_string()
                aria-label=move || format!("{} {label}", word.get())
                on:click=move |_| lab.send(Msg::Time(msg))
            >
                {word}
            </button>
        }
    };
    let (show, close) = (lab.word(|words| words.time.compare_show), lab.word(|words| words.time.compare_close));
    let with = lab.word(|words| words.time.compare_with);
    view! {
        <li class:shown=tab.shown>
            <b>{tab.text}</b>
            {button("show", show, tab.shown, time::Msg::Show(name))}
            {(!tab.shown).then(|| button("with", with, tab.compared, time::Msg::With(name)))}
            {button("close", close, false, time::Msg::Close(name))}
        </li>
    }
}

fn figures(compared: &Compare) -> impl IntoView + use<> {
    let [a, b] = compared.names.map(|name| name.label());
    let rows = compared.counts.iter().map(|(heading, [left, right])| {
        view! {
            <tr class:differs=left != right>
                <th scope="row">{*heading}</th>
                <td>{left.clone()}</td>
                <td>{right.clone()}</td>
            </tr>
        }
    });
    view! {
        <table class="figures">
            <thead><tr><td></td><th scope="col">{a}</th><th scope="col">{b}</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

fn events(lab: Lab, compared: Compare) -> impl IntoView {
    let [a, b] = compared.names.map(|name| name.label());
    let first = lab.word(|words| words.time.compare_first);
    let rows = compared.lines.into_iter().map(|line| {
        let class = match &line {
            Line { first: true, .. } => "first",
            line if line.is_same() => "same",
            _ => "differs",
        };
        let mark = line.first.then(|| view! { <b class="mark">{first}": "</b> });
        view! { <tr class=class><td>{mark}{line.left.map(event)}</td><td>{line.right.map(event)}</td></tr> }
    });
    view! {
        <table class="both">
            <caption>{lab.word(|words| words.time.compare_events)}</caption>
            <thead><tr><th scope="col">{a}</th><th scope="col">{b}</th></tr></thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}

fn event(cell: Cell) -> impl IntoView {
    view! { <small>{cell.time}</small>" "{cell.text} }
}
