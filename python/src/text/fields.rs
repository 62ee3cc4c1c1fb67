//! `str.format`: the parts of a format and the path of a field, `{0.a[b]!r:>{w}}` (CPython `Objects/stringlib/unicode_format.h`).
//! Absent: looking values up (whoever calls has them) and showing them (`spec`).

use super::{Fault, Kind, Outcome, value_error};

/// A part of a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text as it is.
    Text(String),
    /// A replacement field.
    Field(Field),
}

/// A replacement field, `{name!conversion:spec}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Which argument.
    pub first: First,
    /// What of it, from left to right.
    pub path: Vec<Step>,
    /// `r`, `s` or `a`.
    pub conversion: Option<char>,
    /// The specifier; fields in it are not filled in yet.
    pub spec: String,
    /// What is wrong after `path`: raised once the value is found.
    pub late: Option<Fault>,
}

/// Which argument a field begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum First {
    /// `{}`: the next.
    Next,
    /// `{0}`.
    Index(usize),
    /// `{name}`.
    Name(String),
}

/// A step from a value to a part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `.name`.
    Attribute(String),
    /// `[0]`.
    Index(usize),
    /// `[name]`.
    Key(String),
}

/// Reads a format from its beginning; errors come in the order in which CPython finds them.
pub struct Parts {
    chars: Vec<char>,
    at: usize,
}

impl Parts {
    /// At the beginning of `format`.
    pub fn new(format: &str) -> Self {
        Self { chars: format.chars().collect(), at: 0 }
    }

    /// The next part; none at the end.
    pub fn advance(&mut self) -> Outcome<Option<Part>> {
        let mut text = String::new();
        while let Some(&c) = self.chars.get(self.at) {
            let double = self.chars.get(self.at + 1) == Some(&c);
            match c {
                '{' | '}' if double => {
                    text.push(c);
                    self.at += 2;
                }
                '}' => return value_error("Single '}' encountered in format string"),
                '{' if self.at + 1 == self.chars.len() => {
                    return value_error("Single '{' encountered in format string");
                }
                '{' if text.is_empty() => {
                    self.at += 1;
                    return self.field().map(|field| Some(Part::Field(field)));
                }
                '{' => break,
                c => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        Ok((!text.is_empty()).then_some(Part::Text(text)))
    }

    fn field(&mut self) -> Outcome<Field> {
        let name = self.name()?;
        let mut conversion = None;
        let mut end = self.chars.get(self.at - 1).copied();
        if end == Some('!') {
            conversion = self.conversion()?;
            end = self.chars.get(self.at - 1).copied();
        }
        let spec = if end == Some(':') { self.spec()? } else { String::new() };
        let (first, path, mut late) = split_name(&name)?;
        if let Some(conversion) = conversion.filter(|conversion| !matches!(conversion, 'r' | 's' | 'a')) {
            late = late.or(Some(Fault::new(Kind::Value, unknown_conversion(conversion))));
        }
        Ok(Field { first, path, conversion, spec, late })
    }

    /// The name up to and over its end: `}`, `:` or `!`.
    fn name(&mut self) -> Outcome<String> {
        let mut name = String::new();
        let mut bracket = false;
        while let Some(&c) = self.chars.get(self.at) {
            self.at += 1;
            match c {
                '{' => return value_error("unexpected '{' in field name"),
                '[' => bracket = true,
                ']' => bracket = false,
                '}' | ':' | '!' if !bracket => return Ok(name),
                _ => {}
            }
            name.push(c);
        }
        value_error("expected '}' before end of string")
    }

    /// The letter after `!`, and over what follows it.
    fn conversion(&mut self) -> Outcome<Option<char>> {
        let Some(&letter) = self.chars.get(self.at) else {
            return value_error("end of string while looking for conversion specifier");
        };
        self.at += 1;
        match self.chars.get(self.at) {
            None => value_error("unmatched '{' in format spec"),
            Some('}' | ':') => {
                self.at += 1;
                Ok(Some(letter))
            }
            Some(_) => value_error("expected ':' after conversion specifier"),
        }
    }

    /// The specifier up to and over the brace that closes the field.
    fn spec(&mut self) -> Outcome<String> {
        let mut depth = 1;
        let begin = self.at;
        while let Some(&c) = self.chars.get(self.at) {
            self.at += 1;
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth == 0 {
                return Ok(self.chars[begin..self.at - 1].iter().collect());
            }
        }
        value_error("unmatched '{' in format spec")
    }
}

/// The error of a conversion that does not exist.
fn unknown_conversion(conversion: char) -> String {
    match conversion {
        '!'..='~' => format!("Unknown conversion specifier {conversion}"),
        _ => format!("Unknown conversion specifier \\x{:x}", u32::from(conversion)),
    }
}

/// `0.a[b]` as the argument and the steps from it, and what is wrong after them.
fn split_name(name: &str) -> Outcome<(First, Vec<Step>, Option<Fault>)> {
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (first, mut rest) = name.split_at(end);
    let first = match index(first)? {
        Some(index) => First::Index(index),
        None if first.is_empty() => First::Next,
        None => First::Name(first.to_owned()),
    };
    let mut path = Vec::new();
    while !rest.is_empty() {
        match step(&mut rest) {
            Ok(step) => path.push(step),
            Err(fault) => return Ok((first, path, Some(fault))),
        }
    }
    Ok((first, path, None))
}

/// Takes a step from the front of `rest`.
fn step(rest: &mut &str) -> Outcome<Step> {
    let text = *rest;
    let step = match text.as_bytes().first() {
        Some(b'.') => {
            let end = text[1..].find(['.', '[']).map_or(text.len(), |end| end + 1);
            *rest = &text[end..];
            Step::Attribute(text[1..end].to_owned())
        }
        Some(b'[') => {
            let Some(end) = text.find(']') else { return value_error("Missing ']' in format string") };
            let key = &text[1..end];
            *rest = &text[end + 1..];
            index(key)?.map_or_else(|| Step::Key(key.to_owned()), Step::Index)
        }
        _ => return value_error("Only '.' or '[' may follow ']' in format field specifier"),
    };
    if matches!(&step, Step::Attribute(name) | Step::Key(name) if name.is_empty()) {
        return value_error("Empty attribute in format string");
    }
    Ok(step)
}

/// A text of digits as a number.
fn index(text: &str) -> Outcome<Option<usize>> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    match text.parse::<i64>() {
        Ok(index) => Ok(Some(index as usize)),
        Err(_) => value_error("Too many decimal digits in format string"),
    }
}

/// Counts `{}` and refuses to mix them with `{0}`.
#[derive(Default)]
pub struct Numbering {
    next: usize,
    automatic: Option<bool>,
}

impl Numbering {
    /// The index that `first` means; none for a name.
    pub fn index(&mut self, first: &First) -> Outcome<Option<usize>> {
        let automatic = match first {
            First::Name(_) => return Ok(None),
            First::Next => true,
            First::Index(_) => false,
        };
        let before = *self.automatic.get_or_insert(automatic);
        if before != automatic {
            return value_error(if before {
                "cannot switch from automatic field numbering to manual field specification"
            } else {
                "cannot switch from manual field specification to automatic field numbering"
            });
        }
        Ok(Some(match first {
            First::Index(index) => *index,
            _ => {
                self.next += 1;
                self.next - 1
            }
        }))
    }
}
