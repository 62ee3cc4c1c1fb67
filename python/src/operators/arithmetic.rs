//! `+`, `-`, `*` and the others.

use crate::code::{Binary, Unary};
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::Raise;
use crate::object::Object;
use crate::set::Set;
use crate::text::integer::{self, Int};
use crate::text::{Fault, Kind, float};
use crate::value::Value;

impl Context {
    /// An error of [`crate::text`] as an exception.
    pub(crate) fn fault<T>(&mut self, outcome: Result<T, Fault>) -> Result<T, Raise> {
        outcome.map_err(|fault| {
            let class = match fault.kind {
                Kind::Type => TypeId::TYPE_ERROR,
                Kind::Overflow => TypeId::OVERFLOW_ERROR,
                Kind::ZeroDivision => TypeId::ZERO_DIVISION_ERROR,
                Kind::Index => TypeId::INDEX_ERROR,
                Kind::Key => TypeId::KEY_ERROR,
                Kind::Memory => return self.memory_error(),
                Kind::Recursion => TypeId::RECURSION_ERROR,
                Kind::Struct => TypeId::STRUCT_ERROR,
                Kind::Decode => TypeId::UNICODE_DECODE_ERROR,
                Kind::Encode => TypeId::UNICODE_ENCODE_ERROR,
                Kind::Lookup => TypeId::LOOKUP_ERROR,
                Kind::Value | Kind::Json | Kind::Binascii => TypeId::VALUE_ERROR,
            };
            self.error(class, &fault.text)
        })
    }

