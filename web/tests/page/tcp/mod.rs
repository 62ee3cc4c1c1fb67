//! The views of TCP: what the index of connections knows, and what states, ruler and plots show of it.
//!
//! Absent: the simulator's own behaviour (its crate has tests of its own).

mod connections;
mod views;

use sim_core::scenario::Experiment;
use sim_core::time::Instant;
use sim_core::trace::{Fact, FactId, What};
use web::app::film::FilmTime;
use web::app::session::{Other, Session};
use web::app::{Model, Theme};
use web::catalogue::Language;

pub(crate) const HELLO: &str = include_str!("../../../../sim-core/scenarios/hello.net");
pub(crate) const LOSSY: &str = include_str!("../../../../sim-core/scenarios/lossy-bulk.net");
pub(crate) const DUMBBELL: &str = include_str!("../../../../sim-core/scenarios/dumbbell.net");
pub(crate) const NAT: &str = include_str!("../../../../sim-core/scenarios/nat-home.net");

/// Both ends close at the same moment, and their FINs cross.
pub(crate) const CROSSING: &str = "
name both close at once
host a
  program client at 10ms
    s = socket
    connect s b:7
    sleep until 200ms
    close s
host b
  program server
    listener = socket
    bind listener :7
    listen listener
    c = accept listener
    sleep until 200ms
    close c
link a b
";

/// A reader that sleeps while a sender sends: the window closes, is probed, and opens again.
pub(crate) const SLOW: &str = "
name slow reader
until 20s
host sender
  program send at 10ms
    s = socket
    connect s reader:5001
    send s 400kB
    close s
host reader
  program read
    listener = socket
    setsockopt listener SO_RCVBUF 16384
    bind listener :5001
    listen listener
    c = accept listener
    sleep until 3s
    recvall c
    close c
link sender reader 10Mbit/s 10ms
";

/// A page on which a scenario has been run to its end; the head is at the newest moment.
pub(crate) fn page(text: &str) -> Model {
    let experiment: Experiment = text.parse().expect("a scenario");
    let mut model = Model::new(Language::English, Theme::Light);
    model.session = Session::of(Other::Simulated, experiment.scenario.clone(), experiment.seed());
    model.session.run_to_fact(0, experiment.end(), |_, _| false);
    model.player.at = FilmTime(model.session.film.end().0);
    model
}

/// The first fact that is wanted.
pub(crate) fn fact(model: &Model, wanted: impl Fn(&Fact) -> bool) -> FactId {
    model.session.trace.facts().iter().find(|fact| wanted(fact)).expect("it happened").id
}

/// Moves the head to where a fact is seen.
pub(crate) fn show(model: &mut Model, fact: FactId) {
    model.player.at = model.session.film.seen(fact.0 as usize);
}

/// Moves the head to a simulated time.
pub(crate) fn show_at(model: &mut Model, millis: u64) {
    model.player.at = model.session.film.place(Instant::from_millis(millis));
}

/// Compares a scene with the text that is kept of it; `SOCKSCOPE_UPDATE_SNAPSHOTS=1` keeps it anew.
#[track_caller]
pub(crate) fn is_as_kept(name: &str, scene: &web::view::scene::Scene) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/page/snapshots/{name}.txt"));
    let text = scene.describe();
    if std::env::var_os("SOCKSCOPE_UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &text).expect("the folder of snapshots is there");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = text.lines().zip(kept.lines()).position(|(now, kept)| now != kept);
    let place = differs.unwrap_or(text.lines().count().min(kept.lines().count()));
    assert!(
        text == kept,
        "{name} differs in line {}: {:?}, kept {:?}. SOCKSCOPE_UPDATE_SNAPSHOTS=1 keeps it as it is now.",
        place + 1,
        text.lines().nth(place),
        kept.lines().nth(place)
    );
}

/// Whether a fact is a change to this state.
pub(crate) fn enters(fact: &Fact, state: sim_core::trace::TcpState) -> bool {
    matches!(fact.what, What::TcpState { to, .. } if to == state)
}
