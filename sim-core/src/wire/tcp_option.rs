//! TCP options (RFC 9293 §3.2): read one by one, and written in Linux's order.
//!
//! Absent on purpose: writing options that the simulator does not use.

use core::fmt;

use super::{WireError, u16_at, u32_at};

/// One option, as it stands in the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpOption<'a> {
    /// End of the list; what follows is padding.
    End,
    /// Nothing: it aligns the next.
    Nop,
    /// Maximum segment size.
    Mss(u16),
    /// Window scale (RFC 7323 §2.2).
    WindowScale(u8),
    /// SACK may be used (RFC 2018 §2).
    SackPermitted,
    /// Blocks that have arrived out of order (RFC 2018 §3): pairs of sequence numbers, as bytes.
    Sack(&'a [u8]),
    /// Timestamp and its echo (RFC 7323 §3.2).
    Timestamps(u32, u32),
    /// An option of another kind, or of a wrong length for its kind: kind and data.
    Unknown(u8, &'a [u8]),
}

/// Reads the first option: it, and its length in bytes.
pub fn next(bytes: &[u8]) -> Result<(TcpOption<'_>, usize), WireError> {
    let kind = *bytes.first().ok_or(WireError::Truncated)?;
    match kind {
        0 => return Ok((TcpOption::End, bytes.len())),
        1 => return Ok((TcpOption::Nop, 1)),
        _ => {}
    }
    let length = usize::from(*bytes.get(1).ok_or(WireError::Truncated)?);
    if length < 2 {
        return Err(WireError::Length);
    }
    let data = bytes.get(2..length).ok_or(WireError::Length)?;
    let option = match (kind, data.len()) {
        (2, 2) => TcpOption::Mss(u16_at(data, 0)),
        (3, 1) => TcpOption::WindowScale(data[0]),
        (4, 0) => TcpOption::SackPermitted,
        (5, 8 | 16 | 24 | 32) => TcpOption::Sack(data),
        (8, 8) => TcpOption::Timestamps(u32_at(data, 0), u32_at(data, 4)),
        _ => TcpOption::Unknown(kind, data),
    };
    Ok((option, length))
}

/// What a segment's options say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Maximum segment size; on a SYN only.
    pub mss: Option<u16>,
    /// Window scale; on a SYN only.
    pub window_scale: Option<u8>,
    /// SACK may be used; on a SYN only.
    pub sack_permitted: bool,
    /// Timestamp and its echo.
    pub timestamps: Option<(u32, u32)>,
    /// SACK blocks, so many of them as `sack_blocks` says.
    pub sack: [(u32, u32); 4],
    /// How many of `sack` are filled.
    pub sack_blocks: usize,
}

impl Options {
    /// The options in these bytes. A malformed list ends there, as on Linux.
    pub fn parse(mut bytes: &[u8]) -> Options {
        let mut options = Options::default();
        while let Ok((option, length)) = next(bytes) {
            match option {
                TcpOption::End => break,
                TcpOption::Mss(mss) => options.mss = Some(mss),
                // RFC 7323 §2.3: a shift above 14 is taken as 14.
                TcpOption::WindowScale(shift) => options.window_scale = Some(shift.min(14)),
                TcpOption::SackPermitted => options.sack_permitted = true,
                TcpOption::Timestamps(value, echo) => options.timestamps = Some((value, echo)),
                TcpOption::Sack(blocks) => {
                    options.sack_blocks = blocks.len() / 8;
                    for (slot, block) in options.sack.iter_mut().zip(blocks.chunks_exact(8)) {
                        *slot = (u32_at(block, 0), u32_at(block, 4));
                    }
                }
                TcpOption::Nop | TcpOption::Unknown(..) => {}
            }
            bytes = &bytes[length..];
        }
        options
    }

    /// Length of what [`Options::emit`] writes: a multiple of four.
    pub fn len(&self) -> usize {
        let mut length = 0;
        if self.mss.is_some() {
            length += 4;
        }
        if self.timestamps.is_some() {
            length += 12;
        } else if self.sack_permitted {
            length += 4;
        }
        if self.window_scale.is_some() {
            length += 4;
        }
        if self.sack_blocks > 0 {
            length += 4 + 8 * self.sack_blocks;
        }
        length
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes them in Linux's order: MSS, SACK-permitted, timestamps, window scale, SACK; each aligned to four bytes.
    pub fn emit(&self, bytes: &mut [u8]) {
        let mut writer = Writer { bytes, at: 0 };
        if let Some(mss) = self.mss {
            writer.put(&[2, 4]);
            writer.put(&mss.to_be_bytes());
        }
        match (self.sack_permitted, self.timestamps) {
            (true, Some(_)) => writer.put(&[4, 2]),
            (true, None) => writer.put(&[1, 1, 4, 2]),
            (false, Some(_)) => writer.put(&[1, 1]),
            (false, None) => {}
        }
        if let Some((value, echo)) = self.timestamps {
            writer.put(&[8, 10]);
            writer.put(&value.to_be_bytes());
            writer.put(&echo.to_be_bytes());
        }
        if let Some(shift) = self.window_scale {
            writer.put(&[1, 3, 3, shift]);
        }
        if self.sack_blocks > 0 {
            // At most four blocks: the length fits a byte.
            writer.put(&[1, 1, 5, 2 + 8 * self.sack_blocks as u8]);
            for (left, right) in &self.sack[..self.sack_blocks] {
                writer.put(&left.to_be_bytes());
                writer.put(&right.to_be_bytes());
            }
        }
    }
}

struct Writer<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.at..self.at + bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }
}

impl fmt::Display for TcpOption<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TcpOption::End => f.write_str("eol"),
            TcpOption::Nop => f.write_str("nop"),
            TcpOption::Mss(mss) => write!(f, "mss {mss}"),
            TcpOption::WindowScale(shift) => write!(f, "wscale {shift}"),
            TcpOption::SackPermitted => f.write_str("sackOK"),
            TcpOption::Sack(blocks) => {
                f.write_str("sack")?;
                for block in blocks.chunks_exact(8) {
                    write!(f, " {{{}:{}}}", u32_at(block, 0), u32_at(block, 4))?;
                }
                Ok(())
            }
            TcpOption::Timestamps(value, echo) => write!(f, "TS val {value} ecr {echo}"),
            TcpOption::Unknown(kind, data) => write!(f, "unknown-{kind} length {}", data.len() + 2),
        }
    }
}
