//! What of the page comes after the first picture: it comes, and where it cannot, the page says so and recovers.
//!
//! Absent: what is done with it (all other walks use it). A page that was built to be worked on is one module, and has nothing to lose.

use anyhow::Result;
use serde_json::json;
use tests::browser::Browser;
use tests::root;

use crate::page::{Folder, Page};

/// Whether the page comes in several modules.
fn is_cut() -> bool {
    let cut = root().join("web/dist/sockscope_late.js").is_file();
    if !cut {
        tests::skip("the page in web/dist is one module (`cargo xtask build` makes it of several)");
    }
    cut
}

/// Whatever has this in its address cannot be loaded from now on.
async fn block(page: &Page, addresses: &[&str]) -> Result<()> {
    page.browser.devtools("Network.enable", json!({})).await?;
    page.browser.devtools("Network.setBlockedURLs", json!({ "urls": addresses })).await?;
    Ok(())
}

#[tokio::test]
async fn tools_that_cannot_be_loaded_are_loaded_again() -> Result<()> {
    if !is_cut() {
        return Ok(());
    }
    let folder = Folder::serve()?;
    let page = Page { browser: Browser::start().await? };
    block(&page, &["*split_tools*"]).await?;
    page.goto(&folder.url).await?;
    page.browser.wait("document.querySelector('#late .failure')").await?;
    assert!(page.browser.text("#late").await?.contains("could not be loaded"));
    // The rest works on, and what needs the tools waits for them.
    page.browser.click("#send").await?;
    page.outcome_has("hello!").await?;
    page.show(1, "states").await?;
    page.browser.wait("document.querySelector('.place-1 .late-again')").await?;
    block(&page, &[]).await?;
    page.browser.click("#examples").await?;
    page.browser.wait("document.querySelector('#gallery')?.open").await?;
    page.browser.wait("document.querySelector('#states') && !document.querySelector('.late')").await?;
    Ok(())
}

#[tokio::test]
async fn a_language_that_cannot_be_loaded_is_said_and_chosen_again() -> Result<()> {
    if !is_cut() {
        return Ok(());
    }
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    block(&page, &["*split_zh_hant*"]).await?;
    page.choose("#language", "zh-Hant").await?;
    page.notice_has("繁體中文 could not be loaded").await?;
    page.browser.wait("document.querySelector('#language').value === 'en'").await?;
    block(&page, &[]).await?;
    page.choose("#language", "zh-Hant").await?;
    page.browser.wait("document.documentElement.lang === 'zh-Hant'").await?;
    page.browser.wait("document.querySelector('#send').textContent.includes('傳送')").await?;
    Ok(())
}
