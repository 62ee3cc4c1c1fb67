//! Paths of Unix sockets, confined to one directory. A path is resolved once, by `openat2` with
//! RESOLVE_BENEATH: the kernel follows its symbolic links and refuses each step that would leave the
//! directory, whatever is renamed meanwhile. What was found is held open, and the socket call is given
//! `/proc/self/fd/N`, so that there is no second resolution to deceive.
//!
//! A file is removed only while it is the one that the relay made: the same inode, held open so that its
//! number is not given again. It is renamed to a name that nobody knows, looked at, and removed then; a
//! stranger's file that was put there in the meantime gets its name back. Whoever may write in the directory and exchanges
//! the file in the instants between `bind` and the look at what it made has a file of its own taken for the relay's: Linux does not tell an
//! ordinary process which file a socket is bound to.
//!
//! Absent: the sockets themselves, names in the abstract namespace, which are in no directory, and
//! systems without `openat2` (other than Linux, or before 5.6): resolving step by step could be deceived.

#[cfg(test)]
mod tests;

use crate::connect::Failure;
use crate::errno;
use relay_proto::{Address, Call};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// `sun_path` has 108 bytes, the last of them for the NUL that other programs expect (unix(7)).
const SUN_PATH: usize = 107;

/// Why a relay has no Unix sockets.
pub(crate) const WITHOUT: &str = if cfg!(target_os = "linux") {
    "This relay has no directory for Unix sockets; start it with `--unix-dir DIR`."
} else {
    "Unix sockets are not on this system: they need openat2, which Linux has."
};

/// Times that a resolution is begun again because something was renamed during it (openat2(2), EAGAIN).
const ATTEMPTS: usize = 128;

/// The directory whose Unix sockets sessions may reach.
pub struct Directory {
    fd: OwnedFd,
    /// Its absolute path, without symbolic links.
    root: PathBuf,
    /// What was asked for, by the path that the kernel was given, where that one tells nothing.
    names: Mutex<HashMap<PathBuf, String>>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Directory").field(&self.root).finish()
    }
}

impl Directory {
    /// Opens the directory, and makes it first, for its owner alone, where there is none.
    ///
    /// # Errors
    /// When it can be neither made nor opened, or when this system cannot confine paths to it. The error is a sentence.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fail = |errno: Errno| {
            let error = io::Error::from(errno);
            let sentence =
                format!("cannot use {} as the directory for Unix sockets: {error}; name another one", path.display());
            io::Error::new(error.kind(), sentence)
        };
        match rustix::fs::mkdir(path, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(fail(errno)),
        }
        let root =
            std::fs::canonicalize(path).map_err(|error| fail(Errno::from_io_error(&error).unwrap_or(Errno::IO)))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = rustix::fs::open(&root, flags, Mode::empty()).map_err(fail)?;
        confines(&fd).map_err(|why| io::Error::new(io::ErrorKind::Unsupported, why))?;
        Ok(Self { fd, root, names: Mutex::default() })
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The socket that a client's path leads to, for `connect` and `sendto`.
    pub(crate) fn connect_path(&self, call: Call, path: &str) -> Result<Held, Failure> {
        check(call, path)?;
        let file = beneath(self.fd.as_fd(), path, OFlags::empty()).map_err(|errno| refusal(call, path, errno))?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| refusal(call, path, errno))?;
        let what = FileType::from_raw_mode(stat.st_mode);
        if what != FileType::Socket {
            // unix_find_bsd: what is no socket refuses connections.
            let sentence = format!("The file {path:?} is no socket; name the path that a server is bound to.");
            return Err(Failure::new(call, "ECONNREFUSED", sentence));
        }
        if stat.st_nlink > 1 {
            let sentence = format!(
                "The socket {path:?} has another name as well (a hard link), which may be outside of the directory for Unix sockets; remove one of the two."
            );
            return Err(Failure::new(call, "EACCES", sentence));
        }
        Ok(Held(file))
    }

    /// Where a client's path would put a socket. Whether something is there already, `bind` says.
    pub(crate) fn bind_path(self: &Arc<Self>, path: &str) -> Result<Place, Failure> {
        let call = Call::Bind;
        check(call, path)?;
        let (parent, name) = match path.rsplit_once('/') {
            Some((parent, name)) => (Some(parent), name),
            None => (None, path),
        };
        if matches!(name, "" | "." | "..") {
            let sentence = format!("The path {path:?} does not end in a name for a socket; add one.");
            return Err(Failure::new(call, "EINVAL", sentence));
        }
        let parent = match parent {
            Some("") => return Err(refusal(call, path, Errno::XDEV)),
            Some(parent) => {
                let parent = beneath(self.fd.as_fd(), parent, OFlags::DIRECTORY);
                Some(parent.map_err(|errno| refusal(call, path, errno))?)
            }
            None => None,
        };
        let place = Place { directory: Arc::clone(self), parent, name: name.to_owned(), asked: path.to_owned() };
        match place.path().as_os_str().len() {
            0..=SUN_PATH => Ok(place),
            long => {
                let most = name.len().saturating_sub(long - SUN_PATH);
                let sentence = format!("The name {name:?} is too long for a socket; take at most {most} bytes.");
                Err(Failure::new(call, "ENAMETOOLONG", sentence))
            }
        }
    }

    /// How clients see a path that the kernel tells: as they would ask for it, and without a name where they could
    /// not.
    pub(crate) fn shown(&self, path: Option<&Path>) -> Address {
        let inside = path.and_then(|path| {
            let asked = self.names.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
            asked.or_else(|| path.strip_prefix(&self.root).ok()?.to_str().map(str::to_owned))
        });
        Address::Unix { path: inside.unwrap_or_default() }
    }

    /// Whether the path of the directory still leads to it.
    fn is_in_place(&self) -> bool {
        let (found, held) = (rustix::fs::stat(&self.root), rustix::fs::fstat(&self.fd));
        matches!((found, held), (Ok(found), Ok(held)) if is_same(&found, &held))
    }
}

