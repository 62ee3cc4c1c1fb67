//! A hierarchical timing wheel: a priority queue for a simulator, whose cost does not grow with what is pending.
//!
//! Time is cut into digits of six bits. An entry lies on the level of the highest digit in which its time differs from the
//! wheel's own, in the slot of that digit's value; so every entry of a level is due before any of a higher level, and the slots of a
//! level are in order of time. Taking an entry from above level 0 moves the wheel's time to the earliest of its slot, and
//! spreads the slot's other entries over the levels below: an entry moves down a few times in its life and never up.
//!
//! **Invariant**: entries of one time come out in the order in which they were put in. They share a slot at every moment, because the wheel's time
//! enters the range of a slot only by emptying it; and a slot is a list that is filled at one end and emptied from the other, in order.
//!
//! Absent on purpose: taking entries out before their time, and times before the wheel's own.

use crate::time::Instant;

/// Bits of a digit: 64 slots a level, as many as an integer has bits to mark the occupied ones.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Levels for all 64 bits of a time.
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;
/// No entry.
const NONE: u32 = u32::MAX;

/// A queue of values, each with the time at which it is due.
#[derive(Clone, Debug)]
pub struct Wheel<T> {
    /// The time of what was taken last: nothing pending is earlier.
    now: u64,
    /// A bit for each level that holds something.
    occupied: u32,
    levels: Box<[Level; LEVELS]>,
    /// Entries, chained: those of a slot, or those that wait for use.
    entries: Vec<Entry<T>>,
    free: u32,
    len: usize,
}

#[derive(Clone, Debug)]
struct Level {
    /// A bit for each slot that holds something.
    occupied: u64,
    slots: [Slot; SLOTS],
}

/// A list of entries, first in, first out.
#[derive(Clone, Copy, Debug)]
struct Slot {
    first: u32,
    last: u32,
    /// The earliest time in it.
    earliest: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry<T> {
    at: u64,
    next: u32,
    value: T,
}

const EMPTY: Slot = Slot { first: NONE, last: NONE, earliest: u64::MAX };

impl<T> Default for Wheel<T> {
    fn default() -> Wheel<T> {
        const VACANT: Level = Level { occupied: 0, slots: [EMPTY; SLOTS] };
        Wheel { now: 0, occupied: 0, levels: Box::new([VACANT; LEVELS]), entries: Vec::new(), free: NONE, len: 0 }
    }
}

impl<T: Copy> Wheel<T> {
    /// How many are pending.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.occupied == 0
    }

    /// Puts a value in. One that should be due before what was taken last is due with it.
    pub fn push(&mut self, at: Instant, value: T) {
        let entry = Entry { at: at.as_nanos().max(self.now), next: NONE, value };
        let index = if self.free == NONE {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).expect("fewer than 2^32 events are pending")
        } else {
            let index = self.free;
            self.free = core::mem::replace(&mut self.entries[index as usize], entry).next;
            index
        };
        self.len += 1;
        self.place(index);
    }

    /// When the next is due.
    pub fn next_at(&self) -> Option<Instant> {
        let (number, digit) = self.first_slot()?;
        Some(Instant::from_nanos(self.levels[number].slots[digit].earliest))
    }

    /// The slot of the next: its level, and its digit.
    fn first_slot(&self) -> Option<(usize, usize)> {
        let number = self.occupied.trailing_zeros() as usize;
        let level = self.levels.get(number)?;
        Some((number, level.occupied.trailing_zeros() as usize % SLOTS))
    }

    /// Takes the next when it is due at `until` or before.
    pub fn pop_until(&mut self, until: Instant) -> Option<(Instant, T)> {
        let (mut number, mut digit) = self.first_slot()?;
        let mut slot = self.levels[number].slots[digit];
        if slot.earliest > until.as_nanos() {
            return None;
        }
        self.now = slot.earliest;
        // Most slots hold one entry, which is then the next; and level 0 has a slot for each time.
        if slot.first != slot.last && number > 0 {
            self.spread(number, digit);
            (number, digit) = (0, self.now as usize % SLOTS);
            slot = self.levels[0].slots[digit];
        }
        let entry = &mut self.entries[slot.first as usize];
        let next = core::mem::replace(&mut entry.next, self.free);
        let value = entry.value;
        self.free = slot.first;
        self.len -= 1;
        if next == NONE {
            self.clear(number, digit);
        } else {
            self.levels[0].slots[digit].first = next;
        }
        Some((Instant::from_nanos(self.now), value))
    }

    /// Empties a slot into the levels below; the wheel's time is the earliest of it already.
    fn spread(&mut self, number: usize, digit: usize) {
        let mut index = self.levels[number].slots[digit].first;
        self.clear(number, digit);
        while index != NONE {
            let next = core::mem::replace(&mut self.entries[index as usize].next, NONE);
            self.place(index);
            index = next;
        }
    }

    fn clear(&mut self, number: usize, digit: usize) {
        let level = &mut self.levels[number];
        level.slots[digit] = EMPTY;
        level.occupied &= !(1 << digit);
        if level.occupied == 0 {
            self.occupied &= !(1 << number);
        }
    }

    /// Adds an entry at the end of the slot where it belongs.
    fn place(&mut self, index: u32) {
        let at = self.entries[index as usize].at;
        // The lowest bit is set for the sake of equal times, which belong to level 0 too.
        let number = ((u64::BITS - 1 - ((at ^ self.now) | 1).leading_zeros()) / BITS) as usize;
        let digit = (at >> (number as u32 * BITS)) as usize % SLOTS;
        let level = &mut self.levels[number];
        let slot = &mut level.slots[digit];
        if slot.first == NONE {
            *slot = Slot { first: index, last: index, earliest: at };
            level.occupied |= 1 << digit;
            self.occupied |= 1 << number;
        } else {
            self.entries[slot.last as usize].next = index;
            slot.last = index;
            slot.earliest = slot.earliest.min(at);
        }
    }
}
