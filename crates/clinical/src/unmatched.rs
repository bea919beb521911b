//! Why a receiver's system did not match a result to its patient: the slip in words, for both ends of the line.

use crate::identity::{Claim, Identifier, IdentifierSort, names};
use crate::words::Words;

/// How two claims that should be one person differ, in words; nothing where they do not, or by more than a slip.
#[must_use]
pub fn slips(ours: &Claim, theirs: &Claim) -> Vec<Words> {
    let mut found = Vec::new();
    found.extend(name_slip(ours, theirs));
    found.extend(date_slip(&ours.birth_date, &theirs.birth_date));
    found.extend(number_slip(ours, theirs));
    found
}

fn name_slip(ours: &Claim, theirs: &Claim) -> Option<Words> {
    let (a, b) = (ours.names.first()?, theirs.names.first()?);
    // Small and capital letters are no slip: systems write them as they like.
    if a.family.to_lowercase() == b.family.to_lowercase() {
        return None;
    }
    let bare = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).collect() };
    let (plain_a, plain_b) = (names::fold(&a.family), names::fold(&b.family));
    if bare(&plain_a) == bare(&plain_b) {
        return Some(Words::new(
            format!("Hyphen, space or accent in the family name: {} here, {} there.", a.family, b.family),
            format!("Trait d'union, espace ou accent dans le nom : {} ici, {} là-bas.", a.family, b.family),
        ));
    }
    let parts = |name: &str| -> Vec<String> {
        name.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() > 1).map(names::fold).collect()
    };
    let (of_a, of_b) = (parts(&a.family), parts(&b.family));
    of_a.iter().any(|part| of_b.contains(part)).then(|| {
        Words::new(
            format!("One part of a double family name: {} here, {} there.", a.family, b.family),
            format!("Une partie d'un nom composé : {} ici, {} là-bas.", a.family, b.family),
        )
    })
}

fn date_slip(ours: &str, theirs: &str) -> Option<Words> {
    if ours.len() != 10 || theirs.len() != 10 || ours == theirs {
        return None;
    }
    let part = |date: &str, from: usize, to: usize| date.get(from..to).map(str::to_owned);
    let swapped = part(ours, 0, 4)? == part(theirs, 0, 4)?
        && part(ours, 5, 7)? == part(theirs, 8, 10)?
        && part(ours, 8, 10)? == part(theirs, 5, 7)?;
    if swapped {
        return Some(Words::new(
            format!("Day and month of the birth date are swapped: {ours} here, {theirs} there."),
            format!("Jour et mois de la date de naissance inversés : {ours} ici, {theirs} là-bas."),
        ));
    }
    one_slip(ours, theirs).then(|| {
        Words::new(
            format!("One figure of the birth date differs: {ours} here, {theirs} there."),
            format!("Un chiffre de la date de naissance diffère : {ours} ici, {theirs} là-bas."),
        )
    })
}

fn number_slip(ours: &Claim, theirs: &Claim) -> Option<Words> {
    let cards = |claim: &Claim| -> Vec<Identifier> {
        claim.identifiers.iter().filter(|id| id.sort == IdentifierSort::HealthCard).cloned().collect()
    };
    for a in cards(ours) {
        for b in cards(theirs).iter().filter(|b| b.authority == a.authority) {
            if a.value != b.value && one_slip(&a.value, &b.value) {
                return Some(Words::new(
                    format!(
                        "The health card number is mistyped or transposed: {} here, {} there.",
                        a.value, b.value
                    ),
                    format!(
                        "Carte santé mal saisie ou chiffres inversés : {} ici, {} là-bas.",
                        a.value, b.value
                    ),
                ));
            }
        }
    }
    None
}

/// One character changed, or two neighbours exchanged.
fn one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() != b.len() {
        return false;
    }
    let differ: Vec<usize> = (0..a.len()).filter(|n| a[*n] != b[*n]).collect();
    match differ[..] {
        [_] => true,
        [first, second] => second == first + 1 && a[first] == b[second] && a[second] == b[first],
        _ => false,
    }
}

/// What a receiver's own words say, when they are the usual ones.
#[must_use]
pub fn reason(said: &str) -> Option<Words> {
    let low = said.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| low.contains(word));
    if says(&["patient"]) && says(&["unknown", "not found", "no match", "unmatched", "not known", "inconnu"])
    {
        return Some(Words::new(
            "The receiver has no patient of these identifiers.",
            "Le destinataire n'a aucun patient avec ces identifiants.",
        ));
    }
    if says(&["provider", "practitioner", "physician", "doctor"])
        && says(&["unknown", "not found", "not known", "inactive"])
    {
        return Some(Words::new(
            "The receiver does not know the provider.",
            "Le destinataire ne connaît pas le prestataire.",
        ));
    }
    says(&["duplicate", "already"])
        .then(|| Words::new("The receiver says that it has it already.", "Le destinataire dit l'avoir déjà."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Name;

    fn claim(family: &str, born: &str, card: &str) -> Claim {
        Claim {
            identifiers: vec![Identifier {
                sort: IdentifierSort::HealthCard,
                authority: "NS".into(),
                value: card.into(),
            }],
            names: vec![Name { family: family.into(), given: "Mona".into(), ..Name::default() }],
            birth_date: born.into(),
            ..Claim::default()
        }
    }

    #[test]
    fn the_four_usual_slips_are_told_in_words() {
        let ours = claim("Drake-Lowe", "1961-02-03", "0041702816");
        for (theirs, part) in [
            (claim("Drake Lowe", "1961-02-03", "0041702816"), "Hyphen"),
            (claim("Drake", "1961-02-03", "0041702816"), "double"),
            (claim("Drake-Lowe", "1961-03-02", "0041702816"), "swapped"),
            (claim("Drake-Lowe", "1961-02-04", "0041702816"), "One figure"),
            (claim("Drake-Lowe", "1961-02-03", "0041702861"), "transposed"),
        ] {
            let slips = slips(&ours, &theirs);
            assert_eq!(slips.len(), 1, "{part}: {slips:?}");
            assert!(slips[0].en.contains(part), "{slips:?}");
            assert!(!slips[0].fr.is_empty());
        }
        assert!(slips(&ours, &ours).is_empty());
        assert!(slips(&ours, &claim("DRAKE-LOWE", "1961-02-03", "0041702816")).is_empty());
        assert!(slips(&ours, &claim("Marsh", "1988-12-30", "9999999999")).is_empty());
        assert!(reason("Unknown patient 123").is_some() && reason("disk full").is_none());
    }
}
