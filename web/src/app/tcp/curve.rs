//! Variables over time, with the least and greatest value of every stretch: a picture costs what its pixels cost, however
//! long the trace is.
//!
//! Absent on purpose: units and words (see `view::plots`).

use sim_core::gateway::KernelInfo;
use sim_core::time::Instant;
use sim_core::trace::{FactId, TcpVars};

/// A variable of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// Congestion window, in bytes.
    Cwnd,
    /// Slow-start threshold, in bytes.
    Ssthresh,
    /// Bytes that were sent and are not acknowledged.
    Flight,
    /// The peer's receive window, in bytes.
    SendWindow,
    /// The own receive window, in bytes.
    ReceiveWindow,
    /// Smoothed round-trip time, in microseconds.
    Srtt,
    /// Variation of the round-trip time, in microseconds.
    Rttvar,
    /// Retransmission time-out, in microseconds.
    Rto,
    /// Bytes in the send buffer.
    SendQueue,
    /// Bytes in the receive buffer.
    ReceiveQueue,
    /// Bytes that the peer has acknowledged since the beginning.
    Acked,
    /// Bytes that have arrived in order since the beginning.
    Received,
}

/// How many variables there are.
const VARIABLES: usize = 12;

/// Points that make one of the next coarser level.
const FAN: usize = 16;

/// A value that is not there: unknown, or infinite.
pub const NONE: u32 = u32::MAX;

/// Values of all variables at a point.
pub type Values = [u32; VARIABLES];

/// The variables of one connection over time.
pub type Variables = Curve<VARIABLES>;

/// The least and the greatest values of a stretch.
type Extremes<const N: usize> = ([u32; N], [u32; N]);

/// So many numbers over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve<const N: usize> {
    points: Vec<(Instant, FactId)>,
    values: Vec<[u32; N]>,
    /// Extremes of stretches of [`FAN`] points, of [`FAN`] such stretches, and so on.
    levels: Vec<Vec<Extremes<N>>>,
}

impl<const N: usize> Default for Curve<N> {
    fn default() -> Curve<N> {
        Curve { points: Vec::new(), values: Vec::new(), levels: Vec::new() }
    }
}

/// The values that a fact of the simulated kernel tells.
pub fn of_vars(vars: &TcpVars) -> Values {
    let micros = |time: std::time::Duration| time.as_micros().min(u128::from(NONE - 1)) as u32;
    // Before the first sample there is no round-trip time (RFC 6298 §2.1).
    let sampled = |time| if vars.srtt.is_zero() { NONE } else { micros(time) };
    let since = |to: u32, from: u32| if from == 0 && to == 0 { 0 } else { to.wrapping_sub(from).saturating_sub(1) };
    [
        vars.cwnd,
        vars.ssthresh,
        vars.snd_nxt.wrapping_sub(vars.snd_una),
        vars.snd_wnd,
        vars.rcv_wnd,
        sampled(vars.srtt),
        sampled(vars.rttvar),
        micros(vars.rto),
        vars.send_queue,
        vars.receive_queue,
        since(vars.snd_una, vars.iss),
        since(vars.rcv_nxt, vars.irs),
    ]
}

/// The values that a real kernel told. Windows that it counts in segments are as many times its largest segment.
pub fn of_info(info: &KernelInfo) -> Values {
    let get = |name| info.get(name);
    let plain = |name| get(name).map_or(NONE, |value| value.min(u64::from(NONE - 1)) as u32);
    let segments = |name| match (get(name), get("snd_mss")) {
        // `TCP_INFINITE_SSTHRESH`: there was no loss yet.
        (Some(count), Some(size)) if count < 0x7fff_ffff => count.saturating_mul(size).min(u64::from(NONE - 1)) as u32,
        _ => NONE,
    };
    [
        segments("snd_cwnd"),
        segments("snd_ssthresh"),
        segments("unacked"),
        plain("snd_wnd"),
        NONE,
        plain("rtt"),
        plain("rttvar"),
        plain("rto"),
        NONE,
        NONE,
        plain("bytes_acked"),
        plain("bytes_received"),
    ]
}

impl<const N: usize> Curve<N> {
    /// Adds the newest values.
    pub fn push(&mut self, at: Instant, fact: FactId, values: [u32; N]) {
        let mut place = self.points.len();
        self.points.push((at, fact));
        self.values.push(values);
        let mut level = 0;
        while level < self.levels.len() || place > 0 && place.is_multiple_of(FAN) {
            place /= FAN;
            if level == self.levels.len() {
                let whole = self.summary(level, 0);
                self.levels.push(vec![whole]);
            }
            match self.levels[level].get_mut(place) {
                Some(stretch) => widen(stretch, &(values, values)),
                None => self.levels[level].push((values, values)),
            }
            level += 1;
        }
    }

    /// Takes the newest values back.
    pub fn take_back(&mut self) {
        self.points.pop();
        self.values.pop();
        let mut count = self.values.len();
        for level in 0..self.levels.len() {
            count = count.div_ceil(FAN);
            self.levels[level].truncate(count);
            if let Some(last) = count.checked_sub(1) {
                self.levels[level][last] = self.summary(level, last);
            }
        }
    }

