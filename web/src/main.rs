//! The page's WebAssembly. What it offers is in the library's browser room: `boot.js` opens the page, other pages embed the simulator.

fn main() {
    // Whatever is exported is in the library, which must be linked.
    #[cfg(target_arch = "wasm32")]
    use web as _;
    #[cfg(not(target_arch = "wasm32"))]
    {
        // A native build of the whole workspace builds this, too.
        let message = "The page runs in a browser: build it with `cargo xtask build`.";
        std::process::exit(match std::io::Write::write_all(&mut std::io::stderr(), message.as_bytes()) {
            Ok(()) | Err(_) => 2,
        });
    }
}
