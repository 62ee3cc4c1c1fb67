//! Every screen, for everyone: axe finds nothing, nothing is wider than the window, no text is too small, and each has its picture.
//!
//! Absent: whether a picture is a good one. They lie in `target/screenshots`, to be looked at.

use anyhow::Result;

use tests::browser::{Axe, Browser, Preferences};

use crate::page::{Folder, Page};
use crate::screens::Screen;

/// How a user looks at the page.
#[derive(Clone, Copy, Debug)]
struct Look {
    width: u32,
    height: u32,
    dark: bool,
}

const LOOKS: [Look; 6] = [
    Look { width: 1440, height: 1500, dark: false },
    Look { width: 1440, height: 1500, dark: true },
    Look { width: 1024, height: 1700, dark: true },
    Look { width: 1024, height: 1700, dark: false },
    Look { width: 390, height: 2600, dark: false },
    Look { width: 390, height: 2600, dark: true },
];

impl Look {
    fn name(self) -> String {
        format!("{}-{}", self.width, if self.dark { "dark" } else { "light" })
    }

    /// Shows the page so, and waits until it has its colours.
    async fn take(self, browser: &Browser) -> Result<()> {
        browser.set_size(self.width, self.height).await?;
        browser.set_preferences(Preferences { dark: self.dark, reduced_motion: false }).await?;
        let ground = if self.dark { "#14171c" } else { "#f4f5f7" };
        let set = "getComputedStyle(document.documentElement).getPropertyValue('--ground')";
        browser.wait(&format!("innerWidth === {} && {set} === '{ground}'", self.width)).await?;
        // Two frames later the canvases are painted at their new size.
        let frames = "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
        browser.execute(frames, vec![]).await.map(|_| ())
    }
}

/// What is too wide for the window, text that is smaller than 13 pixels, and ids that stand twice, a line each.
const FLAWS: &str = "
    const flaws = [];
    const root = document.documentElement;
    if (root.scrollWidth > innerWidth) {
        const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1
            && !e.closest('.scroller, .hex, .fields, .own-keys, .skip') && e.getBoundingClientRect().width > 0);
        flaws.push(`the page is ${root.scrollWidth} wide: ${wide.slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' ')}`);
    }
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || !element.checkVisibility()) continue;
        const size = parseFloat(getComputedStyle(element).fontSize);
        if (size < 13) flaws.push(`text of ${size} px: ${element.outerHTML.slice(0, 120)}`);
    }
    const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
    ids.filter((id, place) => ids.indexOf(id) !== place).forEach(id => flaws.push(`two elements are #${id}`));
    return [...new Set(flaws)];";

/// What is wrong with the page as it stands, for everyone.
async fn flaws(page: &Page, axe: Option<&Axe>) -> Result<Vec<String>> {
    let mut flaws: Vec<String> = serde_json::from_value(page.browser.execute(FLAWS, vec![]).await?)?;
    if let Some(axe) = axe {
        flaws.extend(page.browser.violations(axe).await?);
    }
    Ok(flaws)
}

/// Goes through every screen in one language, and gives all flaws with their places.
async fn walk(tag: &str, name: &str, axe: Option<&Axe>) -> Result<Vec<String>> {
    let folder = Folder::serve()?;
    let page = Page::open_in(&folder.url, tag).await?;
    page.relay_is("absent").await?;
    let mut found = Vec::new();
    for screen in Screen::all(&page).await? {
        screen.open(&page).await?;
        for (index, look) in LOOKS.into_iter().enumerate() {
            look.take(&page.browser).await?;
            let place = format!("{}-{name}-{}", screen.name(), look.name());
            page.browser.screenshot(&place).await?;
            // The width between the others differs in nothing that axe looks for.
            let axe = axe.filter(|_| index != 2);
            found.extend(flaws(&page, axe).await?.into_iter().map(|flaw| format!("{place}: {flaw}")));
        }
        screen.close(&page).await?;
    }
    let lang = page.browser.execute("return document.documentElement.lang", vec![]).await?;
    anyhow::ensure!(lang == name, "the page is in {lang}");
    page.no_errors().await?;
    Ok(found)
}

#[tokio::test]
async fn every_screen_in_english() -> Result<()> {
    expect_none(&walk("en", "en", Axe::fetch()?.as_ref()).await?)
}

#[tokio::test]
async fn every_screen_in_traditional_chinese() -> Result<()> {
    expect_none(&walk("zh-TW", "zh-Hant", Axe::fetch()?.as_ref()).await?)
}

#[tokio::test]
async fn every_screen_in_simplified_chinese() -> Result<()> {
    expect_none(&walk("zh-CN", "zh-Hans", Axe::fetch()?.as_ref()).await?)
}

fn expect_none(flaws: &[String]) -> Result<()> {
    anyhow::ensure!(flaws.is_empty(), "{} flaws:\n{}", flaws.len(), flaws.join("\n"));
    Ok(())
}

#[tokio::test]
async fn axe_finds_what_is_wrong() -> Result<()> {
    let Some(axe) = Axe::fetch()? else { return Ok(()) };
    let browser = Browser::start().await?;
    browser.goto("data:text/html,<!doctype html><title>t</title><main><h1>h</h1><button></button></main>").await?;
    let found = browser.violations(&axe).await?.join("\n");
    assert!(found.contains("button-name") && found.contains("html-has-lang"), "{found}");
    Ok(())
}
