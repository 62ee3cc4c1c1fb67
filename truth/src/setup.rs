//! What the hosts were before the first call: the commands of a recording, understood.
//!
//! A node is called by the last letter of its namespace (`hsxa` is A). Interfaces of a node are numbered in the order of its
//! links: `eth0`, `eth1`.
//!
//! Absent on purpose: running commands. A word that is not known here is a [`Problem`], never ignored: what it would
//! have changed is unknown, and so would be the comparison.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use crate::Problem;
use crate::recording::Recording;

/// The network of a recording.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The nodes in the order of their making.
    pub nodes: Vec<Node>,
    /// The links in order.
    pub links: Vec<Link>,
}

/// One namespace.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its namespace.
    pub namespace: String,
    /// Its interfaces: `eth0` first.
    pub interfaces: Vec<Interface>,
    /// Its routes beside those of its interfaces.
    pub routes: Vec<Route>,
    /// Its kernel parameters that are not as they come, by name.
    pub sysctls: BTreeMap<String, String>,
}

/// An interface.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Hardware address.
    pub mac: [u8; 6],
    /// Largest IP packet, where it was set.
    pub mtu: Option<u16>,
    /// Addresses with the lengths of their prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The network; `None` for the default route.
    pub network: Option<(IpAddr, u8)>,
    /// The next router.
    pub via: IpAddr,
}

/// A link: each end is a node's place and its interface's.
#[derive(Clone, Debug)]
pub struct Link {
    /// The two ends.
    pub ends: [(usize, usize); 2],
    /// One-way delay.
    pub delay: Duration,
    /// Bits per second; zero without serialisation.
    pub rate: u64,
    /// Frames that the queue holds.
    pub limit: usize,
}

/// Kernel parameters that change nothing that is compared, or whose effect shows in the set-up itself.
const NEUTRAL: [&str; 6] = [
    "net.ipv4.tcp_no_metrics_save",
    "net.ipv6.conf.all.disable_ipv6",
    "net.ipv6.conf.default.disable_ipv6",
    "net.ipv6.conf.eth0.disable_ipv6",
    "net.ipv4.ip_forward",
    "net.ipv6.conf.all.forwarding",
];

struct Parser<'a> {
    file: &'a Path,
    setup: Setup,
}

impl Setup {
    /// Understands the commands of a recording.
    pub fn of(recording: &Recording) -> Result<Setup, Problem> {
        let file = Path::new(&recording.name).join("exchange.json");
        let mut parser = Parser { file: &file, setup: Setup::default() };
        for command in recording.commands.iter().flat_map(|line| line.split(';')) {
            parser.command(command.trim())?;
        }
        if parser.setup.links.is_empty() {
            return Err(parser.problem("no link", "give a `linkemu` command"));
        }
        Ok(parser.setup)
    }

    /// The node of this letter.
    pub fn node(&self, letter: char) -> Option<usize> {
        self.nodes.iter().position(|node| node.letter() == letter.to_ascii_uppercase())
    }

    /// Whose interface a capture is of: `a`, `b`, `r0`, `r1`.
    pub fn point(&self, point: &str) -> Option<(usize, usize)> {
        let letter = point.chars().next()?;
        let interface = if point.len() > 1 { point[letter.len_utf8()..].parse().ok()? } else { 0 };
        let node = self.node(letter)?;
        (interface < self.nodes[node].interfaces.len()).then_some((node, interface))
    }

    /// The place of the link at an interface, and which end that is.
    pub fn link_at(&self, node: usize, interface: usize) -> Option<(usize, usize)> {
        self.links.iter().enumerate().find_map(|(index, link)| {
            link.ends.iter().position(|end| *end == (node, interface)).map(|end| (index, end))
        })
    }
}

impl Node {
    /// What it is called.
    pub fn letter(&self) -> char {
        self.namespace.chars().last().unwrap_or('?').to_ascii_uppercase()
    }

    /// Whether it forwards packets of others.
    pub fn forwards(&self) -> bool {
        let on = |name: &str| self.sysctls.get(name).is_some_and(|value| value == "1");
        on("net.ipv4.ip_forward") || on("net.ipv6.conf.all.forwarding")
    }

    /// Whether its interfaces have IPv6.
    pub fn has_ipv6(&self) -> bool {
        self.interfaces.iter().any(|interface| interface.addresses.iter().any(|(address, _)| address.is_ipv6()))
    }

    /// Kernel parameters that the simulator has to be told of.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.sysctls.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| !NEUTRAL.contains(name))
    }
}

