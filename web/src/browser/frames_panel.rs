//! The table of frames. Only the rows in sight are in the document.
//!
//! Absent on purpose: sorting: frames are in the order of their sending, as on a wire.

use leptos::html;
use leptos::prelude::*;

use super::lab::Lab;
use crate::app::Msg;
use crate::app::thing::Thing;
use crate::view::ladder::REAL_MARK;
use crate::view::table::{self, Row};

/// Height of a row, in pixels; the style sheet has the same.
const ROW: f64 = 30.0;

/// Rows beyond the edges that are in the document, so that scrolling finds them there.
const MORE: usize = 8;

/// The panel.
pub(super) fn table_pane(lab: Lab) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let top = RwSignal::new(0.0_f64);
    let count = lab.follow(|model| model.session.index.frames().len());
    let first = Memo::new(move |_| ((top.get() / ROW) as usize).saturating_sub(MORE));
    let rows = lab_rows(lab, first, scroller);
    keep_in_sight(lab, scroller);
    let chosen = move || rows.get().iter().find(|row| row.chosen).map(|row| row_id(row.frame.0));
    view! {
            <div
                class="scroller"
                id="frames"
                tabindex="0"
                role="grid"
                aria-label=lab.word(|words| words.frames)
                aria-rowcount=move || (count.get() + 1).to_string()
                aria-activedescendant=chosen
                node_ref=scroller
                on:scroll=move |_| {
                    if let Some(scroller) = scroller.get_untracked() {
                        top.set(f64::from(scroller.scroll_top()));
                    }
                }
            >
                {head(lab)}
                <div role="rowgroup" class="rows" style:height=move || format!("{}px", count.get() as f64 * ROW)>
                    <For
                        each=move || rows.get()
                        key=|row| (row.frame, row.later, row.lost, row.chosen, row.real)
                        children=move |row| frame_row(lab, row)
                    />
                </div>
                <Show when=move || count.get() == 0>
                    <p class="empty">{lab.word(|words| words.no_frames)}</p>
                </Show>
            </div>
    }
}

fn lab_rows(lab: Lab, first: Memo<usize>, scroller: NodeRef<html::Div>) -> Memo<Vec<Row>> {
    lab.follow(move |model| {
        // A pane is never higher than this many rows.
        let height = scroller.get_untracked().map_or(400.0, |scroller| f64::from(scroller.client_height()));
        let count = (height / ROW) as usize + 2 * MORE;
        table::rows(model, first.get(), count)
    })
}

/// Scrolls so that the chosen row can be seen.
fn keep_in_sight(lab: Lab, scroller: NodeRef<html::Div>) {
    let chosen = lab.follow(table::chosen_place);
    Effect::new(move |_| {
        let (Some(place), Some(scroller)) = (chosen.get(), scroller.get()) else { return };
        let (above, below) = (place as f64 * ROW, (place + 2) as f64 * ROW);
        let (seen, height) = (f64::from(scroller.scroll_top()), f64::from(scroller.client_height()));
        if above < seen {
            scroller.set_scroll_top(above as i32);
        } else if below > seen + height {
            scroller.set_scroll_top((below - height).ceil() as i32);
        }
    });
}

fn head(lab: Lab) -> impl IntoView {
    view! {
        <div role="rowgroup" class="head">
            <div role="row" aria-rowindex="1" class="row">
                <span role="columnheader">{lab.word(|words| words.column_number)}</span>
                <span role="columnheader">{lab.word(|words| words.column_time)}</span>
                <span role="columnheader">{lab.word(|words| words.column_from)}</span>
                <span role="columnheader">{lab.word(|words| words.column_protocol)}</span>
                <span role="columnheader">{lab.word(|words| words.column_length)}</span>
                <span role="columnheader">{lab.word(|words| words.column_info)}</span>
            </div>
        </div>
    }
}

fn frame_row(lab: Lab, row: Row) -> impl IntoView {
    let lost = lab.word(|words| words.dropped);
    let later = lab.word(|words| words.not_sent_yet);
    let real = lab.word(|words| words.real_frame);
    let frame = row.frame;
    let top = row.place as f64 * ROW;
    let (info, title) = (row.info.clone(), row.info);
    view! {
        <div
            role="row"
            class="row"
            class:chosen=row.chosen
            class:later=row.later
            class:lost=row.lost
            class:real=row.real
            id=row_id(frame.0)
            aria-rowindex=(row.place + 2).to_string()
            aria-selected=row.chosen.to_string()
            style:top=format!("{top}px")
            on:click=move |_| lab.send(Msg::Choose(Thing::Frame(frame)))
        >
            <span role="gridcell">{row.number}</span>
            <span role="gridcell">{row.time}</span>
            <span role="gridcell">{format!("{} → {}", row.from, row.to)}</span>
            <span role="gridcell">{row.protocol}</span>
            <span role="gridcell">{row.length}</span>
            <span role="gridcell" class="info" title=title>
                {row.real.then(|| view! { <b>{REAL_MARK} " " {real} " "</b> })}
                {info}
                {row.lost.then(|| view! { <em>" ✕ " {lost}</em> })}
                {row.later.then(|| view! { <em>" (" {later} ")"</em> })}
            </span>
        </div>
    }
}

fn row_id(frame: u64) -> String {
    format!("frame-{frame}")
}
