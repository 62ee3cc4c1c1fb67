//! The page's files: embedded from `web/dist`, each with the compressed siblings that the build
//! made, chosen by what the client accepts.
//!
//! Absent: compressing (the build does it once) and directory listings. A name is looked up, never
//! walked, so there is no path to escape from.

use crate::gate::{Check, Refusal};
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap};
use hyper::{Response, StatusCode};
use std::borrow::Cow;

/// One file, and a hash of its bytes for the ETag.
pub struct Asset {
    /// The bytes.
    pub bytes: Cow<'static, [u8]>,
    /// Any hash that changes with them.
    pub hash: [u8; 32],
}

/// Where the page's files come from.
pub trait Page: Send + Sync {
    /// The file of this name, such as `index.html` or `app.wasm.br`.
    fn file(&self, name: &str) -> Option<Asset>;
}

/// The page that is built into this binary (in debug builds: read from `web/dist`).
#[derive(Clone, Copy, Debug)]
pub struct Embedded;

#[derive(rust_embed::RustEmbed)]
#[folder = "../web/dist"]
struct Files;

impl Page for Embedded {
    fn file(&self, name: &str) -> Option<Asset> {
        let file = Files::get(name)?;
        Some(Asset { hash: file.metadata.sha256_hash(), bytes: file.data })
    }
}

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sockscope</title>\
<h1>Sockscope</h1><p>The relay runs, but this binary was made before the page was. \
Run <code>cargo xtask build</code>, then start it again.</p>";

/// The answer to GET of a path; nothing when no file has this name.
pub(crate) fn serve(page: &dyn Page, path: &str, headers: &HeaderMap) -> Result<Response<Full<Bytes>>, Refusal> {
    let name = if path == "/" { "index.html" } else { path.trim_start_matches('/') };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let safe = name.chars().all(plain) && !name.contains("..") && !name.contains("//");
    let sibling = name.ends_with(".br") || name.ends_with(".gz");
    match page.file(name).filter(|_| safe && !sibling) {
        Some(asset) => Ok(answer(page, name, asset, headers)),
        None if path == "/" => Ok(not_built()),
        None => Err(Refusal::new(Check::Path, StatusCode::NOT_FOUND, "Nothing has this address; the page is at /.")),
    }
}

fn answer(page: &dyn Page, name: &str, plain: Asset, headers: &HeaderMap) -> Response<Full<Bytes>> {
    let accepted = |(encoding, _): &(&str, &str)| accepts(headers, encoding);
    let mut encodings = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(accepted);
    let chosen = encodings
        .find_map(|(encoding, ending)| page.file(&format!("{name}{ending}")).map(|asset| (Some(encoding), asset)));
    let (encoding, asset) = chosen.unwrap_or((None, plain));
    let etag: String = asset.hash[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let mut response = Response::builder()
        .header(header::ETAG, &etag)
        .header(header::VARY, "Accept-Encoding")
        // Ask each time: the answer is 304 until the binary changes.
        .header(header::CACHE_CONTROL, "no-cache");
    if matches_etag(headers, &etag) {
        response = response.status(StatusCode::NOT_MODIFIED);
        return response.body(Full::default()).expect("every header of an answer is well formed");
    }
    if let Some(encoding) = encoding {
        response = response.header(header::CONTENT_ENCODING, encoding);
    }
    let body = match asset.bytes {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    };
    let response = response.header(header::CONTENT_TYPE, content_type(name));
    response.body(Full::new(body)).expect("every header of an answer is well formed")
}

fn not_built() -> Response<Full<Bytes>> {
    let response = Response::builder()
        .header(header::CONTENT_TYPE, content_type("index.html"))
        .header(header::CACHE_CONTROL, "no-store");
    response.body(Full::from(NOT_BUILT)).expect("every header of an answer is well formed")
}

/// RFC 9110, 12.5.3: listed, and not with a weight of zero.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING);
    let mut items = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    items.any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.parse::<f32>().ok());
        named && weight.is_none_or(|weight| weight > 0.0)
    })
}

fn matches_etag(headers: &HeaderMap, etag: &str) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH);
    let mut items = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    // A proxy that compresses makes the tag weak.
    items.any(|item| item.trim() == "*" || item.trim().trim_start_matches("W/") == etag)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