/// A socket's file, found in the directory and held.
pub(crate) struct Held(OwnedFd);

impl Held {
    /// What to give to `connect` or `sendto`, while this lives.
    pub(crate) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}

/// Where a socket shall be bound.
pub(crate) struct Place {
    directory: Arc<Directory>,
    /// `None` is the directory itself.
    parent: Option<OwnedFd>,
    name: String,
    asked: String,
}

impl Place {
    /// What to give to `bind`, and what other programs see as the socket's address, so it should lead to the socket from
    /// there too. In the directory itself that is its absolute path: nobody within can change what it means. Below,
    /// where a directory can be exchanged for a symbolic link, it is this process's descriptor.
    pub(crate) fn path(&self) -> PathBuf {
        let absolute = self.directory.root.join(&self.name);
        if self.parent.is_none() && absolute.as_os_str().len() <= SUN_PATH && self.directory.is_in_place() {
            return absolute;
        }
        let (process, fd) = (std::process::id(), self.parent().as_raw_fd());
        PathBuf::from(format!("/proc/{process}/fd/{fd}/{}", self.name))
    }

    /// To be called when `bind` has made the file, with the path that it was given.
    pub(crate) fn made(self, path: PathBuf) -> Made {
        let file = beneath(self.parent(), &self.name, OFlags::NOFOLLOW).ok();
        let told = path.strip_prefix(&self.directory.root).is_ok();
        if !told {
            let mut names = self.directory.names.lock().unwrap_or_else(PoisonError::into_inner);
            names.insert(path.clone(), self.asked.clone());
        }
        Made { place: self, path, file }
    }

    fn parent(&self) -> BorrowedFd<'_> {
        self.parent.as_ref().map_or(self.directory.fd.as_fd(), AsFd::as_fd)
    }
}

/// The file of a bound socket. Dropped, it is removed.
pub(crate) struct Made {
    place: Place,
    path: PathBuf,
    /// Pins the inode. `None` when it was gone at once.
    file: Option<OwnedFd>,
}

impl Made {
    /// The address as the client asked for it.
    pub(crate) fn address(&self) -> Address {
        Address::Unix { path: self.place.asked.clone() }
    }

