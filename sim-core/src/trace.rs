//! The trace: typed facts with causes, append-only. It is what the simulator is for: the page, the lessons,
//! the exports and the tests read this and nothing else.
//!
//! Absent on purpose: any opinion on how a fact looks on screen, any translated word, and any
//! file format (formats have types of their own, so that facts can change without breaking files).

mod call;
mod standing;
mod text;

use core::fmt;
use core::net::{IpAddr, SocketAddr, SocketAddrV4};
use core::time::Duration;
use std::sync::Arc;

use crate::errno::Errno;
use crate::gateway::{Answer, Ask, Direction, FlowId, KernelInfo, LinkType, Publication};
use crate::layer::{Layer, Protocol};
use crate::program::{Address, Call, Output, PollFd, SocketOption};
use crate::scenario::{Faults, HostSettings};
use crate::time::Instant;

pub use standing::{Awaited, Lane, Standing, State};

/// A node's place in [`crate::scenario::Scenario::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

/// A link's place in [`crate::scenario::Scenario::links`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u16);

impl LinkId {
    /// The way of a host to itself (`lo`): no link of the scenario has this number.
    pub const LOOPBACK: LinkId = LinkId(u16::MAX);
}

/// A process, numbered over the whole network in the order of their start.
///
/// A thread besides a process's first has a number of its own here, as it has one among the processes of Linux (`gettid`):
/// so of each number there is one call at a time, one lane of facts, one end. Threads are counted apart, from
/// [`ProcessId::FIRST_THREAD`], because the number of a scenario's process follows from the order of the starts alone. What a process
/// has (descriptors, program) goes by its first thread's number; [`What::Started`] says whose a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessId(pub u32);

impl ProcessId {
    /// The number of the first thread that is not the first of its process: what Linux's processes stay below
    /// (PID_MAX_LIMIT).
    pub const FIRST_THREAD: ProcessId = ProcessId(4 << 20);
}

/// A kernel socket, numbered over the whole network in the order of their making; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A frame given to a link, numbered over the whole network in the order of sending; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u64);

/// A fact's place in the trace: the first fact is number 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactId(pub u32);

