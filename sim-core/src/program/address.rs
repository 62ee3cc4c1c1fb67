//! What a socket can be bound to or connected with.
//!
//! Absent on purpose: names. What a name stands for a program asks of a resolver.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// An address of a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// `AF_INET` and `AF_INET6`: an IP address and a port.
    Inet(SocketAddr),
    /// `AF_UNIX`: a path, or an abstract name that begins with a NUL.
    Unix(Arc<str>),
    /// A socket of `AF_UNIX` that was not bound.
    Unnamed,
}

impl Address {
    /// A path of `AF_UNIX`.
    pub fn unix(path: &str) -> Address {
        Address::Unix(path.into())
    }

    /// The IP address and port, when it has them.
    pub fn inet(&self) -> Option<SocketAddr> {
        match self {
            Address::Inet(address) => Some(*address),
            Address::Unix(_) | Address::Unnamed => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address::Inet(address)
    }
}

impl From<(Ipv4Addr, u16)> for Address {
    fn from(address: (Ipv4Addr, u16)) -> Address {
        Address::Inet(address.into())
    }
}

impl From<(Ipv6Addr, u16)> for Address {
    fn from(address: (Ipv6Addr, u16)) -> Address {
        Address::Inet(address.into())
    }
}

impl From<([u8; 4], u16)> for Address {
    fn from(address: ([u8; 4], u16)) -> Address {
        Address::Inet(address.into())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Inet(address) => write!(f, "{address}"),
            // As `ss` and `netstat` write an abstract name.
            Address::Unix(path) => match path.strip_prefix('\0') {
                Some(name) => write!(f, "@{name}"),
                None => f.write_str(path),
            },
            Address::Unnamed => f.write_str("unnamed"),
        }
    }
}
