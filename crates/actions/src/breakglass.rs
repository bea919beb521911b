//! Opening a chart where no relation is on file, and seeing what is withheld: a reason that the patient can see, or broken
//! glass for 60 minutes and one patient, reviewed by a second person, of which the patient is told (HAZARDS H75).

use crate::access;
use crate::chart::{self, Chart};
use crate::obligations::{About, id, opened, row as new_row};
use crate::patients::Banner;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::access::panel::Source;
use clinical::access::relation::{Emergency, Reason, Relation, WORDS_LIMIT_CHARS, ends};
use clinical::obligations::{Obligation, access_review, patient_notice};
use clinical::words::Words;
use fhir::{Instant, PersonId};
use store::{AccessGrant, Changes, GrantSort, ObligationChange, ObligationId, PrivacyChange, Requirement};

/// Look: whom a reason is asked for, and what is withheld of them.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whose chart.
    pub person: PersonId,
}

/// Answer to [`Asked`].
#[derive(Debug, Clone)]
pub struct AskedView {
    /// Who it is: nothing clinical.
    pub head: Banner,
    /// Nothing on file ties the reader to them.
    pub reason_needed: bool,
    /// What a directive withholds from the reader.
    pub withheld: access::Withheld,
    /// What ties the reader to them.
    pub relation: Option<Relation>,
    /// On the reader's panel until then.
    pub panel_until: Option<Instant>,
}

/// Act: say why one looks.
#[derive(Debug, Clone)]
pub struct StateReason {
    /// Whose chart.
    pub person: PersonId,
    /// Code of a reason.
    pub reason: String,
    /// In one's own words; may be empty.
    pub words: String,
}

/// Act: see what is withheld, in an emergency.
#[derive(Debug, Clone)]
pub struct Break {
    /// Whose chart.
    pub person: PersonId,
    /// Code of an emergency.
    pub reason: String,
    /// In one's own words; may be empty.
    pub words: String,
}

