//! Sessions as links and as files, out and in. What is opened is run again from what went in, a piece at a time; what was on screen
//! comes back with it.
//!
//! Absent on purpose: the language and the colours. They are the learner's own.

use sim_core::lab;
use sim_core::scenario::{Experiment, Scenario, text};
use sim_core::time::Instant;

use share::{Bundle, Check, ReadError, Run, Start, WriteError};

use super::{Said, Work, futures, later, say};
use crate::app::film::FilmTime;
use crate::app::session::{History, LATEST, Origin, Other, Session};
use crate::app::{Effect, MOST_FACTS, Model, edit};

/// How far a link goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Chat programs and mail take it.
    Everywhere,
    /// Browsers take it, and others may cut it.
    Browsers,
}

/// Characters that a link may have where a message of a chat program must hold it: a message of Discord has 2,000 at most
/// (its API's reference, "Create Message").
const EVERYWHERE: usize = 2_000;

/// Characters of an address that can be copied by hand: Chromium shows none that is longer than 32,768 (`kMaxURLDisplayChars`, in its URL
/// display guidelines). The address has something before the link.
pub(super) const MOST_SHOWN: usize = 32_000;

/// Characters of a link at most: Firefox keeps no longer address than 65,536 in its history or as a bookmark (`URL_LENGTH_MAX` of
/// Places). Chromium takes 2,097,152 (`kMaxURLChars`). A server's limit (RFC 9110 §4.1) is none here: no fragment is sent to it.
const MOST: usize = 64_000;

impl Reach {
    /// How far a link of so many characters goes.
    pub fn of(characters: usize) -> Reach {
        if characters <= EVERYWHERE { Reach::Everywhere } else { Reach::Browsers }
    }
}

/// What stands before the session in an address's fragment.
const NAME: &str = "s=";

/// Time-outs of one piece of work: some milliseconds.
const PIECE: usize = 2_000;

/// A session on its way to the screen.
#[derive(Debug)]
pub(super) struct Opening {
    bundle: Bundle,
    /// The runs that stand already: the first is the one for the screen.
    done: Vec<Session>,
    /// The run that is being made.
    session: Session,
    /// The place of its next input.
    next: usize,
}

pub(super) fn make(model: &mut Model, effects: &mut Vec<Effect>) {
    let link = bundle(model).and_then(|bundle| share::to_text(&bundle).map_err(Said::NotShareable));
    match link {
        Err(said) => say(model, said),
        Ok(text) if text.len() + NAME.len() > MOST => say(model, Said::LinkTooLong(text.len() + NAME.len(), MOST)),
        Ok(text) => {
            let fragment = format!("{NAME}{text}");
            effects.push(Effect::Address(fragment.clone()));
            effects.push(Effect::CopyAddress);
            model.share.link = Some(fragment);
        }
    }
}

/// The run on screen, with its other futures, as what can travel. The head moves to a whole nanosecond, so that what is opened is the same picture.
pub(super) fn bundle(model: &mut Model) -> Result<Bundle, Said> {
    let session = &model.session;
    let start = match session.origin {
        Origin::Capture => return Err(Said::KeepFile),
        Origin::Lab(other) if session.scenario == lab_of(other) => Start::Lab(name_of(other).into()),
        Origin::Lab(_) | Origin::Scenario => {
            let experiment = Experiment { scenario: session.scenario.clone(), ..Experiment::default() };
            let printed = text::print(&experiment);
            if text::parse(&printed).ok().is_none_or(|read| read.scenario != session.scenario) {
                return Err(Said::NotShareable(WriteError::Program));
            }
            // What somebody wrote says where nodes stand, too.
            let written =
                model.edit.experiment().filter(|written| model.edit.runs() && written.scenario == session.scenario);
            let text = written.map_or(printed, |_| model.edit.document.text().to_owned());
            Start::Text(text.into())
        }
    };
    let (seed, end, planned) = (session.seed, session.until, session.planned.clone());
    let runs =
        core::iter::once(session).chain(futures::kept(model).map(|future| &future.session)).map(run_of).collect();
    let moment = model.player.at.0.max(0.0).round();
    model.player.at = FilmTime(moment);
    let mut view = super::shown::write(model);
    futures::write(model, &mut view);
    Ok(Bundle { start, seed, end, planned, runs, moment: moment as u64, view })
}

fn run_of(session: &Session) -> Run {
    let taken = session.taken.iter().map(|place| *place as u64).collect();
    Run { inputs: session.inputs.clone(), taken, until: session.now(), check: Check::of(&session.trace) }
}

