//! Futures: what else the same run has come to, or would come to with a change.
//!
//! Who changes something at the newest moment changes the run. Who is back in time and changes something gets another future from there on; the one that was
//! on screen is kept, so that both can be compared. Of a run with a gateway there is one future only: the
//! real network has acted already, and what it would have done instead nobody knows.
//!
//! Absent on purpose: how a run is taken back to a moment (see [`super::branch`]), and the comparing (see `view::compare`).

use std::time::Duration;

use sim_core::network::{Input, InputError};
use sim_core::scenario::{Experiment, ScenarioError};
use sim_core::time::Instant;

use super::film::FilmTime;
use super::pane::Pane;
use super::player::{Player, Speed};
use super::session::Session;
use super::thing::Selected;
use super::{MOST_FACTS, Model, Notice};

/// The most futures of a run: each is a whole one.
pub const MOST_FUTURES: usize = 4;

/// What a future is called: 0 is A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(pub u16);

impl Name {
    /// The letter: after Z comes A1.
    pub fn label(self) -> String {
        let letter = char::from(b'A' + (self.0 % 26) as u8);
        match self.0 / 26 {
            0 => letter.to_string(),
            round => format!("{letter}{round}"),
        }
    }
}

/// Where a future leaves another, and why.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The other.
    pub from: Name,
    /// When.
    pub at: Instant,
    /// How many facts both have in common at least.
    pub facts: usize,
    /// The place of the first input that was changed, in [`Session::inputs`].
    pub first: usize,
    /// What was changed there.
    pub changes: Changes,
}

/// What makes a future another.
#[derive(Clone, Debug)]
pub enum Changes {
    /// These inputs went in.
    Inputs(Vec<Input>),
    /// This went in instead of something else.
    Instead(Input),
    /// It is another network, or has other programs, from the beginning.
    Scenario,
}

impl Changes {
    /// The inputs that make it another.
    pub fn inputs(&self) -> &[Input] {
        match self {
            Changes::Inputs(inputs) => inputs,
            Changes::Instead(input) => core::slice::from_ref(input),
            Changes::Scenario => &[],
        }
    }
}

/// A future that is not on screen.
#[derive(Clone, Debug)]
pub struct Future {
    /// What it is called.
    pub name: Name,
    /// Where it left another; `None` for the first.
    pub branch: Option<Branch>,
    /// The run.
    pub session: Session,
    /// Where the head was when it was left.
    pub at: FilmTime,
}

/// The futures of the run on screen.
#[derive(Clone, Debug, Default)]
pub struct Futures {
    /// The name of the one on screen.
    pub shown: Name,
    /// Where it left another; `None` for the first.
    pub branch: Option<Branch>,
    /// The others, in the order of their names.
    pub kept: Vec<Future>,
    /// The one that is compared with the one on screen, when somebody has chosen it.
    pub with: Option<Name>,
    /// Where each came from, but the first: the other, and how many facts they share.
    lineage: Vec<(Name, usize)>,
}

impl Futures {
    /// Futures that have come from elsewhere: the one on screen with where it left another, and the others in the order of their names.
    /// `None` when they cannot have come about so.
    pub(super) fn again(
        (shown, branch): (Name, Option<Branch>),
        kept: Vec<Future>,
        with: Option<Name>,
        lineage: Vec<(Name, usize)>,
    ) -> Option<Futures> {
        let known = |name: Name| usize::from(name.0) <= lineage.len();
        let in_order = kept.windows(2).all(|pair| pair[0].name < pair[1].name);
        let named = known(shown) && kept.iter().all(|future| known(future.name) && future.name != shown);
        // `Futures::common` goes up this list, and would never end where it led down.
        let upward = (0..).zip(&lineage).all(|(place, (from, _))| from.0 <= place);
        let enough = !kept.is_empty() && kept.len() < MOST_FUTURES;
        (in_order && named && upward && enough).then_some(Futures { shown, branch, kept, with, lineage })
    }

    /// Where each future came from, but the first: the other, and how many facts they share.
    pub(super) fn lineage(&self) -> &[(Name, usize)] {
        &self.lineage
    }

