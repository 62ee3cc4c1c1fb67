//! Packed binary data, as of the module `struct`: layouts, their sizes, packing and unpacking (CPython `Modules/_struct.c` on x86-64 Linux).
//! Absent: values (an [`Item`] stands for one) and the functions of the module.

use super::integer::Int;
use super::{Fault, Kind, Outcome, overflow};
use std::borrow::Cow;

/// The size of the largest structure.
const LARGEST: usize = 1 << 26;

/// A value to pack, or one that was unpacked.
#[derive(Clone, PartialEq, Debug)]
pub enum Item<'a> {
    /// An integer (to pack: also a bool).
    Int(Int),
    /// A float.
    Float(f64),
    /// Bytes.
    Bytes(Cow<'a, [u8]>),
    /// What `?` reads; to pack: whether the value is true.
    Bool(bool),
    /// To pack: of no use but for `?`; whether it is true.
    Other(bool),
}

/// One kind of value in a layout.
#[derive(Clone, Copy, Debug)]
struct Entry {
    code: u8,
    size: usize,
    count: usize,
    offset: usize,
}

/// A parsed format.
#[derive(Clone, Debug)]
pub struct Layout {
    entries: Vec<Entry>,
    /// `calcsize`.
    pub size: usize,
    /// How many values it packs.
    pub values: usize,
    big_endian: bool,
    native: bool,
}

/// An exception `struct.error`.
pub fn error<T>(text: impl Into<Cow<'static, str>>) -> Outcome<T> {
    Err(Fault::new(Kind::Struct, text))
}

/// Size of a code, native or standard.
fn size_of(code: u8, native: bool) -> Option<usize> {
    Some(match code {
        b'x' | b'c' | b'b' | b'B' | b's' | b'p' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => {
            if native {
                8
            } else {
                4
            }
        }
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' if native => 8,
        _ => return None,
    })
}

