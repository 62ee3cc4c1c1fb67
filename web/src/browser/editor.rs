//! The stage while the network is being edited: nodes to add, the picture, and the form of what is chosen. Nodes and links are buttons, so
//! that everything can be done by keyboard and is named for who hears the page.
//!
//! Absent on purpose: what a change does to the text (see `app::edit`), and the text itself (see [`super::editor_text`]).

use leptos::html;
use leptos::prelude::*;
use sim_core::scenario::NodeKind;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent, PointerEvent};

use super::editor_bar::{document_bar, undo_keys};
use super::editor_form::form;
use super::lab::Lab;
use crate::app::Msg as PageMsg;
use crate::app::edit::Msg;
use crate::app::edit::change::Change;
use crate::app::edit::plan::Part;
use crate::catalogue::Words;
use crate::view::editor::{self, LinkPicture, NodePicture, Picture};

/// What the pointer draws: a node that moves, or a link that begins at one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Drag {
    node: usize,
    /// Where the pointer is, in percent of the picture.
    at: (f64, f64),
    joins: bool,
    moved: bool,
}

/// What the handlers of the picture share.
#[derive(Clone, Copy)]
struct Desk {
    lab: Lab,
    picture: Memo<Picture>,
    drag: RwSignal<Option<Drag>>,
    map: NodeRef<html::Div>,
}

/// The network, to be edited.
pub(super) fn network_editor(lab: Lab) -> impl IntoView {
    let map = NodeRef::new();
    let desk = Desk { lab, picture: lab.follow(editor::picture), drag: RwSignal::new(None), map };
    let hint = lab.follow(editor::picture_hint);
    view! {
        <div class="network-editor" on:keydown=move |event| undo_keys(lab, &event)>
            {document_bar(lab, "draw")}
            <div class="palette" role="group" aria-label=lab.word(|words| words.edit.palette)>
                {palette(desk)}
            </div>
            <p id="picture-hint" class="hint" role="status">{hint}</p>
            <div class="editor-body">
                {picture(desk)}
                {form(lab)}
            </div>
        </div>
    }
}

