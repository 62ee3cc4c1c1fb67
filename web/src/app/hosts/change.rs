//! How a fact changes the tables of its node.
//!
//! Absent on purpose: bytes that wait in sockets of AF_UNIX, and for several sockets of one UDP port which of them a datagram is for:
//! no fact tells.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use sim_core::program::{Address, Call, Configuration, Family, MessageFlags, SocketType};
use sim_core::scenario;
use sim_core::trace::{
    AddressState, Fact, FactId, ProcessId, RouteChange, Side, SocketId, TcpState, TimerChange, Trace, Value, What,
};

use super::state::{Entry, File, Held, Neighbour, Open, Opened, Process, Route, Socket, State, Station, Tcp};

/// Processes that are over and still listed, at most.
const MOST_ENDED: usize = 32;
/// `net.core.somaxconn`.
const MOST_BACKLOG: u32 = 4096;

impl State {
    /// Changes the tables by one fact of this node.
    pub(super) fn apply(&mut self, fact: &Fact, trace: &Trace) {
        match &fact.what {
            What::Started { process, program, thread: None } => self.started(*process, program),
            What::Started { .. } => self.owners.push(&fact.what),
            What::Called { process, line, .. } => {
                if let Some(process) = self.process(*process) {
                    (process.line, process.waits) = (*line, Some(fact.id));
                }
            }
            What::Returned { process, called, result, .. } => {
                self.returned(fact, *process, *called, result.as_ref().ok(), trace);
            }
            What::Exited { process, .. } | What::Killed { process } => self.ended(*process, fact.id),
            What::TcpState { .. } | What::TcpVars { .. } | What::Timer { .. } => self.tcp_fact(fact, trace),
            What::Encapsulated { header, .. } => self.datagram_left(header, fact.cause, trace),
            What::Decapsulated { header, payload, .. } => self.datagram_came(header, *payload, fact.id),
            What::Dropped { .. } => self.datagram_dropped(fact.cause),
            What::Neighbour { address, state } => {
                let new = Neighbour { ip: *address, state: *state, since: Some(fact.id) };
                replace(&mut self.neighbours, new, |known| known.ip == *address);
            }
            What::Address { interface, address, state } => self.address(*interface, *address, *state, fact.id),
            What::Route { to, via, change, .. } => {
                self.routes.retain(|route| !(route.learned && route.to == *to && route.via == *via));
                if *change == RouteChange::Learned {
                    self.routes.push(Route { to: *to, via: *via, since: Some(fact.id), learned: true });
                }
            }
            What::TranslationOpened(row) => {
                self.translations.push(Entry { row: *row, born: fact.id, used: fact.at, until: None });
            }
            What::TranslationClosed(row) => self.translations.retain(|entry| entry.row != *row),
            What::Translated { side, from, to, kept: Some((peer, until)), .. } => {
                let (inside, outside) = if *side == Side::Source { (from, to) } else { (to, from) };
                let is_it = |entry: &&mut Entry| {
                    (entry.row.inside, entry.row.outside, entry.row.peer) == (*inside, *outside, *peer)
                };
                if let Some(entry) = self.translations.iter_mut().find(is_it) {
                    (entry.used, entry.until) = (fact.at, Some(*until));
                }
            }
            What::Learned { mac, port } => {
                let new = Station { mac: *mac, port: *port, since: fact.id };
                replace(&mut self.stations, new, |known| known.mac == *mac);
            }
            What::Forgotten { mac, .. } => self.stations.retain(|known| known.mac != *mac),
            _ => {}
        }
    }

    fn process(&mut self, id: ProcessId) -> Option<&mut Process> {
        let place = self.processes.binary_search_by_key(&id, |process| process.id).ok()?;
        self.processes.get_mut(place)
    }

    /// The process that a thread belongs to.
    fn owner(&mut self, thread: ProcessId) -> Option<&mut Process> {
        let id = self.owners.of(thread);
        self.process(id)
    }

    fn started(&mut self, id: ProcessId, program: &Arc<str>) {
        let ended = self.processes.iter().filter(|process| process.ended.is_some()).count();
        if ended > MOST_ENDED
            && let Some(oldest) = self.processes.iter().position(|process| process.ended.is_some())
        {
            self.processes.remove(oldest);
        }
        let process = Process { id, program: program.clone(), line: 0, waits: None, ended: None, open: Vec::new() };
        self.processes.push(process);
    }

