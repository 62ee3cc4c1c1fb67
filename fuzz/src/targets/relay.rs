//! Messages of the relay's protocol: what is read is written again byte for byte, in both directions.
//!
//! Absent on purpose: sessions; they have sockets and clocks.

use fastrand::Rng;
use relay_proto::{ClientMessage, ServerMessage};

use crate::Target;

pub(super) const TARGET: Target = Target {
    name: "relay",
    about: "messages of the relay's protocol, in both directions",
    corpus,
    most: 1,
    mend: |_| {},
    try_case,
};

/// Every tag with a socket's number, and with fields that suit some of them: numbers, an address, a name, bytes.
fn corpus() -> Vec<Vec<u8>> {
    let fields: [&[u8]; 5] =
        [&[], &[1, 1, 0, 0, 16, 0], &[4, 127, 0, 0, 1, 0xda, 0x1e], b"\x09\0\0\0localhost", &[1; 48]];
    (0..=u8::MAX).flat_map(|tag| fields.map(|fields| [&[tag, 7, 0, 0, 0], fields].concat())).collect()
}

fn try_case(case: &[Vec<u8>], _: &mut Rng) {
    for bytes in case {
        if let Ok(message) = ClientMessage::decode(bytes) {
            assert_eq!(&message.encode(), bytes, "{message:?}");
        }
        if let Ok(message) = ServerMessage::decode(bytes) {
            assert_eq!(&message.encode(), bytes, "{message:?}");
        }
    }
}
