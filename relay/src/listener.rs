//! A listening socket: it accepts as many connections as the client asked for with ACCEPT, and leaves the others to
//! the kernel, whose queue is as long as the backlog.
//!
//! Absent: the connections. An accepted one is a `Stream` with a number of its own, which the session gives it.

use crate::connect::Failure;
use crate::fresh;
use crate::metrics::{Metrics, SocketType};
use crate::options::{self, Sort};
use crate::transport::{Acceptor, Transport};
use crate::turn::{Env, Polled};
use relay_proto::{Address, Call, Family, Kind, OptionValue, ServerMessage, SocketOption};
use socket2::SockRef;
use std::future::Future;
use std::io;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// How long to wait when the system has no descriptor for one more connection.
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Listener {
    number: u32,
    family: Family,
    /// None when the client broke a rule or closed it.
    socket: Option<Arc<Acceptor>>,
    closed: bool,
    /// Connections that the client still wants.
    credit: u32,
    /// What the client wants to get of each at first.
    receivable: u32,
    /// Set while accepting has to wait for time to pass.
    pause: Option<Pin<Box<Sleep>>>,
    /// The client knows that `accept()` fails. It is told once, and again after a success.
    told: bool,
}

/// A connection that has no number yet.
pub(crate) struct Accepted {
    pub(crate) listener: u32,
    pub(crate) stream: Transport,
    pub(crate) at: u64,
    pub(crate) local: Address,
    pub(crate) peer: Address,
    /// What the client wants to get of it at first.
    pub(crate) receivable: u32,
}

impl Listener {
    pub(crate) fn new(number: u32, family: Family, socket: Acceptor, metrics: &Metrics) -> Self {
        let socket = Arc::new(socket);
        let queue: Weak<Acceptor> = Arc::downgrade(&socket);
        metrics.listens(queue);
        Self { number, family, socket: Some(socket), closed: false, credit: 0, receivable: 0, pause: None, told: false }
    }

    pub(crate) fn socket_type(&self) -> SocketType {
        if self.family == Family::Unix { SocketType::UnixListener } else { SocketType::Listener }
    }

    /// LISTEN, first or again: as on Linux, the second one changes the backlog.
    pub(crate) fn listen(&self, backlog: u32, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        let Some(socket) = &self.socket else {
            return Err(gone(Call::Listen));
        };
        fresh::listen(&SockRef::from(&**socket), backlog)?;
        let local =
            socket.local().map_err(|error| Failure::of_system(Call::Listen, "This socket has no address", &error))?;
        let at = env.clock.now();
        env.out.send(env.task, &ServerMessage::Listening { socket: self.number, at, local, backlog });
        Ok(())
    }

    /// SOCKOPT. Connections inherit what is set.
    pub(crate) fn option(
        &self,
        option: SocketOption,
        value: Option<&OptionValue>,
        env: &mut Env<'_, '_>,
    ) -> Result<(), Failure> {
        let socket = self.socket.as_ref().ok_or_else(|| gone(options::call(value)))?;
        let sort = Sort { family: self.family, kind: Kind::Stream, bound: true };
        let value = options::ask(socket.as_fd(), sort, option, value)?;
        options::tell(self.number, option, value, env);
        Ok(())
    }

    /// ACCEPT.
    pub(crate) fn accept(&mut self, connections: u32, receivable: u32) -> Result<(), Failure> {
        if self.socket.is_none() {
            return Ok(());
        }
        self.receivable = receivable;
        let Some(sum) = self.credit.checked_add(connections) else {
            let sentence = "The connections that were asked for would pass 4294967295; ask for what was accepted.";
            return Err(Failure::breach(Call::Accept, "EOVERFLOW", sentence));
        };
        self.credit = sum;
        Ok(())
    }

    /// The kernel resets what waits in its queue.
    pub(crate) fn close(&mut self) {
        self.socket = None;
        self.closed = true;
    }

    /// A broken credit rule: the client is told, and nobody can connect any more.
    pub(crate) fn punish(&mut self, failure: Failure, env: &mut Env<'_, '_>) {
        self.socket = None;
        env.tell_breach(self.number, failure);
    }

    /// Accepts one connection, when it is wanted and there is a place and a token for it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        if self.closed {
            return Polled::Gone;
        }
        if self.credit == 0 || self.socket.is_none() || self.poll_pause(cx).is_pending() {
            return Polled::Waiting;
        }
        if !env.out.has_room(env.task) {
            return Polled::Parked;
        }
        if !env.place {
            return Polled::Crowded;
        }
        let wait = env.opens.wait();
        if !wait.is_zero() {
            return self.pause(wait);
        }
        match self.poll_accept(cx, env) {
            Poll::Pending => Polled::Waiting,
            Poll::Ready(Ok(accepted)) => {
                // There is one, as was seen above.
                let _ = env.opens.take();
                self.credit -= 1;
                self.told = false;
                Polled::Accepted(Box::new(accepted))
            }
            Poll::Ready(Err(error)) if is_of_connection(&error) => Polled::Again,
            Poll::Ready(Err(error)) => {
                self.tell(&error, env);
                self.pause(PAUSE)
            }
        }
    }

    fn poll_accept(&self, cx: &mut Context<'_>, env: &Env<'_, '_>) -> Poll<io::Result<Accepted>> {
        let Some(socket) = &self.socket else {
            return Poll::Pending;
        };
        socket.poll_accept(cx).map_ok(|(stream, local, peer)| {
            let at = env.clock.now();
            Accepted { listener: self.number, stream, at, local, peer, receivable: self.receivable }
        })
    }

    fn poll_pause(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        Poll::Ready(())
    }

    fn pause(&mut self, time: Duration) -> Polled {
        self.pause = Some(Box::pin(sleep(time)));
        // Once more, so that the timer is armed.
        Polled::Again
    }

    fn tell(&mut self, error: &io::Error, env: &mut Env<'_, '_>) {
        if !std::mem::replace(&mut self.told, true) {
            let what = "The system does not give the next connection, which is tried again";
            let failure = Failure::of_system(Call::Accept, what, error);
            env.out.send(env.task, &failure.message(self.number, env.clock.now()));
        }
    }
}

fn gone(call: Call) -> Failure {
    Failure::new(call, "EINVAL", "This socket was reset and is gone; close it and open another one.")
}

/// Errors of the connection that waited, not of the listening socket: the next one may be well (accept(2)).
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNABORTED
                | libc::ECONNRESET
                | libc::EINTR
                | libc::EPROTO
                | libc::EPERM
                | libc::ENETDOWN
                | libc::ENETUNREACH
                | libc::EHOSTDOWN
                | libc::EHOSTUNREACH
                | libc::ENOPROTOOPT
                | libc::EOPNOTSUPP
                | libc::ETIMEDOUT
        )
    )
}
