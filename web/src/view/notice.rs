//! Notices in words: what is wrong, where, and what to do.
//!
//! Absent on purpose: the relay's own sentences. They are English, and the learner's language comes first.

use relay_proto::Call;
use sim_core::errno::Errno;
use sim_core::trace::{ProcessId, What};

use super::stack::real_name;
use crate::app::link::Status;
use crate::app::session::Other;
use crate::app::target::TargetError;
use crate::app::{MOST_BYTES, MOST_FACTS, Model, Notice, default_target};
use crate::catalogue::{Words, fill};

/// A sentence with its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The sentence.
    pub text: String,
    /// It is a mistake or a failure, and not only news.
    pub failure: bool,
}

/// What must be said now, if anything.
pub fn notice(model: &Model) -> Option<Said> {
    let words = model.language.words();
    let notice = model.notice.as_ref()?;
    let failure = !matches!(notice, Notice::LookingUp(_) | Notice::NothingMore | Notice::RealWaits | Notice::AtRest);
    let text = match notice {
        Notice::Target(error) => target(words, error, model.session.other),
        Notice::MessageEmpty => words.message_empty.to_owned(),
        Notice::MessageTooLong(bytes) => {
            fill(words.message_too_long, &[("n", &bytes.to_string()), ("most", &MOST_BYTES.to_string())])
        }
        Notice::MessageBroken(place) => fill(words.message_surrogate, &[("n", &(place + 1).to_string())]),
        Notice::RelayNeeded => words.relay_needed.to_owned(),
        Notice::LookingUp(name) => fill(words.looking_up, &[("name", name)]),
        Notice::NameUnknown(name) => fill(words.name_unknown, &[("name", name)]),
        Notice::NameIpv6Only(name) => fill(words.name_ipv6_only, &[("name", name)]),
        Notice::RealCall { call, errno, to } => {
            let to = to.map(real_name).unwrap_or_default();
            real_call(words, *call, errno, &to)
        }
        Notice::BadToken => words.relay_bad_token.to_owned(),
        Notice::OtherVersion => words.relay_other_version.to_owned(),
        Notice::NothingMore => words.nothing_more.to_owned(),
        Notice::AtRest => words.at_rest.to_owned(),
        Notice::Full => fill(words.full, &[("n", &MOST_FACTS.to_string())]),
        Notice::RealWaits => words.real_waits.to_owned(),
    };
    Some(Said { text, failure })
}

fn target(words: &Words, error: &TargetError, other: Other) -> String {
    let example = default_target(other);
    let (sentence, place) = match error {
        TargetError::Empty => (words.target_empty, None),
        TargetError::NoPort => (words.target_no_port, None),
        TargetError::Port(port) => (words.target_port, Some(("port", port.clone()))),
        TargetError::NoHost => (words.target_no_host, None),
        TargetError::Address(address) => (words.target_address, Some(("address", address.clone()))),
        TargetError::Character(character) => (words.target_character, Some(("character", character.to_string()))),
        TargetError::Ipv6 => (words.target_ipv6, None),
        TargetError::Loopback(address, port) => {
            let host = example.split(':').next().unwrap_or(example);
            let example = format!("{host}:{port}");
            let values = [("address", &*address.to_string()), ("port", &port.to_string()), ("example", &example)];
            let sentence = match other {
                Other::Real => words.target_loopback,
                Other::Simulated => words.target_loopback_simulated,
            };
            return fill(sentence, &values);
        }
        TargetError::Unknown(host) => (words.target_unknown, Some(("host", host.clone()))),
        TargetError::NeedsRelay => (words.target_needs_relay, None),
    };
    let mut values = vec![("example", example)];
    if let Some((name, value)) = &place {
        values.push((name, value));
    }
    fill(sentence, &values)
}

fn real_call(words: &Words, call: Call, errno: &str, to: &str) -> String {
    let values = [("to", to), ("errno", errno), ("call", &call.to_string())];
    let sentence = match (call, errno) {
        (Call::Connect, "ECONNREFUSED") => words.refused_target,
        (Call::Connect, "EACCES") => words.forbidden_target,
        (Call::Connect, "ETIMEDOUT") => words.timed_out_target,
        (Call::Connect, "EHOSTUNREACH" | "ENETUNREACH") => words.unreachable_target,
        (_, "ECONNRESET") => words.reset_by_peer,
        _ => words.failed_other,
    };
    fill(sentence, &values)
}

/// How the relay is, in words.
pub fn relay(model: &Model) -> Said {
    let words = model.language.words();
    let (text, failure) = match model.relay {
        Status::Absent => (words.relay_absent, false),
        Status::Connecting => (words.relay_connecting, false),
        Status::Ready => (words.relay_ready, false),
        Status::Lost => (words.relay_lost, true),
    };
    Said { text: text.to_owned(), failure }
}

/// Longest text of a program that is said in one line; its listing shows as much.
const SHOWN: usize = 160;

/// What the learner's newest program has come to at the moment on screen: what it printed, what ended it, or what it waits for.
pub fn outcome(model: &Model) -> Option<Said> {
    let words = model.language.words();
    let session = &model.session;
    let trace = &session.trace;
    let calls = session.index.calls_until(sim_core::lab::CLIENT_NODE, model.fact()?);
    let newest = process_of(&trace.get(*calls.last()?)?.what)?;
    let of_newest = calls.iter().rev().filter_map(|fact| trace.get(*fact)).map(|fact| &fact.what);
    let mut of_newest = of_newest.take_while(|what| process_of(what) == Some(newest)).peekable();
    let waits = match of_newest.peek() {
        Some(What::Called { line, .. }) => Some(*line),
        _ => None,
    };
    let said = of_newest.find_map(|what| match what {
        What::Printed { text, .. } => {
            let cut: String = text.chars().take(SHOWN).collect();
            let text = if cut.len() < text.len() { format!("{cut}…") } else { cut };
            Some(Said { text: fill(words.answer_is, &[("text", &text)]), failure: false })
        }
        What::Exited { line, error: Some(errno), .. } => {
            let values =
                [("line", &*line.to_string()), ("error", &errno.to_string()), ("why", error_words(words, *errno))];
            Some(Said { text: fill(words.ended_with_error, &values), failure: true })
        }
        _ => None,
    });
    said.or_else(|| {
        // A program that still runs has come to nothing yet.
        let script = session.program(newest.0)?;
        let text = match waits.and_then(|line| Some((line, script.source.get(usize::from(line).checked_sub(1)?)?))) {
            Some((line, source)) => fill(
                words.waits_in,
                &[("program", &script.name), ("line", &line.to_string()), ("source", source.trim())],
            ),
            None => fill(words.sending, &[("program", &script.name)]),
        };
        Some(Said { text, failure: false })
    })
}

/// What an error means for a beginner.
fn error_words(words: &Words, errno: Errno) -> &'static str {
    match errno {
        Errno::ECONNREFUSED => words.means_refused,
        Errno::ECONNRESET => words.means_reset,
        Errno::EHOSTUNREACH => words.means_host_unreachable,
        Errno::ENETUNREACH => words.means_net_unreachable,
        Errno::ETIMEDOUT => words.means_timed_out,
        Errno::EPIPE => words.means_pipe,
        other => other.message(),
    }
}

fn process_of(what: &What) -> Option<ProcessId> {
    match what {
        What::Called { process, .. }
        | What::Returned { process, .. }
        | What::Printed { process, .. }
        | What::Exited { process, .. } => Some(*process),
        _ => None,
    }
}
