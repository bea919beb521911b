//! A file of sealed blocks: ChaCha20-Poly1305 (RFC 8439) under a key made of the key file and of the backup's own salt,
//! numbered, each bound to the first lines and to whether it is the last one. So a block that was changed, left out, put
//! elsewhere or cut off does not open.

use super::BackupProblem;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use sha2::{Digest as _, Sha256};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Bytes of a block before it is packed.
const BLOCK_BYTES: usize = 256 << 10;
/// What LZ4 may add to a block that does not pack, and the mark of its length.
const PACKED_BYTES: usize = BLOCK_BYTES + BLOCK_BYTES / 128 + 64;
/// Highest bit of a block's length: nothing follows.
const LAST: u32 = 1 << 31;
/// Bytes of a key file at least.
pub const KEY_BYTES: usize = 32;

/// The key of a backup, from the bytes of a key file.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Of a key file; `None` when it is shorter than [`KEY_BYTES`].
    #[must_use]
    pub fn of(file: &[u8]) -> Option<Self> {
        let bytes = file.trim_ascii();
        (bytes.len() >= KEY_BYTES).then(|| Self(bytes.to_vec()))
    }

    /// The key of one backup, and what tells whether it is the right one.
    pub(crate) fn with(&self, salt: &[u8; 32]) -> Option<(LessSafeKey, [u8; 8])> {
        let drawn = Salt::new(HKDF_SHA256, salt).extract(&self.0);
        let make = |what: &[u8]| -> Option<[u8; 32]> {
            let mut bytes = [0; 32];
            drawn.expand(&[what], HKDF_SHA256).ok()?.fill(&mut bytes).ok()?;
            Some(bytes)
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &make(b"opor backup: blocks")?).ok()?;
        let check = make(b"opor backup: check")?;
        Some((LessSafeKey::new(key), check.first_chunk().copied()?))
    }
}

fn nonce(block: u64) -> Nonce {
    let mut bytes = [0; NONCE_LEN];
    bytes[NONCE_LEN - 8..].copy_from_slice(&block.to_be_bytes());
    Nonce::assume_unique_for_key(bytes)
}

fn bound(head: &[u8; 32], is_last: bool) -> [u8; 33] {
    let mut bytes = [0; 33];
    bytes[..32].copy_from_slice(head);
    bytes[32] = u8::from(is_last);
    bytes
}

/// Seals what is written to it.
pub(crate) struct Sealing<'w, W: Write> {
    to: &'w mut W,
    key: LessSafeKey,
    head: [u8; 32],
    block: u64,
    plain: Vec<u8>,
}

impl<'w, W: Write> Sealing<'w, W> {
    /// Behind first lines, which are written now.
    pub(crate) fn begin(to: &'w mut W, lines: &[u8], key: LessSafeKey) -> std::io::Result<Self> {
        to.write_all(lines)?;
        Ok(Self {
            to,
            key,
            head: Sha256::digest(lines).into(),
            block: 0,
            plain: Vec::with_capacity(BLOCK_BYTES),
        })
    }

    fn seal(&mut self, is_last: bool) -> std::io::Result<()> {
        let mut block = lz4_flex::block::compress_prepend_size(&self.plain);
        self.plain.clear();
        let aad = Aad::from(bound(&self.head, is_last));
        let sealed = self.key.seal_in_place_append_tag(nonce(self.block), aad, &mut block);
        sealed.map_err(|_| std::io::Error::other("a block could not be sealed"))?;
        self.block += 1;
        let length = u32::try_from(block.len()).map_err(std::io::Error::other)?;
        self.to.write_all(&(if is_last { length | LAST } else { length }).to_be_bytes())?;
        self.to.write_all(&block)
    }

    /// Nothing follows.
    pub(crate) fn end(mut self) -> std::io::Result<()> {
        self.seal(true)?;
        self.to.flush()
    }
}

impl<W: Write> Write for Sealing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let taken = bytes.len().min(BLOCK_BYTES - self.plain.len());
        self.plain.extend_from_slice(&bytes[..taken]);
        if self.plain.len() == BLOCK_BYTES {
            self.seal(false)?;
        }
        Ok(taken)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Opens what was sealed.
pub(crate) struct Opening<R: Read> {
    from: R,
    path: PathBuf,
    key: LessSafeKey,
    head: [u8; 32],
    block: u64,
    /// Where the next block begins in the file.
    at: u64,
    plain: Vec<u8>,
    read: usize,
    is_last: bool,
}

impl<R: Read> Opening<R> {
    /// Behind first lines, which were read.
    pub(crate) fn begin(
        from: R,
        path: &Path,
        (salt, stated): (&[u8; 32], [u8; 8]),
        lines: &[u8],
        key: &Key,
    ) -> Result<Self, BackupProblem> {
        let other = || BackupProblem::OtherKey(path.to_owned());
        let (key, check) = key.with(salt).ok_or_else(other)?;
        if check != stated {
            return Err(other());
        }
        Ok(Self {
            from,
            path: path.to_owned(),
            key,
            head: Sha256::digest(lines).into(),
            block: 0,
            at: u64::try_from(lines.len()).unwrap_or(0),
            plain: Vec::new(),
            read: 0,
            is_last: false,
        })
    }

    /// Exactly so many bytes.
    pub(crate) fn take(&mut self, mut count: usize, into: &mut Vec<u8>) -> Result<(), BackupProblem> {
        into.clear();
        while count > 0 {
            if self.read == self.plain.len() {
                self.next()?;
            }
            let part = count.min(self.plain.len() - self.read);
            into.extend_from_slice(&self.plain[self.read..self.read + part]);
            self.read += part;
            count -= part;
        }
        Ok(())
    }

    /// Whether everything was read and nothing follows.
    pub(crate) fn is_at_end(&mut self) -> Result<bool, BackupProblem> {
        let behind = self.from.read(&mut [0]).map_err(|error| self.unreadable(error))?;
        Ok(self.is_last && self.read == self.plain.len() && behind == 0)
    }

    fn unreadable(&self, source: std::io::Error) -> BackupProblem {
        BackupProblem::File { path: self.path.clone(), source }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BackupProblem> {
        self.from.read_exact(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                BackupProblem::Truncated { path: self.path.clone(), at: self.at }
            }
            _ => self.unreadable(error),
        })
    }

    fn next(&mut self) -> Result<(), BackupProblem> {
        let (at, path) = (self.at, self.path.clone());
        let damaged = |length: usize| BackupProblem::Damaged {
            path: path.clone(),
            from: at,
            to: at + 4 + u64::try_from(length).unwrap_or(0),
        };
        // More is asked for than was written.
        if self.is_last {
            return Err(damaged(0));
        }
        let mut length = [0; 4];
        self.fill(&mut length)?;
        let length = u32::from_be_bytes(length);
        let is_last = length & LAST != 0;
        let length = usize::try_from(length & !LAST).unwrap_or(usize::MAX);
        if length > PACKED_BYTES {
            return Err(damaged(0));
        }
        let mut block = vec![0; length];
        self.fill(&mut block)?;
        let aad = Aad::from(bound(&self.head, is_last));
        let plain = self.key.open_in_place(nonce(self.block), aad, &mut block);
        let plain = plain.map_err(|_| damaged(length))?;
        self.plain = lz4_flex::block::decompress_size_prepended(plain).map_err(|_| damaged(length))?;
        self.read = 0;
        self.is_last = is_last;
        self.block += 1;
        self.at += 4 + u64::try_from(length).unwrap_or(0);
        Ok(())
    }
}
