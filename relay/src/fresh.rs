//! A stream socket that is neither connected nor listening: `socket()`, then what may come before `connect()` or
//! `listen()`. It remembers what was asked of it, because an attempt to connect over TCP uses the real socket up and the
//! next attempt wants one that is like it.
//!
//! Absent: connecting (`connect`), and what follows it (`stream`, `listener`).

use crate::bind;
use crate::connect::{Failure, Network};
use crate::options::{self, Sort};
use crate::transport::Acceptor;
use crate::unix::Made;
use relay_proto::{Address, Call, Family, Kind, OptionValue, SocketOption};
use socket2::{Domain, SockRef, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use tokio::net::{TcpListener, UnixListener};

pub(crate) struct Fresh {
    family: Family,
    /// None when an attempt has used it up.
    socket: Option<Socket>,
    /// What was set, each option once.
    options: Vec<(SocketOption, OptionValue)>,
    bound: Bound,
}

/// What BIND has given.
enum Bound {
    Nothing,
    Inet(SocketAddr),
    Unix(Made),
}

impl Fresh {
    /// `socket()`.
    pub(crate) fn open(family: Family, network: &Network) -> Result<Self, Failure> {
        if family == Family::Unix {
            network.unix(Call::Socket)?;
        }
        Ok(Self { family, socket: Some(socket(family)?), options: Vec::new(), bound: Bound::Nothing })
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The socket, or a new one that is like it.
    pub(crate) fn socket(&mut self, network: &Network) -> Result<&Socket, Failure> {
        let socket = self.take(network)?;
        Ok(self.socket.insert(socket))
    }

    /// The same, for the caller to use up.
    pub(crate) fn take(&mut self, network: &Network) -> Result<Socket, Failure> {
        if let Some(socket) = self.socket.take() {
            return Ok(socket);
        }
        let socket = socket(self.family)?;
        for (option, value) in &self.options {
            options::ask(socket.as_fd(), self.sort(false), *option, Some(value))?;
        }
        if let Bound::Inet(bound) = self.bound {
            bind::bind(&SockRef::from(&socket), self.family, &bound.into(), network)?;
        }
        Ok(socket)
    }

    /// The file that the socket is bound to, when it is a Unix socket that has one.
    pub(crate) fn take_file(&mut self) -> Option<Made> {
        match std::mem::replace(&mut self.bound, Bound::Nothing) {
            Bound::Unix(made) => Some(made),
            Bound::Nothing | Bound::Inet(_) => None,
        }
    }

    /// `getsockname` of a Unix socket, as the client knows it.
    pub(crate) fn file(&self) -> Address {
        match &self.bound {
            Bound::Unix(made) => made.address(),
            Bound::Nothing | Bound::Inet(_) => Address::Unix { path: String::new() },
        }
    }

    fn sort(&self, bound: bool) -> Sort {
        Sort { family: self.family, kind: Kind::Stream, bound }
    }

    fn is_bound(&self) -> bool {
        !matches!(self.bound, Bound::Nothing)
    }

    /// SOCKOPT.
    pub(crate) fn option(
        &mut self,
        option: SocketOption,
        value: Option<&OptionValue>,
        network: &Network,
    ) -> Result<OptionValue, Failure> {
        let sort = self.sort(self.is_bound());
        let answer = options::ask(self.socket(network)?.as_fd(), sort, option, value)?;
        if let Some(value) = value {
            self.options.retain(|(set, _)| *set != option);
            self.options.push((option, value.clone()));
        }
        Ok(answer)
    }

    /// `bind()`. Gives `getsockname`.
    pub(crate) fn bind(&mut self, at: &Address, network: &Network) -> Result<Address, Failure> {
        if self.is_bound() {
            let sentence =
                format!("This socket has an address already, so it cannot be bound to {at}; open another one.");
            return Err(Failure::new(Call::Bind, "EINVAL", sentence));
        }
        let family = self.family;
        let socket = SockRef::from(self.socket(network)?);
        if family == Family::Unix {
            let made = bind::bind_unix(&socket, at, network)?;
            let local = made.address();
            self.bound = Bound::Unix(made);
            return Ok(local);
        }
        let bound = bind::bind(&socket, family, at, network);
        if bound.is_err() {
            // A bound socket cannot be bound again, and the failure may have come after `bind()`.
            self.socket = None;
        }
        let bound = bound?;
        self.bound = Bound::Inet(bound);
        Ok(bound.into())
    }

    /// `listen()`. An inet socket without an address gets a free port of loopback, and not of all interfaces as Linux has it.
    pub(crate) fn listen(&mut self, backlog: u32, network: &Network) -> Result<Acceptor, Failure> {
        if !self.is_bound() {
            let ip = match self.family {
                Family::Inet => IpAddr::from(Ipv4Addr::LOCALHOST),
                Family::Inet6 => Ipv6Addr::LOCALHOST.into(),
                Family::Unix => {
                    let sentence = "A Unix socket listens at a path; send BIND first.";
                    return Err(Failure::new(Call::Listen, "EINVAL", sentence));
                }
            };
            self.bind(&SocketAddr::new(ip, 0).into(), network).map_err(|failure| failure.of(Call::Listen))?;
        }
        let socket = self.take(network).map_err(|failure| failure.of(Call::Listen))?;
        listen(&SockRef::from(&socket), backlog)?;
        let acceptor = match self.take_file() {
            Some(made) => {
                let directory = Arc::clone(network.unix(Call::Listen)?);
                let listener = UnixListener::from_std(OwnedFd::from(socket).into());
                listener.map(|listener| Acceptor::Unix(listener, made, directory))
            }
            None => TcpListener::from_std(socket.into()).map(Acceptor::Tcp),
        };
        acceptor.map_err(|error| Failure::of_system(Call::Listen, "This socket cannot be waited for", &error))
    }
}

/// `listen()`, which also changes the backlog of a socket that listens.
pub(crate) fn listen(socket: &SockRef<'_>, backlog: u32) -> Result<(), Failure> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    socket.listen(backlog).map_err(|error| Failure::of_system(Call::Listen, "This socket cannot listen", &error))
}

fn socket(family: Family) -> Result<Socket, Failure> {
    let open = || -> io::Result<Socket> {
        let domain = match family {
            Family::Inet => Domain::IPV4,
            Family::Inet6 => Domain::IPV6,
            Family::Unix => Domain::UNIX,
        };
        let socket = Socket::new(domain, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        if family != Family::Unix {
            // A relay is not where small segments should wait for company. Accepted connections inherit it.
            socket.set_tcp_nodelay(true)?;
        }
        Ok(socket)
    };
    open().map_err(|error| Failure::of_system(Call::Socket, "The system did not give a socket", &error))
}
