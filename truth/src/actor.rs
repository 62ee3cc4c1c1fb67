//! A process of a replay: which call its next step is, and what became of it.
//!
//! Absent on purpose: time. The driver ([`crate::replay`]) knows when a step is due.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use sim_core::errno::Errno;
use sim_core::program::{Call, Family, MessageFlags, OptionName, Shutdown, SocketOption, SocketType, python_bytes};
use sim_core::trace::{ProcessId, Value};

use crate::call::{OptionSaid, Side};
use crate::ping::Pinged;
use crate::plan::{Act, Handle, Kind, Process, Step};
use crate::recording::Nanos;

/// A process and how far it has come.
pub(crate) struct Actor<'a> {
    pub(crate) plan: &'a Process,
    pub(crate) id: ProcessId,
    /// The present step.
    pub(crate) next: usize,
    /// A call is under way.
    pub(crate) busy: bool,
    descriptors: BTreeMap<Handle, u32>,
    /// The sender of the last datagram.
    peer: Option<SocketAddr>,
    /// Bytes of a `recv total` so far.
    total: usize,
    /// The result of the first call of a step of two.
    half: Option<String>,
    pinged: Pinged,
}

/// What a step comes to.
pub(crate) enum Turn {
    /// A call, whose result comes later.
    Call(Call),
    /// A result.
    Done(String),
}

/// What `recv` takes at most where a program reads all there is.
const ALL: usize = 65_536;

impl<'a> Actor<'a> {
    pub(crate) fn new(plan: &'a Process, id: ProcessId) -> Actor<'a> {
        Actor {
            plan,
            id,
            next: 0,
            busy: false,
            descriptors: BTreeMap::new(),
            peer: None,
            total: 0,
            half: None,
            pinged: Pinged::default(),
        }
    }

    pub(crate) fn step(&self) -> Option<&'a Step> {
        self.plan.steps.get(self.next)
    }

    /// When its next step is due, where these were the times at which frames have arrived at its node; nothing while a call
    /// is under way.
    pub(crate) fn due(&self, arrivals: &[Nanos]) -> Option<Nanos> {
        let step = self.step().filter(|_| !self.busy)?;
        match step.follows {
            Some((arrival, after)) => arrivals.get(arrival).map(|at| at + after),
            None => Some(step.at),
        }
    }

    /// Goes on to the next step.
    pub(crate) fn finish(&mut self) {
        if !self.step().is_some_and(|step| matches!(step.act, Act::RecvPart(_))) {
            self.total = 0;
        }
        self.busy = false;
        self.next += 1;
        self.half = None;
    }

    fn fd(&self, handle: Handle) -> u32 {
        self.descriptors.get(&handle).copied().unwrap_or(u32::MAX)
    }

    /// What to do for the present step; the error is what the simulator cannot be told.
    pub(crate) fn turn(&mut self) -> Result<Turn, String> {
        let Some(step) = self.step() else { return Ok(Turn::Done(String::new())) };
        let fd = step.act.handle().map_or(u32::MAX, |handle| self.fd(handle));
        let plain = MessageFlags::NONE;
        Ok(Turn::Call(match &step.act {
            Act::Nothing => return Ok(Turn::Done(String::new())),
            Act::Pinged(_) => return Ok(Turn::Done(self.pinged.to_string())),
            Act::Socket { kind, ipv6, .. } => {
                let family = if *ipv6 { Family::Inet6 } else { Family::Inet };
                Call::Socket(
                    family,
                    match kind {
                        Kind::Stream => SocketType::Stream,
                        Kind::Datagram => SocketType::Datagram,
                        Kind::Ping => SocketType::Icmp,
                    },
                )
            }
            Act::SetOption(_, option) => Call::SetOption(fd, socket_option(*option)?),
            Act::NonBlocking(_, on) => Call::SetNonBlocking(fd, *on),
            Act::Bind(_, address) => Call::Bind(fd, (*address).into()),
            Act::Listen(_, backlog) => Call::Listen(fd, *backlog),
            Act::Accept(..) => Call::Accept(fd),
            Act::Connect(_, address) => Call::Connect(fd, (*address).into()),
            Act::Send(_, bytes) | Act::SendAll(_, bytes) => Call::Send(fd, bytes.as_slice().into(), plain),
            Act::SendTo(_, bytes, to) => match to.or(self.peer) {
                Some(to) => Call::SendTo(fd, bytes.as_slice().into(), to.into(), plain),
                None => Call::Send(fd, bytes.as_slice().into(), plain),
            },
            Act::Echo(_, bytes, to) => {
                self.pinged.sent += 1;
                Call::SendTo(fd, bytes.as_slice().into(), (*to).into(), plain)
            }
            Act::Recv(_, max) => Call::Recv(fd, *max, plain),
            Act::RecvPart(_) => Call::Recv(fd, ALL, plain),
            Act::RecvTotal(_, wanted) if self.total >= *wanted => return Ok(Turn::Done(self.total.to_string())),
            Act::RecvTotal(..) => Call::Recv(fd, ALL, plain),
            Act::RecvFrom(_, max) => Call::RecvFrom(fd, *max, plain),
            Act::RecvEcho(_) => Call::RecvFrom(fd, ALL, MessageFlags::DONTWAIT),
            Act::RecvError(_) => Call::Recv(fd, ALL, MessageFlags::ERRQUEUE | MessageFlags::DONTWAIT),
            Act::Shutdown(_, side) => Call::Shutdown(fd, shutdown(*side)),
            Act::Close(_) => Call::Close(fd),
            Act::ErrorAndPeer(_) => Call::GetOption(fd, OptionName::Error),
        }))
    }

