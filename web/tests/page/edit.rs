//! The network as a document: made in the picture and in the text, run, opened, saved, and never lost.
//!
//! Absent: the elements that show it (the end-to-end walk has them).

use sim_core::scenario::NodeKind;
use sim_core::scenario::text;
use web::app::edit::change::Change;
use web::app::edit::field::{Fault, Field};
use web::app::edit::plan::Part;
use web::app::edit::programs::Offer;
use web::app::edit::{self, MOST_TEXT, Msg, Said, document, examples};
use web::app::thing::Thing;
use web::app::{Effect, Model, Theme, update};
use web::catalogue::{Language, gallery, mistakes};
use web::view::editor;

/// A page with a document.
struct Desk(Model, Vec<Effect>);

impl Desk {
    fn new() -> Desk {
        let mut desk = Desk(Model::new(Language::English, Theme::System), Vec::new());
        desk.send(Msg::Found(Vec::new()));
        desk
    }

    fn with(text: &str) -> Desk {
        let mut desk = Desk::new();
        desk.send(Msg::Text(text.to_owned()));
        desk
    }

    fn send(&mut self, msg: Msg) {
        self.1 = update(&mut self.0, web::app::Msg::Edit(msg));
    }

    fn change(&mut self, change: Change) {
        self.send(Msg::Change(change));
    }

    fn field(&mut self, part: Part, field: Field, value: &str) {
        self.send(Msg::Choose(Some(part)));
        self.send(Msg::Field(field, value.to_owned()));
    }

    fn edit(&self) -> &edit::Edit {
        &self.0.edit
    }

    fn text(&self) -> &str {
        self.edit().document.text()
    }
}

const LAB: &str =
    "# my lab\nhost a  # the first\n\nhost b 10.0.0.9\n  # below b\n  run ping a\n\nlink a b 1Mbit/s  # slow\n";

#[test]
fn no_line_of_an_older_text_is_looked_for_in_a_newer_one() {
    let mut desk = Desk::with("host a\n  program p\n    s = socket\nhost b\nlink a b\n");
    assert_eq!(desk.edit().program_line(0, "p", 1), Some(3));
    // Lines that cannot be told apart, shorter than the plan, and cut inside of a letter by its places.
    for text in ["h\n  x\n y\n", "主主主主主主主主主主主主主\n  x\n y\n", ""] {
        desk.send(Msg::Text(text.to_owned()));
        assert_eq!(desk.edit().program_line(0, "p", 1), None);
    }
}

#[test]
fn new_lines_are_as_the_texts_own() {
    let mut desk = Desk::with("\u{feff}host a\r\nhost b\r\nlink a b\r\n");
    desk.change(Change::Add(NodeKind::Host, Some((500, 500))));
    desk.change(Change::Connect(0, 2));
    desk.change(Change::Move(0, (1, 2)));
    desk.send(Msg::Program(0, Offer::TcpServer));
    desk.field(Part::Link(0), Field::Rate, "1Mbit/s");
    desk.field(Part::Link(0), Field::Fault(Fault::Loss, 0), "1%");
    assert_eq!(desk.text().matches('\n').count(), desk.text().matches("\r\n").count(), "{:?}", desk.text());
    assert_eq!(desk.text().matches('\u{feff}').count(), 1, "{:?}", desk.text());
    assert!(desk.edit().experiment().is_some(), "{:?}", desk.edit().mistakes());
    assert!(desk.text().starts_with("\u{feff}host a\r\n  place 1 2\r\n"), "{:?}", desk.text());
}

#[test]
fn the_lab_is_there_as_text_from_the_beginning() {
    let mut desk = Desk::new();
    assert!(desk.text().contains("host client 10.0.2.15/24") && desk.edit().runs());
    assert_eq!(text::parse(desk.text()).expect("it is right").scenario, desk.0.session.scenario);
    desk.1 = update(&mut desk.0, web::app::Msg::Other(web::app::session::Other::Real));
    assert!(desk.text().contains("gateway gateway") && desk.edit().runs());
}

