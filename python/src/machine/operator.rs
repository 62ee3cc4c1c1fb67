//! Operators: natively, or through methods of the program's own, one after the other.

use super::Machine;
use super::frame::{After, Operator, OperatorKind};
use crate::code::{Binary, Compare, Op, Unary};
use crate::native::Raise;
use crate::symbol::Sym;
use crate::value::Value;

impl Machine {
    pub(super) fn binary(&mut self, op: Binary, in_place: bool) -> Result<(), Raise> {
        let right = self.t.stack.pop().expect("the compiler balances the stack");
        let left = self.t.stack.pop().expect("the compiler balances the stack");
        let kind = if in_place { OperatorKind::InPlace(op) } else { OperatorKind::Binary(op) };
        self.operate(kind, left, right, After::Push)
    }

    pub(super) fn compare(&mut self, op: Compare) -> Result<(), Raise> {
        let right = self.t.stack.pop().expect("the compiler balances the stack");
        let left = self.t.stack.pop().expect("the compiler balances the stack");
        self.operate(OperatorKind::Compare(op), left, right, After::Push)
    }

    fn operate(&mut self, kind: OperatorKind, left: Value, right: Value, after: After) -> Result<(), Raise> {
        if !self.has_own(kind, left, right) {
            let result = match kind {
                OperatorKind::Binary(op) => self.cx.binary(op, left, right),
                OperatorKind::InPlace(op) => self.cx.in_place(op, left, right),
                OperatorKind::Compare(op) => self.cx.compare(op, left, right).map(Value::Bool),
            };
            match result {
                Ok(value) => return self.complete(after, value),
                Err(Raise::Slow | Raise::Need { .. }) => return self.slow_operator(kind, left, right, after),
                Err(raise) => return Err(raise),
            }
        }
        let operator = Operator { kind, left, right, stage: 0, after };
        self.next_stage(operator)
    }

    /// Does one of the operands have a method of the program's for it?
    fn has_own(&self, kind: OperatorKind, left: Value, right: Value) -> bool {
        let own = |value: Value, name: Sym| self.cx.heap.own_method(value, name).is_some();
        match kind {
            OperatorKind::Binary(op) => own(left, op.method()) || own(right, op.reflected()),
            OperatorKind::InPlace(op) => {
                own(left, op.in_place()) || own(left, op.method()) || own(right, op.reflected())
            }
            OperatorKind::Compare(Compare::Ne) => {
                [left, right].into_iter().any(|value| own(value, Sym::NE) || own(value, Sym::EQ))
            }
            OperatorKind::Compare(op) => own(left, op.method()) || own(right, op.mirrored().method()),
        }
    }

    /// Containers whose items have methods of their own: the prelude goes through them.
    fn slow_operator(&mut self, kind: OperatorKind, left: Value, right: Value, after: After) -> Result<(), Raise> {
        let name = match kind {
            OperatorKind::Compare(op) => format!("_compare{}", op.method_name()),
            OperatorKind::Binary(op) | OperatorKind::InPlace(op) => format!("_binary{}", op.method_name()),
        };
        let slow = self.cx.symbols.find(&name).and_then(|sym| self.prelude(sym));
        match slow {
            Some(slow) => self.call(slow, &[left, right], after),
            None => {
                let text = format!(
                    "'{}' and '{}' cannot be operated on here",
                    self.cx.type_name(left),
                    self.cx.type_name(right)
                );
                Err(self.cx.type_error(text))
            }
        }
    }

    /// The methods that are asked, in order: of which operand, its name, and whether the result is turned round.
    fn stages(&self, operator: &Operator) -> Vec<(bool, Sym, bool)> {
        let (left, right) = (operator.left, operator.right);
        let derived = {
            let (a, b) = (self.cx.heap.class_of(left), self.cx.heap.class_of(right));
            !a.is(b) && self.cx.heap.derives(b, a)
        };
        let mut stages = match operator.kind {
            OperatorKind::Binary(op) | OperatorKind::InPlace(op) => {
                let mut stages = vec![(true, op.method(), false), (false, op.reflected(), false)];
                if derived && self.cx.heap.own_method(right, op.reflected()).is_some() {
                    stages.reverse();
                }
                stages
            }
            OperatorKind::Compare(Compare::Ne) => {
                vec![(true, Sym::NE, false), (true, Sym::EQ, true), (false, Sym::NE, false), (false, Sym::EQ, true)]
            }
            OperatorKind::Compare(op) => {
                let mut stages = vec![(true, op.method(), false), (false, op.mirrored().method(), false)];
                if derived {
                    stages.reverse();
                }
                stages
            }
        };
        if let OperatorKind::InPlace(op) = operator.kind {
            stages.insert(0, (true, op.in_place(), false));
        }
        stages
    }

