//! `ping`: its arguments as steps, and what it wrote.
//!
//! A ping is one event of a recording; its requests and answers are frames. The steps send the requests when the recording's
//! left, and read when its answers came. Compared is who answered what; round-trip times are those of the frames.
//!
//! Absent on purpose: names of hosts, and options that the recordings could not have (flooding, record route).

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};

use sim_core::program::MtuDiscovery;

use crate::call::OptionSaid;
use crate::plan::{Act, Handle, Kind, Step};
use crate::recording::Nanos;
use crate::traffic::Traffic;

/// The socket of `ping`.
const SOCKET: Handle = Handle(u32::MAX - 1);
/// How long after its arrival an answer is read.
const READING: Nanos = 50_000;
/// From one request to the next, when nothing is said.
const INTERVAL: f64 = 1.0;
/// Bytes of data in a request.
const SIZE: usize = 56;
/// The most that a datagram holds.
const MOST: usize = 65_507;

/// The arguments that matter.
#[derive(Clone, Debug, PartialEq)]
struct Arguments {
    to: IpAddr,
    count: usize,
    interval: f64,
    size: usize,
    ttl: Option<u32>,
    discovery: Option<MtuDiscovery>,
}

impl Arguments {
    /// The error is the word that is not known.
    fn parse(words: &[String]) -> Result<Arguments, String> {
        let mut arguments = Arguments {
            to: IpAddr::from([0, 0, 0, 0]),
            count: 1,
            interval: INTERVAL,
            size: SIZE,
            ttl: None,
            discovery: None,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().map(String::as_str).ok_or_else(|| word.clone());
            let number = |text: &str| text.parse::<usize>().map_err(|_| text.to_owned());
            match word.as_str() {
                // Where the output goes, what it says, and how long is waited: the frames show the latter.
                "-n" | "-q" | "-4" | "-6" => {}
                "-W" | "-w" | "-I" => drop(value()?),
                "-c" => arguments.count = number(value()?)?.min(10_000),
                "-i" => {
                    let text = value()?;
                    arguments.interval = text.parse().map_err(|_| text.to_owned())?;
                }
                "-s" => arguments.size = number(value()?)?.min(MOST),
                "-t" => arguments.ttl = u32::try_from(number(value()?)?).ok(),
                "-M" => {
                    arguments.discovery = Some(match value()? {
                        "do" => MtuDiscovery::Do,
                        "want" => MtuDiscovery::Want,
                        "dont" => MtuDiscovery::Dont,
                        "probe" => MtuDiscovery::Probe,
                        other => return Err(other.to_owned()),
                    });
                }
                word => arguments.to = word.parse().map_err(|_| word.to_owned())?,
            }
        }
        Ok(arguments)
    }
}

/// The steps of a `ping` that ended at `at`. The error is the word that is not known.
pub(crate) fn steps(words: &[String], traffic: &Traffic, at: Nanos, event: Option<usize>) -> Result<Vec<Step>, String> {
    let arguments = Arguments::parse(words)?;
    let ipv6 = arguments.to.is_ipv6();
    let begin = traffic.first_sent(Nanos::MIN, at).unwrap_or(at);
    let mut steps = Vec::new();
    let mut push = |at, act, event| steps.push(Step::new(at, act, event));
    push(begin, Act::Socket { handle: SOCKET, kind: Kind::Ping, ipv6 }, None);
    push(begin, Act::SetOption(SOCKET, OptionSaid::ReceiveErrors), None);
    if let Some(ttl) = arguments.ttl {
        let option = if ipv6 { OptionSaid::Hops(ttl) } else { OptionSaid::Ttl(ttl) };
        push(begin, Act::SetOption(SOCKET, option), None);
    }
    if let Some(discovery) = arguments.discovery {
        push(begin, Act::SetOption(SOCKET, OptionSaid::Fragment(discovery)), None);
    }
    let echoes = traffic.echoes();
    let mut sent = begin;
    for number in 0..arguments.count {
        // The first waited for its neighbour perhaps; those after it left at once.
        let shown = echoes.requests.get(number).copied().filter(|_| number > 0);
        let interval = (arguments.interval.clamp(0.0, 3600.0) * 1e9) as Nanos;
        sent = if number == 0 { begin } else { shown.unwrap_or(sent + interval) };
        if sent > at {
            break;
        }
        let to = SocketAddr::new(arguments.to, 0);
        push(sent, Act::Echo(SOCKET, request(ipv6, number + 1, arguments.size), to), None);
    }
    for arrival in &echoes.answers {
        push(arrival + READING, Act::RecvEcho(SOCKET), None);
    }
    for arrival in &echoes.errors {
        push(arrival + READING, Act::RecvError(SOCKET), None);
    }
    push(at, Act::Pinged(SOCKET), event);
    Ok(steps)
}

