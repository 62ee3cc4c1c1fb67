//! A table of keys and values in the order in which they came.
//!
//! Absent on purpose: hashing and comparing, which need the heap ([`crate::heap`]); a caller brings the hash and says which key is
//! meant. No random state: the same program does the same twice.

use crate::value::Value;

/// An entry; a removed one keeps its place until the table is made anew.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) hash: i64,
    pub(crate) key: Value,
    pub(crate) value: Value,
}

/// A dict.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dict {
    entries: Vec<Entry>,
    /// Places of entries plus one, by hash; 0 is free. Empty while there are few entries.
    index: Vec<u32>,
    len: usize,
}

/// So many entries are looked through one after the other.
const FEW: usize = 8;

impl Dict {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The entries from a place on: with their places, without the removed ones.
    pub(crate) fn entries(&self, from: usize) -> impl DoubleEndedIterator<Item = (usize, &Entry)> {
        self.entries.iter().enumerate().skip(from).filter(|(_, entry)| !entry.key.is_unbound())
    }

    /// The entries before a place, the last first.
    pub(crate) fn entries_before(&self, end: usize) -> impl Iterator<Item = (usize, &Entry)> {
        self.entries[..end.min(self.entries.len())].iter().enumerate().rev().filter(|(_, e)| !e.key.is_unbound())
    }

    /// So many places there are, removed ones with them.
    pub(crate) fn places(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entry(&self, place: usize) -> &Entry {
        &self.entries[place]
    }

    pub(crate) fn set_value(&mut self, place: usize, value: Value) -> Value {
        core::mem::replace(&mut self.entries[place].value, value)
    }

    /// The first entry with this hash whose key is the one that is meant.
    pub(crate) fn find<E>(
        &self,
        hash: i64,
        mut same: impl FnMut(Value) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        if self.index.is_empty() {
            for (place, entry) in self.entries.iter().enumerate() {
                if entry.hash == hash && !entry.key.is_unbound() && same(entry.key)? {
                    return Ok(Some(place));
                }
            }
            return Ok(None);
        }
        let mask = self.index.len() - 1;
        let mut at = spread(hash) & mask;
        while self.index[at] != 0 {
            let place = self.index[at] as usize - 1;
            let entry = &self.entries[place];
            if entry.hash == hash && !entry.key.is_unbound() && same(entry.key)? {
                return Ok(Some(place));
            }
            at = (at + 1) & mask;
        }
        Ok(None)
    }

    /// Adds a key that is not there.
    pub(crate) fn add(&mut self, hash: i64, key: Value, value: Value) {
        if self.entries.len() >= FEW && (self.entries.len() + 1) * 3 > self.index.len() * 2 {
            self.make_anew();
        }
        self.entries.push(Entry { hash, key, value });
        self.len += 1;
        if !self.index.is_empty() {
            self.enter(self.entries.len() - 1);
        }
    }

    pub(crate) fn remove(&mut self, place: usize) -> Entry {
        let entry = self.entries[place];
        self.len -= 1;
        if place + 1 == self.entries.len() && self.index.is_empty() {
            self.entries.pop();
        } else {
            self.entries[place].key = Value::Unbound;
            self.entries[place].value = Value::None;
        }
        if self.len == 0 {
            self.clear();
        }
        entry
    }

    pub(crate) fn clear(&mut self) {
        *self = Dict::default();
    }

    fn make_anew(&mut self) {
        self.entries.retain(|entry| !entry.key.is_unbound());
        let size = (self.entries.len() + 1) * 3;
        self.index = vec![0; size.next_power_of_two()];
        for place in 0..self.entries.len() {
            self.enter(place);
        }
    }

    fn enter(&mut self, place: usize) {
        let mask = self.index.len() - 1;
        let mut at = spread(self.entries[place].hash) & mask;
        while self.index[at] != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = u32::try_from(place + 1).expect("the heap's limit bounds a dict");
    }
}

/// Hashes of ints follow each other; this spreads them over the table.
fn spread(hash: i64) -> usize {
    let mixed = hash.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) as usize
}
