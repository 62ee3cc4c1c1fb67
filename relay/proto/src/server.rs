//! What the relay says. Types 0x80 to 0x8f. Every message carries `at`: nanoseconds of the relay's
//! monotonic clock since the session began.
//!
//! Absent: reading that clock.

use crate::wire::{Reader, put_header, put_length, put_text, put_u16, put_u32, put_u64};
use crate::{Address, DecodeError, OptionValue, SESSION, SocketOption};
use std::borrow::Cow;
use std::fmt;

const WELCOME: u8 = 0x80;
const OPENED: u8 = 0x81;
const CONNECTED: u8 = 0x82;
const DATA: u8 = 0x83;
const FIN: u8 = 0x84;
const RESET: u8 = 0x85;
const CREDIT: u8 = 0x86;
const ADDRESSES: u8 = 0x87;
const ERROR: u8 = 0x88;
const BOUND: u8 = 0x89;
const LISTENING: u8 = 0x8a;
const ACCEPTED: u8 = 0x8b;
const RECVFROM: u8 = 0x8c;
const INFO: u8 = 0x8d;
const FRAME: u8 = 0x8e;
const OPTION: u8 = 0x8f;

/// How many bytes of a DATA message from the relay come before its payload: type, socket, `at`.
pub const SERVER_DATA_HEADER: usize = 13;

/// The bytes before the payload of a DATA message from the relay, for an end that has already
/// read the payload to its place.
pub fn data_header(socket: u32, at: u64) -> [u8; SERVER_DATA_HEADER] {
    let mut header = [0; SERVER_DATA_HEADER];
    header[0] = DATA;
    header[1..5].copy_from_slice(&socket.to_le_bytes());
    header[5..].copy_from_slice(&at.to_le_bytes());
    header
}

/// The call that failed, by its name in the sockets API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `socket`: OPEN.
    Socket = 1,
    /// `connect`: CONNECT.
    Connect = 2,
    /// `send`: DATA from the client.
    Send = 3,
    /// `recv`: DATA from the relay, and CREDIT for it.
    Recv = 4,
    /// `bind`: BIND.
    Bind = 5,
    /// `listen`: LISTEN.
    Listen = 6,
    /// `accept`: ACCEPT.
    Accept = 7,
    /// `sendto`: SENDTO.
    SendTo = 8,
    /// `recvfrom`: RECVFROM, and CREDIT for it.
    RecvFrom = 9,
    /// `shutdown`: SHUTDOWN.
    Shutdown = 10,
    /// `close`: CLOSE and RESET.
    Close = 11,
    /// `getsockopt`: SOCKOPT, and WATCH for INFO.
    GetSockOpt = 12,
    /// `setsockopt`: SOCKOPT.
    SetSockOpt = 13,
    /// `getaddrinfo`: LOOKUP, and CONNECT to a name.
    GetAddrInfo = 14,
    /// No call of a program: the capture that WATCH asked for.
    Capture = 15,
}

impl Call {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Socket,
        Self::Connect,
        Self::Send,
        Self::Recv,
        Self::Bind,
        Self::Listen,
        Self::Accept,
        Self::SendTo,
        Self::RecvFrom,
        Self::Shutdown,
        Self::Close,
        Self::GetSockOpt,
        Self::SetSockOpt,
        Self::GetAddrInfo,
        Self::Capture,
    ];
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Socket => "socket",
            Self::Connect => "connect",
            Self::Send => "send",
            Self::Recv => "recv",
            Self::Bind => "bind",
            Self::Listen => "listen",
            Self::Accept => "accept",
            Self::SendTo => "sendto",
            Self::RecvFrom => "recvfrom",
            Self::Shutdown => "shutdown",
            Self::Close => "close",
            Self::GetSockOpt => "getsockopt",
            Self::SetSockOpt => "setsockopt",
            Self::GetAddrInfo => "getaddrinfo",
            Self::Capture => "capture",
        })
    }
}

