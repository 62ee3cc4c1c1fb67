//! Threads: one runs at no cost of time until a call blocks, and goes on a moment after its socket, another thread or the
//! one who types wakes it, or when the call's time has run out. Those that are woken for the same moment run in the order of their waking.
//!
//! Absent on purpose: a scheduler with time slices: a thread that does not block is not interrupted but for
//! [`Next::Pause`].

use core::time::Duration;
use std::sync::Arc;

use crate::context::Context;
use crate::program::{Call, Events, Next, Output, ThreadId};
use crate::queue::{Event, LazyTimer};
use crate::socket::call::{Outcome, Progress};
use crate::time::Instant;
use crate::trace::{FactId, ProcessId, SocketId, Value, What};

use super::process::{Last, Process};
use super::{Descriptors, File, Host};

/// Calls and lines of output that a thread may make without blocking; then it is made to pause, so that an endless loop
/// does not stop the world.
const SLICE: usize = 100_000;
/// How long it pauses.
const PAUSE: Duration = Duration::from_millis(1);
/// From the waking of a thread until it runs: what scheduler and context switch take on a real machine. It matters
/// where a program closes in answer to bytes that a FIN follows closely: a real program sees both.
const WAKING: Duration = Duration::from_micros(100);

#[derive(Clone, Debug)]
pub(super) struct Thread {
    /// Whose it is.
    pub(super) process: ProcessId,
    /// What the program calls it.
    number: ThreadId,
    /// The result of the last call, which the machine has not been given yet.
    result: Last,
    pub(super) blocked: Option<Blocked>,
    /// What woke it, and when it will run.
    woken: Option<(Option<FactId>, Instant)>,
    timer: LazyTimer,
    /// Its last fact: what it does next is due to it.
    last: FactId,
    /// The line it is at, as far as it said so.
    pub(super) line: u16,
    /// Another thread has woken it when it was not parked: it will not wait the next time.
    permit: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Blocked {
    call: Call,
    called: FactId,
    line: u16,
    progress: Progress,
    /// The sockets that it waits for, and for what of each.
    waits: Vec<(SocketId, Events)>,
    /// When it waits no longer.
    deadline: Option<Instant>,
}

impl Thread {
    pub(super) fn new(process: ProcessId, number: ThreadId, last: FactId) -> Thread {
        Thread {
            process,
            number,
            result: None,
            blocked: None,
            woken: None,
            timer: LazyTimer::default(),
            last,
            line: 0,
            permit: false,
        }
    }

    /// What it waits for at this socket.
    fn waits_for(&self, socket: SocketId) -> Option<Events> {
        let waits = &self.blocked.as_ref()?.waits;
        waits.iter().find(|(id, _)| *id == socket).map(|(_, events)| *events)
    }

    /// Whether it waits for what is typed.
    pub(super) fn waits_for_input(&self, descriptors: &Descriptors) -> bool {
        let is_input = |fd| matches!(descriptors.get(fd), Some(File::Typed(_)));
        match self.blocked.as_ref().map(|blocked| &blocked.call) {
            Some(Call::Read(fd, _)) => is_input(*fd),
            Some(Call::Poll(fds, _)) => fds.iter().any(|asked| asked.events.any(Events::IN) && is_input(asked.fd)),
            _ => false,
        }
    }

    /// Whether a call of it is on this socket: then the socket outlives its descriptor (Linux: `fdget`).
    fn is_in(&self, socket: SocketId) -> bool {
        self.blocked.as_ref().is_some_and(|blocked| match blocked.call {
            Call::Poll(..) => blocked.waits.iter().any(|(id, _)| *id == socket),
            _ => blocked.progress.socket == Some(socket),
        })
    }

    /// It runs a moment from now.
    pub(super) fn wake(&mut self, id: ProcessId, cause: Option<FactId>, ctx: &mut Context<'_>) {
        if self.woken.is_none() {
            self.woken = Some((cause, ctx.now + WAKING));
            self.schedule(id, ctx);
        }
    }

    /// When it has to be looked at next.
    fn deadline(&self) -> Option<Instant> {
        let blocked = self.blocked.as_ref().and_then(|blocked| blocked.deadline);
        blocked.into_iter().chain(self.woken.map(|(_, at)| at)).min()
    }

    fn schedule(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        self.timer.set(self.deadline(), ctx.queue, Event::Process(ctx.node, id));
    }

    fn pauses(&mut self, ctx: &Context<'_>) {
        self.woken = Some((None, ctx.now + PAUSE));
    }
}

impl Host {
    /// Something happened to a socket: a call that is blocked on it will be tried again.
    pub(crate) fn wake(&mut self, socket: SocketId, cause: Option<FactId>, ctx: &mut Context<'_>) {
        self.serve_woken(socket, ctx);
        let mut events = None;
        for (id, thread) in &mut self.threads {
            let Some(wanted) = thread.waits_for(socket).filter(|_| thread.woken.is_none()) else { continue };
            // An ACK is no reason for a program that waits for bytes.
            let there = *events.get_or_insert_with(|| self.sockets.events(socket));
            if there.any(wanted | Events::ERR | Events::HUP) {
                thread.wake(*id, cause, ctx);
            }
        }
    }

