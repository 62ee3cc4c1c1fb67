//! Facts as text: one line each, complete and stable, so that equal text means an equal trace.
//!
//! Header bytes are written in hexadecimal. A frame is written as tcpdump would, with a hash of its bytes: so a change of any
//! byte changes the line. The format is for people and hashes; nobody parses it.
//!
//! Absent on purpose: translated words.

use core::fmt;

use crate::gateway::{Answer, Ask, Direction, KernelInfo, LinkType, Publication};
use crate::program::Output;
use crate::wire::ethernet::MacText;

use super::{CaptureSource, Fact, Fnv, NeighbourState, Place, ProcessId, TcpVars, TimerChange, Translation, What};

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{} {} n{} ", self.id.0, self.at, self.node.0)?;
        match self.cause {
            Some(cause) => write!(f, "<#{} ", cause.0)?,
            None => write!(f, "<- ")?,
        }
        write!(f, "{}", self.what)
    }
}

/// Processes are written `p0`, threads besides the first of a process `t0`.
impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(ProcessId::FIRST_THREAD.0) {
            None => write!(f, "p{}", self.0),
            Some(thread) => write!(f, "t{thread}"),
        }
    }
}

/// Bytes in hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Bytes of any number: how many, and their hash.
struct Bytes<'a>(&'a [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hash = Fnv::default();
        hash.write(self.0);
        write!(f, "{} bytes {:016x}", self.0.len(), hash.0)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Started { .. }
            | What::Ran { .. }
            | What::Typed { .. }
            | What::Called { .. }
            | What::Returned { .. }
            | What::Printed { .. }
            | What::Exited { .. }
            | What::Killed { .. } => self.process_text(f),
            What::Encapsulated { layer, protocol, header, payload } => {
                write!(f, "Encapsulated L{} {} {} +{payload}", layer.number(), protocol.name(), Hex(header))
            }
            What::Decapsulated { layer, protocol, frame, header, payload } => {
                let number = layer.number();
                write!(f, "Decapsulated L{number} {} frame {} {} +{payload}", protocol.name(), frame.0, Hex(header))
            }
            What::Sent { link, to, frame, bytes, sent_at, arrives_at } => {
                write!(f, "Sent link{} to n{} frame {} at {sent_at} ", link.0, to.0, frame.0)?;
                write!(f, "arrives {arrives_at} {} {}", Bytes(bytes), crate::dissect::summary(bytes))
            }
            What::Duplicated { link, to, frame, of, bytes, sent_at, arrives_at } => {
                write!(f, "Duplicated link{} to n{} frame {} of {} at {sent_at} ", link.0, to.0, frame.0, of.0)?;
                write!(f, "arrives {arrives_at} {} {}", Bytes(bytes), crate::dissect::summary(bytes))
            }
            What::TranslationOpened(row) => write!(f, "TranslationOpened {row}"),
            What::TranslationClosed(row) => write!(f, "TranslationClosed {row}"),
            What::Translated { frame, side, from, to, .. } => {
                write!(f, "Translated frame {} {side:?} {from} -> {to}", frame.0)
            }
            What::Learned { .. }
            | What::Forgotten { .. }
            | What::Switched { .. }
            | What::FaultsSet { .. }
            | What::LinkSet { .. } => self.link_text(f),
            What::HostSet { settings } => write!(f, "HostSet {settings}"),
            What::Dropped { frame, place, why, bytes } => {
                write!(f, "Dropped {why:?} at {place} ")?;
                match frame {
                    Some(frame) => write!(f, "frame {} {}", frame.0, Bytes(bytes)),
                    None => write!(f, "no frame {}", Bytes(bytes)),
                }
            }
            What::Captured { source, bytes, length } => {
                write!(f, "Captured {source} of {length} {}", Bytes(bytes))?;
                match source {
                    // Only frames with an Ethernet header can be summed up.
                    CaptureSource::Flow { link_type: LinkType::Ip, .. } => Ok(()),
                    _ => write!(f, " {}", crate::dissect::summary(bytes)),
                }
            }
            What::Delivered { link, from, frame } => {
                write!(f, "Delivered link{} from n{} frame {}", link.0, from.0, frame.0)
            }
            What::Reassembled { fragments, length } => write!(f, "Reassembled {length} bytes of {fragments} fragments"),
            What::Address { interface, address, state } => {
                write!(f, "Address if{interface} {}/{} {state:?}", address.ip, address.prefix)
            }
            What::Route { interface, to, via, change } => {
                write!(f, "Route if{interface} {}/{} ", to.ip, to.prefix)?;
                match via {
                    Some(via) => write!(f, "via {via} {change:?}"),
                    None => write!(f, "on link {change:?}"),
                }
            }
            What::Neighbour { address, state } => write!(f, "Neighbour {address} {state}"),
            What::TcpState { socket, local, peer, from, to, why } => {
                write!(f, "TcpState s{} {local} {peer} {} -> {} {why:?}", socket.0, from.name(), to.name())
            }
            What::TcpVars { socket, vars } => write!(f, "TcpVars s{} {vars}", socket.0),
            What::Timer { socket, timer, change } => match socket {
                Some(socket) => write!(f, "Timer s{} {timer:?} {change}", socket.0),
                None => write!(f, "Timer {timer:?} {change}"),
            },
            What::Published { .. }
            | What::Unpublished { .. }
            | What::PeerMapped { .. }
            | What::PeerForgotten { .. }
            | What::KernelInfo { .. }
            | What::Asked { .. }
            | What::Answered { .. } => self.gateway_text(f),
        }
    }
}

