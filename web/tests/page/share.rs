//! In and out of the page: links that open the same picture, captures that become sessions, what is saved, and whatever else is dropped.
//!
//! Absent: files, addresses and the clipboard of a real browser (the end-to-end tests have them).

use std::collections::BTreeMap;

use capture::{Limits, read};
use sim_core::lab;
use sim_core::network::{Input, Network, Output};
use sim_core::scenario::{Faults, text};
use sim_core::time::Instant;
use sim_core::trace::{CaptureSource, LinkId, NodeId, What};
use web::app::future::Name;
use web::app::pane::Pane;
use web::app::session::{Origin, Other, Session};
use web::app::share::{Export, MOST_CAPTURE, Msg as Share, Reach, Said};
use web::app::thing::Thing;
use web::app::time;
use web::app::{Effect, Model, Msg, Notice, Theme, update};
use web::catalogue::Language;
use web::view::{compare, ladder, narration, notice, stage, table};

use crate::harness::{Page, Server};

/// A page that carries its own effects out, as a browser does: files come in pieces, and work goes on until it is done.
struct Browser {
    model: Model,
    file: Vec<u8>,
    saved: Vec<(String, Vec<u8>)>,
    address: Option<String>,
    turns: usize,
}

impl Browser {
    fn of(model: Model) -> Browser {
        Browser { model, file: Vec::new(), saved: Vec::new(), address: None, turns: 0 }
    }

    fn new() -> Browser {
        Browser::of(Model::new(Language::English, Theme::System))
    }

    fn send(&mut self, msg: Msg) {
        let mut messages = vec![msg];
        while let Some(msg) = messages.pop() {
            for effect in update(&mut self.model, msg) {
                self.turns += 1;
                match effect {
                    Effect::Save { name, bytes, .. } => self.saved.push((name, bytes)),
                    Effect::Address(fragment) => self.address = Some(fragment),
                    Effect::CopyAddress => messages.push(Msg::Share(Share::Copied(true))),
                    Effect::ReadFile(from, to) => {
                        let piece = self.file[from as usize..to as usize].to_vec();
                        messages.push(Msg::Share(Share::Piece(piece)));
                    }
                    Effect::Soon => messages.push(Msg::Share(Share::Work)),
                    _ => {}
                }
            }
        }
    }

    fn drop_file(&mut self, name: &str, bytes: Vec<u8>) {
        let size = bytes.len() as u64;
        self.file = bytes;
        self.send(Msg::Share(Share::File(name.to_owned(), size)));
    }

    /// The session in a link, as the address holds it.
    fn link(&mut self) -> String {
        self.send(Msg::Share(Share::Link));
        let address = self.address.clone().unwrap_or_else(|| panic!("no link: {:?}", self.model.notice));
        address.strip_prefix("s=").expect("it says what it is").to_owned()
    }

    fn open(link: &str) -> Browser {
        let mut browser = Browser::new();
        browser.send(Msg::Share(Share::Open(link.to_owned())));
        browser
    }

    fn said(&self) -> Option<&Said> {
        match &self.model.notice {
            Some(Notice::Share(said)) => Some(said),
            _ => None,
        }
    }

    /// The sentence on screen, in all languages: it has to be one.
    fn sentence(&mut self) -> String {
        for language in Language::ALL {
            self.model.language = language;
            let said = notice::notice(&self.model).expect("something is said");
            assert!(!said.text.is_empty() && !said.text.contains('{'), "{}", said.text);
        }
        self.model.language = Language::English;
        notice::notice(&self.model).expect("something is said").text
    }
}

/// The pictures at the moment on screen.
fn pictures(model: &Model) -> String {
    format!("{:?}\n{:?}", stage::stage(model, 1000.0), ladder::ladder(model, 500.0, 400.0))
}

fn is_the_same_picture(one: &Model, other: &Model) {
    assert_eq!(one.session.trace.hash(), other.session.trace.hash(), "the traces are the same");
    assert_eq!(one.player.at, other.player.at, "the moment is the same");
    assert_eq!(one.selected, other.selected, "the choice is the same");
    assert!(pictures(one) == pictures(other), "the pictures are the same");
}

