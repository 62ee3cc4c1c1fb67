//! Expressions: of numbers, and of values of all kinds where most operators raise a `TypeError`.

use super::{Random, guarded};

const NUMBERS: [&str; 30] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "-7",
    "10",
    "255",
    "2**31",
    "-2**31",
    "2**63 - 1",
    "-2**63",
    "2**63",
    "10**20",
    "-10**25",
    "True",
    "False",
    "0.0",
    "-0.0",
    "0.5",
    "-1.5",
    "2.5",
    "0.1",
    "1e16",
    "1e-5",
    "1e308",
    "123456.789",
    "7",
    "100",
    "-100",
];

const BINARY: [&str; 16] = ["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", "&", "|", "^", ">", "and", "or"];

fn number(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.once_in(5) {
        return format!("({})", random.pick(&NUMBERS));
    }
    let a = number(random, depth - 1);
    match random.below(14) {
        0 => format!("({}({a}))", random.pick(&["-", "+", "~", "not "])),
        1 => format!("{}({a})", random.pick(&["abs", "int", "float", "bool", "round", "hash"])),
        2 => format!("round({a}, {})", random.between(-3, 4)),
        3 => format!("({a} {} {})", random.pick(&["<<", ">>"]), random.between(-1, 70)),
        4 => format!("({a} ** {})", random.pick(&["0", "1", "2", "3", "-1", "-2", "5"])),
        5 => format!("divmod({a}, {})[{}]", number(random, depth - 1), random.below(2)),
        6 => format!("{}({a}, {})", random.pick(&["min", "max"]), number(random, depth - 1)),
        7 => format!("({a} if {} else {})", number(random, depth - 1), number(random, depth - 1)),
        8 => format!("int({}({a}))", random.pick(&["str", "repr"])),
        _ => format!("({a} {} {})", random.pick(&BINARY), number(random, depth - 1)),
    }
}

/// Arithmetic.
pub(super) fn numbers(random: &mut Random) -> String {
    (0..10).map(|_| guarded(&number(random, 3))).collect()
}

const VALUES: [&str; 28] = [
    "0",
    "1",
    "-3",
    "2.5",
    "True",
    "None",
    "''",
    "'a'",
    "'abc'",
    "'é中'",
    "b''",
    "b'ab'",
    "bytearray(b'xy')",
    "[]",
    "[1]",
    "[1, 'a']",
    "()",
    "(1,)",
    "(2, 'b')",
    "{}",
    "{'k': 1}",
    "{1, 2}",
    "set()",
    "range(3)",
    "frozenset([1])",
    "...",
    "10**20",
    "len",
];

const FUNCTIONS: [&str; 24] = [
    "len",
    "list",
    "tuple",
    "str",
    "repr",
    "bool",
    "int",
    "float",
    "bytes",
    "bytearray",
    "sorted",
    "sum",
    "max",
    "min",
    "abs",
    "any",
    "all",
    "ord",
    "chr",
    "hex",
    "dict",
    "callable",
    "list(reversed",
    "list(enumerate",
];

fn value(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.once_in(4) {
        return random.pick(&VALUES).to_owned();
    }
    let a = value(random, depth - 1);
    match random.below(8) {
        0 => {
            let function = random.pick(&FUNCTIONS);
            format!("{function}({a}){}", if function.contains('(') { ")" } else { "" })
        }
        1 => format!("({a})[{}]", value(random, 0)),
        2 => format!("({a} in {})", value(random, 0)),
        3 => format!("[{a}, {}]", value(random, 0)),
        4 => format!("({a} * {})", random.between(-1, 3)),
        5 => format!("({a}, {})", value(random, 0)),
        _ => format!(
            "({a} {} {})",
            random.pick(&["+", "-", "*", "/", "%", "<", "==", "!=", "and", "or", "|", "&"]),
            value(random, depth - 1)
        ),
    }
}

/// Values of all kinds.
pub(super) fn mixed(random: &mut Random) -> String {
    (0..14).map(|_| guarded(&value(random, 2))).collect()
}
