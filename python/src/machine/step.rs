//! Steps that are not done in the loop itself.

use std::sync::Arc;

use super::Machine;
use super::frame::After;
use crate::code::{Constant, Op};
use crate::kind::TypeId;
use crate::native::{Raise, registry};
use crate::object::{Function, Object};
use crate::symbol::Sym;
use crate::value::Value;

impl Machine {
    pub(super) fn step(&mut self, op: Op) -> Result<(), Raise> {
        match op {
            Op::Attr(name) => {
                let of = self.pop();
                self.get_attribute(of, name, Value::Unbound, After::Push)
            }
            Op::StoreAttr(name) => {
                let of = self.pop();
                let value = self.pop();
                self.store_attribute(of, name, value, After::Drop)
            }
            Op::DeleteAttr(name) => {
                let of = self.pop();
                self.delete_attribute(of, name, After::Drop)
            }
            Op::Method(name) => self.load_method(name),
            Op::Subscript => self.subscript(),
            Op::StoreSubscript => self.store_subscript(),
            Op::DeleteSubscript => self.delete_subscript(),
            Op::Unary(op) => self.unary(op),
            Op::Contains(wanted) => self.contains(wanted),
            Op::Not => self.not(),
            Op::Iter => self.get_iterator(),
            Op::Set(n) => self.make_set(n),
            Op::Dict(n) => self.make_dict(n),
            Op::SetAdd(depth) => {
                let value = self.pop();
                let set = self.t.stack[self.t.stack.len() - depth as usize];
                self.native_or(|cx| cx.set_add(set, value).map(drop), "_set_add", &[set, value])
            }
            Op::DictAdd(depth) => {
                let value = self.pop();
                let key = self.pop();
                let dict = self.t.stack[self.t.stack.len() - depth as usize];
                self.native_or(|cx| cx.dict_set(dict, key, value).map(drop), "_store_subscript", &[dict, key, value])
            }
            Op::ListExtend => self.extend_list(),
            Op::SetExtend => self.extend_set(),
            Op::DictExtend => self.extend_dict(false),
            Op::KeywordsExtend => self.extend_dict(true),
            Op::ListToTuple => {
                let list = self.pop();
                let items = self.cx.heap.items(list).map(<[Value]>::to_vec).unwrap_or_default();
                let tuple = self.cx.make_tuple(items);
                self.t.stack.push(tuple);
                Ok(())
            }
            Op::Slice(step) => {
                let step = if step { self.pop() } else { Value::None };
                let stop = self.pop();
                let start = self.pop();
                let slice = self.cx.make(Object::Slice([start, stop, step]));
                self.t.stack.push(slice);
                Ok(())
            }
            Op::CallKeywords(args, names) => self.call_keywords(args as usize, names),
            Op::CallSpread => self.call_spread(),
            Op::Function(code) => {
                self.make_function(code);
                Ok(())
            }
            Op::Class(code) => self.class(code),
            Op::EndClass => self.end_class(),
            Op::ClassLocal(slot, global) => self.class_local(u32::from(slot), global),
            Op::ClassFree(slot, free, _) => self.class_free(u32::from(slot), u32::from(free)),
            Op::Yield => self.yield_value(),
            Op::Delegate(exit) => self.delegate(exit),
            Op::Raise(parts) => self.raise_statement(parts),
            Op::Reraise => self.reraise(),
            Op::PushHandled => {
                self.push_handled();
                Ok(())
            }
            Op::PopHandled => {
                self.pop_handled();
                Ok(())
            }
            Op::Matches => self.matches(),
            Op::With => self.with(),
            Op::WithEnd => self.with_end(),
            Op::WithExcept => self.with_except(),
            Op::Import(name) | Op::ImportDotted(name) => {
                let name = self.constant_text(name);
                self.import(&name, matches!(op, Op::ImportDotted(_)), After::Push)
            }
            Op::ImportFrom(name) => self.import_from(name),
            Op::ImportStar => self.import_star(),
            Op::Format(conversion, spec) => self.format(conversion, spec),
            Op::Join(parts) => {
                self.join(parts as usize);
                Ok(())
            }
            Op::Unpack(n) => self.unpack(n as usize, None),
            Op::UnpackStar(before, after) => self.unpack(before as usize, Some(after as usize)),
            Op::MatchSequence(len, more) => {
                self.match_sequence(len as usize, more);
                Ok(())
            }
            Op::MatchMapping(len) => {
                self.match_mapping(len as usize);
                Ok(())
            }
            Op::MatchKeys => self.match_keys(),
            Op::MatchRest => self.match_rest(),
            Op::MatchClass(by_place) => self.match_class(by_place as usize),
            Op::AssertFail(message) => Err(self.assert_fail(message)),
            other => unreachable!("{other:?} is done in the loop"),
        }
    }

