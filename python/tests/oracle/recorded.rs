//! Answers of CPython 3.11 as they are kept in `answers/TOPIC/FILE.txt`, for where there is no Python or another one.
//!
//! `SOCKSCOPE_UPDATE_ORACLE=1` keeps them anew. Absent: answers to generated programs, which only a Python that is there can give.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use crate::corpus::{folder, sections};
use crate::outcome::Outcome;

/// The version whose words the machine says.
pub(crate) const VERSION: &str = "3.11";

fn path(file: &str) -> PathBuf {
    folder().join("answers").join(file).with_extension("txt")
}

/// The file of a program's answer, and the program's name in it.
fn split(name: &str) -> (&str, &str) {
    let second = name.match_indices('/').nth(1).expect("TOPIC/FILE/NAME").0;
    (&name[..second], &name[second + 1..])
}

/// What is kept of these programs' files, by the programs' names.
pub(crate) fn load<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, Outcome> {
    let mut answers = BTreeMap::new();
    let files: BTreeSet<&str> = names.map(|name| split(name).0).collect();
    for file in files {
        let Ok(text) = fs::read_to_string(path(file)) else { continue };
        for (name, text) in sections(&text, "=== ") {
            let outcome = Outcome::parse(&text).unwrap_or_else(|| panic!("{file}/{name}: the answer cannot be read"));
            answers.insert(format!("{file}/{name}"), outcome);
        }
    }
    answers
}

/// Keeps the answers to all programs.
pub(crate) fn save(answers: &BTreeMap<String, Outcome>) {
    let mut files = BTreeMap::<&str, String>::new();
    for (name, outcome) in answers {
        let (file, name) = split(name);
        *files.entry(file).or_default() += &format!("=== {name}\n{}", outcome.to_text());
    }
    for (file, text) in files {
        let path = path(file);
        fs::create_dir_all(path.parent().expect("answers lie in topics")).expect("the folder can be made");
        fs::write(path, text).expect("the answers can be written");
    }
}
