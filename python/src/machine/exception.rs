//! Exceptions: raised, handled, on their way out.

use super::frame::After;
use super::{Machine, Stop};
use crate::kind::TypeId;
use crate::native::Raise;
use crate::object::{Object, Place};
use crate::symbol::Sym;
use crate::value::Value;

impl Machine {
    /// Raises: goes to the handler, or out of the thread. `again` when it is raised as it came.
    pub(super) fn raise(&mut self, raise: Raise, again: bool) -> Result<(), Stop> {
        let exception = match raise {
            Raise::Exception(exception) => exception,
            Raise::Slow | Raise::Need { .. } => {
                let Raise::Exception(exception) =
                    self.cx.type_error("this operation needs a method of the program's own here")
                else {
                    unreachable!("an error is an exception")
                };
                exception
            }
        };
        if !again {
            self.set_context(exception);
        }
        match self.unwind(exception, again) {
            Ok(()) => Ok(()),
            // What comes after an unwinding may raise itself, once.
            Err(Unwound::Raised(raise)) => self.raise(raise, false),
            Err(Unwound::Out(exception)) => Err(self.uncaught(exception)),
        }
    }

    /// The exception that is being handled.
    pub(super) fn handled(&self) -> Value {
        self.t.frames.iter().rev().map(|frame| frame.handled).find(|handled| !handled.is_none()).unwrap_or(Value::None)
    }

    fn set_context(&mut self, exception: Value) {
        let handled = self.handled();
        if handled.is_none() || handled.is(exception) {
            return;
        }
        // No ring: where the chain of contexts leads back, it is cut.
        let mut at = handled;
        for _ in 0..1000 {
            let Some(inner) = self.cx.heap.exception(at) else { break };
            if inner.context.is(exception) {
                self.cx.heap.exception_mut(at).expect("it was found").context = Value::None;
                break;
            }
            at = inner.context;
        }
        if let Some(inner) = self.cx.heap.exception_mut(exception)
            && inner.context.is_none()
        {
            inner.context = handled;
        }
    }

    fn unwind(&mut self, mut exception: Value, mut again: bool) -> Result<(), Unwound> {
        loop {
            let Some(frame) = self.t.frames.last_mut() else { return Err(Unwound::Out(exception)) };
            let op = frame.ip.max(1) - 1;
            let place = Place { code: frame.code.clone(), module: frame.module, op };
            let handler = frame.code.handlers.iter().find(|handler| (handler.from..handler.to).contains(&op)).copied();
            if let Some(handler) = handler {
                frame.ip = handler.target;
                let depth = frame.base as usize + frame.code.slots.len() + handler.depth as usize;
                if !again {
                    self.trace(exception, place);
                }
                self.drop_to(depth);
                self.t.stack.push(exception);
                return Ok(());
            }
            if !again {
                self.trace(exception, place);
            }
            again = false;
            let frame = self.t.frames.pop().expect("it was there");
            self.drop_to(frame.floor as usize);
            let stops = self.is_a(exception, TypeId::STOP_ITERATION);
            if let Some(generator) = frame.generator {
                self.generator_over(generator);
                if stops {
                    exception = self.generator_raised_stop(exception);
                } else if matches!(frame.after, After::Close) && self.is_a(exception, TypeId::GENERATOR_EXIT) {
                    return self.complete(After::Push, Value::None).map_err(Unwound::Raised);
                }
                continue;
            }
            if stops && matches!(frame.after, After::Loop(_) | After::Next(_) | After::Delegate(_)) {
                let value = self.stop_value(exception);
                if let After::Next(Value::Unbound) = frame.after {
                    continue;
                }
                return self.exhausted(frame.after, value).map_err(Unwound::Raised);
            }
        }
    }

    fn drop_to(&mut self, depth: usize) {
        if self.cx.heap.finalizable.is_empty() {
            self.t.stack.truncate(depth);
        } else if depth < self.t.stack.len() {
            let dropped = self.t.stack.split_off(depth);
            dropped.into_iter().for_each(|value| self.dropped(value));
        }
    }

    /// PEP 479: a StopIteration that comes out of a generator is a RuntimeError.
    fn generator_raised_stop(&mut self, stop: Value) -> Value {
        let Raise::Exception(error) = self.cx.error(TypeId::RUNTIME_ERROR, "generator raised StopIteration") else {
            unreachable!("an error is an exception")
        };
        if let Some(inner) = self.cx.heap.exception_mut(error) {
            inner.cause = stop;
            inner.context = stop;
            inner.suppress_context = true;
        }
        error
    }