    fn remove(&self) -> Result<(), Errno> {
        let Some(file) = &self.file else { return Ok(()) };
        let (parent, name) = (self.place.parent(), &self.place.name);
        let made = rustix::fs::fstat(file)?;
        let is_ours = |name: &str| match rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => Ok(is_same(&found, &made)),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(errno),
        };
        if !is_ours(name)? {
            return Ok(());
        }
        let unknown = format!(".sockscope-{:016x}", getrandom::u64().map_err(|_| Errno::IO)?);
        match rename_without_replacing(parent, name, &unknown) {
            // Somebody else was faster.
            Err(Errno::NOENT) => Ok(()),
            // A file system that cannot: then what was seen a moment ago has to do.
            Err(Errno::INVAL | Errno::NOSYS) => rustix::fs::unlinkat(parent, name, AtFlags::empty()),
            Err(errno) => Err(errno),
            Ok(()) if is_ours(&unknown)? => rustix::fs::unlinkat(parent, &unknown, AtFlags::empty()),
            Ok(()) => rename_without_replacing(parent, &unknown, name),
        }
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Err(errno) = self.remove() {
            let error = io::Error::from(errno);
            tracing::warn!(path = self.place.asked, %error, "cannot remove the file of a Unix socket");
        }
        self.place.directory.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.path);
    }
}

fn is_same(one: &Stat, other: &Stat) -> bool {
    (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
}

/// What no path of a client may be, before anything is looked for.
fn check(call: Call, path: &str) -> Result<(), Failure> {
    let invalid = |sentence: String| Err(Failure::new(call, "EINVAL", sentence));
    if path.is_empty() {
        return invalid("The path is empty; name a socket in the directory for Unix sockets.".to_owned());
    }
    if path.contains('\0') {
        return invalid(format!(
            "The path {path:?} contains a NUL: names of the abstract namespace are in no directory; take a path."
        ));
    }
    Ok(())
}

fn refusal(call: Call, path: &str, errno: Errno) -> Failure {
    // It cannot be told apart from a directory that is renamed for ever, and neither shall be reached.
    if matches!(errno, Errno::XDEV | Errno::AGAIN) {
        let sentence = format!(
            "The path {path:?} leads out of the directory for Unix sockets; name one inside of it, without a `/` at the beginning."
        );
        return Failure::new(call, "EACCES", sentence);
    }
    let error = io::Error::from(errno);
    let sentence = match errno {
        Errno::NOENT => format!("There is no {path:?} in the directory for Unix sockets; start a server there first."),
        _ => format!("The path {path:?} cannot be used ({error}); check it."),
    };
    Failure::new(call, errno::name(&error), sentence)
}

/// What the path leads to, held without being opened.
#[cfg(target_os = "linux")]
fn beneath(directory: BorrowedFd<'_>, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    use rustix::fs::ResolveFlags;
    // RESOLVE_BENEATH implies the other one today and may not for ever (openat2(2)).
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let flags = flags | OFlags::PATH | OFlags::CLOEXEC;
    let open = || rustix::fs::openat2(directory, path, flags, Mode::empty(), resolve);
    for _ in 1..ATTEMPTS {
        match open() {
            Err(Errno::AGAIN | Errno::INTR) => {}
            done => return done,
        }
    }
    open()
}

#[cfg(not(target_os = "linux"))]
fn beneath(_: BorrowedFd<'_>, _: &str, _: OFlags) -> Result<OwnedFd, Errno> {
    Err(Errno::NOSYS)
}

#[cfg(target_os = "linux")]
fn rename_without_replacing(directory: BorrowedFd<'_>, from: &str, to: &str) -> Result<(), Errno> {
    rustix::fs::renameat_with(directory, from, directory, to, rustix::fs::RenameFlags::NOREPLACE)
}

#[cfg(not(target_os = "linux"))]
fn rename_without_replacing(_: BorrowedFd<'_>, _: &str, _: &str) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

/// Whether this system can keep paths in a directory; the error says why not.
fn confines(directory: &OwnedFd) -> Result<(), String> {
    if let Err(errno) = beneath(directory.as_fd(), ".", OFlags::DIRECTORY) {
        let error = io::Error::from(errno);
        return Err(format!(
            "this system does not keep paths inside of a directory ({error}); Unix sockets need openat2, which Linux has since 5.6"
        ));
    }
    let proc = format!("/proc/self/fd/{}", directory.as_raw_fd());
    let through = rustix::fs::statat(CWD, proc, AtFlags::empty());
    match (through, rustix::fs::fstat(directory)) {
        (Ok(through), Ok(held)) if is_same(&through, &held) => Ok(()),
        _ => Err("/proc is not mounted here, and Unix sockets are reached through /proc/self/fd; mount it".to_owned()),
    }
}