    fn ended(&mut self, id: ProcessId, fact: FactId) {
        if let Some(process) = self.process(id) {
            process.waits = None;
            process.ended = Some(fact);
            process.open.clear();
        }
    }

    /// A call has returned: what has come of it.
    fn returned(&mut self, fact: &Fact, id: ProcessId, called: FactId, value: Option<&Value>, trace: &Trace) {
        if let Some(process) = self.process(id) {
            process.waits = None;
        }
        let id = self.owners.of(id);
        let Some(process) = self.process(id) else { return };
        let Some(What::Called { call, .. }) = trace.get(called).map(|fact| &fact.what) else { return };
        let Some(value) = value else { return };
        match (call, value) {
            (Call::Unlink(path), _) => self.files.retain(|file| file.path != *path),
            (Call::Configure(interface, what), _) => self.configured(*interface, *what, fact.id),
            (Call::Accept(fd), Value::Accepted(new, peer)) => self.accepted(id, (*fd, *new), peer, fact.id),
            (Call::Open(path, flags), Value::Descriptor(fd)) => {
                let file = Opened::File(path.clone(), 0, flags.append);
                process.open.push(Open { fd: *fd, made: fact.id, what: file });
                self.opened(path, flags.truncate, fact.id);
            }
            (Call::Write(fd, _), Value::Number(count)) => self.written(id, *fd, *count, fact.id),
            (Call::Bind(fd, address), _) => {
                if let Some(socket) = process.socket(*fd) {
                    socket.local = Some(address.clone());
                }
                if let Address::Unix(path) = address
                    && !path.starts_with('\0')
                {
                    self.files.push(File { path: path.clone(), size: 0, socket: true, since: Some(fact.id) });
                }
            }
            _ => process.keep(call, value, fact.id),
        }
    }

    fn accepted(&mut self, id: ProcessId, (fd, new): (u32, u32), peer: &Address, fact: FactId) {
        let Some(listener) = self.process(id).and_then(|process| process.socket(fd)).cloned() else { return };
        let port = listener.tcp.and_then(|tcp| self.connection(tcp)).map(|tcp| tcp.local.port());
        let is_it = |tcp: &&mut Tcp| {
            let peers = matches!(peer, Address::Inet(peer) if peer.port() == tcp.peer.port() && peer.ip().to_canonical() == tcp.peer.ip());
            !tcp.taken && peers && Some(tcp.local.port()) == port
        };
        let taken = self.tcp.iter_mut().find(is_it).map(|tcp| {
            tcp.taken = true;
            tcp.id
        });
        let socket = Socket { peer: Some(peer.clone()), tcp: taken, backlog: None, ..listener };
        if let Some(process) = self.process(id) {
            process.open.push(Open { fd: new, made: fact, what: Opened::Socket(socket) });
        }
    }

    fn opened(&mut self, path: &Arc<str>, truncate: bool, fact: FactId) {
        match self.files.iter_mut().find(|file| file.path == *path) {
            Some(file) if truncate => (file.size, file.since) = (0, Some(fact)),
            Some(_) => {}
            None => self.files.push(File { path: path.clone(), size: 0, socket: false, since: Some(fact) }),
        }
    }

    fn written(&mut self, id: ProcessId, fd: u32, count: usize, fact: FactId) {
        let files = core::mem::take(&mut self.files);
        let process = self.process(id);
        let open = process.and_then(|process| process.open.iter_mut().find(|open| open.fd == fd));
        let place = match open.map(|open| &mut open.what) {
            Some(Opened::File(path, at, append)) => {
                let size = files.iter().find(|file| file.path == *path).map_or(0, |file| file.size);
                *at = if *append { size } else { *at } + count;
                Some((path.clone(), *at))
            }
            _ => None,
        };
        self.files = files;
        if let Some((path, at)) = place
            && let Some(file) = self.files.iter_mut().find(|file| file.path == path)
        {
            (file.size, file.since) = (file.size.max(at), Some(fact));
        }
    }

