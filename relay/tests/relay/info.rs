//! What the kernel knows of a connection: true, at once, at its pace, to the end, and never in the way.
#![cfg(target_os = "linux")]

use crate::harness::{Lab, Relay, accept, listener, pair, show, within};
use relay_proto::{Call, ClientMessage, Family, INFO_FIELDS, Kind, ServerMessage};
use std::collections::HashMap;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

type Info = (u64, HashMap<&'static str, u64>);

fn watch(socket: u32, info_every: u32) -> ClientMessage<'static> {
    ClientMessage::Watch { socket, info_every, capture: false }
}

fn info(message: &ServerMessage<'_>) -> Option<Info> {
    let ServerMessage::Info { at, fields, .. } = message else { return None };
    let named = fields.iter().map(|&(number, value)| (INFO_FIELDS[usize::from(number) - 1], value));
    Some((*at, named.collect()))
}

impl Lab {
    /// The next message, which must be INFO of this socket.
    async fn info(&mut self, socket: u32) -> Info {
        let message = self.answer().await;
        assert_eq!(message.socket(), socket, "{}", show(&message));
        info(&message).unwrap_or_else(|| panic!("INFO was expected, not {}", show(&message)))
    }
}

#[tokio::test]
async fn it_is_what_the_kernel_counted() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, 100_000).await;
    lab.data(1, &[1; 5000]).await;
    peer.write_all(&[2; 7000]).await.unwrap();
    lab.receive(1, 7000).await;
    let mut heard = vec![0; 5000];
    within("the bytes", tokio::io::AsyncReadExt::read_exact(&mut peer, &mut heard)).await.unwrap();
    lab.send(watch(1, 3_600_000)).await;
    let (_, fields) = lab.info(1).await;
    // This kernel may be older than the list; what it told in 2016 is there.
    for name in &INFO_FIELDS[..30] {
        assert!(fields.contains_key(name), "{name} is missing");
    }
    assert_eq!((fields["state"], fields["ca_state"], fields["lost"]), (1, 0, 0), "{fields:?}");
    assert_eq!(fields["bytes_received"], 7000);
    assert!(fields["data_segs_in"] >= 1 && fields["data_segs_out"] >= 1, "{fields:?}");
    assert!((1..1_000_000).contains(&fields["rtt"]) && fields["min_rtt"] <= fields["rtt"], "{fields:?}");
    assert!((500..=65_535).contains(&fields["snd_mss"]) && fields["pmtu"] >= fields["snd_mss"], "{fields:?}");
    assert!(fields["snd_cwnd"] >= 2 && fields["rto"] >= 1000, "{fields:?}");
    assert!(fields["snd_wnd"] > 1000, "{fields:?}");
    // A last one counts, so this one asks again; an accepted connection of IPv6 tells as well.
    lab.send(watch(1, 3_600_000)).await;
    // The ACK may come later than the bytes: SYN and 5000 of them.
    let acked = lab.info(1).await.1["bytes_acked"];
    assert!(acked == 5000 || acked == 5001, "{acked}");
    let address = lab.serve(2, Family::Inet6).await;
    let (connection, _peer) = lab.accept_one(2, address, 0).await;
    lab.send(watch(connection, 3_600_000)).await;
    assert_eq!(lab.info(connection).await.1["state"], 1);
    relay.stop().await;
}

#[tokio::test]
async fn it_comes_again_and_again_at_its_pace_until_it_is_ended() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let _peer = pair(&mut lab, 1, 100).await;
    for (asked, least) in [(50, 50), (1, 10)] {
        lab.send(watch(1, asked)).await;
        let first = lab.info(1).await.0;
        let mut last = first;
        for _ in 0..5 {
            let at = lab.info(1).await.0;
            assert!(at > last);
            last = at;
        }
        assert!(last - first >= 5 * least * 1_000_000, "{} ns", last - first);
        lab.send(watch(1, 0)).await;
        // What was on its way comes, and then nothing.
        lab.send(ClientMessage::Lookup { socket: 9, name: "127.0.0.1".into() }).await;
        while info(&lab.next().await).is_some() {}
        let quiet = tokio::time::timeout(Duration::from_millis(120), lab.next()).await;
        assert!(quiet.is_err(), "{}", show(&quiet));
    }
    relay.stop().await;
}

