//! `update`: the one place where the model changes.
//!
//! Absent on purpose: what the parts do by themselves (session, link, player, target have their own files).

use sim_core::order;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use relay_proto::Call;
use sim_core::gateway::{Answer, Ask, FlowKind};
use sim_core::lab;
use sim_core::program::Script;
use sim_core::time::Instant;
use sim_core::trace::{FrameId, NodeId};

use super::film::{self, FilmTime};
use super::kin::{self, Kin};
use super::kind::Kind;
use super::link::{News, Status};
use super::player::Player;
use super::session::{Origin, Other, Session};
use super::target::{self, Target};
use super::thing::{Selected, Thing};
use super::{
    Effect, Form, MOST_BYTES, MOST_FACTS, Model, Msg, Notice, Pending, Way, default_port, default_target, instead,
    knobs, late, look, publish, share, table, tcp, time,
};

/// The longest step of time that one tick makes, in milliseconds: a tab that was hidden goes on where it was.
const LONGEST_TICK: f64 = 100.0;

/// With reduced motion, time goes from event to event at this pace, in milliseconds.
const STEP_PACE: f64 = 500.0;

/// Changes the model by one message.
pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Some(msg) = late::hold(model, msg, &mut effects) else { return effects };
    let (chosen, facts, head) = (model.selected, model.session.trace.facts().len(), model.player.at);
    match msg {
        Msg::Tick(millis) => tick(model, within(millis, LONGEST_TICK)),
        Msg::Target(text) => model.form.target = text,
        Msg::Message(text, broken_at) => {
            model.form.message = text;
            model.form.broken_at = broken_at;
        }
        Msg::Reading(reading) => model.form.reading = reading,
        Msg::Kind(kind) => change_kind(model, kind),
        Msg::Naming(naming) => model.form.naming = naming,
        Msg::Port(text) => model.form.port = text,
        Msg::Publish => publish::publish(model),
        Msg::Unpublish(flow) => publish::unpublish(model, flow),
        Msg::Watch(on) => {
            model.watching = on;
            model.link.watch(on);
        }
        Msg::InDepth(on) => model.in_depth = on,
        Msg::Send => send(model),
        Msg::SendInstead => instead::send(model),
        Msg::Other(other) => change_other(model, other),
        Msg::StartOver => model.open(model.session.afresh()),
        Msg::PlayPause => play_pause(model),
        Msg::Step(way) => step(model, way),
        Msg::End(way) => {
            model.player.at = match way {
                Way::Back => FilmTime::default(),
                Way::Forward => model.session.newest(),
            };
            // The newest moment moves on; the beginning is a place to look at.
            model.player.playing = way == Way::Forward && !model.session.is_over() && !is_at_rest(model);
        }
        Msg::Seek(part) => model.player.at = FilmTime(model.film_end().0 * within(part, 1.0)),
        Msg::Speed(speed) => model.player.speed = speed,
        Msg::Choose(thing) => choose(model, thing),
        Msg::Pane(place, pane) => model.panes.put(place, pane),
        Msg::Time(msg) => time::update(model, msg, &mut effects),
        Msg::Look(msg) => look::update(model, msg, &mut effects),
        Msg::Tcp(msg) => tcp::update(model, msg, &mut effects),
        Msg::Knobs(msg) => (late::functions().knobs)(model, msg, &mut effects),
        Msg::Edit(msg) => (late::functions().edit)(model, msg, &mut effects),
        Msg::Share(msg) if share::is_said(&msg) => share::hear(model, &msg),
        Msg::Share(msg) => (late::functions().share)(model, msg, &mut effects),
        Msg::Table(msg) => table::update(model, msg, &mut effects),
        Msg::Late(msg) => late::update(model, msg, &mut effects),
        Msg::StepFrame(way) => step_frame(model, way),
        Msg::Follow => model.selected = Selected::default(),
        Msg::Field(field) => {
            // A field belongs to a frame: from now on that frame stays.
            if let Some(frame) = model.shown_frame() {
                choose(model, Thing::Field(frame, field));
            }
        }
        Msg::Language(language) => {
            if !language.is_here() {
                model.notice = model.notice.take().filter(|notice| !matches!(notice, Notice::NoWords(_)));
                effects.push(Effect::Load(late::Part::Words(language)));
                return effects;
            }
            model.language = language;
            // Words that were found are words of the other language.
            table::restart(model);
            effects.push(Effect::KeepLanguage(language));
        }
        Msg::Theme(theme) => {
            model.theme = theme;
            effects.push(Effect::KeepTheme(theme));
        }
        Msg::ReducedMotion(reduced) => model.reduced_motion = reduced,
        Msg::Keys => model.keys_shown = !model.keys_shown,
        Msg::SingleKeys(on) => {
            model.single_keys = on;
            effects.push(Effect::KeepSingleKeys(on));
        }
        Msg::RelayFound => {
            // Who has begun already keeps the run, and can choose the other end.
            if model.session.inputs.is_empty() && !model.share.opened {
                change_other(model, Other::Real);
            }
            // What a link is said to be is of more interest.
            model.notice = model.notice.take().filter(|notice| matches!(notice, Notice::Share(_)));
            model.relay = Status::Connecting;
            effects.push(Effect::OpenRelay);
        }
        Msg::Reconnect => {
            model.relay = Status::Connecting;
            model.notice = None;
            effects.push(Effect::OpenRelay);
        }
        Msg::RelayMessage(bytes) => relay_message(model, &bytes, &mut effects),
        Msg::RelayClosed => relay_closed(model),
        Msg::RelayRefused => {
            let known = model.relay != Status::Absent;
            relay_closed(model);
            // A relay that was there before has a new token since its restart.
            model.relay = if known { Status::Lost } else { Status::Absent };
            model.notice = Some(Notice::BadToken);
        }
    }
    if model.player.at < head {
        forget_waiting(model);
    }
    ask_the_real_network(model, &mut effects);
    late::follow(model);
    look::follow(model, &chosen);
    if model.selected != chosen || model.session.trace.facts().len() != facts {
        model.kin = Kin::of(&model.session, &model.selected);
    }
    table::look_on(model);
    effects
}

