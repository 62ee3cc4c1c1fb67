//! The `.br` and `.gz` siblings of the page's files.
//!
//! Compression is the slow part of a small change, so a sibling is taken from the old page when the file it belongs to
//! did not change. Absent: siblings of images and fonts, which are compressed already.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::page::Kind;

/// What compresses well. The siblings themselves must not be among them.
const COMPRESSED: [&str; 10] = ["css", "html", "js", "json", "map", "mjs", "svg", "txt", "wasm", "webmanifest"];

/// Every file under `folder`, relative to it, in order.
pub(crate) fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        let here = folder.join(&relative);
        let entries = fs::read_dir(&here).with_context(|| format!("{} cannot be read", here.display()))?;
        for entry in entries {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// `file` with one more extension.
pub(crate) fn sibling(file: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Gives each file of the page in `fresh` its siblings, taking from `old` what is still right.
pub(crate) fn write(fresh: &Path, old: Option<&Path>, kind: Kind) -> Result<()> {
    let mut files = files_under(fresh)?;
    files.retain(|file| is_compressed(file));
    // The longest is taken first (from the end), so that no thread starts it when the others are done.
    files.sort_by_key(|file| fs::metadata(fresh.join(file)).map_or(0, |data| data.len()));
    let queue = Mutex::new(files);
    let next = || queue.lock().expect("no thread panics while it holds the queue").pop();
    let work = || -> Result<()> {
        while let Some(file) = next() {
            write_one(&fresh.join(&file), old.map(|old| old.join(&file)), kind)
                .with_context(|| format!("{} could not be compressed", file.display()))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.into_iter().try_for_each(|worker| worker.join().expect("compression does not panic"))
    })
}

fn is_compressed(file: &Path) -> bool {
    file.extension().is_some_and(|extension| COMPRESSED.iter().any(|known| extension == *known))
}

fn write_one(file: &Path, old: Option<PathBuf>, kind: Kind) -> Result<()> {
    let bytes = fs::read(file)?;
    let old = old.filter(|old| fs::read(old).is_ok_and(|before| before == bytes));
    if let Some(old) = old {
        let siblings = ["br", "gz"].map(|extension| sibling(&old, extension));
        if siblings.iter().all(|sibling| sibling.is_file()) {
            fs::copy(&siblings[0], sibling(file, "br"))?;
            fs::copy(&siblings[1], sibling(file, "gz"))?;
            return Ok(());
        }
    }
    fs::write(sibling(file, "br"), brotli(&bytes, kind)?)?;
    fs::write(sibling(file, "gz"), gzip(&bytes)?)?;
    Ok(())
}

fn brotli(bytes: &[u8], kind: Kind) -> Result<Vec<u8>> {
    let quality = if kind == Kind::Release { 11 } else { 5 };
    let params = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &bytes[..], &mut compressed, &params)?;
    Ok(compressed)
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn siblings_hold_the_same_bytes_and_images_have_none() {
        let page = tempfile::tempdir().unwrap();
        let text = "<p>hello!</p>".repeat(100);
        fs::create_dir(page.path().join("deep")).unwrap();
        fs::write(page.path().join("deep/index.html"), &text).unwrap();
        fs::write(page.path().join("logo.png"), "not text").unwrap();
        write(page.path(), None, Kind::Release).unwrap();

        let mut unpacked = Vec::new();
        let packed = fs::read(page.path().join("deep/index.html.br")).unwrap();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, text.as_bytes());

        let mut unpacked = String::new();
        let packed = fs::read(page.path().join("deep/index.html.gz")).unwrap();
        flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);

        assert!(!page.path().join("logo.png.br").exists());
    }

    #[test]
    fn a_sibling_is_taken_from_the_old_page_only_when_its_file_is_the_same() {
        let (old, fresh) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (file, before, now) in [("same.js", "1", "1"), ("other.js", "1", "2")] {
            fs::write(old.path().join(file), before).unwrap();
            fs::write(old.path().join(format!("{file}.br")), "old").unwrap();
            fs::write(old.path().join(format!("{file}.gz")), "old").unwrap();
            fs::write(fresh.path().join(file), now).unwrap();
        }
        write(fresh.path(), Some(old.path()), Kind::Release).unwrap();
        assert_eq!(fs::read(fresh.path().join("same.js.br")).unwrap(), b"old");
        assert_ne!(fs::read(fresh.path().join("other.js.br")).unwrap(), b"old");
    }
}
