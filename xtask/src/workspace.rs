//! Where things are (the checkout, the target directory, the members) and how cargo is called.
//!
//! Cargo is asked rather than guessed at: the target directory may be anywhere. Nothing is written here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The target that the page is compiled for.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The checkout that this run works on.
pub(crate) struct Workspace {
    /// The folder that holds the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it makes.
    pub(crate) target: PathBuf,
    /// The members, in the order of their names.
    pub(crate) members: Vec<Member>,
}

/// One crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its folder, relative to the root.
    pub(crate) folder: PathBuf,
    /// Direct dependencies of every kind.
    pub(crate) dependencies: Vec<String>,
    pub(crate) targets: Vec<Target>,
}

/// One target of a crate, as cargo knows it.
pub(crate) struct Target {
    pub(crate) name: String,
    /// `lib`, `bin`, `test`…
    pub(crate) kind: String,
    pub(crate) source: PathBuf,
}

impl Workspace {
    /// Asks cargo about the checkout that `cargo xtask` was called in.
    pub(crate) fn find() -> Result<Workspace> {
        let output = cargo()
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cargo could not be started")?;
        if !output.status.success() {
            bail!("cargo does not understand the workspace: its message is above");
        }
        let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata gave no JSON")?;
        Workspace::from_metadata(&metadata).context("cargo metadata lacks a field")
    }

    fn from_metadata(metadata: &Value) -> Option<Workspace> {
        let root = PathBuf::from(metadata["workspace_root"].as_str()?);
        let mut members = metadata["packages"]
            .as_array()?
            .iter()
            .map(|package| Member::from_metadata(package, &root))
            .collect::<Option<Vec<_>>>()?;
        members.sort_by(|a, b| a.name.cmp(&b.name));
        let target = PathBuf::from(metadata["target_directory"].as_str()?);
        Some(Workspace { root, target, members })
    }

    /// The member called `name`, where there is one.
    pub(crate) fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

impl Member {
    fn from_metadata(package: &Value, root: &Path) -> Option<Member> {
        let manifest = Path::new(package["manifest_path"].as_str()?);
        let dependencies = package["dependencies"].as_array()?.iter();
        let targets = package["targets"].as_array()?.iter();
        Some(Member {
            name: package["name"].as_str()?.to_owned(),
            folder: manifest.parent()?.strip_prefix(root).ok()?.to_owned(),
            dependencies: dependencies
                .map(|dependency| Some(dependency["name"].as_str()?.to_owned()))
                .collect::<Option<_>>()?,
            targets: targets
                .map(|target| {
                    Some(Target {
                        name: target["name"].as_str()?.to_owned(),
                        kind: target["kind"][0].as_str()?.to_owned(),
                        source: PathBuf::from(target["src_path"].as_str()?),
                    })
                })
                .collect::<Option<_>>()?,
        })
    }
}

/// The cargo that runs us, so that a nested call has the same toolchain.
pub(crate) fn cargo() -> Command {
    Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The first file called `name` on the search path; a name with a slash is a path already.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return Some(PathBuf::from(name)).filter(|path| path.is_file());
    }
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
