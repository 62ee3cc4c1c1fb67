//! The calls of a recording, understood: `send(b'hello!')`, `recv total`, `connect#2 nonblocking`.
//!
//! A recording names a call shortly, as its author logged it; arguments that it leaves out are in its result or in the
//! frames. Absent on purpose: guessing. A name that is not known here is told to the user as it stands.

use std::net::{IpAddr, SocketAddr};

use sim_core::program::MtuDiscovery;

/// A call as a recording names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Which of several sockets: `#2`.
    pub handle: Option<u32>,
    /// The call.
    pub what: What,
}

/// Most bytes of one call.
pub const MOST: usize = 64 << 20;

/// What was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `socket`, `bind` and `listen` with a port and a backlog.
    Listen(u16, u32),
    /// `bind` to a port of every address.
    Bind(u16),
    /// `connect`, where to if it says so, and whether it does not block.
    Connect(Target, bool),
    /// `accept`.
    Accept,
    /// `send` or `sendall`: what it says of the bytes.
    Send(Payload, Whole),
    /// `sendto` in answer to the last `recvfrom`, or to the address that is said.
    SendTo(Payload, Option<SocketAddr>),
    /// `recv` of at most so many bytes.
    Recv(usize),
    /// `recv` again and again; the result is the sum.
    RecvTotal,
    /// `recvfrom`.
    RecvFrom(usize),
    /// `shutdown`: `RD`, `WR` or `RDWR`.
    Shutdown(Side),
    /// `close`.
    Close,
    /// `getsockopt(SO_ERROR)` and `getpeername`.
    ErrorAndPeer,
    /// `setsockopt`.
    SetOption(OptionSaid),
    /// `ping` with its arguments.
    Ping(Vec<String>),
    /// No call: a mark in time, or a pause.
    Mark,
}

/// Where a connection goes, as far as the recording says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: Option<u16>,
}

/// Whether a call goes on until all is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// `sendall`: the result is None.
    All,
    /// `send`: the result is a number.
    Once,
}

/// What a recording says of the bytes sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// They themselves.
    Bytes(Vec<u8>),
    /// How many.
    Length(usize),
    /// Nothing.
    Unsaid,
}

/// The side of a connection that is shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `SHUT_RD`.
    Read,
    /// `SHUT_WR`.
    Write,
    /// `SHUT_RDWR`.
    Both,
}

/// A socket option and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionSaid {
    /// `TCP_NODELAY`.
    NoDelay(bool),
    /// `TCP_CORK`.
    Cork(bool),
    /// `TCP_QUICKACK`.
    QuickAck(bool),
    /// `SO_REUSEADDR`.
    ReuseAddress(bool),
    /// `SO_KEEPALIVE`.
    KeepAlive(bool),
    /// `TCP_KEEPIDLE`, in seconds.
    KeepIdle(u32),
    /// `TCP_KEEPINTVL`, in seconds.
    KeepInterval(u32),
    /// `TCP_KEEPCNT`.
    KeepCount(u32),
    /// `TCP_USER_TIMEOUT`, in milliseconds.
    UserTimeout(u32),
    /// `SO_RCVBUF`, in bytes.
    ReceiveBuffer(u32),
    /// `SO_SNDBUF`, in bytes.
    SendBuffer(u32),
    /// `SO_LINGER`: on, and seconds.
    Linger(bool, u32),
    /// `TCP_MAXSEG`, in bytes.
    MaxSegment(u32),
    /// `IP_TTL`.
    Ttl(u32),
    /// `IPV6_UNICAST_HOPS`.
    Hops(u32),
    /// `IP_RECVERR`: on.
    ReceiveErrors,
    /// `IP_MTU_DISCOVER`.
    Fragment(MtuDiscovery),
}