impl Sealed for Asked {}
impl Look for Asked {
    type View = AskedView;
    const PERMISSION: Permission = Permission::StateReason;
    fn object(&self) -> String {
        format!("person/{}/reason", self.person)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<AskedView>, Refusal> {
        let chart = chart::gather(reading, self.person)?;
        let records = chart.record_ids();
        let own = crate::panel::standing(reading, &records)?;
        let view = AskedView {
            head: chart.head(reading)?,
            reason_needed: access::gate(reading, &records).is_err(),
            withheld: access::withheld(reading, &records)?,
            relation: access::relation(reading, &records)?,
            panel_until: own.iter().filter_map(|grant| grant.until).max(),
        };
        Ok(Seen::of(chart.person, view))
    }
}

fn said(text: &str) -> String {
    text.trim().chars().take(WORDS_LIMIT_CHARS).collect()
}

fn unknown_reason() -> Refusal {
    Refusal::unreadable("Choose one of the four reasons.", "Choisissez l'un des quatre motifs.")
}

fn grant(
    reading: &Reading<'_>,
    chart: &Chart,
    sort: GrantSort,
    code: &str,
    words: String,
    obligation: Option<ObligationId>,
) -> Result<PrivacyChange, Refusal> {
    let record = chart.record_ids().first().copied().ok_or_else(Refusal::not_found)?;
    let now = reading.context.now;
    Ok(PrivacyChange::Grant(AccessGrant {
        id: 0,
        actor: reading.context.actor.id.clone(),
        record,
        at: now,
        until: Some(ends(sort == GrantSort::Glass, now)),
        sort,
        code: code.to_owned(),
        words,
        obligation,
    }))
}

impl Sealed for StateReason {}
impl Act for StateReason {
    const PERMISSION: Permission = Permission::StateReason;
    fn object(&self) -> String {
        format!("person/{}/reason/{}", self.person, Reason::from_code(&self.reason).map_or("", Reason::code))
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = Reason::from_code(&self.reason).ok_or_else(unknown_reason)?;
        let chart = chart::gather(reading, self.person)?;
        let words = said(&self.words);
        for record in chart.record_ids() {
            let mut open =
                reading.view.grants(&reading.context.actor.id, record, reading.context.now)?.into_iter();
            if open.any(|grant| {
                grant.sort == GrantSort::Reason && grant.code == reason.code() && grant.words == words
            }) {
                // Pressed twice it is said once.
                return Ok((Changes::default(), Some(chart.person)));
            }
        }
        let stated = grant(reading, &chart, GrantSort::Reason, reason.code(), words, None)?;
        Ok((Changes { privacy: vec![stated], ..Changes::default() }, Some(chart.person)))
    }
}

impl Sealed for Break {}
impl Act for Break {
    const PERMISSION: Permission = Permission::BreakGlass;
    fn object(&self) -> String {
        let code = Emergency::from_code(&self.reason).map_or("", Emergency::code);
        format!("person/{}/break-glass/{code}", self.person)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let reason = Emergency::from_code(&self.reason).ok_or_else(unknown_reason)?;
        let chart = chart::gather(reading, self.person)?;
        let withheld = access::withheld(reading, &chart.record_ids())?;
        if withheld.classes.is_empty() {
            return Err(Refusal::conflict(
                "Nothing of this record is withheld from you. Open it as usual.",
                "Rien de ce dossier ne vous est retenu. Ouvrez-le comme d'habitude.",
            ));
        }
        let mut changes = Changes::default();
        if !withheld.opened {
            let (actor, now) = (&reading.context.actor, reading.context.now);
            let words = reason.words();
            let own = said(&self.words);
            let because = if own.is_empty() {
                words
            } else {
                Words::new(format!("{}: {own}", words.en), format!("{} : {own}", words.fr))
            };
            let review = access_review(&actor.name, &actor.id, because.clone(), now);
            let notice = patient_notice(
                Words::new(
                    format!(
                        "A member of staff saw what is withheld: {}. Write to the patient who it was in role, when and why.",
                        because.en
                    ),
                    format!(
                        "Un membre du personnel a vu ce qui est retenu : {}. Écrivez au patient qui c'était (rôle), quand et pourquoi.",
                        because.fr
                    ),
                ),
                now,
            );
            let before = broken_before(reading, &chart)?;
            let review_id = owe(reading, &chart, ("review", before), &review, &mut changes);
            owe(reading, &chart, ("notice", before), &notice, &mut changes);
            changes.privacy.push(grant(
                reading,
                &chart,
                GrantSort::Glass,
                reason.code(),
                own,
                Some(review_id),
            )?);
        }
        Ok((changes, Some(chart.person)))
    }
}

fn owe(
    reading: &Reading<'_>,
    chart: &Chart,
    (what, before): (&str, usize),
    owed: &Obligation,
    changes: &mut Changes,
) -> ObligationId {
    let (actor, now) = (&reading.context.actor, reading.context.now);
    let about = About { record: chart.record_ids().first().copied(), ..About::default() };
    let about_words = format!("broken glass {}", chart.person);
    let key = id(&[&about_words, what, &actor.id, &before.to_string()]);
    let row = new_row(key, owed, &about, now);
    // Pressed twice at once it is broken once.
    changes.requires.push(Requirement::ObligationRevisionIs(key, 0));
    changes.obligations.push(ObligationChange::Event(opened(&row, &actor.name)));
    changes.obligations.push(ObligationChange::Open(row));
    key
}

/// How often the reader broke this glass before.
fn broken_before(reading: &Reading<'_>, chart: &Chart) -> Result<usize, Refusal> {
    let mut count = 0;
    for record in chart.record_ids() {
        let grants = reading.view.grants_of_record(record, usize::MAX)?;
        let mine =
            |grant: &&AccessGrant| grant.sort == GrantSort::Glass && grant.actor == reading.context.actor.id;
        count += grants.iter().filter(mine).count();
    }
    Ok(count)
}

/// Words of a reason or emergency by its code, as they stand in reviews.
pub(crate) fn reason_words(sort: GrantSort, code: &str) -> Words {
    let known = match sort {
        GrantSort::Glass => Emergency::from_code(code).map(Emergency::words),
        GrantSort::Panel => Source::from_code(code)
            .map(|_| Words::new("Says that this is their patient", "Dit que c'est son patient")),
        GrantSort::Reason => Reason::from_code(code).map(Reason::words),
    };
    known.unwrap_or_else(|| Words::new(code, code))
}
