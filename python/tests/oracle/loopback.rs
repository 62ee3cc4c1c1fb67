//! Pairs in the real Python, over the loopback of this computer.
//!
//! Absent: waiting for a time. A thread for each stream tells what comes; a pair from which nothing comes for long has hung.

use core::time::Duration;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::corpus::folder;
use crate::outcome::Outcome;
use crate::pairs::{Pair, Peer, Seen};

const HUNG: Duration = Duration::from_secs(30);

enum Event {
    /// A line, from standard output or standard error.
    Line { is_error: bool, line: String },
    /// A stream is over.
    End,
}

struct Running {
    peer: usize,
    child: Child,
    /// Streams that are not over.
    streams: u32,
}

/// What each program of a pair does, by `pairs/FILE/PAIR/NAME`.
pub(crate) fn run(pair: &Pair) -> BTreeMap<String, Outcome> {
    let pair = pair.with_ports(free_ports());
    let place = std::env::temp_dir().join(format!("oracle-{}-{}", std::process::id(), pair.name.replace('/', "-")));
    fs::create_dir_all(&place).expect("a temporary folder");
    let (sender, events) = channel();
    let mut pairing = Pairing {
        pair: &pair,
        place: &place,
        sender,
        running: Vec::new(),
        errors: BTreeMap::new(),
        seen: Seen::default(),
    };
    pairing.run(&events);
    let seen = pairing.seen;
    fs::remove_dir_all(&place).expect("it was made here");
    seen.ended.into_iter().map(|(name, outcome)| (pair.full_name(&name), outcome)).collect()
}

fn free_ports() -> [u16; 2] {
    let free = [(); 2].map(|()| TcpListener::bind(("127.0.0.1", 0)).expect("a free port"));
    free.map(|listener| listener.local_addr().expect("it is bound").port())
}

struct Pairing<'a> {
    pair: &'a Pair,
    place: &'a Path,
    sender: Sender<(usize, Event)>,
    running: Vec<Running>,
    errors: BTreeMap<usize, String>,
    seen: Seen,
}

impl Pairing<'_> {
    fn run(&mut self, events: &Receiver<(usize, Event)>) {
        let mut waiting: Vec<usize> = (0..self.pair.peers.len()).collect();
        loop {
            waiting.retain(|&peer| {
                let is_now = self.pair.peers[peer].start.is_now(&self.seen);
                if is_now {
                    self.start(peer);
                }
                !is_now
            });
            if self.running.is_empty() {
                assert!(waiting.is_empty(), "{}: nothing runs that the others wait for", self.pair.name);
                return;
            }
            match events.recv_timeout(HUNG) {
                Ok((peer, event)) => self.handle(peer, event),
                Err(_) => {
                    for running in &mut self.running {
                        drop(running.child.kill());
                    }
                    panic!("{} hangs in CPython: {:?}", self.pair.name, self.seen);
                }
            }
        }
    }

    fn start(&mut self, index: usize) {
        let Peer { name, source, .. } = &self.pair.peers[index];
        let file = format!("{name}.py");
        fs::write(self.place.join(&file), source).expect("a program can be written");
        let mut command = Command::new("python3");
        command.args(["-I", "-u", "-X", "utf8"]).arg(folder().join("peer.py")).arg(file).current_dir(self.place);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("python3 was there before");
        self.watch(index, child.stdout.take().expect("a pipe was asked for"), false);
        self.watch(index, child.stderr.take().expect("a pipe was asked for"), true);
        self.running.push(Running { peer: index, child, streams: 2 });
    }

    fn watch(&self, peer: usize, stream: impl Read + Send + 'static, is_error: bool) {
        let sender = self.sender.clone();
        thread::spawn(move || {
            let mut lines = BufReader::new(stream);
            let mut line = Vec::new();
            while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                if sender.send((peer, Event::Line { is_error, line: text })).is_err() {
                    return;
                }
            }
            drop(sender.send((peer, Event::End)));
        });
    }

    fn handle(&mut self, peer: usize, event: Event) {
        let name = self.pair.peers[peer].name.clone();
        match event {
            Event::Line { is_error: true, line } if line.starts_with('\0') => self.seen.listening = true,
            Event::Line { is_error: true, line } => *self.errors.entry(peer).or_default() += &line,
            Event::Line { line, .. } => *self.seen.printed.entry(name).or_default() += &line,
            Event::End => {
                let place = self.running.iter().position(|running| running.peer == peer).expect("it runs");
                self.running[place].streams -= 1;
                if self.running[place].streams == 0 {
                    let status = self.running.remove(place).child.wait().expect("a child can be waited for");
                    let code = status.code().unwrap_or_else(|| 128 + status.signal().expect("a code or a signal"));
                    let stdout = self.seen.printed.get(&name).cloned().unwrap_or_default();
                    let stderr = self.errors.get(&peer).cloned().unwrap_or_default();
                    let status = u8::try_from(code).expect("a status is a byte");
                    self.seen.ended.insert(name, Outcome::new(status, &stdout, &stderr));
                }
            }
        }
    }
}