/// A page that has sent two messages, gone back to a moment, and chosen a frame.
fn watched() -> Browser {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(20.0);
    page.send(Msg::Message("再見!".into(), None));
    page.send(Msg::Send);
    page.play(20.0);
    page.send(Msg::Seek(0.4));
    let frame = page.model.session.index.frames()[5].id;
    page.send(Msg::Choose(Thing::Frame(frame)));
    page.send(Msg::Choose(Thing::Field(frame, 3)));
    page.send(Msg::Pane(1, Pane::Bytes));
    page.send(Msg::InDepth(true));
    Browser::of(page.model)
}

#[test]
fn a_link_opens_the_same_picture() {
    let mut browser = watched();
    let link = browser.link();
    assert!(link.len() < 400, "{} characters", link.len());
    assert_eq!(browser.said(), Some(&Said::Copied(link.len() + 2, Reach::Everywhere)));
    let opened = Browser::open(&link);
    assert_eq!(opened.said(), None, "nothing is wrong");
    is_the_same_picture(&browser.model, &opened.model);
    assert_eq!(opened.model.form, browser.model.form);
    assert_eq!(opened.model.panes, browser.model.panes);
    assert!(opened.model.in_depth);
    // And from there as well.
    let again = Browser::of(opened.model.clone()).link();
    assert_eq!(again, link);
}

#[test]
fn what_a_link_opened_goes_on() {
    let mut browser = watched();
    let mut opened = Browser::open(&browser.link());
    for page in [&mut browser, &mut opened] {
        page.send(Msg::End(web::app::Way::Forward));
        page.send(Msg::Message("more".into(), None));
        page.send(Msg::Send);
        for _ in 0..400 {
            page.send(Msg::Tick(100.0));
        }
    }
    assert!(opened.model.session.inputs.len() > 2);
    assert_eq!(browser.model.session.trace.hash(), opened.model.session.trace.hash());
}

#[test]
fn what_the_real_network_answered_is_in_the_link() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 5_000_000));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.model.session.origin, Origin::Lab(Other::Real));
    let mut browser = Browser::of(page.model);
    let opened = Browser::open(&browser.link());
    is_the_same_picture(&browser.model, &opened.model);
    // A relay that is found does not take it away.
    let mut opened = opened;
    opened.send(Msg::RelayFound);
    assert_eq!(browser.model.session.trace.hash(), opened.model.session.trace.hash());
}

const NETWORK: &str = "\
until 3s
seed 7
host 甲
  program ask
    s = socket dgram
    repeat 40
      sendto s \"hi\" 乙:9
      sleep 20ms
host 乙
switch s
link 甲 s
  甲->s loss 20%
link s 乙
at 300ms cut s 乙
at 600ms mend s 乙
";

#[test]
fn any_network_travels_with_what_is_planned() {
    let experiment = text::parse(NETWORK).expect("it is sound");
    let mut browser = Browser::new();
    browser.model.open(Session::experiment(experiment).expect("it is sound"));
    browser.model.player.playing = true;
    while browser.model.session.now() < Instant::from_millis(400) {
        browser.send(Msg::Tick(100.0));
    }
    assert!(!browser.model.session.inputs.is_empty(), "the cut has gone in");
    let opened = Browser::open(&browser.link());
    is_the_same_picture(&browser.model, &opened.model);
    let mut both = [browser, opened];
    for page in &mut both {
        page.model.player.playing = true;
        while page.model.player.playing {
            page.send(Msg::Tick(100.0));
        }
    }
    let [one, other] = both.each_ref().map(|page| page.model.session.inputs.len());
    assert!(one == other && one >= 4, "cut and mended in both directions: {one} and {other} inputs");
    assert_eq!(both[0].model.session.trace.hash(), both[1].model.session.trace.hash());
    assert!(both[0].model.session.now() <= Instant::from_millis(3_000));
}

