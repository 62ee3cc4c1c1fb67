//! `format()`, f-strings, `str.format` and `%`. Absent: values whose texts a method of the program makes, and fields that look up
//! attributes; both go on in the prelude.

use std::sync::Arc;

use super::tools;
use crate::context::Context;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::symbol::Sym;
use crate::text::fields::{Field, First, Numbering, Part, Parts, Step};
use crate::text::integer::Int;
use crate::text::percent::{self, Conversion, Operand, Piece, Size};
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

/// `format(value, spec)`.
pub(crate) fn format(cx: &mut Context, value: Value, spec: &str) -> Result<Arc<str>, Raise> {
    if cx.heap.own_method(value, Sym::FORMAT).is_some() {
        return Err(Raise::Slow);
    }
    if spec.is_empty() {
        return cx.str_of(value);
    }
    let plain = cx.heap.plain(value);
    let text = match plain {
        Value::Float(float) => spec::format_float(float, spec),
        _ => match (tools::as_int(cx, plain), cx.heap.text(plain)) {
            (Some(int), _) => spec::format_int(&int, spec),
            (None, Some(text)) => spec::format_str(text, spec),
            (None, None) => {
                let name = tools::name(cx, value);
                return Err(cx.type_error(format!("unsupported format string passed to {name}.__format__")));
            }
        },
    };
    tools::sure(cx, text).map(Arc::from)
}

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
        match tools::sure(cx, part)? {
            None => return Ok(out),
            Some(Part::Text(text)) => out.push_str(&text),
            Some(Part::Field(field)) => {
                let index = numbering.index(&field.first);
                let index = tools::sure(cx, index)?;
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
                        out.push_str(&tools::sure(cx, text)?);
                    }
                    None => out.push_str(&self::format(cx, value, &spec)?),
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

/// The values of a `%`: a tuple gives them one by one, a dict by name.
struct Values {
    items: Vec<Value>,
    next: usize,
    mapping: Option<Value>,
    bytes: bool,
}

impl Values {
    fn next(&mut self, cx: &mut Context) -> Result<Value, Raise> {
        match self.items.get(self.next) {
            Some(value) => {
                self.next += 1;
                Ok(*value)
            }
            None => Err(tools::raise(cx, &percent::not_enough())),
        }
    }

    fn of(&mut self, cx: &mut Context, conversion: &Conversion) -> Result<Value, Raise> {
        let Some(key) = &conversion.key else { return self.next(cx) };
        let Some(mapping) = self.mapping else { return Err(tools::raise(cx, &percent::no_mapping())) };
        let key = if self.bytes {
            let bytes: Vec<u8> = key.chars().map(|c| c as u8).collect();
            tools::bytes(cx, &bytes)
        } else {
            tools::string(cx, key)
        };
        match cx.dict_get(mapping, key)? {
            Some(value) => Ok(value),
            None => Err(cx.key_error(key)),
        }
    }

    fn size(&mut self, cx: &mut Context) -> Result<i64, Raise> {
        let value = self.next(cx)?;
        match tools::as_int(cx, value) {
            Some(int) => Ok(int.clamped()),
            None => Err(tools::raise(cx, &percent::no_size())),
        }
    }
}

/// What has `__getitem__` and is neither tuple nor str.
fn is_mapping(cx: &Context, value: Value) -> bool {
    cx.heap.dict(value).is_some()
        || cx.heap.list(value).is_some()
        || cx.heap.bytes_of(value).is_some()
        || cx.heap.own_method(value, Sym::GETITEM).is_some()
}

/// `format % values`, for str; for bytes, whose text is then Latin-1.
pub(crate) fn percent(cx: &mut Context, format: &str, values: Value, bytes: bool) -> Result<String, Raise> {
    let tuple = cx.heap.tuple(values).map(|items| items.to_vec());
    let single = tuple.is_none();
    // Whatever has `__getitem__` and is neither tuple nor str counts as a mapping, so that too many of them are no error.
    let mapping = single && is_mapping(cx, values);
    let mut values =
        Values { items: tuple.unwrap_or_else(|| vec![values]), next: 0, mapping: mapping.then_some(values), bytes };
    let mut parts = percent::Parts::new(format);
    let mut out = String::new();
    loop {
        let piece = parts.advance();
        match tools::sure(cx, piece)? {
            None => break,
            Some(Piece::Text(text)) => out.push_str(&text),
            Some(Piece::Conversion(mut conversion)) => {
                if conversion.key.is_some() && values.mapping.is_none() {
                    return Err(tools::raise(cx, &percent::no_mapping()));
                }
                if conversion.width == Size::Star {
                    let width = values.size(cx)?;
                    conversion.tell_width(width);
                }
                if conversion.precision == Size::Star {
                    let precision = values.size(cx)?;
                    conversion.tell_precision(precision);
                }
                let value = values.of(cx, &conversion)?;
                out.push_str(&shown(cx, &conversion, value, bytes)?);
            }
        }
    }
    if values.next < values.items.len() && values.mapping.is_none() {
        return Err(tools::raise(cx, &percent::not_all(bytes)));
    }
    Ok(out)
}

/// One value under one conversion.
fn shown(cx: &mut Context, conversion: &Conversion, value: Value, bytes: bool) -> Result<String, Raise> {
    let name = tools::name(cx, value);
    let latin = |bytes: &[u8]| bytes.iter().map(|byte| char::from(*byte)).collect::<String>();
    let text: Arc<str>;
    let operand = match conversion.letter() {
        's' | 'b' if bytes => match cx.heap.bytes_of(value) {
            Some(raw) => {
                text = latin(raw).into();
                Operand::Text(&text)
            }
            None => {
                let what = "%b requires a bytes-like object, or an object that implements __bytes__, not";
                return Err(cx.type_error(format!("{what} '{name}'")));
            }
        },
        letter @ ('s' | 'r' | 'a') => {
            text = converted(cx, value, if bytes { 'a' } else { letter })?;
            Operand::Text(&text)
        }
        'c' if bytes && cx.heap.bytes_of(value).is_some() => {
            text = latin(cx.heap.bytes_of(value).unwrap_or_default()).into();
            Operand::Text(&text)
        }
        _ => match cx.heap.plain(value) {
            Value::Float(float) => Operand::Float(float),
            plain => match tools::as_int(cx, plain) {
                Some(int) => Operand::Int(int),
                None if !bytes && conversion.letter() == 'c' && cx.heap.text(plain).is_some() => {
                    text = tools::text(cx, plain).unwrap_or_else(|| "".into());
                    Operand::Text(&text)
                }
                None if cx.heap.own_method(value, Sym::INDEX).is_some()
                    || cx.heap.own_method(value, Sym::FLOAT).is_some() =>
                {
                    return Err(Raise::Slow);
                }
                None => Operand::Other(&name),
            },
        },
    };
    let shown = conversion.show(&operand, bytes);
    tools::sure(cx, shown)
}

/// The digits of `hex`, `oct` and `bin`.
pub(crate) fn prefixed(cx: &mut Context, int: &Int, code: char) -> Outcome {
    let digits = spec::digits(int, code);
    let (prefix, digits) = tools::sure(cx, digits)?;
    let sign = if int.is_negative() { "-" } else { "" };
    let text = tools::string(cx, &format!("{sign}{prefix}{digits}"));
    Ok(Answer::Value(text))
}
