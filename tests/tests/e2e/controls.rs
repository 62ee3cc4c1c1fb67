//! Controls and the tables of hosts, by keys and clicks: what is set is in the network at once.
//!
//! Absent: what each setting does (the simulator's tests say that).

use anyhow::Result;
use fantoccini::key::Key;
use serde_json::json;

use crate::page::{Folder, Page};

/// Puts the keyboard on an element.
async fn focus(page: &Page, id: &str) -> Result<()> {
    let script = "const e = document.getElementById(arguments[0]); e.scrollIntoView({ block: 'center' }); e.focus(); return document.activeElement === e";
    let focused = page.browser.execute(script, vec![json!(id)]).await?;
    anyhow::ensure!(focused == json!(true), "#{id} cannot have the keyboard");
    Ok(())
}

/// Writes into a field as a person does, who does not leave it empty in between.
async fn write(page: &Page, id: &str, text: &str) -> Result<()> {
    let script = "const e = document.getElementById(arguments[0]); e.focus(); e.value = arguments[1]; e.dispatchEvent(new Event('change', { bubbles: true }))";
    page.browser.execute(script, vec![json!(id), json!(text)]).await?;
    Ok(())
}

#[tokio::test]
async fn a_setting_counts_at_once_and_the_tables_follow() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.show(1, "controls").await?;
    page.show(2, "hosts").await?;
    // A slider by keys: to its end, which is a cable that loses everything; then back to usual.
    focus(&page, "pane-link0-0-loss").await?;
    page.press(&[Key::End]).await?;
    page.browser
        .wait("sockscope.facts().includes('FaultsSet') && sockscope.facts().includes('loss_ppm: 1000000')")
        .await?;
    page.browser.wait("document.getElementById('pane-link0-0-loss-text').value === '100%'").await?;
    page.browser.click("#pane-link0-0-loss-reset").await?;
    page.browser.wait("document.getElementById('pane-link0-0-loss-text').value === '0%'").await?;
    // A value between the stops, and one that is none.
    write(&page, "pane-link0-delay-text", "12ms").await?;
    page.browser.wait("sockscope.facts().includes('delay 12000000ns')").await?;
    write(&page, "pane-link0-delay-text", "soon").await?;
    page.browser.wait("document.querySelector('.refused:not(:empty)').textContent.includes('soon')").await?;
    // A switch of the host.
    page.browser.click("#pane-host0-nagle").await?;
    page.browser.wait("sockscope.facts().includes('HostSet tcp nagle off')").await?;
    // The client's socket in its table, through its life; a row chooses.
    page.browser.click("#send").await?;
    page.browser.wait("document.querySelector('#host-sockets tbody')?.textContent.includes('ESTAB')").await?;
    page.hurry().await?;
    page.outcome_has("b'hi'").await?;
    page.browser.screenshot("controls-and-hosts").await?;
    page.browser.wait("document.querySelector('#host-neighbours .row-choice')").await?;
    page.browser.click("#host-neighbours .row-choice").await?;
    page.browser.wait("document.querySelector('#host-neighbours tr.kin')").await?;
    // The other host.
    let server = "const s = document.querySelector('#hosts-node'); s.value = '1'; s.dispatchEvent(new Event('change', { bubbles: true }))";
    page.browser.execute(server, vec![]).await?;
    page.browser.wait("document.querySelector('#host-sockets tbody')?.textContent.includes('tcp_server.py')").await?;
    page.browser.wait("document.querySelector('#beside #beside-host1-nagle')").await?;
    page.no_errors().await
}
