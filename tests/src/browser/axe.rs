//! axe-core, which looks for what keeps people out of a page: too little contrast, no name, a wrong role, an order that cannot be followed.
//!
//! Its rules are those of WCAG 2.0 to 2.2, levels A and AA, and its best practices. It is fetched once, pinned (`tests/programs/axe.txt`);
//! without a network the test that asks for it is skipped, and says so. Absent: what no program can find, such as whether a name is a
//! good one.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Browser;
use crate::python;

/// The program to be run in the page.
#[derive(Clone, Debug)]
pub struct Axe {
    source: String,
}

/// The rules' families.
const TAGS: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

impl Axe {
    /// Fetches it, unless an earlier test has. Nothing, with a line that says why, where it cannot be had.
    ///
    /// # Errors
    /// When what was fetched is not what it should be.
    pub fn fetch() -> Result<Option<Axe>> {
        let Some(folder) = python::library("axe", "axe.txt") else { return Ok(None) };
        let file = folder.join("axe_playwright_python/axe.min.js");
        let source = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(Some(Axe { source }))
    }
}

impl Browser {
    /// Runs it on what the page shows now, and gives each violation with its element, a line each.
    ///
    /// # Errors
    /// When it cannot run.
    pub async fn violations(&self, axe: &Axe) -> Result<Vec<String>> {
        if self.execute("return typeof axe === 'undefined'", vec![]).await? == Value::Bool(true) {
            // In the page's own world, past its content security policy.
            self.execute(&format!("{}; window.axe = axe;", axe.source), vec![]).await?;
        }
        let script = format!(
            "const done = arguments[0];
            axe.run(document, {{ runOnly: {TAGS}, resultTypes: ['violations'] }}).then(
                found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
                    `${{rule.id}} (${{rule.impact}}): ${{node.target.join(' ')}}: ${{node.html.slice(0, 200)}}: ${{node.failureSummary.replace(/\\s+/g, ' ')}}`))),
                error => done(String(error)));"
        );
        let found = self.client.execute_async(&script, vec![]).await.context("axe did not end")?;
        ensure!(found.is_array(), "axe failed: {found}");
        Ok(serde_json::from_value(found)?)
    }
}
