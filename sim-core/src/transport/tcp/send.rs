//! Output: which segments leave now (RFC 9293 §3.8.6, RFC 1122 §4.2.3.4), in bursts as Linux hands them to segmentation
//! offload: the last segment of a burst is pushed, and a small burst may wait for the next ACK.
//!
//! Absent on purpose: pacing (Linux paces only with `fq` or BBR).

use core::time::Duration;
use std::sync::Arc;

use crate::context::Context;
use crate::internet::Internet;
use crate::time::Instant;
use crate::trace::TimerKind;
use crate::wire::tcp::Flags;

use super::flight::Marks;
use super::recovery::Phase;
use super::{Seq, Tcb};

/// Largest burst that segmentation offload takes, in bytes.
const LARGEST_BURST: u64 = 65_536;
/// A burst lasts about this part of a second (`sk_pacing_shift`: 2^10).
const BURST_SHIFT: u32 = 10;
/// Least segments of a burst (`tcp_min_tso_segs`).
const LEAST_BURST: u32 = 2;
/// A wait for more is of use only when something left so lately.
const RECENT: Duration = Duration::from_millis(1);

/// What a small segment may wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nagle {
    /// As the program has set it.
    AsSet,
    /// It leaves whatever there is.
    Off,
}

/// The burst that could leave now.
#[derive(Clone, Copy, Debug)]
struct Burst {
    /// Bytes of data, and whether the FIN follows them.
    length: u32,
    fin: bool,
    /// Nothing waits behind it.
    last: bool,
    segments: u32,
    quota: u32,
}

/// What holds a burst back.
enum Verdict {
    Go(Burst),
    /// The congestion window will soon let more go at once.
    Window,
    /// The peer's window, Nagle's rule, or nothing to send.
    Other,
}

impl Tcb {
    /// Takes bytes of the program, beginning at byte `from` of its write, into the send buffer, as many as fit, and
    /// sends what may be sent.
    pub(crate) fn write(&mut self, bytes: &Arc<[u8]>, from: usize, net: &mut Internet, ctx: &mut Context<'_>) -> usize {
        let wanted = bytes.len() - from;
        let taken = wanted.min(self.writable());
        self.full = taken < wanted;
        if taken > 0 {
            self.take_write(bytes, (from, taken), net, ctx);
        }
        taken
    }

    /// Takes all of a write, whatever the send buffer holds: its caller keeps to [`Tcb::spare`].
    pub(crate) fn write_all(&mut self, bytes: &Arc<[u8]>, net: &mut Internet, ctx: &mut Context<'_>) {
        if !bytes.is_empty() {
            self.take_write(bytes, (0, bytes.len()), net, ctx);
        }
    }

    fn take_write(&mut self, bytes: &Arc<[u8]>, part: (usize, usize), net: &mut Internet, ctx: &mut Context<'_>) {
        self.restart_after_idle(ctx.now);
        self.send.write(bytes, part, self.nxt);
        self.output(net, ctx);
    }

    /// Sends what the windows allow of what is new. What is lost was sent by what found it lost.
    pub(super) fn output(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        if self.is_synchronized() {
            self.send_new(Nagle::AsSet, net, ctx);
        }
    }

    pub(super) fn send_whatever_fits(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.send_new(Nagle::Off, net, ctx);
    }

    /// Linux's `tcp_write_xmit`.
    fn send_new(&mut self, nagle: Nagle, net: &mut Internet, ctx: &mut Context<'_>) {
        let largest = self.largest_burst();
        let mut held_back = false;
        let mut sent = 0;
        while self.has_unsent() {
            let quota = self.quota().min(largest);
            if quota == 0 {
                break;
            }
            match self.next_burst(quota, largest, nagle, ctx.now) {
                Verdict::Go(burst) => {
                    self.send_burst(&burst, net, ctx);
                    sent += burst.segments;
                }
                Verdict::Window => {
                    held_back = true;
                    break;
                }
                Verdict::Other => break,
            }
        }
        held_back |= self.in_flight() >= self.congestion.window;
        if sent > 0 || held_back {
            self.note_use_of_window(held_back, ctx.now);
        }
        if sent > 0 {
            self.recovery.count_sent(sent);
            self.schedule_probe(false, ctx.now);
        } else {
            self.arm_probe(ctx.now);
        }
    }

