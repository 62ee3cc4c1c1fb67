//! A session as a value that can travel: where it begins, what went in, how far it ran, and what was on screen.
//!
//! Absent on purpose: the trace. It follows from the rest; [`Check`] tells whether it followed here as it did there.

use core::fmt::{self, Write};
use std::sync::Arc;

use sim_core::network::Input;
use sim_core::time::Instant;
use sim_core::trace::Trace;

use crate::bytes::{Reader, Writer};
use crate::{ReadError, WriteError, input};

/// What a session begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// A laboratory that is built in, by its name.
    Lab(Arc<str>),
    /// A scenario's text.
    Text(Arc<str>),
}

/// One run of the scenario: a session has several when it was branched.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// What went in, with its time.
    pub inputs: Vec<(Instant, Input)>,
    /// The places in `inputs` of those that [`Bundle::planned`] put in.
    pub taken: Vec<u64>,
    /// How far it ran.
    pub until: Instant,
    /// What its trace was.
    pub check: Check,
}

/// What a trace was where the session was shared: another version of the simulator may make another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// How many facts it had.
    pub facts: u32,
    /// A hash over the first of them.
    pub hash: u32,
}

impl Check {
    /// Facts that are hashed: enough to find a difference, and not so many that anybody waits.
    const MOST: usize = 16_384;

    /// What a trace is.
    pub fn of(trace: &Trace) -> Check {
        let facts = trace.facts();
        let mut hash = Fnv(0x811c_9dc5);
        for fact in &facts[..facts.len().min(Check::MOST)] {
            // Writing to the hash cannot fail.
            let _ = writeln!(hash, "{fact}");
        }
        Check { facts: u32::try_from(facts.len()).unwrap_or(u32::MAX), hash: hash.0 }
    }
}

/// FNV-1a, 32 bits.
struct Fnv(u32);

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = text.bytes().fold(self.0, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        Ok(())
    }
}

/// A session that can travel.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// What it begins with.
    pub start: Start,
    /// The seed of everything random.
    pub seed: u64,
    /// When it is over, if it says so.
    pub end: Option<Instant>,
    /// What goes in by itself, in order of time.
    pub planned: Vec<(Instant, Input)>,
    /// Its runs: the first is the one on screen.
    pub runs: Vec<Run>,
    /// The moment on screen, in nanoseconds of film.
    pub moment: u64,
    /// What else was on screen, by name. A name that is not known is passed over.
    pub view: Vec<(String, String)>,
}

const LAB: u8 = 0;
const TEXT: u8 = 1;

/// Runs of one session at most: more than the page has futures.
const MOST_RUNS: usize = 16;

impl Bundle {
    pub(crate) fn write(&self) -> Result<Vec<u8>, WriteError> {
        let mut out = Writer::default();
        match &self.start {
            Start::Lab(name) => {
                out.byte(LAB);
                out.text(name);
            }
            Start::Text(text) => {
                out.byte(TEXT);
                out.text(text);
            }
        }
        out.number(self.seed);
        // No run ends before it begins.
        out.number(self.end.map_or(0, |end| end.as_nanos().saturating_add(1)));
        input::write_all(&mut out, &self.planned)?;
        out.number(self.runs.len() as u64);
        for run in &self.runs {
            input::write_all(&mut out, &run.inputs)?;
            out.numbers(run.taken.iter().copied());
            out.number(run.until.as_nanos());
            out.number(run.check.facts.into());
            out.number(run.check.hash.into());
        }
        out.number(self.moment);
        out.number(self.view.len() as u64);
        for (name, value) in &self.view {
            out.text(name);
            out.text(value);
        }
        Ok(out.0)
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Bundle, ReadError> {
        let mut input = Reader(bytes);
        let start = match input.byte()? {
            LAB => Start::Lab(input.text()?.into()),
            TEXT => Start::Text(input.text()?.into()),
            _ => return Err(ReadError::Broken),
        };
        let seed = input.number()?;
        let end = input.number()?.checked_sub(1).map(Instant::from_nanos);
        let planned = input::read_all(&mut input)?;
        let count = input.count()?;
        if !(1..=MOST_RUNS).contains(&count) {
            return Err(ReadError::Broken);
        }
        let runs = (0..count).map(|_| read_run(&mut input)).collect::<Result<_, _>>()?;
        let moment = input.number()?;
        let view = (0..input.count()?).map(|_| Ok((input.text()?.to_owned(), input.text()?.to_owned())));
        let view = view.collect::<Result<_, ReadError>>()?;
        if input.0.is_empty() {
            Ok(Bundle { start, seed, end, planned, runs, moment, view })
        } else {
            Err(ReadError::Broken)
        }
    }

    /// What was on screen under this name.
    pub fn shown(&self, name: &str) -> Option<&str> {
        self.view.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn read_run(input: &mut Reader<'_>) -> Result<Run, ReadError> {
    Ok(Run {
        inputs: input::read_all(input)?,
        taken: input.numbers()?,
        until: Instant::from_nanos(input.number()?),
        check: Check { facts: input.small()?, hash: input.small()? },
    })
}
