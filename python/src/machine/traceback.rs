//! Tracebacks as CPython 3.11 prints them.
//!
//! Absent on purpose: the markers inside of a range (`~~^~~`): a range is marked with `^` throughout.

use core::fmt::Write;

use super::Machine;
use crate::code::Span;
use crate::object::Place;
use crate::value::Value;

impl Machine {
    /// The text of an exception with those that it came from.
    pub(crate) fn traceback_text(&mut self, exception: Value) -> String {
        let mut chain = vec![(exception, "")];
        let mut at = exception;
        while let Some(inner) = self.cx.heap.exception(at) {
            let (next, words) = if !inner.cause.is_none() {
                (inner.cause, "\nThe above exception was the direct cause of the following exception:\n\n")
            } else if !inner.context.is_none() && !inner.suppress_context {
                (inner.context, "\nDuring handling of the above exception, another exception occurred:\n\n")
            } else {
                break;
            };
            if chain.len() > 50 || chain.iter().any(|(other, _)| other.is(next)) {
                break;
            }
            chain.push((next, words));
            at = next;
        }
        let mut text = String::new();
        for place in (0..chain.len()).rev() {
            self.one_traceback(&mut text, chain[place].0);
            if place > 0 {
                text.push_str(chain[place].1);
            }
        }
        text
    }

    fn one_traceback(&mut self, text: &mut String, exception: Value) {
        let Some(inner) = self.cx.heap.exception(exception) else { return };
        let trace = inner.trace.clone();
        if !trace.is_empty() {
            text.push_str("Traceback (most recent call last):\n");
        }
        let lines: Vec<String> = trace.iter().rev().map(|place| self.place_text(place)).collect();
        let mut same = 0;
        for (number, line) in lines.iter().enumerate() {
            same = if number > 0 && lines[number - 1] == *line { same + 1 } else { 0 };
            if same < 3 {
                text.push_str(line);
            }
            let last = lines.get(number + 1) != Some(line);
            if last && same >= 3 {
                let more = same - 2;
                let _ =
                    writeln!(text, "  [Previous line repeated {more} more time{}]", if more == 1 { "" } else { "s" });
            }
        }
        text.push_str(&self.last_line(exception));
        text.push('\n');
    }

    fn place_text(&self, place: &Place) -> String {
        let module = &self.cx.modules[place.module.0 as usize];
        let Some(unit) = &module.unit else { return String::new() };
        let span = place.code.spans.get(place.op as usize).copied().unwrap_or_default();
        let mut text = format!("  File \"{}\", line {}, in {}\n", unit.name, span.line, place.code.name);
        if let Some(line) = unit.source.lines().nth((span.line.max(1) - 1) as usize) {
            let trimmed = line.trim();
            let _ = writeln!(text, "    {trimmed}");
            if let Some(marks) = marks(line, trimmed, span) {
                let _ = writeln!(text, "    {marks}");
            }
        }
        text
    }

    /// `Class: text`.
    pub(crate) fn last_line(&mut self, exception: Value) -> String {
        let class = self.cx.heap.class_of(exception);
        let name = self.class_title(class);
        let text = match self.cx.str_of(exception) {
            Ok(text) => text.to_string(),
            Err(_) => "<exception str() failed>".to_owned(),
        };
        if text.is_empty() { name } else { format!("{name}: {text}") }
    }

    fn class_title(&self, class: Value) -> String {
        match self.cx.heap.class(class) {
            Some(inner) => {
                let module = &self.cx.modules[inner.module.0 as usize].name;
                match &**module {
                    "__main__" | "builtins" | "_core" => inner.qualname.to_string(),
                    module => format!("{module}.{}", inner.qualname),
                }
            }
            None if class.is(Value::Type(crate::kind::TypeId::STRUCT_ERROR)) => "struct.error".to_owned(),
            None => self.cx.heap.class_name(class).to_string(),
        }
    }
}

/// Marks under the range of a step, unless it is the whole line.
fn marks(line: &str, trimmed: &str, span: Span) -> Option<String> {
    let indent = line.chars().take_while(|c| c.is_whitespace()).count();
    let from = (span.from as usize).checked_sub(indent)?;
    let to = (span.to as usize).checked_sub(indent)?;
    let all = trimmed.chars().count();
    if to <= from || to > all || (from == 0 && to == all) {
        return None;
    }
    Some(format!("{}{}", " ".repeat(from), "^".repeat(to - from)))
}
