//! One session of the property: it begins conversations, lets a random one act, hears what comes, and is closed, or just dropped in
//! the middle.
//!
//! Absent: what a conversation may do (`talk`), and its real end (`peer`).

use super::peer::{self, Outcome, PeerPlan, random_size};
use super::talk::{Plan, Talk};
use crate::harness::{Lab, Random, lab, listener, show, within};
use futures_util::{SinkExt, StreamExt};
use relay_proto::{Call, ClientMessage, Family, Kind, ServerMessage};
use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

/// Conversations of one session at one time.
const AT_ONCE: usize = 6;

/// What a number stands for now.
enum Use {
    /// OPEN was sent, and maybe CONNECT behind it; until OPENED comes, what comes is the number's former owner's.
    Opening {
        first_credit: u32,
        opened: Option<u32>,
        connect: Option<ClientMessage<'static>>,
        then: Then,
    },
    Talking(usize),
}

/// What CONNECT leads to.
#[derive(Clone, Copy)]
enum Then {
    Talk(usize),
    Refusal,
}

pub(super) struct Session {
    lab: Lab,
    random: Random,
    uses: HashMap<u32, Use>,
    /// OPENs whose answers are still to come, of sockets that were closed before.
    unheard: HashMap<u32, usize>,
    last_at: HashMap<u32, u64>,
    talks: Vec<Talk>,
    outcomes: mpsc::UnboundedReceiver<(usize, Outcome)>,
    ended: mpsc::UnboundedSender<(usize, Outcome)>,
    peers: JoinSet<()>,
    /// Dropped, it ends the waiting for connections that will not come.
    present: watch::Sender<()>,
    /// Bound and not listening: connecting to them is refused, and nobody else gets their ports.
    dead: Vec<TcpSocket>,
    /// Conversations that are still to be begun, and those whose real end is still there.
    left: usize,
    living: usize,
}

/// Plays one session to its end, in one of several ways.
pub(super) async fn play(address: SocketAddr, mut random: Random) {
    let mut lab = lab(address).await;
    assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
    let (ended, outcomes) = mpsc::unbounded_channel();
    let left = 1 + random.below(12);
    let dropped = (random.below(4) == 0).then(|| random.below(200));
    let session = Session {
        lab,
        random,
        uses: HashMap::new(),
        unheard: HashMap::new(),
        last_at: HashMap::new(),
        talks: Vec::new(),
        outcomes,
        ended,
        peers: JoinSet::new(),
        present: watch::channel(()).0,
        dead: Vec::new(),
        left,
        living: 0,
    };
    session.run(dropped).await;
}

impl Session {
    /// To the end of all conversations, or to the step at which the client vanishes.
    async fn run(mut self, dropped: Option<usize>) {
        let mut steps = 0;
        while self.left > 0 || self.living > 0 || !self.uses.is_empty() {
            steps += 1;
            if dropped.is_some_and(|dropped| steps > dropped) {
                break;
            }
            while self.left > 0 && self.uses.len() < AT_ONCE && self.random.below(3) == 0 {
                self.left -= 1;
                self.begin().await;
            }
            let acted = self.act().await;
            self.grant(!acted).await;
            within("flushing", self.lab.ws.flush()).await.unwrap();
            if !acted || self.random.below(4) == 0 {
                self.hear(acted || self.left > 0).await;
            }
        }
        match self.random.below(3) {
            0 => within("the close", self.lab.ws.close(None)).await.unwrap(),
            1 => self.lab.ws.get_ref().set_zero_linger().unwrap(),
            _ => {}
        }
        let Self { lab, mut peers, present, .. } = self;
        drop((lab, present));
        // Whatever became of the session, every real end comes to its end.
        within("the ends of the peers", async {
            while let Some(ended) = peers.join_next().await {
                ended.unwrap();
            }
        })
        .await;
    }

    async fn feed(&mut self, message: ClientMessage<'_>) {
        within("feeding", self.lab.ws.feed(Message::Binary(message.encode().into()))).await.unwrap();
    }

    /// A number that is free; often one that was used before, whose last messages may still be on their way.
    fn number(&mut self) -> u32 {
        loop {
            let number = 1 + self.random.below(2 * AT_ONCE) as u32;
            if !self.uses.contains_key(&number) {
                return number;
            }
        }
    }

    async fn begin(&mut self) {
        let (number, first_credit) = (self.number(), 1 + self.random.below(100_000) as u32);
        let (listener, address) = listener().await;
        let connect = |to: SocketAddr| ClientMessage::Connect { socket: number, to: to.into() };
        self.feed(ClientMessage::Open {
            socket: number,
            family: Family::Inet,
            kind: Kind::Stream,
            credit: first_credit,
        })
        .await;
        let (connect, then) = match self.random.below(12) {
            0 => (connect(self.refuser()), Then::Refusal),
            1 => return self.vanish(number, connect(address)).await,
            _ => (connect(address), Then::Talk(self.talk(number, listener))),
        };
        // Half of the clients wait for OPENED.
        let connect = if self.random.below(2) == 0 {
            self.feed(connect).await;
            None
        } else {
            Some(connect)
        };
        self.uses.insert(number, Use::Opening { first_credit, opened: None, connect, then });
    }

    fn refuser(&mut self) -> SocketAddr {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = socket.local_addr().unwrap();
        self.dead.push(socket);
        address
    }

    /// Connects, and closes without waiting for anything.
    async fn vanish(&mut self, number: u32, connect: ClientMessage<'static>) {
        *self.unheard.entry(number).or_default() += 1;
        self.feed(connect).await;
        let reset = self.random.below(2) == 0;
        let end = if reset { ClientMessage::Reset { socket: number } } else { ClientMessage::Close { socket: number } };
        self.feed(end).await;
    }