#[test]
fn a_text_travels_as_it_was_written_with_the_places_of_its_nodes() {
    let written =
        "# Two that stand where somebody put them.\nhost a\n  place 100 900\nhost b\n  place 800 200\nlink a b\n";
    let mut browser = Browser::new();
    browser.drop_file("places.net", written.as_bytes().to_vec());
    let opened = Browser::open(&browser.link());
    assert_eq!(opened.model.edit.document.text(), written);
    assert!(opened.model.edit.runs());
    assert_eq!(opened.model.edit.places.len(), 2);
    assert_eq!(opened.model.edit.places, browser.model.edit.places);
    is_the_same_picture(&browser.model, &opened.model);
}

/// A page with three futures of a lossy network, compared with one that is not the first choice, and another that was closed.
fn branched() -> Browser {
    let lossy = include_str!("../../../sim-core/scenarios/lossy-bulk.net");
    let mut browser = Browser::new();
    browser.model.open(Session::experiment(text::parse(lossy).expect("it is sound")).expect("it is sound"));
    for (turn, loss_ppm) in [(1, 0), (2, 300_000), (3, 100_000)] {
        let to = Instant::from_millis(200);
        browser.model.session.run_to_fact(0, to, |_, _| false);
        browser.model.player.at = browser.model.session.film.place(Instant::from_millis(40 * turn));
        let faults = Input::SetFaults(LinkId(0), 0, Faults { loss_ppm, ..Faults::default() });
        let both = vec![faults.clone(), Input::SetFaults(LinkId(0), 1, Faults { loss_ppm, ..Faults::default() })];
        assert!(browser.model.branch(if turn == 2 { both } else { vec![faults] }), "{:?}", browser.model.notice);
        browser.model.session.run_to_fact(0, to, |_, _| false);
    }
    browser.send(Msg::Time(time::Msg::Close(Name(1))));
    browser.send(Msg::Time(time::Msg::Show(Name(2))));
    browser.send(Msg::Time(time::Msg::With(Name(0))));
    browser.send(Msg::Seek(0.5));
    browser
}

/// What the view of two futures shows.
fn comparison(model: &Model) -> String {
    let futures = &model.time.futures;
    let common: Vec<usize> = futures.kept.iter().map(|future| futures.common(futures.shown, future.name)).collect();
    let pictures = (compare::ladders(model, 700.0, 500.0), compare::compare(model), compare::tabs(model));
    format!("{common:?} {:?} {pictures:?}", futures.compared().map(|future| (future.name, future.at.0.round())))
}

#[test]
fn every_future_travels() {
    let mut browser = branched();
    assert_eq!(browser.model.time.futures.kept.len(), 2);
    let link = browser.link();
    let opened = Browser::open(&link);
    assert_eq!(opened.said(), None, "nothing is wrong");
    is_the_same_picture(&browser.model, &opened.model);
    assert_eq!(comparison(&browser.model), comparison(&opened.model));
    for (one, other) in browser.model.time.futures.kept.iter().zip(&opened.model.time.futures.kept) {
        assert_eq!(one.session.trace.hash(), other.session.trace.hash());
    }
    // And on from there: as a link again, shown, closed, and branched once more.
    let mut again = Browser::of(opened.model.clone());
    assert_eq!(again.link(), link);
    let mut both = [browser, opened];
    for page in &mut both {
        page.send(Msg::Time(time::Msg::Show(Name(3))));
        page.model.player.at = page.model.session.film.place(Instant::from_millis(30));
        let faults = Input::SetFaults(LinkId(0), 0, Faults { down: true, ..Faults::default() });
        assert!(page.model.branch(vec![faults]), "{:?}", page.model.notice);
        page.send(Msg::Time(time::Msg::Close(Name(0))));
        assert_eq!(page.model.time.futures.shown, Name(4));
    }
    let [one, other] = both.each_ref().map(|page| comparison(&page.model));
    assert_eq!(one, other);
}

