//! Where a message shall go, as the learner writes it: `host:8898`, `server:8898`, `10.0.2.2:8898`, `example.org:80`.
//!
//! Absent on purpose: looking a name up (the relay does), and IPv6 (this lab's network has none yet, and says so).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sim_core::lab;

use super::session::Other;

/// A target that can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An address of the lab, or one that the gateway is asked for.
    Address(SocketAddr),
    /// A name that the relay must look up, and a port.
    Name(String, u16),
}

/// What is wrong with a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetError {
    /// Nothing is written.
    Empty,
    /// There is no port.
    NoPort,
    /// The port is not a number from 1 to 65535.
    Port(String),
    /// There is no host before the port.
    NoHost,
    /// An address with something wrong in it.
    Address(String),
    /// A character that no name has.
    Character(char),
    /// IPv6.
    Ipv6,
    /// The client itself: nobody listens there.
    Loopback(Ipv4Addr, u16),
    /// Not in this lab.
    Unknown(String),
    /// `host`, while the lab has no gateway.
    NeedsRelay,
}

/// Reads a target for a lab with this at the other end.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str, other: Other) -> Result<Target, TargetError> {
    let text: String = text.chars().map(narrow).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(TargetError::Empty);
    }
    if text.starts_with('[') || text.matches(':').count() > 1 {
        return Err(if text.parse::<SocketAddr>().is_ok() || text.parse::<Ipv6Addr>().is_ok() {
            TargetError::Ipv6
        } else {
            TargetError::Address(text.to_owned())
        });
    }
    let Some((host, port)) = text.split_once(':') else { return Err(TargetError::NoPort) };
    let (host, port) = (host.trim(), port.trim());
    if host.is_empty() {
        return Err(TargetError::NoHost);
    }
    let port = match port.parse::<u16>() {
        Ok(port) if port > 0 => port,
        _ if port.is_empty() => return Err(TargetError::NoPort),
        _ => return Err(TargetError::Port(port.to_owned())),
    };
    match host.to_ascii_lowercase().as_str() {
        "host" if other == Other::Simulated => return Err(TargetError::NeedsRelay),
        "host" | "gateway" => return address(lab::HOST, port, other),
        "server" if other == Other::Simulated => return address(lab::SERVER, port, other),
        _ => {}
    }
    if host.chars().all(|c| c.is_ascii_digit() || c == '.') {
        let ip = host.parse::<Ipv4Addr>().map_err(|_| TargetError::Address(host.to_owned()))?;
        return address(ip, port, other);
    }
    if let Some(wrong) = host.chars().find(|c| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))) {
        return Err(TargetError::Character(wrong));
    }
    match other {
        Other::Simulated => Err(TargetError::Unknown(host.to_owned())),
        Other::Real => Ok(Target::Name(host.to_owned(), port)),
    }
}

/// A full-width character, as Chinese keyboards make them, in its ASCII form.
fn narrow(c: char) -> char {
    match u32::from(c) {
        0x3000 => ' ',
        0x3002 => '.',
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn address(ip: Ipv4Addr, port: u16, other: Other) -> Result<Target, TargetError> {
    let reachable = match other {
        Other::Real => true,
        Other::Simulated => ip == lab::SERVER || ip.octets()[..3] == lab::SERVER.octets()[..3],
    };
    if ip.is_loopback() || ip == lab::CLIENT {
        Err(TargetError::Loopback(ip, port))
    } else if ip.is_unspecified() || ip.is_broadcast() || ip.is_multicast() {
        Err(TargetError::Address(ip.to_string()))
    } else if reachable {
        Ok(Target::Address(SocketAddr::new(IpAddr::V4(ip), port)))
    } else {
        Err(TargetError::Unknown(ip.to_string()))
    }
}

/// The address in the lab of an address that a name stands for: the real machine's loopback is the gateway's own address.
pub fn in_lab(ip: IpAddr) -> Option<Ipv4Addr> {
    match ip {
        IpAddr::V4(ip) if ip.is_loopback() => Some(lab::HOST),
        IpAddr::V4(ip) => Some(ip),
        // A server on ::1 need not listen on 127.0.0.1, which is what the gateway's address stands for.
        IpAddr::V6(ip) => ip.to_ipv4_mapped(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Target {
        Target::Address(text.parse().unwrap())
    }

    #[test]
    fn good_targets() {
        assert_eq!(parse("host:8898", Other::Real), Ok(address("10.0.2.2:8898")));
        assert_eq!(parse("  HOST : 8898 ", Other::Real), Ok(address("10.0.2.2:8898")));
        assert_eq!(parse("ｈｏｓｔ：８８９８", Other::Real), Ok(address("10.0.2.2:8898")));
        assert_eq!(parse("10.0.2.2:1", Other::Real), Ok(address("10.0.2.2:1")));
        assert_eq!(parse("server:8898", Other::Simulated), Ok(address("10.0.2.3:8898")));
        assert_eq!(parse("10.0.2.77:65535", Other::Simulated), Ok(address("10.0.2.77:65535")));
        assert_eq!(parse("example.org:80", Other::Real), Ok(Target::Name("example.org".into(), 80)));
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        for (text, error) in [
            ("", TargetError::Empty),
            ("   ", TargetError::Empty),
            ("host", TargetError::NoPort),
            ("host:", TargetError::NoPort),
            (":80", TargetError::NoHost),
            ("host:0", TargetError::Port("0".into())),
            ("host:99999", TargetError::Port("99999".into())),
            ("host:-1", TargetError::Port("-1".into())),
            ("host:http", TargetError::Port("http".into())),
            ("10.0.2:80", TargetError::Address("10.0.2".into())),
            ("10.0.2.256:80", TargetError::Address("10.0.2.256".into())),
            ("0.0.0.0:80", TargetError::Address("0.0.0.0".into())),
            ("127.0.0.1:8898", TargetError::Loopback(Ipv4Addr::LOCALHOST, 8898)),
            ("10.0.2.15:80", TargetError::Loopback(lab::CLIENT, 80)),
            ("[::1]:8898", TargetError::Ipv6),
            ("::1", TargetError::Ipv6),
            ("host:80:80", TargetError::Address("host:80:80".into())),
            ("ho st:80", TargetError::Character(' ')),
            ("http//x:80", TargetError::Character('/')),
        ] {
            assert_eq!(parse(text, Other::Real), Err(error), "{text:?}");
        }
        assert_eq!(parse("host:8898", Other::Simulated), Err(TargetError::NeedsRelay));
        assert_eq!(parse("example.org:80", Other::Simulated), Err(TargetError::Unknown("example.org".into())));
        assert_eq!(parse("8.8.8.8:53", Other::Simulated), Err(TargetError::Unknown("8.8.8.8".into())));
    }
}
