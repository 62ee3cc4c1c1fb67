//! What goes wrong on a link: the one place where a frame's fate is decided, as a verdict.
//!
//! Absent on purpose: knowledge of what is in a frame. A rule that looks inside belongs to the scenario's author,
//! who names the frame by its place.

use core::time::Duration;
use std::sync::Arc;

use crate::random::Stream;
use crate::scenario::Faults;

/// What becomes of a frame on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It arrives, so much later than the link's delay says.
    Deliver(Duration),
    /// It is lost.
    Lose,
}

/// The faults of one direction, and how far they have come.
#[derive(Clone, Debug)]
pub(super) struct FaultState {
    loss_ppm: u32,
    /// Places of the frames to lose, sorted.
    lose: Vec<u64>,
    /// What frames are late, by place.
    late: Arc<[Duration]>,
    random: Stream,
    /// Frames judged so far.
    judged: u64,
}

impl FaultState {
    pub(super) fn new(faults: &Faults, random: Stream) -> FaultState {
        let mut lose = faults.lose.clone();
        lose.sort_unstable();
        FaultState { loss_ppm: faults.loss_ppm, lose, late: faults.late.as_slice().into(), random, judged: 0 }
    }

    /// The fate of the next frame. One draw for each frame, whatever the rules: so a rule changed here
    /// leaves the draws of the other frames alone.
    pub(super) fn verdict(&mut self) -> Verdict {
        let late =
            usize::try_from(self.judged).ok().and_then(|place| self.late.get(place)).copied().unwrap_or_default();
        self.judged += 1;
        let unlucky = self.random.below(1_000_000) < self.loss_ppm;
        if unlucky || self.lose.binary_search(&self.judged).is_ok() { Verdict::Lose } else { Verdict::Deliver(late) }
    }
}
