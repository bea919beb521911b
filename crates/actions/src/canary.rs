//! A test result to each receiver each day, and to one that has been quiet: acknowledged, or an incident.
//!
//! It names a patient who does not exist and says that it is a test (MSH-11 `T`, in FHIR the label `HTEST`), stands in no
//! chart and in no journal, goes by the way that reports go, and is matched like any delivery by its control id: by the
//! answer on a line, the receipt of a file, the pages of a fax, the cursor of who collects. A letter confirms nothing.

use crate::incidents::{Found, Sort};
use crate::obligations::{self, About, ended, event};
use crate::record::{Look, Reading, Record, Sealed, Seen};
use crate::refusal::Refusal;
use clinical::access::Permission;
use clinical::cover::day;
use clinical::directory::{Endpoint, EndpointKind, EndpointState};
use clinical::obligations::{ObligationKind, Outcome};
use clinical::words::Words;
use fhir::{Instant, Kind, RecordId, ResourceKey};
use std::collections::HashSet;
use store::{
    Changes, MessageId, NoticeRow, ObligationChange, ObligationFilter, ObligationId, ObligationRow,
    ObligationState, OutboxChange, OutboxFilter, OutboxKind, OutboxRow, OutboxState, Requirement, View,
};

/// Who sends them, in events.
const ACTOR: &str = "opor canary";
/// Assigner of the patient who does not exist.
const TEST_AUTHORITY: &str = "OPOR";
/// Days that the last daily one is looked for.
const SHOWN_DAYS: i64 = 7;
/// What its bytes are kept as.
pub(crate) const TRIGGER: &str = "canary";
/// How long a file may lie before its receipt, a fax may take with its repeats, and who collects may stay away, in minutes.
const SLOW_MINUTES: i64 = 4 * 60;
/// Open ones that are looked at in a round.
const OPEN_LIMIT: usize = 10_000;

/// Look: the last daily test result of every receiver. Names nobody.
#[derive(Debug, Clone, Copy)]
pub struct Daily;

/// The last daily test result of a receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct CanaryLine {
    /// Endpoint id.
    pub endpoint: String,
    /// When it was sent; `None` when none was in the last week.
    pub sent: Option<Instant>,
    /// When the receiver acknowledged it.
    pub acknowledged: Option<Instant>,
    /// How it stands.
    pub words: Words,
}

impl Sealed for Daily {}
impl Look for Daily {
    type View = Vec<CanaryLine>;
    const PERMISSION: Permission = Permission::ReadCensus;
    fn object(&self) -> String {
        "canaries".to_owned()
    }
    fn read(&self, reading: &Reading<'_>) -> Result<Seen<Vec<CanaryLine>>, Refusal> {
        let endpoints = reading.directory.endpoints().filter(|endpoint| endpoint.kind.delivers());
        let lines = endpoints.map(|endpoint| {
            if takes_one(endpoint) {
                last(reading.view, &endpoint.id, reading.context.now)
            } else {
                Ok(no_test(&endpoint.id))
            }
        });
        Ok(Seen::nobody(lines.collect::<Result<_, _>>()?))
    }
}

/// The last daily test result of a receiver.
pub(crate) fn last(view: &View, endpoint: &str, now: Instant) -> Result<CanaryLine, Refusal> {
    for back in 0..SHOWN_DAYS {
        let day = day(now.plus_minutes(-back * 24 * 60));
        let Some(row) = view.obligation(daily_id(endpoint, &day))? else { continue };
        let (acknowledged, words) = match &row.state {
            ObligationState::Ended { outcome, at } if outcome == "acknowledged" => (
                Some(*at),
                Words::new("The test result was acknowledged.", "Le résultat d'essai a été confirmé."),
            ),
            ObligationState::Ended { .. } => (None, obligations::words(&row.words)),
            ObligationState::Open { human: true, .. } => {
                (None, Words::new("The test result was not taken.", "Le résultat d'essai n'a pas été pris."))
            }
            ObligationState::Open { .. } => {
                (None, Words::new("Waiting for its acknowledgement.", "En attente de sa confirmation."))
            }
        };
        return Ok(CanaryLine { endpoint: endpoint.to_owned(), sent: Some(row.opened), acknowledged, words });
    }
    Ok(CanaryLine {
        endpoint: endpoint.to_owned(),
        sent: None,
        acknowledged: None,
        words: Words::new(
            "No test result was sent in the last week.",
            "Aucun résultat d'essai depuis une semaine.",
        ),
    })
}

