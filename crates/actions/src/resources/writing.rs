//! FHIR writes: create, update, patch, delete, each on a condition or not; one or many, all or nothing (FHIR R4 3.1.0).
//!
//! What a message brought is not rewritten here: its sender corrects it. A resource stands at the record of its patient,
//! so that it is read with everything else of theirs (decision 31).

mod homes;

use super::bodies::{self, References};
use super::conditions::{Matches, digest, matches, several};
use super::loading::Source;
use super::resource;
use crate::access::lets_write;
use crate::intake::finality_of_status;
use crate::record::{Act, Reading, Sealed, audit_row};
use crate::refusal::{Refusal, RefusalKind};
use clinical::access::Permission;
use clinical::smart::Interaction;
use fhir::patch::Patch;
use fhir::search::r4::patients_in;
use fhir::{Document, Instant, Kind, Object, PersonId, RecordId, ResourceKey};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Changes, MadeOnCondition, Requirement, Signpost, StoredVersion, VersionRow};

/// Where records come from that an application makes.
pub(super) const APPLICATIONS: Source = Source { authority: "fhir", custodian: "fhir" };

/// Which resource is meant.
#[derive(Debug, Clone)]
pub enum Target {
    /// The one of this id.
    Id(String),
    /// The one that this search finds.
    Condition(String),
}

/// What is done to it.
#[derive(Debug, Clone)]
pub enum Change {
    /// Make a new one; unless the search finds one already.
    Create {
        /// JSON.
        body: Vec<u8>,
        /// `If-None-Exist`.
        unless: Option<String>,
    },
    /// Put this in its place; make it when there is none.
    Update {
        /// Which.
        target: Target,
        /// JSON.
        body: Vec<u8>,
        /// `If-Match`; 0 = only when there is none (`If-None-Match: *`).
        version: Option<u32>,
    },
    /// Change parts of it.
    Patch {
        /// Which.
        target: Target,
        /// What changes.
        patch: Patch,
        /// `If-Match`.
        version: Option<u32>,
    },
    /// Take it away; its history stays.
    Delete {
        /// Which.
        target: Target,
        /// `If-Match`.
        version: Option<u32>,
    },
}

/// One interaction.
#[derive(Debug, Clone)]
pub struct Step {
    /// Type of resource.
    pub kind: Kind,
    /// What is done.
    pub change: Change,
    /// Under which address others of the same transaction refer to it.
    pub full_url: Option<String>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// There is a new resource.
    Created,
    /// There is a new version.
    Updated,
    /// It was so already.
    Unchanged,
    /// It is gone; `false` = there was none.
    Deleted(bool),
}

/// The result of a step.
#[derive(Debug, Clone)]
pub struct Done {
    /// What became of it.
    pub became: Became,
    /// The resource as it is now; without bytes after a deletion.
    pub resource: super::Resource,
}

/// Act: write resources, all or nothing.
#[derive(Debug, Clone)]
pub struct Write {
    /// What is done, in any order.
    pub steps: Vec<Step>,
    /// Never used before: ids are made of it.
    pub seed: String,
    /// The address of this server as the application reached it, such as `https://host/fhir`; empty when it has none.
    pub base: String,
    /// Whether what is not as R4 and its profiles demand is refused.
    pub is_strict: bool,
    done: Arc<Mutex<Vec<Done>>>,
}

impl Write {
    /// These steps.
    #[must_use]
    pub fn new(steps: Vec<Step>, seed: String) -> Self {
        Self { steps, seed, base: String::new(), is_strict: false, done: Arc::default() }
    }
    /// With the address of this server as the application reached it.
    #[must_use]
    pub fn reached_at(self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self }
    }
    /// Refusing what is not as R4 and its profiles demand, or keeping it.
    #[must_use]
    pub fn strict(self, is_strict: bool) -> Self {
        Self { is_strict, ..self }
    }
    /// Where the results of the steps will be, in their order, when the act is done.
    #[must_use]
    pub fn results(&self) -> Results {
        Results(Arc::clone(&self.done))
    }
}

