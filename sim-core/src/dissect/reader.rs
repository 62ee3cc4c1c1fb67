//! Takes a header apart bit by bit, so that no bit is left over and none is named twice.
//!
//! Absent on purpose: knowledge of any protocol.

use core::fmt::{Display, Write as _};

use crate::layer::Protocol;

use super::{Field, FieldName, Section};

/// Builds the sections of a frame.
pub(super) struct Reader<'a> {
    frame: &'a [u8],
    /// Where the next section begins, in bytes.
    at: usize,
    sections: Vec<Section>,
}

/// Builds one section: each field begins where the last one ended.
pub(super) struct Fields<'a> {
    frame: &'a [u8],
    bit: usize,
    fields: Vec<Field>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(frame: &'a [u8]) -> Reader<'a> {
        Reader { frame, at: 0, sections: Vec::new() }
    }

    /// What has not been named yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.frame[self.at..]
    }

    /// The next `length` bytes are a header of this protocol.
    pub(super) fn section(&mut self, protocol: Protocol, length: usize, name: impl FnOnce(&mut Fields<'a>)) {
        let end = self.at + length;
        let mut fields = Fields { frame: &self.frame[..end], bit: self.at * 8, fields: Vec::new() };
        name(&mut fields);
        debug_assert_eq!(fields.bit, end * 8, "the fields of {protocol:?} fill its header");
        self.sections.push(Section { protocol, bytes: self.at..end, fields: fields.fields });
        self.at = end;
    }

    /// All that is left is a header of this protocol that cannot be read.
    pub(super) fn malformed(&mut self, protocol: Protocol) {
        self.unread(protocol, FieldName::Malformed, self.rest().len());
    }

    /// The next `length` bytes are of the program.
    pub(super) fn data(&mut self, length: usize) {
        self.unread(Protocol::Data, FieldName::DataBytes, length);
    }

    /// The next `length` bytes are one field, taken no further apart.
    pub(super) fn unread(&mut self, protocol: Protocol, name: FieldName, length: usize) {
        if length > 0 {
            self.section(protocol, length, |fields| fields.bytes(name, length));
        }
    }

    pub(super) fn finish(self) -> Vec<Section> {
        self.sections
    }
}

impl<'a> Fields<'a> {
    /// What of the section has not been named yet. Asked between whole bytes.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.frame[self.bit / 8..]
    }

    /// The rest of the section cannot be read.
    pub(super) fn malformed(&mut self) {
        self.bytes(FieldName::Malformed, self.rest().len());
    }

    /// The next bits as a number. At most 32.
    fn take(&mut self, bits: usize) -> u32 {
        let number = (self.bit..self.bit + bits)
            .fold(0, |number, bit| number << 1 | u32::from(self.frame[bit / 8] >> (7 - bit % 8) & 1));
        self.bit += bits;
        number
    }

    fn push(&mut self, name: FieldName, bits: usize, value: String) {
        self.fields.push(Field { name, bits: self.bit - bits..self.bit, value });
    }

    /// A number in decimal.
    pub(super) fn number(&mut self, name: FieldName, bits: usize) -> u32 {
        self.scaled(name, bits, 1)
    }

    /// A number that counts something larger: its value is written in full.
    pub(super) fn scaled(&mut self, name: FieldName, bits: usize, unit: u32) -> u32 {
        let number = self.take(bits);
        self.push(name, bits, (u64::from(number) * u64::from(unit)).to_string());
        number
    }

    /// A number in hexadecimal, with all its digits.
    pub(super) fn hex(&mut self, name: FieldName, bits: usize) -> u32 {
        let number = self.take(bits);
        let digits = bits.div_ceil(4);
        self.push(name, bits, format!("0x{number:0digits$x}"));
        number
    }

    /// A number with a notation of its own.
    pub(super) fn bits(&mut self, name: FieldName, bits: usize, text: impl FnOnce(u32) -> String) {
        let number = self.take(bits);
        self.push(name, bits, text(number));
    }

    /// Bytes with a notation of their own.
    pub(super) fn value(&mut self, name: FieldName, length: usize, text: impl Display) {
        self.bit += length * 8;
        self.push(name, length * 8, text.to_string());
    }

    /// The next bytes, without taking them.
    pub(super) fn peek(&self, length: usize) -> &'a [u8] {
        &self.frame[self.bit / 8..self.bit / 8 + length]
    }

    /// Bytes in hexadecimal, as Wireshark exports them.
    pub(super) fn bytes(&mut self, name: FieldName, length: usize) {
        if length == 0 {
            return;
        }
        let mut text = String::with_capacity(length * 2);
        for byte in self.peek(length) {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        self.value(name, length, text);
    }

    /// An IPv4 address.
    pub(super) fn address(&mut self, name: FieldName) {
        let address = crate::wire::ipv4_at(self.peek(4), 0);
        self.value(name, 4, address);
    }

    /// An IPv6 address.
    pub(super) fn address_v6(&mut self, name: FieldName) {
        let address = crate::wire::ipv6_at(self.peek(16), 0);
        self.value(name, 16, address);
    }

    /// Text, with what is no printable ASCII escaped.
    pub(super) fn text(&mut self, name: FieldName, length: usize) {
        if length > 0 {
            let text = self.peek(length).escape_ascii().to_string();
            self.value(name, length, text);
        }
    }

    /// A hardware address.
    pub(super) fn mac(&mut self, name: FieldName) {
        let mut mac = [0; 6];
        mac.copy_from_slice(self.peek(6));
        self.value(name, 6, crate::wire::ethernet::MacText(mac));
    }
}
