//! Classes: made of their bodies, in the order of C3; and their instances.

use std::sync::Arc;

use super::Machine;
use super::frame::{After, New};
use crate::kind::TypeId;
use crate::native::{Answer, Raise, registry};
use crate::object::{Attributes, Class, Exception, Instance, Object};
use crate::symbol::Sym;
use crate::value::{ModuleId, Value};

impl Machine {
    /// Calls a class with the values from `first` on.
    pub(super) fn construct(
        &mut self,
        class: Value,
        native: TypeId,
        first: usize,
        floor: usize,
        keywords: Vec<(Sym, Value)>,
        after: After,
    ) -> Result<(), Raise> {
        if let Value::Type(kind) = class {
            return self.construct_native(kind, first, floor, keywords, after);
        }
        if let Some(new) = self.own_new(class) {
            let args = self.t.stack[first..].to_vec();
            self.t.stack.insert(first, class);
            let then = After::New(Box::new((class, args, keywords.clone(), after)));
            return self.invoke_with(new, first, floor, keywords, then);
        }
        let instance = self.allocate(class, native, first, &keywords)?;
        self.init(instance, class, first, floor, keywords, after)
    }

    fn own_new(&self, class: Value) -> Option<Value> {
        let new = self.cx.heap.lookup(class, Sym::NEW)?;
        match self.cx.heap.object(new)? {
            Object::StaticMethod(function) => Some(*function),
            _ => Some(new),
        }
    }

    fn construct_native(
        &mut self,
        kind: TypeId,
        first: usize,
        floor: usize,
        keywords: Vec<(Sym, Value)>,
        after: After,
    ) -> Result<(), Raise> {
        if kind.is_exception() {
            let exception = self.allocate(Value::Type(kind), kind, first, &keywords)?;
            self.t.stack.truncate(floor);
            return self.complete(after, exception);
        }
        let Some(constructor) = registry().constructor(kind) else {
            return Err(self.cx.type_error(format!("cannot create '{}' instances", kind.name())));
        };
        self.t.stack.insert(first, Value::Type(kind));
        self.invoke_native(constructor, first, floor, keywords, after)
    }

    /// A new instance, before `__init__`.
    fn allocate(
        &mut self,
        class: Value,
        native: TypeId,
        first: usize,
        keywords: &[(Sym, Value)],
    ) -> Result<Value, Raise> {
        if native.is_exception() {
            return Ok(self.allocate_exception(class, native, first, keywords));
        }
        let payload = match native {
            TypeId::OBJECT => Value::Unbound,
            _ => self.payload(native, first)?,
        };
        let Value::Object(place) = class else { unreachable!("built-in classes have constructors") };
        let instance =
            self.cx.make(Object::Instance(Instance { class: place, attributes: Attributes::default(), payload }));
        if let (Value::Object(place), Some(_)) = (instance, self.cx.heap.own_method(instance, Sym::DEL)) {
            self.cx.heap.finalizable.push(place);
        }
        Ok(instance)
    }

    fn allocate_exception(&mut self, class: Value, native: TypeId, first: usize, keywords: &[(Sym, Value)]) -> Value {
        let args = self.t.stack[first..].to_vec();
        let class = match (class, args.as_slice()) {
            // OSError(errno, text) is of the class that the number stands for.
            (Value::Type(TypeId::OS_ERROR), [Value::Int(number), _, ..]) => {
                Value::Type(crate::context::class_of_errno(*number))
            }
            _ => class,
        };
        let mut attributes = Attributes::default();
        if native.derives(TypeId::OS_ERROR) && args.len() >= 2 {
            for (name, value) in [Sym::ERRNO, Sym::STRERROR, Sym::FILENAME].into_iter().zip(&args) {
                attributes.set(name, *value);
            }
        }
        if native.derives(TypeId::IMPORT_ERROR) {
            keywords.iter().for_each(|(name, value)| {
                attributes.set(*name, *value);
            });
        }
        let arguments = if native.derives(TypeId::OS_ERROR) && args.len() == 3 { args[..2].to_vec() } else { args };
        let arguments = self.cx.make_tuple(arguments);
        self.cx.make(Object::Exception(Box::new(Exception {
            class,
            arguments,
            attributes,
            cause: Value::None,
            context: Value::None,
            suppress_context: false,
            trace: Vec::new(),
        })))
    }

