//! Any network as a session, and futures that branch from one.
//!
//! Absent: the view that compares two futures (see `compare`).

use std::sync::Arc;
use std::time::Duration;

use sim_core::network::Input;
use sim_core::scenario::{Experiment, Faults, text};
use sim_core::time::Instant;
use sim_core::trace::{CaptureSource, Fact, FactId, FrameId, LinkId, NodeId, Trace, What};
use web::app::future::{Name, Refusal};
use web::app::session::{Origin, Other, Session};
use web::app::{Msg, Notice, Way, time};

use crate::harness::Page;

/// A bulk transfer that loses every fiftieth frame on the way.
pub(crate) fn lossy(kilobytes: usize) -> Experiment {
    let text = include_str!("../../../sim-core/scenarios/lossy-bulk.net").replace("100kB", &format!("{kilobytes}kB"));
    parse(&text)
}

/// The same with so many megabytes, sent one after another.
pub(crate) fn long(megabytes: usize) -> Experiment {
    let send = format!("repeat {megabytes}\n      send s 1MB");
    parse(&include_str!("../../../sim-core/scenarios/lossy-bulk.net").replace("send s 100kB", &send))
}

fn parse(text: &str) -> Experiment {
    text::parse(text).expect("an example of the house")
}

fn ran(experiment: Experiment) -> Session {
    let mut session = Session::experiment(experiment).expect("a sound scenario");
    session.run_to_fact(0, Instant::FAR_FUTURE, |_, _| false);
    assert!(session.is_over());
    session
}

/// A page on which an experiment has run to its end.
pub(crate) fn opened(experiment: Experiment) -> Page {
    let mut page = Page::alone();
    page.model.open(ran(experiment));
    page
}

/// Puts the head at a simulated time.
pub(crate) fn go_to(page: &mut Page, at: Instant) {
    page.model.player.at = page.model.session.film.place(at);
}

fn millis(at: u64) -> Instant {
    Instant::from_millis(at)
}

fn faults(loss_ppm: u32) -> Input {
    Input::SetFaults(LinkId(0), 0, Faults { loss_ppm, ..Faults::default() })
}

fn text_of(session: &Session, facts: usize) -> Vec<String> {
    session.trace.facts()[..facts].iter().map(ToString::to_string).collect()
}

#[test]
fn an_experiment_runs_with_its_planned_inputs_and_ends_in_time() {
    let experiment = text::parse(
        "until 2s\nhost a\n  run ping b count 9 every 300ms\nhost b\nlink a b\nat 500ms cut a b\nat 1s mend a b\nat 1100ms kill a ping\n",
    )
    .expect("a scenario");
    let expected = {
        let mut network = sim_core::network::Network::new(&experiment.scenario, experiment.seed()).expect("sound");
        let mut trace = Trace::default();
        let keep = |output| {
            if let sim_core::network::Output::Fact(fact) = output {
                trace.push(fact);
            }
        };
        experiment.run(&mut network, experiment.end(), keep, |_| true);
        trace
    };
    let session = ran(experiment);
    assert_eq!(session.trace.hash(), expected.hash(), "the page runs it as the command line does");
    assert!(session.trace.facts().iter().any(|fact| matches!(fact.what, What::Killed { .. })));
    assert_eq!(session.now().max(millis(2000)), millis(2000), "nothing is later than its end");
    assert_eq!(session.origin, Origin::Scenario);
    assert_eq!(session.replay().trace.hash(), session.trace.hash());
    assert_eq!(session.afresh().now(), Instant::ZERO);
}

#[test]
fn a_process_is_known_by_its_start_and_not_by_its_place() {
    let experiment = text::parse(
        "host a\n  program late at 20ms\n    sleep 1ms\n  program early\n    sleep 1ms\nhost b\n  program last at 30ms\n    sleep 1ms\nlink a b\n",
    )
    .expect("a scenario");
    let mut session = ran(experiment);
    let script = session.program(0).expect("a program").clone();
    session.spawn(NodeId(1), sim_core::program::Script { name: "mine".into(), ..script });
    let names: Vec<_> = (0..4).map(|process| &*session.program(process).expect("a program").name).collect();
    assert_eq!(names, ["early", "late", "last", "mine"]);
}

#[test]
fn an_unsound_experiment_is_told() {
    let mut experiment = lossy(1);
    experiment.scenario.nodes.clear();
    assert!(Session::experiment(experiment).is_err());
}

