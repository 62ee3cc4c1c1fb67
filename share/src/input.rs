//! What went into a session as bytes: each input with its time.
//!
//! Absent on purpose: processes that are driven call by call, and programs of the caller's own kind: no page makes them, and they cannot be
//! written down.

use sim_core::gateway::{Answer, Direction, FlowId, FlowKind, InfoField, KernelInfo, LinkType, Publication, RealFrame};
use sim_core::network::Input;
use sim_core::program::CongestionControl;
use sim_core::scenario::{Faults, HostSettings};
use sim_core::time::Instant;
use sim_core::trace::{FrameId, LinkId, NodeId, ProcessId};

use crate::bytes::{Reader, Writer};
use crate::{ReadError, WriteError, script};

// Numbers that stand in links do not change their meaning.
const SPAWN: u8 = 0;
const KILL: u8 = 1;
const ANSWER: u8 = 2;
const PUBLISH: u8 = 3;
const UNPUBLISH: u8 = 4;
const FRAME: u8 = 5;
const SET_FAULTS: u8 = 6;
const SET_LINK: u8 = 7;
const DROP_FRAME: u8 = 8;
const SET_HOST: u8 = 9;
const TYPED: u8 = 10;

pub(crate) fn write_all(out: &mut Writer, inputs: &[(Instant, Input)]) -> Result<(), WriteError> {
    out.number(inputs.len() as u64);
    let mut last = 0;
    for (at, input) in inputs {
        let at = at.as_nanos();
        out.number(at.saturating_sub(last));
        last = last.max(at);
        write(out, input)?;
    }
    Ok(())
}

pub(crate) fn read_all(input: &mut Reader<'_>) -> Result<Vec<(Instant, Input)>, ReadError> {
    let mut at = 0_u64;
    let mut inputs = Vec::new();
    for _ in 0..input.count()? {
        at = at.checked_add(input.number()?).ok_or(ReadError::Broken)?;
        inputs.push((Instant::from_nanos(at), read(input)?));
    }
    Ok(inputs)
}

fn write(out: &mut Writer, input: &Input) -> Result<(), WriteError> {
    match input {
        Input::Spawn(node, spec) => {
            head(out, SPAWN, *node);
            script::write(out, spec)?;
        }
        Input::Kill(node, process) => {
            head(out, KILL, *node);
            out.number(process.0.into());
        }
        Input::Typed { node, process, text, end } => {
            head(out, TYPED, *node);
            out.number(process.0.into());
            out.text(text);
            out.byte((*end).into());
        }
        Input::Answer(node, flow, answer) => {
            head(out, ANSWER, *node);
            out.number(flow.0.into());
            write_answer(out, answer);
        }
        Input::Publish(node, publication) => {
            head(out, PUBLISH, *node);
            out.byte((publication.kind == FlowKind::Datagram).into());
            out.socket_address(publication.at);
            out.socket_address(publication.to);
            out.number(publication.backlog.into());
        }
        Input::Unpublish(node, flow) => {
            head(out, UNPUBLISH, *node);
            out.number(flow.0.into());
        }
        Input::Frame(node, bytes) => {
            head(out, FRAME, *node);
            out.bytes(bytes);
        }
        Input::SetFaults(link, end, faults) => {
            out.byte(SET_FAULTS);
            out.number(link.0.into());
            out.byte(*end);
            write_faults(out, faults);
        }
        Input::SetLink { link, rate, delay, jitter, queue } => {
            out.byte(SET_LINK);
            out.number(link.0.into());
            out.number(*rate);
            out.span(*delay);
            out.span(*jitter);
            out.number(*queue as u64);
        }
        Input::DropFrame(frame) => {
            out.byte(DROP_FRAME);
            out.number(frame.0);
        }
        Input::SetHost(node, settings) => {
            head(out, SET_HOST, *node);
            write_settings(out, settings);
        }
        Input::Run(..) | Input::Process(..) | Input::Call(..) => return Err(WriteError::Program),
    }
    Ok(())
}

