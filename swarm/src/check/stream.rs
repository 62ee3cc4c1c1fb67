//! Streams arrive whole and in order: what one end read is a beginning of what the other wrote, and all of it when the reader saw
//! the end of the stream.
//!
//! Absent on purpose: datagrams, of which nothing is promised but that those that arrive are whole (their checksums say so).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sim_core::errno::Errno;
use sim_core::program::Call;
use sim_core::time::Instant;
use sim_core::trace::{DropReason, Fact, ProcessId, Trace, Value, What};

use crate::Broken;

/// How the streams of a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Read to the end.
    pub whole: u32,
    /// Something was read, and then the connection broke, or the program was killed or read no further.
    pub begun: u32,
    /// Nothing was read.
    pub none: u32,
    /// The simulator says that it does not have the calls.
    pub absent: u32,
    /// Bytes that were read.
    pub bytes: u64,
}

impl std::ops::Add for Tally {
    type Output = Tally;

    fn add(self, other: Tally) -> Tally {
        Tally {
            whole: self.whole + other.whole,
            begun: self.begun + other.begun,
            none: self.none + other.none,
            absent: self.absent + other.absent,
            bytes: self.bytes + other.bytes,
        }
    }
}

/// What a process did with its conversation.
#[derive(Default)]
struct End {
    /// All that it has given to `send`, and how much of it was taken for sure.
    written: Vec<u8>,
    taken: usize,
    read: Vec<u8>,
    /// It read the end of the stream.
    ended: bool,
    /// It talked in a stream.
    stream: bool,
    error: Option<Errno>,
    /// When a call returned last, and when it was killed.
    active: Instant,
    killed: Option<Instant>,
}

/// Nothing waits for so long on a link without faults: the longest time-out of TCP is half of it.
const STUCK: Duration = Duration::from_secs(240);

pub(super) fn streams(trace: &Trace, calm: bool) -> Result<Tally, Broken> {
    let ends = ends(trace);
    // A reset that a full queue takes never comes again.
    let is_full = |fact: &Fact| matches!(fact.what, What::Dropped { why: DropReason::QueueFull, .. });
    let live = calm && !trace.facts().iter().any(is_full);
    let mut tally = Tally::default();
    for (name, end) in &ends {
        let peer = match name.split_at(1) {
            ("c", pair) => format!("s{pair}"),
            (_, pair) => format!("c{pair}"),
        };
        let Some(peer) = ends.get(peer.as_str()).filter(|_| end.stream) else { continue };
        judge(name, end, peer)?;
        let active = end.active.max(peer.active);
        if live && let Some(killed) = end.killed.filter(|killed| killed.saturating_since(active) > STUCK) {
            let what = format!("{name} waits from {active} until it is killed at {killed}");
            return Err(Broken::new("on links without faults conversations end", what));
        }
        tally.bytes += end.read.len() as u64;
        let absent = [end, peer].iter().any(|end| end.error == Some(Errno::ENOSYS));
        let broken = [end, peer].into_iter().find_map(|end| end.error);
        match (end.ended, end.read.is_empty()) {
            (true, _) => tally.whole += 1,
            (false, false) => tally.begun += 1,
            (false, true) if absent => tally.absent += 1,
            (false, true) => tally.none += 1,
        }
        let reset = broken.is_some_and(|error| matches!(error, Errno::ECONNRESET | Errno::EPIPE));
        if calm
            && !absent
            && !reset
            && let Some(error) = broken
        {
            let what = format!("{name}: {error}, though nothing goes wrong on any link");
            return Err(Broken::new("on links without faults connections last", what));
        }
    }
    Ok(tally)
}

fn judge(name: &str, end: &End, peer: &End) -> Result<(), Broken> {
    let (read, written) = (&end.read, &peer.written);
    if !written.starts_with(read) {
        let place = read.iter().zip(written).position(|(read, written)| read != written);
        let what = format!(
            "{name} read {} of {} bytes, and number {} is wrong",
            read.len(),
            written.len(),
            place.unwrap_or(written.len().min(read.len()))
        );
        return Err(Broken::new("streams arrive in order", what));
    }
    if end.ended && read.len() < peer.taken {
        let what = format!("{name} read the end of the stream after {} of {} bytes", read.len(), peer.taken);
        return Err(Broken::new("streams arrive whole", what));
    }
    Ok(())
}

fn ends(trace: &Trace) -> BTreeMap<Arc<str>, End> {
    let mut names: BTreeMap<ProcessId, Arc<str>> = BTreeMap::new();
    let mut ends: BTreeMap<Arc<str>, End> = BTreeMap::new();
    for fact in trace.facts() {
        match &fact.what {
            What::Started { process, program, .. } => {
                names.insert(*process, program.clone());
                ends.entry(program.clone()).or_default();
            }
            What::Called { process, call, .. } => {
                let Some(end) = names.get(process).and_then(|name| ends.get_mut(name)) else { continue };
                if let Call::Send(_, bytes, _) = call {
                    end.written.extend_from_slice(bytes);
                }
            }
            What::Returned { process, called, result, .. } => {
                let Some(end) = names.get(process).and_then(|name| ends.get_mut(name)) else { continue };
                end.active = fact.at;
                end.returned(trace.get(*called), result);
            }
            What::Exited { process, error, .. } => {
                let Some(end) = names.get(process).and_then(|name| ends.get_mut(name)) else { continue };
                end.error = *error;
            }
            What::Killed { process } => {
                let Some(end) = names.get(process).and_then(|name| ends.get_mut(name)) else { continue };
                end.killed = Some(fact.at);
            }
            _ => {}
        }
    }
    ends
}

impl End {
    fn returned(&mut self, called: Option<&Fact>, result: &Result<Value, Errno>) {
        let Some(What::Called { call, .. }) = called.map(|called| &called.what) else { return };
        match (call, result) {
            (Call::Connect(..), _) | (Call::Accept(_), _) => self.stream = true,
            (Call::Send(_, bytes, _), Ok(Value::Number(count))) => {
                self.taken += count;
                // Less than all was taken: the rest is no part of the stream.
                self.written.truncate(self.written.len() - (bytes.len() - count));
            }
            (Call::Recv(_, most, _), Ok(Value::Bytes(bytes))) => {
                self.ended |= bytes.is_empty() && *most > 0;
                self.read.extend_from_slice(bytes);
            }
            _ => {}
        }
    }
}
