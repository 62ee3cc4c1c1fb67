//! Texts that nobody means well with: a mistake with its place, little time, little memory, and no panic.
//!
//! Absent on purpose: coverage-guided fuzzing, which the target `scenario` of the `fuzz` crate does.

use proptest::prelude::*;

use sim_core::scenario::text::{self, Mistake};

#[track_caller]
fn refused(source: &str) -> Vec<Mistake> {
    let mistakes = text::parse(source).expect_err("it is refused").0;
    assert!((1..=20).contains(&mistakes.len()));
    mistakes
}

#[test]
fn a_million_hosts() {
    let many: String = (0..1_000_000).map(|index| format!("host h{index}\n")).collect();
    assert!(refused(&many)[0].what.to_string().contains("lines"));
    let fewer: String = (0..70_000).map(|index| format!("host h{index}\n")).collect();
    let first = &refused(&fewer)[0];
    assert_eq!((first.line, first.what.to_string().as_str()), (65_537, "there are more than 65536 nodes: make fewer"));
}

#[test]
fn sixty_thousand_hosts_on_a_switch_are_none_too_many() {
    let mut lan = String::from("switch s\n");
    (0..60_000).for_each(|index| lan.push_str(&format!("host h{index}\nlink h{index} s\n")));
    let lan = text::parse(&lan).expect("they fit").scenario;
    assert_eq!(lan.nodes[60_000].interfaces[0].addresses[0].prefix, 16);
}

#[test]
fn ten_megabytes_on_a_line() {
    assert!(refused(&format!("host {}\n", "a".repeat(10_000_000)))[0].what.to_string().contains("bytes"));
    assert!(refused(&"host a ".repeat(10_000_000))[0].what.to_string().contains("bytes"));
    assert!(refused(&format!("host {}\n", "a".repeat(200_000)))[0].what.to_string().contains("too long"));
}

#[test]
fn depth() {
    let deep: String = (0..5000).map(|depth| format!("{}loop\n", " ".repeat(depth))).collect();
    assert!(refused(&deep)[0].what.to_string().contains("deep"));
    let mut program = String::from("host a\n  program p\n");
    (2..31).for_each(|depth| program.push_str(&format!("{}loop\n", "  ".repeat(depth))));
    program.push_str(&format!("{}sleep 1s\n", "  ".repeat(31)));
    text::parse(&program).expect("32 deep is allowed");
}

#[test]
fn lists_and_bytes_that_would_fill_the_memory() {
    let link = "host a\nhost b\nlink a b\n";
    assert!(refused(&format!("{link}  lose 1-18446744073709551615\n"))[0].what.to_string().contains("at most"));
    assert!(refused(&format!("{link}  lose 9-3\n"))[0].what.to_string().contains("upwards"));
    let send = |lines: &str| format!("host a\n  program p\n    s = socket\n{lines}");
    assert!(refused(&send("    send s 99GB\n"))[0].what.to_string().contains("too many"));
    assert!(refused(&send(&"    send s 16MiB\n".repeat(9)))[0].what.to_string().contains("64 MiB"));
}

#[test]
fn many_variables() {
    let makers: String = (0..300).map(|index| format!("    v{index} = socket\n")).collect();
    assert!(refused(&format!("host a\n  program p\n{makers}"))[0].what.to_string().contains("256"));
}

/// Words that the language knows, so that what is made of them gets far.
const WORDS: [&str; 61] = [
    "host",
    "router",
    "switch",
    "gateway",
    "link",
    "at",
    "name",
    "seed",
    "until",
    "interface",
    "route",
    "nat",
    "map",
    "program",
    "file",
    "a",
    "b",
    "c",
    "eth0",
    "10.0.0.1",
    "10.0.0.2/24",
    "2001:db8::1/64",
    "mtu",
    "1400",
    "mac",
    "02:00:00:00:00:09",
    "none",
    "autoconf",
    "default",
    "via",
    "10Mbit/s",
    "10ms",
    "loss",
    "1%",
    "lose",
    "3",
    "3-5",
    ",",
    "->",
    "=",
    "socket",
    "s",
    "bind",
    ":80",
    "b:80",
    "loop",
    "repeat",
    "\"x\"",
    "try",
    "else",
    "poll",
    "POLLIN",
    "goto",
    "x:",
    "x",
    "print",
    "|",
    "@3",
    "kill",
    "inject",
    "place",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(source in "\\PC{0,200}") {
        let _ = text::parse(&source);
    }

    #[test]
    fn any_words(lines in prop::collection::vec((0_usize..4, prop::collection::vec(0..WORDS.len(), 0..7)), 0..30)) {
        let mut source = String::new();
        for (indent, words) in lines {
            let words: Vec<_> = words.into_iter().map(|word| WORDS[word]).collect();
            source.push_str(&format!("{}{}\n", "  ".repeat(indent), words.join(" ")));
        }
        if let Ok(experiment) = text::parse(&source) {
            let written = text::print(&experiment);
            prop_assert_eq!(text::parse(&written), Ok(experiment), "{}", written);
        }
    }

    #[test]
    fn a_good_text_with_a_piece_changed(at in 0_usize..2000, with in "\\PC{0,3}", many in 0_usize..9) {
        let good = include_str!("../../../scenarios/hello.net");
        let mut letters: Vec<char> = good.chars().collect();
        let at = at.min(letters.len());
        let end = (at + many).min(letters.len());
        letters.splice(at..end, with.chars());
        let source: String = letters.into_iter().collect();
        if let Ok(experiment) = text::parse(&source) {
            prop_assert_eq!(text::parse(&text::print(&experiment)), Ok(experiment));
        }
    }
}
