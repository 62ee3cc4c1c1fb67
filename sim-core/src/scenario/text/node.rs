//! Nodes: hosts, routers, switches and gateways with their interfaces; routes, NAT and port maps below them.
//!
//! Absent on purpose: what is added where the text is silent (`defaults.rs`), and the steps of programs (`program/`).

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;

use crate::packet;
use crate::scenario::{
    Address, File, HostSettings, Interface, Nat, Node, NodeKind, PortMap, PortProtocol, Program, Route,
};
use crate::time::Instant;
use crate::trace::NodeId;

use super::builtin;
use super::cursor::{Cursor, is_address, shortened};
use super::lex::Item;
use super::{Mistake, Reader, Wrong, nearest, no_children, program, settings};
use crate::program::Foreign;

/// Nodes that can be numbered.
const MOST: usize = 65_536;
/// Interfaces of a node that a text may ask for: far above any, and names are still compared fast.
pub(super) const INTERFACES: usize = 4096;
/// Mappings of UDP live so long (RFC 4787 §4.3), those of TCP so long (RFC 5382 §5).
pub(super) const UDP_TIMEOUT: Duration = Duration::from_secs(120);
pub(super) const TCP_TIMEOUT: Duration = Duration::from_secs(7440);

/// What the text says of a node beyond what the scenario holds.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    pub(super) item: &'a Item<'a>,
    /// For each interface whether its addresses were written, or said to be none.
    pub(super) addressed: Vec<bool>,
    /// For each interface whether a link ends at it.
    pub(super) linked: Vec<bool>,
    /// The interfaces before this one have links.
    pub(super) next_free: usize,
    /// Ports of a switch that have links.
    pub(super) ports: std::collections::BTreeSet<u16>,
    pub(super) has_routes: bool,
}

#[derive(Clone, Copy)]
enum Part {
    Interface,
    Route,
    Neighbour,
    Nat,
    Map,
    File,
    Program,
    Run,
    Place,
    Settings,
}

const PARTS: [(&str, Part); 11] = [
    ("interface", Part::Interface),
    ("route", Part::Route),
    ("neighbour", Part::Neighbour),
    ("nat", Part::Nat),
    ("map", Part::Map),
    ("file", Part::File),
    ("program", Part::Program),
    ("run", Part::Run),
    ("place", Part::Place),
    ("tcp", Part::Settings),
    ("ip", Part::Settings),
];

/// A hardware address that nobody else has by default: locally administered, then interface, then node.
pub(super) fn default_mac(node: usize, interface: usize) -> [u8; 6] {
    let [_, _, _, _, _, n2, n1, n0] = (node as u64 + 1).to_be_bytes();
    let [_, _, _, _, _, _, i1, i0] = (interface as u64).to_be_bytes();
    [2, i1, i0, n2, n1, n0]
}

impl<'a> Reader<'a> {
    pub(super) fn node(&mut self, kind: NodeKind, mut line: Cursor, item: &'a Item<'a>) -> Result<(), Mistake> {
        let index = self.nodes.len();
        let id = u16::try_from(index).map_err(|_| line.wrong_before(Wrong::Nodes(MOST)))?;
        let name = line.name("the node's name")?;
        if let Some(first) = self.names.get(&name) {
            let first = self.nodes[usize::from(first.0)].item.number;
            return Err(line.wrong_before(Wrong::NodeTwice { name: shortened(&name), line: first }));
        }
        self.names.insert(name.clone(), NodeId(id));
        let node = Node {
            name,
            kind,
            interfaces: Vec::new(),
            routes: Vec::new(),
            settings: HostSettings::LINUX,
            nat: None,
            programs: Vec::new(),
            files: Vec::new(),
        };
        self.experiment.scenario.nodes.push(node);
        let draft = Draft {
            item,
            addressed: Vec::new(),
            linked: Vec::new(),
            next_free: 0,
            ports: std::collections::BTreeSet::new(),
            has_routes: false,
        };
        self.nodes.push(draft);
        if !line.is_done() {
            self.interface(index, "eth0".to_owned(), line)?;
        }
        for child in &item.children {
            let part = self.interface_line(index, child);
            self.note(part);
        }
        Ok(())
    }

