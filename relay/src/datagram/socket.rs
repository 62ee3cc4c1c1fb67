//! The real socket behind a `Datagram`: UDP or a Unix datagram socket, the calls on it, and how its addresses are
//! shown. Errors of calls are the kernel's; what is refused before the kernel is asked is a [`Failure`].
//!
//! Absent: credit, the order of calls, and which destinations are allowed (`connect` judges them).

use super::group;
use crate::bind;
use crate::connect::{Failure, Network};
use crate::options::{self, Sort};
use crate::reactor;
use crate::tap::{Flow, Protocol};
use crate::unix::{Directory, Held, Made};
use relay_proto::{Address, Call, Family, How, Kind, OptionValue, SocketOption};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::{
    self, AddressFamily, RecvFlags, SendFlags, Shutdown, SocketAddrAny, SocketAddrUnix, SocketFlags, SocketType,
    sockopt,
};
use socket2::SockRef;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{Interest, Ready, unix::AsyncFd};

/// Where a datagram goes.
pub(super) enum Target {
    Inet(SocketAddr),
    /// Held, so that the path leads to the same socket until the kernel has taken the datagram.
    Unix(Held),
}

impl Target {
    fn address(&self) -> io::Result<SocketAddrAny> {
        Ok(match self {
            Self::Inet(address) => (*address).into(),
            Self::Unix(held) => SocketAddrUnix::new(held.path())?.into(),
        })
    }
}

/// A datagram, and who sent it: nobody when that socket has no address.
pub(super) struct Received {
    pub(super) length: usize,
    pub(super) source: Option<SocketAddrAny>,
}

type ErrorWatch = Pin<Box<dyn Future<Output = io::Error> + Send>>;

pub(super) struct Socket {
    family: Family,
    /// Before `fd`: its file is removed while it still is the socket's.
    made: Option<Made>,
    fd: Arc<AsyncFd<OwnedFd>>,
    directory: Option<Arc<Directory>>,
    bound: bool,
    peer: Option<SocketAddrAny>,
    /// What the client called the peer, where the kernel's address says something else.
    peer_name: Option<Address>,
    /// Waits until a full receiver has room.
    room: Option<AsyncFd<OwnedFd>>,
    /// Waits for an error that the network reports.
    watch: Option<ErrorWatch>,
}

impl Socket {
    /// `socket()`.
    pub(super) fn open(family: Family, network: &Network) -> Result<Self, Failure> {
        let directory = match family {
            Family::Unix => Some(Arc::clone(network.unix(Call::Socket)?)),
            Family::Inet | Family::Inet6 => None,
        };
        let open = || {
            let fd = new(family)?;
            if family == Family::Inet {
                // Linux delivers groups that any program here has joined; the client may ask for these, not for those.
                SockRef::from(&fd).set_multicast_all_v4(false)?;
            } else if family == Family::Inet6 {
                SockRef::from(&fd).set_multicast_all_v6(false)?;
            }
            reactor::register(fd, Interest::READABLE | Interest::WRITABLE)
        };
        let fd =
            open().map_err(|error| Failure::of_system(Call::Socket, "The system did not give a socket", &error))?;
        let (made, bound, peer, peer_name, room, watch) = (None, false, None, None, None, None);
        Ok(Self { family, made, fd: Arc::new(fd), directory, bound, peer, peer_name, room, watch })
    }

    pub(super) fn family(&self) -> Family {
        self.family
    }

    pub(super) fn is_connected(&self) -> bool {
        self.peer.is_some()
    }

    /// SOCKOPT.
    pub(super) fn option(
        &self,
        option: SocketOption,
        value: Option<&OptionValue>,
        network: &Network,
    ) -> Result<OptionValue, Failure> {
        let sort = Sort { family: self.family, kind: Kind::Datagram, bound: self.bound };
        if group::is_about_groups(option) && sort.has(option) {
            return group::ask(&SockRef::from(&self.fd), option, value, network);
        }
        options::ask(self.fd.as_fd(), sort, option, value)
    }

    /// `bind()`. Gives `getsockname`.
    pub(super) fn bind(&mut self, at: &Address, network: &Network) -> Result<Address, Failure> {
        let local = match (&self.directory, at) {
            (None, _) => bind::bind(&SockRef::from(&self.fd), self.family, at, network)?.into(),
            (Some(_), _) => self.made.insert(bind::bind_unix(&SockRef::from(&self.fd), at, network)?).address(),
        };
        self.bound = true;
        Ok(local)
    }

