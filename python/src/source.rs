//! The text of a program: parsed, or a mistake with its place.
//!
//! Mistakes are told in CPython's words where it has them. Curly and full-width punctuation, as it comes from documents and chats, is a
//! mistake of its own kind, with all its places and its repair.

use ruff_python_ast::ModModule;
use ruff_python_parser::{LexicalErrorType, ParseError, ParseErrorType, parse_module};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::code::Span;

/// Brackets may be nested so deep: CPython's `MAXSTACK` of its tokenizer is 200.
const MOST_BRACKETS: usize = 200;
/// Blocks may be nested so deep (CPython's tokenizer: 100).
const MOST_INDENTS: usize = 100;
/// A source may be so long, in bytes.
const LONGEST: usize = 1 << 20;

/// Why a program cannot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its kind.
    pub kind: MistakeKind,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong: CPython's words; of an unsupported construct its name.
    pub text: String,
    /// The places of punctuation that Python does not know, each with what was meant.
    pub places: Vec<Punctuation>,
}

/// Kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MistakeKind {
    /// It is no Python.
    Syntax,
    /// Its blocks do not line up.
    Indentation,
    /// It is Python, but not of this subset.
    Unsupported,
    /// Curly or full-width punctuation stands where Python wants the plain one: [`repair`] mends it.
    Punctuation,
}

/// A character that Python does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Punctuation {
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// The character.
    pub found: char,
    /// What was meant.
    pub meant: &'static str,
}

impl Mistake {
    /// The line that CPython would end with, such as `SyntaxError: invalid syntax`.
    pub fn last_line(&self) -> String {
        match self.kind {
            MistakeKind::Syntax => format!("SyntaxError: {}", self.text),
            MistakeKind::Indentation => format!("IndentationError: {}", self.text),
            MistakeKind::Unsupported => {
                format!(
                    "line {}: {} is not in this Python; real Python can run it against the relay",
                    self.line, self.text
                )
            }
            MistakeKind::Punctuation => {
                let found = self.places.first().map_or(' ', |place| place.found);
                format!("SyntaxError: invalid character '{found}' (U+{:04X})", u32::from(found))
            }
        }
    }
}

