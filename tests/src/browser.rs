//! Headless Chromium, driven over WebDriver, one browser with a fresh profile for each test; Firefox likewise, where it is.
//!
//! Chromium's flags are those of the wasm tests (`xtask/wasm-test-runner/webdriver.json`). What WebDriver cannot do (an exact
//! viewport, media preferences, language) goes through its door to the DevTools protocol. Firefox has no such door: what it can
//! do of this is in `firefox.rs`. Absent: other browsers.

mod axe;
mod command;
mod firefox;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use self::command::Chromium;
use crate::process::{Group, PATIENCE};
use crate::{profile_dir, root};

pub use self::axe::Axe;

const CAPABILITIES: &str = include_str!("../../xtask/wasm-test-runner/webdriver.json");

/// A browser with one page. It ends with this value, whether the test passes or panics.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    // Dropped before the profile that it writes to.
    group: Group,
    profile: TempDir,
    kind: Kind,
}

/// Which browser it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Chromium,
    Firefox,
}

/// What the user prefers, as the page learns it from CSS and scripts.
#[derive(Clone, Copy, Default, Debug)]
pub struct Preferences {
    /// `prefers-color-scheme: dark` instead of `light`.
    pub dark: bool,
    /// `prefers-reduced-motion: reduce`.
    pub reduced_motion: bool,
}

/// A line of the page's console.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsoleLine {
    /// `SEVERE` for errors, uncaught exceptions, requests that failed and breaches of the content security policy;
    /// `WARNING`, `INFO` or `DEBUG`.
    pub level: String,
    /// The text, after where it comes from.
    pub text: String,
}

/// Starts the driver: its processes, and the port it listens on.
///
/// It takes a free port of IPv4 and then wants the same one of IPv6, which somebody else may have: then it ends, and is started again.
fn start_driver(profile: &Path) -> Result<(Group, u16)> {
    const TRIES: u32 = 5;
    let driver = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let mut tries = 1;
    loop {
        let mut command = Command::new(&driver);
        // Chromium leaves files where it keeps temporary ones, because it is killed in the end.
        command.arg("--port=0").env("TMPDIR", profile);
        let (group, mut lines) = Group::spawn(&mut command)?;
        match lines.after("ChromeDriver was started successfully on port ") {
            Ok(port) => {
                let port = port.trim_end_matches('.');
                return Ok((group, port.parse().with_context(|| format!("`{port}` is no port"))?));
            }
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => tries += 1,
        }
    }
}

