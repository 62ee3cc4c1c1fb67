//! The heap: an arena of objects. `Clone` of it is the snapshot.
//!
//! Whatever is unreachable is found by mark and sweep, when the machine says so ([`Heap::is_due`], at a statement's beginning, when
//! all that lives is on its stacks). No function of this file runs anything of a program: what would have to is
//! [`Unknown`].
//!
//! Long because equality, hashes and reachability look at the insides of every kind of object.

use core::cmp::Ordering;
use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

use crate::dict::Dict;
use crate::kind::TypeId;
use crate::native::registry;
use crate::object::{Class, Exception, Instance, Iter, Object, Str};
use crate::set::Set;
use crate::symbol::Sym;
use crate::value::{Ref, Value};

/// The machine alone cannot tell: a method of the program's decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// Its `__eq__` or `__hash__`.
    Method,
    /// It cannot be hashed; the class is that of the value.
    Unhashable(TypeId),
}

/// Objects, and the places that are free.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heap {
    objects: Vec<Object>,
    free: Vec<u32>,
    /// Objects and bytes made since the last collection.
    fresh: usize,
    fresh_bytes: usize,
    /// Bytes that were alive after the last collection.
    live_bytes: usize,
    due: usize,
    /// Instances whose class has `__del__`.
    pub(crate) finalizable: Vec<Ref>,
    /// Something was dropped that may have held one of these.
    pub(crate) suspect: bool,
}

/// At least so many objects are made between two collections.
const LEAST_DUE: usize = 20_000;
/// At least so many bytes are.
const LEAST_DUE_BYTES: usize = 16 << 20;
/// Values inside of values are compared down to this depth; beyond it the program's own stack does it.
const DEEP: usize = 100;

impl Heap {
    /// A new object.
    pub(crate) fn make(&mut self, object: Object) -> Value {
        self.fresh += 1;
        self.fresh_bytes += weight(&object);
        if let Some(place) = self.free.pop() {
            self.objects[place as usize] = object;
            return Value::Object(Ref(place));
        }
        self.objects.push(object);
        Value::Object(Ref(u32::try_from(self.objects.len() - 1).expect("the heap's limit is below 2^32 objects")))
    }