    /// The lines below a node that make interfaces; the others wait until all addresses are known.
    fn interface_line(&mut self, index: usize, item: &'a Item<'a>) -> Result<(), Mistake> {
        let mut line = Cursor::new(item)?;
        let part = line.choice(
            "`interface`, `route`, `neighbour`, `nat`, `map`, `file`, `tcp`, `ip`, `program`, `run` or `place`",
            &PARTS,
        )?;
        match part {
            Part::Interface => {
                let name = line.name("the interface's name")?;
                no_children(item)?;
                self.interface(index, name, line)
            }
            Part::Route => {
                self.nodes[index].has_routes = true;
                Ok(())
            }
            Part::Place => self.place(index, &mut line, item),
            Part::Program | Part::Run | Part::File | Part::Neighbour | Part::Nat | Part::Map | Part::Settings => Ok(()),
        }
    }

    /// Where the node stands on a picture of the network.
    fn place(&mut self, index: usize, line: &mut Cursor, item: &Item<'_>) -> Result<(), Mistake> {
        let (x, y) = (coordinate(line)?, coordinate(line)?);
        // The node's number has been checked when its line was read.
        let taken = self.experiment.places.insert(NodeId(index as u16), (x, y));
        if taken.is_some() {
            return Err(line.wrong_before(Wrong::SaidTwice));
        }
        line.finish()?;
        no_children(item)
    }

    /// Adds an interface with what the rest of the line says.
    fn interface(&mut self, index: usize, name: String, mut line: Cursor) -> Result<(), Mistake> {
        let node = &mut self.experiment.scenario.nodes[index];
        if node.kind == NodeKind::Switch {
            return Err(line.wrong(Wrong::SwitchInterface));
        }
        if node.interfaces.iter().any(|interface| interface.name == name) {
            return Err(line.wrong_before(Wrong::InterfaceTwice(shortened(&name))));
        }
        if node.interfaces.len() >= INTERFACES {
            return Err(line.wrong_before(Wrong::Interfaces(INTERFACES)));
        }
        let mut interface = unaddressed(name, default_mac(index, node.interfaces.len()));
        let addressed = read_interface(&mut interface, &mut line)?;
        node.interfaces.push(interface);
        self.nodes[index].addressed.push(addressed);
        self.nodes[index].linked.push(false);
        Ok(())
    }

    /// The place of a new interface for a link.
    pub(super) fn new_interface(&mut self, index: usize) -> usize {
        let node = &mut self.experiment.scenario.nodes[index];
        let place = node.interfaces.len();
        let is_taken = |name: &str| node.interfaces.iter().any(|interface| interface.name == name);
        let name = (place..).chain(0..place).map(|number| format!("eth{number}")).find(|name| !is_taken(name));
        node.interfaces.push(unaddressed(name.unwrap_or_default(), default_mac(index, place)));
        self.nodes[index].addressed.push(false);
        self.nodes[index].linked.push(false);
        place
    }

    /// The node of this name; the cursor stands behind the word.
    pub(super) fn node_named(&self, name: &str, line: &Cursor) -> Result<NodeId, Mistake> {
        self.names.get(name).copied().ok_or_else(|| {
            let near = nearest(name, self.names.keys().map(String::as_str));
            line.wrong_before(Wrong::NoNode { name: shortened(name), near })
        })
    }

    pub(super) fn read_routes_and_programs(&mut self) {
        for index in 0..self.nodes.len() {
            let item = self.nodes[index].item;
            for child in &item.children {
                let result = self.other_line(index, child);
                self.note(result);
            }
            self.add_hosts(index);
        }
    }

    fn other_line(&mut self, index: usize, item: &'a Item<'a>) -> Result<(), Mistake> {
        let mut line = Cursor::new(item)?;
        match line.choice("a part of a node", &PARTS)? {
            Part::Interface | Part::Place => return Ok(()),
            Part::Program => return self.program(index, line, item),
            Part::Route => self.route(index, &mut line)?,
            Part::Neighbour => self.neighbour(index, &mut line)?,
            Part::Nat => self.nat(index, &mut line)?,
            Part::Run => self.run(index, &mut line)?,
            Part::Map => self.map(index, &mut line)?,
            Part::File => self.file(index, &mut line)?,
            Part::Settings => settings::read(&mut self.experiment.scenario.nodes[index].settings, &mut line)?,
        }
        line.finish()?;
        no_children(item)
    }

    fn program(&mut self, index: usize, mut line: Cursor, item: &'a Item<'a>) -> Result<(), Mistake> {
        self.check_runs(index, &line)?;
        let name = line.name("the program's name")?;
        if line.take("in") {
            return self.foreign(index, &name, line, item);
        }
        let at = if line.take("at") { Instant::ZERO + line.duration("time")? } else { Instant::ZERO };
        line.finish()?;
        let script = program::read(&name, item, self.text, self.world())?;
        self.experiment.scenario.nodes[index].programs.push(Program { at, what: script.into() });
        Ok(())
    }

