//! The main job against a real server, as the relay tells of it.
//!
//! Absent: the relay itself.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::harness::{CREDIT, Page, Server, inet};
use sim_core::gateway::{Answer, Ask};
use sim_core::lab::Reading;
use sim_core::trace::What;
use web::app::Msg;
use web::app::link::Status;
use web::app::session::Other;
use web::app::thing::Thing;

fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|place| (place * 31 + (place >> 8)) as u8).collect()
}

#[test]
fn hello_reaches_the_real_server_and_hi_comes_back() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 500_000));
    assert_eq!(page.model.form.target, "host:8898");
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.received, b"hello!");
    assert_eq!(page.targets, [inet("127.0.0.1:8898")]); // fixed port: nobody listens, the relay is played
    assert_eq!(page.printed(), ["b'hi'"]);
    let frames = page.frames();
    assert_eq!(frames[..5], ["ARP 10.0.2.2?", "ARP 10.0.2.2!", "SYN", "SYN ACK", "ACK"]);
    assert!(!page.model.session.is_waiting(), "both ends are closed");
}

#[test]
fn a_refusal_of_the_real_machine_is_the_rst_of_the_gateway() {
    let mut page = Page::with(Server::Refuse("ECONNREFUSED"));
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.frames().last().is_some_and(|label| label.contains("RST")), "{:?}", page.frames());
    let notice = page.notice();
    assert!(notice.contains("ECONNREFUSED") && notice.contains("127.0.0.1:8898"), "{notice}"); // fixed port: as above
    assert!(page.outcome().contains("Connection refused"), "{}", page.outcome());
}

#[test]
fn a_target_that_the_relay_forbids_is_explained() {
    let mut page = Page::with(Server::Refuse("EACCES"));
    page.send(Msg::Target("192.0.2.1:80".into()));
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.notice().contains("--allow"), "{}", page.notice());
    assert!(!page.model.session.is_waiting());
}

/// A server that thinks for 2 s answers 2 s later in simulated time, whatever the learner's speed.
#[test]
fn a_real_answer_has_its_place_by_the_relays_clock() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 2_000_000_000));
    page.send(Msg::Send);
    page.play(200.0);
    assert_eq!(page.printed(), ["b'hi'"]);
    let at = |wanted: fn(&What) -> bool| {
        page.model
            .session
            .trace
            .facts()
            .iter()
            .find(|fact| wanted(&fact.what))
            .map(|fact| fact.at)
            .expect("it happened")
    };
    let asked = at(|what| matches!(what, What::Asked { ask: Ask::Send(_), .. }));
    let answered = at(|what| matches!(what, What::Answered { answer: Answer::Data(_), .. }));
    let took = answered.saturating_since(asked);
    assert!(took >= Duration::from_secs(2) && took < Duration::from_millis(2_010), "{took:?}");
}

#[test]
fn a_server_that_never_reads_closes_the_window_and_loses_nothing() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Message("x".repeat(300_000), None));
    page.send(Msg::Send);
    page.play(120.0);
    assert_eq!(page.received.len(), CREDIT as usize, "exactly the credit is used");
    let last = page.model.session.index.frames().len();
    assert!(last < 400, "{last} frames for a window that is closed");
    assert!(page.frames().iter().filter(|label| label.contains('B')).count() > 20, "the gateway's window was filled");
    assert!(page.model.session.is_waiting());
}

#[test]
fn a_megabyte_from_the_real_server_arrives_whole() {
    let bytes = pattern(1 << 20);
    let mut page = Page::with(Server::Flood(bytes.clone()));
    page.send(Msg::Reading(Reading::ToEnd));
    page.send(Msg::Speed(web::app::player::Speed::from_index(14)));
    page.send(Msg::Send);
    page.play(600.0);
    assert_eq!(page.printed(), [bytes.len().to_string()]);
    assert!(page.client_received() == bytes, "the bytes are not those that were sent");
    let again = page.model.session.replay();
    assert_eq!(again.trace.hash(), page.model.session.trace.hash(), "it replays without a relay");
}

