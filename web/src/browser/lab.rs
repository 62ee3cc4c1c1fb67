//! The owner of the model: messages go in one after another, effects come out.
//!
//! While it plays, most frames move the head and nothing else. Then only what follows the head is asked again (see
//! [`Lab::follow_head`]), and the canvases; all other views stay as they are.
//!
//! Absent on purpose: what a message means (see `app::update`).

use std::collections::VecDeque;
use std::time::Duration;

use leptos::prelude::*;

use super::canvas::Canvases;
use super::relay_socket::{self, RelaySocket};
use super::{editor_bar, late, place, share};
use crate::app::{Effect, Model, Msg, Theme, update};
use crate::catalogue::{Language, Words};

/// A handle on the page: the model, and what outlives an event.
#[derive(Clone, Copy)]
pub(super) struct Lab {
    model: RwSignal<Model>,
    /// Words follow this alone: there are many, and it seldom changes.
    language: Memo<Language>,
    /// The head has moved, and nothing else is new.
    head: Trigger,
    inner: StoredValue<Inner, LocalStorage>,
}

struct Inner {
    /// Messages that came while another was handled: first in, first out.
    queue: VecDeque<Msg>,
    busy: bool,
    relay: Option<RelaySocket>,
    /// The file that is being read.
    file: Option<web_sys::File>,
    canvases: Canvases,
    /// Something has changed since the canvases were painted.
    dirty: bool,
    last_frame: f64,
    /// Milliseconds for which each of the last animation frames kept the browser busy, for the figures of the page.
    costs: VecDeque<f64>,
    /// When the first picture was on screen, in milliseconds from navigation.
    drawn: Option<f64>,
}

/// Animation frames whose cost is remembered.
const COSTS: usize = 600;

impl Lab {
    pub(super) fn new(language: Language, theme: Theme) -> Lab {
        let mut model = Model::new(language, theme);
        model.reduced_motion = place::reduced_motion();
        model.single_keys = place::single_keys();
        model.look.restore(&place::look());
        place::show_language(language);
        place::show_theme(theme);
        let inner = Inner {
            queue: VecDeque::new(),
            busy: false,
            relay: None,
            file: None,
            canvases: Canvases::default(),
            dirty: true,
            last_frame: place::now(),
            costs: VecDeque::new(),
            drawn: None,
        };
        let model = RwSignal::new(model);
        let language = Memo::new(move |_| model.with(|model| model.language));
        Lab { model, language, head: Trigger::new(), inner: StoredValue::new_local(inner) }
    }

    /// Hands a message to the model and carries out what it asks for.
    pub(super) fn send(self, msg: Msg) {
        let first = self.inner.try_update_value(|inner| {
            inner.queue.push_back(msg);
            inner.dirty = true;
            !core::mem::replace(&mut inner.busy, true)
        });
        if first != Some(true) {
            // The message is handled by whoever is handling one now.
            return;
        }
        while let Some(msg) = self.inner.try_update_value(|inner| inner.queue.pop_front()).flatten() {
            let effects = self.change(msg);
            effects.into_iter().for_each(|effect| self.carry_out(effect));
        }
        self.inner.update_value(|inner| inner.busy = false);
    }

    /// Changes the model by one message, and tells those who follow what has changed.
    fn change(self, msg: Msg) -> Vec<Effect> {
        let is_tick = matches!(msg, Msg::Tick(_));
        let mut stands = false;
        let changed = self.model.try_update_untracked(|model| {
            let before = model.standing();
            let effects = update(model, msg);
            stands = is_tick && effects.is_empty() && model.standing() == before;
            effects
        });
        if stands {
            self.head.notify();
        } else {
            self.model.notify();
        }
        changed.unwrap_or_default()
    }

    /// A value that follows the model and tells its readers only when it is another. It may not depend on where the head is between
    /// two facts: then it is one for [`Lab::follow_head`].
    pub(super) fn follow<T>(self, view: impl Fn(&Model) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        self.follow_boxed(false, Box::new(view))
    }

    /// A value that follows the model, and the head on its way from fact to fact: at every animation frame.
    pub(super) fn follow_head<T>(self, view: impl Fn(&Model) -> T + Send + Sync + 'static) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        self.follow_boxed(true, Box::new(view))
    }

