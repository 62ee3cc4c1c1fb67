//! Every screen of the page, and how a user comes to it: what is looked at, measured and photographed for everyone.
//!
//! Absent: what is on a screen; the walks say that.

use anyhow::Result;
use serde_json::{Value, json};

use crate::compare::go_to_the_message;
use crate::page::Page;

/// A screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Screen {
    /// As the page opens.
    Rest,
    /// In the middle of a conversation, with a frame chosen.
    Playing,
    /// Three views in the panes.
    Panes([&'static str; 3]),
    /// The list of keys.
    Keys,
    /// A menu of the head, by its id.
    Menu(&'static str),
    /// Two futures, one of which has lost a frame.
    Futures,
    /// The network as it is drawn and written, with a node chosen and a mistake in the text.
    Editor,
    /// The examples to choose from.
    Gallery,
    /// A mistake, and its sentence.
    Mistake,
}

/// The views, so many as stand beside one another.
const PANES: [[&str; 3]; 4] = [
    ["ladder", "table", "bytes"],
    ["states", "ruler", "plots"],
    ["hosts", "controls", "text"],
    ["compare", "table", "bytes"],
];

impl Screen {
    /// Its name, for pictures and failures.
    pub(crate) fn name(self) -> String {
        match self {
            Screen::Rest => "rest".to_owned(),
            Screen::Playing => "playing".to_owned(),
            Screen::Panes(panes) => panes.join("-"),
            Screen::Keys => "keys".to_owned(),
            Screen::Menu(menu) => menu.to_owned(),
            Screen::Futures => "futures".to_owned(),
            Screen::Editor => "editor".to_owned(),
            Screen::Gallery => "gallery".to_owned(),
            Screen::Mistake => "mistake".to_owned(),
        }
    }

    /// Every screen that this page has, in an order in which each can be reached from the one before.
    pub(crate) async fn all(page: &Page) -> Result<Vec<Screen>> {
        let ready = page
            .browser
            .execute("return [...document.querySelector('#pane-0').options].map(o => o.value)", vec![])
            .await?;
        let is_ready = |pane: &str| ready.as_array().is_some_and(|all| all.contains(&json!(pane)));
        let panes = PANES.into_iter().filter(|panes| panes.iter().any(|pane| is_ready(pane))).map(Screen::Panes);
        let menus = ["open-menu", "share-menu", "view-menu"].into_iter();
        let mut all = vec![Screen::Rest, Screen::Mistake, Screen::Playing];
        all.extend(panes);
        for menu in menus {
            if page.browser.execute("return !!document.getElementById(arguments[0])", vec![json!(menu)]).await?
                == Value::Bool(true)
            {
                all.push(Screen::Menu(menu));
            }
        }
        all.extend([Screen::Keys, Screen::Futures, Screen::Gallery, Screen::Editor]);
        Ok(all)
    }

    /// Brings the page there.
    pub(crate) async fn open(self, page: &Page) -> Result<()> {
        match self {
            Screen::Rest => {
                page.browser.click("#start-over").await?;
                page.state_is("frames", "0").await
            }
            Screen::Playing => conversation(page).await,
            Screen::Panes(_) => self.place(page).await,
            Screen::Keys => {
                page.browser.click("#keys-button").await?;
                page.browser.wait("document.querySelector('#keys')").await.map(|_| ())
            }
            Screen::Menu(menu) => {
                page.browser.click(&format!("#{menu} summary")).await?;
                page.browser.wait(&format!("document.querySelector('#{menu}[open]')")).await.map(|_| ())
            }
            Screen::Futures => {
                Screen::Panes(["ladder", "table", "compare"]).place(page).await?;
                page.browser.click("#to-start").await?;
                page.state_is("at", "0.000000ms").await?;
                go_to_the_message(page, async || page.browser.click("#next-of-kind").await).await?;
                page.browser.click("#drop-frame:not([disabled])").await?;
                page.browser.click("#catch-up").await?;
                page.browser.wait("document.querySelector('.compare .both tr.first .mark')").await.map(|_| ())
            }
            Screen::Editor => {
                page.show(2, "text").await?;
                page.browser.click("#edit-network").await?;
                page.browser.click(".network-picture .node").await?;
                page.browser.wait("document.querySelector('#edit-address-0')").await?;
                let mistake = "const area = document.querySelector('#network-text'); area.value += '\\nlink nobody\\n';
                    area.dispatchEvent(new Event('input', { bubbles: true }))";
                page.browser.execute(mistake, vec![]).await?;
                page.browser.wait("document.querySelector('.mistake-row')").await.map(|_| ())
            }
            Screen::Gallery => {
                page.browser.click("#examples").await?;
                page.browser.wait("document.querySelector('#gallery')?.open").await.map(|_| ())
            }
            Screen::Mistake => {
                page.browser.fill("#target", "server:0").await?;
                page.browser.click("#send").await?;
                page.browser.wait("document.querySelector('#notice').textContent").await?;
                page.browser.fill("#target", "server:8898").await
            }
        }
    }

    /// Puts the views in their places.
    async fn place(self, page: &Page) -> Result<()> {
        let Screen::Panes(panes) = self else { return Ok(()) };
        for (place, pane) in panes.into_iter().enumerate() {
            // A view that is not there yet leaves its place to another.
            let option = format!("return !!document.querySelector('#pane-{place} option[value={pane}]')");
            if page.browser.execute(&option, vec![]).await? == Value::Bool(true) {
                page.show(place, pane).await?;
            }
        }
        Ok(())
    }

    /// Leaves what lies over the page.
    pub(crate) async fn close(self, page: &Page) -> Result<()> {
        match self {
            Screen::Keys => {
                page.press(&[fantoccini::key::Key::Escape]).await?;
                page.browser.wait("!document.querySelector('#keys')").await.map(|_| ())
            }
            Screen::Gallery => {
                page.press(&[fantoccini::key::Key::Escape]).await?;
                page.browser.wait("!document.querySelector('#gallery').open").await.map(|_| ())
            }
            Screen::Menu(menu) => {
                page.press(&[fantoccini::key::Key::Escape]).await?;
                page.browser.wait(&format!("!document.querySelector('#{menu}[open]')")).await.map(|_| ())
            }
            _ => Ok(()),
        }
    }
}

/// A message and its answer; then back to the moment at which the message is on the wire, chosen.
async fn conversation(page: &Page) -> Result<()> {
    page.talk().await?;
    let sent = "sockscope.facts().split('\\n').findIndex(fact => fact.includes('Sent') && fact.includes('Flags [P.]'))";
    let seek = format!(
        "const line = document.querySelector('#timeline');
        const wanted = {sent};
        const fact = () => Number(sockscope.state().match(/fact=(-?\\d+)/)[1]);
        let [low, high] = [Number(line.min), Number(line.max)];
        for (let turn = 0; turn < 40; turn += 1) {{
            const middle = (low + high) / 2;
            line.value = String(middle);
            line.dispatchEvent(new Event('input', {{ bubbles: true }}));
            if (fact() < wanted) low = middle; else high = middle;
        }}
        return [wanted, fact()];"
    );
    let at = page.browser.execute(&seek, vec![]).await?;
    anyhow::ensure!(at[0].as_i64() > Some(0), "no segment with data was sent: {at}");
    Ok(())
}