/// The results of a [`Write`].
pub struct Results(Arc<Mutex<Vec<Done>>>);

impl Results {
    /// The results; empty while the act is not done.
    #[must_use]
    pub fn take(&self) -> Vec<Done> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A step when it is known what it is done to.
enum Plan {
    /// What stands already is the answer.
    Found(StoredVersion),
    /// There is nothing to take away.
    Nothing(ResourceKey, String),
    /// A version is written.
    Write {
        key: ResourceKey,
        id: String,
        /// Whether a client chose the id.
        is_chosen: bool,
        latest: u32,
        was_there: Option<StoredVersion>,
        content: Content,
    },
}

enum Content {
    Body(Document),
    Patch(Patch),
    Gone,
}

impl Sealed for Write {}
impl Act for Write {
    const PERMISSION: Permission = Permission::WriteFhir;
    const FOR_APPS: bool = true;
    fn object(&self) -> String {
        super::steps_told(&self.steps)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let mut changes = Changes::default();
        let mut writing = Writing {
            reading,
            seed: &self.seed,
            base: &self.base,
            is_strict: self.is_strict,
            changes: &mut changes,
            people: BTreeSet::new(),
            conditions: HashSet::new(),
        };
        let plans = writing.plans(&self.steps)?;
        let done = writing.write(&self.steps, plans)?;
        let mut people = std::mem::take(&mut writing.people).into_iter();
        let first = people.next();
        for person in people {
            changes.audit.push(audit_row(reading.context, Self::PERMISSION, Some(person), self.object()));
        }
        *self.done.lock().unwrap_or_else(PoisonError::into_inner) = done;
        Ok((changes, first))
    }
}

struct Writing<'w, 'r> {
    reading: &'w Reading<'r>,
    seed: &'w str,
    base: &'w str,
    is_strict: bool,
    changes: &'w mut Changes,
    people: BTreeSet<PersonId>,
    /// On which conditions something is made now.
    conditions: HashSet<Vec<u8>>,
}

impl Writing<'_, '_> {
    fn plans(&mut self, steps: &[Step]) -> Result<Vec<Plan>, Refusal> {
        let plans =
            steps.iter().enumerate().map(|(n, step)| self.plan(n, step)).collect::<Result<Vec<_>, _>>()?;
        let mut seen = HashSet::new();
        for plan in &plans {
            if let Plan::Write { key, id, .. } = plan
                && !seen.insert(*key)
            {
                let words =
                    format!("{}/{id} stands in this transaction more than once; keep one of them", key.kind);
                return Err(Refusal::unreadable(words.clone(), words));
            }
        }
        Ok(plans)
    }

