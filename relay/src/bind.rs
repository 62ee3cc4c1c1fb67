//! Which addresses of this machine a socket may be bound to, and binding it. By default loopback's, from port 1024 on;
//! `--allow-bind` adds others. The relay's own port is never one.
//!
//! Absent: names (a socket has an address, and which one a name means is for whoever binds to say) and `--deny`,
//! which is about targets.

use crate::connect::{Failure, Network};
use crate::errno;
use crate::policy::{Policy, Rule, RuleError};
use crate::unix::Made;
use relay_proto::{Address, Call, Family};
use socket2::{Domain, SockAddr, SockRef, Socket, Type};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

/// The first port that a process without privileges may bind (Linux: `net.ipv4.ip_unprivileged_port_start`).
const UNPRIVILEGED: u16 = 1024;

/// One `--allow-bind`: `192.168.1.5:8000-8999`, `[::1]:80`, `0.0.0.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindRule(Rule);

/// Why a text is no rule for binding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindRuleError {
    /// It is no rule at all.
    Rule(RuleError),
    /// It names something.
    Name(String),
}

impl fmt::Display for BindRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule(error) => error.fmt(f),
            Self::Name(name) => write!(
                f,
                "{name:?} is a name, and sockets are bound to addresses; write an address or a CIDR, and maybe `:PORT` \
                 or `:FROM-TO`, such as 192.168.1.5:8000-8999, [::1]:80, or 0.0.0.0 for all interfaces"
            ),
        }
    }
}

impl std::error::Error for BindRuleError {}

impl FromStr for BindRule {
    type Err = BindRuleError;

    fn from_str(text: &str) -> Result<Self, BindRuleError> {
        let rule: Rule = text.parse().map_err(BindRuleError::Rule)?;
        if rule.is_name() { Err(BindRuleError::Name(text.to_owned())) } else { Ok(Self(rule)) }
    }
}

impl fmt::Display for BindRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl BindRule {
    /// A port below 1024 has to be named. Any free port can be any of the others, so all of those have to be allowed.
    fn covers(&self, ip: IpAddr, port: u16) -> bool {
        let ports = self.0.named_ports();
        self.0.covers_ip(ip)
            && match (port, ports) {
                (0, Some(ports)) => *ports.start() <= UNPRIVILEGED && *ports.end() == u16::MAX,
                (_, Some(ports)) => ports.contains(&port),
                (port, None) => port == 0 || port >= UNPRIVILEGED,
            }
    }
}

/// Why an address cannot be bound.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unbindable {
    /// It is this relay's.
    OwnPort,
    /// A port below 1024, and no rule names it.
    Privileged(SocketAddr),
    /// It is not loopback's, and no rule allows it. `0.0.0.0` and `::` mean all interfaces here.
    NotAllowed(SocketAddr),
}

impl Policy {
    /// Judges an address by what it is, however it is spelt: a mapped one is IPv4. Unlike a target, the unspecified
    /// address stays what it is.
    pub(crate) fn judge_bind(&self, address: SocketAddr) -> Result<(), Unbindable> {
        let (ip, port) = (address.ip().to_canonical(), address.port());
        if port == self.own_port {
            return Err(Unbindable::OwnPort);
        }
        let free = port == 0 || port >= UNPRIVILEGED;
        if ip.is_loopback() && free || self.bind.iter().any(|rule| rule.covers(ip, port)) {
            return Ok(());
        }
        let judged = SocketAddr::new(ip, port);
        Err(if ip.is_loopback() { Unbindable::Privileged(judged) } else { Unbindable::NotAllowed(judged) })
    }
}

