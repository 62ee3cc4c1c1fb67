//! Facts as JSON Lines, for other programs. `cli/TRACE.md` describes the lines; names there do not change.
//!
//! The format has types of its own, so that facts can change without breaking programs that read it. The command line and the page write
//! the same lines; a library for JSON would make the page bigger by more than these lines are.
//!
//! Absent on purpose: reading it back.

mod object;
mod settings;

use std::time::Duration;

use sim_core::gateway::{Direction, LinkType, Publication};
use sim_core::program::Output;
use sim_core::scenario::Address;
use sim_core::trace::{
    self, CaptureSource, Fact, LinkId, NatProtocol, NodeId, Place, Side, TcpVars, TimerChange, What,
};

use sim_core::wire::ethernet::MacText;

use object::Object;

/// Adds a fact and the end of its line to a text. `nodes` are the names of the nodes.
pub fn write(out: &mut String, fact: &Fact, nodes: &[String]) {
    let mut line = Object::new(out);
    line.number("id", fact.id.0.into());
    line.number("at_ns", fact.at.as_nanos());
    line.text("node", name(nodes, fact.node));
    line.maybe("cause", fact.cause.map(|cause| cause.0.into()));
    line.text("kind", kind(&fact.what));
    let mut fields = line.object("fields");
    write_fields(&mut fields, &fact.what, nodes);
    fields.end();
    if let Some(bytes) = bytes(&fact.what) {
        line.hexadecimal("bytes", bytes);
    }
    line.end();
    out.push('\n');
}

fn name(nodes: &[String], node: NodeId) -> &str {
    nodes.get(usize::from(node.0)).map_or("", String::as_str)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn kind(what: &What) -> &'static str {
    match what {
        What::Started { .. } => "started",
        What::Ran { .. } => "ran",
        What::Typed { .. } => "typed",
        What::Called { .. } => "called",
        What::Returned { .. } => "returned",
        What::Printed { .. } => "printed",
        What::Exited { .. } => "exited",
        What::Killed { .. } => "killed",
        What::Encapsulated { .. } => "encapsulated",
        What::Decapsulated { .. } => "decapsulated",
        What::Sent { .. } => "sent",
        What::Duplicated { .. } => "duplicated",
        What::Captured { .. } => "captured",
        What::Dropped { .. } => "dropped",
        What::Delivered { .. } => "delivered",
        What::Neighbour { .. } => "neighbour",
        What::TcpState { .. } => "tcp_state",
        What::TcpVars { .. } => "tcp_vars",
        What::Timer { .. } => "timer",
        What::Published { .. } => "published",
        What::Unpublished { .. } => "unpublished",
        What::PeerMapped { .. } => "peer_mapped",
        What::PeerForgotten { .. } => "peer_forgotten",
        What::KernelInfo { .. } => "kernel_info",
        What::Asked { .. } => "asked",
        What::Answered { .. } => "answered",
        What::TranslationOpened(_) => "translation_opened",
        What::TranslationClosed(_) => "translation_closed",
        What::Translated { .. } => "translated",
        What::Learned { .. } => "learned",
        What::Forgotten { .. } => "forgotten",
        What::Switched { .. } => "switched",
        What::FaultsSet { .. } => "faults_set",
        What::LinkSet { .. } => "link_set",
        What::HostSet { .. } => "host_set",
        What::Address { .. } => "address",
        What::Route { .. } => "route",
        What::Reassembled { .. } => "reassembled",
    }
}

fn bytes(what: &What) -> Option<&[u8]> {
    match what {
        What::Encapsulated { header: bytes, .. }
        | What::Decapsulated { header: bytes, .. }
        | What::Sent { bytes, .. }
        | What::Duplicated { bytes, .. }
        | What::Captured { bytes, .. }
        | What::Dropped { bytes, .. }
        | What::Returned { result: Ok(trace::Value::Bytes(bytes) | trace::Value::Datagram(bytes, _)), .. } => {
            Some(bytes)
        }
        _ => None,
    }
}

