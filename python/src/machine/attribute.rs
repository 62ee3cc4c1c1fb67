//! Attributes: where they are found, and how methods are bound.

use std::sync::Arc;

use super::Machine;
use super::frame::After;
use crate::kind::TypeId;
use crate::native::{Kind, Raise, registry};
use crate::object::Object;
use crate::symbol::Sym;
use crate::value::Value;

/// What stands under a name.
pub(super) enum Found {
    Value(Value),
    /// A function that is called with this first.
    Method {
        function: Value,
        this: Value,
    },
    /// A property: what this call gives.
    Call {
        callee: Value,
        args: [Value; 2],
        count: usize,
    },
    Nothing,
}

impl Machine {
    /// `object.name`.
    pub(super) fn find_attribute(&mut self, of: Value, name: Sym) -> Found {
        match of {
            Value::Module(id) => {
                let module = &self.cx.modules[id.0 as usize];
                if let Some(value) = module.get(name) {
                    return Found::Value(value);
                }
                self.special(of, name).map_or(Found::Nothing, Found::Value)
            }
            Value::Type(_) => self.find_of_class(of, name),
            Value::Object(place) => match self.cx.heap.get(place) {
                Object::Class(_) => self.find_of_class(of, name),
                Object::Super { class, this } => {
                    let (class, this) = (*class, *this);
                    self.find_of_super(class, this, name)
                }
                Object::Alias { origin, .. } => {
                    let origin = *origin;
                    self.find_attribute(origin, name)
                }
                _ => self.find_of_instance(of, name),
            },
            _ => self.find_of_instance(of, name),
        }
    }

    fn find_of_instance(&mut self, of: Value, name: Sym) -> Found {
        let class = self.cx.heap.class_of(of);
        let in_class = self.cx.heap.lookup(class, name);
        if let Some(attribute) = in_class
            && self.is_data(attribute)
        {
            return self.bind_attribute(attribute, of, class);
        }
        if let Some(value) = self.own_attribute(of, name) {
            return Found::Value(value);
        }
        if let Some(attribute) = in_class {
            return self.bind_attribute(attribute, of, class);
        }
        if let Some(value) = self.special(of, name) {
            return Found::Value(value);
        }
        if let Some(method) = self.cx.heap.own_method(of, Sym::GETATTR) {
            let text = self.cx.name(name);
            let text = self.cx.make_str(&text);
            return Found::Call { callee: method, args: [of, text], count: 2 };
        }
        Found::Nothing
    }

    /// What an object itself has under a name.
    fn own_attribute(&self, of: Value, name: Sym) -> Option<Value> {
        match self.cx.heap.object(of)? {
            Object::Instance(instance) => instance.attributes.get(name),
            Object::Exception(exception) => exception.attributes.get(name),
            Object::Function(function) => function.attributes.get(name),
            _ => None,
        }
    }

    /// A property or another descriptor that goes before what the object itself has.
    fn is_data(&self, attribute: Value) -> bool {
        match attribute {
            Value::Builtin(id) => registry().entry(id).kind == Kind::Getter,
            _ => match self.cx.heap.object(attribute) {
                Some(Object::Property(_)) => true,
                Some(Object::Instance(_)) => self.cx.heap.own_method(attribute, Sym::SET).is_some(),
                _ => false,
            },
        }
    }

    fn bind_attribute(&mut self, attribute: Value, this: Value, class: Value) -> Found {
        match attribute {
            Value::Builtin(id) => match registry().entry(id).kind {
                Kind::Getter => Found::Call { callee: attribute, args: [this, Value::Unbound], count: 1 },
                Kind::ClassMethod => Found::Method { function: attribute, this: class },
                Kind::Method => Found::Method { function: attribute, this },
                Kind::Function | Kind::New => Found::Value(attribute),
            },
            Value::Object(place) => match self.cx.heap.get(place) {
                Object::Function(_) => Found::Method { function: attribute, this },
                Object::ClassMethod(function) => Found::Method { function: *function, this: class },
                Object::StaticMethod(function) => Found::Value(*function),
                Object::Property(parts) => Found::Call { callee: parts[0], args: [this, Value::Unbound], count: 1 },
                Object::Instance(_) => match self.cx.heap.own_method(attribute, Sym::GET) {
                    Some(method) => {
                        let bound = self.cx.make(Object::BoundMethod { function: method, this: attribute });
                        Found::Call { callee: bound, args: [this, class], count: 2 }
                    }
                    None => Found::Value(attribute),
                },
                _ => Found::Value(attribute),
            },
            _ => Found::Value(attribute),
        }
    }

