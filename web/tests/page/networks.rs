//! The stage of any network: what is on its map at a moment. The pictures are kept under `target/scenes`, to be looked at.
//!
//! Absent: pixels, and the lab's two nodes (see `pictures`).

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use sim_core::layer::Layer;
use sim_core::scenario::text;
use sim_core::trace::{DropReason, FrameId, LinkId, NodeId, Place, What};
use web::app::look::{self, Names};
use web::app::session::Session;
use web::app::thing::Thing;
use web::app::{Model, Msg, Theme, Way, update};
use web::catalogue::Language;
use web::view::scene::{Scene, Shape};
use web::view::theme::Shade;
use web::view::{ladder, ruler, stage, svg};

const DUMBBELL: &str = include_str!("../../../sim-core/scenarios/dumbbell.net");
const HOME: &str = include_str!("../../../sim-core/scenarios/nat-home.net");

/// A page that shows a scenario, at its beginning.
pub(crate) fn page(scenario: &str) -> Model {
    let experiment = text::parse(scenario).expect("the scenario is sound");
    let mut model = Model::new(Language::English, Theme::System);
    model.open(Session::experiment(experiment).expect("the scenario runs"));
    send(&mut model, Msg::End(Way::Back));
    model
}

pub(crate) fn send(model: &mut Model, msg: Msg) {
    update(model, msg);
}

/// Plays until a fact for which `wanted` holds, and stops in the middle of it.
pub(crate) fn play_to(model: &mut Model, wanted: impl Fn(&What) -> bool) -> usize {
    let limit = sim_core::time::Instant::from_millis(60_000);
    let found = model.session.run_to_fact(0, limit, |session, fact| wanted(&session.trace.facts()[fact].what));
    let fact = found.expect("it happens");
    model.player.at = model.session.film.seen(fact);
    fact
}

/// Keeps a picture to be looked at.
pub(crate) fn keep(name: &str, scene: &Scene) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/scenes");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join(format!("{name}.svg")), svg::svg(scene, Shade::Light)).expect("the picture can be kept");
}

/// A switch in the middle of so many hosts, the first of which sends to the last.
pub(crate) fn star(hosts: usize) -> String {
    let mut text = "switch s\n".to_owned();
    for host in 1..=hosts {
        let program = match host {
            1 => format!(
                "  program ask at 10ms\n    s = socket dgram\n    connect s h{hosts}:7\n    send s \"hello\"\n    recv s 100\n"
            ),
            _ if host == hosts => {
                "  program echo\n    s = socket dgram\n    bind s :7\n    recvfrom s 100\n    reply s received\n"
                    .to_owned()
            }
            _ => String::new(),
        };
        let _ = write!(text, "host h{host}\n{program}");
    }
    (1..=hosts).for_each(|host| {
        let _ = writeln!(text, "link h{host} s 100Mbit/s 5ms");
    });
    text
}

/// Twelve routers in a ring with four ways across, without programs.
fn mesh() -> String {
    let mut text: String = (0..12).map(|node| format!("router r{node}\n")).collect();
    let ring = (0..12).map(|node| (node, (node + 1) % 12));
    for (a, b) in ring.chain([(0, 6), (2, 9), (3, 11), (5, 8)]) {
        let _ = writeln!(text, "link r{a} r{b} 10Mbit/s 5ms");
    }
    text
}

