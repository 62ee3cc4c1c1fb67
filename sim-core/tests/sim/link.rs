//! Links: each fault does what it says, as often as it says, and no other; links change while the network runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sim_core::network::{Input, InputError, Network, Output};
use sim_core::scenario::{Faults, Scenario, ScenarioError};
use sim_core::time::Instant;
use sim_core::trace::{DropReason, Fact, FrameId, LinkId, Place, What};

use crate::harness::*;

const LINK: LinkId = LinkId(0);
/// 10 Mbit/s: a frame of 1,000 bytes takes 0.8 ms, and then 10 ms.
const RATE: u64 = 10_000_000;

fn with(faults: Faults) -> Scenario {
    let mut scenario = two_hosts();
    scenario.links[0].rate = RATE;
    scenario.links[0].faults[0] = faults;
    scenario
}

/// A frame for nobody, whose bytes say which it is.
fn frame(number: u32) -> Arc<[u8]> {
    let mut frame = vec![0; 1000];
    frame[996..].copy_from_slice(&number.to_be_bytes());
    frame.into()
}

fn give(run: &mut Run, when: Instant, number: u32) {
    run.input(when, Input::Frame(A, frame(number)));
}

/// When a frame arrived, in microseconds, or where, when and why it was lost.
type Fate = Result<u64, (Place, u64, DropReason)>;

/// What became of the frames.
fn fates(run: &Run) -> Vec<(FrameId, Fate)> {
    let micros = |fact: &Fact| fact.at.as_nanos() / 1000;
    let fate = |fact: &Fact| match fact.what {
        What::Delivered { frame, .. } => Some((frame, Ok(micros(fact)))),
        What::Dropped { place: Place::Layer(_), .. } => None,
        What::Dropped { frame: Some(frame), place, why, .. } => Some((frame, Err((place, micros(fact), why)))),
        _ => None,
    };
    run.trace.facts().iter().filter_map(fate).collect()
}

#[test]
fn a_listed_frame_meets_its_fault_and_no_other() {
    let faults = Faults {
        lose: vec![2],
        duplicate: vec![4],
        corrupt: vec![6],
        reorder: vec![8],
        reorder_by: ms(1),
        ..Faults::default()
    };
    let mut run = Run::new(&with(faults), 1);
    (0..10).for_each(|number| give(&mut run, at(0), number));
    run.until(at(100));
    let got: Vec<String> = fates(&run)
        .iter()
        .map(|(frame, fate)| match fate {
            Ok(at) => format!("{} {at}", frame.0),
            Err((place, at, why)) => format!("{} {at} {why:?} at {place}", frame.0),
        })
        .collect();
    // The copy of number 3 is a frame of its own, numbered when it is made; number 7 lets one pass.
    let expected = [
        "1 6600 Loss at wire of link0",
        "0 10800",
        "2 12400",
        "3 13200",
        "10 14000",
        "4 14000",
        "5 14800",
        "6 15600",
        "8 17200",
        "7 17400",
        "9 18000",
    ];
    same(&got, &expected);
    assert_eq!(run.drops().iter().filter(|why| *why == "FrameCheck").count(), 1);
}

#[test]
fn a_damaged_frame_has_one_wrong_bit_and_goes_no_further_than_the_interface() {
    let mut run = Run::new(&with(Faults { corrupt_ppm: 1_000_000, ..Faults::default() }), 1);
    (0..200).for_each(|number| give(&mut run, at(u64::from(number)), number));
    run.until(at(1000));
    let sent: BTreeMap<FrameId, Arc<[u8]>> = run.trace.facts().iter().filter_map(sent_bytes).collect();
    let mut positions = std::collections::BTreeSet::new();
    for fact in run.trace.facts() {
        let What::Dropped { frame: Some(frame), why, bytes, .. } = &fact.what else { continue };
        assert_eq!((*why, fact.node), (DropReason::FrameCheck, B));
        let wrong = |(at, (a, b)): (usize, (&u8, &u8))| (a != b).then_some((at, a ^ b));
        let wrong: Vec<(usize, u8)> = sent[frame].iter().zip(bytes.iter()).enumerate().filter_map(wrong).collect();
        assert_eq!(wrong.len(), 1);
        assert_eq!(wrong[0].1.count_ones(), 1);
        positions.extend(wrong);
    }
    assert!(positions.len() > 150, "the bits are drawn: {} places of 200", positions.len());
    assert!(!run.trace.facts().iter().any(|fact| matches!(fact.what, What::Decapsulated { .. })));
}