    fn find_of_class(&mut self, class: Value, name: Sym) -> Found {
        if matches!(name, Sym::CLASS | Sym::NAME | Sym::QUALNAME | Sym::MRO | Sym::BASES | Sym::BASE | Sym::DICT)
            && let Some(value) = self.special(class, name)
        {
            return Found::Value(value);
        }
        let Some(attribute) = self.cx.heap.lookup(class, name) else {
            let of_type = registry().method(TypeId::TYPE, name);
            return match (self.special(class, name), of_type) {
                (Some(value), _) => Found::Value(value),
                (None, Some(method)) => self.bind_attribute(method, class, Value::Type(TypeId::TYPE)),
                (None, None) => Found::Nothing,
            };
        };
        match attribute {
            Value::Builtin(id) if registry().entry(id).kind == Kind::ClassMethod => {
                Found::Method { function: attribute, this: class }
            }
            Value::Object(place) => match self.cx.heap.get(place) {
                Object::ClassMethod(function) => Found::Method { function: *function, this: class },
                Object::StaticMethod(function) => Found::Value(*function),
                Object::Instance(_) => match self.cx.heap.own_method(attribute, Sym::GET) {
                    Some(method) => {
                        let bound = self.cx.make(Object::BoundMethod { function: method, this: attribute });
                        Found::Call { callee: bound, args: [Value::None, class], count: 2 }
                    }
                    None => Found::Value(attribute),
                },
                _ => Found::Value(attribute),
            },
            _ => Found::Value(attribute),
        }
    }

    fn find_of_super(&mut self, class: Value, this: Value, name: Sym) -> Found {
        let is_class = self.cx.heap.is_class(this);
        let of = if is_class { this } else { self.cx.heap.class_of(this) };
        let mro = self.cx.heap.mro(of);
        let from = mro.iter().position(|other| other.is(class)).map_or(0, |place| place + 1);
        for base in &mro[from..] {
            let attribute = match base {
                Value::Type(kind) if name == Sym::NEW => registry().own_method(*kind, name),
                Value::Type(kind) => registry().own_method(*kind, name),
                _ => self.cx.heap.class(*base).and_then(|class| class.attributes.get(name)),
            };
            if let Some(attribute) = attribute {
                if is_class && !self.is_class_method(attribute) {
                    return match self.cx.heap.object(attribute) {
                        Some(Object::StaticMethod(function)) => Found::Value(*function),
                        _ => Found::Value(attribute),
                    };
                }
                return self.bind_attribute(attribute, this, of);
            }
        }
        Found::Nothing
    }

    fn is_class_method(&self, attribute: Value) -> bool {
        match attribute {
            Value::Builtin(id) => registry().entry(id).kind == Kind::ClassMethod,
            _ => matches!(self.cx.heap.object(attribute), Some(Object::ClassMethod(_))),
        }
    }

