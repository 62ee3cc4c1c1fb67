//! Integers, floats, their texts and their hashes.

use crate::{Draw, agree, literal, show};
use num_bigint::BigInt;
use python::text::integer::{self, Int};
use python::text::{float, number, quote};

fn draw_int(draw: &mut Draw) -> Int {
    match draw.below(5) {
        0 => Int::Small(draw.below(21) as i64 - 10),
        1 => Int::Small(draw.next() as i64),
        2 => Int::Small(draw.of(&[i64::MAX, i64::MIN, -1, 1 << 61])),
        3 => Int::Small((draw.next() >> 20) as i64),
        _ => {
            let bits = draw.below(400);
            let mut big = BigInt::from(1);
            for _ in 0..bits / 60 + 1 {
                big = big * BigInt::from(1u64 << 60) + BigInt::from(draw.next() >> 4);
            }
            return Int::from(if draw.below(2) == 0 { big } else { -big });
        }
    }
    .clone()
}

fn text(int: &Int) -> String {
    int.big().to_string()
}

fn pair((a, b): (Int, Int)) -> String {
    format!("({}, {})", text(&a), text(&b))
}

#[test]
fn integers_calculate_as_cpython() {
    let mut draw = Draw::new(1);
    let mut cases = Vec::new();
    for _ in 0..1500 {
        let (a, b) = (draw_int(&mut draw), draw_int(&mut draw));
        let (x, y) = (text(&a), text(&b));
        let mut case = |expression: String, ours: String| cases.push((expression, ours));
        case(format!("({x}) + ({y})"), text(&integer::add(&a, &b)));
        case(format!("({x}) - ({y})"), text(&integer::subtract(&a, &b)));
        case(format!("({x}) * ({y})"), show(integer::multiply(&a, &b), |v| text(&v)));
        case(format!("({x}) / ({y})"), show(integer::divide(&a, &b), number::float_text));
        case(format!("({x}) // ({y})"), show(integer::floor_divide(&a, &b), |v| text(&v)));
        case(format!("({x}) % ({y})"), show(integer::modulo(&a, &b), |v| text(&v)));
        case(format!("divmod({x}, {y})"), show(integer::divide_floor(&a, &b), pair));
        case(format!("({x}) & ({y})"), text(&integer::and(&a, &b)));
        case(format!("({x}) | ({y})"), text(&integer::or(&a, &b)));
        case(format!("({x}) ^ ({y})"), text(&integer::xor(&a, &b)));
        case(format!("~({x})"), text(&integer::invert(&a)));
        case(format!("hash({x})"), a.hash().to_string());
        case(format!("({x}).bit_length()"), a.bits().to_string());
        case(format!("float({x})"), show(a.to_float(), number::float_text));
        let by = draw.below(200) as i64 - 3;
        case(format!("({x}) << ({by})"), show(integer::shift_left(&a, &Int::Small(by)), |v| text(&v)));
        case(format!("({x}) >> ({by})"), show(integer::shift_right(&a, &Int::Small(by)), |v| text(&v)));
        let exponent = Int::Small(draw.below(30) as i64);
        case(format!("({x}) ** {}", text(&exponent)), show(integer::power(&a, &exponent), |v| text(&v)));
        case(
            format!("pow({x}, {y}, 1000003)"),
            show(integer::power_modulo(&a, &b, &Int::Small(1_000_003)), |v| text(&v)),
        );
        case(
            format!("pow({x}, -5, -60)"),
            show(integer::power_modulo(&a, &Int::Small(-5), &Int::Small(-60)), |v| text(&v)),
        );
        let digits = 2 - draw.below(25) as i64;
        case(format!("round({x}, {digits})"), show(integer::round(&a, digits), |v| text(&v)));
        case(format!("math.gcd({x}, {y})"), text(&integer::gcd(&a, &b)));
        case(format!("math.isqrt({x})"), show(integer::square_root(&a), |v| text(&v)));
        for signed in [false, true] {
            let length = draw.below(12) as i64;
            let ours = show(integer::to_bytes(&a, length, signed, signed), |v| quote::bytes(&v));
            let order = if signed { "big" } else { "little" };
            let flag = if signed { "True" } else { "False" };
            case(format!("({x}).to_bytes({length}, '{order}', signed={flag})"), ours);
        }
    }
    agree(&cases);
}

