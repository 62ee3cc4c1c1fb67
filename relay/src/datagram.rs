//! One real datagram socket of a session, UDP or Unix: its two credits, and the calls that wait behind one that takes
//! time. Driven by [`Datagram::poll`], which does a bounded number of calls and reads, so that busy sockets take turns.
//!
//! A datagram is read only when the client's credit covers all of it. The calls of one socket are done in their order: behind a name that
//! is being looked up, or a receiver that is full, everything waits. What waits is bounded by the credit that was granted, and calls and names
//! that cost no credit are weighed against as much again.
//!
//! Absent: the system calls (`socket`), who may be a destination (`connect`, `policy`) and where a socket may be bound (`bind`).

mod group;
mod order;
mod socket;

use crate::connect::{Failure, Network};
use crate::errno;
use crate::lent;
use crate::metrics::SocketType;
use crate::options;
use crate::tap::Flow;
use crate::turn::{Env, Polled};
use order::{Order, Resolve, What};
use relay_proto::{Address, Call, ClientMessage, Family, How, OptionValue, ServerMessage, SocketOption, datagram_cost};
use rustix::net::SocketAddrAny;
use socket::{Socket, Target};
use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};
use tokio::time::{Sleep, sleep};

/// Calls, and datagrams read, before other sockets get their turn.
const TURN: usize = 16;

/// How long to wait where the system cannot tell when it would take a datagram.
const PAUSE: Duration = Duration::from_millis(1);

/// What a RECVFROM needs beside its payload, generously.
const HEAD: usize = 256;

/// Addresses that a name led to, and that are allowed for no other reason.
const FRIENDS: usize = 64;

pub(crate) struct Datagram {
    /// None when the client has closed it: then it hears no more.
    number: Option<u32>,
    /// None after a reset.
    socket: Option<Socket>,
    rationed: bool,
    /// What the client may still send.
    sendable: u32,
    /// What the client wants to get.
    receivable: u32,
    orders: VecDeque<Order>,
    /// What the orders hold beyond the client's credit.
    weight: usize,
    /// How far the first of them is.
    resolve: Resolve,
    /// Done, or refused, and not yet granted again.
    taken: u32,
    /// The relay chose the address, and it is not one that clients may bind: then only who may be a destination is heard.
    wary: bool,
    friends: VecDeque<SocketAddr>,
    /// The size of a datagram that waits for credit.
    waiting: Option<usize>,
    shut_read: bool,
    shut_write: bool,
    closing: bool,
    pause: Option<Pin<Box<Sleep>>>,
    progress: Instant,
}

impl Datagram {
    pub(crate) fn open(
        number: u32,
        family: Family,
        network: &Network,
        sendable: u32,
        receivable: u32,
    ) -> Result<Self, Failure> {
        Ok(Self {
            number: Some(number),
            rationed: true,
            socket: Some(Socket::open(family, network)?),
            sendable,
            receivable,
            orders: VecDeque::new(),
            weight: 0,
            resolve: Resolve::Begin,
            taken: 0,
            wary: false,
            friends: VecDeque::new(),
            waiting: None,
            shut_read: false,
            shut_write: false,
            closing: false,
            pause: None,
            progress: Instant::now(),
        })
    }

    /// One whose dialect knows no credit for datagrams, and bounds what waits by itself.
    pub(crate) fn unrationed(number: u32, family: Family, network: &Network) -> Result<Self, Failure> {
        Ok(Self { rationed: false, ..Self::open(number, family, network, u32::MAX, u32::MAX)? })
    }

    /// Bytes that wait to be sent, with what their places in the queue cost.
    pub(crate) fn queued(&self) -> usize {
        self.orders.iter().map(|order| order.cost as usize + size_of::<Order>()).sum()
    }

    pub(crate) fn socket_type(&self) -> SocketType {
        match self.socket.as_ref().map(Socket::family) {
            Some(Family::Unix) => SocketType::UnixDatagram,
            _ => SocketType::Datagram,
        }
    }

