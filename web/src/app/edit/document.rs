//! The text of a document and its history: each change is what it took away and what it put there, so that a long history is small.
//!
//! Absent on purpose: what the text says.

use std::collections::VecDeque;

/// Changes that can be taken back.
const STEPS: usize = 500;
/// Bytes that the history may hold.
const BYTES: usize = 8 << 20;

/// A text that can be changed, and changed back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    text: String,
    done: VecDeque<Splice>,
    undone: Vec<Splice>,
    /// Bytes in `done`.
    held: usize,
}

/// At a place of a text, what was taken away and what was put there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Splice {
    at: usize,
    removed: String,
    inserted: String,
    /// It came key by key, and grows while it does.
    typing: bool,
}

impl Document {
    /// A text without history.
    pub fn new(text: String) -> Document {
        Document { text, ..Document::default() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether something can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.done.is_empty()
    }

    /// Whether something can be made again.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Makes this the text. What is typed key by key becomes one change, up to the end of a line.
    pub fn change(&mut self, text: String, typing: bool) {
        let Some(splice) = Splice::between(&self.text, &text, typing) else { return };
        self.text = text;
        self.undone.clear();
        match self.done.back_mut() {
            Some(last) if last.takes(&splice) => {
                self.held -= last.bytes();
                last.join(&splice);
                self.held += last.bytes();
            }
            _ => {
                self.held += splice.bytes();
                self.done.push_back(splice);
            }
        }
        while self.done.len() > STEPS || (self.held > BYTES && self.done.len() > 1) {
            self.held -= self.done.pop_front().map_or(0, |oldest| oldest.bytes());
        }
    }

    /// Takes the last change back. Says where it was.
    pub fn undo(&mut self) -> Option<usize> {
        let splice = self.done.pop_back()?;
        self.held -= splice.bytes();
        self.text.replace_range(splice.at..splice.at + splice.inserted.len(), &splice.removed);
        let at = splice.at + splice.removed.len();
        self.undone.push(splice);
        Some(at)
    }

    /// Makes the change again that was taken back last. Says where it is.
    pub fn redo(&mut self) -> Option<usize> {
        let splice = self.undone.pop()?;
        self.text.replace_range(splice.at..splice.at + splice.removed.len(), &splice.inserted);
        let at = splice.at + splice.inserted.len();
        self.held += splice.bytes();
        self.done.push_back(Splice { typing: false, ..splice });
        Some(at)
    }
}

impl Splice {
    /// What makes one text of the other: the shortest piece that differs.
    fn between(before: &str, after: &str, typing: bool) -> Option<Splice> {
        if before == after {
            return None;
        }
        let same = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
        let at = (0..=same).rev().find(|at| before.is_char_boundary(*at) && after.is_char_boundary(*at))?;
        let (left, right) = (&before[at..], &after[at..]);
        let same = left.bytes().rev().zip(right.bytes().rev()).take_while(|(one, other)| one == other).count();
        let tail = (0..=same)
            .rev()
            .find(|tail| left.is_char_boundary(left.len() - tail) && right.is_char_boundary(right.len() - tail))?;
        let removed = left[..left.len() - tail].to_owned();
        let inserted = right[..right.len() - tail].to_owned();
        Some(Splice { at, removed, inserted, typing })
    }

    fn bytes(&self) -> usize {
        self.removed.len() + self.inserted.len()
    }

    /// Whether the next change goes on with this one.
    fn takes(&self, next: &Splice) -> bool {
        let both_typed = self.typing && next.typing && !self.inserted.ends_with('\n');
        let goes_on = next.removed.is_empty() && next.at == self.at + self.inserted.len();
        let goes_back = next.inserted.is_empty() && next.at + next.removed.len() == self.at && self.inserted.is_empty();
        // A node that is dragged writes its place again and again.
        let again = next.at >= self.at
            && next.at + next.removed.len() <= self.at + self.inserted.len()
            && self.inserted.len() < 16
            && !next.removed.is_empty();
        both_typed && (goes_on || goes_back || again)
    }