    /// A call of the present step has ended.
    pub(crate) fn took(&mut self, result: &Result<Value, Errno>) -> Turn {
        let Some(step) = self.step() else { return Turn::Done(String::new()) };
        if let Act::ErrorAndPeer(handle) = step.act {
            return self.error_and_peer(self.fd(handle), result);
        }
        let value = match result {
            Err(error) => return Turn::Done(format!("-1 {}", error.name())),
            Ok(value) => value,
        };
        match (&step.act, value) {
            (Act::Socket { handle, .. }, Value::Descriptor(fd)) => {
                self.descriptors.insert(*handle, *fd);
            }
            (Act::Accept(_, handle), Value::Accepted(fd, _)) => {
                self.descriptors.insert(*handle, *fd);
            }
            (Act::RecvEcho(_), Value::Datagram(bytes, _)) => self.pinged.take(bytes),
            (Act::RecvError(_), Value::Queued(error)) => self.pinged.take_error(error.offender, &error.payload),
            (_, Value::Datagram(_, from)) => self.peer = from.inet(),
            (Act::SendAll(_, bytes), Value::Number(taken)) if *taken == bytes.len() => {
                return Turn::Done("None".into());
            }
            (Act::RecvPart(_), Value::Bytes(bytes)) => self.total += bytes.len(),
            (Act::RecvTotal(handle, wanted), Value::Bytes(bytes)) => {
                self.total += bytes.len();
                if !bytes.is_empty() && self.total < *wanted {
                    return Turn::Call(Call::Recv(self.fd(*handle), ALL, MessageFlags::NONE));
                }
                return Turn::Done(self.total.to_string());
            }
            _ => {}
        }
        Turn::Done(text(value))
    }

    /// `getsockopt(SO_ERROR)` and then `getpeername`, as the recorder wrote them: `(0, ['conn'])`, `(0, ['pending'])`.
    fn error_and_peer(&mut self, fd: u32, result: &Result<Value, Errno>) -> Turn {
        let Some(error) = &self.half else {
            self.half = Some(match result {
                Ok(Value::Option(SocketOption::Error(error))) => error.map_or(0, Errno::number).to_string(),
                Ok(other) => other.to_string(),
                Err(error) => format!("-1 {}", error.name()),
            });
            return Turn::Call(Call::GetPeerName(fd));
        };
        let state = if result.is_ok() { "conn" } else { "pending" };
        Turn::Done(format!("({error}, ['{state}'])"))
    }
}

/// A result as recordings write it.
fn text(value: &Value) -> String {
    match value {
        Value::Descriptor(_) | Value::Accepted(..) => "fd".into(),
        Value::Bytes(bytes) | Value::Datagram(bytes, _) => python_bytes(bytes),
        other => other.to_string(),
    }
}

fn shutdown(side: Side) -> Shutdown {
    match side {
        Side::Read => Shutdown::Read,
        Side::Write => Shutdown::Write,
        Side::Both => Shutdown::Both,
    }
}

fn socket_option(option: OptionSaid) -> Result<SocketOption, String> {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    Ok(match option {
        OptionSaid::NoDelay(on) => SocketOption::NoDelay(on),
        OptionSaid::Cork(on) => SocketOption::Cork(on),
        OptionSaid::ReuseAddress(on) => SocketOption::ReuseAddress(on),
        OptionSaid::KeepAlive(on) => SocketOption::KeepAlive(on),
        OptionSaid::KeepIdle(idle) => SocketOption::KeepIdle(seconds(idle)),
        OptionSaid::KeepInterval(interval) => SocketOption::KeepInterval(seconds(interval)),
        OptionSaid::KeepCount(count) => SocketOption::KeepCount(count),
        OptionSaid::UserTimeout(millis) => SocketOption::UserTimeout(Some(Duration::from_millis(millis.into()))),
        OptionSaid::ReceiveBuffer(bytes) => SocketOption::ReceiveBuffer(bytes),
        OptionSaid::SendBuffer(bytes) => SocketOption::SendBuffer(bytes),
        OptionSaid::Linger(on, time) => SocketOption::Linger(on.then(|| seconds(time))),
        OptionSaid::Ttl(hops) => SocketOption::TimeToLive(byte(hops)),
        OptionSaid::Hops(hops) => SocketOption::UnicastHops(byte(hops)),
        OptionSaid::ReceiveErrors => SocketOption::ReceiveErrors(true),
        OptionSaid::Fragment(discovery) => SocketOption::MtuDiscover(discovery),
        OptionSaid::QuickAck(_) | OptionSaid::MaxSegment(_) => {
            return Err(format!("the simulator has no socket option {option:?}"));
        }
    })
}
