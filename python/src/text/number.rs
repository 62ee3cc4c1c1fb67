//! Numbers from text and numbers as text: `int('0x_1f', 0)`, `float(' 1_0.5 ')`, `repr(0.1)`, digits of big integers.
//! Absent: digits outside of Unicode's decimal blocks listed in [`decimal_digit`].

use super::integer::Int;
use super::{Outcome, overflow, quote, value_error};
use num_bigint::BigInt;
use num_traits::Num as _;

/// CPython's guard against quadratic time (`sys.int_info.default_max_str_digits`).
pub const MOST_DIGITS: usize = 4300;

/// Where the ten digits of a script begin: what a learner may paste (full-width, Arabic, Devanagari, …), not all of Unicode's Nd.
const DIGIT_BLOCKS: [u32; 13] =
    [0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xbe6, 0xe50, 0xed0, 0x17e0, 0xff10];

/// The value of a decimal digit of any of the known scripts.
pub fn decimal_digit(c: char) -> Option<u32> {
    let code = u32::from(c);
    DIGIT_BLOCKS.iter().find(|&&zero| (zero..zero + 10).contains(&code)).map(|zero| code - zero)
}

/// White space as `str.isspace` knows it.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\x1c'..='\x1f')
}

/// What is left when white space is gone and every digit is ASCII.
fn plain(text: &str) -> String {
    // CPython asks C's `isspace` where all is ASCII: U+001C to U+001F are spaces elsewhere only.
    let ascii = text.is_ascii();
    let trimmed = text.trim_matches(|c| is_space(c) && !(ascii && matches!(c, '\x1c'..='\x1f')));
    trimmed.chars().map(|c| decimal_digit(c).map_or(c, |digit| char::from(b'0' + digit as u8))).collect()
}

/// `int(text, base)`; `shown` is the literal as the error quotes it.
pub fn parse_int(text: &str, base: i64, shown: &str) -> Outcome<Int> {
    if base != 0 && !(2..=36).contains(&base) {
        return value_error("int() base must be >= 2 and <= 36, or 0");
    }
    let plain = plain(text);
    let (negative, unsigned) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let Some((radix, digits)) = digits_of(unsigned, base as u32) else {
        let mut shown = shown.to_owned();
        // CPython cuts the literal at 200 characters.
        if let Some((cut, _)) = shown.char_indices().nth(200) {
            shown.truncate(cut);
        }
        return value_error(format!("invalid literal for int() with base {base}: {shown}"));
    };
    if !radix.is_power_of_two() && digits.len() > MOST_DIGITS {
        return value_error(format!(
            "Exceeds the limit ({MOST_DIGITS} digits) for integer string conversion: value has {} digits; use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        ));
    }
    if digits.len() > super::LONGEST / 8 {
        return super::too_long();
    }
    let size = match i64::from_str_radix(&digits, radix) {
        Ok(small) => Int::Small(small),
        Err(_) => Int::from(BigInt::from_str_radix(&digits, radix).unwrap_or_default()),
    };
    Ok(if negative { super::integer::negate(&size) } else { size })
}

/// The radix and the digits without underscores; none, if it is no literal.
fn digits_of(text: &str, base: u32) -> Option<(u32, String)> {
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    let prefix = match lower.as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 0,
    };
    let (radix, body) = if prefix != 0 && (base == prefix || base == 0) {
        let body = &text[2..];
        (prefix, body.strip_prefix('_').unwrap_or(body))
    } else {
        (if base == 0 { 10 } else { base }, text)
    };
    let digits = without_underscores(body)?;
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    // `int('012', 0)` is refused as the literal 012 is.
    let leading_zero = base == 0 && prefix == 0 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0');
    (!leading_zero).then_some((radix, digits))
}

/// The text without single underscores between characters; none, if one stands elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    if text.starts_with('_') || text.ends_with('_') || text.contains("__") {
        return None;
    }
    Some(text.replace('_', ""))
}

/// `float(text)`; `shown` is the literal as the error quotes it.
pub fn parse_float(text: &str, shown: &str) -> Outcome<f64> {
    match float_of(&plain(text)) {
        Some(float) => Ok(float),
        None => value_error(format!("could not convert string to float: {shown}")),
    }
}

