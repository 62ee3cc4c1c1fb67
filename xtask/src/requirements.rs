//! What must be on the machine beyond Rust: the wasm target to build the page; Chromium, its driver, a Chinese font
//! and Python with its virtual environments to test it. Firefox and its driver are had where they can be: without them the
//! tests in Firefox are skipped.
//!
//! Installed where we may (rustup; apt as root or with a sudo that asks nothing), otherwise one sentence says which
//! command to run. Absent: downloads of our own; everything comes from the system's package manager, rustup or cargo.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::workspace::{WASM, Workspace, cargo, find_program};

/// Makes sure that rustc can compile for the page.
pub(crate) fn wasm_target() -> Result<()> {
    if wasm_target_is_installed() {
        return Ok(());
    }
    println!("Rust cannot compile for {WASM} yet: running `rustup target add {WASM}`");
    let added = Command::new("rustup").args(["target", "add", WASM]).status();
    if added.is_ok_and(|status| status.success()) && wasm_target_is_installed() {
        return Ok(());
    }
    bail!(
        "the Rust target {WASM} is missing and rustup could not add it: run `rustup target add {WASM}` with a network, \
         or install the rust-std for it that your distribution ships, and repeat"
    )
}

fn wasm_target_is_installed() -> bool {
    let answer = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    answer.is_ok_and(|answer| Path::new(String::from_utf8_lossy(&answer.stdout).trim()).is_dir())
}

/// What the browser tests need, by the Debian package that brings it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tool {
    Chromium,
    Driver,
    ChineseFont,
    Python,
    PythonEnvironments,
}

impl Tool {
    const ALL: [Tool; 5] = [Tool::Chromium, Tool::Driver, Tool::ChineseFont, Tool::Python, Tool::PythonEnvironments];

    fn package(self) -> &'static str {
        match self {
            Tool::Chromium => "chromium",
            Tool::Driver => "chromium-driver",
            Tool::ChineseFont => "fonts-noto-cjk",
            Tool::Python => "python3",
            Tool::PythonEnvironments => "python3-venv",
        }
    }

    fn is_present(self) -> bool {
        match self {
            // The names that the driver itself looks for.
            Tool::Chromium => ["chromium", "chromium-browser", "google-chrome", "chrome"]
                .into_iter()
                .any(|name| find_program(name).is_some()),
            Tool::Driver => {
                let driver = env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
                find_program(&driver).is_some()
            }
            Tool::ChineseFont => font_folders().iter().any(|folder| has_chinese_font(folder)),
            Tool::Python => find_program("python3").is_some(),
            Tool::PythonEnvironments => has_python_environments(),
        }
    }
}

/// Debian ships the means to make virtual environments apart from Python.
fn has_python_environments() -> bool {
    let mut asked = Command::new("python3");
    asked.args(["-c", "import ensurepip, venv"]).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}

/// How packages may be installed here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Apt {
    AsRoot,
    WithSudo,
    No,
}

/// Makes sure that the browser tests can run, and says what it installs.
pub(crate) fn browser_tools() -> Result<()> {
    let missing = missing_packages();
    if missing.is_empty() {
        println!("Chromium, its driver, a Chinese font and Python are here");
        return Ok(());
    }
    let apt = apt();
    if apt == Apt::No {
        bail!("{}", what_to_run(&missing));
    }
    println!("Installing {} (about a minute)", missing.join(", "));
    install(apt, &missing);
    // Presence decides, not apt's exit status: it also fails for packages that are not ours.
    let missing = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("apt-get did not bring everything; {}", what_to_run(&missing))
}

/// The version of Firefox's driver, which is built from source once, in less than a minute.
const GECKODRIVER: &str = "0.37.1";

/// Brings Firefox and its driver where that is possible, and says so where it is not.
pub(crate) fn firefox(workspace: &Workspace) {
    // Debian's name for it. Elsewhere whoever wants it installs it.
    if !has_firefox() && apt() != Apt::No {
        println!("Installing firefox-esr (about a minute)");
        install(apt(), &["firefox-esr"]);
    }
    if !has_firefox() {
        println!("There is no Firefox here: the tests in Firefox will be skipped");
        return;
    }
    let folder = workspace.target.join("geckodriver");
    if folder.join("bin/geckodriver").is_file() {
        return;
    }
    println!("Building geckodriver {GECKODRIVER} (about a minute)");
    let mut command = cargo();
    command.args(["install", "--quiet", "--debug", "--locked", "--version", GECKODRIVER, "geckodriver", "--root"]);
    let built = command.arg(&folder).env("CARGO_TARGET_DIR", folder.join("build")).stdin(Stdio::null()).status();
    if !built.is_ok_and(|status| status.success()) {
        println!("geckodriver could not be built: the tests in Firefox will be skipped");
    }
    // Half a gigabyte that nobody needs again; what cannot be removed does no harm.
    let _ = fs::remove_dir_all(folder.join("build"));
}

