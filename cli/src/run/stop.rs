//! Ctrl-C: the first ends the run between two events, so that files are closed as they should be; the second ends the process.
//!
//! Absent on purpose: what a run does when it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether somebody wants the run to end.
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Listens for SIGINT and SIGTERM from now on.
    pub(super) fn listen() -> Result<Stop, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| format!("cannot listen for signals: {error}"))?;
        let wanted = Arc::new(AtomicBool::new(false));
        let signals = runtime.block_on(async { crate::signal::stop() });
        let signals = signals.map_err(|error| format!("cannot listen for signals: {error}"))?;
        let flag = wanted.clone();
        std::thread::spawn(move || {
            runtime.block_on(signals);
            flag.store(true, Ordering::Relaxed);
        });
        Ok(Stop(wanted))
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
