//! The comparison: frames in order at each interface and direction, calls by their results, and times.
//!
//! A frame's time is compared with that of what it followed: the frame whose arrival it answers, or the call that sent it. So a
//! difference counts once, where it arises. It may be 2 ms, and 8 ms where a timer of the kernel was between (its tick is 4
//! ms). Frames that cross within that have no order; those of one direction have.
//!
//! Absent on purpose: forgiveness. A frame that only one side has makes the recording unequal, whatever follows.

use std::collections::BTreeMap;
use std::fmt;

use sim_core::trace::FrameId;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::call::{Said, What, Whole};
use crate::frame::{self, Frame, Reader};
use crate::ping::Pinged;
use crate::recording::{Event, Nanos, Recording};
use crate::replay::{After, Run, Seen};
use crate::setup::Setup;

/// How far times may differ.
pub const TOLERANCE: Nanos = 2_000_000;
/// How far they may differ where a timer was between.
pub const TIMER_TOLERANCE: Nanos = 8_000_000;

/// How much later than here a call that waits may have returned in the recording: that machine had two cores for everything,
/// and woke some programs 25 ms after their data had come. When it came, the frames say.
pub const WAKING: Nanos = 50_000_000;

/// How equal two runs of one exchange are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Frames of the recording that the simulator has, too, over all interfaces.
    pub frames: Share,
    /// Frames that only the simulator has.
    pub extra: usize,
    /// Calls that ended as recorded, then.
    pub calls: Share,
    /// Frames of the recording that are not compared (see [`frame::is_housekeeping`]).
    pub aside: usize,
    /// The differences in order of time; the first is the one to look at.
    pub differences: Vec<Difference>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// How many are equal.
    pub equal: usize,
    /// Of how many.
    pub total: usize,
}

/// Where the runs part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// When, by the recording's clock.
    pub at: Nanos,
    /// At which interface, or in which process.
    pub place: String,
    /// What Linux did; nothing when only the simulator did something.
    pub linux: Option<String>,
    /// What the simulator did; nothing when only Linux did something.
    pub simulator: Option<String>,
}

impl Verdict {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.differences.is_empty() && self.frames.is_whole() && self.calls.is_whole() && self.extra == 0
    }
}

impl Share {
    fn is_whole(self) -> bool {
        self.equal == self.total
    }

    fn count(&mut self, equal: bool) {
        self.total += 1;
        self.equal += usize::from(equal);
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.equal, self.total)
    }
}

/// A frame of either side, ready to be compared.
#[derive(Clone, Debug)]
struct Entry {
    at: Nanos,
    frame: Frame,
    /// The run's frame, when it is of the run.
    seen: Option<usize>,
}

/// Two frames that are the same but for their times: places in the recording's and in the run's list.
type Pair = (usize, usize);

/// One interface.
struct Point<'a> {
    name: &'a str,
    recorded: Vec<Entry>,
    replayed: Vec<Entry>,
    seen: &'a [Seen],
    pairs: Vec<Pair>,
}

/// Compares a run with its recording.
pub fn compare(recording: &Recording, setup: &Setup, run: &Run) -> Verdict {
    let mut verdict = Verdict::default();
    let mut points = Vec::new();
    for capture in &recording.captures {
        let Some(end) = setup.point(&capture.point) else { continue };
        let mac = setup.nodes[end.0].interfaces[end.1].mac;
        let compared = capture.frames.iter().filter(|(_, bytes)| !frame::is_housekeeping(bytes));
        let mut reader = Reader::default();
        let recorded: Vec<Entry> = compared
            .map(|(at, bytes)| {
                let sent = frame::source_mac(bytes) == Some(mac);
                Entry { at: *at, frame: reader.read(sent, bytes), seen: None }
            })
            .collect();
        verdict.aside += capture.frames.len() - recorded.len();
        let seen = run.points.get(&end).map(Vec::as_slice).unwrap_or_default();
        let mut reader = Reader::default();
        let replayed: Vec<Entry> = (0..)
            .zip(seen)
            .filter(|(_, seen)| !frame::is_housekeeping(&seen.bytes))
            .map(|(place, seen)| Entry { at: seen.at, frame: reader.read(seen.sent, &seen.bytes), seen: Some(place) })
            .collect();
        let pairs = align(&recorded, &replayed);
        points.push(Point { name: &capture.point, recorded, replayed, seen, pairs });
    }
    let errors = errors(&points);
    for point in &points {
        point.judge(&errors, &mut verdict);
    }
    for (index, event) in recording.events.iter().enumerate() {
        let got = run.results.get(&index);
        let equal = got.is_some_and(|(at, result)| same_call(event, *at, result));
        verdict.calls.count(equal);
        if !equal {
            verdict.differences.push(call_difference(event, got));
        }
    }
    verdict.differences.sort_by_key(|difference| difference.at);
    verdict
}

