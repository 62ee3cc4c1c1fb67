//! The tables of one node at the moment on screen, as rows of words: sockets as `ss -tanp` has them, neighbours, routes, interfaces,
//! translations, stations, files, processes; and what has changed since the event before.
//!
//! Absent on purpose: rows beyond [`MOST_ROWS`] (how many there are more is said), and whatever no fact tells.

use sim_core::errno::Errno;
use sim_core::program::{Address, Family, SocketType};
use sim_core::scenario::NodeKind;
use sim_core::time::Instant;
use sim_core::trace::{FactId, NeighbourState, NodeId, TcpState, TimerKind, What};

use crate::app::hosts::state::{Open, Opened, Process, Socket, State, Tcp};
use crate::app::thing::Thing;
use crate::app::{Model, film};
use crate::catalogue::{fill, hosts::Words};

/// Rows of one table that are shown.
pub const MOST_ROWS: usize = 200;

/// Facts to look back through for the event before.
const BACK: usize = 512;

/// One table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in ids.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What its columns are called.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Rows beyond these.
    pub more: usize,
    /// What is said where there are none.
    pub empty: &'static str,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What tells it from others.
    pub key: String,
    /// What stands in its cells.
    pub cells: Vec<String>,
    /// What is chosen by it.
    pub thing: Option<Thing>,
    /// It belongs to what is chosen.
    pub kin: bool,
    /// What has become of it since the event before.
    pub change: Change,
}

/// What has become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Change {
    None,
    New,
    Changed,
    Gone,
}

impl Change {
    /// A mark that stands before the word.
    pub const fn mark(self) -> &'static str {
        match self {
            Change::None => "",
            Change::New => "+",
            Change::Changed => "~",
            Change::Gone => "−",
        }
    }

    /// Its word.
    pub fn word(self, words: &'static Words) -> &'static str {
        match self {
            Change::None => "",
            Change::New => words.new,
            Change::Changed => words.changed,
            Change::Gone => words.gone,
        }
    }
}

/// The tables of a node at the moment on screen.
pub fn tables(model: &Model, node: NodeId) -> Vec<Table> {
    let (now, at) = (model.fact(), model.moment().at);
    let Some(kind) = model.session.scenario.nodes.get(usize::from(node.0)).map(|node| node.kind) else {
        return Vec::new();
    };
    let hosts = &model.session.tables;
    let sheet = Sheet { model, node, words: &model.language.words().hosts, at };
    let mut tables = sheet.tables(kind, &hosts.at(&model.session.trace, node, now));
    if let Some(before) = now.map(|now| event_before(model, now)) {
        let before = sheet.tables(kind, &hosts.at(&model.session.trace, node, before));
        for (table, before) in tables.iter_mut().zip(before) {
            table.compare(before);
        }
    }
    tables
}

/// The event before a fact.
fn event_before(model: &Model, now: FactId) -> Option<FactId> {
    let facts = &model.session.trace.facts()[..now.0 as usize];
    facts.iter().rev().take(BACK).find(|fact| film::is_event(&fact.what)).map(|fact| fact.id)
}

impl Table {
    /// Marks what is new and what has changed since, and adds what is gone.
    fn compare(&mut self, before: Table) {
        // The last cell of a socket and of a translation runs with the clock.
        let runs = matches!(self.name, "sockets" | "translations");
        let told = |row: &Row| row.cells.len() - usize::from(runs);
        for row in &mut self.rows {
            row.change = match before.rows.iter().find(|known| known.key == row.key) {
                None => Change::New,
                Some(known) if known.cells[..told(known)] != row.cells[..told(row)] => Change::Changed,
                Some(_) => Change::None,
            };
        }
        let gone = before.rows.into_iter().filter(|known| !self.rows.iter().any(|row| row.key == known.key));
        let gone: Vec<Row> = gone.map(|row| Row { change: Change::Gone, ..row }).collect();
        self.rows.extend(gone);
    }
}