    fn plan(&mut self, n: usize, step: &Step) -> Result<Plan, Refusal> {
        let kind = step.kind;
        match &step.change {
            Change::Create { body, unless } => {
                let document = bodies::document(kind, body)?;
                if let Some(condition) = unless {
                    if let Some(found) = self.found(kind, condition)? {
                        return Ok(Plan::Found(found));
                    }
                    self.once(kind, condition)?;
                }
                Ok(self.fresh(n, kind, document))
            }
            Change::Update { target, body, version } => {
                let document = bodies::document(kind, body)?;
                let own = document.id().map(str::to_owned);
                let body = Content::Body(document);
                match target {
                    Target::Id(id) => {
                        if own.as_ref() != Some(id) {
                            let words = match own {
                                Some(own) => format!(
                                    "{kind}.id is \"{own}\" and the address says \"{id}\"; make them the same"
                                ),
                                None => format!(
                                    "{kind}.id is missing; an update names the resource in its body too: \"{id}\""
                                ),
                            };
                            return Err(Refusal::malformed(&words));
                        }
                        self.write_at(kind, id, *version, body)
                    }
                    Target::Condition(condition) => match (matches(self.reading, kind, condition)?, own) {
                        (Matches::Several, _) => Err(several(kind, condition)),
                        (Matches::One(key), own) => {
                            let found = self.reading.view.current(key)?.ok_or_else(Refusal::not_found)?;
                            let id = resource(found).id;
                            if own.as_ref().is_some_and(|own| *own != id) {
                                let words = format!(
                                    "{kind}.id does not name the resource that the condition finds ({id}); leave it out"
                                );
                                return Err(Refusal::unreadable(words.clone(), words));
                            }
                            self.write_at(kind, &id, *version, body)
                        }
                        (Matches::None, Some(own)) => {
                            self.once(kind, condition)?;
                            self.write_at(kind, &own, *version, body)
                        }
                        (Matches::None, None) => {
                            self.once(kind, condition)?;
                            let Content::Body(body) = body else { return Err(Refusal::not_found()) };
                            Ok(self.fresh(n, kind, body))
                        }
                    },
                }
            }
            Change::Patch { target, patch, version } => {
                let id = self.id_of(kind, target)?.ok_or_else(Refusal::not_found)?;
                match self.write_at(kind, &id, *version, Content::Patch(patch.clone()))? {
                    Plan::Write { was_there: None, .. } => Err(Refusal::not_found()),
                    plan => Ok(plan),
                }
            }
            Change::Delete { target, version } => {
                let Some(id) = self.id_of(kind, target)? else {
                    return Ok(Plan::Nothing(ResourceKey::named(kind, ""), String::new()));
                };
                match self.write_at(kind, &id, *version, Content::Gone) {
                    Ok(Plan::Write { was_there: None, key, .. }) => Ok(Plan::Nothing(key, id)),
                    // What is out of reach is answered like what is not there.
                    Err(refusal) if refusal.kind == RefusalKind::NotFound => {
                        Ok(Plan::Nothing(ResourceKey::named(kind, &id), id))
                    }
                    plan => plan,
                }
            }
        }
    }

    /// What is made on a condition is made once: nobody else makes it meanwhile, and this request not twice.
    fn once(&mut self, kind: Kind, condition: &str) -> Result<(), Refusal> {
        let digest = digest(kind, condition)?;
        let before = self.reading.view.made_on(&digest)?;
        self.changes.requires.push(Requirement::ConditionIs(digest.clone(), before));
        if self.conditions.insert(digest) {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalKind::Unmet,
            format!(
                "\"{kind}?{condition}\" is the condition of more than one entry, and nothing matches it yet; keep one of them"
            ),
            format!(
                "« {kind}?{condition} » est la condition de plus d'une entrée, et rien n'y correspond encore; gardez-en une"
            ),
        ))
    }

    fn id_of(&self, kind: Kind, target: &Target) -> Result<Option<String>, Refusal> {
        match target {
            Target::Id(id) => Ok(Some(id.clone())),
            Target::Condition(condition) => match matches(self.reading, kind, condition)? {
                Matches::None => Ok(None),
                Matches::One(key) => Ok(self.reading.view.current(key)?.map(|found| resource(found).id)),
                Matches::Several => Err(several(kind, condition)),
            },
        }
    }

    /// What a condition finds: one, nothing, or a refusal.
    fn found(&self, kind: Kind, condition: &str) -> Result<Option<StoredVersion>, Refusal> {
        match matches(self.reading, kind, condition)? {
            Matches::None => Ok(None),
            Matches::One(key) => Ok(self.reading.view.current(key)?),
            Matches::Several => Err(several(kind, condition)),
        }
    }

    /// A resource that is made now. Where it stands is known when its references are.
    fn fresh(&self, n: usize, kind: Kind, body: Document) -> Plan {
        let key = self.fresh_key(n, kind, &body, &References::new(self.base));
        let content = Content::Body(body);
        Plan::Write { key, id: key.id(), is_chosen: false, latest: 0, was_there: None, content }
    }