fn head(out: &mut Writer, kind: u8, node: NodeId) {
    out.byte(kind);
    out.number(node.0.into());
}

fn read(input: &mut Reader<'_>) -> Result<Input, ReadError> {
    let kind = input.byte()?;
    Ok(match kind {
        SPAWN => Input::Spawn(node(input)?, script::read(input)?),
        KILL => Input::Kill(node(input)?, ProcessId(input.small()?)),
        TYPED => {
            let (node, process) = (node(input)?, ProcessId(input.small()?));
            Input::Typed { node, process, text: input.text()?.into(), end: input.flag()? }
        }
        ANSWER => Input::Answer(node(input)?, FlowId(input.small()?), read_answer(input)?),
        PUBLISH => {
            let node = node(input)?;
            let kind = if input.flag()? { FlowKind::Datagram } else { FlowKind::Stream };
            let (at, to, backlog) = (input.socket_address()?, input.socket_address()?, input.small()?);
            Input::Publish(node, Publication { kind, at, to, backlog })
        }
        UNPUBLISH => Input::Unpublish(node(input)?, FlowId(input.small()?)),
        FRAME => Input::Frame(node(input)?, input.shared()?),
        SET_FAULTS => Input::SetFaults(LinkId(input.small()?), input.byte()?, read_faults(input)?),
        SET_LINK => Input::SetLink {
            link: LinkId(input.small()?),
            rate: input.number()?,
            delay: input.span()?,
            jitter: input.span()?,
            queue: input.small()?,
        },
        DROP_FRAME => Input::DropFrame(FrameId(input.number()?)),
        SET_HOST => Input::SetHost(node(input)?, read_settings(input)?),
        _ => return Err(ReadError::Broken),
    })
}

fn node(input: &mut Reader<'_>) -> Result<NodeId, ReadError> {
    input.small().map(NodeId)
}

fn write_faults(out: &mut Writer, faults: &Faults) {
    let Faults { down, loss_ppm, burst, lose, duplicate_ppm, duplicate, .. } = faults;
    let Faults { corrupt_ppm, corrupt, reorder_ppm, reorder, reorder_by, late, arrive, .. } = faults;
    out.byte((*down).into());
    for number in [loss_ppm, burst, duplicate_ppm, corrupt_ppm, reorder_ppm] {
        out.number(u64::from(*number));
    }
    out.span(*reorder_by);
    for frames in [lose, duplicate, corrupt, reorder] {
        out.numbers(frames.iter().copied());
    }
    for spans in [late, arrive] {
        out.numbers(spans.iter().map(|span| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)));
    }
}

fn read_faults(input: &mut Reader<'_>) -> Result<Faults, ReadError> {
    Ok(Faults {
        down: input.flag()?,
        loss_ppm: input.small()?,
        burst: input.small()?,
        duplicate_ppm: input.small()?,
        corrupt_ppm: input.small()?,
        reorder_ppm: input.small()?,
        reorder_by: input.span()?,
        lose: input.numbers()?,
        duplicate: input.numbers()?,
        corrupt: input.numbers()?,
        reorder: input.numbers()?,
        late: input.spans()?,
        arrive: input.spans()?,
    })
}

fn write_settings(out: &mut Writer, settings: &HostSettings) {
    let HostSettings { nagle, timestamps, sack, window_scaling, congestion, max_segment, delayed_ack, .. } = *settings;
    let switches = [nagle, timestamps, sack, window_scaling, congestion == CongestionControl::Reno];
    out.byte(switches.iter().enumerate().map(|(bit, on)| u8::from(*on) << bit).sum());
    out.byte(settings.ttl);
    out.byte(settings.syn_retries);
    let HostSettings { send_buffer, send_buffer_max, receive_buffer, receive_buffer_max, initial_window, .. } =
        *settings;
    // Neither a segment nor a delay can be zero: that is none.
    let segment = max_segment.map_or(0, u32::from);
    for number in [send_buffer, send_buffer_max, receive_buffer, receive_buffer_max, initial_window, segment] {
        out.number(number.into());
    }
    out.span(delayed_ack.unwrap_or_default());
    out.span(settings.time_wait);
}