/// A step goes no farther than this while a real server may answer: less than the shortest retransmission time-out.
pub(super) const STRIDE: Duration = Duration::from_millis(100);

/// A network in which nothing happens for so long has come to rest: playing stops, and goes on when it is asked to.
const REST: Duration = Duration::from_secs(30);

/// A number from nothing to the most; what is no number is nothing.
fn within(value: f64, most: f64) -> f64 {
    if value > 0.0 { value.min(most) } else { 0.0 }
}

fn tick(model: &mut Model, millis: f64) {
    if !model.player.playing {
        return;
    }
    if model.reduced_motion {
        model.step_wait += millis;
        if model.step_wait >= STEP_PACE {
            model.step_wait = 0.0;
            let from = model.player.at;
            model.player.playing = next_event(model) || wait_for_the_real_network(model, STEP_PACE);
            let turned = model.time.stretch.turn(from, model.player.at);
            if turned != model.player.at {
                model.player = Player { playing: true, at: turned, ..model.player };
            }
        }
        return;
    }
    if is_full(model) {
        return;
    }
    let wanted = model.time.stretch.turn(model.player.at, model.player.after(millis));
    if wanted < model.player.at {
        model.player.at = wanted;
        return;
    }
    let wanted = real_time_at_most(model, millis, wanted);
    let reached = model.session.watch(wanted);
    if reached.0 < wanted.0 && model.session.is_over() {
        model.player.playing = false;
    }
    model.player.at.0 = model.player.at.0.max(reached.0.min(wanted.0));
    let facts = model.session.trace.facts().len();
    if is_at_rest(model) && model.rested != facts {
        // Once for each rest: who presses Play again wants to see the waiting.
        model.rested = facts;
        model.player.playing = false;
        model.notice = model.notice.take().or(Some(Notice::AtRest));
    }
}

/// Whether the head is where nothing moves any more, and nothing is due soon.
fn is_at_rest(model: &Model) -> bool {
    model.session.rest(REST).is_some_and(|rest| model.player.at.0 >= rest.0)
}

/// While a real connection is open, simulated time does not run ahead of real time: a timer must not go off in the lab
/// before a real server has had as long to answer.
fn real_time_at_most(model: &Model, millis: f64, wanted: FilmTime) -> FilmTime {
    let session = &model.session;
    if !session.is_waiting() {
        return wanted;
    }
    let latest = real_time(session, millis);
    if session.film.moment(wanted).at <= latest { wanted } else { session.film.place(latest) }
}

