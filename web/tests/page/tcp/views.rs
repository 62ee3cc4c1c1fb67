//! States, ruler and plots as scenes, rows and words.

use sim_core::trace::TcpState;
use web::app::tcp::{Msg as Tcp, Reach, Series, Span};
use web::app::thing::Thing;
use web::app::{Msg, Way, update};
use web::view::scene::{Scene, Shape};
use web::view::{connection, plots, ruler, states};

use super::*;
use crate::harness::{Page, Server};
use relay_proto::ServerMessage;

fn has(scene: &Scene, part: &str) -> bool {
    scene.texts().any(|text| text.contains(part))
}

fn send(model: &mut Model, msg: Tcp) {
    update(model, Msg::Tcp(msg));
}

/// What a click on each shape chooses.
fn picks(scene: &Scene) -> Vec<Thing> {
    let pick = |shape: &Shape| match shape {
        Shape::Box { pick, .. } | Shape::Line { pick, .. } | Shape::Path { pick, .. } => *pick,
        Shape::Text { .. } => None,
    };
    scene.shapes.iter().filter_map(pick).collect()
}

/// The column of a box with this text in it, where it has an end's letter at its corner.
fn lit(scene: &Scene) -> Vec<String> {
    let texts = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { at, text, .. } => Some((*at, text.clone())),
        _ => None,
    });
    let texts: Vec<((f64, f64), String)> = texts.collect();
    let names: Vec<&str> = [
        "CLOSED",
        "LISTEN",
        "SYN-SENT",
        "SYN-RECEIVED",
        "ESTABLISHED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "CLOSE-WAIT",
        "CLOSING",
        "LAST-ACK",
        "TIME-WAIT",
    ]
    .into();
    let boxes = texts.iter().filter(|(_, text)| names.contains(&text.as_str()));
    let mut lit = Vec::new();
    for ((x, y), state) in boxes {
        let near = |(at, letter): &&((f64, f64), String)| {
            letter.chars().count() == 1 && (at.0 - x).abs() < 52.0 && (y - at.1) > 10.0 && (y - at.1) < 20.0
        };
        lit.extend(texts.iter().filter(near).map(|(_, letter)| format!("{letter} {state}")));
    }
    lit.sort();
    lit
}

#[test]
fn both_ends_are_lit_at_each_moment() {
    let mut model = page(HELLO);
    for (state, expected) in [
        (TcpState::SynSent, ["C SYN-SENT", "S LISTEN"]),
        (TcpState::SynReceived, ["C SYN-SENT", "S SYN-RECEIVED"]),
        (TcpState::FinWait1, ["C ESTABLISHED", "S FIN-WAIT-1"]),
        (TcpState::LastAck, ["C LAST-ACK", "S FIN-WAIT-1"]),
        (TcpState::TimeWait, ["C LAST-ACK", "S TIME-WAIT"]),
    ] {
        let entered = fact(&model, |fact| enters(fact, state));
        show(&mut model, entered);
        for width in [330.0, 460.0, 900.0] {
            assert_eq!(lit(&states::states(&model, width, 0.0)), expected, "{width}");
        }
    }
}

#[test]
fn the_edge_just_taken_has_its_segment() {
    let mut model = page(HELLO);
    let entered = fact(&model, |fact| enters(fact, TcpState::CloseWait));
    show(&mut model, entered);
    let scene = states::states(&model, 460.0, 0.0);
    assert!(has(&scene, "▸ #9 FIN ACK"), "{:?}", scene.texts().collect::<Vec<_>>());
    assert!(picks(&scene).contains(&Thing::Fact(entered)));
    // A change that a call makes has the segment that it sends.
    let entered = fact(&model, |fact| enters(fact, TcpState::SynSent));
    show(&mut model, entered);
    assert!(has(&states::states(&model, 460.0, 0.0), "▸ #3 SYN"));
}

#[test]
fn time_wait_counts_down() {
    let mut model = page(&HELLO.replace("name hello", "name hello\nuntil 2min"));
    show_at(&mut model, 30_081);
    let scene = states::states(&model, 460.0, 0.0);
    assert!(has(&scene, "TIME-WAIT, 2 MSL: 30 s left"), "{:?}", scene.texts().collect::<Vec<_>>());
    show_at(&mut model, 61_000);
    assert!(!has(&states::states(&model, 460.0, 0.0), "left"), "no timer runs when the wait is over");
}

