//! Looks a name up and prints the addresses that it stands for.
//!
//! Absent on purpose: records of other types.

use std::sync::Arc;

use crate::errno::Errno;
use crate::program::{Next, Program, View};
use crate::trace::Value;

use super::resolver::{Resolver, Sought};
use super::{call, exit, print};

#[derive(Clone, Debug)]
pub(super) struct Lookup {
    name: Arc<str>,
    resolver: Resolver,
    /// Lines that are still to be printed; `None` while it looks.
    lines: Option<Vec<String>>,
}

impl Lookup {
    pub(super) fn new(name: &str) -> Lookup {
        Lookup { name: name.into(), resolver: Resolver::new(name), lines: None }
    }
}

impl Program for Lookup {
    fn name(&self) -> Arc<str> {
        "lookup".into()
    }

    fn resume(&mut self, last: Option<Result<Value, Errno>>, view: &mut View<'_>) -> Next {
        if let Some(lines) = &mut self.lines {
            return lines.pop().map_or_else(exit, print);
        }
        match self.resolver.resume(last, view) {
            Sought::Call(next) => call(next),
            Sought::Found(addresses) => {
                let line = |address| format!("{} has address {address}", self.name);
                self.lines = Some(addresses.into_iter().rev().map(line).collect());
                self.resume(None, view)
            }
            Sought::Failed(failure) => {
                self.lines = Some(Vec::new());
                print(format!("{}: {}", self.name, failure.message()))
            }
        }
    }

    fn clone_box(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}
