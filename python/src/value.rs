//! What a variable holds: 16 bytes, copied freely. Whatever is bigger is an object of the heap.

use crate::kind::TypeId;

/// A place in the heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ref(pub(crate) u32);

/// A function of the machine's own, by its place in [`crate::native::registry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct BuiltinId(pub(crate) u16);

/// A module, by its place in the machine's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ModuleId(pub(crate) u16);

/// A value.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Value {
    /// A variable without a value; an argument that was not given. No program ever sees it.
    #[default]
    Unbound,
    None,
    NotImplemented,
    Ellipsis,
    Bool(bool),
    /// An int that fits; others are [`crate::object::Object::BigInt`] (and never fit).
    Int(i64),
    Float(f64),
    /// A built-in class.
    Type(TypeId),
    Builtin(BuiltinId),
    Module(ModuleId),
    Object(Ref),
}

impl Value {
    /// `is`.
    pub(crate) fn is(self, other: Value) -> bool {
        match (self, other) {
            (Value::Unbound, Value::Unbound)
            | (Value::None, Value::None)
            | (Value::NotImplemented, Value::NotImplemented)
            | (Value::Ellipsis, Value::Ellipsis) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
            (Value::Type(a), Value::Type(b)) => a == b,
            (Value::Builtin(a), Value::Builtin(b)) => a == b,
            (Value::Module(a), Value::Module(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => a == b,
            _ => false,
        }
    }

    pub(crate) fn is_none(self) -> bool {
        matches!(self, Value::None)
    }

    /// An argument that was not given.
    pub(crate) fn is_unbound(self) -> bool {
        matches!(self, Value::Unbound)
    }

    pub(crate) fn object(self) -> Option<Ref> {
        match self {
            Value::Object(r) => Some(r),
            _ => None,
        }
    }

    /// The value, unless the argument was not given.
    pub(crate) fn given(self) -> Option<Value> {
        if self.is_unbound() { None } else { Some(self) }
    }
}
