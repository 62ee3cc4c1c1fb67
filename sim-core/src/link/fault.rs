//! What goes wrong on a link: the one place where a frame's fate is decided, as a verdict.
//!
//! Each kind of fault has a stream of its own, and a frame's draw is a function of its place in the direction. So a
//! rule that is changed, while the network runs too, leaves what other rules do alone.
//!
//! Absent on purpose: knowledge of what is in a frame. A rule that looks inside belongs to the scenario's author,
//! who names the frame by its place.

use core::time::Duration;

use crate::random::{Purpose, Stream, scale};
use crate::scenario::Faults;
use crate::time::Instant;

/// Shares are millionths.
const ALL: u64 = 1_000_000;

/// What becomes of a frame on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It arrives.
    Deliver(Delivery),
    /// It is lost.
    Lose,
}

/// How a frame arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Delivery {
    /// So much later than the link's delay says; frames keep their order.
    pub(super) late: Duration,
    /// But not before this time.
    pub(super) earliest: Instant,
    /// And then it stands aside for so long, while others pass.
    pub(super) held: Duration,
    /// A copy follows it.
    pub(super) twice: bool,
    /// A bit of it is turned over: the draw that says which.
    pub(super) damage: Option<u64>,
}

/// The faults of one direction, and how far they have come.
#[derive(Clone, Debug)]
pub(super) struct FaultState {
    /// The lists in it are sorted.
    faults: Faults,
    /// Nothing ever goes wrong: most links are so, and cost nothing.
    none: bool,
    streams: Streams,
    /// The last frame was lost to a burst, and the next may be.
    in_burst: bool,
    /// Frames judged so far.
    judged: u64,
}

#[derive(Clone, Copy, Debug)]
struct Streams {
    loss: Stream,
    jitter: Stream,
    duplication: Stream,
    corruption: Stream,
    bit: Stream,
    reordering: Stream,
}

impl FaultState {
    pub(super) fn new(faults: &Faults, seed: u64, direction: u64) -> FaultState {
        let stream = |purpose| Stream::new(seed, purpose, direction);
        let streams = Streams {
            loss: stream(Purpose::Link),
            jitter: stream(Purpose::Jitter),
            duplication: stream(Purpose::Duplication),
            corruption: stream(Purpose::Corruption),
            bit: stream(Purpose::Bit),
            reordering: stream(Purpose::Reordering),
        };
        let mut state = FaultState { faults: Faults::default(), none: true, streams, in_burst: false, judged: 0 };
        state.set(faults.clone());
        state
    }

    /// Other faults from now on. Lists go on naming frames by their place from the direction's first.
    pub(super) fn set(&mut self, faults: Faults) {
        self.faults = faults;
        let Faults { lose, duplicate, corrupt, reorder, .. } = &mut self.faults;
        for list in [lose, duplicate, corrupt, reorder] {
            list.sort_unstable();
        }
        self.none = Faults { down: false, ..self.faults.clone() } == Faults::default();
        self.in_burst &= self.faults.burst > 1;
    }

    /// Whether the cable is cut.
    pub(super) fn down(&self) -> bool {
        self.faults.down
    }

    /// The fate of the next frame.
    pub(super) fn verdict(&mut self, jitter: Duration) -> Verdict {
        self.judged += 1;
        if self.none && jitter.is_zero() {
            return Verdict::Deliver(Delivery::default());
        }
        let unlucky = self.loses();
        let faults = &self.faults;
        if unlucky || self.is_listed(&faults.lose) {
            return Verdict::Lose;
        }
        let Streams { duplication, corruption, bit, reordering, .. } = self.streams;
        let befalls = |stream, share, list: &[u64]| self.is_drawn(stream, share) || self.is_listed(list);
        let held = befalls(reordering, faults.reorder_ppm, &faults.reorder);
        let damaged = befalls(corruption, faults.corrupt_ppm, &faults.corrupt);
        Verdict::Deliver(Delivery {
            late: self.listed(&self.faults.late) + self.jitter(jitter),
            earliest: Instant::ZERO + self.listed(&self.faults.arrive),
            held: if held { faults.reorder_by } else { Duration::ZERO },
            twice: befalls(duplication, faults.duplicate_ppm, &faults.duplicate),
            damage: damaged.then(|| bit.at(self.judged)),
        })
    }

    fn is_listed(&self, list: &[u64]) -> bool {
        list.binary_search(&self.judged).is_ok()
    }

    fn is_drawn(&self, stream: Stream, share: u32) -> bool {
        share > 0 && scale(stream.at(self.judged), ALL) < u64::from(share)
    }

    /// Gilbert's model (1960) with every frame of the bad state lost: the two chances of a change of state are those at which
    /// runs have the mean length and losses the share that the faults ask for. Runs of one frame are independent losses.
    fn loses(&mut self) -> bool {
        let (share, burst) = (self.faults.loss_ppm, u64::from(self.faults.burst));
        if burst <= 1 || u64::from(share) == ALL {
            return self.is_drawn(self.streams.loss, share);
        }
        let share = u64::from(share);
        let draw = self.streams.loss.at(self.judged);
        let chance =
            |part: u64, whole: u64| ((u128::from(part) << 64) / u128::from(whole)).min(u128::from(u64::MAX)) as u64;
        self.in_burst =
            if self.in_burst { draw >= chance(1, burst) } else { draw < chance(share, burst * (ALL - share)) };
        self.in_burst
    }

    /// What a list of spans says of this frame.
    fn listed(&self, spans: &[Duration]) -> Duration {
        let place = usize::try_from(self.judged - 1).ok();
        place.and_then(|place| spans.get(place)).copied().unwrap_or_default()
    }

    fn jitter(&self, most: Duration) -> Duration {
        let most = u64::try_from(most.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(scale(self.streams.jitter.at(self.judged), most.saturating_add(1)))
    }
}
