//! One choice marks everything that belongs to it, and costs the same in a long trace.

use sim_core::layer::{Layer, Protocol};
use sim_core::trace::{DropReason, FactId, FrameId, ProcessId, What};
use web::app::kin::{Kin, MOST};
use web::app::thing::{Selected, Thing};
use web::app::{Model, Msg};
use web::view::frame::words;

use crate::harness::Page;
use crate::telling::{of_scenario, of_text};

fn chosen(model: &Model, thing: Thing) -> Kin {
    Kin::of(&model.session, &Selected { thing: Some(thing), frame: None, field: None })
}

/// The frame with this label, counted from 0.
fn frame(model: &Model, label: &str, place: usize) -> FrameId {
    let mut with = model.session.index.frames().iter().filter(|frame| words(frame).label == label);
    with.nth(place).unwrap_or_else(|| panic!("no frame {label}")).id
}

fn facts(model: &Model, wanted: impl Fn(&What) -> bool) -> Vec<FactId> {
    model.session.trace.facts().iter().filter(|fact| wanted(&fact.what)).map(|fact| fact.id).collect()
}

fn played() -> Page {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    page
}

/// The frames that are kin, by their labels.
fn labels(model: &Model, kin: &Kin) -> Vec<String> {
    let of = |thing| match thing {
        Thing::Frame(frame) => model.session.index.frame(frame).map(|frame| words(frame).label),
        _ => None,
    };
    kin.things().filter_map(of).collect()
}

#[test]
fn a_frame_marks_its_layers_its_calls_its_sockets_and_its_acknowledgement() {
    let mut page = played();
    let data = frame(&page.model, "PSH ACK 6 B", 0);
    page.send(Msg::Choose(Thing::Frame(data)));
    let (model, kin) = (&page.model, &page.model.kin);
    let steps = facts(model, |what| match what {
        What::Encapsulated { payload, .. } => [6, 38, 58].contains(payload),
        What::Decapsulated { frame, .. } | What::Sent { frame, .. } | What::Delivered { frame, .. } => *frame == data,
        _ => false,
    });
    assert_eq!(steps.len(), 8, "three layers down, two on the link, three up");
    for step in &steps {
        assert!(kin.has(Thing::Fact(*step)), "{}", model.session.trace.get(*step).unwrap());
    }
    let named = |name: &str| facts(model, |what| matches!(what, What::Called { call, .. } if call.name() == name));
    assert!(kin.has(Thing::Fact(named("send")[0])), "the call that gave the bytes");
    assert!(!kin.has(Thing::Fact(named("send")[1])), "the answer is a packet of its own");
    let received = facts(
        model,
        |what| matches!(what, What::Returned { result: Ok(value), .. } if value.to_string() == "b'hello!'"),
    );
    assert!(kin.has(Thing::Fact(received[0])), "the call that received them");
    let lines = kin.things().filter(|thing| matches!(thing, Thing::Line(..))).count();
    assert!(lines >= 2, "a line of the program at each end");
    let sockets = kin.things().filter(|thing| matches!(thing, Thing::Socket(_))).count();
    assert_eq!(sockets, 2, "a socket at each end");
    assert_eq!(labels(model, kin), ["PSH ACK 6 B", "ACK"], "the frame, and what acknowledged it");
}

#[test]
fn a_call_and_its_frame_are_kin_both_ways() {
    let page = played();
    let model = &page.model;
    let call = facts(model, |what| matches!(what, What::Called { call, .. } if call.name() == "send"))[0];
    let kin = chosen(model, Thing::Fact(call));
    assert_eq!(labels(model, &kin), ["PSH ACK 6 B"]);
    let What::Called { process, line, .. } = &model.session.trace.get(call).unwrap().what else { unreachable!() };
    let by_line = chosen(model, Thing::Line(*process, *line));
    assert!(by_line.has(Thing::Fact(call)) && labels(model, &by_line) == ["PSH ACK 6 B"]);
    let state = facts(model, |what| matches!(what, What::TcpState { to: sim_core::trace::TcpState::TimeWait, .. }))[0];
    let kin = chosen(model, Thing::Fact(state));
    assert!(labels(model, &kin).iter().any(|label| label.contains("FIN")), "{:?}", labels(model, &kin));
}

#[test]
fn a_lost_segment_marks_its_retransmission() {
    let model = of_scenario("lossy-bulk");
    let lost = model.session.index.frames().iter().find(|frame| frame.end.is_some_and(|end| end.dropped.is_some()));
    let lost = lost.expect("one is lost");
    assert_eq!(lost.end.unwrap().dropped.unwrap().1, DropReason::Loss);
    let kin = chosen(&model, Thing::Frame(lost.id));
    let numbers: Vec<String> = kin
        .things()
        .filter_map(|thing| match thing {
            Thing::Frame(frame) => Some(model.session.number(frame)),
            _ => None,
        })
        .collect();
    assert_eq!(
        numbers,
        ["78", "119", "135", "136"],
        "the ACK that made room, the lost one, the one that repeats it, its ACK"
    );
    let calls = kin.things().filter(|thing| match thing {
        Thing::Fact(fact) => matches!(model.session.trace.get(*fact).unwrap().what, What::Called { .. }),
        _ => false,
    });
    assert!(calls.count() >= 2, "the send that gave its bytes long before, and the recv that took them");
}

