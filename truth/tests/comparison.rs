//! The comparison finds what it must find: a run made of the recording's own frames is equal, and each change to it is seen.
//!
//! Absent on purpose: the simulator. What it does with the recordings stands in `recordings.rs`.

use truth::compare::{Verdict, compare};
use truth::recording::Recording;
use truth::replay::{After, Run, Seen, Why};
use truth::setup::Setup;

use sim_core::trace::FrameId;

const MS: i64 = 1_000_000;
/// Of a frame with TCP over IPv4 without options.
const TTL: usize = 14 + 8;
const DONT_FRAGMENT: usize = 14 + 6;
const SEQ: usize = 14 + 20 + 4;
const FLAGS: usize = 14 + 20 + 13;
const WINDOW: usize = 14 + 20 + 15;
/// The first option's first byte.
const OPTION: usize = 14 + 20 + 20;
/// The low byte of the timestamp's value, behind two NOPs.
const TIMESTAMP: usize = OPTION + 2 + 5;

fn recording(name: &str) -> (Recording, Setup) {
    let recording = Recording::load(&truth::own_recordings().join(name)).unwrap();
    let setup = Setup::of(&recording).unwrap();
    (recording, setup)
}

/// A run that did what the recording did.
fn same(recording: &Recording, setup: &Setup) -> Run {
    let mut run = Run::default();
    let mut number = 0;
    for capture in &recording.captures {
        let end = setup.point(&capture.point).unwrap();
        let mac = setup.nodes[end.0].interfaces[end.1].mac;
        let why = Why { timer: false, after: After::Nothing };
        let seen = capture.frames.iter().map(|(at, bytes)| {
            number += 1;
            Seen { at: *at, sent: bytes[6..12] == mac, frame: FrameId(number), bytes: bytes.as_slice().into(), why }
        });
        run.points.insert(end, seen.collect());
    }
    for (index, event) in recording.events.iter().enumerate() {
        let result = if event.result == "0" { "None".to_owned() } else { event.result.clone() };
        run.results.insert(index, (event.at, result));
    }
    run
}

fn hello(change: impl FnOnce(&mut Run)) -> Verdict {
    let (recording, setup) = recording("tcp_hello");
    let mut run = same(&recording, &setup);
    change(&mut run);
    compare(&recording, &setup, &run)
}

/// A changes a byte of the sixth frame at A (the ACK of the handshake is the fifth, the data the sixth).
fn flip(run: &mut Run, offset: usize, bits: u8) {
    let seen = &mut run.points.get_mut(&(0, 0)).unwrap()[5];
    let mut bytes = seen.bytes.to_vec();
    bytes[offset] ^= bits;
    seen.bytes = bytes.into();
}

#[test]
fn a_recording_is_equal_to_itself() {
    for folder in truth::folders(&truth::own_recordings()).unwrap() {
        let recording = Recording::load(&folder).unwrap();
        let setup = Setup::of(&recording).unwrap();
        let verdict = compare(&recording, &setup, &same(&recording, &setup));
        let calls =
            |difference: &&truth::compare::Difference| !["a", "b", "r0", "r1"].contains(&difference.place.as_str());
        assert_eq!(verdict.differences.iter().find(|difference| !calls(difference)), None, "{}", recording.name);
        assert_eq!((verdict.frames.equal, verdict.extra), (verdict.frames.total, 0), "{}", recording.name);
    }
    assert!(hello(|_| {}).is_equal());
}

#[test]
fn a_changed_field_is_found() {
    for (what, offset, bits) in [
        ("TTL", TTL, 1),
        ("DF", DONT_FRAGMENT, 0x40),
        ("sequence number", SEQ, 1),
        ("flag", FLAGS, 8),
        ("window", WINDOW, 1),
        ("option", OPTION, 1),
    ] {
        let verdict = hello(|run| flip(run, offset, bits));
        assert!(!verdict.is_equal(), "{what}");
        assert_eq!(verdict.frames.equal, verdict.frames.total - 1, "{what}");
        let first = &verdict.differences[0];
        assert_eq!(first.place, "a", "{what}");
        assert!(
            first.linux.is_some() && first.simulator.is_some() && first.linux != first.simulator,
            "{what}: {first:?}"
        );
    }
}

#[test]
fn what_is_mapped_is_not_compared() {
    for (what, offset) in [("identification", 14 + 5), ("timestamp", TIMESTAMP)] {
        assert!(hello(|run| flip(run, offset, 1)).is_equal(), "{what}");
    }
    // But zero stays zero.
    let zero = hello(|run| {
        let seen = &mut run.points.get_mut(&(0, 0)).unwrap()[5];
        let mut bytes = seen.bytes.to_vec();
        bytes[14 + 4..14 + 6].fill(0);
        seen.bytes = bytes.into();
    });
    assert!(!zero.is_equal());
}

#[test]
fn a_missing_frame_and_one_too_many_are_found() {
    let missing = hello(|run| drop(run.points.get_mut(&(0, 0)).unwrap().remove(5)));
    assert_eq!((missing.frames.total - missing.frames.equal, missing.extra), (1, 0));
    assert_eq!(missing.differences[0].simulator, None);
    let more = hello(|run| {
        let frames = run.points.get_mut(&(0, 0)).unwrap();
        let twice = frames[5].clone();
        frames.insert(6, twice);
    });
    assert_eq!((more.frames.total - more.frames.equal, more.extra), (0, 1));
    assert!(!more.is_equal() && more.differences[0].linux.is_none());
}

#[test]
fn order_is_compared() {
    // Both were sent by A: an ACK and data.
    let verdict = hello(|run| {
        let frames = run.points.get_mut(&(0, 0)).unwrap();
        let (at, later) = (frames[4].at, frames[5].at);
        frames.swap(4, 5);
        (frames[4].at, frames[5].at) = (at, later);
    });
    assert!(!verdict.is_equal());
}

#[test]
fn times_are_compared() {
    let late = |by: i64, timer: bool| {
        hello(|run| {
            let seen = &mut run.points.get_mut(&(0, 0)).unwrap()[5];
            seen.at += by;
            seen.why.timer = timer;
        })
    };
    assert!(late(MS, false).is_equal());
    assert!(!late(3 * MS, false).is_equal());
    assert!(!late(-3 * MS, false).is_equal());
    assert!(late(7 * MS, true).is_equal());
    assert!(!late(9 * MS, true).is_equal());
}

#[test]
fn an_answer_is_as_late_as_what_it_answers() {
    let verdict = hello(|run| {
        let frames = run.points.get_mut(&(0, 0)).unwrap();
        // The SYN-ACK comes 5 ms late, so the ACK does, too: one difference, not two.
        frames[3].at += 5 * MS;
        frames[4].at += 5 * MS;
        frames[4].why.after = After::Arrival(frames[3].frame);
    });
    assert_eq!(verdict.differences.len(), 1);
}

#[test]
fn results_of_calls_are_compared() {
    let changed = |result: &str, by: i64| {
        hello(|run| {
            let (at, text) = run.results.get_mut(&4).unwrap();
            *at += by;
            if !result.is_empty() {
                *text = result.to_owned();
            }
        })
    };
    assert!(changed("", MS).is_equal());
    assert!(!changed("", 3 * MS).is_equal());
    let other = changed("b'hello?'", 0);
    assert_eq!((other.calls.equal, other.calls.total), (9, 10));
    assert_eq!(other.differences[0].place, "S");
    assert!(!hello(|run| drop(run.results.remove(&4))).is_equal());
}
