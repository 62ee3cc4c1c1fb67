//! `setsockopt` and `getsockopt`.
//!
//! Absent on purpose: what the options do. They are stored here, and heeded where they matter; those of TCP are in its
//! [`crate::transport::tcp::Settings`].

use core::time::Duration;

use crate::context::Context;
use crate::errno::Errno;
use crate::host::Host;
use crate::program::{Family, Membership, OptionName, SocketOption, SocketType};
use crate::scenario::HostSettings;
use crate::time::Instant;
use crate::trace::{SocketId, TcpInfo, Value};
use crate::transport::tcp::Algorithm;

use super::call::Outcome;
use super::{Kind, Socket};

/// `SOCK_MIN_RCVBUF`, as told.
const LEAST_RECEIVE: u32 = 2304;
/// `SOCK_MIN_SNDBUF`, as told.
const LEAST_SEND: u32 = 4608;
/// `net.core.rmem_max` and `wmem_max` since Linux 6.17; what is told is the double.
const MOST: u32 = 4 << 20;
/// `net.core.rmem_default` and `wmem_default`: UDP and AF_UNIX.
pub(super) const DATAGRAM_BUFFER: u32 = 212_992;
/// Memberships of one socket (`net.ipv4.igmp_max_memberships`).
const MEMBERSHIPS: usize = 20;

/// What an option belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Socket,
    Tcp,
    Ip,
    Ipv6,
    /// `IP_…` and `IPV6_…` alike: memberships.
    Either,
}

fn level(name: OptionName) -> Level {
    use OptionName as Name;
    match name {
        Name::KeepIdle
        | Name::KeepInterval
        | Name::KeepCount
        | Name::UserTimeout
        | Name::NoDelay
        | Name::Cork
        | Name::Congestion
        | Name::TcpInfo => Level::Tcp,
        Name::TimeToLive => Level::Ip,
        Name::V6Only | Name::UnicastHops => Level::Ipv6,
        Name::ReceiveErrors
        | Name::MtuDiscover
        | Name::AddMembership
        | Name::DropMembership
        | Name::MulticastTtl
        | Name::MulticastLoop
        | Name::MulticastInterface => Level::Either,
        _ => Level::Socket,
    }
}

impl Socket {
    fn is_tcp(&self) -> bool {
        matches!(self.kind, Kind::Stream | Kind::Listener(_) | Kind::Connection(_))
    }

    /// Whether the socket has options of this level; else the error that Linux has, measured on each kind of socket.
    fn has_level(&self, name: OptionName, sets: bool) -> Result<(), Errno> {
        let level = level(name);
        let unix = matches!(self.kind, Kind::Unix(_));
        match level {
            Level::Socket => Ok(()),
            _ if unix => Err(Errno::EOPNOTSUPP),
            Level::Tcp if self.is_tcp() => Ok(()),
            Level::Tcp if sets => Err(Errno::ENOPROTOOPT),
            Level::Tcp => Err(Errno::EOPNOTSUPP),
            Level::Ipv6 if self.family == Family::Inet6 => Ok(()),
            Level::Ipv6 => Err(Errno::ENOPROTOOPT),
            Level::Ip | Level::Either => Ok(()),
        }
    }
}

/// A buffer as it is told: the double of what was asked for.
fn doubled(asked: u32, least: u32) -> u32 {
    (asked.min(MOST) * 2).max(least)
}

fn whole_seconds(time: Duration) -> bool {
    // Linux: 1 to 32,767 s (`MAX_TCP_KEEPIDLE`).
    (1..=32_767).contains(&time.as_secs()) && time.subsec_nanos() == 0
}

impl Host {
    pub(super) fn set_option(&mut self, id: SocketId, option: &SocketOption, ctx: &mut Context<'_>) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        socket.has_level(option.name(), true)?;
        match option {
            SocketOption::AddMembership(membership) => return self.add_membership(id, *membership, ctx),
            SocketOption::DropMembership(membership) => return self.drop_membership(id, *membership, ctx),
            option if level(option.name()) == Level::Tcp => socket.set_tcp_option(option)?,
            option => socket.set_plain_option(option)?,
        }
        if let Kind::Unix(unix) = &mut socket.kind
            && let Some(told) = socket.options.send_buffer
        {
            unix.set_buffer(told);
        }
        let settings = socket.settings;
        if let Some(tcb) = socket.tcb() {
            tcb.apply(settings, &mut self.net, ctx);
        }
        Ok(Some(Value::None))
    }

    fn add_membership(&mut self, id: SocketId, membership: Membership, ctx: &mut Context<'_>) -> Outcome {
        if !membership.group.is_multicast() {
            return Err(Errno::EINVAL);
        }
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        // Measured: a TCP socket of AF_INET has EPROTO.
        let Kind::Datagram(udp, _) = &mut socket.kind else { return Err(Errno::EPROTO) };
        let interface = self.net.interface_of(membership.interface, membership.group).ok_or(Errno::ENODEV)?;
        let joined = (membership.group, interface);
        if udp.memberships.contains(&joined) {
            return Err(Errno::EADDRINUSE);
        }
        if udp.memberships.len() >= MEMBERSHIPS {
            return Err(Errno::ENOBUFS);
        }
        udp.memberships.push(joined);
        self.net.join(joined, ctx);
        Ok(Some(Value::None))
    }

