//! JSON as the module `json` reads and writes it: `NaN` and infinities, errors with line and column, indentation, separators.
//! Absent: values of programs (a [`Json`] stands for one), hooks, and lone surrogates, which become U+FFFD.

use super::integer::Int;
use super::{Fault, Kind, Outcome, number, value_error};

/// A document.
#[derive(Clone, PartialEq, Debug)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` and `false`.
    Bool(bool),
    /// A number without fraction and exponent.
    Int(Int),
    /// Another number.
    Float(f64),
    /// A number as it stands there, where that was asked for.
    Literal(String),
    /// A text.
    Str(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, in order, with keys as often as they stand there.
    Object(Vec<(String, Json)>),
}

/// How deep a document may be: CPython's recursion ends near it too.
pub const DEEPEST: usize = 900;

/// Reads a document; with `literal`, numbers as they stand there.
pub fn read(text: &str, literal: bool) -> Outcome<Json> {
    let mut reader = Reader { chars: text.chars().collect(), depth: 0, literal };
    if reader.chars.first() == Some(&'\u{feff}') {
        return reader.error("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0);
    }
    let begin = reader.space(0);
    let (value, end) = reader.value(begin)?;
    let end = reader.space(end);
    if end != reader.chars.len() {
        return reader.error("Extra data", end);
    }
    Ok(value)
}

struct Reader {
    chars: Vec<char>,
    depth: usize,
    literal: bool,
}

impl Reader {
    fn error<T>(&self, what: &str, at: usize) -> Outcome<T> {
        let before = &self.chars[..at.min(self.chars.len())];
        let line = before.iter().filter(|c| **c == '\n').count() + 1;
        let column = before.iter().rev().take_while(|c| **c != '\n').count() + 1;
        Err(Fault::new(Kind::Json, format!("{what}: line {line} column {column} (char {at})")))
    }

    fn peek(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn space(&self, mut at: usize) -> usize {
        while matches!(self.peek(at), Some(' ' | '\t' | '\n' | '\r')) {
            at += 1;
        }
        at
    }

    fn word(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(index, c)| self.peek(at + index) == Some(c))
    }

    fn value(&mut self, at: usize) -> Outcome<(Json, usize)> {
        match self.peek(at) {
            Some('"') => self.string(at + 1).map(|(text, end)| (Json::Str(text), end)),
            Some(open @ ('{' | '[')) => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    let what = if open == '{' { "object" } else { "array" };
                    let text =
                        format!("maximum recursion depth exceeded while decoding a JSON {what} from a unicode string");
                    return Err(Fault::new(Kind::Recursion, text));
                }
                let value = if open == '{' { self.object(at + 1) } else { self.array(at + 1) };
                self.depth -= 1;
                value
            }
            _ => self.scalar(at),
        }
    }

    fn scalar(&self, at: usize) -> Outcome<(Json, usize)> {
        let words = [
            ("null", Json::Null),
            ("true", Json::Bool(true)),
            ("false", Json::Bool(false)),
            ("NaN", Json::Float(f64::NAN)),
            ("Infinity", Json::Float(f64::INFINITY)),
            ("-Infinity", Json::Float(f64::NEG_INFINITY)),
        ];
        for (word, value) in words {
            if self.word(at, word) {
                let literal = self.literal && matches!(value, Json::Float(_));
                return Ok((if literal { Json::Literal(word.to_owned()) } else { value }, at + word.len()));
            }
        }
        self.number(at)
    }

    fn digits(&self, mut at: usize) -> usize {
        while self.peek(at).is_some_and(|c| c.is_ascii_digit()) {
            at += 1;
        }
        at
    }

    fn number(&self, begin: usize) -> Outcome<(Json, usize)> {
        let first = begin + usize::from(self.peek(begin) == Some('-'));
        let whole = if self.peek(first) == Some('0') { first + 1 } else { self.digits(first) };
        if whole == first {
            return self.error("Expecting value", begin);
        }
        let mut end = whole;
        if self.peek(end) == Some('.') && self.digits(end + 1) > end + 1 {
            end = self.digits(end + 1);
        }
        if matches!(self.peek(end), Some('e' | 'E')) {
            let signed = end + 1 + usize::from(matches!(self.peek(end + 1), Some('+' | '-')));
            if self.digits(signed) > signed {
                end = self.digits(signed);
            }
        }
        let text: String = self.chars[begin..end].iter().collect();
        let value = if self.literal {
            Json::Literal(text)
        } else if end == whole {
            Json::Int(number::parse_int(&text, 10, &text)?)
        } else {
            Json::Float(number::parse_float(&text, &text)?)
        };
        Ok((value, end))
    }

    /// The text after a quote at `begin - 1`.
    fn string(&self, begin: usize) -> Outcome<(String, usize)> {
        let mut out = String::new();
        let mut at = begin;
        loop {
            let Some(c) = self.peek(at) else { return self.error("Unterminated string starting at", begin - 1) };
            match c {
                '"' => return Ok((out, at + 1)),
                '\\' => {
                    let Some(escaped) = self.peek(at + 1) else {
                        return self.error("Unterminated string starting at", begin - 1);
                    };
                    let plain = match escaped {
                        '"' | '\\' | '/' => escaped,
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => {
                            let (c, end) = self.unicode(at)?;
                            out.push(c);
                            at = end;
                            continue;
                        }
                        _ => return self.error("Invalid \\escape", at),
                    };
                    out.push(plain);
                    at += 2;
                }
                c if c < ' ' => return self.error("Invalid control character at", at),
                c => {
                    out.push(c);
                    at += 1;
                }
            }
        }
    }

    /// `\uXXXX` at `at`, or a pair of them.
    fn unicode(&self, at: usize) -> Outcome<(char, usize)> {
        let Some(first) = self.hex(at + 2) else { return self.error("Invalid \\uXXXX escape", at + 1) };
        if (0xd800..0xdc00).contains(&first)
            && self.word(at + 6, "\\u")
            && let Some(second) = self.hex(at + 8)
            && (0xdc00..0xe000).contains(&second)
        {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok((char::from_u32(code).unwrap_or('\u{fffd}'), at + 12));
        }
        Ok((char::from_u32(first).unwrap_or('\u{fffd}'), at + 6))
    }

    fn hex(&self, at: usize) -> Option<u32> {
        let digits = self.chars.get(at..at + 4)?;
        digits.iter().try_fold(0, |code, c| Some(code << 4 | c.to_digit(16)?))
    }

    fn array(&mut self, begin: usize) -> Outcome<(Json, usize)> {
        let mut items = Vec::new();
        let mut at = self.space(begin);
        if self.peek(at) == Some(']') {
            return Ok((Json::Array(items), at + 1));
        }
        loop {
            let (value, end) = self.value(at)?;
            items.push(value);
            at = self.space(end);
            match self.peek(at) {
                Some(']') => return Ok((Json::Array(items), at + 1)),
                Some(',') => at = self.space(at + 1),
                _ => return self.error("Expecting ',' delimiter", at),
            }
        }
    }

    fn object(&mut self, begin: usize) -> Outcome<(Json, usize)> {
        let mut items = Vec::new();
        let mut at = self.space(begin);
        if self.peek(at) == Some('}') {
            return Ok((Json::Object(items), at + 1));
        }
        loop {
            if self.peek(at) != Some('"') {
                return self.error("Expecting property name enclosed in double quotes", at);
            }
            let (key, end) = self.string(at + 1)?;
            at = self.space(end);
            if self.peek(at) != Some(':') {
                return self.error("Expecting ':' delimiter", at);
            }
            let (value, end) = self.value(self.space(at + 1))?;
            items.push((key, value));
            at = self.space(end);
            match self.peek(at) {
                Some('}') => return Ok((Json::Object(items), at + 1)),
                Some(',') => at = self.space(at + 1),
                _ => return self.error("Expecting ',' delimiter", at),
            }
        }
    }
}

