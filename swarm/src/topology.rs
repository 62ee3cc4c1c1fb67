//! A random network: routers in a row, each with networks of hosts, perhaps behind a switch or a NAT.
//!
//! Absent on purpose: loops of switches (a storm is what they are for), and networks whose stations differ in MTU, which no
//! standard asks to work.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use fastrand::Rng;
use sim_core::scenario::{Address, End, HostSettings, Interface, Link, Nat, Node, NodeKind, Route, Scenario};
use sim_core::trace::NodeId;

use crate::chance::one_in;

/// A network of random shape, and what programs must know of it.
pub(crate) struct Topology {
    pub(crate) scenario: Scenario,
    pub(crate) hosts: Vec<Place>,
}

/// A host, as programs see it.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) node: NodeId,
    pub(crate) v4: Ipv4Addr,
    pub(crate) v6: Option<Ipv6Addr>,
    /// It is behind the NAT.
    pub(crate) inside: bool,
}

/// What is the same all over a network.
struct Builder<'a> {
    random: &'a mut Rng,
    nodes: Vec<Node>,
    links: Vec<Link>,
    hosts: Vec<Place>,
    macs: u8,
    v6: bool,
    /// Nothing goes wrong, and links are not narrow.
    calm: bool,
}

/// Makes a network of 2 to 12 hosts.
pub(crate) fn topology(random: &mut Rng, calm: bool) -> Topology {
    let v6 = random.bool();
    let routers = random.u8(0..4);
    let nat = routers > 1 && one_in(random, 3);
    let mut builder = Builder { random, nodes: Vec::new(), links: Vec::new(), hosts: Vec::new(), macs: 0, v6, calm };
    for number in 0..routers {
        builder.router(number, routers, nat && number + 1 == routers);
    }
    let networks: Vec<u8> = if routers == 0 { vec![0] } else { (0..routers).collect() };
    for network in networks {
        let most = if routers == 0 { 12 } else { 4 };
        let inside = nat && network + 1 == routers;
        builder.network(network, routers, most, inside);
    }
    let Builder { nodes, links, hosts, .. } = builder;
    Topology { scenario: Scenario { nodes, links, ..Scenario::default() }, hosts }
}

fn v4(network: u8, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, network, 0, host)
}

fn v6(network: u8, host: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, u16::from(network), 0, 0, 0, 0, 0, u16::from(host))
}

/// The number of the network between a router and the next.
fn between(router: u8) -> u8 {
    100 + router
}

