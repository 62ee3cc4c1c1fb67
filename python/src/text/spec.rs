//! The format mini-language, `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`, for int, float and str
//! (CPython `Python/formatter_unicode.c`). Absent: locales (`n` is `d` and `g`), complex numbers.

use super::integer::Int;
use super::{Outcome, overflow, shape, too_long, value_error};
use num_bigint::BigInt;

/// A parsed specifier.
pub struct Spec {
    fill: char,
    align: char,
    sign: Option<char>,
    no_negative_zero: bool,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    code: Option<char>,
}

const HUGE: &str = "Too many decimal digits in format string";

/// What is read of a specifier.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let c = self.peek().filter(|c| wanted(*c))?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    /// Decimal digits; none, if there are none.
    fn integer(&mut self) -> Outcome<Option<usize>> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        self.rest = rest;
        if digits.is_empty() {
            return Ok(None);
        }
        match digits.parse::<i64>() {
            Ok(number) => Ok(Some(number as usize)),
            Err(_) => value_error(HUGE),
        }
    }
}

impl Spec {
    /// Reads `text` for a value of the type `name`, whose code is `code` and whose alignment is `align` where none is told.
    fn parse(text: &str, name: &str, code: Option<char>, align: char) -> Outcome<Self> {
        let mut reader = Reader { rest: text };
        let mut spec = Self {
            fill: ' ',
            align,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: 0,
            grouping: None,
            precision: None,
            code,
        };
        let aligned = spec.alignment(&mut reader, text);
        spec.sign = reader.take(|c| matches!(c, '+' | '-' | ' '));
        spec.no_negative_zero = reader.take(|c| c == 'z').is_some();
        spec.alternate = reader.take(|c| c == '#').is_some();
        if aligned != Aligned::WithFill && reader.take(|c| c == '0').is_some() {
            spec.fill = '0';
            if aligned == Aligned::Not && align == '>' {
                spec.align = '=';
            }
        }
        spec.width = reader.integer()?.unwrap_or(0);
        spec.grouping = reader.take(|c| c == ',');
        if reader.take(|c| c == '_').is_some() {
            if spec.grouping.is_some() {
                return value_error("Cannot specify both ',' and '_'.");
            }
            spec.grouping = Some('_');
        }
        if reader.peek() == Some(',') && spec.grouping == Some('_') {
            return value_error("Cannot specify both ',' and '_'.");
        }
        if reader.take(|c| c == '.').is_some() {
            spec.precision = reader.integer()?;
            if spec.precision.is_none() {
                return value_error("Format specifier missing precision");
            }
        }
        if reader.rest.chars().nth(1).is_some() {
            return value_error(format!("Invalid format specifier '{text}' for object of type '{name}'"));
        }
        spec.code = reader.peek().or(code);
        spec.check_grouping()?;
        if spec.width > super::LONGEST || spec.code == Some('s') && spec.precision > Some(usize::MAX / 2) {
            return too_long();
        }
        Ok(spec)
    }

