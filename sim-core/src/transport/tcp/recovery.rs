//! Loss recovery: when it begins and ends, and how the window comes down meanwhile (RFC 6675, RFC 6582, and proportional
//! rate reduction, RFC 6937), in Linux's order (`tcp_fastretrans_alert`).
//!
//! With SACK the segments that are lost are found by RACK. Without it, each duplicate ACK counts as a segment
//! that somebody got, and the first segment is lost when there are three.
//!
//! Absent on purpose: forward acknowledgement and the loss rules of RFC 6675 by counting (Linux has dropped both for RACK).

use crate::time::Instant;

use super::acknowledge::Digest;
use super::flight::Marks;
use super::{Seq, Tcb};

/// Segments out of order that mean a loss (RFC 5681 §3.2, `tcp_reordering`).
pub(super) const DUPLICATES: u32 = 3;

/// What recovery is about, in order of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Nothing is wrong.
    Open,
    /// Something is out of order.
    Disorder,
    /// The window comes down though nothing is to be sent again: a tail loss probe found a loss.
    Reduced,
    /// Fast recovery.
    Recovery,
    /// After a retransmission time-out.
    Loss,
}

/// What is to be sent because of an ACK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repair {
    Nothing,
    Lost,
    /// New data first, to see whether the time-out was false (RFC 5682).
    New,
}

#[derive(Clone, Debug)]
pub(super) struct Recovery {
    pub(super) phase: Phase,
    /// Recovery is over when this is acknowledged (`high_seq`).
    pub(super) point: Seq,
    /// Segments that the network may reorder.
    pub(super) reordering: u32,
    /// How often it did.
    pub(super) reordering_seen: u32,
    /// Segments delivered since recovery began, sent since then, and the window before (RFC 6937).
    delivered: u32,
    out: u32,
    pub(super) prior_window: u32,
    /// The threshold before; `None` when there is nothing to go back to.
    pub(super) prior_threshold: Option<u32>,
    /// What was unacknowledged when recovery began; `None` when it cannot be undone.
    pub(super) undo_marker: Option<Seq>,
    /// Retransmissions that no D-SACK has shown to be superfluous; `None` when there was none.
    pub(super) undo_left: Option<u32>,
    /// When the first of the retransmissions left.
    pub(super) resent_at: Option<Instant>,
    /// RFC 5682: the time-out may be false.
    pub(super) suspect: bool,
    /// The peer took back what it had acknowledged selectively.
    pub(super) reneged: bool,
    /// A tail loss probe is out: what was the next to be sent when it left; and whether it was a retransmission.
    pub(super) probed: Option<Seq>,
    pub(super) probe_is_again: bool,
}

impl Recovery {
    pub(super) fn new(iss: Seq) -> Recovery {
        Recovery {
            phase: Phase::Open,
            point: iss,
            reordering: DUPLICATES,
            reordering_seen: 0,
            delivered: 0,
            out: 0,
            prior_window: 0,
            prior_threshold: None,
            undo_marker: None,
            undo_left: None,
            resent_at: None,
            suspect: false,
            reneged: false,
            probed: None,
            probe_is_again: false,
        }
    }

    pub(super) fn begin(&mut self, una: Seq) {
        *self = Recovery::new(una);
    }

    /// The window is coming down, segment by segment.
    pub(super) fn is_reducing(&self) -> bool {
        matches!(self.phase, Phase::Reduced | Phase::Recovery)
    }

    pub(super) fn has_reordering(&self) -> bool {
        self.reordering_seen > 0
    }

    pub(super) fn note_reordering(&mut self) {
        self.reordering_seen = self.reordering_seen.saturating_add(1);
    }

    /// After a time-out order tells nothing, unless the time-out may be undone.
    pub(super) fn is_reordering_told(&self) -> bool {
        self.phase != Phase::Loss || self.undo_marker.is_some()
    }

    /// Segments were sent.
    pub(super) fn count_sent(&mut self, segments: u32) {
        if self.is_reducing() {
            self.out += segments;
        }
    }

    /// A D-SACK about what is acknowledged already: `old` says that it lies below.
    pub(super) fn duplicate_below(&mut self, old: bool, end: Seq, segments: u32) {
        if old && self.undo_marker.is_some_and(|marker| end.after(marker)) {
            self.undo_left = self.undo_left.map(|left| left.saturating_sub(segments));
        }
    }

