//! `poll`: which of several descriptors have something.
//!
//! Absent on purpose: `select` and `epoll`. What they tell, `poll` tells.

use std::sync::Arc;

use crate::errno::Errno;
use crate::host::{Descriptors, File, Host};
use crate::program::{Events, PollFd};
use crate::trace::{SocketId, Value};

use super::call::{Outcome, Progress};

/// Most descriptors of one call: RLIMIT_NOFILE.
const MOST: usize = 1024;

impl Host {
    pub(super) fn poll(&self, descriptors: &Descriptors, fds: &Arc<[PollFd]>, progress: &Progress) -> Outcome {
        if fds.len() > MOST {
            return Err(Errno::EINVAL);
        }
        let ready: Vec<PollFd> = fds
            .iter()
            .map(|asked| PollFd { fd: asked.fd, events: self.revents(descriptors, asked) })
            .filter(|told| told.events != Events::NONE)
            .collect();
        let done = !ready.is_empty() || progress.expired;
        Ok(done.then(|| Value::Ready(ready.into())))
    }

    fn revents(&self, descriptors: &Descriptors, asked: &PollFd) -> Events {
        let always = Events::ERR | Events::HUP | Events::NVAL;
        // POSIX: a negative descriptor is passed over.
        if i32::try_from(asked.fd).is_err() {
            return Events::NONE;
        }
        let there = match descriptors.get(asked.fd) {
            None => Events::NVAL,
            Some(File::Socket(id)) => self.sockets.events(*id),
            Some(File::Open(_)) => Events::IN | Events::OUT,
            Some(File::Typed(typed)) if !typed.is_ready() => Events::OUT,
            // A terminal can be written to through any of its descriptors.
            Some(File::Typed(_)) => Events::IN | Events::OUT,
            Some(File::Terminal(_)) => Events::OUT,
        };
        there & (asked.events | always)
    }

    /// What a `poll` that blocks waits for.
    pub(super) fn poll_waits(&self, descriptors: &Descriptors, fds: &[PollFd]) -> Vec<(SocketId, Events)> {
        let mut waits: Vec<(SocketId, Events)> = Vec::new();
        for asked in fds {
            let Some(File::Socket(id)) = descriptors.get(asked.fd) else { continue };
            match waits.iter_mut().find(|(known, _)| known == id) {
                Some((_, events)) => *events |= asked.events,
                None => waits.push((*id, asked.events)),
            }
        }
        waits
    }
}