    fn next_stage(&mut self, mut operator: Operator) -> Result<(), Raise> {
        let stages = self.stages(&operator);
        while let Some((of_left, name, _)) = stages.get(usize::from(operator.stage)).copied() {
            operator.stage += 1;
            let (this, other) = if of_left { (operator.left, operator.right) } else { (operator.right, operator.left) };
            if let Some(method) = self.cx.heap.own_method(this, name).filter(|method| !method.is_none()) {
                return self.call(method, &[this, other], After::Operator(Box::new(operator)));
            }
        }
        self.no_operator(operator)
    }

    pub(super) fn operator_result(&mut self, operator: Operator, value: Value) -> Result<(), Raise> {
        if matches!(value, Value::NotImplemented) {
            return self.next_stage(operator);
        }
        let stages = self.stages(&operator);
        if stages[usize::from(operator.stage) - 1].2 {
            return match self.cx.truth(value) {
                Ok(truth) => self.complete(operator.after, Value::Bool(!truth)),
                Err(_) => self.complete(After::Truth(false), value),
            };
        }
        self.complete(operator.after, value)
    }

    /// No method of the program's has answered: the built-in ones, or an error.
    fn no_operator(&mut self, operator: Operator) -> Result<(), Raise> {
        let (left, right) = (operator.left, operator.right);
        let plain = (self.cx.heap.plain(left), self.cx.heap.plain(right));
        let result = match operator.kind {
            OperatorKind::Compare(Compare::Eq) => Ok(Value::Bool(left.is(right) || self.same_plain(left, right))),
            OperatorKind::Compare(Compare::Ne) => Ok(Value::Bool(!(left.is(right) || self.same_plain(left, right)))),
            OperatorKind::Compare(op) if !plain.0.is(left) || !plain.1.is(right) => {
                self.cx.compare(op, plain.0, plain.1).map(Value::Bool)
            }
            OperatorKind::Compare(op) => Err(self.cx.cannot_compare(op, left, right)),
            OperatorKind::Binary(op) | OperatorKind::InPlace(op) if !plain.0.is(left) || !plain.1.is(right) => {
                self.cx.binary(op, plain.0, plain.1)
            }
            OperatorKind::Binary(op) => Err(self.cx.cannot_operate(op, left, right, false)),
            OperatorKind::InPlace(op) => Err(self.cx.cannot_operate(op, left, right, true)),
        };
        self.complete(operator.after, result?)
    }

    fn same_plain(&self, left: Value, right: Value) -> bool {
        let (a, b) = (self.cx.heap.plain(left), self.cx.heap.plain(right));
        !(a.is(left) && b.is(right)) && self.cx.heap.equal(a, b) == Ok(true)
    }

    pub(super) fn unary(&mut self, op: Unary) -> Result<(), Raise> {
        let value = self.t.stack.pop().expect("the compiler balances the stack");
        let name = [Sym::NEG, Sym::POS, Sym::INVERT][op as usize];
        if let Some(method) = self.cx.heap.own_method(value, name) {
            return self.call(method, &[value], After::Push);
        }
        let result = self.cx.unary(op, value)?;
        self.t.stack.push(result);
        Ok(())
    }

    /// The truth of the value on top, by its own method; then the step is done again.
    pub(super) fn call_truth(&mut self) -> Result<(), Raise> {
        let value = self.t.stack.pop().expect("the compiler balances the stack");
        let method = self.cx.heap.own_method(value, Sym::BOOL).or_else(|| self.cx.heap.own_method(value, Sym::LEN));
        self.call(method.expect("a value with a method for its truth"), &[value], After::RetryTruth)
    }

    /// The same for `and` and `or`, which keep the value: it is one of two steps further, as the truth says.
    pub(super) fn call_truth_keeping(&mut self) -> Result<(), Raise> {
        let value = *self.t.stack.last().expect("the compiler balances the stack");
        let truth = self.prelude_named("_truth");
        self.call(truth, &[value], After::JumpOrPop)
    }

    pub(super) fn jump_or_pop(&mut self, truth: bool) {
        let frame = self.t.frames.last_mut().expect("a thread that runs has a frame");
        let (target, when) = match frame.code.ops[frame.ip as usize - 1] {
            Op::JumpIfFalseOrPop(target) => (target, false),
            Op::JumpIfTrueOrPop(target) => (target, true),
            other => unreachable!("{other:?} asks for no truth"),
        };
        if truth == when {
            frame.ip = target;
        } else {
            self.t.stack.pop();
        }
    }

