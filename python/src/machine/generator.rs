//! Generators, and iteration through methods of the program's own.

use super::Machine;
use super::frame::After;
use crate::kind::TypeId;
use crate::native::Raise;
use crate::object::Object;
use crate::symbol::Sym;
use crate::value::{Ref, Value};

impl Machine {
    /// Sends a value into a generator, or throws an exception; what it yields goes where `after` says.
    pub(super) fn send(&mut self, generator: Value, value: Value, exception: Value, after: After) -> Result<(), Raise> {
        let Value::Object(place) = generator else { unreachable!("a generator is an object") };
        let Object::Generator(inner) = self.cx.heap.get_mut(place) else { unreachable!("it was tested") };
        if inner.running {
            return Err(self.cx.value_error("generator already executing"));
        }
        if !inner.started && !value.is_none() && exception.is_unbound() {
            return Err(self.cx.type_error("can't send non-None value to a just-started generator"));
        }
        let Some(frame) = inner.frame.take() else {
            return if exception.is_unbound() {
                self.exhausted(after, Value::None)
            } else {
                Err(Raise::Exception(exception))
            };
        };
        let stack = core::mem::take(&mut inner.stack);
        let started = core::mem::replace(&mut inner.started, true);
        if self.t.frames.len() >= self.cx.limits.frames {
            return Err(self.cx.error(TypeId::RECURSION_ERROR, "maximum recursion depth exceeded"));
        }
        let Object::Generator(inner) = self.cx.heap.get_mut(place) else { unreachable!("it was tested") };
        inner.running = true;
        let mut frame = *frame;
        let base = super::call::small(self.t.stack.len());
        (frame.base, frame.floor, frame.after, frame.generator) = (base, base, after, Some(place));
        self.t.stack.extend(stack);
        if exception.is_unbound() && started {
            self.t.stack.push(value);
        }
        self.t.frames.push(frame);
        if exception.is_unbound() { Ok(()) } else { Err(Raise::Exception(exception)) }
    }

    pub(super) fn throw(&mut self, generator: Value, exception: Value, after: After) -> Result<(), Raise> {
        self.send(generator, Value::None, exception, after)
    }

    pub(super) fn close_generator(&mut self, generator: Value, after: After) -> Result<(), Raise> {
        let Some(Object::Generator(inner)) = self.cx.heap.object(generator) else { unreachable!("it was tested") };
        if inner.frame.is_none() || !inner.started {
            if let Some(Object::Generator(inner)) = generator.object().map(|place| self.cx.heap.get_mut(place)) {
                inner.frame = None;
                inner.stack.clear();
            }
            return self.complete(after, Value::None);
        }
        let exit = self.cx.make_exception(Value::Type(TypeId::GENERATOR_EXIT), Vec::new());
        self.send(generator, Value::None, exit, After::Close)
    }

    /// It has returned or raised.
    pub(super) fn generator_over(&mut self, place: Ref) {
        if let Object::Generator(inner) = self.cx.heap.get_mut(place) {
            inner.running = false;
            inner.frame = None;
        }
    }

    /// `yield`: the frame leaves with its part of the stack.
    pub(super) fn yield_value(&mut self) -> Result<(), Raise> {
        let value = self.t.stack.pop().expect("the compiler balances the stack");
        let mut frame = self.t.frames.pop().expect("a thread that runs has a frame");
        let stack = self.t.stack.split_off(frame.base as usize);
        let place = frame.generator.expect("only generators yield");
        let after = core::mem::take(&mut frame.after);
        let Object::Generator(inner) = self.cx.heap.get_mut(place) else {
            unreachable!("a generator's frame belongs to one")
        };
        inner.running = false;
        inner.stack = stack;
        inner.frame = Some(Box::new(frame));
        self.complete(after, value)
    }