/// One thing that happened, at one node, at one moment, because of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its place in the trace.
    pub id: FactId,
    /// When it happened. Facts are in order of time; those of one moment are in order of happening.
    pub at: Instant,
    /// Where it happened.
    pub node: NodeId,
    /// The fact that made it happen; `None` for what came from outside (an input, a program's start).
    pub cause: Option<FactId>,
    /// What happened.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A process began to run its program, or another thread of it did.
    Started {
        /// Which process or thread.
        process: ProcessId,
        /// The program's name, such as `tcp_client.py`.
        program: Arc<str>,
        /// Of a thread besides the first: whose it is.
        thread: Option<Thread>,
    },
    /// A process ran lines of its program since its last fact.
    Ran {
        /// Which process.
        process: ProcessId,
        /// The last of these lines, from 1, in the order in which they ran.
        lines: Arc<[u16]>,
        /// How many ran before them.
        skipped: u32,
    },
    /// Somebody typed what a process can read from its standard input (an input).
    Typed {
        /// Which process.
        process: ProcessId,
        /// What was typed, with its line ends.
        text: Arc<str>,
        /// Nothing follows: the end of the file.
        end: bool,
    },
    /// A process entered a system call. Its result is a fact of its own ([`What::Returned`]),
    /// because a blocking call returns later.
    Called {
        /// Which process.
        process: ProcessId,
        /// The line of its program, from 1.
        line: u16,
        /// The call with its arguments.
        call: Call,
    },
    /// A system call returned.
    Returned {
        /// Which process.
        process: ProcessId,
        /// The line of its program, from 1.
        line: u16,
        /// The [`What::Called`] that this answers.
        called: FactId,
        /// Its result, or the error.
        result: Result<Value, Errno>,
    },
    /// A process wrote a line to its standard output or error, or a part of one.
    Printed {
        /// Which process.
        process: ProcessId,
        /// The line of its program, from 1.
        line: u16,
        /// What it wrote, without the line end.
        text: Arc<str>,
        /// Where to.
        stream: Output,
        /// Whether a line end followed; what is printed next stands behind it otherwise.
        ended: bool,
    },
    /// A process ended, and the kernel closed what it had left open; or another thread of a process ended. Threads that a process has
    /// when it ends end before it.
    Exited {
        /// Which process or thread.
        process: ProcessId,
        /// The line it was at, from 1.
        line: u16,
        /// The error that ended it, if one did.
        error: Option<Errno>,
        /// The exit status of the process; 0 of a thread that ended by itself.
        status: u8,
    },
    /// A process was killed from outside, and the kernel closed what it had left open; so was each other thread of it,
    /// before.
    Killed {
        /// Which process.
        process: ProcessId,
    },
    /// A layer put its header before what it got from the layer above.
    Encapsulated {
        /// The layer of the header.
        layer: Layer,
        /// The protocol of the header.
        protocol: Protocol,
        /// The header's real bytes.
        header: Arc<[u8]>,
        /// Length of what follows the header, in bytes.
        payload: usize,
    },
    /// A layer took its header off, and passes what follows it up.
    Decapsulated {
        /// The layer of the header.
        layer: Layer,
        /// The protocol of the header.
        protocol: Protocol,
        /// The frame it came in.
        frame: FrameId,
        /// The header's real bytes.
        header: Arc<[u8]>,
        /// Length of what follows the header, in bytes.
        payload: usize,
    },
    /// The first bit of a frame left the node (layer 1).
    Sent {
        /// Over which link.
        link: LinkId,
        /// To which node.
        to: NodeId,
        /// The frame's number.
        frame: FrameId,
        /// Its bytes from the Ethernet header to the end of the payload (no preamble, no FCS).
        bytes: Arc<[u8]>,
        /// When the first bit left: the time of this fact.
        sent_at: Instant,
        /// When the last bit arrives, or would arrive when a fault takes the frame on its way.
        arrives_at: Instant,
    },
    /// A fault of the link made a second copy of a frame, which follows it.
    Duplicated {
        /// On which link.
        link: LinkId,
        /// To which node.
        to: NodeId,
        /// The copy's number.
        frame: FrameId,
        /// The frame that it is a copy of.
        of: FrameId,
        /// Its bytes.
        bytes: Arc<[u8]>,
        /// When the first bit of the frame left: the time of this fact.
        sent_at: Instant,
        /// When the copy's last bit arrives.
        arrives_at: Instant,
    },
    /// A frame that somebody else's kernel or tool saw on a real interface. Nothing else is known of it.
    Captured {
        /// Where it was taken from.
        source: CaptureSource,
        /// What was kept of its bytes.
        bytes: Arc<[u8]>,
        /// How many bytes it had on the wire.
        length: u32,
    },
    /// A frame ended before its destination.
    Dropped {
        /// The frame, where it has been given to a link; `None` for a packet that never became a frame.
        frame: Option<FrameId>,
        /// Where.
        place: Place,
        /// Why.
        why: DropReason,
        /// What was dropped (for a packet that never became a frame: from its network header on; for a datagram of the
        /// real network, or to it: its payload).
        bytes: Arc<[u8]>,
    },
    /// The last bit of a frame arrived at the node.
    Delivered {
        /// Over which link.
        link: LinkId,
        /// From which node.
        from: NodeId,
        /// The frame's number.
        frame: FrameId,
    },
    /// A router's NAT made an entry: a host inside talks to a peer, or a peer came through a fixed port.
    TranslationOpened(Translation),
    /// A router's NAT forgot an entry: nothing was heard of it for too long.
    TranslationClosed(Translation),
    /// A router's NAT wrote another address and port into a packet (into what it quotes, when it is an ICMP error).
    Translated {
        /// The frame that the packet came in.
        frame: FrameId,
        /// Of whom.
        side: Side,
        /// What stood there. Of an echo the identifier stands for the port.
        from: SocketAddrV4,
        /// What stands there now.
        to: SocketAddrV4,
        /// Who is on the other side of the conversation, and when the table forgets it if nothing more is heard; `None` for what an
        /// error quotes, which keeps nothing.
        kept: Option<(SocketAddrV4, Instant)>,
    },
    /// A switch learned at which port a station is.
    Learned {
        /// The station.
        mac: [u8; 6],
        /// The port, as the scenario numbers it.
        port: u16,
    },
    /// A switch forgot a station: it was silent for 300 s, or its port lost the signal.
    Forgotten {
        /// The station.
        mac: [u8; 6],
        /// The port that it was at.
        port: u16,
    },
    /// A switch passes a frame on.
    Switched {
        /// The frame as it came in.
        frame: FrameId,
        /// Through which port; `None` for all but its own, because the destination is a group or not known.
        port: Option<u16>,
    },
    /// The faults of a link's direction were changed (an input). The node is the one whose frames they befall.
    FaultsSet {
        /// Which link.
        link: LinkId,
        /// Which of its ends is the node.
        end: u8,
        /// The faults from now on.
        faults: Arc<Faults>,
    },
    /// The properties of a link were changed (an input). The node is the one at its first end.
    LinkSet {
        /// Which link.
        link: LinkId,
        /// Bits per second; 0 for a link without serialisation time.
        rate: u64,
        /// Propagation delay.
        delay: Duration,
        /// Each frame's delay is longer by up to this much.
        jitter: Duration,
        /// Frames that fit in the queue before each end.
        queue: usize,
    },
    /// The settings of a host were changed (an input).
    HostSet {
        /// The settings from now on.
        settings: HostSettings,
    },
    /// An entry of the neighbour table (ARP cache) changed.
    Neighbour {
        /// Whose.
        address: IpAddr,
        /// The state it is in now.
        state: NeighbourState,
    },
    /// An IPv6 address that an interface has made by itself changed (RFC 4862 §5). Those that the scenario gives, and
    /// the link-local address of an interface without `autoconf`, are there from the beginning.
    Address {
        /// The interface's place in [`crate::scenario::Node::interfaces`].
        interface: u16,
        /// The address and its prefix.
        address: crate::scenario::Address,
        /// What it is now.
        state: AddressState,
    },
    /// A route that a router advertised was learned or lost (RFC 4861 §6.3.4).
    Route {
        /// The interface's place in [`crate::scenario::Node::interfaces`].
        interface: u16,
        /// The network; with a prefix of no bits every network.
        to: crate::scenario::Address,
        /// The router; `None` for what is on the link itself.
        via: Option<IpAddr>,
        /// Which of both.
        change: RouteChange,
    },
    /// A TCP connection changed its state (RFC 9293 §3.3.2).
    TcpState {
        /// Which socket.
        socket: SocketId,
        /// Its own address.
        local: SocketAddr,
        /// Its peer's address; the unspecified address for a listening socket.
        peer: SocketAddr,
        /// The state it left.
        from: TcpState,
        /// The state it is in now.
        to: TcpState,
        /// What made it change.
        why: TcpEvent,
    },
    /// Variables of a TCP connection after an event changed one of them.
    TcpVars {
        /// Which socket.
        socket: SocketId,
        /// All of them.
        vars: TcpVars,
    },
    /// A timer was armed, went off or was cancelled.
    Timer {
        /// Whose; `None` for a timer of the node itself.
        socket: Option<SocketId>,
        /// Which timer.
        timer: TimerKind,
        /// What became of it.
        change: TimerChange,
    },
    /// The fragments of a packet have all come: it is whole again.
    Reassembled {
        /// How many there were.
        fragments: usize,
        /// Length of the packet with its IP header, in bytes.
        length: usize,
    },
    /// A socket of the lab was published to the real network (an input).
    Published {
        /// The flow of its listening on the real machine.
        flow: FlowId,
        /// What leads where.
        publication: Publication,
    },
    /// A published socket was withdrawn (an input). Connections that it has made go on.
    Unpublished {
        /// The flow of its listening on the real machine.
        flow: FlowId,
    },
    /// A real end that sends datagrams to a published socket got a port of the gateway, from which they come in the lab.
    PeerMapped {
        /// The published flow.
        flow: FlowId,
        /// The real end.
        peer: Address,
        /// What it is in the lab.
        local: SocketAddr,
    },
    /// A real end's port was given back: nothing was heard for too long, or the socket is published no longer.
    PeerForgotten {
        /// The published flow.
        flow: FlowId,
        /// The real end.
        peer: Address,
        /// What it was in the lab.
        local: SocketAddr,
    },
    /// The real kernel told what it knows of a flow's connection (an input).
    KernelInfo {
        /// Of which flow.
        flow: FlowId,
        /// What it said.
        info: KernelInfo,
    },
    /// The gateway asks something of the real network.
    Asked {
        /// For which connection.
        flow: FlowId,
        /// What it asks.
        ask: Ask,
    },
    /// The real network's answer came in (an input).
    Answered {
        /// For which connection.
        flow: FlowId,
        /// What it said.
        answer: Answer,
    },
}