/// What rows are made of.
struct Sheet<'a> {
    model: &'a Model,
    node: NodeId,
    words: &'static Words,
    at: Instant,
}

impl Sheet<'_> {
    fn tables(&self, kind: NodeKind, state: &State) -> Vec<Table> {
        let words = self.words;
        if kind == NodeKind::Switch {
            return vec![self.stations(state)];
        }
        let mut tables = vec![self.sockets(state)];
        if kind != NodeKind::Gateway {
            tables.push(self.processes(state));
        }
        tables.push(self.neighbours(state));
        if !state.translations.is_empty() || self.scenario_node().is_some_and(|node| node.nat.is_some()) {
            tables.push(self.translations(state));
        }
        tables.extend([self.routes(state), self.interfaces(state)]);
        if kind != NodeKind::Gateway {
            tables.push(self.table(
                "files",
                (words.files, words.no_files),
                &[words.path, words.size, words.from],
                self.files(state),
            ));
        }
        tables
    }

    fn scenario_node(&self) -> Option<&sim_core::scenario::Node> {
        self.model.session.scenario.nodes.get(usize::from(self.node.0))
    }

    fn table(
        &self,
        name: &'static str,
        (title, empty): (&'static str, &'static str),
        columns: &[&'static str],
        mut rows: Vec<Row>,
    ) -> Table {
        let more = rows.len().saturating_sub(MOST_ROWS);
        rows.truncate(MOST_ROWS);
        Table { name, title, columns: columns.to_vec(), rows, more, empty }
    }

    fn row(&self, key: String, thing: Option<Thing>, cells: Vec<String>) -> Row {
        let kin = thing.is_some_and(|thing| self.model.kin.has(thing));
        Row { key, cells, thing, kin, change: Change::None }
    }

    fn since(&self, fact: Option<FactId>) -> String {
        let at = fact.and_then(|fact| self.model.session.trace.get(fact)).map(|fact| fact.at);
        at.map_or_else(|| self.words.beginning.to_owned(), clock)
    }

    fn interface(&self, place: u16) -> String {
        let interface = self.scenario_node().and_then(|node| node.interfaces.get(usize::from(place)));
        interface.map_or_else(|| place.to_string(), |interface| interface.name.clone())
    }

    fn sockets(&self, state: &State) -> Table {
        let words = self.words;
        let mut rows: Vec<Row> = state.tcp.iter().map(|tcp| self.connection(state, tcp)).collect();
        for process in &state.processes {
            for open in &process.open {
                if let Opened::Socket(socket) = &open.what
                    && !socket.tcp.is_some_and(|id| state.tcp.iter().any(|tcp| tcp.id == id))
                {
                    rows.push(self.socket(process, open, socket));
                }
            }
        }
        let columns =
            [words.proto, words.state, words.recv_q, words.send_q, words.local, words.peer, words.process, words.timer];
        self.table("sockets", (words.sockets, words.no_sockets), &columns, rows)
    }

    /// A socket that TCP's part of the kernel knows.
    fn connection(&self, state: &State, tcp: &Tcp) -> Row {
        let holder = state.holder(tcp.id);
        let listens = tcp.state == TcpState::Listen;
        let backlog =
            holder.and_then(|(process, fd)| process.open.iter().find(|open| open.fd == fd)).and_then(backlog_of);
        let (receives, sends) = match listens {
            true => {
                (state.accept_queue(tcp).to_string(), backlog.map_or_else(String::new, |backlog| backlog.to_string()))
            }
            false => (tcp.receive_queue.to_string(), tcp.send_queue.to_string()),
        };
        let peer = if listens { "*:*".to_owned() } else { tcp.peer.to_string() };
        let held = holder.map_or_else(|| self.words.nobody.to_owned(), |(process, fd)| users(process, fd));
        let cells = vec![
            "tcp".into(),
            short(tcp.state).into(),
            receives,
            sends,
            tcp.local.to_string(),
            peer,
            held,
            self.timer(tcp),
        ];
        self.row(format!("t{}", tcp.id.0), Some(Thing::Socket(tcp.id)), cells)
    }

    /// A socket that its process knows alone: UDP, AF_UNIX, or TCP before it listens or connects.
    fn socket(&self, process: &Process, open: &Open, socket: &Socket) -> Row {
        let unknown = || "–".to_owned();
        let proto = match (socket.family, socket.kind) {
            (Family::Unix, SocketType::Stream) => "u_str",
            (Family::Unix, _) => "u_dgr",
            (_, SocketType::Stream) => "tcp",
            (_, SocketType::Datagram) => "udp",
            (_, SocketType::Icmp) => "icmp",
        };
        let state = match (socket.backlog, &socket.peer, socket.kind) {
            (Some(_), ..) => "LISTEN",
            (None, Some(_), kind) if kind == SocketType::Datagram || socket.family == Family::Unix => "ESTAB",
            (None, _, SocketType::Stream) if socket.family != Family::Unix => "CLOSE",
            _ => "UNCONN",
        };
        let receives = socket
            .waiting
            .as_ref()
            .map_or_else(unknown, |waiting| waiting.iter().map(|(_, bytes)| bytes).sum::<usize>().to_string());
        let sends = match socket.backlog {
            Some(backlog) => backlog.to_string(),
            // A datagram leaves at once.
            None if socket.is_udp() => "0".to_owned(),
            None => unknown(),
        };
        let shown = |address: &Option<Address>| address.as_ref().map_or_else(|| "*".to_owned(), name_of);
        let held = users(process, open.fd);
        let cells = vec![
            proto.into(),
            state.into(),
            receives,
            sends,
            shown(&socket.local),
            shown(&socket.peer),
            held,
            String::new(),
        ];
        self.row(format!("p{}.{}", process.id.0, open.made.0), Some(Thing::Fact(open.made)), cells)
    }

    /// The timer that goes off next, as `ss -o` has it.
    fn timer(&self, tcp: &Tcp) -> String {
        let next = tcp.timers.iter().filter(|(_, at)| *at >= self.at).min_by_key(|(_, at)| *at);
        next.map_or_else(String::new, |(kind, at)| {
            let name = match kind {
                TimerKind::TimeWait => "timewait",
                TimerKind::KeepAlive => "keepalive",
                TimerKind::Persist => "persist",
                TimerKind::DelayedAck | TimerKind::AckCompression => "ack",
                TimerKind::LossProbe => "probe",
                _ => "on",
            };
            format!("{name} {}", self.left(*at))
        })
    }

    /// How much simulated time is left until a moment.
    fn left(&self, until: Instant) -> String {
        let left = until.saturating_since(self.at).as_nanos() / 1_000_000;
        format!("{}.{:03} s", left / 1000, left % 1000)
    }

    fn processes(&self, state: &State) -> Table {
        let words = self.words;
        let rows = state.processes.iter().map(|process| {
            let open = process.open.iter().map(|open| open.fd.to_string()).collect::<Vec<_>>().join(" ");
            let cells = vec![process.id.0.to_string(), process.program.to_string(), self.does(process), open];
            let thing = (process.line > 0).then_some(Thing::Line(process.id, process.line));
            self.row(process.id.0.to_string(), thing, cells)
        });
        let columns = [words.pid, words.program, words.does, words.descriptors];
        self.table("processes", (words.processes, words.no_processes), &columns, rows.collect())
    }

    /// What a process does, or what has ended it.
    fn does(&self, process: &Process) -> String {
        let trace = &self.model.session.trace;
        let end = process.ended.and_then(|fact| trace.get(fact)).map(|fact| &fact.what);
        let call = process.waits.and_then(|fact| trace.get(fact)).map(|fact| &fact.what);
        match (end, call) {
            (Some(What::Exited { error: Some(error), .. }), _) => {
                fill(self.words.ended_with, &[("error", Errno::name(*error))])
            }
            (Some(What::Killed { .. }), _) => self.words.killed.to_owned(),
            (Some(_), _) => self.words.ended.to_owned(),
            (None, Some(What::Called { call, line, .. })) => {
                fill(self.words.waits, &[("call", call.name()), ("line", &line.to_string())])
            }
            _ => self.words.runs.to_owned(),
        }
    }

    fn neighbours(&self, state: &State) -> Table {
        let words = self.words;
        let rows = state.neighbours.iter().map(|known| {
            let (state, at) = neighbour_state(known.state);
            let cells = vec![
                known.ip.to_string(),
                at.map_or_else(|| "–".to_owned(), mac),
                state.into(),
                self.since(known.since),
            ];
            self.row(known.ip.to_string(), known.since.map(Thing::Fact), cells)
        });
        let columns = [words.address, words.mac, words.state, words.since];
        self.table("neighbours", (words.neighbours, words.no_neighbours), &columns, rows.collect())
    }

    fn routes(&self, state: &State) -> Table {
        let words = self.words;
        let direct = state.addresses.iter().map(|held| {
            let to = format!("{}/{}", network(held.address), held.address.prefix);
            let cells =
                vec![to.clone(), words.direct.to_owned(), self.interface(held.interface), self.since(held.since)];
            self.row(format!("d{to}{}", held.interface), held.since.map(Thing::Fact), cells)
        });
        let others = state.routes.iter().map(|route| {
            let to = if route.to.prefix == 0 {
                "default".to_owned()
            } else {
                format!("{}/{}", route.to.ip, route.to.prefix)
            };
            let via = route.via.map_or_else(|| words.direct.to_owned(), |via| via.to_string());
            let way = route.via.and_then(|via| state.addresses.iter().find(|held| held.address.contains(via)));
            let interface = way.map_or_else(|| "–".to_owned(), |held| self.interface(held.interface));
            let from = if route.learned {
                format!("{} {}", words.learned, self.since(route.since))
            } else {
                self.since(route.since)
            };
            self.row(format!("r{to}{via}"), route.since.map(Thing::Fact), vec![to, via, interface, from])
        });
        let columns = [words.to, words.via, words.interface, words.since];
        self.table("routes", (words.routes, words.no_routes), &columns, direct.chain(others).collect())
    }

    fn interfaces(&self, state: &State) -> Table {
        let words = self.words;
        let interfaces = self.scenario_node().map(|node| node.interfaces.as_slice()).unwrap_or_default();
        let rows = (0..).zip(interfaces).map(|(place, interface)| {
            let held = state.addresses.iter().filter(|held| held.interface == place);
            let shown = held.map(|held| {
                let state = held.state.map_or_else(String::new, |state| format!(" {state:?}").to_lowercase());
                format!("{}/{}{state}", held.address.ip, held.address.prefix)
            });
            let addresses = shown.collect::<Vec<_>>().join(", ");
            let cells = vec![interface.name.clone(), addresses, mac(interface.mac), interface.mtu.to_string()];
            self.row(interface.name.clone(), self.link_of(place), cells)
        });
        let columns = [words.interface, words.address, words.mac, words.mtu];
        self.table("interfaces", (words.interfaces, words.no_interfaces), &columns, rows.collect())
    }

    /// The link at an interface, or at a port of a switch.
    fn link_of(&self, interface: u16) -> Option<Thing> {
        let links = &self.model.session.scenario.links;
        let is_here = |end: &sim_core::scenario::End| (end.node, end.interface) == (self.node, interface);
        let place = links.iter().position(|link| link.ends.iter().any(is_here))?;
        Some(Thing::Link(sim_core::trace::LinkId(u16::try_from(place).ok()?)))
    }

    fn translations(&self, state: &State) -> Table {
        let words = self.words;
        let rows = state.translations.iter().map(|entry| {
            let row = &entry.row;
            let cells = vec![
                format!("{:?}", row.protocol).to_lowercase(),
                row.inside.to_string(),
                row.outside.to_string(),
                row.peer.to_string(),
                self.since(Some(entry.born)),
                clock(entry.used),
                entry.until.map_or_else(|| "–".to_owned(), |until| self.left(until)),
            ];
            self.row(entry.born.0.to_string(), Some(Thing::Fact(entry.born)), cells)
        });
        let columns = [words.proto, words.inside, words.outside, words.peer, words.since, words.used, words.ends_in];
        self.table("translations", (words.translations, words.no_translations), &columns, rows.collect())
    }

    fn stations(&self, state: &State) -> Table {
        let words = self.words;
        let nodes = &self.model.session.scenario.nodes;
        let rows = state.stations.iter().map(|station| {
            let owner = nodes.iter().find(|node| node.interfaces.iter().any(|interface| interface.mac == station.mac));
            let owner = owner.map_or_else(|| "–".to_owned(), |node| node.name.clone());
            let cells = vec![mac(station.mac), station.port.to_string(), owner, self.since(Some(station.since))];
            self.row(mac(station.mac), Some(Thing::Fact(station.since)), cells)
        });
        let columns = [words.mac, words.port, words.node, words.since];
        self.table("stations", (words.stations, words.no_stations), &columns, rows.collect())
    }

    fn files(&self, state: &State) -> Vec<Row> {
        let row = |file: &crate::app::hosts::state::File| {
            let size = if file.socket { format!("0 ({})", self.words.name_only) } else { file.size.to_string() };
            let cells = vec![file.path.to_string(), size, self.since(file.since)];
            self.row(file.path.to_string(), file.since.map(Thing::Fact), cells)
        };
        state.files.iter().map(row).collect()
    }
}

