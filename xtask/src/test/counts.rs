//! How many tests passed, failed and were skipped, read from the output of `cargo test` while it streams by.
//!
//! The stable test harness has no machine format, so its `test result:` lines are read; the runner of the wasm tests
//! prints the same ones. Absent: names of tests; they are on the screen.

use std::fmt;
use std::io::{self, Read};

/// Sums over every `test result:` line.
#[derive(Default, PartialEq, Eq, Debug)]
pub(crate) struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
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

    fn add(&mut self, line: &str) {
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
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
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
    fn other_lines_count_nothing() {
        let mut counts = Counts::default();
        counts.add("7 passed, as this line of a test says");
        assert_eq!(counts, Counts::default());
    }
}
