//! The format mini-language, `%`, `str.format`, quotes and codecs.

use crate::{Draw, SKIP, agree, literal, show};
use python::text::fields::{First, Numbering, Part, Parts, Step};
use python::text::integer::Int;
use python::text::percent::{self, Operand, Piece, Size};
use python::text::{Outcome, codecs, number, quote, spec};

fn draw_spec(draw: &mut Draw) -> String {
    let mut out = String::new();
    let maybe = |draw: &mut Draw, out: &mut String, items: &[&str], odds: usize| {
        if draw.below(odds) == 0 {
            out.push_str(draw.of(items));
        }
    };
    maybe(draw, &mut out, &["<", ">", "^", "=", "*<", "中>", "0^", "x=", "{<"], 2);
    maybe(draw, &mut out, &["+", "-", " "], 3);
    maybe(draw, &mut out, &["z"], 12);
    maybe(draw, &mut out, &["#"], 5);
    maybe(draw, &mut out, &["0"], 4);
    maybe(draw, &mut out, &["1", "5", "8", "12", "20", "31"], 2);
    maybe(draw, &mut out, &[",", "_", ",_", ",,"], 4);
    maybe(draw, &mut out, &[".0", ".1", ".3", ".10", ".20", "."], 3);
    maybe(
        draw,
        &mut out,
        &["b", "c", "d", "e", "E", "f", "F", "g", "G", "n", "o", "s", "x", "X", "%", "y", "dd", "中"],
        2,
    );
    out
}

#[test]
fn specifiers_shape_as_cpython() {
    let mut draw = Draw::new(4);
    let mut cases = Vec::new();
    for _ in 0..4000 {
        let text = draw_spec(&mut draw);
        let shown = quote::text(&text);
        let float = draw.float();
        cases.push((format!("format({}, {shown})", literal(float)), show(spec::format_float(float, &text), |v| v)));
        let int = draw.of(&[0, 1, -1, 5, 65, -255, 999, 1000, 1_234_567, 0x4e2d, i64::MAX, i64::MIN, -1_000_000]);
        cases.push((format!("format({int}, {shown})"), show(spec::format_int(&Int::Small(int), &text), |v| v)));
        let big = Int::from(Int::Small(int).big() * Int::Small(i64::MAX).big());
        let ours = show(spec::format_int(&big, &text), |v| v);
        cases.push((format!("format({}, {shown})", big.big()), ours));
        let word = draw.of(&["", "a", "abc", "中文é", "a longer text than that"]);
        cases.push((format!("format({}, {shown})", quote::text(word)), show(spec::format_str(word, &text), |v| v)));
    }
    for text in ["99999999999999999999", ".99999999999999999999f", ".3000000000f", ".1200f", ".1100e"] {
        cases.push((format!("format(1.1, {})", quote::text(text)), show(spec::format_float(1.1, text), |v| v)));
    }
    agree(&cases);
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|c| c as u8).collect()
}

/// `format % value` for one value, as the machine will do it.
fn modulo(format: &str, value: &Operand<'_>, text: &dyn Fn(char) -> String, bytes: bool) -> Outcome<String> {
    let mut parts = percent::Parts::new(format);
    let mut out = String::new();
    let mut left = 1;
    while let Some(piece) = parts.advance()? {
        match piece {
            Piece::Text(text) => out.push_str(&text),
            Piece::Conversion(mut conversion) => {
                if conversion.key.is_some() {
                    return Err(percent::no_mapping());
                }
                if conversion.width == Size::Star {
                    conversion.tell_width(-7);
                }
                if conversion.precision == Size::Star {
                    conversion.tell_precision(2);
                }
                if left == 0 {
                    return Err(percent::not_enough());
                }
                left = 0;
                let shown = text(conversion.letter());
                let texted = Operand::Text(&shown);
                let operand = if matches!(conversion.letter(), 's' | 'r' | 'a') { &texted } else { value };
                out.push_str(&conversion.show(operand, bytes)?);
            }
        }
    }
    if left == 1 { Err(percent::not_all(bytes)) } else { Ok(out) }
}

