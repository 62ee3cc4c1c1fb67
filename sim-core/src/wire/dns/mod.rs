//! DNS messages (RFC 1035 §4; RFC 3596 for AAAA), and mDNS's (RFC 6762), which look the same.
//!
//! Absent on purpose: the two bytes of length before a message over TCP (§4.2.2), DNSSEC, and taking apart
//! the data of other types: they are kept as bytes.

mod name;
mod record;

use core::fmt;

use super::{WireError, u16_at};

pub use name::{Name, NameError};
pub use record::{Class, Data, Kind, Record, Soa};

/// The port of servers (§4.2).
pub const PORT: u16 = 53;
/// The port of multicast DNS (RFC 6762 §3).
pub const MULTICAST_PORT: u16 = 5353;
/// Length of the header.
pub const HEADER: usize = 12;
/// Longest message over UDP without EDNS (§4.2.1).
pub const LONGEST_UDP: usize = 512;

/// How a question went (§4.1.1). Others are kept by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseCode {
    /// 0: it went well, though perhaps there is no such record.
    NoError,
    /// 1: the question makes no sense.
    FormatError,
    /// 2: the server has failed.
    ServerFailure,
    /// 3: the name does not exist (NXDOMAIN).
    NameError,
    /// 4: the server does not do that.
    NotImplemented,
    /// 5: the server does not want to.
    Refused,
    /// Another code, up to 15.
    Other(u8),
}

impl ResponseCode {
    /// The code's number.
    pub const fn number(self) -> u8 {
        match self {
            ResponseCode::NoError => 0,
            ResponseCode::FormatError => 1,
            ResponseCode::ServerFailure => 2,
            ResponseCode::NameError => 3,
            ResponseCode::NotImplemented => 4,
            ResponseCode::Refused => 5,
            ResponseCode::Other(number) => number & 15,
        }
    }

    /// The code with this number.
    pub const fn from_number(number: u8) -> ResponseCode {
        match number & 15 {
            0 => ResponseCode::NoError,
            1 => ResponseCode::FormatError,
            2 => ResponseCode::ServerFailure,
            3 => ResponseCode::NameError,
            4 => ResponseCode::NotImplemented,
            5 => ResponseCode::Refused,
            number => ResponseCode::Other(number),
        }
    }
}

/// What the header says beside its counts (§4.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Number of the question.
    pub id: u16,
    /// It answers.
    pub response: bool,
    /// What kind of question, at most 15; 0 is a plain one.
    pub opcode: u8,
    /// The server is the authority for the name.
    pub authoritative: bool,
    /// The answer is cut: it is to be had in full over TCP.
    pub truncated: bool,
    /// The server shall ask others.
    pub recursion_desired: bool,
    /// The server does ask others.
    pub recursion_available: bool,
    /// How it went.
    pub code: ResponseCode,
}

/// A question (§4.1.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Of which name.
    pub name: Name,
    /// Of which type.
    pub kind: Kind,
    /// Of which class.
    pub class: Class,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its header.
    pub header: Header,
    /// What is asked.
    pub questions: Vec<Question>,
    /// What answers.
    pub answers: Vec<Record>,
    /// Who knows more; in a negative answer the SOA of the zone (RFC 2308 §3).
    pub authorities: Vec<Record>,
    /// What may help besides.
    pub additionals: Vec<Record>,
}

impl Message {
    /// A plain question.
    pub fn question(id: u16, name: Name, kind: Kind) -> Message {
        let header = Header {
            id,
            response: false,
            opcode: 0,
            authoritative: false,
            truncated: false,
            recursion_desired: true,
            recursion_available: false,
            code: ResponseCode::NoError,
        };
        let questions = vec![Question { name, kind, class: Class::IN }];
        Message { header, questions, answers: Vec::new(), authorities: Vec::new(), additionals: Vec::new() }
    }

    /// An answer to this message, without records yet.
    pub fn answer(&self, code: ResponseCode) -> Message {
        let header = Header { response: true, recursion_available: true, code, ..self.header };
        let questions = self.questions.clone();
        Message { header, questions, answers: Vec::new(), authorities: Vec::new(), additionals: Vec::new() }
    }