/// The bounds that a client should know before it meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sockets and look-ups of one session at one time.
    pub sockets: u32,
    /// The greatest WebSocket message, header included, in either direction.
    pub message_bytes: u32,
    /// The credit that OPENED gives the client on each new socket.
    pub credit: u32,
    /// OPEN, CONNECT and LOOKUP messages, and accepted connections, of one session in one second.
    pub opens_per_second: u32,
    /// Listening sockets of one session at one time.
    pub listeners: u32,
    /// The longest backlog that LISTEN gets.
    pub backlog: u32,
}

/// Something that a relay may be able to do, and why not where it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// A short fixed name. A capability that is not listed is not available.
    pub name: String,
    /// Whether this relay can.
    pub available: bool,
    /// Why not, as one sentence. When available it is empty, but for `unix`: there it is the directory.
    pub reason: String,
}

/// Which way a captured packet went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the relay's socket to its peer.
    Sent = 1,
    /// From the peer to the relay's socket.
    Received = 2,
}

/// A message from the relay to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerMessage<'a> {
    /// The first message of a session. Its socket number is [`SESSION`].
    Welcome {
        /// [`crate::VERSION`].
        version: u16,
        /// When, since the session began.
        at: u64,
        /// The bounds of this session.
        limits: Limits,
        /// What this relay can do.
        capabilities: Vec<Capability>,
    },
    /// The socket exists.
    Opened {
        /// The socket.
        socket: u32,
        /// When `socket` returned.
        at: u64,
        /// How many bytes the client may send at first.
        credit: u32,
    },
    /// The connection is established.
    Connected {
        /// The socket.
        socket: u32,
        /// When `connect` was called.
        called_at: u64,
        /// When the connection was established.
        at: u64,
        /// `getsockname`.
        local: Address,
        /// `getpeername`.
        peer: Address,
    },
    /// Bytes from the real peer. Costs as many bytes of credit.
    Data {
        /// The socket.
        socket: u32,
        /// When `recv` returned them.
        at: u64,
        /// The payload, borrowed from the message when decoded.
        bytes: Cow<'a, [u8]>,
    },
    /// The real peer's FIN: no more DATA.
    Fin {
        /// The socket.
        socket: u32,
        /// When `recv` returned zero.
        at: u64,
    },
    /// The connection is gone: the real peer's RST, or the relay's answer to a broken credit rule.
    Reset {
        /// The socket.
        socket: u32,
        /// When the relay learned of it.
        at: u64,
    },
    /// The client may send this many bytes more: the kernel took as many.
    Credit {
        /// The socket.
        socket: u32,
        /// When `send` returned.
        at: u64,
        /// Added to what is left.
        bytes: u32,
    },
    /// What `getaddrinfo` found, in its order, each with port 0.
    Addresses {
        /// The number of the request.
        socket: u32,
        /// When `getaddrinfo` returned.
        at: u64,
        /// At least one.
        addresses: Vec<Address>,
    },
    /// A call failed.
    Error {
        /// The socket or request.
        socket: u32,
        /// When it failed.
        at: u64,
        /// The call.
        call: Call,
        /// The name of the error, such as `ECONNREFUSED` or `EAI_NONAME`.
        errno: String,
        /// What is wrong and what to do, for people.
        sentence: String,
    },
    /// The socket has an address: after BIND, and when the first SENDTO of a socket without one gave it one.
    Bound {
        /// The socket.
        socket: u32,
        /// When it was bound.
        at: u64,
        /// `getsockname`.
        local: Address,
    },
    /// The socket listens.
    Listening {
        /// The socket.
        socket: u32,
        /// When `listen` returned.
        at: u64,
        /// `getsockname`.
        local: Address,
        /// The backlog that the relay asked for.
        backlog: u32,
    },
    /// A connection was accepted. It is an open socket whose number the relay chose.
    Accepted {
        /// The listening socket.
        socket: u32,
        /// When `accept` returned.
        at: u64,
        /// The connection's number, above [`crate::MAX_CLIENT_SOCKET`].
        connection: u32,
        /// How many bytes the client may send at first.
        credit: u32,
        /// The connection's `getsockname`.
        local: Address,
        /// The connection's `getpeername`.
        peer: Address,
    },
    /// One datagram, on a socket that is not connected. Costs [`crate::datagram_cost`].
    RecvFrom {
        /// The socket.
        socket: u32,
        /// When `recvfrom` returned it.
        at: u64,
        /// Who sent it.
        from: Address,
        /// The payload, borrowed from the message when decoded.
        bytes: Cow<'a, [u8]>,
    },
    /// What the kernel knows of a TCP connection (`TCP_INFO`).
    Info {
        /// The socket.
        socket: u32,
        /// When `getsockopt` returned.
        at: u64,
        /// Numbers of [`crate::INFO_FIELDS`] and values. A field that this system does not tell is not there.
        fields: Vec<(u8, u64)>,
    },
    /// A packet that the kernel sent or received for the socket.
    Frame {
        /// The socket.
        socket: u32,
        /// When the kernel saw it.
        at: u64,
        /// Which way it went.
        direction: Direction,
        /// What its first header is, as pcap numbers it: 1 Ethernet, 101 IPv4 or IPv6 without any before.
        link_type: u16,
        /// Packets that were lost to the capture, not to the network, since the one before.
        lost: u32,
        /// How many bytes it had.
        length: u32,
        /// What was kept of them, from the first header on; borrowed from the message when decoded.
        bytes: Cow<'a, [u8]>,
    },
    /// The value of a socket option: the answer to getting and to setting.
    Option {
        /// The socket.
        socket: u32,
        /// When `getsockopt` or `setsockopt` returned.
        at: u64,
        /// Which.
        option: SocketOption,
        /// What `getsockopt` says; what was set where it cannot be asked for.
        value: OptionValue,
    },
}

