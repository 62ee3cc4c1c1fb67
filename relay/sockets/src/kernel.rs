//! The value that holds all of it: processes with their descriptors, sockets, calls that wait; and the verbs.
//!
//! Absent on purpose: what each call does ([`crate::call`]).

use std::collections::VecDeque;
use std::sync::Arc;

use litemap::LiteMap;
use relay_proto::{Call as Asked, ClientMessage, DecodeError, ServerMessage};
use sim_core::errno::Errno;
use sim_core::program::{Address, Call, SocketType};
use sim_core::time::Instant;
use sim_core::trace::Value;

use crate::address::given;
use crate::call::Blocked;
use crate::file::{Files, Open};
use crate::option;
use crate::socket::{Arrived, Socket, State};

/// A thread of a process, by numbers of the caller's choice. [`Call::Unpark`] names the thread of the same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Task {
    /// The process: descriptors belong to it.
    pub process: u32,
    /// Its thread, which makes one call at a time.
    pub thread: u32,
}

/// The result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// Whose call.
    pub task: Task,
    /// The result, or the error.
    pub result: Result<Value, Errno>,
    /// When the real machine told what ended the call, in nanoseconds of the relay's clock; `None` when nothing had to be told.
    pub told_at: Option<u64>,
}

/// What comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// One binary message for the relay.
    Message(Vec<u8>),
    /// A call has returned.
    Returned(Returned),
}

/// What a descriptor stands for.
#[derive(Clone, Debug)]
pub(crate) enum Descriptor {
    /// The socket of this number.
    Socket(u32),
    File(Open),
}

/// A process: its descriptors, and what was typed for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    pub(crate) descriptors: LiteMap<u32, Descriptor>,
    pub(crate) typed: VecDeque<u8>,
    pub(crate) no_more_typed: bool,
}

impl Process {
    /// RLIMIT_NOFILE, without the standard streams.
    const MOST: usize = 1024 - 3;

    pub(crate) fn has_room(&self) -> bool {
        self.descriptors.len() < Self::MOST
    }

    /// POSIX: the lowest number that is free.
    pub(crate) fn add(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        if !self.has_room() {
            return Err(Errno::EMFILE);
        }
        let fd = (3..).find(|fd| !self.descriptors.contains_key(fd)).expect("fewer than 1,024 are taken");
        self.descriptors.insert(fd, descriptor);
        Ok(fd)
    }
}

/// A kernel whose sockets are behind a relay. See the crate.
#[derive(Clone, Debug, Default)]
pub struct Kernel {
    pub(crate) processes: LiteMap<u32, Process>,
    pub(crate) sockets: LiteMap<u32, Socket>,
    pub(crate) files: Files,
    /// Threads that were woken before they parked.
    pub(crate) wakings: LiteMap<Task, ()>,
    blocked: Vec<Blocked>,
    out: VecDeque<Output>,
    message_bytes: Option<u32>,
    last_number: u32,
    last_ticket: u64,
    is_lost: bool,
    heard_at: Option<u64>,
}

impl Kernel {
    /// A kernel without processes, before the relay's WELCOME.
    pub fn new() -> Kernel {
        Kernel::default()
    }

    /// A thread makes a call. Its result comes out, at once or later.
    pub fn handle_call(&mut self, task: Task, call: Call, now: Instant) {
        let deadline = self.time_limit(task, &call).map(|limit| now + limit);
        self.heard_at = None;
        self.attempt(Blocked::new(task, call, deadline), now);
        // A call may have changed what another waits for: `unpark`, `close`, `shutdown`.
        self.retry(now);
    }

    /// The relay sent a message.
    ///
    /// # Errors
    /// When it is none of the protocol; nothing has changed.
    pub fn handle_message(&mut self, message: &[u8], now: Instant) -> Result<(), DecodeError> {
        let message = ServerMessage::decode(message)?;
        self.heard_at = Some(message.at());
        self.hear(message);
        self.retry(now);
        Ok(())
    }

