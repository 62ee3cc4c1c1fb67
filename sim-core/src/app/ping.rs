//! Asks a host for echoes (RFC 792, RFC 4443 §4) on a socket that pings, and prints what comes back, as the command does.
//!
//! Absent on purpose: flood and adaptive pings, and the standard deviation at the end.

use core::net::{IpAddr, SocketAddr};
use core::time::Duration;
use std::sync::Arc;

use crate::errno::Errno;
use crate::program::{
    Address, Call, Events, Family, MessageFlags, Next, PollFd, Program, SocketOption, SocketType, View,
};
use crate::time::Instant;
use crate::trace::Value;

use super::resolver::{Resolver, Sought};
use super::{LINE, call, descriptor, exit, print};

/// How long the last answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST: usize = 65_536;
/// Length of an echo message's header.
const HEADER: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Resolve,
    Socket,
    Options,
    Send,
    Wait,
    Receive,
    Errors,
    Close,
    Over,
}

#[derive(Clone, Debug)]
pub(super) struct Ping {
    host: Arc<str>,
    count: u16,
    interval: Duration,
    size: usize,
    ttl: Option<u8>,
    resolver: Resolver,
    state: State,
    to: Option<IpAddr>,
    fd: u32,
    /// When each request was sent.
    sent: Vec<Instant>,
    answered: u16,
    failed: u16,
    /// Options that are still to be set.
    options: Vec<SocketOption>,
    lines: Vec<String>,
}

impl Ping {
    pub(super) fn new(host: Arc<str>, count: u16, interval: Duration, size: u16, ttl: Option<u8>) -> Ping {
        let resolver = Resolver::new(&host);
        Ping {
            host,
            count,
            interval,
            size: usize::from(size),
            ttl,
            resolver,
            state: State::Resolve,
            to: None,
            fd: 0,
            sent: Vec::new(),
            answered: 0,
            failed: 0,
            options: Vec::new(),
            lines: Vec::new(),
        }
    }

    fn go(&mut self, state: State, next: Call) -> Next {
        self.state = state;
        call(next)
    }

    fn resolve(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        match self.resolver.resume(last, view) {
            Sought::Call(next) => call(next),
            Sought::Found(addresses) => {
                let to = addresses[0];
                self.to = Some(to);
                self.options = vec![SocketOption::ReceiveErrors(true)];
                self.options.extend(self.ttl.map(SocketOption::TimeToLive));
                let family = if to.is_ipv4() { Family::Inet } else { Family::Inet6 };
                self.go(State::Socket, Call::Socket(family, SocketType::Icmp))
            }
            Sought::Failed(failure) => {
                self.state = State::Over;
                print(format!("ping: {}: {}", self.host, failure.message()))
            }
        }
    }

    /// What is due: a line of output, a request, or waiting.
    fn next(&mut self, now: Instant) -> Next {
        if let Some(line) = self.lines.pop() {
            return print(line);
        }
        let number = self.sent.len() as u16;
        let due = self.sent.last().map_or(now, |last| *last + self.interval);
        let over = number == self.count;
        if !over && due <= now {
            return self.send(number + 1, now);
        }
        let until = if over { self.sent.last().map_or(now, |last| *last + PATIENCE) } else { due };
        let all_told = over && self.answered + self.failed >= self.count;
        if over && (all_told || until <= now) {
            return self.summary();
        }
        let wanted = PollFd { fd: self.fd, events: Events::IN };
        self.go(State::Wait, Call::Poll(Arc::from([wanted]), Some(until.saturating_since(now))))
    }

    fn send(&mut self, number: u16, now: Instant) -> Next {
        let to = self.to.expect("it was found before");
        // The kernel fills in the identifier and the checksum.
        let kind = if to.is_ipv4() { 8 } else { 128 };
        let [high, low] = number.to_be_bytes();
        let mut message = vec![kind, 0, 0, 0, 0, 0, high, low];
        // As the command does it: the bytes count up.
        message.extend((0..self.size).map(|place| place as u8));
        self.sent.push(now);
        let to = Address::Inet(SocketAddr::new(to, 0));
        self.go(State::Send, Call::SendTo(self.fd, message.into(), to, MessageFlags::NONE))
    }

