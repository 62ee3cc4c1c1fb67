//! Integers without end: arithmetic with Python's signs, exact conversions from and to floats, hashes.
//! Bounded: a result of more than [`MOST_BITS`] is a `MemoryError`. Absent: text (see `number`).

use super::{Fault, Kind, Outcome, overflow, value_error};
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer as _;
use num_traits::{Signed as _, ToPrimitive as _, Zero as _};
use std::cmp::Ordering;
use std::sync::Arc;

/// The size of the largest integer.
pub const MOST_BITS: u64 = 1 << 22;

/// An integer; [`Int::Big`] holds only what does not fit the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Int {
    /// Fits a machine word.
    Small(i64),
    /// Does not.
    Big(Arc<BigInt>),
}

impl From<BigInt> for Int {
    fn from(big: BigInt) -> Self {
        match big.to_i64() {
            Some(small) => Self::Small(small),
            None => Self::Big(Arc::new(big)),
        }
    }
}

impl From<i64> for Int {
    fn from(small: i64) -> Self {
        Self::Small(small)
    }
}

impl From<u64> for Int {
    fn from(word: u64) -> Self {
        i64::try_from(word).map_or_else(|_| Self::Big(Arc::new(BigInt::from(word))), Self::Small)
    }
}

impl From<i128> for Int {
    fn from(wide: i128) -> Self {
        i64::try_from(wide).map_or_else(|_| Self::Big(Arc::new(BigInt::from(wide))), Self::Small)
    }
}

impl Int {
    /// As a big integer.
    pub fn big(&self) -> BigInt {
        match self {
            Self::Small(small) => BigInt::from(*small),
            Self::Big(big) => BigInt::clone(big),
        }
    }

    /// As a machine word, if it fits.
    pub fn small(&self) -> Option<i64> {
        match self {
            Self::Small(small) => Some(*small),
            Self::Big(_) => None,
        }
    }

    /// As an unsigned machine word, if it fits.
    pub fn word(&self) -> Option<u64> {
        match self {
            Self::Small(small) => u64::try_from(*small).ok(),
            Self::Big(big) => big.to_u64(),
        }
    }

    /// Clamped into a machine word: what slices and repetitions do with what is far too big.
    pub fn clamped(&self) -> i64 {
        match self {
            Self::Small(small) => *small,
            Self::Big(big) => {
                if big.is_negative() {
                    i64::MIN
                } else {
                    i64::MAX
                }
            }
        }
    }

    /// Below zero.
    pub fn is_negative(&self) -> bool {
        match self {
            Self::Small(small) => *small < 0,
            Self::Big(big) => big.is_negative(),
        }
    }

    /// Zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::Small(0)
    }

    /// `bit_length()`.
    pub fn bits(&self) -> u64 {
        match self {
            Self::Small(small) => u64::from(64 - small.unsigned_abs().leading_zeros()),
            Self::Big(big) => big.bits(),
        }
    }

    /// The order of two.
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Small(a), Self::Small(b)) => a.cmp(b),
            (Self::Big(a), Self::Big(b)) => a.cmp(b),
            (Self::Big(a), Self::Small(_)) => {
                if a.is_negative() {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (Self::Small(_), Self::Big(b)) => {
                if b.is_negative() {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
        }
    }

    /// The order of an integer and a float, exactly; none for a NaN.
    pub fn compare_float(&self, float: f64) -> Option<Ordering> {
        if float.is_nan() {
            return None;
        }
        if float.is_infinite() {
            return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
        }
        let whole = float.trunc();
        let order = self.compare(&whole_float(whole));
        Some(order.then_with(|| whole.partial_cmp(&float).unwrap_or(Ordering::Equal)))
    }

    /// The nearest float; ties to even.
    pub fn to_float(&self) -> Outcome<f64> {
        let float = match self {
            Self::Small(small) => *small as f64,
            Self::Big(big) => big.to_f64().unwrap_or(f64::INFINITY),
        };
        if float.is_finite() { Ok(float) } else { overflow("int too large to convert to float") }
    }

    /// `hash()`: the remainder by 2⁶¹−1 with the sign, and never −1.
    pub fn hash(&self) -> i64 {
        let hash = match self {
            Self::Small(small) => {
                let rest = (small.unsigned_abs() % HASH_MODULUS) as i64;
                if *small < 0 { -rest } else { rest }
            }
            Self::Big(big) => (BigInt::clone(big) % HASH_MODULUS).to_i64().unwrap_or(0),
        };
        if hash == -1 { -2 } else { hash }
    }
}

/// The prime of CPython's numeric hashes on 64-bit machines.
const HASH_MODULUS: u64 = (1 << 61) - 1;

/// `hash()` of a float: equal to that of the equal integer. Of a NaN it is 0 (in CPython it depends on the object's address).
pub fn hash_float(float: f64) -> i64 {
    if float.is_infinite() {
        return if float > 0.0 { 314_159 } else { -314_159 };
    }
    if float.is_nan() || float == 0.0 {
        return 0;
    }
    let (mantissa, exponent) = mantissa(float);
    // 2 to the 61st is 1: a power of two turns the bits.
    let turn = exponent.rem_euclid(61) as u32;
    let rest = u128::from(mantissa) << turn;
    let rest = ((rest % u128::from(HASH_MODULUS)) as u64) as i64;
    let hash = if float < 0.0 { -rest } else { rest };
    if hash == -1 { -2 } else { hash }
}

/// The magnitude of a finite float: `mantissa × 2^exponent`.
fn mantissa(float: f64) -> (u64, i32) {
    let bits = float.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) }
}

