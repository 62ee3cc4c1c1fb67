//! SOCKOPT: which socket has which option, which values each takes, and the calls. What is not in
//! [`SocketOption`] cannot be asked for at all.
//!
//! Absent: the groups of multicast and their interface, which have addresses as values (`datagram::group`).

use crate::connect::Failure;
use crate::errno;
use crate::turn::Env;
use relay_proto::{Call, Family, Kind, OptionValue, ServerMessage, SocketOption as O};
use rustix::net::sockopt;
use socket2::SockRef;
use std::io;
use std::ops::RangeInclusive;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// What a socket is, as far as its options depend on it.
#[derive(Clone, Copy)]
pub(crate) struct Sort {
    pub(crate) family: Family,
    pub(crate) kind: Kind,
    /// It has an address, or a peer: some options come too late then.
    pub(crate) bound: bool,
}

impl Sort {
    fn is_tcp(self) -> bool {
        self.kind == Kind::Stream && self.family != Family::Unix
    }

    pub(crate) fn has(self, option: O) -> bool {
        let datagram = self.kind == Kind::Datagram;
        match option {
            O::SoSndBuf | O::SoRcvBuf | O::SoError | O::SoType => true,
            O::SoReuseAddr | O::SoReusePort => self.family != Family::Unix,
            O::SoKeepAlive | O::SoLinger => !datagram,
            O::TcpNoDelay
            | O::TcpKeepIdle
            | O::TcpKeepIntvl
            | O::TcpKeepCnt
            | O::TcpUserTimeout
            | O::TcpMaxSeg
            | O::TcpCongestion => self.is_tcp(),
            O::IpTtl => self.family == Family::Inet,
            O::Ipv6V6Only | O::Ipv6UnicastHops => self.family == Family::Inet6,
            O::SoBroadcast
            | O::IpMulticastTtl
            | O::IpMulticastLoop
            | O::IpMulticastIf
            | O::IpAddMembership
            | O::IpDropMembership => datagram && self.family == Family::Inet,
            O::Ipv6MulticastHops | O::Ipv6MulticastLoop | O::Ipv6MulticastIf | O::Ipv6JoinGroup | O::Ipv6LeaveGroup => {
                datagram && self.family == Family::Inet6
            }
        }
    }
}

/// `getsockopt`, or `setsockopt` when there is a value and then `getsockopt`: the kernel may have made another value of it.
pub(crate) fn ask(
    socket: BorrowedFd<'_>,
    sort: Sort,
    option: O,
    value: Option<&OptionValue>,
) -> Result<OptionValue, Failure> {
    let call = call(value);
    if !sort.has(option) {
        let sentence = format!("This kind of socket has no {option}.");
        return Err(Failure::new(call, "ENOPROTOOPT", sentence));
    }
    if let Some(value) = value {
        set(socket, sort, option, value)?;
    }
    get(socket, option).map_err(|error| Failure::of_system(call, &format!("{option} cannot be asked for"), &error))
}

/// Which of the two calls it is.
pub(crate) fn call(value: Option<&OptionValue>) -> Call {
    if value.is_some() { Call::SetSockOpt } else { Call::GetSockOpt }
}

/// OPTION.
pub(crate) fn tell(socket: u32, option: O, value: OptionValue, env: &mut Env<'_, '_>) {
    env.out.send(env.task, &ServerMessage::Option { socket, at: env.clock.now(), option, value });
}

fn set(socket: BorrowedFd<'_>, sort: Sort, option: O, value: &OptionValue) -> Result<(), Failure> {
    let fail = |errno, sentence| Err(Failure::new(Call::SetSockOpt, errno, sentence));
    if matches!(option, O::SoError | O::SoType | O::TcpMaxSeg) {
        return fail("ENOPROTOOPT", format!("{option} can only be read."));
    }
    if sort.bound && matches!(option, O::SoReuseAddr | O::SoReusePort | O::Ipv6V6Only) {
        return fail("EINVAL", format!("{option} comes before BIND, and this socket has an address; set it earlier."));
    }
    let done = match value {
        OptionValue::Text(name) if option == O::TcpCongestion => set_congestion(socket, name),
        OptionValue::Number(number) if range(option).is_some_and(|range| range.contains(number)) => {
            set_number(socket, option, *number)
        }
        other => return fail("EINVAL", format!("{option} cannot be {other:?}; it is {}.", description(option))),
    };
    done.map_err(|error| {
        let sentence = format!("{option} cannot be {value} ({error}).");
        Failure::new(Call::SetSockOpt, errno::name(&error), sentence)
    })
}

/// The numbers that an option can be. None when it is no number.
fn range(option: O) -> Option<RangeInclusive<i32>> {
    Some(match option {
        O::SoReuseAddr
        | O::SoReusePort
        | O::SoKeepAlive
        | O::SoBroadcast
        | O::TcpNoDelay
        | O::IpMulticastLoop
        | O::Ipv6V6Only
        | O::Ipv6MulticastLoop => 0..=1,
        O::SoSndBuf | O::SoRcvBuf | O::TcpUserTimeout => 0..=i32::MAX,
        O::SoLinger => -1..=i32::MAX,
        // MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL and MAX_TCP_KEEPCNT of Linux's tcp.h.
        O::TcpKeepIdle | O::TcpKeepIntvl => 1..=32_767,
        O::TcpKeepCnt => 1..=127,
        O::IpTtl | O::Ipv6UnicastHops => 1..=255,
        O::IpMulticastTtl | O::Ipv6MulticastHops => 0..=255,
        _ => return None,
    })
}