#[test]
fn percent_shows_as_cpython() {
    let mut draw = Draw::new(5);
    let mut cases = Vec::new();
    for _ in 0..6000 {
        let mut format = String::from("<%");
        for flag in ["-", "+", " ", "#", "0", "0"] {
            if draw.below(4) == 0 {
                format.push_str(flag);
            }
        }
        format.push_str(draw.of(&["", "", "3", "8", "15"]));
        format.push_str(draw.of(&["", "", ".", ".0", ".2", ".7"]));
        format.push_str(draw.of(&["", "", "", "l", "h", "ll"]));
        format.push_str(draw.of(&[
            "d", "i", "u", "o", "x", "X", "e", "E", "f", "F", "g", "G", "c", "s", "r", "a", "y", "", "é", "%", "(a)d",
            "(ad",
        ]));
        format.push_str(draw.of(&["", "", ">", "%%", "%d"]));
        let bytes = draw.below(3) == 0 && format.is_ascii();
        let shown = if bytes { format!("b{}", quote::text(&format)) } else { quote::text(&format) };
        let ours = |value: &Operand<'_>, text: &dyn Fn(char) -> String| {
            let ours = modulo(&format, value, text, bytes)
                .map(|text| if bytes { quote::bytes(&latin_1(&text)) } else { text });
            show(ours, |v| v)
        };
        let int = draw.of(&[0, 1, -1, 65, 255, 256, -255, 1_234_567, 0x11_0000, i64::MIN]);
        let float = draw.float();
        let takes = |code: char| format.contains(code);
        if !(bytes && takes('s')) {
            let text = |_| int.to_string();
            cases.push((format!("{shown} % ({int})"), ours(&Operand::Int(Int::Small(int)), &text)));
            if !(bytes && takes('c')) {
                let text = |_| number::float_text(float);
                cases.push((format!("{shown} % ({})", literal(float)), ours(&Operand::Float(float), &text)));
            }
        }
        if !bytes {
            let word = draw.of(&["", "a", "é", "abc"]);
            let text = |code| match code {
                's' => word.to_owned(),
                'r' => quote::text(word),
                _ => quote::ascii(word),
            };
            cases.push((format!("{shown} % {}", quote::text(word)), ours(&Operand::Text(word), &text)));
            cases.push((format!("{shown} % None"), ours(&Operand::Other("NoneType"), &|_| "None".to_owned())));
        }
    }
    for format in ["%*d", "%*.*f"] {
        let ours = show(modulo(format, &Operand::Int(Int::Small(3)), &|_| String::new(), false), |v| v);
        let values = if format == "%*d" { "(-7, 3)" } else { "(-7, 2, 3)" };
        cases.push((format!("'{format}' % {values}"), ours));
    }
    agree(&cases);
}

/// `str.format` for integers 10, 11, 12 and the name `w` = 8, without attributes.
fn filled(format: &str, numbering: &mut Numbering, depth: usize) -> Outcome<String> {
    let mut out = String::new();
    if depth == 0 {
        return python::text::value_error("Max string recursion exceeded");
    }
    let mut parts = Parts::new(format);
    while let Some(part) = parts.advance()? {
        let field = match part {
            Part::Text(text) => {
                out.push_str(&text);
                continue;
            }
            Part::Field(field) => field,
        };
        let value = match numbering.index(&field.first)? {
            Some(index) if index < 3 => 10 + index as i64,
            Some(index) => {
                let text = format!("Replacement index {index} out of range for positional args tuple");
                return Err(python::text::Fault::new(python::text::Kind::Index, text));
            }
            None if field.first == First::Name("w".to_owned()) => 8,
            None => {
                let First::Name(name) = field.first else { continue };
                return Err(python::text::Fault::new(python::text::Kind::Key, quote::text(&name)));
            }
        };
        if let Some(step) = field.path.first() {
            let Step::Attribute(name) = step else {
                return python::text::type_error("'int' object is not subscriptable");
            };
            return python::text::type_error(format!("'int' object has no attribute '{name}'"));
        }
        if let Some(fault) = field.late {
            return Err(fault);
        }
        let spec = if field.spec.contains('{') { filled(&field.spec, numbering, depth - 1)? } else { field.spec };
        let text = match field.conversion {
            Some(_) => spec::format_str(&value.to_string(), &spec)?,
            None => spec::format_int(&Int::Small(value), &spec)?,
        };
        out.push_str(&text);
    }
    Ok(out)
}

