//! The sockscope binary.
fn main() {}
