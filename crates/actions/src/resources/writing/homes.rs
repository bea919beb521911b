//! At which record a resource stands that an application writes, and who a Patient of theirs is: nothing moves into
//! another chart than the one in which it was read, and no record becomes somebody else's (HAZARDS H04).

use super::super::bodies;
use super::super::conditions::digest_of_id;
use super::super::loading::{LOADED, ask_again, claim_of, place, same_person};
use super::{APPLICATIONS, Writing};
use crate::refusal::{Refusal, RefusalKind};
use fhir::search::r4;
use fhir::{Document, Kind, RecordId, ResourceKey};
use store::{MadeOnCondition, RecordRow, Requirement, StoredVersion};

impl Writing<'_, '_> {
    /// Where a new resource stands: at the record of its patient, also under an id that a client chose.
    ///
    /// # Errors
    /// The id is of the form that this server gives and names a record that the body does not name; or another stands
    /// under it.
    pub(super) fn home(
        &mut self,
        key: ResourceKey,
        (id, is_chosen): (&str, bool),
        patients: &[RecordId],
    ) -> Result<ResourceKey, Refusal> {
        let kind = key.kind;
        if kind == Kind::Patient {
            return Ok(key);
        }
        let is_of_our_form = is_chosen && ResourceKey::parse(kind, id).is_ok();
        let home = match patients.first() {
            _ if patients.contains(&key.record) => key,
            _ if is_of_our_form => {
                let is_shared = !r4::in_compartment(kind) && self.reading.view.record(key.record)?.is_none();
                if !is_shared {
                    return Err(Refusal::new(
                        RefusalKind::Conflict,
                        format!(
                            "The id \"{id}\" is of the form that this server gives and names a record whose patient this {kind} does not name. Name that patient, or take an id of another form."
                        ),
                        format!(
                            "L'id « {id} » a la forme que ce serveur donne et désigne un dossier dont ce {kind} ne nomme pas le patient. Nommez ce patient, ou prenez un id d'une autre forme."
                        ),
                    ));
                }
                key
            }
            Some(patient) => ResourceKey { record: *patient, ..key },
            None => key,
        };
        if is_chosen {
            let digest = digest_of_id(kind, id);
            let before = self.reading.view.made_on(&digest)?;
            if before.is_some_and(|before| before != home) {
                return Err(does_not_move(kind, id));
            }
            self.changes.requires.push(Requirement::ConditionIs(digest.clone(), before));
            self.changes.conditions.push(MadeOnCondition { digest, key: home });
        }
        Ok(home)
    }

    /// A resource that is or was there stays at its record.
    ///
    /// # Errors
    /// It names another patient than before, or none any more, or one for the first time.
    pub(super) fn stays(
        &self,
        key: ResourceKey,
        id: &str,
        was_there: Option<&StoredVersion>,
        patients: &[RecordId],
    ) -> Result<ResourceKey, Refusal> {
        if key.kind == Kind::Patient || !r4::in_compartment(key.kind) || patients.contains(&key.record) {
            return Ok(key);
        }
        let view = self.reading.view;
        let last = match was_there {
            Some(stored) => Some(stored.body.clone()),
            None => view.past_of(key)?.into_iter().map(|stored| stored.body).find(|body| !body.is_empty()),
        };
        let is_as_before = match last.and_then(|body| Document::parse(body).ok()) {
            Some(last) => bodies::patients(key.kind, last.value()) == patients,
            None => patients.is_empty() && view.record(key.record)?.is_none(),
        };
        if is_as_before { Ok(key) } else { Err(does_not_move(key.kind, id)) }
    }

    /// The source record behind a Patient: matched with the people on file when it is new, told what is said now when not.
    ///
    /// # Errors
    /// A conflict when it is somebody else than the one on file, or when the messages of a hospital say who it is.
    pub(super) fn patient(
        &mut self,
        record: RecordId,
        document: &Document,
        comes_back: bool,
    ) -> Result<(), Refusal> {
        let known = self.reading.view.record(record)?;
        let epoch = known.as_ref().map_or(0, |row| row.epoch);
        self.changes.requires.push(Requirement::RecordEpochIs(record, epoch));
        let Some(row) = known else {
            let claim = claim_of(document, record, APPLICATIONS);
            let person = place(self.reading, record, &claim, APPLICATIONS, self.changes)?;
            self.people.insert(person);
            return Ok(());
        };
        let source = [APPLICATIONS, LOADED].into_iter().find(|source| source.authority == row.authority);
        let Some(source) = source else {
            return Err(Refusal::conflict(
                "Messages say who this patient is. Their sender corrects it; write what you know as a Patient of your own.",
                "Des messages disent qui est ce patient. Leur expéditeur le corrige; écrivez ce que vous savez comme Patient à vous.",
            ));
        };
        let claim = claim_of(document, record, source);
        same_person(&row, &claim)?;
        let said =
            serde_json::to_string(&claim).map_err(|e| Refusal::unreadable(e.to_string(), e.to_string()))?;
        let is_new = said != row.claim;
        if is_new || comes_back {
            ask_again(self.reading, &row, &claim, source, self.changes)?;
        }
        if is_new {
            let keys = clinical::identity::blocking_keys(&claim).iter().map(|key| key.as_i64()).collect();
            let now = self.reading.context.now;
            self.changes.records.push(RecordRow {
                epoch: epoch + 1,
                claim: said,
                claim_as_of: now,
                keys,
                ..row
            });
        }
        Ok(())
    }
}

/// A resource never comes to stand in another chart than the one in which it was read.
fn does_not_move(kind: Kind, id: &str) -> Refusal {
    Refusal::new(
        RefusalKind::Conflict,
        format!(
            "{kind}/{id} was filed for another patient, or for none, and does not move to another record. Delete it, and create it for the right patient under a new id."
        ),
        format!(
            "{kind}/{id} a été classé pour un autre patient, ou pour aucun, et ne change pas de dossier. Supprimez-le et créez-le pour le bon patient sous un nouvel id."
        ),
    )
}