/// How a document is written.
#[derive(Clone, Debug)]
pub struct Style {
    /// What a level is indented with; none: all in one line.
    pub indent: Option<String>,
    /// Between items.
    pub item: String,
    /// Between a key and its value.
    pub key: String,
    /// Whether all but ASCII is escaped.
    pub ascii: bool,
    /// Whether NaN and infinities may be written.
    pub not_a_number: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { indent: None, item: ", ".to_owned(), key: ": ".to_owned(), ascii: true, not_a_number: true }
    }
}

/// Writes a document.
pub fn write(value: &Json, style: &Style) -> Outcome<String> {
    let mut out = String::new();
    write_value(&mut out, value, style, 0)?;
    Ok(out)
}

fn write_value(out: &mut String, value: &Json, style: &Style, level: usize) -> Outcome<()> {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Int(int) => out.push_str(&number::int_text(int)?),
        Json::Float(float) => out.push_str(&float_text(*float, style)?),
        Json::Literal(text) => out.push_str(text),
        Json::Str(text) => write_string(out, text, style.ascii),
        Json::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                begin_item(out, index, style, level + 1);
                write_value(out, item, style, level + 1)?;
            }
            end_items(out, items.len(), style, level);
            out.push(']');
        }
        Json::Object(items) => {
            out.push('{');
            for (index, (key, item)) in items.iter().enumerate() {
                begin_item(out, index, style, level + 1);
                write_string(out, key, style.ascii);
                out.push_str(&style.key);
                write_value(out, item, style, level + 1)?;
            }
            end_items(out, items.len(), style, level);
            out.push('}');
        }
    }
    Ok(())
}

fn begin_item(out: &mut String, index: usize, style: &Style, level: usize) {
    if index > 0 {
        out.push_str(&style.item);
    }
    new_line(out, style, level);
}

fn end_items(out: &mut String, count: usize, style: &Style, level: usize) {
    if count > 0 {
        new_line(out, style, level);
    }
}

fn new_line(out: &mut String, style: &Style, level: usize) {
    if let Some(indent) = &style.indent {
        out.push('\n');
        out.push_str(&indent.repeat(level));
    }
}

/// A float as JSON has it.
pub fn float_text(float: f64, style: &Style) -> Outcome<String> {
    if float.is_finite() {
        return Ok(number::float_text(float));
    }
    if !style.not_a_number {
        return value_error("Out of range float values are not JSON compliant");
    }
    Ok(if float.is_nan() {
        "NaN"
    } else if float > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
    .to_owned())
}

/// A text in quotes.
pub fn write_string(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (ascii && !matches!(c, ' '..='~')) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
