//! Modules: loaded when they are first imported.

use std::sync::Arc;

use super::Machine;
use super::frame::{After, Frame};
use crate::code::Unit;
use crate::context::{Context, Module};
use crate::heap::Heap;
use crate::kind::TypeId;
use crate::native::{Raise, registry};
use crate::object::Attributes;
use crate::program::{Program, prelude};
use crate::symbol::Sym;
use crate::value::{ModuleId, Value};

/// The prelude's core is loaded first, then its builtins.
const CORE: &str = "_core";
const BUILTINS: &str = "builtins";

impl Context {
    pub(super) fn new(program: &Program, limits: super::Limits) -> Context {
        Context {
            heap: Heap::default(),
            symbols: program.symbols.clone(),
            modules: Vec::new(),
            prelude: ModuleId(0),
            limits,
            now: sim_core::time::Instant::ZERO,
            clock: core::time::Duration::ZERO,
            host: "".into(),
            process: 0,
            random: 0,
            output: Default::default(),
            pending: Default::default(),
            written: 0,
            shown: Vec::new(),
        }
    }

    /// A constant of a module's code, made when it is first used.
    pub(crate) fn constant(&mut self, module: ModuleId, place: u32) -> Value {
        let loaded = &self.modules[module.0 as usize];
        let value = loaded.constants[place as usize];
        if !value.is_unbound() {
            return value;
        }
        let unit = loaded.unit.clone().expect("code has a unit");
        let value = self.make_constant(&unit.constants[place as usize]);
        self.modules[module.0 as usize].constants[place as usize] = value;
        value
    }

    fn add_unit(&mut self, name: &str, unit: Arc<Unit>) -> ModuleId {
        let mut module = Module {
            name: name.into(),
            constants: vec![Value::Unbound; unit.constants.len()],
            slots: vec![Value::Unbound; unit.globals.len()],
            unit: Some(unit),
            extra: Attributes::default(),
        };
        let text = self.make_str(name);
        module.set(Sym::NAME, text);
        self.modules.push(module);
        ModuleId(u16::try_from(self.modules.len() - 1).expect("few modules are loaded"))
    }

    /// The place of a module that is loaded.
    pub(crate) fn loaded(&self, name: &str) -> Option<ModuleId> {
        let place = self.modules.iter().position(|module| &*module.name == name)?;
        Some(ModuleId(u16::try_from(place).expect("few modules are loaded")))
    }
}

impl Machine {
    pub(super) fn load_prelude(&mut self) {
        for name in [CORE, BUILTINS] {
            let module = self.cx.add_unit(name, prelude().units[name].clone());
            self.cx.prelude = module;
            self.start_module(module, After::Drop);
            let mut left = u32::MAX;
            while !self.t.frames.is_empty() {
                if let Err(raise) = self.run(&mut left) {
                    panic!("the prelude's {name} raised {raise:?}: {}", self.told(raise));
                }
            }
        }
    }

    pub(super) fn told(&mut self, raise: Raise) -> String {
        match raise {
            Raise::Exception(exception) => self.traceback_text(exception),
            _ => String::new(),
        }
    }

    pub(super) fn load_main(&mut self) {
        let module = self.cx.add_unit("__main__", self.program.unit.clone());
        let file = self.cx.make_str(&self.program.unit.name.clone());
        self.cx.modules[module.0 as usize].set(Sym::FILE, file);
        self.start_module(module, After::Drop);
        self.threads[0] = core::mem::take(&mut self.t);
    }

    fn start_module(&mut self, module: ModuleId, after: After) {
        let loaded = &self.cx.modules[module.0 as usize];
        let code = loaded.unit.as_ref().expect("only modules with code begin").codes[0].clone();
        let doc = code.doc.map(|place| self.cx.constant(module, place));
        self.cx.modules[module.0 as usize].set(Sym::DOC, doc.unwrap_or(Value::None));
        let base = super::call::small(self.t.stack.len());
        self.t.stack.resize(self.t.stack.len() + code.slots.len(), Value::Unbound);
        self.t.frames.push(Frame {
            code,
            module,
            ip: 0,
            base,
            floor: base,
            handled: Value::None,
            after,
            generator: None,
        });
    }

    /// `import name`: the module, or the first part of a dotted name, goes where `after` says.
    pub(super) fn import(&mut self, name: &str, dotted: bool, after: After) -> Result<(), Raise> {
        if name == "os.path" {
            // CPython's is a module of another name, too.
            return self.import(if dotted { "os_path" } else { "os" }, dotted, after);
        }
        let first = name.split('.').next().unwrap_or_default();
        let wanted = if dotted { name } else { first };
        if let Some(module) = self.cx.loaded(wanted)
            && (wanted == name || self.cx.loaded(name).is_some())
        {
            return self.complete(after, Value::Module(module));
        }
        let secret = first.starts_with('_')
            && first != "__future__"
            && !self.t.frames.last().is_some_and(|frame| frame.code.hidden);
        if !secret {
            if let Some(unit) = prelude().units.get(name) {
                let module = self.cx.add_unit(name, unit.clone());
                let result = self.link(name, module, wanted)?;
                debug_assert!(matches!(after, After::Push));
                self.start_module(module, After::Import(result));
                return Ok(());
            }
            if let Some((table, functions)) = registry().module(name) {
                let module = self.load_table(name, table, functions);
                let result = self.link(name, module, wanted)?;
                return self.complete(after, result);
            }
        }
        Err(self.no_module(name))
    }

