//! The bar under the stage: buttons, time line, clock, speed.
//!
//! Absent on purpose: time itself (see `app::player`).

use leptos::prelude::*;

use super::canvas::{Height, scene_canvas};
use super::lab::Lab;
use crate::app::kind::Kind;
use crate::app::player::Speed;
use crate::app::{Model, Msg, Way, time};
use crate::catalogue::Words;
use crate::view::scene::Scene;
use crate::view::transport::{FINE, kind_name, marks, marks_label, speeds, stretch, transport};

// The buttons' pictures, as SVG paths in a square of 16: fonts do not have them everywhere.
const TO_START: &str = "M3 3v10M13 3L6 8l7 5z"; // not shown
const PREVIOUS: &str = "M11 3L5 8l6 5z"; // not shown
const PLAY: &str = "M4 2l10 6-10 6z"; // not shown
const PAUSE: &str = "M5 3v10M11 3v10"; // not shown
const NEXT: &str = "M5 3l6 5-6 5z"; // not shown
const TO_LIVE: &str = "M13 3v10M3 3l7 5-7 5z"; // not shown

fn picture(path: &'static str) -> impl IntoView {
    view! {
        <svg class="picture" viewBox="0 0 16 16" aria-hidden="true">
            <path d=path />
        </svg>
    }
}

/// The bar.
pub(super) fn transport_bar(lab: Lab) -> impl IntoView {
    let bar = lab.follow_head(transport);
    let playing = lab.follow(|model| model.player.playing);
    let play_word = lab.follow(|model| {
        let words = model.language.words();
        if model.player.playing { words.pause } else { words.play }
    });
    view! {
        <div class="transport">
            <div class="timeline-box">
                {scene_canvas(lab, "marks", Height::OfScene, marks_label, marks_scene)}
                {timeline(lab)}
            </div>
            <div class="transport-buttons">
                {button(lab, "to-start", TO_START, |words| words.to_start, Msg::End(Way::Back))}
                {button(lab, "previous", PREVIOUS, |words| words.previous, Msg::Step(Way::Back))}
                <button
                    id="play"
                    type="button"
                    class="primary"
                    aria-label=play_word
                    title=play_word
                    on:click=move |_| lab.send(Msg::PlayPause)
                >
                    {move || picture(if playing.get() { PAUSE } else { PLAY })}
                </button>
                {button(lab, "next", NEXT, |words| words.next, Msg::Step(Way::Forward))}
                {button(lab, "to-live", TO_LIVE, |words| words.to_live, Msg::End(Way::Forward))}
            </div>
            {of_kind(lab)}
            {stretch_buttons(lab)}
            <p class="clock">
                <span class="sr">{lab.word(|words| words.clock)}</span>
                <output id="clock">{move || bar.get().clock}</output>
                <small id="scale-now">{move || bar.get().scale}</small>
            </p>
            {speed(lab)}
        </div>
    }
}

fn button(
    lab: Lab,
    id: &'static str,
    path: &'static str,
    word: fn(&'static Words) -> &'static str,
    msg: Msg,
) -> impl IntoView {
    let word = lab.word(word);
    view! {
        <button id=id type="button" aria-label=word title=word on:click=move |_| lab.send(msg.clone())>
            {picture(path)}
        </button>
    }
}

fn marks_scene(model: &Model, width: f64, _: f64) -> Scene {
    marks(model, width)
}

/// Steps to the events of one kind, with the choice of the kind.
fn of_kind(lab: Lab) -> impl IntoView {
    let chosen = lab.follow(|model| model.time.kind.0);
    let choose = move |event| {
        let place = event_target_value(&event).parse::<usize>().ok();
        if let Some(kind) = place.and_then(|place| Kind::ALL.get(place)) {
            lab.send(Msg::Time(time::Msg::Kind(*kind)));
        }
    };
    view! {
        <div class="of-kind">
            {written(lab, "previous-of-kind", "‹", |words| words.time.previous_of_kind, time::Msg::Step(Way::Back))}
            <select id="event-kind" aria-label=lab.word(|words| words.time.kind_choice) on:change=choose>
                {Kind::ALL
                    .into_iter()
                    .map(|kind| {
                        let name = lab.follow(move |model| kind_name(model.language.words(), kind));
                        view! {
                            <option value=(kind as usize).to_string() selected=move || chosen.get() == kind>
                                {name}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            {written(lab, "next-of-kind", "›", |words| words.time.next_of_kind, time::Msg::Step(Way::Forward))}
        </div>
    }
}

/// The stretch that is played over and over.
fn stretch_buttons(lab: Lab) -> impl IntoView {
    let said = lab.follow(stretch);
    view! {
        <div class="stretch">
            {written(lab, "stretch-begin", "A", |words| words.time.stretch_begin, time::Msg::Begin)}
            {written(lab, "stretch-end", "B", |words| words.time.stretch_end, time::Msg::End)}
            {written(lab, "stretch-off", "×", |words| words.time.stretch_off, time::Msg::Off)}
            <output id="stretch">{move || said.get()}</output>
        </div>
    }
}

/// A button with a character for a picture.
fn written(
    lab: Lab,
    id: &'static str,
    character: &'static str,
    word: fn(&'static Words) -> &'static str,
    msg: time::Msg,
) -> impl IntoView {
    let word = lab.word(word);
    view! {
        <button id=id type="button" aria-label=word title=word on:click=move |_| lab.send(Msg::Time(msg))>
            {character}
        </button>
    }
}

fn timeline(lab: Lab) -> impl IntoView {
    let bar = lab.follow_head(transport);
    let seek = move |event| {
        if let Ok(place) = event_target_value(&event).parse::<f64>() {
            lab.send(Msg::Seek(place / f64::from(FINE)));
        }
    };
    view! {
        <input
            id="timeline"
            type="range"
            min="0"
            max=FINE.to_string()
            aria-label=lab.word(|words| words.timeline)
            aria-valuetext=move || bar.get().clock
            prop:value=move || bar.get().place.to_string()
            on:input=seek
        />
    }
}

fn speed(lab: Lab) -> impl IntoView {
    let choices = lab.follow(speeds);
    let chosen = lab.follow(|model| model.player.speed.index());
    let choose = move |event| {
        if let Ok(index) = event_target_value(&event).parse() {
            lab.send(Msg::Speed(Speed::from_index(index)));
        }
    };
    view! {
        <label class="speed">
            <span>{lab.word(|words| words.scale)}</span>
            <select id="speed" on:change=choose prop:value=move || chosen.get().to_string()>
                {Speed::all()
                    .map(|speed| {
                        let index = speed.index();
                        view! {
                            <option value=index.to_string() selected=move || chosen.get() == index>
                                {move || choices.get().get(index).map(|(_, words)| words.clone())}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </label>
    }
}
