//! Time as a place: pause, step, go back, drag.
//!
//! Absent: how film time is computed (its own file has tests).

use crate::harness::Page;
use sim_core::time::Instant;
use sim_core::trace::FrameId;
use web::app::thing::Thing;
use web::app::{Msg, Way};
use web::view::{stage, table};

fn played() -> Page {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    page
}

#[test]
fn the_picture_is_a_function_of_model_and_time() {
    let mut page = played();
    let places: Vec<f64> = (0..=50).map(|place| f64::from(place) / 50.0).collect();
    let pictures: Vec<_> = places
        .iter()
        .map(|place| {
            page.send(Msg::Seek(*place));
            (stage::stage(&page.model, 1200.0), table::rows(&page.model, 0, 100))
        })
        .collect();
    for (place, picture) in places.iter().zip(&pictures).rev() {
        page.send(Msg::Seek(*place));
        assert!((stage::stage(&page.model, 1200.0), table::rows(&page.model, 0, 100)) == *picture, "at {place}");
    }
    let changes = pictures.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(changes > 30, "time changes the picture: {changes} of 50");
}

#[test]
fn stepping_tells_every_event_once_in_order() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.send(Msg::PlayPause);
    // What was watched before the first step is the beginning.
    page.send(Msg::End(Way::Back));
    let mut told = Vec::new();
    for _ in 0..400 {
        page.send(Msg::Step(Way::Forward));
        if page.model.notice.is_some() {
            break;
        }
        let fact = page.model.moment().fact.expect("a step shows a fact");
        assert!(page.model.moment().within > 0.9, "the whole of it is seen");
        told.push(fact);
    }
    let facts = page.model.session.trace.facts();
    let events: Vec<usize> = (0..facts.len()).filter(|fact| web::app::film::is_event(&facts[*fact].what)).collect();
    assert_eq!(told, events, "every event once, in order");
    // The steps ran the network without playing.
    assert_eq!(page.printed(), ["b'hello!'", "b'hi'"]);
    // And back again, each once.
    let mut back = vec![page.model.moment().fact.expect("the last fact")];
    while page.model.player.at.0 > 0.0 {
        page.send(Msg::Step(Way::Back));
        back.extend(page.model.moment().fact.filter(|_| page.model.player.at.0 > 0.0));
    }
    back.reverse();
    assert_eq!(back, events);
}

#[test]
fn stepping_back_undoes_stepping_forward() {
    let mut page = played();
    page.send(Msg::End(Way::Back));
    for _ in 0..20 {
        page.send(Msg::Step(Way::Forward));
    }
    let here = page.model.player.at;
    page.send(Msg::Step(Way::Forward));
    page.send(Msg::Step(Way::Back));
    assert_eq!(page.model.player.at, here);
    for _ in 0..400 {
        page.send(Msg::Step(Way::Back));
    }
    assert_eq!(page.model.player.at.0, 0.0);
}

#[test]
fn a_paused_page_stands_still_and_a_hidden_tab_does_not_jump() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(1.0);
    page.send(Msg::PlayPause);
    let at = page.model.player.at;
    page.play(5.0);
    assert_eq!(page.model.player.at, at);
    page.send(Msg::PlayPause);
    page.send(Msg::Tick(3_600_000.0));
    assert!(page.model.player.at.0 - at.0 <= 2.1e6, "an hour in a hidden tab is one short step");
}

#[test]
fn going_back_shows_the_past_and_sending_comes_back_to_the_present() {
    let mut page = played();
    page.send(Msg::Seek(0.2));
    assert!(!page.model.is_live());
    assert!(table::rows(&page.model, 0, 100).iter().any(|row| row.later));
    let before = page.model.session.now();
    page.send(Msg::Send);
    assert!(page.model.moment().at >= before);
    page.play(60.0);
    assert_eq!(page.printed().len(), 4);
}

#[test]
fn motion_that_is_unwelcome_becomes_steps() {
    let mut page = Page::alone();
    page.send(Msg::ReducedMotion(true));
    page.send(Msg::Send);
    let mut places = std::collections::BTreeSet::new();
    for _ in 0..600 {
        page.send(Msg::Tick(1000.0 / 60.0));
        places.insert(page.model.player.at.0.to_bits());
    }
    assert!((10..=22).contains(&places.len()), "{} pictures in ten seconds", places.len());
}

#[test]
fn choosing_a_frame_shows_it_in_every_view() {
    let mut page = played();
    page.send(Msg::Choose(Thing::Frame(FrameId(2))));
    assert_eq!(page.model.shown_frame(), Some(FrameId(2)));
    assert!(table::rows(&page.model, 0, 100)[2].chosen);
    let bytes = web::view::bytes::bytes(&page.model).expect("a frame is shown");
    assert_eq!(bytes.frame, FrameId(2));
    // The frame check sequence is told of behind the bytes, and is none of them.
    let fcs = bytes.sections.last().and_then(|section| section.fields.first()).expect("a field");
    assert_eq!((fcs.filter, fcs.place.as_str()), ("eth.fcs", ""));
    assert!(bytes.lines.iter().flat_map(|line| &line.cells).all(|cell| cell.field < fcs.index));
    page.send(Msg::Field(3));
    let bytes = web::view::bytes::bytes(&page.model).expect("a frame is shown");
    assert_eq!(bytes.sections.iter().flat_map(|section| &section.fields).filter(|field| field.chosen).count(), 1);
    assert!(bytes.lines.iter().flat_map(|line| &line.cells).any(|cell| cell.chosen));
    page.send(Msg::StepFrame(Way::Forward));
    assert_eq!(page.model.shown_frame(), Some(FrameId(3)));
    page.send(Msg::Follow);
    assert_eq!(page.model.selected.frame, None);
}

#[test]
fn the_clock_says_simulated_time() {
    let page = played();
    let clock = web::view::transport::transport(&page.model).clock;
    assert!(clock.ends_with(" ms"), "{clock}");
    assert!(page.model.moment().at > Instant::from_millis(80));
}

#[test]
fn the_newest_moment_moves_on_until_nothing_moves() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(1.0);
    page.send(Msg::Seek(0.0));
    page.send(Msg::PlayPause);
    page.send(Msg::End(Way::Forward));
    assert!(page.model.player.playing, "the newest moment is where things happen");
    page.play(60.0);
    assert!(!page.model.player.playing);
    assert!(page.notice().contains("Nothing moves"), "{}", page.notice());
    page.send(Msg::End(Way::Back));
    page.send(Msg::End(Way::Forward));
    assert!(!page.model.player.playing, "there is nothing to wait for");
}