    /// One piece of code for each type of value instead of one for each view: a third of the library's part of the page.
    fn follow_boxed<T>(self, with_head: bool, view: Box<dyn Fn(&Model) -> T + Send + Sync>) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| {
            if with_head {
                self.head.track();
            }
            self.model.with(&view)
        })
    }

    /// Reads the model once, without following it.
    pub(super) fn read<T>(self, view: impl FnOnce(&Model) -> T) -> T {
        self.model.with_untracked(view)
    }

    /// A word in the learner's language, following it.
    pub(super) fn word(self, pick: fn(&'static Words) -> &'static str) -> Memo<&'static str> {
        Memo::new(move |_| pick(self.language.get().words()))
    }

    /// The learner's language.
    pub(super) fn language(self) -> Memo<Language> {
        self.language
    }

    /// Gives the canvases to be painted.
    pub(super) fn adopt(self, adopt: impl FnOnce(&mut Canvases)) {
        self.inner.update_value(|inner| {
            adopt(&mut inner.canvases);
            inner.dirty = true;
        });
    }

    /// Asks for the canvases to be painted again.
    pub(super) fn repaint(self) {
        self.inner.update_value(|inner| inner.dirty = true);
    }

    /// What the last animation frames cost, in milliseconds: script, layout and painting.
    pub(super) fn costs(self) -> Vec<f64> {
        self.inner.with_value(|inner| inner.costs.iter().copied().collect())
    }

    /// When the first picture was on screen, in milliseconds from navigation.
    pub(super) fn drawn(self) -> Option<f64> {
        self.inner.with_value(|inner| inner.drawn)
    }

    /// Keeps the WebSocket for as long as it is used; one that was kept before is closed.
    pub(super) fn hold(self, socket: RelaySocket) {
        self.inner.update_value(|inner| inner.relay = Some(socket));
    }

    /// Keeps a file until it is read.
    pub(super) fn hold_file(self, file: web_sys::File) {
        self.inner.update_value(|inner| inner.file = Some(file));
    }

    /// Begins the loop of animation frames.
    pub(super) fn run(self) {
        window_event_listener(leptos::ev::resize, move |_| self.repaint());
        place::on_media_change(move || {
            self.send(Msg::ReducedMotion(place::reduced_motion()));
            place::show_theme(self.read(|model| model.theme));
        });
        self.next_frame();
    }

    fn next_frame(self) {
        request_animation_frame(move || {
            self.frame();
            self.next_frame();
        });
    }

    fn frame(self) {
        let begun = place::now();
        let passed = begun - self.inner.with_value(|inner| inner.last_frame);
        if self.read(|model| model.player.playing) {
            self.send(Msg::Tick(passed));
        }
        self.inner.update_value(|inner| {
            inner.last_frame = begun;
            if core::mem::take(&mut inner.dirty) {
                self.model.with_untracked(|model| inner.canvases.paint(model));
                // The panels change after this, and then the browser lays out and paints: the next task comes when all is done.
                set_timeout(move || self.remember(place::now() - begun), Duration::ZERO);
            }
        });
    }

    fn remember(self, cost: f64) {
        self.inner.update_value(|inner| {
            inner.drawn.get_or_insert_with(place::now);
            inner.costs.push_back(cost);
            if inner.costs.len() > COSTS {
                inner.costs.pop_front();
            }
        });
    }

    fn carry_out(self, effect: Effect) {
        match effect {
            Effect::OpenRelay => relay_socket::connect(self),
            Effect::SendRelay(bytes) => self.inner.with_value(|inner| {
                if let Some(relay) = &inner.relay {
                    relay.send(&bytes);
                }
            }),
            Effect::CloseRelay => self.inner.update_value(|inner| inner.relay = None),
            Effect::Save { name, mime, bytes } => share::save(self, &name, mime, &bytes),
            Effect::Picture(name, kind) => {
                let scene = self.inner.with_value(|inner| self.read(|model| inner.canvases.scene(name, model)));
                if let Some((scene, tools)) = scene.zip(late::tools()) {
                    (tools.save_picture)(self, name, &scene, kind);
                }
            }
            Effect::Address(fragment) => share::set_address(&fragment),
            Effect::CopyAddress => share::copy_address(self),
            Effect::ReadFile(from, to) => {
                if let Some(file) = self.inner.with_value(|inner| inner.file.clone()) {
                    share::read_file(self, &file, from, to);
                }
            }
            Effect::Load(part) => late::load(self, part),
            Effect::Soon => share::soon(self),
            Effect::KeepLanguage(language) => {
                place::keep("language", language.tag());
                place::show_language(language);
            }
            Effect::KeepDraft => editor_bar::keep_soon(self),
            Effect::ForgetDraft(slot) => editor_bar::forget(slot),
            Effect::LeaveDraft(slot, text) => editor_bar::leave(self, slot, &text),
            Effect::KeepLook(look) => place::keep("look", &look),
            Effect::KeepSingleKeys(on) => place::keep("single-keys", if on { "on" } else { "off" }),
            Effect::KeepTheme(theme) => {
                place::keep("theme", place::theme_name(theme));
                place::show_theme(theme);
            }
        }
    }
}