    fn drop_membership(&mut self, id: SocketId, membership: Membership, ctx: &mut Context<'_>) -> Outcome {
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        let Kind::Datagram(udp, _) = &mut socket.kind else { return Err(Errno::EPROTO) };
        let interface = self.net.interface_of(membership.interface, membership.group).ok_or(Errno::ENODEV)?;
        let joined = (membership.group, interface);
        let place = udp.memberships.iter().position(|known| *known == joined).ok_or(Errno::EADDRNOTAVAIL)?;
        udp.memberships.remove(place);
        self.net.leave(joined, ctx);
        Ok(Some(Value::None))
    }

    pub(super) fn get_option(&mut self, id: SocketId, name: OptionName, ctx: &mut Context<'_>) -> Outcome {
        let host = self.settings;
        let socket = self.sockets.get_mut(id).ok_or(Errno::EBADF)?;
        socket.has_level(name, false)?;
        let option = match name {
            OptionName::Error => SocketOption::Error(socket.take_error()),
            OptionName::TcpInfo => SocketOption::TcpInfo(Box::new(socket.info(ctx.now)?)),
            OptionName::AddMembership | OptionName::DropMembership => return Err(Errno::ENOPROTOOPT),
            name if level(name) == Level::Tcp => socket.tcp_option(name, &host),
            name => socket.plain_option(name, &host),
        };
        Ok(Some(Value::Option(option)))
    }
}

impl Socket {
    /// The pending error: once told, it is gone (`sock_error`).
    fn take_error(&mut self) -> Option<Errno> {
        match &mut self.kind {
            Kind::Connection(tcb) => tcb.error.take(),
            Kind::Datagram(udp, _) => udp.error.take(),
            Kind::Unix(unix) => unix.error.take(),
            Kind::Stream | Kind::Listener(_) => None,
        }
    }

    /// TCP_INFO.
    fn info(&self, now: Instant) -> Result<TcpInfo, Errno> {
        Ok(match &self.kind {
            Kind::Connection(tcb) => tcb.info(now),
            // TCP_CLOSE and TCP_LISTEN, by Linux's numbers.
            Kind::Stream => TcpInfo { state: 7, ..TcpInfo::default() },
            Kind::Listener(listener) => TcpInfo {
                state: 10,
                unacked: listener.queue.len() as u32,
                sacked: listener.backlog as u32,
                ..TcpInfo::default()
            },
            Kind::Datagram(..) | Kind::Unix(_) => return Err(Errno::EOPNOTSUPP),
        })
    }

