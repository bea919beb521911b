//! Resources that others made, filed as they came: each patient's on a record of its own, which is matched with the
//! people on file like one that a message brings.

use super::people::without_version;
use super::{Entry, bodies};
use crate::identity::cases::{Pair, open_pair};
use crate::intake::{Likely, RULE, finality_of_status, score};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::identity::{self, Claim, Decision, Evidence, Feature, Outcome};
use clinical::words::Words;
use fhir::search::r4::patients_in;
use fhir::{Document, Instant, Kind, LocalId, PersonId, RecordId, ResourceKey};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Changes, LinkEvent, RecordRow, Requirement, VersionRow};

/// Where records come from that no message brings: who gave them their number, and their custodian when they do not say
/// whose they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    pub(super) authority: &'static str,
    pub(super) custodian: &'static str,
}

pub(super) const LOADED: Source = Source { authority: "loaded", custodian: "loaded" };

/// Act: file the resources of one patient that somebody else made, byte for byte but for their ids and references.
#[derive(Debug, Clone)]
pub struct Load {
    /// One patient's resources.
    pub entries: Vec<Entry>,
    counted: Arc<Mutex<(u64, u64)>>,
}

/// What a load is made of: the patient's record, and the key of each address.
struct Loading {
    record: RecordId,
    keys: HashMap<String, ResourceKey>,
    documents: Vec<(ResourceKey, Document)>,
    skipped: usize,
}

impl Load {
    /// These resources of one patient.
    #[must_use]
    pub fn new(entries: Vec<Entry>) -> Self {
        Self { entries, counted: Arc::default() }
    }

    /// When the act is done: how many resources were not on file before, and how many were.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn loading(&self) -> Result<Loading, Refusal> {
        let mut parsed = Vec::new();
        let mut skipped = 0;
        for (address, bytes) in &self.entries {
            match Document::parse(bytes.clone()) {
                Ok(document) => parsed.push((address.clone(), document)),
                Err(fhir::DocumentError::Kind(_)) => skipped += 1,
                Err(error) => return Err(Refusal::unreadable(error.to_string(), error.to_string())),
            }
        }
        let patient = parsed.iter().find(|(_, document)| document.kind() == Kind::Patient);
        let Some((address, patient)) = patient else {
            return Err(Refusal::unreadable(
                "There is no Patient among these resources. Load each person's bundle with the Patient in it.",
                "Il n'y a pas de Patient parmi ces ressources. Chargez le lot de chaque personne avec son Patient.",
            ));
        };
        // Without a name of its own, two different people could come to share a record.
        let name = match patient.id() {
            Some(id) => id,
            None if address.contains(':') => address.as_str(),
            None => {
                return Err(Refusal::unreadable(
                    "The Patient has neither an id nor a fullUrl. Give it one, so that it can be told apart.",
                    "Le Patient n'a ni id ni fullUrl. Donnez-lui l'un des deux pour le distinguer.",
                ));
            }
        };
        let record = RecordId::of(LOADED.authority, name);
        let mut keys = HashMap::new();
        let mut documents = Vec::new();
        for (address, document) in parsed {
            let kind = document.kind();
            let local = match kind {
                Kind::Patient => LocalId::PATIENT,
                _ => LocalId::of(kind, &[&address]),
            };
            let key = ResourceKey { record, kind, local };
            if let Some(id) = document.id() {
                keys.insert(format!("{kind}/{id}"), key);
            }
            keys.insert(address, key);
            documents.push((key, document));
        }
        Ok(Loading { record, keys, documents, skipped })
    }
}

