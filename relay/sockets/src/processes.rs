//! Programs on the real network: each makes its calls on a [`Kernel`], and what they do is told as it happens.
//!
//! The programs are those that run on the simulated kernel ([`sim_core::program::Program`]), so one program's two runs can be laid side by
//! side. The verbs are the kernel's; [`Processes::poll_event`] gives what happened, beside the messages for the relay.
//!
//! Absent on purpose: a scheduler. A thread runs until it waits, and threads that can go on do so in the order in which they could.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use litemap::LiteMap;
use relay_proto::DecodeError;
use sim_core::date::Date;
use sim_core::errno::Errno;
use sim_core::program::{self, Call, Chance, Next, Program, ThreadId, View};
use sim_core::time::Instant;
use sim_core::trace::{ProcessId, Value};

use crate::kernel::{Kernel, Output, Returned, Task};

/// Steps of a thread between two looks at the others: so an endless loop of calls that do not wait leaves room for them, and for the page.
const TURN: usize = 1_000;
/// How long a program that only computes pauses.
const PAUSE: Duration = Duration::from_millis(1);

/// Something that a program did, or that came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, on the caller's clock.
    pub at: Instant,
    /// Whose. A process's first thread is number 0.
    pub task: Task,
    /// What.
    pub what: What,
}

/// What a program does. Lines are lines of its text, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum What {
    /// It began.
    Started { program: Arc<str> },
    /// It ran these lines, and so many before them.
    Ran { lines: Arc<[u16]>, skipped: u32 },
    /// It entered a system call.
    Called { line: u16, call: Call },
    /// The call returned. `told_at` is when the real machine said so, in nanoseconds of the relay's clock.
    Returned { line: u16, result: Result<Value, Errno>, told_at: Option<u64> },
    /// It wrote a line, or a part of one.
    Printed { line: u16, text: Arc<str>, stream: program::Output, ended: bool },
    /// It started a thread.
    Spawned { line: u16, thread: u32, name: Arc<str> },
    /// A thread ended.
    Ended { line: u16 },
    /// The process ended, with this status.
    Exited { line: u16, status: u8 },
}

#[derive(Clone, Debug)]
struct Running {
    program: Box<dyn Program>,
    chance: Chance,
    threads: LiteMap<u32, Thread>,
}

#[derive(Clone, Debug)]
struct Thread {
    /// What the program calls it.
    number: ThreadId,
    /// The line of the call that it waits in.
    line: u16,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// It goes on, with the result of its call.
    Ready(Option<Result<Value, Errno>>),
    Waits,
    Pauses(Instant),
}

/// Programs, and the kernel that they share.
#[derive(Clone, Debug, Default)]
pub struct Processes {
    kernel: Kernel,
    running: LiteMap<u32, Running>,
    /// Who can go on.
    ready: VecDeque<Task>,
    events: VecDeque<Event>,
    messages: VecDeque<Vec<u8>>,
    host: Arc<str>,
    clock: Date,
    last_process: u32,
}

impl Processes {
    /// No programs yet, on a host of this name whose clock showed this at the caller's time zero.
    pub fn new(host: &str, clock: Date) -> Processes {
        Processes { host: host.into(), clock, ..Processes::default() }
    }

    /// Starts a program; its number as a process.
    pub fn handle_start(&mut self, program: Box<dyn Program>, seed: u64, now: Instant) -> u32 {
        self.last_process += 1;
        let process = self.last_process;
        let task = Task { process, thread: 0 };
        self.tell(task, What::Started { program: program.name() }, now);
        let mut running = Running { program, chance: Chance::new(seed), threads: LiteMap::new() };
        running.threads.insert(0, Thread { number: ThreadId::MAIN, line: 0, state: State::Ready(None) });
        self.running.insert(process, running);
        self.ready.push_back(task);
        self.go_on(now);
        process
    }

    /// The relay sent a message.
    ///
    /// # Errors
    /// When it is none of the protocol; nothing has changed.
    pub fn handle_message(&mut self, message: &[u8], now: Instant) -> Result<(), DecodeError> {
        self.kernel.handle_message(message, now)?;
        self.go_on(now);
        Ok(())
    }

    /// Somebody typed for a process: a text for its standard input, or its end.
    pub fn handle_typed(&mut self, process: u32, text: Option<&str>, now: Instant) {
        self.kernel.handle_typed(process, text, now);
        self.go_on(now);
    }

    /// The way to the relay is gone.
    pub fn handle_loss(&mut self, now: Instant) {
        self.kernel.handle_loss(now);
        self.go_on(now);
    }

    /// Ends a process from outside, as SIGKILL does.
    pub fn handle_kill(&mut self, process: u32, now: Instant) {
        if self.running.remove(&process).is_some() {
            self.tell(Task { process, thread: 0 }, What::Exited { line: 0, status: 137 }, now);
            self.kernel.handle_exit(process, now);
            self.go_on(now);
        }
    }