fn float_of(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    // An underscore stands between digits only.
    for (place, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_') {
        let before = place.checked_sub(1).and_then(|before| bytes.get(before));
        if !before.is_some_and(u8::is_ascii_digit) || !bytes.get(place + 1).is_some_and(u8::is_ascii_digit) {
            return None;
        }
    }
    let plain = text.replace('_', "");
    // Rust's words for infinity and NaN are CPython's, in any case.
    plain.parse().ok()
}

/// `str(int)`, which refuses more than [`MOST_DIGITS`].
pub fn int_text(int: &Int) -> Outcome<String> {
    match int {
        Int::Small(small) => Ok(small.to_string()),
        Int::Big(big) => {
            // More bits than the limit's digits can have: not even begun.
            let text = if big.bits() > 14_285 { None } else { Some(big.to_string()) };
            match text {
                Some(text) if text.len() - usize::from(int.is_negative()) <= MOST_DIGITS => Ok(text),
                _ => value_error(format!(
                    "Exceeds the limit ({MOST_DIGITS} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
                )),
            }
        }
    }
}

/// `repr(float)`: the shortest digits that read back as the same float.
pub fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "nan".to_owned();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let (digits, point) = shortest(float.abs());
    let sign = if float.is_sign_negative() { "-" } else { "" };
    sign.to_owned() + &super::shape::place_point(&digits, point, point <= -4 || point > 16, None, true, false)
}

/// The shortest digits of a positive float and where its point stands (0.1 is `1` with 0, 10 is `1` with 2).
pub fn shortest(float: f64) -> (String, i32) {
    let (digits, point) = split_exponent(&format!("{float:e}"));
    // Where two texts of that length are equally near, CPython takes the even one.
    if digits.len() >= 15 {
        let even = significant(float, digits.len());
        if format!("0.{}e{}", even.0, even.1).parse() == Ok(float) {
            return even;
        }
    }
    (digits, point)
}

/// `digits` significant digits of a positive float, rounded exactly, and where its point stands.
pub fn significant(float: f64, digits: usize) -> (String, i32) {
    split_exponent(&format!("{float:.*e}", digits.saturating_sub(1)))
}

fn split_exponent(text: &str) -> (String, i32) {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = digits.replace('.', "");
    let zero = digits.bytes().all(|digit| digit == b'0');
    (digits, if zero { 1 } else { exponent + 1 })
}

/// The literal of an error message: `repr` of the text.
pub fn shown(text: &str) -> String {
    quote::text(text)
}

/// `float.fromhex` in its plain form: sign, `0x`, digits, a point, `p` and an exponent.
pub fn parse_hex_float(text: &str) -> Outcome<f64> {
    let lower = text.trim_matches(is_space).to_ascii_lowercase();
    if let Some(float) = float_of(&lower).filter(|float| !float.is_finite()) {
        return Ok(float);
    }
    let (negative, body) = match lower.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, lower.strip_prefix('+').unwrap_or(&lower)),
    };
    let body = body.strip_prefix("0x").unwrap_or(body);
    let (digits, exponent) = body.split_once('p').unwrap_or((body, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let mantissa = if all.len() > 1000 { None } else { BigInt::from_str_radix(&all, 16).ok() };
    let (Some(mantissa), Ok(exponent)) = (mantissa.filter(|_| !all.starts_with(['+', '-'])), exponent.parse::<i32>())
    else {
        return value_error("invalid hexadecimal floating-point string");
    };
    let exponent = exponent.saturating_sub(4 * fraction.len() as i32).clamp(-10_000, 10_000);
    let one = BigInt::from(1);
    let (up, down) = if exponent >= 0 { (mantissa << exponent, one) } else { (mantissa, one << -exponent) };
    match super::integer::divide(&Int::from(up), &Int::from(down)) {
        Ok(size) => Ok(if negative { -size } else { size }),
        Err(_) => overflow("hexadecimal value too large to represent as a float"),
    }
}

/// `float.hex()`.
pub fn hex_float(float: f64) -> String {
    if !float.is_finite() {
        return float_text(float);
    }
    let bits = float.to_bits();
    let sign = if float.is_sign_negative() { "-" } else { "" };
    let fraction = bits & ((1 << 52) - 1);
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    match (exponent, fraction) {
        (0, 0) => format!("{sign}0x0.0p+0"),
        (0, _) => format!("{sign}0x0.{fraction:013x}p-1022"),
        _ => format!("{sign}0x1.{fraction:013x}p{:+}", exponent - 1023),
    }
}
