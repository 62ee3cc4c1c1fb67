//! IPv4 options (RFC 791 §3.1): read one by one, and written as far as a host of today does: router alert.
//!
//! Absent on purpose: writing routes and timestamps, and obeying source routes (RFC 7126 §4.3: dropped by default); all are read as kind
//! and data.

use core::fmt;

use super::{WireError, u16_at};

/// One option, as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ipv4Option<'a> {
    /// End of the list; what follows is padding.
    End,
    /// Nothing: it aligns the next.
    Nop,
    /// Routers, look at this (RFC 2113 §2.1); the value is zero.
    RouterAlert(u16),
    /// An option of another type, or of a wrong length for its type: type and data.
    Unknown(u8, &'a [u8]),
}

/// Reads the first option: it, and its length in bytes.
pub fn next(bytes: &[u8]) -> Result<(Ipv4Option<'_>, usize), WireError> {
    let kind = *bytes.first().ok_or(WireError::Truncated)?;
    match kind {
        0 => return Ok((Ipv4Option::End, bytes.len())),
        1 => return Ok((Ipv4Option::Nop, 1)),
        _ => {}
    }
    let length = usize::from(*bytes.get(1).ok_or(WireError::Truncated)?);
    if length < 2 {
        return Err(WireError::Length);
    }
    let data = bytes.get(2..length).ok_or(WireError::Length)?;
    let option = match (kind, data.len()) {
        (ROUTER_ALERT, 2) => Ipv4Option::RouterAlert(u16_at(data, 0)),
        _ => Ipv4Option::Unknown(kind, data),
    };
    Ok((option, length))
}

/// Copied to fragments, class 0, number 20.
const ROUTER_ALERT: u8 = 148;

/// What a header's options say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The value of a router alert.
    pub router_alert: Option<u16>,
}

impl Options {
    /// The options in these bytes.
    pub fn parse(mut bytes: &[u8]) -> Result<Options, WireError> {
        let mut options = Options::default();
        while !bytes.is_empty() {
            let (option, length) = next(bytes)?;
            if let Ipv4Option::RouterAlert(value) = option {
                options.router_alert = Some(value);
            }
            bytes = &bytes[length..];
        }
        Ok(options)
    }

    /// Length of what [`Options::emit`] writes: a multiple of four.
    pub const fn len(&self) -> usize {
        if self.router_alert.is_some() { 4 } else { 0 }
    }

    /// There are none.
    pub const fn is_empty(&self) -> bool {
        self.router_alert.is_none()
    }

    /// Writes them.
    pub fn emit(&self, bytes: &mut [u8]) {
        if let Some(value) = self.router_alert {
            bytes[..2].copy_from_slice(&[ROUTER_ALERT, 4]);
            bytes[2..4].copy_from_slice(&value.to_be_bytes());
        }
    }
}

impl fmt::Display for Ipv4Option<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ipv4Option::End => f.write_str("EOL"),
            Ipv4Option::Nop => f.write_str("NOP"),
            Ipv4Option::RouterAlert(0) => f.write_str("RA"),
            Ipv4Option::RouterAlert(value) => write!(f, "RA value {value}"),
            Ipv4Option::Unknown(kind, data) => write!(f, "unknown {kind} length {}", data.len() + 2),
        }
    }
}