impl Parser<'_> {
    fn problem(&self, what: &str, instead: &str) -> Problem {
        Problem::new(self.file, format!("{what}: {instead}"))
    }

    fn unknown(&self, word: &str, command: &str) -> Problem {
        Problem::new(self.file, format!("`{word}` in `{command}` is unknown: teach it to truth/src/setup.rs"))
    }

    fn command(&mut self, command: &str) -> Result<(), Problem> {
        let words: Vec<&str> = command.split_whitespace().collect();
        match words[..] {
            [] => Ok(()),
            ["ip", "netns", "add", name] => {
                self.setup.nodes.push(Node { namespace: name.into(), ..Node::default() });
                Ok(())
            }
            ["ip", "netns", "exec", name, "sysctl", ref rest @ ..] => self.sysctl(name, rest, command),
            // Programs are among the events; what they did is known there.
            ["ip", "netns", "exec", _, "ping" | "ping6", ..] => Ok(()),
            ["ip", "-n", name, "-6" | "-4", ref rest @ ..] | ["ip", "-n", name, ref rest @ ..] => {
                self.configure(name, rest, command)
            }
            ["linkemu", from, to, ref rest @ ..] => self.link(from, to, rest, command),
            [word, ..] => Err(self.unknown(word, command)),
        }
    }

    fn node(&self, name: &str, command: &str) -> Result<usize, Problem> {
        let nodes = &self.setup.nodes;
        nodes
            .iter()
            .position(|node| node.namespace == name || (name.len() == 1 && name.starts_with(node.letter())))
            .ok_or_else(|| self.unknown(name, command))
    }

    fn sysctl(&mut self, name: &str, settings: &[&str], command: &str) -> Result<(), Problem> {
        let node = self.node(name, command)?;
        // A setting with several values is quoted: `net.ipv4.tcp_rmem="4096 131072 6291456"`.
        let text = settings.iter().filter(|word| !word.starts_with('-')).copied().collect::<Vec<_>>().join(" ");
        for (name, value) in assignments(&text) {
            self.setup.nodes[node].sysctls.insert(name.replace('/', "."), value);
        }
        Ok(())
    }

    fn interface(&mut self, node: usize, device: &str, command: &str) -> Result<&mut Interface, Problem> {
        let number = device.strip_prefix("eth").and_then(|number| number.parse::<usize>().ok());
        let known = number.is_some_and(|number| number < self.setup.nodes[node].interfaces.len());
        match number {
            Some(number) if known => Ok(&mut self.setup.nodes[node].interfaces[number]),
            _ => Err(self.unknown(device, command)),
        }
    }

    fn configure(&mut self, name: &str, words: &[&str], command: &str) -> Result<(), Problem> {
        let node = self.node(name, command)?;
        match *words {
            ["link", "set", "lo", "up"] => Ok(()),
            ["link", "set", "dev", device, ref rest @ ..] | ["link", "set", device, ref rest @ ..] => {
                self.set_link(node, device, rest, command)
            }
            ["addr" | "address" | "a", "add", address, "dev", device, ref rest @ ..] => {
                if let Some(word) = rest.iter().find(|word| !["nodad", "brd", "+", "scope", "global"].contains(word)) {
                    return Err(self.unknown(word, command));
                }
                let address = network(address).ok_or_else(|| self.unknown(address, command))?;
                self.interface(node, device, command)?.addresses.push(address);
                Ok(())
            }
            ["route" | "r", "add", to, "via", via, ref rest @ ..] => {
                if let Some(word) = rest.iter().find(|word| !word.starts_with("eth") && **word != "dev") {
                    return Err(self.unknown(word, command));
                }
                let network = match to {
                    "default" => None,
                    to => Some(network(to).ok_or_else(|| self.unknown(to, command))?),
                };
                let via = via.parse().map_err(|_| self.unknown(via, command))?;
                self.setup.nodes[node].routes.push(Route { network, via });
                Ok(())
            }
            [word, ..] => Err(self.unknown(word, command)),
            [] => Ok(()),
        }
    }

    fn set_link(&mut self, node: usize, device: &str, words: &[&str], command: &str) -> Result<(), Problem> {
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            let value = match word {
                "up" => continue,
                _ => words.next().unwrap_or_default(),
            };
            match word {
                "address" => {
                    let mac = mac(value).ok_or_else(|| self.unknown(value, command))?;
                    self.interface(node, device, command)?.mac = mac;
                }
                "mtu" => {
                    let mtu = value.parse().map_err(|_| self.unknown(value, command))?;
                    self.interface(node, device, command)?.mtu = Some(mtu);
                }
                "txqueuelen" => {}
                _ => return Err(self.unknown(word, command)),
            }
        }
        Ok(())
    }

    fn link(&mut self, from: &str, to: &str, words: &[&str], command: &str) -> Result<(), Problem> {
        let mut link = Link { ends: [(0, 0); 2], delay: Duration::ZERO, rate: 0, limit: 1000 };
        for (end, name) in [from, to].into_iter().enumerate() {
            let node = self.node(name, command)?;
            link.ends[end] = (node, self.setup.nodes[node].interfaces.len());
            self.setup.nodes[node].interfaces.push(Interface::default());
        }
        for word in words {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            let number = || value.parse::<u64>().map_err(|_| self.unknown(word, command));
            match name {
                "delay_us" => link.delay = Duration::from_micros(number()?),
                "delay_ms" => link.delay = Duration::from_millis(number()?),
                "rate" => link.rate = number()?,
                "limit" => link.limit = usize::try_from(number()?).unwrap_or(usize::MAX),
                // Which frames they took, and how late each frame was, the link's log and the captures say.
                "dropab" | "dropba" | "lossab" | "lossba" | "loss" | "loss_ppm" | "jitter_us" | "seed" => {}
                _ => return Err(self.unknown(name, command)),
            }
        }
        self.setup.links.push(link);
        Ok(())
    }
}

