//! Names and bytes as words: bare where they may be, otherwise in quotes.
//!
//! Absent on purpose: reading them back (`lex.rs`).

use core::fmt;

/// A name as one word.
pub(super) struct Name<'a>(pub(super) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let special =
            |letter: char| letter.is_whitespace() || letter.is_control() || "\"\\“”＂#＃,，:：=＝|→".contains(letter);
        if self.0.is_empty() || self.0.contains(special) || self.0.contains("->") || is_number(self.0) {
            write!(f, "{}", Bytes(self.0.as_bytes()))
        } else {
            f.write_str(self.0)
        }
    }
}

/// A name of digits and dots would look like a quantity.
fn is_number(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_digit()) || name.starts_with('/')
}

/// A path begins with a slash, which a name may not.
pub(super) struct Path<'a>(pub(super) &'a str);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.strip_prefix('/') {
            Some(rest) if !rest.is_empty() && !rest.starts_with('/') => write!(f, "/{}", Name(rest)),
            _ => write!(f, "{}", Name(self.0)),
        }
    }
}

/// Bytes in quotes: UTF-8 as it is, the rest escaped.
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    '\n' => f.write_str("\\n")?,
                    '\r' => f.write_str("\\r")?,
                    '\t' => f.write_str("\\t")?,
                    '"' => f.write_str("\\\"")?,
                    // It would close the quotes as the plain one does.
                    '＂' => f.write_str("\\xef\\xbc\\x82")?,
                    '\\' => f.write_str("\\\\")?,
                    letter if letter.is_control() || letter == '\u{2028}' || letter == '\u{2029}' => {
                        let mut buffer = [0; 4];
                        escape(f, letter.encode_utf8(&mut buffer).as_bytes())?;
                    }
                    letter => write!(f, "{letter}")?,
                }
            }
            escape(f, chunk.invalid())?;
        }
        f.write_str("\"")
    }
}

fn escape(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))
}
