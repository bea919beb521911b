//! Who receives for somebody who is away: their cover, then the practice's default recipient, then a desk (RT11).

use crate::directory::{Absence, Directory, Practitioner, Role};
use crate::words::Words;

/// Covers of covers that are followed; a longer chain is a mistake of the directory.
const LONGEST_CHAIN: usize = 4;

/// Who receives instead, in which role, and the sentence that says so.
pub(super) struct StandIn<'d> {
    pub(super) who: &'d Practitioner,
    pub(super) role: &'d Role,
    pub(super) because: Words,
}

/// Who receives for `absent`, away by `away`, at `place`.
///
/// # Errors
/// In words: nobody is named who is there.
pub(super) fn stand_in<'d>(
    absent: &Practitioner,
    away: &'d Absence,
    place: Option<&str>,
    directory: &'d Directory,
    on: &'d str,
) -> Result<StandIn<'d>, Words> {
    let (name, state) = (absent.name(), away.words());
    let mut cover = away.cover.as_deref();
    let mut seen = vec![absent.id.as_str()];
    while let Some(who) = cover.and_then(|id| directory.practitioner(id)) {
        if seen.contains(&who.id.as_str()) || seen.len() > LONGEST_CHAIN {
            break;
        }
        seen.push(&who.id);
        let role = role_at(who, place, directory, on);
        // They may be away from the absent one's place and there at their own, or the other way round.
        let at = role.map_or(place, |role| Some(&role.place));
        match (directory.absence_on(&who.id, at, on), role) {
            (None, Some(role)) => {
                let by = who.name();
                let because = Words::new(
                    format!("{name} is {}; {by} covers.", state.en),
                    format!("{name} est {}; {by} assure le remplacement.", state.fr),
                );
                return Ok(StandIn { who, role, because });
            }
            (also_away, _) => cover = also_away.and_then(|away| away.cover.as_deref()),
        }
    }
    let practice = place.and_then(|id| directory.place(id));
    let default = practice.and_then(|practice| practice.default_recipient.as_deref());
    if let Some(who) = default.filter(|id| !seen.contains(id)).and_then(|id| directory.practitioner(id))
        && let Some(role) = role_at(who, place, directory, on)
        && directory.absence_on(&who.id, Some(&role.place), on).is_none()
    {
        let (by, at) = (who.name(), practice.map_or("", |practice| practice.name.as_str()));
        let because = Words::new(
            format!("{name} is {} and nobody who is there covers; {by} receives for {at}.", state.en),
            format!(
                "{name} est {} et personne de présent n'assure le remplacement; {by} reçoit pour {at}.",
                state.fr
            ),
        );
        return Ok(StandIn { who, role, because });
    }
    Err(Words::new(
        format!(
            "{name} is {}, nobody who is there covers, and the practice names nobody who receives",
            state.en
        ),
        format!(
            "{name} est {}, personne de présent n'assure le remplacement, et le cabinet ne nomme personne qui reçoit",
            state.fr
        ),
    ))
}

/// Their role at a place on a day, else their primary or only one.
fn role_at<'d>(
    who: &'d Practitioner,
    place: Option<&str>,
    directory: &'d Directory,
    on: &'d str,
) -> Option<&'d Role> {
    let roles: Vec<&Role> = directory.roles_on(&who.id, on).collect();
    let here = roles.iter().find(|role| Some(role.place.as_str()) == place);
    let usual = here.or_else(|| roles.iter().find(|role| role.primary));
    usual.or(if roles.len() == 1 { roles.first() } else { None }).copied()
}