pub(super) fn open(
    model: &mut Model,
    read: Result<Bundle, ReadError>,
    file: Option<String>,
    effects: &mut Vec<Effect>,
) {
    let bundle = match read {
        Ok(bundle) => bundle,
        Err(error) => return say(model, Said::NoSession(file, error)),
    };
    let Some(session) = beginning(&bundle) else { return say(model, Said::NoScenario) };
    // What is on screen stays until the other stands; a relay that is found meanwhile does not take its place.
    model.share.opened = true;
    go_on(model, Opening { bundle, done: Vec::new(), session, next: 0 }, effects);
}

/// The session before anything went in.
fn beginning(bundle: &Bundle) -> Option<Session> {
    let (origin, scenario) = match &bundle.start {
        Start::Lab(name) => {
            let other =
                [Other::Simulated, Other::Real, Other::Clients].into_iter().find(|other| name_of(*other) == &**name)?;
            (Origin::Lab(other), lab_of(other))
        }
        Start::Text(text) => (Origin::Scenario, text::parse(text).ok()?.scenario),
    };
    let (seed, until) = (bundle.seed, bundle.end);
    let nothing = History {
        origin,
        scenario,
        seed,
        until,
        planned: Vec::new(),
        inputs: Vec::new(),
        taken: Vec::new(),
        now: Instant::ZERO,
    };
    Session::again(nothing).ok()
}

pub(super) fn go_on(model: &mut Model, mut opening: Opening, effects: &mut Vec<Effect>) {
    if opening.step() && opening.is_last_run() {
        return finish(model, opening);
    }
    say(model, Said::Opening(opening.facts()));
    later(model, Work::Opening(Box::new(opening)), effects);
}

impl Opening {
    /// Does a piece of the work. True when the run stands.
    fn step(&mut self) -> bool {
        let run = &self.bundle.runs[self.done.len()];
        let mut left = PIECE;
        while left > 0 {
            if self.session.trace.facts().len() >= MOST_FACTS {
                return true;
            }
            let input = run.inputs.get(self.next);
            let to = input.map_or(run.until, |(at, _)| *at);
            let used = self.session.run_some(to, left);
            if used >= left {
                return false;
            }
            left -= used;
            match input {
                // What cannot go in was not put in where this was made: the trace will differ, and that is said.
                Some((at, input)) if self.session.check(input).is_ok() => {
                    self.session.put((*at).clamp(self.session.now(), LATEST), input.clone());
                }
                Some(_) => {}
                None => return true,
            }
            self.next += 1;
            left -= 1;
        }
        false
    }

    /// How many facts there are so far.
    fn facts(&self) -> usize {
        self.done.iter().chain([&self.session]).map(|session| session.trace.facts().len()).sum()
    }

    /// Begins the next run, unless this one is the last: as many futures as a page holds, and as many facts.
    fn is_last_run(&mut self) -> bool {
        let kept = self.done.iter().skip(1).chain(self.done.first().map(|_| &self.session));
        let facts: usize = kept.map(|session| session.trace.facts().len()).sum();
        if self.done.len() + 1 >= futures::count(&self.bundle) || facts >= MOST_FACTS {
            return true;
        }
        let Some(next) = beginning(&self.bundle) else { return true };
        self.done.push(core::mem::replace(&mut self.session, next));
        self.next = 0;
        false
    }
}

fn finish(model: &mut Model, opening: Opening) {
    let Opening { bundle, done, session, .. } = opening;
    let mut sessions = done;
    sessions.push(session);
    let mut differs = false;
    for (session, run) in sessions.iter_mut().zip(&bundle.runs) {
        settle(session, run, &bundle);
        differs |= run.check != Check::of(&session.trace);
    }
    let session = sessions.remove(0);
    let futures = futures::read(&bundle, &session, sessions);
    model.open(session);
    model.time.futures = futures.unwrap_or_default();
    if let Start::Text(text) = &bundle.start {
        edit::adopt(model, text);
    }
    model.share.opened = true;
    model.player.at = FilmTime(bundle.moment as f64);
    super::shown::read(model, &bundle);
    if differs {
        say(model, Said::Differs);
    }
}

/// What a run takes from its bundle beside its inputs.
fn settle(session: &mut Session, run: &Run, bundle: &Bundle) {
    let inputs = session.inputs.len();
    session.planned.clone_from(&bundle.planned);
    // A place that is no input's would be a panic later.
    session.taken =
        run.taken.iter().filter_map(|place| usize::try_from(*place).ok()).filter(|place| *place < inputs).collect();
    // They are in order, whatever the link says.
    session.taken.sort_unstable();
    session.taken.dedup();
    session.taken.truncate(bundle.planned.len());
    // What was asked of the real network was answered where this was made.
    drop(session.take_questions());
}

const fn name_of(other: Other) -> &'static str {
    match other {
        Other::Simulated => "server",
        Other::Real => "gateway",
        Other::Clients => "serving",
    }
}

fn lab_of(other: Other) -> Scenario {
    match other {
        Other::Simulated => lab::with_server(),
        Other::Real => lab::with_gateway(),
        Other::Clients => lab::serving(),
    }
}
