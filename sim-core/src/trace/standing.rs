//! Who does what at a moment: each process and thread as its facts tell it, what it waits for, and who waits for one another in a circle.
//!
//! It is folded from facts alone, so it holds for any moment of a trace; whether something else can still happen by itself,
//! [`crate::network::Network::is_stuck`] says.
//!
//! Absent on purpose: what no fact tells. Behind a NAT nobody is found at the other end, and a datagram may come from anybody.

use core::fmt::{self, Write};
use core::net::SocketAddr;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::program::{Address, Call, SocketType};

use super::{Fact, FactId, NodeId, Owners, ProcessId, Thread, Value, What};

/// All processes and threads so far, folded from the facts.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    lanes: BTreeMap<ProcessId, Lane>,
    owners: Owners,
    sockets: BTreeMap<(ProcessId, u32), Socket>,
    /// The near end of a connection, by its node and far end.
    connections: BTreeMap<(NodeId, SocketAddr), SocketAddr>,
}

/// A process (its first thread) or another thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Which.
    pub process: ProcessId,
    /// Its node.
    pub node: NodeId,
    /// Its program's name.
    pub program: Arc<str>,
    /// Whose thread it is, when it is not the first.
    pub thread: Option<Thread>,
    /// The line that it is at; 0 before its first fact with one.
    pub line: u16,
    /// What it does.
    pub state: State,
}

/// What a thread does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It computes, or is about to.
    Runs,
    /// It is in a call that has not returned.
    Waits {
        /// The fact of the call.
        called: FactId,
        /// The call.
        call: Call,
    },
    /// It has ended, by this fact.
    Ended(FactId),
}

/// What can make a call return.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Awaited {
    /// The process at the other end of a socket.
    Process(ProcessId),
    /// Whoever connects or sends: nobody in particular, or nobody that the facts name.
    Anybody,
    /// Another thread of its own process.
    Threads,
    /// Somebody who types.
    Input,
    /// Time alone.
    Time,
}

/// A socket as calls and connections tell it.
#[derive(Clone, Debug, Default)]
struct Socket {
    is_stream: bool,
    local: Option<Address>,
    /// Whom it is connected with, or has last spoken with.
    peer: Option<Address>,
    /// The other descriptor of a pair.
    pair: Option<u32>,
}

impl Standing {
    /// The standing after all these facts.
    pub fn of<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Standing {
        let mut standing = Standing::default();
        for fact in facts {
            standing.push(fact);
        }
        standing
    }

    /// Goes on by a fact; they must come in order.
    pub fn push(&mut self, fact: &Fact) {
        self.owners.push(&fact.what);
        match &fact.what {
            What::Started { process, program, thread } => {
                let (node, program, thread) = (fact.node, program.clone(), thread.clone());
                let lane = Lane { process: *process, node, program, thread, line: 0, state: State::Runs };
                self.lanes.insert(*process, lane);
            }
            What::Called { process, line, call } => {
                let state = State::Waits { called: fact.id, call: call.clone() };
                self.set(*process, *line, state);
                self.spoke(*process, call);
            }
            What::Returned { process, line, result, .. } => {
                let before = self.set(*process, *line, State::Runs);
                if let (Some(State::Waits { call, .. }), Ok(value)) = (before, result) {
                    self.returned((fact.node, *process), &call, value);
                }
            }
            What::Printed { process, line, .. } => drop(self.set(*process, *line, State::Runs)),
            What::Ran { process, lines, .. } => {
                let line = lines.last().copied().unwrap_or_default();
                self.set(*process, line, State::Runs);
            }
            What::Exited { process, line, .. } => self.ended(*process, Some(*line), fact.id),
            What::Killed { process } => self.ended(*process, None, fact.id),
            What::TcpState { local, peer, .. } => self.connected(fact, *local, *peer),
            _ => {}
        }
    }

    /// Every process and thread, in the order of their numbers.
    pub fn lanes(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.values()
    }

    /// One of them.
    pub fn lane(&self, process: ProcessId) -> Option<&Lane> {
        self.lanes.get(&process)
    }

    fn set(&mut self, process: ProcessId, line: u16, state: State) -> Option<State> {
        let lane = self.lanes.get_mut(&process)?;
        lane.line = line;
        Some(core::mem::replace(&mut lane.state, state))
    }

    fn ended(&mut self, process: ProcessId, line: Option<u16>, fact: FactId) {
        let line = line.or_else(|| self.lane(process).map(|lane| lane.line)).unwrap_or_default();
        self.set(process, line, State::Ended(fact));
        self.sockets.retain(|(owner, _), _| *owner != process);
    }

    fn socket(&mut self, process: ProcessId, fd: u32) -> Option<&mut Socket> {
        self.sockets.get_mut(&(self.owners.of(process), fd))
    }

