//! Socket options with their values, by the names of Linux's headers.
//!
//! Absent on purpose: setting what can only be asked for (`SO_ERROR`, `SO_TYPE`, `TCP_INFO` …).

use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use crate::program::{CongestionControl, Membership, MtuDiscovery, MulticastInterface, OptionName, SocketOption};
use crate::scenario::text::cursor::Cursor;
use crate::scenario::text::value::Span;
use crate::scenario::text::{Mistake, Wrong, value};

const SWITCH: [(&str, bool); 4] = [("1", true), ("0", false), ("on", true), ("off", false)];

const CONGESTION: [(&str, CongestionControl); 3] =
    [("reno", CongestionControl::Reno), ("cubic", CongestionControl::Cubic), ("bbr", CongestionControl::Bbr)];

const DISCOVERY: [(&str, MtuDiscovery); 4] = [
    ("dont", MtuDiscovery::Dont),
    ("want", MtuDiscovery::Want),
    ("do", MtuDiscovery::Do),
    ("probe", MtuDiscovery::Probe),
];

/// The name of an option.
pub(super) fn name(line: &mut Cursor) -> Result<OptionName, Mistake> {
    let names: Vec<_> = OptionName::ALL.iter().map(|name| (name.name(), *name)).collect();
    line.choice("an option such as `SO_REUSEADDR`", &names)
}

/// `1` or `0`.
pub(super) fn switch(line: &mut Cursor) -> Result<bool, Mistake> {
    line.choice("`1` or `0`", &SWITCH)
}

/// An option and its value.
pub(super) fn read(line: &mut Cursor) -> Result<SocketOption, Mistake> {
    let name = name(line)?;
    Ok(match name {
        OptionName::ReuseAddress => SocketOption::ReuseAddress(switch(line)?),
        OptionName::ReusePort => SocketOption::ReusePort(switch(line)?),
        OptionName::V6Only => SocketOption::V6Only(switch(line)?),
        OptionName::Broadcast => SocketOption::Broadcast(switch(line)?),
        OptionName::Linger => SocketOption::Linger(time(line)?),
        OptionName::ReceiveBuffer => SocketOption::ReceiveBuffer(bytes(line)?),
        OptionName::SendBuffer => SocketOption::SendBuffer(bytes(line)?),
        OptionName::ReceiveTimeout => SocketOption::ReceiveTimeout(time(line)?),
        OptionName::SendTimeout => SocketOption::SendTimeout(time(line)?),
        OptionName::KeepAlive => SocketOption::KeepAlive(switch(line)?),
        OptionName::KeepIdle => SocketOption::KeepIdle(line.duration("time")?),
        OptionName::KeepInterval => SocketOption::KeepInterval(line.duration("time")?),
        OptionName::KeepCount => SocketOption::KeepCount(line.number("number of probes", "9")?),
        OptionName::UserTimeout => SocketOption::UserTimeout(time(line)?),
        OptionName::NoDelay => SocketOption::NoDelay(switch(line)?),
        OptionName::Cork => SocketOption::Cork(switch(line)?),
        OptionName::Congestion => SocketOption::Congestion(line.choice("`reno`, `cubic` or `bbr`", &CONGESTION)?),
        OptionName::TimeToLive => SocketOption::TimeToLive(line.number("time to live", "64")?),
        OptionName::UnicastHops => SocketOption::UnicastHops(line.number("hop limit", "64")?),
        OptionName::ReceiveErrors => SocketOption::ReceiveErrors(switch(line)?),
        OptionName::MtuDiscover => {
            SocketOption::MtuDiscover(line.choice("`dont`, `want`, `do` or `probe`", &DISCOVERY)?)
        }
        OptionName::AddMembership => SocketOption::AddMembership(membership(line)?),
        OptionName::DropMembership => SocketOption::DropMembership(membership(line)?),
        OptionName::MulticastTtl => SocketOption::MulticastTtl(line.number("time to live", "1")?),
        OptionName::MulticastLoop => SocketOption::MulticastLoop(switch(line)?),
        OptionName::MulticastInterface => SocketOption::MulticastInterface(interface(line)?),
        OptionName::Error | OptionName::Type | OptionName::Domain | OptionName::AcceptConn | OptionName::TcpInfo => {
            return Err(line.wrong_before(Wrong::ReadOnly(name.name().to_owned())));
        }
    })
}

