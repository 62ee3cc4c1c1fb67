//! Who may come in: the checks before anything is answered, in this order: Host, Origin, token,
//! protocol. Each answers with a [`Refusal`]: a status and one sentence.
//!
//! Absent: routes (`http`) and the limit of sessions (`server`), which comes last.

use crate::token::Token;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri, Version};
use percent_encoding::percent_decode;
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// An origin that may open sessions: `https://lab.example` or `http://localhost:8080`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    host: String,
}

/// Why a text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginError(String);

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.0;
        write!(f, "{text:?} is not an origin; write scheme, host and maybe port, such as https://lab.example:8443")
    }
}

impl std::error::Error for OriginError {}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let error = || OriginError(text.to_owned());
        let (scheme, host) = text.split_once("://").ok_or_else(error)?;
        let uri: Uri = text.parse().map_err(|_| error())?;
        let authority = uri.authority().ok_or_else(error)?;
        let plain = matches!(scheme, "http" | "https")
            && authority.as_str() == host
            && !host.contains(['@', '*'])
            && (authority.host() == host || authority.port_u16().is_some())
            && host == host.to_ascii_lowercase();
        if plain { Ok(Self { text: text.to_owned(), host: host.to_owned() }) } else { Err(error()) }
    }
}

/// What a request may fail at, in the order of asking. The names are what `/metrics` shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    Host,
    Origin,
    Token,
    Protocol,
    Room,
    /// Where to: not an address, or one that the policy refuses.
    Target,
    /// No such address, or not with this method.
    Path,
}

impl Check {
    pub(crate) const ALL: [Self; 7] =
        [Self::Host, Self::Origin, Self::Token, Self::Protocol, Self::Room, Self::Target, Self::Path];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::Token => "token",
            Self::Protocol => "protocol",
            Self::Room => "room",
            Self::Target => "target",
            Self::Path => "path",
        }
    }
}

/// An answer other than what was asked for.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) check: Check,
    pub(crate) status: StatusCode,
    pub(crate) sentence: Cow<'static, str>,
    /// A header that the status calls for.
    pub(crate) header: Option<(HeaderName, &'static str)>,
}

impl Refusal {
    pub(crate) fn new(check: Check, status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self { check, status, sentence: sentence.into(), header: None }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.header = Some((name, value));
        self
    }
}

type Checked = Result<(), Refusal>;

pub(crate) struct Gate {
    hosts: Vec<String>,
    origins: Vec<String>,
    token: Token,
    metrics_token: Option<Token>,
    cookie: String,
}

impl Gate {
    pub(crate) fn new(listening: SocketAddr, origins: &[Origin], token: Token, metrics_token: Option<Token>) -> Self {
        let own = own_hosts(listening);
        let listed = origins.iter();
        Self {
            origins: own
                .iter()
                .map(|host| format!("http://{host}"))
                .chain(listed.clone().map(|origin| origin.text.clone()))
                .collect(),
            hosts: own.iter().cloned().chain(listed.map(|origin| origin.host.clone())).collect(),
            token,
            metrics_token,
            cookie: format!("sockscope-{}", listening.port()),
        }
    }

