//! Every fact is told twice: what happens in one sentence, and why in another, with the numbers of the fact.

use std::collections::BTreeSet;

use sim_core::scenario::text;
use sim_core::trace::{FactId, What};
use web::app::session::{Other, Session};
use web::app::{Model, Msg, Theme, update};
use web::catalogue::Language;
use web::view::narration::{depth, sentence};

use crate::harness::Page;

/// A page on which a scenario of the simulator has run to its end.
pub(crate) fn of_scenario(name: &str) -> Model {
    let path = format!("{}/../sim-core/scenarios/{name}.net", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the scenario is there");
    of_text(&text)
}

/// A page on which this scenario has run to its end.
pub(crate) fn of_text(text: &str) -> Model {
    let experiment = text::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
    let mut model = Model::new(Language::English, Theme::System);
    model.session = Session::of(Other::Simulated, experiment.scenario.clone(), experiment.seed());
    model.session.run_to_fact(0, experiment.end(), |_, _| false);
    model.player.at = model.session.newest();
    model
}

fn find(model: &Model, wanted: impl Fn(&What) -> bool) -> FactId {
    let facts = model.session.trace.facts();
    facts.iter().find(|fact| wanted(&fact.what)).expect("it is in the trace").id
}

/// What is told in depth of the facts for which this holds, each once.
fn deep(model: &Model, wanted: impl Fn(&What) -> bool) -> BTreeSet<String> {
    let facts = model.session.trace.facts().iter().filter(|fact| wanted(&fact.what));
    facts.map(|fact| depth::depth(model, fact.id).unwrap_or_default()).collect()
}

#[test]
fn every_fact_of_every_scenario_is_told_twice_in_every_language() {
    for name in ["hello", "udp", "switch", "lossy-bulk", "nat-home", "router-mtu", "dumbbell"] {
        let mut model = of_scenario(name);
        for language in Language::ALL {
            update(&mut model, Msg::Language(language));
            for fact in model.session.trace.facts().iter().take(6_000) {
                for told in [sentence(&model, fact.id), depth::depth(&model, fact.id)] {
                    let told = told.unwrap_or_default();
                    assert!(!told.is_empty() && !told.contains('{'), "{name} {}: {fact}: {told}", language.tag());
                }
            }
        }
    }
}

#[test]
fn why_each_segment_of_the_lab_was_sent() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    let mut why: Vec<String> = Vec::new();
    for fact in page.model.session.trace.facts() {
        if matches!(&fact.what, What::Encapsulated { protocol: sim_core::layer::Protocol::Tcp, .. }) {
            let told = depth::depth(&page.model, fact.id).expect("told");
            why.push(told.split_inclusive([':', '.', ',']).next().unwrap_or_default().to_owned());
        }
    }
    assert_eq!(
        why,
        [
            "It opens one direction:",
            "It acknowledges the SYN,",
            "The third step of the handshake:",
            "New data of the program,",
            "Everything before byte 7 has arrived.",
            "New data of the program,",
            "A FIN takes the number 3,",
            "Everything before byte 3 has arrived.",
            "A FIN takes the number 7,",
            "A FIN came.",
        ]
    );
}

/// A client that nobody answers at port 9, and one that connects to a server that has gone.
const ERRORS: &str = "name errors
host a 10.0.0.1
  program refused at 10ms
    s = socket
    connect s b:9
  program silent at 1s
    s = socket dgram
    connect s b:9
    send s \"x\"
    sleep 100ms
    send s \"y\"
host b 10.0.0.2
link a b
";

#[test]
fn an_error_names_its_line_and_the_packet_behind_it() {
    let model = of_text(ERRORS);
    let failed: Vec<String> =
        deep(&model, |what| matches!(what, What::Returned { result: Err(_), .. })).into_iter().collect();
    assert_eq!(failed.len(), 2, "{failed:#?}");
    let refused = failed.iter().find(|told| told.contains("at line 2 of refused")).expect("the line");
    assert!(refused.contains("Behind it stands frame 4: [RST, ACK]"), "{refused}");
    let silent = failed.iter().find(|told| told.contains("of silent")).expect("the line");
    assert!(
        silent.contains("ICMP") && silent.contains("line 5") && silent.contains("Behind it stands frame 6"),
        "{silent}"
    );
}

#[test]
fn a_loss_is_told_with_the_numbers_of_its_repair() {
    let model = of_scenario("lossy-bulk");
    let sent = deep(&model, |what| matches!(what, What::Encapsulated { protocol: sim_core::layer::Protocol::Tcp, .. }));
    let has = |part: &str| assert!(sent.iter().any(|told| told.contains(part)), "{part}: {sent:#?}");
    has("later data has arrived and byte 91225 has not");
    has("Byte 91225 is missing while later ones have come");
    has("the congestion window is 14480 B");
    let recv = find(
        &model,
        |what| matches!(what, What::Returned { result: Ok(sim_core::trace::Value::Bytes(bytes)), .. } if bytes.len() == 1448),
    );
    assert_eq!(
        depth::depth(&model, recv).as_deref(),
        Some("These bytes came in frame 6. They lay in the receive buffer until the program asked for them.")
    );
}
