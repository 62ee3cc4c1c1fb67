//! The ACK field of a segment (RFC 9293 §3.10.7.4, fifth): the window, what left the flight, the round-trip time, and
//! what that means for recovery and congestion control; in the order of Linux's `tcp_ack`.
//!
//! Absent on purpose: delivery-rate samples (only BBR uses them).

use core::time::Duration;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::TcpState;

use super::cubic::Delay;
use super::flight::{Marks, Sent};
use super::recovery::{DUPLICATES, Phase, Repair};
use super::{Segment, Seq, Tcb};

/// What an ACK brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digest {
    pub(super) at: Instant,
    /// What was unacknowledged before.
    pub(super) una: Seq,
    /// It acknowledges something new.
    pub(super) advanced: bool,
    /// It carries data.
    carries: bool,
    /// It changed the window.
    window: bool,
    /// Segments that it acknowledges, and whether the SYN is among them.
    acknowledged: u32,
    syn: bool,
    /// It acknowledges something selectively for the first time.
    pub(super) sacked: bool,
    /// It acknowledges something that was sent again.
    again: bool,
    /// It acknowledges, in either way, something that was in flight at the loss and was sent once.
    pub(super) original: bool,
    /// It says that something arrived twice; the tail loss probe.
    pub(super) duplicates: bool,
    pub(super) duplicate_probe: bool,
    /// The sender's timer begins anew.
    pub(super) set_timer: bool,
    /// A retransmission was lost.
    pub(super) lost_again: bool,
    /// When the first and the last of the segments were sent that were selectively acknowledged and sent once.
    pub(super) first_sacked: Option<Instant>,
    pub(super) last_sacked: Option<Instant>,
    /// The first segment that arrived late.
    pub(super) reordered_from: Seq,
    /// Of the segment sent last of those delivered: when, and how many had been delivered then.
    newest: Option<(Instant, u32)>,
}

impl Digest {
    fn new(at: Instant, una: Seq, nxt: Seq) -> Digest {
        Digest {
            at,
            una,
            advanced: false,
            carries: false,
            window: false,
            acknowledged: 0,
            syn: false,
            sacked: false,
            again: false,
            original: false,
            duplicates: false,
            duplicate_probe: false,
            set_timer: false,
            lost_again: false,
            first_sacked: None,
            last_sacked: None,
            reordered_from: nxt,
            newest: None,
        }
    }

    pub(super) fn note_delivered(&mut self, sent: &Sent) {
        if self.newest.is_none_or(|(at, _)| sent.at >= at) {
            self.newest = Some((sent.at, sent.delivered));
        }
    }

    /// It cannot be a duplicate.
    fn is_no_duplicate(&self) -> bool {
        self.carries || self.window || self.acknowledged > 0
    }

    /// It may tell of trouble (`tcp_ack_is_dubious`).
    fn is_dubious(&self) -> bool {
        !self.is_no_duplicate() || self.sacked || self.duplicates
    }

    /// It says nothing new at all.
    pub(super) fn is_bare(&self) -> bool {
        !self.is_no_duplicate() && !self.sacked
    }

    fn is_duplicate(&self) -> bool {
        !self.advanced && !self.is_no_duplicate() && !self.duplicates
    }
}

impl Tcb {
    /// An acceptable ACK in a synchronized state.
    pub(super) fn acknowledge(&mut self, segment: &Segment<'_>, net: &mut Internet, ctx: &mut Context<'_>) {
        let (delivered, lost) = (self.delivered, self.lost);
        let mut digest = Digest::new(ctx.now, self.una, self.nxt);
        self.last_echo = self.echo_of(segment);
        if segment.ack.before(self.una) {
            self.take_old_ack(segment, &mut digest, net, ctx);
            return;
        }
        digest.carries = !segment.payload.is_empty() || segment.fin();
        digest.window = self.update_window(segment);
        self.una = segment.ack;
        digest.advanced = self.una.after(digest.una);
        if digest.advanced {
            self.retries = 0;
        }
        if segment.options.sack_blocks > 0 && self.sack {
            self.take_sack(segment, &mut digest);
        }
        self.soft_error = None;
        self.unanswered = 0;
        self.heard_at = ctx.now;
        if self.flight.is_empty() {
            self.acknowledge_nothing(&mut digest, net, ctx);
            return;
        }
        self.clean_flight(&mut digest);
        if let Some((_, then)) = digest.newest {
            self.rack.adjust_window(then, self.delivered);
        }
        if self.recovery.probed.is_some() {
            self.probe_acknowledged(&digest);
        }
        let mut repair = Repair::Nothing;
        if digest.is_dubious() || self.recovery.phase != Phase::Open {
            repair = self.assess(digest.is_duplicate(), &mut digest);
        }
        if digest.set_timer {
            self.set_sending_timer(ctx.now);
        }
        // The neighbour is there, too: progress, or an answer to a probe.
        self.heard |= digest.acknowledged > 0 || digest.sacked || !digest.is_no_duplicate();
        let (delivered, lost) = (self.delivered.wrapping_sub(delivered), self.lost.wrapping_sub(lost));
        self.control(delivered, lost, &digest);
        self.repair(repair, net, ctx);
        self.fin_acknowledged(ctx);
    }

