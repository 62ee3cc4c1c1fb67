//! What the links of a recording did to each frame: lost it, or delivered it so much later than the link's own parameters
//! say.
//!
//! The machine that recorded was late by some tenths of a millisecond a frame; a replay without that would drift from the
//! recording until times could not be compared any more.
//!
//! Absent on purpose: rules. Which frame a rule or chance took stands in the captures: it was seen at one end only.

use std::time::Duration;

use crate::frame;
use crate::recording::{Capture, End, Nanos, Recording};
use crate::setup::{Link, Setup};

/// What one direction of a link did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// Places of the frames that were lost, from 1.
    pub lost: Vec<u64>,
    /// What each frame was late.
    pub late: Vec<Duration>,
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
    let mut next = 0;
    let mut busy = Nanos::MIN;
    for (at, bytes) in sent {
        let arrival = arrived[next..].iter().position(|(when, other)| when >= at && other == bytes);
        if arrival.is_none() && undelivered.next() == Some(&End::QueueFull) {
            // It never was on the link: it has no place there.
            continue;
        }
        let serialisation = (bytes.len() as i64 * 8 * 1_000_000_000).checked_div(link.rate as i64).unwrap_or(0);
        busy = busy.max(*at) + serialisation;
        let place = direction.late.len() as u64 + 1;
        let Some(arrival) = arrival else {
            direction.lost.push(place);
            direction.late.push(Duration::ZERO);
            continue;
        };
        let when = arrived[next + arrival].0;
        next += arrival + 1;
        let expected = busy + i64::try_from(link.delay.as_nanos()).unwrap_or(i64::MAX);
        direction.late.push(Duration::from_nanos(u64::try_from(when - expected).unwrap_or(0)));
    }
    direction
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
    fn losses_and_lateness_are_found() {
        let sent = frames(&[(0, 1), (MS, 2), (2 * MS, 3)]);
        let arrived = frames(&[(10 * MS + 7, 1), (12 * MS, 3)]);
        let got = direction(&link(0), &sent, &arrived, &[End::Lost]);
        let late = vec![Duration::from_nanos(7), Duration::ZERO, Duration::ZERO];
        assert_eq!(got, Direction { lost: vec![2], late });
    }

    #[test]
    fn what_waits_in_the_queue_is_not_late() {
        // 1,000 bits at 1 Mbit/s take 1 ms each.
        let sent = frames(&[(0, 1), (0, 2)]);
        let arrived = frames(&[(11 * MS, 1), (12 * MS + 5, 2)]);
        let got = direction(&link(1_000_000), &sent, &arrived, &[]);
        assert_eq!(got.late, [Duration::ZERO, Duration::from_nanos(5)]);
    }

    #[test]
    fn a_frame_that_the_queue_refused_has_no_place_on_the_link() {
        let sent = frames(&[(0, 1), (0, 2), (0, 3)]);
        let arrived = frames(&[(10 * MS, 1), (10 * MS, 3)]);
        let got = direction(&link(0), &sent, &arrived, &[End::QueueFull]);
        assert_eq!((got.lost.len(), got.late.len()), (0, 2));
    }
}
