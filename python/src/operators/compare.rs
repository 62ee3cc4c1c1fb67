//! `==`, `<`, `in`, truth and length.

use core::cmp::Ordering;

use crate::code::Compare;
use crate::context::Context;
use crate::native::Raise;
use crate::object::{DictPart, Object};
use crate::set::Set;
use crate::symbol::Sym;
use crate::value::Value;

impl Context {
    pub(crate) fn compare(&mut self, op: Compare, left: Value, right: Value) -> Result<bool, Raise> {
        match op {
            Compare::Eq => return self.equal(left, right),
            Compare::Ne => return self.equal(left, right).map(|equal| !equal),
            _ => {}
        }
        let (a, b) = (self.heap.plain(left), self.heap.plain(right));
        if self.is_number(a) && self.is_number(b) {
            return Ok(holds(op, self.heap.compare_numbers(a, b)));
        }
        if let (Some(x), Some(y)) = (self.heap.str(a), self.heap.str(b)) {
            return Ok(holds(op, Some(x.text.cmp(&y.text))));
        }
        if let (Some(x), Some(y)) = (self.heap.bytes_of(a), self.heap.bytes_of(b)) {
            return Ok(holds(op, Some(x.cmp(y))));
        }
        if let (Some(x), Some(y)) = (self.heap.items(a), self.heap.items(b))
            && self.heap.kind(a) == self.heap.kind(b)
        {
            let (x, y) = (x.to_vec(), y.to_vec());
            return self.compare_sequences(op, &x, &y);
        }
        if let (Some(x), Some(y)) = (self.heap.set(a), self.heap.set(b)) {
            let (x, y) = (x.clone(), y.clone());
            return self.compare_sets(op, &x, &y);
        }
        Err(self.cannot_compare(op, left, right))
    }

    fn is_number(&self, value: Value) -> bool {
        matches!(value, Value::Float(_)) || self.integer(value).is_some()
    }

    pub(crate) fn cannot_compare(&mut self, op: Compare, left: Value, right: Value) -> Raise {
        let (a, b) = (self.type_name(left), self.type_name(right));
        self.type_error(format!("'{}' not supported between instances of '{a}' and '{b}'", op.text()))
    }

    fn compare_sequences(&mut self, op: Compare, x: &[Value], y: &[Value]) -> Result<bool, Raise> {
        for (a, b) in x.iter().zip(y) {
            if a.is(*b) || self.equal(*a, *b)? {
                continue;
            }
            let own = |name| self.heap.own_method(*a, name).is_some();
            if own(op.method()) || self.heap.own_method(*b, op.mirrored().method()).is_some() {
                return Err(Raise::Slow);
            }
            return self.compare(op, *a, *b);
        }
        Ok(holds(op, Some(x.len().cmp(&y.len()))))
    }

    fn compare_sets(&mut self, op: Compare, x: &Set, y: &Set) -> Result<bool, Raise> {
        let within =
            |cx: &mut Context, a: &Set, b: &Set| cx.heap.is_subset(a, b).map_err(|unknown| cx.unknown(unknown));
        Ok(match op {
            Compare::Lt => x.len() < y.len() && within(self, x, y)?,
            Compare::Le => x.len() <= y.len() && within(self, x, y)?,
            Compare::Gt => y.len() < x.len() && within(self, y, x)?,
            _ => y.len() <= x.len() && within(self, y, x)?,
        })
    }

    /// `bool(value)`.
    pub(crate) fn truth(&mut self, value: Value) -> Result<bool, Raise> {
        match value {
            Value::Bool(b) => Ok(b),
            Value::None | Value::Unbound => Ok(false),
            Value::Int(n) => Ok(n != 0),
            Value::Float(x) => Ok(x != 0.0),
            Value::Object(place) => {
                if matches!(self.heap.get(place), Object::Instance(_) | Object::Exception(_)) {
                    let own = |name| self.heap.own_method(value, name).is_some();
                    if own(Sym::BOOL) || own(Sym::LEN) {
                        return Err(Raise::Slow);
                    }
                    let plain = self.heap.plain(value);
                    return if plain.is(value) { Ok(true) } else { self.truth(plain) };
                }
                Ok(self.length_of(value).is_none_or(|len| len > 0))
            }
            _ => Ok(true),
        }
    }

