//! `print`, texts of values, and the end. Absent: `print` to a file of the program's own, `input` and `open` (prelude).

use crate::context::Context;
use crate::kind::TypeId;
use crate::machine::Output;
use crate::native::{Answer, Native, Outcome, Raise};
use crate::types::{formatting, tools};
use crate::value::Value;

pub(crate) const FUNCTIONS: &[Native] = &[
    Native::function("print(*values, sep=, end=, file=, flush=)", print),
    Native::function("repr(obj, /)", |cx, args| {
        let text = cx.repr_of(args[0])?;
        tools::says(cx, &text)
    }),
    Native::function("ascii(obj, /)", |cx, args| {
        let text = cx.repr_of(args[0])?;
        tools::says(cx, &formatting::ascii(&text))
    }),
    Native::function("format(value, format_spec=, /)", |cx, args| {
        let spec = match args[1].given() {
            Some(spec) => tools::want_text(cx, spec, "format() argument 2 must be str, not ")?,
            None => "".into(),
        };
        let text = cx.format_of(args[0], &spec)?;
        tools::says(cx, &text)
    }),
    Native::function("exit(code=, /)", exit),
    Native::function("quit(code=, /)", exit),
];

fn exit(cx: &mut Context, args: &[Value]) -> Outcome {
    let arguments = args[0].given().into_iter().collect();
    Err(Raise::Exception(cx.make_exception(Value::Type(TypeId::SYSTEM_EXIT), arguments)))
}

/// A separator or an end.
fn told(cx: &mut Context, value: Value, name: &str, default: &str) -> Result<std::sync::Arc<str>, Raise> {
    if value.is_unbound() || value.is_none() {
        return Ok(default.into());
    }
    tools::want_text(cx, value, &format!("{name} must be None or a string, not "))
}

fn print(cx: &mut Context, args: &[Value]) -> Outcome {
    if args[2].given().is_some_and(|file| !file.is_none()) {
        return Err(Raise::Slow);
    }
    let separator = told(cx, args[0], "sep", " ")?;
    let end = told(cx, args[1], "end", "\n")?;
    let flush = tools::flag(cx, args, 3, false)?;
    let mut out = String::new();
    for at in 4..args.len() {
        if at > 4 {
            out.push_str(&separator);
        }
        out.push_str(&cx.str_at(args, at)?);
    }
    out.push_str(&end);
    cx.write(Output::Out, &out);
    if flush {
        cx.flush(Output::Out);
    }
    Ok(Answer::Value(Value::None))
}
