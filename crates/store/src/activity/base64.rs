//! Base64 of RFC 4648 section 4, strict: what is not exactly one writing of some bytes is none.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes as text.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().enumerate().fold(0u32, |sum, (n, byte)| sum | u32::from(*byte) << (16 - 8 * n));
        for n in 0..4 {
            if n > chunk.len() {
                out.push('=');
            } else {
                out.push(char::from(ALPHABET[(group >> (18 - 6 * n) & 63) as usize]));
            }
        }
    }
    out
}

/// Text as bytes; `None` when it is not the one way to write them.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for group in text.as_bytes().chunks(4) {
        let plain = group.iter().take_while(|byte| **byte != b'=').count();
        let mut sum = 0u32;
        for (n, byte) in group.iter().take(plain).enumerate() {
            let value = ALPHABET.iter().position(|known| known == byte)?;
            sum |= u32::try_from(value).ok()? << (18 - 6 * n);
        }
        out.extend_from_slice(&sum.to_be_bytes()[1..plain.max(1)]);
    }
    (encode(&out) == text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_rfc_and_nothing_else() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in ["Zg", "Zg=", "Zh==", "Z===", "Zm9v=", "Zm 9v", "===="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
