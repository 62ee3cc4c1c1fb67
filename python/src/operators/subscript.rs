//! `a[i]`, `a[i:j:k]`, and stores to them.

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::Raise;
use crate::object::{Object, Range, Str};
use crate::symbol::Sym;
use crate::value::Value;

/// The places of a slice: from, step, how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) start: i64,
    pub(crate) stop: i64,
    pub(crate) step: i64,
    pub(crate) count: usize,
}

impl Places {
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        (0..self.count)
            .map(move |n| usize::try_from(self.start + n as i64 * self.step).expect("a place of a slice is inside"))
    }
}

impl Context {
    /// `of[key]`; nothing where a dict has no such key.
    pub(crate) fn subscript(&mut self, of: Value, key: Value) -> Result<Option<Value>, Raise> {
        let plain = self.heap.plain(of);
        if self.heap.dict(plain).is_some() {
            return self.dict_get(plain, key);
        }
        if let Some(Object::Slice(parts)) = self.heap.object(key) {
            let parts = *parts;
            return self.slice(of, plain, parts).map(Some);
        }
        if let Value::Type(kind) = plain
            && matches!(
                kind,
                TypeId::LIST | TypeId::DICT | TypeId::TUPLE | TypeId::SET | TypeId::FROZENSET | TypeId::TYPE
            )
        {
            return Ok(Some(self.make(Object::Alias { origin: plain, arguments: key })));
        }
        let Some(len) =
            self.length_of(plain).filter(|_| !matches!(self.heap.kind(plain), TypeId::SET | TypeId::FROZENSET))
        else {
            return self.not_subscriptable(of);
        };
        let place = self.index(plain, key, len)?;
        self.item_at(plain, place).map(Some)
    }

    fn not_subscriptable(&mut self, of: Value) -> Result<Option<Value>, Raise> {
        let text = if self.heap.is_class(of) {
            format!("type '{}' is not subscriptable", self.heap.class_name(of))
        } else {
            format!("'{}' object is not subscriptable", self.type_name(of))
        };
        Err(self.type_error(text))
    }

    /// The place that an index means.
    fn index(&mut self, of: Value, key: Value, len: usize) -> Result<usize, Raise> {
        if self.heap.own_method(key, Sym::INDEX).is_some() {
            return Err(Raise::Slow);
        }
        let kind = self.heap.kind(of);
        let Some(n) = self.integer(key) else {
            let text = match kind {
                TypeId::STR => format!("string indices must be integers, not '{}'", self.type_name(key)),
                TypeId::BYTES => format!("byte indices must be integers or slices, not {}", self.type_name(key)),
                kind => format!("{} indices must be integers or slices, not {}", kind.name(), self.type_name(key)),
            };
            return Err(self.type_error(text));
        };
        let Some(n) = n.small() else {
            return Err(self.index_error(format!("cannot fit '{}' into an index-sized integer", self.type_name(key))));
        };
        let place = if n < 0 { n + i64::try_from(len).unwrap_or(i64::MAX) } else { n };
        match usize::try_from(place) {
            Ok(place) if place < len => Ok(place),
            _ => Err(self.index_error(match kind {
                TypeId::STR => "string index out of range".to_owned(),
                TypeId::RANGE => "range object index out of range".to_owned(),
                TypeId::BYTES | TypeId::MEMORYVIEW => "index out of range".to_owned(),
                kind => format!("{} index out of range", kind.name()),
            })),
        }
    }

    /// The item at a place that is inside.
    pub(crate) fn item_at(&mut self, of: Value, place: usize) -> Result<Value, Raise> {
        let plain = self.heap.plain(of);
        Ok(match self.heap.object(plain) {
            Some(Object::List(items)) if place < items.len() => items[place],
            Some(Object::Tuple(items)) if place < items.len() => items[place],
            Some(Object::Range(range)) => Value::Int(range.get(place)),
            Some(Object::Str(text)) => {
                let part = char_at(text, place).to_owned();
                self.make_str(&part)
            }
            _ => match self.heap.bytes_of(plain).and_then(|bytes| bytes.get(place)) {
                Some(byte) => Value::Int(i64::from(*byte)),
                None => return Err(self.index_error("index out of range")),
            },
        })
    }