/// The simulated time that it may be after so many milliseconds of the learner's.
fn real_time(session: &Session, millis: f64) -> Instant {
    session.now() + Duration::from_secs_f64(millis / 1e3)
}

/// Lets so many milliseconds pass for a real server that has not answered. False when there is none.
fn wait_for_the_real_network(model: &mut Model, millis: f64) -> bool {
    if !model.session.is_waiting() {
        return false;
    }
    let latest = model.session.film.place(real_time(&model.session, millis));
    model.player.at = model.session.watch(latest);
    true
}

/// A run that has grown too long goes on no more: says so, and stops.
fn is_full(model: &mut Model) -> bool {
    let end = model.session.film.end();
    let full = model.session.trace.facts().len() >= MOST_FACTS && model.player.at.0 >= end.0;
    if full {
        model.player.playing = false;
        model.notice = Some(Notice::Full);
    }
    full
}

fn play_pause(model: &mut Model) {
    model.player.playing = !model.player.playing;
    forget_waiting(model);
    if model.player.playing && model.is_live() && model.session.is_over() {
        if model.session.index.frames().is_empty() && model.session.origin.lab().is_some() {
            // There is nothing to play yet, and what the learner wants is clear.
            model.player.playing = false;
            send(model);
        } else {
            model.player.at = FilmTime::default();
        }
    }
}

fn step(model: &mut Model, way: Way) {
    model.player.playing = false;
    match way {
        Way::Forward => {
            // A run that is full has said so.
            if !next_event(model) && !is_full(model) {
                let waiting = model.session.is_waiting();
                model.notice = Some(if waiting { Notice::RealWaits } else { Notice::NothingMore });
            }
        }
        Way::Back => {
            let before = time::back(model, Kind::Event);
            model.player.at = before.map_or_else(Default::default, |fact| model.session.film.seen(fact.0 as usize));
        }
    }
}

/// What was said of the place where the head stood is not true of where it goes.
fn forget_waiting(model: &mut Model) {
    if matches!(model.notice, Some(Notice::NothingMore | Notice::RealWaits | Notice::AtRest | Notice::NoneOfKind(..))) {
        model.notice = None;
    }
}

/// Moves the head to where the next event is seen whole. False when there is none.
fn next_event(model: &mut Model) -> bool {
    if is_full(model) {
        return false;
    }
    let begun = model.moment().fact.unwrap_or(0);
    let now = model.player.at.0;
    let wanted = |session: &Session, fact: usize| is_event(session, fact) && session.film.seen(fact).0 > now + 1.0;
    let limit = if model.session.is_waiting() { model.session.now() + STRIDE } else { Instant::FAR_FUTURE };
    match model.session.run_to_fact(begun, limit, wanted) {
        Some(fact) => {
            model.player.at = model.session.film.seen(fact);
            forget_waiting(model);
            true
        }
        None => false,
    }
}

fn is_event(session: &Session, fact: usize) -> bool {
    session.trace.facts().get(fact).is_some_and(|fact| film::is_event(&fact.what))
}

fn step_frame(model: &mut Model, way: Way) {
    let frames = model.session.index.frames();
    let place = model.shown_frame().and_then(|id| model.session.index.place(id)).unwrap_or(0);
    let place = match way {
        Way::Back => place.saturating_sub(1),
        Way::Forward => (place + 1).min(frames.len().saturating_sub(1)),
    };
    if let Some(frame) = frames.get(place).map(|frame| frame.id) {
        choose_frame(model, frame);
    }
}

/// Chooses a thing, in every view at once.
pub(super) fn choose(model: &mut Model, thing: Thing) {
    knobs::chosen(model, thing);
    let session = &model.session;
    let (frame, field) = match thing {
        Thing::Frame(frame) => return choose_frame(model, frame),
        Thing::Field(frame, field) => (Some(frame), Some(field)),
        Thing::Byte(frame, byte) => (Some(frame), kin::field_at(session, frame, byte)),
        Thing::Fact(fact) | Thing::Waiting(fact) => (session.index.frame_of(&session.trace, fact), None),
        Thing::Socket(_) | Thing::Node(_) | Thing::Link(_) | Thing::Line(..) => (model.selected.frame, None),
    };
    let chosen = if let Thing::Waiting(fact) = thing { Thing::Fact(fact) } else { thing };
    model.selected = Selected { thing: Some(chosen), frame, field };
    if let Thing::Fact(fact) = thing
        && !model.player.playing
    {
        model.player.at = model.session.film.seen(fact.0 as usize);
    }
}