    pub(super) fn pop(&mut self) -> Value {
        self.t.stack.pop().expect("the compiler balances the stack")
    }

    /// Does something natively, or else the prelude does it.
    fn native_or(
        &mut self,
        native: impl FnOnce(&mut crate::context::Context) -> Result<(), Raise>,
        slow: &str,
        args: &[Value],
    ) -> Result<(), Raise> {
        match native(&mut self.cx) {
            Err(Raise::Slow) => {
                let slow = self.prelude_named(slow);
                self.call(slow, args, After::Drop)
            }
            other => other,
        }
    }

    fn constant_text(&self, place: u32) -> Arc<str> {
        let module = &self.cx.modules[self.module().0 as usize];
        match &module.unit.as_ref().expect("code has a unit").constants[place as usize] {
            Constant::Str(text) => text.clone(),
            other => unreachable!("{other:?} is no name"),
        }
    }

    pub(super) fn delete_global(&mut self, slot: u32) -> Result<(), Raise> {
        let module = self.module();
        let loaded = &mut self.cx.modules[module.0 as usize];
        let old = core::mem::take(&mut loaded.slots[slot as usize]);
        if old.is_unbound() {
            let name = loaded.unit.as_ref().expect("code has a unit").globals[slot as usize];
            let name = self.cx.name(name);
            return Err(self.cx.error(TypeId::NAME_ERROR, &format!("name '{name}' is not defined")));
        }
        self.dropped(old);
        Ok(())
    }

    fn class_local(&mut self, slot: u32, global: u32) -> Result<(), Raise> {
        let frame = self.t.frames.last().expect("a thread that runs has a frame");
        let mut value = self.t.stack[frame.base as usize + slot as usize];
        if value.is_unbound() {
            let module = self.module();
            value = self.cx.modules[module.0 as usize].slots[global as usize];
            if value.is_unbound() {
                value = self.global_or_builtin(module, global)?;
            }
        }
        self.t.stack.push(value);
        Ok(())
    }

    fn class_free(&mut self, slot: u32, free: u32) -> Result<(), Raise> {
        let base = self.t.frames.last().expect("a thread that runs has a frame").base as usize;
        let mut value = self.t.stack[base + slot as usize];
        if value.is_unbound()
            && let Some(Object::Cell(inside)) = self.cx.heap.object(self.t.stack[base + free as usize])
        {
            value = *inside;
        }
        if value.is_unbound() {
            return Err(self.cx.error(TypeId::NAME_ERROR, "a name of the class's body is not defined"));
        }
        self.t.stack.push(value);
        Ok(())
    }

    fn make_set(&mut self, n: u32) -> Result<(), Raise> {
        let items = self.t.stack.split_off(self.t.stack.len() - n as usize);
        let set = self.cx.make(Object::Set(Box::default()));
        for item in &items {
            match self.cx.set_add(set, *item) {
                Ok(_) => {}
                Err(Raise::Slow) => {
                    let list = self.cx.make_list(items);
                    let slow = self.prelude_named("_set_of");
                    return self.call(slow, &[list], After::Push);
                }
                Err(raise) => return Err(raise),
            }
        }
        self.t.stack.push(set);
        Ok(())
    }

    fn make_dict(&mut self, n: u32) -> Result<(), Raise> {
        let items = self.t.stack.split_off(self.t.stack.len() - 2 * n as usize);
        let dict = self.cx.make(Object::Dict(Box::default()));
        for pair in items.chunks_exact(2) {
            match self.cx.dict_set(dict, pair[0], pair[1]) {
                Ok(_) => {}
                Err(Raise::Slow) => {
                    let list = self.cx.make_list(items);
                    let slow = self.prelude_named("_dict_of");
                    return self.call(slow, &[list], After::Push);
                }
                Err(raise) => return Err(raise),
            }
        }
        self.t.stack.push(dict);
        Ok(())
    }

    /// What is on top becomes a list, and the step is done again.
    fn retry_with_list(&mut self, value: Value) -> Result<(), Raise> {
        let list = self.prelude_named("_list");
        self.call(list, &[value], After::Retry)
    }

