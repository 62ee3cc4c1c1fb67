//! Gets an address, a router and name servers from a DHCP server (RFC 2131 §4.4), keeps the lease alive, and gives it up when it
//! ends.
//!
//! Absent on purpose: asking with ARP whether somebody else has the address (§4.4.1 wishes it), RELEASE at the end (a process that
//! is killed cannot say it), INIT-REBOOT, and several interfaces at once.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::errno::Errno;
use crate::program::{
    Address, Call, Configuration, Events, Family, MessageFlags, Next, OpenFlags, PollFd, Program, SocketOption,
    SocketType, View,
};
use crate::scenario;
use crate::time::Instant;
use crate::trace::Value;
use crate::wire::dhcp::{CLIENT_PORT, MessageType, Options, Repr, SERVER_PORT};

use super::{LINE, call, descriptor, print};

/// The first wait for an answer; it doubles up to the longest (RFC 2131 §4.1).
const FIRST_WAIT: Duration = Duration::from_secs(4);
const LONGEST_WAIT: Duration = Duration::from_secs(64);
/// A renewal is not tried more often than this (§4.4.5).
const LEAST_RENEWAL: Duration = Duration::from_secs(60);
const LONGEST_MESSAGE: usize = 1500;
/// What is asked for: subnet mask, router, name servers, times.
const WISHES: [u8; 6] = [1, 3, 6, 51, 58, 59];

/// Where it stands (RFC 2131 §4.4, figure 5).
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    Selecting,
    Requesting(Offer),
    Bound(Lease),
    Renewing(Lease),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Offer {
    address: Ipv4Addr,
    server: Ipv4Addr,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Lease {
    address: scenario::Address,
    ip: Ipv4Addr,
    server: Ipv4Addr,
    router: Option<Ipv4Addr>,
    dns: Vec<Ipv4Addr>,
    /// When it asks its server again, when every server, and when it is over.
    renew: Instant,
    rebind: Instant,
    end: Instant,
}

/// What it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Start,
    HardwareAddress,
    Socket,
    Broadcast,
    Bind,
    Sent,
    Poll,
    Message,
    Task,
}

#[derive(Clone, Debug)]
pub(super) struct DhcpClient {
    interface: u32,
    mac: [u8; 6],
    fd: u32,
    waiting: Waiting,
    stage: Stage,
    transaction: u32,
    began: Instant,
    wait: Duration,
    until: Instant,
    /// Calls and lines that come before the next message.
    todo: Vec<Task>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Task {
    Call(Call),
    /// Write these name servers to the file that the call before has opened, and close it.
    WriteServers(String),
    Print(String),
}

impl DhcpClient {
    pub(super) fn new(interface: u32) -> DhcpClient {
        DhcpClient {
            interface,
            mac: [0; 6],
            fd: 0,
            waiting: Waiting::Start,
            stage: Stage::Selecting,
            transaction: 0,
            began: Instant::ZERO,
            wait: FIRST_WAIT,
            until: Instant::ZERO,
            todo: Vec::new(),
        }
    }

    fn go(&mut self, waiting: Waiting, next: Call) -> Next {
        self.waiting = waiting;
        call(next)
    }

    fn begin(&mut self, view: &mut View<'_>) -> Next {
        self.start_over(view);
        self.send(view)
    }

    /// It has nothing, and asks at once when nothing else is to be done.
    fn start_over(&mut self, view: &mut View<'_>) {
        self.stage = Stage::Selecting;
        self.transaction = view.random() as u32;
        self.began = view.now;
        self.wait = FIRST_WAIT;
        self.until = view.now;
    }

    /// The message of this stage.
    fn message(&self, now: Instant) -> (Repr, SocketAddr) {
        let broadcast = SocketAddr::new(Ipv4Addr::BROADCAST.into(), SERVER_PORT);
        let options = Options { parameters: WISHES.to_vec(), ..Options::default() };
        let (message, client, options, to) = match &self.stage {
            Stage::Selecting => (MessageType::Discover, Ipv4Addr::UNSPECIFIED, options, broadcast),
            // RFC 2131 §4.3.2: who selects names the server and the address.
            Stage::Requesting(offer) => {
                let options = Options { requested: Some(offer.address), server: Some(offer.server), ..options };
                (MessageType::Request, Ipv4Addr::UNSPECIFIED, options, broadcast)
            }
            Stage::Bound(lease) | Stage::Renewing(lease) => {
                let alone = now < lease.rebind;
                let to = if alone { SocketAddr::new(lease.server.into(), SERVER_PORT) } else { broadcast };
                (MessageType::Request, lease.ip, options, to)
            }
        };
        let repr = Repr {
            message,
            hops: 0,
            transaction: self.transaction,
            seconds: u16::try_from(now.saturating_since(self.began).as_secs()).unwrap_or(u16::MAX),
            // Without an address it hears nothing else (§4.1).
            broadcast: client.is_unspecified(),
            client,
            yours: Ipv4Addr::UNSPECIFIED,
            next_server: Ipv4Addr::UNSPECIFIED,
            relay: Ipv4Addr::UNSPECIFIED,
            client_mac: self.mac,
            options,
        };
        (repr, to)
    }