fn sent_bytes(fact: &Fact) -> Option<(FrameId, Arc<[u8]>)> {
    match &fact.what {
        What::Sent { frame, bytes, .. } | What::Duplicated { frame, bytes, .. } => Some((*frame, bytes.clone())),
        _ => None,
    }
}

#[test]
fn jitter_spreads_delays_and_keeps_the_order() {
    let mut scenario = two_hosts();
    scenario.links[0].jitter = ms(8);
    let mut run = Run::new(&scenario, 3);
    // Far apart, no frame waits for the one before it.
    (0..400).for_each(|number| give(&mut run, at(20 * u64::from(number)), number));
    // Close together, they would overtake.
    (400..800).for_each(|number| give(&mut run, at(10_000 + u64::from(number)), number));
    run.until(at(60_000));
    let arrivals = fates(&run);
    assert!(arrivals.iter().map(|(frame, _)| frame.0).eq(0..800), "in order");
    let micros = |number: usize| arrivals[number].1.expect("it arrives") - 20_000 * number as u64;
    let delays: Vec<u64> = (0..400).map(micros).collect();
    assert!(delays.iter().all(|delay| (10_000..=18_000).contains(delay)));
    let mean = delays.iter().sum::<u64>() / 400;
    // The mean of 400 is within four of its standard deviations, 8 ms / √12 / 20.
    assert!((14_000 - 462..=14_000 + 462).contains(&mean), "{mean} µs");
}

/// Counts, over 100,000 frames: how often each thing happened, and the lengths of runs of losses.
struct Counts {
    lost: u32,
    duplicated: u32,
    damaged: u32,
    held: u32,
    runs: u32,
}

fn count(faults: Faults, seed: u64) -> Counts {
    const FRAMES: u64 = 100_000;
    let mut scenario = two_hosts();
    scenario.links[0].delay = Duration::ZERO;
    scenario.links[0].faults[0] = Faults { reorder_by: Duration::from_micros(1), ..faults };
    let mut network = Network::new(&scenario, seed).expect("sound");
    let mut counts = Counts { lost: 0, duplicated: 0, damaged: 0, held: 0, runs: 0 };
    let (mut last_lost, frame) = (None, Arc::from([0; 20]));
    for number in 0..FRAMES {
        let now = Instant::from_nanos(10_000 * number);
        network.handle_input(now, Input::Frame(A, Arc::clone(&frame)));
        network.run_until(now + Duration::from_micros(5), |output| {
            let Output::Fact(fact) = output else { return };
            match fact.what {
                What::Dropped { why: DropReason::Loss, .. } => {
                    counts.lost += 1;
                    counts.runs += u32::from(last_lost.is_none_or(|last| last + 1 < number));
                    last_lost = Some(number);
                }
                What::Dropped { why: DropReason::FrameCheck, .. } => counts.damaged += 1,
                What::Duplicated { .. } => counts.duplicated += 1,
                What::Sent { sent_at, arrives_at, .. } => counts.held += u32::from(arrives_at > sent_at),
                _ => {}
            }
        });
    }
    counts
}

#[track_caller]
fn near(got: u32, expected: u32, tolerance: u32) {
    assert!(got.abs_diff(expected) <= tolerance, "{got}, expected {expected} ± {tolerance}");
}

#[test]
fn faults_are_as_frequent_as_they_say() {
    let faults = Faults {
        loss_ppm: 100_000,
        duplicate_ppm: 50_000,
        corrupt_ppm: 20_000,
        reorder_ppm: 10_000,
        ..Faults::default()
    };
    let counts = count(faults, 42);
    // Four standard deviations of the binomial distributions. What is lost, nothing else befalls.
    near(counts.lost, 10_000, 380);
    near(counts.duplicated, 4_500, 263);
    near(counts.damaged, 1_800, 169);
    near(counts.held, 900, 120);
    // Independent losses: a run begins with each loss that follows no other.
    near(counts.runs, 9_000, 310);
}