/// What can be chosen on a scene, each thing once.
fn picks(scene: &Scene) -> Vec<Thing> {
    let mut picks: Vec<Thing> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Box { pick, .. } | Shape::Line { pick, .. } | Shape::Path { pick, .. } => *pick,
            Shape::Text { .. } => None,
        })
        .collect();
    picks.sort_unstable();
    picks.dedup();
    picks
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
fn every_node_and_link_of_any_network_can_be_chosen_at_any_width() {
    for (name, scenario) in
        [("dumbbell", DUMBBELL.to_owned()), ("home", HOME.to_owned()), ("star", star(5)), ("mesh", mesh())]
    {
        let model = page(&scenario);
        for width in [360.0, 390.0, 700.0, 1024.0, 1440.0] {
            let scene = stage::stage(&model, width);
            keep(&format!("{name}-{width}"), &scene);
            inside(&scene);
            let picks = picks(&scene);
            for node in 0..model.session.scenario.nodes.len() {
                assert!(picks.contains(&Thing::Node(NodeId(node as u16))), "{name} at {width} lacks node {node}");
            }
            for link in 0..model.session.scenario.links.len() {
                assert!(picks.contains(&Thing::Link(LinkId(link as u16))), "{name} at {width} lacks link {link}");
            }
        }
    }
}

#[test]
fn the_two_that_talk_stand_open_and_others_are_opened_by_choosing_them() {
    let mut model = page(DUMBBELL);
    let names = |model: &Model| -> Vec<String> {
        model.look.open_nodes().into_iter().map(|node| model.session.name(node).to_owned()).collect()
    };
    assert_eq!(names(&model), ["a1", "b1"]);
    send(&mut model, Msg::Choose(Thing::Node(NodeId(2))));
    assert_eq!(names(&model), ["left", "b1"], "the one that was opened first is closed");
    let scene = stage::stage(&model, 1440.0);
    let rows = scene.texts().filter(|text| text.ends_with("Network") || text.ends_with("Transport")).count();
    assert_eq!(rows, 3, "a router has no transport layer");
    keep("dumbbell-router", &scene);
}

#[test]
fn a_frame_is_where_it_is_on_its_link() {
    let mut model = page(DUMBBELL);
    let fact = play_to(&mut model, |what| matches!(what, What::Sent { link: LinkId(2), .. }));
    let What::Sent { frame, .. } = model.session.trace.facts()[fact].what else { panic!("it was sent") };
    let start = model.player.at.0;
    let mut places = Vec::new();
    for millis in [2.0, 10.0, 18.0] {
        model.player.at.0 = start + millis * 1e6;
        model.session.watch(model.player.at);
        let scene = stage::stage(&model, 1440.0);
        keep(&format!("dumbbell-flight-{millis}"), &scene);
        let at = scene.shapes.iter().find_map(|shape| match shape {
            Shape::Box { at, pick: Some(Thing::Frame(id)), .. } if *id == frame => Some(at.x),
            _ => None,
        });
        places.push(at.expect("it is on its way"));
    }
    assert!(places[0] < places[1] && places[1] < places[2], "{places:?}");
    assert!(((places[1] - places[0]) - (places[2] - places[1])).abs() < 2.0, "even speed: {places:?}");
}

#[test]
fn a_layer_alone_leaves_out_who_does_nothing_there() {
    let mut model = page(&star(5));
    let count = |model: &Model| {
        picks(&stage::stage(model, 1440.0)).iter().filter(|thing| matches!(thing, Thing::Node(_))).count()
    };
    assert_eq!(count(&model), 6);
    send(&mut model, Msg::Look(look::Msg::Layer(Some(Layer::Network))));
    assert_eq!(count(&model), 5, "the switch is gone");
    // ARP is the network layer's, and not the transport layer's.
    play_to(&mut model, |what| matches!(what, What::Sent { .. }));
    let frames = |model: &Model| {
        picks(&stage::stage(model, 1440.0)).iter().filter(|thing| matches!(thing, Thing::Frame(_))).count()
    };
    assert_eq!(frames(&model), 1);
    send(&mut model, Msg::Look(look::Msg::Layer(Some(Layer::Transport))));
    assert_eq!(frames(&model), 0);
    send(&mut model, Msg::Look(look::Msg::Layer(Some(Layer::Session))));
    assert!(stage::stage(&model, 1440.0).texts().any(|text| text == "No program here has bytes in this layer."));
}

