//! The transmission control block: one connection's variables (RFC 9293 §3.3.1) and what it reports of them.
//!
//! Absent on purpose: what acts on them. Each verb of TCP has a file with its part of `impl Tcb`.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::context::Context;
use crate::errno::Errno;
use crate::time::Instant;
use crate::trace::{SocketId, TcpEvent, TcpState, TcpVars, What};

use super::ack::AckState;
use super::buffer::SendBuffer;
use super::congestion::{Congestion, INFINITE};
use super::flight::Flight;
use super::info::Counts;
use super::memory::Memory;
use super::rack::Rack;
use super::reassembly::Reassembly;
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::sack::Scoreboard;
use super::selective::Selective;
use super::{Parameters, Seq, Settings, TimerSet};

/// Memory that a full segment takes in the send buffer beside its data.
const SEND_OVERHEAD: u64 = 1344;
/// Headers and descriptors for which the buffer is sized.
const SEND_ROUNDING: u32 = 640;
/// Bytes of the real side that a gateway holds.
const SPARE: usize = 65_536;

#[derive(Clone, Debug)]
pub(crate) struct Tcb {
    pub(crate) id: SocketId,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    pub(crate) state: TcpState,
    pub(crate) settings: Settings,
    pub(super) parameters: Arc<Parameters>,
    /// The listening socket that it came from, until `accept` takes it.
    pub(crate) parent: Option<SocketId>,
    /// No process holds it.
    pub(crate) orphan: bool,
    /// An error that no call has returned yet.
    pub(crate) error: Option<Errno>,
    /// Something that a blocked call may wait for has happened.
    pub(crate) woken: bool,
    /// The SYN-ACK waits until the real network has answered (gateway only).
    pub(crate) held: bool,

    // Sending.
    pub(super) iss: Seq,
    pub(super) una: Seq,
    pub(super) nxt: Seq,
    /// The peer's window, scaled.
    pub(super) wnd: u32,
    /// Segment that the window was last taken from: its sequence number.
    pub(super) wl1: Seq,
    /// Largest window that the peer ever had.
    pub(super) max_wnd: u32,
    pub(super) send: SendBuffer,
    /// A FIN follows the last byte of the send buffer.
    pub(super) fin_queued: bool,
    pub(super) flight: Flight,
    pub(super) scoreboard: Scoreboard,
    /// Segments that the peer has got; that were taken for lost; that were sent again.
    pub(super) delivered: u32,
    pub(super) lost: u32,
    pub(super) retransmitted: u32,
    /// Memory that the send buffer may take, and a write waits for room in it.
    pub(super) send_space: u32,
    pub(super) full: bool,
    /// End of the last segment sent that was smaller than the MSS (Minshall's variant of Nagle).
    pub(super) small_end: Seq,
    /// When data was last sent.
    pub(super) last_sent: Instant,
    pub(super) ip_id: u16,
    /// An ACK has moved things since the last segment was sent: the neighbour is there.
    pub(super) heard: bool,

    // Receiving.
    pub(super) irs: Seq,
    pub(super) rcv_nxt: Seq,
    /// What `rcv_nxt` was when the window was last advertised.
    pub(super) rcv_wup: Seq,
    /// The window that was advertised then, scaled.
    pub(super) rcv_wnd: u32,
    pub(super) memory: Memory,
    /// Received, in order, not read.
    pub(super) received: VecDeque<u8>,
    pub(super) reassembly: Reassembly,
    pub(super) selective: Selective,
    /// When an ACK last arrived.
    pub(super) heard_at: Instant,
    /// Where the peer's FIN is, when one has arrived.
    pub(super) fin_at: Option<Seq>,
    /// The peer's FIN is in order: the stream ends after what is in `received`.
    pub(crate) peer_finished: bool,
    /// The segment that is being processed has a FIN.
    pub(super) has_fin_in_hand: bool,
    /// Only what TIME-WAIT needs is kept of the socket.
    pub(super) is_minimal: bool,
    /// `shutdown` of the receiving side was called.
    pub(crate) read_shut: bool,

    // Options.
    /// Largest payload of a segment to send.
    pub(super) mss: u32,
    /// Largest payload of a segment without options: what we offer in our SYN, what the path takes now, and what the
    /// peer takes.
    pub(super) our_mss: u32,
    pub(super) path_mss: u32,
    pub(super) peer_mss: u32,
    /// Both sides use SACK (RFC 2018 §2), and scale the window (RFC 7323 §2.2). Before the peer's SYN: we would.
    pub(super) sack: bool,
    pub(super) scales: bool,
    pub(super) snd_scale: u8,
    pub(super) rcv_scale: u8,
    /// Both sides send timestamps (RFC 7323 §3).
    pub(super) timestamps: bool,
    pub(super) ts_recent: u32,
    /// The timestamp that the last segment echoed.
    pub(super) last_echo: Option<u32>,
    /// Added to the clock, so that hosts do not tell how long they have been up.
    pub(super) ts_offset: u32,

