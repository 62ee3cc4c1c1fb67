//! What calling `int`, `str`, `list`… does. Absent: `object`, `type`, `property` and exceptions, whose making is the machine's.

use super::bytearray::bytes_of_items;
use super::str_methods::codec;
use super::tools::{self, made};
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::object::{Object, Range};
use crate::symbol::Sym;
use crate::text::{codecs, integer, number, quote};
use crate::value::Value;

pub(crate) const INT: &[Native] = &[Native::new("int(x=, base=)", int)];
pub(crate) const FLOAT: &[Native] = &[Native::new("float(x=, /)", float)];
pub(crate) const BOOL: &[Native] = &[Native::new("bool(x=, /)", |cx, args| {
    let is = tools::flag(cx, args, 1, false)?;
    made(cx, args[0], Value::Bool(is))
})];
pub(crate) const STR: &[Native] = &[Native::new("str(object=, encoding=, errors=)", str)];
pub(crate) const BYTES: &[Native] = &[Native::new("bytes(source=, encoding=, errors=)", |cx, args| {
    if let Some(method) = cx.heap.own_method(args[1], Sym::BYTES) {
        return Ok(Answer::Call { callee: method, args: vec![args[1]] });
    }
    let bytes = bytes(cx, args, "bytes")?;
    let value = tools::bytes(cx, &bytes);
    made(cx, args[0], value)
})];
pub(crate) const BYTEARRAY: &[Native] = &[Native::new("bytearray(source=, encoding=, errors=)", |cx, args| {
    let bytes = bytes(cx, args, "bytearray")?;
    let value = tools::make(cx, Object::ByteArray(bytes));
    made(cx, args[0], value)
})];
pub(crate) const MEMORYVIEW: &[Native] = &[
    Native::new("memoryview(object)", |cx, args| match cx.heap.bytes_of(args[1]) {
        Some(bytes) => {
            let (of, to) = (cx.heap.plain(args[1]), bytes.len());
            Ok(Answer::Value(tools::make(cx, Object::MemoryView { of, from: 0, to })))
        }
        None => {
            let name = tools::name(cx, args[1]);
            Err(cx.type_error(format!("memoryview: a bytes-like object is required, not '{name}'")))
        }
    }),
    Native::method("tobytes()", |cx, args| {
        let bytes = super::bytes_methods::receiver(cx, args);
        cx.answer_bytes(&bytes)
    }),
    Native::method("tolist()", |cx, args| {
        let items =
            super::bytes_methods::receiver(cx, args).into_iter().map(|byte| Value::Int(i64::from(byte))).collect();
        Ok(Answer::Value(tools::list(cx, items)))
    }),
    Native::method("hex()", |cx, args| {
        let text = crate::text::bytes_text::hex(&super::bytes_methods::receiver(cx, args), None, 1);
        cx.answer_str(&text)
    }),
    Native::method("release()", |_, _| tools::nothing()),
    Native::getter("nbytes()", |cx, args| tools::count(super::bytes_methods::receiver(cx, args).len())),
];
pub(crate) const LIST: &[Native] = &[Native::new("list(iterable=, /)", |cx, args| {
    let items = items(cx, args)?;
    let value = tools::list(cx, items);
    made(cx, args[0], value)
})];
pub(crate) const TUPLE: &[Native] = &[Native::new("tuple(iterable=, /)", |cx, args| {
    if matches!(cx.heap.object(args[1]), Some(Object::Tuple(_))) && matches!(args[0], Value::Type(_)) {
        return Ok(Answer::Value(args[1]));
    }
    let items = items(cx, args)?;
    let value = tools::tuple(cx, &items);
    made(cx, args[0], value)
})];
pub(crate) const SET: &[Native] = &[Native::new("set(iterable=, /)", |cx, args| {
    let items = items(cx, args)?;
    let set = super::set::of_items(cx, &items)?;
    let value = tools::make(cx, Object::Set(Box::new(set)));
    made(cx, args[0], value)
})];
pub(crate) const FROZENSET: &[Native] = &[Native::new("frozenset(iterable=, /)", |cx, args| {
    if matches!(cx.heap.object(args[1]), Some(Object::FrozenSet(_))) && matches!(args[0], Value::Type(_)) {
        return Ok(Answer::Value(args[1]));
    }
    let items = items(cx, args)?;
    let set = super::set::of_items(cx, &items)?;
    let value = tools::make(cx, Object::FrozenSet(Box::new(set)));
    made(cx, args[0], value)
})];
pub(crate) const DICT: &[Native] = &[Native::new("dict(other=, /, **more)", |cx, args| {
    let pairs = if args[1].is_unbound() { Vec::new() } else { super::dict::pairs(cx, args, 1)? };
    let more = super::dict::entries(cx, args[2]);
    let dict = cx.make_dict(pairs.into_iter().chain(more).collect())?;
    made(cx, args[0], dict)
})];
pub(crate) const RANGE: &[Native] = &[Native::new("range(start, stop=, step=, /)", range)];
pub(crate) const SLICE: &[Native] = &[Native::new("slice(start, stop=, step=, /)", |cx, args| {
    let parts = match args[2].given() {
        None => [Value::None, args[1], Value::None],
        Some(stop) => [args[1], stop, args[3].given().unwrap_or(Value::None)],
    };
    Ok(Answer::Value(tools::make(cx, Object::Slice(parts))))
})];