    fn configured(&mut self, interface: u32, what: Configuration, fact: FactId) {
        let everywhere = scenario::Address { ip: Ipv4Addr::UNSPECIFIED.into(), prefix: 0 };
        let is_default = |route: &Route, router: IpAddr| route.to.prefix == 0 && route.via == Some(router);
        match what {
            Configuration::HardwareAddress => {}
            Configuration::AddAddress(address) => {
                let interface = u16::try_from(interface).unwrap_or(u16::MAX);
                self.addresses.push(Held { interface, address, state: None, since: Some(fact) });
            }
            Configuration::RemoveAddress(address) => self.addresses.retain(|held| held.address != address),
            Configuration::AddDefaultRoute(router) => {
                self.routes.push(Route { to: everywhere, via: Some(router), since: Some(fact), learned: false });
            }
            Configuration::RemoveDefaultRoute(router) => self.routes.retain(|route| !is_default(route, router)),
        }
    }

    fn address(&mut self, interface: u16, address: scenario::Address, state: AddressState, fact: FactId) {
        let is_it = |held: &Held| held.interface == interface && held.address.ip == address.ip;
        if matches!(state, AddressState::Expired | AddressState::Duplicate) {
            self.addresses.retain(|held| !is_it(held));
        } else {
            replace(&mut self.addresses, Held { interface, address, state: Some(state), since: Some(fact) }, is_it);
        }
    }

    fn connection(&mut self, id: SocketId) -> Option<&mut Tcp> {
        let place = self.tcp.binary_search_by_key(&id, |tcp| tcp.id).ok()?;
        self.tcp.get_mut(place)
    }

    fn tcp_fact(&mut self, fact: &Fact, trace: &Trace) {
        match &fact.what {
            What::TcpState { socket, local, peer, to, .. } => {
                self.tcp_state((*socket, *local, *peer), *to);
                if matches!(to, TcpState::Listen | TcpState::SynSent) {
                    self.tcp_of_call(*socket, fact.cause, trace);
                }
            }
            What::TcpVars { socket, vars } => {
                if let Some(tcp) = self.connection(*socket) {
                    (tcp.send_queue, tcp.receive_queue) = (vars.send_queue, vars.receive_queue);
                }
            }
            What::Timer { socket: Some(socket), timer, change } => {
                if let Some(tcp) = self.connection(*socket) {
                    tcp.timers.retain(|(kind, _)| kind != timer);
                    if let TimerChange::Armed(at) = change {
                        tcp.timers.push((*timer, *at));
                    }
                }
            }
            _ => {}
        }
    }

    fn tcp_state(&mut self, (id, local, peer): (SocketId, SocketAddr, SocketAddr), state: TcpState) {
        let place = self.tcp.binary_search_by_key(&id, |tcp| tcp.id);
        match place {
            Ok(place) if state == TcpState::Closed => {
                self.tcp.remove(place);
            }
            Ok(place) => self.tcp[place].state = state,
            Err(_) if state == TcpState::Closed => {}
            Err(place) => {
                let new =
                    Tcp { id, local, peer, state, send_queue: 0, receive_queue: 0, taken: false, timers: Vec::new() };
                self.tcp.insert(place, new);
            }
        }
    }

    /// A listening or connecting socket is that of the call which made it so.
    fn tcp_of_call(&mut self, id: SocketId, cause: Option<FactId>, trace: &Trace) {
        let Some(Fact { what: What::Called { process, call, .. }, .. }) = cause.and_then(|cause| trace.get(cause))
        else {
            return;
        };
        let (Call::Listen(fd, _) | Call::Connect(fd, _)) = call else { return };
        if let Some(socket) = self.owner(*process).and_then(|process| process.socket(*fd)) {
            socket.tcp = Some(id);
            if let Some(tcp) = self.connection(id) {
                tcp.taken = true;
            }
        }
    }

    /// A datagram shows the port of the socket that sends it.
    fn datagram_left(&mut self, header: &[u8], cause: Option<FactId>, trace: &Trace) {
        let called = cause.and_then(|cause| trace.get(cause)).map(|fact| &fact.what);
        let (Some(What::Called { process, call, .. }), Some(port)) = (called, port_at(header, 0)) else { return };
        let (Call::SendTo(fd, ..) | Call::Send(fd, ..)) = call else { return };
        if let Some(socket) = self.owner(*process).and_then(|process| process.socket(*fd))
            && socket.port() == 0
        {
            socket.local = Some(Address::Inet(SocketAddr::new(socket.any(), port)));
        }
    }

