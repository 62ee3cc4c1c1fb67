//! Processes: a program runs at no cost of time until a call blocks, and goes on a moment after its socket wakes it, or
//! when the call's time has run out.
//!
//! Absent on purpose: a scheduler with time slices, threads, signals, `fork`.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use litemap::LiteMap;

use crate::context::Context;
use crate::errno::Errno;
use crate::program::{Call, Events, Next, Program, ScriptMachine, Spec, View};
use crate::queue::{Event, LazyTimer};
use crate::random::Stream;
use crate::socket::call::Progress;
use crate::time::Instant;
use crate::trace::{FactId, ProcessId, SocketId, Value, What};

use super::{Host, OpenFile};

/// Calls and lines of output that a process may make without blocking; then it is made to pause, so that an endless loop
/// does not stop the world.
const SLICE: usize = 100_000;
/// How long it pauses.
const PAUSE: Duration = Duration::from_millis(1);
/// From the waking of a process until it runs: what scheduler and context switch take on a real machine. It matters
/// where a program closes in answer to bytes that a FIN follows closely: a real program sees both.
const WAKING: Duration = Duration::from_micros(100);

/// What a descriptor stands for.
#[derive(Clone, Debug)]
pub(crate) enum File {
    Socket(SocketId),
    Open(OpenFile),
}

/// The open files of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptors {
    files: LiteMap<u32, File>,
}

impl Descriptors {
    /// 0, 1 and 2 are the standard streams.
    const FIRST: u32 = 3;
    /// RLIMIT_NOFILE.
    const MOST: usize = 1024 - 3;

    pub(crate) fn get(&self, fd: u32) -> Option<&File> {
        self.files.get(&fd)
    }

    pub(crate) fn get_mut(&mut self, fd: u32) -> Option<&mut File> {
        self.files.get_mut(&fd)
    }

    /// Whether there is room for another.
    pub(crate) fn check_room(&self) -> Result<(), Errno> {
        if self.files.len() < Self::MOST { Ok(()) } else { Err(Errno::EMFILE) }
    }

    /// POSIX: the lowest number that is free.
    pub(crate) fn add(&mut self, file: File) -> Result<u32, Errno> {
        self.check_room()?;
        let taken = (Self::FIRST..).zip(self.files.keys()).take_while(|(fd, taken)| fd == *taken).count();
        // Fewer than 1,024.
        let fd = Self::FIRST + taken as u32;
        self.files.insert(fd, file);
        Ok(fd)
    }

    pub(crate) fn remove(&mut self, fd: u32) {
        self.files.remove(&fd);
    }
}

/// What decides the calls of a process.
#[derive(Clone, Debug)]
enum Machine {
    Script(ScriptMachine),
    Program(Box<dyn Program>),
    /// Calls that come from outside, one by one, and how many there have been.
    Driven(VecDeque<Call>, u16),
}

impl Machine {
    /// What comes next; `None` while nothing has come from outside.
    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Option<Next> {
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
    machine: Machine,
    descriptors: Descriptors,
    random: Stream,
    /// The result of the last call, which the machine has not been given yet.
    result: Option<Result<Value, Errno>>,
    blocked: Option<Blocked>,
    /// What woke it, and when it will run.
    woken: Option<(Option<FactId>, Instant)>,
    timer: LazyTimer,
    /// Its last fact: what it does next is due to it.
    last: FactId,
}

#[derive(Clone, Debug)]
struct Blocked {
    call: Call,
    called: FactId,
    line: u16,
    progress: Progress,
    /// The sockets that it waits for, and for what of each.
    waits: Vec<(SocketId, Events)>,
    /// When it waits no longer.
    deadline: Option<Instant>,
}

impl Process {
    /// What it waits for at this socket.
    fn waits_for(&self, socket: SocketId) -> Option<Events> {
        let waits = &self.blocked.as_ref()?.waits;
        waits.iter().find(|(id, _)| *id == socket).map(|(_, events)| *events)
    }

    /// When it has to be looked at next.
    fn deadline(&self) -> Option<Instant> {
        let blocked = self.blocked.as_ref().and_then(|blocked| blocked.deadline);
        blocked.into_iter().chain(self.woken.map(|(_, at)| at)).min()
    }

    fn schedule(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        self.timer.set(self.deadline(), ctx.queue, Event::Process(ctx.node, id));
    }
}

impl Host {
    /// Starts a program of a scenario or an input.
    pub(crate) fn spawn(&mut self, program: Spec, ctx: &mut Context<'_>) {
        let name = program.name();
        let machine = match program {
            Spec::Script(script) => Machine::Script(ScriptMachine::new(script)),
            Spec::Builtin(builtin) => Machine::Program(builtin.machine()),
        };
        let id = self.admit(machine, name, ctx);
        self.run(id, ctx);
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
        if process.blocked.is_none() {
            self.run(id, ctx);
        }
    }

    fn admit(&mut self, machine: Machine, program: Arc<str>, ctx: &mut Context<'_>) -> ProcessId {
        let id = ctx.ids.process();
        let last = ctx.fact(|| What::Started { process: id, program });
        let process = Process {
            machine,
            descriptors: Descriptors::default(),
            random: self.random.fork(u64::from(id.0)),
            result: None,
            blocked: None,
            woken: None,
            timer: LazyTimer::default(),
            last,
        };
        self.processes.insert(id, Some(Box::new(process)));
        id
    }