    /// A call names whom a socket speaks with, before it returns.
    fn spoke(&mut self, process: ProcessId, call: &Call) {
        if let Call::Connect(fd, to) | Call::SendTo(fd, _, to, _) = call
            && let Some(socket) = self.socket(process, *fd)
        {
            socket.peer = Some(to.clone());
        }
    }

    fn returned(&mut self, (node, process): (NodeId, ProcessId), call: &Call, value: &Value) {
        let owner = self.owners.of(process);
        match (call, value) {
            (Call::Socket(_, kind), Value::Descriptor(fd)) => {
                let socket = Socket { is_stream: *kind == SocketType::Stream, ..Socket::default() };
                self.sockets.insert((owner, *fd), socket);
            }
            (Call::SocketPair(_), Value::Pair(a, b)) => {
                for (fd, other) in [(a, b), (b, a)] {
                    self.sockets.insert((owner, *fd), Socket { pair: Some(*other), ..Socket::default() });
                }
            }
            (Call::Accept(listener), Value::Accepted(fd, peer)) => {
                let near = peer.inet().and_then(|peer| self.connections.get(&(node, peer))).copied();
                let listening = self.socket(process, *listener).and_then(|listener| listener.local.clone());
                let local = near.map(Address::Inet).or(listening);
                let socket = Socket { is_stream: true, local, peer: Some(peer.clone()), pair: None };
                self.sockets.insert((owner, *fd), socket);
            }
            (Call::Bind(fd, local), _) => {
                if let Some(socket) = self.socket(process, *fd) {
                    socket.local = Some(local.clone());
                }
            }
            (Call::GetSockName(fd), Value::Address(local)) => {
                if let Some(socket) = self.socket(process, *fd) {
                    socket.local = Some(local.clone());
                }
            }
            (Call::RecvFrom(fd, ..), Value::Datagram(_, from)) => {
                if let Some(socket) = self.socket(process, *fd).filter(|socket| !socket.is_stream) {
                    socket.peer = Some(from.clone());
                }
            }
            (Call::Close(fd), _) => drop(self.sockets.remove(&(owner, *fd))),
            _ => {}
        }
    }

    /// A connection has both ends: the socket of the call that opened it has them, too.
    fn connected(&mut self, fact: &Fact, local: SocketAddr, peer: SocketAddr) {
        if peer.port() == 0 {
            return;
        }
        self.connections.insert((fact.node, peer), local);
        let caller = self.lanes.values().find_map(|lane| match &lane.state {
            State::Waits { called, call: Call::Connect(fd, _) } if Some(*called) == fact.cause => {
                Some((lane.process, *fd))
            }
            _ => None,
        });
        if let Some((process, fd)) = caller
            && let Some(socket) = self.socket(process, fd)
        {
            (socket.local, socket.peer) = (Some(local.into()), Some(peer.into()));
        }
    }
}

impl Standing {
    /// What can make the call of a waiting thread return: any of these. Nothing for one that does not wait.
    pub fn awaited(&self, process: ProcessId) -> Vec<Awaited> {
        let Some(Lane { state: State::Waits { call, .. }, .. }) = self.lane(process) else { return Vec::new() };
        let mut awaited = BTreeSet::new();
        match call {
            Call::Sleep(_) => {
                awaited.insert(Awaited::Time);
            }
            Call::Park(_, limit) => {
                awaited.insert(Awaited::Threads);
                awaited.extend(limit.map(|_| Awaited::Time));
            }
            Call::Poll(fds, limit) => {
                awaited.extend(fds.iter().map(|asked| self.at_the_other_end(process, asked.fd)));
                awaited.extend(limit.map(|_| Awaited::Time));
            }
            Call::Recv(fd, ..)
            | Call::RecvFrom(fd, ..)
            | Call::Read(fd, _)
            | Call::Send(fd, ..)
            | Call::Write(fd, _) => {
                awaited.insert(self.at_the_other_end(process, *fd));
            }
            _ => {
                awaited.insert(Awaited::Anybody);
            }
        }
        awaited.into_iter().collect()
    }

    fn at_the_other_end(&self, process: ProcessId, fd: u32) -> Awaited {
        let owner = self.owners.of(process);
        let Some(socket) = self.sockets.get(&(owner, fd)) else {
            return if fd == 0 { Awaited::Input } else { Awaited::Anybody };
        };
        if socket.pair.is_some() {
            return Awaited::Process(owner);
        }
        let others = self.sockets.iter().filter(|(key, _)| **key != (owner, fd));
        let holders: BTreeSet<ProcessId> =
            others.filter(|(_, other)| socket.speaks_with(other)).map(|((holder, _), _)| *holder).collect();
        match holders.first() {
            Some(holder) if holders.len() == 1 => Awaited::Process(*holder),
            _ => Awaited::Anybody,
        }
    }