#[test]
fn a_future_in_which_something_else_went_in_travels() {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    let (_, Input::Spawn(node, _)) = page.model.session.inputs[0].clone() else { panic!("a client was started") };
    let instead = lab::tcp_client(([10, 0, 0, 2], lab::TCP_PORT).into(), b"another", lab::Reading::Once);
    assert!(page.model.branch_instead(0, Input::Spawn(node, instead.into())));
    page.send(Msg::End(web::app::Way::Forward));
    page.play(60.0);
    let mut browser = Browser::of(page.model);
    let opened = Browser::open(&browser.link());
    is_the_same_picture(&browser.model, &opened.model);
    assert_eq!(comparison(&browser.model), comparison(&opened.model));
}

#[test]
fn nonsense_about_futures_shows_the_run_alone() {
    let mut browser = branched();
    let bundle = share::from_text(&browser.link()).expect("it is whole");
    let told = |name: &str| bundle.shown(name).expect("it is told").to_owned();
    let (runs, lineage) = (told("futures"), told("lineage"));
    let cases = [
        ("lineage", "0 5;1 5;9 5".to_owned()),
        ("lineage", "2 5;1 5;0 5".to_owned()),
        ("lineage", String::new()),
        ("lineage", lineage.replace(' ', "  ")),
        ("futures", runs.replacen("2 ", "0 ", 1)),
        ("futures", runs.replacen("2 ", "65535 ", 1)),
        ("futures", runs.replacen(';', "", 1)),
        ("futures", "2 99999999999999999999 x".to_owned()),
        (
            "futures",
            runs.split(';')
                .map(|_| "0 0 0 18446744073709551615 1 18446744073709551615 18446744073709551615 1")
                .collect::<Vec<_>>()
                .join(";"),
        ),
    ];
    for (name, nonsense) in cases {
        let mut broken = bundle.clone();
        for (known, value) in &mut broken.view {
            if known == name {
                value.clone_from(&nonsense);
            }
        }
        let opened = Browser::open(&share::to_text(&broken).expect("it is short"));
        assert!(opened.model.time.futures.kept.is_empty(), "{name} {nonsense}");
        is_the_same_picture(&browser.model, &opened.model);
    }
    // An older page tells nothing of futures, and knows one run.
    let mut older = bundle.clone();
    older.view.retain(|(name, _)| !["futures", "lineage", "with"].contains(&name.as_str()));
    older.runs.truncate(1);
    let opened = Browser::open(&share::to_text(&older).expect("it is short"));
    is_the_same_picture(&browser.model, &opened.model);
    // A link may claim more runs than any page has: no more are run.
    let mut many = bundle.clone();
    many.runs = bundle.runs.iter().cycle().take(16).cloned().collect();
    let opened = Browser::open(&share::to_text(&many).expect("it is short"));
    assert!(opened.model.time.futures.kept.len() <= 3);
}

#[test]
fn a_link_that_no_address_bar_shows_is_not_said_to_stand_there() {
    let mut browser = watched();
    browser.link();
    browser.send(Msg::Share(Share::Copied(false)));
    assert!(matches!(browser.said(), Some(Said::InAddress(..))), "{:?}", browser.said());
    browser.model.share.link = Some("s".repeat(40_000));
    browser.send(Msg::Share(Share::Copied(false)));
    assert_eq!(browser.said(), Some(&Said::LinkTooLong(40_000, 32_000)));
    assert!(browser.sentence().contains("32000"), "{}", browser.sentence());
}

#[test]
fn a_link_that_is_none_says_so_and_the_page_lives() {
    let link = watched().link();
    for (text, part) in [
        ("nonsense", "holds no session"),
        ("", "holds no session"),
        (&link[..link.len() / 2], "its end is missing"),
        ("U2sCnewer", "newer version"),
        (&link.replace(&link[20..30], "0123456789"), "changed on its way"),
    ] {
        let mut browser = Browser::open(text);
        let sentence = browser.sentence();
        assert!(sentence.starts_with("The link") && sentence.contains(part), "{sentence}");
        browser.send(Msg::Send);
        for _ in 0..300 {
            browser.send(Msg::Tick(100.0));
        }
        assert!(browser.model.session.index.frames().len() > 8, "the usual lab is there");
    }
}

