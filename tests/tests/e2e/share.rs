//! In and out of the page in a real browser: links, files that are saved and dropped, a page without a network, and the simulator in
//! another page.
//!
//! Absent: what is in a link or a capture (the page's own tests).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::json;
use tests::browser::Browser;
use tests::process::Group;
use tests::relay::Relay;
use tests::root;

use crate::page::{Folder, KEEP, Page};

/// Drops what an expression gives on the page, as a file of this name.
pub(crate) async fn drop_file(page: &Page, name: &str, parts: &str) -> Result<()> {
    let drop = format!(
        "const data = new DataTransfer(); data.items.add(new File({parts}, {}));
        window.dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }}));",
        json!(name)
    );
    page.browser.execute(&drop, vec![]).await.map(|_| ())
}

async fn sent(url: &str) -> Result<Page> {
    let page = Page::open(url).await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await?;
    Ok(page)
}

#[tokio::test]
async fn a_link_opens_the_same_picture_in_another_browser() -> Result<()> {
    let folder = Folder::serve()?;
    let page = sent(&folder.url).await?;
    page.browser.execute("document.activeElement.blur()", vec![]).await?;
    page.browser.keys(&char::from(fantoccini::key::Key::Home).to_string()).await?;
    for _ in 0..9 {
        page.browser.keys(&char::from(fantoccini::key::Key::Right).to_string()).await?;
    }
    page.browser.click("#share-menu summary").await?;
    page.browser.screenshot("share-menu").await?;
    page.browser.click("#share-link").await?;
    let link = page.browser.wait("location.hash.startsWith('#s=U2s') && location.href").await?;
    let link = link.as_str().context("an address is text")?;
    assert!(link.len() < 600, "{link}");
    page.browser.wait("document.querySelector('#notice').textContent.includes('link')").await?;

    let other = Page::open(link).await?;
    let (here, there) = (page.state().await?, other.state().await?);
    for name in ["hash", "at", "fact", "facts"] {
        assert_eq!(here[name], there[name], "{name}");
    }
    let picture = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
        done(document.querySelector('#stage').toDataURL()))))";
    let ask = format!("{picture}.then(arguments[0])");
    let one = page.browser.client().execute_async(&ask, vec![]).await?;
    let two = other.browser.client().execute_async(&ask, vec![]).await?;
    assert!(one == two, "the stages differ");
    let same =
        other.browser.execute("return sockscope.state().includes('hash=' + sockscope.replayed())", vec![]).await?;
    assert_eq!(same, json!(true), "it replays");
    Ok(())
}

