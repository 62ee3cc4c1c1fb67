//! Addresses of calls as addresses of messages, and back.
//!
//! Absent on purpose: names; a program has resolved them before it calls.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use relay_proto::Address as Told;
use sim_core::program::{Address, Family};

/// As the protocol writes it.
pub(crate) fn told(address: &Address) -> Told {
    match address {
        Address::Inet(address) => (*address).into(),
        Address::Unix(path) => Told::Unix { path: path.as_ref().to_owned() },
        Address::Unnamed => Told::Unix { path: String::new() },
    }
}

/// As a call gives it.
pub(crate) fn given(address: &Told) -> Address {
    match address {
        Told::Unix { path } if path.is_empty() => Address::Unnamed,
        Told::Unix { path } => Address::unix(path),
        // A name is never the answer to a call.
        address => address.to_socket_addr().map_or(Address::Unnamed, Address::Inet),
    }
}

/// What `getsockname` says of a socket that is not bound.
pub(crate) fn unbound(family: Family) -> Address {
    match family {
        Family::Inet => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)).into(),
        Family::Inet6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)).into(),
        Family::Unix => Address::Unnamed,
    }
}
