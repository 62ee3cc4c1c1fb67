//! Tricks with paths against the directory alone. The same over the protocol, with the relay's sockets behind it, is
//! in `tests/relay/unix_paths.rs`.

use super::{Directory, Held, Place};
use relay_proto::{Address, Call};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tempfile::TempDir;

/// `inside` is the relay's directory, `outside` is beside it.
struct Ground {
    _all: TempDir,
    inside: PathBuf,
    outside: PathBuf,
    directory: Arc<Directory>,
}

fn ground() -> Ground {
    let all = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(all.path()).unwrap();
    let (inside, outside) = (root.join("inside"), root.join("outside"));
    fs::create_dir(&outside).unwrap();
    let directory = Arc::new(Directory::open(&inside).unwrap());
    Ground { _all: all, inside, outside, directory }
}

impl Ground {
    fn reach(&self, path: &str) -> Result<Held, (&'static str, String)> {
        self.directory.connect_path(Call::Connect, path).map_err(|failure| (failure.errno, failure.sentence))
    }

    fn place(&self, path: &str) -> Result<Place, (&'static str, String)> {
        self.directory.bind_path(path).map_err(|failure| (failure.errno, failure.sentence))
    }
}

fn exchange(one: &Path, other: &Path) -> Result<(), rustix::io::Errno> {
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)
}

/// Does the work again and again on another thread until this is dropped.
struct Meanwhile(Arc<AtomicBool>, Option<std::thread::JoinHandle<()>>);

impl Meanwhile {
    fn start(work: impl Fn() + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                work();
            }
        });
        Self(stop, Some(thread))
    }
}

impl Drop for Meanwhile {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.take().unwrap().join().unwrap();
    }
}

#[test]
fn a_directory_is_made_for_its_owner_alone() {
    let ground = ground();
    assert_eq!(fs::metadata(&ground.inside).unwrap().mode() & 0o7777, 0o700);
    assert_eq!(ground.directory.path(), ground.inside);
    fs::write(ground.inside.join("file"), "").unwrap();
    let error = Directory::open(&ground.inside.join("file")).unwrap_err().to_string();
    assert!(error.contains("inside/file") && error.ends_with("name another one"), "{error}");
    assert!(Directory::open(&ground.inside.join("no/where")).is_err());
}

#[test]
fn sockets_inside_are_reached_by_every_way_that_stays_inside() {
    let ground = ground();
    fs::create_dir_all(ground.inside.join("chat/deep")).unwrap();
    let server = UnixListener::bind(ground.inside.join("chat/room")).unwrap();
    symlink("chat/room", ground.inside.join("link")).unwrap();
    symlink("chat", ground.inside.join("dir")).unwrap();
    for path in ["chat/room", "./chat//room", "chat/deep/../room", "link", "dir/room", "dir/../chat/./room"] {
        let held = ground.reach(path).unwrap_or_else(|refusal| panic!("{path}: {refusal:?}"));
        UnixStream::connect(held.path()).unwrap();
        server.accept().unwrap();
    }
}

#[test]
fn every_way_out_is_refused() {
    let ground = ground();
    let absolute = ground.outside.join("room");
    let _server = UnixListener::bind(&absolute).unwrap();
    symlink(&absolute, ground.inside.join("absolute")).unwrap();
    symlink("../outside/room", ground.inside.join("relative")).unwrap();
    symlink(&ground.outside, ground.inside.join("dir")).unwrap();
    symlink("dir", ground.inside.join("twice")).unwrap();
    symlink("/proc/self/root", ground.inside.join("magic")).unwrap();
    fs::create_dir(ground.inside.join("chat")).unwrap();
    let rooted = format!("magic{}", absolute.display());
    // An absolute path is never inside, not even one that leads back.
    let back = ground.inside.join("room").display().to_string();
    for path in [
        absolute.to_str().unwrap(),
        "../outside/room",
        "chat/../../outside/room",
        "absolute",
        "relative",
        "dir/room",
        "twice/room",
        &rooted,
        "/proc/self/cwd",
        &back,
    ] {
        let (errno, sentence) = ground.reach(path).err().expect("it leads out");
        assert_eq!(errno, "EACCES", "{path}: {sentence}");
        assert!(sentence.contains("out of the directory"), "{sentence}");
    }
    for path in ["../room", "dir/new", "twice/new", "/new", "magic/new", "chat/../../outside/new", &back] {
        assert_eq!(ground.place(path).err().expect("it leads out").0, "EACCES", "{path}");
    }
    assert_eq!(fs::read_dir(&ground.outside).unwrap().count(), 1);
}