/// A way on which nothing comes back.
fn no_test(endpoint: &str) -> CanaryLine {
    CanaryLine {
        endpoint: endpoint.to_owned(),
        sent: None,
        acknowledged: None,
        words: Words::new(
            "No test result goes by post: a person posts each letter and confirms it.",
            "Aucun résultat d'essai par la poste : une personne poste chaque lettre et le confirme.",
        ),
    }
}

/// Whether something comes back from there by which a test result can be confirmed.
pub(crate) fn takes_one(endpoint: &Endpoint) -> bool {
    match endpoint.kind {
        EndpointKind::Mllp
        | EndpointKind::FileDrop
        | EndpointKind::Fhir
        | EndpointKind::FhirSubscription
        | EndpointKind::Fax => true,
        EndpointKind::Portal | EndpointKind::Letter => false,
    }
}

/// How long the receipt may take; `None` = as long as an answer on a line.
fn patience(kind: EndpointKind) -> Option<i64> {
    match kind {
        EndpointKind::FileDrop | EndpointKind::Fax | EndpointKind::FhirSubscription => Some(SLOW_MINUTES),
        EndpointKind::Mllp | EndpointKind::Fhir | EndpointKind::Portal | EndpointKind::Letter => None,
    }
}

fn daily_id(endpoint: &str, day: &str) -> ObligationId {
    obligations::id(&["canary", endpoint, day])
}

impl Record {
    /// Send today's, unless it was. A line on trial gets its own too: by it, it may go live.
    pub(crate) fn daily_canary(
        &self,
        view: &View,
        endpoint: &Endpoint,
        now: Instant,
    ) -> Result<bool, Refusal> {
        let today = day(now);
        let id = daily_id(&endpoint.id, &today);
        if !takes_one(endpoint) || !endpoint.stands_on(&today) || view.obligation(id)?.is_some() {
            return Ok(false);
        }
        if endpoint.kind == EndpointKind::Fax && endpoint.state != EndpointState::Trial {
            // Paper: where pages were confirmed within the day, they are the test.
            let since = now.plus_minutes(-24 * 60);
            if view.receiver_head(&endpoint.id, since)?.acknowledged.is_some_and(|at| at >= since) {
                return Ok(false);
            }
        }
        let because = Words::new(
            "Each receiver is sent a test result a day, so that a silent one is found.",
            "Chaque destinataire reçoit un résultat d'essai par jour, pour qu'un silence se voie.",
        );
        self.kept(canary(id, endpoint, because, now))
    }

    /// Send one to each of those that have been quiet, unless one is under way.
    pub(crate) fn ask_the_quiet(
        &self,
        view: &View,
        quiet: &[String],
        now: Instant,
    ) -> Result<usize, Refusal> {
        let mut asked = 0;
        if quiet.is_empty() {
            return Ok(0);
        }
        let open = open_canaries(view)?;
        for endpoint in quiet.iter().filter(|id| !open.iter().any(|row| row.recipient_id == **id)) {
            let directory = self.directory();
            let Some(endpoint) = directory.endpoint(endpoint).filter(|found| takes_one(found)) else {
                continue;
            };
            let id = obligations::id(&["canary", &endpoint.id, "quiet", &now.to_string()]);
            let because = Words::new(
                "Nothing was heard from this receiver for a while, and nothing waits: it is asked.",
                "Ce destinataire ne dit rien depuis un moment et rien n'attend : on le sonde.",
            );
            asked += usize::from(self.kept(canary(id, endpoint, because, now))?);
        }
        Ok(asked)
    }

    /// One that a person owns was not taken: an incident, unless the receiver is known to be silent or to be paused by
    /// hand. Those that a receiver has answered others since end by themselves.
    pub(crate) fn judge_canaries(
        &self,
        view: &View,
        known: &HashSet<&str>,
        now: Instant,
    ) -> Result<usize, Refusal> {
        let mut found: Vec<Found> = Vec::new();
        for row in open_canaries(view)? {
            let ObligationState::Open { human: true, .. } = row.state else { continue };
            let heard = view.receiver_head(&row.recipient_id, row.opened)?.acknowledged;
            if heard.is_some_and(|at| at > row.opened) {
                self.kept(overtaken(view, &row, now)?)?;
            } else if !known.contains(row.recipient_id.as_str()) {
                found.push(not_taken(&row));
            }
        }
        found.dedup_by(|a, b| a.subject == b.subject);
        self.hold_incidents(view, Sort::Canary, &found, now)?;
        Ok(found.len())
    }
}