    /// The places that a slice means in something of this length.
    pub(crate) fn places(&mut self, parts: [Value; 3], len: usize) -> Result<Places, Raise> {
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let mut bounds = [None; 3];
        for (bound, part) in bounds.iter_mut().zip(parts) {
            if self.heap.own_method(part, Sym::INDEX).is_some() {
                return Err(Raise::Slow);
            }
            *bound = match part {
                Value::None => None,
                part => match self.integer(part) {
                    Some(n) => Some(n.clamped()),
                    None => {
                        return Err(
                            self.type_error("slice indices must be integers or None or have an __index__ method")
                        );
                    }
                },
            };
        }
        let step = bounds[2].unwrap_or(1);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let (least, most) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(len) } else { bound }).clamp(least, most);
        let start = bounds[0].map_or(if step < 0 { most } else { least }, clamp);
        let stop = bounds[1].map_or(if step < 0 { least } else { most }, clamp);
        let count = Range { start, stop, step }.len();
        Ok(Places { start, stop, step, count })
    }

    fn slice(&mut self, of: Value, plain: Value, parts: [Value; 3]) -> Result<Value, Raise> {
        let Some(len) =
            self.length_of(plain).filter(|_| !matches!(self.heap.kind(plain), TypeId::SET | TypeId::FROZENSET))
        else {
            let text = format!("'{}' object is not subscriptable", self.type_name(of));
            return Err(self.type_error(text));
        };
        let places = self.places(parts, len)?;
        let object = match self.heap.object(plain) {
            Some(Object::List(items)) => Object::List(places.iter().map(|place| items[place]).collect()),
            Some(Object::Tuple(items)) => Object::Tuple(places.iter().map(|place| items[place]).collect()),
            Some(Object::Str(text)) => Object::Str(slice_text(text, places)),
            Some(Object::Range(range)) => Object::Range(Range {
                start: range.start + places.start * range.step,
                stop: range.start + places.stop * range.step,
                step: range.step * places.step,
            }),
            Some(Object::ByteArray(bytes)) => Object::ByteArray(places.iter().map(|place| bytes[place]).collect()),
            Some(Object::MemoryView { of, from, .. }) if places.step == 1 => {
                let start = from + usize::try_from(places.start).unwrap_or(0);
                Object::MemoryView { of: *of, from: start, to: start + places.count }
            }
            _ => {
                let bytes = self.heap.bytes_of(plain).unwrap_or_default();
                Object::Bytes(places.iter().map(|place| bytes[place]).collect())
            }
        };
        Ok(self.make(object))
    }

    /// `of[key] = value`.
    pub(crate) fn store_subscript(&mut self, of: Value, key: Value, value: Value) -> Result<(), Raise> {
        let plain = self.heap.plain(of);
        match self.heap.kind(plain) {
            TypeId::DICT => self.dict_set(plain, key, value).map(drop),
            TypeId::LIST => {
                let len = self.length_of(plain).unwrap_or(0);
                if let Some(Object::Slice(parts)) = self.heap.object(key) {
                    let parts = *parts;
                    return self.store_slice(plain, parts, value);
                }
                let place = self.store_index(plain, key, len, "list assignment index out of range")?;
                self.heap.list_mut(plain).expect("it is a list")[place] = value;
                Ok(())
            }
            TypeId::BYTEARRAY | TypeId::MEMORYVIEW => self.store_bytes(plain, key, value),
            _ => {
                let text = format!("'{}' object does not support item assignment", self.type_name(of));
                Err(self.type_error(text))
            }
        }
    }

    fn store_index(&mut self, of: Value, key: Value, len: usize, text: &str) -> Result<usize, Raise> {
        match self.index(of, key, len) {
            Err(Raise::Exception(exception)) if self.heap.kind(exception) == TypeId::INDEX_ERROR => {
                Err(self.index_error(text))
            }
            other => other,
        }
    }

    fn store_slice(&mut self, list: Value, parts: [Value; 3], value: Value) -> Result<(), Raise> {
        let len = self.length_of(list).unwrap_or(0);
        let places = self.places(parts, len)?;
        let Ok(items) = self.items_of(value) else {
            if self.heap.own_method(value, Sym::ITER).is_some() || self.heap.kind(value) == TypeId::GENERATOR {
                return Err(Raise::Slow);
            }
            return Err(self.type_error("can only assign an iterable"));
        };
        self.heap.charge(items.len() * 16);
        if places.step == 1 {
            let from = usize::try_from(places.start).unwrap_or(0);
            self.heap.list_mut(list).expect("it is a list").splice(from..from + places.count, items);
            return Ok(());
        }
        if items.len() != places.count {
            let text = format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                items.len(),
                places.count
            );
            return Err(self.value_error(text));
        }
        let list = self.heap.list_mut(list).expect("it is a list");
        for (place, item) in places.iter().zip(items) {
            list[place] = item;
        }
        Ok(())
    }

    fn store_bytes(&mut self, of: Value, key: Value, value: Value) -> Result<(), Raise> {
        let (target, offset) = match self.heap.object(of) {
            Some(Object::MemoryView { of, from, .. }) => (*of, *from),
            _ => (of, 0),
        };
        if self.heap.bytearray_mut(target).is_none() {
            return Err(self.type_error("cannot modify read-only memory"));
        }
        let len = self.length_of(of).unwrap_or(0);
        if let Some(Object::Slice(parts)) = self.heap.object(key) {
            let parts = *parts;
            let places = self.places(parts, len)?;
            let bytes = match self.heap.bytes_of(value) {
                Some(bytes) => bytes.to_vec(),
                None => {
                    let items = self.items_of(value)?;
                    items.into_iter().map(|item| self.byte(item)).collect::<Result<_, _>>()?
                }
            };
            let from = offset + usize::try_from(places.start).unwrap_or(0);
            if target.is(of) && places.step == 1 {
                self.heap.bytearray_mut(target).expect("it was tested").splice(from..from + places.count, bytes);
                return Ok(());
            }
            if bytes.len() != places.count {
                return Err(if target.is(of) {
                    let (given, wanted) = (bytes.len(), places.count);
                    self.value_error(format!(
                        "attempt to assign bytes of size {given} to extended slice of size {wanted}"
                    ))
                } else {
                    self.value_error("memoryview assignment: lvalue and rvalue have different structures")
                });
            }
            let array = self.heap.bytearray_mut(target).expect("it was tested");
            for (place, byte) in places.iter().zip(bytes) {
                array[offset + place] = byte;
            }
            return Ok(());
        }
        let place = self.store_index(of, key, len, "bytearray index out of range")?;
        let byte = self.byte(value)?;
        self.heap.bytearray_mut(target).expect("it was tested")[offset + place] = byte;
        Ok(())
    }

    /// An int from 0 to 255.
    pub(crate) fn byte(&mut self, value: Value) -> Result<u8, Raise> {
        let n = self.int_of(value)?;
        u8::try_from(n).map_err(|_| self.value_error("byte must be in range(0, 256)"))
    }

    /// `del of[key]`.
    pub(crate) fn delete_subscript(&mut self, of: Value, key: Value) -> Result<(), Raise> {
        let plain = self.heap.plain(of);
        match self.heap.kind(plain) {
            TypeId::DICT => match self.dict_remove(plain, key)? {
                Some(_) => Ok(()),
                None => Err(self.key_error(key)),
            },
            TypeId::LIST | TypeId::BYTEARRAY => {
                let len = self.length_of(plain).unwrap_or(0);
                let gone: Vec<usize> = if let Some(Object::Slice(parts)) = self.heap.object(key) {
                    let parts = *parts;
                    self.places(parts, len)?.iter().collect()
                } else {
                    vec![self.store_index(plain, key, len, "list assignment index out of range")?]
                };
                let mut keep = vec![true; len];
                gone.into_iter().for_each(|place| keep[place] = false);
                let mut keep = keep.into_iter();
                if let Some(list) = self.heap.list_mut(plain) {
                    list.retain(|_| keep.next().unwrap_or(true));
                } else if let Some(bytes) = self.heap.bytearray_mut(plain) {
                    bytes.retain(|_| keep.next().unwrap_or(true));
                }
                Ok(())
            }
            _ => {
                let text = format!("'{}' object doesn't support item deletion", self.type_name(of));
                Err(self.type_error(text))
            }
        }
    }
}

/// A character of a string.
fn char_at(text: &Str, place: usize) -> &str {
    if text.is_ascii() {
        return &text.text[place..=place];
    }
    let mut rest = text.text.char_indices().skip(place);
    let from = rest.next().map_or(text.text.len(), |(at, _)| at);
    let to = rest.next().map_or(text.text.len(), |(at, _)| at);
    &text.text[from..to]
}

fn slice_text(text: &Str, places: Places) -> Str {
    if text.is_ascii() && places.step == 1 {
        let from = usize::try_from(places.start).unwrap_or(0);
        return Str { text: text.text[from..from + places.count].into(), chars: places.count };
    }
    let chars: Vec<char> = text.text.chars().collect();
    let part: String = places.iter().map(|place| chars[place]).collect();
    Str { text: part.into(), chars: places.count }
}