impl Sealed for Load {}
impl Act for Load {
    const PERMISSION: Permission = Permission::LoadFhir;
    fn object(&self) -> String {
        format!("load of {} resources", self.entries.len())
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let loading = self.loading()?;
        if loading.skipped > 0 {
            tracing::info!(
                skipped = loading.skipped,
                "resources of types that are not stored here were left out"
            );
        }
        let now = reading.context.now;
        let mut changes = Changes::default();
        let known = reading.view.record(loading.record)?;
        changes
            .requires
            .push(Requirement::RecordEpochIs(loading.record, known.as_ref().map_or(0, |row| row.epoch)));
        for (key, document) in &loading.documents {
            let to = |reference: &str| loading.keys.get(without_version(reference)).map(ToString::to_string);
            let body = fhir::json::relinked(document.bytes(), &key.id(), to);
            let mut tree = document.value().clone();
            let filed = if fhir::json::relink_tree(&mut tree, &key.id(), &to) {
                Document::of_parts(key.kind, body, tree)
            } else {
                let Ok(filed) = Document::parse(body) else { continue };
                filed
            };
            let current = reading.view.current(*key)?;
            if current.as_ref().is_some_and(|stored| stored.body == filed.bytes()) {
                continue;
            }
            // What was taken away comes back under the number behind its last one.
            let place = reading.view.place(key.kind, &key.id())?;
            let latest = if place.key == *key { place.latest } else { 0 };
            if latest > 0 && current.is_none() {
                changes.requires.push(Requirement::HistoryIs(*key, latest));
            }
            changes.resources.push(VersionRow {
                key: *key,
                version: latest + 1,
                current: true,
                index: bodies::index(
                    *key,
                    filed.value(),
                    &[key.record],
                    &patients_in(key.kind, filed.value()),
                    reading.extent,
                ),
                finality: document.text("status").and_then(finality_of_status),
                as_of: now,
                message: None,
                at: now,
                custodian: LOADED.custodian.to_owned(),
                body: filed.into_bytes(),
            });
        }
        let new = changes.resources.iter().filter(|row| row.version == 1).count() as u64;
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) =
            (new, loading.documents.len() as u64 - new);
        if let Some(row) = &known {
            let now_said = loading.documents.iter().find(|(key, _)| key.kind == Kind::Patient);
            let now_said = now_said.map(|(_, document)| claim_of(document, loading.record, LOADED));
            if let Some(said) = now_said {
                same_person(row, &said)?;
            }
        }
        let mut person = known.as_ref().map(|row| row.person);
        if known.is_none() {
            let patient = loading.documents.iter().find(|(key, _)| key.kind == Kind::Patient);
            let claim = patient.map(|(_, document)| claim_of(document, loading.record, LOADED));
            let Some(claim) = claim else { return Err(Refusal::not_found()) };
            person = Some(place(reading, loading.record, &claim, LOADED, &mut changes)?);
        }
        Ok((changes, person))
    }
}

/// Two or more that differ among these are another person under a known id (HAZARDS H04).
const OVERLAY: [(Feature, &str, &str); 3] = [
    (Feature::BirthDate, "birth date", "date de naissance"),
    (Feature::Sex, "sex", "sexe"),
    (Feature::HealthCard, "health card", "carte santé"),
];

/// That a Patient under an id on file is still the same person, by what was said before.
///
/// # Errors
/// A conflict that names what differs.
pub(super) fn same_person(row: &RecordRow, said: &Claim) -> Result<(), Refusal> {
    let Ok(before) = serde_json::from_str::<Claim>(&row.claim) else { return Ok(()) };
    let compared = clinical::identity::features::compare(&before, said);
    if compared.overlay_count() < 2 {
        return Ok(());
    }
    let (mut en, mut fr) = (Vec::new(), Vec::new());
    if compared.name_differs() {
        en.push("name");
        fr.push("nom");
    }
    for (_, in_english, in_french) in
        OVERLAY.iter().filter(|(feature, ..)| compared.outcome(*feature) == Outcome::Disagrees)
    {
        en.push(in_english);
        fr.push(in_french);
    }
    Err(Refusal::new(
        RefusalKind::Conflict,
        format!(
            "The Patient on file under this id is somebody else: these differ: {}. Nothing was written. Write another person under another id.",
            en.join(", ")
        ),
        format!(
            "Le Patient au dossier sous cet id est quelqu'un d'autre; diffèrent : {}. Rien n'a été écrit. Écrivez une autre personne sous un autre id.",
            fr.join(", ")
        ),
    ))
}

