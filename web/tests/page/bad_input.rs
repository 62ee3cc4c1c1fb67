//! Sizes, times, values and links that nobody should give: every view stands, nothing is lost, and nothing that is drawn has no place.
//!
//! Absent: texts with mistakes (see `mistakes`) and captures that are none (see `share`).

use sim_core::network::Input;
use sim_core::scenario::{Faults, HostSettings, text};
use sim_core::time::Instant;
use sim_core::trace::{LinkId, NodeId};
use web::app::knobs::{self, Knob, Of};
use web::app::player::Speed;
use web::app::session::Session;
use web::app::share::Msg as Share;
use web::app::tcp::{self, Series, Span};
use web::app::thing::Thing;
use web::app::{Effect, Model, Msg, Theme, Way, time, update};
use web::catalogue::Language;
use web::view::scene::Scene;
use web::view::theme::Shade;
use web::view::{
    bytes, causes, compare, connection, editor, hosts, knobs as knobs_view, ladder, narration, notice, plots, ruler,
    stack, stage, states, svg, table, transport,
};

use crate::harness::Page;
use crate::networks::star;

fn send(model: &mut Model, msg: Msg) {
    let mut messages = vec![msg];
    while let Some(msg) = messages.pop() {
        for effect in update(model, msg) {
            if effect == Effect::Soon {
                messages.push(Msg::Share(Share::Work));
            }
        }
    }
}

fn page(scenario: &str) -> Model {
    let experiment = text::parse(scenario).expect("the scenario is sound");
    let mut model = Model::new(Language::English, Theme::System);
    model.open(Session::experiment(experiment).expect("the scenario runs"));
    for series in Series::ALL {
        send(&mut model, Msg::Tcp(tcp::Msg::Series(series, true)));
    }
    model
}

fn check(scene: &Scene, what: &str) {
    let picture = svg::svg(scene, Shade::Light);
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "{what}: something has no place");
}

/// All that the page shows of a model, with panes of this width and height.
fn look_at(model: &Model, width: f64, height: f64) {
    let at = format!("{width} × {height} at {:?}", model.player.at);
    check(&stage::stage(model, width), &format!("stage {at}"));
    check(&ladder::ladder(model, width, height), &format!("ladder {at}"));
    check(&plots::plots(model, width, height), &format!("plots {at}"));
    check(&ruler::ruler(model, width, height), &format!("ruler {at}"));
    check(&states::states(model, width, height), &format!("states {at}"));
    check(&compare::ladders(model, width, height), &format!("compare {at}"));
    check(&transport::marks(model, width), &format!("marks {at}"));
}

/// What is told in words and rows.
fn read_all(model: &Model) {
    let _ = (transport::transport(model), transport::stretch(model), transport::speeds(model), stage::label(model));
    let _ = (plots::rows(model), plots::notes(model), plots::others(model), ruler::told(model), states::rows(model));
    let _ = (table::rows(model, 0, 40), table::rows(model, usize::MAX, 40), table::rows(model, 5, usize::MAX / 2));
    let _ = (table::row(model, usize::MAX), table::found(model), bytes::bytes(model), bytes::moved(model, isize::MIN));
    let _ = (causes::chain(model), compare::compare(model), connection::choices(model), editor::picture(model));
    let _ = (narration::now(model), narration::depth::now(model), notice::notice(model), notice::outcome(model));
    for node in [0, 1, u16::MAX].map(NodeId) {
        let _ = (stack::stack(model, node), hosts::tables(model, node), knobs_view::of_host(model, node));
    }
    for link in [0, u16::MAX].map(LinkId) {
        let _ = knobs_view::of_link(model, link);
    }
}

/// A host that does nothing: a trace without facts.
const LONE: &str = "host a\n";

const SIZES: [f64; 9] = [0.0, 1.0, 7.0, 44.0, 62.0, 89.0, 151.0, 390.0, 20_000.0];

#[test]
fn panes_without_room_and_networks_without_anything_are_drawn() {
    let timeless = "host a\n  run ping b\nhost b\nlink a b unlimited 0ms\n";
    let talk = include_str!("../../../sim-core/scenarios/lossy-bulk.net");
    for scenario in [LONE, "switch s\nswitch t\nlink s t\n", timeless, talk] {
        let mut model = page(scenario);
        for turn in 0..3 {
            for (width, height) in SIZES.into_iter().flat_map(|width| [0.0, 44.0, 700.0].map(|height| (width, height)))
            {
                look_at(&model, width, height);
            }
            read_all(&model);
            model.session.run_to_fact(0, Instant::from_millis(1_000 * turn), |_, _| false);
            send(&mut model, Msg::End(Way::Forward));
        }
    }
}

