//! What each process does when: the calls of a recording as steps with times.
//!
//! A recording says when a call returned. A call that does not block is made when its frame left, else then. One that waits for a peer (`recv`,
//! `accept`) is made then too: the machine that recorded may have been late to wake the program, and the frames show when the
//! answer came. A call that acts before it returns (`connect`, `sendall`) is made when its first frame left.
//!
//! What the recording does not list is inferred ([`crate::infer`]).
//!
//! Absent on purpose: inference from what the simulator does. A plan is a function of the recording.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use crate::Problem;
use crate::call::{MOST, OptionSaid, Payload, Said, Side, Target, What, Whole, python_literal};
use crate::infer::infer;
use crate::ping;
use crate::recording::{Event, Nanos, Recording};
use crate::setup::Setup;
use crate::traffic::Traffic;

/// A socket of a process. Accepted sockets are numbered in the order of `accept`, a client's by its own number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Handle(pub u32);

/// The listening socket.
pub const LISTENER: Handle = Handle(u32::MAX);

/// The steps of a process.
#[derive(Clone, Debug)]
pub struct Process {
    /// Its letter in the recording.
    pub name: String,
    /// The node that it runs on.
    pub node: usize,
    /// What it does, in order.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Not before this time.
    pub at: Nanos,
    /// What is done.
    pub act: Act,
    /// The event of the recording that says how it must end; `None` for what the recording does not list.
    pub event: Option<usize>,
    /// It is done so long after the arrival of the node's frame in this place, from 0, and `at` is when that was.
    pub follows: Option<(usize, Nanos)>,
}

impl Step {
    /// A step at a time.
    pub fn new(at: Nanos, act: Act, event: Option<usize>) -> Step {
        Step { at, act, event, follows: None }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Act {
    Socket {
        handle: Handle,
        kind: Kind,
        ipv6: bool,
    },
    SetOption(Handle, OptionSaid),
    NonBlocking(Handle, bool),
    Bind(Handle, SocketAddr),
    Listen(Handle, u32),
    Accept(Handle, Handle),
    Connect(Handle, SocketAddr),
    Send(Handle, Vec<u8>),
    SendAll(Handle, Vec<u8>),
    /// Without an address: to the sender of the last datagram.
    SendTo(Handle, Vec<u8>, Option<SocketAddr>),
    Recv(Handle, usize),
    /// What is there, as a part of the `RecvTotal` that follows.
    RecvPart(Handle),
    /// Until so many bytes have come, or the end of the stream.
    RecvTotal(Handle, usize),
    RecvFrom(Handle, usize),
    Shutdown(Handle, Side),
    Close(Handle),
    ErrorAndPeer(Handle),
    /// An ICMP echo request.
    Echo(Handle, Vec<u8>, SocketAddr),
    RecvEcho(Handle),
    RecvError(Handle),
    /// The end of a `ping`.
    Pinged(Handle),
    Nothing,
}

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Stream,
    Datagram,
    Ping,
}

/// Frames of one burst arrive within this.
const BURST: Nanos = 1_000_000;
/// A frame that leaves so soon after one has arrived may be the answer of the kernel, not of a call.
const ANSWER: Nanos = 500_000;

/// The steps of every process of a recording.
pub fn plan(recording: &Recording, setup: &Setup) -> Result<Vec<Process>, Problem> {
    let mut names: Vec<&str> = recording.events.iter().map(|event| event.process.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|name| Planner::new(recording, setup, name)?.process()).collect()
}

struct Planner<'a> {
    recording: &'a Recording,
    setup: &'a Setup,
    name: &'a str,
    node: usize,
    traffic: Traffic,
    steps: Vec<Step>,
    /// The return of the process's previous call.
    previous: Nanos,
    /// The socket that calls without a number are about.
    current: Handle,
    opened: Vec<Handle>,
    accepted: u32,
}

