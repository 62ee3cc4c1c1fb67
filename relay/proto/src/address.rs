//! Addresses with a tag: 1 inet, 2 inet6, 3 name, 4 unix.
//!
//! Absent: parsing from text, resolving and judging. The relay does the last two, once, in one
//! place. IPv6 flow information is not carried: no lab here uses it.

use crate::DecodeError;
use crate::wire::{Reader, put_text, put_u16, put_u32};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// Where a socket is, or shall connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `AF_INET`.
    Inet {
        /// The IPv4 address.
        ip: Ipv4Addr,
        /// The port, 0 where an address alone is meant.
        port: u16,
    },
    /// `AF_INET6`.
    Inet6 {
        /// The IPv6 address.
        ip: Ipv6Addr,
        /// The port, 0 where an address alone is meant.
        port: u16,
        /// The index of the interface that a link-local address belongs to, otherwise 0.
        scope: u32,
    },
    /// A name that the relay resolves.
    Name {
        /// The name, or an address as text.
        host: String,
        /// The port.
        port: u16,
    },
    /// `AF_UNIX`.
    Unix {
        /// The path, relative to the relay's directory for Unix sockets and with `/` between names; empty for
        /// a socket without a name.
        path: String,
    },
}

impl Address {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Inet { ip, port } => {
                out.push(1);
                out.extend_from_slice(&ip.octets());
                put_u16(out, *port);
            }
            Self::Inet6 { ip, port, scope } => {
                out.push(2);
                out.extend_from_slice(&ip.octets());
                put_u16(out, *port);
                put_u32(out, *scope);
            }
            Self::Name { host, port } => {
                out.push(3);
                put_u16(out, *port);
                put_text(out, host);
            }
            Self::Unix { path } => {
                out.push(4);
                put_text(out, path);
            }
        }
    }

    pub(crate) fn take(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.u8("address")? {
            1 => Ok(Self::Inet { ip: from.array::<4>("IPv4 address")?.into(), port: from.u16("port")? }),
            2 => Ok(Self::Inet6 {
                ip: from.array::<16>("IPv6 address")?.into(),
                port: from.u16("port")?,
                scope: from.u32("scope")?,
            }),
            3 => {
                let port = from.u16("port")?;
                Ok(Self::Name { host: from.text("name")?, port })
            }
            4 => Ok(Self::Unix { path: from.text("path")? }),
            tag => Err(DecodeError::BadTag { what: "kind of address", tag }),
        }
    }

    /// The socket address, unless this is a name or a path.
    pub fn to_socket_addr(&self) -> Option<SocketAddr> {
        match *self {
            Self::Inet { ip, port } => Some(SocketAddr::new(IpAddr::V4(ip), port)),
            Self::Inet6 { ip, port, scope } => Some(SocketAddrV6::new(ip, port, 0, scope).into()),
            Self::Name { .. } | Self::Unix { .. } => None,
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(v4) => Self::Inet { ip: *v4.ip(), port: v4.port() },
            SocketAddr::V6(v6) => Self::Inet6 { ip: *v6.ip(), port: v6.port(), scope: v6.scope_id() },
        }
    }
}

impl fmt::Display for Address {
    /// As people write it: `127.0.0.1:80`, `[fe80::1%2]:80`, `host:80`, `unix:chat/room`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name { host, port } => write!(f, "{host}:{port}"),
            Self::Unix { path } => write!(f, "unix:{path}"),
            Self::Inet { ip, port } => write!(f, "{ip}:{port}"),
            Self::Inet6 { ip, port, scope: 0 } => write!(f, "[{ip}]:{port}"),
            Self::Inet6 { ip, port, scope } => write!(f, "[{ip}%{scope}]:{port}"),
        }
    }
}
