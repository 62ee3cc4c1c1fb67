//! TCP (RFC 9293), split by what it does; it behaves as Linux does, and the parameters are a table.
//!
//! ```text
//! tcb         one connection: its variables, its state, its report to the trace
//! connect     active open            accept      passive open
//! receive     a segment arrives      acknowledge its ACK field
//! send        output                 retransmit  time-outs        recovery  fast retransmit
//! ack         when to acknowledge    window      what to advertise
//! probe       zero windows           congestion  how much to send
//! close       FIN and TIME-WAIT      reset       RST and challenge ACKs
//! ```
//!
//! Absent on purpose, and what it costs: SACK (RFC 2018) is understood but not offered until recovery uses it, so
//! several losses in one window take a round trip each; tail loss probes (RFC 8985) need SACK on Linux, so a lost last segment
//! waits for the retransmission time-out; undoing a false time-out (RFC 3522, 5682); urgent data is
//! taken as ordinary data; ECN; keep-alive; Fast Open; path MTU discovery.

mod accept;
mod ack;
mod acknowledge;
mod buffer;
mod close;
mod congestion;
mod connect;
mod parameters;
mod probe;
mod reassembly;
mod receive;
mod recovery;
mod reset;
mod retransmit;
mod rtt;
mod send;
mod seq;
mod tcb;
mod timers;
mod window;

use core::net::SocketAddr;

use crate::wire::tcp::{Flags, Repr};
use crate::wire::tcp_option::Options;

pub(crate) use parameters::LINUX;
use parameters::Parameters;
pub(crate) use reset::refuse;
pub(crate) use seq::Seq;
pub(crate) use tcb::{Origin, Settings, Tcb};
use timers::TimerSet;

/// A segment that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) seq: Seq,
    pub(crate) ack: Seq,
    pub(crate) flags: Flags,
    pub(crate) window: u16,
    pub(crate) options: Options,
    pub(crate) payload: &'a [u8],
}

impl<'a> Segment<'a> {
    pub(crate) fn new(repr: &Repr, payload: &'a [u8], source: SocketAddr, destination: SocketAddr) -> Self {
        Segment {
            source,
            destination,
            seq: Seq(repr.seq),
            ack: Seq(repr.ack),
            flags: repr.flags,
            window: repr.window,
            options: repr.options,
            payload,
        }
    }

    pub(crate) fn syn(&self) -> bool {
        self.flags.has(Flags::SYN)
    }

    pub(crate) fn fin(&self) -> bool {
        self.flags.has(Flags::FIN)
    }

    pub(crate) fn rst(&self) -> bool {
        self.flags.has(Flags::RST)
    }

    pub(crate) fn acks(&self) -> bool {
        self.flags.has(Flags::ACK)
    }

    /// How much sequence space it takes.
    pub(crate) fn len(&self) -> u32 {
        // A segment is shorter than 2^16 bytes.
        self.payload.len() as u32 + u32::from(self.syn()) + u32::from(self.fin())
    }

    /// The sequence number after its last.
    pub(crate) fn end(&self) -> Seq {
        self.seq + self.len()
    }
}
