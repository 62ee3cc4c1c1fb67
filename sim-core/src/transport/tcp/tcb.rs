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
use super::congestion::Congestion;
use super::reassembly::Reassembly;
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::{Parameters, Seq, TimerSet};

/// What a program has set, or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) no_delay: bool,
    /// What `close` does with data that is not sent; zero: a RST.
    pub(crate) linger: Option<Duration>,
    /// `None`: the default of the system.
    pub(crate) receive_buffer: Option<u32>,
    pub(crate) send_buffer: u32,
}

impl Settings {
    pub(crate) fn new(parameters: &Parameters) -> Settings {
        Settings { no_delay: false, linger: None, receive_buffer: None, send_buffer: parameters.send_buffer }
    }
}

/// A segment that was sent and is not acknowledged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) seq: Seq,
    pub(super) end: Seq,
    pub(super) syn: bool,
    pub(super) fin: bool,
    pub(super) at: Instant,
    /// It was sent again at least once: its acknowledgement measures nothing (Karn's rule).
    pub(super) again: bool,
    /// Taken for lost.
    pub(super) lost: bool,
    /// Sent again since it was taken for lost.
    pub(super) resent: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Tcb {
    pub(crate) id: SocketId,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    pub(crate) state: TcpState,
    pub(crate) settings: Settings,
    pub(super) parameters: &'static Parameters,
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
    pub(super) flight: VecDeque<Sent>,
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
    /// The window grows no further than this.
    pub(super) rcv_limit: u32,
    /// Received, in order, not read.
    pub(super) received: VecDeque<u8>,
    pub(super) reassembly: Reassembly,
    /// Where the peer's FIN is, when one has arrived.
    pub(super) fin_at: Option<Seq>,
    /// The peer's FIN is in order: the stream ends after what is in `received`.
    pub(crate) peer_finished: bool,
    /// `shutdown` of the receiving side was called.
    pub(crate) read_shut: bool,

    // Options.
    /// Largest payload of a segment to send.
    pub(super) mss: u32,
    /// Largest payload of a segment without options that the path takes: what we offer in our SYN.
    pub(super) our_mss: u32,
    pub(super) snd_scale: u8,
    pub(super) rcv_scale: u8,
    /// Both sides send timestamps (RFC 7323 §3).
    pub(super) timestamps: bool,
    pub(super) ts_recent: u32,
    /// Added to the clock, so that hosts do not tell how long they have been up.
    pub(super) ts_offset: u32,

    // Control.
    pub(super) rtt: Rtt,
    pub(super) congestion: Congestion,
    pub(super) recovery: Recovery,
    pub(super) ack: AckState,
    pub(crate) timers: TimerSet,
    /// Retransmission time-outs in a row.
    pub(super) retries: u32,
    /// First of them.
    pub(super) retrying_since: Option<Instant>,
    /// Zero-window probes that were not answered.
    pub(super) probes: u32,
    /// How often the time between probes was doubled.
    pub(super) probe_backoff: u32,
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
    pub(super) fn new(origin: &Origin, state: TcpState, parameters: &'static Parameters) -> Tcb {
        let iss = Seq(origin.iss);
        Tcb {
            id: origin.id,
            local: origin.local,
            peer: origin.peer,
            state,
            settings: origin.settings,
            parameters,
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
            flight: VecDeque::new(),
            small_end: iss,
            last_sent: Instant::ZERO,
            ip_id: origin.ip_id,
            heard: false,
            irs: Seq(0),
            rcv_nxt: Seq(0),
            rcv_wup: Seq(0),
            rcv_wnd: 0,
            rcv_limit: 0,
            received: VecDeque::new(),
            reassembly: Reassembly::default(),
            fin_at: None,
            peer_finished: false,
            read_shut: false,
            our_mss: origin.mss,
            mss: origin.mss,
            snd_scale: 0,
            rcv_scale: 0,
            timestamps: false,
            ts_recent: 0,
            ts_offset: origin.ts_offset,
            rtt: Rtt::new(parameters),
            congestion: Congestion::new(parameters.initial_window),
            recovery: Recovery::new(iss),
            ack: AckState::default(),
            timers: TimerSet::default(),
            retries: 0,
            retrying_since: None,
            probes: 0,
            probe_backoff: 0,
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
        self.received.clear();
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

    /// Bytes that the send buffer has room for.
    pub(crate) fn writable(&self) -> usize {
        (self.settings.send_buffer as usize).saturating_sub(self.send.len())
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
            u32::MAX => u32::MAX,
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
            cwnd: bytes(self.congestion.window),
            ssthresh: bytes(self.congestion.threshold),
            srtt: self.rtt.smoothed(),
            rttvar: self.rtt.variation(),
            rto: self.rtt.rto,
            send_queue: self.send.len() as u32,
            receive_queue: self.received.len() as u32,
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
