//! Domain names (RFC 1035 §3.1): labels as bytes, and their compression (§4.1.4).
//!
//! Absent on purpose: international names; they are ASCII on the wire (RFC 5890), and the caller makes them so.

use core::fmt;
use core::str::FromStr;

use super::{HEADER, WireError};

/// Longest name on the wire (§2.3.4), its root included.
const LONGEST: usize = 255;
/// Longest label (§2.3.4).
const LONGEST_LABEL: usize = 63;
/// Most pointers that one name may follow: as many as a name has labels.
const MOST_POINTERS: usize = 128;
/// The two highest bits of a byte that begins a pointer (§4.1.4).
const POINTER: u8 = 0xc0;

/// A domain name. Two names that differ in case alone are the same (§2.3.3): see [`Name::is`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// The labels, each after its length, and the root's zero.
    wire: Vec<u8>,
}

/// Why a text is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Two dots stand side by side, or one at the start.
    EmptyLabel,
    /// A label has more than 63 bytes.
    LongLabel,
    /// The name has more than 253 characters.
    Long,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameError::EmptyLabel => "a domain name has a label without letters: remove one of the dots",
            NameError::LongLabel => "a label of the domain name has more than 63 bytes: shorten it",
            NameError::Long => "the domain name has more than 253 characters: shorten it",
        })
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// A name such as `www.example.com`; a dot at its end changes nothing.
    fn from_str(text: &str) -> Result<Name, NameError> {
        let text = text.strip_suffix('.').unwrap_or(text);
        let mut wire = Vec::with_capacity(text.len() + 2);
        for label in text.split('.').filter(|_| !text.is_empty()) {
            match label.len() {
                0 => return Err(NameError::EmptyLabel),
                length @ 1..=LONGEST_LABEL => wire.push(length as u8),
                _ => return Err(NameError::LongLabel),
            }
            wire.extend(label.as_bytes());
        }
        wire.push(0);
        if wire.len() > LONGEST { Err(NameError::Long) } else { Ok(Name { wire }) }
    }
}

impl Name {
    /// The name at this place of a message, and where it ends there.
    pub fn parse(message: &[u8], start: usize) -> Result<(Name, usize), WireError> {
        let mut wire = Vec::new();
        let (mut at, mut end) = (start, None);
        // A pointer leads to a place before the one that the last pointer led to: no loop can be made of that.
        let mut before = start;
        let mut pointers = 0;
        loop {
            let length = *message.get(at).ok_or(WireError::Truncated)?;
            if length & POINTER == POINTER {
                let low = *message.get(at + 1).ok_or(WireError::Truncated)?;
                let target = usize::from(length & !POINTER) << 8 | usize::from(low);
                pointers += 1;
                if target >= before || target < HEADER || pointers > MOST_POINTERS {
                    return Err(WireError::Unsupported);
                }
                end.get_or_insert(at + 2);
                (at, before) = (target, target);
                continue;
            }
            if length & POINTER != 0 {
                // The other two values of these bits were never given a meaning that lasted.
                return Err(WireError::Unsupported);
            }
            let next = at + 1 + usize::from(length);
            wire.extend(message.get(at..next).ok_or(WireError::Truncated)?);
            if wire.len() > LONGEST {
                return Err(WireError::Length);
            }
            if length == 0 {
                return Ok((Name { wire }, end.unwrap_or(next)));
            }
            at = next;
        }
    }

    /// The labels, without the root.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &self.wire[..];
        core::iter::from_fn(move || {
            let (length, after) = rest.split_first()?;
            let (label, after) = after.split_at(usize::from(*length));
            rest = after;
            (!label.is_empty()).then_some(label)
        })
    }

    /// The same name: the case of letters is not heeded (§2.3.3).
    pub fn is(&self, other: &Name) -> bool {
        self.wire.eq_ignore_ascii_case(&other.wire)
    }

    /// The name that is asked for to find the name of an address (§3.5; RFC 3596 §2.5).
    pub fn reverse(address: core::net::IpAddr) -> Name {
        let text = match address {
            core::net::IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            core::net::IpAddr::V6(address) => {
                let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
                nibbles.map(|nibble| format!("{nibble:x}.")).collect::<String>() + "ip6.arpa"
            }
        };
        text.parse().expect("an address makes a short name")
    }
}

impl fmt::Display for Name {
    /// With a dot at its end, as tcpdump and zone files have it; a byte that is no printable character as `\ddd` (§5.1).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wire.len() == 1 {
            return f.write_str(".");
        }
        for label in self.labels() {
            for byte in label {
                match byte {
                    b'.' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                    b'!'..=b'~' => write!(f, "{}", char::from(*byte))?,
                    _ => write!(f, "\\{byte:03}")?,
                }
            }
            f.write_str(".")?;
        }
        Ok(())
    }
}

/// Writes a message, and remembers where names stand in it.
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    compressed: bool,
    /// Places of names and of their ends, in the order they were written.
    names: Vec<(u16, Vec<u8>)>,
}

impl Writer {
    pub(super) fn new(compressed: bool) -> Writer {
        Writer { bytes: Vec::new(), compressed, names: Vec::new() }
    }

    pub(super) fn number(&mut self, number: u16) {
        self.bytes.extend(number.to_be_bytes());
    }

    /// Writes a name: as far as its end stands nowhere yet as labels, then as a pointer to that.
    pub(super) fn name(&mut self, name: &Name) {
        let mut rest = &name.wire[..];
        while rest.len() > 1 {
            if let Some((place, _)) = self.names.iter().find(|(_, known)| known == rest).filter(|_| self.compressed) {
                let pointer = u16::from(POINTER) << 8 | *place;
                return self.number(pointer);
            }
            // §4.1.4: a pointer has 14 bits.
            if let Ok(place @ 0..0x4000) = u16::try_from(self.bytes.len()) {
                self.names.push((place, rest.to_vec()));
            }
            let (label, after) = rest.split_at(1 + usize::from(rest[0]));
            self.bytes.extend(label);
            rest = after;
        }
        self.bytes.push(0);
    }
}
