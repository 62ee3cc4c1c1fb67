//! Programs in other languages: their text stands below the line that names them, indented, and comes out as it was.
//!
//! What stands there is nobody's business here: comments, quotes and indentation are the language's. A text that indented lines cannot
//! hold (one that begins with a space, or ends without a line end) is written on lines that begin with `|`.
//!
//! Absent on purpose: the languages.

use core::fmt::Write;

use crate::program::Foreign;
use crate::scenario::text::cursor::Cursor;
use crate::scenario::text::lex::{self, Item};
use crate::scenario::text::quote::Bytes;
use crate::scenario::text::{Mistake, Wrong};

use super::World;

/// The text of a program.
pub(in crate::scenario::text) fn read(item: &Item<'_>, text: &str, world: World<'_>) -> Result<String, Mistake> {
    let (first, block) = block(item, text);
    let lines = block.split('\n').count();
    if lines > Foreign::LINES {
        return Err(Mistake::new(first, 1, Wrong::ProgramLines));
    }
    if !world.budget.take(block.len()) {
        return Err(Mistake::new(first, 1, Wrong::Budget));
    }
    if block.is_empty() { Ok(String::new()) } else { dedented(first, block) }
}

/// The number of the first line of a block of text, and the block.
pub(in crate::scenario::text) fn block<'a>(item: &Item<'_>, text: &'a str) -> (usize, &'a str) {
    let (start, end) = item.raw.unwrap_or((item.end, item.end));
    let before = text.get(item.start..start).unwrap_or_default();
    (item.number + before.matches('\n').count(), text.get(start..end).unwrap_or_default())
}

fn dedented(first: usize, block: &str) -> Result<String, Mistake> {
    let indent = block.chars().take_while(|letter| letter.is_whitespace()).count();
    let is_barred = block.trim_start().starts_with('|');
    let mut source = String::new();
    let mut between = "";
    for (number, line) in (first..).zip(block.split('\n')) {
        // A text from Windows has these; a program that means them is written with bars.
        let line = line.trim_end_matches('\r');
        source.push_str(between);
        if is_barred {
            let body = line.trim_start();
            let column = line.len() - body.len() + 1;
            let Some(listed) = body.strip_prefix('|') else {
                return Err(Mistake::new(number, column, Wrong::NoBar));
            };
            source.push_str(&barred(number, column, listed.strip_prefix(' ').unwrap_or(listed))?);
        } else {
            let spaces = line.chars().take(indent).take_while(|letter| letter.is_whitespace());
            source.push_str(&line[spaces.map(char::len_utf8).sum()..]);
        }
        between = "\n";
    }
    if !is_barred {
        source.push('\n');
    }
    Ok(source)
}

/// A line behind its bar: in quotes, when they are its first mark.
fn barred(number: usize, indent: usize, text: &str) -> Result<String, Mistake> {
    if !text.starts_with('"') {
        return Ok(text.to_owned());
    }
    let quoted = Item { number, text, start: 0, end: 0, indent, raw: None, children: Vec::new() };
    let mut line = Cursor::new(&quoted)?;
    let word = line.word("a line of the listing")?;
    line.finish()?;
    String::from_utf8(word.text).map_err(|_| line.wrong_before(Wrong::NotUtf8))
}

/// Writes the text of a program, indented below its line.
pub(in crate::scenario::text) fn write(text: &mut String, source: &str) {
    let mut plain = String::new();
    for line in source.lines() {
        let _ = if line.is_empty() { writeln!(plain) } else { writeln!(plain, "    {line}") };
    }
    if reads_back(&plain, source) {
        return text.push_str(&plain);
    }
    for line in source.split('\n') {
        let _ = if line.starts_with('"') || line.contains(char::is_control) {
            writeln!(text, "    | {}", Bytes(line.as_bytes()))
        } else if line.is_empty() {
            writeln!(text, "    |")
        } else {
            writeln!(text, "    | {line}")
        };
    }
}

/// Whether these lines are this text again.
fn reads_back(plain: &str, source: &str) -> bool {
    let text = format!("  program p in x\n{plain}");
    let items = lex::items(&text).unwrap_or_default();
    let [item] = items.as_slice() else { return false };
    let (first, block) = block(item, &text);
    if block.is_empty() { source.is_empty() } else { dedented(first, block).is_ok_and(|read| read == source) }
}
