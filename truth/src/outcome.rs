//! A recording from its folder to its line on the scoreboard.
//!
//! Absent on purpose: files that are no recordings; the caller chooses the folders.

use std::fmt;
use std::path::Path;

use crate::compare::{Verdict, compare};
use crate::plan::plan;
use crate::recording::{Nanos, Recording};
use crate::replay::replay as run_once;
use crate::setup::Setup;

/// What a recording and the simulator come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The recording's name.
    pub name: String,
    /// The comparison, or the sentence that says why there is none.
    pub verdict: Result<Verdict, String>,
    /// What the simulator could not be told.
    pub lacks: Vec<String>,
}

/// The length of the kernel's tick, and of the coarsest step of its timers that matters in seconds.
const TICK: Nanos = 4_000_000;
const STEP: Nanos = 64 * TICK;
const MILLISECOND: Nanos = 1_000_000;

/// The verdict with the clock that the recording's kernel seems to have had. When it had ticked before the recording began is
/// not known, and timers beyond a quarter of a second go off on round ticks only: it is mapped, as initial sequence
/// numbers are.
fn best_phase(first: Verdict, mut replay: impl FnMut(Nanos) -> Result<Verdict, String>) -> Result<Verdict, String> {
    let mut best = (0, first);
    for phase in (1..STEP / TICK).map(|step| step * TICK) {
        best = better(best, (phase, replay(phase)?));
    }
    let near = best.0;
    let fine = (1..TICK / MILLISECOND).flat_map(|step| [near + step * MILLISECOND, near + STEP - step * MILLISECOND]);
    for phase in fine {
        best = better(best, (phase, replay(phase)?));
    }
    Ok(best.1)
}

fn better(old: (Nanos, Verdict), new: (Nanos, Verdict)) -> (Nanos, Verdict) {
    let worth = |verdict: &Verdict| {
        let bad = verdict.differences.len();
        (verdict.is_equal(), verdict.frames.equal + verdict.calls.equal, std::cmp::Reverse(bad))
    };
    if worth(&new.1) > worth(&old.1) { new } else { old }
}

impl Outcome {
    /// Loads a recording, replays it, and compares.
    pub fn of(folder: &Path) -> Outcome {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let run = || -> Result<(Verdict, Vec<String>), String> {
            let recording = Recording::load(folder).map_err(|problem| problem.to_string())?;
            let setup = Setup::of(&recording).map_err(|problem| problem.to_string())?;
            let plan = plan(&recording, &setup).map_err(|problem| problem.to_string())?;
            let replay = |phase| -> Result<_, String> {
                let run = run_once(&recording, &setup, &plan, phase)?;
                Ok((compare(&recording, &setup, &run), run))
            };
            let (verdict, run) = replay(0)?;
            if verdict.is_equal() || !run.timers {
                return Ok((verdict, run.lacks));
            }
            best_phase(verdict, |phase| Ok(replay(phase)?.0)).map(|verdict| (verdict, run.lacks))
        };
        match run() {
            Ok((verdict, lacks)) => Outcome { name, verdict: Ok(verdict), lacks },
            Err(sentence) => Outcome { name, verdict: Err(sentence), lacks: Vec::new() },
        }
    }

    /// Whether the simulator does what Linux did. What it could not be told makes no difference when there is none.
    pub fn is_equal(&self) -> bool {
        self.verdict.as_ref().is_ok_and(Verdict::is_equal)
    }
}

impl fmt::Display for Outcome {
    /// One line and the first difference; `{:#}` writes every difference.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_equal() { "equal" } else { "DIFFERS" };
        write!(f, "{:32} {mark:8}", self.name)?;
        let verdict = match &self.verdict {
            Err(sentence) => return write!(f, "cannot be replayed\n    {sentence}"),
            Ok(verdict) => verdict,
        };
        write!(f, "frames {} calls {}", verdict.frames, verdict.calls)?;
        if verdict.extra > 0 {
            write!(f, ", {} frames more than Linux", verdict.extra)?;
        }
        if verdict.aside > 0 {
            write!(f, ", {} frames set aside", verdict.aside)?;
        }
        for lack in &self.lacks {
            write!(f, "\n    {lack}")?;
        }
        let shown = if f.alternate() { usize::MAX } else { 1 };
        verdict.differences.iter().take(shown).try_for_each(|difference| write!(f, "\n{difference}"))
    }
}
