//! The page as a whole: which panel stands where.
//!
//! Absent on purpose: the panels themselves.

use leptos::prelude::*;

use super::bytes_panel::bytes_panel;
use super::canvas::{ladder_canvas, stage_canvas};
use super::form::form;
use super::frames_panel::frames_panel;
use super::header::{header, keys_panel};
use super::lab::Lab;
use super::transport_bar::transport_bar;
use crate::view::{narration, notice};

/// The page.
pub(super) fn page(lab: Lab) -> impl IntoView {
    view! {
        <a class="skip" href="#target">{lab.word(|words| words.skip_to_controls)}</a>
        {header(lab)}
        <main>
            {form(lab)}
            {said(lab)}
            <section class="stage-section" aria-label=lab.word(|words| words.stage)>
                {stage_canvas(lab)}
                {told(lab)}
                {transport_bar(lab)}
            </section>
            <div class="panes">
                <section class="pane ladder-pane" aria-labelledby="ladder-title">
                    <h2 id="ladder-title">{lab.word(|words| words.ladder)}</h2>
                    {ladder_canvas(lab)}
                </section>
                {frames_panel(lab)}
                {bytes_panel(lab)}
            </div>
        </main>
        {keys_panel(lab)}
    }
}

/// What must be said: mistakes and failures, and what the program has come to.
fn said(lab: Lab) -> impl IntoView {
    let notice = lab.follow(notice::notice);
    let outcome = lab.follow(notice::outcome);
    view! {
        <div class="said">
            <p id="notice" role="alert" class:failure=move || notice.get().is_some_and(|said| said.failure)>
                {move || notice.get().map(|said| said.text)}
            </p>
            <p id="outcome" role="status" class:failure=move || outcome.get().is_some_and(|said| said.failure)>
                {move || outcome.get().map(|said| said.text)}
            </p>
        </div>
    }
}

/// The sentence for the moment on screen. While time runs it changes too fast to be read aloud.
fn told(lab: Lab) -> impl IntoView {
    let sentence = lab.follow(narration::now);
    let hint = lab.word(|words| words.idle_hint);
    let live = lab.follow(|model| if model.player.playing { "off" } else { "polite" });
    view! {
        <p id="narration" class="narration" aria-live=live>
            {move || sentence.get().unwrap_or_else(|| hint.get().to_owned())}
        </p>
    }
}
