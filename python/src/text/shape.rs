//! Floats in the shapes of the format codes `e f g r`: digits, point, exponent (CPython `format_float_short`).
//! Absent: width, grouping and sign (see `spec`).

use super::number;

/// A float's exact digits end before this many; what is asked beyond are zeros.
const MOST_EXACT: usize = 1_100;

/// The magnitude of a finite float with `precision` (none: shortest) under the code `e`, `f`, `g` or `r` in lower case.
/// `alternate` keeps the point and the zeros of `g`; `dot_zero` gives `1.0` rather than `1`.
pub fn magnitude(float: f64, code: char, precision: Option<usize>, alternate: bool, dot_zero: bool) -> String {
    let float = float.abs();
    match (code, precision) {
        ('f', Some(precision)) => fixed(float, precision, alternate),
        ('e', Some(precision)) => {
            let (digits, point) = number::significant(float, precision.min(MOST_EXACT) + 1);
            place_point(&digits, point, true, Some(precision + 1), false, alternate)
        }
        ('g', Some(precision)) => {
            let precision = precision.max(1);
            let (digits, point) = number::significant(float, precision.min(MOST_EXACT));
            let exponent = point <= -4 || i64::from(point) > precision as i64 - i64::from(dot_zero);
            let digits = digits.trim_end_matches('0');
            let digits = if digits.is_empty() { "0" } else { digits };
            place_point(digits, point, exponent, alternate.then_some(precision), dot_zero, alternate)
        }
        _ => {
            let (digits, point) = number::shortest(float);
            place_point(&digits, point, point <= -4 || point > 16, None, dot_zero, alternate)
        }
    }
}

fn fixed(float: f64, precision: usize, alternate: bool) -> String {
    let exact = precision.min(MOST_EXACT);
    let mut text = format!("{float:.exact$}");
    text.extend(std::iter::repeat_n('0', precision - exact));
    if alternate && precision == 0 {
        text.push('.');
    }
    text
}

/// Digits with their point at `point`, filled with zeros to `places` digits where that is asked.
pub fn place_point(
    digits: &str,
    point: i32,
    exponent: bool,
    places: Option<usize>,
    dot_zero: bool,
    alternate: bool,
) -> String {
    let shown = if exponent { 1 } else { point };
    let mut out = String::new();
    if shown <= 0 {
        out.push('0');
        out.push('.');
        out.extend(std::iter::repeat_n('0', shown.unsigned_abs() as usize));
        out.push_str(digits);
        let missing = places.unwrap_or(0).saturating_sub(digits.len());
        out.extend(std::iter::repeat_n('0', missing));
    } else {
        let whole = shown as usize;
        let end = places.unwrap_or(0).max(digits.len()).max(whole + usize::from(dot_zero && !exponent));
        let filled: Vec<char> = digits.chars().chain(std::iter::repeat('0')).take(end).collect();
        out.extend(&filled[..whole]);
        if end > whole || alternate {
            out.push('.');
        }
        out.extend(&filled[whole..]);
    }
    if exponent {
        let exponent = point - 1;
        out.push_str(&format!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs()));
    }
    out
}