impl Said {
    /// Understands a call; the error is the word that is not known.
    pub fn parse(text: &str) -> Result<Said, String> {
        let text = text.trim();
        if text == "ping" || text.starts_with("ping ") {
            let words = text.split_whitespace().skip(1).map(str::to_owned).collect();
            return Ok(Said { handle: None, what: What::Ping(words) });
        }
        if let Some(number) = text.strip_prefix('#') {
            let (number, rest) = number.split_once(' ').unwrap_or((number, ""));
            let handle = number.parse().map_err(|_| text.to_owned())?;
            return match rest {
                "SO_ERROR/peer" => Ok(Said { handle: Some(handle), what: What::ErrorAndPeer }),
                _ => Err(rest.to_owned()),
            };
        }
        let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let (handle, rest) = handle(rest)?;
        let (arguments, words) = arguments(rest);
        let words = without_remarks(words);
        let what = what(name, arguments, &words).ok_or_else(|| text.to_owned())?;
        Ok(Said { handle, what })
    }
}

/// Words after a call that only tell its reader which of several it is.
const REMARKS: [&str; 12] =
    ["again", "first", "second", "third", "last", "late", "later", "early", "before", "after", "more", "rest"];

/// The words after a call, without remarks: those of [`REMARKS`], and what stands in brackets of its own.
fn without_remarks(words: &str) -> String {
    let words = words.trim();
    let words = match (words.find('('), words.rfind(')')) {
        (Some(begin), Some(end)) if begin < end => format!("{} {}", &words[..begin], &words[end + 1..]),
        _ => words.to_owned(),
    };
    words.split_whitespace().filter(|word| !REMARKS.contains(word)).collect::<Vec<_>>().join(" ")
}

fn handle(rest: &str) -> Result<(Option<u32>, &str), String> {
    let Some(number) = rest.strip_prefix('#') else { return Ok((None, rest)) };
    let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
    let handle = number[..end].parse().map_err(|_| rest.to_owned())?;
    Ok((Some(handle), &number[end..]))
}

/// What stands in the brackets that follow a name, and what follows them.
fn arguments(rest: &str) -> (Option<&str>, &str) {
    // `close (unread data)`: words, not arguments.
    let Some(inside) = rest.strip_prefix('(') else { return (None, rest) };
    match inside.rfind(')') {
        Some(end) => (Some(&inside[..end]), &inside[end + 1..]),
        None => (None, rest),
    }
}

fn what(name: &str, arguments: Option<&str>, words: &str) -> Option<What> {
    let plain = words.is_empty();
    Some(match name {
        "listen" => {
            let (port, backlog) = arguments?.split_once(',')?;
            What::Listen(port.trim().parse().ok()?, backlog.trim().parse().ok()?)
        }
        "connect" => connect(arguments, words)?,
        "accept" if plain || words == "nonblocking" => What::Accept,
        "send" => What::Send(payload(arguments, words)?, Whole::Once),
        "sendall" => What::Send(payload(arguments, words)?, Whole::All),
        "sendto" => {
            let (bytes, to) = arguments.map_or((None, None), |text| match text.rsplit_once(", ") {
                Some((bytes, to)) if to.parse::<SocketAddr>().is_ok() => (Some(bytes), to.parse().ok()),
                _ => (Some(text), None),
            });
            What::SendTo(payload(bytes, words)?, to)
        }
        "recv" if words == "total" => What::RecvTotal,
        "recv" => What::Recv(size(arguments, words)?),
        "recvfrom" => What::RecvFrom(size(arguments, words)?),
        "shutdown" => What::Shutdown(match arguments?.trim().trim_start_matches("SHUT_") {
            "RD" => Side::Read,
            "WR" => Side::Write,
            "RDWR" => Side::Both,
            _ => return None,
        }),
        "close" => What::Close,
        "bind" => What::Bind(arguments.unwrap_or(words).trim().parse().ok()?),
        "setsockopt" => What::SetOption(option(arguments?)?),
        "start" | "sleep" | "wait" => What::Mark,
        name if name.starts_with("TCP_") || name.starts_with("SO_") || name.starts_with("IP") => {
            What::SetOption(option(&format!("{name},{}", arguments.unwrap_or(words.trim_start_matches('='))))?)
        }
        _ => return None,
    })
}

