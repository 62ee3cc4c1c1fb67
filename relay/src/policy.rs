//! Which targets a stream may connect to. The address decides, whatever its spelling; names appear
//! only in rules that name them. Deny wins, and the relay's own port is never a target.
//!
//! Absent: addresses to bind to (`bind`), resolving (`resolve`) and connecting (`connect`): this file judges one address and
//! says which one to connect. NAT64 and 6to4 addresses are judged as the IPv6 addresses that they
//! are; what a translator makes of them is beyond this machine.

use crate::bind::BindRule;
use ipnet::{IpNet, Ipv4Net};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// One `--allow` or `--deny`: `10.0.0.0/8:80-443`, `[::1]:5000`, `fe80::/10`, `example.com:443`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    text: String,
    target: Target,
    /// None when the text names no ports, which are then all of them.
    ports: Option<RangeInclusive<u16>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Net(IpNet),
    /// In lower case, without a final dot.
    Name(String),
}

/// Why a text is not a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleError {
    what: &'static str,
    part: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, part } = self;
        write!(
            f,
            "{part:?} is not {what}; a rule is an address, a CIDR or a name, and maybe `:PORT` or \
             `:FROM-TO`, such as 10.0.0.0/8:80-443, [::1]:5000 or example.com:443"
        )
    }
}

impl std::error::Error for RuleError {}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        let (target, ports) = split_rule(text)?;
        let ports = ports.map(parse_ports).transpose()?;
        Ok(Self { text: text.to_owned(), target, ports })
    }
}

/// The target, and the text of the ports if there is one.
fn split_rule(text: &str) -> Result<(Target, Option<&str>), RuleError> {
    if let Some(rest) = text.strip_prefix('[') {
        let error = || RuleError { what: "an IPv6 target in brackets", part: text.to_owned() };
        let (inside, after) = rest.split_once(']').ok_or_else(error)?;
        let net = parse_net(inside).filter(|_| inside.contains(':')).ok_or_else(error)?;
        return match after.strip_prefix(':') {
            None if after.is_empty() => Ok((Target::Net(net), None)),
            Some(ports) => Ok((Target::Net(net), Some(ports))),
            None => Err(error()),
        };
    }
    if let Some(net) = parse_net(text) {
        return Ok((Target::Net(net), None));
    }
    let (target, ports) = match text.rsplit_once(':') {
        Some((target, ports)) => (target, Some(ports)),
        None => (text, None),
    };
    match parse_net(target).filter(|_| !target.contains(':')) {
        Some(net) => Ok((Target::Net(net), ports)),
        None => Ok((Target::Name(parse_name(target)?), ports)),
    }
}

/// A CIDR or an address. Mapped IPv4 becomes IPv4, as the addresses that are judged do.
fn parse_net(text: &str) -> Option<IpNet> {
    let net = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok()?;
    let IpNet::V6(v6) = net else {
        return Some(net.trunc());
    };
    let mapped = v6.addr().to_ipv4_mapped().filter(|_| v6.prefix_len() >= 96);
    match mapped {
        Some(v4) => Some(Ipv4Net::new(v4, v6.prefix_len() - 96).ok()?.trunc().into()),
        None => Some(net.trunc()),
    }
}

fn parse_name(text: &str) -> Result<String, RuleError> {
    let name = canonical_name(text);
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    // A last label of digits only is a misspelt IPv4 address, never a name (RFC 1123, 2.1).
    let numeric = |label: &str| label.chars().all(|c| c.is_ascii_digit());
    if name.len() > 253 || !name.split('.').all(label) || name.rsplit('.').next().is_some_and(numeric) {
        return Err(RuleError { what: "an address, a CIDR or a name", part: text.to_owned() });
    }
    Ok(name)
}

fn parse_ports(text: &str) -> Result<RangeInclusive<u16>, RuleError> {
    let error = || RuleError { what: "a port from 1 to 65535 or a range of them", part: text.to_owned() };
    let port = |text: &str| text.parse().ok().filter(|&port| port != 0).ok_or_else(error);
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (port(from)?, port(to)?);
    if from <= to { Ok(from..=to) } else { Err(error()) }
}