fn backlog_of(open: &Open) -> Option<u32> {
    match &open.what {
        Opened::Socket(socket) => socket.backlog,
        Opened::File(..) => None,
    }
}

/// Who holds a descriptor, as `ss -p` has it.
fn users(process: &Process, fd: u32) -> String {
    format!("{} pid={} fd={fd}", process.program, process.id.0)
}

/// A state as `ss` abbreviates it.
fn short(state: TcpState) -> &'static str {
    match state {
        TcpState::Established => "ESTAB",
        TcpState::SynReceived => "SYN-RECV",
        TcpState::FinWait1 => "FIN-WAIT-1",
        TcpState::FinWait2 => "FIN-WAIT-2",
        state => state.name(),
    }
}

fn neighbour_state(state: NeighbourState) -> (&'static str, Option<[u8; 6]>) {
    match state {
        NeighbourState::Incomplete => ("INCOMPLETE", None),
        NeighbourState::Reachable(mac) => ("REACHABLE", Some(mac)),
        NeighbourState::Stale(mac) => ("STALE", Some(mac)),
        NeighbourState::Probe(mac) => ("PROBE", Some(mac)),
        NeighbourState::Permanent(mac) => ("PERMANENT", Some(mac)),
        NeighbourState::Failed => ("FAILED", None),
    }
}

fn name_of(address: &Address) -> String {
    match address {
        Address::Unix(path) => path.replace('\0', "@"),
        Address::Unnamed => "*".to_owned(),
        Address::Inet(address) => address.to_string(),
    }
}

fn mac(mac: [u8; 6]) -> String {
    sim_core::wire::ethernet::MacText(mac).to_string()
}

/// A time in seconds, to the millisecond.
fn clock(at: Instant) -> String {
    let millis = at.as_nanos() / 1_000_000;
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

/// The network's own address.
fn network(address: sim_core::scenario::Address) -> std::net::IpAddr {
    let prefix = u32::from(address.prefix);
    match address.ip {
        std::net::IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - prefix.min(32)).unwrap_or(0);
            std::net::Ipv4Addr::from_bits(ip.to_bits() & mask).into()
        }
        std::net::IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - prefix.min(128)).unwrap_or(0);
            std::net::Ipv6Addr::from_bits(ip.to_bits() & mask).into()
        }
    }
}