#[tokio::test]
async fn what_is_saved_can_be_dropped() -> Result<()> {
    let folder = Folder::serve()?;
    let page = sent(&folder.url).await?;
    page.browser.execute(KEEP, vec![]).await?;
    let hash = page.state().await?["hash"].clone();
    for (button, end) in [
        ("#save-session", "sockscope"),
        ("#save-capture", "pcapng"),
        ("#save-trace", "jsonl"),
        ("#save-svg", "svg"),
        ("#save-png", "png"),
    ] {
        page.browser.execute("document.querySelector('#share-menu').open = true", vec![]).await?;
        page.browser.click(button).await?;
        page.browser.wait(&format!("saved.{end} && saved.{end}.size > 50")).await?;
    }
    let begins = |end: &str| {
        format!("saved.{end}.slice(0, 8).arrayBuffer().then(b => arguments[0]([...new Uint8Array(b)]), arguments[0])")
    };
    let bytes = page.browser.client().execute_async(&begins("png"), vec![]).await?;
    assert_eq!(bytes, json!([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));

    drop_file(&page, "lab.pcapng", "[saved.pcapng]").await?;
    page.notice_has("as captured").await?;
    page.browser.screenshot("capture").await?;
    drop_file(&page, "mine.sockscope", "[saved.sockscope]").await?;
    page.browser.wait(&format!("sockscope.state().includes('hash={hash}')")).await?;
    drop_file(&page, "notes.txt", "['hello']").await?;
    page.notice_has("none that the page knows").await?;
    assert_eq!(page.state().await?["hash"], hash, "nothing is lost");
    Ok(())
}

/// A server of files, for as long as it lives.
fn serve(folder: &Path) -> Result<(Group, String)> {
    let mut server = Command::new("python3");
    server.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"]).arg(folder);
    let (server, mut lines) = Group::spawn(&mut server)?;
    let line = lines.after("Serving HTTP on 127.0.0.1 port ")?;
    let port = line.split(' ').next().unwrap_or_default();
    Ok((server, format!("http://127.0.0.1:{port}/")))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A copy of the page that a browser keeps: one that was built to be worked on says so in its head, and is not kept.
fn copy_to_be_kept(to: &Path) -> Result<()> {
    copy(&root().join("web/dist"), to)?;
    let index = to.join("index.html");
    let html = fs::read_to_string(&index)?;
    fs::write(&index, html.replace("data-build=\"dev\"", "data-build=\"walk\"")).context("the copy cannot be named")
}

/// The files of a page that is in a folder of its own, but for those that nobody needs without a network.
fn files_to_keep(folder: &Path, below: &Path) -> Result<BTreeSet<String>> {
    const OTHERS: [&str; 4] = ["service-worker.js", "embed.html", "embed.js", "sockscope_embed.js"];
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        let text = name.to_str().context("a name is text")?.to_owned();
        // A compressed sibling is for servers.
        let is_sibling = text.ends_with(".br") || text.ends_with(".gz") || text.ends_with(".zst");
        if entry.file_type()?.is_dir() {
            files.extend(files_to_keep(folder, &name)?);
        } else if !is_sibling && !OTHERS.contains(&text.as_str()) {
            files.insert(text);
        }
    }
    Ok(files)
}

#[tokio::test]
async fn a_page_in_a_folder_works_without_a_network() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let lab = folder.path().join("lab");
    copy_to_be_kept(&lab)?;
    let (server, url) = serve(folder.path())?;
    let url = format!("{url}lab/");
    let page = Page::open(&url).await?;
    page.browser.wait("navigator.serviceWorker.controller !== null").await?;
    let kept = "const [url, done] = arguments;
        const names = async () => {
            const all = await Promise.all((await caches.keys()).map(async name => (await caches.open(name)).keys()));
            return all.flat().map(request => request.url.replace(url, ''));
        };
        names().then(done, error => done(String(error)));";
    let kept = page.browser.client().execute_async(kept, vec![json!(url)]).await?;
    assert_eq!(serde_json::from_value::<BTreeSet<String>>(kept)?, files_to_keep(&lab, Path::new(""))?);
    drop(server);
    page.goto(&url).await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await?;
    for (tag, send) in [("zh-Hant", "傳送"), ("zh-Hans", "发送"), ("en", "Send")] {
        page.choose("#language", tag).await?;
        page.browser.wait(&format!("document.querySelector('#send').textContent === {}", json!(send))).await?;
    }
    // What is loaded only when it is asked for comes from there, too.
    for pane in ["states", "hosts", "controls", "text", "compare"] {
        page.show(2, pane).await?;
        page.browser.wait("document.querySelector('.place-2').innerText.length > 100").await?;
    }
    page.browser.click("#edit-network").await?;
    page.browser.wait("document.querySelectorAll('.network-picture .node').length === 2").await?;
    assert_eq!(page.browser.foreign_requests().await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn another_page_embeds_the_simulator() -> Result<()> {
    let folder = Folder::serve()?;
    let browser = Browser::start().await?;
    browser.goto(&format!("{}embed.html", folder.url)).await?;
    browser.wait("window.played").await?;
    let lines = browser.client().execute_async("window.played.then(arguments[0], arguments[0])", vec![]).await?;
    assert!(lines.as_u64().is_some_and(|lines| lines > 20), "{lines}");
    browser.screenshot("embed").await?;
    assert_eq!(browser.foreign_requests().await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_policy_without_inline_styles_lets_a_canvas_be_as_wide_as_its_page() -> Result<()> {
    let relay = Relay::start(&[])?;
    let browser = Browser::start().await?;
    browser.goto(&format!("http://{}/embed.html", relay.address())).await?;
    browser.wait("window.played").await?;
    let width = browser.wait("document.querySelector('canvas').clientWidth / innerWidth").await?;
    assert!(width.as_f64().is_some_and(|share| share > 0.9), "{width}");
    browser.goto(relay.url()).await?;
    browser.wait("document.querySelector('#edit-network')").await?;
    browser.click("#edit-network").await?;
    // Two nodes that stood at one place would be one.
    let apart = "const places = [...document.querySelectorAll('.network-picture .node')].map(node => node.getBoundingClientRect().left);
        return places.length == 2 && Math.abs(places[0] - places[1]) > 100;";
    browser.wait(&format!("(() => {{ {apart} }})()")).await?;
    browser.screenshot("editor-relay").await?;
    Ok(())
}