#[test]
fn a_run_that_is_too_long_for_a_link_goes_into_a_file() {
    let mut page = Page::alone();
    // Nothing that could be compressed: the digits of a generator.
    let mut state = 1_u64;
    let message: String = (0..100_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + (state >> 57) as u8 % 90)
        })
        .collect();
    page.send(Msg::Message(message, None));
    page.send(Msg::Send);
    page.play(5.0);
    let mut browser = Browser::of(page.model);
    browser.send(Msg::Share(Share::Link));
    assert!(
        matches!(browser.said(), Some(Said::LinkTooLong(length, 64_000)) if *length > 64_000),
        "{:?}",
        browser.said()
    );
    assert!(browser.sentence().contains("as a file instead"));
    browser.send(Msg::Share(Share::Save(Export::Session)));
    let (name, bytes) = browser.saved.pop().expect("it is saved");
    assert_eq!(name, "sockscope.sockscope");
    let mut opened = Browser::new();
    opened.drop_file(&name, bytes);
    is_the_same_picture(&browser.model, &opened.model);
}

#[test]
fn what_was_sent_is_saved_for_wireshark_and_for_programs() {
    let mut browser = Browser::new();
    browser.send(Msg::Share(Share::Save(Export::Capture)));
    assert_eq!(browser.said(), Some(&Said::NothingToSave));
    let mut browser = watched();
    browser.send(Msg::Share(Share::Save(Export::Capture)));
    browser.send(Msg::Share(Share::Save(Export::Trace)));
    let (name, lines) = browser.saved.pop().expect("the trace is saved");
    assert_eq!(name, "sockscope.jsonl");
    let facts = browser.model.session.trace.facts().len();
    assert_eq!(lines.iter().filter(|byte| **byte == b'\n').count(), facts);
    let (name, file) = browser.saved.pop().expect("the capture is saved");
    assert_eq!(name, "sockscope.pcapng");
    let imported = read(&file, Limits::default()).expect("it is a capture");
    let frames = browser
        .model
        .session
        .trace
        .facts()
        .iter()
        .filter(|fact| matches!(fact.what, What::Sent { .. } | What::Delivered { .. }));
    assert_eq!(imported.trace.facts().len(), frames.count());
}

/// A capture at the first end of the lab's link: what one host would see.
fn capture_of_the_lab() -> Vec<u8> {
    let scenario = lab::with_server();
    let mut network = Network::new(&scenario, 1).expect("it is sound");
    let client = lab::tcp_client((lab::SERVER, lab::TCP_PORT).into(), b"hello!", lab::Reading::Once);
    network.handle_input(Instant::ZERO, Input::Spawn(lab::CLIENT_NODE, client.into()));
    let mut file = pcap();
    network.run_until(Instant::from_millis(5_000), |output| {
        let Output::Fact(fact) = output else { return };
        if let What::Sent { bytes, .. } = &fact.what {
            add_frame(&mut file, fact.at, bytes);
        }
    });
    file
}

