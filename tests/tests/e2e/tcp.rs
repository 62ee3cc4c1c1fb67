//! The views of TCP in a real browser: what is chosen there by click and by key, and what follows.
//!
//! Absent: what the pictures show; the page's own tests read their shapes.

use anyhow::Result;

use crate::page::{Folder, Page};

/// A page after a message and its answer, with the three views of TCP.
async fn talked(page: &Page) -> Result<()> {
    page.hurry().await?;
    page.browser.click("#send").await?;
    page.outcome_has("b'hi'").await?;
    page.browser.wait("sockscope.state().includes('playing=false') || document.querySelector('#play').click()").await?;
    for (place, pane) in ["states", "ruler", "plots"].into_iter().enumerate() {
        page.show(place, pane).await?;
    }
    Ok(())
}

async fn label_has(page: &Page, canvas: &str, part: &str) -> Result<()> {
    let label = format!("document.querySelector('#{canvas}').getAttribute('aria-label').includes('{part}')");
    page.browser.wait(&label).await.map(|_| ())
}

#[tokio::test]
async fn what_is_plotted_and_shown_is_chosen_by_form_controls() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    talked(&page).await?;
    page.browser.click(".tcp-series summary").await?;
    let goodput = "[...document.querySelectorAll('.tcp-series label')].find(label => label.textContent === 'goodput')";
    page.browser.execute(&format!("{goodput}.querySelector('input').click()"), vec![]).await?;
    label_has(&page, "plots", "goodput server").await?;
    page.browser.click(".plots-pane .tcp-steps button").await?;
    page.browser.wait("document.querySelector('.plots-pane .tcp-table tr.chosen')").await?;
    page.browser.click(".tcp-numbers summary").await?;
    page.browser.wait("document.querySelector('.tcp-numbers').textContent.includes('SND.UNA')").await?;
    // A second connection: the menu has both, and what is chosen stays.
    page.browser.click("#send").await?;
    page.browser.wait("document.querySelectorAll('.ruler-pane .tcp-connection option').length === 3").await?;
    page.no_errors().await
}