fn items(cx: &mut Context, args: &[Value]) -> Result<Vec<Value>, Raise> {
    if args[1].is_unbound() { Ok(Vec::new()) } else { cx.collect(args, 1) }
}

fn int(cx: &mut Context, args: &[Value]) -> Outcome {
    let (class, value) = (args[0], args[1]);
    let text = cx.heap.text(value).map(|text| (text.to_owned(), quote::text(text)));
    let text = text.or_else(|| {
        let bytes = cx.heap.bytes_of(value)?;
        Some((bytes.iter().map(|byte| char::from(*byte)).collect(), quote::bytes(bytes)))
    });
    if let Some(base) = args[2].given() {
        let Some((text, shown)) = text else {
            let missing = value.is_unbound();
            return Err(cx.type_error(if missing {
                "int() missing string argument"
            } else {
                "int() can't convert non-string with explicit base"
            }));
        };
        let base = tools::index(cx, &[base], 0)?.clamped();
        return parsed(cx, class, &text, base, &shown);
    }
    if let Some((text, shown)) = text {
        return parsed(cx, class, &text, 10, &shown);
    }
    let int = match cx.heap.plain(value) {
        Value::Unbound => integer::Int::Small(0),
        Value::Float(float) => cx.fault(integer::from_float(float))?,
        plain => match cx.integer(plain) {
            Some(int) => int,
            None => {
                for name in [Sym::INT, Sym::INDEX, Sym::TRUNC] {
                    if let Some(method) = cx.heap.own_method(value, name) {
                        return Ok(Answer::Call { callee: method, args: vec![value] });
                    }
                }
                let name = tools::name(cx, value);
                let what = "int() argument must be a string, a bytes-like object or a real number";
                return Err(cx.type_error(format!("{what}, not '{name}'")));
            }
        },
    };
    let int = cx.make_integer(int);
    made(cx, class, int)
}

fn parsed(cx: &mut Context, class: Value, text: &str, base: i64, shown: &str) -> Outcome {
    let int = number::parse_int(text, base, shown);
    let int = cx.fault(int)?;
    let int = cx.make_integer(int);
    made(cx, class, int)
}

