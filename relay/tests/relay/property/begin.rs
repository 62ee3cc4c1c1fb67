//! How conversations begin: the client connects, or is refused, or vanishes before it is; real clients connect to the client's
//! listening socket; a datagram socket is bound or connected.
//!
//! Absent: what happens once they are open.

use super::datagrams::Datagrams;
use super::peer::{self, PeerPlan, random_size};
use super::session::{AT_ONCE, Event, Session, Use};
use super::talk::{Plan, Talk};
use crate::harness::{Random, listener, show, within};
use crate::pattern::Pattern;
use relay_proto::{Address, ClientMessage, Family, Kind, ServerMessage};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// Listeners that nobody needs any more. A CONNECT to them may still be on its way, from a client that has gone; so their ports are kept
/// from others for a while.
static RETIRED: Mutex<VecDeque<TcpListener>> = Mutex::new(VecDeque::new());
const MOST_RETIRED: usize = 200;

fn retire(listener: TcpListener) {
    let mut retired = RETIRED.lock().unwrap();
    retired.push_back(listener);
    if retired.len() > MOST_RETIRED {
        retired.pop_front();
    }
}

impl Session {
    /// One more conversation, of a random kind.
    pub(super) async fn begin(&mut self) {
        let socket = self.free_number();
        let granted = 1 + self.random.below(100_000) as u32;
        match self.random.below(12) {
            0 => self.connect_in_vain(socket, granted).await,
            1 => self.vanish(socket, granted).await,
            2..5 => self.listen(socket, granted).await,
            5..8 => self.datagrams(socket).await,
            _ => self.connect(socket, granted).await,
        }
    }

    /// Often one that was used before, whose last messages may still be on their way.
    fn free_number(&mut self) -> u32 {
        loop {
            let number = 1 + self.random.below(2 * AT_ONCE) as u32;
            if !self.uses.contains_key(&number) {
                return number;
            }
        }
    }

    /// OPEN, and the calls behind it: at once, or when OPENED has come.
    async fn open(&mut self, socket: u32, kind: Kind, credit: u32, calls: Vec<ClientMessage<'static>>, then: Use) {
        self.feed(ClientMessage::Open { socket, family: Family::Inet, kind, credit }).await;
        let (now, later) = if self.random.below(2) == 0 { (calls, Vec::new()) } else { (Vec::new(), calls) };
        for call in now {
            self.feed(call).await;
        }
        self.uses.insert(socket, Use::Opening { calls: later, then: Box::new(then) });
    }

    async fn connect(&mut self, socket: u32, granted: u32) {
        let (listener, address) = listener().await;
        let id = self.talk(socket);
        self.meet_at(listener, id);
        let calls = vec![ClientMessage::Connect { socket, to: address.into() }];
        self.open(socket, Kind::Stream, granted, calls, Use::Connecting { id, may_send: 0, granted }).await;
    }

    async fn connect_in_vain(&mut self, socket: u32, granted: u32) {
        let dead = TcpSocket::new_v4().unwrap();
        dead.bind(ANY.into()).unwrap();
        let to = dead.local_addr().unwrap().into();
        self.dead.push(dead);
        self.open(socket, Kind::Stream, granted, vec![ClientMessage::Connect { socket, to }], Use::Refused).await;
    }

    /// Connects, and closes without waiting for anything.
    async fn vanish(&mut self, socket: u32, credit: u32) {
        let (listener, address) = listener().await;
        retire(listener);
        *self.unheard.entry(socket).or_default() += 1;
        let reset = self.random.below(2) == 0;
        for message in [
            ClientMessage::Open { socket, family: Family::Inet, kind: Kind::Stream, credit },
            ClientMessage::Connect { socket, to: address.into() },
            if reset { ClientMessage::Reset { socket } } else { ClientMessage::Close { socket } },
        ] {
            self.feed(message).await;
        }
    }

    async fn listen(&mut self, socket: u32, granted: u32) {
        let left = 1 + self.random.below(3);
        let at = Address::Inet { ip: ANY.0, port: ANY.1 };
        let calls = vec![
            ClientMessage::Bind { socket, at },
            ClientMessage::Listen { socket, backlog: 8 },
            ClientMessage::Accept { socket, connections: left as u32, credit: granted },
        ];
        self.open(socket, Kind::Stream, 0, calls, Use::Serving { left, granted }).await;
    }