    fn send(&mut self, view: &mut View<'_>) -> Next {
        let (repr, to) = self.message(view.now);
        // §4.1: plus or minus up to a second, so that many clients do not ask at once.
        let jitter = Duration::from_millis(view.random() % 2000);
        self.until = view.now + (self.wait + jitter).saturating_sub(Duration::from_secs(1));
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        let bytes = repr.emit();
        self.go(Waiting::Sent, Call::SendTo(self.fd, bytes.into(), Address::Inet(to), MessageFlags::NONE))
    }

    /// What is to be done before the next message, else waiting for it.
    fn next(&mut self, now: Instant) -> Next {
        if self.todo.is_empty() {
            let until = match &self.stage {
                Stage::Bound(lease) => lease.renew,
                _ => self.until,
            };
            let wanted = PollFd { fd: self.fd, events: Events::IN };
            let patience = Some(until.saturating_since(now));
            return self.go(Waiting::Poll, Call::Poll(Arc::from([wanted]), patience));
        }
        self.waiting = Waiting::Task;
        match self.todo.remove(0) {
            Task::Call(next) => call(next),
            Task::Print(line) => print(line),
            Task::WriteServers(_) => unreachable!("it follows the call that opens the file"),
        }
    }

    /// A call of the list returned: the file of name servers is open, perhaps.
    fn done(&mut self, last: Option<Result<Value, Errno>>, now: Instant) -> Next {
        if let Some(Task::WriteServers(_)) = self.todo.first() {
            let Task::WriteServers(text) = self.todo.remove(0) else { return self.next(now) };
            if let Some(Ok(value @ Value::Descriptor(_))) = last {
                let file = descriptor(&value);
                self.todo.insert(0, Task::Call(Call::Close(file)));
                self.waiting = Waiting::Task;
                return call(Call::Write(file, text.into_bytes().into()));
            }
        }
        self.next(now)
    }

    /// Time is up: asks again, or gives up what it has.
    fn late(&mut self, view: &mut View<'_>) -> Next {
        match self.stage.clone() {
            Stage::Selecting => self.send(view),
            // No answer to a request after about a minute: begin anew (§3.1, 5).
            Stage::Requesting(_) if self.wait >= LONGEST_WAIT => self.begin(view),
            Stage::Requesting(_) => self.send(view),
            Stage::Bound(lease) => {
                self.began = view.now;
                self.transaction = view.random() as u32;
                self.stage = Stage::Renewing(lease);
                self.renew(view)
            }
            Stage::Renewing(lease) if lease.end <= view.now => {
                self.lose(&lease, "the lease is over");
                self.start_over(view);
                self.next(view.now)
            }
            Stage::Renewing(_) => self.renew(view),
        }
    }

    /// §4.4.5: half of the time that is left, a minute at least.
    fn renew(&mut self, view: &mut View<'_>) -> Next {
        let next = self.send(view);
        if let Stage::Renewing(lease) = &self.stage {
            let goal = if view.now < lease.rebind { lease.rebind } else { lease.end };
            let half = goal.saturating_since(view.now) / 2;
            self.until = (view.now + half.max(LEAST_RENEWAL)).min(lease.end);
        }
        next
    }

    fn lose(&mut self, lease: &Lease, why: &str) {
        let configure = |what| Task::Call(Call::Configure(self.interface, what));
        let mut todo = Vec::new();
        todo.extend(lease.router.map(|via| configure(Configuration::RemoveDefaultRoute(via.into()))));
        todo.push(configure(Configuration::RemoveAddress(lease.address)));
        todo.push(Task::Print(format!("{} is given up: {why}", lease.ip)));
        self.todo.extend(todo);
    }

