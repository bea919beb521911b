//! The check that needs nothing but files: every row against its leaf, the tree against every signed checkpoint, and
//! against what witnesses kept.

use super::row::{Content, LoggedRow};
use super::signed::{Checkpoint, Verifier};
use super::tree::{Frontier, Hash};
use fhir::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Findings that are listed one by one; the rest are counted.
pub const LISTED_FINDINGS: usize = 200;
/// Verb of the row that certifies a destruction.
const CERTIFICATE_VERB: &str = "destroy-content";
/// Verb of the row that stands before the first piece of a destruction.
const APPROVAL_VERB: &str = "approve-destruction";
/// What the row's role, verb and purpose alone must say, since its own content may be destroyed one day.
const CERTIFICATE_PURPOSE: &str = "retention before ";

/// Until when a row certifies that the content of the log was destroyed.
#[must_use]
pub fn is_certificate(verb: &str, purpose: &str) -> Option<Instant> {
    said_before(purpose).filter(|_| verb == CERTIFICATE_VERB)
}

/// Until when a row says that a destruction of content of the log was approved.
fn is_approval(verb: &str, purpose: &str) -> Option<Instant> {
    said_before(purpose).filter(|_| verb == APPROVAL_VERB)
}

fn said_before(purpose: &str) -> Option<Instant> {
    purpose.strip_prefix(CERTIFICATE_PURPOSE)?.parse().ok().map(Instant)
}

/// What is checked, beside the rows.
#[derive(Debug)]
pub struct Evidence<'e> {
    /// Who is believed.
    pub verifier: &'e Verifier,
    /// Notes that the log itself has, in its order.
    pub notes: &'e [String],
    /// What witnesses kept: the witness, its notes.
    pub kept: &'e [(String, Vec<String>)],
}

/// Something that does not fit, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Rows are missing.
    #[error("rows {0} to {1} are missing")]
    Missing(i64, i64),
    /// A number comes twice or out of order.
    #[error("row {0} stands where another should: numbers are used twice or out of order")]
    OutOfOrder(i64),
    /// A row is not what was written.
    #[error("row {0} is not what was written: its leaf does not fit")]
    Row(i64),
    /// The key of its period is missing.
    #[error("row {0} cannot be checked: the key of its period is missing though its content is there")]
    NoKey(i64),
    /// Content is gone and no certificate says why.
    #[error("the content of row {0} is gone and no certificate of destruction covers it")]
    Uncertified(i64),
    /// A checkpoint is not believed.
    #[error("{whose}: checkpoint {number} is not believed: {why}")]
    Note {
        /// The log, or a witness.
        whose: String,
        /// Which one, from 1.
        number: usize,
        /// Why.
        why: String,
    },
    /// The tree is another.
    #[error("the first {size} rows are not those of the checkpoint of {whose}; the last that fits has {fits}: something from row {from} to row {size} was changed, added or taken out", from = fits + 1)]
    Root {
        /// The log, or a witness.
        whose: String,
        /// Size of the checkpoint.
        size: u64,
        /// The largest checkpoint below it that fits; 0 = none.
        fits: u64,
    },
    /// The log is shorter than a checkpoint.
    #[error("the log has {rows} rows; {whose} has a checkpoint of {size}: the end was cut off")]
    Cut {
        /// The log, or a witness.
        whose: String,
        /// Size of the checkpoint.
        size: u64,
        /// Rows there are.
        rows: u64,
    },
    /// The log has fewer checkpoints than a witness.
    #[error(
        "{whose} kept a checkpoint of {size} rows that the log itself no longer has: its checkpoints were rolled back"
    )]
    RolledBack {
        /// The witness.
        whose: String,
        /// Size of the checkpoint.
        size: u64,
    },
    /// A witness kept nothing.
    #[error(
        "{0} kept no checkpoint: it proves nothing. Look whether it is the right file, and what became of it"
    )]
    EmptyWitness(String),
    /// There is nothing that was signed.
    #[error("there is no signed checkpoint: rows alone prove nothing about what was taken out")]
    NoCheckpoint,
}

/// What the check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Rows read.
    pub rows: u64,
    /// Rows of which the content was destroyed, with a certificate.
    pub destroyed: u64,
    /// Rows of which the content is gone under an approval whose destruction is not at its end.
    pub pending: u64,
    /// Checkpoints believed, the log's and the witnesses'.
    pub checkpoints: u64,
    /// Rows that the largest checkpoint covers; what came after it only its own leaf speaks for.
    pub covered: u64,
    /// Root over all rows.
    pub root: Hash,
    /// The first [`LISTED_FINDINGS`].
    pub findings: Vec<Finding>,
    /// All of them.
    pub found: u64,
}

