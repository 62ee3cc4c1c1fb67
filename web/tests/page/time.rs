//! Time as a place: pause, step, go back, drag.
//!
//! Absent: how film time is computed (its own file has tests).

use crate::branch::{long, lossy};
use crate::harness::Page;
use sim_core::time::Instant;
use sim_core::trace::{FactId, FrameId, What};
use web::app::film::FilmTime;
use web::app::kind::Kind;
use web::app::session::Session;
use web::app::thing::Thing;
use web::app::{Model, Msg, Notice, Way, time};
use web::view::scene::Shape;
use web::view::theme::Role;
use web::view::{
    bytes, causes, connection, kernel, ladder, narration, notice, plots, ruler, stage, states, table, transport,
};

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

/// What the page follows that may not depend on where the head is between two facts.
fn followed(model: &Model) -> impl PartialEq + use<> {
    (
        (table::rows(model, 0, 30), table::count_of(model), table::chosen_place(model), table::found(model)),
        (narration::now(model), narration::depth::now(model), notice::notice(model), notice::outcome(model)),
        (bytes::bytes(model), bytes::title(model), causes::chain(model), kernel::kernel(model)),
        (states::rows(model), states::label(model), ruler::label(model), plots::label(model)),
        (connection::choices(model), plots::choices(model), plots::others(model), transport::stretch(model)),
        (stage::label(model), ladder::label(model), transport::marks_label(model)),
    )
}

#[test]
fn while_nothing_but_the_head_moves_only_pictures_and_clocks_change() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    let (mut frames, mut stood) = (0, 0);
    let mut last = followed(&page.model);
    while page.model.player.playing {
        let before = page.model.standing();
        page.send(Msg::Tick(1000.0 / 60.0));
        let now = followed(&page.model);
        if page.model.standing() == before {
            assert!(now == last, "a view has changed at {:?}, and nobody has told the page", page.model.moment());
            stood += 1;
        }
        last = now;
        frames += 1;
    }
    assert!(stood * 2 > frames, "only {stood} of {frames} frames move nothing but the head");
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
    let bytes = bytes::bytes(&page.model).expect("a frame is shown");
    assert_eq!(bytes.frame, FrameId(2));
    // The frame check sequence is told of behind the bytes, and is none of them.
    let fcs = bytes.sections.last().and_then(|section| section.fields.first()).expect("a field");
    assert_eq!((fcs.filter, fcs.place.as_str()), ("eth.fcs", ""));
    assert!(bytes.lines.iter().flat_map(|line| &line.cells).all(|cell| !cell.chosen));
    page.send(Msg::Field(3));
    let bytes = bytes::bytes(&page.model).expect("a frame is shown");
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
    let clock = transport::transport(&page.model).clock;
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
    assert_eq!(page.notice(), "", "at the beginning much is still to move");
    page.send(Msg::End(Way::Forward));
    assert!(!page.model.player.playing, "there is nothing to wait for");
}

/// Steps to the events of the chosen kind until there is none more, and gives the facts that were met.
fn walked(page: &mut Page, way: Way) -> Vec<FactId> {
    let mut met = Vec::new();
    loop {
        page.send(Msg::Time(time::Msg::Step(way)));
        if page.model.notice.is_some() {
            return met;
        }
        met.extend(page.model.fact());
    }
}

#[test]
fn steps_of_a_kind_meet_every_one_of_them_and_back() {
    let mut page = Page::alone();
    page.model.open(Session::experiment(lossy(500)).expect("sound"));
    let met = walked(&mut page, Way::Forward);
    let facts = page.model.session.trace.facts().iter();
    let dropped: Vec<FactId> =
        facts.filter(|fact| matches!(fact.what, What::Dropped { .. })).map(|fact| fact.id).collect();
    assert!(dropped.len() > 1 && met == dropped, "{met:?} of {dropped:?}");
    assert!(page.notice().contains("drop"), "{}", page.notice());
    let mut back = walked(&mut page, Way::Back);
    back.reverse();
    assert_eq!(back, dropped[..dropped.len() - 1]);
    page.send(Msg::Time(time::Msg::Kind(Kind::Again)));
    let again = walked(&mut page, Way::Forward);
    let frames = page.model.session.index.frames().iter();
    let lost = frames.filter(|frame| frame.from.0 == 0 && frame.end.is_some_and(|end| end.dropped.is_some())).count();
    assert!(again.len() >= lost, "what was lost is sent again: {again:?}, {lost} lost");
}

