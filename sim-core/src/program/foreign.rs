//! Programs in other languages: their text, and who makes machines of them.
//!
//! Absent on purpose: any language. Whoever makes a network says how its texts are run.

use core::fmt;
use std::sync::Arc;

use super::Program;

/// A program in another language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// The language, in lower case, such as `python`.
    pub language: Arc<str>,
    /// The program's name, such as `client.py`.
    pub name: Arc<str>,
    /// Its text.
    pub source: Arc<str>,
    /// What it can read from its standard input, and nothing after that. Without it, it reads what is typed
    /// ([`crate::network::Input::Typed`]).
    pub input: Option<Arc<str>>,
}

/// Makes the machine of a program.
#[derive(Clone, Copy, Debug)]
pub struct Loader(pub fn(&Foreign) -> Result<Box<dyn Program>, Unreadable>);

/// A text that is no program, with the place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong there: one sentence, in the language's own words.
    pub what: Arc<str>,
}

/// A program in another language that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody here runs programs of this language.
    Language(Arc<str>),
    /// It has more lines than can be numbered.
    Lines(usize),
    /// Its text is no program.
    Text(Unreadable),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Language(language) => {
                write!(
                    f,
                    "programs in `{language}` cannot be run here: write it as a script, or in a language that can"
                )
            }
            Refusal::Lines(lines) => write!(f, "it has {lines} lines, and {} are the most: shorten it", Foreign::LINES),
            Refusal::Text(Unreadable { line, what, .. }) => write!(f, "line {line}: {what}"),
        }
    }
}

impl Foreign {
    /// The most lines of a program: facts number them in 16 bits.
    pub const LINES: usize = u16::MAX as usize;

    /// Its machine, before it has begun.
    pub(crate) fn load(&self, loader: Option<Loader>) -> Result<Box<dyn Program>, Refusal> {
        let lines = self.source.lines().count();
        if lines > Foreign::LINES {
            return Err(Refusal::Lines(lines));
        }
        let Loader(load) = loader.ok_or_else(|| Refusal::Language(self.language.clone()))?;
        load(self).map_err(Refusal::Text)
    }
}
