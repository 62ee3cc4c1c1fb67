//! Opening the page, where there is a browser. A machine without one is no failure: the address is
//! on stdout.

use std::process::{Command, Stdio};

#[cfg(target_os = "macos")]
const OPENER: &str = "open";
#[cfg(windows)]
const OPENER: &str = "explorer";
#[cfg(not(any(target_os = "macos", windows)))]
const OPENER: &str = "xdg-open";

pub(crate) fn open(page: &str) {
    let mut command = Command::new(OPENER);
    command.arg(page);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        // Waits on a thread of its own, so that no zombie stays and nothing is held up.
        Ok(mut child) => drop(std::thread::spawn(move || child.wait())),
        Err(error) => {
            tracing::warn!("cannot open a browser with {OPENER} ({error}); open the address above yourself");
        }
    }
}