    /// Promise 2: a name that somebody else points at this machine is not ours.
    pub(crate) fn check_host<B>(&self, request: &Request<B>) -> Checked {
        let Some(host) = only(request.headers(), &header::HOST) else {
            return Err(Refusal::new(
                Check::Host,
                StatusCode::BAD_REQUEST,
                "The request must have exactly one Host header (RFC 9112, 3.2).",
            ));
        };
        let listed = |host: &[u8]| self.hosts.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(host));
        // A request target with a host in it overrules the header (RFC 9112, 3.2.2).
        let target = request.uri().authority().is_none_or(|host| listed(host.as_str().as_bytes()));
        if listed(host.as_bytes()) && target {
            return Ok(());
        }
        Err(Refusal::new(
            Check::Host,
            StatusCode::FORBIDDEN,
            "This host name is not the relay's; use the address that it printed, or start it with `--origin`.",
        ))
    }

    /// Promise 1: a browser says whose page it is, and only ours and the listed ones may.
    pub(crate) fn check_origin(&self, headers: &HeaderMap) -> Checked {
        if !headers.contains_key(header::ORIGIN) {
            return Ok(());
        }
        let listed = |origin: &HeaderValue| self.origins.iter().any(|known| known.as_bytes() == origin.as_bytes());
        match only(headers, &header::ORIGIN) {
            Some(origin) if listed(origin) => Ok(()),
            _ => Err(Refusal::new(
                Check::Origin,
                StatusCode::FORBIDDEN,
                "Pages of this origin may not use the relay; open its own page, or start it with `--origin`.",
            )),
        }
    }

    /// Promise 3, first half: an address ends up in histories and logs.
    pub(crate) fn check_address(&self, uri: &Uri) -> Checked {
        let named = uri.query().unwrap_or_default().split('&').any(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            matches!(name, "token" | "access_token")
        });
        let address = uri.path_and_query().map_or(&b""[..], |whole| whole.as_str().as_bytes());
        let decoded: Vec<u8> = percent_decode(address).collect();
        let carried = |token: &Token| token.is_in(address) || token.is_in(&decoded);
        if !named && !carried(&self.token) && !self.metrics_token.as_ref().is_some_and(carried) {
            return Ok(());
        }
        Err(unauthorized(
            "The token does not belong in the address that is sent; open the page with #token=TOKEN, or send `Authorization: Bearer TOKEN`.",
        ))
    }

    /// Promise 3: the token from the header, or else from the cookie, and from nowhere else.
    pub(crate) fn check_token(&self, headers: &HeaderMap) -> Checked {
        let presented = if headers.contains_key(header::AUTHORIZATION) {
            brings(headers, &self.token)
        } else {
            self.has_cookie(headers)
        };
        if presented {
            return Ok(());
        }
        Err(unauthorized(
            "The token is missing or wrong; open the address that the relay printed, or send `Authorization: Bearer TOKEN`.",
        ))
    }

    /// As `check_token`, and a scraper may bring its own.
    pub(crate) fn check_metrics_token(&self, headers: &HeaderMap) -> Checked {
        match &self.metrics_token {
            Some(token) if brings(headers, token) => Ok(()),
            _ => self.check_token(headers),
        }
    }

    fn has_cookie(&self, headers: &HeaderMap) -> bool {
        headers
            .get_all(header::COOKIE)
            .iter()
            .flat_map(|value| value.as_bytes().split(|&byte| byte == b';'))
            .filter_map(|pair| {
                let (name, value) = pair.trim_ascii().split_at_checked(self.cookie.len())?;
                (name == self.cookie.as_bytes()).then(|| value.strip_prefix(b"=")).flatten()
            })
            .any(|value| self.token.matches(value))
    }

    /// What `POST /session` answers: the token where a page's scripts cannot read it.
    pub(crate) fn cookie(&self) -> Result<HeaderValue, Refusal> {
        let (name, token) = (&self.cookie, self.token.reveal());
        let cookie = format!("{name}={token}; HttpOnly; SameSite=Strict; Path=/");
        let mut value = HeaderValue::try_from(cookie).map_err(|_| {
            Refusal::new(Check::Token, StatusCode::INTERNAL_SERVER_ERROR, "The token cannot be a cookie.")
        })?;
        value.set_sensitive(true);
        Ok(value)
    }
}

/// Where the relay's own page can be opened. A browser leaves out port 80.
fn own_hosts(listening: SocketAddr) -> Vec<String> {
    let ip = listening.ip();
    let v4 = ip.is_ipv4() || ip == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let mut names = vec!["localhost".to_owned()];
    if v4 && (ip.is_unspecified() || ip.is_loopback()) {
        names.push(Ipv4Addr::LOCALHOST.to_string());
    }
    if ip.is_ipv6() && (ip.is_unspecified() || ip.is_loopback()) {
        names.push(format!("[{}]", Ipv6Addr::LOCALHOST));
    }
    let named = ip.is_unspecified() || ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST;
    if !named {
        names.push(match ip {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => format!("[{v6}]"),
        });
    }
    let port = listening.port();
    let mut hosts: Vec<_> = names.iter().map(|name| format!("{name}:{port}")).collect();
    if port == 80 {
        hosts.extend(names);
    }
    hosts
}

