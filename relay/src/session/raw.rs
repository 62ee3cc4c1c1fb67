//! What a client of `/tcp/HOST:PORT` does: it sends bytes for the one connection there is.
//!
//! Absent: what becomes of them (`stream`), and what the client hears (`dialect/raw`).

use super::Session;
use super::body::Body;
use crate::connect::{Judged, dial_judged};
use crate::dialect::Dialect;
use crate::stream::Stream;
use std::sync::Arc;

/// The only socket. Nobody sees its number.
const SOCKET: u32 = 1;

impl Session {
    pub(super) fn dial(&mut self, target: Judged) {
        let attempt = dial_judged(Arc::clone(&self.common.network), target, self.common.clock);
        let key = self.insert(SOCKET, Body::Stream(Stream::unrationed(SOCKET, attempt)));
        self.touch(key);
    }

    pub(super) fn send_raw(&mut self, bytes: &[u8]) {
        let Some(&key) = self.numbers.get(&SOCKET) else {
            return;
        };
        if let (Body::Stream(stream), Dialect::Raw(raw)) = (&mut self.slots[key].body, &mut self.common.out.dialect) {
            raw.sent(bytes.len());
            stream.lend(&mut self.common.spare);
            // Its only failures are those of rationing and of SHUTDOWN.
            let _ = stream.data(bytes);
            self.touch(key);
        }
    }
}
