//! Sockets of AF_UNIX: two programs of one host, without any packet. Paths are those of the host's files.
//!
//! What a buffer holds is counted as Linux counts it: what is written is cut in pieces, each piece takes room for itself and for what
//! the kernel keeps with it, the writer's buffer is charged, and a write goes on while the charge is below SO_SNDBUF. Measured on Linux
//! 6.18 with the default of 212,992: 278 writes of 1 byte, 93 of 1,000, 44 of 4,096; 11 datagrams wait (`net.unix.max_dgram_qlen` is 10).
//!
//! Absent on purpose: SOCK_SEQPACKET, credentials and descriptors in ancillary data, permissions of paths.

mod real;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::{Descriptors, File, Host};
use crate::program::{Address, Events, Family, MessageFlags, SocketType};
use crate::trace::{SocketId, Value};

use super::call::{Outcome, Progress};
use super::option::DATAGRAM_BUFFER;
use super::{Kind, Socket};

/// Longest name (`sun_path`).
const LONGEST_NAME: usize = 108;
/// Longest piece of a stream: 32 KiB in pages and what fits in the first.
const PIECE: usize = 36_544;
/// Datagrams that may wait before the next blocks: `net.unix.max_dgram_qlen`.
const QUEUE: usize = 10;

/// What a piece is charged: measured 768 for small ones, 2,304 for 1,000 bytes, 4,864 for 4,096.
fn charge(bytes: usize) -> usize {
    match bytes {
        0..=256 => 768,
        257..=704 => 1280,
        705..=1728 => 2304,
        1729..=3776 => 4352,
        _ => bytes + 768,
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Unix {
    kind: SocketType,
    name: Option<Arc<str>>,
    state: State,
    queue: VecDeque<Message>,
    /// What is charged for what others have not read.
    charged: usize,
    buffer: usize,
    read_shut: bool,
    write_shut: bool,
    pub(super) error: Option<Errno>,
}

#[derive(Clone, Debug)]
enum State {
    Idle,
    Listening { backlog: usize, queue: VecDeque<SocketId> },
    Connected { peer: SocketId, name: Option<Arc<str>> },
}

/// A piece of a stream, or a datagram.
#[derive(Clone, Debug)]
struct Message {
    bytes: Arc<[u8]>,
    /// Bytes that have been read.
    taken: usize,
    from: Option<Arc<str>>,
    sender: SocketId,
    charge: usize,
}

fn named(name: Option<&Arc<str>>) -> Address {
    name.map_or(Address::Unnamed, |name| Address::Unix(name.clone()))
}

impl Unix {
    pub(super) fn new(kind: SocketType) -> Unix {
        Unix {
            kind,
            name: None,
            state: State::Idle,
            queue: VecDeque::new(),
            charged: 0,
            buffer: DATAGRAM_BUFFER as usize,
            read_shut: false,
            write_shut: false,
            error: None,
        }
    }

    fn connected(kind: SocketType, name: Option<Arc<str>>, peer: SocketId, peer_name: Option<Arc<str>>) -> Unix {
        Unix { name, state: State::Connected { peer, name: peer_name }, ..Unix::new(kind) }
    }

    pub(super) fn kind(&self) -> SocketType {
        self.kind
    }

    pub(crate) fn peer(&self) -> Option<SocketId> {
        match &self.state {
            State::Connected { peer, .. } => Some(*peer),
            _ => None,
        }
    }

    pub(super) fn is_listening(&self) -> bool {
        matches!(self.state, State::Listening { .. })
    }

    pub(super) fn address(&self) -> Address {
        named(self.name.as_ref())
    }

    pub(super) fn peer_address(&self) -> Result<Address, Errno> {
        match &self.state {
            State::Connected { name, .. } => Ok(named(name.as_ref())),
            _ => Err(Errno::ENOTCONN),
        }
    }

    /// Bytes that could be read: of a stream all, of datagrams those of the next.
    pub(super) fn readable(&self) -> usize {
        let count = if self.kind == SocketType::Stream { usize::MAX } else { 1 };
        self.queue.iter().take(count).map(|message| message.bytes.len() - message.taken).sum()
    }

    pub(crate) fn charged(&self) -> usize {
        self.charged
    }

    /// SO_SNDBUF, as told.
    pub(super) fn set_buffer(&mut self, bytes: u32) {
        self.buffer = bytes as usize;
    }

    pub(super) fn listen(&mut self, backlog: usize) -> Result<(), Errno> {
        if self.kind != SocketType::Stream {
            return Err(Errno::EOPNOTSUPP);
        }
        if self.name.is_none() {
            return Err(Errno::EINVAL);
        }
        match &mut self.state {
            State::Idle => self.state = State::Listening { backlog, queue: VecDeque::new() },
            State::Listening { backlog: old, .. } => *old = backlog,
            State::Connected { .. } => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    /// As Linux's `unix_poll` and `unix_dgram_poll` have it.
    pub(super) fn events<'a>(&self, other: impl Fn(SocketId) -> Option<&'a Unix>) -> Events {
        let mut events = Events::NONE;
        if let State::Listening { queue, .. } = &self.state {
            return if queue.is_empty() { Events::NONE } else { Events::IN };
        }
        let stream = self.kind == SocketType::Stream;
        let over = self.read_shut && self.write_shut;
        if over || (stream && self.peer().is_none()) {
            events |= Events::HUP;
        }
        if self.read_shut {
            events |= Events::IN | Events::RDHUP;
        }
        if !self.queue.is_empty() {
            events |= Events::IN;
        }
        if self.error.is_some() {
            events |= Events::ERR;
        }
        // `unix_writable`: a quarter of the buffer at most is taken.
        let room = self.charged * 4 <= self.buffer;
        let peer_is_full = !stream && self.peer().and_then(other).is_some_and(Unix::is_full);
        if room && !peer_is_full {
            events |= Events::OUT;
        }
        events
    }

    /// Measured: a datagram of 212,960 bytes passes with the default buffer, one of 212,992 does not.
    fn fits(&self, bytes: usize) -> bool {
        bytes <= self.buffer.saturating_sub(32)
    }

    fn is_full(&self) -> bool {
        self.queue.len() > QUEUE
    }

    /// Takes bytes out of a stream's queue, or looks at them; who wrote them is given what they were charged.
    fn take(&mut self, max: usize, peeks: bool) -> (Vec<u8>, Vec<(SocketId, usize)>) {
        let (mut bytes, mut freed, mut read) = (Vec::new(), Vec::new(), 0);
        for message in &mut self.queue {
            let rest = &message.bytes[message.taken..];
            let count = rest.len().min(max - bytes.len());
            bytes.extend_from_slice(&rest[..count]);
            if peeks {
                continue;
            }
            message.taken += count;
            if message.taken == message.bytes.len() {
                freed.push((message.sender, message.charge));
                read += 1;
            }
            if bytes.len() == max {
                break;
            }
        }
        self.queue.drain(..read);
        (bytes, freed)
    }
}

impl Host {
    pub(super) fn socket_pair(
        &mut self,
        kind: SocketType,
        descriptors: &mut Descriptors,
        ctx: &mut Context<'_>,
    ) -> Result<Value, Errno> {
        if kind == SocketType::Icmp {
            return Err(Errno::EPROTONOSUPPORT);
        }
        let ids = [ctx.ids.socket(), ctx.ids.socket()];
        let first = descriptors.add(File::Socket(ids[0]))?;
        let second = match descriptors.add(File::Socket(ids[1])) {
            Ok(second) => second,
            Err(error) => {
                descriptors.remove(first);
                return Err(error);
            }
        };
        for (id, peer) in [(ids[0], ids[1]), (ids[1], ids[0])] {
            let unix = Unix::connected(kind, None, peer, None);
            self.sockets.insert(id, Socket::new(Family::Unix, Kind::Unix(Box::new(unix))));
        }
        Ok(Value::Pair(first, second))
    }

    pub(super) fn bind_unix(&mut self, id: SocketId, address: &Address, ctx: &mut Context<'_>) -> Outcome {
        let name = match address {
            Address::Unix(name) => name.clone(),
            // Linux chooses an abstract name of five hexadecimal digits.
            Address::Unnamed => format!("\0{:05x}", id.0 & 0xf_ffff).into(),
            Address::Inet(_) => return Err(Errno::EINVAL),
        };
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if unix.name.is_some() || name.is_empty() || name.len() > LONGEST_NAME {
            return Err(Errno::EINVAL);
        }
        if let Some(path) = self.real_path(address) {
            return self.bind_real(id, (name, &path), ctx);
        }
        let name = self.files.bind(&name, id)?;
        self.sockets.unix(id).ok_or(Errno::EBADF)?.name = Some(name);
        Ok(Some(Value::None))
    }

    /// The living socket under a name.
    fn find_unix(&mut self, address: &Address, kind: SocketType) -> Result<SocketId, Errno> {
        let Address::Unix(name) = address else { return Err(Errno::EINVAL) };
        let id = self.files.socket(name)?;
        let found = self.sockets.unix(id).ok_or(Errno::ECONNREFUSED)?;
        if found.kind == kind { Ok(id) } else { Err(Errno::EPROTOTYPE) }
    }

    pub(super) fn connect_unix(
        &mut self,
        id: SocketId,
        address: &Address,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        let (kind, name) = (unix.kind, unix.name.clone());
        match (&unix.state, kind) {
            (_, SocketType::Datagram) => return self.connect_unix_datagram(id, address, ctx),
            (State::Connected { .. }, _) => return Err(Errno::EISCONN),
            (State::Listening { .. }, _) => return Err(Errno::EINVAL),
            (State::Idle, _) => {}
        }
        if let Some(path) = self.real_path(address) {
            return self.connect_real(id, address, &path, ctx);
        }
        let listener = self.find_unix(address, kind)?;
        let listening = self.sockets.unix(listener).ok_or(Errno::ECONNREFUSED)?;
        let listener_name = listening.name.clone();
        let State::Listening { backlog, queue } = &mut listening.state else { return Err(Errno::ECONNREFUSED) };
        if queue.len() > *backlog {
            progress.other = Some(listener);
            return Ok(None);
        }
        let child = ctx.ids.socket();
        queue.push_back(child);
        let accepted = Unix::connected(kind, listener_name.clone(), id, name);
        self.sockets.insert(child, Socket::new(Family::Unix, Kind::Unix(Box::new(accepted))));
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        unix.state = State::Connected { peer: child, name: listener_name };
        self.wake(listener, ctx.cause, ctx);
        Ok(Some(Value::None))
    }

    fn connect_unix_datagram(&mut self, id: SocketId, address: &Address, ctx: &mut Context<'_>) -> Outcome {
        if let Some(path) = self.real_path(address) {
            return self.connect_real(id, address, &path, ctx);
        }
        let state = if *address == Address::Unnamed {
            State::Idle
        } else {
            let peer = self.find_unix(address, SocketType::Datagram)?;
            let found = self.sockets.unix(peer).ok_or(Errno::ECONNREFUSED)?;
            // `unix_may_send`: who has a peer hears no other.
            if found.peer().is_some_and(|own| own != id) {
                return Err(Errno::EPERM);
            }
            State::Connected { peer, name: found.name.clone() }
        };
        self.sockets.unix(id).ok_or(Errno::EBADF)?.state = state;
        self.wake(id, ctx.cause, ctx);
        Ok(Some(Value::None))
    }

    pub(super) fn accept_unix(
        &mut self,
        id: SocketId,
        descriptors: &mut Descriptors,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if unix.kind != SocketType::Stream {
            return Err(Errno::EOPNOTSUPP);
        }
        let State::Listening { queue, .. } = &mut unix.state else { return Err(Errno::EINVAL) };
        let Some(child) = queue.front().copied() else { return Ok(None) };
        let fd = descriptors.add(File::Socket(child))?;
        queue.pop_front();
        let peer = self.sockets.unix(child).and_then(|child| child.peer_address().ok()).unwrap_or(Address::Unnamed);
        // There is room for one who waits to connect.
        self.wake_all(id, ctx);
        self.unix_accepted(id, ctx);
        Ok(Some(Value::Accepted(fd, peer)))
    }

    pub(super) fn send_unix(
        &mut self,
        id: SocketId,
        bytes: &Arc<[u8]>,
        to: Option<&Address>,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if let Some(error) = unix.error.take() {
            return Err(error);
        }
        match (unix.kind, to, unix.peer()) {
            (SocketType::Stream, Some(_), Some(_)) => Err(Errno::EISCONN),
            (SocketType::Stream, Some(_), None) => Err(Errno::EOPNOTSUPP),
            (_, None, None) => Err(Errno::ENOTCONN),
            (SocketType::Stream, None, Some(peer)) => self.send_unix_stream(id, peer, bytes, progress, ctx),
            (kind, Some(to), _) => {
                if let Some(path) = self.real_path(to) {
                    return self.send_real(id, path, bytes, progress, ctx);
                }
                let target = self.find_unix(to, kind)?;
                self.send_unix_datagram(id, target, bytes, progress, ctx)
            }
            (_, None, Some(peer)) => {
                if let Some(path) = self.real_peer(id) {
                    return self.send_real(id, path, bytes, progress, ctx);
                }
                if self.sockets.unix(peer).is_some() {
                    return self.send_unix_datagram(id, peer, bytes, progress, ctx);
                }
                // Measured: refused once; then it has no peer any more.
                self.sockets.unix(id).ok_or(Errno::EBADF)?.state = State::Idle;
                Err(Errno::ECONNREFUSED)
            }
        }
    }

    fn send_unix_stream(
        &mut self,
        id: SocketId,
        peer: SocketId,
        bytes: &Arc<[u8]>,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let deaf = self.sockets.unix(peer).is_none_or(|peer| peer.read_shut);
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if deaf || unix.write_shut {
            return Err(Errno::EPIPE);
        }
        let (from, mut pieces) = (unix.name.clone(), Vec::new());
        while progress.sent < bytes.len() && unix.charged < unix.buffer {
            let end = bytes.len().min(progress.sent + PIECE);
            let piece: Arc<[u8]> = bytes[progress.sent..end].into();
            let charge = charge(piece.len());
            unix.charged += charge;
            progress.sent = end;
            pieces.push(Message { bytes: piece, taken: 0, from: from.clone(), sender: id, charge });
        }
        if !pieces.is_empty() {
            self.sockets.unix(peer).ok_or(Errno::EPIPE)?.queue.extend(pieces);
            self.wake(peer, ctx.cause, ctx);
        }
        Ok((progress.sent == bytes.len()).then_some(Value::Number(bytes.len())))
    }

    fn send_unix_datagram(
        &mut self,
        id: SocketId,
        target: SocketId,
        bytes: &Arc<[u8]>,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let found = self.sockets.unix(target).ok_or(Errno::ECONNREFUSED)?;
        let (peer, full, deaf) = (found.peer(), found.is_full(), found.read_shut);
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if !unix.fits(bytes.len()) {
            return Err(Errno::EMSGSIZE);
        }
        if peer.is_some_and(|own| own != id) {
            return Err(Errno::EPERM);
        }
        if unix.write_shut || deaf {
            return Err(Errno::EPIPE);
        }
        if unix.charged >= unix.buffer || (full && peer != Some(id)) {
            progress.other = Some(target);
            return Ok(None);
        }
        let charge = charge(bytes.len());
        unix.charged += charge;
        let message = Message { bytes: bytes.clone(), taken: 0, from: unix.name.clone(), sender: id, charge };
        self.sockets.unix(target).ok_or(Errno::ECONNREFUSED)?.queue.push_back(message);
        self.wake(target, ctx.cause, ctx);
        Ok(Some(Value::Number(bytes.len())))
    }

    pub(super) fn receive_unix(
        &mut self,
        id: SocketId,
        max: usize,
        flags: MessageFlags,
        progress: &mut Progress,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        if flags.has(MessageFlags::ERRQUEUE) {
            return Err(Errno::EAGAIN);
        }
        if unix.kind != SocketType::Stream {
            return self.receive_unix_datagram(id, max, flags, ctx);
        }
        // Measured: EINVAL, and not ENOTCONN as `send` has it.
        if unix.peer().is_none() {
            return Err(Errno::EINVAL);
        }
        let peeks = flags.has(MessageFlags::PEEK);
        let (bytes, freed) = unix.take(max - progress.received.len(), peeks);
        let (over, failed) = (unix.read_shut, unix.error);
        self.give_back(id, freed, ctx);
        progress.received.extend(bytes);
        let all = flags.has(MessageFlags::WAITALL) && progress.received.len() < max && !over && failed.is_none();
        if all {
            if peeks {
                progress.received.clear();
            }
            return Ok(None);
        }
        if progress.received.is_empty() && max > 0 {
            if let Some(error) = failed {
                self.sockets.unix(id).ok_or(Errno::EBADF)?.error = None;
                return Err(error);
            }
            if !over {
                return Ok(None);
            }
        }
        Ok(Some(Value::Bytes(core::mem::take(&mut progress.received).into())))
    }

    fn receive_unix_datagram(
        &mut self,
        id: SocketId,
        max: usize,
        flags: MessageFlags,
        ctx: &mut Context<'_>,
    ) -> Outcome {
        let unix = self.sockets.unix(id).ok_or(Errno::EBADF)?;
        let peeks = flags.has(MessageFlags::PEEK);
        let message = if peeks { unix.queue.front().cloned() } else { unix.queue.pop_front() };
        let Some(message) = message else {
            return Ok(unix.read_shut.then(|| Value::Bytes([].into())));
        };
        if !peeks {
            self.give_back(id, vec![(message.sender, message.charge)], ctx);
        }
        let count = message.bytes.len().min(max);
        Ok(Some(Value::Datagram(message.bytes[..count].into(), named(message.from.as_ref()))))
    }

    /// Who wrote what has been read has room again.
    pub(crate) fn give_back(&mut self, reader: SocketId, freed: Vec<(SocketId, usize)>, ctx: &mut Context<'_>) {
        if freed.is_empty() {
            return;
        }
        for (sender, charge) in freed {
            if let Some(unix) = self.sockets.unix(sender) {
                unix.charged -= charge;
            }
            self.wake(sender, ctx.cause, ctx);
        }
        // Those who wait for room in the reader's queue wait at the reader.
        self.wake_all(reader, ctx);
        for peer in self.sockets.unix_peers_of(reader) {
            self.wake(peer, ctx.cause, ctx);
        }
    }

    pub(crate) fn shutdown_unix(&mut self, id: SocketId, (read, write): (bool, bool), ctx: &mut Context<'_>) {
        let Some(unix) = self.sockets.unix(id) else { return };
        unix.read_shut |= read;
        unix.write_shut |= write;
        let peer = unix.peer().filter(|_| unix.kind == SocketType::Stream);
        // Of a stream the other end learns at once.
        if let Some(peer) = peer
            && let Some(other) = self.sockets.unix(peer)
        {
            other.read_shut |= write;
            other.write_shut |= read;
            self.wake(peer, ctx.cause, ctx);
        }
        self.wake_all(id, ctx);
    }

    pub(super) fn close_unix(&mut self, id: SocketId, ctx: &mut Context<'_>) {
        let Some(unix) = self.sockets.unix(id) else { return };
        let (kind, state) = (unix.kind, core::mem::replace(&mut unix.state, State::Idle));
        let unread: Vec<(SocketId, usize)> =
            unix.queue.drain(..).map(|message| (message.sender, message.charge)).collect();
        let lost = !unread.is_empty();
        if let Some(name) = unix.name.clone() {
            self.files.forget(&name, id);
        }
        self.give_back(id, unread, ctx);
        match state {
            State::Idle => {}
            State::Listening { queue, .. } => queue.into_iter().for_each(|child| self.close_unix_end(child, true, ctx)),
            State::Connected { peer, .. } if kind == SocketType::Stream => self.tell_unix_peer(id, peer, lost, ctx),
            State::Connected { .. } => {}
        }
        self.wake_all(id, ctx);
        for peer in self.sockets.unix_peers_of(id) {
            self.wake(peer, ctx.cause, ctx);
        }
        self.sockets.remove(id);
        self.hang_up_unix(id, ctx);
    }

    /// A connection that was never accepted ends.
    fn close_unix_end(&mut self, id: SocketId, lost: bool, ctx: &mut Context<'_>) {
        let peer = self.sockets.unix(id).and_then(|unix| unix.peer());
        if let Some(peer) = peer {
            self.tell_unix_peer(id, peer, lost, ctx);
        }
        self.close_unix(id, ctx);
    }

    /// The other end of a stream is gone: with an error where it left something unread.
    pub(crate) fn tell_unix_peer(&mut self, id: SocketId, peer: SocketId, lost: bool, ctx: &mut Context<'_>) {
        let Some(other) = self.sockets.unix(peer).filter(|other| other.peer() == Some(id)) else { return };
        other.read_shut = true;
        other.write_shut = true;
        if lost {
            other.error = Some(Errno::ECONNRESET);
        }
        self.wake(peer, ctx.cause, ctx);
    }
}
