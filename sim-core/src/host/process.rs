//! Processes: what a program and its threads have in common, from the start of the first thread to the end of the last.
//!
//! Absent on purpose: `fork`, signals, and how a thread goes on ([`super::thread`]).

use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::date::Date;
use crate::errno::Errno;
use crate::program::{Call, Foreign, Next, Program, Refusal, ScriptMachine, Spec, ThreadId, View};
use crate::random::Stream;
use crate::time::Instant;
use crate::trace::{ProcessId, Thread as Member, Value, What};

use super::thread::Thread;
use super::{Descriptors, File, Host};

/// Threads of one process: far more than a learner's program needs, far fewer than fill the memory.
const THREADS: usize = 1_000;

/// What decides the calls of a process.
#[derive(Clone, Debug)]
enum Machine {
    Script(ScriptMachine),
    Program(Box<dyn Program>),
    /// Calls that come from outside, one by one, and how many there have been.
    Driven(VecDeque<Call>, u16),
}

/// What a thread is given to go on with: the result of its last call.
pub(super) type Last = Option<Result<Value, Errno>>;

impl Machine {
    /// What comes next; `None` while nothing has come from outside.
    fn resume(&mut self, last: Last, view: &mut View<'_>) -> Option<Next> {
        match self {
            Machine::Script(script) => Some(script.resume(last, view)),
            Machine::Program(program) => Some(program.resume(last, view)),
            Machine::Driven(calls, made) => calls.pop_front().map(|call| {
                *made = made.saturating_add(1);
                Next::Call { line: *made, call }
            }),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Process {
    program: Arc<str>,
    machine: Machine,
    pub(super) descriptors: Descriptors,
    random: Stream,
}

impl Process {
    /// Asks the machine what a thread does next.
    pub(super) fn resume(
        &mut self,
        (process, thread): (ProcessId, ThreadId),
        last: Last,
        (host, clock, now): (&str, Date, Instant),
    ) -> Option<Next> {
        let mut view = View { now, clock, process, thread, host, random: &mut self.random };
        self.machine.resume(last, &mut view)
    }
}

impl Host {
    /// Starts a program of a scenario or an input.
    pub(crate) fn spawn(&mut self, program: Spec, ctx: &mut Context<'_>) {
        let name = program.name();
        let machine = match program {
            Spec::Script(script) => Machine::Script(ScriptMachine::new(script)),
            Spec::Builtin(builtin) => Machine::Program(builtin.machine()),
            Spec::Foreign(foreign) => return self.spawn_foreign(&foreign, ctx),
        };
        let id = self.admit(machine, name, ctx);
        self.run(id, ctx);
    }

    fn spawn_foreign(&mut self, foreign: &Foreign, ctx: &mut Context<'_>) {
        let machine = self.load(foreign).expect("scenarios and inputs are checked: their programs can be run");
        let id = self.admit(Machine::Program(machine), foreign.name.clone(), ctx);
        let process = self.processes.get_mut(&id).and_then(Option::as_mut);
        if let (Some(input), Some(process)) = (&foreign.input, process)
            && let Some(typed) = process.descriptors.typed()
        {
            typed.push(input, true);
        }
        self.run(id, ctx);
    }

    /// The machine of a program in another language.
    pub(crate) fn load(&self, foreign: &Foreign) -> Result<Box<dyn Program>, Refusal> {
        foreign.load(self.loader)
    }

    /// Starts any program.
    pub(crate) fn spawn_program(&mut self, program: Box<dyn Program>, ctx: &mut Context<'_>) {
        let name = program.name();
        let id = self.admit(Machine::Program(program), name, ctx);
        self.run(id, ctx);
    }

    /// Starts a process whose calls come from outside.
    pub(crate) fn spawn_driven(&mut self, name: Arc<str>, ctx: &mut Context<'_>) {
        self.admit(Machine::Driven(VecDeque::new(), 0), name, ctx);
    }

    /// A process from outside makes a call.
    pub(crate) fn drive(&mut self, id: ProcessId, call: Call, ctx: &mut Context<'_>) {
        let Some(Some(process)) = self.processes.get_mut(&id) else { return };
        let Machine::Driven(calls, _) = &mut process.machine else { return };
        calls.push_back(call);
        if self.threads.get(&id).is_some_and(|thread| thread.blocked.is_none()) {
            self.run(id, ctx);
        }
    }

    fn admit(&mut self, machine: Machine, program: Arc<str>, ctx: &mut Context<'_>) -> ProcessId {
        let id = ctx.ids.process();
        let last = ctx.fact(|| What::Started { process: id, program: program.clone(), thread: None });
        let random = self.random.fork(u64::from(id.0));
        let process = Process { program, machine, descriptors: Descriptors::default(), random };
        self.processes.insert(id, Some(Box::new(process)));
        self.threads.insert(id, Thread::new(id, ThreadId::MAIN, last));
        id
    }

    /// A process starts another thread. It is told the thread's number, or EAGAIN as `clone` says.
    pub(super) fn spawn_thread(
        &mut self,
        (id, process): (ProcessId, &Process),
        number: ThreadId,
        name: Arc<str>,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Errno> {
        if self.threads.values().filter(|thread| thread.process == id).count() >= THREADS {
            return Err(Errno::EAGAIN);
        }
        let thread = ctx.ids.thread();
        let program = process.program.clone();
        let member = Member { of: id, name };
        let started = ctx.fact(|| What::Started { process: thread, program, thread: Some(member) });
        let mut made = Thread::new(id, number, started);
        made.wake(thread, Some(started), ctx);
        self.threads.insert(thread, made);
        Ok(Value::Number(thread.0 as usize))
    }

    /// Ends a process from outside; the kernel closes what it has left open.
    pub(crate) fn kill(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        // Linux: a signal to one thread ends them all.
        let Some(id) = self.threads.get(&id).map(|thread| thread.process) else { return };
        let Some(Some(mut process)) = self.processes.remove(&id) else { return };
        self.end_threads(id, ctx, |process, _| What::Killed { process });
        ctx.follow(|| What::Killed { process: id });
        self.close_all(&mut process.descriptors, ctx);
    }

    /// A process has ended. The context's cause is its last fact.
    pub(super) fn exit(
        &mut self,
        id: ProcessId,
        process: &mut Process,
        (line, error, status): (u16, Option<Errno>, u8),
        ctx: &mut Context<'_>,
    ) {
        self.end_threads(id, ctx, |process, line| What::Exited { process, line, error: None, status });
        ctx.follow(|| What::Exited { process: id, line, error, status });
        self.close_all(&mut process.descriptors, ctx);
        self.processes.remove(&id);
    }

    /// Ends the threads of a process; of all but the first there is a fact.
    fn end_threads(&mut self, id: ProcessId, ctx: &mut Context<'_>, what: impl Fn(ProcessId, u16) -> What) {
        let of_process = self.threads.iter().filter(|(_, thread)| thread.process == id);
        let ended: Vec<(ProcessId, u16)> = of_process.map(|(number, thread)| (*number, thread.line)).collect();
        for (thread, line) in ended {
            self.threads.remove(&thread);
            if thread != id {
                ctx.fact(|| what(thread, line));
            }
        }
    }

    /// Somebody types for a process.
    pub(crate) fn type_text(&mut self, id: ProcessId, text: &Arc<str>, end: bool, ctx: &mut Context<'_>) {
        let Some(Some(process)) = self.processes.get_mut(&id) else { return };
        let typed = ctx.fact(|| What::Typed { process: id, text: text.clone(), end });
        let Some(input) = process.descriptors.typed() else { return };
        input.push(text, end);
        if !input.is_ready() {
            return;
        }
        for (thread, member) in self.threads.iter_mut().filter(|(_, thread)| thread.process == id) {
            if member.waits_for_input(&process.descriptors) {
                member.wake(*thread, Some(typed), ctx);
            }
        }
    }

    fn close_all(&mut self, descriptors: &mut Descriptors, ctx: &mut Context<'_>) {
        for file in descriptors.take_all() {
            match file {
                File::Socket(socket) => {
                    self.close_socket(socket, ctx);
                    self.settle(socket, ctx);
                }
                File::Open(open) => self.files.close(&open),
                File::Typed(_) | File::Terminal(_) => {}
            }
        }
    }
}
