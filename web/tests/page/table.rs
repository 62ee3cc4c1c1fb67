//! The table of frames and of all events: filters, keys, and what is told of them.

use sim_core::gateway::FlowKind;
use sim_core::layer::Protocol;
use sim_core::trace::NodeId;
use web::app::table::{Filter, Kind, Msg as TableMsg};
use web::app::thing::Thing;
use web::app::{Model, Msg, update};
use web::catalogue::Language;
use web::view::table::{self, Move};

use crate::harness::Page;
use crate::telling::of_scenario;

fn send(model: &mut Model, msg: TableMsg) {
    update(model, Msg::Table(msg));
}

/// Sets a filter, and lets it look at the whole trace.
fn filter(model: &mut Model, events: bool, filter: Filter) -> usize {
    send(model, TableMsg::Events(events));
    send(model, TableMsg::Filter(filter));
    for _ in 0..10_000 {
        if model.table.progress(&model.session) >= 1.0 {
            return table::count_of(model);
        }
        send(model, TableMsg::More);
    }
    panic!("a search ends");
}

fn infos(model: &Model) -> Vec<String> {
    table::rows(model, 0, 10_000).into_iter().map(|row| row.info).collect()
}

#[test]
fn every_fact_has_a_row_with_its_sentence() {
    let mut model = of_scenario("nat-home");
    send(&mut model, TableMsg::Events(true));
    let all = model.session.trace.facts().len();
    assert_eq!(table::count_of(&model), all);
    for language in Language::ALL {
        update(&mut model, Msg::Language(language));
        for row in table::rows(&model, 0, all) {
            assert!(!row.info.is_empty() && !row.from.is_empty(), "{row:?}");
            assert!(!row.info.starts_with(&row.from), "the node stands in a column of its own: {row:?}");
        }
    }
}

#[test]
fn a_filter_leaves_what_it_names() {
    let mut model = of_scenario("nat-home");
    let all = model.session.trace.facts().len();
    let arp = filter(&mut model, true, Filter { protocol: Some(Protocol::Arp), ..Filter::default() });
    assert!(arp > 10 && arp < all);
    assert!(table::rows(&model, 0, all).iter().all(|row| row.protocol == "ARP" || row.protocol == "Ethernet"));
    let there = filter(&mut model, true, Filter { node: Some(NodeId(0)), ..Filter::default() });
    assert!(there > 10 && table::rows(&model, 0, all).iter().all(|row| row.from.contains("pc1")));
    let programs = filter(&mut model, true, Filter { kind: Some(Kind::Programs), ..Filter::default() });
    assert!(programs > 20 && programs < all);
    let text = filter(&mut model, true, Filter { text: "HELLO from".into(), ..Filter::default() });
    assert!(text >= 2, "a search does not mind capitals");
    let udp = filter(&mut model, false, Filter { protocol: Some(Protocol::Udp), ..Filter::default() });
    assert!(udp >= 8 && table::rows(&model, 0, all).iter().all(|row| row.protocol == "UDP"));
    let conversation = table::conversations(&model)[0];
    let flow = filter(&mut model, false, Filter { flow: Some(conversation), ..Filter::default() });
    assert!(flow > 0 && flow < model.session.index.frames().len());
}

#[test]
fn only_failures_are_losses_repairs_and_errors() {
    let mut model = of_scenario("lossy-bulk");
    let failures = filter(&mut model, false, Filter { failures: true, ..Filter::default() });
    let rows = table::rows(&model, 0, 100);
    assert_eq!(failures, 2, "{:#?}", infos(&model));
    assert!(rows[0].lost && rows[0].number == "119", "the lost one");
    assert_eq!(rows[1].number, "135", "the one that repeats it");
    let told = filter(&mut model, true, Filter { failures: true, ..Filter::default() });
    assert!((3..12).contains(&told), "{:#?}", infos(&model));
    let mut model = of_scenario("router-mtu");
    filter(&mut model, false, Filter { failures: true, ..Filter::default() });
    let errors = table::rows(&model, 0, 100).into_iter().filter(|row| row.protocol == "ICMP").count();
    assert!(errors >= 4, "each packet that was too long is answered: {:#?}", infos(&model));
}

#[test]
fn a_search_takes_a_part_of_a_long_trace_at_a_time_and_says_how_far_it_is() {
    let mut model = of_scenario("dumbbell");
    let all = model.session.trace.facts().len();
    assert!(all > 20_000, "{all} facts");
    send(&mut model, TableMsg::Events(true));
    send(&mut model, TableMsg::Filter(Filter { text: "time-out".into(), ..Filter::default() }));
    let progress = model.table.progress(&model.session);
    assert!(progress > 0.0 && progress < 0.2, "{progress}");
    assert!(table::found(&model).unwrap().contains('%'), "{:?}", table::found(&model));
    let found = filter(&mut model, true, Filter { kind: Some(Kind::Drops), ..Filter::default() });
    let said = table::found(&model).expect("it says how many");
    assert_eq!(said, format!("{found} of {all}"));
    send(&mut model, TableMsg::Filter(Filter::default()));
    assert_eq!((table::found(&model), table::count_of(&model)), (None, all));
}

#[test]
fn what_comes_later_is_found_while_it_happens() {
    let mut page = Page::alone();
    page.send(Msg::Table(TableMsg::Filter(Filter { protocol: Some(Protocol::Tcp), ..Filter::default() })));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(table::count_of(&page.model), 10);
    // Another run is another trace.
    page.send(Msg::Kind(FlowKind::Datagram));
    page.send(Msg::StartOver);
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(table::count_of(&page.model), 0, "{:?}", infos(&page.model));
}

#[test]
fn keys_move_the_choice_from_row_to_row() {
    let mut model = of_scenario("lossy-bulk");
    filter(&mut model, true, Filter { kind: Some(Kind::Tcp), ..Filter::default() });
    let mut numbers = Vec::new();
    for to in [Move::First, Move::By(1), Move::By(10), Move::By(-1), Move::Last, Move::By(1)] {
        let thing = table::moved(&model, to).expect("there are rows");
        update(&mut model, Msg::Choose(thing));
        let place = table::chosen_place(&model).expect("it is shown");
        assert!(table::row(&model, place).unwrap().chosen);
        numbers.push(place);
    }
    let last = table::count_of(&model) - 1;
    assert_eq!(numbers, [0, 1, 11, 10, last, last]);
}

#[test]
fn kin_is_marked_in_the_table() {
    let mut model = of_scenario("lossy-bulk");
    let lost = model.session.index.frames().iter().find(|frame| frame.end.is_some_and(|end| end.dropped.is_some()));
    let lost = lost.expect("one is lost").id;
    update(&mut model, Msg::Choose(Thing::Frame(lost)));
    let kin: Vec<String> =
        table::rows(&model, 0, 10_000).into_iter().filter(|row| row.kin).map(|row| row.number).collect();
    assert_eq!(kin, ["78", "119", "135", "136"]);
}
