//! How many tests passed, failed and were skipped, read from the output of `cargo test` while it streams by.
//!
//! The stable test harness has no machine format, so its `test result:` lines are read; the runner of the wasm tests
//! prints the same ones. A test that cannot run where it is says so in a line `test skipped: NAME: REASON` and returns, which the harness
//! takes for success: it is counted as skipped here. Absent: names of other tests; they are on the screen.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

/// Sums over every `test result:` line.
#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct Counts {
    /// What the harness takes for passed.
    passed: u64,
    failed: u64,
    ignored: u64,
    /// Why a test, by its name, did not do all that it should.
    skipped: BTreeMap<String, String>,
}

impl Counts {
    /// Reads to the end, hands each piece on as it comes, and adds what its lines say.
    pub(crate) fn read(
        &mut self,
        mut output: impl Read,
        mut show: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        // Pieces, not lines, are shown: the name of a test appears before its verdict ends the line.
        let mut buffer = [0; 4096];
        let mut line = Vec::new();
        loop {
            let count = output.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            show(&buffer[..count])?;
            for &byte in &buffer[..count] {
                if byte == b'\n' {
                    self.add(&String::from_utf8_lossy(&line));
                    line.clear();
                } else {
                    line.push(byte);
                }
            }
        }
        self.add(&String::from_utf8_lossy(&line));
        Ok(())
    }

    /// The tests that were skipped, each with the reason.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = (&str, &str)> {
        self.skipped.iter().map(|(name, reason)| (name.as_str(), reason.as_str()))
    }

    fn add(&mut self, line: &str) {
        if let Some((name, reason)) = line.strip_prefix("test skipped: ").and_then(|said| said.split_once(": ")) {
            self.skipped.insert(name.to_owned(), reason.trim_end().to_owned());
            return;
        }
        let Some((_, result)) = line.split_once("test result: ") else {
            return;
        };
        for part in result.split(['.', ';']) {
            let Some((number, what)) = part.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.skipped.len() as u64;
        let passed = self.passed.saturating_sub(skipped);
        write!(f, "{passed} passed, {} failed, {} skipped", self.failed, self.ignored + skipped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed_and_everything_is_shown() {
        let output = "running 3 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
            test result: FAILED. 4 passed; 1 failed; 0 ignored; 5 filtered out; finished in 0.00s";
        let mut counts = Counts::default();
        let mut shown = Vec::new();
        counts
            .read(output.as_bytes(), |piece| {
                shown.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
        assert_eq!(counts.to_string(), "6 passed, 1 failed, 1 skipped");
        assert_eq!(shown, output.as_bytes());
    }

    #[test]
    fn a_test_that_says_so_is_skipped_with_its_reason() {
        let output = "running 3 tests\n\
            test a ... \n\
            test skipped: firefox::plays: there is no Firefox\n\
            test skipped: firefox::plays: there is no axe: either\n\
            ok\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        let mut counts = Counts::default();
        counts.read(output.as_bytes(), |_| Ok(())).unwrap();
        assert_eq!(counts.to_string(), "2 passed, 0 failed, 1 skipped");
        assert_eq!(counts.skipped().collect::<Vec<_>>(), [("firefox::plays", "there is no axe: either")]);
    }

    #[test]
    fn other_lines_count_nothing() {
        let mut counts = Counts::default();
        counts.add("7 passed, as this line of a test says");
        assert_eq!(counts, Counts::default());
    }
}
