//! Bytes and fields of the frame that is shown: choosing one lights the other. Beneath its head stands why it came about.
//!
//! Absent on purpose: dissection (see `view::bytes`).

use leptos::html;
use leptos::prelude::*;
use sim_core::layer::Protocol;
use sim_core::trace::FrameId;

use super::lab::Lab;
use crate::app::thing::Thing;
use crate::app::{Model, Msg};
use crate::catalogue::fill;
use crate::view::bytes::{self, Bytes, Cell, Field, Line, Said, Section, Strip};
use crate::view::causes::{self, Cause};

/// Bytes in a line.
const LINE: isize = 16;

/// The panel.
pub(super) fn bytes_pane(lab: Lab) -> impl IntoView {
    let shown = lab.follow(bytes::bytes);
    let title = lab.follow(bytes::title);
    let following = lab.follow(|model| model.selected.frame.is_none());
    let follow_word = lab.follow(|model| {
        let words = model.language.words();
        if model.selected.frame.is_none() { words.follow_on } else { words.follow_off }
    });
    let is_empty = Memo::new(move |_| shown.with(Option::is_none));
    view! {
        <h3 id="bytes-title">{title}</h3>
        <button
            id="follow"
            type="button"
            class="small"
            aria-pressed=move || following.get().to_string()
            on:click=move |_| lab.send(Msg::Follow)
        >
            {follow_word}
        </button>
        {chain(lab)}
        {move || {
            if is_empty.get() {
                view! { <p class="empty">{lab.word(|words| words.no_frame)}</p> }.into_any()
            } else {
                both(lab, shown).into_any()
            }
        }}
    }
}

/// The chain of causes, and the ways along it.
fn chain(lab: Lab) -> impl IntoView {
    let causes = lab.follow(causes::chain);
    view! {
        <details id="causes" open=true>
            <summary>{lab.word(|words| words.telling.causes)}</summary>
            <div class="ways">
                {way(lab, "to-cause", "↑ ", |model| model.language.words().telling.to_cause, causes::cause)}
                {way(lab, "to-effect", "↓ ", |model| model.language.words().telling.to_effect, causes::effect)}
            </div>
            <ol class="chain">
                {move || causes.get().into_iter().map(|cause| cause_view(lab, cause)).collect_view()}
            </ol>
        </details>
    }
}

/// A button that chooses the next link of the chain.
fn way(
    lab: Lab,
    id: &'static str,
    arrow: &'static str,
    word: fn(&Model) -> &'static str,
    to: fn(&Model) -> Option<Thing>,
) -> impl IntoView {
    let word = lab.follow(word);
    let there = lab.follow(to);
    view! {
        <button
            id=id
            type="button"
            class="small"
            disabled=move || there.get().is_none()
            on:click=move |_| {
                if let Some(thing) = there.get_untracked() {
                    lab.send(Msg::Choose(thing));
                }
            }
        >
            {arrow}
            {word}
        </button>
    }
}

fn cause_view(lab: Lab, cause: Cause) -> impl IntoView {
    let Some(fact) = cause.fact else { return view! { <li class="between">"⋮ " {cause.text}</li> }.into_any() };
    let current = cause.chosen.then_some("true");
    view! {
        <li>
            <button
                type="button"
                class="cause"
                class:chosen=cause.chosen
                aria-current=current
                on:click=move |_| lab.send(Msg::Choose(Thing::Fact(fact)))
            >
                {cause.text}
            </button>
        </li>
    }
    .into_any()
}

