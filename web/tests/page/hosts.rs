//! The tables of hosts: what `ss`, `ip` and `ls` would say at each moment, and what has changed since the event before.
//!
//! Absent: pixels.

use std::time::Instant;

use crate::branch::{lossy, opened};
use crate::harness::Page;
use sim_core::lab::{CLIENT_NODE, OTHER_NODE};
use sim_core::network::{Network, Output};
use sim_core::scenario::text;
use sim_core::trace::{FactId, NodeId, Trace, What};
use web::app::hosts::Tables;
use web::app::thing::Thing;
use web::app::{Msg, Way};
use web::view::hosts::{Change, Table, tables};

/// A page with a run of a scenario, up to its end.
fn run(source: &str) -> Page {
    let mut page = opened(text::parse(source).expect("the scenario is sound"));
    page.send(Msg::End(Way::Forward));
    page
}

fn table(page: &Page, node: NodeId, name: &str) -> Table {
    tables(&page.model, node).into_iter().find(|table| table.name == name).expect("the node has such a table")
}

/// Rows as text, cells between bars.
fn rows(page: &Page, node: NodeId, name: &str) -> Vec<String> {
    let rows = table(page, node, name).rows;
    rows.iter().filter(|row| row.change != Change::Gone).map(|row| row.cells.join(" | ")).collect()
}

/// Goes to the moment at which the first fact that is wanted is seen.
fn at(page: &mut Page, wanted: impl Fn(&What) -> bool) -> FactId {
    let found = page.model.session.trace.facts().iter().find(|fact| wanted(&fact.what)).expect("it happened").id;
    page.model.player.playing = false;
    page.send(Msg::Choose(Thing::Fact(found)));
    found
}

fn becomes(node: NodeId, page: &mut Page, name: &str) -> FactId {
    let found = page
        .model
        .session
        .trace
        .facts()
        .iter()
        .find(|fact| matches!(&fact.what, What::TcpState { to, .. } if fact.node == node && to.name() == name));
    let found = found.expect("it happened").id;
    page.model.player.playing = false;
    page.send(Msg::Choose(Thing::Fact(found)));
    found
}

#[test]
fn sockets_are_those_of_ss() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    becomes(CLIENT_NODE, &mut page, "ESTABLISHED");
    let server = rows(&page, OTHER_NODE, "sockets");
    assert!(server[0].starts_with("tcp | LISTEN | 0 | 8 | 0.0.0.0:8898 | *:* | tcp_server.py pid="), "{server:#?}");
    assert!(
        server.iter().any(|row| row.starts_with("udp | UNCONN | 0 | 0 | 0.0.0.0:9000 | * | udp_server.py pid=")),
        "{server:#?}"
    );
    let client = rows(&page, CLIENT_NODE, "sockets");
    assert_eq!(client.len(), 1, "{client:#?}");
    assert!(
        client[0].starts_with("tcp | ESTAB | 0 | 0 | 10.0.2.15:")
            && client[0].contains(" | 10.0.2.3:8898 | tcp_client.py pid=")
    );
    let changed: Vec<Change> = table(&page, CLIENT_NODE, "sockets").rows.iter().map(|row| row.change).collect();
    assert_eq!(changed, [Change::Changed]);
    becomes(OTHER_NODE, &mut page, "TIME-WAIT");
    let server = rows(&page, OTHER_NODE, "sockets");
    assert!(server.iter().any(|row| row.contains("TIME-WAIT") && row.contains("nobody")), "{server:#?}");
}

#[test]
fn a_backlog_fills_and_nobody_takes_from_it() {
    let page = run(
        "until 5s\nhost a\n  program one at 100ms\n    s = socket\n    connect s b:80\n    send s \"hello\"\n    sleep 1h\n  \
         program two at 200ms\n    s = socket\n    connect s b:80\n    sleep 1h\nhost b\n  program server\n    s = socket\n    \
         bind s :80\n    listen s 4\n    sleep 1h\nlink a b\n",
    );
    let b = rows(&page, NodeId(1), "sockets");
    assert!(b[0].starts_with("tcp | LISTEN | 2 | 4 | 0.0.0.0:80 | *:* | server pid="), "{b:#?}");
    assert!(b[1].starts_with("tcp | ESTAB | 5 | 0 | 10.0.0.2:80 | 10.0.0.1:") && b[1].contains("nobody"), "{b:#?}");
    let processes = rows(&page, NodeId(1), "processes");
    assert!(processes[0].ends_with("server | waits in sleep (line 4) | 3"), "{processes:#?}");
}