/// `bind()` of an inet or inet6 socket, judged. Gives `getsockname`.
pub(crate) fn bind(
    socket: &SockRef<'_>,
    family: Family,
    at: &Address,
    network: &Network,
) -> Result<SocketAddr, Failure> {
    let wanted = wanted(family, at)?;
    let policy = &network.policy;
    policy.judge_bind(wanted).map_err(|why| refusal(at, &why))?;
    let system = |error| not_bound(at, &error);
    if let SocketAddr::V6(v6) = wanted
        && v6.ip().is_unspecified()
        && policy.judge_bind((Ipv4Addr::UNSPECIFIED, v6.port()).into()).is_err()
    {
        // Otherwise `::` takes IPv4 connections on all interfaces as well (ipv6(7)).
        socket.set_only_v6(true).map_err(system)?;
    }
    socket.bind(&wanted.into()).map_err(system)?;
    let local = socket.local_addr().map_err(system)?;
    let local = local.as_socket().expect("an inet or inet6 socket has such an address");
    if local.port() == policy.own_port {
        let sentence = "The system chose a free port that is the relay's own number; close this socket and try again.";
        return Err(Failure::new(Call::Bind, "EADDRINUSE", sentence));
    }
    Ok(local)
}

/// The same for a Unix socket, whose path the directory confines. What it made is removed when that is dropped.
pub(crate) fn bind_unix(socket: &SockRef<'_>, at: &Address, network: &Network) -> Result<Made, Failure> {
    let Address::Unix { path } = at else {
        let sentence = format!("{at} is no path, and this is a Unix socket; bind it to a path.");
        return Err(Failure::new(Call::Bind, "EAFNOSUPPORT", sentence));
    };
    let place = network.unix(Call::Bind)?.bind_path(path)?;
    let kernel = place.path();
    let bound = SockAddr::unix(&kernel).and_then(|address| socket.bind(&address));
    bound.map_err(|error| {
        let what = format!("Cannot bind to {at}; take a path where nothing is yet, and a socket that is not bound");
        Failure::of_system(Call::Bind, &what, &error)
    })?;
    Ok(place.made(kernel))
}