#[test]
fn bursts_keep_the_share_and_have_the_length() {
    // Four standard deviations: of the number of losses, whose variance is that of independent ones times
    // (2 / (chance of a run's beginning + chance of its end) - 1), and of the mean of geometric lengths, in thousandths.
    for (burst, share, of_losses, of_lengths) in
        [(4, 100_000, 945, 277), (10, 20_000, 764, 2683), (3, 600_000, 733, 69)]
    {
        let counts = count(Faults { loss_ppm: share, burst, ..Faults::default() }, 42);
        near(counts.lost, share / 10, of_losses);
        near(counts.lost * 1000 / counts.runs, burst * 1000, of_lengths);
    }
}

#[test]
fn one_rule_leaves_what_others_do_alone() {
    let places = |faults: Faults| {
        let mut run = Run::new(&with(faults), 5);
        (0..300).for_each(|number| give(&mut run, at(u64::from(number)), number));
        run.until(at(1000));
        let bytes: BTreeMap<FrameId, Arc<[u8]>> = run.trace.facts().iter().filter_map(sent_bytes).collect();
        let hit = |fact: &Fact| match &fact.what {
            What::Dropped { frame: Some(frame), why: DropReason::FrameCheck, .. } => Some(bytes[frame][996..].to_vec()),
            _ => None,
        };
        run.trace.facts().iter().filter_map(hit).collect::<Vec<_>>()
    };
    let alone = places(Faults { corrupt_ppm: 100_000, ..Faults::default() });
    let others = Faults { duplicate_ppm: 300_000, reorder_ppm: 300_000, reorder_by: ms(1), ..Faults::default() };
    let mut together = places(Faults { corrupt_ppm: 100_000, ..others });
    // Those that were held back as well arrived later.
    together.sort();
    assert_eq!(alone, together);
    assert!(alone.len() > 10);
}

#[test]
fn a_cut_cable_loses_what_is_on_it_and_before_it() {
    let mut run = Run::new(&with(Faults::default()), 1);
    (0..20).for_each(|number| give(&mut run, at(0), number));
    run.until(at(12));
    let cut = Input::SetFaults(LINK, 0, Faults { down: true, ..Faults::default() });
    run.input(at(12), cut);
    give(&mut run, at(13), 20);
    run.input(at(14), Input::SetFaults(LINK, 0, Faults::default()));
    give(&mut run, at(15), 21);
    // The other direction is not cut.
    run.input(at(13), Input::Frame(B, frame(0)));
    run.until(at(100));
    let fates = fates(&run);
    let lost = |place: Place, at: u64| {
        fates.iter().filter(|(_, fate)| *fate == Err((place, at, DropReason::LinkDown))).count()
    };
    // 0.8 ms each: two have arrived at 12 ms, the fifteenth is leaving, the rest waits.
    assert_eq!(lost(Place::Wire(LINK), 12_000), 14);
    assert_eq!(lost(Place::Queue(LINK), 12_000), 4);
    assert_eq!(lost(Place::Queue(LINK), 13_000), 1);
    assert_eq!(fates.iter().filter(|(_, fate)| fate.is_ok()).count(), 4);
    // The cable is free at once: the last frame does not wait for one that is gone.
    assert!(fates.contains(&(FrameId(21), Ok(25_800))), "{fates:?}");
    let causes =
        run.trace.facts().iter().filter(|fact| matches!(fact.what, What::Dropped { why: DropReason::LinkDown, .. }));
    let by_the_cut = causes.filter(|fact| {
        fact.cause
            .and_then(|cause| run.trace.get(cause))
            .is_some_and(|cause| matches!(cause.what, What::FaultsSet { .. }))
    });
    assert_eq!(by_the_cut.count(), 18);
}

#[test]
fn a_link_changes_while_frames_are_on_it() {
    let mut run = Run::new(&with(Faults::default()), 1);
    let set = |rate, delay, queue| Input::SetLink { link: LINK, rate, delay, jitter: Duration::ZERO, queue };
    (0..4).for_each(|number| give(&mut run, at(0), number));
    // Ten times slower, and nearer: the first is on its way, the second is leaving.
    run.input(at(1), set(RATE / 10, ms(2), 1));
    // Two wait: there is room for one.
    give(&mut run, at(1), 4);
    run.until(at(100));
    let expected = [
        (FrameId(4), Err((Place::Queue(LINK), 1_000, DropReason::QueueFull))),
        (FrameId(0), Ok(10_800)),
        (FrameId(1), Ok(11_600)),
        // 1.6 ms + 8 ms + 2 ms is 11.6 ms: the order stays.
        (FrameId(2), Ok(11_600)),
        (FrameId(3), Ok(19_600)),
    ];
    assert_eq!(fates(&run), expected);
    assert!(
        run.trace.facts().iter().any(|fact| fact.to_string().contains("LinkSet link0 rate 1000000 delay 2000000ns"))
    );
}

