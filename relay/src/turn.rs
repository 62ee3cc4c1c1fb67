//! What every kind of socket has in common: the things that a session lends to the one whose turn it is, and what
//! became of the turn.
//!
//! Absent: the sockets (`stream` and its like), and whose turn it is (`session`).

use crate::clock::Clock;
use crate::connect::{Failure, Network};
use crate::listener::Accepted;
use crate::outbox::Outbox;
use crate::rate::Bucket;
use crate::tap::Capture;
use bytes::BytesMut;
use relay_proto::ServerMessage;
use std::sync::Arc;
use std::task::Context;

/// What a session owns once for all of its sockets.
pub(crate) struct Common {
    pub(crate) network: Arc<Network>,
    pub(crate) out: Outbox,
    pub(crate) spare: Spare,
    /// New sockets, connects, look-ups and accepted connections.
    pub(crate) opens: Bucket,
    pub(crate) clock: Clock,
    /// The most bytes of one read.
    pub(crate) chunk: usize,
    /// A grant of so many bytes is worth a write of its own.
    pub(crate) hurry: u32,
}

impl Common {
    pub(crate) fn env<'a, 'task>(
        &'a mut self,
        task: &'a mut Context<'task>,
        place: bool,
        capture: Option<&Capture>,
    ) -> Env<'a, 'task> {
        let capture = capture.cloned();
        let Self { network, out, spare, opens, clock, chunk, hurry } = self;
        Env { task, network, out, spare, opens, capture, place, clock: *clock, chunk: *chunk, hurry: *hurry }
    }
}

/// What a socket is polled and called with: [`Common`], and the session's task.
pub(crate) struct Env<'a, 'task> {
    pub(crate) task: &'a mut Context<'task>,
    pub(crate) network: &'a Arc<Network>,
    pub(crate) out: &'a mut Outbox,
    pub(crate) spare: &'a mut Spare,
    pub(crate) opens: &'a mut Bucket,
    /// Where the packets of this socket shall be told.
    pub(crate) capture: Option<Capture>,
    /// Whether the session may have one socket more.
    pub(crate) place: bool,
    pub(crate) clock: Clock,
    /// The most bytes of one read.
    pub(crate) chunk: usize,
    /// A grant of so many bytes is worth a write of its own.
    pub(crate) hurry: u32,
}

impl Env<'_, '_> {
    /// A rule of credit was broken: what was wrong, and that the socket is gone.
    pub(crate) fn tell_breach(&mut self, socket: u32, failure: Failure) {
        let at = self.clock.now();
        self.out.send(self.task, &failure.message(socket, at));
        self.out.send(self.task, &ServerMessage::Reset { socket, at });
    }
}

/// A buffer that goes from socket to socket, so that an idle one has none.
#[derive(Default)]
pub(crate) struct Spare {
    pub(crate) write: BytesMut,
}

/// What became of a poll.
pub(crate) enum Polled {
    /// The socket's waker will tell.
    Waiting,
    /// There may be more to read.
    Again,
    /// There may be something to read, and no room for it.
    Parked,
    /// There may be something to accept, and no place for it among the session's sockets.
    Crowded,
    /// A connection, and maybe more of them.
    Accepted(Box<Accepted>),
    /// Closed, and everything delivered that could be.
    Gone,
}