    /// Names with two underscores that every object has.
    fn special(&mut self, of: Value, name: Sym) -> Option<Value> {
        match name {
            Sym::CLASS => Some(self.cx.heap.class_of(of)),
            Sym::DICT => self.namespace(of),
            Sym::DOC => Some(self.doc(of)),
            Sym::NAME | Sym::QUALNAME => self.name_of(of, name),
            Sym::MODULE => self.module_of(of),
            Sym::MRO => {
                let mro = self.cx.heap.is_class(of).then(|| self.cx.heap.mro(of))?;
                Some(self.cx.make_tuple(mro))
            }
            Sym::BASES | Sym::BASE => {
                let bases = match of {
                    Value::Type(TypeId::OBJECT) => vec![],
                    Value::Type(kind) => vec![Value::Type(kind.base())],
                    _ => self.cx.heap.class(of)?.bases.clone(),
                };
                if name == Sym::BASE {
                    return Some(bases.first().copied().unwrap_or(Value::None));
                }
                Some(self.cx.make_tuple(bases))
            }
            Sym::SELF | Sym::FUNC => match self.cx.heap.object(of)? {
                Object::BoundMethod { function, this } => Some(if name == Sym::SELF { *this } else { *function }),
                _ => None,
            },
            Sym::DEFAULTS => match self.cx.heap.object(of)? {
                Object::Function(function) if function.defaults.is_empty() => Some(Value::None),
                Object::Function(function) => {
                    let defaults = function.defaults.clone();
                    Some(self.cx.make_tuple(defaults))
                }
                _ => None,
            },
            Sym::FGET | Sym::FSET | Sym::FDEL => match self.cx.heap.object(of)? {
                Object::Property(parts) => Some(parts[(name.0 - Sym::FGET.0) as usize]),
                _ => None,
            },
            Sym::ANNOTATIONS => match self.cx.heap.object(of)? {
                Object::Function(_) | Object::Class(_) => Some(self.cx.make(Object::Dict(Box::default()))),
                _ => None,
            },
            _ => match self.cx.heap.object(of)? {
                // What a method has of its function.
                Object::BoundMethod { function, .. } => {
                    let function = *function;
                    self.own_attribute(function, name)
                }
                _ => None,
            },
        }
    }

    fn namespace(&mut self, of: Value) -> Option<Value> {
        let names: Vec<(Sym, Value)> = match of {
            Value::Module(id) => self.cx.modules[id.0 as usize].names(),
            _ => match self.cx.heap.object(of)? {
                Object::Instance(instance) => instance.attributes.iter().collect(),
                Object::Exception(exception) => exception.attributes.iter().collect(),
                Object::Class(class) => class.attributes.iter().collect(),
                Object::Function(function) => function.attributes.iter().collect(),
                _ => return None,
            },
        };
        self.dict_of_names(names).ok()
    }

    pub(super) fn dict_of_names(&mut self, names: Vec<(Sym, Value)>) -> Result<Value, Raise> {
        let entries = names
            .into_iter()
            .map(|(name, value)| {
                let name = self.cx.name(name);
                (self.cx.make_str(&name), value)
            })
            .collect();
        self.cx.make_dict(entries)
    }

    fn doc(&mut self, of: Value) -> Value {
        let (code, module) = match self.cx.heap.object(of) {
            Some(Object::Function(function)) => (function.code.clone(), function.module),
            Some(Object::BoundMethod { function, .. }) => {
                let function = *function;
                return self.doc(function);
            }
            Some(Object::Property(parts)) => return parts[3],
            _ => return Value::None,
        };
        code.doc.map_or(Value::None, |place| self.cx.constant(module, place))
    }

    fn name_of(&mut self, of: Value, name: Sym) -> Option<Value> {
        let text: Arc<str> = match of {
            Value::Type(kind) => kind.name().into(),
            Value::Builtin(id) => match name {
                Sym::NAME => registry().entry(id).name.into(),
                _ => (&*registry().entry(id).qualname).into(),
            },
            Value::Module(id) => self.cx.modules[id.0 as usize].name.clone(),
            _ => match self.cx.heap.object(of)? {
                Object::Function(function) => {
                    return Some(if name == Sym::NAME { function.name } else { function.qualname });
                }
                Object::Class(class) if name == Sym::NAME => class.name.clone(),
                Object::Class(class) => class.qualname.clone(),
                Object::Generator(generator) => generator.name.clone(),
                Object::BoundMethod { function, .. } => {
                    let function = *function;
                    return self.name_of(function, name);
                }
                _ => return None,
            },
        };
        Some(self.cx.make_str(&text))
    }

