//! CUBIC (RFC 9438) with HyStart, as Linux has them: the window grows with the cube of the time since the last loss, and
//! slow start ends when round trips grow or a train of ACKs is as long as half a round trip.
//!
//! Absent on purpose: HyStart++ (RFC 9406; Linux has the older HyStart).

use core::time::Duration;

use crate::time::Instant;

use super::{Seq, tick};

/// RFC 9438 §4.6: the window comes down to 717/1024 (0.7) of what it was.
const BETA: u32 = 717;
const BETA_SCALE: u32 = 1024;
/// RFC 9438 §4.1: C = 0.4, as 410/1024.
const CUBE_SCALE: u64 = 410;
/// Time is counted in 1/1024 s in the cubic function.
const TIME_SHIFT: u32 = 10;
/// C as the cube of time needs it: 2^40 over [`CUBE_SCALE`].
const CUBE_FACTOR: u64 = (1 << 40) / CUBE_SCALE;
/// Of Reno's growth at this beta, times 8: 8 (1 + beta) / 3 (1 - beta).
const FRIENDLY_SCALE: u32 = 8 * (BETA_SCALE + BETA) / 3 / (BETA_SCALE - BETA);
/// HyStart does not act on smaller windows.
const LEAST_WINDOW: u32 = 16;
/// ACKs nearer than this belong to one train.
const TRAIN_GAP: Duration = Duration::from_micros(2000);
/// Most that offloads may hold a train back.
const TRAIN_SLACK: Duration = Duration::from_micros(1000);
/// Round trips measured before their delay is judged.
const SAMPLES: u32 = 8;
/// Growth of a round trip that ends slow start: an eighth of the least, within these bounds.
const LEAST_GROWTH: Duration = Duration::from_millis(4);
const MOST_GROWTH: Duration = Duration::from_millis(16);

/// What an ACK tells of delay.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delay {
    pub(super) rtt: Duration,
    pub(super) una: Seq,
    pub(super) nxt: Seq,
    pub(super) at: Instant,
    /// Bytes a second that the window comes to.
    pub(super) rate: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Cubic {
    /// Segments to be acknowledged for each that the window grows by.
    per_step: u32,
    /// The window before the last loss.
    last_most: u32,
    last_window: u32,
    last_tick: u64,
    /// Where the plateau of the cubic is, and when it is reached, in 1/1024 s since the epoch.
    origin: u32,
    plateau: u64,
    /// The least round-trip time.
    least: Duration,
    /// Tick of the first growth since the last loss.
    epoch: Option<u64>,
    /// Segments acknowledged, and what Reno's window would be.
    acknowledged: u32,
    reno_window: u32,
    hystart: HyStart,
}

#[derive(Clone, Debug)]
struct HyStart {
    found: bool,
    samples: u32,
    round_end: Seq,
    round_start: Instant,
    last_ack: Instant,
    /// Least round-trip time of this round.
    least: Duration,
}

impl Cubic {
    pub(super) fn new() -> Cubic {
        Cubic {
            per_step: 0,
            last_most: 0,
            last_window: 0,
            last_tick: 0,
            origin: 0,
            plateau: 0,
            least: Duration::ZERO,
            epoch: None,
            acknowledged: 0,
            reno_window: 0,
            hystart: HyStart {
                found: false,
                samples: 0,
                round_end: Seq(0),
                round_start: Instant::ZERO,
                last_ack: Instant::ZERO,
                least: Duration::MAX,
            },
        }
    }

    /// So many segments were acknowledged in congestion avoidance. Gives how many make the window grow by one.
    pub(super) fn update(&mut self, window: u32, acknowledged: u32, now: u64, tick: Duration) -> u32 {
        self.acknowledged += acknowledged;
        let second = tick::count(Duration::from_secs(1), tick);
        if self.last_window == window && now - self.last_tick <= second / 32 {
            return self.per_step.max(2);
        }
        // The function is asked once a tick at most; Reno's window is followed at each ACK.
        if self.epoch.is_none() || now != self.last_tick {
            self.last_window = window;
            self.last_tick = now;
            self.follow_curve(window, acknowledged, now, tick);
        }
        self.befriend(window);
        // RFC 9438 §4.4: at most half as fast as slow start.
        self.per_step = self.per_step.max(2);
        self.per_step
    }

