//! Notices in words: what is wrong, where, and what to do.
//!
//! Absent on purpose: the relay's own sentences, but for why it cannot do something. They are English, and the learner's language comes first.

use relay_proto::{Address, Call};
use sim_core::errno::Errno;
use sim_core::gateway::FlowKind;
use sim_core::network::InputError;
use sim_core::trace::What;

use crate::app::future::Refusal;
use crate::app::link::{Failure, Status};
use crate::app::session::Other;
use crate::app::target::{self, Target, TargetError};
use crate::app::{MOST_BYTES, MOST_FACTS, Model, Notice, Way, default_target};
use crate::catalogue::{Language, Words, errnos, fill, mistakes};

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
    let failure = !matches!(
        notice,
        Notice::LookingUp(_)
            | Notice::NothingMore
            | Notice::NoneOfKind(..)
            | Notice::RealWaits
            | Notice::AtRest
            | Notice::Withdrawn(_)
    );
    let text = match notice {
        Notice::Share(said) => return Some(super::share::said(words, said)),
        Notice::Target(error) => target_words(words, error, model),
        Notice::MessageEmpty => words.message_empty.to_owned(),
        Notice::MessageTooLong(bytes) => {
            fill(words.message_too_long, &[("n", &bytes.to_string()), ("most", &MOST_BYTES.to_string())])
        }
        Notice::MessageBroken(place) => fill(words.message_surrogate, &[("n", &(place + 1).to_string())]),
        Notice::RelayNeeded => words.relay_needed.to_owned(),
        Notice::LookingUp(name) => fill(words.looking_up, &[("name", name)]),
        Notice::NameUnknown(name) => fill(words.name_unknown, &[("name", name)]),
        Notice::NameIpv6Only(name) => fill(words.name_ipv6_only, &[("name", name)]),
        Notice::RealCall(failure) => real_call(model, failure),
        Notice::PublishPort(port) => fill(words.publish_port_wrong, &[("port", port)]),
        Notice::PublishedAlready(port) => fill(words.published_already, &[("port", &port.to_string())]),
        Notice::PublishedTooMany => words.published_too_many.to_owned(),
        Notice::Withdrawn(at) => fill(words.withdrawn, &[("at", at)]),
        Notice::PublicationsEnded(at) => fill(words.publications_ended, &[("at", at)]),
        Notice::Unavailable(what, reason) => unavailable(words, what, reason),
        Notice::DatagramTooLong(bytes, most) => {
            fill(words.datagram_too_long, &[("n", &bytes.to_string()), ("most", &most.to_string())])
        }
        Notice::BadToken => words.relay_bad_token.to_owned(),
        Notice::OtherVersion => words.relay_other_version.to_owned(),
        Notice::NoWords(language) => fill(words.shell.no_words, &[("language", language.own_name())]),
        Notice::NothingMore => words.nothing_more.to_owned(),
        Notice::AtRest => words.at_rest.to_owned(),
        Notice::Full => fill(words.full, &[("n", &MOST_FACTS.to_string())]),
        Notice::RealWaits if model.session.other == Other::Clients => words.client_waits.to_owned(),
        Notice::RealWaits => words.real_waits.to_owned(),
        Notice::NoneOfKind(kind, way) => {
            let sentence = match way {
                Way::Back => words.time.none_before,
                Way::Forward => words.time.none_after,
            };
            fill(sentence, &[("kind", super::transport::kind_name(words, *kind))])
        }
        Notice::Refused(refusal) => refused(model, refusal),
    };
    Some(Said { text, failure })
}

/// Why a run cannot be changed so, and what to do.
fn refused(model: &Model, refusal: &Refusal) -> String {
    let words = &model.language.words().time;
    let name = |node| model.session.name(node);
    match refusal {
        Refusal::Real => words.refused_real.to_owned(),
        Refusal::Captured => words.refused_captured.to_owned(),
        Refusal::NoInput => words.refused_no_input.to_owned(),
        Refusal::Input(InputError::FrameGone(_)) => words.refused_frame_gone.to_owned(),
        Refusal::Input(error) => fill(words.refused_input, &[("why", &mistakes::input(model.language, error, name))]),
        Refusal::Scenario(error) => {
            fill(words.refused_scenario, &[("why", &mistakes::network(model.language, error, name))])
        }
    }
}

/// What the relay lacks, what to do, and what the relay itself says of it.
fn unavailable(words: &Words, what: &str, reason: &str) -> String {
    let sentence = match what {
        "datagram" => words.no_datagrams,
        "unix" => words.no_unix,
        "inet6" => words.no_inet6,
        _ => words.no_listening,
    };
    format!("{sentence}{}", relay_says(words, reason))
}

/// The relay's own words, where it has some.
pub fn relay_says(words: &Words, reason: &str) -> String {
    if reason.is_empty() { String::new() } else { fill(words.relay_says, &[("reason", reason)]) }
}