#[test]
fn layers_are_called_as_the_model_does() {
    let mut model = page(DUMBBELL);
    send(&mut model, Msg::Look(look::Msg::Names(Names::Four)));
    let scene = stage::stage(&model, 1440.0);
    for name in ["4 Application", "3 Transport", "2 Internet", "1 Link"] {
        assert_eq!(scene.texts().filter(|text| *text == name).count(), 2, "{name}");
    }
    send(&mut model, Msg::Look(look::Msg::Layer(Some(Layer::Application))));
    send(&mut model, Msg::Look(look::Msg::Names(Names::Five)));
    assert_eq!(model.look.layer, Some(Layer::Application));
}

#[test]
fn what_waits_and_what_was_dropped_says_where_and_why() {
    let narrow = DUMBBELL.replace("queue 50", "queue 8");
    let mut model = page(&narrow);
    let full = |what: &What| matches!(what, What::Dropped { place: Place::Queue(_), why: DropReason::QueueFull, .. });
    let fact = play_to(&mut model, full);
    for language in Language::ALL {
        send(&mut model, Msg::Language(language));
        let scene = stage::stage(&model, 1440.0);
        keep(&format!("queue-{}", language.tag()), &scene);
        let words = language.words();
        let dropped = web::catalogue::fill(words.look.drop_queue, &[("why", words.drop_queue_full)]);
        assert!(scene.texts().any(|text| text == dropped), "{dropped}");
        let waiting = web::catalogue::fill(words.look.waiting, &[("n", "8")]);
        assert!(scene.texts().any(|text| text == waiting || text == "×8"), "{waiting}");
        assert!(picks(&scene).contains(&Thing::Fact(sim_core::trace::FactId(fact as u32))), "the drop can be chosen");
    }
}

#[test]
fn words_of_a_drop_fill_what_room_there_is_at_any_width() {
    let sends = "    sendto s \"x\" b:9\n".repeat(6);
    let mut model = page(&format!(
        "host a\n  program burst\n    s = socket inet dgram\n{sends}host b\n  program sink\n    s = socket dgram\n    bind s :9\n    sleep 60s\nlink a b 1Mbit/s 10ms queue 2\n"
    ));
    play_to(&mut model, |what| matches!(what, What::Dropped { place: Place::Queue(_), .. }));
    for language in Language::ALL {
        send(&mut model, Msg::Language(language));
        let words = model.language.words();
        let dropped = web::catalogue::fill(words.look.drop_queue, &[("why", words.drop_queue_full)]);
        for tenths in (3_200..14_400).step_by(23) {
            let scene = stage::stage(&model, f64::from(tenths) / 10.0);
            assert!(scene.texts().any(|text| text == dropped), "{tenths}: {dropped}");
        }
    }
}

#[test]
fn what_waits_is_chosen_by_a_click_and_by_a_key_and_time_stays() {
    let mut model = page(DUMBBELL);
    play_to(&mut model, |what| matches!(what, What::Dropped { place: Place::Queue(_), .. }));
    let (before, scene) = (model.player.at, stage::stage(&model, 1440.0));
    let marks = |scene: &Scene| -> Vec<_> {
        let waits = |shape: &Shape| match shape {
            Shape::Box { at, weight, pick: Some(thing @ Thing::Waiting(_)), .. } => Some((*at, *weight, *thing)),
            _ => None,
        };
        scene.shapes.iter().filter_map(waits).collect()
    };
    let waiting = marks(&scene);
    assert!(waiting.len() >= 6, "{waiting:?}");
    let (at, _, second) = waiting[1];
    assert_eq!(scene.pick_at(at.centre()), Some(second), "a click meets it");
    send(&mut model, Msg::Choose(second));
    let Thing::Waiting(made) = second else { unreachable!("they wait") };
    assert_eq!(model.selected.thing, Some(Thing::Fact(made)));
    assert_eq!(model.player.at, before, "it is on screen already");
    let heavy = |model: &Model| -> Vec<_> {
        marks(&stage::stage(model, 1440.0)).into_iter().filter(|mark| mark.1 > 1.0).map(|mark| mark.2).collect()
    };
    assert!(heavy(&model).contains(&second), "{:?}", heavy(&model));
    // The same by keys, from the front to the end, and again.
    send(&mut model, Msg::Follow);
    let mut seen = Vec::new();
    while let Some(Msg::Choose(next)) = web::app::keys::message(&model, "w") {
        if seen.contains(&next) {
            break;
        }
        send(&mut model, Msg::Choose(next));
        seen.push(next);
    }
    assert!(seen.len() >= 8 && seen.is_sorted() && seen.contains(&second), "{seen:?}");
    assert_eq!(model.player.at, before);
    // Nothing waits in the beginning.
    send(&mut model, Msg::End(Way::Back));
    assert_eq!(web::app::keys::message(&model, "w"), None);
}