/// Whose a thread is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The process, by its first thread.
    pub of: ProcessId,
    /// The thread's name.
    pub name: Arc<str>,
}

/// Where a captured frame was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaptureSource {
    /// An interface of a capture file, by its place there.
    Interface(u16),
    /// The real socket of a flow of the gateway.
    Flow {
        /// Which flow.
        flow: FlowId,
        /// Which way the frame went.
        direction: Direction,
        /// What it begins with.
        link_type: LinkType,
        /// Frames of this flow before it that the capture has lost, since the last one that it has not.
        lost: u32,
    },
}

/// What a successful system call returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing (Python's `None`).
    None,
    /// A number: bytes taken by `send`.
    Number(usize),
    /// A descriptor: `socket`, `open`.
    Descriptor(u32),
    /// Two descriptors: `socketpair`.
    Pair(u32, u32),
    /// A descriptor and the peer's address: `accept`.
    Accepted(u32, Address),
    /// Bytes: `recv`, `read`. Empty at the end of the stream.
    Bytes(Arc<[u8]>),
    /// Bytes and their sender: `recvfrom`.
    Datagram(Arc<[u8]>, Address),
    /// An address: `getsockname`, `getpeername`.
    Address(Address),
    /// An option: `getsockopt`.
    Option(SocketOption),
    /// The descriptors that have something, each with what it has: `poll`. Empty when the time ran out.
    Ready(Arc<[PollFd]>),
    /// The oldest of the queued errors: `recv` with `MSG_ERRQUEUE`.
    Queued(Arc<QueuedError>),
}

