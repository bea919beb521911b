//! Referrals as people see them: what is asked, of whom, where it stands, and the word of whoever decides.

mod answering;

use crate::chart::{self, Chart, Filed, moment_at};
use crate::deliveries::desk_words;
use crate::obligations::{ended, event, id, row, words_json};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use crate::reports::ReportLine;
use clinical::intake::ReportClass;
use clinical::obligations::{ObligationKind, Outcome, Owner};
use clinical::results::Finality;
use clinical::words::Words;
use fhir::{Kind, Object, PersonId, ResourceKey};
use store::{Changes, ObligationChange, ObligationFilter, ObligationRow, ObligationState, Requirement};

/// Obligations of one referral that are looked through.
const OBLIGATIONS_LIMIT: usize = 200;
/// What a person types is kept up to this many characters.
const WORDS_LIMIT_CHARS: usize = 2_000;
/// Who asks by a referral, and what a Task says of one (HL7 table 0283).
const REFERRAL_STATUS: &str = "http://terminology.hl7.org/CodeSystem/v2-0283";

/// What whoever a referral goes to says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They see the patient.
    Accept,
    /// They do not; why is told to who asked.
    Decline,
}

/// Act: say what becomes of a referral that waits for you. Who asked is told by an answer to their system (RRI), or by
/// the delivery desk where no system of theirs takes one.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Whose.
    pub person: PersonId,
    /// The ServiceRequest.
    pub request: ResourceKey,
    /// What is said.
    pub decision: Decision,
    /// When they are seen, or why not; never empty.
    pub words: String,
}

/// Whether a request or Task is of a referral, else of an order.
fn is_referral(object: &Object, kind: Kind) -> bool {
    match kind {
        Kind::Task => object.texts("businessStatus.coding.system").contains(&REFERRAL_STATUS),
        _ => object.texts("category.coding.code").contains(&"3457005"),
    }
}

/// The line of a referral, of an answer to one, or of the news of an order.
pub(crate) fn line(resource: &Filed) -> ReportLine {
    let (object, kind) = (&resource.object, resource.key().kind);
    let referral = is_referral(object, kind);
    let withdrawn = matches!(
        object.text("status"),
        Some("revoked" | "entered-in-error" | "cancelled" | "rejected" | "failed")
    );
    let asked = object.concepts("category").into_iter().rev().chain(object.concepts("code"));
    let title = asked.filter_map(|concept| concept.shown().map(str::to_owned)).next();
    let at = moment_at(object, "authoredOn").or_else(|| moment_at(object, "lastModified"));
    ReportLine {
        key: resource.key(),
        title: title.unwrap_or_default(),
        class: if referral { ReportClass::Referral } else { ReportClass::Order },
        at: at.unwrap_or(resource.stored.as_of),
        finality: if withdrawn { Finality::Withdrawn } else { Finality::Final },
        flagged: false,
        accession: object.text("identifier.value").unwrap_or_default().to_owned(),
    }
}

/// What was written beside a request, as text to read.
pub(crate) fn notes(object: &Object) -> Vec<String> {
    let is_asked = matches!(object.text("resourceType"), Some("ServiceRequest" | "Task"));
    let texts = if is_asked { object.texts("note.text") } else { Vec::new() };
    texts.into_iter().map(str::to_owned).collect()
}