    /// An inet socket without an address gets the one that the system would send from, and no other: a socket that Linux
    /// binds by itself takes datagrams on all interfaces. Gives the address when there was none.
    pub(super) fn bind_for(&mut self, target: &Target) -> io::Result<Option<SocketAddr>> {
        let Target::Inet(target) = target else { return Ok(None) };
        if self.bound {
            return Ok(None);
        }
        let source = match (target.ip().to_canonical().is_loopback(), *target) {
            (true, SocketAddr::V4(_)) => (Ipv4Addr::LOCALHOST, 0).into(),
            (true, SocketAddr::V6(v6)) => match v6.ip().to_ipv4_mapped() {
                Some(_) => (Ipv4Addr::LOCALHOST.to_ipv6_mapped(), 0).into(),
                None => (Ipv6Addr::LOCALHOST, 0).into(),
            },
            (false, target) => self.source_for(target)?,
        };
        net::bind(&*self.fd, &source)?;
        self.bound = true;
        SockRef::from(&self.fd).local_addr().map(|local| local.as_socket())
    }

    /// As the system chooses it, with this socket's interface for groups.
    fn source_for(&self, target: SocketAddr) -> io::Result<SocketAddr> {
        let this = SockRef::from(&self.fd);
        bind::source_for(target, |probe| {
            if self.family == Family::Inet {
                probe.set_broadcast(true)?;
                probe.set_multicast_if_v4(&this.multicast_if_v4()?)
            } else {
                probe.set_multicast_if_v6(this.multicast_if_v6()?)
            }
        })
    }

    /// The connection to capture, when there is one.
    pub(super) fn flow(&self) -> Option<Flow> {
        let address = |address: &SocketAddrAny| SocketAddr::try_from(address.clone()).ok();
        let (local, peer) = (net::getsockname(&*self.fd).ok()?, self.peer.as_ref()?);
        Some(Flow { protocol: Protocol::Udp, local: address(&local)?, peer: address(peer)? })
    }

    /// `connect()`: fixes the peer and sends nothing. `name` is what the client calls it.
    /// Gives the address that the relay chose, if it did.
    pub(super) fn connect(&mut self, target: &Target, name: &Address) -> io::Result<Option<SocketAddr>> {
        let local = self.bind_for(target)?;
        net::connect(&*self.fd, &target.address()?)?;
        self.watch = None;
        self.peer = net::getpeername(&*self.fd)?;
        self.peer_name = match target {
            Target::Unix(_) => Some(name.clone()),
            Target::Inet(_) => None,
        };
        Ok(local)
    }

    /// `connect()` with AF_UNSPEC: there is no peer any more.
    pub(super) fn disconnect(&mut self) -> io::Result<()> {
        net::connect_unspec(&*self.fd)?;
        (self.watch, self.peer, self.peer_name) = (None, None, None);
        // A port that the kernel chose is gone with the connection (__udp_disconnect).
        if let Some(local) = SockRef::from(&self.fd).local_addr()?.as_socket() {
            self.bound = local.port() != 0;
        }
        Ok(())
    }

    /// `getsockname()`.
    pub(super) fn local(&self) -> io::Result<Address> {
        match &self.made {
            Some(made) => Ok(made.address()),
            None => Ok(self.shown(Some(net::getsockname(&*self.fd)?))),
        }
    }

    /// `getpeername()`, as the client asked for it. A socket without a peer has the address that asks for none.
    pub(super) fn peer(&self) -> Address {
        match (&self.peer_name, self.family) {
            (Some(name), _) => name.clone(),
            (None, Family::Inet) if self.peer.is_none() => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into(),
            (None, Family::Inet6) if self.peer.is_none() => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into(),
            (None, _) => self.shown(self.peer.clone()),
        }
    }

    /// Whether a datagram is the peer's.
    pub(super) fn is_peer(&self, source: Option<&SocketAddrAny>) -> bool {
        self.peer.is_some() && self.peer.as_ref() == source
    }

    /// How clients see an address.
    pub(super) fn shown(&self, address: Option<SocketAddrAny>) -> Address {
        match &self.directory {
            None => match address.map(SocketAddr::try_from) {
                Some(Ok(address)) => address.into(),
                _ => SocketAddr::from((IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0)).into(),
            },
            Some(directory) => {
                let unix = address.and_then(|address| SocketAddrUnix::try_from(address).ok());
                let path = unix.as_ref().and_then(SocketAddrUnix::path_bytes);
                directory.shown(path.map(|path| Path::new(std::ffi::OsStr::from_bytes(path))))
            }
        }
    }

    /// Sends now, or says that it would have to wait.
    pub(super) fn try_send(&self, target: Option<&Target>, bytes: &[u8]) -> io::Result<()> {
        let address = target.map(Target::address).transpose()?;
        send(&self.fd, address.as_ref(), bytes)
    }

