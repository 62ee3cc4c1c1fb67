//! Rules about what stands in a file: its head, its length, and words that must not be there.
//!
//! Absent: style that rustfmt decides.

use super::{Finding, Rule, Tree};
use crate::source::{Kind, Token, code_lines};

/// A reader who opens a file anywhere must learn what it holds and what it deliberately does not.
pub(super) const HEAD: Rule = Rule {
    name: "head",
    reason: "a file opens with `//!` that says what it holds and what is absent, so that a reader can start anywhere",
    check: |tree| {
        let rust = tree.files.iter().filter(|(path, _)| path.ends_with(".rs"));
        let headless = rust.filter(|(_, text)| !text.starts_with("//! "));
        headless.map(|(path, _)| Finding::new(path, 1, "no head")).collect()
    },
};

const LONGEST: usize = 600;

/// Files that eat everything are where understanding ends; some tables are long by nature and say so.
pub(super) const LONG: Rule = Rule {
    name: "long",
    reason: "no file has over 600 code lines, unless its head has a line `//! Long because …`: \
             one that eats everything is split by verb",
    check: |tree| {
        let lengths = tree.rust.iter().map(|(path, tokens)| (path, code_lines(tokens).len()));
        let long = lengths.filter(|(path, length)| *length > LONGEST && !explains_length(&tree.files[*path]));
        long.map(|(path, length)| Finding::new(path, 1, format!("{length} code lines"))).collect()
    },
};

fn explains_length(text: &str) -> bool {
    text.lines().take_while(|line| line.starts_with("//!")).any(|line| line.starts_with("//! Long because"))
}

/// Unfinished work is an issue with an owner, and what is printed for a minute's debugging is nobody's output.
pub(super) const UNFINISHED: Rule = Rule {
    name: "unfinished",
    reason: "what is not done is written down as an issue, not left in the code to panic",
    check: |tree| {
        find_words(tree, |_, token, next| {
            let is_macro = ["todo", "unimplemented", "dbg"].contains(&token.text.as_str())
                && next.is_some_and(|next| next.is("!"));
            is_macro.then(|| format!("{}!", token.text))
        })
    },
};

/// A test that sleeps is slow when the machine is fast and wrong when it is slow.
pub(super) const SLEEP: Rule = Rule {
    name: "sleep",
    reason: "a test waits for an event (a line, a state, an end of file), never for a time",
    check: |tree| {
        let mut findings = find_words(tree, |path, token, next| {
            let is_test = token.in_test || is_test_file(path);
            let is_call = token.is("sleep") && next.is_some_and(|next| next.is("("));
            (is_test && is_call).then(|| "sleep".to_owned())
        });
        // The oracle's programs are what is tested; Python's `sleep` is part of it.
        let is_test = |path: &str| is_test_file(path) && !path.starts_with("python/tests/oracle/");
        let python = tree.files.iter().filter(|(path, _)| path.ends_with(".py") && is_test(path));
        for (path, text) in python {
            findings.extend(find_lines(path, text, |line| line.contains("sleep(").then(|| "sleep".to_owned())));
        }
        findings
    },
};

/// Where tests talk to real sockets: the `tests` folders of crates that have some. Addresses in the simulated network, in
/// a message that is only encoded, or in a unit test of a parser, are not the machine's and collide with nothing.
fn has_real_sockets(path: &str) -> bool {
    let may_connect = ["relay/", "cli/", "tests/"].iter().any(|folder| path.starts_with(folder));
    may_connect && !path.starts_with("relay/proto/")
}

const FIXED_PORT_MARK: &str = "// fixed port:";

/// Two runs at once, or another program of the user's, take the same port.
pub(super) const FIXED_PORT: Rule = Rule {
    name: "fixed-port",
    reason: "a test binds port 0 and asks which port it got; where the number matters to no socket, the line says \
             `// fixed port: why`",
    check: |tree| {
        let mut findings = Vec::new();
        for (path, tokens) in &tree.rust {
            if !is_test_file(path) || !has_real_sockets(path) {
                continue;
            }
            let lines: Vec<&str> = tree.files[path].lines().collect();
            let strings = tokens.iter().filter(|token| token.string().is_some_and(names_a_port));
            for token in strings {
                if !is_marked(&lines, token.line, FIXED_PORT_MARK) {
                    findings.push(Finding::new(path, token.line, &token.text));
                }
            }
        }
        findings
    },
};

fn names_a_port(text: &str) -> bool {
    ["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|host| {
        text.match_indices(host).any(|(at, _)| text[at + host.len()..].starts_with(|c| ('1'..='9').contains(&c)))
    })
}

/// A path of one machine works on that machine.
pub(super) const MACHINE: Rule = Rule {
    name: "machine",
    reason: "the checkout works wherever it is cloned: no path of one machine, nothing outside the checkout",
    check: |tree| {
        let mut findings = Vec::new();
        // This folder must name what it forbids.
        for (path, text) in tree.files.iter().filter(|(path, _)| !path.starts_with("xtask/src/tidy/")) {
            findings.extend(find_lines(path, text, |line| {
                let forbidden = ["/work/", "/tmp/target", "/root/", "../shared"];
                forbidden.into_iter().find(|word| line.contains(word)).map(|word| format!("`{word}`"))
            }));
        }
        findings
    },
};

/// Noise in every diff that touches the line.
pub(super) const WHITESPACE: Rule = Rule {
    name: "whitespace",
    reason: "no tabs and no spaces at the end of a line: they are noise in the next diff",
    check: |tree| {
        let mut findings = Vec::new();
        let checked =
            |path: &str| [".rs", ".md", ".toml", ".py", ".css", ".html"].iter().any(|end| path.ends_with(end));
        for (path, text) in tree.files.iter().filter(|(path, _)| checked(path)) {
            findings.extend(find_lines(path, text, |line| {
                let is_noise = line.contains('\t') || line.ends_with([' ', '\r']);
                is_noise.then(|| "tab or trailing space".to_owned())
            }));
        }
        findings
    },
};

/// Folders and files that hold nothing but tests.
pub(super) fn is_test_file(path: &str) -> bool {
    let mut parts = path.split('/');
    let file = parts.next_back().unwrap_or_default();
    file == "tests.rs" || parts.any(|folder| folder == "tests")
}

/// Whether a line, or the one above it, has a comment that excuses it.
pub(super) fn is_marked(lines: &[&str], line: usize, mark: &str) -> bool {
    let above = line.saturating_sub(2);
    lines.iter().take(line).skip(above).any(|text| text.contains(mark))
}

fn find_lines(path: &str, text: &str, what: impl Fn(&str) -> Option<String>) -> Vec<Finding> {
    let lines = text.split('\n').enumerate();
    lines.filter_map(|(index, line)| Some(Finding::new(path, index + 1, what(line)?))).collect()
}

fn find_words(tree: &Tree, what: impl Fn(&str, &Token, Option<&Token>) -> Option<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, tokens) in &tree.rust {
        for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Word) {
            if let Some(what) = what(path, token, tokens.get(index + 1)) {
                findings.push(Finding::new(path, token.line, what));
            }
        }
    }
    findings
}