#[test]
fn the_list_says_why() {
    let mut model = page(HELLO);
    let entered = fact(&model, |fact| enters(fact, TcpState::Established));
    show(&mut model, entered);
    let rows = states::rows(&model);
    let seen: Vec<&str> = rows.iter().filter(|row| !row.later).map(|row| row.change.as_str()).collect();
    assert_eq!(seen, ["CLOSED → SYN-SENT", "LISTEN → SYN-RECEIVED", "SYN-SENT → ESTABLISHED"]);
    assert_eq!(rows[0].why, "the program connects");
    assert!(rows.iter().any(|row| row.later && row.change == "FIN-WAIT-2 → TIME-WAIT"));
    update(&mut model, Msg::Choose(Thing::Fact(entered)));
    assert!(states::rows(&model).iter().any(|row| row.chosen && row.fact == entered));
    let changes = |model: &Model| states::rows(model).into_iter().map(|row| row.fact).collect::<Vec<_>>();
    let before = changes(&model);
    update(&mut model, Msg::Choose(Thing::Fact(before[0])));
    assert_eq!(changes(&model), before, "the list stays while time goes through it");
}

#[test]
fn keys_step_through_states_and_points() {
    let mut model = page(LOSSY);
    model.player.at = FilmTime(0.0);
    let mut visited = Vec::new();
    show_at(&mut model, 11);
    for _ in 0..3 {
        send(&mut model, Tcp::State(Way::Forward));
        let Some(Thing::Fact(fact)) = model.selected.thing else { panic!("{:?}", model.selected) };
        visited.push(fact);
    }
    assert!(visited.is_sorted() && visited[0] < visited[2], "{visited:?}");
    send(&mut model, Tcp::State(Way::Back));
    assert_eq!(model.selected.thing, Some(Thing::Fact(visited[1])));
    send(&mut model, Tcp::Point(Way::Forward));
    let Some(Thing::Fact(first)) = model.selected.thing else { panic!("{:?}", model.selected) };
    send(&mut model, Tcp::Point(Way::Forward));
    send(&mut model, Tcp::Point(Way::Back));
    assert_eq!(model.selected.thing, Some(Thing::Fact(first)));
    assert!(matches!(model.session.trace.get(first).map(|fact| &fact.what), Some(What::TcpVars { .. })));
}

#[test]
fn messages_segments_and_reads_stand_on_one_ruler() {
    let mut model = page(HELLO);
    show_at(&mut model, 65);
    let scene = ruler::ruler(&model, 460.0, 0.0);
    for part in ["SYN", "6 · line 3", "in flight 6", "#6", "read 6", "6 · line 6", "in flight 2", "FIN"] {
        assert!(has(&scene, part), "{part}: {:?}", scene.texts().collect::<Vec<_>>());
    }
    let told = ruler::told(&model);
    assert_eq!(told[1].title, "server → client");
    assert_eq!(told[1].waits, ["recv of client waits: it takes up to 1,024 bytes as soon as any arrive."]);
}

#[test]
fn a_closed_window_is_named() {
    let mut model = page(SLOW);
    show_at(&mut model, 1_500);
    let told = ruler::told(&model);
    assert!(told[0].waits[0].starts_with("Zero window"), "{told:?}");
    assert!(
        told[0].waits[1].contains("asks again") && told[0].waits[2].starts_with("send of sender waits"),
        "{told:?}"
    );
    let full = told[0].rows.iter().find(|row| row.name == "Receive buffer of reader").expect("a tank");
    let (level, space) = full.value.split_once(" of ").expect("a level and a size");
    let bytes = |text: &str| -> u64 { text.replace(|c: char| !c.is_ascii_digit(), "").parse().expect("a number") };
    assert!(bytes(level) >= bytes(space), "the window closed for want of room: {full:?}");
    show_at(&mut model, 19_000);
    assert_eq!(ruler::told(&model)[0].waits, Vec::<String>::new());
}

#[test]
fn a_gap_is_drawn_until_it_is_filled() {
    let mut model = page(LOSSY);
    let dropped = fact(&model, |fact| matches!(fact.what, What::Dropped { .. }));
    let gap_at = model.session.connections.sockets().iter().find_map(|socket| {
        let after = model.session.trace.facts().iter().map(|fact| fact.id).filter(|fact| *fact > dropped);
        after.into_iter().find(|fact| !socket.islands.at(*fact).is_empty())
    });
    show(&mut model, gap_at.expect("what comes after the lost segment lies beyond a gap"));
    let scene = ruler::ruler(&model, 460.0, 0.0);
    let crosses =
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { ink: web::view::theme::Role::Danger, .. }));
    assert!(crosses.count() > 0, "a segment that was dropped is crossed out");
    assert!(ruler::told(&model)[0].rows.iter().any(|row| row.name == "beyond a gap"));
}