    /// The built-in object inside of an instance: what cannot change is made of the arguments, the rest is empty until `__init__`.
    fn payload(&mut self, native: TypeId, first: usize) -> Result<Value, Raise> {
        let changeable = matches!(native, TypeId::LIST | TypeId::DICT | TypeId::SET | TypeId::BYTEARRAY);
        let Some(constructor) = registry().constructor(native) else { return Ok(Value::Unbound) };
        let entry = registry().entry(constructor);
        let mut args = vec![Value::Type(native)];
        if !changeable {
            args.extend_from_slice(&self.t.stack[first..]);
        }
        args.resize((entry.signature.names.len() + 1).max(args.len()), Value::Unbound);
        if entry.signature.double_star {
            args.insert(entry.signature.names.len() + 1, Value::Unbound);
        }
        match (entry.body)(&mut self.cx, &args) {
            Ok(Answer::Value(value)) => Ok(value),
            Err(Raise::Exception(exception)) => Err(Raise::Exception(exception)),
            _ => {
                let text = format!("a class derived from {} needs plain arguments here", native.name());
                Err(self.cx.type_error(text))
            }
        }
    }

    fn init(
        &mut self,
        instance: Value,
        class: Value,
        first: usize,
        floor: usize,
        keywords: Vec<(Sym, Value)>,
        after: After,
    ) -> Result<(), Raise> {
        let native = self.cx.heap.native_of(class);
        let init = self.cx.heap.lookup(class, Sym::INIT);
        let of_object = registry().own_method(TypeId::OBJECT, Sym::INIT);
        match init.filter(|init| of_object.is_none_or(|other| !init.is(other))) {
            Some(Value::Builtin(_)) if native.is_exception() => {
                self.t.stack.truncate(floor);
                self.complete(after, instance)
            }
            Some(init) => {
                self.t.stack.insert(first, instance);
                let after = After::Instance(instance, Box::new(after));
                self.invoke_with(init, first, floor, keywords, after)
            }
            None => {
                let given = self.t.stack.len() > first || !keywords.is_empty();
                if given && native == TypeId::OBJECT && self.own_new(class).is_none() {
                    let text = format!("{}() takes no arguments", self.cx.heap.class_name(class));
                    return Err(self.cx.type_error(text));
                }
                self.t.stack.truncate(floor);
                self.complete(after, instance)
            }
        }
    }

    /// After `__new__`: an instance of the class is initialised.
    pub(super) fn initialise(&mut self, instance: Value, new: New) -> Result<(), Raise> {
        let (class, args, keywords, after) = new;
        if !self.cx.heap.derives(self.cx.heap.class_of(instance), class) {
            return self.complete(after, instance);
        }
        let class = self.cx.heap.class_of(instance);
        let floor = self.t.stack.len();
        self.t.stack.extend(args);
        self.init(instance, class, floor, floor, keywords, after)
    }

    /// `object.__new__(class)`, and that of other built-in classes.
    pub(super) fn bare_instance(&mut self, class: Value, args: &[Value]) -> Result<Value, Raise> {
        let native = self.cx.heap.native_of(class);
        let first = self.t.stack.len();
        self.t.stack.extend_from_slice(args);
        let instance = self.allocate(class, native, first, &[]);
        self.t.stack.truncate(first);
        instance
    }

    /// At the end of a class's body: its slots are the attributes.
    pub(super) fn end_class(&mut self) -> Result<(), Raise> {
        let frame = self.t.frames.last().expect("a thread that runs has a frame");
        let (code, base, module) = (frame.code.clone(), frame.base as usize, frame.module);
        let (bases, keywords) = (self.t.stack[base], self.t.stack[base + 1]);
        let mut attributes = Attributes::default();
        for (slot, name) in code.slots.iter().enumerate().skip(2) {
            let value = self.t.stack[base + slot];
            let number = super::call::small(slot);
            let hidden = code.class_cell == Some(number)
                || code.free_slots.contains(&number)
                || self.cx.symbols.name(*name).starts_with('.');
            if !hidden && !value.is_unbound() {
                attributes.set(*name, value);
            }
        }
        if let Some(doc) = code.doc {
            attributes.set(Sym::DOC, self.cx.constant(module, doc));
        }
        let bases = self.cx.heap.items(bases).map(<[Value]>::to_vec).unwrap_or_default();
        let class = self.build_class(code.name.clone(), code.qualname.clone(), module, bases, attributes)?;
        if let Some(slot) = code.class_cell
            && let Value::Object(cell) = self.t.stack[base + slot as usize]
        {
            *self.cx.heap.get_mut(cell) = Object::Cell(class);
        }
        self.finish_class(class, keywords)
    }

