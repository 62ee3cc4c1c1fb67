//! What the gateway asks of the real network, and what it is answered: the only seam between simulation and reality.
//!
//! The gateway node ends each simulated conversation itself. A SYN becomes [`Ask::Connect`]; only when the answer is
//! [`Answer::Connected`] does the SYN-ACK leave. Bytes that arrive in order become [`Ask::Send`], up to the credit that
//! the real side has given; bytes that come in as [`Answer::Data`] are sent on, up to the credit that the gateway has given with
//! [`Ask::Credit`]. So each window is the other side's back-pressure, and a session replays from its inputs alone.
//!
//! A flow of datagrams is one real socket for one end in the lab and one peer, connected, so that errors of the real network come
//! back. One `Send` or `Data` is one datagram, and costs [`datagram_cost`] of the credit.
//!
//! A [`Publication`] lets the real network in: its flow is a real socket that is bound ([`Ask::Listen`]). Each connection that is accepted there
//! becomes a flow of its own, in the other direction but with the same words from then on. Datagrams name the real end each
//! ([`Answer::Datagram`], [`Ask::SendTo`]).
//!
//! ```text
//! flow            asked, in order                                answered
//! to a server     Connect, then Send Credit Shutdown             Connected or Refused, then Data Credit Fin
//! datagrams       Connect, then Send Credit                      Connected or Refused, then Data Credit Unreachable
//! published       Listen, then Allow (stream)                    Listening or Refused, then Accepted
//!                 Listen, then SendTo Credit (datagram)          Listening or Refused, then Datagram Credit
//! from a client   Accept, then Send Credit Shutdown              Data Credit Fin
//! each            Close or Reset at its end                      Reset or Lost at its end; Info, Frame
//! ```
//!
//! A path of AF_UNIX is connected or bound by programs on the gateway itself (below `/host/`), and has no packets.
//!
//! Absent on purpose: the relay's wire format (`relay-proto`) and any real socket.

use core::fmt;
use core::net::SocketAddr;
use std::sync::Arc;

use crate::errno::Errno;
use crate::program::Address;

/// One conversation through the gateway, or one published socket, numbered in the order of their beginning; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowId(pub u32);

/// What a flow carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowKind {
    /// A stream of bytes: TCP, or `SOCK_STREAM` of AF_UNIX.
    Stream,
    /// Datagrams: UDP, or `SOCK_DGRAM` of AF_UNIX.
    Datagram,
}

impl fmt::Display for FlowKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FlowKind::Stream => "stream",
            FlowKind::Datagram => "datagram",
        })
    }
}

/// What a datagram costs beyond its payload: the headers of UDP and IPv4. So an empty one is not free.
pub const DATAGRAM_OVERHEAD: u32 = 28;

/// What a datagram with a payload of so many bytes takes of the credit.
pub fn datagram_cost(payload: usize) -> u32 {
    u32::try_from(payload).unwrap_or(u32::MAX).saturating_add(DATAGRAM_OVERHEAD)
}

/// A socket of the lab that the real network may talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Publication {
    /// Connections, or datagrams.
    pub kind: FlowKind,
    /// What the real machine shall bind; port 0 for any that is free.
    pub at: SocketAddr,
    /// Whom it leads to, in the lab.
    pub to: SocketAddr,
    /// Real connections that may wait to be accepted; 0 for datagrams.
    pub backlog: u32,
}