    fn alignment<'a>(&mut self, reader: &mut Reader<'a>, text: &'a str) -> Aligned {
        let mut chars = text.chars();
        let (first, second) = (chars.next(), chars.next());
        let is_align = |c: &char| matches!(c, '<' | '>' | '=' | '^');
        if let (Some(fill), Some(align)) = (first, second.filter(is_align)) {
            self.fill = fill;
            self.align = align;
            reader.rest = chars.as_str();
            return Aligned::WithFill;
        }
        match reader.take(|c| is_align(&c)) {
            Some(align) => {
                self.align = align;
                Aligned::Plain
            }
            None => Aligned::Not,
        }
    }

    fn check_grouping(&self) -> Outcome<()> {
        let Some(grouping) = self.grouping else { return Ok(()) };
        match self.code {
            None | Some('d' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F') => Ok(()),
            Some('b' | 'o' | 'x' | 'X') if grouping == '_' => Ok(()),
            Some(code) => value_error(format!("Cannot specify '{grouping}' with '{}'.", shown(code))),
        }
    }

    /// How many digits make a group.
    fn group(&self) -> usize {
        if matches!(self.code, Some('b' | 'o' | 'x' | 'X')) { 4 } else { 3 }
    }

    /// Sign and prefix, digits, the rest after them: grouped and padded.
    fn number(&self, negative: bool, prefix: &str, digits: &str, rest: &str) -> String {
        let sign = match (negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let head = format!("{sign}{prefix}");
        let room = self.width.saturating_sub(head.len() + rest.len());
        let zeros = if self.fill == '0' && self.align == '=' { room } else { 0 };
        let digits = match self.grouping {
            Some(grouping) => grouped(digits, grouping, self.group(), zeros),
            None => format!("{}{digits}", "0".repeat(zeros.saturating_sub(digits.len()))),
        };
        self.pad(&head, &format!("{digits}{rest}"))
    }

    /// Fills up to the width; `=` fills between head and body.
    fn pad(&self, head: &str, body: &str) -> String {
        let missing = self.width.saturating_sub(head.chars().count() + body.chars().count());
        let (left, middle, right) = match self.align {
            '<' => (0, 0, missing),
            '^' => (missing / 2, 0, missing - missing / 2),
            '=' => (0, missing, 0),
            _ => (missing, 0, 0),
        };
        let mut out = String::with_capacity(head.len() + body.len() + missing * self.fill.len_utf8());
        let fill = |out: &mut String, count| out.extend(std::iter::repeat_n(self.fill, count));
        fill(&mut out, left);
        out.push_str(head);
        fill(&mut out, middle);
        out.push_str(body);
        fill(&mut out, right);
        out
    }
}

/// Whether an alignment was told.
#[derive(PartialEq)]
enum Aligned {
    Not,
    Plain,
    WithFill,
}

/// Digits in groups from the right, with zeros in front until they fill `width` (CPython `_PyUnicode_InsertThousandsGrouping`).
fn grouped(digits: &str, grouping: char, group: usize, width: usize) -> String {
    let mut reversed = Vec::with_capacity(width + digits.len() * 2);
    let mut left = digits.bytes().rev().map(char::from);
    let mut count = 0;
    loop {
        let digit = left.next();
        // A separator is only begun where a digit follows it.
        let separator = usize::from(count > 0 && count % group == 0);
        if digit.is_none() && reversed.len() >= width {
            break;
        }
        if separator == 1 {
            reversed.push(grouping);
        }
        reversed.push(digit.unwrap_or('0'));
        count += 1;
    }
    reversed.into_iter().rev().collect()
}

/// How an error shows a code.
fn shown(code: char) -> String {
    if code > ' ' && code < '\u{80}' { code.to_string() } else { format!("\\x{:x}", u32::from(code)) }
}

fn unknown<T>(code: char, name: &str) -> Outcome<T> {
    value_error(format!("Unknown format code '{}' for object of type '{name}'", shown(code)))
}

/// `format(str, spec)`.
pub fn format_str(value: &str, spec: &str) -> Outcome<String> {
    if spec.is_empty() {
        return Ok(value.to_owned());
    }
    let spec = Spec::parse(spec, "str", Some('s'), '<')?;
    if let Some(code) = spec.code.filter(|code| *code != 's') {
        return unknown(code, "str");
    }
    match spec.sign {
        Some(' ') => return value_error("Space not allowed in string format specifier"),
        Some(_) => return value_error("Sign not allowed in string format specifier"),
        None => {}
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in string format specifier");
    }
    if spec.alternate {
        return value_error("Alternate form (#) not allowed in string format specifier");
    }
    if spec.align == '=' {
        return value_error("'=' alignment not allowed in string format specifier");
    }
    let end = spec.precision.and_then(|precision| value.char_indices().nth(precision));
    Ok(spec.pad("", &value[..end.map_or(value.len(), |(end, _)| end)]))
}

/// `format(int, spec)`.
pub fn format_int(value: &Int, text: &str) -> Outcome<String> {
    format_int_of(value, text, "int")
}

/// The same for a type derived from int, as errors name it; `bool` is one.
pub fn format_int_of(value: &Int, text: &str, name: &str) -> Outcome<String> {
    if text.is_empty() {
        return super::number::int_text(value);
    }
    let spec = Spec::parse(text, name, Some('d'), '>')?;
    match spec.code {
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => render_float(value.to_float()?, &spec),
        Some('b' | 'c' | 'd' | 'o' | 'x' | 'X' | 'n') => render_int(value, &spec),
        code => unknown(code.unwrap_or('d'), name),
    }
}

fn render_int(value: &Int, spec: &Spec) -> Outcome<String> {
    if spec.precision.is_some() {
        return value_error("Precision not allowed in integer format specifier");
    }
    if spec.no_negative_zero {
        return value_error("Negative zero coercion (z) not allowed in integer format specifier");
    }
    let code = spec.code.unwrap_or('d');
    if code == 'c' {
        if spec.sign.is_some() {
            return value_error("Sign not allowed with integer format specifier 'c'");
        }
        if spec.alternate {
            return value_error("Alternate form (#) not allowed with integer format specifier 'c'");
        }
        let Some(code) = value.small() else { return overflow("Python int too large to convert to C long") };
        let c = u32::try_from(code).ok().and_then(char::from_u32);
        let Some(c) = c else { return overflow("%c arg not in range(0x110000)") };
        return Ok(spec.pad("", &c.to_string()));
    }
    let (prefix, digits) = digits(value, code)?;
    Ok(spec.number(value.is_negative(), if spec.alternate { prefix } else { "" }, &digits, ""))
}

/// The digits of an integer's magnitude under a code, and the code's prefix.
pub fn digits(value: &Int, code: char) -> Outcome<(&'static str, String)> {
    let (prefix, radix) = match code {
        'b' => ("0b", 2),
        'o' => ("0o", 8),
        'x' => ("0x", 16),
        'X' => ("0X", 16),
        _ => return Ok(("", super::number::int_text(&super::integer::absolute(value))?)),
    };
    let digits = match value {
        Int::Small(small) => {
            let size = small.unsigned_abs();
            match radix {
                2 => format!("{size:b}"),
                8 => format!("{size:o}"),
                _ => format!("{size:x}"),
            }
        }
        Int::Big(big) => BigInt::magnitude(big).to_str_radix(radix),
    };
    Ok((prefix, if code == 'X' { digits.to_uppercase() } else { digits }))
}

/// `format(float, spec)`.
pub fn format_float(value: f64, text: &str) -> Outcome<String> {
    if text.is_empty() {
        return Ok(super::number::float_text(value));
    }
    let spec = Spec::parse(text, "float", None, '>')?;
    match spec.code {
        None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => render_float(value, &spec),
        Some(code) => unknown(code, "float"),
    }
}

fn render_float(value: f64, spec: &Spec) -> Outcome<String> {
    let percent = spec.code == Some('%');
    let value = if percent { value * 100.0 } else { value };
    let (code, dot_zero, fallback) = match spec.code {
        None if spec.precision.is_none() => ('r', true, None),
        None => ('g', true, None),
        Some('%') => ('f', false, Some(6)),
        Some('n') => ('g', false, Some(6)),
        Some(code) => (code.to_ascii_lowercase(), false, Some(6)),
    };
    let precision = spec.precision.or(fallback);
    if precision.is_some_and(|precision| precision > i32::MAX as usize) {
        return value_error("precision too big");
    }
    if precision.is_some_and(|precision| precision > super::LONGEST) {
        return too_long();
    }
    let mut text = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        "inf".to_owned()
    } else {
        shape::magnitude(value, code, precision, spec.alternate, dot_zero)
    };
    if spec.code.is_some_and(|code| code.is_ascii_uppercase()) {
        text.make_ascii_uppercase();
    }
    let mut negative = value.is_sign_negative() && !value.is_nan();
    if spec.no_negative_zero && !text.bytes().any(|byte| matches!(byte, b'1'..=b'9' | b'i' | b'I')) {
        negative = false;
    }
    if percent {
        text.push('%');
    }
    let whole = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(whole);
    Ok(spec.number(negative, "", digits, rest))
}
