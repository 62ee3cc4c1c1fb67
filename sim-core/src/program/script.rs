//! Programs as lists of steps: a straight list with loops, jumps and caught errors, enough for the tutorial's programs and for
//! replaying recorded ones.
//!
//! Absent on purpose: expressions and variables beyond descriptors, the last bytes received and the last result.

use core::time::Duration;
use std::sync::Arc;

use litemap::LiteMap;

use crate::errno::Errno;
use crate::time::Instant;
use crate::trace::Value;

use super::{
    Address, Call, Events, Family, MessageFlags, Next, OpenFlags, OptionName, PollFd, Program, Shutdown, SocketOption,
    SocketType, View,
};

/// A variable of a script that holds a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub u8);

/// A program: its text, and what its lines do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its name, such as `tcp_client.py`.
    pub name: Arc<str>,
    /// Its text, line by line, as the learner sees it.
    pub source: Vec<Arc<str>>,
    /// What is done, in order, each with its line of `source` from 1.
    pub steps: Vec<(u16, Step)>,
}

/// One step of a script. A step that fails ends the process, as an exception that nobody catches would; see
/// [`Step::Try`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `slot = socket(family, type)`.
    Socket(Family, SocketType, Slot),
    /// `first, second = socketpair(type)`.
    SocketPair(SocketType, Slot, Slot),
    /// `slot.setsockopt(...)`.
    SetOption(Slot, SocketOption),
    /// `result = slot.getsockopt(...)`.
    GetOption(Slot, OptionName),
    /// `slot.setblocking(not on)`.
    SetNonBlocking(Slot, bool),
    /// `slot.bind(address)`.
    Bind(Slot, Address),
    /// `slot.listen(backlog)`.
    Listen(Slot, u32),
    /// `new, peer = slot.accept()`; the peer is kept for [`Step::Reply`].
    Accept(Slot, Slot),
    /// `slot.connect(address)`.
    Connect(Slot, Address),
    /// `slot.send(bytes)`.
    Send(Slot, Arc<[u8]>),
    /// `slot.send(bytes, flags)`.
    SendFlags(Slot, Arc<[u8]>, MessageFlags),
    /// `received = slot.recv(max)`.
    Recv(Slot, usize),
    /// `received = slot.recv(max, flags)`.
    RecvFlags(Slot, usize, MessageFlags),
    /// `while chunk := slot.recv(max): received += chunk`.
    RecvToEnd(Slot, usize),
    /// `while len(received) < count: received += slot.recv(count - len(received))`; an end of the stream ends it too.
    RecvExactly(Slot, usize),
    /// `slot.send(received)`: an echo of what the last receive gave.
    SendReceived(Slot),
    /// `slot.sendto(bytes, address)`.
    SendTo(Slot, Arc<[u8]>, Address),
    /// `received, peer = slot.recvfrom(max)`.
    RecvFrom(Slot, usize),
    /// `received, peer = slot.recvfrom(max, flags)`.
    RecvFromFlags(Slot, usize, MessageFlags),
    /// `slot.sendto(bytes, peer)`: to the sender of what the last `recvfrom` gave.
    Reply(Slot, Arc<[u8]>),
    /// `slot.sendto(received, peer)`: an echo to the sender of what the last `recvfrom` gave.
    ReplyReceived(Slot),
    /// `result = slot.getsockname()`.
    GetSockName(Slot),
    /// `result = slot.getpeername()`.
    GetPeerName(Slot),
    /// `result = ioctl(slot, SIOCINQ)`.
    InQueue(Slot),
    /// `result = ioctl(slot, SIOCOUTQ)`.
    OutQueue(Slot),
    /// `result = poll([(slot, events), ...], timeout)`; without a timeout it waits for ever.
    Poll(Vec<(Slot, Events)>, Option<Duration>),
    /// `slot = open(path, flags)`.
    Open(Arc<str>, OpenFlags, Slot),
    /// `received = read(slot, max)`.
    Read(Slot, usize),
    /// `write(slot, bytes)`.
    Write(Slot, Arc<[u8]>),
    /// `unlink(path)`.
    Unlink(Arc<str>),
    /// `access(path, F_OK)`.
    Access(Arc<str>),
    /// `print(received)`, written as Python writes bytes.
    PrintReceived,
    /// `print(received, peer)`: with the sender of what the last `recvfrom` gave.
    PrintDatagram,
    /// `print(len(received))`.
    PrintLength,
    /// `print(result)`: what the last call gave, or the error that was caught, as the trace writes it.
    PrintResult,
    /// `print(text)`.
    Print(Arc<str>),
    /// `slot.shutdown(how)`.
    Shutdown(Slot, Shutdown),
    /// `slot.close()`.
    Close(Slot),
    /// `time.sleep(...)`.
    Sleep(Duration),
    /// Sleep until this time; not at all when it has passed.
    SleepUntil(Instant),
    /// `try: step` `except OSError`: go to the step with this index; without one, go on with the next.
    Try(Box<Step>, Option<usize>),
    /// Go back to the step with this index, for ever (`while True:`).
    Jump(usize),
    /// Go back to the step with this index, so many times (`for _ in range(times + 1):`); then go on. Met again after that,
    /// it counts anew.
    Repeat(usize, u32),
    /// Go to the step with this index unless the last [`Step::Poll`] gave one of these events for this slot.
    Unless(Slot, Events, usize),
}