#[test]
fn what_is_no_path_of_a_socket_is_refused() {
    let ground = ground();
    fs::write(ground.inside.join("file"), "secret").unwrap();
    fs::create_dir(ground.inside.join("dir")).unwrap();
    symlink("loop", ground.inside.join("loop")).unwrap();
    let outside = ground.outside.join("room");
    let _server = UnixDatagram::bind(&outside).unwrap();
    fs::hard_link(&outside, ground.inside.join("hard")).unwrap();
    let (long, longer) = ("n".repeat(300), "d/".repeat(3000));
    for (path, expected) in [
        ("", "EINVAL"),
        ("\0abstract", "EINVAL"),
        ("a\0b", "EINVAL"),
        ("nothing", "ENOENT"),
        ("file", "ECONNREFUSED"),
        ("dir", "ECONNREFUSED"),
        (".", "ECONNREFUSED"),
        ("file/x", "ENOTDIR"),
        ("loop", "ELOOP"),
        ("hard", "EACCES"),
        (&long, "ENAMETOOLONG"),
        (&longer, "ENAMETOOLONG"),
    ] {
        let (errno, sentence) = ground.reach(path).err().expect("it leads nowhere");
        assert_eq!(errno, expected, "{path}: {sentence}");
        assert!(sentence.ends_with('.'), "{sentence}");
    }
    fs::remove_file(&outside).unwrap();
    assert!(ground.reach("hard").is_ok(), "its one name is inside now");
    for (path, expected) in [
        ("", "EINVAL"),
        ("\0abstract", "EINVAL"),
        ("dir/", "EINVAL"),
        ("dir/.", "EINVAL"),
        ("..", "EINVAL"),
        ("no/where", "ENOENT"),
        ("file/x", "ENOTDIR"),
        ("loop/x", "ELOOP"),
        (&"n".repeat(200), "ENAMETOOLONG"),
    ] {
        assert_eq!(ground.place(path).err().expect("nothing can be bound there").0, expected, "{path}");
    }
}

/// The address that other programs see leads them to the socket, and clients see it as they asked for it.
#[test]
fn what_is_bound_can_be_answered_and_is_removed() {
    let ground = ground();
    fs::create_dir(ground.inside.join("chat")).unwrap();
    for (asked, peer) in [("room", "one"), ("chat/room", "two")] {
        let place = ground.place(asked).unwrap();
        let path = place.path();
        let bound = UnixDatagram::bind(&path).unwrap();
        let made = place.made(path);
        assert_eq!(made.address(), Address::Unix { path: asked.to_owned() });
        let peer_path = ground.outside.join(peer);
        let peer = UnixDatagram::bind(&peer_path).unwrap();
        bound.send_to(b"question", &peer_path).unwrap();
        let (_, from) = peer.recv_from(&mut [0; 16]).unwrap();
        peer.send_to(b"answer", from.as_pathname().unwrap()).unwrap();
        let (length, back) = bound.recv_from(&mut [0; 16]).unwrap();
        assert_eq!((length, back.as_pathname()), (6, Some(&*peer_path)));
        assert_eq!(ground.directory.shown(from.as_pathname()), made.address());
        drop(made);
        assert!(!ground.inside.join(asked).exists());
        assert_eq!(ground.directory.names.lock().unwrap().len(), 0);
    }
    let unnamed = Address::Unix { path: String::new() };
    let shown = |path: &Path| ground.directory.shown(Some(path));
    assert_eq!(shown(&ground.inside.join("chat/x")), Address::Unix { path: "chat/x".into() });
    assert_eq!(shown(&ground.outside.join("room")), unnamed);
    assert_eq!(shown(Path::new("relative")), unnamed);
    assert_eq!(ground.directory.shown(None), unnamed);
}

