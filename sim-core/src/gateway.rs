//! What the gateway asks of the real network, and what it is answered: the only seam between simulation and reality.
//!
//! The gateway node ends each simulated TCP connection itself. A SYN becomes [`Ask::Connect`]; only when the answer is
//! [`Answer::Connected`] does the SYN-ACK leave. Bytes that arrive in order become [`Ask::Send`], up to the credit that
//! the real side has given; bytes that come in as [`Answer::Data`] are sent on, up to the credit that the gateway has given with
//! [`Ask::Credit`]. So each window is the other side's back-pressure, and a session replays from its inputs alone.
//!
//! Absent on purpose: the relay's wire format (`relay-proto`) and any real socket.

use core::net::SocketAddr;
use std::sync::Arc;

use crate::errno::Errno;

/// One connection through the gateway, numbered in the order of their SYNs; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u32);

/// What the gateway asks of the real network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Connect to this address, as the simulated client named it (the gateway's own address stands for the real
    /// machine's loopback: the caller translates it), and give this much credit to begin with.
    Connect {
        /// The destination of the simulated SYN.
        to: SocketAddr,
        /// Bytes that the real side may send before more credit is given.
        credit: u32,
    },
    /// Send these bytes.
    Send(Arc<[u8]>),
    /// The real side may send this many bytes more.
    Credit(u32),
    /// Nothing more will be sent (a FIN came from the simulated client).
    Shutdown,
    /// End the connection at once (a RST came from the simulated client).
    Reset,
    /// Both directions are over: forget the connection.
    Close,
}

/// What the real network answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The connection stands; this many bytes may be sent.
    Connected {
        /// Bytes that the gateway may send before more credit is given.
        credit: u32,
    },
    /// The connection could not be made.
    Refused(Errno),
    /// Bytes came.
    Data(Arc<[u8]>),
    /// This many bytes more may be sent.
    Credit(u32),
    /// The real peer will send nothing more (its FIN).
    Fin,
    /// The real peer reset the connection.
    Reset,
    /// Nobody can say what became of the real connection: the way to the real network is gone.
    Lost,
}