    /// An ACK older than what is known: only its blocks are of interest.
    fn take_old_ack(&mut self, segment: &Segment<'_>, digest: &mut Digest, net: &mut Internet, ctx: &mut Context<'_>) {
        if segment.options.sack_blocks == 0 || !self.sack {
            return;
        }
        self.take_sack(segment, digest);
        let duplicate = !digest.duplicates && segment.payload.is_empty();
        let repair = self.assess(duplicate, digest);
        self.repair(repair, net, ctx);
    }

    /// Nothing is in flight: a D-SACK may undo, and a window may have opened.
    fn acknowledge_nothing(&mut self, digest: &mut Digest, net: &mut Internet, ctx: &mut Context<'_>) {
        if digest.duplicates {
            let repair = self.assess(false, digest);
            self.repair(repair, net, ctx);
        }
        self.probe_answered(ctx.now);
        if self.recovery.probed.is_some() {
            self.probe_acknowledged(digest);
        }
        self.fin_acknowledged(ctx);
    }

    /// The window by what was delivered (`tcp_cong_control`).
    fn control(&mut self, delivered: u32, lost: u32, digest: &Digest) {
        if self.recovery.is_reducing() {
            self.reduce_window(delivered, lost, digest.advanced, digest.at);
            return;
        }
        // Where the network reorders much, the window grows by whatever arrives.
        let data = digest.acknowledged > u32::from(digest.syn);
        let reorders = self.recovery.reordering > DUPLICATES && (digest.acknowledged > 0 || digest.sacked);
        if data || reorders {
            self.congestion.grow(delivered, digest.at, self.parameters.tick);
        }
    }

    /// Our FIN may be acknowledged now: the states that wait for it.
    fn fin_acknowledged(&mut self, ctx: &mut Context<'_>) {
        let finished = self.fin_queued && self.una == self.send.end() + 1;
        if finished && matches!(self.state, TcpState::FinWait1 | TcpState::Closing | TcpState::LastAck) {
            self.ack_of_fin_arrived(ctx);
        }
    }

    /// RFC 9293 §3.10.7.4: a window counts when it is newer, or larger by the same segment. Says whether it changed.
    fn update_window(&mut self, segment: &Segment<'_>) -> bool {
        let window = u32::from(segment.window) << self.snd_scale;
        let newer = segment.ack.after(self.una)
            || segment.seq.after(self.wl1)
            || (segment.seq == self.wl1 && (window > self.wnd || window == 0));
        if !newer {
            return false;
        }
        self.wl1 = segment.seq;
        let changed = core::mem::replace(&mut self.wnd, window) != window;
        if window > self.max_wnd {
            self.max_wnd = window;
            self.fit_mss();
        }
        changed
    }

