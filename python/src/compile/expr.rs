//! Expressions.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::Num;
use ruff_python_ast as ast;
use ruff_python_ast::{CmpOp, Expr, Operator, UnaryOp};
use ruff_text_size::Ranged;

use super::{Compiler, Done};
use crate::code::{Binary, Compare, Constant, Op, Unary};
use crate::source::Mistake;

impl Compiler<'_> {
    /// Pushes the value of an expression.
    pub(super) fn expr(&mut self, expr: &Expr) -> Done {
        let old = self.at(expr);
        self.expr_itself(expr)?;
        self.here().span = old;
        Ok(())
    }

    fn expr_itself(&mut self, expr: &Expr) -> Done {
        match expr {
            Expr::BoolOp(e) => self.bool_op(e)?,
            Expr::Named(e) => {
                self.expr(&e.value)?;
                self.emit(Op::Dup);
                self.target(&e.target)?;
            }
            Expr::BinOp(e) => {
                self.expr(&e.left)?;
                self.expr(&e.right)?;
                self.emit(Op::Binary(binary(e.op)));
            }
            Expr::UnaryOp(e) => self.unary(e)?,
            Expr::Lambda(e) => self.lambda(e)?,
            Expr::If(e) => self.if_expression(e)?,
            Expr::Dict(e) => self.dict(e)?,
            Expr::Set(e) => self.collection(&e.elts, Op::Set, Op::SetAdd(1), Op::SetExtend)?,
            Expr::List(e) => self.collection(&e.elts, Op::List, Op::ListAppend(1), Op::ListExtend)?,
            Expr::Tuple(e) => self.tuple(&e.elts)?,
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.comprehension(expr)?;
            }
            Expr::Await(_) => return self.unsupported(expr, "`await`"),
            Expr::Yield(e) => self.yield_expression(e)?,
            Expr::YieldFrom(e) => self.yield_from(e)?,
            Expr::Compare(e) => self.compare(e)?,
            Expr::Call(e) => self.call(e)?,
            Expr::FString(e) => self.f_string(e)?,
            Expr::TString(_) => return self.unsupported(expr, "a template string (`t'…'`)"),
            Expr::StringLiteral(e) => self.string(e.value.to_str()),
            Expr::BytesLiteral(e) => {
                let bytes: Vec<u8> = e.value.bytes().collect();
                let place = self.constant(Constant::Bytes(bytes.into()));
                self.emit(Op::Const(place));
            }
            Expr::NumberLiteral(e) => self.number(e, false)?,
            Expr::BooleanLiteral(e) => {
                self.emit(if e.value { Op::True } else { Op::False });
            }
            Expr::NoneLiteral(_) => {
                self.emit(Op::None);
            }
            Expr::EllipsisLiteral(_) => {
                self.emit(Op::Ellipsis);
            }
            Expr::Attribute(e) => {
                self.expr(&e.value)?;
                let sym = self.attribute(&e.attr);
                self.emit(Op::Attr(sym));
            }
            Expr::Subscript(e) => {
                self.expr(&e.value)?;
                self.expr(&e.slice)?;
                self.emit(Op::Subscript);
            }
            Expr::Starred(_) => return self.syntax(expr, "can't use starred expression here"),
            Expr::Name(e) => self.load(&e.id),
            Expr::Slice(e) => self.slice(e)?,
            Expr::IpyEscapeCommand(_) => return self.syntax(expr, "invalid syntax"),
        }
        Ok(())
    }

    fn bool_op(&mut self, e: &ast::ExprBoolOp) -> Done {
        let mut ends = Vec::new();
        for (place, value) in e.values.iter().enumerate() {
            self.expr(value)?;
            if place + 1 < e.values.len() {
                let op = if e.op == ast::BoolOp::And { Op::JumpIfFalseOrPop(0) } else { Op::JumpIfTrueOrPop(0) };
                ends.push(self.emit(op));
            }
        }
        self.patch_all(ends);
        Ok(())
    }

    /// Jumps when the truth of an expression is `when`; the jumps, to be patched.
    pub(super) fn condition(&mut self, test: &Expr, when: bool) -> Result<Vec<usize>, Mistake> {
        match test {
            Expr::UnaryOp(e) if e.op == UnaryOp::Not => self.condition(&e.operand, !when),
            Expr::BoolOp(e) => {
                // `a and b` is false as soon as one is: all jump. It is true when the last is: the others skip.
                let all_jump = (e.op == ast::BoolOp::And) != when;
                let (last, first) = e.values.split_last().expect("and, or have operands");
                let mut jumps = Vec::new();
                let mut skips = Vec::new();
                for value in first {
                    if all_jump {
                        jumps.extend(self.condition(value, when)?);
                    } else {
                        skips.extend(self.condition(value, !when)?);
                    }
                }
                jumps.extend(self.condition(last, when)?);
                self.patch_all(skips);
                Ok(jumps)
            }
            _ => {
                self.expr(test)?;
                let old = self.at(test);
                let jump = self.emit(if when { Op::JumpIfTrue(0) } else { Op::JumpIfFalse(0) });
                self.here().span = old;
                Ok(vec![jump])
            }
        }
    }

    fn unary(&mut self, e: &ast::ExprUnaryOp) -> Done {
        if let (UnaryOp::USub, Expr::NumberLiteral(number)) = (e.op, &*e.operand) {
            return self.number(number, true);
        }
        self.expr(&e.operand)?;
        self.emit(match e.op {
            UnaryOp::Invert => Op::Unary(Unary::Invert),
            UnaryOp::Not => Op::Not,
            UnaryOp::UAdd => Op::Unary(Unary::Plus),
            UnaryOp::USub => Op::Unary(Unary::Minus),
        });
        Ok(())
    }

    fn if_expression(&mut self, e: &ast::ExprIf) -> Done {
        let otherwise = self.condition(&e.test, false)?;
        self.expr(&e.body)?;
        let end = self.emit(Op::Jump(0));
        self.patch_all(otherwise);
        self.expr(&e.orelse)?;
        self.patch(end);
        Ok(())
    }

    fn number(&mut self, e: &ast::ExprNumberLiteral, negative: bool) -> Done {
        let constant = match &e.value {
            ast::Number::Int(int) => {
                let n = match int.as_u64() {
                    Some(n) => BigInt::from(n),
                    None => big(&int.to_string()).expect("the parser has read it"),
                };
                let n = if negative { -n } else { n };
                match i64::try_from(&n) {
                    Ok(n) => match i32::try_from(n) {
                        Ok(n) => {
                            self.emit(Op::Int(n));
                            return Ok(());
                        }
                        Err(_) => Constant::Int(n),
                    },
                    Err(_) => Constant::Big(Arc::new(n)),
                }
            }
            ast::Number::Float(x) => Constant::Float(if negative { -x } else { *x }),
            ast::Number::Complex { .. } => return self.unsupported(e, "a complex number"),
        };
        let place = self.constant(constant);
        self.emit(Op::Const(place));
        Ok(())
    }

    fn dict(&mut self, e: &ast::ExprDict) -> Done {
        let plain = e.items.iter().take_while(|item| item.key.is_some()).count();
        // Long displays are made in pieces, so that the stack stays low.
        let first = plain.min(1000);
        for item in &e.items[..first] {
            self.expr(item.key.as_ref().expect("these have keys"))?;
            self.expr(&item.value)?;
        }
        self.emit(Op::Dict(super::count(first)));
        for item in &e.items[first..] {
            match &item.key {
                Some(key) => {
                    self.expr(key)?;
                    self.expr(&item.value)?;
                    self.emit(Op::DictAdd(1));
                }
                None => {
                    self.expr(&item.value)?;
                    self.emit(Op::DictExtend);
                }
            }
        }
        Ok(())
    }

    /// A display that may have stars.
    fn collection(&mut self, elts: &[Expr], make: fn(u32) -> Op, add: Op, extend: Op) -> Done {
        let plain = elts.iter().take_while(|elt| !elt.is_starred_expr()).count();
        let first = plain.min(1000);
        elts[..first].iter().try_for_each(|elt| self.expr(elt))?;
        self.emit(make(super::count(first)));
        for elt in &elts[first..] {
            match elt {
                Expr::Starred(starred) => {
                    self.expr(&starred.value)?;
                    self.emit(extend);
                }
                _ => {
                    self.expr(elt)?;
                    self.emit(add);
                }
            }
        }
        Ok(())
    }

    fn tuple(&mut self, elts: &[Expr]) -> Done {
        if let Some(place) = self.constant_tuple(elts) {
            self.emit(Op::Const(place));
            return Ok(());
        }
        if elts.len() < 1000 && !elts.iter().any(Expr::is_starred_expr) {
            elts.iter().try_for_each(|elt| self.expr(elt))?;
            self.emit(Op::Tuple(super::count(elts.len())));
            return Ok(());
        }
        self.collection(elts, Op::List, Op::ListAppend(1), Op::ListExtend)?;
        self.emit(Op::ListToTuple);
        Ok(())
    }

    /// A tuple of literals is made once.
    fn constant_tuple(&mut self, elts: &[Expr]) -> Option<u32> {
        let items = elts
            .iter()
            .map(|elt| match elt {
                Expr::StringLiteral(e) => Some(Constant::Str(e.value.to_str().into())),
                Expr::BooleanLiteral(e) => Some(Constant::Bool(e.value)),
                Expr::NoneLiteral(_) => Some(Constant::None),
                Expr::NumberLiteral(e) => match &e.value {
                    ast::Number::Int(int) => int.as_i64().map(Constant::Int),
                    ast::Number::Float(x) => Some(Constant::Float(*x)),
                    ast::Number::Complex { .. } => None,
                },
                _ => None,
            })
            .collect::<Option<Vec<_>>>()?;
        Some(self.constant(Constant::Tuple(items)))
    }

    fn slice(&mut self, e: &ast::ExprSlice) -> Done {
        for bound in [&e.lower, &e.upper] {
            match bound {
                Some(bound) => self.expr(bound)?,
                None => {
                    self.emit(Op::None);
                }
            }
        }
        if let Some(step) = &e.step {
            self.expr(step)?;
        }
        self.emit(Op::Slice(e.step.is_some()));
        Ok(())
    }

    fn compare(&mut self, e: &ast::ExprCompare) -> Done {
        self.expr(&e.left)?;
        let mut ends = Vec::new();
        for (place, (op, right)) in e.ops.iter().zip(&e.comparators).enumerate() {
            self.expr(right)?;
            let last = place + 1 == e.ops.len();
            if !last {
                self.emit(Op::Dup);
                self.emit(Op::Rot3);
            }
            self.emit(comparison(*op));
            if !last {
                ends.push(self.emit(Op::JumpIfFalseOrPop(0)));
            }
        }
        if !ends.is_empty() {
            let end = self.emit(Op::Jump(0));
            self.patch_all(ends);
            self.emit(Op::Swap);
            self.emit(Op::Pop);
            self.patch(end);
        }
        Ok(())
    }

    fn yield_expression(&mut self, e: &ast::ExprYield) -> Done {
        self.in_function(e, "'yield' outside function")?;
        match &e.value {
            Some(value) => self.expr(value)?,
            None => {
                self.emit(Op::None);
            }
        }
        self.emit(Op::Yield);
        Ok(())
    }

    fn yield_from(&mut self, e: &ast::ExprYieldFrom) -> Done {
        self.in_function(e, "'yield' outside function")?;
        self.expr(&e.value)?;
        self.emit(Op::Iter);
        self.emit(Op::None);
        let start = self.next();
        let end = self.emit(Op::Delegate(0));
        self.emit(Op::Yield);
        self.emit(Op::Loop(start));
        self.patch(end);
        Ok(())
    }

    fn in_function(&self, node: &impl Ranged, text: &str) -> Done {
        if self.kind() == super::scope::ScopeKind::Function { Ok(()) } else { self.syntax(node, text) }
    }

    fn f_string(&mut self, e: &ast::ExprFString) -> Done {
        let mut parts = 0;
        for part in &e.value {
            match part {
                ast::FStringPart::Literal(text) => {
                    self.string(&text.value);
                    parts += 1;
                }
                ast::FStringPart::FString(f) => parts += self.f_elements(&f.elements)?,
            }
        }
        self.emit(Op::Join(parts));
        Ok(())
    }

    fn f_elements(&mut self, elements: &ast::InterpolatedStringElements) -> Result<u32, Mistake> {
        let mut parts = 0;
        for element in elements {
            match element {
                ast::InterpolatedStringElement::Literal(text) => self.string(&text.value),
                ast::InterpolatedStringElement::Interpolation(e) => {
                    if let Some(debug) = &e.debug_text {
                        self.string(debug.as_str());
                        parts += 1;
                    }
                    self.interpolation(e)?;
                }
            }
            parts += 1;
        }
        Ok(parts)
    }

    fn interpolation(&mut self, e: &ast::InterpolatedElement) -> Done {
        self.expr(&e.expression)?;
        let conversion = match e.conversion {
            ast::ConversionFlag::None if e.debug_text.is_some() && e.format_spec.is_none() => 2,
            ast::ConversionFlag::None => 0,
            ast::ConversionFlag::Str => 1,
            ast::ConversionFlag::Repr => 2,
            ast::ConversionFlag::Ascii => 3,
        };
        if let Some(spec) = &e.format_spec {
            let parts = self.f_elements(&spec.elements)?;
            self.emit(Op::Join(parts));
        }
        let old = self.at(&*e.expression);
        self.emit(Op::Format(conversion, e.format_spec.is_some()));
        self.here().span = old;
        Ok(())
    }
}

