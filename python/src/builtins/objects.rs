//! Builtins of the object model: classes, attributes, iteration, texts.

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Control, Native, Outcome, Raise};
use crate::object::Object;
use crate::symbol::Sym;
use crate::value::Value;

fn value(value: Value) -> Outcome {
    Ok(Answer::Value(value))
}

fn truth(b: bool) -> Outcome {
    Ok(Answer::Value(Value::Bool(b)))
}

pub(crate) const FUNCTIONS: &[Native] = &[
    Native::function("isinstance(object, class, /)", |cx, args| {
        let class = cx.heap.class_of(args[0]);
        is_of(cx, class, args[1], "isinstance() arg 2 must be a type, a tuple of types, or a union").and_then(truth)
    }),
    Native::function("issubclass(class, other, /)", |cx, args| {
        if !cx.heap.is_class(args[0]) {
            return Err(cx.type_error("issubclass() arg 1 must be a class"));
        }
        is_of(cx, args[0], args[1], "issubclass() arg 2 must be a class, a tuple of classes, or a union")
            .and_then(truth)
    }),
    Native::function("getattr(object, name, default=, /)", |cx, args| {
        let name = attribute_name(cx, args[1], "getattr(): attribute name must be string")?;
        Ok(Answer::Control(Control::GetAttribute { of: args[0], name, default: args[2] }))
    }),
    Native::function("hasattr(object, name, /)", |cx, args| {
        let name = attribute_name(cx, args[1], "hasattr(): attribute name must be string")?;
        Ok(Answer::Control(Control::HasAttribute { of: args[0], name }))
    }),
    Native::function("setattr(object, name, value, /)", |cx, args| {
        let name = attribute_name(cx, args[1], "setattr(): attribute name must be string")?;
        Ok(Answer::Control(Control::SetAttribute { of: args[0], name, value: args[2] }))
    }),
    Native::function("delattr(object, name, /)", |cx, args| {
        let name = attribute_name(cx, args[1], "delattr(): attribute name must be string")?;
        Ok(Answer::Control(Control::DeleteAttribute { of: args[0], name }))
    }),
    Native::function("callable(object, /)", |cx, args| {
        let callable = match args[0] {
            Value::Type(_) | Value::Builtin(_) => true,
            _ => match cx.heap.object(args[0]) {
                Some(Object::Function(_) | Object::BoundMethod { .. } | Object::Class(_) | Object::Alias { .. }) => {
                    true
                }
                Some(Object::Instance(_)) => cx.heap.own_method(args[0], Sym::CALL).is_some(),
                _ => false,
            },
        };
        truth(callable)
    }),
    Native::function("id(object, /)", |cx, args| value(Value::Int(i64::try_from(cx.address(args[0])).unwrap_or(0)))),
    Native::function("hash(object, /)", |cx, args| cx.hash(args[0]).map(|hash| Answer::Value(Value::Int(hash)))),
    Native::function("iter(object, sentinel=, /)", |cx, args| {
        if !args[1].is_unbound() {
            return Err(Raise::Slow);
        }
        cx.iterator(args[0]).map(Answer::Value)
    }),
    Native::function("next(iterator, default=, /)", |_, args| Ok(Answer::Next { iterator: args[0], default: args[1] })),
    Native::function("globals()", |_, _| Ok(Answer::Control(Control::Names { globals: true }))),
    Native::function("locals()", |_, _| Ok(Answer::Control(Control::Names { globals: false }))),
    Native::function("vars(object=, /)", |_, args| {
        if args[0].is_unbound() {
            return Ok(Answer::Control(Control::Names { globals: false }));
        }
        Ok(Answer::Control(Control::GetAttribute { of: args[0], name: Sym::DICT, default: Value::Unbound }))
    }),
    Native::function("dir(object=, /)", |cx, args| {
        if args[0].is_unbound() {
            return Err(Raise::Slow);
        }
        let mut names = all_names(cx, args[0]);
        names.sort_unstable();
        names.dedup();
        let names = names.iter().map(|name| cx.make_str(name)).collect();
        value(cx.make_list(names))
    }),
];

fn attribute_name(cx: &mut Context, name: Value, text: &str) -> Result<Sym, Raise> {
    match cx.heap.str(name).map(|s| s.text.clone()) {
        Some(name) => Ok(cx.sym(&name)),
        None => Err(cx.type_error(text)),
    }
}

fn is_of(cx: &mut Context, class: Value, other: Value, text: &str) -> Result<bool, Raise> {
    if let Some(classes) = cx.heap.tuple(other).cloned() {
        for one in classes.iter() {
            if is_of(cx, class, *one, text)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if other.is_none() {
        return Ok(class.is(Value::Type(TypeId::NONE)));
    }
    if !cx.heap.is_class(other) {
        return Err(cx.type_error(text));
    }
    Ok(cx.heap.derives(class, other))
}

fn all_names(cx: &Context, of: Value) -> Vec<String> {
    use crate::native::registry;
    let mut names = Vec::new();
    let mut add = |sym: Sym| names.push(cx.symbols.name(sym).to_string());
    if let Value::Module(id) = of {
        cx.modules[id.0 as usize].names().into_iter().for_each(|(name, _)| add(name));
        return names;
    }
    match cx.heap.object(of) {
        Some(Object::Instance(instance)) => instance.attributes.iter().for_each(|(name, _)| add(name)),
        Some(Object::Exception(exception)) => exception.attributes.iter().for_each(|(name, _)| add(name)),
        _ => {}
    }
    let class = if cx.heap.is_class(of) { of } else { cx.heap.class_of(of) };
    for base in cx.heap.mro(class) {
        match base {
            Value::Type(kind) => names.extend(registry().method_names(kind).map(str::to_owned)),
            _ => {
                if let Some(class) = cx.heap.class(base) {
                    names.extend(class.attributes.iter().map(|(name, _)| cx.symbols.name(name).to_string()));
                }
            }
        }
    }
    names
}