#[test]
fn only_what_was_made_is_removed() {
    let ground = ground();
    let (file, moved) = (ground.inside.join("room"), ground.inside.join("moved"));
    // What others do to the file before it is closed, and how to see that what they put there is still there.
    let write = |path: &Path| fs::write(path, "a stranger's").unwrap();
    let link = |path: &Path| symlink("moved", path).unwrap();
    let bind = |path: &Path| drop(UnixDatagram::bind(path).unwrap());
    let nothing = |_: &Path| {};
    let strangers: [&dyn Fn(&Path); 4] = [&write, &link, &bind, &nothing];
    for (index, stranger) in strangers.into_iter().enumerate() {
        for keep in [true, false] {
            let place = ground.place("room").unwrap();
            let path = place.path();
            let _socket = UnixDatagram::bind(&path).unwrap();
            let made = place.made(path);
            if keep {
                fs::rename(&file, &moved).unwrap();
            } else {
                fs::remove_file(&file).unwrap();
            }
            stranger(&file);
            drop(made);
            assert_eq!((file.symlink_metadata().is_ok(), moved.exists()), (index < 3, keep), "{index}");
            let _ = (fs::remove_file(&file), fs::remove_file(&moved));
        }
    }
}

/// While another thread exchanges a directory for a link that leads out, and back, what is reached is inside.
#[test]
fn a_directory_that_is_exchanged_for_a_link_deceives_nobody() {
    let ground = ground();
    let (chat, trap) = (ground.inside.join("chat"), ground.inside.join("trap"));
    fs::create_dir(&chat).unwrap();
    let inside = UnixListener::bind(chat.join("room")).unwrap();
    let outside = UnixListener::bind(ground.outside.join("room")).unwrap();
    outside.set_nonblocking(true).unwrap();
    symlink(&ground.outside, &trap).unwrap();
    let swapping = Meanwhile::start(move || exchange(&chat, &trap).unwrap());
    let (mut reached, mut refused, mut bound) = (0, 0, 0);
    while reached < 300 || refused < 300 || bound < 300 {
        match ground.reach("chat/room") {
            Ok(held) => {
                UnixStream::connect(held.path()).unwrap();
                inside.accept().unwrap();
                reached += 1;
            }
            Err((errno, sentence)) => {
                assert_eq!(errno, "EACCES", "{sentence}");
                refused += 1;
            }
        }
        if let Ok(place) = ground.place("chat/new") {
            let path = place.path();
            let _socket = UnixDatagram::bind(&path).unwrap();
            drop(place.made(path));
            bound += 1;
        }
    }
    drop(swapping);
    assert!(outside.accept().is_err(), "nobody has connected to the socket outside");
    assert_eq!(fs::read_dir(&ground.outside).unwrap().count(), 1);
}

/// While another thread exchanges the socket's file for its own, closing removes the relay's or none.
#[test]
fn a_file_that_is_exchanged_is_not_removed() {
    for _ in 0..300 {
        let ground = ground();
        let (file, spare) = (ground.inside.join("room"), ground.outside.join("spare"));
        fs::write(&spare, "a stranger's").unwrap();
        let place = ground.place("room").unwrap();
        let path = place.path();
        let _socket = UnixDatagram::bind(&path).unwrap();
        let made = place.made(path);
        let swapping = Meanwhile::start(move || _ = exchange(&file, &spare));
        drop(made);
        drop(swapping);
        let entries = [&ground.inside, &ground.outside].map(|path| fs::read_dir(path).unwrap());
        let mut left = entries.into_iter().flatten().filter_map(|entry| fs::read(entry.unwrap().path()).ok());
        assert!(left.any(|text| text == b"a stranger's"), "a stranger's file was removed");
    }
}