    fn fresh_key(&self, n: usize, kind: Kind, body: &Document, references: &References) -> ResourceKey {
        let patient = match kind {
            Kind::Patient => None,
            _ => bodies::future_patients(kind, body.value(), references).first().copied(),
        };
        ResourceKey::fresh(kind, patient, &[self.seed, &n.to_string()])
    }

    fn write_at(
        &self,
        kind: Kind,
        id: &str,
        version: Option<u32>,
        content: Content,
    ) -> Result<Plan, Refusal> {
        if !fhir::id::is_logical_id(id) {
            let words = format!("\"{id}\" is no id: letters, digits, \"-\" and \".\", at most 64 of them");
            return Err(Refusal::unreadable(words.clone(), words));
        }
        let view = self.reading.view;
        let place = view.place(kind, id)?;
        let was_there = view.current(place.key)?;
        if let Some(wanted) = version {
            let has = was_there.as_ref().map_or(0, |stored| stored.version);
            if wanted == 0 && has > 0 {
                return Err(Refusal::new(
                    RefusalKind::Unmet,
                    format!(
                        "{kind}/{id} is there already, at version {has}, and was to be made only when there is none. Read it; leave If-None-Match out to change it."
                    ),
                    format!(
                        "{kind}/{id} existe déjà, à la version {has}, et ne devait être créé que s'il n'y en avait pas. Lisez-le; retirez If-None-Match pour le changer."
                    ),
                ));
            }
            if has != wanted {
                return Err(Refusal::new(
                    RefusalKind::Unmet,
                    format!(
                        "{kind}/{id} is at version {has}, the request is for version {wanted}. Read it again, then repeat the change."
                    ),
                    format!(
                        "{kind}/{id} est à la version {has}, la demande vise la version {wanted}. Relisez-le, puis répétez le changement."
                    ),
                ));
            }
        }
        if place.is_there && was_there.is_none() {
            // Out of reach: it is not for this token to know that there is something.
            return Err(Refusal::not_found());
        }
        if was_there.as_ref().is_some_and(|stored| stored.message.is_some()) {
            return Err(Refusal::conflict(
                "A message brought this resource. Its sender corrects it; add what you know as a resource of your own.",
                "Un message a apporté cette ressource. Son expéditeur la corrige; ajoutez ce que vous savez comme ressource à vous.",
            ));
        }
        let (id, latest) = (id.to_owned(), place.latest);
        Ok(Plan::Write { key: place.key, id, is_chosen: true, latest, was_there, content })
    }

    fn write(&mut self, steps: &[Step], mut plans: Vec<Plan>) -> Result<Vec<Done>, Refusal> {
        let references = self.references(steps, &mut plans)?;
        let mut done = Vec::with_capacity(plans.len());
        for (step, plan) in steps.iter().zip(plans) {
            done.push(self.one(step, plan, &references)?);
        }
        Ok(done)
    }