#[test]
fn a_kind_that_never_comes_is_not_looked_for_without_end() {
    let mut page = Page::alone();
    let endless = "host a\n  run ping b count 60000 every 1ms\nhost b\nlink a b\n";
    let endless = sim_core::scenario::text::parse(endless).expect("a scenario");
    page.model.open(Session::experiment(endless).expect("sound"));
    let before = page.model.player.at;
    page.send(Msg::Time(time::Msg::Step(Way::Forward)));
    assert!(matches!(page.model.notice, Some(Notice::NoneOfKind(Kind::Dropped, Way::Forward))));
    let facts = page.model.session.trace.facts().len();
    assert!((20_000..21_000).contains(&facts), "{facts} facts were made");
    assert_eq!(page.model.player.at, before, "the head stays");
    page.send(Msg::Time(time::Msg::Step(Way::Forward)));
    assert!(page.model.session.trace.facts().len() > facts, "once more looks farther");
}

#[test]
fn a_stretch_is_played_over_and_over_until_it_is_taken_off() {
    let mut page = played();
    page.send(Msg::Seek(0.2));
    page.send(Msg::Time(time::Msg::Begin));
    let a = page.model.player.at;
    page.send(Msg::Seek(0.5));
    page.send(Msg::Time(time::Msg::End));
    let b = page.model.player.at;
    assert!(transport::stretch(&page.model).contains("Loops from A"));
    for reduced in [false, true] {
        page.send(Msg::ReducedMotion(reduced));
        page.send(Msg::Seek(0.3));
        page.model.player.playing = true;
        let (mut turns, mut last) = (0, page.model.player.at);
        for _ in 0..4000 {
            page.send(Msg::Tick(50.0));
            assert!(page.model.player.playing && (a..=b).contains(&page.model.player.at), "{:?}", page.model.player);
            turns += usize::from(page.model.player.at < last);
            last = page.model.player.at;
        }
        assert!(turns >= 3, "{turns} turns with reduced motion {reduced}");
    }
    page.send(Msg::ReducedMotion(false));
    page.send(Msg::Time(time::Msg::Off));
    page.play(60.0);
    assert!(page.model.player.at > b);
    // An end before the beginning is none.
    page.send(Msg::Time(time::Msg::Begin));
    page.send(Msg::Seek(0.1));
    page.send(Msg::Time(time::Msg::End));
    assert_eq!(page.model.time.stretch.ends().map(|(a, _)| a), Some(FilmTime::default()));
}

#[test]
fn the_time_line_is_marked_where_something_happens() {
    let page = crate::branch::opened(lossy(100));
    let scene = transport::marks(&page.model, 400.0);
    let inks = |role: Role| {
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { ink, .. } if *ink == role)).count()
    };
    let dropped = page.model.session.index.kinds.all(Kind::Dropped).len();
    assert!((1..=dropped).contains(&(inks(Role::Danger) / 2)), "two lines for a cross");
    assert!(inks(Role::Ink) > 0);
    assert!(scene.shapes.len() < 4 * 100, "a few shapes a column");
    assert!(transport::marks_label(&page.model).contains(&format!("× {dropped} drops")));
}

/// Prints a measurement; run it with `cargo test --release -p web --test page time::a_million -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: it needs a release build and a gigabyte"]
fn a_million_facts() {
    let memory = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default().to_owned();
        line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() / 1024
    };
    let (before, begun) = (memory(), std::time::Instant::now());
    let mut session = Session::experiment(long(200)).expect("sound");
    session.run_to_fact(0, Instant::FAR_FUTURE, |_, fact| fact >= 1_000_000);
    let (facts, frames) = (session.trace.facts().len(), session.index.frames().len());
    println!("{facts} facts, {frames} frames: run in {:?}, {} MiB", begun.elapsed(), memory() - before);
    let mut page = Page::alone();
    page.model.open(session);
    let mut slowest = [std::time::Duration::ZERO; 5];
    for place in 0..200 {
        let mut measure = |what: usize, work: &mut dyn FnMut(&mut Page)| {
            let begun = std::time::Instant::now();
            work(&mut page);
            slowest[what] = slowest[what].max(begun.elapsed());
        };
        measure(0, &mut |page| page.send(Msg::Seek(f64::from(place) / 200.0)));
        measure(1, &mut |page| drop((stage::stage(&page.model, 1200.0), narration::now(&page.model))));
        measure(2, &mut |page| drop(transport::marks(&page.model, 1200.0)));
        measure(3, &mut |page| page.send(Msg::Step(Way::Back)));
        measure(4, &mut |page| page.send(Msg::Time(time::Msg::Step(Way::Back))));
    }
    println!(
        "slowest of 200: seek {:?}, stage {:?}, marks {:?}, step back {:?}, drop back {:?}",
        slowest[0], slowest[1], slowest[2], slowest[3], slowest[4]
    );
    for part in [0.1, 0.5, 0.9] {
        page.send(Msg::Seek(part));
        let at = page.model.moment().at;
        let begun = std::time::Instant::now();
        let back = page.model.session.back_at(at).expect("simulated");
        println!(
            "back at {part}: {} facts in {:?}, {} MiB",
            back.trace.facts().len(),
            begun.elapsed(),
            memory() - before
        );
    }
}
