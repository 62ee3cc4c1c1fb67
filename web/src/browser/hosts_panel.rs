//! The tables of one host. A row chooses what it stands for.
//!
//! Absent on purpose: sorting: rows are in the order in which the node came by them.

use leptos::prelude::*;

use super::knobs_panel::node_menu;
use super::lab::Lab;
use crate::app::{Msg, knobs};
use crate::catalogue::fill;
use crate::view::hosts::{self, Change, Row, Table};

/// The pane.
pub(super) fn hosts_pane(lab: Lab) -> impl IntoView {
    let tables =
        lab.follow_head(|model| knobs::shown_node(model).map(|node| hosts::tables(model, node)).unwrap_or_default());
    let names = Memo::new(move |_| tables.with(|tables| tables.iter().map(|table| table.name).collect::<Vec<_>>()));
    view! {
        {node_menu(lab, "hosts-node", |words| words.hosts.which)}
        <div class="host-tables" id="hosts" tabindex="0" role="group" aria-label=lab.word(|words| words.shell.pane_hosts)>
            {move || {
                let table_of = |name: &'static str| {
                    Memo::new(move |_| tables.with(|tables| tables.iter().find(|table| table.name == name).cloned()))
                };
                names.get().into_iter().map(|name| table(lab, name, table_of(name))).collect_view()
            }}
        </div>
    }
}

fn table(lab: Lab, name: &'static str, table: Memo<Option<Table>>) -> impl IntoView {
    // Rows that stay keep their place in the document, and who stands in one stays there.
    let keys = Memo::new(move |_| {
        let keys = |table: &Table| table.rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
        table.with(|table| table.as_ref().map(keys).unwrap_or_default())
    });
    let of_table = move |pick: fn(&Table) -> String| table.with(|table| table.as_ref().map(pick));
    let columns =
        Memo::new(move |_| table.with(|table| table.as_ref().map(|table| table.columns.clone()).unwrap_or_default()));
    let more = lab.word(|words| words.hosts.more);
    view! {
        <section class="host-table" id=format!("host-{name}")>
            <h3>{move || of_table(|table| table.title.to_owned())}</h3>
            <Show
                when=move || keys.with(|keys| !keys.is_empty())
                fallback=move || view! { <p class="empty">{move || of_table(|table| table.empty.to_owned())}</p> }
            >
                <table aria-label=move || of_table(|table| table.title.to_owned())>
                    <thead>
                        <tr>
                            <th scope="col">
                                <span class="sr">{lab.word(|words| words.hosts.change)}</span>
                            </th>
                            {move || columns.get().into_iter().map(|column| view! { <th scope="col">{column}</th> }).collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        <For each=move || keys.get() key=Clone::clone children=move |key| host_row(lab, table, key) />
                    </tbody>
                </table>
            </Show>
            {move || {
                let beyond = table.with(|table| table.as_ref().map_or(0, |table| table.more));
                (beyond > 0).then(|| view! { <p class="empty">{fill(more.get(), &[("n", &beyond.to_string())])}</p> })
            }}
        </section>
    }
}

fn host_row(lab: Lab, table: Memo<Option<Table>>, key: String) -> impl IntoView {
    let row: Memo<Option<Row>> =
        Memo::new(move |_| table.with(|table| table.as_ref()?.rows.iter().find(|row| row.key == key).cloned()));
    let has = move |change: Change| row.with(|row| row.as_ref().is_some_and(|row| row.change == change));
    let kin = move || row.with(|row| row.as_ref().is_some_and(|row| row.kin));
    let first = move || row.with(|row| row.as_ref()?.cells.first().cloned());
    let language = lab.language();
    let change = move || {
        let change = row.with(|row| row.as_ref().map_or(Change::None, |row| row.change));
        let word = change.word(&language.get().words().hosts);
        (change != Change::None).then(|| format!("{} {word}", change.mark()))
    };
    let chooses = row.with_untracked(|row| row.as_ref().is_some_and(|row| row.thing.is_some()));
    let choose = move |_| {
        if let Some(thing) = row.with_untracked(|row| row.as_ref().and_then(|row| row.thing)) {
            lab.send(Msg::Choose(thing));
        }
    };
    view! {
        <tr class:kin=kin class:gone=move || has(Change::Gone) class:new=move || has(Change::New)>
            <td class="change">{change}</td>
            <th scope="row">
                {if chooses {
                    view! {
                        <button class="row-choice" on:click=choose>
                            {first}
                        </button>
                    }
                        .into_any()
                } else {
                    first.into_any()
                }}
                {move || kin().then_some(" ◂")}
            </th>
            {move || {
                let cells = row.with(|row| row.as_ref().map(|row| row.cells[1..].to_vec()).unwrap_or_default());
                cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()
            }}
        </tr>
    }
}
