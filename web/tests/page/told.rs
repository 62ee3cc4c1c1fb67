//! Whatever is wrong is told in the learner's language: mistakes of scenario texts, of settings, of changes of a run, of calls.
//!
//! Absent: mistakes of a form (see `mistakes`).

use core::time::Duration;

use fastrand::Rng;
use sim_core::errno::Errno;
use sim_core::gateway::FlowId;
use sim_core::network::{InputError, Unpublishable};
use sim_core::program::{CongestionControl, Refusal};
use sim_core::scenario::text::{THINGS, Wrong, parse};
use sim_core::scenario::{ScenarioError, SettingsError};
use sim_core::trace::{FrameId, LinkId, NodeId};
use web::catalogue::{Language, errnos, mistakes};

const CHINESE: [Language; 2] = [Language::TraditionalChinese, Language::SimplifiedChinese];

/// The texts that are mutated: between them they have nearly all words of the language.
const TEXTS: [&str; 8] = [
    include_str!("../../../sim-core/scenarios/hello.net"),
    include_str!("../../../sim-core/scenarios/boot.net"),
    include_str!("../../../sim-core/scenarios/dumbbell.net"),
    include_str!("../../../sim-core/scenarios/ipv6.net"),
    include_str!("../../../sim-core/scenarios/nat-home.net"),
    include_str!("../../../sim-core/scenarios/switch.net"),
    include_str!("../../../sim-core/scenarios/udp.net"),
    "host a\n  tcp send-buffer 64KiB mss 536 nagle off delayed-ack 10ms congestion reno initial-window 3 syn-retries 2 time-wait 1s\n  \
     ip ttl 32\n  file /x \"y\"\nhost b\nlink a b 1Mbit/s 2ms queue 9 jitter 1ms loss 1,3-4 reorder 2% late 1ms,2ms\n  a->b corrupt 1\n\
     at 1s set a tcp mss none delayed-ack off\nat 2s cut a b\nat 3s mend a b\nat 4s drop a b 3\nat 5s kill a x\nat 6s inject a 0x00\n",
];

/// English outside of what the learner wrote: three words in a row.
fn english(told: &str) -> bool {
    let mut outside = String::new();
    let mut inside = false;
    for letter in told.chars() {
        match letter {
            '「' | '“' => inside = true,
            '」' | '”' => inside = false,
            letter if !inside => outside.push(letter),
            _ => {}
        }
    }
    let is_word = |word: &str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let words: Vec<_> = outside.split(' ').map(is_word).collect();
    words.windows(3).any(|three| three.iter().all(|word| *word))
}

fn check(told: &str, english_is: &str) {
    let is_chinese = told.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    assert!(is_chinese && !english(told) && !told.contains('{') && !told.contains('`'), "{english_is}: {told}");
}

/// One word, line or letter is changed as a slip would.
fn mutated(text: &str, random: &mut Rng) -> String {
    const JUNK: [&str; 14] = [
        "",
        "x",
        "0",
        "-1",
        "99999999999",
        "\"",
        "\"\"",
        "\"\\q\"",
        "\"\\xzz\"",
        "=",
        "->",
        "10.0.0.300",
        "1parsec",
        "@",
    ];
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..random.usize(1..=3) {
        let at = random.usize(..lines.len());
        let other = lines[random.usize(..lines.len())].clone();
        let indent = lines[at].len() - lines[at].trim_start().len();
        let mut words: Vec<String> = lines[at].split_whitespace().map(str::to_owned).collect();
        if words.is_empty() {
            continue;
        }
        let place = random.usize(..words.len());
        match random.u8(0..9) {
            0 => drop(words.remove(place)),
            1 => words.truncate(place),
            2 => words[place] = random.choice(JUNK).unwrap_or_default().to_owned(),
            3 => words.insert(place, random.choice(JUNK).unwrap_or_default().to_owned()),
            4 => {
                let others: Vec<_> = other.split_whitespace().collect();
                words[place] = random.choice(others).unwrap_or_default().to_owned();
            }
            5 => {
                words[place].pop();
            }
            6 => lines.insert(at, other.clone()),
            7 => lines.insert(at, format!(" {other}")),
            _ => words.push(words[place].clone()),
        }
        let line = format!("{}{}", " ".repeat(indent), words.join(" "));
        lines[at] = line;
    }
    lines.join("\n") + "\n"
}

#[test]
fn no_mistake_of_a_mutated_text_is_told_in_english() {
    const SEED: u64 = 20;
    let mut random = Rng::with_seed(SEED);
    let mut kinds = std::collections::BTreeSet::new();
    for _ in 0..3_000 {
        let text = mutated(random.choice(TEXTS).unwrap_or_default(), &mut random);
        let Err(found) = parse(&text) else { continue };
        for mistake in found.0 {
            let kind = format!("{:?}", mistake.what);
            kinds.insert(kind.split([' ', '(', '{']).next().unwrap_or_default().to_owned());
            for language in CHINESE {
                check(&mistakes::mistake(language, &mistake), &format!("seed {SEED}: {}", mistake.what));
            }
        }
    }
    assert!(kinds.len() >= 30, "{} kinds: {kinds:?}", kinds.len());
}

#[test]
fn each_thing_has_a_name_in_each_script() {
    for what in THINGS {
        let wrong = Wrong::Expected { what: what.into(), found: None, near: None };
        for language in CHINESE {
            let told = mistakes::wrong(language, &wrong);
            let named =
                told.trim_start_matches("這一行結束了，但這裡還需要").trim_start_matches("这一行结束了，但这里还需要");
            assert!(named != what && !named.is_empty() && named != told, "{what}: {told}");
            check(&told, what);
        }
    }
}