/// The address that the system would send from, with port 0. A probe of its own is asked, which the caller may prepare.
pub(crate) fn source_for(
    target: SocketAddr,
    prepare: impl FnOnce(&SockRef<'_>) -> io::Result<()>,
) -> io::Result<SocketAddr> {
    let probe = Socket::new(Domain::for_address(target), Type::DGRAM, None)?;
    prepare(&SockRef::from(&probe))?;
    // It sends nothing.
    probe.connect(&target.into())?;
    match probe.local_addr()?.as_socket() {
        Some(SocketAddr::V4(v4)) => Ok((*v4.ip(), 0).into()),
        Some(SocketAddr::V6(v6)) => Ok(SocketAddrV6::new(*v6.ip(), 0, 0, v6.scope_id()).into()),
        None => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn wanted(family: Family, at: &Address) -> Result<SocketAddr, Failure> {
    let fail = |errno, sentence| Err(Failure::new(Call::Bind, errno, sentence));
    match (family, at, at.to_socket_addr()) {
        (Family::Inet, _, Some(address @ SocketAddr::V4(_))) => Ok(address),
        (Family::Inet6, _, Some(address @ SocketAddr::V6(_))) => Ok(address),
        (_, Address::Name { .. }, _) => fail(
            "EINVAL",
            format!("A socket is bound to an address, and {at} is a name; look it up first, or bind to 127.0.0.1."),
        ),
        _ => fail("EAFNOSUPPORT", format!("{at} is of another family than this socket; open one of that family.")),
    }
}

fn refusal(at: &Address, why: &Unbindable) -> Failure {
    let sentence = match why {
        Unbindable::OwnPort => format!("The port of {at} is the relay's own, which no flag allows; take another one."),
        Unbindable::Privileged(address) => format!(
            "Ports below {UNPRIVILEGED} are not for everybody, so {at} is refused; take a higher one, or start the relay with `--allow-bind {address}`."
        ),
        Unbindable::NotAllowed(address) => {
            let rule = rule_for(*address);
            format!("Binding to {at} is not allowed; bind to loopback, or start the relay with `--allow-bind {rule}`.")
        }
    };
    Failure::new(Call::Bind, "EACCES", sentence)
}

/// What would allow it: port 0 is in no rule.
fn rule_for(address: SocketAddr) -> String {
    if address.port() == 0 { address.ip().to_string() } else { address.to_string() }
}

fn not_bound(at: &Address, error: &io::Error) -> Failure {
    let errno = errno::name(error);
    let advice = match errno {
        "EADDRINUSE" => "take another port, or port 0 for any free one",
        "EADDRNOTAVAIL" => "bind to an address that this machine has",
        "EACCES" => "take a port from 1024 on, or give the relay the right to that one",
        "EINVAL" => "a socket is bound once, and before it listens or connects",
        _ => "check the address",
    };
    Failure::new(Call::Bind, errno, format!("Cannot bind to {at} ({error}); {advice}."))
}

#[cfg(test)]
mod tests {
    use super::{BindRule, Unbindable};
    use crate::policy::Policy;

    fn policy(rules: &[&str]) -> Policy {
        let bind = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        Policy { allow: Vec::new(), deny: Vec::new(), bind, own_port: 7878 }
    }

    fn judge(rules: &[&str], address: &str) -> Result<(), Unbindable> {
        policy(rules).judge_bind(address.parse().unwrap())
    }

    #[test]
    fn only_loopback_from_1024_on_by_default() {
        for good in ["127.0.0.1:0", "127.9.9.9:1024", "[::1]:8080", "[::ffff:127.0.0.1]:0"] {
            assert_eq!(judge(&[], good), Ok(()), "{good}");
        }
        for bad in ["0.0.0.0:0", "[::]:0", "[::ffff:0.0.0.0]:8080", "10.0.0.1:0", "[fe80::1%2]:0", "[::127.0.0.1]:0"] {
            assert!(matches!(judge(&[], bad), Err(Unbindable::NotAllowed(_))), "{bad}");
        }
        for low in ["127.0.0.1:1023", "[::1]:80", "[::ffff:127.0.0.1]:22"] {
            assert!(matches!(judge(&[], low), Err(Unbindable::Privileged(_))), "{low}");
        }
    }

    #[test]
    fn the_relays_port_is_nobodys() {
        for own in ["127.0.0.1:7878", "0.0.0.0:7878", "[::]:7878", "[::ffff:127.0.0.1]:7878", "10.0.0.1:7878"] {
            assert_eq!(judge(&["0.0.0.0/0:1-65535", "[::/0]:1-65535"], own), Err(Unbindable::OwnPort), "{own}");
        }
    }

    #[test]
    fn rules_allow_what_they_say() {
        for (rules, address, allowed) in [
            (&["10.0.0.1"][..], "10.0.0.1:0", true),
            (&["10.0.0.1"], "10.0.0.1:8080", true),
            (&["10.0.0.1"], "[::ffff:10.0.0.1]:8080", true),
            (&["10.0.0.1"], "10.0.0.1:80", false),
            (&["10.0.0.1"], "10.0.0.2:8080", false),
            (&["10.0.0.1"], "0.0.0.0:8080", false),
            (&["10.0.0.1:80"], "10.0.0.1:80", true),
            (&["10.0.0.1:80"], "10.0.0.1:8080", false),
            (&["10.0.0.1:8000-9000"], "10.0.0.1:0", false),
            (&["10.0.0.1:1024-65535"], "10.0.0.1:0", true),
            (&["127.0.0.1:80"], "127.0.0.1:80", true),
            (&["127.0.0.1:80"], "127.0.0.2:80", false),
            (&["0.0.0.0"], "0.0.0.0:8080", true),
            (&["0.0.0.0"], "10.0.0.1:8080", false),
            (&["0.0.0.0"], "[::]:8080", false),
            (&["0.0.0.0"], "[::ffff:0.0.0.0]:8080", true),
            (&["::"], "[::]:8080", true),
            (&["::"], "0.0.0.0:8080", false),
            (&["fe80::/10"], "[fe80::1%3]:8080", true),
        ] {
            assert_eq!(judge(rules, address).is_ok(), allowed, "{rules:?} {address}");
        }
    }

    #[test]
    fn a_name_is_no_rule() {
        for bad in ["localhost", "example.com:80", "10.0.0.1:0", "::1:x"] {
            assert!(bad.parse::<BindRule>().is_err(), "{bad}");
        }
        let error = "localhost".parse::<BindRule>().unwrap_err().to_string();
        assert!(error.contains("is a name"), "{error}");
    }
}
