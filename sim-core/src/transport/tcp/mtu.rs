//! How large a segment may be: what the peer takes, what the path takes (RFC 1191, RFC 8201), and half of the
//! largest window that the peer has had.
//!
//! Absent on purpose: packetization layer path MTU discovery (RFC 4821; `tcp_mtu_probing` is off on Linux).

use core::net::SocketAddr;

use crate::context::Context;
use crate::internet::Internet;
use crate::trace::TcpState;

use super::Tcb;
use super::recovery::Phase;

/// Length of the timestamp option with its padding, on every segment.
const TIMESTAMPS: u32 = 12;
/// Length of a TCP header without options.
const HEADER: u32 = 20;
/// Windows up to this may be one segment (`TCP_MSS_DEFAULT`).
const SMALL_WINDOW: u32 = 536;
/// Least path MTU that is believed (`net.ipv4.route.min_pmtu`), and of IPv6 (RFC 8200 §5).
const LEAST_V4: u32 = 552;
const LEAST_V6: u32 = 1280;
/// Least payload of a segment.
const LEAST: u32 = 8;

impl Tcb {
    /// The payload of a segment of ours that the peer is told to expect, without options.
    pub(super) fn mss_offered(&self) -> u32 {
        self.our_mss.saturating_sub(self.option_bytes()).max(LEAST)
    }

    fn option_bytes(&self) -> u32 {
        if self.timestamps { TIMESTAMPS } else { 0 }
    }

    /// The MSS of today (`tcp_sync_mss`).
    pub(super) fn fit_mss(&mut self) {
        let limit = self.settings.max_segment.unwrap_or(u32::MAX).min(self.peer_mss).min(self.path_mss);
        let mss = limit.saturating_sub(self.option_bytes());
        let most = if self.max_wnd > SMALL_WINDOW { self.max_wnd / 2 } else { self.max_wnd };
        let mss = if most > 0 { mss.min(most.max(68 - 40)) } else { mss };
        self.mss = mss.max(LEAST);
    }

    fn ip_header(&self) -> u32 {
        match self.local {
            SocketAddr::V4(_) => 20,
            SocketAddr::V6(_) => 40,
        }
    }

    /// The largest packet that the path takes, as far as is known.
    pub(super) fn path_mtu(&self) -> u32 {
        self.path_mss + HEADER + self.ip_header()
    }

    /// A router could not forward a segment of ours: its next link takes `mtu` bytes. What was too big is sent again at
    /// once, cut to size, and the congestion window is left as it is (`tcp_v4_mtu_reduced`, `tcp_simple_retransmit`).
    pub(crate) fn packet_too_big(&mut self, mtu: u32, quoted_seq: u32, net: &mut Internet, ctx: &mut Context<'_>) {
        let counts = self.is_synchronized() && self.state != TcpState::TimeWait && self.is_in_flight(quoted_seq);
        let least = if self.local.is_ipv4() { LEAST_V4 } else { LEAST_V6 };
        let mtu = mtu.max(least);
        if !counts || mtu >= self.path_mtu() {
            return;
        }
        self.path_mss = mtu - HEADER - self.ip_header();
        self.fit_mss();
        let too_big = |tcb: &Tcb, index: usize| tcb.flight.get(index).is_some_and(|sent| sent.length() > tcb.mss);
        for index in 0..self.flight.len() as usize {
            if too_big(self, index) {
                self.lose(index);
            }
        }
        if self.flight.lost == 0 {
            return;
        }
        if self.recovery.phase != Phase::Loss {
            self.recovery.point = self.nxt;
            self.congestion.threshold = self.congestion.remembered_threshold();
            self.recovery.prior_threshold = None;
            self.recovery.undo_marker = None;
            self.recovery.suspect = false;
            self.set_phase(Phase::Loss);
        }
        self.send_lost(net, ctx);
        self.output(net, ctx);
    }
}
