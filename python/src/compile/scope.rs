//! Which names are locals, cells, free or global: a pass before the code is made.
//!
//! Absent on purpose: mistakes that CPython's symbol table tells, except `nonlocal` without a binding; the rest is the compiler's.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

/// What a scope belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Module,
    Class,
    Function,
}

/// Names of a scope.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) kind: ScopeKind,
    pub(crate) parent: usize,
    /// In order of their first binding.
    pub(crate) bound: Vec<String>,
    is_bound: FxHashSet<String>,
    pub(crate) globals: FxHashSet<String>,
    pub(crate) nonlocals: Vec<(String, TextRange)>,
    used: Vec<String>,
    /// Bound here and used by inner functions.
    pub(crate) cells: FxHashSet<String>,
    /// Bound by an outer function, used here or further in.
    pub(crate) free: Vec<String>,
    pub(crate) generator: bool,
}

/// All scopes of a module, by the range of what opens them.
#[derive(Debug)]
pub(crate) struct Scopes {
    pub(crate) list: Vec<Scope>,
    by_range: FxHashMap<TextRange, usize>,
}

impl Scopes {
    /// The scopes of a module; or a name that `nonlocal` does not find.
    pub(crate) fn of(body: &[Stmt]) -> Result<Scopes, (TextRange, String)> {
        let mut builder =
            Builder { list: vec![Scope::new(ScopeKind::Module, 0)], by_range: FxHashMap::default(), at: 0 };
        builder.visit_body(body);
        let mut scopes = Scopes { list: builder.list, by_range: builder.by_range };
        scopes.resolve()?;
        Ok(scopes)
    }

    pub(crate) fn at(&self, range: TextRange) -> usize {
        self.by_range[&range]
    }

    fn resolve(&mut self) -> Result<(), (TextRange, String)> {
        for scope in 0..self.list.len() {
            for (name, range) in self.list[scope].nonlocals.clone() {
                if !self.reach(scope, &name) {
                    return Err((range, format!("no binding for nonlocal '{name}' found")));
                }
            }
            for name in core::mem::take(&mut self.list[scope].used) {
                let own = &self.list[scope];
                let is_local = own.is_bound.contains(&name) && own.kind != ScopeKind::Class;
                if !is_local && !own.globals.contains(&name) {
                    self.reach(scope, &name);
                }
            }
        }
        Ok(())
    }

    /// Makes a name of an outer function free in all scopes between.
    fn reach(&mut self, from: usize, name: &str) -> bool {
        let mut between = vec![from];
        let mut at = from;
        while at != 0 {
            at = self.list[at].parent;
            let scope = &self.list[at];
            let binds = match scope.kind {
                ScopeKind::Function => scope.binds(name),
                ScopeKind::Class => name == "__class__",
                ScopeKind::Module => false,
            };
            if binds {
                self.list[at].cells.insert(name.to_owned());
                for scope in between {
                    let free = &mut self.list[scope].free;
                    if !free.iter().any(|n| n == name) {
                        free.push(name.to_owned());
                    }
                }
                return true;
            }
            if scope.kind == ScopeKind::Function && scope.globals.contains(name) {
                return false;
            }
            between.push(at);
        }
        false
    }
}

impl Scope {
    fn new(kind: ScopeKind, parent: usize) -> Scope {
        Scope {
            kind,
            parent,
            bound: Vec::new(),
            is_bound: FxHashSet::default(),
            globals: FxHashSet::default(),
            nonlocals: Vec::new(),
            used: Vec::new(),
            cells: FxHashSet::default(),
            free: Vec::new(),
            generator: false,
        }
    }

    /// Is it a local of this scope?
    pub(crate) fn binds(&self, name: &str) -> bool {
        self.is_bound.contains(name) && !self.globals.contains(name) && !self.nonlocals.iter().any(|(n, _)| n == name)
    }

    fn bind(&mut self, name: &str) {
        if self.is_bound.insert(name.to_owned()) {
            self.bound.push(name.to_owned());
        }
    }
}

struct Builder {
    list: Vec<Scope>,
    by_range: FxHashMap<TextRange, usize>,
    at: usize,
}

impl Builder {
    fn here(&mut self) -> &mut Scope {
        &mut self.list[self.at]
    }

    fn bind(&mut self, name: &str) {
        self.here().bind(name);
    }

    fn inside(&mut self, kind: ScopeKind, range: TextRange, visit: impl FnOnce(&mut Builder)) {
        self.list.push(Scope::new(kind, self.at));
        let scope = self.list.len() - 1;
        self.by_range.insert(range, scope);
        let outer = core::mem::replace(&mut self.at, scope);
        visit(self);
        self.at = outer;
    }