    fn follow_curve(&mut self, window: u32, acknowledged: u32, now: u64, tick: Duration) {
        let epoch = match self.epoch {
            Some(epoch) => epoch,
            None => self.begin_epoch(window, acknowledged, now),
        };
        let second = tick::count(Duration::from_secs(1), tick);
        let elapsed = now.saturating_sub(epoch) + tick::count(self.least, tick);
        let time = (elapsed << TIME_SHIFT) / second;
        let offset = time.abs_diff(self.plateau);
        // C (t - K)^3, without overflow for an offset of weeks.
        let cube = (u128::from(CUBE_SCALE) * u128::from(offset).pow(3)) >> (10 + 3 * TIME_SHIFT);
        let distance = u32::try_from(cube).unwrap_or(u32::MAX / 2);
        let target = if time < self.plateau {
            self.origin.saturating_sub(distance)
        } else {
            self.origin.saturating_add(distance)
        };
        self.per_step = if target > window { window / (target - window) } else { window.saturating_mul(100) };
        // Nothing is known of the path yet: grow by a twentieth each round trip.
        if self.last_most == 0 {
            self.per_step = self.per_step.min(20);
        }
    }

    fn begin_epoch(&mut self, window: u32, acknowledged: u32, now: u64) -> u64 {
        self.epoch = Some(now);
        self.acknowledged = acknowledged;
        self.reno_window = window;
        if self.last_most <= window {
            self.plateau = 0;
            self.origin = window;
        } else {
            self.plateau = cube_root(CUBE_FACTOR * u64::from(self.last_most - window));
            self.origin = self.last_most;
        }
        now
    }

    /// RFC 9438 §4.3: never slower than Reno would be.
    fn befriend(&mut self, window: u32) {
        let step = ((window * FRIENDLY_SCALE) >> 3).max(1);
        if self.acknowledged > step {
            // As many steps as fit without using up the last.
            let steps = (self.acknowledged - 1) / step;
            self.acknowledged -= steps * step;
            self.reno_window += steps;
        }
        if self.reno_window > window {
            self.per_step = self.per_step.min(window / (self.reno_window - window));
        }
    }

    /// A loss: the threshold (RFC 9438 §4.6), with fast convergence (§4.7).
    pub(super) fn reduced(&mut self, window: u32) -> u32 {
        self.epoch = None;
        let scaled = |factor: u32, by: u32| (u64::from(window) * u64::from(factor) / u64::from(by)) as u32;
        self.last_most = if window < self.last_most { scaled(BETA_SCALE + BETA, 2 * BETA_SCALE) } else { window };
        scaled(BETA, BETA_SCALE).max(2)
    }

    /// The program was idle: the curve waits for it.
    pub(super) fn idled(&mut self, from: u64, now: u64) {
        if let Some(epoch) = &mut self.epoch {
            *epoch = (*epoch + now.saturating_sub(from)).min(now);
        }
    }

    /// A round of HyStart begins.
    pub(super) fn begin_round(&mut self, nxt: Seq, now: Instant) {
        self.hystart = HyStart {
            found: self.hystart.found,
            samples: 0,
            round_end: nxt,
            round_start: now,
            last_ack: now,
            least: Duration::MAX,
        };
    }

    /// A round trip was measured. Says whether slow start is to end.
    pub(super) fn measured(&mut self, delay: &Delay, window: u32, slow_start: bool, now: u64, tick: Duration) -> bool {
        // Round trips right after recovery tell of the recovery.
        if self.epoch.is_some_and(|epoch| now.saturating_sub(epoch) < tick::count(Duration::from_secs(1), tick)) {
            return false;
        }
        if self.least.is_zero() || delay.rtt < self.least {
            self.least = delay.rtt.max(Duration::from_micros(1));
        }
        if self.hystart.found || !slow_start {
            return false;
        }
        if delay.una.after(self.hystart.round_end) {
            self.begin_round(delay.nxt, delay.at);
        }
        if window >= LEAST_WINDOW && (self.is_long_train(delay) | self.is_delayed(delay)) {
            self.hystart.found = true;
        }
        window >= LEAST_WINDOW && self.hystart.found
    }