#[test]
fn a_cable_that_is_cut_in_mid_run_is_broken_and_says_so_while_it_is() {
    let cut = DUMBBELL.to_owned() + "at 200ms cut left right\nat 900ms mend left right\n";
    let broken = |scene: &Scene| {
        let dashed = |shape: &&Shape| matches!(shape, Shape::Path { pick: Some(Thing::Link(_)), .. });
        scene.shapes.iter().filter(dashed).count()
    };
    let set =
        |down: bool| move |what: &What| matches!(what, What::FaultsSet { end: 1, faults, .. } if faults.down == down);
    let mut model = page(&cut);
    assert_eq!(broken(&stage::stage(&model, 1440.0)), 0);
    play_to(&mut model, |what| matches!(what, What::FaultsSet { faults, .. } if faults.down));
    assert!(stage::stage(&model, 1440.0).texts().any(|text| text == "cut from left to right"), "one way first");
    play_to(&mut model, set(true));
    let scene = stage::stage(&model, 1440.0);
    assert!(
        broken(&scene) == 1 && scene.texts().any(|text| text.ends_with("the cable is cut")),
        "what it drops says so"
    );
    for (language, word) in Language::ALL.into_iter().zip(["cut", "斷開", "断开"]) {
        send(&mut model, Msg::Language(language));
        for width in [1440.0, 390.0] {
            let scene = stage::stage(&model, width);
            assert_eq!(broken(&scene), 1);
            // On a map that stands upright the words of a drop say it.
            let dropped = language.words().drop_link_down;
            let says = |text: &str| text == word || width < 600.0 && text.contains(dropped);
            assert!(scene.texts().any(says), "{word} at {width}");
            keep(&format!("cut-{}-{width}", language.tag()), &scene);
        }
    }
    play_to(&mut model, set(false));
    let scene = stage::stage(&model, 1440.0);
    assert!(broken(&scene) == 0 && !scene.texts().any(|text| text == "断开"));
}

#[test]
fn one_wire_is_broken_while_it_is_cut_and_says_that_middle_layers_have_no_bytes() {
    let mut model = page("host a\n  run ping b\nhost b\nlink a b 1Mbit/s 5ms\nat 1ms cut a b\n");
    let text = Language::English.words().look.nothing_at_layer;
    let says = |model: &Model, width: f64| {
        let scene = stage::stage(model, width);
        let all: Vec<_> = scene.texts().collect();
        all.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").contains(text)
    };
    assert!(!says(&model, 1440.0));
    for layer in [Layer::Session, Layer::Presentation] {
        send(&mut model, Msg::Look(look::Msg::Layer(Some(layer))));
        assert!([390.0, 700.0, 900.0, 1440.0].into_iter().all(|width| says(&model, width)), "{layer:?}");
    }
    send(&mut model, Msg::Look(look::Msg::Layer(None)));
    play_to(&mut model, |what| matches!(what, What::FaultsSet { end: 1, .. }));
    let scene = stage::stage(&model, 1440.0);
    assert!(scene.shapes.iter().any(|shape| matches!(shape, Shape::Path { pick: Some(Thing::Link(_)), .. })));
    assert!(scene.texts().any(|text| text == "cut"));
    keep("wire-cut", &scene);
}

