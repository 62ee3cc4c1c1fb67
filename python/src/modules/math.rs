//! `math`. Absent: gamma, error functions, `math.dist` and vectors; numbers with methods of the program's own other than `__float__`.

use crate::context::Context;
use crate::kind::TypeId;
use crate::native::{Answer, ModuleTable, Native, Outcome, Raise};
use crate::text::integer::{self, Int};
use crate::types::tools;
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable {
    name: "math",
    functions: &[
        Native::function("floor(x, /)", |cx, args| whole(cx, args, f64::floor)),
        Native::function("ceil(x, /)", |cx, args| whole(cx, args, f64::ceil)),
        Native::function("trunc(x, /)", |cx, args| whole(cx, args, f64::trunc)),
        Native::function("sqrt(x, /)", |cx, args| real(cx, args, f64::sqrt)),
        Native::function("exp(x, /)", |cx, args| real(cx, args, f64::exp)),
        Native::function("expm1(x, /)", |cx, args| real(cx, args, f64::exp_m1)),
        Native::function("log1p(x, /)", |cx, args| real(cx, args, f64::ln_1p)),
        Native::function("sin(x, /)", |cx, args| real(cx, args, f64::sin)),
        Native::function("cos(x, /)", |cx, args| real(cx, args, f64::cos)),
        Native::function("tan(x, /)", |cx, args| real(cx, args, f64::tan)),
        Native::function("asin(x, /)", |cx, args| real(cx, args, f64::asin)),
        Native::function("acos(x, /)", |cx, args| real(cx, args, f64::acos)),
        Native::function("atan(x, /)", |cx, args| real(cx, args, f64::atan)),
        Native::function("sinh(x, /)", |cx, args| real(cx, args, f64::sinh)),
        Native::function("cosh(x, /)", |cx, args| real(cx, args, f64::cosh)),
        Native::function("tanh(x, /)", |cx, args| real(cx, args, f64::tanh)),
        Native::function("degrees(x, /)", |cx, args| real(cx, args, |x| x * (180.0 / std::f64::consts::PI))),
        Native::function("radians(x, /)", |cx, args| real(cx, args, |x| x * (std::f64::consts::PI / 180.0))),
        Native::function("fabs(x, /)", |cx, args| real(cx, args, f64::abs)),
        Native::function("atan2(y, x, /)", |cx, args| pair(cx, args, f64::atan2)),
        Native::function("copysign(x, y, /)", |cx, args| pair(cx, args, f64::copysign)),
        Native::function("fmod(x, y, /)", |cx, args| pair(cx, args, |x, y| x % y)),
        Native::function("pow(x, y, /)", power),
        Native::function("hypot(*coordinates)", |cx, args| {
            let mut sum = 0.0;
            for at in 0..args.len() {
                sum = f64::hypot(sum, cx.float_at(args, at)?);
            }
            Ok(Answer::Value(Value::Float(sum)))
        }),
        Native::function("log(x, base=, /)", log),
        Native::function("log2(x, /)", |cx, args| {
            let x = logarithm(cx, args, 0, f64::log2)?;
            Ok(Answer::Value(Value::Float(x)))
        }),
        Native::function("log10(x, /)", |cx, args| {
            let x = logarithm(cx, args, 0, f64::log10)?;
            Ok(Answer::Value(Value::Float(x)))
        }),
        Native::function("modf(x, /)", |cx, args| {
            let x = cx.float_at(args, 0)?;
            let fraction = if x.is_infinite() { 0f64.copysign(x) } else { (x % 1.0).copysign(x) };
            let parts = [Value::Float(fraction), Value::Float(x.trunc())];
            Ok(Answer::Value(tools::tuple(cx, &parts)))
        }),
        Native::function("frexp(x, /)", |cx, args| {
            let (fraction, exponent) = parts(cx.float_at(args, 0)?);
            Ok(Answer::Value(tools::tuple(cx, &[Value::Float(fraction), Value::Int(exponent)])))
        }),
        Native::function("ldexp(x, i, /)", |cx, args| {
            let x = cx.float_at(args, 0)?;
            // In three steps, each of them exact but the last.
            let exponent = tools::index(cx, args, 1)?.clamped().clamp(-2_200, 2_200) as i32;
            let step = exponent / 3;
            let scaled = x * 2f64.powi(step) * 2f64.powi(step) * 2f64.powi(exponent - 2 * step);
            checked(cx, scaled, x.is_finite(), x.is_nan())
        }),
        Native::function("cbrt(x, /)", |cx, args| real(cx, args, f64::cbrt)),
        Native::function("exp2(x, /)", |cx, args| real(cx, args, f64::exp2)),
        Native::function("dist(p, q, /)", |cx, args| {
            let (p, q) = (cx.collect(args, 0)?, cx.collect(args, 1)?);
            if p.len() != q.len() {
                return Err(cx.value_error("both points must have the same number of dimensions"));
            }
            let mut sum = 0.0;
            for (p, q) in p.into_iter().zip(q) {
                sum = f64::hypot(sum, cx.float_of(p)? - cx.float_of(q)?);
            }
            Ok(Answer::Value(Value::Float(sum)))
        }),
        Native::function("isfinite(x, /)", |cx, args| tools::truth(cx.float_at(args, 0)?.is_finite())),
        Native::function("isinf(x, /)", |cx, args| tools::truth(cx.float_at(args, 0)?.is_infinite())),
        Native::function("isnan(x, /)", |cx, args| tools::truth(cx.float_at(args, 0)?.is_nan())),
        Native::function("isclose(a, b, *, rel_tol=, abs_tol=)", close),
        Native::function("fsum(seq, /)", |cx, args| {
            let items = cx.collect(args, 0)?;
            let mut parts: Vec<f64> = Vec::new();
            for item in items {
                add_exactly(&mut parts, cx.float_of(item)?);
            }
            Ok(Answer::Value(Value::Float(parts.iter().rev().sum::<f64>() + 0.0)))
        }),
        Native::function("prod(iterable, /, *, start=)", product),
        Native::function("gcd(*integers)", |cx, args| folded(cx, args, 0, |a, b| Ok(integer::gcd(a, b)))),
        Native::function("lcm(*integers)", |cx, args| {
            folded(cx, args, 1, |a, b| {
                if a.is_zero() || b.is_zero() {
                    return Ok(Int::Small(0));
                }
                integer::multiply(
                    &integer::absolute(&integer::floor_divide(a, &integer::gcd(a, b))?),
                    &integer::absolute(b),
                )
            })
        }),
        Native::function("isqrt(n, /)", |cx, args| {
            let root = integer::square_root(&tools::index(cx, args, 0)?);
            answer(cx, root)
        }),
        Native::function("factorial(n, /)", |cx, args| {
            let n = tools::index(cx, args, 0)?;
            if n.is_negative() {
                return Err(cx.value_error("factorial() not defined for negative values"));
            }
            let product = product_of(1, n.clamped());
            answer(cx, product)
        }),
        Native::function("comb(n, k, /)", |cx, args| chosen(cx, args, true)),
        Native::function("perm(n, k=, /)", |cx, args| chosen(cx, args, false)),
    ],
    values: |_| {
        [
            ("pi", std::f64::consts::PI),
            ("e", std::f64::consts::E),
            ("tau", std::f64::consts::TAU),
            ("inf", f64::INFINITY),
            ("nan", f64::NAN),
        ]
        .map(|(name, float)| (name, Value::Float(float)))
        .into()
    },
};

