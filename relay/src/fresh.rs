//! A stream socket that is neither connected nor listening: `socket()`, then what may come before `connect()` or
//! `listen()`. It remembers what was asked of it, because an attempt to connect uses the real socket up and the next
//! attempt wants one that is like it.
//!
//! Absent: connecting (`connect`), and what follows it (`stream`, `listener`).

use crate::bind;
use crate::connect::{Failure, Network};
use relay_proto::{Address, Call, Family};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

const NO_UNIX: &str = "This relay has no Unix sockets.";

pub(crate) struct Fresh {
    family: Family,
    /// None when an attempt has used it up.
    socket: Option<Socket>,
    bound: Option<SocketAddr>,
}

impl Fresh {
    /// `socket()`.
    pub(crate) fn open(family: Family) -> Result<Self, Failure> {
        Ok(Self { family, socket: Some(socket(family)?), bound: None })
    }

    pub(crate) fn family(&self) -> Family {
        self.family
    }

    /// The socket, for the caller to use up.
    pub(crate) fn take(&mut self) -> Result<Socket, Failure> {
        if let Some(socket) = self.socket.take() {
            return Ok(socket);
        }
        let socket = socket(self.family)?;
        if let Some(bound) = self.bound {
            let again = |error: io::Error| {
                let sentence = format!("The address {bound} of this socket was taken by another one meanwhile");
                Failure::of_system(Call::Bind, &sentence, &error)
            };
            socket.bind(&bound.into()).map_err(again)?;
        }
        Ok(socket)
    }

    fn socket(&mut self) -> Result<&Socket, Failure> {
        let socket = self.take()?;
        Ok(self.socket.insert(socket))
    }

    /// `bind()`. Gives `getsockname`.
    pub(crate) fn bind(&mut self, at: &Address, network: &Network) -> Result<Address, Failure> {
        if let Some(bound) = self.bound {
            let sentence = format!("This socket is bound to {bound} already; open another one.");
            return Err(Failure::new(Call::Bind, "EINVAL", sentence));
        }
        let family = self.family;
        let bound = bind::bind(&SockRef::from(self.socket()?), family, at, network);
        if bound.is_err() {
            // A bound socket cannot be bound again, and the failure may have come after `bind()`.
            self.socket = None;
        }
        let bound = bound?;
        self.bound = Some(bound);
        Ok(bound.into())
    }

    /// `listen()`. A socket without an address gets a free port of loopback, and not of all interfaces as Linux has it.
    pub(crate) fn listen(&mut self, backlog: u32, network: &Network) -> Result<TcpListener, Failure> {
        if self.bound.is_none() {
            let ip = match self.family {
                Family::Inet6 => IpAddr::from(Ipv6Addr::LOCALHOST),
                Family::Inet | Family::Unix => Ipv4Addr::LOCALHOST.into(),
            };
            let at = SocketAddr::new(ip, 0).into();
            self.bind(&at, network).map_err(|failure| Failure { call: Call::Listen, ..failure })?;
        }
        let socket = self.take()?;
        listen(&SockRef::from(&socket), backlog)?;
        Ok(socket.into())
    }
}

/// `listen()`, which also changes the backlog of a socket that listens.
pub(crate) fn listen(socket: &SockRef<'_>, backlog: u32) -> Result<(), Failure> {
    let backlog = i32::try_from(backlog).unwrap_or(i32::MAX);
    socket.listen(backlog).map_err(|error| Failure::of_system(Call::Listen, "This socket cannot listen", &error))
}

fn socket(family: Family) -> Result<Socket, Failure> {
    let domain = match family {
        Family::Inet => Domain::IPV4,
        Family::Inet6 => Domain::IPV6,
        Family::Unix => return Err(Failure::new(Call::Socket, "EAFNOSUPPORT", NO_UNIX)),
    };
    let open = || {
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        // A relay is not where small segments should wait for company. Accepted connections inherit it.
        socket.set_tcp_nodelay(true)?;
        Ok(socket)
    };
    open().map_err(|error| Failure::of_system(Call::Socket, "The system did not give a socket", &error))
}
