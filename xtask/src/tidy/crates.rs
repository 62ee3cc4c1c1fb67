//! Rules about manifests and what depends on what.
//!
//! Absent: the order of crates in a manifest, and audits of other people's crates.

use super::{Finding, Rule};

/// One place to raise a version, and no crate compiled twice.
pub(super) const VERSIONS: Rule = Rule {
    name: "versions",
    reason: "a version stands once, under [workspace.dependencies] of the root; members say `.workspace = true`",
    check: |tree| {
        let manifests = tree.files.iter().filter(|(path, _)| path.ends_with("/Cargo.toml"));
        manifests.flat_map(|(path, text)| check_manifest(path, text)).collect()
    },
};

fn check_manifest(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut section = "";
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if is_dependency_line(section, line) && !says_workspace(line) {
            findings.push(Finding::new(path, index + 1, line));
        }
    }
    findings
}

/// `name = …` under `[dependencies]`, or `version = …` and the like under `[dependencies.name]`.
fn is_dependency_line(section: &str, line: &str) -> bool {
    let is_entry = line.contains('=') && !line.starts_with('#');
    let names_a_source = ["version", "path", "git"].iter().any(|key| line.split(['=', ' ']).next() == Some(key));
    let in_list = section.ends_with("dependencies");
    let in_one = section.contains("dependencies.");
    is_entry && (in_list || in_one && names_a_source)
}

fn says_workspace(line: &str) -> bool {
    line.replace(' ', "").contains("workspace=true")
}

/// Without it, a clone next year is another program.
pub(super) const LOCKFILE: Rule = Rule {
    name: "lockfile",
    reason: "Cargo.lock is part of the source: wasm-bindgen and its tools must match to the digit",
    check: |tree| {
        let mut findings = Vec::new();
        if !tree.files.contains_key("Cargo.lock") {
            findings.push(Finding::new("Cargo.lock", 1, "missing"));
        }
        let ignored = tree.files.get(".gitignore").map_or("", String::as_str);
        for (index, line) in ignored.lines().enumerate() {
            if line.trim_start_matches('/') == "Cargo.lock" {
                findings.push(Finding::new(".gitignore", index + 1, "Cargo.lock is ignored"));
            }
        }
        findings
    },
};

/// Crates that give the same answer everywhere because they touch nothing.
pub(super) const PURE_CRATES: &[&str] = &["sim-core", "capture", "share", "relay-proto", "python", "lessons"];

/// What reaches a file, a socket, a clock, a thread or entropy.
const IMPURE: [&str; 30] = [
    "async-std",
    "chrono",
    "crossbeam",
    "fastrand",
    "futures-executor",
    "getrandom",
    "gloo",
    "hyper",
    "instant",
    "js-sys",
    "leptos",
    "libc",
    "mio",
    "nix",
    "parking_lot",
    "quinn",
    "rand",
    "rayon",
    "reqwest",
    "rustix",
    "smol",
    "socket2",
    "sysinfo",
    "tempfile",
    "time",
    "tokio",
    "tungstenite",
    "wasm-bindgen",
    "web-sys",
    "web-time",
];

/// What an impure crate is needed for all the same: the parser of Python asks `stacker` how much stack is left, which asks the system;
/// in a page nobody asks.
const HARMLESS: &[(&str, &str)] = &[("python", "libc")];

/// Same scenario, seed and inputs give the same trace; and a codec is tried without a network.
pub(super) const PURE: Rule = Rule {
    name: "pure",
    reason: "the simulator, the codec, the interpreter and the lessons have no I/O, clock or entropy, not even in a \
             dependency, so that they answer the same everywhere",
    check: |tree| {
        let mut findings = Vec::new();
        for (name, closure) in &tree.closures {
            let is_impure = |dependency: &&String| {
                IMPURE.contains(&dependency.as_str()) && !HARMLESS.contains(&(name.as_str(), dependency.as_str()))
            };
            for dependency in closure.iter().filter(is_impure) {
                findings.push(Finding::new(
                    &format!("{name}/Cargo.toml"),
                    1,
                    format!("{name} depends on {dependency}"),
                ));
            }
        }
        if tree.closures.contains_key("sim-core") && !tree.files.contains_key("sim-core/clippy.toml") {
            findings.push(Finding::new(
                "sim-core/clippy.toml",
                1,
                "missing: it forbids std's clocks, threads and sockets",
            ));
        }
        findings
    },
};
