//! Writing on a condition (FHIR R4 3.1.0.8.1 and following): what a search finds decides what is done.

use super::too_costly;
use crate::record::Reading;
use crate::refusal::{Refusal, RefusalKind};
use fhir::search::r4::{Total, Unknown, decode_pairs};
use fhir::{Kind, ResourceKey};
use sha2::{Digest, Sha256};

/// What a condition finds.
pub(super) enum Matches {
    /// Nothing.
    None,
    /// One resource.
    One(ResourceKey),
    /// More than one.
    Several,
}

/// What stands now for a condition.
pub(super) fn matches(reading: &Reading<'_>, kind: Kind, condition: &str) -> Result<Matches, Refusal> {
    let unreadable = |words: String| Refusal::unreadable(words.clone(), words);
    let pairs = decode_pairs(condition).map_err(|error| unreadable(error.to_string()))?;
    let mut request = reading
        .extent
        .read(kind, &pairs, Unknown::Refuse, reading.context.now)
        .map_err(|error| unreadable(error.to_string()))?;
    if request.clauses.is_empty() {
        return Err(Refusal::unreadable(
            "The condition asks for nothing. Give at least one search parameter, such as identifier.",
            "La condition ne demande rien. Donnez au moins un paramètre de recherche, comme identifier.",
        ));
    }
    (request.count, request.total) = (2, Total::None);
    let found = reading.view.find(&request).map_err(too_costly)?;
    Ok(match found.hits.as_slice() {
        [] => Matches::None,
        [one] => Matches::One(one.key),
        _ => Matches::Several,
    })
}

/// More than one resource stands for a condition.
pub(super) fn several(kind: Kind, condition: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Unmet,
        format!("More than one {kind} matches \"{condition}\". Say more, so that one is left."),
        format!("Plus d'un {kind} correspond à « {condition} ». Précisez, pour qu'il n'en reste qu'un."),
    )
}

/// A condition as it is kept: two that ask the same are one, in whatever order and however encoded.
pub(super) fn digest(kind: Kind, condition: &str) -> Result<Vec<u8>, Refusal> {
    let mut pairs =
        decode_pairs(condition).map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
    pairs.sort_unstable();
    pairs.dedup();
    Ok(hash(&format!("{kind}?{pairs:?}")))
}

/// An id that a client chose, as it is kept: there is one resource under it, wherever it stands.
pub(super) fn digest_of_id(kind: Kind, id: &str) -> Vec<u8> {
    hash(&format!("{kind}/{id}"))
}

fn hash(text: &str) -> Vec<u8> {
    Sha256::digest(text.as_bytes())[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s059_conditions_that_ask_the_same_are_one() {
        let of = |text: &str| digest(Kind::Patient, text).expect("readable");
        assert_eq!(of("identifier=urn:x|7&active=true"), of("active=true&identifier=urn%3Ax%7C7"));
        assert_ne!(of("identifier=urn:x|7"), of("identifier=urn:x|8"));
        assert_ne!(of("a=1%26b=2"), of("a=1&b=2"));
    }
}
