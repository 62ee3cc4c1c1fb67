//! Floats: division with Python's signs, powers and their errors, rounding to decimal places.
//! Absent: complex results (`(-8) ** 0.5` is refused with a sentence), text (see `number` and `shape`).

use super::integer::{self, Int};
use super::{Fault, Kind, Outcome, overflow, value_error};

fn by_zero<T>(text: &'static str) -> Outcome<T> {
    Err(Fault::new(Kind::ZeroDivision, text))
}

/// `a / b`.
pub fn divide(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 { by_zero("float division by zero") } else { Ok(a / b) }
}

/// `a // b`.
pub fn floor_divide(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 { by_zero("float floor division by zero") } else { Ok(divide_parts(a, b).0) }
}

/// `a % b`.
pub fn modulo(a: f64, b: f64) -> Outcome<f64> {
    if b == 0.0 { by_zero("float modulo") } else { Ok(divide_parts(a, b).1) }
}

/// `divmod(a, b)`.
pub fn divide_floor(a: f64, b: f64) -> Outcome<(f64, f64)> {
    if b == 0.0 { by_zero("float divmod()") } else { Ok(divide_parts(a, b)) }
}

/// The quotient rounded down and the remainder with the divisor's sign (CPython `float_divmod`).
fn divide_parts(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest == 0.0 {
        rest = 0f64.copysign(b);
    } else if (b < 0.0) != (rest < 0.0) {
        rest += b;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return (0f64.copysign(a / b), rest);
    }
    let floor = quotient.floor();
    (if quotient - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}

/// `a ** b`.
pub fn power(a: f64, b: f64) -> Outcome<f64> {
    if a == 0.0 && b < 0.0 {
        return by_zero("0.0 cannot be raised to a negative power");
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        return value_error(
            "a negative number to a fractional power is a complex number, and those are not in this Python",
        );
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return overflow("(34, 'Numerical result out of range')");
    }
    Ok(result)
}

/// `round(a)`: the nearest integer, ties to even.
pub fn round_to_int(a: f64) -> Outcome<Int> {
    integer::from_float(a.round_ties_even())
}

/// `round(a, digits)`: decided by the exact value, ties to even (CPython `double_round`).
pub fn round(a: f64, digits: i64) -> Outcome<f64> {
    if !a.is_finite() || a == 0.0 || digits > 323 {
        return Ok(a);
    }
    if digits < -308 {
        return Ok(0f64.copysign(a));
    }
    let rounded = if digits >= 0 {
        let text = format!("{:.*}", digits as usize, a);
        text.parse().unwrap_or(a)
    } else {
        round_to_tens(a, digits)?
    };
    if rounded.is_infinite() { overflow("rounded value too large to represent") } else { Ok(rounded) }
}

/// Rounds to a multiple of a power of ten; a fraction decides only where the rest would be a tie.
fn round_to_tens(a: f64, digits: i64) -> Outcome<f64> {
    let whole = integer::from_float(a.abs())?;
    let rounded = if a.fract() == 0.0 {
        integer::round(&whole, digits)?
    } else {
        // Twice the number and a bit: never a tie, and on the right side of it.
        let odd = integer::add(&integer::add(&whole, &whole), &Int::Small(1));
        let unit = integer::power(&Int::Small(10), &Int::Small(-digits))?;
        let sum = integer::add(&odd, &unit);
        let count = integer::floor_divide(&sum, &integer::add(&unit, &unit))?;
        integer::multiply(&count, &unit)?
    };
    match rounded.to_float() {
        Ok(float) => Ok(float.copysign(a)),
        Err(_) => overflow("rounded value too large to represent"),
    }
}