    /// One of those that are not on screen.
    pub fn get(&self, name: Name) -> Option<&Future> {
        self.kept.iter().find(|future| future.name == name)
    }

    /// The future that is compared with the one on screen: the chosen one, else the one from which it was branched, or that
    /// from it, else the newest.
    pub fn compared(&self) -> Option<&Future> {
        let parent = self.branch.as_ref().map(|branch| branch.from);
        let chosen = self.with.and_then(|name| self.get(name));
        let child = |future: &&Future| future.branch.as_ref().is_some_and(|branch| branch.from == self.shown);
        chosen.or_else(|| self.get(parent?)).or_else(|| self.kept.iter().rev().find(child)).or_else(|| self.kept.last())
    }

    /// How many facts two futures have in common at least.
    pub fn common(&self, one: Name, other: Name) -> usize {
        let (mut one, mut other, mut common) = (one, other, usize::MAX);
        // Who was branched later has the greater name, so the greater one goes up.
        while one != other {
            let later = if one > other { &mut one } else { &mut other };
            let Some((from, facts)) = usize::from(later.0).checked_sub(1).and_then(|place| self.lineage.get(place))
            else {
                return 0;
            };
            (*later, common) = (*from, common.min(*facts));
        }
        common
    }

    fn put(&mut self, future: Future) {
        let place = self.kept.partition_point(|kept| kept.name < future.name);
        self.kept.insert(place, future);
    }

    fn take(&mut self, name: Name) -> Option<Future> {
        let place = self.kept.iter().position(|future| future.name == name)?;
        Some(self.kept.remove(place))
    }

    /// Makes room for one more: the oldest that nothing on screen was branched from goes.
    fn make_room(&mut self, facts: usize) {
        let held = |kept: &[Future]| kept.iter().map(|future| future.session.trace.facts().len()).sum::<usize>();
        while self.kept.len() > 1 && (self.kept.len() + 2 > MOST_FUTURES || held(&self.kept) + facts > MOST_FACTS) {
            self.kept.remove(0);
        }
    }
}

/// Why a run cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The real network has acted already.
    Real,
    /// A capture is what has happened: no network runs in it.
    Captured,
    /// The input cannot be at this moment.
    Input(InputError),
    /// The scenario is not sound.
    Scenario(ScenarioError),
    /// There is no such input in the run.
    NoInput,
}

/// A head that is this near to the newest moment is at it: places on the strip are rounded.
const NEAR: Duration = Duration::from_micros(1);

impl Model {
    /// Puts another run on the screen, without any other future.
    pub fn open(&mut self, session: Session) {
        self.link.hang_up();
        let unit = session.film.patience();
        let speed = if session.film.patience() == self.session.film.patience() {
            self.player.speed
        } else {
            Speed::to_watch(unit)
        };
        self.session = session;
        self.player = Player { speed, ..Player::default() };
        self.selected = Selected::default();
        self.notice = None;
        self.looking_up = None;
        self.rested = 0;
        self.step_wait = 0.0;
        self.time = super::time::Time::default();
    }

    /// Whether what is put in now goes on with the run on screen: the head is at the newest moment.
    pub fn is_present(&self) -> bool {
        let moment = self.moment();
        let next = moment.fact.map_or(0, |fact| fact + 1);
        let facts = self.session.trace.facts();
        let nothing_since = facts.get(next).is_none_or(|fact| fact.at <= moment.at);
        nothing_since && self.session.now().saturating_since(moment.at) <= NEAR
    }

    /// Changes the run at the moment on screen: puts these in. At the newest moment the run goes on with them; before
    /// it, another future begins there, and the one on screen is kept. False, with a notice, when that cannot be.
    pub fn branch(&mut self, inputs: Vec<Input>) -> bool {
        let done = if self.is_present() { self.go_on_with(inputs) } else { self.branch_back(inputs) };
        self.tell(done)
    }

    /// Another future in which something else went in than did, by its place in [`Session::inputs`]: an edited
    /// message, an edited program. False, with a notice, when that cannot be.
    pub fn branch_instead(&mut self, input: usize, instead: Input) -> bool {
        let done = self.changeable().and_then(|()| {
            let mut session = self.session.back_before(input).ok_or(Refusal::NoInput)?;
            let facts = session.trace.facts().len();
            session.input(instead.clone()).map_err(Refusal::Input)?;
            self.begin_future(session, facts, Changes::Instead(instead));
            Ok(())
        });
        self.tell(done)
    }

