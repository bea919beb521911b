//! On which person a chart is filed, by the record's number, the facts, what its sender said before, or a person's
//! ruling; or why a human must look.

use super::likely::{Likely, closest};
use super::{ACTOR, Filing, Ruling, candidate};
use crate::identity::cases::{Pair, open_pair};
use crate::identity::graph::Around;
use crate::identity::reported::{said_to_be, waits_for};
use crate::obligations;
use crate::refusal::Refusal;
use clinical::identity::{self, Candidate, Decision, Evidence, IdentifierSort};
use clinical::intake::Chart;
use clinical::words::Words;
use fhir::{PersonId, RecordId};
use std::collections::HashSet;
use store::{
    LinkBasis, MessageState, ObligationId, ObligationState, RecordRow, Requirement, ReviewCase, ReviewSort,
};

/// The rule that links new records, with its version, in link events.
pub(crate) const RULE: &str = "guarded-weights/2";

/// Why a human must look, and who it might be.
pub(super) type Doubt = (Words, Vec<(RecordId, Vec<Evidence>)>);

/// A ruling as it is kept with its case while another patient of the message is in doubt.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    #[serde(flatten)]
    words: Words,
    person: Option<String>,
    actor: String,
    reason: String,
}

impl Ruling {
    /// What a case says once it is answered, with the words that people read.
    pub(crate) fn keep(&self, words: &Words) -> String {
        let kept = Kept {
            words: words.clone(),
            person: self.person.map(|person| person.to_string()),
            actor: self.actor.clone(),
            reason: self.reason.clone(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    fn kept_in(case: &ReviewCase) -> Option<Self> {
        let Kept { person, actor, reason, .. } = serde_json::from_str(&case.because).ok()?;
        let person = person.map(|person| person.parse()).transpose().ok()?;
        Some(Self { case: case.obligation, person, actor, reason })
    }
}

/// Where one chart of a message goes.
pub(super) struct Place {
    pub(super) person: PersonId,
    /// The record as it is on file.
    pub(super) known: Option<RecordRow>,
    /// Why, when the record is linked by this message.
    pub(super) reason: Option<String>,
    pub(super) actor: String,
    /// Who says so.
    pub(super) basis: LinkBasis,
    /// The record of the person that it is the same as.
    pub(super) same_as: Option<RecordId>,
    /// Records that a person said it is not the same as.
    pub(super) apart: Vec<RecordId>,
    /// Why it may be the same person as somebody on file, and whom.
    pub(super) perhaps: Option<Doubt>,
}

impl Place {
    fn new(person: PersonId) -> Self {
        Self {
            person,
            known: None,
            reason: None,
            actor: ACTOR.to_owned(),
            basis: LinkBasis::Machine,
            same_as: None,
            apart: Vec::new(),
            perhaps: None,
        }
    }
    fn of_known(row: RecordRow) -> Self {
        Self { known: Some(row.clone()), ..Self::new(row.person) }
    }
    /// Whether the record is on file where a ruling puts it, so that nothing is left to decide.
    pub(super) fn is_on_file_as(&self, ruling: &Ruling, chart: &Chart) -> bool {
        let ruled = ruling.person.unwrap_or_else(|| PersonId::born_with(chart.record));
        self.known.is_some() && self.person == ruled
    }
}

/// Whether a claim shows a card of somebody's beside the number of its own record.
fn carries(claim: &identity::Claim, candidate: &Candidate) -> bool {
    let theirs = || candidate.claim.identifiers.iter().chain(&candidate.claim.own);
    claim
        .identifiers
        .iter()
        .filter(|one| one.sort == IdentifierSort::HealthCard && Some(*one) != claim.own.as_ref())
        .any(|card| theirs().any(|other| identity::cards::same(card, other)))
}

/// Evidence of a reason as it was written.
pub(super) fn evidence_of(reason: &str) -> Option<Vec<Evidence>> {
    let evidence = crate::identity::graph::Reason::read(reason).evidence;
    (!evidence.is_empty()).then_some(evidence)
}

/// Sum of the evidence in hundredths of a bit.
pub(crate) fn score(evidence: &[Evidence]) -> i64 {
    (evidence.iter().map(|one| one.weight).sum::<f64>() * 100.0).round() as i64
}

impl Filing<'_> {
    /// The question about one patient of this message, and the one that was asked last. Each patient has its own; what
    /// was asked and ended is asked again under another key, since what has ended is nobody's.
    fn question(&self, chart: &Chart) -> Result<(ObligationId, Option<ReviewCase>), Refusal> {
        let (message, record) = (self.row.id.to_string(), chart.record.to_string());
        let mut id = obligations::id(&[&message, "identity", &record]);
        let mut asked = None;
        let mut again = 0_u32;
        while let Some(row) = self.view.obligation(id)? {
            asked = self.view.review_case(id)?.or(asked);
            if matches!(row.state, ObligationState::Open { .. }) {
                break;
            }
            again += 1;
            id = obligations::id(&[&message, "identity", &record, &again.to_string()]);
        }
        Ok((id, asked))
    }

    /// The key under which a patient is or would be asked about.
    pub(super) fn case_of(&self, chart: &Chart) -> Result<ObligationId, Refusal> {
        Ok(self.question(chart)?.0)
    }

    /// What was asked about a patient of a message that is not filed yet.
    pub(super) fn asked(&self, chart: &Chart) -> Result<Option<ReviewCase>, Refusal> {
        match self.row.state {
            MessageState::Held | MessageState::Kept => Ok(self.question(chart)?.1),
            MessageState::Pending | MessageState::Filed => Ok(None),
        }
    }

    /// What people said of each patient of a held message: just now, or before, while another question was open.
    pub(super) fn rulings(
        &self,
        charts: &[Chart],
        ruling: Option<&Ruling>,
    ) -> Result<Vec<Option<Ruling>>, Refusal> {
        let mut rulings = Vec::with_capacity(charts.len());
        for chart in charts {
            if self.row.state != MessageState::Held {
                rulings.push(None);
                continue;
            }
            let (case, asked) = self.question(chart)?;
            rulings.push(match ruling {
                Some(now) if now.case == case => Some(now.clone()),
                _ => asked.filter(|asked| asked.obligation == case).and_then(|asked| Ruling::kept_in(&asked)),
            });
        }
        let heard = |now: &Ruling| rulings.iter().flatten().any(|one| one.case == now.case);
        match (ruling.filter(|now| !heard(now)), rulings.as_mut_slice()) {
            (None, _) => {}
            (Some(ruling), [only]) => *only = Some(ruling.clone()),
            (Some(_), _) => {
                return Err(Refusal::conflict(
                    "This case is about a patient whom the message does not name any more. Return the message to the sender.",
                    "Ce cas porte sur un patient que le message ne nomme plus. Retournez le message à l'expéditeur.",
                ));
            }
        }
        Ok(rulings)
    }

    /// Hold the message with an identity review that says who it might be.
    pub(super) fn ask(
        &mut self,
        chart: &Chart,
        reason: &Words,
        candidates: &[(RecordId, Vec<Evidence>)],
    ) -> Result<(), Refusal> {
        let name = identity::display_name(&chart.claim.names);
        let review = clinical::obligations::review(&name, reason.clone(), self.now);
        let about = obligations::About {
            record: candidates.first().map(|(record, _)| *record),
            subject: Some(name),
            ..self.about()
        };
        let id = self.case_of(chart)?;
        self.changes.cases.push(ReviewCase {
            obligation: id,
            records: candidates.iter().map(|(record, _)| *record).collect(),
            sort: ReviewSort::Held,
            risk: crate::identity::risk_of_waiting(&self.row.message_type),
            because: String::new(),
            // The sender may have been asked already.
            asked: self.asked(chart)?.and_then(|case| case.asked),
        });
        if chart.claim.own.is_some() && self.view.record(chart.record)?.is_none() {
            self.changes.waiting.push(waits_for(chart.record, self.row.id, self.now));
        }
        self.open_as(id, &review, about);
        self.settle(MessageState::Held, Some(reason), Vec::new());
        Ok(())
    }

    /// On which person a chart is filed, or why a human must look.
    pub(super) fn place(&mut self, chart: &Chart) -> Result<Result<Place, Doubt>, Refusal> {
        let known = self.view.record(chart.record)?;
        if let Some(row) = &known {
            let own = chart.claim.own.as_ref();
            if own.is_none_or(|own| own.value != row.value || own.authority != row.authority) {
                return Ok(Err((
                    Words::new(
                        "Two different record numbers share one internal key. Report this message; nothing was filed.",
                        "Deux numéros de dossier partagent une même clé interne. Signalez ce message; rien n'a été versé.",
                    ),
                    Vec::new(),
                )));
            }
        }
        let known_keys: HashSet<i64> = known.iter().flat_map(|row| row.keys.iter().copied()).collect();
        let mut likely = Likely::new(self.view, self.way.warm, &chart.claim, chart.record);
        if likely.find(&known_keys, &mut self.changes)?.is_err() {
            return Ok(Err((shared_by_hundreds(), Vec::new())));
        }
        // Whoever was meant when the message was held is still considered, whether or not memory or a key finds them now.
        for record in self.asked(chart)?.map(|case| case.records).unwrap_or_default() {
            likely.consider(record)?;
        }
        let epoch = known.as_ref().map_or(0, |row| row.epoch);
        self.changes.requires.push(Requirement::RecordEpochIs(chart.record, epoch));
        let on_file = known.as_ref().and_then(candidate);
        if self.row.state == MessageState::Filed
            && self.row.records.contains(&chart.record)
            && let Some(row) = known
        {
            // It was filed here once, perhaps by a person's ruling: replay does not ask again (it changes nothing).
            return Ok(Ok(Place::of_known(row)));
        }
        if let Some(row) = &known
            && !likely.candidates.is_empty()
        {
            // Whom a person keeps apart from this one is not asked about again with every message, unless the message
            // carries that one's card beside this one's number.
            let around = Around::of(self.view, &[row.record], &[])?;
            let apart = around.kept_apart(row.record);
            likely
                .candidates
                .retain(|candidate| !apart.contains(&candidate.person) || carries(&chart.claim, candidate));
        }
        if let (Some(row), Some(on_file)) = (&known, &on_file)
            && likely.candidates.is_empty()
            && identity::repeats(&chart.claim, on_file)
        {
            return Ok(Ok(Place::of_known(row.clone())));
        }
        let decision = likely.decide(on_file.as_ref())?;
        Ok(match decision {
            Decision::Known { .. } => match known {
                Some(row) => Ok(Place::of_known(row)),
                None => return Err(Refusal::not_found()),
            },
            Decision::Same { person, evidence } => {
                self.changes
                    .requires
                    .push(Requirement::PersonEpochIs(person, self.view.person_epoch(person)?));
                Ok(Place {
                    person,
                    known,
                    reason: Some(evidence_json(&evidence)),
                    same_as: likely.closest(person),
                    ..Place::new(person)
                })
            }
            Decision::New { evidence } => Ok(Place {
                known,
                reason: Some(evidence_json(&evidence)),
                ..Place::new(PersonId::born_with(chart.record))
            }),
            Decision::Perhaps { reason, candidates: asked } => {
                match self.said_before(chart, known.is_none(), &likely.candidates)? {
                    Some(place) => Ok(place),
                    None if chart.reports.is_empty() && identity::is_registration(&self.row.message_type) => {
                        let evidence = asked.first().map(|(_, evidence)| evidence_json(evidence));
                        Ok(Place {
                            reason: evidence,
                            perhaps: Some((reason, likely.one_of_each_person(asked))),
                            ..Place::new(PersonId::born_with(chart.record))
                        })
                    }
                    None => Err((reason, asked)),
                }
            }
            Decision::Look { reason, candidates: asked } => {
                match self.said_before(chart, known.is_none(), &likely.candidates)? {
                    Some(place) => Ok(place),
                    None => Err((reason, asked)),
                }
            }
        })
    }

    /// What its sender said before of a new record answers the question, unless somebody else may be meant too: a person
    /// of its own, which the statement that waits then links.
    fn said_before(
        &self,
        chart: &Chart,
        is_new: bool,
        candidates: &[Candidate],
    ) -> Result<Option<Place>, Refusal> {
        let said = if is_new { said_to_be(self.view, chart.record, &chart.claim)? } else { None };
        let said = said.filter(|(person, _)| candidates.iter().all(|c| c.person == *person));
        Ok(said.map(|(_, why)| Place {
            reason: Some(why.json()),
            ..Place::new(PersonId::born_with(chart.record))
        }))
    }

    /// The questions of a record that is filed as a new person and may be one on file.
    pub(super) fn ask_of_pairs(&mut self, chart: &Chart, place: &Place) {
        let Some((reason, candidates)) = &place.perhaps else { return };
        for (other, _) in candidates {
            let pair = Pair {
                records: [chart.record, *other],
                claim: &chart.claim,
                reason: reason.clone(),
                risk: 0,
                because: Words::new(
                    "A new record: nothing but a registration stands on it yet.",
                    "Un nouveau dossier : rien d'autre qu'une inscription n'y figure encore.",
                ),
                actor: ACTOR,
                custodian: &self.link.custodian,
            };
            open_pair(&pair, self.now, &mut self.changes);
        }
    }

    /// The doubtful chart where a person said it belongs.
    pub(super) fn ruled(
        &mut self,
        chart: &Chart,
        ruling: &Ruling,
        asked: &[RecordId],
    ) -> Result<Place, Refusal> {
        let known = self.view.record(chart.record)?;
        let person = ruling.person.unwrap_or_else(|| PersonId::born_with(chart.record));
        if chart.claim.own.is_none() {
            return Err(Refusal::conflict(
                "The message has no record number, so nothing can be kept under it. Return it to the sender.",
                "Le message n'a pas de numéro de dossier; rien ne peut y être conservé. Retournez-le à l'expéditeur.",
            ));
        }
        if known.as_ref().is_some_and(|row| ruling.person.is_none() || row.person != person) {
            return Err(Refusal::conflict(
                "This record number is on file for somebody. Return the message to the sender, who must correct it.",
                "Ce numéro de dossier est celui d'une personne connue. Retournez le message à l'expéditeur pour correction.",
            ));
        }
        let records = self.view.records_of_person(person)?;
        if ruling.person.is_some() && records.is_empty() {
            return Err(Refusal::conflict(
                "That person has no record any more: somebody joined it to another. Open the case again.",
                "Cette personne n'a plus de dossier : quelqu'un l'a joint à un autre. Rouvrez le cas.",
            ));
        }
        self.changes.requires.push(Requirement::PersonEpochIs(person, self.view.person_epoch(person)?));
        let reason = serde_json::json!({ "words": words_of_ruling(ruling), "evidence": [] }).to_string();
        let is_new = known.is_none();
        let candidates: Vec<Candidate> = records.iter().filter_map(candidate).collect();
        let same_as =
            closest(&chart.claim, &candidates, person).filter(|_| is_new && ruling.person.is_some());
        // Who says "nobody we know" has looked at those who were shown: they are other people.
        let apart = if ruling.person.is_none() { asked.to_vec() } else { Vec::new() };
        Ok(Place {
            person,
            reason: is_new.then_some(reason),
            known,
            actor: ruling.actor.clone(),
            basis: LinkBasis::Human,
            same_as,
            apart,
            perhaps: None,
        })
    }
}

fn evidence_json(evidence: &[Evidence]) -> String {
    serde_json::json!({ "evidence": evidence }).to_string()
}

fn words_of_ruling(ruling: &Ruling) -> Words {
    Words::new(ruling.reason.clone(), ruling.reason.clone())
}

fn shared_by_hundreds() -> Words {
    Words::new(
        "A number in this message stands on hundreds of records, so it is nobody's. Ask the sender for this patient's own.",
        "Un numéro de ce message figure sur des centaines de dossiers; il n'est donc à personne. Demandez à l'expéditeur celui de ce patient.",
    )
}