    fn module_of(&mut self, of: Value) -> Option<Value> {
        let module = match self.cx.heap.object(of) {
            Some(Object::Class(class)) => class.module,
            Some(Object::Function(function)) => function.module,
            Some(Object::Instance(instance)) => self.cx.heap.class(Value::Object(instance.class))?.module,
            _ if matches!(of, Value::Type(_) | Value::Builtin(_)) => return Some(self.cx.make_str("builtins")),
            _ => return None,
        };
        let name = self.cx.modules[module.0 as usize].name.clone();
        Some(self.cx.make_str(&name))
    }

    pub(super) fn no_attribute(&mut self, of: Value, name: Sym) -> Raise {
        let name = self.cx.name(name);
        let text = match of {
            Value::Module(id) => format!("module '{}' has no attribute '{name}'", self.cx.modules[id.0 as usize].name),
            _ if self.cx.heap.is_class(of) => {
                format!("type object '{}' has no attribute '{name}'", self.cx.heap.class_name(of))
            }
            _ => format!("'{}' object has no attribute '{name}'", self.cx.type_name(of)),
        };
        let raise = self.cx.attribute_error(text);
        if let Raise::Exception(exception) = raise {
            let text = self.cx.make_str(&name);
            let exception = self.cx.heap.exception_mut(exception).expect("it was made as one");
            exception.attributes.set(Sym::NAME_PLAIN, text);
            exception.attributes.set(Sym::OBJECT, of);
        }
        raise
    }

    /// `getattr`: the result goes where `after` says.
    pub(super) fn get_attribute(&mut self, of: Value, name: Sym, default: Value, after: After) -> Result<(), Raise> {
        match self.find_attribute(of, name) {
            Found::Value(value) => self.complete(after, value),
            Found::Method { function, this } => {
                let bound = self.cx.make(Object::BoundMethod { function, this });
                self.complete(after, bound)
            }
            Found::Call { callee, args, count } if default.is_unbound() => self.call(callee, &args[..count], after),
            Found::Call { callee, args, count } => {
                // The property may raise an AttributeError: the prelude catches it.
                let guard = self.prelude_named("_attribute_or");
                let args = self.cx.make_tuple(args[..count].to_vec());
                self.call(guard, &[callee, args, default], after)
            }
            Found::Nothing if !default.is_unbound() => self.complete(after, default),
            Found::Nothing => Err(self.no_attribute(of, name)),
        }
    }

    /// `object` → `function object`, or `Unbound value`.
    pub(super) fn load_method(&mut self, name: Sym) -> Result<(), Raise> {
        let of = self.t.stack.pop().expect("the compiler balances the stack");
        match self.find_attribute(of, name) {
            Found::Method { function, this } => {
                self.t.stack.push(function);
                self.t.stack.push(this);
                Ok(())
            }
            Found::Value(value) => {
                self.t.stack.push(Value::Unbound);
                self.t.stack.push(value);
                Ok(())
            }
            Found::Call { callee, args, count } => {
                self.t.stack.push(Value::Unbound);
                self.call(callee, &args[..count], After::Push)
            }
            Found::Nothing => Err(self.no_attribute(of, name)),
        }
    }

    /// `object.name = value`.
    pub(super) fn store_attribute(&mut self, of: Value, name: Sym, value: Value, after: After) -> Result<(), Raise> {
        if let Some(method) = self.cx.heap.own_method(of, Sym::SETATTR) {
            let text = self.cx.name(name);
            let text = self.cx.make_str(&text);
            return self.call(method, &[of, text, value], after);
        }
        self.store_plainly(of, name, value, after)
    }

    /// Without `__setattr__`.
    pub(super) fn store_plainly(&mut self, of: Value, name: Sym, value: Value, after: After) -> Result<(), Raise> {
        let class = self.cx.heap.class_of(of);
        if let Some(attribute) = self.cx.heap.lookup(class, name).filter(|attribute| self.is_data(*attribute)) {
            match self.cx.heap.object(attribute) {
                Some(Object::Property(parts)) => {
                    let setter = parts[1];
                    if setter.is_none() {
                        let text = format!(
                            "property '{}' of '{}' object has no setter",
                            self.cx.name(name),
                            self.cx.type_name(of)
                        );
                        return Err(self.cx.attribute_error(text));
                    }
                    return self.call(setter, &[of, value], after);
                }
                Some(_) => {
                    let method = self.cx.heap.own_method(attribute, Sym::SET).expect("it is a data descriptor");
                    return self.call(method, &[attribute, of, value], after);
                }
                None => {}
            }
        }
        let old = self.set_own(of, class, name, value)?;
        if let Some(old) = old {
            self.dropped(old);
        }
        self.complete(after, Value::None)
    }

