//! Calls: binding arguments, entering functions, what becomes of results.

use std::sync::Arc;

use super::Machine;
use super::frame::{After, Again, Frame, Waits};
use super::{Stop, ThreadId};
use crate::kind::TypeId;
use crate::native::{Answer, Control, Conversion, Entry, Kind, Raise, registry};
use crate::object::{Function, Generator, Object};
use crate::symbol::Sym;
use crate::value::{BuiltinId, Value};

impl Machine {
    /// Calls with the values from `first` on; the result replaces all from `floor` on.
    pub(super) fn invoke(&mut self, callee: Value, first: usize, floor: usize, after: After) -> Result<(), Raise> {
        match callee {
            Value::Builtin(id) => self.invoke_native(id, first, floor, Vec::new(), after),
            Value::Type(kind) => self.construct(Value::Type(kind), kind, first, floor, Vec::new(), after),
            Value::Object(place) => match self.cx.heap.get(place) {
                Object::Function(function) => {
                    let function = function.clone();
                    if function.code.simple {
                        let given = self.t.stack.len() - first;
                        let wanted = function.code.positional as usize;
                        if given == wanted {
                            return self.enter(&function, first, floor, after);
                        }
                        if given < wanted && given + function.defaults.len() >= wanted {
                            let from = function.defaults.len() - (wanted - given);
                            self.t.stack.extend_from_slice(&function.defaults[from..]);
                            return self.enter(&function, first, floor, after);
                        }
                    }
                    self.bind(&function, first, Vec::new())?;
                    self.enter(&function, first, floor, after)
                }
                _ => self.invoke_with(callee, first, floor, Vec::new(), after),
            },
            _ => self.invoke_with(callee, first, floor, Vec::new(), after),
        }
    }

    /// The same with keywords.
    pub(super) fn invoke_with(
        &mut self,
        callee: Value,
        first: usize,
        floor: usize,
        keywords: Vec<(Sym, Value)>,
        after: After,
    ) -> Result<(), Raise> {
        let place = match callee {
            Value::Builtin(id) => return self.invoke_native(id, first, floor, keywords, after),
            Value::Type(kind) => return self.construct(callee, kind, first, floor, keywords, after),
            Value::Object(place) => place,
            _ => return Err(self.not_callable(callee)),
        };
        match self.cx.heap.get(place) {
            Object::Function(function) => {
                let function = function.clone();
                self.bind(&function, first, keywords)?;
                self.enter(&function, first, floor, after)
            }
            Object::BoundMethod { function, this } => {
                let (function, this) = (*function, *this);
                self.t.stack.insert(first, this);
                self.invoke_with(function, first, floor, keywords, after)
            }
            Object::Class(class) => {
                let native = class.native;
                self.construct(callee, native, first, floor, keywords, after)
            }
            Object::StaticMethod(function) => {
                let function = *function;
                self.invoke_with(function, first, floor, keywords, after)
            }
            Object::Alias { origin, .. } => {
                let origin = *origin;
                self.invoke_with(origin, first, floor, keywords, after)
            }
            Object::Instance(_) => {
                let Some(method) = self.cx.heap.own_method(callee, Sym::CALL) else {
                    return Err(self.not_callable(callee));
                };
                if self.cx.heap.object(method).is_some_and(|object| matches!(object, Object::Function(_))) {
                    self.t.stack.insert(first, callee);
                }
                self.invoke_with(method, first, floor, keywords, after)
            }
            _ => Err(self.not_callable(callee)),
        }
    }

    fn not_callable(&mut self, callee: Value) -> Raise {
        let text = format!("'{}' object is not callable", self.cx.type_name(callee));
        self.cx.type_error(text)
    }

    /// Calls with these arguments; the result goes where `after` says.
    pub(super) fn call(&mut self, callee: Value, args: &[Value], after: After) -> Result<(), Raise> {
        let floor = self.t.stack.len();
        self.t.stack.extend_from_slice(args);
        self.invoke(callee, floor, floor, after)
    }