/// Chooses a frame. When time stands still, it goes to the moment at which that frame is on its way, so that every view
/// shows the same thing.
fn choose_frame(model: &mut Model, id: FrameId) {
    model.selected = Selected { thing: Some(Thing::Frame(id)), frame: Some(id), field: None };
    if !model.player.playing
        && let Some(frame) = model.session.index.frame(id)
    {
        let start = model.session.film.seen(frame.sent.0 as usize).0;
        let end = frame.end.map_or(start, |end| model.session.film.start(end.fact.0 as usize).0);
        model.player.at = FilmTime(f64::midpoint(start, end.max(start)));
    }
}

pub(super) fn send(model: &mut Model) {
    if model.session.other == Other::Clients {
        // There the server is the lab's, and what is sent is the real clients'.
        publish::publish(model);
        return;
    }
    match checked_target(model) {
        Err(notice) => model.notice = Some(notice),
        Ok(Target::Address(to)) => spawn(model, to, &model.form.clone()),
        Ok(Target::Unix(path)) => {
            let client = lab::unix_client(&path, model.form.message.as_bytes(), model.form.reading);
            start(model, lab::OTHER_NODE, client);
        }
        Ok(Target::Name(name, port)) => {
            model.link.look_up(&name);
            model.notice = Some(Notice::LookingUp(name.clone()));
            model.looking_up = Some(Pending { name, port, form: model.form.clone() });
        }
    }
}

/// The longest datagram of UDP over IPv4: what 65,535 bytes leave over for it (RFC 768, RFC 791 §3.1).
const LONGEST_DATAGRAM: usize = 65_507;

/// The target, when everything that sending needs is in order.
pub(super) fn checked_target(model: &Model) -> Result<Target, Notice> {
    let other = model.session.other;
    if let Some(place) = model.form.broken_at {
        return Err(Notice::MessageBroken(place));
    }
    match model.form.message.len() {
        0 => return Err(Notice::MessageEmpty),
        bytes if bytes > MOST_BYTES => return Err(Notice::MessageTooLong(bytes)),
        bytes if model.form.kind == FlowKind::Datagram && bytes > longest_datagram(model) => {
            return Err(Notice::DatagramTooLong(bytes, longest_datagram(model)));
        }
        _ => {}
    }
    if model.session.trace.facts().len() >= MOST_FACTS {
        return Err(Notice::Full);
    }
    let target = target::parse(&model.form.target, other, model.form.kind).map_err(Notice::Target)?;
    if other.is_real() && model.relay != Status::Ready {
        return Err(Notice::RelayNeeded);
    }
    if other.is_real()
        && let Some(lacking) = needed(&target, model.form.kind).find(|name| !model.link.can(name))
    {
        return Err(publish::unavailable(&model.link, lacking));
    }
    Ok(target)
}

/// The capabilities of the relay without which there is no way to a target.
fn needed(target: &Target, kind: FlowKind) -> impl Iterator<Item = &'static str> {
    let is_ipv6 = matches!(target, Target::Address(SocketAddr::V6(_)));
    let needed = [
        (kind == FlowKind::Datagram).then_some("datagram"),
        is_ipv6.then_some("inet6"),
        matches!(target, Target::Unix(_)).then_some("unix"),
    ];
    needed.into_iter().flatten()
}

fn longest_datagram(model: &Model) -> usize {
    const HEADER: usize = 5;
    let relay = model.link.limits().map_or(usize::MAX, |limits| limits.message_bytes as usize);
    LONGEST_DATAGRAM.min(relay.saturating_sub(HEADER))
}

/// Starts the client that the form asks for.
fn spawn(model: &mut Model, to: SocketAddr, form: &Form) {
    start(model, lab::CLIENT_NODE, client(to, form));
}

pub(super) fn client(to: SocketAddr, form: &Form) -> Script {
    let message = form.message.as_bytes();
    match form.kind {
        FlowKind::Stream => lab::tcp_client(to, message, form.reading),
        FlowKind::Datagram => lab::udp_client(to, message, form.naming),
    }
}

