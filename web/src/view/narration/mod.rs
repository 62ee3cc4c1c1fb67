//! One sentence for each fact: what happens and why, in the learner's language. The rule behind it is told in [`depth`].
//!
//! Absent on purpose: what is not a fact of the trace.

pub mod depth;
mod segment;

use sim_core::errno::Errno;
use sim_core::gateway::{Answer, Ask, Direction};
use sim_core::layer::Protocol;
use sim_core::program::Call;
use sim_core::trace::{
    AddressState, CaptureSource, DropReason, Fact, FactId, NeighbourState, NodeId, ProcessId, RouteChange, Side,
    TcpEvent, TimerChange, TimerKind, Translation, Value, What,
};

use super::frame::{flag_names, mac};
use super::stack::{real_address, short_bytes};
use crate::app::analysis::Mark;
use crate::app::session::Nature;
use crate::app::{Model, film};
use crate::catalogue::{Language, Words, errnos, fill};
use sim_core::wire::tcp;

/// The fact that is told at the moment on screen: the last one that is no mere bookkeeping.
pub fn told(model: &Model) -> Option<FactId> {
    let now = model.fact()?;
    let facts = model.session.trace.facts();
    let is_told = |fact: &FactId| {
        let event = facts.get(fact.0 as usize).is_some_and(|fact| film::is_event(&fact.what) || is_seen(&fact.what));
        event && sentence(model, *fact).is_some()
    };
    (0..=now.0).rev().map(FactId).take(64).find(is_told)
}

/// What is seen of a real network is told where it stands, though nothing stops there.
fn is_seen(what: &What) -> bool {
    matches!(what, What::KernelInfo { .. })
}

/// The sentence for the moment that is on screen.
pub fn now(model: &Model) -> Option<String> {
    sentence(model, told(model)?)
}

