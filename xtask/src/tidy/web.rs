//! Rules about the page: where the browser may be touched, where words for the user may stand, and how elements get a style.
//!
//! The first two are heuristics over tokens; they err towards asking, and a comment answers. Absent: text that a view macro
//! would allow without quotes; it has no string to look at.

use super::text::{is_marked, is_test_file};
use super::{Finding, Rule};
use crate::source::{Kind, Token};

/// The model and the view are pure, so they run in native tests and a picture is a function of (model, time).
pub(super) const BROWSER: Rule = Rule {
    name: "browser",
    reason: "the browser is touched only under web/src/browser/ and in web/src/main.rs, so that model and view stay \
             pure and run in native tests",
    check: |tree| {
        let mut findings = Vec::new();
        for (path, tokens) in &tree.rust {
            let may_touch = path.starts_with("web/src/browser/")
                || ["web/src/browser.rs", "web/src/main.rs"].contains(&path.as_str())
                || path.starts_with("web/tests/");
            if !path.starts_with("web/") || may_touch {
                continue;
            }
            let words = tokens.iter().filter(|token| token.kind == Kind::Word);
            for token in words.filter(|token| is_browser_crate(&token.text)) {
                findings.push(Finding::new(path, token.line, format!("`{}`", token.text)));
            }
        }
        findings
    },
};

fn is_browser_crate(word: &str) -> bool {
    ["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "leptos"].contains(&word)
}

const NOT_SHOWN: &str = "// not shown";

/// Every word that a user reads exists in every language, and the compiler knows when one is missing.
pub(super) const CATALOGUE: Rule = Rule {
    name: "catalogue",
    reason: "what a user reads comes from the catalogue, where a missing translation does not compile; text that no \
             user reads is marked `// not shown`",
    check: |tree| {
        let mut findings = Vec::new();
        for (path, tokens) in tree.rust.iter().filter(|(path, _)| !is_catalogue(path) && !is_test_file(path)) {
            let draws = path.starts_with("web/src/browser/") || path.starts_with("web/src/view/");
            let lines: Vec<&str> = tree.files[path].lines().collect();
            for (index, token) in tokens.iter().enumerate() {
                if token.kind != Kind::Literal || token.in_test || token.in_attribute {
                    continue;
                }
                let is_sentence =
                    draws && token.string().is_some_and(has_two_words) && !is_for_developers(tokens, index);
                let is_text = token.text.chars().any(is_cjk) || is_sentence;
                if is_text && !is_marked(&lines, token.line, NOT_SHOWN) {
                    findings.push(Finding::new(path, token.line, &token.text));
                }
            }
        }
        findings
    },
};

/// Lessons are texts in three languages: a catalogue of their own.
fn is_catalogue(path: &str) -> bool {
    ["web/src/app/catalogue", "web/src/catalogue", "lessons/"].iter().any(|start| path.starts_with(start))
}

/// An attribute is refused by the policy of the relay and of many servers (CSP 3, §6.1.17 `style-src-attr`); the property is not.
pub(super) const STYLE: Rule = Rule {
    name: "style",
    reason: "a `style` attribute does nothing where `style-src 'self'` is the policy: use a class, `prop:style` or the \
             element's own `style` in JavaScript",
    check: |tree| {
        let is_page = |path: &str| path.starts_with("web/src/browser/") || path.starts_with("web/static/");
        let mut findings = Vec::new();
        for (path, text) in tree.files.iter().filter(|(path, _)| is_page(path)) {
            let is_set = |line: &&str| line.trim_start().starts_with("style=") || line.contains(" style=");
            let lines = (1..).zip(text.lines()).filter(|(_, line)| is_set(line));
            findings.extend(lines.map(|(number, line)| Finding::new(path, number, line.trim())));
        }
        findings
    },
};

/// Letters only: a parser may know a full-width colon without saying a word.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Two runs of letters with one space between them. Two single letters are no sentence: they are in paths of SVG.
/// Nor is a list of fonts, which ends with a generic one.
fn has_two_words(text: &str) -> bool {
    if ["serif", "monospace"].iter().any(|family| text.ends_with(family)) {
        return false;
    }
    let is_word = |word: &str| !word.is_empty() && word.chars().all(char::is_alphabetic);
    let words: Vec<&str> = text.split(' ').map(|word| word.trim_matches(['.', ',', ':', ';', '!', '?'])).collect();
    words.windows(2).any(|pair| pair.iter().all(|word| is_word(word)) && pair.iter().any(|word| word.len() > 1))
}

/// An argument of `expect`, of an assertion or of a panic: it speaks to us, of a bug.
fn is_for_developers(tokens: &[Token], literal: usize) -> bool {
    let opening = tokens[..literal]
        .iter()
        .rposition(|token| token.depth + 1 == tokens[literal].depth && token.kind == Kind::Open);
    let Some(opening) = opening else { return false };
    let mut before = tokens[..opening].iter().rev();
    let mut caller = before.next();
    if caller.is_some_and(|token| token.is("!")) {
        caller = before.next();
    }
    let names = ["expect", "panic", "unreachable", "assert", "assert_eq", "assert_ne", "debug_assert"];
    caller.is_some_and(|token| names.contains(&token.text.as_str()))
}
