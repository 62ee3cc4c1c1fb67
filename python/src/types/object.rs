//! Methods of `object`, `type`, exceptions, generators and descriptors.

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, Control, Native, Outcome, Raise, TypeTable};
use crate::object::Object;
use crate::symbol::Sym;
use crate::value::Value;

/// All tables.
pub(crate) const TABLES: &[TypeTable] = &[
    TypeTable { of: TypeId::OBJECT, methods: OBJECT },
    TypeTable { of: TypeId::TYPE, methods: TYPE },
    TypeTable { of: TypeId::BASE_EXCEPTION, methods: EXCEPTION },
    TypeTable { of: TypeId::STOP_ITERATION, methods: STOP_ITERATION },
    TypeTable { of: TypeId::SYSTEM_EXIT, methods: SYSTEM_EXIT },
    TypeTable { of: TypeId::OS_ERROR, methods: OS_ERROR },
    TypeTable { of: TypeId::GENERATOR, methods: GENERATOR },
    TypeTable { of: TypeId::PROPERTY, methods: PROPERTY },
    TypeTable { of: TypeId::STATICMETHOD, methods: STATICMETHOD },
    TypeTable { of: TypeId::CLASSMETHOD, methods: CLASSMETHOD },
    TypeTable { of: TypeId::SUPER, methods: SUPER },
    TypeTable { of: TypeId::LIST_ITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::TUPLE_ITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::STR_ITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::BYTES_ITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::RANGE_ITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::SET_ITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::DICT_KEYITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::DICT_VALUEITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::DICT_ITEMITERATOR, methods: ITERATOR },
    TypeTable { of: TypeId::REVERSED, methods: ITERATOR },
    TypeTable { of: TypeId::ENUMERATE, methods: ITERATOR },
    TypeTable { of: TypeId::ZIP, methods: ITERATOR },
    TypeTable { of: TypeId::LIST, methods: ITERABLE },
    TypeTable { of: TypeId::TUPLE, methods: ITERABLE },
    TypeTable { of: TypeId::STR, methods: ITERABLE },
    TypeTable { of: TypeId::BYTES, methods: ITERABLE },
    TypeTable { of: TypeId::BYTEARRAY, methods: ITERABLE },
    TypeTable { of: TypeId::DICT, methods: ITERABLE },
    TypeTable { of: TypeId::SET, methods: ITERABLE },
    TypeTable { of: TypeId::FROZENSET, methods: ITERABLE },
    TypeTable { of: TypeId::RANGE, methods: ITERABLE },
    TypeTable { of: TypeId::DICT_KEYS, methods: ITERABLE },
    TypeTable { of: TypeId::DICT_VALUES, methods: ITERABLE },
    TypeTable { of: TypeId::DICT_ITEMS, methods: ITERABLE },
    TypeTable { of: TypeId::LIST, methods: SUBSCRIPTS },
    TypeTable { of: TypeId::DICT, methods: SUBSCRIPTS },
    TypeTable { of: TypeId::LIST, methods: FILLED },
    TypeTable { of: TypeId::DICT, methods: FILLED },
    TypeTable { of: TypeId::SET, methods: FILLED },
];

fn value(value: Value) -> Outcome {
    Ok(Answer::Value(value))
}