    /// A stretch of a level, from those below.
    fn summary(&self, level: usize, stretch: usize) -> Extremes<N> {
        let mut sum = ([NONE; N], [0; N]);
        let below = stretch * FAN..(stretch + 1) * FAN;
        match level.checked_sub(1) {
            None => self.values.iter().take(below.end).skip(below.start).for_each(|v| widen(&mut sum, &(*v, *v))),
            Some(level) => {
                self.levels[level].iter().take(below.end).skip(below.start).for_each(|part| widen(&mut sum, part));
            }
        }
        sum
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// How many points there had been up to and with a fact.
    pub fn until(&self, fact: FactId) -> usize {
        self.points.partition_point(|(_, known)| *known <= fact)
    }

    /// How many points there had been before a time.
    pub fn before(&self, at: Instant) -> usize {
        self.points.partition_point(|(known, _)| *known < at)
    }

    /// When and at which fact the newest point is.
    pub fn newest(&self) -> Option<(Instant, FactId)> {
        self.points.last().copied()
    }

    /// When and at which fact a point is.
    pub fn point(&self, place: usize) -> Option<(Instant, FactId)> {
        self.points.get(place).copied()
    }

    /// The value of a variable at a point, by its place among them; `None` where it has none.
    pub fn value(&self, place: usize, column: usize) -> Option<u32> {
        self.values.get(place).map(|values| values[column]).filter(|value| *value != NONE)
    }

    /// The least and greatest value of a variable among the points `from..to`.
    pub fn extremes(&self, from: usize, to: usize, column: usize) -> Option<(u32, u32)> {
        let mut sum = (NONE, 0);
        let (mut from, to) = (from, to.min(self.points.len()));
        while from < to {
            // The coarsest stretch that begins here and does not reach beyond.
            let (mut level, mut width) = (0, 1);
            while level < self.levels.len() && from.is_multiple_of(width * FAN) && from + width * FAN <= to {
                (level, width) = (level + 1, width * FAN);
            }
            let (least, most) = match level.checked_sub(1) {
                None => (self.values[from][column], self.values[from][column]),
                Some(level) => {
                    let (least, most) = &self.levels[level][from / width];
                    (least[column], most[column])
                }
            };
            sum = (sum.0.min(least), sum.1.max(if most == NONE { 0 } else { most }));
            from += width;
        }
        (sum.0 != NONE).then_some(sum)
    }
}

/// What is absent counts for nothing.
fn widen<const N: usize>(sum: &mut Extremes<N>, part: &Extremes<N>) {
    for variable in 0..N {
        sum.0[variable] = sum.0[variable].min(part.0[variable]);
        let most = part.1[variable];
        if most != NONE {
            sum.1[variable] = if sum.1[variable] == NONE { most } else { sum.1[variable].max(most) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(count: u32, value: impl Fn(u32) -> u32) -> Variables {
        let mut curve = Curve::default();
        for place in 0..count {
            let mut values = [NONE; VARIABLES];
            values[0] = value(place);
            curve.push(Instant::from_nanos(u64::from(place) * 10), FactId(place * 3), values);
        }
        curve
    }

    #[test]
    fn extremes_are_those_of_every_point() {
        let value = |place: u32| if place % 97 == 5 { NONE } else { place.wrapping_mul(2_654_435_761) >> 7 };
        let curve = curve(5_000, value);
        for (from, to) in [(0, 1), (0, 5_000), (3, 4_999), (255, 257), (256, 512), (17, 4_097), (4_990, 5_000), (5, 6)]
        {
            let values: Vec<u32> = (from..to).map(value).filter(|value| *value != NONE).collect();
            let wanted = values.iter().min().map(|least| (*least, *values.iter().max().unwrap()));
            assert_eq!(curve.extremes(from as usize, to as usize, Variable::Cwnd as usize), wanted, "{from}..{to}");
        }
        assert_eq!(curve.extremes(0, 5_000, Variable::Srtt as usize), None);
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let value = |place: u32| place.wrapping_mul(2_654_435_761) >> 7;
        for count in [1, 15, 16, 17, 255, 256, 257, 300] {
            let (mut shorter, whole) = (curve(count, value), curve(count, value));
            let [at, most] = [u64::from(count) * 10, u64::from(NONE - 1)];
            shorter.push(Instant::from_nanos(at), FactId(count * 3), [most as u32; VARIABLES]);
            shorter.take_back();
            for from in 0..count as usize {
                let extremes = |curve: &Variables| curve.extremes(from, count as usize, Variable::Cwnd as usize);
                assert_eq!(extremes(&shorter), extremes(&whole), "{from}..{count}");
            }
            assert_eq!(shorter.newest(), whole.newest());
        }
    }

    #[test]
    fn a_kernel_may_say_any_number() {
        use sim_core::gateway::InfoField;
        let named =
            |name: &str| (0..=u8::MAX).map(InfoField).find(|field| field.to_string() == name).expect("it is one");
        let fields = [("snd_cwnd", 0x7fff_fffe), ("snd_ssthresh", 2), ("snd_mss", u64::MAX), ("rtt", u64::MAX)];
        let info = KernelInfo { fields: fields.map(|(name, value)| (named(name), value)).into() };
        let values = of_info(&info);
        let most = [Variable::Cwnd, Variable::Ssthresh, Variable::Srtt].map(|variable| values[variable as usize]);
        assert_eq!(most, [NONE - 1; 3]);
    }

    #[test]
    fn points_are_found_by_fact_and_by_time() {
        let curve = curve(100, |place| place);
        assert_eq!((curve.until(FactId(29)), curve.until(FactId(30))), (10, 11));
        assert_eq!((curve.before(Instant::from_nanos(50)), curve.before(Instant::from_nanos(51))), (5, 6));
    }
}