/// A float without fraction, as the integer that it is.
fn whole_float(float: f64) -> Int {
    if float.abs() < 9.0e18 {
        return Int::Small(float as i64);
    }
    let (mantissa, exponent) = mantissa(float);
    let big = BigInt::from(mantissa) << exponent;
    Int::from(if float < 0.0 { -big } else { big })
}

/// `int(float)`: towards zero.
pub fn from_float(float: f64) -> Outcome<Int> {
    if float.is_nan() {
        return value_error("cannot convert float NaN to integer");
    }
    if float.is_infinite() {
        return overflow("cannot convert float infinity to integer");
    }
    Ok(whole_float(float.trunc()))
}

/// `float.as_integer_ratio()`.
pub fn ratio(float: f64) -> Outcome<(Int, Int)> {
    if float.is_nan() {
        return value_error("cannot convert NaN to integer ratio");
    }
    if float.is_infinite() {
        return overflow("cannot convert Infinity to integer ratio");
    }
    let (mut mantissa, mut exponent) = mantissa(float);
    if mantissa == 0 {
        return Ok((Int::Small(0), Int::Small(1)));
    }
    let even = mantissa.trailing_zeros();
    mantissa >>= even;
    exponent += even as i32;
    let up = BigInt::from(mantissa) << exponent.max(0);
    let down = BigInt::from(1) << (-exponent).max(0);
    Ok((Int::from(if float < 0.0 { -up } else { up }), Int::from(down)))
}

fn bounded(bits: u64) -> Outcome<()> {
    if bits > MOST_BITS { super::too_long() } else { Ok(()) }
}

/// `a + b`.
pub fn add(a: &Int, b: &Int) -> Int {
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Int::from(i128::from(*a) + i128::from(*b));
    }
    Int::from(a.big() + b.big())
}

/// `a - b`.
pub fn subtract(a: &Int, b: &Int) -> Int {
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Int::from(i128::from(*a) - i128::from(*b));
    }
    Int::from(a.big() - b.big())
}

/// `a * b`.
pub fn multiply(a: &Int, b: &Int) -> Outcome<Int> {
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Ok(Int::from(i128::from(*a) * i128::from(*b)));
    }
    bounded(a.bits() + b.bits())?;
    Ok(Int::from(a.big() * b.big()))
}

/// `-a`.
pub fn negate(a: &Int) -> Int {
    match a {
        Int::Small(small) => Int::from(-i128::from(*small)),
        Int::Big(big) => Int::from(-BigInt::clone(big)),
    }
}

/// `abs(a)`.
pub fn absolute(a: &Int) -> Int {
    if a.is_negative() { negate(a) } else { a.clone() }
}

fn by_zero<T>(text: &'static str) -> Outcome<T> {
    Err(Fault::new(Kind::ZeroDivision, text))
}

/// `divmod(a, b)`: the quotient rounded down, so the remainder has the divisor's sign.
pub fn divide_floor(a: &Int, b: &Int) -> Outcome<(Int, Int)> {
    if b.is_zero() {
        return by_zero("integer division or modulo by zero");
    }
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        let (quotient, rest) = i128::from(*a).div_mod_floor(&i128::from(*b));
        return Ok((Int::from(quotient), Int::from(rest)));
    }
    let (quotient, rest) = a.big().div_mod_floor(&b.big());
    Ok((Int::from(quotient), Int::from(rest)))
}

