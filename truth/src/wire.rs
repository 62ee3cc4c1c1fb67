//! What the links of a recording did to each frame: lost it, delivered it at a time, after frames that were sent later, or twice.
//!
//! The machine that recorded was late by some tenths of a millisecond a frame; a replay without that would drift from the
//! recording until times could not be compared any more. What the sender is late or early shows at the sender.
//!
//! Absent on purpose: rules. Which frame a rule or chance took stands in the captures: it was seen at one end only.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::frame;
use crate::recording::{Capture, End, Nanos, Recording};
use crate::setup::{Link, Setup};

/// What one direction of a link did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// Places of the frames that were lost, from 1.
    pub lost: Vec<u64>,
    /// When each frame arrived; nothing for those that did not, or that others have overtaken.
    pub arrive: Vec<Option<Nanos>>,
    /// Places of the frames that others have overtaken, from 1.
    pub overtaken: Vec<u64>,
    /// For how long such a frame was held back, at most.
    pub held_back: Duration,
    /// Places of the frames that arrived twice, from 1.
    pub twice: Vec<u64>,
}

impl Direction {
    /// The same, where frames that the recording does not have are on the link besides: at these places, from 1, in order.
    /// Nothing happens to them.
    pub fn with_others(&self, others: &[u64]) -> Direction {
        let mut direction = Direction { held_back: self.held_back, ..Direction::default() };
        let mut places = Vec::new();
        let mut others = others.iter().peekable();
        for arrive in &self.arrive {
            while others.next_if_eq(&&(direction.arrive.len() as u64 + 1)).is_some() {
                direction.arrive.push(None);
            }
            direction.arrive.push(*arrive);
            places.push(direction.arrive.len() as u64);
        }
        let moved = |old: &[u64]| -> Vec<u64> { old.iter().map(|place| places[*place as usize - 1]).collect() };
        direction.lost = moved(&self.lost);
        direction.overtaken = moved(&self.overtaken);
        direction.twice = moved(&self.twice);
        direction
    }
}

/// What a link of a recording did, forth and back.
pub fn directions(recording: &Recording, setup: &Setup, link: usize) -> [Direction; 2] {
    [0, 1].map(|side| {
        let parameters = &setup.links[link];
        let [from, to] = [parameters.ends[side], parameters.ends[1 - side]];
        let (Some(near), Some(far)) = (capture(recording, setup, from), capture(recording, setup, to)) else {
            return Direction::default();
        };
        let mac = setup.nodes[from.0].interfaces[from.1].mac;
        let ours = |capture: &Capture| -> Vec<(Nanos, Vec<u8>)> {
            let frames = capture.frames.iter().filter(|(_, bytes)| frame::source_mac(bytes) == Some(mac));
            frames.filter(|(_, bytes)| !frame::is_housekeeping(bytes)).cloned().collect()
        };
        let fates = recording.fates.get(link).map(Vec::as_slice).unwrap_or_default();
        let undelivered = fates.iter().filter(|fate| fate.forth == (side == 0) && fate.end != End::Delivered);
        let undelivered: Vec<End> = undelivered.map(|fate| fate.end).collect();
        direction(parameters, &ours(near), &ours(far), &undelivered)
    })
}

fn capture<'a>(recording: &'a Recording, setup: &Setup, end: (usize, usize)) -> Option<&'a Capture> {
    recording.captures.iter().find(|capture| setup.point(&capture.point) == Some(end))
}

/// Compares what was sent with what arrived, as the same link without faults would have delivered it.
fn direction(link: &Link, sent: &[(Nanos, Vec<u8>)], arrived: &[(Nanos, Vec<u8>)], undelivered: &[End]) -> Direction {
    let mut direction = Direction::default();
    let mut undelivered = undelivered.iter();
    let mut used = vec![false; arrived.len()];
    let mut first = 0;
    let mut copies: BTreeMap<&[u8], usize> = BTreeMap::new();
    for (_, bytes) in sent {
        *copies.entry(bytes).or_default() += 1;
    }
    let mut busy = Nanos::MIN;
    // Expected and real arrival of each frame that has a place on the link.
    let mut arrivals: Vec<(Nanos, Option<Nanos>)> = Vec::new();
    for (at, bytes) in sent {
        let same = |place: &usize| !used[*place] && arrived[*place].0 >= *at && arrived[*place].1 == *bytes;
        first += used[first..].iter().take_while(|used| **used).count();
        let arrival = window(first, arrived.len()).find(same);
        if arrival.is_none() && undelivered.next() == Some(&End::QueueFull) {
            // It never was on the link: it has no place there.
            continue;
        }
        let serialisation = (bytes.len() as i64 * 8 * 1_000_000_000).checked_div(link.rate as i64).unwrap_or(0);
        busy = busy.max(*at) + serialisation;
        let expected = busy + i64::try_from(link.delay.as_nanos()).unwrap_or(i64::MAX);
        arrivals.push((expected, arrival.map(|place| arrived[place].0)));
        let Some(arrival) = arrival else { continue };
        used[arrival] = true;
        let repeats = copies.get(bytes.as_slice()).is_some_and(|copies| *copies > 1);
        let again = window(arrival + 1, arrived.len());
        let again = again.take_while(|_| !repeats).find(|place| !used[*place] && arrived[*place].1 == *bytes);
        if let Some(again) = again {
            used[again] = true;
            direction.twice.push(arrivals.len() as u64);
        }
    }
    place(&mut direction, &arrivals);
    direction
}