    /// Somebody typed for a process: a text for its standard input, or its end.
    pub fn handle_typed(&mut self, process: u32, text: Option<&str>, now: Instant) {
        let process = self.processes.entry(process).or_default();
        match text {
            Some(text) => process.typed.extend(text.bytes()),
            None => process.no_more_typed = true,
        }
        self.heard_at = None;
        self.retry(now);
    }

    /// The way to the relay is gone: every call on a socket fails with ENETDOWN from now on.
    pub fn handle_loss(&mut self, now: Instant) {
        self.is_lost = true;
        self.heard_at = None;
        self.retry(now);
    }

    /// A process has ended: what it has left open is closed, and its threads' calls are over.
    pub fn handle_exit(&mut self, process: u32, now: Instant) {
        self.blocked.retain(|blocked| blocked.task.process != process);
        let ended = self.processes.remove(&process).unwrap_or_default();
        for (_, descriptor) in ended.descriptors {
            if let Descriptor::Socket(number) = descriptor {
                self.close_socket(number);
            }
        }
        self.heard_at = None;
        self.retry(now);
    }

    /// Time has come to what [`Kernel::poll_timeout`] said.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.heard_at = None;
        self.retry(now);
    }

    /// When a call has waited long enough.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.blocked.iter().filter_map(|blocked| blocked.deadline).min()
    }

    /// What is to be done next, if anything.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    /// The calls that wait.
    pub fn waiting(&self) -> impl Iterator<Item = (Task, &Call)> {
        self.blocked.iter().map(|blocked| (blocked.task, &blocked.call))
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost
    }

    pub(crate) fn send(&mut self, message: &ClientMessage<'_>) {
        self.out.push_back(Output::Message(message.encode()));
    }

    /// The most payload of one message: what WELCOME allows, without the longest header.
    pub(crate) fn most_payload(&self) -> usize {
        const HEADER: u32 = 512;
        const BEFORE_WELCOME: u32 = 16_384;
        let most = self.message_bytes.map_or(BEFORE_WELCOME, |bytes| bytes.saturating_sub(HEADER));
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    pub(crate) fn ticket(&mut self) -> u64 {
        self.last_ticket += 1;
        self.last_ticket
    }

    /// A number that no socket has.
    pub(crate) fn number(&mut self) -> u32 {
        loop {
            self.last_number =
                if self.last_number >= relay_proto::MAX_CLIENT_SOCKET { 1 } else { self.last_number + 1 };
            if !self.sockets.contains_key(&self.last_number) {
                return self.last_number;
            }
        }
    }

    /// The socket is the program's no longer. Connections that nobody has taken are reset, as Linux does.
    pub(crate) fn close_socket(&mut self, number: u32) {
        let Some(socket) = self.sockets.remove(&number) else { return };
        for connection in socket.accepted {
            self.sockets.remove(&connection);
            self.send(&ClientMessage::Reset { socket: connection });
        }
        self.send(&ClientMessage::Close { socket: number });
    }

    /// Tries a call; it waits, or its result comes out.
    fn attempt(&mut self, mut blocked: Blocked, now: Instant) {
        blocked.expired = blocked.deadline.is_some_and(|deadline| deadline <= now);
        let result = match self.try_call(&mut blocked) {
            Ok(None) => return self.blocked.push(blocked),
            Ok(Some(value)) => Ok(value),
            Err(errno) => Err(errno),
        };
        self.out.push_back(Output::Returned(Returned { task: blocked.task, result, told_at: self.heard_at }));
    }

    fn retry(&mut self, now: Instant) {
        for blocked in core::mem::take(&mut self.blocked) {
            self.attempt(blocked, now);
        }
    }

    fn hear(&mut self, message: ServerMessage<'_>) {
        let number = message.socket();
        match message {
            ServerMessage::Welcome { limits, .. } => self.message_bytes = Some(limits.message_bytes),
            ServerMessage::Accepted { connection, credit, local, peer, .. } => {
                self.accepted(number, connection, credit, given(&local), given(&peer));
            }
            message => {
                if let Some(socket) = self.sockets.get_mut(&number) {
                    hear_of(socket, message);
                }
            }
        }
    }

    fn accepted(&mut self, number: u32, connection: u32, credit: u32, local: Address, peer: Address) {
        let Some(listener) = self.sockets.get_mut(&number) else {
            // It crossed the close of its listening socket, and wants a close of its own.
            self.send(&ClientMessage::Reset { socket: connection });
            return;
        };
        listener.wanted = listener.wanted.saturating_sub(1);
        listener.accepted.push_back(connection);
        let mut socket = Socket::new(listener.family, SocketType::Stream);
        socket.state = State::Connected;
        socket.credit = credit.into();
        (socket.local, socket.peer) = (Some(local), Some(peer));
        self.sockets.insert(connection, socket);
    }
}