#[test]
fn datagrams_of_a_conversation_stand_apart_each_with_its_bounds() {
    let mut model = page(
        "host a\n  program ask at 1ms\n    s = socket dgram\n    connect s b:7\n    send s \"one\"\n    send s \"three\"\n    send s 3000B\n\
         \u{20}   recv s 100\nhost b\n  program echo\n    s = socket dgram\n    bind s :7\n    recvfrom s 100\n    reply s received\n    sleep 1s\n\
         router r\nlink a r 10Mbit/s 1ms\nlink r b 10Mbit/s 1ms\n  r->b lose 4\n",
    );
    assert!(ruler::ruler(&model, 460.0, 0.0).texts().any(|text| text.contains("TCP")), "nothing was sent yet");
    send(&mut model, Msg::End(Way::Forward));
    play_to(&mut model, |what| matches!(what, What::Returned { result: Ok(sim_core::trace::Value::Bytes(_)), .. }));
    let told = ruler::told(&model);
    assert_eq!(told.len(), 2, "two directions: {told:?}");
    let values: Vec<&str> = told[0].rows.iter().map(|row| row.value.split(" · ").nth(1).unwrap_or("")).collect();
    assert_eq!(values, ["3 B", "5 B", "3000 B"], "each once, though a router passes it on, and whole: {told:?}");
    assert_eq!(told[1].rows.len(), 1);
    let scene = ruler::ruler(&model, 460.0, 0.0);
    let boxes: Vec<_> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Box { at, pick: Some(Thing::Frame(frame)), .. } => Some((*at, *frame)),
            _ => None,
        })
        .collect();
    assert_eq!(boxes.len(), 4);
    assert!(boxes.windows(2).all(|pair| pair[0].0.bottom() < pair[1].0.y), "none touches another: {boxes:?}");
    assert_eq!(scene.pick_at(boxes[1].0.centre()), Some(Thing::Frame(boxes[1].1)));
    for (language, word) in Language::ALL.into_iter().zip(["datagram", "資料包", "数据报"]) {
        send(&mut model, Msg::Language(language));
        let scene = ruler::ruler(&model, 390.0, 0.0);
        assert!(scene.texts().any(|text| text.contains(word)), "{word}");
        keep(&format!("datagrams-{}", language.tag()), &scene);
    }
}

#[test]
fn choices_of_a_visit_are_kept() {
    let mut model = page(DUMBBELL);
    let effects = update(&mut model, Msg::Look(look::Msg::Names(Names::Four)));
    assert_eq!(effects, [web::app::Effect::KeepLook("4 0".into())]);
    let effects = update(&mut model, Msg::Look(look::Msg::NextLayer));
    let [web::app::Effect::KeepLook(text)] = &effects[..] else { panic!("{effects:?}") };
    let mut again = look::Look::default();
    again.restore(text);
    assert_eq!((again.names, again.layer), (Names::Four, Some(Layer::Application)));
    for broken in ["", "4", "x y", "6 2", "9999999999999999999999 1"] {
        let mut look = look::Look::default();
        look.restore(broken);
        assert_eq!(look, look::Look::default(), "{broken:?}");
    }
    for _ in 0..4 {
        send(&mut model, Msg::Look(look::Msg::NextLayer));
    }
    assert_eq!(model.look.layer, None, "after the last layer come all");
}

/// Arrows of frames on a ladder.
fn arrows(scene: &Scene) -> usize {
    scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { pick: Some(Thing::Frame(_)), .. })).count()
}

