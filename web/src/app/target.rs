//! Where a message shall go, as the learner writes it: `host:8898`, `server:8898`, `10.0.2.2:8898`, `example.org:80`.
//!
//! `[::1]:8898` and `unix:NAME` are the real machine's, too.
//!
//! Absent on purpose: looking a name up (the relay does), and IPv6 beyond the real machine's own loopback (the gateway carries none).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sim_core::gateway::FlowKind;
use sim_core::lab;

use super::session::Other;

/// A target that can be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An address of the lab, or one that the gateway is asked for.
    Address(SocketAddr),
    /// A name that the relay must look up, and a port.
    Name(String, u16),
    /// A path of AF_UNIX in the relay's directory.
    Unix(String),
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
    /// IPv6 beyond the real machine's loopback.
    Ipv6,
    /// A path of AF_UNIX without a relay.
    UnixNeedsRelay,
    /// No name behind `unix:`, or one that cannot be a path in the relay's directory.
    UnixName,
    /// Datagrams of AF_UNIX.
    UnixDatagram,
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
pub fn parse(text: &str, other: Other, kind: FlowKind) -> Result<Target, TargetError> {
    let text: String = text.chars().map(narrow).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(TargetError::Empty);
    }
    if let Some(path) =
        text.get(..5).filter(|start| start.eq_ignore_ascii_case("unix:")).map(|start| &text[start.len()..])
    {
        return unix(path.trim(), other, kind);
    }
    if text.starts_with('[') || text.matches(':').count() > 1 {
        return ipv6(text, other);
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
        Other::Real | Other::Clients => Ok(Target::Name(host.to_owned(), port)),
    }
}

/// A path below the relay's directory: the relay judges it again, and follows no way out of it.
fn unix(path: &str, other: Other, kind: FlowKind) -> Result<Target, TargetError> {
    let is_inside = !path.starts_with('/') && path.split('/').all(|part| !part.is_empty() && part != "..");
    if !other.is_real() {
        Err(TargetError::UnixNeedsRelay)
    } else if !is_inside || path.len() > LONGEST_PATH || path.chars().any(char::is_control) {
        Err(TargetError::UnixName)
    } else if kind == FlowKind::Datagram {
        Err(TargetError::UnixDatagram)
    } else {
        Ok(Target::Unix(path.to_owned()))
    }
}

/// `sun_path` has 108 bytes (unix(7)), one of which ends it; the lab writes `/host/` before it.
const LONGEST_PATH: usize = 101;

fn ipv6(text: &str, other: Other) -> Result<Target, TargetError> {
    match text.parse::<SocketAddr>() {
        Ok(to) if to.port() == 0 => Err(TargetError::Port("0".to_owned())),
        Ok(SocketAddr::V6(to)) if *to.ip() == Ipv6Addr::LOCALHOST && other.is_real() => {
            Ok(Target::Address(SocketAddr::from((lab::HOST6, to.port()))))
        }
        Ok(_) => Err(TargetError::Ipv6),
        Err(_) if text.trim_matches(['[', ']']).parse::<Ipv6Addr>().is_ok() => Err(TargetError::NoPort),
        Err(_) => Err(TargetError::Address(text.to_owned())),
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
        Other::Real | Other::Clients => true,
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
pub fn in_lab(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) if ip.is_loopback() => Some(lab::HOST.into()),
        IpAddr::V4(ip) => Some(ip.into()),
        // A server on ::1 need not listen on 127.0.0.1: each has an address of the gateway.
        IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(lab::HOST6.into()),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map(IpAddr::V4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, other: Other) -> Result<Target, TargetError> {
        super::parse(text, other, FlowKind::Stream)
    }

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
        assert_eq!(parse("[::1]:8898", Other::Real), Ok(address("[fd00::2]:8898")));
        assert_eq!(parse("unix:chat/room", Other::Real), Ok(Target::Unix("chat/room".into())));
        assert_eq!(parse("UNIX：ｈi", Other::Real), Ok(Target::Unix("hi".into())));
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
            ("[2001:db8::1]:8898", TargetError::Ipv6),
            ("[::1]:0", TargetError::Port("0".into())),
            ("[::1]", TargetError::NoPort),
            ("::1", TargetError::NoPort),
            ("[::1]:99999", TargetError::Address("[::1]:99999".into())),
            ("unix:", TargetError::UnixName),
            ("unix:/etc/passwd", TargetError::UnixName),
            ("unix:a/../../b", TargetError::UnixName),
            ("unix:a\tb", TargetError::UnixName),
            ("host:80:80", TargetError::Address("host:80:80".into())),
            ("ho st:80", TargetError::Character(' ')),
            ("http//x:80", TargetError::Character('/')),
        ] {
            assert_eq!(parse(text, Other::Real), Err(error), "{text:?}");
        }
        assert_eq!(parse(&format!("unix:{}", "x".repeat(102)), Other::Real), Err(TargetError::UnixName));
        assert_eq!(super::parse("unix:a", Other::Real, FlowKind::Datagram), Err(TargetError::UnixDatagram));
        assert_eq!(parse("unix:a", Other::Simulated), Err(TargetError::UnixNeedsRelay));
        assert_eq!(parse("[::1]:8898", Other::Simulated), Err(TargetError::Ipv6));
        assert_eq!(parse("host:8898", Other::Simulated), Err(TargetError::NeedsRelay));
        assert_eq!(parse("example.org:80", Other::Simulated), Err(TargetError::Unknown("example.org".into())));
        assert_eq!(parse("8.8.8.8:53", Other::Simulated), Err(TargetError::Unknown("8.8.8.8".into())));
    }
}
