//! The page as a value: a model, messages that change it, and effects that it asks for. Pure, and tested natively.
//!
//! `update(&mut Model, Msg) -> Vec<Effect>` is the only way in. The browser's room turns events into messages
//! and carries effects out; the views read the model and never change it.
//!
//! Absent on purpose: `web_sys`, words of any language (see [`crate::catalogue`]) and drawing (see [`crate::view`]).

pub mod analysis;
pub mod anatomy;
pub mod branch;
pub mod captured;
pub mod edit;
pub mod film;
mod flows;
pub mod future;
pub mod hosts;
pub mod index;
pub mod instead;
pub mod keys;
pub mod kin;
pub mod kind;
pub mod knobs;
pub mod late;
pub mod link;
pub mod look;
pub mod pane;
pub mod player;
mod programs;
pub mod publish;
pub mod queue;
pub mod session;
pub mod share;
pub mod table;
pub mod target;
pub mod tcp;
pub mod thing;
pub mod time;
pub mod traffic;
mod update;

use sim_core::gateway::{FlowId, FlowKind};
use sim_core::lab::{self, Naming, Reading};
use sim_core::trace::{FactId, FrameId, What};

use crate::catalogue::Language;
use film::Moment;
use future::Refusal;
use kin::Kin;
use kind::Kind;
use link::{Failure, Link, Status};
use pane::{Pane, Panes};
use player::{Player, Speed};
use session::{Other, Session};
use target::TargetError;
use thing::{Selected, Thing};

pub use update::update;

/// The longest message that the lab sends at once, in bytes.
pub const MOST_BYTES: usize = 8 << 20;

/// The most facts that a run has, and all futures but two of it together: some nine hundred bytes of memory each, where pointers have 64
/// bits. Then it stops, and says so.
pub const MOST_FACTS: usize = 1_000_000;

/// Everything that the page knows.
#[derive(Clone, Debug)]
pub struct Model {
    /// The language of every word.
    pub language: Language,
    /// The colours.
    pub theme: Theme,
    /// The learner wants no motion.
    pub reduced_motion: bool,
    /// What is written in the form.
    pub form: Form,
    /// What stands at the relay's end.
    pub relay: Status,
    /// The sockets at the relay's end.
    pub link: Link,
    /// The run that is on screen.
    pub session: Session,
    /// The playing head.
    pub player: Player,
    /// What is chosen; the newest frame is shown where nothing is.
    pub selected: Selected,
    /// What is marked together with it, in every view.
    pub kin: Kin,
    /// What the panes under the stage show.
    pub panes: Panes,
    /// Loops, kinds of events, futures that branch.
    pub time: time::Time,
    /// The layers that are shown, and their names.
    pub look: look::Look,
    /// What is looked at of TCP.
    pub tcp: tcp::Tcp,
    /// Controls of links and hosts.
    pub knobs: knobs::Knobs,
    /// The network as a document.
    pub edit: edit::Edit,
    /// In and out of the page.
    pub share: share::Share,
    /// What the table shows.
    pub table: table::Table,
    /// What of the page comes after the first picture.
    pub late: late::Late,
    /// The last thing that must be said apart from what happens in the lab.
    pub notice: Option<Notice>,
    /// Whether the list of keys is shown.
    pub keys_shown: bool,
    /// Whether keys that write a character do something: who speaks to the computer may not want that (WCAG 2.2, 2.1.4).
    pub single_keys: bool,
    /// What is sent as soon as the relay has found where to.
    pub looking_up: Option<Pending>,
    /// How many facts there were when playing stopped because the network had come to rest.
    pub rested: usize,
    /// Milliseconds since the last step, where motion is unwelcome.
    pub step_wait: f64,
    /// Whether the real kernel is asked what it knows of each connection.
    pub watching: bool,
    /// Whether events are told in depth.
    pub in_depth: bool,
}

/// What the learner has written and chosen in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Where to.
    pub target: String,
    /// TCP or UDP.
    pub kind: FlowKind,
    /// How the UDP client names the server.
    pub naming: Naming,
    /// The port of the real machine at which the lab's server is published.
    pub port: String,
    /// The message.
    pub message: String,
    /// A place in the message, in UTF-16 units, that UTF-8 cannot write.
    pub broken_at: Option<usize>,
    /// How the answer is read.
    pub reading: Reading,
}

/// What was on the form when Send was pressed for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The name that is being looked up.
    pub name: String,
    /// The port.
    pub port: u16,
    /// The rest of the form.
    pub form: Form,
}

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// How far a run has come, apart from the place of the head within a fact (see [`Model::standing`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    fact: Option<FactId>,
    facts: usize,
    searched: usize,
    playing: bool,
    over: bool,
    told: bool,
}

