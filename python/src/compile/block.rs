//! Loops, `try`, `with`: what has to be undone when control leaves them.
//!
//! The body of a `finally` is compiled once for each way out, as CPython does.

use ruff_python_ast as ast;
use ruff_python_ast::Stmt;

use super::{Compiler, Done};
use crate::code::{Handler, Op};

/// Something that a `return`, `break` or `continue` leaves.
pub(super) enum Block {
    Loop {
        start: u32,
        breaks: Vec<usize>,
        has_iterator: bool,
    },
    /// `exit` lies on the stack.
    With(Guard),
    /// The body is compiled when the block is left. The tree outlives the compilation of the block.
    Finally(Guard, Vec<Stmt>),
    Try(Guard),
    /// In an `except`: the old exception lies on the stack; this name is deleted at the end.
    Handler(Guard, Option<String>),
    /// In a `finally` that an exception led to: the old and the new one lie on the stack.
    FinallyHandler(Guard),
}

/// The steps that a handler covers.
#[derive(Default)]
pub(super) struct Guard {
    from: u32,
    parts: Vec<(u32, u32)>,
    depth: u32,
    level: u32,
}

impl Block {
    fn guard(&mut self) -> Option<&mut Guard> {
        match self {
            Block::Loop { .. } => None,
            Block::With(guard)
            | Block::Finally(guard, _)
            | Block::Try(guard)
            | Block::Handler(guard, _)
            | Block::FinallyHandler(guard) => Some(guard),
        }
    }

    /// So many values lie on the stack for it.
    fn size(&self) -> u32 {
        match self {
            Block::Loop { has_iterator, .. } => u32::from(*has_iterator),
            Block::With(_) | Block::Handler(..) => 1,
            Block::Finally(..) | Block::Try(_) => 0,
            Block::FinallyHandler(_) => 2,
        }
    }

    fn has_code(&self) -> bool {
        matches!(self, Block::With(_) | Block::Finally(..))
    }
}

