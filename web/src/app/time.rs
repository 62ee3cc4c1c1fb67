//! Time as a place: loops, kinds of events, futures that branch.
//!
//! Absent on purpose: playing (see `super::player`).

use sim_core::time::Instant;
use sim_core::trace::FactId;

use super::film::FilmTime;
use super::future::{Futures, Name};
use super::kind::Kind;
use super::session::Session;
use super::{Effect, MOST_FACTS, Model, Notice, Way};

/// What the model knows of it.
#[derive(Clone, Debug, Default)]
pub struct Time {
    /// What else the run has come to.
    pub futures: Futures,
    /// The kind of event that the steps of a kind go to.
    pub kind: OfKind,
    /// The stretch that is played over and over.
    pub stretch: Stretch,
}

/// The kind that is chosen; a learner begins with what was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfKind(pub Kind);

impl Default for OfKind {
    fn default() -> OfKind {
        OfKind(Kind::Dropped)
    }
}

/// A stretch of the strip with its two ends, as far as they are set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Where it begins.
    pub a: Option<FilmTime>,
    /// Where it ends.
    pub b: Option<FilmTime>,
}

impl Stretch {
    /// Both ends, when both are set: then it is played over and over.
    pub fn ends(self) -> Option<(FilmTime, FilmTime)> {
        self.a.zip(self.b)
    }

    /// Sets the beginning; an end that is before it goes.
    fn begin(&mut self, at: FilmTime) {
        self.a = Some(at);
        self.b = self.b.filter(|end| *end > at);
    }

    /// Sets the end; without a beginning before it, the stretch begins where the run does.
    fn end(&mut self, at: FilmTime) {
        self.a = Some(self.a.filter(|begin| *begin < at).unwrap_or_default());
        self.b = (at.0 > 0.0).then_some(at);
    }

    /// Where the head goes that wants to go from one place to another: back to the beginning when it leaves the stretch.
    pub(super) fn turn(self, from: FilmTime, to: FilmTime) -> FilmTime {
        match self.ends() {
            Some((a, b)) if to >= b || from < a => a,
            _ => to,
        }
    }
}

/// How many facts a step of a kind makes at most before it says that none has come.
const MOST_LOOKED: usize = 20_000;

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Msg {
    /// To the next or previous event of the chosen kind.
    Step(Way),
    /// Which kind those steps go to.
    Kind(Kind),
    /// The stretch begins at the head.
    Begin,
    /// The stretch ends at the head.
    End,
    /// No stretch.
    Off,
    /// Show another future.
    Show(Name),
    /// Close a future.
    Close(Name),
    /// Compare this future with the one on screen.
    With(Name),
    /// Run the future on screen as far as the one that it is compared with.
    CatchUp,
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, _: &mut Vec<Effect>) {
    match msg {
        Msg::Step(way) => step(model, model.time.kind.0, way),
        Msg::Kind(kind) => model.time.kind = OfKind(kind),
        Msg::Begin => model.time.stretch.begin(model.player.at),
        Msg::End => model.time.stretch.end(model.player.at),
        Msg::Off => model.time.stretch = Stretch::default(),
        Msg::Show(name) => model.show_future(name),
        Msg::Close(name) => model.close_future(name),
        Msg::With(name) => model.time.futures.with = Some(name),
        Msg::CatchUp => catch_up(model),
    }
}

/// Moves the head to where the next or previous event of a kind is seen whole, and stops there.
fn step(model: &mut Model, kind: Kind, way: Way) {
    model.player.playing = false;
    let found = match way {
        Way::Back => back(model, kind),
        Way::Forward => known(model, kind).or_else(|| run_to(model, kind)),
    };
    match found {
        Some(fact) => {
            model.player.at = model.session.film.seen(fact.0 as usize);
            model.notice = None;
        }
        None => model.notice = Some(Notice::NoneOfKind(kind, way)),
    }
}

/// The last event of a kind that is seen before the head.
pub(super) fn back(model: &Model, kind: Kind) -> Option<FactId> {
    let film = &model.session.film;
    let all = model.session.index.kinds.all(kind);
    let before = all.partition_point(|fact| film.seen(fact.0 as usize).0 < model.player.at.0 - 1.0);
    all.get(before.checked_sub(1)?).copied()
}

/// The first event of a kind behind the head, of those that have happened.
fn known(model: &Model, kind: Kind) -> Option<FactId> {
    let film = &model.session.film;
    let all = model.session.index.kinds.all(kind);
    all.get(all.partition_point(|fact| film.seen(fact.0 as usize).0 <= model.player.at.0 + 1.0)).copied()
}

/// The next event of a kind, when the network is run for it: not without end, and not ahead of a real server.
fn run_to(model: &mut Model, kind: Kind) -> Option<FactId> {
    let (facts, events) = (model.session.trace.facts().len(), model.session.index.kinds.all(kind).len());
    if facts >= MOST_FACTS {
        return None;
    }
    let limit =
        if model.session.is_waiting() { model.session.now() + super::update::STRIDE } else { Instant::FAR_FUTURE };
    let enough =
        |session: &Session, fact: usize| session.index.kinds.all(kind).len() > events || fact >= facts + MOST_LOOKED;
    model.session.run_to_fact(facts, limit, enough);
    model.session.index.kinds.all(kind).get(events).copied()
}

/// Runs the future on screen as far as the one that it is compared with, or for as many facts as a page can wait for.
fn catch_up(model: &mut Model) {
    let Some(limit) = model.time.futures.compared().map(|other| other.session.now()) else { return };
    let facts = model.session.trace.facts().len();
    let enough = |_: &Session, fact: usize| fact >= (facts + MOST_LOOKED).min(MOST_FACTS);
    if model.session.run_to_fact(facts, limit, enough).is_none() {
        model.session.run(limit);
    }
}
