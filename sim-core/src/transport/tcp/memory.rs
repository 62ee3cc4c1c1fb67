//! What received bytes cost in memory, and how large the receive buffer is: Linux charges each segment with the buffers
//! that hold it, learns what part of that is data, and enlarges the buffer when the program reads fast (dynamic
//! right-sizing). The windows that are advertised follow from this.
//!
//! Absent on purpose: memory pressure of the whole host.

use core::time::Duration;
use std::collections::VecDeque;

use crate::time::Instant;

use super::{Parameters, Seq};

/// Bytes of a `struct sk_buff`, saved when a segment joins the one before it.
const DESCRIPTOR: u32 = 256;
/// Bytes of descriptors for each segment: a `struct sk_buff` and a `struct skb_shared_info`.
const DESCRIPTORS: u32 = DESCRIPTOR + 320;
/// Bytes of headers and headroom beside the data, and what buffers are rounded to.
const HEADERS: u32 = 14 + 20 + 32 + 64;
const CACHE_LINE: u32 = 64;
/// Segments that one buffer joins (`MAX_SKB_FRAGS` and the first).
const JOINED: u32 = 18;
/// Part of memory that is taken for data before the first segment has shown it, in 256ths.
const FIRST_RATIO: u32 = 128;

/// Memory of a segment with so much data (`skb->truesize` as measured with a virtual Ethernet device).
pub(super) fn charge(length: u32) -> u32 {
    (length + HEADERS).next_multiple_of(CACHE_LINE) + DESCRIPTORS
}

/// Memory of the same when it joins its neighbour.
pub(super) fn shared_charge(length: u32) -> u32 {
    charge(length) - DESCRIPTOR
}

/// Segments that are in order and in one buffer.
#[derive(Clone, Copy, Debug)]
struct Run {
    end: Seq,
    charge: u32,
    segments: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Memory {
    /// `SO_RCVBUF` as the kernel counts it, and whether the program has set it.
    pub(super) buffer: u32,
    pub(super) locked: bool,
    /// The part of memory that is data, in 256ths.
    ratio: u32,
    charged: u32,
    runs: VecDeque<Run>,
    /// The window grows no further than this, for now and ever (`rcv_ssthresh`, `window_clamp`).
    pub(super) threshold: u32,
    pub(super) clamp: u32,
    /// Bytes that the program reads in a round trip, at most; where and when the present one began.
    pub(super) space: u32,
    space_from: Seq,
    space_since: Instant,
    /// Round-trip time as the receiver sees it, in microseconds times 8; zero before the first.
    rtt: u64,
    echo: Option<u32>,
    /// A window's worth of bytes: its end, and when it began.
    round: Option<(Seq, Instant)>,
}

impl Memory {
    pub(super) fn new(buffer: Option<u32>, parameters: &Parameters) -> Memory {
        Memory {
            buffer: buffer.unwrap_or(parameters.receive_buffer),
            locked: buffer.is_some(),
            ratio: FIRST_RATIO,
            charged: 0,
            runs: VecDeque::new(),
            threshold: 0,
            clamp: 0,
            space: 0,
            space_from: Seq(0),
            space_since: Instant::ZERO,
            rtt: 0,
            echo: None,
            round: None,
        }
    }

    fn data_in(&self, memory: u32) -> u32 {
        ((u64::from(memory) * u64::from(self.ratio)) >> 8) as u32
    }

    fn memory_for(&self, data: u64) -> u64 {
        (data << 8) / u64::from(self.ratio)
    }

    /// Data that the buffer has room for.
    pub(super) fn free(&self) -> u32 {
        self.data_in(self.buffer.saturating_sub(self.charged))
    }

    /// Data that it has room for when it is empty.
    pub(super) fn full(&self) -> u32 {
        self.data_in(self.buffer)
    }

    /// The connection stands: measuring begins.
    pub(super) fn begin(&mut self, next: Seq, window: u32, first: u32, now: Instant) {
        self.clamp = self.full();
        self.threshold = self.threshold.min(self.clamp);
        self.space = self.threshold.min(window).min(first);
        (self.space_from, self.space_since) = (next, now);
    }

