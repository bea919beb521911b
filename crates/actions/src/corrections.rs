//! Requests to correct the record, and statements of disagreement that stand beside the report from then on and are told to
//! everybody who holds it (GUARANTEES L-14). A correction itself comes from the source, as a corrected report.

use crate::chart;
use crate::obligations::{About, ended, event, id, opened, row as new_row};
use crate::record::{Act, Reading, Sealed};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::obligations::{Outcome, correction, tell};
use clinical::words::Words;
use fhir::{Instant, PersonId, ResourceKey};
use std::collections::BTreeSet;
use store::{
    Changes, CorrectionRow, ObligationChange, ObligationFilter, ObligationId, ObligationRow, ObligationState,
    PrivacyChange, ReadProblem, Requirement, View,
};

/// Characters of what a person says that are kept.
const WORDS_LIMIT_CHARS: usize = 2_000;
/// Holders of one report that are told, at most: far beyond any report's.
const HOLDERS_LIMIT: usize = 1_000;

/// Act: a person asks that their record be corrected.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Whose.
    pub person: PersonId,
    /// What is to be corrected, in their words.
    pub asked: String,
    /// Reference of the report it is about (`DiagnosticReport/…`); empty when it is about none.
    pub about: String,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The source corrected it.
    Corrected,
    /// The source stands by it; the person's statement goes with it.
    Disagreed,
    /// The person takes it back.
    Withdrawn,
}

impl Verdict {
    /// All.
    pub const ALL: [Self; 3] = [Self::Corrected, Self::Disagreed, Self::Withdrawn];
    /// Stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Corrected => "corrected",
            Self::Disagreed => "disagreed",
            Self::Withdrawn => "withdrawn",
        }
    }
    /// From its code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

/// Act: say what becomes of a request.
#[derive(Debug, Clone)]
pub struct Decide {
    /// Which.
    pub obligation: ObligationId,
    /// Code of a [`Verdict`].
    pub verdict: String,
    /// What was done; for a disagreement the person's statement, word for word.
    pub statement: String,
}

fn said(text: &str) -> Result<String, Refusal> {
    let text: String = text.trim().chars().take(WORDS_LIMIT_CHARS).collect();
    if text.is_empty() {
        return Err(Refusal::unreadable(
            "Write it in the person's words; nothing is kept without them.",
            "Écrivez-le dans les mots de la personne; rien n'est conservé sans eux.",
        ));
    }
    Ok(text)
}

impl Sealed for Ask {}
impl Act for Ask {
    const PERMISSION: Permission = Permission::HandleCorrection;
    fn object(&self) -> String {
        format!("person/{}/correction", self.person)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let chart = chart::gather(reading, self.person)?;
        let (asked, now) = (said(&self.asked)?, reading.context.now);
        let about_key = ResourceKey::from_reference(self.about.trim());
        let record = match about_key {
            Some(key) if chart.holds(key.record) && reading.view.current(key)?.is_some() => key.record,
            None if self.about.trim().is_empty() => {
                chart.record_ids().first().copied().ok_or_else(Refusal::not_found)?
            }
            _ => return Err(Refusal::not_found()),
        };
        let words = Words::new(asked.clone(), asked.clone());
        let owed = correction(words, now);
        let about =
            About { record: Some(record), resource: about_key.map(|key| (key, 0)), ..About::default() };
        let mut key = id(&["correction", &record.to_string(), self.about.trim(), &asked]);
        while let Some(former) = reading.view.obligation(key)? {
            if matches!(former.state, ObligationState::Open { .. }) {
                // Pressed twice it is one request; asked again once it is decided, it is a new one.
                return Ok((Changes::default(), Some(chart.person)));
            }
            key = id(&["correction", &key.to_string()]);
        }
        let row = new_row(key, &owed, &about, now);
        let request = CorrectionRow {
            obligation: key,
            record,
            at: now,
            actor: reading.context.actor.id.clone(),
            asked,
            about: about_key.map(|key| key.to_string()).unwrap_or_default(),
            verdict: String::new(),
            decided: None,
            decider: String::new(),
            statement: String::new(),
        };
        let changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(key, 0)],
            obligations: vec![
                ObligationChange::Event(opened(&row, &reading.context.actor.name)),
                ObligationChange::Open(row),
            ],
            privacy: vec![PrivacyChange::Correction(request)],
            ..Changes::default()
        };
        Ok((changes, Some(chart.person)))
    }
}