fn bytes(line: &mut Cursor) -> Result<u32, Mistake> {
    line.quantity("number of bytes", "64kB", |text| value::size(text)?.try_into().ok())
}

/// A time, or `none`.
fn time(line: &mut Cursor) -> Result<Option<Duration>, Mistake> {
    if line.take("none") || line.take("off") { Ok(None) } else { line.duration("time (or `none`)").map(Some) }
}

/// `224.0.0.5 on 10.0.0.1`.
fn membership(line: &mut Cursor) -> Result<Membership, Mistake> {
    let group: IpAddr = line.ip("address of a group")?;
    let interface = if line.take("on") { interface(line)? } else { MulticastInterface::Any };
    Ok(Membership { group, interface })
}

fn interface(line: &mut Cursor) -> Result<MulticastInterface, Mistake> {
    if line.take("any") {
        return Ok(MulticastInterface::Any);
    }
    line.quantity("interface", "any`, `10.0.0.1` or `2", |text| match text.parse() {
        Ok(index) => Some(MulticastInterface::Index(index)),
        Err(_) => text.parse().ok().map(MulticastInterface::Address),
    })
}

/// An option as [`read`] takes it.
pub(super) struct Written<'a>(pub(super) &'a SocketOption);

impl fmt::Display for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.0.name().name())?;
        match self.0 {
            SocketOption::ReuseAddress(on)
            | SocketOption::ReusePort(on)
            | SocketOption::V6Only(on)
            | SocketOption::Broadcast(on)
            | SocketOption::KeepAlive(on)
            | SocketOption::NoDelay(on)
            | SocketOption::Cork(on)
            | SocketOption::AcceptConn(on)
            | SocketOption::ReceiveErrors(on)
            | SocketOption::MulticastLoop(on) => write!(f, "{}", u8::from(*on)),
            SocketOption::Linger(time)
            | SocketOption::ReceiveTimeout(time)
            | SocketOption::SendTimeout(time)
            | SocketOption::UserTimeout(time) => match time {
                Some(time) => write!(f, "{}", Span(*time)),
                None => f.write_str("none"),
            },
            SocketOption::KeepIdle(time) | SocketOption::KeepInterval(time) => write!(f, "{}", Span(*time)),
            SocketOption::ReceiveBuffer(number)
            | SocketOption::SendBuffer(number)
            | SocketOption::KeepCount(number) => {
                write!(f, "{number}")
            }
            SocketOption::TimeToLive(number)
            | SocketOption::UnicastHops(number)
            | SocketOption::MulticastTtl(number) => {
                write!(f, "{number}")
            }
            SocketOption::Congestion(control) => f.write_str(control.name()),
            SocketOption::MtuDiscover(discovery) => {
                let name = DISCOVERY.iter().find(|(_, known)| known == discovery).map_or("want", |(name, _)| name);
                f.write_str(name)
            }
            SocketOption::AddMembership(member) | SocketOption::DropMembership(member) => {
                write!(f, "{} on {}", member.group, Interface(member.interface))
            }
            SocketOption::MulticastInterface(interface) => write!(f, "{}", Interface(*interface)),
            SocketOption::Error(_) | SocketOption::Type(_) | SocketOption::Domain(_) | SocketOption::TcpInfo(_) => {
                Ok(())
            }
        }
    }
}

struct Interface(MulticastInterface);

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            MulticastInterface::Any => f.write_str("any"),
            MulticastInterface::Address(ip) => write!(f, "{ip}"),
            MulticastInterface::Index(index) => write!(f, "{index}"),
        }
    }
}
