//! The Sockscope page.
//!
//! [`app`] is the page as a value, [`view`] turns it into pictures and words, and `browser` (wasm only) is the one room that
//! touches the browser.

pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod browser;
pub mod catalogue;
pub mod view;
