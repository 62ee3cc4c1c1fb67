//! For every rule, samples that break it and samples that keep it.
//!
//! A sample is a small checkout: paths and texts, and for the crates named `crate: a b` what they are compiled with.
//! Absent: combinations; a rule looks at one thing.

use std::collections::BTreeMap;

use super::{RULES, Tree};

type Checkout = &'static [(&'static str, &'static str)];

struct Sample {
    rule: &'static str,
    /// With the line that is named.
    breaks: &'static [(usize, Checkout)],
    keeps: &'static [Checkout],
}

const SAMPLES: &[Sample] = &[
    Sample {
        rule: "style",
        breaks: &[
            (1, &[("web/static/a.html", "<p style=\"width: 1px\">")]),
            (2, &[("web/src/browser/a.rs", "//! A.\nview! { <p id=id style=size></p> }")]),
            (3, &[("web/src/browser/a.rs", "//! A.\n<p\n    style=size\n>")]),
        ],
        keeps: &[
            &[("web/src/browser/a.rs", "//! A.\nview! { <p prop:style=size style:top=top></p> }")],
            &[("web/src/view/a.rs", "//! A.\nconst A: &str = \"<g style=\";")],
        ],
    },
    Sample {
        rule: "head",
        breaks: &[(1, &[("a.rs", "fn a() {}")]), (1, &[("a.rs", "\n//! Late.")]), (1, &[("a.rs", "// Plain.")])],
        keeps: &[&[("a.rs", "//! What it holds.")], &[("a.py", "import socket")]],
    },
    Sample {
        rule: "unfinished",
        breaks: &[
            (2, &[("a.rs", "//! A.\nfn a() { todo!() }")]),
            (2, &[("a.rs", "//! A.\nfn a() { dbg!(1) }")]),
            (2, &[("a.rs", "//! A.\nfn a() { unimplemented!() }")]),
        ],
        keeps: &[&[("a.rs", "//! A todo!() in a comment.\nfn todo() { \"todo!\"; todo() }")]],
    },
    Sample {
        rule: "sleep",
        breaks: &[
            (1, &[("relay/tests/a.rs", "fn a() { std::thread::sleep(x) }")]),
            (2, &[("relay/src/a.rs", "#[cfg(test)]\nmod tests { fn a() { sleep(x) } }")]),
            (2, &[("tests/programs/a.py", "import time\ntime.sleep(1)")]),
        ],
        keeps: &[
            &[("relay/src/a.rs", "fn a() { sleep(x) }")],
            &[("relay/tests/a.rs", "// never sleep(x)\nfn a() { sleepless(x) }")],
        ],
    },
    Sample {
        rule: "fixed-port",
        breaks: &[
            (1, &[("relay/tests/a.rs", "const A: &str = \"127.0.0.1:8898\";")]),
            (1, &[("cli/tests/a.rs", "const A: &str = \"ws://localhost:80/\";")]),
            (1, &[("tests/src/a.rs", "const A: &str = \"[::1]:9\";")]),
        ],
        keeps: &[
            &[("relay/tests/a.rs", "// not 127.0.0.1:8898\nconst A: &str = \"127.0.0.1:0\";")],
            &[("relay/tests/a.rs", "// fixed port: only parsed\nconst A: &str = \"127.0.0.1:8898\";")],
            &[("sim-core/tests/a.rs", "const A: &str = \"127.0.0.1:8898\";")],
            &[("relay/src/a.rs", "#[cfg(test)]\nmod tests { const A: &str = \"127.0.0.1:7878\"; }")],
            &[("relay/proto/tests/a.rs", "const A: &str = \"127.0.0.1:8898\";")],
        ],
    },
    Sample {
        rule: "machine",
        breaks: &[
            (2, &[("a.toml", "\npath = \"/root/a\"")]),
            (1, &[("a.md", "see /work/b")]),
            (1, &[("a.rs", "//! As ../shared/design.md says.")]),
            (1, &[("a.rs", "//! In /tmp/target-x.")]),
        ],
        keeps: &[&[("a.md", "your work/place, shared, /tmp/x")]],
    },
    Sample {
        rule: "whitespace",
        breaks: &[(1, &[("a.rs", "//! A. \n")]), (2, &[("a.md", "a\n\tb\n")]), (1, &[("a.toml", "a\r\n")])],
        keeps: &[&[("a.rs", "//! A.\n")], &[("Makefile", "a:\n\tb\n")]],
    },
    Sample {
        rule: "versions",
        breaks: &[
            (2, &[("a/Cargo.toml", "[dependencies]\nanyhow = \"1\"")]),
            (2, &[("a/Cargo.toml", "[dev-dependencies]\ntokio = { version = \"1\", features = [] }")]),
            (2, &[("a/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nb = { path = \"../b\" }")]),
            (2, &[("a/Cargo.toml", "[dependencies.tokio]\nversion = \"1\"")]),
        ],
        keeps: &[
            &[("a/Cargo.toml", "[package]\nversion = \"1\"\n[dependencies]\n# why\nb.workspace = true")],
            &[("a/Cargo.toml", "[dependencies.tokio]\nworkspace = true\nfeatures = [\"net\"]")],
            &[("a/Cargo.toml", "[dependencies]\nb = { workspace = true, features = [\"c\"] }")],
            &[("Cargo.toml", "[workspace.dependencies]\nanyhow = \"1\"")],
        ],
    },
    Sample {
        rule: "lockfile",
        breaks: &[(1, &[("a.rs", "//! A.")]), (2, &[("Cargo.lock", ""), (".gitignore", "/target\nCargo.lock")])],
        keeps: &[&[("Cargo.lock", ""), (".gitignore", "/target")]],
    },
    Sample {
        rule: "pure",
        breaks: &[
            (1, &[("crate: sim-core", "smallvec tokio"), ("sim-core/clippy.toml", "")]),
            (1, &[("crate: relay-proto", "getrandom")]),
            (1, &[("crate: sim-core", "")]),
        ],
        keeps: &[&[("crate: sim-core", "smallvec"), ("sim-core/clippy.toml", ""), ("crate: relay-proto", "")]],
    },
    Sample {
        rule: "browser",
        breaks: &[
            (1, &[("web/src/view/a.rs", "use web_sys::Element;")]),
            (1, &[("web/src/lib.rs", "fn a() { js_sys::Date::now() }")]),
            (1, &[("web/src/app/a.rs", "use leptos::prelude::*;")]),
            (1, &[("web/src/a.rs", "use wasm_bindgen::JsValue;")]),
        ],
        keeps: &[
            &[("web/src/browser/a.rs", "use web_sys::Element;")],
            &[("web/src/main.rs", "use wasm_bindgen::prelude::*;")],
            &[("web/tests/a.rs", "use wasm_bindgen_test::*; use web_sys::Element;")],
            &[("web/src/view/a.rs", "//! Never web_sys.")],
        ],
    },
    Sample {
        rule: "catalogue",
        breaks: &[
            (1, &[("web/src/view/a.rs", "const A: &str = \"Send a message\";")]),
            (1, &[("web/src/browser/a.rs", "fn a() { show(\"No relay.\") }")]),
            (1, &[("cli/src/a.rs", "const A: &str = \"发送\";")]),
            (1, &[("web/src/app/a.rs", "const A: char = '层';")]),
        ],
        keeps: &[
            &[("web/src/view/a.rs", "const A: &str = \"stage-packet\"; const B: &str = \"M 0 0 L 1 1\";")],
            &[("web/src/view/a.rs", "const A: &str = \"ui-monospace, 'DejaVu Sans Mono', monospace\";")],
            &[("web/src/view/a.rs", "// not shown\nconst A: &str = \"two words\";")],
            &[("web/src/view/a.rs", "fn a() { b.expect(\"the list is never empty\"); panic!(\"no list {}\", 1) }")],
            &[("web/src/view/a.rs", "#[expect(unused, reason = \"a good one\")]\nfn a() {}")],
            &[("web/src/view/a.rs", "#[cfg(test)]\nmod tests { const A: &str = \"two words\"; }")],
            &[("web/src/app/catalogue.rs", "const A: &str = \"发送\";")],
            &[("web/src/app/a.rs", "//! 发送\nconst A: &str = \"two words\";")],
            &[("lessons/src/a.rs", "const A: &str = \"发送\";")],
        ],
    },
];

