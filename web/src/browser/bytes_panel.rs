//! Bytes and fields of the frame that is shown: choosing one lights the other.
//!
//! Absent on purpose: dissection (see `view::bytes`).

use leptos::prelude::*;
use sim_core::layer::Protocol;

use super::lab::Lab;
use crate::app::Msg;
use crate::catalogue::fill;
use crate::view::bytes::{self, Bytes, Cell, Field, Line, Section};

/// The panel.
pub(super) fn bytes_pane(lab: Lab) -> impl IntoView {
    let shown = lab.follow(bytes::bytes);
    let title = lab.follow(bytes::title);
    let following = lab.follow(|model| model.selected.frame.is_none());
    let follow_word = lab.follow(|model| {
        let words = model.language.words();
        if model.selected.frame.is_none() { words.follow_on } else { words.follow_off }
    });
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
            {move || match shown.get() {
                None => view! { <p class="empty">{lab.word(|words| words.no_frame)}</p> }.into_any(),
                Some(bytes) => both(lab, bytes).into_any(),
            }}
    }
}

fn both(lab: Lab, bytes: Bytes) -> impl IntoView {
    view! {
        <div class="hex own-keys" id="hex" role="group" tabindex="0" aria-label=lab.word(|words| words.hex)>
            {bytes.lines.into_iter().map(|line| hex_line(lab, line)).collect_view()}
        </div>
        <div class="fields own-keys" id="fields" role="group" tabindex="0" aria-label=lab.word(|words| words.fields)>
            {bytes.sections.into_iter().map(|section| section_view(lab, section)).collect_view()}
        </div>
    }
}

fn hex_line(lab: Lab, line: Line) -> impl IntoView {
    let ascii: String = line.cells.iter().map(|cell| cell.ascii).collect();
    view! {
        <div class="hex-line">
            <span class="offset">{line.offset}</span>
            <span class="cells">{line.cells.into_iter().map(|cell| cell_view(lab, cell)).collect_view()}</span>
            <span class="ascii">{ascii}</span>
        </div>
    }
}

fn cell_view(lab: Lab, cell: Cell) -> impl IntoView {
    let class = format!("cell {}", protocol_class(cell.protocol));
    view! {
        <span class=class class:chosen=cell.chosen on:click=move |_| lab.send(Msg::Field(cell.field))>
            {cell.hex}
        </span>
    }
}

fn section_view(lab: Lab, section: Section) -> impl IntoView {
    let class = format!("section {}", protocol_class(section.protocol));
    let length =
        lab.follow(move |model| fill(model.language.words().payload_bytes, &[("n", &section.length.to_string())]));
    view! {
        <div class=class>
            <h3>{section.protocol.name()} " " <small>{length}</small></h3>
            {section.fields.into_iter().map(|field| field_view(lab, field)).collect_view()}
        </div>
    }
}

fn field_view(lab: Lab, field: Field) -> impl IntoView {
    let index = field.index;
    let about = format!("{} · {}", field.filter, field.source);
    let title = about.clone();
    view! {
        <button
            type="button"
            class="field"
            class:chosen=field.chosen
            aria-pressed=field.chosen.to_string()
            title=title
            on:click=move |_| lab.send(Msg::Field(index))
        >
            <span class="place">{field.place}</span>
            <span class="label">{field.label}</span>
            <span class="value">{field.value}</span>
            {field.chosen.then(|| view! { <span class="about">{about}</span> })}
        </button>
    }
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
