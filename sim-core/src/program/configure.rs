//! What a program may ask and change of its host's interfaces, as `ip link`, `ip address` and `ip route` do.
//!
//! Absent on purpose: the messages of netlink that carry it on Linux: a simulated program has no use for their bytes.

use core::fmt;
use core::net::IpAddr;

use crate::scenario::Address;

/// One thing to ask or change at an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// Give the hardware address, as six bytes (`SIOCGIFHWADDR`).
    HardwareAddress,
    /// Add an address and the route to its network (`ip address add`). EEXIST when the host has it.
    AddAddress(Address),
    /// Take an address away, with the route to its network (`ip address del`). EADDRNOTAVAIL when the interface has it not.
    RemoveAddress(Address),
    /// Make a router of the interface's network the default route (`ip route add default via`). ENETUNREACH when it is
    /// in none of its networks, EEXIST when it is the default route already.
    AddDefaultRoute(IpAddr),
    /// Take that route away (`ip route del default via`). ESRCH when there is none.
    RemoveDefaultRoute(IpAddr),
}

impl fmt::Display for Configuration {
    /// As the command is written, without the interface.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Configuration::HardwareAddress => f.write_str("link show"),
            Configuration::AddAddress(address) => write!(f, "address add {}/{}", address.ip, address.prefix),
            Configuration::RemoveAddress(address) => write!(f, "address del {}/{}", address.ip, address.prefix),
            Configuration::AddDefaultRoute(via) => write!(f, "route add default via {via}"),
            Configuration::RemoveDefaultRoute(via) => write!(f, "route del default via {via}"),
        }
    }
}