fn connect(arguments: Option<&str>, words: &str) -> Option<What> {
    let mut target = Target::default();
    let mut nonblocking = false;
    for word in words.split_whitespace().chain(arguments) {
        if word == "nonblocking" {
            nonblocking = true;
        } else if let Ok(address) = word.parse::<SocketAddr>() {
            target = Target { address: Some(address.ip()), port: Some(address.port()) };
        } else if let Ok(address) = word.parse() {
            target.address = Some(address);
        } else if let Ok(port) = word.parse() {
            target.port = Some(port);
        } else {
            return None;
        }
    }
    Some(What::Connect(target, nonblocking))
}

fn payload(arguments: Option<&str>, words: &str) -> Option<Payload> {
    if let Some(text) = arguments.map(str::trim).filter(|text| !text.is_empty()) {
        return match text.parse() {
            Ok(length) if length <= MOST => Some(Payload::Length(length)),
            Ok(_) => None,
            Err(_) => python_literal(text).map(|(bytes, _)| Payload::Bytes(bytes)),
        };
    }
    Some(match words {
        "" => Payload::Unsaid,
        word => Payload::Bytes(word.as_bytes().to_vec()),
    })
}

/// How much a `recv` takes at most; the recorder's own default where nothing is said.
fn size(arguments: Option<&str>, words: &str) -> Option<usize> {
    const UNSAID: usize = 65_536;
    match arguments.map(str::trim) {
        None | Some("") if plain(words) => Some(UNSAID),
        Some(text) if plain(words) => text.parse().ok(),
        _ => None,
    }
}

/// That a call did not block, its result says.
fn plain(words: &str) -> bool {
    words.is_empty() || words == "nonblocking"
}

fn option(text: &str) -> Option<OptionSaid> {
    let mut words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let mut words = words
        .by_ref()
        .filter(|word| !word.is_empty() && !["socket", "SOL_SOCKET", "IPPROTO_TCP", "IPPROTO_IP"].contains(word));
    let name = words.next()?;
    let number = |word: Option<&str>| word.unwrap_or("1").parse::<u32>().ok();
    let first = number(words.next())?;
    Some(match name {
        "TCP_NODELAY" => OptionSaid::NoDelay(first != 0),
        "TCP_CORK" => OptionSaid::Cork(first != 0),
        "TCP_QUICKACK" => OptionSaid::QuickAck(first != 0),
        "SO_REUSEADDR" => OptionSaid::ReuseAddress(first != 0),
        "SO_KEEPALIVE" => OptionSaid::KeepAlive(first != 0),
        "TCP_KEEPIDLE" => OptionSaid::KeepIdle(first),
        "TCP_KEEPINTVL" => OptionSaid::KeepInterval(first),
        "TCP_KEEPCNT" => OptionSaid::KeepCount(first),
        "TCP_USER_TIMEOUT" => OptionSaid::UserTimeout(first),
        "SO_RCVBUF" => OptionSaid::ReceiveBuffer(first),
        "SO_SNDBUF" => OptionSaid::SendBuffer(first),
        "SO_LINGER" => OptionSaid::Linger(first != 0, number(words.next().or(Some("0")))?),
        "TCP_MAXSEG" => OptionSaid::MaxSegment(first),
        "IP_TTL" => OptionSaid::Ttl(first),
        "IPV6_UNICAST_HOPS" => OptionSaid::Hops(first),
        "IP_RECVERR" => OptionSaid::ReceiveErrors,
        _ => return None,
    })
}

