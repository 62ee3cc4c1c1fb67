//! The addresses that become a WebSocket, and what each asks of the upgrade. The checks of the caller are the same for all
//! (`gate`); behind each door a session speaks another dialect (`dialect`).
//!
//! Absent: everything that is answered by plain HTTP (`http`).

use crate::connect::literal_or_name;
use hyper::header::HeaderValue;
use percent_encoding::percent_decode_str;
use relay_proto::{Address, SUBPROTOCOL};
use std::net::Ipv6Addr;

/// The subprotocol of websockify.
const BINARY: &str = "binary";

/// A WebSocket endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// `sockscope.v1`.
    Lab,
    /// Wisp v1.
    Wisp,
    /// The bytes of one TCP connection: `/tcp/HOST:PORT`.
    Tcp,
    /// Frames come back as they came. Only with [`crate::Config::echo`].
    Echo,
}

impl Door {
    /// The names of all.
    pub(crate) const NAMES: [&'static str; 4] =
        [Self::Lab.name(), Self::Wisp.name(), Self::Tcp.name(), Self::Echo.name()];

    /// The door at this path.
    pub(crate) fn at(path: &str, echo: bool) -> Option<Self> {
        match path {
            "/lab" => Some(Self::Lab),
            // Wisp's addresses end so.
            "/wisp/" => Some(Self::Wisp),
            "/echo" if echo => Some(Self::Echo),
            _ => path.starts_with(TCP).then_some(Self::Tcp),
        }
    }

    /// For logs and counts: never the path itself, which could hold a token.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lab => "/lab",
            Self::Wisp => "/wisp/",
            Self::Tcp => "/tcp",
            Self::Echo => "/echo",
        }
    }

    /// The subprotocol to answer with, or what is wrong with those that were offered (RFC 6455, 4.2.2).
    pub(crate) fn subprotocol<'a>(
        self,
        offered: impl Iterator<Item = &'a str>,
    ) -> Result<Option<HeaderValue>, &'static str> {
        let mut offered = offered.peekable();
        let any = offered.peek().is_some();
        let mut offers = |wanted: &str| offered.any(|name| name.eq_ignore_ascii_case(wanted));
        match self {
            Self::Lab if offers(SUBPROTOCOL) => Ok(Some(HeaderValue::from_static(SUBPROTOCOL))),
            Self::Lab => Err("The client must offer the subprotocol sockscope.v1."),
            // None for Wisp v1, and none of v2's: its clients then fall back.
            Self::Wisp => Ok(None),
            Self::Tcp if !any => Ok(None),
            Self::Tcp if offers(BINARY) => Ok(Some(HeaderValue::from_static(BINARY))),
            Self::Tcp => Err("The client must offer the subprotocol binary, or none."),
            // A browser that offers some wants one of them.
            Self::Echo => Ok(offered.next().and_then(|name| HeaderValue::from_str(name).ok())),
        }
    }
}

/// The path before a target.
const TCP: &str = "/tcp/";

/// `HOST:PORT` of `/tcp/HOST:PORT`, percent-encoded where it has to be: a name, an IPv4 address, or an IPv6 address in brackets
/// (RFC 3986, 3.2.2).
pub(crate) fn target(path: &str) -> Option<Address> {
    let text = percent_decode_str(path.strip_prefix(TCP)?).decode_utf8().ok()?;
    let (host, port) = text.rsplit_once(':')?;
    // `parse` takes a sign.
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|&port: &u16| digits && port != 0)?;
    if let Some(host) = host.strip_prefix('[') {
        let host = host.strip_suffix(']')?;
        // An interface may follow (RFC 6874), which is for the resolver.
        let ip = host.split('%').next().unwrap_or_default();
        return ip.parse::<Ipv6Addr>().is_ok().then(|| literal_or_name(host, port));
    }
    let plain = !host.is_empty() && !host.contains([':', '/', '[', ']']);
    plain.then(|| literal_or_name(host, port))
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn targets_are_read_or_refused() {
        for (path, shown) in [
            ("/tcp/127.0.0.1:80", "127.0.0.1:80"),
            ("/tcp/[::1]:65535", "[::1]:65535"),
            ("/tcp/%5B%3A%3a1%5D%3A80", "[::1]:80"),
            ("/tcp/example.com:443", "example.com:443"),
            ("/tcp/2130706433:80", "2130706433:80"),
            ("/tcp/b%C3%BCcher.example:1", "bücher.example:1"),
        ] {
            assert_eq!(target(path).map(|address| address.to_string()).as_deref(), Some(shown), "{path}");
        }
        assert!(target("/tcp/[fe80::1%25lo]:80").is_some());
        for bad in [
            "/tcp/",
            "/tcp/127.0.0.1",
            "/tcp/127.0.0.1:",
            "/tcp/127.0.0.1:0",
            "/tcp/127.0.0.1:65536",
            "/tcp/127.0.0.1:+80",
            "/tcp/127.0.0.1:80/",
            "/tcp/127.0.0.1:80/x",
            "/tcp/a/b:80",
            "/tcp/a%2Fb:80",
            "/tcp/:80",
            "/tcp/::1:80",
            "/tcp/[::1]80",
            "/tcp/[::1:80",
            "/tcp/[127.0.0.1]:80",
            "/tcp/[]:80",
            "/tcp/%ff:80",
        ] {
            assert_eq!(target(bad), None, "{bad}");
        }
    }
}
