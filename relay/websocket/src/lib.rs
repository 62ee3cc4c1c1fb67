//! WebSocket framing (RFC 6455) as a server has it, without I/O: bytes of a client become messages, messages become bytes for it.
//!
//! A [`Decoder`] takes from the front of a buffer that belongs to the caller, removes the mask in place, and gives messages that are slices
//! of this very buffer: an unfragmented message is never copied, and a connection that is silent between two messages needs no
//! buffer at all. [`put_head`] writes what stands before a payload, so that the payload can be sent from where it lies.
//!
//! *Why not a library.* tungstenite clears and keeps a buffer for each connection, reads at most so much, and copies what is sent. The others
//! that are maintained own their buffers too. What is left when the caller owns them is this crate: a header of 2 to 14 bytes, a mask, and
//! the rules of sections 5 to 7, which the Autobahn cases attack and `cargo xtask fuzz framing` as well.
//!
//! Absent on purpose: the handshake (the relay's gate does it), extensions (compression of what is mostly compressed or tiny costs memory
//! for each connection), the client's side, and answering: pongs and close frames are sent by whoever owns the connection.

mod decode;
mod encode;
mod error;
mod mask;

pub use decode::Decoder;
pub use encode::{MAX_HEAD, Opcode, put_close, put_head, put_message};
pub use error::Error;

use bytes::Bytes;

/// Close code: what it was opened for is done (RFC 6455, 7.4.1).
pub const CLOSE_NORMAL: u16 = 1000;

/// Close code: the server met something that it cannot go on with (RFC 6455, 7.4.1).
pub const CLOSE_ERROR: u16 = 1011;

/// The payload of a control frame has at most so many bytes (RFC 6455, 5.5).
pub const MAX_CONTROL: usize = 125;

/// A message, or a control frame, from or to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text. The bytes are UTF-8; a [`Decoder`] has checked them.
    Text(Bytes),
    /// Anything.
    Binary(Bytes),
    /// To be answered by a pong with the same payload.
    Ping(Bytes),
    /// The answer to a ping, or a sign of life.
    Pong(Bytes),
    /// The last message of its direction.
    Close(Option<CloseFrame>),
}

impl Message {
    /// Bytes of its payload.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(bytes) | Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes.len(),
            Self::Close(None) => 0,
            Self::Close(Some(frame)) => 2 + frame.reason.len(),
        }
    }

    /// Whether it has no payload.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Why a WebSocket is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// One of RFC 6455, 7.4, or an application's own from 4000 on.
    pub code: u16,
    /// For people; at most 123 bytes are sent.
    pub reason: String,
}