/// Asks the identity desk whether a record that says something new, or that comes back, is somebody else on file. It stays
/// with its person until somebody answers.
pub(super) fn ask_again(
    reading: &Reading<'_>,
    row: &RecordRow,
    claim: &Claim,
    source: Source,
    changes: &mut Changes,
) -> Result<(), Refusal> {
    let mut likely = Likely::new(reading.view, Some(reading.warm), claim, row.record);
    let _ = likely.find(&HashSet::new(), changes)?;
    let (reason, asked) = match likely.decide(None)? {
        Decision::Same { person, .. } if person != row.person => (
            Words::new(
                "What is said of this patient now agrees with somebody else on file. Compare the two; link them if they are one.",
                "Ce qui est dit de ce patient concorde maintenant avec quelqu'un d'autre au dossier. Comparez les deux; liez-les s'il s'agit d'une seule personne.",
            ),
            likely.closest(person).into_iter().collect(),
        ),
        Decision::Perhaps { reason, candidates } | Decision::Look { reason, candidates } => {
            let asked = likely.one_of_each_person(candidates).into_iter().map(|(record, _)| record);
            (reason, asked.collect::<Vec<_>>())
        }
        Decision::Same { .. } | Decision::Known { .. } | Decision::New { .. } => return Ok(()),
    };
    for other in asked {
        let is_another = reading.view.record(other)?.is_some_and(|other| other.person != row.person);
        if is_another {
            ask_about([row.record, other], claim, &reason, source, reading, changes);
        }
    }
    Ok(())
}

/// Opens the question whether two records are one person.
fn ask_about(
    records: [RecordId; 2],
    claim: &Claim,
    reason: &Words,
    source: Source,
    reading: &Reading<'_>,
    changes: &mut Changes,
) {
    let pair = Pair {
        records,
        claim,
        reason: reason.clone(),
        risk: 0,
        because: Words::new(
            "A record that was loaded from another system.",
            "Un dossier chargé depuis un autre système.",
        ),
        actor: &reading.context.actor.id,
        custodian: source.custodian,
    };
    open_pair(&pair, reading.context.now, changes);
}

/// On which person a record is filed that was not known: judged like a registration that came by a message (see
/// `intake/filing/placing.rs`), but what is in doubt is loaded as a person of its own with the question open, since
/// nobody is there to send it again.
pub(super) fn place(
    reading: &Reading<'_>,
    record: RecordId,
    claim: &Claim,
    source: Source,
    changes: &mut Changes,
) -> Result<PersonId, Refusal> {
    let (now, actor) = (reading.context.now, &reading.context.actor.id);
    let warm = Some(reading.warm);
    let mut likely = Likely::new(reading.view, warm, claim, record);
    // A number that stands on hundreds of records tells nobody apart.
    let _ = likely.find(&HashSet::new(), changes)?;
    let mut placed = Placed::own(record);
    match likely.decide(None)? {
        Decision::Same { person, evidence } => {
            changes.requires.push(Requirement::PersonEpochIs(person, reading.view.person_epoch(person)?));
            let same_as = likely.closest(person);
            placed = Placed { person, same_as, evidence, asked: Vec::new(), reason: None };
        }
        Decision::Perhaps { reason, candidates: asked } | Decision::Look { reason, candidates: asked } => {
            placed.asked = likely.one_of_each_person(asked).into_iter().map(|(record, _)| record).collect();
            placed.reason = Some(reason);
        }
        Decision::Known { .. } | Decision::New { .. } => {}
    }
    changes.records.push(RecordRow {
        record,
        authority: source.authority.to_owned(),
        value: record.to_string(),
        person: placed.person,
        epoch: 1,
        keys: identity::blocking_keys(claim).iter().map(|key| key.as_i64()).collect(),
        claim: serde_json::to_string(claim).map_err(|e| Refusal::unreadable(e.to_string(), e.to_string()))?,
        claim_as_of: now,
        custodian: source.custodian.to_owned(),
    });
    changes.links.push(placed.event(record, actor, now));
    if let Some(reason) = placed.reason {
        for other in placed.asked {
            ask_about([record, other], claim, &reason, source, reading, changes);
        }
    }
    Ok(placed.person)
}

