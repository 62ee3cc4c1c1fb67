//! Socket options of calls as options of messages, and back.
//!
//! Absent on purpose: options that the protocol's allow-list leaves out (ENOPROTOOPT), and those that live here: time-outs, the kind of the socket,
//! the pending error.

use core::time::Duration;

use relay_proto::{OptionValue, SocketOption as Told};
use sim_core::errno::Errno;
use sim_core::program::{CongestionControl, Family, OptionName, SocketOption};

/// The protocol's option of this name.
pub(crate) fn told(name: OptionName, family: Family) -> Result<Told, Errno> {
    let six = family == Family::Inet6;
    Ok(match name {
        OptionName::ReuseAddress => Told::SoReuseAddr,
        OptionName::ReusePort => Told::SoReusePort,
        OptionName::V6Only => Told::Ipv6V6Only,
        OptionName::Broadcast => Told::SoBroadcast,
        OptionName::Linger => Told::SoLinger,
        OptionName::ReceiveBuffer => Told::SoRcvBuf,
        OptionName::SendBuffer => Told::SoSndBuf,
        OptionName::KeepAlive => Told::SoKeepAlive,
        OptionName::KeepIdle => Told::TcpKeepIdle,
        OptionName::KeepInterval => Told::TcpKeepIntvl,
        OptionName::KeepCount => Told::TcpKeepCnt,
        OptionName::UserTimeout => Told::TcpUserTimeout,
        OptionName::NoDelay => Told::TcpNoDelay,
        OptionName::Congestion => Told::TcpCongestion,
        OptionName::TimeToLive => Told::IpTtl,
        OptionName::UnicastHops => Told::Ipv6UnicastHops,
        OptionName::MulticastTtl if six => Told::Ipv6MulticastHops,
        OptionName::MulticastTtl => Told::IpMulticastTtl,
        OptionName::MulticastLoop if six => Told::Ipv6MulticastLoop,
        OptionName::MulticastLoop => Told::IpMulticastLoop,
        _ => return Err(Errno::ENOPROTOOPT),
    })
}

/// The value that is set.
pub(crate) fn value(option: &SocketOption) -> Result<OptionValue, Errno> {
    let number = |number: u64| i32::try_from(number).map_err(|_| Errno::EINVAL);
    let span = |span: Option<Duration>, none: i32| span.map_or(Ok(none), |span| number(span.as_secs()));
    let value = match option {
        SocketOption::ReuseAddress(on)
        | SocketOption::ReusePort(on)
        | SocketOption::V6Only(on)
        | SocketOption::Broadcast(on)
        | SocketOption::KeepAlive(on)
        | SocketOption::NoDelay(on)
        | SocketOption::MulticastLoop(on) => i32::from(*on),
        SocketOption::Linger(time) => span(*time, -1)?,
        SocketOption::ReceiveBuffer(bytes) | SocketOption::SendBuffer(bytes) => number((*bytes).into())?,
        SocketOption::KeepIdle(time) | SocketOption::KeepInterval(time) => number(time.as_secs())?,
        SocketOption::KeepCount(count) => number((*count).into())?,
        SocketOption::UserTimeout(time) => time.map_or(Ok(0), |time| number(time.as_millis() as u64))?,
        SocketOption::TimeToLive(hops) | SocketOption::UnicastHops(hops) | SocketOption::MulticastTtl(hops) => {
            i32::from(*hops)
        }
        SocketOption::Congestion(control) => return Ok(OptionValue::Text(control.name().to_owned())),
        _ => return Err(Errno::ENOPROTOOPT),
    };
    Ok(OptionValue::Number(value))
}

/// What the relay says, as `getsockopt` gives it.
pub(crate) fn given(option: Told, value: &OptionValue) -> Option<SocketOption> {
    if let OptionValue::Text(text) = value {
        return match option {
            Told::SoError => Some(SocketOption::Error(Errno::from_name(text))),
            Told::TcpCongestion => {
                let all = [CongestionControl::Reno, CongestionControl::Cubic, CongestionControl::Bbr];
                all.into_iter().find(|control| control.name() == text).map(SocketOption::Congestion)
            }
            _ => None,
        };
    }
    let OptionValue::Number(number) = value else { return None };
    let count = u32::try_from(*number).unwrap_or(0);
    let on = *number != 0;
    let seconds = Duration::from_secs(count.into());
    let hops = u8::try_from(*number).unwrap_or(u8::MAX);
    Some(match option {
        Told::SoReuseAddr => SocketOption::ReuseAddress(on),
        Told::SoReusePort => SocketOption::ReusePort(on),
        Told::Ipv6V6Only => SocketOption::V6Only(on),
        Told::SoBroadcast => SocketOption::Broadcast(on),
        Told::SoKeepAlive => SocketOption::KeepAlive(on),
        Told::SoSndBuf => SocketOption::SendBuffer(count),
        Told::SoRcvBuf => SocketOption::ReceiveBuffer(count),
        Told::SoLinger => SocketOption::Linger((*number >= 0).then_some(seconds)),
        Told::TcpNoDelay => SocketOption::NoDelay(on),
        Told::TcpKeepIdle => SocketOption::KeepIdle(seconds),
        Told::TcpKeepIntvl => SocketOption::KeepInterval(seconds),
        Told::TcpKeepCnt => SocketOption::KeepCount(count),
        Told::TcpUserTimeout => SocketOption::UserTimeout(on.then(|| Duration::from_millis(count.into()))),
        Told::IpTtl => SocketOption::TimeToLive(hops),
        Told::Ipv6UnicastHops => SocketOption::UnicastHops(hops),
        Told::IpMulticastTtl | Told::Ipv6MulticastHops => SocketOption::MulticastTtl(hops),
        Told::IpMulticastLoop | Told::Ipv6MulticastLoop => SocketOption::MulticastLoop(on),
        _ => return None,
    })
}