type Name = fn(&'static Words) -> &'static str;

fn palette(desk: Desk) -> impl IntoView {
    let kinds: [(NodeKind, &str, Name); 4] = [
        (NodeKind::Host, "add-host", |words| words.edit.add_host),
        (NodeKind::Router, "add-router", |words| words.edit.add_router),
        (NodeKind::Switch, "add-switch", |words| words.edit.add_switch),
        (NodeKind::Gateway, "add-gateway", |words| words.edit.add_gateway),
    ];
    let lab = desk.lab;
    let add = move |(kind, id, name): (NodeKind, &'static str, Name)| {
        // What is dragged onto the picture comes to stand there; a click is added wherever there is room.
        let dropped = move |event: PointerEvent| {
            if let Some(at) = desk.point(&event).filter(|at| is_inside(*at)) {
                let place = desk.picture.with_untracked(|picture| editor::place_at(picture, at));
                desk.change(Change::Add(kind, Some(place)));
            }
        };
        view! {
            <button
                id=id
                type="button"
                on:pointerdown=move |event| capture(&event)
                on:pointerup=dropped
                on:click=move |event| {
                    let at = (f64::from(event.client_x()), f64::from(event.client_y()));
                    if event.detail() == 0 || desk.percent(at).is_none_or(|at| !is_inside(at)) {
                        desk.change(Change::Add(kind, None));
                    }
                }
            >
                "+ "
                {lab.word(name)}
            </button>
        }
    };
    let connect = move |_| {
        let from = lab.read(|model| match model.edit.chosen {
            Some(Part::Node(node)) => Some(node),
            _ => None,
        });
        lab.send(PageMsg::Edit(Msg::Join(from)));
    };
    let can_connect = lab.follow(|model| matches!(model.edit.chosen, Some(Part::Node(_))));
    view! {
        {kinds.map(add).collect_view()}
        <button
            id="connect"
            type="button"
            title=lab.word(|words| words.edit.connect_hint)
            disabled=move || !can_connect.get()
            on:click=connect
        >
            {lab.word(|words| words.edit.connect)}
        </button>
    }
}

impl Desk {
    fn change(self, change: Change) {
        self.lab.send(PageMsg::Edit(Msg::Change(change)));
    }

    fn choose(self, part: Part) {
        self.lab.send(PageMsg::Edit(Msg::Choose(Some(part))));
    }

    /// Where a pointer is, in percent of the picture.
    fn point(self, event: &PointerEvent) -> Option<(f64, f64)> {
        self.percent((f64::from(event.client_x()), f64::from(event.client_y())))
    }

    fn percent(self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        let map = self.map.get_untracked()?.get_bounding_client_rect();
        let part = |at: f64, size: f64| if size > 0.0 { at / size * 100.0 } else { 0.0 };
        Some((part(x - map.left(), map.width()), part(y - map.top(), map.height())))
    }

    /// Where a node is shown: where it is dragged, or where it stands.
    fn shown(self, node: usize, at: (f64, f64)) -> (f64, f64) {
        match self.drag.get() {
            Some(drag) if drag.node == node && drag.moved && !drag.joins => drag.at,
            _ => at,
        }
    }

    fn begin(self, event: &PointerEvent, node: usize, joins: bool) {
        if event.button() != 0 {
            return;
        }
        capture(event);
        if let Some(at) = self.point(event) {
            self.drag.set(Some(Drag { node, at, joins, moved: false }));
        }
    }

    fn drag_on(self, event: &PointerEvent) {
        /// A hand that trembles does not drag.
        const STILL: f64 = 0.8;
        let Some(at) = self.point(event) else { return };
        let at = (at.0.clamp(0.0, 100.0), at.1.clamp(0.0, 100.0));
        self.drag.update(|drag| {
            if let Some(drag) = drag {
                drag.moved |= (at.0 - drag.at.0).hypot(at.1 - drag.at.1) > STILL;
                if drag.moved {
                    drag.at = at;
                }
            }
        });
    }

    fn drop_it(self) {
        let Some(drag) = self.drag.try_update(Option::take).flatten().filter(|drag| drag.moved) else { return };
        if drag.joins {
            if let Some(to) = self.node_near(drag.at).filter(|to| *to != drag.node) {
                self.change(Change::Connect(drag.node, to));
            }
            return;
        }
        let place = self.picture.with_untracked(|picture| editor::place_at(picture, drag.at));
        self.change(Change::Move(drag.node, place));
    }

    fn node_near(self, (x, y): (f64, f64)) -> Option<usize> {
        /// Percent of the picture.
        const REACH: f64 = 12.0;
        self.picture.with_untracked(|picture| {
            let distance = |node: &NodePicture| (node.at.0 - x).hypot(node.at.1 - y);
            let near = picture.nodes.iter().enumerate().map(|(index, node)| (index, distance(node)));
            near.filter(|(_, far)| *far < REACH).min_by(|a, b| a.1.total_cmp(&b.1)).map(|(index, _)| index)
        })
    }

    fn keys(self, event: &KeyboardEvent, part: Part) {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let step: i32 = if event.shift_key() { 100 } else { 25 };
        match (event.key().as_str(), part) {
            ("ArrowLeft", Part::Node(node)) => self.nudge(node, (-step, 0)),
            ("ArrowRight", Part::Node(node)) => self.nudge(node, (step, 0)),
            ("ArrowUp", Part::Node(node)) => self.nudge(node, (0, -step)),
            ("ArrowDown", Part::Node(node)) => self.nudge(node, (0, step)),
            ("c" | "C", Part::Node(node)) => self.lab.send(PageMsg::Edit(Msg::Join(Some(node)))),
            ("Delete" | "Backspace", part) => self.delete(part),
            ("Escape", _) => self.lab.send(PageMsg::Edit(Msg::Choose(None))),
            _ => return,
        }
        event.prevent_default();
    }

    fn nudge(self, node: usize, (right, down): (i32, i32)) {
        let place = self.picture.with_untracked(|picture| Some(editor::place_at(picture, picture.nodes.get(node)?.at)));
        let Some((x, y)) = place else { return };
        let moved = |at: u16, by: i32| (i32::from(at) + by).clamp(0, 1000) as u16;
        self.change(Change::Move(node, (moved(x, right), moved(y, down))));
    }

    fn delete(self, part: Part) {
        self.change(Change::Delete(part));
        // The focus would be lost with what it was on.
        if let Some(map) = self.map.get_untracked() {
            let _ = map.focus();
        }
    }
}

fn is_inside((x, y): (f64, f64)) -> bool {
    (0.0..=100.0).contains(&x) && (0.0..=100.0).contains(&y)
}

/// What follows of a pointer is this element's, wherever the pointer goes.
fn capture(event: &PointerEvent) {
    if let Some(element) = event.current_target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

fn picture(desk: Desk) -> impl IntoView {
    let Desk { lab, picture, map, .. } = desk;
    let nodes = Memo::new(move |_| picture.with(|picture| picture.nodes.len()));
    let links = Memo::new(move |_| picture.with(|picture| picture.links.len()));
    // A large network scrolls: each node has room.
    let size = move || {
        let (columns, rows) = picture.with(|picture| picture.cells);
        format!("min-width: {:.0}rem; min-height: {:.0}rem", columns * 5.5, rows * 5.0)
    };
    view! {
        <div class="picture-scroll own-keys">
            <div class="network-picture" node_ref=map prop:style=size tabindex="-1" role="group" aria-label=lab.word(|words| words.edit.picture) aria-describedby="picture-hint">
                <svg aria-hidden="true">
                    <For each=move || 0..links.get() key=|index| *index children=move |index| link_line(desk, index) />
                    {move || join_line(desk)}
                </svg>
                <For each=move || 0..nodes.get() key=|index| *index children=move |index| node_button(desk, index) />
                <For each=move || 0..links.get() key=|index| *index children=move |index| link_button(desk, index) />
            </div>
        </div>
    }
}

/// The line that is drawn to where the pointer is.
fn join_line(desk: Desk) -> Option<impl IntoView> {
    let drag = desk.drag.get().filter(|drag| drag.joins && drag.moved)?;
    let from = desk.picture.with_untracked(|picture| picture.nodes.get(drag.node).map(|node| node.at))?;
    let [x1, y1, x2, y2] = [from.0, from.1, drag.at.0, drag.at.1].map(percent);
    Some(view! { <line class="new-link" x1=x1 y1=y1 x2=x2 y2=y2 /> })
}

fn percent(at: f64) -> String {
    format!("{at:.2}%")
}

fn placed((x, y): (f64, f64)) -> String {
    format!("left: {x:.2}%; top: {y:.2}%")
}

fn link_line(desk: Desk, index: usize) -> impl IntoView {
    let link = link_of(desk, index);
    let at = move |end: usize, across: bool| {
        let Some(link) = link.get() else { return String::new() };
        let (x, y) = desk.shown(link.ends[end], link.points[end]);
        percent(if across { x } else { y })
    };
    view! {
        <line
            class:chosen=move || link.get().is_some_and(|link| link.chosen)
            x1=move || at(0, true)
            y1=move || at(0, false)
            x2=move || at(1, true)
            y2=move || at(1, false)
            on:click=move |_| desk.choose(Part::Link(index))
        />
    }
}

fn link_of(desk: Desk, index: usize) -> Memo<Option<LinkPicture>> {
    Memo::new(move |_| desk.picture.with(|picture| picture.links.get(index).cloned()))
}

fn link_button(desk: Desk, index: usize) -> impl IntoView {
    let link = link_of(desk, index);
    let style = move || {
        link.get().map(|link| {
            let [a, b] = [0, 1].map(|end| desk.shown(link.ends[end], link.points[end]));
            placed((f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1)))
        })
    };
    view! {
        <button
            type="button"
            class="link-mark"
            class:chosen=move || link.get().is_some_and(|link| link.chosen)
            prop:style=style
            aria-label=move || link.get().map(|link| link.label)
            on:click=move |_| desk.choose(Part::Link(index))
            on:keydown=move |event| desk.keys(&event, Part::Link(index))
        ></button>
    }
}

fn node_button(desk: Desk, index: usize) -> impl IntoView {
    let node = Memo::new(move |_| desk.picture.with(|picture| picture.nodes.get(index).cloned()));
    let is = move |what: fn(&NodePicture) -> bool| node.get().is_some_and(|node| what(&node));
    let style = move || node.get().map(|node| placed(desk.shown(index, node.at)));
    let class = move || format!("node {}", node.get().map_or("", |node| node.keyword));
    view! {
        <button
            type="button"
            class=class
            class:chosen=move || is(|node| node.chosen)
            class:joining=move || is(|node| node.joining)
            prop:style=style
            aria-label=move || node.get().map(|node| node.label)
            on:click=move |_| desk.choose(Part::Node(index))
            on:keydown=move |event| desk.keys(&event, Part::Node(index))
            on:pointerdown=move |event| desk.begin(&event, index, false)
            on:pointermove=move |event| desk.drag_on(&event)
            on:pointerup=move |_| desk.drop_it()
            on:pointercancel=move |_| desk.drag.set(None)
        >
            <span class="node-name">{move || node.get().map(|node| node.name)}</span>
            <small>{move || node.get().map(|node| node.kind)}</small>
        </button>
        <span
            class="ring"
            aria-hidden="true"
            prop:style=style
            on:pointerdown=move |event| desk.begin(&event, index, true)
            on:pointermove=move |event| desk.drag_on(&event)
            on:pointerup=move |_| desk.drop_it()
            on:pointercancel=move |_| desk.drag.set(None)
        ></span>
    }
}
