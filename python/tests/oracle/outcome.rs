//! What a program did: its exit status, its standard output, and the last line that it wrote to standard error.
//!
//! The other lines of a traceback are absent: which characters of a line are underlined is not the same in two versions of CPython.

use std::fmt::Write as _;

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: u8,
    pub(crate) stdout: String,
    pub(crate) last: String,
}

impl Outcome {
    pub(crate) fn new(status: u8, stdout: &str, stderr: &str) -> Outcome {
        let last = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        Outcome { status, stdout: stdout.to_owned(), last: last.to_owned() }
    }

    /// One line for each line of output, with a mark before it; control characters are escaped.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("status {}\n", self.status);
        if !self.last.is_empty() {
            writeln!(text, "last {}", escape(&self.last)).expect("a string takes all");
        }
        for line in self.stdout.split_inclusive('\n') {
            match line.strip_suffix('\n') {
                Some(line) => writeln!(text, "|{}", escape(line)),
                None => writeln!(text, "/{}", escape(line)),
            }
            .expect("a string takes all");
        }
        text
    }

    /// What `to_text` gave.
    pub(crate) fn parse(text: &str) -> Option<Outcome> {
        let mut outcome = Outcome { status: 0, stdout: String::new(), last: String::new() };
        for line in text.lines() {
            if let Some(status) = line.strip_prefix("status ") {
                outcome.status = status.parse().ok()?;
            } else if let Some(last) = line.strip_prefix("last ") {
                outcome.last = unescape(last)?;
            } else if let Some(line) = line.strip_prefix('|') {
                outcome.stdout += &unescape(line)?;
                outcome.stdout.push('\n');
            } else {
                outcome.stdout += &unescape(line.strip_prefix('/')?)?;
            }
        }
        Some(outcome)
    }

    /// The first thing that differs, in one line.
    pub(crate) fn first_difference(&self, other: &Outcome) -> Option<String> {
        let (mine, its) = (self.to_text(), other.to_text());
        let differ = |prefix: char| {
            let lines = |text: &str| -> Vec<String> {
                let told = |line: &&str| line.starts_with(['|', '/']) == (prefix == '|');
                text.lines().filter(told).map(str::to_owned).collect()
            };
            let (mine, its) = (lines(&mine), lines(&its));
            (0..mine.len().max(its.len())).find(|&at| mine.get(at) != its.get(at)).map(|at| {
                let show = |line: Option<&String>| line.map_or("nothing".to_owned(), |line| format!("`{}`", cut(line)));
                format!("{} instead of {}", show(its.get(at)), show(mine.get(at)))
            })
        };
        // An error is the cause of the output that is missing.
        if self.last != other.last {
            return Some(format!("`{}` instead of `{}`", cut(&other.last), cut(&self.last)));
        }
        differ('|').or_else(|| differ('s'))
    }

    /// All lines, those of this outcome alone with `-`, those of the other alone with `+`.
    pub(crate) fn diff(&self, other: &Outcome) -> String {
        let (mine, its) = (self.to_text(), other.to_text());
        let (mine, its): (Vec<&str>, Vec<&str>) = (mine.lines().collect(), its.lines().collect());
        let mut text = String::new();
        let (mut i, mut j) = (0, 0);
        while i < mine.len() || j < its.len() {
            let next = |lines: &[&str], line: Option<&&str>| {
                line.and_then(|line| lines.iter().position(|other| other == line)).unwrap_or(usize::MAX)
            };
            let (gone, new) = (next(&mine[i..], its.get(j)), next(&its[j..], mine.get(i)));
            let (mark, line) = if gone == 0 {
                j += 1;
                (' ', mine[i])
            } else if i < mine.len() && (new > gone || new == usize::MAX || j == its.len()) {
                ('-', mine[i])
            } else {
                j += 1;
                ('+', its[j - 1])
            };
            i += usize::from(mark != '+');
            writeln!(text, "    {mark} {}", cut(line)).expect("a string takes all");
        }
        text
    }
}

/// No line is so long that it hides the rest.
fn cut(line: &str) -> String {
    const MOST: usize = 400;
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

fn escape(line: &str) -> String {
    let mut text = String::new();
    for c in line.chars() {
        if c == '\\' || c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
    }
    text
}

fn unescape(line: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next()? {
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'u' => {
                let digits: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
                text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
            }
            c => text.push(c),
        }
    }
    Some(text)
}

#[test]
fn an_outcome_reads_back_as_it_was_written() {
    let stdout = "plain\n\ttab \\ back\r\n\u{0}\u{1b}[0m\n\n中\nno end";
    let outcome = Outcome::new(3, stdout, "Traceback\nE: \u{7} bell\n\n");
    assert_eq!(Outcome::parse(&outcome.to_text()).as_ref(), Some(&outcome));
    assert_eq!(outcome.last, "E: \u{7} bell");
    assert_eq!(outcome.first_difference(&outcome), None);
    let other = Outcome::new(3, "plain\nother\n", "E: \u{7} bell");
    assert_eq!(outcome.first_difference(&other).as_deref(), Some(r"`|other` instead of `|\ttab \\ back\r`"));
    assert!(outcome.diff(&other).contains("    + |other\n"), "{}", outcome.diff(&other));
}
