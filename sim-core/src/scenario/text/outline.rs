//! The outline of a text: its lines and words with the places where they stand, whether the text is right or not, so that an editor
//! changes one thing and leaves everything else as its author wrote it.
//!
//! Absent on purpose: what words mean ([`super::parse`]), and comments: they stand between the places that are named here.

use core::ops::Range;

use super::lex::{self, Item};
use super::{Mistake, quote};

/// A line that is neither empty nor a comment, with the lines that are indented below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    /// Where it begins, with its indentation, in bytes of the text.
    pub start: usize,
    /// Its text without indentation, a comment behind it included, in bytes of the text.
    pub range: Range<usize>,
    /// The beginning of the line behind this one and all below it, or the end of the text.
    pub end: usize,
    /// Its words; none where the line cannot be read.
    pub words: Vec<Token>,
    /// The lines below it.
    pub children: Vec<Line>,
}

/// A word, or a piece of punctuation (`->`, `=`, `,`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the text, in bytes.
    pub range: Range<usize>,
    /// Without quotes and escapes.
    pub text: String,
    /// A part of it stood in quotes.
    pub quoted: bool,
    /// Where the last colon outside quotes is in [`Token::text`].
    pub colon: Option<usize>,
    /// It is no word.
    pub punctuation: bool,
}

/// Reads the lines of a text.
///
/// # Errors
///
/// When lines cannot be told apart: indentation that does not fit, or a text that is too long.
pub fn outline(text: &str) -> Result<Vec<Line>, Mistake> {
    let items = lex::items(text)?;
    Ok(items.iter().map(|item| line(item, text)).collect())
}

/// A name as a text writes it: in quotes where it must be.
pub fn name(name: &str) -> String {
    quote::Name(name).to_string()
}

fn line(item: &Item<'_>, text: &str) -> Line {
    let words = lex::words(item).unwrap_or_default();
    let begin = item.end - item.text.len();
    let token = |word: lex::Word| Token {
        range: begin + word.range.start..begin + word.range.end,
        text: word.name().to_owned(),
        quoted: word.quoted,
        colon: word.colon,
        punctuation: word.punctuation,
    };
    let children: Vec<Line> = item.children.iter().map(|child| line(child, text)).collect();
    // A program in another language belongs to its line.
    let own = item.raw.map_or(item.end, |(_, end)| end);
    let own_end = text[own..].find('\n').map_or(text.len(), |at| own + at + 1);
    Line {
        number: item.number,
        start: item.start,
        range: begin..item.end,
        end: children.last().map_or(own_end, |last| last.end),
        words: words.into_iter().map(token).collect(),
        children,
    }
}