    /// What a listening socket hears: when it listens, its clients come.
    pub(super) async fn serve(&mut self, number: u32, message: &ServerMessage<'_>) {
        let Some(&mut Use::Serving { left, granted }) = self.uses.get_mut(&number) else { return };
        match message {
            ServerMessage::Bound { .. } => {}
            ServerMessage::Listening { local, .. } => {
                let local = local.to_socket_addr().expect("it has a port");
                for _ in 0..left {
                    self.visit(local).await;
                }
            }
            ServerMessage::Accepted { connection, credit, peer, .. } => {
                let from = peer.to_socket_addr().expect("it has a port");
                let Some(id) = self.awaited.remove(&from) else {
                    return self.turn_away(*connection, number, granted).await;
                };
                self.talks[id].number = *connection;
                self.talks[id].connected(*credit, granted);
                self.uses.insert(*connection, Use::Talking(id));
                if left > 1 {
                    self.uses.insert(number, Use::Serving { left: left - 1, granted });
                } else {
                    self.uses.remove(&number);
                    self.feed(ClientMessage::Close { socket: number }).await;
                }
            }
            other => panic!("{}", show(other)),
        }
    }

    /// A stranger, from a test beside this one that still knows this port from before.
    async fn turn_away(&mut self, connection: u32, listener: u32, credit: u32) {
        self.feed(ClientMessage::Reset { socket: connection }).await;
        self.feed(ClientMessage::Accept { socket: listener, connections: 1, credit }).await;
    }

    /// A real client; its conversation has no number before it is accepted.
    async fn visit(&mut self, to: SocketAddr) {
        let stream = within("connecting", TcpStream::connect(to)).await.unwrap();
        let id = self.talk(0);
        self.awaited.insert(stream.local_addr().unwrap(), id);
        let (part, teller) = (self.part(id), self.teller.clone());
        self.peers.spawn(async move {
            let (plan, talk_up, talk_down, random) = part;
            let outcome = within("a peer's part", peer::play(stream, plan, talk_up, talk_down, random)).await;
            // Nobody hears it in a session that was dropped.
            let _ = teller.send(Event::Ended(id, outcome));
        });
    }

    /// A real server, which waits for its one client.
    fn meet_at(&mut self, listener: TcpListener, id: usize) {
        let (part, teller, mut gone) = (self.part(id), self.teller.clone(), self.present.subscribe());
        self.peers.spawn(async move {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.unwrap().0,
                _ = gone.changed() => return retire(listener),
            };
            retire(listener);
            let (plan, talk_up, talk_down, random) = part;
            let outcome = within("a peer's part", peer::play(stream, plan, talk_up, talk_down, random)).await;
            let _ = teller.send(Event::Ended(id, outcome));
        });
    }

    fn part(&mut self, id: usize) -> (PeerPlan, Pattern, Pattern, Random) {
        self.living += 1;
        let talk = &self.talks[id];
        (talk.peer, talk.up, talk.down, self.random.fork())
    }

    /// A conversation with plans for both ends.
    fn talk(&mut self, number: u32) -> usize {
        let random = &mut self.random;
        let send = if random.below(3) == 0 { 0 } else { random_size(random) };
        let plans =
            [Plan::Graceful, Plan::Graceful, Plan::Graceful, Plan::Deaf, Plan::Close, Plan::Reset, Plan::Violate];
        let plan = plans[random.below(plans.len())];
        let of_peer = match random.below(4) {
            0 => PeerPlan::Reset { send, hear: random.below(50_000) },
            _ if matches!(plan, Plan::Deaf | Plan::Close) && random.below(2) == 0 => PeerPlan::Graceful { send: 0 },
            _ => PeerPlan::Graceful { send },
        };
        self.talks.push(Talk::new(number, plan, of_peer, random));
        self.talks.len() - 1
    }

    async fn datagrams(&mut self, socket: u32) {
        let (credit, connected) = (65_535 + self.random.below(100_000) as u32, self.random.below(2) == 0);
        let datagrams = Datagrams::new(socket, credit, connected, &mut self.random).await;
        let ear = self.peers.spawn(datagrams.listen(self.teller.clone()));
        let calls = vec![datagrams.first_call()];
        self.open(socket, Kind::Datagram, credit, calls, Use::Datagrams(Box::new(datagrams), ear)).await;
    }
}
