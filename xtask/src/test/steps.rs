//! The steps of `cargo xtask test`, in order: what is cheap and often wrong first, the browser last.
//!
//! Every step is something that can be called alone, and names the command for it. Absent: steps that only CI could run.

use std::fs;

use anyhow::Result;

use crate::siblings::files_under;
use crate::workspace::{Member, WASM, Workspace};

/// One check.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) action: Action,
}

/// How a check is made.
pub(crate) enum Action {
    /// Install what the browser tests need.
    Tools,
    /// Check the rules of the house.
    Tidy,
    /// Build the page.
    Page,
    /// Call cargo with these arguments.
    Cargo(Vec<String>),
    /// The same, with rustdoc's warnings as errors.
    CargoDoc(Vec<String>),
}

impl Step {
    fn new(name: impl Into<String>, action: Action) -> Step {
        Step { name: name.into(), action }
    }

    fn cargo(name: impl Into<String>, line: &str) -> Step {
        Step::new(name, Action::Cargo(words(line)))
    }

    /// The command that repeats this step alone.
    pub(crate) fn repeat(&self) -> String {
        match &self.action {
            Action::Tools => "cargo xtask test".to_owned(),
            Action::Tidy => "cargo xtask tidy".to_owned(),
            Action::Page => "cargo xtask build".to_owned(),
            Action::Cargo(args) => format!("cargo {}", args.join(" ")),
            Action::CargoDoc(args) => {
                format!("RUSTDOCFLAGS=\"-D warnings\" cargo {}", args.join(" "))
            }
        }
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// What is to be done.
pub(crate) fn steps(workspace: &Workspace, quick: bool) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    if !quick {
        steps.push(Step::new("tools for the browser", Action::Tools));
    }
    steps.push(Step::cargo("formatting", "fmt --all -- --check"));
    steps.push(Step::new("tidy", Action::Tidy));
    steps.push(Step::cargo("lints", "clippy --workspace --all-targets -- -D warnings"));
    let native = Step::cargo("native tests", "test --workspace --exclude tests --no-fail-fast");
    if quick {
        steps.push(native);
        return Ok(steps);
    }
    let wasm_lints = format!("clippy --package web --all-targets --target {WASM} -- -D warnings");
    steps.push(Step::cargo("lints for wasm", &wasm_lints));
    steps.push(Step::new("documentation", Action::CargoDoc(words("doc --no-deps --workspace"))));
    // Before the first build of the binary, which embeds the page.
    steps.push(Step::new("page", Action::Page));
    steps.push(native);
    for member in &workspace.members {
        let targets = wasm_tests(workspace, member)?;
        if !targets.is_empty() {
            let line = format!("test --package {} --target {WASM} --no-fail-fast {targets}", member.name);
            steps.push(Step::cargo(format!("wasm tests of {}", member.name), &line));
        }
    }
    steps.push(Step::cargo("the binary", "build --workspace --exclude tests --bin sockscope"));
    steps.push(Step::cargo("end to end", "test --package tests --no-fail-fast"));
    Ok(steps)
}

/// The arguments that choose the targets of a crate with wasm tests in them; empty when there are none.
///
/// Only these are compiled for wasm: other tests of the crate may read files or start programs.
fn wasm_tests(workspace: &Workspace, member: &Member) -> Result<String> {
    let mut chosen = Vec::new();
    if !member.dependencies.iter().any(|dependency| dependency == "wasm-bindgen-test") {
        return Ok(String::new());
    }
    if any_wasm_test(&workspace.root.join(&member.folder).join("src"))? {
        chosen.push("--lib".to_owned());
    }
    for target in member.targets.iter().filter(|target| target.kind == "test") {
        if has_wasm_test(&fs::read_to_string(&target.source)?) {
            chosen.push(format!("--test {}", target.name));
        }
    }
    Ok(chosen.join(" "))
}

fn any_wasm_test(folder: &std::path::Path) -> Result<bool> {
    for file in files_under(folder)? {
        let text = fs::read(folder.join(file))?;
        if has_wasm_test(&String::from_utf8_lossy(&text)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_wasm_test(text: &str) -> bool {
    text.contains("wasm_bindgen_test")
}
