//! A program as a process of the simulator: its calls are the simulated kernel's, its threads the kernel's threads, its clock the
//! host's.
//!
//! A slice of computing costs the process a moment of simulated time, about what CPython needs for as many steps; so an endless loop
//! neither stops the world nor goes on for nothing.
//!
//! Absent on purpose: what calls do (the simulator's kernel), and what they mean in Python (the prelude).

use std::collections::BTreeMap;
use std::sync::Arc;

use sim_core::errno::Errno;
use sim_core::program::{self, Foreign, Loader, Next, Unreadable, View};
use sim_core::time::Instant;
use sim_core::trace::Value;

use crate::machine::{Answer, Limits, Machine, Output, Stop, ThreadId, World};
use crate::program::Program;

/// The language's name in scenarios.
pub const LANGUAGE: &str = "python";

/// Steps of a process at one moment; then it pauses for a millisecond, in which CPython makes about as many.
const SLICE: u32 = 20_000;

/// Steps that a call or a line of output counts as: what the way into a kernel and back takes beside CPython's own work.
const CALL: u32 = 30;

/// Lines that are told of a slice: an endless loop has many slices, and they are much alike.
const LINES_OF_SLICE: usize = 16;

/// Runs Python in a network.
pub fn loader() -> Loader {
    Loader(load)
}

fn load(foreign: &Foreign) -> Result<Box<dyn program::Program>, Unreadable> {
    if &*foreign.language != LANGUAGE {
        let what = format!("programs in `{}` cannot be run here: write `in {LANGUAGE}`", foreign.language);
        return Err(Unreadable { line: 1, column: 1, what: what.into() });
    }
    let program = Program::compile(&foreign.name, &foreign.source).map_err(|mistake| {
        let what = mistake.last_line().into();
        Unreadable { line: mistake.line, column: mistake.column, what }
    })?;
    Ok(Box::new(Process::new(foreign.name.clone(), &program)))
}

/// A program that runs on the simulator's kernel.
#[derive(Clone, Debug)]
pub struct Process {
    name: Arc<str>,
    machine: Machine,
    /// What each thread has asked and not been answered.
    asked: BTreeMap<program::ThreadId, Asked>,
    /// What a thread does next, after the lines that it ran were told.
    held: BTreeMap<program::ThreadId, Next>,
    /// The moment of its last steps, how many there were before it, and how many calls at it.
    moment: (Instant, u64, u32),
    /// The last line that was told.
    line: u16,
}

/// What the kernel's next answer is to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Call,
    Park,
}

impl Process {
    /// A process that has not begun.
    pub fn new(name: Arc<str>, program: &Program) -> Process {
        Process {
            name,
            machine: Machine::new(program, Limits::default()),
            asked: BTreeMap::new(),
            held: BTreeMap::new(),
            moment: (Instant::ZERO, 0, 0),
            line: 0,
        }
    }

    /// The machine's answer, when the kernel's is one to a question of the machine.
    fn answer(&mut self, thread: program::ThreadId, last: Option<Result<Value, Errno>>) -> Option<Answer> {
        let asked = self.asked.remove(&thread)?;
        Some(match (asked, last?) {
            (Asked::Call, result) => Answer::Call(result),
            (Asked::Park, result) => Answer::Woken(result.is_ok()),
        })
    }

    /// Steps that are left at this moment.
    fn budget(&mut self, now: Instant) -> u32 {
        let steps = self.machine.steps();
        if self.moment.0 != now {
            self.moment = (now, steps, 0);
        }
        let (_, before, calls) = &mut self.moment;
        let made = u32::try_from(steps - *before).unwrap_or(u32::MAX);
        let spent = made.saturating_add(calls.saturating_mul(CALL));
        *calls += 1;
        SLICE.saturating_sub(spent)
    }

    fn next(&mut self, thread: program::ThreadId, stop: Stop) -> Next {
        match stop {
            Stop::Call { line, call } => {
                self.asked.insert(thread, Asked::Call);
                Next::Call { line: self.at(line), call }
            }
            Stop::Park { line, why, limit } => {
                self.asked.insert(thread, Asked::Park);
                Next::Park { line: self.at(line), why, limit }
            }
            Stop::Print { line, text, stream } => {
                let stream = match stream {
                    Output::Out => program::Output::Out,
                    Output::Err => program::Output::Err,
                };
                let (text, ended) = match text.strip_suffix('\n') {
                    Some(text) => (text.into(), true),
                    None => (text, false),
                };
                Next::Print { line: self.at(line), text, stream, ended }
            }
            Stop::Spawn { line, thread, name } => {
                Next::Spawn { line: self.at(line), thread: program::ThreadId(thread.0), name }
            }
            Stop::Unpark { thread } => Next::Unpark { line: self.line, thread: program::ThreadId(thread.0) },
            Stop::Slice => Next::Pause,
            Stop::Ended { line } => Next::Ended { line: self.at(line) },
            Stop::Exit { line, status } => Next::Exit { line: self.at(line), error: None, status },
        }
    }

    /// The line, or the last one where the machine is at none.
    fn at(&mut self, line: u32) -> u16 {
        if line > 0 {
            self.line = short(line);
        }
        self.line
    }

    /// What a thread does next, behind the lines that it ran before.
    fn told(&mut self, thread: program::ThreadId, next: Next, (mut lines, left_out): (Vec<u32>, u64)) -> Next {
        let most = if next == Next::Pause { LINES_OF_SLICE } else { lines.len() };
        let hidden = lines.len().saturating_sub(most);
        lines.drain(..hidden);
        if lines.is_empty() {
            return next;
        }
        self.held.insert(thread, next);
        let skipped = u32::try_from(left_out.saturating_add(hidden as u64)).unwrap_or(u32::MAX);
        Next::Ran { lines: lines.into_iter().map(short).collect(), skipped }
    }
}

/// A line of a program. Whoever loads one refuses what has more.
fn short(line: u32) -> u16 {
    u16::try_from(line).unwrap_or(u16::MAX)
}

impl program::Program for Process {
    fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        let thread = view.thread;
        if let Some(next) = self.held.remove(&thread) {
            return next;
        }
        let answer = self.answer(thread, last);
        let budget = self.budget(view.now);
        let (now, clock, host, process) = (view.now, view.clock.since_1970(), view.host, view.process.0);
        let world = World { now, clock, host, process, random: &mut || view.random() };
        let stop = self.machine.resume(ThreadId(thread.0), answer, world, budget);
        let (lines, left_out) = self.machine.take_lines();
        self.line = lines.last().map_or(self.line, |line| short(*line));
        let next = self.next(thread, stop);
        self.told(thread, next, (lines, left_out))
    }

    fn clone_box(&self) -> Box<dyn program::Program> {
        Box::new(self.clone())
    }
}
