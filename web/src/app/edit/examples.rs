//! The examples that come with the page: networks for the lessons, each a text of the scenario language.
//!
//! Absent on purpose: their titles and sentences (see `catalogue::gallery`).

/// An example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// Its name in links and files.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! examples {
    ($($name:literal)*) => {
        /// All examples, from the easiest on.
        pub const ALL: &[Example] = &[$(Example {
            name: $name,
            text: include_str!(concat!("../../../../sim-core/scenarios/", $name, ".net")),
        },)*];
    };
}

examples! {
    "hello" "udp" "switch" "router-chain" "boot" "nat-home" "ipv6" "router-mtu" "address-in-use" "lossy-bulk" "slow-reader" "nagle" "dumbbell"
}