fn both(lab: Lab, shown: Memo<Option<Bytes>>) -> impl IntoView {
    let part = move |pick: fn(&Bytes) -> usize| shown.with(|bytes| bytes.as_ref().map_or(0, pick));
    let lines = move || {
        shown
            .get()
            .map(|bytes| (bytes.frame, bytes.lines))
            .into_iter()
            .flat_map(|(frame, lines)| lines.into_iter().enumerate().map(move |(place, line)| (frame, place, line)))
    };
    let sections = move || {
        shown.with(|bytes| bytes.as_ref().map(|bytes| bytes.sections.clone())).into_iter().flatten().enumerate()
    };
    let is_chosen = |field: &&Field| field.chosen;
    let chosen = Memo::new(move |_| {
        shown.with(|bytes| {
            let mut fields = bytes.iter().flat_map(|bytes| &bytes.sections).flat_map(|section| &section.fields);
            fields.find(is_chosen).map(|field| field.index)
        })
    });
    let strip = move || {
        shown.with(|bytes| bytes.as_ref().and_then(|bytes| bytes.strip.clone())).map(|strip| strip_view(lab, strip))
    };
    let without =
        move || shown.with(|bytes| bytes.as_ref().map(|bytes| bytes.without_bytes.clone())).unwrap_or_default();
    let said = move || shown.with(|bytes| bytes.as_ref().map(|bytes| bytes.said.clone())).unwrap_or_default();
    let cursor = lab.follow(|model| match model.selected.thing {
        Some(Thing::Byte(_, byte)) => Some(byte_id(byte)),
        _ => None,
    });
    let count = move || part(|bytes| bytes.lines.len());
    let list = NodeRef::new();
    show_chosen(chosen, list);
    view! {
        <div
            class="hex own-keys"
            id="hex"
            role="grid"
            tabindex="0"
            aria-label=lab.word(|words| words.hex)
            aria-rowcount=move || count().to_string()
            aria-activedescendant=cursor
            on:keydown=move |event| key(lab, &event)
        >
            <For
                each=lines
                key=|(frame, place, line)| (*frame, *place, line.cells.len(), marks(line))
                children=move |(frame, _, line)| hex_line(lab, frame, line)
            />
        </div>
        <div node_ref=list class="fields own-keys" id="fields" role="group" tabindex="0" aria-label=lab.word(|words| words.fields)>
            {strip}
            <For
                each=sections
                key=|(place, section)| (*place, section_key(section))
                children=move |(_, section)| section_view(lab, section, chosen)
            />
            {move || {
                without().into_iter().map(|layer| view! { <p class="no-bytes">{layer}</p> }).collect_view()
            }}
            {move || said_view(lab, said())}
        </div>
    }
}

/// Scrolls the list so that the chosen field can be seen, and nothing but the list.
fn show_chosen(chosen: Memo<Option<usize>>, list: NodeRef<html::Div>) {
    Effect::new(move |_| {
        let (Some(field), Some(list)) = (chosen.get(), list.get()) else { return };
        let Some(field) = document().get_element_by_id(&field_id(field)) else { return };
        let (field, seen) = (field.get_bounding_client_rect(), list.get_bounding_client_rect());
        let off =
            if field.top() < seen.top() { field.top() - seen.top() } else { (field.bottom() - seen.bottom()).max(0.0) };
        list.set_scroll_top(list.scroll_top() + off as i32);
    });
}

fn field_id(place: usize) -> String {
    format!("field-{place}")
}

/// What a header says: it is shown anew when that changes. It is not when one of its fields is chosen, which keeps the focus then, nor
/// where the header of another frame says the same.
fn section_key(section: &Section) -> (usize, Option<usize>, String) {
    let words = section.fields.iter().flat_map(|field| [field.label, &field.value, &field.meaning]).collect();
    (section.length, section.fields.first().map(|field| field.index), words)
}

/// Which bytes of a line are marked: a line is made anew when they change.
fn marks(line: &Line) -> u64 {
    let bit = |mark: bool, place: usize| u64::from(mark) << place;
    let marked = |(place, cell): (usize, &Cell)| bit(cell.chosen, place) | bit(cell.cursor, place + 16);
    line.cells.iter().enumerate().map(marked).sum()
}

/// Keys that move the choice from byte to byte.
fn key(lab: Lab, event: &web_sys::KeyboardEvent) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return;
    }
    let by = match event.key().as_str() {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        "ArrowUp" => -LINE,
        "ArrowDown" => LINE,
        "Home" => isize::MIN,
        "End" => isize::MAX,
        _ => return,
    };
    event.prevent_default();
    if let Some(byte) = lab.read(|model| bytes::moved(model, by)) {
        lab.send(Msg::Choose(byte));
    }
}

