//! Programs did things that a recording does not list, but its frames show:
//!
//! - a FIN without `close` or `shutdown`: the socket was closed when the FIN left;
//! - data that no `recv` took, on a connection that did not end with a RST for it: it was read when it came;
//! - a small segment sent while another small one was unacknowledged: `TCP_NODELAY` (Nagle's algorithm forbids it);
//! - a RST at `close` though everything was read: `SO_LINGER` with a time of zero;
//! - probes of a connection at rest: `SO_KEEPALIVE`, with their times;
//! - a window in the SYN or SYN-ACK below Linux's default: `SO_RCVBUF`.
//!
//! Absent on purpose: inference from what the simulator does. It is a function of the recording.

use crate::call::{OptionSaid, Side};
use crate::plan::{Act, Handle, Step};
use crate::recording::Nanos;
use crate::traffic::{Connection, Traffic};

/// How long after its arrival data is read by a program whose reads are not listed.
const READING: Nanos = 50_000;
/// How long before the return of `close` its RST may have left.
const CLOSING: Nanos = 2_000_000;

/// Adds what a process must have done besides its listed calls.
pub fn infer(traffic: &Traffic, steps: &mut Vec<Step>) {
    let mut passive = 0;
    let mut active = 0;
    for connection in traffic.connections() {
        let number = if connection.active { &mut active } else { &mut passive };
        let handle = Handle(*number);
        *number += 1;
        // When the process has the socket in its hands.
        let begins = steps.iter().find_map(|step| match step.act {
            Act::Accept(_, new) if new == handle && step.event.is_some() => Some(step.at),
            Act::Connect(new, _) if new == handle => Some(step.at),
            _ => None,
        });
        if let Some(begins) = begins {
            options(connection, handle, steps);
            reads_and_close(connection, handle, begins, steps);
        }
    }
}

/// Adds an option right after the step that made the socket, unless the recording lists it.
fn set(handle: Handle, option: OptionSaid, steps: &mut Vec<Step>) {
    let place = steps.iter().position(|step| match step.act {
        Act::Accept(_, new) | Act::Socket { handle: new, .. } => new == handle,
        _ => false,
    });
    if let Some(place) = place {
        let at = steps[place].at;
        steps.insert(place + 1, Step::new(at, Act::SetOption(handle, option), None));
    }
}

fn options(connection: &Connection, handle: Handle, steps: &mut Vec<Step>) {
    let listed = |kind: fn(&OptionSaid) -> bool, steps: &[Step]| {
        steps.iter().any(|step| matches!(&step.act, Act::SetOption(of, option) if *of == handle && kind(option)))
    };
    if connection.no_delay && !listed(|option| matches!(option, OptionSaid::NoDelay(_)), steps) {
        set(handle, OptionSaid::NoDelay(true), steps);
    }
    if let Some(probes) = connection.probes
        && !listed(|option| matches!(option, OptionSaid::KeepAlive(_)), steps)
    {
        if let Some(interval) = probes.interval {
            set(handle, OptionSaid::KeepInterval(whole_seconds(interval)), steps);
        }
        if connection.reset {
            set(handle, OptionSaid::KeepCount(probes.count), steps);
        }
        set(handle, OptionSaid::KeepIdle(whole_seconds(probes.idle)), steps);
        set(handle, OptionSaid::KeepAlive(true), steps);
    }
    let lingers = connection.reset_at.is_some_and(|reset| {
        let near = |at: Nanos| (at - CLOSING..=at + CLOSING).contains(&reset);
        let closed = steps.iter().any(|step| step.act == Act::Close(handle) && near(step.at));
        closed && connection.arrivals.is_empty()
    });
    if lingers && !listed(|option| matches!(option, OptionSaid::Linger(..)), steps) {
        set(handle, OptionSaid::Linger(true, 0), steps);
    }
}

/// Programs give such times in seconds; a timer is late by a part of one.
fn whole_seconds(span: Nanos) -> u32 {
    u32::try_from((span + 300_000_000) / 1_000_000_000).unwrap_or(u32::MAX).max(1)
}

fn reads_and_close(connection: &Connection, handle: Handle, begins: Nanos, steps: &mut Vec<Step>) {
    let listed = |what: fn(&Act) -> bool| {
        steps.iter().any(|step| step.event.is_some() && step.act.handle() == Some(handle) && what(&step.act))
    };
    let reads = listed(|act| matches!(act, Act::Recv(..) | Act::RecvTotal(..) | Act::RecvFrom(..)));
    let closes = listed(|act| matches!(act, Act::Close(_) | Act::Shutdown(_, Side::Write | Side::Both)));
    if !reads && !connection.reset {
        // The end of the stream is read, too, where the socket is closed after it.
        let end = connection.peer_fin.filter(|end| connection.fin.is_some_and(|fin| fin > *end));
        for arrival in connection.arrivals.iter().chain(&end) {
            let at = (arrival + READING).max(begins + 1);
            steps.push(Step::new(at, Act::Recv(handle, 65_536), None));
        }
    }
    if let Some(fin) = connection.fin
        && !closes
    {
        steps.push(Step::new(fin.max(begins + 2), Act::Close(handle), None));
    }
}
