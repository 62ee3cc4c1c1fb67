//! What the methods of built-in classes and the builtin functions have in common: arguments of the wrong type, places in sequences,
//! values made of Rust's. Absent: operators and conversions that may call a program's methods (the machine has them).

use std::sync::Arc;

use crate::code::Compare;
use crate::context::Context;
use crate::heap::Unknown;
use crate::kind::TypeId;
use crate::native::{Answer, Conversion, Outcome, Raise};
use crate::object::{Object, Str};
use crate::symbol::Sym;
use crate::text::integer::Int;
use crate::text::{Fault, Kind};
use crate::value::Value;

/// The longest sequence that a repetition may make, in items.
pub(crate) const LONGEST: usize = crate::text::LONGEST;

/// Raises what a function of `text` says.
pub(crate) fn raise(cx: &mut Context, fault: &Fault) -> Raise {
    match cx.fault::<()>(Err(fault.clone())) {
        Err(raise) => raise,
        Ok(()) => unreachable!("an error stays one"),
    }
}

/// What the heap can tell; what a method of the program's must tell is left to the twin in the prelude.
pub(crate) fn known<T>(cx: &mut Context, outcome: Result<T, Unknown>) -> Result<T, Raise> {
    outcome.map_err(|unknown| cx.unknown(unknown))
}

/// `a == b`.
pub(crate) fn equal(cx: &mut Context, a: Value, b: Value) -> Result<bool, Raise> {
    let outcome = cx.heap.same_key(a, b);
    known(cx, outcome)
}

// Values of Rust's.

pub(crate) fn make(cx: &mut Context, object: Object) -> Value {
    cx.heap.make(object)
}

pub(crate) fn string(cx: &mut Context, text: &str) -> Value {
    cx.heap.make(Object::Str(Str::new(text)))
}

pub(crate) fn bytes(cx: &mut Context, bytes: &[u8]) -> Value {
    cx.heap.make(Object::Bytes(bytes.into()))
}

pub(crate) fn list(cx: &mut Context, items: Vec<Value>) -> Value {
    cx.heap.make(Object::List(items))
}

pub(crate) fn tuple(cx: &mut Context, items: &[Value]) -> Value {
    cx.heap.make(Object::Tuple(items.into()))
}

/// An answer that is a string.
pub(crate) fn says(cx: &mut Context, text: &str) -> Outcome {
    Ok(Answer::Value(string(cx, text)))
}

/// An answer that is a bool.
pub(crate) fn truth(is: bool) -> Outcome {
    Ok(Answer::Value(Value::Bool(is)))
}

/// An answer that is a number.
pub(crate) fn count(number: usize) -> Outcome {
    Ok(Answer::Value(Value::Int(number as i64)))
}

/// The answer `None`.
pub(crate) fn nothing() -> Outcome {
    Ok(Answer::Value(Value::None))
}

// Arguments.

/// A number as a float.
pub(crate) fn as_float(cx: &mut Context, value: Value) -> Result<Option<f64>, Raise> {
    if let Value::Float(float) = cx.heap.plain(value) {
        return Ok(Some(float));
    }
    match cx.integer(value) {
        Some(int) => cx.fault(int.to_float()).map(Some),
        None => Ok(None),
    }
}

/// `type(value).__name__`.
pub(crate) fn name(cx: &Context, value: Value) -> Arc<str> {
    cx.heap.type_name(value)
}

/// The integer that an argument must be; an object with `__index__` is asked for it by the machine.
pub(crate) fn index(cx: &mut Context, args: &[Value], at: usize) -> Result<Int, Raise> {
    if let Some(int) = cx.integer(args[at]) {
        return Ok(int);
    }
    if cx.heap.own_method(args[at], Sym::INDEX).is_some() {
        return Err(Raise::Need { argument: at, conversion: Conversion::Index });
    }
    let name = name(cx, args[at]);
    Err(cx.type_error(format!("'{name}' object cannot be interpreted as an integer")))
}

/// The same as a machine word: what is larger is an OverflowError as of `Py_ssize_t`.
pub(crate) fn size(cx: &mut Context, args: &[Value], at: usize) -> Result<i64, Raise> {
    match index(cx, args, at)? {
        Int::Small(small) => Ok(small),
        Int::Big(_) => Err(cx.error(TypeId::OVERFLOW_ERROR, "Python int too large to convert to C ssize_t")),
    }
}

/// The text of a str.
pub(crate) fn text(cx: &Context, value: Value) -> Option<Arc<str>> {
    cx.heap.str(value).map(|text| Arc::clone(&text.text))
}

/// The text of an argument; `what` is the error up to the type's name: `must be str, not `.
pub(crate) fn want_text(cx: &mut Context, value: Value, what: &str) -> Result<Arc<str>, Raise> {
    match text(cx, value) {
        Some(text) => Ok(text),
        None => {
            let name = name(cx, value);
            Err(cx.type_error(format!("{what}{name}")))
        }
    }
}