#[test]
fn datagrams_wait_until_they_are_read_and_files_grow() {
    let mut page = run(
        "until 5s\nhost a\n  program c at 100ms\n    s = socket dgram\n    sendto s \"hello\" b:9\n    sendto s \"you\" b:9\n    \
         sleep 1h\nhost b\n  file /etc/motd \"hi\\n\"\n  program s\n    s = socket dgram\n    bind s :9\n    sleep 1s\n    \
         recvfrom s 100\n    f = open /tmp/x w\n    write f \"12345\"\n    u = socket unix\n    bind u unix:/tmp/u\n    \
         unlink /etc/motd\n    sleep 1h\nlink a b\n",
    );
    let b = rows(&page, NodeId(1), "sockets");
    assert!(b[0].starts_with("udp | UNCONN | 3 | 0 | 0.0.0.0:9 | * | s pid="), "{b:#?}");
    let a = rows(&page, NodeId(0), "sockets");
    assert!(a[0].starts_with("udp | UNCONN | 0 | 0 | 0.0.0.0:") && !a[0].contains("0.0.0.0:0"), "{a:#?}");
    let files = rows(&page, NodeId(1), "files");
    assert_eq!(
        files.iter().map(|row| row.split(" | ").take(2).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(),
        ["/tmp/x 5", "/tmp/u 0 (a socket's name)"]
    );
    at(&mut page, |what| matches!(what, What::Printed { .. } | What::Delivered { .. }));
    assert!(rows(&page, NodeId(1), "files")[0].starts_with("/etc/motd | 3 | the beginning"));
}

#[test]
fn switches_routers_and_neighbours() {
    let source = include_str!("../../../sim-core/scenarios/nat-home.net");
    let mut page = run(source);
    let nodes = &page.model.session.scenario.nodes;
    let router = NodeId(nodes.iter().position(|node| node.nat.is_some()).expect("there is one") as u16);
    at(&mut page, |what| matches!(what, What::TranslationOpened(_)));
    let nat = table(&page, router, "translations");
    assert_eq!(nat.rows.last().map(|row| row.change), Some(Change::New), "{nat:#?}");
    assert_eq!(
        nat.rows.last().and_then(|row| row.cells.last().cloned()),
        Some("–".to_owned()),
        "no packet says it yet"
    );
    at(&mut page, |what| matches!(what, What::Translated { .. }));
    let nat = table(&page, router, "translations");
    let row = nat.rows.last().expect("a conversation");
    let expected = "120.000 s";
    assert_eq!(row.cells.last().map(String::as_str), Some(expected), "UDP: RFC 4787 §4.3 REQ-5: {row:?}");
    // It counts down between packets, which is no change of the row.
    (0..8).for_each(|_| page.send(Msg::Step(Way::Forward)));
    let later = table(&page, router, "translations");
    let row = later.rows.iter().find(|known| known.key == row.key).expect("it is kept");
    assert!(row.cells.last().is_some_and(|left| left.as_str() < expected) && row.change == Change::None, "{row:?}");
    assert!(rows(&page, router, "routes").iter().any(|row| row.contains("directly")));
    assert!(
        rows(&page, router, "neighbours").iter().any(|row| row.contains("STALE")),
        "{:#?}",
        rows(&page, router, "neighbours")
    );
    let mut page = run(include_str!("../../../sim-core/scenarios/switch.net"));
    let nodes = &page.model.session.scenario.nodes;
    let switch = NodeId(nodes.iter().position(|node| node.interfaces.is_empty()).expect("a switch") as u16);
    // Long after the last frame the switch has forgotten; this is before.
    let learned = |what: &What| matches!(what, What::Learned { port: 1.., .. });
    at(&mut page, learned);
    let stations = rows(&page, switch, "stations");
    assert!(stations.len() >= 2 && stations.iter().all(|row| !row.contains("–")), "{stations:#?}");
    assert_eq!(tables(&page.model, switch).len(), 1);
}

#[test]
fn any_moment_of_a_long_run_is_what_was_folded_up_to_it() {
    let experiment = lossy(4000);
    let mut network = Network::new(&experiment.scenario, 1).expect("it is sound");
    let (mut trace, mut hosts) = (Trace::default(), Tables::new(&experiment.scenario));
    experiment.run(
        &mut network,
        experiment.end(),
        |output| {
            if let Output::Fact(fact) = output {
                trace.push(fact);
                hosts.push(&trace);
            }
        },
        |_| true,
    );
    let facts = trace.facts().len() as u32;
    assert!(facts > 10_000, "long enough to have snapshots: {facts}");
    let node = NodeId(0);
    // The same from the beginning, without snapshots.
    let mut slow = Tables::new(&experiment.scenario);
    let mut part = Trace::default();
    let mut checked = 0;
    for fact in trace.facts() {
        part.push(fact.clone());
        slow.push(&part);
        if fact.id.0 % (facts / 50) == 0 {
            let (fast, slow) = (hosts.at(&trace, node, Some(fact.id)), slow.at(&part, node, Some(fact.id)));
            assert_eq!(format!("{fast:?}"), format!("{slow:?}"), "at {}", fact.id.0);
            checked += 1;
        }
    }
    assert!(checked >= 50);
    let begun = Instant::now();
    for place in 0..50 {
        std::hint::black_box(hosts.at(&trace, node, Some(FactId(facts / 50 * place))));
    }
    println!("{facts} facts: {:?} for one of 50 moments", begun.elapsed() / 50);
}

/// Seconds without optimisation: `cargo test -p web --test page -- --ignored --nocapture any_moment_of_a_million`.
#[test]
#[ignore = "it takes half a gigabyte, and prints a figure"]
fn any_moment_of_a_million_facts_is_found_fast() {
    let mut short = lossy(100);
    short.inputs.clear();
    let mut network = Network::new(&short.scenario, 1).expect("it is sound");
    let (mut trace, mut tables) = (Trace::default(), Tables::new(&short.scenario));
    let mut vars = None;
    short.run(
        &mut network,
        short.end(),
        |output| {
            if let Output::Fact(fact) = output {
                if matches!(fact.what, What::TcpVars { .. }) && fact.node == NodeId(0) {
                    vars = Some(fact.clone());
                }
                trace.push(fact);
                tables.push(&trace);
            }
        },
        |_| true,
    );
    let vars = vars.expect("a connection tells its variables");
    while trace.facts().len() < 1_000_000 {
        let id = FactId(trace.facts().len() as u32);
        trace.push(sim_core::trace::Fact { id, ..vars.clone() });
        tables.push(&trace);
    }
    let longest = (0..200).map(|place| {
        let begun = Instant::now();
        std::hint::black_box(tables.at(&trace, NodeId(0), Some(FactId(place * 5_000))));
        begun.elapsed()
    });
    let longest = longest.max().expect("moments were found");
    println!("1,000,000 facts: {longest:?} for the slowest of 200 moments");
    assert!(longest.as_millis() < 25, "{longest:?}");
}
