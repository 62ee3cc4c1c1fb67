//! Sorting with one piece of code for all types. The standard library makes one for each, of three to eight kilobytes, which a page has to
//! load; here a list of places is sorted, and what lies there is moved once.
//!
//! Absent on purpose: speed for its own sake. What is sorted for every packet, and numbers alone, use the standard library's.

use core::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Sorts by a comparison; equals stay in their order.
///
/// # Panics
/// For more than 2³² elements.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut from = places(items.len(), &|one, other| compare(&items[one as usize], &items[other as usize]));
    for start in 0..from.len() {
        // What lies at `at` belongs where the cycle goes on; the last place of a cycle gets what its first one had.
        let mut at = start;
        loop {
            let next = core::mem::replace(&mut from[at], at as u32) as usize;
            if next == start {
                break;
            }
            items.swap(at, next);
            at = next;
        }
    }
}

/// Sorts by a key; equals stay in their order.
///
/// # Panics
/// For more than 2³² elements.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

/// Sorts; equals stay in their order.
///
/// # Panics
/// For more than 2³² elements.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// The items in order, each once: as `collect` does it, without sorting them first.
pub fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}

/// The items in the order of their keys, the last of each: as `collect` does it, without sorting them first.
pub fn map<K: Ord, V>(items: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(items);
    map
}

/// For each place, the place of what belongs there.
#[inline(never)]
fn places(count: usize, compare: &dyn Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let count = u32::try_from(count).expect("a list that is sorted has places of 32 bits");
    let mut places: Vec<u32> = (0..count).collect();
    places.sort_by(|one, other| compare(*one, *other));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        // Many equals, so that their order counts; all lengths around those at which a sort changes its way.
        for count in 0..200_u64 {
            let mut ours: Vec<(u64, String)> =
                (0..count).map(|place| (place.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60, place.to_string())).collect();
            let mut theirs = ours.clone();
            sort_by_key(&mut ours, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            assert_eq!(ours, theirs);
        }
    }
}