fn answer(cx: &mut Context, int: crate::text::Outcome<Int>) -> Outcome {
    let int = cx.fault(int)?;
    Ok(Answer::Value(cx.make_integer(int)))
}

fn whole(cx: &mut Context, args: &[Value], round: fn(f64) -> f64) -> Outcome {
    if let Some(int) = cx.integer(args[0]) {
        return answer(cx, Ok(int));
    }
    let x = cx.float_at(args, 0)?;
    answer(cx, integer::from_float(round(x)))
}

/// A float as a fraction from a half to one and a power of two.
fn parts(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, extra) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(54), -54) } else { (x, 0) };
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1022;
    let fraction = f64::from_bits(x.to_bits() & !(0x7ff << 52) | 1022 << 52);
    (fraction, exponent + extra)
}

/// What C's functions refuse, in CPython's words.
fn checked(cx: &mut Context, result: f64, finite: bool, any_nan: bool) -> Outcome {
    if result.is_nan() && !any_nan {
        return Err(cx.value_error("math domain error"));
    }
    if result.is_infinite() && finite {
        return Err(cx.error(TypeId::OVERFLOW_ERROR, "math range error"));
    }
    Ok(Answer::Value(Value::Float(result)))
}

fn real(cx: &mut Context, args: &[Value], function: fn(f64) -> f64) -> Outcome {
    let x = cx.float_at(args, 0)?;
    checked(cx, function(x), x.is_finite(), x.is_nan())
}

fn pair(cx: &mut Context, args: &[Value], function: fn(f64, f64) -> f64) -> Outcome {
    let (x, y) = (cx.float_at(args, 0)?, cx.float_at(args, 1)?);
    checked(cx, function(x, y), x.is_finite() && y.is_finite(), x.is_nan() || y.is_nan())
}

fn power(cx: &mut Context, args: &[Value]) -> Outcome {
    let (x, y) = (cx.float_at(args, 0)?, cx.float_at(args, 1)?);
    if x == 0.0 && y < 0.0 {
        return Err(cx.value_error("math domain error"));
    }
    checked(cx, x.powf(y), x.is_finite() && y.is_finite(), x.is_nan() || y.is_nan())
}