    fn is_long_train(&mut self, delay: &Delay) -> bool {
        if delay.at.saturating_since(self.hystart.last_ack) > TRAIN_GAP {
            return false;
        }
        self.hystart.last_ack = delay.at;
        // Four of the largest bursts at the present rate.
        let slack = match delay.rate {
            0 => Duration::ZERO,
            rate => Duration::from_micros(4 * 65_536 * 1_000_000 / rate).min(TRAIN_SLACK),
        };
        delay.at.saturating_since(self.hystart.round_start) > (self.least + slack) / 2
    }

    fn is_delayed(&mut self, delay: &Delay) -> bool {
        let round = &mut self.hystart;
        round.least = round.least.min(delay.rtt);
        if round.samples < SAMPLES {
            round.samples += 1;
            return false;
        }
        round.least > self.least + (self.least / 8).clamp(LEAST_GROWTH, MOST_GROWTH)
    }
}

/// The cube root, rounded to the nearest integer below.
fn cube_root(value: u64) -> u64 {
    let mut root = 0_u64;
    for bit in (0..22).rev() {
        let trial = root | (1 << bit);
        if u128::from(trial).pow(3) <= u128::from(value) {
            root = trial;
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(4);

    #[test]
    fn roots() {
        assert_eq!([0, 1, 7, 8, 26, 27, 1 << 60].map(cube_root), [0, 1, 1, 2, 2, 3, 1 << 20]);
        assert_eq!(cube_root(u64::MAX), 2_642_245);
    }

    /// The window after so many round trips of 100 ms without loss, from a loss at 100 segments.
    fn after(round_trips: u64) -> u32 {
        let mut cubic = Cubic::new();
        cubic.least = Duration::from_millis(100);
        let (mut window, mut counted) = (cubic.reduced(100), 0);
        for trip in 0..round_trips {
            let acks = window;
            for ack in 0..acks {
                let now = trip * 25 + u64::from(ack) * 25 / u64::from(acks);
                let per_step = cubic.update(window, 1, now, TICK);
                counted += 1;
                if counted >= per_step {
                    counted = 0;
                    window += 1;
                }
            }
        }
        window
    }

    #[test]
    fn the_window_is_back_after_the_cube_root_of_the_drop() {
        // RFC 9438 §4.2: K = cbrt(30 / 0.4) = 4.22 s, with round trips of 100 ms.
        assert_eq!(after(0), 70);
        assert!((98..=101).contains(&after(42)), "{}", after(42));
        // t - K = 3 s: 0.4 * 27 = 11 more.
        assert!((106..=113).contains(&after(72)), "{}", after(72));
    }

    #[test]
    fn a_second_loss_below_the_first_gives_way() {
        let mut cubic = Cubic::new();
        assert_eq!(cubic.reduced(100), 70);
        assert_eq!(cubic.reduced(80), 56);
        assert_eq!(cubic.last_most, 80 * 1741 / 2048);
    }

    #[test]
    fn growing_round_trips_end_slow_start() {
        let mut cubic = Cubic::new();
        let mut at = Instant::from_millis(100);
        let mut measure = |rtt: u64, una: u32| {
            at += Duration::from_millis(10);
            let delay =
                Delay { rtt: Duration::from_millis(rtt), una: Seq(una), nxt: Seq(una + 100), at, rate: 1_000_000 };
            cubic.measured(&delay, 20, true, 0, TICK)
        };
        assert!(!measure(20, 1));
        // The second round: eight samples are taken before it is judged, and 5 ms more than 20 are too much.
        let ended: Vec<bool> = (0..9).map(|_| measure(25, 200)).collect();
        assert_eq!(ended, [false, false, false, false, false, false, false, false, true]);
    }
}