    /// A message came.
    fn heard(&mut self, bytes: &[u8], view: &mut View<'_>) -> Next {
        let Ok(repr) = Repr::parse(bytes) else { return self.next(view.now) };
        if repr.transaction != self.transaction || repr.client_mac != self.mac {
            return self.next(view.now);
        }
        match (self.stage.clone(), repr.message) {
            (Stage::Selecting, MessageType::Offer) => {
                let Some(server) = repr.options.server else { return self.next(view.now) };
                self.stage = Stage::Requesting(Offer { address: repr.yours, server });
                self.wait = FIRST_WAIT;
                self.send(view)
            }
            (Stage::Requesting(_), MessageType::Nak) => self.begin(view),
            (Stage::Requesting(offer), MessageType::Ack) if repr.yours == offer.address => {
                let lease = lease(&repr, offer.server, view.now);
                self.take(&lease);
                self.stage = Stage::Bound(lease);
                self.next(view.now)
            }
            (Stage::Renewing(old), MessageType::Ack) if repr.yours == old.ip => {
                let server = repr.options.server.unwrap_or(old.server);
                let lease = Lease { address: old.address, ..lease(&repr, server, view.now) };
                self.todo.push(Task::Print(format!("{} is leased for {} s more", lease.ip, seconds(&lease, view.now))));
                self.stage = Stage::Bound(lease);
                self.next(view.now)
            }
            (Stage::Renewing(old), MessageType::Nak) => {
                self.lose(&old, "the server says so");
                self.start_over(view);
                self.next(view.now)
            }
            _ => self.next(view.now),
        }
    }

    /// The address is ours.
    fn take(&mut self, lease: &Lease) {
        let configure = |what| Task::Call(Call::Configure(self.interface, what));
        let mut todo = vec![configure(Configuration::AddAddress(lease.address))];
        let mut line = format!("{}/{} from {}", lease.ip, lease.address.prefix, lease.server);
        if let Some(router) = lease.router {
            todo.push(configure(Configuration::AddDefaultRoute(IpAddr::V4(router))));
            line.push_str(&format!(", router {router}"));
        }
        if !lease.dns.is_empty() {
            let text: String = lease.dns.iter().map(|server| format!("nameserver {server}\n")).collect();
            todo.push(Task::Call(Call::Open("/etc/resolv.conf".into(), OpenFlags::WRITE)));
            todo.push(Task::WriteServers(text));
            let servers: Vec<String> = lease.dns.iter().map(Ipv4Addr::to_string).collect();
            line.push_str(&format!(", names from {}", servers.join(" and ")));
        }
        todo.push(Task::Print(line));
        self.todo.extend(todo);
    }
}

fn seconds(lease: &Lease, now: Instant) -> u64 {
    lease.end.saturating_since(now).as_secs()
}

/// What an ACK grants (RFC 2132; T1 and T2 by default at a half and at seven eighths, RFC 2131 §4.4.5).
fn lease(repr: &Repr, server: Ipv4Addr, now: Instant) -> Lease {
    let options = &repr.options;
    let time = u64::from(options.lease.unwrap_or(u32::MAX));
    let prefix = options.subnet_mask.map_or(24, |mask| mask.to_bits().leading_ones() as u8);
    let at = |given: Option<u32>, usual: u64| now + Duration::from_secs(given.map_or(usual, u64::from).min(time));
    Lease {
        address: scenario::Address { ip: repr.yours.into(), prefix },
        ip: repr.yours,
        server,
        router: options.routers.first().copied(),
        dns: options.dns_servers.clone(),
        renew: at(options.renewal, time / 2),
        rebind: at(options.rebinding, time / 8 * 7),
        end: at(None, time),
    }
}

impl Program for DhcpClient {
    fn name(&self) -> Arc<str> {
        "dhcp-client".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        use Waiting::{Bind, Broadcast, HardwareAddress, Message, Poll, Sent, Socket, Start, Task};
        match (self.waiting, last) {
            (Start, _) => self.go(HardwareAddress, Call::Configure(self.interface, Configuration::HardwareAddress)),
            (HardwareAddress | Socket | Broadcast | Bind | Poll, Some(Err(error))) => Next::exit(LINE, Some(error)),
            (HardwareAddress, Some(Ok(value))) => {
                if let Value::Bytes(bytes) = value
                    && let Ok(mac) = <[u8; 6]>::try_from(&*bytes)
                {
                    self.mac = mac;
                }
                self.go(Socket, Call::Socket(Family::Inet, SocketType::Datagram))
            }
            (Socket, Some(Ok(value))) => {
                self.fd = descriptor(&value);
                self.go(Broadcast, Call::SetOption(self.fd, SocketOption::Broadcast(true)))
            }
            (Broadcast, _) => {
                let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), CLIENT_PORT);
                self.go(Bind, Call::Bind(self.fd, Address::Inet(address)))
            }
            (Bind, _) => self.begin(view),
            (Poll, Some(Ok(Value::Ready(ready)))) if ready.is_empty() => self.late(view),
            (Poll, _) => self.go(Message, Call::Recv(self.fd, LONGEST_MESSAGE, MessageFlags::NONE)),
            (Message, Some(Ok(Value::Bytes(bytes)))) => self.heard(&bytes, view),
            (Task, last) => self.done(last, view.now),
            // A message that could not be sent is as one that was lost.
            (Sent | Message | HardwareAddress | Socket, _) => self.next(view.now),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
