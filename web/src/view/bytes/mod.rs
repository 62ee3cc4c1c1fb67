//! The bytes of a frame beside the fields that they mean.
//!
//! Absent on purpose: a second dissection. The fields are those of `sim_core::dissect`, with words.

mod meaning;

use core::ops::Range;

use sim_core::dissect::{self, dissect, dissect_packet, frame_check_sequence};
use sim_core::gateway::LinkType;
use sim_core::layer::{Layer, Protocol};
use sim_core::program::python_bytes;
use sim_core::trace::{FactId, FrameId};

use super::ladder::REAL_MARK;
use crate::app::Model;
use crate::app::index::Frame;
use crate::app::thing::Thing;
use crate::catalogue::fill;
use meaning::Context;

/// Most bytes that are shown: a frame of an Ethernet has no more.
const MOST: usize = 1514;

/// Length of a frame check sequence.
const FCS: usize = 4;

/// Sentences of the programs that are shown at once.
const SAID: usize = 12;

/// Bytes of a sentence of a program that are shown.
const SAID_BYTES: usize = 200;

/// A frame as bytes and fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Bytes {
    /// The frame.
    pub frame: FrameId,
    /// Its lines of 16 bytes.
    pub lines: Vec<Line>,
    /// Its sections.
    pub sections: Vec<Section>,
    /// The bits of the chosen field, when it is a part of a byte.
    pub strip: Option<Strip>,
    /// The layers between the transport and the program's bytes, which have none here.
    pub without_bytes: Vec<String>,
    /// What the programs at both ends have said so far.
    pub said: Vec<Said>,
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
    /// Its place in the frame.
    pub place: usize,
    /// Two hexadecimal digits.
    pub hex: String,
    /// The character, or a dot.
    pub ascii: char,
    /// Whose byte.
    pub protocol: Protocol,
    /// It belongs to the chosen field.
    pub chosen: bool,
    /// It is the chosen byte.
    pub cursor: bool,
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
    /// What that means; nothing where the value says it.
    pub meaning: String,
    /// Where it is: `byte 14`, `bits 112–115`, in numbers alone.
    pub place: String,
    /// Where it is defined.
    pub source: &'static str,
    /// It is chosen.
    pub chosen: bool,
}

/// The bits of a few bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    /// What stands above them.
    pub title: String,
    /// Each bit with the field that it belongs to, and whether that is the chosen one.
    pub bits: Vec<Bit>,
}

/// One bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bit {
    /// Whether it is set.
    pub set: bool,
    /// The field that it belongs to.
    pub field: usize,
    /// It belongs to the chosen one.
    pub chosen: bool,
    /// It is the first of its field in this strip.
    pub first: bool,
}

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The call.
    pub fact: FactId,
    /// Who, and what.
    pub text: String,
    /// It belongs to what is chosen.
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
    let found = match frame.real {
        Some(real) if real.link_type == LinkType::Ip => dissect_packet(&frame.bytes),
        _ => dissect(&frame.bytes),
    };
    let context = Context::new(model, frame, &found);
    let mut sections = Vec::with_capacity(found.len() + 1);
    let mut index = 0;
    for section in &found {
        let fields = section.fields.iter().map(|field| {
            let shown = shown(model, field, index, chosen == Some(index));
            index += 1;
            Field { meaning: context.of(section, field), place: place(&field.bits), ..shown }
        });
        let fields = fields.collect();
        sections.push(Section { protocol: section.protocol, length: section.bytes.len(), fields });
    }
    // What came to a capture had lost its check sequence, if it ever had one.
    if frame.real.is_none() {
        let fcs = frame_check_sequence(&frame.bytes);
        // It follows the last byte on the wire and is not among those shown.
        let field = shown(model, &fcs, index, chosen == Some(index));
        sections.push(Section { protocol: Protocol::Ethernet, length: FCS, fields: vec![field] });
    }
    let fields: Vec<&dissect::Field> = found.iter().flat_map(|section| &section.fields).collect();
    Some(Bytes {
        frame: frame.id,
        lines: lines(model, frame, &found, chosen.and_then(|chosen| fields.get(chosen).copied())),
        sections,
        strip: chosen.and_then(|chosen| strip(model, frame, &fields, chosen)),
        without_bytes: without_bytes(model, &found),
        said: context.said(),
    })
}

fn shown(model: &Model, field: &dissect::Field, index: usize, chosen: bool) -> Field {
    Field {
        index,
        label: model.language.field(field.name),
        filter: field.name.filter(),
        value: field.value.clone(),
        meaning: String::new(),
        place: String::new(),
        source: field.name.source(),
        chosen,
    }
}

