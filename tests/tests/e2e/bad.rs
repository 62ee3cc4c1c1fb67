//! What a page must survive: links and files that are none, and a tab that was away for an hour. Each gets one sentence in the
//! learner's language, and loses nothing.
//!
//! Absent: mistakes in the form (`alone.rs`), in a network, and a full browser (`make.rs`), relays that go away (`real.rs`, `outside.rs`).

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::page::{Folder, Page};
use crate::share::drop_file;

/// What is dropped: its name, its parts as JavaScript, and what the sentence of each language has in it.
const FILES: [(&str, &str, [&str; 3]); 5] = [
    (
        "none.pcapng",
        "[new Uint8Array([10, 13, 13, 10, 28, 0, 0, 0, 1, 2, 3, 4, ...Array(16).fill(9)])]",
        ["damaged", "已損壞", "已损坏"],
    ),
    ("short.pcapng", "[new Uint8Array([10, 13, 13, 10, 28, 0, 0, 0])]", ["ends in the middle", "就結束了", "就结束了"]),
    (
        "big.pcap",
        "[window.big ??= new Blob([new Uint8Array([0xd4, 0xc3, 0xb2, 0xa1]), new Uint8Array(200 << 20)])]",
        ["200 MB", "200 MB", "200 MB"],
    ),
    ("wrong.net", "['host a\\nlink a nobody\\n']", ["line 2", "2", "2"]),
    ("nothing.pcapng", "[]", ["is empty", "是空的", "是空的"]),
];

const LANGUAGES: [&str; 3] = ["en", "zh-Hant", "zh-Hans"];

#[tokio::test]
async fn what_is_none_gets_a_sentence_in_every_language_and_loses_nothing() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&format!("{}#s=U2sBnothing", folder.url)).await?;
    page.notice_has("The link").await?;
    page.talk().await?;
    let before = page.state().await?;
    for (place, language) in LANGUAGES.into_iter().enumerate() {
        page.choose("#language", language).await?;
        for (name, parts, sentences) in FILES {
            drop_file(&page, name, parts).await?;
            let said = page.notice_has(sentences[place]).await?;
            is_one_sentence_in(language, &said)?;
            ensure!(said.contains(name), "{said} does not say which file");
        }
        page.browser.execute("location.hash = 's=U2sBnothing' + arguments[0]", vec![json!(language)]).await?;
        let said = page.notice_has(["The link", "連結", "链接"][place]).await?;
        is_one_sentence_in(language, &said)?;
        let now = page.state().await?;
        for kept in ["hash", "at", "facts"] {
            assert_eq!(now[kept], before[kept], "{kept}");
        }
    }
    // It is alive: the next message goes.
    page.browser.click("#send").await?;
    page.browser.wait(&format!("!sockscope.state().includes('facts={}')", before["facts"])).await?;
    page.no_errors().await
}

/// A text without words of another language, and without a name of the program's own in the place of a value.
fn is_one_sentence_in(language: &str, said: &str) -> Result<()> {
    let is_chinese = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
    ensure!(is_chinese(said) == (language != "en"), "{said} is not {language}");
    ensure!(!said.contains(['{', '}', '\n']) && !said.trim().is_empty(), "{said} is no sentence");
    Ok(())
}

#[tokio::test]
async fn a_tab_that_was_away_for_an_hour_goes_on_where_it_was() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.relay_is("absent").await?;
    page.browser.click("#send").await?;
    page.browser.wait("!sockscope.state().includes('frames=0')").await?;
    let facts = "Number(sockscope.state().match(/fact=(-?\\d+)/)[1])";
    // What a hidden page sees: no frame of animation for an hour, and then one whose clock says so.
    let hour = format!(
        "const done = arguments[0]; const now = performance.now.bind(performance); const before = {facts};
        performance.now = () => now() + 3600000;
        requestAnimationFrame(() => requestAnimationFrame(() => done([before, {facts}])));"
    );
    let moved = page.browser.client().execute_async(&hour, vec![]).await?;
    let [before, after]: [i64; 2] = serde_json::from_value(moved)?;
    assert!(after - before < 20, "from fact {before} to {after}: the hour was played");
    assert_eq!(
        page.browser.execute("return sockscope.state().includes('over=true')", vec![]).await?,
        Value::Bool(false)
    );
    page.hurry().await?;
    page.outcome_has("b'hi'").await?;
    page.no_errors().await
}