fn read_settings(input: &mut Reader<'_>) -> Result<HostSettings, ReadError> {
    let switches = input.byte()?;
    let on = |bit: u8| switches >> bit & 1 != 0;
    Ok(HostSettings {
        nagle: on(0),
        timestamps: on(1),
        sack: on(2),
        window_scaling: on(3),
        congestion: if on(4) { CongestionControl::Reno } else { CongestionControl::Cubic },
        ttl: input.byte()?,
        syn_retries: input.byte()?,
        send_buffer: input.small()?,
        send_buffer_max: input.small()?,
        receive_buffer: input.small()?,
        receive_buffer_max: input.small()?,
        initial_window: input.small()?,
        max_segment: Some(input.small()?).filter(|size| *size > 0),
        delayed_ack: Some(input.span()?).filter(|span| !span.is_zero()),
        time_wait: input.span()?,
    })
}

fn write_answer(out: &mut Writer, answer: &Answer) {
    match answer {
        Answer::Connected { credit } => numbered(out, 0, *credit),
        Answer::Refused(errno) => {
            out.byte(1);
            out.errno(*errno);
        }
        Answer::Listening { local, credit } => {
            numbered(out, 2, *credit);
            out.address(local);
        }
        Answer::Accepted { connection, peer, credit } => {
            numbered(out, 3, *connection);
            out.address(peer);
            out.number((*credit).into());
        }
        Answer::Data(bytes) => {
            out.byte(4);
            out.bytes(bytes);
        }
        Answer::Datagram { from, bytes } => {
            out.byte(5);
            out.address(from);
            out.bytes(bytes);
        }
        Answer::Unreachable(errno) => {
            out.byte(6);
            out.errno(*errno);
        }
        Answer::Credit(credit) => numbered(out, 7, *credit),
        Answer::Fin => out.byte(8),
        Answer::Reset => out.byte(9),
        Answer::Lost => out.byte(10),
        Answer::Info(info) => {
            out.byte(11);
            out.number(info.fields.len() as u64);
            for (field, value) in &*info.fields {
                out.byte(field.0);
                out.number(*value);
            }
        }
        Answer::Frame(RealFrame { direction, link_type, bytes, length, lost }) => {
            out.byte(12);
            out.byte((*direction == Direction::Received).into());
            out.byte((*link_type == LinkType::Ip).into());
            out.bytes(bytes);
            out.number((*length).into());
            out.number((*lost).into());
        }
    }
}

fn numbered(out: &mut Writer, kind: u8, number: u32) {
    out.byte(kind);
    out.number(number.into());
}

fn read_answer(input: &mut Reader<'_>) -> Result<Answer, ReadError> {
    Ok(match input.byte()? {
        0 => Answer::Connected { credit: input.small()? },
        1 => Answer::Refused(input.errno()?),
        2 => {
            let credit = input.small()?;
            Answer::Listening { local: input.address()?, credit }
        }
        3 => Answer::Accepted { connection: input.small()?, peer: input.address()?, credit: input.small()? },
        4 => Answer::Data(input.shared()?),
        5 => Answer::Datagram { from: input.address()?, bytes: input.shared()? },
        6 => Answer::Unreachable(input.errno()?),
        7 => Answer::Credit(input.small()?),
        8 => Answer::Fin,
        9 => Answer::Reset,
        10 => Answer::Lost,
        11 => {
            let fields = (0..input.count()?).map(|_| Ok((InfoField(input.byte()?), input.number()?)));
            Answer::Info(KernelInfo { fields: fields.collect::<Result<_, ReadError>>()? })
        }
        12 => Answer::Frame(RealFrame {
            direction: if input.flag()? { Direction::Received } else { Direction::Sent },
            link_type: if input.flag()? { LinkType::Ip } else { LinkType::Ethernet },
            bytes: input.shared()?,
            length: input.small()?,
            lost: input.small()?,
        }),
        _ => return Err(ReadError::Broken),
    })
}