#[test]
fn every_change_of_the_picture_leaves_the_rest_of_the_text_as_it_was() {
    let mut desk = Desk::with(LAB);
    desk.change(Change::Add(NodeKind::Switch, Some((500, 250))));
    assert_eq!(desk.text(), LAB.replace("  run ping a\n", "  run ping a\nswitch s1\n  place 500 250\n"));
    assert_eq!(desk.edit().chosen, Some(Part::Node(2)));
    desk.change(Change::Connect(0, 2));
    assert!(desk.text().ends_with("link a b 1Mbit/s  # slow\nlink a s1\n"));
    desk.change(Change::Move(0, (100, 900)));
    assert!(desk.text().contains("host a  # the first\n  place 100 900\n\nhost b"));
    desk.change(Change::Move(0, (101, 900)));
    assert!(desk.text().contains("  place 101 900\n") && !desk.text().contains("place 100"));
    desk.change(Change::Delete(Part::Node(2)));
    assert!(!desk.text().contains("s1"), "its links go with a node");
    for _ in 0..5 {
        desk.send(Msg::Undo);
    }
    assert_eq!(desk.text(), LAB);
    desk.send(Msg::Redo);
    assert!(desk.text().contains("switch s1"));
}

#[test]
fn a_new_name_is_written_wherever_the_old_one_stood() {
    let source = "host a\n  program p\n    s = socket\n    connect s b:80\n    send s \"b\"\n  run ping b\nhost b 10.0.0.2\n  route default via a\n\
                  link a b:eth0\n  a->b loss 1%\nat 1s cut a->b\nat 2s kill a p\n";
    let mut desk = Desk::with(source);
    desk.field(Part::Node(1), Field::Name, "伺服器 一");
    let named = "\"伺服器 一\"";
    assert_eq!(
        desk.text(),
        format!(
            "host a\n  program p\n    s = socket\n    connect s {named}:80\n    send s \"b\"\n  run ping {named}\nhost {named} 10.0.0.2\n  \
             route default via a\nlink a {named}:eth0\n  a->{named} loss 1%\nat 1s cut a->{named}\nat 2s kill a p\n"
        )
    );
    assert!(desk.edit().experiment().is_some(), "{:?}", desk.edit().mistakes());
}

#[test]
fn fields_write_what_they_say_and_nothing_else() {
    let mut desk = Desk::with(LAB);
    let (a, b, link) = (Part::Node(0), Part::Node(1), Part::Link(0));
    desk.field(b, Field::Address(0), "10.0.0.7/16 2001:db8::7");
    assert!(desk.text().contains("host b 10.0.0.7/16 2001:db8::7\n"));
    desk.field(b, Field::Mtu(0), "1400");
    assert!(desk.text().contains("host b 10.0.0.7/16 2001:db8::7 mtu 1400\n"));
    desk.field(b, Field::Mtu(0), "");
    desk.field(b, Field::Address(0), "10.0.0.9");
    assert_eq!(desk.text(), LAB);
    desk.field(a, Field::Route, "b");
    assert!(desk.text().contains("host a  # the first\n  route default via b\n"));
    desk.field(a, Field::Route, "");
    desk.field(link, Field::Delay, "3ms");
    assert!(desk.text().contains("link a b 1Mbit/s 3ms  # slow\n"));
    desk.field(link, Field::Rate, "");
    assert!(desk.text().contains("link a b 3ms  # slow\n"));
    desk.field(link, Field::Queue, "7");
    desk.field(link, Field::Fault(Fault::Loss, 1), "2");
    assert!(desk.text().ends_with("link a b 3ms queue 7  # slow\n  b->a loss 2%\n"), "{}", desk.text());
    desk.field(link, Field::Fault(Fault::Reorder, 1), "1%");
    assert!(desk.text().ends_with("  b->a loss 2% reorder 1% by 5ms\n"));
    let faults = &desk.edit().experiment().expect("it is right").scenario.links[0].faults;
    assert_eq!((faults[0].loss_ppm, faults[1].loss_ppm), (0, 20_000));
    desk.field(link, Field::Fault(Fault::Loss, 1), "");
    assert!(desk.text().ends_with("  b->a reorder 1% by 5ms\n"));
}

