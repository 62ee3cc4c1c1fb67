//! A program that is compiled; and the prelude, compiled once.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::code::Unit;
use crate::compile::compile;
use crate::native::registry;
use crate::source::{self, Mistake};
use crate::symbol::Symbols;

/// A compiled program. `Clone` shares it.
#[derive(Clone, Debug)]
pub struct Program {
    pub(crate) unit: Arc<Unit>,
    pub(crate) symbols: Arc<Symbols>,
}

impl Program {
    /// Compiles a program; `name` is what tracebacks call its file.
    ///
    /// # Errors
    ///
    /// If it is no Python, or more than this machine's.
    pub fn compile(name: &str, source: &str) -> Result<Program, Mistake> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source).replace("\r\n", "\n");
        let module = source::parse(&source)?;
        let mut symbols = prelude().symbols.clone();
        let unit = compile(name, &source, &module, false, &mut symbols)?;
        Ok(Program { unit: Arc::new(unit), symbols: Arc::new(symbols) })
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.unit.name
    }

    /// Its source.
    pub fn source(&self) -> &Arc<str> {
        &self.unit.source
    }
}

/// The prelude's modules.
#[derive(Debug)]
pub(crate) struct Prelude {
    pub(crate) units: FxHashMap<&'static str, Arc<Unit>>,
    pub(crate) symbols: Symbols,
}

/// The prelude, compiled when it is first asked for.
pub(crate) fn prelude() -> &'static Prelude {
    static PRELUDE: OnceLock<Prelude> = OnceLock::new();
    PRELUDE.get_or_init(|| {
        let mut symbols = registry().symbols.clone();
        let units = crate::prelude::MODULES
            .iter()
            .map(|(name, text)| {
                let unit = source::parse(text).and_then(|module| compile(name, text, &module, true, &mut symbols));
                let unit = unit
                    .unwrap_or_else(|mistake| panic!("prelude {name}, line {}: {}", mistake.line, mistake.last_line()));
                (*name, Arc::new(unit))
            })
            .collect();
        Prelude { units, symbols }
    })
}
