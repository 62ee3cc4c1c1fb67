//! Builds the page: wasm, its JavaScript, the static files and their compressed siblings, into `web/dist`.
//!
//! `web/dist` is replaced as a whole and only when something in it changed: a failed build leaves the old page, and an
//! unchanged one keeps its dates, so that the binary that embeds it is not built again. Absent: any external tool
//! (wasm-bindgen is a library here, pinned to the version the page is compiled with) and any bundler or minifier.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::offline;
use crate::requirements;
use crate::siblings;
use crate::split;
use crate::workspace::{WASM, Workspace, cargo};

/// What the page is built for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Small and fast to run: what is embedded and shipped.
    Release,
    /// Fast to build, with names in stack traces.
    Dev,
}

impl Kind {
    fn profile(self) -> &'static str {
        match self {
            Kind::Release => "page",
            Kind::Dev => "dev",
        }
    }

    /// What cutting the page into modules needs: marks where to cut, and where each function is named.
    fn extra(self) -> &'static [&'static str] {
        match self {
            Kind::Release => &["--features", "split", "--", "-Clink-arg=--emit-relocs"],
            Kind::Dev => &[],
        }
    }

    /// Where cargo puts what this profile makes.
    fn folder(self) -> &'static str {
        match self {
            Kind::Release => "page",
            Kind::Dev => "debug",
        }
    }
}

/// What the JavaScript and the wasm of the page are called.
const NAME: &str = "sockscope";

/// Raise it when the steps below change, so that old pages are built again.
const RECIPE: u32 = 5;

/// Builds the page and prints each step with its time, and the size of the wasm at the end.
pub(crate) fn build(workspace: &Workspace, kind: Kind) -> Result<()> {
    requirements::wasm_target()?;
    let wasm = timed("compile", || compile(workspace, kind))?;
    let web = workspace.root.join("web");
    let dist = web.join("dist");
    let made_from = hash_inputs(&wasm, &web.join("static"), kind)?;
    let stamp = workspace.target.join("page.stamp");
    let is_intact = fs::read_to_string(&stamp).is_ok_and(|old| old == seal(made_from, &dist));
    if is_intact {
        println!("page: unchanged");
    } else {
        let fresh = web.join(".dist-new");
        empty_folder(&fresh)?;
        let first = match kind {
            Kind::Release => timed("split", || split::split(&wasm, &fresh, &format!("{NAME}.js")))?,
            // Names and line numbers are worth more than the time of loading.
            Kind::Dev => wasm,
        };
        timed("bindgen", || bind(&first, &fresh, kind))?;
        copy_static(&web.join("static"), &fresh)?;
        split::ask_early(&fresh)?;
        offline::name_build(&fresh, kind)?;
        // What an unfinished or foreign build left is not trusted: only a page that our stamp vouches for is reused.
        let reusable = fs::read_to_string(&stamp).is_ok_and(|old| vouches_for(&old, &dist));
        let old = reusable.then_some(dist.as_path());
        timed("compress", || siblings::write(&fresh, old, kind))?;
        swap(&fresh, &dist)?;
        fs::write(&stamp, seal(made_from, &dist)).context("the stamp of the page was not written")?;
    }
    print_sizes(&dist)
}

fn timed<T>(step: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("page: {step} …");
    let start = Instant::now();
    let done = work()?;
    println!("page: {step}, {:.1} s", start.elapsed().as_secs_f64());
    Ok(done)
}

fn compile(workspace: &Workspace, kind: Kind) -> Result<PathBuf> {
    let status = cargo()
        .args(["rustc", "--package", "web", "--bin", "web"])
        .args(["--target", WASM, "--profile", kind.profile()])
        .args(kind.extra())
        .current_dir(&workspace.root)
        .status()
        .context("cargo could not be started")?;
    if !status.success() {
        bail!("the page does not compile: cargo's message is above");
    }
    Ok(workspace.target.join(WASM).join(kind.folder()).join("web.wasm"))
}