    /// The arguments lie as the function wants them: it begins.
    fn enter(&mut self, function: &Arc<Function>, first: usize, floor: usize, after: After) -> Result<(), Raise> {
        let code = &function.code;
        if self.t.frames.len() >= self.cx.limits.frames {
            return Err(self.cx.error(TypeId::RECURSION_ERROR, "maximum recursion depth exceeded"));
        }
        self.t.stack.resize(first + code.slots.len(), Value::Unbound);
        for slot in &code.cells {
            let place = first + *slot as usize;
            let value = self.t.stack[place];
            self.t.stack[place] = self.cx.make(Object::Cell(value));
        }
        for (slot, cell) in code.free_slots.iter().zip(&function.closure) {
            self.t.stack[first + *slot as usize] = *cell;
        }
        let mut frame = Frame {
            code: code.clone(),
            module: function.module,
            ip: 0,
            base: small(first),
            floor: small(floor),
            handled: Value::None,
            after,
            generator: None,
        };
        if code.generator {
            let after = core::mem::take(&mut frame.after);
            let stack = self.t.stack.split_off(first);
            self.t.stack.truncate(floor);
            let name = self.cx.heap.text(function.name).map_or_else(|| code.name.clone(), Into::into);
            let generator = Generator { name, frame: Some(Box::new(frame)), stack, started: false, running: false };
            let generator = self.cx.make(Object::Generator(Box::new(generator)));
            return self.complete(after, generator);
        }
        self.t.frames.push(frame);
        Ok(())
    }

    /// Puts arguments where the function's parameters are.
    fn bind(&mut self, function: &Function, first: usize, keywords: Vec<(Sym, Value)>) -> Result<(), Raise> {
        let code = &function.code;
        let given = self.t.stack.split_off(first);
        let positional = code.positional as usize;
        let named = positional + code.only_keyword as usize;
        let mut slots = vec![Value::Unbound; named];
        let taken = given.len().min(positional);
        slots[..taken].copy_from_slice(&given[..taken]);
        if given.len() > positional && !code.star {
            return Err(self.too_many(function, given.len(), &slots, &keywords));
        }
        let mut more = Vec::new();
        for (name, value) in keywords {
            let place = code.slots[..named].iter().position(|slot| *slot == name);
            match place {
                Some(place) if place >= code.only_positional as usize => {
                    if !slots[place].is_unbound() {
                        let text =
                            format!("{}() got multiple values for argument '{}'", code.qualname, self.cx.name(name));
                        return Err(self.cx.type_error(text));
                    }
                    slots[place] = value;
                }
                _ if code.double_star => more.push((name, value)),
                _ => return Err(self.unexpected_keyword(function, name, place.is_some())),
            }
        }
        let without = positional - function.defaults.len();
        for (place, default) in function.defaults.iter().enumerate() {
            if slots[without + place].is_unbound() {
                slots[without + place] = *default;
            }
        }
        for (name, default) in &function.keyword_defaults {
            if let Some(place) = code.slots[..named].iter().position(|slot| slot == name)
                && slots[place].is_unbound()
            {
                slots[place] = *default;
            }
        }
        if slots.iter().any(|slot| slot.is_unbound()) {
            return Err(self.missing(function, &slots));
        }
        self.t.stack.extend(slots);
        if code.star {
            let rest = self.cx.make_tuple(given[taken..].to_vec());
            self.t.stack.push(rest);
        }
        if code.double_star {
            let rest = self.keyword_dict(more)?;
            self.t.stack.push(rest);
        }
        Ok(())
    }

    fn keyword_dict(&mut self, keywords: Vec<(Sym, Value)>) -> Result<Value, Raise> {
        let entries = keywords
            .into_iter()
            .map(|(name, value)| {
                let name = self.cx.name(name);
                (self.cx.make_str(&name), value)
            })
            .collect();
        self.cx.make_dict(entries)
    }

    fn unexpected_keyword(&mut self, function: &Function, name: Sym, only_positional: bool) -> Raise {
        let (name, qualname) = (self.cx.name(name), &function.code.qualname);
        let text = if only_positional {
            format!("{qualname}() got some positional-only arguments passed as keyword arguments: '{name}'")
        } else {
            format!("{qualname}() got an unexpected keyword argument '{name}'")
        };
        self.cx.type_error(text)
    }