fn hex_line(lab: Lab, frame: FrameId, line: Line) -> impl IntoView {
    let ascii: String = line.cells.iter().map(|cell| cell.ascii).collect();
    view! {
        <div class="hex-line" role="row">
            <span class="offset" role="rowheader">{line.offset}</span>
            <span class="cells" role="presentation">
                {line.cells.into_iter().map(|cell| cell_view(lab, frame, cell)).collect_view()}
            </span>
            <span class="ascii" role="gridcell">{ascii}</span>
        </div>
    }
}

fn cell_view(lab: Lab, frame: FrameId, cell: Cell) -> impl IntoView {
    let class = format!("cell {}", protocol_class(cell.protocol));
    let place = cell.place;
    view! {
        <span
            id=byte_id(place)
            role="gridcell"
            aria-selected=(cell.chosen || cell.cursor).to_string()
            class=class
            class:chosen=cell.chosen
            class:cursor=cell.cursor
            on:click=move |_| lab.send(Msg::Choose(Thing::Byte(frame, place)))
        >
            {cell.hex}
        </span>
    }
}

fn byte_id(place: usize) -> String {
    format!("byte-{place}")
}

/// The bits of bytes that several fields share.
fn strip_view(lab: Lab, strip: Strip) -> impl IntoView {
    let bits = strip.bits.into_iter().map(|bit| {
        view! {
            <button
                type="button"
                class="bit"
                class:chosen=bit.chosen
                class:first=bit.first
                aria-pressed=bit.chosen.to_string()
                on:click=move |_| lab.send(Msg::Field(bit.field))
            >
                {if bit.set { "1" } else { "0" }}
            </button>
        }
    });
    let title = strip.title.clone();
    view! {
        <div class="strip" role="group" aria-label=title>
            <span>{strip.title}</span>
            <span class="bits">{bits.collect_view()}</span>
        </div>
    }
}

fn section_view(lab: Lab, section: Section, chosen: Memo<Option<usize>>) -> impl IntoView {
    let class = format!("section {}", protocol_class(section.protocol));
    let length =
        lab.follow(move |model| fill(model.language.words().payload_bytes, &[("n", &section.length.to_string())]));
    view! {
        <div class=class>
            <h3>{section.protocol.name()} " " <small>{length}</small></h3>
            {section.fields.into_iter().map(|field| field_view(lab, field, chosen)).collect_view()}
        </div>
    }
}

fn field_view(lab: Lab, field: Field, chosen: Memo<Option<usize>>) -> impl IntoView {
    let index = field.index;
    let is_chosen = move || chosen.get() == Some(index);
    let about = format!("{} · {}", field.filter, field.source);
    let title = about.clone();
    let meaning = (!field.meaning.is_empty()).then_some(field.meaning);
    view! {
        <button
            type="button"
            class="field"
            id=field_id(index)
            class:chosen=is_chosen
            aria-pressed=move || is_chosen().to_string()
            title=title
            on:click=move |_| lab.send(Msg::Field(index))
        >
            <span class="place">{field.place}</span>
            <span class="label">{field.label}</span>
            <span class="value">
                {field.value}
                {meaning.map(|meaning| view! { <span class="meaning">{meaning}</span> })}
            </span>
            {move || is_chosen().then(|| view! { <span class="about">{about.clone()}</span> })}
        </button>
    }
}

/// What the programs said, as text.
fn said_view(lab: Lab, said: Vec<Said>) -> Option<impl IntoView> {
    let is_silent = said.is_empty();
    let sayings = said.into_iter().map(|said| {
        let fact = said.fact;
        view! {
            <button
                type="button"
                class="saying"
                class:chosen=said.chosen
                on:click=move |_| lab.send(Msg::Choose(Thing::Fact(fact)))
            >
                {said.text}
            </button>
        }
    });
    (!is_silent).then(|| {
        view! {
            <div class="said-text">
                <h3>{lab.word(|words| words.telling.said)}</h3>
                {sayings.collect_view()}
            </div>
        }
    })
}

fn protocol_class(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ethernet => "ethernet",
        Protocol::Arp => "arp",
        Protocol::Ipv4 | Protocol::Ipv6 => "ip",
        Protocol::Icmp | Protocol::Icmpv6 | Protocol::Igmp => "icmp",
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Dhcp | Protocol::Dns | Protocol::Http | Protocol::Data => "data",
    }
}
