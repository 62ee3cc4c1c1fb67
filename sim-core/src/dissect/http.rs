//! HTTP/1.1: the start line, each header line, and the body, as text.
//!
//! Written here and not taken from a parser: every byte needs a place, a head may be cut off by the end of a segment, and nothing has to be
//! understood. Absent on purpose: messages that span several segments: all but the first is data.

use crate::layer::Protocol;

use super::FieldName as Name;
use super::reader::Reader;

/// Longest start line that is looked for (RFC 9112 §3 asks for 8,000 at least).
const LONGEST: usize = 8192;

/// A start line stands at the start (RFC 9112 §2.1).
pub(super) fn begins(bytes: &[u8]) -> bool {
    start_line(bytes).is_some()
}

/// The name of the start line, where there is a whole one.
fn start_line(bytes: &[u8]) -> Option<Name> {
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b'\n')?;
    let line = bytes[..end].trim_ascii_end();
    if is_version(line.get(..8)?) && line.get(8) == Some(&b' ') {
        return Some(Name::HttpResponse);
    }
    // Method, target and version (§3).
    let mut words = line.split(|byte| *byte == b' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_request = !method.is_empty()
        && method.iter().all(u8::is_ascii_alphanumeric)
        && !target.is_empty()
        && is_version(version)
        && words.next().is_none();
    is_request.then_some(Name::HttpRequest)
}

/// §2.3: `HTTP/1.1` and the like.
fn is_version(word: &[u8]) -> bool {
    matches!(word, [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor] if minor.is_ascii_digit())
}

/// A segment that begins with a start line.
pub(super) fn http(reader: &mut Reader<'_>, length: usize) {
    let start = start_line(&reader.rest()[..length]);
    reader.section(Protocol::Http, length, |fields| {
        let (mut name, header) = match start {
            Some(Name::HttpResponse) => (Name::HttpResponse, Name::HttpResponseHeader),
            _ => (Name::HttpRequest, Name::HttpRequestHeader),
        };
        while !fields.rest().is_empty() {
            let rest = fields.rest();
            let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
            let line = rest[..length].trim_ascii_end();
            if line.is_empty() && rest[length - 1] == b'\n' {
                fields.text(Name::HttpEnd, length);
                fields.text(Name::HttpBody, fields.rest().len());
                return;
            }
            fields.value(name, length, line.escape_ascii());
            name = header;
        }
    });
}