/// The fields of a kind, in the order of their names.
fn write_fields(fields: &mut Object<'_>, what: &What, nodes: &[String]) {
    match what {
        What::Started { .. }
        | What::Ran { .. }
        | What::Typed { .. }
        | What::Called { .. }
        | What::Returned { .. }
        | What::Printed { .. }
        | What::Exited { .. }
        | What::Killed { .. } => of_process(fields, what),
        What::TcpState { .. } | What::TcpVars { .. } | What::Timer { .. } => of_state(fields, what),
        What::Neighbour { .. } | What::Address { .. } | What::Route { .. } | What::Reassembled { .. } => {
            of_network(fields, what);
        }
        What::Encapsulated { layer, protocol, payload, .. } => {
            fields.number("layer", layer.number().into());
            fields.number("payload", *payload as u64);
            fields.text("protocol", protocol.name());
        }
        What::Decapsulated { layer, protocol, frame, payload, .. } => {
            fields.number("frame", frame.0);
            fields.number("layer", layer.number().into());
            fields.number("payload", *payload as u64);
            fields.text("protocol", protocol.name());
        }
        What::Sent { .. } | What::Duplicated { .. } | What::Delivered { .. } | What::Dropped { .. } => {
            of_link(fields, what, nodes);
        }
        What::Captured { source, length, .. } => captured(fields, *source, *length),
        What::Published { .. }
        | What::Unpublished { .. }
        | What::PeerMapped { .. }
        | What::PeerForgotten { .. }
        | What::KernelInfo { .. }
        | What::Asked { .. }
        | What::Answered { .. } => of_gateway(fields, what),
        What::TranslationOpened(_)
        | What::TranslationClosed(_)
        | What::Translated { .. }
        | What::Learned { .. }
        | What::Forgotten { .. }
        | What::Switched { .. } => of_device(fields, what),
        What::FaultsSet { .. } | What::LinkSet { .. } | What::HostSet { .. } => settings::write(fields, what),
    }
}

fn of_device(fields: &mut Object<'_>, what: &What) {
    match what {
        What::TranslationOpened(row) | What::TranslationClosed(row) => {
            fields.shown("inside", &row.inside);
            fields.shown("outside", &row.outside);
            fields.shown("peer", &row.peer);
            let protocol = match row.protocol {
                NatProtocol::Tcp => "tcp",
                NatProtocol::Udp => "udp",
                NatProtocol::Echo => "echo",
            };
            fields.text("protocol", protocol);
        }
        What::Translated { frame, side, from, to, kept } => {
            fields.number("frame", frame.0);
            fields.shown("from", from);
            let side = match side {
                Side::Source => "source",
                Side::Destination => "destination",
            };
            if let Some((peer, _)) = kept {
                fields.shown("peer", peer);
            }
            fields.text("side", side);
            fields.shown("to", to);
            if let Some((_, until)) = kept {
                fields.number("until_ns", until.as_nanos());
            }
        }
        What::Learned { mac, port } | What::Forgotten { mac, port } => {
            fields.shown("mac", &MacText(*mac));
            fields.number("port", (*port).into());
        }
        What::Switched { frame, port } => {
            fields.number("frame", frame.0);
            fields.maybe("port", port.map(u64::from));
        }
        _ => {}
    }
}

fn of_network(fields: &mut Object<'_>, what: &What) {
    let prefix = |address: &Address| format!("{}/{}", address.ip, address.prefix);
    match what {
        What::Neighbour { address, state } => {
            fields.shown("address", address);
            fields.shown("state", state);
        }
        What::Address { interface, address, state } => {
            fields.text("address", &prefix(address));
            fields.number("interface", (*interface).into());
            fields.shown("state", &format_args!("{state:?}"));
        }
        What::Route { interface, to, via, change } => {
            fields.shown("change", &format_args!("{change:?}"));
            fields.number("interface", (*interface).into());
            fields.text("to", &prefix(to));
            match via {
                Some(via) => fields.shown("via", via),
                None => fields.maybe("via", None),
            }
        }
        What::Reassembled { fragments, length } => {
            fields.number("fragments", *fragments as u64);
            fields.number("length", *length as u64);
        }
        _ => {}
    }
}