impl<'a> Planner<'a> {
    fn new(recording: &'a Recording, setup: &'a Setup, name: &'a str) -> Result<Planner<'a>, Problem> {
        let letter = match name {
            "C" => 'A',
            "S" => 'B',
            other => other.chars().next().unwrap_or('?'),
        };
        let file = Path::new(&recording.name).join("exchange.json");
        let node = setup
            .node(letter)
            .ok_or_else(|| Problem::new(&file, format!("process `{name}` runs on no node: C runs on A, S on B")))?;
        let traffic = Traffic::of(recording, setup, node);
        Ok(Planner {
            recording,
            setup,
            name,
            node,
            traffic,
            steps: Vec::new(),
            previous: Nanos::MIN,
            current: Handle(0),
            opened: Vec::new(),
            accepted: 0,
        })
    }

    fn process(mut self) -> Result<Process, Problem> {
        let (recording, name) = (self.recording, self.name);
        for (index, event) in recording.events.iter().enumerate().filter(|(_, event)| event.process == name) {
            let said = Said::parse(&event.call).and_then(|said| self.event(index, event, &said));
            said.map_err(|word| {
                let file = Path::new(&recording.name).join("exchange.json");
                let call = event.call.replace('\n', " ");
                Problem::new(&file, format!("`{word}` in call `{call}` is unknown: teach it to truth/src/call.rs"))
            })?;
            self.previous = event.at;
        }
        infer(&self.traffic, &mut self.steps);
        // Stable: steps of one time stay in their order.
        self.steps.sort_by_key(|step| step.at);
        Ok(Process { name: self.name.to_owned(), node: self.node, steps: self.steps })
    }

    fn push(&mut self, at: Nanos, act: Act, event: Option<usize>) {
        self.steps.push(Step::new(at, act, event));
    }

    /// The error is a word that is not known.
    fn event(&mut self, index: usize, event: &Event, said: &Said) -> Result<(), String> {
        let index = Some(index);
        let handle = said.handle.map_or(self.current, Handle);
        let at = event.at;
        match &said.what {
            What::Listen(port, backlog) => self.listen(*port, *backlog, at, index),
            What::Connect(target, nonblocking) => {
                self.connect(
                    said.handle.map_or_else(|| self.unconnected(), Handle),
                    *target,
                    *nonblocking,
                    event,
                    index,
                );
            }
            What::Accept => {
                self.current = Handle(self.accepted);
                let act = Act::Accept(LISTENER, self.current);
                if event.result.starts_with("-1") {
                    self.look(LISTENER, at, act, index);
                } else {
                    self.accepted += 1;
                    self.push(at, act, index);
                }
            }
            What::Send(payload, whole) => {
                let bytes = self.payload(payload, event);
                match whole {
                    Whole::All => {
                        let begins = self.traffic.first_data(self.previous, at).unwrap_or(self.previous.max(0));
                        self.push(begins, Act::SendAll(handle, bytes), index);
                    }
                    Whole::Once => self.push(self.made(at), Act::Send(handle, bytes), index),
                }
            }
            What::SendTo(payload, to) => {
                let bytes = self.payload(payload, event);
                // Who has received nothing yet answers nobody.
                let answers = self.steps.iter().any(|step| matches!(step.act, Act::RecvFrom(..)));
                let shown = if answers { None } else { self.traffic.datagram_to() };
                self.open(handle, at);
                self.push(self.made(at), Act::SendTo(handle, bytes, to.or(shown)), index);
            }
            What::Bind(port) => {
                self.open(handle, at);
                self.push(at, Act::Bind(handle, self.any(*port)), index);
            }
            What::Recv(max) if looks(&event.result) => self.look(handle, at, Act::Recv(handle, *max), index),
            What::Recv(max) => {
                let at = if times_out(&event.result) { self.previous } else { at };
                self.push(at, Act::Recv(handle, *max), index);
            }
            What::RecvTotal => {
                let total = event.result.parse().unwrap_or(0);
                // With a small buffer the window shows when the program read; else it makes no difference.
                let reads =
                    if self.traffic.receive_buffer().is_some() { self.traffic.reads(handle) } else { Vec::new() };
                let span = self.previous..=at;
                for read in reads.into_iter().filter(|read| span.contains(&read.at)) {
                    // Long after an arrival, the program's own time counts.
                    let follows = (read.after <= BURST).then_some((read.arrival, read.after));
                    self.steps.push(Step { follows, ..Step::new(read.at, Act::RecvPart(handle), None) });
                }
                let last = self.steps.last().map_or(self.previous, |step| step.at.max(self.previous));
                self.push(last, Act::RecvTotal(handle, total), index);
            }
            What::RecvFrom(max) => {
                self.bound(handle, at);
                let act = Act::RecvFrom(handle, *max);
                if looks(&event.result) {
                    self.look(handle, at, act, index);
                } else {
                    self.push(at, act, index);
                }
            }
            What::Shutdown(side) => self.push(self.made(at), Act::Shutdown(handle, *side), index),
            What::Close => self.push(self.made(at), Act::Close(handle), index),
            What::ErrorAndPeer => self.push(at, Act::ErrorAndPeer(handle), index),
            What::SetOption(option) => {
                self.open(handle, at);
                self.push(at, Act::SetOption(handle, *option), index);
            }
            What::Ping(words) => self.steps.extend(ping::steps(words, &self.traffic, at, index)?),
            What::Mark => self.push(at, Act::Nothing, index),
        }
        Ok(())
    }

    /// The socket of a `connect` without a number: one that was made and not used yet, else the next.
    fn unconnected(&self) -> Handle {
        let used =
            |handle: &Handle| self.steps.iter().any(|step| matches!(step.act, Act::Connect(of, _) if of == *handle));
        let mut made = self.opened.iter().copied().filter(|handle| *handle != LISTENER);
        let next = u32::try_from(made.clone().count()).unwrap_or(0);
        made.next_back().filter(|last| !used(last)).unwrap_or(Handle(next))
    }

    /// A call that returned without what it waited for, at the end of the program's time-out or at once: it looks whether it
    /// is there.
    fn look(&mut self, handle: Handle, at: Nanos, act: Act, index: Option<usize>) {
        self.push(at, Act::NonBlocking(handle, true), None);
        self.push(at, act, index);
        self.push(at, Act::NonBlocking(handle, false), None);
    }

    /// When a call that returned at `at` and does not block was made: when its frame left, where it sent one, else at
    /// its return.
    fn made(&self, at: Nanos) -> Nanos {
        self.traffic.last_own(self.previous, at, ANSWER).unwrap_or(at)
    }

    fn open(&mut self, handle: Handle, at: Nanos) {
        if self.opened.contains(&handle) || self.accepted > handle.0 {
            return;
        }
        self.opened.push(handle);
        let kind = if self.traffic.is_datagram() { Kind::Datagram } else { Kind::Stream };
        self.push(at, Act::Socket { handle, kind, ipv6: self.traffic.is_ipv6() }, None);
    }

    fn any(&self, port: u16) -> SocketAddr {
        let ip: IpAddr = if self.traffic.is_ipv6() {
            std::net::Ipv6Addr::UNSPECIFIED.into()
        } else {
            std::net::Ipv4Addr::UNSPECIFIED.into()
        };
        SocketAddr::new(ip, port)
    }

    /// A server of datagrams has bound its port before the first arrives.
    fn bound(&mut self, handle: Handle, at: Nanos) {
        if self.opened.contains(&handle) {
            return;
        }
        let begin = self.traffic.first().unwrap_or(at).min(at);
        self.open(handle, begin);
        if let Some(port) = self.traffic.datagram_port() {
            self.push(begin, Act::Bind(handle, self.any(port)), None);
        }
    }

    fn listen(&mut self, port: u16, backlog: u32, at: Nanos, index: Option<usize>) {
        self.open(LISTENER, at);
        if let Some(bytes) = self.traffic.receive_buffer() {
            self.push(at, Act::SetOption(LISTENER, OptionSaid::ReceiveBuffer(bytes)), None);
        }
        self.push(at, Act::Bind(LISTENER, self.any(port)), None);
        self.push(at, Act::Listen(LISTENER, backlog), index);
    }

    fn connect(&mut self, handle: Handle, target: Target, nonblocking: bool, event: &Event, index: Option<usize>) {
        self.current = handle;
        // The program's own time-out ended it.
        let given_up = looks(&event.result);
        let at = if nonblocking || self.traffic.is_datagram() {
            event.at
        } else {
            self.traffic.first_sent(self.previous, event.at).unwrap_or(event.at)
        };
        self.open(handle, at);
        if nonblocking || given_up {
            self.push(at, Act::NonBlocking(handle, true), None);
        }
        if let Some(bytes) = self.traffic.receive_buffer() {
            self.push(at, Act::SetOption(handle, OptionSaid::ReceiveBuffer(bytes)), None);
        }
        let to = self.target(handle, target);
        self.push(at, Act::Connect(handle, to), index.filter(|_| !given_up));
        if given_up {
            self.push(event.at, Act::ErrorAndPeer(handle), index);
        }
    }

    /// Where a connection goes: as said, as the frames show, or else to the port that the other process listens on.
    fn target(&self, handle: Handle, target: Target) -> SocketAddr {
        let shown = if self.traffic.is_datagram() {
            self.traffic.datagram_to()
        } else {
            self.traffic
                .connections()
                .iter()
                .filter(|connection| connection.active)
                .nth(handle.0 as usize)
                .map(|connection| connection.peer)
        };
        let listened = self.recording.events.iter().find_map(|event| match Said::parse(&event.call) {
            Ok(Said { what: What::Listen(port, _), .. }) => Some(port),
            _ => None,
        });
        let other = self.setup.node('B').and_then(|node| {
            let interface = self.setup.nodes[node].interfaces.first()?;
            let family = interface.addresses.iter().rev().find(|(ip, _)| ip.is_ipv6() == self.traffic.is_ipv6());
            family.map(|(ip, _)| *ip)
        });
        let ip = target.address.or(shown.map(|shown| shown.ip())).or(other).unwrap_or(self.any(0).ip());
        let port = target.port.or(shown.map(|shown| shown.port())).or(listened).unwrap_or(9);
        SocketAddr::new(ip, port)
    }

    /// The bytes of a `send`: as said where the result agrees, else as the other side read them, else as many as the
    /// result says.
    fn payload(&self, payload: &Payload, event: &Event) -> Vec<u8> {
        let taken = event.result.parse::<usize>().ok().filter(|taken| *taken <= MOST);
        match payload {
            Payload::Bytes(bytes) if taken.is_none_or(|taken| taken == bytes.len()) => bytes.clone(),
            Payload::Length(length) => vec![b'x'; *length],
            _ => {
                let length = taken.unwrap_or(1);
                let read = self.recording.events.iter().filter(|other| other.process != self.name).find_map(|other| {
                    let text = other.result.trim_start_matches('(');
                    python_literal(text).map(|(bytes, _)| bytes).filter(|bytes| bytes.len() == length)
                });
                read.unwrap_or_else(|| vec![b'x'; length])
            }
        }
    }
}

impl Act {
    /// The socket that it is about.
    pub fn handle(&self) -> Option<Handle> {
        match self {
            Act::Socket { handle, .. } => Some(*handle),
            Act::SetOption(handle, _)
            | Act::NonBlocking(handle, _)
            | Act::Bind(handle, _)
            | Act::Listen(handle, _)
            | Act::Accept(handle, _)
            | Act::Connect(handle, _)
            | Act::Send(handle, _)
            | Act::SendTo(handle, ..)
            | Act::SendAll(handle, _)
            | Act::Recv(handle, _)
            | Act::RecvPart(handle)
            | Act::RecvTotal(handle, _)
            | Act::RecvFrom(handle, _)
            | Act::Shutdown(handle, _)
            | Act::Close(handle)
            | Act::ErrorAndPeer(handle)
            | Act::Echo(handle, ..)
            | Act::RecvEcho(handle)
            | Act::RecvError(handle)
            | Act::Pinged(handle) => Some(*handle),
            Act::Nothing => None,
        }
    }
}

/// The end of a program's own time-out, or of a call that does not block.
fn looks(result: &str) -> bool {
    ["-1 None", "-1 EAGAIN", "-1 EWOULDBLOCK"].contains(&result)
}

/// An error that a timer of the kernel gives: the call waited for it.
fn times_out(result: &str) -> bool {
    ["-1 ETIMEDOUT", "-1 EHOSTUNREACH"].contains(&result)
}