/// The sentence for a fact, if it is one to be told.
pub fn sentence(model: &Model, fact: FactId) -> Option<String> {
    let fact = model.session.trace.get(fact)?;
    let words = model.language.words();
    let node = model.session.name(fact.node);
    let say = |sentence: &str, values: &[(&str, &str)]| {
        let mut all = vec![("node", node)];
        all.extend_from_slice(values);
        Some(fill(sentence, &all))
    };
    let tell = |(sentence, values): Told| {
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        say(sentence, &values)
    };
    match &fact.what {
        What::Started { program, thread: None, .. } => say(words.say_started, &[("program", program)]),
        What::Started { program, thread: Some(thread), .. } => {
            say(words.say_thread_started, &[("program", program), ("thread", &thread.name)])
        }
        What::Ran { lines, .. } => say(words.say_ran, &[("lines", &ran(lines))]),
        What::Typed { text, .. } => say(words.say_typed, &[("text", text.trim_end())]),
        What::Called { call, .. } => tell(called(words, call)),
        What::Returned { called, result, .. } => tell(returned(model, *called, result)),
        What::Printed { text, .. } => say(words.say_printed, &[("text", text)]),
        What::Killed { .. } => say(words.say_killed, &[]),
        What::Exited { process, .. } if *process >= ProcessId::FIRST_THREAD => say(words.say_thread_ended, &[]),
        What::Exited { error: None, status: 0, .. } => say(words.say_exited, &[]),
        What::Exited { error: None, status, .. } => say(words.say_exited_status, &[("n", &status.to_string())]),
        What::Exited { error: Some(errno), .. } => say(words.say_exited_error, &[("errno", errno.name())]),
        What::Encapsulated { protocol, header, payload, .. } => say(
            down(words, *protocol, header)?,
            &[
                ("n", &header.len().to_string()),
                ("m", &payload.to_string()),
                ("flags", &flags(*protocol, header)),
                ("protocol", protocol.name()),
            ],
        ),
        What::Decapsulated { protocol, header, payload, .. } => say(
            up(words, *protocol, header)?,
            &[
                ("n", &header.len().to_string()),
                ("m", &payload.to_string()),
                ("flags", &flags(*protocol, header)),
                ("protocol", protocol.name()),
            ],
        ),
        What::Sent { to, frame, bytes, sent_at, arrives_at, .. } => say(
            words.say_sent,
            &[
                ("frame", &model.session.number(*frame)),
                ("n", &bytes.len().to_string()),
                ("span", &millis(arrives_at.saturating_since(*sent_at).as_nanos() as f64)),
                ("to", model.session.name(*to)),
            ],
        ),
        What::Duplicated { .. }
        | What::Learned { .. }
        | What::Forgotten { .. }
        | What::Switched { .. }
        | What::FaultsSet { .. }
        | What::LinkSet { .. } => tell(linked(model, words, &fact.what)?),
        What::HostSet { settings } => {
            let (node, settings) = (model.session.name(fact.node), settings.to_string());
            say(words.knobs.say_host_set, &[("node", node), ("settings", &settings)])
        }
        What::TranslationOpened(_) | What::TranslationClosed(_) | What::Translated { .. } => {
            tell(translated(words, &fact.what)?)
        }
        What::Delivered { frame, .. } => say(words.say_delivered, &[("frame", &model.session.number(*frame))]),
        What::Dropped { frame: Some(frame), why, .. } => {
            say(words.say_dropped, &[("frame", &model.session.number(*frame)), ("why", drop_reason(words, *why))])
        }
        What::Dropped { frame: None, why, .. } => say(words.say_dropped_packet, &[("why", drop_reason(words, *why))]),
        What::Reassembled { fragments, length } => {
            say(words.say_reassembled, &[("count", &fragments.to_string()), ("length", &length.to_string())])
        }
        What::Neighbour { address, state } => {
            let address = address.to_string();
            match state {
                NeighbourState::Incomplete => say(words.say_neighbour_asked, &[("address", &address)]),
                NeighbourState::Stale(at) | NeighbourState::Probe(at) => {
                    say(words.say_neighbour_doubted, &[("address", &address), ("mac", &mac(*at))])
                }
                NeighbourState::Reachable(at) | NeighbourState::Permanent(at) => {
                    say(words.say_neighbour_known, &[("address", &address), ("mac", &mac(*at))])
                }
                NeighbourState::Failed => say(words.say_neighbour_failed, &[("address", &address)]),
            }
        }
        What::Address { .. } | What::Route { .. } => tell(configured(words, &fact.what)?),
        What::TcpState { from, to, why, .. } => {
            say(words.say_state, &[("from", from.name()), ("to", to.name()), ("why", event(words, *why))])
        }
        What::Timer { timer, change: TimerChange::Fired, .. } => {
            say(words.say_timer_fired, &[("timer", timer_name(words, *timer))])
        }
        What::Timer { timer, change: TimerChange::Armed(at), .. } => {
            say(words.telling.say_armed, &[("timer", timer_name(words, *timer)), ("at", &millis(at.as_nanos() as f64))])
        }
        What::Timer { timer, .. } => say(words.telling.say_cancelled, &[("timer", timer_name(words, *timer))]),
        What::TcpVars { vars, .. } => say(
            words.telling.say_vars,
            &[
                ("flight", &vars.snd_nxt.wrapping_sub(vars.snd_una).to_string()),
                ("cwnd", &vars.cwnd.to_string()),
                ("srtt", &millis(vars.srtt.as_nanos() as f64)),
                ("rto", &millis(vars.rto.as_nanos() as f64)),
            ],
        ),
        What::Published { .. }
        | What::Unpublished { .. }
        | What::PeerMapped { .. }
        | What::PeerForgotten { .. }
        | What::KernelInfo { .. }
        | What::Captured { .. } => tell(outside(model, words, fact)?),
        What::Asked { flow, ask } => tell(asked(words, model.session.nature(*flow), ask)?),
        What::Answered { flow, answer } => tell(answered(model.language, model.session.nature(*flow), answer)?),
    }
}

/// A sentence of the catalogue, and what fills its places.
pub(super) type Told = (&'static str, Vec<(&'static str, String)>);

/// What an interface learns from routers, and the addresses that it makes.
fn configured(words: &'static Words, what: &What) -> Option<Told> {
    let told = match what {
        What::Address { address, state, .. } => {
            let sentence = match state {
                AddressState::Tentative => words.say_address_tentative,
                AddressState::Preferred => words.say_address_preferred,
                AddressState::Deprecated => words.say_address_deprecated,
                AddressState::Expired => words.say_address_expired,
                AddressState::Duplicate => words.say_address_duplicate,
            };
            (sentence, vec![("address", address.ip.to_string())])
        }
        What::Route { to, via: Some(via), change, .. } => {
            let sentence = match change {
                RouteChange::Learned => words.say_route_learned,
                RouteChange::Lost => words.say_route_lost,
            };
            (sentence, vec![("to", format!("{}/{}", to.ip, to.prefix)), ("via", via.to_string())])
        }
        What::Route { to, via: None, change, .. } => {
            let sentence = match change {
                RouteChange::Learned => words.say_on_link_learned,
                RouteChange::Lost => words.say_on_link_lost,
            };
            (sentence, vec![("to", format!("{}/{}", to.ip, to.prefix))])
        }
        _ => return None,
    };
    Some(told)
}

