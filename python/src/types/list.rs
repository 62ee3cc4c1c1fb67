//! Methods of list, tuple, range and slice. Absent: `list.sort` with a key and items that compare by methods of their own, which go on in the
//! prelude, and operators.

use super::tools::{self, count, nothing};
use crate::context::Context;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::object::{Object, Range};
use crate::symbol::Sym;
use crate::value::Value;

pub(crate) const METHODS: &[Native] = &[
    Native::method("append(object, /)", |cx, args| {
        cx.heap.charge(16);
        items_mut(cx, args).push(args[1]);
        nothing()
    }),
    Native::method("clear()", |cx, args| {
        let dropped = core::mem::take(items_mut(cx, args));
        tools::dropped(cx, &dropped);
        nothing()
    }),
    Native::method("copy()", |cx, args| {
        let items = items_mut(cx, args).clone();
        Ok(Answer::Value(tools::list(cx, items)))
    }),
    Native::method("count(value, /)", |cx, args| {
        let items = items_mut(cx, args).clone();
        count_of(cx, &items, args[1])
    }),
    Native::method("extend(iterable, /)", |cx, args| {
        let more = cx.collect(args, 1)?;
        cx.heap.charge(more.len() * 16);
        items_mut(cx, args).extend(more);
        nothing()
    }),
    Native::method("index(value, start=, stop=, /)", |cx, args| {
        let items = items_mut(cx, args).clone();
        match position(cx, args, &items)? {
            Some(at) => count(at),
            None => {
                let shown = cx.repr_of(args[1])?;
                Err(cx.value_error(format!("{shown} is not in list")))
            }
        }
    }),
    Native::method("insert(index, object, /)", |cx, args| {
        let at = tools::index(cx, args, 1)?.clamped();
        let items = items_mut(cx, args);
        let length = items.len();
        let at = if at < 0 { length.saturating_sub(at.unsigned_abs() as usize) } else { length.min(at as usize) };
        items.insert(at, args[2]);
        cx.heap.charge(16);
        nothing()
    }),
    Native::method("pop(index=, /)", pop),
    Native::method("remove(value, /)", |cx, args| {
        let items = items_mut(cx, args).clone();
        for (at, item) in items.iter().enumerate() {
            if tools::equal(cx, *item, args[1])? {
                items_mut(cx, args).remove(at);
                tools::dropped(cx, &[*item]);
                return nothing();
            }
        }
        Err(cx.value_error("list.remove(x): x not in list"))
    }),
    Native::method("reverse()", |cx, args| {
        items_mut(cx, args).reverse();
        nothing()
    }),
    Native::method("sort(*, key=, reverse=)", sort),
];

pub(crate) const TUPLE: &[Native] = &[
    Native::method("count(value, /)", |cx, args| {
        let items = cx.heap.tuple(args[0]).cloned().expect("a method of tuple is called with a tuple");
        count_of(cx, &items, args[1])
    }),
    Native::method("index(value, start=, stop=, /)", |cx, args| {
        let items = cx.heap.tuple(args[0]).cloned().expect("a method of tuple is called with a tuple");
        match position(cx, args, &items)? {
            Some(at) => count(at),
            None => Err(cx.value_error("tuple.index(x): x not in tuple")),
        }
    }),
];

pub(crate) const RANGE: &[Native] = &[
    Native::getter("start()", |cx, args| Ok(Answer::Value(Value::Int(range(cx, args).start)))),
    Native::getter("stop()", |cx, args| Ok(Answer::Value(Value::Int(range(cx, args).stop)))),
    Native::getter("step()", |cx, args| Ok(Answer::Value(Value::Int(range(cx, args).step)))),
    Native::method("count(value, /)", |cx, args| {
        let range = range(cx, args);
        let at = place_in(cx, range, args[1]);
        count(usize::from(at.is_some()))
    }),
    Native::method("index(value, /)", |cx, args| {
        let range = range(cx, args);
        match place_in(cx, range, args[1]) {
            Some(at) => count(at),
            None => {
                let shown = cx.repr_of(args[1])?;
                Err(cx.value_error(format!("{shown} is not in range")))
            }
        }
    }),
];

pub(crate) const SLICE: &[Native] = &[
    Native::getter("start()", |cx, args| Ok(Answer::Value(slice(cx, args)[0]))),
    Native::getter("stop()", |cx, args| Ok(Answer::Value(slice(cx, args)[1]))),
    Native::getter("step()", |cx, args| Ok(Answer::Value(slice(cx, args)[2]))),
    Native::method("indices(length, /)", indices),
];

fn items_mut<'a>(cx: &'a mut Context, args: &[Value]) -> &'a mut Vec<Value> {
    cx.heap.list_mut(args[0]).expect("a method of list is called with a list")
}

fn count_of(cx: &mut Context, items: &[Value], wanted: Value) -> Outcome {
    let mut number = 0;
    for item in items {
        number += usize::from(tools::equal(cx, *item, wanted)?);
    }
    count(number)
}

