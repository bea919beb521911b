//! Base64 (RFC 4648 section 4), as FHIR's `base64Binary` and FHIRPath's `encode` want it.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// With padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = (0..3).fold(0_usize, |all, n| all << 8 | chunk.get(n).copied().map_or(0, usize::from));
        for n in 0..4 {
            out.push(if n <= chunk.len() { char::from(ALPHABET[group >> (18 - 6 * n) & 63]) } else { '=' });
        }
    }
    out
}

/// Blanks within are left out; `None` when it is no base64.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let clean: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !clean.len().is_multiple_of(4) {
        return None;
    }
    let padding = clean.iter().rev().take_while(|byte| **byte == b'=').count();
    let digits = clean.get(..clean.len().checked_sub(padding)?).filter(|_| padding <= 2)?;
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut all = 0_u32;
        for n in 0..4 {
            let place = match group.get(n) {
                Some(byte) => ALPHABET.iter().position(|known| known == byte)?,
                None => 0,
            };
            all = all << 6 | u32::try_from(place).ok()?;
        }
        let [_, bytes @ ..] = all.to_be_bytes();
        out.extend_from_slice(bytes.get(..group.len() - 1)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foobar", "Zm9vYmFy"), ("s?_d", "cz9fZA==")]
        {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).as_deref(), Some(plain.as_bytes()), "{coded}");
        }
        assert_eq!(decode("Zm9v\n YmFy").as_deref(), Some(&b"foobar"[..]));
        for wrong in ["Z", "Zg=", "Zg===", "Z.==", "====", "Zm9é"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
