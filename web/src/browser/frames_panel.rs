//! The table of frames, or of all events, with its filter. Only the rows in sight are in the document.
//!
//! Absent on purpose: sorting: frames are in the order of their sending, as on a wire, and facts in the order of happening.

use std::net::SocketAddr;
use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use leptos::reactive::effect::ImmediateEffect;
use sim_core::trace::NodeId;

use super::lab::Lab;
use crate::app::table::{Filter, Kind, Msg as TableMsg};
use crate::app::thing::Thing;
use crate::app::{Model, Msg};
use crate::catalogue::{Words, fill};
use crate::view::ladder::REAL_MARK;
use crate::view::table::{self, Move, Row};

/// Height of a row, in pixels; the style sheet has the same.
const ROW: f64 = 30.0;

/// Height of a row that has two lines, because the table is narrow.
const TALL_ROW: f64 = 50.0;

/// A table narrower than this has rows of two lines; the style sheet has the same.
const NARROW: i32 = 560;

/// Rows beyond the edges that are in the document, so that scrolling finds them there.
const MORE: usize = 4;

/// The highest document that every browser can scroll: with more rows, a pixel of the scroll bar is more than a pixel of rows.
const HIGHEST: f64 = 8e6;

/// Rows to which a page of the keyboard leads.
const PAGE: isize = 10;

/// What kin is marked with.
const KIN_MARK: &str = "◈";

/// Where the table is scrolled to, and how much of it is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Seen {
    top: f64,
    height: f64,
    row: f64,
}

