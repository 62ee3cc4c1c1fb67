//! Builtin functions of numbers and characters. Absent: operands with methods of the program's (the prelude goes on with those).

use crate::context::Context;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::symbol::Sym;
use crate::text::integer::{self, Int};
use crate::text::{Outcome as Text, float};
use crate::types::formatting;
use crate::types::tools;
use crate::value::Value;

pub(crate) const FUNCTIONS: &[Native] = &[
    Native::function("abs(x, /)", |cx, args| match number(cx, args[0], &[Sym::ABS])? {
        Some(Number::Int(int)) => answer_int(cx, Ok(integer::absolute(&int))),
        Some(Number::Float(float)) => Ok(Answer::Value(Value::Float(float.abs()))),
        None => {
            let name = tools::name(cx, args[0]);
            Err(cx.type_error(format!("bad operand type for abs(): '{name}'")))
        }
    }),
    Native::function("divmod(x, y, /)", divide),
    Native::function("pow(base, exp, mod=)", power),
    Native::function("round(number, ndigits=)", round),
    Native::function("bin(number, /)", |cx, args| prefixed(cx, args, 'b')),
    Native::function("oct(number, /)", |cx, args| prefixed(cx, args, 'o')),
    Native::function("hex(number, /)", |cx, args| prefixed(cx, args, 'x')),
    Native::function("chr(i, /)", |cx, args| {
        let code = tools::index(cx, args, 0)?;
        match code.word().and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32) {
            Some(c) => tools::says(cx, c.encode_utf8(&mut [0; 4])),
            None if code.small().is_none() => {
                Err(cx.error(crate::kind::TypeId::OVERFLOW_ERROR, "Python int too large to convert to C int"))
            }
            None => Err(cx.value_error("chr() arg not in range(0x110000)")),
        }
    }),
    Native::function("ord(c, /)", ord),
];

/// A number of either type.
enum Number {
    Int(Int),
    Float(f64),
}

/// A value as a number; what has one of these methods of its own goes on in the prelude.
fn number(cx: &mut Context, value: Value, methods: &[Sym]) -> Result<Option<Number>, Raise> {
    if methods.iter().any(|name| cx.heap.own_method(value, *name).is_some()) {
        return Err(Raise::Slow);
    }
    Ok(match cx.heap.plain(value) {
        Value::Float(float) => Some(Number::Float(float)),
        plain => cx.integer(plain).map(Number::Int),
    })
}

fn answer_int(cx: &mut Context, int: Text<Int>) -> Outcome {
    let int = cx.fault(int)?;
    Ok(Answer::Value(cx.make_integer(int)))
}

fn answer_float(cx: &mut Context, float: Text<f64>) -> Outcome {
    Ok(Answer::Value(Value::Float(cx.fault(float)?)))
}

fn as_float(cx: &mut Context, number: &Number) -> Result<f64, Raise> {
    match number {
        Number::Float(float) => Ok(*float),
        Number::Int(int) => cx.fault(int.to_float()),
    }
}

fn divide(cx: &mut Context, args: &[Value]) -> Outcome {
    let methods = [Sym::DIVMOD, Sym::RDIVMOD];
    let pair = match (number(cx, args[0], &methods)?, number(cx, args[1], &methods)?) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => {
            let parts = integer::divide_floor(&a, &b);
            let (quotient, rest) = cx.fault(parts)?;
            [cx.make_integer(quotient), cx.make_integer(rest)]
        }
        (Some(a), Some(b)) => {
            let parts = float::divide_floor(as_float(cx, &a)?, as_float(cx, &b)?);
            let (quotient, rest) = cx.fault(parts)?;
            [Value::Float(quotient), Value::Float(rest)]
        }
        _ => {
            let (a, b) = (tools::name(cx, args[0]), tools::name(cx, args[1]));
            return Err(cx.type_error(format!("unsupported operand type(s) for divmod(): '{a}' and '{b}'")));
        }
    };
    Ok(Answer::Value(tools::tuple(cx, &pair)))
}

fn power(cx: &mut Context, args: &[Value]) -> Outcome {
    let methods = [Sym::POW, Sym::RPOW];
    let (base, exponent) = (number(cx, args[0], &methods)?, number(cx, args[1], &methods)?);
    if let Some(modulus) = args[2].given().filter(|modulus| !modulus.is_none()) {
        let modulus = number(cx, modulus, &[])?;
        return match (base, exponent, modulus) {
            (Some(Number::Int(base)), Some(Number::Int(exponent)), Some(Number::Int(modulus))) => {
                answer_int(cx, integer::power_modulo(&base, &exponent, &modulus))
            }
            _ => Err(cx.type_error("pow() 3rd argument not allowed unless all arguments are integers")),
        };
    }
    match (base, exponent) {
        (Some(Number::Int(base)), Some(Number::Int(exponent))) if !exponent.is_negative() => {
            answer_int(cx, integer::power(&base, &exponent))
        }
        (Some(base), Some(exponent)) => {
            let result = float::power(as_float(cx, &base)?, as_float(cx, &exponent)?);
            answer_float(cx, result)
        }
        _ => {
            let (a, b) = (tools::name(cx, args[0]), tools::name(cx, args[1]));
            Err(cx.type_error(format!("unsupported operand type(s) for ** or pow(): '{a}' and '{b}'")))
        }
    }
}

fn round(cx: &mut Context, args: &[Value]) -> Outcome {
    let digits = match args[1].given().filter(|digits| !digits.is_none()) {
        Some(_) => Some(tools::index(cx, args, 1)?.clamped()),
        None => None,
    };
    match (number(cx, args[0], &[Sym::ROUND])?, digits) {
        (Some(Number::Int(int)), digits) => answer_int(cx, integer::round(&int, digits.unwrap_or(0))),
        (Some(Number::Float(float)), None) => answer_int(cx, float::round_to_int(float)),
        (Some(Number::Float(float)), Some(digits)) => answer_float(cx, float::round(float, digits)),
        (None, _) => {
            let name = tools::name(cx, args[0]);
            Err(cx.type_error(format!("type {name} doesn't define __round__ method")))
        }
    }
}

fn prefixed(cx: &mut Context, args: &[Value], code: char) -> Outcome {
    let int = tools::index(cx, args, 0)?;
    formatting::prefixed(cx, &int, code)
}

fn ord(cx: &mut Context, args: &[Value]) -> Outcome {
    let (length, code) = if let Some(text) = cx.heap.str(args[0]) {
        (text.chars, text.text.chars().next().map(u32::from))
    } else if let Some(bytes) = cx.heap.bytes_of(args[0]) {
        (bytes.len(), bytes.first().map(|byte| u32::from(*byte)))
    } else {
        let name = tools::name(cx, args[0]);
        return Err(cx.type_error(format!("ord() expected string of length 1, but {name} found")));
    };
    match code {
        Some(code) if length == 1 => Ok(Answer::Value(Value::Int(i64::from(code)))),
        _ => Err(cx.type_error(format!("ord() expected a character, but string of length {length} found"))),
    }
}
