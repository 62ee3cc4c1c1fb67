//! Film time: the place of every moment of the trace on one strip that can be watched.
//!
//! Simulated time cannot be watched as it is: a header is put on in no time at all, and a server may think
//! for seconds. So the strip runs slower inside a host and faster where nothing moves, by fixed rules that depend on the
//! trace alone:
//!
//! - a step through a layer, a system call and a question to the real network take a **dwell**, a part of the link's delay;
//!   simulated time stands still meanwhile. In a busy stack the dwells shrink;
//! - while a frame is on its way, the strip runs as simulated time does;
//! - when nothing moves, the strip hurries, ever faster, up to [`HURRY`] times.
//!
//! What the page shows is a function of (trace, film time), so pause, step, seek and speed need no code of
//! their own. The scale that the page shows is computed here, so that it is honest at each moment.
//!
//! Absent on purpose: the wall clock and the playing (see [`super::player`]).

use std::time::Duration;

use sim_core::gateway::{Answer, Ask};
use sim_core::scenario::Scenario;
use sim_core::time::Instant;
use sim_core::trace::{Fact, Trace, What};

pub use super::kind::is_event;

/// A place on the strip, in nanoseconds of film from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct FilmTime(pub f64);

impl FilmTime {
    /// Milliseconds of film.
    pub fn as_millis(self) -> f64 {
        self.0 / 1e6
    }
}

/// How many times faster than simulated time the strip runs at most, where nothing moves.
pub const HURRY: f64 = 50.0;

/// Facts with a dwell that fit in [`BUSY_WINDOW`] before the dwells shrink.
const BUSY: f64 = 40.0;

/// The window in which a stack counts as busy, in nanoseconds.
const BUSY_WINDOW: f64 = 20e6;

/// Where a place on the strip lies in the trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The last fact that has begun, if any has.
    pub fact: Option<usize>,
    /// The simulated time.
    pub at: Instant,
    /// How far the dwell of that fact is, 0 to 1; 1 when it is over.
    pub within: f64,
    /// Simulated nanoseconds that pass here in a nanosecond of film: 0 inside a dwell, 1 while something moves.
    pub rate: f64,
}

/// The strip of one trace.
#[derive(Clone, Debug)]
pub struct Film {
    /// The unit of dwelling, in film nanoseconds.
    dwell: f64,
    /// The span after which a quiet network is hurried, in nanoseconds.
    patience: f64,
    frames: Vec<Still>,
    busy: f64,
}

/// One fact on the strip.
#[derive(Clone, Copy, Debug)]
struct Still {
    start: f64,
    dwell: f64,
    at: Instant,
    /// Until when frames that were sent so far are on their way.
    moving_until: Instant,
}

/// The unit of a network's time: the longest that a full frame takes over a link, by its delay or by its rate.
pub fn unit_of(scenario: &Scenario) -> Duration {
    /// Bits of the longest frame, and a billion: bits per second to nanoseconds.
    const FULL_FRAME: u64 = 1514 * 8 * 1_000_000_000;
    let serialisation = |rate: u64| FULL_FRAME.checked_div(rate).unwrap_or(0);
    let times = scenario.links.iter().map(|link| link.delay.max(Duration::from_nanos(serialisation(link.rate))));
    times.max().filter(|longest| !longest.is_zero()).unwrap_or(NO_TIME)
}

/// The unit where links take no time at all.
const NO_TIME: Duration = Duration::from_millis(1);

/// The unit of a trace of which no link is known: the time from one frame to the next, of half of them.
pub fn unit_of_trace(trace: &Trace) -> Duration {
    let spans = trace.facts().windows(2).map(|pair| pair[1].at.saturating_since(pair[0].at));
    let mut spans: Vec<Duration> = spans.filter(|span| !span.is_zero()).collect();
    let middle = spans.len() / 2;
    if spans.is_empty() {
        return NO_TIME;
    }
    let (_, span, _) = spans.select_nth_unstable(middle);
    (*span).clamp(Duration::from_micros(10), Duration::from_millis(100))
}

impl Film {
    /// An empty strip with this unit of time: a dwell is a part of it, and a network that is quiet for longer is hurried.
    pub fn new(unit: Duration) -> Film {
        let unit = unit.as_nanos().max(1) as f64;
        Film { dwell: unit / 5.0, patience: unit, frames: Vec::new(), busy: 0.0 }
    }

    /// Adds the next fact of the trace.
    pub fn push(&mut self, fact: &Fact) {
        let (start, moving_until) = match self.frames.last() {
            Some(last) => (self.end_of(last) + self.gap(last, fact.at), last.moving_until),
            // The strip starts where time does.
            None => (self.squeeze(fact.at.as_nanos() as f64), Instant::ZERO),
        };
        let moving_until = match &fact.what {
            What::Sent { arrives_at, .. } | What::Duplicated { arrives_at, .. } => moving_until.max(*arrives_at),
            _ => moving_until,
        };
        let dwell = self.dwell_of(fact);
        self.frames.push(Still { start, dwell, at: fact.at, moving_until });
    }