impl<'a> ServerMessage<'a> {
    /// The number that the message is about.
    pub fn socket(&self) -> u32 {
        match *self {
            Self::Welcome { .. } => SESSION,
            Self::Opened { socket, .. }
            | Self::Connected { socket, .. }
            | Self::Data { socket, .. }
            | Self::Fin { socket, .. }
            | Self::Reset { socket, .. }
            | Self::Credit { socket, .. }
            | Self::Addresses { socket, .. }
            | Self::Error { socket, .. }
            | Self::Bound { socket, .. }
            | Self::Listening { socket, .. }
            | Self::Accepted { socket, .. }
            | Self::RecvFrom { socket, .. }
            | Self::Info { socket, .. }
            | Self::Frame { socket, .. }
            | Self::Option { socket, .. } => socket,
        }
    }

    /// When it happened: nanoseconds since the session began.
    pub fn at(&self) -> u64 {
        match *self {
            Self::Welcome { at, .. }
            | Self::Opened { at, .. }
            | Self::Connected { at, .. }
            | Self::Data { at, .. }
            | Self::Fin { at, .. }
            | Self::Reset { at, .. }
            | Self::Credit { at, .. }
            | Self::Addresses { at, .. }
            | Self::Error { at, .. }
            | Self::Bound { at, .. }
            | Self::Listening { at, .. }
            | Self::Accepted { at, .. }
            | Self::RecvFrom { at, .. }
            | Self::Info { at, .. }
            | Self::Frame { at, .. }
            | Self::Option { at, .. } => at,
        }
    }

    /// The bytes of one WebSocket message.
    pub fn encode(&self) -> Vec<u8> {
        let payload = match self {
            Self::Data { bytes, .. } | Self::RecvFrom { bytes, .. } | Self::Frame { bytes, .. } => bytes.len(),
            _ => 0,
        };
        let mut out = Vec::with_capacity(64 + payload);
        self.encode_into(&mut out);
        out
    }

