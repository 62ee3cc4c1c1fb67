//! What the relay says. Types 0x80 to 0x88; 0x89 to 0x8e are reserved for BOUND, LISTENING,
//! ACCEPTED, RECVFROM, INFO and FRAME. Every message carries `at`: nanoseconds of the relay's
//! monotonic clock since the session began.
//!
//! Absent: reading that clock.

use crate::wire::{Reader, put_header, put_length, put_text, put_u16, put_u32, put_u64};
use crate::{Address, DecodeError, SESSION};
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

/// The call that failed, by its name in the sockets API. 5 to 9, 12 and 13 are reserved for bind,
/// listen, accept, sendto, recvfrom, getsockopt and setsockopt.
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
    /// `shutdown`: SHUTDOWN.
    Shutdown = 10,
    /// `close`: CLOSE and RESET.
    Close = 11,
    /// `getaddrinfo`: LOOKUP, and CONNECT to a name.
    GetAddrInfo = 14,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Socket => "socket",
            Self::Connect => "connect",
            Self::Send => "send",
            Self::Recv => "recv",
            Self::Shutdown => "shutdown",
            Self::Close => "close",
            Self::GetAddrInfo => "getaddrinfo",
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
    /// OPEN, CONNECT and LOOKUP messages of one session in one second.
    pub opens_per_second: u32,
}

/// Something that a relay may be able to do, and why not where it cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// A short fixed name. A capability that is not listed is not available.
    pub name: String,
    /// Whether this relay can.
    pub available: bool,
    /// Why not, as one sentence; empty when available.
    pub reason: String,
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
            | Self::Error { socket, .. } => socket,
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
            | Self::Error { at, .. } => at,
        }
    }

    /// The bytes of one WebSocket message.
    pub fn encode(&self) -> Vec<u8> {
        let payload = if let Self::Data { bytes, .. } = self { bytes.len() } else { 64 };
        let mut out = Vec::with_capacity(SERVER_DATA_HEADER + payload);
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
        }
    }

    /// Reads one WebSocket message. DATA borrows its payload.
    ///
    /// # Errors
    /// The first thing that is wrong with the bytes.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut from = Reader::new(bytes);
        let (tag, socket) = from.header()?;
        if !(WELCOME..=ERROR).contains(&tag) {
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
    let Limits { sockets, message_bytes, credit, opens_per_second } = *limits;
    for value in [sockets, message_bytes, credit, opens_per_second] {
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
    match from.u8("call")? {
        1 => Ok(Call::Socket),
        2 => Ok(Call::Connect),
        3 => Ok(Call::Send),
        4 => Ok(Call::Recv),
        10 => Ok(Call::Shutdown),
        11 => Ok(Call::Close),
        14 => Ok(Call::GetAddrInfo),
        tag => Err(DecodeError::BadTag { what: "call", tag }),
    }
}