#[test]
fn what_texts_seldom_reach_has_words_too() {
    let long = "x".repeat(300);
    let deep: String = (0..40).map(|depth| format!("{}host a\n", " ".repeat(depth))).collect();
    let texts = [
        format!("host {long}\n"),
        "host \"a\\x\"\n".into(),
        "host \"a\\q\"\n".into(),
        "host \"\\xff\"\n".into(),
        "host \"\"\n".into(),
        "host \"\\n\"\n".into(),
        deep,
        format!("host a # {}\n", "x".repeat(300 << 10)),
        "host a\n  program p\n    s, t = socketpair inet stream\n".into(),
        "host a\n  program p\n    s = socketpair\n".into(),
        "host a\n  program p in python\n    | a\n    b\n".into(),
        "host a\n  program p\n    try try close s\n".into(),
        "host a\n  program p\n    s = socket\n    send s 900GiB\n".into(),
        "host a\n  program p\n    repeat 0\n      print\n".into(),
        "host a\n  program p\n    print hello\n".into(),
        "host a\n  program p\n    x:\n    x:\n".into(),
        "host a\n  program p\n    s = socket\n    recv s 9GiB\n".into(),
        "host a\n  program p\n    s = socket\n    setsockopt s SO_ERROR 1\n".into(),
        "host a\n  run dns-server name a..b 10.0.0.1\n".into(),
        "host a\n  run dns-server name 主機 10.0.0.1\n".into(),
        "host a 10.0.0.1\n  run dhcp-server from 10.9.0.5 to 10.9.0.9\n".into(),
        "host a 10.0.0.1\n  run dhcp-server from 10.0.0.9 to 10.0.0.5\n".into(),
        "switch s\nhost a\nlink s:x a\n".into(),
        "switch s\nhost a\nhost b\nlink s:1 a\nlink s:1 b\n".into(),
        "router r\n  nat eth0\n  nat eth0\n".into(),
        "host a\nhost b\nlink a b lose 5-2\n".into(),
        "host a\nat 1s kill a p\n".into(),
        "host a\nat 1s inject a 00\n".into(),
        "host a\nhost b\nlink a b\nlink a b\nat 1s cut a b\n".into(),
        "switch s\nhost a\nlink a s\nat 1s set s tcp nagle off\n".into(),
        "host a\n  tcp initial-window 0\n".into(),
        "host a\n  tcp send-buffer 1\n".into(),
        "host a\n  neighbour eth0 10.0.0.1 02:00\n".into(),
        "host a 10.0.0.1\nhost b 10.1.0.1\n  route default via a\n".into(),
        "host a none\nhost b\n  program p\n    s = socket\n    connect s a:80\n".into(),
    ];
    for text in texts {
        let found = parse(&text).expect_err(&text).0;
        for mistake in found {
            for language in CHINESE {
                check(&mistakes::mistake(language, &mistake), &mistake.what.to_string());
            }
        }
    }
}

#[test]
fn networks_settings_and_changes_that_cannot_be_are_told_with_names() {
    let (node, link) = (NodeId(0), LinkId(0));
    let bounds = |setting| SettingsError::OutOfBounds { setting, value: 1, least: 2, most: 3 };
    let at = "10.0.0.1:80".parse().expect("an address");
    let errors = [
        InputError::UnknownNode(node),
        InputError::IsSwitch(node),
        InputError::NotGateway(node),
        InputError::NotPublished(node, FlowId(1)),
        InputError::Publish(node, Unpublishable::Twice(at)),
        InputError::Publish(node, Unpublishable::Target(at)),
        InputError::Publish(node, Unpublishable::TooMany(9)),
        InputError::UnknownLink(link),
        InputError::UnknownEnd(link, 2),
        InputError::Link(ScenarioError::TimelessLoop(link)),
        InputError::Link(ScenarioError::TooLate(link, Duration::from_secs(90_000))),
        InputError::Link(ScenarioError::ShareAboveAll(link, 2_000_000)),
        InputError::Link(ScenarioError::BurstTooShort(link, 900_000, 2)),
        InputError::IsGateway(node),
        InputError::Program(node, Refusal::Lines(70_000)),
        InputError::Program(node, Refusal::Language("python".into())),
        InputError::Settings(node, bounds("mss")),
        InputError::Settings(node, bounds("time-wait")),
        InputError::Settings(node, SettingsError::Congestion(CongestionControl::Bbr)),
        InputError::FrameGone(FrameId(1)),
    ];
    for error in errors {
        for language in CHINESE {
            check(&mistakes::input(language, &error, |_| "伺服器"), &error.to_string());
        }
        assert_eq!(mistakes::input(Language::English, &error, |_| "x"), error.to_string());
    }
    let twice = mistakes::network(Language::TraditionalChinese, &ScenarioError::SameMac(node, NodeId(1)), |node| {
        if node.0 == 0 { "甲" } else { "乙" }
    });
    assert_eq!(twice, "「甲」和「乙」的硬體位址相同：請各用一個");
}

#[test]
fn each_error_of_a_call_has_words() {
    for errno in Errno::ALL {
        assert_eq!(errnos::says(Language::English, *errno), errno.message());
        for language in CHINESE {
            check(errnos::says(language, *errno), errno.name());
        }
    }
}