/// Who asks whom for what, how urgently, and where it stands: label and text.
pub(crate) fn facts(
    reading: &Reading<'_>,
    chart: &Chart,
    shown: &Filed,
) -> Result<Vec<(Words, String)>, Refusal> {
    let mut facts = Vec::new();
    let mut object = shown.object.clone();
    if shown.key().kind == Kind::Task {
        let status = status_words(shown.object.text("status").unwrap_or_default());
        facts.push((Words::new("Answer", "Réponse"), both(&status)));
        add(
            &mut facts,
            "Why",
            "Pourquoi",
            shown.object.concept("statusReason").iter().filter_map(|c| c.shown()),
        );
        let focus = shown.object.text("focus.reference").and_then(ResourceKey::from_reference);
        if let Some(stored) = focus.map(|key| reading.view.current(key)).transpose()?.flatten() {
            object = chart::filed(stored)?.object;
        }
    }
    let named = |path: &str| object.reference_names(path);
    add(&mut facts, "Asked by", "Demandé par", named("requester").iter().map(String::as_str));
    add(&mut facts, "Goes to", "Adressé à", named("performer").iter().map(String::as_str));
    let priority = match object.text("priority").unwrap_or_default() {
        "routine" => Words::new("routine", "ordinaire"),
        "urgent" => Words::new("urgent", "urgente"),
        "asap" => Words::new("as soon as possible", "dès que possible"),
        "stat" => Words::new("at once", "immédiate"),
        _ => Words::new("not stated: it counts as urgent", "non indiquée : elle compte comme urgente"),
    };
    facts.push((Words::new("Priority", "Priorité"), both(&priority)));
    let shown_of = |path: &str| -> Vec<String> {
        object.concepts(path).iter().filter_map(|concept| concept.shown().map(str::to_owned)).collect()
    };
    add(&mut facts, "For", "Pour", shown_of("category").iter().map(String::as_str));
    add(&mut facts, "Reason", "Motif", shown_of("reasonCode").iter().map(String::as_str));
    for words in standing(reading, chart, shown)? {
        facts.push((Words::new("Where it stands", "Où elle en est"), both(&words)));
    }
    Ok(facts)
}

/// A fact in both languages, for it stands beside the sender's own words.
fn both(words: &Words) -> String {
    if words.en == words.fr { words.en.clone() } else { format!("{} / {}", words.en, words.fr) }
}

fn add<'t>(facts: &mut Vec<(Words, String)>, en: &str, fr: &str, texts: impl Iterator<Item = &'t str>) {
    let texts: Vec<&str> = texts.filter(|text| !text.trim().is_empty()).collect();
    if !texts.is_empty() {
        facts.push((Words::new(en, fr), texts.join("; ")));
    }
}

/// A Task's status as people read it.
fn status_words(status: &str) -> Words {
    let (en, fr) = match status {
        "requested" => ("asked", "demandée"),
        "received" => ("received, not decided", "reçue, sans décision"),
        "accepted" => ("accepted", "acceptée"),
        "rejected" => ("declined", "refusée"),
        "cancelled" => ("cancelled", "annulée"),
        "failed" => ("not done", "non exécutée"),
        "on-hold" => ("on hold", "suspendue"),
        "completed" => ("done", "terminée"),
        "in-progress" => ("in progress", "en cours"),
        other => (other, other),
    };
    Words::new(en, fr)
}

/// Where a referral stands: who must decide and until when, or how it was decided.
fn standing(reading: &Reading<'_>, chart: &Chart, shown: &Filed) -> Result<Vec<Words>, Refusal> {
    let number = shown.object.text("identifier.value").unwrap_or_default();
    let mut said = Vec::new();
    for record in chart.records.iter().map(|source| source.row.record) {
        for row in of_kind(reading, record, None)? {
            if row.resource != Some(shown.key()) && (number.is_empty() || row.accession != number) {
                continue;
            }
            said.push(match &row.state {
                ObligationState::Open { owner, due, .. } => {
                    let owner = owner
                        .parse::<Owner>()
                        .map_or_else(|_| Words::new(owner, owner), |owner| owned(reading, &owner));
                    Words::new(
                        format!("not decided; {} has it until {due}", owner.en),
                        format!("sans décision; {} l'a jusqu'au {due}", owner.fr),
                    )
                }
                ObligationState::Ended { at, .. } => {
                    let last = reading.view.events(row.id)?.into_iter().last();
                    let how = last.map(|last| crate::obligations::words(&last.words)).unwrap_or_default();
                    Words::new(format!("{} ({at})", how.en), format!("{} ({at})", how.fr))
                }
            });
        }
    }
    Ok(said)
}

