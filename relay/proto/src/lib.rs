//! The `sockscope.v1` messages: many sockets over one WebSocket. Encode and decode, nothing else.
//!
//! One binary WebSocket message is one protocol message: `u8 type, u32le socket, body`. Numbers are
//! little-endian, text is UTF-8 with a `u32` length before it, an address has a tag before it. The
//! layouts, the order of messages, the credit rules and a worked example are in `relay/PROTOCOL.md`.
//!
//! Absent on purpose: I/O, clocks, session state and policy. Which message may follow which is the
//! business of the two ends; a value that exists here is only *well formed*. The crate has no
//! dependency, so the page (wasm32) and the relay share these very bytes.
//!
//! ```
//! use relay_proto::{ClientMessage, ServerMessage};
//!
//! let bytes = ClientMessage::Data { socket: 1, bytes: b"hello!".into() }.encode();
//! assert_eq!(bytes, b"\x03\x01\0\0\0hello!");
//! assert!(matches!(ClientMessage::decode(&bytes), Ok(ClientMessage::Data { socket: 1, .. })));
//! assert!(ServerMessage::decode(&bytes).is_err());
//! ```

mod address;
mod client;
mod error;
mod info;
mod option;
mod server;
mod wire;
pub mod wisp;

pub use address::Address;
pub use client::{ClientMessage, Family, How, Kind};
pub use error::DecodeError;
pub use info::INFO_FIELDS;
pub use option::{OptionValue, SocketOption};
pub use server::{Call, Capability, Direction, Limits, SERVER_DATA_HEADER, ServerMessage, data_header};

/// The WebSocket subprotocol that both ends name in the upgrade.
pub const SUBPROTOCOL: &str = "sockscope.v1";

/// The version that WELCOME carries. It grows when a message is added; a change of an existing
/// message is a new subprotocol.
pub const VERSION: u16 = 1;

/// The number of the session itself: WELCOME carries it, and no socket may.
pub const SESSION: u32 = 0;

/// The greatest number that a client may give to a socket or a look-up. The numbers above it are
/// the relay's, for the connections that it accepts.
pub const MAX_CLIENT_SOCKET: u32 = 0x7fff_ffff;

/// What each datagram costs beside its payload, in bytes of credit: as much as the headers of IPv4 and UDP, so that
/// empty ones have a price as well.
pub const DATAGRAM_HEADER: u32 = 28;

/// The credit that a datagram with so many bytes of payload costs, in either direction.
///
/// # Panics
/// When the payload is near 4 GiB, which no message of this protocol can carry.
pub fn datagram_cost(payload: usize) -> u32 {
    u32::try_from(payload).ok().and_then(|bytes| bytes.checked_add(DATAGRAM_HEADER)).expect("a datagram is short")
}

/// Close code: the relay is shutting down (RFC 6455, 7.4.1).
pub const CLOSE_GOING_AWAY: u16 = 1001;

/// Close code: a text message, where only binary ones are understood (RFC 6455, 7.4.1).
pub const CLOSE_TEXT: u16 = 1003;

/// Close code: a message longer than WELCOME's `message_bytes` (RFC 6455, 7.4.1).
pub const CLOSE_TOO_BIG: u16 = 1009;

/// Close code: a message that does not decode. The reason is the [`DecodeError`]'s sentence.
pub const CLOSE_MALFORMED: u16 = 4000;

/// Close code: nothing came from the client within the idle time, not even a pong.
pub const CLOSE_IDLE: u16 = 4001;
