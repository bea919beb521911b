//! What was sent is kept sealed (ChaCha20-Poly1305, RFC 8439). The nonce follows from the bytes and the key, so that the same
//! bytes give the same seal and two that differ never share one.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;

/// Key under which what was sent is kept.
#[derive(Clone, Default)]
pub struct MailKey(pub [u8; 32]);

impl std::fmt::Debug for MailKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailKey")
    }
}

impl MailKey {
    fn derived(&self, what: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        let made = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), what);
        out.copy_from_slice(made.as_ref());
        out
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&CHACHA20_POLY1305, &self.derived(b"opor mailbox seal")).ok()?;
        Some(LessSafeKey::new(key))
    }

    /// The bytes, sealed; `None` when the machine cannot.
    pub(super) fn seal(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let names = hmac::Key::new(hmac::HMAC_SHA256, &self.derived(b"opor mailbox nonce"));
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&hmac::sign(&names, plain).as_ref()[..NONCE_LEN]);
        let mut sealed = plain.to_vec();
        let given = Nonce::assume_unique_for_key(nonce);
        self.cipher()?.seal_in_place_append_tag(given, Aad::empty(), &mut sealed).ok()?;
        let mut out = nonce.to_vec();
        out.append(&mut sealed);
        Some(out)
    }

    /// The bytes again; `None` when they were changed or the key is another.
    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut plain = sealed.to_vec();
        let length = self.cipher()?.open_in_place(nonce, Aad::empty(), &mut plain).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s042_what_is_sealed_opens_with_its_key_alone_and_unchanged() {
        let (key, other) = (MailKey([1; 32]), MailKey([2; 32]));
        let sealed = key.seal(b"a signed form").unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"signed"));
        assert_eq!(key.open(&sealed).as_deref(), Some(&b"a signed form"[..]));
        assert_eq!(sealed, key.seal(b"a signed form").unwrap());
        assert_eq!(other.open(&sealed), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&changed), None, "byte {at}");
        }
    }
}