    /// An int of any size; a bool is one.
    pub(crate) fn integer(&self, value: Value) -> Option<Int> {
        match self.heap.plain(value) {
            Value::Int(n) => Some(Int::Small(n)),
            Value::Bool(b) => Some(Int::Small(i64::from(b))),
            Value::Object(place) => match self.heap.get(place) {
                Object::BigInt(n) => Some(Int::Big(n.clone())),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value of an int of any size.
    pub(crate) fn make_integer(&mut self, int: Int) -> Value {
        match int {
            Int::Small(n) => Value::Int(n),
            Int::Big(n) => self.make(Object::BigInt(n)),
        }
    }

    pub(crate) fn binary(&mut self, op: Binary, left: Value, right: Value) -> Result<Value, Raise> {
        self.binary_named(op, left, right, false)
    }

    fn binary_named(&mut self, op: Binary, left: Value, right: Value, in_place: bool) -> Result<Value, Raise> {
        let (a, b) = (self.heap.plain(left), self.heap.plain(right));
        if let (Value::Bool(x), Value::Bool(y)) = (a, b) {
            match op {
                Binary::And => return Ok(Value::Bool(x & y)),
                Binary::Or => return Ok(Value::Bool(x | y)),
                Binary::Xor => return Ok(Value::Bool(x ^ y)),
                _ => {}
            }
        }
        if let (Some(x), Some(y)) = (self.integer(a), self.integer(b)) {
            return self.integers(op, &x, &y, left, right, in_place);
        }
        let is_number = |cx: &Context, v: Value| matches!(v, Value::Float(_)) || cx.integer(v).is_some();
        if is_number(self, a) && is_number(self, b) {
            let (x, y) = (self.float_of(a)?, self.float_of(b)?);
            return self.floats(op, x, y, left, right, in_place);
        }
        match self.containers(op, a, b)? {
            Some(value) => Ok(value),
            None => Err(self.cannot_operate(op, left, right, in_place)),
        }
    }

    fn integers(
        &mut self,
        op: Binary,
        x: &Int,
        y: &Int,
        left: Value,
        right: Value,
        in_place: bool,
    ) -> Result<Value, Raise> {
        let result = match op {
            Binary::Add => Ok(integer::add(x, y)),
            Binary::Sub => Ok(integer::subtract(x, y)),
            Binary::Mul => integer::multiply(x, y),
            Binary::Div => return self.fault(integer::divide(x, y)).map(Value::Float),
            Binary::FloorDiv => integer::floor_divide(x, y),
            Binary::Mod => integer::modulo(x, y),
            Binary::Pow if y.is_negative() => {
                let (x, y) = (self.fault(x.to_float())?, self.fault(y.to_float())?);
                return self.fault(float::power(x, y)).map(Value::Float);
            }
            Binary::Pow => integer::power(x, y),
            Binary::LShift => integer::shift_left(x, y),
            Binary::RShift => integer::shift_right(x, y),
            Binary::And => Ok(integer::and(x, y)),
            Binary::Or => Ok(integer::or(x, y)),
            Binary::Xor => Ok(integer::xor(x, y)),
            Binary::MatMul => return Err(self.cannot_operate(op, left, right, in_place)),
        };
        let result = self.fault(result)?;
        Ok(self.make_integer(result))
    }

    fn floats(
        &mut self,
        op: Binary,
        x: f64,
        y: f64,
        left: Value,
        right: Value,
        in_place: bool,
    ) -> Result<Value, Raise> {
        let result = match op {
            Binary::Add => Ok(x + y),
            Binary::Sub => Ok(x - y),
            Binary::Mul => Ok(x * y),
            Binary::Div => float::divide(x, y),
            Binary::FloorDiv => float::floor_divide(x, y),
            Binary::Mod => float::modulo(x, y),
            Binary::Pow => float::power(x, y),
            _ => return Err(self.cannot_operate(op, left, right, in_place)),
        };
        self.fault(result).map(Value::Float)
    }

    /// Strings, bytes, lists, tuples, sets, dicts; nothing where they have no such operator.
    fn containers(&mut self, op: Binary, a: Value, b: Value) -> Result<Option<Value>, Raise> {
        match op {
            Binary::Add => self.concatenate(a, b),
            Binary::Mul => match (self.integer(a), self.integer(b)) {
                (None, Some(n)) => self.repeat(a, &n),
                (Some(n), None) => self.repeat(b, &n),
                _ => Ok(None),
            },
            Binary::Mod
                if self.heap.str(a).is_some() || matches!(self.heap.kind(a), TypeId::BYTES | TypeId::BYTEARRAY) =>
            {
                self.percent(a, b).map(Some)
            }
            Binary::Or | Binary::And | Binary::Sub | Binary::Xor => self.set_operator(op, a, b),
            _ => Ok(None),
        }
    }

    fn concatenate(&mut self, a: Value, b: Value) -> Result<Option<Value>, Raise> {
        let (Value::Object(x), Value::Object(y)) = (a, b) else { return self.cannot_concatenate(a, b) };
        let object = match (self.heap.get(x), self.heap.get(y)) {
            (Object::Str(x), Object::Str(y)) => {
                let mut text = String::with_capacity(x.text.len() + y.text.len());
                text.push_str(&x.text);
                text.push_str(&y.text);
                let chars = x.chars + y.chars;
                self.room(text.len())?;
                Object::Str(crate::object::Str { text: text.into(), chars })
            }
            (Object::List(x), Object::List(y)) => Object::List(x.iter().chain(y).copied().collect()),
            (Object::Tuple(x), Object::Tuple(y)) => Object::Tuple(x.iter().chain(y.iter()).copied().collect()),
            (Object::ByteArray(x), _) if self.heap.bytes_of(b).is_some() => {
                Object::ByteArray(x.iter().chain(self.heap.bytes_of(b).unwrap_or_default()).copied().collect())
            }
            (Object::Bytes(x), _) if self.heap.bytes_of(b).is_some() => {
                Object::Bytes(x.iter().chain(self.heap.bytes_of(b).unwrap_or_default()).copied().collect())
            }
            _ => return self.cannot_concatenate(a, b),
        };
        Ok(Some(self.make(object)))
    }

    fn cannot_concatenate(&mut self, a: Value, b: Value) -> Result<Option<Value>, Raise> {
        let (kind, other) = (self.heap.kind(a), self.type_name(b));
        match kind {
            TypeId::STR => Err(self.type_error(format!("can only concatenate str (not \"{other}\") to str"))),
            TypeId::LIST => Err(self.type_error(format!("can only concatenate list (not \"{other}\") to list"))),
            TypeId::TUPLE => Err(self.type_error(format!("can only concatenate tuple (not \"{other}\") to tuple"))),
            TypeId::BYTES | TypeId::BYTEARRAY => {
                Err(self.type_error(format!("can't concat {other} to {}", kind.name())))
            }
            _ => Ok(None),
        }
    }

    fn repeat(&mut self, a: Value, times: &Int) -> Result<Option<Value>, Raise> {
        let Value::Object(place) = a else { return Ok(None) };
        let len = match self.heap.get(place) {
            Object::Str(text) => text.text.len(),
            Object::Bytes(bytes) => bytes.len(),
            Object::ByteArray(bytes) => bytes.len(),
            Object::List(items) => items.len() * 16,
            Object::Tuple(items) => items.len() * 16,
            _ => return Ok(None),
        };
        let times = if times.is_negative() { 0 } else { usize::try_from(times.clamped()).unwrap_or(usize::MAX) };
        let times = if len == 0 { 0 } else { times };
        self.room(len.saturating_mul(times))?;
        let object = match self.heap.get(place) {
            Object::Str(text) => {
                Object::Str(crate::object::Str { text: text.text.repeat(times).into(), chars: text.chars * times })
            }
            Object::Bytes(bytes) => Object::Bytes(bytes.repeat(times).into()),
            Object::ByteArray(bytes) => Object::ByteArray(bytes.repeat(times)),
            Object::List(items) => Object::List(items.repeat(times)),
            Object::Tuple(items) => Object::Tuple(items.repeat(times).into()),
            _ => unreachable!("these are all that repeat"),
        };
        Ok(Some(self.make(object)))
    }

    /// The items of a set, or of a dict's keys or items.
    fn as_set(&mut self, value: Value) -> Result<Option<Box<Set>>, Raise> {
        if let Some(set) = self.heap.set(value) {
            return Ok(Some(Box::new(set.clone())));
        }
        match self.heap.object(value) {
            Some(Object::View { what, .. }) if *what != crate::object::DictPart::Values => {
                let items = self.items_of(value)?;
                let set = self.make(Object::Set(Box::default()));
                for item in items {
                    self.set_add(set, item)?;
                }
                Ok(self.heap.set(set).map(|set| Box::new(set.clone())))
            }
            _ => Ok(None),
        }
    }

    fn set_operator(&mut self, op: Binary, a: Value, b: Value) -> Result<Option<Value>, Raise> {
        if let (Binary::Or, Some(_), Some(_)) = (op, self.heap.dict(a), self.heap.dict(b)) {
            let copy = Object::Dict(Box::new(self.heap.dict(a).expect("it was tested").clone()));
            let copy = self.make(copy);
            self.update_dict(copy, b)?;
            return Ok(Some(copy));
        }
        if op == Binary::Or && self.heap.is_class(a) && (self.heap.is_class(b) || b.is_none()) {
            return Ok(Some(a));
        }
        let (Some(x), Some(y)) = (self.as_set(a)?, self.as_set(b)?) else { return Ok(None) };
        let frozen = self.heap.kind(a) == TypeId::FROZENSET;
        let mut result = if op == Binary::Or { *x.clone() } else { Set::default() };
        let keep = |cx: &mut Context, from: &Set, other: &Set, wanted: bool, result: &mut Set| -> Result<(), Raise> {
            for (_, hash, item) in from.items(0) {
                let found = cx.heap.set_find(other, hash, item).map_err(|unknown| cx.unknown(unknown))?;
                if found.is_some() == wanted {
                    result.add(hash, item);
                }
            }
            Ok(())
        };
        match op {
            // `result` is a copy of `x` already: what only `y` has comes to it.
            Binary::Or => keep(self, &y, &x, false, &mut result)?,
            // The order is that of the smaller set, as in CPython.
            Binary::And if y.len() > x.len() => keep(self, &x, &y, true, &mut result)?,
            Binary::And => keep(self, &y, &x, true, &mut result)?,
            Binary::Sub => keep(self, &x, &y, false, &mut result)?,
            _ => {
                keep(self, &x, &y, false, &mut result)?;
                keep(self, &y, &x, false, &mut result)?;
            }
        }
        let result = Box::new(result);
        Ok(Some(self.make(if frozen { Object::FrozenSet(result) } else { Object::Set(result) })))
    }

    /// `dict.update(other)` with a dict.
    pub(crate) fn update_dict(&mut self, dict: Value, other: Value) -> Result<(), Raise> {
        let entries: Vec<_> =
            self.heap.dict(other).map(|d| d.entries(0).map(|(_, e)| (e.key, e.value)).collect()).unwrap_or_default();
        for (key, value) in entries {
            self.dict_set(dict, key, value)?;
        }
        Ok(())
    }

    /// `a += b`: lists, sets, dicts and bytearrays change in place.
    pub(crate) fn in_place(&mut self, op: Binary, left: Value, right: Value) -> Result<Value, Raise> {
        let target = self.heap.plain(left);
        let kind = self.heap.kind(target);
        match (op, kind) {
            (Binary::Add, TypeId::LIST) => {
                let items = self.items_of(right)?;
                self.room(items.len() * 16)?;
                self.heap.charge(items.len() * 16);
                self.heap.list_mut(target).expect("it is a list").extend(items);
                Ok(left)
            }
            (Binary::Mul, TypeId::LIST) => {
                let repeated = self.binary_named(op, target, right, true)?;
                let items = self.heap.list(repeated).cloned().unwrap_or_default();
                *self.heap.list_mut(target).expect("it is a list") = items;
                Ok(left)
            }
            (Binary::Add, TypeId::BYTEARRAY) => {
                let bytes = self.bytes_of(right)?;
                self.heap.charge(bytes.len());
                self.heap.bytearray_mut(target).expect("it is a bytearray").extend(bytes);
                Ok(left)
            }
            (Binary::Mul, TypeId::BYTEARRAY) => {
                let repeated = self.binary_named(op, target, right, true)?;
                let bytes = self.heap.bytes_of(repeated).unwrap_or_default().to_vec();
                *self.heap.bytearray_mut(target).expect("it is a bytearray") = bytes;
                Ok(left)
            }
            (Binary::Or, TypeId::DICT) if self.heap.dict(right).is_some() => {
                self.update_dict(target, right)?;
                Ok(left)
            }
            (Binary::Or, TypeId::DICT) if crate::types::tools::is_iterable(self, right) => {
                for (key, value) in crate::types::dict::pairs(self, &[right], 0)? {
                    self.dict_set(target, key, value)?;
                }
                Ok(left)
            }
            (Binary::Or | Binary::And | Binary::Sub | Binary::Xor, TypeId::SET) => {
                let result = self.binary_named(op, target, right, true)?;
                let set = self.heap.set(result).cloned().unwrap_or_default();
                *self.heap.set_mut(target).expect("it is a set") = set;
                Ok(left)
            }
            _ => self.binary_named(op, left, right, true),
        }
    }

    pub(crate) fn cannot_operate(&mut self, op: Binary, left: Value, right: Value, in_place: bool) -> Raise {
        if op == Binary::Mul {
            for (a, b) in [(left, right), (right, left)] {
                let sequence = matches!(
                    self.heap.kind(a),
                    TypeId::STR | TypeId::LIST | TypeId::TUPLE | TypeId::BYTES | TypeId::BYTEARRAY
                );
                if sequence && self.integer(b).is_none() {
                    let text = format!("can't multiply sequence by non-int of type '{}'", self.type_name(b));
                    return self.type_error(text);
                }
            }
        }
        let sign = match (op, in_place) {
            (Binary::Pow, true) => "**=".to_owned(),
            (_, true) => format!("{}=", op.text()),
            _ => op.text().to_owned(),
        };
        let text = format!(
            "unsupported operand type(s) for {sign}: '{}' and '{}'",
            self.type_name(left),
            self.type_name(right)
        );
        self.type_error(text)
    }

    pub(crate) fn unary(&mut self, op: Unary, value: Value) -> Result<Value, Raise> {
        if let Some(int) = self.integer(value) {
            let result = match op {
                Unary::Minus => integer::negate(&int),
                Unary::Plus => int,
                Unary::Invert => integer::invert(&int),
            };
            return Ok(self.make_integer(result));
        }
        match (op, self.heap.plain(value)) {
            (Unary::Minus, Value::Float(x)) => Ok(Value::Float(-x)),
            (Unary::Plus, Value::Float(x)) => Ok(Value::Float(x)),
            _ => {
                let sign = ["-", "+", "~"][op as usize];
                let text = format!("bad operand type for unary {sign}: '{}'", self.type_name(value));
                Err(self.type_error(text))
            }
        }
    }
}
