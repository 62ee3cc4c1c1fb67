//! The bytes of a frame beside the fields that they mean.
//!
//! Absent on purpose: a second dissection. The fields are those of `sim_core::dissect`, with words.

use sim_core::dissect::{dissect, dissect_packet, frame_check_sequence};
use sim_core::gateway::LinkType;
use sim_core::layer::Protocol;
use sim_core::trace::FrameId;

use super::ladder::REAL_MARK;
use crate::app::Model;
use crate::catalogue::fill;

/// Most bytes that are shown: a frame of an Ethernet has no more.
const MOST: usize = 1514;

/// Length of a frame check sequence.
const FCS: usize = 4;

/// A frame as bytes and fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Bytes {
    /// The frame.
    pub frame: FrameId,
    /// Its lines of 16 bytes.
    pub lines: Vec<Line>,
    /// Its sections.
    pub sections: Vec<Section>,
}

/// Sixteen bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The place of the first, as four hexadecimal digits.
    pub offset: String,
    /// The bytes.
    pub cells: Vec<Cell>,
}

/// One byte.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Two hexadecimal digits.
    pub hex: String,
    /// The character, or a dot.
    pub ascii: char,
    /// Whose byte.
    pub protocol: Protocol,
    /// The field that it belongs to, or the first of several.
    pub field: usize,
    /// It belongs to the chosen field.
    pub chosen: bool,
}

/// A header or the data.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Whose.
    pub protocol: Protocol,
    /// How many bytes.
    pub length: usize,
    /// Its fields.
    pub fields: Vec<Field>,
}

/// One field.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its place among all fields of the frame.
    pub index: usize,
    /// Its name in the learner's language.
    pub label: &'static str,
    /// Its name in Wireshark.
    pub filter: &'static str,
    /// Its value.
    pub value: String,
    /// Where it is: `byte 14`, `bits 112–115`, in numbers alone.
    pub place: String,
    /// Where it is defined.
    pub source: &'static str,
    /// It is chosen.
    pub chosen: bool,
}

/// What stands above the bytes.
pub fn title(model: &Model) -> String {
    let words = model.language.words();
    let Some(frame) = model.shown_frame() else { return words.bytes.to_owned() };
    let title = fill(words.bytes_of, &[("n", &model.session.number(frame))]);
    match model.session.index.frame(frame).and_then(|frame| frame.real) {
        Some(_) => format!("{title} · {REAL_MARK} {}", words.real_frame),
        None => title,
    }
}

/// The frame that is shown, if there is one.
pub fn bytes(model: &Model) -> Option<Bytes> {
    let frame = model.session.index.frame(model.shown_frame()?)?;
    let chosen = if model.selected.frame == Some(frame.id) { model.selected.field } else { None };
    let sections = match frame.real {
        Some(real) if real.link_type == LinkType::Ip => dissect_packet(&frame.bytes),
        _ => dissect(&frame.bytes),
    };
    let mut owners = vec![(Protocol::Data, 0); frame.bytes.len()];
    let mut lit = 0..0;
    let mut index = 0;
    let mut out = Vec::with_capacity(sections.len());
    for section in sections {
        let mut fields = Vec::with_capacity(section.fields.len());
        for field in section.fields {
            let span = field.bits.start / 8..field.bits.end.div_ceil(8);
            for byte in span.clone() {
                if let Some(owner) = owners.get_mut(byte)
                    && field.bits.start <= byte * 8
                {
                    *owner = (section.protocol, index);
                }
            }
            if chosen == Some(index) {
                lit = span;
            }
            fields.push(Field {
                index,
                label: model.language.field(field.name),
                filter: field.name.filter(),
                value: field.value,
                place: place(&field.bits),
                source: field.name.source(),
                chosen: chosen == Some(index),
            });
            index += 1;
        }
        out.push(Section { protocol: section.protocol, length: section.bytes.len(), fields });
    }
    // What came to a capture had lost its check sequence, if it ever had one.
    if frame.real.is_none() {
        let fcs = frame_check_sequence(&frame.bytes);
        let field = Field {
            index,
            label: model.language.field(fcs.name),
            filter: fcs.name.filter(),
            value: fcs.value,
            // It follows the last byte on the wire and is not among those shown.
            place: String::new(),
            source: fcs.name.source(),
            chosen: chosen == Some(index),
        };
        out.push(Section { protocol: Protocol::Ethernet, length: FCS, fields: vec![field] });
    }
    let shown = &frame.bytes[..frame.bytes.len().min(MOST)];
    let lines = shown
        .chunks(16)
        .enumerate()
        .map(|(line, bytes)| Line {
            offset: format!("{:04x}", line * 16),
            cells: bytes
                .iter()
                .enumerate()
                .map(|(column, byte)| {
                    let at = line * 16 + column;
                    let (protocol, field) = owners[at];
                    let ascii = if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '·' };
                    Cell { hex: format!("{byte:02x}"), ascii, protocol, field, chosen: lit.contains(&at) }
                })
                .collect(),
        })
        .collect();
    Some(Bytes { frame: frame.id, lines, sections: out })
}

/// Where a field is: whole bytes by their numbers, parts of bytes by their bits.
fn place(bits: &core::ops::Range<usize>) -> String {
    if bits.start.is_multiple_of(8) && bits.end.is_multiple_of(8) {
        match (bits.start / 8, bits.end / 8) {
            (first, end) if end <= first + 1 => format!("{first}"),
            (first, end) => format!("{first}–{}", end - 1),
        }
    } else if bits.end - bits.start == 1 {
        format!("{}.{}", bits.start / 8, bits.start % 8)
    } else {
        format!("{}.{}–{}.{}", bits.start / 8, bits.start % 8, (bits.end - 1) / 8, (bits.end - 1) % 8)
    }
}