impl What {
    fn link_text(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Learned { mac, port } => write!(f, "Learned {} at port {port}", MacText(*mac)),
            What::Forgotten { mac, port } => write!(f, "Forgotten {} at port {port}", MacText(*mac)),
            What::Switched { frame, port: Some(port) } => write!(f, "Switched frame {} to port {port}", frame.0),
            What::Switched { frame, port: None } => write!(f, "Switched frame {} to all other ports", frame.0),
            What::FaultsSet { link, end, faults } => write!(f, "FaultsSet link{} end {end} {faults:?}", link.0),
            What::LinkSet { link, rate, delay, jitter, queue } => {
                let (delay, jitter) = (delay.as_nanos(), jitter.as_nanos());
                write!(f, "LinkSet link{} rate {rate} delay {delay}ns jitter {jitter}ns queue {queue}", link.0)
            }
            _ => unreachable!("only facts of links and switches come here"),
        }
    }

    fn gateway_text(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Published { flow, publication } => write!(f, "Published f{} {publication}", flow.0),
            What::Unpublished { flow } => write!(f, "Unpublished f{}", flow.0),
            What::PeerMapped { flow, peer, local } => write!(f, "PeerMapped f{} {peer} as {local}", flow.0),
            What::PeerForgotten { flow, peer, local } => write!(f, "PeerForgotten f{} {peer} as {local}", flow.0),
            What::KernelInfo { flow, info } => write!(f, "KernelInfo f{}{info}", flow.0),
            What::Asked { flow, ask } => write!(f, "Asked f{} {}", flow.0, AskText(ask)),
            What::Answered { flow, answer } => write!(f, "Answered f{} {}", flow.0, AnswerText(answer)),
            _ => unreachable!("only facts of gateways come here"),
        }
    }

    fn process_text(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Started { process, program, thread: None } => write!(f, "Started {process} {program}"),
            What::Started { process, program, thread: Some(thread) } => {
                write!(f, "Started {process} {program} thread of {} {}", thread.of, thread.name)
            }
            What::Ran { process, lines, skipped } => {
                write!(f, "Ran {process} lines")?;
                lines.iter().try_for_each(|line| write!(f, " {line}"))?;
                if *skipped == 0 { Ok(()) } else { write!(f, " after {skipped}") }
            }
            What::Typed { process, text, end } => {
                write!(f, "Typed {process} {text:?}{}", if *end { " end" } else { "" })
            }
            What::Called { process, line, call } => {
                write!(f, "Called {process} line {line} {call}")
            }
            What::Returned { process, line, called, result } => {
                write!(f, "Returned {process} line {line} of #{} ", called.0)?;
                match result {
                    Ok(value) => write!(f, "{value}"),
                    Err(error) => write!(f, "{}", error.name()),
                }
            }
            What::Printed { process, line, text, stream, ended } => {
                let stream = match stream {
                    Output::Out => "",
                    Output::Err => " to stderr",
                };
                let open = if *ended { "" } else { " without end" };
                write!(f, "Printed {process} line {line}{stream}{open} {text}")
            }
            What::Exited { process, line, error, status } => {
                write!(f, "Exited {process} line {line}")?;
                if let Some(error) = error {
                    write!(f, " {}", error.name())?;
                }
                if *status == u8::from(error.is_some()) { Ok(()) } else { write!(f, " status {status}") }
            }
            What::Killed { process } => write!(f, "Killed {process}"),
            _ => unreachable!("only facts of processes come here"),
        }
    }
}

impl fmt::Display for Translation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Translation { protocol, inside, outside, peer } = self;
        write!(f, "{protocol:?} {inside} as {outside} with {peer}")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Queue(link) => write!(f, "queue of link{}", link.0),
            Place::Wire(link) => write!(f, "wire of link{}", link.0),
            Place::Layer(layer) => write!(f, "L{}", layer.number()),
        }
    }
}