    /// A call of the client. What cannot be done at once is done by the polls.
    pub(crate) fn call(&mut self, message: ClientMessage<'_>, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        if self.socket.is_none() {
            return Ok(());
        }
        if let ClientMessage::Credit { bytes, .. } = message {
            return self.credit(bytes);
        }
        let order = Order::of(message, env);
        let Some(left) = self.sendable.checked_sub(order.cost) else {
            let (sendable, cost) = (self.sendable, order.cost);
            let sentence = format!(
                "The credit of this socket was {sendable} bytes and a datagram cost {cost}, its header included; wait for CREDIT."
            );
            return Err(Failure::breach(Call::Send, "ENOBUFS", sentence));
        };
        self.sendable = left;
        self.weight += order.weight;
        if self.weight > env.network.limits.credit as usize {
            let sentence = "Too many calls wait behind one that takes time; wait for the answers of some.";
            return Err(Failure::breach(Call::Send, "ENOBUFS", sentence));
        }
        self.orders.push_back(order);
        Ok(())
    }

    fn credit(&mut self, bytes: u32) -> Result<(), Failure> {
        let Some(sum) = self.receivable.checked_add(bytes) else {
            let sentence = "The credit of this socket would pass 4294967295 bytes; grant what was used.";
            return Err(Failure::breach(Call::Recv, "EOVERFLOW", sentence));
        };
        self.receivable = sum;
        Ok(())
    }

    /// CLOSE: the client hears no more; what is queued is still sent.
    pub(crate) fn close(&mut self) {
        self.number = None;
        self.finish();
    }

    /// The relay's own close: as CLOSE, but the client still hears what was sent.
    pub(crate) fn finish(&mut self) {
        self.closing = true;
        self.progress = Instant::now();
    }

    /// What is queued is thrown away.
    pub(crate) fn reset(&mut self) {
        self.socket = None;
        self.orders = VecDeque::new();
        self.resolve = Resolve::Begin;
    }

    /// A broken credit rule: the client is told, and the socket is gone.
    pub(crate) fn punish(&mut self, failure: Failure, env: &mut Env<'_, '_>) {
        self.reset();
        if let Some(socket) = self.number {
            env.tell_breach(socket, failure);
        }
    }

    /// Whether it waits to send, and nothing was taken for so long.
    pub(crate) fn is_stuck(&self, limit: Duration) -> bool {
        self.closing && self.progress.elapsed() >= limit
    }

    /// Goes on with what the kernel and the look-ups allow.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        let ordered = self.poll_orders(cx, env);
        self.grant(env);
        if self.socket.is_none() || self.closing {
            return match (self.closing && self.orders.is_empty(), ordered) {
                (true, _) => Polled::Gone,
                (false, true) => Polled::Again,
                (false, false) => Polled::Waiting,
            };
        }
        // Sending goes on while the client does not read.
        match self.read(cx, env) {
            Polled::Waiting | Polled::Parked if ordered => Polled::Again,
            read => read,
        }
    }

    /// Does the calls in their order. True when there may be more to do at once.
    fn poll_orders(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> bool {
        if self.pause.as_mut().is_some_and(|pause| pause.as_mut().poll(cx).is_pending()) {
            return false;
        }
        self.pause = None;
        for _ in 0..TURN {
            let Some(mut order) = self.orders.pop_front() else {
                self.orders.shrink_to(TURN);
                return false;
            };
            let Poll::Ready(done) = self.perform(&mut order, cx, env) else {
                self.orders.push_front(order);
                return false;
            };
            self.resolve = Resolve::Begin;
            self.weight -= order.weight;
            self.taken += order.cost;
            self.progress = Instant::now();
            if let Err(failure) = done {
                self.tell(failure, env);
            }
        }
        !self.orders.is_empty()
    }

    fn perform(&mut self, order: &mut Order, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Poll<Result<(), Failure>> {
        Poll::Ready(match &mut order.what {
            What::Data(bytes) => ready!(self.data(bytes, cx, env)),
            What::SendTo(to, bytes) => ready!(self.send_to(to, bytes, cx, env)),
            What::Connect(to) => ready!(self.connect(to, cx, env)),
            What::Bind(at) => self.bind(at, env),
            What::Shutdown(how) => self.shutdown(*how),
            What::Option(option, value) => self.option(*option, value.as_ref(), env),
            What::Refuse(failure) => match failure.take() {
                Some(failure) => Err(failure),
                None => Ok(()),
            },
        })
    }

    /// DATA: a datagram to the peer.
    fn data(&mut self, bytes: &[u8], cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Poll<Result<(), Failure>> {
        if !self.socket.as_ref().is_some_and(Socket::is_connected) {
            let sentence = "This socket is not connected; send SENDTO, which says where to, or CONNECT first.";
            return Poll::Ready(Err(Failure::new(Call::Send, "EDESTADDRREQ", sentence)));
        }
        let sent = ready!(self.poll_send(None, bytes, cx, env));
        let what = || format!("send {} bytes to the peer", bytes.len());
        Poll::Ready(sent.map_err(|error| failed(Call::Send, &what(), &error)))
    }

    /// SENDTO: a datagram to the first address that is allowed.
    fn send_to(
        &mut self,
        to: &Address,
        bytes: &[u8],
        cx: &mut Context<'_>,
        env: &mut Env<'_, '_>,
    ) -> Poll<Result<(), Failure>> {
        let resolved = ready!(self.poll_targets(Call::SendTo, to, cx, env));
        if let Err(failure) = resolved {
            return Poll::Ready(Err(failure));
        }
        let Resolve::Found(mut targets) = std::mem::replace(&mut self.resolve, Resolve::Begin) else {
            unreachable!("targets are found when the look-up is ready");
        };
        let target = targets.swap_remove(0);
        let sent = self.bind_for(&target, env);
        let sent = match sent {
            Ok(()) => self.poll_send(Some(&target), bytes, cx, env),
            Err(error) => Poll::Ready(Err(error)),
        };
        if sent.is_pending() {
            self.resolve = Resolve::Found(vec![target]);
        } else if let Target::Inet(address) = target {
            self.befriend(address, env.network);
        }
        let what = || format!("send {} bytes to {to}", bytes.len());
        sent.map_err(|error| failed(Call::SendTo, &what(), &error))
    }

    /// An answer of whom a rule allows by name alone shall be heard.
    fn befriend(&mut self, address: SocketAddr, network: &Network) {
        if !self.wary || self.friends.contains(&address) || network.policy.judge(None, address).is_ok() {
            return;
        }
        if self.friends.len() == FRIENDS {
            self.friends.pop_front();
        }
        self.friends.push_back(address);
    }

    fn poll_targets(
        &mut self,
        call: Call,
        to: &Address,
        cx: &mut Context<'_>,
        env: &Env<'_, '_>,
    ) -> Poll<Result<(), Failure>> {
        match &self.socket {
            Some(socket) => self.resolve.poll(call, socket.family(), to, env.network, cx),
            None => Poll::Ready(Ok(())),
        }
    }

    fn poll_send(
        &mut self,
        target: Option<&Target>,
        bytes: &[u8],
        cx: &mut Context<'_>,
        env: &Env<'_, '_>,
    ) -> Poll<io::Result<()>> {
        if self.shut_write {
            return Poll::Ready(Err(io::Error::from_raw_os_error(libc::EPIPE)));
        }
        let Some(socket) = &mut self.socket else {
            return Poll::Ready(Ok(()));
        };
        // Twice: what it waited for may be there by now.
        for _ in 0..2 {
            match socket.try_send(target, bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => {
                    if done.is_ok() {
                        env.network.metrics.datagram_sent(bytes.len());
                    }
                    return Poll::Ready(done);
                }
            }
            if let Err(error) = ready!(socket.poll_room(target, cx))
                && error.kind() != io::ErrorKind::WouldBlock
            {
                return Poll::Ready(Err(error));
            }
        }
        let mut pause = Box::pin(sleep(PAUSE));
        if pause.as_mut().poll(cx).is_pending() {
            self.pause = Some(pause);
        }
        Poll::Pending
    }

    /// Binds where that is left to the relay, and tells.
    fn bind_for(&mut self, target: &Target, env: &mut Env<'_, '_>) -> io::Result<()> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        let Some(local) = socket.bind_for(target)? else {
            return Ok(());
        };
        self.wary = is_beyond(local, env.network);
        if let Some(socket) = self.number {
            let at = env.clock.now();
            env.out.send(env.task, &ServerMessage::Bound { socket, at, local: local.into() });
        }
        Ok(())
    }

    fn bind(&mut self, at: &Address, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        let Some(socket) = &mut self.socket else { return Ok(()) };
        let local = socket.bind(at, env.network)?;
        if let Some(socket) = self.number {
            env.out.send(env.task, &ServerMessage::Bound { socket, at: env.clock.now(), local });
        }
        Ok(())
    }

    /// CONNECT, to the first of the addresses that the kernel takes.
    fn connect(&mut self, to: &Address, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Poll<Result<(), Failure>> {
        let called_at = env.clock.now();
        let connected = if order::is_nobody(to) {
            let disconnected = self.socket.as_mut().map_or(Ok(()), Socket::disconnect);
            disconnected.map_err(|error| Failure::of_system(Call::Connect, "This socket keeps its peer", &error))
        } else {
            match ready!(self.poll_targets(Call::Connect, to, cx, env)) {
                Ok(()) => self.connect_to_one(to, env),
                Err(failure) => Err(failure),
            }
        };
        let outcome = connected.as_ref().map(|_| ()).map_err(|failure| failure.errno);
        let took = Duration::from_nanos(env.clock.now() - called_at);
        env.network.metrics.called("connect", took, outcome);
        if let Err(failure) = connected {
            return Poll::Ready(Err(failure));
        }
        if let (Some(capture), Some(flow)) = (&env.capture, self.flow()) {
            capture.begin(Ok(flow));
        }
        // A Unix socket throws away what it has received when it takes another peer (unix_dgram_disconnected).
        self.waiting = None;
        Poll::Ready(self.tell_connected(called_at, env))
    }

    fn connect_to_one(&mut self, to: &Address, env: &Env<'_, '_>) -> Result<(), Failure> {
        let (Some(socket), Resolve::Found(targets)) = (&mut self.socket, &self.resolve) else {
            return Ok(());
        };
        let mut last = None;
        for target in targets {
            match socket.connect(target, to) {
                Ok(chosen) => {
                    self.wary |= chosen.is_some_and(|local| is_beyond(local, env.network));
                    if let Target::Inet(address) = *target {
                        self.befriend(address, env.network);
                    }
                    return Ok(());
                }
                Err(error) => last = Some(error),
            }
        }
        let error = last.expect("a target was judged, so one was tried");
        Err(failed(Call::Connect, &format!("connect to {to}"), &error))
    }

    fn tell_connected(&self, called_at: u64, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        let (Some(number), Some(socket)) = (self.number, &self.socket) else {
            return Ok(());
        };
        let local = socket.local();
        let local = local.map_err(|error| Failure::of_system(Call::Connect, "This socket has no address", &error))?;
        let (at, peer) = (env.clock.now(), socket.peer());
        env.out.send(env.task, &ServerMessage::Connected { socket: number, called_at, at, local, peer });
        Ok(())
    }

    fn option(&self, option: SocketOption, value: Option<&OptionValue>, env: &mut Env<'_, '_>) -> Result<(), Failure> {
        if let (Some(socket), Some(number)) = (&self.socket, self.number) {
            options::tell(number, option, socket.option(option, value, env.network)?, env);
        }
        Ok(())
    }

    /// The connection to capture, when there is one.
    pub(crate) fn flow(&self) -> Option<Flow> {
        self.socket.as_ref()?.flow()
    }

    fn shutdown(&mut self, how: How) -> Result<(), Failure> {
        let Some(socket) = &self.socket else { return Ok(()) };
        socket.shutdown(how)?;
        self.shut_read |= matches!(how, How::Read | How::Both);
        self.shut_write |= matches!(how, How::Write | How::Both);
        Ok(())
    }

    fn tell(&self, failure: Failure, env: &mut Env<'_, '_>) {
        if let Some(number) = self.number {
            env.out.send(env.task, &failure.message(number, env.clock.now()));
        }
    }

    /// Tells the client what the kernel took, or what was refused.
    fn grant(&mut self, env: &mut Env<'_, '_>) {
        let bytes = std::mem::take(&mut self.taken);
        if bytes == 0 {
            return;
        }
        self.sendable += bytes;
        let Some(socket) = self.number else { return };
        let credit = ServerMessage::Credit { socket, at: env.clock.now(), bytes };
        if bytes >= env.hurry {
            env.out.send(env.task, &credit);
        } else {
            env.out.send_lazily(env.task, &credit);
        }
    }

    /// Reads what the credit covers, and hears of errors.
    fn read(&mut self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Polled {
        for _ in 0..TURN {
            let Some(socket) = &mut self.socket else {
                return Polled::Waiting;
            };
            if !env.out.has_room(env.task) {
                return Polled::Parked;
            }
            if let Poll::Ready(error) = socket.poll_error(cx) {
                self.tell(not_received(&error), env);
                continue;
            }
            if self.shut_read {
                return Polled::Waiting;
            }
            let size = match self.waiting {
                Some(size) => size,
                None => match socket.poll_size(cx) {
                    Poll::Pending => return Polled::Waiting,
                    Poll::Ready(Ok(size)) => size,
                    Poll::Ready(Err(error)) => {
                        self.tell(not_received(&error), env);
                        continue;
                    }
                },
            };
            if datagram_cost(size) > self.receivable && self.is_deliverable(size, env) {
                if self.waiting.replace(size).is_none() {
                    env.network.metrics.stalled();
                }
                return Polled::Waiting;
            }
            self.waiting = None;
            self.deliver(size, env);
        }
        Polled::Again
    }

    fn is_deliverable(&self, size: usize, env: &Env<'_, '_>) -> bool {
        size.saturating_add(HEAD) <= env.network.limits.message_bytes as usize
    }

    /// Takes one datagram from the kernel and tells it.
    fn deliver(&mut self, size: usize, env: &mut Env<'_, '_>) {
        let (Some(socket), Some(number)) = (&self.socket, self.number) else {
            return;
        };
        let mut buffer = lent::take();
        buffer.resize(size, 0);
        let received = socket.receive(&mut buffer);
        let at = env.clock.now();
        match received {
            // It was taken away, with all others, by a CONNECT.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => self.tell(not_received(&error), env),
            Ok(received) if !self.hears(received.source.as_ref(), env.network) => {
                env.network.metrics.datagram_refused();
            }
            Ok(_) if !self.is_deliverable(size, env) => {
                let sentence = format!(
                    "A datagram of {size} bytes is longer than a message may be; start the relay with a greater `--max-message-bytes`."
                );
                self.tell(Failure::new(Call::Recv, "EMSGSIZE", sentence), env);
            }
            Ok(received) => {
                env.network.metrics.datagram_received(received.length);
                if self.rationed {
                    self.receivable -= datagram_cost(received.length);
                }
                let bytes = (&buffer[..received.length]).into();
                let message = if socket.is_peer(received.source.as_ref()) {
                    ServerMessage::Data { socket: number, at, bytes }
                } else {
                    ServerMessage::RecvFrom { socket: number, at, from: socket.shown(received.source), bytes }
                };
                env.out.send(env.task, &message);
            }
        }
        lent::give(buffer);
    }

    /// Whether what comes from there may be told. An address that the relay chose is no way around `--allow-bind`.
    fn hears(&self, source: Option<&SocketAddrAny>, network: &Network) -> bool {
        if !self.wary {
            return true;
        }
        let source = source.and_then(|source| SocketAddr::try_from(source.clone()).ok());
        source.is_some_and(|source| network.policy.judge(None, source).is_ok() || self.friends.contains(&source))
    }
}

/// Whether others than this machine's programs can send there, and nobody has allowed that with `--allow-bind`.
fn is_beyond(local: SocketAddr, network: &Network) -> bool {
    !local.ip().to_canonical().is_loopback() && network.policy.judge_bind(local).is_err()
}

fn failed(call: Call, what: &str, error: &io::Error) -> Failure {
    let errno = errno::name(error);
    let advice = match errno {
        "EMSGSIZE" => "send less in one datagram",
        "ECONNREFUSED" => "start a server there, or check the address",
        "EACCES" => "for a broadcast address, set SO_BROADCAST first",
        "EPIPE" => "this socket, or its peer, was shut down",
        "EINVAL" => "check the address, and whether this socket's own address can reach it",
        "EHOSTUNREACH" | "ENETUNREACH" => "check the address and the network on the way",
        _ => "check the address",
    };
    Failure::new(call, errno, format!("Cannot {what} ({error}); {advice}."))
}

fn not_received(error: &io::Error) -> Failure {
    Failure::of_system(Call::Recv, "The network reported an error of what was sent before", error)
}
