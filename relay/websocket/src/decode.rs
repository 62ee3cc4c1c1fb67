//! Messages out of a client's bytes.
//!
//! Absent: a limit for the bytes that the caller reads ahead; it is the caller's buffer.

#[cfg(test)]
mod tests;

use crate::encode::Opcode;
use crate::{CloseFrame, Error, MAX_CONTROL, Message, mask};
use bytes::{Buf, Bytes, BytesMut};

/// What stands before a payload.
#[derive(Clone, Copy)]
struct Head {
    fin: bool,
    opcode: Opcode,
    length: usize,
    key: [u8; 4],
}

/// The fragments of a message, up to now.
struct Fragments {
    text: bool,
    bytes: BytesMut,
    /// So many of them are whole characters.
    checked: usize,
}

/// Reads the frames of one client.
pub struct Decoder {
    limit: usize,
    head: Option<Head>,
    fragments: Option<Fragments>,
}

impl Decoder {
    /// For a client whose messages have at most so many bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, head: None, fragments: None }
    }

    /// How many bytes must be added to those that [`Decoder::decode`] has left before there can be something more: at least one.
    pub fn missing(&self, left: usize) -> usize {
        self.head.map_or(1, |head| head.length.saturating_sub(left).max(1))
    }

    /// Takes the next message from the front of the bytes, or `None` when they do not hold a whole one.
    ///
    /// # Errors
    /// The rule that the client has broken. Nothing that follows means anything.
    pub fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<Message>, Error> {
        loop {
            let head = match self.head {
                Some(head) => head,
                None => match self.take_head(bytes)? {
                    Some(head) => *self.head.insert(head),
                    None => return Ok(None),
                },
            };
            if bytes.len() < head.length {
                return Ok(None);
            }
            self.head = None;
            let mut payload = bytes.split_to(head.length);
            mask::apply(&mut payload, head.key);
            if let Some(message) = self.frame(head, payload)? {
                return Ok(Some(message));
            }
        }
    }

    /// RFC 6455, 5.2, and every rule that can be judged before the payload is there.
    fn take_head(&self, bytes: &mut BytesMut) -> Result<Option<Head>, Error> {
        let &[first, second, ref rest @ ..] = &bytes[..] else {
            return Ok(None);
        };
        let fin = first & 0x80 != 0;
        if first & 0x70 != 0 {
            return Err(Error::Protocol("a reserved bit is set, and no extension was agreed on (RFC 6455, 5.2)"));
        }
        let opcode = Opcode::of(first & 0x0f).ok_or(Error::Protocol("an opcode that is reserved (RFC 6455, 5.2)"))?;
        if second & 0x80 == 0 {
            return Err(Error::Protocol("a frame of a client that is not masked (RFC 6455, 5.1)"));
        }
        let short = second & 0x7f;
        self.judge(opcode, fin, short)?;
        let Some((length, extra)) = take_length(short, rest)? else {
            return Ok(None);
        };
        let before = self.fragments.as_ref().map_or(0, |fragments| fragments.bytes.len());
        if !opcode.is_control() && length > (self.limit.saturating_sub(before)) as u64 {
            return Err(Error::TooLong(self.limit));
        }
        let Some(key) = rest.get(extra..extra + 4) else {
            return Ok(None);
        };
        let head = Head { fin, opcode, length: length as usize, key: key.try_into().expect("it is four bytes") };
        bytes.advance(2 + extra + 4);
        Ok(Some(head))
    }

    /// RFC 6455, 5.4 and 5.5: what may follow what.
    fn judge(&self, opcode: Opcode, fin: bool, short: u8) -> Result<(), Error> {
        let broken = match opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong if !fin => "a control frame in fragments (RFC 6455, 5.5)",
            Opcode::Close | Opcode::Ping | Opcode::Pong if usize::from(short) > MAX_CONTROL => {
                "a control frame of more than 125 bytes (RFC 6455, 5.5)"
            }
            Opcode::Continuation if self.fragments.is_none() => "a continuation of no message (RFC 6455, 5.4)",
            Opcode::Text | Opcode::Binary if self.fragments.is_some() => {
                "a new message before the last one has ended (RFC 6455, 5.4)"
            }
            _ => return Ok(()),
        };
        Err(Error::Protocol(broken))
    }

    fn frame(&mut self, head: Head, payload: BytesMut) -> Result<Option<Message>, Error> {
        Ok(Some(match head.opcode {
            Opcode::Ping => Message::Ping(payload.freeze()),
            Opcode::Pong => Message::Pong(payload.freeze()),
            Opcode::Close => Message::Close(close_frame(&payload)?),
            Opcode::Binary if head.fin => Message::Binary(payload.freeze()),
            Opcode::Text if head.fin => {
                std::str::from_utf8(&payload).map_err(|_| Error::Utf8)?;
                Message::Text(payload.freeze())
            }
            Opcode::Text | Opcode::Binary | Opcode::Continuation => return self.fragment(head, &payload),
        }))
    }

    fn fragment(&mut self, head: Head, payload: &[u8]) -> Result<Option<Message>, Error> {
        let text = head.opcode == Opcode::Text;
        let begin = || Fragments { text, bytes: BytesMut::new(), checked: 0 };
        let fragments = self.fragments.get_or_insert_with(begin);
        fragments.bytes.extend_from_slice(payload);
        if fragments.text {
            fragments.check()?;
        }
        if !head.fin {
            return Ok(None);
        }
        let Some(Fragments { text, bytes, checked }) = self.fragments.take() else {
            return Ok(None);
        };
        if text && checked < bytes.len() {
            return Err(Error::Utf8);
        }
        let bytes: Bytes = bytes.freeze();
        Ok(Some(if text { Message::Text(bytes) } else { Message::Binary(bytes) }))
    }
}

impl Fragments {
    /// What cannot become UTF-8 is refused now; a character may still be cut by the end (RFC 6455, 8.1).
    fn check(&mut self) -> Result<(), Error> {
        match std::str::from_utf8(&self.bytes[self.checked..]) {
            Ok(_) => self.checked = self.bytes.len(),
            Err(error) if error.error_len().is_none() => self.checked += error.valid_up_to(),
            Err(_) => return Err(Error::Utf8),
        }
        Ok(())
    }
}

/// The length, and how many bytes it took beside the short one.
fn take_length(short: u8, rest: &[u8]) -> Result<Option<(u64, usize)>, Error> {
    let (extra, least) = match short {
        126 => (2, 126),
        127 => (8, 1 << 16),
        _ => return Ok(Some((u64::from(short), 0))),
    };
    let Some(field) = rest.get(..extra) else {
        return Ok(None);
    };
    let length = field.iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
    // The highest bit, which must not be set, makes it too long for anybody.
    if length < least {
        return Err(Error::Protocol("a length that is not in its shortest form (RFC 6455, 5.2)"));
    }
    Ok(Some((length, extra)))
}

/// RFC 6455, 5.5.1 and 7.4.
fn close_frame(payload: &[u8]) -> Result<Option<CloseFrame>, Error> {
    let (code, reason) = match payload {
        [] => return Ok(None),
        [_] => return Err(Error::Protocol("a close code of one byte (RFC 6455, 5.5.1)")),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    // 1004 to 1006 and 1015 are never sent; up to 2999 only what is registered exists (RFC 6455, 7.4.2).
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Error::Protocol("a close code that does not exist (RFC 6455, 7.4)"));
    }
    let reason = std::str::from_utf8(reason).map_err(|_| Error::Utf8)?.to_owned();
    Ok(Some(CloseFrame { code, reason }))
}