/// Where lines begin.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    source: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(source: &'a str) -> Lines<'a> {
        let starts = core::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { source, starts }
    }

    pub(crate) fn text(&self, range: TextRange) -> &'a str {
        &self.source[range.to_std_range()]
    }

    /// The line from 1, and the column in characters from 0.
    fn place(&self, offset: TextSize) -> (u32, u32) {
        let offset = offset.to_usize().min(self.source.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        let column = self.source.get(self.starts[line - 1]..offset).map_or(0, |text| text.chars().count());
        (small(line), small(column))
    }

    pub(crate) fn span(&self, range: TextRange) -> Span {
        let (line, from) = self.place(range.start());
        let (last, to) = self.place(range.end());
        let to = if last == line { to } else { 0 };
        Span { line, from: u16::try_from(from).unwrap_or(0), to: u16::try_from(to).unwrap_or(0) }
    }

    pub(crate) fn mistake(&self, kind: MistakeKind, range: TextRange, text: &str) -> Mistake {
        let (line, column) = self.place(range.start());
        Mistake { kind, line, column: column + 1, text: text.to_owned(), places: Vec::new() }
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Parses a program.
pub(crate) fn parse(source: &str) -> Result<ModModule, Mistake> {
    check(source)?;
    parse_module(source).map(ruff_python_parser::Parsed::into_syntax).map_err(|error| tell(source, &error))
}

/// What would be dangerous to parse.
fn check(source: &str) -> Result<(), Mistake> {
    let lines = Lines::new(source);
    let at = |offset: usize, kind, text: &str| {
        Err(lines.mistake(kind, TextRange::empty(TextSize::try_from(offset).unwrap_or_default()), text))
    };
    if source.len() > LONGEST {
        return at(0, MistakeKind::Syntax, "the program is too long");
    }
    let mut depth = 0_usize;
    for (offset, c) in plain(source) {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_BRACKETS {
            return at(offset, MistakeKind::Syntax, "too many nested parentheses");
        }
    }
    let mut indents = vec![0];
    for (number, line) in source.lines().enumerate() {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let indent = line.len() - trimmed.len();
        while indents.last().is_some_and(|last| *last > indent) {
            indents.pop();
        }
        if indents.last() != Some(&indent) {
            indents.push(indent);
        }
        if indents.len() > MOST_INDENTS {
            return at(lines.starts[number], MistakeKind::Indentation, "too many levels of indentation");
        }
        // Chains without brackets, such as `not not not …` or `- - - …`, are deep trees, too.
        if line.len() > 20_000 && trimmed.matches(['-', '+', '~', '.']).count() > 10_000 {
            return at(lines.starts[number], MistakeKind::Syntax, "the line is too long");
        }
    }
    Ok(())
}

/// The characters that are not in strings or comments, with their places.
fn plain(source: &str) -> impl Iterator<Item = (usize, char)> {
    let mut rest = source.char_indices().peekable();
    let mut quote: Option<(char, bool)> = None;
    let mut curly: Option<char> = None;
    let mut comment = false;
    core::iter::from_fn(move || {
        loop {
            let (at, c) = rest.next()?;
            let tripled = |rest: &str| rest.chars().take(3).filter(|other| *other == c).count() == 3;
            if comment {
                comment = c != '\n';
            } else if let Some(end) = curly {
                if c == end || c == '\n' {
                    curly = None;
                    return Some((at, c));
                }
            } else if let Some((open, triple)) = quote {
                if c == '\\' {
                    rest.next();
                } else if c == open && (!triple || tripled(&source[at..])) {
                    quote = None;
                    if triple {
                        rest.next();
                        rest.next();
                    }
                } else if c == '\n' && !triple {
                    quote = None;
                }
            } else {
                match c {
                    '#' => comment = true,
                    '"' | '\'' => {
                        let triple = tripled(&source[at..]);
                        if triple {
                            rest.next();
                            rest.next();
                        }
                        quote = Some((c, triple));
                    }
                    _ => {
                        curly = closing(c);
                        return Some((at, c));
                    }
                }
            }
        }
    })
}

/// What ends the string that a curly quote begins.
fn closing(open: char) -> Option<char> {
    match open {
        '“' | '”' | '„' => Some('”'),
        '‘' | '’' => Some('’'),
        '＂' => Some('＂'),
        '＇' => Some('＇'),
        _ => None,
    }
}

/// What somebody meant by a character that Python does not know.
fn meant(c: char) -> Option<&'static str> {
    Some(match c {
        '“' | '”' | '„' | '＂' => "\"",
        '‘' | '’' | '＇' => "'",
        '（' => "(",
        '）' => ")",
        '［' | '【' => "[",
        '］' | '】' => "]",
        '｛' => "{",
        '｝' => "}",
        '，' | '、' => ",",
        '：' => ":",
        '；' => ";",
        '．' | '。' => ".",
        '＝' => "=",
        '＋' => "+",
        '－' | '–' | '—' | '−' => "-",
        '＊' | '×' => "*",
        '／' | '÷' => "/",
        '％' => "%",
        '＜' => "<",
        '＞' => ">",
        '！' => "!",
        '＃' => "#",
        '＠' => "@",
        '＆' => "&",
        '｜' => "|",
        '＾' => "^",
        '～' => "~",
        '≠' => "!=",
        '≤' => "<=",
        '≥' => ">=",
        '\u{3000}' | '\u{a0}' | '\u{2002}' | '\u{2003}' => " ",
        '\u{200b}' | '\u{feff}' => "",
        _ => return None,
    })
}

fn punctuation(source: &str) -> Vec<(usize, char, &'static str)> {
    plain(source).filter_map(|(at, c)| Some((at, c, meant(c)?))).collect()
}

/// The program with plain punctuation for what is curly or full-width outside of strings and comments.
pub fn repair(source: &str) -> String {
    let mut repaired = String::with_capacity(source.len());
    let mut from = 0;
    for (at, c, meant) in punctuation(source) {
        repaired.push_str(&source[from..at]);
        repaired.push_str(meant);
        from = at + c.len_utf8();
    }
    repaired.push_str(&source[from..]);
    repaired
}

fn tell(source: &str, error: &ParseError) -> Mistake {
    let lines = Lines::new(source);
    let strange = punctuation(source);
    if let Some((first, ..)) = strange.first() {
        let range = |at: usize| TextRange::empty(TextSize::try_from(at).unwrap_or_default());
        let mut mistake = lines.mistake(MistakeKind::Punctuation, range(*first), "curly or full-width punctuation");
        mistake.places = strange
            .iter()
            .map(|(at, found, meant)| {
                let (line, column) = lines.place(range(*at).start());
                Punctuation { line, column: column + 1, found: *found, meant }
            })
            .collect();
        return mistake;
    }
    let (kind, text) = words(source, error);
    lines.mistake(kind, error.location.range(), &text)
}

/// CPython's words for a mistake.
fn words(source: &str, error: &ParseError) -> (MistakeKind, String) {
    use ParseErrorType as E;
    let found = source.get(error.location.to_std_range()).unwrap_or_default();
    let text = match &error.error {
        E::UnexpectedIndentation => return (MistakeKind::Indentation, "unexpected indent".into()),
        E::Lexical(LexicalErrorType::IndentationError) => {
            return (MistakeKind::Indentation, "unindent does not match any outer indentation level".into());
        }
        E::Lexical(LexicalErrorType::UnclosedStringError) => {
            let line = Lines::new(source).place(error.location.start()).0;
            format!("unterminated string literal (detected at line {line})")
        }
        E::Lexical(LexicalErrorType::UnrecognizedToken { tok }) if !tok.is_ascii() => {
            format!("invalid character '{tok}' (U+{:04X})", u32::from(*tok))
        }
        E::Lexical(LexicalErrorType::LineContinuationError) => {
            "unexpected character after line continuation character".into()
        }
        E::Lexical(LexicalErrorType::InvalidByteLiteral) => "bytes can only contain ASCII literal characters".into(),
        E::Lexical(LexicalErrorType::Eof) => "unexpected EOF while parsing".into(),
        E::PositionalAfterKeywordArgument => "positional argument follows keyword argument".into(),
        E::PositionalAfterKeywordUnpacking => "positional argument follows keyword argument unpacking".into(),
        E::NonDefaultParamAfterDefaultParam => "non-default argument follows default argument".into(),
        E::InvalidAssignmentTarget => assignment(found),
        E::UnparenthesizedGeneratorExpression => "Generator expression must be parenthesized".into(),
        E::FStringError(inner) => format!("f-string: {inner}"),
        E::OtherError(text) if text.starts_with("Expected an indented block") => {
            return (MistakeKind::Indentation, block(source, error));
        }
        E::ExpectedToken { expected, found } => {
            expected_token(source, error, &expected.to_string(), &found.to_string())
        }
        _ => unclosed(source).unwrap_or_else(|| "invalid syntax".into()),
    };
    (MistakeKind::Syntax, text)
}

fn expected_token(source: &str, error: &ParseError, expected: &str, found: &str) -> String {
    if let Some(text) = unclosed(source) {
        return text;
    }
    let line = source[..error.location.start().to_usize().min(source.len())].rsplit('\n').next().unwrap_or_default();
    match (expected.trim_matches('`'), found) {
        (":", found) if found.contains("ewline") || !line.contains("lambda") => "expected ':'".into(),
        _ => "invalid syntax".into(),
    }
}

fn assignment(found: &str) -> String {
    let what = match found {
        "True" | "False" | "None" => return format!("cannot assign to {found}"),
        _ if found.ends_with(')') && !found.starts_with('(') => "function call",
        _ if found.starts_with(|c: char| c.is_ascii_digit() || c == '"' || c == '\'') => "literal",
        _ => "expression",
    };
    format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?")
}

/// The statement before the place where a block is missing.
fn block(source: &str, error: &ParseError) -> String {
    let before = &source[..error.location.start().to_usize().min(source.len())];
    let mut last = None;
    for (number, line) in before.lines().enumerate() {
        if line.split('#').next().unwrap_or_default().trim_end().ends_with(':') {
            last = Some((number + 1, line.trim_start()));
        }
    }
    let Some((number, line)) = last else { return "expected an indented block".into() };
    let word = line.split([' ', ':', '(']).next().unwrap_or_default();
    let what = match word {
        "def" => "function definition".to_owned(),
        "class" => "class definition".to_owned(),
        _ => format!("'{word}' statement"),
    };
    format!("expected an indented block after {what} on line {number}")
}

/// A bracket that is never closed, or closed by another.
fn unclosed(source: &str) -> Option<String> {
    let mut open: Vec<(char, u32)> = Vec::new();
    let mut line = 1;
    for (at, c) in plain(source) {
        line = small(source[..at].matches('\n').count() + 1).max(line);
        match c {
            '(' | '[' | '{' => open.push((c, line)),
            ')' | ']' | '}' => {
                let Some((other, from)) = open.pop() else { return Some(format!("unmatched '{c}'")) };
                if !matches!((other, c), ('(', ')') | ('[', ']') | ('{', '}')) {
                    let place = if from == line { String::new() } else { format!(" on line {from}") };
                    return Some(format!(
                        "closing parenthesis '{c}' does not match opening parenthesis '{other}'{place}"
                    ));
                }
            }
            _ => {}
        }
    }
    open.last().map(|(c, _)| format!("'{c}' was never closed"))
}