    /// Appends the bytes of one WebSocket message, so that a buffer can be used again.
    ///
    /// # Panics
    /// When a text or a list is 4 GiB or longer.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        match self {
            Self::Welcome { version, at, limits, capabilities } => {
                put_timed(out, WELCOME, SESSION, *at);
                put_u16(out, *version);
                put_limits(out, limits);
                put_length(out, capabilities.len());
                for capability in capabilities {
                    put_text(out, &capability.name);
                    out.push(u8::from(capability.available));
                    put_text(out, &capability.reason);
                }
            }
            Self::Opened { socket, at, credit } => {
                put_timed(out, OPENED, *socket, *at);
                put_u32(out, *credit);
            }
            Self::Connected { socket, called_at, at, local, peer } => {
                put_timed(out, CONNECTED, *socket, *at);
                put_u64(out, *called_at);
                local.put(out);
                peer.put(out);
            }
            Self::Data { socket, at, bytes } => {
                out.extend_from_slice(&data_header(*socket, *at));
                out.extend_from_slice(bytes);
            }
            Self::Fin { socket, at } => put_timed(out, FIN, *socket, *at),
            Self::Reset { socket, at } => put_timed(out, RESET, *socket, *at),
            Self::Credit { socket, at, bytes } => {
                put_timed(out, CREDIT, *socket, *at);
                put_u32(out, *bytes);
            }
            Self::Addresses { socket, at, addresses } => {
                put_timed(out, ADDRESSES, *socket, *at);
                put_length(out, addresses.len());
                for address in addresses {
                    address.put(out);
                }
            }
            Self::Error { socket, at, call, errno, sentence } => {
                put_timed(out, ERROR, *socket, *at);
                out.push(*call as u8);
                put_text(out, errno);
                put_text(out, sentence);
            }
            Self::Bound { socket, at, local } => {
                put_timed(out, BOUND, *socket, *at);
                local.put(out);
            }
            Self::Listening { socket, at, local, backlog } => {
                put_timed(out, LISTENING, *socket, *at);
                local.put(out);
                put_u32(out, *backlog);
            }
            Self::Accepted { socket, at, connection, credit, local, peer } => {
                put_timed(out, ACCEPTED, *socket, *at);
                put_u32(out, *connection);
                put_u32(out, *credit);
                local.put(out);
                peer.put(out);
            }
            Self::RecvFrom { socket, at, from, bytes } => {
                put_timed(out, RECVFROM, *socket, *at);
                from.put(out);
                out.extend_from_slice(bytes);
            }
            Self::Info { socket, at, fields } => {
                put_timed(out, INFO, *socket, *at);
                put_length(out, fields.len());
                for &(field, value) in fields {
                    out.push(field);
                    put_u64(out, value);
                }
            }
            Self::Frame { socket, at, direction, link_type, lost, length, bytes } => {
                put_timed(out, FRAME, *socket, *at);
                out.push(*direction as u8);
                put_u16(out, *link_type);
                put_u32(out, *lost);
                put_u32(out, *length);
                out.extend_from_slice(bytes);
            }
            Self::Option { socket, at, option, value } => {
                put_timed(out, OPTION, *socket, *at);
                out.push(*option as u8);
                value.put(out);
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
        if !(WELCOME..=OPTION).contains(&tag) {
            return Err(DecodeError::UnknownType(tag));
        }
        let at = from.u64("time")?;
        let message = match tag {
            WELCOME => take_welcome(&mut from, socket, at)?,
            OPENED => Self::Opened { socket, at, credit: from.u32("credit")? },
            CONNECTED => Self::Connected {
                socket,
                at,
                called_at: from.u64("time of the call")?,
                local: Address::take(&mut from)?,
                peer: Address::take(&mut from)?,
            },
            DATA => Self::Data { socket, at, bytes: Cow::Borrowed(from.rest()) },
            FIN => Self::Fin { socket, at },
            RESET => Self::Reset { socket, at },
            CREDIT => Self::Credit { socket, at, bytes: from.u32("credit")? },
            ADDRESSES => Self::Addresses { socket, at, addresses: from.list("addresses", Address::take)? },
            ERROR => Self::Error {
                socket,
                at,
                call: take_call(&mut from)?,
                errno: from.text("errno")?,
                sentence: from.text("sentence")?,
            },
            BOUND => Self::Bound { socket, at, local: Address::take(&mut from)? },
            LISTENING => {
                Self::Listening { socket, at, local: Address::take(&mut from)?, backlog: from.u32("backlog")? }
            }
            ACCEPTED => Self::Accepted {
                socket,
                at,
                connection: from.u32("number of the connection")?,
                credit: from.u32("credit")?,
                local: Address::take(&mut from)?,
                peer: Address::take(&mut from)?,
            },
            RECVFROM => {
                let source = Address::take(&mut from)?;
                Self::RecvFrom { socket, at, from: source, bytes: Cow::Borrowed(from.rest()) }
            }
            INFO => Self::Info {
                socket,
                at,
                fields: from
                    .list("fields", |from| Ok((from.u8("number of a field")?, from.u64("value of a field")?)))?,
            },
            FRAME => Self::Frame {
                socket,
                at,
                direction: take_direction(&mut from)?,
                link_type: from.u16("link type")?,
                lost: from.u32("count of lost packets")?,
                length: from.u32("length of a packet")?,
                bytes: Cow::Borrowed(from.rest()),
            },
            OPTION => Self::Option {
                socket,
                at,
                option: SocketOption::take(&mut from)?,
                value: OptionValue::take(&mut from)?,
            },
            unknown => return Err(DecodeError::UnknownType(unknown)),
        };
        from.finish(message)
    }
}

