//! The programs in `programs/TOPIC/FILE.py`: several in a file, each after a line `# === NAME`.
//!
//! In the head of a program `# stdin| TEXT` is a line that is typed, and `# not in: REASON` says what the machine does not have. `␉`
//! stands for a tab, which the house's text has none of. Absent: what the programs answer (`recorded.rs`).

use std::fs;
use std::path::{Path, PathBuf};

/// One program.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// `TOPIC/FILE/NAME`.
    pub(crate) name: String,
    pub(crate) source: String,
    /// What is typed.
    pub(crate) stdin: String,
    /// Why the machine does not run it.
    pub(crate) not_in: Option<String>,
}

impl Program {
    /// A program of this text, with what its comments say.
    pub(crate) fn new(name: String, source: &str) -> Program {
        let head = |mark: &str| source.lines().filter_map(|line| line.strip_prefix(mark)).collect::<Vec<_>>();
        let typed = head("# stdin|").into_iter().map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)));
        Program {
            stdin: typed.collect(),
            not_in: head("# not in: ").first().map(|why| (*why).to_owned()),
            source: source.replace('␉', "\t"),
            name,
        }
    }
}

/// This folder.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle")
}

/// All programs in the order of their names; with `ONLY=…` those whose name has it.
pub(crate) fn load() -> Vec<Program> {
    let mut programs = Vec::new();
    for path in python_files(&folder().join("programs")) {
        let text = fs::read_to_string(&path).expect("a program is text");
        let topic = path.parent().and_then(Path::file_name).expect("programs lie in topics").to_string_lossy();
        let stem = path.file_stem().expect("a file has a name").to_string_lossy();
        for (name, source) in sections(&text, "# === ") {
            let source = source.strip_suffix("\n\n").map_or(source.clone(), |source| format!("{source}\n"));
            programs.push(Program::new(format!("{topic}/{stem}/{name}"), &source));
        }
    }
    let mut names: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "every program has a name of its own");
    match std::env::var("ONLY") {
        Ok(only) => programs.into_iter().filter(|program| program.name.contains(&only)).collect(),
        Err(_) => programs,
    }
}

/// The parts of a text that follow a line with a mark and a name.
pub(crate) fn sections(text: &str, mark: &str) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix(mark), sections.last_mut()) {
            (Some(name), _) => sections.push((name.trim_end().to_owned(), String::new())),
            (None, Some((_, section))) => section.push_str(line),
            (None, None) => panic!("before the first `{mark}NAME` is {line:?}"),
        }
    }
    sections
}

fn python_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for topic in sorted_entries(folder) {
        files.extend(sorted_entries(&topic).into_iter().filter(|path| path.extension().is_some_and(|end| end == "py")));
    }
    files
}

/// What lies in a folder, by name.
pub(crate) fn sorted_entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a folder can be read").path()).collect();
    paths.sort();
    paths
}
