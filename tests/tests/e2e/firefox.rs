//! The page in Firefox: the main walks once more, and axe.
//!
//! Absent: what no browser can do differently, because it is tested without one.

use anyhow::Result;
use fantoccini::key::Key;
use serde_json::json;
use tests::browser::{Axe, Browser, Preferences};
use tests::python::Python;
use tests::relay::Relay;

use crate::page::{Folder, Page};

async fn open(url: &str, languages: &str, dark: bool) -> Result<Option<Page>> {
    let preferences = Preferences { dark, reduced_motion: false };
    let Some(browser) = Browser::start_firefox(languages, preferences).await? else { return Ok(None) };
    let page = Page { browser };
    page.goto(url).await?;
    Ok(Some(page))
}

#[tokio::test]
async fn firefox_shows_a_message_to_a_real_server_and_replays_it() -> Result<()> {
    let (mut server, port) = Python::listen("tcp_server")?;
    let relay = Relay::start(&[])?;
    let Some(page) = open(relay.url(), "zh-TW, en", true).await? else { return Ok(()) };
    page.relay_is("ready").await?;
    assert_eq!(page.browser.execute("return document.documentElement.lang", vec![]).await?, json!("zh-Hant"));
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    assert_eq!(server.line()?, "b'hello!'");
    page.outcome_has("b'hi'").await?;
    page.is_sound().await
}

#[tokio::test]
async fn firefox_plays_by_keyboard_alone_and_axe_finds_nothing() -> Result<()> {
    let folder = Folder::serve()?;
    let Some(page) = open(&folder.url, "en", false).await? else { return Ok(()) };
    page.relay_is("absent").await?;
    page.hurry().await?;
    page.browser.execute("document.querySelector('#message').focus()", vec![]).await?;
    // The two at once.
    page.browser.keys(&format!("{}{}", char::from(Key::Control), char::from(Key::Enter))).await?;
    page.outcome_has("b'hi'").await?;
    page.browser.execute("document.activeElement.blur()", vec![]).await?;
    page.browser.keys(" ").await?;
    page.state_is("playing", "false").await?;
    page.press(&[Key::Home]).await?;
    page.state_is("at", "0.000000ms").await?;
    page.press(&[Key::Right, Key::Right, Key::Right, Key::Left]).await?;
    page.state_is("fact", "1").await?;
    if let Some(axe) = Axe::fetch()? {
        assert_eq!(page.browser.violations(&axe).await?, [""; 0]);
    }
    page.no_errors().await
}
