//! Runs a program natively: `cargo run -p python --example run FILE`. Files, standard input and sleeping are real; there are no sockets.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Duration;

use python::{Answer, Limits, Machine, Output, Program, Stop, ThreadId, World};
use sim_core::errno::Errno;
use sim_core::program::{Call, OpenFlags};
use sim_core::time::Instant;
use sim_core::trace::Value;

fn main() {
    let path = std::env::args().nth(1).expect("usage: run FILE");
    let source = std::fs::read_to_string(&path).expect("the program is there");
    let program = match Program::compile(&path, &source) {
        Ok(program) => program,
        Err(mistake) => {
            eprintln!("  File \"{path}\", line {}\n{}", mistake.line, mistake.last_line());
            std::process::exit(1);
        }
    };
    let status = Host::default().run(&mut Machine::new(&program, Limits::default()));
    std::process::exit(i32::from(status));
}

/// What a thread waits for.
enum Waits {
    Nothing,
    Answer(Answer),
    Parked(Option<u64>),
}

#[derive(Default)]
struct Host {
    files: HashMap<u32, File>,
    next: u32,
    now: u64,
    threads: Vec<(ThreadId, Waits, bool)>,
}

impl Host {
    fn run(&mut self, machine: &mut Machine) -> u8 {
        self.threads.push((ThreadId(0), Waits::Nothing, false));
        loop {
            let Some(place) = self.ready() else {
                eprintln!("deadlock: every thread waits");
                return 1;
            };
            let (thread, waits, woken) = &mut self.threads[place];
            let answer = match std::mem::replace(waits, Waits::Nothing) {
                Waits::Nothing => None,
                Waits::Answer(answer) => Some(answer),
                Waits::Parked(_) => Some(Answer::Woken(std::mem::take(woken))),
            };
            let mut random = || 42;
            let now = Instant::from_nanos(self.now);
            let world = World { now, clock: Duration::ZERO, host: "localhost", process: 1, random: &mut random };
            match machine.resume(*thread, answer, world, 1_000_000) {
                Stop::Call { call, .. } => {
                    let answer = self.call(call);
                    self.threads[place].1 = Waits::Answer(Answer::Call(answer));
                }
                Stop::Print { text, stream: Output::Out, .. } => print!("{text}"),
                Stop::Print { text, stream: Output::Err, .. } => eprint!("{text}"),
                Stop::Spawn { thread, .. } => self.threads.push((thread, Waits::Nothing, false)),
                Stop::Park { limit, .. } => {
                    let until =
                        limit.map(|limit| self.now.saturating_add(u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX)));
                    self.threads[place].1 = Waits::Parked(until);
                }
                Stop::Unpark { thread } => {
                    if let Some(other) = self.threads.iter_mut().find(|(other, ..)| *other == thread) {
                        other.2 = true;
                    }
                }
                Stop::Slice => {}
                Stop::Ended { .. } => {
                    self.threads.remove(place);
                }
                Stop::Exit { status, .. } => return status,
            }
            let _ = std::io::stdout().flush();
        }
    }

    /// A thread that can go on; when all are parked, time passes until the first is not.
    fn ready(&mut self) -> Option<usize> {
        let can = |(_, waits, woken): &(ThreadId, Waits, bool)| !matches!(waits, Waits::Parked(_)) || *woken;
        if let Some(place) = self.threads.iter().position(can) {
            return Some(place);
        }
        let until =
            |(_, waits, _): &(ThreadId, Waits, bool)| if let Waits::Parked(until) = waits { *until } else { None };
        let (place, until) =
            self.threads.iter().enumerate().filter_map(|(n, t)| Some((n, until(t)?))).min_by_key(|(_, t)| *t)?;
        self.now = self.now.max(until);
        Some(place)
    }

    fn call(&mut self, call: Call) -> Result<Value, Errno> {
        match call {
            Call::Sleep(limit) => {
                self.now += u64::try_from(limit.as_nanos()).unwrap_or(0);
                Ok(Value::None)
            }
            Call::Open(path, flags) => self.open(&path, flags),
            Call::Close(fd) => self.files.remove(&fd).map(|_| Value::None).ok_or(Errno::EBADF),
            Call::Read(0, most) => {
                let mut bytes = vec![0; most];
                let len = std::io::stdin().read(&mut bytes).unwrap_or(0);
                Ok(Value::Bytes(bytes[..len].into()))
            }
            Call::Read(fd, most) => {
                let mut bytes = vec![0; most];
                let len = self.files.get_mut(&fd).ok_or(Errno::EBADF)?.read(&mut bytes).unwrap_or(0);
                Ok(Value::Bytes(bytes[..len].into()))
            }
            Call::Write(fd, bytes) => {
                let written = match fd {
                    1 => std::io::stdout().write_all(&bytes),
                    2 => std::io::stderr().write_all(&bytes),
                    _ => self.files.get_mut(&fd).ok_or(Errno::EBADF)?.write_all(&bytes),
                };
                written.map(|()| Value::Number(bytes.len())).map_err(|_| Errno::EIO)
            }
            Call::Unlink(path) => std::fs::remove_file(&*path).map(|()| Value::None).map_err(|_| Errno::ENOENT),
            Call::Access(path) => {
                if std::path::Path::new(&*path).exists() {
                    Ok(Value::None)
                } else {
                    Err(Errno::ENOENT)
                }
            }
            _ => Err(Errno::ENOSYS),
        }
    }

    fn open(&mut self, path: &Arc<str>, flags: OpenFlags) -> Result<Value, Errno> {
        let file = File::options()
            .read(flags.read)
            .write(flags.write)
            .append(flags.append)
            .truncate(flags.truncate)
            .create(flags.create && !flags.exclusive)
            .create_new(flags.exclusive)
            .open(&**path)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Errno::ENOENT,
                std::io::ErrorKind::AlreadyExists => Errno::EEXIST,
                std::io::ErrorKind::PermissionDenied => Errno::EACCES,
                _ => Errno::EISDIR,
            })?;
        let fd = self.next.max(3);
        self.next = fd + 1;
        self.files.insert(fd, file);
        Ok(Value::Descriptor(fd))
    }
}