/// An error that a socket's error queue holds (`struct sock_extended_err`), and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedError {
    /// The error as a call would have given it (`ee_errno`).
    pub error: Errno,
    /// The ICMP type (`ee_type`); `None` when the error arose here (`SO_EE_ORIGIN_LOCAL`).
    pub icmp: Option<(u8, u8)>,
    /// What else it says, such as the path's MTU (`ee_info`).
    pub info: u32,
    /// Who says so (`SO_EE_OFFENDER`).
    pub offender: Option<IpAddr>,
    /// Where the datagram went that it is about.
    pub to: SocketAddr,
    /// What that datagram carried, as far as the error quotes it; of an echo request its ICMP header, too.
    pub payload: Arc<[u8]>,
}

/// What `getsockopt(TCP_INFO)` tells, after Linux's `struct tcp_info`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpInfo {
    /// `tcpi_state`, by Linux's numbers: 1 is ESTABLISHED.
    pub state: u8,
    /// `tcpi_ca_state`: 0 open, 1 disorder, 2 CWR, 3 recovery, 4 loss.
    pub ca_state: u8,
    /// `tcpi_retransmits`: time-outs in a row.
    pub retransmits: u8,
    /// `tcpi_probes`: zero-window or keep-alive probes without an answer.
    pub probes: u8,
    /// `tcpi_backoff`.
    pub backoff: u8,
    /// `tcpi_options`: 1 timestamps, 2 SACK, 4 window scale, 8 ECN.
    pub options: u8,
    /// `tcpi_snd_wscale`.
    pub snd_wscale: u8,
    /// `tcpi_rcv_wscale`.
    pub rcv_wscale: u8,
    /// `tcpi_rto`.
    pub rto: Duration,
    /// `tcpi_ato`.
    pub ato: Duration,
    /// `tcpi_snd_mss`, in bytes.
    pub snd_mss: u32,
    /// `tcpi_rcv_mss`, in bytes.
    pub rcv_mss: u32,
    /// `tcpi_unacked`: segments in flight; for a listening socket, connections that wait for `accept`.
    pub unacked: u32,
    /// `tcpi_sacked`: segments that were selectively acknowledged; for a listening socket, the backlog.
    pub sacked: u32,
    /// `tcpi_lost`, in segments.
    pub lost: u32,
    /// `tcpi_retrans`: segments in flight that were sent again.
    pub retrans: u32,
    /// `tcpi_last_data_sent`: how long ago.
    pub last_data_sent: Duration,
    /// `tcpi_last_data_recv`: how long ago.
    pub last_data_recv: Duration,
    /// `tcpi_last_ack_recv`: how long ago.
    pub last_ack_recv: Duration,
    /// `tcpi_pmtu`, in bytes.
    pub pmtu: u32,
    /// `tcpi_rcv_ssthresh`, in bytes.
    pub rcv_ssthresh: u32,
    /// `tcpi_rtt`.
    pub rtt: Duration,
    /// `tcpi_rttvar`.
    pub rttvar: Duration,
    /// `tcpi_snd_ssthresh`, in segments; 2,147,483,647 before the first loss.
    pub snd_ssthresh: u32,
    /// `tcpi_snd_cwnd`, in segments.
    pub snd_cwnd: u32,
    /// `tcpi_advmss`, in bytes.
    pub advmss: u32,
    /// `tcpi_reordering`, in segments.
    pub reordering: u32,
    /// `tcpi_rcv_rtt`.
    pub rcv_rtt: Duration,
    /// `tcpi_rcv_space`, in bytes.
    pub rcv_space: u32,
    /// `tcpi_total_retrans`, in segments.
    pub total_retrans: u32,
    /// `tcpi_bytes_acked`.
    pub bytes_acked: u64,
    /// `tcpi_bytes_received`.
    pub bytes_received: u64,
    /// `tcpi_segs_out`.
    pub segs_out: u32,
    /// `tcpi_segs_in`.
    pub segs_in: u32,
    /// `tcpi_notsent_bytes`.
    pub notsent_bytes: u32,
    /// `tcpi_min_rtt`.
    pub min_rtt: Duration,
    /// `tcpi_data_segs_in`.
    pub data_segs_in: u32,
    /// `tcpi_data_segs_out`.
    pub data_segs_out: u32,
    /// `tcpi_delivery_rate`, in bytes per second.
    pub delivery_rate: u64,
    /// `tcpi_bytes_sent`.
    pub bytes_sent: u64,
    /// `tcpi_bytes_retrans`.
    pub bytes_retrans: u64,
    /// `tcpi_dsack_dups`.
    pub dsack_dups: u32,
    /// `tcpi_reord_seen`.
    pub reord_seen: u32,
    /// `tcpi_snd_wnd`, in bytes.
    pub snd_wnd: u32,
}

