//! The kinds of things that have a number, and what each of them does on the same occasions. A further kind is a
//! variant here; the compiler then leads to the places that ask for it.
//!
//! Absent: the table of numbers, and which message goes to which kind (`calls`).

use crate::connect::Failure;
use crate::datagram::Datagram;
use crate::listener::Listener;
use crate::metrics::SocketType;
use crate::stream::Stream;
use crate::tap::Flow;
use crate::turn::{Env, Polled};
use relay_proto::ServerMessage;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are streams, and a box costs each of them memory and a look-up"
)]
pub(super) enum Body {
    Stream(Stream),
    Listener(Listener),
    Datagram(Box<Datagram>),
    Lookup(Lookup),
}

impl Body {
    /// None for what is no socket.
    pub(super) fn socket_type(&self) -> Option<SocketType> {
        match self {
            Self::Stream(stream) => Some(stream.socket_type()),
            Self::Listener(listener) => Some(listener.socket_type()),
            Self::Datagram(datagram) => Some(datagram.socket_type()),
            Self::Lookup(_) => None,
        }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        match self {
            Self::Stream(stream) => stream.poll(cx, env),
            Self::Listener(listener) => listener.poll(cx, env),
            Self::Datagram(datagram) => datagram.poll(cx, env),
            Self::Lookup(lookup) => lookup.poll(cx, env),
        }
    }

    /// The connection to capture, when there is one.
    pub(super) fn flow(&self) -> Option<Flow> {
        match self {
            Self::Stream(stream) => stream.flow(),
            Self::Datagram(datagram) => datagram.flow(),
            Self::Listener(_) | Self::Lookup(_) => None,
        }
    }

    /// Bytes that wait for the kernel to take them.
    pub(super) fn queued(&self) -> usize {
        match self {
            Self::Stream(stream) => stream.queued(),
            Self::Datagram(datagram) => datagram.queued(),
            Self::Listener(_) | Self::Lookup(_) => 0,
        }
    }

    /// CLOSE, or the session has lost its client: what is queued is still delivered, and nobody is told.
    pub(super) fn close(&mut self) {
        match self {
            Self::Stream(stream) => stream.close(),
            Self::Listener(listener) => listener.close(),
            Self::Datagram(datagram) => datagram.close(),
            Self::Lookup(lookup) => lookup.0 = None,
        }
    }

    /// The relay ends the session: as `close`, and the client still hears what was delivered.
    pub(super) fn finish(&mut self) {
        match self {
            Self::Stream(stream) => stream.finish(),
            Self::Listener(listener) => listener.close(),
            Self::Datagram(datagram) => datagram.finish(),
            Self::Lookup(lookup) => lookup.0 = None,
        }
    }

    /// As far as this kind can tell its peer that something is lost, it does. `close` follows, or the end.
    pub(super) fn reset(&mut self) {
        match self {
            Self::Stream(stream) => stream.reset(),
            Self::Datagram(datagram) => datagram.reset(),
            Self::Listener(_) | Self::Lookup(_) => {}
        }
    }

    /// The client broke a credit rule: it is told why, and the peer loses the socket.
    pub(super) fn punish(&mut self, failure: Failure, env: &mut Env<'_, '_>) {
        match self {
            Self::Stream(stream) => stream.punish(failure, env),
            Self::Listener(listener) => listener.punish(failure, env),
            Self::Datagram(datagram) => datagram.punish(failure, env),
            Self::Lookup(_) => {}
        }
    }

    /// Whether it is closed, waits to deliver, and nothing was taken for so long.
    pub(super) fn is_stuck(&self, limit: Duration) -> bool {
        match self {
            Self::Stream(stream) => stream.is_stuck(limit),
            Self::Datagram(datagram) => datagram.is_stuck(limit),
            Self::Listener(_) | Self::Lookup(_) => false,
        }
    }
}

/// A running LOOKUP, which ends with its answer. None when nobody waits for that any more.
pub(super) struct Lookup(Option<Pin<Box<dyn Future<Output = ServerMessage<'static>> + Send>>>);

impl Lookup {
    pub(super) fn new(answer: impl Future<Output = ServerMessage<'static>> + Send + 'static) -> Self {
        Self(Some(Box::pin(answer)))
    }

    fn poll(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        let Some(lookup) = &mut self.0 else {
            return Polled::Gone;
        };
        let Poll::Ready(answer) = lookup.as_mut().poll(cx) else {
            return Polled::Waiting;
        };
        env.out.send(env.task, &answer);
        Polled::Gone
    }
}
