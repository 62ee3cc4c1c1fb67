//! Controls: what is set is in the network at once; back in time it makes another future; what cannot be set says why.
//!
//! Absent: pixels, and what settings do to TCP (the simulator's tests have that).

use crate::harness::{Page, Server};
use sim_core::lab::{CLIENT_NODE, OTHER_NODE};
use sim_core::network::Input;
use sim_core::trace::{LinkId, What};
use web::app::knobs::{self, Knob, Msg as Knobs, Of};
use web::app::session::Other;
use web::app::thing::Thing;
use web::app::{Msg, Way};
use web::catalogue::Language;
use web::view::knobs::{self as shown, control};

const LINK: LinkId = LinkId(0);
const THERE: Of = Of::Direction(LINK, 0);
const HOST: Of = Of::Host(CLIENT_NODE);

fn set(page: &mut Page, of: Of, knob: Knob, value: u64) {
    page.send(Msg::Knobs(Knobs::Set(of, knob, value)));
}

fn value(page: &Page, of: Of, knob: Knob) -> u64 {
    knobs::now(&page.model, of, knob)
}

#[test]
fn what_is_set_is_so_at_once_and_can_be_taken_back() {
    let mut page = Page::alone();
    assert_eq!(value(&page, THERE, Knob::Loss), 0);
    set(&mut page, THERE, Knob::Loss, 1_000_000);
    set(&mut page, Of::Link(LINK), Knob::Delay, 50_000_000);
    set(&mut page, HOST, Knob::Nagle, 0);
    let values =
        [value(&page, THERE, Knob::Loss), value(&page, Of::Link(LINK), Knob::Delay), value(&page, HOST, Knob::Nagle)];
    assert_eq!(values, [1_000_000, 50_000_000, 0]);
    assert_eq!(value(&page, Of::Direction(LINK, 1), Knob::Loss), 0, "the way back is another");
    assert_eq!(page.model.session.inputs.len(), 3);
    page.send(Msg::Send);
    page.play(3.0);
    let lost = page.model.session.trace.facts().iter().filter(|fact| matches!(fact.what, What::Dropped { .. })).count();
    assert!(lost > 0, "what is set is what happens");
    page.send(Msg::Knobs(Knobs::Reset(THERE, Knob::Loss)));
    assert_eq!(value(&page, THERE, Knob::Loss), 0);
    page.send(Msg::Knobs(Knobs::Reset(HOST, Knob::Nagle)));
    assert!(control(&page.model, HOST, Knob::Nagle).is_usual);
}

#[test]
fn every_stop_of_every_control_can_be_set() {
    let mut page = Page::alone();
    let all = [(THERE, &Knob::DIRECTION[..]), (Of::Link(LINK), &Knob::LINK[..]), (HOST, &Knob::HOST[..])];
    for (of, all) in all {
        for knob in all {
            for stop in knob.stops() {
                set(&mut page, of, *knob, *stop);
                assert_eq!(page.model.knobs.refused, None, "{knob:?} {stop}");
                assert_eq!(value(&page, of, *knob), *stop, "{knob:?}");
            }
            page.send(Msg::Knobs(Knobs::Reset(of, *knob)));
        }
    }
    let again = page.model.session.replay();
    assert_eq!(again.trace.hash(), page.model.session.trace.hash(), "all of it is input");
}

#[test]
fn a_drag_is_one_input_and_shows_where_it_is() {
    let mut page = Page::alone();
    for value in [10_000, 20_000, 50_000] {
        page.send(Msg::Knobs(Knobs::Drag(THERE, Knob::Loss, value)));
    }
    assert_eq!(control(&page.model, THERE, Knob::Loss).said, "5%");
    assert_eq!(value(&page, THERE, Knob::Loss), 0, "not yet let go of");
    set(&mut page, THERE, Knob::Loss, 50_000);
    assert_eq!(page.model.session.inputs.len(), 1);
    set(&mut page, THERE, Knob::Loss, 50_000);
    assert_eq!(page.model.session.inputs.len(), 1, "what is so already is no input");
}