/// The panel.
pub(super) fn table_pane(lab: Lab) -> impl IntoView {
    let scroller = NodeRef::<html::Div>::new();
    let seen = RwSignal::new(Seen { top: 0.0, height: 400.0, row: ROW });
    let language = lab.language();
    let count = lab.follow(table::count_of);
    let rows = lab_rows(lab, seen, count);
    search_on(lab);
    let chosen = move || rows.get().iter().find(|row| row.0.chosen).map(|row| row_id(row.0.place));
    let empty = lab.follow(|model| {
        let words = model.language.words();
        if model.table.filter.is_set() { words.telling.no_match } else { words.no_frames }
    });
    let narrow = move || seen.get().row > ROW;
    let look = move || {
        if let Some(scroller) = scroller.get_untracked() {
            let now = Seen {
                top: f64::from(scroller.scroll_top()),
                height: f64::from(scroller.client_height()),
                row: if scroller.client_width() < NARROW { TALL_ROW } else { ROW },
            };
            if seen.get_untracked() != now {
                seen.set(now);
            }
        }
    };
    let own = StoredValue::new(false);
    // Where a scrolling of our own went is known. Asking for it before the browser has laid out anew would have it do so twice.
    let scrolled = move |_| match own.try_update_value(core::mem::take) {
        Some(true) => set_timeout(look, Duration::ZERO),
        _ => look(),
    };
    let placed = lab.follow(table::chosen_place);
    Effect::new(move |_| {
        if scroller.get().is_some() {
            look();
            own.set_value(keep_in_sight(placed.get_untracked(), scroller, seen, count));
        }
    });
    // At once, so that rows are made where they will be seen, and not where they were before that.
    ImmediateEffect::new_scoped(move || {
        if keep_in_sight(placed.get(), scroller, seen, count) {
            own.set_value(true);
        }
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| look());
    on_cleanup(move || resized.remove());
    view! {
        {filters(lab)}
        <div
            class="scroller"
            class:narrow=narrow
            id="frames"
            tabindex="0"
            role="grid"
            aria-label=lab.word(|words| words.shell.pane_table)
            aria-rowcount=move || (count.get() + 1).to_string()
            aria-activedescendant=chosen
            node_ref=scroller
            on:scroll=scrolled
            on:keydown=move |event| key(lab, &event)
        >
            {head(lab)}
            <div role="rowgroup" class="rows" style:height=move || format!("{}px", document_height(count.get(), seen.get().row))>
                <For
                    each=move || {
                        language.track();
                        rows.get()
                    }
                    key=move |(row, top)| (
                        row.thing,
                        row.place,
                        (row.later, row.lost, row.chosen, row.kin),
                        *top as i64,
                        row.info.clone(),
                        language.get_untracked(),
                    )
                    children=move |(row, top)| table_row(lab, row, top)
                />
            </div>
            <Show when=move || count.get() == 0>
                <p class="empty">{empty}</p>
            </Show>
        </div>
    }
}

/// How high the document of all rows is.
fn document_height(count: usize, row: f64) -> f64 {
    (count as f64 * row).min(HIGHEST)
}

/// How many rows are above what is seen. Where the document is as high as can be, the scroll bar counts in parts of all rows.
fn rows_above(seen: Seen, count: usize) -> f64 {
    let all = count as f64 * seen.row;
    let document = document_height(count, seen.row);
    let range = (document - seen.height).max(1.0);
    if all <= document { seen.top / seen.row } else { seen.top / range * (all - seen.height) / seen.row }
}

/// The rows in sight, each with its place in the document, in pixels.
fn lab_rows(lab: Lab, seen: RwSignal<Seen>, count: Memo<usize>) -> Memo<Vec<(Row, f64)>> {
    lab.follow(move |model| {
        let (seen, count) = (seen.get(), count.get());
        let above = rows_above(seen, count);
        let first = (above as usize).saturating_sub(MORE);
        let most = (seen.height / seen.row) as usize + 2 * MORE;
        let whole = count as f64 * seen.row <= HIGHEST;
        let top = |place: usize| {
            if whole { place as f64 * seen.row } else { seen.top + (place as f64 - above) * seen.row }
        };
        table::rows(model, first, most)
            .into_iter()
            .map(|row| (top(row.place), row))
            .map(|(top, row)| (row, top))
            .collect()
    })
}

/// Scrolls so that the chosen row, at this place, can be seen; says whether it had to.
fn keep_in_sight(place: Option<usize>, scroller: NodeRef<html::Div>, seen: RwSignal<Seen>, count: Memo<usize>) -> bool {
    let (Some(place), Some(scroller)) = (place, scroller.get_untracked()) else { return false };
    // Asking the browser where it is would have it lay out what is half changed.
    let (now, count) = (seen.get_untracked(), count.get_untracked());
    let above = rows_above(now, count);
    let fit = (now.height / now.row - 2.0).max(1.0);
    let wanted = match place as f64 {
        place if place < above => place,
        place if place > above + fit => place - fit,
        _ => return false,
    };
    let all = count as f64 * now.row;
    let document = document_height(count, now.row);
    let top = match all > document {
        true => wanted * now.row / (all - now.height) * (document - now.height),
        false => wanted * now.row,
    };
    scroller.set_scroll_top(top.ceil() as i32);
    // The rows there are made now, not when the browser says that it has scrolled.
    let there = f64::from(scroller.scroll_top());
    seen.set(Seen { top: there, ..now });
    there != now.top
}

/// Has the search go on, a part at each frame of the browser, as long as there is something left that can be searched.
fn search_on(lab: Lab) {
    let progress = lab.follow(|model| model.table.progress(&model.session));
    Effect::new(move |_| {
        if progress.get() < 1.0 {
            request_animation_frame(move || lab.send(Msg::Table(TableMsg::More)));
        }
    });
}

/// Keys that move the choice in the table.
fn key(lab: Lab, event: &web_sys::KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let to = match event.key().as_str() {
        "ArrowUp" => Move::By(-1),
        "ArrowDown" => Move::By(1),
        "PageUp" => Move::By(-PAGE),
        "PageDown" => Move::By(PAGE),
        "Home" => Move::First,
        "End" => Move::Last,
        _ => return,
    };
    event.prevent_default();
    if let Some(thing) = lab.read(|model| table::moved(model, to)) {
        lab.send(Msg::Choose(thing));
    }
}

/// Changes the filter that is set.
fn refilter(lab: Lab, change: impl FnOnce(&mut Filter)) {
    let mut filter = lab.read(|model| model.table.filter.clone());
    change(&mut filter);
    lab.send(Msg::Table(TableMsg::Filter(filter)));
}

fn filters(lab: Lab) -> impl IntoView {
    let found = lab.follow(table::found);
    let set = lab.follow(|model| model.table.filter.is_set());
    view! {
        <div class="filters" role="search" aria-label=lab.word(|words| words.telling.filters)>
            {choice(lab, ("shows", |words| words.telling.shows), |_| Vec::new(), shown, |lab, value| {
                lab.send(Msg::Table(TableMsg::Events(value == Some(1))));
            })}
            <input
                id="search"
                type="search"
                aria-label=lab.word(|words| words.telling.search)
                placeholder=lab.word(|words| words.telling.search_hint)
                prop:value=lab.follow(|model| model.table.filter.text.clone())
                on:input=move |event| refilter(lab, |filter| filter.text = event_target_value(&event))
            />
            {choice(lab, ("protocol", |words| words.telling.protocol), protocols, |model| {
                table::PROTOCOLS.iter().position(|protocol| Some(*protocol) == model.table.filter.protocol)
            }, |lab, value| refilter(lab, |filter| filter.protocol = value.map(|value| table::PROTOCOLS[value])))}
            {choice(lab, ("where", |words| words.telling.node), nodes, |model| {
                model.table.filter.node.map(|node| usize::from(node.0))
            }, |lab, value| refilter(lab, |filter| filter.node = value.map(|value| NodeId(value as u16))))}
            {choice(lab, ("flow", |words| words.telling.flow), conversations, |model| {
                let flow = model.table.filter.flow?;
                table::conversations(model).iter().position(|known| *known == flow)
            }, |lab, value| {
                let flow = value.and_then(|value| lab.read(|model| table::conversations(model).get(value).copied()));
                refilter(lab, |filter| filter.flow = flow);
            })}
            {choice(lab, ("kind-of", |words| words.telling.kind), kinds, |model| {
                Kind::ALL.iter().position(|kind| Some(*kind) == model.table.filter.kind)
            }, |lab, value| refilter(lab, |filter| filter.kind = value.map(|value| Kind::ALL[value])))}
            <label class="check">
                <input
                    id="failures"
                    type="checkbox"
                    prop:checked=lab.follow(|model| model.table.filter.failures)
                    on:change=move |event| {
                        let failures = event_target_checked(&event);
                        refilter(lab, |filter| filter.failures = failures);
                    }
                />
                {lab.word(|words| words.telling.only_failures)}
            </label>
            <Show when=move || set.get()>
                <output id="found">{move || found.get()}</output>
                <button
                    id="clear-filter"
                    type="button"
                    class="small"
                    on:click=move |_| lab.send(Msg::Table(TableMsg::Filter(Filter::default())))
                >
                    {lab.word(|words| words.telling.clear)}
                </button>
            </Show>
        </div>
    }
}

fn shown(model: &Model) -> Option<usize> {
    Some(usize::from(model.table.events))
}

fn protocols(_: &Model) -> Vec<String> {
    table::PROTOCOLS.iter().map(|protocol| protocol.name().to_owned()).collect()
}

fn nodes(model: &Model) -> Vec<String> {
    model.session.scenario.nodes.iter().map(|node| node.name.clone()).collect()
}

fn conversations(model: &Model) -> Vec<String> {
    let name = |(from, to): &(SocketAddr, SocketAddr)| format!("{from} ↔ {to}");
    table::conversations(model).iter().map(name).collect()
}

fn kinds(model: &Model) -> Vec<String> {
    let words = model.language.words();
    Kind::ALL.iter().map(|kind| table::kind_name(words, *kind).to_owned()).collect()
}

/// A menu of which one entry, or all, is chosen. The menu of what is shown has two entries and no "all".
fn choice(
    lab: Lab,
    (id, name): (&'static str, fn(&'static Words) -> &'static str),
    entries: fn(&Model) -> Vec<String>,
    chosen: fn(&Model) -> Option<usize>,
    choose: fn(Lab, Option<usize>),
) -> impl IntoView {
    let entries = lab.follow(move |model| {
        let words = &model.language.words().telling;
        let mut entries = entries(model);
        if id == "shows" {
            return vec![("0".to_owned(), words.frames.to_owned()), ("1".to_owned(), words.events.to_owned())];
        }
        entries.insert(0, fill(words.of_all, &[("name", name(model.language.words()))]));
        let value = |place: usize| place.checked_sub(1).map_or_else(String::new, |place| place.to_string());
        entries.into_iter().enumerate().map(|(place, entry)| (value(place), entry)).collect()
    });
    let chosen = lab.follow(move |model| chosen(model).map_or_else(String::new, |place| place.to_string()));
    view! {
        <select
            id=id
            aria-label=lab.word(name)
            prop:value=move || {
                entries.track();
                chosen.get()
            }
            on:change=move |event| choose(lab, event_target_value(&event).parse().ok())
        >
            {move || {
                entries
                    .get()
                    .into_iter()
                    .map(|(value, entry)| {
                        let selected = value == chosen.get_untracked();
                        view! { <option value=value selected=selected>{entry}</option> }
                    })
                    .collect_view()
            }}
        </select>
    }
}

fn head(lab: Lab) -> impl IntoView {
    let events = lab.follow(|model| model.table.events);
    let place = move || {
        let pick: fn(&'static Words) -> &'static str =
            if events.get() { |words| words.telling.column_where } else { |words| words.column_from };
        lab.word(pick)
    };
    view! {
        <div role="rowgroup" class="head">
            <div role="row" aria-rowindex="1" class="row">
                <span role="columnheader">{lab.word(|words| words.column_number)}</span>
                <span role="columnheader">{lab.word(|words| words.column_time)}</span>
                <span role="columnheader">{place}</span>
                <span role="columnheader">{lab.word(|words| words.column_protocol)}</span>
                <span role="columnheader">{lab.word(|words| words.column_length)}</span>
                <span role="columnheader">{lab.word(|words| words.column_info)}</span>
            </div>
        </div>
    }
}

fn table_row(lab: Lab, row: Row, top: f64) -> impl IntoView {
    // A row is made anew in another language.
    let words = lab.read(|model| model.language.words());
    let (lost, later, real, kin) = (words.dropped, words.not_sent_yet, words.real_frame, words.telling.kin_mark);
    let thing = row.thing;
    let (info, title) = (row.info.clone(), row.info);
    let prose = matches!(thing, Thing::Fact(_));
    // In the table of events the sentence says that something was dropped.
    let drops = row.lost && !prose;
    view! {
        <div
            role="row"
            class="row"
            class:chosen=row.chosen
            class:kin=row.kin
            class:later=row.later
            class:lost=row.lost || row.fails
            class:real=row.real
            id=row_id(row.place)
            aria-rowindex=(row.place + 2).to_string()
            aria-selected=row.chosen.to_string()
            style:top=format!("{top}px")
            on:click=move |_| lab.send(Msg::Choose(thing))
        >
            <span role="gridcell">
                {row.number}
                {row.kin.then(|| view! { <b class="mark" title=kin>{KIN_MARK}<span class="sr">{kin}</span></b> })}
            </span>
            <span role="gridcell">{row.time}</span>
            <span role="gridcell">{row.from}</span>
            <span role="gridcell">{row.protocol}</span>
            <span role="gridcell">{row.length}</span>
            <span role="gridcell" class="info" class:prose=prose title=title>
                {(row.real && !prose).then(|| view! { <b>{REAL_MARK} " " {real} " "</b> })}
                {row.fails.then_some("✕ ")}
                {info}
                {drops.then(|| view! { <em>" " {lost}</em> })}
                {row.later.then(|| view! { <em>" (" {later} ")"</em> })}
            </span>
        </div>
    }
}

fn row_id(place: usize) -> String {
    format!("row-{place}")
}