impl Builder<'_> {
    fn router(&mut self, number: u8, routers: u8, nat: bool) {
        let mut node = Node {
            name: format!("r{number}"),
            kind: NodeKind::Router,
            interfaces: vec![self.interface("lan", number, 1)],
            routes: Vec::new(),
            settings: HostSettings::LINUX,
            nat: None,
            programs: Vec::new(),
            files: Vec::new(),
        };
        if number > 0 {
            node.interfaces.push(self.interface("left", between(number - 1), 2));
        }
        if number + 1 < routers {
            node.interfaces.push(self.interface("right", between(number), 1));
        }
        for other in 0..routers {
            let (network, host) = match other.cmp(&number) {
                std::cmp::Ordering::Less => (between(number - 1), 1),
                std::cmp::Ordering::Equal => continue,
                std::cmp::Ordering::Greater => (between(number), 2),
            };
            self.routes(&mut node, (other, 24, 64), (network, host));
            // The link beyond the other router: errors come from its addresses, and a NAT's outside is one.
            let far = if other < number { other } else { other - 1 };
            if far + 1 != number && far != number {
                self.routes(&mut node, (between(far), 24, 64), (network, host));
            }
        }
        if nat {
            let day = Duration::from_secs(86_400);
            node.nat =
                Some(Nat { outside: 1, ports: Vec::new(), udp_timeout: Duration::from_secs(120), tcp_timeout: day });
        }
        self.nodes.push(node);
        if number > 0 {
            let right = u16::from(number > 1) + 1;
            let (mtu, id) = (self.mtu(), usize::from(number));
            self.nodes[id - 1].interfaces[usize::from(right)].mtu = mtu;
            self.nodes[id].interfaces[1].mtu = mtu;
            let ends = [(u16::from(number) - 1, right), (u16::from(number), 1)];
            self.link(ends);
        }
    }

    fn routes(&self, node: &mut Node, (to, prefix, prefix6): (u8, u8, u8), (via, host): (u8, u8)) {
        let mut add = |to: IpAddr, prefix, via: IpAddr| node.routes.push(Route { to: Address { ip: to, prefix }, via });
        add(v4(to, 0).into(), prefix, v4(via, host).into());
        if self.v6 {
            add(v6(to, 0).into(), prefix6, v6(via, host).into());
        }
    }

    /// A router's network, with its hosts; the only one when there is no router.
    fn network(&mut self, number: u8, routers: u8, most: u8, inside: bool) {
        let count = self.random.u8(if routers == 1 { 2 } else { 1 }..=most).max(if routers == 0 { 2 } else { 1 });
        let (mtu, first) = (self.mtu(), self.count());
        for host in 0..count {
            let mut interface = self.interface("eth0", number, host + 10);
            interface.mtu = mtu;
            let (name, v4_address) = (format!("h{}", self.hosts.len()), v4(number, host + 10));
            let mut node = Node::with_interface(&name, NodeKind::Host, interface.mac, v4_address, 24);
            node.interfaces = vec![interface];
            if routers > 0 {
                node = node.route_all(v4(number, 1).into());
                if self.v6 {
                    node = node.route_all(v6(number, 1).into());
                }
            }
            let v6 = self.v6.then(|| v6(number, host + 10));
            self.hosts.push(Place { node: NodeId(self.count()), v4: v4_address, v6, inside });
            self.nodes.push(node);
        }
        if routers > 0 {
            self.nodes[usize::from(number)].interfaces[0].mtu = mtu;
        }
        self.connect(first, count, (routers > 0).then_some(u16::from(number)));
    }

    /// Two stations by a cable; more by a switch, or two in a row.
    fn connect(&mut self, first: u16, hosts: u8, router: Option<u16>) {
        let stations: Vec<u16> = (first..first + u16::from(hosts)).chain(router).collect();
        if let [a, b] = stations[..]
            && self.random.bool()
        {
            return self.link([(a, 0), (b, 0)]);
        }
        let switch = self.switch();
        let second = one_in(self.random, 3).then(|| self.switch());
        for (port, station) in (1..).zip(stations) {
            let at = second.filter(|_| self.random.bool()).unwrap_or(switch);
            self.link([(station, 0), (at, port)]);
        }
        if let Some(second) = second {
            self.link([(switch, 0), (second, 0)]);
        }
    }

    fn switch(&mut self) -> u16 {
        let id = self.count();
        let node = Node {
            name: format!("switch{id}"),
            kind: NodeKind::Switch,
            interfaces: Vec::new(),
            routes: Vec::new(),
            settings: HostSettings::LINUX,
            nat: None,
            programs: Vec::new(),
            files: Vec::new(),
        };
        self.nodes.push(node);
        id
    }

    fn link(&mut self, ends: [(u16, u16); 2]) {
        let ends = ends.map(|(node, interface)| End { node: NodeId(node), interface });
        let random = &mut *self.random;
        let rates: &[u64] = &[0, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 128_000];
        let rate = rates[random.usize(..if self.calm { 5 } else { 6 })];
        let delay = Duration::from_micros([0, 10, 1000, 10_000, 100_000, 300_000][random.usize(..6)]);
        let jitter = if one_in(random, 4) { Duration::from_micros(random.u64(0..20_000)) } else { Duration::ZERO };
        let queue = [1000, 100, 20, 5, 1, 0][random.usize(..if self.calm { 3 } else { 6 })];
        self.links.push(Link { ends, jitter, ..Link::between(ends[0].node, ends[1].node, rate, delay, queue) });
    }

    fn interface(&mut self, name: &str, network: u8, host: u8) -> Interface {
        self.macs += 1;
        let mut interface = Interface::new(name, [2, 0, 0, 0, 0, self.macs], v4(network, host), 24);
        if self.v6 {
            interface.addresses.push(Address { ip: v6(network, host).into(), prefix: 64 });
        }
        interface
    }

    fn mtu(&mut self) -> u16 {
        let least = if self.v6 { 1280 } else { 576 };
        if self.random.bool() { 1500 } else { self.random.u16(least..=1500) }
    }

    fn count(&self) -> u16 {
        u16::try_from(self.nodes.len()).expect("a few nodes")
    }
}