/// `a // b`.
pub fn floor_divide(a: &Int, b: &Int) -> Outcome<Int> {
    Ok(divide_floor(a, b)?.0)
}

/// `a % b`.
pub fn modulo(a: &Int, b: &Int) -> Outcome<Int> {
    if b.is_zero() {
        return by_zero("integer modulo by zero");
    }
    Ok(divide_floor(a, b)?.1)
}

/// `a / b`: the nearest float, also where neither operand is one.
pub fn divide(a: &Int, b: &Int) -> Outcome<f64> {
    if b.is_zero() {
        return by_zero("division by zero");
    }
    if let (Int::Small(a), Int::Small(b)) = (a, b)
        && a.unsigned_abs() < 1 << 53
        && b.unsigned_abs() < 1 << 53
    {
        return Ok(*a as f64 / *b as f64);
    }
    let (up, down) = (a.big(), b.big());
    let negative = up.is_negative() != down.is_negative();
    let size = nearest_quotient(up.magnitude(), down.magnitude());
    if size.is_infinite() {
        return overflow("integer division result too large for a float");
    }
    Ok(if negative { -size } else { size })
}

/// The float nearest to `up / down`: 66 bits of the quotient, whether something is left, and one rounding.
fn nearest_quotient(up: &BigUint, down: &BigUint) -> f64 {
    if up.is_zero() {
        return 0.0;
    }
    let shift = 66 - (up.bits() as i64 - down.bits() as i64);
    let (up, down) =
        if shift >= 0 { (up << shift as u64, down.clone()) } else { (up.clone(), down << (-shift) as u64) };
    let (quotient, rest) = up.div_rem(&down);
    let quotient = quotient.to_u128().unwrap_or(u128::MAX);
    scale(quotient, !rest.is_zero(), -shift)
}

/// `bits × 2^exponent` (and a little more, if `inexact`) as the nearest float, ties to even.
fn scale(bits: u128, inexact: bool, exponent: i64) -> f64 {
    let length = 128 - i64::from(bits.leading_zeros());
    let top = length + exponent;
    if top > 1024 {
        return f64::INFINITY;
    }
    // Below the normal range there are fewer bits to keep: the last place is 2^-1074.
    let keep = (top + 1074).clamp(-1, 53);
    let drop = (length - keep).clamp(0, 127) as u32;
    let kept = bits >> drop;
    let rest = bits & ((1 << drop) - 1);
    let half = if drop == 0 { 0 } else { 1u128 << (drop - 1) };
    let up = drop > 0 && (rest > half || (rest == half && (inexact || kept & 1 == 1)));
    let rounded = (kept + u128::from(up)) as f64;
    let exponent = exponent + i64::from(drop);
    // In two steps, because 2^-1074 is not a power of a normal float.
    let first = exponent.clamp(-1000, 1000);
    rounded * 2f64.powi(first as i32) * 2f64.powi((exponent - first) as i32)
}

/// `a ** b` for `b >= 0`.
pub fn power(a: &Int, b: &Int) -> Outcome<Int> {
    let small = a.small();
    if small == Some(0) || small == Some(1) {
        return Ok(if b.is_zero() { Int::Small(1) } else { a.clone() });
    }
    if small == Some(-1) {
        return Ok(Int::Small(if b.big().is_even() { 1 } else { -1 }));
    }
    let Some(exponent) = b.small().and_then(|exponent| u32::try_from(exponent).ok()) else { return super::too_long() };
    if let Some(fits) = small.and_then(|small| small.checked_pow(exponent)) {
        return Ok(Int::Small(fits));
    }
    bounded((a.bits() - 1).saturating_mul(u64::from(exponent)))?;
    Ok(Int::from(a.big().pow(exponent)))
}

/// `pow(a, b, modulus)`.
pub fn power_modulo(a: &Int, b: &Int, modulus: &Int) -> Outcome<Int> {
    if modulus.is_zero() {
        return value_error("pow() 3rd argument cannot be 0");
    }
    let modulus = modulus.big();
    if !b.is_negative() {
        return Ok(Int::from(a.big().modpow(&b.big(), &modulus)));
    }
    match a.big().modinv(&modulus) {
        Some(inverse) => Ok(Int::from(inverse.modpow(&-b.big(), &modulus))),
        None => value_error("base is not invertible for the given modulus"),
    }
}

