//! Programs are run in the machine, compared with what CPython answered, and what differs is told: the program, both outcomes and
//! the command that repeats it.
//!
//! Absent: which programs there are.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};

use crate::corpus::Program;
use crate::outcome::Outcome;
use crate::{pending, simulator};

/// So many differences are told in full.
const TOLD: usize = 12;

/// The comparison of many programs.
pub(crate) struct Check {
    list: &'static str,
    /// The command that repeats a program.
    repeat: fn(&str) -> String,
    /// The causes that were known.
    pending: BTreeMap<String, String>,
    /// Those that still differ.
    still: BTreeMap<String, String>,
    reports: Vec<String>,
    agreed: usize,
}

impl Check {
    /// With a list of what differs for now, and the command that repeats a program.
    pub(crate) fn new(list: &'static str, repeat: fn(&str) -> String) -> Check {
        Check { list, repeat, pending: pending::load(list), still: BTreeMap::new(), reports: Vec::new(), agreed: 0 }
    }

    /// Runs a program and compares.
    pub(crate) fn run(&mut self, program: &Program, expected: &Outcome) {
        let found = unpanicked(|| simulator::run(program));
        self.compare(program, expected, &found.unwrap_or_else(panicked));
    }

    /// Compares what a program did.
    pub(crate) fn compare(&mut self, program: &Program, expected: &Outcome, found: &Outcome) {
        let name = &program.name;
        match (&program.not_in, expected.first_difference(found)) {
            (None, None) if self.pending.contains_key(name) && !pending::is_update() => {
                self.reports.push(format!("{name} agrees now: take it out of {}", self.list));
            }
            (None, None) => self.agreed += 1,
            (Some(_), Some(_)) if is_refused(found) => self.agreed += 1,
            (Some(why), _) => {
                self.reports.push(format!(
                    "{name} is said not to be in the machine ({why}), which ran it:\n{}",
                    found.to_text()
                ));
            }
            (None, Some(cause)) if self.pending.contains_key(name) || pending::is_update() => {
                self.still.insert(name.clone(), self.pending.get(name).cloned().unwrap_or(cause));
            }
            (None, Some(_)) => self.reports.push(self.report(program, expected, found)),
        }
    }

    fn report(&self, program: &Program, expected: &Outcome, found: &Outcome) -> String {
        let numbered = program.source.lines().enumerate();
        let source: String = numbered.map(|(at, line)| format!("    {:>3} {line}\n", at + 1)).collect();
        let diff = expected.diff(found);
        let repeat = (self.repeat)(&program.name);
        format!("{} differs (- CPython, + machine):\n{source}{diff}  {repeat}\n", program.name)
    }

    /// Fails when anything differs that may not.
    pub(crate) fn finish(self) {
        println!("{} programs agree, {} differ as {} says", self.agreed, self.still.len(), self.list);
        if pending::is_update() {
            pending::save(self.list, &self.still);
        }
        let all = self.reports.len();
        let told = self.reports.iter().take(TOLD).cloned().collect::<Vec<_>>().join("\n");
        let rest: Vec<&str> = self.reports.iter().skip(TOLD).filter_map(|report| report.lines().next()).collect();
        assert!(all == 0, "{all} programs:\n{told}\n{}", rest.join("\n"));
    }
}

/// What a run gives; `None` when the machine panicked, which must not hide what other programs do.
pub(crate) fn unpanicked<T>(run: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(run)).ok()
}

/// What a program did whose machine panicked.
pub(crate) fn panicked() -> Outcome {
    Outcome::new(101, "", "the machine panicked")
}

/// The machine said that it does not have something, as the program's comment does.
fn is_refused(found: &Outcome) -> bool {
    found.status != 0
        && ["not in this Python", "ModuleNotFoundError", "NameError"].iter().any(|word| found.last.contains(word))
}