/// A pcap file (nanoseconds, Ethernet) without frames.
fn pcap() -> Vec<u8> {
    [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 65_535, 1].iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn add_frame(file: &mut Vec<u8>, at: Instant, bytes: &[u8]) {
    let (seconds, nanos) = (at.as_nanos() / 1_000_000_000, at.as_nanos() % 1_000_000_000);
    let length = bytes.len() as u32;
    for word in [seconds as u32, nanos as u32, length, length] {
        file.extend(word.to_le_bytes());
    }
    file.extend(bytes);
}

/// What a host's interface sees of a scenario.
fn capture_at(scenario: &str, host: NodeId) -> Vec<u8> {
    let experiment = text::parse(scenario).expect("the scenario is sound");
    let mut network = Network::new(&experiment.scenario, 1).expect("it is sound");
    let (mut file, mut flying) = (pcap(), BTreeMap::new());
    network.run_until(Instant::from_millis(20_000), |output| {
        let Output::Fact(fact) = output else { return };
        match &fact.what {
            What::Sent { frame, bytes, .. } | What::Duplicated { frame, bytes, .. } => {
                flying.insert(*frame, bytes.clone());
                if fact.node == host {
                    add_frame(&mut file, fact.at, bytes);
                }
            }
            What::Delivered { frame, .. } if fact.node == host => add_frame(&mut file, fact.at, &flying[frame]),
            _ => {}
        }
    });
    file
}

#[test]
fn a_capture_says_what_was_sent_again_and_what_is_missing_as_far_as_it_was_seen() {
    let scenario = "host a\n  program send\n    s = socket\n    connect s b:80\n    send s 60kB\n    close s\n\
        host b\n  program receive\n    l = socket\n    bind l :80\n    listen l\n    c = accept l\n    recvall c\n\
        link a b 10Mbit/s 5ms\n  a->b lose 9\n";
    let marks = |host: u16| -> (Browser, BTreeMap<&'static str, usize>) {
        let mut browser = Browser::new();
        browser.drop_file("lossy.pcap", capture_at(scenario, NodeId(host)));
        let index = &browser.model.session.index;
        let mut marks = BTreeMap::new();
        for mark in index.frames().iter().filter_map(|frame| index.analysis.mark(frame.id)) {
            *marks.entry(mark.name()).or_default() += 1;
        }
        (browser, marks)
    };
    // Where it was sent, the bytes are seen twice; where it arrived, once and late.
    let (sender, at_sender) = marks(0);
    assert!(at_sender["TCP Retransmission"] >= 1 && at_sender["TCP Dup ACK"] >= 2, "{at_sender:?}");
    assert!(!at_sender.contains_key("TCP Out-Of-Order"), "{at_sender:?}");
    let (receiver, at_receiver) = marks(1);
    assert_eq!((at_receiver["TCP Previous segment not captured"], at_receiver["TCP Out-Of-Order"]), (1, 1));
    assert!(!at_receiver.contains_key("TCP Retransmission"), "{at_receiver:?}");
    // A step to the next that was sent again finds it, the table names it, and narration says it in the learner's language.
    let index = &sender.model.session.index;
    let again = index.kinds.all(web::app::kind::Kind::Again);
    assert_eq!(again.len(), at_sender["TCP Retransmission"]);
    let row = index.frames().iter().position(|frame| frame.sent == again[0]).expect("it is a frame");
    assert!(table::says(&sender.model, row).contains("[TCP Retransmission]"));
    for (language, told) in Language::ALL.into_iter().zip(["seen before", "重傳", "重传"]) {
        let mut model = sender.model.clone();
        model.language = language;
        let sentence = narration::sentence(&model, again[0]).expect("it is told");
        assert!(sentence.contains(told), "{sentence}");
    }
    // A capture of a conversation in order has none.
    assert!(receiver.model.session.index.frames().len() > 40);
    let mut browser = Browser::new();
    browser.drop_file("lab.pcap", capture_of_the_lab());
    let index = &browser.model.session.index;
    assert!(index.frames().iter().all(|frame| index.analysis.mark(frame.id).is_none()));
}

#[test]
fn a_capture_becomes_a_session() {
    let mut browser = Browser::new();
    browser.drop_file("lab.pcap", capture_of_the_lab());
    let session = &browser.model.session;
    assert_eq!(session.origin, Origin::Capture);
    let frames = session.index.frames();
    assert_eq!(browser.said(), Some(&Said::Captured(frames.len(), 3)));
    let names: Vec<&str> = session.scenario.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["10.0.2.15", "10.0.2.3", "ff:ff:ff:ff:ff:ff"]);
    // Who has 10.0.2.3, its answer, the handshake: who sent to whom.
    let ends: Vec<(u16, u16)> = frames.iter().take(5).map(|frame| (frame.from.0, frame.to.0)).collect();
    assert_eq!(ends, [(0, 2), (1, 0), (0, 1), (1, 0), (0, 1)]);
    for (fact, frame) in session.trace.facts().iter().zip(frames) {
        assert!(matches!(fact.what, What::Captured { source: CaptureSource::Interface(0), .. }));
        assert_eq!((frame.sent_at, frame.arrives_at), (fact.at, fact.at), "no time of flight is made up");
        assert!(frame.real.is_some(), "it is badged as captured");
    }
    // Initial numbers are known, so relative ones are right: the SYN's own, and the answer's.
    assert!(frames[2].isn.0.is_some() && frames[3].isn.1 == frames[2].isn.0);
    let before = browser.model.player.at;
    browser.send(Msg::PlayPause);
    for _ in 0..50 {
        browser.send(Msg::Tick(50.0));
    }
    assert!(browser.model.player.at.0 > before.0, "it is an animation");
    let _ = pictures(&browser.model);
    for what in [Share::Link, Share::Save(Export::Session), Share::Save(Export::Capture)] {
        browser.send(Msg::Share(what));
        assert_eq!(browser.said(), Some(&Said::KeepFile));
    }
}