const OBJECT: &[Native] = &[
    Native::new("object()", |cx, _| value(cx.make(Object::Plain))),
    Native::function("__new__(class, *args, **more)", |_, args| {
        let mut rest = args[2..].to_vec();
        rest.insert(0, args[0]);
        Ok(Answer::Control(Control::Bare { args: rest }))
    }),
    Native::method("__init__(*args, **more)", |_, _| value(Value::None)),
    Native::class_method("__init_subclass__(**more)", |_, _| value(Value::None)),
    Native::method("__repr__()", |cx, args| {
        let text = match cx.heap.object(args[0]) {
            Some(Object::Instance(instance)) if instance.payload.is_unbound() => {
                let class = Value::Object(instance.class);
                format!("<{} object at {:#x}>", cx.class_path(class), cx.address(args[0]))
            }
            _ => {
                let plain = cx.heap.plain(args[0]);
                cx.plain_repr(plain)?.to_string()
            }
        };
        cx.answer_str(&text)
    }),
    Native::method("__str__()", |cx, args| {
        if let Some(method) = cx.heap.own_method(args[0], Sym::REPR) {
            return Ok(Answer::Call { callee: method, args: vec![args[0]] });
        }
        let text = cx.plain_str(args[0])?;
        cx.answer_str(&text)
    }),
    Native::method("__format__(spec, /)", |cx, args| {
        let spec = cx.text_of(args[1])?;
        if spec.is_empty() || cx.heap.str(args[0]).is_some() {
            let text = cx.str_at(args, 0)?;
            let text =
                if spec.is_empty() { text } else { cx.fault(crate::text::spec::format_str(&text, &spec))?.into() };
            return cx.answer_str(&text);
        }
        let plain = cx.heap.plain(args[0]);
        let text = cx.format_of(plain, &spec)?;
        cx.answer_str(&text)
    }),
    Native::method("__eq__(other, /)", |cx, args| {
        let (a, b) = (cx.heap.plain(args[0]), cx.heap.plain(args[1]));
        if a.is(b) {
            return value(Value::Bool(true));
        }
        if matches!(cx.heap.object(a), Some(Object::Instance(_) | Object::Exception(_)))
            || cx.heap.kind(a) != cx.heap.kind(b)
        {
            return value(Value::NotImplemented);
        }
        cx.equal(a, b).map(|equal| Answer::Value(Value::Bool(equal)))
    }),
    Native::method("__ne__(other, /)", |cx, args| {
        if args[0].is(args[1]) {
            return value(Value::Bool(false));
        }
        if matches!(cx.heap.object(args[0]), Some(Object::Instance(_))) {
            return value(Value::NotImplemented);
        }
        cx.equal(args[0], args[1]).map(|equal| Answer::Value(Value::Bool(!equal)))
    }),
    Native::method("__hash__()", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        match (plain.is(args[0]), cx.heap.object(plain)) {
            (true, Some(Object::Instance(_))) => value(Value::Int(i64::try_from(cx.address(plain) / 16).unwrap_or(0))),
            _ => cx.hash(plain).map(|hash| Answer::Value(Value::Int(hash))),
        }
    }),
    Native::method("__setattr__(name, value, /)", |cx, args| {
        let name = cx.text_of(args[1])?;
        let name = cx.sym(&name);
        Ok(Answer::Control(Control::SetPlainly { of: args[0], name, value: args[2] }))
    }),
    Native::method("__getattribute__(name, /)", |cx, args| {
        let name = cx.text_of(args[1])?;
        let name = cx.sym(&name);
        Ok(Answer::Control(Control::GetAttribute { of: args[0], name, default: Value::Unbound }))
    }),
    Native::method("__delattr__(name, /)", |cx, args| {
        let name = cx.text_of(args[1])?;
        let name = cx.sym(&name);
        Ok(Answer::Control(Control::DeletePlainly { of: args[0], name }))
    }),
];

const TYPE: &[Native] = &[
    Native::new("type(object, bases=, namespace=, /)", |cx, args| {
        if args[2].is_unbound() {
            return value(cx.heap.class_of(args[1]));
        }
        Ok(Answer::Control(Control::MakeClass { name: args[1], bases: args[2], namespace: args[3] }))
    }),
    Native::method("mro()", |cx, args| {
        let mro = cx.heap.mro(args[0]);
        value(cx.make_list(mro))
    }),
];

const EXCEPTION: &[Native] = &[
    Native::method("__init__(*args, **more)", |cx, args| {
        let arguments = cx.make_tuple(args[2..].to_vec());
        if let Some(exception) = cx.heap.exception_mut(args[0]) {
            exception.arguments = arguments;
        }
        value(Value::None)
    }),
    Native::method("__repr__()", |cx, args| {
        let name = cx.type_name(args[0]);
        let arguments = cx.heap.exception(args[0]).map_or(Value::None, |e| e.arguments);
        let items = cx.heap.items(arguments).unwrap_or_default().to_vec();
        let mut shown = Vec::new();
        for item in items {
            shown.push(cx.repr_of(item)?.to_string());
        }
        cx.answer_str(&format!("{name}({})", shown.join(", ")))
    }),
    Native::method("__str__()", |cx, args| {
        let text = cx.plain_str(args[0])?;
        cx.answer_str(&text)
    }),
    Native::method("with_traceback(traceback, /)", |_, args| value(args[0])),
    Native::method("add_note(note, /)", |cx, args| {
        let note = args[1];
        let notes = cx.heap.exception(args[0]).and_then(|e| e.attributes.get(Sym::NOTES));
        let notes = notes.unwrap_or_else(|| cx.make_list(Vec::new()));
        if let Some(list) = cx.heap.list_mut(notes) {
            list.push(note);
        }
        if let Some(exception) = cx.heap.exception_mut(args[0]) {
            exception.attributes.set(Sym::NOTES, notes);
        }
        value(Value::None)
    }),
    Native::getter("args()", |cx, args| value(cx.heap.exception(args[0]).map_or(Value::None, |e| e.arguments))),
    Native::getter("__cause__()", |cx, args| value(cx.heap.exception(args[0]).map_or(Value::None, |e| e.cause))),
    Native::getter("__context__()", |cx, args| value(cx.heap.exception(args[0]).map_or(Value::None, |e| e.context))),
    Native::getter("__suppress_context__()", |cx, args| {
        value(Value::Bool(cx.heap.exception(args[0]).is_some_and(|e| e.suppress_context)))
    }),
    Native::getter("__traceback__()", |_, _| value(Value::None)),
];

