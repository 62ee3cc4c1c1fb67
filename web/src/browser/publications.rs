//! What is published to the real machine, each with its end.
//!
//! Absent on purpose: what was published before: the table and the narration have it.

use leptos::prelude::*;
use sim_core::gateway::FlowId;

use super::lab::Lab;
use crate::app::{Model, Msg, publish};
use crate::catalogue::fill;

/// One line of the list.
#[derive(Clone, PartialEq)]
struct Line {
    flow: FlowId,
    text: String,
}

/// The list, when something is published.
pub(super) fn publications(lab: Lab) -> impl IntoView {
    let lines = lab.follow(lines);
    view! {
        <ul id="published" class="published">
            {move || lines.get().into_iter().map(|line| line_view(lab, line)).collect_view()}
        </ul>
    }
}

fn lines(model: &Model) -> Vec<Line> {
    let words = model.language.words();
    let line = |(flow, published): (&FlowId, _)| {
        let sentence = if published_at(published) { words.published_at } else { words.publishing };
        Line { flow: *flow, text: fill(sentence, &[("at", &publish::name(published))]) }
    };
    model.session.published().iter().map(line).collect()
}

fn published_at(published: &crate::app::session::Published) -> bool {
    published.local.is_some()
}

fn line_view(lab: Lab, Line { flow, text }: Line) -> impl IntoView {
    view! {
        <li>
            <span role="status">{text}</span>
            <button type="button" class="unpublish" on:click=move |_| lab.send(Msg::Unpublish(flow))>
                {lab.word(|words| words.unpublish)}
            </button>
        </li>
    }
}
