//! Cuts the page's wasm into the module that it opens with and those that come later (`web/src/browser/late.rs` says which is which).
//!
//! Absent on purpose: names for files that stay the same. A module fits the one that it was cut from and no other, so each carries the
//! name of its build: a page that is older than the server's asks for what is gone, and says so, instead of running what does not fit.

use std::collections::hash_map::DefaultHasher;
use std::convert::Infallible;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use wasm_encoder::Module;
use wasm_encoder::reencode::{Error, Reencode};
use wasm_split_cli_support::{Options, transform};
use wasmparser::{CustomSectionReader, Parser};

use crate::siblings::files_under;

/// The script that loads what comes later.
const LOADER: &str = "sockscope_late.js";

/// The line of the page's head before which others are put.
const BOOT: &str = "<script type=\"module\" src=\"boot.js\">";

/// Writes the modules that come later, and the script that loads them, into a folder; gives the first module, for wasm-bindgen.
pub(crate) fn split(wasm: &Path, into: &Path, script: &str) -> Result<PathBuf> {
    let input = fs::read(wasm).with_context(|| format!("{} cannot be read", wasm.display()))?;
    let first = wasm.with_file_name("first.wasm");
    let link_name = format!("./{LOADER}");
    let main_module = format!("./{script}");
    let mut options = Options::new(&input);
    options.output_dir = into;
    options.main_out_path = &first;
    options.link_name = &link_name;
    options.main_module = &main_module;
    let split = transform(options).map_err(|error| anyhow!("the page's wasm cannot be cut: {error:#}"))?;
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let build = format!("{:08x}", hasher.finish() >> 32);
    let loader = into.join(LOADER);
    let mut code = fs::read_to_string(&loader).with_context(|| format!("{} was not written", loader.display()))?;
    for module in split.split_modules {
        let name = module.file_name().and_then(|name| name.to_str()).context("a module's name is no text")?;
        let named = name.replace(".wasm", &format!("-{build}.wasm"));
        code = code.replace(&format!("\"./{name}\""), &format!("\"./{named}\""));
        fs::write(into.join(named), compact(&fs::read(&module)?)?)?;
        fs::remove_file(&module)?;
    }
    fs::write(&loader, code)?;
    Ok(first)
}

/// Has the page's head ask for the loader and the tools beside the first module, instead of one after the other.
pub(crate) fn ask_early(page: &Path) -> Result<()> {
    let files = files_under(page)?;
    let names = || files.iter().filter_map(|file| file.to_str());
    let Some(tools) = names().find(|name| name.starts_with("split_tools-")) else { return Ok(()) };
    let index = page.join("index.html");
    let html = fs::read_to_string(&index)?;
    if !html.contains(BOOT) {
        bail!("web/static/index.html must say {BOOT}: what else the page loads is asked for there");
    }
    let asked = format!(
        "<link rel=\"modulepreload\" href=\"{LOADER}\">\n\
         <link rel=\"preload\" href=\"{tools}\" as=\"fetch\" type=\"application/wasm\" fetchpriority=\"low\" crossorigin>\n{BOOT}"
    );
    fs::write(&index, html.replace(BOOT, &asked))?;
    Ok(())
}

/// A module in as few bytes as it can be written in, without its custom sections (names, and who made it): wasm-bindgen does the same for
/// the first one. The linker leaves room in each number for the longest, where it says what refers to what.
fn compact(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut module = Module::new();
    let written = Bare.parse_core_module(&mut module, Parser::new(0), wasm);
    written.map_err(|error| anyhow!("a module that was cut is broken: {error}"))?;
    Ok(module.finish())
}

/// Writes everything again but custom sections.
struct Bare;

impl Reencode for Bare {
    type Error = Infallible;

    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error<Infallible>> {
        Ok(())
    }
}