    /// The program has set the buffer's size.
    pub(super) fn lock(&mut self, buffer: u32) {
        self.buffer = buffer;
        self.locked = true;
        self.clamp = self.full();
    }

    /// The largest segment so far arrived: what part of its memory is data?
    pub(super) fn learn_ratio(&mut self, length: u32) {
        let ratio = ((length << 8) / charge(length)).clamp(1, 255);
        if core::mem::replace(&mut self.ratio, ratio) != ratio {
            self.clamp = self.full();
        }
    }

    /// Is there room for one more? A buffer that the program has not set grows when small segments fill it
    /// (`tcp_clamp_window`).
    pub(super) fn admits(&mut self, parameters: &Parameters) -> bool {
        if self.charged > self.buffer {
            self.collapse();
        }
        if self.charged > self.buffer && !self.locked {
            self.buffer = self.charged.min(parameters.receive_buffer_max);
        }
        self.charged <= self.buffer
    }

    /// Copies what small segments hold into full buffers (`tcp_collapse`).
    fn collapse(&mut self) {
        let end = self.runs.back().map(|run| run.end);
        let charged: u32 = self.runs.iter().map(|run| run.charge).sum();
        let Some(end) = end else { return };
        // What is in a run is less than what it is charged with; only many small segments gain by this.
        let small: u32 = self.runs.iter().map(|run| run.segments * DESCRIPTORS).sum();
        let kept = charged - small.min(charged) + DESCRIPTORS;
        if kept < charged {
            self.charged -= charged - kept;
            self.runs.clear();
            self.runs.push_back(Run { end, charge: kept, segments: 1 });
        }
    }

    /// A segment that ends here is in order.
    pub(super) fn keep(&mut self, end: Seq, length: u32) {
        match self.runs.back_mut() {
            Some(run) if run.segments < JOINED => {
                let charge = shared_charge(length);
                (run.end, run.segments) = (end, run.segments + 1);
                run.charge += charge;
                self.charged += charge;
            }
            _ => {
                let charge = charge(length);
                self.runs.push_back(Run { end, charge, segments: 1 });
                self.charged += charge;
            }
        }
    }

    /// What was out of order is in order, and has been charged.
    pub(super) fn keep_charged(&mut self, end: Seq, charge: u32) {
        match self.runs.back_mut() {
            Some(run) => {
                run.end = end;
                run.charge += charge;
            }
            None => self.runs.push_back(Run { end, charge, segments: 1 }),
        }
    }

    /// A segment is kept out of order.
    pub(super) fn charge(&mut self, charge: u32) {
        self.charged += charge;
    }

    /// The program has read all before `next`.
    pub(super) fn release(&mut self, next: Seq) {
        while let Some(run) = self.runs.front().copied()
            && run.end.up_to(next)
        {
            self.charged -= run.charge;
            self.runs.pop_front();
        }
    }

    /// Nothing is kept any more.
    pub(super) fn release_all(&mut self) {
        self.runs.clear();
        self.charged = 0;
    }

    /// Room for the window to grow into (`tcp_grow_window`).
    fn growth(&self) -> u32 {
        self.clamp.min(self.free()).saturating_sub(self.threshold)
    }

    /// A segment arrived: the window may grow by two full ones, or less when much of its memory is overhead. Says
    /// whether it did.
    pub(super) fn grow(&mut self, length: u32, (mss, largest): (u32, u32), parameters: &Parameters) -> bool {
        let room = self.growth();
        if room == 0 {
            return false;
        }
        let cost = self.data_in(charge(length));
        let step = if cost <= length { 2 * mss } else { self.step_for_costly(length, cost, largest, parameters) };
        if step == 0 {
            return false;
        }
        self.threshold += step.max(2 * length).min(room);
        true
    }

    fn step_for_costly(&self, length: u32, cost: u32, largest: u32, parameters: &Parameters) -> u32 {
        let mut cost = cost / 2;
        let mut window = self.data_in(parameters.receive_buffer_max) / 2;
        while self.threshold <= window && window > 0 {
            if cost <= length {
                return 2 * largest;
            }
            cost /= 2;
            window /= 2;
        }
        0
    }