fn description(option: O) -> String {
    match range(option) {
        Some(range) => format!("a number from {} to {}", range.start(), range.end()),
        None if option == O::TcpCongestion => "the name of a congestion control, such as \"cubic\"".to_owned(),
        None => "addresses".to_owned(),
    }
}

/// `TCP_CA_NAME_MAX` with its NUL is 16.
fn set_congestion(socket: BorrowedFd<'_>, name: &str) -> io::Result<()> {
    if name.is_empty() || name.len() > 15 || name.contains('\0') {
        return Err(io::Error::from_raw_os_error(libc::ENOENT));
    }
    Ok(sockopt::set_tcp_congestion(socket, name)?)
}

fn set_number(socket: BorrowedFd<'_>, option: O, number: i32) -> io::Result<()> {
    let (on, unsigned) = (number != 0, number.cast_unsigned());
    let seconds = Duration::from_secs(u64::from(unsigned));
    match option {
        O::SoReuseAddr => sockopt::set_socket_reuseaddr(socket, on),
        O::SoReusePort => sockopt::set_socket_reuseport(socket, on),
        O::SoKeepAlive => sockopt::set_socket_keepalive(socket, on),
        O::SoBroadcast => sockopt::set_socket_broadcast(socket, on),
        O::SoSndBuf => sockopt::set_socket_send_buffer_size(socket, unsigned as usize),
        O::SoRcvBuf => sockopt::set_socket_recv_buffer_size(socket, unsigned as usize),
        O::SoLinger => sockopt::set_socket_linger(socket, (number >= 0).then_some(seconds)),
        O::TcpNoDelay => sockopt::set_tcp_nodelay(socket, on),
        O::TcpKeepIdle => sockopt::set_tcp_keepidle(socket, seconds),
        O::TcpKeepIntvl => sockopt::set_tcp_keepintvl(socket, seconds),
        O::TcpKeepCnt => sockopt::set_tcp_keepcnt(socket, unsigned),
        O::TcpUserTimeout => sockopt::set_tcp_user_timeout(socket, unsigned),
        O::IpTtl => sockopt::set_ip_ttl(socket, unsigned),
        O::IpMulticastTtl => sockopt::set_ip_multicast_ttl(socket, unsigned),
        O::IpMulticastLoop => sockopt::set_ip_multicast_loop(socket, on),
        O::Ipv6V6Only => sockopt::set_ipv6_v6only(socket, on),
        O::Ipv6UnicastHops => sockopt::set_ipv6_unicast_hops(socket, u8::try_from(number).ok()),
        O::Ipv6MulticastHops => sockopt::set_ipv6_multicast_hops(socket, unsigned),
        O::Ipv6MulticastLoop => sockopt::set_ipv6_multicast_loop(socket, on),
        _ => unreachable!("{option} has no range of numbers"),
    }?;
    Ok(())
}

fn get(socket: BorrowedFd<'_>, option: O) -> io::Result<OptionValue> {
    Ok(match option {
        O::SoError => OptionValue::Text(sockopt::socket_error(socket)?.err().map(error_name).unwrap_or_default()),
        O::TcpCongestion => OptionValue::Text(sockopt::tcp_congestion(socket)?),
        _ => OptionValue::Number(get_number(socket, option)?),
    })
}

fn error_name(errno: rustix::io::Errno) -> String {
    errno::name(&errno.into()).to_owned()
}

fn get_number(socket: BorrowedFd<'_>, option: O) -> io::Result<i32> {
    let unsigned = match option {
        O::SoReuseAddr => sockopt::socket_reuseaddr(socket)?.into(),
        O::SoReusePort => sockopt::socket_reuseport(socket)?.into(),
        O::SoKeepAlive => sockopt::socket_keepalive(socket)?.into(),
        O::SoBroadcast => sockopt::socket_broadcast(socket)?.into(),
        O::SoSndBuf => sockopt::socket_send_buffer_size(socket)? as u64,
        O::SoRcvBuf => sockopt::socket_recv_buffer_size(socket)? as u64,
        O::SoLinger => match sockopt::socket_linger(socket)? {
            Some(time) => time.as_secs(),
            None => return Ok(-1),
        },
        O::SoType => sockopt::socket_type(socket)?.as_raw().into(),
        O::TcpNoDelay => sockopt::tcp_nodelay(socket)?.into(),
        O::TcpKeepIdle => sockopt::tcp_keepidle(socket)?.as_secs(),
        O::TcpKeepIntvl => sockopt::tcp_keepintvl(socket)?.as_secs(),
        O::TcpKeepCnt => sockopt::tcp_keepcnt(socket)?.into(),
        O::TcpUserTimeout => sockopt::tcp_user_timeout(socket)?.into(),
        O::TcpMaxSeg => SockRef::from(&socket).tcp_mss()?.into(),
        O::IpTtl => sockopt::ip_ttl(socket)?.into(),
        O::IpMulticastTtl => sockopt::ip_multicast_ttl(socket)?.into(),
        O::IpMulticastLoop => sockopt::ip_multicast_loop(socket)?.into(),
        O::Ipv6V6Only => sockopt::ipv6_v6only(socket)?.into(),
        O::Ipv6UnicastHops => sockopt::ipv6_unicast_hops(socket)?.into(),
        O::Ipv6MulticastHops => sockopt::ipv6_multicast_hops(socket)?.into(),
        O::Ipv6MulticastLoop => sockopt::ipv6_multicast_loop(socket)?.into(),
        // Memberships are set and not read; the interface is a value of its own kind.
        _ => return Err(io::Error::from_raw_os_error(libc::ENOPROTOOPT)),
    };
    Ok(i32::try_from(unsigned).unwrap_or(i32::MAX))
}
