//! Two futures side by side.
//!
//! Absent: how futures come to be (see `branch`).

use std::time::Duration;

use sim_core::network::Input;
use sim_core::scenario::Faults;
use sim_core::time::Instant;
use sim_core::trace::{FactId, LinkId, What};
use web::app::future::Name;
use web::app::pane::Pane;
use web::app::thing::Thing;
use web::app::{Msg, time};
use web::catalogue::Language;
use web::view::compare::{Compare, compare, ladders, tabs};
use web::view::scene::{Shape, Tip};

use crate::branch::{go_to, lossy, opened};
use crate::harness::Page;

/// A page with the future in which the first frame with data, which arrived, is dropped on its way.
fn with_a_drop() -> Page {
    let mut page = opened(lossy(20));
    let data = page.model.session.index.frames().iter().find(|frame| frame.bytes.len() > 1000).expect("data").clone();
    go_to(&mut page, data.sent_at + Duration::from_millis(2));
    assert!(page.model.branch(vec![Input::DropFrame(data.id)]));
    page
}

fn compared(page: &Page) -> Compare {
    compare(&page.model).expect("two futures")
}

fn finish(page: &mut Page) {
    page.send(Msg::Time(time::Msg::CatchUp));
    assert!(compared(page).behind.is_none());
}

#[test]
fn one_future_has_nothing_to_compare() {
    let page = opened(lossy(20));
    assert!(compare(&page.model).is_none() && tabs(&page.model).is_empty());
    assert!(ladders(&page.model, 600.0, 300.0).shapes.is_empty());
}

#[test]
fn a_new_future_shows_the_pane_and_no_difference_yet() {
    let page = with_a_drop();
    assert!(page.model.panes.shows(Pane::Compare));
    let compared = compared(&page);
    assert_eq!(compared.names, [Name(0), Name(1)]);
    assert!(compared.told.starts_with("B leaves A at") && compared.told.contains("is dropped"), "{}", compared.told);
    assert!(
        compared.told.contains("No difference has shown so far"),
        "what has not come yet is none: {}",
        compared.told
    );
    assert!(compared.first.is_none() && compared.behind.is_some());
    assert!(compared.lines.iter().filter(|line| line.is_same()).count() >= 2, "what both have stands before");
}

#[test]
fn the_first_difference_is_what_the_change_led_to() {
    let mut page = with_a_drop();
    finish(&mut page);
    let compared = compared(&page);
    let marked: Vec<_> = compared.lines.iter().filter(|line| line.first).collect();
    assert_eq!(marked.len(), 1);
    let cell = marked[0].left.as_ref().or(marked[0].right.as_ref()).expect("an event");
    assert!(compared.told.contains(&cell.text) && compared.told.contains(&cell.time), "{}", compared.told);
    // Before it, and behind the change, both say the same.
    let before = compared.lines.iter().take_while(|line| !line.first);
    assert!(before.filter(|line| !line.is_same()).all(|line| {
        line.right.as_ref().is_some_and(|cell| {
            matches!(page.model.session.trace.get(cell.fact).expect("a fact").what, What::Dropped { .. })
        })
    }));
    // Events are matched across the delay that the drop has made.
    let late = compared.lines.iter().filter(|line| match (&line.left, &line.right) {
        (Some(left), Some(right)) => left.time != right.time,
        _ => false,
    });
    assert!(late.count() > 0, "what merely comes later is the same event");
    let again = &compared.counts[2].1;
    assert!(again[1].parse::<u32>().expect("a number") > again[0].parse().expect("a number"), "{again:?}");
    let printed = &compared.counts[5].1;
    assert_eq!(printed, &["20000".to_owned(), "20000".to_owned()], "the program came to the same");
    // The head goes there.
    let first = compared.first.expect("it is on screen");
    page.send(Msg::Choose(Thing::Fact(first)));
    assert_eq!(page.model.fact(), Some(first));
}

#[test]
fn the_ladders_share_their_time_and_mark_the_first_difference() {
    let mut page = with_a_drop();
    finish(&mut page);
    let scene = ladders(&page.model, 600.0, 320.0);
    let arrows = |left: bool, wanted: Tip| {
        let is = |shape: &&Shape| matches!(shape, Shape::Line { from, tip, .. } if *tip == wanted && (from.0 < 300.0) == left);
        scene.shapes.iter().filter(is).count()
    };
    assert!(arrows(true, Tip::Arrow) > 5 && arrows(false, Tip::Arrow) > 5);
    assert_eq!((arrows(true, Tip::Cross), arrows(false, Tip::Cross)), (0, 1), "one alone has lost a frame");
    assert!(scene.texts().any(|text| text == "first difference"));
    let inside = |(x, y): (f64, f64)| (0.0..=600.0).contains(&x) && (0.0..=320.0).contains(&y);
    assert!(scene.shapes.iter().all(|shape| match shape {
        Shape::Line { from, to, .. } => inside(*from) && inside(*to),
        _ => true,
    }));
}

#[test]
fn a_quiet_span_is_cut_short_and_says_so() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    let frame = page.model.session.index.frames()[3].clone();
    go_to(&mut page, frame.sent_at + Duration::from_millis(2));
    assert!(page.model.branch(vec![Input::DropFrame(frame.id)]));
    finish(&mut page);
    let scene = ladders(&page.model, 600.0, 320.0);
    assert_eq!(scene.texts().filter(|text| text.starts_with("⋮ ")).count(), 1, "the wait for the second SYN");
}

#[test]
fn another_future_is_chosen_and_shown() {
    let mut page = with_a_drop();
    let loss = |page: &mut Page, loss_ppm: u32, at: u64| {
        go_to(page, Instant::from_millis(at));
        assert!(page.model.branch(vec![Input::SetFaults(LinkId(0), 0, Faults { loss_ppm, ..Faults::default() })]));
        finish(page);
    };
    finish(&mut page);
    loss(&mut page, 200_000, 40);
    let texts: Vec<String> = tabs(&page.model).into_iter().map(|tab| tab.text).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts[0].starts_with("A") && texts[2].contains("loss 20 %"), "{texts:?}");
    assert_eq!(compared(&page).names, [Name(1), Name(2)], "it is compared with the one that it left");
    page.send(Msg::Time(time::Msg::With(Name(0))));
    assert_eq!(compared(&page).names, [Name(0), Name(2)]);
    let common = page.model.time.futures.common(Name(0), Name(2));
    let facts = page.model.session.trace.facts();
    let first = &page.model.time.futures.get(Name(0)).expect("kept").session.trace;
    assert!(common > 0 && (0..common).all(|fact| first.get(FactId(fact as u32)) == facts.get(fact)));
    page.send(Msg::Time(time::Msg::Show(Name(1))));
    assert_eq!(compared(&page).names, [Name(1), Name(2)], "with the one that was on screen");
    for language in Language::ALL {
        page.send(Msg::Language(language));
        assert!(!compared(&page).told.contains('{'), "{}", compared(&page).told);
    }
}