/// An owner by name, when it is somebody of the directory.
fn owned(reading: &Reading<'_>, owner: &Owner) -> Words {
    match owner {
        Owner::Practitioner { id, .. } => match reading.directory.practitioner(id) {
            Some(who) => Words::new(who.name(), who.name()),
            None => desk_words(owner),
        },
        _ => desk_words(owner),
    }
}

fn of_kind(
    reading: &Reading<'_>,
    record: fhir::RecordId,
    open: Option<bool>,
) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter {
        open,
        kind: Some(ObligationKind::Referral.code().to_owned()),
        record: Some(record),
        ..ObligationFilter::default()
    };
    Ok(reading.view.obligations(&filter, OBLIGATIONS_LIMIT, 0)?)
}

/// The decision that waits for the actor, when this is a referral to them.
pub(crate) fn awaited(reading: &Reading<'_>, request: ResourceKey) -> Result<Option<ObligationRow>, Refusal> {
    let Some(me) = reading.context.actor.practitioner.as_deref() else { return Ok(None) };
    let open = of_kind(reading, request.record, Some(true))?;
    Ok(open.into_iter().find(|row| row.resource == Some(request) && row.recipient_id == me))
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: clinical::access::Permission = clinical::access::Permission::HandleResult;
    fn object(&self) -> String {
        format!("{}/decision", self.request)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let record = reading.view.record(self.request.record)?.filter(|row| row.person == self.person);
        let Some(record) = record else { return Err(Refusal::not_found()) };
        let Some(owed) = awaited(reading, self.request)? else {
            return Err(Refusal::conflict(
                "No decision about this referral waits for you: it went to somebody else, or it was decided.",
                "Aucune décision sur cette demande ne vous attend : elle allait à quelqu'un d'autre, ou elle est décidée.",
            ));
        };
        let text: String = self.words.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        if text.is_empty() {
            return Err(Refusal::unreadable(
                "Write when the patient is seen, or why not: who asked is told this.",
                "Écrivez quand la personne sera vue, ou pourquoi non : c'est ce qui est dit à qui l'a demandé.",
            ));
        }
        let current = reading.view.current(self.request)?.ok_or_else(Refusal::not_found)?;
        let request = chart::filed(current)?;
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        // What a community provider says is correspondence: it stands with the obligation, and no entry of the record changes.
        let said = match self.decision {
            Decision::Accept => Words::new("accepts", "accepte"),
            Decision::Decline => Words::new("declines", "refuse"),
        };
        let words =
            Words::new(format!("{by} {} it: {text}", said.en), format!("{by} la {} : {text}", said.fr));
        let outcome = Outcome::Resolved { by: by.clone(), how: format!("{}: {text}", said.en) };
        let mut changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(owed.id, owed.revision)],
            obligations: vec![
                event(owed.id, now, &by, outcome.code(), &words),
                ObligationChange::Update(ended(&owed, &outcome, now)),
            ],
            ..Changes::default()
        };
        let key = id(&[&self.request.to_string(), "decided", &owed.id.to_string()]);
        let decided = answering::Decided {
            request: &request,
            accepted: self.decision == Decision::Accept,
            words: &text,
            title: &owed.subject,
            because: &words,
        };
        if decided.answer(reading, key, &mut changes)? {
            return Ok((changes, Some(self.person)));
        }
        let asker = request.object.reference_names("requester").into_iter().next().unwrap_or_default();
        let asker =
            if asker.is_empty() { "who asked / la personne qui l'a demandée".to_owned() } else { asker };
        let told = clinical::obligations::tell(&asker, "", words.clone(), now);
        let about = crate::obligations::About {
            resource: Some((self.request, request.stored.version)),
            record: Some(self.request.record),
            subject: Some(owed.subject.clone()),
            accession: owed.accession.clone(),
            custodian: record.custodian.clone(),
            ..crate::obligations::About::default()
        };
        let tell = row(key, &told, &about, now);
        let mut first = crate::obligations::opened(&tell, &by);
        first.words = words_json(&words);
        changes.obligations.extend([ObligationChange::Open(tell), ObligationChange::Event(first)]);
        Ok((changes, Some(self.person)))
    }
}