fn of_link(fields: &mut Object<'_>, what: &What, nodes: &[String]) {
    match what {
        What::Sent { link, to, frame, arrives_at, .. } => {
            fields.number("arrives_at_ns", arrives_at.as_nanos());
            fields.number("frame", frame.0);
            fields.number("link", link.0.into());
            fields.text("to", name(nodes, *to));
        }
        What::Duplicated { link, to, frame, of, arrives_at, .. } => {
            fields.number("arrives_at_ns", arrives_at.as_nanos());
            fields.number("frame", frame.0);
            fields.number("link", link.0.into());
            fields.number("of", of.0);
            fields.text("to", name(nodes, *to));
        }
        What::Delivered { link, from, frame } => {
            fields.number("frame", frame.0);
            fields.text("from", name(nodes, *from));
            fields.number("link", link.0.into());
        }
        What::Dropped { frame, place, why, .. } => {
            let number = |link: &LinkId| Some(u64::from(link.0));
            let (place, link, layer) = match place {
                Place::Queue(link) => ("queue", number(link), None),
                Place::Wire(link) => ("wire", number(link), None),
                Place::Layer(layer) => ("layer", None, Some(layer.number().into())),
            };
            fields.maybe("frame", frame.map(|frame| frame.0));
            fields.maybe("layer", layer);
            fields.maybe("link", link);
            fields.text("place", place);
            fields.shown("why", &format_args!("{why:?}"));
        }
        _ => {}
    }
}

fn captured(fields: &mut Object<'_>, source: CaptureSource, length: u32) {
    match source {
        CaptureSource::Interface(interface) => {
            fields.number("interface", interface.into());
            fields.number("length", length.into());
        }
        CaptureSource::Flow { flow, direction, link_type, lost } => {
            let direction = match direction {
                Direction::Sent => "sent",
                Direction::Received => "received",
            };
            let link_type = match link_type {
                LinkType::Ethernet => "ethernet",
                LinkType::Ip => "ip",
            };
            fields.text("direction", direction);
            fields.number("flow", flow.0.into());
            fields.number("length", length.into());
            fields.text("link_type", link_type);
            fields.number("lost", lost.into());
        }
    }
}

fn of_gateway(fields: &mut Object<'_>, what: &What) {
    match what {
        What::Published { flow, publication: Publication { kind, at, to, backlog } } => {
            fields.shown("at", at);
            fields.number("backlog", (*backlog).into());
            fields.shown("carries", kind);
            fields.number("flow", flow.0.into());
            fields.shown("to", to);
        }
        What::Unpublished { flow } => fields.number("flow", flow.0.into()),
        What::PeerMapped { flow, peer, local } | What::PeerForgotten { flow, peer, local } => {
            fields.number("flow", flow.0.into());
            fields.shown("local", local);
            fields.shown("peer", peer);
        }
        What::KernelInfo { flow, info } => {
            fields.number("flow", flow.0.into());
            let mut known: Vec<_> = info.fields.iter().map(|(field, value)| (field.to_string(), *value)).collect();
            known.sort();
            let mut info = fields.object("info");
            known.iter().for_each(|(name, value)| info.number(name, *value));
            info.end();
        }
        What::Asked { flow, .. } | What::Answered { flow, .. } => {
            fields.number("flow", flow.0.into());
            fields.shown("text", what);
        }
        _ => {}
    }
}

