//! The pane with the network as text: lines with numbers and marks, and the list of mistakes.
//!
//! Absent on purpose: colours for words of the language: the marks say more, and a text of any length stays fast.

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, KeyboardEvent, MouseEvent};

use super::editor_bar::{document_bar, undo_keys};
use super::lab::Lab;
use crate::app::Msg as PageMsg;
use crate::app::edit::{Msg, document};
use crate::catalogue::fill;
use crate::view::editor::{self, Mark};

/// Where the text is scrolled to, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sight {
    top: f64,
    height: f64,
    /// The height of a line.
    line: f64,
}

/// The pane.
pub(super) fn text_pane(lab: Lab) -> impl IntoView {
    let area = NodeRef::<html::Textarea>::new();
    let sight = RwSignal::new(Sight::default());
    let can_repair = lab.follow(|model| document::can_repair(model.edit.document.text()));
    show_text(lab, area, sight);
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            lab.send(PageMsg::Edit(Msg::Run));
        }
        undo_keys(lab, &event);
    };
    view! {
        <div class="network-text">
            {document_bar(lab, "text")}
            <div class="text-box">
                <div class="text-lines" aria-hidden="true">{move || lines(lab, sight)}</div>
                <textarea
                    id="network-text"
                    class="own-keys"
                    wrap="off"
                    spellcheck="false"
                    autocapitalize="off"
                    autocomplete="off"
                    aria-label=lab.word(|words| words.edit.text_label)
                    aria-describedby="text-mistakes"
                    node_ref=area
                    on:input=move |event| lab.send(PageMsg::Edit(Msg::Text(event_target_value(&event))))
                    on:scroll=move |_| look(area, sight)
                    on:keydown=keys
                    on:click=move |event| choose(lab, &event, sight)
                ></textarea>
            </div>
            <Show when=move || can_repair.get()>
                <button id="repair" type="button" class="small" on:click=move |_| lab.send(PageMsg::Edit(Msg::Repair))>
                    {lab.word(|words| words.edit.repair)}
                </button>
            </Show>
            {mistakes(lab, area)}
        </div>
    }
}

/// Gives the box the text and the caret when somebody else than the box has changed them.
fn show_text(lab: Lab, area: NodeRef<html::Textarea>, sight: RwSignal<Sight>) {
    let shown = lab.follow(|model| (model.edit.document.text().to_owned(), model.edit.caret));
    Effect::new(move |before: Option<u32>| {
        let (text, (at, wish)) = shown.get();
        let Some(area) = area.get() else { return before.unwrap_or_default() };
        if area.value() != text {
            area.set_value(&text);
        }
        if before.is_some_and(|before| before != wish) {
            // The box has one end of a line, whatever the text has.
            let units =
                |text: &str| u32::try_from(text.replace("\r\n", "\n").encode_utf16().count()).unwrap_or(u32::MAX);
            let head = &text[..text.floor_char_boundary(at.min(text.len()))];
            let _ = area.set_selection_range(units(head), units(head));
            let line = head.matches('\n').count() as f64 * line_height(&area);
            let (top, height) = (f64::from(area.scroll_top()), f64::from(area.client_height()));
            if line < top || line + 2.0 * line_height(&area) > top + height {
                area.set_scroll_top((line - height / 2.0).max(0.0) as i32);
            }
        }
        sight.set(sight_of(&area));
        wish
    });
}

fn line_height(area: &HtmlTextAreaElement) -> f64 {
    let style = window().get_computed_style(area).ok().flatten();
    let height = style.and_then(|style| style.get_property_value("line-height").ok());
    height.and_then(|height| height.trim_end_matches("px").parse().ok()).unwrap_or(22.0)
}

fn sight_of(area: &HtmlTextAreaElement) -> Sight {
    Sight { top: f64::from(area.scroll_top()), height: f64::from(area.client_height()), line: line_height(area) }
}

fn look(area: NodeRef<html::Textarea>, sight: RwSignal<Sight>) {
    if let Some(area) = area.get_untracked() {
        sight.set(sight_of(&area));
    }
}

/// The numbers and marks of the lines in sight.
fn lines(lab: Lab, sight: RwSignal<Sight>) -> impl IntoView {
    let marks = lab.follow(editor::marks);
    let many = lab.follow(|model| model.edit.document.text().matches('\n').count() + 1);
    move || {
        let Sight { top, height, line } = sight.get();
        let line = line.max(1.0);
        let first = (top / line).floor().max(0.0) as usize;
        let last = (first + (height / line).ceil() as usize + 1).min(many.get());
        let row = |number: usize| {
            let (class, sign) = match marks.with(|marks| marks.get(&number).copied()) {
                Some(Mark::Mistake) => ("mistake", "✕"),
                Some(Mark::Chosen) => ("chosen", "●"),
                Some(Mark::Running) => ("running", "▶"),
                None => ("", ""),
            };
            let style = format!("top: {:.1}px", (number - 1) as f64 * line - top);
            view! { <div class=format!("text-line {class}") data-line=number.to_string() prop:style=style><b>{sign}</b>{number.to_string()}</div> }
        };
        (first + 1..=last).map(row).collect_view()
    }
}

/// A click on a line's number chooses what it runs.
fn choose(lab: Lab, event: &MouseEvent, sight: RwSignal<Sight>) {
    let padding = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|area| window().get_computed_style(&area).ok().flatten())
        .and_then(|style| style.get_property_value("padding-left").ok())
        .and_then(|padding| padding.trim_end_matches("px").parse::<f64>().ok());
    if padding.is_none_or(|padding| f64::from(event.offset_x()) > padding) {
        return;
    }
    let Sight { top, line, .. } = sight.get_untracked();
    let number = ((f64::from(event.offset_y()) + top) / line.max(1.0)).floor() as usize + 1;
    if let Some(msg) = lab.read(|model| editor::choose_line(model, number)) {
        lab.send(msg);
    }
}

/// The mistakes; choosing one puts the caret there.
fn mistakes(lab: Lab, area: NodeRef<html::Textarea>) -> impl IntoView {
    let rows = lab.follow(editor::mistake_rows);
    let title = lab.follow(|model| {
        let words = &model.language.words().edit;
        match model.edit.mistakes().len() {
            0 => words.mistakes_none.to_owned(),
            n => fill(words.mistakes, &[("n", &n.to_string())]),
        }
    });
    let go = move |(line, column): (usize, usize)| {
        lab.send(PageMsg::Edit(Msg::GoTo(line, column)));
        if let Some(area) = area.get_untracked() {
            let _ = area.focus();
        }
    };
    view! {
        <div class="text-mistakes" id="text-mistakes" class:failure=move || !rows.get().is_empty()>
            <p role="status">{title}</p>
            <ul>
                {move || {
                    rows.get()
                        .into_iter()
                        .map(|(said, place)| {
                            view! { <li><button type="button" class="mistake-row" on:click=move |_| go(place)>{said}</button></li> }
                        })
                        .collect_view()
                }}
            </ul>
            {move || (rows.get().len() >= 20).then(|| view! { <p>{lab.word(|words| words.edit.more_mistakes)}</p> })}
        </div>
    }
}
