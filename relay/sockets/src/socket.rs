//! One socket behind the relay, as far as it is known here.
//!
//! Absent on purpose: the calls on it.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use relay_proto::datagram_cost;
use sim_core::errno::Errno;
use sim_core::program::{Address, Events, Family, SocketType};

use crate::answer::Answers;

/// What the relay may send before the program has read: the window that the real peer sees, beside the real kernel's own buffer.
pub(crate) const WINDOW: u32 = 65_536;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Not connected; perhaps bound.
    Fresh,
    Listening,
    Connecting,
    Connected,
}

/// Bytes that have arrived: a piece of a stream, or a datagram with its sender.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    pub(crate) bytes: Arc<[u8]>,
    /// How many of them have been read.
    pub(crate) read: usize,
    pub(crate) from: Option<Address>,
}

/// A datagram that the relay has not reported yet.
#[derive(Clone, Debug)]
pub(crate) struct Sending {
    pub(crate) cost: u32,
    pub(crate) ticket: u64,
    pub(crate) failed: Option<Errno>,
}

#[derive(Clone, Debug)]
pub(crate) struct Socket {
    pub(crate) family: Family,
    pub(crate) kind: SocketType,
    pub(crate) state: State,
    pub(crate) local: Option<Address>,
    pub(crate) peer: Option<Address>,
    /// Bytes that may be sent.
    pub(crate) credit: u64,
    pub(crate) inbox: VecDeque<Arrived>,
    /// Credit that reading has freed and that the relay does not know of.
    pub(crate) freed: u32,
    /// Bytes of a stream that the real kernel has not reported as taken.
    pub(crate) unreported: u64,
    /// Datagrams under way to the real kernel, in order.
    pub(crate) sending: VecDeque<Sending>,
    /// Connections that were accepted and that no program has taken.
    pub(crate) accepted: VecDeque<u32>,
    /// Connections that the relay may still accept.
    pub(crate) wanted: u32,
    pub(crate) answers: Answers,
    /// The pending error, told once.
    pub(crate) error: Option<Errno>,
    /// The peer's FIN.
    pub(crate) finished: bool,
    /// The connection is gone.
    pub(crate) reset: bool,
    pub(crate) read_shut: bool,
    pub(crate) write_shut: bool,
    pub(crate) non_blocking: bool,
    pub(crate) receive_timeout: Option<Duration>,
    pub(crate) send_timeout: Option<Duration>,
}

impl Socket {
    pub(crate) fn new(family: Family, kind: SocketType) -> Socket {
        Socket {
            family,
            kind,
            state: State::Fresh,
            local: None,
            peer: None,
            credit: 0,
            inbox: VecDeque::new(),
            freed: 0,
            unreported: 0,
            sending: VecDeque::new(),
            accepted: VecDeque::new(),
            wanted: 0,
            answers: Answers::default(),
            error: None,
            finished: false,
            reset: false,
            read_shut: false,
            write_shut: false,
            non_blocking: false,
            receive_timeout: None,
            send_timeout: None,
        }
    }

    pub(crate) fn is_stream(&self) -> bool {
        self.kind == SocketType::Stream
    }

    /// What so many bytes cost of the credit.
    pub(crate) fn cost(&self, bytes: usize) -> u32 {
        if self.is_stream() { u32::try_from(bytes).unwrap_or(u32::MAX) } else { datagram_cost(bytes) }
    }

    /// Bytes that can be read: of a stream all, of datagrams those of the next.
    pub(crate) fn readable(&self) -> usize {
        let left = |arrived: &Arrived| arrived.bytes.len() - arrived.read;
        match self.is_stream() {
            true => self.inbox.iter().map(left).sum(),
            false => self.inbox.front().map_or(0, left),
        }
    }

    /// The kernel took what costs this.
    pub(crate) fn credited(&mut self, bytes: u32) {
        self.credit += u64::from(bytes);
        self.unreported = self.unreported.saturating_sub(u64::from(bytes));
        let mut left = bytes;
        while let Some(first) = self.sending.front()
            && first.cost <= left
        {
            left -= first.cost;
            let Sending { ticket, failed, .. } = self.sending.pop_front().expect("it was looked at");
            self.answers.give(ticket, failed.map_or(Ok(()), Err));
        }
    }

    /// A call of the relay's that sends or receives has failed.
    pub(crate) fn failed(&mut self, errno: Errno, sending: bool) {
        match self.sending.iter_mut().find(|datagram| datagram.failed.is_none()) {
            Some(datagram) if sending => datagram.failed = Some(errno),
            _ => self.error = Some(errno),
        }
    }

    /// What `poll` says, as Linux's `tcp_poll` and `datagram_poll` have it.
    pub(crate) fn events(&self) -> Events {
        let if_so = |so: bool, events: Events| if so { events } else { Events::NONE };
        let pending = if_so(self.error.is_some(), Events::ERR);
        let arrived = if_so(!self.inbox.is_empty(), Events::IN);
        if !self.is_stream() {
            return pending
                | arrived
                | if_so(self.credit > 0, Events::OUT)
                | if_so(self.read_shut, Events::IN | Events::RDHUP);
        }
        let read_over = self.finished || self.reset || self.read_shut;
        let write_over = self.write_shut || self.reset;
        match self.state {
            State::Fresh => pending | Events::OUT | Events::HUP,
            State::Listening => if_so(!self.accepted.is_empty(), Events::IN),
            State::Connecting => pending,
            State::Connected => {
                pending
                    | arrived
                    | if_so(read_over, Events::IN | Events::RDHUP)
                    | if_so(read_over && write_over, Events::HUP)
                    | if_so(write_over || self.credit > 0, Events::OUT)
            }
        }
    }
}