    fn too_many(&mut self, function: &Function, given: usize, slots: &[Value], keywords: &[(Sym, Value)]) -> Raise {
        let code = &function.code;
        let positional = code.positional as usize;
        let least = positional - function.defaults.len();
        let takes = if least < positional { format!("from {least} to {positional}") } else { positional.to_string() };
        let plural = if positional == 1 && least == positional { "" } else { "s" };
        let by_keyword = code.slots[positional..slots.len()]
            .iter()
            .filter(|slot| keywords.iter().any(|(name, _)| name == *slot))
            .count();
        let given = if by_keyword == 0 {
            given.to_string()
        } else {
            let (a, b) = (if given == 1 { "" } else { "s" }, if by_keyword == 1 { "" } else { "s" });
            format!("{given} positional argument{a} (and {by_keyword} keyword-only argument{b})")
        };
        let were = if given == "1" { "was" } else { "were" };
        let text = format!("{}() takes {takes} positional argument{plural} but {given} {were} given", code.qualname);
        self.cx.type_error(text)
    }

    fn missing(&mut self, function: &Function, slots: &[Value]) -> Raise {
        let code = &function.code;
        let positional = code.positional as usize;
        let names = |range: core::ops::Range<usize>| -> Vec<String> {
            range
                .filter(|place| slots[*place].is_unbound())
                .map(|place| format!("'{}'", self.cx.name(code.slots[place])))
                .collect()
        };
        let (mut missing, mut kind) = (names(0..positional), "positional");
        if missing.is_empty() {
            (missing, kind) = (names(positional..slots.len()), "keyword-only");
        }
        let list = match missing.as_slice() {
            [one] => one.clone(),
            [one, two] => format!("{one} and {two}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
            [] => unreachable!("something is missing"),
        };
        let (count, plural) = (missing.len(), if missing.len() == 1 { "" } else { "s" });
        let text = format!("{}() missing {count} required {kind} argument{plural}: {list}", code.qualname);
        self.cx.type_error(text)
    }

    // Functions of the machine's own.

    pub(super) fn invoke_native(
        &mut self,
        id: BuiltinId,
        first: usize,
        floor: usize,
        keywords: Vec<(Sym, Value)>,
        after: After,
    ) -> Result<(), Raise> {
        let entry = registry().entry(id);
        self.bind_native(entry, first, keywords)?;
        self.run_native(id, first, floor, after)
    }

    /// The arguments lie as the function wants them.
    pub(super) fn run_native(&mut self, id: BuiltinId, first: usize, floor: usize, after: After) -> Result<(), Raise> {
        let entry = registry().entry(id);
        let result = (entry.body)(&mut self.cx, &self.t.stack[first..]);
        let args = match &result {
            Err(Raise::Need { .. } | Raise::Slow) => self.t.stack[first..].to_vec(),
            _ => Vec::new(),
        };
        if self.cx.heap.finalizable.is_empty() {
            self.t.stack.truncate(floor);
        } else {
            let dropped = self.t.stack.split_off(floor);
            dropped.into_iter().for_each(|value| self.dropped(value));
        }
        match result {
            Ok(Answer::Value(value)) => self.complete(after, value),
            Ok(answer) => self.answer(answer, after),
            Err(Raise::Need { argument, conversion }) => {
                let value = args[argument];
                let again = After::Again(Box::new(Again { native: id, args, argument, after }));
                let converter = self.converter(conversion);
                self.call(converter, &[value], again)
            }
            Err(Raise::Slow) => self.call_twin(entry, &args, after),
            Err(raise) => Err(raise),
        }
    }

    fn converter(&self, conversion: Conversion) -> Value {
        self.prelude_named(match conversion {
            Conversion::List => "_list",
            Conversion::Str => "_str",
            Conversion::Index => "_index",
            Conversion::Float => "_float",
            Conversion::Truth => "_truth",
            Conversion::Iterator => "_iterator",
        })
    }

    fn call_twin(&mut self, entry: &Entry, args: &[Value], after: After) -> Result<(), Raise> {
        let Some(twin) = self.prelude(entry.twin) else {
            let text = format!("{}() cannot go on with methods of the program's own", entry.qualname);
            return Err(self.cx.type_error(text));
        };
        let methods = usize::from(entry.kind != Kind::Function);
        let signature = &entry.signature;
        let named = methods + signature.names.len();
        let by_place = methods + signature.positional;
        let mut positional: Vec<Value> = Vec::new();
        let mut keywords = Vec::new();
        for (place, value) in args[..named].iter().enumerate() {
            let only_positional = place < methods + signature.only_positional;
            match value {
                Value::Unbound => {}
                // After a gap, and by keyword only, arguments have their names.
                _ if place < by_place && (only_positional || positional.len() == place) => positional.push(*value),
                _ => keywords.push((signature.names[place - methods], *value)),
            }
        }
        let mut rest = named;
        if signature.double_star {
            if let Some(dict) = self.cx.heap.dict(args[named]) {
                let entries: Vec<_> = dict.entries(0).map(|(_, entry)| (entry.key, entry.value)).collect();
                for (key, value) in entries {
                    let name = self.cx.text_of(key)?;
                    keywords.push((self.cx.sym(&name), value));
                }
            }
            rest += 1;
        }
        positional.extend_from_slice(&args[rest..]);
        let floor = self.t.stack.len();
        self.t.stack.extend(positional);
        self.invoke_with(twin, floor, floor, keywords, after)
    }

    fn bind_native(&mut self, entry: &Entry, first: usize, keywords: Vec<(Sym, Value)>) -> Result<(), Raise> {
        let signature = &entry.signature;
        let this = usize::from(entry.kind != Kind::Function);
        let given = self.t.stack.len() - first;
        if given < this {
            let text = format!("unbound method {}() needs an argument", entry.qualname);
            return Err(self.cx.type_error(text));
        }
        if entry.kind == Kind::Method && !keywords.is_empty() && signature.names.is_empty() && !signature.double_star {
            return Err(self.cx.type_error(format!("{}() takes no keyword arguments", entry.qualname)));
        }
        if let (Kind::Method, Some(kind)) = (entry.kind, entry.of)
            && !self.cx.heap.kind(self.t.stack[first]).derives(kind)
        {
            let text = format!(
                "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
                entry.name,
                kind.name(),
                self.cx.type_name(self.t.stack[first])
            );
            return Err(self.cx.type_error(text));
        }
        let given = given - this;
        let plain = keywords.is_empty() && !signature.star && !signature.double_star;
        if plain && given == signature.names.len() && signature.positional == given {
            return Ok(());
        }
        if given > signature.positional && !signature.star {
            return Err(self.wrong_count(entry, given));
        }
        let given = self.t.stack.split_off(first + this);
        let mut slots = vec![Value::Unbound; signature.names.len()];
        let taken = given.len().min(signature.positional);
        slots[..taken].copy_from_slice(&given[..taken]);
        let mut more = Vec::new();
        for (name, value) in keywords {
            match signature
                .names
                .iter()
                .position(|own| *own == name)
                .filter(|place| *place >= signature.only_positional)
            {
                Some(place) if slots[place].is_unbound() => slots[place] = value,
                Some(place) => {
                    let text = format!(
                        "argument for {}() given by name ('{}') and position ({})",
                        entry.qualname,
                        self.cx.name(name),
                        place + 1
                    );
                    return Err(self.cx.type_error(text));
                }
                None if signature.double_star => more.push((name, value)),
                None => return Err(self.wrong_keyword(entry, name)),
            }
        }
        if let Some(place) = (0..slots.len()).find(|place| slots[*place].is_unbound() && signature.needed[*place]) {
            return Err(self.missing_argument(entry, given.len(), place));
        }
        self.t.stack.extend(slots);
        if signature.double_star {
            let more = if more.is_empty() { Value::Unbound } else { self.keyword_dict(more)? };
            self.t.stack.push(more);
        }
        self.t.stack.extend_from_slice(&given[taken..]);
        Ok(())
    }

    fn wrong_keyword(&mut self, entry: &Entry, name: Sym) -> Raise {
        let name = self.cx.name(name);
        let text = if entry.signature.names.len() == entry.signature.only_positional {
            format!("{}() takes no keyword arguments", entry.qualname)
        } else {
            format!("'{name}' is an invalid keyword argument for {}()", entry.name)
        };
        self.cx.type_error(text)
    }

    fn wrong_count(&mut self, entry: &Entry, given: usize) -> Raise {
        let signature = &entry.signature;
        let least = signature.needed[..signature.positional].iter().filter(|needed| **needed).count();
        let most = signature.positional;
        let name = if entry.kind == Kind::New { entry.name } else { &*entry.qualname };
        let text = match (least, most) {
            (0, 0) => format!("{name}() takes no arguments ({given} given)"),
            (1, 1) => format!("{name}() takes exactly one argument ({given} given)"),
            (least, most) if least == most => {
                format!("{} expected {most} argument{}, got {given}", entry.name, if most == 1 { "" } else { "s" })
            }
            (least, most) => {
                let (word, bound) = if given < least { ("least", least) } else { ("most", most) };
                format!(
                    "{} expected at {word} {bound} argument{}, got {given}",
                    entry.name,
                    if bound == 1 { "" } else { "s" }
                )
            }
        };
        self.cx.type_error(text)
    }

    fn missing_argument(&mut self, entry: &Entry, given: usize, place: usize) -> Raise {
        if place < entry.signature.only_positional || given > 0 {
            return self.wrong_count(entry, given);
        }
        let name = self.cx.name(entry.signature.names[place]);
        self.cx.type_error(format!("{}() missing required argument '{name}' (pos {})", entry.name, place + 1))
    }

    /// What a function of the machine's own wants done.
    fn answer(&mut self, answer: Answer, after: After) -> Result<(), Raise> {
        match answer {
            Answer::Value(value) => self.complete(after, value),
            Answer::Call { callee, args } => self.call(callee, &args, after),
            Answer::System { call, then } => {
                self.t.waits = Some(Waits::Call { then, after, floor: self.t.stack.len() });
                self.stop = Some(Stop::Call { line: self.here(), call });
                Ok(())
            }
            Answer::Next { iterator, default } => self.next_of(iterator, default, after),
            Answer::Control(control) => self.control(control, after),
        }
    }

    fn control(&mut self, control: Control, after: After) -> Result<(), Raise> {
        match control {
            Control::Send { generator, value } => self.send(generator, value, Value::Unbound, after),
            Control::Throw { generator, exception } => self.throw(generator, exception, after),
            Control::Close { generator } => self.close_generator(generator, after),
            Control::Spawn { function, args, name } => {
                let thread = self.spawn(function, &args)?;
                self.stop = Some(Stop::Spawn { line: self.here(), thread: ThreadId(thread), name });
                self.complete(after, Value::Int(i64::from(thread)))
            }
            Control::Park { limit, why } => {
                self.t.waits = Some(Waits::Park { after, floor: self.t.stack.len() });
                self.stop = Some(Stop::Park { line: self.here(), why, limit });
                Ok(())
            }
            Control::Unpark { thread } => {
                self.stop = Some(Stop::Unpark { thread: ThreadId(thread) });
                self.complete(after, Value::None)
            }
            Control::Ident => self.complete(after, Value::Int(self.current as i64)),
            Control::Handled => {
                let handled = self.handled();
                self.complete(after, handled)
            }
            Control::Import { name } => self.import(&name, true, after),
            Control::Traceback { exception } => {
                let text = self.traceback_text(exception);
                let text = self.cx.make_str(&text);
                self.complete(after, text)
            }
            Control::Names { globals } => {
                let names = self.names(globals)?;
                self.complete(after, names)
            }
            Control::GetAttribute { of, name, default } => self.get_attribute(of, name, default, after),
            Control::SetAttribute { of, name, value } => self.store_attribute(of, name, value, after),
            Control::DeleteAttribute { of, name } => self.delete_attribute(of, name, after),
            Control::HasAttribute { of, name } => {
                let missing = self.prelude_named("_missing");
                let has = self.prelude_named("_has");
                match self.find_attribute(of, name) {
                    super::attribute::Found::Nothing => self.complete(after, Value::Bool(false)),
                    super::attribute::Found::Call { .. } => {
                        let text = self.cx.name(name);
                        let text = self.cx.make_str(&text);
                        self.call(has, &[of, text, missing], after)
                    }
                    _ => self.complete(after, Value::Bool(true)),
                }
            }
            Control::SetPlainly { of, name, value } => self.store_plainly(of, name, value, after),
            Control::DeletePlainly { of, name } => self.delete_plainly(of, name, after),
            Control::Bare { args } => {
                let instance = self.bare_instance(args[0], &args[1..])?;
                self.complete(after, instance)
            }
            Control::MakeClass { name, bases, namespace } => self.make_class(name, bases, namespace, after),
        }
    }

    fn spawn(&mut self, function: Value, args: &[Value]) -> Result<u32, Raise> {
        if self.threads.iter().filter(|thread| !thread.ended).count() >= self.cx.limits.threads {
            return Err(self.cx.error(TypeId::RUNTIME_ERROR, "can't start new thread"));
        }
        // The call is made on a stack of its own, beside the one that runs.
        let fresh = core::mem::take(&mut self.t);
        let called = self.call(function, args, After::Drop);
        let fresh = core::mem::replace(&mut self.t, fresh);
        called?;
        self.threads.push(fresh);
        Ok(small(self.threads.len() - 1))
    }

    /// `return`: the frame ends.
    pub(super) fn return_value(&mut self, value: Value) -> Result<(), Raise> {
        let frame = self.t.frames.pop().expect("a thread that runs has a frame");
        if self.cx.heap.finalizable.is_empty() {
            self.t.stack.truncate(frame.floor as usize);
        } else {
            let dropped = self.t.stack.split_off(frame.floor as usize);
            dropped.into_iter().for_each(|value| self.dropped(value));
        }
        match frame.generator {
            Some(generator) => {
                self.generator_over(generator);
                self.exhausted(frame.after, value)
            }
            None => self.complete(frame.after, value),
        }
    }

    /// A result goes where it is wanted.
    pub(super) fn complete(&mut self, after: After, value: Value) -> Result<(), Raise> {
        match after {
            After::Push => self.t.stack.push(value),
            After::Loop(_) | After::Next(_) | After::Delegate(_) => self.t.stack.push(value),
            After::Drop => {
                self.dropped(value);
            }
            After::Instance(instance, after) => {
                if !value.is_none() {
                    let text = format!("__init__() should return None, not '{}'", self.cx.type_name(value));
                    return Err(self.cx.type_error(text));
                }
                return self.complete(*after, instance);
            }
            After::Retry => {
                self.t.stack.push(value);
                self.t.frames.last_mut().expect("a step is done again in a frame").ip -= 1;
            }
            After::RetryTruth => {
                let truth = self.truth_result(value)?;
                self.t.stack.push(Value::Bool(truth));
                self.t.frames.last_mut().expect("a step is done again in a frame").ip -= 1;
            }
            After::Again(mut again) => {
                again.args[again.argument] = value;
                let floor = self.t.stack.len();
                self.t.stack.extend(&again.args);
                return self.run_native(again.native, floor, floor, again.after);
            }
            After::Operator(operator) => return self.operator_result(*operator, value),
            After::Truth(wanted) => match self.cx.truth(value) {
                Ok(truth) => self.t.stack.push(Value::Bool(truth == wanted)),
                Err(Raise::Slow) => {
                    let truth = self.prelude_named(if wanted { "_truth" } else { "_untruth" });
                    return self.call(truth, &[value], After::Push);
                }
                Err(raise) => return Err(raise),
            },
            After::New(new) => return self.initialise(value, *new),
            After::Import(module) => self.t.stack.push(module),
            After::Close => return Err(self.cx.error(TypeId::RUNTIME_ERROR, "generator ignored GeneratorExit")),
            After::JumpOrPop => self.jump_or_pop(matches!(value, Value::Bool(true))),
        }
        Ok(())
    }
}

pub(super) fn small(n: usize) -> u32 {
    u32::try_from(n).expect("the limits keep stacks below 2^32 values")
}
