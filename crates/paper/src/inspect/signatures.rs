//! Digital signatures (ISO 32000-1 12.8): which bytes they cover, whether those are still the same, and whose they are.

use super::Problem;
use super::file::File;
use super::object::{Dict, Object};
use crate::sign::{Anchors, Seal, Signer};

/// Which bytes of the file a signature covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// All but the signature itself.
    Everything,
    /// All there were; others were added after it.
    AllBefore,
    /// A part: what it means for the rest cannot be told.
    Part,
}

/// A digital signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// What it covers.
    pub covers: Covers,
    /// What the signed bytes and the certificate say.
    pub seal: Seal,
    /// Whose certificate, when one could be read.
    pub signer: Option<Signer>,
}

/// Signatures are made so (12.8.3.3, ETSI EN 319 142-1).
const KINDS: [&str; 2] = ["adbe.pkcs7.detached", "ETSI.CAdES.detached"];

pub(super) fn checked(
    bytes: &[u8],
    file: &File<'_>,
    value: &Dict,
    anchors: &Anchors,
    now: u64,
) -> Result<Signature, Problem> {
    let broken = |covers, seal| Ok(Signature { covers, seal, signer: None });
    let range: Vec<usize> = match file.entry(value, "ByteRange")? {
        Object::Array(items) => {
            items.iter().filter_map(Object::int).filter_map(|i| usize::try_from(i).ok()).collect()
        }
        _ => Vec::new(),
    };
    let [from, head, after, tail] = range[..] else { return broken(Covers::Part, Seal::Unread) };
    let end = after.checked_add(tail).filter(|&end| end <= bytes.len());
    let (Some(end), true) = (end, from == 0 && head < after) else {
        return broken(Covers::Part, Seal::Changed);
    };
    // Between the two parts stands the signature and nothing else; there is no other place to hide a byte.
    let gap = &bytes[head..after];
    let hex = gap.strip_prefix(b"<").and_then(|gap| gap.strip_suffix(b">"));
    let Some(hex) = hex.filter(|hex| hex.iter().all(u8::is_ascii_hexdigit)) else {
        return broken(Covers::Part, Seal::Changed);
    };
    let contents: Vec<u8> = hex
        .chunks_exact(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    if !matches!(file.entry(value, "Contents")?, Object::Text(said) if said == contents) {
        return broken(Covers::Part, Seal::Changed);
    }
    let covers = if end == bytes.len() { Covers::Everything } else { Covers::AllBefore };
    let kind = file.entry(value, "SubFilter")?;
    if !kind.name().is_some_and(|kind| KINDS.contains(&kind)) {
        return broken(covers, Seal::Unread);
    }
    let (seal, signer) = crate::sign::verify(&[&bytes[..head], &bytes[after..end]], &contents, anchors, now);
    Ok(Signature { covers, seal, signer })
}
