//! The three panes under the stage, each with a choice of what it shows.
//!
//! Absent on purpose: the views themselves.

use leptos::prelude::*;

use super::canvas::ladder_pane;
use super::frames_panel::table_pane;
use super::lab::Lab;
use super::late::{is_late, late_pane};
use crate::app::Msg;
use crate::app::pane::Pane;
use crate::catalogue::Words;

/// The three panes.
pub(super) fn panes(lab: Lab) -> impl IntoView {
    view! { <div class="panes" id="panes" tabindex="-1">{(0..3).map(|place| pane(lab, place)).collect_view()}</div> }
}

fn pane(lab: Lab, place: usize) -> impl IntoView {
    let shown = lab.follow(move |model| model.panes.at(place));
    let title = move || format!("pane-{place}-title");
    view! {
        <section class=move || format!("pane place-{place} {}-pane", shown.get().name()) aria-labelledby=title>
            <div class="pane-head">
                <h2 id=title>{move || lab.word(name(shown.get()))}</h2>
                {choice(lab, place, shown)}
            </div>
            {move || content(lab, shown.get())}
        </section>
    }
}

fn choice(lab: Lab, place: usize, shown: Memo<Pane>) -> impl IntoView {
    view! {
        <select
            id=format!("pane-{place}")
            class="pane-choice"
            aria-label=lab.word(|words| words.shell.pane_choice)
            on:change=move |event| {
                if let Some(pane) = Pane::from_name(&event_target_value(&event)) {
                    lab.send(Msg::Pane(place, pane));
                }
            }
        >
            {Pane::ALL
                .into_iter()
                .map(|pane| {
                    view! {
                        <option value=pane.name() selected=move || shown.get() == pane>
                            {lab.word(name(pane))}
                        </option>
                    }
                })
                .collect_view()}
        </select>
    }
}

fn content(lab: Lab, pane: Pane) -> AnyView {
    match pane {
        late if is_late(late) => late_pane(lab, late),
        Pane::Table => table_pane(lab).into_any(),
        _ => ladder_pane(lab).into_any(),
    }
}

pub(super) fn name(pane: Pane) -> fn(&'static Words) -> &'static str {
    match pane {
        Pane::Ladder => |words| words.shell.pane_ladder,
        Pane::Table => |words| words.shell.pane_table,
        Pane::Bytes => |words| words.shell.pane_bytes,
        Pane::States => |words| words.shell.pane_states,
        Pane::Ruler => |words| words.shell.pane_ruler,
        Pane::Plots => |words| words.shell.pane_plots,
        Pane::Hosts => |words| words.shell.pane_hosts,
        Pane::Controls => |words| words.shell.pane_controls,
        Pane::Text => |words| words.shell.pane_text,
        Pane::Compare => |words| words.shell.pane_compare,
    }
}
