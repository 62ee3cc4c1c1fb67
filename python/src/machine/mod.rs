//! The machine: threads of frames over one heap, run a step at a time, stopped at every call.
//!
//! Absent on purpose: whatever a call does. [`Machine::resume`] runs a thread until it wants something of the host, and the host
//! answers with the next `resume`.

mod attribute;
mod call;
mod class;
mod exception;
pub(crate) mod frame;
mod generator;
mod import;
mod operator;
mod pattern;
mod run;
mod step;
mod traceback;

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use sim_core::errno::Errno;
use sim_core::program::Call;
use sim_core::time::Instant;

use crate::context::Context;
use crate::native::{Raise, registry};
use crate::program::Program;
use crate::value::{ModuleId, Value};
use frame::{After, Frame, Thread, Waits};

/// A thread of a program, from 0: the main one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ThreadId(pub u32);

/// How much a program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the heap, about; then a `MemoryError`.
    pub memory: usize,
    /// Frames of a thread; then a `RecursionError`.
    pub frames: usize,
    /// Bytes of output; then the process ends.
    pub output: usize,
    /// Steps in all; then the process ends.
    pub steps: u64,
    /// Threads.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: 64 << 20, frames: 1000, output: 8 << 20, steps: u64::MAX, threads: 64 }
    }
}

/// A stream that a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// What a machine can see of the world.
pub struct World<'a> {
    /// The time since the network began.
    pub now: Instant,
    /// What the host's clock showed then, as the time since the beginning of 1970.
    pub clock: Duration,
    /// Its host's name.
    pub host: &'a str,
    /// Its number as a process.
    pub process: u32,
    /// Chance: asked once, at the start.
    pub random: &'a mut dyn FnMut() -> u64,
}

/// What a thread waited for.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The result of [`Stop::Call`].
    Call(Result<sim_core::trace::Value, Errno>),
    /// Of [`Stop::Park`]: it was woken (true), or the time ran out.
    Woken(bool),
}

/// Why a thread stopped.
#[derive(Clone, Debug)]
pub enum Stop {
    /// It makes a system call: resume it with [`Answer::Call`].
    Call {
        /// The line, from 1.
        line: u32,
        /// The call.
        call: Call,
    },
    /// It wrote a line, with its line end; or text without one that was flushed.
    Print {
        /// The line, from 1.
        line: u32,
        /// What it wrote.
        text: Arc<str>,
        /// Where to.
        stream: Output,
    },
    /// A new thread is ready to be resumed; so is this one.
    Spawn {
        /// The line, from 1.
        line: u32,
        /// The new thread.
        thread: ThreadId,
        /// Its name.
        name: Arc<str>,
    },
    /// It waits until another thread stops with [`Stop::Unpark`] for it, or for so long: resume it with [`Answer::Woken`]. An
    /// `Unpark` that came before it parked counts: the host answers at once.
    Park {
        /// The line, from 1.
        line: u32,
        /// What it waits for.
        why: Arc<str>,
        /// How long at most.
        limit: Option<Duration>,
    },
    /// A parked thread is to be woken; this one goes on.
    Unpark {
        /// The thread to wake.
        thread: ThreadId,
    },
    /// The budget is used up.
    Slice,
    /// This thread is over; others may go on.
    Ended {
        /// The line, from 1.
        line: u32,
    },
    /// The process is over.
    Exit {
        /// The line, from 1.
        line: u32,
        /// Its exit status.
        status: u8,
    },
}

/// A program while it runs. `Clone` is a snapshot.
#[derive(Clone, Debug)]
pub struct Machine {
    pub(crate) cx: Context,
    threads: Vec<Thread>,
    /// The thread that runs, taken out of the list.
    t: Thread,
    current: usize,
    program: Program,
    /// Threads that another has made and the host was not told of.
    stop: Option<Stop>,
    /// After output has left, the process ends with this.
    exit: Option<u8>,
    /// The first thread is over and waits for the others; then the process ends with this.
    leaving: Option<u8>,
    started: bool,
    steps: u64,
    lines: VecDeque<u32>,
    lines_left_out: u64,
}

/// So many lines that ran are kept between two stops.
const MOST_LINES: usize = 256;

