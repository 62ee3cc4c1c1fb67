//! One session: a WebSocket, the numbers that the client gave, and the sockets behind them, all
//! polled by one task. A round is: ready sockets once each, then a batch of the client's messages,
//! then one flush.
//!
//! The end has phases: every socket is closed (what is queued is delivered within the grace time), the
//! close frame is sent, the client is given as long to end the connection.
//!
//! Absent: the checks before the 101 (`gate`), and what one socket does (`stream`).

use crate::clock::Clock;
use crate::connect::{Failure, Network};
use crate::outbox::Outbox;
use crate::rate::Bucket;
use crate::resolve;
use crate::stream::{Env, Polled, Spare, Stream};
use crate::wake::{ReadyList, SlotWaker};
use relay_proto::{
    Address, CLOSE_GOING_AWAY, CLOSE_IDLE, CLOSE_MALFORMED, CLOSE_TEXT, CLOSE_TOO_BIG, Call,
    Capability, ClientMessage, Family, Limits, MAX_CLIENT_SOCKET, SERVER_DATA_HEADER, SESSION,
    ServerMessage, VERSION,
};
use slab::Slab;
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use tokio::time::{Sleep, sleep, timeout};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Messages of the client before its sockets get their turn.
const BATCH_MESSAGES: usize = 256;
/// Bytes of the client before its sockets get their turn.
const BATCH_BYTES: usize = 128 << 10;
/// Rounds before other tasks get their turn.
const ROUNDS: usize = 16;
/// The most bytes of one read from a real socket.
const CHUNK: usize = 64 << 10;

/// Why a session ended.
pub(crate) enum End {
    /// The client sent its close frame, or ended the connection after one.
    ClosedByClient,
    /// The connection broke.
    Lost(String),
    /// The relay ends it, with this close code and reason.
    Refused(u16, String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosedByClient => f.write_str("closed by the client"),
            Self::Lost(error) => write!(f, "lost: {error}"),
            Self::Refused(code, reason) => write!(f, "closed with {code}: {reason}"),
        }
    }
}

enum Body {
    Stream(Stream),
    Lookup(
        u32,
        Pin<Box<dyn Future<Output = ServerMessage<'static>> + Send>>,
    ),
}

struct Slot {
    body: Body,
    flag: Arc<SlotWaker>,
    waker: Waker,
    /// In `parked` or `dirty` already.
    parked: bool,
    dirty: bool,
}

pub(crate) struct Session {
    network: Arc<Network>,
    out: Outbox,
    clock: Clock,
    slots: Slab<Slot>,
    numbers: HashMap<u32, usize>,
    ready: Arc<ReadyList>,
    /// Slots to poll in the next round, and those to poll when there is room again.
    turn: Vec<usize>,
    parked: Vec<usize>,
    dirty: Vec<usize>,
    spare: Spare,
    opens: Bucket,
    heard: Instant,
    pinged: bool,
    timer: Pin<Box<Sleep>>,
    chunk: usize,
}

impl Session {
    pub(crate) fn new(network: Arc<Network>, out: Outbox) -> Self {
        let limits = &network.limits;
        let payload = limits.message_bytes.min(limits.queue_bytes / 2) as usize;
        Self {
            chunk: CHUNK.min(payload.saturating_sub(SERVER_DATA_HEADER)).max(1),
            opens: Bucket::new(limits.opens_per_second),
            timer: Box::pin(sleep(limits.idle_time / 2)),
            network,
            out,
            clock: Clock::start(),
            slots: Slab::new(),
            numbers: HashMap::new(),
            ready: Arc::default(),
            turn: Vec::new(),
            parked: Vec::new(),
            dirty: Vec::new(),
            spare: Spare::default(),
            heard: Instant::now(),
            pinged: false,
        }
    }

