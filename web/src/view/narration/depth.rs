//! The second depth: why a fact happens, with the rule behind it and where that is written down.
//!
//! Absent on purpose: facts that are bookkeeping of the relay's credit; the first depth says all that there is.

use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask};
use sim_core::layer::Protocol;
use sim_core::program::Call;
use sim_core::trace::{
    CaptureSource, DropReason, Fact, FactId, FrameId, LinkId, NeighbourState, Place, ProcessId, TcpEvent, TcpState,
    TimerKind, Value, What,
};

use super::segment::{self, Header};
use super::{Told, millis};
use crate::app::Model;
use crate::app::session::Nature;
use crate::catalogue::{Words, fill};
use crate::view::frame::{mac, words as frame_words};

/// Facts before an error in which its ICMP message is looked for.
const BACK: usize = 5_000;

/// The deeper telling of the moment that is on screen.
pub fn now(model: &Model) -> Option<String> {
    depth(model, super::told(model)?)
}

/// The deeper telling of a fact.
pub fn depth(model: &Model, fact: FactId) -> Option<String> {
    let fact = model.session.trace.get(fact)?;
    let told = match &fact.what {
        What::Returned { result: Err(errno), called, .. } => return Some(failed(model, fact, *called, *errno)),
        What::Exited { error: Some(errno), .. } => return Some(error(model, *errno)),
        _ => rule(model, fact)?,
    };
    Some(filled(told))
}

fn filled((sentence, values): Told) -> String {
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fill(sentence, &values)
}

fn plain(sentence: &'static str) -> Option<Told> {
    Some((sentence, vec![]))
}

fn rule(model: &Model, fact: &Fact) -> Option<Told> {
    let words = model.language.words();
    let depth = &words.depth;
    match &fact.what {
        What::Started { thread: None, .. } => plain(depth.started),
        What::Started { .. } | What::Ran { .. } | What::Typed { .. } => None,
        What::Called { call, .. } => Some(called(model, fact, call)),
        What::Returned { line, called, result: Ok(value), .. } => Some(returned(model, fact, (*called, *line), value)),
        // An error is told with its line and its packet.
        What::Returned { result: Err(_), .. } => None,
        What::Printed { .. } => plain(depth.printed),
        What::Exited { .. } | What::Killed { .. } => plain(depth.exited),
        What::Encapsulated { protocol, header, payload, .. } => down(model, fact, (*protocol, header, *payload)),
        What::Decapsulated { protocol, header, payload, .. } => up(model, fact, (*protocol, header, *payload)),
        What::Sent { link, bytes, sent_at, arrives_at, .. } => {
            let rate = link_rate(model, *link, fact.id);
            let bits = bytes.len() as f64 * 8.0;
            let (shown, tx) = match rate {
                0 => ("∞".to_owned(), 0.0),
                rate => (bits_per_second(rate), bits * 1e9 / rate as f64),
            };
            let span = arrives_at.saturating_since(*sent_at).as_nanos() as f64;
            let n = bytes.len().to_string();
            Some((depth.sent, vec![("n", n), ("rate", shown), ("tx", millis(tx)), ("span", millis(span))]))
        }
        What::Delivered { .. } => plain(depth.delivered),
        What::Duplicated { .. } => plain(depth.duplicated),
        What::Dropped { place, why, .. } => Some(dropped(model, fact, (*place, *why))),
        What::Learned { .. } | What::Forgotten { .. } | What::Switched { .. } => plain(depth.switched),
        What::FaultsSet { .. } | What::LinkSet { .. } => plain(depth.set),
        What::HostSet { .. } => plain(words.knobs.deep_host_set),
        What::TranslationOpened(_) | What::TranslationClosed(_) | What::Translated { .. } => plain(depth.translated),
        What::Neighbour { state, .. } => plain(match state {
            NeighbourState::Incomplete => depth.asked,
            NeighbourState::Failed => depth.no_answer,
            _ => depth.known,
        }),
        What::Address { .. } => plain(depth.address),
        What::Route { .. } => plain(depth.route),
        What::TcpState { to, why, .. } => plain(state(words, *to, *why)),
        What::Timer { timer, .. } => timer_rule(model, fact, *timer),
        What::TcpVars { vars, .. } => {
            let ssthresh = if vars.ssthresh == u32::MAX { "∞".to_owned() } else { format!("{} B", vars.ssthresh) };
            Some((depth.variables, vec![("ssthresh", ssthresh)]))
        }
        What::Reassembled { .. } => plain(depth.reassembled),
        What::Published { .. } | What::Unpublished { .. } => plain(words.deep_publish),
        What::PeerMapped { .. } | What::PeerForgotten { .. } => plain(words.deep_peer),
        What::KernelInfo { .. } => plain(words.deep_kernel),
        What::Captured { source: CaptureSource::Interface(_), .. } => plain(words.telling.deep_captured_file),
        What::Captured { .. } => plain(words.deep_captured),
        What::Asked { flow, ask } => plain(asked(words, model.session.nature(*flow), ask)),
        What::Answered { flow, answer } => plain(answered(words, model.session.nature(*flow), answer)),
    }
}