#[test]
fn a_line_says_what_it_is_at_its_end_and_is_picked_point_by_point() {
    let mut model = page(LOSSY);
    show_at(&mut model, 150);
    let scene = plots::plots(&model, 800.0, 0.0);
    for name in ["cwnd sender", "ssthresh sender", "in flight sender", "SRTT sender", "RTO sender", "▾ now"] {
        assert!(has(&scene, name), "{name}: {:?}", scene.texts().collect::<Vec<_>>());
    }
    let vars = |thing: &&Thing| matches!(thing, Thing::Fact(fact) if matches!(model.session.trace.get(*fact).unwrap().what, What::TcpVars { .. }));
    assert!(picks(&scene).iter().filter(vars).count() > 10);
    let rows = plots::rows(&model);
    assert!(rows.iter().any(|row| row.name == "cwnd sender" && row.value.ends_with(" B")), "{rows:?}");
}

#[test]
fn two_flows_share_a_plot() {
    let mut model = page(DUMBBELL);
    show_at(&mut model, 1_000);
    let choices = connection::choices(&model);
    assert_eq!(choices.iter().map(|choice| choice.chosen).collect::<Vec<_>>(), [false, true]);
    assert!(choices[0].label.starts_with("a1:") && choices[0].label.ends_with("→ b1:5001"), "{choices:?}");
    send(&mut model, Tcp::Overlay(choices[0].socket, true));
    send(&mut model, Tcp::Series(Series::Queue, true));
    let scene = plots::plots(&model, 800.0, 0.0);
    for name in ["1 cwnd a2", "2 cwnd a1", "left → right"] {
        assert!(has(&scene, name), "{name}: {:?}", scene.texts().collect::<Vec<_>>());
    }
    send(&mut model, Tcp::Connection(Some(choices[0].socket)));
    assert!(has(&plots::plots(&model, 800.0, 0.0), "cwnd a1"));
}

/// A plot costs what its pixels cost: a hundred times the facts make no more shapes.
#[test]
fn a_plot_has_no_more_shapes_than_pixels() {
    let mut model = page(DUMBBELL);
    for series in Series::ALL {
        send(&mut model, Tcp::Series(series, true));
    }
    let scene = plots::plots(&model, 800.0, 0.0);
    let points: usize =
        scene.shapes.iter().map(|shape| if let Shape::Path { points, .. } = shape { points.len() } else { 1 }).sum();
    let facts = model.session.trace.facts().len();
    assert!(facts > 40_000 && points < 20 * 4 * 800, "{points} points of {facts} facts");
}

#[test]
fn every_view_stays_in_its_picture_in_every_language() {
    for text in [HELLO, LOSSY, SLOW, CROSSING, DUMBBELL] {
        let mut model = page(text);
        for millis in [0, 11, 45, 61, 75, 150, 900, 2_000, 3_050, 30_000] {
            show_at(&mut model, millis);
            for (language, reach, span) in [
                (Language::English, Reach::Near, Span::Whole),
                (Language::TraditionalChinese, Reach::Whole, Span::Second),
                (Language::SimplifiedChinese, Reach::Near, Span::TenthOfSecond),
            ] {
                model.language = language;
                send(&mut model, Tcp::Reach(reach));
                send(&mut model, Tcp::Span(span));
                for width in [330.0, 460.0, 900.0] {
                    for scene in [
                        states::states(&model, width, 0.0),
                        ruler::ruler(&model, width, 0.0),
                        plots::plots(&model, width, 0.0),
                    ] {
                        inside(&scene);
                    }
                }
                assert!(
                    !states::label(&model).contains('{')
                        && !ruler::label(&model).contains('{')
                        && !plots::label(&model).contains('{')
                );
            }
        }
    }
}

#[track_caller]
fn inside(scene: &Scene) {
    let fits = |(x, y): (f64, f64)| {
        x.is_finite()
            && y.is_finite()
            && (-2.0..=scene.width + 2.0).contains(&x)
            && (-2.0..=scene.height + 2.0).contains(&y)
    };
    for shape in &scene.shapes {
        let whole = match shape {
            Shape::Box { at, .. } => fits((at.x, at.y)) && fits((at.right(), at.bottom())),
            Shape::Line { from, to, .. } => fits(*from) && fits(*to),
            Shape::Path { points, .. } => points.iter().all(|point| fits(*point)),
            Shape::Text { at, .. } => fits(*at),
        };
        assert!(whole, "{shape:?} in {}×{}", scene.width, scene.height);
    }
}

