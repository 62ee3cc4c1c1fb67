//! How wide a text is, about: for deciding where a label fits, and for pictures that nobody measures.
//!
//! Letters of Chinese are as wide as high; others are taken at their usual width in a font without serifs, or in a
//! typewriter's. A painter that can measure does it better, and cuts what an estimate has let through.
//!
//! Absent on purpose: fonts.

use std::borrow::Cow;

use super::scene::Style;

/// The size of a style's letters, in pixels.
pub const fn size_of(style: Style) -> f64 {
    match style {
        Style::Title => 15.0,
        Style::Body => 16.0,
        Style::Label | Style::Code => 13.0,
    }
}

/// About the width of a text, in pixels.
pub fn width_of(text: &str, style: Style) -> f64 {
    text.chars().map(|letter| share(letter, style)).sum::<f64>() * size_of(style)
}

/// The text as far as there is room for it, with an ellipsis where some is missing; nothing where not even that fits.
pub fn cut(text: &str, style: Style, room: f64) -> Cow<'_, str> {
    if width_of(text, style) <= room {
        return Cow::Borrowed(text);
    }
    let mut left = room / size_of(style) - share('…', style);
    if left < 0.0 {
        return Cow::Borrowed("");
    }
    let fits = text.chars().take_while(|letter| {
        left -= share(*letter, style);
        left >= 0.0
    });
    let mut short: String = fits.collect();
    short.push('…');
    Cow::Owned(short)
}

/// A text in lines that fit: broken at spaces, and between letters of Chinese.
pub fn wrapped(text: &str, style: Style, room: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        word.push(letter);
        let ends = letters.peek().is_none_or(|next| {
            // No line begins with what closes.
            letter == ' ' || (letter > '\u{2e80}' || *next > '\u{2e80}') && !"，。、；：？！）」』".contains(*next)
        });
        if ends {
            let line = lines.last_mut().expect("there is a line always");
            if !line.is_empty() && width_of(line, style) + width_of(word.trim_end(), style) > room * 0.96 {
                lines.push(String::new());
            }
            lines.last_mut().expect("there is a line always").push_str(&core::mem::take(&mut word));
        }
    }
    lines
}

/// The width of a letter in parts of its height.
fn share(letter: char, style: Style) -> f64 {
    match letter {
        // CJK, Hangul, full-width forms.
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 1.0,
        '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}' => 1.0,
        _ if style == Style::Code => 0.602,
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '(' | ')' | '[' | ']' => {
            0.34
        }
        'm' | 'w' | 'M' | 'W' | '@' | '…' | '→' | '←' | '▸' | '◂' | '◆' | '✕' => 0.9,
        'A'..='Z' => 0.68,
        _ => 0.57,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_where_its_room_ends() {
        assert_eq!(cut("hello", Style::Label, 100.0), "hello");
        let short = cut("a rather long label", Style::Label, 60.0);
        assert!(short.ends_with('…') && width_of(&short, Style::Label) <= 60.0, "{short}");
        assert_eq!(cut("hello", Style::Label, 3.0), "");
    }

    #[test]
    fn a_text_is_broken_at_spaces_and_between_letters_of_chinese() {
        assert_eq!(wrapped("one two three", Style::Label, 56.0), ["one two ", "three"]);
        assert_eq!(wrapped("封包在這裡", Style::Label, 30.0), ["封包", "在這", "裡"]);
        assert_eq!(wrapped("封包，在這裡。", Style::Label, 30.0), ["封", "包，", "在這", "裡。"]);
        assert_eq!(wrapped("", Style::Label, 30.0), [""]);
    }

    #[test]
    fn a_chinese_letter_is_as_wide_as_high() {
        assert_eq!(width_of("封包", Style::Label), 26.0);
        assert!(width_of("IP", Style::Label) < 26.0);
    }
}
