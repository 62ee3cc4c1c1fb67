//! What each message of the client does: the table of numbers, and the calls on the sockets behind it.
//!
//! Absent: when a socket goes on by itself. That is the session's round.

use super::accept::{listen, on_listener};
use super::body::{Body, Lookup};
use super::{Session, Slot};
use crate::connect::{Failure, Network};
use crate::datagram::Datagram;
use crate::metrics::SocketType;
use crate::resolve;
use crate::stream::Stream;
use crate::tap::Capture;
use crate::turn::Env;
use crate::wake::SlotWaker;
use relay_proto::{Address, Call, ClientMessage, Family, Kind, MAX_CLIENT_SOCKET, SESSION, ServerMessage};
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Instant;
use tokio::time::timeout;

impl Session {
    pub(super) fn handle(&mut self, message: ClientMessage<'_>, cx: &mut Context<'_>) {
        let socket = message.socket();
        let done = match message {
            ClientMessage::Open { family, kind, credit, .. } => self.open(socket, family, kind, credit, cx),
            ClientMessage::Lookup { name, .. } => self.lookup(socket, name),
            other => self.call(socket, other, cx),
        };
        if let Err(failure) = done {
            let failure = failure.message(socket, self.common.clock.now());
            self.common.out.send(cx, &failure);
        }
    }

    fn open(
        &mut self,
        number: u32,
        family: Family,
        kind: Kind,
        receivable: u32,
        cx: &mut Context<'_>,
    ) -> Result<(), Failure> {
        self.admit(number, Call::Socket, "EAGAIN", "EMFILE")?;
        let network = &self.common.network;
        let credit = network.limits.credit;
        let body = match kind {
            Kind::Stream => Body::Stream(Stream::open(number, family, &self.common.network, credit, receivable)?),
            Kind::Datagram => Body::Datagram(Box::new(Datagram::open(number, family, network, credit, receivable)?)),
        };
        let at = self.common.clock.now();
        self.insert(number, body);
        self.common.out.send(cx, &ServerMessage::Opened { socket: number, at, credit });
        Ok(())
    }

    fn lookup(&mut self, number: u32, name: String) -> Result<(), Failure> {
        self.admit(number, Call::GetAddrInfo, "EAI_AGAIN", "EMFILE")?;
        let (network, clock) = (Arc::clone(&self.common.network), self.common.clock);
        let lookup = async move {
            let began = Instant::now();
            let answer = timeout(network.limits.connect_time, resolve::lookup(&*network.resolver, &name)).await;
            let outcome = match &answer {
                Ok(found) => found.as_ref().map(|_| ()).map_err(|error| error.errno),
                Err(_) => Err("EAI_AGAIN"),
            };
            network.metrics.called("getaddrinfo", began.elapsed(), outcome);
            let failure = match answer {
                Ok(Ok(found)) => {
                    let addresses = found.into_iter().map(Address::from).collect();
                    return ServerMessage::Addresses { socket: number, at: clock.now(), addresses };
                }
                Ok(Err(error)) => Failure::new(Call::GetAddrInfo, error.errno, error.sentence),
                Err(_) => {
                    let sentence = format!("The look-up of {name:?} took too long; try again.");
                    Failure::new(Call::GetAddrInfo, "EAI_AGAIN", sentence)
                }
            };
            failure.message(number, clock.now())
        };
        let key = self.insert(number, Body::Lookup(Lookup::new(lookup)));
        self.touch(key);
        Ok(())
    }

    /// Whether one more number may be used.
    fn admit(
        &mut self,
        number: u32,
        call: Call,
        too_fast: &'static str,
        too_many: &'static str,
    ) -> Result<(), Failure> {
        let limits = &self.common.network.limits;
        let fail = |errno, sentence: String| Err(Failure::new(call, errno, sentence));
        if number == SESSION || number > MAX_CLIENT_SOCKET {
            return fail("EINVAL", format!("A client's numbers are 1 to {MAX_CLIENT_SOCKET}, not {number}."));
        }
        if self.numbers.contains_key(&number) {
            return fail("EEXIST", format!("The number {number} is in use; close it first or take another."));
        }
        if !self.has_place() {
            let most = limits.sockets;
            return fail(
                too_many,
                format!("{most} sockets are open; close some, or start the relay with a greater `--max-sockets`."),
            );
        }
        self.common.opens.take().map_err(|rate| too_often(call, too_fast, rate))
    }

    /// A call on a number that should be a socket.
    fn call(&mut self, number: u32, message: ClientMessage<'_>, cx: &mut Context<'_>) -> Result<(), Failure> {
        let key = *self.numbers.get(&number).ok_or_else(|| unknown(number, &message))?;
        let listeners = if matches!(message, ClientMessage::Listen { .. }) { self.listeners() } else { 0 };
        let place = self.has_place();
        let slot = &mut self.slots[key];
        let mut env = self.common.env(cx, place, slot.capture.as_ref());
        let ends = matches!(message, ClientMessage::Close { .. } | ClientMessage::Reset { .. });
        let done = match (&mut slot.body, message) {
            // Its number is taken, and there is nothing to call.
            (Body::Lookup(_), message) => return Err(unknown(number, &message)),
            (body, ClientMessage::Close { .. }) => {
                body.close();
                Ok(())
            }
            (body, ClientMessage::Reset { .. }) => {
                body.reset();
                body.close();
                Ok(())
            }
            (body, ClientMessage::Listen { backlog, .. }) => {
                let listening = listen(body, backlog, listeners, &mut env);
                slot.counted = slot.body.socket_type().map(|kind| env.network.metrics.socket(kind));
                listening
            }
            (body, ClientMessage::Watch { info_every, capture, .. }) => {
                if let Err(failure) = watch_packets(&mut slot.capture, body, capture, env.network) {
                    env.out.send(env.task, &failure.message(number, env.clock.now()));
                }
                watch_info(body, info_every, &mut env)
            }
            (Body::Stream(stream), message) => on_stream(stream, message, &mut env),
            (Body::Datagram(datagram), message) => datagram.call(message, &mut env),
            (Body::Listener(listener), message) => on_listener(listener, message, &mut env),
        };
        let done = match done {
            Err(failure) if failure.breach => {
                slot.body.punish(failure, &mut env);
                Ok(())
            }
            done => done,
        };
        if ends {
            (slot.number, slot.capture) = (None, None);
            self.numbers.remove(&number);
            // Its place is free for the next message, unless it has something to deliver.
            self.poll_slot(key, cx);
        } else {
            self.touch(key);
        }
        done
    }

