//! Packed structures, hexadecimal, base64, checksums, digests, JSON.

use crate::{Draw, agree, literal, show};
use python::text::integer::Int;
use python::text::json::{self, Json, Style};
use python::text::packing::{Item, Layout};
use python::text::{bytes_text, digest, number, quote};
use std::borrow::Cow;

fn item_text(item: &Item<'_>) -> String {
    match item {
        Item::Int(int) => int.big().to_string(),
        Item::Float(float) => number::float_text(*float),
        Item::Bytes(bytes) => quote::bytes(bytes),
        Item::Bool(true) => "True".to_owned(),
        Item::Bool(false) => "False".to_owned(),
        Item::Other(_) => "'text'".to_owned(),
    }
}

fn tuple(items: &[Item<'_>]) -> String {
    match items {
        [one] => format!("({},)", item_text(one)),
        items => format!("({})", items.iter().map(item_text).collect::<Vec<_>>().join(", ")),
    }
}

fn draw_item(draw: &mut Draw) -> Item<'static> {
    match draw.below(8) {
        0 => Item::Float(
            draw.of(&[0.0, 1.5, -2.25, 1e300, 65504.0, 65520.0, 6e-8, 1e-40, 0.1, f64::INFINITY]).to_owned(),
        ),
        1 => Item::Bytes(Cow::Borrowed(draw.of(&[&b""[..], b"a", b"abc", b"abcdefgh"]))),
        2 => Item::Other(true),
        3 => Item::Int(Int::from(Int::Small(i64::MAX).big() * 3)),
        4 => Item::Int(Int::from(u64::MAX)),
        _ => Item::Int(Int::Small(draw.of(&[
            0,
            1,
            -1,
            127,
            128,
            255,
            256,
            -129,
            32768,
            65535,
            65536,
            -32769,
            1 << 31,
            1 << 32,
            -(1 << 31),
            i64::MIN,
            -5,
        ]))),
    }
}

#[test]
fn structures_pack_as_cpython() {
    let mut draw = Draw::new(9);
    let mut cases = Vec::new();
    for _ in 0..6000 {
        let mut format = (draw.of(&["", "@", "=", "<", ">", "!"])).to_owned();
        for _ in 0..=draw.below(3) {
            format.push_str(draw.of(&["", "", "", "2", "0", "3", " "]));
            format.push_str(draw.of(&[
                "x", "c", "b", "B", "?", "h", "H", "i", "I", "l", "L", "q", "Q", "n", "N", "e", "f", "d", "s", "p",
                "P", "4s", "y",
            ]));
        }
        let shown = quote::text(&format);
        let layout = Layout::parse(format.as_bytes());
        cases.push((format!("struct.calcsize({shown})"), show(layout.clone(), |v| v.size.to_string())));
        let Ok(layout) = layout else { continue };
        let items: Vec<Item<'_>> = (0..layout.values).map(|_| draw_item(&mut draw)).collect();
        let arguments: String = items
            .iter()
            .map(|item| {
                format!(
                    ", {}",
                    match item {
                        Item::Float(float) => literal(*float),
                        item => item_text(item),
                    }
                )
            })
            .collect();
        cases.push((
            format!("struct.pack({shown}{arguments})"),
            show(layout.pack(&items, "pack"), |v| quote::bytes(&v)),
        ));
        // `0p` is a mistake of CPython's own (SystemError).
        if format.contains("0p") {
            continue;
        }
        let bytes: Vec<u8> =
            (0..layout.size + draw.below(12) / 11).map(|_| draw.next() as u8 & draw.of(&[0xff, 0x0f, 0])).collect();
        let list = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
        let ours = show(layout.unpack(&bytes), |v| tuple(&v));
        cases.push((format!("struct.unpack({shown}, bytes([{list}]))"), ours));
        let (length, offset) = (draw.below(20), draw.below(40) as i64 - 20);
        let ours = show(layout.place_in(length, offset, true), |v| v.to_string());
        cases.push((
            format!(
                "(struct.unpack_from({shown}, bytes({length}), {offset}), str({offset} + {length} * ({offset} < 0)))[1]"
            ),
            ours,
        ));
    }
    for format in ["3", "99999999999999999999H", "9999999999999999999H", "H\0", "3 H", " H  H ", "<P", "!n"] {
        let ours = show(Layout::parse(format.as_bytes()), |v| v.size.to_string());
        cases.push((format!("struct.calcsize({})", quote::text(format)), ours));
    }
    agree(&cases);
}