    /// How long something built-in is.
    pub(crate) fn length_of(&self, value: Value) -> Option<usize> {
        Some(match self.heap.object(self.heap.plain(value))? {
            Object::Str(text) => text.chars,
            Object::List(items) => items.len(),
            Object::Tuple(items) => items.len(),
            Object::Dict(dict) => dict.len(),
            Object::Set(set) | Object::FrozenSet(set) => set.len(),
            Object::Range(range) => range.len(),
            Object::View { dict, .. } => self.heap.dict(*dict)?.len(),
            Object::Bytes(_) | Object::ByteArray(_) | Object::MemoryView { .. } => self.heap.bytes_of(value)?.len(),
            _ => return None,
        })
    }

    /// `item in container`.
    pub(crate) fn contains(&mut self, container: Value, item: Value) -> Result<bool, Raise> {
        let plain = self.heap.plain(container);
        let Some(object) = self.heap.object(plain) else { return self.not_iterable_in(container) };
        match object {
            Object::Str(text) => match self.heap.str(item) {
                Some(part) => Ok(text.text.contains(&*part.text)),
                None => {
                    let text = format!("'in <string>' requires string as left operand, not {}", self.type_name(item));
                    Err(self.type_error(text))
                }
            },
            Object::Dict(_) => self.dict_get(plain, item).map(|found| found.is_some()),
            Object::Set(_) | Object::FrozenSet(_) => self.set_has(plain, item),
            Object::View { dict, what: DictPart::Keys } => {
                let dict = *dict;
                self.dict_get(dict, item).map(|found| found.is_some())
            }
            Object::Bytes(_) | Object::ByteArray(_) | Object::MemoryView { .. } => self.bytes_contain(plain, item),
            Object::Range(range) => match self.integer(item) {
                Some(n) => {
                    let Some(n) = n.small() else { return Ok(false) };
                    let inside = if range.step > 0 {
                        n >= range.start && n < range.stop
                    } else {
                        n <= range.start && n > range.stop
                    };
                    Ok(inside && (n - range.start) % range.step == 0)
                }
                None => Ok(false),
            },
            _ => {
                if !matches!(object, Object::List(_) | Object::Tuple(_) | Object::View { .. } | Object::Iterator(_)) {
                    return self.not_iterable_in(container);
                }
                for other in self.items_of(plain)? {
                    if other.is(item) || self.equal(other, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    fn not_iterable_in(&mut self, container: Value) -> Result<bool, Raise> {
        let class = self.heap.class_of(container);
        let iterates = self.heap.lookup(class, Sym::ITER).or_else(|| self.heap.lookup(class, Sym::GETITEM)).is_some();
        if iterates || matches!(self.heap.object(container), Some(Object::Generator(_))) {
            return Err(Raise::Slow);
        }
        let text = format!("argument of type '{}' is not iterable", self.type_name(container));
        Err(self.type_error(text))
    }

    fn bytes_contain(&mut self, container: Value, item: Value) -> Result<bool, Raise> {
        let bytes = self.heap.bytes_of(container).unwrap_or_default();
        if let Some(part) = self.heap.bytes_of(item) {
            return Ok(part.is_empty() || bytes.windows(part.len()).any(|window| window == part));
        }
        match self.heap.int(item) {
            Some(n) => match u8::try_from(n) {
                Ok(n) => Ok(bytes.contains(&n)),
                Err(_) => Err(self.value_error("byte must be in range(0, 256)")),
            },
            None => {
                let text = format!("a bytes-like object is required, not '{}'", self.type_name(item));
                Err(self.type_error(text))
            }
        }
    }
}

fn holds(op: Compare, order: Option<Ordering>) -> bool {
    match (op, order) {
        (_, None) => op == Compare::Ne,
        (Compare::Eq, Some(order)) => order == Ordering::Equal,
        (Compare::Ne, Some(order)) => order != Ordering::Equal,
        (Compare::Lt, Some(order)) => order == Ordering::Less,
        (Compare::Le, Some(order)) => order != Ordering::Greater,
        (Compare::Gt, Some(order)) => order == Ordering::Greater,
        (Compare::Ge, Some(order)) => order != Ordering::Less,
    }
}
