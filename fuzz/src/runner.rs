//! Tries cases until time is up, and says how a failure is repeated.
//!
//! Absent on purpose: going on after a failure. The next would most often be the same one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Target, case};

/// A case that takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which cases are tried.
#[derive(Clone, Copy, Debug)]
pub enum Plan {
    /// As many as there is time for.
    For(Duration),
    /// So many.
    Cases(u64),
    /// The one with this number.
    One(u64),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// So many cases passed.
    Passed(u64),
    /// This one failed; the panic's message has been printed.
    Failed {
        /// Its number.
        number: u64,
        /// The command that tries it again.
        repeat: String,
    },
}

/// Tries cases of a target. One that hangs ends the process.
pub fn run(target: &Target, seed: u64, plan: Plan) -> Outcome {
    let corpus = (target.corpus)();
    assert!(!corpus.is_empty(), "{} has a corpus", target.name);
    let numbers = match plan {
        Plan::For(_) => 0..u64::MAX,
        Plan::Cases(cases) => 0..cases,
        Plan::One(number) => number..number + 1,
    };
    let deadline = match plan {
        Plan::For(time) => Some(Instant::now() + time),
        Plan::Cases(_) | Plan::One(_) => None,
    };
    let watch = Watch::over(target.name, seed);
    let mut passed = 0;
    for number in numbers {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            break;
        }
        watch.begin(number);
        let (inputs, mut random) = case(target, &corpus, seed, number);
        let tried = catch_unwind(AssertUnwindSafe(|| (target.try_case)(&inputs, &mut random)));
        if tried.is_err() {
            return Outcome::Failed { number, repeat: repeat(target.name, seed, number) };
        }
        passed += 1;
    }
    Outcome::Passed(passed)
}

fn repeat(target: &str, seed: u64, number: u64) -> String {
    format!("cargo xtask fuzz {target} --seed {seed} --case {number}")
}

/// Ends the process when a case hangs: no panic would come of that.
struct Watch {
    /// One more than the number of the case that is being tried; zero when there is none any more.
    current: Arc<AtomicU64>,
}

impl Watch {
    fn over(target: &'static str, seed: u64) -> Watch {
        let current = Arc::new(AtomicU64::new(u64::MAX));
        let watched = Arc::clone(&current);
        thread::spawn(move || {
            let mut last = u64::MAX;
            loop {
                thread::park_timeout(PATIENCE);
                match watched.load(Ordering::Relaxed) {
                    0 => return,
                    now if now == last && now != u64::MAX => {
                        eprintln!(
                            "a case has not ended within {PATIENCE:?}; repeat: {}",
                            repeat(target, seed, now - 1)
                        );
                        std::process::exit(1);
                    }
                    now => last = now,
                }
            }
        });
        Watch { current }
    }

    fn begin(&self, number: u64) {
        self.current.store(number + 1, Ordering::Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.current.store(0, Ordering::Relaxed);
    }
}
