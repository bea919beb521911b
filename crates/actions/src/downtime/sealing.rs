//! A pack sealed with a passphrase, so that any browser opens it with nothing else running: AES-256-GCM (NIST SP 800-38D)
//! under a key drawn by PBKDF2-HMAC-SHA-256 (RFC 8018), which is what WebCrypto has.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::pbkdf2::{PBKDF2_HMAC_SHA256, derive};
use std::num::NonZeroU32;

/// Rounds of PBKDF2 (OWASP Password Storage Cheat Sheet, 2023: 600,000 for SHA-256).
pub const ROUNDS: u32 = 600_000;
/// Characters of a passphrase at least. A pack can be tried by whoever has the file, for as long as they like.
pub const PASSPHRASE_CHARS: usize = 20;
/// Bytes of the salt.
const SALT_BYTES: usize = 16;

/// What was sealed, and what is needed beside the passphrase to open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Salt of the key.
    pub salt: [u8; SALT_BYTES],
    /// Nonce.
    pub nonce: [u8; NONCE_LEN],
    /// Sealed bytes with their tag.
    pub bytes: Vec<u8>,
}

/// Seals `plain`. `head` stands in the clear beside it and opens nothing when it was changed. `random` is used by nothing
/// else, so that no key and nonce come twice.
#[must_use]
pub fn seal(passphrase: &str, head: &[u8], plain: Vec<u8>, random: &[u8; 32]) -> Option<Sealed> {
    let salt: [u8; SALT_BYTES] = *random.first_chunk()?;
    let nonce: [u8; NONCE_LEN] = *random.last_chunk()?;
    let mut key = [0; 32];
    derive(PBKDF2_HMAC_SHA256, NonZeroU32::new(ROUNDS)?, &salt, passphrase.as_bytes(), &mut key);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?);
    let mut bytes = plain;
    let nonce_of = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce_of, Aad::from(head), &mut bytes).ok()?;
    Some(Sealed { salt, nonce, bytes })
}

/// What was sealed; `None` with another passphrase, another head, or changed bytes.
#[must_use]
pub fn open(passphrase: &str, head: &[u8], sealed: &Sealed) -> Option<Vec<u8>> {
    let mut key = [0; 32];
    derive(PBKDF2_HMAC_SHA256, NonZeroU32::new(ROUNDS)?, &sealed.salt, passphrase.as_bytes(), &mut key);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).ok()?);
    let mut bytes = sealed.bytes.clone();
    let nonce = Nonce::assume_unique_for_key(sealed.nonce);
    let plain = key.open_in_place(nonce, Aad::from(head), &mut bytes).ok()?;
    Some(plain.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h66_only_the_passphrase_opens_a_pack_and_nothing_in_it_can_be_changed() {
        let sealed =
            seal("a long enough passphrase", b"6N 13:20", b"who is here".to_vec(), &[7; 32]).expect("sealed");
        assert_eq!(
            open("a long enough passphrase", b"6N 13:20", &sealed).as_deref(),
            Some(&b"who is here"[..])
        );
        assert_eq!(open("another passphrase", b"6N 13:20", &sealed), None);
        assert_eq!(open("a long enough passphrase", b"6N 13:35", &sealed), None, "its time is bound to it");
        let mut changed = sealed.clone();
        changed.bytes[0] ^= 1;
        assert_eq!(open("a long enough passphrase", b"6N 13:20", &changed), None);
        let other =
            seal("a long enough passphrase", b"6N 13:20", b"who is here".to_vec(), &[8; 32]).expect("sealed");
        assert_ne!(sealed.bytes, other.bytes);
    }
}