#[test]
fn pictures_are_as_kept() {
    let mut model = page(HELLO);
    let entered = fact(&model, |fact| enters(fact, TcpState::LastAck));
    show(&mut model, entered);
    is_as_kept("tcp-states-hello", &states::states(&model, 460.0, 0.0));
    is_as_kept("tcp-ruler-hello", &ruler::ruler(&model, 460.0, 0.0));
    let mut model = page(CROSSING);
    let entered = fact(&model, |fact| enters(fact, TcpState::TimeWait));
    show(&mut model, entered);
    is_as_kept("tcp-states-crossing", &states::states(&model, 460.0, 0.0));
    let mut model = page(LOSSY);
    show_at(&mut model, 150);
    is_as_kept("tcp-ruler-lossy", &ruler::ruler(&model, 460.0, 0.0));
    is_as_kept("tcp-plots-lossy", &plots::plots(&model, 460.0, 0.0));
    let mut model = page(SLOW);
    show_at(&mut model, 1_500);
    is_as_kept("tcp-ruler-zero-window", &ruler::ruler(&model, 460.0, 0.0));
}

/// What a real kernel tells of its connection stands beside what the lab's tells, and says so.
#[test]
fn a_real_kernels_values_are_marked_as_reported() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(20.0);
    let (&socket, _) = page.watched.iter().next().expect("the connection is watched");
    for (rtt, last) in [(40, 1), (55, 2)] {
        let at = page.clock;
        page.hear(&ServerMessage::Info { socket, at, fields: crate::outside::known(rtt, last) });
    }
    page.play(5.0);
    let rows = plots::rows(&page.model);
    let value = |name: &str| rows.iter().find(|row| row.name == name).map(|row| row.value.as_str());
    assert_eq!(value("SRTT (reported)"), Some("55 µs"), "{rows:?}");
    assert!(value("SRTT client").is_some_and(|value| value.ends_with("ms")), "{rows:?}");
    assert!(has(&plots::plots(&page.model, 800.0, 0.0), "SRTT (reported)"));
    assert!(plots::notes(&page.model).iter().any(|note| note.contains("TCP_INFO")));
}

#[test]
#[ignore = "a measurement: it needs a release build and a gigabyte"]
fn a_million_facts() {
    let text = LOSSY.replace("send s 100kB", "repeat 5\n      send s 14MB").replace("2min", "20min");
    let mut model = page(&text.replace("loss 2%", "loss 0.1%"));
    let facts = model.session.trace.facts();
    println!("{} facts", facts.len());
    let begun = std::time::Instant::now();
    let mut trace = sim_core::trace::Trace::default();
    let mut connections = web::app::tcp::connections::Connections::default();
    for fact in facts {
        trace.push(fact.clone());
        connections.push(&trace);
    }
    println!("cloned and indexed in {:?}", begun.elapsed());
    Series::ALL.into_iter().for_each(|series| send(&mut model, Tcp::Series(series, true)));
    let end = model.session.film.end().0;
    let mut slowest = [std::time::Duration::ZERO; 6];
    for place in 1..=100 {
        model.player.at = FilmTime(end * f64::from(place) / 100.0);
        model.tcp.reach = if place % 2 == 0 { Reach::Near } else { Reach::Whole };
        let mut measure = |what: usize, work: &dyn Fn(&Model)| {
            let begun = std::time::Instant::now();
            work(&model);
            slowest[what] = slowest[what].max(begun.elapsed());
        };
        measure(0, &|model| drop(states::states(model, 460.0, 0.0)));
        measure(1, &|model| drop(ruler::ruler(model, 460.0, 0.0)));
        measure(2, &|model| drop(ruler::told(model)));
        measure(3, &|model| drop(plots::plots(model, 900.0, 0.0)));
        measure(4, &|model| drop((plots::rows(model), plots::notes(model), plots::choices(model))));
        measure(5, &|model| drop((states::rows(model), connection::choices(model))));
    }
    let [states, ruler, told, plots, values, lists] = slowest;
    println!(
        "slowest of 100: states {states:?}, ruler {ruler:?}, its words {told:?}, plots {plots:?}, their values {values:?}, lists {lists:?}"
    );
}