impl Layout {
    /// Reads a format.
    pub fn parse(format: &[u8]) -> Outcome<Self> {
        let order = format.first().copied().filter(|byte| b"@=<>!".contains(byte));
        let native = matches!(order, None | Some(b'@'));
        let aligned = native;
        let mut layout =
            Self { entries: Vec::new(), size: 0, values: 0, big_endian: matches!(order, Some(b'>' | b'!')), native };
        if format.contains(&0) {
            return error("embedded null character");
        }
        let mut bytes = format[usize::from(order.is_some())..].iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            if byte.is_ascii_whitespace() || byte == 0x0b {
                continue;
            }
            let mut code = byte;
            let mut count = 1;
            if byte.is_ascii_digit() {
                count = usize::from(byte - b'0');
                while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
                    count = count.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
                    if count > isize::MAX as usize {
                        return error("total struct size too long");
                    }
                }
                let Some(next) = bytes.next() else { return error("repeat count given without format specifier") };
                code = next;
            }
            layout.push(code, count, aligned)?;
        }
        Ok(layout)
    }

    fn push(&mut self, code: u8, count: usize, aligned: bool) -> Outcome<()> {
        let Some(size) = size_of(code, self.native) else { return error("bad char in struct format") };
        if aligned {
            self.size = self.size.next_multiple_of(size);
        }
        self.values += match code {
            b'x' => 0,
            b's' | b'p' => 1,
            _ => count,
        };
        self.entries.push(Entry { code, size, count, offset: self.size });
        let Some(end) = count.checked_mul(size).and_then(|bytes| bytes.checked_add(self.size)) else {
            return error("total struct size too long");
        };
        if end > isize::MAX as usize {
            return error("total struct size too long");
        }
        self.size = end;
        Ok(())
    }

    /// Packs `items`; `name` is the function that the error names.
    pub fn pack(&self, items: &[Item<'_>], name: &str) -> Outcome<Vec<u8>> {
        if items.len() != self.values {
            return error(format!("{name} expected {} items for packing (got {})", self.values, items.len()));
        }
        if self.size > LARGEST {
            return super::too_long();
        }
        let mut out = vec![0; self.size];
        let mut items = items.iter();
        for entry in &self.entries {
            match entry.code {
                b'x' => {}
                b's' | b'p' => {
                    if let Some(item) = items.next() {
                        entry.pack_bytes(item, &mut out[entry.offset..entry.offset + entry.count])?;
                    }
                }
                _ => {
                    let places = out[entry.offset..][..entry.size * entry.count].chunks_exact_mut(entry.size);
                    for (place, item) in places.zip(&mut items) {
                        match self.pack_one(*entry, item, place) {
                            Err(fault) if fault.kind == Kind::Overflow && matches!(item, Item::Int(_)) => {
                                return error("int too large to convert");
                            }
                            packed => packed?,
                        }
                    }
                }
            }
        }
        Ok(out)
    }

    fn pack_one(&self, entry: Entry, item: &Item<'_>, place: &mut [u8]) -> Outcome<()> {
        match entry.code {
            b'c' => match item {
                Item::Bytes(bytes) if bytes.len() == 1 => place.copy_from_slice(bytes),
                _ => return error("char format requires a bytes object of length 1"),
            },
            b'?' => place[0] = u8::from(truth(item)),
            b'e' | b'f' | b'd' => {
                let float = match item {
                    Item::Float(float) => *float,
                    Item::Int(int) => match int.to_float() {
                        Ok(float) => float,
                        Err(_) => return error("required argument is not a float"),
                    },
                    _ => return error("required argument is not a float"),
                };
                self.pack_float(entry, float, place)?;
            }
            _ => {
                let Item::Int(int) = item else { return error("required argument is not an integer") };
                let word = self.word(entry, int)?;
                self.place(word, place);
            }
        }
        Ok(())
    }

    fn place(&self, word: u64, place: &mut [u8]) {
        let size = place.len();
        if self.big_endian {
            place.copy_from_slice(&word.to_be_bytes()[8 - size..]);
        } else {
            place.copy_from_slice(&word.to_le_bytes()[..size]);
        }
    }

    /// An integer's bits, or which of CPython's three sentences refuses it.
    fn word(&self, entry: Entry, int: &Int) -> Outcome<u64> {
        let code = char::from(entry.code);
        let signed = code.is_ascii_lowercase();
        let bits = entry.size as u32 * 8;
        if code == 'P' {
            // An address may be told with a sign.
            return match int.word().or(int.small().map(|small| small as u64)) {
                Some(word) => Ok(word),
                None => error("int too large to convert"),
            };
        }
        if entry.size == 8 {
            let fits = if signed { int.small().map(|small| small as u64) } else { int.word() };
            // The native functions have other words than the portable ones, and on this machine `<` is native too.
            let portable = !self.native && (self.big_endian || matches!(code, 'l' | 'L'));
            return match fits {
                Some(word) => Ok(word),
                None if portable => error("int too large to convert"),
                None => error("argument out of range"),
            };
        }
        let swapped = self.big_endian || matches!(code, 'l' | 'L');
        let short = matches!(code, 'b' | 'B' | 'h' | 'H') && !(swapped && entry.size > 1);
        // A native short is read as a signed long, all that is wider and unsigned as an unsigned one.
        let wide = if signed || short { int.small().map(i128::from) } else { int.word().map(i128::from) };
        let Some(wide) = wide else { return error("argument out of range") };
        let (least, most) =
            if signed { (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1) } else { (0, (1i128 << bits) - 1) };
        if wide >= least && wide <= most {
            return Ok(wide as u64);
        }
        let name = match code {
            'b' => "byte".to_owned(),
            'B' => "ubyte".to_owned(),
            'h' if short => "short".to_owned(),
            'H' if short => "ushort".to_owned(),
            code => format!("'{code}'"),
        };
        error(format!("{name} format requires {least} <= number <= {most}"))
    }

    fn pack_float(&self, entry: Entry, float: f64, place: &mut [u8]) -> Outcome<()> {
        let word = match entry.code {
            b'd' => float.to_bits(),
            b'f' => {
                let narrow = float as f32;
                if narrow.is_infinite() && float.is_finite() && !self.native {
                    return overflow("float too large to pack with f format");
                }
                u64::from(narrow.to_bits())
            }
            _ => u64::from(half(float)?),
        };
        self.place(word, place);
        Ok(())
    }

    /// Unpacks exactly `self.size` bytes.
    pub fn unpack(&self, bytes: &[u8]) -> Outcome<Vec<Item<'static>>> {
        if bytes.len() != self.size {
            return error(format!("unpack requires a buffer of {} bytes", self.size));
        }
        let mut out = Vec::with_capacity(self.values.min(bytes.len() + 8));
        for entry in &self.entries {
            match entry.code {
                b'x' => {}
                b's' => out.push(Item::Bytes(Cow::Owned(bytes[entry.offset..][..entry.count].to_vec()))),
                b'p' => {
                    let field = &bytes[entry.offset..][..entry.count];
                    let length = field.first().map_or(0, |length| usize::from(*length).min(field.len() - 1));
                    out.push(Item::Bytes(Cow::Owned(field.get(1..=length).unwrap_or_default().to_vec())));
                }
                _ => {
                    let places = bytes[entry.offset..][..entry.size * entry.count].chunks_exact(entry.size);
                    out.extend(places.map(|place| self.unpack_one(*entry, place)));
                }
            }
        }
        Ok(out)
    }

    fn unpack_one(&self, entry: Entry, place: &[u8]) -> Item<'static> {
        let mut word = 0u64;
        for index in 0..place.len() {
            word = word << 8 | u64::from(place[if self.big_endian { index } else { place.len() - 1 - index }]);
        }
        match entry.code {
            b'c' => Item::Bytes(Cow::Owned(place.to_vec())),
            b'?' => Item::Bool(word != 0),
            b'd' => Item::Float(f64::from_bits(word)),
            b'f' => Item::Float(f64::from(f32::from_bits(word as u32))),
            b'e' => Item::Float(from_half(word as u16)),
            code if code.is_ascii_lowercase() => {
                let unused = 64 - entry.size as u32 * 8;
                Item::Int(Int::Small((word << unused) as i64 >> unused))
            }
            _ => Item::Int(Int::from(word)),
        }
    }

    /// Where in a buffer of `length` bytes `offset` points, or CPython's sentence; `unpacking` or packing.
    pub fn place_in(&self, length: usize, offset: i64, unpacking: bool) -> Outcome<usize> {
        let size = self.size;
        let mut at = offset;
        if at < 0 {
            if at + size as i64 > 0 {
                return error(if unpacking {
                    format!("not enough data to unpack {size} bytes at offset {offset}")
                } else {
                    format!("no space to pack {size} bytes at offset {offset}")
                });
            }
            at += length as i64;
            if at < 0 {
                return error(format!("offset {offset} out of range for {length}-byte buffer"));
            }
        }
        let at = at as usize;
        if length.saturating_sub(at) < size || at > length {
            let (function, doing) = if unpacking { ("unpack_from", "unpacking") } else { ("pack_into", "packing") };
            return error(format!(
                "{function} requires a buffer of at least {} bytes for {doing} {size} bytes at offset {at} (actual buffer size is {length})",
                at.saturating_add(size)
            ));
        }
        Ok(at)
    }

    /// The parts that `iter_unpack` reads one after the other.
    pub fn check_iteration(&self, length: usize) -> Outcome<()> {
        if self.size == 0 {
            return error("cannot iteratively unpack with a struct of length 0");
        }
        if !length.is_multiple_of(self.size) {
            return error(format!("iterative unpacking requires a buffer of a multiple of {} bytes", self.size));
        }
        Ok(())
    }
}

