//! What a connection and a listening socket are made of: a TCP or a Unix one of tokio's, called alike. Where the two
//! differ is here: what a reset is, what closing may wait for, and who has a file.
//!
//! Absent: bytes that wait, and credit (`stream`).

use crate::info;
use crate::metrics::Queue;
use crate::unix::{Directory, Made};
use crate::urgent;
use bytes::BufMut;
use relay_proto::{Address, Family};
use socket2::SockRef;
use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{Interest, Ready};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

pub(crate) enum Transport {
    Tcp(TcpStream),
    /// With the file that the socket was bound to before it connected.
    Unix {
        stream: UnixStream,
        _file: Option<Made>,
    },
}

macro_rules! either {
    ($transport:expr, $stream:ident => $call:expr) => {
        match $transport {
            Transport::Tcp($stream) => $call,
            Transport::Unix { stream: $stream, .. } => $call,
        }
    };
}

impl Transport {
    pub(crate) fn family(&self) -> Family {
        match self {
            Self::Tcp(stream) if stream.local_addr().is_ok_and(|local| local.is_ipv6()) => Family::Inet6,
            Self::Tcp(_) => Family::Inet,
            Self::Unix { .. } => Family::Unix,
        }
    }

    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_write(bytes))
    }

    pub(crate) fn try_read_buf(&self, into: &mut impl BufMut) -> io::Result<usize> {
        either!(self, stream => stream.try_read_buf(into))
    }

    pub(crate) fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_write_ready(cx))
    }

    pub(crate) fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => stream.poll_read_ready(cx))
    }

    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        either!(self, stream => stream.ready(interest).await)
    }

    /// Does this. When it says WouldBlock, readiness in this way is forgotten.
    pub(crate) fn try_io(&self, interest: Interest, io: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        either!(self, stream => stream.try_io(interest, io))
    }

    /// Whether the read that has just left room has emptied the kernel's buffer. A Unix stream's ends at a descriptor that was
    /// sent along (unix_stream_read_generic), a TCP stream's at urgent data, and what follows is told no more. On systems other than
    /// Linux nobody knows.
    pub(crate) fn short_read_is_last(&self) -> bool {
        match self {
            Self::Tcp(stream) => urgent::is_at_mark(stream.as_fd()).is_ok_and(|mark| !mark),
            Self::Unix { .. } => false,
        }
    }

    pub(crate) fn take_error(&self) -> io::Result<Option<io::Error>> {
        either!(self, stream => stream.take_error())
    }

    /// It fails on a connection that is gone, and that is told by itself.
    pub(crate) fn shutdown(&self, how: Shutdown) {
        let _ = SockRef::from(self).shutdown(how);
    }

    /// When it is dropped, the peer shall see a RST. A Unix socket has none: its peer learns that it is closed, and by
    /// ECONNRESET when it had not read all.
    pub(crate) fn reset(&self) {
        if let Self::Tcp(stream) = self {
            // It fails only on a connection that is gone already.
            let _ = stream.set_zero_linger();
        }
    }

    /// Whether this error says that the peer reset the connection. EPIPE is what Linux says of it the second time; of a
    /// Unix socket it says that the peer has closed.
    pub(crate) fn is_reset(&self, error: &io::Error) -> bool {
        let tcp = matches!(self, Self::Tcp(_));
        error.raw_os_error().is_some_and(|code| code == libc::ECONNRESET || tcp && code == libc::EPIPE)
    }
}

impl AsFd for Transport {
    fn as_fd(&self) -> BorrowedFd<'_> {
        either!(self, stream => stream.as_fd())
    }
}

impl Drop for Transport {
    /// With a linger time, Linux's `close()` waits for the peer even if the socket does not block (inet_release). Without
    /// it the kernel delivers the same, and nobody waits. A time of zero is a RST and stays.
    fn drop(&mut self) {
        let Self::Tcp(stream) = self else { return };
        let socket = SockRef::from(&*stream);
        if socket.linger().is_ok_and(|time| time.is_some_and(|time| !time.is_zero())) {
            let _ = socket.set_linger(None);
        }
    }
}

/// What listens.
pub(crate) enum Acceptor {
    Tcp(TcpListener),
    /// With its file, which goes when it goes.
    Unix(UnixListener, Made, Arc<Directory>),
}

impl Acceptor {
    /// `getsockname`, as the client knows it.
    pub(crate) fn local(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::from),
            Self::Unix(_, made, _) => Ok(made.address()),
        }
    }

    /// A connection, its own address and its peer's.
    pub(crate) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Transport, Address, Address)>> {
        Poll::Ready(match self {
            Self::Tcp(listener) => ready!(listener.poll_accept(cx)).and_then(|(stream, peer)| {
                let local = stream.local_addr()?.into();
                Ok((Transport::Tcp(stream), local, peer.into()))
            }),
            Self::Unix(listener, made, directory) => ready!(listener.poll_accept(cx)).map(|(stream, peer)| {
                (Transport::Unix { stream, _file: None }, made.address(), directory.shown(peer.as_pathname()))
            }),
        })
    }
}

impl Queue for Acceptor {
    fn waiting(&self) -> u32 {
        match self {
            Self::Tcp(listener) => info::waiting(listener.as_fd()),
            // Linux tells it to sock_diag(7) alone.
            Self::Unix(..) => 0,
        }
    }
}

impl AsFd for Acceptor {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener, ..) => listener.as_fd(),
        }
    }
}