impl Sealed for Decide {}
impl Act for Decide {
    const PERMISSION: Permission = Permission::HandleCorrection;
    fn object(&self) -> String {
        format!("correction/{}", self.obligation)
    }
    fn prepare(&self, reading: &Reading<'_>) -> Result<(Changes, Option<PersonId>), Refusal> {
        let request = reading.view.correction(self.obligation)?.ok_or_else(Refusal::not_found)?;
        let row = reading.view.obligation(self.obligation)?.ok_or_else(Refusal::not_found)?;
        if !matches!(row.state, ObligationState::Open { .. }) {
            return Err(Refusal::conflict(
                "This has been decided already. Open the page again to see how.",
                "Ceci est déjà décidé. Rouvrez la page pour voir comment.",
            ));
        }
        let verdict = Verdict::from_code(&self.verdict).ok_or_else(|| {
            Refusal::unreadable(
                "Choose what becomes of it: corrected, disagreed or withdrawn.",
                "Choisissez ce qu'il en advient : corrigé, désaccord ou retiré.",
            )
        })?;
        let (statement, by, now) =
            (said(&self.statement)?, reading.context.actor.name.clone(), reading.context.now);
        let outcome = Outcome::Resolved { by: by.clone(), how: verdict.code().to_owned() };
        let words = Words::new(statement.clone(), statement.clone());
        let mut changes = Changes {
            requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
            obligations: vec![
                event(row.id, now, &by, outcome.code(), &words),
                ObligationChange::Update(ended(&row, &outcome, now)),
            ],
            ..Changes::default()
        };
        if verdict == Verdict::Disagreed
            && let Some(report) = ResourceKey::from_reference(&request.about)
        {
            for told in holders(reading, report, &statement, now)? {
                changes.obligations.push(ObligationChange::Event(opened(&told, &by)));
                changes.obligations.push(ObligationChange::Open(told));
            }
        }
        let person = reading.view.record(request.record)?.map(|record| record.person);
        changes.privacy.push(PrivacyChange::Correction(CorrectionRow {
            verdict: verdict.code().to_owned(),
            decided: Some(now),
            decider: by,
            statement,
            ..request
        }));
        Ok((changes, person))
    }
}

/// Everybody who was sent a report is told of the statement, once.
fn holders(
    reading: &Reading<'_>,
    report: ResourceKey,
    statement: &str,
    now: Instant,
) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter { resource: Some(report), ..ObligationFilter::default() };
    let (mut told, mut done) = (Vec::new(), BTreeSet::new());
    for row in reading.view.obligations(&filter, HOLDERS_LIMIT, 0)? {
        if !matches!(row.kind.as_str(), "delivery" | "attention" | "unroutable")
            || !done.insert(row.recipient.clone())
        {
            continue;
        }
        let why = Words::new(
            format!("The patient disagrees with a report you hold and states: {statement}"),
            format!("Le patient n'est pas d'accord avec un rapport que vous avez et déclare : {statement}"),
        );
        let owed = tell(&row.recipient, &row.recipient_id, why, now);
        let about = About {
            record: row.record,
            resource: Some((report, row.version)),
            message: row.message,
            subject: Some(row.subject.clone()),
            accession: row.accession.clone(),
            custodian: row.custodian.clone(),
            ..About::default()
        };
        let key = id(&[&report.to_string(), "statement", &row.recipient, &now.0.to_string()]);
        told.push(new_row(key, &owed, &about, now));
    }
    Ok(told)
}

/// Statements of disagreement that stand beside a report: when, and word for word.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn statements(view: &View, report: ResourceKey) -> Result<Vec<(Instant, String)>, ReadProblem> {
    let reference = report.to_string();
    let all = view.corrections_of(report.record)?;
    let standing = all
        .into_iter()
        .filter(|request| request.about == reference && request.verdict == Verdict::Disagreed.code());
    let mut told: Vec<(Instant, String)> =
        standing.filter_map(|request| Some((request.decided?, request.statement))).collect();
    // In the order in which they were taken: what was sent before the last of them is made of the others.
    told.sort_by_key(|(at, _)| *at);
    Ok(told)
}

/// The same as they go out beside the report.
pub(crate) fn on_paper(statements: &[(Instant, String)]) -> Vec<clinical::rendering::Statement> {
    let of = |(at, text): &(Instant, String)| clinical::rendering::Statement {
        day: clinical::cover::day(*at),
        text: text.clone(),
    };
    statements.iter().map(of).collect()
}
