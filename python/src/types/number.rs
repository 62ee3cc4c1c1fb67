//! Methods of int and float. Absent: their operators and constructors.

use super::tools::{self, says, truth};
use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::text::integer::{self, Int};
use crate::text::number;
use crate::value::Value;

pub(crate) const INT: &[Native] = &[
    Native::method("bit_length()", |cx, args| tools::count(receiver(cx, args).bits() as usize)),
    Native::method("bit_count()", |cx, args| {
        let ones =
            receiver(cx, args).big().magnitude().to_u64_digits().iter().map(|word| word.count_ones() as usize).sum();
        tools::count(ones)
    }),
    Native::method("conjugate()", itself),
    Native::method("as_integer_ratio()", |cx, args| {
        let int = receiver(cx, args);
        let parts = [cx.make_integer(int), Value::Int(1)];
        Ok(Answer::Value(tools::tuple(cx, &parts)))
    }),
    Native::method("to_bytes(length=, byteorder=, *, signed=)", to_bytes),
    Native::class_method("from_bytes(bytes, byteorder=, *, signed=)", from_bytes),
    Native::getter("real()", itself),
    Native::getter("numerator()", itself),
    Native::getter("imag()", |_, _| Ok(Answer::Value(Value::Int(0)))),
    Native::getter("denominator()", |_, _| Ok(Answer::Value(Value::Int(1)))),
];

pub(crate) const FLOAT: &[Native] = &[
    Native::method("is_integer()", |cx, args| {
        let float = float(cx, args);
        truth(float.is_finite() && float.fract() == 0.0)
    }),
    Native::method("hex()", |cx, args| {
        let text = number::hex_float(float(cx, args));
        says(cx, &text)
    }),
    Native::class_method("fromhex(string, /)", |cx, args| {
        let text = tools::want_text(cx, args[1], "bad argument type for built-in operation: ")?;
        let read = number::parse_hex_float(&text);
        Ok(Answer::Value(Value::Float(cx.fault(read)?)))
    }),
    Native::method("as_integer_ratio()", |cx, args| {
        let ratio = integer::ratio(float(cx, args));
        let (up, down) = cx.fault(ratio)?;
        let parts = [cx.make_integer(up), cx.make_integer(down)];
        Ok(Answer::Value(tools::tuple(cx, &parts)))
    }),
    Native::method("conjugate()", |cx, args| Ok(Answer::Value(Value::Float(float(cx, args))))),
    Native::getter("real()", |cx, args| Ok(Answer::Value(Value::Float(float(cx, args))))),
    Native::getter("imag()", |_, _| Ok(Answer::Value(Value::Float(0.0)))),
];

fn receiver(cx: &Context, args: &[Value]) -> Int {
    cx.integer(args[0]).expect("a method of int is called with an int")
}

fn float(cx: &Context, args: &[Value]) -> f64 {
    match cx.heap.plain(args[0]) {
        Value::Float(float) => float,
        _ => unreachable!("a method of float is called with a float"),
    }
}

fn itself(cx: &mut Context, args: &[Value]) -> Outcome {
    let int = receiver(cx, args);
    Ok(Answer::Value(cx.make_integer(int)))
}

/// `big` or `little`.
fn is_big_endian(cx: &mut Context, value: Value, name: &str) -> Result<bool, Raise> {
    let Some(value) = value.given() else { return Ok(true) };
    let order = tools::want_text(cx, value, &format!("{name}() argument 'byteorder' must be str, not "))?;
    match &*order {
        "big" => Ok(true),
        "little" => Ok(false),
        _ => Err(cx.value_error("byteorder must be either 'little' or 'big'")),
    }
}

fn to_bytes(cx: &mut Context, args: &[Value]) -> Outcome {
    let length = if args[1].is_unbound() { 1 } else { tools::size(cx, args, 1)? };
    let big_endian = is_big_endian(cx, args[2], "to_bytes")?;
    let signed = tools::flag(cx, args, 3, false)?;
    let bytes = integer::to_bytes(&receiver(cx, args), length, big_endian, signed);
    let bytes = cx.fault(bytes)?;
    Ok(Answer::Value(tools::bytes(cx, &bytes)))
}

fn from_bytes(cx: &mut Context, args: &[Value]) -> Outcome {
    let bytes = match cx.heap.bytes_of(args[1]) {
        Some(bytes) => bytes.to_vec(),
        None if cx.heap.text(args[1]).is_some() => return Err(cx.type_error("cannot convert 'str' object to bytes")),
        None if tools::is_iterable(cx, args[1]) => {
            let items = cx.collect(args, 1)?;
            super::bytearray::bytes_of_items(cx, &items, "bytes")?
        }
        None => {
            let name = tools::name(cx, args[1]);
            return Err(cx.type_error(format!("cannot convert '{name}' object to bytes")));
        }
    };
    let big_endian = is_big_endian(cx, args[2], "from_bytes")?;
    let signed = tools::flag(cx, args, 3, false)?;
    let int = integer::from_bytes(&bytes, big_endian, signed);
    let int = cx.make_integer(int);
    match args[0] {
        Value::Type(TypeId::INT) => Ok(Answer::Value(int)),
        class => Ok(Answer::Call { callee: class, args: vec![int] }),
    }
}