fn bind(wasm: &Path, into: &Path, kind: Kind) -> Result<()> {
    Bindgen::new()
        .input_path(wasm)
        .out_name(NAME)
        .web(true)?
        // Without it the page could not call `init()` with no argument.
        .omit_default_module_path(false)
        .remove_name_section(kind == Kind::Release)
        .keep_debug(kind == Kind::Dev)
        // The modules that come later use what the first one exports under these names.
        .keep_lld_exports(kind == Kind::Release)
        .demangle(kind == Kind::Dev)
        .typescript(false)
        .generate(into)
        .context("wasm-bindgen refused the page's wasm")
}

/// The folder of style sheets that belong to a part of the page each; they follow the page's own in one file.
const SHEETS: &str = "css";

fn copy_static(from: &Path, to: &Path) -> Result<()> {
    let (sheets, files): (Vec<_>, Vec<_>) =
        siblings::files_under(from)?.into_iter().partition(|file| Path::new(file).starts_with(SHEETS));
    for file in files {
        let target = to.join(&file);
        if target.exists() {
            bail!("web/static/{} has the name of a file that the build makes: rename it", file.display());
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from.join(&file), target)?;
    }
    let mut style = OpenOptions::new().append(true).create(true).open(to.join("style.css"))?;
    for sheet in sheets {
        style.write_all(&read(&from.join(sheet))?)?;
    }
    Ok(())
}

/// Everything that the page is made from.
fn hash_inputs(wasm: &Path, statics: &Path, kind: Kind) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    // The version of wasm-bindgen is in the wasm itself.
    (RECIPE, kind.profile()).hash(&mut hasher);
    read(wasm)?.hash(&mut hasher);
    hash_folder(statics, &mut hasher).context("web/static, the folder of the page's plain files, cannot be read")?;
    Ok(hasher.finish())
}

/// What a stamp says of a page: what it was made from, and what it holds.
fn seal(made_from: u64, dist: &Path) -> String {
    format!("{made_from:016x} {}", contents(dist))
}

/// Whether a stamp speaks of the files that are there now.
fn vouches_for(stamp: &str, dist: &Path) -> bool {
    stamp.split_once(' ').is_some_and(|(_, held)| held == contents(dist))
}

fn contents(dist: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    match hash_folder(dist, &mut hasher) {
        Ok(()) => format!("{:016x}", hasher.finish()),
        Err(_) => "nothing".to_owned(),
    }
}

fn hash_folder(folder: &Path, hasher: &mut DefaultHasher) -> Result<()> {
    for file in siblings::files_under(folder)? {
        file.hash(hasher);
        read(&folder.join(&file))?.hash(hasher);
    }
    Ok(())
}

/// Puts the new page where the old one was. Between the two renames there is no page for an instant: nothing that
/// serves one reads this folder while it runs.
fn swap(fresh: &Path, dist: &Path) -> Result<()> {
    let old = dist.with_file_name(".dist-old");
    remove_folder(&old)?;
    if dist.exists() {
        fs::rename(dist, &old).context("the old page could not be moved aside")?;
    }
    fs::rename(fresh, dist).context("the new page could not be put in place")?;
    remove_folder(&old)
}

fn empty_folder(folder: &Path) -> Result<()> {
    remove_folder(folder)?;
    fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
    }
    Ok(())
}

fn print_sizes(dist: &Path) -> Result<()> {
    let (mut raw, mut brotli) = (0, 0);
    for file in
        siblings::files_under(dist)?.into_iter().filter(|file| file.extension().is_some_and(|end| end == "wasm"))
    {
        let wasm = dist.join(&file);
        let sizes = [read(&wasm)?.len(), read(&siblings::sibling(&wasm, "br"))?.len()];
        (raw, brotli) = (raw + sizes[0], brotli + sizes[1]);
        println!("page: {}: {}, brotli {}", file.display(), kilobytes(sizes[0]), kilobytes(sizes[1]));
    }
    println!("page: all wasm {}, brotli {}", kilobytes(raw), kilobytes(brotli));
    Ok(())
}

fn kilobytes(bytes: usize) -> String {
    format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100)
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("{} cannot be read", file.display()))
}