impl Entry {
    fn pack_bytes(&self, item: &Item<'_>, place: &mut [u8]) -> Outcome<()> {
        let Item::Bytes(bytes) = item else {
            return error(format!("argument for '{}' must be a bytes object", char::from(self.code)));
        };
        if self.code == b's' {
            let length = bytes.len().min(place.len());
            place[..length].copy_from_slice(&bytes[..length]);
        } else if let Some((first, rest)) = place.split_first_mut() {
            let length = bytes.len().min(rest.len());
            *first = length.min(255) as u8;
            rest[..length].copy_from_slice(&bytes[..length]);
        }
        Ok(())
    }
}

fn truth(item: &Item<'_>) -> bool {
    match item {
        Item::Int(int) => !int.is_zero(),
        Item::Float(float) => *float != 0.0,
        Item::Bytes(bytes) => !bytes.is_empty(),
        Item::Bool(truth) | Item::Other(truth) => *truth,
    }
}

/// IEEE 754 binary16, ties to even (CPython `PyFloat_Pack2`).
fn half(float: f64) -> Outcome<u16> {
    let sign = if float.is_sign_negative() { 0x8000 } else { 0 };
    if float.is_nan() {
        return Ok(sign | 0x7e00);
    }
    if float.is_infinite() {
        return Ok(sign | 0x7c00);
    }
    let size = float.abs();
    // Below 2^-14 the last place is 2^-24; above, it moves with the exponent. Scaling by a power of two is exact.
    let exponent = (((size.to_bits() >> 52) & 0x7ff) as i32 - 1023).max(-14);
    let units = (size * 2f64.powi(10 - exponent)).round_ties_even() as u32;
    let bits = ((exponent + 14) as u32) * 1024 + units;
    if bits >= 0x7c00 {
        return overflow("float too large to pack with e format");
    }
    Ok(sign | bits as u16)
}

fn from_half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2f64.powi(i32::from(exponent) - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}
