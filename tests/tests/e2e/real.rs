//! The main job: a click in the page, a message to a real server, its answer back through seven layers.
//!
//! Absent: the relay's promises (its crate's tests attack them).

use std::net::TcpListener;

use anyhow::{Result, ensure};
use serde_json::json;
use tests::browser::update_readme_screenshot;
use tests::python::Python;
use tests::relay::Relay;

use crate::page::Page;

/// Facts in this order, each at or after the place of the one before.
fn in_order(facts: &[String], wanted: &[&str]) -> Result<()> {
    let mut rest = facts.iter();
    for part in wanted {
        ensure!(rest.any(|fact| fact.contains(part)), "no fact with \"{part}\" in its place:\n{}", facts.join("\n"));
    }
    Ok(())
}

#[tokio::test]
async fn hello_by_a_click_hi_on_screen() -> Result<()> {
    let (mut server, port) = Python::listen("tcp_server")?;
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    assert_eq!(server.line()?, "b'hello!'");
    page.outcome_has("b'hi'").await?;
    // Every layer puts its header on, in order, down and up, on the way there and on the way back.
    in_order(
        &page.facts().await?,
        &[
            "ARP, Request",
            "ARP, Reply",
            "Flags [S]",
            "Asked",
            "Answered",
            "Flags [S.]",
            "ESTABLISHED",
            "Encapsulated",
            "Flags [P.]",
            "Decapsulated",
            "Asked",
            "Answered",
            "Flags [P.]",
            "Printed",
            "Flags [F.]",
        ],
    )?;
    assert_eq!(server.finish()?, [""; 0]);
    let address = page.browser.execute("return location.href", vec![]).await?;
    assert!(!address.as_str().unwrap_or_default().contains("token"), "the token leaves the address bar: {address}");
    page.is_sound().await
}

#[tokio::test]
async fn the_readme_shows_a_message_on_its_way() -> Result<()> {
    let (_server, port) = Python::listen("tcp_server")?;
    let relay = Relay::start(&[])?;
    let page = Page::open(relay.url()).await?;
    page.browser.set_size(1440, 1180).await?;
    page.relay_is("ready").await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.brisk().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await?;
    page.browser.click("#play").await?;
    page.browser.wait("!sockscope.state().includes('playing=true')").await?;
    // To the moment at which the first bytes of the program are on the wire.
    page.browser.click("#to-start").await?;
    let row = "[...document.querySelectorAll('#frames .row')].find(row => row.textContent.includes('Len=6'))";
    page.browser.wait(row).await?;
    for _ in 0..200 {
        page.browser.click("#next").await?;
        let sent = format!("{row} && !{row}.classList.contains('later')");
        if page.browser.execute(&format!("return {sent}"), vec![]).await? == json!(true) {
            break;
        }
    }
    // Half the way over the link.
    let clock = "parseFloat(document.querySelector('#clock').textContent)";
    let sent = page.browser.execute(&format!("return {clock}"), vec![]).await?;
    page.browser.click("#play").await?;
    page.browser.wait(&format!("{clock} > {sent} + 4")).await?;
    page.browser.click("#play").await?;
    let picture = page.browser.screenshot("readme").await?;
    update_readme_screenshot(&picture)?;
    page.is_sound().await
}

#[tokio::test]
async fn a_refusal_is_real_and_told_in_every_language() -> Result<()> {
    let relay = Relay::start(&[])?;
    for (language, word) in [("en", "listens"), ("zh-TW", "監聽"), ("zh-CN", "监听")] {
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let page = Page::open_in(relay.url(), language).await?;
        page.relay_is("ready").await?;
        page.browser.fill("#target", &format!("host:{port}")).await?;
        page.brisk().await?;
        page.browser.click("#send").await?;
        let notice = page.notice_has("ECONNREFUSED").await?;
        assert!(notice.contains(word), "{language}: {notice}");
        page.outcome_has("Errno 111").await?;
        in_order(&page.facts().await?, &["Flags [S]", "Asked", "ECONNREFUSED", "Flags [R.]", "Exited"])?;
        page.is_sound().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_megabyte_from_a_real_server_arrives_whole() -> Result<()> {
    let (server, port) = Python::listen("tcp_big")?;
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.choose("#reading", "to-end").await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.outcome_has("1048576").await?;
    // FNV-1a over the bytes that the program in the page received, against the documented pattern.
    let pattern = (0..1_u64 << 20).map(|place| (place * 31 + (place >> 8)) & 255);
    let hash = pattern.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ byte).wrapping_mul(0x0000_0100_0000_01b3));
    let received = page.browser.execute("return sockscope.received()", vec![]).await?;
    assert_eq!(received, json!(format!("{hash:016x}")));
    ensure!(server.finish()?[0].starts_with("sent 1048576 "));
    page.is_sound().await
}