/// The first of an exception's arguments.
fn first(cx: &Context, exception: Value) -> Value {
    let arguments = cx.heap.exception(exception).map_or(Value::None, |e| e.arguments);
    cx.heap.items(arguments).and_then(|items| items.first().copied()).unwrap_or(Value::None)
}

const STOP_ITERATION: &[Native] = &[Native::getter("value()", |cx, args| value(first(cx, args[0])))];

const SYSTEM_EXIT: &[Native] = &[Native::getter("code()", |cx, args| value(first(cx, args[0])))];

/// What an OSError has that was not made with a number.
fn of_os_error(cx: &Context, exception: Value, name: Sym) -> Outcome {
    value(cx.heap.exception(exception).and_then(|e| e.attributes.get(name)).unwrap_or(Value::None))
}

const OS_ERROR: &[Native] = &[
    Native::method("__init__(*args, **more)", |cx, args| {
        let arguments = cx.make_tuple(args[2..].to_vec());
        let given = args[2..].to_vec();
        if let Some(exception) = cx.heap.exception_mut(args[0]) {
            exception.arguments = arguments;
            if given.len() >= 2 {
                for (name, value) in [Sym::ERRNO, Sym::STRERROR, Sym::FILENAME].into_iter().zip(given) {
                    exception.attributes.set(name, value);
                }
            }
        }
        value(Value::None)
    }),
    Native::getter("errno()", |cx, args| of_os_error(cx, args[0], Sym::ERRNO)),
    Native::getter("strerror()", |cx, args| of_os_error(cx, args[0], Sym::STRERROR)),
    Native::getter("filename()", |cx, args| of_os_error(cx, args[0], Sym::FILENAME)),
];

const GENERATOR: &[Native] = &[
    Native::method("__iter__()", |_, args| value(args[0])),
    Native::method("__next__()", |_, args| Ok(Answer::Next { iterator: args[0], default: Value::Unbound })),
    Native::method("send(value, /)", |_, args| {
        Ok(Answer::Control(Control::Send { generator: args[0], value: args[1] }))
    }),
    Native::method("throw(exception, value=, traceback=, /)", |cx, args| {
        let exception = match args[1] {
            Value::Type(kind) if kind.is_exception() => {
                let arguments = args[2].given().filter(|value| !value.is_none()).into_iter().collect();
                cx.make_exception(Value::Type(kind), arguments)
            }
            class if cx.heap.class(class).is_some() => {
                let arguments = args[2].given().into_iter().collect();
                cx.make_exception(class, arguments)
            }
            exception => exception,
        };
        if cx.heap.exception(exception).is_none() {
            let text = format!(
                "exceptions must be classes or instances deriving from BaseException, not {}",
                cx.type_name(exception)
            );
            return Err(cx.type_error(text));
        }
        Ok(Answer::Control(Control::Throw { generator: args[0], exception }))
    }),
    Native::method("close()", |_, args| Ok(Answer::Control(Control::Close { generator: args[0] }))),
];

const ITERATOR: &[Native] = &[
    Native::method("__iter__()", |_, args| value(args[0])),
    Native::method("__next__()", |_, args| Ok(Answer::Next { iterator: args[0], default: Value::Unbound })),
];