    /// Another future that differs from the beginning: the same experiment with another network or other programs. False,
    /// with a notice, when that cannot be.
    pub fn branch_scenario(&mut self, experiment: Experiment) -> bool {
        let done = self.changeable().and_then(|()| {
            let session = Session::experiment(experiment).map_err(Refusal::Scenario)?;
            self.begin_future(session, 0, Changes::Scenario);
            Ok(())
        });
        self.tell(done)
    }

    /// Shows another future, at the moment that is on screen.
    pub fn show_future(&mut self, name: Name) {
        let Some(future) = self.time.futures.take(name) else { return };
        let at = self.moment().at;
        let left = Future {
            name: core::mem::replace(&mut self.time.futures.shown, future.name),
            branch: core::mem::replace(&mut self.time.futures.branch, future.branch),
            session: core::mem::replace(&mut self.session, future.session),
            at: self.player.at,
        };
        self.time.futures.with = Some(left.name);
        self.time.futures.put(left);
        self.time.stretch = super::time::Stretch::default();
        let newest = self.session.newest();
        self.player.at = if at <= self.session.now() { self.session.film.place(at) } else { newest };
        self.selected = Selected::default();
        self.rested = 0;
        self.notice = None;
    }

    /// Closes a future; the one on screen gives its place to the newest other.
    pub fn close_future(&mut self, name: Name) {
        if name == self.time.futures.shown {
            let Some(newest) = self.time.futures.kept.last().map(|future| future.name) else { return };
            self.show_future(newest);
        }
        self.time.futures.take(name);
    }

    fn changeable(&self) -> Result<(), Refusal> {
        match (self.session.can_branch(), self.session.other.is_real()) {
            (true, _) => Ok(()),
            (false, true) => Err(Refusal::Real),
            (false, false) => Err(Refusal::Captured),
        }
    }

    fn go_on_with(&mut self, inputs: Vec<Input>) -> Result<(), Refusal> {
        if !self.session.other.is_real() {
            self.changeable()?;
        }
        inputs.iter().try_for_each(|input| self.session.check(input)).map_err(Refusal::Input)?;
        inputs.into_iter().try_for_each(|input| self.session.input(input)).map_err(Refusal::Input)
    }

    fn branch_back(&mut self, inputs: Vec<Input>) -> Result<(), Refusal> {
        self.changeable()?;
        let mut session = self.session.back_at(self.moment().at).ok_or(Refusal::Captured)?;
        let facts = session.trace.facts().len();
        inputs.iter().try_for_each(|input| session.input(input.clone())).map_err(Refusal::Input)?;
        self.begin_future(session, facts, Changes::Inputs(inputs));
        Ok(())
    }

    /// Puts a new future on the screen and keeps the one that was there.
    fn begin_future(&mut self, session: Session, facts: usize, changes: Changes) {
        let at = session.now();
        let futures = &mut self.time.futures;
        futures.make_room(self.session.trace.facts().len() + session.trace.facts().len());
        futures.lineage.push((futures.shown, facts));
        let name = Name(u16::try_from(futures.lineage.len()).unwrap_or(u16::MAX));
        // What was changed went in last.
        let first = session.inputs.len().saturating_sub(changes.inputs().len());
        let left = Future {
            name: futures.shown,
            branch: futures.branch.take(),
            session: core::mem::replace(&mut self.session, session),
            at: self.player.at,
        };
        futures.branch = Some(Branch { from: left.name, at, facts, first, changes });
        futures.shown = name;
        futures.with = None;
        futures.put(left);
        self.player.at = FilmTime(self.player.at.0.min(self.session.newest().0));
        self.time.stretch = super::time::Stretch::default();
        self.rested = 0;
        self.panes.show(Pane::Compare);
    }

    fn tell(&mut self, done: Result<(), Refusal>) -> bool {
        let is_done = done.is_ok();
        if let Err(refusal) = done {
            self.notice = Some(Notice::Refused(refusal));
        }
        is_done
    }
}
