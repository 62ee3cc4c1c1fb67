//! Socket options: their names, and their values.
//!
//! Absent on purpose: options that change nothing here (`SO_PRIORITY`, `SO_MARK`, `SO_BUSY_POLL` …): setting them would
//! be a promise.

use core::net::{IpAddr, Ipv4Addr};
use core::time::Duration;

use crate::errno::Errno;
use crate::trace::TcpInfo;

use super::{Family, SocketType};

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident($value:ty) $text:literal,)*) => {
        /// An option with its value: what `setsockopt` takes and `getsockopt` gives.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum SocketOption { $($(#[$doc])* $name($value),)* }

        /// The name of an option: what `getsockopt` asks for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OptionName { $($(#[$doc])* $name,)* }

        impl SocketOption {
            /// Its name.
            pub const fn name(&self) -> OptionName {
                match self { $(SocketOption::$name(_) => OptionName::$name,)* }
            }
        }

        impl OptionName {
            /// Every option there is.
            pub const ALL: &'static [OptionName] = &[$(OptionName::$name,)*];

            /// The name as Linux's headers have it, such as `SO_REUSEADDR`.
            pub const fn name(self) -> &'static str {
                match self { $(OptionName::$name => $text,)* }
            }
        }

        impl core::fmt::Display for SocketOption {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self { $(SocketOption::$name(value) => write!(f, "{}, {value:?}", $text),)* }
            }
        }
    };
}

options! {
    /// Two sockets of one port go together where neither listens.
    ReuseAddress(bool) "SO_REUSEADDR",
    /// Sockets of one port share what arrives.
    ReusePort(bool) "SO_REUSEPORT",
    /// A socket of AF_INET6 is for IPv6 alone.
    V6Only(bool) "IPV6_V6ONLY",
    /// Datagrams to broadcast addresses may be sent.
    Broadcast(bool) "SO_BROADCAST",
    /// What `close` does with data that is not sent: `None` leaves it to the kernel, zero resets the connection, another
    /// time blocks for it.
    Linger(Option<Duration>) "SO_LINGER",
    /// The receive buffer. Linux doubles what is set, and tells the double.
    ReceiveBuffer(u32) "SO_RCVBUF",
    /// The send buffer. Linux doubles what is set, and tells the double.
    SendBuffer(u32) "SO_SNDBUF",
    /// How long a receiving call blocks at most; `None` for ever.
    ReceiveTimeout(Option<Duration>) "SO_RCVTIMEO",
    /// How long a sending call blocks at most; `None` for ever.
    SendTimeout(Option<Duration>) "SO_SNDTIMEO",
    /// The pending error, which is cleared by asking.
    Error(Option<Errno>) "SO_ERROR",
    /// What `socket` was told.
    Type(SocketType) "SO_TYPE",
    /// What `socket` was told.
    Domain(Family) "SO_DOMAIN",
    /// Whether it listens.
    AcceptConn(bool) "SO_ACCEPTCONN",
    /// Probes are sent when a connection is idle.
    KeepAlive(bool) "SO_KEEPALIVE",
    /// How long a connection is idle before the first probe.
    KeepIdle(Duration) "TCP_KEEPIDLE",
    /// The time between probes.
    KeepInterval(Duration) "TCP_KEEPINTVL",
    /// Probes without an answer before the connection is given up.
    KeepCount(u32) "TCP_KEEPCNT",
    /// How long sent data may stay unacknowledged (RFC 5482); `None` for the system's default.
    UserTimeout(Option<Duration>) "TCP_USER_TIMEOUT",
    /// Small segments are not held back (no Nagle).
    NoDelay(bool) "TCP_NODELAY",
    /// Only full segments are sent.
    Cork(bool) "TCP_CORK",
    /// How much may be sent when.
    Congestion(CongestionControl) "TCP_CONGESTION",
    /// The connection's variables.
    TcpInfo(Box<TcpInfo>) "TCP_INFO",
    /// Time to live of IPv4 packets that it sends.
    TimeToLive(u8) "IP_TTL",
    /// Hop limit of IPv6 packets that it sends.
    UnicastHops(u8) "IPV6_UNICAST_HOPS",
    /// ICMP errors are queued, with what they quote, and told to unconnected sockets too.
    ReceiveErrors(bool) "IP_RECVERR",
    /// Whether packets may be fragmented.
    MtuDiscover(MtuDiscovery) "IP_MTU_DISCOVER",
    /// Receive what is sent to a group (`IP_ADD_MEMBERSHIP`, `IPV6_JOIN_GROUP`).
    AddMembership(Membership) "IP_ADD_MEMBERSHIP",
    /// No longer (`IP_DROP_MEMBERSHIP`, `IPV6_LEAVE_GROUP`).
    DropMembership(Membership) "IP_DROP_MEMBERSHIP",
    /// Time to live of packets to groups.
    MulticastTtl(u8) "IP_MULTICAST_TTL",
    /// Packets to groups come back to members on this host.
    MulticastLoop(bool) "IP_MULTICAST_LOOP",
    /// The interface that packets to groups leave by.
    MulticastInterface(MulticastInterface) "IP_MULTICAST_IF",
}

/// `TCP_CONGESTION`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CongestionControl {
    /// NewReno (RFC 6582).
    Reno,
    /// CUBIC (RFC 9438).
    Cubic,
    /// BBR.
    Bbr,
}

impl CongestionControl {
    /// Linux's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            CongestionControl::Reno => "reno",
            CongestionControl::Cubic => "cubic",
            CongestionControl::Bbr => "bbr",
        }
    }
}

/// `IP_MTU_DISCOVER`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MtuDiscovery {
    /// `IP_PMTUDISC_DONT`: packets may be fragmented on their way.
    Dont,
    /// `IP_PMTUDISC_WANT`: they may not, but what is too long is fragmented here.
    #[default]
    Want,
    /// `IP_PMTUDISC_DO`: they may not, and what is too long is an error.
    Do,
    /// `IP_PMTUDISC_PROBE`: as `Do`, whatever is known of the path.
    Probe,
}

/// A membership in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Membership {
    /// The group's address.
    pub group: IpAddr,
    /// The interface that the group is joined at.
    pub interface: MulticastInterface,
}

/// An interface, as the options for groups name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MulticastInterface {
    /// The one that the routes choose.
    #[default]
    Any,
    /// The one with this address.
    Address(Ipv4Addr),
    /// The one with this index, from 1 (0 says [`MulticastInterface::Any`]).
    Index(u32),
}