/// Steps without a call that are taken in one go; then the process pauses, so that an endless loop does not stop the world.
const TURN: usize = 10_000;

/// A script that runs.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    script: Arc<Script>,
    /// The next step.
    step: usize,
    /// The variables that hold descriptors.
    slots: LiteMap<u8, u32>,
    /// What the last receive gave.
    received: Vec<u8>,
    /// The other end, as the last `accept` or `recvfrom` gave it.
    peer: Option<Address>,
    /// What the last call gave.
    result: Option<Result<Value, Errno>>,
    /// The step that runs now has begun before.
    begun: bool,
    /// How often each [`Step::Repeat`] that is not over has gone back.
    turns: LiteMap<usize, u32>,
}

/// What a step does.
enum Action {
    Call(Call),
    Print(Arc<str>),
    Go(usize),
}

impl Machine {
    pub(crate) fn new(script: Script) -> Machine {
        Machine {
            script: Arc::new(script),
            step: 0,
            slots: LiteMap::new(),
            received: Vec::new(),
            peer: None,
            result: None,
            begun: false,
            turns: LiteMap::new(),
        }
    }

    /// The descriptor in a variable. One that was never assigned is no descriptor, and the call will say so.
    fn fd(&self, slot: Slot) -> u32 {
        self.slots.get(&slot.0).copied().unwrap_or(u32::MAX)
    }

    fn action(&mut self, step: &Step, now: Instant) -> Action {
        match step {
            Step::Try(step, _) => self.action(step, now),
            Step::Jump(to) => Action::Go(*to),
            Step::Repeat(to, times) => Action::Go(self.repeat(*to, *times)),
            Step::Unless(slot, events, to) => {
                Action::Go(if self.is_ready(*slot, *events) { self.step + 1 } else { *to })
            }
            Step::PrintReceived => Action::Print(python_bytes(&self.received).into()),
            Step::PrintDatagram => Action::Print(self.datagram_text()),
            Step::PrintLength => Action::Print(self.received.len().to_string().into()),
            Step::PrintResult => Action::Print(self.result_text()),
            Step::Print(text) => Action::Print(text.clone()),
            step => Action::Call(self.call(step, now)),
        }
    }

    fn repeat(&mut self, to: usize, times: u32) -> usize {
        let turns = self.turns.entry(self.step).or_default();
        if *turns < times {
            *turns += 1;
            return to;
        }
        self.turns.remove(&self.step);
        self.step + 1
    }

    fn is_ready(&self, slot: Slot, events: Events) -> bool {
        let fd = self.fd(slot);
        match &self.result {
            Some(Ok(Value::Ready(ready))) => ready.iter().any(|ready| ready.fd == fd && ready.events.any(events)),
            _ => false,
        }
    }

