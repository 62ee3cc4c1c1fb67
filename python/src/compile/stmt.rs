//! Statements.

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::scope::ScopeKind;
use super::{Compiler, Done};
use crate::code::{Constant, Op};

impl Compiler<'_> {
    pub(super) fn body(&mut self, body: &[Stmt]) -> Done {
        body.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    /// Keeps the string that a body begins with as `__doc__`.
    pub(super) fn docstring(&mut self, body: &[Stmt]) {
        if let Some(Stmt::Expr(stmt)) = body.first()
            && let Expr::StringLiteral(text) = &*stmt.value
        {
            let place = self.constant(Constant::Str(text.value.to_str().into()));
            self.here().code.doc = Some(place);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) -> Done {
        let line = match stmt {
            // A decorated definition begins at its first decorator; its line is that of `def`.
            Stmt::FunctionDef(def) => self.lines.span(def.name.range()).line,
            Stmt::ClassDef(def) => self.lines.span(def.name.range()).line,
            _ => self.lines.span(stmt.range()).line,
        };
        let old = self.at(stmt);
        if !matches!(stmt, Stmt::Global(_) | Stmt::Nonlocal(_)) {
            self.emit(Op::Line(line));
        }
        self.stmt_itself(stmt)?;
        self.here().span = old;
        Ok(())
    }

    fn stmt_itself(&mut self, stmt: &Stmt) -> Done {
        match stmt {
            Stmt::FunctionDef(def) => self.function_def(def),
            Stmt::ClassDef(def) => self.class_def(def),
            Stmt::Return(stmt) => self.return_statement(stmt),
            Stmt::Delete(stmt) => stmt.targets.iter().try_for_each(|target| self.delete_target(target)),
            Stmt::Assign(stmt) => self.assign(stmt),
            Stmt::AugAssign(stmt) => self.augmented(stmt),
            Stmt::AnnAssign(stmt) => self.annotated(stmt),
            Stmt::For(stmt) => self.for_loop(stmt),
            Stmt::While(stmt) => self.while_loop(stmt),
            Stmt::If(stmt) => self.if_statement(stmt),
            Stmt::With(stmt) => self.with(stmt, 0),
            Stmt::Match(stmt) => self.match_statement(stmt),
            Stmt::Raise(stmt) => self.raise(stmt),
            Stmt::Try(stmt) => self.try_statement(stmt),
            Stmt::Assert(stmt) => self.assert(stmt),
            Stmt::Import(stmt) => {
                self.import(stmt);
                Ok(())
            }
            Stmt::ImportFrom(stmt) => self.import_from(stmt),
            Stmt::Expr(stmt) => self.expression_statement(stmt),
            Stmt::Break(_) => self.leave_loop(stmt, false),
            Stmt::Continue(_) => self.leave_loop(stmt, true),
            Stmt::Global(_) | Stmt::Nonlocal(_)
                if self.kind() == ScopeKind::Module && matches!(stmt, Stmt::Nonlocal(_)) =>
            {
                self.syntax(stmt, "nonlocal declaration not allowed at module level")
            }
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) => Ok(()),
            Stmt::TypeAlias(_) => self.unsupported(stmt, "a `type` statement"),
            Stmt::IpyEscapeCommand(_) => self.syntax(stmt, "invalid syntax"),
        }
    }

    fn expression_statement(&mut self, stmt: &ast::StmtExpr) -> Done {
        if matches!(&*stmt.value, Expr::StringLiteral(_) | Expr::NumberLiteral(_) | Expr::EllipsisLiteral(_)) {
            return Ok(());
        }
        self.expr(&stmt.value)?;
        self.emit(Op::Pop);
        Ok(())
    }

    fn return_statement(&mut self, stmt: &ast::StmtReturn) -> Done {
        if self.kind() != ScopeKind::Function {
            return self.syntax(stmt, "'return' outside function");
        }
        match &stmt.value {
            Some(value) => self.expr(value)?,
            None => {
                self.emit(Op::None);
            }
        }
        self.leave_function()
    }

    fn assign(&mut self, stmt: &ast::StmtAssign) -> Done {
        self.expr(&stmt.value)?;
        for (place, target) in stmt.targets.iter().enumerate() {
            if place + 1 < stmt.targets.len() {
                self.emit(Op::Dup);
            }
            self.target(target)?;
        }
        Ok(())
    }

    /// Stores the value on top.
    pub(super) fn target(&mut self, target: &Expr) -> Done {
        let old = self.at(target);
        match target {
            Expr::Name(name) => self.store(&name.id),
            Expr::Attribute(attribute) => {
                self.expr(&attribute.value)?;
                let sym = self.attribute(&attribute.attr);
                self.emit(Op::StoreAttr(sym));
            }
            Expr::Subscript(subscript) => {
                self.expr(&subscript.value)?;
                self.expr(&subscript.slice)?;
                self.emit(Op::StoreSubscript);
            }
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                self.unpack(target, elts)?;
            }
            Expr::Starred(_) => return self.syntax(target, "starred assignment target must be in a list or tuple"),
            _ => return self.syntax(target, "cannot assign to expression"),
        }
        self.here().span = old;
        Ok(())
    }

    fn unpack(&mut self, target: &Expr, elts: &[Expr]) -> Done {
        let mut stars = elts.iter().enumerate().filter(|(_, elt)| elt.is_starred_expr());
        let star = stars.next().map(|(place, _)| place);
        if stars.next().is_some() {
            return self.syntax(target, "multiple starred expressions in assignment");
        }
        self.emit(match star {
            Some(place) => {
                Op::UnpackStar(super::short(super::count(place)), super::short(super::count(elts.len() - place - 1)))
            }
            None => Op::Unpack(super::count(elts.len())),
        });
        elts.iter().try_for_each(|elt| match elt {
            Expr::Starred(starred) => self.target(&starred.value),
            _ => self.target(elt),
        })
    }

    fn delete_target(&mut self, target: &Expr) -> Done {
        match target {
            Expr::Name(name) => self.delete(&name.id),
            Expr::Attribute(attribute) => {
                self.expr(&attribute.value)?;
                let sym = self.attribute(&attribute.attr);
                self.emit(Op::DeleteAttr(sym));
            }
            Expr::Subscript(subscript) => {
                self.expr(&subscript.value)?;
                self.expr(&subscript.slice)?;
                self.emit(Op::DeleteSubscript);
            }
            Expr::List(ast::ExprList { elts, .. }) | Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().try_for_each(|elt| self.delete_target(elt))?;
            }
            _ => return self.syntax(target, "cannot delete expression"),
        }
        Ok(())
    }

    fn augmented(&mut self, stmt: &ast::StmtAugAssign) -> Done {
        let op = Op::InPlace(super::expr::binary(stmt.op));
        match &*stmt.target {
            Expr::Name(name) => {
                self.load(&name.id);
                self.expr(&stmt.value)?;
                self.emit(op);
                self.store(&name.id);
            }
            Expr::Attribute(attribute) => {
                self.expr(&attribute.value)?;
                self.emit(Op::Dup);
                let sym = self.attribute(&attribute.attr);
                self.emit(Op::Attr(sym));
                self.expr(&stmt.value)?;
                self.emit(op);
                self.emit(Op::Swap);
                self.emit(Op::StoreAttr(sym));
            }
            Expr::Subscript(subscript) => {
                self.expr(&subscript.value)?;
                self.expr(&subscript.slice)?;
                self.emit(Op::Dup2);
                self.emit(Op::Subscript);
                self.expr(&stmt.value)?;
                self.emit(op);
                self.emit(Op::Rot3);
                self.emit(Op::StoreSubscript);
            }
            target => return self.syntax(target, "illegal expression for augmented assignment"),
        }
        Ok(())
    }

    /// The annotation itself is kept as text, by classes only.
    fn annotated(&mut self, stmt: &ast::StmtAnnAssign) -> Done {
        if let Some(value) = &stmt.value {
            self.expr(value)?;
            self.target(&stmt.target)?;
        }
        if let (ScopeKind::Class, Expr::Name(name)) = (self.kind(), &*stmt.target) {
            let text = self.text(stmt.annotation.range()).to_owned();
            self.here().annotations.push((name.id.to_string(), text));
        }
        Ok(())
    }

    fn if_statement(&mut self, stmt: &ast::StmtIf) -> Done {
        let mut ends = Vec::new();
        let mut next = self.condition(&stmt.test, false)?;
        self.body(&stmt.body)?;
        for clause in &stmt.elif_else_clauses {
            ends.push(self.emit(Op::Jump(0)));
            self.patch_all(core::mem::take(&mut next));
            if let Some(test) = &clause.test {
                let old = self.at(test);
                let line = self.here().span.line;
                self.emit(Op::Line(line));
                next = self.condition(test, false)?;
                self.here().span = old;
            }
            self.body(&clause.body)?;
        }
        self.patch_all(next);
        self.patch_all(ends);
        Ok(())
    }

    fn raise(&mut self, stmt: &ast::StmtRaise) -> Done {
        let mut parts = 0;
        for part in stmt.exc.iter().chain(&stmt.cause) {
            self.expr(part)?;
            parts += 1;
        }
        self.emit(Op::Raise(parts));
        Ok(())
    }

    fn assert(&mut self, stmt: &ast::StmtAssert) -> Done {
        let end = self.condition(&stmt.test, true)?;
        if let Some(message) = &stmt.msg {
            self.expr(message)?;
        }
        self.emit(Op::AssertFail(stmt.msg.is_some()));
        self.patch_all(end);
        Ok(())
    }

    fn import(&mut self, stmt: &ast::StmtImport) {
        for alias in &stmt.names {
            let place = self.constant(Constant::Str(alias.name.as_str().into()));
            if let Some(name) = &alias.asname {
                self.emit(Op::ImportDotted(place));
                self.store(name);
            } else {
                self.emit(Op::Import(place));
                self.store(alias.name.split('.').next().unwrap_or_default());
            }
        }
    }

    fn import_from(&mut self, stmt: &ast::StmtImportFrom) -> Done {
        let module = stmt.module.as_ref().map_or("", |name| name.as_str());
        if module == "__future__" {
            return Ok(());
        }
        if stmt.level > 0 {
            return self.unsupported(stmt, "a relative import");
        }
        let place = self.constant(Constant::Str(module.into()));
        self.emit(Op::ImportDotted(place));
        for alias in &stmt.names {
            if &*alias.name == "*" {
                if self.kind() != ScopeKind::Module {
                    return self.syntax(stmt, "import * only allowed at module level");
                }
                self.emit(Op::ImportStar);
                return Ok(());
            }
            let sym = self.sym(&alias.name);
            self.emit(Op::ImportFrom(sym));
            self.store(alias.asname.as_ref().unwrap_or(&alias.name));
        }
        self.emit(Op::Pop);
        Ok(())
    }
}