    /// The message in these bytes. What follows it is not looked at.
    pub fn parse(bytes: &[u8]) -> Result<Message, WireError> {
        let header = Header::parse(bytes)?;
        let mut at = HEADER;
        let count = |index: usize| u16_at(bytes, 4 + 2 * index);
        let mut questions = Vec::new();
        // A count that lies ends with the bytes: each question and record takes some.
        for _ in 0..count(0) {
            let (name, end) = Name::parse(bytes, at)?;
            let tail = bytes.get(end..end + 4).ok_or(WireError::Truncated)?;
            questions.push(Question { name, kind: Kind(u16_at(tail, 0)), class: Class(u16_at(tail, 2)) });
            at = end + 4;
        }
        let mut records = |count: u16| -> Result<Vec<Record>, WireError> {
            let mut records = Vec::new();
            for _ in 0..count {
                let (record, end) = Record::parse(bytes, at)?;
                records.push(record);
                at = end;
            }
            Ok(records)
        };
        let (answers, authorities, additionals) = (records(count(1))?, records(count(2))?, records(count(3))?);
        Ok(Message { header, questions, answers, authorities, additionals })
    }

    /// The message as bytes, with names compressed (§4.1.4) or plain.
    pub fn emit(&self, compressed: bool) -> Vec<u8> {
        let mut writer = name::Writer::new(compressed);
        self.header.emit(&mut writer.bytes);
        for list in [self.questions.len(), self.answers.len(), self.authorities.len(), self.additionals.len()] {
            let count = u16::try_from(list).expect("a DNS message has room for far fewer than 65,536 records");
            writer.number(count);
        }
        for question in &self.questions {
            writer.name(&question.name);
            writer.number(question.kind.0);
            writer.number(question.class.0);
        }
        for record in self.answers.iter().chain(&self.authorities).chain(&self.additionals) {
            record.emit(&mut writer);
        }
        writer.bytes
    }

    /// Seconds that a negative answer may be kept (RFC 2308 §5): the lesser of the SOA's own time to live and its minimum.
    pub fn negative_ttl(&self) -> Option<u32> {
        self.authorities.iter().find_map(|record| match &record.data {
            Data::Soa(soa) => Some(soa.minimum.min(record.ttl)),
            _ => None,
        })
    }
}

impl Header {
    /// The header at the start of a message.
    pub fn parse(bytes: &[u8]) -> Result<Header, WireError> {
        let header = bytes.get(..HEADER).ok_or(WireError::Truncated)?;
        Ok(Header {
            id: u16_at(header, 0),
            response: header[2] & 0x80 != 0,
            opcode: header[2] >> 3 & 15,
            authoritative: header[2] & 4 != 0,
            truncated: header[2] & 2 != 0,
            recursion_desired: header[2] & 1 != 0,
            recursion_available: header[3] & 0x80 != 0,
            code: ResponseCode::from_number(header[3]),
        })
    }

    fn emit(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.id.to_be_bytes());
        let flag = |on: bool, bit: u8| u8::from(on) << bit;
        bytes.push(
            flag(self.response, 7)
                | (self.opcode & 15) << 3
                | flag(self.authoritative, 2)
                | flag(self.truncated, 1)
                | flag(self.recursion_desired, 0),
        );
        bytes.push(flag(self.recursion_available, 7) | self.code.number());
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResponseCode::NoError => "NoError",
            ResponseCode::FormatError => "FormErr",
            ResponseCode::ServerFailure => "ServFail",
            ResponseCode::NameError => "NXDomain",
            ResponseCode::NotImplemented => "NotImp",
            ResponseCode::Refused => "Refused",
            ResponseCode::Other(number) => return write!(f, "Resp{number}"),
        })
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Header { id, response, code, truncated, .. } = self.header;
        if !response {
            write!(f, "{id}")?;
            return self.questions.iter().try_for_each(|question| write!(f, " {}? {}", question.kind, question.name));
        }
        let counts = (self.answers.len(), self.authorities.len(), self.additionals.len());
        write!(f, "{id}")?;
        if code != ResponseCode::NoError {
            write!(f, " {code}")?;
        }
        write!(f, "{} {}/{}/{}", if truncated { "|" } else { "" }, counts.0, counts.1, counts.2)?;
        self.answers.iter().try_for_each(|record| write!(f, " {record}"))
    }
}