fn canonical_name(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Rule {
    /// Whether it names a target by a name.
    pub(crate) fn is_name(&self) -> bool {
        matches!(self.target, Target::Name(_))
    }

    /// Whether the address is one of its, whatever the port.
    pub(crate) fn covers_ip(&self, ip: IpAddr) -> bool {
        matches!(&self.target, Target::Net(net) if net.contains(&ip))
    }

    /// The ports, when the text names some.
    pub(crate) fn named_ports(&self) -> Option<&RangeInclusive<u16>> {
        self.ports.as_ref()
    }

    fn covers(&self, name: Option<&str>, address: SocketAddr) -> bool {
        self.ports.as_ref().is_none_or(|ports| ports.contains(&address.port()))
            && match &self.target {
                Target::Net(_) => self.covers_ip(address.ip()),
                Target::Name(listed) => name.is_some_and(|name| canonical_name(name) == *listed),
            }
    }
}

/// Why a target is refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Denied {
    /// It is this relay.
    OwnPort,
    /// This rule denies it.
    ByRule(String),
    /// It is not loopback, and no rule allows it.
    NotAllowed(SocketAddr),
}

pub(crate) struct Policy {
    pub(crate) allow: Vec<Rule>,
    pub(crate) deny: Vec<Rule>,
    /// For `bind`.
    pub(crate) bind: Vec<BindRule>,
    pub(crate) own_port: u16,
}

impl Policy {
    /// Judges one resolved address (and the name it came from), and says which one to connect.
    pub(crate) fn judge(&self, name: Option<&str>, address: SocketAddr) -> Result<SocketAddr, Denied> {
        let (judged, connect) = canonical(address);
        if judged.port() == self.own_port && may_be_of_this_machine(judged) {
            return Err(Denied::OwnPort);
        }
        if let Some(rule) = self.deny.iter().find(|rule| rule.covers(name, judged)) {
            return Err(Denied::ByRule(rule.to_string()));
        }
        if judged.ip().is_loopback() || self.allow.iter().any(|rule| rule.covers(name, judged)) {
            Ok(connect)
        } else {
            Err(Denied::NotAllowed(judged))
        }
    }
}

/// The address as rules see it, and as the kernel shall. `0.0.0.0` and `::` are loopback, which is
/// what Linux makes of them; a mapped address is judged as IPv4 and stays IPv6 for its socket.
fn canonical(address: SocketAddr) -> (SocketAddr, SocketAddr) {
    let port = address.port();
    match address {
        SocketAddr::V4(v4) => {
            let judged = SocketAddr::new(loopback_if_unspecified(*v4.ip()).into(), port);
            (judged, judged)
        }
        SocketAddr::V6(v6) => match v6.ip().to_ipv4_mapped() {
            Some(mapped) => {
                let v4 = loopback_if_unspecified(mapped);
                (SocketAddr::new(v4.into(), port), SocketAddr::new(v4.to_ipv6_mapped().into(), port))
            }
            None if v6.ip().is_unspecified() => {
                let judged = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port);
                (judged, judged)
            }
            None => (address, SocketAddrV6::new(*v6.ip(), port, 0, v6.scope_id()).into()),
        },
    }
}

fn loopback_if_unspecified(ip: Ipv4Addr) -> Ipv4Addr {
    if ip.is_unspecified() { Ipv4Addr::LOCALHOST } else { ip }
}

/// Only addresses of this machine can be bound, and a datagram socket disturbs nobody. Only one answer of the system says that
/// an address is another's: not that there is no descriptor left to ask with. A link-local one is asked for with its scope.
fn may_be_of_this_machine(mut address: SocketAddr) -> bool {
    address.set_port(0);
    let elsewhere = |error: &io::Error| error.kind() == io::ErrorKind::AddrNotAvailable;
    address.ip().is_loopback() || !UdpSocket::bind(address).is_err_and(|error| elsewhere(&error))
}

#[cfg(test)]
mod tests {
    use super::{Denied, Policy, Rule};
    use std::net::SocketAddr;

    fn rules(rules: &[&str]) -> Vec<Rule> {
        rules.iter().map(|rule| rule.parse().unwrap()).collect()
    }

    fn policy(allow: &[&str], deny: &[&str]) -> Policy {
        Policy { allow: rules(allow), deny: rules(deny), bind: Vec::new(), own_port: 7878 }
    }

    fn judge(policy: &Policy, address: &str) -> Result<SocketAddr, Denied> {
        policy.judge(None, address.parse().unwrap())
    }

