//! Round-trip time and retransmission time-out: RFC 6298 as Linux computes it, in integers.
//!
//! Absent on purpose: the path's metrics that Linux keeps from one connection to the next (`tcp_no_metrics_save` is
//! set in the recordings).

use core::time::Duration;

use crate::time::Instant;

use super::{Parameters, Seq, tick};

/// For how long the least round-trip time counts (`tcp_min_rtt_wlen`).
const LEAST_COUNTS: Duration = Duration::from_secs(300);

/// The estimator. Times are in microseconds, scaled as in Linux.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rtt {
    /// Smoothed round-trip time, times 8; zero before the first measurement.
    srtt: u64,
    /// Mean deviation, times 4.
    mdev: u64,
    /// Greatest mean deviation of the present round trip.
    mdev_max: u64,
    /// What the time-out adds to the round-trip time.
    rttvar: u64,
    /// The present round trip ends when this is acknowledged.
    seq: Seq,
    /// The least round-trip time of late, and when it was measured.
    least: Option<(Duration, Instant)>,
    /// In whole ticks.
    pub(super) rto: Duration,
}

impl Rtt {
    pub(super) fn new(parameters: &Parameters) -> Rtt {
        let rto = parameters.initial_rto;
        Rtt { srtt: 0, mdev: 0, mdev_max: 0, rttvar: 0, seq: Seq(0), least: None, rto }
    }

    /// Zero before the first measurement.
    pub(super) fn smoothed(&self) -> Duration {
        Duration::from_micros(self.srtt >> 3)
    }

    /// The smoothed round-trip time in microseconds, times 8; zero before the first measurement.
    pub(super) fn scaled(&self) -> u64 {
        self.srtt
    }

    pub(super) fn variation(&self) -> Duration {
        Duration::from_micros(self.mdev >> 2)
    }

    /// The least round-trip time of the last five minutes.
    pub(super) fn least(&self) -> Option<Duration> {
        self.least.map(|(least, _)| least)
    }

    /// Takes a measurement of the newest segment that was delivered.
    pub(super) fn sample_least(&mut self, rtt: Duration, now: Instant) {
        let keep = self.least.is_some_and(|(least, at)| least < rtt && now.saturating_since(at) <= LEAST_COUNTS);
        if !keep {
            self.least = Some((rtt, now));
        }
    }

    /// Takes a measurement (Linux's `tcp_rtt_estimator`).
    pub(super) fn sample(&mut self, rtt: Duration, una: Seq, nxt: Seq, parameters: &Parameters) {
        let measured = u64::try_from(rtt.as_micros()).unwrap_or(u64::MAX / 16).max(1);
        let least = parameters.rto_min.as_micros() as u64;
        if self.srtt == 0 {
            self.srtt = measured << 3;
            self.mdev = measured << 1;
            self.rttvar = self.mdev.max(least);
            self.mdev_max = self.rttvar;
            self.seq = nxt;
        } else {
            self.update(measured, una, nxt, least);
        }
        self.reset_rto(parameters);
    }

    fn update(&mut self, measured: u64, una: Seq, nxt: Seq, least: u64) {
        let error = measured as i64 - (self.srtt >> 3) as i64;
        self.srtt = (self.srtt as i64 + error).max(1) as u64;
        let mut change = error.abs() - (self.mdev >> 2) as i64;
        // A round trip that got shorter counts less: it must not raise the time-out much.
        if error < 0 && change > 0 {
            change >>= 3;
        }
        self.mdev = (self.mdev as i64 + change).max(0) as u64;
        if self.mdev > self.mdev_max {
            self.mdev_max = self.mdev;
            self.rttvar = self.rttvar.max(self.mdev_max);
        }
        if una.after(self.seq) {
            if self.mdev_max < self.rttvar {
                self.rttvar -= (self.rttvar - self.mdev_max) >> 2;
            }
            self.seq = nxt;
            self.mdev_max = least;
        }
    }

    /// The time-out without any backing off.
    pub(super) fn reset_rto(&mut self, parameters: &Parameters) {
        self.rto = match self.srtt {
            0 => parameters.initial_rto,
            srtt => {
                let exact = Duration::from_micros((srtt >> 3) + self.rttvar);
                tick::round(exact, parameters.tick).min(parameters.rto_max)
            }
        };
    }

    /// RFC 6298 §5.5: doubles the time-out.
    pub(super) fn back_off(&mut self, parameters: &Parameters) {
        self.rto = (self.rto * 2).min(parameters.rto_max);
    }
}