#[test]
fn a_packet_is_followed_through_switch_router_and_nat() {
    for (scenario, label, hops) in [("nat-home", "3 B", 3), ("router-mtu", "SYN", 2)] {
        let model = of_scenario(scenario);
        let first = frame(&model, label, 0);
        let kin = chosen(&model, Thing::Frame(first));
        let same = labels(&model, &kin).into_iter().filter(|other| other == label).count();
        assert_eq!(same, hops, "{scenario}: {:?}", labels(&model, &kin));
        let last = kin.things().filter_map(|thing| match thing {
            Thing::Frame(frame) => Some(frame),
            _ => None,
        });
        let back =
            last.filter(|frame| words(model.session.index.frame(*frame).unwrap()).label == label).last().unwrap();
        assert!(
            chosen(&model, Thing::Frame(back)).has(Thing::Frame(first)),
            "{scenario}: from the last hop back to the first"
        );
    }
}

#[test]
fn a_byte_has_its_field_and_a_field_what_it_stands_for() {
    let page = played();
    let model = &page.model;
    let data = frame(model, "PSH ACK 6 B", 0);
    // Byte 36 is the first of the destination port.
    let kin = chosen(model, Thing::Byte(data, 36));
    let fields: Vec<Thing> = kin.things().filter(|thing| matches!(thing, Thing::Field(..))).collect();
    let [Thing::Field(_, port)] = fields[..] else { panic!("{fields:?}") };
    let mut choosing = page.model.clone();
    web::app::update(&mut choosing, Msg::Choose(Thing::Byte(data, 36)));
    assert_eq!(
        (choosing.selected.frame, choosing.selected.field),
        (Some(data), Some(port)),
        "a byte chooses its field"
    );
    let kin = chosen(model, Thing::Field(data, port));
    assert!(kin.has(Thing::Byte(data, 36)) && kin.has(Thing::Byte(data, 37)) && !kin.has(Thing::Byte(data, 38)));
    // The ACK's number stands for what it acknowledges.
    let ack = frame(model, "ACK", 1);
    let kin = chosen(model, Thing::Byte(ack, 42));
    assert!(kin.has(Thing::Frame(data)), "{:?}", labels(model, &kin));
    // An address stands for a node.
    let kin = chosen(model, Thing::Byte(ack, 30));
    assert!(kin.things().any(|thing| matches!(thing, Thing::Node(_))));
}

/// Many bytes over one link: a long trace.
fn long(bytes: &str) -> Model {
    of_text(&format!(
        "until 1h\nhost a\n  program send at 10ms\n    s = socket\n    connect s b:5001\n    send s {bytes}\n    close s\n\
         host b\n  program receive\n    l = socket\n    bind l :5001\n    listen l\n    c = accept l\n    recvall c\n\
         link a b 1Gbit/s 1ms queue 2000\n"
    ))
}

/// How many facts are looked at for the dearest of some choices.
fn dearest(model: &Model) -> usize {
    let frames = model.session.index.frames();
    let places = (1..8).map(|part| frames[frames.len() * part / 8].id);
    let process = ProcessId(0);
    let things = places.map(Thing::Frame).chain([Thing::Line(process, 3), Thing::Fact(FactId(100))]);
    things.map(|thing| chosen(model, thing).visited()).max().unwrap_or(0)
}

#[test]
fn a_choice_looks_at_a_bounded_number_of_facts() {
    let (short, long) = (long("1MB"), long("8MB"));
    let (few, many) = (short.session.trace.facts().len(), long.session.trace.facts().len());
    assert!(many > 5 * few, "{few} and {many} facts");
    let bound = 8 * MOST;
    assert!(dearest(&short) <= bound && dearest(&long) <= bound, "{} and {}", dearest(&short), dearest(&long));
    for thing in [Thing::Link(sim_core::trace::LinkId(0)), Thing::Node(sim_core::trace::NodeId(0))] {
        assert!(chosen(&long, thing).things().count() <= MOST);
    }
}

/// Prints a measurement; run it with `cargo test --release -p web --test page kin::a_million -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement: it needs a release build and a gigabyte"]
fn a_million_facts() {
    let model = long("1B\n    repeat 9\n      send s 16MB");
    let facts = model.session.trace.facts().len();
    let frames = model.session.index.frames();
    let mut slowest = std::time::Duration::ZERO;
    for part in 0..100 {
        let begun = std::time::Instant::now();
        let kin = chosen(&model, Thing::Frame(frames[frames.len() * part / 100].id));
        slowest = slowest.max(begun.elapsed());
        assert!(kin.things().count() <= MOST);
    }
    println!("{facts} facts, {} frames: the slowest of 100 choices took {slowest:?}", frames.len());
}

#[test]
fn layers_of_a_walk_are_kin() {
    let page = played();
    let model = &page.model;
    let step = facts(model, |what| {
        matches!(what, What::Encapsulated { layer: Layer::Transport, protocol: Protocol::Tcp, payload: 6, .. })
    })[0];
    let kin = chosen(model, Thing::Fact(step));
    assert_eq!(labels(model, &kin), ["PSH ACK 6 B", "ACK"]);
}