/// A number as it is written in the source.
fn big(text: &str) -> Option<BigInt> {
    let text = text.replace('_', "");
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = match lower.get(..2) {
        Some("0x") => (&text[2..], 16),
        Some("0o") => (&text[2..], 8),
        Some("0b") => (&text[2..], 2),
        _ => (&text[..], 10),
    };
    BigInt::from_str_radix(digits, radix).ok()
}

fn comparison(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Compare(Compare::Eq),
        CmpOp::NotEq => Op::Compare(Compare::Ne),
        CmpOp::Lt => Op::Compare(Compare::Lt),
        CmpOp::LtE => Op::Compare(Compare::Le),
        CmpOp::Gt => Op::Compare(Compare::Gt),
        CmpOp::GtE => Op::Compare(Compare::Ge),
        CmpOp::Is => Op::Is(true),
        CmpOp::IsNot => Op::Is(false),
        CmpOp::In => Op::Contains(true),
        CmpOp::NotIn => Op::Contains(false),
    }
}

pub(super) fn binary(op: Operator) -> Binary {
    match op {
        Operator::Add => Binary::Add,
        Operator::Sub => Binary::Sub,
        Operator::Mult => Binary::Mul,
        Operator::MatMult => Binary::MatMul,
        Operator::Div => Binary::Div,
        Operator::Mod => Binary::Mod,
        Operator::Pow => Binary::Pow,
        Operator::LShift => Binary::LShift,
        Operator::RShift => Binary::RShift,
        Operator::BitOr => Binary::Or,
        Operator::BitXor => Binary::Xor,
        Operator::BitAnd => Binary::And,
        Operator::FloorDiv => Binary::FloorDiv,
    }
}