    // Control.
    pub(super) rtt: Rtt,
    pub(super) congestion: Congestion,
    pub(super) recovery: Recovery,
    pub(super) rack: Rack,
    pub(super) ack: AckState,
    pub(crate) timers: TimerSet,
    /// Retransmission time-outs in a row.
    pub(super) retries: u32,
    /// Zero-window and keep-alive probes that were not answered.
    pub(super) unanswered: u32,
    /// How often the time between probes was doubled, and when the first left.
    pub(super) probe_backoff: u32,
    pub(super) probing_since: Option<Instant>,
    /// What ICMP said of the path.
    pub(super) soft_error: Option<Errno>,
    pub(super) counts: Counts,
    /// Last answer to a segment out of the window.
    pub(super) last_challenge: Option<Instant>,

    reported: Option<TcpVars>,
}

/// What a new connection is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) id: SocketId,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    pub(crate) iss: u32,
    pub(crate) ts_offset: u32,
    pub(crate) ip_id: u16,
    /// Bytes that a packet to the peer has room for after the IP and TCP headers without options.
    pub(crate) mss: u32,
    pub(crate) settings: Settings,
}

impl Tcb {
    pub(super) fn new(origin: &Origin, state: TcpState, parameters: &Arc<Parameters>) -> Tcb {
        let iss = Seq(origin.iss);
        Tcb {
            id: origin.id,
            local: origin.local,
            peer: origin.peer,
            state,
            settings: origin.settings,
            parameters: parameters.clone(),
            parent: None,
            orphan: false,
            error: None,
            woken: false,
            held: false,
            iss,
            una: iss,
            nxt: iss,
            wnd: 0,
            wl1: Seq(0),
            max_wnd: 0,
            send: SendBuffer::new(iss + 1),
            fin_queued: false,
            flight: Flight::default(),
            scoreboard: Scoreboard::new(iss),
            delivered: 0,
            lost: 0,
            retransmitted: 0,
            send_space: parameters.send_buffer,
            full: false,
            small_end: iss,
            last_sent: Instant::ZERO,
            ip_id: origin.ip_id,
            heard: false,
            irs: Seq(0),
            rcv_nxt: Seq(0),
            rcv_wup: Seq(0),
            rcv_wnd: 0,
            memory: Memory::new(origin.settings.receive_buffer, parameters),
            received: VecDeque::new(),
            reassembly: Reassembly::default(),
            selective: Selective::default(),
            heard_at: Instant::ZERO,
            fin_at: None,
            peer_finished: false,
            has_fin_in_hand: false,
            is_minimal: false,
            read_shut: false,
            our_mss: origin.settings.max_segment.or(parameters.max_segment).unwrap_or(u32::MAX).min(origin.mss),
            path_mss: origin.mss,
            peer_mss: u32::MAX,
            sack: parameters.sack,
            scales: parameters.window_scaling,
            mss: origin.mss,
            snd_scale: 0,
            rcv_scale: 0,
            timestamps: parameters.timestamps,
            last_echo: None,
            ts_recent: 0,
            ts_offset: origin.ts_offset,
            rtt: Rtt::new(parameters),
            congestion: Congestion::new(origin.settings.congestion.unwrap_or(parameters.congestion), parameters),
            recovery: Recovery::new(iss),
            rack: Rack::new(),
            ack: AckState::default(),
            timers: TimerSet::default(),
            retries: 0,
            unanswered: 0,
            probe_backoff: 0,
            probing_since: None,
            soft_error: None,
            counts: Counts::default(),
            last_challenge: None,
            reported: None,
        }
    }

    /// Changes the state, and says so.
    pub(super) fn set_state(&mut self, to: TcpState, why: TcpEvent, ctx: &mut Context<'_>) {
        let from = core::mem::replace(&mut self.state, to);
        self.woken = true;
        if to == TcpState::Closed {
            self.timers.stop_all();
        }
        let (socket, local, peer) = (self.id, self.local, self.peer);
        ctx.fact(|| What::TcpState { socket, local, peer, from, to, why });
    }

    /// The connection is over, with an error for the program.
    pub(super) fn fail(&mut self, error: Errno, why: TcpEvent, ctx: &mut Context<'_>) {
        self.error = Some(error);
        self.drop_received();
        self.set_state(TcpState::Closed, why, ctx);
    }

    /// It has passed the handshake, and is not over.
    pub(crate) fn is_synchronized(&self) -> bool {
        !matches!(self.state, TcpState::Closed | TcpState::Listen | TcpState::SynSent | TcpState::SynReceived)
    }

    /// Bytes that a program could read now.
    pub(crate) fn readable(&self) -> usize {
        self.received.len()
    }