/// What links and switches do, and what is done to them.
fn linked(model: &Model, words: &'static Words, what: &What) -> Option<Told> {
    let number = |frame| model.session.number(frame);
    let told = match what {
        What::Duplicated { to, frame, of, .. } => (
            words.say_duplicated,
            vec![("frame", number(*frame)), ("of", number(*of)), ("to", model.session.name(*to).to_owned())],
        ),
        What::Learned { mac: station, port } => {
            (words.say_learned, vec![("mac", mac(*station)), ("port", port.to_string())])
        }
        What::Forgotten { mac: station, port } => {
            (words.say_forgotten, vec![("mac", mac(*station)), ("port", port.to_string())])
        }
        What::Switched { frame, port: Some(port) } => {
            (words.say_switched, vec![("frame", number(*frame)), ("port", port.to_string())])
        }
        What::Switched { frame, port: None } => (words.say_flooded, vec![("frame", number(*frame))]),
        What::FaultsSet { link, faults, .. } => {
            let sentence = if faults.down { words.say_link_cut } else { words.say_faults_set };
            (sentence, vec![("link", link.0.to_string())])
        }
        What::LinkSet { link, rate, delay, .. } => {
            let rate = if *rate == 0 { "∞".to_owned() } else { format!("{} kbit/s", *rate as f64 / 1000.0) };
            let delay = millis(delay.as_nanos() as f64);
            (words.say_link_set, vec![("link", link.0.to_string()), ("rate", rate), ("delay", delay)])
        }
        _ => return None,
    };
    Some(told)
}

/// What a NAT does.
fn translated(words: &'static Words, what: &What) -> Option<Told> {
    let row = |row: &Translation| {
        vec![("inside", row.inside.to_string()), ("outside", row.outside.to_string()), ("peer", row.peer.to_string())]
    };
    Some(match what {
        What::TranslationOpened(entry) => (words.say_translation_opened, row(entry)),
        What::TranslationClosed(entry) => (words.say_translation_closed, row(entry)),
        What::Translated { side, from, to, .. } => {
            let sentence = match side {
                Side::Source => words.say_translated_source,
                Side::Destination => words.say_translated_destination,
            };
            (sentence, vec![("from", from.to_string()), ("to", to.to_string())])
        }
        _ => return None,
    })
}

/// The lines that ran, as far as there is room for them.
fn ran(lines: &[u16]) -> String {
    const SHOWN: usize = 12;
    let hidden = lines.len().saturating_sub(SHOWN);
    let shown = lines[hidden..].iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    if hidden == 0 { shown } else { format!("… {shown}") }
}

fn called(words: &'static Words, call: &Call) -> Told {
    match call {
        Call::Socket(..) => (words.say_socket, vec![]),
        Call::Bind(_, to) => (words.say_bind, vec![("to", to.to_string())]),
        Call::Listen(..) => (words.say_listen, vec![]),
        Call::Accept(_) => (words.say_accept, vec![]),
        Call::Connect(_, to) => (words.say_connect, vec![("to", to.to_string())]),
        Call::Send(_, bytes, _) | Call::SendTo(_, bytes, ..) | Call::Write(_, bytes) => {
            (words.say_send, vec![("n", bytes.len().to_string()), ("bytes", short_bytes(bytes))])
        }
        Call::Recv(..) | Call::RecvFrom(..) | Call::Read(..) => (words.say_recv, vec![]),
        Call::Shutdown(..) => (words.say_shutdown, vec![]),
        Call::Close(_) => (words.say_close, vec![]),
        other => (words.say_call, vec![("call", other.name().to_owned())]),
    }
}

