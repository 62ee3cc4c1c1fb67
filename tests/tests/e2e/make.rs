//! A network as a user makes it: nodes and links by pointer and by key, the text beside the picture, files, examples, and what the
//! browser keeps.
//!
//! Absent: what each change does to the text (the page's own tests), and what the network does when it runs.

use std::fs;

use anyhow::{Context, Result};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

use crate::page::{Folder, KEEP, Page};

/// The network of the lab, drawn and written, side by side.
async fn drawing(folder: &Folder) -> Result<Page> {
    let page = Page::open(&folder.url).await?;
    page.relay_is("absent").await?;
    page.show(2, "text").await?;
    page.browser.click("#edit-network").await?;
    nodes(&page, 2).await?;
    Ok(page)
}

async fn nodes(page: &Page, many: usize) -> Result<()> {
    page.browser.wait(&format!("document.querySelectorAll('.network-picture .node').length === {many}")).await?;
    Ok(())
}

async fn links(page: &Page, many: usize) -> Result<()> {
    page.browser.wait(&format!("document.querySelectorAll('.network-picture .link-mark').length === {many}")).await?;
    Ok(())
}

async fn text(page: &Page) -> Result<String> {
    let text = page.browser.wait("document.querySelector('#network-text')?.value").await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

async fn text_has(page: &Page, part: &str, has: bool) -> Result<()> {
    let look = format!("document.querySelector('#network-text').value.includes({}) === {has}", json!(part));
    page.browser.wait(&look).await.map(|_| ())
}

/// What the page says of the document.
async fn said(page: &Page, part: &str) -> Result<()> {
    let look = format!("document.querySelector('#text-said').textContent.includes({})", json!(part));
    page.browser.wait(&look).await.map(|_| ())
}

/// Puts the keyboard on an element of the picture.
async fn focus(page: &Page, css: &str) -> Result<()> {
    let script = "const e = document.querySelector(arguments[0]); e.focus(); return document.activeElement === e";
    let focused = page.browser.execute(script, vec![json!(css)]).await?;
    anyhow::ensure!(focused == json!(true), "{css} cannot have the keyboard");
    Ok(())
}

/// Writes over what is in a field, which is never empty meanwhile, and leaves it with Enter.
async fn write(page: &Page, css: &str, typed: &str) -> Result<()> {
    page.browser.wait(&format!("document.querySelector('{css}')")).await?;
    focus(page, css).await?;
    page.browser.execute("document.activeElement.select()", vec![]).await?;
    page.browser.keys(&format!("{typed}{}", char::from(Key::Enter))).await
}

/// Types at the end of the text.
async fn append(page: &Page, typed: &str) -> Result<()> {
    focus(page, "#network-text").await?;
    let end = "const area = document.activeElement; area.setSelectionRange(area.value.length, area.value.length)";
    page.browser.execute(end, vec![]).await?;
    page.browser.keys(typed).await
}

const NODE: &str = ".network-picture .node:nth-of-type";

fn node(number: usize) -> String {
    // A button and its ring stand for each node, and links come after them.
    format!("{NODE}({number})")
}

#[tokio::test]
async fn a_network_is_drawn_and_written_by_pointer_and_by_key() -> Result<()> {
    let folder = Folder::serve()?;
    let page = drawing(&folder).await?;
    let before = text(&page).await?;
    // By key: a host, and a link from it to the first node.
    focus(&page, "#add-host").await?;
    page.press(&[Key::Enter]).await?;
    nodes(&page, 3).await?;
    focus(&page, &node(3)).await?;
    page.browser.keys("c").await?;
    page.browser.wait(&format!("document.querySelector('{}.joining')", node(3))).await?;
    focus(&page, &node(1)).await?;
    page.press(&[Key::Enter]).await?;
    links(&page, 2).await?;
    // By pointer: a switch, and a link to it.
    page.browser.click("#add-switch").await?;
    nodes(&page, 4).await?;
    page.browser.click(&node(4)).await?;
    page.browser.click("#connect").await?;
    page.browser.click(&node(2)).await?;
    links(&page, 3).await?;
    // An address of the new host, and one that is none: it is told, and the text stays.
    page.browser.click(&node(3)).await?;
    write(&page, "#edit-address-0", "10.9.8.7/24").await?;
    text_has(&page, "10.9.8.7/24", true).await?;
    write(&page, "#edit-address-0", "10.9.8.777/24").await?;
    page.browser.wait("document.querySelector('#edit-address-0-wrong').textContent.length > 0").await?;
    text_has(&page, "10.9.8.7/24", true).await?;
    page.browser.screenshot("editor-drawn").await?;
    // Delete by key takes the node and its link; each step goes back and comes again.
    focus(&page, &node(3)).await?;
    page.press(&[Key::Delete]).await?;
    nodes(&page, 3).await?;
    text_has(&page, "10.9.8.7/24", false).await?;
    page.browser.click("#draw-undo").await?;
    nodes(&page, 4).await?;
    text_has(&page, "10.9.8.7/24", true).await?;
    page.browser.click("#draw-redo").await?;
    nodes(&page, 3).await?;
    page.browser
        .wait("document.querySelector('#draw-undo').disabled || document.querySelector('#draw-undo').click()")
        .await?;
    assert_eq!(text(&page).await?, before, "every change was taken back");
    // The other way round: what is written is drawn.
    append(&page, "\nhost extra\n").await?;
    nodes(&page, 3).await?;
    // A mistake is told with its line, which leads there, and the picture stays.
    append(&page, "link extra nobody\n").await?;
    page.browser.wait("document.querySelector('.mistake-row')?.textContent.includes('nobody')").await?;
    let line = text(&page).await?.lines().count();
    page.browser.wait(&format!("document.querySelector('.text-line.mistake')?.dataset.line === '{line}'")).await?;
    nodes(&page, 3).await?;
    page.browser.screenshot("editor-mistake").await?;
    page.browser.click("#text-run").await?;
    said(&page, "cannot run yet").await?;
    page.browser.click(".mistake-row").await?;
    page.browser.wait("document.activeElement.id === 'network-text'").await?;
    page.no_errors().await
}

#[tokio::test]
async fn an_example_is_opened_changed_saved_opened_again_and_kept() -> Result<()> {
    let folder = Folder::serve()?;
    let page = drawing(&folder).await?;
    page.browser.click("#examples").await?;
    page.browser.wait("document.querySelector('#gallery[open]')").await?;
    page.browser.click("#example-2").await?;
    page.browser.wait("!document.querySelector('#gallery[open]')").await?;
    text_has(&page, "switch ", true).await?;
    append(&page, "\n# mine\nhost mine\n").await?;
    let mine = text(&page).await?;
    // Saved, and the same file opened.
    page.browser.execute(KEEP, vec![]).await?;
    page.browser.click("#text-save").await?;
    let saved = "const done = arguments[0]; saved.net.text().then(done, () => done(null))";
    page.browser.wait("saved.net").await?;
    let saved = page.browser.client().execute_async(saved, vec![]).await?;
    assert_eq!(saved, json!(mine));
    append(&page, "host other\n").await?;
    let place = tempfile::tempdir()?;
    let file = place.path().join("mine.net");
    fs::write(&file, &mine)?;
    let path = file.to_str().context("a path is text")?;
    page.browser.client().find(Locator::Css("#text-file")).await?.send_keys(path).await?;
    said(&page, "mine is open").await?;
    assert_eq!(text(&page).await?, mine);
    // What is no text changes nothing.
    fs::write(&file, [0, 159, 146, 150])?;
    page.browser.client().find(Locator::Css("#text-file")).await?.send_keys(path).await?;
    said(&page, "is not a text file").await?;
    assert_eq!(text(&page).await?, mine);
    page.browser.click("#text-run").await?;
    page.browser.wait("sockscope.state().includes('facts=') && !sockscope.state().includes('facts=0')").await?;
    // A draft that nobody has saved is offered after a reload.
    append(&page, "host draft\n").await?;
    let draft = text(&page).await?;
    page.goto(&folder.url).await?;
    page.show(2, "text").await?;
    // So is what the file that was opened took the place of.
    page.browser.click("#recover").await?;
    text_has(&page, "host other", true).await?;
    page.browser.click("#recover").await?;
    page.browser.wait("document.querySelector('#network-text')?.value.includes('host draft')").await?;
    assert_eq!(text(&page).await?, draft);
    // A browser that is full says so in each language, and the network is here.
    page.browser
        .execute("Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }", vec![])
        .await?;
    append(&page, "host full\n").await?;
    said(&page, "The browser's storage is full").await?;
    for (language, sentence) in [("zh-Hant", "瀏覽器的儲存空間滿了"), ("zh-Hans", "浏览器的存储空间满了")]
    {
        page.choose("#language", language).await?;
        said(&page, sentence).await?;
    }
    text_has(&page, "host full", true).await?;
    page.no_errors().await
}