    fn extend_list(&mut self) -> Result<(), Raise> {
        let value = self.pop();
        match self.cx.items_of(value) {
            Ok(items) => {
                let list = *self.t.stack.last().expect("the compiler balances the stack");
                self.cx.heap.charge(items.len() * 16);
                self.cx.heap.list_mut(list).expect("the compiler has put a list there").extend(items);
                Ok(())
            }
            Err(Raise::Slow) => self.retry_with_list(value),
            Err(raise) => {
                if self.cx.iterator(value).is_err() {
                    let text = format!("Value after * must be an iterable, not {}", self.cx.type_name(value));
                    return Err(self.cx.type_error(text));
                }
                Err(raise)
            }
        }
    }

    fn extend_set(&mut self) -> Result<(), Raise> {
        let value = self.pop();
        let items = match self.cx.items_of(value) {
            Ok(items) => items,
            Err(Raise::Slow) => return self.retry_with_list(value),
            Err(raise) => return Err(raise),
        };
        let set = *self.t.stack.last().expect("the compiler balances the stack");
        for item in items {
            self.cx.set_add(set, item)?;
        }
        Ok(())
    }

    fn extend_dict(&mut self, keywords: bool) -> Result<(), Raise> {
        let value = self.pop();
        let dict = *self.t.stack.last().expect("the compiler balances the stack");
        let Some(table) = self.cx.heap.dict(value) else {
            if self.cx.heap.own_method(value, Sym::KEYS).is_some() {
                let convert = self.prelude_named("_dict_from_keys");
                return self.call(convert, &[value], After::Retry);
            }
            let text = if keywords {
                format!("argument after ** must be a mapping, not {}", self.cx.type_name(value))
            } else {
                format!("'{}' object is not a mapping", self.cx.type_name(value))
            };
            return Err(self.cx.type_error(text));
        };
        let entries: Vec<_> = table.entries(0).map(|(_, entry)| (entry.key, entry.value)).collect();
        for (key, value) in entries {
            let old = self.cx.dict_set(dict, key, value)?;
            if keywords && old.is_some() {
                let text = format!("got multiple values for keyword argument '{}'", self.cx.str_of(key)?);
                return Err(self.cx.type_error(text));
            }
        }
        Ok(())
    }

    fn call_keywords(&mut self, args: usize, names: u32) -> Result<(), Raise> {
        let module = self.cx.modules[self.module().0 as usize].unit.clone().expect("code has a unit");
        let Constant::Names(names) = &module.constants[names as usize] else { unreachable!("these are names") };
        let values = self.t.stack.split_off(self.t.stack.len() - names.len());
        let keywords = names.iter().copied().zip(values).collect();
        let first = self.t.stack.len() - (args - names.len());
        let callee = self.t.stack[first - 1];
        self.invoke_with(callee, first, first - 1, keywords, After::Push)
    }

