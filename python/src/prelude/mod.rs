//! The prelude: modules that are Python text of our own, whose frames are hidden.
//!
//! `_core` is what the machine itself goes on in; `builtins` is what programs see without importing it. A name that begins with an underscore
//! cannot be imported by programs.

macro_rules! modules {
    ($($name:literal $file:literal,)*) => {
        /// Names and texts.
        pub(crate) const MODULES: &[(&str, &str)] = &[$(($name, include_str!($file))),*];
    };
}

modules! {
    "io" "io.py",
    "_core" "core.py",
    "_twins" "_twins.py",
    "base64" "base64.py",
    "binascii" "binascii.py",
    "builtins" "builtins.py",
    "hashlib" "hashlib.py",
    "hmac" "hmac.py",
    "json" "json.py",
    "random" "random.py",
    "struct" "struct.py",
    "sys" "sys.py",
}
