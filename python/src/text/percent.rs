//! `'…' % values`: reading the conversions one by one, and showing one value under one conversion (CPython `unicode_format_arg`).
//! Absent: the values. Whoever calls finds each value, and hands `%s`, `%r` and `%a` their text.

use super::integer::Int;
use super::{Fault, Kind, Outcome, overflow, shape, spec, too_long, type_error, value_error};

/// A width or a precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Size {
    /// Not told.
    None,
    /// Told in the format.
    Told(usize),
    /// `*`: the next value says it.
    Star,
}

/// One conversion: `%(key)-08.3ld`.
#[derive(Clone, Debug)]
pub struct Conversion {
    /// The key in parentheses.
    pub key: Option<String>,
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
    /// The width.
    pub width: Size,
    /// The precision.
    pub precision: Size,
    /// What kind of text, or `None` where the format ends before it.
    pub code: Option<char>,
    index: usize,
}

/// A part of a format.
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// Something to convert.
    Conversion(Conversion),
}

/// Reads a format from its beginning; errors come in the order in which CPython finds them.
pub struct Parts {
    chars: Vec<char>,
    at: usize,
}

/// A value to be shown.
pub enum Operand<'a> {
    /// An integer or a bool.
    Int(Int),
    /// A float.
    Float(f64),
    /// The text of `%s`, `%r`, `%a`, or a str for `%c`.
    Text(&'a str),
    /// Anything else: its type's name.
    Other(&'a str),
}

impl Parts {
    /// At the beginning of `format`. Bytes are read as Latin-1.
    pub fn new(format: &str) -> Self {
        Self { chars: format.chars().collect(), at: 0 }
    }

    /// So many characters are read.
    pub fn place(&self) -> usize {
        self.at
    }

    /// The next part; none at the end.
    pub fn advance(&mut self) -> Outcome<Option<Piece>> {
        if self.at >= self.chars.len() {
            return Ok(None);
        }
        if self.chars[self.at] != '%' {
            let end =
                self.chars[self.at..].iter().position(|c| *c == '%').map_or(self.chars.len(), |end| self.at + end);
            let text = self.chars[self.at..end].iter().collect();
            self.at = end;
            return Ok(Some(Piece::Text(text)));
        }
        self.at += 1;
        if self.chars.get(self.at) == Some(&'%') {
            self.at += 1;
            return Ok(Some(Piece::Text("%".to_owned())));
        }
        self.conversion().map(|conversion| Some(Piece::Conversion(conversion)))
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn conversion(&mut self) -> Outcome<Conversion> {
        let mut conversion = Conversion {
            key: self.key()?,
            left: false,
            plus: false,
            space: false,
            alternate: false,
            zero: false,
            width: Size::None,
            precision: Size::None,
            code: None,
            index: 0,
        };
        while let Some(flag) = self.peek() {
            match flag {
                '-' => conversion.left = true,
                '+' => conversion.plus = true,
                ' ' => conversion.space = true,
                '#' => conversion.alternate = true,
                '0' => conversion.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        conversion.width = self.size("width too big")?;
        if self.peek() == Some('.') {
            self.at += 1;
            conversion.precision = match self.size("precision too big")? {
                Size::None => Size::Told(0),
                told => told,
            };
        }
        if matches!(self.peek(), Some('h' | 'l' | 'L')) {
            self.at += 1;
        }
        conversion.index = self.at;
        conversion.code = self.peek();
        self.at += 1;
        if conversion.code.is_none() {
            return value_error("incomplete format");
        }
        Ok(conversion)
    }

    /// `(key)`, in which parentheses may nest.
    fn key(&mut self) -> Outcome<Option<String>> {
        if self.peek() != Some('(') {
            return Ok(None);
        }
        let mut depth = 0;
        for (offset, c) in self.chars[self.at..].iter().enumerate() {
            depth += i32::from(*c == '(') - i32::from(*c == ')');
            if depth == 0 {
                let key = self.chars[self.at + 1..self.at + offset].iter().collect();
                self.at += offset + 1;
                return Ok(Some(key));
            }
        }
        value_error("incomplete format key")
    }

    fn size(&mut self, huge: &'static str) -> Outcome<Size> {
        if self.peek() == Some('*') {
            self.at += 1;
            return Ok(Size::Star);
        }
        let mut size = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let next = size.unwrap_or(0) * 10 + digit as usize;
            if next > i32::MAX as usize {
                return value_error(huge);
            }
            size = Some(next);
            self.at += 1;
        }
        Ok(size.map_or(Size::None, Size::Told))
    }
}

impl Conversion {
    /// Puts the value for `*` in the width's place: a negative one aligns left.
    pub fn tell_width(&mut self, width: i64) {
        self.left |= width < 0;
        self.width = Size::Told(usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX));
    }

    /// Puts the value for `*` in the precision's place: a negative one is zero.
    pub fn tell_precision(&mut self, precision: i64) {
        self.precision = Size::Told(usize::try_from(precision).unwrap_or(0));
    }

    /// The code; there is one in every conversion that was read without error.
    pub fn letter(&self) -> char {
        self.code.unwrap_or('s')
    }

    /// Shows `value`. `bytes` words errors as `bytes.__mod__` does.
    pub fn show(&self, value: &Operand<'_>, bytes: bool) -> Outcome<String> {
        let code = self.letter();
        match code {
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => self.show_int(&self.integer(value)?),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => self.show_float(self.float(value, bytes)?),
            'c' => self.show_char(value, bytes),
            's' | 'r' | 'a' | 'b' if code != 'b' || bytes => match value {
                Operand::Text(text) => self.show_text(text),
                _ => type_error("a text was expected"),
            },
            code => {
                let shown = if matches!(code, ' '..='~') { code } else { '?' };
                let index = self.index;
                value_error(format!(
                    "unsupported format character '{shown}' (0x{:x}) at index {index}",
                    u32::from(code)
                ))
            }
        }
    }

    fn integer(&self, value: &Operand<'_>) -> Outcome<Int> {
        let code = self.letter();
        let real = matches!(code, 'd' | 'i' | 'u');
        let name = match value {
            Operand::Int(int) => return Ok(int.clone()),
            Operand::Float(float) if real => return super::integer::from_float(*float),
            Operand::Float(_) => "float",
            Operand::Text(_) => "str",
            Operand::Other(name) => name,
        };
        let wanted = if real { "a real number" } else { "an integer" };
        type_error(format!("%{code} format: {wanted} is required, not {name}"))
    }

    fn float(&self, value: &Operand<'_>, bytes: bool) -> Outcome<f64> {
        let name = match value {
            Operand::Int(int) => return int.to_float(),
            Operand::Float(float) => return Ok(*float),
            Operand::Text(_) => "str",
            Operand::Other(name) => name,
        };
        type_error(if bytes {
            format!("float argument required, not {name}")
        } else {
            format!("must be real number, not {name}")
        })
    }

    fn show_int(&self, value: &Int) -> Outcome<String> {
        let (prefix, mut digits) = spec::digits(value, self.letter())?;
        if let Size::Told(places) = self.precision {
            if places > super::LONGEST {
                return too_long();
            }
            digits.insert_str(0, &"0".repeat(places.saturating_sub(digits.len())));
        }
        self.number(value.is_negative(), if self.alternate { prefix } else { "" }, &digits)
    }

    fn show_float(&self, value: f64) -> Outcome<String> {
        let precision = match self.precision {
            Size::Told(precision) => precision,
            _ => 6,
        };
        if precision > super::LONGEST {
            return too_long();
        }
        let code = self.letter();
        let mut text = if value.is_nan() {
            "nan".to_owned()
        } else if value.is_infinite() {
            "inf".to_owned()
        } else {
            shape::magnitude(value, code.to_ascii_lowercase(), Some(precision), self.alternate, false)
        };
        if code.is_ascii_uppercase() {
            text.make_ascii_uppercase();
        }
        self.number(value.is_sign_negative() && !value.is_nan(), "", &text)
    }

    fn show_char(&self, value: &Operand<'_>, bytes: bool) -> Outcome<String> {
        let most = if bytes { 0xff } else { 0x10_ffff };
        match value {
            Operand::Int(int) => {
                let code = int.word().and_then(|code| u32::try_from(code).ok()).filter(|code| *code <= most);
                let Some(c) = code.and_then(char::from_u32) else {
                    return overflow(if bytes { "%c arg not in range(256)" } else { "%c arg not in range(0x110000)" });
                };
                self.pad("", &c.to_string(), false)
            }
            Operand::Text(text) if text.chars().count() == 1 => self.pad("", text, false),
            _ if bytes => type_error("%c requires an integer in range(256) or a single byte"),
            _ => type_error("%c requires int or char"),
        }
    }

    fn show_text(&self, text: &str) -> Outcome<String> {
        let end = match self.precision {
            Size::Told(precision) => text.char_indices().nth(precision).map_or(text.len(), |(end, _)| end),
            _ => text.len(),
        };
        self.pad("", &text[..end], false)
    }

    fn number(&self, negative: bool, prefix: &str, digits: &str) -> Outcome<String> {
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            _ => "",
        };
        self.pad(&format!("{sign}{prefix}"), digits, self.zero)
    }

    fn pad(&self, head: &str, body: &str, zero: bool) -> Outcome<String> {
        let width = match self.width {
            Size::Told(width) => width,
            _ => 0,
        };
        let missing = width.saturating_sub(head.chars().count() + body.chars().count());
        if missing > super::LONGEST {
            return too_long();
        }
        Ok(match (self.left, zero) {
            (true, _) => format!("{head}{body}{}", " ".repeat(missing)),
            (false, true) => format!("{head}{}{body}", "0".repeat(missing)),
            (false, false) => format!("{}{head}{body}", " ".repeat(missing)),
        })
    }
}

/// The error where values are missing.
pub fn not_enough() -> Fault {
    Fault::new(Kind::Type, "not enough arguments for format string")
}

/// The error where values are left.
pub fn not_all(bytes: bool) -> Fault {
    let what = if bytes { "bytes" } else { "string" };
    Fault::new(Kind::Type, format!("not all arguments converted during {what} formatting"))
}

/// The error of a key where the values are no mapping.
pub fn no_mapping() -> Fault {
    Fault::new(Kind::Type, "format requires a mapping")
}

/// The error of a `*` whose value is not an integer.
pub fn no_size() -> Fault {
    Fault::new(Kind::Type, "* wants int")
}