#[test]
fn what_is_written_counts_between_the_stops_or_says_why_not() {
    let mut page = Page::alone();
    let write = |page: &mut Page, of, knob, text: &str| page.send(Msg::Knobs(Knobs::Write(of, knob, text.into())));
    write(&mut page, THERE, Knob::Loss, "3.5 %");
    assert_eq!(control(&page.model, THERE, Knob::Loss).written, "3.5%");
    write(&mut page, Of::Link(LINK), Knob::Delay, "soon");
    let refused = control(&page.model, Of::Link(LINK), Knob::Delay).refused.expect("it says why");
    assert!(refused.contains("“soon”") && refused.contains("ms"), "{refused}");
    assert_eq!(control(&page.model, THERE, Knob::Loss).refused, None, "only beside what was written");
    write(&mut page, HOST, Knob::TimeWait, "3h");
    assert!(control(&page.model, HOST, Knob::TimeWait).refused.is_some_and(|said| said.contains("3h")));
    assert_eq!(value(&page, HOST, Knob::TimeWait), 60_000_000_000, "the network keeps what it had");
}

#[test]
fn long_runs_of_losses_are_as_long_as_the_share_needs() {
    let mut page = Page::alone();
    set(&mut page, THERE, Knob::Burst, 2);
    set(&mut page, THERE, Knob::Loss, 900_000);
    assert_eq!((value(&page, THERE, Knob::Loss), value(&page, THERE, Knob::Burst)), (900_000, 9));
    set(&mut page, THERE, Knob::Reorder, 100_000);
    assert_eq!(value(&page, THERE, Knob::ReorderBy), 5_000_000, "held back for some time");
}

#[test]
fn back_in_time_a_setting_makes_another_future() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    let whole = page.model.session.trace.facts().len();
    page.send(Msg::End(Way::Back));
    page.send(Msg::Seek(0.5));
    set(&mut page, THERE, Knob::Cut, 1);
    assert_eq!(page.model.knobs.refused, None);
    assert_eq!(page.model.time.futures.kept.len(), 1, "the other is kept");
    assert!(page.model.session.trace.facts().len() < whole);
    assert!(matches!(page.model.session.inputs.last(), Some((_, Input::SetFaults(..)))));
    assert_eq!(value(&page, THERE, Knob::Cut), 1);
}

#[test]
fn the_real_machine_keeps_its_own_settings_and_its_past() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    assert!(shown::of_host(&page.model, OTHER_NODE).is_err_and(|why| why.contains("real machine")));
    assert!(shown::of_host(&page.model, CLIENT_NODE).is_ok());
    page.send(Msg::Send);
    page.play(60.0);
    set(&mut page, THERE, Knob::Loss, 10_000);
    assert_eq!(value(&page, THERE, Knob::Loss), 10_000, "the lab's link is the lab's");
    page.send(Msg::Seek(0.3));
    set(&mut page, THERE, Knob::Loss, 500_000);
    let refused = control(&page.model, THERE, Knob::Loss).refused.expect("it says why");
    assert!(refused.contains("newest moment"), "{refused}");
}

#[test]
fn the_controls_are_those_of_what_is_chosen() {
    let mut page = Page::alone();
    assert!(shown::beside(&page.model).is_empty());
    page.send(Msg::Choose(Thing::Link(LINK)));
    let beside = shown::beside(&page.model);
    assert_eq!(
        beside.iter().map(|group| group.title.as_str()).collect::<Vec<_>>(),
        ["Both directions", "client → server", "server → client"]
    );
    page.send(Msg::Choose(Thing::Node(OTHER_NODE)));
    assert_eq!(shown::beside(&page.model)[0].title, "server");
    assert_eq!(knobs::shown_node(&page.model), Some(OTHER_NODE));
    assert_eq!(knobs::shown_link(&page.model), Some(LINK), "the link stays");
    page.send(Msg::Other(Other::Clients));
    assert_eq!(shown::nodes(&page.model).0.len(), 2);
}

#[test]
fn a_setting_is_told_in_every_language() {
    let mut page = Page::alone();
    set(&mut page, HOST, Knob::Nagle, 0);
    let newest = page.model.session.last_fact().expect("it is a fact");
    page.send(Msg::Choose(Thing::Fact(newest)));
    for (language, word) in
        [(Language::English, "settings"), (Language::TraditionalChinese, "設定"), (Language::SimplifiedChinese, "设置")]
    {
        page.send(Msg::Language(language));
        let told = web::view::narration::now(&page.model).expect("it is told");
        assert!(told.contains(word) && told.contains("tcp nagle off"), "{told}");
        assert!(!control(&page.model, HOST, Knob::Nagle).name.is_empty());
    }
}