    /// Bytes that have arrived, which stay (`MSG_PEEK`).
    pub(crate) fn peek(&self, max: usize) -> Arc<[u8]> {
        self.received.iter().take(max).copied().collect()
    }

    /// Bytes that were written and are not acknowledged.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.send.len()
    }

    /// Nobody will read what has arrived.
    pub(super) fn drop_received(&mut self) {
        self.received.clear();
        self.reassembly.clear();
        self.memory.release_all();
    }

    /// Bytes that the send buffer has room for: none while a write waits, until a third of it is free, so that writers are not
    /// woken for each segment (`sk_stream_is_writeable`).
    pub(crate) fn writable(&self) -> usize {
        let (capacity, held) = (self.send_capacity(), self.send.len());
        if held >= capacity || (self.full && held > capacity / 3 * 2) {
            return 0;
        }
        // The last segment may go beyond.
        capacity.next_multiple_of(self.mss as usize) - held
    }

    /// Bytes of data that the send buffer's memory holds.
    fn send_capacity(&self) -> usize {
        let mss = u64::from(self.mss);
        (u64::from(self.send_space) * mss / (mss + SEND_OVERHEAD)) as usize
    }

    /// The memory of the send buffer (`tcp_sndbuf_expand`): what two windows take, unless the program has set it.
    pub(super) fn size_send_buffer(&mut self) {
        self.send_space = self.settings.send_buffer.unwrap_or_else(|| {
            let per_segment = (self.mss + SEND_ROUNDING).next_power_of_two() + 256;
            let segments = self.congestion.window.max(10).max(self.recovery.reordering + 1);
            (2 * segments).saturating_mul(per_segment).min(self.parameters.send_buffer_max).max(self.send_space)
        });
    }

    /// A write waits, and the window has room that it could fill: the send buffer grows with the window.
    pub(super) fn expand_send_buffer(&mut self) {
        if self.full && self.in_flight() < self.congestion.window {
            self.size_send_buffer();
            self.woken = true;
        }
    }

    /// Room for data of a gateway's real side, which keeps to what it was told.
    pub(crate) fn spare(&self) -> usize {
        SPARE.saturating_sub(self.send.len())
    }

    /// The sending side is open: bytes may be written.
    pub(crate) fn may_write(&self) -> bool {
        matches!(self.state, TcpState::Established | TcpState::CloseWait) && !self.fin_queued
    }

    /// Takes bytes that have arrived.
    pub(super) fn take_received(&mut self, max: usize) -> Arc<[u8]> {
        let count = max.min(self.received.len());
        let (first, second) = self.received.as_slices();
        let bytes = match first.get(..count) {
            Some(bytes) => bytes.into(),
            None => [first, &second[..count - first.len()]].concat().into(),
        };
        self.received.drain(..count);
        bytes
    }

    /// The clock of its timestamps: milliseconds.
    pub(super) fn timestamp(&self, now: Instant) -> u32 {
        // The timestamp clock wraps, as RFC 7323 §5.4 wants it.
        ((now.as_nanos() / 1_000_000) as u32).wrapping_add(self.ts_offset)
    }

    /// At the end of an event: tells the trace what changed, and schedules the timers.
    pub(crate) fn report(&mut self, ctx: &mut Context<'_>) {
        self.timers.report(self.id, ctx);
        if !ctx.record.tracing() {
            return;
        }
        let vars = self.vars();
        if self.reported != Some(vars) {
            self.reported = Some(vars);
            let socket = self.id;
            ctx.fact(|| What::TcpVars { socket, vars });
        }
    }

    fn vars(&self) -> TcpVars {
        let bytes = |segments: u32| match segments {
            INFINITE => u32::MAX,
            segments => segments.saturating_mul(self.mss),
        };
        TcpVars {
            iss: self.iss.0,
            irs: self.irs.0,
            snd_una: self.una.0,
            snd_nxt: self.nxt.0,
            snd_wnd: self.wnd,
            rcv_nxt: self.rcv_nxt.0,
            rcv_wnd: self.rcv_wnd,
            recovery: self.recovery_state(),
            unacked: self.flight.len(),
            sacked: self.flight.sacked,
            lost: self.flight.lost,
            retrans: self.flight.resent,
            cwnd: bytes(self.congestion.window),
            ssthresh: bytes(self.congestion.threshold),
            srtt: self.rtt.smoothed(),
            rttvar: self.rtt.variation(),
            rto: self.rtt.rto,
            send_queue: self.send.len() as u32,
            receive_queue: self.received.len() as u32,
            send_space: self.send_capacity() as u32,
            receive_space: self.memory.full(),
        }
    }

    /// For how long nothing was sent.
    pub(super) fn idle_for(&self, now: Instant) -> Duration {
        now.saturating_since(self.last_sent)
    }

    /// Its addresses, as the trace names them.
    pub(crate) fn peer_address(&self) -> SocketAddr {
        self.peer
    }
}
