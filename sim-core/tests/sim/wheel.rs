//! The timing wheel gives what a heap of `(time, order of putting in)` gives, whatever is put in and taken out when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use proptest::prelude::*;
use sim_core::time::Instant;
use sim_core::wheel::Wheel;

#[derive(Clone, Debug)]
enum Act {
    /// Put one in, so many nanoseconds after the last time.
    Push(u64),
    /// Take all that are due so many nanoseconds later.
    Advance(u64),
    /// Take one.
    Pop,
    /// Go on with a snapshot.
    Snapshot,
}

/// Spans of every size, many of them equal, many at the edges of the wheel's digits.
fn span() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 0_u64..4,
        3 => (0_u32..42, 0_u64..3, -1_i64..=1).prop_map(|(bits, times, off)| (times << bits).saturating_add_signed(off)),
        2 => prop::sample::select(vec![121_120, 10_000_000, 10_121_120, 40_000_000, 200_000_000]),
        2 => 0_u64..100_000_000,
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => span().prop_map(Act::Push),
        2 => span().prop_map(Act::Advance),
        4 => Just(Act::Pop),
        1 => Just(Act::Snapshot),
    ]
}

/// The wheel, the heap, and their time.
#[derive(Clone, Default)]
struct Pair {
    wheel: Wheel<u32>,
    heap: BinaryHeap<Reverse<(Instant, u32)>>,
    now: u64,
    pushed: u32,
}

impl Pair {
    fn push(&mut self, at: u64) {
        let at = Instant::from_nanos(at);
        self.wheel.push(at, self.pushed);
        self.heap.push(Reverse((at, self.pushed)));
        self.pushed += 1;
    }

    /// Takes the next of both; `false` when nothing is due.
    fn pop(&mut self, until: u64) -> Result<bool, TestCaseError> {
        prop_assert_eq!(self.wheel.next_at(), self.heap.peek().map(|Reverse((at, _))| *at));
        prop_assert_eq!(self.wheel.len(), self.heap.len());
        prop_assert_eq!(self.wheel.is_empty(), self.heap.is_empty());
        let until = Instant::from_nanos(until);
        let due = self.heap.peek().is_some_and(|Reverse((at, _))| *at <= until);
        let expected = if due { self.heap.pop().map(|Reverse(next)| next) } else { None };
        prop_assert_eq!(self.wheel.pop_until(until), expected);
        if let Some((at, _)) = expected {
            self.now = self.now.max(at.as_nanos());
        }
        Ok(expected.is_some())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_wheel_is_a_heap(acts in prop::collection::vec(act(), 1..400)) {
        let mut pair = Pair::default();
        for act in acts {
            match act {
                Act::Push(span) => pair.push(pair.now.saturating_add(span)),
                Act::Advance(span) => {
                    let until = pair.now.saturating_add(span);
                    while pair.pop(until)? {}
                    pair.now = until;
                }
                Act::Pop => {
                    pair.pop(u64::MAX)?;
                }
                Act::Snapshot => pair = pair.clone(),
            }
        }
        while pair.pop(u64::MAX)? {}
    }
}

#[test]
fn the_last_moment_comes_last() {
    let mut wheel = Wheel::default();
    for at in [u64::MAX, 0, u64::MAX, 1 << 63] {
        wheel.push(Instant::from_nanos(at), at);
    }
    let order: Vec<u64> = std::iter::from_fn(|| wheel.pop_until(Instant::FAR_FUTURE)).map(|(_, at)| at).collect();
    assert_eq!(order, [0, 1 << 63, u64::MAX, u64::MAX]);
}

#[test]
fn what_is_late_is_due_with_what_was_taken_last() {
    let mut wheel = Wheel::default();
    wheel.push(Instant::from_millis(5), "first");
    assert!(wheel.pop_until(Instant::FAR_FUTURE).is_some());
    wheel.push(Instant::from_millis(3), "late");
    assert_eq!(wheel.next_at(), Some(Instant::from_millis(5)));
    assert_eq!(wheel.pop_until(Instant::from_millis(4)), None);
    assert_eq!(wheel.pop_until(Instant::from_millis(5)), Some((Instant::from_millis(5), "late")));
}