impl fmt::Display for NeighbourState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NeighbourState::Incomplete => f.write_str("incomplete"),
            NeighbourState::Reachable(mac) => write!(f, "reachable {}", MacText(*mac)),
            NeighbourState::Stale(mac) => write!(f, "stale {}", MacText(*mac)),
            NeighbourState::Probe(mac) => write!(f, "probe {}", MacText(*mac)),
            NeighbourState::Permanent(mac) => write!(f, "permanent {}", MacText(*mac)),
            NeighbourState::Failed => f.write_str("failed"),
        }
    }
}

impl fmt::Display for TimerChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TimerChange::Armed(at) => write!(f, "armed {at}"),
            TimerChange::Fired => f.write_str("fired"),
            TimerChange::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl fmt::Display for TcpVars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TcpVars { iss, irs, snd_una, snd_nxt, snd_wnd, rcv_nxt, rcv_wnd, cwnd, ssthresh, .. } = self;
        write!(f, "iss {iss} irs {irs} una {snd_una} nxt {snd_nxt} wnd {snd_wnd} rcv_nxt {rcv_nxt} ")?;
        write!(f, "rcv_wnd {rcv_wnd} cwnd {cwnd} ssthresh {ssthresh} ")?;
        let TcpVars { recovery, unacked, sacked, lost, retrans, .. } = self;
        write!(f, "{recovery:?} unacked {unacked} sacked {sacked} lost {lost} retrans {retrans} ")?;
        let (srtt, rttvar, rto) = (self.srtt.as_nanos(), self.rttvar.as_nanos(), self.rto.as_nanos());
        let TcpVars { send_queue, receive_queue, send_space, receive_space, .. } = self;
        write!(f, "srtt {srtt}ns rttvar {rttvar}ns rto {rto}ns ")?;
        write!(f, "sq {send_queue} of {send_space} rq {receive_queue} of {receive_space}")
    }
}

impl fmt::Display for Publication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Publication { kind, at, to, backlog } = self;
        write!(f, "{kind} {at} to {to} backlog {backlog}")
    }
}

impl fmt::Display for KernelInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.iter().try_for_each(|(field, value)| write!(f, " {field} {value}"))
    }
}

impl fmt::Display for CaptureSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaptureSource::Interface(interface) => write!(f, "i{interface}"),
            CaptureSource::Flow { flow, direction, link_type, lost } => {
                let way = match direction {
                    Direction::Sent => "sent",
                    Direction::Received => "received",
                };
                write!(f, "f{} {way} {link_type:?} after {lost} lost", flow.0)
            }
        }
    }
}

struct AskText<'a>(&'a Ask);

impl fmt::Display for AskText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ask::Connect { kind, to, credit } => write!(f, "connect {kind} {to} credit {credit}"),
            Ask::Listen { kind, at, backlog, credit } => {
                write!(f, "listen {kind} {at} backlog {backlog} credit {credit}")
            }
            Ask::Allow(connections) => write!(f, "allow {connections}"),
            Ask::Accept { connection, credit } => write!(f, "accept {connection} credit {credit}"),
            Ask::Send(bytes) => write!(f, "send {}", Bytes(bytes)),
            Ask::SendTo { to, bytes } => write!(f, "sendto {to} {}", Bytes(bytes)),
            Ask::Credit(credit) => write!(f, "credit {credit}"),
            Ask::Shutdown => f.write_str("shutdown"),
            Ask::Reset => f.write_str("reset"),
            Ask::Close => f.write_str("close"),
        }
    }
}

struct AnswerText<'a>(&'a Answer);

impl fmt::Display for AnswerText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Answer::Connected { credit } => write!(f, "connected credit {credit}"),
            Answer::Refused(error) => write!(f, "refused {}", error.name()),
            Answer::Listening { local, credit } => write!(f, "listening {local} credit {credit}"),
            Answer::Accepted { connection, peer, credit } => {
                write!(f, "accepted {connection} from {peer} credit {credit}")
            }
            Answer::Data(bytes) => write!(f, "data {}", Bytes(bytes)),
            Answer::Datagram { from, bytes } => write!(f, "datagram from {from} {}", Bytes(bytes)),
            Answer::Unreachable(error) => write!(f, "unreachable {}", error.name()),
            Answer::Credit(credit) => write!(f, "credit {credit}"),
            Answer::Fin => f.write_str("fin"),
            Answer::Reset => f.write_str("reset"),
            Answer::Lost => f.write_str("lost"),
            Answer::Info(info) => write!(f, "info{info}"),
            Answer::Frame(frame) => write!(f, "frame of {} {}", frame.length, Bytes(&frame.bytes)),
        }
    }
}
