//! Quantities as people write them: `10ms`, `10Mbit/s`, `0.1%`, `64kB`, and back.
//!
//! Absent on purpose: floating point. A decimal fraction is read digit by digit, and one that cannot be kept exactly is refused.

use core::fmt;
use core::time::Duration;

const NANOS: [(&str, u64); 7] = [
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1000),
    ("µs", 1000),
    ("ns", 1),
];
const BITS: [(&str, u64); 4] = [("Gbit/s", 1_000_000_000), ("Mbit/s", 1_000_000), ("kbit/s", 1000), ("bit/s", 1)];
const BYTES: [(&str, u64); 6] =
    [("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000), ("KiB", 1 << 10), ("kB", 1000), ("B", 1)];

/// A decimal number times a unit: whole, or nothing.
fn scaled(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !is_number(whole) || !is_number(fraction) || fraction.len() > 18 {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    let parts = if fraction.is_empty() { 0 } else { fraction.parse::<u128>().ok()? };
    let divisor = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let parts = parts * u128::from(unit);
    if parts % divisor != 0 {
        return None;
    }
    whole.checked_mul(unit)?.checked_add(u64::try_from(parts / divisor).ok()?)
}

/// Splits `10ms…` into number, unit and the rest.
fn split(text: &str) -> (&str, &str, &str) {
    let number = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number);
    let unit = rest.find(|letter: char| letter.is_ascii_digit()).unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit);
    (number, unit, rest)
}

/// `10ms`, `1.5s`, `2h4min`; a bare `0` too.
pub(super) fn duration(text: &str) -> Option<Duration> {
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let (mut nanos, mut rest) = (0_u64, text);
    while !rest.is_empty() {
        let (number, unit, next) = split(rest);
        let (_, unit) = NANOS.iter().find(|(name, _)| *name == unit)?;
        nanos = nanos.checked_add(scaled(number, *unit)?)?;
        rest = next;
    }
    (!text.is_empty()).then(|| Duration::from_nanos(nanos))
}

/// `10Mbit/s`, `10Mbps`, `unlimited`.
pub(super) fn rate(text: &str) -> Option<u64> {
    if text == "unlimited" {
        return Some(0);
    }
    let (number, unit, rest) = split(text);
    let unit = unit.replace("bps", "bit/s");
    let (_, bits) = BITS.iter().find(|(name, _)| *name == unit)?;
    scaled(number, *bits).filter(|rate| *rate > 0 && rest.is_empty())
}

/// `1%`, `0.1%`: in millionths.
pub(super) fn share(text: &str) -> Option<u32> {
    let millionths = scaled(text.strip_suffix(['%', '％'])?, 10_000)?;
    u32::try_from(millionths).ok().filter(|share| *share <= 1_000_000)
}

/// `1024`, `64kB`, `1MiB`.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit, rest) = split(text);
    if !rest.is_empty() {
        return None;
    }
    if unit.is_empty() {
        return number.parse().ok();
    }
    let (_, bytes) = BYTES.iter().find(|(name, _)| *name == unit)?;
    scaled(number, *bytes)
}

fn in_largest(f: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)], zero: &str) -> fmt::Result {
    let unit = units.iter().find(|(_, unit)| value != 0 && value.is_multiple_of(*unit));
    match unit {
        Some((name, unit)) => write!(f, "{}{name}", value / unit),
        None => f.write_str(zero),
    }
}

/// A span in the largest unit that keeps it whole.
#[derive(Clone, Copy, Debug)]
pub struct Span(pub Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_largest(f, u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX), &NANOS, "0s")
    }
}

/// A rate in the largest unit that keeps it whole.
#[derive(Clone, Copy, Debug)]
pub struct Rate(pub u64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_largest(f, self.0, &BITS, "unlimited")
    }
}

/// Bytes in the largest unit that keeps them whole.
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_largest(f, self.0, &BYTES, "0")
    }
}

/// Millionths as a percentage.
#[derive(Clone, Copy, Debug)]
pub struct Share(pub u32);

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, parts) = (self.0 / 10_000, self.0 % 10_000);
        if parts == 0 {
            return write!(f, "{whole}%");
        }
        let parts = format!("{parts:04}");
        write!(f, "{whole}.{}%", parts.trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1500)));
        assert_eq!(duration("2h4min"), Some(Duration::from_secs(7440)));
        assert_eq!(duration("0.0000000001s"), None);
        for wrong in ["", "10", "ms", "1.2.3s", "-1s", "99999999999h", "1s2", "."] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
        for nanos in [0, 1, 999, 1000, 1_500_000, 7_440_000_000_000, u64::MAX] {
            let span = Duration::from_nanos(nanos);
            assert_eq!(duration(&Span(span).to_string()), Some(span));
        }
    }

    #[test]
    fn rates_shares_and_sizes() {
        assert_eq!(
            (rate("10Mbit/s"), rate("1.5Gbps"), rate("unlimited")),
            (Some(10_000_000), Some(1_500_000_000), Some(0))
        );
        assert_eq!((rate("0bit/s"), rate("10"), rate("10Mbit/s1")), (None, None, None));
        assert_eq!(
            (share("0.1%"), share("100%"), share("100.1%"), share("0.00001%")),
            (Some(1000), Some(1_000_000), None, None)
        );
        assert_eq!((size("64kB"), size("1.5KiB"), size("12"), size("x")), (Some(64_000), Some(1536), Some(12), None));
        for bytes in [1, 1000, 1536, 131_072, 4 << 20, u64::from(u32::MAX)] {
            assert_eq!(size(&Size(bytes).to_string()), Some(bytes));
        }
        for share_ppm in [0, 1, 10, 1000, 12_345, 1_000_000] {
            assert_eq!(share(&Share(share_ppm).to_string()), Some(share_ppm));
        }
        for bits in [0, 1, 9600, 10_000_000, u64::MAX] {
            assert_eq!(rate(&Rate(bits).to_string()), Some(bits));
        }
    }
}
