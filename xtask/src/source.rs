//! The text of the checkout: which files there are, and the tokens of the Rust ones.
//!
//! Tokens come from `proc-macro2`, so strings, comments and lifetimes are never mistaken for code. Absent: a syntax
//! tree. Rules and counts need words, strings and braces, and a parser would make the tool slow to build.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// Every text file, by its path from the root with `/` between folders.
pub(crate) type Files = BTreeMap<String, String>;

/// Reads every text file of the checkout. The folder is walked rather than git asked: a new file counts before it is
/// committed, and a checkout without git can be checked.
pub(crate) fn read_files(root: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let here = root.join(&folder);
        let entries = fs::read_dir(&here).with_context(|| format!("{} cannot be read", here.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{folder}{name}");
            if entry.file_type()?.is_dir() {
                if is_ours(&name, &entry.path()) {
                    folders.push(format!("{path}/"));
                }
            } else if name != ".git"
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                // What is not UTF-8 is not text: pictures, captures. In a second work tree `.git` is a file of git's.
                files.insert(path, text);
            }
        }
    }
    Ok(files)
}

fn is_ours(name: &str, folder: &Path) -> bool {
    const HIDDEN_BUT_OURS: [&str; 3] = [".cargo", ".ci", ".github"];
    let is_hidden = name.starts_with('.') && !HIDDEN_BUT_OURS.contains(&name);
    // Cargo marks its target directories, whatever they are called.
    let is_built = ["target", "dist", "node_modules"].contains(&name) || folder.join("CACHEDIR.TAG").exists();
    !is_hidden && !is_built
}

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Word,
    Mark,
    Literal,
    Open,
    Close,
}

/// One token, with what the rules ask about it. Documentation comments are no tokens.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// Counted from 1, as editors do.
    pub(crate) line: usize,
    pub(crate) last_line: usize,
    /// How many brackets of any kind are around it. An opening and its closing bracket have the same depth.
    pub(crate) depth: usize,
    /// It is compiled for tests only.
    pub(crate) in_test: bool,
    /// It stands in an attribute.
    pub(crate) in_attribute: bool,
}

impl Token {
    /// The text of a string literal of any kind, still escaped; `None` for other tokens.
    pub(crate) fn string(&self) -> Option<&str> {
        if self.kind != Kind::Literal {
            return None;
        }
        let body = self.text.trim_start_matches(['b', 'c', 'r']).trim_matches('#');
        body.strip_prefix('"')?.strip_suffix('"')
    }

    /// Whether this is the word or mark `text`.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.kind != Kind::Literal && self.text == text
    }
}

/// The tokens of a Rust file, in order; `None` when it is no Rust.
pub(crate) fn tokens(text: &str) -> Option<Vec<Token>> {
    let stream: TokenStream = text.parse().ok()?;
    let mut walk = Walk { lines: text.lines().collect(), tokens: Vec::new() };
    walk.stream(stream, 0, false, false);
    Some(walk.tokens)
}

/// The lines that hold code: neither blank nor only a comment.
pub(crate) fn code_lines(tokens: &[Token]) -> BTreeSet<usize> {
    tokens.iter().flat_map(|token| token.line..=token.last_line).collect()
}

/// A function and the lines from its `fn` to its closing brace.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first_line: usize,
    pub(crate) last_line: usize,
}

/// The functions that have a body, nested ones too. Closures count for the function they are in.
///
/// A block in the signature outside brackets (`Ring<{ N }>`) would be taken for the body; nobody here writes that.
pub(crate) fn functions(tokens: &[Token]) -> Vec<Function> {
    let mut functions = Vec::new();
    for (index, pair) in tokens.windows(2).enumerate() {
        let [word, name] = pair else { continue };
        if !word.is("fn") || name.kind != Kind::Word {
            continue;
        }
        let ends_signature = |token: &&Token| token.depth == word.depth && (token.is("{") || token.is(";"));
        let rest = &tokens[index..];
        let Some(start) = rest.iter().position(|token| ends_signature(&token)) else {
            continue;
        };
        let closes = |token: &&Token| token.depth == word.depth && token.is("}");
        if rest[start].is("{")
            && let Some(end) = rest[start..].iter().find(closes)
        {
            functions.push(Function { name: name.text.clone(), first_line: word.line, last_line: end.line });
        }
    }
    functions
}

struct Walk<'a> {
    lines: Vec<&'a str>,
    tokens: Vec<Token>,
}

