//! Headless Firefox, driven over WebDriver by geckodriver.
//!
//! `cargo xtask test` installs both where it may; elsewhere the tests in Firefox are skipped, and say so. What the user prefers is set
//! before it starts, as preferences of its profile. Absent: a change of them while a page is open, viewports narrower than Firefox's
//! narrowest window (450 pixels), and its console (uncaught exceptions are gathered instead).

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::{Browser, ConsoleLine, Kind, Preferences};
use crate::process::Group;
use crate::{profile_dir, skip};

impl Browser {
    /// Starts Firefox with a viewport of 1280 by 800 for a user of these languages; nothing, with a line that says why, where there is none.
    ///
    /// # Errors
    /// When it is there and does not start.
    pub async fn start_firefox(languages: &str, preferences: Preferences) -> Result<Option<Browser>> {
        let (Some(firefox), Some(driver)) = (firefox(), driver()?) else {
            skip("there is no Firefox or no geckodriver (`cargo xtask test` installs them where it may)");
            return Ok(None);
        };
        let profile = tempfile::tempdir().context("there is no place for a browser profile")?;
        let mut command = Command::new(driver);
        command
            .args(["--port", "0", "--websocket-port", "0"])
            .env("TMPDIR", profile.path())
            .env("HOME", profile.path());
        let (group, mut lines) = Group::spawn(&mut command)?;
        let address = format!("http://{}", lines.following("Listening on ")?);
        let capabilities = json!({
            "browserName": "firefox",
            "moz:firefoxOptions": {
                "binary": firefox,
                "args": ["-headless"],
                "prefs": {
                    "intl.accept_languages": languages,
                    "ui.systemUsesDarkTheme": i32::from(preferences.dark),
                    "ui.prefersReducedMotion": i32::from(preferences.reduced_motion),
                },
            },
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.as_object().cloned().context("the capabilities are an object")?)
            .connect(&address)
            .await
            .context("the driver could not start Firefox")?;
        let browser = Browser { client, group, profile, kind: Kind::Firefox };
        browser.set_size(1280, 800).await?;
        Ok(Some(browser))
    }

    /// Makes the window as much bigger as the viewport is smaller than wanted.
    pub(super) async fn set_window(&self, width: u32, height: u32) -> Result<()> {
        let script = "return [outerWidth - innerWidth + arguments[0], outerHeight - innerHeight + arguments[1]]";
        let wanted = self.execute(script, vec![json!(width), json!(height)]).await?;
        let (width, height): (u32, u32) = serde_json::from_value(wanted)?;
        self.client.set_window_size(width, height).await.context("the window cannot be that big")
    }

    /// From now on, uncaught exceptions of the page are kept.
    pub(super) async fn gather_errors(&self) -> Result<()> {
        let script = "window.uncaught = [];
            addEventListener('error', event => window.uncaught.push(String(event.message)));
            addEventListener('unhandledrejection', event => window.uncaught.push(String(event.reason)));
            addEventListener('securitypolicyviolation', event => window.uncaught.push('policy: ' + event.blockedURI));";
        self.execute(script, vec![]).await.map(|_| ())
    }

    pub(super) async fn take_errors(&self) -> Result<Vec<ConsoleLine>> {
        let errors = self.execute("return (window.uncaught ?? []).splice(0)", vec![]).await?;
        let texts = errors.as_array().into_iter().flatten().filter_map(Value::as_str);
        Ok(texts.map(|text| ConsoleLine { level: "SEVERE".to_owned(), text: text.to_owned() }).collect())
    }
}

/// Firefox itself, not a wrapper that would lose its arguments.
fn firefox() -> Option<PathBuf> {
    let places = ["/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "/opt/firefox/firefox"];
    places.into_iter().map(PathBuf::from).find(|path| path.is_file())
}

/// The driver that `GECKODRIVER` names, or the one that `cargo xtask test` has installed.
fn driver() -> Result<Option<PathBuf>> {
    let installed = profile_dir()?.with_file_name("geckodriver").join("bin/geckodriver");
    Ok(env::var_os("GECKODRIVER").map(PathBuf::from).or_else(|| installed.is_file().then_some(installed)))
}