    /// Something happened that whoever waits at this socket may want to know, whatever for.
    pub(crate) fn wake_all(&mut self, socket: SocketId, ctx: &mut Context<'_>) {
        let cause = ctx.cause;
        for (id, thread) in &mut self.threads {
            if thread.waits_for(socket).is_some() {
                thread.wake(*id, cause, ctx);
            }
        }
    }

    /// A thread wakes another that is parked. Says how many were woken.
    fn unpark(&mut self, id: ProcessId, process: ProcessId, ctx: &mut Context<'_>) -> usize {
        let Some(thread) = self.threads.get_mut(&id).filter(|thread| thread.process == process) else { return 0 };
        let Some(blocked) = thread.blocked.as_mut().filter(|blocked| matches!(blocked.call, Call::Park(..))) else {
            thread.permit = true;
            return 0;
        };
        let is_first = !core::mem::replace(&mut blocked.progress.unparked, true);
        thread.wake(id, ctx.cause, ctx);
        is_first.into()
    }

    /// Whether a thread runs, or will when its time comes.
    pub(crate) fn goes_on(&self) -> bool {
        self.threads.values().any(|thread| thread.deadline().is_some())
    }

    /// Whether a thread is in a call on this socket.
    pub(crate) fn is_in_call(&self, socket: SocketId) -> bool {
        self.threads.values().any(|thread| thread.is_in(socket))
    }

    /// A thread may have waited enough, or have been woken.
    pub(crate) fn process_timeout(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        let Some(thread) = self.threads.get_mut(&id) else { return };
        if !thread.timer.reached(ctx.now, ctx.queue, Event::Process(ctx.node, id)) {
            return;
        }
        ctx.cause = thread.woken.take().and_then(|(cause, _)| cause);
        self.run(id, ctx);
    }

    /// Runs a thread until it blocks or ends. The context's cause is what woke it.
    pub(super) fn run(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        let Some(of) = self.threads.get(&id).map(|thread| thread.process) else { return };
        // It is taken out while it runs, so that its calls may use the rest of the host.
        let Some(mut process) = self.processes.get_mut(&of).and_then(Option::take) else { return };
        if let Some(blocked) = self.threads.get_mut(&id).and_then(|thread| thread.blocked.take()) {
            self.try_again(id, &mut process, blocked, ctx);
        }
        for _ in 0..SLICE {
            if !self.step(id, &mut process, ctx) {
                return self.put_back(id, of, process, ctx);
            }
        }
        if let Some(thread) = self.threads.get_mut(&id).filter(|thread| thread.is_running()) {
            thread.pauses(ctx);
        }
        self.put_back(id, of, process, ctx);
    }

    /// A thread has run until it blocked or ended.
    fn put_back(&mut self, id: ProcessId, of: ProcessId, process: Box<Process>, ctx: &mut Context<'_>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.schedule(id, ctx);
        }
        if let Some(place) = self.processes.get_mut(&of) {
            *place = Some(process);
        }
    }

    /// Lets a thread do one thing. Says whether it can go on.
    fn step(&mut self, id: ProcessId, process: &mut Process, ctx: &mut Context<'_>) -> bool {
        let Some(thread) = self.threads.get_mut(&id).filter(|thread| thread.is_running()) else { return false };
        ctx.cause = Some(thread.last);
        let (of, number, last) = (thread.process, thread.number, thread.result.take());
        let Some(next) = process.resume((of, number), last, (&self.name, self.clock, ctx.now)) else { return false };
        match next {
            Next::Call { line, call } => self.begin_call(id, process, (line, call), ctx),
            Next::Park { line, why, limit } => self.begin_call(id, process, (line, Call::Park(why, limit)), ctx),
            Next::Unpark { line, thread } => {
                let member = self.threads.iter().find(|(_, member)| member.process == of && member.number == thread);
                match member.map(|(member, _)| *member) {
                    Some(member) => self.begin_call(id, process, (line, Call::Unpark(member)), ctx),
                    None => self.finish(id, Ok(Value::Number(0)), None),
                }
            }
            Next::Spawn { thread, name, .. } => {
                let result = self.spawn_thread((of, process), thread, name, ctx);
                self.finish(id, result, None);
            }
            Next::Print { line, text, stream, ended } => {
                let printed = ctx.fact(|| What::Printed { process: id, line, text, stream, ended });
                self.followed(id, printed);
            }
            Next::Ran { lines, skipped } => {
                let ran = ctx.fact(|| What::Ran { process: id, lines, skipped });
                self.followed(id, ran);
            }
            Next::Pause => {
                if let Some(thread) = self.threads.get_mut(&id) {
                    thread.pauses(ctx);
                }
            }
            Next::Ended { line } if number != ThreadId::MAIN => {
                self.threads.remove(&id);
                ctx.fact(|| What::Exited { process: id, line, error: None, status: 0 });
            }
            Next::Ended { line } => self.exit(of, process, (line, None, 0), ctx),
            Next::Exit { line, error, status } => self.exit(of, process, (line, error, status), ctx),
        }
        true
    }