#[test]
fn a_reset_of_the_real_peer_reaches_the_client() {
    let mut page = Page::with(Server::Reset);
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.outcome().contains("Connection reset by peer"), "{}", page.outcome());
}

#[test]
fn a_relay_that_goes_away_loses_nothing_that_was_shown() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Send);
    page.play(8.0);
    assert!(!page.received.is_empty(), "the connection stands");
    let (facts, form) = (page.model.session.trace.facts().to_vec(), page.model.form.clone());
    page.send(Msg::RelayClosed);
    assert_eq!(page.model.relay, Status::Lost);
    assert_eq!(page.model.session.trace.facts()[..facts.len()], facts);
    assert_eq!(page.model.form, form);
    page.play(60.0);
    assert!(page.outcome().contains("reset"), "the client learns it, too: {}", page.outcome());
    // Sending is refused with a sentence until the relay is back.
    page.send(Msg::Send);
    assert!(page.notice().contains("reconnect"), "{}", page.notice());
    page.send(Msg::Reconnect);
    assert_eq!(page.model.relay, Status::Connecting);
}

#[test]
fn a_relay_that_is_not_one_is_left() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::RelayMessage(vec![0x42, 1, 2]));
    assert_eq!(page.model.relay, Status::Lost);
    assert!(page.notice().contains("version"), "{}", page.notice());
}

#[test]
fn a_name_is_looked_up_by_the_real_machine() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.names.insert("localhost".into(), vec![Ipv4Addr::LOCALHOST]);
    page.send(Msg::Target("localhost:8898".into()));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.printed(), ["b'hi'"]);
    page.send(Msg::Target("nowhere.invalid:80".into()));
    page.send(Msg::Send);
    assert!(page.notice().contains("nowhere.invalid"), "{}", page.notice());
    assert_eq!(page.model.form.target, "nowhere.invalid:80", "what was written is still there");
}

#[test]
fn changing_the_other_end_resets_the_real_sockets() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Send);
    page.play(3.0);
    page.send(Msg::Other(Other::Simulated));
    assert_eq!(page.model.form.target, "server:8898");
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.outcome().contains("b'hi'"), "{}", page.outcome());
}

/// A fast speed must not make the client retransmit while a real server takes its first milliseconds.
#[test]
fn simulated_time_does_not_run_ahead_of_a_real_server() {
    let mut page = Page::with(Server::Mute);
    page.send(Msg::Speed(web::app::player::Speed::from_index(14)));
    page.send(Msg::Send);
    // Half a second of the learner's time: the SYN waits for the real connection.
    page.play(0.5);
    assert!(page.model.session.is_waiting());
    assert!(page.model.session.now() < sim_core::time::Instant::from_millis(600), "{}", page.model.session.now());
    assert_eq!(page.frames().iter().filter(|label| *label == "SYN").count(), 1);
    // Steps stop there, too, and say why.
    for _ in 0..200 {
        page.send(Msg::Step(web::app::Way::Forward));
    }
    assert!(page.notice().contains("Play"), "{}", page.notice());
    assert_eq!(page.frames().iter().filter(|label| *label == "SYN").count(), 1);
}

#[test]
fn a_relay_whose_clock_lies_does_not_freeze_the_page() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), u64::MAX / 2));
    page.send(Msg::Send);
    page.play(30.0);
    assert!(page.received == b"hello!");
}

/// Slow motion is the learner's: what the server took is what the relay measured, also where the server had to wait for us.
#[test]
fn the_learners_pace_does_not_count_as_the_servers() {
    let mut page = Page::with(Server::Flood(pattern(400_000)));
    page.send(Msg::Reading(Reading::ToEnd));
    page.wall_clock = true;
    page.send(Msg::Send);
    page.play(120.0);
    assert_eq!(page.printed(), ["400000"]);
    let took = page.model.session.trace.facts().last().expect("facts").at;
    assert!(
        took < sim_core::time::Instant::from_millis(2_000),
        "a link of 10 Mbit/s needs 0.4 s, and this took {took}"
    );
}