    /// Makes `a.b` an attribute of `a`; what `import` gives.
    fn link(&mut self, name: &str, module: ModuleId, wanted: &str) -> Result<Value, Raise> {
        let Some((package, last)) = name.rsplit_once('.') else { return Ok(Value::Module(module)) };
        let package = match self.cx.loaded(package) {
            Some(package) => package,
            None => match (prelude().units.get(package), registry().module(package)) {
                // A package without a body that would have to run.
                (Some(unit), _) => self.cx.add_unit(package, unit.clone()),
                (None, Some((table, functions))) => self.load_table(package, table, functions),
                (None, None) => return Err(self.no_module(package)),
            },
        };
        let last = self.cx.sym(last);
        self.cx.modules[package.0 as usize].set(last, Value::Module(module));
        Ok(Value::Module(if wanted == name { module } else { package }))
    }

    fn load_table(
        &mut self,
        name: &str,
        table: &'static crate::native::ModuleTable,
        functions: &[(Sym, Value)],
    ) -> ModuleId {
        let mut extra = Attributes::default();
        for (sym, value) in functions {
            extra.set(*sym, *value);
        }
        for (constant, value) in (table.values)(&mut self.cx) {
            let sym = self.cx.sym(constant);
            extra.set(sym, value);
        }
        self.cx.modules.push(Module { name: name.into(), unit: None, constants: Vec::new(), slots: Vec::new(), extra });
        ModuleId(u16::try_from(self.cx.modules.len() - 1).expect("few modules are loaded"))
    }

    fn no_module(&mut self, name: &str) -> Raise {
        self.cx.error(TypeId::MODULE_NOT_FOUND_ERROR, &format!("No module named '{name}'"))
    }

    /// `module` → `module value`.
    pub(super) fn import_from(&mut self, name: Sym) -> Result<(), Raise> {
        let Value::Module(id) = *self.t.stack.last().expect("the compiler balances the stack") else {
            unreachable!("import leaves a module")
        };
        if let Some(value) = self.cx.modules[id.0 as usize].get(name) {
            self.t.stack.push(value);
            return Ok(());
        }
        let module = self.cx.modules[id.0 as usize].name.clone();
        let text = self.cx.name(name);
        let inner = format!("{module}.{text}");
        if prelude().units.contains_key(&*inner) || registry().module(&inner).is_some() {
            return self.import(&inner, true, After::Push);
        }
        let text = format!("cannot import name '{text}' from '{module}' (unknown location)");
        Err(self.cx.error(TypeId::IMPORT_ERROR, &text))
    }

    /// `from module import *`.
    pub(super) fn import_star(&mut self) -> Result<(), Raise> {
        let Some(Value::Module(id)) = self.t.stack.pop() else { unreachable!("import leaves a module") };
        let into = self.module();
        let all = self.cx.modules[id.0 as usize].get(Sym::ALL);
        let names: Vec<(Sym, Value)> = match all.and_then(|all| self.cx.heap.items(all).map(<[Value]>::to_vec)) {
            Some(all) => {
                let mut names = Vec::new();
                for name in all {
                    let text = self.cx.text_of(name)?;
                    let sym = self.cx.sym(&text);
                    if let Some(value) = self.cx.modules[id.0 as usize].get(sym) {
                        names.push((sym, value));
                    }
                }
                names
            }
            None => {
                let all = self.cx.modules[id.0 as usize].names();
                all.into_iter().filter(|(name, _)| !self.cx.symbols.name(*name).starts_with('_')).collect()
            }
        };
        for (name, value) in names {
            self.cx.modules[into.0 as usize].set(name, value);
        }
        Ok(())
    }

    /// `globals()`, `locals()` of the innermost frame that is the program's.
    pub(super) fn names(&mut self, globals: bool) -> Result<Value, Raise> {
        let frame = self.t.frames.iter().rev().find(|frame| !frame.code.hidden);
        let Some(frame) = frame else { return self.cx.make_dict(Vec::new()) };
        if globals || &*frame.code.name == "<module>" {
            let names = self.cx.modules[frame.module.0 as usize].names();
            return self.dict_of_names(names);
        }
        let mut names = Vec::new();
        for (slot, name) in frame.code.slots.iter().enumerate() {
            let mut value = self.t.stack[frame.base as usize + slot];
            if let Some(crate::object::Object::Cell(inside)) = self.cx.heap.object(value) {
                value = *inside;
            }
            if !value.is_unbound() && !self.cx.symbols.name(*name).starts_with('.') {
                names.push((*name, value));
            }
        }
        self.dict_of_names(names)
    }

    /// A builtin of the prelude: what its `__all__` lists.
    pub(super) fn public_prelude(&self, name: Sym) -> Option<Value> {
        let text = self.cx.symbols.name(name);
        if text.starts_with('_') {
            return None;
        }
        let module = &self.cx.modules[self.cx.prelude.0 as usize];
        let all = module.get(Sym::ALL)?;
        let listed = self.cx.heap.items(all)?.iter().any(|item| self.cx.heap.text(*item) == Some(text));
        if listed { module.get(name) } else { None }
    }
}
