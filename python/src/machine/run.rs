//! The loop: fetch a step, do it.
//!
//! What is short is done here; the rest is in `step.rs`, `call.rs` and their neighbours, which see the frame with its place written
//! back.

use std::sync::Arc;

use super::Machine;
use super::frame::After;
use crate::code::{Binary, Compare, Op};
use crate::kind::TypeId;
use crate::native::{Raise, registry};
use crate::object::Object;
use crate::value::Value;

impl Machine {
    /// Runs until something is raised, the host is wanted, or the budget is used up.
    pub(super) fn run(&mut self, left: &mut u32) -> Result<(), Raise> {
        let budget = *left;
        let result = self.run_steps(left);
        self.steps += u64::from(budget - *left);
        result
    }

    fn run_steps(&mut self, left: &mut u32) -> Result<(), Raise> {
        let Some(frame) = self.t.frames.last() else { return Ok(()) };
        let mut code = frame.code.clone();
        let mut ip = frame.ip as usize;
        let mut base = frame.base as usize;
        macro_rules! save {
            () => {
                self.t.frames.last_mut().expect("a thread that runs has a frame").ip = ip as u32
            };
        }
        macro_rules! slow {
            ($step:expr) => {{
                save!();
                $step?;
                let Some(frame) = self.t.frames.last() else { return Ok(()) };
                if !Arc::ptr_eq(&frame.code, &code) {
                    code = frame.code.clone();
                }
                ip = frame.ip as usize;
                base = frame.base as usize;
                if self.stop.is_some() || !self.cx.output.is_empty() || self.exit.is_some() || self.t.waits.is_some() {
                    return Ok(());
                }
            }};
        }
        macro_rules! pop {
            () => {
                self.t.stack.pop().expect("the compiler balances the stack")
            };
        }
        macro_rules! push {
            ($value:expr) => {{
                let value = $value;
                self.t.stack.push(value)
            }};
        }
        macro_rules! jump_on {
            ($target:expr, $when:expr) => {{
                match *self.t.stack.last().expect("the compiler balances the stack") {
                    Value::Bool(b) => {
                        self.t.stack.pop();
                        if b == $when {
                            ip = $target as usize;
                        }
                    }
                    value => {
                        save!();
                        match self.cx.truth(value) {
                            Ok(b) => {
                                self.t.stack.pop();
                                if b == $when {
                                    ip = $target as usize;
                                }
                            }
                            Err(Raise::Slow) => slow!(self.call_truth()),
                            Err(raise) => return Err(raise),
                        }
                    }
                }
            }};
        }
        macro_rules! jump_or_pop {
            ($target:expr, $when:expr) => {{
                let value = *self.t.stack.last().expect("the compiler balances the stack");
                save!();
                match self.cx.truth(value) {
                    Ok(b) if b == $when => ip = $target as usize,
                    Ok(_) => {
                        self.t.stack.pop();
                    }
                    Err(Raise::Slow) => slow!(self.call_truth_keeping()),
                    Err(raise) => return Err(raise),
                }
            }};
        }
        loop {
            if *left == 0 {
                save!();
                return Ok(());
            }
            *left -= 1;
            let op = code.ops[ip];
            ip += 1;
            match op {
                Op::Line(line) => {
                    if !code.hidden {
                        self.note_line(line);
                    }
                    if self.cx.heap.suspect || self.cx.heap.is_due() {
                        slow!(self.collect_garbage());
                    }
                }
                Op::None => push!(Value::None),
                Op::True => push!(Value::Bool(true)),
                Op::False => push!(Value::Bool(false)),
                Op::Ellipsis => push!(Value::Ellipsis),
                Op::Int(n) => push!(Value::Int(i64::from(n))),
                Op::Const(place) => {
                    let module = self.module();
                    push!(self.cx.constant(module, place));
                }
                Op::Pop => {
                    let value = pop!();
                    if !self.cx.heap.finalizable.is_empty() {
                        self.dropped(value);
                    }
                }
                Op::Dup => push!(*self.t.stack.last().expect("the compiler balances the stack")),
                Op::Dup2 => {
                    let len = self.t.stack.len();
                    push!(self.t.stack[len - 2]);
                    push!(self.t.stack[len - 1]);
                }
                Op::Swap => {
                    let len = self.t.stack.len();
                    self.t.stack.swap(len - 1, len - 2);
                }
                Op::Rot3 => {
                    let len = self.t.stack.len();
                    self.t.stack[len - 3..].rotate_right(1);
                }
                Op::Local(slot) => match self.t.stack[base + slot as usize] {
                    Value::Unbound => {
                        save!();
                        return Err(self.unbound_local(slot));
                    }
                    value => push!(value),
                },
                Op::LocalLocal(a, b) => {
                    for slot in [a, b] {
                        match self.t.stack[base + slot as usize] {
                            Value::Unbound => {
                                save!();
                                return Err(self.unbound_local(u32::from(slot)));
                            }
                            value => push!(value),
                        }
                    }
                }
                Op::StoreLocal(slot) => {
                    let value = pop!();
                    let old = core::mem::replace(&mut self.t.stack[base + slot as usize], value);
                    if !self.cx.heap.finalizable.is_empty() {
                        self.dropped(old);
                    }
                }
                Op::DeleteLocal(slot) => {
                    save!();
                    let old = core::mem::take(&mut self.t.stack[base + slot as usize]);
                    if old.is_unbound() {
                        return Err(self.unbound_local(slot));
                    }
                    self.dropped(old);
                }
                Op::Global(slot) => {
                    let module = self.module();
                    match self.cx.modules[module.0 as usize].slots[slot as usize] {
                        Value::Unbound => {
                            save!();
                            push!(self.builtin(module, slot)?);
                        }
                        value => push!(value),
                    }
                }
                Op::StoreGlobal(slot) => {
                    let value = pop!();
                    let module = self.module();
                    let old = core::mem::replace(&mut self.cx.modules[module.0 as usize].slots[slot as usize], value);
                    if !self.cx.heap.finalizable.is_empty() {
                        self.dropped(old);
                    }
                }
                Op::DeleteGlobal(slot) => slow!(self.delete_global(slot)),
                Op::Cell(slot) => {
                    let Value::Object(cell) = self.t.stack[base + slot as usize] else {
                        unreachable!("a slot of a cell holds one")
                    };
                    match self.cx.heap.get(cell) {
                        Object::Cell(Value::Unbound) => {
                            save!();
                            return Err(self.unbound_cell(slot));
                        }
                        Object::Cell(value) => push!(*value),
                        _ => unreachable!("a slot of a cell holds one"),
                    }
                }
                Op::StoreCell(slot) => {
                    let value = pop!();
                    self.set_cell(base + slot as usize, value);
                }
                Op::DeleteCell(slot) => {
                    save!();
                    if self.set_cell(base + slot as usize, Value::Unbound).is_unbound() {
                        return Err(self.unbound_cell(slot));
                    }
                }
                Op::Jump(target) => ip = target as usize,
                Op::Loop(target) => {
                    ip = target as usize;
                    if self.cx.heap.is_due() {
                        slow!(self.collect_garbage());
                    }
                }
                Op::JumpIfFalse(target) => jump_on!(target, false),
                Op::JumpIfTrue(target) => jump_on!(target, true),
                Op::JumpIfFalseOrPop(target) => jump_or_pop!(target, false),
                Op::JumpIfTrueOrPop(target) => jump_or_pop!(target, true),
                Op::Is(wanted) => {
                    let right = pop!();
                    let left = pop!();
                    push!(Value::Bool(left.is(right) == wanted));
                }
                Op::Binary(op) | Op::InPlace(op) => {
                    let len = self.t.stack.len();
                    let (a, b) = (self.t.stack[len - 2], self.t.stack[len - 1]);
                    if let Some(value) = quick_binary(op, a, b) {
                        self.t.stack.truncate(len - 1);
                        self.t.stack[len - 2] = value;
                    } else {
                        slow!(self.binary(op, matches!(code.ops[ip - 1], Op::InPlace(_))));
                    }
                }
                Op::AddInt(n) => {
                    let len = self.t.stack.len();
                    match self.t.stack[len - 1] {
                        Value::Int(a) if a.checked_add(i64::from(n)).is_some() => {
                            self.t.stack[len - 1] = Value::Int(a + i64::from(n));
                        }
                        _ => {
                            push!(Value::Int(i64::from(n)));
                            slow!(self.binary(Binary::Add, true));
                        }
                    }
                }
                Op::Compare(op) => {
                    let len = self.t.stack.len();
                    let (a, b) = (self.t.stack[len - 2], self.t.stack[len - 1]);
                    if let Some(value) = quick_compare(op, a, b) {
                        self.t.stack.truncate(len - 1);
                        self.t.stack[len - 2] = Value::Bool(value);
                    } else {
                        slow!(self.compare(op));
                    }
                }
                Op::ForIter(exit) => {
                    let Value::Object(iterator) = *self.t.stack.last().expect("the compiler balances the stack") else {
                        unreachable!("a loop has an iterator")
                    };
                    if let Object::Iterator(iter) = self.cx.heap.get_mut(iterator)
                        && let crate::object::Iter::Range { next, step, left } = &mut **iter
                    {
                        if *left == 0 {
                            self.t.stack.pop();
                            ip = exit as usize;
                        } else {
                            *left -= 1;
                            let value = *next;
                            *next = next.wrapping_add(*step);
                            push!(Value::Int(value));
                        }
                    } else {
                        slow!(self.for_iter(exit));
                    }
                }
                Op::Call(args) => {
                    let floor = self.t.stack.len() - args as usize - 1;
                    let callee = self.t.stack[floor];
                    slow!(self.invoke(callee, floor + 1, floor, After::Push));
                }
                Op::CallMethod(args) => {
                    let floor = self.t.stack.len() - args as usize - 2;
                    match self.t.stack[floor] {
                        Value::Unbound => {
                            let callee = self.t.stack[floor + 1];
                            slow!(self.invoke(callee, floor + 2, floor, After::Push));
                        }
                        callee => slow!(self.invoke(callee, floor + 1, floor, After::Push)),
                    }
                }
                Op::Return => {
                    let value = pop!();
                    slow!(self.return_value(value));
                }
                Op::List(n) => {
                    let items = self.t.stack.split_off(self.t.stack.len() - n as usize);
                    push!(self.cx.make_list(items));
                }
                Op::Tuple(n) => {
                    let items = self.t.stack.split_off(self.t.stack.len() - n as usize);
                    push!(self.cx.make_tuple(items));
                }
                Op::ListAppend(depth) => {
                    let value = pop!();
                    let list = self.t.stack[self.t.stack.len() - depth as usize];
                    self.cx.heap.list_mut(list).expect("the compiler has put a list there").push(value);
                    self.cx.heap.charge(16);
                    if self.cx.heap.bytes() > self.cx.limits.memory {
                        slow!(self.collect_garbage());
                    }
                }
                op => slow!(self.step(op)),
            }
        }
    }

