//! The files of a host: plain files, and the names of sockets of AF_UNIX.
//!
//! Directories are prefixes of paths: `/`, `/etc` and `/tmp` are there, and others are there as long as something is in them. All paths
//! begin at the root, which is also where every program works.
//!
//! Absent on purpose: making and reading directories, links, permissions, times, `lseek`. Opening a directory is always EISDIR (Linux
//! lets it be opened for reading, and then every `read` is).

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;

use litemap::LiteMap;

use crate::errno::Errno;
use crate::program::OpenFlags;
use crate::scenario;
use crate::trace::SocketId;

/// Bytes that all files of a host may have together.
pub(crate) const CAPACITY: usize = 16 << 20;
/// PATH_MAX and NAME_MAX.
const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;
/// Directories that are there with nothing in them.
const ALWAYS: [&str; 2] = ["/etc", "/tmp"];

#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    nodes: BTreeMap<Arc<str>, Node>,
    /// Names that begin with a NUL: they are gone with their socket.
    abstract_names: LiteMap<Arc<str>, SocketId>,
    contents: LiteMap<u32, Content>,
    /// Bytes in all of them.
    used: usize,
    next: u32,
}

#[derive(Clone, Copy, Debug)]
enum Node {
    File(u32),
    Socket(SocketId),
}

/// An inode: it lives as long as it has a name or is open.
#[derive(Clone, Debug)]
struct Content {
    bytes: Vec<u8>,
    open: u32,
    named: bool,
}

/// An open file.
#[derive(Clone, Debug)]
pub(crate) struct OpenFile {
    content: u32,
    offset: usize,
    flags: OpenFlags,
}

/// A path without its `.`, `..` and doubled slashes; whether it ended with a slash.
fn normal(path: &str) -> Result<(String, bool), Errno> {
    if path.is_empty() {
        return Err(Errno::ENOENT);
    }
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name if name.len() > LONGEST_NAME => return Err(Errno::ENAMETOOLONG),
            name => names.push(name),
        }
    }
    if path.len() > LONGEST_PATH {
        return Err(Errno::ENAMETOOLONG);
    }
    Ok((format!("/{}", names.join("/")), path.ends_with('/')))
}

/// Of a path below `/host/` what follows that: a gateway's programs find the real machine's sockets there.
pub(crate) fn real_path(path: &str) -> Option<Arc<str>> {
    let (path, slash) = normal(path).ok()?;
    path.strip_prefix("/host/").filter(|_| !slash).map(Arc::from)
}

impl Files {
    pub(crate) fn new(files: &[scenario::File]) -> Files {
        let mut made = Files::default();
        for file in files {
            // A scenario's check refuses what cannot be.
            let Ok((path, false)) = normal(&file.path) else { continue };
            let content = made.make(file.bytes.to_vec(), 0);
            made.nodes.insert(path.into(), Node::File(content));
        }
        made
    }

    fn make(&mut self, bytes: Vec<u8>, open: u32) -> u32 {
        let content = self.next;
        self.next += 1;
        self.used += bytes.len();
        self.contents.insert(content, Content { bytes, open, named: true });
        content
    }