    /// Ends a process from outside; the kernel closes what it has left open.
    pub(crate) fn kill(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        let Some(Some(mut process)) = self.processes.remove(&id) else { return };
        ctx.follow(|| What::Killed { process: id });
        self.close_all(&mut process.descriptors, ctx);
    }

    /// Something happened to a socket: a call that is blocked on it will be tried again.
    pub(crate) fn wake(&mut self, socket: SocketId, cause: Option<FactId>, ctx: &mut Context<'_>) {
        self.serve_woken(socket, ctx);
        let mut events = None;
        for (id, process) in &mut self.processes {
            let Some(process) = process else { continue };
            let Some(wanted) = process.waits_for(socket).filter(|_| process.woken.is_none()) else { continue };
            // An ACK is no reason for a program that waits for bytes.
            let there = *events.get_or_insert_with(|| self.sockets.events(socket));
            if there.any(wanted | Events::ERR | Events::HUP) {
                process.woken = Some((cause, ctx.now + WAKING));
                process.schedule(*id, ctx);
            }
        }
    }

    /// Something happened that whoever waits at this socket may want to know, whatever for.
    pub(crate) fn wake_all(&mut self, socket: SocketId, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        for (id, process) in &mut self.processes {
            let Some(process) = process else { continue };
            if process.waits_for(socket).is_some() && process.woken.is_none() {
                process.woken = Some((cause, ctx.now + WAKING));
                process.schedule(*id, ctx);
            }
        }
    }

    /// A process may have waited enough, or have been woken.
    pub(crate) fn process_timeout(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        let Some(Some(process)) = self.processes.get_mut(&id) else { return };
        if !process.timer.reached(ctx.now, ctx.queue, Event::Process(ctx.node, id)) {
            return;
        }
        ctx.cause = process.woken.take().and_then(|(cause, _)| cause);
        self.run(id, ctx);
    }

    /// Runs a process until it blocks or ends. The context's cause is what woke it.
    fn run(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        // It is taken out while it runs, so that its calls may use the rest of the host.
        let Some(mut process) = self.processes.get_mut(&id).and_then(Option::take) else { return };
        if let Some(blocked) = process.blocked.take() {
            self.try_again(id, &mut process, blocked, ctx);
        }
        let mut steps = 0;
        while process.blocked.is_none() && process.woken.is_none() {
            steps += 1;
            if steps > SLICE {
                process.woken = Some((None, ctx.now + PAUSE));
                break;
            }
            ctx.cause = Some(process.last);
            let mut view = View { now: ctx.now, process: id, random: &mut process.random };
            match process.machine.resume(process.result.take(), &mut view) {
                Some(Next::Call { line, call }) => self.begin_call(id, &mut process, line, call, ctx),
                Some(Next::Print { line, text }) => {
                    process.last = ctx.fact(|| What::Printed { process: id, line, text });
                }
                Some(Next::Pause) => process.woken = Some((None, ctx.now + PAUSE)),
                Some(Next::Exit { line, error }) => {
                    ctx.follow(|| What::Exited { process: id, line, error });
                    self.close_all(&mut process.descriptors, ctx);
                    self.processes.remove(&id);
                    return;
                }
                None => break,
            }
        }
        process.schedule(id, ctx);
        self.processes.insert(id, Some(process));
    }

    /// Begins a call: it returns, or blocks.
    fn begin_call(&mut self, id: ProcessId, process: &mut Process, line: u16, call: Call, ctx: &mut Context<'_>) {
        let called = ctx.follow(|| What::Called { process: id, line, call: call.clone() });
        let deadline = self.time_limit(&process.descriptors, &call).map(|limit| ctx.now + limit);
        // Waiting no time at all is no reason to block: a loop of it would never let the clock go on.
        let expired = matches!(call, Call::Sleep(_) | Call::Poll(..)) && deadline == Some(ctx.now);
        let mut progress = Progress::default();
        progress.expired = expired;
        let blocked = Blocked { call, called, line, progress, waits: Vec::new(), deadline };
        self.try_call(id, process, blocked, ctx);
    }

    /// A process that was blocked was woken, or its time has run out.
    fn try_again(&mut self, id: ProcessId, process: &mut Process, mut blocked: Blocked, ctx: &mut Context<'_>) {
        blocked.progress.expired = blocked.deadline.is_some_and(|deadline| deadline <= ctx.now);
        if ctx.cause.is_none() {
            ctx.cause = Some(blocked.called);
        }
        self.try_call(id, process, blocked, ctx);
    }

    /// Tries a call; it stays blocked, or its result goes to the machine.
    fn try_call(&mut self, id: ProcessId, process: &mut Process, mut blocked: Blocked, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        let outcome = self.call(&mut process.descriptors, &blocked.call, &mut blocked.progress, ctx);
        ctx.cause = cause;
        let result = match outcome {
            Ok(Some(value)) => Ok(value),
            Err(error) => Err(error),
            Ok(None) => {
                blocked.waits = self.waits(&process.descriptors, &blocked.call, &blocked.progress);
                process.blocked = Some(blocked);
                return;
            }
        };
        let Blocked { line, called, .. } = blocked;
        process.last = ctx.fact(|| What::Returned { process: id, line, called, result: result.clone() });
        process.result = Some(result);
    }

    fn close_all(&mut self, descriptors: &mut Descriptors, ctx: &mut Context<'_>) {
        for (_, file) in core::mem::take(&mut descriptors.files) {
            match file {
                File::Socket(socket) => {
                    self.close_socket(socket, ctx);
                    self.settle(socket, ctx);
                }
                File::Open(open) => self.files.close(&open),
            }
        }
    }
}