    fn set_cell(&mut self, place: usize, value: Value) -> Value {
        let Value::Object(cell) = self.t.stack[place] else { unreachable!("a slot of a cell holds one") };
        let Object::Cell(inside) = self.cx.heap.get_mut(cell) else { unreachable!("a slot of a cell holds one") };
        let old = core::mem::replace(inside, value);
        self.dropped(old);
        old
    }

    /// A name that the module does not have: of the builtins, or unknown.
    fn builtin(&mut self, module: crate::value::ModuleId, slot: u32) -> Result<Value, Raise> {
        let name = self.cx.modules[module.0 as usize].unit.as_ref().expect("code has a unit").globals[slot as usize];
        if let Some(value) = registry().builtin(name).or_else(|| self.public_prelude(name)) {
            return Ok(value);
        }
        if self.cx.modules[module.0 as usize].unit.as_ref().is_some_and(|unit| unit.hidden)
            && let Some(value) = self.prelude(name)
        {
            return Ok(value);
        }
        let name = self.cx.name(name);
        Err(self.cx.error(TypeId::NAME_ERROR, &format!("name '{name}' is not defined")))
    }

    fn unbound_local(&mut self, slot: u32) -> Raise {
        let name = self.slot_name(slot);
        self.cx.error(
            TypeId::UNBOUND_LOCAL_ERROR,
            &format!("cannot access local variable '{name}' where it is not associated with a value"),
        )
    }