/// The header's value when it is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

fn brings(headers: &HeaderMap, token: &Token) -> bool {
    let value = only(headers, &header::AUTHORIZATION).and_then(|value| bearer(value.as_bytes()));
    value.is_some_and(|presented| token.matches(presented))
}

fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then_some(token)
}

fn unauthorized(sentence: &'static str) -> Refusal {
    Refusal::new(Check::Token, StatusCode::UNAUTHORIZED, sentence).with(header::WWW_AUTHENTICATE, "Bearer")
}

/// The upgrade that RFC 6455, 4.2.1 asks for. Gives the client's key.
pub(crate) fn check_upgrade<B>(request: &Request<B>) -> Result<HeaderValue, Refusal> {
    let headers = request.headers();
    let lists = |name, item| listed(headers, name).any(|listed| listed.eq_ignore_ascii_case(item));
    if *request.method() != Method::GET {
        let sentence = "A WebSocket begins with GET.";
        return Err(Refusal::new(Check::Protocol, StatusCode::METHOD_NOT_ALLOWED, sentence).with(header::ALLOW, "GET"));
    }
    let upgrades = lists(header::CONNECTION, "upgrade") && lists(header::UPGRADE, "websocket");
    if request.version() != Version::HTTP_11 || !upgrades {
        let sentence = "This address speaks WebSocket only; open it with a WebSocket client.";
        return Err(
            Refusal::new(Check::Protocol, StatusCode::UPGRADE_REQUIRED, sentence).with(header::UPGRADE, "websocket")
        );
    }
    if only(headers, &header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let sentence = "The relay speaks version 13 of WebSocket (RFC 6455).";
        let refusal = Refusal::new(Check::Protocol, StatusCode::UPGRADE_REQUIRED, sentence);
        return Err(refusal.with(header::SEC_WEBSOCKET_VERSION, "13"));
    }
    let key = only(headers, &header::SEC_WEBSOCKET_KEY).filter(|key| is_key(key.as_bytes()));
    let Some(key) = key else {
        let sentence = "The Sec-WebSocket-Key must be there once, and be 16 bytes in base64.";
        return Err(Refusal::new(Check::Protocol, StatusCode::BAD_REQUEST, sentence));
    };
    Ok(key.clone())
}

/// The items of a header that is a list.
pub(crate) fn listed(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|item| !item.is_empty())
}

/// 16 bytes are 22 base64 digits and `==`.
fn is_key(key: &[u8]) -> bool {
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    key.strip_suffix(b"==").is_some_and(|digits| digits.len() == 22 && digits.iter().all(digit))
}

#[cfg(test)]
mod tests {
    use super::{Origin, own_hosts};

    #[test]
    fn the_own_hosts_are_those_that_reach_the_listener() {
        let hosts = |listening: &str| own_hosts(listening.parse().unwrap()).join(" ");
        assert_eq!(hosts("127.0.0.1:7878"), "localhost:7878 127.0.0.1:7878");
        assert_eq!(hosts("127.0.0.2:7878"), "localhost:7878 127.0.0.1:7878 127.0.0.2:7878");
        assert_eq!(hosts("[::1]:7878"), "localhost:7878 [::1]:7878");
        assert_eq!(hosts("[::]:7878"), "localhost:7878 127.0.0.1:7878 [::1]:7878");
        assert_eq!(hosts("192.168.1.5:80"), "localhost:80 192.168.1.5:80 localhost 192.168.1.5");
    }

    #[test]
    fn origins_are_read_or_refused() {
        for good in ["https://lab.example", "http://localhost:8080", "http://[::1]:1"] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "null",
            "*",
            "lab.example",
            "https://",
            "https://lab.example/",
            "https://*.example",
            "https://u@lab.example",
            "ftp://lab.example",
            "https://Lab.example",
            "http://a:b",
            "http://a:",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad:?}");
        }
    }
}
