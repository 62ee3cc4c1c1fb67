//! The outline of a text: places of lines and words that fit the text, right or wrong.
//!
//! Absent on purpose: what editors do with it.

use proptest::prelude::*;

use sim_core::scenario::text;
use sim_core::scenario::text::outline::{Line, outline};
use sim_core::trace::NodeId;

use super::read;

#[test]
fn places_are_those_of_the_text() {
    let source = "# one\nhost 客戶端 10.0.0.1  # here\n  run ping “b c” count 2\n\n  # below\nhost \"b c\"\nlink 客戶端:eth0→\"b c\"\n";
    let lines = outline(source).expect("its lines can be told apart");
    assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [2, 6, 7]);
    let words = |line: &Line| line.words.iter().map(|word| &source[word.range.clone()]).collect::<Vec<_>>();
    assert_eq!(words(&lines[0]), ["host", "客戶端", "10.0.0.1"]);
    assert_eq!(words(&lines[0].children[0]), ["run", "ping", "“b c”", "count", "2"]);
    assert_eq!(words(&lines[2]), ["link", "客戶端:eth0", "→", "\"b c\""]);
    assert_eq!(lines[0].children[0].words[2].text, "b c");
    assert_eq!(lines[2].words[1].colon, Some("客戶端".len()));
    assert_eq!(&source[lines[0].start..lines[0].end], "host 客戶端 10.0.0.1  # here\n  run ping “b c” count 2\n");
    assert_eq!(lines[2].end, source.len());
}

#[test]
fn a_line_that_cannot_be_read_is_still_a_line() {
    let lines = outline("host \"a\n  run\nhots b").expect("its lines can be told apart");
    assert!(lines[0].words.is_empty() && lines[0].children.len() == 1);
    assert_eq!(lines[1].words[0].text, "hots");
    assert!(outline("host a\n  x\n y\n").is_err());
}

#[test]
fn a_node_has_a_place_on_the_picture() {
    let experiment = read("host a\n  place 120 40\nhost b\nlink a b\n");
    assert_eq!(experiment.places.get(&NodeId(0)), Some(&(120, 40)));
    assert_eq!(experiment.places.len(), 1);
    assert_eq!(text::parse(&text::print(&experiment)), Ok(experiment));
    assert!(text::parse("host a\n  place 0 1001\n").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(source in "( |host|link|\n|\\PC){0,60}") {
        if let Ok(lines) = outline(&source) {
            let mut behind = 0;
            let mut waiting: Vec<Line> = lines.into_iter().rev().collect();
            while let Some(line) = waiting.pop() {
                prop_assert!(behind <= line.start && line.start <= line.range.start && line.range.end <= line.end);
                behind = line.range.end;
                let mut before = line.range.start;
                for word in &line.words {
                    prop_assert!(before <= word.range.start && word.range.end <= line.range.end);
                    prop_assert!(source.is_char_boundary(word.range.start) && source.is_char_boundary(word.range.end));
                    before = word.range.end;
                }
                waiting.extend(line.children.into_iter().rev());
            }
        }
    }
}
