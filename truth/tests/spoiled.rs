//! Spoiled recordings: whatever is in the files, there is an outcome and no panic, and a mistake is one sentence.
//!
//! Absent on purpose: what a spoiled recording's verdict is, beyond its being one.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use truth::Outcome;

fn copy(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in fs::read_dir(truth::own_recordings().join(name)).unwrap().flatten() {
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    folder
}

/// A recording with `from` replaced by `to` in its exchange.
fn edited(from: &str, to: &str) -> Outcome {
    let folder = copy("udp_hello");
    let file = folder.path().join("exchange.json");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&file, text.replace(from, to)).unwrap();
    Outcome::of(folder.path())
}

fn sentence(outcome: &Outcome) -> String {
    assert!(!outcome.is_equal());
    outcome.verdict.clone().unwrap_err()
}

#[test]
fn an_unknown_word_is_one_sentence_with_file_and_word() {
    for (from, to, word) in [
        ("\"recv\"", "\"splice\"", "`splice`"),
        ("linkemu", "netem", "`netem`"),
        ("delay_us=10000\"", "delay_us=soon\"", "`delay_us=soon`"),
        ("ip -n hsxa link set lo up", "ip -n hsxa maddr add 1", "`maddr`"),
        ("\"S\"", "\"Z\"", "`Z`"),
        ("\"t0\": 17", "\"t0\": 97", "frame 1"),
    ] {
        let sentence = sentence(&edited(from, to));
        assert!(sentence.contains(word) && !sentence.contains('\n'), "{sentence}");
        assert!(sentence.contains("exchange.json") || sentence.contains(".pcap"), "{sentence}");
    }
}

#[test]
fn a_file_that_is_missing_or_cut_is_said() {
    let folder = copy("udp_hello");
    fs::remove_file(folder.path().join("exchange.json")).unwrap();
    assert!(sentence(&Outcome::of(folder.path())).contains("exchange.json: it cannot be read"));
    let folder = copy("udp_hello");
    let file = folder.path().join("a.pcap");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 3]).unwrap();
    assert!(sentence(&Outcome::of(folder.path())).contains("a.pcap: it is no capture"));
}

#[test]
fn a_larger_claim_than_memory_is_refused() {
    let outcome = edited("send(b'hello')", "send(99999999999999)");
    assert!(sentence(&outcome).contains("send(99999999999999)"));
}

#[test]
fn spoiled_bytes_never_panic() {
    let seed = 2026_u64;
    println!("seed {seed}");
    let mut random = seed;
    let mut draw = move |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % below.max(1)
    };
    for name in ["tcp_hello", "udp_hello_v6", "route_ping", "tcp_backlog_overflow"] {
        for _ in 0..40 {
            let folder = copy(name);
            let files: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().map(|file| file.path()).collect();
            for _ in 0..3 {
                spoil(&files[draw(files.len())], &mut draw);
            }
            let outcome = Outcome::of(folder.path());
            assert!(!outcome.to_string().is_empty());
        }
    }
}

/// Changes some bytes of a file, or cuts it.
fn spoil(file: &Path, draw: &mut impl FnMut(usize) -> usize) {
    let mut bytes = fs::read(file).unwrap();
    if draw(10) == 0 {
        bytes.truncate(draw(bytes.len()));
    }
    for _ in 0..=draw(8) {
        if bytes.is_empty() {
            break;
        }
        let place = draw(bytes.len());
        // Text is spoiled with text now and then, so that what is read still makes some sense.
        bytes[place] = match draw(3) {
            0 => b"0123456789-.#() eE"[draw(18)],
            _ => draw(256) as u8,
        };
    }
    fs::write(file, bytes).unwrap();
}
