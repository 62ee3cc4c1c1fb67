//! Methods of set and frozenset. Absent: items with a hash of the program's own, which go on in the prelude; operators (`operate` does them).

use super::tools::{self, nothing, truth};
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::object::Object;
use crate::set::Set;
use crate::value::Value;

/// What set and frozenset have both.
pub(crate) const SHARED: &[Native] = &[
    Native::method("copy()", |cx, args| {
        let set = receiver(cx, args);
        Ok(Answer::Value(same(cx, args[0], set)))
    }),
    Native::method("difference(*others)", |cx, args| combined(cx, args, Operation::Difference)),
    Native::method("intersection(*others)", |cx, args| combined(cx, args, Operation::Intersection)),
    Native::method("union(*others)", |cx, args| combined(cx, args, Operation::Union)),
    Native::method("symmetric_difference(other, /)", |cx, args| combined(cx, args, Operation::Symmetric)),
    Native::method("isdisjoint(other, /)", |cx, args| {
        let (set, other) = (receiver(cx, args), set_at(cx, args, 1)?);
        let common = operate(cx, &set, &other, Operation::Intersection)?;
        truth(common.len() == 0)
    }),
    Native::method("issubset(other, /)", |cx, args| {
        let (set, other) = (receiver(cx, args), set_at(cx, args, 1)?);
        let is = cx.heap.is_subset(&set, &other);
        truth(tools::known(cx, is)?)
    }),
    Native::method("issuperset(other, /)", |cx, args| {
        let (set, other) = (receiver(cx, args), set_at(cx, args, 1)?);
        let is = cx.heap.is_subset(&other, &set);
        truth(tools::known(cx, is)?)
    }),
];

/// What changes a set.
pub(crate) const METHODS: &[Native] = &[
    Native::method("add(element, /)", |cx, args| {
        cx.set_add(args[0], args[1])?;
        nothing()
    }),
    Native::method("clear()", |cx, args| {
        table(cx, args).clear();
        nothing()
    }),
    Native::method("discard(element, /)", |cx, args| {
        cx.set_remove(args[0], args[1])?;
        nothing()
    }),
    Native::method("remove(element, /)", |cx, args| match cx.set_remove(args[0], args[1])? {
        true => nothing(),
        false => Err(cx.key_error(args[1])),
    }),
    Native::method("pop()", |cx, args| {
        let first = cx.heap.set(args[0]).and_then(|set| set.items(0).next());
        match first {
            Some((place, _, item)) => {
                table(cx, args).remove(place);
                Ok(Answer::Value(item))
            }
            None => {
                let text = tools::string(cx, "pop from an empty set");
                Err(cx.key_error(text))
            }
        }
    }),
    Native::method("update(*others)", |cx, args| updated(cx, args, Operation::Union)),
    Native::method("difference_update(*others)", |cx, args| updated(cx, args, Operation::Difference)),
    Native::method("intersection_update(*others)", |cx, args| updated(cx, args, Operation::Intersection)),
    Native::method("symmetric_difference_update(other, /)", |cx, args| updated(cx, args, Operation::Symmetric)),
];

/// What is made of two sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Union,
    Intersection,
    Difference,
    Symmetric,
}

fn receiver(cx: &Context, args: &[Value]) -> Set {
    cx.heap.set(args[0]).expect("a method of set is called with a set").clone()
}

fn table<'a>(cx: &'a mut Context, args: &[Value]) -> &'a mut Set {
    cx.heap.set_mut(args[0]).expect("a method of set is called with a set")
}

/// A set of the receiver's type.
pub(crate) fn same(cx: &mut Context, like: Value, set: Set) -> Value {
    let frozen = cx.heap.kind(cx.heap.plain(like)) == TypeId::FROZENSET;
    let set = Box::new(set);
    tools::make(cx, if frozen { Object::FrozenSet(set) } else { Object::Set(set) })
}

/// A set of items.
pub(crate) fn of_items(cx: &mut Context, items: &[Value]) -> Result<Set, Raise> {
    let mut set = Set::default();
    for item in items {
        let hash = cx.hash(*item)?;
        put(cx, &mut set, hash, *item)?;
    }
    Ok(set)
}

fn put(cx: &mut Context, set: &mut Set, hash: i64, item: Value) -> Result<(), Raise> {
    let place = cx.heap.set_find(set, hash, item);
    if tools::known(cx, place)?.is_none() {
        set.add(hash, item);
    }
    Ok(())
}

/// An argument as a set: any iterable will do.
fn set_at(cx: &mut Context, args: &[Value], at: usize) -> Result<Set, Raise> {
    if let Some(set) = cx.heap.set(args[at]) {
        return Ok(set.clone());
    }
    let items = cx.collect(args, at)?;
    of_items(cx, &items)
}

/// What an operation makes of two sets.
pub(crate) fn operate(cx: &mut Context, a: &Set, b: &Set, operation: Operation) -> Result<Set, Raise> {
    let mut out = if operation == Operation::Union { a.clone() } else { Set::default() };
    match operation {
        Operation::Union => {
            for (_, hash, item) in b.items(0) {
                put(cx, &mut out, hash, item)?;
            }
        }
        Operation::Intersection => {
            // As CPython: the smaller one is gone through.
            let (less, more) = if a.len() < b.len() { (a, b) } else { (b, a) };
            select(cx, &mut out, less, more, true)?;
        }
        Operation::Difference => select(cx, &mut out, a, b, false)?,
        Operation::Symmetric => {
            select(cx, &mut out, a, b, false)?;
            select(cx, &mut out, b, a, false)?;
        }
    }
    Ok(out)
}

/// Adds to `out` the items of `from` that are in `other`, or that are not.
fn select(cx: &mut Context, out: &mut Set, from: &Set, other: &Set, inside: bool) -> Result<(), Raise> {
    for (_, hash, item) in from.items(0) {
        let place = cx.heap.set_find(other, hash, item);
        if tools::known(cx, place)?.is_some() == inside {
            out.add(hash, item);
        }
    }
    Ok(())
}

fn combine(cx: &mut Context, args: &[Value], operation: Operation) -> Result<Set, Raise> {
    let mut set = receiver(cx, args);
    for at in 1..args.len() {
        let other = set_at(cx, args, at)?;
        set = operate(cx, &set, &other, operation)?;
    }
    Ok(set)
}

fn combined(cx: &mut Context, args: &[Value], operation: Operation) -> Outcome {
    let set = combine(cx, args, operation)?;
    Ok(Answer::Value(same(cx, args[0], set)))
}

fn updated(cx: &mut Context, args: &[Value], operation: Operation) -> Outcome {
    let set = combine(cx, args, operation)?;
    cx.heap.charge(set.len() * 48);
    *table(cx, args) = set;
    nothing()
}