fn put_timed(out: &mut Vec<u8>, tag: u8, socket: u32, at: u64) {
    put_header(out, tag, socket);
    put_u64(out, at);
}

fn put_limits(out: &mut Vec<u8>, limits: &Limits) {
    let Limits { sockets, message_bytes, credit, opens_per_second, listeners, backlog } = *limits;
    for value in [sockets, message_bytes, credit, opens_per_second, listeners, backlog] {
        put_u32(out, value);
    }
}

fn take_welcome<'a>(from: &mut Reader<'a>, socket: u32, at: u64) -> Result<ServerMessage<'a>, DecodeError> {
    if socket != SESSION {
        return Err(DecodeError::BadSocket { socket });
    }
    Ok(ServerMessage::Welcome {
        at,
        version: from.u16("version")?,
        limits: Limits {
            sockets: from.u32("limit of sockets")?,
            message_bytes: from.u32("limit of message bytes")?,
            credit: from.u32("initial credit")?,
            opens_per_second: from.u32("limit of opens per second")?,
            listeners: from.u32("limit of listeners")?,
            backlog: from.u32("limit of the backlog")?,
        },
        capabilities: from.list("capabilities", |from| {
            Ok(Capability {
                name: from.text("name of a capability")?,
                available: from.bool("availability")?,
                reason: from.text("reason")?,
            })
        })?,
    })
}

fn take_call(from: &mut Reader<'_>) -> Result<Call, DecodeError> {
    let tag = from.u8("call")?;
    let found = Call::ALL.into_iter().find(|call| *call as u8 == tag);
    found.ok_or(DecodeError::BadTag { what: "call", tag })
}

fn take_direction(from: &mut Reader<'_>) -> Result<Direction, DecodeError> {
    match from.u8("direction of a packet")? {
        1 => Ok(Direction::Sent),
        2 => Ok(Direction::Received),
        tag => Err(DecodeError::BadTag { what: "direction of a packet", tag }),
    }
}