fn float(cx: &mut Context, args: &[Value]) -> Outcome {
    let (class, value) = (args[0], args[1]);
    let float = if value.is_unbound() {
        0.0
    } else if let Some(text) = tools::text(cx, value) {
        let read = number::parse_float(&text, &quote::text(&text));
        cx.fault(read)?
    } else if let Some(bytes) = cx.heap.bytes_of(value) {
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let read = number::parse_float(&text, &quote::bytes(bytes));
        cx.fault(read)?
    } else if let Some(float) = tools::as_float(cx, value)? {
        float
    } else {
        if let Some(method) = cx.heap.own_method(value, Sym::FLOAT) {
            return Ok(Answer::Call { callee: method, args: vec![value] });
        }
        if cx.heap.own_method(value, Sym::INDEX).is_some() {
            return Err(Raise::Need { argument: 1, conversion: crate::native::Conversion::Float });
        }
        let name = tools::name(cx, value);
        return Err(cx.type_error(format!("float() argument must be a string or a real number, not '{name}'")));
    };
    made(cx, class, Value::Float(float))
}

fn str(cx: &mut Context, args: &[Value]) -> Outcome {
    let value = if args[1].is_unbound() {
        tools::string(cx, "")
    } else if args[2].given().or(args[3].given()).is_some() {
        let Some(bytes) = cx.heap.bytes_of(args[1]).map(<[u8]>::to_vec) else {
            if cx.heap.text(args[1]).is_some() {
                return Err(cx.type_error("decoding str is not supported"));
            }
            let name = tools::name(cx, args[1]);
            return Err(cx.type_error(format!("decoding to str: need a bytes-like object, {name} found")));
        };
        let (encoding, errors) = codec(cx, &args[1..], "str")?;
        let text = codecs::decode(&bytes, &encoding, &errors);
        let text = tools::coded(cx, text, args[1])?;
        tools::string(cx, &text)
    } else if matches!(cx.heap.object(args[1]), Some(Object::Str(_))) {
        args[1]
    } else {
        let text = cx.str_at(args, 1)?;
        tools::string(cx, &text)
    };
    made(cx, args[0], value)
}

fn bytes(cx: &mut Context, args: &[Value], name: &str) -> Result<Vec<u8>, Raise> {
    let value = args[1];
    if let Some(text) = tools::text(cx, value) {
        if args[2].is_unbound() {
            return Err(cx.type_error("string argument without an encoding"));
        }
        let (encoding, errors) = codec(cx, &args[1..], name)?;
        let bytes = codecs::encode(&text, &encoding, &errors);
        return tools::coded(cx, bytes, value);
    }
    if args[2].given().is_some() {
        return Err(cx.type_error("encoding without a string argument"));
    }
    if value.is_unbound() {
        return Ok(Vec::new());
    }
    if let Some(bytes) = cx.heap.bytes_of(value) {
        return Ok(bytes.to_vec());
    }
    if cx.integer(value).is_some() || cx.heap.own_method(value, Sym::INDEX).is_some() {
        let Ok(length) = usize::try_from(tools::size(cx, args, 1)?) else {
            return Err(cx.value_error("negative count"));
        };
        cx.room(length)?;
        return Ok(vec![0; length]);
    }
    if !tools::is_iterable(cx, value) {
        let kind = tools::name(cx, value);
        return Err(cx.type_error(format!("cannot convert '{kind}' object to {name}")));
    }
    let items = cx.collect(args, 1)?;
    bytes_of_items(cx, &items, if name == "bytes" { "bytes" } else { "byte" })
}

fn range(cx: &mut Context, args: &[Value]) -> Outcome {
    let mut parts = [0i64; 3];
    for (at, part) in parts.iter_mut().enumerate() {
        if args[at + 1].given().is_some() {
            let int = tools::index(cx, args, at + 1)?;
            let Some(small) = int.small() else {
                return Err(
                    cx.error(TypeId::OVERFLOW_ERROR, "a range of integers beyond 64 bits is not in this Python")
                );
            };
            *part = small;
        }
    }
    let (start, stop) = if args[2].is_unbound() { (0, parts[0]) } else { (parts[0], parts[1]) };
    let step = if args[3].is_unbound() { 1 } else { parts[2] };
    if step == 0 {
        return Err(cx.value_error("range() arg 3 must not be zero"));
    }
    Ok(Answer::Value(tools::make(cx, Object::Range(Range { start, stop, step }))))
}
