//! The table of keys: nothing stands in it twice, and everything in it does something.

use std::collections::BTreeSet;

use crate::networks;
use web::app::keys::{Group, KEYS, chord, message};
use web::app::{Model, Msg, Theme, Way, update};
use web::catalogue::Language;

/// The page in the middle of a conversation, with all that keys may act on.
fn busy() -> Model {
    let mut model = Model::new(Language::English, Theme::System);
    for msg in [Msg::Send, Msg::PlayPause] {
        update(&mut model, msg);
    }
    for _ in 0..60 {
        update(&mut model, Msg::Step(Way::Forward));
    }
    for msg in [Msg::Step(Way::Back), Msg::StepFrame(Way::Back), Msg::StepFrame(Way::Back), Msg::Keys] {
        update(&mut model, msg);
    }
    model
}

/// A page on which frames wait before a link.
fn crowded() -> Model {
    let mut model = networks::page(
        "host a\n  program send at 1ms\n    s = socket dgram\n    repeat 9\n      sendto s 1kB b:7\nhost b\nlink a b 1Mbit/s 1ms\n",
    );
    while web::app::queue::next(&model).is_none() {
        update(&mut model, Msg::Step(Way::Forward));
    }
    model
}

#[test]
fn no_key_stands_twice() {
    let mut seen = BTreeSet::new();
    for (name, _) in KEYS.iter().flat_map(|row| row.keys) {
        assert!(seen.insert(name), "{name} stands twice");
        let (shift, key) = name.strip_prefix("shift+").map_or((false, *name), |key| (true, key));
        assert_eq!(chord(key, shift), *name, "no key that is pressed has this name");
    }
}

#[test]
fn every_key_does_something() {
    let (model, crowded) = (busy(), crowded());
    for (name, does) in KEYS.iter().flat_map(|row| row.keys) {
        let model = if *name == "w" { &crowded } else { &model };
        let msg = does(model).unwrap_or_else(|| panic!("{name} does nothing on a busy page"));
        let mut after = model.clone();
        let effects = update(&mut after, msg);
        assert!(format!("{after:?}") != format!("{model:?}") || !effects.is_empty(), "{name} changes nothing");
    }
}

#[test]
fn every_row_is_told_in_every_language() {
    for language in Language::ALL {
        let words = language.words();
        assert!(Group::ALL.iter().all(|group| !group.heading(words).is_empty()));
        let told: BTreeSet<_> = KEYS.iter().map(|row| (row.what)(words)).collect();
        assert_eq!(told.len(), KEYS.len(), "two rows say the same in {}", language.tag());
    }
}

#[test]
fn keys_are_found_as_they_are_pressed() {
    let model = busy();
    assert_eq!(message(&model, &chord("K", true)), Some(Msg::PlayPause), "capitals are the same key");
    assert_eq!(message(&model, &chord("?", true)), Some(Msg::Keys));
    assert_eq!(message(&model, &chord("ArrowLeft", false)), Some(Msg::Step(Way::Back)));
    assert_eq!(message(&model, "escape"), Some(Msg::Keys), "the list is open");
    let quiet = Model::new(Language::English, Theme::System);
    assert_eq!(message(&quiet, "escape"), None, "nothing is open");
}
