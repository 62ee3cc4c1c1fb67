//! The page as a whole: which panel stands where.
//!
//! Absent on purpose: the panels themselves.

use leptos::prelude::*;

use super::canvas::stage_canvas;
use super::editor_bar::stage_or_editor;
use super::form::form;
use super::header::{header, keys_panel};
use super::lab::Lab;
use super::late;
use super::look_bar::look_bar;
use super::panes::panes;
use super::share::drop_hint;
use super::transport_bar::transport_bar;
use crate::app::Msg;
use crate::app::session::Other;
use crate::view::{narration, notice};

/// The page.
pub(super) fn page(lab: Lab) -> impl IntoView {
    view! {
        <nav class="skips" aria-label=lab.word(|words| words.shell.skips)>
            <a class="skip" href="#target">{lab.word(|words| words.skip_to_controls)}</a>
            <a class="skip" href="#stage-section">{lab.word(|words| words.shell.skip_to_stage)}</a>
            <a class="skip" href="#panes">{lab.word(|words| words.shell.skip_to_panes)}</a>
        </nav>
        {header(lab)}
        <main>
            {form(lab)}
            {late::late_part(lab, |tools| tools.publications)}
            {said(lab)}
            <section id="stage-section" class="stage-section" tabindex="-1" aria-label=lab.word(|words| words.stage)>
                {stage_or_editor(lab, move || view! { {stage_canvas(lab)} {late::late_part(lab, |tools| tools.beside)} })}
                {told(lab)}
                {transport_bar(lab)}
                {look_bar(lab)}
            </section>
            {late::late_part(lab, |tools| tools.kernel)}
            {panes(lab)}
        </main>
        {keys_panel(lab)}
        {drop_hint(lab)}
    }
}

/// What must be said: mistakes and failures, and what the program has come to.
fn said(lab: Lab) -> impl IntoView {
    let about = lab.follow(notice::about_target);
    let notice = lab.follow(notice::notice);
    let outcome = lab.follow(notice::outcome);
    view! {
        <div class="said">
            <p id="about-target">{move || about.get()}</p>
            <p id="notice" role="alert" class:failure=move || notice.get().is_some_and(|said| said.failure)>
                {move || notice.get().map(|said| said.text)}
            </p>
            <p id="outcome" role="status" class:failure=move || outcome.get().is_some_and(|said| said.failure)>
                {move || outcome.get().map(|said| said.text)}
            </p>
            {late::late_said(lab)}
        </div>
    }
}

/// The sentence for the moment on screen. While time runs it changes too fast to be read aloud.
fn told(lab: Lab) -> impl IntoView {
    let sentence = lab.follow(narration::now);
    let hint = lab.follow(|model| {
        let words = model.language.words();
        if model.session.other == Other::Clients { words.serve_hint } else { words.idle_hint }
    });
    let deeper = lab.follow(|model| late::tools().filter(|_| model.in_depth).and_then(|tools| (tools.depth)(model)));
    let live = lab.follow(|model| if model.player.playing { "off" } else { "polite" });
    view! {
        <div class="narration">
            <p id="narration" aria-live=live>
                {move || sentence.get().unwrap_or_else(|| hint.get().to_owned())}
                <small id="deeper">{move || deeper.get()}</small>
            </p>
            <label class="in-depth">
                <input
                    id="in-depth"
                    type="checkbox"
                    prop:checked=lab.follow(|model| model.in_depth)
                    on:change=move |event| lab.send(Msg::InDepth(event_target_checked(&event)))
                />
                {lab.word(|words| words.in_depth)}
            </label>
        </div>
    }
}