    /// A D-SACK about a segment in flight that ends here.
    pub(super) fn duplicate_of(&mut self, end: Seq) {
        self.duplicate_below(true, end, 1);
    }
}

impl Tcb {
    /// Segments that are in the network, as far as we know.
    pub(super) fn in_flight(&self) -> u32 {
        self.flight.in_network()
    }

    /// Takes a segment for lost.
    pub(super) fn lose(&mut self, index: usize) {
        if self.flight.mark_lost(index) {
            self.lost = self.lost.wrapping_add(1);
        }
    }

    /// Something is wrong, or was: what the ACK means for recovery (`tcp_fastretrans_alert`).
    pub(super) fn assess(&mut self, duplicate: bool, digest: &mut Digest) -> Repair {
        if self.check_reneging(digest) {
            return Repair::Nothing;
        }
        if self.recovery.phase == Phase::Open {
            self.recovery.resent_at = None;
        } else if !self.una.before(self.recovery.point) && self.leaves_phase(digest.at) {
            return Repair::Nothing;
        }
        match self.recovery.phase {
            Phase::Recovery => {
                if !digest.advanced {
                    self.count_reno(duplicate);
                } else if self.undo_partial(digest) {
                    return Repair::Nothing;
                }
                if self.undo_by_duplicates(digest.at) {
                    self.try_to_open();
                }
                self.find_losses(digest);
                if self.recovery.phase != Phase::Recovery {
                    if self.flight.lost == 0 {
                        return Repair::Nothing;
                    }
                    self.enter_recovery();
                }
            }
            Phase::Loss => {
                let repair = self.assess_loss(duplicate, digest);
                self.find_losses(digest);
                if !(self.recovery.phase == Phase::Open || digest.lost_again) {
                    return repair;
                }
                if !self.enter_if_lost(duplicate, digest) {
                    return repair;
                }
            }
            Phase::Open | Phase::Disorder | Phase::Reduced => {
                if !self.enter_if_lost(duplicate, digest) {
                    return Repair::Nothing;
                }
            }
        }
        Repair::Lost
    }

    /// Not in recovery: does it begin?
    fn enter_if_lost(&mut self, duplicate: bool, digest: &mut Digest) -> bool {
        if !self.sack && digest.advanced {
            self.flight.sacked = 0;
        }
        self.count_reno(duplicate);
        if self.recovery.phase <= Phase::Disorder {
            self.undo_by_duplicates(digest.at);
        }
        self.find_losses(digest);
        if self.flight.lost == 0 {
            self.try_to_open();
            return false;
        }
        self.enter_recovery();
        true
    }

    /// All that was in flight at the loss is acknowledged. Says whether nothing more is to be done.
    fn leaves_phase(&mut self, now: Instant) -> bool {
        match self.recovery.phase {
            Phase::Reduced => {
                if self.una != self.recovery.point {
                    self.end_reduction(now);
                    self.set_phase(Phase::Open);
                }
            }
            Phase::Recovery => {
                if !self.sack {
                    self.flight.sacked = 0;
                }
                if self.undo_recovery(now) {
                    return true;
                }
                self.end_reduction(now);
            }
            Phase::Open | Phase::Disorder | Phase::Loss => {}
        }
        false
    }

    pub(super) fn set_phase(&mut self, phase: Phase) {
        self.recovery.phase = phase;
    }

    /// RACK finds what is lost; without SACK the duplicates do (`tcp_identify_packet_loss`).
    fn find_losses(&mut self, digest: &mut Digest) {
        if self.flight.is_empty() {
            return;
        }
        if !self.sack {
            return self.find_loss_without_sack(digest);
        }
        let resent = self.flight.resent;
        if self.rack_mark_lost(digest.at) {
            digest.set_timer = false;
        }
        digest.lost_again |= resent > self.flight.resent;
    }

    /// RFC 6582 §3.2: three duplicates, or a part of what was in flight: the first segment is lost.
    fn find_loss_without_sack(&mut self, digest: &Digest) {
        let begins = self.recovery.phase < Phase::Recovery && self.flight.sacked >= self.recovery.reordering;
        let goes_on = self.recovery.phase == Phase::Recovery && digest.advanced;
        let first_is_lost = self.flight.first().is_some_and(|first| first.is(Marks::LOST));
        if (begins || goes_on) && !first_is_lost {
            self.lose(0);
        }
    }