/// `name=value` pairs; a value in quotes may have spaces.
fn assignments(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim();
    while let Some((name, after)) = rest.split_once('=') {
        let quote = after.chars().next().filter(|quote| ['"', '\''].contains(quote));
        let (value, next) = match quote {
            Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
            None => after.split_once(' ').unwrap_or((after, "")),
        };
        pairs.push((name.trim().to_owned(), value.to_owned()));
        rest = next.trim_start();
    }
    pairs
}

fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse().ok()?)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    Some((address, prefix.unwrap_or(longest))).filter(|(_, prefix)| *prefix <= longest)
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let bytes: Option<Vec<u8>> = text.split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    bytes?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup(commands: &[&str]) -> Result<Setup, Problem> {
        let commands = commands.iter().map(|command| (*command).to_owned()).collect();
        let name = "exchange".to_owned();
        let (link, events, captures, fates) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        Setup::of(&Recording { name, link, commands, events, captures, fates })
    }

    #[test]
    fn a_routed_network_is_understood() {
        let setup = setup(&[
            "ip netns add hsxa",
            "ip netns add hsxr",
            "ip netns add hsxb",
            "linkemu A R delay_us=5000; linkemu R B delay_us=7000 rate=10000000 limit=50 dropab=data#3",
            "ip netns exec hsxr sysctl -q net.ipv4.ip_forward=1 net.ipv4.tcp_rmem=\"4096 131072 6291456\"",
            "ip -n hsxa addr add 10.0.1.1/24 dev eth0",
            "ip -n hsxr link set eth1 address 02:00:00:00:02:fe",
            "ip -n hsxr link set eth1 mtu 1000",
            "ip -n hsxa route add default via 10.0.1.254",
            "ip -n hsxa -6 route add default via fd00:1::fe dev eth0",
        ])
        .unwrap();
        assert_eq!(setup.links[1].ends, [(1, 1), (2, 0)]);
        assert_eq!((setup.links[1].rate, setup.links[1].limit), (10_000_000, 50));
        assert_eq!(setup.nodes[1].interfaces[1].mtu, Some(1000));
        assert_eq!(setup.nodes[1].interfaces[1].mac, [2, 0, 0, 0, 2, 0xfe]);
        assert!(setup.nodes[1].forwards() && !setup.nodes[0].forwards());
        assert_eq!(setup.nodes[1].parameters().collect::<Vec<_>>(), [("net.ipv4.tcp_rmem", "4096 131072 6291456")]);
        assert_eq!(setup.nodes[0].routes.len(), 2);
        assert_eq!(setup.point("r1"), Some((1, 1)));
        assert_eq!(setup.point("r2"), None);
        assert_eq!(setup.link_at(2, 0), Some((1, 1)));
    }

    #[test]
    fn an_unknown_word_is_named() {
        let text = |commands: &[&str]| setup(commands).unwrap_err().to_string();
        assert_eq!(
            text(&["ip netns add hsxa", "tc qdisc add dev eth0 root netem"]),
            "exchange/exchange.json: `tc` in `tc qdisc add dev eth0 root netem` is unknown: teach it to truth/src/setup.rs"
        );
        assert!(text(&["ip netns add a", "ip netns add b", "linkemu a b warp=9"]).contains("`warp`"));
        assert!(text(&["ip netns add a", "ip -n a link set eth7 up mtu 9"]).contains("`eth7`"));
        assert!(text(&["ip -n zz addr add 10.0.0.1/24 dev eth0"]).contains("`zz`"));
        assert!(text(&[]).contains("no link"));
    }
}