fn returned(model: &Model, called: FactId, result: &Result<Value, Errno>) -> Told {
    let (language, words) = (model.language, model.language.words());
    let call = match model.session.trace.get(called).map(|fact: &Fact| &fact.what) {
        Some(What::Called { call, .. }) => call.name().to_owned(),
        _ => String::new(),
    };
    let call = ("call", call);
    match result {
        Err(errno) => (
            words.say_returned_error,
            vec![call, ("errno", errno.name().to_owned()), ("error", errnos::says(language, *errno).to_owned())],
        ),
        Ok(Value::None) => (words.say_returned_none, vec![call]),
        Ok(Value::Number(n)) => (words.say_returned_number, vec![call, ("n", n.to_string())]),
        Ok(Value::Descriptor(fd) | Value::Pair(fd, _)) => {
            (words.say_returned_descriptor, vec![call, ("n", fd.to_string())])
        }
        Ok(Value::Accepted(_, peer)) => (words.say_returned_accepted, vec![call, ("to", peer.to_string())]),
        Ok(Value::Bytes(bytes)) if bytes.is_empty() => (words.say_returned_end, vec![call]),
        Ok(Value::Bytes(bytes) | Value::Datagram(bytes, _)) => {
            (words.say_returned_bytes, vec![call, ("n", bytes.len().to_string()), ("bytes", short_bytes(bytes))])
        }
        Ok(other) => (words.say_returned_value, vec![call, ("value", other.to_string())]),
    }
}

/// What is published, and what is seen of the real network.
fn outside(model: &Model, words: &'static Words, fact: &Fact) -> Option<Told> {
    Some(match &fact.what {
        What::Published { publication, .. } => {
            (words.say_published, vec![("at", publication.at.to_string()), ("to", publication.to.to_string())])
        }
        What::Unpublished { .. } => (words.say_unpublished, vec![]),
        What::PeerMapped { peer, local, .. } => {
            (words.say_peer_mapped, vec![("peer", peer.to_string()), ("local", local.to_string())])
        }
        What::PeerForgotten { peer, local, .. } => {
            (words.say_peer_forgotten, vec![("peer", peer.to_string()), ("local", local.to_string())])
        }
        What::KernelInfo { info, .. } => {
            let number = |name| info.get(name).map_or_else(|| "–".to_owned(), |value| value.to_string());
            let rtt = info.get("rtt").map_or_else(|| "–".to_owned(), |rtt| millis(rtt as f64 * 1e3));
            (words.say_kernel_info, vec![("rtt", rtt), ("cwnd", number("snd_cwnd")), ("acked", number("bytes_acked"))])
        }
        What::Captured { source, length, .. } => {
            let sentence = match source {
                CaptureSource::Flow { direction: Direction::Received, .. } => words.say_captured_received,
                CaptureSource::Flow { .. } => words.say_captured_sent,
                CaptureSource::Interface(_) => words.telling.say_captured_file,
            };
            let frame = model.session.index.captured(fact.id);
            let end = |node: Option<NodeId>| node.map_or_else(String::new, |node| model.session.name(node).to_owned());
            let mut info = frame.map(|frame| super::frame::words(frame).info).unwrap_or_default();
            if let Some(mark) = frame.and_then(|frame| model.session.index.analysis.mark(frame.id)) {
                info = format!("{info}. {}", mark_words(words, mark));
            }
            let (from, to) = (end(frame.map(|frame| frame.from)), end(frame.map(|frame| frame.to)));
            (sentence, vec![("n", length.to_string()), ("info", info), ("from", from), ("to", to)])
        }
        _ => return None,
    })
}

