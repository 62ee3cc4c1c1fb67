//! The main job against a simulated server.
//!
//! Absent: the simulator's own behaviour in detail (its crate has tests of its own).

use sim_core::gateway::FlowKind;
use sim_core::trace::NodeId;
use web::app::session::Other;
use web::app::{Msg, Way};
use web::view;

use crate::harness::Page;

#[test]
fn hello_goes_to_the_simulated_server_and_hi_comes_back() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.printed(), ["b'hello!'", "b'hi'"]);
    let frames = page.frames();
    assert_eq!(frames[..5], ["ARP 10.0.2.3?", "ARP 10.0.2.3!", "SYN", "SYN ACK", "ACK"]);
    assert!(frames.contains(&"PSH ACK 6 B".to_owned()) && frames.contains(&"PSH ACK 2 B".to_owned()), "{frames:?}");
    assert!(frames.iter().filter(|label| label.contains("FIN")).count() >= 2, "{frames:?}");
    assert!(page.outcome().contains("b'hi'"), "{}", page.outcome());
}

#[test]
fn a_second_message_makes_a_second_connection_and_keeps_the_first() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    let first = page.frames().len();
    page.send(Msg::Message("again".into(), None));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.printed(), ["b'hello!'", "b'hi'", "b'again'", "b'hi'"]);
    assert!(page.frames().len() > first + 8);
    // ARP knows the neighbour by now.
    assert_eq!(page.frames()[first], "SYN");
}

#[test]
fn nobody_listens_on_another_port() {
    let mut page = Page::alone();
    page.send(Msg::Target("server:8899".into()));
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.frames().contains(&"RST ACK".to_owned()), "{:?}", page.frames());
    assert!(page.outcome().contains("Connection refused"), "{}", page.outcome());
}

#[test]
fn a_host_that_does_not_exist_is_searched_for_and_not_found() {
    let mut page = Page::alone();
    page.send(Msg::Target("10.0.2.99:80".into()));
    page.send(Msg::Send);
    page.play(120.0);
    assert!(page.outcome().contains("No route to host"), "{}", page.outcome());
}

#[test]
fn a_session_replays_from_its_inputs() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(3.0);
    page.send(Msg::Message("你好".into(), None));
    page.send(Msg::Send);
    page.play(60.0);
    let again = page.model.session.replay();
    assert_eq!(again.trace.hash(), page.model.session.trace.hash());
    assert_eq!(again.trace.facts(), page.model.session.trace.facts());
}

#[test]
fn starting_over_forgets_the_run_and_nothing_else() {
    let mut page = Page::alone();
    page.send(Msg::Message("kept".into(), None));
    page.send(Msg::Send);
    page.play(5.0);
    page.send(Msg::StartOver);
    assert!(page.frames().is_empty());
    assert_eq!(page.model.form.message, "kept");
    assert_eq!(page.model.session.other, Other::Simulated);
}

/// The line that the server's program is at, as its row has it.
fn server_row(page: &Page) -> String {
    match &view::stack::stack(&page.model, NodeId(1)).rows[0].content {
        view::stack::Content::Program { line, .. } => line.clone(),
        other => panic!("no program: {other:?}"),
    }
}

#[test]
fn the_servers_row_tells_of_the_program_that_the_conversation_is_about() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(0.1);
    assert!(server_row(&page).contains("accept"), "before anything comes: {}", server_row(&page));
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..400 {
        page.send(Msg::Step(Way::Forward));
        seen.insert(server_row(&page));
    }
    assert!(seen.iter().all(|line| !line.contains("recvfrom")), "{seen:?}");
    assert!(seen.iter().any(|line| line.contains("recv")), "{seen:?}");
    let mut page = Page::alone();
    page.send(Msg::Kind(FlowKind::Datagram));
    page.send(Msg::Send);
    page.play(0.1);
    assert!(server_row(&page).contains("recvfrom"), "{}", server_row(&page));
}
