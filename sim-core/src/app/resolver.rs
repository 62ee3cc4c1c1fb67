//! Finding the addresses of a name as `getaddrinfo` does it: an address as it stands, then `/etc/hosts`, then the servers of
//! `/etc/resolv.conf` (RFC 1034 §5.3.1, RFC 1123 §6.1.3).
//!
//! Absent on purpose: search domains, a cache (the server has one), TCP for long answers, and mDNS.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::errno::Errno;
use crate::program::{Address, Call, Events, Family, MessageFlags, OpenFlags, PollFd, SocketType, View};
use crate::trace::Value;
use crate::wire::dns::{Data, Kind, Message, Name, PORT, ResponseCode};

use super::descriptor;

/// Time for an answer (`resolv.conf`: timeout), and questions to each server (attempts).
const PATIENCE: Duration = Duration::from_secs(5);
const ATTEMPTS: u32 = 2;
/// Servers that are heeded (`MAXNS`).
const SERVERS: usize = 3;
/// Longest file that is read.
const LONGEST: usize = 65_536;
/// Aliases that are followed: a chain that is longer is a loop.
const ALIASES: usize = 16;

/// Why there is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The name cannot be one.
    NoName,
    /// It does not exist (EAI_NONAME).
    Unknown,
    /// It exists, and has no address (EAI_NODATA).
    NoAddress,
    /// No server is known or answers (EAI_AGAIN).
    NoServer,
}

impl Failure {
    /// What `gai_strerror` says.
    pub(super) fn message(self) -> &'static str {
        match self {
            Failure::NoName | Failure::Unknown => "Name or service not known",
            Failure::NoAddress => "No address associated with hostname",
            Failure::NoServer => "Temporary failure in name resolution",
        }
    }
}

/// What the resolver does next.
pub(super) enum Sought {
    Call(Call),
    Found(Vec<IpAddr>),
    Failed(Failure),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    OpenHosts,
    ReadHosts,
    CloseHosts,
    OpenConfiguration,
    ReadConfiguration,
    CloseConfiguration,
    Socket,
    Connect,
    Send,
    Wait,
    Receive,
    Close,
}

/// One look-up.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    text: Arc<str>,
    state: State,
    fd: u32,
    servers: Vec<SocketAddr>,
    /// Questions asked so far.
    asked: u32,
    kind: Kind,
    id: u16,
    found: Vec<IpAddr>,
    /// One of the two questions found that the name exists.
    exists: bool,
    refused: bool,
}

impl Resolver {
    pub(super) fn new(name: &str) -> Resolver {
        Resolver {
            text: name.into(),
            state: State::Start,
            fd: 0,
            servers: Vec::new(),
            asked: 0,
            kind: Kind::A,
            id: 0,
            found: Vec::new(),
            exists: false,
            refused: false,
        }
    }

    /// Goes on with the result of its last call.
    pub(super) fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Sought {
        match (self.state, last) {
            (State::Start, _) => self.start(),
            (State::OpenHosts, Some(Ok(value))) => self.read(&value, State::ReadHosts),
            (State::OpenHosts, _) => self.open("/etc/resolv.conf", State::OpenConfiguration),
            (State::ReadHosts, last) => {
                if let Some(Ok(Value::Bytes(bytes))) = last {
                    self.found = in_hosts(&String::from_utf8_lossy(&bytes), &self.text);
                }
                self.close(State::CloseHosts)
            }
            (State::CloseHosts, _) if !self.found.is_empty() => Sought::Found(core::mem::take(&mut self.found)),
            (State::CloseHosts, _) => self.open("/etc/resolv.conf", State::OpenConfiguration),
            (State::OpenConfiguration, Some(Ok(value))) => self.read(&value, State::ReadConfiguration),
            (State::OpenConfiguration, _) => Sought::Failed(Failure::NoServer),
            (State::ReadConfiguration, last) => {
                if let Some(Ok(Value::Bytes(bytes))) = last {
                    self.servers = servers_in(&String::from_utf8_lossy(&bytes));
                }
                self.close(State::CloseConfiguration)
            }
            (State::CloseConfiguration, _) => self.ask(),
            (State::Socket, Some(Ok(value))) => {
                self.fd = descriptor(&value);
                self.state = State::Connect;
                Sought::Call(Call::Connect(self.fd, Address::Inet(self.server())))
            }
            (State::Socket, _) => Sought::Failed(Failure::NoServer),
            (State::Connect, Some(Ok(_))) => self.send(view),
            (State::Send, Some(Ok(_))) => self.wait(),
            (State::Wait, Some(Ok(Value::Ready(ready)))) if !ready.is_empty() => {
                self.state = State::Receive;
                Sought::Call(Call::Recv(self.fd, LONGEST, MessageFlags::NONE))
            }
            (State::Receive, Some(Ok(Value::Bytes(bytes)))) => match Message::parse(&bytes) {
                // What answers something else is not for us.
                Ok(answer) if answer.header.response && answer.header.id == self.id => self.answered(&answer),
                _ => self.wait(),
            },
            // No answer, or nobody there.
            (State::Connect | State::Send | State::Wait | State::Receive, _) => {
                self.asked += 1;
                self.close(State::Close)
            }
            (State::Close, _) => self.ask(),
        }
    }