#[test]
fn every_frame_can_be_chosen_after_a_crowd() {
    let mut page = Page::with(Server::Flood(pattern(1 << 20)));
    page.send(Msg::Reading(Reading::ToEnd));
    page.send(Msg::Speed(web::app::player::Speed::from_index(14)));
    page.send(Msg::Send);
    page.play(600.0);
    let frames: Vec<_> = page.model.session.index.frames().iter().map(|frame| frame.id).collect();
    assert!(frames.len() > 900);
    for (place, id) in frames.iter().enumerate() {
        assert_eq!(page.model.session.index.place(*id), Some(place));
        assert!(page.model.session.index.frame(*id).is_some_and(|frame| frame.end.is_some()), "{id:?} ended");
    }
    // The arrow keys go through all of them.
    page.send(Msg::Choose(Thing::Frame(frames[0])));
    for id in &frames[1..] {
        page.send(Msg::StepFrame(web::app::Way::Forward));
        assert_eq!(page.model.shown_frame(), Some(*id));
    }
}

#[test]
fn the_number_of_a_refused_socket_is_given_back() {
    let mut page = Page::with(Server::Refuse("ECONNREFUSED"));
    for _ in 0..3 {
        page.send(Msg::Send);
        page.play(60.0);
    }
    assert_eq!(page.closed, 3);
}

#[test]
fn an_answer_to_an_old_look_up_connects_nowhere() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.hold_lookups = true;
    page.send(Msg::Target("slow.example:80".into()));
    page.send(Msg::Send);
    page.send(Msg::Target("other.example:443".into()));
    page.send(Msg::Message("for the other".into(), None));
    page.send(Msg::Send);
    page.send(Msg::Message("edited since".into(), None));
    let [slow, other] = page.lookups[..] else { panic!("two look-ups: {:?}", page.lookups) };
    for (socket, ip) in [(slow, [192, 0, 2, 1]), (other, [192, 0, 2, 2])] {
        let addresses = vec![relay_proto::Address::Inet { ip: ip.into(), port: 0 }];
        page.hear(&relay_proto::ServerMessage::Addresses { socket, at: 0, addresses });
    }
    page.play(60.0);
    assert_eq!(page.targets, [inet("192.0.2.2:443")]);
    assert_eq!(page.received, b"for the other", "what is sent is what was there when Send was pressed");
}

#[test]
fn a_second_run_is_as_the_first() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    let mut ends = Vec::new();
    for _ in 0..2 {
        page.send(Msg::StartOver);
        page.send(Msg::Send);
        page.play(200.0);
        ends.push(page.model.session.now());
    }
    assert_eq!(ends[0], ends[1]);
    assert!(ends[0] < sim_core::time::Instant::from_millis(5_000), "it stops when all is done: {}", ends[0]);
}

#[test]
fn a_relay_that_starts_again_is_found_again() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Send);
    page.play(60.0);
    let facts = page.model.session.trace.facts().len();
    page.send(Msg::RelayClosed);
    // Its token is another one: the page says what to do, and keeps the way back.
    page.send(Msg::Reconnect);
    page.send(Msg::RelayRefused);
    assert_eq!(page.model.relay, Status::Lost);
    assert!(page.notice().contains("address"), "{}", page.notice());
    // The new address is opened in the same tab.
    page.send(Msg::RelayFound);
    assert_eq!(page.model.relay, Status::Connecting);
    assert_eq!(page.model.session.trace.facts().len(), facts, "the run is still there");
}

#[test]
fn long_messages_go_in_pieces_that_the_relay_takes() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Message("z".repeat(50_000), None));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.received.len(), 50_000);
    assert!(page.longest <= crate::harness::MESSAGE, "{}", page.longest);
}
