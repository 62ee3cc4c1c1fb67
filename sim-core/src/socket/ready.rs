//! What a socket is ready for: the events of `poll`, which also say whether a blocked call is worth another try.
//!
//! Absent on purpose: who waits ([`crate::host`]).

use crate::program::Events;
use crate::trace::{SocketId, TcpState};
use crate::transport::tcp::Tcb;

use super::{Kind, Sockets};

impl Sockets {
    /// The events that a socket has now.
    pub(crate) fn events(&self, id: SocketId) -> Events {
        let Some(socket) = self.get(id) else { return Events::NVAL };
        match &socket.kind {
            Kind::Stream => Events::OUT | Events::HUP,
            Kind::Listener(listener) if listener.queue.is_empty() => Events::NONE,
            Kind::Listener(_) => Events::IN,
            Kind::Connection(tcb) => connection(tcb),
            Kind::Datagram(udp, _) => {
                let mut events = Events::OUT;
                if udp.error.is_some() {
                    events |= Events::ERR | Events::IN;
                }
                if !udp.is_empty() {
                    events |= Events::IN;
                }
                events
            }
        }
    }
}

/// As Linux's `tcp_poll` has it.
fn connection(tcb: &Tcb) -> Events {
    let mut events = Events::NONE;
    let read_over = tcb.peer_finished || tcb.read_shut;
    let write_over = !tcb.may_write();
    if (read_over && write_over) || tcb.state == TcpState::Closed {
        events |= Events::HUP;
    }
    if read_over {
        events |= Events::IN | Events::RDHUP;
    }
    if tcb.error.is_some() {
        events |= Events::ERR | Events::IN;
    }
    if tcb.is_synchronized() || tcb.state == TcpState::Closed {
        if tcb.readable() > 0 {
            events |= Events::IN;
        }
        if write_over || tcb.writable() > 0 {
            events |= Events::OUT;
        }
    }
    events
}