/// What a captured segment is among those before it.
fn mark_words(words: &'static Words, mark: Mark) -> &'static str {
    let words = &words.telling;
    match mark {
        Mark::Retransmission => words.mark_again,
        Mark::OutOfOrder => words.mark_order,
        Mark::Gap => words.mark_gap,
        Mark::DuplicateAck => words.mark_duplicate,
        Mark::ZeroWindow => words.mark_zero,
        Mark::KeepAlive => words.mark_alive,
    }
}

fn asked(words: &'static Words, nature: Option<Nature>, ask: &Ask) -> Option<Told> {
    Some(match ask {
        Ask::Connect { to, .. } => {
            let sentence = match nature {
                Some(Nature::Udp) => words.say_ask_connect_udp,
                Some(Nature::Unix) => words.say_ask_connect_unix,
                _ => words.say_ask_connect,
            };
            (sentence, vec![("to", real_address(to))])
        }
        Ask::Listen { at, .. } if nature == Some(Nature::Port) => (words.say_ask_bind, vec![("to", at.to_string())]),
        Ask::Listen { at, .. } => (words.say_ask_listen, vec![("to", at.to_string())]),
        Ask::Accept { .. } => (words.say_ask_accept, vec![]),
        Ask::SendTo { to, bytes } => {
            let values = vec![("n", bytes.len().to_string()), ("bytes", short_bytes(bytes)), ("to", to.to_string())];
            (words.say_ask_sendto, values)
        }
        Ask::Send(bytes) => (words.say_ask_send, vec![("n", bytes.len().to_string()), ("bytes", short_bytes(bytes))]),
        Ask::Credit(n) | Ask::Allow(n) => (words.telling.say_credit, vec![("n", n.to_string())]),
        Ask::Shutdown => (words.say_ask_shutdown, vec![]),
        Ask::Reset => (words.say_ask_reset, vec![]),
        Ask::Close => (words.say_ask_close, vec![]),
    })
}

fn answered(language: Language, nature: Option<Nature>, answer: &Answer) -> Option<Told> {
    let words = language.words();
    let with_error =
        |errno: &Errno| vec![("errno", errno.name().to_owned()), ("error", errnos::says(language, *errno).to_owned())];
    Some(match answer {
        Answer::Connected { .. } => {
            let sentence = match nature {
                Some(Nature::Udp) => words.say_answer_ready_udp,
                Some(Nature::Unix) => words.say_answer_ready_unix,
                _ => words.say_answer_connected,
            };
            (sentence, vec![])
        }
        Answer::Refused(errno) => {
            let listens = matches!(nature, Some(Nature::Listener | Nature::Port));
            (if listens { words.say_answer_not_listening } else { words.say_answer_refused }, with_error(errno))
        }
        Answer::Listening { local, .. } => (words.say_answer_listening, vec![("to", local.to_string())]),
        Answer::Accepted { peer, .. } => (words.say_answer_accepted, vec![("peer", peer.to_string())]),
        Answer::Datagram { from, bytes } => {
            let values =
                vec![("n", bytes.len().to_string()), ("bytes", short_bytes(bytes)), ("from", from.to_string())];
            (words.say_answer_datagram, values)
        }
        Answer::Unreachable(errno) => (words.say_answer_unreachable, vec![("errno", errno.name().to_owned())]),
        Answer::Data(bytes) => {
            (words.say_answer_data, vec![("n", bytes.len().to_string()), ("bytes", short_bytes(bytes))])
        }
        // What is seen of the real network is told by facts of its own.
        Answer::Info(_) | Answer::Frame(_) => return None,
        Answer::Credit(n) => (words.telling.say_credit, vec![("n", n.to_string())]),
        Answer::Fin if nature == Some(Nature::Tcp) => (words.say_answer_fin, vec![]),
        Answer::Fin => (words.say_answer_end, vec![]),
        Answer::Reset => (words.say_answer_reset, vec![]),
        Answer::Lost => (words.say_answer_lost, vec![]),
    })
}

/// An ARP packet that asks (RFC 826: operation 1).
fn asks(packet: &[u8]) -> bool {
    packet.get(7) == Some(&1)
}

fn down(words: &Words, protocol: Protocol, header: &[u8]) -> Option<&'static str> {
    Some(match protocol {
        Protocol::Tcp => words.say_tcp_down,
        Protocol::Ipv4 | Protocol::Ipv6 => words.say_ip_down,
        Protocol::Ethernet => words.say_ethernet_down,
        Protocol::Arp if asks(header) => words.say_arp_down,
        Protocol::Arp => words.say_arp_reply_down,
        Protocol::Icmp | Protocol::Icmpv6 | Protocol::Igmp => words.say_icmp_down,
        Protocol::Udp => words.say_udp_down,
        // Programs make these themselves: no layer of the kernel puts them on.
        Protocol::Dhcp | Protocol::Dns | Protocol::Http | Protocol::Data => return None,
    })
}