    /// The end of the last fact's dwell: what comes after it is not known yet.
    pub fn end(&self) -> FilmTime {
        FilmTime(self.frames.last().map_or(0.0, |last| self.end_of(last)))
    }

    /// The span of film for which a quiet network is shown at its own pace.
    pub fn patience(&self) -> f64 {
        self.patience
    }

    /// Where a fact begins on the strip.
    pub fn start(&self, fact: usize) -> FilmTime {
        FilmTime(self.frames.get(fact).map_or(0.0, |still| still.start))
    }

    /// Where a fact's dwell ends on the strip: the moment at which the whole of it is seen.
    pub fn done(&self, fact: usize) -> FilmTime {
        FilmTime(self.frames.get(fact).map_or(0.0, |still| self.end_of(still)))
    }

    /// A place on the strip at which the whole of a fact is seen, and nothing yet of the next.
    pub fn seen(&self, fact: usize) -> FilmTime {
        FilmTime(self.frames.get(fact).map_or(0.0, |still| still.start + still.dwell * 0.999))
    }

    /// The moment at a place of the strip. After the last fact it goes on as if nothing more happened.
    pub fn moment(&self, film: FilmTime) -> Moment {
        let begun = self.frames.partition_point(|still| still.start <= film.0);
        let Some(index) = begun.checked_sub(1) else {
            let at = self.stretch(film.0.max(0.0));
            return Moment { fact: None, at: Instant::from_nanos(at as u64), within: 1.0, rate: self.rate(at) };
        };
        let still = &self.frames[index];
        let end = self.end_of(still);
        if film.0 < end {
            let within = (film.0 - still.start) / still.dwell;
            return Moment { fact: Some(index), at: still.at, within, rate: 0.0 };
        }
        let into = film.0 - end;
        let moving = still.moving_until.saturating_since(still.at).as_nanos() as f64;
        let (span, rate) = if into <= moving {
            (into, 1.0)
        } else {
            let quiet = self.stretch(into - moving);
            (moving + quiet, self.rate(quiet))
        };
        let mut at = still.at + Duration::from_nanos(span as u64);
        if let Some(next) = self.frames.get(index + 1) {
            // Rounding must not show a fact's time before the fact.
            at = at.min(next.at);
        }
        Moment { fact: Some(index), at, within: 1.0, rate }
    }

    /// The place on the strip of a simulated time: the last place that shows it.
    pub fn place(&self, at: Instant) -> FilmTime {
        let begun = self.frames.partition_point(|still| still.at <= at);
        match begun.checked_sub(1) {
            None => FilmTime(self.squeeze(at.as_nanos() as f64)),
            Some(index) => {
                let still = &self.frames[index];
                FilmTime(self.end_of(still) + self.gap(still, at))
            }
        }
    }

    fn end_of(&self, still: &Still) -> f64 {
        still.start + still.dwell
    }

    /// Film from the end of a fact's dwell to a later simulated time, when nothing else happens between.
    fn gap(&self, from: &Still, to: Instant) -> f64 {
        let span = to.saturating_since(from.at).as_nanos() as f64;
        let moving = from.moving_until.saturating_since(from.at).as_nanos() as f64;
        if span <= moving { span } else { moving + self.squeeze(span - moving) }
    }

    /// Film that a quiet span takes: itself at first, then its logarithm, then a [`HURRY`]th.
    fn squeeze(&self, span: f64) -> f64 {
        let unit = span / self.patience;
        let film = if unit <= 1.0 {
            unit
        } else if unit <= HURRY {
            1.0 + unit.ln()
        } else {
            1.0 + HURRY.ln() + (unit - HURRY) / HURRY
        };
        film * self.patience
    }

    /// The inverse of [`Film::squeeze`].
    fn stretch(&self, film: f64) -> f64 {
        let unit = film / self.patience;
        let log_end = 1.0 + HURRY.ln();
        let span = if unit <= 1.0 {
            unit
        } else if unit <= log_end {
            (unit - 1.0).exp()
        } else {
            HURRY + (unit - log_end) * HURRY
        };
        span * self.patience
    }

    /// Simulated time per film time, so long after everything stood still.
    fn rate(&self, quiet: f64) -> f64 {
        (quiet / self.patience).clamp(1.0, HURRY)
    }