#[test]
fn a_share_of_both_directions_can_be_another_in_one() {
    let mut desk = Desk::with("host a\nhost b\nlink a b loss 1%\n");
    desk.send(Msg::Choose(Some(Part::Link(0))));
    let value = |desk: &Desk, end| edit::field::value(desk.edit(), Field::Fault(Fault::Loss, end));
    assert_eq!((value(&desk, 0), value(&desk, 1)), ("1%".into(), "1%".into()));
    desk.send(Msg::Field(Field::Fault(Fault::Loss, 0), String::new()));
    assert_eq!(desk.text(), "host a\nhost b\nlink a b loss 1%\n  a->b loss 0%\n");
    assert_eq!((value(&desk, 0), value(&desk, 1)), ("0%".into(), "1%".into()));
}

#[test]
fn addresses_of_interfaces_that_the_text_does_not_name() {
    let mut desk = Desk::with("host a\nhost b\nrouter r\nlink a r\nlink b r\n");
    desk.send(Msg::Choose(Some(Part::Node(2))));
    assert_eq!(edit::field::interfaces(desk.edit()), 2);
    assert_eq!(edit::field::usual(desk.edit(), Field::Address(1)), "10.0.1.2/24");
    desk.send(Msg::Field(Field::Address(1), "10.9.9.1".into()));
    assert!(desk.text().contains("router r\n  interface eth0\n  interface eth1 10.9.9.1\n"), "{}", desk.text());
    let router = &desk.edit().experiment().expect("it is right").scenario.nodes[2];
    assert_eq!(router.interfaces[1].addresses[0].ip.to_string(), "10.9.9.1");
}

#[test]
fn what_a_field_cannot_be_is_told_at_the_field_and_not_written() {
    let mut desk = Desk::with(LAB);
    for (field, value, why) in [
        (Field::Address(0), "10.0.0", "`10.0.0` is no address"),
        (Field::Address(0), "10.0.0.1/33", "is no length of a prefix"),
        (Field::Mtu(0), "12", "an MTU of 12 bytes cannot be"),
        (Field::Name, "b", "has a node `b` already"),
        (Field::Route, "nobody", "there is no node `nobody`"),
    ] {
        desk.field(Part::Node(0), field, value);
        let refused = desk.edit().refused.as_ref().unwrap_or_else(|| panic!("{field:?} {value}"));
        assert_eq!((refused.field, refused.value.as_str()), (field, value));
        let form = editor::form(&desk.0).expect("a node is chosen");
        let row = form.groups[0].1.iter().find(|row| row.field == field).expect("it has the field");
        assert!(row.value == value && row.wrong.as_ref().is_some_and(|wrong| wrong.contains(why)), "{row:?}");
        assert_eq!(desk.text(), LAB);
    }
    desk.send(Msg::Field(Field::Address(0), "10.0.0.1".into()));
    assert!(desk.edit().refused.is_none() && desk.text().contains("host a 10.0.0.1  # the first"));
}

#[test]
fn two_nodes_are_connected_by_choosing_one_after_the_other() {
    let mut desk = Desk::with("host a\nhost b\n");
    desk.send(Msg::Join(Some(0)));
    assert!(editor::picture_hint(&desk.0).contains("that a is to be connected to"));
    desk.send(Msg::Choose(Some(Part::Node(1))));
    assert_eq!(desk.text(), "host a\nhost b\n\nlink a b\n");
    assert_eq!((desk.edit().joining, desk.edit().chosen), (None, Some(Part::Link(0))));
}

