//! `match`: patterns as tests. What they look at lies in slots that no name leads to.

use ruff_python_ast as ast;
use ruff_python_ast::Pattern;

use super::{Compiler, Done};
use crate::code::{Compare, Constant, Op};

impl Compiler<'_> {
    pub(super) fn match_statement(&mut self, stmt: &ast::StmtMatch) -> Done {
        self.expr(&stmt.subject)?;
        let subject = self.hidden_slot();
        self.emit(Op::StoreLocal(subject));
        let mut ends = Vec::new();
        for case in &stmt.cases {
            let mut fails = Vec::new();
            self.pattern(&case.pattern, subject, &mut fails)?;
            if let Some(guard) = &case.guard {
                fails.extend(self.condition(guard, false)?);
            }
            self.body(&case.body)?;
            ends.push(self.emit(Op::Jump(0)));
            self.patch_all(fails);
        }
        self.patch_all(ends);
        Ok(())
    }

    /// Tests what lies in a slot; jumps that are taken when it does not match are added to `fails`.
    fn pattern(&mut self, pattern: &Pattern, slot: u32, fails: &mut Vec<usize>) -> Done {
        let old = self.at(pattern);
        match pattern {
            Pattern::MatchValue(p) => {
                self.emit(Op::Local(slot));
                self.expr(&p.value)?;
                self.emit(Op::Compare(Compare::Eq));
                fails.push(self.emit(Op::JumpIfFalse(0)));
            }
            Pattern::MatchSingleton(p) => {
                self.emit(Op::Local(slot));
                self.emit(match p.value {
                    ast::Singleton::None => Op::None,
                    ast::Singleton::True => Op::True,
                    ast::Singleton::False => Op::False,
                });
                self.emit(Op::Is(true));
                fails.push(self.emit(Op::JumpIfFalse(0)));
            }
            Pattern::MatchSequence(p) => self.sequence_pattern(&p.patterns, slot, fails)?,
            Pattern::MatchMapping(p) => self.mapping_pattern(p, slot, fails)?,
            Pattern::MatchClass(p) => self.class_pattern(p, slot, fails)?,
            Pattern::MatchStar(p) => self.capture(p.name.as_ref(), slot),
            Pattern::MatchAs(p) => {
                if let Some(inner) = &p.pattern {
                    self.pattern(inner, slot, fails)?;
                }
                self.capture(p.name.as_ref(), slot);
            }
            Pattern::MatchOr(p) => self.or_pattern(&p.patterns, slot, fails)?,
        }
        self.here().span = old;
        Ok(())
    }

    fn capture(&mut self, name: Option<&ast::Identifier>, slot: u32) {
        if let Some(name) = name {
            self.emit(Op::Local(slot));
            self.store(name);
        }
    }

    fn or_pattern(&mut self, patterns: &[Pattern], slot: u32, fails: &mut Vec<usize>) -> Done {
        let mut matched = Vec::new();
        for (place, pattern) in patterns.iter().enumerate() {
            if place + 1 == patterns.len() {
                self.pattern(pattern, slot, fails)?;
            } else {
                let mut next = Vec::new();
                self.pattern(pattern, slot, &mut next)?;
                matched.push(self.emit(Op::Jump(0)));
                self.patch_all(next);
            }
        }
        self.patch_all(matched);
        Ok(())
    }

    fn sequence_pattern(&mut self, patterns: &[Pattern], slot: u32, fails: &mut Vec<usize>) -> Done {
        let star = patterns.iter().position(Pattern::is_match_star);
        let least = patterns.len() - usize::from(star.is_some());
        self.emit(Op::Local(slot));
        self.emit(Op::MatchSequence(super::count(least), star.is_some()));
        fails.push(self.emit(Op::JumpIfFalse(0)));
        self.emit(Op::Local(slot));
        self.emit(match star {
            Some(place) => Op::UnpackStar(
                super::short(super::count(place)),
                super::short(super::count(patterns.len() - place - 1)),
            ),
            None => Op::Unpack(super::count(patterns.len())),
        });
        self.parts(patterns.iter(), fails)
    }

    /// As many values as there are patterns lie on the stack, the first on top.
    fn parts<'p>(&mut self, patterns: impl Iterator<Item = &'p Pattern> + Clone, fails: &mut Vec<usize>) -> Done {
        let slots: Vec<u32> = patterns.clone().map(|_| self.hidden_slot()).collect();
        for slot in &slots {
            self.emit(Op::StoreLocal(*slot));
        }
        patterns.zip(slots).try_for_each(|(pattern, slot)| self.pattern(pattern, slot, fails))
    }

    fn mapping_pattern(&mut self, p: &ast::PatternMatchMapping, slot: u32, fails: &mut Vec<usize>) -> Done {
        self.emit(Op::Local(slot));
        self.emit(Op::MatchMapping(super::count(p.keys.len())));
        fails.push(self.emit(Op::JumpIfFalse(0)));
        self.mapping_keys(p, slot)?;
        self.emit(Op::MatchKeys);
        self.values_or_fail(p.patterns.iter(), fails)?;
        if let Some(rest) = &p.rest {
            self.mapping_keys(p, slot)?;
            self.emit(Op::MatchRest);
            self.store(rest);
        }
        Ok(())
    }

    fn mapping_keys(&mut self, p: &ast::PatternMatchMapping, slot: u32) -> Done {
        self.emit(Op::Local(slot));
        p.keys.iter().try_for_each(|key| self.expr(key))?;
        self.emit(Op::Tuple(super::count(p.keys.len())));
        Ok(())
    }

    fn class_pattern(&mut self, p: &ast::PatternMatchClass, slot: u32, fails: &mut Vec<usize>) -> Done {
        self.emit(Op::Local(slot));
        self.expr(&p.cls)?;
        let names = p.arguments.keywords.iter().map(|keyword| Constant::Str(keyword.attr.as_str().into())).collect();
        let names = self.constant(Constant::Tuple(names));
        self.emit(Op::Const(names));
        self.emit(Op::MatchClass(super::count(p.arguments.patterns.len())));
        let patterns = p.arguments.patterns.iter().chain(p.arguments.keywords.iter().map(|keyword| &keyword.pattern));
        self.values_or_fail(patterns, fails)
    }

    /// A tuple of values lies on the stack, or None.
    fn values_or_fail<'p>(
        &mut self,
        patterns: impl Iterator<Item = &'p Pattern> + Clone,
        fails: &mut Vec<usize>,
    ) -> Done {
        let values = self.hidden_slot();
        self.emit(Op::Dup);
        self.emit(Op::StoreLocal(values));
        self.emit(Op::None);
        self.emit(Op::Is(true));
        fails.push(self.emit(Op::JumpIfTrue(0)));
        self.emit(Op::Local(values));
        self.emit(Op::Unpack(super::count(patterns.clone().count())));
        self.parts(patterns, fails)
    }
}
