//! The mask of a client's payload (RFC 6455, 5.3): in place, eight bytes at a time, which the compiler makes into as many as the
//! processor has. Absent: alignment by hand; unaligned loads cost nothing where this runs.

/// Removes the mask, or puts it on.
pub(crate) fn apply(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let mut words = bytes.chunks_exact_mut(8);
    for word in &mut words {
        let masked = u64::from_ne_bytes(word.try_into().expect("a chunk has eight bytes"));
        word.copy_from_slice(&(masked ^ wide).to_ne_bytes());
    }
    for (byte, key) in words.into_remainder().iter_mut().zip(key.into_iter().cycle()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[test]
    fn each_byte_meets_the_key_of_its_place() {
        for length in 0..70 {
            let key = [0x37, 0xfa, 0x21, 0x3d];
            let plain: Vec<u8> = (0..length).map(|byte| byte * 3).collect();
            let mut masked = plain.clone();
            apply(&mut masked, key);
            let expected: Vec<u8> = plain.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]).collect();
            assert_eq!(masked, expected);
        }
    }
}
