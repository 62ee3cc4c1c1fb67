//! The views of TCP in a real browser: what is chosen there by click and by key, and what follows.
//!
//! Absent: what the pictures show; the page's own tests read their shapes.

use anyhow::Result;
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::page::{Folder, Page};

/// A page after a message and its answer, with these views.
async fn talked(folder: &Folder, panes: [&str; 3]) -> Result<Page> {
    let page = Page::open(&folder.url).await?;
    page.talk().await?;
    for (place, pane) in panes.into_iter().enumerate() {
        page.show(place, pane).await?;
    }
    Ok(page)
}

fn label(canvas: &str) -> String {
    format!("document.querySelector('#{canvas}')?.getAttribute('aria-label')")
}

async fn label_has(page: &Page, canvas: &str, part: &str) -> Result<()> {
    page.browser.wait(&format!("{}.includes('{part}')", label(canvas))).await.map(|_| ())
}

/// Clicks on a picture, place after place, until a fact is chosen that was not, and gives what is chosen.
async fn click_a_fact(page: &Page, canvas: &str) -> Result<Value> {
    let click = "const canvas = document.getElementById(arguments[0]);
        canvas.scrollIntoView({ block: 'center' });
        const chosen = () => sockscope.state().match(/chosen=(.*)/)[1];
        const [before, place] = [chosen(), canvas.getBoundingClientRect()];
        for (let y = 4; y < place.height; y += 6) {
            for (let x = 4; x < place.width; x += 6) {
                const [clientX, clientY] = [place.left + x, place.top + y];
                canvas.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX, clientY }));
                if (chosen() !== before && chosen().includes('Fact')) return chosen();
            }
        }
        return null;";
    let chosen = page.browser.execute(click, vec![json!(canvas)]).await?;
    anyhow::ensure!(chosen.is_string(), "nothing in the picture {canvas} chooses a fact");
    Ok(chosen)
}

#[tokio::test]
async fn a_state_is_a_moment_with_both_ends() -> Result<()> {
    let folder = Folder::serve()?;
    let page = talked(&folder, ["states", "table", "bytes"]).await?;
    page.browser.click(".states-pane .tcp-table tr:first-child button").await?;
    page.browser.wait("document.querySelector('.states-pane .tcp-table tr:first-child.chosen')").await?;
    label_has(&page, "states", "client: SYN-SENT, server: LISTEN").await?;
    // By keyboard, change after change: at each moment both ends have a state, and the row of the change is chosen.
    let next = "document.querySelector('.states-pane .tcp-steps button:last-child').focus()";
    page.browser.execute(next, vec![]).await?;
    let mut seen = Vec::new();
    let changes =
        page.browser.execute("return document.querySelectorAll('.states-pane .tcp-table tr').length", vec![]).await?;
    for change in 2..=changes.as_u64().unwrap_or_default() {
        page.press(&[Key::Enter]).await?;
        page.browser
            .wait(&format!("document.querySelector('.states-pane .tcp-table tr:nth-child({change}).chosen')"))
            .await?;
        seen.push(page.browser.wait(&label("states")).await?.as_str().unwrap_or_default().to_owned());
    }
    for both in [
        "client: SYN-SENT, server: SYN-RECEIVED",
        "client: ESTABLISHED, server: ESTABLISHED",
        "client: LAST-ACK, server: FIN-WAIT-2",
        "client: CLOSED, server: TIME-WAIT",
    ] {
        assert!(seen.iter().any(|label| label.contains(both)), "never {both}: {seen:#?}");
    }
    assert!(seen.iter().all(|label| label.contains("client: ") && label.contains("server: ")), "{seen:#?}");
    // A state in the picture is its fact.
    click_a_fact(&page, "states").await?;
    page.browser.wait("document.querySelector('.states-pane .tcp-table tr.chosen')").await?;
    page.browser.screenshot("tcp-states").await?;
    page.no_errors().await
}

#[tokio::test]
async fn what_is_plotted_and_shown_is_chosen_by_click_and_by_form_controls() -> Result<()> {
    let folder = Folder::serve()?;
    let page = talked(&folder, ["states", "ruler", "plots"]).await?;
    page.browser.click(".tcp-series summary").await?;
    let goodput = "[...document.querySelectorAll('.tcp-series label')].find(label => label.textContent === 'goodput')";
    page.browser.execute(&format!("{goodput}.querySelector('input').click()"), vec![]).await?;
    label_has(&page, "plots", "goodput server").await?;
    page.browser.click(".plots-pane .tcp-steps button").await?;
    page.browser.wait("document.querySelector('.plots-pane .tcp-table tr.chosen')").await?;
    page.browser.click(".tcp-numbers summary").await?;
    page.browser.wait("document.querySelector('.tcp-numbers').textContent.includes('SND.UNA')").await?;
    // A point of a curve is a fact: its row and its moment are chosen.
    click_a_fact(&page, "plots").await?;
    page.browser.wait("document.querySelector('.plots-pane .tcp-table tr.chosen')").await?;
    page.browser.screenshot("tcp-plots").await?;
    // A second connection: the menu has both, and what is chosen stays.
    page.browser.click("#send").await?;
    page.browser.wait("document.querySelectorAll('.ruler-pane .tcp-connection option').length === 3").await?;
    page.no_errors().await
}