const ITERABLE: &[Native] = &[
    Native::method("__iter__()", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        cx.iterator(plain).map(Answer::Value)
    }),
    Native::method("__len__()", |cx, args| {
        value(Value::Int(i64::try_from(cx.length_of(args[0]).unwrap_or(0)).unwrap_or(i64::MAX)))
    }),
    Native::method("__contains__(item, /)", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        cx.contains(plain, args[1]).map(|found| Answer::Value(Value::Bool(found)))
    }),
    Native::method("__getitem__(key, /)", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        match cx.subscript(plain, args[1])? {
            Some(item) => value(item),
            None => match cx.heap.own_method(args[0], Sym::MISSING) {
                Some(method) => Ok(Answer::Call { callee: method, args: args.to_vec() }),
                None => Err(cx.key_error(args[1])),
            },
        }
    }),
];

const SUBSCRIPTS: &[Native] = &[
    Native::method("__setitem__(key, value, /)", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        cx.store_subscript(plain, args[1], args[2]).map(|()| Answer::Value(Value::None))
    }),
    Native::method("__delitem__(key, /)", |cx, args| {
        let plain = cx.heap.plain(args[0]);
        cx.delete_subscript(plain, args[1]).map(|()| Answer::Value(Value::None))
    }),
];

/// `__init__` of what can be filled: as its constructor does.
const FILLED: &[Native] = &[Native::method("__init__(items=, /, **more)", |cx, args| {
    let plain = cx.heap.plain(args[0]);
    let (items, more) = (args[1], args[2]);
    match cx.heap.kind(plain) {
        TypeId::LIST if !items.is_unbound() => {
            let items = cx.collect(args, 1)?;
            if let Some(list) = cx.heap.list_mut(plain) {
                *list = items;
            }
        }
        TypeId::SET if !items.is_unbound() => {
            for item in cx.collect(args, 1)? {
                cx.set_add(plain, item)?;
            }
        }
        TypeId::DICT => {
            if cx.heap.dict(items).is_some() {
                cx.update_dict(plain, items)?;
            } else if !items.is_unbound() {
                for pair in cx.collect(args, 1)? {
                    let pair = cx.items_of(pair)?;
                    let [key, item] = pair[..] else {
                        return Err(cx.value_error("dictionary update sequence has elements of a wrong length"));
                    };
                    cx.dict_set(plain, key, item)?;
                }
            }
            if cx.heap.dict(more).is_some() {
                cx.update_dict(plain, more)?;
            }
        }
        _ => {}
    }
    value(Value::None)
})];

fn or_none(value: Value) -> Value {
    value.given().unwrap_or(Value::None)
}

/// A property with one of its functions changed.
fn changed(cx: &mut Context, args: &[Value], place: usize) -> Outcome {
    let Some(Object::Property(parts)) = cx.heap.object(args[0]) else { return Err(Raise::Slow) };
    let mut parts = parts.clone();
    parts[place] = args[1];
    value(cx.make(Object::Property(parts)))
}

const PROPERTY: &[Native] = &[
    Native::new("property(fget=, fset=, fdel=, doc=)", |cx, args| {
        let parts = [or_none(args[1]), or_none(args[2]), or_none(args[3]), or_none(args[4])];
        value(cx.make(Object::Property(Box::new(parts))))
    }),
    Native::method("getter(function, /)", |cx, args| changed(cx, args, 0)),
    Native::method("setter(function, /)", |cx, args| changed(cx, args, 1)),
    Native::method("deleter(function, /)", |cx, args| changed(cx, args, 2)),
];

const STATICMETHOD: &[Native] = &[
    Native::new("staticmethod(function, /)", |cx, args| value(cx.make(Object::StaticMethod(args[1])))),
    Native::getter("__func__()", |cx, args| match cx.heap.object(args[0]) {
        Some(Object::StaticMethod(function)) => value(*function),
        _ => value(Value::None),
    }),
];

const CLASSMETHOD: &[Native] = &[
    Native::new("classmethod(function, /)", |cx, args| value(cx.make(Object::ClassMethod(args[1])))),
    Native::getter("__func__()", |cx, args| match cx.heap.object(args[0]) {
        Some(Object::ClassMethod(function)) => value(*function),
        _ => value(Value::None),
    }),
];

const SUPER: &[Native] = &[Native::new("super(class=, this=, /)", |cx, args| {
    if args[1].is_unbound() {
        return Err(cx.error(TypeId::RUNTIME_ERROR, "super(): no arguments"));
    }
    let of = if cx.heap.is_class(args[2]) { args[2] } else { cx.heap.class_of(args[2]) };
    if !args[2].is_unbound() && !cx.heap.derives(of, args[1]) {
        return Err(cx.type_error("super(type, obj): obj must be an instance or subtype of type"));
    }
    value(cx.make(Object::Super { class: args[1], this: args[2] }))
})];
