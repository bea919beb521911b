//! Text as it stands in an address (RFC 3986 section 2).

/// Percent-encoded, byte by byte, but for the unreserved characters (RFC 3986 2.3) and those `kept`.
#[must_use]
pub fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn what_is_not_kept_is_encoded_byte_by_byte() {
        assert_eq!(percent_encoded("a-._~9", b""), "a-._~9");
        assert_eq!(percent_encoded("é|b c", b"|"), "%C3%A9|b%20c");
        assert_eq!(percent_encoded("|%&", b""), "%7C%25%26");
    }
}
