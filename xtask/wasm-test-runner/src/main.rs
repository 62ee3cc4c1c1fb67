//! Runs a crate's wasm tests in headless Chromium: the `runner` that `.cargo/config.toml` names for wasm32.
//!
//! A crate of its own, because it brings 180 crates that neither `cargo xtask run` nor a user of the page needs.
//! It decides nothing: which driver, which flags and how long to wait are variables that `.cargo/config.toml` sets
//! (the flags are in `webdriver.json` beside this crate's manifest, one copy for every crate and for `tests`).

use std::env;
use std::process::ExitCode;

use wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args;

fn main() -> ExitCode {
    // `cargo test --quiet` passes its flag on, and the runner's own parser does not know it.
    let args = env::args_os().filter(|arg| arg != "--quiet" && arg != "-q");
    match run_cli_with_args(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
