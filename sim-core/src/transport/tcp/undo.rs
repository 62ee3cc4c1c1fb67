//! Undoing: a recovery or a time-out that was superfluous gives the window back. It shows by the echoed timestamp (RFC
//! 3522), by D-SACKs for every retransmission (RFC 3708), or by what arrives after a time-out (F-RTO, RFC 5682).
//!
//! Absent on purpose: a choice; Linux does all three by default.

use crate::time::Instant;

use super::Tcb;
use super::acknowledge::Digest;
use super::flight::Marks;
use super::recovery::{Phase, Repair};

impl Tcb {
    /// The ACK answers something sent before the first retransmission.
    fn is_delayed(&self) -> bool {
        match self.recovery.resent_at {
            Some(at) => self.echoes_before(at),
            // No retransmission has left yet; without SACK the stamp is cleared while the end is waited for.
            None => self.sack || self.una.before(self.recovery.point),
        }
    }

    fn may_undo(&self) -> bool {
        self.recovery.undo_marker.is_some() && (self.recovery.undo_left == Some(0) || self.is_delayed())
    }

    /// The window as it was.
    fn undo(&mut self, unmark: bool, now: Instant) {
        if unmark {
            self.flight.unmark_lost();
        }
        if let Some(prior) = self.recovery.prior_threshold {
            let window = self.congestion.window.max(self.recovery.prior_window);
            self.congestion.set_window(window, now);
            self.congestion.threshold = self.congestion.threshold.max(prior);
        }
        self.recovery.undo_marker = None;
        // RACK looks again at what it had taken for lost.
        self.rack.advanced = true;
    }

    /// Everything is acknowledged. Says whether the phase is kept (`tcp_try_undo_recovery`).
    pub(super) fn undo_recovery(&mut self, now: Instant) -> bool {
        if self.may_undo() {
            self.undo(false, now);
        } else {
            self.rack.persist = self.rack.persist.saturating_sub(1);
        }
        if self.holds_phase() {
            return true;
        }
        self.set_phase(Phase::Open);
        self.recovery.reneged = false;
        false
    }

    /// RFC 6582 §3.2: without SACK something beyond must be acknowledged, lest late duplicates begin a recovery.
    fn holds_phase(&mut self) -> bool {
        if self.sack || self.una != self.recovery.point {
            return false;
        }
        if !self.has_resent() {
            self.recovery.resent_at = None;
        }
        true
    }

    /// Each retransmission was superfluous (`tcp_try_undo_dsack`).
    pub(super) fn undo_by_duplicates(&mut self, now: Instant) -> bool {
        if self.recovery.undo_marker.is_none() || self.recovery.undo_left != Some(0) {
            return false;
        }
        self.rack.keep_window();
        self.undo(false, now);
        true
    }

    /// A part is acknowledged: by the original, not by its retransmission? (`tcp_try_undo_partial`)
    pub(super) fn undo_partial(&mut self, digest: &Digest) -> bool {
        if self.recovery.undo_marker.is_none() || !self.is_delayed() {
            return false;
        }
        self.check_reordering(digest.una);
        if self.flight.resent > 0 {
            return true;
        }
        if !self.has_resent() {
            self.recovery.resent_at = None;
        }
        self.undo(true, digest.at);
        self.keep_open();
        false
    }

    /// After a time-out (`tcp_try_undo_loss`).
    fn undo_loss(&mut self, shown: bool, now: Instant) -> bool {
        if !shown && !self.may_undo() {
            return false;
        }
        self.undo(true, now);
        self.retries = 0;
        if !self.holds_phase() && (shown || self.sack) {
            self.set_phase(Phase::Open);
            self.recovery.reneged = false;
        }
        true
    }