#[test]
fn the_ladder_has_a_line_for_each_node_and_an_arrow_for_each_link() {
    let mut model = page(DUMBBELL);
    play_to(&mut model, |what| matches!(what, What::Delivered { link: LinkId(3), .. }));
    let scene = ladder::ladder(&model, 900.0, 500.0);
    keep("ladder-dumbbell", &scene);
    for name in ["a1", "a2", "left", "right", "b1", "b2"] {
        assert!(scene.texts().any(|text| text == name), "{name}");
    }
    assert!(arrows(&scene) >= 3, "one for each link at least");
    inside(&scene);
}

#[test]
fn nodes_without_room_are_folded_and_named() {
    let model = page(DUMBBELL);
    let scene = ladder::ladder(&model, 390.0, 500.0);
    keep("ladder-dumbbell-390", &scene);
    assert!(scene.texts().any(|text| text == "No room for: a2, b2"), "{:?}", scene.texts().collect::<Vec<_>>());
    for name in ["a1", "left", "right", "b1"] {
        assert!(scene.texts().any(|text| text == name), "{name}");
    }
}

#[test]
fn at_one_layer_the_ladder_joins_what_others_pass_on() {
    let mut model = page(&star(5));
    play_to(&mut model, |what| matches!(what, What::Returned { result: Ok(sim_core::trace::Value::Bytes(_)), .. }));
    let all = arrows(&ladder::ladder(&model, 900.0, 900.0));
    send(&mut model, Msg::Look(look::Msg::Layer(Some(Layer::Application))));
    let scene = ladder::ladder(&model, 900.0, 900.0);
    keep("ladder-star-7", &scene);
    assert!(!scene.texts().any(|text| text == "s"), "the switch has no line");
    assert!(arrows(&scene) < all, "ARP is not the programs'");
    assert!(scene.texts().any(|text| text == "hello"), "the bytes of this layer");
}

#[test]
fn what_is_sent_again_says_so() {
    let lossy = include_str!("../../../sim-core/scenarios/lossy-bulk.net");
    let mut model = page(lossy);
    let lost = play_to(&mut model, |what| matches!(what, What::Dropped { place: Place::Wire(_), .. }));
    let scene = ladder::ladder(&model, 900.0, 500.0);
    keep("ladder-lost", &scene);
    assert!(scene.texts().any(|text| text.contains("✕")), "{:?}", scene.texts().collect::<Vec<_>>());
    assert!(picks(&scene).contains(&Thing::Fact(sim_core::trace::FactId(lost as u32))));
    let again = |model: &Model| {
        let frames = model.session.index.frames();
        frames.iter().find(|frame| model.session.index.traffic.is_again(frame.id)).map(|frame| frame.id)
    };
    play_to(&mut model, |what| matches!(what, What::Printed { .. }));
    let frame = again(&model).expect("the lost one is sent again");
    send(&mut model, Msg::Choose(Thing::Frame(frame)));
    let scene = ladder::ladder(&model, 900.0, 500.0);
    keep("ladder-again", &scene);
    assert!(scene.texts().any(|text| text.contains("sent again")), "{:?}", scene.texts().collect::<Vec<_>>());
}

#[test]
fn calls_and_states_stand_beside_the_lines() {
    let mut model = page(include_str!("../../../sim-core/scenarios/hello.net"));
    play_to(&mut model, |what| matches!(what, What::Printed { .. }));
    let scene = ladder::ladder(&model, 620.0, 600.0);
    keep("ladder-hello", &scene);
    for text in ["ESTABLISHED", "send()"] {
        assert!(scene.texts().any(|known| known == text), "{text} {:?}", scene.texts().collect::<Vec<_>>());
    }
}

/// A picture as it was kept; `SOCKSCOPE_UPDATE_SNAPSHOTS=1` keeps it anew.
pub(crate) fn snapshot(name: &str, scene: &Scene) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/page/snapshots/{name}.txt"));
    let now = scene.describe();
    if std::env::var_os("SOCKSCOPE_UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder can be made");
        std::fs::write(&path, &now).expect("the snapshot can be kept");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(now.lines()).position(|(kept, now)| kept != now);
    let line = differs.unwrap_or(kept.lines().count().min(now.lines().count()));
    assert!(
        kept == now,
        "{name} differs in line {}:\n  kept {:?}\n  now  {:?}\nSOCKSCOPE_UPDATE_SNAPSHOTS=1 keeps the picture anew",
        line + 1,
        kept.lines().nth(line),
        now.lines().nth(line)
    );
}