    /// A tail loss probe of something new: one burst, past the congestion window. Says whether there was one.
    pub(super) fn send_probe_of_new_data(&mut self, net: &mut Internet, ctx: &mut Context<'_>) -> bool {
        if !self.has_unsent() {
            return false;
        }
        match self.next_burst(1, 1, Nagle::Off, ctx.now) {
            Verdict::Go(burst) => {
                self.send_burst(&burst, net, ctx);
                self.recovery.count_sent(burst.segments);
                true
            }
            Verdict::Window | Verdict::Other => false,
        }
    }

    /// Something waits to be sent for the first time.
    pub(super) fn has_unsent(&self) -> bool {
        let end = self.send.end();
        self.nxt.before(end) || (self.fin_queued && self.nxt == end)
    }

    /// How many segments the congestion window lets go at once; at most half of it, so that two bursts are in flight.
    fn quota(&self) -> u32 {
        let window = self.congestion.window;
        window.saturating_sub(self.in_flight()).min((window / 2).max(1))
    }

    /// What the window comes to, in bytes a second (`tcp_update_pacing_rate`).
    pub(super) fn pacing_rate(&self) -> u64 {
        let window = u64::from(self.congestion.window);
        let percent = if self.congestion.window < self.congestion.threshold / 2 { 200 } else { 120 };
        let bytes = u64::from(self.mss) * window.max(u64::from(self.flight.len()));
        (bytes * percent * 80_000).checked_div(self.rtt.scaled()).unwrap_or(0)
    }

    /// Segments of the largest burst (`tcp_tso_autosize`): what leaves in a millisecond, more where round trips are short.
    fn largest_burst(&self) -> u32 {
        let near = self.rtt.least().map_or(0, |least| (least.as_micros() as u64) >> 9);
        let more = if near < 32 { LARGEST_BURST >> near } else { 0 };
        let bytes = ((self.pacing_rate() >> BURST_SHIFT) + more).min(LARGEST_BURST);
        (bytes as u32 / self.mss.max(1)).max(LEAST_BURST)
    }

    /// The peer's window has room for so much more.
    pub(super) fn fits_window(&self, length: u32) -> bool {
        (self.nxt + length).up_to(self.una + self.wnd)
    }

    fn next_burst(&self, quota: u32, largest: u32, nagle: Nagle, now: Instant) -> Verdict {
        let mss = self.current_mss();
        let unsent = self.send.end() - self.nxt;
        let length = unsent.min(quota * mss);
        let last = length == unsent;
        let fin = last && self.fin_queued;
        let segments = length.div_ceil(mss).max(1);
        let first = if length > mss { mss } else { length + u32::from(fin) };
        if !self.fits_window(first) {
            return Verdict::Other;
        }
        let burst = Burst { length, fin, last, segments, quota };
        if segments == 1 {
            // Nagle's rule never holds the FIN back; a full segment is not small.
            let free = nagle == Nagle::Off || fin || !self.waits_for_more(length < mss);
            return if free { Verdict::Go(burst) } else { Verdict::Other };
        }
        if self.may_defer(&burst, largest, mss, now) {
            let (peers, congestion) = self.rooms(mss);
            match congestion < peers {
                true if congestion <= length => return Verdict::Window,
                false if peers <= length => return Verdict::Other,
                // No more data will come that could leave with it.
                _ if fin => {}
                _ => return Verdict::Other,
            }
        }
        Verdict::Go(self.cut_burst(burst, mss, nagle))
    }

    /// Minshall's variant of Nagle's rule (`tcp_nagle_check`): a small segment waits only for another small one.
    fn waits_for_more(&self, small: bool) -> bool {
        let outstanding = self.small_end.after(self.una) && self.small_end.up_to(self.nxt);
        let nagle = self.parameters.nagle && !self.settings.no_delay;
        small && (self.settings.cork || (nagle && !self.flight.is_empty() && outstanding))
    }

    /// Where a burst ends: at the window, and before a small rest that has to wait (`tcp_mss_split_point`).
    fn cut_burst(&self, burst: Burst, mss: u32, nagle: Nagle) -> Burst {
        let window = (self.una + self.wnd) - self.nxt;
        let most = burst.quota * mss;
        let needed = burst.length.min(window);
        let rest = needed % mss;
        let waits = nagle == Nagle::AsSet && self.waits_for_more(rest != 0);
        let limit = match () {
            () if (most <= window && !burst.last) || most <= needed => most,
            () if waits => needed - rest,
            () => needed,
        };
        let length = burst.length.min(limit);
        let whole = length == burst.length;
        let fin = burst.fin && whole && self.fits_window(length + 1);
        Burst { length, fin, segments: length.div_ceil(mss).max(1), ..burst }
    }

