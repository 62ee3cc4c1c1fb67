//! One session: a WebSocket, the numbers that the client gave, and the sockets behind them, all
//! polled by one task. A round is: ready sockets once each, then a batch of the client's messages,
//! then one flush.
//!
//! The end has phases: every socket is closed (what is queued is delivered within the grace time), the
//! close frame is sent, the client is given as long to end the connection.
//!
//! The machinery is the same for every door. What a client's message means is told apart in `hear`: `calls` for
//! `sockscope.v1`, and so on for the other dialects.
//!
//! Absent: the checks before the 101 (`gate`), and what one socket does (`stream`).

mod accept;
mod body;
mod calls;
mod raw;
mod welcome;
mod wisp;

pub(crate) use calls::{call_of, too_often};

use self::body::Body;
use crate::clock::Clock;
use crate::connect::Network;
use crate::dialect::Dialect;
use crate::metrics::Held;
use crate::outbox::{Error, Outbox};
use crate::rate::Bucket;
use crate::tap::{Capture, Told};
use crate::turn::{Common, Env, Polled, Spare};
use crate::wake::{ReadyList, SlotWaker};
use relay_proto::{CLOSE_GOING_AWAY, CLOSE_IDLE, CLOSE_MALFORMED, CLOSE_TEXT, ClientMessage, SERVER_DATA_HEADER};
use relay_websocket::{CloseFrame, Message};
use slab::Slab;
use std::collections::HashMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};
use tokio::time::{Sleep, sleep, timeout};

/// Messages of the client before its sockets get their turn.
const BATCH_MESSAGES: usize = 256;
/// Bytes of the client before its sockets get their turn.
const BATCH_BYTES: usize = 128 << 10;
/// Rounds before other tasks get their turn.
const ROUNDS: usize = 16;
/// How long a small CREDIT may wait for a message to travel with.
const LATE: Duration = Duration::from_millis(1);
/// The most bytes of one read from a real socket. It halves the calls and saves a quarter of the packets
/// of 64 KiB, and still fits the half of the default queue that one message may take.
const CHUNK: usize = 120 << 10;

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

struct Slot {
    /// None when the client has closed it: the number may be another one's by now.
    number: Option<u32>,
    body: Body,
    counted: Option<Held>,
    /// WATCH asked for its packets.
    capture: Option<Capture>,
    flag: Arc<SlotWaker>,
    waker: Waker,
    /// In `parked` or `dirty` already.
    parked: bool,
    dirty: bool,
}

impl Slot {
    fn poll_capture(&self, cx: &mut Context<'_>, env: &mut Env<'_, '_>) -> Told {
        let (Some(capture), Some(number)) = (&self.capture, self.number) else {
            return Told::Rest;
        };
        if capture.waits()
            && let Some(flow) = self.body.flow()
        {
            capture.begin(Ok(flow));
        }
        capture.poll(number, cx, env)
    }
}

pub(crate) struct Session {
    common: Common,
    slots: Slab<Slot>,
    numbers: HashMap<u32, usize>,
    ready: Arc<ReadyList>,
    /// Slots to poll in the next round, and those to poll when there is room again.
    turn: Vec<usize>,
    parked: Vec<usize>,
    dirty: Vec<usize>,
    /// Listening sockets to poll when another socket is gone.
    crowded: Vec<usize>,
    /// The number to try first for the next accepted connection.
    accepted: u32,
    heard: Instant,
    pinged: bool,
    timer: Pin<Box<Sleep>>,
    /// Flushes grants that waited for company. Set while one waits.
    late: Option<Pin<Box<Sleep>>>,
}