    pub(super) fn truth_result(&mut self, value: Value) -> Result<bool, Raise> {
        match value {
            Value::Bool(b) => Ok(b),
            Value::Int(n) if n >= 0 => Ok(n != 0),
            Value::Int(_) => Err(self.cx.value_error("__len__() should return >= 0")),
            _ => {
                let text = format!("__bool__ should return bool, returned {}", self.cx.type_name(value));
                Err(self.cx.type_error(text))
            }
        }
    }

    pub(super) fn not(&mut self) -> Result<(), Raise> {
        let value = *self.t.stack.last().expect("the compiler balances the stack");
        match self.cx.truth(value) {
            Ok(truth) => {
                *self.t.stack.last_mut().expect("it was there") = Value::Bool(!truth);
                Ok(())
            }
            Err(Raise::Slow) => self.call_truth(),
            Err(raise) => Err(raise),
        }
    }

    /// `item container` → whether it is in it, or not.
    pub(super) fn contains(&mut self, wanted: bool) -> Result<(), Raise> {
        let container = self.t.stack.pop().expect("the compiler balances the stack");
        let item = self.t.stack.pop().expect("the compiler balances the stack");
        if let Some(method) = self.cx.heap.own_method(container, Sym::CONTAINS) {
            return self.call(method, &[container, item], After::Truth(wanted));
        }
        match self.cx.contains(container, item) {
            Ok(found) => {
                self.t.stack.push(Value::Bool(found == wanted));
                Ok(())
            }
            Err(Raise::Slow | Raise::Need { .. }) => {
                let slow = self.prelude_named("_contains");
                self.call(slow, &[container, item], After::Truth(wanted))
            }
            Err(raise) => Err(raise),
        }
    }

    pub(super) fn subscript(&mut self) -> Result<(), Raise> {
        let key = self.t.stack.pop().expect("the compiler balances the stack");
        let of = self.t.stack.pop().expect("the compiler balances the stack");
        if let Some(method) = self.cx.heap.own_method(of, Sym::GETITEM) {
            return self.call(method, &[of, key], After::Push);
        }
        match self.cx.subscript(of, key) {
            Ok(Some(value)) => {
                self.t.stack.push(value);
                Ok(())
            }
            Ok(None) => match self.cx.heap.own_method(of, Sym::MISSING) {
                Some(method) => self.call(method, &[of, key], After::Push),
                None => Err(self.cx.key_error(key)),
            },
            Err(Raise::Slow | Raise::Need { .. }) => {
                let slow = self.prelude_named("_subscript");
                self.call(slow, &[of, key], After::Push)
            }
            Err(raise) => Err(raise),
        }
    }

    pub(super) fn store_subscript(&mut self) -> Result<(), Raise> {
        let key = self.t.stack.pop().expect("the compiler balances the stack");
        let of = self.t.stack.pop().expect("the compiler balances the stack");
        let value = self.t.stack.pop().expect("the compiler balances the stack");
        if let Some(method) = self.cx.heap.own_method(of, Sym::SETITEM) {
            return self.call(method, &[of, key, value], After::Drop);
        }
        match self.cx.store_subscript(of, key, value) {
            Ok(()) => {
                if !self.cx.heap.finalizable.is_empty() {
                    self.cx.heap.suspect = true;
                }
                Ok(())
            }
            Err(Raise::Slow | Raise::Need { .. }) => {
                let slow = self.prelude_named("_store_subscript");
                self.call(slow, &[of, key, value], After::Drop)
            }
            Err(raise) => Err(raise),
        }
    }

    pub(super) fn delete_subscript(&mut self) -> Result<(), Raise> {
        let key = self.t.stack.pop().expect("the compiler balances the stack");
        let of = self.t.stack.pop().expect("the compiler balances the stack");
        if let Some(method) = self.cx.heap.own_method(of, Sym::DELITEM) {
            return self.call(method, &[of, key], After::Drop);
        }
        match self.cx.delete_subscript(of, key) {
            Ok(()) => {
                if !self.cx.heap.finalizable.is_empty() {
                    self.cx.heap.suspect = true;
                }
                Ok(())
            }
            Err(Raise::Slow | Raise::Need { .. }) => {
                let slow = self.prelude_named("_delete_subscript");
                self.call(slow, &[of, key], After::Drop)
            }
            Err(raise) => Err(raise),
        }
    }
}

impl Compare {
    fn method_name(self) -> &'static str {
        ["_eq", "_ne", "_lt", "_le", "_gt", "_ge"][self as usize]
    }
}

impl Binary {
    fn method_name(self) -> &'static str {
        [
            "_add",
            "_sub",
            "_mul",
            "_matmul",
            "_truediv",
            "_mod",
            "_pow",
            "_lshift",
            "_rshift",
            "_or",
            "_xor",
            "_and",
            "_floordiv",
        ][self as usize]
    }
}
