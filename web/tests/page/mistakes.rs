//! What people type wrong: one clear sentence in their language, and nothing lost.
//!
//! Absent: how each target is read (its own file has the table).

use crate::harness::{Page, Server};
use web::app::{MOST_BYTES, Msg};
use web::catalogue::Language;

/// Each mistake gives a sentence in each language, and the form keeps what was written.
#[test]
fn each_mistake_gets_a_sentence_in_each_language() {
    let targets =
        ["", "host", "host:0", "host:99999", "host:http", ":80", "10.0.2.256:80", "ho st:80", "::1", "127.0.0.1:8898"]; // fixed port: never opened
    for language in Language::ALL {
        for target in targets {
            let mut page = Page::with(Server::Silent);
            page.send(Msg::Language(language));
            page.send(Msg::Target(target.into()));
            page.send(Msg::Send);
            let notice = page.notice();
            assert!(!notice.is_empty() && !notice.contains('{'), "{target:?} in {}: {notice}", language.tag());
            assert_eq!(page.model.form.target, target);
            assert_eq!(page.model.form.message, "hello!");
            assert!(page.frames().is_empty(), "nothing was sent");
        }
    }
}

#[test]
fn an_empty_message_is_not_sent() {
    let mut page = Page::alone();
    page.send(Msg::Message(String::new(), None));
    page.send(Msg::Send);
    assert!(page.notice().contains("empty"), "{}", page.notice());
    page.send(Msg::Message("x".into(), None));
    page.send(Msg::Send);
    assert_eq!(page.notice(), "", "a mistake that is mended is not told any more");
}

#[test]
fn a_message_that_utf8_cannot_write_is_kept_and_not_sent() {
    let mut page = Page::alone();
    page.send(Msg::Message("a\u{fffd}".into(), Some(1)));
    page.send(Msg::Send);
    assert!(page.notice().contains("place 2"), "{}", page.notice());
    assert!(page.frames().is_empty());
}

#[test]
fn a_megabyte_is_sent_and_more_than_the_limit_is_refused() {
    let mut page = Page::with(Server::Answer(b"hi".to_vec(), 0));
    page.send(Msg::Message("y".repeat(1 << 20), None));
    page.send(Msg::Speed(web::app::player::Speed::from_index(14)));
    page.send(Msg::Send);
    page.play(600.0);
    assert_eq!(page.received.len(), 1 << 20);
    page.send(Msg::Message("y".repeat(MOST_BYTES + 1), None));
    page.send(Msg::Send);
    assert!(page.notice().contains(&MOST_BYTES.to_string()), "{}", page.notice());
    assert_eq!(page.model.form.message.len(), MOST_BYTES + 1, "the text is still there");
}

#[test]
fn a_token_that_is_refused_is_explained_and_the_page_plays_on() {
    let mut page = Page::alone();
    page.send(Msg::RelayRefused);
    assert!(page.notice().contains("token"), "{}", page.notice());
    page.send(Msg::Send);
    page.play(60.0);
    assert!(page.outcome().contains("b'hi'"));
}