    /// A program in another language.
    fn foreign(&mut self, index: usize, name: &str, mut line: Cursor, item: &'a Item<'a>) -> Result<(), Mistake> {
        let language = line.name("the program's language")?;
        let at = if line.take("at") { Instant::ZERO + line.duration("time")? } else { Instant::ZERO };
        let mut input = None;
        if line.take("input") {
            let word = line.word("what the program reads, in quotes")?;
            let text = core::str::from_utf8(&word.text).map_err(|_| line.wrong_before(Wrong::NotUtf8))?;
            input = Some(text.into());
        }
        line.finish()?;
        let source = program::read_foreign(item, self.text, self.world())?;
        let what = Foreign { language: language.into(), name: name.into(), source: source.into(), input };
        self.experiment.scenario.nodes[index].programs.push(Program { at, what: what.into() });
        Ok(())
    }

    /// A built-in program with its arguments.
    fn run(&mut self, index: usize, line: &mut Cursor) -> Result<(), Mistake> {
        self.check_runs(index, line)?;
        let builtin = builtin::read(line, &self.experiment.scenario.nodes[index])?;
        let at = if line.take("at") { Instant::ZERO + line.duration("time")? } else { Instant::ZERO };
        self.experiment.scenario.nodes[index].programs.push(Program { at, what: builtin.into() });
        Ok(())
    }

    fn check_runs(&self, index: usize, line: &Cursor) -> Result<(), Mistake> {
        let kind = self.experiment.scenario.nodes[index].kind;
        if matches!(kind, NodeKind::Switch | NodeKind::Gateway) {
            return Err(line.wrong_before(Wrong::NoPrograms));
        }
        Ok(())
    }

    fn file(&mut self, index: usize, line: &mut Cursor) -> Result<(), Mistake> {
        let path = program::path(line)?;
        let word = line.word("what is in the file, in quotes")?;
        if !word.quoted {
            return Err(line.wrong_before(Wrong::FileQuotes));
        }
        self.experiment.scenario.nodes[index].files.push(File { path, bytes: word.text.into() });
        Ok(())
    }

    fn world(&self) -> program::World<'_> {
        program::World { scenario: &self.experiment.scenario, names: &self.names, budget: &self.budget }
    }

    fn route(&mut self, index: usize, line: &mut Cursor) -> Result<(), Mistake> {
        let to = if line.take("default") { None } else { Some(line.address()?) };
        line.keyword("via")?;
        let word = line.word("the next router's address or name")?;
        let node = &self.experiment.scenario.nodes[index];
        let via = match word.name().parse::<IpAddr>() {
            Ok(via) => via,
            Err(_) => {
                let router = self.node_named(word.name(), line)?;
                let router = &self.experiment.scenario.nodes[usize::from(router.0)];
                let family = to.map(|to| to.ip.is_ipv4());
                neighbour_address(node, router, family)
                    .ok_or_else(|| line.wrong_before(Wrong::NoNeighbour(shortened(word.name()))))?
            }
        };
        let to = to.unwrap_or(Address::everything(via));
        self.experiment.scenario.nodes[index].routes.push(Route { to, via });
        Ok(())
    }

    fn neighbour(&mut self, index: usize, line: &mut Cursor) -> Result<(), Mistake> {
        let interface =
            interface_named(&self.experiment.scenario.nodes[index], "the interface that leads to the neighbour", line)?;
        let ip = line.ip("the neighbour's address")?;
        let word = line.word("its hardware address")?;
        let mac = mac(word.name()).ok_or_else(|| line.wrong_before(Wrong::HardwareAddress))?;
        self.experiment.scenario.nodes[index].interfaces[interface].neighbours.push((ip, mac));
        Ok(())
    }

    fn nat(&mut self, index: usize, line: &mut Cursor) -> Result<(), Mistake> {
        let outside = interface_named(&self.experiment.scenario.nodes[index], "the outside interface's name", line)?;
        let mut nat =
            Nat { outside: outside as u16, ports: Vec::new(), udp_timeout: UDP_TIMEOUT, tcp_timeout: TCP_TIMEOUT };
        while !line.is_done() {
            let is_udp =
                line.choice("`udp-timeout` or `tcp-timeout`", &[("udp-timeout", true), ("tcp-timeout", false)])?;
            let timeout = line.duration("time")?;
            *(if is_udp { &mut nat.udp_timeout } else { &mut nat.tcp_timeout }) = timeout;
        }
        let node = &mut self.experiment.scenario.nodes[index];
        if node.nat.is_some() {
            return Err(line.wrong_before(Wrong::NatTwice));
        }
        node.nat = Some(nat);
        Ok(())
    }

    fn map(&mut self, index: usize, line: &mut Cursor) -> Result<(), Mistake> {
        let protocol = line.choice("`tcp` or `udp`", &[("tcp", PortProtocol::Tcp), ("udp", PortProtocol::Udp)])?;
        let port = line.number("port", "8080")?;
        line.keyword("to")?;
        let to = program::inet_address(line, self.world())?;
        let Some(nat) = &mut self.experiment.scenario.nodes[index].nat else {
            return Err(line.wrong_before(Wrong::NoNat));
        };
        nat.ports.push(PortMap { protocol, port, to });
        Ok(())
    }
}

