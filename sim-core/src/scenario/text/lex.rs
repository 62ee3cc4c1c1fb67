//! From text to lines and words: indentation, comments, quotes, and the places where they stand.
//!
//! Full-width punctuation and curly quotation marks, as editors for Chinese make them, mean what the plain ones do.
//!
//! Absent on purpose: what a word means. A word is only read when its line is, so that a long text costs little memory.

use core::ops::Range;

use super::{Mistake, Wrong};

/// The longest text, in bytes.
const TEXT: usize = 16 << 20;
/// The most lines.
const LINES: usize = 500_000;
/// The longest line, in bytes.
const LINE: usize = 256 << 10;
/// How deep lines may be indented below others.
const DEPTH: usize = 32;

/// A line that is not empty, with the lines that are indented below it.
#[derive(Clone, Debug)]
pub(super) struct Item<'a> {
    /// From 1.
    pub(super) number: usize,
    /// Without indentation.
    pub(super) text: &'a str,
    /// Where the line begins and the text ends in the whole text, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Columns before the text.
    pub(super) indent: usize,
    /// Where the text of a program in another language begins and ends below this line: whole lines, without the last line end.
    pub(super) raw: Option<(usize, usize)>,
    pub(super) children: Vec<Item<'a>>,
}

/// A word, or a piece of punctuation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// In characters, from 1.
    pub(super) column: usize,
    /// Where it stands in the line's text, in bytes.
    pub(super) range: Range<usize>,
    /// Quotes and escapes are undone.
    pub(super) text: Vec<u8>,
    /// A part of it stood in quotes: it is a name or bytes, and no keyword.
    pub(super) quoted: bool,
    /// Where in the text the last colon outside quotes is.
    pub(super) colon: Option<usize>,
    pub(super) punctuation: bool,
}

impl Word {
    /// The text, unless it is not UTF-8.
    pub(super) fn name(&self) -> &str {
        core::str::from_utf8(&self.text).unwrap_or("\u{fffd}")
    }

    /// Whether it is this keyword or piece of punctuation.
    pub(super) fn is(&self, keyword: &str) -> bool {
        !self.quoted && self.text == keyword.as_bytes()
    }
}

/// What an editor for Chinese makes of the keys for plain punctuation.
fn plain(letter: char) -> char {
    match letter {
        '，' => ',',
        '：' => ':',
        '＝' => '=',
        '＃' => '#',
        '＂' => '"',
        letter => letter,
    }
}

/// The lines of a text, each below the one that it is indented under.
pub(super) fn items(text: &str) -> Result<Vec<Item<'_>>, Mistake> {
    if text.len() > TEXT {
        return Err(Mistake::new(1, 1, Wrong::TooLong { bytes: text.len(), most: TEXT }));
    }
    let mut open: Vec<Item<'_>> =
        vec![Item { number: 0, text: "", start: 0, end: 0, indent: 0, raw: None, children: Vec::new() }];
    let mut next = 0;
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        let start = next;
        next += line.len();
        if number > LINES {
            return Err(Mistake::new(number, 1, Wrong::Lines(LINES)));
        }
        // A text from Windows may begin with a byte order mark.
        let body = line.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        if let Some(head) = open.last_mut().filter(|item| item.raw.is_some()) {
            let (spaces, longest) = (line.len() - body.len(), line.len() <= LINE);
            match body.is_empty() || line[..spaces].chars().count() > head.indent {
                true if !longest => {
                    return Err(Mistake::new(number, 1, Wrong::LongLine { bytes: line.len(), most: LINE }));
                }
                true if body.is_empty() => continue,
                true => {
                    head.take_raw(start, start + line.trim_end_matches('\n').len());
                    continue;
                }
                false => {}
            }
        }
        if body.is_empty() || body.starts_with(['#', '＃']) {
            continue;
        }
        let spaces = &line[..line.len() - body.len()];
        let indent = spaces.chars().filter(|letter| *letter != '\u{feff}').count();
        if line.len() > LINE {
            return Err(Mistake::new(number, 1, Wrong::LongLine { bytes: line.len(), most: LINE }));
        }
        nest(&mut open, indent).map_err(|what| Mistake::new(number, indent + 1, what))?;
        let text = body.trim_end();
        let end = start + spaces.len() + text.len();
        let mut item = Item { number, text, start, end, indent, raw: None, children: Vec::new() };
        item.raw = is_foreign(&item).then_some((end, end));
        open.push(item);
    }
    close(&mut open, 1);
    Ok(open.pop().map(|root| root.children).unwrap_or_default())
}

impl Item<'_> {
    /// A line of a program in another language.
    fn take_raw(&mut self, start: usize, end: usize) {
        let first = self.raw.filter(|(first, last)| first < last).map_or(start, |(first, _)| first);
        self.raw = Some((first, end));
    }
}

/// Whether what stands below a line is a program in another language: `program NAME in LANGUAGE`.
fn is_foreign(item: &Item<'_>) -> bool {
    item.text.starts_with("program")
        && words(item).is_ok_and(|words| {
            words.first().is_some_and(|word| word.is("program")) && words.get(2).is_some_and(|word| word.is("in"))
        })
}

