//! One connection as its client plays it: what it sends next, what it may hear, and, when both ends are done, whether the end is the
//! one that the model says.
//!
//! Absent: when it acts; the session's driver draws that.

use super::peer::{Outcome, PeerEnd, PeerPlan, random_size};
use crate::harness::{Random, show};
use crate::pattern::Pattern;
use relay_proto::{Call, ClientMessage, How, ServerMessage};

/// What the client does with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// Sends everything and SHUTDOWN write, hears everything, CLOSE.
    Graceful,
    /// SHUTDOWN read at once; then as graceful, without hearing.
    Deaf,
    /// Sends everything, and CLOSE behind it.
    Close,
    /// Sends everything, and RESET behind it.
    Reset,
    /// Sends more than it may.
    Violate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// SHUTDOWN write was sent.
    Finished,
    /// CLOSE or RESET was sent.
    Closed,
}

pub(super) struct Talk {
    pub(super) number: u32,
    pub(super) plan: Plan,
    pub(super) peer: PeerPlan,
    pub(super) up: Pattern,
    pub(super) down: Pattern,
    /// What it is going to send.
    pub(super) goal: usize,
    state: State,
    deaf: bool,
    sent: usize,
    credited: usize,
    may_send: usize,
    /// What it might send at the beginning, which is the most that can ever be on its way.
    window: usize,
    received: usize,
    /// Granted and not yet used by the relay.
    granted: usize,
    owed: usize,
    fin: bool,
    reset: bool,
    punished: bool,
    /// What the real end said, while the client is not done.
    pub(super) outcome: Option<Outcome>,
}

impl Talk {
    pub(super) fn new(number: u32, plan: Plan, peer: PeerPlan, random: &mut Random) -> Self {
        let goal = if random.below(8) == 0 { random.below(600_000) } else { random.below(40_000) };
        let (up, down) = (Pattern(random.next()), Pattern(random.next()));
        Self {
            number,
            plan,
            peer,
            up,
            down,
            goal,
            state: State::Open,
            deaf: false,
            sent: 0,
            credited: 0,
            may_send: 0,
            window: 0,
            received: 0,
            granted: 0,
            owed: 0,
            fin: false,
            reset: false,
            punished: false,
            outcome: None,
        }
    }

    /// What both ends gave each other at the beginning.
    pub(super) fn connected(&mut self, may_send: u32, granted: u32) {
        (self.window, self.may_send, self.granted) = (may_send as usize, may_send as usize, granted as usize);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// The next message, if there is anything to do now.
    pub(super) fn act(&mut self, random: &mut Random) -> Option<ClientMessage<'static>> {
        let socket = self.number;
        match self.state {
            State::Closed => None,
            _ if self.reset => self.close(random.below(2) == 0),
            State::Open if self.plan == Plan::Deaf && !self.deaf => {
                self.deaf = true;
                Some(ClientMessage::Shutdown { socket, how: How::Read })
            }
            State::Open if self.sent < self.goal => self.send(random),
            State::Open => match self.plan {
                Plan::Graceful | Plan::Deaf => {
                    self.state = State::Finished;
                    Some(ClientMessage::Shutdown { socket, how: How::Write })
                }
                Plan::Close => self.close(false),
                Plan::Reset => self.close(true),
                Plan::Violate if self.punished => None,
                Plan::Violate => {
                    self.punished = true;
                    // More than the window: credit may be on its way.
                    let bytes = vec![0; self.window + 1].into();
                    Some(ClientMessage::Data { socket, bytes })
                }
            },
            State::Finished if self.plan == Plan::Deaf || self.fin => self.close(false),
            State::Finished => None,
        }
    }

    fn send(&mut self, random: &mut Random) -> Option<ClientMessage<'static>> {
        let length = random_size(random).min(self.may_send).min(self.goal - self.sent);
        if length == 0 {
            return None;
        }
        let bytes = self.up.bytes(self.sent, length).into();
        self.sent += length;
        self.may_send -= length;
        Some(ClientMessage::Data { socket: self.number, bytes })
    }

    fn close(&mut self, reset: bool) -> Option<ClientMessage<'static>> {
        let socket = self.number;
        self.state = State::Closed;
        Some(if reset { ClientMessage::Reset { socket } } else { ClientMessage::Close { socket } })
    }

    /// Some of what is owed, so that the window opens in odd steps.
    pub(super) fn grant(&mut self, everything: bool, random: &mut Random) -> Option<ClientMessage<'static>> {
        let bytes = if everything { self.owed } else { random.below(self.owed + 1) };
        if bytes == 0 || self.is_closed() {
            return None;
        }
        self.owed -= bytes;
        self.granted += bytes;
        Some(ClientMessage::Credit { socket: self.number, bytes: bytes as u32 })
    }

    pub(super) fn hear(&mut self, message: &ServerMessage<'_>) {
        assert!(!self.reset, "after RESET came {}", show(message));
        match message {
            ServerMessage::Data { bytes, .. } => {
                assert!(!self.fin && !bytes.is_empty(), "DATA after FIN, or none");
                self.down.check(self.received, bytes, "down");
                self.received += bytes.len();
                self.granted = self.granted.checked_sub(bytes.len()).expect("no more comes than was granted");
                self.owed += bytes.len();
            }
            ServerMessage::Credit { bytes, .. } => {
                self.may_send += *bytes as usize;
                self.credited += *bytes as usize;
                assert!(self.credited <= self.sent, "what was never sent is granted again");
            }
            ServerMessage::Fin { .. } => {
                assert!(!self.fin, "two FINs");
                self.fin = true;
            }
            ServerMessage::Reset { .. } => self.reset = true,
            ServerMessage::Error { call: Call::Send, errno, .. } if self.punished => assert_eq!(errno, "ENOBUFS"),
            other => panic!("{:?} with {:?} heard {}", self.plan, self.peer, show(other)),
        }
    }

    /// Once both ends are done: was it as it must be?
    pub(super) fn judge(&self) {
        let Some(Outcome { heard, end }) = self.outcome.filter(|_| self.is_closed()) else {
            return;
        };
        let Self { plan, peer, sent, goal, received, fin, reset, .. } = self;
        let what =
            format!("{plan:?} with {peer:?}: sent {sent}, {heard} heard; {received} received, {fin} {reset}, {end:?}");
        assert!(heard <= *sent, "{what}");
        match (plan, peer) {
            (Plan::Graceful, PeerPlan::Graceful { send }) => {
                assert!(*fin && !reset && end == PeerEnd::Fin, "{what}");
                assert_eq!((heard, *received), (*goal, *send), "{what}");
            }
            (Plan::Graceful | Plan::Violate, PeerPlan::Reset { .. }) => assert!(*reset && !fin, "{what}"),
            // Nothing was sent to it that it did not read, so its CLOSE is no RST.
            (Plan::Close | Plan::Deaf, PeerPlan::Graceful { send: 0 }) => {
                assert!(end == PeerEnd::Fin && heard == *goal, "{what}");
            }
            (Plan::Close | Plan::Deaf, PeerPlan::Graceful { .. }) => {
                assert!(end == PeerEnd::Reset || heard == *goal, "a FIN comes behind everything: {what}");
            }
            (Plan::Reset, PeerPlan::Graceful { .. }) => assert_eq!(end, PeerEnd::Reset, "{what}"),
            (Plan::Violate, PeerPlan::Graceful { .. }) => assert!(*reset && end == PeerEnd::Reset, "{what}"),
            (_, PeerPlan::Reset { .. }) => {}
        }
    }
}
