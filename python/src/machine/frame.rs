//! Frames, threads, and what becomes of a result.

use std::sync::Arc;

use crate::code::{Binary, Code, Compare};
use crate::native::Then;
use crate::symbol::Sym;
use crate::value::{BuiltinId, ModuleId, Ref, Value};

/// A call that goes on.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) code: Arc<Code>,
    pub(crate) module: ModuleId,
    /// The next step.
    pub(crate) ip: u32,
    /// Where its slots begin on the stack.
    pub(crate) base: u32,
    /// The stack is cut back to here when it ends.
    pub(crate) floor: u32,
    /// The exception that is being handled.
    pub(crate) handled: Value,
    pub(crate) after: After,
    /// The generator that it belongs to.
    pub(crate) generator: Option<Ref>,
}

impl Frame {
    /// The values that it holds besides the stack.
    pub(crate) fn values(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.handled);
        if let Some(place) = self.generator {
            visit(Value::Object(place));
        }
        self.after.values(visit);
    }
}

/// What becomes of the result of a call.
#[derive(Clone, Debug, Default)]
pub(crate) enum After {
    /// It is pushed.
    #[default]
    Push,
    Drop,
    /// Of `__init__`: this is pushed instead.
    Instance(Value, Box<After>),
    /// It is pushed, and the caller's step done again.
    Retry,
    /// The same with its truth.
    RetryTruth,
    /// A function of the machine's own is called anew with it.
    Again(Box<Again>),
    /// Of `__next__`: the next item of a loop that leads there when there is none.
    Loop(u32),
    /// Of `next(iterator, default)`.
    Next(Value),
    /// Of what `yield from` asks; its result goes there.
    Delegate(u32),
    /// Of `generator.close()`.
    Close,
    /// Of an operator's method: another is asked when it is NotImplemented.
    Operator(Box<Operator>),
    /// Its truth is pushed, or the opposite.
    Truth(bool),
    /// Of the truth of the value on top, for `and` and `or`: the step before is gone on with.
    JumpOrPop,
    /// Of `__new__`: an instance is initialised with these.
    New(Box<New>),
    /// Of `import`: this is pushed instead.
    Import(Value),
}

/// The class, the arguments and keywords of its call, and what becomes of the instance.
pub(crate) type New = (Value, Vec<Value>, Vec<(Sym, Value)>, After);

/// A function of the machine's own that waits for an argument.
#[derive(Clone, Debug)]
pub(crate) struct Again {
    pub(crate) native: BuiltinId,
    pub(crate) args: Vec<Value>,
    pub(crate) argument: usize,
    pub(crate) after: After,
}

/// An operator whose methods are asked one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Operator {
    pub(crate) kind: OperatorKind,
    pub(crate) left: Value,
    pub(crate) right: Value,
    /// What is asked next.
    pub(crate) stage: u8,
    pub(crate) after: After,
}

/// An operator with methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperatorKind {
    Binary(Binary),
    InPlace(Binary),
    Compare(Compare),
}

impl After {
    fn values(&self, visit: &mut dyn FnMut(Value)) {
        match self {
            After::Next(value) | After::Import(value) => visit(*value),
            After::Instance(value, after) => {
                visit(*value);
                after.values(visit);
            }
            After::Again(again) => {
                again.args.iter().for_each(|value| visit(*value));
                again.after.values(visit);
            }
            After::Operator(operator) => {
                visit(operator.left);
                visit(operator.right);
                operator.after.values(visit);
            }
            After::New(new) => {
                visit(new.0);
                new.1.iter().for_each(|value| visit(*value));
                new.2.iter().for_each(|(_, value)| visit(*value));
                new.3.values(visit);
            }
            _ => {}
        }
    }
}

/// A thread of the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thread {
    pub(crate) frames: Vec<Frame>,
    pub(crate) stack: Vec<Value>,
    pub(crate) waits: Option<Waits>,
    pub(crate) ended: bool,
}

/// What a thread waits for.
#[derive(Clone, Debug)]
pub(crate) enum Waits {
    Call { then: Then, after: After, floor: usize },
    Park { after: After, floor: usize },
}

impl Thread {
    /// All values that it holds.
    pub(crate) fn values(&self, visit: &mut dyn FnMut(Value)) {
        self.stack.iter().for_each(|value| visit(*value));
        self.frames.iter().for_each(|frame| frame.values(visit));
        if let Some(Waits::Call { after, .. } | Waits::Park { after, .. }) = &self.waits {
            after.values(visit);
        }
    }
}