    pub(crate) fn get(&self, place: Ref) -> &Object {
        &self.objects[place.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, place: Ref) -> &mut Object {
        &mut self.objects[place.0 as usize]
    }

    /// The object of a value that has one.
    pub(crate) fn object(&self, value: Value) -> Option<&Object> {
        value.object().map(|place| self.get(place))
    }

    /// Something that is there grew by so many bytes.
    pub(crate) fn charge(&mut self, bytes: usize) {
        self.fresh_bytes += bytes;
    }

    /// Bytes in use, about.
    pub(crate) fn bytes(&self) -> usize {
        self.live_bytes + self.fresh_bytes
    }

    /// Should there be a collection?
    pub(crate) fn is_due(&self) -> bool {
        self.fresh > self.due.max(LEAST_DUE) || self.fresh_bytes > self.live_bytes.max(LEAST_DUE_BYTES)
    }

    // What a value is. Instances of classes that derive from a built-in one are taken for it.

    /// The built-in value that an instance of `class N(int)` is made of; otherwise the value itself.
    pub(crate) fn plain(&self, value: Value) -> Value {
        match self.object(value) {
            Some(Object::Instance(Instance { payload, .. })) if !payload.is_unbound() => *payload,
            _ => value,
        }
    }

    pub(crate) fn str(&self, value: Value) -> Option<&Str> {
        match self.object(self.plain(value)) {
            Some(Object::Str(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&self, value: Value) -> Option<&str> {
        self.str(value).map(|s| &*s.text)
    }

    /// The bytes of a bytes, bytearray or memoryview.
    pub(crate) fn bytes_of(&self, value: Value) -> Option<&[u8]> {
        match self.object(self.plain(value))? {
            Object::Bytes(bytes) => Some(bytes),
            Object::ByteArray(bytes) => Some(bytes),
            Object::MemoryView { of, from, to } => {
                let all = self.bytes_of(*of)?;
                all.get((*from).min(all.len())..(*to).min(all.len()))
            }
            _ => None,
        }
    }

    /// The items of a list or tuple.
    pub(crate) fn items(&self, value: Value) -> Option<&[Value]> {
        match self.object(self.plain(value))? {
            Object::List(items) => Some(items),
            Object::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn tuple(&self, value: Value) -> Option<&Arc<[Value]>> {
        match self.object(self.plain(value))? {
            Object::Tuple(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn list(&self, value: Value) -> Option<&Vec<Value>> {
        match self.object(self.plain(value))? {
            Object::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn list_mut(&mut self, value: Value) -> Option<&mut Vec<Value>> {
        match self.get_mut(self.plain(value).object()?) {
            Object::List(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn bytearray_mut(&mut self, value: Value) -> Option<&mut Vec<u8>> {
        match self.get_mut(self.plain(value).object()?) {
            Object::ByteArray(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn dict(&self, value: Value) -> Option<&Dict> {
        match self.object(self.plain(value))? {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    pub(crate) fn dict_mut(&mut self, value: Value) -> Option<&mut Dict> {
        match self.get_mut(self.plain(value).object()?) {
            Object::Dict(dict) => Some(dict),
            _ => None,
        }
    }

    /// A set or frozenset.
    pub(crate) fn set(&self, value: Value) -> Option<&Set> {
        match self.object(self.plain(value))? {
            Object::Set(set) | Object::FrozenSet(set) => Some(set),
            _ => None,
        }
    }

    pub(crate) fn set_mut(&mut self, value: Value) -> Option<&mut Set> {
        match self.get_mut(self.plain(value).object()?) {
            Object::Set(set) | Object::FrozenSet(set) => Some(set),
            _ => None,
        }
    }

    /// An int of any size; a bool is one.
    pub(crate) fn big(&self, value: Value) -> Option<BigInt> {
        match self.plain(value) {
            Value::Int(n) => Some(BigInt::from(n)),
            Value::Bool(b) => Some(BigInt::from(u8::from(b))),
            Value::Object(place) => match self.get(place) {
                Object::BigInt(n) => Some((**n).clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// An int that fits; a bool is one.
    pub(crate) fn int(&self, value: Value) -> Option<i64> {
        match self.plain(value) {
            Value::Int(n) => Some(n),
            Value::Bool(b) => Some(i64::from(b)),
            _ => None,
        }
    }

    pub(crate) fn class(&self, value: Value) -> Option<&Arc<Class>> {
        match self.object(value)? {
            Object::Class(class) => Some(class),
            _ => None,
        }
    }

    pub(crate) fn class_mut(&mut self, value: Value) -> Option<&mut Class> {
        match self.get_mut(value.object()?) {
            Object::Class(class) => Some(Arc::make_mut(class)),
            _ => None,
        }
    }

    pub(crate) fn exception(&self, value: Value) -> Option<&Exception> {
        match self.object(value)? {
            Object::Exception(exception) => Some(exception),
            _ => None,
        }
    }

    pub(crate) fn exception_mut(&mut self, value: Value) -> Option<&mut Exception> {
        match self.get_mut(value.object()?) {
            Object::Exception(exception) => Some(exception),
            _ => None,
        }
    }

    // Classes.

    /// `type(value)`: a [`Value::Type`], or the object of a class.
    pub(crate) fn class_of(&self, value: Value) -> Value {
        match self.object(value) {
            Some(Object::Instance(instance)) => Value::Object(instance.class),
            Some(Object::Exception(exception)) => exception.class,
            _ => Value::Type(self.kind(value)),
        }
    }

    /// The built-in class that a value is made of.
    pub(crate) fn kind(&self, value: Value) -> TypeId {
        match value {
            Value::Unbound | Value::None => TypeId::NONE,
            Value::NotImplemented => TypeId::NOT_IMPLEMENTED,
            Value::Ellipsis => TypeId::ELLIPSIS,
            Value::Bool(_) => TypeId::BOOL,
            Value::Int(_) => TypeId::INT,
            Value::Float(_) => TypeId::FLOAT,
            Value::Type(_) => TypeId::TYPE,
            Value::Builtin(_) => TypeId::BUILTIN,
            Value::Module(_) => TypeId::MODULE,
            Value::Object(place) => self.kind_of_object(self.get(place)),
        }
    }

    fn kind_of_object(&self, object: &Object) -> TypeId {
        match object {
            Object::Free => unreachable!("a value never leads to a free place"),
            Object::Plain => TypeId::OBJECT,
            Object::Str(_) => TypeId::STR,
            Object::Bytes(_) => TypeId::BYTES,
            Object::ByteArray(_) => TypeId::BYTEARRAY,
            Object::MemoryView { .. } => TypeId::MEMORYVIEW,
            Object::BigInt(_) => TypeId::INT,
            Object::Tuple(_) => TypeId::TUPLE,
            Object::List(_) => TypeId::LIST,
            Object::Dict(_) => TypeId::DICT,
            Object::Set(_) => TypeId::SET,
            Object::FrozenSet(_) => TypeId::FROZENSET,
            Object::Slice(_) => TypeId::SLICE,
            Object::Range(_) => TypeId::RANGE,
            Object::Function(_) => TypeId::FUNCTION,
            Object::BoundMethod { function: Value::Builtin(_), .. } => TypeId::BUILTIN,
            Object::BoundMethod { .. } => TypeId::METHOD,
            Object::Class(_) => TypeId::TYPE,
            Object::Instance(instance) => {
                self.class(Value::Object(instance.class)).map_or(TypeId::OBJECT, |c| c.native)
            }
            Object::Exception(exception) => self.native_of(exception.class),
            Object::Cell(_) => TypeId::CELL,
            Object::Iterator(iter) => kind_of_iter(iter),
            Object::View { what, .. } => match what {
                crate::object::DictPart::Keys => TypeId::DICT_KEYS,
                crate::object::DictPart::Values => TypeId::DICT_VALUES,
                crate::object::DictPart::Items => TypeId::DICT_ITEMS,
            },
            Object::Generator(_) => TypeId::GENERATOR,
            Object::Property(_) => TypeId::PROPERTY,
            Object::StaticMethod(_) => TypeId::STATICMETHOD,
            Object::ClassMethod(_) => TypeId::CLASSMETHOD,
            Object::Super { .. } => TypeId::SUPER,
            Object::Alias { .. } => TypeId::GENERIC_ALIAS,
            Object::Native(_) => TypeId::NATIVE,
        }
    }

    /// The built-in class that instances of a class are made of.
    pub(crate) fn native_of(&self, class: Value) -> TypeId {
        match class {
            Value::Type(kind) => kind,
            _ => self.class(class).map_or(TypeId::OBJECT, |c| c.native),
        }
    }

    /// Is it a class?
    pub(crate) fn is_class(&self, value: Value) -> bool {
        matches!(value, Value::Type(_)) || self.class(value).is_some()
    }

    /// The `__name__` of a class.
    pub(crate) fn class_name(&self, class: Value) -> Arc<str> {
        match class {
            Value::Type(kind) => kind.name().into(),
            _ => self.class(class).map_or_else(|| "?".into(), |c| c.name.clone()),
        }
    }

    /// `type(value).__name__`.
    pub(crate) fn type_name(&self, value: Value) -> Arc<str> {
        self.class_name(self.class_of(value))
    }

    /// The class and those it derives from, itself first.
    pub(crate) fn mro(&self, class: Value) -> Vec<Value> {
        match class {
            Value::Type(kind) => kind.line().map(Value::Type).collect(),
            _ => self.class(class).map_or_else(Vec::new, |c| c.mro.clone()),
        }
    }

    /// `issubclass(class, other)`.
    pub(crate) fn derives(&self, class: Value, other: Value) -> bool {
        match (class, other) {
            (Value::Type(a), Value::Type(b)) => a.derives(b),
            _ => self.class(class).is_some_and(|c| c.mro.iter().any(|base| base.is(other))),
        }
    }

    /// What a class has under a name, its bases with it.
    pub(crate) fn lookup(&self, class: Value, name: Sym) -> Option<Value> {
        match class {
            Value::Type(kind) => registry().method(kind, name),
            _ => self.class(class)?.mro.iter().find_map(|base| match base {
                // The bases of a built-in class stand in the order themselves.
                Value::Type(kind) => registry().own_method(*kind, name),
                _ => self.class(*base)?.attributes.get(name),
            }),
        }
    }

    /// What a program's own class of this value has under a name: built-in classes are not asked.
    pub(crate) fn own_method(&self, value: Value, name: Sym) -> Option<Value> {
        let class = match self.object(value)? {
            Object::Instance(instance) => Value::Object(instance.class),
            Object::Exception(exception) => exception.class,
            // A class of the prelude's names the class whose methods it has itself: those of an enumeration.
            Object::Class(_) => self.lookup(value, Sym::METACLASS)?,
            _ => return None,
        };
        self.class(class)?.mro.iter().find_map(|base| self.class(*base)?.attributes.get(name))
    }

    // Hashing and comparing.

    /// `hash(value)`: CPython's numbers for numbers.
    pub(crate) fn hash(&self, value: Value) -> Result<i64, Unknown> {
        self.hash_deep(value, 0)
    }

    fn hash_deep(&self, value: Value, depth: usize) -> Result<i64, Unknown> {
        match value {
            Value::Int(n) => Ok(hash_int(n)),
            Value::Bool(b) => Ok(i64::from(b)),
            Value::Float(x) => Ok(crate::text::integer::hash_float(x)),
            Value::Unbound | Value::None => Ok(0x0FCA_86420),
            Value::NotImplemented => Ok(0x1FCA_86421),
            Value::Ellipsis => Ok(0x2FCA_86422),
            Value::Type(kind) => Ok(0x3000 + i64::from(kind.0)),
            Value::Builtin(id) => Ok(0x10_0000 + i64::from(id.0)),
            Value::Module(id) => Ok(0x20_0000 + i64::from(id.0)),
            Value::Object(place) => self.hash_object(place, depth),
        }
    }

    fn hash_object(&self, place: Ref, depth: usize) -> Result<i64, Unknown> {
        if depth > DEEP {
            return Err(Unknown::Method);
        }
        Ok(match self.get(place) {
            Object::Str(text) => hash_bytes(text.text.as_bytes()),
            Object::Bytes(bytes) => hash_bytes(bytes),
            Object::BigInt(n) => hash_big(n),
            Object::Tuple(items) => {
                let mut hash = 0x345_678_i64;
                for item in items.iter() {
                    hash = (hash ^ self.hash_deep(*item, depth + 1)?).wrapping_mul(1_000_003);
                }
                hash
            }
            Object::FrozenSet(set) => {
                set.items(0).fold(1_927_868_237, |sum, (_, hash, _)| sum ^ hash.wrapping_mul(3_644_798_167))
            }
            Object::Range(range) => range.start ^ range.stop.rotate_left(21) ^ range.step.rotate_left(42),
            Object::Instance(instance) => {
                let class = Value::Object(instance.class);
                if self.own_method(Value::Object(place), Sym::HASH).is_some_and(|method| !method.is_none()) {
                    return Err(Unknown::Method);
                }
                if self.own_method(Value::Object(place), Sym::EQ).is_some() {
                    return Err(Unknown::Unhashable(self.native_of(class)));
                }
                if instance.payload.is_unbound() {
                    i64::from(place.0) * 16
                } else {
                    self.hash_deep(instance.payload, depth + 1)?
                }
            }
            Object::BoundMethod { function, this } => self.hash_deep(*function, depth + 1)? ^ identity_hash(*this),
            Object::List(_) => return Err(Unknown::Unhashable(TypeId::LIST)),
            Object::Dict(_) => return Err(Unknown::Unhashable(TypeId::DICT)),
            Object::Set(_) => return Err(Unknown::Unhashable(TypeId::SET)),
            Object::ByteArray(_) => return Err(Unknown::Unhashable(TypeId::BYTEARRAY)),
            Object::Slice(_) => return Err(Unknown::Unhashable(TypeId::SLICE)),
            _ => i64::from(place.0) * 16,
        })
    }

    /// `a == b`.
    pub(crate) fn equal(&self, a: Value, b: Value) -> Result<bool, Unknown> {
        self.equal_deep(a, b, 0)
    }

    fn equal_deep(&self, a: Value, b: Value, depth: usize) -> Result<bool, Unknown> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Ok(a == b),
            (Value::Float(a), Value::Float(b)) => Ok(a == b),
            (Value::Object(place), Value::Object(other)) => self.equal_objects(place, other, depth),
            (Value::Object(_), _) | (_, Value::Object(_)) => {
                for value in [a, b] {
                    if self.own_method(value, Sym::EQ).is_some() {
                        return Err(Unknown::Method);
                    }
                }
                let (a, b) = (self.plain(a), self.plain(b));
                Ok(self.compare_numbers(a, b) == Some(Ordering::Equal))
            }
            _ => Ok(a.is(b) || self.compare_numbers(a, b) == Some(Ordering::Equal)),
        }
    }

    fn equal_objects(&self, a: Ref, b: Ref, depth: usize) -> Result<bool, Unknown> {
        if depth > DEEP {
            return Err(Unknown::Method);
        }
        match (self.get(a), self.get(b)) {
            (Object::Str(a), Object::Str(b)) => Ok(a.text == b.text),
            (Object::BigInt(a), Object::BigInt(b)) => Ok(a == b),
            (Object::Tuple(a), Object::Tuple(b)) => self.equal_all(a, b, depth),
            (Object::List(a), Object::List(b)) => self.equal_all(a, b, depth),
            (Object::Dict(a), Object::Dict(b)) => self.equal_dicts(a, b, depth),
            (Object::Set(a) | Object::FrozenSet(a), Object::Set(b) | Object::FrozenSet(b)) => {
                Ok(a.len() == b.len() && self.is_subset(a, b)?)
            }
            (Object::View { dict, what }, _) if *what != crate::object::DictPart::Values && a != b => {
                self.equal_views(*dict, *what, Value::Object(b))
            }
            (Object::Range(a), Object::Range(b)) => {
                let same =
                    a.len() == b.len() && (a.len() == 0 || a.start == b.start && (a.len() == 1 || a.step == b.step));
                Ok(same)
            }
            (Object::Slice(a), Object::Slice(b)) => self.equal_all(a, b, depth),
            (Object::BoundMethod { function: f, this: x }, Object::BoundMethod { function: g, this: y }) => {
                Ok(f.is(*g) && x.is(*y))
            }
            (Object::Instance(_) | Object::Exception(_), _) | (_, Object::Instance(_) | Object::Exception(_)) => {
                self.equal_instances(Value::Object(a), Value::Object(b), depth)
            }
            (Object::Alias { origin: f, arguments: x }, Object::Alias { origin: g, arguments: y }) => {
                Ok(f.is(*g) && self.equal_deep(*x, *y, depth + 1)?)
            }
            _ => match (self.bytes_of(Value::Object(a)), self.bytes_of(Value::Object(b))) {
                (Some(a), Some(b)) => Ok(a == b),
                _ => Ok(a == b),
            },
        }
    }

    fn equal_views(&self, dict: Value, what: crate::object::DictPart, other: Value) -> Result<bool, Unknown> {
        let Some(dict) = self.dict(dict) else { return Ok(false) };
        if let Some(set) = self.set(other) {
            if what != crate::object::DictPart::Keys || set.len() != dict.len() {
                return Ok(false);
            }
            for (_, entry) in dict.entries(0) {
                if set.find(entry.hash, |item| self.equal(item, entry.key))?.is_none() {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let Some(Object::View { dict: second, what: part }) = self.object(other) else { return Ok(false) };
        let Some(second) = self.dict(*second) else { return Ok(false) };
        if *part != what || second.len() != dict.len() {
            return Ok(false);
        }
        for (_, entry) in dict.entries(0) {
            let Some(place) = second.find(entry.hash, |key| self.equal(key, entry.key))? else { return Ok(false) };
            if what == crate::object::DictPart::Items && !self.equal(second.entry(place).value, entry.value)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_instances(&self, a: Value, b: Value, depth: usize) -> Result<bool, Unknown> {
        if self.own_method(a, Sym::EQ).is_some() || self.own_method(b, Sym::EQ).is_some() {
            return Err(Unknown::Method);
        }
        if a.is(b) {
            return Ok(true);
        }
        let (x, y) = (self.plain(a), self.plain(b));
        if x.is(a) && y.is(b) { Ok(false) } else { self.equal_deep(x, y, depth + 1) }
    }

    fn equal_all(&self, a: &[Value], b: &[Value], depth: usize) -> Result<bool, Unknown> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (a, b) in a.iter().zip(b) {
            // An item equals itself, as in CPython, even when it is NaN.
            if !a.is(*b) && !self.equal_deep(*a, *b, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_dicts(&self, a: &Dict, b: &Dict, depth: usize) -> Result<bool, Unknown> {
        if a.len() != b.len() {
            return Ok(false);
        }
        for (_, entry) in a.entries(0) {
            let Some(place) = b.find(entry.hash, |key| self.same_key(key, entry.key))? else { return Ok(false) };
            let other = b.entry(place).value;
            if !other.is(entry.value) && !self.equal_deep(entry.value, other, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Are all items of `a` in `b`?
    pub(crate) fn is_subset(&self, a: &Set, b: &Set) -> Result<bool, Unknown> {
        for (_, hash, item) in a.items(0) {
            if b.find(hash, |other| self.same_key(other, item))?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Do two keys with the same hash stand for the same?
    pub(crate) fn same_key(&self, a: Value, b: Value) -> Result<bool, Unknown> {
        if a.is(b) { Ok(true) } else { self.equal(a, b) }
    }

    /// How two numbers compare; nothing for what is no number, and for NaN.
    pub(crate) fn compare_numbers(&self, a: Value, b: Value) -> Option<Ordering> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => Some(a.cmp(&b)),
            (Value::Float(a), Value::Float(b)) => a.partial_cmp(&b),
            (Value::Float(a), _) => compare_float(a, &self.big(b)?),
            (_, Value::Float(b)) => compare_float(b, &self.big(a)?).map(Ordering::reverse),
            _ => Some(self.big(a)?.cmp(&self.big(b)?)),
        }
    }

    // Tables. The caller has hashed the key.

    /// The place of a key in a dict.
    pub(crate) fn dict_find(&self, dict: &Dict, hash: i64, key: Value) -> Result<Option<usize>, Unknown> {
        dict.find(hash, |other| self.same_key(other, key))
    }

    /// The place of an item in a set.
    pub(crate) fn set_find(&self, set: &Set, hash: i64, item: Value) -> Result<Option<usize>, Unknown> {
        set.find(hash, |other| self.same_key(other, item))
    }

    // Collecting.

    /// Which places can be reached from these values.
    pub(crate) fn reachable(&self, roots: &[Value]) -> Vec<bool> {
        let mut reached = vec![false; self.objects.len()];
        let mut open: Vec<Ref> = Vec::new();
        let mut reach = |value: Value, open: &mut Vec<Ref>| {
            if let Value::Object(place) = value
                && !core::mem::replace(&mut reached[place.0 as usize], true)
            {
                open.push(place);
            }
        };
        for root in roots {
            reach(*root, &mut open);
        }
        while let Some(place) = open.pop() {
            children(self.get(place), &mut |child| reach(child, &mut open));
        }
        reached
    }

    /// Frees what was not reached.
    pub(crate) fn sweep(&mut self, reached: &[bool]) {
        self.live_bytes = 0;
        for (place, object) in self.objects.iter_mut().enumerate() {
            if matches!(object, Object::Free) {
                continue;
            }
            if reached[place] {
                self.live_bytes += weight(object);
            } else {
                *object = Object::Free;
                self.free.push(u32::try_from(place).expect("a place fits"));
            }
        }
        self.finalizable.retain(|place| reached[place.0 as usize]);
        self.due = self.objects.len() - self.free.len();
        (self.fresh, self.fresh_bytes) = (0, 0);
    }

    /// Does a value lead to something with `__del__`? Looks at a few objects only; what it cannot see it suspects.
    pub(crate) fn may_hold_finalizable(&self, value: Value) -> bool {
        let mut left = 16;
        self.look_for_finalizable(value, &mut left)
    }

    fn look_for_finalizable(&self, value: Value, left: &mut usize) -> bool {
        let Value::Object(place) = value else { return false };
        if *left == 0 {
            return true;
        }
        *left -= 1;
        match self.get(place) {
            Object::Instance(_) if self.finalizable.contains(&place) => true,
            Object::Str(_) | Object::Function(_) | Object::Class(_) => false,
            object => {
                let mut found = false;
                children(object, &mut |child| found = found || self.look_for_finalizable(child, left));
                found
            }
        }
    }
}

fn kind_of_iter(iter: &Iter) -> TypeId {
    use crate::object::DictPart;
    match iter {
        Iter::List { .. } | Iter::Done => TypeId::LIST_ITERATOR,
        Iter::Tuple { .. } => TypeId::TUPLE_ITERATOR,
        Iter::Str { .. } => TypeId::STR_ITERATOR,
        Iter::Bytes { .. } => TypeId::BYTES_ITERATOR,
        Iter::Range { .. } => TypeId::RANGE_ITERATOR,
        Iter::Dict { what: DictPart::Keys, .. } => TypeId::DICT_KEYITERATOR,
        Iter::Dict { what: DictPart::Values, .. } => TypeId::DICT_VALUEITERATOR,
        Iter::Dict { what: DictPart::Items, .. } => TypeId::DICT_ITEMITERATOR,
        Iter::Set { .. } => TypeId::SET_ITERATOR,
        Iter::Reversed { .. } => TypeId::REVERSED,
        Iter::Enumerate { .. } => TypeId::ENUMERATE,
        Iter::Zip { .. } => TypeId::ZIP,
    }
}

/// About how many bytes an object takes.
fn weight(object: &Object) -> usize {
    let more = match object {
        Object::Str(text) => text.text.len(),
        Object::Bytes(bytes) => bytes.len(),
        Object::ByteArray(bytes) => bytes.capacity(),
        Object::BigInt(n) => usize::try_from(n.bits() / 8).unwrap_or(usize::MAX),
        Object::Tuple(items) => items.len() * 16,
        Object::List(items) => items.capacity() * 16,
        Object::Dict(dict) => dict.places() * 48,
        Object::Set(set) | Object::FrozenSet(set) => set.len() * 48,
        Object::Instance(instance) => instance.attributes.len() * 20,
        Object::Exception(_) | Object::Generator(_) => 256,
        _ => 0,
    };
    size_of::<Object>() + more
}

/// Calls `visit` with every value that an object holds.
fn children(object: &Object, visit: &mut dyn FnMut(Value)) {
    let mut all = |values: &[Value]| values.iter().for_each(|value| visit(*value));
    match object {
        Object::Free
        | Object::Plain
        | Object::Str(_)
        | Object::Bytes(_)
        | Object::ByteArray(_)
        | Object::BigInt(_)
        | Object::Range(_)
        | Object::Native(_) => {}
        Object::MemoryView { of, .. } => visit(*of),
        Object::Tuple(items) => all(items),
        Object::List(items) => all(items),
        Object::Dict(dict) => dict.entries(0).for_each(|(_, entry)| all(&[entry.key, entry.value])),
        Object::Set(set) | Object::FrozenSet(set) => set.items(0).for_each(|(_, _, item)| visit(item)),
        Object::Slice(parts) => all(parts),
        Object::Function(function) => {
            all(&[function.name, function.qualname]);
            all(&function.defaults);
            all(&function.closure);
            all(function.attributes.values());
            function.keyword_defaults.iter().for_each(|(_, value)| visit(*value));
        }
        Object::BoundMethod { function, this } => all(&[*function, *this]),
        Object::Class(class) => {
            all(&class.mro);
            all(class.attributes.values());
        }
        Object::Instance(instance) => {
            all(&[Value::Object(instance.class), instance.payload]);
            all(instance.attributes.values());
        }
        Object::Exception(exception) => {
            all(&[exception.class, exception.arguments, exception.cause, exception.context]);
            all(exception.attributes.values());
        }
        Object::Cell(value) | Object::StaticMethod(value) | Object::ClassMethod(value) => visit(*value),
        Object::Iterator(iter) => children_of_iter(iter, &mut all),
        Object::View { dict, .. } => visit(*dict),
        Object::Generator(generator) => {
            all(&generator.stack);
            if let Some(frame) = &generator.frame {
                frame.values(visit);
            }
        }
        Object::Property(parts) => all(&**parts),
        Object::Super { class, this } => all(&[*class, *this]),
        Object::Alias { origin, arguments } => all(&[*origin, *arguments]),
    }
}

fn children_of_iter(iter: &Iter, all: &mut dyn FnMut(&[Value])) {
    match iter {
        Iter::List { list: of, .. }
        | Iter::Bytes { bytes: of, .. }
        | Iter::Dict { dict: of, .. }
        | Iter::Set { set: of, .. }
        | Iter::Reversed { sequence: of, .. }
        | Iter::Enumerate { inner: of, .. } => all(&[*of]),
        Iter::Tuple { tuple, .. } => all(tuple),
        Iter::Zip { inner, .. } => all(inner),
        Iter::Str { .. } | Iter::Range { .. } | Iter::Done => {}
    }
}

/// `sys.hash_info.modulus`: 2^61 - 1.
const MODULUS: i64 = (1 << 61) - 1;

fn hash_int(n: i64) -> i64 {
    match n % MODULUS {
        -1 => -2,
        hash => hash,
    }
}

fn hash_big(n: &BigInt) -> i64 {
    let hash = (n % BigInt::from(MODULUS)).to_i64().expect("a remainder by 2^61 - 1 fits");
    if hash == -1 { -2 } else { hash }
}

fn hash_bytes(bytes: &[u8]) -> i64 {
    use core::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    (hasher.finish() >> 2).cast_signed()
}

fn identity_hash(value: Value) -> i64 {
    match value {
        Value::Object(place) => i64::from(place.0) * 16,
        _ => 1,
    }
}

fn compare_float(x: f64, n: &BigInt) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole = BigInt::from_f64(x.floor())?;
    Some(whole.cmp(n).then(if x.fract() == 0.0 { Ordering::Equal } else { Ordering::Greater }))
}
