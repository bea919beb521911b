//! Samples of the practice copy.

use super::NOW;
use crate::components::chrome::Chrome;
use actions::practice_copy::{Parity, Unlike};
use actions::values::Words;
use std::sync::Arc;

/// The same frame in a practice copy, like live or not.
pub(super) fn within(chrome: Chrome, is_unlike: bool) -> Chrome {
    let differs = Unlike {
        part: Words::new("Provider directory", "Répertoire des fournisseurs"),
        what: vec!["endpoint tern-bay-emr".to_owned(), "place north-end".to_owned()],
        since: NOW.plus_minutes(-95),
    };
    let parity = Parity {
        looked: Some(NOW),
        version: "opor 0.1.0".to_owned(),
        fingerprint: "7c0d 4e1b 92aa 5f03".to_owned(),
        unlike: if is_unlike { vec![differs] } else { Vec::new() },
        unread: None,
    };
    Chrome { practice_copy: Some(Arc::new(parity)), ..chrome }
}