/// Something that must be said: a mistake with what to do, or an end.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// What goes in or out.
    Share(share::Said),
    /// The target cannot be understood.
    Target(TargetError),
    /// The message is empty.
    MessageEmpty,
    /// The message has so many bytes.
    MessageTooLong(usize),
    /// The message cannot be written as UTF-8, from this place on.
    MessageBroken(usize),
    /// A real server was meant, and there is no relay.
    RelayNeeded,
    /// A name is being looked up.
    LookingUp(String),
    /// A name is not known.
    NameUnknown(String),
    /// A name has no address that the lab reaches.
    NameIpv6Only(String),
    /// A call on the real machine failed.
    RealCall(Failure),
    /// What is written for the port to publish at is none.
    PublishPort(String),
    /// That port is published already.
    PublishedAlready(u16),
    /// So much is published already as the lab holds.
    PublishedTooMany,
    /// It is published no longer, because the learner wanted so.
    Withdrawn(String),
    /// It is published no longer, because the relay is gone.
    PublicationsEnded(String),
    /// The relay cannot do this: the capability's name, and what the relay says of it.
    Unavailable(&'static str, String),
    /// The datagram has so many bytes, and so many are the most.
    DatagramTooLong(usize, usize),
    /// The relay does not accept the token.
    BadToken,
    /// The relay speaks another version.
    OtherVersion,
    /// There is nothing after this moment.
    NothingMore,
    /// The run has as many facts as the page keeps.
    Full,
    /// Nothing moves any more.
    AtRest,
    /// There is nothing after this moment until the real server does something.
    RealWaits,
    /// There is no event of this kind in this direction, as far as the run has come.
    NoneOfKind(Kind, Way),
    /// What a learner wanted to change of the run cannot be.
    Refused(Refusal),
    /// The words of this language could not be loaded.
    NoWords(Language),
}

/// What can happen to the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// So many milliseconds have passed while the page was seen.
    Tick(f64),
    /// The target was edited.
    Target(String),
    /// The message was edited; the place of a half character in it, if it has one.
    Message(String, Option<usize>),
    /// How the answer shall be read.
    Reading(Reading),
    /// TCP or UDP.
    Kind(FlowKind),
    /// How the UDP client shall name the server.
    Naming(Naming),
    /// The port to publish at was edited.
    Port(String),
    /// Publish the lab's server to the real machine.
    Publish,
    /// Withdraw what is published under this flow.
    Unpublish(FlowId),
    /// Whether the real kernel shall be asked what it knows.
    Watch(bool),
    /// Whether events shall be told in depth.
    InDepth(bool),
    /// Send the message.
    Send,
    /// Send it in the place of what was sent last before the moment on screen: another future.
    SendInstead,
    /// What shall stand at the other end.
    Other(Other),
    /// Forget this run.
    StartOver,
    /// Play or pause.
    PlayPause,
    /// To the next event, or the previous one.
    Step(Way),
    /// To the beginning, or to the newest moment.
    End(Way),
    /// To a place on the time line, 0 to 1 of what is known.
    Seek(f64),
    /// How fast.
    Speed(Speed),
    /// Choose a thing.
    Choose(Thing),
    /// Show a view in one of the three places.
    Pane(usize, Pane),
    /// To loops, kinds of events and branches.
    Time(time::Msg),
    /// To layers and their names.
    Look(look::Msg),
    /// To what is looked at of TCP.
    Tcp(tcp::Msg),
    /// To controls.
    Knobs(knobs::Msg),
    /// To the network as a document.
    Edit(edit::Msg),
    /// To what goes in and out.
    Share(share::Msg),
    /// To the table.
    Table(table::Msg),
    /// To what comes late.
    Late(late::Msg),
    /// The next frame, or the previous one.
    StepFrame(Way),
    /// Follow the newest frame.
    Follow,
    /// Choose a field of the frame that is shown.
    Field(usize),
    /// The language.
    Language(Language),
    /// The colours.
    Theme(Theme),
    /// Whether motion is unwelcome.
    ReducedMotion(bool),
    /// Show or hide the list of keys.
    Keys,
    /// Whether keys that write a character do something.
    SingleKeys(bool),
    /// Connect to the relay again.
    Reconnect,
    /// The page was opened by a relay, which is worth connecting to.
    RelayFound,
    /// The WebSocket is open, or a message came in.
    RelayMessage(Vec<u8>),
    /// The WebSocket is closed, or could not be opened.
    RelayClosed,
    /// The relay refused the token.
    RelayRefused,
}

/// A direction in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Way {
    Back,
    Forward,
}

