//! What `getsockopt(TCP_INFO)` says of a connection.
//!
//! Absent on purpose: what only pacing, BBR, Fast Open or multipath would fill, and the delivery rate (it is zero).

use core::time::Duration;

use crate::time::Instant;
use crate::trace::{TcpInfo, TcpRecovery, TcpState};

use super::Tcb;
use super::recovery::Phase;

/// What a connection has counted since its SYN.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) segments_in: u32,
    pub(super) segments_out: u32,
    pub(super) data_segments_in: u32,
    pub(super) data_segments_out: u32,
    pub(super) bytes_received: u64,
    pub(super) bytes_sent: u64,
    pub(super) bytes_again: u64,
}

/// Linux's numbers of the states.
fn state_number(state: TcpState) -> u8 {
    match state {
        TcpState::Established => 1,
        TcpState::SynSent => 2,
        TcpState::SynReceived => 3,
        TcpState::FinWait1 => 4,
        TcpState::FinWait2 => 5,
        TcpState::TimeWait => 6,
        TcpState::Closed => 7,
        TcpState::CloseWait => 8,
        TcpState::LastAck => 9,
        TcpState::Listen => 10,
        TcpState::Closing => 11,
    }
}

/// Of the members that Linux keeps in a byte.
fn byte(count: u32) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}

impl Tcb {
    /// The state of recovery, by its public name.
    pub(super) fn recovery_state(&self) -> TcpRecovery {
        match self.recovery.phase {
            Phase::Open => TcpRecovery::Open,
            Phase::Disorder => TcpRecovery::Disorder,
            Phase::Reduced => TcpRecovery::Reduced,
            Phase::Recovery => TcpRecovery::Recovery,
            Phase::Loss => TcpRecovery::Loss,
        }
    }

    /// `TCP_INFO`, as of now.
    pub(crate) fn info(&self, now: Instant) -> TcpInfo {
        let since = |at: Instant| now.saturating_since(at);
        let synchronized = self.is_synchronized();
        TcpInfo {
            state: state_number(self.state),
            ca_state: self.recovery.phase as u8,
            retransmits: byte(self.retries),
            probes: byte(self.unanswered),
            backoff: byte(self.probe_backoff.max(self.retries)),
            options: u8::from(self.timestamps)
                | u8::from(self.sack) << 1
                | u8::from(self.scales && self.state != TcpState::SynSent) << 2,
            snd_wscale: self.snd_scale,
            rcv_wscale: self.rcv_scale,
            rto: self.rtt.rto,
            ato: self.ack.delay,
            snd_mss: self.mss,
            rcv_mss: self.ack.largest(),
            unacked: self.flight.len(),
            sacked: self.flight.sacked,
            lost: self.flight.lost,
            retrans: self.flight.resent,
            last_data_sent: since(self.last_sent),
            last_data_recv: since(self.ack.last_data),
            last_ack_recv: since(self.heard_at),
            pmtu: self.path_mtu(),
            rcv_ssthresh: self.memory.threshold,
            rtt: self.rtt.smoothed(),
            rttvar: self.rtt.variation(),
            snd_ssthresh: self.congestion.threshold,
            snd_cwnd: self.congestion.window,
            advmss: self.mss_offered(),
            reordering: self.recovery.reordering,
            rcv_rtt: self.memory.rtt(),
            rcv_space: self.memory.space,
            total_retrans: self.retransmitted,
            bytes_acked: if synchronized { u64::from(self.una - self.iss).saturating_sub(1) } else { 0 },
            bytes_received: self.counts.bytes_received,
            segs_out: self.counts.segments_out,
            segs_in: self.counts.segments_in,
            notsent_bytes: self.send.end() - self.nxt.earlier(self.send.end()),
            // Linux's word for "none yet".
            min_rtt: self.rtt.least().unwrap_or(Duration::from_micros(u64::from(u32::MAX))),
            data_segs_in: self.counts.data_segments_in,
            data_segs_out: self.counts.data_segments_out,
            delivery_rate: 0,
            bytes_sent: self.counts.bytes_sent,
            bytes_retrans: self.counts.bytes_again,
            dsack_dups: self.scoreboard.duplicates,
            reord_seen: self.recovery.reordering_seen,
            snd_wnd: self.wnd,
        }
    }
}
