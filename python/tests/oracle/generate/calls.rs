//! Functions with signatures at random, called with arguments at random.

use super::{Random, guarded};

fn signature(random: &mut Random) -> String {
    let names = ["a", "b", "c", "d"];
    let mut parts: Vec<String> = Vec::new();
    let mut with_default = false;
    for name in &names[..random.below(4)] {
        with_default |= random.once_in(3);
        parts.push(if with_default { format!("{name}={}", random.between(0, 9)) } else { (*name).to_owned() });
        if random.once_in(6) && !parts.contains(&"/".to_owned()) {
            parts.push("/".to_owned());
        }
    }
    let star = random.below(3);
    if star == 1 {
        parts.push("*args".to_owned());
    }
    if star == 2 {
        parts.push("*".to_owned());
    }
    if star > 0 {
        for name in ["k", "m"].iter().take(random.below(2) + usize::from(star == 2)) {
            parts.push(if random.once_in(2) { format!("{name}=0") } else { (*name).to_owned() });
        }
    }
    if random.once_in(3) {
        parts.push("**rest".to_owned());
    }
    parts.join(", ")
}

fn call(random: &mut Random) -> String {
    let mut parts: Vec<String> = (0..random.below(4)).map(|n| (n * 10).to_string()).collect();
    if random.once_in(4) {
        parts.push(random.pick(&["*[7, 8]", "*()", "*'xy'", "*range(1)"]).to_owned());
    }
    let mut used: Vec<&str> = Vec::new();
    for _ in 0..random.below(3) {
        let name = random.pick(&["a", "b", "c", "k", "m", "z"]);
        if !used.contains(&name) {
            used.push(name);
            parts.push(format!("{name}={}", random.between(0, 9)));
        }
    }
    if random.once_in(4) {
        parts.push(random.pick(&["**{'b': 5}", "**{}", "**{'k': 1, 'm': 2}", "**{'q': 'r'}"]).to_owned());
    }
    parts.join(", ")
}

/// Functions, methods and classes, each called several times.
pub(super) fn program(random: &mut Random) -> String {
    let mut text = String::new();
    for n in 0..3 {
        let signature = signature(random);
        let own: Vec<&str> = signature.split(", ").filter(|part| !part.is_empty()).collect();
        let with_self = [&["self"], &own[..]].concat().join(", ");
        // `self` may be given by position alone, as all that stands before a `/`.
        let (head, body, name) = match random.below(3) {
            0 => (
                format!("def f{n}({signature}):"),
                "    return sorted(locals().items(), key=str)".to_owned(),
                format!("f{n}"),
            ),
            1 => (
                format!("class C{n}:\n    def m({with_self}):"),
                "        del self\n        return sorted(locals().items(), key=str)".to_owned(),
                format!("C{n}().m"),
            ),
            _ => (
                format!("class D{n}:\n    def __init__({with_self}):"),
                "        print(sorted((k, v) for k, v in locals().items() if k != 'self'))".to_owned(),
                format!("type(D{n}"),
            ),
        };
        text += &format!("{head}\n{body}\n");
        for _ in 0..5 {
            let close = if name.starts_with("type") { ").__name__" } else { "" };
            text += &guarded(&format!("{name}({}){close}", call(random)));
        }
    }
    text
}