    /// A sample of the round-trip time; `by_window`: of a window's worth of bytes, which takes at least that long.
    fn sample(&mut self, sample: Duration, by_window: bool, unread: bool) {
        let sample = (sample.as_micros() as u64).max(1);
        if self.rtt == 0 || sample << 3 < self.rtt {
            self.rtt = sample << 3;
        } else if !by_window && !unread {
            self.rtt = self.rtt - (self.rtt >> 3) + sample;
        }
    }

    /// By the timestamp that a full segment echoes; once for each.
    pub(super) fn sample_echo(&mut self, echo: u32, elapsed: Option<u32>, unread: bool) {
        if self.echo.replace(echo) == Some(echo) {
            return;
        }
        if let Some(milliseconds) = elapsed.filter(|milliseconds| *milliseconds > 0) {
            self.sample(Duration::from_millis(u64::from(milliseconds)), false, unread);
        }
    }

    /// By the time that a window's worth of bytes takes.
    pub(super) fn sample_window(&mut self, next: Seq, window: u32, now: Instant) {
        match self.round {
            Some((end, _)) if next.before(end) => return,
            Some((_, since)) => self.sample(now.saturating_since(since), true, false),
            None => {}
        }
        self.round = Some((next + window, now));
    }

    /// The program has read up to `copied`; `unread` bytes wait. Once a round trip: does the buffer hold twice what it
    /// reads meanwhile? (`tcp_rcv_space_adjust`) `beyond` is how far what is out of order reaches.
    pub(super) fn adjust(&mut self, copied: Seq, (unread, beyond): (u32, u32), now: Instant, parameters: &Parameters) {
        let elapsed = now.saturating_since(self.space_since).as_micros() as u64;
        if self.rtt == 0 || elapsed < self.rtt >> 3 {
            return;
        }
        let read = (copied - self.space_from).saturating_sub(unread);
        if read > self.space {
            self.enlarge(read, beyond, parameters);
        }
        (self.space_from, self.space_since) = (copied, now);
    }

    fn enlarge(&mut self, read: u32, beyond: u32, parameters: &Parameters) {
        let before = u64::from(core::mem::replace(&mut self.space, read).max(1));
        if self.locked {
            return;
        }
        let read = u64::from(read);
        // One round trip late already; and the sender may double its rate.
        let window = 2 * read;
        let window = window + 2 * (window * (read - before) / before) + u64::from(beyond);
        let buffer = self.memory_for(window).min(u64::from(parameters.receive_buffer_max)) as u32;
        if buffer > self.buffer {
            self.buffer = buffer;
            self.clamp = self.full();
        }
    }

    /// The receiver's round-trip time.
    pub(super) fn rtt(&self) -> Duration {
        Duration::from_micros(self.rtt >> 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::HostSettings;

    fn linux() -> Parameters {
        Parameters::linux(&HostSettings::LINUX)
    }

    #[test]
    fn a_small_buffer_holds_eight_full_segments() {
        // As recorded: SO_RCVBUF of 8192, which the kernel doubles.
        let mut memory = Memory::new(Some(16_384), &linux());
        assert_eq!(memory.full(), 8192);
        memory.learn_ratio(1448);
        let free: Vec<u32> = (0..8)
            .map(|index| {
                memory.keep(Seq(1448 * (index + 1)), 1448);
                memory.free()
            })
            .collect();
        assert_eq!(free, [9435, 8160, 6885, 5610, 4335, 3060, 1785, 510]);
        memory.release(Seq(8 * 1448));
        assert_eq!(memory.free(), memory.full());
    }

    #[test]
    fn a_fast_reader_gets_a_larger_buffer() {
        let mut memory = Memory::new(None, &linux());
        memory.learn_ratio(1448);
        memory.threshold = 65_160;
        memory.begin(Seq(0), 65_160, 14_480, Instant::ZERO);
        memory.sample(Duration::from_millis(40), false, false);
        memory.adjust(Seq(20_000), (0, 0), Instant::from_millis(39), &linux());
        assert_eq!(memory.buffer, 131_072, "a round trip has not passed");
        memory.adjust(Seq(28_960), (0, 0), Instant::from_millis(40), &linux());
        assert_eq!(memory.buffer, 261_662, "room for 6 x 28,960 bytes");
    }
}
