//! What changes a bytearray. Absent: methods that bytes have too (`bytes_methods`).

use super::bytes_methods::{receiver, same};
use super::tools::{self, nothing};
use crate::context::Context;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::value::Value;

pub(crate) const METHODS: &[Native] = &[
    Native::method("append(item, /)", |cx, args| {
        let byte = byte(cx, args, 1)?;
        array(cx, args).push(byte);
        cx.heap.charge(1);
        nothing()
    }),
    Native::method("clear()", |cx, args| {
        array(cx, args).clear();
        nothing()
    }),
    Native::method("copy()", |cx, args| {
        let bytes = receiver(cx, args);
        Ok(Answer::Value(same(cx, args[0], bytes)))
    }),
    Native::method("extend(iterable_of_ints, /)", extend),
    Native::method("insert(index, item, /)", |cx, args| {
        let length = array(cx, args).len();
        let at = tools::size(cx, args, 1)?;
        let byte = byte(cx, args, 2)?;
        let at = if at < 0 { length.saturating_sub(at.unsigned_abs() as usize) } else { length.min(at as usize) };
        array(cx, args).insert(at, byte);
        cx.heap.charge(1);
        nothing()
    }),
    Native::method("pop(index=, /)", pop),
    Native::method("remove(value, /)", |cx, args| {
        let byte = byte(cx, args, 1)?;
        match array(cx, args).iter().position(|known| *known == byte) {
            Some(at) => {
                array(cx, args).remove(at);
                nothing()
            }
            None => Err(cx.value_error("value not found in bytearray")),
        }
    }),
    Native::method("reverse()", |cx, args| {
        array(cx, args).reverse();
        nothing()
    }),
];

fn array<'a>(cx: &'a mut Context, args: &[Value]) -> &'a mut Vec<u8> {
    cx.heap.bytearray_mut(args[0]).expect("a method of bytearray is called with a bytearray")
}

fn byte(cx: &mut Context, args: &[Value], at: usize) -> Result<u8, Raise> {
    match tools::index(cx, args, at)?.small().and_then(|byte| u8::try_from(byte).ok()) {
        Some(byte) => Ok(byte),
        None => Err(cx.value_error("byte must be in range(0, 256)")),
    }
}

/// The bytes that an iterable of integers is; `what` names them in the error of one that is too large.
pub(crate) fn bytes_of_items(cx: &mut Context, items: &[Value], what: &str) -> Result<Vec<u8>, Raise> {
    let mut bytes = Vec::with_capacity(items.len());
    for at in 0..items.len() {
        match tools::index(cx, items, at)?.small().and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => bytes.push(byte),
            None => return Err(cx.value_error(format!("{what} must be in range(0, 256)"))),
        }
    }
    Ok(bytes)
}

fn extend(cx: &mut Context, args: &[Value]) -> Outcome {
    let more = match cx.heap.bytes_of(args[1]) {
        Some(bytes) => bytes.to_vec(),
        None if cx.heap.text(args[1]).is_some() => {
            return Err(cx.type_error("expected iterable of integers; got: 'str'"));
        }
        None if !tools::is_iterable(cx, args[1]) => {
            let name = tools::name(cx, args[1]);
            return Err(cx.type_error(format!("can't extend bytearray with {name}")));
        }
        None => {
            let items = cx.collect(args, 1)?;
            bytes_of_items(cx, &items, "byte")?
        }
    };
    cx.heap.charge(more.len());
    array(cx, args).extend_from_slice(&more);
    nothing()
}

fn pop(cx: &mut Context, args: &[Value]) -> Outcome {
    let at = if args[1].is_unbound() { -1 } else { tools::size(cx, args, 1)? };
    let length = array(cx, args).len();
    if length == 0 {
        return Err(cx.index_error("pop from empty bytearray"));
    }
    let at = if at < 0 { at + length as i64 } else { at };
    match usize::try_from(at).ok().filter(|at| *at < length) {
        Some(at) => Ok(Answer::Value(Value::Int(i64::from(array(cx, args).remove(at))))),
        None => Err(cx.index_error("pop index out of range")),
    }
}
