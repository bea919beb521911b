//! What an app of another maker reaches: what its user reaches, and of that what its scopes let (SMART App Launch 2.2). It
//! is laid over the view like every other veil, so that searches, chains, includes, counts, histories and pages go by it
//! without knowing of it (HAZARDS 3.1).

use super::{reachable, relation_in, together};
use crate::context::{Context, Through};
use crate::record::Reading;
use crate::refusal::Refusal;
use clinical::access::nobodys::is_shared;
use clinical::access::reach::{self, Need};
use clinical::directory::Directory;
use clinical::smart::{Here, Interaction, Place};
use fhir::search::r4::patients_in;
use fhir::{Json, Kind, RecordId, ResourceKey};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use store::{Hides, ReadProblem, View};

/// Most people of whom one request of a user's app asks whether something ties the user to them.
const MAX_ASKED: usize = 2_000;

/// The patient of a launch, seen by where resources stand.
struct Launched {
    own: BTreeSet<RecordId>,
}

impl Launched {
    fn of(view: &View, through: &Through) -> Result<Self, ReadProblem> {
        let rows = through.patient.map(|person| view.records_of_person(person)).transpose()?;
        Ok(Self { own: rows.unwrap_or_default().into_iter().map(|row| row.record).collect() })
    }
    fn place(&self, view: &View, record: RecordId) -> Result<Place, ReadProblem> {
        Ok(if self.own.contains(&record) {
            Place::Own
        } else if view.record(record)?.is_some() {
            Place::Others
        } else {
            Place::Nobodys
        })
    }
}

/// The view of the FHIR door as this actor sees it: by role, consent and relation, and within the scopes of their app.
pub(crate) fn within_scopes(
    view: View,
    context: &Context,
    directory: &Arc<Directory>,
    interaction: Interaction,
) -> Result<View, ReadProblem> {
    let reachable = reachable(context, directory);
    let line = reach::of(context.actor.role, context.purpose);
    let asks = line.is_some_and(|line| line.need == Need::Relation);
    let only_shared = context.actor.role.is_community();
    let through = context.actor.through.clone();
    let launched = through.as_ref().map(|through| Launched::of(&view, through)).transpose()?;
    let (context, directory, asked) = (context.clone(), Arc::clone(directory), Cell::new(0_usize));
    Ok(view.veiled(Box::new(move |view, record| {
        let is_nobodys = (asks || only_shared) && view.record(record)?.is_none();
        if asks && !is_nobodys {
            asked.set(asked.get() + 1);
            if asked.get() > MAX_ASKED {
                return Err(ReadProblem::Unsupported(
                    "this request would pass the records of too many people; add a patient, an identifier or an id"
                        .to_owned(),
                ));
            }
            if relation_in(view, &context, &directory, &together(view, record)?)?.is_none() {
                return Ok(Some(Rc::new(|_: Kind, _: Option<&[u8]>| Some(true))));
            }
        }
        let withheld = reachable.hidden(view, record)?;
        let withheld = if only_shared && is_nobodys { Some(unless_shared(withheld)) } else { withheld };
        let (Some(through), Some(launched)) = (&through, &launched) else { return Ok(withheld) };
        let here = through.scopes.at(launched.place(view, record)?, interaction);
        Ok(Some(either(withheld, here)))
    })))
}

/// Hides at nobody's record what is withheld, and all that is not there for everybody who treats: a document, bytes or a
/// subscription names no patient to whom a relation could be asked.
fn unless_shared(withheld: Option<Hides>) -> Hides {
    Rc::new(move |kind, body| match &withheld {
        _ if !is_shared(kind) => Some(true),
        Some(hides) => hides(kind, body),
        None => Some(false),
    })
}

/// Hides what is withheld, and what no scope lets through.
fn either(withheld: Option<Hides>, here: Here) -> Hides {
    Rc::new(move |kind, body| {
        let outside = outside(&here, kind, body);
        let withheld = withheld.as_ref().map_or(Some(false), |hides| hides(kind, body));
        match (outside, withheld) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }
    })
}

fn outside(here: &Here, kind: Kind, body: Option<&[u8]>) -> Option<bool> {
    if let Some(lets) = here.lets(kind, None) {
        return Some(!lets);
    }
    // What cannot be read cannot be let through either.
    match fhir::json::parse(body?) {
        Ok(Json::Object(object)) => Some(here.lets(kind, Some(&object)) != Some(true)),
        _ => Some(true),
    }
}

/// Whether the app that acts may leave this behind at a place: at every patient that it names.
///
/// # Errors
/// Its scopes do not include it.
pub(crate) fn lets_write(
    reading: &Reading<'_>,
    interaction: Interaction,
    key: ResourceKey,
    body: Option<&[u8]>,
) -> Result<(), Refusal> {
    let Some(through) = &reading.context.actor.through else { return Ok(()) };
    let launched = Launched::of(reading.view, through)?;
    let mut named = BTreeSet::from([key.record]);
    if let Some(Ok(Json::Object(object))) = body.map(fhir::json::parse) {
        named.extend(patients_in(key.kind, &object));
    }
    for record in named {
        let here = through.scopes.at(launched.place(reading.view, record)?, interaction);
        if outside(&here, key.kind, body) != Some(false) {
            return Err(Refusal::outside_scopes());
        }
    }
    Ok(())
}