#[test]
fn a_long_capture_is_read_in_pieces() {
    let one = capture_of_the_lab();
    let mut file = one[..24].to_vec();
    // Some ten megabytes.
    while file.len() < 10 << 20 {
        file.extend(&one[24..]);
    }
    let mut browser = Browser::new();
    browser.drop_file("long.pcap", file);
    let frames = browser.model.session.index.frames().len();
    assert!(frames > 100_000, "{frames}");
    assert!(browser.turns > 90, "{} turns", browser.turns);
}

#[test]
fn bad_files_get_one_sentence_and_lose_nothing() {
    let good = capture_of_the_lab();
    let mut wireless = good.clone();
    wireless[20] = 105;
    let mut damaged = watched();
    damaged.send(Msg::Share(Share::Save(Export::Capture)));
    let mut damaged = damaged.saved.pop().expect("it is saved").1;
    // The length of the fifth block.
    let fifth =
        (0..4).fold(0, |at, _| at + u32::from_le_bytes(damaged[at + 4..at + 8].try_into().expect("four")) as usize);
    damaged[fifth + 4..fifth + 8].copy_from_slice(&3_u32.to_le_bytes());
    for (name, file, part) in [
        ("empty.pcap", Vec::new(), "is empty"),
        ("picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "none that the page knows"),
        ("notes.txt", b"hello, world".to_vec(), "none that the page knows"),
        ("lab.net", b"host a\nhots b\n".to_vec(), "mistake in line 2"),
        ("lab.net", b"host \xff\n".to_vec(), "not UTF-8"),
        ("lab.pcapng.gz", b"\x1f\x8b\x08\0".to_vec(), "unpack it first"),
        ("none.pcap", good[..24].to_vec(), "without frames"),
        ("head.pcap", good[..40].to_vec(), "ends in the middle of block 1"),
        ("wireless.pcap", wireless, "link type is 105"),
        ("damaged.pcapng", damaged, "Block 5 of “damaged.pcapng”"),
        ("cut.sockscope", b"Sk\x01".to_vec(), "its end is missing"),
        ("newer.sockscope", b"Sk\x09hello".to_vec(), "newer version"),
    ] {
        let mut browser = watched();
        let before = (browser.model.session.trace.hash(), browser.model.player.at);
        browser.drop_file(name, file);
        let sentence = browser.sentence();
        assert!(sentence.contains(part), "{name}: {sentence}");
        assert_eq!((browser.model.session.trace.hash(), browser.model.player.at), before, "{name}");
    }
}

#[test]
fn a_capture_of_200_megabytes_is_refused_before_it_is_read() {
    let mut browser = watched();
    browser.file = capture_of_the_lab();
    browser.file.resize(1 << 20, 0);
    browser.send(Msg::Share(Share::File("big.pcap".into(), 200 << 20)));
    let sentence = browser.sentence();
    assert!(sentence.contains("200 MB") && sentence.contains(&format!("{} MB", MOST_CAPTURE >> 20)), "{sentence}");
}

#[test]
fn a_capture_that_is_cut_shows_what_is_whole() {
    let mut browser = Browser::new();
    let mut file = capture_of_the_lab();
    file.truncate(file.len() - 7);
    browser.drop_file("cut.pcap", file);
    let frames = browser.model.session.index.frames().len();
    assert_eq!(browser.said(), Some(&Said::CapturedCut(frames + 1, frames)));
    assert!(frames > 8);
}