    fn came(&mut self, message: &[u8], now: Instant) {
        let Some(number) = message.get(6..8).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]])) else { return };
        let Some(sent) = self.sent.get(usize::from(number).wrapping_sub(1)) else { return };
        self.answered += 1;
        let to = self.to.expect("it was found before");
        let time = now.saturating_since(*sent).as_micros();
        let line =
            format!("{} bytes from {to}: icmp_seq={number} time={}.{:03} ms", message.len(), time / 1000, time % 1000);
        self.lines.insert(0, line);
    }

    fn error(&mut self, text: String) {
        self.failed += 1;
        self.lines.insert(0, text);
    }

    fn summary(&mut self) -> Next {
        let sent = self.sent.len();
        let lost = sent - usize::from(self.answered).min(sent);
        let share = (lost * 100).checked_div(sent).unwrap_or(0);
        self.lines.insert(0, format!("{sent} packets transmitted, {} received, {share}% packet loss", self.answered));
        self.go(State::Close, Call::Close(self.fd))
    }
}

/// What an ICMP error says, in the command's words.
fn meaning(v4: bool, icmp: Option<(u8, u8)>, error: Errno) -> Option<&'static str> {
    // What this host could not deliver itself it tells itself, as a router would.
    let nobody = if v4 { (3, 1) } else { (1, 3) };
    let icmp = icmp.or((error == Errno::EHOSTUNREACH).then_some(nobody))?;
    Some(match (v4, icmp) {
        (true, (3, 0)) => "Destination Net Unreachable",
        (true, (3, 1)) => "Destination Host Unreachable",
        (true, (3, 4)) => "Frag needed and DF set",
        (true, (11, 0)) => "Time to live exceeded",
        (true, (11, 1)) => "Frag reassembly time exceeded",
        (false, (1, 0)) => "Destination unreachable: No route",
        (false, (1, 3)) => "Destination unreachable: Address unreachable",
        (false, (2, _)) => "Packet too big",
        (false, (3, 0)) => "Time exceeded: Hop limit",
        _ => return None,
    })
}

impl Program for Ping {
    fn name(&self) -> Arc<str> {
        "ping".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        match (&self.state, last) {
            (State::Resolve, last) => self.resolve(last, view),
            (State::Socket | State::Wait, Some(Err(error))) => Next::exit(LINE, Some(error)),
            (State::Socket | State::Options, last) => {
                if let (State::Socket, Some(Ok(value))) = (&self.state, last) {
                    self.fd = descriptor(&value);
                }
                match self.options.pop() {
                    Some(option) => self.go(State::Options, Call::SetOption(self.fd, option)),
                    None => self.next(view.now),
                }
            }
            (State::Send, Some(Err(error))) => {
                self.error(format!("ping: {}", error.message()));
                self.state = State::Wait;
                self.next(view.now)
            }
            (State::Wait, Some(Ok(Value::Ready(ready)))) if !ready.is_empty() => {
                if ready[0].events.any(Events::ERR) {
                    self.go(State::Errors, Call::Recv(self.fd, LONGEST, MessageFlags::ERRQUEUE))
                } else {
                    self.go(State::Receive, Call::Recv(self.fd, LONGEST, MessageFlags::NONE))
                }
            }
            (State::Receive, Some(Ok(Value::Bytes(message)))) if message.len() >= HEADER => {
                self.came(&message, view.now);
                self.state = State::Wait;
                self.next(view.now)
            }
            (State::Errors, Some(Ok(Value::Queued(queued)))) => {
                let from = queued.offender.map_or_else(String::new, |offender| format!("From {offender}: "));
                let v4 = self.to.is_some_and(|to| to.is_ipv4());
                let what = meaning(v4, queued.icmp, queued.error).unwrap_or_else(|| queued.error.message());
                self.error(format!("{from}{what}"));
                self.state = State::Wait;
                self.next(view.now)
            }
            (State::Close | State::Over, _) => self.lines.pop().map_or_else(exit, print),
            _ => self.next(view.now),
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