#[tokio::test]
async fn the_last_one_tells_how_the_connection_ended() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    for credit in [1000, 0] {
        let mut peer = pair(&mut lab, 1, credit).await;
        lab.send(watch(1, 3_600_000)).await;
        assert_eq!(lab.info(1).await.1["state"], 1);
        peer.write_all(b"x").await.unwrap();
        if credit > 0 {
            lab.receive(1, 1).await;
        }
        peer.set_zero_linger().unwrap();
        drop(peer);
        let last = lab.info(1).await.1;
        assert_eq!((last["state"], last["bytes_received"]), (7, 1));
        assert!(matches!(lab.answer().await, ServerMessage::Reset { socket: 1, .. }));
        lab.send(watch(1, 10)).await;
        lab.send(ClientMessage::Close { socket: 1 }).await;
    }
    // Both FINs: it goes on until the kernel has no connection any more.
    let mut peer = pair(&mut lab, 1, 1000).await;
    lab.send(watch(1, 10)).await;
    peer.shutdown().await.unwrap();
    let mut states = Vec::new();
    let mut shut = false;
    loop {
        match lab.answer().await {
            ServerMessage::Fin { .. } => {
                shut = true;
                lab.send(ClientMessage::Shutdown { socket: 1, how: relay_proto::How::Write }).await;
            }
            message => states.push(info(&message).unwrap().1["state"]),
        }
        if states.last() == Some(&7) {
            break;
        }
    }
    assert!(
        shut && states.is_sorted_by_key(|state| [1, 8, 9, 7].iter().position(|known| known == state)),
        "{states:?}"
    );
    let quiet = tokio::time::timeout(Duration::from_millis(100), lab.next()).await;
    assert!(quiet.is_err(), "{}", show(&quiet));
    relay.stop().await;
}

#[tokio::test]
async fn what_is_no_tcp_connection_has_none() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    lab.open(1, Family::Inet, 0).await;
    lab.serve(2, Family::Inet).await;
    lab.send(ClientMessage::Open { socket: 3, family: Family::Inet, kind: Kind::Datagram, credit: 0 }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Opened { .. }));
    for (socket, errno) in [(1, "ENOTCONN"), (2, "ENOTCONN"), (3, "EOPNOTSUPP"), (4, "EBADF")] {
        let (call, name, _) = lab.fails(watch(socket, 10)).await;
        assert_eq!((call, name.as_str()), (Call::GetSockOpt, errno), "{socket}");
    }
    let (real, address) = listener().await;
    lab.send(ClientMessage::Connect { socket: 1, to: address.into() }).await;
    assert!(matches!(lab.answer().await, ServerMessage::Connected { .. }));
    accept(&real).await;
    lab.send(watch(1, 1000)).await;
    lab.info(1).await;
    relay.stop().await;
}

/// A client that does not read loses moments, and no bytes; nothing piles up for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_left_out_where_there_is_no_room() {
    let relay = Relay::start().await;
    let mut lab = relay.lab().await;
    let mut peer = pair(&mut lab, 1, u32::MAX).await;
    lab.send(watch(1, 10)).await;
    let mut last = lab.info(1).await.0;
    let block = vec![3; 1 << 20];
    let mut sent = 0;
    while let Ok(length) = tokio::time::timeout(Duration::from_millis(700), peer.write(&block)).await {
        sent += length.unwrap();
    }
    let (mut received, mut longest, mut after) = (0, 0, false);
    while received < sent || !after {
        let message = lab.next().await;
        if let Some((at, _)) = info(&message) {
            longest = longest.max(at - last);
            (last, after) = (at, received == sent);
        } else if let ServerMessage::Data { bytes, .. } = &message {
            received += bytes.len();
        }
    }
    assert!(longest > 300_000_000, "the longest gap was {longest} ns");
    relay.stop().await;
}
