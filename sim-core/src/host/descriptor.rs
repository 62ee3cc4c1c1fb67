//! Descriptors: the open files of a process, its standard streams among them.
//!
//! Absent on purpose: `dup`, and files that two processes share: each file has one descriptor.

use litemap::LiteMap;

use crate::errno::Errno;
use crate::program::Output;
use crate::trace::SocketId;

use super::OpenFile;

/// What a descriptor stands for.
#[derive(Clone, Debug)]
pub(crate) enum File {
    Socket(SocketId),
    Open(OpenFile),
    /// Standard input.
    Typed(Typed),
    /// Standard output or error.
    Terminal(Output),
}

/// The open files of a process.
#[derive(Clone, Debug)]
pub(crate) struct Descriptors {
    files: LiteMap<u32, File>,
    /// Sockets that were closed while a thread was in a call on them.
    held: Vec<SocketId>,
}

impl Default for Descriptors {
    fn default() -> Descriptors {
        let standard = [File::Typed(Typed::default()), File::Terminal(Output::Out), File::Terminal(Output::Err)];
        Descriptors { files: (0..).zip(standard).collect(), held: Vec::new() }
    }
}

impl Descriptors {
    /// RLIMIT_NOFILE.
    const MOST: usize = 1024;

    pub(crate) fn get(&self, fd: u32) -> Option<&File> {
        self.files.get(&fd)
    }

    pub(crate) fn get_mut(&mut self, fd: u32) -> Option<&mut File> {
        self.files.get_mut(&fd)
    }

    /// Whether there is room for another.
    pub(crate) fn check_room(&self) -> Result<(), Errno> {
        if self.files.len() < Self::MOST { Ok(()) } else { Err(Errno::EMFILE) }
    }

    /// POSIX: the lowest number that is free.
    pub(crate) fn add(&mut self, file: File) -> Result<u32, Errno> {
        self.check_room()?;
        let taken = (0..).zip(self.files.keys()).take_while(|(fd, taken)| fd == *taken).count();
        // Fewer than 1,024.
        let fd = taken as u32;
        self.files.insert(fd, file);
        Ok(fd)
    }

    pub(crate) fn remove(&mut self, fd: u32) {
        self.files.remove(&fd);
    }

    /// A socket has lost its descriptor, and a thread is still in a call on it.
    pub(crate) fn hold(&mut self, socket: SocketId) {
        self.held.push(socket);
    }

    /// The first of the held sockets that nobody needs any more.
    pub(super) fn release(&mut self, is_needed: impl Fn(SocketId) -> bool) -> Option<SocketId> {
        let place = self.held.iter().position(|socket| !is_needed(*socket))?;
        Some(self.held.remove(place))
    }

    /// All files, in the order in which the end of a process closes them.
    pub(super) fn take_all(&mut self) -> impl Iterator<Item = File> {
        let files = core::mem::take(&mut self.files).into_iter().map(|(_, file)| file);
        files.chain(core::mem::take(&mut self.held).into_iter().map(File::Socket))
    }

    /// What is typed for the process, while it has not closed its standard input.
    pub(super) fn typed(&mut self) -> Option<&mut Typed> {
        self.files.iter_mut().find_map(|(_, file)| match file {
            File::Typed(typed) => Some(typed),
            _ => None,
        })
    }
}

/// Standard input as a terminal gives it: by lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Typed {
    bytes: Vec<u8>,
    /// Nothing follows what is there.
    end: bool,
    pub(crate) non_blocking: bool,
}

impl Typed {
    /// Most bytes that wait to be read; the rest of what is typed is lost, as a terminal loses it.
    const MOST: usize = 1 << 20;

    pub(super) fn push(&mut self, text: &str, end: bool) {
        if self.end {
            return;
        }
        let room = Self::MOST - self.bytes.len();
        self.bytes.extend_from_slice(&text.as_bytes()[..text.len().min(room)]);
        self.end = end;
    }

    /// Whether a read returns at once.
    pub(crate) fn is_ready(&self) -> bool {
        self.end || self.bytes.contains(&b'\n') || self.bytes.len() == Self::MOST
    }

    /// At most so many bytes of the first line; `None` while there is none. POSIX §11.1.6, canonical mode.
    pub(crate) fn read(&mut self, max: usize) -> Option<Vec<u8>> {
        if !self.is_ready() {
            return None;
        }
        let line = self.bytes.iter().position(|byte| *byte == b'\n').map_or(self.bytes.len(), |end| end + 1);
        Some(self.bytes.drain(..line.min(max)).collect())
    }
}