fn position(cx: &mut Context, args: &[Value], items: &[Value]) -> Result<Option<usize>, Raise> {
    let from = tools::place(cx, args, 2, 0, items.len())?;
    let to = tools::place(cx, args, 3, items.len(), items.len())?.min(items.len());
    for (at, item) in items.iter().enumerate().take(to).skip(from) {
        if tools::equal(cx, *item, args[1])? {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

fn pop(cx: &mut Context, args: &[Value]) -> Outcome {
    let at = if args[1].is_unbound() { -1 } else { tools::size(cx, args, 1)? };
    let length = items_mut(cx, args).len();
    if length == 0 {
        return Err(cx.index_error("pop from empty list"));
    }
    let at = if at < 0 { at + length as i64 } else { at };
    match usize::try_from(at).ok().filter(|at| *at < length) {
        Some(at) => Ok(Answer::Value(items_mut(cx, args).remove(at))),
        None => Err(cx.index_error("pop index out of range")),
    }
}

fn sort(cx: &mut Context, args: &[Value]) -> Outcome {
    if args[1].given().is_some_and(|key| !key.is_none()) {
        return Err(Raise::Slow);
    }
    let backward = tools::flag(cx, args, 2, false)?;
    let mut items = items_mut(cx, args).clone();
    sort_values(cx, &mut items, backward)?;
    *items_mut(cx, args) = items;
    nothing()
}

/// Sorts as `list.sort` does.
pub(crate) fn sort_values(cx: &mut Context, items: &mut Vec<Value>, backward: bool) -> Result<(), Raise> {
    let order = sorted_places(cx, items, backward)?;
    *items = order.into_iter().map(|place| items[place]).collect();
    Ok(())
}

/// The places of items in the order in which `list.sort` puts them; backward, equal items keep their order too.
pub(crate) fn sorted_places(cx: &mut Context, items: &[Value], backward: bool) -> Result<Vec<usize>, Raise> {
    let mut order: Vec<usize> = (0..items.len()).collect();
    if backward {
        order.reverse();
    }
    if items.iter().all(|item| matches!(item, Value::Int(_))) {
        order.sort_by_key(|place| if let Value::Int(int) = items[*place] { int } else { 0 });
    } else if items.iter().all(|item| cx.heap.str(*item).is_some() && cx.heap.own_method(*item, Sym::LT).is_none()) {
        order.sort_by(|a, b| cx.heap.text(items[*a]).cmp(&cx.heap.text(items[*b])));
    } else {
        merge_sort(cx, items, &mut order)?;
    }
    if backward {
        order.reverse();
    }
    Ok(order)
}

/// A stable sort that asks for `<` only and bears any answer (of NaN, of sets); the standard library's may panic at those.
fn merge_sort(cx: &mut Context, items: &[Value], order: &mut Vec<usize>) -> Result<(), Raise> {
    let mut width = 1;
    while width < order.len() {
        let mut merged = Vec::with_capacity(order.len());
        for pair in order.chunks(width * 2) {
            let (mut left, mut right) = pair.split_at(width.min(pair.len()));
            while let (Some(a), Some(b)) = (left.first(), right.first()) {
                if tools::less(cx, items[*b], items[*a])? {
                    merged.push(*b);
                    right = &right[1..];
                } else {
                    merged.push(*a);
                    left = &left[1..];
                }
            }
            merged.extend_from_slice(left);
            merged.extend_from_slice(right);
        }
        *order = merged;
        width *= 2;
    }
    Ok(())
}

fn range(cx: &Context, args: &[Value]) -> Range {
    match cx.heap.object(args[0]) {
        Some(Object::Range(range)) => *range,
        _ => unreachable!("a method of range is called with a range"),
    }
}

/// Where a number is in a range.
pub(crate) fn place_in(cx: &Context, range: Range, value: Value) -> Option<usize> {
    let wanted = match cx.heap.plain(value) {
        Value::Float(float) if float.fract() == 0.0 && float.abs() < 9e15 => float as i64,
        value => cx.heap.int(value)?,
    };
    let offset = i128::from(wanted) - i128::from(range.start);
    let step = i128::from(range.step);
    let at = offset / step;
    (offset % step == 0 && at >= 0 && at < range.len() as i128).then_some(at as usize)
}

fn slice(cx: &Context, args: &[Value]) -> [Value; 3] {
    match cx.heap.object(args[0]) {
        Some(Object::Slice(parts)) => *parts,
        _ => unreachable!("a method of slice is called with a slice"),
    }
}

fn indices(cx: &mut Context, args: &[Value]) -> Outcome {
    let length = tools::size(cx, args, 1)?;
    if length < 0 {
        return Err(cx.value_error("length should not be negative"));
    }
    let parts = slice(cx, args);
    let step = match cx.heap.int(parts[2]) {
        Some(0) => return Err(cx.value_error("slice step cannot be zero")),
        Some(step) => step,
        None => 1,
    };
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |value: Value, default: i64| match cx.heap.int(value) {
        Some(at) if at < 0 => (at + length).max(least),
        Some(at) => at.min(most),
        None => default,
    };
    let start = bound(parts[0], if step > 0 { least } else { most });
    let stop = bound(parts[1], if step > 0 { most } else { least });
    let parts = [start, stop, step].map(Value::Int);
    Ok(Answer::Value(tools::tuple(cx, &parts)))
}
