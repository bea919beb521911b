//! A referral has an owner until its receiver has said what becomes of it (HAZARDS H29 to H32): opened with the first
//! message that asks, kept with its first clock when it is asked again, ended by a decision.

use super::{ACTOR, Filing};
use crate::chart::filed;
use crate::obligations;
use crate::refusal::Refusal;
use clinical::intake::{Gravity, Referral, ReferralStep, Report};
use clinical::obligations::{ObligationKind, Outcome, Owner, next_rung};
use clinical::routing::Route;
use clinical::words::Words;
use fhir::{Kind, PersonId};
use store::{MessageState, ObligationChange, ObligationFilter, ObligationRow, ObligationState, Requirement};

/// Open referrals of one person that are looked through for the one that an answer is about.
const OPEN_LIMIT: usize = 200;

impl Filing<'_> {
    /// A referral that is asked again in the same words: nothing new is filed or sent, and whoever owns it is told (H32).
    pub(super) fn repeat(&mut self, report: &Report, person: PersonId) -> Result<(), Refusal> {
        let asked = report.referral.is_some_and(|referral| referral.step == ReferralStep::Asked);
        if asked && self.row.state == MessageState::Pending {
            for row in self.open_referrals(report, person)? {
                self.ask_again(&row, report.flag);
            }
        }
        Ok(())
    }

    /// What a message says of a referral, for whoever owns it.
    pub(super) fn refer(
        &mut self,
        report: &Report,
        version: u32,
        referral: Referral,
        gravity: Gravity,
        routes: &[Route],
        person: PersonId,
    ) -> Result<(), Refusal> {
        // A repair corrects what is on file; who was asked, and what they said, stays as it was.
        if self.way.repair {
            return Ok(());
        }
        let open = self.open_referrals(report, person)?;
        match referral.step {
            ReferralStep::Asked if open.is_empty() && self.is_decided(report, referral)? => {}
            ReferralStep::Asked if open.is_empty() => self.owe_decision(report, version, gravity, routes),
            ReferralStep::Asked => {
                for row in &open {
                    self.ask_again(row, gravity);
                }
            }
            step => {
                for row in &open {
                    self.answer(row, step);
                }
            }
        }
        Ok(())
    }

    /// Whether its receiver, or who asked, has said what becomes of it in a later message that came first.
    fn is_decided(&self, report: &Report, referral: Referral) -> Result<bool, Refusal> {
        let record = referral.request.record;
        let asked = referral.request.to_string();
        for stored in self.view.resources_of(record, Kind::Task, OPEN_LIMIT)? {
            if stored.as_of <= report.standing.as_of {
                continue;
            }
            let task = filed(stored)?.object;
            let decided = matches!(task.text("status"), Some("accepted" | "rejected" | "cancelled"));
            if decided && task.text("focus.reference") == Some(asked.as_str()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The open obligations of a referral: of the same request, or of the same number on any record of the person, for
    /// an answer comes from another system with numbers of its own.
    fn open_referrals(&self, report: &Report, person: PersonId) -> Result<Vec<ObligationRow>, Refusal> {
        let mut records: Vec<_> = self.view.records_of_person(person)?.iter().map(|row| row.record).collect();
        if !records.contains(&report.key.record) {
            records.push(report.key.record);
        }
        let mut open = Vec::new();
        for record in records {
            let filter = ObligationFilter {
                open: Some(true),
                kind: Some(ObligationKind::Referral.code().to_owned()),
                record: Some(record),
                ..ObligationFilter::default()
            };
            let rows = self.view.obligations(&filter, OPEN_LIMIT, 0)?;
            open.extend(rows.into_iter().filter(|row| {
                row.resource == Some(report.key)
                    || (!report.accession.is_empty() && row.accession == report.accession)
            }));
        }
        let told = |row: &ObligationRow| {
            self.changes
                .obligations
                .iter()
                .any(|change| matches!(change, ObligationChange::Update(other) if other.id == row.id))
        };
        open.retain(|row| !told(row));
        // The number with its issuer says which. By the bare number only an answer is matched, where no issuer says which.
        let asked = report.referral.is_some_and(|referral| referral.step == ReferralStep::Asked);
        let request = report.referral.map_or(report.key, |referral| referral.request);
        let exact = |row: &ObligationRow| row.resource.is_some_and(|key| key.local == request.local);
        if asked || open.iter().any(exact) {
            open.retain(exact);
        }
        Ok(open)
    }

    fn owe_decision(&mut self, report: &Report, version: u32, gravity: Gravity, routes: &[Route]) {
        let to = routes.iter().find(|route| route.responsible);
        let owed = clinical::obligations::referral(&report.title, to, gravity, self.now);
        let about = obligations::About {
            resource: Some((report.key, version)),
            record: Some(report.key.record),
            subject: Some(report.title.clone()),
            accession: report.accession.clone(),
            gravity: obligations::gravity_code(gravity),
            ..self.about()
        };
        // A referral that was decided and is asked again is a new question.
        let (key, version) = (report.key.to_string(), version.to_string());
        self.open(&[&key, "referral", &version], &owed, about);
    }

    /// The first clock stays; a higher urgency shortens it and never lengthens it (H32).
    fn ask_again(&mut self, row: &ObligationRow, gravity: Gravity) {
        let ObligationState::Open { owner, human, due, then } = &row.state else { return };
        let before = obligations::gravity(row.gravity);
        let graver = gravity > before;
        let (mut due, mut then) = (*due, then.clone());
        if graver && let Ok(owner) = owner.parse::<Owner>() {
            let (next, minutes) = next_rung(ObligationKind::Referral, gravity, &owner);
            due = due.min(self.now.plus_minutes(minutes));
            then = next.to_string();
        }
        let words = if graver {
            Words::new(
                "It was asked again and is more urgent now. The first clock stays where it is sooner.",
                "Elle a été demandée de nouveau et est plus urgente. La première échéance reste si elle est plus proche.",
            )
        } else {
            Words::new(
                "It was asked again while nothing was decided. Call whoever has it; the first clock stays.",
                "Elle a été demandée de nouveau sans décision. Appelez la personne qui l'a; la première échéance reste.",
            )
        };
        let state = ObligationState::Open { owner: owner.clone(), human: *human, due, then };
        let update = ObligationRow {
            state,
            gravity: row.gravity.max(obligations::gravity_code(gravity)),
            revision: row.revision + 1,
            ..row.clone()
        };
        self.changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        self.changes.obligations.extend([
            obligations::event(row.id, self.now, ACTOR, "asked-again", &words),
            ObligationChange::Update(update),
        ]);
    }

    /// What the receiver, or who asked, says of it.
    fn answer(&mut self, row: &ObligationRow, step: ReferralStep) {
        let (link, said) = (&self.link.name, step.words());
        let words = Words::new(format!("{link} says: {}.", said.en), format!("{link} dit : {}.", said.fr));
        let ends = step.decides() || step == ReferralStep::Withdrawn;
        self.changes.requires.push(Requirement::ObligationRevisionIs(row.id, row.revision));
        if !ends {
            // Received is a receipt and no decision, and what expired was decided by nobody: its owner keeps both.
            let kept = ObligationRow { revision: row.revision + 1, ..row.clone() };
            self.changes.obligations.extend([
                obligations::event(row.id, self.now, ACTOR, "told", &words),
                ObligationChange::Update(kept),
            ]);
            return;
        }
        let outcome = Outcome::Resolved { by: link.clone(), how: said.en };
        self.changes.obligations.extend([
            obligations::event(row.id, self.now, ACTOR, outcome.code(), &words),
            ObligationChange::Update(obligations::ended(row, &outcome, self.now)),
        ]);
    }
}
