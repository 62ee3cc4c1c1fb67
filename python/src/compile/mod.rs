//! From the syntax tree to bytecode.
//!
//! Absent on purpose: `async`, `except*`, complex numbers, template strings and `type` statements are told as
//! [`crate::source::Mistake`]s before anything runs; annotations are never evaluated.

mod block;
mod expr;
mod function;
mod pattern;
pub(crate) mod scope;
mod stmt;

use std::sync::Arc;

use ruff_python_ast as ast;
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use crate::code::{Binary, Code, Constant, Op, Span, Unit};
use crate::source::{Lines, Mistake, MistakeKind};
use crate::symbol::{Sym, Symbols};
use block::Block;
use scope::{ScopeKind, Scopes};

/// What a compiler's function gives: nothing, or why the program cannot be compiled.
type Done = Result<(), Mistake>;

/// Compiles a module.
pub(crate) fn compile(
    name: &str,
    source: &str,
    module: &ast::ModModule,
    hidden: bool,
    symbols: &mut Symbols,
) -> Result<Unit, Mistake> {
    let lines = Lines::new(source);
    let scopes = Scopes::of(&module.body).map_err(|(range, text)| lines.mistake(MistakeKind::Syntax, range, &text))?;
    let mut compiler = Compiler {
        symbols,
        lines,
        scopes,
        hidden,
        constants: Vec::new(),
        strings: FxHashMap::default(),
        codes: Vec::new(),
        globals: Vec::new(),
        global_places: FxHashMap::default(),
        stack: Vec::new(),
        classes: Vec::new(),
    };
    // The module's own code is the first.
    compiler.codes.push(Arc::default());
    for known in [Sym::NAME, Sym::DOC] {
        let known = compiler.symbols.name(known).clone();
        compiler.global(&known);
    }
    compiler.open(0, "<module>", "<module>".into(), 1);
    compiler.docstring(&module.body);
    compiler.body(&module.body)?;
    compiler.emit(Op::None);
    compiler.emit(Op::Return);
    let code = compiler.close();
    compiler.codes[0] = Arc::new(code);
    Ok(Unit {
        name: name.into(),
        source: source.into(),
        hidden,
        constants: compiler.constants,
        codes: compiler.codes,
        globals: compiler.globals,
    })
}

/// The state of a compilation.
struct Compiler<'a> {
    symbols: &'a mut Symbols,
    lines: Lines<'a>,
    scopes: Scopes,
    hidden: bool,
    constants: Vec<Constant>,
    strings: FxHashMap<Arc<str>, u32>,
    codes: Vec<Arc<Code>>,
    globals: Vec<Sym>,
    global_places: FxHashMap<Sym, u32>,
    /// The code that is being made, and those around it.
    stack: Vec<Making>,
    /// Names of the classes around, for private names.
    classes: Vec<String>,
}

/// A code object that is being made.
struct Making {
    code: Code,
    scope: usize,
    places: FxHashMap<String, u32>,
    blocks: Vec<Block>,
    /// Values on the stack at the beginning of a statement.
    depth: u32,
    span: Span,
    hidden_slots: u32,
    /// Steps before this place stay as they are: jumps lead here.
    fused_until: usize,
    annotations: Vec<(String, String)>,
}

impl Making {
    /// Two steps that are often together become one, unless a jump leads between them.
    fn fuse(&mut self, op: Op) -> Option<usize> {
        let place = self.code.ops.len().checked_sub(1)?;
        if self.fused_until > place || self.code.spans[place].line != self.span.line {
            return None;
        }
        let fused = match (self.code.ops[place], op) {
            (Op::Int(n), Op::InPlace(Binary::Add)) => Op::AddInt(n),
            (Op::Local(a), Op::Local(b)) if a < 65_536 && b < 65_536 => Op::LocalLocal(short(a), short(b)),
            _ => return None,
        };
        self.code.ops[place] = fused;
        self.code.spans[place] = self.span;
        Some(place)
    }
}

