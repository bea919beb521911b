//! Signed checkpoints: origin, size and root of the log as a signed note (C2SP tlog-checkpoint and signed-note, Ed25519).

use super::base64;
use super::tree::Hash;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest, Sha256};

/// Algorithm byte of Ed25519 in keys of signed notes.
const ED25519_BYTE: u8 = 1;
/// What a signature line begins with.
const SIGNED: &str = "\u{2014} ";

/// The log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Its rows.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64::encode(&self.root))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size.parse().ok()?,
            root: base64::decode(root)?.try_into().ok()?,
        };
        (lines.next().is_none() && checkpoint.text() == text && !origin.is_empty()).then_some(checkpoint)
    }
}

/// Why a checkpoint is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteProblem {
    /// Not a note with a checkpoint in it.
    #[error("this is no signed checkpoint; fetch it again as the log gives it")]
    Unreadable,
    /// Another key, or none of ours.
    #[error(
        "it is not signed with the key of {0}; ask the keeper of the log for the key, not whoever sent this"
    )]
    OtherKey(String),
    /// The signature is wrong.
    #[error("its signature does not fit its text: it was changed after it was signed")]
    BadSignature,
    /// Another log.
    #[error("it is a checkpoint of {0}, another log")]
    OtherLog(String),
    /// Not a key.
    #[error("this is no key of a log: name, key id and key, joined by +")]
    NoKey,
}

/// Signs checkpoints.
pub struct Signer {
    name: String,
    pair: Ed25519KeyPair,
}

/// Believes checkpoints of one log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    key: [u8; 32],
}

fn key_id(name: &str, key: &[u8]) -> [u8; 4] {
    let digest = Sha256::new()
        .chain_update(name.as_bytes())
        .chain_update([b'\n', ED25519_BYTE])
        .chain_update(key)
        .finalize();
    [digest[0], digest[1], digest[2], digest[3]]
}

impl Signer {
    /// The key of a log from its 32 secret bytes; the name is the log's origin.
    ///
    /// # Errors
    /// When the secret is no seed of a key.
    pub fn new(name: &str, secret: &[u8; 32]) -> Result<Self, NoteProblem> {
        let pair = Ed25519KeyPair::from_seed_unchecked(secret).map_err(|_| NoteProblem::NoKey)?;
        Ok(Self { name: name.to_owned(), pair })
    }

    /// A signed checkpoint of this log.
    #[must_use]
    pub fn sign(&self, size: u64, root: Hash) -> String {
        let text = Checkpoint { origin: self.name.clone(), size, root }.text();
        let verifier = self.verifier();
        let mut line = key_id(&verifier.name, &verifier.key).to_vec();
        line.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{SIGNED}{} {}\n", self.name, base64::encode(&line))
    }

    /// Who believes what this signs.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        Verifier { name: self.name.clone(), key }
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Display for Verifier {
    /// `name+key id+key`, as signed-note writes verifier keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let id: String = key_id(&self.name, &self.key).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut key = vec![ED25519_BYTE];
        key.extend_from_slice(&self.key);
        write!(f, "{}+{id}+{}", self.name, base64::encode(&key))
    }
}

impl std::str::FromStr for Verifier {
    type Err = NoteProblem;
    fn from_str(text: &str) -> Result<Self, NoteProblem> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteProblem::NoKey);
        };
        let key = base64::decode(key).ok_or(NoteProblem::NoKey)?;
        let Some((&ED25519_BYTE, key)) = key.split_first() else { return Err(NoteProblem::NoKey) };
        let verifier = Self { name: name.to_owned(), key: key.try_into().map_err(|_| NoteProblem::NoKey)? };
        // The key id is part of the text: a key under another name, or mistyped, is not taken.
        if verifier.to_string() == text.trim() { Ok(verifier) } else { Err(NoteProblem::NoKey) }
    }
}

impl Verifier {
    /// The checkpoint of a note, when this key signed it.
    ///
    /// # Errors
    /// [`NoteProblem`].
    pub fn check(&self, note: &str) -> Result<Checkpoint, NoteProblem> {
        let (text, signatures) = note.split_once("\n\n").ok_or(NoteProblem::Unreadable)?;
        let text = format!("{text}\n");
        let checkpoint = Checkpoint::parse(&text).ok_or(NoteProblem::Unreadable)?;
        let own = signatures.lines().filter_map(|line| {
            let (name, signature) = line.strip_prefix(SIGNED)?.split_once(' ')?;
            let bytes = base64::decode(signature)?;
            (name == self.name && bytes.starts_with(&key_id(&self.name, &self.key))).then_some(bytes)
        });
        let key = UnparsedPublicKey::new(&ED25519, &self.key);
        let mut found = false;
        for signature in own {
            found = true;
            if key.verify(text.as_bytes(), &signature[4..]).is_ok() {
                if checkpoint.origin != self.name {
                    return Err(NoteProblem::OtherLog(checkpoint.origin));
                }
                return Ok(checkpoint);
            }
        }
        Err(if found { NoteProblem::BadSignature } else { NoteProblem::OtherKey(self.name.clone()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_is_believed_with_its_key_and_as_it_was_signed() {
        let signer = Signer::new("records.example/activity", &[7; 32]).unwrap();
        let note = signer.sign(42, [9; 32]);
        let verifier: Verifier = signer.verifier().to_string().parse().unwrap();
        assert_eq!(verifier, signer.verifier());
        let checkpoint = verifier.check(&note).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (42, [9; 32]));
        assert_eq!(verifier.check(&note.replace("\n42\n", "\n43\n")), Err(NoteProblem::BadSignature));
        let other = Signer::new("records.example/activity", &[8; 32]).unwrap();
        assert!(matches!(other.verifier().check(&note), Err(NoteProblem::OtherKey(_))));
        assert_eq!(verifier.check("42"), Err(NoteProblem::Unreadable));
        let mut mistyped = verifier.to_string();
        mistyped.replace_range(0..1, "s");
        assert_eq!(mistyped.parse::<Verifier>(), Err(NoteProblem::NoKey));
    }
}
