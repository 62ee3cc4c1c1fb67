//! Beyond TCP to a real server: datagrams, sockets of AF_UNIX, IPv6, real clients of a server in the page, and what the kernel knows.
//!
//! Absent: the relay itself.

use crate::harness::{Page, Server, inet};
use relay_proto::{Address, Direction, ServerMessage};
use sim_core::gateway::FlowKind;
use sim_core::lab::Naming;
use sim_core::trace::What;
use web::app::Msg;
use web::app::link::Status;
use web::app::session::Other;
use web::app::thing::Thing;
use web::catalogue::Language;
use web::view::scene::{Scene, Shape};
use web::view::{bytes, kernel, ladder, narration, notice, stage, table, transport};

fn datagrams(server: Server) -> Page {
    let mut page = Page::with(server);
    page.send(Msg::Kind(FlowKind::Datagram));
    page
}

/// A page that serves real clients at this port.
pub(crate) fn serving(kind: FlowKind, port: &str) -> Page {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Other(Other::Clients));
    page.send(Msg::Kind(kind));
    page.send(Msg::Port(port.into()));
    page.send(Msg::Publish);
    page.play(2.0);
    page
}

fn replays(page: &Page) {
    let again = page.model.session.replay();
    assert_eq!(again.trace.hash(), page.model.session.trace.hash(), "it replays without a relay");
}

fn has(scene: &Scene, part: &str) -> bool {
    scene.texts().any(|text| text.contains(part))
}

/// Every fact that is told is told in every language, without a place that is not filled.
fn told_in_every_language(page: &mut Page) {
    for language in Language::ALL {
        page.send(Msg::Language(language));
        for fact in page.model.session.trace.facts() {
            let told = narration::sentence(&page.model, fact.id);
            let deeper = narration::depth::depth(&page.model, fact.id);
            for text in told.iter().chain(&deeper) {
                assert!(!text.contains('{') && !text.is_empty(), "{}: {text}", language.tag());
            }
            assert!(told.is_some() && deeper.is_some(), "{fact} is told in two depths");
        }
    }
    page.send(Msg::Language(Language::English));
}

#[test]
fn a_datagram_reaches_the_real_server_and_its_answer_is_printed_with_its_sender() {
    let mut page = datagrams(Server::Answer(b"hi".to_vec(), 300_000));
    assert_eq!(page.model.form.target, "host:9000", "the tutorial's port comes with the protocol");
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.received, b"hello!");
    assert_eq!(page.targets, [inet("127.0.0.1:9000")]); // fixed port: nobody listens, the relay is played
    assert_eq!(page.printed(), ["b'hi' ('10.0.2.2', 9000)"]);
    assert!(!page.model.session.is_waiting(), "an answered datagram is waited for no longer");
    assert!(page.frames().iter().all(|label| !label.contains("SYN")), "{:?}", page.frames());
    told_in_every_language(&mut page);
    replays(&page);
}

#[test]
fn a_dead_udp_port_is_silent_for_sendto_and_an_error_after_connect() {
    let mut page = datagrams(Server::Dead);
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.notice().contains("recvfrom goes on waiting"), "{}", page.notice());
    assert!(page.outcome().contains("waits"), "{}", page.outcome());
    assert!(page.frames().iter().any(|label| label.contains("unreachable")), "{:?}", page.frames());
    // With connect, the same ICMP message becomes the error of the next call.
    page.send(Msg::Naming(Naming::Once));
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.outcome().contains("Connection refused"), "{}", page.outcome());
    told_in_every_language(&mut page);
    replays(&page);
}

#[test]
fn a_datagram_that_no_relay_or_no_packet_can_carry_is_refused_before_it_is_sent() {
    let mut page = datagrams(Server::Silent);
    page.send(Msg::Message("x".repeat(2_000), None));
    page.send(Msg::Send);
    assert!(page.notice().contains("2000") && page.notice().contains("1019"), "{}", page.notice());
    let mut page = Page::that_can(Server::Silent, &["stream", "inet"]);
    page.send(Msg::Kind(FlowKind::Datagram));
    page.send(Msg::Send);
    assert!(page.notice().contains("no UDP") && page.notice().contains("no datagram"), "{}", page.notice());
    assert!(page.frames().is_empty());
    let mut page = Page::that_can(Server::Silent, &["stream", "inet"]);
    page.send(Msg::Target("[::1]:8898".into()));
    page.send(Msg::Send);
    assert!(page.notice().contains("IPv6"), "{}", page.notice());
}

