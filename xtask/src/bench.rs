//! `cargo xtask bench`: the simulator's speed natively, in wasm in headless Chromium, and beside ns-3, in one run; or the relay's;
//! or the page's, in Chromium.
//!
//! ns-3 is measured where its package is installed (Debian: libns3-dev). Absent: figures of other days or machines; what is printed has
//! been measured here and now.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::page::{self, Kind};
use crate::requirements;
use crate::workspace::{WASM, Workspace, cargo, find_program};

/// The workloads that every one of them runs.
const WORKLOADS: [&str; 3] = ["tcp-1", "tcp-50", "udp-50"];
/// The parts of ns-3 that the dumbbell needs. Its pkg-config files ask for more than they need, and for what Debian does not bring.
const NS3: [&str; 5] = ["-lns3-core", "-lns3-network", "-lns3-internet", "-lns3-point-to-point", "-lns3-applications"];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    println!("[1/3] Native");
    let native = native(workspace)?;
    println!("[2/3] wasm, in Chromium");
    let wasm = wasm(workspace)?;
    println!("[3/3] ns-3");
    let ns3 = ns3(workspace)?;
    println!("\nNanoseconds per hop (a hop is one frame delivered across one link):");
    println!("workload  watched   native    wasm  wasm/native    ns-3  ns-3/native");
    for row in &native {
        let (workload, watched) = (&row["workload"], &row["watched"]);
        let Some(cost) = cost(row) else { continue };
        let of = |rows: &[Value]| {
            rows.iter().find(|row| row["workload"] == *workload && row["watched"] == *watched).and_then(self::cost)
        };
        let columns = [of(&wasm), of(&ns3)].map(|peer| match peer {
            Some(peer) => format!("{peer:7.0} {:12.2}", peer / cost),
            None => format!("{:>7} {:>12}", "-", "-"),
        });
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        println!("{:<9} {:<8} {cost:7.0} {}", text(workload), text(watched), columns.join(" "));
    }
    Ok(())
}

/// The relay beside other relays: all of it is in the binary, which is built first.
pub(crate) fn relay(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let mut command = cargo();
    command.args(["run", "--release", "--quiet", "--package", "sockscope", "--", "bench", "relay"]).args(arguments);
    let status = command.current_dir(&workspace.root).status().context("cargo could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The page as it is shipped, in the browser. The figures come last.
pub(crate) fn page(workspace: &Workspace, json: bool) -> Result<ExitCode> {
    requirements::browser_tools()?;
    page::build(workspace, Kind::Release)?;
    let mut build = cargo();
    let status = build.args(["build", "--package", "sockscope"]).current_dir(&workspace.root).status();
    if !status.context("cargo could not be started")?.success() {
        bail!("the relay does not compile: cargo's message is above");
    }
    // The relay only hands the page out, and the bench only waits for the browser: what the tests have compiled will do.
    let mut command = cargo();
    command.args(["bench", "--profile", "dev", "--quiet", "--package", "tests", "--bench", "page", "--"]);
    let status = command
        .args(json.then_some("--json"))
        .current_dir(&workspace.root)
        .status()
        .context("cargo could not be started")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cost(row: &Value) -> Option<f64> {
    row["nanoseconds_per_hop"].as_f64()
}

fn native(workspace: &Workspace) -> Result<Vec<Value>> {
    let mut command = cargo();
    command.args(["run", "--release", "--package", "sockscope", "--", "bench", "--json"]).args(WORKLOADS);
    let output = output(command.current_dir(&workspace.root), "the native bench")?;
    let report: Value = serde_json::from_str(&output).context("`sockscope bench --json` gave no JSON")?;
    report["rows"].as_array().cloned().context("`sockscope bench --json` gave no rows")
}

fn wasm(workspace: &Workspace) -> Result<Vec<Value>> {
    requirements::wasm_target()?;
    requirements::browser_tools()?;
    let mut command = cargo();
    command.args(["bench", "--package", "sim-core", "--bench", "wasm", "--target", WASM]);
    // The runner's own limit is for tests; this one is for all workloads together.
    command.env("WASM_BINDGEN_TEST_TIMEOUT", "600").current_dir(&workspace.root);
    rows(&output(&mut command, "the bench in wasm")?)
}

/// The peer: our own program on ns-3's libraries.
fn ns3(workspace: &Workspace) -> Result<Vec<Value>> {
    let installed = Path::new("/usr/include/ns3/core-module.h").exists();
    let Some(compiler) = find_program("c++").filter(|_| installed) else {
        println!("ns-3 is not here: `sudo apt-get install g++ libns3-dev` brings it, and then it is measured too");
        return Ok(Vec::new());
    };
    let (source, program) =
        (workspace.root.join("sim-core/benches/ns3/dumbbell.cc"), workspace.target.join("ns3-dumbbell"));
    let mut compile = Command::new(compiler);
    compile.args(["-std=c++17", "-O2", "-o"]).args([&program, &source]).args(NS3);
    output(&mut compile, "compiling the dumbbell for ns-3")?;
    let mut all = Vec::new();
    for flows in ["1", "50"] {
        all.extend(rows(&output(Command::new(&program).arg(flows), "the dumbbell on ns-3")?)?);
    }
    Ok(all)
}

/// The lines that are JSON, among others.
fn rows(output: &str) -> Result<Vec<Value>> {
    let lines = output.lines().map(str::trim).filter(|line| line.starts_with('{'));
    lines.map(|line| serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))).collect()
}

/// Runs it, with its progress on our stderr, and gives what it prints.
fn output(command: &mut Command, what: &str) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("{what} could not be started"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("{what} failed ({}):\n{text}", output.status);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_among_other_lines() {
        let rows = rows("Loading\n{\"workload\":\"tcp-1\",\"nanoseconds_per_hop\":12.5}\ntest result: ok\n").unwrap();
        assert_eq!(rows.iter().map(cost).collect::<Vec<_>>(), [Some(12.5)]);
        assert!(super::rows("{broken").is_err());
    }
}