    /// The value of a StopIteration.
    pub(super) fn stop_value(&self, exception: Value) -> Value {
        let arguments = self.cx.heap.exception(exception).and_then(|e| self.cx.heap.items(e.arguments));
        arguments.and_then(|items| items.first().copied()).unwrap_or(Value::None)
    }

    pub(super) fn is_a(&self, exception: Value, kind: TypeId) -> bool {
        self.cx.heap.kind(exception).derives(kind)
    }

    fn trace(&mut self, exception: Value, place: Place) {
        if place.code.hidden {
            return;
        }
        if let Some(inner) = self.cx.heap.exception_mut(exception)
            && inner.trace.len() < 2000
        {
            inner.trace.push(place);
        }
    }

    /// The thread ends with an exception.
    fn uncaught(&mut self, exception: Value) -> Stop {
        self.t.stack.clear();
        self.t.ended = true;
        if self.is_a(exception, TypeId::SYSTEM_EXIT) && self.current == 0 {
            let code = self.exit_code(exception);
            return self.leave(code);
        }
        if !self.is_a(exception, TypeId::SYSTEM_EXIT) {
            let text = self.traceback_text(exception);
            self.cx.flush(super::Output::Out);
            if self.current == 0 {
                self.cx.write(super::Output::Err, &text);
            } else {
                self.cx
                    .write(super::Output::Err, &format!("Exception in thread Thread-{} (run):\n{text}", self.current));
            }
            self.cx.flush(super::Output::Err);
        }
        if self.current == 0 {
            return self.leave(1);
        }
        self.pending_stop().unwrap_or(Stop::Ended { line: 0 })
    }

    fn exit_code(&mut self, exception: Value) -> u8 {
        let arguments = self.cx.heap.exception(exception).map_or(Value::None, |e| e.arguments);
        match self.cx.heap.items(arguments).unwrap_or_default() {
            [] | [Value::None] => 0,
            [Value::Int(n)] => u8::try_from(n & 0xff).expect("eight bits fit"),
            [Value::Bool(b)] => u8::from(*b),
            items => {
                let value = if items.len() == 1 { items[0] } else { arguments };
                let text = self.cx.str_of(value).map_or_else(|_| "?".into(), |text| text.to_string());
                self.cx.flush(super::Output::Out);
                self.cx.write(super::Output::Err, &format!("{text}\n"));
                1
            }
        }
    }

    // Steps.

    /// `raise`, `raise a`, `raise a from b`.
    pub(super) fn raise_statement(&mut self, parts: u32) -> Result<(), Raise> {
        let cause = if parts == 2 { self.t.stack.pop() } else { None };
        let Some(what) = (if parts == 0 { None } else { self.t.stack.pop() }) else {
            let handled = self.handled();
            if handled.is_none() {
                return Err(self.cx.error(TypeId::RUNTIME_ERROR, "No active exception to reraise"));
            }
            return self.again(handled);
        };
        if self.cx.heap.is_class(what) && self.cx.heap.native_of(what).is_exception() {
            return self.raise_class(what, cause);
        }
        if self.cx.heap.exception(what).is_none() {
            return Err(self.cx.type_error("exceptions must derive from BaseException"));
        }
        if let Some(cause) = cause {
            let is_class = self.cx.heap.is_class(cause) && self.cx.heap.native_of(cause).is_exception();
            if is_class {
                return self.raise_class(what, Some(cause));
            }
            if !cause.is_none() && self.cx.heap.exception(cause).is_none() {
                return Err(self.cx.type_error("exception causes must derive from BaseException"));
            }
            let inner = self.cx.heap.exception_mut(what).expect("it was tested");
            inner.cause = cause;
            inner.suppress_context = true;
        }
        Err(Raise::Exception(what))
    }

    /// A class is called; then the step is done again with the instance, or the prelude raises it with its cause.
    fn raise_class(&mut self, what: Value, cause: Option<Value>) -> Result<(), Raise> {
        match (what, cause) {
            (Value::Type(kind), None) => Err(Raise::Exception(self.cx.make_exception(Value::Type(kind), Vec::new()))),
            (_, None) => self.call(what, &[], After::Retry),
            (_, Some(cause)) => {
                let parts = self.prelude_named("_raise_from");
                self.call(parts, &[what, cause], After::Drop)
            }
        }
    }