    /// What a thread does next is due to this.
    fn followed(&mut self, id: ProcessId, last: FactId) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.last = last;
        }
    }

    /// A call returned.
    fn finish(&mut self, id: ProcessId, result: Result<Value, crate::errno::Errno>, fact: Option<FactId>) {
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.last = fact.unwrap_or(thread.last);
            thread.result = Some(result);
        }
    }

    /// Begins a call: it returns, or blocks.
    fn begin_call(&mut self, id: ProcessId, process: &mut Process, (line, call): (u16, Call), ctx: &mut Context<'_>) {
        let called = ctx.follow(|| What::Called { process: id, line, call: call.clone() });
        let mut progress = Progress::default();
        if let Some(thread) = self.threads.get_mut(&id) {
            thread.line = line;
            progress.unparked = matches!(call, Call::Park(..)) && core::mem::take(&mut thread.permit);
        }
        let deadline = self.time_limit(&process.descriptors, &call).map(|limit| ctx.now + limit);
        // Waiting no time at all is no reason to block: a loop of it would never let the clock go on.
        let expired = matches!(call, Call::Sleep(_) | Call::Poll(..) | Call::Park(..)) && deadline == Some(ctx.now);
        progress.expired = expired;
        let blocked = Blocked { call, called, line, progress, waits: Vec::new(), deadline };
        self.try_call(id, process, blocked, ctx);
    }

    /// A thread that was blocked was woken, or its time has run out.
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
        let outcome = self.outcome(id, process, &mut blocked, ctx);
        ctx.cause = cause;
        let result = match outcome {
            Ok(Some(value)) => Ok(value),
            Err(error) => Err(error),
            Ok(None) => {
                blocked.waits = self.waits(&process.descriptors, &blocked.call, &blocked.progress);
                if let Some(thread) = self.threads.get_mut(&id) {
                    thread.blocked = Some(blocked);
                }
                return;
            }
        };
        let Blocked { line, called, .. } = blocked;
        let returned = ctx.fact(|| What::Returned { process: id, line, called, result: result.clone() });
        self.finish(id, result, Some(returned));
        if blocked.progress.socket.is_some() || !blocked.waits.is_empty() {
            self.close_held(&mut process.descriptors, returned, ctx);
        }
    }

    fn outcome(
        &mut self,
        id: ProcessId,
        process: &mut Process,
        blocked: &mut Blocked,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        match &blocked.call {
            Call::Unpark(thread) => {
                let of = self.threads.get(&id).map_or(id, |thread| thread.process);
                Ok(Some(Value::Number(self.unpark(*thread, of, ctx))))
            }
            Call::Write(fd, bytes) => match process.descriptors.get(*fd) {
                Some(File::Terminal(stream)) => {
                    write_out((id, blocked.line), *stream, bytes, ctx);
                    Ok(Some(Value::Number(bytes.len())))
                }
                _ => self.call(&mut process.descriptors, &blocked.call, &mut blocked.progress, ctx),
            },
            call => self.call(&mut process.descriptors, call, &mut blocked.progress, ctx),
        }
    }

    /// Closes sockets that have lost their descriptor while a thread was in a call on them, which has returned now.
    fn close_held(&mut self, descriptors: &mut Descriptors, returned: FactId, ctx: &mut Context<'_>) {
        while let Some(socket) = descriptors.release(|socket| self.is_in_call(socket)) {
            ctx.cause = Some(returned);
            self.close_socket(socket, ctx);
            self.settle(socket, ctx);
        }
    }
}

impl Thread {
    fn is_running(&self) -> bool {
        self.blocked.is_none() && self.woken.is_none()
    }
}

/// Bytes that a program writes to a terminal, as lines.
fn write_out((process, line): (ProcessId, u16), stream: Output, bytes: &[u8], ctx: &mut Context<'_>) {
    for piece in String::from_utf8_lossy(bytes).split_inclusive('\n') {
        let ended = piece.ends_with('\n');
        let text: Arc<str> = piece.strip_suffix('\n').unwrap_or(piece).into();
        ctx.fact(|| What::Printed { process, line, text, stream, ended });
    }
}