#[test]
fn programs_that_are_offered_run() {
    let mut desk = Desk::with("host a\nhost b\nlink a b\n");
    for (node, offer) in
        [(1, Offer::TcpServer), (0, Offer::TcpClient), (1, Offer::UdpServer), (0, Offer::UdpClient), (0, Offer::Ping)]
    {
        desk.send(Msg::Program(node, offer));
    }
    assert_eq!(desk.edit().mistakes(), []);
    desk.send(Msg::Run);
    desk.0.session.run_to_fact(0, sim_core::time::Instant::from_millis(5_000), |_, _| false);
    let printed: Vec<String> = desk
        .0
        .session
        .trace
        .facts()
        .iter()
        .filter_map(|fact| match &fact.what {
            sim_core::trace::What::Printed { text, .. } => Some(text.to_string()),
            _ => None,
        })
        .collect();
    for said in ["b'hello!'", "b'hi'"] {
        assert_eq!(printed.iter().filter(|text| text.as_str() == said).count(), 2, "{printed:?}");
    }
    let programs = edit::field::programs(desk.edit(), 0);
    assert_eq!(programs.len(), 3);
    desk.change(Change::Drop(0, programs[2].0));
    assert!(!desk.text().contains("run ping"));
    for offer in Offer::ALL {
        let mut desk = Desk::with("host a 10.0.0.1\nhost b 10.0.0.2\nlink a b\n");
        desk.send(Msg::Program(0, offer));
        assert_eq!(desk.edit().mistakes(), [], "{offer:?}: {}", desk.text());
    }
}

#[test]
fn typing_is_taken_back_word_by_line_and_in_one_history_with_the_picture() {
    let mut desk = Desk::with("host a\n");
    for end in 1..="host b\n".len() {
        desk.send(Msg::Text(format!("host a\n{}", &"host b\n"[..end])));
    }
    desk.change(Change::Add(NodeKind::Host, None));
    desk.send(Msg::Undo);
    assert_eq!(desk.text(), "host a\nhost b\n");
    desk.send(Msg::Undo);
    assert_eq!(desk.text(), "host a\n");
    desk.send(Msg::Redo);
    desk.send(Msg::Redo);
    assert_eq!(desk.text(), "host a\nhost b\nhost h1\n");
    desk.send(Msg::Redo);
    assert_eq!(desk.text(), "host a\nhost b\nhost h1\n");
}

#[test]
fn a_drag_is_one_change() {
    let mut desk = Desk::with("host a\n");
    for x in 0..40 {
        desk.change(Change::Move(0, (x * 25, 500)));
    }
    assert!(desk.text().contains("place 975 500"));
    desk.send(Msg::Undo);
    desk.send(Msg::Undo);
    assert_eq!(desk.text(), "host a\n");
}

#[test]
fn the_history_is_bounded_and_holds_any_text() {
    let mut document = document::Document::new(String::new());
    for round in 0..3_000 {
        document.change(format!("輪{round}{}", "文".repeat(round % 50)), false);
    }
    let mut steps = 0;
    while document.undo().is_some() {
        steps += 1;
    }
    assert_eq!(steps, 500);
    while document.redo().is_some() {}
    assert!(document.text().starts_with("輪2999"));
}

#[test]
fn running_starts_the_lab_anew_and_says_what_runs() {
    let mut desk = Desk::with("seed 5\nhost a\n  run ping b\nhost b\n  place 900 100\nlink a b\n");
    assert!(editor::status(&desk.0).contains("has changed"));
    desk.send(Msg::Run);
    assert!(desk.edit().runs() && desk.0.player.playing);
    assert_eq!((desk.0.session.seed, desk.0.session.scenario.nodes.len()), (5, 2));
    assert_eq!(desk.edit().places.len(), 1);
    let before = desk.text().to_owned();
    desk.send(Msg::Text(before.replace("run ping b", "run pin b")));
    assert!(!desk.edit().runs());
    let facts = desk.0.session.trace.facts().len();
    desk.send(Msg::Run);
    assert_eq!(desk.edit().said, Some(Said::Mistakes(1)));
    assert_eq!(desk.0.session.trace.facts().len(), facts, "what ran goes on");
    assert!(desk.0.panes.shows(web::app::pane::Pane::Text));
    desk.send(Msg::Undo);
    assert!(desk.edit().runs());
}