    fn unbound_cell(&mut self, slot: u32) -> Raise {
        let code = &self.t.frames.last().expect("a thread that runs has a frame").code;
        let is_free = code.free_slots.contains(&slot);
        if !is_free {
            return self.unbound_local(slot);
        }
        let name = self.slot_name(slot);
        let text =
            format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope");
        self.cx.error(TypeId::NAME_ERROR, &text)
    }

    fn slot_name(&self, slot: u32) -> Arc<str> {
        let code = &self.t.frames.last().expect("a thread that runs has a frame").code;
        self.cx.name(code.slots[slot as usize])
    }
}

fn quick_binary(op: Binary, a: Value, b: Value) -> Option<Value> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(Value::Int(match op {
            Binary::Add => a.checked_add(b)?,
            Binary::Sub => a.checked_sub(b)?,
            Binary::Mul => a.checked_mul(b)?,
            Binary::And => a & b,
            Binary::Or => a | b,
            Binary::Xor => a ^ b,
            Binary::FloorDiv if b > 0 => a.div_euclid(b),
            Binary::Mod if b > 0 => a.rem_euclid(b),
            Binary::RShift if (0..64).contains(&b) => a >> b,
            _ => return None,
        })),
        (Value::Float(a), Value::Float(b)) => Some(Value::Float(match op {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div if b != 0.0 => a / b,
            _ => return None,
        })),
        _ => None,
    }
}

fn quick_compare(op: Compare, a: Value, b: Value) -> Option<bool> {
    fn by<T: PartialOrd>(op: Compare, a: &T, b: &T) -> bool {
        match op {
            Compare::Eq => a == b,
            Compare::Ne => a != b,
            Compare::Lt => a < b,
            Compare::Le => a <= b,
            Compare::Gt => a > b,
            Compare::Ge => a >= b,
        }
    }
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(by(op, &a, &b)),
        (Value::Float(a), Value::Float(b)) => Some(by(op, &a, &b)),
        _ => None,
    }
}