#[test]
fn floats_calculate_as_cpython() {
    let mut draw = Draw::new(2);
    let mut cases = Vec::new();
    for _ in 0..3000 {
        let (a, b) = (draw.float(), draw.float());
        let (x, y) = (literal(a), literal(b));
        let mut case = |expression: String, ours: String| cases.push((expression, ours));
        case(format!("repr({x})"), number::float_text(a));
        case(format!("({x}) / ({y})"), show(float::divide(a, b), number::float_text));
        case(format!("({x}) // ({y})"), show(float::floor_divide(a, b), number::float_text));
        case(format!("({x}) % ({y})"), show(float::modulo(a, b), number::float_text));
        case(format!("int({x})"), show(integer::from_float(a), |v| text(&v)));
        case(format!("round({x})"), show(float::round_to_int(a), |v| text(&v)));
        let digits = draw.below(40) as i64 - 15;
        case(format!("round({x}, {digits})"), show(float::round(a, digits), number::float_text));
        case(format!("({x}).hex()"), number::hex_float(a));
        case(format!("({x}).as_integer_ratio()"), show(integer::ratio(a), pair));
        if !a.is_nan() {
            case(format!("hash({x})"), integer::hash_float(a).to_string());
            let int = draw_int(&mut draw);
            let order = int.compare_float(a).map_or(9, |order| order as i32);
            case(format!("({0} > {x}) - ({0} < {x})", text(&int)), order.to_string());
        }
        if a.is_finite() {
            case(
                format!("float.fromhex('{}')", number::hex_float(a)),
                show(number::parse_hex_float(&number::hex_float(a)), number::float_text),
            );
        }
    }
    for a in [0.0, -0.0, 2.0, -2.0, 0.5, 10.0, f64::INFINITY, 1e300] {
        for b in [0.0, 1.0, -1.0, 3.0, 0.5, -2.0, 1000.0, f64::INFINITY] {
            if a < 0.0 && b == 0.5 {
                continue;
            }
            cases.push((format!("({}) ** ({})", literal(a), literal(b)), show(float::power(a, b), number::float_text)));
        }
    }
    agree(&cases);
}

#[test]
fn numbers_are_read_as_cpython() {
    let mut draw = Draw::new(3);
    let mut texts: Vec<String> = [
        "",
        " ",
        "12",
        " 12 ",
        "-7",
        "+7",
        "--7",
        "1_000",
        "1__0",
        "_1",
        "1_",
        "0x1f",
        "0X_1f",
        "0b101",
        "0o17",
        "012",
        "00",
        "0_7",
        "0_0",
        "z",
        "٣",
        "１２",
        "1 2",
        "é",
        "1\u{0}",
        "0x",
        "- 1",
        "1.5",
        ".5",
        "5.",
        ".",
        "1e5",
        "1e",
        "1e+5",
        "1_0.0_1",
        "1_.5",
        "1._5",
        "1e_5",
        "inf",
        "-INF",
        "infinity",
        "nan",
        "+NaN",
        "infin",
        "0x1p3",
        "\t7\n",
        "\u{a0}7\u{2003}",
        "\u{1f}7",
        "1e400",
        "1e-400",
        "123456789012345678901234567890",
    ]
    .map(str::to_owned)
    .into();
    texts.push("9".repeat(4300));
    texts.push("9".repeat(4301));
    texts.push(format!("x{}", "a".repeat(300)));
    for _ in 0..2000 {
        let length = draw.below(8);
        texts.push(
            (0..length)
                .map(|_| draw.of(&['0', '1', '7', '9', 'a', 'f', 'x', 'b', '_', '.', 'e', '-', '+', ' ']))
                .collect(),
        );
    }
    let mut cases = Vec::new();
    for sample in &texts {
        let shown = quote::text(sample);
        cases.push((format!("float({shown})"), show(number::parse_float(sample, &shown), number::float_text)));
        for base in [10, 16, 0, 2, 8, 36, 1, 37] {
            let read = number::parse_int(sample, base, &shown);
            let ours = show(read.and_then(|int| number::int_text(&int)), |v| v);
            cases.push((format!("int({shown}, {base})"), ours));
        }
    }
    agree(&cases);
}