    /// What references of a transaction stand for: its own addresses, and searches. Resources that are made now stand at
    /// the record of the patient they name by such an address.
    fn references(&self, steps: &[Step], plans: &mut [Plan]) -> Result<References, Refusal> {
        let mut references = References::new(self.base);
        let targets = &mut references.targets;
        for (step, plan) in steps.iter().zip(&*plans) {
            let id = match plan {
                Plan::Found(stored) => resource(stored.clone()).id,
                Plan::Nothing(_, id) | Plan::Write { id, .. } => id.clone(),
            };
            if let Some(url) = &step.full_url
                && targets.insert(url.clone(), format!("{}/{id}", step.kind)).is_some()
            {
                let words =
                    format!("fullUrl {url} stands in this transaction more than once; keep one of them");
                return Err(Refusal::unreadable(words.clone(), words));
            }
        }
        let mut searches = Vec::new();
        for plan in &*plans {
            if let Plan::Write { content: Content::Body(body), .. } = plan
                && memchr::memchr(b'?', body.bytes()).is_some()
            {
                bodies::conditional_references(body.value(), &mut searches);
            }
        }
        for search in searches {
            let Some((kind, condition)) = search.split_once('?') else { continue };
            let Ok(kind) = kind.parse::<Kind>() else { continue };
            let found = self.found(kind, condition)?.ok_or_else(|| {
                Refusal::new(
                    RefusalKind::Unmet,
                    format!("No {kind} matches the reference \"{search}\". Write it first, or refer to it by its id."),
                    format!("Aucun {kind} ne correspond à la référence « {search} ». Écrivez-le d'abord, ou désignez-le par son id."),
                )
            })?;
            targets.insert(search.clone(), format!("{kind}/{}", resource(found).id));
        }
        if targets.is_empty() {
            return Ok(references);
        }
        let mut after = Vec::new();
        for (n, (step, plan)) in steps.iter().zip(plans.iter_mut()).enumerate() {
            let Plan::Write { key, id, latest: 0, content: Content::Body(body), .. } = plan else { continue };
            if !matches!(step.change, Change::Create { .. }) || step.kind == Kind::Patient {
                continue;
            }
            let fresh = self.fresh_key(n, step.kind, body, &references);
            (*key, *id) = (fresh, fresh.id());
            after.extend(step.full_url.as_ref().map(|url| (url.clone(), format!("{}/{id}", step.kind))));
        }
        references.targets.extend(after);
        Ok(references)
    }

    fn one(&mut self, step: &Step, plan: Plan, references: &References) -> Result<Done, Refusal> {
        let now = self.reading.context.now;
        let (key, id, is_chosen, latest, was_there, content) = match plan {
            Plan::Found(stored) => {
                self.person(stored.key.record)?;
                return Ok(Done { became: Became::Unchanged, resource: resource(stored) });
            }
            Plan::Nothing(key, id) => {
                let nothing = super::Resource { key, id, version: 0, at: now, body: Vec::new() };
                return Ok(Done { became: Became::Deleted(false), resource: nothing });
            }
            Plan::Write { key, id, is_chosen, latest, was_there, content } => {
                (key, id, is_chosen, latest, was_there, content)
            }
        };
        let interaction = match (&content, latest) {
            (Content::Gone, _) => Interaction::Delete,
            (_, 0) => Interaction::Create,
            _ => Interaction::Update,
        };
        let document = match content {
            Content::Gone => {
                lets_write(self.reading, interaction, key, was_there.as_ref().map(|stored| &*stored.body))?;
                self.requires_history(key, latest);
                self.version(key, latest, now, Vec::new(), None, Vec::new());
                if let Some(stored) = &was_there {
                    self.people.extend(super::people(self.reading, [stored])?);
                }
                self.subscription(step.kind, &id, None)?;
                let gone = super::Resource { key, id, version: latest + 1, at: now, body: Vec::new() };
                return Ok(Done { became: Became::Deleted(true), resource: gone });
            }
            Content::Patch(patch) => {
                let stored = was_there.as_ref().ok_or_else(Refusal::not_found)?;
                let patched = patch
                    .apply(&stored.body)
                    .map_err(|error| Refusal::unreadable(error.to_string(), error.to_string()))?;
                let document = bodies::document(step.kind, &patched)?;
                if document.id() != Some(id.as_str()) {
                    let words = format!("{}.id: a patch does not change the id", step.kind);
                    return Err(Refusal::unreadable(words.clone(), words));
                }
                document
            }
            Content::Body(document) => document,
        };
        let document = references.within(document, &id)?;
        let document = crate::subscriptions::with_end(document, self.reading.context)?;
        if let Some(stored) = was_there.as_ref().filter(|stored| stored.body == document.bytes()) {
            self.person(stored.key.record)?;
            return Ok(Done { became: Became::Unchanged, resource: resource(stored.clone()) });
        }
        if self.is_strict {
            bodies::as_defined(&document, now)?;
        }
        let patients = bodies::patients(step.kind, document.value());
        let named = ResourceKey::named(step.kind, &id);
        let key = match latest {
            0 => self.home(key, (&id, is_chosen), &patients)?,
            _ => self.stays(key, &id, was_there.as_ref(), &patients)?,
        };
        // What it was and what it becomes: nothing is carried over the edge of what is let.
        if let Some(stored) = &was_there {
            lets_write(self.reading, interaction, key, Some(&stored.body))?;
        }
        lets_write(self.reading, interaction, key, Some(document.bytes()))?;
        let from: BTreeSet<RecordId> = patients
            .iter()
            .copied()
            .chain(bodies::tied(step.kind, document.value()))
            .chain([named.record])
            .collect();
        for from in from.into_iter().filter(|record| *record != key.record) {
            self.changes
                .signposts
                .push(Signpost { from: ResourceKey { record: from, ..key }, home: key.record });
        }
        if step.kind == Kind::Patient {
            self.patient(key.record, &document, was_there.is_none())?;
        }
        self.subscription(step.kind, &id, Some(document.value()))?;
        let named = patients_in(step.kind, document.value());
        let index = bodies::index(key, document.value(), &patients, &named, self.reading.extent);
        let as_of = bodies::as_of(step.kind, document.value(), now);
        let finality = document.text("status").and_then(finality_of_status);
        if is_chosen || latest > 0 {
            self.requires_history(key, latest);
        }
        let body = document.into_bytes();
        self.version(key, latest, as_of, body.clone(), finality, index);
        if let Some(condition) = condition_of(&step.change) {
            self.changes.conditions.push(MadeOnCondition { digest: digest(step.kind, condition)?, key });
        }
        self.person(key.record)?;
        let made = StoredVersion {
            key,
            version: latest + 1,
            current: true,
            latest: latest + 1,
            body,
            finality,
            as_of,
            message: None,
            at: now,
        };
        self.people.extend(super::persons(self.reading, named)?);
        self.people.extend(super::people(self.reading, &was_there)?);
        let became = if was_there.is_some() { Became::Updated } else { Became::Created };
        Ok(Done { became, resource: resource(made) })
    }

