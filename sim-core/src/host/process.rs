//! Processes: a script runs at no cost of time until a call blocks, and goes on a moment after its socket wakes it. The
//! calls of a process may also come from outside, one by one.
//!
//! Absent on purpose: a scheduler with time slices, threads, signals, and the state of a real interpreter (programs in
//! Python are run elsewhere, on the same calls).

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::program::{Call, Script, Slot, Step, python_bytes};
use crate::queue::{Event, LazyTimer};
use crate::socket::call::{Progress, descriptor};
use crate::trace::{FactId, ProcessId, SocketId, Value, What};

use super::Host;

/// Steps that a process may take without blocking; then it is made to pause, so that an endless loop does not stop
/// the world.
const SLICE: usize = 100_000;
/// How long it pauses.
const PAUSE: Duration = Duration::from_millis(1);
/// From the waking of a process until it runs: what scheduler and context switch take on a real machine. It matters
/// where a program closes in answer to bytes that a FIN follows closely: a real program sees both.
const WAKING: Duration = Duration::from_micros(100);

/// The open files of a process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Descriptors {
    sockets: BTreeMap<u32, SocketId>,
}

impl Descriptors {
    /// 0, 1 and 2 are the standard streams.
    const FIRST: u32 = 3;

    pub(crate) fn get(&self, fd: u32) -> Option<SocketId> {
        self.sockets.get(&fd).copied()
    }

    /// POSIX: the lowest number that is free.
    pub(crate) fn add(&mut self, socket: SocketId) -> u32 {
        let mut fd = Self::FIRST;
        while self.sockets.contains_key(&fd) {
            fd += 1;
        }
        self.sockets.insert(fd, socket);
        fd
    }

    pub(crate) fn remove(&mut self, fd: u32) {
        self.sockets.remove(&fd);
    }
}

#[derive(Clone, Debug)]
pub(super) struct Process {
    script: Arc<Script>,
    /// Calls from outside that wait their turn; a process with a script has none.
    driven: Option<VecDeque<Call>>,
    /// The next step.
    step: usize,
    /// The variables that hold descriptors.
    slots: BTreeMap<u8, u32>,
    descriptors: Descriptors,
    /// What the last receive gave.
    received: Vec<u8>,
    /// The other end, as the last `accept` or `recvfrom` gave it.
    peer: Option<SocketAddr>,
    /// The step that runs now has begun before (`RecvToEnd`).
    begun: bool,
    blocked: Option<Blocked>,
    /// What woke it; it runs when its timer says so.
    woken_by: Option<FactId>,
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
    /// The socket that it waits for; `None` when it sleeps.
    socket: Option<SocketId>,
}

/// What a step does.
enum Action {
    Call(Call),
    Print(Arc<str>),
    Jump(usize),
}

impl Process {
    pub(super) fn waits_for(&self, socket: SocketId) -> bool {
        self.blocked.as_ref().is_some_and(|blocked| blocked.socket == Some(socket))
    }

    /// Whether it waits for a call from outside.
    fn idle(&self) -> bool {
        self.driven.as_ref().is_some_and(VecDeque::is_empty)
    }

    /// Whether it is blocked in a call that returns bytes.
    fn reads(&self) -> bool {
        self.blocked.as_ref().is_some_and(|blocked| matches!(blocked.call, Call::Recv(..) | Call::RecvFrom(..)))
    }

    /// The descriptor in a variable. One that was never assigned is no descriptor, and the call will say so.
    fn fd(&self, slot: Slot) -> u32 {
        self.slots.get(&slot.0).copied().unwrap_or(u32::MAX)
    }

    fn action(&self, step: &Step) -> Action {
        Action::Call(match step {
            Step::Socket(kind, _) => Call::Socket(*kind),
            Step::SetOption(slot, option) => Call::SetOption(self.fd(*slot), *option),
            Step::Bind(slot, address) => Call::Bind(self.fd(*slot), *address),
            Step::Listen(slot, backlog) => Call::Listen(self.fd(*slot), *backlog),
            Step::Accept(slot, _) => Call::Accept(self.fd(*slot)),
            Step::Connect(slot, address) => Call::Connect(self.fd(*slot), *address),
            Step::Send(slot, bytes) => Call::Send(self.fd(*slot), bytes.clone()),
            Step::Recv(slot, max) | Step::RecvToEnd(slot, max) => Call::Recv(self.fd(*slot), *max),
            Step::SendReceived(slot) => Call::Send(self.fd(*slot), self.received.as_slice().into()),
            Step::SendTo(slot, bytes, to) => Call::SendTo(self.fd(*slot), bytes.clone(), *to),
            Step::RecvFrom(slot, max) => Call::RecvFrom(self.fd(*slot), *max),
            Step::Reply(slot, bytes) => match self.peer {
                Some(peer) => Call::SendTo(self.fd(*slot), bytes.clone(), peer),
                None => Call::Send(self.fd(*slot), bytes.clone()),
            },
            Step::Shutdown(slot, how) => Call::Shutdown(self.fd(*slot), *how),
            Step::Close(slot) => Call::Close(self.fd(*slot)),
            Step::Sleep(span) => Call::Sleep(*span),
            Step::PrintReceived => return Action::Print(python_bytes(&self.received).into()),
            Step::PrintLength => return Action::Print(self.received.len().to_string().into()),
            Step::Jump(to) => return Action::Jump(*to),
        })
    }