    /// Ready when it is worth trying again to send what had to wait.
    pub(super) fn poll_room(&mut self, target: Option<&Target>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // unix_dgram_poll knows of the receiver that the socket is connected to, and of no other.
        match target {
            Some(target @ Target::Unix(_)) if is_writable(&self.fd)? => self.poll_receiver(target, cx),
            _ => loop {
                let mut guard = ready!(self.fd.poll_write_ready(cx))?;
                if is_writable(&self.fd)? {
                    return Poll::Ready(Ok(()));
                }
                // A closed state is never cleared, and an error that the network reported looks like one.
                let closed = guard.ready().is_write_closed();
                guard.clear_ready();
                if closed {
                    return Poll::Ready(Err(io::ErrorKind::WouldBlock.into()));
                }
            },
        }
    }

    /// Another socket, connected to the receiver, hears when that has room. A new one each time: the kernel wakes it only
    /// if it found the receiver full when it was asked.
    fn poll_receiver(&mut self, target: &Target, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.room.is_none() {
            let room = new(self.family)?;
            if net::connect(&room, &target.address()?).is_err() {
                // The receiver is gone or wants nothing from us. Sending will tell.
                return Poll::Ready(Ok(()));
            }
            self.room = Some(reactor::register(room, Interest::WRITABLE)?);
        }
        if let Some(room) = &self.room {
            drop(ready!(room.poll_write_ready(cx))?);
            self.room = None;
        }
        Poll::Ready(Ok(()))
    }

    /// The size of the first datagram that waits.
    pub(super) fn poll_size(&self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.fd.poll_read_ready(cx))?;
            let peek = |fd: &AsyncFd<OwnedFd>| {
                let (_, size) = net::recv(fd, &mut [0; 0][..], RecvFlags::PEEK | RecvFlags::TRUNC)?;
                Ok(size)
            };
            if let Ok(size) = guard.try_io(peek) {
                return Poll::Ready(size);
            }
        }
    }

    /// Takes the first datagram.
    pub(super) fn receive(&self, into: &mut [u8]) -> io::Result<Received> {
        let (length, _, source) = net::recvfrom(&*self.fd, into, RecvFlags::empty())?;
        Ok(Received { length, source })
    }

    /// An error that the network reported about a connected socket: epoll does not call it readable.
    pub(super) fn poll_error(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        if self.peer.is_none() {
            return Poll::Pending;
        }
        let watch = self.watch.get_or_insert_with(|| Box::pin(error_of(Arc::clone(&self.fd))));
        let error = ready!(watch.as_mut().poll(cx));
        self.watch = None;
        Poll::Ready(error)
    }

    /// `shutdown()`. What arrives at a UDP socket is not of its connection alone, so only a Unix one is told of `Read`.
    pub(super) fn shutdown(&self, how: How) -> Result<(), Failure> {
        let how = match (how, self.family) {
            (_, Family::Inet | Family::Inet6) if self.peer.is_none() => {
                let sentence = "This socket is not connected, so there is nothing to shut down.";
                return Err(Failure::new(Call::Shutdown, "ENOTCONN", sentence));
            }
            (How::Read, Family::Unix) => Shutdown::Read,
            (How::Both, Family::Unix) => Shutdown::Both,
            (How::Read, _) => return Ok(()),
            (How::Write | How::Both, _) => Shutdown::Write,
        };
        let done = net::shutdown(&*self.fd, how).map_err(io::Error::from);
        done.map_err(|error| Failure::of_system(Call::Shutdown, "This socket cannot be shut down", &error))
    }
}

fn new(family: Family) -> io::Result<OwnedFd> {
    let domain = match family {
        Family::Inet => AddressFamily::INET,
        Family::Inet6 => AddressFamily::INET6,
        Family::Unix => AddressFamily::UNIX,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    Ok(net::socket_with(domain, SocketType::DGRAM, flags, None)?)
}

fn send(fd: &AsyncFd<OwnedFd>, to: Option<&SocketAddrAny>, bytes: &[u8]) -> io::Result<()> {
    // A Unix receiver that is shut down would be SIGPIPE's business.
    let flags = SendFlags::NOSIGNAL;
    match to {
        Some(to) => net::sendto(fd, bytes, flags, to)?,
        None => net::send(fd, bytes, flags)?,
    };
    Ok(())
}

fn is_writable(fd: &AsyncFd<OwnedFd>) -> io::Result<bool> {
    let mut polled = [PollFd::new(fd, PollFlags::OUT)];
    rustix::event::poll(&mut polled, Some(&Timespec::default()))?;
    Ok(polled[0].revents().contains(PollFlags::OUT))
}

async fn error_of(fd: Arc<AsyncFd<OwnedFd>>) -> io::Error {
    loop {
        let mut guard = match fd.ready(Interest::ERROR).await {
            Ok(guard) => guard,
            Err(error) => return error,
        };
        match sockopt::socket_error(fd.as_fd()) {
            Ok(Err(errno)) | Err(errno) => return errno.into(),
            // Somebody else took it: forget this readiness and wait for the next.
            Ok(Ok(())) => guard.clear_ready_matching(Ready::ERROR),
        }
    }
}