#[test]
fn a_capture_is_watched_from_its_beginning_to_its_end() {
    let lab = ran(lossy(10));
    let mut trace = Trace::default();
    for fact in lab.trace.facts() {
        if let What::Sent { bytes, .. } = &fact.what {
            let id = FactId(u32::try_from(trace.facts().len()).expect("few"));
            let source = CaptureSource::Interface(0);
            let what = What::Captured { source, bytes: bytes.clone(), length: bytes.len() as u32 };
            trace.push(Fact { id, at: fact.at, node: fact.node, cause: None, what });
        }
    }
    let frames = trace.facts().len();
    let session = Session::captured(lab.scenario.clone(), &trace);
    assert_eq!((session.origin, session.other), (Origin::Capture, Other::Simulated));
    assert!(session.is_over());
    let ends = |session: &Session| -> Vec<_> {
        session
            .index
            .frames()
            .iter()
            .filter(|frame| frame.bytes[0] != 0xff)
            .map(|frame| (frame.from, frame.to))
            .collect()
    };
    assert_eq!(ends(&session), ends(&lab), "who sent what to whom is read from the addresses");
    let mut page = Page::alone();
    page.model.open(session);
    page.send(Msg::PlayPause);
    page.play(600.0);
    assert!(!page.model.player.playing && page.model.is_live(), "it plays to its end, and is over there");
    assert_eq!(page.model.moment().fact, Some(frames - 1));
    page.send(Msg::Seek(0.5));
    page.send(Msg::Step(Way::Forward));
    assert!(page.model.moment().fact.is_some_and(|fact| fact > 0 && fact < frames - 1));
    assert!(!page.model.branch(vec![faults(0)]), "there is nothing that runs");
    assert_eq!(page.model.notice, Some(Notice::Refused(Refusal::Captured)));
    assert!(page.notice().contains("recording"), "{}", page.notice());
}

#[test]
fn a_run_goes_back_to_any_moment_as_it_was() {
    let session = ran(lossy(100));
    let last = session.now().as_nanos();
    for part in 0..=40 {
        let at = Instant::from_nanos(last / 40 * part);
        let back = session.back_at(at).expect("a simulated run");
        let facts = back.trace.facts().len();
        assert_eq!(facts, session.trace.facts().partition_point(|fact| fact.at <= at), "all facts up to then, at {at}");
        assert_eq!(text_of(&back, facts), text_of(&session, facts));
        let mut again = session.afresh();
        again.run_to_fact(0, at, |_, _| false);
        assert_eq!(again.trace.hash(), back.trace.hash(), "as a run from the start has it, at {at}");
        assert!(back.index == again.index && back.film.end() == again.film.end(), "at {at}");
        // What comes then is what came: the network is the same, too.
        let mut on = back;
        on.run_to_fact(0, Instant::FAR_FUTURE, |_, _| false);
        assert_eq!(on.trace.hash(), session.trace.hash(), "from {at} on");
    }
}

#[test]
fn a_change_in_the_past_makes_another_future_and_keeps_the_first() {
    let mut page = opened(lossy(100));
    let first = page.model.session.trace.hash();
    go_to(&mut page, millis(70));
    let here = page.model.moment();
    assert!(page.model.branch(vec![faults(300_000)]), "{:?}", page.model.notice);
    assert_eq!(page.model.moment().at, here.at, "the head stays where it was");
    assert_eq!(page.model.session.now(), here.at, "nothing of the new future has happened");
    let futures = &page.model.time.futures;
    let branch = futures.branch.clone().expect("it left another");
    assert_eq!((futures.shown, branch.from, branch.at), (Name(1), Name(0), here.at));
    assert_eq!(futures.get(Name(0)).expect("it is kept").session.trace.hash(), first);
    page.model.session.run_to_fact(0, Instant::FAR_FUTURE, |_, _| false);
    let (a, b) = (&page.model.time.futures.kept[0].session, &page.model.session);
    assert_eq!(text_of(a, branch.facts), text_of(b, branch.facts), "up to there both are the same");
    assert_ne!(a.trace.facts()[branch.facts].what, b.trace.facts()[branch.facts].what);
    let dropped = |session: &Session| {
        session.trace.facts().iter().filter(|fact| matches!(fact.what, What::Dropped { .. })).count()
    };
    assert!(dropped(b) > 2 * dropped(a), "a third of the frames is lost: {} after {}", dropped(b), dropped(a));
    assert_eq!(b.replay().trace.hash(), b.trace.hash(), "a future replays from scenario, seed and inputs");
    // Another change at the very moment belongs to the same future.
    let mut page = opened(lossy(100));
    go_to(&mut page, millis(200));
    page.model.branch(vec![faults(300_000)]);
    page.model.branch(vec![faults(0)]);
    assert_eq!((page.model.time.futures.kept.len(), page.model.session.inputs.len()), (1, 2));
}

