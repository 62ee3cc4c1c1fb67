//! `poll`: which of several descriptors have something.
//!
//! Absent on purpose: `select` and `epoll`. What they tell, `poll` tells.

use std::sync::Arc;

use sim_core::program::{Events, PollFd};
use sim_core::trace::Value;

use crate::call::{Blocked, Outcome};
use crate::kernel::{Descriptor, Kernel};

impl Kernel {
    pub(crate) fn poll(&mut self, blocked: &Blocked, fds: &Arc<[PollFd]>) -> Outcome {
        let mut ready = Vec::new();
        for asked in fds.iter().filter(|asked| i32::try_from(asked.fd).is_ok()) {
            let events = self.revents(blocked, asked);
            if events != Events::NONE {
                ready.push(PollFd { fd: asked.fd, events });
            }
        }
        let done = !ready.is_empty() || blocked.expired;
        Ok(done.then(|| Value::Ready(ready.into())))
    }

    fn revents(&mut self, blocked: &Blocked, asked: &PollFd) -> Events {
        let always = Events::ERR | Events::HUP | Events::NVAL;
        let lost = self.is_lost();
        let process = self.process(blocked.task);
        let there = match process.descriptors.get(&asked.fd) {
            None if asked.fd == 0 => match process.typed.is_empty() && !process.no_more_typed {
                true => Events::NONE,
                false => Events::IN,
            },
            None => Events::NVAL,
            Some(Descriptor::File(_)) => Events::IN | Events::OUT,
            Some(Descriptor::Socket(_)) if lost => Events::ERR | Events::HUP,
            Some(Descriptor::Socket(number)) => {
                let number = *number;
                if asked.events.has(Events::IN) {
                    // Whether a connection waits is known when one has been accepted.
                    self.want_connection(number);
                }
                self.sockets.get(&number).map_or(Events::NVAL, |socket| socket.events())
            }
        };
        there & (asked.events | always)
    }
}
