//! Socket options: the list of those that exist here, and their values.
//!
//! Absent: which socket takes which of them, and what the kernel makes of a value.

use crate::wire::{Reader, put_length, put_text, put_u32};
use crate::{Address, DecodeError};
use std::fmt;

/// An option of `getsockopt` and `setsockopt`, by its name there. There are no others: this is the allow-list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names are POSIX's and Linux's, and the table of PROTOCOL.md explains each.
pub enum SocketOption {
    SoReuseAddr = 1,
    SoReusePort = 2,
    SoKeepAlive = 3,
    SoBroadcast = 4,
    SoSndBuf = 5,
    SoRcvBuf = 6,
    SoLinger = 7,
    SoError = 8,
    SoType = 9,
    TcpNoDelay = 10,
    TcpKeepIdle = 11,
    TcpKeepIntvl = 12,
    TcpKeepCnt = 13,
    TcpUserTimeout = 14,
    TcpMaxSeg = 15,
    TcpCongestion = 16,
    IpTtl = 17,
    IpMulticastTtl = 18,
    IpMulticastLoop = 19,
    IpMulticastIf = 20,
    IpAddMembership = 21,
    IpDropMembership = 22,
    Ipv6V6Only = 23,
    Ipv6UnicastHops = 24,
    Ipv6MulticastHops = 25,
    Ipv6MulticastLoop = 26,
    Ipv6MulticastIf = 27,
    Ipv6JoinGroup = 28,
    Ipv6LeaveGroup = 29,
}

impl SocketOption {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 29] = [
        Self::SoReuseAddr,
        Self::SoReusePort,
        Self::SoKeepAlive,
        Self::SoBroadcast,
        Self::SoSndBuf,
        Self::SoRcvBuf,
        Self::SoLinger,
        Self::SoError,
        Self::SoType,
        Self::TcpNoDelay,
        Self::TcpKeepIdle,
        Self::TcpKeepIntvl,
        Self::TcpKeepCnt,
        Self::TcpUserTimeout,
        Self::TcpMaxSeg,
        Self::TcpCongestion,
        Self::IpTtl,
        Self::IpMulticastTtl,
        Self::IpMulticastLoop,
        Self::IpMulticastIf,
        Self::IpAddMembership,
        Self::IpDropMembership,
        Self::Ipv6V6Only,
        Self::Ipv6UnicastHops,
        Self::Ipv6MulticastHops,
        Self::Ipv6MulticastLoop,
        Self::Ipv6MulticastIf,
        Self::Ipv6JoinGroup,
        Self::Ipv6LeaveGroup,
    ];

    pub(crate) fn take(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let tag = from.u8("socket option")?;
        let index = usize::from(tag).checked_sub(1);
        let found = index.and_then(|index| Self::ALL.get(index)).copied();
        found.ok_or(DecodeError::BadTag { what: "socket option", tag })
    }
}

impl fmt::Display for SocketOption {
    /// The name that C and Python use.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SoReuseAddr => "SO_REUSEADDR",
            Self::SoReusePort => "SO_REUSEPORT",
            Self::SoKeepAlive => "SO_KEEPALIVE",
            Self::SoBroadcast => "SO_BROADCAST",
            Self::SoSndBuf => "SO_SNDBUF",
            Self::SoRcvBuf => "SO_RCVBUF",
            Self::SoLinger => "SO_LINGER",
            Self::SoError => "SO_ERROR",
            Self::SoType => "SO_TYPE",
            Self::TcpNoDelay => "TCP_NODELAY",
            Self::TcpKeepIdle => "TCP_KEEPIDLE",
            Self::TcpKeepIntvl => "TCP_KEEPINTVL",
            Self::TcpKeepCnt => "TCP_KEEPCNT",
            Self::TcpUserTimeout => "TCP_USER_TIMEOUT",
            Self::TcpMaxSeg => "TCP_MAXSEG",
            Self::TcpCongestion => "TCP_CONGESTION",
            Self::IpTtl => "IP_TTL",
            Self::IpMulticastTtl => "IP_MULTICAST_TTL",
            Self::IpMulticastLoop => "IP_MULTICAST_LOOP",
            Self::IpMulticastIf => "IP_MULTICAST_IF",
            Self::IpAddMembership => "IP_ADD_MEMBERSHIP",
            Self::IpDropMembership => "IP_DROP_MEMBERSHIP",
            Self::Ipv6V6Only => "IPV6_V6ONLY",
            Self::Ipv6UnicastHops => "IPV6_UNICAST_HOPS",
            Self::Ipv6MulticastHops => "IPV6_MULTICAST_HOPS",
            Self::Ipv6MulticastLoop => "IPV6_MULTICAST_LOOP",
            Self::Ipv6MulticastIf => "IPV6_MULTICAST_IF",
            Self::Ipv6JoinGroup => "IPV6_JOIN_GROUP",
            Self::Ipv6LeaveGroup => "IPV6_LEAVE_GROUP",
        })
    }
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OptionValue {
    /// A number, or a switch: 0 off, 1 on. `SO_LINGER` is seconds, or -1 for off; `SO_ERROR` is told by name instead.
    Number(i32),
    /// The name of a congestion control or of an error; empty for no error.
    Text(String),
    /// Addresses with port 0: the group and the interface of a membership, or the interface alone. For IPv6 the interface is
    /// the scope, its address is not looked at.
    Addresses(Vec<Address>),
}

impl OptionValue {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Number(number) => {
                out.push(1);
                put_u32(out, number.cast_unsigned());
            }
            Self::Text(text) => {
                out.push(2);
                put_text(out, text);
            }
            Self::Addresses(addresses) => {
                out.push(3);
                put_length(out, addresses.len());
                for address in addresses {
                    address.put(out);
                }
            }
        }
    }

    pub(crate) fn take(from: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match from.u8("kind of value")? {
            1 => Ok(Self::Number(from.u32("number of an option")?.cast_signed())),
            2 => Ok(Self::Text(from.text("text of an option")?)),
            3 => Ok(Self::Addresses(from.list("addresses of an option", Address::take)?)),
            tag => Err(DecodeError::BadTag { what: "kind of value", tag }),
        }
    }
}

impl fmt::Display for OptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Addresses(addresses) => {
                let texts: Vec<_> = addresses.iter().map(Address::to_string).collect();
                f.write_str(&texts.join(" "))
            }
        }
    }
}
