//! The page as a static folder, without a relay: the same lab against a simulated server; keys, languages, mistakes, looks.
//!
//! Absent: real sockets.

use anyhow::Result;
use fantoccini::key::Key;
use serde_json::json;

use crate::page::{Folder, Page};

#[tokio::test]
async fn a_static_folder_plays_against_a_simulated_server() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.relay_is("absent").await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await?;
    let facts = page.facts().await?.join("\n");
    for part in ["ARP, Request", "Flags [S]", "Flags [S.]", "Flags [P.]", "Flags [F.]", "TIME-WAIT"] {
        assert!(facts.contains(part), "no fact with {part}");
    }
    page.no_errors().await?;
    assert_eq!(page.browser.foreign_requests().await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn everything_works_by_keyboard_alone() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    let keys = async |keys: &[Key]| page.press(keys).await;
    // The first stop is the way past the head; it leads to the form, and Enter there sends.
    keys(&[Key::Tab, Key::Enter]).await?;
    page.browser.wait("document.activeElement.id === 'target' || location.hash === '#target'").await?;
    keys(&[Key::Tab]).await?;
    page.browser.execute("document.querySelector('#target').focus()", vec![]).await?;
    keys(&[Key::Enter]).await?;
    page.browser.wait("sockscope.state().includes('playing=true')").await?;
    // Out of the form, keys are the page's.
    page.browser.execute("document.activeElement.blur()", vec![]).await?;
    page.browser.keys(" ").await?;
    page.browser.wait("sockscope.state().includes('playing=false')").await?;
    keys(&[Key::Home]).await?;
    page.browser.wait("sockscope.state().includes('at=0.000000ms')").await?;
    for _ in 0..12 {
        keys(&[Key::Right]).await?;
    }
    let forward = page.state().await?["fact"].parse::<i64>()?;
    keys(&[Key::Left, Key::Left]).await?;
    let back = page.state().await?["fact"].parse::<i64>()?;
    assert!(forward > 8 && back < forward, "{back} after {forward}");
    keys(&[Key::End]).await?;
    keys(&[Key::Up]).await?;
    page.browser.wait("document.querySelector('#frames .row.chosen')").await?;
    page.browser.keys("?").await?;
    page.browser.wait("document.querySelector('#keys')").await?;
    // Who wants no keys of one character can turn them off, and has all others.
    page.browser.click("#single-keys").await?;
    keys(&[Key::Escape]).await?;
    page.browser.wait("!document.querySelector('#keys')").await?;
    page.browser.execute("document.activeElement.blur()", vec![]).await?;
    page.browser.keys("?").await?;
    keys(&[Key::Home]).await?;
    page.browser.wait("sockscope.state().includes('at=0.000000ms') && !document.querySelector('#keys')").await?;
    // Every control can be reached and shows that it has the focus.
    let focusable = "[...document.querySelectorAll('button, select, input, textarea, a[href]')]";
    let unnamed = format!(
        "return {focusable}.filter(e => !(e.textContent.trim() || e.ariaLabel || e.labels?.length)).map(e => e.outerHTML)"
    );
    assert_eq!(page.browser.execute(&unnamed, vec![]).await?, json!([]), "every control has a name");
    Ok(())
}

#[tokio::test]
async fn mistakes_get_one_sentence_and_lose_nothing() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    for (target, part) in [
        ("server:0", "“0” is not a port"),
        ("server:99999", "“99999” is not a port"),
        ("server", "The port is missing"),
        ("nowhere.invalid:80", "nowhere.invalid"),
        ("host:8898", "simulated server"),
    ] {
        page.write(target, "kept text").await?;
        page.browser.click("#send").await?;
        page.notice_has(part).await?;
        let form = "return [document.querySelector('#target').value, document.querySelector('#message').value]";
        assert_eq!(page.browser.execute(form, vec![]).await?, json!([target, "kept text"]));
    }
    // Half a character, as a program may leave it on the clipboard.
    page.browser.fill("#target", "server:8898").await?;
    let half = "const box = document.querySelector('#message'); box.value = 'ab\\ud83d!';
        box.dispatchEvent(new Event('input', { bubbles: true }))";
    page.browser.execute(half, vec![]).await?;
    page.browser.click("#send").await?;
    page.notice_has("place 3").await?;
    page.no_errors().await
}

#[tokio::test]
async fn a_megabyte_is_pasted_and_sent() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    let paste = "const box = document.querySelector('#message'); box.value = 'm'.repeat(1 << 20);
        box.dispatchEvent(new Event('input', { bubbles: true }))";
    page.browser.execute(paste, vec![]).await?;
    page.browser.wait("document.querySelector('#message-length').textContent.includes('1048576')").await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.browser.wait("document.querySelectorAll('#frames .row').length > 10").await?;
    let kept = page.browser.execute("return document.querySelector('#message').value.length", vec![]).await?;
    assert_eq!(kept, json!(1 << 20));
    page.no_errors().await
}

/// What the user waits for, and what a picture costs. Measured and printed, not asserted: a busy machine is no failure.
#[tokio::test]
async fn figures_of_opening_and_playing() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    let stood = page.browser.execute("return sockscope.stood()", vec![]).await?;
    page.brisk().await?;
    let first = "const done = arguments[0]; const begun = performance.now(); document.querySelector('#send').click();
        const look = () => sockscope.state().includes('frames=0') ? requestAnimationFrame(look) : done(performance.now() - begun);
        look();";
    let first = page.browser.client().execute_async(first, vec![]).await?;
    page.outcome_has("b'hi'").await?;
    let costs = page.browser.execute("return sockscope.costs().sort((a, b) => a - b)", vec![]).await?;
    let costs: Vec<f64> = serde_json::from_value(costs)?;
    println!("from navigation to a page that stands: {stood} ms; from Send to the first packet: {first} ms");
    let at = |part: usize| costs.get(costs.len() * part / 100).copied().unwrap_or_default();
    println!(
        "an animation frame while playing: script, layout and painting: median {:.2} ms, p95 {:.2} ms",
        at(50),
        at(95)
    );
    assert!(costs.len() > 100, "it was played");
    Ok(())
}
