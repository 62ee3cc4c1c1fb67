//! The form of a node or a link that is chosen in the picture: each field with what is there where it is empty, and what is wrong with
//! what was written.
//!
//! Absent on purpose: checking (see `app::edit::field`).

use leptos::prelude::*;

use super::lab::Lab;
use crate::app::Msg as PageMsg;
use crate::app::edit::Msg;
use crate::app::edit::change::Change;
use crate::app::edit::plan::Part;
use crate::app::edit::programs::Offer;
use crate::catalogue::fill;
use crate::view::editor::{self, Form, Row};

/// The form, or what to do to get one.
pub(super) fn form(lab: Lab) -> impl IntoView {
    let form = lab.follow(editor::form);
    // The fields are made anew for another part only: whoever goes from field to field keeps the place.
    let part = Memo::new(move |_| form.with(|form| form.as_ref().map(|form| (form.part, rows_of(form).len()))));
    view! {
        <section class="edit-form" aria-labelledby="edit-form-title">
            <h2 id="edit-form-title">{move || form.with(|form| form.as_ref().map(|form| form.title.clone()))}</h2>
            {move || match part.get() {
                None => view! { <p>{lab.word(|words| words.edit.nothing_chosen)}</p> }.into_any(),
                Some((part, _)) => fields(lab, form, part).into_any(),
            }}
        </section>
    }
}

fn rows_of(form: &Form) -> Vec<&Row> {
    form.groups.iter().flat_map(|(_, rows)| rows).collect()
}

fn fields(lab: Lab, form: Memo<Option<Form>>, part: Part) -> impl IntoView {
    let groups = form.with_untracked(|form| form.as_ref().map(|form| form.groups.clone())).unwrap_or_default();
    let many = groups.iter().map(|(_, rows)| rows.len()).scan(0, |first, many| {
        let range = *first..*first + many;
        *first += many;
        Some(range)
    });
    let group = |((heading, _), range): ((String, Vec<Row>), core::ops::Range<usize>)| {
        let rows = range.map(|place| field(lab, form, place)).collect_view();
        if heading.is_empty() {
            view! { <div class="edit-fields">{rows}</div> }.into_any()
        } else {
            view! { <fieldset class="edit-fields"><legend>{heading}</legend>{rows}</fieldset> }.into_any()
        }
    };
    let groups = groups.clone().into_iter().zip(many.collect::<Vec<_>>()).map(group).collect_view();
    let line = move || form.with_untracked(|form| form.as_ref().map_or(1, |form| form.line));
    view! {
        {groups}
        {matches!(part, Part::Node(_)).then(|| of_node(lab, form, part))}
        <div class="edit-actions">
            <button id="show-in-text" type="button" on:click=move |_| lab.send(PageMsg::Edit(Msg::GoTo(line(), 1)))>
                {lab.word(|words| words.edit.in_text)}
            </button>
            <button id="delete-part" type="button" on:click=move |_| lab.send(PageMsg::Edit(Msg::Change(Change::Delete(part))))>
                {lab.word(|words| words.edit.delete)}
            </button>
        </div>
    }
}

fn field(lab: Lab, form: Memo<Option<Form>>, place: usize) -> impl IntoView {
    let row = Memo::new(move |_| {
        form.with(|form| form.as_ref().and_then(|form| rows_of(form).get(place).map(|row| (*row).clone())))
    });
    let id = row.get_untracked().map(|row| row.id).unwrap_or_default();
    let about = format!("{id}-wrong");
    let is_wrong = move || row.get().is_some_and(|row| row.wrong.is_some());
    let write = move |event| {
        if let Some(field) = row.get_untracked().map(|row| row.field) {
            lab.send(PageMsg::Edit(Msg::Field(field, event_target_value(&event))));
        }
    };
    view! {
        <label class="edit-field">
            <span>{move || row.get().map(|row| row.label)}</span>
            <input
                id=id
                type="text"
                spellcheck="false"
                autocapitalize="off"
                autocomplete="off"
                prop:value=move || row.get().map(|row| row.value).unwrap_or_default()
                placeholder=move || row.get().map(|row| row.usual)
                aria-invalid=move || is_wrong().then_some("true")
                aria-describedby=about.clone()
                on:change=write
            />
            <small id=about role="alert" class="wrong">{move || row.get().and_then(|row| row.wrong)}</small>
        </label>
    }
}

/// Connections and programs.
fn of_node(lab: Lab, form: Memo<Option<Form>>, part: Part) -> impl IntoView {
    let Part::Node(node) = part else { return ().into_any() };
    let others =
        Memo::new(move |_| form.with(|form| form.as_ref().map(|form| form.others.clone()).unwrap_or_default()));
    let runs = form.with_untracked(|form| form.as_ref().is_some_and(|form| form.runs_programs));
    let connect = move |event| {
        if let Ok(to) = event_target_value(&event).parse() {
            lab.send(PageMsg::Edit(Msg::Change(Change::Connect(node, to))));
        }
    };
    let label = lab.follow(move |model| {
        let name = model.edit.reading.plan.nodes.get(node).map_or("", |node| node.name.as_str());
        fill(model.language.words().edit.connect_to, &[("name", name)])
    });
    view! {
        <label class="edit-field">
            <span>{label}</span>
            <select id="connect-to" on:change=connect>
                <option value="">{lab.word(|words| words.edit.connect_choose)}</option>
                {move || {
                    others.get().into_iter().map(|(to, name)| view! { <option value=to.to_string()>{name}</option> }).collect_view()
                }}
            </select>
        </label>
        {runs.then(|| programs(lab, form, node))}
    }
    .into_any()
}

fn programs(lab: Lab, form: Memo<Option<Form>>, node: usize) -> impl IntoView {
    let programs =
        Memo::new(move |_| form.with(|form| form.as_ref().map(|form| form.programs.clone()).unwrap_or_default()));
    let offered = RwSignal::new(0_usize);
    let row = move |(number, said): (usize, String)| {
        let label = lab.read(|model| fill(model.language.words().edit.remove_program, &[("program", &said)]));
        view! {
            <li>
                <code>{said}</code>
                <button
                    type="button"
                    class="small"
                    aria-label=label
                    on:click=move |_| lab.send(PageMsg::Edit(Msg::Change(Change::Drop(node, number))))
                >
                    "✕"
                </button>
            </li>
        }
    };
    let options = move || {
        let language = lab.language().get();
        let option = |(place, offer): (usize, Offer)| {
            view! { <option value=place.to_string()>{editor::offer(&language.words().edit, offer)}</option> }
        };
        Offer::ALL.into_iter().enumerate().map(option).collect_view()
    };
    view! {
        <div class="edit-programs">
            <h3>{lab.word(|words| words.edit.programs)}</h3>
            <ul>{move || programs.get().into_iter().map(row).collect_view()}</ul>
            <label class="edit-field">
                <span>{lab.word(|words| words.edit.add_program)}</span>
                <select id="offer" on:change=move |event| offered.set(event_target_value(&event).parse().unwrap_or_default())>
                    {options}
                </select>
            </label>
            <button
                id="add-program"
                type="button"
                on:click=move |_| {
                    if let Some(offer) = Offer::ALL.get(offered.get_untracked()) {
                        lab.send(PageMsg::Edit(Msg::Program(node, *offer)));
                    }
                }
            >
                {lab.word(|words| words.edit.add)}
            </button>
        </div>
    }
}
