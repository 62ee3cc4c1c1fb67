//! The outside of a session that travels: `Sk`, a version, and its bytes compressed, with a sum of them (zlib, RFC 1950); in a link all of
//! it in the alphabet that addresses keep (RFC 4648 §5, without padding).
//!
//! Decompression is bounded, so that a short link is a short work.
//!
//! *Why base64 by hand.* It is thirty lines; the crates for it are made for every alphabet and stream, and the page would carry them.
//!
//! Absent on purpose: encryption. Who has a link has the session; it never goes to a server, because it is an address's fragment.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_zlib_with_limit};

use crate::{Bundle, ReadError, WriteError};

/// The bytes of a session at most, before they are compressed.
pub const LONGEST: usize = 32 << 20;

/// How files with sessions end, after a dot.
pub const FILE_EXTENSION: &str = "sockscope";

/// A session's first bytes; as text they are always `U2s`.
const MARK: [u8; 2] = *b"Sk";

/// This version. A newer one changes what a byte means; a new name in [`Bundle::view`] does not.
const VERSION: u8 = 1;

/// How hard the compressor tries, of 10: its best that is not slow.
const EFFORT: u8 = 8;

/// A session as the bytes of a file.
///
/// # Errors
/// When it cannot be written down, or is too long to be read back.
pub fn to_bytes(bundle: &Bundle) -> Result<Vec<u8>, WriteError> {
    let inside = bundle.write()?;
    if inside.len() > LONGEST {
        return Err(WriteError::TooLong(inside.len()));
    }
    let mut bytes = [MARK[0], MARK[1], VERSION].to_vec();
    bytes.extend(compress_to_vec_zlib(&inside, EFFORT));
    Ok(bytes)
}

/// Reads a session from the bytes of a file.
///
/// # Errors
/// When they are none.
pub fn from_bytes(bytes: &[u8]) -> Result<Bundle, ReadError> {
    let inside = bytes.strip_prefix(&MARK).ok_or(ReadError::NoSession)?;
    let (version, compressed) = inside.split_first().ok_or(ReadError::Cut)?;
    match *version {
        VERSION => {}
        0 => return Err(ReadError::NoSession),
        newer => return Err(ReadError::Newer(newer)),
    }
    let inside = decompress_to_vec_zlib_with_limit(compressed, LONGEST).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => ReadError::TooLong,
        TINFLStatus::FailedCannotMakeProgress | TINFLStatus::NeedsMoreInput => ReadError::Cut,
        _ => ReadError::Broken,
    })?;
    Bundle::read(&inside)
}

/// A session as the text of a link.
///
/// # Errors
/// As of [`to_bytes`].
pub fn to_text(bundle: &Bundle) -> Result<String, WriteError> {
    to_bytes(bundle).map(|bytes| base64url(&bytes))
}

/// Reads a session from the text of a link.
///
/// # Errors
/// When it is none.
pub fn from_text(text: &str) -> Result<Bundle, ReadError> {
    if !text.starts_with("U2") {
        return Err(ReadError::NoSession);
    }
    from_bytes(&from_base64url(text).ok_or(ReadError::Broken)?)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, place| bits << 8 | u32::from(group.get(place).copied().unwrap_or(0)));
        let digits = (0..=group.len()).map(|place| DIGITS[(bits >> (18 - 6 * place) & 63) as usize]);
        text.extend(digits.map(char::from));
    }
    text
}

fn from_base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    for group in text.as_bytes().chunks(4) {
        let mut bits = 0;
        for digit in group {
            bits = bits << 6 | value(*digit)?;
        }
        bits <<= 6 * (4 - group.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    }))
}
