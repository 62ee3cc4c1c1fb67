//! Makes `web/dist`, where the built page lies, so that the relay compiles before the page is built.
//! Building the page is not done here: that is `cargo xtask build`.

fn main() {
    let dist = "../web/dist";
    if let Err(error) = std::fs::create_dir_all(dist) {
        println!("cargo::error=cannot make the folder {dist} for the built page: {error}");
    }
    println!("cargo::rerun-if-changed={dist}");
}