    /// A conversation and its real end, which waits for the connection.
    fn talk(&mut self, number: u32, listener: TcpListener) -> usize {
        let random = &mut self.random;
        let send = if random.below(3) == 0 { 0 } else { random_size(random) };
        let plan =
            [Plan::Graceful, Plan::Graceful, Plan::Graceful, Plan::Deaf, Plan::Close, Plan::Reset, Plan::Violate]
                [random.below(7)];
        let plan_of_peer = match random.below(4) {
            0 => PeerPlan::Reset { send, hear: random.below(50_000) },
            _ if matches!(plan, Plan::Deaf | Plan::Close) && random.below(2) == 0 => PeerPlan::Graceful { send: 0 },
            _ => PeerPlan::Graceful { send },
        };
        let talk = Talk::new(number, plan, plan_of_peer, random);
        let (id, up, down) = (self.talks.len(), talk.up, talk.down);
        let (ended, random) = (self.ended.clone(), random.fork());
        self.talks.push(talk);
        self.living += 1;
        let mut gone = self.present.subscribe();
        self.peers.spawn(async move {
            let stream = tokio::select! {
                accepted = listener.accept() => accepted.unwrap().0,
                _ = gone.changed() => return,
            };
            drop(listener);
            let outcome = within("a peer's part", peer::play(stream, plan_of_peer, up, down, random)).await;
            // Nobody hears it in a session that was dropped.
            let _ = ended.send((id, outcome));
        });
        id
    }

    /// Lets some conversations do something. False when none can.
    async fn act(&mut self) -> bool {
        let mut acted = false;
        for id in self.talking() {
            if self.random.below(3) == 0 {
                // Its turn comes.
                acted = true;
                continue;
            }
            if let Some(message) = self.talks[id].act(&mut self.random) {
                acted = true;
                self.feed(message).await;
                if self.talks[id].is_closed() {
                    self.uses.remove(&self.talks[id].number);
                    self.talks[id].judge();
                }
            }
        }
        acted
    }

    async fn grant(&mut self, everything: bool) {
        for id in self.talking() {
            if let Some(message) = self.talks[id].grant(everything, &mut self.random) {
                self.feed(message).await;
            }
        }
    }

    /// In an order that the seed decides.
    fn talking(&mut self) -> Vec<usize> {
        let talking = self.uses.values().filter_map(|used| match used {
            Use::Talking(id) => Some(*id),
            Use::Opening { .. } => None,
        });
        let mut talking: Vec<_> = talking.collect();
        talking.sort_unstable();
        let turn = self.random.below(talking.len().max(1));
        talking.rotate_left(turn);
        talking
    }

    /// What comes, or what is there already.
    async fn hear(&mut self, only_now: bool) {
        let next = async {
            tokio::select! {
                message = self.lab.ws.next() => Ok(message),
                Some(outcome) = self.outcomes.recv() => Err(outcome),
                () = tokio::task::yield_now(), if only_now => Ok(Some(Ok(Message::Pong("".into())))),
            }
        };
        match within("a message", next).await {
            Ok(message) => match message.expect("the session goes on").expect("the WebSocket works") {
                Message::Binary(bytes) => {
                    let message = ServerMessage::decode(&bytes).expect("the relay's messages decode");
                    self.handle(&message).await;
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("a protocol message was expected, not {}", show(&other)),
            },
            Err((id, outcome)) => {
                self.living -= 1;
                self.talks[id].outcome = Some(outcome);
                self.talks[id].judge();
            }
        }
    }

    async fn handle(&mut self, message: &ServerMessage<'_>) {
        let number = message.socket();
        let last = self.last_at.entry(number).or_default();
        assert!(*last <= message.at(), "time falls within one number");
        *last = message.at();
        if let Some(unheard) = self.unheard.get_mut(&number).filter(|unheard| **unheard > 0) {
            let answers = matches!(message, ServerMessage::Opened { .. });
            *unheard -= usize::from(answers);
            return;
        }
        match (self.uses.get_mut(&number), message) {
            // Of a socket that was closed; and of the former owner of a number.
            (None, _) => {}
            (Some(Use::Opening { opened: opened @ None, connect, .. }), ServerMessage::Opened { credit, .. }) => {
                *opened = Some(*credit);
                if let Some(connect) = connect.take() {
                    self.feed(connect).await;
                }
            }
            (Some(Use::Opening { opened: None, .. }), ServerMessage::Error { call: Call::Socket, .. }) => {
                panic!("{}", show(message))
            }
            (Some(Use::Opening { opened: None, .. }), _) => {}
            (
                Some(Use::Opening { opened: Some(credit), first_credit, then: Then::Talk(id), .. }),
                ServerMessage::Connected { .. },
            ) => {
                self.talks[*id].connected(*credit, *first_credit);
                let talking = Use::Talking(*id);
                self.uses.insert(number, talking);
            }
            (
                Some(Use::Opening { then: Then::Refusal, .. }),
                ServerMessage::Error { call: Call::Connect, errno, .. },
            ) => {
                assert_eq!(errno, "ECONNREFUSED");
                self.uses.remove(&number);
                self.feed(ClientMessage::Close { socket: number }).await;
            }
            (Some(Use::Opening { .. }), message) => panic!("CONNECTED was expected, not {}", show(message)),
            (Some(Use::Talking(id)), message) => self.talks[*id].hear(message),
        }
    }
}
