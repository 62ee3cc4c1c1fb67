//! What the index of connections knows.

use sim_core::gateway::FlowKind;
use sim_core::trace::{TcpState, What};
use web::app::Msg;
use web::app::tcp::socket::{Fate, Socket, Transfer};

use crate::harness::{Page, Server, inet};
use crate::outside;

use super::*;

/// The sockets of a node's name that are ends of connections.
fn ends<'a>(model: &'a Model, node: &str) -> Vec<&'a Socket> {
    let sockets = model.session.connections.sockets().iter();
    sockets.filter(|socket| model.session.name(socket.node) == node && socket.other.is_some()).collect()
}

#[test]
fn the_ends_of_a_connection_find_each_other() {
    let model = page(HELLO);
    let (client, server) = (ends(&model, "client")[0], ends(&model, "server")[0]);
    assert_eq!((client.local, client.peer), (server.peer, server.local));
    let sockets = model.session.connections.sockets();
    assert_eq!(sockets[client.other.unwrap().1].id, server.id);
    assert_eq!(sockets[server.other.unwrap().1].id, client.id);
    assert!(client.active && !server.active);
    let last = model.session.last_fact().unwrap();
    let pairs = model.session.connections.pairs(&model.session.trace, last);
    assert_eq!(pairs.len(), 1, "the listener is none: {pairs:?}");
}

#[test]
fn segments_have_relative_numbers_and_their_end() {
    let model = page(HELLO);
    let client = ends(&model, "client")[0];
    let sent: Vec<_> = client.sent.iter().map(|s| (s.flags.to_string(), s.seq, s.length, s.ack)).collect();
    assert_eq!(
        sent,
        [
            ("S".into(), 0, 1, None),
            (".".into(), 1, 0, Some(1)),
            ("P.".into(), 1, 6, Some(1)),
            (".".into(), 7, 0, Some(3)),
            ("F.".to_owned(), 7, 1, Some(4)),
        ]
    );
    let last = model.session.last_fact().unwrap();
    assert!(client.sent.iter().all(|segment| segment.fate(last) == Fate::Arrived && !segment.again));
    let server = ends(&model, "server")[0];
    assert_eq!(server.received.len(), client.sent.len());
}

#[test]
fn calls_stand_at_the_bytes_that_they_move() {
    let model = page(HELLO);
    let (client, server) = (ends(&model, "client")[0], ends(&model, "server")[0]);
    let moves = |transfers: &[Transfer]| -> Vec<(u32, u32, u32)> {
        transfers.iter().map(|t| (t.from, t.wanted, t.moved)).collect()
    };
    assert_eq!(moves(&client.writes), [(1, 6, 6)]);
    assert_eq!(moves(&server.reads), [(1, 1024, 6)]);
    assert_eq!(moves(&server.writes), [(1, 2, 2)]);
    assert_eq!(moves(&client.reads), [(1, 1024, 2)]);
}

#[test]
fn what_was_lost_is_known_and_sent_again() {
    let model = page(LOSSY);
    let last = model.session.last_fact().unwrap();
    let sender = ends(&model, "sender")[0];
    let lost = sender.sent.iter().filter(|segment| segment.fate(last) == Fate::Dropped).count();
    let again = sender.sent.iter().filter(|segment| segment.again).count();
    let facts = model.session.trace.facts();
    let drops = facts.iter().filter(|fact| matches!(fact.what, What::Dropped { .. })).count();
    assert!(lost > 0 && lost == drops, "{lost} of {drops}");
    assert!(again >= lost, "{again} again, {lost} lost");
    let receiver = ends(&model, "receiver")[0];
    // While a gap is open, what lies beyond is an island, and the sender hears of it.
    let gap = sender.sent.iter().find(|segment| segment.fate(last) == Fate::Dropped && segment.payload > 0).unwrap();
    let repair = sender.sent.iter().find(|segment| segment.again && segment.seq == gap.seq).unwrap();
    let islands = receiver.islands.at(repair.fact);
    assert!(islands.first().is_some_and(|island| island.0 >= gap.end()), "{islands:?} after {gap:?}");
    assert!(sender.sacked.at(repair.fact).iter().all(|range| range.0 >= gap.end()));
    assert_eq!(receiver.islands.at(last), []);
    assert_eq!(sender.sacked.at(last), []);
}

#[test]
fn both_ends_of_a_crossing_close() {
    let model = page(CROSSING);
    for node in ["a", "b"] {
        let states: Vec<TcpState> = ends(&model, node)[0]
            .states
            .iter()
            .filter_map(|state| match model.session.trace.get(*state)?.what {
                What::TcpState { to, .. } => Some(to),
                _ => None,
            })
            .collect();
        assert!(states.ends_with(&[TcpState::FinWait1, TcpState::Closing, TcpState::TimeWait]), "{states:?}");
    }
}

#[test]
fn ends_find_each_other_through_a_translation() {
    let model = page(NAT);
    let sockets = model.session.connections.sockets();
    let translated = sockets
        .iter()
        .filter(|socket| socket.active && socket.other.is_some_and(|(_, other)| sockets[other].local != socket.peer));
    assert!(translated.count() > 0, "an address was translated, and the ends found each other");
}

#[test]
fn queues_are_counted_from_facts() {
    let model = page(DUMBBELL);
    let facts = model.session.trace.facts();
    let drops = facts
        .iter()
        .filter(|fact| matches!(fact.what, What::Dropped { why: sim_core::trace::DropReason::QueueFull, .. }));
    let queues = &model.session.index.traffic.queues;
    assert_eq!(queues.busy().map(|(_, queue)| queue.drops.len()).sum::<usize>(), drops.count());
    let most =
        queues.busy().filter_map(|(_, queue)| queue.lengths.extremes(0, queue.lengths.len(), 0)).map(|(_, most)| most);
    assert_eq!(most.max(), Some(50), "the narrow link's queue holds fifty");
    let at_rest = queues.busy().all(|(_, queue)| queue.lengths.value(queue.lengths.len() - 1, 0) == Some(0));
    assert!(at_rest, "nothing waits in the end");
}

#[test]
fn two_flows_are_two_connections() {
    let model = page(DUMBBELL);
    let pairs = model.session.connections.pairs(&model.session.trace, model.session.last_fact().unwrap());
    assert_eq!(pairs.len(), 2);
    assert!(pairs.iter().all(|pair| pair.second.is_some()));
}

#[test]
fn a_gateway_moves_bytes_for_the_real_end() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Send);
    page.play(60.0);
    let gateway = ends(&page.model, "gateway")[0];
    let moves = |transfers: &[Transfer]| transfers.iter().map(|t| (t.from, t.moved)).collect::<Vec<_>>();
    assert_eq!(moves(&gateway.reads), [(1, 6)], "what the client said went to the real server");
    assert_eq!(moves(&gateway.writes), [(1, 2)], "what the real server said came in");
}

#[test]
fn a_real_client_is_the_end_that_connects() {
    let mut page = outside::serving(FlowKind::Stream, "8898");
    page.arrive(&inet("127.0.0.1:51000"), b"hello!"); // fixed port: a played client's
    page.play(60.0);
    let gateway = ends(&page.model, "gateway")[0];
    assert!(gateway.active, "{gateway:?}");
    assert_eq!(gateway.writes.iter().map(|call| call.moved).sum::<u32>(), 6);
    assert_eq!(gateway.reads.iter().map(|call| call.moved).sum::<u32>(), 2);
}