/// Pairs of frames that are the same, in order, for each direction.
fn align(recorded: &[Entry], replayed: &[Entry]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for sent in [true, false] {
        let places = |entries: &[Entry]| -> Vec<usize> {
            (0..entries.len()).filter(|place| entries[*place].frame.sent == sent).collect()
        };
        let (ours, theirs) = (places(recorded), places(replayed));
        let frames = |entries: &[Entry], places: &[usize]| -> Vec<Frame> {
            places.iter().map(|place| entries[*place].frame.clone()).collect()
        };
        let (left, right) = (frames(recorded, &ours), frames(replayed, &theirs));
        for op in capture_diff_slices(Algorithm::Patience, &left, &right) {
            if let DiffOp::Equal { old_index, new_index, len } = op {
                pairs.extend((0..len).map(|step| (ours[old_index + step], theirs[new_index + step])));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// How much later than recorded each frame of the run was, at its sender and at its receiver.
type Errors = BTreeMap<(FrameId, bool), Nanos>;

fn errors(points: &[Point<'_>]) -> Errors {
    let mut errors = Errors::new();
    for point in points {
        for (recorded, replayed) in &point.pairs {
            let entry = &point.replayed[*replayed];
            if let Some(seen) = entry.seen.map(|place| &point.seen[place]) {
                errors.insert((seen.frame, seen.sent), entry.at - point.recorded[*recorded].at);
            }
        }
    }
    errors
}

impl Point<'_> {
    fn judge(&self, errors: &Errors, verdict: &mut Verdict) {
        let partner: BTreeMap<usize, usize> = self.pairs.iter().copied().collect();
        let mut taken: Vec<usize> = self.pairs.iter().map(|(_, replayed)| *replayed).collect();
        let paired = taken.len();
        for (place, entry) in self.recorded.iter().enumerate() {
            let replayed = partner.get(&place).map(|place| &self.replayed[*place]);
            let equal = replayed.is_some_and(|replayed| self.in_time(entry, replayed, errors));
            verdict.frames.count(equal);
            if !equal {
                // Beside a frame that is missing, what the simulator has in its place.
                let instead = self.instead(place, &partner, &taken);
                taken.extend(instead);
                let replayed = replayed.or(instead.map(|place| &self.replayed[place]));
                verdict.differences.push(self.difference(Some(entry), replayed));
            }
        }
        verdict.extra += self.replayed.len() - paired;
        for (place, entry) in self.replayed.iter().enumerate() {
            if !taken.contains(&place) {
                verdict.differences.push(self.difference(None, Some(entry)));
            }
        }
    }

    fn in_time(&self, recorded: &Entry, replayed: &Entry, errors: &Errors) -> bool {
        let Some(seen) = replayed.seen.map(|place| &self.seen[place]) else { return false };
        let error = replayed.at - recorded.at;
        if !seen.sent {
            // It arrived when it was recorded, or as late or early as it was sent, or between.
            let sent = errors.get(&(seen.frame, true)).copied().unwrap_or(0);
            return (sent.min(0) - TOLERANCE..=sent.max(0) + TOLERANCE).contains(&error);
        }
        let before = match seen.why.after {
            After::Arrival(frame) => errors.get(&(frame, false)).copied(),
            After::Call(behind) => Some(behind),
            After::Nothing => None,
        };
        let tolerance = if seen.why.timer { TIMER_TOLERANCE } else { TOLERANCE };
        (error - before.unwrap_or(0)).abs() <= tolerance
    }

    /// The first frame of the same direction that the simulator has after the last frame that both have.
    fn instead(&self, place: usize, partner: &BTreeMap<usize, usize>, taken: &[usize]) -> Option<usize> {
        if partner.contains_key(&place) {
            return None;
        }
        let sent = self.recorded[place].frame.sent;
        let last = (0..place)
            .rev()
            .filter(|place| self.recorded[*place].frame.sent == sent)
            .find_map(|place| partner.get(&place));
        let from = last.map_or(0, |last| last + 1);
        let mut later = (from..self.replayed.len()).filter(|place| self.replayed[*place].frame.sent == sent);
        later.next().filter(|place| !taken.contains(place))
    }

    fn difference(&self, recorded: Option<&Entry>, replayed: Option<&Entry>) -> Difference {
        let line = |entry: &Entry| format!("{} {}", seconds(entry.at), entry.frame);
        Difference {
            at: recorded.or(replayed).map_or(0, |entry| entry.at),
            place: self.name.to_owned(),
            linux: recorded.map(line),
            simulator: replayed.map(line),
        }
    }
}

/// A time as the recording writes it.
pub fn seconds(at: Nanos) -> String {
    let sign = if at < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", at.abs() / 1_000_000_000, at.abs() % 1_000_000_000 / 1000)
}

fn call_difference(event: &Event, got: Option<&(Nanos, String)>) -> Difference {
    let line = |at: Nanos, result: &str| format!("{} {} = {}", seconds(at), shorten(&event.call), shorten(result));
    Difference {
        at: event.at,
        place: event.process.clone(),
        linux: Some(line(event.at, &event.result)),
        simulator: Some(
            got.map_or_else(|| format!("{} has not returned", shorten(&event.call)), |(at, result)| line(*at, result)),
        ),
    }
}

/// One line, not longer than a terminal's.
fn shorten(text: &str) -> String {
    const MOST: usize = 100;
    let line = text.replace('\n', " | ");
    if line.chars().count() <= MOST { line } else { line.chars().take(MOST).chain(['…']).collect() }
}

/// Whether a call ended as recorded.
fn same_call(event: &Event, at: Nanos, result: &str) -> bool {
    let waits = matches!(
        Said::parse(&event.call),
        Ok(Said { what: What::Connect(..) | What::Accept | What::RecvTotal | What::Send(_, Whole::All), .. })
    );
    let tolerance = if event.result.starts_with("-1") { TIMER_TOLERANCE } else { TOLERANCE };
    let late = if waits { WAKING } else { tolerance };
    (-late..=tolerance).contains(&(at - event.at)) && same_result(event, result)
}

fn same_result(event: &Event, result: &str) -> bool {
    let said = Said::parse(&event.call).map(|said| said.what);
    match (said, event.result.as_str()) {
        // A mark returns nothing.
        (Ok(What::Mark), _) => true,
        (Ok(What::Listen(..)), "0") => result == "None",
        (Ok(What::Ping(_)), recorded) => Pinged::read(recorded).to_string() == result,
        // A time-out of the program's own: it is still under way.
        (Ok(What::Connect(..)), "-1 None") => result == "(0, ['pending'])",
        // Python's time-outs have no errno.
        (_, "-1 None") => result == "-1 EAGAIN",
        // The sender's port is drawn.
        (Ok(What::RecvFrom(_)), recorded) if recorded.starts_with('(') => {
            recorded.strip_prefix('(').is_some_and(|rest| rest.starts_with(result))
        }
        (_, recorded) => recorded == result,
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "(nothing)".into());
        writeln!(f, "    {:2} linux     {}", self.place, side(&self.linux))?;
        write!(f, "    {:2} simulator {}", "", side(&self.simulator))
    }
}