#[test]
fn pictures_of_chosen_moments_are_as_they_were_kept() {
    let mut model = page(HOME);
    play_to(&mut model, |what| matches!(what, What::Translated { .. }));
    snapshot("home-translated", &stage::stage(&model, 1200.0));
    snapshot("home-translated-ladder", &ladder::ladder(&model, 700.0, 300.0));
    let mut model = page(DUMBBELL);
    play_to(&mut model, |what| matches!(what, What::Sent { link: LinkId(2), .. }));
    snapshot("dumbbell-sent-narrow", &stage::stage(&model, 390.0));
}

#[test]
fn a_frame_on_its_way_is_dropped_and_another_future_begins() {
    let mut model = page(DUMBBELL);
    assert_eq!(look::droppable(&model), None, "nothing is on its way");
    let fact = play_to(&mut model, |what| matches!(what, What::Sent { link: LinkId(2), .. }));
    let What::Sent { frame, .. } = model.session.trace.facts()[fact].what else { panic!("it was sent") };
    play_to(&mut model, |what| matches!(what, What::Delivered { link: LinkId(4), .. }));
    send(&mut model, Msg::Choose(Thing::Frame(frame)));
    assert_eq!(look::droppable(&model), Some(frame));
    send(&mut model, Msg::Look(look::Msg::Drop(frame)));
    assert_eq!(model.notice, None);
    let dropped = |model: &Model| {
        let end = model.session.index.frame(frame).and_then(|frame| frame.end);
        end.and_then(|end| end.dropped).map(|(_, why)| why)
    };
    play_to(&mut model, |what| matches!(what, What::Dropped { why: DropReason::ByHand, .. }));
    assert_eq!(dropped(&model), Some(DropReason::ByHand));
    assert_eq!(model.time.futures.kept.len(), 1, "the other future is kept");
}

/// Twenty hosts at a switch, each of which sends a hundred and ten datagrams at once over a link of a fifth of a second.
fn crowd() -> String {
    let mut text =
        "switch s\nhost sink\n  program sink\n    s = socket dgram\n    bind s :9\n    sleep 60s\n".to_owned();
    for host in 0..20 {
        let _ = write!(
            text,
            "host h{host}\n  program flood at 10ms\n    s = socket dgram\n    connect s sink:9\n    send s \"first\"\n    \
             sleep 5s\n    repeat 110\n      send s \"again\"\n"
        );
    }
    text.push_str("link sink s 10Gbit/s 200ms\n");
    (0..20).for_each(|host| {
        let _ = writeln!(text, "link h{host} s 10Gbit/s 200ms");
    });
    text
}

/// The page at a moment with two thousand packets on their way.
fn crowded() -> Model {
    let mut model = page(&crowd());
    crowd_at(&mut model, 10_000);
    model
}

/// Puts the head where two thousand packets are on their way for the first time, within so many milliseconds.
fn crowd_at(model: &mut Model, millis: u64) {
    let limit = sim_core::time::Instant::from_millis(millis);
    let many = |session: &Session, fact: usize| {
        let fact = &session.trace.facts()[fact];
        matches!(fact.what, What::Sent { .. }) && session.index.in_flight(fact.id, fact.at).count() >= 2_000
    };
    let fact = model.session.run_to_fact(0, limit, many).expect("two thousand are on their way");
    model.player.at = model.session.film.seen(fact);
}

/// The frames that are drawn, each with the pixel that it stands on.
fn marks(scene: &Scene) -> Vec<(FrameId, (i64, i64))> {
    let mark = |shape: &Shape| match shape {
        Shape::Box { at, pick: Some(Thing::Frame(frame)), .. } => Some((*frame, (at.x as i64, at.y as i64))),
        _ => None,
    };
    scene.shapes.iter().filter_map(mark).collect()
}

