//! `_struct`. Absent: the class `Struct`, which the prelude writes over these functions.

use std::borrow::Cow;

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, ModuleTable, Native, Outcome, Raise};
use crate::object::{Iter, Object};
use crate::text::packing::{Item, Layout};
use crate::types::tools;
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable {
    name: "_struct",
    functions: &[
        Native::function("calcsize(format, /)", |cx, args| {
            let layout = layout(cx, args[0])?;
            tools::count(layout.size)
        }),
        Native::function("pack(*args)", |cx, args| {
            let Some(format) = args.first() else { return Err(cx.type_error("missing format argument")) };
            let layout = layout(cx, *format)?;
            let bytes = packed(cx, &layout, &args[1..], "pack")?;
            cx.answer_bytes(&bytes)
        }),
        Native::function("pack_into(*args)", pack_into),
        Native::function("unpack(format, buffer, /)", |cx, args| {
            let layout = layout(cx, args[0])?;
            let bytes = tools::want_bytes(cx, args[1])?;
            let value = unpacked(cx, &layout, &bytes)?;
            Ok(Answer::Value(value))
        }),
        Native::function("unpack_from(format, /, buffer, offset=)", |cx, args| {
            let layout = layout(cx, args[0])?;
            let bytes = tools::want_bytes(cx, args[1])?;
            let offset = if args[2].is_unbound() { 0 } else { tools::size(cx, args, 2)? };
            let place = layout.place_in(bytes.len(), offset, true);
            let place = cx.fault(place)?;
            let value = unpacked(cx, &layout, &bytes[place..place + layout.size])?;
            Ok(Answer::Value(value))
        }),
        Native::function("iter_unpack(format, buffer, /)", |cx, args| {
            let layout = layout(cx, args[0])?;
            let bytes = tools::want_bytes(cx, args[1])?;
            let check = layout.check_iteration(bytes.len());
            cx.fault(check)?;
            let parts =
                bytes.chunks_exact(layout.size).map(|part| unpacked(cx, &layout, part)).collect::<Result<_, _>>()?;
            let list = tools::list(cx, parts);
            Ok(Answer::Value(tools::make(cx, Object::Iterator(Box::new(Iter::List { list, next: 0 })))))
        }),
    ],
    values: |_| vec![("error", Value::Type(TypeId::STRUCT_ERROR))],
};

fn layout(cx: &mut Context, format: Value) -> Result<Layout, Raise> {
    let layout = match (cx.heap.text(format), cx.heap.bytes_of(format)) {
        (Some(text), _) if !text.is_ascii() => {
            let encoded = crate::text::codecs::encode(text, "ascii", "strict").map(|_| ());
            cx.fault(encoded)?;
            return Err(Raise::Slow);
        }
        (Some(text), _) => Layout::parse(text.as_bytes()),
        (None, Some(bytes)) => Layout::parse(bytes),
        (None, None) => {
            let name = tools::name(cx, format);
            return Err(cx.type_error(format!("Struct() argument 1 must be a str or bytes object, not {name}")));
        }
    };
    cx.fault(layout)
}

fn packed(cx: &mut Context, layout: &Layout, values: &[Value], name: &str) -> Result<Vec<u8>, Raise> {
    let mut items = Vec::with_capacity(values.len());
    for value in values {
        items.push(item(cx, *value)?);
    }
    let packed = layout.pack(&items, name);
    cx.fault(packed)
}

fn item(cx: &mut Context, value: Value) -> Result<Item<'static>, Raise> {
    if let Value::Float(float) = cx.heap.plain(value) {
        return Ok(Item::Float(float));
    }
    if let Some(int) = cx.integer(value) {
        return Ok(Item::Int(int));
    }
    Ok(match cx.heap.bytes_of(value) {
        Some(bytes) => Item::Bytes(Cow::Owned(bytes.to_vec())),
        None => Item::Other(cx.truth(value).unwrap_or(true)),
    })
}

fn unpacked(cx: &mut Context, layout: &Layout, bytes: &[u8]) -> Result<Value, Raise> {
    let items = layout.unpack(bytes);
    let items = cx.fault(items)?;
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.push(match item {
            Item::Int(int) => cx.make_integer(int),
            Item::Float(float) => Value::Float(float),
            Item::Bytes(bytes) => tools::bytes(cx, &bytes),
            Item::Bool(is) | Item::Other(is) => Value::Bool(is),
        });
    }
    Ok(tools::tuple(cx, &values))
}

fn pack_into(cx: &mut Context, args: &[Value]) -> Outcome {
    let [format, buffer, offset, values @ ..] = args else {
        let missing = ["format", "buffer", "offset"][args.len().min(2)];
        return Err(match args.len() {
            0 => cx.type_error("missing format argument"),
            _ => cx.error(TypeId::STRUCT_ERROR, &format!("pack_into expected {missing} argument")),
        });
    };
    let layout = layout(cx, *format)?;
    let Some(length) = cx.heap.bytearray_mut(*buffer).map(|bytes| bytes.len()) else {
        let name = tools::name(cx, *buffer);
        return Err(cx.type_error(format!("argument must be read-write bytes-like object, not {name}")));
    };
    if values.len() != layout.values {
        let text = format!("pack_into expected {} items for packing (got {})", layout.values, values.len());
        return Err(cx.error(TypeId::STRUCT_ERROR, &text));
    }
    let offset = tools::size(cx, &[*offset], 0)?;
    let place = layout.place_in(length, offset, false);
    let place = cx.fault(place)?;
    let bytes = packed(cx, &layout, values, "pack_into")?;
    if let Some(buffer) = cx.heap.bytearray_mut(*buffer) {
        buffer[place..place + bytes.len()].copy_from_slice(&bytes);
    }
    tools::nothing()
}