impl Browser {
    /// Starts a browser with a viewport of 1280 by 800 and no page.
    ///
    /// # Errors
    /// When Chromium or its driver is missing or does not start.
    pub async fn start() -> Result<Browser> {
        let profile = tempfile::tempdir().context("there is no place for a browser profile")?;
        let (group, port) = start_driver(profile.path())?;
        let address = format!("http://127.0.0.1:{port}");
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(profile.path())?)
            .connect(&address)
            .await
            .context("the driver could not start Chromium")?;
        let browser = Browser { client, group, profile, kind: Kind::Chromium };
        browser.set_size(1280, 800).await?;
        Ok(browser)
    }

    /// Opens a page and waits until it is loaded (its scripts may still be starting: wait for what they show).
    ///
    /// # Errors
    /// When the address does not answer.
    pub async fn goto(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("{url} could not be opened"))?;
        if self.kind == Kind::Firefox {
            self.gather_errors().await?;
        }
        Ok(())
    }

    /// Runs a function body in the page and gives what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub async fn execute(&self, body: &str, arguments: Vec<Value>) -> Result<Value> {
        self.client.execute(body, arguments).await.with_context(|| format!("this failed in the page: {body}"))
    }

    /// Waits until an expression holds in the page (looked at before every frame) and gives its value.
    ///
    /// # Errors
    /// When it does not hold within [`PATIENCE`]; the sentence shows what the page shows instead.
    pub async fn wait(&self, expression: &str) -> Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).as_millis();
            let script = format!(
                "const [left, done] = arguments;
                const end = performance.now() + left;
                const look = () => {{
                    let value = null;
                    try {{ value = {expression}; }} catch {{ /* not yet */ }}
                    if (value || performance.now() >= end) done(value); else requestAnimationFrame(look);
                }};
                look();"
            );
            match self.client.execute_async(&script, vec![json!(left)]).await {
                Ok(value) if holds(&value) => return Ok(value),
                Ok(_) => break,
                // The page was replaced while we looked at it: look at the new one.
                Err(_) if Instant::now() < deadline => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("`{expression}` cannot be looked at"));
                }
            }
        }
        bail!("`{expression}` does not hold after {} s; {}", PATIENCE.as_secs(), self.describe().await)
    }

    /// Waits for an element and clicks it.
    ///
    /// # Errors
    /// When there is none, or it cannot be clicked.
    pub async fn click(&self, css: &str) -> Result<()> {
        self.wait_for(css).await?;
        let element = self.client.find(Locator::Css(css)).await?;
        element.click().await.with_context(|| format!("`{css}` cannot be clicked"))
    }

    /// Waits for an input and replaces what is in it.
    ///
    /// # Errors
    /// When there is none, or it cannot be typed into.
    pub async fn fill(&self, css: &str, text: &str) -> Result<()> {
        self.wait_for(css).await?;
        let element = self.client.find(Locator::Css(css)).await?;
        element.clear().await.with_context(|| format!("`{css}` cannot be cleared"))?;
        element.send_keys(text).await.with_context(|| format!("`{css}` cannot be typed into"))
    }

    /// Presses keys one after the other in whatever has the focus. Special keys are `fantoccini::key::Key` as text.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn keys(&self, keys: &str) -> Result<()> {
        let focused = self.client.active_element().await?;
        focused.send_keys(keys).await.context("the keys could not be pressed")
    }

    /// Waits for an element and gives its visible text.
    ///
    /// # Errors
    /// When there is none.
    pub async fn text(&self, css: &str) -> Result<String> {
        self.wait_for(css).await?;
        Ok(self.client.find(Locator::Css(css)).await?.text().await?)
    }

    async fn wait_for(&self, css: &str) -> Result<()> {
        self.wait(&format!("document.querySelector({}) !== null", json!(css))).await.map(|_| ())
    }

    /// Makes the viewport exactly this big, in CSS pixels that are one pixel of a screenshot each.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn set_size(&self, width: u32, height: u32) -> Result<()> {
        if self.kind == Kind::Firefox {
            return self.set_window(width, height).await;
        }
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await.map(|_| ())
    }

    /// Sets what the user prefers; a page that is open learns of it at once. (Chromium alone.)
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn set_preferences(&self, preferences: Preferences) -> Result<()> {
        let scheme = if preferences.dark { "dark" } else { "light" };
        let motion = if preferences.reduced_motion { "reduce" } else { "no-preference" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": motion },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await.map(|_| ())
    }

    /// Sets the user's languages, the first preferred (`zh-CN,zh`), for pages opened from now on. (Chromium alone.)
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn set_languages(&self, languages: &str) -> Result<()> {
        let agent = self.execute("return navigator.userAgent", vec![]).await?;
        let identity = json!({ "userAgent": agent, "acceptLanguage": languages });
        self.devtools("Emulation.setUserAgentOverride", identity).await.map(|_| ())
    }

    /// Sends a command of the DevTools protocol. (Chromium alone.)
    ///
    /// # Errors
    /// When the browser refuses it.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        let answer = self.client.issue_cmd(Chromium { path: "goog/cdp/execute", body }).await;
        answer.with_context(|| format!("{command} failed"))
    }

    /// The console's lines since the last call.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn take_console(&self) -> Result<Vec<ConsoleLine>> {
        if self.kind == Kind::Firefox {
            return self.take_errors().await;
        }
        let body = json!({ "type": "browser" });
        let answer = self.client.issue_cmd(Chromium { path: "se/log", body }).await?;
        let lines = answer.as_array().context("the driver's log is no list")?;
        let field = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        Ok(lines.iter().map(|line| ConsoleLine { level: field(line, "level"), text: field(line, "message") }).collect())
    }

    /// Fails when the console has an error since the last look at it.
    ///
    /// # Errors
    /// When it has, with its text.
    pub async fn expect_no_errors(&self) -> Result<()> {
        let lines = self.take_console().await?;
        match lines.into_iter().find(|line| line.level == "SEVERE") {
            Some(line) => Err(anyhow!("the console has an error: {}", line.text)),
            None => Ok(()),
        }
    }

    /// The addresses that the page has loaded from anywhere but its own origin.
    ///
    /// WebSockets are not among them: the browser keeps no list of those.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn foreign_requests(&self) -> Result<Vec<String>> {
        let script = "return performance.getEntriesByType('resource').map(entry => entry.name)
            .filter(name => !/^(data|blob):/.test(name) && new URL(name).origin !== location.origin);";
        let names = self.execute(script, vec![]).await?;
        Ok(serde_json::from_value(names)?)
    }

    /// Saves what the viewport shows as `target/screenshots/NAME.png`.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = profile_dir()?.with_file_name("screenshots");
        fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let path = folder.join(format!("{name}.png"));
        let picture = self.client.screenshot().await.context("no screenshot could be taken")?;
        fs::write(&path, picture).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }

    /// The driver behind it, for what is not here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The process group of the driver, Chromium and all its helpers.
    #[must_use]
    pub fn process_group(&self) -> u32 {
        self.group.pid()
    }

    /// The folder of its profile, which every process of the browser was given.
    #[must_use]
    pub fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// Where the browser is and what it shows, for the sentence of a failure.
    async fn describe(&self) -> String {
        let script = "return location.href + ' shows: ' + (document.body?.innerText ?? '').slice(0, 400)";
        let page = match self.execute(script, vec![]).await {
            Ok(page) => page.as_str().unwrap_or_default().to_owned(),
            Err(error) => format!("the page is gone ({error:#})"),
        };
        let console = self.take_console().await.unwrap_or_default();
        let console: Vec<String> = console.into_iter().map(|line| line.text).collect();
        format!("{page}; console: {console:?}")
    }
}

/// Makes a screenshot the README's, when `SOCKSCOPE_UPDATE_SCREENSHOT=1` asks for it.
///
/// # Errors
/// When it cannot be copied.
pub fn update_readme_screenshot(screenshot: &Path) -> Result<()> {
    if env::var("SOCKSCOPE_UPDATE_SCREENSHOT").is_ok_and(|value| value == "1") {
        let docs = root().join("docs");
        fs::create_dir_all(&docs)?;
        fs::copy(screenshot, docs.join("screenshot.png")).context("docs/screenshot.png was not written")?;
    }
    Ok(())
}

fn capabilities(profile: &Path) -> Result<Map<String, Value>> {
    let mut all: Value = serde_json::from_str(CAPABILITIES).context("webdriver.json is no JSON")?;
    let flags = all["goog:chromeOptions"]["args"].as_array_mut().context("webdriver.json has no flags")?;
    flags.push(json!(format!("--user-data-dir={}", profile.display())));
    all["goog:loggingPrefs"] = json!({ "browser": "ALL" });
    all.as_object().cloned().context("webdriver.json is no object")
}

/// What JavaScript takes for true.
fn holds(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64().is_some_and(|number| number != 0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
