//! Leases addresses to hosts (RFC 2131 §4.3).
//!
//! Absent on purpose: relays, leases that are kept over a restart, fixed addresses, and asking with ICMP whether an address is free
//! (§4.3.1 wishes it): nobody else gives addresses in a laboratory.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use litemap::LiteMap;

use crate::errno::Errno;
use crate::program::{Address, Call, Family, MessageFlags, Next, Program, SocketOption, SocketType, View};
use crate::time::Instant;
use crate::trace::Value;
use crate::wire::dhcp::{CLIENT_PORT, MessageType, Options, Repr, SERVER_PORT};
use crate::wire::ethernet::{Mac, MacText};

use super::{LINE, call, descriptor, print};

/// How long an offer is kept for who was offered it.
const OFFERED: Duration = Duration::from_secs(30);
const LONGEST_MESSAGE: usize = 1500;

/// What a server gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The server's own address, by which its clients know it.
    pub server: Ipv4Addr,
    /// The first address that it leases.
    pub first: Ipv4Addr,
    /// The last one.
    pub last: Ipv4Addr,
    /// Length of the network's prefix in bits.
    pub prefix: u8,
    /// The default router.
    pub router: Option<Ipv4Addr>,
    /// Name servers.
    pub dns: Vec<Ipv4Addr>,
    /// Seconds of a lease.
    pub lease: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    Socket,
    Broadcast,
    Bind,
    Receive,
    Told,
    Send,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    ip: Ipv4Addr,
    until: Instant,
}

#[derive(Clone, Debug)]
pub(super) struct DhcpServer {
    pool: Pool,
    state: State,
    fd: u32,
    leases: LiteMap<Mac, Lease>,
    /// An answer that is to be sent after the line that tells of it.
    answer: Option<Call>,
}

impl DhcpServer {
    pub(super) fn new(pool: Pool) -> DhcpServer {
        DhcpServer { pool, state: State::Start, fd: 0, leases: LiteMap::new(), answer: None }
    }

    fn go(&mut self, state: State, next: Call) -> Next {
        self.state = state;
        call(next)
    }

    fn wait(&mut self) -> Next {
        self.go(State::Receive, Call::RecvFrom(self.fd, LONGEST_MESSAGE, MessageFlags::NONE))
    }

    /// An address for a client: the one it has or had, the one it asks for, or the lowest that is free.
    fn choose(&self, mac: Mac, wish: Option<Ipv4Addr>, now: Instant) -> Option<Ipv4Addr> {
        let taken = |ip: Ipv4Addr| {
            let mut others = self.leases.iter().filter(|(other, _)| **other != mac);
            ip == self.pool.server || others.any(|(_, lease)| lease.ip == ip && lease.until > now)
        };
        let in_pool = |ip: &Ipv4Addr| (self.pool.first..=self.pool.last).contains(ip) && !taken(*ip);
        let own = self.leases.get(&mac).map(|lease| lease.ip).filter(in_pool);
        let wished = wish.filter(in_pool);
        let all = self.pool.first.to_bits()..=self.pool.last.to_bits();
        own.or(wished).or_else(|| all.map(Ipv4Addr::from_bits).find(in_pool))
    }

    /// A message came: the line that tells of the answer.
    fn asked(&mut self, bytes: &[u8], now: Instant) -> Option<String> {
        let query = Repr::parse(bytes).ok()?;
        let mac = query.client_mac;
        let (message, ip) = match query.message {
            MessageType::Discover => {
                let ip = self.choose(mac, query.options.requested, now)?;
                self.leases.insert(mac, Lease { ip, until: now + OFFERED });
                (MessageType::Offer, ip)
            }
            // Who selects another server names it (§4.3.2).
            MessageType::Request if query.options.server.is_some_and(|server| server != self.pool.server) => {
                self.leases.remove(&mac);
                return None;
            }
            MessageType::Request => {
                let ip = query.options.requested.unwrap_or(query.client);
                if self.choose(mac, Some(ip), now) == Some(ip) {
                    let until = now + Duration::from_secs(u64::from(self.pool.lease));
                    self.leases.insert(mac, Lease { ip, until });
                    (MessageType::Ack, ip)
                } else {
                    (MessageType::Nak, ip)
                }
            }
            MessageType::Release | MessageType::Decline => {
                self.leases.remove(&mac);
                return Some(format!("{} gives its address back", MacText(mac)));
            }
            _ => return None,
        };
        self.answer = Some(self.answer_to(&query, message, ip));
        let what = match message {
            MessageType::Offer => "is offered to",
            MessageType::Ack => "is leased to",
            _ => "is refused to",
        };
        Some(format!("{ip} {what} {}", MacText(mac)))
    }

    fn answer_to(&self, query: &Repr, message: MessageType, ip: Ipv4Addr) -> Call {
        let refused = message == MessageType::Nak;
        let server = Some(self.pool.server);
        let options = if refused {
            Options { server, ..Options::default() }
        } else {
            let mask = u32::MAX.checked_shl(32 - u32::from(self.pool.prefix)).unwrap_or(0);
            Options {
                server,
                subnet_mask: Some(Ipv4Addr::from_bits(mask)),
                routers: self.pool.router.into_iter().collect(),
                dns_servers: self.pool.dns.clone(),
                lease: Some(self.pool.lease),
                renewal: Some(self.pool.lease / 2),
                rebinding: Some(self.pool.lease / 8 * 7),
                ..Options::default()
            }
        };
        let repr = Repr {
            message,
            hops: 0,
            seconds: 0,
            yours: if refused { Ipv4Addr::UNSPECIFIED } else { ip },
            next_server: Ipv4Addr::UNSPECIFIED,
            options,
            ..query.clone()
        };
        // §4.1: who has an address is answered there; a NAK and an answer to who has none go to all.
        let alone = !query.client.is_unspecified() && !refused;
        let to = if alone { query.client } else { Ipv4Addr::BROADCAST };
        let to = Address::Inet(SocketAddr::new(to.into(), CLIENT_PORT));
        Call::SendTo(self.fd, repr.emit().into(), to, MessageFlags::NONE)
    }
}

impl Program for DhcpServer {
    fn name(&self) -> Arc<str> {
        "dhcp-server".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        match (self.state, last) {
            (State::Start, _) => self.go(State::Socket, Call::Socket(Family::Inet, SocketType::Datagram)),
            (State::Socket | State::Broadcast | State::Bind | State::Receive, Some(Err(error))) => {
                Next::exit(LINE, Some(error))
            }
            (State::Socket, Some(Ok(value))) => {
                self.fd = descriptor(&value);
                self.go(State::Broadcast, Call::SetOption(self.fd, SocketOption::Broadcast(true)))
            }
            (State::Broadcast, _) => {
                let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), SERVER_PORT);
                self.go(State::Bind, Call::Bind(self.fd, Address::Inet(address)))
            }
            (State::Receive, Some(Ok(Value::Datagram(bytes, _)))) => match self.asked(&bytes, view.now) {
                Some(line) => {
                    self.state = State::Told;
                    print(line)
                }
                None => self.wait(),
            },
            (State::Told, _) => match self.answer.take() {
                Some(answer) => self.go(State::Send, answer),
                None => self.wait(),
            },
            _ => self.wait(),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