fn up(words: &Words, protocol: Protocol, header: &[u8]) -> Option<&'static str> {
    Some(match protocol {
        Protocol::Tcp => words.say_tcp_up,
        Protocol::Ipv4 | Protocol::Ipv6 => words.say_ip_up,
        Protocol::Ethernet => words.say_ethernet_up,
        Protocol::Arp if asks(header) => words.say_arp_up,
        Protocol::Arp => words.say_arp_reply_up,
        Protocol::Icmp | Protocol::Icmpv6 | Protocol::Igmp => words.say_icmp_up,
        Protocol::Udp => words.say_udp_up,
        // Programs make these themselves: no layer of the kernel puts them on.
        Protocol::Dhcp | Protocol::Dns | Protocol::Http | Protocol::Data => return None,
    })
}

/// The control bits of a TCP header, as Wireshark writes them; nothing for other headers.
fn flags(protocol: Protocol, header: &[u8]) -> String {
    match (protocol, header.get(13)) {
        (Protocol::Tcp, Some(bits)) => format!("[{}]", flag_names(tcp::Flags(*bits)).join(", ")),
        _ => String::new(),
    }
}

/// Why a frame was dropped, in words.
pub fn drop_reason(words: &Words, why: DropReason) -> &'static str {
    match why {
        DropReason::Loss => words.drop_loss,
        DropReason::QueueFull => words.drop_queue_full,
        DropReason::LinkDown => words.drop_link_down,
        DropReason::ByHand => words.drop_by_hand,
        DropReason::FrameCheck => words.drop_frame_check,
        DropReason::SamePort => words.drop_same_port,
        DropReason::NotTranslated => words.drop_not_translated,
        DropReason::NatFull => words.drop_nat_full,
        DropReason::NotOurMac => words.drop_not_our_mac,
        DropReason::NotOurAddress => words.drop_not_our_address,
        DropReason::Malformed => words.drop_malformed,
        DropReason::Checksum => words.drop_checksum,
        DropReason::UnknownProtocol => words.drop_unknown_protocol,
        DropReason::NoNeighbour => words.drop_no_neighbour,
        DropReason::NoRoute => words.drop_no_route,
        DropReason::NoSocket => words.drop_no_socket,
        DropReason::BufferFull => words.drop_buffer_full,
        DropReason::NotAcceptable => words.drop_not_acceptable,
        DropReason::BacklogFull => words.drop_backlog_full,
        DropReason::TtlExceeded => words.drop_ttl,
        DropReason::TooBig => words.drop_too_big,
        DropReason::FragmentOverlap => words.drop_fragment_overlap,
        DropReason::ReassemblyTime => words.drop_reassembly_time,
        DropReason::RealNetwork => words.drop_real_network,
    }
}

pub(super) fn event(words: &Words, why: TcpEvent) -> &'static str {
    match why {
        TcpEvent::Listen => words.event_listen,
        TcpEvent::Connect => words.event_connect,
        TcpEvent::SynReceived => words.event_syn,
        TcpEvent::SynAckReceived => words.event_syn_ack,
        TcpEvent::AckOfSyn => words.event_ack_of_syn,
        TcpEvent::Close => words.event_close,
        TcpEvent::FinReceived => words.event_fin,
        TcpEvent::AckOfFin => words.event_ack_of_fin,
        TcpEvent::RstReceived => words.event_rst,
        TcpEvent::Abort => words.event_abort,
        TcpEvent::TimedOut => words.event_timed_out,
        TcpEvent::TimeWaitOver => words.event_time_wait_over,
        TcpEvent::Unreachable => words.event_unreachable,
    }
}

/// The name of a timer.
pub fn timer_name(words: &Words, timer: TimerKind) -> &'static str {
    match timer {
        TimerKind::Neighbour => words.timer_neighbour,
        TimerKind::Retransmission => words.timer_retransmission,
        TimerKind::LossProbe => words.timer_loss_probe,
        TimerKind::Reordering => words.timer_reordering,
        TimerKind::Persist => words.timer_persist,
        TimerKind::DelayedAck => words.timer_delayed_ack,
        TimerKind::AckCompression => words.timer_ack_compression,
        TimerKind::KeepAlive => words.timer_keep_alive,
        TimerKind::TimeWait => words.timer_time_wait,
    }
}

/// A span of nanoseconds in the unit that suits it.
pub fn millis(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n >= 1e9 => (n / 1e9, "s"),
        n if n >= 1e6 => (n / 1e6, "ms"),
        n if n >= 1e3 => (n / 1e3, "µs"),
        n => (n, "ns"),
    };
    let digits = match value {
        v if v >= 100.0 || v.fract().abs() < 1e-9 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {unit}")
}
