//! The page's entry: starts the browser's room. Everything else is in the library, where tests reach it.

fn main() {
    #[cfg(target_arch = "wasm32")]
    web::browser::start();
    #[cfg(not(target_arch = "wasm32"))]
    {
        // A native build of the whole workspace builds this, too.
        let message = "The page runs in a browser: build it with `cargo xtask build`.";
        std::process::exit(match std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes()) {
            Ok(()) | Err(_) => 2,
        });
    }
}
