//! The texts of Python (`python::text`) compared with CPython's: each table of cases is handed to one `python3`, which says what it makes of
//! each expression. Without `python3`, the tables are skipped and say so. Absent: values and programs (the oracle's).

mod bytes;
mod draws;
mod formats;
mod numbers;

use python::text::{Fault, Kind, Outcome};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Random numbers for cases: printed seed, so that a failure can be repeated.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed)
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// A float of any magnitude, often a short one.
    pub(crate) fn float(&mut self) -> f64 {
        match self.below(6) {
            0 => f64::from_bits(self.next()),
            1 => self.below(100_000) as f64 / 100.0,
            2 => (self.below(2001) as f64 - 1000.0) / 8.0,
            3 => self.next() as f64,
            4 => (self.next() % 1_000_000) as f64 * 10f64.powi(self.below(40) as i32 - 20),
            _ => self.of(&[
                0.0,
                -0.0,
                1.0,
                0.5,
                1.5,
                2.5,
                1e16,
                1e-4,
                1e-5,
                1e22,
                f64::INFINITY,
                f64::NEG_INFINITY,
                5e-324,
                f64::MAX,
            ]),
        }
    }
}

/// Whether a float may stand in a table: CPython shows a NaN's sign nowhere.
pub(crate) fn literal(float: f64) -> String {
    if float.is_nan() {
        "float('nan')".to_owned()
    } else if float.is_infinite() {
        format!("float('{float}')")
    } else {
        format!("{float:?}")
    }
}

fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Type => "TypeError",
        Kind::Value => "ValueError",
        Kind::Overflow => "OverflowError",
        Kind::ZeroDivision => "ZeroDivisionError",
        Kind::Index => "IndexError",
        Kind::Key => "KeyError",
        Kind::Memory => "MemoryError",
        Kind::Recursion => "RecursionError",
        Kind::Struct => "error",
        Kind::Json => "JSONDecodeError",
        Kind::Binascii => "Error",
        Kind::Decode => "UnicodeDecodeError",
        Kind::Encode => "UnicodeEncodeError",
        Kind::Lookup => "LookupError",
    }
}

/// A result as the table shows it.
pub(crate) fn show<T>(outcome: Outcome<T>, text: impl Fn(T) -> String) -> String {
    match outcome {
        Ok(value) => text(value),
        Err(Fault { kind, text }) => format!("{}: {text}", class(kind)),
    }
}

const ASK: &str = r"
import sys, struct, binascii, base64, json, random, math, operator, zlib, hashlib
def run(text):
    try:
        value = eval(text)
        return value if isinstance(value, str) else repr(value)
    except Exception as error:
        return type(error).__name__ + ': ' + str(error)
for line in sys.stdin.buffer.read().decode().split('\0'):
    if line:
        print(run(line).encode('utf-8', 'replace').hex())
";

/// What an expression is where there is nothing to compare: CPython's Unicode is older than ours.
pub(crate) const SKIP: &str = "(not comparable)";

/// Asks `python3` what each expression is, and compares with what stands beside it.
pub(crate) fn agree(cases: &[(String, String)]) {
    let asked =
        Command::new("python3").args(["-X", "utf8", "-c", ASK]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = asked else {
        println!("skipped: there is no python3 to compare with");
        return;
    };
    let mut input = python.stdin.take().expect("standard input is a pipe");
    let text: String = cases.iter().flat_map(|(expression, _)| [expression.as_str(), "\0"]).collect();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = python.wait_with_output().expect("python3 ends");
    writer.join().expect("the writer does not panic").expect("python3 reads all cases");
    let lines = String::from_utf8(output.stdout).expect("hexadecimal digits");
    let answers: Vec<&str> = lines.lines().collect();
    assert_eq!(answers.len(), cases.len(), "one answer for each case");
    let mut wrong = Vec::new();
    for ((expression, ours), answer) in cases.iter().zip(answers) {
        let theirs = python::text::bytes_text::from_hex(answer).expect("hexadecimal digits");
        if theirs != ours.as_bytes() && theirs != SKIP.as_bytes() {
            wrong.push(format!("{expression}\n  CPython {}\n  ours    {ours}", String::from_utf8_lossy(&theirs)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        cases.len(),
        wrong[..wrong.len().min(25)].join("\n")
    );
}
