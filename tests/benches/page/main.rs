//! The page's own figures, measured in a real browser on the release page behind the relay: how long it takes to open, what a picture
//! costs, how fast it goes anywhere, what it holds. Each stands beside its goal.
//!
//! `cargo xtask bench page` builds what it needs and runs it. Absent: a verdict. A busy machine is no failure; whoever asks reads.

mod scenarios;

use std::env;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tests::browser::Browser;
use tests::relay::Relay;
use tests::root;

/// One figure, with as many measurements as were made.
struct Figure {
    what: String,
    unit: &'static str,
    /// Sorted.
    values: Vec<f64>,
    /// What it shall be at most, and the share of the measurements that this is asked of.
    goal: Option<(f64, f64)>,
}

impl Figure {
    fn new(what: impl Into<String>, unit: &'static str, mut values: Vec<f64>) -> Figure {
        values.sort_by(f64::total_cmp);
        Figure { what: what.into(), unit, values, goal: None }
    }

    fn one(what: impl Into<String>, unit: &'static str, value: f64) -> Figure {
        Figure::new(what, unit, vec![value])
    }

    /// All of them shall be so low.
    fn all_within(mut self, goal: f64) -> Figure {
        self.goal = Some((goal, 1.0));
        self
    }

    /// The value that this share of the measurements does not exceed.
    fn at(&self, share: f64) -> f64 {
        let last = self.values.len().saturating_sub(1);
        self.values.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
    }

    fn row(&self) -> String {
        let number = |value: f64| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
        let (median, p99, worst) = (number(self.at(0.5)), number(self.at(0.99)), number(self.at(1.0)));
        let (goal, holds) = match self.goal {
            Some((goal, share)) => (number(goal), if self.at(share) <= goal { "yes" } else { "NO" }),
            None => ("-".to_owned(), ""),
        };
        let (what, unit, count) = (&self.what, self.unit, self.values.len());
        format!("{what:<62} {unit:<4} {count:>5} {median:>9} {p99:>9} {worst:>9} {goal:>8}  {holds}")
    }