impl Machine {
    /// A machine at the beginning of a program.
    pub fn new(program: &Program, limits: Limits) -> Machine {
        let mut machine = Machine {
            cx: Context::new(program, limits),
            threads: vec![Thread::default()],
            t: Thread::default(),
            current: 0,
            program: program.clone(),
            stop: None,
            exit: None,
            leaving: None,
            started: false,
            steps: 0,
            lines: VecDeque::new(),
            lines_left_out: 0,
        };
        machine.load_prelude();
        machine.load_main();
        machine
    }

    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Steps that were made.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Lines of the program that ran since this was asked last, the oldest first; and how many older ones are not told.
    pub fn take_lines(&mut self) -> (Vec<u32>, u64) {
        (core::mem::take(&mut self.lines).into(), core::mem::take(&mut self.lines_left_out))
    }

    /// The line that a thread stands at; 0 when it is over.
    pub fn line(&self, thread: ThreadId) -> u32 {
        self.threads.get(thread.0 as usize).map_or(0, |thread| self.line_of(&thread.frames))
    }

    /// Runs a thread on: with the answer to what it stopped for; without one at its start, after output, a slice, or another thread's
    /// business.
    ///
    /// # Panics
    ///
    /// If there is no such thread, or the answer is not one to its question.
    #[expect(clippy::needless_pass_by_value, reason = "a world is made for one call")]
    pub fn resume(&mut self, thread: ThreadId, answer: Option<Answer>, world: World<'_>, budget: u32) -> Stop {
        self.cx.now = world.now;
        if !self.started {
            self.started = true;
            (self.cx.clock, self.cx.host, self.cx.process) = (world.clock, world.host.into(), world.process);
            self.cx.random = (world.random)();
        }
        self.current = thread.0 as usize;
        self.t = core::mem::take(&mut self.threads[self.current]);
        let stop = self.go_on(answer, budget);
        self.threads[self.current] = core::mem::take(&mut self.t);
        stop
    }

    fn go_on(&mut self, answer: Option<Answer>, budget: u32) -> Stop {
        let mut result = match (self.t.waits.take(), answer) {
            (Some(Waits::Call { then, after, floor }), Some(Answer::Call(result))) => {
                self.answered(then, after, floor, result)
            }
            (Some(Waits::Park { after, floor }), Some(Answer::Woken(woken))) => {
                self.t.stack.truncate(floor);
                self.complete(after, Value::Bool(woken))
            }
            (None, _) => Ok(()),
            (Some(waits), _) => {
                // Not an answer: it waits on.
                self.t.waits = Some(waits);
                return Stop::Slice;
            }
        };
        let mut left = budget;
        loop {
            if let Err(raise) = result
                && let Err(stop) = self.raise(raise, false)
            {
                return stop;
            }
            if let Some(stop) = self.pending_stop() {
                return stop;
            }
            if left == 0 {
                return Stop::Slice;
            }
            if self.t.frames.is_empty() {
                return self.thread_over();
            }
            result = self.run(&mut left);
        }
    }

    fn answered(
        &mut self,
        then: crate::native::Then,
        after: After,
        floor: usize,
        result: Result<sim_core::trace::Value, Errno>,
    ) -> Result<(), Raise> {
        self.t.stack.truncate(floor);
        let value = match result {
            Ok(value) => then(&mut self.cx, value)?,
            Err(errno) => return Err(self.cx.os_error(i64::from(errno.number()), errno.message())),
        };
        self.complete(after, value)
    }

    /// Something that the host has to hear of before the thread goes on.
    fn pending_stop(&mut self) -> Option<Stop> {
        if let Some((stream, text)) = self.cx.output.pop_front() {
            return Some(Stop::Print { line: self.here(), text, stream });
        }
        if self.cx.written > self.cx.limits.output && self.exit.is_none() {
            return self.give_up("the program has written too much; it was ended");
        }
        if self.steps > self.cx.limits.steps && self.exit.is_none() {
            return self.give_up("the program has run too long; it was ended");
        }
        if let Some(status) = self.exit {
            return Some(Stop::Exit { line: self.here(), status });
        }
        self.stop.take()
    }

    fn give_up(&mut self, why: &str) -> Option<Stop> {
        self.exit = Some(1);
        self.cx.write(Output::Err, &format!("{why}\n"));
        self.pending_stop()
    }

