//! What is new in a chart since its reader last looked.

use crate::chart::{Contents, Filed};
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::access::{Permission, audit_verb};
use fhir::{Instant, Kind, PersonId};

/// Looks closer together than this are one visit to a chart.
const ONE_VISIT_SECONDS: i64 = 30 * 60;
/// Audit rows of a person looked through for the reader's own; beyond them the last look is not said.
const MOST_ROWS: usize = 2_000;

/// What came since the reader last looked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct News {
    /// The last look before this visit; `None` when there is none among the rows looked through.
    pub looked: Option<Instant>,
    /// Whether the rows reach back to the first: only then "never" is true.
    pub complete: bool,
    /// Laboratory reports filed or changed.
    pub results: u32,
    /// Other reports and documents filed or changed.
    pub reports: u32,
    /// Visits told of or changed.
    pub visits: u32,
    /// Orders of medicines told of or changed.
    pub medicines: u32,
}

/// What is new for the reader of a chart.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn of(
    reading: &Reading<'_>,
    person: PersonId,
    contents: &Contents,
    medicines: &[Filed],
) -> Result<News, Refusal> {
    let rows = reading.view.audit_of_person(person, MOST_ROWS)?;
    let complete = rows.len() < MOST_ROWS;
    let verbs = [audit_verb(Permission::ReadChart), audit_verb(Permission::ReadResults)];
    let mine = rows
        .iter()
        .map(|(_, row)| row)
        .filter(|row| row.actor == reading.context.actor.id && verbs.contains(&row.verb.as_str()))
        // A list that names the person is no look at the chart.
        .filter(|row| row.object.starts_with("person/"));
    let Some(looked) = last_look(mine.map(|row| row.at), reading.context.now) else {
        return Ok(News { complete, ..News::default() });
    };
    let count = |of: &[Filed], wanted: &dyn Fn(&Filed) -> bool| {
        let fresh = of.iter().filter(|filed| filed.stored.at > looked && wanted(filed)).count();
        u32::try_from(fresh).unwrap_or(u32::MAX)
    };
    let laboratory = |filed: &Filed| contents.is_laboratory(filed);
    Ok(News {
        looked: Some(looked),
        complete,
        results: count(&contents.reports, &laboratory),
        reports: count(&contents.reports, &|filed| !laboratory(filed))
            .saturating_add(count(&contents.documents, &|_| true)),
        visits: count(&contents.encounters, &|_| true),
        medicines: count(medicines, &|filed| filed.key().kind == Kind::MedicationRequest),
    })
}

/// The newest look before the visit that goes on now, from looks newest first.
fn last_look(looks: impl Iterator<Item = Instant>, now: Instant) -> Option<Instant> {
    let mut later = now;
    for at in looks {
        if later.seconds_since(at) > ONE_VISIT_SECONDS {
            return Some(at);
        }
        later = at;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_one_visit_are_not_the_last_look() {
        let now = Instant(1_795_370_700_000_000);
        let ago = |minutes: i64| now.plus_minutes(-minutes);
        assert_eq!(last_look([ago(1), ago(20), ago(45), ago(4_000)].into_iter(), now), Some(ago(4_000)));
        assert_eq!(last_look([ago(31)].into_iter(), now), Some(ago(31)));
        assert_eq!(last_look([ago(5)].into_iter(), now), None);
        assert_eq!(last_look([].into_iter(), now), None);
    }
}