fn asked(words: &'static Words, nature: Option<Nature>, ask: &Ask) -> &'static str {
    match (nature, ask) {
        (Some(Nature::Unix), _) => words.deep_unix,
        (Some(Nature::Listener | Nature::Port), Ask::Listen { .. }) => words.deep_publish,
        (_, Ask::Accept { .. }) => words.deep_accept,
        (Some(Nature::Udp), Ask::Connect { .. }) => words.deep_connect_udp,
        (Some(Nature::Udp | Nature::Port), Ask::Send(_) | Ask::SendTo { .. }) => words.deep_datagram,
        _ => words.depth.gateway,
    }
}

fn answered(words: &'static Words, nature: Option<Nature>, answer: &Answer) -> &'static str {
    match (nature, answer) {
        (Some(Nature::Unix), _) => words.deep_unix,
        (Some(Nature::Listener | Nature::Port), Answer::Listening { .. }) => words.deep_listening,
        (_, Answer::Accepted { .. }) => words.deep_accept,
        (_, Answer::Unreachable(_)) => words.deep_unreachable,
        (Some(Nature::Udp), Answer::Connected { .. }) => words.deep_connect_udp,
        (Some(Nature::Udp | Nature::Port), Answer::Data(_) | Answer::Datagram { .. }) => words.deep_datagram,
        (_, Answer::Refused(errno)) => error_rule(words, *errno).unwrap_or(words.depth.gateway),
        _ => words.depth.gateway,
    }
}

fn called(model: &Model, fact: &Fact, call: &Call) -> Told {
    let words = model.language.words();
    let depth = &words.depth;
    let speaks_tcp = |fd: u32| match &fact.what {
        What::Called { process, .. } => model.session.relations.descriptor(*process, fd, fact.id).is_some(),
        _ => false,
    };
    let sentence = match call {
        Call::Socket(..) => depth.socket,
        Call::Bind(..) => depth.bind,
        Call::Listen(_, backlog) => return (depth.listen, vec![("n", backlog.saturating_add(1).to_string())]),
        Call::Accept(_) => depth.accept,
        Call::Connect(..) => {
            // A connection begins with a change of state; a datagram socket only notes its peer.
            let mut effects = model.session.relations.effects(fact.id);
            let is_tcp = effects.any(|effect| {
                matches!(model.session.trace.get(effect).map(|fact| &fact.what), Some(What::TcpState { .. }))
            });
            if is_tcp { depth.connect } else { depth.connect_udp }
        }
        Call::Send(fd, ..) | Call::Write(fd, _) if !speaks_tcp(*fd) => words.deep_datagram,
        Call::SendTo(..) => words.deep_datagram,
        Call::Send(..) | Call::Write(..) => depth.send,
        Call::Recv(_, n, _) | Call::RecvFrom(_, n, _) | Call::Read(_, n) => {
            return (depth.recv, vec![("n", n.to_string())]);
        }
        Call::Shutdown(..) => depth.shutdown,
        Call::Close(_) => depth.close,
        other => return (depth.call, vec![("call", other.name().to_owned())]),
    };
    (sentence, vec![])
}

fn returned(model: &Model, fact: &Fact, (called, line): (FactId, u16), value: &Value) -> Told {
    let words = model.language.words();
    let depth = &words.depth;
    match value {
        Value::Accepted(..) => (depth.accept, vec![]),
        Value::Number(_) if crate::app::kin::socket_of_call(&model.session, called).is_none() => {
            (words.deep_datagram, vec![])
        }
        Value::Number(n) => (depth.sent_bytes, vec![("n", n.to_string())]),
        Value::Bytes(bytes) if bytes.is_empty() => (depth.ended, vec![]),
        Value::Bytes(_) | Value::Datagram(..) => {
            let carriers = carriers(model, fact.id);
            match carriers.as_slice() {
                [] => (depth.returned, vec![("line", line.to_string())]),
                frames => (depth.received_in, vec![("frames", numbers(model, frames))]),
            }
        }
        _ => (depth.returned, vec![("line", line.to_string())]),
    }
}

/// Frames that are named in a sentence; more are only counted.
const NAMED: usize = 8;

fn numbers(model: &Model, frames: &[FrameId]) -> String {
    let named: Vec<String> = frames.iter().take(NAMED).map(|frame| model.session.number(*frame)).collect();
    let more = frames.len().saturating_sub(NAMED);
    let named = named.join(", ");
    if more > 0 { format!("{named}, … (+{more})") } else { named }
}

/// The frames that brought the bytes of a result to this host.
fn carriers(model: &Model, fact: FactId) -> Vec<FrameId> {
    let session = &model.session;
    let carriers = crate::app::kin::carriers(session, fact);
    let node = session.trace.get(fact).map(|fact| fact.node);
    let here = carriers.into_iter().filter(|frame| {
        let frame = session.index.frame(*frame);
        frame.is_some_and(|frame| Some(frame.to) == node && frame.end.is_some_and(|end| end.dropped.is_none()))
    });
    here.collect()
}

fn down(model: &Model, fact: &Fact, (protocol, header, payload): (Protocol, &[u8], usize)) -> Option<Told> {
    let depth = &model.language.words().depth;
    match protocol {
        Protocol::Tcp => segment::leaves(model, fact, (header, payload)),
        Protocol::Udp => plain(depth.udp_down),
        Protocol::Ipv4 | Protocol::Ipv6 => {
            let offset = fragment_offset(protocol, header);
            let cause = fact.cause.and_then(|cause| model.session.trace.get(cause)).map(|cause| &cause.what);
            let forwards = matches!(cause, Some(What::Decapsulated { .. } | What::Translated { .. }));
            let ttl = header.get(if protocol == Protocol::Ipv4 { 8 } else { 7 })?.to_string();
            let (_, destination) = segment::ip_addresses(protocol, header)?;
            Some(match offset {
                Some(offset) => (depth.fragment, vec![("offset", offset.to_string())]),
                None if forwards => (depth.ip_forward, vec![("ttl", ttl)]),
                None => (depth.ip_down, vec![("ttl", ttl), ("destination", destination.to_string())]),
            })
        }
        Protocol::Ethernet => {
            let to = *header.first_chunk::<6>()?;
            // IEEE 802.3 §3.2.3: the first bit on the wire says that it is a group.
            let sentence = if to[0] & 1 == 1 { depth.frame_to_all } else { depth.frame_down };
            Some((sentence, vec![("mac", mac(to))]))
        }
        other => plain(control(model, other, header)?),
    }
}

fn up(model: &Model, fact: &Fact, (protocol, header, payload): (Protocol, &[u8], usize)) -> Option<Told> {
    let depth = &model.language.words().depth;
    match protocol {
        Protocol::Tcp => segment::arrives(model, fact, (header, payload)),
        Protocol::Udp => Some((depth.udp_up, vec![("port", Header::ports(header)?.1.to_string())])),
        Protocol::Ipv4 | Protocol::Ipv6 => {
            let (_, destination) = segment::ip_addresses(protocol, header)?;
            let next = header.get(if protocol == Protocol::Ipv4 { 9 } else { 6 })?;
            let next = protocol_name(*next);
            Some((depth.ip_up, vec![("destination", destination.to_string()), ("protocol", next)]))
        }
        Protocol::Ethernet => plain(depth.frame_up),
        other => plain(control(model, other, header)?),
    }
}

/// ARP, ICMP and the messages about groups.
fn control(model: &Model, protocol: Protocol, header: &[u8]) -> Option<&'static str> {
    let depth = &model.language.words().depth;
    Some(match (protocol, header.first()) {
        (Protocol::Arp, _) if super::asks(header) => depth.arp_question,
        (Protocol::Arp, _) => depth.arp_answer,
        (Protocol::Igmp, _) => depth.membership,
        // RFC 792; RFC 4443 §4, RFC 4861 §4, RFC 2710 §3, RFC 3810 §5.
        (Protocol::Icmp, Some(0 | 8)) | (Protocol::Icmpv6, Some(128 | 129)) => depth.icmp_echo,
        (Protocol::Icmpv6, Some(133..=137)) => depth.discovery,
        (Protocol::Icmpv6, Some(130..=132 | 143)) => depth.membership,
        (Protocol::Icmp | Protocol::Icmpv6, _) => depth.icmp_error,
        _ => return None,
    })
}

/// A protocol of IP by its name and number, as people speak of it.
pub fn protocol_name(number: u8) -> String {
    let name = match number {
        1 => "ICMP",
        2 => "IGMP",
        6 => "TCP",
        17 => "UDP",
        58 => "ICMPv6",
        _ => return number.to_string(),
    };
    format!("{name} ({number})")
}

fn fragment_offset(protocol: Protocol, header: &[u8]) -> Option<u32> {
    if protocol != Protocol::Ipv4 {
        return None;
    }
    let field = u16::from_be_bytes(*header.get(6..)?.first_chunk::<2>()?);
    // RFC 791 §3.1: "more fragments" and the offset in units of eight bytes.
    (field & 0x3fff != 0).then_some(u32::from(field & 0x1fff) * 8)
}

/// What a link was set to last, up to a fact: its rate in bits per second and its queue in frames.
fn link_set(model: &Model, link: LinkId, fact: FactId) -> Option<(u64, usize)> {
    let session = &model.session;
    let changed = session.relations.link_sets_until(fact).find_map(|set| match &session.trace.get(set)?.what {
        What::LinkSet { link: of, rate, queue, .. } if *of == link => Some((*rate, *queue)),
        _ => None,
    });
    let begun = || session.scenario.links.get(usize::from(link.0)).map(|link| (link.rate, link.queue));
    changed.or_else(begun)
}

fn link_rate(model: &Model, link: LinkId, fact: FactId) -> u64 {
    link_set(model, link, fact).map_or(0, |(rate, _)| rate)
}

/// A rate in the unit that suits it.
pub fn bits_per_second(rate: u64) -> String {
    match rate {
        r if r >= 1_000_000_000 => format!("{} Gbit/s", r as f64 / 1e9),
        r if r >= 1_000_000 => format!("{} Mbit/s", r as f64 / 1e6),
        r => format!("{} kbit/s", r as f64 / 1e3),
    }
}

fn dropped(model: &Model, fact: &Fact, (place, why): (Place, DropReason)) -> Told {
    let words = model.language.words();
    let depth = &words.depth;
    let sentence = match why {
        DropReason::Loss | DropReason::LinkDown | DropReason::ByHand => depth.lost,
        DropReason::QueueFull => {
            let queue = match place {
                Place::Queue(link) | Place::Wire(link) => link_set(model, link, fact.id).map(|(_, queue)| queue),
                Place::Layer(_) => None,
            };
            let n = queue.map_or_else(|| "–".to_owned(), |queue| queue.to_string());
            return (depth.queue_full, vec![("n", n)]);
        }
        DropReason::FrameCheck => depth.frame_check,
        DropReason::NotOurMac | DropReason::NotOurAddress => depth.not_for_us,
        DropReason::SamePort => depth.switched,
        DropReason::NotTranslated | DropReason::NatFull => depth.not_translated,
        DropReason::Malformed | DropReason::Checksum => depth.broken,
        DropReason::UnknownProtocol => depth.unknown_protocol,
        DropReason::NoNeighbour => depth.no_answer,
        DropReason::NoRoute => depth.no_route,
        DropReason::NoSocket => depth.no_socket,
        DropReason::BufferFull => depth.buffer_full,
        DropReason::NotAcceptable => depth.not_acceptable,
        DropReason::BacklogFull => depth.backlog_full,
        DropReason::TtlExceeded => depth.ttl,
        DropReason::TooBig => depth.too_big,
        DropReason::FragmentOverlap | DropReason::ReassemblyTime => depth.fragments,
        DropReason::RealNetwork => depth.gateway,
    };
    (sentence, vec![])
}

fn state(words: &'static Words, to: TcpState, why: TcpEvent) -> &'static str {
    let depth = &words.depth;
    match why {
        _ if to == TcpState::TimeWait => depth.time_wait,
        TcpEvent::Listen => depth.listening,
        TcpEvent::Connect => depth.connect,
        TcpEvent::SynReceived => depth.half_open,
        TcpEvent::SynAckReceived => depth.open,
        TcpEvent::AckOfSyn => depth.established,
        TcpEvent::Close => depth.closing,
        TcpEvent::FinReceived => depth.peer_closed,
        TcpEvent::AckOfFin => depth.fin_acknowledged,
        TcpEvent::RstReceived => depth.reset_state,
        TcpEvent::Abort => depth.rst_abort,
        TcpEvent::TimedOut => depth.timed_out,
        TcpEvent::TimeWaitOver => depth.forgotten,
        TcpEvent::Unreachable => depth.no_host,
    }
}

fn timer_rule(model: &Model, fact: &Fact, timer: TimerKind) -> Option<Told> {
    let depth = &model.language.words().depth;
    let vars = || {
        let What::Timer { socket: Some(socket), .. } = &fact.what else { return None };
        let socket = model.session.relations.socket(*socket)?;
        let fact = socket.vars_before(fact.id).or_else(|| socket.vars_after(fact.id))?;
        match &model.session.trace.get(fact)?.what {
            What::TcpVars { vars, .. } => Some(*vars),
            _ => None,
        }
    };
    let sentence = match timer {
        TimerKind::Neighbour => depth.asked,
        TimerKind::Retransmission | TimerKind::LossProbe => {
            let nanos = |span: std::time::Duration| millis(span.as_nanos() as f64);
            let vars = vars()?;
            let spans = vec![("rto", nanos(vars.rto)), ("srtt", nanos(vars.srtt)), ("rttvar", nanos(vars.rttvar))];
            let sentence = match timer {
                TimerKind::LossProbe => depth.tail_probe,
                _ if vars.srtt.is_zero() => depth.rto_first,
                _ => depth.rto,
            };
            return Some((sentence, spans));
        }
        TimerKind::Reordering => depth.reordered,
        TimerKind::Persist => depth.window_probe,
        TimerKind::DelayedAck => depth.delayed,
        TimerKind::AckCompression => depth.compressed,
        TimerKind::KeepAlive => depth.keep_alive,
        TimerKind::TimeWait => depth.time_wait,
    };
    plain(sentence)
}

/// Why a call failed: the rule, the line, and the packet behind it.
fn failed(model: &Model, fact: &Fact, called: FactId, errno: Errno) -> String {
    let words = model.language.words();
    let mut said = vec![error(model, errno)];
    if let Some(Fact { what: What::Called { process, line, .. }, .. }) = model.session.trace.get(called) {
        let values = vec![("line", line.to_string()), ("program", program(model, *process))];
        said.push(filled((words.depth.error_line, values)));
    }
    said.push(match behind(model, fact, called, errno) {
        Some(frame) => {
            let info = model.session.index.frame(frame).map(|frame| frame_words(frame).info).unwrap_or_default();
            filled((words.depth.error_frame, vec![("frame", model.session.number(frame)), ("info", info)]))
        }
        None => words.depth.error_alone.to_owned(),
    });
    said.join(" ")
}

/// The name of the program that a process runs.
pub fn program(model: &Model, process: ProcessId) -> String {
    let started = model.session.relations.started(process).and_then(|fact| model.session.trace.get(fact));
    match started.map(|fact| &fact.what) {
        Some(What::Started { program, .. }) => program.to_string(),
        _ => "?".to_owned(),
    }
}

/// The frame that an error of a call is due to: the one that woke it, or the one that ended its connection before.
fn behind(model: &Model, fact: &Fact, called: FactId, errno: Errno) -> Option<FrameId> {
    let session = &model.session;
    let frame_behind = |fact: FactId| {
        let mut causes = session.trace.causes(fact).skip(1).take(8);
        let decapsulated =
            causes.find(|cause| matches!(cause.what, What::Decapsulated { .. } | What::Called { .. }))?;
        match &decapsulated.what {
            What::Decapsulated { frame, .. } => Some(*frame),
            _ => None,
        }
    };
    frame_behind(fact.id)
        .or_else(|| {
            let What::Called { process, call, .. } = &session.trace.get(called)?.what else { return None };
            let socket =
                session.relations.socket(session.relations.descriptor(*process, descriptor(call)?, called)?)?;
            frame_behind(socket.state_at(fact.id)?)
        })
        .or_else(|| {
            let told =
                matches!(errno, Errno::ECONNREFUSED | Errno::EHOSTUNREACH | Errno::ENETUNREACH | Errno::EMSGSIZE);
            let before = session.trace.facts().get(..fact.id.0 as usize)?;
            before.iter().rev().take(BACK).filter(|_| told).find_map(|earlier| match &earlier.what {
                What::Decapsulated { protocol: Protocol::Icmp | Protocol::Icmpv6, frame, header, .. }
                    if earlier.node == fact.node && matches!(header.first(), Some(1..=5)) =>
                {
                    Some(*frame)
                }
                _ => None,
            })
        })
}

/// The descriptor that a call is about.
fn descriptor(call: &Call) -> Option<u32> {
    match call {
        Call::Connect(fd, _)
        | Call::Send(fd, ..)
        | Call::Recv(fd, ..)
        | Call::SendTo(fd, ..)
        | Call::RecvFrom(fd, ..)
        | Call::Read(fd, _)
        | Call::Write(fd, _)
        | Call::Shutdown(fd, _)
        | Call::Accept(fd) => Some(*fd),
        _ => None,
    }
}

fn error(model: &Model, errno: Errno) -> String {
    let words = model.language.words();
    error_rule(words, errno)
        .map_or_else(|| filled((words.depth.other_error, vec![("n", errno.number().to_string())])), str::to_owned)
}

/// What an error means, where it has a rule of its own.
fn error_rule(words: &'static Words, errno: Errno) -> Option<&'static str> {
    let depth = &words.depth;
    Some(match errno {
        Errno::ECONNREFUSED => depth.refused,
        Errno::ECONNRESET | Errno::ECONNABORTED => depth.reset,
        Errno::EPIPE => depth.pipe,
        Errno::ETIMEDOUT => depth.timed_out,
        Errno::EADDRINUSE => depth.in_use,
        Errno::EADDRNOTAVAIL => depth.not_available,
        Errno::EHOSTUNREACH => depth.no_host,
        Errno::ENETUNREACH => depth.no_net,
        Errno::EAGAIN => depth.again,
        Errno::EINPROGRESS | Errno::EALREADY => depth.in_progress,
        Errno::EMSGSIZE => depth.message_size,
        Errno::ENOTCONN => depth.not_connected,
        _ => return None,
    })
}