/// How a name is reached.
enum Name {
    Local(u32),
    Cell(u32),
    Global(u32),
    /// In a class's body: its slot, and what it is otherwise.
    Class(u32, Option<u32>),
}

impl Compiler<'_> {
    fn here(&mut self) -> &mut Making {
        self.stack.last_mut().expect("a module is open while it is compiled")
    }

    fn open(&mut self, scope: usize, name: &str, qualname: Arc<str>, line: u32) {
        let code = Code { name: name.into(), qualname, hidden: self.hidden, ..Code::default() };
        self.stack.push(Making {
            code,
            scope,
            places: FxHashMap::default(),
            blocks: Vec::new(),
            depth: 0,
            span: Span { line, from: 0, to: 0 },
            hidden_slots: 0,
            fused_until: 0,
            annotations: Vec::new(),
        });
    }

    fn close(&mut self) -> Code {
        let mut making = self.stack.pop().expect("what is closed was opened");
        // Free variables come last: hidden slots were taken after them, so each is told by its place.
        making.code.handlers.reverse();
        making.code.handlers.sort_by_key(|handler| core::cmp::Reverse(handler.level));
        making.code
    }

    fn emit(&mut self, op: Op) -> usize {
        let making = self.here();
        if let Some(fused) = making.fuse(op) {
            return fused;
        }
        making.code.ops.push(op);
        making.code.spans.push(making.span);
        making.code.ops.len() - 1
    }

    fn next(&mut self) -> u32 {
        self.here().fused_until = self.here().code.ops.len();
        u32::try_from(self.here().code.ops.len()).expect("a program's length is bounded")
    }

    /// Lets a jump that was made before lead here.
    fn patch(&mut self, place: usize) {
        let target = self.next();
        let op = &mut self.here().code.ops[place];
        *op = match *op {
            Op::Jump(_) => Op::Jump(target),
            Op::JumpIfFalse(_) => Op::JumpIfFalse(target),
            Op::JumpIfTrue(_) => Op::JumpIfTrue(target),
            Op::JumpIfFalseOrPop(_) => Op::JumpIfFalseOrPop(target),
            Op::JumpIfTrueOrPop(_) => Op::JumpIfTrueOrPop(target),
            Op::ForIter(_) => Op::ForIter(target),
            Op::Delegate(_) => Op::Delegate(target),
            other => unreachable!("{other:?} is no jump"),
        };
    }

    fn patch_all(&mut self, places: Vec<usize>) {
        for place in places {
            self.patch(place);
        }
    }

    /// The steps that follow stand at this range.
    fn at(&mut self, node: &impl Ranged) -> Span {
        let span = self.lines.span(node.range());
        core::mem::replace(&mut self.here().span, span)
    }

    fn sym(&mut self, name: &str) -> Sym {
        self.symbols.intern(name)
    }

    /// The symbol of an attribute: private names are told apart by class.
    fn attribute(&mut self, name: &str) -> Sym {
        let mangled = self.mangle(name);
        self.symbols.intern(&mangled)
    }

    fn mangle(&self, name: &str) -> String {
        match self.classes.last() {
            Some(class) if name.starts_with("__") && !name.ends_with("__") => {
                format!("_{}{name}", class.trim_start_matches('_'))
            }
            _ => name.to_owned(),
        }
    }

    fn constant(&mut self, constant: Constant) -> u32 {
        if let Constant::Str(text) = &constant {
            if let Some(place) = self.strings.get(text) {
                return *place;
            }
            self.strings.insert(text.clone(), u32::try_from(self.constants.len()).expect("bounded"));
        }
        self.constants.push(constant);
        u32::try_from(self.constants.len() - 1).expect("a program's length is bounded")
    }

    fn string(&mut self, text: &str) {
        let place = self.constant(Constant::Str(text.into()));
        self.emit(Op::Const(place));
    }

    fn global(&mut self, name: &str) -> u32 {
        let sym = self.sym(name);
        if let Some(place) = self.global_places.get(&sym) {
            return *place;
        }
        let place = u32::try_from(self.globals.len()).expect("a program's length is bounded");
        self.globals.push(sym);
        self.global_places.insert(sym, place);
        place
    }

    /// A new slot of the code that is being made.
    fn slot(&mut self, name: &str) -> u32 {
        let is_class = self.kind() == ScopeKind::Class;
        let sym = if is_class { self.attribute(name) } else { self.sym(name) };
        let making = self.here();
        let place = u32::try_from(making.code.slots.len()).expect("a program's length is bounded");
        making.code.slots.push(sym);
        making.places.insert(name.to_owned(), place);
        place
    }

    /// A slot that no name of the program leads to.
    fn hidden_slot(&mut self) -> u32 {
        self.here().hidden_slots += 1;
        let number = self.here().hidden_slots;
        self.slot(&format!(".{number}"))
    }

    fn kind(&self) -> ScopeKind {
        self.scopes.list[self.stack.last().expect("a module is open").scope].kind
    }

    fn resolve(&mut self, name: &str) -> Name {
        let making = self.stack.last().expect("a module is open");
        let scope = &self.scopes.list[making.scope];
        let place = making.places.get(name).copied();
        let is_free = scope.free.iter().any(|n| n == name);
        match (scope.kind, place) {
            (ScopeKind::Module, _) | (_, None) => Name::Global(self.global(name)),
            (ScopeKind::Function, Some(place)) if is_free || scope.cells.contains(name) => Name::Cell(place),
            (ScopeKind::Function, Some(place)) => Name::Local(place),
            (ScopeKind::Class, Some(place)) if scope.binds(name) => {
                Name::Class(place, making.places.get(&free_name(name)).copied())
            }
            (ScopeKind::Class, Some(place)) => Name::Cell(place),
        }
    }

    fn load(&mut self, name: &str) {
        let op = match self.resolve(name) {
            Name::Local(place) => Op::Local(place),
            Name::Cell(place) => Op::Cell(place),
            Name::Global(place) => Op::Global(place),
            Name::Class(place, Some(free)) => Op::ClassFree(short(place), short(free), 0),
            Name::Class(place, None) => Op::ClassLocal(short(place), self.global(name)),
        };
        self.emit(op);
    }

    fn store(&mut self, name: &str) {
        let op = match self.resolve(name) {
            Name::Local(place) | Name::Class(place, _) => Op::StoreLocal(place),
            Name::Cell(place) => Op::StoreCell(place),
            Name::Global(place) => Op::StoreGlobal(place),
        };
        self.emit(op);
    }

    fn delete(&mut self, name: &str) {
        let op = match self.resolve(name) {
            Name::Local(place) | Name::Class(place, _) => Op::DeleteLocal(place),
            Name::Cell(place) => Op::DeleteCell(place),
            Name::Global(place) => Op::DeleteGlobal(place),
        };
        self.emit(op);
    }

    fn mistake<T>(&self, kind: MistakeKind, node: &impl Ranged, text: &str) -> Result<T, Mistake> {
        Err(self.lines.mistake(kind, node.range(), text))
    }

    fn unsupported<T>(&self, node: &impl Ranged, construct: &str) -> Result<T, Mistake> {
        self.mistake(MistakeKind::Unsupported, node, construct)
    }

    fn syntax<T>(&self, node: &impl Ranged, text: &str) -> Result<T, Mistake> {
        self.mistake(MistakeKind::Syntax, node, text)
    }

    fn text(&self, range: TextRange) -> &str {
        self.lines.text(range)
    }
}

/// Under this name a class's body keeps a free variable that it binds itself, too.
fn free_name(name: &str) -> String {
    format!(".free.{name}")
}

fn short(place: u32) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX)
}

fn count(len: usize) -> u32 {
    u32::try_from(len).expect("a program's length is bounded")
}