fn tree(checkout: impl IntoIterator<Item = (String, String)>) -> Tree {
    let (mut files, mut closures) = (BTreeMap::new(), BTreeMap::new());
    for (path, text) in checkout {
        match path.strip_prefix("crate: ") {
            Some(name) => {
                closures.insert(name.to_owned(), text.split_whitespace().map(str::to_owned).collect());
            }
            None => {
                files.insert(path, text);
            }
        }
    }
    Tree::new(files, closures)
}

fn sample_tree(checkout: Checkout) -> Tree {
    tree(checkout.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
}

/// The lines that the rule `name` finds in a checkout.
fn found(name: &str, tree: &Tree) -> Vec<usize> {
    let rule = RULES.iter().find(|rule| rule.name == name).expect("the sample names a rule");
    (rule.check)(tree).iter().map(|finding| finding.line).collect()
}

#[test]
fn every_rule_can_fail_and_can_pass() {
    for rule in RULES.iter().filter(|rule| rule.name != "long") {
        let sample = SAMPLES.iter().find(|sample| sample.rule == rule.name);
        let sample = sample.unwrap_or_else(|| panic!("rule {} has no sample", rule.name));
        assert!(!sample.breaks.is_empty() && !sample.keeps.is_empty(), "rule {} lacks a sample", rule.name);
        for (line, checkout) in sample.breaks {
            assert_eq!(found(rule.name, &sample_tree(checkout)), [*line], "{}: {checkout:?}", rule.name);
        }
        for checkout in sample.keeps {
            assert_eq!(found(rule.name, &sample_tree(checkout)), [0; 0], "{}: {checkout:?}", rule.name);
        }
    }
}

/// The rule on length has its own test: its samples are too long to be written out.
#[test]
fn a_long_file_must_say_why() {
    let body = "fn a() {}\n".repeat(601);
    let file = |head: &str, body: &str| tree([("a.rs".to_owned(), format!("{head}\n{body}"))]);
    assert_eq!(found("long", &file("//! A.", &body)), [1]);
    assert_eq!(found("long", &file("//! A.\n//! Long because it is a table.", &body)), [0; 0]);
    assert_eq!(found("long", &file("//! A.", &"fn a() {}\n".repeat(600))), [0; 0]);
    assert_eq!(found("long", &file("//! A.", &"// a comment\n".repeat(700))), [0; 0]);
}