/// Closes the lines that the next one, indented so far, does not stand below.
fn nest(open: &mut Vec<Item<'_>>, indent: usize) -> Result<(), Wrong> {
    let depth = 1 + open[1..].iter().take_while(|item| item.indent < indent).count();
    if depth > DEPTH {
        return Err(Wrong::Deep(DEPTH));
    }
    close(open, depth);
    let siblings = open.last().map(|parent| parent.children.as_slice()).unwrap_or_default();
    match siblings.first() {
        Some(first) if first.indent != indent => {
            Err(Wrong::Indentation { is: indent, beside: first.indent, line: first.number })
        }
        _ => Ok(()),
    }
}

fn close(open: &mut Vec<Item<'_>>, depth: usize) {
    while open.len() > depth {
        if let (Some(item), Some(parent)) = (open.pop(), open.len().checked_sub(1)) {
            open[parent].children.push(item);
        }
    }
}

/// The words of a line.
pub(super) fn words(item: &Item<'_>) -> Result<Vec<Word>, Mistake> {
    let mut lexer =
        Lexer { item, letters: item.text.chars().peekable(), column: item.indent, at: 0, words: Vec::new() };
    let mut word: Option<Word> = None;
    let mut comment_may_begin = true;
    while let Some(letter) = lexer.next() {
        let (column, is_space) = (lexer.column, letter.is_whitespace());
        let from = lexer.at - letter.len_utf8();
        match plain(letter) {
            '#' if comment_may_begin => break,
            '"' => lexer.quoted(word.get_or_insert_with(|| Word::new(column, from)), '"')?,
            '“' => lexer.quoted(word.get_or_insert_with(|| Word::new(column, from)), '”')?,
            mark @ (',' | '=') => lexer.punctuation(&mut word, column, from, &mark.to_string()),
            '→' => lexer.punctuation(&mut word, column, from, "->"),
            '-' if lexer.letters.peek() == Some(&'>') => {
                lexer.next();
                lexer.punctuation(&mut word, column, from, "->");
            }
            _ if is_space => lexer.words.extend(word.take()),
            letter => word.get_or_insert_with(|| Word::new(column, from)).push(letter),
        }
        comment_may_begin = is_space;
        if let Some(word) = &mut word {
            word.range.end = lexer.at;
        }
    }
    lexer.words.extend(word);
    Ok(lexer.words)
}

struct Lexer<'a> {
    item: &'a Item<'a>,
    letters: core::iter::Peekable<core::str::Chars<'a>>,
    /// Of the letter that was taken last.
    column: usize,
    /// Behind that letter, in bytes of the line's text.
    at: usize,
    words: Vec<Word>,
}

impl Word {
    fn new(column: usize, from: usize) -> Word {
        Word { column, range: from..from, text: Vec::new(), quoted: false, colon: None, punctuation: false }
    }

    fn push(&mut self, letter: char) {
        if letter == ':' {
            self.colon = Some(self.text.len());
        }
        let mut buffer = [0; 4];
        self.text.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
    }
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        self.column += 1;
        let letter = self.letters.next();
        self.at += letter.map_or(0, char::len_utf8);
        letter
    }

    fn wrong(&self, column: usize, what: impl Into<Wrong>) -> Mistake {
        Mistake::new(self.item.number, column, what)
    }

    fn punctuation(&mut self, word: &mut Option<Word>, column: usize, from: usize, mark: &str) {
        self.words.extend(word.take());
        let text = mark.as_bytes().to_vec();
        let range = from..self.at;
        self.words.push(Word { column, range, text, quoted: false, colon: None, punctuation: true });
    }

    /// What stands between quotes; the opening one has been taken.
    fn quoted(&mut self, word: &mut Word, closing: char) -> Result<(), Mistake> {
        word.quoted = true;
        let begin = self.column;
        loop {
            let letter = self.next().ok_or_else(|| self.wrong(begin, Wrong::QuoteOpen))?;
            match letter {
                letter if plain(letter) == closing => return Ok(()),
                '\\' => {
                    let byte = self.escape()?;
                    word.text.push(byte);
                }
                letter => {
                    let mut buffer = [0; 4];
                    word.text.extend_from_slice(letter.encode_utf8(&mut buffer).as_bytes());
                }
            }
        }
    }

    fn escape(&mut self) -> Result<u8, Mistake> {
        let column = self.column;
        Ok(match self.next() {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('t') => b'\t',
            Some('0') => 0,
            Some('\\') => b'\\',
            Some('"') => b'"',
            Some('x') => {
                let digits = [self.next(), self.next()].map(|digit| digit.and_then(|digit| digit.to_digit(16)));
                let [Some(high), Some(low)] = digits else {
                    return Err(self.wrong(column, Wrong::HexDigits));
                };
                (high * 16 + low) as u8
            }
            _ => {
                return Err(self.wrong(column, Wrong::Escape));
            }
        })
    }
}