    /// Processes and threads that only one another can wake: whatever time brings, none of them goes on by itself. In the order of
    /// their numbers; empty when there are none.
    pub fn knot(&self) -> Vec<ProcessId> {
        let waiting = self.lanes.values().filter(|lane| matches!(lane.state, State::Waits { .. }));
        let mut knot: BTreeSet<ProcessId> = waiting.map(|lane| lane.process).collect();
        loop {
            let can_wake = |lane: &ProcessId| {
                self.awaited(*lane).into_iter().any(|awaited| match awaited {
                    Awaited::Anybody | Awaited::Input | Awaited::Time => true,
                    Awaited::Process(process) => self.goes_on(process, None, &knot),
                    Awaited::Threads => self.goes_on(self.owners.of(*lane), Some(*lane), &knot),
                })
            };
            let free: Vec<ProcessId> = knot.iter().copied().filter(can_wake).collect();
            if free.is_empty() {
                return knot.into_iter().collect();
            }
            knot.retain(|lane| !free.contains(lane));
        }
    }

    /// Whether a thread of a process, but for this one, can go on by itself. One that has ended has closed what it held,
    /// and so woken who waits.
    fn goes_on(&self, process: ProcessId, but: Option<ProcessId>, knot: &BTreeSet<ProcessId>) -> bool {
        let mut others = self.threads(process).filter(|lane| Some(lane.process) != but);
        let has_ended = but.is_none() && self.lane(process).is_none_or(|lane| matches!(lane.state, State::Ended(_)));
        has_ended || others.any(|lane| !matches!(lane.state, State::Ended(_)) && !knot.contains(&lane.process))
    }

    fn threads(&self, process: ProcessId) -> impl Iterator<Item = &Lane> {
        self.lanes.values().filter(move |lane| self.owners.of(lane.process) == process)
    }

    /// The knot in words: one English sentence, from its first thread on along whom each waits for; `None` when there is none.
    pub fn deadlock(&self) -> Option<String> {
        let knot = self.knot();
        let mut told = BTreeSet::new();
        let mut sentence = String::new();
        for first in &knot {
            let mut at = Some(*first).filter(|first| !told.contains(first));
            let mut between = if sentence.is_empty() { "" } else { "; " };
            while let Some(lane) = at.take_if(|lane| told.insert(*lane)).and_then(|lane| self.lane(lane)) {
                let State::Waits { call, .. } = &lane.state else { break };
                let named = if between.starts_with(',') { String::new() } else { Name(lane).to_string() };
                // Writing to a text cannot fail.
                let _ = write!(sentence, "{between}{named}waits in {} at line {}", Waiting(call), lane.line);
                let next = self.next(lane.process, &knot);
                if let Some(next) = next.and_then(|next| self.lane(next)) {
                    let _ = write!(sentence, " for {}", Name(next).to_string().trim_end());
                }
                (at, between) = (next, ", which ");
            }
        }
        Some(sentence).filter(|sentence| !sentence.is_empty())
    }

    /// Somebody in the knot whom this one waits for.
    fn next(&self, lane: ProcessId, knot: &[ProcessId]) -> Option<ProcessId> {
        let of = |process: ProcessId| {
            let in_knot = |other: &&Lane| other.process != lane && knot.contains(&other.process);
            self.threads(process).find(in_knot).map(|lane| lane.process)
        };
        self.awaited(lane).into_iter().find_map(|awaited| match awaited {
            Awaited::Process(process) => of(process),
            Awaited::Threads => of(self.owners.of(lane)),
            Awaited::Anybody | Awaited::Input | Awaited::Time => None,
        })
    }
}

impl Socket {
    fn speaks_with(&self, other: &Socket) -> bool {
        if self.is_stream != other.is_stream || other.pair.is_some() {
            return false;
        }
        match (&self.local, &self.peer, &other.local, &other.peer) {
            (
                Some(Address::Inet(local)),
                Some(Address::Inet(peer)),
                Some(Address::Inet(far)),
                Some(Address::Inet(back)),
            ) if self.is_stream => (local, peer) == (back, far),
            // Of a datagram socket the near address is often not known, and its port is.
            (_, Some(Address::Inet(peer)), Some(Address::Inet(far)), _)
                if !self.is_stream && peer.port() == far.port() =>
            {
                true
            }
            (Some(Address::Inet(local)), _, _, Some(Address::Inet(back))) if !self.is_stream => {
                local.port() == back.port()
            }
            (_, Some(Address::Unix(peer)), Some(Address::Unix(far)), _) => peer == far,
            (Some(Address::Unix(local)), _, _, Some(Address::Unix(back))) => local == back,
            _ => false,
        }
    }
}

struct Name<'a>(&'a Lane);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.thread {
            None => write!(f, "{} ", self.0.program),
            Some(thread) => write!(f, "{} of {} ", thread.name, self.0.program),
        }
    }
}

/// A call as whoever waits names it: of a lock what it is.
struct Waiting<'a>(&'a Call);

impl fmt::Display for Waiting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Call::Park(why, _) => f.write_str(why),
            call => f.write_str(call.name()),
        }
    }
}
