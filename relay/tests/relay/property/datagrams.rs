//! One datagram socket as its client plays it, and its real peer: few are on their way at one time, so that the kernel drops none, and
//! what arrives is each one, whole, in order, from where it was sent. In the end all credit is back.
//!
//! Absent: losses, and more peers than one.

use super::session::Event;
use crate::harness::{Random, show};
use crate::pattern::Pattern;
use relay_proto::{Address, ClientMessage, ServerMessage, datagram_cost};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::UnboundedSender;

/// What may be on its way in one direction, well below the kernel's buffer.
const ON_THE_WAY: usize = 48 << 10;
/// How many: small ones cost the kernel much more than their bytes.
const MOST: usize = 16;

pub(super) struct Datagrams {
    number: u32,
    real: Arc<UdpSocket>,
    peer: SocketAddr,
    /// The relay's socket, once it is known.
    local: Option<SocketAddr>,
    connected: bool,
    up: VecDeque<Vec<u8>>,
    down: VecDeque<Vec<u8>>,
    left_up: usize,
    left_down: usize,
    window: usize,
    may_send: usize,
    granted: usize,
    owed: usize,
}

impl Datagrams {
    pub(super) async fn new(number: u32, granted: u32, connected: bool, random: &mut Random) -> Self {
        let real = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        Self {
            number,
            peer: real.local_addr().unwrap(),
            real: Arc::new(real),
            local: None,
            connected,
            up: VecDeque::new(),
            down: VecDeque::new(),
            left_up: random.below(40),
            left_down: random.below(40),
            window: 0,
            may_send: 0,
            granted: granted as usize,
            owed: 0,
        }
    }

    /// BIND or CONNECT.
    pub(super) fn first_call(&self) -> ClientMessage<'static> {
        let socket = self.number;
        if self.connected {
            ClientMessage::Connect { socket, to: self.peer.into() }
        } else {
            ClientMessage::Bind { socket, at: Address::Inet { ip: Ipv4Addr::LOCALHOST, port: 0 } }
        }
    }

    pub(super) fn opened(&mut self, credit: u32) {
        (self.window, self.may_send) = (credit as usize, credit as usize);
    }

    /// Tells what the real peer hears, until it is aborted.
    pub(super) fn listen(&self, events: UnboundedSender<Event>) -> impl Future<Output = ()> + use<> {
        let (number, real) = (self.number, Arc::clone(&self.real));
        async move {
            let mut buffer = vec![0; 1 << 16];
            loop {
                let (length, from) = real.recv_from(&mut buffer).await.unwrap();
                let heard = Event::Datagram(number, from, buffer[..length].to_vec());
                if events.send(heard).is_err() {
                    return;
                }
            }
        }
    }

    /// The client's next message; the real peer may send as well. Ends with CLOSE.
    pub(super) async fn act(&mut self, random: &mut Random) -> Option<ClientMessage<'static>> {
        let local = self.local?;
        if self.left_down > 0
            && let Some(bytes) = fitting(&self.down, random)
        {
            self.left_down -= 1;
            self.real.send_to(&bytes, local).await.unwrap();
            self.down.push_back(bytes);
        }
        let socket = self.number;
        if self.left_up > 0 {
            let bytes = fitting(&self.up, random)?;
            let cost = datagram_cost(bytes.len()) as usize;
            self.may_send = self.may_send.checked_sub(cost).expect("the window is larger than what may be on its way");
            self.left_up -= 1;
            self.up.push_back(bytes.clone());
            return Some(if self.connected {
                ClientMessage::Data { socket, bytes: bytes.into() }
            } else {
                ClientMessage::SendTo { socket, to: self.peer.into(), bytes: bytes.into() }
            });
        }
        let done = self.left_down == 0 && self.up.is_empty() && self.down.is_empty() && self.may_send == self.window;
        done.then_some(ClientMessage::Close { socket })
    }

    pub(super) fn grant(&mut self) -> Option<ClientMessage<'static>> {
        let bytes = std::mem::take(&mut self.owed);
        self.granted += bytes;
        (bytes > 0).then_some(ClientMessage::Credit { socket: self.number, bytes: bytes as u32 })
    }

    /// What came to the real peer.
    pub(super) fn arrived(&mut self, from: SocketAddr, bytes: &[u8]) {
        assert_eq!(Some(from), self.local, "the source is what BOUND or CONNECTED told");
        assert!(self.up.pop_front().is_some_and(|sent| sent == bytes), "up: another datagram was sent");
    }

    pub(super) fn hear(&mut self, message: &ServerMessage<'_>) {
        match message {
            ServerMessage::Bound { local, .. } if !self.connected => self.local = local.to_socket_addr(),
            ServerMessage::Connected { local, peer, .. } if self.connected => {
                assert_eq!(*peer, self.peer.into());
                self.local = local.to_socket_addr();
            }
            ServerMessage::RecvFrom { from, bytes, .. } if !self.connected => {
                assert_eq!(*from, self.peer.into());
                self.received(bytes);
            }
            ServerMessage::Data { bytes, .. } if self.connected => self.received(bytes),
            ServerMessage::Credit { bytes, .. } => {
                self.may_send += *bytes as usize;
                assert!(self.may_send <= self.window, "what was never sent is granted again");
            }
            other => panic!("{}", show(other)),
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        assert!(self.down.pop_front().is_some_and(|sent| sent == bytes), "down: another datagram was sent");
        let cost = datagram_cost(bytes.len()) as usize;
        self.granted = self.granted.checked_sub(cost).expect("no more comes than was granted");
        self.owed += cost;
    }
}

/// A datagram, if so much more may be on its way: mostly small, sometimes empty, sometimes the largest there is.
fn fitting(queue: &VecDeque<Vec<u8>>, random: &mut Random) -> Option<Vec<u8>> {
    let length = match random.below(12) {
        0 => 0,
        1 => random.below(65_508),
        2 => 65_507,
        _ => random.below(1_500),
    };
    let waiting: usize = queue.iter().map(Vec::len).sum();
    let room = queue.len() < MOST && waiting + length <= ON_THE_WAY;
    (queue.is_empty() || room).then(|| Pattern(random.next()).bytes(0, length))
}