    fn set_tcp_option(&mut self, option: &SocketOption) -> Result<(), Errno> {
        let settings = &mut self.settings;
        match option {
            SocketOption::NoDelay(on) => settings.no_delay = *on,
            SocketOption::Cork(on) => settings.cork = *on,
            SocketOption::KeepIdle(time) if whole_seconds(*time) => settings.keep_idle = *time,
            SocketOption::KeepInterval(time) if whole_seconds(*time) => settings.keep_interval = *time,
            // MAX_TCP_KEEPCNT.
            SocketOption::KeepCount(count @ 1..=127) => settings.keep_count = *count,
            SocketOption::UserTimeout(time) => settings.user_timeout = *time,
            SocketOption::Congestion(control) => {
                // ENOENT, as for a module that is not there.
                settings.congestion = Some(Algorithm::of(*control).ok_or(Errno::ENOENT)?);
            }
            SocketOption::TcpInfo(_) => return Err(Errno::ENOPROTOOPT),
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    fn set_plain_option(&mut self, option: &SocketOption) -> Result<(), Errno> {
        let (options, settings) = (&mut self.options, &mut self.settings);
        match option {
            SocketOption::ReuseAddress(on) => options.reuse_address = *on,
            SocketOption::ReusePort(on) => options.reuse_port = *on,
            SocketOption::Broadcast(on) => options.broadcast = *on,
            SocketOption::KeepAlive(on) => settings.keep_alive = *on,
            SocketOption::Linger(time) => settings.linger = *time,
            SocketOption::ReceiveBuffer(bytes) => {
                let told = doubled(*bytes, LEAST_RECEIVE);
                options.receive_buffer = Some(told);
                settings.receive_buffer = Some(told);
            }
            SocketOption::SendBuffer(bytes) => {
                let told = doubled(*bytes, LEAST_SEND);
                options.send_buffer = Some(told);
                settings.send_buffer = Some(told);
            }
            SocketOption::ReceiveTimeout(time) => options.receive_timeout = time.filter(|time| !time.is_zero()),
            SocketOption::SendTimeout(time) => options.send_timeout = time.filter(|time| !time.is_zero()),
            SocketOption::V6Only(_) if self.local.port() != 0 => return Err(Errno::EINVAL),
            SocketOption::V6Only(on) => options.v6_only = *on,
            SocketOption::TimeToLive(0) => return Err(Errno::EINVAL),
            SocketOption::TimeToLive(ttl) => options.ttl = Some(*ttl),
            SocketOption::UnicastHops(hops) => options.hops = Some(*hops),
            SocketOption::ReceiveErrors(on) => {
                options.receive_errors = *on;
                if let Kind::Datagram(udp, _) = &mut self.kind
                    && !on
                {
                    udp.errors.clear();
                }
            }
            SocketOption::MtuDiscover(how) => options.mtu_discover = *how,
            // Measured: EINVAL on a TCP socket.
            SocketOption::MulticastTtl(_) if matches!(self.kind, Kind::Stream | Kind::Connection(_)) => {
                return Err(Errno::EINVAL);
            }
            SocketOption::MulticastTtl(ttl) => options.group_ttl = *ttl,
            SocketOption::MulticastLoop(on) => options.group_loop = *on,
            SocketOption::MulticastInterface(interface) => options.group_interface = *interface,
            // SO_TYPE, SO_DOMAIN, SO_ACCEPTCONN and SO_ERROR can only be asked.
            _ => return Err(Errno::ENOPROTOOPT),
        }
        Ok(())
    }

    fn tcp_option(&self, name: OptionName, host: &HostSettings) -> SocketOption {
        let settings = &self.settings;
        match name {
            OptionName::NoDelay => SocketOption::NoDelay(settings.no_delay),
            OptionName::Cork => SocketOption::Cork(settings.cork),
            OptionName::KeepIdle => SocketOption::KeepIdle(settings.keep_idle),
            OptionName::KeepInterval => SocketOption::KeepInterval(settings.keep_interval),
            OptionName::KeepCount => SocketOption::KeepCount(settings.keep_count),
            OptionName::UserTimeout => SocketOption::UserTimeout(settings.user_timeout),
            _ => SocketOption::Congestion(match &self.kind {
                Kind::Connection(tcb) => tcb.congestion_control(),
                _ => settings.congestion.map_or(host.congestion, Into::into),
            }),
        }
    }

    fn plain_option(&self, name: OptionName, host: &HostSettings) -> SocketOption {
        let (options, settings) = (&self.options, &self.settings);
        let buffers =
            if self.is_tcp() { (host.receive_buffer, host.send_buffer) } else { (DATAGRAM_BUFFER, DATAGRAM_BUFFER) };
        match name {
            OptionName::ReuseAddress => SocketOption::ReuseAddress(options.reuse_address),
            OptionName::ReusePort => SocketOption::ReusePort(options.reuse_port),
            OptionName::V6Only => SocketOption::V6Only(options.v6_only),
            OptionName::Broadcast => SocketOption::Broadcast(options.broadcast),
            OptionName::Linger => SocketOption::Linger(settings.linger),
            OptionName::ReceiveBuffer => SocketOption::ReceiveBuffer(options.receive_buffer.unwrap_or(buffers.0)),
            OptionName::SendBuffer => SocketOption::SendBuffer(options.send_buffer.unwrap_or(buffers.1)),
            OptionName::ReceiveTimeout => SocketOption::ReceiveTimeout(options.receive_timeout),
            OptionName::SendTimeout => SocketOption::SendTimeout(options.send_timeout),
            OptionName::Type => SocketOption::Type(match &self.kind {
                Kind::Datagram(..) => SocketType::Datagram,
                Kind::Unix(unix) => unix.kind(),
                _ => SocketType::Stream,
            }),
            OptionName::Domain => SocketOption::Domain(self.family),
            OptionName::AcceptConn => SocketOption::AcceptConn(match &self.kind {
                Kind::Unix(unix) => unix.is_listening(),
                _ => self.is_listening(),
            }),
            OptionName::KeepAlive => SocketOption::KeepAlive(settings.keep_alive),
            OptionName::TimeToLive => SocketOption::TimeToLive(options.ttl.unwrap_or(host.ttl)),
            OptionName::UnicastHops => SocketOption::UnicastHops(options.hops.unwrap_or(host.ttl)),
            OptionName::ReceiveErrors => SocketOption::ReceiveErrors(options.receive_errors),
            OptionName::MtuDiscover => SocketOption::MtuDiscover(options.mtu_discover),
            OptionName::MulticastTtl => SocketOption::MulticastTtl(options.group_ttl),
            OptionName::MulticastLoop => SocketOption::MulticastLoop(options.group_loop),
            OptionName::MulticastInterface => SocketOption::MulticastInterface(options.group_interface),
            other => unreachable!("{} is not asked for here", other.name()),
        }
    }
}