/// An echo request; identifier and checksum are the kernel's.
fn request(ipv6: bool, seq: usize, size: usize) -> Vec<u8> {
    let mut bytes = vec![if ipv6 { 128 } else { 8 }, 0, 0, 0, 0, 0];
    bytes.extend(u16::try_from(seq).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend((0..size).map(|place| (place & 0xff) as u8));
    bytes
}

/// What a ping has come to: what it would write, as far as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pinged {
    /// Requests sent.
    pub(crate) sent: usize,
    /// Sequence numbers of the requests that were answered.
    answered: BTreeSet<u16>,
    /// Sequence numbers of the requests that came to nothing, and who said so.
    failed: BTreeSet<(u16, Option<IpAddr>)>,
}

impl Pinged {
    /// An echo reply, from its ICMP header on.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.answered.extend(seq(bytes));
    }

    /// An error about a request, of which it quotes the beginning.
    pub(crate) fn take_error(&mut self, from: Option<IpAddr>, quoted: &[u8]) {
        self.failed.extend(seq(quoted).map(|seq| (seq, from)));
    }

    /// Reads what a real ping wrote.
    pub(crate) fn read(text: &str) -> Pinged {
        let mut pinged = Pinged::default();
        let seq = |line: &str| -> Option<u16> {
            let (_, rest) = line.split_once("icmp_seq=")?;
            rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
        };
        for line in text.lines() {
            if let Some((count, _)) = line.split_once(" packets transmitted") {
                pinged.sent = count.trim().parse().unwrap_or(0);
            } else if line.contains(" bytes from ") {
                pinged.answered.extend(seq(line));
            } else if let Some(rest) = line.strip_prefix("From ") {
                let from = rest.split_whitespace().next().and_then(|from| from.trim_end_matches(':').parse().ok());
                pinged.failed.extend(seq(line).map(|seq| (seq, from)));
            }
        }
        pinged
    }
}

/// The sequence number of an echo message.
fn seq(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(6..8)?.try_into().ok()?))
}

impl fmt::Display for Pinged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sent, answered", self.sent)?;
        self.answered.iter().try_for_each(|seq| write!(f, " {seq}"))?;
        self.failed.iter().try_for_each(|(seq, from)| match from {
            Some(from) => write!(f, ", {seq} failed at {from}"),
            None => write!(f, ", {seq} failed"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn arguments_are_understood() {
        let arguments = Arguments::parse(&words("-c 3 -i 0.2 -s 3000 -W 1 -t 5 -M do 10.0.0.2")).unwrap();
        assert_eq!((arguments.count, arguments.size, arguments.ttl), (3, 3000, Some(5)));
        assert_eq!(arguments.to, IpAddr::from([10, 0, 0, 2]));
        assert_eq!(Arguments::parse(&words("-f 10.0.0.2")), Err("-f".into()));
        assert_eq!(Arguments::parse(&words("example.org")), Err("example.org".into()));
    }

    #[test]
    fn what_it_wrote_is_understood() {
        let text = "64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=40.9 ms\nFrom 10.0.1.254 icmp_seq=2 Time to live \
                    exceeded\n3 packets transmitted, 1 received";
        assert_eq!(Pinged::read(text).to_string(), "3 sent, answered 1, 2 failed at 10.0.1.254");
    }
}