    /// Takes what is acknowledged out of the flight, and measures (`tcp_clean_rtx_queue`).
    pub(super) fn clean_flight(&mut self, digest: &mut Digest) {
        let prior_highest = if self.flight.sacked > 0 { self.scoreboard.highest } else { digest.una };
        let (mut first, mut last) = (None, None);
        let mut reordered = self.nxt;
        while let Some(sent) = self.flight.first().copied() {
            if sent.end.after(self.una) {
                self.flight.trim_first(self.una);
                break;
            }
            self.flight.pop();
            digest.acknowledged += 1;
            digest.syn |= sent.is(Marks::SYN);
            if sent.is(Marks::AGAIN) {
                digest.again = true;
            } else if !sent.is(Marks::SACKED) {
                first.get_or_insert(sent.at);
                last = Some(sent.at);
                reordered = reordered.earlier(sent.seq);
                digest.original |= sent.end.up_to(self.recovery.point);
            }
            if sent.is(Marks::SACKED) {
                self.flight.sacked -= 1;
            } else if self.sack {
                self.delivered = self.delivered.wrapping_add(1);
                if !(sent.is(Marks::AGAIN) && self.echoes_before(sent.at)) {
                    self.rack_advance(&sent, digest.at);
                }
            }
            digest.note_delivered(&sent);
        }
        if digest.syn {
            self.recovery.resent_at = None;
        }
        self.measure((first, last), digest);
        if digest.acknowledged > 0 {
            self.after_acknowledgement(reordered, prior_highest, digest);
        }
    }

    fn after_acknowledgement(&mut self, reordered: Seq, prior_highest: Seq, digest: &mut Digest) {
        digest.set_timer = true;
        let room = self.writable();
        self.send.acknowledge(self.una.later(self.iss + 1));
        self.woken |= self.writable() > room;
        if !self.sack {
            self.uncount_reno(digest.acknowledged);
            digest.original &= !digest.again;
        } else if reordered.before(prior_highest) {
            self.check_reordering(reordered);
        }
    }

    /// The round-trip time: of what was sent once, else by the echoed timestamp (`tcp_ack_update_rtt`).
    fn measure(&mut self, (first, last): (Option<Instant>, Option<Instant>), digest: &mut Digest) {
        let since = |at: Instant| digest.at.saturating_since(at);
        let mut rtt = first.filter(|_| !digest.again).map(since);
        let mut newest = last.filter(|_| !digest.again).map(since);
        if let (Some(first), Some(last)) = (digest.first_sacked, digest.last_sacked) {
            rtt = rtt.or(Some(since(first)));
            newest = Some(since(last));
        }
        if rtt.is_none() && digest.acknowledged > 0 {
            rtt = self.echoed(digest.at);
            newest = rtt;
        }
        if let (Some(rtt), Some(newest)) = (rtt, newest) {
            self.rtt.sample_least(newest, digest.at);
            self.rtt.sample(rtt, self.una, self.nxt, &self.parameters);
            let delay = Delay { rtt: newest, una: self.una, nxt: self.nxt, at: digest.at, rate: self.pacing_rate() };
            self.congestion.measured(&delay, digest.at, self.parameters.tick);
            // A segment sent before the first in flight was sent again tells nothing new of that one.
            let fresher = self.flight.first().is_some_and(|head| rtt > since(head.at));
            digest.set_timer |= digest.sacked && digest.acknowledged == 0 && fresher;
        }
    }

    /// The round-trip time by the echoed timestamp (RFC 7323 §4.1): good for segments that were sent again, too.
    fn echoed(&self, now: Instant) -> Option<Duration> {
        let milliseconds = self.timestamp(now).wrapping_sub(self.last_echo?);
        Some(Duration::from_millis(u64::from(milliseconds.max(1))))
    }

    fn echo_of(&self, segment: &Segment<'_>) -> Option<u32> {
        let (_, echo) = segment.options.timestamps.filter(|_| self.timestamps)?;
        (echo != 0).then_some(echo)
    }

    /// The last segment echoes a timestamp from before this moment (RFC 3522).
    pub(super) fn echoes_before(&self, at: Instant) -> bool {
        self.last_echo.is_some_and(|echo| Seq(echo).before(Seq(self.timestamp(at))))
    }

    /// The ACK of our SYN: the same without recovery.
    pub(super) fn acknowledge_syn(&mut self, segment: &Segment<'_>, ctx: &Context<'_>) {
        let mut digest = Digest::new(ctx.now, self.una, self.nxt);
        self.last_echo = self.echo_of(segment);
        self.una = segment.ack;
        self.heard_at = ctx.now;
        self.clean_flight(&mut digest);
        self.heard = true;
        self.retries = 0;
        self.timers.stop_sending();
    }
}