    fn json(&self) -> Value {
        let goal = self.goal.map(|(goal, _)| goal);
        json!({
            "what": self.what, "unit": self.unit, "measured": self.values.len(),
            "median": self.at(0.5), "p99": self.at(0.99), "worst": self.at(1.0),
            "goal": goal, "holds": self.goal.map(|(goal, share)| self.at(share) <= goal),
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let relay = Relay::start(&[])?;
    // Without its token the relay hands out the page and nothing else: the lab stays as it opens.
    let url = relay.url().split('#').next().context("the address has a page")?;
    let json = env::args().any(|argument| argument == "--json");
    if !json {
        println!("{:<62} unit times    median       p99     worst     goal", "what");
    }
    let mut all = Vec::new();
    // The figures of a part are shown when they are there: all parts together take some minutes.
    let mut show = |figures: Vec<Figure>| {
        if json {
            all.extend(figures.iter().map(Figure::json));
        } else {
            figures.iter().for_each(|figure| println!("{}", figure.row()));
        }
    };
    show(sizes()?);
    show(opening(url).await?);
    show(playing(url).await?);
    show(flight(url).await?);
    show(million(url).await?);
    show(hour(url).await?);
    if json {
        println!("{}", Value::Array(all));
    }
    Ok(())
}

/// What the browser loads: what the page opens with, and with all that comes later. As one module it took 942 kB with brotli.
fn sizes() -> Result<Vec<Figure>> {
    let folder = root().join("web/dist");
    let kilobytes = |path: &std::path::Path| -> Result<f64> {
        let size = fs::metadata(path).with_context(|| format!("{} is not built", path.display()))?.len();
        Ok(size as f64 / 1000.0)
    };
    let all = |end: &str| -> Result<f64> {
        let files = fs::read_dir(&folder).with_context(|| format!("{} is not built", folder.display()))?;
        files.map(|file| file.map(|file| file.path()).context("a file cannot be named")).try_fold(0.0, |sum, path| {
            let path = path?;
            Ok(if path.to_string_lossy().ends_with(end) { sum + kilobytes(&path)? } else { sum })
        })
    };
    let first = folder.join("sockscope_bg.wasm");
    Ok(vec![
        Figure::one("first wasm module, plain", "kB", kilobytes(&first)?),
        Figure::one("first wasm module, with brotli", "kB", kilobytes(&first.with_extension("wasm.br"))?)
            .all_within(600.0),
        Figure::one("all wasm modules, plain", "kB", all(".wasm")?),
        Figure::one("all wasm modules, with brotli", "kB", all(".wasm.br")?),
    ])
}

/// From navigation, in a browser that has never seen the page.
async fn opening(url: &str) -> Result<Vec<Figure>> {
    const TIMES: usize = 5;
    let (mut drawn, mut first) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let browser = Browser::start().await?;
        browser.goto(url).await?;
        drawn.push(number(&browser.wait("window.sockscope?.drawn()").await?)?);
        let begun = number(
            &browser.execute("document.querySelector('#send').click(); return performance.now()", vec![]).await?,
        )?;
        let on_the_way = "!sockscope.state().includes('frames=0') && performance.now()";
        first.push(number(&browser.wait(on_the_way).await?)? - begun);
    }
    Ok(vec![
        Figure::new("cold: from navigation to the lab drawn", "ms", drawn).all_within(1_500.0),
        Figure::new("from Send to the first frame on the link", "ms", first),
    ])
}

/// The lab's own conversation at the usual pace.
async fn playing(url: &str) -> Result<Vec<Figure>> {
    let browser = Browser::start().await?;
    browser.goto(url).await?;
    browser.wait("window.sockscope?.drawn()").await?;
    watch_tasks(&browser).await?;
    browser.execute("document.querySelector('#send').click()", vec![]).await?;
    watch(&browser, 6_000).await?;
    Ok(costs(&browser, "the lab's conversation").await?.into())
}

/// Two thousand packets in flight on screen.
async fn flight(url: &str) -> Result<Vec<Figure>> {
    let browser = open(url, scenarios::FLIGHT, scenarios::FLIGHT_STANDS).await?;
    browser.execute("document.querySelector('#to-live').click()", vec![]).await?;
    choose(&browser, "#speed", "5").await?;
    watch_tasks(&browser).await?;
    // What goes on plays already at its newest moment.
    browser
        .execute("if (!sockscope.state().includes('playing=true')) document.querySelector('#play').click()", vec![])
        .await?;
    watch(&browser, 12_000).await?;
    let state = browser.execute("return sockscope.state()", vec![]).await?;
    ensure!(state.as_str().is_some_and(|state| state.contains("playing=true")), "nothing moves: {state}");
    let flying = number(&browser.execute("return sockscope.flying()", vec![]).await?)?;
    ensure!(flying >= 2_000.0, "only {flying} frames are on their way");
    Ok(costs(&browser, &format!("{flying:.0} frames on their way")).await?.into())
}

/// A trace as long as the page keeps.
async fn million(url: &str) -> Result<Vec<Figure>> {
    const TIMES: u32 = 60;
    let browser = open(url, scenarios::MILLION, scenarios::MILLION_STANDS).await?;
    let facts = number(&browser.execute("return Number(sockscope.state().match(/facts=(\\d+)/)[1])", vec![]).await?)?;
    let seek = "const line = document.querySelector('#timeline');
        line.value = String(Math.round(place * Number(line.max)));
        line.dispatchEvent(new Event('input', { bubbles: true }));";
    let (seeks, work) = painted(&browser, seek, TIMES).await?;
    let choose = "const rows = document.querySelectorAll('.rows [role=row]');
        rows[Math.floor(place * rows.length)].click();";
    let (choices, _) = painted(&browser, choose, TIMES).await?;
    Ok(vec![
        Figure::new(format!("seek among {facts:.0} facts, from the event to painted"), "ms", seeks).all_within(25.0),
        Figure::new("the same without the wait for the browser's next frame", "ms", work).all_within(25.0),
        Figure::new("from a selection to marked in every view, there", "ms", choices).all_within(100.0),
    ])
}

/// What is held after so many minutes of a run.
async fn hour(url: &str) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for minutes in [10, 20, 30, 40, 50, 60] {
        let browser = open(url, scenarios::HOUR, minutes * 60_000).await?;
        let facts =
            number(&browser.execute("return Number(sockscope.state().match(/facts=(\\d+)/)[1])", vec![]).await?)?;
        let held = "return (sockscope.memory() + (performance.memory?.usedJSHeapSize ?? 0)) / 1e6";
        let held = number(&browser.execute(held, vec![]).await?)?;
        figures.push(Figure::one(format!("memory after {minutes} minutes of a run, {facts:.0} facts"), "MB", held));
        let each = held * 1e6 / facts;
        figures.push(Figure::one(format!("the same for each fact, after {minutes} minutes"), "B", each.round()));
    }
    Ok(figures)
}

/// Opens a scenario that has run for so many milliseconds, by a link.
async fn open(url: &str, scenario: &str, millis: u64) -> Result<Browser> {
    let browser = Browser::start().await?;
    browser.goto(url).await?;
    browser.wait("window.sockscope?.drawn()").await?;
    let link = scenarios::link(scenario, millis)?;
    browser.execute("location.hash = arguments[0]", vec![json!(link)]).await?;
    browser.wait("sockscope.state().includes('origin=Scenario')").await?;
    Ok(browser)
}

/// Does something for each of many places between 0 and 1, and gives the milliseconds until each was painted, and how many of them the
/// page did not spend waiting for the browser's next frame. Between them the browser may finish what it does beside the page.
async fn painted(browser: &Browser, act: &str, times: u32) -> Result<(Vec<f64>, Vec<f64>)> {
    const BETWEEN: u32 = 50;
    let script = format!(
        "const [times, done] = arguments;
        const costs = [], work = [];
        // A task after those that wait already: without the 4 ms that a timer may be made to wait.
        const soon = task => {{
            const channel = new MessageChannel();
            channel.port1.onmessage = () => {{ channel.port1.close(); task(); }};
            channel.port2.postMessage(0);
        }};
        const turn = index => {{
            if (index === times) return done([costs, work]);
            const place = (index * 0.618033988749895) % 1;
            const begun = performance.now();
            let settled = Infinity, started = 0;
            // The page's own frame comes after this one; what it does before its frame is done when the task runs.
            requestAnimationFrame(() => {{ started = performance.now(); }});
            soon(() => {{ settled = performance.now(); }});
            {act}
            // The page's own frame comes before this one; the task after it, when all is painted.
            requestAnimationFrame(() => soon(() => {{
                const cost = performance.now() - begun;
                costs.push(cost);
                work.push(cost - Math.max(0, started - settled));
                setTimeout(() => turn(index + 1), {BETWEEN});
            }}));
        }};
        turn(0);"
    );
    Ok(serde_json::from_value(browser.client().execute_async(&script, vec![json!(times)]).await?)?)
}

/// From now on, tasks of more than 50 milliseconds are kept.
async fn watch_tasks(browser: &Browser) -> Result<()> {
    let script = "window.long = [];
        new PerformanceObserver(list => list.getEntries().forEach(task => window.long.push(task.duration)))
            .observe({ type: 'longtask' });";
    browser.execute(script, vec![]).await.map(|_| ())
}

/// Lets it play for so many milliseconds.
async fn watch(browser: &Browser, millis: u32) -> Result<()> {
    let script = "const [millis, done] = arguments; setTimeout(() => done(true), millis);";
    browser.client().execute_async(script, vec![json!(millis)]).await?;
    Ok(())
}

/// The cost of each of the last frames, and the long tasks.
async fn costs(browser: &Browser, of: &str) -> Result<[Figure; 2]> {
    let costs = serde_json::from_value(browser.execute("return sockscope.costs()", vec![]).await?)?;
    let long: Vec<f64> = serde_json::from_value(browser.execute("return window.long", vec![]).await?)?;
    Ok([
        Figure { goal: Some((16.0, 0.99)), ..Figure::new(format!("an animation frame, {of}"), "ms", costs) },
        Figure::one(format!("tasks over 50 ms, {of}"), "", long.len() as f64).all_within(0.0),
    ])
}

async fn choose(browser: &Browser, menu: &str, value: &str) -> Result<()> {
    let script = "const [menu, value] = arguments; const select = document.querySelector(menu);
        select.value = value; select.dispatchEvent(new Event('change', { bubbles: true }));";
    browser.execute(script, vec![json!(menu), json!(value)]).await.map(|_| ())
}

fn number(value: &Value) -> Result<f64> {
    value.as_f64().with_context(|| format!("{value} is no number"))
}
