//! Builtin functions of things that can be gone through. Absent: functions that are called for each item, and iterators that must not be
//! gone through to their end (`any` and `all` over a generator): both go on in the prelude.

use crate::code::Compare;
use crate::context::Context;
use crate::native::{Answer, Conversion, Native, Outcome, Raise};
use crate::object::{DictPart, Iter, Object};
use crate::symbol::Sym;
use crate::text::integer::{self, Int};
use crate::types::{dict, list, tools};
use crate::value::Value;

pub(crate) const FUNCTIONS: &[Native] = &[
    Native::function("len(obj, /)", |cx, args| {
        if cx.heap.own_method(args[0], Sym::LEN).is_some() {
            return Err(Raise::Slow);
        }
        match cx.length_of(args[0]) {
            Some(length) => tools::count(length),
            None => {
                let name = tools::name(cx, args[0]);
                Err(cx.type_error(format!("object of type '{name}' has no len()")))
            }
        }
    }),
    Native::function("sorted(iterable, /, *, key=, reverse=)", |cx, args| {
        if args[1].given().is_some_and(|key| !key.is_none()) {
            return Err(Raise::Slow);
        }
        let backward = tools::flag(cx, args, 2, false)?;
        let mut items = cx.collect(args, 0)?;
        list::sort_values(cx, &mut items, backward)?;
        Ok(Answer::Value(tools::list(cx, items)))
    }),
    Native::function("reversed(sequence, /)", reversed),
    Native::function("enumerate(iterable, start=)", |cx, args| {
        let inner = iterator(cx, args, 0)?;
        let count = if args[1].is_unbound() { 0 } else { tools::size(cx, args, 1)? };
        Ok(Answer::Value(tools::make(cx, Object::Iterator(Box::new(Iter::Enumerate { inner, count })))))
    }),
    Native::function("zip(*iterables, strict=)", |cx, args| {
        let strict = tools::flag(cx, args, 0, false)?;
        let inner = (1..args.len()).map(|at| iterator(cx, args, at)).collect::<Result<Vec<_>, _>>()?;
        Ok(Answer::Value(tools::make(cx, Object::Iterator(Box::new(Iter::Zip { inner, strict })))))
    }),
    Native::function("sum(iterable, /, start=)", sum),
    Native::function("min(*args, key=, default=)", |cx, args| extreme(cx, args, "min", Compare::Lt)),
    Native::function("max(*args, key=, default=)", |cx, args| extreme(cx, args, "max", Compare::Gt)),
    Native::function("any(iterable, /)", |cx, args| quantified(cx, args, true)),
    Native::function("all(iterable, /)", |cx, args| quantified(cx, args, false)),
];

/// An argument as an iterator; the machine makes one where it is none.
fn iterator(cx: &mut Context, args: &[Value], at: usize) -> Result<Value, Raise> {
    let is = match cx.heap.object(args[at]) {
        Some(Object::Iterator(_) | Object::Generator(_)) => true,
        _ => cx.heap.own_method(args[at], Sym::NEXT).is_some(),
    };
    if is { Ok(args[at]) } else { Err(Raise::Need { argument: at, conversion: Conversion::Iterator }) }
}

fn reversed(cx: &mut Context, args: &[Value]) -> Outcome {
    let own = |cx: &Context, name| cx.heap.own_method(args[0], name);
    if let Some(method) = own(cx, Sym::REVERSED) {
        return Ok(Answer::Call { callee: method, args: vec![args[0]] });
    }
    if own(cx, Sym::GETITEM).is_some() {
        return Err(Raise::Slow);
    }
    let sequence = cx.heap.plain(args[0]);
    let (dict, what) = match cx.heap.object(sequence) {
        Some(Object::Dict(_)) => (Some(sequence), DictPart::Keys),
        Some(Object::View { dict, what }) => (Some(*dict), *what),
        Some(Object::Set(_) | Object::FrozenSet(_)) => (None, DictPart::Keys),
        _ => match cx.length_of(sequence) {
            Some(left) => {
                let iter = Iter::Reversed { sequence, left };
                return Ok(Answer::Value(tools::make(cx, Object::Iterator(Box::new(iter)))));
            }
            None => (None, DictPart::Keys),
        },
    };
    match dict {
        Some(dict) => Ok(Answer::Value(dict::backward(cx, dict, what))),
        None => {
            let name = tools::name(cx, args[0]);
            Err(cx.type_error(format!("'{name}' object is not reversible")))
        }
    }
}

fn sum(cx: &mut Context, args: &[Value]) -> Outcome {
    let start = args[1].given().unwrap_or(Value::Int(0));
    for (what, is) in [
        ("strings [use ''.join(seq) instead]", cx.heap.text(start).is_some()),
        ("bytes [use b''.join(seq) instead]", cx.heap.bytes_of(start).is_some()),
    ] {
        if is {
            return Err(cx.type_error(format!("sum() can't sum {what}")));
        }
    }
    let items = cx.collect(args, 0)?;
    let mut total = start;
    for item in items {
        total = match (total, item) {
            (Value::Int(a), Value::Int(b)) => match a.checked_add(b) {
                Some(sum) => Value::Int(sum),
                None => cx.make_integer(integer::add(&Int::Small(a), &Int::Small(b))),
            },
            (Value::Float(a), Value::Float(b)) => Value::Float(a + b),
            (Value::Float(a), Value::Int(b)) | (Value::Int(b), Value::Float(a)) => Value::Float(a + b as f64),
            (a, b) => match (cx.integer(a), cx.integer(b)) {
                (Some(a), Some(b)) => cx.make_integer(integer::add(&a, &b)),
                // Lists, fractions of the program's own and mistakes: the prelude adds one by one.
                _ => return Err(Raise::Slow),
            },
        };
    }
    Ok(Answer::Value(total))
}

fn extreme(cx: &mut Context, args: &[Value], name: &str, better: Compare) -> Outcome {
    if args[0].given().is_some_and(|key| !key.is_none()) {
        return Err(Raise::Slow);
    }
    let items = match args.len() {
        2 => return Err(cx.type_error(format!("{name} expected at least 1 argument, got 0"))),
        3 => cx.collect(args, 2)?,
        _ if args[1].given().is_some() => {
            return Err(
                cx.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments"))
            );
        }
        _ => args[2..].to_vec(),
    };
    let mut items = items.into_iter();
    let Some(mut best) = items.next().or(args[1].given()) else {
        return Err(cx.value_error(format!("{name}() arg is an empty sequence")));
    };
    for item in items {
        if tools::compared(cx, better, item, best)? {
            best = item;
        }
    }
    Ok(Answer::Value(best))
}

fn quantified(cx: &mut Context, args: &[Value], wanted: bool) -> Outcome {
    // Only what can be gone through without a program noticing.
    if !matches!(
        cx.heap.object(cx.heap.plain(args[0])),
        Some(Object::List(_) | Object::Tuple(_) | Object::Set(_) | Object::Dict(_))
    ) {
        return Err(Raise::Slow);
    }
    let items = cx.collect(args, 0)?;
    for item in items {
        if cx.truth(item)? == wanted {
            return tools::truth(wanted);
        }
    }
    tools::truth(!wanted)
}