    fn parameters(&mut self, parameters: &ast::Parameters) {
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            self.bind(&parameter.parameter.name);
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            self.bind(&parameter.name);
        }
    }

    fn defaults(&mut self, parameters: &ast::Parameters) {
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            if let Some(default) = &parameter.default {
                self.visit_expr(default);
            }
        }
    }

    fn comprehension(&mut self, range: TextRange, generators: &[ast::Comprehension], parts: &[&Expr], generator: bool) {
        let first = &generators[0];
        self.visit_expr(&first.iter);
        self.inside(ScopeKind::Function, range, |this| {
            this.bind(".0");
            this.here().generator = generator;
            for (place, part) in generators.iter().enumerate() {
                if place > 0 {
                    this.visit_expr(&part.iter);
                }
                this.visit_expr(&part.target);
                part.ifs.iter().for_each(|test| this.visit_expr(test));
            }
            parts.iter().for_each(|part| this.visit_expr(part));
        });
    }

    /// `:=` binds outside of comprehensions.
    fn bind_named(&mut self, name: &str) {
        let mut at = self.at;
        while self.list[at].kind == ScopeKind::Function && self.list[at].is_bound.contains(".0") {
            let parent = self.list[at].parent;
            if self.list[parent].kind == ScopeKind::Module {
                self.list[at].globals.insert(name.to_owned());
            } else if !self.list[at].nonlocals.iter().any(|(n, _)| n == name) {
                self.list[at].nonlocals.push((name.to_owned(), TextRange::default()));
            }
            at = parent;
        }
        if self.list[at].globals.contains(name) {
            self.here().globals.insert(name.to_owned());
        }
        self.list[at].bind(name);
    }

    fn function(&mut self, def: &ast::StmtFunctionDef) {
        def.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
        self.defaults(&def.parameters);
        self.bind(&def.name);
        self.inside(ScopeKind::Function, def.range, |this| {
            this.parameters(&def.parameters);
            this.visit_body(&def.body);
        });
    }

    fn class(&mut self, def: &ast::StmtClassDef) {
        def.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
        if let Some(arguments) = &def.arguments {
            arguments.args.iter().for_each(|arg| self.visit_expr(arg));
            arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
        }
        self.bind(&def.name);
        self.inside(ScopeKind::Class, def.range, |this| {
            this.visit_body(&def.body);
        });
    }

    fn pattern(&mut self, pattern: &ast::Pattern) {
        let name = match pattern {
            ast::Pattern::MatchAs(p) => p.name.as_ref(),
            ast::Pattern::MatchStar(p) => p.name.as_ref(),
            ast::Pattern::MatchMapping(p) => p.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name);
        }
    }
}

impl<'a> Visitor<'a> for Builder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => return self.function(def),
            Stmt::ClassDef(def) => return self.class(def),
            Stmt::Global(global) => {
                for name in &global.names {
                    self.here().globals.insert(name.to_string());
                    self.list[0].bind(name);
                }
            }
            Stmt::Nonlocal(nonlocal) => {
                for name in &nonlocal.names {
                    self.here().nonlocals.push((name.to_string(), nonlocal.range));
                }
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let name = alias
                        .asname
                        .as_ref()
                        .map_or_else(|| alias.name.split('.').next().unwrap_or_default(), |n| n.as_str());
                    self.bind(name);
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in import.names.iter().filter(|alias| &*alias.name != "*") {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name));
                }
            }
            Stmt::AnnAssign(assign) => {
                self.visit_expr(&assign.target);
                return assign.value.iter().for_each(|value| self.visit_expr(value));
            }
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_except_handler(&mut self, handler: &'a ast::ExceptHandler) {
        let ast::ExceptHandler::ExceptHandler(h) = handler;
        if let Some(name) = &h.name {
            self.bind(name);
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a ast::Pattern) {
        self.pattern(pattern);
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx.is_load() => {
                self.here().used.push(name.id.to_string());
                if name.id == "super" && self.here().kind == ScopeKind::Function {
                    self.here().used.push("__class__".to_owned());
                }
            }
            Expr::Name(name) => self.bind(&name.id),
            Expr::Named(named) => {
                if let Expr::Name(name) = &*named.target {
                    self.bind_named(&name.id);
                }
                self.visit_expr(&named.value);
            }
            Expr::Lambda(lambda) => {
                if let Some(parameters) = &lambda.parameters {
                    self.defaults(parameters);
                }
                self.inside(ScopeKind::Function, lambda.range, |this| {
                    lambda.parameters.iter().for_each(|parameters| this.parameters(parameters));
                    this.visit_expr(&lambda.body);
                });
            }
            Expr::ListComp(c) => self.comprehension(c.range, &c.generators, &[&c.elt], false),
            Expr::SetComp(c) => self.comprehension(c.range, &c.generators, &[&c.elt], false),
            Expr::DictComp(c) => {
                let parts: Vec<&Expr> = c.key.as_deref().into_iter().chain([&*c.value]).collect();
                self.comprehension(c.range, &c.generators, &parts, false);
            }
            Expr::Generator(c) => self.comprehension(c.range(), &c.generators, &[&c.elt], true),
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                self.here().generator = true;
                visitor::walk_expr(self, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}