#[test]
fn the_simulated_server_answers_datagrams_too() {
    let mut page = Page::alone();
    page.send(Msg::Kind(FlowKind::Datagram));
    assert_eq!(page.model.form.target, "server:9000");
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.printed(), ["b'hello!'", "b'hi' ('10.0.2.3', 9000)"]);
}

#[test]
fn a_unix_socket_is_reached_from_the_gateway_itself_and_no_packet_is_sent() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Target("unix:chat/room".into()));
    let about = notice::about_target(&page.model).expect("the file is told");
    assert!(about.contains("/run/lab/chat/room") && about.contains("never leaves"), "{about}");
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.targets, [Address::Unix { path: "chat/room".into() }]);
    assert_eq!(page.received, b"hello!");
    assert_eq!(page.printed(), ["b'hi'"]);
    assert!(page.outcome().contains("b'hi'"), "{}", page.outcome());
    assert!(page.frames().is_empty(), "{:?}", page.frames());
    let scene = stage::stage(&page.model, 1300.0);
    assert_eq!(scene.texts().filter(|text| text.contains("AF_UNIX stays")).count(), 4, "the lower layers say so");
    told_in_every_language(&mut page);
    replays(&page);
}

#[test]
fn a_unix_socket_that_is_not_there_is_explained() {
    for (errno, part) in [("ENOENT", "start your server first"), ("ECONNREFUSED", "left behind")] {
        let mut page = Page::with(Server::Refuse(errno));
        page.send(Msg::Target("unix:room".into()));
        page.send(Msg::Send);
        page.play(60.0);
        assert!(page.notice().contains(part) && page.notice().contains("/run/lab/room"), "{}", page.notice());
    }
    let mut page = Page::that_can(Server::Silent, &["stream", "inet"]);
    page.send(Msg::Target("unix:room".into()));
    page.send(Msg::Send);
    let notice = page.notice();
    assert!(notice.contains("--unix-dir") && notice.contains("this relay has no unix"), "{notice}");
    assert_eq!(page.model.form.target, "unix:room", "what was written is still there");
}

#[test]
fn the_real_machines_own_ipv6_address_is_reached() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Target("[::1]:8898".into()));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.targets, [inet("[::1]:8898")]); // fixed port: as above
    assert_eq!(page.printed(), ["b'hi'"]);
    page.send(Msg::Target("[2001:db8::1]:80".into()));
    page.send(Msg::Send);
    assert!(page.notice().contains("[::1]"), "{}", page.notice());
    replays(&page);
}

#[test]
fn a_real_client_is_served_by_the_lab() {
    let mut page = serving(FlowKind::Stream, "8898");
    assert_eq!(page.bound.values().collect::<Vec<_>>(), [&inet("127.0.0.1:8898")]); // fixed port: as above
    assert!(page.model.player.playing, "a server waits");
    page.send(Msg::Speed(web::app::player::Speed::from_index(14)));
    page.play(2.0);
    let scale = transport::transport(&page.model).scale;
    assert!(scale.contains("= 1 s"), "it waits in real time: {scale}");
    page.send(Msg::Speed(web::app::player::Speed::DEFAULT));
    let connection = page.arrive(&inet("127.0.0.1:51000"), b"hello!");
    page.play(60.0);
    assert_eq!(page.received_on(connection), b"hi");
    assert_eq!(page.printed(), ["b'hello!'"]);
    assert!(page.outcome().contains("b'hello!'"), "{}", page.outcome());
    let scene = ladder::ladder(&page.model, 420.0, 4_000.0);
    assert!(has(&scene, "SYN") && has(&scene, "server"), "{:?}", scene.texts().collect::<Vec<_>>());
    // The server goes on, and so does the publication: a second client comes.
    let second = page.arrive(&inet("127.0.0.1:51001"), b"again");
    page.play(60.0);
    assert_eq!(page.received_on(second), b"hi");
    told_in_every_language(&mut page);
    replays(&page);
}

#[test]
fn a_second_client_waits_until_the_first_is_served() {
    let mut page = serving(FlowKind::Stream, "8898");
    let silent = page.arrive(&inet("127.0.0.1:51000"), b"");
    let second = page.arrive(&inet("127.0.0.1:51001"), b"hello!");
    page.play(30.0);
    assert_eq!(page.received_on(second), b"", "the tutorial's server serves one after another");
    page.clock += 1_000;
    let at = page.clock;
    page.hear(&ServerMessage::Fin { socket: silent, at });
    page.play(60.0);
    assert_eq!(page.received_on(second), b"hi");
}