#[test]
fn the_line_of_a_program_is_marked_while_it_runs() {
    let mut desk = Desk::with("host a\n  program p\n    # waits\n    sleep 1s\n    print \"x\"\nhost b\nlink a b\n");
    desk.send(Msg::Run);
    for _ in 0..2 {
        desk.1 = update(&mut desk.0, web::app::Msg::Step(web::app::Way::Forward));
    }
    assert_eq!(editor::marks(&desk.0).get(&4), Some(&editor::Mark::Running));
    let Some(web::app::Msg::Choose(Thing::Line(process, line))) = editor::choose_line(&desk.0, 4) else {
        panic!("the line can be chosen")
    };
    assert_eq!(line, 1, "a comment before the first call is not of the listing");
    desk.1 = update(&mut desk.0, web::app::Msg::Choose(Thing::Line(process, line)));
    assert_eq!(editor::marks(&desk.0).get(&4), Some(&editor::Mark::Chosen));
    let text = desk.text().replace("host b", "host c");
    desk.send(Msg::Text(text));
    assert_eq!(editor::marks(&desk.0).get(&4), None, "the text is not what runs");
}

#[test]
fn examples_have_words_and_run() {
    assert_eq!(examples::ALL.len(), gallery::MANY);
    for (place, example) in examples::ALL.iter().enumerate() {
        let mut desk = Desk::new();
        desk.send(Msg::Example(place));
        assert!(desk.edit().runs(), "{}: {:?}", example.name, desk.edit().mistakes());
        let facts = desk.0.session.trace.facts().len();
        let more = desk.0.session.run_to_fact(facts, sim_core::time::Instant::from_millis(9_000), |_, _| true);
        assert!(more.is_some(), "{} does something", example.name);
    }
    for language in Language::ALL {
        let entries = gallery::entries(language);
        assert!(entries.iter().all(|(title, sentence)| !title.is_empty() && sentence.ends_with(['.', '。'])));
    }
}

#[test]
fn opening_loses_nothing_and_saving_gives_the_text() {
    let mut desk = Desk::with("host mine\n");
    desk.send(Msg::Opened { name: "課堂.net".into(), text: "host a\n".into() });
    assert_eq!((desk.text(), desk.edit().changed), ("host a\n", false));
    assert_eq!(desk.edit().said, Some(Said::Opened("課堂".into())));
    desk.send(Msg::Undo);
    assert_eq!(desk.text(), "host mine\n");
    desk.send(Msg::Redo);
    desk.send(Msg::Save);
    let saved = Effect::Save { name: "課堂.net".into(), mime: "text/plain", bytes: b"host a\n".to_vec() };
    assert!(desk.1.contains(&saved), "{:?}", desk.1);
    assert!(!desk.edit().changed);
}

#[test]
fn what_is_too_long_or_no_text_changes_nothing() {
    let mut desk = Desk::with(LAB);
    desk.send(Msg::Opened { name: "huge".into(), text: "#".repeat(MOST_TEXT + 1) });
    assert_eq!(desk.edit().said, Some(Said::TooLong(MOST_TEXT + 1)));
    desk.send(Msg::Text("#".repeat(MOST_TEXT + 1)));
    desk.send(Msg::NotOpened("picture.png".into(), 10));
    assert_eq!(desk.edit().said, Some(Said::NoText("picture.png".into())));
    assert_eq!(desk.text(), LAB);
}

#[test]
fn an_unsaved_document_is_kept_and_offered_again() {
    let desk = Desk::with("host mine\n");
    assert!(desk.1.contains(&Effect::KeepDraft));
    let mut next = Desk::new();
    next.send(Msg::Found(vec![(0, "# 我的網路\nhost mine\n".into()), (2, "host other\n".into())]));
    assert_eq!(next.edit().drafts.slot(), Some(1), "its own slot is free");
    let (slot, sentence) = editor::recovered(&next.0).expect("something is offered");
    assert!(slot == 0 && sentence.contains("我的網路"));
    next.send(Msg::Recover(0, true));
    assert_eq!(next.text(), "# 我的網路\nhost mine\n");
    assert!(next.edit().changed && next.1.contains(&Effect::ForgetDraft(0)) && next.1.contains(&Effect::KeepDraft));
    next.send(Msg::Recover(2, false));
    assert_eq!(editor::recovered(&next.0), None);
}