impl Session {
    pub(crate) fn new(network: Arc<Network>, out: Outbox) -> Self {
        let limits = &network.limits;
        let payload = limits.message_bytes.min(limits.queue_bytes / 2) as usize;
        Self {
            late: None,
            timer: Box::pin(sleep(limits.idle_time / 2)),
            common: Common {
                chunk: CHUNK.min(payload.saturating_sub(SERVER_DATA_HEADER)).max(1),
                // A client that still has three quarters of its window is in no hurry.
                hurry: (limits.credit / 4).max(1),
                opens: Bucket::new(limits.opens_per_second),
                spare: Spare::default(),
                clock: Clock::start(),
                network,
                out,
            },
            slots: Slab::new(),
            numbers: HashMap::new(),
            ready: Arc::default(),
            turn: Vec::new(),
            parked: Vec::new(),
            dirty: Vec::new(),
            crowded: Vec::new(),
            accepted: accept::FIRST,
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
                self.greet(cx);
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

    fn greet(&mut self, cx: &mut Context<'_>) {
        match &mut self.common.out.dialect {
            Dialect::Lab => {
                let welcome = welcome::welcome(&self.common.network, self.common.clock);
                self.common.out.send(cx, &welcome);
            }
            Dialect::Wisp(wisp) => {
                let greeting = wisp.greeting();
                self.common.out.send_bytes(cx, greeting);
            }
            Dialect::Raw(raw) => {
                if let Some(target) = raw.take_target() {
                    self.dial(target);
                }
            }
            Dialect::Echo => {}
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        self.ready.register(cx.waker());
        if self.timer.as_mut().poll(cx).is_ready()
            && let Some(end) = self.tick(cx)
        {
            return Poll::Ready(end);
        }
        if self.late.as_mut().is_some_and(|late| late.as_mut().poll(cx).is_ready()) {
            self.late = None;
            self.common.out.hurry();
        }
        for _ in 0..ROUNDS {
            let mut moved = self.poll_slots(cx);
            match self.poll_client(cx) {
                Ok(batch) => moved |= batch,
                Err(end) => return Poll::Ready(end),
            }
            if let Some(end) = self.hung_up(cx) {
                return Poll::Ready(end);
            }
            let full = self.common.out.is_full();
            if let Poll::Ready(Err(error)) = self.common.out.poll_flush(cx) {
                return Poll::Ready(End::Lost(error.to_string()));
            }
            // While it was full nobody asked for the client's next message, so nothing would wake this task for it.
            moved |= full && !self.common.out.is_full();
            if self.common.out.was_read() {
                self.heard = Instant::now();
            }
            if !self.parked.is_empty() && self.common.out.has_room(cx) {
                self.unpark();
                moved = true;
            }
            if !moved {
                return self.rest(cx);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What a socket's end means to the session, where its dialect says that it means something.
    fn hung_up(&mut self, cx: &mut Context<'_>) -> Option<End> {
        match &mut self.common.out.dialect {
            Dialect::Raw(raw) => raw.take_end(),
            Dialect::Wisp(wisp) => {
                for stream in wisp.take_ended() {
                    self.hang_up(stream, cx);
                }
                None
            }
            Dialect::Lab | Dialect::Echo => None,
        }
    }

    /// Closes what has this number, which is free from now on.
    fn hang_up(&mut self, number: u32, cx: &mut Context<'_>) {
        if let Some(key) = self.numbers.remove(&number) {
            let slot = &mut self.slots[key];
            slot.number = None;
            slot.body.close();
            self.poll_slot(key, cx);
        }
    }

    /// Whether the client must wait until a real socket has taken more, for lack of another way to tell it.
    fn is_choked(&self) -> bool {
        matches!(&self.common.out.dialect, Dialect::Raw(raw) if raw.is_full())
    }

    /// Nothing can go on. What waits for company is given a little time.
    fn rest(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if self.common.out.is_lazy() && self.late.is_none() {
            let mut late = Box::pin(sleep(LATE));
            if late.as_mut().poll(cx).is_pending() {
                self.late = Some(late);
            }
        }
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
        let place = self.has_place();
        // A wake can outlive its slot.
        let Some(slot) = self.slots.get_mut(key) else {
            return;
        };
        slot.flag.unlist();
        let mut context = Context::from_waker(&slot.waker);
        let mut env = self.common.env(cx, place, slot.capture.as_ref());
        // Before the body, so that packets are told before what they brought.
        let captured = slot.poll_capture(&mut context, &mut env);
        let polled = slot.body.poll(&mut context, &mut env);
        if captured == Told::Some || slot.capture.as_ref().is_some_and(Capture::has_begun) {
            slot.waker.wake_by_ref();
        }
        if captured == Told::NoRoom && !std::mem::replace(&mut slot.parked, true) {
            self.parked.push(key);
        }
        match polled {
            Polled::Waiting => {}
            // Through the list, so that a slot that is woken as well is there once.
            Polled::Again => slot.waker.wake_by_ref(),
            Polled::Parked if slot.parked => {}
            Polled::Parked => {
                slot.parked = true;
                self.parked.push(key);
            }
            Polled::Crowded if self.crowded.contains(&key) => {}
            Polled::Crowded => self.crowded.push(key),
            Polled::Accepted(accepted) => {
                slot.waker.wake_by_ref();
                self.accepted(*accepted, cx);
            }
            Polled::Gone => self.remove(key),
        }
    }

    fn remove(&mut self, key: usize) {
        if let Some(number) = self.slots.remove(key).number {
            self.numbers.remove(&number);
        }
        for key in self.crowded.drain(..) {
            if let Some(slot) = self.slots.get(key) {
                slot.waker.wake_by_ref();
            }
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
        while messages < BATCH_MESSAGES && bytes < BATCH_BYTES && !self.common.out.is_full() && !self.is_choked() {
            let Poll::Ready(next) = self.common.out.poll_next(cx) else {
                break;
            };
            messages += 1;
            match next {
                Ok(Message::Close(_)) => return Err(End::ClosedByClient),
                Ok(message) => {
                    bytes += message.len();
                    self.hear(message, cx)?;
                }
                Err(error) => return Err(end_of(&error)),
            }
        }
        if messages > 0 {
            self.heard = Instant::now();
            self.pinged = false;
        }
        self.poll_dirty(cx);
        Ok(messages > 0)
    }

    /// One message, as the session's dialect has it.
    fn hear(&mut self, message: Message, cx: &mut Context<'_>) -> Result<(), End> {
        let refuse = |code, reason: String| Err(End::Refused(code, reason));
        match (&self.common.out.dialect, message) {
            (Dialect::Echo, message @ (Message::Binary(_) | Message::Text(_))) => {
                self.common.out.send_message(cx, message);
            }
            (_, Message::Text(_)) => return refuse(CLOSE_TEXT, "a text message; this protocol is binary".to_owned()),
            (Dialect::Lab, Message::Binary(bytes)) => match ClientMessage::decode(&bytes) {
                Ok(message) => self.handle(message, cx),
                Err(error) => return refuse(CLOSE_MALFORMED, error.to_string()),
            },
            (Dialect::Wisp(_), Message::Binary(bytes)) => return self.packet(&bytes, cx),
            (Dialect::Raw(_), Message::Binary(bytes)) => self.send_raw(&bytes),
            // Pings, which are answered already, and pongs.
            _ => {}
        }
        Ok(())
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
        let idle = self.common.network.limits.idle_time;
        if self.is_choked() {
            // Not the client's silence. Should it be gone, the ping finds out.
            self.heard = Instant::now();
            self.common.out.ping(cx);
        }
        let silent = self.heard.elapsed();
        if silent >= idle {
            let reason = format!("nothing was heard for {} s", silent.as_secs());
            return Some(End::Refused(CLOSE_IDLE, reason));
        }
        if silent >= idle / 2 && !self.pinged {
            self.pinged = self.common.out.ping(cx);
        }
        let stuck = self.slots.iter().filter(|(_, slot)| slot.body.is_stuck(idle));
        let stuck: Vec<_> = stuck.map(|(key, _)| key).collect();
        for key in stuck {
            self.slots[key].body.reset();
            self.remove(key);
        }
        self.common.spare = Spare::default();
        let next = match silent.checked_sub(idle / 2) {
            None => idle / 2 - silent,
            Some(_) if self.pinged => idle - silent,
            // No room for a ping; soon again.
            Some(_) => (idle - silent) / 4 + Duration::from_millis(1),
        };
        self.timer.as_mut().reset(tokio::time::Instant::now() + next);
        // The timer has to be polled to be armed.
        cx.waker().wake_by_ref();
        None
    }

    async fn finish(&mut self, end: &End) {
        let grace = self.common.network.limits.grace_time;
        let telling = matches!(end, End::Refused(..));
        let keys: Vec<_> = self.slots.iter().map(|(key, _)| key).collect();
        for key in keys {
            let body = &mut self.slots[key].body;
            if telling {
                body.finish();
            } else {
                body.close();
            }
            self.turn.push(key);
        }
        // Unfinished is answered by the resets below.
        let _ = timeout(grace, poll_fn(|cx| self.poll_delivery(cx, telling))).await;
        for (_, slot) in &mut self.slots {
            slot.body.reset();
        }
        self.slots.clear();
        let frame = match end {
            End::Lost(_) => return,
            End::ClosedByClient => None,
            End::Refused(code, reason) => Some(CloseFrame { code: *code, reason: reason.clone() }),
        };
        // A client that is gone, or does not end the connection, is left.
        let _ = timeout(grace, self.common.out.close(frame)).await;
    }

    /// Ready when every socket has delivered what was queued.
    fn poll_delivery(&mut self, cx: &mut Context<'_>, telling: bool) -> Poll<()> {
        self.ready.register(cx.waker());
        // A bounded number of rounds: a task that has used up its budget is woken at once.
        let rounds = (0..ROUNDS).take_while(|_| self.poll_slots(cx)).count();
        if rounds == ROUNDS {
            cx.waker().wake_by_ref();
        }
        self.common.out.hurry();
        let flushed = telling && self.common.out.poll_flush(cx).is_pending();
        if self.slots.is_empty() && !flushed { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn end_of(error: &Error) -> End {
    match error {
        Error::Frame(broken) => End::Refused(broken.close_code(), broken.to_string()),
        Error::Io(_) | Error::Ended => End::Lost(error.to_string()),
    }
}