impl Compiler<'_> {
    pub(super) fn push_block(&mut self, mut block: Block) {
        let from = self.next();
        let making = self.here();
        making.depth += block.size();
        let (depth, level) = (making.depth, super::count(making.blocks.len()));
        if let Some(guard) = block.guard() {
            *guard = Guard { from, parts: Vec::new(), depth, level };
        }
        making.blocks.push(block);
    }

    /// Ends a block; its guard, to be given a target.
    pub(super) fn pop_block(&mut self) -> (Block, Guard) {
        let to = self.next();
        let making = self.here();
        let mut block = making.blocks.pop().expect("what ends has begun");
        making.depth -= block.size();
        let mut guard = block.guard().map(core::mem::take).unwrap_or_default();
        guard.parts.push((guard.from, to));
        (block, guard)
    }

    /// Exceptions out of what a guard covers lead here.
    pub(super) fn handle(&mut self, guard: Guard) {
        let target = self.next();
        for (from, to) in guard.parts.into_iter().filter(|(from, to)| from < to) {
            let handler = Handler { from, to, target, depth: guard.depth, level: guard.level };
            self.here().code.handlers.push(handler);
        }
    }

    /// Compiles what leaving the blocks above a place takes, then `last`; the blocks stay as they are for what follows.
    fn leave(&mut self, keep: usize, last: impl FnOnce(&mut Self)) -> Done {
        let depth = self.here().depth;
        let mut left = Vec::new();
        while self.here().blocks.len() > keep {
            let to = self.next();
            let making = self.here();
            let mut block = making.blocks.pop().expect("there are more than are kept");
            making.depth -= block.size();
            if let Some(guard) = block.guard() {
                guard.parts.push((guard.from, to));
            }
            self.leave_block(&block)?;
            left.push(block);
        }
        last(self);
        let from = self.next();
        for mut block in left.into_iter().rev() {
            if let Some(guard) = block.guard() {
                guard.from = from;
            }
            self.here().blocks.push(block);
        }
        self.here().depth = depth;
        Ok(())
    }

    fn leave_block(&mut self, block: &Block) -> Done {
        match block {
            Block::Loop { has_iterator: true, .. } => {
                self.emit(Op::Pop);
            }
            Block::Loop { .. } | Block::Try(_) => {}
            Block::With(_) => {
                self.emit(Op::WithEnd);
                self.emit(Op::Pop);
            }
            Block::Finally(_, body) => self.body(body)?,
            Block::Handler(_, name) => {
                if let Some(name) = name {
                    self.forget(name);
                }
                self.emit(Op::PopHandled);
            }
            Block::FinallyHandler(_) => {
                self.emit(Op::Pop);
                self.emit(Op::PopHandled);
            }
        }
        Ok(())
    }

    /// `del name`, also when it has no value any more.
    fn forget(&mut self, name: &str) {
        self.emit(Op::None);
        self.store(name);
        self.delete(name);
    }

    /// Returns the value on top.
    pub(super) fn leave_function(&mut self) -> Done {
        if !self.here().blocks.iter().any(Block::has_code) {
            self.emit(Op::Return);
            return Ok(());
        }
        let slot = self.hidden_slot();
        self.emit(Op::StoreLocal(slot));
        self.leave(0, |this| {
            this.emit(Op::Local(slot));
            this.emit(Op::Return);
        })
    }

    pub(super) fn leave_loop(&mut self, stmt: &Stmt, again: bool) -> Done {
        let place = self.here().blocks.iter().rposition(|block| matches!(block, Block::Loop { .. }));
        let Some(place) = place else {
            return self.syntax(stmt, if again { "'continue' not properly in loop" } else { "'break' outside loop" });
        };
        let Block::Loop { start, has_iterator, .. } = self.here().blocks[place] else {
            unreachable!("it was searched")
        };
        let mut jump = None;
        self.leave(place + 1, |this| {
            if again {
                this.emit(Op::Loop(start));
            } else {
                if has_iterator {
                    this.emit(Op::Pop);
                }
                jump = Some(this.emit(Op::Jump(0)));
            }
        })?;
        if let (Some(jump), Block::Loop { breaks, .. }) = (jump, &mut self.here().blocks[place]) {
            breaks.push(jump);
        }
        Ok(())
    }

    pub(super) fn while_loop(&mut self, stmt: &ast::StmtWhile) -> Done {
        let start = self.next();
        self.push_block(Block::Loop { start, breaks: Vec::new(), has_iterator: false });
        let endless = matches!(&*stmt.test, ast::Expr::BooleanLiteral(b) if b.value);
        let exit = if endless { Vec::new() } else { self.condition(&stmt.test, false)? };
        self.body(&stmt.body)?;
        if !endless {
            self.emit(Op::Line(self.lines.span(stmt.range).line));
        }
        self.emit(Op::Loop(start));
        self.end_loop(exit, &stmt.orelse)
    }

    pub(super) fn for_loop(&mut self, stmt: &ast::StmtFor) -> Done {
        if stmt.is_async {
            return self.unsupported(stmt, "`async for`");
        }
        self.expr(&stmt.iter)?;
        self.emit(Op::Iter);
        let start = self.next();
        self.push_block(Block::Loop { start, breaks: Vec::new(), has_iterator: true });
        let old = self.at(&*stmt.iter);
        let exit = self.emit(Op::ForIter(0));
        self.here().span = old;
        self.target(&stmt.target)?;
        self.body(&stmt.body)?;
        // The head runs at each turn.
        self.emit(Op::Line(self.lines.span(stmt.range).line));
        self.emit(Op::Loop(start));
        self.end_loop(vec![exit], &stmt.orelse)
    }

    fn end_loop(&mut self, exit: Vec<usize>, orelse: &[Stmt]) -> Done {
        let (block, _) = self.pop_block();
        self.patch_all(exit);
        self.body(orelse)?;
        if let Block::Loop { breaks, .. } = block {
            self.patch_all(breaks);
        }
        Ok(())
    }

    pub(super) fn with(&mut self, stmt: &ast::StmtWith, item: usize) -> Done {
        if stmt.is_async {
            return self.unsupported(stmt, "`async with`");
        }
        let Some(with) = stmt.items.get(item) else { return self.body(&stmt.body) };
        let old = self.at(&with.context_expr);
        self.expr(&with.context_expr)?;
        self.emit(Op::With);
        // The target is assigned inside of the block: when that fails, the manager exits.
        self.push_block(Block::With(Guard::default()));
        match &with.optional_vars {
            Some(target) => self.target(target)?,
            None => {
                self.emit(Op::Pop);
            }
        }
        self.with(stmt, item + 1)?;
        let (_, guard) = self.pop_block();
        self.here().span = old;
        let old = self.at(&with.context_expr);
        self.emit(Op::WithEnd);
        self.emit(Op::Pop);
        let end = self.emit(Op::Jump(0));
        self.handle(guard);
        self.with_except();
        self.here().span = old;
        self.patch(end);
        Ok(())
    }

    /// `exit exception`: asks `exit`; goes on behind, or raises again.
    fn with_except(&mut self) {
        self.emit(Op::PushHandled);
        self.here().depth += 1;
        self.push_block(Block::FinallyHandler(Guard::default()));
        self.emit(Op::WithExcept);
        let suppressed = self.emit(Op::JumpIfTrue(0));
        let (_, guard) = self.pop_block();
        self.emit(Op::Reraise);
        self.handle(guard);
        self.emit(Op::Swap);
        self.emit(Op::Pop);
        self.emit(Op::Reraise);
        self.here().depth -= 1;
        self.patch(suppressed);
        self.emit(Op::Pop);
        self.emit(Op::PopHandled);
        self.emit(Op::Pop);
    }

    pub(super) fn try_statement(&mut self, stmt: &ast::StmtTry) -> Done {
        if stmt.is_star {
            return self.unsupported(stmt, "`except*`");
        }
        if stmt.finalbody.is_empty() {
            return self.try_except(stmt);
        }
        self.push_block(Block::Finally(Guard::default(), stmt.finalbody.to_vec()));
        if stmt.handlers.is_empty() {
            self.body(&stmt.body)?;
        } else {
            self.try_except(stmt)?;
        }
        let (_, guard) = self.pop_block();
        self.body(&stmt.finalbody)?;
        let end = self.emit(Op::Jump(0));
        self.handle(guard);
        self.emit(Op::PushHandled);
        self.push_block(Block::FinallyHandler(Guard::default()));
        self.body(&stmt.finalbody)?;
        let (_, guard) = self.pop_block();
        self.emit(Op::Reraise);
        self.handle(guard);
        self.emit(Op::Swap);
        self.emit(Op::Pop);
        self.emit(Op::Reraise);
        self.patch(end);
        Ok(())
    }

    fn try_except(&mut self, stmt: &ast::StmtTry) -> Done {
        self.push_block(Block::Try(Guard::default()));
        self.body(&stmt.body)?;
        let (_, guard) = self.pop_block();
        self.body(&stmt.orelse)?;
        let mut ends = vec![self.emit(Op::Jump(0))];
        self.handle(guard);
        self.emit(Op::PushHandled);
        self.push_block(Block::FinallyHandler(Guard::default()));
        let mut next = None;
        let mut guards = Vec::new();
        for ast::ExceptHandler::ExceptHandler(handler) in &stmt.handlers {
            if let Some(next) = next.take() {
                self.patch(next);
            }
            if let Some(class) = &handler.type_ {
                let old = self.at(&**class);
                self.expr(class)?;
                self.emit(Op::Matches);
                next = Some(self.emit(Op::JumpIfFalse(0)));
                self.here().span = old;
            }
            // The test of the classes is guarded apart from the bodies, which have one value less on the stack.
            let (_, guard) = self.pop_block();
            guards.push(guard);
            ends.push(self.handler(handler)?);
            self.push_block(Block::FinallyHandler(Guard::default()));
        }
        if let Some(next) = next {
            self.patch(next);
        }
        let (_, guard) = self.pop_block();
        guards.push(guard);
        self.emit(Op::Reraise);
        for guard in guards {
            self.handle(guard);
        }
        self.emit(Op::Swap);
        self.emit(Op::Pop);
        self.emit(Op::Reraise);
        self.patch_all(ends);
        Ok(())
    }

    /// `old exception`: the body of an `except`. The jump that ends it.
    fn handler(&mut self, handler: &ast::ExceptHandlerExceptHandler) -> Result<usize, crate::source::Mistake> {
        let name = handler.name.as_ref().map(ToString::to_string);
        match &name {
            Some(name) => self.store(name),
            None => {
                self.emit(Op::Pop);
            }
        }
        self.push_block(Block::Handler(Guard::default(), name.clone()));
        self.body(&handler.body)?;
        let (_, guard) = self.pop_block();
        if let Some(name) = &name {
            self.forget(name);
        }
        self.emit(Op::PopHandled);
        let end = self.emit(Op::Jump(0));
        self.handle(guard);
        if let Some(name) = &name {
            self.forget(name);
        }
        self.emit(Op::Reraise);
        Ok(end)
    }
}
