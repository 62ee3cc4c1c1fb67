//! What a client can do wrong with frames. Absent: what is wrong inside a message.

use std::fmt;

/// The first thing that is wrong with a client's bytes. Nothing can be decoded after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A rule of RFC 6455 is broken: which one.
    Protocol(&'static str),
    /// A text, or the reason of a close frame, is not UTF-8.
    Utf8,
    /// A message is longer than this limit.
    TooLong(usize),
}

impl Error {
    /// What a server closes with (RFC 6455, 7.4.1).
    pub fn close_code(self) -> u16 {
        match self {
            Self::Protocol(_) => 1002,
            Self::Utf8 => 1007,
            Self::TooLong(_) => 1009,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(rule) => f.write_str(rule),
            Self::Utf8 => f.write_str("text that is not UTF-8"),
            Self::TooLong(limit) => write!(f, "a message has at most {limit} bytes"),
        }
    }
}

impl std::error::Error for Error {}