#[test]
fn a_frame_is_dropped_by_hand_while_it_waits_and_while_it_flies() {
    let mut run = Run::new(&with(Faults::default()), 1);
    (0..4).for_each(|number| give(&mut run, at(0), number));
    run.input(at(1), Input::DropFrame(FrameId(0)));
    run.input(at(1), Input::DropFrame(FrameId(3)));
    let before = run.trace.hash();
    // Gone, or never there.
    for frame in [0, 3, 99] {
        let input = Input::DropFrame(FrameId(frame));
        assert_eq!(run.network.check_input(&input), Err(InputError::FrameGone(FrameId(frame))));
        run.input(at(1), input);
    }
    assert_eq!(run.trace.hash(), before);
    assert_eq!(run.network.check_input(&Input::DropFrame(FrameId(2))), Ok(()));
    run.until(at(100));
    let expected = [
        (FrameId(0), Err((Place::Wire(LINK), 1_000, DropReason::ByHand))),
        (FrameId(3), Err((Place::Queue(LINK), 1_000, DropReason::ByHand))),
        (FrameId(1), Ok(11_600)),
        (FrameId(2), Ok(12_400)),
    ];
    assert_eq!(fates(&run), expected);
}

#[test]
fn an_input_that_cannot_be_says_so_and_changes_nothing() {
    let mut run = Run::new(&with(Faults::default()), 1);
    let other = LinkId(7);
    let day = Duration::from_secs(86_401);
    let set = |link, delay, queue| Input::SetLink { link, rate: RATE, delay, jitter: Duration::ZERO, queue };
    let faults = |faults| Input::SetFaults(LINK, 0, faults);
    let link = InputError::Link;
    let refused = [
        (Input::SetFaults(other, 0, Faults::default()), InputError::UnknownLink(other)),
        (Input::SetFaults(LINK, 2, Faults::default()), InputError::UnknownEnd(LINK, 2)),
        (
            faults(Faults { corrupt_ppm: 1_000_001, ..Faults::default() }),
            link(ScenarioError::ShareAboveAll(LINK, 1_000_001)),
        ),
        (faults(Faults { lose: vec![0], ..Faults::default() }), link(ScenarioError::FrameZero(LINK))),
        (
            faults(Faults { loss_ppm: 900_000, burst: 8, ..Faults::default() }),
            link(ScenarioError::BurstTooShort(LINK, 900_000, 8)),
        ),
        (faults(Faults { reorder_by: day, ..Faults::default() }), link(ScenarioError::TooLate(LINK, day))),
        (faults(Faults { late: vec![ms(1), day], ..Faults::default() }), link(ScenarioError::TooLate(LINK, day))),
        (set(other, ms(1), 1), InputError::UnknownLink(other)),
        (set(LINK, day, 1), link(ScenarioError::TooLate(LINK, day))),
        (set(LINK, ms(1), 100_001), link(ScenarioError::QueueTooLong(LINK, 100_001))),
        (Input::Frame(sim_core::trace::NodeId(9), frame(0)), InputError::UnknownNode(sim_core::trace::NodeId(9))),
    ];
    for (input, error) in refused {
        assert_eq!(run.network.check_input(&input), Err(error.clone()));
        assert!(error.to_string().len() > 20, "a sentence: {error}");
        run.input(at(1), input);
    }
    assert!(run.trace.facts().is_empty());
    let all = faults(Faults { loss_ppm: 1_000_000, burst: 8, ..Faults::default() });
    assert_eq!(run.network.check_input(&all), Ok(()), "all frames can be lost");
    assert_eq!(run.network.check_input(&faults(Faults { loss_ppm: 888_888, burst: 8, ..Faults::default() })), Ok(()));
}
