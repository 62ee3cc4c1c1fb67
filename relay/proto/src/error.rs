//! Why bytes are not a message. One small enum for both directions; its `Display` is the sentence
//! that travels in the close frame (at most 123 bytes there, RFC 6455, 5.5).
//!
//! Absent: errors of sockets and calls. Those are messages ([`crate::ServerMessage::Error`]).

use std::fmt;

/// The first thing that is wrong with some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The bytes end inside the named field.
    Truncated {
        /// The field.
        what: &'static str,
    },
    /// The message is complete, and more bytes follow it.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// No message of this direction has this type.
    UnknownType(u8),
    /// The named text is not UTF-8.
    BadUtf8 {
        /// The field.
        what: &'static str,
    },
    /// The named field has a value that means nothing.
    BadTag {
        /// The field.
        what: &'static str,
        /// Its value.
        tag: u8,
    },
    /// WELCOME is about the session, whose number is 0.
    BadSocket {
        /// The number that it carried.
        socket: u32,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { what } => write!(f, "the message ends inside its {what}"),
            Self::TrailingBytes { count } => {
                write!(f, "the message is followed by {count} bytes that do not belong to it")
            }
            Self::UnknownType(tag) => write!(f, "no message has the type {tag:#04x}"),
            Self::BadUtf8 { what } => write!(f, "the {what} is not UTF-8"),
            Self::BadTag { what, tag } => write!(f, "the {what} cannot be {tag}"),
            Self::BadSocket { socket } => {
                write!(f, "WELCOME has the number 0, not {socket}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}