    /// Puts the result of a step's call where the script wants it, and goes on to the next step.
    fn finish(&mut self, value: Value) {
        if self.driven.is_some() {
            return;
        }
        let step = &self.script.steps[self.step].1;
        let to_end = matches!(step, Step::RecvToEnd(..));
        let mut next = true;
        match value {
            Value::Descriptor(fd) => {
                if let Step::Socket(_, slot) = step {
                    self.slots.insert(slot.0, fd);
                }
            }
            Value::Accepted(fd, peer) => {
                self.peer = Some(peer);
                if let Step::Accept(_, slot) = step {
                    self.slots.insert(slot.0, fd);
                }
            }
            Value::Bytes(bytes) => {
                if !(to_end && self.begun) {
                    self.received.clear();
                }
                self.received.extend_from_slice(&bytes);
                next = !to_end || bytes.is_empty();
            }
            Value::Datagram(bytes, from) => {
                self.received.clear();
                self.received.extend_from_slice(&bytes);
                self.peer = Some(from);
            }
            Value::None | Value::Number(_) | Value::Address(_) => {}
        }
        self.begun = !next;
        self.step += usize::from(next);
    }
}

impl Host {
    /// Starts a program.
    pub(crate) fn spawn(&mut self, script: Script, ctx: &mut Context<'_>) {
        let id = self.admit(script, None, ctx);
        self.run(id, ctx);
    }

    /// Starts a process whose calls come from outside.
    pub(crate) fn spawn_driven(&mut self, name: Arc<str>, ctx: &mut Context<'_>) {
        let script = Script { name, source: Vec::new(), steps: Vec::new() };
        self.admit(script, Some(VecDeque::new()), ctx);
    }

    /// A process from outside makes a call.
    pub(crate) fn drive(&mut self, id: ProcessId, call: Call, ctx: &mut Context<'_>) {
        let Some(Some(process)) = self.processes.get_mut(&id) else { return };
        let Some(driven) = &mut process.driven else { return };
        driven.push_back(call);
        if process.blocked.is_none() {
            self.run(id, ctx);
        }
    }

    fn admit(&mut self, script: Script, driven: Option<VecDeque<Call>>, ctx: &mut Context<'_>) -> ProcessId {
        let id = ctx.ids.process();
        let program = script.name.clone();
        let last = ctx.fact(|| What::Started { process: id, program });
        let process = Process {
            script: Arc::new(script),
            driven,
            step: 0,
            slots: BTreeMap::new(),
            descriptors: Descriptors::default(),
            received: Vec::new(),
            peer: None,
            begun: false,
            blocked: None,
            woken_by: None,
            timer: LazyTimer::default(),
            last,
        };
        self.processes.insert(id, Some(Box::new(process)));
        id
    }

    /// Something happened to a socket: a call that is blocked on it will be tried again.
    pub(super) fn wake(&mut self, socket: SocketId, cause: Option<FactId>, ctx: &mut Context<'_>) {
        let readable =
            self.sockets.tcb(socket).is_none_or(|tcb| tcb.readable() > 0 || tcb.peer_finished || tcb.error.is_some());
        for (id, process) in &mut self.processes {
            let Some(process) = process else { continue };
            // An ACK is no reason for a program that waits for bytes.
            let ready = readable || !process.reads();
            if process.waits_for(socket) && ready && process.woken_by.is_none() {
                process.woken_by = cause;
                process.timer.set(Some(ctx.now + WAKING), ctx.queue, Event::Process(ctx.node, *id));
            }
        }
    }

    /// A process may have slept enough, or have been woken.
    pub(crate) fn process_timeout(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        let Some(Some(process)) = self.processes.get_mut(&id) else { return };
        if !process.timer.reached(ctx.now, ctx.queue, Event::Process(ctx.node, id)) {
            return;
        }
        ctx.cause = process.woken_by.take();
        self.run(id, ctx);
    }

