//! `str.format`. Absent: values whose texts a method of the program makes, and fields that look up attributes: both go on in the
//! prelude; `%` and f-strings, which are operators.

use std::sync::Arc;

use super::tools;
use crate::context::Context;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::symbol::Sym;
use crate::text::fields::{Field, First, Numbering, Part, Parts, Step};
use crate::text::integer::Int;
use crate::text::{quote, spec};
use crate::value::Value;

pub(crate) const METHODS: &[Native] = &[
    Native::method("format(*args, **kwargs)", |cx, args| {
        let format = super::str_methods::receiver(cx, args);
        let text = filled(cx, &format, &args[2..], args[1], &mut Numbering::default(), 2)?;
        tools::says(cx, &text)
    }),
    Native::method("format_map(mapping, /)", |cx, args| {
        if cx.heap.dict(args[1]).is_none() || cx.heap.own_method(args[1], Sym::MISSING).is_some() {
            return Err(Raise::Slow);
        }
        let format = super::str_methods::receiver(cx, args);
        let text = filled(cx, &format, &[], args[1], &mut Numbering::default(), 2)?;
        tools::says(cx, &text)
    }),
];

/// What `!r`, `!s` or `!a` makes of a value.
pub(crate) fn converted(cx: &mut Context, value: Value, conversion: char) -> Result<Arc<str>, Raise> {
    match conversion {
        's' => cx.str_of(value),
        'r' => cx.repr_of(value),
        _ => Ok(ascii(&cx.repr_of(value)?).into()),
    }
}

/// The text with everything but ASCII escaped.
pub(crate) fn ascii(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii() { c.to_string() } else { quote::escape(c) }).collect()
}

fn filled(
    cx: &mut Context,
    format: &str,
    args: &[Value],
    names: Value,
    numbering: &mut Numbering,
    depth: usize,
) -> Result<String, Raise> {
    if depth == 0 {
        return Err(cx.value_error("Max string recursion exceeded"));
    }
    let mut parts = Parts::new(format);
    let mut out = String::new();
    loop {
        let part = parts.advance();
        match cx.fault(part)? {
            None => return Ok(out),
            Some(Part::Text(text)) => out.push_str(&text),
            Some(Part::Field(field)) => {
                let index = numbering.index(&field.first);
                let index = cx.fault(index)?;
                let value = argument(cx, &field, index, args, names)?;
                if let Some(fault) = &field.late {
                    return Err(tools::raise(cx, fault));
                }
                let spec = if field.spec.contains('{') {
                    filled(cx, &field.spec, args, names, numbering, depth - 1)?
                } else {
                    field.spec
                };
                match field.conversion {
                    Some(conversion) => {
                        let text = converted(cx, value, conversion)?;
                        let text = spec::format_str(&text, &spec);
                        out.push_str(&cx.fault(text)?);
                    }
                    None => out.push_str(&cx.format_of(value, &spec)?),
                }
            }
        }
    }
}

/// The value that a field means.
fn argument(
    cx: &mut Context,
    field: &Field,
    index: Option<usize>,
    args: &[Value],
    names: Value,
) -> Result<Value, Raise> {
    let mut value = match (&field.first, index) {
        (First::Name(name), _) => {
            let key = tools::string(cx, name);
            match cx.dict_get(names, key)? {
                Some(value) => value,
                None => return Err(cx.key_error(key)),
            }
        }
        (_, index) => {
            let index = index.unwrap_or(0);
            match args.get(index) {
                Some(value) => *value,
                None => {
                    let text = format!("Replacement index {index} out of range for positional args tuple");
                    return Err(cx.index_error(&text));
                }
            }
        }
    };
    for step in &field.path {
        value = match step {
            Step::Index(index)
                if cx.heap.items(value).is_some() && cx.heap.own_method(value, Sym::GETITEM).is_none() =>
            {
                match cx.heap.items(value).and_then(|items| items.get(*index)) {
                    Some(item) => *item,
                    None => {
                        let name = tools::name(cx, value);
                        return Err(cx.index_error(format!("{name} index out of range")));
                    }
                }
            }
            Step::Index(_) | Step::Key(_)
                if cx.heap.dict(value).is_some() && cx.heap.own_method(value, Sym::MISSING).is_none() =>
            {
                let key = match step {
                    Step::Index(index) => Value::Int(*index as i64),
                    Step::Key(key) | Step::Attribute(key) => tools::string(cx, key),
                };
                match cx.dict_get(value, key)? {
                    Some(value) => value,
                    None => return Err(cx.key_error(key)),
                }
            }
            _ => return Err(Raise::Slow),
        };
    }
    Ok(value)
}

/// The digits of `hex`, `oct` and `bin`.
pub(crate) fn prefixed(cx: &mut Context, int: &Int, code: char) -> Outcome {
    let digits = spec::digits(int, code);
    let (prefix, digits) = cx.fault(digits)?;
    let sign = if int.is_negative() { "-" } else { "" };
    let text = tools::string(cx, &format!("{sign}{prefix}{digits}"));
    Ok(Answer::Value(text))
}