impl Walk<'_> {
    fn stream(&mut self, stream: TokenStream, depth: usize, in_test: bool, in_attribute: bool) {
        let mut trees = stream.into_iter().peekable();
        // After `#[cfg(test)]`, up to the end of the item it stands before.
        let mut test_item = false;
        let mut in_test = in_test;
        while let Some(tree) = trees.next() {
            if let TokenTree::Punct(mark) = &tree
                && mark.as_char() == '#'
            {
                let is_comment = self.is_comment(mark.span());
                let is_inner =
                    trees.next_if(|next| matches!(next, TokenTree::Punct(p) if p.as_char() == '!')).is_some();
                if let Some(TokenTree::Group(group)) = trees.next_if(|next| matches!(next, TokenTree::Group(_))) {
                    if is_comment {
                        continue;
                    }
                    let is_test = chooses_test(&group);
                    in_test |= is_inner && is_test;
                    test_item |= !is_inner && is_test;
                    self.push(Kind::Mark, "#", mark.span(), depth, in_test || test_item, true);
                    self.group(&group, depth, in_test || test_item, true);
                    continue;
                }
            }
            let ends_item = match &tree {
                TokenTree::Punct(mark) => mark.as_char() == ';',
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                _ => false,
            };
            self.tree(&tree, depth, in_test || test_item, in_attribute);
            test_item &= !ends_item;
        }
    }

    fn tree(&mut self, tree: &TokenTree, depth: usize, in_test: bool, in_attribute: bool) {
        let kind = match tree {
            TokenTree::Group(group) => return self.group(group, depth, in_test, in_attribute),
            TokenTree::Ident(_) => Kind::Word,
            TokenTree::Punct(_) => Kind::Mark,
            TokenTree::Literal(_) => Kind::Literal,
        };
        self.push(kind, &tree.to_string(), tree.span(), depth, in_test, in_attribute);
    }

    fn group(&mut self, group: &Group, depth: usize, in_test: bool, in_attribute: bool) {
        let (open, close) = match group.delimiter() {
            Delimiter::Parenthesis => ("(", ")"),
            Delimiter::Brace => ("{", "}"),
            Delimiter::Bracket => ("[", "]"),
            Delimiter::None => ("", ""),
        };
        self.push(Kind::Open, open, group.span_open(), depth, in_test, in_attribute);
        self.stream(group.stream(), depth + 1, in_test, in_attribute);
        self.push(Kind::Close, close, group.span_close(), depth, in_test, in_attribute);
    }

    fn push(&mut self, kind: Kind, text: &str, span: Span, depth: usize, in_test: bool, in_attribute: bool) {
        let (line, last_line) = (span.start().line, span.end().line);
        self.tokens.push(Token { kind, text: text.to_owned(), line, last_line, depth, in_test, in_attribute });
    }

    /// Documentation comments arrive as `#[doc = "…"]` whose every span is the comment.
    fn is_comment(&self, span: Span) -> bool {
        let start = span.start();
        let line = self.lines.get(start.line - 1).copied().unwrap_or_default();
        let rest: String = line.chars().skip(start.column).take(2).collect();
        rest == "//" || rest == "/*"
    }
}

/// `cfg(test)`, `cfg(all(test, …))`; not `cfg(not(test))`.
fn chooses_test(attribute: &Group) -> bool {
    let text = attribute.stream().to_string();
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.next() == Some("cfg") && text.contains("test") && !text.contains("not") && words.any(|word| word == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r##"//! Head.

/// Not "code" { at all.
#[derive(Debug)]
struct A; // fn no() {}

fn f<'a>(x: &'a str) -> [u8; 2] {
    let s = r#"two
lines { "#;
    let c = '{';
}

#[cfg(test)]
mod tests {
    fn g() { "inside"; }
}

fn declared();
fn h() {}
"##;

    fn words(in_test: bool) -> Vec<String> {
        let tokens = tokens(SAMPLE).unwrap();
        let words = tokens.iter().filter(|t| t.kind == Kind::Word && t.in_test == in_test && !t.in_attribute);
        words.map(|t| t.text.clone()).collect()
    }

    #[test]
    fn functions_have_the_lines_of_their_bodies() {
        let tokens = tokens(SAMPLE).unwrap();
        let functions = functions(&tokens);
        let found: Vec<_> = functions.iter().map(|f| (f.name.as_str(), f.first_line, f.last_line)).collect();
        assert_eq!(found, [("f", 7, 11), ("g", 15, 15), ("h", 19, 19)]);
    }

    #[test]
    fn code_lines_leave_out_comments_and_blank_lines() {
        let lines = code_lines(&tokens(SAMPLE).unwrap());
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), [4, 5, 7, 8, 9, 10, 11, 13, 14, 15, 16, 18, 19]);
    }

    #[test]
    fn what_is_compiled_for_tests_only_is_known() {
        assert_eq!(words(true), ["mod", "tests", "fn", "g"]);
        assert!(words(false).contains(&"h".to_owned()));
        let inner = tokens("#![cfg(test)] fn a() {} fn b() {}").unwrap();
        assert!(inner.iter().all(|token| token.in_test));
        let other = tokens("#[cfg(not(test))] fn a() {}").unwrap();
        assert!(other.iter().all(|token| !token.in_test));
    }

    #[test]
    fn strings_of_every_kind_are_strings() {
        let tokens = tokens(r###"("a b", r#"c"#, b"d", 'e', 1, c"f")"###).unwrap();
        let strings: Vec<_> = tokens.iter().filter_map(Token::string).collect();
        assert_eq!(strings, ["a b", "c", "d", "f"]);
    }
}