#[test]
fn a_crowd_has_no_more_marks_than_can_be_seen() {
    let mut model = crowded();
    let scene = stage::stage(&model, 1440.0);
    keep("crowd", &scene);
    let drawn = marks(&scene);
    let pixels: BTreeSet<_> = drawn.iter().map(|(_, pixel)| pixel).collect();
    assert!(drawn.len() >= 20, "each link has its frames");
    // What is shown may stand on the pixel of another.
    assert!(pixels.len() + 1 >= drawn.len(), "{} marks on {} pixels", drawn.len(), pixels.len());
    assert!(scene.shapes.len() < 800, "{} shapes", scene.shapes.len());
    let labels = scene.texts().count();
    assert!(labels < 150, "{labels} texts");
    let ladder = ladder::ladder(&model, 600.0, 500.0);
    assert!(ladder.shapes.len() < 6_000 && ladder.texts().count() < 300, "{}", ladder.shapes.len());
    // Who is hidden by others comes to the front when it is chosen.
    let now = model.fact().expect("something has happened");
    let flying = model.session.index.in_flight(now, model.moment().at);
    let hidden = flying.map(|frame| frame.id).find(|id| drawn.iter().all(|(frame, _)| frame != id));
    let hidden = hidden.expect("most are hidden");
    send(&mut model, Msg::Choose(Thing::Frame(hidden)));
    let drawn = marks(&stage::stage(&model, 1440.0));
    let place = drawn.iter().position(|(frame, _)| *frame == hidden).expect("it is drawn");
    let behind = drawn[place..].iter().filter(|(frame, _)| !model.kin.has(Thing::Frame(*frame))).count();
    assert_eq!(behind, 0, "only its kin is drawn after it");
}

/// A datagram each millisecond on a road of two and a half seconds.
const ROAD: &str = "host a\n  program source\n    s = socket inet dgram\n    loop\n      sendto s \"hello!\" b:9000\n      \
    sleep 1ms\nhost b\n  program sink\n    s = socket inet dgram\n    bind s :9000\n    loop\n      recvfrom s 100\n\
    link a b 100Mbit/s 2500ms\n";

#[test]
fn a_crowd_on_one_wire_has_no_more_marks_and_arrows_than_can_be_seen() {
    let mut model = page(ROAD);
    crowd_at(&mut model, 20_000);
    let drawn = marks(&stage::stage(&model, 1440.0));
    assert!((100..1_000).contains(&drawn.len()), "{} marks", drawn.len());
    let ladder = ladder::ladder(&model, 480.0, 420.0);
    let is_arrow = |shape: &&Shape| matches!(shape, Shape::Line { pick: Some(Thing::Frame(_)), .. });
    let arrows = ladder.shapes.iter().filter(is_arrow).count();
    assert!((100..500).contains(&arrows), "{arrows} arrows");
}

/// What a picture of two thousand packets costs. Printed, not asserted: `cargo test --release -p web --test page costs -- --ignored
/// --nocapture`.
#[test]
#[ignore = "a measurement"]
fn costs_of_a_crowd() {
    let model = crowded();
    for (name, draw) in [
        ("stage", (|model| stage::stage(model, 1440.0)) as fn(&Model) -> Scene),
        ("ladder", |model| ladder::ladder(model, 600.0, 500.0)),
    ] {
        let mut costs: Vec<f64> = (0..100)
            .map(|_| {
                let begun = std::time::Instant::now();
                let scene = draw(&model);
                let cost = begun.elapsed().as_secs_f64() * 1e3;
                assert!(!scene.shapes.is_empty());
                cost
            })
            .collect();
        costs.sort_by(f64::total_cmp);
        println!("{name}: median {:.3} ms, p95 {:.3} ms", costs[50], costs[95]);
    }
}