fn open_canaries(view: &View) -> Result<Vec<ObligationRow>, Refusal> {
    let filter = ObligationFilter {
        open: Some(true),
        kind: Some(ObligationKind::Canary.code().to_owned()),
        ..ObligationFilter::default()
    };
    Ok(view.obligations(&filter, OPEN_LIMIT, 0)?)
}

fn not_taken(row: &ObligationRow) -> Found {
    let id = &row.recipient_id;
    let said = obligations::words(&row.words);
    Found {
        subject: id.clone(),
        what: Words::new(
            format!("Find out why {id} did not take the test result."),
            format!("Établir pourquoi {id} n'a pas pris le résultat d'essai."),
        ),
        because: said,
    }
}

fn overtaken(view: &View, row: &ObligationRow, now: Instant) -> Result<Changes, Refusal> {
    let words = Words::new(
        "The receiver has acknowledged others since; this one is not needed any more.",
        "Le destinataire en a confirmé d'autres depuis; celui-ci n'est plus nécessaire.",
    );
    let outcome = Outcome::AnotherWay { by: ACTOR.to_owned(), how: words.en.clone() };
    let filter = OutboxFilter { obligation: Some(row.id), ..OutboxFilter::default() };
    let sent = view.outbox(&filter, 1)?;
    Ok(Changes {
        requires: vec![Requirement::ObligationRevisionIs(row.id, row.revision)],
        obligations: vec![
            event(row.id, now, ACTOR, outcome.code(), &words),
            ObligationChange::Update(ended(row, &outcome, now)),
        ],
        outbox: sent
            .into_iter()
            .map(|row| OutboxChange::Update(OutboxRow { state: OutboxState::Closed, ..row }))
            .collect(),
        ..Changes::default()
    })
}

/// The obligation, its bytes and the offer to be made.
fn canary(id: ObligationId, to: &Endpoint, because: Words, now: Instant) -> Changes {
    let endpoint = to.id.as_str();
    let owed = match patience(to.kind) {
        Some(minutes) => clinical::obligations::canary_within(endpoint, endpoint, because, minutes, now),
        None => clinical::obligations::canary(endpoint, endpoint, because, now),
    };
    let record = RecordId::of(TEST_AUTHORITY, endpoint);
    let report = ResourceKey::of(record, Kind::DiagnosticReport, &["canary"]);
    let about = About {
        resource: Some((report, 1)),
        record: Some(record),
        subject: Some("Test result".to_owned()),
        custodian: "opor".to_owned(),
        ..About::default()
    };
    let row = obligations::row(id, &owed, &about, now);
    let first = obligations::opened(&row, ACTOR);
    let queued = match obligations::queued(id, endpoint, MessageId(0), (report, 1), now) {
        OutboxChange::Queue(row) => OutboxChange::Queue(OutboxRow { kind: OutboxKind::Identity, ..row }),
        other => other,
    };
    let notice = NoticeRow {
        obligation: id,
        destination: endpoint.to_owned(),
        trigger: TRIGGER.to_owned(),
        records: Vec::new(),
        body: message(&format!("R{id}"), endpoint, now),
    };
    Changes {
        notices: vec![notice],
        obligations: vec![ObligationChange::Open(row), ObligationChange::Event(first)],
        outbox: vec![queued],
        ..Changes::default()
    }
}

/// An ORU^R01 of v2.5.1 whose MSH-11 says test (HL7 table 0103).
fn message(control_id: &str, endpoint: &str, now: Instant) -> Vec<u8> {
    let time = crate::intake::hl7_time(now);
    let receiver: String = endpoint.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    [
        format!("MSH|^~\\&|OPOR|OPOR|{receiver}|{receiver}|{time}||ORU^R01^ORU_R01|{control_id}|T|2.5.1"),
        "PID|1||TEST^^^OPOR^PI||Canary^Test||19000101|U".to_owned(),
        format!("OBR|1||{control_id}^OPOR|TEST^Test of the line^L|||{time}|||||||||||||||{time}||LAB|F"),
        "OBX|1|ST|TEST^Test of the line^L||No patient: test of the line||||||F".to_owned(),
    ]
    .join("\r")
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_result_says_that_it_is_one() {
        let bytes = message("R0123456789abcdef", "harbourview-emr", Instant(1_795_356_300_000_000));
        let parsed = hl7v2::Message::parse(bytes.clone()).expect("a message");
        let text = String::from_utf8(bytes).expect("text");
        let header: Vec<&str> = text.split('\r').next().expect("MSH").split('|').collect();
        assert_eq!((header[8], header[9], header[10]), ("ORU^R01^ORU_R01", "R0123456789abcdef", "T"));
        assert!(parsed.segments().count() == 4);
    }
}