fn target_words(words: &Words, error: &TargetError, model: &Model) -> String {
    let other = model.session.other;
    let example = &*default_target(other, model.form.kind);
    let (sentence, place) = match error {
        TargetError::Empty => (words.target_empty, None),
        TargetError::NoPort => (words.target_no_port, None),
        TargetError::Port(port) => (words.target_port, Some(("port", port.clone()))),
        TargetError::NoHost => (words.target_no_host, None),
        TargetError::Address(address) => (words.target_address, Some(("address", address.clone()))),
        TargetError::Character(character) => (words.target_character, Some(("character", character.to_string()))),
        TargetError::Ipv6 => (words.target_ipv6, None),
        TargetError::UnixNeedsRelay => (words.target_unix_needs_relay, None),
        TargetError::UnixName => (words.target_unix_name, None),
        TargetError::UnixDatagram => (words.target_unix_datagram, None),
        TargetError::Loopback(address, port) => {
            let host = example.split(':').next().unwrap_or(example);
            let example = format!("{host}:{port}");
            let values = [("address", &*address.to_string()), ("port", &port.to_string()), ("example", &example)];
            let sentence = match other {
                Other::Real | Other::Clients => words.target_loopback,
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

fn real_call(model: &Model, failure: &Failure) -> String {
    let words = model.language.words();
    let to = failure.to.as_ref().map(|to| real_place(model, to)).unwrap_or_default();
    let values = [("to", &*to), ("errno", &failure.errno), ("call", &failure.call.to_string())];
    let is_unix = matches!(failure.to, Some(Address::Unix { .. }));
    let sentence = match (failure.call, &*failure.errno) {
        (Call::Bind | Call::Listen, "EADDRINUSE") => words.port_in_use,
        (Call::Bind | Call::Listen, "EACCES") => words.forbidden_bind,
        (Call::Socket | Call::Listen, "EMFILE") => words.too_many_sockets,
        (Call::Connect, "ENOENT") if is_unix => words.unix_missing,
        (Call::Connect, "ECONNREFUSED") if is_unix => words.unix_refused,
        (Call::Send | Call::Recv | Call::SendTo | Call::RecvFrom, "ECONNREFUSED")
            if failure.kind == FlowKind::Datagram =>
        {
            words.dead_port
        }
        (Call::Send | Call::Recv | Call::SendTo | Call::RecvFrom, _) if failure.kind == FlowKind::Datagram => {
            words.datagram_failed
        }
        (Call::Connect, "ECONNREFUSED") => words.refused_target,
        (Call::Connect, "EACCES") => words.forbidden_target,
        (Call::Connect, "ETIMEDOUT") => words.timed_out_target,
        (Call::Connect, "EHOSTUNREACH" | "ENETUNREACH") => words.unreachable_target,
        (_, "ECONNRESET") => words.reset_by_peer,
        _ => words.failed_other,
    };
    fill(sentence, &values)
}

/// A place on the real machine; of a socket file the whole path, as far as it is known.
fn real_place(model: &Model, to: &Address) -> String {
    match to {
        Address::Unix { path } => unix_file(model, path),
        to => to.to_string(),
    }
}

/// The socket file that a path in the relay's directory means.
pub fn unix_file(model: &Model, path: &str) -> String {
    match model.link.capability("unix").filter(|unix| unix.available) {
        // Of this capability the reason is the directory.
        Some(unix) => format!("{}/{path}", unix.reason.trim_end_matches('/')),
        None => path.to_owned(),
    }
}

/// What must be known of the target that is being written.
pub fn about_target(model: &Model) -> Option<String> {
    match target::parse(&model.form.target, model.session.other, FlowKind::Stream) {
        Ok(Target::Unix(path)) if model.link.can("unix") => {
            Some(fill(model.language.words().unix_note, &[("file", &unix_file(model, &path))]))
        }
        _ => None,
    }
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
    let now = model.fact()?;
    let node = session.index.newest_program(now)?;
    let (newest, said) = session.index.outcome(node, now)?;
    let said = said.and_then(|said| trace.get(said)).and_then(|fact| match &fact.what {
        What::Printed { text, .. } => {
            let cut: String = text.chars().take(SHOWN).collect();
            let text = if cut.len() < text.len() { format!("{cut}…") } else { cut };
            Some(Said { text: fill(words.answer_is, &[("text", &text)]), failure: false })
        }
        What::Exited { line, error: Some(errno), .. } => {
            let values = [
                ("line", &*line.to_string()),
                ("error", &errno.to_string()),
                ("why", error_words(model.language, *errno)),
            ];
            Some(Said { text: fill(words.ended_with_error, &values), failure: true })
        }
        _ => None,
    });
    said.or_else(|| {
        // A program that still runs has come to nothing yet.
        let script = session.program(newest.0)?;
        // A gateway's talk with the real network stands among the calls of its programs.
        let calls = session.index.calls_until(node, now).iter().rev().filter_map(|fact| trace.get(*fact));
        let waits = calls.map(|fact| &fact.what).find_map(|what| match what {
            What::Called { line, .. } => Some(Some(*line)),
            What::Returned { .. } | What::Printed { .. } | What::Exited { .. } => Some(None),
            _ => None,
        });
        let waits = waits.flatten();
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
fn error_words(language: Language, errno: Errno) -> &'static str {
    let words = language.words();
    match errno {
        Errno::ECONNREFUSED => words.means_refused,
        Errno::ECONNRESET => words.means_reset,
        Errno::EHOSTUNREACH => words.means_host_unreachable,
        Errno::ENETUNREACH => words.means_net_unreachable,
        Errno::ETIMEDOUT => words.means_timed_out,
        Errno::EPIPE => words.means_pipe,
        other => errnos::says(language, other),
    }
}
