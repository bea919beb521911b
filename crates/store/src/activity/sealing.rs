//! Text that is destroyed by destroying its key: ChaCha20-Poly1305 (RFC 8439) under a key of its own.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// Class of the keys that blind the content of the log's rows; the subject is the period.
pub const LOG_CLASS: &str = "activity";
/// Class of the keys of tips; the subject is the obligation.
pub const TIP_CLASS: &str = "tip";
/// Class of flags: nothing of them is sealed, what names people is overwritten.
pub const FLAG_CLASS: &str = "flag";
/// Class of the keys of breach cases; the subject is the obligation.
pub const CASE_CLASS: &str = "breach";

fn key_of(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

/// The nonce, then the sealed text.
pub(crate) fn seal(key: &[u8; 32], nonce: [u8; NONCE_LEN], text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.as_bytes().to_vec();
    key_of(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut bytes)
        .ok()?;
    Some([&nonce[..], &bytes].concat())
}

/// The text again; `None` when it is not what was sealed with this key.
pub(crate) fn unseal(key: &[u8; 32], sealed: &[u8]) -> Option<String> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let mut text = text.to_vec();
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let plain = key_of(key)?.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
    String::from_utf8(plain.to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_bytes_give_the_text_again() {
        let sealed = seal(&[1; 32], [2; NONCE_LEN], "what was seen").unwrap();
        assert_eq!(unseal(&[1; 32], &sealed).as_deref(), Some("what was seen"));
        assert_eq!(unseal(&[3; 32], &sealed), None);
        let mut other = sealed.clone();
        other[20] ^= 1;
        assert_eq!(unseal(&[1; 32], &other), None);
        assert_eq!(unseal(&[1; 32], &sealed[..8]), None);
    }
}
