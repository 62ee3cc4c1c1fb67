//! The page in a browser, with what the tests of it need again and again.
//!
//! Absent: scenarios (the files beside this one).

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context, Result};
use fantoccini::key::Key;
use serde_json::json;
use tests::browser::Browser;
use tests::process::Group;
use tests::relay::Relay;
use tests::root;

/// Makes the page keep what it saves where a test finds it.
pub(crate) const KEEP: &str = "const make = URL.createObjectURL; window.saved = {};
    URL.createObjectURL = blob => { window.last = blob; return make.call(URL, blob); };
    HTMLAnchorElement.prototype.click = function () { saved[this.download.split('.').pop()] = window.last; };";

/// The built page behind Python's file server, which knows nothing of relays.
pub(crate) struct Folder {
    _server: Group,
    pub(crate) url: String,
}

impl Folder {
    pub(crate) fn serve() -> Result<Folder> {
        let folder = root().join("web/dist");
        anyhow::ensure!(folder.join("index.html").is_file(), "the page is not built: run `cargo xtask build` first");
        let mut server = Command::new("python3");
        server.args(["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"]).arg(folder);
        let (server, mut lines) = Group::spawn(&mut server)?;
        let line = lines.after("Serving HTTP on 127.0.0.1 port ")?;
        let port = line.split(' ').next().unwrap_or_default();
        Ok(Folder { _server: server, url: format!("http://127.0.0.1:{port}/") })
    }
}

/// The page, opened.
pub(crate) struct Page {
    pub(crate) browser: Browser,
}

impl Page {
    /// Opens an address and waits until the page stands.
    pub(crate) async fn open(url: &str) -> Result<Page> {
        Page::open_in(url, "en").await
    }

    /// Opens an address for a user of this language.
    pub(crate) async fn open_in(url: &str, language: &str) -> Result<Page> {
        let browser = Browser::start().await?;
        browser.set_languages(language).await?;
        let page = Page { browser };
        page.goto(url).await?;
        Ok(page)
    }

    /// Opens the page of a relay and waits for its welcome.
    pub(crate) async fn connected(relay: &Relay) -> Result<Page> {
        let page = Page::open(relay.url()).await?;
        page.relay_is("ready").await?;
        Ok(page)
    }

    /// A conversation that is over, in the page without a relay.
    pub(crate) async fn conversation(folder: &Folder) -> Result<Page> {
        let page = Page::open(&folder.url).await?;
        page.relay_is("absent").await?;
        page.talk().await?;
        Ok(page)
    }

    /// Sends the message, waits for the answer, and stops the time.
    pub(crate) async fn talk(&self) -> Result<()> {
        self.hurry().await?;
        self.browser.click("#send").await?;
        self.outcome_has("b'hi'").await?;
        self.browser
            .wait("sockscope.state().includes('playing=false') || document.querySelector('#play').click()")
            .await?;
        Ok(())
    }

    /// Opens another address in the same browser.
    pub(crate) async fn goto(&self, url: &str) -> Result<()> {
        self.browser.goto(url).await?;
        self.browser.wait("window.sockscope && document.querySelector('#send')").await?;
        Ok(())
    }

    /// Waits until the relay has welcomed the page.
    pub(crate) async fn relay_is(&self, status: &str) -> Result<()> {
        self.browser.wait(&format!("document.querySelector('#relay').dataset.relay === {}", json!(status))).await?;
        Ok(())
    }

    /// Writes a target and a message, as a user who types them.
    pub(crate) async fn write(&self, target: &str, message: &str) -> Result<()> {
        self.browser.fill("#target", target).await?;
        self.browser.fill("#message", message).await
    }

    /// Makes time run as fast as the page can.
    pub(crate) async fn hurry(&self) -> Result<()> {
        self.choose("#speed", "14").await
    }

    /// Makes time run at more than twice its usual pace, so that a busy machine still shows the end within the harness's patience.
    pub(crate) async fn brisk(&self) -> Result<()> {
        self.choose("#speed", "11").await
    }

    /// Chooses an option of a menu.
    pub(crate) async fn choose(&self, menu: &str, value: &str) -> Result<()> {
        let script = "const [menu, value] = arguments; const select = document.querySelector(menu);
            select.value = value; select.dispatchEvent(new Event('change', { bubbles: true }));
            return select.value;";
        let chosen = self.browser.execute(script, vec![json!(menu), json!(value)]).await?;
        anyhow::ensure!(chosen == json!(value), "the menu {menu} has no {value}");
        Ok(())
    }

    /// Waits until what the program has come to contains a text.
    pub(crate) async fn outcome_has(&self, text: &str) -> Result<()> {
        self.browser.wait(&format!("document.querySelector('#outcome').textContent.includes({})", json!(text))).await?;
        Ok(())
    }

    /// Waits until the notice contains a text, and gives all of it.
    pub(crate) async fn notice_has(&self, text: &str) -> Result<String> {
        let notice = "document.querySelector('#notice').textContent";
        let whole = self.browser.wait(&format!("{notice}.includes({}) && {notice}", json!(text))).await?;
        Ok(whole.as_str().unwrap_or_default().to_owned())
    }

    /// Every fact that the page holds, a line each.
    pub(crate) async fn facts(&self) -> Result<Vec<String>> {
        let facts = self.browser.execute("return sockscope.facts()", vec![]).await?;
        Ok(facts.as_str().context("facts are text")?.lines().map(str::to_owned).collect())
    }

    /// What the page says of itself.
    pub(crate) async fn state(&self) -> Result<BTreeMap<String, String>> {
        let state = self.browser.execute("return sockscope.state()", vec![]).await?;
        let lines = state.as_str().context("the state is text")?.lines();
        Ok(lines.filter_map(|line| line.split_once('=')).map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// Waits until what the page says of itself has this value.
    pub(crate) async fn state_is(&self, name: &str, value: &str) -> Result<()> {
        let line = json!(format!("{name}={value}"));
        self.browser.wait(&format!("sockscope.state().split('\\n').includes({line})")).await?;
        Ok(())
    }

    /// Presses keys, one after the other, in whatever has the focus.
    pub(crate) async fn press(&self, keys: &[Key]) -> Result<()> {
        for key in keys {
            self.browser.keys(&char::from(*key).to_string()).await?;
        }
        Ok(())
    }

    /// Shows a view in one of the three places.
    pub(crate) async fn show(&self, place: usize, pane: &str) -> Result<()> {
        self.choose(&format!("#pane-{place}"), pane).await?;
        self.browser.wait(&format!("document.querySelector('.place-{place}.{pane}-pane')")).await?;
        Ok(())
    }

    /// Nothing went wrong; the console of a page without a relay has one error: the question for it was answered "501".
    pub(crate) async fn no_errors(&self) -> Result<()> {
        let lines = self.browser.take_console().await?;
        let other = lines.iter().find(|line| line.level == "SEVERE" && !line.text.contains("/session"));
        anyhow::ensure!(other.is_none(), "the console has an error: {other:?}");
        Ok(())
    }

    /// The session replays from scenario, seed and inputs, and nothing went wrong or elsewhere.
    pub(crate) async fn is_sound(&self) -> Result<()> {
        let same = "sockscope.state().includes('hash=' + sockscope.replayed())";
        let same = self.browser.execute(&format!("return {same}"), vec![]).await?;
        anyhow::ensure!(same == json!(true), "the session does not replay");
        self.browser.expect_no_errors().await?;
        let foreign = self.browser.foreign_requests().await?;
        anyhow::ensure!(foreign.is_empty(), "the page asked others: {foreign:?}");
        Ok(())
    }
}
