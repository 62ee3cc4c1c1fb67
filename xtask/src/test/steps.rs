//! The steps of `cargo xtask test`, in order: what is cheap and often wrong first, the browser last.
//!
//! Every step is something that can be called alone, and names the command for it. Absent: steps that only CI could run.

use std::fs;
use std::path::Path;

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
    /// Call cargo with these arguments and this variable.
    Cargo(Vec<String>, Option<(&'static str, String)>),
}

impl Step {
    fn new(name: impl Into<String>, action: Action) -> Step {
        Step { name: name.into(), action }
    }

    fn cargo(name: impl Into<String>, line: &str) -> Step {
        Step::new(name, Action::Cargo(line.split_whitespace().map(str::to_owned).collect(), None))
    }

    fn with(mut self, variable: &'static str, value: impl Into<String>) -> Step {
        if let Action::Cargo(_, set) = &mut self.action {
            *set = Some((variable, value.into()));
        }
        self
    }

    /// The command that repeats this step alone.
    pub(crate) fn repeat(&self) -> String {
        match &self.action {
            Action::Tools => "cargo xtask test".to_owned(),
            Action::Tidy => "cargo xtask tidy".to_owned(),
            Action::Page => "cargo xtask build".to_owned(),
            Action::Cargo(args, Some(("RUSTDOCFLAGS", flags))) => {
                format!("RUSTDOCFLAGS=\"{flags}\" cargo {}", args.join(" "))
            }
            Action::Cargo(args, _) => format!("cargo {}", args.join(" ")),
        }
    }
}

/// What is to be done.
///
/// Native steps all say `--workspace`: with another choice of packages, cargo would choose other features of shared
/// dependencies and compile them again.
pub(crate) fn steps(workspace: &Workspace, quick: bool) -> Result<Vec<Step>> {
    let formatting = Step::cargo("formatting", "fmt --all -- --check");
    let tidy = Step::new("tidy", Action::Tidy);
    let lints = Step::cargo("lints", "clippy --workspace --all-targets -- -D warnings");
    let native = Step::cargo("native tests", "test --workspace --no-fail-fast");
    if quick {
        return Ok(vec![formatting, tidy, lints, native]);
    }
    let wasm_lints = format!("clippy --package web --all-targets --target {WASM} -- -D warnings");
    let documentation = Step::cargo("documentation", "doc --no-deps --workspace").with("RUSTDOCFLAGS", "-D warnings");
    // A target of its own, because `--all-targets` leaves out what `cargo test` does.
    let end_to_end_lints = "clippy --workspace --test e2e -- -D warnings";
    let mut steps = vec![
        Step::new("tools for the browser", Action::Tools),
        formatting,
        tidy,
        lints,
        Step::cargo("lints of the end-to-end tests", end_to_end_lints),
        Step::cargo("lints for wasm", &wasm_lints),
        documentation,
        // Before the first build of the binary, which embeds the page.
        Step::new("page", Action::Page),
        native,
        Step::cargo("binaries for the browser tests", "build --workspace --bin sockscope --bin wasm-test-runner"),
    ];
    // The runner that was just built, instead of the call of cargo that .cargo/config.toml names for everyone.
    let runner = workspace.target.join("debug/wasm-test-runner").display().to_string();
    for member in &workspace.members {
        let targets = wasm_tests(workspace, member)?;
        if !targets.is_empty() {
            let line = format!("test --package {} --target {WASM} --no-fail-fast {targets}", member.name);
            let step = Step::cargo(format!("wasm tests of {}", member.name), &line);
            steps.push(step.with("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &runner));
        }
    }
    steps.push(Step::cargo("end to end", "test --workspace --test e2e --no-fail-fast"));
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
        // `tests/NAME/main.rs` has its modules beside it; `tests/NAME.rs` stands alone.
        let in_folder = target.source.ends_with("main.rs");
        let has = match target.source.parent().filter(|_| in_folder) {
            Some(folder) => any_wasm_test(folder)?,
            None => has_wasm_test(&fs::read_to_string(&target.source)?),
        };
        if has {
            chosen.push(format!("--test {}", target.name));
        }
    }
    Ok(chosen.join(" "))
}

fn any_wasm_test(folder: &Path) -> Result<bool> {
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