    /// Runs a process until it blocks or ends. The context's cause is what woke it.
    pub(super) fn run(&mut self, id: ProcessId, ctx: &mut Context<'_>) {
        // It is taken out while it runs, so that its calls may use the rest of the host.
        let Some(mut process) = self.processes.get_mut(&id).and_then(Option::take) else { return };
        let mut alive = self.resume(id, &mut process, ctx);
        let mut steps = 0;
        while alive && process.blocked.is_none() && !process.idle() {
            steps += 1;
            if steps > SLICE {
                process.timer.set(Some(ctx.now + PAUSE), ctx.queue, Event::Process(ctx.node, id));
                break;
            }
            ctx.cause = Some(process.last);
            alive = self.step(id, &mut process, ctx);
        }
        if alive {
            self.processes.insert(id, Some(process));
        } else {
            self.processes.remove(&id);
        }
    }

    /// The blocked call is tried again, or the sleep is over. `false` when the process has ended.
    fn resume(&mut self, id: ProcessId, process: &mut Process, ctx: &mut Context<'_>) -> bool {
        match process.blocked.take() {
            None => true,
            Some(blocked) if blocked.socket.is_some() => self.try_call(id, process, blocked, ctx),
            Some(slept) => {
                ctx.cause = Some(slept.called);
                process.last = returned(id, &slept, &Ok(Value::None), ctx);
                process.finish(Value::None);
                true
            }
        }
    }

    /// Takes one step. `false` when the process has ended.
    fn step(&mut self, id: ProcessId, process: &mut Process, ctx: &mut Context<'_>) -> bool {
        if let Some(call) = process.driven.as_mut().and_then(VecDeque::pop_front) {
            process.step += 1;
            let line = u16::try_from(process.step).unwrap_or(u16::MAX);
            return self.begin_call(id, process, line, call, ctx);
        }
        let script = process.script.clone();
        let Some((line, step)) = script.steps.get(process.step) else {
            self.exit(id, process, None, ctx);
            return false;
        };
        match process.action(step) {
            Action::Jump(to) => process.step = to,
            Action::Print(text) => {
                process.last = ctx.fact(|| What::Printed { process: id, line: *line, text });
                process.step += 1;
            }
            Action::Call(call) => return self.begin_call(id, process, *line, call, ctx),
        }
        true
    }

    fn begin_call(
        &mut self,
        id: ProcessId,
        process: &mut Process,
        line: u16,
        call: Call,
        ctx: &mut Context<'_>,
    ) -> bool {
        let called = ctx.follow(|| What::Called { process: id, line, call: call.clone() });
        let socket = descriptor(&call).and_then(|fd| process.descriptors.get(fd));
        let sleep = if let Call::Sleep(span) = call { Some(ctx.now + span) } else { None };
        let blocked = Blocked { call, called, line, progress: Progress::default(), socket };
        if sleep.is_none() {
            return self.try_call(id, process, blocked, ctx);
        }
        process.timer.set(sleep, ctx.queue, Event::Process(ctx.node, id));
        process.blocked = Some(blocked);
        true
    }

    /// Tries a call; it stays blocked, or its result goes to the script. `false` when an error ended the process.
    fn try_call(&mut self, id: ProcessId, process: &mut Process, mut blocked: Blocked, ctx: &mut Context<'_>) -> bool {
        let cause = ctx.cause;
        let outcome = self.call(&mut process.descriptors, &blocked.call, &mut blocked.progress, ctx);
        ctx.cause = cause;
        let result = match outcome {
            Ok(None) => {
                process.blocked = Some(blocked);
                return true;
            }
            Ok(Some(value)) => Ok(value),
            Err(error) => Err(error),
        };
        process.last = returned(id, &blocked, &result, ctx);
        match result {
            Ok(value) => {
                process.finish(value);
                true
            }
            Err(_) if process.driven.is_some() => true,
            Err(error) => {
                ctx.cause = Some(process.last);
                self.exit(id, process, Some(error), ctx);
                false
            }
        }
    }

    /// The process ends; the kernel closes what it has left open.
    fn exit(&mut self, id: ProcessId, process: &mut Process, error: Option<Errno>, ctx: &mut Context<'_>) {
        let last = process.step.min(process.script.steps.len().saturating_sub(1));
        let line = process.script.steps.get(last).map_or(0, |(line, _)| *line);
        ctx.follow(|| What::Exited { process: id, line, error });
        for (_, socket) in core::mem::take(&mut process.descriptors.sockets) {
            self.close_socket(socket, ctx);
            self.settle(socket, ctx);
        }
    }
}

fn returned(id: ProcessId, blocked: &Blocked, result: &Result<Value, Errno>, ctx: &mut Context<'_>) -> FactId {
    ctx.fact(|| What::Returned { process: id, line: blocked.line, called: blocked.called, result: result.clone() })
}
