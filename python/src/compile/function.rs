//! Functions, classes, comprehensions and calls.

use std::sync::Arc;

use ruff_python_ast as ast;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::scope::ScopeKind;
use super::{Compiler, Done, free_name};
use crate::code::{Constant, Op};

impl Compiler<'_> {
    pub(super) fn function_def(&mut self, def: &ast::StmtFunctionDef) -> Done {
        if def.is_async {
            return self.unsupported(def, "`async def`");
        }
        for decorator in &def.decorator_list {
            self.expr(&decorator.expression)?;
        }
        self.defaults(&def.parameters)?;
        let line = self.lines.span(def.name.range()).line;
        self.open_function(def.range, &def.name, Some(&def.parameters), line);
        self.docstring(&def.body);
        self.body(&def.body)?;
        self.emit(Op::None);
        self.emit(Op::Return);
        self.close_function();
        for decorator in def.decorator_list.iter().rev() {
            let old = self.at(&decorator.expression);
            self.emit(Op::Call(1));
            self.here().span = old;
        }
        self.store(&def.name);
        Ok(())
    }

    pub(super) fn lambda(&mut self, e: &ast::ExprLambda) -> Done {
        if let Some(parameters) = &e.parameters {
            self.defaults(parameters)?;
        }
        let line = self.lines.span(e.range).line;
        self.open_function(e.range, "<lambda>", e.parameters.as_deref(), line);
        self.expr(&e.body)?;
        self.emit(Op::Return);
        self.close_function();
        Ok(())
    }

    /// Pushes the defaults: those by place, then those by keyword only.
    fn defaults(&mut self, parameters: &ast::Parameters) -> Done {
        parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .chain(&parameters.kwonlyargs)
            .filter_map(|parameter| parameter.default.as_deref())
            .try_for_each(|default| self.expr(default))
    }

    fn qualname(&self, name: &str) -> Arc<str> {
        let outer = self.stack.last().expect("a module is open");
        match self.kind() {
            ScopeKind::Module => name.into(),
            ScopeKind::Class => format!("{}.{name}", outer.code.qualname).into(),
            ScopeKind::Function => format!("{}.<locals>.{name}", outer.code.qualname).into(),
        }
    }

    fn open_function(&mut self, range: TextRange, name: &str, parameters: Option<&ast::Parameters>, line: u32) {
        let scope = self.scopes.at(range);
        let qualname = self.qualname(name);
        self.open(scope, name, qualname, line);
        self.here().code.generator = self.scopes.list[scope].generator;
        if let Some(parameters) = parameters {
            self.parameters(parameters);
        }
        self.slots(scope);
    }

    fn parameters(&mut self, parameters: &ast::Parameters) {
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            self.slot(&parameter.parameter.name);
        }
        for parameter in parameters.vararg.iter().chain(&parameters.kwarg) {
            self.slot(&parameter.name);
        }
        let by_place = || parameters.posonlyargs.iter().chain(&parameters.args);
        let with_defaults: Vec<_> = parameters.kwonlyargs.iter().filter(|p| p.default.is_some()).collect();
        let keyword_defaults = with_defaults.iter().map(|p| self.sym(&p.parameter.name)).collect();
        let code = &mut self.here().code;
        code.positional = super::count(by_place().count());
        code.only_positional = super::count(parameters.posonlyargs.len());
        code.only_keyword = super::count(parameters.kwonlyargs.len());
        code.defaults = super::count(by_place().filter(|p| p.default.is_some()).count());
        code.keyword_defaults = keyword_defaults;
        code.star = parameters.vararg.is_some();
        code.double_star = parameters.kwarg.is_some();
        code.simple = !code.star && !code.double_star && code.only_keyword == 0;
    }

    /// Slots of the other locals and of the free variables.
    fn slots(&mut self, scope: usize) {
        let bound = self.scopes.list[scope].bound.clone();
        for name in bound {
            if self.scopes.list[scope].binds(&name) && !self.here().places.contains_key(&name) {
                self.slot(&name);
            }
        }
        let mut cells: Vec<u32> = self.scopes.list[scope]
            .cells
            .iter()
            .filter_map(|name| self.stack.last()?.places.get(name).copied())
            .collect();
        cells.sort_unstable();
        self.here().code.cells = cells;
        for name in self.scopes.list[scope].free.clone() {
            let kept = self.here().places.contains_key(&name).then(|| free_name(&name));
            let slot = self.slot(kept.as_deref().unwrap_or(&name));
            self.here().code.free_slots.push(slot);
        }
    }

    /// Ends the code and makes a function of it.
    fn close_function(&mut self) {
        let place = self.end_code();
        self.emit(Op::Function(place));
    }

    /// Ends the code; says where the cells of its free variables lie in the code around it.
    fn end_code(&mut self) -> u32 {
        let scope = self.here().scope;
        let mut code = self.close();
        let outer = self.stack.last().expect("a module is around");
        code.free = self.scopes.list[scope]
            .free
            .iter()
            .map(|name| {
                let free = outer.places.get(&free_name(name)).or_else(|| outer.places.get(name));
                *free.expect("the outer scope has what is free here")
            })
            .collect();
        self.codes.push(Arc::new(code));
        super::count(self.codes.len() - 1)
    }

    pub(super) fn class_def(&mut self, def: &ast::StmtClassDef) -> Done {
        for decorator in &def.decorator_list {
            self.expr(&decorator.expression)?;
        }
        self.bases(def)?;
        let scope = self.scopes.at(def.range);
        let qualname = self.qualname(&def.name);
        let line = self.lines.span(def.name.range()).line;
        self.open(scope, &def.name, qualname, line);
        self.classes.push(def.name.to_string());
        for hidden in [".bases", ".keywords"] {
            self.slot(hidden);
        }
        if self.scopes.list[scope].cells.contains("__class__") {
            let slot = self.slot("__class__");
            self.here().code.class_cell = Some(slot);
        }
        self.slots(scope);
        self.class_body(&def.body)?;
        self.classes.pop();
        let place = self.end_code();
        self.emit(Op::Class(place));
        for decorator in def.decorator_list.iter().rev() {
            let old = self.at(&decorator.expression);
            self.emit(Op::Call(1));
            self.here().span = old;
        }
        self.store(&def.name);
        Ok(())
    }

    fn class_body(&mut self, body: &[Stmt]) -> Done {
        self.docstring(body);
        self.body(body)?;
        let annotations = core::mem::take(&mut self.here().annotations);
        if !annotations.is_empty() {
            for (name, text) in &annotations {
                self.string(name);
                self.string(text);
            }
            self.emit(Op::Dict(super::count(annotations.len())));
            let slot = self.slot("__annotations__");
            self.emit(Op::StoreLocal(slot));
        }
        self.emit(Op::EndClass);
        Ok(())
    }

    /// Pushes a tuple of the bases and a dict of the keywords.
    fn bases(&mut self, def: &ast::StmtClassDef) -> Done {
        let (args, keywords): (&[Expr], &[ast::Keyword]) = match &def.arguments {
            Some(arguments) => (&arguments.args, &arguments.keywords),
            None => (&[], &[]),
        };
        self.spread(args)?;
        self.keywords(keywords)
    }

    /// Pushes a tuple of arguments that may have stars.
    fn spread(&mut self, args: &[Expr]) -> Done {
        self.emit(Op::List(0));
        for arg in args {
            if let Expr::Starred(starred) = arg {
                self.expr(&starred.value)?;
                self.emit(Op::ListExtend);
            } else {
                self.expr(arg)?;
                self.emit(Op::ListAppend(1));
            }
        }
        self.emit(Op::ListToTuple);
        Ok(())
    }

    /// Pushes a dict of keywords that may have double stars.
    fn keywords(&mut self, keywords: &[ast::Keyword]) -> Done {
        self.emit(Op::Dict(0));
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                self.string(name);
                self.expr(&keyword.value)?;
                self.emit(Op::DictAdd(1));
            } else {
                self.expr(&keyword.value)?;
                self.emit(Op::KeywordsExtend);
            }
        }
        Ok(())
    }

    pub(super) fn call(&mut self, e: &ast::ExprCall) -> Done {
        let (args, keywords) = (&e.arguments.args, &e.arguments.keywords);
        if let Expr::Name(name) = &*e.func
            && name.id == "super"
            && args.is_empty()
            && self.kind() == ScopeKind::Function
            && self.here().places.contains_key("__class__")
        {
            return self.super_call();
        }
        let spread = args.iter().any(Expr::is_starred_expr)
            || keywords.iter().any(|keyword| keyword.arg.is_none())
            || args.len() > 1000;
        if spread {
            self.expr(&e.func)?;
            self.spread(args)?;
            self.keywords(keywords)?;
            self.emit(Op::CallSpread);
            return Ok(());
        }
        if let (Expr::Attribute(attribute), true) = (&*e.func, keywords.is_empty()) {
            self.expr(&attribute.value)?;
            let sym = self.attribute(&attribute.attr);
            let old = self.at(attribute);
            self.emit(Op::Method(sym));
            self.here().span = old;
            args.iter().try_for_each(|arg| self.expr(arg))?;
            self.emit(Op::CallMethod(super::count(args.len())));
            return Ok(());
        }
        self.expr(&e.func)?;
        args.iter().try_for_each(|arg| self.expr(arg))?;
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))?;
        if keywords.is_empty() {
            self.emit(Op::Call(super::count(args.len())));
            return Ok(());
        }
        let mut names = Vec::new();
        for keyword in keywords {
            let name = keyword.arg.as_ref().expect("double stars are spread");
            let sym = self.sym(name);
            if names.contains(&sym) {
                return self.syntax(keyword, &format!("keyword argument repeated: {name}"));
            }
            names.push(sym);
        }
        let place = self.constant(Constant::Names(names));
        self.emit(Op::CallKeywords(super::short(super::count(args.len() + keywords.len())), place));
        Ok(())
    }

    /// `super()`: the class around, and the first parameter.
    fn super_call(&mut self) -> Done {
        self.load("super");
        self.load("__class__");
        let slot = 0;
        let is_cell = self.here().code.cells.contains(&slot);
        self.emit(if is_cell { Op::Cell(slot) } else { Op::Local(slot) });
        self.emit(Op::Call(2));
        Ok(())
    }

    pub(super) fn comprehension(&mut self, expr: &Expr) -> Done {
        let (name, generators) = match expr {
            Expr::ListComp(c) => ("<listcomp>", &c.generators),
            Expr::SetComp(c) => ("<setcomp>", &c.generators),
            Expr::DictComp(c) => ("<dictcomp>", &c.generators),
            Expr::Generator(c) => ("<genexpr>", &c.generators),
            _ => unreachable!("only comprehensions come here"),
        };
        if let Some(part) = generators.iter().find(|part| part.is_async) {
            return self.unsupported(part, "an asynchronous comprehension");
        }
        let span = self.lines.span(expr.range());
        self.open_comprehension(expr.range(), name, span.line);
        match expr {
            Expr::ListComp(_) => self.emit(Op::List(0)),
            Expr::SetComp(_) => self.emit(Op::Set(0)),
            Expr::DictComp(_) => self.emit(Op::Dict(0)),
            _ => 0,
        };
        self.comprehension_loop(expr, generators, 0)?;
        if expr.is_generator_expr() {
            self.emit(Op::None);
        }
        self.emit(Op::Return);
        self.close_function();
        self.expr(&generators[0].iter)?;
        let old = self.at(&generators[0].iter);
        self.emit(Op::Iter);
        self.here().span = old;
        self.emit(Op::Call(1));
        Ok(())
    }

    fn open_comprehension(&mut self, range: TextRange, name: &str, line: u32) {
        let scope = self.scopes.at(range);
        let qualname = self.qualname(name);
        self.open(scope, name, qualname, line);
        self.here().code.generator = self.scopes.list[scope].generator;
        self.slot(".0");
        self.here().code.positional = 1;
        self.here().code.simple = true;
        self.slots(scope);
    }

    fn comprehension_loop(&mut self, expr: &Expr, generators: &[ast::Comprehension], level: usize) -> Done {
        let Some(part) = generators.get(level) else { return self.comprehension_item(expr, super::count(level)) };
        if level == 0 {
            self.emit(Op::Local(0));
        } else {
            self.expr(&part.iter)?;
            self.emit(Op::Iter);
        }
        let start = self.next();
        let exit = self.emit(Op::ForIter(0));
        self.target(&part.target)?;
        for test in &part.ifs {
            let skips = self.condition(test, true)?;
            self.emit(Op::Loop(start));
            self.patch_all(skips);
        }
        self.comprehension_loop(expr, generators, level + 1)?;
        self.emit(Op::Loop(start));
        self.patch(exit);
        Ok(())
    }

    fn comprehension_item(&mut self, expr: &Expr, loops: u32) -> Done {
        match expr {
            Expr::ListComp(c) => {
                self.expr(&c.elt)?;
                self.emit(Op::ListAppend(loops + 1));
            }
            Expr::SetComp(c) => {
                self.expr(&c.elt)?;
                self.emit(Op::SetAdd(loops + 1));
            }
            Expr::DictComp(c) => {
                let Some(key) = &c.key else { return self.unsupported(expr, "`**` in a comprehension") };
                self.expr(key)?;
                self.expr(&c.value)?;
                self.emit(Op::DictAdd(loops + 1));
            }
            Expr::Generator(c) => {
                self.expr(&c.elt)?;
                self.emit(Op::Yield);
                self.emit(Op::Pop);
            }
            _ => unreachable!("only comprehensions come here"),
        }
        Ok(())
    }
}
