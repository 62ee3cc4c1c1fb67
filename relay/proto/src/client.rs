//! What the client says. Types 0x01 to 0x08; 0x09 to 0x0e are reserved for BIND, LISTEN, ACCEPT,
//! SENDTO, SOCKOPT and WATCH.
//!
//! Absent: the rules of order. A decoded message may still be refused by the session.

use crate::wire::{Reader, put_header, put_text, put_u32};
use crate::{Address, DecodeError};
use std::borrow::Cow;

const OPEN: u8 = 0x01;
const CONNECT: u8 = 0x02;
const DATA: u8 = 0x03;
const SHUTDOWN: u8 = 0x04;
const CLOSE: u8 = 0x05;
const RESET: u8 = 0x06;
const CREDIT: u8 = 0x07;
const LOOKUP: u8 = 0x08;

/// The first argument of `socket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `AF_INET`.
    Inet = 1,
    /// `AF_INET6`.
    Inet6 = 2,
}

/// The second argument of `socket`. 2 is reserved for datagrams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `SOCK_STREAM`.
    Stream = 1,
}

/// The argument of `shutdown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// `SHUT_RD`: the client wants no more bytes.
    Read = 1,
    /// `SHUT_WR`: the peer shall see a FIN after what is queued.
    Write = 2,
    /// `SHUT_RDWR`.
    Both = 3,
}

/// A message from the client to the relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientMessage<'a> {
    /// `socket(family, kind)`. Answered by OPENED or ERROR.
    Open {
        /// The number that the client chose, 1 to [`crate::MAX_CLIENT_SOCKET`].
        socket: u32,
        /// The address family.
        family: Family,
        /// The kind of socket.
        kind: Kind,
        /// How many bytes the relay may send at first.
        credit: u32,
    },
    /// `connect(to)`. Answered by CONNECTED or ERROR.
    Connect {
        /// The socket.
        socket: u32,
        /// Where to.
        to: Address,
    },
    /// `send(bytes)`. Costs as many bytes of credit; answered by CREDIT when the kernel took them.
    Data {
        /// The socket.
        socket: u32,
        /// The payload, borrowed from the message when decoded.
        bytes: Cow<'a, [u8]>,
    },
    /// `shutdown(how)`, after the bytes that are queued.
    Shutdown {
        /// The socket.
        socket: u32,
        /// Which direction.
        how: How,
    },
    /// `close()`, after the bytes that are queued. The number is free at once.
    Close {
        /// The socket.
        socket: u32,
    },
    /// `close()` with a linger time of zero: the peer sees a RST. The number is free at once.
    Reset {
        /// The socket.
        socket: u32,
    },
    /// The relay may send this many bytes more.
    Credit {
        /// The socket.
        socket: u32,
        /// Added to what is left.
        bytes: u32,
    },
    /// `getaddrinfo(name)`. Answered by ADDRESSES or ERROR, and then the number is free.
    Lookup {
        /// The number of the request, chosen as for a socket.
        socket: u32,
        /// The name, or an address as text.
        name: String,
    },
}

impl<'a> ClientMessage<'a> {
    /// The number that the message is about.
    pub fn socket(&self) -> u32 {
        match *self {
            Self::Open { socket, .. }
            | Self::Connect { socket, .. }
            | Self::Data { socket, .. }
            | Self::Shutdown { socket, .. }
            | Self::Close { socket }
            | Self::Reset { socket }
            | Self::Credit { socket, .. }
            | Self::Lookup { socket, .. } => socket,
        }
    }

    /// The bytes of one WebSocket message.
    pub fn encode(&self) -> Vec<u8> {
        let payload = if let Self::Data { bytes, .. } = self { bytes.len() } else { 32 };
        let mut out = Vec::with_capacity(5 + payload);
        self.encode_into(&mut out);
        out
    }

    /// Appends the bytes of one WebSocket message, so that a buffer can be used again.
    ///
    /// # Panics
    /// When a text is 4 GiB or longer.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Open { socket, family, kind, credit } => {
                put_header(out, OPEN, *socket);
                out.extend_from_slice(&[*family as u8, *kind as u8]);
                put_u32(out, *credit);
            }
            Self::Connect { socket, to } => {
                put_header(out, CONNECT, *socket);
                to.put(out);
            }
            Self::Data { socket, bytes } => {
                put_header(out, DATA, *socket);
                out.extend_from_slice(bytes);
            }
            Self::Shutdown { socket, how } => {
                put_header(out, SHUTDOWN, *socket);
                out.push(*how as u8);
            }
            Self::Close { socket } => put_header(out, CLOSE, *socket),
            Self::Reset { socket } => put_header(out, RESET, *socket),
            Self::Credit { socket, bytes } => {
                put_header(out, CREDIT, *socket);
                put_u32(out, *bytes);
            }
            Self::Lookup { socket, name } => {
                put_header(out, LOOKUP, *socket);
                put_text(out, name);
            }
        }
    }

    /// Reads one WebSocket message. DATA borrows its payload.
    ///
    /// # Errors
    /// The first thing that is wrong with the bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut from = Reader::new(bytes);
        let (tag, socket) = from.header()?;
        let message = match tag {
            OPEN => Self::Open {
                socket,
                family: take_family(&mut from)?,
                kind: take_kind(&mut from)?,
                credit: from.u32("credit")?,
            },
            CONNECT => Self::Connect { socket, to: Address::take(&mut from)? },
            DATA => Self::Data { socket, bytes: Cow::Borrowed(from.rest()) },
            SHUTDOWN => Self::Shutdown { socket, how: take_how(&mut from)? },
            CLOSE => Self::Close { socket },
            RESET => Self::Reset { socket },
            CREDIT => Self::Credit { socket, bytes: from.u32("credit")? },
            LOOKUP => Self::Lookup { socket, name: from.text("name")? },
            unknown => return Err(DecodeError::UnknownType(unknown)),
        };
        from.finish(message)
    }
}

fn take_family(from: &mut Reader<'_>) -> Result<Family, DecodeError> {
    match from.u8("address family")? {
        1 => Ok(Family::Inet),
        2 => Ok(Family::Inet6),
        tag => Err(DecodeError::BadTag { what: "address family", tag }),
    }
}

fn take_kind(from: &mut Reader<'_>) -> Result<Kind, DecodeError> {
    match from.u8("kind of socket")? {
        1 => Ok(Kind::Stream),
        tag => Err(DecodeError::BadTag { what: "kind of socket", tag }),
    }
}

fn take_how(from: &mut Reader<'_>) -> Result<How, DecodeError> {
    match from.u8("direction of SHUTDOWN")? {
        1 => Ok(How::Read),
        2 => Ok(How::Write),
        3 => Ok(How::Both),
        tag => Err(DecodeError::BadTag { what: "direction of SHUTDOWN", tag }),
    }
}