fn of_process(fields: &mut Object<'_>, what: &What) {
    match what {
        What::Started { process, program, thread } => {
            fields.number("process", process.0.into());
            fields.text("program", program);
            if let Some(thread) = thread {
                fields.text("thread", &thread.name);
                fields.number("thread_of", thread.of.0.into());
            }
        }
        What::Ran { process, lines, skipped } => {
            fields.numbers("lines", lines.iter().map(|line| u64::from(*line)));
            fields.number("process", process.0.into());
            fields.number("skipped", (*skipped).into());
        }
        What::Typed { process, text, end } => {
            fields.flag("end", *end);
            fields.number("process", process.0.into());
            fields.text("text", text);
        }
        What::Called { process, line, call } => {
            let call = call.to_string();
            fields.text("call", &call);
            fields.number("line", (*line).into());
            fields.text("name", call.split('(').next().unwrap_or_default());
            fields.number("process", process.0.into());
        }
        What::Returned { process, line, called, result } => {
            fields.number("called", called.0.into());
            match result {
                Ok(_) => fields.maybe("error", None),
                Err(error) => fields.text("error", error.name()),
            }
            fields.number("line", (*line).into());
            fields.number("process", process.0.into());
            match result {
                Ok(value) => fields.shown("value", value),
                Err(_) => fields.maybe("value", None),
            }
        }
        What::Printed { process, line, text, stream, ended } => {
            fields.flag("ended", *ended);
            fields.number("line", (*line).into());
            fields.number("process", process.0.into());
            fields.text("stream", if *stream == Output::Err { "stderr" } else { "stdout" });
            fields.text("text", text);
        }
        What::Exited { process, line, error, status } => {
            match error {
                Some(error) => fields.text("error", error.name()),
                None => fields.maybe("error", None),
            }
            fields.number("line", (*line).into());
            fields.number("process", process.0.into());
            fields.number("status", (*status).into());
        }
        What::Killed { process } => fields.number("process", process.0.into()),
        _ => {}
    }
}

fn of_state(fields: &mut Object<'_>, what: &What) {
    match what {
        What::TcpState { socket, local, peer, from, to, why } => {
            fields.text("from", from.name());
            fields.shown("local", local);
            fields.shown("peer", peer);
            fields.number("socket", socket.0.into());
            fields.text("to", to.name());
            fields.shown("why", &format_args!("{why:?}"));
        }
        What::TcpVars { socket, vars } => variables(fields, socket.0, vars),
        What::Timer { socket, timer, change } => {
            let (change, due) = match change {
                TimerChange::Armed(due) => ("armed", Some(due.as_nanos())),
                TimerChange::Fired => ("fired", None),
                TimerChange::Cancelled => ("cancelled", None),
            };
            fields.text("change", change);
            fields.maybe("due_ns", due);
            fields.maybe("socket", socket.map(|socket| socket.0.into()));
            fields.shown("timer", &format_args!("{timer:?}"));
        }
        _ => {}
    }
}

