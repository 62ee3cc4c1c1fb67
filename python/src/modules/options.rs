//! Values of socket options, between Python and the host's calls: an option is named as Linux's headers name it, times are seconds.
//!
//! Absent: numbers of options and C's structures, which the prelude reads and writes; `TCP_INFO`, memberships as results.

use core::net::IpAddr;
use core::time::Duration;

use sim_core::program::{
    CongestionControl, Family, Membership, MtuDiscovery, MulticastInterface, OptionName, SocketOption, SocketType,
};

use crate::context::Context;
use crate::native::Raise;
use crate::value::Value;

fn invalid(cx: &mut Context) -> Raise {
    cx.os_error(22, "Invalid argument")
}

/// The option that is called so.
pub(super) fn name(cx: &mut Context, value: Value) -> Result<OptionName, Raise> {
    let text = cx.text_of(value)?;
    let found = OptionName::ALL.iter().find(|name| name.name() == &*text);
    found.copied().ok_or_else(|| cx.os_error(92, "Protocol not available"))
}

fn number<N: TryFrom<i64>>(cx: &mut Context, value: Value) -> Result<N, Raise> {
    let n = cx.int_of(value)?;
    N::try_from(n).map_err(|_| invalid(cx))
}

fn on(cx: &mut Context, value: Value) -> Result<bool, Raise> {
    Ok(cx.int_of(value)? != 0)
}

fn time(cx: &mut Context, value: Value) -> Result<Duration, Raise> {
    let seconds = cx.float_of(value)?;
    Duration::try_from_secs_f64(seconds).map_err(|_| invalid(cx))
}

fn limit(cx: &mut Context, value: Value) -> Result<Option<Duration>, Raise> {
    if value.is_none() { Ok(None) } else { time(cx, value).map(Some) }
}

/// What `setsockopt` is given.
pub(super) fn read(cx: &mut Context, name: OptionName, value: Value) -> Result<SocketOption, Raise> {
    use OptionName as Name;
    Ok(match name {
        Name::ReuseAddress => SocketOption::ReuseAddress(on(cx, value)?),
        Name::ReusePort => SocketOption::ReusePort(on(cx, value)?),
        Name::V6Only => SocketOption::V6Only(on(cx, value)?),
        Name::Broadcast => SocketOption::Broadcast(on(cx, value)?),
        Name::Linger => SocketOption::Linger(limit(cx, value)?),
        Name::ReceiveBuffer => SocketOption::ReceiveBuffer(number(cx, value)?),
        Name::SendBuffer => SocketOption::SendBuffer(number(cx, value)?),
        Name::ReceiveTimeout => SocketOption::ReceiveTimeout(limit(cx, value)?),
        Name::SendTimeout => SocketOption::SendTimeout(limit(cx, value)?),
        Name::KeepAlive => SocketOption::KeepAlive(on(cx, value)?),
        Name::KeepIdle => SocketOption::KeepIdle(time(cx, value)?),
        Name::KeepInterval => SocketOption::KeepInterval(time(cx, value)?),
        Name::KeepCount => SocketOption::KeepCount(number(cx, value)?),
        Name::UserTimeout => SocketOption::UserTimeout(limit(cx, value)?),
        Name::NoDelay => SocketOption::NoDelay(on(cx, value)?),
        Name::Cork => SocketOption::Cork(on(cx, value)?),
        Name::Congestion => SocketOption::Congestion(congestion(cx, value)?),
        Name::TimeToLive => SocketOption::TimeToLive(number(cx, value)?),
        Name::UnicastHops => SocketOption::UnicastHops(number(cx, value)?),
        Name::ReceiveErrors => SocketOption::ReceiveErrors(on(cx, value)?),
        Name::MtuDiscover => SocketOption::MtuDiscover(discovery(cx, value)?),
        Name::AddMembership => SocketOption::AddMembership(membership(cx, value)?),
        Name::DropMembership => SocketOption::DropMembership(membership(cx, value)?),
        Name::MulticastTtl => SocketOption::MulticastTtl(number(cx, value)?),
        Name::MulticastLoop => SocketOption::MulticastLoop(on(cx, value)?),
        Name::MulticastInterface => SocketOption::MulticastInterface(interface(cx, value)?),
        // Linux lets nobody set these.
        Name::Error | Name::Type | Name::Domain | Name::AcceptConn | Name::TcpInfo => {
            return Err(cx.os_error(92, "Protocol not available"));
        }
    })
}

