//! What a socket is ready for: the events of `poll`, which also say whether a blocked call is worth another try.
//!
//! Absent on purpose: who waits ([`crate::host`]).

use crate::program::Events;
use crate::trace::{SocketId, TcpState};
use crate::transport::tcp::Tcb;
use crate::transport::udp::Udp;

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
            Kind::Datagram(udp, _) => datagram(udp),
            Kind::Unix(unix) => unix.events(|peer| match &self.get(peer)?.kind {
                Kind::Unix(peer) => Some(peer),
                _ => None,
            }),
        }
    }
}

fn if_so(so: bool, events: Events) -> Events {
    if so { events } else { Events::NONE }
}

/// As Linux's `tcp_poll` has it.
fn connection(tcb: &Tcb) -> Events {
    let over = tcb.state == TcpState::Closed;
    let read_over = over || tcb.peer_finished || tcb.read_shut;
    let opening = matches!(tcb.state, TcpState::SynSent | TcpState::SynReceived);
    let write_over = !opening && !tcb.may_write();
    let room = tcb.writable() > 0;
    if_so(read_over && write_over, Events::HUP)
        | if_so(read_over, Events::IN | Events::RDHUP)
        | if_so(tcb.error.is_some(), Events::ERR)
        | if_so(tcb.readable() > 0, Events::IN)
        | if_so(!opening && (write_over || room), Events::OUT)
}

/// As Linux's `datagram_poll` has it.
fn datagram(udp: &Udp) -> Events {
    Events::OUT
        | if_so(udp.error.is_some() || !udp.errors.is_empty(), Events::ERR)
        | if_so(udp.read_shut, Events::IN | Events::RDHUP)
        | if_so(udp.read_shut && udp.write_shut, Events::HUP)
        | if_so(!udp.is_empty(), Events::IN)
}