/// A copy of the bytes of a bytes-like argument.
pub(crate) fn want_bytes(cx: &mut Context, value: Value) -> Result<Vec<u8>, Raise> {
    match cx.heap.bytes_of(value) {
        Some(bytes) => Ok(bytes.to_vec()),
        None => {
            let name = name(cx, value);
            Err(cx.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

/// A place in a sequence of `length` as slices have it; `default` for None and for what was not given.
pub(crate) fn place(
    cx: &mut Context,
    args: &[Value],
    at: usize,
    default: usize,
    length: usize,
) -> Result<usize, Raise> {
    if args[at].is_unbound() || args[at].is_none() {
        return Ok(default);
    }
    let Some(int) = cx.integer(args[at]) else {
        if cx.heap.own_method(args[at], Sym::INDEX).is_some() {
            return Err(Raise::Need { argument: at, conversion: Conversion::Index });
        }
        return Err(cx.type_error("slice indices must be integers or None or have an __index__ method"));
    };
    let place = int.clamped();
    Ok(if place < 0 { length.saturating_sub(place.unsigned_abs() as usize) } else { place as usize })
}

/// Whether an argument is true; objects of a program's own classes are asked by the machine.
pub(crate) fn flag(cx: &mut Context, args: &[Value], at: usize, default: bool) -> Result<bool, Raise> {
    if args[at].is_unbound() {
        return Ok(default);
    }
    match cx.truth(args[at]) {
        Err(Raise::Slow) => Err(Raise::Need { argument: at, conversion: Conversion::Truth }),
        truth => truth,
    }
}

/// What was dropped may have been the last that held an open descriptor.
pub(crate) fn dropped(cx: &mut Context, values: &[Value]) {
    cx.heap.suspect = cx.heap.suspect || values.iter().any(|value| cx.heap.may_hold_finalizable(*value));
}

/// What calling a class gives: the value itself, or an instance of a program's class that is made of it.
pub(crate) fn made(cx: &mut Context, class: Value, value: Value) -> Outcome {
    let Value::Object(class) = class else { return Ok(Answer::Value(value)) };
    let instance = crate::object::Instance { class, attributes: crate::object::Attributes::default(), payload: value };
    Ok(Answer::Value(cx.heap.make(Object::Instance(instance))))
}

/// Whether `iter(value)` gives an iterator.
pub(crate) fn is_iterable(cx: &Context, value: Value) -> bool {
    let own = |name| cx.heap.own_method(value, name).is_some();
    cx.heap.items(value).is_some()
        || cx.heap.bytes_of(value).is_some()
        || cx.heap.str(value).is_some()
        || cx.heap.dict(value).is_some()
        || cx.heap.set(value).is_some()
        || matches!(
            cx.heap.object(value),
            Some(Object::Range(_) | Object::Iterator(_) | Object::View { .. } | Object::Generator(_))
        )
        || own(Sym::ITER)
        || own(Sym::GETITEM)
}

/// `a < b`, if no method of the program's decides it.
pub(crate) fn less(cx: &mut Context, a: Value, b: Value) -> Result<bool, Raise> {
    compared(cx, Compare::Lt, a, b)
}

/// A comparison, if no method of the program's decides it.
pub(crate) fn compared(cx: &mut Context, op: Compare, a: Value, b: Value) -> Result<bool, Raise> {
    if cx.heap.own_method(a, op.method()).is_some() || cx.heap.own_method(b, op.mirrored().method()).is_some() {
        return Err(Raise::Slow);
    }
    cx.compare(op, a, b)
}

/// What a codec gave for `object`; an error tells its place in attributes too.
pub(crate) fn coded<T>(cx: &mut Context, outcome: crate::text::Outcome<T>, object: Value) -> Result<T, Raise> {
    let fault = match outcome {
        Ok(done) => return Ok(done),
        Err(fault) => fault,
    };
    let raised = raise(cx, &fault);
    let Raise::Exception(exception) = raised else { return Err(raised) };
    if !matches!(fault.kind, Kind::Decode | Kind::Encode) {
        return Err(raised);
    }
    // "'utf-8' codec can't decode bytes in position 1-2: unexpected end of data"
    let (before, after) = fault.text.split_once(" in position ").unwrap_or((&fault.text, ""));
    let (place, reason) = after.split_once(": ").unwrap_or((after, ""));
    let (start, end) = place.split_once('-').unwrap_or((place, place));
    let number = |text: &str, more: i64| Value::Int(text.parse::<i64>().unwrap_or(0) + more);
    let encoding = string(cx, before.split('\'').nth(1).unwrap_or_default());
    let reason = string(cx, reason);
    let attributes = [
        ("encoding", encoding),
        ("object", object),
        ("start", number(start, 0)),
        ("end", number(end, 1)),
        ("reason", reason),
    ];
    for (name, value) in attributes {
        let name = cx.sym(name);
        if let Some(exception) = cx.heap.exception_mut(exception) {
            exception.attributes.set(name, value);
        }
    }
    Err(raised)
}
