//! A token in a file: it stands in no process list and in no journal, and the program that starts the relay need not know it.
//!
//! Absent: making one. The relay draws a random one when it is given none.

use relay::Token;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// More than any token and the line's end.
const LARGEST: u64 = 4096;

/// Reads the token; the error is the sentence to print.
pub(crate) fn read(path: &Path) -> Result<Token, String> {
    let shown = path.display();
    let cannot = |error| format!("cannot read the token in {shown} ({error}); give a file that this user can read");
    let mut file = File::open(path).map_err(cannot)?;
    warn_if_others_can_read(&file, path);
    let mut text = String::new();
    file.by_ref().take(LARGEST).read_to_string(&mut text).map_err(cannot)?;
    // Its text is not shown: it may be nearly right.
    text.trim_end().parse().map_err(|error| format!("{shown} holds no token ({error}); write one line into it"))
}

#[cfg(unix)]
fn warn_if_others_can_read(file: &File, path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if file.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0) {
        tracing::warn!("every user of this machine can read the token in {}; chmod 600 it", path.display());
    }
}

#[cfg(not(unix))]
fn warn_if_others_can_read(_: &File, _: &Path) {}