/// The place of the interface of a node that the next word names.
pub(super) fn interface_named(node: &Node, what: &str, line: &mut Cursor) -> Result<usize, Mistake> {
    let name = line.name(what)?;
    node.interfaces.iter().position(|interface| interface.name == name).ok_or_else(|| {
        let near = nearest(&name, node.interfaces.iter().map(|interface| interface.name.as_str()));
        line.wrong_before(Wrong::NoInterface { node: None, name: shortened(&name), near })
    })
}

fn unaddressed(name: String, mac: [u8; 6]) -> Interface {
    Interface {
        name,
        mac,
        addresses: Vec::new(),
        mtu: packet::MTU as u16,
        neighbours: Vec::new(),
        autoconf: false,
        advertise: false,
    }
}

#[derive(Clone, Copy)]
enum Attribute {
    Mac,
    Mtu,
    None,
    Autoconf,
    Advertise,
}

const ATTRIBUTES: [(&str, Attribute); 5] = [
    ("mac", Attribute::Mac),
    ("mtu", Attribute::Mtu),
    ("none", Attribute::None),
    ("autoconf", Attribute::Autoconf),
    ("advertise", Attribute::Advertise),
];

/// Reads addresses and attributes. Says whether the addresses are now known.
fn read_interface(interface: &mut Interface, line: &mut Cursor) -> Result<bool, Mistake> {
    let mut addressed = false;
    while let Some(word) = line.peek() {
        if is_address(word) {
            interface.addresses.push(line.address()?);
            addressed = true;
            continue;
        }
        match line.choice("an address, `mac`, `mtu`, `autoconf`, `advertise` or `none`", &ATTRIBUTES)? {
            Attribute::Mac => interface.mac = line.quantity("hardware address", "02:00:00:00:00:01", mac)?,
            Attribute::Mtu => interface.mtu = mtu(line)?,
            Attribute::None => addressed = true,
            Attribute::Autoconf => (interface.autoconf, addressed) = (true, true),
            Attribute::Advertise => interface.advertise = true,
        }
    }
    Ok(addressed)
}

fn coordinate(line: &mut Cursor) -> Result<u16, Mistake> {
    line.quantity("place on the picture", "500", |text| text.parse().ok().filter(|thousandths| *thousandths <= 1000))
}

fn mtu(line: &mut Cursor) -> Result<u16, Mistake> {
    let mtu = line.number("MTU in bytes", "1500")?;
    if !(68..=packet::MTU as u16).contains(&mtu) {
        return Err(line.wrong_before(Wrong::Mtu(mtu)));
    }
    Ok(mtu)
}

fn mac(text: &str) -> Option<[u8; 6]> {
    let mut bytes = [0; 6];
    let mut parts = text.split([':', '-']);
    for byte in &mut bytes {
        let part = parts.next().filter(|part| part.len() == 2 && !part.starts_with('+'))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(bytes)
}

/// An address of a node that lies in a network of another, of the family asked for.
fn neighbour_address(node: &Node, router: &Node, v4: Option<bool>) -> Option<IpAddr> {
    let mut addresses = router.interfaces.iter().flat_map(|interface| &interface.addresses).map(|address| address.ip);
    let networks = || node.interfaces.iter().flat_map(|interface| &interface.addresses);
    addresses.find(|ip| v4.is_none_or(|v4| ip.is_ipv4() == v4) && networks().any(|network| network.contains(*ip)))
}

/// The address that a node is called by in programs.
pub(super) fn address_of(node: &Node, port: u16) -> Option<SocketAddr> {
    node.address().map(|ip| SocketAddr::new(ip, port))
}