/// What the relay says of one socket.
fn hear_of(socket: &mut Socket, message: ServerMessage<'_>) {
    match message {
        ServerMessage::Opened { credit, .. } => {
            socket.credit = credit.into();
            socket.answers.settle(&[Asked::Socket], Ok(()));
        }
        ServerMessage::Connected { local, peer, .. } => {
            socket.local = Some(given(&local));
            let peer = given(&peer);
            // CONNECT to no address gives a datagram's peer up.
            socket.peer = Some(peer).filter(|peer| peer.inet().is_none_or(|address| address.port() != 0));
            if socket.is_stream() {
                socket.state = State::Connected;
            }
            socket.answers.settle(&[Asked::Connect], Ok(()));
        }
        ServerMessage::Data { bytes, .. } => {
            let from = socket.peer.clone();
            socket.inbox.push_back(Arrived { bytes: Arc::from(&bytes[..]), read: 0, from });
        }
        ServerMessage::RecvFrom { from, bytes, .. } => {
            socket.inbox.push_back(Arrived { bytes: Arc::from(&bytes[..]), read: 0, from: Some(given(&from)) });
        }
        ServerMessage::Fin { .. } => socket.finished = true,
        ServerMessage::Reset { .. } => {
            socket.reset = true;
            socket.error.get_or_insert(Errno::ECONNRESET);
        }
        ServerMessage::Credit { bytes, .. } => socket.credited(bytes),
        ServerMessage::Bound { local, .. } => {
            socket.local = Some(given(&local));
            socket.answers.settle(&[Asked::Bind], Ok(()));
        }
        ServerMessage::Listening { local, .. } => {
            socket.local = Some(given(&local));
            socket.state = State::Listening;
            socket.answers.settle(&[Asked::Listen], Ok(()));
        }
        ServerMessage::Option { option, value, .. } => {
            socket.answers.settle_with(&[Asked::GetSockOpt, Asked::SetSockOpt], option::given(option, &value));
        }
        // An error of the real machine that has no name here is one of its input or output.
        ServerMessage::Error { call, errno, .. } => {
            refused(socket, call, Errno::from_name(&errno).unwrap_or(Errno::EIO));
        }
        ServerMessage::Welcome { .. }
        | ServerMessage::Accepted { .. }
        | ServerMessage::Addresses { .. }
        | ServerMessage::Info { .. }
        | ServerMessage::Frame { .. } => {}
    }
}

fn refused(socket: &mut Socket, call: Asked, errno: Errno) {
    match call {
        Asked::Connect | Asked::GetAddrInfo => {
            if socket.is_stream() {
                socket.state = State::Fresh;
            }
            // Nobody waits for a connection of a non-blocking socket: SO_ERROR tells.
            if socket.answers.settle(&[Asked::Connect], Err(errno)).is_none() {
                socket.error = Some(errno);
            }
        }
        Asked::Send | Asked::SendTo => socket.failed(errno, true),
        Asked::Recv | Asked::RecvFrom => socket.failed(errno, false),
        Asked::Socket | Asked::Bind | Asked::Listen => drop(socket.answers.settle(&[call], Err(errno))),
        Asked::GetSockOpt | Asked::SetSockOpt => {
            socket.answers.settle(&[Asked::GetSockOpt, Asked::SetSockOpt], Err(errno));
        }
        // The relay goes on with accepting by itself; what it cannot shut down or close is gone already.
        Asked::Accept | Asked::Shutdown | Asked::Close | Asked::Capture => {}
    }
}