    /// A datagram and its sender, as Python prints a tuple's parts.
    fn datagram_text(&self) -> Arc<str> {
        let bytes = python_bytes(&self.received);
        match &self.peer {
            Some(Address::Inet(peer)) => format!("{bytes} ('{}', {})", peer.ip(), peer.port()).into(),
            Some(Address::Unix(path)) => format!("{bytes} {path}").into(),
            Some(Address::Unnamed) | None => format!("{bytes} None").into(),
        }
    }

    fn result_text(&self) -> Arc<str> {
        match &self.result {
            Some(Ok(value)) => value.to_string().into(),
            Some(Err(error)) => error.name().into(),
            None => "None".into(),
        }
    }

    fn call(&self, step: &Step, now: Instant) -> Call {
        let none = MessageFlags::NONE;
        match step {
            Step::Socket(family, kind, _) => Call::Socket(*family, *kind),
            Step::SocketPair(kind, ..) => Call::SocketPair(*kind),
            Step::SetOption(slot, option) => Call::SetOption(self.fd(*slot), option.clone()),
            Step::GetOption(slot, name) => Call::GetOption(self.fd(*slot), *name),
            Step::SetNonBlocking(slot, on) => Call::SetNonBlocking(self.fd(*slot), *on),
            Step::Bind(slot, address) => Call::Bind(self.fd(*slot), address.clone()),
            Step::Listen(slot, backlog) => Call::Listen(self.fd(*slot), *backlog),
            Step::Accept(slot, _) => Call::Accept(self.fd(*slot)),
            Step::Connect(slot, address) => Call::Connect(self.fd(*slot), address.clone()),
            Step::Send(slot, bytes) => Call::Send(self.fd(*slot), bytes.clone(), none),
            Step::SendFlags(slot, bytes, flags) => Call::Send(self.fd(*slot), bytes.clone(), *flags),
            Step::Recv(slot, max) | Step::RecvToEnd(slot, max) => Call::Recv(self.fd(*slot), *max, none),
            Step::RecvFlags(slot, max, flags) => Call::Recv(self.fd(*slot), *max, *flags),
            Step::RecvExactly(slot, count) => {
                let got = if self.begun { self.received.len() } else { 0 };
                Call::Recv(self.fd(*slot), count.saturating_sub(got), none)
            }
            Step::SendReceived(slot) => Call::Send(self.fd(*slot), self.received.as_slice().into(), none),
            Step::SendTo(slot, bytes, to) => Call::SendTo(self.fd(*slot), bytes.clone(), to.clone(), none),
            Step::RecvFrom(slot, max) => Call::RecvFrom(self.fd(*slot), *max, none),
            Step::RecvFromFlags(slot, max, flags) => Call::RecvFrom(self.fd(*slot), *max, *flags),
            Step::Reply(slot, bytes) => self.reply(*slot, bytes.clone()),
            Step::ReplyReceived(slot) => self.reply(*slot, self.received.as_slice().into()),
            Step::GetSockName(slot) => Call::GetSockName(self.fd(*slot)),
            Step::GetPeerName(slot) => Call::GetPeerName(self.fd(*slot)),
            Step::InQueue(slot) => Call::InQueue(self.fd(*slot)),
            Step::OutQueue(slot) => Call::OutQueue(self.fd(*slot)),
            Step::Poll(slots, timeout) => {
                let fds = slots.iter().map(|(slot, events)| PollFd { fd: self.fd(*slot), events: *events });
                Call::Poll(fds.collect(), *timeout)
            }
            Step::Open(path, flags, _) => Call::Open(path.clone(), *flags),
            Step::Read(slot, max) => Call::Read(self.fd(*slot), *max),
            Step::Write(slot, bytes) => Call::Write(self.fd(*slot), bytes.clone()),
            Step::Unlink(path) => Call::Unlink(path.clone()),
            Step::Access(path) => Call::Access(path.clone()),
            Step::Shutdown(slot, how) => Call::Shutdown(self.fd(*slot), *how),
            Step::Close(slot) => Call::Close(self.fd(*slot)),
            Step::Sleep(span) => Call::Sleep(*span),
            Step::SleepUntil(until) => Call::Sleep(until.saturating_since(now)),
            Step::Try(..)
            | Step::Jump(_)
            | Step::Repeat(..)
            | Step::Unless(..)
            | Step::PrintReceived
            | Step::PrintDatagram
            | Step::PrintLength
            | Step::PrintResult
            | Step::Print(_) => unreachable!("only steps with a call come here"),
        }
    }