#[test]
fn no_time_is_too_strange() {
    for scenario in
        ["host a\n  run ping b\nhost b\nlink a b\n", include_str!("../../../sim-core/scenarios/lossy-bulk.net")]
    {
        for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, f64::MIN_POSITIVE, f64::MAX] {
            let mut model = page(scenario);
            for _ in 0..2 {
                for msg in [
                    Msg::Seek(strange),
                    Msg::PlayPause,
                    Msg::Tick(strange),
                    Msg::Speed(Speed::from_index(usize::MAX)),
                    Msg::Tick(strange),
                ] {
                    send(&mut model, msg);
                    assert!(model.player.at.0.is_finite() && model.player.at.0 >= 0.0, "{strange} {:?}", model.player);
                }
                look_at(&model, 800.0, 400.0);
                read_all(&model);
                model.reduced_motion = true;
            }
            // The page goes on as if nothing had been.
            send(&mut model, Msg::ReducedMotion(false));
            send(&mut model, Msg::Seek(0.0));
            model.player.playing = true;
            let before = model.player.at;
            send(&mut model, Msg::Tick(16.0));
            assert!(scenario == LONE || model.player.at > before, "{strange} {:?}", model.player);
        }
    }
}

/// A link with a run that goes on for ever, from one that is whole.
fn endless(until: Instant, input: Option<Instant>) -> String {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(20.0);
    let mut link = None;
    for effect in update(&mut page.model, Msg::Share(Share::Link)) {
        if let Effect::Address(address) = effect {
            link = address.strip_prefix("s=").map(str::to_owned);
        }
    }
    let mut bundle = share::from_text(&link.expect("there is a link")).expect("it is whole");
    let run = &mut bundle.runs[0];
    run.until = until;
    bundle.moment = u64::MAX;
    if let Some(at) = input {
        let again = run.inputs[0].1.clone();
        run.inputs.push((at, again));
        run.inputs.push((Instant::ZERO, Input::SetFaults(LinkId(9), 7, Faults::default())));
        run.inputs.push((at, Input::SetHost(NodeId(77), HostSettings::LINUX)));
    }
    bundle.view.push(("chosen".to_owned(), "frame 18446744073709551615".to_owned()));
    share::to_text(&bundle).expect("it is short")
}

#[test]
fn a_link_may_end_when_time_does() {
    let last = Instant::FAR_FUTURE;
    let before = Instant::from_nanos(u64::MAX - 2_000_000_000);
    for (until, input) in [(last, None), (last, Some(before)), (last, Some(last)), (Instant::ZERO, Some(last))] {
        let mut model = Model::new(Language::English, Theme::System);
        send(&mut model, Msg::Share(Share::Open(endless(until, input))));
        for span in Span::ALL {
            send(&mut model, Msg::Tcp(tcp::Msg::Span(span)));
            look_at(&model, 800.0, 400.0);
            read_all(&model);
        }
        for msg in [
            Msg::End(Way::Forward),
            Msg::PlayPause,
            Msg::Tick(50.0),
            Msg::Step(Way::Forward),
            Msg::Step(Way::Back),
            Msg::Send,
            Msg::Seek(0.5),
        ] {
            send(&mut model, msg);
            look_at(&model, 800.0, 400.0);
            read_all(&model);
        }
        send(&mut model, Msg::StartOver);
        look_at(&model, 800.0, 400.0);
    }
}