#[test]
fn real_datagrams_are_served_by_the_lab() {
    let mut page = serving(FlowKind::Datagram, "0");
    assert_eq!(page.bound.values().collect::<Vec<_>>(), [&inet("127.0.0.1:40000")]);
    let (socket, peers) = (page.published(), [inet("127.0.0.1:51000"), inet("127.0.0.1:51001")]);
    for from in &peers {
        let at = page.clock;
        page.hear(&ServerMessage::RecvFrom { socket, at, from: from.clone(), bytes: b"hello!"[..].into() });
    }
    page.play(60.0);
    let answers: Vec<_> = page.sent_to.iter().map(|(to, bytes)| (to, &bytes[..])).collect();
    assert_eq!(answers, [(&peers[0], &b"hi"[..]), (&peers[1], &b"hi"[..])], "each gets its own answer");
    told_in_every_language(&mut page);
    replays(&page);
}

#[test]
fn what_cannot_be_published_is_told_in_one_sentence() {
    for (errno, part) in [("EADDRINUSE", "already listens at 127.0.0.1:8898"), ("EACCES", "--allow-bind")] {
        let mut page = Page::with(Server::Silent);
        page.bind_error = Some(errno);
        page.send(Msg::Other(Other::Clients));
        page.send(Msg::Publish);
        page.play(5.0);
        assert!(page.notice().contains(part), "{errno}: {}", page.notice());
        assert!(page.model.session.published().is_empty(), "nothing is shown as published");
        // Once the port is free, the same button publishes.
        page.bind_error = None;
        page.send(Msg::Publish);
        page.play(5.0);
        assert_eq!(page.bound.len(), 1);
        assert_eq!(page.notice(), "");
    }
    for port in ["", "http", "65536", "-1"] {
        let mut page = Page::with(Server::Silent);
        page.send(Msg::Other(Other::Clients));
        page.send(Msg::Port(port.into()));
        page.send(Msg::Publish);
        assert!(page.notice().contains("not a port"), "{port:?}: {}", page.notice());
        assert_eq!(page.model.form.port, port);
    }
    let mut page = serving(FlowKind::Stream, "8898");
    page.send(Msg::Publish);
    assert!(page.notice().contains("already"), "{}", page.notice());
    assert_eq!(page.bound.len(), 1);
}

#[test]
fn what_is_published_ends_when_the_learner_says_so() {
    let mut page = serving(FlowKind::Stream, "8898");
    let flow = *page.model.session.published().keys().next().expect("it is published");
    page.send(Msg::Unpublish(flow));
    assert!(page.bound.is_empty(), "the relay was told");
    assert!(page.notice().contains("no longer"), "{}", page.notice());
    assert!(page.model.session.published().is_empty());
    // And it can begin again, with the same server.
    page.send(Msg::Publish);
    page.play(2.0);
    assert_eq!(page.bound.len(), 1);
    replays(&page);
}

#[test]
fn a_relay_that_goes_away_ends_what_is_published_and_nothing_shown_is_lost() {
    let mut page = serving(FlowKind::Stream, "8898");
    let connection = page.arrive(&inet("127.0.0.1:51000"), b"");
    page.play(5.0);
    assert_eq!(page.received_on(connection), b"");
    let shown = page.model.session.trace.facts().to_vec();
    page.send(Msg::RelayClosed);
    assert_eq!(page.model.relay, Status::Lost);
    assert!(page.notice().contains("TCP 127.0.0.1:8898"), "{}", page.notice());
    assert!(page.model.session.published().is_empty());
    assert_eq!(page.model.session.trace.facts()[..shown.len()], shown);
    page.send(Msg::Publish);
    assert!(page.notice().contains("reconnect"), "{}", page.notice());
    replays(&page);
}

/// INFO's numbers of `rtt`, `snd_cwnd`, `bytes_acked` and `last_data_sent`.
pub(crate) fn known(rtt: u64, last: u64) -> Vec<(u8, u64)> {
    vec![(1, 1), (12, rtt), (15, 10), (22, 6), (34, last)]
}

