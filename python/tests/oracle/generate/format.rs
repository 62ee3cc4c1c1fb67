//! Format specifications, in `format`, f-strings and `%`.

use super::{Random, guarded};

const VALUES: [&str; 22] = [
    "0",
    "7",
    "-42",
    "255",
    "1234567",
    "10**15",
    "-10**20",
    "True",
    "0.0",
    "-0.0",
    "1.5",
    "-2.675",
    "1234567.891",
    "1e-7",
    "1e22",
    "0.1",
    "float('inf')",
    "float('nan')",
    "'hi'",
    "''",
    "'héé中'",
    "99.995",
];

fn spec(random: &mut Random) -> String {
    let mut spec = String::new();
    if random.once_in(2) {
        if random.once_in(2) {
            spec += random.pick(&["*", "0", " ", "é", "<"]);
        }
        spec += random.pick(&["<", ">", "^", "="]);
    }
    if random.once_in(3) {
        spec += random.pick(&["+", "-", " "]);
    }
    if random.once_in(6) {
        spec.push('#');
    }
    if random.once_in(5) {
        spec.push('0');
    }
    if random.once_in(2) {
        spec += &random.between(1, 14).to_string();
    }
    if random.once_in(5) {
        spec += random.pick(&[",", "_"]);
    }
    if random.once_in(3) {
        spec += &format!(".{}", random.between(0, 6));
    }
    spec += random.pick(&["", "", "d", "f", "e", "g", "x", "b", "o", "s", "%", "X", "E", "G", "F", "c"]);
    spec
}

/// `format` and f-strings.
pub(super) fn specs(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..16 {
        let (value, spec) = (random.pick(&VALUES), spec(random));
        text += &guarded(&match random.below(3) {
            0 => format!("'[' + format({value}, '{spec}') + ']'"),
            1 => format!("f\"[{{{value}:{spec}}}]\""),
            _ => format!("'[{{:{spec}}}]'.format({value})"),
        });
    }
    text
}

/// `%`.
pub(super) fn percent(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..16 {
        let mut template = String::from("%");
        template += random.pick(&["", "", "-", "+", "0", " ", "#", "-0", "+0"]);
        if random.once_in(2) {
            template += &random.between(1, 12).to_string();
        }
        if random.once_in(3) {
            template += &format!(".{}", random.between(0, 5));
        }
        template += random.pick(&["d", "s", "r", "f", "e", "g", "x", "o", "i", "X", "c", "%", "G", "E", "a"]);
        let value = random.pick(&VALUES);
        text += &guarded(&match random.below(3) {
            0 => format!("'[{template}]' % ({value},)"),
            1 => format!("'[{template}|%s]' % ({value}, {})", random.pick(&VALUES)),
            _ => format!("'[{template}]' % {value}"),
        });
    }
    text
}
