//! What of the page comes late, and what was asked of it before.
//!
//! Absent: the loading itself (the end-to-end tests have it).

use web::app::edit::Msg as Edit;
use web::app::late::{Late, Msg as LateMsg, Part, State};
use web::app::pane::Pane;
use web::app::share::Msg as Share;
use web::app::{Effect, Model, Msg, Theme, update};
use web::catalogue::Language;
use web::view::notice;

/// A page that stands, and whose tools have not come.
fn page() -> Model {
    let mut model = Model::new(Language::English, Theme::System);
    model.late = Late::absent();
    model
}

fn came(part: Part, there: bool) -> Msg {
    Msg::Late(LateMsg::Came(part, there))
}

fn write(text: &str) -> Msg {
    Msg::Edit(Edit::Text(text.to_owned()))
}

#[test]
fn what_is_asked_before_is_done_in_order_when_the_tools_come() {
    let messages = || [write("host a\n"), Msg::Edit(Edit::Undo), write("host b\n"), Msg::Edit(Edit::Gallery(true))];
    let mut whole = Model::new(Language::English, Theme::System);
    let wanted: Vec<_> = messages().into_iter().flat_map(|msg| update(&mut whole, msg)).collect();
    let mut model = page();
    let before = model.edit.document.text().to_owned();
    for msg in messages() {
        assert_eq!(update(&mut model, msg), []);
    }
    assert!(model.late.is_wanted());
    assert_eq!(model.edit.document.text(), before);
    assert_eq!(update(&mut model, came(Part::Tools, true)), wanted);
    assert_eq!(model.late.tools, State::Here);
    assert!(!model.late.is_wanted());
    assert_eq!((model.edit.document.text(), model.edit.gallery), ("host b\n", true));
}

#[test]
fn the_rest_works_meanwhile() {
    let mut model = page();
    update(&mut model, write("host a\n"));
    update(&mut model, Msg::Send);
    assert!(model.player.playing);
    for _ in 0..100 {
        update(&mut model, Msg::Tick(100.0));
    }
    assert!(!model.session.index.frames().is_empty());
    update(&mut model, Msg::Pane(1, Pane::Text));
    assert!(model.panes.shows(Pane::Text));
}

#[test]
fn tools_that_did_not_come_are_asked_for_again_and_nothing_is_lost() {
    let mut model = page();
    update(&mut model, write("host a\n"));
    assert_eq!(update(&mut model, came(Part::Tools, false)), []);
    assert_eq!(model.late.tools, State::Failed);
    // By the button,
    let again = update(&mut model, Msg::Late(LateMsg::Load(Part::Tools)));
    assert_eq!(again, [Effect::Load(Part::Tools)]);
    assert_eq!(model.late.tools, State::Coming);
    // and by the next thing that needs them.
    update(&mut model, came(Part::Tools, false));
    assert_eq!(update(&mut model, Msg::Edit(Edit::Gallery(true))), [Effect::Load(Part::Tools)]);
    update(&mut model, came(Part::Tools, true));
    assert_eq!(model.edit.document.text(), "host a\n");
    assert!(model.edit.gallery);
}

#[test]
fn a_link_stands_before_a_relay_is_found() {
    let messages = || [Msg::Share(Share::Open("no session".to_owned())), Msg::RelayFound];
    let mut whole = Model::new(Language::English, Theme::System);
    let wanted: Vec<_> = messages().into_iter().flat_map(|msg| update(&mut whole, msg)).collect();
    assert!(wanted.contains(&Effect::OpenRelay));
    let mut model = page();
    for msg in messages() {
        assert_eq!(update(&mut model, msg), []);
    }
    assert_eq!(update(&mut model, came(Part::Tools, true)), wanted);
    assert_eq!((&model.notice, &model.relay), (&whole.notice, &whole.relay));
    // Without a link nobody waits: a page whose tools never come has its relay.
    let mut model = page();
    update(&mut model, write("host a\n"));
    assert_eq!(update(&mut model, Msg::RelayFound), [Effect::OpenRelay]);
}

#[test]
fn words_that_did_not_come_leave_the_language_as_it_is() {
    let mut model = page();
    update(&mut model, came(Part::Words(Language::TraditionalChinese), false));
    assert_eq!(model.language, Language::English);
    let said = notice::notice(&model).expect("it is said").text;
    assert!(said.starts_with("繁體中文 could not be loaded"), "{said}");
    let effects = update(&mut model, came(Part::Words(Language::TraditionalChinese), true));
    assert_eq!(model.language, Language::TraditionalChinese);
    assert_eq!(effects, [Effect::KeepLanguage(Language::TraditionalChinese)]);
}
