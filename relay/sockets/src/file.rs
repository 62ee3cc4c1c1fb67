//! Files of the programs: kept here, because a relay has none to give.
//!
//! Absent on purpose: directories; a path is a name. What programs of one run write, the others of this run read.

use std::sync::Arc;

use litemap::LiteMap;
use sim_core::errno::Errno;
use sim_core::program::OpenFlags;

/// Most bytes of all files together.
const MOST: usize = 16 << 20;

#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    files: LiteMap<Arc<str>, Vec<u8>>,
    held: usize,
}

/// A file that a program has opened. It goes on to name the file when that is removed; then there is nothing to read.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    path: Arc<str>,
    flags: OpenFlags,
    place: usize,
}

impl Files {
    pub(crate) fn open(&mut self, path: &Arc<str>, flags: OpenFlags) -> Result<Open, Errno> {
        let exists = self.files.contains_key(path);
        match (exists, flags.create) {
            (true, true) if flags.exclusive => return Err(Errno::EEXIST),
            (false, false) => return Err(Errno::ENOENT),
            (false, true) => drop(self.files.insert(path.clone(), Vec::new())),
            (true, _) => {}
        }
        if flags.truncate
            && let Some(bytes) = self.files.get_mut(path)
        {
            self.held -= bytes.len();
            bytes.clear();
        }
        Ok(Open { path: path.clone(), flags, place: 0 })
    }

    pub(crate) fn read(&self, open: &mut Open, most: usize) -> Result<Arc<[u8]>, Errno> {
        if !open.flags.read {
            return Err(Errno::EBADF);
        }
        let bytes = self.files.get(&open.path).map_or(&[][..], Vec::as_slice);
        let from = open.place.min(bytes.len());
        let read = &bytes[from..bytes.len().min(from.saturating_add(most))];
        open.place = from + read.len();
        Ok(read.into())
    }

    pub(crate) fn write(&mut self, open: &mut Open, written: &[u8]) -> Result<usize, Errno> {
        if !open.flags.write {
            return Err(Errno::EBADF);
        }
        let Some(bytes) = self.files.get_mut(&open.path) else { return Ok(written.len()) };
        let from = if open.flags.append { bytes.len() } else { open.place };
        let end = from + written.len();
        let more = end.saturating_sub(bytes.len());
        if self.held + more > MOST {
            return Err(Errno::ENOSPC);
        }
        self.held += more;
        bytes.resize(bytes.len().max(end), 0);
        bytes[from..end].copy_from_slice(written);
        open.place = end;
        Ok(written.len())
    }

    pub(crate) fn unlink(&mut self, path: &str) -> Result<(), Errno> {
        let bytes = self.files.remove(path).ok_or(Errno::ENOENT)?;
        self.held -= bytes.len();
        Ok(())
    }

    pub(crate) fn access(&self, path: &str) -> Result<(), Errno> {
        if self.files.contains_key(path) { Ok(()) } else { Err(Errno::ENOENT) }
    }
}
