//! Reading the words of one line, from left to right: what is expected, and a sentence with its place when something else is there.
//!
//! Absent on purpose: what lines mean.

use core::net::IpAddr;
use core::time::Duration;

use crate::scenario::Address;

use super::lex::{Item, Word, words};
use super::{Mistake, Wrong, nearest, thing, value};

/// The words of one line that are not read yet.
#[derive(Clone, Debug)]
pub(super) struct Cursor {
    line: usize,
    /// Behind the last word.
    end: usize,
    words: Vec<Word>,
    at: usize,
}

impl Cursor {
    pub(super) fn new(item: &Item<'_>) -> Result<Cursor, Mistake> {
        let words = words(item)?;
        Ok(Cursor { line: item.number, end: item.indent + item.text.chars().count() + 1, words, at: 0 })
    }

    pub(super) fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    /// The word so many places behind the next.
    pub(super) fn peek_at(&self, ahead: usize) -> Option<&Word> {
        self.words.get(self.at + ahead)
    }

    pub(super) fn is_done(&self) -> bool {
        self.peek().is_none()
    }

    /// A mistake at the next word.
    pub(super) fn wrong(&self, what: impl Into<Wrong>) -> Mistake {
        let column = self.peek().map_or(self.end, |word| word.column);
        Mistake::new(self.line, column, what)
    }

    /// A mistake at the word that was read last.
    pub(super) fn wrong_before(&self, what: impl Into<Wrong>) -> Mistake {
        let column = self.at.checked_sub(1).and_then(|at| self.words.get(at)).map_or(1, |word| word.column);
        Mistake::new(self.line, column, what)
    }

    /// A mistake at the next word, which should have been one of these.
    pub(super) fn expected<'a>(&self, what: &str, choices: impl IntoIterator<Item = &'a str>) -> Mistake {
        let found = self.peek().map(|word| shortened(word.name()));
        let near = self.peek().and_then(|word| nearest(word.name(), choices));
        self.wrong(Wrong::Expected { what: thing(what), found, near })
    }

    /// The next word, whatever it is.
    pub(super) fn word(&mut self, what: &str) -> Result<Word, Mistake> {
        match self.peek() {
            Some(word) if !word.punctuation => {
                self.at += 1;
                Ok(self.words[self.at - 1].clone())
            }
            _ => Err(self.expected(what, [])),
        }
    }

    /// Takes this keyword or piece of punctuation when it is next.
    pub(super) fn take(&mut self, keyword: &str) -> bool {
        let next = self.peek().is_some_and(|word| word.is(keyword));
        self.at += usize::from(next);
        next
    }

    pub(super) fn keyword(&mut self, keyword: &str) -> Result<(), Mistake> {
        if self.take(keyword) { Ok(()) } else { Err(self.expected(&format!("`{keyword}`"), [keyword])) }
    }

    /// One of these words, which may end in a colon as Python's do.
    pub(super) fn choice<T: Copy>(&mut self, what: &str, choices: &[(&str, T)]) -> Result<T, Mistake> {
        match self.take_choice(choices) {
            Some(value) => Ok(value),
            None => Err(self.expected(what, choices.iter().map(|(name, _)| *name))),
        }
    }

    pub(super) fn take_choice<T: Copy>(&mut self, choices: &[(&str, T)]) -> Option<T> {
        let word = self.peek().filter(|word| !word.quoted)?;
        let text = word.name();
        let text = if word.colon.is_some() { text.strip_suffix(':').unwrap_or(text) } else { text };
        let (_, value) = choices.iter().find(|(name, _)| *name == text)?;
        self.at += 1;
        Some(*value)
    }

    /// A name: any word without control characters.
    pub(super) fn name(&mut self, what: &str) -> Result<String, Mistake> {
        let word = self.word(what)?;
        check_name(&word.text).map(str::to_owned).map_err(|message| self.wrong_before(message))
    }

    /// A word that a quantity is read from.
    pub(super) fn quantity<T>(
        &mut self,
        what: &str,
        example: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Mistake> {
        let word = self.word(what)?;
        // `at 3s:` is as good as `at 3s`.
        let text = word.name();
        let text = if word.colon.is_some() { text.strip_suffix(':').unwrap_or(text) } else { text };
        read(text).filter(|_| !word.quoted).ok_or_else(|| {
            let found = shortened(word.name());
            self.wrong_before(Wrong::Quantity { what: thing(what), found, example: example.to_owned() })
        })
    }

    pub(super) fn number<T: core::str::FromStr>(&mut self, what: &str, example: &str) -> Result<T, Mistake> {
        self.quantity(what, example, |text| text.parse().ok())
    }

    pub(super) fn duration(&mut self, what: &str) -> Result<Duration, Mistake> {
        self.quantity(what, "10ms", value::duration)
    }

    /// An address with its prefix; without one it is 24 bits, or 64.
    pub(super) fn address(&mut self) -> Result<Address, Mistake> {
        let word = self.word("an address")?;
        address(word.name()).map_err(|message| self.wrong_before(message))
    }

    pub(super) fn ip(&mut self, what: &str) -> Result<IpAddr, Mistake> {
        self.quantity(what, "10.0.0.1", |text| text.parse().ok())
    }

    /// The line must be over.
    pub(super) fn finish(&self) -> Result<(), Mistake> {
        match self.peek() {
            None => Ok(()),
            Some(word) => Err(self.wrong(Wrong::WordTooMany(shortened(word.name())))),
        }
    }
}

/// The longest name, in bytes.
const NAME: usize = 255;

pub(super) fn check_name(text: &[u8]) -> Result<&str, Wrong> {
    let name = core::str::from_utf8(text).map_err(|_| Wrong::NotUtf8)?;
    if name.is_empty() {
        return Err(Wrong::EmptyName);
    }
    if name.len() > NAME {
        return Err(Wrong::LongName { bytes: name.len(), most: NAME });
    }
    if name.chars().any(char::is_control) {
        return Err(Wrong::ControlName);
    }
    Ok(name)
}

/// Whether a word looks like an address: what does not is a keyword or a name.
pub(super) fn is_address(word: &Word) -> bool {
    let text = word.name();
    let head = text.split('/').next().unwrap_or_default();
    let digits_and_dots = !head.is_empty() && head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    !word.quoted && (text.contains('/') || digits_and_dots || head.parse::<IpAddr>().is_ok())
}

pub(super) fn address(text: &str) -> Result<Address, Wrong> {
    let (ip, prefix) = match text.split_once('/') {
        Some((ip, prefix)) => (ip, Some(prefix)),
        None => (text, None),
    };
    let ip: IpAddr = ip.parse().map_err(|_| Wrong::NoAddress(shortened(text)))?;
    let (usual, longest) = if ip.is_ipv4() { (24, 32) } else { (64, 128) };
    let prefix = match prefix {
        None => usual,
        Some(text) => text.parse().ok().filter(|prefix| *prefix <= longest).ok_or_else(|| Wrong::Prefix {
            found: shortened(text),
            longest,
            usual,
        })?,
    };
    Ok(Address { ip, prefix })
}

/// A word as a message shows it: not too much of it.
pub(super) fn shortened(text: &str) -> String {
    const SHOWN: usize = 40;
    let clean = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let mut shown: String = text.chars().take(SHOWN).map(clean).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
