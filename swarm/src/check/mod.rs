//! What must hold of every trace.
//!
//! Absent on purpose: what Linux would have done. Here stands what no network may do.

mod checksum;
mod frame;
mod stream;

use std::collections::BTreeMap;

use sim_core::trace::{Fact, SocketId, TcpState, Trace, What};

use crate::Broken;

pub use stream::Tally;

/// Bytes that the buffers of a connection may hold: Linux's largest (`tcp_rmem`, `tcp_wmem`) with room for one segment more
/// than fits.
const LARGEST_BUFFER: u32 = 8 << 20;

/// Looks through the facts of a run to its end. `calm` says that nothing went wrong on any link, so that every stream must
/// have arrived.
pub fn trace(trace: &Trace, calm: bool) -> Result<Tally, Broken> {
    order(trace)?;
    frame::fates(trace)?;
    checksum::frames(trace)?;
    connections(trace)?;
    stream::streams(trace, calm)
}

fn order(trace: &Trace) -> Result<(), Broken> {
    let mut last = None;
    for fact in trace.facts() {
        if last > Some(fact.at) {
            return Err(Broken::at("time never goes back", fact));
        }
        last = Some(fact.at);
        if fact.cause.is_some_and(|cause| cause >= fact.id || trace.get(cause).is_none()) {
            return Err(Broken::at("causes exist and come first", fact));
        }
        if let What::Returned { called, process, .. } = &fact.what {
            let answers = trace.get(*called).is_some_and(|called| match &called.what {
                What::Called { process: caller, .. } => caller == process && called.id < fact.id,
                _ => false,
            });
            if !answers {
                return Err(Broken::at("a call returns to who made it", fact));
            }
        }
    }
    Ok(())
}

/// A connection goes from the state that it is in, holds no more than it may, and is over at the end.
fn connections(trace: &Trace) -> Result<(), Broken> {
    let mut states: BTreeMap<SocketId, (TcpState, &Fact)> = BTreeMap::new();
    for fact in trace.facts() {
        match &fact.what {
            What::TcpState { socket, from, to, .. } => {
                let known = states.insert(*socket, (*to, fact)).map_or(TcpState::Closed, |(state, _)| state);
                if known != *from && known != TcpState::Closed {
                    return Err(Broken::at("a connection leaves the state that it is in", fact));
                }
            }
            What::TcpVars { vars, .. } if vars.send_queue.max(vars.receive_queue) > LARGEST_BUFFER => {
                return Err(Broken::at("buffers are bounded", fact));
            }
            _ => {}
        }
    }
    let open = states.values().find(|(state, _)| !matches!(state, TcpState::Closed | TcpState::Listen));
    open.map_or(Ok(()), |(_, fact)| Err(Broken::at("no connection is left open", fact)))
}