    /// `__set_name__` of its attributes and `__init_subclass__` of its bases run in the prelude.
    fn finish_class(&mut self, class: Value, keywords: Value) -> Result<(), Raise> {
        let described = self.cx.heap.class(class).is_some_and(|c| {
            c.attributes.iter().any(|(_, value)| self.cx.heap.own_method(value, Sym::SET_NAME).is_some())
                || c.mro[1..].iter().any(|base| {
                    self.cx.heap.class(*base).is_some_and(|b| b.attributes.get(Sym::INIT_SUBCLASS).is_some())
                })
        });
        if !described {
            return self.return_value(class);
        }
        let finish = self.prelude_named("_finish_class");
        self.t.frames.last_mut().expect("the body's frame").ip -= 1;
        // The body's frame returns what the prelude gives back: the class.
        let frame = self.t.frames.pop().expect("the body's frame");
        self.t.stack.truncate(frame.floor as usize);
        self.call(finish, &[class, keywords], frame.after)
    }

    /// `type(name, bases, namespace)`.
    pub(super) fn make_class(
        &mut self,
        name: Value,
        bases: Value,
        namespace: Value,
        after: After,
    ) -> Result<(), Raise> {
        let name = self.cx.text_of(name)?;
        let bases = self.cx.items_of(bases)?;
        let entries: Vec<(Value, Value)> = self
            .cx
            .heap
            .dict(namespace)
            .map(|d| d.entries(0).map(|(_, e)| (e.key, e.value)).collect())
            .unwrap_or_default();
        let mut attributes = Attributes::default();
        for (key, value) in entries {
            let key = self.cx.text_of(key)?;
            let sym = self.cx.sym(&key);
            attributes.set(sym, value);
        }
        let module = self.module();
        let class = self.build_class(name.clone(), name, module, bases, attributes)?;
        self.complete(after, class)
    }

    fn build_class(
        &mut self,
        name: Arc<str>,
        qualname: Arc<str>,
        module: ModuleId,
        bases: Vec<Value>,
        mut attributes: Attributes,
    ) -> Result<Value, Raise> {
        for base in &bases {
            if !self.cx.heap.is_class(*base) {
                let text = format!("bases must be types, not '{}'", self.cx.type_name(*base));
                return Err(self.cx.type_error(text));
            }
            if matches!(
                base,
                Value::Type(TypeId::BOOL | TypeId::RANGE | TypeId::SLICE | TypeId::NONE | TypeId::FUNCTION)
            ) {
                let text = format!("type '{}' is not an acceptable base type", self.cx.heap.class_name(*base));
                return Err(self.cx.type_error(text));
            }
        }
        let bases = if bases.is_empty() { vec![Value::Type(TypeId::OBJECT)] } else { bases };
        // A class with `__eq__` and without `__hash__` cannot be hashed.
        if attributes.get(Sym::EQ).is_some() && attributes.get(Sym::HASH).is_none() {
            attributes.set(Sym::HASH, Value::None);
        }
        let mut native = TypeId::OBJECT;
        for base in &bases {
            let kind = self.cx.heap.native_of(*base);
            if kind.derives(native) {
                native = kind;
            } else if !(native.derives(kind) || native.is_exception() && kind.is_exception()) {
                return Err(self.cx.type_error("multiple bases have instance lay-out conflict"));
            }
        }
        let Some(line) = self.linearize(&bases) else {
            let names: Vec<_> = bases.iter().map(|base| self.cx.heap.class_name(*base)).collect();
            let text =
                format!("Cannot create a consistent method resolution\norder (MRO) for bases {}", names.join(", "));
            return Err(self.cx.type_error(text));
        };
        let class = Class { name, qualname, module, bases, mro: Vec::new(), attributes, native };
        let class = self.cx.make(Object::Class(Arc::new(class)));
        let mut mro = vec![class];
        mro.extend(line);
        self.cx.heap.class_mut(class).expect("it was made").mro = mro;
        Ok(class)
    }

    /// C3, without the class itself.
    fn linearize(&self, bases: &[Value]) -> Option<Vec<Value>> {
        let mut lists: Vec<Vec<Value>> = bases.iter().map(|base| self.cx.heap.mro(*base)).collect();
        lists.push(bases.to_vec());
        let mut line = Vec::new();
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Some(line);
            }
            let good = lists
                .iter()
                .map(|list| list[0])
                .find(|head| lists.iter().all(|list| !list[1..].iter().any(|other| other.is(*head))))?;
            line.push(good);
            for list in &mut lists {
                if list[0].is(good) {
                    list.remove(0);
                }
            }
        }
    }
}