    fn reply(&self, slot: Slot, bytes: Arc<[u8]>) -> Call {
        match &self.peer {
            Some(peer) => Call::SendTo(self.fd(slot), bytes, peer.clone(), MessageFlags::NONE),
            None => Call::Send(self.fd(slot), bytes, MessageFlags::NONE),
        }
    }

    /// Puts the result of a step's call where the script wants it, and goes on to the next step.
    fn finish(&mut self, step: &Step, value: &Value) {
        if let Step::Try(step, _) = step {
            return self.finish(step, value);
        }
        let mut next = true;
        match value {
            Value::Descriptor(fd) => {
                if let Step::Socket(.., slot) | Step::Open(.., slot) = step {
                    self.slots.insert(slot.0, *fd);
                }
            }
            Value::Pair(first, second) => {
                if let Step::SocketPair(_, one, other) = step {
                    self.slots.insert(one.0, *first);
                    self.slots.insert(other.0, *second);
                }
            }
            Value::Accepted(fd, peer) => {
                self.peer = Some(peer.clone());
                if let Step::Accept(_, slot) = step {
                    self.slots.insert(slot.0, *fd);
                }
            }
            Value::Bytes(bytes) => next = self.took(step, bytes),
            Value::Datagram(bytes, from) => {
                self.received = bytes.to_vec();
                self.peer = Some(from.clone());
            }
            _ => {}
        }
        self.begun = !next;
        self.step += usize::from(next);
    }

    /// A call gave bytes. Says whether the step is done with them.
    fn took(&mut self, step: &Step, bytes: &[u8]) -> bool {
        if !self.begun {
            self.received.clear();
        }
        self.received.extend_from_slice(bytes);
        match step {
            Step::RecvToEnd(..) => bytes.is_empty(),
            Step::RecvExactly(_, count) => bytes.is_empty() || self.received.len() >= *count,
            _ => true,
        }
    }

    /// The last call failed. Says the error unless the step catches it.
    fn fail(&mut self, step: &Step, error: Errno) -> Option<Errno> {
        self.begun = false;
        let Step::Try(_, to) = step else { return Some(error) };
        self.step = to.unwrap_or(self.step + 1);
        None
    }
}

impl Program for Machine {
    fn name(&self) -> Arc<str> {
        self.script.name.clone()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        let script = self.script.clone();
        if let (Some(result), Some((line, step))) = (&last, script.steps.get(self.step)) {
            let failed = match result {
                Ok(value) => {
                    self.finish(step, value);
                    None
                }
                Err(error) => self.fail(step, *error),
            };
            if let Some(error) = failed {
                return Next::exit(*line, Some(error));
            }
            self.result = last;
        }
        for _ in 0..TURN {
            let Some((line, step)) = script.steps.get(self.step) else {
                let line = script.steps.last().map_or(0, |(line, _)| *line);
                return Next::exit(line, None);
            };
            match self.action(step, view.now) {
                Action::Go(to) => self.step = to,
                Action::Print(text) => {
                    self.step += 1;
                    return Next::print(*line, text);
                }
                Action::Call(call) => return Next::Call { line: *line, call },
            }
        }
        Next::Pause
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

/// Bytes as Python writes them: `b'hi'`, `b'\xe4\xbd\xa0'`, `b"it's"`.
pub fn python_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut text = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'\t' => text.push_str("\\t"),
            byte if char::from(byte) == quote => {
                text.push('\\');
                text.push(quote);
            }
            0x20..=0x7e => text.push(char::from(byte)),
            _ => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text.push(quote);
    text
}