    /// Without SACK, a duplicate ACK stands for a segment that somebody got.
    pub(super) fn count_reno(&mut self, duplicate: bool) {
        if self.sack || !duplicate {
            return;
        }
        let before = self.flight.sacked;
        self.flight.sacked += 1;
        self.limit_reno(0);
        self.delivered = self.delivered.wrapping_add(self.flight.sacked.saturating_sub(before));
    }

    /// At least one segment is the hole: more duplicates mean that the network reorders.
    fn limit_reno(&mut self, addend: u32) {
        let out = self.flight.len();
        let holes = self.flight.lost.max(1).min(out);
        if self.flight.sacked + holes > out {
            self.flight.sacked = out - holes;
            self.recovery.reordering = (out + addend).clamp(self.recovery.reordering, 300);
            self.recovery.note_reordering();
        }
    }

    /// Without SACK: so many segments were acknowledged, one of which was the hole.
    pub(super) fn uncount_reno(&mut self, acknowledged: u32) {
        if acknowledged > 0 {
            let sacked = self.flight.sacked;
            self.delivered = self.delivered.wrapping_add(acknowledged.saturating_sub(sacked).max(1));
            self.flight.sacked = sacked.saturating_sub(acknowledged - 1);
        }
        self.limit_reno(acknowledged);
    }

    pub(super) fn enter_recovery(&mut self) {
        self.recovery.prior_threshold = None;
        self.begin_undo();
        if !self.recovery.is_reducing() {
            self.recovery.prior_threshold = Some(self.congestion.remembered_threshold());
            self.begin_reduction();
        }
        self.set_phase(Phase::Recovery);
    }

    /// What would have to be shown for recovery to have been superfluous.
    pub(super) fn begin_undo(&mut self) {
        self.recovery.undo_marker = Some(self.una);
        let probes = u32::from(self.recovery.probed.is_some() && self.recovery.probe_is_again);
        self.recovery.undo_left = Some(self.flight.resent + probes).filter(|left| *left > 0);
    }

    /// RFC 6937 §3 begins.
    pub(super) fn begin_reduction(&mut self) {
        self.recovery.point = self.nxt;
        self.recovery.probed = None;
        self.recovery.delivered = 0;
        self.recovery.out = 0;
        self.recovery.prior_window = self.congestion.window.max(1);
        self.congestion.threshold = self.congestion.reduced();
    }

    /// RFC 6937 §3: so many segments leave as arrive, in proportion to the reduction.
    pub(super) fn reduce_window(&mut self, delivered: u32, lost: u32, advanced: bool, now: Instant) {
        if delivered == 0 {
            return;
        }
        self.recovery.delivered += delivered;
        let (total, out) = (self.recovery.delivered, self.recovery.out);
        let (threshold, in_flight) = (self.congestion.threshold, self.in_flight());
        let allowed = if in_flight > threshold {
            let share = u64::from(threshold) * u64::from(total);
            (share.div_ceil(u64::from(self.recovery.prior_window)) as u32).saturating_sub(out)
        } else {
            // Below the threshold: slow start when progress is good, else what was delivered (`SSRB` or `CRB`).
            let slack = u32::from(advanced && lost == 0);
            (total.saturating_sub(out).max(delivered) + slack).min(threshold - in_flight)
        };
        // The first retransmission leaves in any case.
        let allowed = allowed.max(u32::from(out == 0));
        self.congestion.set_window(in_flight + allowed, now);
    }

    /// The window is where it was to come down to, unless the reduction was undone.
    pub(super) fn end_reduction(&mut self, now: Instant) {
        let down = self.recovery.phase == Phase::Reduced || self.recovery.undo_marker.is_some();
        if down && self.congestion.threshold < super::congestion::INFINITE {
            self.congestion.set_window(self.congestion.threshold, now);
        }
    }

    /// Nothing is lost: open, or in disorder (`tcp_try_to_open`).
    pub(super) fn try_to_open(&mut self) {
        if !self.has_resent() {
            self.recovery.resent_at = None;
        }
        if self.recovery.phase != Phase::Reduced {
            self.keep_open();
        }
    }

    pub(super) fn keep_open(&mut self) {
        let troubled = self.flight.left() > 0 || self.has_resent();
        let phase = if troubled { Phase::Disorder } else { Phase::Open };
        if phase != self.recovery.phase {
            self.set_phase(phase);
            self.recovery.point = self.nxt;
        }
    }

    /// Something that was sent again is in flight.
    pub(super) fn has_resent(&self) -> bool {
        self.flight.resent > 0 || self.flight.first().is_some_and(|first| first.is(Marks::AGAIN))
    }
}