    /// A burst of fewer segments than could be may wait for the next ACK (`tcp_tso_should_defer`).
    fn may_defer(&self, burst: &Burst, largest: u32, mss: u32, now: Instant) -> bool {
        let (peers, congestion) = self.rooms(mss);
        let room = peers.min(congestion);
        let whole = !burst.last && room >= burst.length;
        if self.recovery.phase >= Phase::Recovery || self.idle_for(now) > RECENT || room >= largest * mss || whole {
            return false;
        }
        // A third of the window is worth sending.
        if room >= self.wnd.min(self.congestion.window * mss) / 3 {
            return false;
        }
        // The next ACK comes within half a round trip, or it is not worth waiting for.
        let soon = self.rtt.smoothed() / 2;
        self.flight.first().is_some_and(|head| now.saturating_since(head.at) >= soon)
    }

    /// Bytes that the peer's window and the congestion window let go.
    fn rooms(&self, mss: u32) -> (u32, u32) {
        let peers = (self.una + self.wnd) - self.nxt;
        (peers, self.congestion.window.saturating_sub(self.in_flight()).saturating_mul(mss))
    }

    fn send_burst(&mut self, burst: &Burst, net: &mut Internet, ctx: &mut Context<'_>) {
        let mss = self.current_mss();
        let idle = self.flight.is_empty();
        let probing = self.timers.is_set(TimerKind::LossProbe);
        if self.in_flight() == 0 {
            self.congestion.begins_to_send(self.last_sent, ctx.now, self.parameters.tick);
        }
        let end = self.nxt + burst.length;
        loop {
            let seq = self.nxt;
            let length = (end - seq).min(mss);
            let stop = seq + length == end;
            let fin = stop && burst.fin;
            self.nxt = seq + length + u32::from(fin);
            self.flight.push((seq, self.nxt), Marks::of(false, fin), ctx.now, self.delivered);
            self.last_sent = ctx.now;
            let mut flags = self.data_flags((seq, length), fin);
            if stop && burst.segments > 1 {
                // A burst for segmentation offload is always pushed, so that its receiver is told at once.
                flags |= Flags::PSH;
            }
            self.transmit(seq, flags, length, net, ctx);
            if stop {
                break;
            }
        }
        if burst.length < burst.segments * mss {
            self.small_end = self.nxt;
        }
        if idle || probing {
            self.rearm_retransmission(false, ctx.now);
        }
    }

    /// Flags of a segment of these bytes. RFC 9293 §3.9.1: the end of a write is pushed.
    pub(super) fn data_flags(&self, (seq, length): (Seq, u32), fin: bool) -> Flags {
        let mut flags = Flags::ACK;
        if length > 0 && self.send.is_pushed(seq + length) {
            flags |= Flags::PSH;
        }
        if fin {
            flags |= Flags::FIN;
        }
        flags
    }

    /// RFC 5681 §4.1: the window shrinks when nothing was sent for a time-out or longer.
    fn restart_after_idle(&mut self, now: Instant) {
        let idle = self.idle_for(now);
        if self.flight.is_empty() && idle > self.rtt.rto {
            self.congestion.restart(idle, self.rtt.rto, self.parameters.initial_window, now);
        }
    }

    fn note_use_of_window(&mut self, held_back: bool, now: Instant) {
        self.congestion.note_use(held_back, self.flight.len(), (self.una, self.nxt), now);
        let open = self.recovery.phase == Phase::Open && !self.full;
        self.congestion.decay_unused(open, self.rtt.rto, self.parameters.initial_window, now);
    }

    /// A bare ACK.
    pub(super) fn send_ack(&mut self, net: &mut Internet, ctx: &mut Context<'_>) {
        self.transmit(self.nxt, Flags::ACK, 0, net, ctx);
    }

    /// Identifications count up for each socket; a SYN-ACK and what Linux keeps of a socket in TIME-WAIT, or of an orphan in
    /// FIN-WAIT-2, send zero.
    pub(super) fn next_ip_id(&mut self, flags: Flags) -> u16 {
        if flags.has(Flags::SYN | Flags::ACK) || self.is_minimal {
            return 0;
        }
        self.ip_id = self.ip_id.wrapping_add(1);
        self.ip_id
    }
}