    /// The process ends when all that is written has left.
    fn end_process(&mut self, status: u8) -> Stop {
        self.exit = Some(status);
        self.cx.flush(Output::Out);
        self.cx.flush(Output::Err);
        self.pending_stop().expect("an exit is pending")
    }

    fn thread_over(&mut self) -> Stop {
        if self.current == 0 && !self.t.ended {
            return self.leave(0);
        }
        self.t.ended = true;
        Stop::Ended { line: 0 }
    }

    /// The first thread has come to its end: the process ends when the threads have that it waits for, as `threading` has it.
    fn leave(&mut self, status: u8) -> Stop {
        let others = self.threads.iter().skip(1).any(|thread| !thread.ended);
        if self.leaving.is_none()
            && others
            && let Some(shutdown) = self.shutdown()
        {
            self.leaving = Some(status);
            self.t.ended = false;
            match self.call(shutdown, &[], After::Drop) {
                Ok(()) => return Stop::Slice,
                Err(raise) => panic!("threads are waited for by our own text: {}", self.told(raise)),
            }
        }
        self.t.ended = true;
        self.end_process(self.leaving.unwrap_or(status))
    }

    fn shutdown(&self) -> Option<Value> {
        let module = self.cx.loaded("threading")?;
        let name = self.cx.symbols.find("_shutdown")?;
        self.cx.modules[module.0 as usize].get(name)
    }

    fn here(&self) -> u32 {
        self.line_of(&self.t.frames)
    }

    /// The line of the innermost frame that is not of the prelude.
    fn line_of(&self, frames: &[Frame]) -> u32 {
        let frame = frames.iter().rev().find(|frame| !frame.code.hidden);
        frame.map_or(0, |frame| frame.code.spans[(frame.ip.max(1) - 1) as usize].line)
    }

    fn note_line(&mut self, line: u32) {
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
            self.lines_left_out += 1;
        }
        self.lines.push_back(line);
    }

    // The rubbish.

    /// Between two statements: all that lives is on stacks, in frames and in modules.
    fn collect_garbage(&mut self) -> Result<(), Raise> {
        let reached = self.cx.heap.reachable(&self.roots());
        let lost = self.cx.heap.finalizable.iter().copied().find(|place| !reached[place.0 as usize]);
        if let Some(place) = lost {
            // It lives until `__del__` has run.
            self.cx.heap.finalizable.retain(|other| *other != place);
            let object = Value::Object(place);
            if let Some(method) = self.cx.heap.own_method(object, crate::symbol::Sym::DEL) {
                let floor = self.t.stack.len();
                self.t.stack.push(object);
                return self.invoke(method, floor, floor, After::Drop);
            }
            return Ok(());
        }
        self.cx.heap.suspect = false;
        if self.cx.heap.is_due() {
            self.cx.heap.sweep(&reached);
            if self.cx.heap.bytes() > self.cx.limits.memory {
                return Err(self.cx.memory_error());
            }
        }
        Ok(())
    }

    fn roots(&self) -> Vec<Value> {
        let mut roots = vec![];
        let mut visit = |value| roots.push(value);
        self.t.values(&mut visit);
        self.threads.iter().for_each(|thread| thread.values(&mut visit));
        for module in &self.cx.modules {
            module.constants.iter().chain(&module.slots).chain(module.extra.values()).for_each(|value| visit(*value));
        }
        roots
    }

    /// A value was dropped that may have been the last way to a socket.
    fn dropped(&mut self, value: Value) {
        if !self.cx.heap.finalizable.is_empty() && self.cx.heap.may_hold_finalizable(value) {
            self.cx.heap.suspect = true;
        }
    }

    fn module(&self) -> ModuleId {
        self.t.frames.last().expect("a thread that runs has a frame").module
    }

    /// A function of the prelude.
    fn prelude(&self, name: crate::symbol::Sym) -> Option<Value> {
        self.cx.modules[self.cx.prelude.0 as usize].get(name).or_else(|| self.cx.modules[0].get(name))
    }

    fn prelude_named(&self, name: &str) -> Value {
        let sym = self.cx.symbols.find(name).unwrap_or_else(|| panic!("{name} is not of the prelude"));
        self.prelude(sym).or_else(|| registry().builtin(sym)).unwrap_or_else(|| panic!("{name} is not of the prelude"))
    }
}