    fn datagram_came(&mut self, header: &[u8], payload: usize, fact: FactId) {
        let Some(port) = port_at(header, 2) else { return };
        let mut takers: Vec<&mut Socket> =
            self.sockets().filter(|socket| socket.is_udp() && socket.port() == port).collect();
        match takers.as_mut_slice() {
            [only] => {
                if let Some(waiting) = &mut only.waiting {
                    waiting.push((fact, payload));
                }
            }
            // Which of them it is for, no fact tells.
            several => several.iter_mut().for_each(|socket| socket.waiting = None),
        }
    }

    fn datagram_dropped(&mut self, cause: Option<FactId>) {
        let Some(cause) = cause else { return };
        for socket in self.sockets() {
            if let Some(waiting) = &mut socket.waiting {
                waiting.retain(|(came, _)| *came != cause);
            }
        }
    }

    fn sockets(&mut self) -> impl Iterator<Item = &mut Socket> {
        self.processes.iter_mut().flat_map(|process| &mut process.open).filter_map(|open| match &mut open.what {
            Opened::Socket(socket) => Some(socket),
            Opened::File(..) => None,
        })
    }
}

impl Process {
    fn socket(&mut self, fd: u32) -> Option<&mut Socket> {
        match &mut self.open.iter_mut().find(|open| open.fd == fd)?.what {
            Opened::Socket(socket) => Some(socket),
            Opened::File(..) => None,
        }
    }

    /// What a call changes of the process's own descriptors.
    fn keep(&mut self, call: &Call, value: &Value, fact: FactId) {
        match (call, value) {
            (Call::Socket(family, kind), Value::Descriptor(fd)) => self.make(*fd, (*family, *kind), fact),
            (Call::SocketPair(kind), Value::Pair(a, b)) => {
                self.make(*a, (Family::Unix, *kind), fact);
                self.make(*b, (Family::Unix, *kind), fact);
            }
            (Call::Close(fd), _) => self.open.retain(|open| open.fd != *fd),
            (Call::Listen(fd, backlog), _) => {
                if let Some(socket) = self.socket(*fd) {
                    socket.backlog = Some((*backlog).min(MOST_BACKLOG));
                }
            }
            (Call::Connect(fd, peer), _) => {
                if let Some(socket) = self.socket(*fd) {
                    socket.peer = (*peer != Address::Unnamed).then(|| peer.clone());
                }
            }
            (Call::GetSockName(fd), Value::Address(local)) => {
                if let Some(socket) = self.socket(*fd) {
                    socket.local = Some(local.clone());
                }
            }
            (Call::Recv(fd, _, flags) | Call::RecvFrom(fd, _, flags), _) if *flags == MessageFlags::NONE => {
                // A datagram is read whole or cut: it is gone.
                if let Some(waiting) = self.socket(*fd).and_then(|socket| socket.waiting.as_mut())
                    && !waiting.is_empty()
                {
                    waiting.remove(0);
                }
            }
            _ => {}
        }
    }

    fn make(&mut self, fd: u32, (family, kind): (Family, SocketType), made: FactId) {
        let udp = family != Family::Unix && kind == SocketType::Datagram;
        let waiting = udp.then(Vec::new);
        let socket = Socket { family, kind, local: None, peer: None, tcp: None, backlog: None, waiting };
        self.open.push(Open { fd, made, what: Opened::Socket(socket) });
    }
}

/// Puts a new one in the place of the one that it stands for, or behind all.
fn replace<T>(all: &mut Vec<T>, new: T, is_it: impl Fn(&T) -> bool) {
    match all.iter_mut().find(|known| is_it(known)) {
        Some(known) => *known = new,
        None => all.push(new),
    }
}

/// A port of a UDP header, which is as short as it may be in a header that was cut.
fn port_at(header: &[u8], at: usize) -> Option<u16> {
    header.get(at..at + 2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
}
