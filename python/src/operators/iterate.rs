//! Going through built-in values.

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::Raise;
use crate::object::{DictPart, Iter, Object};
use crate::symbol::Sym;
use crate::value::Value;

impl Context {
    /// `iter(value)`; [`Raise::Slow`] where the program's `__iter__` or `__getitem__` is to be called.
    pub(crate) fn iterator(&mut self, value: Value) -> Result<Value, Raise> {
        if self.heap.own_method(value, Sym::ITER).is_some() {
            return Err(Raise::Slow);
        }
        let plain = self.heap.plain(value);
        let iter = match self.heap.object(plain) {
            Some(Object::List(_)) => Iter::List { list: plain, next: 0 },
            Some(Object::Tuple(tuple)) => Iter::Tuple { tuple: tuple.clone(), next: 0 },
            Some(Object::Str(text)) => Iter::Str { text: text.text.clone(), next: 0 },
            Some(Object::Bytes(_) | Object::ByteArray(_) | Object::MemoryView { .. }) => {
                Iter::Bytes { bytes: plain, next: 0 }
            }
            Some(Object::Range(range)) => Iter::Range { next: range.start, step: range.step, left: range.len() },
            Some(Object::Dict(dict)) => {
                Iter::Dict { dict: plain, next: 0, len: dict.len(), what: DictPart::Keys, backward: false }
            }
            Some(Object::View { dict, what }) => {
                let (dict, what) = (*dict, *what);
                let len = self.heap.dict(dict).map_or(0, crate::dict::Dict::len);
                Iter::Dict { dict, next: 0, len, what, backward: false }
            }
            Some(Object::Set(set) | Object::FrozenSet(set)) => Iter::Set { set: plain, next: 0, len: set.len() },
            Some(Object::Iterator(_) | Object::Generator(_)) => return Ok(value),
            Some(Object::Instance(_)) if self.heap.own_method(value, Sym::GETITEM).is_some() => {
                return Err(Raise::Slow);
            }
            _ => {
                let text = format!("'{}' object is not iterable", self.type_name(value));
                return Err(self.type_error(text));
            }
        };
        Ok(self.make(Object::Iterator(Box::new(iter))))
    }

    /// The next item of an iterator of a built-in kind; [`Raise::Slow`] for others.
    pub(crate) fn next(&mut self, iterator: Value) -> Result<Option<Value>, Raise> {
        let Value::Object(place) = iterator else { return Err(Raise::Slow) };
        let Object::Iterator(iter) = self.heap.get_mut(place) else { return Err(Raise::Slow) };
        // The iterator is taken out while it looks at the heap.
        let mut iter = core::mem::replace(&mut **iter, Iter::Done);
        let result = self.step(&mut iter);
        if let Ok(None) = result {
            iter = Iter::Done;
        }
        if let Object::Iterator(home) = self.heap.get_mut(place) {
            **home = iter;
        }
        result
    }

    fn step(&mut self, iter: &mut Iter) -> Result<Option<Value>, Raise> {
        match iter {
            Iter::Done => Ok(None),
            Iter::List { list, next } => Ok(take(self.heap.list(*list).map(Vec::as_slice), next)),
            Iter::Tuple { tuple, next } => Ok(take(Some(&**tuple), next)),
            Iter::Range { next, step, left } => {
                if *left == 0 {
                    return Ok(None);
                }
                *left -= 1;
                let value = *next;
                *next = next.wrapping_add(*step);
                Ok(Some(Value::Int(value)))
            }
            Iter::Str { text, next } => {
                let Some(c) = text[*next..].chars().next() else { return Ok(None) };
                *next += c.len_utf8();
                Ok(Some(self.make_str(c.encode_utf8(&mut [0; 4]))))
            }
            Iter::Bytes { bytes, next } => {
                let byte = self.heap.bytes_of(*bytes).and_then(|bytes| bytes.get(*next)).copied();
                *next += 1;
                Ok(byte.map(|byte| Value::Int(i64::from(byte))))
            }
            Iter::Dict { dict, next, len, what, backward } => self.step_dict(*dict, next, *len, *what, *backward),
            Iter::Set { set, next, len } => self.step_set(*set, next, *len),
            Iter::Reversed { sequence, left } => {
                let Some(place) = left.checked_sub(1) else { return Ok(None) };
                *left = place;
                let sequence = *sequence;
                self.item_at(sequence, place).map(Some)
            }
            Iter::Enumerate { inner, count } => {
                let Some(item) = self.next(*inner)? else { return Ok(None) };
                let number = Value::Int(*count);
                *count += 1;
                Ok(Some(self.make_tuple(vec![number, item])))
            }
            Iter::Zip { inner, strict } => self.step_zip(inner, *strict),
        }
    }

