//! What a witness does: keeps each checkpoint that continues the one it kept last, and refuses any other.

use super::base64;
use super::proof::is_consistent;
use super::signed::{NoteProblem, Verifier};
use super::tree::Hash;

/// What a log offers a witness that keeps a checkpoint of a size: the proof from there, and its latest checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Size of the checkpoint that the witness keeps; 0 = none.
    pub old: u64,
    /// That the log begins with it.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: String,
}

/// Why a witness keeps nothing of an offer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRefusal {
    /// Not an offer.
    #[error("the log's answer could not be read; ask again, and ask its keeper if it stays so")]
    Unreadable,
    /// The note is not believed.
    #[error(transparent)]
    Note(#[from] NoteProblem),
    /// It is shorter than what was kept.
    #[error(
        "the log has {now} rows and had {kept}: rows were taken out. Keep this file and call the privacy officer and the regulator"
    )]
    Shorter {
        /// Rows when the last checkpoint was kept.
        kept: u64,
        /// Rows now.
        now: u64,
    },
    /// It does not begin with what was kept.
    #[error(
        "the log does not begin with the {kept} rows that were kept: some were changed. Keep this file and call the privacy officer and the regulator"
    )]
    Forked {
        /// Rows when the last checkpoint was kept.
        kept: u64,
    },
}

/// An offer as it is sent: `old N`, a line for each hash, an empty line, the note (after C2SP tlog-witness).
#[must_use]
pub fn offer_text(offer: &Offer) -> String {
    let proof: String = offer.proof.iter().map(|hash| format!("{}\n", base64::encode(hash))).collect();
    format!("old {}\n{proof}\n{}", offer.old, offer.note)
}

/// An offer as it came.
#[must_use]
pub fn parse_offer(text: &str) -> Option<Offer> {
    let (head, note) = text.split_once("\n\n")?;
    let mut lines = head.lines();
    let old = lines.next()?.strip_prefix("old ")?.parse().ok()?;
    let proof = lines.map(|line| base64::decode(line)?.try_into().ok()).collect::<Option<_>>()?;
    Some(Offer { old, proof, note: note.to_owned() })
}

/// Decides about an offer, with the last note that was kept. `Ok(None)`: nothing new.
///
/// # Errors
/// [`WitnessRefusal`]: nothing of it is kept.
pub fn take(
    verifier: &Verifier,
    kept: Option<&str>,
    offer: &Offer,
) -> Result<Option<String>, WitnessRefusal> {
    let new = verifier.check(&offer.note)?;
    let Some(kept) = kept else { return Ok(Some(offer.note.clone())) };
    let last = verifier.check(kept)?;
    if new.size < last.size {
        return Err(WitnessRefusal::Shorter { kept: last.size, now: new.size });
    }
    if offer.old != last.size || !is_consistent(last.size, &last.root, new.size, &new.root, &offer.proof) {
        return Err(WitnessRefusal::Forked { kept: last.size });
    }
    Ok((new.size > last.size).then(|| offer.note.clone()))
}