fn congestion(cx: &mut Context, value: Value) -> Result<CongestionControl, Raise> {
    let text = cx.text_of(value)?;
    let all = [CongestionControl::Reno, CongestionControl::Cubic, CongestionControl::Bbr];
    let found = all.into_iter().find(|control| control.name() == &*text);
    found.ok_or_else(|| cx.os_error(2, "No such file or directory"))
}

/// `IP_PMTUDISC_DONT` 0, `WANT` 1, `DO` 2, `PROBE` 3.
const DISCOVERIES: [MtuDiscovery; 4] = [MtuDiscovery::Dont, MtuDiscovery::Want, MtuDiscovery::Do, MtuDiscovery::Probe];

fn discovery(cx: &mut Context, value: Value) -> Result<MtuDiscovery, Raise> {
    let place: usize = number(cx, value)?;
    DISCOVERIES.get(place).copied().ok_or_else(|| invalid(cx))
}

fn membership(cx: &mut Context, value: Value) -> Result<Membership, Raise> {
    let parts = cx.items_of(value)?;
    let [group, at] = parts[..] else { return Err(invalid(cx)) };
    let group = cx.text_of(group)?.parse::<IpAddr>().map_err(|_| invalid(cx))?;
    Ok(Membership { group, interface: interface(cx, at)? })
}

/// None, an IPv4 address, or an index from 1.
fn interface(cx: &mut Context, value: Value) -> Result<MulticastInterface, Raise> {
    if value.is_none() {
        return Ok(MulticastInterface::Any);
    }
    if cx.heap.text(value).is_some() {
        let address = cx.text_of(value)?.parse().map_err(|_| invalid(cx))?;
        return Ok(MulticastInterface::Address(address));
    }
    match number(cx, value)? {
        0 => Ok(MulticastInterface::Any),
        index => Ok(MulticastInterface::Index(index)),
    }
}

fn seconds(time: Duration) -> Value {
    Value::Float(time.as_secs_f64())
}

/// What `getsockopt` gave.
pub(super) fn write(cx: &mut Context, option: &SocketOption) -> Result<Value, Raise> {
    Ok(match *option {
        SocketOption::ReuseAddress(on)
        | SocketOption::ReusePort(on)
        | SocketOption::V6Only(on)
        | SocketOption::Broadcast(on)
        | SocketOption::AcceptConn(on)
        | SocketOption::KeepAlive(on)
        | SocketOption::NoDelay(on)
        | SocketOption::Cork(on)
        | SocketOption::ReceiveErrors(on)
        | SocketOption::MulticastLoop(on) => Value::Int(on.into()),
        SocketOption::ReceiveBuffer(n) | SocketOption::SendBuffer(n) | SocketOption::KeepCount(n) => {
            Value::Int(n.into())
        }
        SocketOption::TimeToLive(n) | SocketOption::UnicastHops(n) | SocketOption::MulticastTtl(n) => {
            Value::Int(n.into())
        }
        SocketOption::Linger(limit)
        | SocketOption::ReceiveTimeout(limit)
        | SocketOption::SendTimeout(limit)
        | SocketOption::UserTimeout(limit) => limit.map_or(Value::None, seconds),
        SocketOption::KeepIdle(time) | SocketOption::KeepInterval(time) => seconds(time),
        SocketOption::Error(errno) => Value::Int(errno.map_or(0, |errno| errno.number().into())),
        SocketOption::Type(kind) => Value::Int(if kind == SocketType::Stream { 1 } else { 2 }),
        SocketOption::Domain(family) => Value::Int(match family {
            Family::Unix => 1,
            Family::Inet => 2,
            Family::Inet6 => 10,
        }),
        SocketOption::Congestion(control) => cx.make_str(control.name()),
        SocketOption::MtuDiscover(how) => {
            let place = DISCOVERIES.iter().position(|other| *other == how).unwrap_or(0);
            Value::Int(i64::try_from(place).unwrap_or(0))
        }
        SocketOption::MulticastInterface(at) => match at {
            MulticastInterface::Any => Value::Int(0),
            MulticastInterface::Address(address) => cx.make_str(&address.to_string()),
            MulticastInterface::Index(index) => Value::Int(index.into()),
        },
        // Linux gives no memberships; of `TCP_INFO` there is no structure here.
        SocketOption::AddMembership(_) | SocketOption::DropMembership(_) | SocketOption::TcpInfo(_) => {
            return Err(cx.os_error(92, "Protocol not available"));
        }
    })
}