/// An entry of a NAT's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Translation {
    /// Of which protocol.
    pub protocol: NatProtocol,
    /// Who talks, inside. Of an echo the identifier stands for the port.
    pub inside: SocketAddrV4,
    /// As whom, outside.
    pub outside: SocketAddrV4,
    /// To whom. Of an echo it has the port 0.
    pub peer: SocketAddrV4,
}

/// What a NAT translates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum NatProtocol {
    Tcp,
    Udp,
    Echo,
}

/// How far a conversation through a NAT is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NatState {
    /// UDP, or an echo: there is nothing to follow.
    Open,
    /// TCP: there was a SYN.
    Opening,
    /// TCP: both sides have answered each other.
    Established,
    /// TCP: both have sent a FIN, or one a RST.
    Closing,
}

/// One of a packet's two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Side {
    Source,
    Destination,
}

/// Where a frame or packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the queue before a link.
    Queue(LinkId),
    /// On its way over a link.
    Wire(LinkId),
    /// In a layer of the node.
    Layer(Layer),
}

/// Why a frame or packet was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// The link's loss took it (a fault of the scenario).
    Loss,
    /// The queue before the link was full (drop-tail).
    QueueFull,
    /// The cable is cut (a fault of the scenario).
    LinkDown,
    /// Somebody asked for it (an input).
    ByHand,
    /// Its frame check sequence is wrong: a bit was turned over on the link. The bytes of the fact are the damaged ones.
    FrameCheck,
    /// A switch sends no frame back through the port that it came in by.
    SamePort,
    /// A NAT has no entry for it: nobody inside has asked for it, or its protocol is not translated.
    NotTranslated,
    /// A NAT or a gateway has no room for another entry, or no port.
    NatFull,
    /// Its Ethernet destination is another station.
    NotOurMac,
    /// Its IP destination is another host, and this node does not forward.
    NotOurAddress,
    /// A header is too short or contradicts itself.
    Malformed,
    /// A checksum is wrong.
    Checksum,
    /// No protocol of this node takes it.
    UnknownProtocol,
    /// Its neighbour's hardware address could not be found: ARP had no answer.
    NoNeighbour,
    /// No route leads to its destination.
    NoRoute,
    /// No socket takes it.
    NoSocket,
    /// The receiving socket's buffer is full.
    BufferFull,
    /// TCP found it outside the window, or not acceptable in this state (RFC 9293 §3.10.7.4).
    NotAcceptable,
    /// Too many connections wait to be accepted.
    BacklogFull,
    /// Its time to live ran out here.
    TtlExceeded,
    /// It is too long for the next link, and may not be broken into fragments.
    TooBig,
    /// A fragment that contradicts another of its packet: the whole packet is given up.
    FragmentOverlap,
    /// The other fragments of its packet did not come in time.
    ReassemblyTime,
    /// The real network did not take it: what the gateway asked for was refused, or is over.
    RealNetwork,
}