    /// An ACK after a time-out, with F-RTO (RFC 5682 §3.1; Linux's `tcp_process_loss`).
    pub(super) fn assess_loss(&mut self, duplicate: bool, digest: &Digest) -> Repair {
        let recovered = !self.una.before(self.recovery.point);
        if digest.advanced && self.undo_loss(false, digest.at) {
            return Repair::Nothing;
        }
        if self.recovery.suspect {
            // Step 3.b: something that was sent once is acknowledged, so not all was lost.
            if digest.original && self.undo_loss(true, digest.at) {
                return Repair::Nothing;
            }
            if self.nxt.after(self.recovery.point) {
                // Step 3.a: the loss was real.
                self.recovery.suspect &= !(digest.sacked || duplicate);
            } else if digest.advanced && !recovered {
                self.recovery.point = self.nxt;
                // Step 2.b: try something new.
                if self.nxt.before(self.send.end()) && (self.una + self.wnd).after(self.nxt) {
                    return Repair::New;
                }
                self.recovery.suspect = false;
            }
        }
        if recovered {
            self.undo_recovery(digest.at);
            return Repair::Nothing;
        }
        if !self.sack {
            if self.nxt.after(self.recovery.point) && duplicate {
                self.count_reno(true);
            } else if digest.advanced {
                self.flight.sacked = 0;
            }
        }
        Repair::Lost
    }

    /// The retransmission timer went off: nearly everything in flight is taken for lost (`tcp_enter_loss`).
    pub(super) fn enter_loss(&mut self, now: Instant) {
        let fresh = self.recovery.phase < Phase::Recovery;
        self.lose_flight(now);
        let first = self.recovery.phase <= Phase::Disorder
            || !self.recovery.point.after(self.una)
            || (self.recovery.phase == Phase::Loss && self.retries == 0);
        if first {
            self.recovery.prior_threshold = Some(self.congestion.remembered_threshold());
            self.recovery.prior_window = self.congestion.window;
            self.congestion.threshold = self.congestion.reduced();
            self.begin_undo();
        }
        self.congestion.timed_out(self.nxt, now);
        self.congestion.clear_count();
        self.congestion.set_window(self.in_flight() + 1, now);
        if self.recovery.phase <= Phase::Disorder && self.flight.sacked >= super::recovery::DUPLICATES {
            self.recovery.reordering = self.recovery.reordering.min(super::recovery::DUPLICATES);
        }
        self.set_phase(Phase::Loss);
        self.recovery.point = self.nxt;
        self.recovery.probed = None;
        self.recovery.suspect = fresh || self.retries > 0;
    }

    /// What was sent so lately that its answer may be on its way is not taken for lost.
    fn lose_flight(&mut self, now: Instant) {
        if self.flight.first().is_some_and(|first| first.is(Marks::SACKED)) {
            // RFC 2018 §8: what was acknowledged selectively was thrown away.
            self.flight.unmark_sacked();
            self.scoreboard.forget();
            self.recovery.reneged = true;
            (0..self.flight.len() as usize).for_each(|index| self.lose(index));
            return;
        }
        if !self.sack {
            self.flight.sacked = 0;
        }
        for index in 0..self.flight.len() as usize {
            let Some(sent) = self.flight.get(index) else { return };
            let waits = !self.rack_remaining(sent, core::time::Duration::ZERO, now).is_zero();
            if index == 0 || !waits {
                self.lose(index);
            }
        }
    }

    /// The first segment cannot be out of order: the peer took back what it said (`tcp_check_sack_reneging`).
    pub(super) fn check_reneging(&mut self, digest: &mut Digest) -> bool {
        if !digest.advanced || !self.flight.first().is_some_and(|first| first.is(Marks::SACKED)) {
            return false;
        }
        // The peer is given half a round trip to mend it; then the time-out begins anew from the first.
        let span = (self.rtt.smoothed() / 2).max(core::time::Duration::from_millis(10));
        let deadline = super::tick::expiry(digest.at, span, self.parameters.tick);
        self.timers.set(crate::trace::TimerKind::Retransmission, deadline);
        digest.set_timer = false;
        true
    }
}