    #[test]
    fn loopback_only_by_default_in_every_spelling() {
        let policy = policy(&[], &[]);
        for allowed in ["127.0.0.1:80", "127.9.9.9:80", "[::1]:80", "0.0.0.0:80", "[::]:80"] {
            assert!(judge(&policy, allowed).is_ok(), "{allowed}");
        }
        assert!(judge(&policy, "[::ffff:127.0.0.1]:80").is_ok());
        for refused in [
            "10.0.0.1:80",
            "[::ffff:10.0.0.1]:80",
            "[::ffff:169.254.169.254]:80",
            "[fe80::1%1]:80",
            "[::127.0.0.1]:80",
            "[64:ff9b::127.0.0.1]:80",
            "0.0.0.1:80",
            "255.255.255.255:80",
        ] {
            assert!(matches!(judge(&policy, refused), Err(Denied::NotAllowed(_))), "{refused}");
        }
    }

    #[test]
    fn the_unspecified_address_is_connected_as_the_loopback_it_was_judged_as() {
        let policy = policy(&[], &[]);
        let connected = |address| judge(&policy, address).unwrap().to_string();
        assert_eq!(connected("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(connected("[::]:80"), "[::1]:80");
        assert_eq!(connected("[::ffff:0.0.0.0]:80"), "[::ffff:127.0.0.1]:80");
    }

    #[test]
    fn the_own_port_is_refused_whatever_is_allowed() {
        let policy = policy(&["0.0.0.0/0", "::/0"], &[]);
        for own in ["127.0.0.1", "127.1.2.3", "[::1]", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]"] {
            assert_eq!(judge(&policy, &format!("{own}:7878")), Err(Denied::OwnPort), "{own}");
        }
        assert!(judge(&policy, "203.0.113.1:7878").is_ok());
    }

    #[test]
    fn the_own_port_is_refused_where_the_system_does_not_say_that_it_is_elsewhere() {
        let policy = policy(&["::/0"], &[]);
        // No interface has this number, so nobody can ask whose the address is.
        assert_eq!(judge(&policy, "[fe80::1%4294967295]:7878"), Err(Denied::OwnPort));
        assert!(judge(&policy, "[fe80::1%4294967295]:7879").is_ok());
    }

    #[test]
    fn deny_wins() {
        let policy = policy(&["10.0.0.0/8"], &["10.1.0.0/16:80-90", "127.0.0.1:22", "bad.example"]);
        assert!(judge(&policy, "10.1.0.1:79").is_ok());
        assert!(judge(&policy, "10.1.0.1:91").is_ok());
        assert!(matches!(judge(&policy, "10.1.0.1:90"), Err(Denied::ByRule(_))));
        assert!(matches!(judge(&policy, "[::ffff:127.0.0.1]:22"), Err(Denied::ByRule(_))));
        let named = policy.judge(Some("BAD.example."), "127.0.0.1:1".parse().unwrap());
        assert!(matches!(named, Err(Denied::ByRule(_))));
    }

    #[test]
    fn a_name_rule_allows_what_the_name_resolves_to_and_nothing_else() {
        let policy = policy(&["example.com:443"], &[]);
        let address: SocketAddr = "93.184.216.34:443".parse().unwrap();
        assert!(policy.judge(Some("Example.COM"), address).is_ok());
        assert!(policy.judge(Some("example.org"), address).is_err());
        assert!(policy.judge(None, address).is_err());
        assert!(policy.judge(Some("example.com"), "93.184.216.34:80".parse().unwrap()).is_err());
    }

    #[test]
    fn rules_are_read_or_refused() {
        for good in [
            "10.0.0.0/8",
            "10.0.0.0/8:80",
            "10.0.0.0/8:80-443",
            "10.1.2.3:5",
            "::1",
            "fe80::/10",
            "[::1]:5000",
            "[fe80::/10]:1-2",
            "[::1]",
            "example.com",
            "example.com.:443",
            "localhost",
        ] {
            assert_eq!(good.parse::<Rule>().unwrap().to_string(), good);
        }
        for bad in [
            "",
            ":",
            ":80",
            "10.0.0.0/33",
            "10.0.0.0/8:0",
            "10.0.0.0/8:9-1",
            "10.0.0.0/8:x",
            "[::1",
            "[::1]x",
            "[10.0.0.1]:1",
            "1.2.3",
            "010.0.0.1:80",
            "*",
            "a b",
            "example.com:443:1",
            "http://x",
        ] {
            assert!(bad.parse::<Rule>().is_err(), "{bad:?}");
        }
        let mapped = policy(&["::ffff:10.0.0.0/104"], &[]);
        assert!(judge(&mapped, "10.5.5.5:1").is_ok());
    }
}