/// Places from `first` on in which a frame's arrival is looked for: a link holds no more frames.
fn window(first: usize, end: usize) -> std::ops::Range<usize> {
    first..end.min(first + 4096)
}

fn place(direction: &mut Direction, arrivals: &[(Nanos, Option<Nanos>)]) {
    // The earliest arrival of all frames after each.
    let mut earliest = vec![Nanos::MAX; arrivals.len() + 1];
    for (index, (_, arrival)) in arrivals.iter().enumerate().rev() {
        earliest[index] = earliest[index + 1].min(arrival.unwrap_or(Nanos::MAX));
    }
    for (index, (expected, arrival)) in arrivals.iter().enumerate() {
        let number = index as u64 + 1;
        let Some(arrival) = arrival else {
            direction.lost.push(number);
            direction.arrive.push(None);
            continue;
        };
        let late = Duration::from_nanos(u64::try_from(arrival - expected).unwrap_or(0));
        if earliest[index + 1] < *arrival {
            direction.overtaken.push(number);
            direction.held_back = direction.held_back.max(late);
            direction.arrive.push(None);
        } else {
            direction.arrive.push(Some(*arrival));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Nanos = 1_000_000;

    fn link(rate: u64) -> Link {
        Link { ends: [(0, 0), (1, 0)], delay: Duration::from_millis(10), rate, limit: 10 }
    }

    fn frames(list: &[(Nanos, u8)]) -> Vec<(Nanos, Vec<u8>)> {
        list.iter().map(|(at, byte)| (*at, vec![*byte; 125])).collect()
    }

    #[test]
    fn losses_and_arrivals_are_found() {
        let sent = frames(&[(0, 1), (MS, 2), (2 * MS, 3)]);
        let arrived = frames(&[(10 * MS + 7, 1), (12 * MS, 3)]);
        let got = direction(&link(0), &sent, &arrived, &[End::Lost]);
        let arrive = vec![Some(10 * MS + 7), None, Some(12 * MS)];
        assert_eq!(got, Direction { lost: vec![2], arrive, ..Direction::default() });
    }

    #[test]
    fn a_frame_that_the_queue_refused_has_no_place_on_the_link() {
        let sent = frames(&[(0, 1), (0, 2), (0, 3)]);
        let arrived = frames(&[(10 * MS, 1), (10 * MS, 3)]);
        let got = direction(&link(0), &sent, &arrived, &[End::QueueFull]);
        assert_eq!((got.lost.len(), got.arrive.len()), (0, 2));
    }

    #[test]
    fn overtaken_and_doubled_frames_are_found() {
        let sent = frames(&[(0, 1), (MS, 2), (2 * MS, 3)]);
        let arrived = frames(&[(11 * MS, 2), (12 * MS, 3), (12 * MS, 3), (15 * MS, 1)]);
        let got = direction(&link(0), &sent, &arrived, &[]);
        assert_eq!((got.overtaken, got.held_back, got.twice), (vec![1], Duration::from_millis(5), vec![3]));
        assert_eq!(got.arrive, [None, Some(11 * MS), Some(12 * MS)]);
    }

    #[test]
    fn what_waits_in_the_queue_is_not_held_back() {
        // 1,000 bits at 1 Mbit/s take 1 ms each; the first two are overtaken by the third.
        let sent = frames(&[(0, 1), (0, 2), (0, 3)]);
        let arrived = frames(&[(13 * MS, 3), (14 * MS, 1), (15 * MS, 2)]);
        let got = direction(&link(1_000_000), &sent, &arrived, &[]);
        assert_eq!((got.overtaken, got.held_back), (vec![1, 2], Duration::from_millis(3)));
    }

    #[test]
    fn frames_that_the_recording_does_not_have_shift_the_others() {
        let lost = vec![2];
        let direction = Direction { lost, arrive: vec![Some(1), None, Some(3)], ..Direction::default() };
        let shifted = direction.with_others(&[1, 3]);
        assert_eq!(shifted.arrive, [None, Some(1), None, None, Some(3)]);
        assert_eq!(shifted.lost, [4]);
    }
}