fn start(model: &mut Model, node: NodeId, program: Script) {
    model.looking_up = None;
    go_on(model);
    model.session.spawn(node, program);
}

/// Plays on from the newest moment, at which something begins. What lies between the head and that has happened: the learner
/// can go back to it.
pub(super) fn go_on(model: &mut Model) {
    model.player.at = model.session.newest();
    model.player.playing = true;
    model.notice = None;
    model.selected = Selected::default();
}

fn change_other(model: &mut Model, other: Other) {
    if model.session.origin == Origin::Lab(other) {
        return;
    }
    if model.form.target == default_target(model.session.other, model.form.kind) {
        model.form.target = default_target(other, model.form.kind);
    }
    model.open(Session::new(other));
}

/// The tutorial's servers have a port each: where nothing else was written, the other one's is meant.
fn change_kind(model: &mut Model, kind: FlowKind) {
    let (old, other) = (model.form.kind, model.session.other);
    if model.form.target == default_target(other, old) {
        model.form.target = default_target(other, kind);
    }
    if model.form.port == default_port(old).to_string() {
        model.form.port = default_port(kind).to_string();
    }
    model.form.kind = kind;
}

fn relay_message(model: &mut Model, bytes: &[u8], effects: &mut Vec<Effect>) {
    match model.link.receive(bytes) {
        Ok(news) if news.contains(&News::OtherVersion) => leave_relay(model, effects),
        Ok(news) => news.into_iter().for_each(|news| hear(model, news)),
        Err(_) => leave_relay(model, effects),
    }
}

/// What is there is no relay of this version.
fn leave_relay(model: &mut Model, effects: &mut Vec<Effect>) {
    relay_closed(model);
    model.notice = Some(Notice::OtherVersion);
    effects.push(Effect::CloseRelay);
}

fn hear(model: &mut Model, news: News) {
    match news {
        News::Welcome => {
            model.relay = Status::Ready;
            model.link.watch(model.watching);
        }
        News::OtherVersion => {}
        News::Answer { at, node, flow, answer } => {
            forget_waiting(model);
            model.session.answer(at, node, flow, answer);
        }
        News::Observed { at, node, flow, answer } => model.session.observe(at, node, flow, answer),
        // A name that is not known is told once, by the name.
        News::Failed(failure) if failure.call == Call::GetAddrInfo => {}
        News::Failed(failure) => model.notice = Some(Notice::RealCall(failure)),
        News::Found(addresses) => found(model, &addresses),
    }
}

fn found(model: &mut Model, addresses: &[IpAddr]) {
    let Some(Pending { name, port, form }) = model.looking_up.take() else { return };
    // A server that has both listens on IPv4 more often than not.
    let mut in_lab: Vec<IpAddr> = addresses.iter().copied().filter_map(target::in_lab).collect();
    order::sort_by_key(&mut in_lab, |ip| !ip.is_ipv4());
    match in_lab.first() {
        Some(ip) => spawn(model, SocketAddr::new(*ip, port), &form),
        None if addresses.is_empty() => model.notice = Some(Notice::NameUnknown(name)),
        None => model.notice = Some(Notice::NameIpv6Only(name)),
    }
}

fn relay_closed(model: &mut Model) {
    model.relay = Status::Lost;
    if model.looking_up.take().is_some() {
        // The relay that was asked for the name is gone; what is shown of the relay says so.
        model.notice = None;
    }
    let ended = publish::names(model);
    model.link.lose().into_iter().for_each(|news| hear(model, news));
    if let Some(ended) = ended {
        model.notice = Some(Notice::PublicationsEnded(ended));
    }
}

/// Hands the gateway's questions to the relay.
fn ask_the_real_network(model: &mut Model, effects: &mut Vec<Effect>) {
    for question in model.session.take_questions() {
        if model.relay == Status::Ready {
            model.link.ask(question);
        } else if matches!(question.ask, Ask::Connect { .. } | Ask::Listen { .. }) {
            // The relay went away in between.
            model.session.answer(question.at, question.node, question.flow, Answer::Lost);
        }
    }
    effects.extend(model.link.take_messages().into_iter().map(Effect::SendRelay));
}