/// `a << b`.
pub fn shift_left(a: &Int, b: &Int) -> Outcome<Int> {
    if b.is_negative() {
        return value_error("negative shift count");
    }
    if a.is_zero() {
        return Ok(Int::Small(0));
    }
    let Some(by) = b.word() else { return overflow("too many digits in integer") };
    bounded(a.bits().saturating_add(by))?;
    if let Int::Small(small) = a
        && by < 64
    {
        return Ok(Int::from(i128::from(*small) << by));
    }
    Ok(Int::from(a.big() << by))
}

/// `a >> b`: rounds down.
pub fn shift_right(a: &Int, b: &Int) -> Outcome<Int> {
    if b.is_negative() {
        return value_error("negative shift count");
    }
    let by = b.clamped();
    Ok(match a {
        Int::Small(small) => Int::Small(small >> by.min(63)),
        Int::Big(big) => Int::from(BigInt::clone(big) >> by),
    })
}

/// `a & b`.
pub fn and(a: &Int, b: &Int) -> Int {
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Int::Small(a & b);
    }
    Int::from(a.big() & b.big())
}

/// `a | b`.
pub fn or(a: &Int, b: &Int) -> Int {
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Int::Small(a | b);
    }
    Int::from(a.big() | b.big())
}

/// `a ^ b`.
pub fn xor(a: &Int, b: &Int) -> Int {
    if let (Int::Small(a), Int::Small(b)) = (a, b) {
        return Int::Small(a ^ b);
    }
    Int::from(a.big() ^ b.big())
}

/// `~a`.
pub fn invert(a: &Int) -> Int {
    subtract(&negate(a), &Int::Small(1))
}

/// `math.gcd(a, b)`.
pub fn gcd(a: &Int, b: &Int) -> Int {
    Int::from(a.big().gcd(&b.big()))
}

/// `math.isqrt(a)`.
pub fn square_root(a: &Int) -> Outcome<Int> {
    if a.is_negative() {
        return value_error("isqrt() argument must be nonnegative");
    }
    Ok(Int::from(a.big().sqrt()))
}

/// `round(a, digits)`: to a multiple of ten to the minus `digits`, ties to even.
pub fn round(a: &Int, digits: i64) -> Outcome<Int> {
    if digits >= 0 {
        return Ok(a.clone());
    }
    let places = digits.unsigned_abs();
    if places > a.bits() / 3 + 1 {
        return Ok(Int::Small(0));
    }
    let unit = power(&Int::Small(10), &Int::from(places))?;
    let (quotient, rest) = divide_floor(a, &unit)?;
    let twice = add(&rest, &rest);
    let odd = !and(&quotient, &Int::Small(1)).is_zero();
    let up = match twice.compare(&unit) {
        Ordering::Less => false,
        Ordering::Equal => odd,
        Ordering::Greater => true,
    };
    multiply(&add(&quotient, &Int::Small(i64::from(up))), &unit)
}

/// `int.from_bytes(bytes, order, signed=…)`.
pub fn from_bytes(bytes: &[u8], big_endian: bool, signed: bool) -> Int {
    Int::from(match (big_endian, signed) {
        (true, true) => BigInt::from_signed_bytes_be(bytes),
        (false, true) => BigInt::from_signed_bytes_le(bytes),
        (true, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
        (false, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
    })
}

/// `int.to_bytes(length, order, signed=…)`.
pub fn to_bytes(a: &Int, length: i64, big_endian: bool, signed: bool) -> Outcome<Vec<u8>> {
    let Ok(length) = usize::try_from(length) else { return value_error("length argument must be non-negative") };
    if length > super::LONGEST {
        return super::too_long();
    }
    let negative = a.is_negative();
    if negative && !signed {
        return overflow("can't convert negative int to unsigned");
    }
    let mut bytes = match a {
        Int::Small(small) => small.to_le_bytes().to_vec(),
        Int::Big(big) => big.to_signed_bytes_le(),
    };
    let fill = if negative { 0xff } else { 0 };
    while bytes.last() == Some(&fill) {
        bytes.pop();
    }
    // The sign needs a place of its own, if the highest bit does not say it.
    let tells = bytes.last().is_some_and(|&last| last >= 0x80);
    let needed = bytes.len() + usize::from(signed && !bytes.is_empty() && tells != negative);
    if needed > length {
        return overflow("int too big to convert");
    }
    bytes.resize(length, fill);
    if big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}