    pub(super) fn insert(&mut self, number: u32, body: Body) -> usize {
        let entry = self.slots.vacant_entry();
        let key = entry.key();
        let flag = SlotWaker::new(key, &self.ready);
        let waker = Waker::from(Arc::clone(&flag));
        let counted = body.socket_type().map(|kind| self.common.network.metrics.socket(kind));
        let slot =
            Slot { number: Some(number), body, counted, capture: None, flag, waker, parked: false, dirty: false };
        entry.insert(slot);
        self.numbers.insert(number, key);
        key
    }
}

fn unknown(number: u32, message: &ClientMessage<'_>) -> Failure {
    Failure::new(call_of(message), "EBADF", format!("No socket has the number {number}; open it first."))
}

/// WATCH's capture: begins at once where there is a connection, otherwise with the next one.
fn watch_packets(watch: &mut Option<Capture>, body: &mut Body, wanted: bool, network: &Network) -> Result<(), Failure> {
    if !wanted {
        *watch = None;
        return Ok(());
    }
    let fail = |errno, sentence| Err(Failure::new(Call::Capture, errno, sentence));
    if let Err(why) = &network.capture {
        return fail("EPERM", why.as_str());
    }
    match body.socket_type() {
        Some(SocketType::Stream | SocketType::Datagram) => {
            watch.get_or_insert_default();
            Ok(())
        }
        Some(SocketType::Listener) => fail("ENOTCONN", "This socket listens; watch the connections that it accepts."),
        _ => fail("EOPNOTSUPP", "Unix sockets send no packets, so there is nothing to capture."),
    }
}

/// WATCH's INFO.
fn watch_info(body: &mut Body, info_every: u32, env: &mut Env<'_, '_>) -> Result<(), Failure> {
    let fail = |errno, sentence| Err(Failure::new(Call::GetSockOpt, errno, sentence));
    match body {
        Body::Stream(stream) => stream.watch(info_every, env),
        _ if info_every == 0 => Ok(()),
        Body::Datagram(_) => fail("EOPNOTSUPP", "A datagram socket has no TCP_INFO; watch its packets."),
        Body::Listener(_) => fail("ENOTCONN", "This socket listens; watch the connections that it accepts."),
        Body::Lookup(_) => Ok(()),
    }
}

/// A call on a stream, connected or not.
fn on_stream(stream: &mut Stream, message: ClientMessage<'_>, env: &mut Env<'_, '_>) -> Result<(), Failure> {
    match message {
        ClientMessage::Connect { to, .. } => {
            env.opens.take().map_err(|rate| too_often(Call::Connect, "EAGAIN", rate))?;
            stream.connect(to, env)
        }
        ClientMessage::Data { bytes, .. } => {
            stream.lend(env.spare);
            stream.data(&bytes)
        }
        ClientMessage::Shutdown { how, .. } => stream.shutdown(how),
        ClientMessage::Credit { bytes, .. } => stream.credit(bytes),
        ClientMessage::Bind { at, .. } => stream.bind(&at, env),
        ClientMessage::GetOption { option, .. } => stream.option(option, None, env),
        ClientMessage::SetOption { option, value, .. } => stream.option(option, Some(&value), env),
        ClientMessage::Accept { .. } => {
            Err(Failure::new(Call::Accept, "EINVAL", "This socket does not listen; send LISTEN first."))
        }
        ClientMessage::SendTo { .. } => {
            Err(Failure::new(Call::SendTo, "EOPNOTSUPP", "SENDTO is for datagram sockets; send DATA on a stream."))
        }
        other => Err(Failure::new(call_of(&other), "EOPNOTSUPP", "A stream does not do that.")),
    }
}

pub(crate) fn too_often(call: Call, errno: &'static str, rate: u32) -> Failure {
    let sentence = format!(
        "More than {rate} sockets and look-ups in one second; slow down, or start the relay with a greater `--max-opens-per-second`."
    );
    Failure::new(call, errno, sentence)
}

pub(crate) fn call_of(message: &ClientMessage<'_>) -> Call {
    match message {
        ClientMessage::Open { .. } => Call::Socket,
        ClientMessage::Connect { .. } => Call::Connect,
        ClientMessage::Data { .. } => Call::Send,
        ClientMessage::Shutdown { .. } => Call::Shutdown,
        ClientMessage::Close { .. } | ClientMessage::Reset { .. } => Call::Close,
        ClientMessage::Credit { .. } => Call::Recv,
        ClientMessage::Lookup { .. } => Call::GetAddrInfo,
        ClientMessage::Bind { .. } => Call::Bind,
        ClientMessage::Listen { .. } => Call::Listen,
        ClientMessage::Accept { .. } => Call::Accept,
        ClientMessage::SendTo { .. } => Call::SendTo,
        ClientMessage::GetOption { .. } | ClientMessage::Watch { .. } => Call::GetSockOpt,
        ClientMessage::SetOption { .. } => Call::SetSockOpt,
    }
}