#[test]
fn opening_another_document_leaves_unsaved_work_in_the_browser() {
    let mut desk = Desk::with("host mine\n");
    let own = desk.edit().drafts.slot().expect("there is room");
    desk.send(Msg::Example(0));
    assert!(desk.1.contains(&Effect::LeaveDraft(own, "host mine\n".into())), "{:?}", desk.1);
    assert!(!desk.1.contains(&Effect::ForgetDraft(own)));
    assert_ne!(desk.edit().drafts.slot(), Some(own), "what is written next does not take its place");
    let (slot, sentence) = editor::recovered(&desk.0).expect("it is offered");
    assert!(slot == own && sentence.contains("host mine"));
    // What nobody has written goes without a word.
    desk.send(Msg::Example(1));
    assert!(!desk.1.iter().any(|effect| matches!(effect, Effect::LeaveDraft(..))), "{:?}", desk.1);
    desk.send(Msg::Recover(own, true));
    assert_eq!(desk.text(), "host mine\n");
}

#[test]
fn full_storage_is_told_once() {
    let mut desk = Desk::with("host a\n");
    desk.send(Msg::Kept(false));
    assert_eq!(desk.edit().said, Some(Said::StorageFull));
    desk.send(Msg::Text("host ab\n".into()));
    desk.send(Msg::Kept(false));
    assert_eq!(desk.edit().said, None);
    assert_eq!(desk.text(), "host ab\n");
    let all = (0..edit::drafts::SLOTS).map(|slot| (slot, "host x\n".to_owned())).collect();
    desk.send(Msg::Found(all));
    assert_eq!(desk.edit().drafts.slot(), None, "no draft of another visit is written over");
}

#[test]
fn full_width_marks_are_repaired_outside_of_what_somebody_says() {
    let (text, many) =
        document::repaired("host a　# 註：好\nlink a→b loss 1％\n  send s “你好，\"世界\"”\n  print \"（保留）\"\n");
    assert_eq!(text, "host a # 註：好\nlink a->b loss 1%\n  send s \"你好，\\\"世界\\\"\"\n  print \"（保留）\"\n");
    assert_eq!(many, 5);
    assert!(!document::can_repair("host 伺服器 # 好\n"));
}

#[test]
fn mistakes_are_told_in_the_learners_language() {
    let texts = [
        "hots a\n",
        "host\n",
        "host a\nhost a\n",
        "seed 1\nseed 2\n",
        "seed 1\n  x\n",
        "host a\n  run ping b\n run x\n",
        "host \"a\n",
        "host a 10.0.0\n",
        "host a 10.0.0.1/40\n",
        "host a mtu 1\n",
        "host a\nlink a a\n",
        "host a\nhost b\nlink a b\nlink a:eth0 b\n",
        "host a\nhost b\nlink a:x b\n",
        "switch s 10.0.0.1\n",
        "switch s\n  program p\n",
        "host a\n  program p\n    socket\n",
        "host a\n  program p\n    s = socket\n    send s hi\n",
        "host a\n  program p\n    recv s 1\n",
        "host a\n  program p\n    goto x\n",
        "host a\n  program p\n    loop\n",
        "host a\n  program p\n    s = socket\n    connect s b\n",
        "host a\n  program p\n    s = socket\n    connect s a:x\n",
        "host a\n  program p\n    s = socket\n    connect s b:80\n",
        "host a\nhost b\nat 1s cut a b\n",
        "host a\nhost b\nhost c\nlink a b\n  a->c loss 1%\n",
        "router r\n  map tcp 80 to 10.0.0.9:80\n",
        "host a\n  file /x y\n",
        "host a 10.0.0.1\nhost b 10.0.0.1\n",
        "host a 224.0.0.1\n",
        "host a 10.0.0.1\n  route default via 10.9.0.1\n",
        "host a\nhost b\nlink a b 1parsec\n",
        "host a\nhost b\nlink a b delay 10\n",
        "host a\n  run ping a count 0\n",
        "host a\n  run pong a\n",
        "host a\n  program p\n    s = socket\n    setsockopt s SO_X 1\n",
        "host a b c\n",
        "",
        "link a b\n",
        "host a\n  interface eth0\n  interface eth0\n",
    ];
    let mut kinds = std::collections::BTreeSet::new();
    for source in texts {
        let mistakes = text::parse(source).expect_err(source).0;
        for mistake in mistakes {
            kinds.insert(format!("{:?}", mistake.what).split([' ', '(', '{']).next().unwrap_or_default().to_owned());
            for language in [Language::TraditionalChinese, Language::SimplifiedChinese] {
                let told = mistakes::mistake(language, &mistake);
                assert!(told.starts_with(&format!("第 {} 行", mistake.line)) && !told.contains('{'), "{told}");
            }
        }
    }
    assert!(kinds.len() >= 25, "{kinds:?}");
}