#[test]
fn what_the_kernel_knows_is_shown_with_its_meaning() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(20.0);
    let (&socket, watched) = page.watched.iter().next().expect("the connection is watched");
    assert!(watched.0 > 0 && watched.1, "{watched:?}");
    assert_eq!(page.captured, [socket], "from the first packet on");
    for (rtt, last) in [(40, 1), (40, 2), (55, 3)] {
        let at = page.clock;
        page.hear(&ServerMessage::Info { socket, at, fields: known(rtt, last) });
    }
    page.play(5.0);
    let infos = page.model.session.trace.facts().iter().filter(|fact| matches!(fact.what, What::KernelInfo { .. }));
    assert_eq!(infos.count(), 2, "that time passes is no news");
    let shown = kernel::kernel(&page.model).expect("it is wanted");
    let value = |name| shown.rows.iter().find(|row| row.name == name).map(|row| row.value.clone());
    assert_eq!(value("rtt").as_deref(), Some("55 µs"));
    assert_eq!(value("state").as_deref(), Some("ESTABLISHED"));
    assert_eq!(shown.lacking, None);
    told_in_every_language(&mut page);
    replays(&page);
    page.send(Msg::Watch(false));
    assert_eq!(page.watched[&socket], (0, false));
    assert_eq!(kernel::kernel(&page.model), None);
}

#[test]
fn datagrams_are_captured_and_sockets_of_af_unix_have_nothing_to_see() {
    let mut page = datagrams(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.watched.values().collect::<Vec<_>>(), [&(0, true)], "TCP_INFO is of TCP alone");
    assert_eq!(page.captured.len(), 1);
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Watch(true));
    page.send(Msg::Target("unix:room".into()));
    page.send(Msg::Send);
    page.play(60.0);
    assert_eq!(page.printed(), ["b'hi'"]);
    assert!(page.watched.is_empty(), "{:?}", page.watched);
}

/// A SYN-less segment on loopback, as Linux hands it to a capture: no hardware addresses, a checksum that nobody has filled in.
fn captured() -> Vec<u8> {
    let mut frame = vec![0; 12];
    frame.extend([8, 0, 0x45, 0, 0, 46, 0, 1, 0x40, 0, 64, 6, 0x3c, 0xc7, 127, 0, 0, 1, 127, 0, 0, 1]);
    frame.extend([0xc3, 0x50, 0x22, 0xc2, 0, 0, 0, 9, 0, 0, 0, 5, 0x50, 0x18, 1, 0, 0xfe, 0x2e, 0, 0]);
    frame.extend(b"hello!");
    frame
}

/// The height of the words of a real frame.
fn mark_height(shape: &Shape) -> Option<f64> {
    match shape {
        Shape::Text { text, at, .. } if text.starts_with('◆') => Some(at.1),
        _ => None,
    }
}

#[test]
fn captured_frames_stand_among_the_others_and_are_marked() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(20.0);
    let (&socket, _) = page.watched.iter().next().expect("the connection is watched");
    let (at, bytes) = (page.clock, captured());
    let length = bytes.len() as u32;
    let direction = Direction::Sent;
    for _ in 0..2 {
        let bytes = bytes[..].into();
        page.hear(&ServerMessage::Frame { socket, at, direction, link_type: 1, lost: 0, length, bytes });
    }
    page.play(5.0);
    let rows = table::rows(&page.model, 0, 100);
    let row = rows.iter().find(|row| row.real).expect("it is in the table");
    assert!(row.info.contains("[PSH, ACK]") && row.info.contains("Len=6"), "{}", row.info);
    assert_eq!((row.length.as_str(), row.protocol.as_str()), ("60", "TCP"));
    page.send(Msg::Choose(row.thing));
    let shown = bytes::bytes(&page.model).expect("its bytes are shown");
    assert!(shown.sections.iter().any(|section| section.fields.iter().any(|field| field.value.contains("127.0.0.1"))));
    assert!(shown.sections.iter().flat_map(|section| &section.fields).all(|field| field.filter != "eth.fcs"));
    let meaning = |filter: &str| {
        let mut fields = shown.sections.iter().flat_map(|section| &section.fields);
        fields.find(|field| field.filter == filter).map(|field| field.meaning.as_str())
    };
    // On loopback nobody has filled the segment's checksum in.
    assert_eq!(meaning("ip.checksum"), Some("right"));
    assert!(meaning("tcp.checksum").is_some_and(|said| said.starts_with("wrong: it should be 0x")));
    assert!(bytes::title(&page.model).contains("real"), "{}", bytes::title(&page.model));
    let scene = ladder::ladder(&page.model, 420.0, 4_000.0);
    assert!(has(&scene, "◆ PSH ACK 6 B"), "{:?}", scene.texts().collect::<Vec<_>>());
    let marks: Vec<f64> = scene.shapes.iter().filter_map(mark_height).collect();
    assert_eq!(marks.len(), 2, "each has its words");
    assert!((marks[1] - marks[0]).abs() >= 14.0, "and they can be read: {marks:?}");
    told_in_every_language(&mut page);
    replays(&page);
}

