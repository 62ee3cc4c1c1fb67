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
    "_addresses" "_addresses.py",
    "_core" "core.py",
    "_dns" "_dns.py",
    "_socket_constants" "_socket_constants.py",
    "_socket_options" "_socket_options.py",
    "_stream" "_stream.py",
    "_twins" "_twins.py",
    "abc" "abc.py",
    "base64" "base64.py",
    "binascii" "binascii.py",
    "bisect" "bisect.py",
    "builtins" "builtins.py",
    "collections" "collections.py",
    "contextlib" "contextlib.py",
    "copy" "copy.py",
    "dataclasses" "dataclasses.py",
    "enum" "enum.py",
    "errno" "errno.py",
    "functools" "functools.py",
    "hashlib" "hashlib.py",
    "heapq" "heapq.py",
    "hmac" "hmac.py",
    "http" "http.py",
    "io" "io.py",
    "itertools" "itertools.py",
    "json" "json.py",
    "operator" "operator.py",
    "os" "os.py",
    "os_path" "os_path.py",
    "queue" "queue.py",
    "random" "random.py",
    "select" "select.py",
    "selectors" "selectors.py",
    "socket" "socket.py",
    "string" "string.py",
    "struct" "struct.py",
    "sys" "sys.py",
    "textwrap" "textwrap.py",
    "threading" "threading.py",
    "time" "time.py",
    "typing" "typing.py",
}
