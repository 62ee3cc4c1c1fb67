//! The promises of the page as walks: what a user clicks and types, and what stands there then.
//!
//! Absent: real sockets (`real.rs`, `outside.rs`), and how everything looks (`everyone.rs`).

use anyhow::Result;
use fantoccini::key::Key;
use serde_json::{Value, json};
use tests::browser::Preferences;

use crate::page::{Folder, Page};

async fn fact(page: &Page) -> Result<i64> {
    Ok(page.state().await?["fact"].parse()?)
}

#[tokio::test]
async fn time_is_a_place() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::conversation(&folder).await?;
    let hash = page.state().await?["hash"].clone();
    page.browser.click("#to-start").await?;
    page.state_is("at", "0.000000ms").await?;
    for _ in 0..10 {
        page.browser.click("#next").await?;
    }
    let there = fact(&page).await?;
    page.browser.click("#previous").await?;
    assert!(fact(&page).await? < there);
    page.browser.click("#next").await?;
    assert_eq!(fact(&page).await?, there, "back and forth is the same place");
    // Drag the time line to its middle.
    let drag = "const line = document.querySelector('#timeline'); line.value = line.max / 2;
        line.dispatchEvent(new Event('input', { bubbles: true }))";
    page.browser.execute(drag, vec![]).await?;
    assert!(fact(&page).await? > there);
    // What is later is still there, and nothing was run again.
    assert_eq!(page.state().await?["hash"], hash);
    page.browser.click("#to-live").await?;
    assert!(fact(&page).await? > there);
    page.no_errors().await
}

#[tokio::test]
async fn one_choice_is_marked_in_every_view() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::conversation(&folder).await?;
    page.browser.click("#to-start").await?;
    page.browser.execute("document.activeElement.blur()", vec![]).await?;
    page.press(&[Key::End, Key::Up, Key::Up]).await?;
    page.browser.wait("document.querySelector('.table-pane [role=row][aria-selected=true]')").await?;
    // A field lights its bytes.
    page.browser.click("#fields .field").await?;
    let lit = "document.querySelectorAll('#hex .chosen').length";
    assert_eq!(page.browser.wait(lit).await?, json!(6), "the destination address of an Ethernet frame");
    // A byte lights its field.
    page.browser.execute("document.querySelectorAll('#hex .cell')[13].click()", vec![]).await?;
    page.browser.wait("document.querySelector('#fields .field.chosen')?.textContent.includes('12–13')").await?;
    // A click on an arrow of the ladder chooses its frame.
    let arrow = "const ladder = document.querySelector('#ladder');
        const chosen = () => sockscope.state().match(/chosen=(.*)/)[1];
        const [before, place] = [chosen(), ladder.getBoundingClientRect()];
        for (let y = 30; y < place.height; y += 4) {
            const [clientX, clientY] = [place.left + place.width / 2, place.top + y];
            ladder.dispatchEvent(new MouseEvent('click', { bubbles: true, clientX, clientY }));
            if (chosen() !== before && chosen().includes('Frame')) return true;
        }
        return false;";
    assert_eq!(page.browser.execute(arrow, vec![]).await?, Value::Bool(true), "no arrow can be chosen");
    page.browser.wait("document.querySelector('.table-pane [role=row][aria-selected=true]')").await?;
    page.no_errors().await
}

#[tokio::test]
async fn a_language_is_changed_in_the_middle_and_loses_nothing() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::conversation(&folder).await?;
    let before = page.state().await?;
    for (tag, send) in [("zh-Hant", "傳送"), ("zh-Hans", "发送"), ("en", "Send")] {
        page.choose("#language", tag).await?;
        page.browser.wait(&format!("document.querySelector('#send').textContent === {}", json!(send))).await?;
        assert_eq!(page.browser.execute("return document.documentElement.lang", vec![]).await?, tag);
        assert_eq!(page.state().await?, before);
    }
    // It is kept for the next visit.
    page.choose("#language", "zh-Hans").await?;
    page.goto(&folder.url).await?;
    page.browser.wait("document.documentElement.lang === 'zh-Hans'").await?;
    page.no_errors().await
}

#[tokio::test]
async fn a_phone_sends_its_first_message_with_one_touch() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.browser.set_size(390, 844).await?;
    page.browser.wait("innerWidth === 390").await?;
    // The message is there already, and so is the button, without scrolling; the rest is folded away.
    let seen = "return ['#message', '#send', '#stage'].map(css => {
        const box = document.querySelector(css).getBoundingClientRect();
        return box.top >= 0 && box.top < innerHeight && box.right <= innerWidth && box.height >= 24;
    })";
    assert_eq!(page.browser.execute(seen, vec![]).await?, json!([true, true, true]));
    let shown = "return document.querySelector('form .other').checkVisibility()";
    assert_eq!(page.browser.execute(shown, vec![]).await?, Value::Bool(false));
    page.browser.click("#more").await?;
    assert_eq!(page.browser.execute(shown, vec![]).await?, Value::Bool(true));
    page.browser.click("#more").await?;
    page.browser.click("#send").await?;
    page.browser.wait("!sockscope.state().includes('frames=0')").await?;
    page.no_errors().await
}

#[tokio::test]
async fn who_wants_no_motion_gets_steps() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.browser.set_preferences(Preferences { dark: false, reduced_motion: true }).await?;
    page.browser.wait("matchMedia('(prefers-reduced-motion: reduce)').matches").await?;
    page.hurry().await?;
    page.browser.click("#send").await?;
    // Between two steps the moment on screen stands still: many frames show the same one.
    let script = "const done = arguments[0]; const moments = [];
        const look = () => {
            moments.push(sockscope.state().match(/at=(.*)/)[1]);
            if (moments.length < 60) requestAnimationFrame(look); else done(new Set(moments).size);
        };
        look();";
    let moments = page.browser.client().execute_async(script, vec![]).await?;
    assert!(moments.as_u64() < Some(20), "{moments} moments in 60 frames");
    page.no_errors().await
}

#[tokio::test]
async fn the_page_is_whole_at_twice_the_size() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::conversation(&folder).await?;
    // A window of 1280 pixels at 200 %: half as many of the style sheet's.
    page.browser.set_size(640, 400).await?;
    page.browser.wait("innerWidth === 640").await?;
    assert_eq!(
        page.browser.execute("return document.documentElement.scrollWidth <= 640", vec![]).await?,
        Value::Bool(true)
    );
    let hidden = "return ['#send', '#play', '#timeline', '#language', '#keys-button'].filter(css => {
        const element = document.querySelector(css);
        element.scrollIntoView();
        const box = element.getBoundingClientRect();
        return box.width < 24 || box.height < 24 || box.right > innerWidth;
    })";
    assert_eq!(page.browser.execute(hidden, vec![]).await?, json!([]));
    page.no_errors().await
}
