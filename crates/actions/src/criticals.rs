//! A critical result told by voice: the one who takes it reads it back, and that ends the attention it is owed.

use crate::obligations::{ended, event, gravity};
use crate::paging::waits_for_an_answer;
use crate::record::{Act, Look, Reading, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::intake::Gravity;
use clinical::obligations::{ObligationKind, Outcome};
use clinical::words::Words;
use fhir::{PersonId, ResourceKey};
use store::{Changes, ObligationChange, ObligationId, ObligationRow, ObligationState, Requirement};

/// What a person types is kept up to this many characters.
const WORDS_LIMIT_CHARS: usize = 500;

/// Act: told by telephone to a practitioner of the directory, who read it back (HAZARDS H18).
#[derive(Debug, Clone)]
pub struct ReadBack {
    /// The attention that is owed.
    pub obligation: ObligationId,
    /// Directory id of whoever took it.
    pub to: String,
    /// What they read back, in their words.
    pub said: String,
}

/// Look: whether a line of the desk is a critical result that may be read back, and to whom.
#[derive(Debug, Clone, Copy)]
pub struct Takers {
    /// The attention that is owed.
    pub obligation: ObligationId,
}

/// Answer to [`Takers`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakersView {
    /// Whether reading it back ends it.
    pub may_be_read_back: bool,
    /// Whether somebody was or is to be called about it and nobody has answered.
    pub waits_for_an_answer: bool,
    /// Who works somewhere today, by id and name; whoever owes attention stands first.
    pub people: Vec<(String, String)>,
}

/// Look: which critical results of a report nobody has opened, to be read back from its page.
#[derive(Debug, Clone, Copy)]
pub struct ReportTakers {
    /// The report.
    pub report: ResourceKey,
}

/// A critical result that somebody owes attention to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedAttention {
    /// What is owed.
    pub obligation: ObligationId,
    /// By whom, as people read it.
    pub recipient: String,
    /// Who may take it.
    pub takers: TakersView,
}

fn is_critical_attention(row: &ObligationRow) -> bool {
    row.kind == ObligationKind::Attention.code() && gravity(row.gravity) == Gravity::Critical
}

/// Who works somewhere today, by id and name; `first` stands first.
fn at_work(reading: &Reading<'_>, first: &str) -> Vec<(String, String)> {
    let today = clinical::cover::day(reading.context.now);
    let works = |who: &&clinical::directory::Practitioner| {
        who.id == first || reading.directory.roles_on(&who.id, &today).next().is_some()
    };
    let mut people: Vec<(String, String)> =
        reading.directory.practitioners().filter(works).map(|who| (who.id.clone(), who.name())).collect();
    people.sort_by_key(|(id, name)| (id != first, name.clone()));
    people
}

impl Sealed for ReportTakers {}
impl Look for ReportTakers {
    type View = Vec<OwedAttention>;
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("{}/takers", self.report)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<OwedAttention>>, Refusal> {
        let rows = reading.view.obligations_of(self.report)?;
        let owed: Vec<OwedAttention> = rows
            .iter()
            .filter(|row| is_critical_attention(row) && matches!(row.state, ObligationState::Open { .. }))
            .map(|row| OwedAttention {
                obligation: row.id,
                recipient: row.recipient.clone(),
                takers: TakersView {
                    may_be_read_back: true,
                    waits_for_an_answer: false,
                    people: at_work(reading, &row.recipient_id),
                },
            })
            .collect();
        let person = reading.view.record(self.report.record)?.map(|record| record.person);
        Ok(Seen { view: owed, people: person.into_iter().collect() })
    }
}

impl Sealed for Takers {}
impl Look for Takers {
    type View = TakersView;
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}/takers", self.obligation)
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<TakersView>, Refusal> {
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let waits_for_an_answer = waits_for_an_answer(reading.view, &row)?;
        if !is_critical_attention(&row) || !matches!(row.state, ObligationState::Open { .. }) {
            return Ok(Seen::nobody(TakersView { waits_for_an_answer, ..TakersView::default() }));
        }
        let people = at_work(reading, &row.recipient_id);
        let person = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
        let view = TakersView { may_be_read_back: true, waits_for_an_answer, people };
        Ok(Seen { view, people: person.map(|record| record.person).into_iter().collect() })
    }
}

impl Sealed for ReadBack {}
impl Act for ReadBack {
    const PERMISSION: Permission = Permission::HandleDelivery;
    fn object(&self) -> String {
        format!("obligation/{}/read-back", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if !is_critical_attention(&row) {
            return Err(Refusal::conflict(
                "Only a critical result is read back. Open the report to take note of any other.",
                "Seul un résultat critique se relit de vive voix. Ouvrez le rapport pour prendre acte d'un autre.",
            ));
        }
        if !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This has ended already. Open the desk again to see how.",
                "Ceci est déjà terminé. Rouvrez le bureau pour voir comment.",
            ));
        }
        let Some(taker) = reading.directory.practitioner(&self.to) else {
            return Err(Refusal::conflict(
                "Only somebody of the provider directory can take a critical result. Choose who took it.",
                "Seule une personne du répertoire peut recevoir un résultat critique. Choisissez qui l'a reçu.",
            ));
        };
        let said: String = self.said.trim().chars().take(WORDS_LIMIT_CHARS).collect();
        let (by, now) = (reading.context.actor.name.clone(), reading.context.now);
        let outcome = Outcome::ReadBack { by: by.clone(), to: taker.name(), said: said.clone() };
        if !outcome.may_end(ObligationKind::Attention, Gravity::Critical) {
            return Err(Refusal::unreadable(
                "Write the name, the test and the value as they read them back.",
                "Écrivez le nom, l'analyse et la valeur tels qu'ils ont été relus.",
            ));
        }
        let words = Words::new(
            format!("{} took it by telephone and read it back: {said}", taker.name()),
            format!("{} l'a reçu au téléphone et l'a relu : {said}", taker.name()),
        );
        let person = row.record.map(|record| reading.view.record(record)).transpose()?.flatten();
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![
                event(row.id, now, &by, outcome.code(), &words),
                ObligationChange::Update(ended(&row, &outcome, now)),
            ],
            ..Changes::default()
        };
        Ok((changes, person.map(|record| record.person)))
    }
}
