//! One direction of a connection in words and numbers: the twin of its ruler, and who waits for what.
//!
//! Absent on purpose: the picture.

use sim_core::trace::{TcpState, TimerChange, TimerKind, What};

use super::Row;
use super::stream::Stream;
use crate::app::Model;
use crate::catalogue::fill;
use crate::view::connection::{grouped, state_of};
use crate::view::narration::millis;

pub(super) fn numbers(model: &Model, stream: &Stream<'_>) -> Vec<Row> {
    let words = &model.language.words().tcp;
    let row = |name: &str, value: u32| Row { name: name.to_owned(), value: grouped(value.into()) };
    let mut rows = vec![row("SND.UNA", stream.una), row("SND.NXT", stream.nxt)];
    if let Some(vars) = stream.send {
        rows.extend([row("SND.WND", vars.snd_wnd), row("cwnd", vars.cwnd)]);
        let level = [("level", grouped(vars.send_queue.into())), ("space", grouped(vars.send_space.into()))];
        let value = fill(words.level, &[(level[0].0, &level[0].1), (level[1].0, &level[1].1)]);
        let name = fill(words.send_buffer, &[("node", model.session.name(stream.sender.socket.node))]);
        rows.push(Row { name, value });
        rows.push(row(words.segments_lost, vars.lost));
    }
    if let (Some(vars), Some(receiver)) = (stream.receive, &stream.receiver) {
        rows.extend([
            row("RCV.NXT", stream.rcv_nxt),
            row("RCV.WND", vars.rcv_wnd),
            row(words.read, stream.read.saturating_sub(1)),
        ]);
        let value = fill(
            words.level,
            &[("level", &grouped(vars.receive_queue.into())), ("space", &grouped(vars.receive_space.into()))],
        );
        let name = fill(words.receive_buffer, &[("node", model.session.name(receiver.socket.node))]);
        rows.push(Row { name, value });
    }
    let ranges = |ranges: &[(u32, u32)]| {
        let texts: Vec<String> = ranges
            .iter()
            .map(|range| format!("{}–{}", grouped(range.0.into()), grouped((range.1 - 1).into())))
            .collect();
        texts.join(", ")
    };
    for (name, list) in [(words.beyond_gap, stream.islands()), (words.sacked, stream.sacked())] {
        if !list.is_empty() {
            rows.push(Row { name: name.to_owned(), value: ranges(list) });
        }
    }
    rows
}

/// Who waits for what, in words.
pub(super) fn waits(model: &Model, stream: &Stream<'_>) -> Vec<String> {
    let words = &model.language.words().tcp;
    let sender = model.session.name(stream.sender.socket.node);
    let receiver = stream.receiver.map_or("?", |end| model.session.name(end.socket.node));
    let mut waits = Vec::new();
    let state = state_of(model, stream.sender.socket).1;
    let unsent = stream.written.saturating_sub(stream.nxt.max(1));
    if let Some(vars) = stream.send {
        let open =
            matches!(state, TcpState::Established | TcpState::CloseWait | TcpState::FinWait1 | TcpState::LastAck);
        let flight = stream.nxt.wrapping_sub(stream.una) + stream.largest();
        if open && vars.snd_wnd == 0 {
            waits.push(fill(words.zero_window, &[("receiver", receiver), ("sender", sender)]));
            if let Some(left) = persist_left(model, stream) {
                waits.push(fill(words.probe_in, &[("sender", sender), ("time", &left)]));
            }
        } else if open && unsent > 0 && flight > vars.cwnd && vars.cwnd <= vars.snd_wnd {
            waits.push(fill(words.cwnd_full, &[("sender", sender), ("bytes", &grouped(vars.cwnd.into()))]));
        } else if open && unsent > 0 && flight > vars.snd_wnd {
            waits.push(fill(words.window_full, &[("sender", sender), ("bytes", &grouped(vars.snd_wnd.into()))]));
        }
    }
    if let Some(call) = stream.writes().last().filter(|call| call.waits(stream.now)) {
        let taken = stream.written.saturating_sub(call.from).min(call.wanted);
        let values = [("node", sender), ("taken", &*grouped(taken.into())), ("bytes", &*grouped(call.wanted.into()))];
        waits.push(fill(words.send_waits, &values));
    }
    if let Some(call) = stream.reads().last().filter(|call| call.waits(stream.now)) {
        let values = [("node", receiver), ("bytes", &*grouped(call.wanted.into()))];
        waits.push(fill(words.recv_waits, &values));
    }
    waits
}

fn persist_left(model: &Model, stream: &Stream<'_>) -> Option<String> {
    let timers = &stream.sender.socket.timers;
    let known = timers.partition_point(|fact| *fact <= stream.now);
    let newest =
        timers[..known].iter().rev().take(64).find_map(|fact| match &model.session.trace.get(*fact)?.what {
            What::Timer { timer: TimerKind::Persist, change, .. } => Some(*change),
            _ => None,
        })?;
    match newest {
        TimerChange::Armed(due) => {
            let left = due.saturating_since(model.moment().at).as_nanos() as f64;
            Some(millis((left / 1e6).ceil() * 1e6))
        }
        _ => None,
    }
}
