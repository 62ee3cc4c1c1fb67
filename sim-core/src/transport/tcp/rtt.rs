//! Round-trip time and retransmission time-out: RFC 6298 as Linux computes it, in integers.
//!
//! Absent on purpose: the clock granularity of a real kernel (Linux rounds to ticks of 1 to 4 ms).

use core::time::Duration;

use super::{Parameters, Seq};

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
    pub(super) rto: Duration,
}

impl Rtt {
    pub(super) fn new(parameters: &Parameters) -> Rtt {
        Rtt { srtt: 0, mdev: 0, mdev_max: 0, rttvar: 0, seq: Seq(0), rto: parameters.initial_rto }
    }

    pub(super) fn smoothed(&self) -> Duration {
        Duration::from_micros(self.srtt >> 3)
    }

    pub(super) fn variation(&self) -> Duration {
        Duration::from_micros(self.mdev >> 2)
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
            srtt => Duration::from_micros((srtt >> 3) + self.rttvar).min(parameters.rto_max),
        };
    }

    /// RFC 6298 §5.5: doubles the time-out.
    pub(super) fn back_off(&mut self, parameters: &Parameters) {
        self.rto = (self.rto * 2).min(parameters.rto_max);
    }
}