    fn join(&mut self, next: &Splice) {
        if next.at < self.at {
            self.removed.insert_str(0, &next.removed);
            self.at = next.at;
            return;
        }
        let from = next.at - self.at;
        self.inserted.replace_range(from..from + next.removed.len(), &next.inserted);
    }
}

/// The place in bytes of a line and a column, each from 1, columns in characters.
pub fn place(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text[start..].split('\n').next().unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at)
}

/// What plain marks their full-width and curly likenesses stand for.
const REPAIRS: [(char, &str); 18] = [
    ('，', ","),
    ('：', ":"),
    ('＝', "="),
    ('＃', "#"),
    ('＂', "\""),
    ('“', "\""),
    ('”', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('（', "("),
    ('）', ")"),
    ('［', "["),
    ('］', "]"),
    ('％', "%"),
    ('／', "/"),
    ('．', "."),
    ('→', "->"),
    ('\u{3000}', " "),
];

/// The text with plain marks, and how many were repaired. What stands in plain quotes and in comments stays: it is what somebody says.
pub fn repaired(text: &str) -> (String, usize) {
    let (mut whole, mut many) = (String::with_capacity(text.len()), 0);
    for line in text.split_inclusive('\n') {
        repair_line(line, &mut whole, &mut many);
    }
    (whole, many)
}

fn repair_line(line: &str, whole: &mut String, many: &mut usize) {
    /// Where on the line we are.
    enum In {
        Plain,
        /// Inside quotes that this letter closes.
        Quotes(char),
        Comment,
    }
    let mut state = In::Plain;
    let mut before = ' ';
    for letter in line.chars() {
        let repair = || REPAIRS.iter().find(|(wide, _)| *wide == letter).map(|(_, plain)| *plain);
        let plain = match state {
            In::Comment => None,
            In::Quotes(closing) if letter == closing || (closing == '"' && letter == '＂') => repair(),
            In::Quotes(_) => None,
            In::Plain => repair(),
        };
        state = match (state, letter) {
            (In::Quotes('"'), '"' | '＂') if before != '\\' => In::Plain,
            (In::Quotes('”'), '”') => In::Plain,
            (In::Plain, '"' | '＂') => In::Quotes('"'),
            (In::Plain, '“') => In::Quotes('”'),
            (In::Plain, '#' | '＃') if before.is_whitespace() => In::Comment,
            (state, _) => state,
        };
        match plain {
            Some(plain) => {
                whole.push_str(plain);
                *many += 1;
            }
            // A plain quotation mark between curly ones would end them.
            None if letter == '"' && matches!(state, In::Quotes('”')) => whole.push_str("\\\""),
            None => whole.push(letter),
        }
        before = letter;
    }
}

/// Whether a text has marks that [`repaired`] repairs.
pub fn can_repair(text: &str) -> bool {
    !text.is_ascii() && repaired(text).1 > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_history_holds_is_what_it_counts() {
        let mut document = Document::default();
        let counted = |document: &Document| document.done.iter().map(Splice::bytes).sum::<usize>();
        // A node that is dragged, keys, keys taken back, and pieces at once.
        let texts = [
            "",
            "place 1",
            "place 12",
            "place 345",
            "place 3",
            "place 3\n",
            "place 3\nhost",
            "host",
            "hos",
            "h",
            "",
            "x",
        ];
        for round in 0..200 {
            document.change(texts[round % texts.len()].to_owned(), round % 7 != 3);
            assert_eq!(document.held, counted(&document), "round {round}");
            if round % 11 == 5 {
                document.undo();
                document.undo();
                document.redo();
            }
            assert_eq!(document.held, counted(&document), "round {round}");
        }
        while document.undo().is_some() {}
        assert_eq!((document.text(), document.held), ("", 0));
    }
}