/// Where a loaded record goes.
struct Placed {
    person: PersonId,
    same_as: Option<RecordId>,
    evidence: Vec<Evidence>,
    asked: Vec<RecordId>,
    reason: Option<Words>,
}

impl Placed {
    /// As a person of its own.
    fn own(record: RecordId) -> Self {
        let person = PersonId::born_with(record);
        Self { person, same_as: None, evidence: Vec::new(), asked: Vec::new(), reason: None }
    }

    fn event(&self, record: RecordId, actor: &str, now: Instant) -> LinkEvent {
        let born = LinkEvent::born(record, self.person, self.same_as, now);
        if self.same_as.is_some() {
            return LinkEvent {
                actor: actor.to_owned(),
                reason: serde_json::json!({ "evidence": self.evidence }).to_string(),
                rule: RULE.to_owned(),
                score: Some(score(&self.evidence)),
                ..born
            };
        }
        let words = if self.reason.is_some() {
            Words::new(
                "Loaded as a record of its own; the identity desk is asked whether it is somebody on file.",
                "Chargé comme dossier distinct; on demande au bureau de l'identité s'il s'agit d'une personne connue.",
            )
        } else {
            Words::new(
                "Loaded as a record of its own: nobody on file is like it.",
                "Chargé comme dossier distinct : personne au dossier ne lui ressemble.",
            )
        };
        LinkEvent { actor: actor.to_owned(), reason: crate::obligations::words_json(&words), ..born }
    }
}

/// What a loaded Patient claims, so that it can be found and matched.
pub(super) fn claim_of(document: &Document, record: RecordId, source: Source) -> Claim {
    use clinical::identity::{Identifier, IdentifierSort, Name, Sex};
    let patient = fhir::read::patient::read(document.value());
    let own = Identifier {
        sort: IdentifierSort::RecordNumber,
        authority: source.authority.to_owned(),
        value: record.to_string(),
    };
    let mut identifiers = vec![own.clone()];
    for identifier in &patient.identifiers {
        let card = fhir::system::HEALTH_NUMBERS
            .iter()
            .find(|number| identifier.system.as_deref() == Some(number.system));
        if let Some(card) = card {
            identifiers.push(Identifier {
                sort: IdentifierSort::HealthCard,
                authority: card.jurisdiction.to_owned(),
                value: identifier.value.clone(),
            });
        }
    }
    let names = patient
        .names
        .iter()
        .map(|name| Name {
            family: name.family.clone().unwrap_or_default(),
            given: name.given.first().cloned().unwrap_or_default(),
            middle: name.given.get(1..).unwrap_or_default().join(" "),
            ..Name::default()
        })
        .collect();
    Claim {
        own: Some(own),
        identifiers,
        names,
        birth_date: document.text("birthDate").unwrap_or_default().to_owned(),
        sex: match document.text("gender") {
            Some("male") => Sex::Male,
            Some("female") => Sex::Female,
            Some("other") => Sex::Other,
            _ => Sex::Unknown,
        },
        postal_code: document.text("address.postalCode").unwrap_or_default().replace(' ', "").to_uppercase(),
        town: document.text("address.city").unwrap_or_default().to_owned(),
        died: document.text("deceasedDateTime").is_some(),
        ..Claim::default()
    }
}
