//! Slices of every kind of sequence, and methods of strings, bytes, lists and dictionaries with arguments at random.

use super::{Random, guarded};

fn index(random: &mut Random) -> String {
    if random.once_in(3) { String::new() } else { random.between(-8, 8).to_string() }
}

fn slice(random: &mut Random) -> String {
    match random.below(4) {
        0 => random.between(-7, 7).to_string(),
        1 => format!("{}:{}", index(random), index(random)),
        _ => {
            let step = if random.once_in(10) { 0 } else { random.between(-3, 3) };
            format!("{}:{}:{step}", index(random), index(random))
        }
    }
}

/// Reading, assigning and deleting slices.
pub(super) fn slices(random: &mut Random) -> String {
    const SEQUENCES: [&str; 7] = [
        "[0, 1, 2, 3, 4, 5]",
        "'abcdé中'",
        "b'abcdef'",
        "(0, 1, 2, 3, 4)",
        "range(2, 20, 3)",
        "bytearray(b'uvwxyz')",
        "range(5, -5, -2)",
    ];
    let mut text = String::new();
    for _ in 0..8 {
        let (sequence, slice) = (random.pick(&SEQUENCES), slice(random));
        text += &guarded(&format!("({sequence})[{slice}]"));
    }
    for _ in 0..6 {
        let (list, slice) = (random.pick(&["[0, 1, 2, 3, 4, 5]", "bytearray(b'uvwxyz')"]), slice(random));
        let right = random.pick(&["[]", "[7]", "[7, 8, 9]", "b'q'", "5", "range(3)", "(1, 2)"]);
        let change = if random.once_in(3) { format!("del a[{slice}]") } else { format!("a[{slice}] = {right}") };
        text += &format!(
            "a = {list}\ntry:\n    {change}\nexcept Exception as e:\n    print(type(e).__name__, e)\nprint(a)\n"
        );
    }
    text
}

/// A method, with arguments of the kinds that it takes: `t` a text, `n` a number, `l` texts in a list.
const METHODS: [(&str, &str); 34] = [
    ("split", "t"),
    ("split", "tn"),
    ("rsplit", "tn"),
    ("split", ""),
    ("partition", "t"),
    ("rpartition", "t"),
    ("find", "t"),
    ("rfind", "tn"),
    ("index", "t"),
    ("count", "t"),
    ("count", "tnn"),
    ("replace", "tt"),
    ("replace", "ttn"),
    ("strip", "t"),
    ("lstrip", "t"),
    ("rstrip", ""),
    ("startswith", "t"),
    ("endswith", "tn"),
    ("join", "l"),
    ("upper", ""),
    ("title", ""),
    ("capitalize", ""),
    ("swapcase", ""),
    ("center", "n"),
    ("ljust", "n"),
    ("rjust", "n"),
    ("zfill", "n"),
    ("splitlines", ""),
    ("removeprefix", "t"),
    ("removesuffix", "t"),
    ("isalnum", ""),
    ("isupper", ""),
    ("expandtabs", "n"),
    ("find", "tnn"),
];

const TEXTS: [&str; 16] = [
    "''",
    "'a'",
    "'ab'",
    "'aXbXc'",
    "' a b  c '",
    "'hello world'",
    "'aaa'",
    "'a,b,,c'",
    "'one\\ntwo\\r\\n'",
    "'X'",
    "','",
    "' '",
    "'ba'",
    "'it\\'s'",
    "'A1 b2'",
    "'\\tx\\t'",
];

fn method(random: &mut Random, prefix: &str) -> String {
    let (name, kinds) = METHODS[random.below(METHODS.len())];
    let text = |random: &mut Random| format!("{prefix}{}", random.pick(&TEXTS));
    let receiver = text(random);
    let mut arguments = Vec::new();
    for kind in kinds.chars() {
        arguments.push(match kind {
            't' => text(random),
            'n' => random.between(-3, 9).to_string(),
            _ => format!("[{}, {}]", text(random), text(random)),
        });
    }
    // Now and then one too many, or of another kind.
    if random.once_in(12) {
        arguments.push(random.pick(&["None", "5", "b'x'", "'x'"]).to_owned());
    }
    format!("{receiver}.{name}({})", arguments.join(", "))
}

/// Methods of strings and bytes, then a list and a dictionary that change.
pub(super) fn methods(random: &mut Random) -> String {
    let mut text = String::new();
    for _ in 0..12 {
        let prefix = random.pick(&["", "", "b"]);
        text += &guarded(&method(random, prefix));
    }
    text += "a = [3, 1, 2]\nd = {'a': 1, 'b': 2}\n";
    for _ in 0..10 {
        let n = random.between(-4, 5);
        let change = match random.below(14) {
            0 => format!("a.append({n})"),
            1 => format!("a.insert({n}, {})", random.between(0, 9)),
            2 => format!("a.pop({n})"),
            3 => format!("a.remove({n})"),
            4 => "a.sort()".to_owned(),
            5 => "a.reverse()".to_owned(),
            6 => format!("a.extend([{n}, 0])"),
            7 => format!("a.index({n})"),
            8 => format!("d.pop('{}')", random.pick(&["a", "b", "c"])),
            9 => format!("d.setdefault('{}', {n})", random.pick(&["a", "c", "x"])),
            10 => format!("d.update({{'{}': {n}}})", random.pick(&["a", "z"])),
            11 => "d.popitem()".to_owned(),
            12 => format!("a.count({n})"),
            _ => format!("a.__setitem__({n}, 'new')"),
        };
        text += &format!("{}print(a, d)\n", guarded(&change));
    }
    text
}
