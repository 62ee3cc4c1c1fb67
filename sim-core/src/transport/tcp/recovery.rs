//! Loss recovery: fast retransmit and NewReno (RFC 5681 §3.2, RFC 6582) with Linux's way of counting segments, and
//! proportional rate reduction (RFC 6937).
//!
//! In flight are the segments sent and not acknowledged, less those taken for lost, less one for each duplicate ACK
//! (somebody got something), plus those sent again. So limited transmit (RFC 3042) needs no rule of its own.
//!
//! Absent on purpose: SACK, RACK and undoing; they replace how segments are found lost, not what follows.

use super::tcb::Sent;
use super::{Seq, Tcb};

/// Duplicate ACKs that mean a loss (RFC 5681 §3.2).
const DUPLICATES: u32 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing is wrong.
    Open,
    /// Fast recovery.
    Recovery,
    /// After a retransmission time-out.
    Loss,
}

#[derive(Clone, Debug)]
pub(super) struct Recovery {
    phase: Phase,
    /// Recovery is over when this is acknowledged; before that, duplicates start no new one (RFC 6582 §3.2).
    point: Seq,
    /// Duplicate ACKs: segments that the peer has, but we do not know which.
    duplicates: u32,
    /// Segments taken for lost.
    lost: u32,
    /// Of those, the ones that were sent again.
    resent: u32,
    /// Segments that arrived since recovery began, sent since then, and the window before (RFC 6937).
    delivered: u32,
    out: u32,
    prior_window: u32,
}

/// What an ACK brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    pub(super) acknowledged: u32,
    pub(super) advanced: bool,
    pub(super) duplicate: bool,
}

impl Recovery {
    pub(super) fn new(iss: Seq) -> Recovery {
        Recovery {
            phase: Phase::Open,
            point: iss,
            duplicates: 0,
            lost: 0,
            resent: 0,
            delivered: 0,
            out: 0,
            prior_window: 0,
        }
    }

    pub(super) fn begin(&mut self, una: Seq) {
        *self = Recovery::new(una);
    }

    /// A segment left the flight.
    pub(super) fn forget(&mut self, sent: &Sent) {
        self.lost -= u32::from(sent.lost);
        self.resent -= u32::from(sent.resent);
    }

    fn mark_lost(&mut self, sent: &mut Sent) {
        if !sent.lost {
            sent.lost = true;
            self.lost += 1;
        }
        if core::mem::take(&mut sent.resent) {
            self.resent -= 1;
        }
    }

    /// A segment that was taken for lost is sent again.
    pub(super) fn mark_resent(&mut self, sent: &mut Sent) {
        sent.again = true;
        if !core::mem::replace(&mut sent.resent, true) {
            self.resent += 1;
        }
        self.out += 1;
    }

    /// A new segment is sent.
    pub(super) fn count_new(&mut self) {
        self.out += 1;
    }

    /// There is something to send again.
    pub(super) fn has_lost(&self) -> bool {
        self.lost > self.resent
    }
}

impl Tcb {
    /// Segments that are in the network, as far as we know.
    pub(super) fn in_flight(&self) -> u32 {
        let sent = self.flight.len() as u32 + self.recovery.resent;
        sent.saturating_sub(self.recovery.lost + self.recovery.duplicates)
    }

    /// What an ACK means for recovery and the congestion window.
    pub(super) fn assess(&mut self, progress: &Progress) {
        if self.recovery.phase != Phase::Open && !self.una.before(self.recovery.point) {
            self.end_recovery();
        } else if progress.advanced {
            // Part of what was in flight at the loss: the next segment is lost too (RFC 6582 §3.2 step 3).
            self.partial(progress);
        }
        if progress.duplicate {
            self.duplicate();
        }
        match self.recovery.phase {
            Phase::Recovery => self.reduce(progress),
            Phase::Open | Phase::Loss => self.congestion.grow(progress.acknowledged),
        }
    }

    fn end_recovery(&mut self) {
        if self.recovery.phase == Phase::Recovery {
            self.congestion.window = self.congestion.threshold;
        }
        self.recovery.phase = Phase::Open;
        self.recovery.duplicates = 0;
    }

    fn partial(&mut self, progress: &Progress) {
        match self.recovery.phase {
            Phase::Open => self.recovery.duplicates = 0,
            Phase::Loss => self.recovery.duplicates = 0,
            Phase::Recovery => {
                // Of what was acknowledged, all but the lost one had been counted by duplicates.
                let counted = progress.acknowledged.saturating_sub(1);
                self.recovery.duplicates = self.recovery.duplicates.saturating_sub(counted);
                self.mark_head_lost();
            }
        }
    }

    fn duplicate(&mut self) {
        let others = (self.flight.len() as u32).saturating_sub(self.recovery.lost.max(1));
        self.recovery.duplicates = (self.recovery.duplicates + 1).min(others);
        let new = !self.una.before(self.recovery.point);
        if self.recovery.phase == Phase::Open && self.recovery.duplicates >= DUPLICATES && new {
            self.enter_recovery();
        }
    }

    fn enter_recovery(&mut self) {
        self.recovery.phase = Phase::Recovery;
        self.recovery.point = self.nxt;
        self.recovery.delivered = 0;
        self.recovery.out = 0;
        self.recovery.prior_window = self.congestion.window.max(1);
        self.congestion.halve();
        self.mark_head_lost();
    }

    fn mark_head_lost(&mut self) {
        if let Some(head) = self.flight.front_mut() {
            self.recovery.mark_lost(head);
        }
    }

    /// RFC 6937 §3: so many segments leave as arrive, in proportion to the reduction.
    fn reduce(&mut self, progress: &Progress) {
        let newly = if progress.duplicate { 1 } else { progress.acknowledged.min(1) };
        self.recovery.delivered += newly;
        let (delivered, out) = (self.recovery.delivered, self.recovery.out);
        let (threshold, in_flight) = (self.congestion.threshold, self.in_flight());
        let allowed = if in_flight > threshold {
            let share = u64::from(threshold) * u64::from(delivered);
            // At most `delivered`, because the threshold is at most the window before.
            (share.div_ceil(u64::from(self.recovery.prior_window)) as u32).saturating_sub(out)
        } else {
            let slack = u32::from(progress.advanced);
            (delivered.saturating_sub(out).max(newly) + slack).min(threshold - in_flight)
        };
        // The fast retransmit itself leaves in any case.
        let allowed = allowed.max(u32::from(out == 0));
        self.congestion.window = in_flight + allowed;
    }

    /// The retransmission timer went off: everything in flight is taken for lost (RFC 5681 §3.1, RFC 6298 §5.4).
    pub(super) fn enter_loss(&mut self) {
        let first = self.recovery.phase != Phase::Loss || !self.una.before(self.recovery.point);
        if first {
            self.congestion.halve();
        }
        self.congestion.window = 1;
        self.recovery.phase = Phase::Loss;
        self.recovery.point = self.nxt;
        self.recovery.duplicates = 0;
        for sent in &mut self.flight {
            self.recovery.mark_lost(sent);
        }
    }
}
