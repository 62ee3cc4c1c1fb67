//! TCP (RFC 9293), split by what it does; it behaves as Linux does, and the parameters are a table.
//!
//! ```text
//! tcb         one connection: its variables, its state, its report to the trace; settings, info
//! connect     active open            accept      passive open
//! receive     a segment arrives      acknowledge its ACK field         sack        its SACK blocks
//! flight      what is not acknowledged, and what is known of it
//! recovery    losses                 rack        what is lost          undo        what was not
//! tail        tail loss probes       retransmit  time-outs             congestion  how much (cubic)
//! send        output                 transmit    one segment           mtu         how large it is
//! ack         when to acknowledge    window      what to advertise     memory      the receive buffer
//! selective   our SACK blocks        reassembly  what is out of order
//! probe       zero windows, keep-alive
//! close       FIN and TIME-WAIT      reset       RST and challenge ACKs
//! timers                             when
//! ```
//!
//! Absent on purpose: BBR and pacing (Linux uses neither by default); urgent data is taken as ordinary data; ECN; Fast
//! Open; SYN cookies; probing for the path's MTU (RFC 4821).

mod accept;
mod ack;
mod acknowledge;
mod buffer;
mod close;
mod congestion;
mod connect;
mod cubic;
mod flight;
mod info;
mod memory;
mod mtu;
mod parameters;
mod probe;
mod rack;
mod reassembly;
mod receive;
mod recovery;
mod reset;
mod retransmit;
mod rtt;
mod sack;
mod selective;
mod send;
mod seq;
mod settings;
mod tail;
mod tcb;
mod timers;
mod transmit;
mod undo;
mod window;

use core::net::SocketAddr;

use crate::tick;
use crate::wire::tcp::{Flags, Repr};
use crate::wire::tcp_option::Options;

pub(crate) use congestion::Algorithm;
pub(crate) use parameters::Parameters;
pub(crate) use reset::refuse;
pub(crate) use seq::Seq;
pub(crate) use settings::Settings;
pub(crate) use tcb::{Origin, Tcb};
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

    pub(crate) fn is_pushed(&self) -> bool {
        self.flags.has(Flags::PSH)
    }

    /// Length of its TCP header.
    pub(crate) fn header_len(&self) -> u32 {
        // At most 60.
        (crate::wire::tcp::HEADER + self.options.len()) as u32
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