fn lines(model: &Model, frame: &Frame, sections: &[dissect::Section], chosen: Option<&dissect::Field>) -> Vec<Line> {
    let lit = chosen.map_or(0..0, |field| field.bits.start / 8..field.bits.end.div_ceil(8));
    let cursor = match model.selected.thing {
        Some(Thing::Byte(of, byte)) if of == frame.id => Some(byte),
        _ => None,
    };
    let owner = |byte: usize| {
        let owner = sections.iter().find(|section| section.bytes.contains(&byte));
        owner.map_or(Protocol::Data, |section| section.protocol)
    };
    let cell = |place: usize, byte: u8| Cell {
        place,
        hex: format!("{byte:02x}"),
        ascii: if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '·' },
        protocol: owner(place),
        chosen: lit.contains(&place),
        cursor: cursor == Some(place),
    };
    let shown = &frame.bytes[..frame.bytes.len().min(MOST)];
    let line = |(line, bytes): (usize, &[u8])| Line {
        offset: format!("{:04x}", line * 16),
        cells: bytes.iter().enumerate().map(|(column, byte)| cell(line * 16 + column, *byte)).collect(),
    };
    shown.chunks(16).enumerate().map(line).collect()
}

/// The bits of the bytes in which a field lies that does not fill them.
fn strip(model: &Model, frame: &Frame, fields: &[&dissect::Field], chosen: usize) -> Option<Strip> {
    let field = fields.get(chosen)?;
    let is_whole = field.bits.start.is_multiple_of(8) && field.bits.end.is_multiple_of(8);
    if is_whole || field.bits.is_empty() {
        return None;
    }
    let bytes = field.bits.start / 8..field.bits.end.div_ceil(8);
    let mut last = None;
    let bits = (bytes.start * 8..bytes.end * 8).map(|bit| {
        let owner = fields.iter().position(|field| field.bits.contains(&bit)).unwrap_or(chosen);
        let byte = frame.bytes.get(bit / 8).copied().unwrap_or(0);
        let first = last.replace(owner) != Some(owner);
        Bit { set: byte >> (7 - bit % 8) & 1 == 1, field: owner, chosen: owner == chosen, first }
    });
    let bits = bits.collect();
    let place = place(&(bytes.start * 8..bytes.end * 8));
    let title = fill(model.language.words().telling.bits_of, &[("n", &place)]);
    Some(Strip { title, bits })
}

/// Session and presentation layer, where a program's bytes lie behind a transport header: nothing is there, and that is said.
fn without_bytes(model: &Model, sections: &[dissect::Section]) -> Vec<String> {
    let words = model.language.words();
    let has = |wanted: fn(Layer) -> bool| sections.iter().any(|section| wanted(section.protocol.layer()));
    if !has(|layer| layer == Layer::Transport) || !has(|layer| layer == Layer::Application) {
        return Vec::new();
    }
    let empty = |layer: &str| fill(words.telling.no_bytes, &[("layer", layer)]);
    vec![empty(words.layer_5), empty(words.layer_6)]
}

/// Bytes as a program's source would have them; a part of many.
fn text_of(bytes: &[u8]) -> String {
    match bytes.get(..SAID_BYTES) {
        Some(part) if part.len() < bytes.len() => format!("{}… ({} B)", python_bytes(part), bytes.len()),
        _ => match core::str::from_utf8(bytes) {
            // What is text is shown as text.
            Ok(text) if !text.chars().any(char::is_control) => format!("“{text}”"),
            _ => python_bytes(bytes),
        },
    }
}

/// Where a key leads from the chosen byte: so many bytes on, or back. From no byte it leads to the first.
pub fn moved(model: &Model, by: isize) -> Option<Thing> {
    let frame = model.session.index.frame(model.shown_frame()?)?;
    let last = frame.bytes.len().min(MOST).checked_sub(1)?;
    let at = match model.selected.thing {
        Some(Thing::Byte(of, byte)) if of == frame.id => Some(byte),
        _ => model.selected.field.and_then(|field| {
            let mut fields = crate::app::kin::fields(frame);
            fields.nth(field).map(|field| field.bits.start / 8)
        }),
    };
    Some(Thing::Byte(frame.id, at.map_or(0, |byte| byte.saturating_add_signed(by).min(last))))
}

/// Where a field is: whole bytes by their numbers, parts of bytes by their bits.
fn place(bits: &Range<usize>) -> String {
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
