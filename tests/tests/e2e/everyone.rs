//! Every screen, for everyone: axe finds nothing, nothing is wider than the window, no text is too small, and each has its picture.
//!
//! Absent: whether a picture is a good one. They lie in `target/screenshots`, to be looked at.

use anyhow::Result;
use serde_json::{Value, json};

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
        // What is clicked on the way is as on a wide screen.
        LOOKS[0].take(&page.browser).await?;
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

/// The pictures as who sees no colours has them, to be looked at; that they are grey is checked.
#[tokio::test]
async fn every_kind_of_screen_without_colours() -> Result<()> {
    let folder = Folder::serve()?;
    let page = Page::open(&folder.url).await?;
    page.relay_is("absent").await?;
    let emulate = |kind: &str| page.browser.devtools("Emulation.setEmulatedVisionDeficiency", json!({ "type": kind }));
    let mut pictures = Vec::new();
    for screen in [
        Screen::Playing,
        Screen::Panes(["ladder", "table", "bytes"]),
        Screen::Panes(["states", "ruler", "plots"]),
        Screen::Panes(["hosts", "controls", "text"]),
        Screen::Futures,
        Screen::Editor,
    ] {
        screen.open(&page).await?;
        for look in [LOOKS[0], LOOKS[1]] {
            look.take(&page.browser).await?;
            emulate("achromatopsia").await?;
            page.browser.screenshot(&format!("grey-{}-{}", screen.name(), look.name())).await?;
            if pictures.is_empty() {
                pictures.push(page.browser.devtools("Page.captureScreenshot", json!({})).await?);
                emulate("none").await?;
                pictures.push(page.browser.devtools("Page.captureScreenshot", json!({})).await?);
            }
        }
        screen.close(&page).await?;
    }
    page.no_errors().await?;
    page.browser.goto("data:text/html,<!doctype html><title>t</title>").await?;
    let coloured = "const [data, done] = arguments;
        const image = new Image();
        image.onload = () => {
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext('2d');
            context.drawImage(image, 0, 0);
            const bytes = context.getImageData(0, 0, image.width, image.height).data;
            let coloured = 0;
            for (let at = 0; at < bytes.length; at += 4) {
                const [red, green, blue] = bytes.subarray(at, at + 3);
                if (Math.max(red, green, blue) - Math.min(red, green, blue) > 2) coloured += 1;
            }
            done(coloured);
        };
        image.src = 'data:image/png;base64,' + data;";
    let count =
        async |picture: &Value| page.browser.client().execute_async(coloured, vec![picture["data"].clone()]).await;
    assert_eq!(count(&pictures[0]).await?, json!(0), "no pixel has a colour");
    assert!(count(&pictures[1]).await?.as_u64() > Some(1000), "the same picture has colours otherwise");
    Ok(())
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