/// States of an address that was made by itself (RFC 4862 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressState {
    /// It is being checked: another station may have it.
    Tentative,
    /// It is the interface's own.
    Preferred,
    /// It is its own still, but new connections take another.
    Deprecated,
    /// Its lifetime is over: it is gone.
    Expired,
    /// Another station has it: it is not taken.
    Duplicate,
}

/// What became of a route that a router advertised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteChange {
    /// It is in the table now.
    Learned,
    /// Its lifetime is over, or the router took it back.
    Lost,
}

/// States of a neighbour entry, after Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighbourState {
    /// Asked for, no answer yet.
    Incomplete,
    /// Known, by the hardware address given, and heard lately.
    Reachable([u8; 6]),
    /// Known, and not heard lately.
    Stale([u8; 6]),
    /// Asked again by itself.
    Probe([u8; 6]),
    /// Entered by hand.
    Permanent([u8; 6]),
    /// Asked in vain.
    Failed,
}

/// The states of RFC 9293 §3.3.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum TcpState {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

/// What makes a TCP connection change its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpEvent {
    /// `listen` was called.
    Listen,
    /// `connect` was called: the SYN leaves.
    Connect,
    /// A SYN arrived.
    SynReceived,
    /// A SYN with an ACK of ours arrived.
    SynAckReceived,
    /// The ACK of our SYN arrived.
    AckOfSyn,
    /// `close`, or `shutdown` of the sending side: the FIN is queued.
    Close,
    /// A FIN arrived.
    FinReceived,
    /// The ACK of our FIN arrived.
    AckOfFin,
    /// A RST arrived.
    RstReceived,
    /// We gave up and sent a RST (or had nothing to send).
    Abort,
    /// It was sent again and again without an answer (RFC 9293 §3.8.3).
    TimedOut,
    /// 2 MSL have passed (TIME-WAIT is over).
    TimeWaitOver,
    /// An ICMP message said that the destination cannot be reached.
    Unreachable,
}

/// The variables of a connection that are worth a plot. Sequence numbers are real ones; `una`, `nxt` and `rcv_nxt`
/// are as in RFC 9293 §3.3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpVars {
    /// Initial send sequence number (ISS): subtract it to get relative numbers.
    pub iss: u32,
    /// Initial receive sequence number (IRS).
    pub irs: u32,
    /// Oldest unacknowledged sequence number.
    pub snd_una: u32,
    /// Next sequence number to be sent.
    pub snd_nxt: u32,
    /// The peer's receive window, in bytes (scaled).
    pub snd_wnd: u32,
    /// Next sequence number expected.
    pub rcv_nxt: u32,
    /// Our receive window, in bytes (as last advertised, scaled).
    pub rcv_wnd: u32,
    /// State of loss recovery.
    pub recovery: TcpRecovery,
    /// Segments sent and not acknowledged.
    pub unacked: u32,
    /// Of these, those that the peer has out of order (RFC 2018).
    pub sacked: u32,
    /// Of these, those that are taken for lost.
    pub lost: u32,
    /// Of the lost, those that are sent again.
    pub retrans: u32,
    /// Congestion window, in bytes.
    pub cwnd: u32,
    /// Slow-start threshold, in bytes; `u32::MAX` before the first loss.
    pub ssthresh: u32,
    /// Smoothed round-trip time; zero before the first sample.
    pub srtt: Duration,
    /// Round-trip time variation.
    pub rttvar: Duration,
    /// Retransmission time-out.
    pub rto: Duration,
    /// Bytes in the send buffer (sent and unacknowledged, and not sent yet).
    pub send_queue: u32,
    /// Bytes in the receive buffer that the program has not read.
    pub receive_queue: u32,
    /// Bytes of data that the send buffer has room for when it is empty. Linux counts memory: of what `SO_SNDBUF` says,
    /// a part holds data. (A gateway takes 65,536 bytes of its real end, whatever this says.)
    pub send_space: u32,
    /// Bytes of data that the receive buffer has room for when it is empty (of `SO_RCVBUF`, as far as it is data).
    pub receive_space: u32,
}