    /// Nobody else wrote the next version meanwhile. An id that was made now needs no such look: writing a first version
    /// proves that there was none.
    fn requires_history(&mut self, key: ResourceKey, latest: u32) {
        self.changes.requires.push(Requirement::HistoryIs(key, latest));
    }

    fn version(
        &mut self,
        key: ResourceKey,
        latest: u32,
        as_of: Instant,
        body: Vec<u8>,
        finality: Option<u8>,
        index: Vec<fhir::search::IndexRow>,
    ) {
        self.changes.resources.push(VersionRow {
            key,
            version: latest + 1,
            current: true,
            index,
            finality,
            as_of,
            message: None,
            at: self.reading.context.now,
            custodian: APPLICATIONS.custodian.to_owned(),
            body,
        });
    }

    /// What a Subscription asks for begins or ends with it.
    fn subscription(&mut self, kind: Kind, id: &str, resource: Option<&Object>) -> Result<(), Refusal> {
        if kind != Kind::Subscription {
            return Ok(());
        }
        if let Some((requires, changes)) =
            crate::subscriptions::written(self.reading, self.base, id, resource)?
        {
            self.changes.requires.extend(requires);
            self.changes.subscriptions.extend(changes);
        }
        Ok(())
    }

    /// A person whose record is written in gets an audit row.
    fn person(&mut self, record: RecordId) -> Result<(), Refusal> {
        self.people.extend(self.reading.view.person_today(record)?);
        Ok(())
    }
}

/// The condition under which a step makes something.
fn condition_of(change: &Change) -> Option<&str> {
    match change {
        Change::Create { unless, .. } => unless.as_deref(),
        Change::Update { target: Target::Condition(condition), .. } => Some(condition),
        _ => None,
    }
}
