//! What is on stage and ladder, read as shapes and texts.
//!
//! Absent: pixels.

use crate::harness::{Page, Server};
use sim_core::layer::{Layer, Protocol};
use sim_core::trace::What;
use web::app::Msg;
use web::app::thing::Thing;
use web::catalogue::Language;
use web::view::scene::{Scene, Shape};
use web::view::stack::{Content, stack};
use web::view::{ladder, stage};

/// A played page at the end of the dwell of the first fact that is wanted.
fn at_fact(page: &mut Page, wanted: impl Fn(&What) -> bool) {
    let facts = page.model.session.trace.facts();
    let place = facts.iter().position(|fact| wanted(&fact.what)).expect("it happened");
    let film = page.model.session.film.done(place);
    let end = page.model.film_end().0;
    page.send(Msg::Seek(film.0 / end));
}

fn hello() -> Page {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Send);
    page.play(60.0);
    page
}

#[test]
fn the_message_gets_a_header_at_each_layer() {
    let mut page = hello();
    let carries = |wanted: Layer| {
        move |what: &What| {
            matches!(what, What::Encapsulated { layer, payload, protocol, .. }
            if *layer == wanted && matches!((protocol, payload), (Protocol::Tcp, 6) | (Protocol::Ipv4, 38) | (Protocol::Ethernet, 58)))
        }
    };
    for (layer, lengths) in
        [(Layer::Transport, vec![32, 6]), (Layer::Network, vec![20, 32, 6]), (Layer::DataLink, vec![14, 20, 32, 6])]
    {
        at_fact(&mut page, carries(layer));
        let stack = stack(&page.model, sim_core::lab::CLIENT_NODE);
        let row = stack.rows.iter().find(|row| row.layer == layer).expect("seven rows");
        let Content::Packet { parts, header } = &row.content else { panic!("{:?}", row.content) };
        assert_eq!(parts.iter().map(|part| part.length).collect::<Vec<_>>(), lengths);
        assert_eq!(header.len(), lengths[0]);
        assert_eq!(parts.last().and_then(|part| part.text.as_deref()), Some("hello!"));
    }
}

#[test]
fn layers_without_bytes_say_so() {
    let page = hello();
    let scene = stage::stage(&page.model, 1300.0);
    assert_eq!(scene.texts().filter(|text| text.contains("no bytes here")).count(), 4);
}

#[test]
fn a_frame_flies_at_its_place_between_sending_and_arrival() {
    let mut page = hello();
    let frame = page.model.session.index.frames()[2].clone();
    let start = page.model.session.film.start(frame.sent.0 as usize).0;
    let end = page.model.film_end().0;
    let place = |page: &mut Page, millis: f64| {
        page.send(Msg::Seek((start + millis * 1e6) / end));
        let mut boxes = stage::stage(&page.model, 1300.0).shapes.into_iter().filter_map(|shape| match shape {
            Shape::Box { at, pick: Some(Thing::Frame(id)), .. } if id == frame.id => Some(at.x),
            _ => None,
        });
        boxes.next_back().expect("it is on its way")
    };
    let (early, middle, late) = (place(&mut page, 1.0), place(&mut page, 5.0), place(&mut page, 9.0));
    assert!(early < middle && middle < late);
    assert!(((middle - early) - (late - middle)).abs() < 2.0, "even speed: {early} {middle} {late}");
}

#[test]
fn the_real_machine_shows_what_was_asked_and_answered() {
    let page = hello();
    let scene = stage::stage(&page.model, 1300.0);
    let has = |part: &str| scene.texts().any(|text| text.contains(part));
    assert!(has("→ send(b'hello!')") && has("← recv → b'hi'"), "{:?}", scene.texts().collect::<Vec<_>>());
}

#[test]
fn the_ladder_has_every_frame_that_is_near() {
    let mut page = hello();
    page.send(Msg::End(web::app::Way::Back));
    let scene = ladder::ladder(&page.model, 420.0, 2_000.0);
    let arrows =
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { pick: Some(Thing::Frame(_)), .. })).count();
    assert_eq!(arrows, page.model.session.index.frames().len());
}

/// Nothing is drawn outside of its picture, at any width, at any time.
#[test]
fn everything_is_inside_the_picture() {
    let mut page = hello();
    for width in [360.0, 390.0, 700.0, 1024.0, 1440.0] {
        for place in 0..=40 {
            page.send(Msg::Seek(f64::from(place) / 40.0));
            inside(&stage::stage(&page.model, width));
        }
    }
}

fn inside(scene: &Scene) {
    for shape in &scene.shapes {
        if let Shape::Box { at, .. } = shape {
            assert!(at.x >= -0.5 && at.right() <= scene.width + 0.5, "{at:?} in {}", scene.width);
            assert!(at.y >= -0.5 && at.bottom() <= scene.height + 0.5, "{at:?} in {}", scene.height);
        }
    }
}

#[test]
fn every_language_labels_every_layer() {
    let mut page = hello();
    for language in Language::ALL {
        page.send(Msg::Language(language));
        let scene = stage::stage(&page.model, 1300.0);
        let words = language.words();
        for name in [words.layer_7, words.layer_4, words.layer_1] {
            assert_eq!(scene.texts().filter(|text| text.ends_with(name)).count(), 2, "{name}");
        }
    }
}
