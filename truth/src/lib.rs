//! Recordings of Linux 6.18, replayed through the simulator and compared frame by frame.
//!
//! ```text
//! recording   the files              setup    the hosts, from the commands
//! call        the calls, from words  traffic  what the frames tell of the programs
//! plan        who does what when     infer    and what the recording does not list
//! wire        what became of each frame on its link
//! replay      the simulator's run    frame    what of a frame is compared
//! actor       its processes          ping     one of them
//! compare     the verdict          outcome  all of it, for one folder
//! ```
//!
//! Absent on purpose: recording (that needs Linux and its privileges), and any knowledge of single recordings: whatever is in
//! the same format can be replayed.

mod actor;
pub mod call;
pub mod compare;
pub mod frame;
pub mod infer;
pub mod outcome;
mod ping;
pub mod plan;
pub mod recording;
pub mod replay;
pub mod setup;
pub mod traffic;
pub mod wire;

use std::fmt;
use std::path::{Path, PathBuf};

pub use outcome::Outcome;

/// A recording that cannot be replayed: which file, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    file: PathBuf,
    what: String,
}

impl Problem {
    pub(crate) fn new(file: &Path, what: String) -> Problem {
        // The last two names are enough to find it.
        let names: Vec<_> = file.iter().collect();
        Problem { file: names[names.len().saturating_sub(2)..].iter().collect(), what }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.what)
    }
}

impl std::error::Error for Problem {}

/// The recordings that come with the simulator.
pub fn own_recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("exchanges")
}

/// The folders of recordings under `folder`, by name; `folder` itself when it is one.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    if folder.join("exchange.json").is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let entries =
        std::fs::read_dir(folder).map_err(|error| Problem::new(folder, format!("it cannot be read: {error}")))?;
    let mut folders: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.join("exchange.json").is_file()).collect();
    if folders.is_empty() {
        return Err(Problem::new(folder, "no recordings here: each is a folder with an exchange.json".into()));
    }
    folders.sort();
    Ok(folders)
}
