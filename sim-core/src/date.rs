//! Dates of the proleptic Gregorian calendar, UTC: what a network's clocks show when it begins.
//!
//! Absent on purpose: time zones, leap seconds (POSIX has none), and the time that passes ([`crate::time`]).

use core::fmt;
use core::str::FromStr;
use core::time::Duration;

/// A second of the years 1970 to 9999, counted from the beginning of 1970 as POSIX counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(u64);

const DAY: u64 = 86_400;

impl Default for Date {
    /// The first moment of 2026.
    fn default() -> Date {
        Date(20_454 * DAY)
    }
}

impl Date {
    /// The time since the beginning of 1970.
    pub const fn since_1970(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// Days from the beginning of 1970 to that of a year.
const fn days_before(year: u64) -> u64 {
    let before = year - 1;
    year * 365 + before / 4 - before / 100 + before / 400 - 719_527
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A date that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDate;

impl FromStr for Date {
    type Err = NoDate;

    /// `2026-09-01` or `2026-09-01T08:30:00` (ISO 8601).
    fn from_str(text: &str) -> Result<Date, NoDate> {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
        let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
        let is_date = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day);
        if !is_date || hour > 23 || minute > 59 || second > 59 {
            return Err(NoDate);
        }
        let days = days_before(year) + (1..month).map(|month| days_of_month(year, month)).sum::<u64>() + day - 1;
        Ok(Date(days * DAY + hour * 3600 + minute * 60 + second))
    }
}

fn numbers(text: &str, between: char, digits: [usize; 3]) -> Result<[u64; 3], NoDate> {
    let mut parts = text.split(between);
    let mut part = |digits: usize| {
        let part = parts.next().filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()));
        part.and_then(|part| part.parse().ok()).ok_or(NoDate)
    };
    let found = [part(digits[0])?, part(digits[1])?, part(digits[2])?];
    if parts.next().is_some() { Err(NoDate) } else { Ok(found) }
}

impl fmt::Display for Date {
    /// Without the time at midnight.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / DAY, self.0 % DAY);
        // A year has 365.2425 days: the guess is one too high at most.
        let guess = 1970 + days * 400 / 146_097 + 1;
        let year = if days_before(guess) > days { guess - 1 } else { guess };
        let year = if days_before(year) > days { year - 1 } else { year };
        let (mut month, mut day) = (1, days - days_before(year));
        while day >= days_of_month(year, month) {
            day -= days_of_month(year, month);
            month += 1;
        }
        write!(f, "{year:04}-{month:02}-{:02}", day + 1)?;
        if second == 0 {
            return Ok(());
        }
        write!(f, "T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }
}