/// Where the tests look for it.
fn has_firefox() -> bool {
    ["/usr/lib/firefox-esr/firefox-esr", "/usr/lib/firefox/firefox", "/opt/firefox/firefox"]
        .into_iter()
        .any(|path| Path::new(path).is_file())
}

fn missing_packages() -> Vec<&'static str> {
    Tool::ALL.into_iter().filter(|tool| !tool.is_present()).map(Tool::package).collect()
}

fn what_to_run(missing: &[&str]) -> String {
    let packages = missing.join(" ");
    format!(
        "the browser tests need {packages}: run `sudo apt-get install {packages}` (or what your system calls them) and \
         repeat, or leave the browser out with `cargo xtask test --quick`"
    )
}

fn apt() -> Apt {
    if find_program("apt-get").is_none() {
        return Apt::No;
    }
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0) {
        return Apt::AsRoot;
    }
    let silent_sudo = Command::new("sudo")
        .args(["-n", "true"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if silent_sudo { Apt::WithSudo } else { Apt::No }
}

fn install(apt: Apt, packages: &[&str]) {
    let install = ["install", "-y", "--no-install-recommends"];
    let install = [&install[..], packages].concat();
    apt_get(apt, &["update"]);
    if !apt_get(apt, &install) {
        // Another run of apt may have been cut off half-way: mend that, then once more.
        apt_get(apt, &["-f", "install", "-y"]);
        apt_get(apt, &install);
    }
}

fn apt_get(apt: Apt, args: &[&str]) -> bool {
    let line = apt_line(apt, args);
    println!("$ {}", line.join(" "));
    let status = Command::new(&line[0]).args(&line[1..]).stdin(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn apt_line(apt: Apt, args: &[&str]) -> Vec<String> {
    let sudo: &[&str] = if apt == Apt::WithSudo { &["sudo", "-n"] } else { &[] };
    // Waits for a run of apt that is under way instead of failing on its lock.
    let start = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"];
    let lock = ["-o", "DPkg::Lock::Timeout=300"];
    [sudo, &start, &lock, args].concat().iter().map(|word| (*word).to_owned()).collect()
}

fn font_folders() -> Vec<PathBuf> {
    let mut folders = vec![
        PathBuf::from("/usr/share/fonts"),
        PathBuf::from("/usr/local/share/fonts"),
        PathBuf::from("/System/Library/Fonts"),
    ];
    if let Some(home) = env::var_os("HOME") {
        folders.push(Path::new(&home).join(".fonts"));
        folders.push(Path::new(&home).join(".local/share/fonts"));
    }
    folders
}

/// Any of the usual families will do: without one, every Chinese character in a screenshot is an empty box.
fn has_chinese_font(folder: &Path) -> bool {
    const FAMILIES: [&str; 6] = ["cjk", "wqy", "sourcehan", "notosanssc", "pingfang", "droidsansfallback"];
    let Ok(entries) = fs::read_dir(folder) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().to_lowercase();
        if path.is_dir() { has_chinese_font(&path) } else { FAMILIES.iter().any(|family| name.contains(family)) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apt_is_called_without_questions_and_with_sudo_only_where_needed() {
        let line = apt_line(Apt::AsRoot, &["install", "-y", "chromium"]).join(" ");
        assert!(line.starts_with("env DEBIAN_FRONTEND=noninteractive apt-get"), "{line}");
        assert!(line.ends_with("install -y chromium"), "{line}");
        let line = apt_line(Apt::WithSudo, &["update"]).join(" ");
        assert!(line.starts_with("sudo -n env"), "{line}");
    }

    #[test]
    fn the_sentence_names_the_command_to_run() {
        let sentence = what_to_run(&["chromium", "python3"]);
        assert!(sentence.contains("`sudo apt-get install chromium python3`"), "{sentence}");
    }

    #[test]
    fn a_chinese_font_is_found_by_its_file_name_at_any_depth() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("opentype/noto");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("DejaVuSans.ttf"), "").unwrap();
        assert!(!has_chinese_font(folder.path()));
        fs::write(deep.join("NotoSansCJK-Regular.ttc"), "").unwrap();
        assert!(has_chinese_font(folder.path()));
    }
}