    fn step_zip(&mut self, inner: &[Value], strict: bool) -> Result<Option<Value>, Raise> {
        if inner.iter().any(|one| !matches!(self.heap.object(*one), Some(Object::Iterator(_)))) {
            return Err(Raise::Slow);
        }
        let mut items = Vec::with_capacity(inner.len());
        for (place, one) in inner.iter().enumerate() {
            match self.next(*one)? {
                Some(item) => items.push(item),
                None if strict && place > 0 => {
                    let before = if place == 1 { "argument 1".to_owned() } else { format!("arguments 1-{place}") };
                    return Err(self.value_error(format!("zip() argument {} is shorter than {before}", place + 1)));
                }
                None if strict => return self.zip_rest(inner),
                None => return Ok(None),
            }
        }
        if items.is_empty() { Ok(None) } else { Ok(Some(self.make_tuple(items))) }
    }

    fn zip_rest(&mut self, inner: &[Value]) -> Result<Option<Value>, Raise> {
        for (place, one) in inner.iter().enumerate().skip(1) {
            if self.next(*one)?.is_some() {
                let before = if place == 1 { "argument 1".to_owned() } else { format!("arguments 1-{place}") };
                return Err(self.value_error(format!("zip() argument {} is longer than {before}", place + 1)));
            }
        }
        Ok(None)
    }

    fn step_dict(
        &mut self,
        dict: Value,
        next: &mut usize,
        len: usize,
        what: DictPart,
        backward: bool,
    ) -> Result<Option<Value>, Raise> {
        let Some(table) = self.heap.dict(dict) else { return Ok(None) };
        if table.len() != len {
            return Err(self.error(TypeId::RUNTIME_ERROR, "dictionary changed size during iteration"));
        }
        let found = if backward {
            table.entries_before(*next).next().map(|(place, entry)| (place, entry.key, entry.value))
        } else {
            table.entries(*next).next().map(|(place, entry)| (place + 1, entry.key, entry.value))
        };
        let Some((place, key, value)) = found else { return Ok(None) };
        *next = place;
        Ok(Some(match what {
            DictPart::Keys => key,
            DictPart::Values => value,
            DictPart::Items => self.make_tuple(vec![key, value]),
        }))
    }

    fn step_set(&mut self, set: Value, next: &mut usize, len: usize) -> Result<Option<Value>, Raise> {
        let Some(table) = self.heap.set(set) else { return Ok(None) };
        if table.len() != len {
            return Err(self.error(TypeId::RUNTIME_ERROR, "Set changed size during iteration"));
        }
        let found = table.items(*next).next();
        Ok(found.map(|(place, _, item)| {
            *next = place + 1;
            item
        }))
    }

    /// All items of a built-in iterable; [`Raise::Slow`] for others.
    pub(crate) fn items_of(&mut self, value: Value) -> Result<Vec<Value>, Raise> {
        let own = self.heap.own_method(value, Sym::ITER).is_some();
        if let Some(items) = self.heap.items(value).filter(|_| !own) {
            return Ok(items.to_vec());
        }
        let iterator = self.iterator(value)?;
        if let Some(len) = self.length_of(value) {
            self.room(len.saturating_mul(16))?;
        }
        if self.needs_program(iterator) {
            return Err(Raise::Slow);
        }
        let mut items = Vec::new();
        while let Some(item) = self.next(iterator)? {
            items.push(item);
            if items.len() % 4096 == 0 {
                self.room(items.len() * 16)?;
            }
        }
        Ok(items)
    }

    /// Does an iterator lead to a generator or to methods of the program's?
    pub(crate) fn needs_program(&self, iterator: Value) -> bool {
        match self.heap.object(iterator) {
            Some(Object::Iterator(iter)) => match &**iter {
                Iter::Enumerate { inner, .. } => self.needs_program(*inner),
                Iter::Zip { inner, .. } => inner.iter().any(|one| self.needs_program(*one)),
                Iter::Reversed { sequence, .. } => self.heap.own_method(*sequence, Sym::GETITEM).is_some(),
                _ => false,
            },
            _ => true,
        }
    }
}

fn take(items: Option<&[Value]>, next: &mut usize) -> Option<Value> {
    let item = items?.get(*next).copied()?;
    *next += 1;
    Some(item)
}
