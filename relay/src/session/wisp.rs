//! What each packet of a Wisp client does. The streams are the same sockets, under the same policy and bounds, as those of
//! `sockscope.v1`.
//!
//! Absent: credit, and what the client hears (`dialect/wisp`).

use super::body::Body;
use super::{End, Session};
use crate::connect::{self, literal_or_name};
use crate::datagram::Datagram;
use crate::dialect::{Dialect, Wisp};
use crate::stream::Stream;
use relay_proto::wisp::{self, Packet};
use relay_proto::{Address, CLOSE_MALFORMED, ClientMessage, Family, SESSION};
use std::borrow::Cow;
use std::sync::Arc;
use std::task::Context;

/// What a waiting packet may cost beside its payload.
const PACKET_COST: usize = 128;

impl Session {
    pub(super) fn packet(&mut self, bytes: &[u8], cx: &mut Context<'_>) -> Result<(), End> {
        let malformed = |sentence: String| Err(End::Refused(CLOSE_MALFORMED, sentence));
        match Packet::decode(bytes) {
            Ok(Packet::Connect { stream: SESSION, .. }) => malformed("stream 0 is the session itself".to_owned()),
            Ok(Packet::Connect { stream, kind, port, host }) => {
                if let Err(reason) = self.connect_stream(stream, kind, port, &host, cx) {
                    self.end_stream(stream, reason, cx);
                }
                Ok(())
            }
            Ok(Packet::Data { stream, payload }) => {
                if let Err(reason) = self.send_on(stream, payload, cx) {
                    self.reset_stream(stream);
                    self.end_stream(stream, reason, cx);
                }
                Ok(())
            }
            Ok(Packet::Close { stream, .. }) => {
                self.wisp().close(stream);
                self.hang_up(stream, cx);
                Ok(())
            }
            Ok(Packet::Continue { .. }) => malformed("CONTINUE is for the relay to send".to_owned()),
            Err(error) => malformed(error.to_string()),
        }
    }

    /// The error is the reason of its CLOSE.
    fn connect_stream(
        &mut self,
        stream: u32,
        kind: u8,
        port: u16,
        host: &[u8],
        cx: &mut Context<'_>,
    ) -> Result<(), u8> {
        if self.numbers.contains_key(&stream) {
            // Nobody could tell the two apart from now on.
            self.reset_stream(stream);
            return Err(wisp::INVALID);
        }
        let to = target(host, port).ok_or(wisp::INVALID)?;
        if self.slots.len() >= self.common.network.limits.sockets as usize {
            return Err(wisp::THROTTLED);
        }
        let body = match kind {
            wisp::TCP => self.tcp(stream, to)?,
            wisp::UDP => self.udp(stream, to, cx)?,
            _ => return Err(wisp::INVALID),
        };
        let key = self.insert(stream, body);
        self.wisp().open(stream);
        self.touch(key);
        Ok(())
    }

    fn tcp(&mut self, stream: u32, to: Address) -> Result<Body, u8> {
        self.common.opens.take().map_err(|_| wisp::THROTTLED)?;
        let (network, clock) = (Arc::clone(&self.common.network), self.common.clock);
        Ok(Body::Stream(Stream::unrationed(stream, connect::dial(network, to, clock))))
    }

    /// A name means its IPv4 address: the socket has to be of one family before the name is looked up.
    fn udp(&mut self, stream: u32, to: Address, cx: &mut Context<'_>) -> Result<Body, u8> {
        let family = if matches!(to, Address::Inet6 { .. }) { Family::Inet6 } else { Family::Inet };
        let datagram = Datagram::unrationed(stream, family, &self.common.network);
        let mut datagram = Box::new(datagram.map_err(|_| wisp::THROTTLED)?);
        let connect = ClientMessage::Connect { socket: stream, to };
        datagram.call(connect, &mut self.common.env(cx, false, None)).map_err(|_| wisp::THROTTLED)?;
        Ok(Body::Datagram(datagram))
    }

    /// The error is the reason of its CLOSE.
    fn send_on(&mut self, stream: u32, payload: Cow<'_, [u8]>, cx: &mut Context<'_>) -> Result<(), u8> {
        // A stream that is not there has just been closed: the packets have crossed.
        let Some(&key) = self.numbers.get(&stream) else {
            return Ok(());
        };
        let is_stream = matches!(self.slots[key].body, Body::Stream(_));
        let in_credit = !is_stream || self.wisp().sent(stream, payload.len());
        if !in_credit || !self.has_room_for(payload.len() + PACKET_COST) {
            return Err(wisp::THROTTLED);
        }
        // The only failures of both are those of rationing and of SHUTDOWN.
        let _ = match &mut self.slots[key].body {
            Body::Stream(stream) => {
                stream.lend(&mut self.common.spare);
                stream.data(&payload)
            }
            Body::Datagram(datagram) => datagram
                .call(ClientMessage::Data { socket: stream, bytes: payload }, &mut self.common.env(cx, false, None)),
            Body::Listener(_) | Body::Lookup(_) => unreachable!("a Wisp stream is TCP or UDP"),
        };
        self.touch(key);
        Ok(())
    }

    /// Whether all of the session's sockets together may hold so much more. They are counted only when they may be full.
    fn has_room_for(&mut self, bytes: usize) -> bool {
        if self.wisp().room < bytes {
            let queued: usize = self.slots.iter().map(|(_, slot)| slot.body.queued()).sum();
            self.wisp().room = (self.common.network.limits.wisp_bytes as usize).saturating_sub(queued);
        }
        match self.wisp().room.checked_sub(bytes) {
            Some(left) => {
                self.wisp().room = left;
                true
            }
            None => false,
        }
    }

    fn end_stream(&mut self, stream: u32, reason: u8, cx: &mut Context<'_>) {
        let close = self.wisp().end(stream, reason);
        self.common.out.send_bytes(cx, close);
    }

    fn reset_stream(&mut self, stream: u32) {
        if let Some(&key) = self.numbers.get(&stream) {
            self.slots[key].body.reset();
        }
    }

    fn wisp(&mut self) -> &mut Wisp {
        match &mut self.common.out.dialect {
            Dialect::Wisp(wisp) => wisp,
            _ => unreachable!("packets are Wisp's"),
        }
    }
}

/// Clients write IPv6 addresses with brackets, as in a URL, or without.
fn target(host: &[u8], port: u16) -> Option<Address> {
    let host = std::str::from_utf8(host).ok()?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    (port != 0 && !bare.is_empty()).then(|| literal_or_name(bare, port))
}
