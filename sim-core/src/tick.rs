//! The kernel's clock tick: timers are counted in ticks, and a far timer goes off with the granularity of its level in
//! the kernel's timer wheel (levels of 64 buckets, each level eight times as coarse as the one below).
//!
//! Absent on purpose: a wheel of our own (see [`crate::queue`]); this only says when Linux's would let a timer go off.

use core::time::Duration;

use crate::time::Instant;

/// Length of a tick (`CONFIG_HZ` = 250).
pub(crate) const LENGTH: Duration = Duration::from_millis(4);
/// Levels of the wheel.
const LEVELS: u32 = 9;
/// Ticks that the first level reaches.
const FIRST: u64 = 63;

/// Nanoseconds of a span. In 64 bits: this is on the path of every segment, and a division in 128 bits is a long one.
fn nanos(span: Duration) -> u64 {
    span.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(span.subsec_nanos()))
}

/// Ticks in a span, rounded up.
pub(crate) fn count(span: Duration, tick: Duration) -> u64 {
    nanos(span).div_ceil(nanos(tick).max(1))
}

/// The number of the tick that `now` is in.
pub(crate) fn number(now: Instant, tick: Duration) -> u64 {
    now.as_nanos() / nanos(tick).max(1)
}

/// A span in whole ticks, rounded up (`usecs_to_jiffies`).
pub(crate) fn round(span: Duration, tick: Duration) -> Duration {
    let tick = nanos(tick).max(1);
    Duration::from_nanos(nanos(span).div_ceil(tick).saturating_mul(tick))
}

/// When a timer goes off that is set now for this span (`calc_wheel_index`: never early).
pub(crate) fn expiry(now: Instant, span: Duration, tick: Duration) -> Instant {
    let length = nanos(tick).max(1);
    let ticks = count(span, tick);
    let level = (0..LEVELS).find(|level| ticks < FIRST << (3 * level)).unwrap_or(LEVELS - 1);
    let coarse = 1_u64 << (3 * level);
    let bucket = (number(now, tick) + ticks + coarse) / coarse * coarse;
    Instant::from_nanos(bucket.saturating_mul(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_timers_are_late_by_up_to_a_tick() {
        assert_eq!(expiry(Instant::from_millis(1), Duration::from_millis(40), LENGTH), Instant::from_millis(44));
        assert_eq!(expiry(Instant::from_millis(7), Duration::from_millis(40), LENGTH), Instant::from_millis(48));
    }

    #[test]
    fn a_second_is_counted_in_steps_of_eight_ticks() {
        // As recorded: SYNs come again after 1.024 s once they are in step with the wheel.
        let first = expiry(Instant::from_millis(17), Duration::from_secs(1), LENGTH);
        assert_eq!(first, Instant::from_millis(1024));
        assert_eq!(expiry(first, Duration::from_secs(1), LENGTH), Instant::from_millis(2048));
    }
}
