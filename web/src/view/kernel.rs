//! What the real kernel knows of the connection that was watched last, at the moment on screen: its variables, each with what it
//! means.
//!
//! Absent on purpose: variables that only experts of one congestion control read. The facts have all of them.

use sim_core::gateway::KernelInfo;
use sim_core::trace::What;

use super::narration::millis;
use super::notice::relay_says;
use crate::app::Model;
use crate::app::link::Status;
use crate::catalogue::{Words, fill};

/// The panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// Where the values come from, or that there are none.
    pub about: String,
    /// What cannot be seen here, and why.
    pub lacking: Option<String>,
    /// The variables.
    pub rows: Vec<Row>,
}

/// One variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its name in Linux's `struct tcp_info`, without `tcpi_`.
    pub name: &'static str,
    /// Its value, with a unit.
    pub value: String,
    /// What it means.
    pub meaning: &'static str,
}

/// The panel at the moment that is on screen; `None` when nobody wants it.
pub fn kernel(model: &Model) -> Option<Kernel> {
    if !model.watching || !model.session.other.is_real() {
        return None;
    }
    let words = model.language.words();
    let newest = model.fact().and_then(|now| model.session.index.info_at(now));
    let fact = newest.and_then(|fact| model.session.trace.get(fact));
    let (about, rows) = match fact.map(|fact| (fact.at, &fact.what)) {
        Some((at, What::KernelInfo { flow, info })) => {
            let nanos = at.as_nanos();
            let time = format!("{}.{:03}", nanos / 1_000_000, nanos / 1_000 % 1_000);
            (fill(words.kernel_of, &[("time", &time), ("n", &flow.0.to_string())]), rows(words, info))
        }
        _ => (words.kernel_empty.to_owned(), Vec::new()),
    };
    Some(Kernel { about, lacking: lacking(model, words), rows })
}

/// What this relay cannot show, in the learner's words and in its own.
fn lacking(model: &Model, words: &Words) -> Option<String> {
    if model.relay != Status::Ready {
        return None;
    }
    let reason =
        |name: &str| model.link.capability(name).map(|capability| capability.reason.clone()).unwrap_or_default();
    let no_info = (!model.link.can("tcp-info")).then(|| (words.no_tcp_info, reason("tcp-info")));
    let failed = model.link.capture_failed().map(str::to_owned);
    let no_capture = failed.or_else(|| (!model.link.can("capture")).then(|| reason("capture")));
    let no_capture = no_capture.map(|why| (words.no_capture, why));
    let lacking = no_info.into_iter().chain(no_capture);
    let said: Vec<String> = lacking.map(|(what, why)| format!("{what}{}", relay_says(words, &why))).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// How a value is written.
#[derive(Clone, Copy)]
enum Unit {
    State,
    Microseconds,
    Number,
    /// A number of which the largest means that there is none yet (`TCP_INFINITE_SSTHRESH`).
    Threshold,
}

fn rows(words: &'static Words, info: &KernelInfo) -> Vec<Row> {
    let variables = [
        ("state", Unit::State, words.info_state),
        ("rtt", Unit::Microseconds, words.info_rtt),
        ("rttvar", Unit::Microseconds, words.info_rttvar),
        ("min_rtt", Unit::Microseconds, words.info_min_rtt),
        ("rto", Unit::Microseconds, words.info_rto),
        ("snd_cwnd", Unit::Number, words.info_cwnd),
        ("snd_ssthresh", Unit::Threshold, words.info_ssthresh),
        ("snd_mss", Unit::Number, words.info_mss),
        ("unacked", Unit::Number, words.info_unacked),
        ("snd_wnd", Unit::Number, words.info_snd_wnd),
        ("bytes_acked", Unit::Number, words.info_bytes_acked),
        ("bytes_received", Unit::Number, words.info_bytes_received),
        ("segs_out", Unit::Number, words.info_segs_out),
        ("segs_in", Unit::Number, words.info_segs_in),
        ("total_retrans", Unit::Number, words.info_retrans),
    ];
    let row =
        |(name, unit, meaning)| info.get(name).map(|value| Row { name, value: text(words, unit, value), meaning });
    variables.into_iter().filter_map(row).collect()
}

fn text(words: &Words, unit: Unit, value: u64) -> String {
    match unit {
        Unit::State => state(value).map_or_else(|| value.to_string(), str::to_owned),
        Unit::Microseconds => millis(value as f64 * 1e3),
        Unit::Threshold if value >= 0x7fff_ffff => words.info_infinite.to_owned(),
        Unit::Number | Unit::Threshold => value.to_string(),
    }
}

/// Linux's numbers of the states (`include/net/tcp_states.h`), with the names of RFC 9293.
fn state(number: u64) -> Option<&'static str> {
    const NAMES: [&str; 12] = [
        "ESTABLISHED",
        "SYN-SENT",
        "SYN-RECEIVED",
        "FIN-WAIT-1",
        "FIN-WAIT-2",
        "TIME-WAIT",
        "CLOSED",
        "CLOSE-WAIT",
        "LAST-ACK",
        "LISTEN",
        "CLOSING",
        "SYN-RECEIVED",
    ];
    NAMES.get(usize::try_from(number).ok()?.checked_sub(1)?).copied()
}
