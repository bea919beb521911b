//! Bodies that are read again with each message of a patient: who they are and the visit they are in.
//!
//! A version never changes once it is on file, so what was read and checked once under its number is what a second look
//! would find. Looks that must see the disk as it is (the check, the portal) do not come here.

use crate::rows::StoredVersion;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of bodies in one generation; two are kept.
const GENERATION_BYTES: usize = 8 << 20;
/// What a version costs beside its body (bytes, roughly).
const BESIDE_BYTES: usize = 256;

/// Versions read lately, by number.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<i64, Arc<StoredVersion>>,
    young_bytes: usize,
    /// What was young before; what is asked for again becomes young again.
    old: HashMap<i64, Arc<StoredVersion>>,
}

impl Snapshots {
    /// The version of that number, when it was read lately.
    pub(crate) fn get(&self, number: i64) -> Option<Arc<StoredVersion>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.young.get(&number) {
            return Some(Arc::clone(found));
        }
        let found = kept.old.remove(&number)?;
        kept.keep(number, Arc::clone(&found));
        Some(found)
    }

    /// Remembers a version.
    pub(crate) fn put(&self, number: i64, version: &StoredVersion) {
        if version.body.len() < GENERATION_BYTES / 8 {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.keep(number, Arc::new(version.clone()));
        }
    }
}

impl Generations {
    fn keep(&mut self, number: i64, version: Arc<StoredVersion>) {
        let bytes = version.body.len() + BESIDE_BYTES;
        if self.young_bytes + bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(number, version).is_none() {
            self.young_bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fhir::{Instant, RecordId, ResourceKey};

    fn version(bytes: usize) -> StoredVersion {
        StoredVersion {
            key: ResourceKey::patient(RecordId::of("NS", "1")),
            version: 1,
            current: true,
            latest: 1,
            finality: None,
            as_of: Instant(0),
            message: None,
            at: Instant(0),
            body: vec![0; bytes],
        }
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let kept = Snapshots::default();
        let size = GENERATION_BYTES / 16;
        for number in 0..100 {
            kept.put(number, &version(size));
            assert!(kept.get(0).is_some(), "asked for each time, after {number}");
        }
        assert!(kept.get(1).is_none());
        let generations = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held: usize =
            generations.young.values().chain(generations.old.values()).map(|v| v.body.len()).sum();
        assert!(held <= 2 * GENERATION_BYTES, "{held}");
    }

    #[test]
    fn a_very_large_one_is_not_kept() {
        let kept = Snapshots::default();
        kept.put(1, &version(GENERATION_BYTES));
        assert!(kept.get(1).is_none());
    }
}