impl Verdict {
    /// Nothing was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.found == 0
    }
    /// Rows after the largest checkpoint: nothing signed speaks for them yet.
    #[must_use]
    pub fn unproved(&self) -> u64 {
        self.rows.saturating_sub(self.covered)
    }
    fn find(&mut self, finding: Finding) {
        self.found += 1;
        if self.findings.len() < LISTED_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// Checks a log. Rows come in the order of their numbers.
pub fn verify(rows: impl Iterator<Item = LoggedRow>, evidence: &Evidence<'_>) -> Verdict {
    let mut verdict = Verdict::default();
    let expected = believed(evidence, &mut verdict);
    let (mut edge, mut next, mut fits) = (Frontier::default(), 1, 0);
    let mut gone: Vec<(i64, Instant)> = Vec::new();
    let mut approved: Option<Instant> = None;
    let mut differs: BTreeSet<&str> = BTreeSet::new();
    for row in rows {
        verdict.rows += 1;
        if row.seq > next {
            verdict.find(Finding::Missing(next, row.seq - 1));
        } else if row.seq < next {
            verdict.find(Finding::OutOfOrder(row.seq));
        }
        next = row.seq.saturating_add(1);
        match row.right_leaf() {
            Some(leaf) => {
                if leaf != row.leaf {
                    verdict.find(Finding::Row(row.seq));
                }
                edge.push(leaf, |_, _, _| {});
            }
            None => {
                verdict.find(Finding::NoKey(row.seq));
                edge.push(row.leaf, |_, _, _| {});
            }
        }
        if let Content::Destroyed { .. } = row.content {
            verdict.destroyed += 1;
            gone.push((row.seq, row.at));
        }
        if let Some(before) = is_certificate(&row.verb, &row.purpose) {
            gone.retain(|(_, at)| *at >= before);
            approved = None;
        }
        approved = is_approval(&row.verb, &row.purpose).or(approved);
        let here = expected.get(&edge.size());
        let mut all_fit = here.is_some();
        for (whose, checkpoint) in here.into_iter().flatten() {
            if checkpoint.root == edge.root() {
                continue;
            }
            all_fit = false;
            // Every later one differs too; the first says where.
            if differs.insert(whose) {
                verdict.find(Finding::Root { whose: whose.clone(), size: checkpoint.size, fits });
            }
        }
        if all_fit {
            fits = edge.size();
        }
    }
    for (seq, at) in gone {
        if approved.is_some_and(|before| at < before) {
            verdict.pending += 1;
        } else {
            verdict.find(Finding::Uncertified(seq));
        }
    }
    if verdict.covered == 0 && verdict.rows > 0 && !expected.is_empty() {
        verdict.find(Finding::NoCheckpoint);
    }
    for (whose, checkpoint) in expected.range(edge.size() + 1..).flat_map(|(_, at)| at) {
        let (whose, rows) = (whose.clone(), edge.size());
        verdict.find(Finding::Cut { whose, size: checkpoint.size, rows });
    }
    verdict.root = edge.root();
    verdict
}

type Expected = BTreeMap<u64, Vec<(String, Checkpoint)>>;

/// Checkpoints whose signature holds, by size; whose they are.
fn believed(evidence: &Evidence<'_>, verdict: &mut Verdict) -> Expected {
    let mut expected = Expected::new();
    let own = ("the log".to_owned(), evidence.notes.to_vec());
    let mut largest = 0;
    for (source, (whose, notes)) in std::iter::once(&own).chain(evidence.kept).enumerate() {
        if source > 0 && notes.is_empty() {
            verdict.find(Finding::EmptyWitness(whose.clone()));
        }
        for (number, note) in notes.iter().enumerate() {
            match evidence.verifier.check(note) {
                Ok(checkpoint) => {
                    if source == 0 {
                        largest = largest.max(checkpoint.size);
                    } else if checkpoint.size > largest {
                        verdict.find(Finding::RolledBack { whose: whose.clone(), size: checkpoint.size });
                    }
                    verdict.checkpoints += 1;
                    verdict.covered = verdict.covered.max(checkpoint.size);
                    expected.entry(checkpoint.size).or_default().push((whose.clone(), checkpoint));
                }
                Err(why) => {
                    verdict.find(Finding::Note {
                        whose: whose.clone(),
                        number: number + 1,
                        why: why.to_string(),
                    });
                }
            }
        }
    }
    if expected.is_empty() {
        verdict.find(Finding::NoCheckpoint);
    }
    expected
}