/// What the model asks of the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Open the WebSocket to the relay.
    OpenRelay,
    /// Send a message to the relay.
    SendRelay(Vec<u8>),
    /// Close the WebSocket.
    CloseRelay,
    /// Keep the language for the next visit.
    KeepLanguage(Language),
    /// Keep the colours for the next visit, and use them.
    KeepTheme(Theme),
    /// Keep for the next visit which layers are shown, and their names.
    KeepLook(String),
    /// Keep the document, which nobody has saved, as soon as the learner pauses.
    KeepDraft,
    /// Forget what was kept of a document in this slot.
    ForgetDraft(usize),
    /// Keep a document, which nobody has saved and another one follows, in this slot.
    LeaveDraft(usize, String),
    /// Save a file, under this name and of this type.
    Save {
        /// What it is called.
        name: String,
        /// What it is (RFC 6838).
        mime: &'static str,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// Save a picture of what has this name on the page.
    Picture(&'static str, share::Kind),
    /// Make this the fragment of the page's address.
    Address(String),
    /// Copy the page's address.
    CopyAddress,
    /// Read these bytes of the file that was dropped or chosen: from the first up to the second.
    ReadFile(u64, u64),
    /// Go on with what takes long, when the browser has done what waits.
    Soon,
    /// Load a part of the page.
    Load(late::Part),
    /// Keep for the next visit whether keys that write a character do something.
    KeepSingleKeys(bool),
}

impl Model {
    /// The page as it opens.
    pub fn new(language: Language, theme: Theme) -> Model {
        let mut model = Model {
            language,
            theme,
            reduced_motion: false,
            form: Form {
                target: default_target(Other::Simulated, FlowKind::Stream),
                kind: FlowKind::Stream,
                naming: Naming::EachTime,
                port: lab::TCP_PORT.to_string(),
                message: "hello!".into(),
                broken_at: None,
                reading: Reading::Once,
            },
            relay: Status::Absent,
            link: Link::default(),
            session: Session::new(Other::Simulated),
            player: Player::default(),
            selected: Selected::default(),
            kin: Kin::default(),
            panes: Panes::default(),
            time: time::Time::default(),
            look: look::Look::default(),
            tcp: tcp::Tcp::default(),
            knobs: knobs::Knobs::default(),
            edit: edit::Edit::default(),
            share: share::Share::default(),
            table: table::Table::default(),
            late: late::Late::default(),
            notice: None,
            keys_shown: false,
            single_keys: true,
            looking_up: None,
            rested: 0,
            step_wait: 0.0,
            watching: false,
            in_depth: false,
        };
        late::follow(&mut model);
        look::follow(&mut model, &Selected::default());
        model
    }

    /// The moment that is on screen.
    pub fn moment(&self) -> Moment {
        self.session.film.moment(self.player.at)
    }

    /// The last fact that is on screen.
    pub fn fact(&self) -> Option<FactId> {
        self.moment().fact.and_then(|fact| u32::try_from(fact).ok()).map(FactId)
    }

    /// What time changes beside the place of the head: where two are equal, and nobody has done anything between, every view shows
    /// the same but for those that move from fact to fact.
    pub fn standing(&self) -> Standing {
        Standing {
            fact: self.fact(),
            facts: self.session.trace.facts().len(),
            searched: self.table.searched(),
            playing: self.player.playing,
            over: self.session.is_over(),
            told: self.notice.is_some(),
        }
    }

    /// The frame whose bytes are shown: the chosen one, else the one that was touched last.
    pub fn shown_frame(&self) -> Option<FrameId> {
        self.selected.frame.or_else(|| {
            let now = self.fact()?;
            let facts = self.session.trace.facts();
            (0..=now.0).rev().take(64).find_map(|fact| {
                let fact = facts.get(fact as usize)?;
                // A call that will lead to a frame has not touched it yet.
                let walk = self.session.index.walk_of(fact.id).filter(|_| !matches!(fact.what, What::Called { .. }))?;
                walk.frame
            })
        })
    }

    /// Whether the head is at the newest moment.
    pub fn is_live(&self) -> bool {
        self.player.at.0 >= self.session.film.end().0
    }

    /// How far the time line goes.
    pub fn film_end(&self) -> film::FilmTime {
        let end = self.session.film.end().0;
        film::FilmTime(end.max(self.session.newest().0).max(self.player.at.0))
    }
}

/// The target that the form begins with.
pub fn default_target(other: Other, kind: FlowKind) -> String {
    let host = if other.is_real() { "host" } else { "server" };
    format!("{host}:{}", default_port(kind))
}

/// The port of the tutorial's server.
pub fn default_port(kind: FlowKind) -> u16 {
    match kind {
        FlowKind::Stream => lab::TCP_PORT,
        FlowKind::Datagram => lab::UDP_PORT,
    }
}