#[test]
fn no_control_takes_what_cannot_be() {
    let written = [
        "",
        " ",
        "-1",
        "NaN",
        "inf",
        "1e999",
        "0",
        "00",
        "1000000",
        "101%",
        "100%",
        "-5 %",
        "999999999999999999999s",
        "584y",
        "18446744073709551615ns",
        "18446744073709551615",
        "4294967296",
        "65536",
        "256",
        "0 bit/s",
        "99999999Gbit/s",
        "unlimited",
        "1.5",
        "1,5",
        "0x10",
        "１００",
        "٣",
        "\u{feff}1",
        "64KiB\0",
        "💥",
    ];
    for of in [
        Of::Direction(LinkId(0), 0),
        Of::Direction(LinkId(0), 9),
        Of::Link(LinkId(0)),
        Of::Host(NodeId(0)),
        Of::Link(LinkId(9)),
        Of::Host(NodeId(99)),
        Of::Host(NodeId(1)),
    ] {
        let knobs: &[Knob] = match of {
            Of::Direction(..) => &Knob::DIRECTION,
            Of::Link(_) => &Knob::LINK,
            Of::Host(_) => &Knob::HOST,
        };
        for knob in knobs {
            let mut model = page(
                "host a\n  program p at 1ms\n    s = socket\n    connect s b:1\n    send s 9kB\nhost b\n  program q\n    l = socket\n    bind l :1\n    listen l\n    c = accept l\n    recvall c\nswitch s\nlink a b\nlink a s\n",
            );
            model.session.run_to_fact(0, Instant::from_millis(5), |_, _| false);
            send(&mut model, Msg::End(Way::Forward));
            for text in written {
                send(&mut model, Msg::Knobs(knobs::Msg::Write(of, *knob, text.to_owned())));
                send(&mut model, Msg::Tick(16.0));
            }
            for value in [0, 1, 2, 1_000_000, 1_000_001, u64::from(u32::MAX), 1 << 32, u64::MAX - 1, u64::MAX] {
                send(&mut model, Msg::Knobs(knobs::Msg::Drag(of, *knob, value)));
                send(&mut model, Msg::Knobs(knobs::Msg::Set(of, *knob, value)));
                let _ = (knob.text(value), knob.stop_of(value));
                model.player.playing = true;
                send(&mut model, Msg::Tick(50.0));
            }
            let end = model.session.now() + std::time::Duration::from_secs(2);
            model.session.run_to_fact(0, end, |session, fact| fact > 20_000 || session.trace.facts().len() > 20_000);
            look_at(&model, 800.0, 400.0);
            read_all(&model);
        }
    }
}

#[test]
fn a_thousand_nodes_are_laid_out_and_drawn() {
    let chain = |many: usize| {
        let mut text = String::new();
        for node in 0..many {
            text.push_str(&format!("router r{node}\n"));
        }
        for node in 1..many {
            text.push_str(&format!("link r{} r{node}\n", node - 1));
        }
        text
    };
    let ring = |many: usize| format!("{}link r0 r{}\n", chain(many), many - 1);
    let alone = |many: usize| (0..many).map(|node| format!("host h{node}\n")).collect::<String>();
    let mut mesh = (0..120).map(|node| format!("switch s{node}\n")).collect::<String>();
    for (a, b) in (0..120).flat_map(|a| (0..a).map(move |b| (a, b))).filter(|(a, b)| (a * 7 + b * 3) % 11 == 0) {
        mesh.push_str(&format!("link s{a} s{b}\n"));
    }
    for text in [star(1_000), chain(1_000), ring(1_000), alone(2_000), mesh] {
        let Ok(experiment) = text::parse(&text) else { panic!("{:?}", text::parse(&text).err()) };
        let Ok(session) = Session::experiment(experiment) else { continue };
        let mut model = Model::new(Language::English, Theme::System);
        model.open(session);
        model.session.run_to_fact(0, Instant::from_millis(100), |_, fact| fact > 5_000);
        send(&mut model, Msg::End(Way::Forward));
        for width in [0.0, 390.0] {
            look_at(&model, width, 500.0);
        }
        read_all(&model);
        for thing in [Thing::Node(NodeId(999)), Thing::Link(LinkId(500))] {
            send(&mut model, Msg::Choose(thing));
            look_at(&model, 800.0, 400.0);
        }
    }
}

#[test]
fn nothing_can_be_chosen_that_is_not_there() {
    use sim_core::trace::{FactId, FrameId, ProcessId, SocketId};
    for scenario in ["host a\n", "host a\n  run ping b\nhost b\nlink a b\n"] {
        let mut model = page(scenario);
        model.session.run_to_fact(0, Instant::from_millis(100), |_, _| false);
        let things = [
            Thing::Fact(FactId(u32::MAX)),
            Thing::Frame(FrameId(u64::MAX)),
            Thing::Field(FrameId(u64::MAX), usize::MAX),
            Thing::Field(FrameId(0), usize::MAX),
            Thing::Byte(FrameId(0), usize::MAX / 16),
            Thing::Byte(FrameId(0), usize::MAX),
            Thing::Socket(SocketId(u32::MAX)),
            Thing::Node(NodeId(u16::MAX)),
            Thing::Link(LinkId(u16::MAX)),
            Thing::Line(ProcessId(u32::MAX), u16::MAX),
        ];
        for thing in things {
            send(&mut model, Msg::Choose(thing));
            send(&mut model, Msg::Field(usize::MAX));
            send(&mut model, Msg::StepFrame(Way::Back));
            send(&mut model, Msg::StepFrame(Way::Forward));
            send(&mut model, Msg::Tcp(tcp::Msg::Point(Way::Back)));
            send(&mut model, Msg::Time(time::Msg::Step(Way::Forward)));
            look_at(&model, 800.0, 400.0);
            read_all(&model);
        }
    }
}