    fn dwell_of(&mut self, fact: &Fact) -> f64 {
        let units = match &fact.what {
            What::Encapsulated { .. } | What::Decapsulated { .. } => 1.0,
            What::Called { .. } | What::Returned { .. } => 1.5,
            // Credit is bookkeeping: nobody watches it.
            What::Asked { ask: Ask::Credit(_) | Ask::Allow(_), .. }
            | What::Answered { answer: Answer::Credit(_), .. } => return 0.0,
            What::Asked { .. } | What::Answered { .. } | What::Published { .. } => 2.5,
            // Real frames come many at a time, and each has its words beside its arrow.
            What::Captured { .. } => 3.0,
            // Every event has a place of its own on the strip, so that no step jumps over it.
            what if is_event(what) => 0.5,
            _ => return 0.0,
        };
        let quiet = self.frames.last().map_or(0.0, |last| fact.at.saturating_since(last.at).as_nanos() as f64);
        self.busy = self.busy * (-quiet / BUSY_WINDOW).exp() + 1.0;
        let crowding = (BUSY / self.busy).min(1.0);
        units * self.dwell * crowding * crowding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::trace::{FactId, FrameId, LinkId, NodeId};
    use std::sync::Arc;

    const MS: u64 = 1_000_000;

    fn fact(id: u32, at_ms: u64, what: What) -> Fact {
        Fact { id: FactId(id), at: Instant::from_millis(at_ms), node: NodeId(0), cause: None, what }
    }

    fn sent(at_ms: u64) -> What {
        What::Sent {
            link: LinkId(0),
            to: NodeId(1),
            frame: FrameId(0),
            bytes: Arc::from(&[][..]),
            sent_at: Instant::from_millis(at_ms),
            arrives_at: Instant::from_millis(at_ms + 10),
        }
    }

    fn header() -> What {
        What::Encapsulated {
            layer: sim_core::layer::Layer::Network,
            protocol: sim_core::layer::Protocol::Ipv4,
            header: Arc::from(&[][..]),
            payload: 0,
        }
    }

    fn delivered() -> What {
        What::Delivered { link: LinkId(0), from: NodeId(0), frame: FrameId(0) }
    }

    fn film(whats: Vec<(u64, What)>) -> Film {
        let mut film = Film::new(Duration::from_millis(10));
        for (id, (at, what)) in whats.into_iter().enumerate() {
            film.push(&fact(id as u32, at, what));
        }
        film
    }

    #[test]
    fn time_stands_still_while_a_header_is_put_on() {
        let film = film(vec![(0, header()), (0, sent(0)), (10, delivered())]);
        let middle = film.moment(FilmTime(1e6));
        assert_eq!((middle.fact, middle.at, middle.rate), (Some(0), Instant::ZERO, 0.0));
        assert!((middle.within - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_frame_on_its_way_runs_as_simulated_time_does() {
        let film = film(vec![(0, header()), (0, sent(0)), (10, delivered())]);
        // The header, the sending, and half the way.
        let moment = film.moment(FilmTime(2e6 + 1e6 + 5e6));
        assert_eq!((moment.fact, moment.at, moment.rate), (Some(1), Instant::from_millis(5), 1.0));
        assert_eq!(film.end(), FilmTime(14e6));
    }

    #[test]
    fn a_quiet_network_is_hurried_but_never_beyond_the_limit() {
        let film = film(vec![(0, sent(0)), (10, delivered()), (60_000, delivered())]);
        let quiet_film = film.start(2).0 - film.start(1).0;
        assert!(quiet_film < 1.3e9, "a minute of waiting takes {quiet_film} ns of film");
        let late = film.moment(FilmTime(film.start(2).0 - 1e6));
        assert_eq!(late.rate, HURRY);
    }

    #[test]
    fn place_and_moment_are_inverse() {
        let film = film(vec![(0, header()), (0, sent(0)), (10, delivered()), (700, header()), (700, sent(700))]);
        for ms in [0, 3, 9, 10, 15, 40, 300, 699, 700, 705, 710, 2000] {
            let at = Instant::from_millis(ms);
            let back = film.moment(film.place(at)).at;
            let off = back.saturating_since(at).max(at.saturating_since(back));
            assert!(off.as_nanos() < 1_000, "{at} came back as {back}");
        }
    }

    #[test]
    fn moments_never_go_back() {
        let film = film(vec![(0, header()), (0, sent(0)), (10, delivered()), (500, header()), (500, sent(500))]);
        let mut last = film.moment(FilmTime(0.0));
        for step in 1..2_000 {
            let moment = film.moment(FilmTime(f64::from(step) * 1e5));
            assert!(moment.at >= last.at && moment.fact >= last.fact, "{last:?} then {moment:?}");
            last = moment;
        }
    }

    #[test]
    fn a_busy_stack_dwells_less() {
        let busy = film((0..400).map(|_| (0, header())).collect());
        let alone = film(vec![(0, header())]);
        assert!(busy.end().0 < 120.0 * alone.end().0, "{:?} against {:?}", busy.end(), alone.end());
        assert_eq!(alone.end().0, 2.0 * MS as f64);
    }
}
