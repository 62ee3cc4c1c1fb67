//! The three panes of TCP: state machine, ruler, plots. Each is a picture with its choices above and its table twin below.
//!
//! Absent on purpose: what is in the pictures (see `view::states`, `view::ruler`, `view::plots`).

use leptos::prelude::*;
use sim_core::trace::{FactId, SocketId};

use super::canvas::{Height, scene_canvas};
use super::knobs_panel::controls_of_connection;
use super::lab::Lab;
use crate::app::knobs::Knob;
use crate::app::tcp::{Msg as Tcp, Reach, Span};
use crate::app::thing::Thing;
use crate::app::{Model, Msg, Way};
use crate::catalogue::Words;
use crate::view::{connection, plots, ruler, states};

/// The state machine.
pub(super) fn states_pane(lab: Lab) -> impl IntoView {
    let rows = lab.follow(states::rows);
    let row = move |row: states::Row| {
        view! {
            <tr class:chosen=row.chosen class:later=row.later>
                <td>{fact_button(lab, row.fact, row.time)}</td>
                <td>{row.end}</td>
                <td class="code">{row.change}</td>
                <td>{row.why}</td>
            </tr>
        }
    };
    view! {
        <div class="tcp-bar">
            {connections(lab)}
            {steps(lab, (|words| words.tcp.previous_state, |words| words.tcp.next_state), Tcp::State)}
        </div>
        <div class="tcp-view" tabindex="0" role="group" aria-label=lab.word(|words| words.shell.pane_states)>
            {scene_canvas(lab, "states", Height::OfScene, states::label, states::states)}
            <p class="tcp-note">{lab.word(|words| words.tcp.edge_words)}</p>
            <h3>{lab.word(|words| words.tcp.states_list)}</h3>
            <table class="tcp-table of-states">
                <tbody>{move || rows.get().into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The ruler of sequence numbers.
pub(super) fn ruler_pane(lab: Lab) -> impl IntoView {
    let told = lab.follow_head(ruler::told);
    let row = |row: ruler::Row| view! { <div><dt>{row.name}</dt><dd>{row.value}</dd></div> };
    let way = move |told: ruler::Told| {
        view! {
            <h4>{told.title}</h4>
            <dl>{told.rows.into_iter().map(row).collect_view()}</dl>
            <ul>{told.waits.into_iter().map(|wait| view! { <li>{wait}</li> }).collect_view()}</ul>
        }
    };
    let reaches = vec![(Tcp::Reach(Reach::Near), REACHES.0), (Tcp::Reach(Reach::Whole), REACHES.1)];
    view! {
        <div class="tcp-bar">
            {connections(lab)}
            {menu(lab, "reach", |words| words.tcp.reach, reaches, |model| Tcp::Reach(model.tcp.reach))}
        </div>
        <div class="tcp-view" tabindex="0" role="group" aria-label=lab.word(|words| words.shell.pane_ruler)>
            {controls_of_connection(
                lab,
                "ruler",
                &[Knob::Nagle, Knob::DelayedAck, Knob::Mss, Knob::SendBuffer, Knob::ReceiveBuffer],
            )}
            {scene_canvas(lab, "ruler", Height::OfScene, ruler::label, ruler::ruler)}
            <details class="tcp-numbers">
                <summary>{lab.word(|words| words.tcp.numbers)}</summary>
                {move || told.get().into_iter().map(way).collect_view()}
            </details>
        </div>
    }
}

/// The plots.
pub(super) fn plots_pane(lab: Lab) -> impl IntoView {
    let spans = Span::ALL.into_iter().map(|span| (Tcp::Span(span), span_word(span))).collect();
    view! {
        <div class="tcp-bar">
            {connections(lab)}
            {menu(lab, "span", |words| words.tcp.span, spans, |model| Tcp::Span(model.tcp.span))}
            {steps(lab, (|words| words.tcp.previous_point, |words| words.tcp.next_point), Tcp::Point)}
        </div>
        <details class="tcp-series">
            <summary>{lab.word(|words| words.tcp.series)}</summary>
            {series(lab)}
            {others(lab)}
        </details>
        <div class="tcp-view" tabindex="0" role="group" aria-label=lab.word(|words| words.shell.pane_plots)>
            {controls_of_connection(
                lab,
                "plots",
                &[Knob::Congestion, Knob::InitialWindow, Knob::SendBuffer, Knob::ReceiveBuffer],
            )}
            {scene_canvas(lab, "plots", Height::OfScene, plots::label, plots::plots)}
            {values(lab)}
        </div>
    }
}

type Word = fn(&'static Words) -> &'static str;

const REACHES: (Word, Word) = (|words| words.tcp.reach_near, |words| words.tcp.reach_whole);

fn span_word(span: Span) -> Word {
    match span {
        Span::Whole => |words| words.tcp.span_whole,
        Span::TenSeconds => |words| words.tcp.span_ten,
        Span::Second => |words| words.tcp.span_one,
        Span::TenthOfSecond => |words| words.tcp.span_tenth,
    }
}

/// Which connection: the newest, or one that stays.
fn connections(lab: Lab) -> impl IntoView {
    let choices = lab.follow(connection::choices);
    let kept = lab.follow(|model| model.tcp.connection);
    let choose = move |event| {
        let socket = event_target_value(&event).parse().ok().map(SocketId);
        lab.send(Msg::Tcp(Tcp::Connection(socket)));
    };
    let option = move |choice: connection::Choice| {
        let socket = choice.socket;
        view! {
            <option value=socket.0.to_string() selected=move || kept.get() == Some(socket)>
                {choice.label}
            </option>
        }
    };
    view! {
        <label class="tcp-connection">
            <span>{lab.word(|words| words.tcp.connection)}</span>
            <select on:change=choose>
                <option value="" selected=move || kept.get().is_none()>
                    {lab.word(|words| words.tcp.follow_newest)}
                </option>
                {move || choices.get().into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// A choice of one of few, each with its message.
fn menu(
    lab: Lab,
    class: &'static str,
    title: Word,
    options: Vec<(Tcp, Word)>,
    chosen: fn(&Model) -> Tcp,
) -> impl IntoView {
    let chosen = lab.follow(chosen);
    let msgs: Vec<Tcp> = options.iter().map(|(msg, _)| *msg).collect();
    let choose = move |event| {
        let place = event_target_value(&event).parse::<usize>().ok();
        if let Some(msg) = place.and_then(|place| msgs.get(place)) {
            lab.send(Msg::Tcp(*msg));
        }
    };
    let option = move |(place, (msg, word)): (usize, (Tcp, Word))| {
        view! {
            <option value=place.to_string() selected=move || chosen.get() == msg>
                {lab.word(word)}
            </option>
        }
    };
    view! {
        <label class=class>
            <span>{lab.word(title)}</span>
            <select on:change=choose>{options.into_iter().enumerate().map(option).collect_view()}</select>
        </label>
    }
}

/// Back and forth among what can be chosen.
fn steps(lab: Lab, (back, forward): (Word, Word), msg: fn(Way) -> Tcp) -> impl IntoView {
    let button = move |sign: &'static str, word: Word, way: Way| {
        let word = lab.word(word);
        view! {
            <button type="button" class="small" aria-label=word title=word on:click=move |_| lab.send(Msg::Tcp(msg(way)))>
                {sign}
            </button>
        }
    };
    view! { <span class="tcp-steps">{button("◂", back, Way::Back)} {button("▸", forward, Way::Forward)}</span> }
}

fn fact_button(lab: Lab, fact: FactId, text: String) -> impl IntoView {
    view! {
        <button type="button" class="small" on:click=move |_| lab.send(Msg::Choose(Thing::Fact(fact)))>
            {text}
        </button>
    }
}

fn series(lab: Lab) -> impl IntoView {
    let choices = lab.follow(plots::choices);
    let choice = move |choice: plots::Choice| {
        let series = choice.series;
        check(choice.name, choice.shown, move |on| lab.send(Msg::Tcp(Tcp::Series(series, on))))
    };
    view! {
        <fieldset>
            <legend class="sr">{lab.word(|words| words.tcp.series)}</legend>
            {move || choices.get().into_iter().map(choice).collect_view()}
        </fieldset>
    }
}

fn others(lab: Lab) -> impl IntoView {
    let others = lab.follow(plots::others);
    let choice = move |(socket, label, on): (SocketId, String, bool)| {
        check(label, on, move |on| lab.send(Msg::Tcp(Tcp::Overlay(socket, on))))
    };
    let list = move || {
        let others = others.get();
        (!others.is_empty()).then(|| {
            view! {
                <fieldset>
                    <legend>{lab.word(|words| words.tcp.others)}</legend>
                    {others.into_iter().map(choice).collect_view()}
                </fieldset>
            }
        })
    };
    view! { {list} }
}

fn check(label: String, on: bool, change: impl Fn(bool) + 'static) -> impl IntoView {
    view! {
        <label>
            <input type="checkbox" prop:checked=on on:change=move |event| change(event_target_checked(&event)) />
            <span>{label}</span>
        </label>
    }
}

/// The values at the moment on screen, and what is counted.
fn values(lab: Lab) -> impl IntoView {
    let rows = lab.follow_head(plots::rows);
    let notes = lab.follow_head(plots::notes);
    let row = move |row: plots::Row| {
        let value = match row.fact {
            Some(fact) => fact_button(lab, fact, row.value).into_any(),
            None => row.value.into_any(),
        };
        view! { <tr class:chosen=row.chosen><th scope="row">{row.name}</th><td>{value}</td></tr> }
    };
    view! {
        <h3>{lab.word(|words| words.tcp.values)}</h3>
        <table class="tcp-table">
            <tbody>{move || rows.get().into_iter().map(row).collect_view()}</tbody>
        </table>
        {move || notes.get().into_iter().map(|note| view! { <p class="tcp-note">{note}</p> }).collect_view()}
    }
}
