//! A set as CPython lays it out (`Objects/setobject.c`): sets of small ints are gone through in the same order as there.
//!
//! Absent on purpose: hashing and comparing, as in [`crate::dict`].

use crate::value::Value;

/// A set.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    /// The hash and the item; an item that is unbound with hash 0 is a free place, with hash -1 a removed one.
    table: Vec<(i64, Value)>,
    fill: usize,
    len: usize,
}

const FREE: (i64, Value) = (0, Value::Unbound);
const REMOVED: (i64, Value) = (-1, Value::Unbound);
/// `LINEAR_PROBES`.
const PROBES: usize = 9;
/// `PySet_MINSIZE`.
const LEAST: usize = 8;

impl Default for Set {
    fn default() -> Set {
        Set { table: vec![FREE; LEAST], fill: 0, len: 0 }
    }
}

impl Set {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The items from a place of the table on, with their places and hashes.
    pub(crate) fn items(&self, from: usize) -> impl Iterator<Item = (usize, i64, Value)> {
        self.table
            .iter()
            .enumerate()
            .skip(from)
            .filter(|(_, (_, item))| !item.is_unbound())
            .map(|(place, (hash, item))| (place, *hash, *item))
    }

    pub(crate) fn find<E>(
        &self,
        hash: i64,
        mut same: impl FnMut(Value) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        for place in self.probes(hash) {
            let (its, item) = self.table[place];
            if item.is_unbound() {
                if its == 0 {
                    return Ok(None);
                }
            } else if its == hash && same(item)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Adds an item that is not there.
    pub(crate) fn add(&mut self, hash: i64, item: Value) {
        self.enter(hash, item);
        if self.fill * 5 >= (self.table.len() - 1) * 3 {
            let used = self.len;
            self.make_anew(if used > 50_000 { used * 2 } else { used * 4 });
        }
    }

    pub(crate) fn remove(&mut self, place: usize) -> Value {
        self.len -= 1;
        core::mem::replace(&mut self.table[place], REMOVED).1
    }

    pub(crate) fn clear(&mut self) {
        *self = Set::default();
    }

    fn enter(&mut self, hash: i64, item: Value) {
        let place = self
            .probes(hash)
            .find(|place| self.table[*place].1.is_unbound() && self.table[*place].0 == 0)
            .expect("a set's table is never full");
        self.table[place] = (hash, item);
        self.fill += 1;
        self.len += 1;
    }

    fn make_anew(&mut self, least: usize) {
        let mut size = LEAST;
        while size <= least {
            size *= 2;
        }
        let old = core::mem::replace(&mut self.table, vec![FREE; size]);
        (self.fill, self.len) = (0, 0);
        for (hash, item) in old {
            if !item.is_unbound() {
                self.enter(hash, item);
            }
        }
    }

    /// The places where an item of this hash may be, in order.
    fn probes(&self, hash: i64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.table.len() - 1;
        let mut perturb = hash.cast_unsigned();
        let mut start = perturb as usize & mask;
        let mut step = 0;
        core::iter::from_fn(move || {
            let place = start + step;
            if step < PROBES && start + PROBES <= mask {
                step += 1;
            } else {
                step = 0;
                perturb >>= 5;
                start = (start.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
            }
            Some(place)
        })
    }
}