    /// Runs to the end of the session, whatever ends it.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>) -> End {
        let mut stop = std::pin::pin!(stop);
        let mut welcomed = false;
        let end = poll_fn(|cx| {
            if !std::mem::replace(&mut welcomed, true) {
                let welcome = self.welcome();
                self.out.send(cx, &welcome);
            }
            if stop.as_mut().poll(cx).is_ready() {
                let reason = "the relay is shutting down".to_owned();
                return Poll::Ready(End::Refused(CLOSE_GOING_AWAY, reason));
            }
            self.poll(cx)
        })
        .await;
        self.finish(&end).await;
        end
    }

    fn welcome(&self) -> ServerMessage<'static> {
        let limits = &self.network.limits;
        ServerMessage::Welcome {
            version: VERSION,
            at: self.clock.now(),
            limits: Limits {
                sockets: limits.sockets,
                message_bytes: limits.message_bytes,
                credit: limits.credit,
                opens_per_second: limits.opens_per_second,
            },
            capabilities: capabilities(&self.network),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        self.ready.register(cx.waker());
        if self.timer.as_mut().poll(cx).is_ready()
            && let Some(end) = self.tick(cx)
        {
            return Poll::Ready(end);
        }
        for _ in 0..ROUNDS {
            let mut moved = self.poll_slots(cx);
            match self.poll_client(cx) {
                Ok(batch) => moved |= batch,
                Err(end) => return Poll::Ready(end),
            }
            if let Poll::Ready(Err(error)) = self.out.poll_flush(cx) {
                return Poll::Ready(End::Lost(error.to_string()));
            }
            if !self.parked.is_empty() && self.out.has_room(cx) {
                self.unpark();
                moved = true;
            }
            if !moved {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Each ready socket once.
    fn poll_slots(&mut self, cx: &mut Context<'_>) -> bool {
        let mut turn = std::mem::take(&mut self.turn);
        self.ready.take(&mut turn);
        let moved = !turn.is_empty();
        for key in turn.drain(..) {
            self.poll_slot(key, cx);
        }
        // Those that want another turn have been added meanwhile; keep the larger buffer.
        turn.append(&mut self.turn);
        self.turn = turn;
        moved
    }

    fn poll_slot(&mut self, key: usize, cx: &mut Context<'_>) {
        // A wake can outlive its slot.
        let Some(slot) = self.slots.get_mut(key) else {
            return;
        };
        slot.flag.unlist();
        let mut context = Context::from_waker(&slot.waker);
        let polled = match &mut slot.body {
            Body::Stream(stream) => {
                let (out, spare) = (&mut self.out, &mut self.spare);
                let mut env = Env {
                    task: cx,
                    out,
                    spare,
                    clock: self.clock,
                    chunk: self.chunk,
                };
                stream.poll(&mut context, &mut env)
            }
            Body::Lookup(number, lookup) => match lookup.as_mut().poll(&mut context) {
                Poll::Pending => Polled::Waiting,
                Poll::Ready(answer) => {
                    self.numbers.remove(number);
                    self.out.send(cx, &answer);
                    Polled::Gone
                }
            },
        };
        match polled {
            Polled::Waiting => {}
            // Through the list, so that a slot that is woken as well is there once.
            Polled::Again => slot.waker.wake_by_ref(),
            Polled::Parked if slot.parked => {}
            Polled::Parked => {
                slot.parked = true;
                self.parked.push(key);
            }
            Polled::Gone => drop(self.slots.remove(key)),
        }
    }

    fn unpark(&mut self) {
        for key in self.parked.drain(..) {
            if let Some(slot) = self.slots.get_mut(key) {
                slot.parked = false;
                slot.waker.wake_by_ref();
            }
        }
    }

    /// A batch of the client's messages; then the sockets that they touched.
    fn poll_client(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let (mut messages, mut bytes) = (0, 0);
        while messages < BATCH_MESSAGES && bytes < BATCH_BYTES && !self.out.is_full() {
            let Poll::Ready(next) = self.out.poll_next(cx) else {
                break;
            };
            messages += 1;
            match next {
                Some(Ok(Message::Binary(message))) => {
                    bytes += message.len();
                    let message = ClientMessage::decode(&message)
                        .map_err(|error| End::Refused(CLOSE_MALFORMED, error.to_string()))?;
                    self.handle(message, cx);
                }
                Some(Ok(Message::Text(_))) => {
                    let reason = "a text message; this protocol is binary".to_owned();
                    return Err(End::Refused(CLOSE_TEXT, reason));
                }
                Some(Ok(Message::Close(_))) | None => return Err(End::ClosedByClient),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(end_of(&error, self.network.limits.message_bytes)),
            }
        }
        if messages > 0 {
            self.heard = Instant::now();
            self.pinged = false;
        }
        self.poll_dirty(cx);
        Ok(messages > 0)
    }

    fn poll_dirty(&mut self, cx: &mut Context<'_>) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for key in dirty.drain(..) {
            if let Some(slot) = self.slots.get_mut(key) {
                slot.dirty = false;
                self.poll_slot(key, cx);
            }
        }
        self.dirty = dirty;
    }

    fn handle(&mut self, message: ClientMessage<'_>, cx: &mut Context<'_>) {
        let socket = message.socket();
        let done = match message {
            ClientMessage::Open { family, credit, .. } => self.open(socket, family, credit, cx),
            ClientMessage::Lookup { name, .. } => self.lookup(socket, name),
            other => self.call(socket, other, cx),
        };
        if let Err(failure) = done {
            let failure = failure.message(socket, self.clock.now());
            self.out.send(cx, &failure);
        }
    }

    fn open(
        &mut self,
        number: u32,
        family: Family,
        receivable: u32,
        cx: &mut Context<'_>,
    ) -> Result<(), Failure> {
        self.admit(number, Call::Socket, "EAGAIN", "EMFILE")?;
        let credit = self.network.limits.credit;
        let stream = Stream::open(number, family, credit, receivable)?;
        let at = self.clock.now();
        self.insert(number, Body::Stream(stream));
        self.out.send(
            cx,
            &ServerMessage::Opened {
                socket: number,
                at,
                credit,
            },
        );
        Ok(())
    }

    fn lookup(&mut self, number: u32, name: String) -> Result<(), Failure> {
        self.admit(number, Call::GetAddrInfo, "EAI_AGAIN", "EMFILE")?;
        let (network, clock) = (Arc::clone(&self.network), self.clock);
        let lookup = async move {
            let answer = timeout(
                network.limits.connect_time,
                resolve::lookup(&*network.resolver, &name),
            );
            let failure = match answer.await {
                Ok(Ok(found)) => {
                    let addresses = found.into_iter().map(Address::from).collect();
                    return ServerMessage::Addresses {
                        socket: number,
                        at: clock.now(),
                        addresses,
                    };
                }
                Ok(Err(error)) => Failure::new(Call::GetAddrInfo, error.errno, error.sentence),
                Err(_) => {
                    let sentence = format!("The look-up of {name:?} took too long; try again.");
                    Failure::new(Call::GetAddrInfo, "EAI_AGAIN", sentence)
                }
            };
            failure.message(number, clock.now())
        };
        let key = self.insert(number, Body::Lookup(number, Box::pin(lookup)));
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
        let limits = &self.network.limits;
        let fail = |errno, sentence: String| Err(Failure::new(call, errno, sentence));
        if number == SESSION || number > MAX_CLIENT_SOCKET {
            return fail(
                "EINVAL",
                format!("A client's numbers are 1 to {MAX_CLIENT_SOCKET}, not {number}."),
            );
        }
        if self.numbers.contains_key(&number) {
            return fail(
                "EEXIST",
                format!("The number {number} is in use; close it first or take another."),
            );
        }
        if self.slots.len() >= limits.sockets as usize {
            let most = limits.sockets;
            return fail(
                too_many,
                format!(
                    "{most} sockets are open; close some, or start the relay with a greater `--max-sockets`."
                ),
            );
        }
        self.opens
            .take()
            .map_err(|rate| too_often(call, too_fast, rate))
    }

    /// A call on a number that should be a socket.
    fn call(
        &mut self,
        number: u32,
        message: ClientMessage<'_>,
        cx: &mut Context<'_>,
    ) -> Result<(), Failure> {
        let unknown = || {
            let sentence = format!("No socket has the number {number}; open it first.");
            Failure::new(call_of(&message), "EBADF", sentence)
        };
        let key = *self.numbers.get(&number).ok_or_else(unknown)?;
        let Some(Slot {
            body: Body::Stream(stream),
            ..
        }) = self.slots.get_mut(key)
        else {
            return Err(unknown());
        };
        let done = match message {
            ClientMessage::Connect { to, .. } => {
                let rate = self.opens.take();
                rate.map_err(|rate| too_often(Call::Connect, "EAGAIN", rate))?;
                stream.connect(to, &self.network, self.clock)
            }
            ClientMessage::Data { bytes, .. } => {
                stream.lend(&mut self.spare);
                stream.data(&bytes)
            }
            ClientMessage::Shutdown { how, .. } => stream.shutdown(how),
            ClientMessage::Credit { bytes, .. } => stream.credit(bytes),
            ClientMessage::Close { .. } => {
                stream.close();
                self.numbers.remove(&number);
                Ok(())
            }
            ClientMessage::Reset { .. } => {
                stream.reset();
                stream.close();
                self.numbers.remove(&number);
                Ok(())
            }
            // Handled before.
            ClientMessage::Open { .. } | ClientMessage::Lookup { .. } => Ok(()),
        };
        let done = match done {
            Err(failure) if matches!(failure.errno, "ENOBUFS" | "EOVERFLOW") => {
                let (out, spare) = (&mut self.out, &mut self.spare);
                let mut env = Env {
                    task: cx,
                    out,
                    spare,
                    clock: self.clock,
                    chunk: self.chunk,
                };
                stream.punish(failure, &mut env);
                Ok(())
            }
            done => done,
        };
        self.touch(key);
        done
    }

    fn insert(&mut self, number: u32, body: Body) -> usize {
        let entry = self.slots.vacant_entry();
        let key = entry.key();
        let flag = SlotWaker::new(key, &self.ready);
        let waker = Waker::from(Arc::clone(&flag));
        entry.insert(Slot {
            body,
            flag,
            waker,
            parked: false,
            dirty: false,
        });
        self.numbers.insert(number, key);
        key
    }

    /// The slot gets its turn after this batch.
    fn touch(&mut self, key: usize) {
        let Some(slot) = self.slots.get_mut(key) else {
            return;
        };
        if !std::mem::replace(&mut slot.dirty, true) {
            self.dirty.push(key);
        }
    }

    /// Twice per idle time: is the client there, is a closed socket stuck?
    fn tick(&mut self, cx: &mut Context<'_>) -> Option<End> {
        let idle = self.network.limits.idle_time;
        let silent = self.heard.elapsed();
        if silent >= idle {
            let reason = format!("nothing was heard for {} s", silent.as_secs());
            return Some(End::Refused(CLOSE_IDLE, reason));
        }
        if silent >= idle / 2 && !std::mem::replace(&mut self.pinged, true) {
            self.out.ping(cx);
        }
        self.slots.retain(|_, slot| match &mut slot.body {
            Body::Stream(stream) if stream.is_stuck(idle) => {
                stream.reset();
                false
            }
            _ => true,
        });
        self.spare = Spare::default();
        let next = if silent >= idle / 2 {
            idle - silent
        } else {
            idle / 2 - silent
        };
        self.timer
            .as_mut()
            .reset(tokio::time::Instant::now() + next);
        // The timer has to be polled to be armed.
        cx.waker().wake_by_ref();
        None
    }

    async fn finish(&mut self, end: &End) {
        let grace = self.network.limits.grace_time;
        let telling = matches!(end, End::Refused(..));
        let keys: Vec<_> = self.slots.iter().map(|(key, _)| key).collect();
        for key in keys {
            match &mut self.slots[key].body {
                Body::Stream(stream) if telling => stream.finish(),
                Body::Stream(stream) => stream.close(),
                Body::Lookup(..) => {
                    self.slots.remove(key);
                    continue;
                }
            }
            self.turn.push(key);
        }
        // Unfinished is answered by the resets below.
        let _ = timeout(grace, poll_fn(|cx| self.poll_delivery(cx, telling))).await;
        for (_, slot) in &mut self.slots {
            if let Body::Stream(stream) = &mut slot.body {
                stream.reset();
            }
        }
        self.slots.clear();
        let frame = match end {
            End::Lost(_) => return,
            End::ClosedByClient => None,
            End::Refused(code, reason) => Some(CloseFrame {
                code: (*code).into(),
                reason: reason.as_str().into(),
            }),
        };
        // A client that is gone, or does not end the connection, is left.
        let _ = timeout(grace, self.out.close(frame)).await;
    }

    /// Ready when every socket has delivered what was queued.
    fn poll_delivery(&mut self, cx: &mut Context<'_>, telling: bool) -> Poll<()> {
        self.ready.register(cx.waker());
        // A bounded number of rounds: a task that has used up its budget is woken at once.
        let rounds = (0..ROUNDS).take_while(|_| self.poll_slots(cx)).count();
        if rounds == ROUNDS {
            cx.waker().wake_by_ref();
        }
        let flushed = telling && self.out.poll_flush(cx).is_pending();
        if self.slots.is_empty() && !flushed {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

fn too_often(call: Call, errno: &'static str, rate: u32) -> Failure {
    let sentence = format!(
        "More than {rate} sockets and look-ups in one second; slow down, or start the relay with a greater `--max-opens-per-second`."
    );
    Failure::new(call, errno, sentence)
}

fn call_of(message: &ClientMessage<'_>) -> Call {
    match message {
        ClientMessage::Open { .. } => Call::Socket,
        ClientMessage::Connect { .. } => Call::Connect,
        ClientMessage::Data { .. } => Call::Send,
        ClientMessage::Shutdown { .. } => Call::Shutdown,
        ClientMessage::Close { .. } | ClientMessage::Reset { .. } => Call::Close,
        ClientMessage::Credit { .. } => Call::Recv,
        ClientMessage::Lookup { .. } => Call::GetAddrInfo,
    }
}

fn end_of(error: &Error, message_bytes: u32) -> End {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    match error {
        Error::Capacity(_) => End::Refused(
            CLOSE_TOO_BIG,
            format!("a message has at most {message_bytes} bytes"),
        ),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) | Error::Io(_) => {
            End::Lost(error.to_string())
        }
        Error::Utf8(_) => End::Refused(1007, "text that is not UTF-8".to_owned()),
        Error::Protocol(broken) => End::Refused(1002, broken.to_string()),
        other => End::Lost(other.to_string()),
    }
}

fn capabilities(network: &Network) -> Vec<Capability> {
    let capability = |name: &str, reason: Option<&str>| Capability {
        name: name.to_owned(),
        available: reason.is_none(),
        reason: reason.unwrap_or_default().to_owned(),
    };
    let inet6 = std::net::TcpListener::bind(("::1", 0)).is_ok();
    let beyond = !network.policy.allow.is_empty();
    vec![
        capability("stream", None),
        capability("inet", None),
        capability("inet6", (!inet6).then_some("This machine has no IPv6.")),
        capability(
            "beyond-loopback",
            (!beyond).then_some(
                "Only this machine's own addresses are allowed; start the relay with `--allow`.",
            ),
        ),
    ]
}