#[test]
fn a_mistake_is_listed_and_leads_to_its_place() {
    let mut desk = Desk::with("host 客戶端\nlink 客户端 b\n");
    desk.0.language = Language::TraditionalChinese;
    let rows = editor::mistake_rows(&desk.0);
    assert_eq!(rows[0], ("第 2 行第 6 字：沒有名叫「客户端」的節點；你想寫的是「客戶端」嗎。".to_owned(), (2, 6)));
    desk.send(Msg::GoTo(2, 6));
    assert_eq!(&desk.text()[desk.edit().caret.0..], "客户端 b\n");
    assert_eq!(editor::marks(&desk.0).get(&2), Some(&editor::Mark::Mistake));
}

#[test]
fn a_text_whose_lines_cannot_be_told_apart_keeps_its_picture() {
    let mut desk = Desk::with("host a\nhost b\n");
    desk.send(Msg::Text("host a\n  x\n y\nhost b\n".into()));
    assert!(desk.edit().is_stale());
    assert_eq!(editor::picture(&desk.0).nodes.len(), 2);
    let before = desk.text().to_owned();
    desk.change(Change::Add(NodeKind::Host, None));
    assert_eq!(desk.text(), before, "the picture is of another text");
    assert!(editor::picture_hint(&desk.0).contains("Repair"));
}

#[test]
fn programs_of_an_older_text_are_not_read_out_of_this_one() {
    let mut desk = Desk::with("host a\nhost b\n  run ping a\n");
    assert_eq!(edit::field::programs(desk.edit(), 1).len(), 1);
    desk.send(Msg::Text("host a\n  x\n y\n".into()));
    assert!(desk.edit().is_stale());
    assert!(edit::field::programs(desk.edit(), 1).is_empty());
}

#[test]
fn a_thousand_nodes() {
    let mut source: String = (0..1_000).map(|index| format!("host 主機{index}\n")).collect();
    source.push_str("switch s\n");
    source.extend((0..1_000).map(|index| format!("link 主機{index} s\n")));
    let mut desk = Desk::with(&source);
    assert_eq!(editor::picture(&desk.0).nodes.len(), 1_001);
    desk.change(Change::Move(500, (10, 10)));
    desk.field(Part::Node(500), Field::Name, "中間");
    assert!(desk.text().contains("link 中間 s\n") && desk.text().contains("host 中間\n  place 10 10\n"));
    desk.send(Msg::Run);
    assert!(desk.edit().runs());
    let many: String = (0..5_000).map(|index| format!("host h{index}\n")).collect();
    let desk = Desk::with(&many);
    assert!(editor::picture(&desk.0).nodes.is_empty() && editor::picture_hint(&desk.0).contains("2000 at most"));
}

#[test]
fn a_point_of_the_picture_is_where_the_node_then_stands() {
    let mut desk = Desk::with("host a\nhost b\nhost c\nlink a b\nlink b c\n");
    let picture = editor::picture(&desk.0);
    desk.change(Change::Move(1, editor::place_at(&picture, (30.0, 60.0))));
    let (x, y) = editor::picture(&desk.0).nodes[1].at;
    assert!(
        (x - 30.0).abs() < 0.5 && ((y - 60.0).abs() < 0.5 || picture.cells.1 <= 1.0),
        "{x} {y} {:?}",
        picture.cells
    );
}