    fn start(&mut self) -> Sought {
        if let Ok(address) = self.text.parse::<IpAddr>() {
            return Sought::Found(vec![address]);
        }
        if self.text.parse::<Name>().is_err() {
            return Sought::Failed(Failure::NoName);
        }
        self.open("/etc/hosts", State::OpenHosts)
    }

    fn open(&mut self, path: &str, state: State) -> Sought {
        self.state = state;
        Sought::Call(Call::Open(path.into(), OpenFlags::READ))
    }

    fn read(&mut self, opened: &Value, state: State) -> Sought {
        self.fd = descriptor(opened);
        self.state = state;
        Sought::Call(Call::Read(self.fd, LONGEST))
    }

    fn close(&mut self, state: State) -> Sought {
        self.state = state;
        Sought::Call(Call::Close(self.fd))
    }

    /// Each server in turn, and all of them again.
    fn server(&self) -> SocketAddr {
        self.servers[self.asked as usize % self.servers.len()]
    }

    /// The next question, or the end.
    fn ask(&mut self) -> Sought {
        let most = ATTEMPTS * self.servers.len() as u32;
        if self.asked >= most {
            return Sought::Failed(if self.refused { Failure::Unknown } else { Failure::NoServer });
        }
        self.state = State::Socket;
        let family = if self.server().is_ipv4() { Family::Inet } else { Family::Inet6 };
        Sought::Call(Call::Socket(family, SocketType::Datagram))
    }

    fn send(&mut self, view: &mut View<'_>) -> Sought {
        // RFC 5452 §4.3: numbers that cannot be guessed.
        self.id = view.random() as u16;
        self.state = State::Send;
        let name = self.text.parse().expect("the name was looked at in the beginning");
        let question = Message::question(self.id, name, self.kind).emit(true);
        Sought::Call(Call::Send(self.fd, question.into(), MessageFlags::NONE))
    }

    fn wait(&mut self) -> Sought {
        self.state = State::Wait;
        let wanted = PollFd { fd: self.fd, events: Events::IN };
        Sought::Call(Call::Poll(Arc::from([wanted]), Some(PATIENCE)))
    }

    fn answered(&mut self, answer: &Message) -> Sought {
        match answer.header.code {
            ResponseCode::NoError => {
                self.exists = true;
                let name: Name = self.text.parse().expect("the name was looked at in the beginning");
                self.found.extend(addresses_in(answer, &name));
            }
            ResponseCode::NameError => {}
            _ => {
                // Another server may do better.
                self.refused = true;
                self.asked += 1;
                return self.close(State::Close);
            }
        }
        if self.kind == Kind::A && answer.header.code == ResponseCode::NoError && self.found.is_empty() {
            self.kind = Kind::AAAA;
            return self.close(State::Close);
        }
        match (self.found.is_empty(), self.exists) {
            (false, _) => Sought::Found(core::mem::take(&mut self.found)),
            (true, true) => Sought::Failed(Failure::NoAddress),
            (true, false) => Sought::Failed(Failure::Unknown),
        }
    }
}

/// The addresses that an answer gives for a name, over its aliases (RFC 1034 §3.6.2).
fn addresses_in(answer: &Message, name: &Name) -> Vec<IpAddr> {
    let mut name = name.clone();
    for _ in 0..ALIASES {
        let alias = answer.answers.iter().find_map(|record| match &record.data {
            Data::Cname(alias) if record.name.is(&name) => Some(alias),
            _ => None,
        });
        match alias {
            Some(alias) => name = alias.clone(),
            None => break,
        }
    }
    let of_name = answer.answers.iter().filter(|record| record.name.is(&name));
    let address = |data: &Data| match data {
        Data::A(address) => Some(IpAddr::V4(*address)),
        Data::Aaaa(address) => Some(IpAddr::V6(*address)),
        _ => None,
    };
    of_name.filter_map(|record| address(&record.data)).collect()
}

/// Lines of a file, without comments.
fn lines(text: &str) -> impl Iterator<Item = core::str::SplitWhitespace<'_>> {
    text.lines().map(|line| line.split(['#', ';']).next().unwrap_or_default().split_whitespace())
}

/// The addresses that `/etc/hosts` gives for a name.
fn in_hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.strip_suffix('.').unwrap_or(name);
    let address = |mut words: core::str::SplitWhitespace<'_>| {
        let address = words.next()?.parse().ok()?;
        words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
    };
    lines(text).filter_map(address).collect()
}

/// The name servers of `/etc/resolv.conf`.
fn servers_in(text: &str) -> Vec<SocketAddr> {
    let server = |mut words: core::str::SplitWhitespace<'_>| {
        let is_server = words.next() == Some("nameserver");
        let address: IpAddr = words.next().filter(|_| is_server)?.parse().ok()?;
        Some(SocketAddr::new(address, PORT))
    };
    lines(text).filter_map(server).take(SERVERS).collect()
}
