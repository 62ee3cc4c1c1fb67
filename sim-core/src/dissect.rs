//! Dissection: the bytes of a frame as named fields with their places, after Wireshark's names.
//!
//! A frame stands alone: what several frames make together (a fragmented packet, a stream of TCP, an exchange) is not put
//! together here.
//!
//! Absent on purpose: words for people. A field has a name that the catalogue of the page translates, and a value
//! in the field's own notation.

mod application;
mod dhcp;
mod dns;
mod field;
mod frame;
mod http;
mod icmp;
mod icmpv6;
mod ip;
mod membership;
mod reader;
mod summary;
mod transport;

use core::ops::Range;

use crate::layer::Protocol;

use crate::wire::ethernet;

pub use field::FieldName;
pub use summary::summary;

/// The sections of a frame, in the order of their bytes. Every bit belongs to exactly one field. Bytes that are no legal header are
/// [`FieldName::Malformed`]; nothing here fails.
pub fn dissect(frame: &[u8]) -> Vec<Section> {
    frame::ethernet(frame)
}

/// The sections of an IP packet that has no header of a link before it, as some captures have them.
pub fn dissect_packet(packet: &[u8]) -> Vec<Section> {
    let mut reader = reader::Reader::new(packet);
    match packet.first().map(|byte| byte >> 4) {
        Some(4) => ip::ipv4(&mut reader),
        Some(6) => ip::ipv6(&mut reader),
        _ => reader.malformed(Protocol::Ipv4),
    }
    reader.data(reader.rest().len());
    reader.finish()
}

/// The frame check sequence, which follows the frame on the wire and is in no capture: a field without bits, at the frame's end. The
/// value is that of its four bytes in their order, as Wireshark writes it.
pub fn frame_check_sequence(frame: &[u8]) -> Field {
    let end = frame.len() * 8;
    Field { name: FieldName::EthFcs, bits: end..end, value: format!("0x{:08x}", ethernet::fcs(frame).swap_bytes()) }
}

/// A run of bytes that one protocol owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Whose bytes.
    pub protocol: Protocol,
    /// Where, in bytes from the start of the frame.
    pub bytes: Range<usize>,
    /// Its fields, in order of their places.
    pub fields: Vec<Field>,
}

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Which field.
    pub name: FieldName,
    /// Where, in bits from the start of the frame.
    pub bits: Range<usize>,
    /// Its value, as Wireshark would write it, such as `0x0800` or `10.0.2.2`.
    pub value: String,
}