    /// Time has come to what [`Processes::poll_timeout`] said.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.kernel.handle_timeout(now);
        for (process, running) in self.running.iter_mut() {
            for (thread, state) in running.threads.iter_mut() {
                if matches!(state.state, State::Pauses(until) if until <= now) {
                    state.state = State::Ready(None);
                    self.ready.push_back(Task { process: *process, thread: *thread });
                }
            }
        }
        self.go_on(now);
    }

    /// When somebody has waited long enough.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let threads = self.running.iter().flat_map(|(_, running)| running.threads.iter());
        let pauses = threads.filter_map(|(_, thread)| match thread.state {
            State::Pauses(until) => Some(until),
            _ => None,
        });
        pauses.chain(self.kernel.poll_timeout()).min()
    }

    /// The next binary message for the relay.
    pub fn poll_message(&mut self) -> Option<Vec<u8>> {
        self.messages.pop_front()
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether any program still runs.
    pub fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// The calls that wait.
    pub fn waiting(&self) -> impl Iterator<Item = (Task, &Call)> {
        self.kernel.waiting()
    }

    fn tell(&mut self, task: Task, what: What, at: Instant) {
        self.events.push_back(Event { at, task, what });
    }

    /// Runs whoever can go on, until nobody can.
    fn go_on(&mut self, now: Instant) {
        self.drain(now);
        while let Some(task) = self.ready.pop_front() {
            self.run(task, now);
            self.drain(now);
        }
    }

    /// Takes what the kernel has to say.
    fn drain(&mut self, now: Instant) {
        while let Some(output) = self.kernel.poll_output() {
            match output {
                Output::Message(message) => self.messages.push_back(message),
                Output::Returned(Returned { task, result, told_at }) => {
                    let Some(thread) = self.thread(task) else { continue };
                    thread.state = State::Ready(Some(result.clone()));
                    let line = thread.line;
                    self.ready.push_back(task);
                    self.tell(task, What::Returned { line, result, told_at }, now);
                }
            }
        }
    }

    fn thread(&mut self, task: Task) -> Option<&mut Thread> {
        self.running.get_mut(&task.process)?.threads.get_mut(&task.thread)
    }

    /// Runs a thread until it waits, or its turn is over.
    fn run(&mut self, task: Task, now: Instant) {
        for _ in 0..TURN {
            let Some(next) = self.resume(task, now) else { return };
            if !self.carry_out(task, next, now) {
                return;
            }
        }
        self.pause(task, now);
    }

    fn pause(&mut self, task: Task, now: Instant) {
        if let Some(thread) = self.thread(task) {
            thread.state = State::Pauses(now + PAUSE);
        }
    }

    /// What a thread does next, if it can go on.
    fn resume(&mut self, task: Task, now: Instant) -> Option<Next> {
        let running = self.running.get_mut(&task.process)?;
        let thread = running.threads.get_mut(&task.thread)?;
        let State::Ready(last) = &mut thread.state else { return None };
        let last = last.take();
        let who = (ProcessId(task.process), thread.number);
        let mut view = View::outside((now, self.clock), who, &self.host, &mut running.chance);
        Some(running.program.resume(last, &mut view))
    }

    /// Does what a thread wants; whether it goes on at once.
    fn carry_out(&mut self, task: Task, next: Next, now: Instant) -> bool {
        match next {
            Next::Call { line, call } => self.call(task, line, call, now),
            Next::Park { line, why, limit } => self.call(task, line, Call::Park(why, limit), now),
            Next::Unpark { line, thread } => {
                let number = self.number(task.process, thread);
                self.call(task, line, Call::Unpark(ProcessId(number)), now);
            }
            Next::Print { line, text, stream, ended } => {
                self.tell(task, What::Printed { line, text, stream, ended }, now);
                return true;
            }
            Next::Ran { lines, skipped } => {
                self.tell(task, What::Ran { lines, skipped }, now);
                return true;
            }
            Next::Pause => self.pause(task, now),
            Next::Spawn { line, thread, name } => {
                self.spawn(task, line, thread, name, now);
                return true;
            }
            Next::Ended { line } if task.thread != 0 => {
                self.tell(task, What::Ended { line }, now);
                if let Some(running) = self.running.get_mut(&task.process) {
                    running.threads.remove(&task.thread);
                }
            }
            Next::Ended { line } => self.exit(task, line, 0, now),
            Next::Exit { line, status, .. } => self.exit(task, line, status, now),
        }
        false
    }

    fn call(&mut self, task: Task, line: u16, call: Call, now: Instant) {
        self.tell(task, What::Called { line, call: call.clone() }, now);
        if let Some(thread) = self.thread(task) {
            (thread.line, thread.state) = (line, State::Waits);
        }
        self.kernel.handle_call(task, call, now);
    }

    /// The number of a thread that the program calls so; one that has ended has none any more, and nobody has this one.
    fn number(&self, process: u32, thread: ThreadId) -> u32 {
        let threads = self.running.get(&process).map(|running| &running.threads);
        let found = threads.and_then(|threads| threads.iter().find(|(_, known)| known.number == thread));
        found.map_or(u32::MAX, |(number, _)| *number)
    }

    fn spawn(&mut self, task: Task, line: u16, number: ThreadId, name: Arc<str>, now: Instant) {
        let Some(running) = self.running.get_mut(&task.process) else { return };
        // The program's own numbers are as good: no two threads of a process have one.
        let thread = number.0;
        running.threads.insert(thread, Thread { number, line, state: State::Ready(None) });
        if let Some(parent) = running.threads.get_mut(&task.thread) {
            parent.state = State::Ready(Some(Ok(Value::Number(thread as usize))));
        }
        self.ready.push_back(Task { thread, ..task });
        self.tell(task, What::Spawned { line, thread, name }, now);
    }

    fn exit(&mut self, task: Task, line: u16, status: u8, now: Instant) {
        self.running.remove(&task.process);
        self.tell(Task { thread: 0, ..task }, What::Exited { line, status }, now);
        self.kernel.handle_exit(task.process, now);
    }
}