/// States of loss recovery, after Linux.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TcpRecovery {
    /// Nothing is wrong.
    #[default]
    Open,
    /// Something arrived out of order.
    Disorder,
    /// The window comes down without a retransmission (`CWR`).
    Reduced,
    /// Fast recovery (RFC 6675).
    Recovery,
    /// After a retransmission time-out.
    Loss,
}

/// The timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// ARP asks again, or gives up.
    Neighbour,
    /// Retransmission (RFC 6298).
    Retransmission,
    /// Tail loss probe (RFC 8985 §7).
    LossProbe,
    /// What has not arrived by then is lost, not reordered (RFC 8985 §6).
    Reordering,
    /// Zero-window probe (RFC 9293 §3.8.6.1).
    Persist,
    /// Delayed acknowledgement (RFC 9293 §3.8.6.3).
    DelayedAck,
    /// Duplicate acknowledgements that wait for one another.
    AckCompression,
    /// Keep-alive (RFC 9293 §3.8.4).
    KeepAlive,
    /// 2 MSL in TIME-WAIT, or the wait of an orphan in FIN-WAIT-2.
    TimeWait,
}

/// What became of a timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerChange {
    /// It will go off at the time given.
    Armed(Instant),
    /// It went off.
    Fired,
    /// It is not needed any more.
    Cancelled,
}

impl TcpState {
    /// The state's name as RFC 9293 writes it.
    pub fn name(self) -> &'static str {
        match self {
            TcpState::Closed => "CLOSED",
            TcpState::Listen => "LISTEN",
            TcpState::SynSent => "SYN-SENT",
            TcpState::SynReceived => "SYN-RECEIVED",
            TcpState::Established => "ESTABLISHED",
            TcpState::FinWait1 => "FIN-WAIT-1",
            TcpState::FinWait2 => "FIN-WAIT-2",
            TcpState::CloseWait => "CLOSE-WAIT",
            TcpState::Closing => "CLOSING",
            TcpState::LastAck => "LAST-ACK",
            TcpState::TimeWait => "TIME-WAIT",
        }
    }
}

/// Whose the threads of a trace are.
#[derive(Clone, Debug, Default)]
pub struct Owners(Vec<(ProcessId, ProcessId)>);

impl Owners {
    /// Takes note of a fact; they must come in order.
    pub fn push(&mut self, what: &What) {
        if let What::Started { process, thread: Some(thread), .. } = what {
            self.0.push((*process, thread.of));
        }
    }

    /// The process of a process or thread: what its descriptors go by.
    pub fn of(&self, process: ProcessId) -> ProcessId {
        // Threads are numbered in the order of their start.
        let place = self.0.binary_search_by_key(&process, |(thread, _)| *thread);
        place.map_or(process, |place| self.0[place].1)
    }
}

/// The facts so far, in order.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    facts: Vec<Fact>,
}

impl Trace {
    /// Adds the next fact. Its id must be its place: anything else is a bug of the caller.
    pub fn push(&mut self, fact: Fact) {
        assert_eq!(fact.id.0 as usize, self.facts.len(), "a trace holds every fact, in order");
        self.facts.push(fact);
    }

    /// All facts, in order.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// One fact.
    pub fn get(&self, id: FactId) -> Option<&Fact> {
        self.facts.get(id.0 as usize)
    }

    /// The fact and its causes, nearest first.
    pub fn causes(&self, id: FactId) -> impl Iterator<Item = &Fact> {
        core::iter::successors(self.get(id), |fact| fact.cause.and_then(|cause| self.get(cause)))
    }

    /// A 64-bit FNV-1a hash over the text of every fact: equal for equal traces, on every platform.
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv::default();
        for fact in &self.facts {
            // Writing to the hash cannot fail.
            let _ = fmt::Write::write_fmt(&mut hash, format_args!("{fact}\n"));
        }
        hash.0
    }
}

/// FNV-1a, 64 bits: small, and the same everywhere.
#[derive(Clone, Copy, Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

impl fmt::Write for Fnv {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text.as_bytes());
        Ok(())
    }
}