/// A logarithm of a number, which may be an integer that no float can hold.
fn logarithm(cx: &mut Context, args: &[Value], at: usize, function: fn(f64) -> f64) -> Result<f64, Raise> {
    let (x, extra) = match cx.integer(args[at]) {
        Some(int) if int.bits() > 1000 && !int.is_negative() => {
            let drop = int.bits() - 64;
            let shifted = integer::shift_right(&int, &Int::from(drop));
            let x = cx.fault(shifted.and_then(|int| int.to_float()))?;
            (x, function(2.0) * drop as f64)
        }
        _ => (cx.float_at(args, at)?, 0.0),
    };
    if x <= 0.0 { Err(cx.value_error("math domain error")) } else { Ok(function(x) + extra) }
}

fn log(cx: &mut Context, args: &[Value]) -> Outcome {
    let x = logarithm(cx, args, 0, f64::ln)?;
    if args[1].is_unbound() {
        return Ok(Answer::Value(Value::Float(x)));
    }
    let base = logarithm(cx, args, 1, f64::ln)?;
    if base == 0.0 {
        return Err(cx.error(TypeId::ZERO_DIVISION_ERROR, "float division by zero"));
    }
    Ok(Answer::Value(Value::Float(x / base)))
}

fn close(cx: &mut Context, args: &[Value]) -> Outcome {
    let (a, b) = (cx.float_at(args, 0)?, cx.float_at(args, 1)?);
    let relative = if args[2].is_unbound() { 1e-9 } else { cx.float_at(args, 2)? };
    let absolute = if args[3].is_unbound() { 0.0 } else { cx.float_at(args, 3)? };
    if relative < 0.0 || absolute < 0.0 {
        return Err(cx.value_error("tolerances must be non-negative"));
    }
    if a == b || a.is_infinite() || b.is_infinite() {
        return tools::truth(a == b);
    }
    let difference = (b - a).abs();
    tools::truth(difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute)
}

/// Adds without losing a bit (Shewchuk 1997): the parts do not overlap.
fn add_exactly(parts: &mut Vec<f64>, x: f64) {
    let mut x = x;
    let mut kept = Vec::with_capacity(parts.len() + 1);
    for y in parts.iter().copied() {
        let (big, small) = if x.abs() < y.abs() { (y, x) } else { (x, y) };
        let high = big + small;
        let low = small - (high - big);
        if low != 0.0 {
            kept.push(low);
        }
        x = high;
    }
    kept.push(x);
    *parts = kept;
}

fn product(cx: &mut Context, args: &[Value]) -> Outcome {
    let items = cx.collect(args, 0)?;
    let mut total = args[1].given().unwrap_or(Value::Int(1));
    for item in items {
        total = match (cx.integer(total), cx.integer(item)) {
            (Some(a), Some(b)) => {
                let product = integer::multiply(&a, &b);
                let product = cx.fault(product)?;
                cx.make_integer(product)
            }
            _ => Value::Float(cx.float_of(total)? * cx.float_of(item)?),
        };
    }
    Ok(Answer::Value(total))
}

fn folded(
    cx: &mut Context,
    args: &[Value],
    start: i64,
    function: fn(&Int, &Int) -> crate::text::Outcome<Int>,
) -> Outcome {
    let mut total = Int::Small(start);
    for at in 0..args.len() {
        let next = function(&total, &tools::index(cx, args, at)?);
        total = cx.fault(next)?;
    }
    answer(cx, Ok(total))
}

/// The product of the integers from `from` to `to`.
fn product_of(from: i64, to: i64) -> crate::text::Outcome<Int> {
    let mut total = Int::Small(1);
    for factor in from.max(1)..=to {
        total = integer::multiply(&total, &Int::Small(factor))?;
    }
    Ok(total)
}

fn chosen(cx: &mut Context, args: &[Value], unordered: bool) -> Outcome {
    let n = tools::index(cx, args, 0)?;
    let k = if args[1].is_unbound() || args[1].is_none() { n.clone() } else { tools::index(cx, args, 1)? };
    for (name, number) in [("n", &n), ("k", &k)] {
        if number.is_negative() {
            return Err(cx.value_error(format!("{name} must be a non-negative integer")));
        }
    }
    let (n, mut k) = (n.clamped(), k.clamped());
    if k > n {
        return Ok(Answer::Value(Value::Int(0)));
    }
    if unordered {
        k = k.min(n - k);
    }
    let up = product_of(n - k + 1, n);
    let up = cx.fault(up)?;
    if !unordered {
        return answer(cx, Ok(up));
    }
    let down = product_of(1, k);
    let down = cx.fault(down)?;
    answer(cx, integer::floor_divide(&up, &down))
}
