//! `cargo xtask tidy`: the rules of the house as tests, each with its reason.
//!
//! A rule looks at a [`Tree`] and names places. Every rule has samples that break it and samples that keep it
//! (`tests.rs`), so that none is a rule that cannot fail. Absent: what rustfmt and clippy see already.

mod crates;
mod text;
mod web;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::source::{Files, Token, read_files, tokens};
use crate::workspace::{Workspace, cargo};

/// What the rules look at.
pub(crate) struct Tree {
    files: Files,
    /// The tokens of each Rust file that lexes.
    rust: BTreeMap<String, Vec<Token>>,
    /// For each crate that must stay pure: every crate it is compiled with.
    closures: BTreeMap<String, Vec<String>>,
}

/// A rule, and why there is one.
pub(crate) struct Rule {
    name: &'static str,
    reason: &'static str,
    check: fn(&Tree) -> Vec<Finding>,
}

/// A place where a rule is broken.
pub(crate) struct Finding {
    path: String,
    /// Counted from 1.
    line: usize,
    /// What is there.
    what: String,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into() }
    }
}

const RULES: &[Rule] = &[
    text::HEAD,
    text::LONG,
    text::UNFINISHED,
    text::SLEEP,
    text::FIXED_PORT,
    text::MACHINE,
    text::WHITESPACE,
    crates::VERSIONS,
    crates::LOCKFILE,
    crates::PURE,
    web::BROWSER,
    web::CATALOGUE,
    web::STYLE,
];

impl Tree {
    fn new(files: Files, closures: BTreeMap<String, Vec<String>>) -> Tree {
        let rust = files.iter().filter(|(path, _)| path.ends_with(".rs"));
        let rust = rust.filter_map(|(path, text)| Some((path.clone(), tokens(text)?))).collect();
        Tree { files, rust, closures }
    }
}

/// Checks every rule and fails when one is broken.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut closures = BTreeMap::new();
    for name in crates::PURE_CRATES {
        if workspace.member(name).is_some() {
            closures.insert((*name).to_owned(), closure(workspace, name)?);
        }
    }
    let tree = Tree::new(read_files(&workspace.root)?, closures);
    let mut findings = 0;
    for rule in RULES {
        for Finding { path, line, what } in (rule.check)(&tree) {
            println!("{path}:{line}: [{}] {what}: {}", rule.name, rule.reason);
            findings += 1;
        }
    }
    if findings > 0 {
        bail!("{findings} places break a rule of the house: each is named above with its reason");
    }
    println!("tidy: {} files keep {} rules", tree.files.len(), RULES.len());
    Ok(())
}

/// The names of every crate that `name` is compiled with, for any platform, without its tests.
fn closure(workspace: &Workspace, name: &str) -> Result<Vec<String>> {
    let output = cargo()
        .args(["tree", "--package", name, "--edges", "normal", "--target", "all"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(&workspace.root)
        .stderr(Stdio::inherit())
        .output()
        .context("cargo could not be started")?;
    if !output.status.success() {
        bail!("cargo cannot list what {name} depends on: its message is above");
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.filter(|dependency| *dependency != name).map(str::to_owned).collect())
}
