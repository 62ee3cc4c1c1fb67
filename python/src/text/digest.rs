//! Digests behind one table, for `hashlib` and `hmac`. Absent: blake2, sha3, what OpenSSL adds; digests that are fed in parts
//! (a hash object keeps its bytes and digests all of them when asked).

use md5::Digest as _;

/// A digest algorithm.
pub struct Algorithm {
    /// As `hashlib` names it.
    pub name: &'static str,
    /// Bytes of a digest.
    pub size: usize,
    /// Bytes of a block.
    pub block: usize,
    /// Digests bytes.
    pub digest: fn(&[u8]) -> Vec<u8>,
}

/// All that there are.
pub static ALGORITHMS: [Algorithm; 6] = [
    Algorithm { name: "md5", size: 16, block: 64, digest: |bytes| md5::Md5::digest(bytes).to_vec() },
    Algorithm { name: "sha1", size: 20, block: 64, digest: |bytes| sha1::Sha1::digest(bytes).to_vec() },
    Algorithm { name: "sha224", size: 28, block: 64, digest: |bytes| sha2::Sha224::digest(bytes).to_vec() },
    Algorithm { name: "sha256", size: 32, block: 64, digest: |bytes| sha2::Sha256::digest(bytes).to_vec() },
    Algorithm { name: "sha384", size: 48, block: 128, digest: |bytes| sha2::Sha384::digest(bytes).to_vec() },
    Algorithm { name: "sha512", size: 64, block: 128, digest: |bytes| sha2::Sha512::digest(bytes).to_vec() },
];

/// The algorithm of that name, in any case and with or without the dash.
pub fn find(name: &str) -> Option<&'static Algorithm> {
    let plain: String = name.to_ascii_lowercase().chars().filter(|c| *c != '-').collect();
    ALGORITHMS.iter().find(|algorithm| algorithm.name == plain)
}
