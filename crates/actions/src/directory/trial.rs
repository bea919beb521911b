//! A new route goes live only after its test message was acknowledged (S-019, S-109).

use crate::canary;
use crate::refusal::{Refusal, RefusalKind};
use clinical::directory::{Change, Directory, Endpoint, EndpointState, Fact};
use fhir::Instant;
use store::View;

/// Refuses changes by which a line would carry reports that has acknowledged no test result as it stands now. Ways to
/// which no test result can be sent are the steward's to judge.
pub(super) fn tested(view: &View, known: &Directory, wanted: &[Change], now: Instant) -> Result<(), Refusal> {
    for change in wanted {
        let Change::Set(Fact::Endpoint(after)) = change else { continue };
        if after.state != EndpointState::Live || !canary::takes_one(after) {
            continue;
        }
        match known.endpoint(&after.id) {
            None => return Err(begin_on_trial(after)),
            // A wrong fax number hands a report to a stranger, where a wrong line only does not answer.
            Some(before) if before.state == EndpointState::Live && before.dials() != after.dials() => {
                return Err(one_at_a_time(after));
            }
            Some(before) if before.state == EndpointState::Live => {}
            Some(before) if *before != (Endpoint { state: EndpointState::Trial, ..after.clone() }) => {
                return Err(one_at_a_time(after));
            }
            Some(_) => {
                // What was acknowledged before the line became what it is says nothing about it.
                let facts = view.directory_at(Instant(i64::MAX))?;
                let since = facts
                    .iter()
                    .find(|event| event.sort == "endpoint" && event.id == after.id)
                    .map_or(now, |event| event.at);
                let last = canary::last(view, &after.id, now)?;
                if last.acknowledged.is_none_or(|at| at < since) {
                    return Err(not_yet(after, &last.words));
                }
            }
        }
    }
    Ok(())
}

fn begin_on_trial(line: &Endpoint) -> Refusal {
    let id = &line.id;
    Refusal::new(
        RefusalKind::Conflict,
        format!(
            "The line {id} is new and has acknowledged nothing. Propose it with state = \"trial\" first: it is then sent a test result."
        ),
        format!(
            "La ligne {id} est nouvelle et n'a rien confirmé. Proposez-la d'abord avec state = \"trial\" : elle reçoit alors un résultat d'essai."
        ),
    )
}

fn one_at_a_time(line: &Endpoint) -> Refusal {
    let id = &line.id;
    Refusal::new(
        RefusalKind::Conflict,
        format!(
            "The line {id} would go live as something else than what was tested. Change it on trial first, and let its test result be acknowledged."
        ),
        format!(
            "La ligne {id} entrerait en service autrement qu'à l'essai. Changez-la d'abord à l'essai et laissez-la confirmer son résultat d'essai."
        ),
    )
}

fn not_yet(line: &Endpoint, said: &clinical::words::Words) -> Refusal {
    let id = &line.id;
    Refusal::new(
        RefusalKind::Conflict,
        format!(
            "The line {id} has not acknowledged a test result since it became what it is. {} One goes there each day: see that the practice's system takes it, then decide again.",
            said.en
        ),
        format!(
            "La ligne {id} n'a confirmé aucun résultat d'essai depuis son dernier changement. {} Il en part un par jour : assurez-vous que le système du cabinet le prend, puis décidez de nouveau.",
            said.fr
        ),
    )
}