    fn set_own(&mut self, of: Value, class: Value, name: Sym, value: Value) -> Result<Option<Value>, Raise> {
        self.cx.heap.charge(20);
        match of {
            Value::Module(id) => {
                self.cx.modules[id.0 as usize].set(name, value);
                return Ok(None);
            }
            Value::Object(place) => match self.cx.heap.get_mut(place) {
                Object::Instance(instance) => return Ok(instance.attributes.set(name, value)),
                Object::Exception(exception) => {
                    match name {
                        Sym::CAUSE => {
                            exception.cause = value;
                            exception.suppress_context = true;
                        }
                        Sym::CONTEXT => exception.context = value,
                        Sym::SUPPRESS_CONTEXT => exception.suppress_context = matches!(value, Value::Bool(true)),
                        Sym::TRACEBACK => {}
                        Sym::ARGS => exception.arguments = value,
                        _ => return Ok(exception.attributes.set(name, value)),
                    }
                    return Ok(None);
                }
                Object::Class(class) => return Ok(Arc::make_mut(class).attributes.set(name, value)),
                Object::Function(function) => {
                    let function = Arc::make_mut(function);
                    match name {
                        Sym::NAME => function.name = value,
                        Sym::QUALNAME => function.qualname = value,
                        _ => return Ok(function.attributes.set(name, value)),
                    }
                    return Ok(None);
                }
                _ => {}
            },
            _ => {}
        }
        let name = self.cx.name(name);
        let text = if self.cx.heap.is_class(of) {
            format!("cannot set '{name}' attribute of immutable type '{}'", self.cx.heap.class_name(of))
        } else {
            format!("'{}' object has no attribute '{name}'", self.cx.heap.class_name(class))
        };
        Err(if self.cx.heap.is_class(of) { self.cx.type_error(text) } else { self.cx.attribute_error(text) })
    }

    /// `del object.name`.
    pub(super) fn delete_attribute(&mut self, of: Value, name: Sym, after: After) -> Result<(), Raise> {
        if let Some(method) = self.cx.heap.own_method(of, Sym::DELATTR) {
            let text = self.cx.name(name);
            let text = self.cx.make_str(&text);
            return self.call(method, &[of, text], after);
        }
        self.delete_plainly(of, name, after)
    }

    /// Without `__delattr__`.
    pub(super) fn delete_plainly(&mut self, of: Value, name: Sym, after: After) -> Result<(), Raise> {
        let class = self.cx.heap.class_of(of);
        if let Some(attribute) = self.cx.heap.lookup(class, name)
            && let Some(Object::Property(parts)) = self.cx.heap.object(attribute)
        {
            let deleter = parts[2];
            if deleter.is_none() {
                let text =
                    format!("property '{}' of '{}' object has no deleter", self.cx.name(name), self.cx.type_name(of));
                return Err(self.cx.attribute_error(text));
            }
            return self.call(deleter, &[of], after);
        }
        let old = match of {
            Value::Module(id) => {
                let module = &mut self.cx.modules[id.0 as usize];
                let old = module.get(name);
                module.set(name, Value::Unbound);
                old
            }
            Value::Object(place) => match self.cx.heap.get_mut(place) {
                Object::Instance(instance) => instance.attributes.remove(name),
                Object::Exception(exception) => exception.attributes.remove(name),
                Object::Class(class) => Arc::make_mut(class).attributes.remove(name),
                Object::Function(function) => Arc::make_mut(function).attributes.remove(name),
                _ => None,
            },
            _ => None,
        };
        match old {
            Some(old) => {
                self.dropped(old);
                self.complete(after, Value::None)
            }
            None => Err(self.no_attribute(of, name)),
        }
    }
}
