//! What can be set: the names of controls, the stops of their sliders, and how their values are written.
//!
//! Every value is a whole number, so that one control serves them all: shares are millionths, times nanoseconds, sizes bytes, rates bits
//! a second; switches are 0 and 1. A control has stops, which go up as people count (1, 2, 5, 10 …); between them whatever is
//! written counts as well.
//!
//! Absent on purpose: words, and which values a network takes (it says so itself).

use std::time::Duration;

use sim_core::scenario::text;

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Knob {
    Loss,
    Burst,
    Duplicate,
    Corrupt,
    Reorder,
    ReorderBy,
    Cut,
    Rate,
    Delay,
    Jitter,
    Queue,
    Ttl,
    SendBuffer,
    SendBufferMax,
    ReceiveBuffer,
    ReceiveBufferMax,
    Mss,
    Nagle,
    DelayedAck,
    Congestion,
    InitialWindow,
    SynRetries,
    TimeWait,
    Timestamps,
    Sack,
    WindowScaling,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Unit {
    Share,
    Time,
    Rate,
    Size,
    Number,
    /// On or off.
    Switch,
    /// A name of two: CUBIC or Reno.
    Control,
}

impl Knob {
    /// What one direction of a link has.
    pub const DIRECTION: [Knob; 7] =
        [Knob::Loss, Knob::Burst, Knob::Reorder, Knob::ReorderBy, Knob::Duplicate, Knob::Corrupt, Knob::Cut];
    /// What a link has.
    pub const LINK: [Knob; 4] = [Knob::Rate, Knob::Delay, Knob::Jitter, Knob::Queue];
    /// What a host has.
    pub const HOST: [Knob; 15] = [
        Knob::Nagle,
        Knob::DelayedAck,
        Knob::Congestion,
        Knob::InitialWindow,
        Knob::Mss,
        Knob::SendBuffer,
        Knob::SendBufferMax,
        Knob::ReceiveBuffer,
        Knob::ReceiveBufferMax,
        Knob::SynRetries,
        Knob::TimeWait,
        Knob::Ttl,
        Knob::Timestamps,
        Knob::Sack,
        Knob::WindowScaling,
    ];

    /// Its name in ids.
    pub const fn name(self) -> &'static str {
        match self {
            Knob::Loss => "loss",
            Knob::Burst => "burst",
            Knob::Duplicate => "duplicate",
            Knob::Corrupt => "corrupt",
            Knob::Reorder => "reorder",
            Knob::ReorderBy => "reorder-by",
            Knob::Cut => "cut",
            Knob::Rate => "rate",
            Knob::Delay => "delay",
            Knob::Jitter => "jitter",
            Knob::Queue => "queue",
            Knob::Ttl => "ttl",
            Knob::SendBuffer => "send-buffer",
            Knob::SendBufferMax => "send-buffer-max",
            Knob::ReceiveBuffer => "receive-buffer",
            Knob::ReceiveBufferMax => "receive-buffer-max",
            Knob::Mss => "mss",
            Knob::Nagle => "nagle",
            Knob::DelayedAck => "delayed-ack",
            Knob::Congestion => "congestion",
            Knob::InitialWindow => "initial-window",
            Knob::SynRetries => "syn-retries",
            Knob::TimeWait => "time-wait",
            Knob::Timestamps => "timestamps",
            Knob::Sack => "sack",
            Knob::WindowScaling => "window-scaling",
        }
    }

    /// How its values are written.
    pub const fn unit(self) -> Unit {
        match self {
            Knob::Loss | Knob::Duplicate | Knob::Corrupt | Knob::Reorder => Unit::Share,
            Knob::ReorderBy | Knob::Delay | Knob::Jitter | Knob::DelayedAck | Knob::TimeWait => Unit::Time,
            Knob::Rate => Unit::Rate,
            Knob::SendBuffer | Knob::SendBufferMax | Knob::ReceiveBuffer | Knob::ReceiveBufferMax => Unit::Size,
            Knob::Burst | Knob::Queue | Knob::Ttl | Knob::Mss | Knob::InitialWindow | Knob::SynRetries => Unit::Number,
            Knob::Cut | Knob::Nagle | Knob::Timestamps | Knob::Sack | Knob::WindowScaling => Unit::Switch,
            Knob::Congestion => Unit::Control,
        }
    }

    /// The values at which its slider stops, upwards; for switches both.
    pub const fn stops(self) -> &'static [u64] {
        const MS: u64 = 1_000_000;
        const S: u64 = 1000 * MS;
        const K: u64 = 1 << 10;
        match self {
            Knob::Loss | Knob::Duplicate | Knob::Corrupt | Knob::Reorder => &[
                0, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 300_000, 500_000,
                1_000_000,
            ],
            Knob::Burst => &[1, 2, 3, 4, 5, 10, 20, 50],
            Knob::Delay | Knob::Jitter | Knob::ReorderBy => &[
                0,
                MS / 100,
                MS / 10,
                MS / 5,
                MS / 2,
                MS,
                2 * MS,
                5 * MS,
                10 * MS,
                20 * MS,
                50 * MS,
                100 * MS,
                200 * MS,
                300 * MS,
                500 * MS,
                S,
                2 * S,
            ],
            Knob::Rate => &[
                9600,
                64_000,
                128_000,
                256_000,
                512_000,
                1_000_000,
                2_000_000,
                5_000_000,
                10_000_000,
                20_000_000,
                50_000_000,
                100_000_000,
                1_000_000_000,
                10_000_000_000,
                0,
            ],
            Knob::Queue => &[0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10_000],
            Knob::Ttl => &[1, 2, 3, 5, 10, 20, 32, 64, 128, 255],
            Knob::SendBuffer | Knob::SendBufferMax => &[
                4608,
                8 * K,
                16 * K,
                32 * K,
                64 * K,
                128 * K,
                256 * K,
                512 * K,
                1024 * K,
                2048 * K,
                4096 * K,
                16_384 * K,
            ],
            Knob::ReceiveBuffer | Knob::ReceiveBufferMax => {
                &[2304, 4 * K, 8 * K, 16 * K, 32 * K, 64 * K, 128 * K, 256 * K, 512 * K, 1024 * K, 4096 * K, 32_768 * K]
            }
            Knob::Mss => &[88, 128, 256, 512, 536, 1000, 1220, 1400, 1460, 0],
            Knob::InitialWindow => &[1, 2, 3, 4, 5, 10, 20, 50, 100],
            Knob::SynRetries => &[1, 2, 3, 4, 5, 6, 8, 10, 20],
            Knob::DelayedAck => &[0, MS, 5 * MS, 10 * MS, 20 * MS, 40 * MS, 100 * MS, 200 * MS],
            Knob::TimeWait => &[MS, 100 * MS, 500 * MS, S, 5 * S, 10 * S, 30 * S, 60 * S, 120 * S, 240 * S],
            Knob::Cut | Knob::Nagle | Knob::Timestamps | Knob::Sack | Knob::WindowScaling | Knob::Congestion => &[0, 1],
        }
    }

    /// The stop that is nearest to a value.
    pub fn stop_of(self, value: u64) -> usize {
        let stops = self.stops();
        let near = (0..stops.len()).min_by_key(|place| stops[*place].abs_diff(value));
        // Zero stands for "no limit" at the end of some, and is near nothing else.
        stops.iter().position(|stop| *stop == value).or(near).unwrap_or(0)
    }

    /// What is written, as a value.
    pub fn read(self, written: &str) -> Option<u64> {
        let written = written.trim();
        let compact: String = written.split_whitespace().collect();
        let number = |text: &str| text.parse::<u64>().ok();
        match self.unit() {
            Unit::Share => {
                let percent = compact.trim_end_matches(['%', '％']);
                text::share(&format!("{percent}%")).map(u64::from)
            }
            // A bare number is milliseconds: what most of these are.
            Unit::Time => text::duration(&compact)
                .or_else(|| text::duration(&format!("{compact}ms")))
                .and_then(|span| u64::try_from(span.as_nanos()).ok()),
            Unit::Rate => text::rate(&compact).or_else(|| text::rate(&format!("{compact}bit/s"))),
            Unit::Size => text::size(&compact),
            Unit::Number | Unit::Switch | Unit::Control => number(&compact),
        }
    }

    /// A value as it is written.
    pub fn text(self, value: u64) -> String {
        match self.unit() {
            Unit::Share => text::Share(u32::try_from(value).unwrap_or(u32::MAX)).to_string(),
            Unit::Time => text::Span(Duration::from_nanos(value)).to_string(),
            Unit::Rate => text::Rate(value).to_string(),
            Unit::Size => text::Size(value).to_string(),
            Unit::Number | Unit::Switch => value.to_string(),
            Unit::Control => (if value == 0 { "CUBIC" } else { "Reno" }).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_go_up_and_are_read_as_they_are_written() {
        let all = Knob::DIRECTION.into_iter().chain(Knob::LINK).chain(Knob::HOST);
        for knob in all.filter(|knob| !matches!(knob.unit(), Unit::Switch | Unit::Control)) {
            let stops = knob.stops();
            let zero_last = stops.len() - usize::from(stops.last() == Some(&0));
            assert!(stops[..zero_last].is_sorted_by(|a, b| a < b), "{knob:?}");
            for (place, stop) in stops.iter().enumerate() {
                assert_eq!(knob.read(&knob.text(*stop)), Some(*stop), "{knob:?} {}", knob.text(*stop));
                assert_eq!(knob.stop_of(*stop), place, "{knob:?}");
            }
        }
    }

    #[test]
    fn what_people_write_is_understood() {
        let read = [
            (Knob::Loss, "1", 10_000),
            (Knob::Loss, "0.5 %", 5000),
            (Knob::Delay, "20", 20_000_000),
            (Knob::Delay, "1.5 s", 1_500_000_000),
            (Knob::Rate, "2 Mbit/s", 2_000_000),
            (Knob::Rate, "unlimited", 0),
            (Knob::ReceiveBuffer, "64 KiB", 65_536),
        ];
        for (knob, written, value) in read {
            assert_eq!(knob.read(written), Some(value), "{written}");
        }
        for (knob, written) in [(Knob::Loss, "x"), (Knob::Delay, "-1"), (Knob::Queue, "1.5"), (Knob::Rate, "")] {
            assert_eq!(knob.read(written), None, "{written}");
        }
    }

    #[test]
    fn the_nearest_stop() {
        assert_eq!(Knob::Loss.stops()[Knob::Loss.stop_of(11_000)], 10_000);
        assert_eq!(Knob::Rate.stops()[Knob::Rate.stop_of(0)], 0);
        assert_eq!(Knob::Mss.stops()[Knob::Mss.stop_of(1450)], 1460);
    }
}
