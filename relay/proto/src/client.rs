//! What the client says. Types 0x01 to 0x0e.
//!
//! Absent: the rules of order. A decoded message may still be refused by the session.

use crate::wire::{Reader, put_header, put_text, put_u32};
use crate::{Address, DecodeError, OptionValue, SocketOption};
use std::borrow::Cow;

const OPEN: u8 = 0x01;
const CONNECT: u8 = 0x02;
const DATA: u8 = 0x03;
const SHUTDOWN: u8 = 0x04;
const CLOSE: u8 = 0x05;
const RESET: u8 = 0x06;
const CREDIT: u8 = 0x07;
const LOOKUP: u8 = 0x08;
const BIND: u8 = 0x09;
const LISTEN: u8 = 0x0a;
const ACCEPT: u8 = 0x0b;
const SENDTO: u8 = 0x0c;
const SOCKOPT: u8 = 0x0d;
const WATCH: u8 = 0x0e;

/// The first byte of SOCKOPT's body.
const GET: u8 = 1;
const SET: u8 = 2;

/// The first argument of `socket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `AF_INET`.
    Inet = 1,
    /// `AF_INET6`.
    Inet6 = 2,
    /// `AF_UNIX`, in the relay's directory for Unix sockets.
    Unix = 3,
}

/// The second argument of `socket`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `SOCK_STREAM`.
    Stream = 1,
    /// `SOCK_DGRAM`.
    Datagram = 2,
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
    /// `bind(at)`. Answered by BOUND or ERROR.
    Bind {
        /// The socket.
        socket: u32,
        /// The address; port 0 lets the system choose one. A name is refused.
        at: Address,
    },
    /// `listen(backlog)`. Answered by LISTENING or ERROR.
    Listen {
        /// The socket.
        socket: u32,
        /// Connections that may wait in the kernel; the relay has its own bound.
        backlog: u32,
    },
    /// The relay may accept so many connections more. Each is told by ACCEPTED.
    Accept {
        /// The listening socket.
        socket: u32,
        /// Added to what is left.
        connections: u32,
        /// How many bytes the relay may send at first on each connection that is accepted from now on.
        credit: u32,
    },
    /// `sendto(bytes, to)`: one datagram. Costs [`crate::datagram_cost`]; answered by CREDIT when the kernel took it.
    SendTo {
        /// The socket.
        socket: u32,
        /// The destination.
        to: Address,
        /// The payload, borrowed from the message when decoded.
        bytes: Cow<'a, [u8]>,
    },
    /// `getsockopt(option)`. Answered by OPTION or ERROR.
    GetOption {
        /// The socket.
        socket: u32,
        /// Which.
        option: SocketOption,
    },
    /// `setsockopt(option, value)`. Answered by OPTION, with what the kernel made of it, or ERROR.
    SetOption {
        /// The socket.
        socket: u32,
        /// Which.
        option: SocketOption,
        /// The value.
        value: OptionValue,
    },
    /// What the kernel knows of this socket shall be told: by INFO now and again, by FRAME for each packet.
    Watch {
        /// The socket.
        socket: u32,
        /// Milliseconds from one INFO to the next; 0 for no more of them.
        info_every: u32,
        /// Whether packets are captured.
        capture: bool,
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
            | Self::Lookup { socket, .. }
            | Self::Bind { socket, .. }
            | Self::Listen { socket, .. }
            | Self::Accept { socket, .. }
            | Self::SendTo { socket, .. }
            | Self::GetOption { socket, .. }
            | Self::SetOption { socket, .. }
            | Self::Watch { socket, .. } => socket,
        }
    }

    /// The bytes of one WebSocket message.
    pub fn encode(&self) -> Vec<u8> {
        let payload = match self {
            Self::Data { bytes, .. } | Self::SendTo { bytes, .. } => bytes.len(),
            _ => 0,
        };
        let mut out = Vec::with_capacity(32 + payload);
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
            Self::Bind { socket, at } => {
                put_header(out, BIND, *socket);
                at.put(out);
            }
            Self::Listen { socket, backlog } => {
                put_header(out, LISTEN, *socket);
                put_u32(out, *backlog);
            }
            Self::Accept { socket, connections, credit } => {
                put_header(out, ACCEPT, *socket);
                put_u32(out, *connections);
                put_u32(out, *credit);
            }
            Self::SendTo { socket, to, bytes } => {
                put_header(out, SENDTO, *socket);
                to.put(out);
                out.extend_from_slice(bytes);
            }
            Self::GetOption { socket, option } => {
                put_header(out, SOCKOPT, *socket);
                out.extend_from_slice(&[GET, *option as u8]);
            }
            Self::SetOption { socket, option, value } => {
                put_header(out, SOCKOPT, *socket);
                out.extend_from_slice(&[SET, *option as u8]);
                value.put(out);
            }
            Self::Watch { socket, info_every, capture } => {
                put_header(out, WATCH, *socket);
                put_u32(out, *info_every);
                out.push(u8::from(*capture));
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
            BIND => Self::Bind { socket, at: Address::take(&mut from)? },
            LISTEN => Self::Listen { socket, backlog: from.u32("backlog")? },
            ACCEPT => Self::Accept { socket, connections: from.u32("connections")?, credit: from.u32("credit")? },
            SENDTO => {
                let to = Address::take(&mut from)?;
                Self::SendTo { socket, to, bytes: Cow::Borrowed(from.rest()) }
            }
            SOCKOPT => take_option(&mut from, socket)?,
            WATCH => Self::Watch { socket, info_every: from.u32("interval")?, capture: from.bool("capture")? },
            unknown => return Err(DecodeError::UnknownType(unknown)),
        };
        from.finish(message)
    }
}

fn take_family(from: &mut Reader<'_>) -> Result<Family, DecodeError> {
    match from.u8("address family")? {
        1 => Ok(Family::Inet),
        2 => Ok(Family::Inet6),
        3 => Ok(Family::Unix),
        tag => Err(DecodeError::BadTag { what: "address family", tag }),
    }
}

fn take_kind(from: &mut Reader<'_>) -> Result<Kind, DecodeError> {
    match from.u8("kind of socket")? {
        1 => Ok(Kind::Stream),
        2 => Ok(Kind::Datagram),
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

fn take_option<'a>(from: &mut Reader<'a>, socket: u32) -> Result<ClientMessage<'a>, DecodeError> {
    match from.u8("action of SOCKOPT")? {
        GET => Ok(ClientMessage::GetOption { socket, option: SocketOption::take(from)? }),
        SET => {
            Ok(ClientMessage::SetOption { socket, option: SocketOption::take(from)?, value: OptionValue::take(from)? })
        }
        tag => Err(DecodeError::BadTag { what: "action of SOCKOPT", tag }),
    }
}