/// Bytes that Python wrote, and what follows them.
pub fn python_literal(text: &str) -> Option<(Vec<u8>, &str)> {
    let text = text.strip_prefix('b')?;
    let quote = text.chars().next().filter(|quote| ['\'', '"'].contains(quote))?;
    let mut bytes = Vec::new();
    let mut letters = text[1..].char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            letter if letter == quote => return Some((bytes, &text[1 + at + 1..])),
            '\\' => bytes.push(match letters.next()?.1 {
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                'x' => {
                    let digits: String = [letters.next()?.1, letters.next()?.1].iter().collect();
                    u8::from_str_radix(&digits, 16).ok()?
                }
                other => u8::try_from(other).ok()?,
            }),
            letter => bytes.push(u8::try_from(letter).ok()?),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> What {
        Said::parse(text).unwrap().what
    }

    #[test]
    fn calls_as_recordings_name_them() {
        assert_eq!(parse("listen(8898,8)"), What::Listen(8898, 8));
        assert_eq!(parse("connect"), What::Connect(Target::default(), false));
        let address = "10.0.2.2".parse().ok();
        assert_eq!(parse("connect 10.0.2.2"), What::Connect(Target { address, port: None }, false));
        assert_eq!(parse("send(b'hello!')"), What::Send(Payload::Bytes(b"hello!".to_vec()), Whole::Once));
        assert_eq!(parse("send(b\"x\")"), What::Send(Payload::Bytes(b"x".to_vec()), Whole::Once));
        assert_eq!(parse("send ping"), What::Send(Payload::Bytes(b"ping".to_vec()), Whole::Once));
        assert_eq!(parse("send again"), What::Send(Payload::Unsaid, Whole::Once));
        assert_eq!(parse("sendall(200000)"), What::Send(Payload::Length(200_000), Whole::All));
        assert_eq!(parse("recv"), What::Recv(65_536));
        assert_eq!(parse("recv(100)"), What::Recv(100));
        assert_eq!(parse("recv total"), What::RecvTotal);
        assert_eq!(parse("close (unread data)"), What::Close);
        assert_eq!(parse("recv again"), What::Recv(65_536));
        assert_eq!(parse("bind(9000)"), What::Bind(9000));
        assert_eq!(parse("shutdown(SHUT_RDWR)"), What::Shutdown(Side::Both));
        assert_eq!(parse("setsockopt(SO_RCVBUF, 8192)"), What::SetOption(OptionSaid::ReceiveBuffer(8192)));
        assert_eq!(parse("setsockopt(SOL_SOCKET, SO_LINGER, (1, 0))"), What::SetOption(OptionSaid::Linger(true, 0)));
        assert_eq!(parse("TCP_NODELAY"), What::SetOption(OptionSaid::NoDelay(true)));
        assert_eq!(parse("start reading"), What::Mark);
        assert_eq!(parse("ping -c 3 10.0.0.2"), What::Ping(["-c", "3", "10.0.0.2"].map(str::to_owned).to_vec()));
        let nonblocking = Said::parse("connect#2 nonblocking").unwrap();
        assert_eq!(nonblocking, Said { handle: Some(2), what: What::Connect(Target::default(), true) });
        assert_eq!(Said::parse("#4 SO_ERROR/peer").unwrap(), Said { handle: Some(4), what: What::ErrorAndPeer });
    }

    #[test]
    fn an_unknown_call_is_given_back() {
        assert_eq!(Said::parse("splice(3)"), Err("splice(3)".into()));
        assert_eq!(Said::parse("recv(much)"), Err("recv(much)".into()));
        assert_eq!(Said::parse("connect to nowhere"), Err("connect to nowhere".into()));
        assert_eq!(Said::parse("setsockopt(SO_MAGIC,1)"), Err("setsockopt(SO_MAGIC,1)".into()));
    }

    #[test]
    fn bytes_that_python_wrote() {
        assert_eq!(python_literal(r"b'a\x00\n\'', 5").unwrap(), (b"a\x00\n'".to_vec(), ", 5"));
        assert_eq!(python_literal("b'open"), None);
    }
}