#[test]
fn bytes_become_text_as_in_cpython() {
    let mut draw = Draw::new(10);
    let mut cases = Vec::new();
    for _ in 0..1500 {
        let length = draw.below(200);
        let bytes: Vec<u8> = (0..length).map(|_| draw.next() as u8).collect();
        let list = format!("bytes([{}])", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", "));
        let every = draw.below(9) as i64 - 4;
        if every != 0 {
            cases.push((format!("{list}.hex(':', {every})"), bytes_text::hex(&bytes, Some(':'), every)));
        }
        cases.push((format!("{list}.hex()"), bytes_text::hex(&bytes, None, 1)));
        cases.push((format!("base64.b64encode({list}).decode()"), bytes_text::to_base64(&bytes)));
        cases.push((format!("zlib.crc32({list})"), bytes_text::crc32(&bytes, 0).to_string()));
        cases.push((format!("zlib.crc32({list}, 77)"), bytes_text::crc32(&bytes, 77).to_string()));
        cases.push((format!("zlib.adler32({list})"), bytes_text::adler32(&bytes, 1).to_string()));
        let algorithm = &digest::ALGORITHMS[draw.below(6)];
        let ours = bytes_text::hex(&(algorithm.digest)(&bytes), None, 1);
        cases.push((format!("hashlib.{}({list}).hexdigest()", algorithm.name), ours));
        cases.push((
            format!("(hashlib.{0}().digest_size, hashlib.{0}().block_size)", algorithm.name),
            format!("({}, {})", algorithm.size, algorithm.block),
        ));
    }
    for _ in 0..3000 {
        let length = draw.below(11);
        let text: String =
            (0..length).map(|_| draw.of(&['a', 'B', '0', '9', 'Q', '=', '=', ' ', 'g', '\n', '+'])).collect();
        let shown = quote::text(&text);
        cases.push((format!("bytes.fromhex({shown})"), show(bytes_text::from_hex(&text), |v| quote::bytes(&v))));
        cases.push((
            format!("binascii.unhexlify({shown})"),
            show(bytes_text::unhexlify(text.as_bytes()), |v| quote::bytes(&v)),
        ));
        cases.push((
            format!("binascii.a2b_base64({shown})"),
            show(bytes_text::from_base64(text.as_bytes()), |v| quote::bytes(&v)),
        ));
    }
    agree(&cases);
}

/// A document as Python's `repr` shows it; the last of equal keys counts, in the place of the first.
fn json_text(value: &Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::Int(int) => int.big().to_string(),
        Json::Float(float) => number::float_text(*float),
        Json::Literal(text) => text.clone(),
        Json::Str(text) => quote::text(text),
        Json::Array(items) => format!("[{}]", items.iter().map(json_text).collect::<Vec<_>>().join(", ")),
        Json::Object(items) => {
            let mut seen: Vec<(&String, &Json)> = Vec::new();
            for (key, value) in items {
                match seen.iter_mut().find(|(known, _)| *known == key) {
                    Some(place) => place.1 = value,
                    None => seen.push((key, value)),
                }
            }
            let items = seen.iter().map(|(key, value)| format!("{}: {}", quote::text(key), json_text(value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn json_is_read_and_written_as_in_cpython() {
    let mut draw = Draw::new(11);
    let mut cases = Vec::new();
    let mut texts: Vec<String> = [
        "",
        "\u{feff}1",
        "\"\\ud83d\\ude00\"",
        "\"a\nb\"",
        "\"\\x\"",
        "\"\\u12\"",
        "1e400",
        "\n\n x",
        "-Infinity",
        "[1}",
        "\"\\u00e9\"",
    ]
    .map(str::to_owned)
    .into();
    for _ in 0..6000 {
        let length = draw.below(10);
        texts.push(
            (0..length)
                .map(|_| {
                    draw.of(&[
                        "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "-", "0", ".5", "e3", "true", "null",
                        "NaN", " ", "\n", "\"", "\\", "x", "{}", "[]", "\"a\": ",
                    ])
                })
                .collect(),
        );
    }
    for _ in 0..1500 {
        texts.push(json::write(&draw_json(&mut draw, 3), &Style::default()).expect("it can be written"));
    }
    for text in &texts {
        let ours = show(json::read(text, false), |v| json_text(&v));
        cases.push((format!("repr(json.loads({}))", quote::text(text)), ours));
    }
    for _ in 0..1500 {
        let value = draw_json(&mut draw, 3);
        let shown = json_literal(&value);
        for (options, style) in [
            ("", Style::default()),
            (", indent=2", Style { indent: Some("  ".to_owned()), item: ",".to_owned(), ..Style::default() }),
            (", separators=(',', ':')", Style { item: ",".to_owned(), key: ":".to_owned(), ..Style::default() }),
            (", ensure_ascii=False", Style { ascii: false, ..Style::default() }),
            (", allow_nan=False", Style { not_a_number: false, ..Style::default() }),
        ] {
            cases.push((format!("json.dumps({shown}{options})"), show(json::write(&value, &style), |v| v)));
        }
    }
    agree(&cases);
}

fn json_literal(value: &Json) -> String {
    match value {
        Json::Float(float) => literal(*float),
        Json::Array(items) => format!("[{}]", items.iter().map(json_literal).collect::<Vec<_>>().join(", ")),
        Json::Object(items) => {
            let items = items.iter().map(|(key, value)| format!("{}: {}", quote::text(key), json_literal(value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        value => json_text(value),
    }
}

fn draw_json(draw: &mut Draw, depth: usize) -> Json {
    match draw.below(if depth == 0 { 5 } else { 8 }) {
        0 => Json::Null,
        1 => Json::Bool(draw.below(2) == 0),
        2 => Json::Int(Int::Small(draw.next() as i64)),
        3 => Json::Float(draw.float()),
        4 => Json::Str(
            (0..draw.below(5))
                .map(|_| draw.of(&['a', '"', '\\', '/', '\n', '\u{1f}', '\u{7f}', 'é', '😀', '\u{8}']))
                .collect(),
        ),
        5 | 6 => Json::Array((0..draw.below(4)).map(|_| draw_json(draw, depth - 1)).collect()),
        _ => Json::Object((0..draw.below(4)).map(|index| (format!("k{index}"), draw_json(draw, depth - 1))).collect()),
    }
}