    fn is_directory(&self, path: &str) -> bool {
        if path == "/" || ALWAYS.contains(&path) {
            return true;
        }
        let inside = format!("{path}/");
        self.nodes
            .range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded))
            .next()
            .is_some_and(|(name, _)| name.starts_with(&inside))
    }

    /// The normal form of a path whose directories are all there.
    fn resolve(&self, path: &str) -> Result<(Arc<str>, bool), Errno> {
        let (path, slash) = normal(path)?;
        for (end, _) in path.match_indices('/').skip(1) {
            let parent = &path[..end];
            if self.nodes.contains_key(parent) {
                return Err(Errno::ENOTDIR);
            }
            if !self.is_directory(parent) {
                return Err(Errno::ENOENT);
            }
        }
        Ok((path.into(), slash))
    }

    pub(crate) fn open(&mut self, path: &str, flags: OpenFlags) -> Result<OpenFile, Errno> {
        let (path, slash) = self.resolve(path)?;
        if self.is_directory(&path) {
            let exists = flags.create && flags.exclusive;
            return Err(if exists { Errno::EEXIST } else { Errno::EISDIR });
        }
        let content = match self.nodes.get(&path) {
            Some(_) if flags.create && flags.exclusive => return Err(Errno::EEXIST),
            Some(_) if slash => return Err(Errno::ENOTDIR),
            Some(Node::Socket(_)) => return Err(Errno::ENXIO),
            Some(Node::File(content)) => *content,
            None if !flags.create => return Err(Errno::ENOENT),
            None if slash => return Err(Errno::EISDIR),
            None => {
                let content = self.make(Vec::new(), 0);
                self.nodes.insert(path, Node::File(content));
                content
            }
        };
        let file = self.contents.get_mut(&content).expect("a name of a file leads to its content");
        file.open += 1;
        if flags.truncate && flags.write {
            self.used -= file.bytes.len();
            file.bytes.clear();
        }
        Ok(OpenFile { content, offset: 0, flags })
    }

    pub(crate) fn read(&self, file: &mut OpenFile, max: usize) -> Result<Arc<[u8]>, Errno> {
        if !file.flags.read {
            return Err(Errno::EBADF);
        }
        let bytes = &self.contents.get(&file.content).ok_or(Errno::EBADF)?.bytes;
        let start = file.offset.min(bytes.len());
        let end = bytes.len().min(start.saturating_add(max));
        file.offset = end.max(file.offset);
        Ok(bytes[start..end].into())
    }

    /// Writes as much as there is room for.
    pub(crate) fn write(&mut self, file: &mut OpenFile, bytes: &[u8]) -> Result<usize, Errno> {
        if !file.flags.write {
            return Err(Errno::EBADF);
        }
        let content = self.contents.get_mut(&file.content).ok_or(Errno::EBADF)?;
        if file.flags.append {
            file.offset = content.bytes.len();
        }
        let old = content.bytes.len();
        // What lies behind the end is a hole of zeros, when another has cut the file.
        let most = old.max(file.offset.min(old + (CAPACITY - self.used)));
        let room = (CAPACITY - self.used) + old - file.offset.min(most);
        let count = bytes.len().min(room);
        if count == 0 && !bytes.is_empty() {
            return Err(Errno::ENOSPC);
        }
        let end = file.offset + count;
        if end > old {
            content.bytes.resize(end, 0);
        }
        content.bytes[file.offset..end].copy_from_slice(&bytes[..count]);
        self.used += content.bytes.len() - old;
        file.offset = end;
        Ok(count)
    }

    pub(crate) fn close(&mut self, file: &OpenFile) {
        if let Some(content) = self.contents.get_mut(&file.content) {
            content.open -= 1;
        }
        self.drop_unused(file.content);
    }

    fn drop_unused(&mut self, content: u32) {
        let unused = self.contents.get(&content).is_some_and(|content| content.open == 0 && !content.named);
        if unused && let Some(gone) = self.contents.remove(&content) {
            self.used -= gone.bytes.len();
        }
    }

    pub(crate) fn unlink(&mut self, path: &str) -> Result<(), Errno> {
        let (path, slash) = self.resolve(path)?;
        if self.is_directory(&path) {
            return Err(Errno::EISDIR);
        }
        if !self.nodes.contains_key(&path) {
            return Err(Errno::ENOENT);
        }
        if slash {
            return Err(Errno::ENOTDIR);
        }
        if let Some(Node::File(content)) = self.nodes.remove(&path) {
            if let Some(file) = self.contents.get_mut(&content) {
                file.named = false;
            }
            self.drop_unused(content);
        }
        Ok(())
    }

    pub(crate) fn access(&self, path: &str) -> Result<(), Errno> {
        let (path, slash) = self.resolve(path)?;
        match self.nodes.contains_key(&path) {
            true if slash => Err(Errno::ENOTDIR),
            false if !self.is_directory(&path) => Err(Errno::ENOENT),
            _ => Ok(()),
        }
    }

    /// Gives a socket a name that nothing has; says the name as `getsockname` tells it.
    pub(crate) fn bind(&mut self, name: &Arc<str>, socket: SocketId) -> Result<Arc<str>, Errno> {
        if name.starts_with('\0') {
            if self.abstract_names.contains_key(name) {
                return Err(Errno::EADDRINUSE);
            }
            self.abstract_names.insert(name.clone(), socket);
            return Ok(name.clone());
        }
        let (path, _) = self.resolve(name)?;
        if self.nodes.contains_key(&path) || self.is_directory(&path) {
            return Err(Errno::EADDRINUSE);
        }
        self.nodes.insert(path, Node::Socket(socket));
        Ok(name.clone())
    }

    /// The socket under a name; it may be dead.
    pub(crate) fn socket(&self, name: &str) -> Result<SocketId, Errno> {
        if name.starts_with('\0') {
            return self.abstract_names.get(name).copied().ok_or(Errno::ECONNREFUSED);
        }
        let (path, _) = self.resolve(name)?;
        match self.nodes.get(&path) {
            Some(Node::Socket(socket)) => Ok(*socket),
            Some(Node::File(_)) => Err(Errno::ECONNREFUSED),
            None if self.is_directory(&path) => Err(Errno::ECONNREFUSED),
            None => Err(Errno::ENOENT),
        }
    }

    /// A socket is gone. Its path stays, as on Linux; an abstract name does not.
    pub(crate) fn forget(&mut self, name: &str, socket: SocketId) {
        if self.abstract_names.get(name) == Some(&socket) {
            self.abstract_names.remove(name);
        }
    }
}
