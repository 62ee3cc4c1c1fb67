//! The signals that ask a command to end.
//!
//! Absent on purpose: what it does then.

use std::future::Future;
use std::io;

/// Ready at the first SIGINT or SIGTERM. The second one ends the process at once.
#[cfg(unix)]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        let mut wait = async move || {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        wait().await;
        tokio::spawn(async move {
            wait().await;
            std::process::exit(1);
        });
    })
}

/// Ready at the first Ctrl-C.
#[cfg(not(unix))]
pub(crate) fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        // Without the handler the system ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
