//! One session of the property: it begins conversations, lets a random one act, hears what comes, and is closed, or just dropped in
//! the middle.
//!
//! Absent: how each kind begins (`begin`), what it may do (`talk`, `datagrams`), and the real ends (`peer`).

use super::datagrams::Datagrams;
use super::peer::Outcome;
use super::talk::Talk;
use crate::harness::{Lab, Random, lab, show, within};
use futures_util::{SinkExt, StreamExt};
use relay_proto::{Call, ClientMessage, ServerMessage};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio_tungstenite::tungstenite::Message;

/// Conversations of one session at one time.
pub(super) const AT_ONCE: usize = 6;

/// What a number stands for now.
pub(super) enum Use {
    /// OPEN was sent. Until OPENED comes, what comes is the number's former owner's. Then these calls are made, if they were not at
    /// once.
    Opening { calls: Vec<ClientMessage<'static>>, then: Box<Use> },
    /// CONNECT was sent for this conversation.
    Connecting { id: usize, may_send: u32, granted: u32 },
    /// CONNECT was sent to where nobody listens.
    Refused,
    /// A conversation that is open.
    Talking(usize),
    /// A listening socket that gets so many connections, and is closed then.
    Serving { left: usize, granted: u32 },
    /// With the task that is its real peer's ear.
    Datagrams(Box<Datagrams>, AbortHandle),
}

/// What the real ends tell.
pub(super) enum Event {
    /// The real end of this conversation is done.
    Ended(usize, Outcome),
    /// A datagram came to this socket's peer, from there.
    Datagram(u32, SocketAddr, Vec<u8>),
}

pub(super) struct Session {
    lab: Lab,
    pub(super) random: Random,
    pub(super) uses: BTreeMap<u32, Use>,
    /// OPENs whose answers are still to come, of sockets that were closed before.
    pub(super) unheard: BTreeMap<u32, usize>,
    last_at: BTreeMap<u32, u64>,
    pub(super) talks: Vec<Talk>,
    /// Conversations that a real client began, by its address.
    pub(super) awaited: BTreeMap<SocketAddr, usize>,
    events: mpsc::UnboundedReceiver<Event>,
    pub(super) teller: mpsc::UnboundedSender<Event>,
    pub(super) peers: JoinSet<()>,
    /// Dropped, it ends the waiting for connections that will not come.
    pub(super) present: watch::Sender<()>,
    /// Bound and not listening: connecting to them is refused, and nobody else gets their ports.
    pub(super) dead: Vec<TcpSocket>,
    /// Conversations that are still to be begun, and those whose real end is still there.
    left: usize,
    pub(super) living: usize,
}

/// Plays one session to its end, in one of several ways.
pub(super) async fn play(address: SocketAddr, mut random: Random) {
    let mut lab = lab(address).await;
    assert!(matches!(lab.next().await, ServerMessage::Welcome { .. }));
    let (teller, events) = mpsc::unbounded_channel();
    let left = 1 + random.below(12);
    let dropped = (random.below(4) == 0).then(|| random.below(200));
    let session = Session {
        lab,
        random,
        uses: BTreeMap::new(),
        unheard: BTreeMap::new(),
        last_at: BTreeMap::new(),
        talks: Vec::new(),
        awaited: BTreeMap::new(),
        events,
        teller,
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
        self.end().await;
    }

    async fn end(mut self) {
        match self.random.below(3) {
            0 => within("the close", self.lab.ws.close(None)).await.unwrap(),
            1 => self.lab.ws.get_ref().set_zero_linger().unwrap(),
            _ => {}
        }
        for used in self.uses.values() {
            if let Some(ear) = used.ear() {
                ear.abort();
            }
        }
        let Self { lab, mut peers, present, .. } = self;
        drop((lab, present));
        // Whatever became of the session, every real end comes to its end.
        within("the ends of the peers", async {
            while let Some(ended) = peers.join_next().await {
                assert!(ended.is_ok() || ended.is_err_and(|error| error.is_cancelled()), "a real end fails");
            }
        })
        .await;
    }

    pub(super) async fn feed(&mut self, message: ClientMessage<'_>) {
        within("feeding", self.lab.ws.feed(Message::Binary(message.encode().into()))).await.unwrap();
    }

    /// Lets some conversations do something. False when none can.
    async fn act(&mut self) -> bool {
        let mut acted = false;
        for number in self.in_turn() {
            if self.random.below(3) == 0 {
                // Its turn comes.
                acted = true;
                continue;
            }
            let message = match self.uses.get_mut(&number) {
                Some(Use::Talking(id)) => self.talks[*id].act(&mut self.random),
                Some(Use::Datagrams(datagrams, _)) => datagrams.act(&mut self.random).await,
                _ => None,
            };
            if let Some(message) = message {
                acted = true;
                let ends = matches!(message, ClientMessage::Close { .. } | ClientMessage::Reset { .. });
                self.feed(message).await;
                if ends {
                    self.finish(number);
                }
            }
        }
        acted
    }

    /// CLOSE or RESET was sent.
    fn finish(&mut self, number: u32) {
        match self.uses.remove(&number) {
            Some(Use::Talking(id)) => self.talks[id].judge(),
            Some(Use::Datagrams(_, ear)) => ear.abort(),
            _ => {}
        }
    }

    async fn grant(&mut self, everything: bool) {
        for number in self.in_turn() {
            let message = match self.uses.get_mut(&number) {
                Some(Use::Talking(id)) => self.talks[*id].grant(everything, &mut self.random),
                Some(Use::Datagrams(datagrams, _)) if everything || self.random.below(2) == 0 => datagrams.grant(),
                _ => None,
            };
            if let Some(message) = message {
                self.feed(message).await;
            }
        }
    }

    /// Those that are open, from a random one on.
    fn in_turn(&mut self) -> Vec<u32> {
        let open = self.uses.iter().filter(|(_, used)| matches!(used, Use::Talking(_) | Use::Datagrams(..)));
        let mut numbers: Vec<_> = open.map(|(number, _)| *number).collect();
        let turn = self.random.below(numbers.len().max(1));
        numbers.rotate_left(turn);
        numbers
    }

    /// What comes, or what is there already.
    async fn hear(&mut self, only_now: bool) {
        let next = async {
            tokio::select! {
                message = self.lab.ws.next() => Ok(message),
                Some(event) = self.events.recv() => Err(event),
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
            Err(Event::Ended(id, outcome)) => {
                self.living -= 1;
                self.talks[id].outcome = Some(outcome);
                self.talks[id].judge();
            }
            Err(Event::Datagram(number, from, bytes)) => {
                if let Some(Use::Datagrams(datagrams, _)) = self.uses.get_mut(&number) {
                    datagrams.arrived(from, &bytes);
                }
            }
        }
    }

    async fn handle(&mut self, message: &ServerMessage<'_>) {
        let number = message.socket();
        let last = self.last_at.entry(number).or_default();
        assert!(*last <= message.at(), "time falls within one number");
        *last = message.at();
        if let Some(unheard) = self.unheard.get_mut(&number).filter(|unheard| **unheard > 0) {
            *unheard -= usize::from(matches!(message, ServerMessage::Opened { .. }));
            return;
        }
        match (self.uses.get_mut(&number), message) {
            // Of a socket that was closed.
            (None, _) => {}
            (Some(Use::Opening { .. }), ServerMessage::Opened { credit, .. }) => self.opened(number, *credit).await,
            (Some(Use::Opening { .. }), ServerMessage::Error { call: Call::Socket, .. }) => panic!("{}", show(message)),
            // Of the former owner of the number.
            (Some(Use::Opening { .. }), _) => {}
            (Some(&mut Use::Connecting { id, may_send, granted }), ServerMessage::Connected { .. }) => {
                self.talks[id].connected(may_send, granted);
                self.uses.insert(number, Use::Talking(id));
            }
            (Some(Use::Refused), ServerMessage::Error { call: Call::Connect, errno, .. }) => {
                assert_eq!(errno, "ECONNREFUSED");
                self.uses.remove(&number);
                self.feed(ClientMessage::Close { socket: number }).await;
            }
            (Some(Use::Serving { .. }), _) => self.serve(number, message).await,
            (Some(Use::Talking(id)), message) => self.talks[*id].hear(message),
            (Some(Use::Datagrams(datagrams, _)), message) => datagrams.hear(message),
            (Some(_), message) => panic!("another answer was expected, not {}", show(message)),
        }
    }

    async fn opened(&mut self, number: u32, credit: u32) {
        let Some(Use::Opening { calls, then }) = self.uses.remove(&number) else { return };
        let mut then = *then;
        match &mut then {
            Use::Connecting { may_send, .. } => *may_send = credit,
            Use::Datagrams(datagrams, _) => datagrams.opened(credit),
            _ => {}
        }
        self.uses.insert(number, then);
        for call in calls {
            self.feed(call).await;
        }
    }
}

impl Use {
    fn ear(&self) -> Option<&AbortHandle> {
        match self {
            Self::Datagrams(_, ear) => Some(ear),
            Self::Opening { then, .. } => then.ear(),
            _ => None,
        }
    }
}
