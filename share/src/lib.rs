//! What leaves the page and comes back: a session as bytes, which are a link or a file, and a trace as JSON Lines.
//!
//! A session is `(scenario, seed, inputs)`, so a link needs no server: it holds all of these, and what was on screen. The same bytes
//! stand in a file, where the link would be too long. How long that is, the page decides by what carries links: a message of Discord has
//! 2,000 characters at most (its API's "Create Message"), Chromium shows no address beyond 32,768 (its URL display guidelines) and takes
//! none beyond 2,097,152, Firefox keeps none beyond 65,536 (`URL_LENGTH_MAX` of Places). A fragment is never sent to a server.
//!
//! Absent on purpose: captures (the crate `capture`), files and addresses themselves (the page and the command line have them), and what
//! the names in [`Bundle::view`] mean: that is the page's.

mod bundle;
mod bytes;
mod envelope;
mod input;
pub mod jsonl;
mod script;

pub use bundle::{Bundle, Check, Run, Start};
pub use envelope::{FILE_EXTENSION, LONGEST, from_bytes, from_text, to_bytes, to_text};

use core::fmt;

/// A session that no bytes can hold, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// It runs a program that is neither a script nor built in, or is driven from outside call by call.
    Program,
    /// It has more bytes than are read back.
    TooLong(usize),
}

/// Bytes or a text that are no session, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// They do not begin as one does.
    NoSession,
    /// They are of this version, which is newer than this program.
    Newer(u8),
    /// They end too early: a part was cut off.
    Cut,
    /// They hold more than is read.
    TooLong,
    /// They were changed on their way.
    Broken,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Program => {
                f.write_str("it runs a program that cannot be written down: start it from a scenario")
            }
            WriteError::TooLong(bytes) => {
                write!(f, "it has {bytes} bytes, and {LONGEST} are the most: share a shorter run")
            }
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::NoSession => {
                f.write_str("this is no session: it begins with \"U2\" as a link, with \"Sk\" as a file")
            }
            ReadError::Newer(version) => write!(f, "it is of version {version}: update this program"),
            ReadError::Cut => f.write_str("its end is missing: copy the whole of it"),
            ReadError::TooLong => write!(f, "it holds more than {LONGEST} bytes: share a shorter run"),
            ReadError::Broken => f.write_str("it was changed on its way: ask for it again"),
        }
    }
}

impl core::error::Error for WriteError {}
impl core::error::Error for ReadError {}