#[test]
fn one_frame_is_dropped_by_hand() {
    let mut page = opened(lossy(20));
    let flying = page.model.session.index.frames().iter().find(|frame| frame.bytes.len() > 1000).expect("data").clone();
    page.model.player.at = page.model.session.film.start(flying.sent.0 as usize);
    go_to(&mut page, flying.sent_at + Duration::from_millis(2));
    assert!(page.model.branch(vec![Input::DropFrame(flying.id)]), "{:?}", page.model.notice);
    page.model.session.run_to_fact(0, Instant::FAR_FUTURE, |_, _| false);
    let end = page.model.session.index.frame(flying.id).and_then(|frame| frame.end).expect("it ended");
    assert!(end.dropped.is_some());
    // One that is not on its way is not to be dropped.
    go_to(&mut page, flying.sent_at + Duration::from_secs(5));
    let facts = page.model.session.trace.hash();
    assert!(!page.model.branch(vec![Input::DropFrame(FrameId(0))]));
    assert!(matches!(page.model.notice, Some(Notice::Refused(Refusal::Input(_)))));
    assert_eq!(page.model.session.trace.hash(), facts, "nothing is lost");
}

#[test]
fn a_message_is_edited_where_it_was_sent() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    let Input::Spawn(node, program) = page.model.session.inputs[0].1.clone() else { panic!("a client was started") };
    let script = program.script().expect("a script").clone();
    let mut edited = script;
    for (_, step) in &mut edited.steps {
        if let sim_core::program::Step::Send(_, bytes) = step {
            *bytes = Arc::from(&b"another"[..]);
        }
    }
    assert!(page.model.branch_instead(0, Input::Spawn(node, edited.into())));
    page.send(Msg::End(Way::Forward));
    page.play(60.0);
    assert_eq!(page.printed(), ["b'another'", "b'hi'"]);
    page.send(Msg::Time(time::Msg::Show(Name(0))));
    assert_eq!(page.printed(), ["b'hello!'", "b'hi'"]);
    assert!(!page.model.branch_instead(7, faults(0)));
    assert_eq!(page.model.notice, Some(Notice::Refused(Refusal::NoInput)));
}

#[test]
fn the_form_sends_in_the_place_of_what_was_sent_last() {
    let mut page = Page::alone();
    page.send(Msg::SendInstead);
    assert!(page.model.session.inputs.is_empty(), "nothing was sent that could be another");
    page.send(Msg::Send);
    page.play(60.0);
    let first = page.model.session.trace.hash();
    page.send(Msg::End(Way::Back));
    page.send(Msg::Message(String::new(), None));
    page.send(Msg::SendInstead);
    assert_eq!(page.model.notice, Some(Notice::MessageEmpty));
    assert_eq!(page.model.session.trace.hash(), first, "a mistake in the form makes no future");
    page.send(Msg::Message("another".to_owned(), None));
    page.send(Msg::SendInstead);
    page.play(60.0);
    assert_eq!(page.printed(), ["b'another'", "b'hi'"]);
    page.send(Msg::Time(time::Msg::Show(Name(0))));
    assert_eq!(page.model.session.trace.hash(), first);
}

#[test]
fn futures_are_shown_closed_and_bounded() {
    let mut page = opened(lossy(20));
    for turn in 1..=6_u32 {
        go_to(&mut page, millis(60));
        assert!(page.model.branch(vec![faults(turn * 10_000)]));
        page.model.session.run_to_fact(0, Instant::FAR_FUTURE, |_, _| false);
    }
    assert_eq!(page.model.time.futures.shown, Name(6));
    let names: Vec<u16> = page.model.time.futures.kept.iter().map(|future| future.name.0).collect();
    assert_eq!(names, [3, 4, 5], "the oldest have gone");
    page.send(Msg::Time(time::Msg::Show(Name(4))));
    assert_eq!(page.model.time.futures.shown, Name(4));
    assert_eq!(page.model.moment().at, millis(60), "at the same moment");
    page.send(Msg::Time(time::Msg::Close(Name(4))));
    assert_eq!(page.model.time.futures.shown, Name(6));
    for name in [3, 5] {
        page.send(Msg::Time(time::Msg::Close(Name(name))));
    }
    page.send(Msg::Time(time::Msg::Close(Name(6))));
    assert_eq!((page.model.time.futures.shown, page.model.time.futures.kept.len()), (Name(6), 0), "one stays");
}

#[test]
fn the_newest_moment_takes_a_change_without_another_future() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(2.0);
    assert!(page.model.is_present());
    assert!(page.model.branch(vec![faults(0)]));
    assert!(page.model.time.futures.kept.is_empty());
    page.play(60.0);
    page.send(Msg::PlayPause);
    assert!(page.model.is_present(), "also where nothing moves any more");
    page.send(Msg::Seek(0.3));
    assert!(!page.model.is_present());
}

#[test]
fn the_real_world_does_not_go_back() {
    let mut page = Page::with(crate::harness::Server::Answer(b"hi".to_vec(), 1_000_000));
    page.send(Msg::Send);
    page.play(20.0);
    page.send(Msg::Seek(0.4));
    assert!(!page.model.branch(vec![faults(0)]));
    assert_eq!(page.model.notice, Some(Notice::Refused(Refusal::Real)));
    assert!(page.notice().contains("real machine"), "{}", page.notice());
    page.send(Msg::End(Way::Forward));
    assert!(page.model.branch(vec![faults(0)]), "the future is open: {:?}", page.model.notice);
}