    #[expect(clippy::needless_pass_by_value, reason = "it is used up, as by `complete`")]
    /// An iterator has no more: with the value that it returned.
    pub(super) fn exhausted(&mut self, after: After, value: Value) -> Result<(), Raise> {
        match after {
            After::Loop(exit) => {
                let iterator = self.t.stack.pop().expect("a loop has an iterator");
                self.dropped(iterator);
                self.t.frames.last_mut().expect("a loop has a frame").ip = exit;
                Ok(())
            }
            After::Delegate(exit) => {
                *self.t.stack.last_mut().expect("what is delegated to lies on the stack") = value;
                self.t.frames.last_mut().expect("a generator has a frame").ip = exit;
                Ok(())
            }
            After::Next(default) if !default.is_unbound() => {
                self.t.stack.push(default);
                Ok(())
            }
            After::Close => {
                self.t.stack.push(Value::None);
                Ok(())
            }
            _ => {
                let args = if value.is_none() { Vec::new() } else { vec![value] };
                Err(Raise::Exception(self.cx.make_exception(Value::Type(TypeId::STOP_ITERATION), args)))
            }
        }
    }

    /// `next(iterator, default)`.
    pub(super) fn next_of(&mut self, iterator: Value, default: Value, after: After) -> Result<(), Raise> {
        let after = match after {
            After::Push => After::Next(default),
            other => other,
        };
        self.advance(iterator, after)
    }

    /// The next item of any iterator goes where `after` says.
    fn advance(&mut self, iterator: Value, after: After) -> Result<(), Raise> {
        match self.cx.next(iterator) {
            Ok(Some(value)) => self.complete(after, value),
            Ok(None) => self.exhausted(after, Value::None),
            Err(Raise::Slow) => {
                if let Some(Object::Generator(_)) = self.cx.heap.object(iterator) {
                    return self.send(iterator, Value::None, Value::Unbound, after);
                }
                if let Some(Object::Iterator(_)) = self.cx.heap.object(iterator) {
                    // One of its inner iterators is a generator.
                    let step = self.prelude_named("_inner_next");
                    return self.call(step, &[iterator], after);
                }
                let class = self.cx.heap.class_of(iterator);
                match self.cx.heap.lookup(class, Sym::NEXT) {
                    Some(method) => self.call(method, &[iterator], after),
                    None => {
                        let text = format!("'{}' object is not an iterator", self.cx.type_name(iterator));
                        Err(self.cx.type_error(text))
                    }
                }
            }
            Err(raise) => Err(raise),
        }
    }

    pub(super) fn for_iter(&mut self, exit: u32) -> Result<(), Raise> {
        let iterator = *self.t.stack.last().expect("a loop has an iterator");
        self.advance(iterator, After::Loop(exit))
    }

    /// `iter(value)` of the value on top.
    pub(super) fn get_iterator(&mut self) -> Result<(), Raise> {
        let value = *self.t.stack.last().expect("the compiler balances the stack");
        match self.cx.iterator(value) {
            Ok(iterator) => {
                *self.t.stack.last_mut().expect("it was there") = iterator;
                Ok(())
            }
            Err(Raise::Slow) => {
                self.t.stack.pop();
                let convert = self.prelude_named("_iterator");
                let class = self.cx.heap.class_of(value);
                match self.cx.heap.lookup(class, Sym::ITER) {
                    Some(method) if !method.is_none() => self.call(method, &[value], After::Push),
                    _ => self.call(convert, &[value], After::Push),
                }
            }
            Err(raise) => Err(raise),
        }
    }

    /// `iterator value`: sends the value.
    pub(super) fn delegate(&mut self, exit: u32) -> Result<(), Raise> {
        let value = self.t.stack.pop().expect("the compiler balances the stack");
        let iterator = *self.t.stack.last().expect("the compiler balances the stack");
        if let Some(Object::Generator(_)) = self.cx.heap.object(iterator) {
            return self.send(iterator, value, Value::Unbound, After::Delegate(exit));
        }
        if !value.is_none() {
            let send = self.prelude_named("_send");
            return self.call(send, &[iterator, value], After::Delegate(exit));
        }
        self.advance(iterator, After::Delegate(exit))
    }
}