    fn call_spread(&mut self) -> Result<(), Raise> {
        let dict = self.pop();
        let tuple = self.pop();
        let callee = *self.t.stack.last().expect("the compiler balances the stack");
        let first = self.t.stack.len();
        let entries: Vec<_> =
            self.cx.heap.dict(dict).map(|d| d.entries(0).map(|(_, e)| (e.key, e.value)).collect()).unwrap_or_default();
        let mut keywords = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(name) = self.cx.heap.str(key).map(|s| s.text.clone()) else {
                return Err(self.cx.type_error("keywords must be strings"));
            };
            keywords.push((self.cx.sym(&name), value));
        }
        let items = self.cx.heap.items(tuple).map(<[Value]>::to_vec).unwrap_or_default();
        self.t.stack.extend(items);
        if keywords.is_empty() {
            return self.invoke(callee, first, first - 1, After::Push);
        }
        self.invoke_with(callee, first, first - 1, keywords, After::Push)
    }

    fn make_function(&mut self, place: u32) {
        let frame = self.t.frames.last().expect("a thread that runs has a frame");
        let (module, base) = (frame.module, frame.base as usize);
        let code =
            self.cx.modules[module.0 as usize].unit.as_ref().expect("code has a unit").codes[place as usize].clone();
        let values = self.t.stack.split_off(self.t.stack.len() - code.keyword_defaults.len());
        let keyword_defaults = code.keyword_defaults.iter().copied().zip(values).collect();
        let defaults = self.t.stack.split_off(self.t.stack.len() - code.defaults as usize);
        let closure = code.free.iter().map(|slot| self.t.stack[base + *slot as usize]).collect();
        let name = self.cx.make_str(&code.name);
        let qualname = self.cx.make_str(&code.qualname);
        let attributes = Default::default();
        let function = Function { code, module, name, qualname, defaults, keyword_defaults, closure, attributes };
        let function = self.cx.make(Object::Function(Arc::new(function)));
        self.t.stack.push(function);
    }

    /// `bases keywords`: the body begins, with these in its first slots.
    fn class(&mut self, place: u32) -> Result<(), Raise> {
        let floor = self.t.stack.len() - 2;
        let (bases, keywords) = (self.t.stack[floor], self.t.stack[floor + 1]);
        self.make_function(place);
        let body = self.pop();
        self.t.stack.truncate(floor);
        self.call(body, &[], After::Push)?;
        let base = self.t.frames.last().expect("the body's frame").base as usize;
        self.t.stack[base] = bases;
        self.t.stack[base + 1] = keywords;
        Ok(())
    }

    fn global_or_builtin(&mut self, module: crate::value::ModuleId, global: u32) -> Result<Value, Raise> {
        let name = self.cx.modules[module.0 as usize].unit.as_ref().expect("code has a unit").globals[global as usize];
        match registry().builtin(name).or_else(|| self.public_prelude(name)) {
            Some(value) => Ok(value),
            None => {
                let name = self.cx.name(name);
                Err(self.cx.error(TypeId::NAME_ERROR, &format!("name '{name}' is not defined")))
            }
        }
    }

    /// A part of an f-string.
    fn format(&mut self, conversion: u8, has_spec: bool) -> Result<(), Raise> {
        let spec = if has_spec { self.pop() } else { Value::Unbound };
        let value = self.pop();
        let spec_text: Arc<str> = if spec.is_unbound() { "".into() } else { self.cx.text_of(spec)? };
        let converted = match conversion {
            0 => self.cx.format_of(value, &spec_text),
            1 => self.cx.str_of(value).and_then(|text| self.format_text(&text, &spec_text)),
            2 => self.cx.repr_of(value).and_then(|text| self.format_text(&text, &spec_text)),
            _ => self.cx.ascii_of(value).and_then(|text| self.format_text(&text, &spec_text)),
        };
        match converted {
            Ok(text) => {
                let text = self.cx.make_str(&text);
                self.t.stack.push(text);
                Ok(())
            }
            Err(Raise::Slow | Raise::Need { .. }) => {
                let slow = self.prelude_named("_format");
                let spec = self.cx.make_str(&spec_text);
                self.call(slow, &[value, Value::Int(i64::from(conversion)), spec], After::Push)
            }
            Err(raise) => Err(raise),
        }
    }

    fn format_text(&mut self, text: &str, spec: &str) -> Result<Arc<str>, Raise> {
        if spec.is_empty() {
            return Ok(text.into());
        }
        self.cx.fault(crate::text::spec::format_str(text, spec)).map(Into::into)
    }

    fn join(&mut self, parts: usize) {
        let parts = self.t.stack.split_off(self.t.stack.len() - parts);
        if let [one] = parts.as_slice() {
            self.t.stack.push(*one);
            return;
        }
        let text: String = parts.iter().filter_map(|part| self.cx.heap.text(*part)).collect();
        let text = self.cx.make_str(&text);
        self.t.stack.push(text);
    }

    fn unpack(&mut self, before: usize, after: Option<usize>) -> Result<(), Raise> {
        let value = self.pop();
        let items = match self.cx.items_of(value) {
            Ok(items) => items,
            Err(Raise::Slow) => {
                let most = if after.is_none() { Value::Int(before as i64 + 1) } else { Value::None };
                let take = self.prelude_named("_take");
                return self.call(take, &[value, most], After::Retry);
            }
            Err(raise) if self.cx.iterator(value).is_err() => {
                let _ = raise;
                let text = format!("cannot unpack non-iterable {} object", self.cx.type_name(value));
                return Err(self.cx.type_error(text));
            }
            Err(raise) => return Err(raise),
        };
        let least = before + after.unwrap_or(0);
        if items.len() < least {
            let (word, count) = if after.is_some() { ("at least ", least) } else { ("", before) };
            let text = format!("not enough values to unpack (expected {word}{count}, got {})", items.len());
            return Err(self.cx.value_error(text));
        }
        if after.is_none() && items.len() > before {
            return Err(self.cx.value_error(format!("too many values to unpack (expected {before})")));
        }
        let Some(after) = after else {
            self.t.stack.extend(items.iter().rev());
            return Ok(());
        };
        let end = items.len() - after;
        self.t.stack.extend(items[end..].iter().rev());
        let middle = self.cx.make_list(items[before..end].to_vec());
        self.t.stack.push(middle);
        self.t.stack.extend(items[..before].iter().rev());
        Ok(())
    }
}