fn variables(fields: &mut Object<'_>, socket: u32, vars: &TcpVars) {
    for (name, value) in [
        ("cwnd", vars.cwnd.into()),
        ("irs", vars.irs.into()),
        ("iss", vars.iss.into()),
        ("rcv_nxt", vars.rcv_nxt.into()),
        ("rcv_wnd", vars.rcv_wnd.into()),
        ("receive_queue", vars.receive_queue.into()),
        ("receive_space", vars.receive_space.into()),
        ("rto_ns", nanos(vars.rto)),
        ("rttvar_ns", nanos(vars.rttvar)),
        ("send_queue", vars.send_queue.into()),
        ("send_space", vars.send_space.into()),
        ("snd_nxt", vars.snd_nxt.into()),
        ("snd_una", vars.snd_una.into()),
        ("snd_wnd", vars.snd_wnd.into()),
        ("socket", socket.into()),
        ("srtt_ns", nanos(vars.srtt)),
        ("ssthresh", vars.ssthresh.into()),
    ] {
        fields.number(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::gateway::{FlowId, FlowKind, InfoField, KernelInfo};
    use sim_core::scenario::{Faults, HostSettings};
    use sim_core::time::Instant;
    use sim_core::trace::{FactId, FrameId};

    fn line(what: What) -> String {
        let fact = Fact { id: FactId(3), at: Instant::from_millis(1), node: NodeId(0), cause: Some(FactId(2)), what };
        let mut out = String::new();
        write(&mut out, &fact, &["gateway".to_owned()]);
        out.trim_end().replace("\"at_ns\":1000000,\"node\":\"gateway\",", "")
    }

    #[test]
    fn what_a_gateway_tells() {
        let flow = FlowId(7);
        let (real, lab) = (([127, 0, 0, 1], 8080).into(), ([10, 0, 2, 15], 80).into());
        let publication = Publication { kind: FlowKind::Stream, at: real, to: lab, backlog: 5 };
        assert_eq!(
            line(What::Published { flow, publication }),
            r#"{"id":3,"cause":2,"kind":"published","fields":{"at":"127.0.0.1:8080","backlog":5,"carries":"stream","flow":7,"to":"10.0.2.15:80"}}"#
        );
        assert_eq!(
            line(What::PeerMapped { flow, peer: real.into(), local: lab }),
            r#"{"id":3,"cause":2,"kind":"peer_mapped","fields":{"flow":7,"local":"10.0.2.15:80","peer":"127.0.0.1:8080"}}"#
        );
        let info = KernelInfo { fields: [(InfoField(12), 345), (InfoField(200), 1)].into() };
        assert_eq!(
            line(What::KernelInfo { flow, info }),
            r#"{"id":3,"cause":2,"kind":"kernel_info","fields":{"flow":7,"info":{"field200":1,"rtt":345}}}"#
        );
        let source = CaptureSource::Flow { flow, direction: Direction::Received, link_type: LinkType::Ip, lost: 2 };
        assert_eq!(
            line(What::Captured { source, bytes: [0x45, 0].into(), length: 1500 }),
            r#"{"id":3,"cause":2,"kind":"captured","fields":{"direction":"received","flow":7,"length":1500,"link_type":"ip","lost":2},"bytes":"4500"}"#
        );
    }

    #[test]
    fn what_was_set_has_its_fields() {
        let (delay, jitter) = (Duration::from_millis(2), Duration::ZERO);
        let set = What::LinkSet { link: LinkId(4), rate: 1_000, delay, jitter, queue: 8 };
        assert_eq!(
            line(set),
            r#"{"id":3,"cause":2,"kind":"link_set","fields":{"delay_ns":2000000,"jitter_ns":0,"link":4,"queue":8,"rate":1000}}"#
        );
        let faults = Faults { loss_ppm: 10_000, lose: vec![2, 7], late: vec![delay], ..Faults::default() };
        assert_eq!(
            line(What::FaultsSet { link: LinkId(4), end: 1, faults: faults.into() }),
            r#"{"id":3,"cause":2,"kind":"faults_set","fields":{"arrive_ns":[],"burst":0,"corrupt":[],"corrupt_ppm":0,"down":false,"duplicate":[],"duplicate_ppm":0,"end":1,"late_ns":[2000000],"link":4,"lose":[2,7],"loss_ppm":10000,"reorder":[],"reorder_by_ns":0,"reorder_ppm":0}}"#
        );
        let settings = HostSettings { nagle: false, max_segment: Some(536), delayed_ack: None, ..HostSettings::LINUX };
        let line = line(What::HostSet { settings });
        for field in [
            r#""kind":"host_set""#,
            r#""nagle":false"#,
            r#""max_segment":536"#,
            r#""delayed_ack_ns":null"#,
            r#""ttl":64"#,
        ] {
            assert!(line.contains(field), "{field} {line}");
        }
    }

    #[test]
    fn devices_and_networks_tell_their_fields() {
        let known = [
            (
                What::Learned { mac: [2, 0, 0, 0, 0, 9], port: 3 },
                r#""kind":"learned","fields":{"mac":"02:00:00:00:00:09","port":3}"#,
            ),
            (What::Switched { frame: FrameId(5), port: None }, r#""kind":"switched","fields":{"frame":5,"port":null}"#),
            (
                What::Reassembled { fragments: 3, length: 4_000 },
                r#""kind":"reassembled","fields":{"fragments":3,"length":4000}"#,
            ),
        ];
        for (what, wanted) in known {
            let line = line(what);
            assert!(line.contains(wanted), "{line}");
        }
    }

    #[test]
    fn a_text_is_json_whatever_it_holds() {
        let what = What::Printed {
            process: trace::ProcessId(0),
            line: 1,
            text: "\"哈\\\n\u{1}\u{1f}\u{7f}".into(),
            stream: Output::Err,
            ended: false,
        };
        assert_eq!(
            line(what),
            "{\"id\":3,\"cause\":2,\"kind\":\"printed\",\"fields\":{\"ended\":false,\"line\":1,\"process\":0,\"stream\":\"stderr\",\"text\":\"\\\"哈\\\\\\n\\u0001\\u001f\u{7f}\"}}"
        );
    }
}
