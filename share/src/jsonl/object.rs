//! An object of JSON (RFC 8259 §4) that is being written.
//!
//! Absent on purpose: fractions and arrays of anything but numbers, which no line has.

use core::fmt::{self, Display, Write};

/// An object that has begun. [`Object::end`] ends it.
pub(super) struct Object<'a> {
    out: &'a mut String,
    begun: bool,
}

impl<'a> Object<'a> {
    pub(super) fn new(out: &'a mut String) -> Object<'a> {
        out.push('{');
        Object { out, begun: false }
    }

    pub(super) fn end(self) {
        self.out.push('}');
    }

    fn name(&mut self, name: &str) {
        if core::mem::replace(&mut self.begun, true) {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    pub(super) fn object(&mut self, name: &str) -> Object<'_> {
        self.name(name);
        Object::new(self.out)
    }

    pub(super) fn number(&mut self, name: &str, number: u64) {
        self.maybe(name, Some(number));
    }

    /// A number, or `null`.
    pub(super) fn maybe(&mut self, name: &str, number: Option<u64>) {
        self.name(name);
        // Writing to a text cannot fail.
        let _ = match number {
            Some(number) => write!(self.out, "{number}"),
            None => self.out.write_str("null"),
        };
    }

    pub(super) fn numbers(&mut self, name: &str, numbers: impl Iterator<Item = u64>) {
        self.name(name);
        self.out.push('[');
        for (place, number) in numbers.enumerate() {
            let _ = write!(self.out, "{}{number}", if place == 0 { "" } else { "," });
        }
        self.out.push(']');
    }

    pub(super) fn flag(&mut self, name: &str, on: bool) {
        self.name(name);
        self.out.push_str(if on { "true" } else { "false" });
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.shown(name, &text);
    }

    /// A value as it is shown.
    pub(super) fn shown(&mut self, name: &str, value: &dyn Display) {
        self.name(name);
        self.out.push('"');
        let _ = write!(Escaped(self.out), "{value}");
        self.out.push('"');
    }

    pub(super) fn hexadecimal(&mut self, name: &str, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.name(name);
        self.out.push('"');
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        self.out.extend(digits.map(|digit| char::from(DIGITS[usize::from(digit)])));
        self.out.push('"');
    }
}

/// The inside of a string (RFC 8259 §7).
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '"' => self.0.push_str("\\\""),
                '\\' => self.0.push_str("\\\\"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\t' => self.0.push_str("\\t"),
                '\u{8}' => self.0.push_str("\\b"),
                '\u{c}' => self.0.push_str("\\f"),
                '\0'..'\u{20}' => write!(self.0, "\\u{:04x}", u32::from(letter))?,
                letter => self.0.push(letter),
            }
        }
        Ok(())
    }
}