    /// Raises what is handled, as it came.
    pub(super) fn again(&mut self, exception: Value) -> Result<(), Raise> {
        match self.unwind(exception, true) {
            Ok(()) => Ok(()),
            Err(Unwound::Raised(raise)) => Err(raise),
            Err(Unwound::Out(exception)) => {
                let stop = self.uncaught(exception);
                self.stop.get_or_insert(stop);
                Ok(())
            }
        }
    }

    /// `old exception`: the old one is handled again, the new one goes on.
    pub(super) fn reraise(&mut self) -> Result<(), Raise> {
        let exception = self.t.stack.pop().expect("the compiler balances the stack");
        let old = self.t.stack.pop().expect("the compiler balances the stack");
        self.t.frames.last_mut().expect("a thread that runs has a frame").handled = old;
        self.again(exception)
    }

    pub(super) fn push_handled(&mut self) {
        let exception = self.t.stack.pop().expect("the compiler balances the stack");
        let frame = self.t.frames.last_mut().expect("a thread that runs has a frame");
        let old = core::mem::replace(&mut frame.handled, exception);
        self.t.stack.push(old);
        self.t.stack.push(exception);
    }

    pub(super) fn pop_handled(&mut self) {
        let old = self.t.stack.pop().expect("the compiler balances the stack");
        let handled =
            core::mem::replace(&mut self.t.frames.last_mut().expect("a thread that runs has a frame").handled, old);
        self.dropped(handled);
        if !self.cx.heap.finalizable.is_empty() {
            // A traceback may have held what its frames had.
            self.cx.heap.suspect = true;
        }
    }

    /// `exception class` → `exception bool`.
    pub(super) fn matches(&mut self) -> Result<(), Raise> {
        let class = self.t.stack.pop().expect("the compiler balances the stack");
        let exception = *self.t.stack.last().expect("the compiler balances the stack");
        let matched = self.matches_class(exception, class)?;
        self.t.stack.push(Value::Bool(matched));
        Ok(())
    }

    fn matches_class(&mut self, exception: Value, class: Value) -> Result<bool, Raise> {
        if let Some(classes) = self.cx.heap.tuple(class).cloned() {
            for class in classes.iter() {
                if self.matches_class(exception, *class)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if !self.cx.heap.is_class(class) || !self.cx.heap.native_of(class).is_exception() {
            return Err(self.cx.type_error("catching classes that do not inherit from BaseException is not allowed"));
        }
        Ok(self.cx.heap.derives(self.cx.heap.class_of(exception), class))
    }

    /// `manager` → `exit result`.
    pub(super) fn with(&mut self) -> Result<(), Raise> {
        let manager = *self.t.stack.last().expect("the compiler balances the stack");
        let class = self.cx.heap.class_of(manager);
        let (Some(enter), Some(exit)) = (self.cx.heap.lookup(class, Sym::ENTER), self.cx.heap.lookup(class, Sym::EXIT))
        else {
            let missing =
                if self.cx.heap.lookup(class, Sym::ENTER).is_some() { " (missed __exit__ method)" } else { "" };
            let text = format!(
                "'{}' object does not support the context manager protocol{missing}",
                self.cx.type_name(manager)
            );
            return Err(self.cx.type_error(text));
        };
        let exit = self.cx.make(Object::BoundMethod { function: exit, this: manager });
        *self.t.stack.last_mut().expect("the compiler balances the stack") = exit;
        self.call(enter, &[manager], After::Push)
    }

    /// `exit` → its result without an exception.
    pub(super) fn with_end(&mut self) -> Result<(), Raise> {
        let exit = self.t.stack.pop().expect("the compiler balances the stack");
        self.call(exit, &[Value::None; 3], After::Push)
    }

    /// `exit old exception` → the same and whether it is suppressed.
    pub(super) fn with_except(&mut self) -> Result<(), Raise> {
        let len = self.t.stack.len();
        let (exit, exception) = (self.t.stack[len - 3], self.t.stack[len - 1]);
        let class = self.cx.heap.class_of(exception);
        self.call(exit, &[class, exception, Value::None], After::Truth(true))
    }

    /// `assert` failed.
    pub(super) fn assert_fail(&mut self, message: bool) -> Raise {
        let args = if message { self.t.stack.pop().into_iter().collect() } else { Vec::new() };
        Raise::Exception(self.cx.make_exception(Value::Type(TypeId::ASSERTION_ERROR), args))
    }
}

/// How an unwinding ended otherwise than at a handler.
enum Unwound {
    Raised(Raise),
    Out(Value),
}
