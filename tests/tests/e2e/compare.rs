//! Two futures as a user makes them: back in time, something is changed, and what would have happened stands beside what did.
//!
//! Absent: what is compared and how (the page's own tests), and changes that are refused.

use anyhow::{Result, ensure};
use fantoccini::key::Key;
use serde_json::json;

use crate::page::{Folder, Page};

/// A conversation that is over, with the head where the client's message has just left.
async fn back_at_the_message(folder: &Folder) -> Result<Page> {
    let page = Page::conversation(folder).await?;
    page.browser.click("#to-start").await?;
    page.state_is("at", "0.000000ms").await?;
    go_to_the_message(&page, async || page.browser.click("#next-of-kind").await).await?;
    Ok(page)
}

/// Steps from sent frame to sent frame as far as the first with data of a program.
pub(crate) async fn go_to_the_message(page: &Page, step: impl AsyncFn() -> Result<()>) -> Result<()> {
    const SENT: &str = "1";
    page.choose("#event-kind", SENT).await?;
    let there = "const at = Number(sockscope.state().match(/fact=(-?\\d+)/)[1]);
        return (sockscope.facts().split('\\n')[at] ?? '').includes('Flags [P.]');";
    for _ in 0..20 {
        step().await?;
        if page.browser.execute(there, vec![]).await? == json!(true) {
            return Ok(());
        }
    }
    anyhow::bail!("no frame with data was sent")
}

/// Waits until both futures have come as far as each other and their first difference is marked, in the table and in words.
async fn difference(page: &Page) -> Result<String> {
    let told = "document.querySelector('#compare-told')?.textContent";
    page.browser.wait("document.querySelectorAll('.compare .both tr.first .mark').length === 1").await?;
    page.browser
        .wait("document.querySelector('.compare .both tr.first .mark').textContent.includes('first difference')")
        .await?;
    let told = page.browser.wait(&format!("{told}.includes('The first difference shows at') && {told}")).await?;
    Ok(told.as_str().unwrap_or_default().to_owned())
}

/// Shows a future, and gives the hash of its trace.
async fn show(page: &Page, name: &str) -> Result<String> {
    page.browser.click(&format!("#show-{name}")).await?;
    page.browser.wait(&format!("document.querySelector('#show-{name}[aria-pressed=true]')")).await?;
    Ok(page.state().await?["hash"].clone())
}

#[tokio::test]
async fn a_dropped_frame_and_an_edited_message_make_futures_beside_what_happened() -> Result<()> {
    let folder = Folder::serve()?;
    let page = back_at_the_message(&folder).await?;
    let first = page.state().await?["hash"].clone();
    page.browser.click("#drop-frame:not([disabled])").await?;
    page.browser.wait("document.querySelector('#compare-told')?.textContent.includes('is dropped')").await?;
    page.browser.click("#catch-up").await?;
    let told = difference(&page).await?;
    assert!(told.starts_with("B leaves A at"), "{told}");
    // The sentence is that of the row which is marked.
    let marked = page.browser.text(".compare .both tr.first").await?;
    let event = told.rsplit(": ").next().unwrap_or_default();
    assert!(marked.contains(event.trim_end_matches('…')), "{told} is not {marked}");
    page.browser.screenshot("compare-drop").await?;
    page.browser.click("#to-difference").await?;
    page.browser.wait("sockscope.state().match(/chosen=Some/)").await?;
    // To and fro: each is as it was.
    let second = page.state().await?["hash"].clone();
    ensure!(first != second, "something else has happened");
    assert_eq!(show(&page, "A").await?, first, "what happened is as it was");
    assert_eq!(show(&page, "B").await?, second);
    assert_eq!(show(&page, "A").await?, first);

    // The same past, with another message in it.
    page.browser.fill("#message", "another").await?;
    page.browser.click("#send-instead").await?;
    page.browser.wait("document.querySelector('#show-C[aria-pressed=true]')").await?;
    // It plays on by itself.
    let told = difference(&page).await?;
    assert!(told.starts_with("C leaves A at"), "{told}");
    page.browser.wait("document.querySelector('.compare .both').textContent.includes('another')").await?;
    page.browser.screenshot("compare-message").await?;
    assert_eq!(show(&page, "B").await?, second, "two other futures are there still");
    assert_eq!(show(&page, "A").await?, first);
    page.browser.click("#close-B").await?;
    page.browser.wait("!document.querySelector('#show-B')").await?;
    assert_eq!(page.state().await?["hash"], first, "closing one loses no other");
    page.no_errors().await
}

/// Goes from control to control, as who has no pointer does.
async fn tab_to(page: &Page, id: &str) -> Result<()> {
    for _ in 0..150 {
        page.press(&[Key::Tab]).await?;
        let here = page.browser.execute("return document.activeElement.id", vec![]).await?;
        if here == json!(id) {
            return Ok(());
        }
    }
    anyhow::bail!("the keyboard does not come to #{id}")
}

#[tokio::test]
async fn futures_are_made_and_compared_by_keyboard_alone() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.relay_is("absent").await?;
    page.hurry().await?;
    page.browser.execute("document.querySelector('#target').focus()", vec![]).await?;
    page.press(&[Key::Enter]).await?;
    page.outcome_has("b'hi'").await?;
    page.browser.execute("document.activeElement.blur()", vec![]).await?;
    page.browser.keys(" ").await?;
    page.state_is("playing", "false").await?;
    page.press(&[Key::Home]).await?;
    page.state_is("at", "0.000000ms").await?;
    let first = page.state().await?["hash"].clone();
    go_to_the_message(&page, async || page.browser.keys(".").await).await?;
    for id in ["drop-frame", "catch-up"] {
        tab_to(&page, id).await?;
        page.press(&[Key::Enter]).await?;
    }
    difference(&page).await?;
    for id in ["to-difference", "show-A"] {
        tab_to(&page, id).await?;
        page.press(&[Key::Enter]).await?;
    }
    page.state_is("hash", &first).await?;
    page.no_errors().await
}