/// Bytes of a capture come from outside: whatever they are, the page stands.
#[test]
fn broken_captures_break_nothing() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(20.0);
    let (&socket, _) = page.watched.iter().next().expect("the connection is watched");
    let whole = captured();
    let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
    let turned = (0..whole.len()).map(|place| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        bytes
    });
    for (number, bytes) in cut.chain(turned).enumerate() {
        let (at, length, link_type) = (page.clock, bytes.len() as u32, if number % 2 == 0 { 1 } else { 101 });
        let direction = Direction::Received;
        page.hear(&ServerMessage::Frame { socket, at, direction, link_type, lost: 3, length, bytes: bytes.into() });
    }
    page.play(60.0);
    let frames: Vec<_> = page.model.session.index.frames().iter().map(|frame| frame.id).collect();
    assert!(frames.len() > 120);
    for frame in frames {
        page.send(Msg::Choose(Thing::Frame(frame)));
        assert!(bytes::bytes(&page.model).is_some());
        let _ = stage::stage(&page.model, 1300.0);
    }
    told_in_every_language(&mut page);
}

#[test]
fn where_nothing_can_be_captured_the_relays_reason_is_shown() {
    let mut page = Page::that_can(Server::Silent, &["stream", "inet", "tcp-info"]);
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(20.0);
    assert!(page.watched.values().all(|(every, capture)| *every > 0 && !capture), "{:?}", page.watched);
    for language in Language::ALL {
        page.send(Msg::Language(language));
        let lacking = kernel::kernel(&page.model).and_then(|kernel| kernel.lacking).expect("something is lacking");
        assert!(lacking.contains("this relay has no capture"), "{lacking}");
    }
}

/// A real kernel that tells something at each moment must not make the lab's time run ahead of who watches.
#[test]
fn what_is_only_seen_does_not_move_time() {
    let mut page = Page::with(Server::Silent);
    page.send(Msg::Watch(true));
    page.send(Msg::Send);
    page.play(20.0);
    let (&socket, _) = page.watched.iter().next().expect("the connection is watched");
    let now = page.model.session.now();
    for second in 1..100 {
        page.clock += 1_000_000_000;
        let at = page.clock;
        page.hear(&ServerMessage::Info { socket, at, fields: known(second, 0) });
    }
    assert_eq!(page.model.session.now(), now);
    replays(&page);
}

/// Each mistake of the new forms, in each language, keeps what was written.
#[test]
fn each_mistake_gets_a_sentence_in_each_language() {
    let targets = ["unix:", "unix:/etc/passwd", "unix:../x", "[::1]", "[::1]:0", "[fe80::1%2]:80", "[2001:db8::1]:80"];
    for language in Language::ALL {
        for (target, other) in targets.iter().flat_map(|target| [(target, Other::Real), (target, Other::Simulated)]) {
            let mut page = Page::with(Server::Silent);
            page.send(Msg::Language(language));
            page.send(Msg::Other(other));
            page.send(Msg::Target((*target).into()));
            page.send(Msg::Send);
            let notice = page.notice();
            assert!(!notice.is_empty() && !notice.contains('{'), "{target:?} in {}: {notice}", language.tag());
            assert_eq!(&page.model.form.target, target);
            assert!(page.targets.is_empty(), "nothing was sent");
        }
        let mut page = Page::with(Server::Silent);
        page.send(Msg::Language(language));
        page.send(Msg::Kind(FlowKind::Datagram));
        page.send(Msg::Target("unix:room".into()));
        page.send(Msg::Send);
        assert!(page.notice().contains("SOCK_STREAM"), "{}", page.notice());
    }
}

/// The relay and the lab know no common crate, and number the kernel's fields alike.
#[test]
fn the_fields_of_info_are_those_of_the_lab() {
    let names = (1..=u8::MAX).map_while(|number| sim_core::gateway::InfoField(number).name());
    assert!(names.eq(relay_proto::INFO_FIELDS));
}