/// What the gateway asks of the real network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Connect to this address, as the simulated client named it (the gateway's own address stands for the real
    /// machine's loopback: the caller translates it), and give this much credit to begin with.
    Connect {
        /// What it shall carry.
        kind: FlowKind,
        /// The destination of the simulated packet; a path of AF_UNIX is relative to the directory that the real side confines them to.
        to: Address,
        /// Bytes that the real side may send before more credit is given.
        credit: u32,
    },
    /// Bind a socket, and listen when it is for streams.
    Listen {
        /// What it shall carry.
        kind: FlowKind,
        /// What to bind; port 0 for any that is free.
        at: Address,
        /// Connections that may wait in the real kernel; 0 for datagrams.
        backlog: u32,
        /// Cost of the datagrams that the real side may send before more credit is given; 0 for streams, where
        /// [`Ask::Allow`] counts connections and each has a credit of its own.
        credit: u32,
    },
    /// So many connections more may be accepted on this published flow.
    Allow(u32),
    /// This flow is the accepted connection of this number from now on.
    Accept {
        /// The number that [`Answer::Accepted`] gave.
        connection: u32,
        /// Bytes that the real side may send before more credit is given.
        credit: u32,
    },
    /// Send these bytes; one datagram, where the flow carries such.
    Send(Arc<[u8]>),
    /// Send this datagram of a published flow to this real end.
    SendTo {
        /// The real end.
        to: Address,
        /// The datagram.
        bytes: Arc<[u8]>,
    },
    /// The real side may send this many bytes more.
    Credit(u32),
    /// Nothing more will be sent (a FIN came from the simulated end).
    Shutdown,
    /// End the flow at once (a RST came from the simulated end, or the real side broke a rule).
    Reset,
    /// The flow is over: forget it.
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
    /// What was asked could not be: the connection, or the listening. The flow is over.
    Refused(Errno),
    /// The real machine listens.
    Listening {
        /// What it has bound.
        local: Address,
        /// Cost of the datagrams that the gateway may send before more credit is given; 0 for streams.
        credit: u32,
    },
    /// A real client's connection was accepted on this published flow.
    Accepted {
        /// The caller's number for it, which [`Ask::Accept`] names.
        connection: u32,
        /// The client.
        peer: Address,
        /// Bytes that the gateway may send before more credit is given.
        credit: u32,
    },
    /// Bytes came; one datagram, where the flow carries such.
    Data(Arc<[u8]>),
    /// A datagram came to this published flow.
    Datagram {
        /// Who sent it.
        from: Address,
        /// The datagram.
        bytes: Arc<[u8]>,
    },
    /// A datagram of this flow did not arrive (an ICMP error came, or the kernel did not take it). The flow goes on.
    Unreachable(Errno),
    /// This many bytes more may be sent.
    Credit(u32),
    /// The real peer will send nothing more (its FIN).
    Fin,
    /// The real peer reset the connection.
    Reset,
    /// Nobody can say what became of the real connection: the way to the real network is gone.
    Lost,
    /// What the real kernel knows of the connection. It changes nothing in the lab.
    Info(KernelInfo),
    /// A frame that the real kernel sent or received for it. It changes nothing in the lab.
    Frame(RealFrame),
}

/// What a real kernel tells of a connection (`TCP_INFO`): fields in the order in which they were told. One that the
/// kernel does not know is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelInfo {
    /// Each field and its value: times in microseconds (`last_…` in milliseconds), rates in bytes per second.
    pub fields: Arc<[(InfoField, u64)]>,
}

impl KernelInfo {
    /// The value of the field of this name.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.fields.iter().find(|(field, _)| field.name() == Some(name)).map(|(_, value)| *value)
    }
}

/// A field of [`KernelInfo`], by the number that the relay's protocol gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InfoField(pub u8);

impl InfoField {
    /// The names that are known, from number 1.
    const NAMES: [&'static str; 36] = [
        "state",
        "ca_state",
        "retransmits",
        "rto",
        "ato",
        "snd_mss",
        "rcv_mss",
        "unacked",
        "sacked",
        "lost",
        "retrans",
        "rtt",
        "rttvar",
        "snd_ssthresh",
        "snd_cwnd",
        "advmss",
        "reordering",
        "rcv_rtt",
        "rcv_space",
        "total_retrans",
        "pacing_rate",
        "bytes_acked",
        "bytes_received",
        "segs_out",
        "segs_in",
        "notsent_bytes",
        "min_rtt",
        "data_segs_in",
        "data_segs_out",
        "delivery_rate",
        "snd_wnd",
        "pmtu",
        "rcv_ssthresh",
        "last_data_sent",
        "last_data_recv",
        "last_ack_recv",
    ];

    /// Its name in Linux's `struct tcp_info`, without `tcpi_`; `None` for a number that is not known here.
    pub fn name(self) -> Option<&'static str> {
        InfoField::NAMES.get(usize::from(self.0).checked_sub(1)?).copied()
    }
}

impl fmt::Display for InfoField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "field{}", self.0),
        }
    }
}

/// A frame of the real network, as a capture on the real machine took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealFrame {
    /// Which way it went.
    pub direction: Direction,
    /// What it begins with.
    pub link_type: LinkType,
    /// What was kept of its bytes.
    pub bytes: Arc<[u8]>,
    /// How many bytes it had.
    pub length: u32,
    /// Frames of this flow before it that the capture has lost, since the last one that it has not.
    pub lost: u32,
}

/// Which way a real frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// From the real machine.
    Sent,
    /// To the real machine.
    Received,
}

/// What a captured frame begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkType {
    /// An Ethernet header (pcap's number 1).
    Ethernet,
    /// An IPv4 or IPv6 header (pcap's number 101).
    Ip,
}
