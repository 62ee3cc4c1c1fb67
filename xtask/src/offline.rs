//! What makes a page of files: its build's name in the files that need it, and a copy of it for any server.
//!
//! Absent on purpose: the compressed siblings among the files that are kept offline. A browser keeps what it has unpacked.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::page::Kind;
use crate::siblings::files_under;

/// The script that keeps the page. It stands in no list, because a browser asks for it by itself.
const KEEPER: &str = "service-worker.js";

/// The page that shows how to embed the simulator, and the module that it uses: nobody needs them offline.
const EXAMPLE: [&str; 3] = ["embed.html", "embed.js", "sockscope_embed.js"];

/// What the page's head says of its build until it is made.
const UNNAMED: &str = "data-build=\"dev\"";

/// Names the build in the page and in the script that keeps it, and lists the files to keep.
pub(crate) fn name_build(page: &Path, kind: Kind) -> Result<()> {
    let mut files = Vec::new();
    let mut hasher = DefaultHasher::new();
    for file in files_under(page)? {
        fs::read(page.join(&file))?.hash(&mut hasher);
        let name = file.to_str().context("a file of the page has a name that is no text")?.replace('\\', "/");
        if name != KEEPER && !EXAMPLE.contains(&name.as_str()) {
            files.push(name);
        }
    }
    files.hash(&mut hasher);
    let build = format!("{:016x}", hasher.finish());
    let keeper = page.join(KEEPER);
    let script = fs::read_to_string(&keeper).with_context(|| format!("web/static/{KEEPER} cannot be read"))?;
    let list = serde_json::to_string(&files)?;
    fs::write(&keeper, format!("const BUILD = \"{build}\";\nconst FILES = {list};\n{script}"))?;
    if kind == Kind::Dev {
        // A page that is being worked on is not kept.
        return Ok(());
    }
    let index = page.join("index.html");
    let html = fs::read_to_string(&index)?;
    if !html.contains(UNNAMED) {
        bail!("web/static/index.html must say {UNNAMED}: the name of the build goes there");
    }
    fs::write(&index, html.replace(UNNAMED, &format!("data-build=\"{build}\"")))?;
    Ok(())
}

/// Copies the page into a folder that any server of files can give.
pub(crate) fn copy_page(dist: &Path, to: &Path) -> Result<()> {
    let is_empty = !to.exists() || fs::read_dir(to)?.next().is_none();
    if !is_empty && !to.join(KEEPER).is_file() {
        bail!("{} has files that are not of an earlier page: name an empty folder", to.display());
    }
    for file in files_under(dist)? {
        let target = to.join(&file);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::copy(dist.join(&file), &target).with_context(|| format!("{} cannot be written", target.display()))?;
    }
    println!("page: copied to {}; any server of files can give it, in any folder of its own", to.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> tempfile::TempDir {
        let page = tempfile::tempdir().expect("a folder can be made");
        let write = |name: &str, text: &str| fs::write(page.path().join(name), text).expect("it can be written");
        write("index.html", "<html lang=\"en\" data-build=\"dev\">");
        write(KEEPER, "// keeps\n");
        write("embed.js", "");
        write("sockscope.js", "1");
        page
    }

    #[test]
    fn a_build_has_a_name_and_a_list_of_its_files() {
        let read =
            |page: &tempfile::TempDir, name: &str| fs::read_to_string(page.path().join(name)).expect("it is there");
        let one = page();
        name_build(one.path(), Kind::Release).expect("it can be named");
        let keeper = read(&one, KEEPER);
        assert!(keeper.contains("const FILES = [\"index.html\",\"sockscope.js\"];\n// keeps"), "{keeper}");
        let name = keeper.split('"').nth(1).expect("it has a name").to_owned();
        assert_eq!(read(&one, "index.html"), format!("<html lang=\"en\" data-build=\"{name}\">"));
        let other = page();
        fs::write(other.path().join("sockscope.js"), "2").expect("it can be written");
        name_build(other.path(), Kind::Release).expect("it can be named");
        assert!(!read(&other, KEEPER).contains(&name), "another build has another name");
        let dev = page();
        name_build(dev.path(), Kind::Dev).expect("it can be named");
        assert!(read(&dev, "index.html").contains(UNNAMED), "a page that is being worked on is not kept");
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let to = tempfile::tempdir().expect("a folder can be made");
        copy_page(page().path(), &to.path().join("deep/lab")).expect("a new folder takes it");
        copy_page(page().path(), &to.path().join("deep/lab")).expect("so does one with an earlier page");
        fs::write(to.path().join("thesis.txt"), "mine").expect("it can be written");
        assert!(copy_page(page().path(), to.path()).is_err());
    }
}