#[test]
fn fields_are_read_as_cpython() {
    let mut draw = Draw::new(6);
    let mut formats: Vec<String> = [
        "{",
        "}",
        "{{",
        "}}",
        "{}",
        "{{}}",
        "{{{}}}",
        "{0}{}",
        "{}{0}",
        "{} {} {}",
        "{3}",
        "{9999999999999999999999}",
        "{w}",
        "{v}",
        "{0!r}",
        "{0!x}",
        "{0!}",
        "{0!r:>5}",
        "{0!rr}",
        "{0:{w}}",
        "{0:{}}",
        "{:{}}",
        "{:{:{}}}",
        "{0:}}",
        "{a{b}}",
        "{0[}",
        "{0[]}",
        "{0.}",
        "{0[1]x}",
        "{ }",
        "{!r",
        "{:",
        "{0",
        "{!",
        "{0!:}",
        "{0:>{w}}|",
        "a{0}b{1}c",
        "{0..a}",
        "{0]}",
        "{w!s:*^9}",
        "{{{0}",
        "{0}}",
    ]
    .map(str::to_owned)
    .into();
    for _ in 0..3000 {
        let length = draw.below(9);
        formats.push(
            (0..length)
                .map(|_| draw.of(&["{", "}", "0", "1", "w", "!", "r", ":", ">", "5", "{}", "{{", "a", "{0"]))
                .collect(),
        );
    }
    let cases = formats.iter().map(|format| {
        let ours = show(filled(format, &mut Numbering::default(), 2), |v| v);
        (format!("{}.format(10, 11, 12, w=8)", quote::text(format)), ours)
    });
    agree(&cases.collect::<Vec<_>>());
}

#[test]
fn quotes_escape_as_cpython() {
    let mut cases = Vec::new();
    let mut draw = Draw::new(7);
    for code in (0..0x3_0000u32).step_by(7).chain(0..0x3000).chain(0xe_0000..0xe_0200) {
        if let Some(c) = char::from_u32(code) {
            let category = format!("__import__('unicodedata').category(chr({code}))");
            let expression = format!("'{SKIP}' if {category} == 'Cn' else ascii(chr({code})) + repr(chr({code}))");
            cases.push((expression, quote::ascii(&c.to_string()) + &quote::text(&c.to_string())));
        }
    }
    for _ in 0..2000 {
        let length = draw.below(8);
        let bytes: Vec<u8> =
            (0..length).map(|_| draw.of(&[b'\'', b'"', b'\\', b'\n', 0, 0x7f, 0xff, b'a', b' ', b'~'])).collect();
        let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        cases.push((format!("bytes([{list}])"), quote::bytes(&bytes)));
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        cases.push((format!("repr(bytes([{list}]).decode('latin-1'))"), quote::text(&text)));
    }
    agree(&cases);
}

#[test]
fn codecs_encode_as_cpython() {
    let mut draw = Draw::new(8);
    let mut cases = Vec::new();
    for _ in 0..3000 {
        let length = draw.below(7);
        let bytes: Vec<u8> = (0..length)
            .map(|_| draw.of(&[b'a', 0xc3, 0xa9, 0xe4, 0xb8, 0xad, 0xf0, 0x9f, 0x98, 0x80, 0xff, 0xc0, 0, 0xed, 0xa0]))
            .collect();
        let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let encoding = draw.of(&["utf-8", "ascii", "latin-1", "UTF8", "klingon"]);
        let errors = draw.of(&["strict", "ignore", "replace", "backslashreplace", "nonsense"]);
        if bytes.is_empty() {
            continue;
        }
        let ours = show(codecs::decode(&bytes, encoding, errors), |v| quote::text(&v));
        cases.push((format!("repr(bytes([{list}]).decode('{encoding}', '{errors}'))"), ours));
        let text: String = (0..length).map(|_| draw.of(&['a', 'é', '中', '😀', '~'])).collect();
        let encoding = draw.of(&["utf-8", "ascii", "latin-1", "utf-16", "utf-16-be", "utf-32-le", "utf_16_le"]);
        let ours = show(codecs::encode(&text, encoding, errors), |v| quote::bytes(&v));
        cases.push((format!("{}.encode('{encoding}', '{errors}')", quote::text(&text)), ours));
        let wide = codecs::encode(&text, encoding, "ignore").unwrap_or_default();
        let list = wide.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let ours = show(codecs::decode(&wide, encoding, "strict"), |v| quote::text(&v));
        cases.push((format!("repr(bytes([{list}]).decode('{encoding}'))"), ours));
    }
    agree(&cases);
}