#[tokio::test]
async fn a_server_that_never_reads_stops_the_sender_and_memory_is_bounded() -> Result<()> {
    let (_server, port) = Python::listen("tcp_silent")?;
    let relay = Relay::start(&[])?;
    let page = Page::connected(&relay).await?;
    let before = relay.rss_bytes()?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    // Eight megabytes, as they would be pasted: the real kernel takes four of them (`tcp_wmem`), the gateway's window the better part of one.
    let paste = "const box = document.querySelector('#message'); box.value = 'x'.repeat(8 << 20);
        box.dispatchEvent(new Event('input', { bubbles: true }))";
    page.browser.execute(paste, vec![]).await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    // Four megabytes take their time on the lab's road: a second patience follows the first.
    // All facts are much to read: looking at every picture would keep the page from going on.
    let closed = "performance.now() - (window.looked ?? 0) > 500
        && (window.looked = performance.now(), sockscope.facts().includes('win 0,'))";
    if page.browser.wait(closed).await.is_err() {
        page.browser.wait(closed).await?;
    }
    let grown = relay.rss_bytes()?.saturating_sub(before);
    assert!(grown < 4 << 20, "the relay grew by {grown} bytes: it must hold no more than its window");
    let state = page.state().await?;
    assert_eq!(state["over"], "false", "the connection stands and waits");
    page.is_sound().await
}

#[tokio::test]
async fn a_relay_killed_in_mid_transfer_loses_nothing_that_was_shown() -> Result<()> {
    let (_server, port) = Python::listen("tcp_big")?;
    let relay = Relay::start(&[])?;
    let (address, token) = (relay.address(), relay.token().unwrap_or_default().to_owned());
    let page = Page::connected(&relay).await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.choose("#reading", "to-end").await?;
    page.browser.click("#send").await?;
    page.browser.wait("sockscope.facts().split('Answered').length > 3").await?;
    let shown = page.facts().await?;
    relay.kill();
    page.relay_is("lost").await?;
    let after = page.facts().await?;
    assert_eq!(after[..shown.len()], shown, "what was shown is still there");
    assert_eq!(page.browser.execute("return document.querySelector('#message').value", vec![]).await?, json!("hello!"));
    // The relay comes back at the same place, and so does the page.
    let (mut server, port) = Python::listen("tcp_server")?;
    let _relay = Relay::start_at(address, &["--token", &token])?;
    page.browser.click("#reconnect").await?;
    page.relay_is("ready").await?;
    page.browser.fill("#target", &format!("host:{port}")).await?;
    page.choose("#reading", "once").await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    assert_eq!(server.line()?, "b'hello!'");
    page.outcome_has("b'hi'").await
}

#[tokio::test]
async fn a_relay_that_starts_again_has_a_new_token_and_the_page_says_so() -> Result<()> {
    let relay = Relay::start(&[])?;
    let address = relay.address();
    let page = Page::connected(&relay).await?;
    relay.kill();
    page.relay_is("lost").await?;
    // At the same place, but with a token of its own.
    let relay = Relay::start_at(address, &[])?;
    page.browser.click("#reconnect").await?;
    page.notice_has("token").await?;
    page.relay_is("lost").await?;
    // Its address is opened in the same tab: only the fragment differs, and the page stays.
    page.browser.execute("window.stays = true; location.href = arguments[0]", vec![json!(relay.url())]).await?;
    page.relay_is("ready").await?;
    assert_eq!(page.browser.execute("return window.stays", vec![]).await?, json!(true));
    Ok(())
}

#[tokio::test]
async fn chinese_and_every_other_script_arrive_as_utf8() -> Result<()> {
    let (mut server, port) = Python::listen("tcp_server")?;
    let relay = Relay::start(&[])?;
    let page = Page::open_in(relay.url(), "zh-TW").await?;
    page.relay_is("ready").await?;
    page.browser.fill("#target", &format!("host：{port}")).await?;
    let write = "const box = document.querySelector('#message'); box.value = arguments[0];
        box.dispatchEvent(new Event('input', { bubbles: true }))";
    page.browser.execute(write, vec![json!("你好，世界 🌏")]).await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    let expected: String =
        "你好，世界 🌏".bytes().map(|b| if b == b' ' { " ".into() } else { format!("\\x{b:02x}") }).collect();
    assert_eq!(server.line()?, format!("b'{expected}'"));
    page.outcome_has("b'hi'").await
}

#[tokio::test]
async fn a_wrong_token_is_explained_and_the_page_plays_on() -> Result<()> {
    let relay = Relay::start(&[])?;
    let page = Page::open(&format!("http://{}/#token=00000000000000000000000000000000", relay.address())).await?;
    page.notice_has("token").await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await
}
